//! Octets as segments of one connection: whatever their numbers and order, no octet is told twice.
#![no_main]

use std::collections::BTreeMap;

use capture::{Link, Packet, Witness};
use etherparse::{PacketBuilder, TcpHeader};
use libfuzzer_sys::fuzz_target;
use trace::{Entry, Seen};

/// Octets that describe a segment: flags, sequence and acknowledgement numbers, length, delay.
const SEGMENT: usize = 7;

fuzz_target!(|octets: &[u8]| {
    let mut witness = Witness::new(|octets| (octets.len() > 9).then_some(capture::Speaker::Client));
    let mut told = Told::default();
    let (mut sent, mut time, mut rest) = (BTreeMap::<bool, u64>::new(), 0_i64, octets);
    let mut number = 0;
    while let Some((head, more)) = rest.split_at_checked(SEGMENT) {
        let &[flags, s0, s1, a0, a1, length, delay] = head else { return };
        let (payload, more) = more.split_at(usize::from(length).min(more.len()));
        rest = more;
        let up = flags & 1 == 0;
        // Half of the connections begin near the end of the sequence numbers.
        let base = if flags & 2 == 0 { 0 } else { u32::MAX - 0x7FFF };
        let port = 50_000 + u16::from(flags >> 7);
        let (from, to) = if up { (port, 49_670) } else { (49_670, port) };
        let mut header = TcpHeader::new(from, to, base.wrapping_add(u16::from_be_bytes([s0, s1]).into()), 1_000);
        header.acknowledgment_number = base.wrapping_add(u16::from_be_bytes([a0, a1]).into());
        (header.syn, header.fin) = (flags & 4 != 0, flags & 8 != 0);
        (header.rst, header.ack) = (flags & 0x30 == 0x30, flags & 0x40 == 0);
        let ends = if up { ([10, 0, 0, 1], [10, 0, 0, 2]) } else { ([10, 0, 0, 2], [10, 0, 0, 1]) };
        let mut packet = Vec::new();
        let written = PacketBuilder::ipv4(ends.0, ends.1, 64).tcp_header(header).write(&mut packet, payload);
        written.expect("a packet");
        *sent.entry(up).or_default() += payload.len() as u64;
        (number, time) = (number + 1, time + i64::from(delay) * 1_000_000);
        let packet = Packet { number, time, link: Link::RAW, octets: &packet };
        witness.packet(&packet, &mut |entry| told.entry(&entry));
    }
    witness.finish(&mut |entry| told.entry(&entry));
    assert!(told.octets <= sent.values().sum(), "no octet is told twice");
});

/// What was told.
#[derive(Default)]
struct Told {
    octets: u64,
    sequence: Option<u64>,
    open: BTreeMap<u32, bool>,
}

impl Told {
    fn entry(&mut self, entry: &Entry) {
        assert!(self.sequence.is_none_or(|before| entry.sequence == before + 1), "entries are numbered");
        self.sequence = Some(entry.sequence);
        let connection = match &entry.seen {
            Seen::Opened(opened) => {
                assert!(self.open.insert(opened.connection.0, true).is_none(), "a connection opens once");
                return;
            }
            Seen::Octets(seen) => {
                self.octets += seen.octets.len() as u64;
                seen.connection
            }
            Seen::Lost(lost) => lost.connection,
            Seen::Closed(closed) => {
                assert_eq!(self.open.insert(closed.connection.0, false), Some(true), "a connection closes once");
                return;
            }
            _ => return,
        };
        assert_eq!(self.open.get(&connection.0), Some(&true), "octets cross a connection that is open");
    }
}
