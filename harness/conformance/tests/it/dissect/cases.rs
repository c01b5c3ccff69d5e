//! What can happen to a conversation, case by case.

use bytes::Bytes;
use dcerpc::ndr::Format;
use dcerpc::pdu::{BindNak, Body, Command, ContextResult, Fault, Flags, Pdu, Request, Response, VerificationTrailer};
use dcerpc::{ByteOrder, ContextHandle, TransferSyntax};
use mspan::method::{In, Out, RegisterClientIn, UnregisterClientIn, UnregisterClientOut};
use mspan::{ConversationStyle, Hresult, Interface, NotificationType, UserFilter};
use rstest::{Context, rstest};
use trace::{CallMark, Closed, ConnectionEnd, ConnectionId, Direction, Mark, Seen};

use super::talk::{Talk, alter_context, alter_context_resp, bind, bind_ack, fault, flagged, pdu, request, response};
use super::text::{events, text};

const TO_CLIENT: Direction = Direction::ToClient;
const TO_SERVER: Direction = Direction::ToServer;

/// A request for UnregisterClient.
fn unregister(call_id: u32) -> Pdu {
    request(call_id, 1, 1, unregister_stub(Format::default()))
}

fn unregister_stub(format: Format) -> Bytes {
    let registration_obj = ContextHandle::new(Interface::AsyncNotify.id().uuid);
    In::UnregisterClient(UnregisterClientIn { registration_obj }).encode(format)
}

/// Its response.
fn unregistered(call_id: u32) -> Pdu {
    let out = Out::UnregisterClient(UnregisterClientOut { status: Hresult::OK });
    response(call_id, out.encode(Format::default()))
}

fn call(talk: &mut Talk) {
    talk.bound(0, "server", 7).ask(0, &unregister(2)).tell(0, &unregistered(2));
}

fn several_outstanding(talk: &mut Talk) {
    talk.bound(0, "server", 7).ask(0, &unregister(2)).ask(0, &unregister(3)).ask(0, &unregister(4));
    talk.tell(0, &unregistered(4)).tell(0, &unregistered(2)).close(0, TO_SERVER);
}

fn group_of_connections(talk: &mut Talk) {
    talk.bound(0, "server", 7)
        .bound(1, "server", 7)
        .bound(2, "server", 8)
        .bound(3, "elsewhere", 7)
        .bound(4, "server", 0);
    talk.close(0, TO_CLIENT).close(4, TO_CLIENT).close(1, TO_CLIENT).bound(5, "server", 7);
}

fn bind_refused(talk: &mut Talk) {
    talk.open(0, "server")
        .ask(0, &bind(1))
        .tell(0, &pdu(Body::BindNak(BindNak { reason: 4, ..Default::default() }), 1));
}

fn alter_context_refused_by_fault(talk: &mut Talk) {
    let ndr = TransferSyntax::Ndr.id();
    talk.bound(0, "server", 7).ask(0, &alter_context(2, 9, Interface::AsyncNotify, ndr)).tell(0, &fault(2, 5));
}

fn context_refused(talk: &mut Talk) {
    let accepted = ContextResult::accept(TransferSyntax::Ndr.id());
    let refused = ContextResult::reject(ContextResult::ABSTRACT_SYNTAX_NOT_SUPPORTED);
    talk.open(0, "server").ask(0, &bind(1)).tell(0, &bind_ack(1, 7, &[accepted, refused])).ask(0, &unregister(2));
}

fn results_missing(talk: &mut Talk) {
    let accepted = ContextResult::accept(TransferSyntax::Ndr.id());
    talk.open(0, "server").ask(0, &bind(1)).tell(0, &bind_ack(1, 7, &[accepted]));
}

fn answer_without_bind(talk: &mut Talk) {
    talk.open(0, "server").tell(0, &bind_ack(1, 7, &[]));
}

fn context_altered(talk: &mut Talk) {
    let ndr64 = TransferSyntax::Ndr64.id();
    talk.bound(0, "server", 7).ask(0, &alter_context(2, 9, Interface::AsyncNotify, ndr64));
    talk.tell(0, &alter_context_resp(2, &[ContextResult::accept(ndr64)]));
    let format = Format::new(TransferSyntax::Ndr64, ByteOrder::Little);
    talk.ask(0, &request(3, 9, 1, unregister_stub(format)));
}

/// A stub in NDR, on a context for NDR64 alone.
fn stub_in_the_other_syntax(talk: &mut Talk) {
    let ndr64 = TransferSyntax::Ndr64.id();
    talk.bound(0, "server", 7).ask(0, &alter_context(2, 9, Interface::AsyncNotify, ndr64));
    talk.tell(0, &alter_context_resp(2, &[ContextResult::accept(ndr64)]));
    talk.ask(0, &request(3, 9, 0, register_stub(Format::default())));
}

/// RegisterClient stubs whose enumerations have 16 bits, and one that merely ends too early.
fn enumerations_in_sixteen_bits(talk: &mut Talk) {
    let whole = register_stub(Format::default());
    let (rest, _) = whole.split_at(whole.len() - 8);
    talk.bound(0, "server", 7).ask(0, &request(2, 1, 0, [rest, &[1, 0, 1, 0]].concat()));
    talk.ask(0, &request(3, 1, 0, [rest, &[1, 0, 0, 0, 1, 0]].concat()));
    let ndr64 = TransferSyntax::Ndr64.id();
    talk.ask(0, &alter_context(4, 9, Interface::AsyncNotify, ndr64));
    talk.tell(0, &alter_context_resp(4, &[ContextResult::accept(ndr64)]));
    // Without its last four octets it would be NDR.
    let whole = register_stub(Format::new(TransferSyntax::Ndr64, ByteOrder::Little));
    let (rest, _) = whole.split_at(whole.len() - 8);
    talk.ask(0, &request(5, 9, 0, [rest, &[1, 0, 1, 0]].concat()));
}

fn register_stub(format: Format) -> Bytes {
    let register = RegisterClientIn {
        registration_obj: ContextHandle::new(Interface::AsyncNotify.id().uuid),
        name: None,
        notification_type: NotificationType::ASYNC_UI,
        filter: UserFilter::ALL_USERS,
        style: ConversationStyle::UNIDIRECTIONAL,
    };
    In::RegisterClient(register).encode(format)
}

fn foreign_call_id(talk: &mut Talk) {
    talk.bound(0, "server", 7).tell(0, &unregistered(2)).ask(0, &unregister(2)).tell(0, &unregistered(1));
    talk.ask(0, &unregister(3)).ask(0, &unregister(4)).tell(0, &unregistered(1)).tell(0, &fault(5, 0x6F7));
}

fn call_id_in_use(talk: &mut Talk) {
    talk.bound(0, "server", 7).ask(0, &unregister(2)).ask(0, &unregister(2));
    talk.tell(0, &unregistered(2)).tell(0, &unregistered(2));
}

fn faults(talk: &mut Talk) {
    talk.bound(0, "server", 7).ask(0, &unregister(2)).tell(0, &fault(2, 0x6F7)).ask(0, &unregister(3));
    talk.tell(0, &flagged(fault(3, 0x1C01_0002), Flags::WHOLE.with(Flags::DID_NOT_EXECUTE)));
}

fn fragments(talk: &mut Talk) {
    let stub = unregister_stub(Format::default());
    let piece = |range, flags| flagged(request(2, 1, 1, stub.slice(range)), flags);
    talk.bound(0, "server", 7).ask(0, &piece(0..8, Flags::FIRST));
    talk.ask(0, &piece(8..16, Flags::NONE)).ask(0, &piece(16..20, Flags::LAST));
    talk.tell(0, &flagged(response(2, [0_u8, 0].to_vec()), Flags::FIRST));
    talk.tell(0, &flagged(response(2, [0_u8, 0].to_vec()), Flags::LAST));
}

fn fragments_wrong(talk: &mut Talk) {
    let stub = || Bytes::from_static(&[0; 8]);
    talk.bound(0, "server", 7).ask(0, &flagged(request(2, 1, 1, stub()), Flags::LAST));
    talk.ask(0, &flagged(request(3, 1, 1, stub()), Flags::FIRST)).ask(0, &unregister(4));
    talk.tell(0, &flagged(response(4, stub()), Flags::FIRST)).tell(0, &flagged(response(4, stub()), Flags::FIRST));
    talk.close(0, TO_CLIENT);
}

fn fragments_cut_off(talk: &mut Talk) {
    let stub = || Bytes::from_static(&[0; 8]);
    talk.bound(0, "server", 7).ask(0, &unregister(2)).tell(0, &flagged(response(2, stub()), Flags::FIRST));
    talk.ask(0, &flagged(request(3, 1, 1, stub()), Flags::FIRST)).close(0, TO_SERVER);
}

fn answered_early(talk: &mut Talk) {
    let stub = || Bytes::from_static(&[0; 8]);
    talk.bound(0, "server", 7).ask(0, &flagged(request(2, 1, 1, stub()), Flags::FIRST)).tell(0, &fault(2, 5));
    talk.ask(0, &flagged(request(2, 1, 1, stub()), Flags::NONE));
    talk.ask(0, &flagged(request(2, 1, 1, stub()), Flags::LAST)).ask(0, &unregister(3));
}

fn big_endian(talk: &mut Talk) {
    let format = Format::new(TransferSyntax::Ndr, ByteOrder::Big);
    let body = Request { context_id: 1, opnum: 1, stub: unregister_stub(format), ..Request::default() };
    talk.bound(0, "server", 7).ask(0, &Pdu::new(Body::Request(body), Flags::WHOLE, ByteOrder::Big, 2));
    let out = Out::UnregisterClient(UnregisterClientOut { status: Hresult::NOT_REGISTERED }).encode(format);
    let body = Body::Response(Response { stub: out, ..Response::default() });
    talk.tell(0, &Pdu::new(body, Flags::WHOLE, ByteOrder::Big, 2));
}

fn verification_trailer(talk: &mut Talk) {
    let command = Command { command: Command::BITMASK_1 | Command::END, body: Bytes::from_static(&[1, 0, 0, 0]) };
    let trailer = VerificationTrailer { commands: vec![command], rest: Bytes::new() };
    let stub = trailer.append(&unregister_stub(Format::default()));
    talk.bound(0, "server", 7).ask(0, &request(2, 1, 1, stub));
}

fn stub_cut_short(talk: &mut Talk) {
    talk.bound(0, "server", 7).ask(0, &request(2, 1, 1, Bytes::from_static(&[0; 16])));
    talk.tell(0, &response(2, Bytes::from_static(&[0; 3])));
}

fn stub_with_defects(talk: &mut Talk) {
    talk.bound(0, "server", 7).ask(0, &unregister(2)).tell(0, &response(2, Bytes::from_static(&[0; 6])));
}

fn reserved_opnum(talk: &mut Talk) {
    talk.bound(0, "server", 7).ask(0, &request(2, 1, 2, Bytes::new())).tell(0, &fault(2, 0x1C01_0002));
}

fn rubbish(talk: &mut Talk) {
    talk.bound(0, "server", 7).ask(0, &unregister(2)).octets(0, TO_CLIENT, &b"HTTP/1.1 400 Bad Request\r\n"[..]);
    talk.tell(0, &unregistered(2)).close(0, TO_CLIENT);
}

fn frag_length_too_short(talk: &mut Talk) {
    let mut wrong = unregistered(2);
    wrong.header.frag_length = 12;
    talk.bound(0, "server", 7).ask(0, &unregister(2)).tell(0, &wrong).tell(0, &unregistered(2));
}

fn frag_length_too_long(talk: &mut Talk) {
    let mut wrong = unregistered(2);
    wrong.header.frag_length = 60;
    talk.bound(0, "server", 7).ask(0, &unregister(2)).tell(0, &wrong).close(0, TO_CLIENT);
}

fn half_a_pdu_before_a_reset(talk: &mut Talk) {
    let half = unregistered(2).encode().slice(..20);
    let how = ConnectionEnd::Broken { by: TO_CLIENT, error: "connection reset".into() };
    talk.bound(0, "server", 7).ask(0, &unregister(2)).octets(0, TO_CLIENT, half);
    talk.see(Seen::Closed(Closed { connection: ConnectionId(0), how }));
}

fn half_a_pdu_at_the_end(talk: &mut Talk) {
    talk.bound(0, "server", 7).octets(0, TO_SERVER, unregister(2).encode().slice(..20));
    talk.see(Seen::End(trace::End::CutShort));
}

fn body_cut_short(talk: &mut Talk) {
    let mut short = pdu(Body::Fault(Fault::new(0, 5)), 2).encode().slice(..20).to_vec();
    short[8] = 20;
    talk.bound(0, "server", 7).ask(0, &unregister(2)).octets(0, TO_CLIENT, short);
}

fn wrong_way(talk: &mut Talk) {
    talk.bound(0, "server", 7).tell(0, &unregister(2)).ask(0, &unregistered(2));
    talk.tell(0, &pdu(Body::Unknown(dcerpc::pdu::PduType(0x42), Bytes::new()), 3));
}

fn segment_lost(talk: &mut Talk) {
    talk.bound(0, "server", 7).ask(0, &unregister(2)).octets(0, TO_CLIENT, unregistered(2).encode().slice(..20));
    talk.lose(0, TO_CLIENT, Some(8)).ask(0, &unregister(3)).octets(0, TO_CLIENT, &[0xFF; 9][..]);
    talk.tell(0, &unregistered(3)).close(0, TO_SERVER);
}

fn request_lost(talk: &mut Talk) {
    talk.bound(0, "server", 7).lose(0, TO_SERVER, Some(44)).tell(0, &unregistered(2)).ask(0, &unregister(3));
    talk.tell(0, &unregistered(3));
}

/// The client uses a call_id again; the answer to its first use was not recorded.
fn answer_lost_and_call_id_again(talk: &mut Talk) {
    talk.bound(0, "server", 7).ask(0, &request(2, 0, 0, Bytes::new())).lose(0, TO_CLIENT, Some(48));
    talk.ask(0, &unregister(2)).tell(0, &unregistered(2)).close(0, TO_SERVER);
}

fn in_mid_conversation(talk: &mut Talk) {
    talk.tell(0, &unregistered(2)).ask(0, &unregister(3)).tell(0, &unregistered(3)).close(0, TO_SERVER);
}

fn step_of_a_scenario(talk: &mut Talk) {
    let mark = CallMark {
        connection: ConnectionId(0),
        call_id: 3,
        actor: "alice".into(),
        step: "call alice UnregisterClient".into(),
        line: 7,
        violates: vec![],
    };
    talk.bound(0, "server", 7).see(Seen::Mark(Mark::Call(mark))).ask(0, &unregister(2)).ask(0, &unregister(3));
    talk.tell(0, &unregistered(3)).ask(0, &unregister(3));
}

#[rstest]
#[case::call(call)]
#[case::several_outstanding(several_outstanding)]
#[case::group_of_connections(group_of_connections)]
#[case::bind_refused(bind_refused)]
#[case::alter_context_refused_by_fault(alter_context_refused_by_fault)]
#[case::context_refused(context_refused)]
#[case::results_missing(results_missing)]
#[case::answer_without_bind(answer_without_bind)]
#[case::context_altered(context_altered)]
#[case::stub_in_the_other_syntax(stub_in_the_other_syntax)]
#[case::enumerations_in_sixteen_bits(enumerations_in_sixteen_bits)]
#[case::foreign_call_id(foreign_call_id)]
#[case::call_id_in_use(call_id_in_use)]
#[case::faults(faults)]
#[case::fragments(fragments)]
#[case::fragments_wrong(fragments_wrong)]
#[case::fragments_cut_off(fragments_cut_off)]
#[case::answered_early(answered_early)]
#[case::big_endian(big_endian)]
#[case::verification_trailer(verification_trailer)]
#[case::stub_cut_short(stub_cut_short)]
#[case::stub_with_defects(stub_with_defects)]
#[case::reserved_opnum(reserved_opnum)]
#[case::rubbish(rubbish)]
#[case::frag_length_too_short(frag_length_too_short)]
#[case::frag_length_too_long(frag_length_too_long)]
#[case::half_a_pdu_before_a_reset(half_a_pdu_before_a_reset)]
#[case::half_a_pdu_at_the_end(half_a_pdu_at_the_end)]
#[case::body_cut_short(body_cut_short)]
#[case::wrong_way(wrong_way)]
#[case::segment_lost(segment_lost)]
#[case::request_lost(request_lost)]
#[case::answer_lost_and_call_id_again(answer_lost_and_call_id_again)]
#[case::in_mid_conversation(in_mid_conversation)]
#[case::step_of_a_scenario(step_of_a_scenario)]
fn case(#[context] context: Context, #[case] play: fn(&mut Talk)) {
    let mut talk = Talk::new();
    play(&mut talk);
    insta::assert_snapshot!(context.description.unwrap(), text(&events(talk.entries())));
}
