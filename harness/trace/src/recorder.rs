//! The one recorder of a run.

use alloc::vec::Vec;

use crate::{ConnectionId, Entry, Seen, Time};

/// Collects what one run saw: one sequence counter for all connections. Its owner brings the clock.
///
/// Outgoing octets are recorded before the write and incoming ones right after the read, so that an entry's number
/// never claims an order that the recording party could not know.
#[derive(Debug, Default)]
pub struct Recorder {
    entries: Vec<Entry>,
    taken: u64,
    last: Time,
    connections: u32,
    stimuli: u64,
}

impl Recorder {
    /// An empty recorder.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The number of the next connection.
    pub fn next_connection(&mut self) -> ConnectionId {
        let connection = ConnectionId(self.connections);
        self.connections += 1;
        connection
    }

    /// The number of the next question to a notification source.
    pub fn next_stimulus(&mut self) -> u64 {
        let number = self.stimuli;
        self.stimuli += 1;
        number
    }

    /// Records something seen at `time` and returns its sequence number. A time before that of the last entry is
    /// raised to it: a trace never runs backwards.
    pub fn record(&mut self, time: Time, seen: Seen) -> u64 {
        let sequence = self.taken + self.entries.len() as u64;
        self.last = self.last.max(time);
        let time = self.last;
        self.entries.push(Entry { sequence, time, seen });
        sequence
    }

    /// What was recorded and not yet taken.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Takes what was recorded so far, one after the other; numbering goes on. What is not asked for is dropped.
    pub fn drain(&mut self) -> impl Iterator<Item = Entry> {
        self.taken += self.entries.len() as u64;
        self.entries.drain(..)
    }

    /// Takes what was recorded so far; numbering goes on.
    pub fn take(&mut self) -> Vec<Entry> {
        self.taken += self.entries.len() as u64;
        core::mem::take(&mut self.entries)
    }
}
