//! A run, read back from its capture.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use capture::{Packets, Shown, read_back};
use trace::{Closed, ConnectionId, End, Entry, Lost, Observation, Opened, Seen, Time};

use super::{BEGINS, Whole, packed};
use crate::report::trace_jsonl::{Header, entry_of};

/// Numbers of connections whose opening is not among the comments.
const STRANGERS: u32 = 1 << 30;

/// A run that was read back.
#[derive(Clone, Debug)]
pub struct Recording {
    /// How the trace is to be judged.
    pub header: Header,
    /// What was seen.
    pub entries: Vec<Entry>,
    /// The packet of each entry, from 1; that of its comment where only a comment tells of it.
    pub packets: Vec<u64>,
}

/// Whether a file is a capture of a run: its first comment tells.
#[must_use]
pub fn is_ours(reader: impl Read + Send) -> bool {
    let Ok(mut packets) = Packets::new(reader) else { return false };
    match packets.next_annotated() {
        Ok(Some((_, comments))) => begins(comments),
        Ok(None) => begins(packets.comments()),
        Err(_) => false,
    }
}

fn begins(comments: &[String]) -> bool {
    comments.first().is_some_and(|comment| comment.starts_with(BEGINS))
}

/// Reads a capture of a run.
///
/// # Errors
/// In words, what can't be read, with its offset or its packet.
pub fn read(reader: impl Read + Send) -> Result<Recording, String> {
    let mut reading = Reading::default();
    let mut wrong = None;
    let read = read_back(reader, |_| None, &mut |packet, time, shown| {
        if wrong.is_none() {
            wrong = reading.take(packet, time, shown).err().map(|why| format!("packet {packet}: {why}"));
        }
    });
    if let Some(why) = wrong {
        return Err(why);
    }
    read.map_err(|error| error.to_string())?;
    reading.finish()
}

#[derive(Default)]
struct Reading {
    whole: Option<Whole>,
    entries: Vec<Entry>,
    packets: Vec<u64>,
    /// The connection that a comment has just opened: its packets come next.
    opening: Option<ConnectionId>,
    /// The numbers that the packets' connections had in the trace.
    numbers: BTreeMap<ConnectionId, ConnectionId>,
    /// Connections whose end a comment tells.
    ended: BTreeSet<ConnectionId>,
    is_over: bool,
}

impl Reading {
    fn take(&mut self, packet: u64, time: i64, shown: Shown) -> Result<(), String> {
        match shown {
            Shown::Comment(comment) if comment.starts_with(BEGINS) => {
                let whole: Whole = serde_json::from_str(&comment).map_err(|error| format!("comment: {error}"))?;
                if whole.header.trace != Header::version() {
                    let version = Header::version();
                    let found = whole.header.trace;
                    return Err(format!("version {found} of the form; this program reads version {version}"));
                }
                self.whole = Some(whole);
                Ok(())
            }
            Shown::Comment(comment) if comment.starts_with('{') => {
                let packed = comment.starts_with(packed::BEGINS).then(|| packed::unpack(&comment)).transpose();
                let line = packed.map_err(|why| format!("comment: {why}"))?.unwrap_or(comment);
                let entry = entry_of(&line).map_err(|why| format!("comment: {why}"))?;
                self.note(packet, entry);
                Ok(())
            }
            // Of people.
            Shown::Comment(_) => Ok(()),
            Shown::Seen(seen) => {
                self.seen(packet, time, seen);
                Ok(())
            }
        }
    }

    /// An entry that a comment tells.
    fn note(&mut self, packet: u64, entry: Entry) {
        match &entry.seen {
            Seen::Opened(opened) => self.opening = Some(opened.connection),
            Seen::Closed(closed) => {
                self.ended.insert(closed.connection);
            }
            Seen::End(_) => self.is_over = true,
            _ => {}
        }
        self.push(packet, entry.time, entry.seen);
    }

    /// Something that the packets show. The comments tell of openings and ends, where they are all there.
    fn seen(&mut self, packet: u64, time: i64, seen: Seen) {
        let start = self.whole.as_ref().map_or(0, |whole| whole.start);
        let time = Time(u64::try_from(time).unwrap_or(0).saturating_sub(start));
        let seen = match seen {
            Seen::Opened(opened) => {
                if let Some(told) = self.opening.take() {
                    self.numbers.insert(opened.connection, told);
                    return;
                }
                let connection = ConnectionId(STRANGERS.saturating_add(opened.connection.0));
                self.numbers.insert(opened.connection, connection);
                Seen::Opened(Opened { connection, ..opened })
            }
            Seen::Closed(closed) => {
                let connection = self.number(closed.connection);
                if self.ended.contains(&connection) {
                    return;
                }
                Seen::Closed(Closed { connection, ..closed })
            }
            Seen::Octets(seen) => {
                let connection = self.number(seen.connection);
                Seen::Octets(Observation { connection, ..seen })
            }
            Seen::Lost(lost) => {
                let connection = self.number(lost.connection);
                Seen::Lost(Lost { connection, ..lost })
            }
            other => other,
        };
        self.push(packet, time, seen);
    }

    fn number(&self, connection: ConnectionId) -> ConnectionId {
        self.numbers.get(&connection).copied().unwrap_or(connection)
    }

    /// Entries are counted anew: comments and packets may have been left out of the file.
    fn push(&mut self, packet: u64, time: Time, seen: Seen) {
        let before = self.entries.last().map_or(Time::ZERO, |last| last.time);
        let sequence = self.entries.len() as u64;
        self.entries.push(Entry { sequence, time: time.max(before), seen });
        self.packets.push(packet);
    }

    fn finish(mut self) -> Result<Recording, String> {
        if !self.is_over {
            let last = self.packets.last().copied().unwrap_or(0);
            self.push(last, Time::ZERO, Seen::End(End::CutShort));
        }
        let whole = self.whole.ok_or("no comment tells how the run is to be judged")?;
        Ok(Recording { header: whole.header, entries: self.entries, packets: self.packets })
    }
}
