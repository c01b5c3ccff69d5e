//! Captures of networks to what a witness saw, and back.
//!
//! ```text
//! pcap, pcapng ─▶ Packets ─▶ link ─▶ IP, fragments ─▶ Segment ─▶ Flow ─▶ trace::Entry, with its packet's number
//! ```
//!
//! [`Packets`] reads a file, a packet at a time. A [`Witness`] puts the segments of every TCP connection in order and tells
//! what crossed it as [`trace::Entry`]s, just as a tap around a socket does. What the octets mean is for others to say: this
//! crate knows files, links, IP and TCP. Memory depends on the connections that are open, not on the length of the file.
//! [`write`] makes a capture of such entries, with what no packet shows in comments.

mod ends;
mod file;
mod flow;
mod fragment;
mod kept;
mod link;
mod read_back;
mod segment;
mod stream;
mod witness;
mod write;

pub use file::{FileError, Packet, Packets, is_capture};
pub use link::Link;
pub use read_back::{Shown, read_back};
pub use witness::{Skipped, Speaker, Witness};
pub use write::{About, Annotate, CONTINUED, write, write_bare};
