//! Authentication as PDUs show it ([MS-PAN] 2.1): providers, levels, tokens.

use alloc::format;
use alloc::string::String;

use dcerpc::security::token::{MechToken, NegState, Token};
use mspan::Interface;
use trace::{Direction, Flaw};

use crate::catalogue::Level;
use crate::event::{Auth, Event, Kind, Negotiated, Outcome, Pdu, Refused, Signature};
use crate::fact::Facts;
use crate::model::{Answer, Impostor};
use crate::occasion::Occasions;
use crate::rule::{Party, Rule, Verdicts};
use crate::scene::Scene;

/// The rules of this section.
pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "MS-PAN/2.1/server-knows-negotiate",
        section: "2.1",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-2.1-04"],
        occasions: Occasions::OTHER_PDU.or(Occasions::REFUSED),
        judge: server_knows_negotiate,
    },
    Rule {
        id: "MS-PAN/2.1/client-authenticates-by-negotiate",
        section: "2.1",
        level: Level::Must,
        party: Party::Client,
        requirements: &["PAN-2.1-06"],
        occasions: Occasions::NEGOTIATED,
        judge: client_authenticates_by_negotiate,
    },
    Rule {
        id: "MS-PAN/2.1/client-calls-at-packet-level",
        section: "2.1",
        level: Level::Must,
        party: Party::Client,
        requirements: &["PAN-2.1-08"],
        occasions: Occasions::STARTED.or(Occasions::NEGOTIATED),
        judge: client_calls_at_packet_level,
    },
    Rule {
        id: "MS-PAN/2.1/calls-below-packet-level-are-refused",
        section: "2.1",
        level: Level::May,
        party: Party::Server,
        requirements: &[],
        occasions: Occasions::FINISHED.given(Facts::ON_PURPOSE),
        judge: calls_below_packet_level_are_refused,
    },
    Rule {
        id: "MS-RPCE/3.3.3.5.3/unknown-provider-is-refused",
        section: "3.3.3.5.3",
        level: Level::Must,
        party: Party::Server,
        requirements: &[],
        occasions: Occasions::OTHER_PDU.or(Occasions::REFUSED),
        judge: unknown_provider_is_refused,
    },
    Rule {
        id: "MS-RPCE/3.3.1.5.2.1/wrong-credentials-are-refused",
        section: "3.3.1.5.2.1",
        level: Level::Must,
        party: Party::Server,
        requirements: &[],
        occasions: Occasions::FINISHED.or(Occasions::OTHER_PDU).or(Occasions::REFUSED).given(Facts::IMPOSTURE),
        judge: wrong_credentials_are_refused,
    },
    Rule {
        id: "MS-RPCE/2.2.2.5/reasons-of-bind-nak-fit",
        section: "2.2.2.5",
        level: Level::Must,
        party: Party::Server,
        requirements: &[],
        occasions: Occasions::REFUSED,
        judge: reasons_of_bind_nak_fit,
    },
    Rule {
        id: "MS-RPCE/3.3.1.5.4/several-contexts-are-negotiated",
        section: "3.3.1.5.4",
        level: Level::Must,
        party: Party::Client,
        requirements: &[],
        occasions: Occasions::OTHER_PDU,
        judge: several_contexts_are_negotiated,
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

/// provider_reject_reason invalid_checksum, the last that is defined.
const INVALID_CHECKSUM: u16 = 9;

/// auth_type values that are given to a provider ([MS-RPCE] 2.2.1.1.7); RPC_C_AUTHN_NONE and _DEFAULT are no provider's own.
const PROVIDERS: [u8; 7] = [0x00, 0x09, 0x0A, 0x0E, 0x10, 0x44, 0xFF];
/// result negotiate_ack of bind time feature negotiation ([MS-RPCE] 2.2.2.4).
const NEGOTIATE_ACK: u16 = 3;
/// SecurityContextMultiplexingSupported ([MS-RPCE] 2.2.2.14).
const MULTIPLEXING: u16 = 0x0001;

const PTYPE_FAULT: u8 = 3;
const PTYPE_BIND_ACK: u8 = 12;
const PTYPE_ALTER_CONTEXT: u8 = 14;
const PTYPE_ALTER_CONTEXT_RESP: u8 = 15;

/// Only whether the provider is known is judged: why credentials are refused, nobody outside can say.
fn server_knows_negotiate(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
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
            match answer.and_then(|auth| auth.token.as_deref()) {
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
    matches!(auth, Some(Some(auth)) if matches!(auth.token.as_deref(), Some(Token::Init(_))))
}

/// Judged when the server has answered for one of our interfaces, by the first verifier that the client has sent by then.
fn client_authenticates_by_negotiate(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(auth) = first_auth(model, event) else { return };
    let expected = "auth_type 9 and a SPNEGO token in the bind";
    match auth.map(|auth| (auth.auth_type, auth.token.as_deref())) {
        None => verdicts.fail(expected, "no auth_verifier"),
        Some((NEGOTIATE, Some(Token::Init(_)))) => verdicts.pass(),
        Some((NEGOTIATE, Some(other))) => verdicts.fail(expected, format!("auth_type 9 with {}", kind_of(other))),
        Some((NEGOTIATE, None)) => verdicts.inconclusive("the token of the bind can't be read"),
        Some((other, _)) => verdicts.fail(expected, format!("auth_type {other:#04x}")),
    };
}

/// Higher levels are noted (SD-43), once, where they are asked for. Whether requests at packet level carry a verifier is the
/// provider's affair.
fn client_calls_at_packet_level(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let level = match &event.kind {
        Kind::CallStarted(started) if started.interface.is_some() && !model.plays_client(started.connection) => {
            let level = started.protection.as_ref().map(|protection| protection.level);
            if level.is_none_or(|level| matches!(level, LEVEL_INTEGRITY..=LEVEL_PRIVACY)) {
                return;
            }
            level
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

/// A server should refuse who does not say who he is, and no text asks it to (SD-43): what it does is reported where our own
/// side calls so on purpose.
fn calls_below_packet_level_are_refused(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Kind::CallFinished(finished) = &event.kind else { return };
    let Some(call) = model.call(finished.call).filter(|call| call.started.method.is_some()) else { return };
    let mut marks = call.started.mark.iter().flat_map(|mark| &mark.violates);
    let level = call.started.protection.as_ref().map(|protection| protection.level);
    if !marks.any(|id| id == "PAN-2.1-08") || level.is_some_and(|level| level >= LEVEL_CALL) {
        return;
    }
    match &finished.outcome {
        Outcome::Fault { .. } => {
            verdicts.pass();
        }
        // A server may also look for access rights only, as [MS-PAN] has them.
        Outcome::Returned { .. } if finished.outcome.succeeded() == Some(false) => {
            verdicts.pass();
        }
        Outcome::Returned { .. } => {
            let actual =
                level.map_or("a call without authentication".into(), |level| format!("a call at level {level}"));
            verdicts.note("a refusal below packet authentication level", format!("{actual} was executed"));
        }
        Outcome::Lost => {}
    }
}

/// Of a number that [MS-RPCE] 2.2.1.1.7 gives to no provider, no server can have one.
fn unknown_provider_is_refused(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let asked = |connection| model.connection(connection)?.bound_by.filter(|auth_type| !PROVIDERS.contains(auth_type));
    let expected =
        |auth_type| format!("bind_nak with authentication_type_not_recognized (8) to auth_type {auth_type:#04x}");
    match &event.kind {
        Kind::Refused(refused) => {
            let Some(auth_type) = asked(refused.connection) else { return };
            match refused.reason {
                AUTHENTICATION_TYPE_NOT_RECOGNIZED => verdicts.pass(),
                reason => verdicts.fail(expected(auth_type), format!("bind_nak, reason {reason}")),
            };
        }
        Kind::Pdu(pdu) if pdu.direction == Direction::ToClient && pdu.ptype == PTYPE_BIND_ACK => {
            if let Some(auth_type) = asked(pdu.connection) {
                verdicts.fail(expected(auth_type), "bind_ack");
            }
        }
        _ => {}
    }
}

/// Our own side tells when it claims to be somebody and can't prove it. What a server says to that, by which legs, is its own
/// affair; it must not say that the context stands, nor execute a call in it. A call that names no context may have been taken
/// for one without any. Whom nobody knows a server may take for a guest.
fn wrong_credentials_are_refused(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let impostor = |connection| model.connection(connection)?.impostor.as_ref();
    match &event.kind {
        Kind::Refused(refused) if impostor(refused.connection).is_some() => {
            verdicts.pass();
        }
        Kind::Pdu(pdu) if answers_a_bind(pdu) => {
            let token = pdu.auth.as_ref().and_then(|auth| auth.token.as_deref());
            let stands = matches!(token, Some(Token::Resp(resp)) if resp.neg_state == Some(NegState::ACCEPT_COMPLETED));
            let refuses = token.and_then(Answer::of);
            if matches!(refuses, Some(Answer::TicketRefused(_) | Answer::Rejected))
                && impostor(pdu.connection).is_some()
            {
                verdicts.pass();
            }
            match impostor(pdu.connection).filter(|_| stands) {
                Some(known) if known.flaw == Flaw::UnknownUser => {
                    verdicts.note(refusal_of(known), "accept-completed: a guest, it seems");
                }
                Some(known) => drop(verdicts.fail(refusal_of(known), "accept-completed")),
                None => {}
            }
        }
        Kind::Pdu(pdu) if (pdu.direction, pdu.ptype) == (Direction::ToClient, PTYPE_FAULT) => {
            let known = model.connection(pdu.connection);
            let refuses = known.is_some_and(|known| known.open_exchanges.contains(&pdu.call_id));
            if refuses && impostor(pdu.connection).is_some() {
                verdicts.pass();
            }
        }
        Kind::CallFinished(finished) => {
            let Some(known) = impostor(finished.connection) else { return };
            let protection = model.call(finished.call).and_then(|call| call.started.protection.as_ref());
            match &finished.outcome {
                Outcome::Fault { .. } => drop(verdicts.pass()),
                Outcome::Lost => {}
                Outcome::Returned { .. } if known.flaw == Flaw::UnknownUser => {
                    verdicts.note(refusal_of(known), "the call was executed: for a guest, it seems");
                }
                // [MS-RPCE] 3.3.1.5.2.1: after an rpc_auth_3 the first call SHOULD be refused.
                Outcome::Returned { .. } if protection.is_none_or(|known| known.signature == Signature::Unsigned) => {
                    verdicts.warn(refusal_of(known), "a call was executed that names no other security context");
                }
                Outcome::Returned { .. } => {
                    verdicts.fail(refusal_of(known), "a call was executed in the context");
                }
            }
        }
        _ => {}
    }
}

/// What is due to a client that can't prove to be whom it claims to be (RFC 4120 3.2.3 for tickets).
fn refusal_of(impostor: &Impostor) -> String {
    let user = &impostor.user;
    match impostor.flaw {
        Flaw::UnknownUser => format!("a refusal of {user:?}, whom nobody knows"),
        Flaw::WrongPassword => format!("a refusal of {user:?}, whose password is another one"),
        Flaw::ExpiredTicket => {
            format!(
                "a refusal of {user:?}, whose ticket has expired: KRB_AP_ERR_TKT_EXPIRED, a bind_nak, a fault, or the end"
            )
        }
        Flaw::EarlyTicket => {
            format!(
                "a refusal of {user:?}, whose ticket is not valid yet: KRB_AP_ERR_TKT_NYV, a bind_nak, a fault, or the end"
            )
        }
        Flaw::WrongKey => {
            format!(
                "a refusal of {user:?}, whose ticket is of another key: KRB_AP_ERR_MODIFIED, a bind_nak, a fault, or the end"
            )
        }
        Flaw::OtherService => {
            format!(
                "a refusal of {user:?}, whose ticket is for another service: KRB_AP_ERR_NOT_US, a bind_nak, a fault, or the end"
            )
        }
        Flaw::ClockSkew => {
            format!("a refusal of {user:?}, whose clock is a day off: KRB_AP_ERR_SKEW, a bind_nak, a fault, or the end")
        }
    }
}

/// Reasons are those of [C706] and of [MS-RPCE]; the two that are about authentication answer a bind that asks for some.
fn reasons_of_bind_nak_fit(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Kind::Refused(Refused { connection, reason, .. }) = &event.kind else { return };
    let known = model.connection(*connection).filter(|known| known.opened && !known.blind);
    let asks_for_none = known.and_then(|known| known.auth.as_ref()).is_some_and(Option::is_none);
    match *reason {
        AUTHENTICATION_TYPE_NOT_RECOGNIZED | INVALID_CHECKSUM if asks_for_none => {
            let expected = "a reason that fits a bind without auth_verifier";
            verdicts.fail(expected, format!("provider_reject_reason {reason}"));
        }
        0..=INVALID_CHECKSUM => {
            verdicts.pass();
        }
        undefined => {
            verdicts.fail("a provider_reject_reason that is defined, 0 to 9", format!("{undefined}"));
        }
    }
}

/// A connection has one security context unless both ends have agreed on several.
fn several_contexts_are_negotiated(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Kind::Pdu(pdu) = &event.kind else { return };
    let begins = matches!((pdu.direction, pdu.ptype), (Direction::ToServer, PTYPE_ALTER_CONTEXT));
    let (true, Some(auth)) = (begins, &pdu.auth) else { return };
    let Some(connection) = model.connection(pdu.connection).filter(|known| known.opened && !known.blind) else {
        return;
    };
    let used = &connection.security_contexts;
    if used.is_empty() || used.contains_key(&auth.context_id) {
        return;
    }
    let is_agreed = |context: &Negotiated| context.result == NEGOTIATE_ACK && context.reason & MULTIPLEXING != 0;
    if connection.contexts.values().any(is_agreed) {
        verdicts.pass();
    } else {
        let actual = format!("a further one, {}, without SecurityContextMultiplexingSupported", auth.context_id);
        verdicts.fail("one security context on the connection", actual);
    }
}

/// The first verifier of a client whose proposal of one of our interfaces is answered; none when no bind was seen, and none of our own
/// side's, which authenticates as the run has it.
fn first_auth<'a>(model: &'a Scene<'_>, event: &Event) -> Option<Option<&'a Auth>> {
    let Kind::Negotiated(negotiated) = &event.kind else { return None };
    Interface::from_id(negotiated.abstract_syntax).filter(|_| !model.plays_client(negotiated.connection))?;
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
