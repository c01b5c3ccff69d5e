//! What a recording lacks, from its octets to the findings: nobody is accused of it.

use std::ops::RangeInclusive;

use bytes::Bytes;
use conformance::{Checker, Config, Severity, rules};
use dcerpc::ContextHandle;
use dcerpc::ndr::Format;
use dcerpc::pdu::{Body, ContextResult, Pdu};
use mspan::method::{
    CreateOut, DeleteIn, DeleteOut, GetNotificationIn, GetNotificationOut, In, Out, RegisterClientIn, RegisterClientOut,
};
use mspan::method::{UnregisterClientIn, UnregisterClientOut};
use mspan::{ConversationStyle, Hresult, Interface, NotificationType, UserFilter};
use rstest::rstest;
use trace::{Direction, End, Seen};
use uuid::Uuid;

use super::talk::{Talk, alter_context, alter_context_resp, bind, bind_ack, request, response};

const TO_CLIENT: Direction = Direction::ToClient;
const TO_SERVER: Direction = Direction::ToServer;

/// The rules that accuse somebody.
fn accusations(talk: &mut Talk) -> Vec<String> {
    talk.see(Seen::End(End::CutShort));
    let mut checker = Checker::new(Config::default(), rules::all());
    for entry in talk.entries() {
        checker.push(entry, &mut |_| {});
    }
    let findings = checker.finish().findings;
    // These talks carry no security.
    let is_of_transport = |rule: &str| rule.starts_with("MS-PAN/2.");
    let fails = findings.iter().filter(|finding| finding.verdict == Severity::Fail && !is_of_transport(finding.rule));
    fails.map(|finding| format!("{}: {}", finding.rule, finding.actual)).collect()
}

fn handle(number: u128) -> ContextHandle {
    ContextHandle::new(Uuid::from_u128(0x1000 + number))
}

/// A call of a connection, and what came back.
fn call(talk: &mut Talk, connection: u32, call_id: u32, input: &In, output: &Out) {
    let (context, opnum) = match input {
        In::Create(_) => (0, 0),
        In::Delete(_) => (0, 1),
        In::RegisterClient(_) => (1, 0),
        _ => (1, 1),
    };
    talk.ask(connection, &request(call_id, context, opnum, input.encode(Format::default())));
    talk.tell(connection, &response(call_id, output.encode(Format::default())));
}

fn create(talk: &mut Talk, connection: u32, call_id: u32, remote_obj: ContextHandle) {
    let output = Out::Create(CreateOut { remote_obj, status: Hresult::OK });
    talk.ask(connection, &request(call_id, 0, 0, Bytes::new()));
    talk.tell(connection, &response(call_id, output.encode(Format::default())));
}

fn register(talk: &mut Talk, connection: u32, call_id: u32, registration_obj: ContextHandle) {
    let (notification_type, filter) = (NotificationType::ASYNC_UI, UserFilter::ALL_USERS);
    let style = ConversationStyle::UNIDIRECTIONAL;
    let input = In::RegisterClient(RegisterClientIn { registration_obj, name: None, notification_type, filter, style });
    let output = Out::RegisterClient(RegisterClientOut { referral: None, status: Hresult::OK });
    call(talk, connection, call_id, &input, &output);
}

fn unregister(talk: &mut Talk, connection: u32, call_id: u32, registration_obj: ContextHandle) {
    let input = In::UnregisterClient(UnregisterClientIn { registration_obj });
    call(talk, connection, call_id, &input, &Out::UnregisterClient(UnregisterClientOut { status: Hresult::OK }));
}

fn delete(talk: &mut Talk, connection: u32, call_id: u32, remote_obj: ContextHandle) {
    let (input, output) =
        (In::Delete(DeleteIn { remote_obj }), Out::Delete(DeleteOut { remote_obj: ContextHandle::NULL }));
    call(talk, connection, call_id, &input, &output);
}

/// A bind to join an association.
fn joining(group: u32) -> Pdu {
    let mut pdu = bind(1);
    if let Body::Bind(bind) = &mut pdu.body {
        bind.assoc_group_id = group;
    }
    pdu
}

/// The bind_ack of a second connection of an association is not in the capture.
fn answer_to_a_bind_lost(talk: &mut Talk) {
    talk.bound(0, "server", 7);
    create(talk, 0, 2, handle(1));
    let accepted = ContextResult::accept(dcerpc::TransferSyntax::Ndr.id());
    let lost = bind_ack(1, 7, &[accepted; 2]).encode().len() as u64;
    talk.open(1, "server").ask(1, &joining(7)).lose(1, TO_CLIENT, Some(lost));
}

/// Octets of a stub look like the header of a PDU, which others follow that are none.
fn misled_by_octets_of_a_stub(talk: &mut Talk) {
    talk.bound(0, "server", 7);
    create(talk, 0, 2, handle(1));
    talk.lose(0, TO_CLIENT, Some(100));
    let mut octets = response(2, vec![0; 24]).encode().to_vec();
    octets.extend_from_slice(b"the rest of the stub, and of its PDU");
    talk.octets(0, TO_CLIENT, octets);
}

#[rstest]
#[case::octets_that_look_like_a_header(misled_by_octets_of_a_stub)]
#[case::a_handle_of_the_second_connection(|talk: &mut Talk| {
    answer_to_a_bind_lost(talk);
    create(talk, 1, 2, handle(2));
    register(talk, 0, 3, handle(2));
})]
#[case::the_first_connection_ends(|talk: &mut Talk| {
    answer_to_a_bind_lost(talk);
    register(talk, 0, 3, handle(1));
    talk.close(0, TO_SERVER);
    unregister(talk, 1, 2, handle(1));
    delete(talk, 1, 3, handle(1));
    talk.close(1, TO_SERVER);
})]
fn nobody_is_accused_of_a_loss(#[case] play: fn(&mut Talk)) {
    let mut talk = Talk::new();
    play(&mut talk);
    assert_eq!(accusations(&mut talk), Vec::<String>::new());
}

/// With the answer captured the same is a breach, or is none for what was seen.
#[test]
fn a_stranger_is_still_accused() {
    let mut talk = Talk::new();
    talk.bound(0, "server", 7);
    create(&mut talk, 0, 2, handle(1));
    talk.bound(1, "server", 8);
    create(&mut talk, 1, 2, handle(2));
    register(&mut talk, 0, 3, handle(2));
    let accusations = accusations(&mut talk);
    assert!(accusations.iter().any(|found| found.contains("handles-belong-to-their-association")), "{accusations:?}");
}

/// The request of a RegisterClient with a handle that nobody saw given out.
fn registers(call_id: u32) -> Pdu {
    let (registration_obj, name) = (handle(u128::from(call_id)), None);
    let (notification_type, filter) = (NotificationType::ASYNC_UI, UserFilter::ALL_USERS);
    let style = ConversationStyle::BIDIRECTIONAL;
    let input = RegisterClientIn { registration_obj, name, notification_type, filter, style };
    request(call_id, 1, 0, In::RegisterClient(input).encode(Format::default()))
}

/// Who captures one direction alone sees no answer, ever: of calls whose answers may be lost a few are waited for, of others many. What
/// answers one that was given up accuses nobody, and neither does the end.
#[rstest]
#[case::lost(|talk: &mut Talk, call_id: u32| {
    let creates = request(call_id, 0, 0, Bytes::new());
    talk.ask(0, &if call_id.is_multiple_of(2) { creates } else { registers(call_id) }).lose(0, TO_CLIENT, Some(40));
}, 64..=65)]
#[case::silent(|talk: &mut Talk, call_id: u32| {
    talk.ask(0, &request(call_id, 0, 0, Bytes::new()));
}, 66..=1_024)]
fn calls_without_answers_are_given_up(
    #[case] ask: fn(&mut Talk, u32),
    #[case] wait: RangeInclusive<usize>,
    #[values(TO_CLIENT, TO_SERVER)] by: Direction,
) {
    const COUNT: u32 = 1_200;
    let mut talk = Talk::new();
    talk.bound(0, "server", 1);
    (0..COUNT).for_each(|place| ask(&mut talk, 2 + place));
    let mut checker = Checker::new(Config::default(), rules::all());
    talk.entries().iter().for_each(|entry| checker.push(entry, &mut |_| {}));
    let waiting = checker.model().calls().count();
    assert!(wait.contains(&waiting), "{waiting}");
    let output = Out::Create(CreateOut { remote_obj: handle(9), status: Hresult::OK });
    talk.tell(0, &response(2, output.encode(Format::default())));
    create(&mut talk, 0, 2 + COUNT, handle(8));
    talk.close(0, by);
    assert_eq!(accusations(&mut talk), [""; 0]);
}

/// A fault for a stub that can't be read may be among what was lost before the server has ended the connection.
#[rstest]
#[case::seen(false, 1)]
#[case::lost(true, 0)]
fn an_answer_to_a_broken_stub(#[case] loses: bool, #[case] accused: usize) {
    let mut talk = Talk::new();
    talk.bound(0, "server", 1).ask(0, &request(2, 1, 0, vec![0; 7]));
    if loses {
        talk.lose(0, TO_CLIENT, Some(32));
    }
    talk.close(0, TO_CLIENT);
    let accusations = accusations(&mut talk);
    let of_stub =
        accusations.iter().filter(|found| found.contains("the server ended the connection") && !found.contains("open"));
    assert_eq!(of_stub.count(), accused, "{accusations:?}");
}

/// What was lost on a connection whose bind was not captured was lost to its association, too: an UnregisterClient may have been.
#[rstest]
#[case::nothing_lost(false, 1)]
#[case::lost(true, 0)]
fn losses_without_a_bind(#[case] loses: bool, #[case] accused: usize) {
    let ndr = dcerpc::TransferSyntax::Ndr.id();
    let mut talk = Talk::new();
    for (call_id, interface) in (2..).zip([Interface::RemoteObject, Interface::AsyncNotify]) {
        let context = u16::from(interface == Interface::AsyncNotify);
        talk.ask(0, &alter_context(call_id, context, interface, ndr));
        talk.tell(0, &alter_context_resp(call_id, &[ContextResult::accept(ndr)]));
    }
    create(&mut talk, 0, 4, handle(1));
    register(&mut talk, 0, 5, handle(1));
    if loses {
        talk.lose(0, TO_SERVER, Some(52)).lose(0, TO_CLIENT, Some(28));
    }
    let input = In::GetNotification(GetNotificationIn { remote_obj: handle(1) });
    let output =
        Out::GetNotification(GetNotificationOut { status: Hresult::NOT_REGISTERED, ..GetNotificationOut::default() });
    talk.ask(0, &request(6, 1, 5, input.encode(Format::default())));
    talk.tell(0, &response(6, output.encode(Format::default())));
    let accusations = accusations(&mut talk);
    assert_eq!(accusations.len(), accused, "{accusations:?}");
}
