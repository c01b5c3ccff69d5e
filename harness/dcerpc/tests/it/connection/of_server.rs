//! What a server answers.

use bytes::Bytes;
use dcerpc::connection::server::{Event, Options, Refusal, Server};
use dcerpc::pdu::{
    Bind, BindNak, Body, Command, ContextElement, Fault, Features, Flags, Pdu, Request, VerificationTrailer,
};
use dcerpc::{ByteOrder, SyntaxId, TransferSyntax};
use proptest::prelude::*;
use rstest::rstest;
use uuid::Uuid;

use super::{ASYNC_NOTIFY, NDR, NDR64, REMOTE_OBJECT, describe, octets, options, server};
use crate::pdu::golden;

fn bind(flags: Flags, contexts: Vec<ContextElement>) -> Bytes {
    let bind = Bind { max_xmit_frag: 5840, max_recv_frag: 5840, contexts, ..Bind::default() };
    Pdu::new(Body::Bind(bind), flags, ByteOrder::Little, 1).encode()
}

fn request(call_id: u32, flags: Flags, change: impl FnOnce(&mut Request)) -> Bytes {
    let mut request = Request { stub: Bytes::from_static(b"12345678"), ..Request::default() };
    change(&mut request);
    Pdu::new(Body::Request(request), flags, ByteOrder::Little, call_id).encode()
}

/// Runs a server until it has nothing more to say; every bind joins association 7.
pub(super) fn run(server: &mut Server, octets: impl IntoIterator<Item = Bytes>) -> Vec<String> {
    let mut said = Vec::new();
    for octets in octets {
        server.receive(octets);
        while let Some(event) = server.next_event() {
            match event {
                Event::AssociationRequested { .. } => server.associate(Ok(7)),
                Event::Request(request) => said.push(format!("! request {} {:?}", request.call_id, request.stub)),
                Event::Cancelled { call_id } => said.push(format!("! cancelled {call_id}")),
                Event::Orphaned { call_id } => said.push(format!("! orphaned {call_id}")),
                Event::Established(it) => said.push(format!("! established {}", it.auth_context_id)),
                Event::AuthenticationRefused { auth_context_id, why, .. } => {
                    said.push(format!("! refused {auth_context_id}: {why}"));
                }
                Event::ProtocolError { offset, why } => said.push(format!("! {offset}: {why}")),
            }
        }
        said.extend(std::iter::from_fn(|| server.take_output()).map(|pdu| describe(&pdu)));
    }
    said
}

fn bound(flags: Flags) -> Server {
    let mut server = server(options());
    let context = |id| ContextElement::new(id, ASYNC_NOTIFY, NDR);
    let said = run(&mut server, [bind(Flags::WHOLE.with(flags), vec![context(0)])]);
    assert_eq!(said.len(), 1);
    server
}

#[rstest]
#[case::wine("Wine 8.0", &[TransferSyntax::Ndr], "bind_ack 0x03 call 1 group 7: 0/0")]
#[case::go("go-msrpc", &[TransferSyntax::Ndr64], "bind_ack 0x13 call 1 group 7: 0/0 3/3")]
#[case::go_without_ndr64("go-msrpc", &[TransferSyntax::Ndr], "bind_ack 0x13 call 1 group 7: 2/2 3/3")]
#[case::scapy("Scapy 2.8", &[TransferSyntax::Ndr64, TransferSyntax::Ndr], "bind_ack 0x03 call 1 group 7: 2/2 0/0 3/3")]
#[case::scapy_prefers_ndr("Scapy 2.8", &[TransferSyntax::Ndr, TransferSyntax::Ndr64], "bind_ack 0x03 call 1 group 7: 0/0 2/2 3/3")]
fn binds_of_others_are_answered(#[case] maker: &str, #[case] syntaxes: &[TransferSyntax], #[case] answer: &str) {
    let mut server = server(Options { transfer_syntaxes: syntaxes.to_vec(), ..options() });
    assert_eq!(run(&mut server, [golden(maker, "bind")]), [answer]);
}

#[rstest]
#[case::accepted(vec![ContextElement::new(3, ASYNC_NOTIFY, NDR)], "0/0")]
#[case::two_interfaces(vec![ContextElement::new(0, ASYNC_NOTIFY, NDR), ContextElement::new(1, REMOTE_OBJECT, NDR)], "0/0 0/0")]
#[case::newer_minor_version(vec![ContextElement::new(0, SyntaxId::new(ASYNC_NOTIFY.uuid, 1, 1), NDR)], "2/1")]
#[case::other_major_version(vec![ContextElement::new(0, SyntaxId::new(ASYNC_NOTIFY.uuid, 2, 0), NDR)], "2/1")]
#[case::unknown_interface(vec![ContextElement::new(0, SyntaxId::new(Uuid::nil(), 1, 0), NDR)], "2/1")]
#[case::unknown_syntax(vec![ContextElement::new(0, ASYNC_NOTIFY, NDR64)], "2/2")]
#[case::several_syntaxes_in_one_context(
    vec![ContextElement { transfer_syntaxes: vec![NDR64, NDR], ..ContextElement::new(0, ASYNC_NOTIFY, NDR) }],
    "0/0"
)]
#[case::the_same_twice(vec![ContextElement::new(0, ASYNC_NOTIFY, NDR), ContextElement::new(1, ASYNC_NOTIFY, NDR)], "0/0 2/2")]
#[case::features_before_a_syntax(vec![with_syntaxes(&[Features(0xFE).to_syntax(), NDR])], "3/2")]
#[case::features_after_a_syntax(vec![with_syntaxes(&[NDR64, Features(0xFE).to_syntax()])], "2/2")]
#[case::no_features(vec![ContextElement::new(0, SyntaxId::new(Uuid::nil(), 0, 0), Features(0).to_syntax())], "3/0")]
fn contexts_are_negotiated(#[case] contexts: Vec<ContextElement>, #[case] results: &str) {
    let said = run(&mut server(options()), [bind(Flags::WHOLE, contexts)]);
    assert_eq!(said, [format!("bind_ack 0x03 call 1 group 7: {results}")]);
}

#[test]
fn an_interface_is_added_by_alter_context() {
    let mut server = bound(Flags::NONE);
    let alter = Bind { contexts: vec![ContextElement::new(1, REMOTE_OBJECT, NDR)], ..Bind::default() };
    let alter = Pdu::new(Body::AlterContext(alter), Flags::WHOLE, ByteOrder::Little, 2).encode();
    let request = request(3, Flags::WHOLE, |request| request.context_id = 1);
    let said = run(&mut server, [alter, request]);
    assert_eq!(said, ["alter_context_resp 0x03 call 2 group 7: 0/0", "! request 3 b\"12345678\""]);
}

fn is_first(call_id: u32) -> Bytes {
    request(call_id, Flags::FIRST, |_| {})
}

fn last(call_id: u32) -> Bytes {
    request(call_id, Flags::LAST, |_| {})
}

fn whole(call_id: u32) -> Bytes {
    request(call_id, Flags::WHOLE, |_| {})
}

/// A context for the first interface.
fn with_syntaxes(syntaxes: &[SyntaxId]) -> ContextElement {
    ContextElement { transfer_syntaxes: syntaxes.to_vec(), ..ContextElement::new(0, ASYNC_NOTIFY, NDR) }
}

fn alter(call_id: u32, contexts: Vec<ContextElement>) -> Bytes {
    control(Body::AlterContext(Bind { contexts, ..Bind::default() }), call_id)
}

fn control(body: Body, call_id: u32) -> Bytes {
    Pdu::new(body, Flags::WHOLE, ByteOrder::Little, call_id).encode()
}

const PROTO_ERROR: &str = "fault 0x03 call 2 0x1c01000b";

/// Of what was no call.
const NOT_EXECUTED: &str = "fault 0x23 call 2 0x1c01000b";

#[rstest]
#[case::fragments(vec![is_first(2), last(2)], &["! request 2 b\"1234567812345678\""])]
#[case::last_without_first(vec![last(2)], &["! 72: a later fragment of call 2 without a first one", PROTO_ERROR])]
#[case::two_firsts(
    vec![is_first(2), is_first(2)],
    &["! 104: call 2 begins before the last fragment of call 2", PROTO_ERROR]
)]
#[case::interleaved(
    vec![is_first(1), is_first(2)],
    &["! 104: call 2 begins before the last fragment of call 1", PROTO_ERROR]
)]
#[case::overlapping(
    vec![whole(1), whole(2)],
    &["! request 1 b\"12345678\"", "! 104: call 2 before the answer to the last one, without concurrent multiplexing", PROTO_ERROR]
)]
#[case::unknown_context(vec![request(2, Flags::WHOLE, |request| request.context_id = 9)], &["fault 0x23 call 2 0x1c010003"])]
#[case::unknown_context_in_fragments(
    vec![
        request(2, Flags::FIRST, |request| request.context_id = 9),
        request(2, Flags::LAST, |request| request.context_id = 9),
        whole(3),
    ],
    &["fault 0x23 call 2 0x1c010003", "! request 3 b\"12345678\""]
)]
#[case::other_opnum(
    vec![is_first(2), request(2, Flags::LAST, |request| request.opnum = 1)],
    &["! 104: the fragments of call 2 differ in p_cont_id or opnum", PROTO_ERROR]
)]
#[case::alloc_hint_of_one_pdu(vec![request(2, Flags::WHOLE, |request| request.alloc_hint = 9)], &["! request 2 b\"12345678\""])]
#[case::alloc_hint(
    vec![request(2, Flags::FIRST, |request| request.alloc_hint = 17), last(2)],
    &["! 104: alloc_hint 17 of a stub of 16 octets (MS-RPCE 2.2.2.6)", PROTO_ERROR]
)]
#[case::the_same_call_id_at_once(
    vec![whole(2), whole(2)],
    &["! request 2 b\"12345678\"", "! 104: call_id 2 after 2: call_ids increase (MS-RPCE 3.3.3.5.2)", PROTO_ERROR]
)]
#[case::flags_without_a_meaning(vec![request(2, Flags::WHOLE.with(Flags::RESERVED), |_| {})], &["! request 2 b\"12345678\""])]
#[case::no_contexts(vec![alter(2, vec![])], &["! 72: no presentation context", NOT_EXECUTED])]
#[case::no_syntaxes(vec![alter(2, vec![with_syntaxes(&[])])], &["! 72: presentation context 0 without a transfer syntax", NOT_EXECUTED])]
#[case::a_context_for_something_else(
    vec![alter(2, vec![ContextElement::new(0, REMOTE_OBJECT, NDR)])],
    &["! 72: presentation context 0 for something else than before", NOT_EXECUTED]
)]
#[case::a_context_for_the_same(
    vec![alter(2, vec![with_syntaxes(&[NDR64, NDR])]), whole(3)],
    &["alter_context_resp 0x03 call 2 group 7: 0/0", "! request 3 b\"12345678\""]
)]
#[case::a_context_for_nothing(
    vec![alter(2, vec![with_syntaxes(&[NDR64])]), whole(3)],
    &["alter_context_resp 0x03 call 2 group 7: 2/2", "! request 3 b\"12345678\""]
)]
#[case::response(
    vec![control(Body::Response(dcerpc::pdu::Response::default()), 2)],
    &["! 72: response is not for a server that is bound", NOT_EXECUTED]
)]
#[case::second_bind(
    vec![bind(Flags::WHOLE, vec![])],
    &["! 72: bind on a connection that is bound", "bind_nak 0x03 call 1 0"]
)]
#[case::cancel(vec![whole(2), control(Body::CoCancel, 2)], &["! request 2 b\"12345678\"", "! cancelled 2"])]
#[case::late_cancel(vec![control(Body::CoCancel, 2), whole(2)], &["! request 2 b\"12345678\""])]
#[case::pending_cancel(
    vec![request(2, Flags::WHOLE.with(Flags::PENDING_CANCEL), |_| {})],
    &["! request 2 b\"12345678\"", "! cancelled 2"]
)]
#[case::orphaned(vec![whole(2), control(Body::Orphaned, 2)], &["! request 2 b\"12345678\"", "! orphaned 2"])]
#[case::call_after_an_orphan(
    vec![whole(2), control(Body::Orphaned, 2), whole(3)],
    &["! request 2 b\"12345678\"", "! orphaned 2", "! request 3 b\"12345678\""]
)]
#[case::orphaned_half_way(vec![is_first(2), control(Body::Orphaned, 2), last(2), whole(3)], &["! request 3 b\"12345678\""])]
#[case::rubbish(vec![Bytes::from_static(b"rubbish")], &["! 72: offset 0x0: rpc_vers is 0x72, expected 5"])]
#[case::too_long_a_pdu(
    vec![octets("05000003100000002823000002000000")],
    &[
        "! 72: offset 0x8: frag_length is 9000 where 5840 is the longest, expected no longer than the receiver can receive",
        PROTO_ERROR,
    ]
)]
#[case::foreign_verifier(
    vec![octets("0500000310000000280008000200000000000000 00000000 0a02000000000000 aaaaaaaaaaaaaaaa")],
    &["! 72: its verifier names security context 0 of type 10 at level 2", "fault 0x03 call 2 0x00000005"]
)]
#[case::version(
    vec![octets("0400000310000000180000000200000000000000 00000000")],
    &["! 72: MS-RPCE/3.3.1.5.1/version-is-5.0: 4.0 instead of 5.0", PROTO_ERROR]
)]
fn a_bound_server_answers(#[case] pdus: Vec<Bytes>, #[case] expected: &[&str]) {
    let mut server = bound(Flags::NONE);
    let said = run(&mut server, pdus);
    assert_eq!(said, expected);
    let closes = said.iter().any(|said| said.starts_with("! 72:") || said.starts_with("! 104:"));
    assert_eq!(server.is_closed(), closes);
}

#[rstest]
#[case::request(whole(2), &["! 0: request before a bind", PROTO_ERROR])]
#[case::version(
    octets("06000b03100000001c00000002000000d016d0160000000000000000"),
    &["! 0: MS-RPCE/3.3.1.5.1/version-is-5.0: 6.0 instead of 5.0", "bind_nak 0x03 call 2 4"]
)]
#[case::no_contexts(bind(Flags::WHOLE, vec![]), &["! 0: no presentation context", "bind_nak 0x03 call 1 0"])]
#[case::no_syntaxes(
    bind(Flags::WHOLE, vec![with_syntaxes(&[])]),
    &["! 0: presentation context 0 without a transfer syntax", "bind_nak 0x03 call 1 0"]
)]
#[case::features_twice(
    bind(Flags::WHOLE, vec![with_syntaxes(&[Features(1).to_syntax()]), with_syntaxes(&[Features(2).to_syntax()])]),
    &["! 0: 2 presentation contexts that tell features (MS-RPCE 3.3.1.5.3)", "bind_nak 0x03 call 1 0"]
)]
#[case::flags_without_a_meaning(
    bind(Flags::MAYBE.with(Flags::RESERVED), vec![with_syntaxes(&[NDR])]),
    &["bind_ack 0x03 call 1 group 7: 0/0"]
)]
#[case::cut_short(
    octets("05000b03100000001a00000002000000d016d016000000000100"),
    &["! 0: offset 0x1a: reserved2 needs 1 octets, 0 left", "bind_nak 0x03 call 2 4"]
)]
fn a_new_connection_answers(#[case] pdu: Bytes, #[case] expected: &[&str]) {
    assert_eq!(run(&mut server(options()), [pdu]), expected);
}

#[test]
fn a_bind_with_a_foreign_provider_is_refused() {
    let verifier = dcerpc::pdu::AuthVerifier {
        auth_type: 10,
        auth_level: 2,
        token: Bytes::from_static(b"NTLM"),
        ..Default::default()
    };
    let bind = Pdu::decode(&golden("Wine 8.0", "bind")).unwrap().value.with_auth(verifier).encode();
    let said = run(&mut server(options()), [bind]);
    assert_eq!(said.last().map(String::as_str), Some("bind_nak 0x03 call 1 8"));
}

/// Both directions have one size, as Windows has it: in units of 8 octets, and 2048 where a client tells what is too little.
#[rstest]
#[case(5840, 5840, 5840)]
#[case(0xFFFF, 0xFFFF, 5840)]
#[case(3199, 0xFFFF, 3192)]
#[case(0xFFFF, 3199, 3192)]
#[case(1432, 5840, 1432)]
#[case(1431, 5840, 2048)]
#[case(0, 0, 2048)]
#[case(0, 1432, 1432)]
fn sizes_are_negotiated(#[case] max_xmit_frag: u16, #[case] max_recv_frag: u16, #[case] expected: u16) {
    let contexts = vec![ContextElement::new(0, ASYNC_NOTIFY, NDR)];
    let bind = control(Body::Bind(Bind { max_xmit_frag, max_recv_frag, contexts, ..Bind::default() }), 1);
    let mut server = server(options());
    server.receive(bind);
    assert!(server.next_event().is_some());
    server.associate(Ok(7));
    let ack = Pdu::decode(&server.take_output().unwrap()).unwrap().value.body;
    let Body::BindAck(ack) = ack else { panic!("{ack:?}") };
    assert_eq!((ack.max_xmit_frag, ack.max_recv_frag), (expected, expected));
    let longest = request(2, Flags::WHOLE, |request| request.stub = Bytes::from(vec![0; 5840 - 24]));
    assert_eq!(run(&mut server, [longest]).len(), 1, "what can be received is");
    assert!(server.respond(2, Ok(Bytes::from(vec![0; 5840]))));
    let sizes: Vec<_> = std::iter::from_fn(|| server.take_output()).map(|pdu| pdu.len()).collect();
    assert!(sizes.iter().all(|size| *size <= usize::from(expected)), "{sizes:?}");
}

/// The same octets as of Windows: three of padding stand at the end.
#[test]
fn a_bind_nak_is_padded() {
    let mut server = server(options());
    server.receive(bind(Flags::WHOLE, vec![]));
    assert!(server.next_event().is_some());
    assert_eq!(server.take_output(), Some(octets("05000d03 10000000 18000000 01000000 0000 01 0500 000000")));
}

#[test]
fn a_call_id_may_come_again() {
    let mut server = bound(Flags::NONE);
    for _ in 0..2 {
        assert_eq!(run(&mut server, [whole(2)]), ["! request 2 b\"12345678\""]);
        assert!(server.respond(2, Ok(Bytes::new())));
        assert_eq!(run(&mut server, [Bytes::new()]), ["response 0x03 call 2 0 octets"]);
    }
    let said = run(&mut server, [whole(1)]);
    assert_eq!(
        said,
        ["! 136: call_id 1 after 2: call_ids increase (MS-RPCE 3.3.3.5.2)", "fault 0x03 call 1 0x1c01000b"]
    );
}

/// What the context of a request would be is not known.
#[test]
fn a_fault_for_an_unknown_context_names_none() {
    let mut server = bound(Flags::NONE);
    server.receive(request(2, Flags::WHOLE, |request| request.context_id = 9));
    assert_eq!(server.next_event(), None);
    let fault = Pdu::decode(&server.take_output().unwrap()).unwrap().value.body;
    assert!(matches!(fault, Body::Fault(Fault { context_id: 0, .. })), "{fault:?}");
}

#[test]
fn who_told_of_signed_headers_may_say_so_again() {
    let command = Command { command: Command::BITMASK_1 | Command::END, body: Bytes::from_static(&[1, 0, 0, 0]) };
    let trailer = VerificationTrailer { commands: vec![command], rest: Bytes::new() };
    let request = request(2, Flags::WHOLE, |request| request.stub = trailer.append(&request.stub));
    assert_eq!(run(&mut bound(Flags::SUPPORT_HEADER_SIGN), [request]), ["! request 2 b\"12345678\""]);
}

#[test]
fn an_association_can_be_refused() {
    let mut server = server(options());
    server.receive(golden("Wine 8.0", "bind"));
    assert_eq!(server.next_event(), Some(Event::AssociationRequested { requested: 0 }));
    server.associate(Err(BindNak::REASON_NOT_SPECIFIED));
    assert_eq!(server.take_output().map(|pdu| describe(&pdu)).as_deref(), Some("bind_nak 0x03 call 1 0"));
    assert!(server.is_closed());
}

#[test]
fn too_long_a_stub_is_refused_and_the_connection_lives() {
    let mut server = server(Options { max_request_stub: 12, ..options() });
    run(&mut server, [bind(Flags::WHOLE, vec![ContextElement::new(0, ASYNC_NOTIFY, NDR)])]);
    let said = run(&mut server, [is_first(2), request(2, Flags::NONE, |_| {}), last(2), whole(3)]);
    assert_eq!(said, ["fault 0x23 call 2 0x00000005", "! request 3 b\"12345678\""]);
}

#[test]
fn too_many_calls_are_refused_and_the_connection_lives() {
    let mut server = server(Options { max_outstanding: 1, ..options() });
    run(&mut server, [bind(Flags::WHOLE.with(Flags::CONC_MPX), vec![ContextElement::new(0, ASYNC_NOTIFY, NDR)])]);
    let said = run(&mut server, [whole(2), whole(3)]);
    assert_eq!(said, ["! request 2 b\"12345678\"", "fault 0x23 call 3 0x1c010014"]);
    assert!(server.respond(2, Ok(Bytes::new())));
    assert_eq!(run(&mut server, [whole(4)]), ["! request 4 b\"12345678\"", "response 0x03 call 2 0 octets"]);
}

#[test]
fn too_many_contexts_are_refused() {
    let mut server = server(Options { interfaces: vec![ASYNC_NOTIFY], ..options() });
    run(&mut server, [bind(Flags::WHOLE, vec![ContextElement::new(0, ASYNC_NOTIFY, NDR)])]);
    let alter = |(id, call_id)| {
        let alter = Bind { contexts: vec![ContextElement::new(id, ASYNC_NOTIFY, NDR)], ..Bind::default() };
        Pdu::new(Body::AlterContext(alter), Flags::WHOLE, ByteOrder::Little, call_id).encode()
    };
    let said = run(&mut server, (1..=4000).zip(2..).map(alter));
    let accepted = said.iter().filter(|said| said.ends_with("group 7: 0/0")).count();
    assert_eq!(accepted, 3999);
    assert_eq!(said.last().map(String::as_str), Some("bind_nak 0x03 call 4001 2"));
    assert!(server.is_closed());
}

#[test]
fn overlapping_calls_are_answered_in_any_order() {
    let mut server = bound(Flags::CONC_MPX);
    assert_eq!(run(&mut server, [whole(2), whole(3)]).len(), 2);
    assert!(server.respond(3, Ok(Bytes::from_static(b"three"))));
    assert!(server.respond(2, Err(Refusal::failed(5))));
    assert!(!server.respond(2, Ok(Bytes::new())));
    assert_eq!(run(&mut server, [Bytes::new()]), ["response 0x03 call 3 5 octets", "fault 0x03 call 2 0x00000005"]);
}

#[test]
fn scapys_request_with_a_trailer_is_dispatched_without_it() {
    let mut server = server(Options { transfer_syntaxes: vec![TransferSyntax::Ndr64], ..options() });
    let said = run(&mut server, [golden("Scapy 2.8", "bind"), golden("Scapy 2.8", "request")]);
    assert_eq!(said.last().map(String::as_str), Some("! request 1 b\"\""));
}

#[rstest]
#[case::unknown(0x0009, &[], true)]
#[case::unknown_but_must_be_processed(0x8009, &[], false)]
#[case::other_context(0x0002, &[0; 40], false)]
#[case::other_header(0x0003, &[0; 16], false)]
#[case::bitmask(0x0001, &[0xFE, 0xFF, 0, 0], true)]
#[case::bitmask_without_the_flag_of_the_bind(0x0001, &[1, 0, 0, 0], false)]
#[case::short_bitmask(0x0001, &[0; 3], false)]
fn a_trailer_has_to_agree(#[case] command: u16, #[case] body: &'static [u8], #[case] accepted: bool) {
    let command = Command { command: command | Command::END, body: Bytes::from_static(body) };
    let trailer = VerificationTrailer { commands: vec![command], rest: Bytes::new() };
    let request = request(2, Flags::WHOLE, |request| request.stub = trailer.append(&request.stub));
    let expected = if accepted { "! request 2 b\"12345678\"" } else { "fault 0x23 call 2 0x00000005" };
    assert_eq!(run(&mut bound(Flags::NONE), [request]), [expected]);
}

#[test]
fn what_is_sent_can_be_altered() {
    let mut server = bound(Flags::NONE);
    run(&mut server, [whole(2)]);
    assert!(server.respond_altered(2, Ok(Bytes::new()), |pdu| pdu.header.call_id = 1));
    assert_eq!(run(&mut server, [Bytes::new()]), ["response 0x03 call 1 0 octets"]);
}

proptest! {
    #[test]
    fn arbitrary_octets_never_panic(
        bind_first: bool,
        chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..64), 0..4),
    ) {
        let mut server = if bind_first { bound(Flags::CONC_MPX) } else { server(options()) };
        for chunk in chunks {
            server.receive(chunk.into());
            while server.next_event().is_some() {}
        }
    }

    #[test]
    fn changed_requests_never_panic(at in 0..32_usize, octet: u8) {
        let mut changed = whole(2).to_vec();
        changed[at] = octet;
        let mut server = bound(Flags::CONC_MPX);
        server.receive(changed.into());
        while server.next_event().is_some() {}
        prop_assert!(server.take_output().is_none_or(|pdu| Pdu::decode(&pdu).is_ok_and(|pdu| pdu.defects.is_empty())));
    }
}
