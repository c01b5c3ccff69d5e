//! Associations of [MS-RPCE] 3.3.1.4.1: the connections that share context handles.

use super::past::of;
use super::{Ended, Ending, Model, Moment, States};
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
}

impl Association {
    /// Whether every handle that was given out in it is known.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.bound && !self.blind && !self.forgetful
    }
}

impl Model {
    /// Calls on the association may have gone unseen: what is known of its remote objects is known no longer.
    pub(super) fn lose_sight(&mut self, association: AssociationId) {
        self.associations.entry(association).or_default().blind = true;
        for (_, object) in self.objects.range_mut(of(association)) {
            object.states = States::UNKNOWN;
        }
        for registration in self.registrations.values_mut().filter(|known| known.association == association) {
            registration.certain = false;
        }
    }

    /// The last connection ended: the server runs its context handles down.
    pub(super) fn run_down(&mut self, association: AssociationId, at: Moment) {
        self.associations.entry(association).or_default().ended = true;
        for (_, object) in self.objects.range_mut(of(association)) {
            object.states = States::GONE;
        }
        for registration in self.registrations.values_mut().filter(|known| known.association == association) {
            if registration.ended.is_none() {
                registration.ended = Some(Ended { how: Ending::RunDown, begun: at, done: None });
            }
        }
    }
}
