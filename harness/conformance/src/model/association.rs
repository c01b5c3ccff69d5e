//! Associations of [MS-RPCE] 3.3.1.4.1: the connections that share context handles.

use super::{Call, Ended, Ending, Model, Moment, States};
use crate::event::AssociationId;

/// What is known of an association.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
        for registration in self.registrations.values_mut().filter(|known| known.association == association) {
            (registration.certain, registration.doubted) = (false, false);
        }
        for call in self.calls_in(association) {
            (call.states, call.undoubted) = (call.states | States::UNKNOWN, None);
        }
    }

    /// A sealed call is on its way: until it is refused, what is known of the association's objects is not certain.
    pub(super) fn seal(&mut self, association: AssociationId) {
        self.associations.or_default(association).sealed += 1;
        for registration in self.registrations.values_mut().filter(|known| known.association == association) {
            registration.doubted |= core::mem::take(&mut registration.certain);
        }
        self.calls_in(association).for_each(Call::doubt);
    }

    /// A sealed call was refused: it has changed nothing.
    pub(super) fn unseal(&mut self, association: AssociationId) {
        let known = self.associations.or_default(association);
        known.sealed = known.sealed.saturating_sub(1);
        if known.sealed > 0 {
            return;
        }
        for registration in self.registrations.values_mut().filter(|known| known.association == association) {
            registration.certain |= core::mem::take(&mut registration.doubted);
        }
        for call in self.calls_in(association) {
            call.states = call.undoubted.take().unwrap_or(call.states);
        }
    }

    /// The calls of an association that have not come back.
    fn calls_in(&mut self, association: AssociationId) -> impl Iterator<Item = &mut Call> {
        self.calls.values_mut().filter(move |call| call.started.association == association)
    }

    /// The last connection ended: the server runs its context handles down.
    pub(super) fn run_down(&mut self, association: AssociationId, at: Moment) {
        self.associations.or_default(association).ended = true;
        for object in self.objects.of_mut(association) {
            object.states = States::GONE;
        }
        for registration in self.registrations.values_mut().filter(|known| known.association == association) {
            if registration.ended.is_none() {
                registration.ended = Some(Ended { how: Ending::RunDown, begun: at, done: None });
            }
        }
    }
}
