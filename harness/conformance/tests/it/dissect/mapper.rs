//! Questions to an endpoint mapper and its answers.

use bytes::Bytes;
use dcerpc::epm::{
    BY_INTERFACE, Entry, INTERFACE, LOOKUP, LookupRequest, LookupResponse, MAP, MapRequest, MapResponse,
    NOT_REGISTERED, TcpEndpoint, Tower,
};
use dcerpc::ndr::{Conformant, Format};
use dcerpc::pdu::{Bind, Body, ContextElement, ContextResult};
use dcerpc::{SyntaxId, TransferSyntax};
use mspan::Interface;

use super::talk::{Talk, bind_ack, fault, pdu, request, response};
use super::text::{events, text};

const NDR: SyntaxId = TransferSyntax::Ndr.id();

/// A connection to an endpoint mapper.
fn bound() -> Talk {
    let contexts = vec![ContextElement::new(0, INTERFACE, NDR)];
    let bind = pdu(Body::Bind(Bind { max_xmit_frag: 5840, max_recv_frag: 5840, contexts, ..Bind::default() }), 1);
    let mut talk = Talk::new();
    talk.open(0, "server:135").ask(0, &bind).tell(0, &bind_ack(1, 7, &[ContextResult::accept(NDR)]));
    talk
}

fn tower(port: u16) -> Tower {
    Tower::tcp(Interface::AsyncNotify.id(), NDR, TcpEndpoint { port, address: [10, 0, 0, 1] })
}

fn map() -> Bytes {
    MapRequest { map_tower: Some(tower(0)), max_towers: 1, ..MapRequest::default() }.encode(Format::default())
}

fn mapped() -> Bytes {
    let towers = Conformant::from(vec![Some(tower(49670))]);
    MapResponse { num_towers: 1, towers, ..MapResponse::default() }.encode(Format::default())
}

#[test]
fn questions_and_answers_are_read() {
    let mut talk = bound();
    talk.ask(0, &request(2, 0, MAP, map())).tell(0, &response(2, mapped()));
    let none = MapResponse { status: NOT_REGISTERED, ..MapResponse::default() };
    talk.ask(0, &request(3, 0, MAP, map())).tell(0, &response(3, none.encode(Format::default())));
    let lookup = LookupRequest {
        inquiry_type: BY_INTERFACE,
        interface: Some(Interface::AsyncNotify.id()),
        ..LookupRequest::default()
    };
    let entry = Entry { tower: Some(tower(49670)), annotation: Bytes::from_static(b"\0"), ..Entry::default() };
    let found = LookupResponse { num_ents: 1, entries: Conformant::from(vec![entry]), ..LookupResponse::default() };
    talk.ask(0, &request(4, 0, LOOKUP, lookup.encode(Format::default())));
    talk.tell(0, &response(4, found.encode(Format::default())));
    insta::assert_snapshot!(text(&events(talk.entries())));
}

/// Defects are told, what can't be read is a gap, and other operations are nobody's business.
#[test]
fn bad_questions_and_answers_are_told() {
    let mut talk = bound();
    let mut many = mapped().to_vec();
    many[20] = 2;
    talk.ask(0, &request(2, 0, MAP, map())).tell(0, &response(2, many));
    talk.ask(0, &request(3, 0, MAP, map().slice(..50))).tell(0, &fault(3, 0x1C01_000B));
    talk.ask(0, &request(4, 0, MAP, map())).tell(0, &response(4, mapped().slice(..100)));
    talk.ask(0, &request(5, 0, 7, Bytes::new())).tell(0, &response(5, Bytes::from_static(&[1, 2, 3, 4])));
    insta::assert_snapshot!(text(&events(talk.entries())));
}
