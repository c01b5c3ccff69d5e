//! Capture files: pcap and pcapng.

mod error;
mod interface;
mod source;

use std::io::Read;

use pcap_parser::traits::PcapReaderIterator;
use pcap_parser::{
    Block, EnhancedPacketBlock, LegacyPcapBlock, OptionCode, PcapBlockOwned, PcapError, PcapHeader, PcapNGOption,
    SimplePacketBlock, create_reader,
};

use error::BIG_ENDIAN;
pub use error::FileError;
use interface::Interface;
use source::Source;

use crate::{CONTINUED, Link};

/// Octets that are read at once.
const BUFFER: usize = 256 << 10;

/// The longest block or packet that is read: more than any link carries.
const LONGEST_BLOCK: usize = 16 << 20;

/// The most interfaces of a section.
const MOST_INTERFACES: usize = 4_096;

/// The most octets of comments before one packet.
const MOST_COMMENTS: usize = 256 << 20;

/// Octets of a block of pcapng without content: its type, and its length twice.
const SHORTEST_BLOCK: usize = 12;

/// The octets of a block that tell its length: type and length.
const BLOCK_HEAD: usize = 8;

/// Where the octets of a packet begin in an enhanced packet block: behind its interface, time and two lengths.
const ENHANCED_DATA: usize = BLOCK_HEAD + 20;

/// Where they begin in a simple packet block: behind the length that it had.
const SIMPLE_DATA: usize = BLOCK_HEAD + 4;

/// Octets before a packet of pcap: its time, in two numbers, and two lengths.
const PLAIN_HEAD: usize = 16;

/// One captured packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// Its number in the file, from 1, as other tools count.
    pub number: u64,
    /// When it was captured: nanoseconds from 1970-01-01T00:00:00Z; 0 where the file does not tell.
    pub time: i64,
    /// What it begins with.
    pub link: Link,
    /// What was captured of it.
    pub octets: &'a [u8],
}

/// The packets of a capture file, one at a time.
pub struct Packets<'r> {
    reader: Box<dyn PcapReaderIterator + Send + 'r>,
    failure: source::Failure,
    interfaces: Vec<Interface>,
    big_endian: bool,
    legacy: bool,
    /// Whether it is pcap, and nothing but [`PLAIN_HEAD`] octets stand before each packet.
    plain: bool,
    packets: u64,
    taken: usize,
    capacity: usize,
    /// Comments, where they are wanted.
    comments: Option<Vec<String>>,
}

/// Whether a file that begins with these octets, four or more, says that it is a capture.
#[must_use]
pub fn is_capture(head: &[u8]) -> bool {
    FileError::is_magic(head)
}

/// Where a packet lies in the block that comes next. Borrows nothing, so that the reader can be asked for its octets.
#[derive(Clone, Copy)]
struct Found {
    time: i64,
    link: Link,
    /// Where its octets begin in the block, and how many of them there are.
    at: usize,
    octets: usize,
    /// Octets of the whole block.
    length: usize,
}

/// What the next octets of a file are, with its length.
enum Step {
    Packet(Result<Found, FileError>),
    Other(usize),
    Refill,
    Grow,
    End,
    /// The file ends, perhaps in the middle of a block.
    NoMore,
    Unreadable,
    Fail(FileError),
}

impl std::fmt::Debug for Packets<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Packets")
            .field("packets", &self.packets)
            .field("offset", &self.offset())
            .finish_non_exhaustive()
    }
}

impl<'r> Packets<'r> {
    /// Opens a capture: pcap of either byte order and resolution, or pcapng.
    ///
    /// # Errors
    /// When it can't be read, is empty, or is neither.
    pub fn new(reader: impl Read + Send + 'r) -> Result<Self, FileError> {
        let (source, failure) = Source::new(reader)?;
        let head = source.head();
        let length = source.head_length();
        let reader = create_reader(BUFFER, source).map_err(|error| match error {
            PcapError::Eof => FileError::Empty,
            _ if !FileError::is_magic(&head) => FileError::magic(&head),
            _ if FileError::is_of_no_order(&head) => FileError::malformed(0, "a byte-order magic of pcapng", &head),
            _ if length < source::HEAD => FileError::CutShort { offset: 0 },
            _ => FileError::malformed(0, "the header of pcap or pcapng", &head),
        })?;
        let (interfaces, big_endian, legacy) = (Vec::new(), false, false);
        Ok(Self {
            reader,
            failure,
            interfaces,
            big_endian,
            legacy,
            plain: false,
            packets: 0,
            taken: 0,
            capacity: BUFFER,
            comments: None,
        })
    }

    /// Where the next block begins, in octets from the start of the file.
    #[must_use]
    pub fn offset(&self) -> u64 {
        (self.reader.consumed() + self.taken) as u64
    }

    /// How many packets there were so far.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.packets
    }

    /// The next packet; none at the end of the file.
    ///
    /// # Errors
    /// When what comes next can't be read: nothing can be read after it.
    pub fn next_packet(&mut self) -> Result<Option<Packet<'_>>, FileError> {
        Ok(self.seek()?.map(|found| self.packet(found)))
    }

    /// Goes to the next packet and counts it, if there is one.
    fn seek(&mut self) -> Result<Option<Found>, FileError> {
        loop {
            let taken = std::mem::take(&mut self.taken);
            if taken > 0 {
                // What is left in the buffer is moved but when more is read.
                self.reader.consume_noshift(taken);
            }
            match self.plain_packet().map_or_else(|| self.step(), |found| Step::Packet(Ok(found))) {
                Step::Packet(found) => {
                    self.packets += 1;
                    let found = found?;
                    self.taken = found.length;
                    return Ok(Some(found));
                }
                Step::Other(length) => self.taken = length,
                Step::Refill => self.refill()?,
                Step::Grow => self.grow()?,
                Step::End => return Ok(None),
                Step::NoMore if self.reader.data().is_empty() => return Ok(None),
                Step::NoMore if !self.is_whole() => return Err(FileError::CutShort { offset: self.offset() }),
                Step::NoMore | Step::Unreadable => {
                    return Err(FileError::malformed(self.offset(), "a block of pcapng", self.reader.data()));
                }
                Step::Fail(error) => return Err(error),
            }
        }
    }

    /// The packet that the reader stands before.
    fn packet(&self, found: Found) -> Packet<'_> {
        let Found { time, link, at, octets: captured, .. } = found;
        let octets = self.reader.data().get(at..).unwrap_or_default();
        let octets = octets.get(..captured).unwrap_or(octets);
        Packet { number: self.packets, time, link, octets }
    }

    /// The next packet with its comments, behind those of the blocks that stand before it; none at the end of the file.
    ///
    /// # Errors
    /// When what comes next can't be read: nothing can be read after it.
    pub fn next_annotated(&mut self) -> Result<Option<(Packet<'_>, &[String])>, FileError> {
        self.comments = Some(Vec::new());
        let Some(found) = self.seek()? else { return Ok(None) };
        let mut comments = self.comments.take().unwrap_or_default();
        if let Ok((_, PcapBlockOwned::NG(Block::EnhancedPacket(packet)))) = self.reader.next() {
            gather(&mut comments, &packet.options);
        }
        self.comments = Some(comments);
        Ok(Some((self.packet(found), self.comments())))
    }

    /// The comments that [`Packets::next_annotated`] gave last, or those behind the last packet.
    #[must_use]
    pub fn comments(&self) -> &[String] {
        self.comments.as_deref().unwrap_or_default()
    }

    /// The packet of pcap that comes next and is all there: nearly every one. None of any other thing, which [`Self::step`] looks at.
    fn plain_packet(&self) -> Option<Found> {
        let interface = self.interfaces.first().filter(|_| self.plain)?;
        let (head, rest) = self.reader.data().split_first_chunk::<PLAIN_HEAD>()?;
        let ([seconds, fraction, captured, _], []) = head.as_chunks() else { return None };
        let word = if self.big_endian { u32::from_be_bytes } else { u32::from_le_bytes };
        let octets = word(*captured) as usize;
        (octets <= rest.len().min(LONGEST_BLOCK)).then(|| Found {
            time: interface.nanoseconds(interface.ticks(word(*seconds), word(*fraction))),
            link: interface.link,
            at: PLAIN_HEAD,
            octets,
            length: PLAIN_HEAD + octets,
        })
    }

    /// What comes next.
    fn step(&mut self) -> Step {
        let offset = self.reader.consumed() as u64;
        if let Some(error) = self.absurd_length(offset) {
            return Step::Fail(error);
        }
        let (length, block) = match self.reader.next() {
            Ok(next) => next,
            Err(PcapError::Eof) => return Step::End,
            Err(PcapError::Incomplete(_)) => return Step::Refill,
            Err(PcapError::BufferTooSmall) => return Step::Grow,
            Err(PcapError::UnexpectedEof) => return Step::NoMore,
            Err(_) => return Step::Unreadable,
        };
        match block {
            PcapBlockOwned::LegacyHeader(header) => {
                self.legacy = true;
                self.plain = !header.is_modified_format();
                self.big_endian = header.is_bigendian();
                self.interfaces = vec![of_pcap(&header)];
            }
            PcapBlockOwned::Legacy(packet) => {
                return Step::Packet(of_legacy(&packet, length, &self.interfaces, offset));
            }
            PcapBlockOwned::NG(Block::EnhancedPacket(packet)) => {
                return Step::Packet(enhanced(&packet, length, &self.interfaces, offset));
            }
            PcapBlockOwned::NG(Block::SimplePacket(packet)) => {
                return Step::Packet(simple(&packet, length, &self.interfaces, offset));
            }
            PcapBlockOwned::NG(Block::SectionHeader(section)) => {
                self.big_endian = section.big_endian();
                self.interfaces.clear();
                self.comments.iter_mut().for_each(|comments| gather(comments, &section.options));
            }
            PcapBlockOwned::NG(Block::InterfaceStatistics(statistics)) => {
                self.comments.iter_mut().for_each(|comments| gather(comments, &statistics.options));
                if self.comments().iter().map(String::len).sum::<usize>() > MOST_COMMENTS {
                    let why =
                        format!("expected at most {MOST_COMMENTS} octets of comments before a packet, found more");
                    return Step::Fail(FileError::Malformed { offset, why });
                }
            }
            PcapBlockOwned::NG(Block::InterfaceDescription(description)) => {
                if self.interfaces.len() >= MOST_INTERFACES {
                    let why = format!("expected at most {MOST_INTERFACES} interfaces in a section, found more");
                    return Step::Fail(FileError::Malformed { offset, why });
                }
                self.interfaces.push(Interface::of_pcapng(&description, self.big_endian));
            }
            PcapBlockOwned::NG(_) => {}
        }
        Step::Other(length)
    }

    /// What is wrong with the length of the next block, where it tells one that no block has.
    fn absurd_length(&self, offset: u64) -> Option<FileError> {
        let length = self.told_length(offset)?;
        // The parser takes these octets from the length without a look.
        if length < SHORTEST_BLOCK && !self.legacy {
            return Some(FileError::malformed(offset, "a block of pcapng", self.reader.data()));
        }
        (length > LONGEST_BLOCK).then(|| FileError::Malformed {
            offset,
            why: format!("expected a block of at most {LONGEST_BLOCK} octets, found one that says it has {length}"),
        })
    }

    /// Whether the next block of pcapng is all there by its own word: then what does not end in it is its fault.
    fn is_whole(&self) -> bool {
        let length = self.told_length(self.reader.consumed() as u64).filter(|_| !self.legacy);
        length.is_some_and(|length| length <= self.reader.data().len())
    }

    /// How long the next block says it is, or its packet in pcap.
    fn told_length(&self, offset: u64) -> Option<usize> {
        let data = self.reader.data();
        if offset == 0 && !FileError::is_pcapng(data) {
            return None;
        }
        let length_at = if self.legacy { BLOCK_HEAD } else { BLOCK_HEAD - 4 };
        let word: [u8; 4] = data.get(length_at..length_at + 4)?.try_into().ok()?;
        let is_section = !self.legacy && FileError::is_pcapng(data);
        let big_endian = if is_section { data.get(8..12)? == BIG_ENDIAN } else { self.big_endian };
        Some(if big_endian { u32::from_be_bytes(word) } else { u32::from_le_bytes(word) } as usize)
    }

    fn refill(&mut self) -> Result<(), FileError> {
        let before = self.reader.data().len();
        if self.reader.refill().is_err() {
            return Err(self.failure.take());
        }
        // A buffer with no room left reads nothing and is no end of the file.
        if self.reader.data().len() == before && !self.reader.reader_exhausted() {
            return self.grow();
        }
        Ok(())
    }

    fn grow(&mut self) -> Result<(), FileError> {
        let offset = self.reader.consumed() as u64;
        let capacity = self.capacity.saturating_mul(2);
        // Room for the longest block, and for what the reader wants to have beside it.
        if capacity > 4 * LONGEST_BLOCK || !self.reader.grow(capacity) {
            let why = format!("expected a block of at most {LONGEST_BLOCK} octets, found a longer one");
            return Err(FileError::Malformed { offset, why });
        }
        self.capacity = capacity;
        self.reader.refill().map_err(|_| self.failure.take())
    }
}

/// A packet of pcap: its octets end its record.
fn of_legacy(
    packet: &LegacyPcapBlock<'_>,
    length: usize,
    interfaces: &[Interface],
    offset: u64,
) -> Result<Found, FileError> {
    let interface = interface(interfaces, 0, offset)?;
    let time = interface.nanoseconds(interface.ticks(packet.ts_sec, packet.ts_usec));
    let at = length.saturating_sub(packet.data.len());
    Ok(Found { time, link: interface.link, at, octets: captured(packet.data, packet.caplen as usize), length })
}

fn enhanced(
    packet: &EnhancedPacketBlock<'_>,
    length: usize,
    interfaces: &[Interface],
    offset: u64,
) -> Result<Found, FileError> {
    let interface = interface(interfaces, packet.if_id, offset)?;
    let time = interface.nanoseconds(u64::from(packet.ts_high) << 32 | u64::from(packet.ts_low));
    let octets = captured(packet.data, packet.caplen as usize);
    Ok(Found { time, link: interface.link, at: ENHANCED_DATA, octets, length })
}

fn simple(
    packet: &SimplePacketBlock<'_>,
    length: usize,
    interfaces: &[Interface],
    offset: u64,
) -> Result<Found, FileError> {
    let interface = interface(interfaces, 0, offset)?;
    let octets = captured(packet.data, interface.captured(packet.origlen));
    Ok(Found { time: interface.nanoseconds(0), link: interface.link, at: SIMPLE_DATA, octets, length })
}

/// The interface of a packet whose block begins at `offset`.
fn interface(interfaces: &[Interface], index: u32, offset: u64) -> Result<&Interface, FileError> {
    usize::try_from(index).ok().and_then(|index| interfaces.get(index)).ok_or_else(|| FileError::Malformed {
        offset,
        why: format!("expected a packet of one of {} interfaces, found interface {index}", interfaces.len()),
    })
}

/// How many of the octets that a block has room for were captured.
fn captured(data: &[u8], captured: usize) -> usize {
    captured.min(data.len())
}

/// Adds the comments among the options of a block, joined where one goes on where another stopped.
fn gather(comments: &mut Vec<String>, options: &[PcapNGOption<'_>]) {
    for option in options.iter().filter(|option| option.code == OptionCode::Comment) {
        let Ok(octets) = option.as_bytes() else { continue };
        let text = String::from_utf8_lossy(octets);
        match (text.strip_prefix(CONTINUED), comments.last_mut()) {
            (Some(rest), Some(begun)) => begun.push_str(rest),
            _ => comments.push(text.into_owned()),
        }
    }
}

/// The one interface of a pcap file.
fn of_pcap(header: &PcapHeader) -> Interface {
    Interface::of_pcap(header.network.0.cast_unsigned(), header.snaplen, header.is_nanosecond_precision())
}
