//! From events to a diagram.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use conformance::event::{CallFinished, CallId, CallStarted, Event, Kind, Pdu};
use dcerpc::pdu::PduType;
use trace::{ConnectionId, Direction, LocalEvent, Mark, Time};

use super::call::{self, Handles};
use super::detail::Detail;
use super::{Bar, Diagram, Lifeline, Party, Row, RowKind, other};

/// How many rows of the beginning are kept.
const HEAD: usize = 400;
/// How many rows of the end are kept.
const TAIL: usize = 200;
/// How many rows between are kept for a finding's sake.
const MOST_ACCUSED: usize = 200;
/// How many events that are no rows are remembered, in case that a finding is about one.
const CANDIDATES: usize = 256;
/// The most parties; further ones share the last lifeline.
const MOST_PARTIES: usize = 24;
/// The most PDUs that wait for the rest of their call, and the most events that one row tells of besides.
const MOST_WAITING: usize = 64;

/// A diagram while it is drawn.
#[derive(Clone, Debug, Default)]
pub struct Drawing {
    lifelines: Vec<Lifeline>,
    connections: BTreeMap<ConnectionId, Ends>,
    /// PDUs of calls that have not started or come back yet.
    parts: BTreeMap<(ConnectionId, bool, u32), Parts>,
    /// Calls that have not come back.
    open: BTreeMap<CallId, Open>,
    /// Their rows.
    outstanding: BTreeSet<u64>,
    handles: Handles,
    rows: BTreeMap<u64, Row>,
    /// The rows' places among all, with those that are left out.
    ordinals: BTreeMap<u64, u64>,
    count: u64,
    tail: VecDeque<u64>,
    candidates: VecDeque<Row>,
    accused: BTreeSet<u64>,
    heard: usize,
    spans: Vec<Span>,
    line: Option<u32>,
}

/// Who is at the ends of a connection.
#[derive(Clone, Copy, Debug)]
struct Ends {
    client: usize,
    server: usize,
}

#[derive(Clone, Debug, Default)]
struct Parts {
    detail: Detail,
    events: Vec<u64>,
}

#[derive(Clone, Debug)]
struct Open {
    row: u64,
    name: String,
    connection: ConnectionId,
    call_id: u32,
    line: Option<u32>,
    time: Time,
    answer: Option<(String, Detail)>,
}

/// A call, from the event that starts it to the one that ends it.
#[derive(Clone, Copy, Debug)]
struct Span {
    lifeline: usize,
    first: u64,
    last: Option<u64>,
}

impl Drawing {
    /// Hears the next event, numbered as it was judged.
    pub fn event(&mut self, event: &Event) {
        match &event.kind {
            Kind::Opened(opened) => {
                let name = opened.actor.as_deref().unwrap_or(&opened.client);
                let ends =
                    Ends { client: self.lifeline(Party::Client, name), server: self.lifeline(Party::Server, "server") };
                self.connections.insert(opened.connection, ends);
                let detail = addresses(&opened.client, &opened.server, opened.connection);
                self.candidate(event, ends.client, "opens a connection", detail);
            }
            Kind::Closed { connection, how } => {
                let ends = self.ends(*connection);
                let by = match how {
                    trace::ConnectionEnd::Orderly { by } | trace::ConnectionEnd::Broken { by, .. } => *by,
                };
                let (from, to) = ends.way(by);
                let mut detail = Detail::default();
                detail.field("connection", connection.0.to_string());
                self.row(event, (from, to), RowKind::Setup, other::closed(how), detail);
                self.parts.retain(|(of, ..), _| of != connection);
                self.connections.remove(connection);
            }
            Kind::AssociationEnded(_) => self.candidate(event, 0, "the association ended", Detail::default()),
            Kind::Pdu(pdu) => self.pdu(event, pdu),
            Kind::Negotiated(answer) => self.amend(event, &other::negotiated(answer)),
            Kind::Refused(answer) => self.amend(event, &other::refused(answer)),
            // The PDUs show it, or the gaps that follow.
            Kind::Secured(_) | Kind::Joined { .. } => {}
            Kind::CallStarted(started) => self.started(event, started),
            Kind::CallFinished(finished) => self.finished(event, finished),
            Kind::MapperAsked(asked) => {
                let ends = self.mapper(asked.connection);
                if let Some(row) =
                    self.open.get(&asked.call).map(|open| open.row).and_then(|row| self.rows.get_mut(&row))
                {
                    (row.to, row.label) = (ends.server, other::mapper_asked(asked));
                    row.detail.defects(&asked.defects);
                    row.tells_of(event.number);
                }
            }
            Kind::MapperAnswered(answered) => {
                if let Some(open) = self.open.get_mut(&answered.call) {
                    open.answer = Some(other::mapper_answered(answered));
                }
            }
            Kind::Gap(gap) => {
                let (from, to) = self.ends(gap.connection).way(gap.direction);
                let (label, detail) = other::gap(gap);
                self.row(event, (from, to), RowKind::Gap, label, detail);
            }
            Kind::StimulusAsked { request, .. } => {
                let ends =
                    (self.lifeline(Party::Source, "notification source"), self.lifeline(Party::Server, "server"));
                let (label, detail) = other::asked(request);
                self.row(event, ends, RowKind::Ask, label, detail);
            }
            Kind::StimulusAnswered { answer, .. } => {
                let ends =
                    (self.lifeline(Party::Server, "server"), self.lifeline(Party::Source, "notification source"));
                let (label, detail) = other::answered(answer);
                self.row(event, ends, RowKind::Answer, label, detail);
            }
            Kind::Local(local) => {
                let at = match local {
                    LocalEvent::Authenticated { connection, .. } | LocalEvent::FalseCredentials { connection, .. } => {
                        self.ends(*connection).client
                    }
                    LocalEvent::Unreachable { actor, .. } => {
                        self.lifeline(Party::Client, actor.as_deref().unwrap_or("client"))
                    }
                    LocalEvent::MapperOffered { client, .. } => self.lifeline(Party::Client, client),
                };
                self.row(event, (at, at), RowKind::Note, other::local(local), Detail::default());
            }
            Kind::Mark(mark) => self.mark(event, mark),
            Kind::Deadline(_) => self.candidate(event, 0, "time passes", Detail::default()),
            Kind::End(trace::End::Complete) => self.candidate(event, 0, "the end of the trace", Detail::default()),
            Kind::End(trace::End::CutShort) => {
                self.row(event, (0, 0), RowKind::Note, "the trace stops here".to_owned(), Detail::default());
            }
        }
    }

    /// A finding is about that event: its row stays.
    pub fn accuse(&mut self, event: u64) {
        if self.accused.len() >= MOST_ACCUSED {
            return;
        }
        if let Some(at) = self.candidates.iter().position(|row| row.event == event)
            && let Some(row) = self.candidates.remove(at)
        {
            self.rows.insert(event, row);
        }
        self.accused.insert(event);
    }

    /// How many findings it knows of.
    #[must_use]
    pub fn heard(&self) -> usize {
        self.heard
    }

    /// Takes the findings that were not there before.
    pub fn hear(&mut self, findings: &[conformance::Finding]) {
        for finding in findings.get(self.heard..).unwrap_or_default() {
            self.accuse(finding.event);
        }
        self.heard = findings.len();
    }

    /// The diagram.
    #[must_use]
    pub fn finish(mut self) -> Diagram {
        if self.lifelines.is_empty() && !self.rows.is_empty() {
            self.lifeline(Party::Server, "server");
        }
        let order = self.order();
        let mut rows = Vec::new();
        let mut places = BTreeMap::new();
        let mut next = 0;
        for (event, mut row) in std::mem::take(&mut self.rows) {
            if let Some(ordinal) = self.ordinals.get(&event).copied() {
                if ordinal > next {
                    rows.push(cut(&row, ordinal - next));
                }
                next = ordinal + 1;
            }
            places.insert(event, rows.len());
            (row.from, row.to) = (placed(&order, row.from), placed(&order, row.to));
            rows.push(row);
        }
        let bars = bars(&self.spans, &places, &order, rows.len());
        let mut lifelines: Vec<(usize, Lifeline)> =
            self.lifelines.into_iter().enumerate().map(|(at, line)| (placed(&order, at), line)).collect();
        lifelines.sort_by_key(|(at, _)| *at);
        Diagram { lifelines: lifelines.into_iter().map(|(_, line)| line).collect(), rows, bars }
    }

    /// Where each lifeline comes to stand: clients, the endpoint mapper, the server, its source.
    fn order(&self) -> Vec<usize> {
        let mut sorted: Vec<usize> = (0..self.lifelines.len()).collect();
        sorted.sort_by_key(|at| self.lifelines.get(*at).map(|line| line.kind));
        let mut order = vec![0; sorted.len()];
        for (place, at) in sorted.into_iter().enumerate() {
            if let Some(slot) = order.get_mut(at) {
                *slot = place;
            }
        }
        order
    }

    fn pdu(&mut self, event: &Event, pdu: &Pdu) {
        let ptype = PduType(pdu.ptype);
        if matches!(ptype, PduType::REQUEST | PduType::RESPONSE | PduType::FAULT) {
            let key = (pdu.connection, pdu.direction == Direction::ToServer, pdu.call_id);
            if self.parts.len() < MOST_WAITING || self.parts.contains_key(&key) {
                let parts = self.parts.entry(key).or_default();
                parts.detail.pdu(pdu);
                parts.detail.defects(&pdu.defects);
                if parts.events.len() < MOST_WAITING {
                    parts.events.push(event.number);
                }
            }
            return;
        }
        let ends = self.ends(pdu.connection).way(pdu.direction);
        let (label, mut detail) = other::pdu(pdu);
        detail.field("connection", pdu.connection.0.to_string());
        self.row(event, ends, RowKind::Setup, label, detail);
    }

    fn started(&mut self, event: &Event, started: &CallStarted) {
        let ends = self.ends(started.connection);
        let parts = self.take(started.connection, true, started.call_id);
        let mut detail = Detail::default();
        detail.field("method", call::method_name(started));
        if let Some(mark) = &started.mark {
            detail.field("step", &mark.step);
            if !mark.violates.is_empty() {
                detail.field("breaks on purpose", mark.violates.join(" "));
            }
        }
        let connection = format!("{}, call_id {}", started.connection.0, started.call_id);
        detail.field("connection", connection);
        detail.protection(started.protection.as_ref());
        if let Some(input) = &started.input {
            detail.parameters(&input.fields());
        }
        detail.defects(&started.defects);
        let line = started.mark.as_ref().map(|mark| mark.line).filter(|line| *line > 0).or(self.line);
        let label = self.handles.started(started);
        let open = Open {
            row: event.number,
            name: call::method_name(started),
            connection: started.connection,
            call_id: started.call_id,
            line,
            time: event.time,
            answer: None,
        };
        self.open.insert(started.call, open);
        self.outstanding.insert(event.number);
        if self.spans.len() > 2 * (HEAD + TAIL + MOST_ACCUSED) {
            let rows = &self.rows;
            self.spans.retain(|span| rows.contains_key(&span.first));
        }
        self.spans.push(Span { lifeline: ends.client, first: event.number, last: None });
        self.row(event, (ends.client, ends.server), RowKind::Call, label, parts.joined(detail));
        self.tell(event.number, line, &parts.events);
    }

    fn finished(&mut self, event: &Event, finished: &CallFinished) {
        let ends = self.ends(finished.connection);
        let open = self.open.remove(&finished.call);
        let parts = open.as_ref().map_or_else(Parts::default, |open| self.take(open.connection, false, open.call_id));
        let mut detail = Detail::default();
        let mut label = self.handles.finished(&finished.outcome);
        let mut line = self.line;
        if let Some(open) = open {
            self.outstanding.remove(&open.row);
            detail.field("answers", open.name);
            detail.field("after", time(event.time.since(open.time).as_nanos()));
            line = open.line;
            if let Some((words, mapped)) = open.answer {
                label = words;
                detail.fields.extend(mapped.fields);
            }
            if let Some(span) = self.spans.iter_mut().rev().find(|span| span.first == open.row) {
                span.last = Some(event.number);
            }
        }
        detail.field("came back with", finished.outcome.to_string());
        if let Some(output) = finished.outcome.output() {
            detail.parameters(&output.fields());
        }
        if let conformance::event::Outcome::Returned { defects, .. } = &finished.outcome {
            detail.defects(defects);
        }
        let kind = call::kind(&finished.outcome);
        self.row(event, (ends.server, ends.client), kind, label, parts.joined(detail));
        self.tell(event.number, line, &parts.events);
    }

    fn mark(&mut self, event: &Event, mark: &Mark) {
        if let Mark::StepBegins { line, .. } = mark {
            self.line = Some(*line).filter(|line| *line > 0);
        }
        let at = match mark {
            Mark::Launched { client, .. } => self.lifeline(Party::Client, client),
            _ => 0,
        };
        match other::mark(mark) {
            Some(label) => self.row(event, (at, at), RowKind::Note, label, Detail::default()),
            None => {
                let words = match mark {
                    Mark::StepBegins { step, .. } => step,
                    _ => "a step of the scenario",
                };
                self.candidate(event, at, words, Detail::default());
            }
        }
    }

    /// What is said of the last PDU: it is told in its row.
    fn amend(&mut self, event: &Event, words: &str) {
        let last = self.tail.back().copied().or_else(|| self.rows.keys().next_back().copied());
        if let Some(row) = last.and_then(|last| self.rows.get_mut(&last)).filter(|row| row.kind == RowKind::Setup) {
            row.detail.field("answer", words);
            if row.label.len() + words.len() < 2 * call::MOST_LABEL {
                row.label = format!("{} · {words}", row.label);
            }
            row.tells_of(event.number);
        }
    }

    fn row(&mut self, event: &Event, (from, to): (usize, usize), kind: RowKind, label: String, detail: Detail) {
        let (number, time, line) = (event.number, event.time, self.line);
        self.insert(Row { event: number, also: Vec::new(), time, line, kind, from, to, label, detail });
    }

    /// What becomes a row only when a finding is about it.
    fn candidate(&mut self, event: &Event, at: usize, label: &str, detail: Detail) {
        if self.candidates.len() >= CANDIDATES {
            self.candidates.pop_front();
        }
        self.candidates.push_back(Row {
            event: event.number,
            also: Vec::new(),
            time: event.time,
            line: self.line,
            kind: RowKind::Note,
            from: at,
            to: at,
            label: super::detail::shortened(label.to_owned(), call::MOST_LABEL),
            detail,
        });
    }

    fn insert(&mut self, row: Row) {
        let event = row.event;
        self.ordinals.insert(event, self.count);
        self.count += 1;
        self.rows.insert(event, row);
        if self.rows.len() <= HEAD {
            return;
        }
        self.tail.push_back(event);
        if self.tail.len() > TAIL
            && let Some(oldest) = self.tail.pop_front()
        {
            self.leave_out(oldest);
        }
    }

    /// A row goes, unless a finding is about it, or about what came of it.
    fn leave_out(&mut self, event: u64) {
        let told = |row: &Row| row.also.iter().any(|also| self.accused.contains(also));
        let is_open = self.outstanding.len() <= MOST_ACCUSED && self.outstanding.contains(&event);
        let kept = self.accused.contains(&event) || is_open || self.rows.get(&event).is_some_and(told);
        if !kept {
            self.rows.remove(&event);
            self.ordinals.remove(&event);
        }
    }

    /// A row tells of the PDUs that it is made of.
    fn tell(&mut self, event: u64, line: Option<u32>, of: &[u64]) {
        if let Some(row) = self.rows.get_mut(&event) {
            row.line = line;
            of.iter().for_each(|one| row.tells_of(*one));
        }
    }

    fn take(&mut self, connection: ConnectionId, to_server: bool, call_id: u32) -> Parts {
        self.parts.remove(&(connection, to_server, call_id)).unwrap_or_default()
    }

    fn ends(&mut self, connection: ConnectionId) -> Ends {
        match self.connections.get(&connection) {
            Some(ends) => *ends,
            None => {
                let ends = Ends {
                    client: self.lifeline(Party::Client, "client"),
                    server: self.lifeline(Party::Server, "server"),
                };
                self.connections.insert(connection, ends);
                ends
            }
        }
    }

    /// The connection turns out to be one to an endpoint mapper.
    fn mapper(&mut self, connection: ConnectionId) -> Ends {
        let ends = Ends { server: self.lifeline(Party::Mapper, "endpoint mapper"), ..self.ends(connection) };
        self.connections.insert(connection, ends);
        ends
    }

    fn lifeline(&mut self, kind: Party, name: &str) -> usize {
        if let Some(at) = self.lifelines.iter().position(|line| line.kind == kind && line.name == name) {
            return at;
        }
        if self.lifelines.len() >= MOST_PARTIES
            && let Some(at) = self.lifelines.iter().rposition(|line| line.kind == kind)
        {
            return at;
        }
        self.lifelines.push(Lifeline { kind, name: name.to_owned() });
        self.lifelines.len() - 1
    }
}

impl Ends {
    /// From whom to whom octets of a direction go.
    fn way(self, direction: Direction) -> (usize, usize) {
        match direction {
            Direction::ToServer => (self.client, self.server),
            Direction::ToClient => (self.server, self.client),
        }
    }
}

impl Parts {
    /// The fields of a call, with the octets of its PDUs and their defects.
    fn joined(&self, detail: Detail) -> Detail {
        let fields = detail.fields.into_iter().chain(self.detail.fields.iter().cloned()).collect();
        Detail { fields, ..self.detail.clone() }
    }
}

impl Row {
    fn tells_of(&mut self, event: u64) {
        if self.also.len() < MOST_WAITING {
            self.also.push(event);
        }
    }
}

fn placed(order: &[usize], at: usize) -> usize {
    order.get(at).copied().unwrap_or_default()
}

/// The row that stands for those that were left out before another one.
fn cut(before: &Row, count: u64) -> Row {
    Row {
        event: before.event.saturating_sub(1),
        also: Vec::new(),
        time: before.time,
        line: None,
        kind: RowKind::Cut,
        from: 0,
        to: 0,
        label: format!("{count} rows are left out"),
        detail: Detail::default(),
    }
}

/// The calls that were outstanding while something else happened, beside each other where they overlap.
fn bars(spans: &[Span], places: &BTreeMap<u64, usize>, order: &[usize], rows: usize) -> Vec<Bar> {
    let mut bars: Vec<Bar> = Vec::new();
    for span in spans {
        let Some(first) = places.get(&span.first).copied() else { continue };
        let last = span.last.and_then(|last| places.get(&last).copied());
        if last == Some(first + 1) {
            continue;
        }
        let lifeline = placed(order, span.lifeline);
        let reaches = |bar: &Bar| bar.last.unwrap_or(rows) > first;
        let taken: BTreeSet<usize> =
            bars.iter().filter(|bar| bar.lifeline == lifeline && reaches(bar)).map(|bar| bar.lane).collect();
        let lane = (0..).find(|lane| !taken.contains(lane)).unwrap_or_default();
        bars.push(Bar { lifeline, lane, first, last });
    }
    bars
}

fn addresses(client: &str, server: &str, connection: ConnectionId) -> Detail {
    let mut detail = Detail::default();
    detail.field("connection", connection.0.to_string());
    detail.field("from", client);
    detail.field("to", server);
    detail
}

/// A span of time for people.
pub(crate) fn time(nanoseconds: u128) -> String {
    match nanoseconds {
        0 => "0".to_owned(),
        1..1_000_000 => format!("{} µs", nanoseconds.div_ceil(1_000)),
        1_000_000..1_000_000_000 => format!("{}.{} ms", nanoseconds / 1_000_000, nanoseconds / 100_000 % 10),
        _ => format!("{}.{:03} s", nanoseconds / 1_000_000_000, nanoseconds / 1_000_000 % 1_000),
    }
}
