//! Authentication as PDUs show it ([MS-PAN] 2.1): providers, levels, tokens.

use alloc::format;

use dcerpc::security::token::{MechToken, Token};
use mspan::Interface;
use trace::Direction;

use crate::catalogue::Level;
use crate::event::{Auth, Event, Kind, Pdu};
use crate::model::Model;
use crate::rule::{Party, Rule, Verdicts};

/// The rules of this section.
pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "MS-PAN/2.1/server-knows-negotiate",
        section: "2.1",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-2.1-04"],
        judge: server_knows_negotiate,
    },
    Rule {
        id: "MS-PAN/2.1/client-authenticates-by-negotiate",
        section: "2.1",
        level: Level::Must,
        party: Party::Client,
        requirements: &["PAN-2.1-06"],
        judge: client_authenticates_by_negotiate,
    },
    Rule {
        id: "MS-PAN/2.1/client-calls-at-packet-level",
        section: "2.1",
        level: Level::Must,
        party: Party::Client,
        requirements: &["PAN-2.1-08"],
        judge: client_calls_at_packet_level,
    },
];

/// auth_type RPC_C_AUTHN_GSS_NEGOTIATE ([MS-RPCE] 2.2.1.1.7).
const NEGOTIATE: u8 = 9;
/// auth_level RPC_C_AUTHN_LEVEL_CALL, which counts as packet level ([MS-RPCE] 2.2.1.1.8).
const LEVEL_CALL: u8 = 3;
/// auth_level RPC_C_AUTHN_LEVEL_PKT.
const LEVEL_PKT: u8 = 4;
/// auth_level RPC_C_AUTHN_LEVEL_PKT_INTEGRITY.
const LEVEL_INTEGRITY: u8 = 5;
/// auth_level RPC_C_AUTHN_LEVEL_PKT_PRIVACY, the highest.
const LEVEL_PRIVACY: u8 = 6;
/// provider_reject_reason authentication_type_not_recognized.
const AUTHENTICATION_TYPE_NOT_RECOGNIZED: u16 = 8;

const PTYPE_REQUEST: u8 = 0;
const PTYPE_BIND_ACK: u8 = 12;
const PTYPE_ALTER_CONTEXT_RESP: u8 = 15;

/// Only whether the provider is known is judged: why credentials are refused, nobody outside can say.
fn server_knows_negotiate(model: &Model, event: &Event, verdicts: &mut Verdicts) {
    match &event.kind {
        Kind::Refused(refused)
            if by_negotiate(model.connection(refused.connection).and_then(|known| known.auth.as_ref())) =>
        {
            let ours = refused.abstract_syntaxes.iter().any(|syntax| Interface::from_id(*syntax).is_some());
            if ours && refused.reason == AUTHENTICATION_TYPE_NOT_RECOGNIZED {
                verdicts.fail("a bind by auth_type 9 to be taken", "bind_nak: authentication type not recognized");
            }
        }
        Kind::Pdu(pdu) if answers_a_bind(pdu) => {
            let known = model.connection(pdu.connection).and_then(|known| known.auth.as_ref());
            let answer = pdu.auth.as_ref().filter(|auth| auth.auth_type == NEGOTIATE && by_negotiate(known));
            match answer.and_then(|auth| auth.token.as_ref()) {
                Some(Token::Resp(_)) => {
                    verdicts.pass();
                }
                Some(token @ Token::Bare(MechToken::Ntlm(_) | MechToken::Kerberos(_))) if began_with_spnego(known) => {
                    verdicts.fail("a NegTokenResp in answer to a NegTokenInit", kind_of(token));
                }
                _ => {}
            }
        }
        _ => {}
    }
}

fn answers_a_bind(pdu: &Pdu) -> bool {
    pdu.direction == Direction::ToClient && matches!(pdu.ptype, PTYPE_BIND_ACK | PTYPE_ALTER_CONTEXT_RESP)
}

fn by_negotiate(auth: Option<&Option<Auth>>) -> bool {
    matches!(auth, Some(Some(auth)) if auth.auth_type == NEGOTIATE)
}

fn began_with_spnego(auth: Option<&Option<Auth>>) -> bool {
    matches!(auth, Some(Some(auth)) if matches!(auth.token, Some(Token::Init(_))))
}

/// Judged when the server has answered for one of our interfaces, by the first verifier that the client has sent by then.
fn client_authenticates_by_negotiate(model: &Model, event: &Event, verdicts: &mut Verdicts) {
    let Some(auth) = first_auth(model, event) else { return };
    let expected = "auth_type 9 and a SPNEGO token in the bind";
    match auth.map(|auth| (auth.auth_type, &auth.token)) {
        None => verdicts.fail(expected, "no auth_verifier"),
        Some((NEGOTIATE, Some(Token::Init(_)))) => verdicts.pass(),
        Some((NEGOTIATE, Some(other))) => verdicts.fail(expected, format!("auth_type 9 with {}", kind_of(other))),
        Some((NEGOTIATE, None)) => verdicts.inconclusive("the token of the bind can't be read"),
        Some((other, _)) => verdicts.fail(expected, format!("auth_type {other:#04x}")),
    };
}

/// Higher levels are noted (SD-43). Whether requests at packet level carry a verifier is the provider's affair.
fn client_calls_at_packet_level(model: &Model, event: &Event, verdicts: &mut Verdicts) {
    let level = match &event.kind {
        Kind::Pdu(pdu) if pdu.direction == Direction::ToServer && pdu.ptype == PTYPE_REQUEST => {
            let Some(auth) = &pdu.auth else { return };
            Some(auth.auth_level)
        }
        _ => match first_auth(model, event) {
            Some(auth) => auth.map(|auth| auth.auth_level),
            None => return,
        },
    };
    let expected = "packet authentication level (4)";
    match level {
        Some(LEVEL_CALL | LEVEL_PKT) => verdicts.pass(),
        Some(higher @ LEVEL_INTEGRITY..=LEVEL_PRIVACY) => verdicts.note(expected, format!("level {higher}")),
        Some(other) => verdicts.fail(expected, format!("level {other}")),
        None => verdicts.fail(expected, "no auth_verifier"),
    };
}

/// The first verifier of a client whose proposal of one of our interfaces is answered; none when no bind was seen.
fn first_auth<'a>(model: &'a Model, event: &Event) -> Option<Option<&'a Auth>> {
    let Kind::Negotiated(negotiated) = &event.kind else { return None };
    Interface::from_id(negotiated.abstract_syntax)?;
    model.connection(negotiated.connection)?.auth.as_ref().map(Option::as_ref)
}

fn kind_of(token: &Token) -> &'static str {
    match token {
        Token::Init(_) => "a NegTokenInit",
        Token::Resp(_) => "a NegTokenResp",
        Token::Bare(MechToken::Ntlm(_)) => "a bare NTLM token",
        Token::Bare(MechToken::Kerberos(_)) => "a bare Kerberos token",
        Token::Bare(MechToken::Other(_) | MechToken::Unreadable(_)) => "a token that is none of SPNEGO",
    }
}
