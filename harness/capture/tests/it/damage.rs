//! Captures that lack a beginning, hold what no receiver believes, or hold a connection twice.

use std::net::SocketAddr;

use capture::{Link, Packet, Skipped, Witness};
use rstest::rstest;
use trace::Entry;

use crate::packet::{Tcp, client};
use crate::witness::{OPEN, TURNED, middle, short, speaker};

/// What segments tell that were captured at these milliseconds.
fn at(segments: impl IntoIterator<Item = (i64, Tcp)>) -> (Vec<Entry>, Skipped) {
    let mut witness = Witness::new(speaker);
    let mut entries = Vec::new();
    for (number, (time, segment)) in (1..).zip(segments) {
        let packet = Packet { number, time: time * 1_000_000, link: Link::RAW, octets: &segment.ip() };
        witness.packet(&packet, &mut |entry| entries.push(entry));
    }
    let skipped = witness.finish(&mut |entry| entries.push(entry));
    (entries, skipped)
}

fn at_once(segments: impl IntoIterator<Item = Tcp>) -> (Vec<String>, Skipped) {
    let (entries, skipped) = at(segments.into_iter().map(|segment| (0, segment)));
    (short(&entries), skipped)
}

/// The SYN alone, and the acknowledgement of its answer.
fn unanswered() -> Vec<Tcp> {
    let handshake = Tcp::handshake(0, 500);
    vec![handshake[0].clone(), handshake[2].clone()]
}

/// Without the answer to the SYN, the client's first acknowledgement shows where the server's octets begin.
#[rstest]
#[case::nothing_is_lost(vec![Tcp::up(1, b"a").acknowledging(501), Tcp::down(501, b"b").acknowledging(2)], &["0 > a", "0 < b"])]
#[case::the_first_octets_are(
    vec![Tcp::up(1, b"a").acknowledging(501), Tcp::down(504, b"b").acknowledging(2), Tcp::up(2, b"c").acknowledging(505)],
    &["0 > a", "0 lost < Some(3)", "0 < b", "0 > c"]
)]
#[case::the_whole_way_is(
    vec![Tcp::up(1, b"a").acknowledging(501), Tcp::up(2, b"b").acknowledging(509)],
    &["0 > a", "0 lost < Some(8)", "0 > b"]
)]
fn an_answer_to_a_syn_that_was_not_captured(#[case] segments: Vec<Tcp>, #[case] expected: &[&str]) {
    let (told, _) = at_once([unanswered(), segments].concat());
    assert_eq!(told, [&[OPEN], expected, &["end"]].concat());
}

/// What the server acknowledges was sent to it, though neither its answer nor any octet was captured.
#[test]
fn octets_of_a_connection_of_which_no_other_octet_was_captured() {
    let syn = Tcp::handshake(0, 500).remove(0);
    let (told, _) = at_once([syn, Tcp::down(501, b"").acknowledging(9)]);
    assert_eq!(told, [OPEN, "0 lost > Some(8)", "end"]);
}

/// Where even that is not captured, octets of the server may be missing before the first that was.
#[rstest]
#[case::before_octets(
    vec![Tcp::up(1, b"a").acknowledging(505), Tcp::down(505, b"b").acknowledging(2)],
    &["0 > a", "0 lost < None", "0 < b"]
)]
#[case::before_a_hole(
    vec![Tcp::up(1, b"a").acknowledging(505), Tcp::up(2, b"b").acknowledging(509)],
    &["0 > a", "0 lost < None", "0 lost < Some(4)", "0 > b"]
)]
fn a_way_whose_start_was_not_captured(#[case] segments: Vec<Tcp>, #[case] expected: &[&str]) {
    let (told, _) = at_once([unanswered()[..1].to_vec(), segments].concat());
    assert_eq!(told, [&[OPEN], expected, &["end"]].concat());
}

/// A side that has ended, and has got one octet more than was captured, has got the other side's end: the connection is over, and
/// nobody is said to have left in order. An end that is only late in the capture counts as ever.
#[rstest]
#[case::of_the_server(vec![(0, up(2).flags("F")), (1, up(3).acknowledging(502))], "0 broken >: an end was not captured, end")]
#[case::of_the_server_that_comes_first(
    vec![(0, up(2).acknowledging(502)), (200, up(2).flags("F").acknowledging(502))],
    "0 broken >: an end was not captured, end"
)]
#[case::of_the_client(
    vec![(0, down(501).acknowledging(3)), (200, down(501).flags("F").acknowledging(3))],
    "0 broken >: an end was not captured, end"
)]
#[case::late(vec![(0, up(2).flags("F")), (1, up(3).acknowledging(502)), (90, down(501).flags("F"))], "0 closed >, end")]
#[case::late_and_first(
    vec![(0, up(2).flags("F").acknowledging(502)), (90, down(501).flags("F").acknowledging(2))],
    "0 closed <, end"
)]
#[case::of_nobody(vec![(0, up(2).flags("F")), (1, up(3).acknowledging(501))], "end")]
#[case::more_than_an_end(vec![(0, up(2).flags("F")), (1, up(3).acknowledging(503))], "0 lost < Some(2), end")]
#[case::of_neither(vec![(0, up(2).acknowledging(502))], "end")]
#[case::behind_octets_that_were_not_either(
    vec![(0, up(2).flags("F").acknowledging(509)), (1, up(3).acknowledging(510))],
    "0 lost < Some(8), 0 broken >: an end was not captured, end"
)]
fn an_end_that_was_not_captured(#[case] segments: Vec<(i64, Tcp)>, #[case] expected: &str) {
    let opening = Tcp::handshake(0, 500).into_iter().chain([Tcp::up(1, b"a").acknowledging(501)]);
    let (entries, _) = at(opening.map(|segment| (0, segment)).chain(segments));
    let told = short(&entries);
    assert_eq!(told[..2], [OPEN, "0 > a"]);
    assert_eq!(told[2..].join(", "), expected);
}

/// A bare acknowledgement of the client's.
fn up(sequence: u32) -> Tcp {
    Tcp::up(sequence, b"").acknowledging(501)
}

/// One of the server's.
fn down(sequence: u32) -> Tcp {
    Tcp::down(sequence, b"").acknowledging(2)
}

/// A receiver believes a reset in its window alone; behind another one the connection lives on.
#[rstest]
#[case::next(Tcp::down(502, b""), true)]
#[case::where_the_client_waits(Tcp::down(501, b""), true)]
#[case::ahead(Tcp::down(9_000, b""), true)]
#[case::before(Tcp::down(500, b""), false)]
#[case::far_ahead(Tcp::down(50_000_000, b""), false)]
#[case::of_an_earlier_connection(Tcp::down(3_000_000_000, b""), false)]
#[case::of_the_client(Tcp::up(2, b""), true)]
#[case::of_nobody(Tcp::up(0, b""), false)]
fn resets_outside_of_the_window_end_nothing(#[case] reset: Tcp, #[case] ends: bool) {
    let way = if reset.from == client() { ">" } else { "<" };
    let before = vec![Tcp::up(1, b"a").acknowledging(501), Tcp::down(501, b"b").acknowledging(2)];
    let after = vec![Tcp::up(2, b"c").acknowledging(502)];
    let (told, skipped) = at_once([Tcp::handshake(0, 500), before, vec![reset.flags("R")], after].concat());
    let broken = format!("0 broken {way}: reset");
    let rest = if ends { [broken.as_str(), "end"] } else { ["0 > c", "end"] };
    assert_eq!(told, [[OPEN, "0 > a", "0 < b"].as_slice(), &rest].concat());
    assert_eq!(skipped.stray_resets, u64::from(!ends));
    assert_eq!(skipped.first_stray_reset, (!ends).then_some(6));
}

/// The other side of an address translator: the same segments from another address.
fn translated(segment: &Tcp) -> Tcp {
    let outside: SocketAddr = "198.51.100.7:61000".parse().unwrap();
    let turn = |end: SocketAddr| if end == client() { outside } else { end };
    Tcp { from: turn(segment.from), to: turn(segment.to), ..segment.clone() }
}

#[rstest]
#[case::translated(0x9000_0000, 0x7000_0000, 0, true)]
#[case::again_later(0x9000_0000, 0x7000_0000, 5_000, false)]
#[case::written_by_hand(0, 500, 0, false)]
fn a_connection_on_both_sides_of_a_translator_is_one(
    #[case] up: u32,
    #[case] down: u32,
    #[case] later: i64,
    #[case] is_one: bool,
) {
    let octets = vec![Tcp::up(up + 1, b"a").acknowledging(down + 1), Tcp::down(down + 1, b"b").acknowledging(up + 2)];
    let one = [Tcp::handshake(up, down), octets].concat();
    let both = one.iter().flat_map(|segment| [(0, segment.clone()), (later, translated(segment))]);
    let mut both: Vec<_> = both.collect();
    both.sort_by_key(|(time, _)| *time);
    let (entries, skipped) = at(both);
    let told = short(&entries);
    let opened = told.iter().filter(|line| line.contains("open")).count();
    assert_eq!((opened, skipped.twice), if is_one { (1, 1) } else { (2, 0) }, "{told:?}");
    assert_eq!(told.iter().filter(|line| line.contains("< b")).count(), opened);
}

/// A request that was sent again, and acknowledges its own answer, is no reason to believe in all that is missing later.
#[test]
fn octets_are_missed_after_each_direction_has_waited_for_the_other() {
    let mut other = Tcp { acknowledged: None, ..Tcp::up(1, b"") };
    other.from.set_port(50_001);
    let segments = [
        (0, Tcp::down(501, b"a1").acknowledging(3)),
        (0, Tcp::up(1, b"q1").acknowledging(503)),
        (200, other.flags("S")),
        (300, Tcp::down(503, b"a2").acknowledging(5)),
        (500, Tcp::up(5, b"q3").acknowledging(505)),
    ];
    let (entries, _) = at(Tcp::handshake(0, 500).into_iter().map(|segment| (0, segment)).chain(segments));
    assert_eq!(short(&entries), [OPEN, "0 > q1", "0 < a1", "0 lost > Some(2)", "0 < a2", "0 > q3", "end"]);
}

/// A connection that nobody ever answers is forgotten at last; so what comes of it then is of a connection from its middle.
#[test]
fn openings_that_lead_to_nothing_are_forgotten() {
    let syn = |index: u32| {
        let from = SocketAddr::from((index.to_be_bytes(), 50_000));
        Tcp { from, acknowledged: None, ..Tcp::up(0, b"").flags("S") }
    };
    let count = 16_385;
    let octets = |index: u32| Tcp { from: syn(index).from, ..Tcp::up(1, b"c").acknowledging(501) };
    let (told, _) = at_once((1..=count).map(syn).chain([octets(1), octets(count)]));
    let lost = told.iter().filter(|line| line.ends_with("lost > None")).count();
    assert_eq!((told.len(), lost), (7, 1), "{told:?}");
}

/// Connections that don't show who is the client are not held for ever.
#[test]
fn of_many_connections_from_their_middle_the_oldest_is_told() {
    let octets = |index: u32| Tcp { from: SocketAddr::from((index.to_be_bytes(), 50_000)), ..Tcp::up(1, b"x") };
    let mut witness = Witness::new(speaker);
    let mut told = Vec::new();
    for index in 1..=1_025 {
        assert_eq!(told, [], "before connection {index}");
        let packet = Packet { number: 1, time: 0, link: Link::RAW, octets: &octets(index).ip() };
        witness.packet(&packet, &mut |entry| told.push(entry));
    }
    assert_eq!(short(&told)[0], OPEN.replace("192.0.2.1", "0.0.0.1"));
}

/// Keep-alives of a connection that rests do not use up the patience for what tells its client.
#[test]
fn keep_alives_do_not_tell_the_client() {
    let mut segments = vec![Tcp::down(70, b"\0"); 40];
    segments.push(Tcp::down(71, b"c1"));
    let told = middle(&segments);
    assert_eq!(told, [TURNED, "0 lost > None", "0 lost < None", "0 > \0", "0 > c1", "end"]);
}

/// The identification of a packet is another one's after a while.
#[rstest]
#[case::in_time(1, b"one of the first pieces, whole".as_slice())]
#[case::too_late(60, b"those of a later one, complete.")]
fn fragments_wait_for_each_other_a_while(#[case] seconds: i64, #[case] expected: &[u8]) {
    let pieces = |payload: &[u8]| Tcp::up(1, payload).fragments(40);
    let (first, second) = (pieces(b"one of the first pieces, whole"), pieces(b"those of a later one, complete."));
    let later = seconds * 1_000_000_000;
    let mut packets: Vec<_> = Tcp::handshake(0, 500).iter().map(|segment| (0, segment.ip())).collect();
    packets.push((0, first[0].clone()));
    let whole = if seconds < 30 { &first } else { &second };
    packets.extend([(later, whole[1].clone()), (later, whole[0].clone())]);
    let mut witness = Witness::new(speaker);
    let mut entries = Vec::new();
    for (number, (time, octets)) in (1..).zip(&packets) {
        let packet = Packet { number, time: *time, link: Link::RAW, octets };
        witness.packet(&packet, &mut |entry| entries.push(entry));
    }
    let sent = crate::net::sent(&entries, trace::Direction::ToServer);
    assert_eq!(sent, expected);
    assert_eq!(entries.iter().map(|entry| entry.time.0).max(), Some(later.unsigned_abs()));
}
