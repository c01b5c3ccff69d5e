//! Conversations between other implementations, event by event.

use conformance::event::{Gap, Kind};
use rstest::rstest;
use trace::{Direction, Entry};

use super::talk::Talk;
use super::text::{events, text};

/// A recorded conversation.
pub(crate) fn recorded(name: &str) -> Vec<Entry> {
    let path = format!("{}/tests/it/conversations/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    let mut talk = Talk::new();
    for line in std::fs::read_to_string(path).unwrap().lines().filter(|line| !line.starts_with('#')) {
        match line.split(' ').collect::<Vec<_>>().as_slice() {
            [connection, "open", port] => talk.open(connection.parse().unwrap(), &format!("server:{port}")),
            [connection, "end", by] => talk.close(connection.parse().unwrap(), direction(by)),
            [connection, way, octets] => {
                talk.octets(connection.parse().unwrap(), direction(way), hex::decode(octets).unwrap())
            }
            _ => continue,
        };
    }
    talk.see(trace::Seen::End(trace::End::Complete));
    talk.entries().to_vec()
}

fn direction(arrow: &str) -> Direction {
    match arrow {
        ">" => Direction::ToServer,
        "<" => Direction::ToClient,
        _ => unreachable!("{arrow}"),
    }
}

#[rstest]
#[case("wine-to-wine")]
#[case("wine-to-go-msrpc")]
#[case("go-msrpc-to-wine")]
#[case("go-msrpc-and-scapy")]
fn conversation(#[case] name: &str) {
    insta::assert_snapshot!(name, text(&events(&recorded(name))));
}

/// Wine's server answers with call_id 1 whatever was asked: that is named, and what it answered is not lost.
#[rstest]
#[case("wine-to-wine", true)]
#[case("go-msrpc-to-wine", true)]
#[case("wine-to-go-msrpc", false)]
#[case("go-msrpc-and-scapy", false)]
fn foreign_call_ids_are_named(#[case] name: &str, #[case] named: bool) {
    let events = events(&recorded(name));
    let gap = |kind: &Kind| matches!(kind, Kind::Gap(Gap { malformed: true, .. }));
    assert_eq!(events.iter().any(|event| gap(&event.kind)), named);
}
