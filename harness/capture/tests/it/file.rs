//! Files: both forms, each order, resolution and kind of packet, and files that are none.

use std::io::{self, Read};

use capture::{FileError, Link, Packets};
use proptest::prelude::*;
use rstest::rstest;

use crate::packet::Writer;

const TIME: u32 = 1_700_000_000;

/// Number, time, link and octets of a packet.
type Found = (u64, i64, Link, Vec<u8>);

/// Everything that a file holds, and how it ended.
fn read(file: &[u8]) -> (Vec<Found>, Result<(), FileError>) {
    let mut found = Vec::new();
    let mut packets = match Packets::new(file) {
        Ok(packets) => packets,
        Err(error) => return (found, Err(error)),
    };
    loop {
        match packets.next_packet() {
            Ok(Some(packet)) => found.push((packet.number, packet.time, packet.link, packet.octets.to_vec())),
            Ok(None) => return (found, Ok(())),
            Err(error) => return (found, Err(error)),
        }
    }
}

#[rstest]
#[case::little_endian(false, 0xA1B2_C3D4, 123_456, 123_456_000)]
#[case::big_endian(true, 0xA1B2_C3D4, 123_456, 123_456_000)]
#[case::nanoseconds(false, 0xA1B2_3C4D, 123_456_789, 123_456_789)]
#[case::big_endian_nanoseconds(true, 0xA1B2_3C4D, 123_456_789, 123_456_789)]
fn pcap(#[case] big_endian: bool, #[case] magic: u32, #[case] fraction: u32, #[case] nanoseconds: i64) {
    let file = Writer::pcap(big_endian, magic, 1).record(TIME, fraction, b"abc").record(TIME + 1, 0, b"").done();
    let (packets, end) = read(&file);
    let at = |seconds: u32, nanoseconds: i64| i64::from(seconds) * 1_000_000_000 + nanoseconds;
    let expected =
        [(1, at(TIME, nanoseconds), Link::ETHERNET, b"abc".to_vec()), (2, at(TIME + 1, 0), Link::ETHERNET, Vec::new())];
    assert_eq!(packets, expected);
    end.unwrap();
}

#[rstest]
#[case::microseconds(None, u64::from(TIME) * 1_000_000 + 5, 5_000)]
#[case::milliseconds(Some(3), u64::from(TIME) * 1_000 + 5, 5_000_000)]
#[case::picoseconds(Some(12), 5_000, 5 - i64::from(TIME as i32) * 1_000_000_000)]
#[case::halves_of_a_second(Some(0x81), u64::from(TIME) * 2 + 1, 500_000_000)]
#[case::two_to_the_minus_twenty(Some(0x80 + 20), (u64::from(TIME) << 20) + (1 << 19), 500_000_000)]
fn resolutions(
    #[values(false, true)] big_endian: bool,
    #[case] resolution: Option<u8>,
    #[case] ticks: u64,
    #[case] after: i64,
) {
    let value = resolution.map(|resolution| [resolution]);
    let options: Vec<(u16, &[u8])> = value.iter().map(|value| (9, value.as_slice())).collect();
    let file = Writer::pcapng(big_endian).interface(1, 0, &options).enhanced(0, ticks, b"abcde").done();
    let (packets, end) = read(&file);
    assert_eq!(packets, [(1, i64::from(TIME) * 1_000_000_000 + after, Link::ETHERNET, b"abcde".to_vec())]);
    end.unwrap();
}

#[rstest]
fn an_interface_may_offset_its_times(#[values(false, true)] big_endian: bool) {
    let offset = i64::from(TIME);
    let value = if big_endian { offset.to_be_bytes() } else { offset.to_le_bytes() };
    let file = Writer::pcapng(big_endian).interface(101, 0, &[(14, &value)]).enhanced(0, 7, b"x").done();
    assert_eq!(read(&file).0, [(1, offset * 1_000_000_000 + 7_000, Link::RAW, b"x".to_vec())]);
}

#[test]
fn sections_have_interfaces_of_their_own_and_simple_packets_are_cut_to_the_first() {
    let mut file = Writer::pcapng(false);
    file.interface(1, 0, &[]).interface(276, 0, &[]).enhanced(1, 0, b"cooked").section().interface(229, 4, &[]);
    let (packets, end) = read(&file.simple(9, b"IPv6").done());
    let told: Vec<_> = packets.iter().map(|(number, _, link, octets)| (*number, *link, octets.as_slice())).collect();
    assert_eq!(told, [(1, Link::LINUX_SLL2, b"cooked".as_slice()), (2, Link::IPV6, b"IPv6")]);
    end.unwrap();
}

#[test]
fn a_packet_longer_than_what_is_read_at_once_is_read() {
    let long = vec![7; 3 << 20];
    let file = Writer::pcapng(false).interface(1, 0, &[]).enhanced(0, 0, &long).enhanced(0, 0, b"next").done();
    let (packets, end) = read(&file);
    end.unwrap();
    assert_eq!(packets.iter().map(|packet| packet.3.len()).collect::<Vec<_>>(), [3 << 20, 4]);
}

#[rstest]
#[case::empty(b"", "offset 0: expected the header of pcap or pcapng, found an empty file")]
#[case::text(b"hello there", "offset 0: expected the header of pcap or pcapng, found 68 65 6c 6c 6f 20 74 68")]
#[case::one_octet(b"\xd4", "offset 0: expected the header of pcap or pcapng, found d4")]
#[case::gzip(
    b"\x1f\x8b\x08\0",
    "offset 0: expected the header of pcap or pcapng, found 1f 8b 08 00 (gzip: unpack it first)"
)]
#[case::half_a_header(
    b"\xd4\xc3\xb2\xa1\x02\0\x04\0",
    "offset 0x0: expected a whole block, found the end of the file in the middle of it"
)]
#[case::half_a_section(
    b"\x0a\x0d\x0d\x0a\x1c\0\0\0",
    "offset 0x0: expected a whole block, found the end of the file in the middle of it"
)]
#[case::of_no_byte_order(
    b"\x0a\x0d\x0d\x0a\x1c\0\0\0\x04\x03\x02\x01\x01\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\x1c\0\0\0",
    "offset 0x0: expected a byte-order magic of pcapng, found 0a 0d 0d 0a 1c 00 00 00 04 03 02 01 01 00 00 00"
)]
fn no_capture(#[case] file: &[u8], #[case] expected: &str) {
    assert_eq!(read(file).1.unwrap_err().to_string(), expected);
}

#[rstest]
#[case::cut_in_a_packet(
    { let mut file = Writer::pcap(false, 0xA1B2_C3D4, 1).record(0, 0, b"whole").record(0, 0, b"half").done(); file.pop(); file },
    1, "offset 0x2d: expected a whole block, found the end of the file in the middle of it"
)]
#[case::absurd_packet(
    Writer::pcap(true, 0xA1B2_C3D4, 1).u32(0).u32(0).u32(0x7FFF_FFFF).u32(0x7FFF_FFFF).done(),
    0, "offset 0x18: expected a block of at most 16777216 octets, found one that says it has 2147483647"
)]
#[case::absurd_block(
    Writer::pcapng(true).u32(6).u32(0xFFFF_FFFC).u32(0).done(),
    0, "offset 0x1c: expected a block of at most 16777216 octets, found one that says it has 4294967292"
)]
#[case::block_shorter_than_its_header(
    Writer::pcapng(false).interface(1, 0, &[]).u32(6).u32(8).u32(0).u32(0).u32(0).u32(0).u32(0).u32(0).u32(0).u32(0).done(),
    0, "offset 0x30: expected a block of pcapng, found 06 00 00 00 08 00 00 00 00 00 00 00 00 00 00 00"
)]
#[case::process_block_shorter_than_any(
    Writer::pcapng(false).interface(1, 0, &[]).u32(0x8000_0001).u32(8).u32(0).u32(0).done(),
    0, "offset 0x30: expected a block of pcapng, found 01 00 00 80 08 00 00 00 00 00 00 00 00 00 00 00"
)]
#[case::unknown_interface(
    Writer::pcapng(false).interface(1, 0, &[]).enhanced(3, 0, b"x").done(),
    0, "offset 0x30: expected a packet of one of 1 interfaces, found interface 3"
)]
#[case::packet_longer_than_its_block(
    Writer::pcapng(false).interface(1, 0, &[]).u32(6).u32(36).u32(0).u32(0).u32(0).u32(4096).u32(4096).u32(0).u32(36).done(),
    0, "offset 0x30: expected a block of pcapng, found 06 00 00 00 24 00 00 00 00 00 00 00 00 00 00 00"
)]
fn a_broken_file_is_read_up_to_there(#[case] file: Vec<u8>, #[case] packets: usize, #[case] expected: &str) {
    let (found, end) = read(&file);
    assert_eq!(found.len(), packets);
    assert_eq!(end.unwrap_err().to_string(), expected);
}

/// A disk that fails after some octets.
struct Failing<'a>(&'a [u8]);

impl Read for Failing<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self.0.read(into)? {
            0 => Err(io::Error::other("the disk is gone")),
            read => Ok(read),
        }
    }
}

#[test]
fn what_the_operating_system_says_is_told() {
    let mut file = Writer::pcap(false, 0xA1B2_C3D4, 1);
    for _ in 0..10_000 {
        file.record(0, 0, b"packet");
    }
    let file = file.done();
    let mut packets = Packets::new(Failing(&file).take(150_000).chain(Failing(b""))).unwrap();
    let error = loop {
        match packets.next_packet() {
            Ok(Some(_)) => {}
            Ok(None) => panic!("the file ended"),
            Err(error) => break error,
        }
    };
    assert_eq!(error.to_string(), "the disk is gone");
}

fn written() -> Vec<u8> {
    let mut file = Writer::pcapng(true);
    file.interface(1, 0, &[(9, &[9])]).enhanced(0, 1, b"one").simple(3, b"two").section().interface(113, 9, &[]);
    file.enhanced(0, 2, b"three").done()
}

proptest! {
    #[test]
    fn octets_at_random_are_no_danger(octets in prop::collection::vec(any::<u8>(), 0..200), magic in 0..4_usize) {
        let heads: [&[u8]; 4] = [b"", b"\x0a\x0d\x0d\x0a", b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\x3c\x4d"];
        let _ = read(&[heads[magic], &octets].concat());
    }

    #[test]
    fn one_changed_octet_is_no_danger(at in 0..written().len(), octet in any::<u8>(), cut in 0..written().len()) {
        let mut file = written();
        file[at] = octet;
        let _ = read(&file);
        let _ = read(&file[..cut]);
    }
}
