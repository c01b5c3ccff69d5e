//! Captures that are written: whoever reads them sees what was seen.

use std::collections::BTreeMap;
use std::io;

use bytes::Bytes;
use capture::{About, Annotate, Link, Packets, Shown, Skipped, Speaker, Witness, read_back, write};
use etherparse::{NetSlice, SlicedPacket, TransportSlice};
use proptest::prelude::*;
use rstest::rstest;
use trace::{
    Closed, ConnectionEnd, ConnectionId, Direction, End, Entry, Lost, Mark, Observation, Opened, Recorder, Seen, Time,
};

/// When the captures of the tests begin.
pub(crate) const START: u64 = 1_700_000_000_000_000_000;

/// Notes are the debug form of what they stand for.
struct Debugged;

impl Annotate for Debugged {
    fn note(&mut self, entry: &Entry) -> io::Result<String> {
        Ok(note(&entry.seen))
    }

    fn remarks(&mut self, entry: &Entry) -> Vec<String> {
        vec![format!("remark {}", entry.sequence)]
    }
}

fn note(seen: &Seen) -> String {
    format!("{{{seen:?}")
}

fn written(entries: &[Entry]) -> Vec<u8> {
    let mut file = Vec::new();
    let comments = ["{about".to_owned()];
    let about = About { application: "the tests", comments: &comments, start: START };
    write(&mut file, about, entries, &mut Debugged).unwrap();
    file
}

pub(crate) fn nobody(_: &[u8]) -> Option<Speaker> {
    None
}

/// What a file shows: notes and octets, with their times where packets have them. The packets of a connection follow the
/// note that opens it, which has its number.
fn shown(file: &[u8]) -> Vec<(String, Option<u64>)> {
    let mut all: Vec<(String, Option<u64>)> = Vec::new();
    let mut numbers = BTreeMap::new();
    read_back(file, nobody, &mut |_, time, shown| match shown {
        Shown::Comment(comment) if comment.starts_with('{') => all.push((comment, None)),
        Shown::Seen(Seen::Opened(opened)) => {
            let (note, _) = all.last().unwrap();
            let number = note.split(['(', ')']).nth(2).unwrap().parse().unwrap();
            numbers.insert(opened.connection, ConnectionId(number));
        }
        Shown::Seen(Seen::Octets(seen)) => {
            let seen = Seen::Octets(Observation { connection: numbers[&seen.connection], ..seen });
            all.push((note(&seen), Some(time.unsigned_abs() - START)));
        }
        Shown::Comment(_) | Shown::Seen(_) => {}
    })
    .unwrap();
    all
}

pub(crate) fn recorded(seen: Vec<(u64, Seen)>) -> Vec<Entry> {
    let mut recorder = Recorder::new();
    for (time, seen) in seen {
        recorder.record(Time(time), seen);
    }
    recorder.take()
}

fn opened(connection: u32, client: &str, server: &str) -> Seen {
    let (client, server) = (client.into(), server.into());
    Seen::Opened(Opened { connection: ConnectionId(connection), client, server, actor: Some("alice".into()) })
}

pub(crate) fn octets(connection: u32, direction: Direction, octets: impl Into<Bytes>) -> Seen {
    Seen::Octets(Observation { connection: ConnectionId(connection), direction, octets: octets.into() })
}

pub(crate) fn closed(connection: u32, by: Direction, error: Option<&str>) -> Seen {
    let how = match error {
        None => ConnectionEnd::Orderly { by },
        Some(error) => ConnectionEnd::Broken { by, error: error.into() },
    };
    Seen::Closed(Closed { connection: ConnectionId(connection), how })
}

pub(crate) const UP: Direction = Direction::ToServer;
pub(crate) const DOWN: Direction = Direction::ToClient;

fn direction() -> impl Strategy<Value = Direction> {
    prop_oneof![Just(UP), Just(DOWN)]
}

/// Anything, in any order: also what no connection can have had.
fn anything() -> impl Strategy<Value = Seen> {
    let address = prop_oneof![
        Just("client:0".to_owned()),
        Just("embedded-server:1".to_owned()),
        Just("embedded-server:135".to_owned()),
        Just("127.0.0.1:50123".to_owned()),
        Just("127.0.0.1:49670".to_owned()),
        Just("[::1]:50123".to_owned()),
        Just("[::1]:49670".to_owned()),
        Just("0.0.0.0:0".to_owned()),
        any::<String>(),
    ];
    let data = prop_oneof![
        8 => prop::collection::vec(any::<u8>(), 0..40),
        1 => (0_usize..200_000).prop_map(|size| vec![7; size]),
    ];
    prop_oneof![
        3 => (0_u32..4, address.clone(), address).prop_map(|(id, client, server)| opened(id, &client, &server)),
        12 => (0_u32..4, direction(), data).prop_map(|(id, way, data)| octets(id, way, data)),
        2 => (0_u32..4, direction(), any::<bool>())
            .prop_map(|(id, way, broken)| closed(id, way, broken.then_some("no route to host"))),
        1 => (0_u32..4, direction()).prop_map(|(id, direction)| {
            Seen::Lost(Lost { connection: ConnectionId(id), direction, octets: Some(9) })
        }),
        2 => ".{0,30}".prop_map(|step| Seen::Mark(Mark::StepBegins { step, line: 3 })),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Everything is read back, in its order: octets from packets where packets can carry them.
    #[test]
    fn what_is_written_is_read_back(seen in prop::collection::vec((0_u64..5_000, anything()), 0..40)) {
        let mut time = 0;
        let seen: Vec<_> = seen.into_iter().map(|(later, seen)| { time += later; (time, seen) }).collect();
        let entries = recorded(seen);
        let file = written(&entries);
        let read = shown(&file);
        prop_assert_eq!(&read[0].0, "{about");
        let expected: Vec<_> = entries.iter().map(|entry| note(&entry.seen)).collect();
        prop_assert_eq!(read[1..].iter().map(|(note, _)| note.clone()).collect::<Vec<_>>(), expected);
        for ((_, time), entry) in read[1..].iter().zip(&entries) {
            prop_assert!(time.is_none_or(|time| time == entry.time.0));
        }
        sound(&file);
    }
}

/// What every packet has to be: whole, with checksums that are right, and segments without a hole.
fn sound(file: &[u8]) -> usize {
    let mut packets = Packets::new(file).unwrap();
    let mut witness = Witness::new(nobody);
    let mut count = 0;
    while let Some(packet) = packets.next_packet().unwrap() {
        count += 1;
        assert_eq!(packet.link, Link::RAW);
        let sliced = SlicedPacket::from_ip(packet.octets).unwrap();
        let Some(TransportSlice::Tcp(tcp)) = &sliced.transport else { panic!("no TCP: {sliced:?}") };
        let checksum = match sliced.net.as_ref().unwrap() {
            NetSlice::Ipv4(ip) => {
                assert_eq!(ip.header().header_checksum(), ip.header().to_header().calc_header_checksum());
                tcp.calc_checksum_ipv4(ip.header().source(), ip.header().destination())
            }
            NetSlice::Ipv6(ip) => tcp.calc_checksum_ipv6(ip.header().source(), ip.header().destination()),
            NetSlice::Arp(_) => panic!("no ARP"),
        };
        assert_eq!(checksum.unwrap(), tcp.checksum());
        witness.packet(&packet, &mut |entry| assert!(!matches!(entry.seen, Seen::Lost(_)), "{entry:?}"));
    }
    let skipped = witness.finish(&mut |entry| assert!(!matches!(entry.seen, Seen::Lost(_)), "{entry:?}"));
    assert_eq!(skipped, Skipped::default());
    count
}

/// What a reader without comments sees of a file.
fn witnessed(file: &[u8]) -> Vec<String> {
    let mut packets = Packets::new(file).unwrap();
    let mut witness = Witness::new(nobody);
    let mut told = Vec::new();
    let mut tell = |entry: Entry| {
        told.push(match entry.seen {
            Seen::Opened(opened) => format!("{} to {}", opened.client, opened.server),
            Seen::Octets(seen) => format!("{:?} {} octets", seen.direction, seen.octets.len()),
            Seen::Closed(closed) => format!("{:?}", closed.how),
            other => format!("{other:?}"),
        });
    };
    while let Some(packet) = packets.next_packet().unwrap() {
        witness.packet(&packet, &mut tell);
    }
    witness.finish(&mut tell);
    told
}

#[rstest]
#[case::closed(closed(0, DOWN, None), "Orderly { by: ToClient }")]
#[case::reset(closed(0, UP, Some("connection reset by peer")), "Broken { by: ToServer, error: \"reset\" }")]
fn a_conversation_is_whole(
    #[case] end: Seen,
    #[case] told: &str,
    #[values(
        ("127.0.0.1:50123", "127.0.0.1:49670", "127.0.0.1:50123 to 127.0.0.1:49670"),
        ("[::1]:50123", "[::1]:49670", "[::1]:50123 to [::1]:49670"),
        ("client:0", "embedded-server:1", "192.0.2.1:50000 to 198.51.100.1:49665"),
        ("client:0", "embedded-server:135", "192.0.2.1:50000 to 198.51.100.1:135"),
        ("client:0", "[2001:db8::9]:49670", "[2001:db8::1:0:1]:50000 to [2001:db8::9]:49670"),
        ("[::1]:5000", "127.0.0.1:49670", "192.0.2.1:50000 to 127.0.0.1:49670")
    )]
    ends: (&str, &str, &str),
) {
    let large = vec![1; 200_000];
    let entries = recorded(vec![
        (0, opened(0, ends.0, ends.1)),
        (5, octets(0, UP, "hello")),
        (6, octets(0, DOWN, large)),
        (7, end),
        (8, Seen::End(End::Complete)),
    ]);
    let file = written(&entries);
    let pieces = [65_475, 65_475, 65_475, 3_575].map(|size| format!("ToClient {size} octets"));
    let expected = [&[ends.2.to_owned(), "ToServer 5 octets".to_owned()], &pieces[..], &[told.to_owned()]].concat();
    assert_eq!(witnessed(&file), [expected, vec!["End(CutShort)".to_owned()]].concat());
    sound(&file);
}

/// A server may answer after its client has ended its stream.
#[test]
fn a_connection_may_be_half_closed() {
    let entries = recorded(vec![
        (0, opened(0, "client:0", "server:1")),
        (1, closed(0, UP, None)),
        (2, octets(0, DOWN, "late")),
        (3, octets(0, UP, "later than that")),
        (4, Seen::End(End::Complete)),
    ]);
    let file = written(&entries);
    let end = "Orderly { by: ToServer }";
    assert_eq!(witnessed(&file)[1..], ["ToClient 4 octets", end, "End(CutShort)"]);
    // SYN, SYN, ACK; FIN, ACK; octets; FIN, ACK.
    assert_eq!(sound(&file), 8);
}

/// Addresses that were used before are another connection's only in the notes.
#[test]
fn connections_never_share_addresses() {
    let ends = ("127.0.0.1:50123", "127.0.0.1:49670");
    let open = |connection| opened(connection, ends.0, ends.1);
    let entries =
        recorded(vec![(0, open(0)), (1, open(1)), (2, octets(0, UP, "a")), (3, opened(2, "client:0", "server:1"))]);
    let told = witnessed(&written(&entries));
    let both: Vec<_> = told.iter().filter(|line| line.contains(" to ")).collect();
    assert_eq!(
        both,
        [
            "127.0.0.1:50123 to 127.0.0.1:49670",
            "192.0.2.1:50000 to 127.0.0.1:49670",
            "192.0.2.1:50001 to 198.51.100.1:49665"
        ]
    );
}

/// Comments hold 65,535 octets, blocks some more: longer notes are continued, in other blocks where they have to be.
#[rstest]
#[case::one_option(65_000)]
#[case::two_options(65_536)]
#[case::several_blocks(5_000_000)]
fn notes_may_be_long(#[case] length: usize) {
    let step = "ä".repeat(length / 2);
    let mark = Seen::Mark(Mark::StepBegins { step, line: 1 });
    let entries = recorded(vec![(0, mark.clone()), (0, opened(0, "a:1", "b:1")), (1, mark)]);
    let read = shown(&written(&entries));
    let expected: Vec<_> = entries.iter().map(|entry| note(&entry.seen)).collect();
    assert!(read[1..].iter().map(|(note, _)| note).eq(&expected), "{} notes", read.len());
}

/// A file that ends in the middle gives what comes before it, and says where it ends.
#[test]
fn a_file_that_was_cut_is_read_as_far_as_it_goes() {
    let entries = recorded(vec![(0, opened(0, "a:1", "b:1")), (1, octets(0, UP, "hello")), (2, closed(0, UP, None))]);
    let file = written(&entries);
    let cut = &file[..file.len() - 10];
    let mut count = 0;
    let error = read_back(cut, nobody, &mut |_, _, _| count += 1).unwrap_err().to_string();
    assert!(count >= 5, "{count} things");
    assert!(error.ends_with("expected a whole block, found the end of the file in the middle of it"), "{error}");
}
