//! Tokens in bind, alter_context, auth3 and their answers, from the octets on.

use bytes::Bytes;
use conformance::event::{Gap, Kind, Layer, Pdu as PduEvent};
use conformance::model::{Answer, Model, Target};
use conformance::{Checker, Config, Severity, rules};
use dcerpc::TransferSyntax;
use dcerpc::pdu::{Auth3, AuthVerifier, Body, ContextResult, Pdu};
use dcerpc::security::token::rule;
use mspan::Interface;
use rstest::rstest;
use trace::{ConnectionId, Direction};

use super::talk::{Talk, alter_context, alter_context_resp, bind, bind_ack, pdu, request};
use super::text::events;
use crate::token::*;

/// A PDU with a token of the negotiate provider, in security context 7.
fn with(pdu: Pdu, token: Bytes) -> Pdu {
    of(9, pdu, token)
}

fn of(auth_type: u8, pdu: Pdu, token: Bytes) -> Pdu {
    pdu.with_auth(AuthVerifier { auth_type, auth_level: 4, context_id: 7, token, ..Default::default() })
}

fn accepted() -> Pdu {
    bind_ack(1, 7, &[ContextResult::accept(TransferSyntax::Ndr.id()); 2])
}

fn auth3() -> Pdu {
    pdu(Body::Auth3(Auth3 { pad: Bytes::from_static(&[0; 4]) }), 1)
}

/// NTLM in three legs, the last without an answer.
fn by_ntlm() -> Talk {
    let mut talk = Talk::new();
    talk.open(0, "server").ask(0, &with(bind(1), octets(NEGOTIATE))).tell(0, &with(accepted(), octets(CHALLENGE)));
    talk.ask(0, &with(auth3(), octets(AUTHENTICATE)));
    talk
}

/// Kerberos in the style of DCE.
fn by_kerberos(answer: &str) -> Talk {
    let mut talk = Talk::new();
    talk.open(0, "server").ask(0, &with(bind(1), octets(TICKET))).tell(0, &with(accepted(), octets(answer)));
    let ndr = TransferSyntax::Ndr.id();
    talk.ask(0, &with(alter_context(2, 0, Interface::RemoteObject, ndr), octets(COMPLETED)));
    talk.tell(0, &with(alter_context_resp(2, &[ContextResult::accept(ndr)]), octets(COMPLETED)));
    talk
}

fn pdus(talk: &Talk) -> Vec<PduEvent> {
    let pdu = |kind| if let Kind::Pdu(pdu) = kind { Some(pdu) } else { None };
    events(talk.entries()).into_iter().filter_map(|event| pdu(event.kind)).collect()
}

fn gaps(talk: &Talk) -> Vec<Gap> {
    let gap = |kind| if let Kind::Gap(gap) = kind { Some(gap) } else { None };
    events(talk.entries()).into_iter().filter_map(|event| gap(event.kind)).collect()
}

#[rstest]
#[case::ntlm(by_ntlm(), &[NEGOTIATE, CHALLENGE, AUTHENTICATE])]
#[case::kerberos(by_kerberos(TICKET_READ), &[TICKET, TICKET_READ, COMPLETED, COMPLETED])]
fn tokens_are_read_where_they_set_up_a_context(#[case] talk: Talk, #[case] golden: &[&str]) {
    let seen = pdus(&talk);
    let tokens: Vec<_> =
        seen.iter().map(|pdu| pdu.auth.as_ref().and_then(|auth| auth.token.as_deref().cloned())).collect();
    assert_eq!(tokens, golden.iter().map(|golden| Some(token(golden))).collect::<Vec<_>>());
    assert!(seen.iter().all(|pdu| pdu.auth.as_ref().is_some_and(|auth| auth.context_id == 7)));
    assert_eq!(seen[0].interfaces, [Interface::RemoteObject, Interface::AsyncNotify]);
    assert_eq!(gaps(&talk), []);
}

/// What protects a request is no token, and what other providers send is not looked at.
#[rstest]
#[case::of_a_request(of(9, request(2, 0, 0, Bytes::new()), octets(TICKET)))]
#[case::of_another_provider(of(68, bind(1), octets(TICKET)))]
fn other_verifiers_are_left_alone(#[case] pdu: Pdu) {
    let mut talk = Talk::new();
    talk.open(0, "server").ask(0, &with(bind(1), octets(TICKET))).tell(0, &accepted()).ask(0, &pdu);
    assert_eq!(pdus(&talk).last().unwrap().auth.as_ref().unwrap().token, None);
    assert_eq!(gaps(&talk), []);
}

/// A token that can't be read is named with its place; calls on the connection stay in sight.
#[rstest]
#[case::of_spnego(&octets(NEGOTIATE)[..40], "offset 0x2: InitialContextToken needs 72 octets, 38 left", false)]
#[case::of_the_mechanism(&[&octets(NEGOTIATE)[..42], &[4], &octets(NEGOTIATE)[43..]].concat(), "offset 0x2a: MessageType", true)]
fn unreadable_tokens_are_gaps(#[case] octets: &[u8], #[case] why: &str, #[case] outer_is_read: bool) {
    let mut talk = Talk::new();
    talk.open(0, "server").ask(0, &with(bind(1), Bytes::copy_from_slice(octets))).tell(0, &accepted());
    let gaps = gaps(&talk);
    assert!(
        matches!(&gaps[..], [gap] if gap.layer == Layer::Token && gap.malformed && gap.why.contains(why)),
        "{gaps:?}"
    );
    assert_eq!(pdus(&talk)[0].auth.as_ref().unwrap().token.is_some(), outer_is_read);
    let model = replay(&talk);
    let connection = model.connection(ConnectionId(0)).unwrap();
    assert_eq!((connection.garbled, connection.blind), (true, false));
}

#[test]
fn what_is_wrong_with_a_token_stands_beside_it() {
    let mut talk = Talk::new();
    let octets = Bytes::from([&octets(NEGOTIATE)[..], &[0]].concat());
    talk.open(0, "server").ask(0, &with(bind(1), octets));
    let auth = pdus(&talk).remove(0).auth.unwrap();
    assert_eq!(auth.token.as_deref(), Some(&token(NEGOTIATE)));
    assert!(matches!(&auth.defects[..], [defect] if defect.rule == rule::NOTHING_FOLLOWS));
}

fn replay(talk: &Talk) -> Model {
    let mut model = Model::new(Config::default());
    for event in events(talk.entries()) {
        model.apply(&event);
    }
    model
}

#[test]
fn the_model_knows_whom_a_client_asks_for_and_what_came_of_it() {
    let by = |talk: &Talk| {
        let model = replay(talk);
        model.connection(ConnectionId(0)).unwrap().authentications[&7].clone()
    };
    let ntlm = by(&by_ntlm());
    assert_eq!((ntlm.auth_type, ntlm.target), (9, Some(Target::Named("host/PRINTSRV".to_owned()))));
    assert_eq!((ntlm.server_names, ntlm.answer), (vec!["PRINTSRV".to_owned(); 2], Some(Answer::Challenge)));
    let kerberos = by(&by_kerberos(TICKET_READ));
    let sname = ["host", "printsrv.lab.test"].map(str::to_owned).to_vec();
    assert_eq!((kerberos.target, kerberos.answer), (Some(Target::Ticket(sname)), Some(Answer::TicketRead)));
}

/// From octets to verdicts, by all rules.
#[rstest]
#[case::ntlm(by_ntlm(), &[("MS-PAN/2.1/server-takes-tickets-for-its-host-principal", Severity::Inconclusive)])]
#[case::kerberos(by_kerberos(TICKET_READ), &[])]
#[case::refused(by_kerberos(TICKET_OF_ANOTHER), &[("MS-PAN/2.1/server-takes-tickets-for-its-host-principal", Severity::Fail)])]
fn exchanges_are_judged(#[case] talk: Talk, #[case] expected: &[(&str, Severity)]) {
    let config = Config { server_name: Some("printsrv.lab.test".to_owned()), ..Config::default() };
    let mut checker = Checker::new(config, rules::all().filter(|rule| rule.section == "2.1"));
    for entry in talk.entries() {
        checker.push(entry, &mut |_| {});
    }
    let findings = checker.finish().findings;
    let seen: Vec<_> = findings.iter().map(|finding| (finding.rule, finding.verdict)).collect();
    assert_eq!(seen, expected);
}

/// The direction is the client's or the server's; nothing else is read differently.
#[test]
fn tokens_of_the_wrong_party_ask_for_nothing() {
    let mut talk = Talk::new();
    talk.open(0, "server").ask(0, &with(bind(1), octets(TICKET_READ))).tell(0, &with(accepted(), octets(TICKET)));
    let model = replay(&talk);
    let known = &model.connection(ConnectionId(0)).unwrap().authentications[&7];
    assert_eq!((&known.target, known.answer), (&None, None));
    assert_eq!(pdus(&talk)[1].direction, Direction::ToClient);
}
