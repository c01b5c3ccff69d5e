//! Authentication as PDUs show it ([MS-PAN] 2.1).

use bytes::Bytes;
use conformance::Severity::{Fail, Note};
use conformance::event::{Auth, Kind, Negotiated, Pdu, Refused};
use dcerpc::TransferSyntax;
use mspan::Interface;
use rstest::rstest;
use trace::{ConnectionId, Direction};

use crate::case::Case;
use crate::script::*;

const BIND: u8 = 11;
const BIND_ACK: u8 = 12;
const REQUEST: u8 = 0;

/// The beginning of a NegTokenInit of SPNEGO, with a length in two octets as it usually has.
const SPNEGO: &[u8] = &[0x60, 0x81, 0x90, 0x06, 0x06, 0x2B, 0x06, 0x01, 0x05, 0x05, 0x02, 0xA0];
const NTLM: &[u8] = b"NTLMSSP\0\x01\0\0\0";

/// A PDU of the first connection with a verifier, or with none.
fn pdu(script: Script, ptype: u8, auth: Option<(u8, u8, &'static [u8])>) -> Script {
    let direction = if ptype == BIND_ACK { Direction::ToClient } else { Direction::ToServer };
    let auth =
        auth.map(|(auth_type, auth_level, token)| Auth { auth_type, auth_level, token: Bytes::from_static(token) });
    script.event(Kind::Pdu(Pdu {
        connection: ConnectionId(0),
        direction,
        ptype,
        flags: 3,
        frag_length: 200,
        auth_length: 12,
        call_id: 1,
        auth,
        defects: Vec::new(),
    }))
}

/// A client that binds both interfaces so.
fn bound(script: Script, auth: Option<(u8, u8, &'static [u8])>) -> Script {
    let ndr = TransferSyntax::Ndr.id();
    pdu(script.open(A), BIND, auth).event(Kind::Negotiated(Negotiated {
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

/// A server that refuses the bind for that reason.
fn refused(script: Script, reason: u16) -> Script {
    let script = pdu(script, BIND, Some((9, 4, SPNEGO)));
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
            let script = pdu(refused(script, 0), BIND, Some((9, 4, SPNEGO)));
            pdu(script, BIND_ACK, Some((9, 4, &[0xA1, 0x15])))
        },
        breaks: |script| refused(script, 8),
        also: &[],
    },
    Case {
        rule: PROVIDER,
        requirement: "PAN-2.1-06",
        verdict: Fail,
        keeps: |script| bound(script, Some((9, 4, SPNEGO))),
        breaks: |script| bound(script, None),
        also: &[LEVEL],
    },
    Case {
        rule: PROVIDER,
        requirement: "PAN-2.1-06",
        verdict: Fail,
        // An interface may be added under the security context that is there.
        keeps: |script| bound(pdu(script.open(A), BIND, Some((9, 4, SPNEGO))), None),
        breaks: |script| bound(script, Some((10, 4, NTLM))),
        also: &[],
    },
    Case {
        rule: PROVIDER,
        requirement: "PAN-2.1-06",
        verdict: Fail,
        // A length below 128 takes one octet.
        keeps: |script| bound(script, Some((9, 4, &[0x60, 0x40, 0x06, 0x06, 0x2B, 0x06, 0x01, 0x05, 0x05, 0x02]))),
        breaks: |script| bound(script, Some((9, 4, NTLM))),
        also: &[],
    },
    Case {
        rule: LEVEL,
        requirement: "PAN-2.1-08",
        verdict: Fail,
        keeps: |script| bound(script, Some((9, 3, SPNEGO))),
        breaks: |script| bound(script, Some((9, 2, SPNEGO))),
        also: &[],
    },
    Case {
        rule: LEVEL,
        requirement: "PAN-2.1-08",
        verdict: Fail,
        keeps: |script| pdu(bound(script, Some((9, 4, SPNEGO))), REQUEST, Some((9, 4, &[1]))),
        breaks: |script| pdu(bound(script, Some((9, 4, SPNEGO))), REQUEST, Some((9, 1, &[]))),
        also: &[],
    },
    Case {
        rule: LEVEL,
        requirement: "PAN-2.1-08",
        verdict: Note,
        keeps: |script| bound(script, Some((9, 4, SPNEGO))),
        breaks: |script| bound(script, Some((9, 6, SPNEGO))),
        also: &[],
    },
];

/// A finding says what came instead of SPNEGO.
#[rstest]
#[case::ntlm(NTLM, "auth_type 9 with a bare NTLM token")]
#[case::kerberos(&[0x60, 0x0B, 0x06, 0x09, 0x2A, 0x86, 0x48], "auth_type 9 with a token that is none of SPNEGO")]
fn tokens_are_told_apart(#[case] token: &'static [u8], #[case] actual: &str) {
    let report = bound(Script::new(), Some((9, 4, token))).judge(conformance::rules::rule(PROVIDER));
    assert_eq!(report.findings.iter().map(|finding| finding.actual.as_str()).collect::<Vec<_>>(), [actual]);
}
