//! What protects PDUs: contexts, signatures, seals.

use bytes::Bytes;
use conformance::event::{Event, Kind, Protection, Signature};
use dcerpc::ndr::Format;
use dcerpc::pdu::{AuthVerifier, BindNak, Body, Command, ContextResult, Flags, Pdu, Request, VerificationTrailer};
use dcerpc::security::Level;
use dcerpc::{ByteOrder, ContextHandle, TransferSyntax};
use mspan::method::{In, Out, UnregisterClientIn, UnregisterClientOut};
use mspan::{Hresult, Interface};
use rstest::{Context, rstest};
use trace::{ConnectionId, Direction, Entry, Mark, Seen};

use super::talk::{Talk, alter_context, alter_context_resp, bind, bind_ack, fault, flagged, pdu, request, response};
use super::text::{events_with, text};
use crate::toy::{Toy, begins, told, unsealer};

const KEY: u8 = 0x5C;
const TO_CLIENT: Direction = Direction::ToClient;
const TO_SERVER: Direction = Direction::ToServer;
const PRIVACY: Level = Level::PRIVACY;
const INTEGRITY: Level = Level::INTEGRITY;

/// A connection under a security context, with what protects it.
struct Line<'a> {
    talk: &'a mut Talk,
    toy: Toy,
    level: Level,
    header_signing: bool,
}

impl<'a> Line<'a> {
    /// Both interfaces are bound under context 5, and its key is told.
    fn new(talk: &'a mut Talk, level: Level) -> Self {
        let line = Self::without_key(talk, level, Flags::WHOLE, Flags::WHOLE);
        line.talk.see(told(0, 5, &[KEY]));
        line
    }

    fn without_key(talk: &'a mut Talk, level: Level, asked: Flags, answered: Flags) -> Self {
        let accepted = ContextResult::accept(TransferSyntax::Ndr.id());
        talk.open(0, "server").ask(0, &flagged(bind(1).with_auth(begins(5, level)), asked));
        talk.tell(0, &flagged(bind_ack(1, 7, &[accepted; 2]).with_auth(begins(5, level)), answered));
        let header_signing = asked.has(Flags::SUPPORT_HEADER_SIGN) && answered.has(Flags::SUPPORT_HEADER_SIGN);
        Self { talk, toy: Toy::new(KEY), level, header_signing }
    }

    fn protect(&mut self, pdu: Pdu) -> Bytes {
        self.toy.protect(pdu, 5, self.level, self.header_signing)
    }

    fn ask(&mut self, pdu: Pdu) -> &mut Self {
        let octets = self.protect(pdu);
        self.talk.octets(0, TO_SERVER, octets);
        self
    }

    fn tell(&mut self, pdu: Pdu) -> &mut Self {
        let octets = self.protect(pdu);
        self.talk.octets(0, TO_CLIENT, octets);
        self
    }
}

fn stub() -> Bytes {
    let registration_obj = ContextHandle::new(Interface::AsyncNotify.id().uuid);
    In::UnregisterClient(UnregisterClientIn { registration_obj }).encode(Format::default())
}

/// A request for UnregisterClient.
fn unregister(call_id: u32) -> Pdu {
    request(call_id, 1, 1, stub())
}

/// Its response.
fn unregistered(call_id: u32) -> Pdu {
    response(call_id, Out::UnregisterClient(UnregisterClientOut { status: Hresult::OK }).encode(Format::default()))
}

fn altered(octets: &Bytes, at: usize) -> Bytes {
    let mut octets = octets.to_vec();
    octets[at] ^= 1;
    octets.into()
}

fn sealed(talk: &mut Talk) {
    Line::new(talk, PRIVACY).ask(unregister(2)).tell(unregistered(2)).ask(unregister(3)).tell(unregistered(3));
}

fn signed(talk: &mut Talk) {
    Line::new(talk, INTEGRITY).ask(unregister(2)).tell(unregistered(2));
}

fn signed_at_packet_level(talk: &mut Talk) {
    Line::new(talk, Level::PKT).ask(unregister(2)).tell(unregistered(2));
}

/// One read may bring the last token and the first request.
fn key_told_after_the_first_request(talk: &mut Talk) {
    let mut line = Line::without_key(talk, PRIVACY, Flags::WHOLE, Flags::WHOLE);
    line.ask(unregister(2));
    line.talk.see(told(0, 5, &[KEY]));
    line.tell(unregistered(2));
}

fn without_key(talk: &mut Talk) {
    let mut line = Line::without_key(talk, PRIVACY, Flags::WHOLE, Flags::WHOLE);
    line.ask(unregister(2)).tell(unregistered(2)).ask(request(3, 0, 0, Bytes::new()));
}

fn signed_without_key(talk: &mut Talk) {
    let mut line = Line::without_key(talk, INTEGRITY, Flags::WHOLE, Flags::WHOLE);
    line.ask(unregister(2)).tell(unregistered(2));
}

fn useless_key(talk: &mut Talk) {
    let mut line = Line::without_key(talk, PRIVACY, Flags::WHOLE, Flags::WHOLE);
    line.talk.see(told(0, 5, &[]));
    line.ask(unregister(2));
}

/// Only what both ends want is done.
fn headers_signed(talk: &mut Talk) {
    let signing = Flags::WHOLE.with(Flags::SUPPORT_HEADER_SIGN);
    let mut line = Line::without_key(talk, PRIVACY, signing, signing);
    line.talk.see(told(0, 5, &[KEY]));
    let octets = line.ask(unregister(2)).tell(unregistered(2)).protect(unregister(3));
    // opnum stands in the header.
    line.talk.octets(0, TO_SERVER, altered(&octets, 22));
}

fn headers_not_signed(talk: &mut Talk) {
    let signing = Flags::WHOLE.with(Flags::SUPPORT_HEADER_SIGN);
    let mut line = Line::without_key(talk, PRIVACY, signing, Flags::WHOLE);
    line.talk.see(told(0, 5, &[KEY]));
    line.ask(unregister(2)).tell(unregistered(2));
}

fn fragments(talk: &mut Talk) {
    let piece = |range, flags| flagged(request(2, 1, 1, stub().slice(range)), flags);
    let mut line = Line::new(talk, PRIVACY);
    line.ask(piece(0..8, Flags::FIRST)).ask(piece(8..9, Flags::NONE)).ask(piece(9..20, Flags::LAST));
    line.tell(flagged(response(2, [0_u8, 0].to_vec()), Flags::FIRST));
    line.tell(flagged(response(2, [0_u8, 0].to_vec()), Flags::LAST));
}

/// One wrong fragment spoils the call.
fn fragment_altered(talk: &mut Talk) {
    let piece = |range, flags| flagged(request(2, 1, 1, stub().slice(range)), flags);
    let mut line = Line::new(talk, INTEGRITY);
    line.ask(piece(0..8, Flags::FIRST));
    let octets = line.protect(piece(8..9, Flags::NONE));
    line.talk.octets(0, TO_SERVER, altered(&octets, 24));
    line.ask(piece(9..20, Flags::LAST)).tell(unregistered(2));
    line.tell(flagged(response(2, [0_u8, 0].to_vec()), Flags::LAST));
}

fn signature_wrong(talk: &mut Talk) {
    let mut line = Line::new(talk, INTEGRITY);
    let octets = line.protect(unregister(2));
    let last = octets.len() - 1;
    line.talk.octets(0, TO_SERVER, altered(&octets, last));
    line.talk.tell(0, &fault(2, 5));
    line.ask(unregister(3)).tell(unregistered(3));
}

/// What the witness and the two ends count may differ after that: nobody is blamed.
fn request_replayed(talk: &mut Talk) {
    let mut line = Line::new(talk, PRIVACY);
    let octets = line.protect(unregister(2));
    line.talk.octets(0, TO_SERVER, octets.clone()).tell(0, &fault(2, 5)).octets(0, TO_SERVER, octets);
    line.ask(unregister(3)).tell(unregistered(3));
}

fn requests_reordered(talk: &mut Talk) {
    let mut line = Line::new(talk, INTEGRITY);
    let (first, second) = (line.protect(unregister(2)), line.protect(unregister(3)));
    line.talk.octets(0, TO_SERVER, second).octets(0, TO_SERVER, first);
}

fn response_altered(talk: &mut Talk) {
    let mut line = Line::new(talk, PRIVACY);
    let octets = line.ask(unregister(2)).protect(unregistered(2));
    line.talk.octets(0, TO_CLIENT, altered(&octets, 24));
}

/// What the server has written can be read all the same.
fn signed_response_altered(talk: &mut Talk) {
    let mut line = Line::new(talk, INTEGRITY);
    let octets = line.ask(unregister(2)).protect(unregistered(2));
    let last = octets.len() - 1;
    line.talk.octets(0, TO_CLIENT, altered(&octets, last));
}

/// From there on the direction can't be read; the other one can.
fn segment_lost(talk: &mut Talk) {
    let mut line = Line::new(talk, PRIVACY);
    line.ask(unregister(2)).tell(unregistered(2));
    line.protect(unregister(3));
    line.talk.lose(0, TO_SERVER, Some(80));
    line.ask(unregister(4)).tell(unregistered(4)).ask(unregister(5));
}

fn in_mid_conversation(talk: &mut Talk) {
    let mut line = Line { talk, toy: Toy::new(KEY), level: PRIVACY, header_signing: false };
    line.protect(unregister(2));
    line.talk.see(told(0, 5, &[KEY]));
    line.ask(unregister(3)).tell(unregistered(3));
}

fn verifier_missing(talk: &mut Talk) {
    let mut line = Line::new(talk, INTEGRITY);
    line.talk.ask(0, &unregister(2));
    line.talk.tell(0, &fault(2, 5));
    line.ask(unregister(3)).tell(unregistered(3));
}

fn zeroes_at_packet_level(talk: &mut Talk) {
    let zeroes =
        |pdu: Pdu| pdu.with_auth(AuthVerifier { token: Bytes::from_static(&[0; 16]), ..begins(5, Level::PKT) });
    let line = Line::new(talk, Level::PKT);
    line.talk.ask(0, &zeroes(unregister(2))).tell(0, &zeroes(unregistered(2)));
}

fn connect_level(talk: &mut Talk) {
    let line = Line::new(talk, Level::CONNECT);
    line.talk.ask(0, &unregister(2).with_auth(begins(5, Level::CONNECT))).tell(0, &unregistered(2));
}

fn no_such_context(talk: &mut Talk) {
    let mut line = Line::new(talk, INTEGRITY);
    let octets = line.toy.protect(unregister(2), 6, INTEGRITY, false);
    line.talk.octets(0, TO_SERVER, octets);
}

/// Whose call it is, its verifier tells; without one nobody can.
fn several_contexts(talk: &mut Talk) {
    let ndr = TransferSyntax::Ndr.id();
    let mut line = Line::new(talk, INTEGRITY);
    let alter = |context| alter_context(2, context, Interface::AsyncNotify, ndr);
    line.talk.ask(0, &alter(2).with_auth(begins(6, PRIVACY)));
    line.talk.tell(0, &alter_context_resp(2, &[ContextResult::accept(ndr)]).with_auth(begins(6, PRIVACY)));
    line.talk.see(told(0, 6, &[0x33]));
    let octets = Toy::new(0x33).protect(request(3, 2, 1, stub()), 6, PRIVACY, false);
    line.talk.octets(0, TO_SERVER, octets);
    line.ask(unregister(4));
    line.talk.ask(0, &unregister(5));
}

/// Calls go on under the context that stands.
fn second_context_refused(talk: &mut Talk) {
    let ndr = TransferSyntax::Ndr.id();
    let line = Line::new(talk, INTEGRITY);
    line.talk.ask(0, &alter_context(2, 2, Interface::AsyncNotify, ndr).with_auth(begins(6, PRIVACY)));
    line.talk.tell(0, &fault(2, 5)).ask(0, &unregister(3));
    let octets = Toy::new(KEY).protect(unregister(4), 6, PRIVACY, false);
    line.talk.octets(0, TO_SERVER, octets);
}

fn bind_refused(talk: &mut Talk) {
    talk.open(0, "server").ask(0, &bind(1).with_auth(begins(5, PRIVACY)));
    talk.tell(0, &pdu(Body::BindNak(BindNak { reason: 8, ..Default::default() }), 1));
    talk.ask(0, &bind(2)).tell(0, &bind_ack(2, 7, &[ContextResult::accept(TransferSyntax::Ndr.id()); 2]));
    talk.ask(0, &unregister(3));
}

/// What has no first fragment may be refused all the same: by its call_id, whose else.
fn first_fragment_missing(talk: &mut Talk) {
    let mut line = Line::new(talk, INTEGRITY);
    line.protect(flagged(request(2, 1, 1, stub().slice(0..8)), Flags::FIRST));
    line.ask(flagged(request(2, 1, 1, stub().slice(8..20)), Flags::LAST));
    line.talk.tell(0, &fault(2, 5)).tell(0, &fault(2, 5));
}

fn verification_trailer(talk: &mut Talk) {
    let command = Command { command: Command::BITMASK_1 | Command::END, body: Bytes::from_static(&[1, 0, 0, 0]) };
    let trailer = VerificationTrailer { commands: vec![command], rest: Bytes::new() };
    Line::new(talk, PRIVACY).ask(request(2, 1, 1, trailer.append(&stub())));
}

fn object_uuid_and_big_endian(talk: &mut Talk) {
    let format = Format::new(TransferSyntax::Ndr, ByteOrder::Big);
    let registration_obj = ContextHandle::new(Interface::AsyncNotify.id().uuid);
    let stub = In::UnregisterClient(UnregisterClientIn { registration_obj }).encode(format);
    let object = Some(Interface::RemoteObject.id().uuid);
    let body = Request { context_id: 1, opnum: 1, object, stub, ..Request::default() };
    let flags = Flags::WHOLE.with(Flags::OBJECT_UUID);
    Line::new(talk, PRIVACY).ask(Pdu::new(Body::Request(body), flags, ByteOrder::Big, 2));
}

/// A PDU whose verifier says something else than when it was protected.
fn respelt(octets: &Bytes, change: fn(&mut AuthVerifier)) -> Bytes {
    let mut pdu = Pdu::decode(octets).unwrap().value;
    change(pdu.auth.as_mut().unwrap());
    pdu.encode()
}

/// A signature that does not cover the sec_trailer is right all the same; the context was begun otherwise.
fn verifier_of_another_type(talk: &mut Talk) {
    let mut line = Line::new(talk, Level::PKT);
    let octets = line.ask(unregister(2)).tell(unregistered(2)).protect(unregister(3));
    line.talk.octets(0, TO_SERVER, respelt(&octets, |auth| auth.auth_type ^= 1)).tell(0, &fault(3, 5));
}

/// Without a key that can be told as well. Levels 3 and 4 are the same.
fn verifier_of_another_level(talk: &mut Talk) {
    let mut line = Line::without_key(talk, Level::PKT, Flags::WHOLE, Flags::WHOLE);
    let (asked, told) = (line.protect(unregister(2)), line.protect(unregistered(2)));
    line.talk.octets(0, TO_SERVER, respelt(&asked, |auth| auth.auth_level = 3));
    line.talk.octets(0, TO_CLIENT, respelt(&told, |auth| auth.auth_level = 2));
}

fn cancel(talk: &mut Talk) {
    let mut line = Line::new(talk, INTEGRITY);
    line.ask(unregister(2)).ask(pdu(Body::CoCancel, 2)).ask(unregister(3));
}

#[rstest]
#[case::sealed(sealed)]
#[case::signed(signed)]
#[case::signed_at_packet_level(signed_at_packet_level)]
#[case::key_told_after_the_first_request(key_told_after_the_first_request)]
#[case::without_key(without_key)]
#[case::signed_without_key(signed_without_key)]
#[case::useless_key(useless_key)]
#[case::headers_signed(headers_signed)]
#[case::headers_not_signed(headers_not_signed)]
#[case::fragments(fragments)]
#[case::fragment_altered(fragment_altered)]
#[case::signature_wrong(signature_wrong)]
#[case::request_replayed(request_replayed)]
#[case::requests_reordered(requests_reordered)]
#[case::response_altered(response_altered)]
#[case::signed_response_altered(signed_response_altered)]
#[case::segment_lost(segment_lost)]
#[case::in_mid_conversation(in_mid_conversation)]
#[case::verifier_missing(verifier_missing)]
#[case::zeroes_at_packet_level(zeroes_at_packet_level)]
#[case::connect_level(connect_level)]
#[case::no_such_context(no_such_context)]
#[case::several_contexts(several_contexts)]
#[case::second_context_refused(second_context_refused)]
#[case::bind_refused(bind_refused)]
#[case::verifier_of_another_type(verifier_of_another_type)]
#[case::verifier_of_another_level(verifier_of_another_level)]
#[case::first_fragment_missing(first_fragment_missing)]
#[case::verification_trailer(verification_trailer)]
#[case::object_uuid_and_big_endian(object_uuid_and_big_endian)]
#[case::cancel(cancel)]
fn case(#[context] context: Context, #[case] play: fn(&mut Talk)) {
    let mut talk = Talk::new();
    play(&mut talk);
    insta::assert_snapshot!(context.description.unwrap(), text(&opened(talk.entries())));
}

fn opened(entries: &[Entry]) -> Vec<Event> {
    events_with(unsealer, entries)
}

/// After a refusal by a token the client may begin anew, under the same id.
#[test]
fn a_context_may_be_begun_anew_by_another_provider() {
    let ndr = TransferSyntax::Ndr.id();
    let mut talk = Talk::new();
    let mut line = Line::without_key(&mut talk, INTEGRITY, Flags::WHOLE, Flags::WHOLE);
    let other = AuthVerifier { auth_type: 0x44, ..begins(5, Level::PKT) };
    line.talk.ask(0, &alter_context(2, 2, Interface::AsyncNotify, ndr).with_auth(other.clone()));
    line.talk.tell(0, &alter_context_resp(2, &[ContextResult::accept(ndr)]).with_auth(other));
    let octets = line.protect(unregister(3));
    line.talk.octets(0, TO_SERVER, respelt(&octets, |auth| (auth.auth_type, auth.auth_level) = (0x44, 4)));
    let signatures = opened(talk.entries()).into_iter().filter_map(|event| match event.kind {
        Kind::CallStarted(started) => started.protection.map(|protection| protection.signature),
        _ => None,
    });
    assert_eq!(signatures.collect::<Vec<_>>(), [Signature::Untold("its key is not known".into())]);
}

/// A copy belongs to the step of what it copies: also when both come before either is answered.
#[rstest]
#[case::of_the_marked_call(2, 2)]
#[case::of_another_call(3, 1)]
fn a_copy_has_the_mark_of_its_original(#[case] second: u32, #[case] marked: usize) {
    let mut talk = Talk::new();
    let mut line = Line::new(&mut talk, INTEGRITY);
    let (first, second) = (line.protect(unregister(2)), line.protect(unregister(second)));
    let mark = trace::CallMark {
        connection: ConnectionId(0),
        call_id: 2,
        actor: "alice".into(),
        step: "call alice UnregisterClient".into(),
        line: 7,
        violates: vec!["PAN-2.1-08".into()],
    };
    line.talk.see(Seen::Mark(Mark::Call(mark))).octets(0, TO_SERVER, first).octets(0, TO_SERVER, second);
    let events = opened(talk.entries());
    let started = events.iter().filter_map(|event| match &event.kind {
        Kind::CallStarted(started) => Some(started),
        _ => None,
    });
    let marks: Vec<_> = started.map(|started| started.mark.is_some()).collect();
    assert_eq!((marks.len(), marks.iter().filter(|mark| **mark).count()), (2, marked));
}

/// Whatever is done to one octet of a signed conversation, no call is taken for another one.
#[test]
fn an_altered_octet_is_never_verified() {
    let signing = Flags::WHOLE.with(Flags::SUPPORT_HEADER_SIGN);
    let mut talk = Talk::new();
    let mut line = Line::without_key(&mut talk, PRIVACY, signing, signing);
    line.talk.see(told(0, 5, &[KEY]));
    let octets = line.protect(unregister(2));
    for at in 0..octets.len() {
        let mut talk = Talk::new();
        let line = Line::without_key(&mut talk, PRIVACY, signing, signing);
        line.talk.see(told(0, 5, &[KEY])).octets(0, TO_SERVER, altered(&octets, at)).close(0, TO_SERVER);
        let verified = opened(talk.entries()).iter().any(|event| match &event.kind {
            Kind::Pdu(pdu) => matches!(pdu.protection, Some(Protection { signature: Signature::Verified, .. })),
            _ => false,
        });
        assert!(!verified, "octet {at}");
    }
}
