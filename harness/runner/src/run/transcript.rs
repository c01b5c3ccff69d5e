//! A trace in words: what was sent, called and answered, step by step.

use std::fmt::Write as _;

use conformance::dissect::{Dissector, Keyring};
use conformance::event::{Event, Kind, Outcome};
use dcerpc::ByteOrder;
use mspan::method::Field;
use trace::{Direction, Entry, LocalEvent, Mark};

use crate::judge::Judge;

/// Longest value of a field that is told: documents are far shorter, mass tests far longer.
const LONGEST: usize = 4096;

/// The trace, with what the rules found in it at the events that decided.
pub(super) fn transcript(judge: &Judge, entries: &[Entry]) -> String {
    let report = judge.report(entries);
    let mut dissector = Dissector::with_keys(Keyring::of(security::unsealer, entries));
    let mut text =
        "Seconds, number of the event, and what was seen; -> goes to the server, <- comes from it.\n\n".to_owned();
    for entry in entries {
        dissector.push(entry, &mut |event: Event| {
            let Some(words) = told(&event.kind) else { return };
            let (seconds, micros) = (event.time.0 / 1_000_000_000, event.time.0 / 1_000 % 1_000_000);
            let _ = writeln!(text, "{seconds:>5}.{micros:06} {:>5} {}", event.number, printable(&words));
            for found in report.findings.iter().filter(|found| found.event == event.number) {
                let (rule, expected, actual) = (found.rule, &found.expected, &found.actual);
                let words = format!("{}: {rule}: expected {expected}; {actual}", found.verdict.name());
                let _ = writeln!(text, "{:>18} ! {}", "", printable(&words));
            }
        });
    }
    text
}

fn told(kind: &Kind) -> Option<String> {
    Some(match kind {
        Kind::Opened(opened) => {
            let by = opened.actor.as_ref().map_or_else(String::new, |actor| format!(" by {actor}"));
            format!("connection {} opened{by}, {} to {}", opened.connection.0, opened.client, opened.server)
        }
        Kind::Closed { connection, how } => format!("connection {} ended: {how:?}", connection.0),
        Kind::AssociationEnded(association) => format!("association {} ended", association.0),
        Kind::Pdu(pdu) => {
            let verifier = if pdu.auth.is_some() { ", with a verifier" } else { "" };
            let (connection, call, length) = (pdu.connection.0, pdu.call_id, pdu.frag_length);
            let defects = count(pdu.defects.len());
            let name = ptype(pdu.ptype);
            format!(
                "  {} connection {connection}: {name}, call_id {call}, {length} octets{verifier}{defects}",
                arrow(pdu.direction)
            )
        }
        Kind::Negotiated(answer) => match answer.accepted {
            Some(syntax) => format!("context {} accepted: {}", answer.context_id, syntax.uuid),
            None => {
                format!("context {} refused: result {}, reason {}", answer.context_id, answer.result, answer.reason)
            }
        },
        Kind::Refused(refused) => format!("bind refused: reason {}", refused.reason),
        Kind::Joined { .. } | Kind::Secured(_) => return None,
        Kind::CallStarted(call) => {
            let method = call.method.map_or_else(|| format!("opnum {}", call.opnum), |method| method.name().to_owned());
            let order = if call.format.order == ByteOrder::Big { ", big-endian" } else { "" };
            let step =
                call.mark.as_ref().map_or_else(String::new, |mark| format!(" (line {}: {})", mark.line, mark.step));
            let input = call.input.as_ref().map_or_else(String::new, |input| fields(&input.fields()));
            format!("call {} {method}{order}{step}{input}{}", call.call.0, count(call.defects.len()))
        }
        Kind::CallFinished(call) => {
            let method = call.method.map_or("", |method| method.name());
            let output = match &call.outcome {
                Outcome::Returned { output: Some(output), .. } => fields(&output.fields()),
                _ => String::new(),
            };
            format!("call {} {method} came back: {}{output}", call.call.0, call.outcome)
        }
        Kind::MapperAsked(asked) => format!("endpoint mapper asked: {:?}", asked.question),
        Kind::MapperAnswered(answered) => {
            format!("endpoint mapper answered: status {:#010x}", answered.answer.status())
        }
        Kind::Gap(gap) => {
            format!(
                "  {} connection {}: can't be read ({:?}): {}",
                arrow(gap.direction),
                gap.connection.0,
                gap.layer,
                gap.why
            )
        }
        Kind::StimulusAsked { number, request } => format!("stimulus {number} asked: {request:?}"),
        Kind::StimulusAnswered { number, answer } => format!("stimulus {number} answered: {answer:?}"),
        Kind::Local(LocalEvent::Authenticated { connection, user, .. }) => {
            format!("connection {} authenticated as {user}", connection.0)
        }
        Kind::Local(local) => format!("{local:?}"),
        Kind::Mark(Mark::StepBegins { step, line }) => format!("line {line}: {step}"),
        Kind::Mark(Mark::Late { nanoseconds }) => format!("the harness was late by {nanoseconds} ns"),
        Kind::Mark(_) | Kind::Deadline(_) => return None,
        Kind::End(end) => format!("the end: {end:?}"),
    })
}

fn fields(fields: &[(&'static str, Field)]) -> String {
    fields.iter().fold(String::new(), |mut text, (name, field)| {
        let value: String = field.to_string().chars().take(LONGEST + 1).collect();
        let cut = if value.chars().count() > LONGEST { " and more" } else { "" };
        let value: String = value.chars().take(LONGEST).collect();
        let _ = write!(text, "\n{:>22} {name}: {value}{cut}", "");
        text
    })
}

fn count(defects: usize) -> String {
    match defects {
        0 => String::new(),
        1 => ", 1 defect".to_owned(),
        many => format!(", {many} defects"),
    }
}

const fn arrow(direction: Direction) -> &'static str {
    match direction {
        Direction::ToServer => "->",
        Direction::ToClient => "<-",
    }
}

/// The names of [C706] 12.6.3 and [MS-RPCE] 2.2.2.
const fn ptype(number: u8) -> &'static str {
    match number {
        0 => "request",
        2 => "response",
        3 => "fault",
        11 => "bind",
        12 => "bind_ack",
        13 => "bind_nak",
        14 => "alter_context",
        15 => "alter_context_resp",
        16 => "rpc_auth_3",
        17 => "shutdown",
        18 => "co_cancel",
        19 => "orphaned",
        _ => "a PDU of a type that is not known",
    }
}

fn printable(words: &str) -> String {
    words.chars().map(|c| if c.is_control() && c != '\n' { char::REPLACEMENT_CHARACTER } else { c }).collect()
}
