//! The sieve: which connections of a network are judged.

use bytes::Bytes;
use conformance::sieve::{Sieve, Sifted, sender};
use dcerpc::ndr::Format;
use dcerpc::pdu::{AuthVerifier, Bind, BindAck, Body, ContextElement, Flags, Pdu, Request, Response};
use dcerpc::{ByteOrder, ContextHandle, SyntaxId, TransferSyntax, epm};
use mspan::Interface;
use mspan::method::{GetNotificationIn, In};
use proptest::prelude::*;
use rstest::rstest;
use trace::{Closed, ConnectionEnd, ConnectionId, Direction, Lost, Observation, Opened, Seen};
use uuid::uuid;

use crate::dissect::recorded;

const UP: Direction = Direction::ToServer;
const DOWN: Direction = Direction::ToClient;

/// Another interface of print servers: winspool's.
const OTHER: SyntaxId = SyntaxId::new(uuid!("12345678-1234-abcd-ef00-0123456789ab"), 1, 0);
const OURS: SyntaxId = Interface::AsyncNotify.id();

/// What is sent on a connection to a server, by their numbers.
#[derive(Clone, Debug)]
struct Said(u32, Direction, Bytes);

fn pdu(body: Body) -> Bytes {
    Pdu::new(body, Flags::WHOLE, ByteOrder::Little, 1).encode()
}

fn contexts(interface: SyntaxId) -> Bind {
    let contexts = vec![ContextElement::new(0, interface, TransferSyntax::Ndr.id())];
    Bind { contexts, ..Bind::default() }
}

fn bind(connection: u32, interface: SyntaxId) -> Said {
    Said(connection, UP, pdu(Body::Bind(contexts(interface))))
}

fn alter(connection: u32, interface: SyntaxId) -> Said {
    Said(connection, UP, pdu(Body::AlterContext(contexts(interface))))
}

fn accept(connection: u32, group: u32) -> Said {
    let secondary_address = BindAck::address("49670");
    let padding = BindAck::padding_after(&secondary_address);
    let answer = BindAck { assoc_group_id: group, secondary_address, padding, ..BindAck::default() };
    Said(connection, DOWN, pdu(Body::BindAck(answer)))
}

fn request(connection: u32) -> Said {
    Said(connection, UP, pdu(Body::Request(Request { stub: Bytes::from_static(b"stub"), ..Request::default() })))
}

fn response(connection: u32) -> Said {
    Said(connection, DOWN, pdu(Body::Response(Response { stub: Bytes::from_static(b"answer"), ..Response::default() })))
}

fn raw(connection: u32, octets: &'static [u8]) -> Said {
    Said(connection, UP, Bytes::from_static(octets))
}

fn followed_by(said: &Said, octets: &[u8]) -> Said {
    Said(said.0, said.1, [&said.2, octets].concat().into())
}

fn half(said: &Said) -> Said {
    Said(said.0, said.1, said.2.slice(..20))
}

fn rest(said: &Said) -> Said {
    Said(said.0, said.1, said.2.slice(20..))
}

/// The same PDU with a verifier.
fn signed(said: &Said) -> Said {
    let verifier =
        AuthVerifier { auth_type: 10, auth_level: 5, token: Bytes::from_static(&[1; 16]), ..Default::default() };
    Said(said.0, said.1, Pdu::decode(&said.2).unwrap().value.with_auth(verifier).encode())
}

/// What comes through, as `connection: octets` in order with each connection's own octets joined, and what was found.
fn sift(seen: impl IntoIterator<Item = Seen>) -> (Vec<Seen>, Vec<u32>, Sifted) {
    let mut sieve = Sieve::default();
    let (mut through, mut foreign) = (Vec::new(), Vec::new());
    for (note, seen) in seen.into_iter().enumerate() {
        let connection = sieve.push(note, seen, &mut |_, seen| through.push(seen));
        foreign.extend(connection.map(|connection| connection.0));
    }
    (through, foreign, sieve.finish())
}

fn opened(connection: u32) -> Seen {
    let server = "192.0.2.2:49670".into();
    Seen::Opened(Opened { connection: ConnectionId(connection), client: "192.0.2.1".into(), server, actor: None })
}

fn seen(said: &[Said]) -> Vec<Seen> {
    let mut connections: Vec<_> = said.iter().map(|said| said.0).collect();
    connections.sort_unstable();
    connections.dedup();
    let octets = said.iter().map(|Said(connection, direction, octets)| {
        let connection = ConnectionId(*connection);
        Seen::Octets(Observation { connection, direction: *direction, octets: octets.clone() })
    });
    connections.into_iter().map(opened).chain(octets).collect()
}

/// The octets of one direction of a connection.
fn octets(through: &[Seen], connection: u32, direction: Direction) -> Vec<u8> {
    let pieces = through.iter().filter_map(|seen| match seen {
        Seen::Octets(seen) if seen.connection.0 == connection && seen.direction == direction => {
            Some(seen.octets.to_vec())
        }
        _ => None,
    });
    pieces.collect::<Vec<_>>().concat()
}

#[rstest]
#[case::ours(vec![bind(0, OURS), accept(0, 7), request(0)], &[0, 1, 2], &[])]
#[case::another_interface(vec![bind(0, OTHER), accept(0, 7), request(0)], &[], &[])]
#[case::ours_by_alter_context(vec![bind(0, OTHER), accept(0, 7), request(0), response(0), alter(0, OURS), request(0), response(0)], &[0, 1, 4, 5, 6], &[])]
#[case::ours_while_another_call_waits(
    vec![bind(0, OTHER), accept(0, 7), request(0), alter(0, OURS), response(0), request(0), response(0)], &[0, 1, 3, 5, 6], &[]
)]
#[case::rubbish_of_ours(vec![bind(0, OURS), accept(0, 7), raw(0, b"rubbish, rubbish")], &[0, 1, 2], &[])]
#[case::rubbish_in_answer_to_ours(vec![bind(0, OURS), raw(0, b"rubbish, rubbish")], &[0, 1], &[])]
#[case::endpoint_mapper(vec![bind(0, epm::INTERFACE), accept(0, 7), request(0)], &[0, 1, 2], &[])]
#[case::of_the_same_association_later(
    vec![bind(0, OURS), accept(0, 7), bind(1, OTHER), accept(1, 7), request(1), response(1)], &[0, 1, 2, 3], &[]
)]
#[case::of_the_same_association_before(
    vec![bind(1, OTHER), accept(1, 7), request(1), bind(0, OURS), accept(0, 7), response(1), request(0)], &[0, 1, 3, 4, 6], &[]
)]
#[case::of_another_association(vec![bind(0, OURS), accept(0, 7), bind(1, OTHER), accept(1, 8)], &[0, 1], &[])]
#[case::another_protocol(vec![raw(0, b"GET / HTTP/1.1\r\n"), bind(1, OURS)], &[1], &[0])]
#[case::tls(vec![raw(0, b"\x16\x03\x01\x02\x00\x01")], &[], &[0])]
#[case::one_octet_of_another_protocol(vec![raw(0, b"\x00")], &[], &[0])]
#[case::bind_and_rubbish_at_once(vec![followed_by(&bind(0, OURS), b"rubbish, rubbish")], &[0], &[])]
#[case::rubbish_while_an_answer_is_half_there(
    vec![bind(0, OURS), half(&accept(0, 7)), raw(0, b"rubbish, rubbish"), rest(&accept(0, 7))], &[0, 1, 2, 3], &[]
)]
#[case::another_version_of_ours(vec![bind(0, SyntaxId::new(OURS.uuid, 2, 1)), accept(0, 7), request(0)], &[0, 1, 2], &[])]
#[case::rubbish_after_a_bind(vec![bind(0, OTHER), raw(0, b"rubbish, rubbish")], &[], &[0])]
fn what_comes_through(#[case] said: Vec<Said>, #[case] expected: &[usize], #[case] foreign: &[u32]) {
    let (through, found_foreign, _) = sift(seen(&said));
    for connection in 0..2 {
        for direction in [UP, DOWN] {
            let of = |index: &&usize| said[**index].0 == connection && said[**index].1 == direction;
            let expected: Vec<u8> = expected.iter().filter(of).flat_map(|index| said[*index].2.to_vec()).collect();
            assert_eq!(octets(&through, connection, direction), expected, "connection {connection}, {direction:?}");
        }
    }
    assert_eq!(found_foreign, foreign);
}

/// Security contexts number the PDUs of all interfaces: whoever verifies signatures has to see them, or to know of them.
#[rstest]
#[case::kept(1, &["> 0", "< 1", "> 2", "< 3", "> 4", "> 5"])]
#[case::too_many(5_000, &["> 0", "< 1", "lost <", "lost >", "> 4", "> 5"])]
fn protected_calls_of_other_interfaces_are_not_left_out_unsaid(#[case] calls: usize, #[case] expected: &[&str]) {
    let kinds = [bind(0, OTHER), accept(0, 7), signed(&request(0)), signed(&response(0)), alter(0, OURS), request(0)];
    let mut said = kinds[..2].to_vec();
    (0..calls).for_each(|_| said.extend_from_slice(&kinds[2..4]));
    said.extend_from_slice(&kinds[4..]);
    let mut sieve = Sieve::keeping_protected_calls();
    let mut through = Vec::new();
    for seen in seen(&said) {
        sieve.push((), seen, &mut |(), seen| through.push(seen));
    }
    let short = through.iter().filter_map(|seen| match seen {
        Seen::Octets(seen) => {
            let arrow = if seen.direction == UP { ">" } else { "<" };
            let kind = kinds.iter().position(|said| said.1 == seen.direction && said.2 == seen.octets);
            kind.map(|kind| format!("{arrow} {kind}"))
        }
        Seen::Lost(lost) => Some(format!("lost {}", if lost.direction == UP { ">" } else { "<" })),
        _ => None,
    });
    let mut short: Vec<_> = short.collect();
    if calls > 1 {
        short.retain(|line| !line.ends_with('2') && !line.ends_with('3'));
    }
    assert_eq!(short, expected);
}

#[rstest]
#[case::rubbish_behind_pdus(vec![request(0), raw(0, b"rubbish, rubbish")], Sifted { unbound: 1, ..Sifted::default() })]
#[case::another_protocol(vec![raw(0, b"rubbish, rubbish")], Sifted::default())]
#[case::ours(vec![bind(0, OURS)], Sifted { ours: 1, ..Sifted::default() })]
#[case::endpoint_mapper(vec![bind(0, epm::INTERFACE)], Sifted { endpoint_mapper: 1, ..Sifted::default() })]
#[case::nothing(vec![bind(0, OTHER), raw(1, b"SSH-2.0-x")], Sifted::default())]
#[case::bind_not_seen(vec![request(0), bind(1, OURS)], Sifted { ours: 1, unbound: 1, ..Sifted::default() })]
fn what_is_found(#[case] said: Vec<Said>, #[case] expected: Sifted) {
    assert_eq!(sift(seen(&said)).2, expected);
}

#[test]
fn what_is_lost_and_how_it_ends_is_told_of_ours_alone() {
    let lost = |connection| Seen::Lost(Lost { connection: ConnectionId(connection), direction: UP, octets: Some(5) });
    let closed = |connection| {
        let how = ConnectionEnd::Orderly { by: UP };
        Seen::Closed(Closed { connection: ConnectionId(connection), how })
    };
    let mut all = seen(&[bind(0, OTHER), accept(0, 7), bind(1, OTHER)]);
    all.extend([lost(0), lost(1)]);
    let later = seen(&[alter(0, OURS)]).split_off(1);
    all.extend(later.clone());
    all.extend([closed(0), closed(1)]);
    let (through, ..) = sift(all);
    let mut expected = seen(&[bind(0, OTHER), accept(0, 7)]);
    expected.push(lost(0));
    expected.extend(later);
    expected.push(closed(0));
    assert_eq!(through, expected);
}

#[rstest]
#[case::bind(bind(0, OTHER), Some(UP))]
#[case::bind_ack(accept(0, 1), Some(DOWN))]
#[case::request(request(0), Some(UP))]
#[case::rubbish(raw(0, b"GET / HTTP/1.1\r\n"), None)]
#[case::short(raw(0, b"\x05\0"), None)]
fn senders(#[case] said: Said, #[case] expected: Option<Direction>) {
    assert_eq!(sender(&said.2), expected);
}

#[rstest]
fn recorded_conversations_come_through_whole(
    #[values("wine-to-go-msrpc", "go-msrpc-to-wine", "wine-to-wine", "go-msrpc-and-scapy")] name: &str,
) {
    let entries: Vec<Seen> = recorded(name).into_iter().map(|entry| entry.seen).collect();
    let (through, foreign, _) = sift(entries.clone());
    assert_eq!(foreign, [0; 0]);
    for connection in 0..100 {
        for direction in [UP, DOWN] {
            assert_eq!(octets(&through, connection, direction), octets(&entries, connection, direction));
        }
    }
}

proptest! {
    #[test]
    fn how_octets_are_cut_makes_no_difference(cuts in prop::collection::vec(1..60_usize, 1..40)) {
        let said = [bind(0, OTHER), accept(0, 7), alter(0, OURS), request(0), request(0), request(0)];
        let whole = octets(&sift(seen(&said)).0, 0, UP);
        let mut rest: Bytes = said.iter().filter(|said| said.1 == UP).flat_map(|said| said.2.to_vec()).collect();
        let mut pieces = vec![said[0].clone(), said[1].clone()];
        rest = rest.split_off(said[0].2.len());
        for cut in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            pieces.push(Said(0, UP, rest.split_to((*cut).min(rest.len()))));
        }
        prop_assert_eq!(octets(&sift(seen(&pieces)).0, 0, UP), whole);
    }

    #[test]
    fn octets_at_random_are_no_danger(pieces in prop::collection::vec((0..3_u32, any::<bool>(), prop::collection::vec(any::<u8>(), 0..60)), 0..30)) {
        let said: Vec<_> = pieces.into_iter().map(|(connection, up, octets)| Said(connection, if up { UP } else { DOWN }, octets.into())).collect();
        let _ = sift(seen(&said));
    }
}

/// A request whose stub begins with a handle.
fn naming(connection: u32, handle: ContextHandle) -> Said {
    let stub = In::GetNotification(GetNotificationIn { remote_obj: handle }).encode(Format::default());
    let body = Body::Request(Request { opnum: 5, stub, ..Request::default() });
    Said(connection, UP, Pdu::new(body, Flags::WHOLE, ByteOrder::Little, 2).encode())
}

/// What comes back for it.
fn named(connection: u32) -> Said {
    let body = Body::Response(Response { stub: Bytes::from_static(b"answer"), ..Response::default() });
    Said(connection, DOWN, Pdu::new(body, Flags::WHOLE, ByteOrder::Little, 2).encode())
}

/// A connection whose bind was not seen is ours from the first request on that names a handle of ours, of the same server.
#[rstest]
#[case::known("192.0.2.2:49670", true, &[1, 2], Sifted { ours: 1, by_handle: 1, ..Sifted::default() })]
#[case::of_another_server("192.0.2.3:49670", true, &[], Sifted { unbound: 1, ..Sifted::default() })]
#[case::nothing_is_missing("192.0.2.2:49670", false, &[], Sifted { unbound: 1, ..Sifted::default() })]
fn a_handle_betrays_a_connection(
    #[case] server: &str,
    #[case] lossy: bool,
    #[case] expected: &[usize],
    #[case] found: Sifted,
) {
    let handle = ContextHandle::new(uuid!("01234567-89ab-cdef-0123-456789abcdef"));
    let said = [request(0), naming(0, handle), named(0)];
    let mut all = seen(&said);
    if lossy {
        all.insert(1, Seen::Lost(Lost { connection: ConnectionId(0), direction: UP, octets: None }));
    }
    let mut sieve = Sieve::default();
    sieve.know_handle(server, handle);
    let mut through = Vec::new();
    for seen in all {
        sieve.push((), seen, &mut |(), seen| through.push(seen));
    }
    for direction in [UP, DOWN] {
        let of = |index: &&usize| said[**index].1 == direction;
        let expected: Vec<u8> = expected.iter().filter(of).flat_map(|index| said[*index].2.to_vec()).collect();
        assert_eq!(octets(&through, 0, direction), expected);
    }
    assert_eq!(sieve.finish(), found);
}

/// Another interface was bound, and the alter_context for ours was not captured.
#[test]
fn a_handle_betrays_a_connection_whose_later_bind_is_lost() {
    let handle = ContextHandle::new(uuid!("01234567-89ab-cdef-0123-456789abcdef"));
    let said = [bind(0, OTHER), accept(0, 7), naming(0, handle), named(0)];
    let mut all = seen(&said);
    all.insert(3, Seen::Lost(Lost { connection: ConnectionId(0), direction: UP, octets: Some(72) }));
    let mut sieve = Sieve::default();
    sieve.know_handle("192.0.2.2:49670", handle);
    let mut through = Vec::new();
    for seen in all.clone() {
        sieve.push((), seen, &mut |(), seen| through.push(seen));
    }
    assert_eq!(through, all);
    assert_eq!(sieve.finish(), Sifted { ours: 1, ..Sifted::default() });
}

#[test]
fn what_an_endpoint_mapper_places_is_told() {
    let mut sieve = Sieve::default();
    sieve.know_place("192.0.2.2:49670");
    for seen in seen(&[request(0)]) {
        sieve.push((), seen, &mut |(), _| {});
    }
    assert_eq!(sieve.finish(), Sifted { unbound: 1, unbound_at_ours: 1, ..Sifted::default() });
}

/// Who joins an association that binds ours is told, unless it has been over for so long that it was forgotten.
#[rstest]
#[case::remembered(3, false, true, 0)]
#[case::forgotten(2, false, false, 1)]
#[case::still_open(2, true, true, 0)]
fn associations_are_remembered_for_a_while(
    #[case] most: usize,
    #[case] stays: bool,
    #[case] is_told: bool,
    #[case] forgotten: u64,
) {
    let mut sieve = Sieve::default().remembering(most);
    let mut through = Vec::new();
    let mut push = |seen: Seen| sieve.push((), seen, &mut |(), seen| through.push(seen));
    for connection in 0..3 {
        seen(&[bind(connection, OURS), accept(connection, connection + 7)]).into_iter().for_each(|seen| {
            push(seen);
        });
        if connection > 0 || !stays {
            let how = ConnectionEnd::Orderly { by: UP };
            push(Seen::Closed(Closed { connection: ConnectionId(connection), how }));
        }
    }
    seen(&[bind(9, OTHER), accept(9, 7)]).into_iter().for_each(|seen| {
        push(seen);
    });
    let told = through.iter().any(|seen| matches!(seen, Seen::Opened(opened) if opened.connection.0 == 9));
    assert_eq!(told, is_told);
    assert_eq!(sieve.finish(), Sifted { ours: 3, forgotten, ..Sifted::default() });
}

/// Whoever names one association after the other on a connection does not make the sieve remember them all.
#[test]
fn associations_that_are_named_in_vain_are_forgotten() {
    let mut sieve = Sieve::default().remembering(2);
    // A call that is left out keeps the connection from being passed on unseen.
    let mut said = vec![bind(0, OTHER), accept(0, 6), request(0)];
    said.extend((7..17).flat_map(|group| [alter(0, OURS), accept(0, group)]));
    for seen in seen(&said) {
        sieve.push((), seen, &mut |(), _| {});
    }
    assert_eq!(sieve.finish().forgotten, 8);
}
