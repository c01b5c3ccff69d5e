//! Octets as what crossed some connections: sifted, decoded and judged by all rules.
#![no_main]

use bytes::Bytes;
use conformance::sieve::Sieve;
use conformance::{Checker, Config, rules};
use libfuzzer_sys::fuzz_target;
use trace::{Closed, ConnectionEnd, ConnectionId, Direction, End, Entry, Lost, Observation, Opened, Seen, Time};

/// Octets that describe a piece: which connection and way and what, and how many octets, in 16 bits.
const PIECE: usize = 3;

fuzz_target!(|octets: &[u8]| {
    let mut sieve = Sieve::default();
    let mut checker = Checker::new(Config::default(), rules::all());
    let mut rest = octets;
    let mut number = 0;
    let mut push = |seen: Seen, number: &mut u64| {
        *number += 1;
        let time = Time(*number * 50_000_000);
        sieve.push(*number, seen, &mut |sequence, seen| {
            checker.push(&Entry { sequence, time, seen }, &mut |_| {});
        });
    };
    for connection in 0..4 {
        let connection = ConnectionId(connection);
        let (client, server) = (format!("10.0.0.1:{}", 50_000 + connection.0), "10.0.0.2:49670".to_owned());
        push(Seen::Opened(Opened { connection, client, server, actor: None }), &mut number);
    }
    while let Some((head, mut more)) = rest.split_at_checked(PIECE) {
        let &[what, high, low] = head else { return };
        let connection = ConnectionId(u32::from(what & 3));
        let direction = if what & 4 == 0 { Direction::ToServer } else { Direction::ToClient };
        let length = usize::from(u16::from_be_bytes([high, low]));
        let seen = match what >> 5 {
            6 => Seen::Lost(Lost { connection, direction, octets: Some(length as u64) }),
            7 => Seen::Closed(Closed { connection, how: ConnectionEnd::Orderly { by: direction } }),
            _ => {
                let (piece, after) = more.split_at(length.min(more.len()));
                more = after;
                Seen::Octets(Observation { connection, direction, octets: Bytes::copy_from_slice(piece) })
            }
        };
        rest = more;
        push(seen, &mut number);
    }
    push(Seen::End(End::CutShort), &mut number);
    let _ = checker.finish();
});
