//! Signatures and seals under security contexts ([MS-RPCE] 3.3.1.5.2.2), and how PDUs name their context.
//!
//! What a witness could not look at, without a key or after losses, is no case. At packet level [MS-RPCE] lists no
//! protection and most implementations sign: that a PDU is unsigned there is noted, or judged as the target file expects it.

use alloc::format;
use alloc::string::String;

use trace::{ConnectionEnd, Direction};

use crate::catalogue::Level;
use crate::event::{CallStarted, Event, Kind, Outcome, Pdu, Protection, Signature};
use crate::fact::Facts;
use crate::model::{Call, Connection, PacketLevel};
use crate::occasion::Occasions;
use crate::rule::{Party, Rule, Verdict, Verdicts};
use crate::scene::Scene;

/// The rules of these sections.
pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "MS-RPCE/3.3.1.5.2.2/server-signatures-verify",
        section: "3.3.1.5.2.2",
        level: Level::Must,
        party: Party::Server,
        requirements: &[],
        occasions: Occasions::RESPONSE.or(Occasions::OTHER_PDU).given(Facts::GUARDED),
        judge: server_signatures_verify,
    },
    Rule {
        id: CLIENT_SIGNATURES,
        section: "3.3.1.5.2.2",
        level: Level::Must,
        party: Party::Client,
        requirements: &[],
        occasions: Occasions::STARTED.given(Facts::GUARDED),
        judge: client_signatures_verify,
    },
    Rule {
        id: "MS-RPCE/3.3.1.5.2.2/server-protects-its-answers",
        section: "3.3.1.5.2.2",
        level: Level::Must,
        party: Party::Server,
        requirements: &[],
        occasions: Occasions::RESPONSE.given(Facts::GUARDED),
        judge: server_protects_its_answers,
    },
    Rule {
        id: CLIENT_PROTECTS,
        section: "3.3.1.5.2.2",
        level: Level::Must,
        party: Party::Client,
        requirements: &[],
        occasions: Occasions::STARTED.given(Facts::GUARDED),
        judge: client_protects_its_calls,
    },
    Rule {
        id: "MS-RPCE/3.3.1.5.2.2/server-signs-at-packet-level",
        section: "3.3.1.5.2.2",
        level: Level::Must,
        party: Party::Server,
        requirements: &[],
        occasions: Occasions::RESPONSE,
        judge: server_signs_at_packet_level,
    },
    Rule {
        id: "MS-RPCE/3.3.1.5.2.2/client-signs-at-packet-level",
        section: "3.3.1.5.2.2",
        level: Level::Must,
        party: Party::Client,
        requirements: &["PAN-2.1-08"],
        occasions: Occasions::REQUEST,
        judge: client_signs_at_packet_level,
    },
    Rule {
        id: "MS-RPCE/3.3.1.5.2.2/server-refuses-what-does-not-verify",
        section: "3.3.1.5.2.2",
        level: Level::Must,
        party: Party::Server,
        requirements: &[],
        occasions: Occasions::FINISHED.or(Occasions::CLOSED).given(Facts::GUARDED),
        judge: server_refuses_what_does_not_verify,
    },
    Rule {
        id: "MS-RPCE/3.3.1.5.2.2/client-refuses-what-does-not-verify",
        section: "3.3.1.5.2.2",
        level: Level::Must,
        party: Party::Client,
        requirements: &[],
        occasions: Occasions::STARTED.or(Occasions::CLOSED).given(Facts::UNPROVEN),
        judge: client_refuses_what_does_not_verify,
    },
    Rule {
        id: "MS-RPCE/2.2.2.11/answers-go-under-the-context-of-their-call",
        section: "2.2.2.11",
        level: Level::Must,
        party: Party::Server,
        requirements: &[],
        occasions: Occasions::RESPONSE,
        judge: answers_go_under_the_context_of_their_call,
    },
    Rule {
        id: "MS-RPCE/2.2.2.11/fragments-go-under-one-context",
        section: "2.2.2.11",
        level: Level::Must,
        party: Party::Client,
        requirements: &[],
        occasions: Occasions::REQUEST.given(Facts::CONTINUED),
        judge: fragments_go_under_one_context,
    },
];

const CLIENT_SIGNATURES: &str = "MS-RPCE/3.3.1.5.2.2/client-signatures-verify";
const CLIENT_PROTECTS: &str = "MS-RPCE/3.3.1.5.2.2/client-protects-its-calls";
/// auth_level RPC_C_AUTHN_LEVEL_CALL, which counts as packet level ([MS-RPCE] 2.2.1.1.8).
const LEVEL_CALL: u8 = 3;
/// auth_level RPC_C_AUTHN_LEVEL_PKT.
const LEVEL_PKT: u8 = 4;
/// auth_level RPC_C_AUTHN_LEVEL_PKT_INTEGRITY.
const LEVEL_INTEGRITY: u8 = 5;
const PTYPE_REQUEST: u8 = 0;
const PTYPE_RESPONSE: u8 = 2;
const PFC_FIRST_FRAG: u8 = 0x01;

fn server_signatures_verify(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Kind::Pdu(Pdu { direction: Direction::ToClient, protection: Some(protection), .. }) = &event.kind else {
        return;
    };
    if let Some(verdict) = judge_signature(protection, verdicts)
        && let Some((call, ..)) = answer(model, event)
    {
        verdict.about(call.id());
    }
}

fn client_signatures_verify(_: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Kind::CallStarted(CallStarted { protection: Some(protection), .. }) = &event.kind else { return };
    judge_signature(protection, verdicts);
}

fn judge_signature<'a>(protection: &Protection, verdicts: &'a mut Verdicts) -> Option<&'a mut Verdict> {
    match &protection.signature {
        Signature::Verified => Some(verdicts.pass()),
        Signature::Unverified(why) => {
            Some(verdicts.fail("a PDU as its sender has signed it, in its turn and under its context", why.clone()))
        }
        Signature::Unsigned | Signature::Untold(_) => None,
    }
}

/// Whoever calls unsigned, or wrongly signed, may be answered so.
fn server_protects_its_answers(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some((call, _, protection)) = answer(model, event) else { return };
    let Some(asked) = guard_of(call).filter(|asked| asked.level >= LEVEL_INTEGRITY && !is_refusable(asked)) else {
        return;
    };
    let verdict = if protection.is_some_and(is_signed) {
        verdicts.pass()
    } else {
        verdicts.fail(format!("an answer that is protected at level {}, as its call", asked.level), "no signature")
    };
    verdict.about(call.id());
}

fn client_protects_its_calls(_: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Kind::CallStarted(CallStarted { protection: Some(protection), .. }) = &event.kind else { return };
    if protection.level < LEVEL_INTEGRITY || protection.context_id.is_none() {
        return;
    }
    if is_signed(protection) {
        verdicts.pass();
    } else {
        verdicts.fail(format!("a call that is protected at level {}", protection.level), "no signature");
    }
}

fn server_signs_at_packet_level(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some((call, pdu, Some(protection))) = answer(model, event) else { return };
    if guard_of(call).is_some_and(is_signed) {
        judge_packet_level(model, (pdu, protection), verdicts);
    }
}

fn client_signs_at_packet_level(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Kind::Pdu(pdu) = &event.kind else { return };
    let calls = (pdu.direction, pdu.ptype) == (Direction::ToServer, PTYPE_REQUEST);
    let (true, Some(protection)) = (calls, &pdu.protection) else { return };
    if !model.connection(pdu.connection).is_some_and(Connection::is_foreign) {
        judge_packet_level(model, (pdu, protection), verdicts);
    }
}

/// What is no failure is told once for each party of a security context.
fn judge_packet_level(model: &Scene<'_>, (pdu, protection): (&Pdu, &Protection), verdicts: &mut Verdicts) {
    if !matches!(protection.level, LEVEL_CALL | LEVEL_PKT) {
        return;
    }
    let Some(context) = protection.context_id else { return };
    let known = model.connection(pdu.connection).and_then(|connection| connection.security_contexts.get(&context));
    let is_told = known.is_some_and(|known| known.told(pdu.direction));
    match (model.config().packet_level, is_signed(protection)) {
        (PacketLevel::Signed, false) => {
            verdicts.fail("a signature at packet level, as the target file says", "none");
        }
        (_, false) if is_told => {}
        (PacketLevel::Any, false) => {
            verdicts.note("a signature at packet level, as most implementations send one", "none");
        }
        (PacketLevel::Unsigned, true) if !is_told => {
            verdicts.note("no signature at packet level, as the target file says", "one");
        }
        _ => {
            verdicts.pass();
        }
    }
}

/// What was tampered with is refused, with a fault or by the end of the connection, and never executed. That our own side has
/// tampered with it, its mark says; else the witness may have misread it.
fn server_refuses_what_does_not_verify(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let why = |call: &Call| match &guard_of(call)?.signature {
        Signature::Unverified(why) => Some(why.clone()),
        _ => None,
    };
    match &event.kind {
        Kind::CallFinished(finished) => {
            let Some(call) = model.call(finished.call) else { return };
            let Some(why) = why(call) else { return };
            match &finished.outcome {
                Outcome::Fault { .. } => {
                    verdicts.pass();
                }
                Outcome::Returned { .. } if is_tampered_with(call) => judge_executed(model, call, &why, verdicts),
                Outcome::Returned { .. } => {
                    verdicts.inconclusive(format!("a call was executed whose protection does not verify here: {why}"));
                }
                Outcome::Lost => {}
            }
        }
        Kind::Closed { connection, how } => {
            let (ConnectionEnd::Orderly { by } | ConnectionEnd::Broken { by, .. }) = how;
            let Some(connection) = model.connection(*connection).filter(|_| *by == Direction::ToClient) else { return };
            if connection.lost.iter().any(|call| why(call).is_some()) {
                verdicts.pass();
            }
        }
        _ => {}
    }
}

/// At packet level a server that signs has to verify; of one that does not, [MS-RPCE] asks for no more than it does.
fn judge_executed(model: &Scene<'_>, call: &Call, why: &str, verdicts: &mut Verdicts) {
    let expected = format!("a refusal of what does not verify: {why}");
    let guard = guard_of(call);
    let connection = model.connection(call.started.connection);
    let context = guard.and_then(|guard| guard.context_id).zip(connection);
    let known = context.and_then(|(id, connection)| connection.security_contexts.get(&id));
    let signs = model.config().packet_level == PacketLevel::Signed || known.is_some_and(|known| known.server_signs);
    let actual = "the call was executed";
    match guard {
        Some(guard) if guard.level < LEVEL_INTEGRITY && !signs => {
            verdicts.note(expected, format!("{actual} at packet level"))
        }
        _ => verdicts.fail(expected, actual),
    };
}

/// What our own side has spoilt on purpose, the client must not go by: a handle out of it proves that it did, be it that it can't
/// be read and no other answer has given that handle out. A client that ends the connection, or goes on without, keeps the rule.
fn client_refuses_what_does_not_verify(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    match &event.kind {
        Kind::CallStarted(started) => {
            let Some((why, is_read)) = model.unproven_handle(started) else { return };
            let expected = format!("that an answer which does not verify is refused: {why}");
            let actual = match is_read {
                true => "a call with the handle that the answer gave out",
                false => "a call with a handle that no other answer gave out",
            };
            match &started.protection {
                Some(guard) if guard.level < LEVEL_INTEGRITY && !is_signed(guard) => {
                    verdicts.note(expected, format!("{actual}, at packet level"))
                }
                _ => verdicts.fail(expected, actual),
            };
        }
        Kind::Closed { connection, how } => {
            let (ConnectionEnd::Orderly { by } | ConnectionEnd::Broken { by, .. }) = how;
            let known = model.connection(*connection).filter(|_| *by == Direction::ToServer);
            if known.is_some_and(|known| !known.unproven_answers.is_empty()) {
                verdicts.pass();
            }
        }
        _ => {}
    }
}

/// Whether our own side has spoilt the protection of a call on purpose.
fn is_tampered_with(call: &Call) -> bool {
    let meant = [CLIENT_SIGNATURES, CLIENT_PROTECTS, "PAN-2.1-08"];
    call.started.mark.as_ref().is_some_and(|mark| mark.violates.iter().any(|id| meant.contains(&id.as_str())))
}

fn answers_go_under_the_context_of_their_call(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some((call, _, Some(protection))) = answer(model, event) else { return };
    let Some(asked) = guard_of(call).filter(|asked| is_signed(asked) && is_signed(protection)) else { return };
    judge_place(asked, protection, verdicts);
}

fn fragments_go_under_one_context(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Kind::Pdu(pdu) = &event.kind else { return };
    let later = (pdu.direction, pdu.ptype, pdu.flags & PFC_FIRST_FRAG) == (Direction::ToServer, PTYPE_REQUEST, 0);
    let (true, Some(protection)) = (later, &pdu.protection) else { return };
    let Some(connection) = model.connection(pdu.connection).filter(|connection| !connection.blind) else { return };
    let Some((_, first)) = connection.unfinished.as_ref().filter(|(call_id, _)| *call_id == pdu.call_id) else {
        return;
    };
    judge_place(first, protection, verdicts);
}

fn judge_place(first: &Protection, other: &Protection, verdicts: &mut Verdicts) {
    let place = |protection: &Protection| (protection.context_id, protection.level);
    if place(first) == place(other) {
        verdicts.pass();
    } else {
        verdicts.fail(shown(first), shown(other));
    }
}

fn shown(protection: &Protection) -> String {
    match protection.context_id {
        Some(context) => format!("security context {context} at level {}", protection.level),
        None => "no verifier".into(),
    }
}

/// A fragment of a response, and the call that it answers.
fn answer<'a>(model: &'a Scene<'_>, event: &'a Event) -> Option<(&'a Call, &'a Pdu, Option<&'a Protection>)> {
    let Kind::Pdu(pdu) = &event.kind else { return None };
    if (pdu.direction, pdu.ptype) != (Direction::ToClient, PTYPE_RESPONSE) {
        return None;
    }
    Some((model.call_on(pdu.connection, pdu.call_id)?, pdu, pdu.protection.as_ref()))
}

fn guard_of(call: &Call) -> Option<&Protection> {
    call.started.protection.as_ref()
}

/// Whether a call's protection is missing or wrong.
fn is_refusable(protection: &Protection) -> bool {
    matches!(protection.signature, Signature::Unsigned | Signature::Unverified(_))
}

/// Whether there is a signature, be it right or not.
fn is_signed(protection: &Protection) -> bool {
    protection.signature != Signature::Unsigned
}
