//! What a witness saw, written as a capture that other tools open.
//!
//! ```text
//! entries ─▶ Plan: addresses, ports ─▶ Conversation: SYN, octets, FIN or RST ─▶ Blocks: pcapng
//!   └──────▶ notes and remarks ───────────────── comments of packets ──────────────┘
//! ```
//!
//! Every connection becomes a whole TCP conversation. What no packet shows stands in comments of the packet that comes next,
//! or behind the last one: of what it means this crate knows nothing.

mod blocks;
mod conversation;
mod plan;

use std::collections::BTreeMap;
use std::io::{self, Write};

use trace::{Closed, ConnectionEnd, ConnectionId, Entry, Lost, Observation, Opened, Seen};

use blocks::Blocks;
use conversation::{Conversation, Packet};
use plan::Plan;

/// Octets of comments that one block holds at most: readers refuse blocks that are too long.
const MOST_COMMENTS: usize = 1 << 20;

/// What stands in comments.
pub trait Annotate {
    /// What stands for an entry that no packet shows. [`crate::read_back`] gives it back as it is.
    ///
    /// # Errors
    /// When there are no words for it.
    fn note(&mut self, entry: &Entry) -> io::Result<String>;

    /// What people are told of an entry beside its packet. It must not begin with [`CONTINUED`].
    fn remarks(&mut self, entry: &Entry) -> Vec<String>;
}

/// What a comment begins with that goes on where the last one stopped: a comment holds 65,535 octets at most.
pub const CONTINUED: char = '+';

/// What is said of a capture as a whole.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// The program that writes it.
    pub application: &'a str,
    /// Comments on the whole.
    pub comments: &'a [String],
    /// The moment at which the trace began: nanoseconds from 1970-01-01T00:00:00Z.
    pub start: u64,
}

/// Writes a capture in pcapng. Connections in memory, and such as had the addresses of an earlier one, get addresses and
/// ports for documentation.
///
/// # Errors
/// What the operating system says.
pub fn write(out: impl Write, about: About<'_>, entries: &[Entry], annotate: &mut dyn Annotate) -> io::Result<()> {
    let mut writer = Writer::new(out, about, entries, false)?;
    for entry in entries {
        writer.entry(entry, annotate)?;
    }
    writer.finish(entries.last().map_or(0, |entry| entry.time.0))
}

/// Writes nothing but what crossed the connections, as anybody would have captured it: without a comment on any packet. Octets
/// that are missing are so in the file, by packets that are cut off, and connections in mid-stream are not opened.
///
/// # Errors
/// What the operating system says.
pub fn write_bare(out: impl Write, about: About<'_>, entries: &[Entry]) -> io::Result<()> {
    let mut writer = Writer::new(out, about, entries, true)?;
    for entry in entries {
        let time = about.start.saturating_add(entry.time.0);
        writer.packets(&entry.seen).iter().try_for_each(|packet| writer.packet(packet, time))?;
    }
    writer.blocks.into_inner().flush()
}

struct Writer<'a, W> {
    blocks: Blocks<W>,
    plan: Plan,
    about: About<'a>,
    open: BTreeMap<ConnectionId, Conversation>,
    /// Comments that wait for the next packet.
    comments: Vec<String>,
    /// How long they are together.
    held: usize,
    /// Whether packets have to show what else comments tell.
    is_bare: bool,
}

impl<'a, W: Write> Writer<'a, W> {
    fn new(out: W, about: About<'a>, entries: &[Entry], is_bare: bool) -> io::Result<Self> {
        let plan = Plan::of(entries);
        let mut blocks = Blocks::new(out);
        blocks.section(about.application, about.comments)?;
        blocks.interface()?;
        blocks.names(&plan.names)?;
        Ok(Writer { blocks, plan, about, open: BTreeMap::new(), comments: Vec::new(), held: 0, is_bare })
    }

    fn entry(&mut self, entry: &Entry, annotate: &mut dyn Annotate) -> io::Result<()> {
        let time = self.about.start.saturating_add(entry.time.0);
        for remark in annotate.remarks(entry) {
            self.comment(remark, time)?;
        }
        let packets = self.packets(&entry.seen);
        let is_shown = !packets.is_empty() && matches!(entry.seen, Seen::Octets(_));
        if !is_shown {
            let note = annotate.note(entry)?;
            self.comment(note, time)?;
        }
        packets.iter().try_for_each(|packet| self.packet(packet, time))
    }

    /// The packets that show an entry; none where it takes words.
    fn packets(&mut self, seen: &Seen) -> Vec<Packet> {
        match seen {
            Seen::Opened(Opened { connection, .. }) => {
                let Some(ends) = self.plan.ends_of(*connection) else { return Vec::new() };
                if self.open.contains_key(connection) {
                    return Vec::new();
                }
                let (conversation, packets) = if self.is_bare && self.plan.is_in_mid_stream(*connection) {
                    (Conversation::in_mid_stream(ends, connection.0), Vec::new())
                } else {
                    Conversation::open(ends, connection.0)
                };
                self.open.insert(*connection, conversation);
                packets
            }
            Seen::Octets(Observation { connection, direction, octets }) => {
                let conversation = self.open.get_mut(connection);
                conversation.map_or_else(Vec::new, |conversation| conversation.octets(*direction, octets))
            }
            Seen::Lost(Lost { connection, direction, octets: Some(octets) }) if self.is_bare => {
                let conversation = self.open.get_mut(connection);
                conversation.map_or_else(Vec::new, |conversation| conversation.lost(*direction, *octets))
            }
            Seen::Closed(Closed { connection, how }) => {
                let goes_on = self.plan.goes_on(*connection);
                let Some(conversation) = self.open.get_mut(connection) else { return Vec::new() };
                match how {
                    ConnectionEnd::Orderly { by } if goes_on => conversation.end(*by),
                    ConnectionEnd::Orderly { by } => conversation.close(*by),
                    // Octets that came all the same stand in comments.
                    ConnectionEnd::Broken { by, .. } => conversation.reset(*by),
                }
            }
            _ => Vec::new(),
        }
    }

    fn packet(&mut self, packet: &Packet, time: u64) -> io::Result<()> {
        self.held = 0;
        self.blocks.packet(time, &packet.octets()?, packet.cut(), &std::mem::take(&mut self.comments))
    }

    fn comment(&mut self, comment: String, time: u64) -> io::Result<()> {
        for piece in pieces(comment) {
            self.held += piece.len();
            self.comments.push(piece);
            if self.held >= MOST_COMMENTS {
                self.flush(time)?;
            }
        }
        Ok(())
    }

    /// Comments without a packet.
    fn flush(&mut self, time: u64) -> io::Result<()> {
        self.held = 0;
        self.blocks.remarks(time, &std::mem::take(&mut self.comments))
    }

    fn finish(mut self, last: u64) -> io::Result<()> {
        let time = self.about.start.saturating_add(last);
        if !self.comments.is_empty() {
            self.flush(time)?;
        }
        let halves: Vec<Packet> = self.open.values_mut().flat_map(Conversation::other_end).collect();
        halves.iter().try_for_each(|packet| self.packet(packet, time))?;
        self.blocks.into_inner().flush()
    }
}

/// A comment in pieces that a block can hold.
fn pieces(comment: String) -> Vec<String> {
    if comment.len() <= blocks::LONGEST_COMMENT {
        return vec![comment];
    }
    let mut pieces = Vec::new();
    let mut rest = comment.as_str();
    while !rest.is_empty() {
        let end = rest.floor_char_boundary(blocks::LONGEST_COMMENT - CONTINUED.len_utf8());
        let (piece, after) = rest.split_at(end);
        pieces.push(if pieces.is_empty() { piece.to_owned() } else { format!("{CONTINUED}{piece}") });
        rest = after;
    }
    pieces
}
