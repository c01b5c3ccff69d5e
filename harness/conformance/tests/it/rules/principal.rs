//! The principal that a client asks for, and that a server answers to ([MS-PAN] 2.1).

use conformance::Severity::{self, Fail, Inconclusive, Warn};
use conformance::event::{Auth, Kind, Pdu, Protection, Refused, Signature};
use conformance::{Party, rules};
use dcerpc::security::token::{KerberosMessage, MechToken, NegTokenInit, NegTokenResp, NtResponse, NtlmMessage, Token};
use mspan::{Hresult, Interface, UserFilter};
use rstest::rstest;
use trace::{ConnectionId, Direction, Flaw, LocalEvent};

use crate::case::{Case, verdicts};
use crate::script::*;
use crate::token::*;

const SERVER: &str = "MS-PAN/2.1/server-takes-tickets-for-its-host-principal";
const CLIENT: &str = "MS-PAN/2.1/client-asks-for-the-host-principal";

const ALTER_CONTEXT: u8 = 14;
const ALTER_CONTEXT_RESP: u8 = 15;

/// A PDU of the first connection with a token of some provider.
fn of(script: Script, auth_type: u8, direction: Direction, token: Token) -> Script {
    let ptype = if direction == Direction::ToServer { ALTER_CONTEXT } else { ALTER_CONTEXT_RESP };
    let (connection, token, defects) = (ConnectionId(A.0), Some(Box::new(token)), Vec::new());
    let interfaces = if direction == Direction::ToServer { Interface::ALL.to_vec() } else { Vec::new() };
    script.open(A).event(Kind::Pdu(Pdu {
        connection,
        direction,
        ptype,
        flags: 3,
        frag_length: 900,
        auth_length: 700,
        call_id: 2,
        interfaces,
        auth: Some(Auth { auth_type, auth_level: 4, context_id: 7, token, defects }),
        protection: None,
        defects: Vec::new(),
        octets: bytes::Bytes::new(),
    }))
}

fn asks(script: Script, golden: &str) -> Script {
    of(script, 9, Direction::ToServer, token(golden))
}

fn answers(script: Script, golden: &str) -> Script {
    of(script, 9, Direction::ToClient, token(golden))
}

/// The name that somebody gave the server.
fn named(mut script: Script, name: &str) -> Script {
    script.config.server_name = Some(name.to_owned());
    script
}

/// What a server answers to a ticket for host/printsrv.lab.test, which is its name.
fn answered(script: Script, golden: &str) -> Script {
    answers(asks(named(script, "PRINTSRV.lab.test"), TICKET), golden)
}

fn refused(script: Script) -> Script {
    let abstract_syntaxes = vec![Interface::AsyncNotify.id()];
    script.event(Kind::Refused(Refused { connection: ConnectionId(A.0), abstract_syntaxes, reason: 0 }))
}

/// The golden ticket with another sname.
fn ticket(components: &[&str]) -> Token {
    let mut token = token(TICKET);
    let Token::Init(NegTokenInit { mech_token: Some(MechToken::Kerberos(KerberosMessage::ApReq(request))), .. }) =
        &mut token
    else {
        panic!("{token:?}")
    };
    request.sname.components = components.iter().map(|&component| component.to_owned()).collect();
    token
}

/// The golden response with another MsvAvTargetName, or with none.
fn ntlm<'a>(principal: impl Into<Option<&'a str>>) -> Token {
    let mut token = token(AUTHENTICATE);
    let Token::Resp(NegTokenResp { response_token: Some(MechToken::Ntlm(NtlmMessage::Authenticate(message))), .. }) =
        &mut token
    else {
        panic!("{token:?}")
    };
    let NtResponse::V2(info) = &mut message.response else { panic!("{message:?}") };
    info.target_name = principal.into().map(str::to_owned);
    token
}

fn authenticates(script: Script, principal: &str) -> Script {
    of(answers(asks(script, NEGOTIATE), CHALLENGE), 9, Direction::ToServer, ntlm(principal))
}

pub(super) static CASES: &[Case] = &[
    Case {
        rule: SERVER,
        requirement: "PAN-2.1-05",
        verdict: Fail,
        keeps: |script| answers(answered(script, TICKET_READ), COMPLETED),
        breaks: |script| answered(script, TICKET_OF_ANOTHER),
        also: &[],
    },
    Case {
        rule: SERVER,
        requirement: "PAN-2.1-05",
        verdict: Inconclusive,
        // Who reads the ticket goes by its name, whatever others call it.
        keeps: |script| answers(asks(script, TICKET), TICKET_READ),
        // An older key is a key.
        breaks: |script| answered(script, TICKET_OF_A_NEWER_KEY),
        also: &[],
    },
    Case {
        rule: SERVER,
        requirement: "PAN-2.1-05",
        verdict: Inconclusive,
        // After one that was refused, another is taken.
        keeps: |script| answered(script, TICKET_READ),
        breaks: |script| answers(asks(script, NEGOTIATE), CHALLENGE),
        also: &[],
    },
    Case {
        rule: SERVER,
        requirement: "PAN-2.1-05",
        verdict: Inconclusive,
        // What is refused after the answer says nothing about the ticket.
        keeps: |script| refused(answered(script, TICKET_READ)),
        breaks: |script| refused(asks(named(script, "printsrv.lab.test"), TICKET)),
        also: &[],
    },
    Case {
        rule: CLIENT,
        requirement: "PAN-2.1-07",
        verdict: Fail,
        keeps: |script| asks(named(script, "printsrv"), TICKET),
        breaks: |script| asks(script, TICKET_FOR_CIFS),
        also: &[],
    },
    Case {
        rule: CLIENT,
        requirement: "PAN-2.1-07",
        verdict: Fail,
        // Service classes know no case, and the server calls itself so.
        keeps: |script| authenticates(script, "HOST/PRINTSRV"),
        breaks: |script| asks(answers(asks(script, NEGOTIATE), CHALLENGE), AUTHENTICATE_FOR_CIFS),
        also: &[],
    },
    Case {
        rule: CLIENT,
        requirement: "PAN-2.1-07",
        verdict: Fail,
        keeps: |script| authenticates(named(script, "PRINTSRV.lab.test"), "host/printsrv"),
        breaks: |script| authenticates(named(script, "printer.lab.test"), "host/PRINTSRX"),
        also: &[],
    },
    Case {
        rule: CLIENT,
        requirement: "PAN-2.1-07",
        verdict: Inconclusive,
        // The KDC may have put another name of the server in place: it reads the ticket.
        keeps: |script| answers(asks(named(script, "printer"), TICKET), TICKET_READ),
        breaks: |script| answers(asks(named(script, "printer"), TICKET), TICKET_OF_ANOTHER),
        also: &[],
    },
    Case {
        rule: CLIENT,
        requirement: "PAN-2.1-07",
        verdict: Inconclusive,
        // Without SPNEGO a principal is asked for as well.
        keeps: |script| {
            let asked = of(script, 16, Direction::ToServer, token(BARE_TICKET));
            of(asked, 16, Direction::ToClient, token(BARE_TICKET_READ))
        },
        breaks: |script| refused(asks(script, TICKET)),
        also: &[],
    },
    Case {
        rule: CLIENT,
        requirement: "PAN-2.1-07",
        verdict: Inconclusive,
        keeps: |script| authenticates(script, "host/PRINTSRV"),
        breaks: |script| asks(script, AUTHENTICATE_FOR_NOTHING),
        also: &[],
    },
];

/// What is said of a token of the client, by both rules together.
fn verdict(script: Script, party: Party) -> Option<Severity> {
    let report = script.judge(rules::all().filter(|rule| rule.party == party && [SERVER, CLIENT].contains(&rule.id)));
    report.findings.first().map(|finding| finding.verdict)
}

#[rstest]
#[case::another_class(&["cifs", "printsrv"], Some(Fail))]
#[case::in_capitals(&["HOST", "PRINTSRV"], None)]
#[case::in_one_component(&["host/printsrv.lab.test"], None)]
#[case::nothing(&[], Some(Fail))]
#[case::no_name(&["host", ""], Some(Fail))]
#[case::an_account(&["PRINTSRV$"], Some(Inconclusive))]
#[case::more_than_a_name(&["host", "printsrv", "lab.test"], Some(Inconclusive))]
// Whether the server goes by that name, its answer tells.
#[case::another_name(&["host", "elsewhere"], None)]
fn principals_of_tickets(#[case] components: &[&str], #[case] expected: Option<Severity>) {
    let script = of(named(Script::new(), "printsrv"), 9, Direction::ToServer, ticket(components));
    assert_eq!(verdict(script, Party::Client), expected);
}

#[rstest]
#[case::short("host/printsrv", None)]
#[case::full("host/PRINTSRV.lab.test", None)]
#[case::with_its_last_dot("host/printsrv.lab.test.", None)]
#[case::of_another_domain("host/printsrv.lab.example", Some(Fail))]
#[case::another_server("host/elsewhere", Some(Fail))]
#[case::with_a_port("host/printsrv:49670", Some(Fail))]
#[case::another_class("cifs/printsrv", Some(Fail))]
#[case::no_class("printsrv", Some(Fail))]
#[case::no_name("host/", Some(Fail))]
#[case::nothing("", Some(Fail))]
#[case::not_told(None, Some(Inconclusive))]
#[case::an_address("host/10.0.0.1", Some(Inconclusive))]
#[case::the_loopback("host/localhost", Some(Inconclusive))]
#[case::more_than_a_name("host/printsrv/lab.test", Some(Inconclusive))]
fn principals_of_ntlm<'a>(#[case] principal: impl Into<Option<&'a str>>, #[case] expected: Option<Severity>) {
    let script = of(named(Script::new(), "printsrv.lab.test"), 9, Direction::ToServer, ntlm(principal));
    assert_eq!(verdict(script, Party::Client), expected);
}

#[rstest]
#[case::name_not_given(None, Some(Inconclusive))]
#[case::another_name(Some("printsrv"), Some(Inconclusive))]
#[case::that_name(Some("printsrv.lab.test."), Some(Fail))]
fn only_the_name_that_was_given_accuses_a_server(#[case] name: Option<&str>, #[case] expected: Option<Severity>) {
    let script = name.map_or_else(Script::new, |name| named(Script::new(), name));
    assert_eq!(verdict(answers(asks(script, TICKET), TICKET_OF_ANOTHER), Party::Server), expected);
}

/// Tickets for other services, or of the bare provider, don't show what negotiate's default principal is.
#[rstest]
#[case::another_service(asks(Script::new(), TICKET_FOR_CIFS), 9)]
#[case::another_provider(of(Script::new(), 16, Direction::ToServer, token(BARE_TICKET)), 16)]
fn what_says_nothing_of_a_server(#[case] script: Script, #[case] auth_type: u8) {
    let script = of(script, auth_type, Direction::ToClient, token(TICKET_READ));
    let report = script.judge(rules::rule(SERVER));
    assert!(report.rules.is_empty(), "{report:?}");
}

/// On connections of other interfaces nothing is asked for the print server.
#[test]
fn other_interfaces_are_not_judged() {
    let event = |direction, golden| {
        Kind::Pdu(Pdu {
            connection: ConnectionId(9),
            direction,
            ptype: ALTER_CONTEXT,
            flags: 3,
            frag_length: 900,
            auth_length: 700,
            call_id: 2,
            octets: bytes::Bytes::new(),
            interfaces: Vec::new(),
            auth: Some(Auth {
                auth_type: 9,
                auth_level: 4,
                context_id: 0,
                token: Some(Box::new(token(golden))),
                defects: Vec::new(),
            }),
            protection: None,
            defects: Vec::new(),
        })
    };
    let script = Script::new().event(event(Direction::ToServer, TICKET_FOR_CIFS));
    let report = script
        .event(event(Direction::ToClient, TICKET_READ))
        .judge([SERVER, CLIENT].map(rules::rule).into_iter().flatten());
    assert!(report.rules.is_empty(), "{report:?}");
}

const RIGHTS: &str = "MS-PAN/3.1.1.4.1/all-users-needs-all-rights";

fn under(context_id: Option<u32>) -> Option<Protection> {
    let signature = if context_id.is_some() { Signature::Verified } else { Signature::Unsigned };
    Some(Protection { context_id, level: 4, sealed: false, signature })
}

/// Who calls is told by the security context that a call goes under, of several on one connection.
#[rstest]
#[case::the_first(under(Some(5)), Hresult::OK, None)]
#[case::the_first_refused(under(Some(5)), Hresult::ACCESS_DENIED, Some(Warn))]
#[case::the_second(under(Some(6)), Hresult::OK, Some(Warn))]
#[case::the_second_refused(under(Some(6)), Hresult::ACCESS_DENIED, None)]
#[case::nobody_knows_who(under(None), Hresult::OK, None)]
#[case::nobody_knows_who_is_refused(under(None), Hresult::ACCESS_DENIED, None)]
#[case::a_third(under(Some(7)), Hresult::ACCESS_DENIED, None)]
#[case::without_context(None, Hresult::ACCESS_DENIED, None)]
fn callers_are_told_by_their_context(
    #[case] protection: Option<Protection>,
    #[case] status: Hresult,
    #[case] expected: Option<Severity>,
) {
    let script = Script::new().user_of(A, Some(5), "alice", true).user_of(A, Some(6), "bob", false);
    let input = register(h(1)).of(t(1)).filter(UserFilter::ALL_USERS);
    let script = script.create(A, h(1)).under(protection).call(A, input.into(), registered(status));
    assert_eq!(verdicts(RIGHTS, script).first().copied(), expected);
}

/// What NTLM leaves open is so on every connection: once is enough.
#[rstest]
#[case::of_the_server(SERVER, |script| answers(asks(script, NEGOTIATE), CHALLENGE))]
#[case::of_the_client(CLIENT, |script| asks(script, AUTHENTICATE_FOR_NOTHING))]
fn what_ntlm_leaves_open_is_said_once(#[case] rule: &str, #[case] play: fn(Script) -> Script) {
    assert_eq!(verdicts(rule, play(play(play(Script::new())))), [Inconclusive]);
}

/// That a server refuses what our own side has spoilt says nothing of its principal, whatever it calls the reason.
#[test]
fn a_spoilt_ticket_decides_nothing() {
    let spoilt = |script: Script| {
        let (connection, user, flaw) = (ConnectionId(A.0), "alice".into(), Flaw::OtherService);
        script.open(A).event(Kind::Local(LocalEvent::FalseCredentials { connection, user, flaw }))
    };
    assert_eq!(verdicts(SERVER, answered(Script::new(), TICKET_OF_ANOTHER)), [Fail]);
    assert_eq!(verdicts(SERVER, answered(spoilt(Script::new()), TICKET_OF_ANOTHER)), []);
}
