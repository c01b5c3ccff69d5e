//! Times at which something is due.

use alloc::collections::{BTreeMap, VecDeque};

use trace::Time;

use super::{ChannelDue, ClientDue, RegistrationId};
use crate::event::CallId;

/// What is due at some time. Whether it has come true, a rule sees in the model when the time has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// Rows of deadlines that are kept beside each other, at most.
const ROWS: usize = 8;

/// All times at which something is due.
///
/// Most lie one of a few spans after the event that names them, and events come in the order of their times. So they are kept in
/// rows in which each comes after the one before it, and what fits in none is kept apart.
#[derive(Debug, Default)]
pub struct Deadlines {
    rows: [VecDeque<Deadline>; ROWS],
    others: BTreeMap<(Time, u64), Due>,
    /// The next one.
    first: Option<(Time, u64)>,
    next: u64,
}

#[derive(Clone, Copy, Debug)]
struct Deadline {
    time: Time,
    number: u64,
    due: Due,
}

impl Deadlines {
    pub(super) fn next(&self) -> Option<(Time, u64)> {
        self.first
    }

    pub(super) fn get(&self, number: u64) -> Option<&Due> {
        match self.place(number) {
            Some((row, at)) => Some(&self.rows.get(row)?.get(at)?.due),
            None => self.others.iter().find(|((_, known), _)| *known == number).map(|(_, due)| due),
        }
    }

    pub(super) fn set(&mut self, time: Time, due: Due) {
        let number = self.next;
        self.next += 1;
        match self.rows.iter_mut().find(|row| row.back().is_none_or(|last| last.time <= time)) {
            Some(row) => row.push_back(Deadline { time, number, due }),
            None => {
                self.others.insert((time, number), due);
            }
        }
        if self.first.is_none_or(|first| (time, number) < first) {
            self.first = Some((time, number));
        }
    }

    pub(super) fn remove(&mut self, number: u64) {
        match self.place(number) {
            Some((row, at)) => {
                self.rows.get_mut(row).and_then(|row| row.remove(at));
            }
            // What passes is the first.
            None if self.others.first_key_value().is_some_and(|((_, first), _)| *first == number) => {
                self.others.pop_first();
            }
            None => self.others.retain(|(_, known), _| *known != number),
        }
        let fronts = self.rows.iter().filter_map(VecDeque::front).map(|next| (next.time, next.number));
        self.first = fronts.chain(self.others.first_key_value().map(|(key, _)| *key)).min();
    }

    /// The row in which a deadline stands, and where: in the order of their numbers, too. It is nearly always the one that passes
    /// now.
    fn place(&self, number: u64) -> Option<(usize, usize)> {
        let passing = self.rows.iter().position(|row| row.front().is_some_and(|next| next.number == number));
        passing.map(|row| (row, 0)).or_else(|| {
            let at = |row: &VecDeque<Deadline>| row.binary_search_by_key(&number, |known| known.number).ok();
            self.rows.iter().enumerate().find_map(|(number, row)| Some((number, at(row)?)))
        })
    }
}
