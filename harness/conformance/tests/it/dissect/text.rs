//! Events as short lines.

use conformance::dissect::{Dissector, Keyring, Unsealer};
use conformance::event::{CallStarted, Event, Gap, Kind, Negotiated, Outcome, Pdu, Protection, Question};
use dcerpc::pdu::PduType;
use dcerpc::{ByteOrder, Defect};
use mspan::method::Field;
use std::fmt::Write as _;
use trace::{Direction, Entry};

/// The events of a whole trace.
pub(super) fn events(entries: &[Entry]) -> Vec<Event> {
    dissected(Dissector::new(), entries)
}

/// The same, with the keys that the trace tells.
pub(super) fn events_with(unsealer: Unsealer, entries: &[Entry]) -> Vec<Event> {
    dissected(Dissector::with_keys(Keyring::of(unsealer, entries)), entries)
}

fn dissected(mut dissector: Dissector, entries: &[Entry]) -> Vec<Event> {
    let mut events = Vec::new();
    for entry in entries {
        dissector.push(entry, &mut |event| events.push(event));
    }
    assert!(events.iter().enumerate().all(|(number, event)| event.number == number as u64));
    events
}

/// One line for each event.
pub(super) fn text(events: &[Event]) -> String {
    let mut text = String::new();
    for event in events {
        writeln!(text, "{}", line(&event.kind)).unwrap();
    }
    text
}

fn line(kind: &Kind) -> String {
    match kind {
        Kind::Opened(opened) => format!("{} opened to {}", opened.connection.0, opened.server),
        Kind::Closed { connection, how } => format!("{} closed {how:?}", connection.0),
        Kind::AssociationEnded(association) => format!("association {} ended", association.0),
        Kind::Pdu(pdu) => pdu_line(pdu),
        Kind::Negotiated(negotiated) => negotiated_line(negotiated),
        Kind::Refused(refused) => format!("{} bind refused, reason {}", refused.connection.0, refused.reason),
        Kind::CallStarted(started) => started_line(started),
        Kind::CallFinished(finished) => {
            let method = finished.method.map_or("no method of ours", |method| method.name());
            format!("{} call {} {method} {}", finished.connection.0, finished.call.0, outcome(&finished.outcome))
        }
        Kind::MapperAsked(asked) => {
            let what = match &asked.question {
                Question::Map(request) => format!("ept_map {:?}", request.map_tower),
                Question::Lookup(request) => format!("ept_lookup {:?}", request.interface),
            };
            format!("{} asks for {what}{}", asked.connection.0, defects(&asked.defects))
        }
        Kind::MapperAnswered(answered) => {
            let towers: Vec<_> = answered.answer.towers().map(dcerpc::epm::Tower::tcp_endpoint).collect();
            let (status, defects) = (answered.answer.status(), defects(&answered.defects));
            format!("{} status {status:#010x} and {towers:?}{defects}", answered.connection.0)
        }
        Kind::Gap(gap) => gap_line(gap),
        other => format!("{other:?}"),
    }
}

fn arrow(direction: Direction) -> char {
    if direction == Direction::ToServer { '>' } else { '<' }
}

fn defects(defects: &[Defect]) -> String {
    defects.iter().map(|defect| format!(" !{}@{}", defect.rule, defect.offset)).collect()
}

fn pdu_line(pdu: &Pdu) -> String {
    let name = PduType(pdu.ptype);
    format!(
        "{} {} {name} flags {:#04x} call_id {} length {}{}{}",
        pdu.connection.0,
        arrow(pdu.direction),
        pdu.flags,
        pdu.call_id,
        pdu.frag_length,
        protection(pdu.protection.as_ref()),
        defects(&pdu.defects)
    )
}

fn negotiated_line(negotiated: &Negotiated) -> String {
    let interface = mspan::Interface::from_id(negotiated.abstract_syntax);
    let accepted = negotiated.accepted.and_then(dcerpc::TransferSyntax::from_id);
    format!(
        "{} context {} of association {:?}: {} result {} reason {} {accepted:?}",
        negotiated.connection.0,
        negotiated.context_id,
        negotiated.association.map(|association| association.0),
        interface.map_or("another interface", |interface| interface.name()),
        negotiated.result,
        negotiated.reason,
    )
}

fn started_line(started: &CallStarted) -> String {
    let method = started.method.map_or("no method of ours", |method| method.name());
    let order = if started.format.order == ByteOrder::Big { " big-endian" } else { "" };
    let mark = started.mark.as_ref().map_or(String::new(), |mark| format!(" by step {:?}", mark.step));
    format!(
        "{} call {} {method} (association {}, opnum {}, {:?}{order}, {} octets){}{}{}{mark}",
        started.connection.0,
        started.call.0,
        started.association.0,
        started.opnum,
        started.format.syntax,
        started.stub_length,
        protection(started.protection.as_ref()),
        started.input.as_ref().map_or(String::new(), |input| fields(&input.fields())),
        defects(&started.defects)
    )
}

fn protection(protection: Option<&Protection>) -> String {
    let Some(Protection { context_id, level, sealed, signature }) = protection else { return String::new() };
    let context = context_id.map_or("some context".to_owned(), |id| format!("context {id}"));
    format!(" [{context}, level {level}{}: {signature:?}]", if *sealed { ", sealed" } else { "" })
}

fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Returned { output, defects: found, stub_length, .. } => format!(
            "returned ({stub_length} octets){}{}",
            output.as_ref().map_or(String::new(), |output| fields(&output.fields())),
            defects(found)
        ),
        Outcome::Fault { status, did_not_execute } => format!("fault {status:#010x} not executed: {did_not_execute}"),
        Outcome::Lost => "lost".into(),
    }
}

fn fields(fields: &[(&'static str, Field)]) -> String {
    fields.iter().map(|(name, field)| format!(" {name}={field}")).collect()
}

fn gap_line(gap: &Gap) -> String {
    let blame = if gap.malformed { "malformed" } else { "not to blame" };
    format!(
        "{} {} GAP {:?} of call {:?} at {}: {} ({blame})",
        gap.connection.0,
        arrow(gap.direction),
        gap.layer,
        gap.call.map(|call| call.0),
        gap.offset,
        gap.why
    )
}
