//! Authentication as PDUs show it ([MS-PAN] 2.1).

use conformance::Severity::{self, Fail, Inconclusive, Note, Warn};
use conformance::event::{Auth, Kind, Negotiated, Outcome, Pdu, Protection, Refused, Signature};
use dcerpc::TransferSyntax;
use mspan::Interface;
use rstest::rstest;
use trace::{ConnectionId, Direction, Flaw, LocalEvent};

use crate::case::{Case, verdicts};
use crate::script::*;
use crate::token::*;

const BIND: u8 = 11;
const BIND_ACK: u8 = 12;
const ALTER_CONTEXT: u8 = 14;
const ALTER_CONTEXT_RESP: u8 = 15;

/// A PDU of the first connection with a verifier, or with none.
fn pdu(script: Script, ptype: u8, auth: Option<(u8, u8, &str)>) -> Script {
    pdu_for(script, ptype, &[], auth)
}

/// The same, which proposes interfaces of ours.
fn pdu_for(script: Script, ptype: u8, interfaces: &[Interface], auth: Option<(u8, u8, &str)>) -> Script {
    let answers = matches!(ptype, BIND_ACK | ALTER_CONTEXT_RESP);
    let direction = if answers { Direction::ToClient } else { Direction::ToServer };
    let auth = auth.map(|(auth_type, auth_level, golden)| Auth {
        auth_type,
        auth_level,
        context_id: 0,
        token: (!golden.is_empty()).then(|| Box::new(token(golden))),
        defects: Vec::new(),
    });
    script.event(Kind::Pdu(Pdu {
        connection: ConnectionId(0),
        direction,
        ptype,
        flags: 3,
        frag_length: 200,
        auth_length: 12,
        call_id: 1,
        octets: bytes::Bytes::new(),
        interfaces: interfaces.to_vec(),
        auth,
        protection: None,
        defects: Vec::new(),
    }))
}

/// A client that binds both interfaces so.
fn bound(script: Script, auth: Option<(u8, u8, &str)>) -> Script {
    taken(pdu(script.open(A), BIND, auth))
}

/// An interface of ours is taken.
fn taken(script: Script) -> Script {
    let ndr = TransferSyntax::Ndr.id();
    script.event(Kind::Negotiated(Negotiated {
        connection: ConnectionId(0),
        association: None,
        begins: true,
        context_id: 2,
        abstract_syntax: Interface::AsyncNotify.id(),
        proposed: vec![ndr],
        offered: vec![ndr, TransferSyntax::Ndr64.id()],
        result: 0,
        reason: 0,
        accepted: Some(ndr),
    }))
}

/// What protects calls at a level, of which nothing more is known.
fn at_level(level: u8) -> Option<Protection> {
    Some(Protection {
        context_id: Some(5),
        level,
        sealed: false,
        signature: Signature::Untold("its key is not known".into()),
    })
}

/// A client that has bound another interface by NTLM at connect level, and then proposes ours.
fn beside_another(auth: Option<(u8, u8, &str)>) -> Script {
    let script = pdu(Script::new().open(A), BIND, Some((0x0A, 2, NEGOTIATE)));
    taken(pdu_for(script, ALTER_CONTEXT, &[Interface::AsyncNotify], auth))
}

/// A server that refuses the bind for that reason.
fn refused(script: Script, reason: u16) -> Script {
    let script = pdu(script.open(A), BIND, Some((9, 4, NEGOTIATE)));
    let abstract_syntaxes = vec![Interface::AsyncNotify.id()];
    script.event(Kind::Refused(Refused { connection: ConnectionId(0), abstract_syntaxes, reason }))
}

const LEVEL: &str = "MS-PAN/2.1/client-calls-at-packet-level";
const PROVIDER: &str = "MS-PAN/2.1/client-authenticates-by-negotiate";

pub(super) static CASES: &[Case] = &[
    Case {
        rule: "MS-PAN/2.1/server-knows-negotiate",
        requirement: "PAN-2.1-04",
        verdict: Fail,
        // That the logon is refused for another reason may be due to the credentials.
        keeps: |script| {
            let script = pdu(refused(script, 0), BIND, Some((9, 4, NEGOTIATE)));
            pdu(script, BIND_ACK, Some((9, 4, CHALLENGE)))
        },
        breaks: |script| refused(script, 8),
        also: &[],
    },
    Case {
        rule: "MS-PAN/2.1/server-knows-negotiate",
        requirement: "PAN-2.1-04",
        verdict: Fail,
        // Whoever sends a bare token gets one back.
        keeps: |script| {
            let bare = pdu(pdu(script, BIND, Some((9, 4, BARE_TICKET))), BIND_ACK, Some((9, 4, BARE_TICKET_READ)));
            pdu(pdu(bare.open(A), BIND, Some((9, 4, TICKET))), BIND_ACK, Some((9, 4, TICKET_READ)))
        },
        breaks: |script| pdu(pdu(script, BIND, Some((9, 4, TICKET))), BIND_ACK, Some((9, 4, BARE_TICKET_READ))),
        also: &[],
    },
    Case {
        rule: PROVIDER,
        requirement: "PAN-2.1-06",
        verdict: Fail,
        keeps: |script| bound(script, Some((9, 4, NEGOTIATE))),
        breaks: |script| bound(script, None),
        also: &[LEVEL],
    },
    Case {
        rule: PROVIDER,
        requirement: "PAN-2.1-06",
        verdict: Fail,
        // An interface may be added under the security context that is there.
        keeps: |script| bound(pdu(script.open(A), BIND, Some((9, 4, NEGOTIATE))), None),
        breaks: |script| bound(script, Some((10, 4, BARE_NEGOTIATE))),
        also: &[],
    },
    Case {
        rule: PROVIDER,
        requirement: "PAN-2.1-06",
        verdict: Fail,
        keeps: |script| bound(script, Some((9, 4, TICKET))),
        breaks: |script| bound(script, Some((9, 4, BARE_NEGOTIATE))),
        also: &[],
    },
    Case {
        rule: PROVIDER,
        requirement: "PAN-2.1-06",
        verdict: Fail,
        keeps: |script| bound(script, Some((9, 4, NEGOTIATE))),
        breaks: |script| bound(script, Some((9, 4, COMPLETED))),
        also: &[],
    },
    Case {
        rule: PROVIDER,
        requirement: "PAN-2.1-06",
        verdict: Inconclusive,
        keeps: |script| bound(script, Some((9, 4, NEGOTIATE))),
        // A token that can't be read.
        breaks: |script| bound(script, Some((9, 4, ""))),
        also: &[],
    },
    Case {
        rule: LEVEL,
        requirement: "PAN-2.1-08",
        verdict: Fail,
        keeps: |script| bound(script, Some((9, 3, NEGOTIATE))),
        breaks: |script| bound(script, Some((9, 2, NEGOTIATE))),
        also: &[],
    },
    Case {
        rule: LEVEL,
        requirement: "PAN-2.1-08",
        verdict: Fail,
        keeps: |script| bound(script, Some((9, 4, NEGOTIATE))).under(at_level(4)).create(A, h(1)),
        breaks: |script| bound(script, Some((9, 4, NEGOTIATE))).under(at_level(1)).create(A, h(1)),
        also: &[],
    },
    Case {
        rule: LEVEL,
        requirement: "PAN-2.1-08",
        verdict: Note,
        keeps: |script| bound(script, Some((9, 4, NEGOTIATE))),
        breaks: |script| bound(script, Some((9, 6, NEGOTIATE))),
        also: &[],
    },
    Case {
        rule: BELOW,
        requirement: "",
        verdict: Note,
        keeps: |script| script.violating(&["PAN-2.1-08"]).call(A, create(), fault(5)),
        breaks: |script| script.violating(&["PAN-2.1-08"]).create(A, h(1)),
        also: &[],
    },
    Case {
        rule: UNKNOWN,
        requirement: "",
        verdict: Fail,
        keeps: |script| refused_of(script, 8),
        breaks: |script| refused_of(script, 0),
        also: &[],
    },
    Case {
        rule: UNKNOWN,
        requirement: "",
        verdict: Fail,
        keeps: |script| refused_of(script, 8),
        breaks: |script| pdu(pdu(script.open(A), BIND, Some((0x55, 4, ""))), BIND_ACK, None),
        also: &[],
    },
    Case {
        rule: CREDENTIALS,
        requirement: "",
        verdict: Fail,
        keeps: |script| impostor(script, Flaw::WrongPassword).signed(5).call(A, create(), fault(5)),
        breaks: |script| impostor(script, Flaw::WrongPassword).signed(5).create(A, h(1)),
        also: &[],
    },
    Case {
        rule: CREDENTIALS,
        requirement: "",
        verdict: Fail,
        // The alter_context that carries the proof, or the bind, is refused.
        keeps: |script| {
            let script = pdu(impostor(script, Flaw::WrongPassword), ALTER_CONTEXT, Some((9, 4, "")));
            refused(script.pdu(A, Direction::ToClient, 3, 1), 9)
        },
        breaks: |script| pdu(impostor(script, Flaw::WrongPassword), ALTER_CONTEXT_RESP, Some((9, 4, COMPLETED))),
        also: &["MS-PAN/2.1/server-knows-negotiate"],
    },
    Case {
        rule: CREDENTIALS,
        requirement: "",
        verdict: Warn,
        keeps: |script| {
            impostor(script, Flaw::WrongPassword).guarded(2, Signature::Unsigned).call(A, create(), fault(5))
        },
        // After an rpc_auth_3 a call that names no context may have been taken for one without.
        breaks: |script| impostor(script, Flaw::WrongPassword).guarded(2, Signature::Unsigned).create(A, h(1)),
        also: &[],
    },
    Case {
        rule: CREDENTIALS,
        requirement: "",
        verdict: Note,
        keeps: |script| impostor(script, Flaw::UnknownUser).signed(5).call(A, create(), fault(5)),
        // A guest.
        breaks: |script| impostor(script, Flaw::UnknownUser).signed(5).create(A, h(1)),
        also: &[],
    },
    Case {
        rule: REASONS,
        requirement: "",
        verdict: Fail,
        keeps: |script| refused(script, 9),
        breaks: |script| refused(script, 10),
        also: &[],
    },
    Case {
        rule: REASONS,
        requirement: "",
        verdict: Fail,
        keeps: |script| refused_of_none(script, 4),
        breaks: |script| refused_of_none(script, 9),
        also: &[],
    },
    Case {
        rule: SEVERAL,
        requirement: "",
        verdict: Fail,
        keeps: |script| another_context(script.open(A).event(features(1))),
        breaks: |script| another_context(script.open(A).event(features(2))),
        also: &[],
    },
    Case {
        rule: SEVERAL,
        requirement: "",
        verdict: Fail,
        keeps: |script| another_context(script.open(A).event(features(3))),
        breaks: another_context,
        also: &[],
    },
];

/// A bind by a provider that nobody has, refused for that reason.
fn refused_of(script: Script, reason: u16) -> Script {
    let script = pdu(script.open(A), BIND, Some((0x55, 4, "")));
    let abstract_syntaxes = vec![Interface::AsyncNotify.id()];
    script.event(Kind::Refused(Refused { connection: ConnectionId(0), abstract_syntaxes, reason }))
}

/// A bind that asks for no authentication, refused for that reason.
fn refused_of_none(script: Script, reason: u16) -> Script {
    let script = pdu(script.open(A), BIND, None);
    let abstract_syntaxes = vec![Interface::AsyncNotify.id()];
    script.event(Kind::Refused(Refused { connection: ConnectionId(0), abstract_syntaxes, reason }))
}

/// Our own side claims to be somebody on the first connection and can't prove it.
fn impostor(script: Script, flaw: Flaw) -> Script {
    let connection = ConnectionId(0);
    script.open(A).event(Kind::Local(LocalEvent::FalseCredentials { connection, user: "alice".into(), flaw }))
}

/// Bind time features that the server grants.
fn features(granted: u16) -> Kind {
    Kind::Negotiated(Negotiated {
        connection: ConnectionId(0),
        association: None,
        begins: true,
        context_id: 9,
        abstract_syntax: Interface::AsyncNotify.id(),
        proposed: Vec::new(),
        offered: Vec::new(),
        result: 3,
        reason: granted,
        accepted: None,
    })
}

/// Calls under one context, and a token of another one, 0.
fn another_context(script: Script) -> Script {
    pdu(script.signed(5).create(A, h(1)), ALTER_CONTEXT, Some((9, 5, NEGOTIATE)))
}

/// A finding says what came instead of SPNEGO.
#[rstest]
#[case::ntlm(BARE_NEGOTIATE, "auth_type 9 with a bare NTLM token")]
#[case::kerberos(BARE_TICKET, "auth_type 9 with a bare Kerberos token")]
#[case::a_later_token(COMPLETED, "auth_type 9 with a NegTokenResp")]
#[case::of_an_unknown_mechanism("6006 0604 2a030405", "auth_type 9 with a token that is none of SPNEGO")]
fn tokens_are_told_apart(#[case] golden: &str, #[case] actual: &str) {
    let report = bound(Script::new(), Some((9, 4, golden))).judge(conformance::rules::rule(PROVIDER));
    assert_eq!(report.findings.iter().map(|finding| finding.actual.as_str()).collect::<Vec<_>>(), [actual]);
}

const BELOW: &str = "MS-PAN/2.1/calls-below-packet-level-are-refused";
const UNKNOWN: &str = "MS-RPCE/3.3.3.5.3/unknown-provider-is-refused";
const CREDENTIALS: &str = "MS-RPCE/3.3.1.5.2.1/wrong-credentials-are-refused";
const REASONS: &str = "MS-RPCE/2.2.2.5/reasons-of-bind-nak-fit";
const SEVERAL: &str = "MS-RPCE/3.3.1.5.4/several-contexts-are-negotiated";

/// What a call without authentication comes to is reported only where our own side means it.
#[rstest]
#[case::meant(&["PAN-2.1-08"], None, created(h(1)), Some(Note))]
#[case::meant_at_connect_level(&["PAN-2.1-08"], Some(2), created(h(1)), Some(Note))]
#[case::refused(&["PAN-2.1-08"], None, fault(5), None)]
#[case::at_packet_level(&["PAN-2.1-08"], Some(4), created(h(1)), None)]
#[case::not_meant(&[], None, created(h(1)), None)]
fn calls_without_authentication(
    #[case] meant: &[&str],
    #[case] level: Option<u8>,
    #[case] outcome: Outcome,
    #[case] expected: Option<Severity>,
) {
    let script = Script::new().violating(meant);
    let script = match level {
        Some(level) => script.guarded(level, Signature::Unsigned),
        None => script,
    };
    assert_eq!(verdicts(BELOW, script.call(A, create(), outcome)).first().copied(), expected);
}

/// A second bind is judged by its own provider.
#[test]
fn a_refused_bind_is_over() {
    let script = refused(pdu(Script::new().open(A), BIND, Some((0x55, 4, ""))), 8);
    let script = pdu(pdu(script, BIND, Some((10, 4, BARE_NEGOTIATE))), BIND_ACK, None);
    assert_eq!(verdicts(UNKNOWN, script), []);
}

/// What is due says what is wrong, by Kerberos's name for it; the refusal may be its word for that.
#[rstest]
#[case(Flaw::WrongPassword, "whose password is another one")]
#[case(Flaw::ExpiredTicket, "KRB_AP_ERR_TKT_EXPIRED")]
#[case(Flaw::EarlyTicket, "KRB_AP_ERR_TKT_NYV")]
#[case(Flaw::WrongKey, "KRB_AP_ERR_MODIFIED")]
#[case(Flaw::OtherService, "KRB_AP_ERR_NOT_US")]
#[case(Flaw::ClockSkew, "KRB_AP_ERR_SKEW")]
fn a_spoilt_ticket_is_refused(#[case] flaw: Flaw, #[case] words: &str) {
    let answered = |token| pdu(impostor(Script::new(), flaw), ALTER_CONTEXT_RESP, Some((9, 4, token)));
    let report = answered(COMPLETED).judge(conformance::rules::rule(CREDENTIALS));
    let [finding] = report.findings.as_slice() else { panic!("{:?}", report.findings) };
    assert_eq!(finding.verdict, Fail);
    assert!(finding.expected.contains(words), "{}", finding.expected);
    assert_eq!(verdicts(CREDENTIALS, answered(TICKET_OF_ANOTHER)), []);
}

/// How one of our interfaces is proposed decides, whatever else the connection carries.
#[rstest]
#[case::with_its_own_verifier(beside_another(Some((9, 4, NEGOTIATE))), &[], &[])]
#[case::under_what_was_set_up(beside_another(None), &[Fail], &[Fail])]
#[case::where_no_bind_was_seen(
    taken(pdu_for(Script::new().open(A), ALTER_CONTEXT, &[Interface::AsyncNotify], None)), &[], &[]
)]
#[case::calls_on_another_interface(
    bound(Script::new(), Some((9, 4, NEGOTIATE))).under(at_level(2)).request(A, "x", None, 3, None, 36), &[], &[]
)]
fn connections_with_other_interfaces(
    #[case] script: Script,
    #[case] provider: &[Severity],
    #[case] level: &[Severity],
) {
    assert_eq!((verdicts(PROVIDER, script.clone()), verdicts(LEVEL, script)), (provider.to_vec(), level.to_vec()));
}
