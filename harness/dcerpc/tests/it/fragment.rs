//! Streams to PDUs, fragments to stubs and back.

use bytes::Bytes;
use dcerpc::ByteOrder;
use dcerpc::fragment::{Fragment, Framer, Reassembler, ReassemblyError, Whole, pieces, stub_room};
use dcerpc::pdu::{Body, Flags, Pdu, Request};
use proptest::prelude::*;
use rstest::rstest;

fn request(call_id: u32, stub: &'static [u8]) -> Bytes {
    let request = Request { stub: Bytes::from_static(stub), ..Request::default() };
    Pdu::new(Body::Request(request), Flags::WHOLE, ByteOrder::Little, call_id).encode()
}

#[rstest]
#[case::http(
    b"GET / HTTP/1.1\r\n",
    "octet 0 of the stream: no PDU begins here: offset 0x0: rpc_vers is 0x47, expected 5"
)]
#[case::http_begins(b"GET", "octet 0 of the stream: no PDU begins here: offset 0x0: rpc_vers is 0x47, expected 5")]
#[case::drep(
    b"\x05\x00\x00\x03\x20",
    "octet 0 of the stream: no PDU begins here: offset 0x4: packed_drep is 0x20, expected 0x0. or 0x1."
)]
#[case::short(
    b"\x05\x00\x00\x03\x10\0\0\0\x0f\0",
    "octet 0 of the stream: no PDU begins here: offset 0x8: frag_length is 15, expected at least 16"
)]
#[case::long(
    b"\x05\x00\x00\x03\0\0\0\0\x20\0",
    "octet 0 of the stream: no PDU begins here: offset 0x8: frag_length is 8192 where 4280 is the longest, expected no longer than the receiver can receive"
)]
fn rubbish_is_an_error(#[case] octets: &'static [u8], #[case] error: &str) {
    let mut framer = Framer::new(4280);
    framer.push(Bytes::from_static(octets));
    assert_eq!(framer.next_pdu().unwrap_err().to_string(), error);
    framer.push(request(1, b""));
    assert_eq!(framer.next_pdu().unwrap_err().to_string(), error);
}

#[test]
fn rubbish_after_a_pdu_is_told_with_its_offset() {
    let mut framer = Framer::new(u16::MAX);
    framer.push(request(1, b"12345678"));
    framer.push(Bytes::from_static(b"rubbish"));
    assert_eq!(framer.next_pdu().unwrap().unwrap().octets, request(1, b"12345678"));
    assert_eq!(framer.next_pdu().unwrap_err().offset, 32);
}

#[test]
fn a_gap_of_the_stream_can_be_skipped() {
    let mut framer = Framer::new(u16::MAX);
    framer.push(request(1, b"12345678").slice(..20));
    assert_eq!(framer.next_pdu(), Ok(None));
    assert_eq!((framer.pending(), framer.offset()), (20, 0));
    framer.resume_after(12);
    framer.push(request(2, b""));
    let next = framer.next_pdu().unwrap().unwrap();
    assert_eq!((next.offset, next.octets), (32, request(2, b"")));
}

#[derive(Debug)]
struct Push(u32, Flags, &'static [u8]);

#[rstest]
#[case::whole(&[Push(1, Flags::WHOLE, b"abc")], Ok(Some((1, "abc"))))]
#[case::two(&[Push(1, Flags::FIRST, b"abc"), Push(1, Flags::LAST, b"def")], Ok(Some((1, "abcdef"))))]
#[case::unfinished(&[Push(1, Flags::FIRST, b"abc"), Push(1, Flags::NONE, b"def")], Ok(None))]
#[case::interleaved(
    &[Push(1, Flags::FIRST, b"a"), Push(2, Flags::FIRST, b"x"), Push(1, Flags::LAST, b"b"), Push(2, Flags::LAST, b"y")],
    Ok(Some((2, "xy")))
)]
#[case::no_first(&[Push(1, Flags::LAST, b"abc")], Err(ReassemblyError::FirstMissing { call_id: 1 }))]
#[case::two_firsts(
    &[Push(1, Flags::FIRST, b"abc"), Push(1, Flags::FIRST, b"abc")],
    Err(ReassemblyError::FirstRepeated { call_id: 1 })
)]
#[case::too_long(
    &[Push(1, Flags::FIRST, b"abcd"), Push(1, Flags::LAST, b"efghi")],
    Err(ReassemblyError::TooLong { call_id: 1, limit: 8 })
)]
#[case::too_many(
    &[Push(1, Flags::FIRST, b"a"), Push(2, Flags::FIRST, b"x"), Push(3, Flags::FIRST, b"y")],
    Err(ReassemblyError::Interleaved { call_id: 3, unfinished: 1 })
)]
fn fragments_are_joined(#[case] pushes: &[Push], #[case] last: Result<Option<(u32, &str)>, ReassemblyError>) {
    let mut reassembler = Reassembler::new(8, 2);
    let results: Vec<_> = pushes
        .iter()
        .map(|Push(call_id, flags, stub)| {
            let stub = Bytes::from_static(stub);
            reassembler.push(Fragment { call_id: *call_id, flags: *flags, alloc_hint: 0, stub, about: *call_id })
        })
        .collect();
    let last =
        last.map(|whole| whole.map(|(about, stub)| Whole { about, stub: Bytes::copy_from_slice(stub.as_bytes()) }));
    assert_eq!(results.last(), Some(&last));
}

#[rstest]
#[case(5840, 24, 5816)]
#[case(1432, 24, 1408)]
#[case(1432, 40, 1392)]
#[case(30, 24, 8)]
#[case(0, 24, 8)]
fn room_for_stubs_is_aligned(#[case] max_frag: u16, #[case] overhead: usize, #[case] room: usize) {
    assert_eq!(stub_room(max_frag, overhead), room);
}

proptest! {
    #[test]
    fn a_stream_is_cut_into_the_same_pdus_however_it_arrives(
        stubs in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 1..5),
        cuts in prop::collection::vec(1..100_usize, 1..20),
    ) {
        let requests = stubs.into_iter().map(|stub| {
            let request = Request { stub: stub.into(), ..Request::default() };
            Pdu::new(Body::Request(request), Flags::WHOLE, ByteOrder::Big, 1).encode()
        });
        let requests: Vec<_> = requests.collect();
        let mut stream = Bytes::from(requests.concat());
        let mut framer = Framer::new(u16::MAX);
        let mut framed = Vec::new();
        for cut in cuts.iter().cycle() {
            framer.push(stream.split_to((*cut).min(stream.len())));
            while let Some(pdu) = framer.next_pdu().unwrap() {
                framed.push(pdu.octets);
            }
            if stream.is_empty() {
                break;
            }
        }
        prop_assert_eq!(framer.pending(), 0);
        prop_assert_eq!(framed, requests);
    }

    #[test]
    fn arbitrary_octets_never_panic(chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..10)) {
        let mut framer = Framer::new(64);
        for chunk in chunks {
            framer.push(chunk.into());
            while let Ok(Some(framed)) = framer.next_pdu() {
                prop_assert!((16..=64).contains(&framed.octets.len()));
            }
        }
    }

    #[test]
    fn pieces_join_to_the_stub_whatever_they_say_of_its_length(
        stub in prop::collection::vec(any::<u8>(), 0..100), octets in 1..20_usize, alloc_hint in any::<u32>()
    ) {
        let stub = Bytes::from(stub);
        let mut reassembler = Reassembler::new(100, 1);
        let mut whole = None;
        let mut left = stub.len();
        for piece in pieces(stub.clone(), octets) {
            prop_assert!(whole.is_none());
            prop_assert_eq!(piece.remaining, left);
            left -= piece.stub.len();
            let fragment = Fragment { call_id: 1, flags: piece.flags, alloc_hint, stub: piece.stub, about: () };
            whole = reassembler.push(fragment).unwrap();
        }
        prop_assert_eq!(whole.map(|whole| whole.stub), Some(stub));
    }
}
