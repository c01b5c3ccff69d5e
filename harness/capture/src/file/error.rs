//! What is wrong with a capture file.

use std::io;

use thiserror::Error;

/// A capture file that can't be read, or not to its end.
#[derive(Debug, Error)]
pub enum FileError {
    /// The operating system says so.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// There is nothing in it.
    #[error("offset 0: expected the header of pcap or pcapng, found an empty file")]
    Empty,
    /// It is something else.
    #[error("offset 0: expected the header of pcap or pcapng, found {found}{hint}")]
    Magic {
        /// Its first octets.
        found: String,
        /// What it seems to be.
        hint: &'static str,
    },
    /// It ends in the middle of a block.
    #[error("offset {offset:#x}: expected a whole block, found the end of the file in the middle of it")]
    CutShort {
        /// Where the block begins.
        offset: u64,
    },
    /// A block says what can't be.
    #[error("offset {offset:#x}: {why}")]
    Malformed {
        /// Where the block begins.
        offset: u64,
        /// What was expected and what came.
        why: String,
    },
}

/// What pcapng begins with.
const SECTION_HEADER: [u8; 4] = [0x0A, 0x0D, 0x0D, 0x0A];

/// The byte-order magic of pcapng, with the most significant octet first.
pub(super) const BIG_ENDIAN: [u8; 4] = [0x1A, 0x2B, 0x3C, 0x4D];

/// What pcap begins with, in each order and resolution.
const PCAP: [[u8; 4]; 5] = [
    [0xD4, 0xC3, 0xB2, 0xA1],
    [0xA1, 0xB2, 0xC3, 0xD4],
    [0x4D, 0x3C, 0xB2, 0xA1],
    [0xA1, 0xB2, 0x3C, 0x4D],
    [0x34, 0xCD, 0xB2, 0xA1],
];

/// What other files begin with that are taken for captures.
const OTHERS: [(&[u8], &str); 6] = [
    (&[0x1F, 0x8B], " (gzip: unpack it first)"),
    (&[0x28, 0xB5, 0x2F, 0xFD], " (zstd: unpack it first)"),
    (b"PK", " (zip: unpack it first)"),
    (b"GMBU", " (Network Monitor: save it as pcapng)"),
    (b"RTSS", " (Network Monitor 1: save it as pcapng)"),
    (b"snoop", " (snoop: save it as pcapng)"),
];

impl FileError {
    pub(super) fn is_pcapng(head: &[u8]) -> bool {
        head.starts_with(&SECTION_HEADER)
    }

    /// Whether pcapng begins there in neither order of octets.
    pub(super) fn is_of_no_order(head: &[u8]) -> bool {
        let order = head.get(8..12).filter(|_| Self::is_pcapng(head));
        order.is_some_and(|order| order != BIG_ENDIAN && !order.iter().rev().eq(BIG_ENDIAN.iter()))
    }

    pub(super) fn is_magic(head: &[u8]) -> bool {
        Self::is_pcapng(head) || PCAP.iter().any(|magic| head.starts_with(magic))
    }

    /// Neither pcap nor pcapng.
    pub(super) fn magic(head: &[u8]) -> Self {
        let hint = OTHERS.iter().find(|(magic, _)| head.starts_with(magic)).map_or("", |(_, hint)| hint);
        Self::Magic { found: octets(head, 8), hint }
    }

    pub(super) fn malformed(offset: u64, expected: &str, found: &[u8]) -> Self {
        Self::Malformed { offset, why: format!("expected {expected}, found {}", octets(found, 16)) }
    }
}

fn octets(octets: &[u8], most: usize) -> String {
    octets.iter().take(most).map(|octet| format!("{octet:02x}")).collect::<Vec<_>>().join(" ")
}
