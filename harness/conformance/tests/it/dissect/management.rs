//! Remote management beside the interfaces that are judged ([C706] appendix Q).

use bytes::Bytes;
use conformance::event::Kind;
use conformance::{Checker, Config, rules};
use dcerpc::mgmt::{self, InqIfIdsResponse, InqPrincNameRequest, InqStatsRequest, IsServerListeningResponse};
use dcerpc::ndr::Format;
use dcerpc::pdu::{Bind, Body, ContextElement, ContextResult};
use dcerpc::{SyntaxId, TransferSyntax};
use mspan::Interface;
use trace::Direction;

use super::talk::{Talk, alter_context_resp, fault, pdu, request, response};
use super::text::events;

/// Both interfaces and management bound, calls of management or none, the end.
fn talk(managed: bool) -> Talk {
    let ndr = TransferSyntax::Ndr.id();
    let contexts = vec![ContextElement::new(2, mgmt::INTERFACE, ndr)];
    let mut talk = Talk::new();
    talk.bound(0, "server", 7);
    if managed {
        let if_id_vector = Some([Interface::RemoteObject.id(), mgmt::INTERFACE].to_vec().into());
        let ids = InqIfIdsResponse { if_id_vector, status: 0 }.encode(Format::default());
        let listening = IsServerListeningResponse { status: 0, listening: 1 }.encode(Format::default());
        let stats = InqStatsRequest { count: 4 }.encode(Format::default());
        let name = InqPrincNameRequest { authn_proto: 9, princ_name_size: 32 }.encode(Format::default());
        talk.ask(0, &pdu(Body::AlterContext(Bind { contexts, ..Bind::default() }), 2));
        talk.tell(0, &alter_context_resp(2, &[ContextResult::accept(ndr)]));
        talk.ask(0, &request(3, 2, mgmt::INQ_IF_IDS, Bytes::new())).tell(0, &response(3, ids));
        talk.ask(0, &request(4, 2, mgmt::IS_SERVER_LISTENING, Bytes::new())).tell(0, &response(4, listening));
        talk.ask(0, &request(5, 2, mgmt::INQ_STATS, stats)).tell(0, &fault(5, 0x6F7));
        talk.ask(0, &request(6, 2, mgmt::INQ_PRINC_NAME, name)).tell(0, &response(6, Bytes::from_static(b"rubbish")));
        talk.ask(0, &request(7, 2, 0xFFFF, Bytes::new())).tell(0, &fault(7, 0x1C01_0002));
    }
    talk.close(0, Direction::ToServer);
    talk
}

fn findings(talk: &Talk) -> Vec<String> {
    let mut checker = Checker::new(Config::default(), rules::all());
    for entry in talk.entries() {
        checker.push(entry, &mut |_| {});
    }
    let findings = checker.finish().findings;
    findings.iter().map(|finding| format!("{} {} {}", finding.verdict, finding.rule, finding.actual)).collect()
}

/// Its calls are told as those of another interface, and change no verdict.
#[test]
fn calls_of_management_are_nobodys_breach() {
    let managed = talk(true);
    let events = events(managed.entries());
    let of_others = |id: SyntaxId| Interface::from_id(id).is_none();
    assert!(events.iter().any(|event| matches!(&event.kind, Kind::Negotiated(one) if of_others(one.abstract_syntax))));
    let calls = events.iter().filter(|event| matches!(&event.kind, Kind::CallStarted(one) if one.interface.is_none()));
    assert_eq!(calls.count(), 5);
    assert!(!events.iter().any(|event| matches!(event.kind, Kind::Gap(_))), "{events:?}");
    assert_eq!(findings(&managed), findings(&talk(false)));
}
