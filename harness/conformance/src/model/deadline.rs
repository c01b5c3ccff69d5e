//! Times at which something is due.

use alloc::collections::BTreeMap;

use trace::Time;

use super::{ChannelDue, ClientDue, RegistrationId};
use crate::event::CallId;

/// What is due at some time. Whether it has come true, a rule sees in the model when the time has passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Due {
    /// A method that never waits has come back.
    Answered(CallId),
    /// A method that waits counts as blocked from here.
    Blocked(CallId),
    /// A waiting method on an object that isn't registered has failed.
    Failed(CallId),
    /// Of two calls that wait on one object, one has been refused.
    OneRefused {
        /// The one whose request was seen first.
        first: CallId,
        /// The other.
        second: CallId,
    },
    /// The first of two calls that wait on one object has come back, since the second brought something.
    Overtaken {
        /// The one that the server saw first.
        first: CallId,
        /// The other, which has come back.
        second: CallId,
    },
    /// A waiting call whose registration has ended has come back.
    Terminated(CallId),
    /// A GetNotification whose registration's queue holds a notification has come back.
    Delivered {
        /// The call.
        call: CallId,
        /// Its registration.
        registration: RegistrationId,
        /// The number of the stimulus that it waits no longer for.
        stimulus: u64,
    },
    /// A GetNotification whose registration's printer was deleted has come back.
    PrinterGone(CallId),
    /// Something about a channel.
    Channel(ChannelDue),
    /// Something of a client.
    Client(ClientDue),
}

impl Due {
    /// The server's answers that it is about.
    pub(super) fn calls(&self) -> [Option<CallId>; 2] {
        match self {
            Self::Answered(call)
            | Self::Blocked(call)
            | Self::Failed(call)
            | Self::Terminated(call)
            | Self::Delivered { call, .. }
            | Self::PrinterGone(call)
            | Self::Channel(ChannelDue::Over(call) | ChannelDue::Blocked(call)) => [Some(*call), None],
            Self::OneRefused { first, second } | Self::Overtaken { first, second } => [Some(*first), Some(*second)],
            Self::Client(_) => [None, None],
        }
    }
}

/// All times at which something is due.
#[derive(Debug, Default)]
pub struct Deadlines {
    by_time: BTreeMap<(Time, u64), Due>,
    times: BTreeMap<u64, Time>,
    next: u64,
}

impl Deadlines {
    pub(super) fn next(&self) -> Option<(Time, u64)> {
        self.by_time.first_key_value().map(|(key, _)| *key)
    }

    pub(super) fn get(&self, number: u64) -> Option<&Due> {
        // What is asked for is nearly always the one that passes now, by every rule.
        if let Some(((_, first), due)) = self.by_time.first_key_value()
            && *first == number
        {
            return Some(due);
        }
        let time = self.times.get(&number)?;
        self.by_time.get(&(*time, number))
    }

    pub(super) fn set(&mut self, time: Time, due: Due) {
        let number = self.next;
        self.next += 1;
        self.by_time.insert((time, number), due);
        self.times.insert(number, time);
    }

    pub(super) fn remove(&mut self, number: u64) {
        if let Some(time) = self.times.remove(&number) {
            self.by_time.remove(&(time, number));
        }
    }
}
