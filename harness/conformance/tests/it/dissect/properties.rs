//! What holds for all octets.

use bytes::Bytes;
use conformance::event::{Event, Gap, Kind, Layer};
use proptest::prelude::*;
use trace::{ConnectionId, Direction, End, Entry, Observation, Recorder, Seen, Time};

use super::conversations::recorded;
use super::talk::{Talk, bind};
use super::text::events;

/// Octets of a direction that belong to PDUs, and where its transport gap begins.
fn account(events: &[Event], wanted: Direction) -> (u64, Option<u64>) {
    let mut octets = 0;
    let mut gap = None;
    for event in events {
        match &event.kind {
            Kind::Pdu(pdu) if pdu.direction == wanted => octets += u64::from(pdu.frag_length),
            Kind::Gap(Gap { layer: Layer::Transport, direction, offset, .. }) if *direction == wanted => {
                assert_eq!(gap.replace(*offset), None, "one transport gap is all there can be without losses");
            }
            _ => {}
        }
    }
    (octets, gap)
}

/// Octets that look more like PDUs than chance would have it.
fn lifelike() -> impl Strategy<Value = Vec<u8>> {
    let pdu = (
        prop::sample::select(vec![0_u8, 2, 3, 11, 12, 13, 14, 15, 16, 17, 18, 19]),
        0..=3_u8,
        prop::bool::weighted(0.1),
        0..3_u32,
        prop::collection::vec(prop_oneof![3 => Just(0_u8), 1 => 1..6_u8, 1 => any::<u8>()], 0..60),
    )
        .prop_map(|(ptype, flags, big, call_id, body)| {
            let length = u16::try_from(16 + body.len()).unwrap();
            let (length, call_id) = match big {
                true => (length.to_be_bytes(), call_id.to_be_bytes()),
                false => (length.to_le_bytes(), call_id.to_le_bytes()),
            };
            let drep = if big { 0x00 } else { 0x10 };
            [&[5, 0, ptype, flags, drep, 0, 0, 0], &length[..], &[0, 0], &call_id, &body].concat()
        });
    let rubbish = prop::collection::vec(any::<u8>(), 0..24);
    prop::collection::vec(prop_oneof![12 => pdu, 1 => rubbish], 0..8).prop_map(|pieces| pieces.concat())
}

#[test]
fn of_many_connections_each_has_its_own_octets_and_they_end_in_their_order() {
    let pdu = bind(1).encode();
    let mut talk = Talk::new();
    let is_closed = |number: &u32| number % 3 == 1;
    let halves = |talk: &mut Talk, number: u32| {
        let length = 1 + number as usize % 20;
        talk.open(number, "server").octets(number, Direction::ToServer, pdu.slice(..length));
    };
    (0..700).for_each(|number| halves(&mut talk, number));
    for number in (0..700).rev().filter(is_closed) {
        talk.close(number, Direction::ToServer);
    }
    (700..1_000).for_each(|number| halves(&mut talk, number));
    talk.see(Seen::End(End::CutShort));
    let events = events(talk.entries());
    let left = events.iter().filter_map(|event| match &event.kind {
        Kind::Gap(gap) if gap.why.starts_with("the recording ended") => Some((gap.connection, gap.why.clone())),
        _ => None,
    });
    let expected = (0..1_000)
        .filter(|number| *number >= 700 || !is_closed(number))
        .map(|number| (ConnectionId(number), format!("the recording ended after {} octets of a PDU", 1 + number % 20)));
    assert_eq!(left.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
}

fn direction() -> impl Strategy<Value = Direction> {
    prop_oneof![Just(Direction::ToServer), Just(Direction::ToClient)]
}

/// Octets that crossed one connection, and in which pieces.
fn pieces() -> impl Strategy<Value = Vec<(Direction, Vec<u8>)>> {
    prop::collection::vec((direction(), prop_oneof![lifelike(), prop::collection::vec(any::<u8>(), 0..60)]), 0..8)
}

/// The same octets in other pieces, of which each is as long as the next number says.
fn cut(entries: &[Entry], lengths: &[usize]) -> Vec<Entry> {
    let mut lengths = lengths.iter().copied().cycle();
    let mut recorder = Recorder::new();
    for entry in entries {
        let Seen::Octets(seen) = &entry.seen else {
            recorder.record(Time::ZERO, entry.seen.clone());
            continue;
        };
        let mut octets = seen.octets.clone();
        while !octets.is_empty() {
            let piece = octets.split_to(lengths.next().unwrap().min(octets.len()));
            recorder.record(Time::ZERO, Seen::Octets(Observation { octets: piece, ..seen.clone() }));
        }
    }
    recorder.take()
}

/// What happened, whenever it was seen.
fn kinds(entries: &[Entry]) -> Vec<Kind> {
    let mut kinds: Vec<_> = events(entries).into_iter().map(|event| event.kind).collect();
    for kind in &mut kinds {
        if let Kind::CallStarted(started) = kind {
            started.begun = Time::ZERO;
        }
    }
    kinds
}

proptest! {
    #[test]
    fn every_octet_is_accounted_for(pieces in pieces()) {
        let mut talk = Talk::new();
        talk.open(0, "server");
        for (direction, octets) in &pieces {
            talk.octets(0, *direction, octets.clone());
        }
        talk.close(0, Direction::ToServer);
        let events = events(talk.entries());
        for direction in [Direction::ToServer, Direction::ToClient] {
            let pushed: usize = pieces.iter().filter(|(way, _)| *way == direction).map(|(_, octets)| octets.len()).sum();
            let (in_pdus, gap) = account(&events, direction);
            match gap {
                Some(offset) => prop_assert!(offset == in_pdus && in_pdus < pushed as u64),
                None => prop_assert_eq!(in_pdus, pushed as u64),
            }
        }
        let started = events.iter().filter(|event| matches!(event.kind, Kind::CallStarted(_))).count();
        let finished = events.iter().filter(|event| matches!(event.kind, Kind::CallFinished(_))).count();
        prop_assert_eq!(started, finished);
    }

    #[test]
    fn pieces_make_no_difference(pieces in pieces(), lengths in prop::collection::vec(1..40_usize, 1..8)) {
        let mut talk = Talk::new();
        talk.bound(0, "server", 7);
        for (direction, octets) in pieces {
            talk.octets(0, direction, octets);
        }
        talk.close(0, Direction::ToClient);
        prop_assert_eq!(kinds(&cut(talk.entries(), &lengths)), kinds(talk.entries()));
    }

    #[test]
    fn pieces_of_a_conversation_make_no_difference(lengths in prop::collection::vec(1..400_usize, 1..8)) {
        let entries = recorded("wine-to-wine");
        prop_assert_eq!(kinds(&cut(&entries, &lengths)), kinds(&entries));
    }

    #[test]
    fn after_a_loss_the_next_pdu_is_found(
        half in lifelike(),
        junk in prop::collection::vec(any::<u8>(), 0..40),
        lost in prop::option::of(any::<u64>()),
        lengths in prop::collection::vec(1..40_usize, 1..8),
    ) {
        let way = Direction::ToClient;
        let response = super::talk::response(0x4321, Bytes::new()).encode();
        let begin = response.slice(..half.len().min(15));
        let mut talk = Talk::new();
        talk.open(0, "server").octets(0, way, begin).lose(0, way, lost);
        talk.octets(0, way, junk).octets(0, way, response);
        let events = events(&cut(talk.entries(), &lengths));
        let found = |kind: &Kind| matches!(kind, Kind::Pdu(pdu) if pdu.call_id == 0x4321);
        prop_assert!(events.iter().any(|event| found(&event.kind)));
    }
}
