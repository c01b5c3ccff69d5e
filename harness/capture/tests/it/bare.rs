//! Captures that are written bare: whoever reads them sees what was seen, with what is missing in its place.

use capture::{About, Packets, Witness, write_bare};
use rstest::rstest;
use trace::{ConnectionId, Direction, End, Entry, Lost, Opened, Seen};

use crate::write::{DOWN, START, UP, closed, nobody, octets, recorded};

/// What a witness tells of a file that was written bare: the entries that it was written from.
fn witnessed(entries: &[Entry]) -> Vec<(u64, Seen)> {
    let mut file = Vec::new();
    write_bare(&mut file, About { application: "the tests", comments: &[], start: START }, entries).unwrap();
    let mut packets = Packets::new(file.as_slice()).unwrap();
    let mut witness = Witness::new(nobody);
    let mut told = Vec::new();
    while let Some((packet, comments)) = packets.next_annotated().unwrap() {
        assert!(comments.is_empty());
        witness.packet(&packet, &mut |entry| told.push((entry.time.0, entry.seen)));
    }
    witness.finish(&mut |entry| told.push((entry.time.0, entry.seen)));
    told
}

fn missing(connection: u32, direction: Direction, octets: Option<u64>) -> Seen {
    Seen::Lost(Lost { connection: ConnectionId(connection), direction, octets })
}

fn outset(connection: u32) -> Seen {
    let (client, server) = ("192.0.2.1:50000".into(), "192.0.2.2:49670".into());
    Seen::Opened(Opened { connection: ConnectionId(connection), client, server, actor: None })
}

/// What is lost is told at once, where it is missing.
#[rstest]
#[case::whole(vec![outset(0), octets(0, UP, "ask"), octets(0, DOWN, "answer"), closed(0, DOWN, None)])]
#[case::reset(vec![outset(0), octets(0, UP, "ask"), closed(0, UP, Some("reset"))])]
#[case::lost(vec![
    outset(0), octets(0, UP, "ask"), missing(0, DOWN, Some(5)), octets(0, DOWN, "wer"), octets(0, UP, "again"),
    missing(0, UP, Some(1)), closed(0, UP, None)
])]
fn what_crossed_is_written_bare(#[case] seen: Vec<Seen>) {
    let timed: Vec<(u64, Seen)> = seen.into_iter().enumerate().map(|(at, seen)| (1_000 * at as u64, seen)).collect();
    let mut expected = timed.clone();
    expected.push((timed.last().unwrap().0, Seen::End(End::CutShort)));
    assert_eq!(witnessed(&recorded(timed)), expected);
}

#[test]
fn many_lost_octets_take_several_packets() {
    let seen = vec![(0, outset(0)), (1, missing(0, UP, Some(200_000))), (2, octets(0, UP, "rest"))];
    let lost: u64 = witnessed(&recorded(seen))
        .into_iter()
        .map(|(_, seen)| if let Seen::Lost(lost) = seen { lost.octets.unwrap_or(0) } else { 0 })
        .sum();
    assert_eq!(lost, 200_000);
}

/// Nobody sees it open, and the higher port is the client's.
#[test]
fn a_connection_in_mid_stream_is_not_opened() {
    let seen = [outset(0), missing(0, UP, None), missing(0, DOWN, None), octets(0, UP, "ask"), octets(0, DOWN, "so")];
    let told = witnessed(&recorded(seen.iter().cloned().map(|seen| (0, seen)).collect()));
    let told: Vec<Seen> = told.into_iter().map(|(_, seen)| seen).collect();
    assert_eq!(told[..told.len() - 1], seen[..]);
}
