//! Streams: what segments in any order come to.

use capture::{Link, Skipped};
use proptest::prelude::*;
use rstest::rstest;
use trace::{Direction, Entry, Seen};

use crate::net::{sent, watch};
use crate::packet::Tcp;

/// What became of the client's octets: the octets, with `…N…` for N that are missing.
fn told(entries: &[Entry]) -> String {
    let mut told = String::new();
    for entry in entries {
        match &entry.seen {
            Seen::Octets(seen) if seen.direction == Direction::ToServer => {
                told.push_str(std::str::from_utf8(&seen.octets).unwrap());
            }
            Seen::Lost(lost) if lost.direction == Direction::ToServer => match lost.octets {
                Some(octets) => told.push_str(&format!("…{octets}…")),
                None => told.push('…'),
            },
            _ => {}
        }
    }
    told
}

fn run(isn: u32, segments: impl IntoIterator<Item = Tcp>) -> (Vec<Entry>, Skipped) {
    let all = Tcp::handshake(isn, 500).into_iter().chain(segments);
    let packets: Vec<_> = all.map(|segment| segment.ip()).collect();
    watch(Link::RAW, &packets)
}

/// Pure acknowledgements of the server, which show that it has what comes before.
fn acknowledged(sequence: u32, times: usize) -> Vec<Tcp> {
    vec![Tcp::down(501, b"").acknowledging(sequence); times]
}

#[rstest]
#[case::in_order(vec![Tcp::up(1, b"abc"), Tcp::up(4, b"def")], "abcdef", 0)]
#[case::reordered(vec![Tcp::up(4, b"def"), Tcp::up(7, b"ghi"), Tcp::up(1, b"abc")], "abcdefghi", 0)]
#[case::sent_again(vec![Tcp::up(1, b"abc"), Tcp::up(1, b"abc"), Tcp::up(4, b"d")], "abcd", 0)]
#[case::sent_again_with_more(vec![Tcp::up(1, b"abc"), Tcp::up(1, b"abcdef")], "abcdef", 0)]
#[case::sent_again_in_part(vec![Tcp::up(1, b"abcdef"), Tcp::up(4, b"de"), Tcp::up(7, b"g")], "abcdefg", 0)]
#[case::overlapping_behind_a_hole(vec![Tcp::up(4, b"def"), Tcp::up(6, b"fgh"), Tcp::up(1, b"abc")], "abcdefgh", 0)]
#[case::longer_behind_a_hole(vec![Tcp::up(4, b"d"), Tcp::up(4, b"def"), Tcp::up(1, b"abc")], "abcdef", 0)]
#[case::sent_again_as_others(vec![Tcp::up(1, b"abc"), Tcp::up(1, b"aXc"), Tcp::up(4, b"d")], "abcd", 1)]
#[case::waiting_as_others(vec![Tcp::up(4, b"def"), Tcp::up(4, b"dXf"), Tcp::up(1, b"abc")], "abcdef", 1)]
#[case::keep_alive(vec![Tcp::up(1, b"abc"), Tcp::up(3, b"\0"), Tcp::up(4, b"d")], "abcd", 0)]
#[case::lost_to_the_end(vec![Tcp::up(1, b"abc"), Tcp::up(7, b"ghi")], "abc…3…ghi", 0)]
#[case::lost_and_acknowledged([vec![Tcp::up(4, b"def")], acknowledged(7, 20), vec![Tcp::up(1, b"abc"), Tcp::up(7, b"g")]].concat(), "…3…defg", 0)]
#[case::late_but_in_time([vec![Tcp::up(4, b"def")], acknowledged(7, 5), vec![Tcp::up(1, b"abc")]].concat(), "abcdef", 0)]
#[case::not_acknowledged([vec![Tcp::up(4, b"def")], acknowledged(1, 50), vec![Tcp::up(1, b"abc")]].concat(), "abcdef", 0)]
#[case::only_the_end_is_known(vec![Tcp::up(1, b"abc"), Tcp::up(7, b"").flags("F")], "abc…3…", 0)]
fn what_segments_come_to(#[case] segments: Vec<Tcp>, #[case] expected: &str, #[case] changed: u64) {
    let (entries, skipped) = run(0, segments);
    assert_eq!(told(&entries), expected);
    assert_eq!(skipped.changed, changed);
}

#[test]
fn sequence_numbers_wrap() {
    let isn = u32::MAX - 3;
    let segments = [Tcp::up(isn.wrapping_add(4), b"def"), Tcp::up(isn.wrapping_add(1), b"abc")];
    assert_eq!(told(&run(isn, segments).0), "abcdef");
}

#[test]
fn what_was_cut_from_packets_is_lost() {
    let mut packets: Vec<_> = Tcp::handshake(0, 500).iter().map(Tcp::ip).collect();
    let mut cut = Tcp::up(1, b"abcdefgh").ip();
    cut.truncate(cut.len() - 3);
    packets.extend([cut, Tcp::up(9, b"ij").ip()]);
    assert_eq!(told(&watch(Link::RAW, &packets).0), "abcde…3…ij");
}

#[test]
fn what_waits_behind_a_hole_is_bounded() {
    let piece = vec![b'x'; 60_000];
    let segments = (1..200_u32).map(|index| Tcp::up(1 + index * 60_000, &piece));
    let (entries, _) = run(0, segments);
    let first = entries.iter().position(|entry| matches!(entry.seen, Seen::Lost(_))).unwrap();
    let times: Vec<_> = entries.iter().map(|entry| entry.time).collect();
    assert!(times[first] < *times.last().unwrap(), "the hole is given up before the capture ends");
    assert_eq!(sent(&entries, Direction::ToServer).len(), 199 * 60_000);
}

#[test]
fn the_last_octets_are_compared_with_what_is_sent_again() {
    let whole: Vec<u8> = (0..100_000_u32).map(|place| u8::try_from(place / 7 % 251).unwrap()).collect();
    let place = |at: usize| 1 + u32::try_from(at).unwrap();
    let (mut segments, mut from, mut changed) = (Vec::new(), 0, 0);
    for round in 1..100 {
        let to = from + 1 + round * 37 % 1_460;
        segments.push(Tcp::up(place(from), &whole[from..to]));
        let again = to - to.min(2 + round * 163);
        let mut octets = whole[again..to].to_vec();
        segments.push(Tcp::up(place(again), &octets));
        if round % 2 == 0 {
            octets[0] ^= 1;
            segments.push(Tcp::up(place(again), &octets));
            changed += 1;
        }
        from = to;
    }
    let (entries, skipped) = run(0, segments);
    assert_eq!(sent(&entries, Direction::ToServer), whole[..from]);
    assert_eq!(skipped.changed, changed);
}

/// A message cut into segments; each with the order in which it comes, and whether it comes twice.
fn cuts() -> impl Strategy<Value = (u32, Vec<(Vec<u8>, u32, bool)>)> {
    let piece = (prop::collection::vec(any::<u8>(), 1..40), 0..6_u32, any::<bool>());
    (any::<u32>(), prop::collection::vec(piece, 1..40))
}

proptest! {
    #[test]
    fn segments_in_any_order_make_the_same_stream((isn, cuts) in cuts()) {
        let whole: Vec<u8> = cuts.iter().flat_map(|(octets, ..)| octets.clone()).collect();
        let mut sequence = isn.wrapping_add(1);
        let mut segments = Vec::new();
        for (index, (octets, late, twice)) in cuts.iter().enumerate() {
            let segment = Tcp::up(sequence, octets);
            segments.push((index + *late as usize, segment.clone()));
            if *twice {
                segments.push((index + 5, segment));
            }
            sequence = sequence.wrapping_add(u32::try_from(octets.len()).unwrap());
        }
        segments.sort_by_key(|(order, _)| *order);
        let (entries, skipped) = run(isn, segments.into_iter().map(|(_, segment)| segment));
        prop_assert_eq!(sent(&entries, Direction::ToServer), whole);
        prop_assert_eq!(skipped, Skipped::default());
        prop_assert!(!entries.iter().any(|entry| matches!(entry.seen, Seen::Lost(_))));
    }

    #[test]
    fn every_octet_is_told_or_lost((isn, cuts) in cuts(), kept in prop::collection::vec(any::<bool>(), 40)) {
        let mut sequence = isn.wrapping_add(1);
        let (mut segments, mut length) = (Vec::new(), 0);
        for (index, (octets, ..)) in cuts.iter().enumerate() {
            if kept[index] {
                segments.push(Tcp::up(sequence, octets));
                length = sequence.wrapping_sub(isn.wrapping_add(1)) as usize + octets.len();
            }
            sequence = sequence.wrapping_add(u32::try_from(octets.len()).unwrap());
        }
        let (entries, _) = run(isn, segments);
        let lost: u64 = entries.iter().filter_map(|entry| match &entry.seen {
            Seen::Lost(lost) => lost.octets,
            _ => None,
        }).sum();
        prop_assert_eq!(sent(&entries, Direction::ToServer).len() + usize::try_from(lost).unwrap(), length);
    }

    #[test]
    fn packets_at_random_are_no_danger(packets in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..120), 0..20), link in 0..8_usize) {
        let links = [Link::NULL, Link::ETHERNET, Link::RAW, Link::LOOP, Link::LINUX_SLL, Link::IPV4, Link::IPV6, Link::LINUX_SLL2];
        let _ = watch(links[link], &packets);
    }

    #[test]
    fn segments_at_random_are_no_danger(segments in prop::collection::vec((any::<bool>(), any::<u32>(), any::<Option<u32>>(), 0..8_u8, prop::collection::vec(any::<u8>(), 0..5)), 0..40)) {
        let flags = ["", "S", "F", "R", "SF", "SR", "FR", "SFR"];
        let packets: Vec<_> = segments.into_iter().map(|(up, sequence, acknowledged, flag, payload)| {
            let segment = if up { Tcp::up(sequence % 64, &payload) } else { Tcp::down(sequence % 64, &payload) };
            Tcp { acknowledged, ..segment }.flags(flags[usize::from(flag)]).ip()
        }).collect();
        let _ = watch(Link::RAW, &packets);
    }
}
