//! Connections: how they begin and end, and which party is which.

use capture::{Link, Packet, Speaker, Witness};
use rstest::rstest;
use trace::{ConnectionEnd, ConnectionId, Direction, Entry, Seen};

use crate::net::watch;
use crate::packet::Tcp;

/// Entries in short: `open`, `> octets`, `< octets`, `lost >`, `closed >`, `broken <: reset`, `end`.
pub(crate) fn short(entries: &[Entry]) -> Vec<String> {
    let arrow = |way| if way == Direction::ToServer { ">" } else { "<" };
    let text = |entry: &Entry| match &entry.seen {
        Seen::Opened(opened) => format!("{} open {} to {}", opened.connection.0, opened.client, opened.server),
        Seen::Octets(seen) => {
            format!("{} {} {}", seen.connection.0, arrow(seen.direction), String::from_utf8_lossy(&seen.octets))
        }
        Seen::Lost(lost) => format!("{} lost {} {:?}", lost.connection.0, arrow(lost.direction), lost.octets),
        Seen::Closed(closed) => match &closed.how {
            ConnectionEnd::Orderly { by } => format!("{} closed {}", closed.connection.0, arrow(*by)),
            ConnectionEnd::Broken { by, error } => format!("{} broken {}: {error}", closed.connection.0, arrow(*by)),
        },
        Seen::End(_) => "end".to_owned(),
        other => format!("{other:?}"),
    };
    entries.iter().map(text).collect()
}

fn run(segments: &[Tcp]) -> Vec<String> {
    let packets: Vec<_> = segments.iter().map(Tcp::ip).collect();
    short(&watch(Link::RAW, &packets).0)
}

pub(crate) const OPEN: &str = "0 open 192.0.2.1:50000 to 192.0.2.2:49670";

#[rstest]
#[case::closed_by_the_client(
    vec![Tcp::up(1, b"a"), Tcp::up(2, b"").flags("F"), Tcp::down(501, b"b"), Tcp::down(502, b"").flags("F")],
    &["0 > a", "0 < b", "0 closed >"]
)]
#[case::closed_by_the_server(
    vec![Tcp::down(501, b"").flags("F"), Tcp::up(1, b"a").flags("F")],
    &["0 > a", "0 closed <"]
)]
#[case::reset(vec![Tcp::up(1, b"a"), Tcp::down(501, b"").flags("R"), Tcp::up(2, b"b")], &["0 > a", "0 broken <: reset"])]
#[case::an_end_before_the_octets(
    vec![Tcp::up(2, b"").flags("F"), Tcp::down(501, b"").flags("F"), Tcp::up(1, b"a")],
    &["0 > a", "0 closed <"]
)]
#[case::still_open(vec![Tcp::up(1, b"a")], &["0 > a"])]
#[case::opened_twice(vec![Tcp { acknowledged: None, ..Tcp::up(0, b"").flags("S") }, Tcp::up(1, b"a")], &["0 > a"])]
fn endings(#[case] segments: Vec<Tcp>, #[case] expected: &[&str]) {
    let all = [Tcp::handshake(0, 500), segments].concat();
    assert_eq!(run(&all), [&[OPEN], expected, &["end"]].concat());
}

#[test]
fn addresses_may_be_used_again() {
    let first = [Tcp::handshake(0, 500), vec![Tcp::up(1, b"a")]].concat();
    let second = [Tcp::handshake(9_000, 7_000), vec![Tcp::up(9_001, b"b")]].concat();
    let again = OPEN.replacen('0', "1", 1);
    let taken = "0 broken >: its addresses were taken for another connection";
    assert_eq!(run(&[first, second].concat()), [OPEN, "0 > a", taken, &again, "1 > b", "end"]);
}

#[test]
fn a_refused_connection_is_none() {
    let syn = Tcp::handshake(0, 500).remove(0);
    assert_eq!(run(&[syn, Tcp::down(0, b"").flags("R")]), ["end"]);
}

#[test]
fn a_syn_that_was_not_captured_is_told_by_its_answer() {
    let segments = [Tcp::handshake(0, 500).split_off(1), vec![Tcp::up(4, b"d"), Tcp::up(1, b"abc")]].concat();
    assert_eq!(run(&segments), [OPEN, "0 > abc", "0 > d", "end"]);
}

/// Who speaks, in the tests: the client says `c`, the server `s`.
pub(crate) fn speaker(octets: &[u8]) -> Option<Speaker> {
    match octets.first()? {
        b'c' => Some(Speaker::Client),
        b's' => Some(Speaker::Server),
        _ => None,
    }
}

pub(crate) fn middle(segments: &[Tcp]) -> Vec<String> {
    let mut witness = Witness::new(speaker);
    let mut entries = Vec::new();
    for (number, segment) in (1..).zip(segments) {
        let packet = Packet { number, time: 0, link: Link::RAW, octets: &segment.ip() };
        witness.packet(&packet, &mut |entry| entries.push(entry));
    }
    witness.finish(&mut |entry| entries.push(entry));
    short(&entries)
}

pub(crate) const TURNED: &str = "0 open 192.0.2.2:49670 to 192.0.2.1:50000";

#[rstest]
#[case::client_first(vec![Tcp::up(70, b"c1"), Tcp::down(90, b"x")], &[OPEN], &["0 > c1", "0 < x"])]
#[case::server_first(vec![Tcp::down(70, b"s1"), Tcp::up(90, b"x")], &[OPEN], &["0 < s1", "0 > x"])]
#[case::the_lower_port_may_be_the_client(vec![Tcp::down(70, b"c1")], &[TURNED], &["0 > c1"])]
#[case::told_later(vec![Tcp::up(70, b"x"), Tcp::up(71, b"y"), Tcp::down(9, b"s")], &[OPEN], &["0 > x", "0 > y", "0 < s"])]
#[case::never_told(vec![Tcp::down(70, b"x"), Tcp::up(71, b"y")], &[OPEN], &["0 < x", "0 > y"])]
fn from_the_middle(#[case] segments: Vec<Tcp>, #[case] open: &[&str], #[case] expected: &[&str]) {
    let unknown = ["0 lost > None", "0 lost < None"];
    assert_eq!(middle(&segments), [open, &unknown, expected, &["end"]].concat());
}

#[test]
fn what_is_sent_behind_both_ends_is_told_of_no_connection() {
    let behind = Tcp::up(80, b"z");
    let ends = [Tcp::up(71, b"").flags("F"), Tcp::down(90, b"").flags("F")];
    let told = middle(&[&[Tcp::up(70, b"x"), behind], &ends[..]].concat());
    assert_eq!(told, [OPEN, "0 lost > None", "0 lost < None", "0 > x", "0 closed >", "end"]);
}

#[test]
fn what_is_of_no_interest_is_told_no_more() {
    let mut witness = Witness::new(speaker);
    let mut entries = Vec::new();
    let mut number = 0;
    let mut play = |witness: &mut Witness, segments: &[Tcp]| {
        for segment in segments {
            number += 1;
            let packet = Packet { number, time: 0, link: Link::RAW, octets: &segment.ip() };
            witness.packet(&packet, &mut |entry| entries.push(entry));
        }
    };
    play(&mut witness, &Tcp::handshake(0, 500));
    witness.ignore(ConnectionId(0));
    play(&mut witness, &[Tcp::up(1, b"a"), Tcp::down(501, b"b"), Tcp::up(2, b"").flags("F")]);
    play(&mut witness, &Tcp::handshake(90, 70));
    assert_eq!(short(&entries), [OPEN, &OPEN.replacen('0', "1", 1)]);
}

/// A request rests on the answers that its segment acknowledges: it is told behind them, or behind the word that they are lost.
#[rstest]
#[case::late(vec![Tcp::up(1, b"q1").acknowledging(501), Tcp::up(3, b"q2").acknowledging(503), Tcp::down(501, b"a1").acknowledging(3)], &["0 > q1", "0 < a1", "0 > q2"])]
#[case::late_with_more(
    vec![
        Tcp::up(1, b"q1").acknowledging(501),
        Tcp::up(3, b"q2").acknowledging(503),
        Tcp::down(503, b"a2").acknowledging(5),
        Tcp::up(5, b"q3").acknowledging(505),
        Tcp::down(501, b"a1").acknowledging(3),
    ],
    &["0 > q1", "0 < a1", "0 > q2", "0 < a2", "0 > q3"]
)]
#[case::lost(
    vec![
        Tcp::up(1, b"q1").acknowledging(501),
        Tcp::up(3, b"q2").acknowledging(503),
        Tcp::down(503, b"a2").acknowledging(5),
        Tcp::up(5, b"q3").acknowledging(505),
    ],
    &["0 > q1", "0 lost < Some(2)", "0 > q2", "0 < a2", "0 > q3"]
)]
#[case::both_lost(
    vec![Tcp::up(3, b"q2").acknowledging(503), Tcp::down(503, b"a2").acknowledging(5)],
    &["0 lost < Some(2)", "0 lost > Some(2)", "0 > q2", "0 < a2"]
)]
#[case::an_end_that_was_not_captured(
    vec![Tcp::up(1, b"q1").acknowledging(502), Tcp::up(3, b"").flags("F").acknowledging(502)],
    &["0 > q1", "0 broken >: an end was not captured"]
)]
#[case::an_end_after_a_lost_answer(
    vec![
        Tcp::up(1, b"q1").acknowledging(501),
        Tcp::up(3, b"").flags("F").acknowledging(503),
        Tcp::down(503, b"").flags("F").acknowledging(4),
    ],
    &["0 > q1", "0 lost < Some(2)", "0 closed >"]
)]
fn what_rests_on_what(#[case] segments: Vec<Tcp>, #[case] expected: &[&str]) {
    let all = [Tcp::handshake(0, 500), segments].concat();
    assert_eq!(run(&all), [&[OPEN], expected, &["end"]].concat());
}

/// What was acknowledged and has not come after a tenth of a second is lost, however quiet its connection is.
#[rstest]
#[case::soon(50, &["open", "> q1"])]
#[case::later(150, &["open", "> q1", "lost <", "> q2"])]
fn nobody_waits_long_for_what_was_acknowledged(#[case] milliseconds: i64, #[case] expected: &[&str]) {
    let segments =
        [Tcp::handshake(0, 500), vec![Tcp::up(1, b"q1").acknowledging(501), Tcp::up(3, b"q2").acknowledging(503)]];
    let mut witness = Witness::new(speaker);
    let mut told = Vec::new();
    let mut packet = |time: i64, octets: &[u8]| {
        let packet = Packet { number: 1, time, link: Link::RAW, octets };
        witness.packet(&packet, &mut |entry| told.push(entry));
    };
    for segment in segments.concat() {
        packet(0, &segment.ip());
    }
    // Of another connection.
    let mut other = Tcp { acknowledged: None, ..Tcp::up(1, b"") };
    other.from.set_port(50_001);
    packet(milliseconds * 1_000_000, &other.flags("S").ip());
    let told: Vec<_> =
        short(&told).iter().map(|line| line.split(' ').skip(1).take(2).collect::<Vec<_>>().join(" ")).collect();
    let told: Vec<_> = told.iter().map(|line| if line.starts_with("open") { "open" } else { line.as_str() }).collect();
    assert_eq!(told, expected);
}
