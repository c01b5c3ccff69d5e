//! What is refused for want of security, and how.

use bytes::Bytes;
use dcerpc::ByteOrder;
use dcerpc::connection::client::{Auth, Call, Client, Event, Opening};
use dcerpc::connection::server::{Event as ServerEvent, Options, Server};
use dcerpc::connection::{PacketLevel, client};
use dcerpc::pdu::{AuthVerifier, Bind, Body, ContextElement, Features, Flags, Pdu, Request};
use dcerpc::security::{Level, Provider};
use rstest::rstest;

use super::of_server::run;
use super::toy::{Desk, Manner, Toy};
use super::{ASYNC_NOTIFY, NDR, options, server};

const THREE: Manner = Manner::THREE_LEGS;
const FOUR: Manner = Manner::FOUR_LEGS;

fn guarded(change: impl FnOnce(Options) -> Options) -> Server {
    server(change(Options { acceptor: Desk::with(&[THREE, FOUR]), ..options() }))
}

fn verifier(auth_type: u8, auth_level: u8, context_id: u32, token: &str) -> AuthVerifier {
    AuthVerifier { auth_type, auth_level, context_id, token: token.to_owned().into(), ..AuthVerifier::default() }
}

fn body(multiplexing: bool) -> Bind {
    let features = Features(if multiplexing { 3 } else { 2 }).to_syntax();
    let contexts = vec![ContextElement::new(0, ASYNC_NOTIFY, NDR), ContextElement::new(1, ASYNC_NOTIFY, features)];
    Bind { max_xmit_frag: 5840, max_recv_frag: 5840, contexts, ..Bind::default() }
}

fn pdu(body: Body, call_id: u32, auth: Option<AuthVerifier>) -> Bytes {
    let pdu = Pdu::new(body, Flags::WHOLE, ByteOrder::Little, call_id);
    auth.map_or(pdu.clone(), |auth| pdu.with_auth(auth)).encode()
}

fn bind(auth: Option<AuthVerifier>) -> Bytes {
    pdu(Body::Bind(body(true)), 1, auth)
}

fn bind_without_multiplexing(auth: Option<AuthVerifier>) -> Bytes {
    pdu(Body::Bind(body(false)), 1, auth)
}

fn alter(auth: AuthVerifier) -> Bytes {
    pdu(Body::AlterContext(body(true)), 1, Some(auth))
}

fn auth3(auth: AuthVerifier) -> Bytes {
    pdu(Body::Auth3(dcerpc::pdu::Auth3 { pad: Bytes::from_static(b"any!") }), 1, Some(auth))
}

fn request(call_id: u32, auth: Option<AuthVerifier>) -> Bytes {
    pdu(Body::Request(Request::default()), call_id, auth)
}

const ACK: &str = "bind_ack 0x03 call 1 group 7: 0/0 3/3";
const ACK_WITHOUT: &str = "bind_ack 0x03 call 1 group 7: 0/0 3/2";

#[rstest]
#[case::unknown_provider(
    vec![bind(Some(verifier(0x44, 5, 0, "toy 1 alice")))],
    &["! refused 0: the provider can't do that: that provider", "bind_nak 0x03 call 1 8"]
)]
#[case::no_such_level(
    vec![bind(Some(verifier(10, 7, 0, "toy 1 alice")))],
    &["! refused 0: the provider can't do that: there is no level 7 of security", "bind_nak 0x03 call 1 0"]
)]
#[case::level_none(
    vec![bind(Some(verifier(10, 1, 0, "toy 1 alice")))],
    &["! refused 0: the provider can't do that: there is no level 1 of security", "bind_nak 0x03 call 1 0"]
)]
#[case::wrong_token(
    vec![bind(Some(verifier(10, 5, 3, "toy 1 mallory")))],
    &["! refused 3: the token was refused: b\"toy 1 mallory\" is not leg 1", "bind_nak 0x03 call 1 9"]
)]
#[case::wrong_token_later(
    vec![bind(Some(verifier(9, 5, 3, "toy 1 bob"))), alter(verifier(9, 5, 3, "toy 3 alice"))],
    &[ACK, "! refused 3: the token was refused: b\"toy 3 alice\" is not leg 3", "fault 0x23 call 1 0x00000721"]
)]
#[case::other_provider_later(
    vec![bind(Some(verifier(9, 5, 3, "toy 1 bob"))), alter(verifier(10, 5, 3, "toy 3 bob"))],
    &[ACK, "! refused 3: the token was refused: the legs of a context differ in auth_type", "fault 0x23 call 1 0x00000721"]
)]
#[case::no_provider_later(
    vec![bind(Some(verifier(9, 5, 3, "toy 1 bob"))), alter(verifier(0, 5, 3, "toy 3 bob"))],
    &[ACK, "! refused 3: the token was refused: a later leg without auth_type", "fault 0x23 call 1 0x00000005"]
)]
#[case::other_level_later(
    vec![bind(Some(verifier(9, 5, 3, "toy 1 bob"))), alter(verifier(9, 6, 3, "toy 3 bob"))],
    &[ACK, "! refused 3: the token was refused: the legs of a context differ in auth_level", "fault 0x23 call 1 0x00000005"]
)]
#[case::one_leg_more(
    vec![
        bind(Some(verifier(9, 5, 3, "toy 1 bob"))),
        alter(verifier(9, 5, 3, "toy 3 bob")),
        alter(verifier(9, 5, 3, "toy 5 bob")),
    ],
    &[
        ACK,
        "! established 3",
        "alter_context_resp 0x03 call 1 group 7: 0/0 3/3",
        "! refused 3: the token was refused: the context wants no more legs",
        "fault 0x23 call 1 0x00000005",
    ]
)]
#[case::unknown_provider_later(
    vec![bind(None), alter(verifier(0x10, 5, 1, "toy 1 bob"))],
    &[ACK, "! refused 1: the provider can't do that: that provider", "fault 0x23 call 1 0x000006d3"]
)]
#[case::too_many(
    vec![
        bind(Some(verifier(10, 5, 1, "toy 1 bob"))),
        alter(verifier(10, 5, 2, "toy 1 bob")),
        alter(verifier(10, 5, 3, "toy 1 bob")),
    ],
    &[
        ACK,
        "alter_context_resp 0x03 call 1 group 7: 0/0 3/3",
        "! refused 3: the token was refused: the connection has as many contexts as it may",
        "fault 0x23 call 1 0x000006c0",
    ]
)]
#[case::without_multiplexing_one_is_built_later(
    vec![bind_without_multiplexing(None), alter(verifier(10, 5, 1, "toy 1 bob"))],
    &[ACK_WITHOUT, "alter_context_resp 0x03 call 1 group 7: 0/0 3/3"]
)]
#[case::without_multiplexing_a_second(
    vec![bind_without_multiplexing(Some(verifier(10, 5, 1, "toy 1 bob"))), alter(verifier(10, 5, 2, "toy 1 bob"))],
    &[ACK_WITHOUT, "alter_context_resp 0x03 call 1 group 7: 0/0 3/3"]
)]
#[case::auth3_refused(
    vec![
        bind(Some(verifier(10, 5, 3, "toy 1 bob"))),
        auth3(verifier(10, 5, 3, "toy 3 alice")),
        request(2, Some(verifier(10, 5, 3, "0123456789abcdef"))),
    ],
    &[
        ACK,
        "! refused 3: the token was refused: b\"toy 3 alice\" is not leg 3",
        "! 172: the token was refused: b\"toy 3 alice\" is not leg 3",
        "fault 0x03 call 2 0x00000005",
    ]
)]
#[case::auth3_refused_at_connect(
    vec![bind(Some(verifier(10, 2, 3, "toy 1 bob"))), auth3(verifier(10, 2, 3, "toy 3 alice")), request(2, None)],
    &[
        ACK,
        "! refused 3: the token was refused: b\"toy 3 alice\" is not leg 3",
        "! 172: the token was refused: b\"toy 3 alice\" is not leg 3",
        "fault 0x03 call 2 0x00000005",
    ]
)]
#[case::auth3_too_early(
    vec![bind(Some(verifier(9, 5, 3, "toy 1 bob"))), auth3(verifier(9, 5, 3, "toy 3 bob"))],
    &[ACK, "! refused 3: the token was refused: an rpc_auth_3 that is not the last leg"]
)]
#[case::auth3_for_nothing(
    vec![bind(None), auth3(verifier(9, 5, 3, "toy 3 bob"))],
    &[
        ACK,
        "! refused 3: the token was refused: no such context is being built: its verifier names security context 3 of type 9 \
         at level 5",
    ]
)]
#[case::request_too_early(
    vec![bind(Some(verifier(10, 5, 3, "toy 1 bob"))), request(2, Some(verifier(10, 5, 3, "0123456789abcdef")))],
    &[ACK, "! 133: a request before security context 3 stands", "fault 0x23 call 2 0x1c01000b"]
)]
#[case::request_too_early_at_connect(
    vec![bind(Some(verifier(10, 2, 3, "toy 1 bob"))), request(2, None)],
    &[ACK, "! 133: a request before security context 3 stands", "fault 0x23 call 2 0x1c01000b"]
)]
fn a_server_answers(#[case] pdus: Vec<Bytes>, #[case] expected: &[&str]) {
    let mut server = guarded(|options| Options { max_security_contexts: 2, ..options });
    let said = run(&mut server, pdus);
    assert_eq!(said, expected);
    // A connection lives on after an rpc_auth_3 that was refused, and after what was not refused.
    let refuses = said.last().is_some_and(|last| last.starts_with("fault") || last.starts_with("bind_nak"));
    assert_eq!(server.is_closed(), refuses);
}

/// A server that has one security context on a connection takes no second one.
#[test]
fn a_second_context_can_be_refused() {
    let mut server = guarded(|options| Options { features: None, ..options });
    let second = alter(verifier(10, 5, 2, "toy 1 bob"));
    let said = run(&mut server, [bind(Some(verifier(10, 5, 1, "toy 1 bob"))), second]);
    assert_eq!(
        said[1..],
        [
            "! refused 2: the token was refused: a second context without security context multiplexing",
            "fault 0x23 call 1 0x00000005",
        ]
    );
}

/// An rpc_auth_3 is never answered, not even one that comes first or has no verifier.
#[test]
fn an_auth3_is_never_answered() {
    for (octets, why) in [
        (auth3(verifier(9, 5, 3, "toy 3 bob")), "! 0: rpc_auth_3 before a bind"),
        (
            pdu(Body::Auth3(dcerpc::pdu::Auth3 { pad: Bytes::from_static(&[0; 4]) }), 1, None),
            "! 0: MS-RPCE/2.2.2.10/auth-3-has-a-verifier: no verifier instead of more than 0",
        ),
    ] {
        let mut server = guarded(|options| options);
        assert_eq!(run(&mut server, [octets]), [why]);
        assert!(server.is_closed());
    }
}

/// A client and a server with a security context between them; what they say goes nowhere by itself.
fn bound(manner: Manner, level: Level, server: Server, multiplexing: bool) -> (Client, Server) {
    let (mut server, mut client) = (server, Client::new(client::Options { multiplexing: true, ..Default::default() }));
    let opening = Opening::new(Toy::client(manner, level, "alice")).unwrap();
    client.bind_altered(body(multiplexing).contexts, 0, Some(opening), |_| {}).unwrap();
    while let Some(octets) = client.take_output() {
        server.receive(octets);
        while let Some(event) = server.next_event() {
            if let ServerEvent::AssociationRequested { .. } = event {
                server.associate(Ok(7));
            }
        }
        while let Some(octets) = server.take_output() {
            client.receive(octets);
        }
        while client.next_event().is_some() {}
    }
    assert!(client.is_ready());
    (client, server)
}

fn calls(client: &mut Client, stubs: &[&'static [u8]]) -> Vec<Bytes> {
    let call = |stub: &&'static [u8]| {
        let call = Call { stub: Bytes::from_static(stub), auth: Auth::Usual, ..Call::default() };
        client.call_altered(call, |_| {}).unwrap();
        client.take_output().unwrap()
    };
    stubs.iter().map(call).collect()
}

fn edited(octets: &Bytes, edit: impl FnOnce(&mut Pdu)) -> Bytes {
    let mut pdu = Pdu::decode(octets).unwrap().value;
    edit(&mut pdu);
    pdu.measured().encode()
}

fn flip(octets: &Bytes, from_the_end: usize) -> Bytes {
    let mut octets = octets.to_vec();
    let at = octets.len() - from_the_end;
    octets[at] ^= 1;
    octets.into()
}

const TAKEN: &str = "! request 2 b\"1\"";
const WRONG: &str = "fault 0x03 call 2 0x00000721";

#[rstest]
#[case::untouched(Level::INTEGRITY, |pdus: Vec<Bytes>| pdus, &[TAKEN, "! request 3 b\"2\""])]
#[case::wrong_signature(Level::INTEGRITY, |pdus: Vec<Bytes>| vec![flip(&pdus[0], 1)], &[WRONG])]
#[case::wrong_signature_at_packet_level(Level::PKT, |pdus: Vec<Bytes>| vec![flip(&pdus[0], 1)], &[WRONG])]
#[case::wrong_stub(Level::PRIVACY, |pdus: Vec<Bytes>| vec![flip(&pdus[0], 40)], &[WRONG])]
#[case::wrong_padding(Level::PRIVACY, |pdus: Vec<Bytes>| vec![flip(&pdus[0], 25)], &[WRONG])]
#[case::replayed(
    Level::INTEGRITY,
    |pdus: Vec<Bytes>| vec![pdus[0].clone(), edited(&pdus[0], |_| {})],
    &[TAKEN, "fault 0x03 call 2 0x00000721"]
)]
#[case::reordered(Level::PRIVACY, |pdus: Vec<Bytes>| vec![pdus[1].clone(), pdus[0].clone()], &["fault 0x03 call 3 0x00000721"])]
#[case::left_out(Level::PKT, |pdus: Vec<Bytes>| vec![pdus[1].clone()], &["fault 0x03 call 3 0x00000721"])]
#[case::other_level(
    Level::PRIVACY,
    |pdus: Vec<Bytes>| vec![edited(&pdus[0], |pdu| pdu.auth.as_mut().unwrap().auth_level = 5)],
    &["fault 0x03 call 2 0x00000005"]
)]
#[case::other_type(
    Level::PRIVACY,
    |pdus: Vec<Bytes>| vec![edited(&pdus[0], |pdu| pdu.auth.as_mut().unwrap().auth_type = 9)],
    &["fault 0x03 call 2 0x00000005"]
)]
#[case::other_context(
    Level::INTEGRITY,
    |pdus: Vec<Bytes>| vec![edited(&pdus[0], |pdu| pdu.auth.as_mut().unwrap().context_id = 4)],
    &["fault 0x03 call 2 0x00000005"]
)]
#[case::no_verifier(
    Level::INTEGRITY,
    |pdus: Vec<Bytes>| vec![edited(&pdus[0], |pdu| pdu.auth = None)],
    &["fault 0x03 call 2 0x1c01000b"]
)]
#[case::zeros_are_no_signature_above_packet(
    Level::INTEGRITY,
    |pdus: Vec<Bytes>| vec![edited(&pdus[0], |pdu| pdu.auth.as_mut().unwrap().token = Bytes::from_static(&[0; 16]))],
    &[WRONG]
)]
#[case::zeros_at_packet_level(
    Level::PKT,
    |pdus: Vec<Bytes>| vec![edited(&pdus[0], |pdu| pdu.auth.as_mut().unwrap().token = Bytes::from_static(&[0; 16]))],
    &[TAKEN]
)]
#[case::no_verifier_at_packet_level(Level::PKT, |pdus: Vec<Bytes>| vec![edited(&pdus[0], |pdu| pdu.auth = None)], &[TAKEN])]
#[case::cancel_with_a_wrong_verifier(
    Level::INTEGRITY,
    |pdus: Vec<Bytes>| vec![pdus[0].clone(), pdu(Body::CoCancel, 2, Some(verifier(10, 5, 1, "0123456789abcdef")))],
    &[TAKEN]
)]
fn what_crosses_is_verified(
    #[case] level: Level,
    #[case] tamper: fn(Vec<Bytes>) -> Vec<Bytes>,
    #[case] expected: &[&str],
) {
    let server = guarded(|options| Options { features: None, ..options });
    let (mut client, mut server) = bound(THREE, level, server, false);
    let pdus = tamper(calls(&mut client, &[b"1", b"2"]));
    let said = run(&mut server, pdus);
    let taken_or_answered: Vec<_> = said.iter().filter(|said| !said.contains(": ")).collect();
    assert_eq!(taken_or_answered, expected);
    assert_eq!(server.is_closed(), taken_or_answered.len() < said.len());
}

/// What the policy and the required level make of requests at each level; none stands for a request without a verifier.
#[rstest]
#[case::signed(Level::PKT, PacketLevel::Signed, Level::PKT, false, TAKEN)]
#[case::unsigned_where_signed_is_due(
    Level::PKT,
    PacketLevel::Signed,
    Level::NONE,
    true,
    "fault 0x03 call 2 0x1c01000b"
)]
#[case::unsigned(Level::PKT, PacketLevel::Unsigned, Level::PKT, true, TAKEN)]
#[case::signed_where_nothing_is_due(Level::PKT, PacketLevel::Unsigned, Level::PKT, false, TAKEN)]
#[case::call_counts_as_packet(Level::CALL, PacketLevel::Any, Level::PKT, false, TAKEN)]
#[case::connect(Level::CONNECT, PacketLevel::Any, Level::CONNECT, false, TAKEN)]
#[case::below(Level::CONNECT, PacketLevel::Any, Level::PKT, false, "fault 0x03 call 2 0x00000005")]
#[case::one_below(Level::INTEGRITY, PacketLevel::Any, Level::PRIVACY, false, "fault 0x03 call 2 0x00000005")]
fn levels_are_required(
    #[case] level: Level,
    #[case] packet_level: PacketLevel,
    #[case] required_level: Level,
    #[case] unsigned: bool,
    #[case] expected: &str,
) {
    let server = guarded(|options| Options { packet_level, required_level, features: None, ..options });
    let (mut client, mut server) = bound(THREE, level, server, false);
    let [pdu] = calls(&mut client, &[b"1"]).try_into().unwrap();
    let pdu = if unsigned { edited(&pdu, |pdu| pdu.auth = None) } else { pdu };
    assert_eq!(run(&mut server, [pdu]).last().map(String::as_str), Some(expected));
}

#[test]
fn anonymous_calls_are_refused_where_a_level_is_required() {
    let anonymous = || vec![bind(None), request(2, None)];
    let mut server = guarded(|options| Options { required_level: Level::CONNECT, ..options });
    assert_eq!(run(&mut server, anonymous()).last().map(String::as_str), Some("fault 0x03 call 2 0x00000005"));
    assert_eq!(run(&mut guarded(|options| options), anonymous()).last().map(String::as_str), Some("! request 2 b\"\""));
}

/// With security context multiplexing a request without a verifier is in no context, unless its level wants none.
#[test]
fn a_dropped_verifier_makes_an_anonymous_call() {
    for (required_level, expected) in [(Level::NONE, TAKEN), (Level::PKT, "fault 0x03 call 2 0x00000005")] {
        let server = guarded(|options| Options { required_level, ..options });
        let (mut client, mut server) = bound(THREE, Level::INTEGRITY, server, true);
        let [pdu] = calls(&mut client, &[b"1"]).try_into().unwrap();
        assert_eq!(run(&mut server, [edited(&pdu, |pdu| pdu.auth = None)]).last().map(String::as_str), Some(expected));
    }
}

#[test]
fn later_fragments_belong_to_the_context_of_the_first() {
    let (mut client, mut server) = bound(THREE, Level::PRIVACY, guarded(|options| options), true);
    let call = Call { stub: Bytes::from_static(b"abcd"), stub_octets_per_fragment: Some(2), ..Call::default() };
    client.call(call).unwrap();
    let first = client.take_output().unwrap();
    let last = edited(&client.take_output().unwrap(), |pdu| pdu.auth = None);
    let said = run(&mut server, [first, last]);
    assert_eq!(
        said,
        [
            "! 238: the protection of the PDU does not verify: nothing protects it at level 6",
            "fault 0x03 call 2 0x1c01000b"
        ]
    );
}

#[rstest]
#[case::untouched(|pdu: Bytes| pdu, "returned 2 b\"one\"")]
#[case::wrong_signature(|pdu: Bytes| flip(&pdu, 1), "99: response of call 2: the protection of the PDU does not verify: PDU 0")]
#[case::no_verifier(
    |pdu: Bytes| edited(&pdu, |pdu| pdu.auth = None),
    "99: response of call 2: the protection of the PDU does not verify: nothing protects it at level 5"
)]
#[case::other_context(
    |pdu: Bytes| edited(&pdu, |pdu| pdu.auth.as_mut().unwrap().context_id = 7),
    "99: response of call 2: its verifier names security context 7 of type 10 at level 5"
)]
fn a_client_verifies_responses(#[case] tamper: fn(Bytes) -> Bytes, #[case] expected: &str) {
    let (mut client, mut server) = bound(THREE, Level::INTEGRITY, guarded(|options| options), true);
    let pdus = calls(&mut client, &[b"1"]);
    run(&mut server, pdus);
    assert!(server.respond(2, Ok(Bytes::from_static(b"one"))));
    client.receive(tamper(server.take_output().unwrap()));
    assert_eq!(client.next_event().map(super::of_client::describe).as_deref(), Some(expected));
    assert_eq!(client.is_ended(), expected.starts_with("99:"));
}

#[test]
fn a_verifier_nobody_asked_for_is_not_trusted() {
    let mut client = Client::new(client::Options::default());
    client.bind(body(true).contexts, 0).unwrap();
    let mut server = guarded(|options| options);
    run(&mut server, [client.take_output().unwrap()]);
    let mut server = guarded(|options| options);
    server.receive(bind(None));
    server.next_event();
    server.associate(Ok(7));
    client.receive(server.take_output().unwrap());
    client.next_event();
    let pdus = calls(&mut client, &[b"1"]);
    run(&mut server, pdus);
    server.respond(2, Ok(Bytes::from_static(b"four")));
    let response =
        edited(&server.take_output().unwrap(), |pdu| pdu.auth = Some(verifier(10, 5, 1, "0123456789abcdef")));
    client.receive(response);
    assert!(matches!(client.next_event(), Some(Event::Unverified { call_id: 2, .. })));
}

/// What a client makes of the first answer to a bind that builds a context.
#[rstest]
#[case::wrong_token(
    |pdu: Bytes| edited(&pdu, |pdu| pdu.auth.as_mut().unwrap().token = Bytes::from_static(b"toy 2 bob")),
    "failed 1: the token was refused: b\"toy 2 bob\" is not leg 2"
)]
#[case::no_token(|pdu: Bytes| edited(&pdu, |pdu| pdu.auth = None), "failed 1: the token was refused: the server sent no token")]
#[case::other_context(
    |pdu: Bytes| edited(&pdu, |pdu| pdu.auth.as_mut().unwrap().context_id = 7),
    "0: bind_ack: its verifier names security context 7 of type 9 at level 6"
)]
#[case::nothing_accepted(
    |pdu: Bytes| edited(&pdu, |pdu| {
        pdu.auth = None;
        let Body::BindAck(ack) = &mut pdu.body else { panic!() };
        ack.results[0] = dcerpc::pdu::ContextResult::reject(1);
    }),
    "bound to 0x7"
)]
#[case::a_fault(|_| pdu(Body::Fault(dcerpc::pdu::Fault::new(0, 5)), 1, None), "fault 1 0x00000005 false")]
fn a_client_makes_of_an_ack(#[case] tamper: fn(Bytes) -> Bytes, #[case] expected: &str) {
    let mut client = Client::new(client::Options::default());
    let opening = Opening::new(Toy::client(FOUR, Level::PRIVACY, "alice")).unwrap();
    client.bind_altered(body(true).contexts, 0, Some(opening), |_| {}).unwrap();
    let mut server = guarded(|options| options);
    server.receive(client.take_output().unwrap());
    server.next_event();
    server.associate(Ok(7));
    client.receive(tamper(server.take_output().unwrap()));
    assert_eq!(client.next_event().map(super::of_client::describe).as_deref(), Some(expected));
    assert_eq!(client.take_output(), None);
    assert_eq!(client.is_ended(), !expected.starts_with("bound"));
}

/// A fault in place of the answer to a later leg ends a bind, and only refuses an alter_context.
#[test]
fn a_leg_may_be_answered_with_a_fault() {
    let (mut client, _) = bound(THREE, Level::CONNECT, guarded(|options| options), true);
    let opening = Opening::new(Toy::client(FOUR, Level::PRIVACY, "bob")).unwrap();
    let contexts = vec![ContextElement::new(2, ASYNC_NOTIFY, NDR)];
    let call_id = client.alter_context_altered(contexts, Some(opening), |_| {}).unwrap();
    client.receive(pdu(Body::Fault(dcerpc::pdu::Fault::new(0, 0x721)), call_id, None));
    assert!(matches!(client.next_event(), Some(Event::Fault(fault)) if fault.of_alter_context));
    assert!(client.is_ready());
    assert_eq!(
        client.established().map(|it| (it.provider, it.level)).collect::<Vec<_>>(),
        [(Provider::NTLM, Level::CONNECT)]
    );
}
