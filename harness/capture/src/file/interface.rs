//! Interfaces of a capture: what its packets begin with, and what their times mean.

use pcap_parser::InterfaceDescriptionBlock;

use crate::Link;

/// The upper bit of `if_tsresol`: a power of two.
const BINARY: u8 = 0x80;

/// An interface that packets were captured at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Interface {
    pub(super) link: Link,
    /// Octets that were kept of each packet; 0 for all.
    snap_length: u32,
    /// `if_tsresol`: the negative power of 10, or of 2 with the upper bit, that a tick lasts in seconds.
    resolution: u8,
    /// Seconds that times lie after what their ticks say.
    offset: i64,
}

impl Interface {
    pub(super) fn of_pcap(network: u32, snap_length: u32, nanoseconds: bool) -> Self {
        // The upper bits tell of frame check sequences.
        let link = Link(network & 0x0FFF_FFFF);
        Self { link, snap_length, resolution: if nanoseconds { 9 } else { 6 }, offset: 0 }
    }

    pub(super) fn of_pcapng(description: &InterfaceDescriptionBlock<'_>, big_endian: bool) -> Self {
        // The reader takes the offset for little-endian in every section.
        let offset = description.if_tsoffset;
        Self {
            link: Link(description.linktype.0.cast_unsigned()),
            snap_length: description.snaplen,
            resolution: description.if_tsresol,
            offset: if big_endian { offset.swap_bytes() } else { offset },
        }
    }

    /// Ticks of a pcap file's time.
    pub(super) fn ticks(&self, seconds: u32, fraction: u32) -> u64 {
        let per_second = if self.resolution == 9 { 1_000_000_000 } else { 1_000_000 };
        u64::from(seconds) * per_second + u64::from(fraction)
    }

    /// Octets that a packet of `length` octets was cut to.
    pub(super) fn captured(&self, length: u32) -> usize {
        let captured = if self.snap_length == 0 { length } else { length.min(self.snap_length) };
        captured as usize
    }

    /// Nanoseconds from the epoch; the ends of what can be said, beyond them.
    pub(super) fn nanoseconds(&self, ticks: u64) -> i64 {
        let whole = match self.resolution {
            6 => ticks.checked_mul(1_000),
            9 => Some(ticks),
            _ => None,
        };
        match whole.and_then(|whole| i64::try_from(whole).ok()) {
            Some(whole) if self.offset == 0 => whole,
            _ => self.wide_nanoseconds(ticks),
        }
    }

    /// The same of any resolution and offset.
    fn wide_nanoseconds(&self, ticks: u64) -> i64 {
        let since = match u32::from(self.resolution & !BINARY) {
            bits if self.resolution & BINARY != 0 => (u128::from(ticks) * 1_000_000_000) >> bits,
            digits @ 0..=9 => u128::from(ticks) * 10_u128.pow(9 - digits),
            digits => 10_u128.checked_pow(digits - 9).map_or(0, |more| u128::from(ticks) / more),
        };
        let since = i128::try_from(since).unwrap_or(i128::MAX);
        let offset = i128::from(self.offset) * 1_000_000_000;
        i64::try_from(since.saturating_add(offset)).unwrap_or(if offset < 0 { i64::MIN } else { i64::MAX })
    }
}
