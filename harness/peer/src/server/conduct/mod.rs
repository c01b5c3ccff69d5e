//! The points at which a misbehaving server decides otherwise. A well-behaved one takes the plain branch of each.

mod conversation;
mod queue;
mod registration;
mod source;

use std::collections::HashMap;

use bytes::Bytes;
use uuid::Uuid;

use super::answer::Occasion;
use super::call::{Asked, Outcome};
use super::registration::{Audience, ObjectKey, Registration};
use super::spoil::{notification_data, spoil};
use super::vary::vary;
use crate::misbehaviour::Misbehaviour;
use crate::variant::Variant;

/// What becomes of a call while an earlier one on the same object is blocked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SecondCall {
    /// It gets 0x8004000C.
    Refused,
    /// It blocks too.
    Parked,
    /// It takes the place of the earlier one.
    Replaces,
}

/// What the first GetNotificationSendResponse of a view does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FirstCall {
    IgnoresData,
    PassesDataOn,
    Acquires,
}

/// The decisions of a server. Each method is a rule of the specification, named so that the well-behaved answer is the
/// one without a misbehaviour.
#[derive(Debug)]
pub(super) struct Conduct {
    misbehaviour: Option<Misbehaviour>,
    variant: Option<Variant>,
    memory: Memory,
}

/// What a misbehaving server remembers though it should not.
#[derive(Debug, Default)]
struct Memory {
    /// Data of the last notification that was returned, by the handle of the call.
    last_data: HashMap<Uuid, Bytes>,
    /// Notifications that reached nobody.
    discarded: Vec<(Audience, Bytes)>,
    /// Objects whose registration was refused.
    refused: Vec<ObjectKey>,
    /// Registrations that have ended, with what was queued for them.
    ended: Vec<(ObjectKey, Registration)>,
    /// Channel handles whose clients were told that the channel is over.
    released: Vec<Uuid>,
    /// How many notifications were shared out.
    shared: usize,
}

/// How much a misbehaving server remembers of each kind.
const MEMORY_LIMIT: usize = 1000;

impl Conduct {
    pub(super) fn new(misbehaviour: Option<Misbehaviour>, variant: Option<Variant>) -> Self {
        Self { misbehaviour, variant, memory: Memory::default() }
    }

    /// Whether a handle of one association is valid for a caller of another.
    pub(super) fn knows_foreign_handles(&self, ended: bool) -> bool {
        self.is(Misbehaviour::HandlesOfEverybody) || ended && self.is(Misbehaviour::HandlesNotRunDown)
    }

    /// Whether the handles of an association are run down at its end.
    pub(super) fn runs_down(&self) -> bool {
        !self.is(Misbehaviour::HandlesNotRunDown)
    }

    /// Varies or spoils an answer on its way out.
    pub(super) fn amend(&mut self, asked: &Asked, occasion: Occasion, outcome: &mut Outcome) {
        if let Some(variant) = self.variant {
            vary(variant, asked, occasion, outcome);
        }
        let Some(misbehaviour) = self.misbehaviour else { return };
        let data = notification_data(outcome);
        let handle = asked.handle.uuid;
        spoil(misbehaviour, asked, occasion, outcome, self.memory.last_data.get(&handle));
        if let Some(data) = data
            && self.memory.last_data.len() < MEMORY_LIMIT
        {
            self.memory.last_data.insert(handle, data);
        }
    }

    fn is(&self, misbehaviour: Misbehaviour) -> bool {
        self.misbehaviour == Some(misbehaviour)
    }
}
