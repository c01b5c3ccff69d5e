//! Both ends build security contexts and protect calls in them.

use bytes::Bytes;
use dcerpc::ByteOrder;
use dcerpc::connection::client::{Auth, Call, Event, NotNow, Opening};
use dcerpc::connection::{PacketLevel, client, server};
use dcerpc::pdu::{Body, ContextElement, Features, Flags, Pdu};
use dcerpc::security::{Level, NoSecurity, Protection, Provider, Unsigned};
use proptest::prelude::*;
use rstest::rstest;
use uuid::Uuid;

use super::pair::Pair;
use super::toy::{Desk, Manner, Toy};
use super::{ASYNC_NOTIFY, NDR, REMOTE_OBJECT};

fn opening(manner: Manner, level: Level, password: &str) -> Option<Opening> {
    Some(Opening::new(Toy::client(manner, level, password)).unwrap())
}

fn contexts() -> Vec<ContextElement> {
    vec![ContextElement::new(0, ASYNC_NOTIFY, NDR), ContextElement::new(1, ASYNC_NOTIFY, Features(3).to_syntax())]
}

/// A pair that has bound with a security context.
fn bound(manner: Manner, level: Level, client: client::Options, server: server::Options) -> Pair {
    let server = server::Options { acceptor: Desk::with(&[manner]), ..server };
    let mut pair = Pair::new(client, server, usize::MAX);
    pair.client.bind_altered(contexts(), 0, opening(manner, level, "alice"), |_| {}).unwrap();
    let (events, _) = pair.run();
    assert!(matches!(events.as_slice(), [Event::Established(_), Event::Bound(_)]), "{events:?}");
    pair
}

fn call(stub: &'static [u8], auth: Auth) -> Call {
    Call { stub: Bytes::from_static(stub), auth, ..Call::default() }
}

/// The PDUs that a client sends while it binds, in few words.
fn sent_by_client(pair: &mut Pair) -> Vec<String> {
    let mut sent = Vec::new();
    loop {
        let Some(pdu) = pair.client.take_output() else { return sent };
        sent.push(super::describe(&pdu));
        pair.server.receive(pdu);
        while let Some(event) = pair.server.next_event() {
            if let server::Event::AssociationRequested { .. } = event {
                pair.server.associate(Ok(1));
            }
        }
        while let Some(pdu) = pair.server.take_output() {
            pair.client.receive(pdu);
        }
        while pair.client.next_event().is_some() {}
    }
}

#[rstest]
#[case::one(Provider::NEGOTIATE, 1, &["bind 0x07 call 1"])]
#[case::two(Provider::KERBEROS, 2, &["bind 0x07 call 1"])]
#[case::three(Provider::NTLM, 3, &["bind 0x07 call 1", "rpc_auth_3 0x03 call 1"])]
#[case::three_where_an_answer_is_due(Provider::KERBEROS, 3, &["bind 0x07 call 1", "alter_context 0x07 call 1"])]
#[case::four(Provider::NEGOTIATE, 4, &["bind 0x07 call 1", "alter_context 0x07 call 1"])]
#[case::five(Provider::NTLM, 5, &["bind 0x07 call 1", "alter_context 0x07 call 1", "rpc_auth_3 0x03 call 1"])]
#[case::six(Provider::NTLM, 6, &["bind 0x07 call 1", "alter_context 0x07 call 1", "alter_context 0x07 call 1"])]
fn legs_go_as_the_provider_wants(#[case] provider: Provider, #[case] legs: u8, #[case] expected: &[&str]) {
    let manner = Manner { provider, legs, token: [16, 16] };
    let server = server::Options { acceptor: Desk::with(&[manner]), ..super::options() };
    let mut pair = Pair::new(client::Options::default(), server, usize::MAX);
    pair.client.bind_altered(contexts(), 0, opening(manner, Level::INTEGRITY, "alice"), |_| {}).unwrap();
    assert_eq!(sent_by_client(&mut pair), expected);
    assert!(pair.client.is_ready() && pair.client.signs_headers());
    pair.client.call(call(b"stub", Auth::Usual)).unwrap();
    let (events, requests) = pair.run();
    let [request] = requests.as_slice() else { panic!("{requests:?}") };
    let security = request.security.as_ref().unwrap();
    assert_eq!((security.provider, security.level), (provider, Level::INTEGRITY));
    assert_eq!(security.account.as_ref().map(|account| account.user.as_str()), Some("alice"));
    assert_eq!(request.protection, Protection::Signed);
    assert!(matches!(events.as_slice(), [Event::Returned(it)] if it.protection == Protection::Signed), "{events:?}");
}

#[test]
fn no_security_is_an_anonymous_bind() {
    let mut pair = Pair::new(client::Options::default(), super::options(), usize::MAX);
    pair.client.bind_altered(contexts(), 0, Some(Opening::new(Box::new(NoSecurity)).unwrap()), |_| {}).unwrap();
    assert!(matches!(pair.run().0.as_slice(), [Event::Bound(_)]));
    assert_eq!(pair.client.established().count(), 0);
}

#[rstest]
#[case::connect(Level::CONNECT, PacketLevel::Any, None, Protection::Unprotected)]
#[case::call(Level::CALL, PacketLevel::Any, Some(16), Protection::Signed)]
#[case::packet(Level::PKT, PacketLevel::Any, Some(16), Protection::Signed)]
#[case::packet_signed(Level::PKT, PacketLevel::Signed, Some(16), Protection::Signed)]
#[case::packet_unsigned(Level::PKT, PacketLevel::Unsigned, None, Protection::Unsigned(Unsigned::Absent))]
#[case::integrity(Level::INTEGRITY, PacketLevel::Unsigned, Some(16), Protection::Signed)]
#[case::privacy(Level::PRIVACY, PacketLevel::Unsigned, Some(16), Protection::Signed)]
fn what_protects_a_call(
    #[case] level: Level,
    #[case] packet_level: PacketLevel,
    #[case] token: Option<usize>,
    #[case] protection: Protection,
) {
    let client = client::Options { packet_level, ..client::Options::default() };
    let mut pair = bound(Manner::THREE_LEGS, level, client, super::options());
    pair.client.call(call(b"a stub", Auth::Usual)).unwrap();
    let request = pair.client.take_output().unwrap();
    let seen = Pdu::decode(&request).unwrap();
    assert_eq!(seen.defects, []);
    let auth = seen.value.auth.as_ref();
    assert_eq!(auth.map(|auth| (auth.token.len(), auth.padding.len())), token.map(|token| (token, 10)));
    assert!(auth.is_none_or(|auth| (auth.auth_type, auth.auth_level) == (10, level.0)));
    let Body::Request(body) = &seen.value.body else { panic!("{seen:?}") };
    assert_eq!(body.stub == b"a stub"[..], level != Level::PRIVACY);
    pair.server.receive(request);
    let (events, requests) = pair.run();
    assert_eq!((requests[0].protection, &requests[0].stub[..]), (protection, &b"a stub"[..]));
    assert_eq!(requests[0].security.as_ref().unwrap().level, level);
    // An unsigned call is answered unsigned.
    let [Event::Returned(returned)] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((returned.protection, &returned.stub[..]), (protection, &b"a stub"[..]));
}

#[rstest]
#[case::both(true, true, Level::INTEGRITY, true)]
#[case::not_the_client(false, true, Level::INTEGRITY, false)]
#[case::not_the_server(true, false, Level::PRIVACY, false)]
#[case::nothing_is_signed(true, true, Level::CONNECT, false)]
fn headers_are_signed_when_both_say_so(
    #[case] client: bool,
    #[case] server: bool,
    #[case] level: Level,
    #[case] signed: bool,
) {
    let client = client::Options { header_signing: client, ..client::Options::default() };
    let server = server::Options { header_signing: server, ..super::options() };
    let mut pair = bound(Manner::FOUR_LEGS, level, client, server);
    assert_eq!(pair.client.signs_headers(), signed);
    // Only a signed header shows that its call_id was changed.
    pair.client.call(call(b"1", Auth::Usual)).unwrap();
    let mut request = pair.client.take_output().unwrap().to_vec();
    request[12] = 9;
    pair.server.receive(request.into());
    let taken = matches!(pair.server.next_event(), Some(server::Event::Request(request)) if request.call_id == 9);
    assert_eq!(taken, !signed);
}

#[test]
fn several_contexts_share_a_connection() {
    let manners = [Manner::THREE_LEGS, Manner::FOUR_LEGS];
    let server = server::Options { acceptor: Desk::with(&manners), ..super::options() };
    let mut pair = Pair::new(client::Options::default(), server, 7);
    pair.client.bind(contexts(), 0).unwrap();
    pair.run();
    for (manner, level, password) in
        [(manners[0], Level::CONNECT, "alice"), (manners[1], Level::PRIVACY, "bob"), (manners[0], Level::PKT, "alice")]
    {
        let context = vec![ContextElement::new(4, REMOTE_OBJECT, NDR)];
        pair.client.alter_context_altered(context, opening(manner, level, password), |_| {}).unwrap();
        let (events, _) = pair.run();
        assert!(matches!(events.as_slice(), [Event::Established(_), Event::Bound(_)]), "{events:?}");
    }
    assert_eq!(pair.accounts, ["alice", "bob", "alice"]);
    assert_eq!(pair.client.established().map(|it| it.auth_context_id).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(pair.client.call(call(b"", Auth::Context(4))), Err(NotNow::NoSuchContext));
    for (auth, level, protection) in [
        (Auth::Context(3), Some(Level::PKT), Protection::Signed),
        // Among several contexts one at connect level has to be named.
        (Auth::Usual, Some(Level::CONNECT), Protection::Unprotected),
        (Auth::None, None, Protection::Unprotected),
        (Auth::Context(2), Some(Level::PRIVACY), Protection::Signed),
    ] {
        pair.client.call(call(b"stub", auth)).unwrap();
        let (events, requests) = pair.run();
        let security = requests[0].security.as_ref();
        assert_eq!((security.map(|it| it.level), requests[0].protection), (level, protection));
        assert!(matches!(events.as_slice(), [Event::Returned(returned)] if returned.protection == protection));
    }
}

#[test]
fn the_answer_to_an_orphan_is_counted() {
    let mut pair = bound(Manner::THREE_LEGS, Level::PRIVACY, client::Options::default(), super::options());
    let given_up = pair.client.call(call(b"stub", Auth::Usual)).unwrap();
    pair.server.receive(pair.client.take_output().unwrap());
    assert!(matches!(pair.server.next_event(), Some(server::Event::Request(_))));
    assert!(pair.server.respond(given_up, Ok(Bytes::from_static(b"too late"))));
    pair.client.orphan(given_up);
    pair.client.receive(pair.server.take_output().unwrap());
    assert_eq!(pair.client.next_event(), None);
    pair.client.take_output().unwrap();
    pair.client.call(call(b"stub", Auth::Usual)).unwrap();
    assert!(matches!(pair.run().0.as_slice(), [Event::Returned(it)] if it.protection == Protection::Signed));
}

#[test]
fn faults_are_not_protected_and_a_protected_one_is_told() {
    let mut pair = bound(Manner::THREE_LEGS, Level::PRIVACY, client::Options::default(), super::options());
    for verifier in [false, true] {
        let call_id = pair.client.call(call(b"stub", Auth::Usual)).unwrap();
        pair.server.receive(pair.client.take_output().unwrap());
        pair.server.next_event();
        assert!(pair.server.respond(call_id, Err(server::Refusal::failed(5))));
        let mut fault = Pdu::decode(&pair.server.take_output().unwrap()).unwrap().value;
        assert_eq!(fault.auth, None);
        if verifier {
            let token = Bytes::from_static(&[7; 16]);
            fault = fault.with_auth(dcerpc::pdu::AuthVerifier { auth_type: 10, token, ..Default::default() });
        }
        pair.client.receive(fault.encode());
        let Some(Event::Fault(fault)) = pair.client.next_event() else { panic!("no fault") };
        assert_eq!((fault.status, fault.has_verifier), (5, verifier));
    }
}

/// The last leg is answered with a sec_trailer and a token of no octets, or with nothing of the kind.
#[rstest]
#[case::as_the_server_does(false)]
#[case::without(true)]
fn the_last_answer_has_no_token(#[case] without: bool) {
    let manner = Manner { provider: Provider::KERBEROS, ..Manner::THREE_LEGS };
    let server = server::Options { acceptor: Desk::with(&[manner]), ..super::options() };
    let mut pair = Pair::new(client::Options::default(), server, usize::MAX);
    pair.client.bind_altered(contexts(), 0, opening(manner, Level::PRIVACY, "alice"), |_| {}).unwrap();
    let mut tokens = Vec::new();
    for _ in 0..2 {
        pair.server.receive(pair.client.take_output().unwrap());
        while let Some(event) = pair.server.next_event() {
            if let server::Event::AssociationRequested { .. } = event {
                pair.server.associate(Ok(1));
            }
        }
        let octets = pair.server.take_output().unwrap();
        let decoded = Pdu::decode(&octets).unwrap();
        assert_eq!((&decoded.defects, decoded.value.encode()), (&vec![], octets));
        let mut answer = decoded.value;
        tokens.push(answer.auth.as_ref().map(|auth| auth.token.len()));
        if without && tokens.len() == 2 {
            answer.auth = None;
            answer = answer.measured();
        }
        pair.client.receive(answer.encode());
        assert!(!matches!(pair.client.next_event(), Some(Event::Malformed { .. })));
    }
    assert_eq!(tokens, [Some(11), Some(0)]);
    assert!(pair.client.is_ready());
}

fn level() -> impl Strategy<Value = Level> {
    (2..=6_u8).prop_map(Level)
}

fn order() -> impl Strategy<Value = ByteOrder> {
    prop_oneof![Just(ByteOrder::Little), Just(ByteOrder::Big)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn protected_stubs_come_back(
        level in level(),
        legs in 1..=5_u8,
        odd: bool,
        tokens in (8..90_usize, 8..90_usize),
        header_signing: bool,
        orders in (order(), order()),
        pieces in (prop::option::of(1..50_usize), prop::option::of(1..50_usize)),
        frags in (1432..6000_u16, 1432..6000_u16),
        object in prop::option::of(any::<u128>().prop_map(Uuid::from_u128)),
        stub in prop::collection::vec(any::<u8>(), 0..6000),
        cut in 1..3000_usize,
    ) {
        let provider = if odd { Provider::NTLM } else { Provider::NEGOTIATE };
        let manner = Manner { provider, legs, token: [tokens.0, tokens.1] };
        let client = client::Options {
            order: orders.0,
            stub_octets_per_fragment: pieces.0,
            max_xmit_frag: frags.0,
            max_recv_frag: frags.0,
            multiplexing: true,
            header_signing,
            ..client::Options::default()
        };
        let server = server::Options {
            order: orders.1,
            stub_octets_per_fragment: pieces.1,
            max_xmit_frag: frags.1,
            max_recv_frag: frags.1,
            acceptor: Desk::with(&[manner]),
            required_level: if level == Level::CALL { Level::PKT } else { level },
            ..super::options()
        };
        let mut pair = Pair::new(client, server, cut);
        pair.client.bind_altered(contexts(), 0, opening(manner, level, "bob"), |_| {}).unwrap();
        pair.run();
        let stub = Bytes::from(stub);
        for _ in 0..2 {
            pair.client.call(Call { object, stub: stub.clone(), ..Call::default() }).unwrap();
        }
        let (events, requests) = pair.run();
        prop_assert_eq!((events.len(), requests.len()), (2, 2));
        let protection = if level == Level::CONNECT { Protection::Unprotected } else { Protection::Signed };
        for (event, request) in events.into_iter().zip(requests) {
            let Event::Returned(returned) = event else { panic!("{event:?}") };
            prop_assert_eq!((&returned.stub, &request.stub), (&stub, &stub));
            prop_assert_eq!((&returned.protection, &request.protection), (&protection, &protection));
            prop_assert_eq!(request.object, object);
        }
    }

    /// No fragment is longer than agreed, and each verifier is where it should be.
    #[test]
    fn fragments_are_padded_and_fit(stub in 0..6000_usize, piece in prop::option::of(1..40_usize), token in 1..80_usize) {
        let manner = Manner { token: [token, token], ..Manner::THREE_LEGS };
        let client = client::Options { max_xmit_frag: 1432, ..client::Options::default() };
        let mut pair = bound(manner, Level::PRIVACY, client, super::options());
        let stub = vec![7; stub].into();
        pair.client.call(Call { stub, stub_octets_per_fragment: piece, ..Call::default() }).unwrap();
        while let Some(pdu) = pair.client.take_output() {
            prop_assert!(pdu.len() <= 1432);
            let decoded = Pdu::decode(&pdu).unwrap();
            prop_assert_eq!(decoded.defects, []);
            let Body::Request(request) = decoded.value.body else { panic!() };
            let auth = decoded.value.auth.unwrap();
            prop_assert_eq!((request.stub.len() + auth.padding.len()) % 16, 0);
            prop_assert!(auth.padding.len() < 16 && auth.token.len() == token);
        }
    }

    #[test]
    fn changed_protected_pdus_never_panic(at in 0..80_usize, octet: u8, level in level(), first: bool) {
        let mut pair = bound(Manner::THREE_LEGS, level, client::Options::default(), super::options());
        pair.client.call(call(b"a stub", Auth::Usual)).unwrap();
        let mut request = pair.client.take_output().unwrap().to_vec();
        if first {
            let at = at % request.len();
            request[at] = octet;
        }
        pair.server.receive(request.into());
        while let Some(event) = pair.server.next_event() {
            if let server::Event::Request(request) = event {
                pair.server.respond(request.call_id, Ok(Bytes::from_static(b"an answer")));
            }
        }
        let mut answer = pair.server.take_output().unwrap_or_default().to_vec();
        if let Some(changed) = answer.get_mut(at) {
            *changed = octet;
        }
        pair.client.receive(answer.into());
        while pair.client.next_event().is_some() {}
    }

    #[test]
    fn hostile_legs_never_panic(
        legs in prop::collection::vec((0..4_u8, any::<u8>(), 0..8_u8, 0..3_u32, prop::collection::vec(any::<u8>(), 0..20)), 0..6),
    ) {
        let server = server::Options { acceptor: Desk::with(&[Manner::THREE_LEGS, Manner::FOUR_LEGS]), ..super::options() };
        let mut server = super::server(server);
        for ((ptype, auth_type, auth_level, context_id, token), call_id) in legs.into_iter().zip(1..) {
            let bind = dcerpc::pdu::Bind { contexts: contexts(), ..Default::default() };
            let body = match ptype {
                0 => Body::Bind(bind),
                1 => Body::AlterContext(bind),
                2 => Body::Auth3(dcerpc::pdu::Auth3 { pad: Bytes::from_static(&[0; 4]) }),
                _ => Body::Request(dcerpc::pdu::Request::default()),
            };
            let auth_type = if auth_type & 1 == 0 { 10 } else { auth_type };
            let token = if auth_type == 10 { Bytes::from_static(b"toy 1 alice") } else { token.into() };
            let auth = dcerpc::pdu::AuthVerifier { auth_type, auth_level, context_id, token, ..Default::default() };
            server.receive(Pdu::new(body, Flags::WHOLE, ByteOrder::Little, call_id).with_auth(auth).encode());
            while let Some(event) = server.next_event() {
                if let server::Event::AssociationRequested { .. } = event {
                    server.associate(Ok(1));
                }
            }
        }
    }
}
