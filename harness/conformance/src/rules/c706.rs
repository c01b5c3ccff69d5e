//! The layers below: PDUs, stubs and context handles of the server ([C706] chapters 12 and 14, [MS-RPCE] 3.3).

use alloc::format;
use alloc::vec::Vec;

use dcerpc::pdu::VerificationTrailer;
use dcerpc::{ContextHandle, Defect};
use mspan::{Method, method};
use trace::{ConnectionEnd, Direction, Vantage};

use super::finish::Finish;
use crate::catalogue::Level;
use crate::event::{Event, Gap, Kind, Layer, Outcome};
use crate::fact::Facts;
use crate::model::{Call, Due, States};
use crate::occasion::Occasions;
use crate::rule::{Party, Rule, Verdicts};
use crate::scene::Scene;

/// The rules of these documents.
pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "C706/12.6/server-pdus-keep-their-format",
        section: "12.6",
        level: Level::Must,
        party: Party::Server,
        requirements: &[],
        occasions: Occasions::RESPONSE.or(Occasions::OTHER_PDU),
        judge: server_pdus_keep_their_format,
    },
    Rule {
        id: "C706/12.6/server-octets-form-pdus",
        section: "12.6",
        level: Level::Must,
        party: Party::Server,
        requirements: &[],
        occasions: Occasions::RESPONSE.or(Occasions::OTHER_PDU).or(Occasions::GAP),
        judge: server_octets_form_pdus,
    },
    Rule {
        id: "C706/12.6.4/answers-belong-to-outstanding-calls",
        section: "12.6.4",
        level: Level::Must,
        party: Party::Server,
        requirements: &[],
        occasions: Occasions::RESPONSE.or(Occasions::OTHER_PDU),
        judge: answers_belong_to_outstanding_calls,
    },
    Rule {
        id: "C706/12.6.4/calls-are-answered",
        section: "12.6.4",
        level: Level::Must,
        party: Party::Server,
        requirements: &[],
        occasions: Occasions::FINISHED.or(Occasions::ANSWERED).or(Occasions::CLOSED),
        judge: calls_are_answered,
    },
    Rule {
        id: "C706/14/out-parameters-can-be-read",
        section: "14",
        level: Level::Must,
        party: Party::Server,
        requirements: &[],
        occasions: Occasions::FINISHED.or(Occasions::GAP),
        judge: out_parameters_can_be_read,
    },
    Rule {
        id: "MS-RPCE/3.3.1.4.1/handles-belong-to-their-association",
        section: "3.3.1.4.1",
        level: Level::Must,
        party: Party::Server,
        requirements: &[],
        occasions: Occasions::FINISHED.given(Facts::UNSETTLED),
        judge: handles_belong_to_their_association,
    },
    Rule {
        id: "MS-RPCE/2.2.2.13/commands-to-process-are-known-or-refused",
        section: "2.2.2.13",
        level: Level::Must,
        party: Party::Server,
        requirements: &[],
        occasions: Occasions::FINISHED.given(Facts::FLAWED),
        judge: commands_to_process_are_known_or_refused,
    },
];

const PTYPE_RESPONSE: u8 = 2;
const PTYPE_FAULT: u8 = 3;
/// Where call_id stands in a PDU.
const CALL_ID: u64 = 12;

fn server_pdus_keep_their_format(_: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Kind::Pdu(pdu) = &event.kind else { return };
    if pdu.direction != Direction::ToClient {
        return;
    }
    for defect in &pdu.defects {
        let actual = format!("{} at offset {:#x} ({})", defect.actual, defect.offset, defect.rule);
        verdicts.fail(format!("{} {}", defect.field, defect.expected), actual);
    }
    if pdu.defects.is_empty() {
        verdicts.pass();
    }
}

/// Rubbish between PDUs, and PDUs that can't be read or joined.
fn server_octets_form_pdus(_: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    match &event.kind {
        Kind::Gap(gap) if gap.direction == Direction::ToClient && gap.malformed && is_of_pdus(gap) => {
            verdicts.fail("PDUs", gap.why.clone());
        }
        Kind::Pdu(pdu) if pdu.direction == Direction::ToClient => {
            verdicts.pass();
        }
        _ => {}
    }
}

/// Stubs, and answers to no call, are judged by rules of their own.
fn is_of_pdus(gap: &Gap) -> bool {
    gap.layer == Layer::Transport || (gap.layer == Layer::Pdu && gap.offset != CALL_ID)
}

fn answers_belong_to_outstanding_calls(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Kind::Pdu(pdu) = &event.kind else { return };
    let answers = matches!(pdu.ptype, PTYPE_RESPONSE | PTYPE_FAULT) && pdu.direction == Direction::ToClient;
    let Some(connection) = model.connection(pdu.connection).filter(|_| answers) else { return };
    let refuses = pdu.ptype == PTYPE_FAULT && connection.open_exchanges.contains(&pdu.call_id);
    if refuses || connection.open_calls.contains_key(&pdu.call_id) {
        verdicts.pass();
    } else if connection.opened && !connection.blind && !connection.cancelled.contains(&pdu.call_id) {
        verdicts.fail("call_id of an outstanding call", format!("{}", pdu.call_id));
    }
}

/// No call is left without an answer, by an end of the connection or by silence. (For UnregisterClient and CloseChannel,
/// which overtake waiting calls, silence is judged by rules of their own.)
fn calls_are_answered(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let excused = |call: &Call| {
        call.breaks_on_purpose()
            || call.unreadable
            || !call.started.defects.is_empty()
            || model.is_cancelled(call)
            || model.connection(call.started.connection).is_some_and(|connection| connection.garbled)
    };
    match &event.kind {
        Kind::CallFinished(finished) if finished.outcome != Outcome::Lost => {
            verdicts.pass();
        }
        Kind::Closed { connection, how } => {
            let (ConnectionEnd::Orderly { by } | ConnectionEnd::Broken { by, .. }) = how;
            let Some(connection) =
                model.connection(*connection).filter(|connection| !connection.blind && !connection.garbled)
            else {
                return;
            };
            let is_left = |call: &&Call| !excused(call) && call.started.method.is_some();
            let left: Vec<&Call> = connection.lost.iter().filter(is_left).collect();
            if *by != Direction::ToClient || left.is_empty() || model.stimuli().shutdown().is_some() {
                return;
            }
            let actual = format!("the server ended the connection with {} open", left.len());
            if left.iter().all(|call| may_have_outlived_client(model, event, how, call)) {
                verdicts.inconclusive(format!("{actual}; a reset may come of a client that is gone"));
            } else if is_network(model) && left.iter().all(|call| waits(call)) {
                verdicts.inconclusive(format!("{actual}; all of them wait, and the service may have been stopped"));
            } else {
                verdicts.fail("an answer to every call", actual);
            }
        }
        Kind::Deadline(number) => {
            let Some(Due::Answered(call)) = model.due(*number) else { return };
            let prompt = [Method::Create, Method::Delete, Method::RegisterClient];
            let Some(call) = model.call(*call).filter(|call| !excused(call)) else { return };
            if call.started.method.is_some_and(|method| prompt.contains(&method)) {
                let bound = model.config().prompt;
                verdicts.fail("an answer at once", format!("none after {bound:?}")).about(call.id()).within(bound);
            }
        }
        _ => {}
    }
}

/// Whether nothing but the network was seen: neither party, nor what was done to them.
fn is_network(model: &Scene<'_>) -> bool {
    model.config().vantage == Vantage::Unknown && !model.knows_sources()
}

/// Whether a connection was reset so long after a call that its client may be gone: then the reset answers nobody's request, but a
/// keep-alive that found no client, and devices on the way send one in either party's name.
pub(super) fn may_have_outlived_client(model: &Scene<'_>, event: &Event, how: &ConnectionEnd, call: &Call) -> bool {
    let is_late = event.time.since(call.at.time) >= model.config().prompt;
    is_network(model) && is_late && matches!(how, ConnectionEnd::Broken { .. })
}

/// Whether a call is answered when something happens, not at once.
fn waits(call: &Call) -> bool {
    let waiting = [Method::GetNotification, Method::GetNewChannel, Method::GetNotificationSendResponse];
    call.started.method.is_some_and(|method| waiting.contains(&method))
}

/// [out] parameters decode, and break no encoding rule.
fn out_parameters_can_be_read(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    if let Kind::Gap(gap) = &event.kind {
        // What an endpoint mapper answers is judged by a rule of its own.
        let of_mapper = gap.call.is_some_and(|call| model.endpoints.asked(call).is_some());
        if gap.layer == Layer::Stub && gap.direction == Direction::ToClient && gap.malformed && !of_mapper {
            verdicts.fail("a stub that can be read", gap.why.clone());
        }
        return;
    }
    let Some(finish) = Finish::any(model, event) else { return };
    let Outcome::Returned { output: Some(_), defects, .. } = finish.outcome else { return };
    for defect in defects {
        let actual = format!("{} at offset {:#x} ({})", defect.actual, defect.offset, defect.rule);
        let expected = format!("{} {}", defect.field, defect.expected);
        // What outputs hold after a failure is left open (SD-71).
        if finish.outcome.succeeded() == Some(true) {
            verdicts.fail(expected, actual);
        } else {
            verdicts.warn(expected, actual);
        }
    }
    if defects.is_empty() {
        verdicts.pass();
    }
}

/// A handle that the association has never been given, or NULL, is refused.
fn handles_belong_to_their_association(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(finish) = Finish::any(model, event) else { return };
    let object = || {
        let stray = finish.within(States::GONE) && finish.object.is_none_or(|object| object.created.is_none());
        stray.then_some(finish.call.remote_object().unwrap_or_default())
    };
    let Some(handle) = stray_channel(model, finish.call).or_else(object) else { return };
    match finish.outcome.succeeded() {
        Some(true) => {
            let expected = format!("a fault, for handle {handle} is none of this association");
            verdicts.fail(expected, format!("{}", finish.outcome));
        }
        Some(false) => {
            verdicts.pass();
        }
        None => {}
    }
}

/// The channel handle that a call names, where it can't have been returned to it.
fn stray_channel(model: &Scene<'_>, call: &Call) -> Option<ContextHandle> {
    let handle = match call.started.input.as_ref()? {
        method::In::GetNotificationSendResponse(input) => input.channel,
        method::In::CloseChannel(input) => input.channel,
        _ => return None,
    };
    model.channels.is_stray(model, call.started.association, handle).then_some(handle)
}

/// A request whose verification trailer has a command with SEC_VT_MUST_PROCESS_COMMAND that nobody knows is invalid.
fn commands_to_process_are_known_or_refused(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(finish) = Finish::any(model, event) else { return };
    let is_unknown = |defect: &&Defect| defect.rule == VerificationTrailer::COMMANDS_TO_PROCESS_ARE_KNOWN;
    let Some(unknown) = finish.call.started.defects.iter().find(is_unknown) else { return };
    match finish.outcome {
        Outcome::Fault { .. } => {
            verdicts.pass();
        }
        Outcome::Returned { .. } => {
            let expected = format!("a fault, for {} of the verification trailer is to be processed", unknown.actual);
            verdicts.fail(expected, format!("{}", finish.outcome));
        }
        Outcome::Lost => {}
    }
}
