//! What people read beside a packet: whose call it is, of which step, and what was found there.

use std::collections::BTreeMap;

use dcerpc::pdu::Header as PduHeader;
use trace::{CallMark, ConnectionId, Entry, Mark, Observation, Seen};

use super::super::trace_jsonl::Header;

/// Calls that are remembered: a run that makes more tells of the latest.
const MOST_CALLS: usize = 4_096;

/// Words for entries, in the order of the trace.
pub(super) struct Remarks<'a> {
    /// The scenario's file.
    file: &'a str,
    found: &'a [(u64, String)],
    actors: BTreeMap<ConnectionId, String>,
    calls: BTreeMap<(ConnectionId, u32), String>,
}

impl<'a> Remarks<'a> {
    pub(super) fn new(header: &'a Header, found: &'a [(u64, String)]) -> Self {
        Self { file: &header.file, found, actors: BTreeMap::new(), calls: BTreeMap::new() }
    }

    /// The words for the next entry.
    pub(super) fn on(&mut self, entry: &Entry) -> Vec<String> {
        let mut remarks = Vec::new();
        match &entry.seen {
            Seen::Opened(opened) => {
                self.actors.extend(opened.actor.clone().map(|actor| (opened.connection, actor)));
            }
            Seen::Octets(seen) => remarks.extend(self.pdu(seen)),
            Seen::Mark(Mark::Call(call)) => {
                let CallMark { connection, call_id, actor, .. } = call;
                self.step((*connection, *call_id), &call.step, call.line, &call.violates, Some(actor));
            }
            Seen::Mark(Mark::Answer(answer)) => {
                let place = (answer.connection, answer.call_id);
                self.step(place, &answer.step, answer.line, &answer.violates, None);
            }
            _ => {}
        }
        let found = self.found.iter().filter(|(sequence, _)| *sequence == entry.sequence);
        remarks.extend(found.map(|(_, words)| words.clone()));
        remarks
    }

    fn step(&mut self, place: (ConnectionId, u32), step: &str, line: u32, violates: &[String], actor: Option<&String>) {
        while self.calls.len() >= MOST_CALLS {
            self.calls.pop_first();
        }
        let who = actor.or_else(|| self.actors.get(&place.0)).map_or("", String::as_str);
        let broken = if violates.is_empty() {
            String::new()
        } else {
            format!(", which breaks {} on purpose", violates.join(" and "))
        };
        self.calls.insert(place, format!(" of {who}, step `{step}` ({} line {line}){broken}", self.file));
    }

    /// Whose call the first PDU among some octets belongs to.
    fn pdu(&self, seen: &Observation) -> Option<String> {
        let header = PduHeader::decode(&seen.octets).ok()?.value;
        let step = self.calls.get(&(seen.connection, header.call_id)).cloned();
        let step = step.or_else(|| self.actors.get(&seen.connection).map(|actor| format!(" of {actor}")));
        Some(format!("call {}{}: {}", header.call_id, step.unwrap_or_default(), header.ptype))
    }
}
