//! Associations of [MS-RPCE] 3.3.1.4.1: the connections that share context handles.

use super::{Call, Ended, Ending, Model, Moment, Registration, RegistrationId, States, Table};
use crate::event::AssociationId;

/// What is known of an association.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Association {
    /// Whether its first bind was seen, so that handles of other associations can't be its own.
    pub bound: bool,
    /// Whether calls on it may have gone unseen.
    pub blind: bool,
    /// Whether its last connection has ended.
    pub ended: bool,
    /// Whether handles were given back so long ago that they are forgotten.
    pub forgetful: bool,
    /// How many sealed calls are under way that may change any of its objects, or wait on it.
    pub sealed: u32,
    /// What was registered in it, and is not forgotten.
    pub(super) registrations: Table<RegistrationId>,
}

impl Association {
    /// Whether every handle that was given out in it is known.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.bound && !self.blind && !self.forgetful && self.sealed == 0
    }
}

impl Model {
    /// Calls on the association may have gone unseen: what is known of its remote objects is known no longer.
    pub(super) fn lose_sight(&mut self, association: AssociationId) {
        self.associations.or_default(association).blind = true;
        for object in self.objects.of_mut(association) {
            object.states = States::UNKNOWN;
        }
        self.each_registration_in(association, |known| (known.certain, known.doubted) = (false, false));
        self.each_call_in(association, |call| {
            (call.states, call.undoubted) = (call.states | States::UNKNOWN, None);
        });
    }

    /// A sealed call is on its way: until it is refused, what is known of the association's objects is not certain.
    pub(super) fn seal(&mut self, association: AssociationId) {
        self.associations.or_default(association).sealed += 1;
        self.each_registration_in(association, |known| known.doubted |= core::mem::take(&mut known.certain));
        self.each_call_in(association, Call::doubt);
    }

    /// A sealed call was refused: it has changed nothing.
    pub(super) fn unseal(&mut self, association: AssociationId) {
        let known = self.associations.or_default(association);
        known.sealed = known.sealed.saturating_sub(1);
        if known.sealed > 0 {
            return;
        }
        self.each_registration_in(association, |known| known.certain |= core::mem::take(&mut known.doubted));
        self.each_call_in(association, |call| call.states = call.undoubted.take().unwrap_or(call.states));
    }

    /// Changes the calls of an association that have not come back. Gaps and sealed calls do so again and again: of all others not
    /// one is looked at.
    fn each_call_in(&mut self, association: AssociationId, change: impl Fn(&mut Call)) {
        for id in self.clients.outstanding_in(association) {
            if let Some(call) = self.calls.get_mut(*id) {
                change(call);
            }
        }
    }

    /// Changes what is registered in an association, or was.
    fn each_registration_in(&mut self, association: AssociationId, change: impl Fn(&mut Registration)) {
        let Some(known) = self.associations.get(association) else { return };
        for id in known.registrations.iter() {
            if let Some(registration) = self.registrations.get_mut(*id) {
                change(registration);
            }
        }
    }

    /// The last connection ended: the server runs its context handles down.
    pub(super) fn run_down(&mut self, association: AssociationId, at: Moment) {
        self.associations.or_default(association).ended = true;
        for object in self.objects.of_mut(association) {
            object.states = States::GONE;
        }
        self.each_registration_in(association, |known| {
            known.ended.get_or_insert(Ended { how: Ending::RunDown, begun: at, done: None });
        });
    }
}
