//! What a client makes of a server's octets.

use bytes::Bytes;
use dcerpc::connection::client::{Call, Client, Event, NotNow, Options};
use dcerpc::pdu::{Body, ContextElement, Fault, Features, Flags, Pdu, Response};
use dcerpc::{ByteOrder, TransferSyntax};
use proptest::prelude::*;
use rstest::rstest;

use super::{ASYNC_NOTIFY, NDR, NDR64, REMOTE_OBJECT, octets};
use crate::pdu::golden;

/// A client that has bound as Wine does and made one call, call_id 2.
fn calling(options: Options) -> Client {
    let mut client = Client::new(options);
    client.bind(vec![ContextElement::new(0, REMOTE_OBJECT, NDR)], 0).unwrap();
    client.receive(golden("Wine 8.0", "bind_ack"));
    assert!(matches!(client.next_event(), Some(Event::Bound(_))));
    assert_eq!(client.call(Call::default()), Ok(2));
    while client.take_output().is_some() {}
    client
}

fn pdu(body: Body, flags: Flags, call_id: u32) -> Bytes {
    Pdu::new(body, flags, ByteOrder::Little, call_id).encode()
}

fn response(flags: Flags, call_id: u32) -> Bytes {
    pdu(Body::Response(Response { stub: Bytes::from_static(b"1234"), ..Response::default() }), flags, call_id)
}

pub(super) fn describe(event: Event) -> String {
    match event {
        Event::Bound(bound) => format!("bound to {:#x}", bound.association),
        Event::BindRefused(nak) => format!("refused {}", nak.reason),
        Event::Established(established) => format!("established {}", established.auth_context_id),
        Event::AuthenticationFailed { call_id, why } => format!("failed {call_id}: {why}"),
        Event::Unverified { offset, ptype, call_id, why } => format!("{offset}: {ptype} of call {call_id}: {why}"),
        Event::Returned(returned) => format!("returned {} {:?}", returned.call_id, returned.stub),
        Event::Fault(fault) => format!("fault {} {:#010x} {}", fault.call_id, fault.status, fault.did_not_execute),
        Event::ShutdownAsked => "shutdown".into(),
        Event::Malformed { offset, why } => format!("{offset}: {why}"),
        Event::ForeignCallId { offset, ptype, call_id, taken_for } => {
            format!("{offset}: {ptype} of call {call_id} taken for {taken_for:?}")
        }
    }
}

fn events(client: &mut Client, pdus: impl IntoIterator<Item = Bytes>) -> Vec<String> {
    pdus.into_iter().for_each(|pdu| client.receive(pdu));
    std::iter::from_fn(|| client.next_event()).map(describe).collect()
}

#[rstest]
#[case::returned(vec![response(Flags::WHOLE, 2)], &["returned 2 b\"1234\""])]
#[case::fragments(vec![response(Flags::FIRST, 2), response(Flags::LAST, 2)], &["returned 2 b\"12341234\""])]
#[case::fault(
    vec![pdu(Body::Fault(Fault::new(0, 0x1C01_0002)), Flags::WHOLE.with(Flags::DID_NOT_EXECUTE), 2)],
    &["fault 2 0x1c010002 true"]
)]
#[case::fault_after_a_fragment(
    vec![response(Flags::FIRST, 2), pdu(Body::Fault(Fault::new(0, 5)), Flags::WHOLE, 2)],
    &["fault 2 0x00000005 false"]
)]
#[case::shutdown(vec![pdu(Body::Shutdown, Flags::WHOLE, 0)], &["shutdown"])]
#[case::foreign_call_id(vec![response(Flags::WHOLE, 1)], &["60: response of call 1 taken for None"])]
#[case::no_first_fragment(vec![response(Flags::LAST, 2)], &["60: a later fragment of call 2 without a first one"])]
#[case::request(
    vec![pdu(Body::Request(dcerpc::pdu::Request::default()), Flags::WHOLE, 2)],
    &["60: request is not for a client"]
)]
#[case::second_ack(vec![golden("Wine 8.0", "bind_ack")], &["60: bind_ack without a bind"])]
#[case::alter_context_resp(
    vec![golden("go-msrpc", "alter_context_resp")],
    &["60: alter_context_resp without an alter_context"]
)]
#[case::alloc_hint(
    vec![pdu(Body::Response(Response { alloc_hint: 1 << 31, ..Response::default() }), Flags::WHOLE, 2)],
    &["60: alloc_hint 0x80000000 exceeds 0x7FFFFFFF"]
)]
#[case::too_long(
    vec![octets("05000203100000003930000002000000")],
    &["60: offset 0x8: frag_length is 12345 where 5840 is the longest, expected no longer than the receiver can receive"]
)]
#[case::reserved(
    vec![octets("05000203100000001800000002000000 00000000 0000 00 07")],
    &["60: C706/12.6.4/reserved-is-zero: 0x07 instead of 0"]
)]
#[case::rubbish(vec![Bytes::from_static(b"rubbish")], &["60: offset 0x0: rpc_vers is 0x72, expected 5"])]
fn a_calling_client_makes_of_it(#[case] pdus: Vec<Bytes>, #[case] expected: &[&str]) {
    let mut client = calling(Options::default());
    assert_eq!(events(&mut client, pdus), expected);
    assert_eq!(client.is_ended(), expected[0].starts_with("60:"));
}

/// Wine's server answers every call with call_id 1.
#[test]
fn a_foreign_call_id_can_be_accepted() {
    let mut client = calling(Options { accepts_foreign_call_id: true, ..Options::default() });
    let said = events(&mut client, [golden("Wine 8.0", "response")]);
    assert_eq!(said.first().map(String::as_str), Some("60: response of call 1 taken for Some(2)"));
    assert!(said[1].starts_with("returned 2"), "{said:?}");
}

#[rstest]
#[case::refused("05000d031000000015000000010000000400010500", "refused 4")]
#[case::other_call_id("05000d031000000015000000020000000400010500", "0: bind_nak of call 2 taken for None")]
#[case::fault("050003031000000020000000 01000000 20000000 00000000 05000000 00000000", "fault 1 0x00000005 false")]
#[case::fewer_results(
    "05000c03100000002400000001000000 d016d01607000000 0000 0000 00000000",
    "0: 0 results for 1 contexts (C706 12.6.3.1)"
)]
#[case::another_syntax(
    "05000c03100000003800000001000000 d016d01607000000 0000 0000 01000000 00000000 33057171babe37498319b5dbef9ccc36 01000000",
    "0: context 0 accepted with a transfer syntax not proposed"
)]
fn a_binding_client_makes_of_it(#[case] hex: &str, #[case] expected: &str) {
    let mut client = Client::new(Options::default());
    client.bind(vec![ContextElement::new(0, REMOTE_OBJECT, NDR)], 0).unwrap();
    let mut answer = octets(hex).to_vec();
    answer[8] = answer.len().try_into().unwrap();
    assert_eq!(events(&mut client, [answer.into()]), [expected]);
    assert!(client.is_ended());
}

#[test]
fn calls_wait_for_each_other_without_multiplexing() {
    let mut client = Client::new(Options::default());
    assert_eq!(client.call(Call::default()), Err(NotNow::NotBound));
    let mut client = calling(Options::default());
    assert_eq!(client.call(Call::default()), Err(NotNow::Busy));
    assert_eq!(client.alter_context(vec![]), Err(NotNow::Busy));
    assert_eq!(client.bind(vec![], 0), Err(NotNow::NotBound));
    events(&mut client, [response(Flags::WHOLE, 2)]);
    assert_eq!(client.call(Call::default()), Ok(3));
}

#[rstest]
#[case::fault(pdu(Body::Fault(Fault::new(0, 5)), Flags::WHOLE, 3), "fault 3 0x00000005 false", false)]
#[case::nak(octets("05000d03100000001500000003000000 0200 01 0500"), "refused 2", true)]
#[case::foreign(golden("go-msrpc", "alter_context_resp"), "88: alter_context_resp of call 2 taken for None", true)]
fn an_altering_client_makes_of_it(#[case] answer: Bytes, #[case] expected: &str, #[case] ended: bool) {
    let mut client = calling(Options::default());
    events(&mut client, [response(Flags::WHOLE, 2)]);
    client.alter_context(vec![ContextElement::new(1, ASYNC_NOTIFY, NDR)]).unwrap();
    assert!(!client.is_ready());
    assert_eq!(events(&mut client, [answer]), [expected]);
    assert_eq!((client.is_ended(), client.is_ready()), (ended, !ended));
}

#[test]
fn the_answer_to_an_orphan_is_dropped() {
    let mut client = calling(Options::default());
    client.orphan(2);
    assert_eq!(events(&mut client, [response(Flags::WHOLE, 2)]), Vec::<String>::new());
    assert!(!client.is_ended());
    assert_eq!(client.call(Call::default()), Ok(3));
}

#[test]
fn a_client_knows_its_contexts() {
    let mut client = Client::new(Options::default());
    let context = |id, syntax| ContextElement::new(id, REMOTE_OBJECT, syntax);
    client.bind(vec![context(2, NDR64), context(0, Features(3).to_syntax())], 0).unwrap();
    assert_eq!(events(&mut client, [golden("go-msrpc", "bind_ack")]), ["bound to 0x5001"]);
    assert_eq!(client.context_for(REMOTE_OBJECT), Some((2, TransferSyntax::Ndr64)));
    assert_eq!((client.context_for(ASYNC_NOTIFY), client.free_context_id()), (None, 3));
}

proptest! {
    #[test]
    fn arbitrary_octets_never_panic(chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..64), 0..4)) {
        let mut client = calling(Options::default());
        events(&mut client, chunks.into_iter().map(Bytes::from));
    }

    #[test]
    fn changed_responses_never_panic(at in 0..28_usize, octet: u8) {
        let mut changed = response(Flags::WHOLE, 2).to_vec();
        changed[at] = octet;
        events(&mut calling(Options::default()), [changed.into()]);
    }
}
