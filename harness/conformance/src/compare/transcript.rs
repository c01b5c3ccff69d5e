//! What one trace holds, call by call, as comparison wants it.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use dcerpc::ContextHandle;
use mspan::method::{Field, FieldName, field_names};
use mspan::{Interface, Method};
use thiserror::Error;
use trace::{ConnectionId, stimulus};

use super::manner::Manner;
use super::mapper;
use super::value::{HandleId, Parameter, Value};
use crate::event::{AssociationId, CallFinished, CallId, CallStarted, Event, Kind, Layer, Outcome};
use crate::finding::Finding;

/// Calls that a trace may have.
pub const MOST_CALLS: usize = 100_000;

/// Octets that the parameters of all calls of a trace may have.
pub const MOST_OCTETS: usize = 256 << 20;

/// Connections that a trace may have.
pub const MOST_CONNECTIONS: usize = 20_000;

/// A trace is too large to be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TooMuch {
    /// It has more calls.
    #[error("more than {MOST_CALLS} calls; cut the capture into parts")]
    Calls,
    /// Its parameters take more octets.
    #[error("more than {MOST_OCTETS} octets of parameters; cut the capture into parts")]
    Octets,
    /// It has more connections.
    #[error("more than {MOST_CONNECTIONS} connections; cut the capture into parts")]
    Connections,
    /// Two sequences of calls have so little in common that to align them takes too much memory.
    #[error("{left} calls on the one side and {right} on the other have too little in common to be aligned")]
    Unlike {
        /// Calls of the one side.
        left: usize,
        /// Calls of the other.
        right: usize,
    },
}

/// What one trace holds.
#[derive(Debug, Default)]
pub struct Transcript {
    pub(super) calls: Vec<Call>,
    pub(super) handles: Vec<Handle>,
    pub(super) associations: BTreeMap<AssociationId, Association>,
    /// What the notification sources were asked, in order.
    pub(super) asked: Vec<stimulus::Request>,
    /// Findings that are about no call.
    pub(super) findings: Vec<Finding>,
    /// What could not be read and belongs to no call.
    pub(super) gaps: Vec<String>,
    /// Connections without an association, with why their bind was refused.
    pub(super) refused: Vec<String>,
    /// The last handle that was given out with those octets, in any association.
    given: BTreeMap<ContextHandle, HandleId>,
    numbers: BTreeMap<CallId, usize>,
    homes: BTreeMap<ConnectionId, AssociationId>,
    manners: BTreeMap<ConnectionId, Manner>,
    octets: usize,
}

/// An association.
#[derive(Debug, Default)]
pub(super) struct Association {
    /// Its calls, in the order of their requests.
    pub(super) calls: Vec<usize>,
    /// Its connections and how they are spoken on.
    pub(super) connections: Vec<Manner>,
    /// The scenario's name for its client.
    pub(super) actor: Option<String>,
    /// What its handles stand for now.
    known: BTreeMap<ContextHandle, HandleId>,
}

/// A context handle.
#[derive(Clone, Debug)]
pub(super) struct Handle {
    /// The association in which it was first seen.
    pub(super) association: AssociationId,
    /// Whether it is a channel's; else a remote object's.
    pub(super) is_channel: bool,
    /// The call that gave it out.
    pub(super) born: Option<usize>,
    /// Its octets.
    octets: ContextHandle,
    /// Whether it was closed.
    closed: bool,
}

/// A call.
#[derive(Clone, Debug)]
pub struct Call {
    /// Its association.
    pub association: AssociationId,
    /// Its connection.
    pub connection: ConnectionId,
    /// The interface, when it is one of ours.
    pub interface: Option<Interface>,
    /// opnum.
    pub opnum: u16,
    /// The method, when there is one.
    pub method: Option<Method>,
    /// [in], when it could be read.
    pub input: Option<Vec<Parameter>>,
    /// How it ended.
    pub end: End,
    /// The number of the event with which it began.
    pub began: u64,
    /// The number of the event with which it ended.
    pub ended: Option<u64>,
    /// The entry (of a capture: packet) with which it began.
    pub entry: u64,
    /// The entry with which it ended.
    pub end_entry: Option<u64>,
    /// The scenario's line that makes it.
    pub line: Option<u32>,
    /// What the rules say about it.
    pub findings: Vec<Finding>,
    /// Why parts of it can't be read.
    pub gaps: Vec<String>,
    /// The handle that it is about.
    pub(super) about: Option<HandleId>,
    /// The handles that it gave out.
    pub(super) gave: Vec<HandleId>,
    /// Octets of its request's stub.
    pub(super) stub_length: usize,
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// It had not when the trace ended.
    Open,
    /// With a response; its [out] parameters, when they could be read.
    Returned(Option<Vec<Parameter>>),
    /// With a fault of that status.
    Fault(u32),
    /// Its connection ended first, or its answer was not captured.
    Lost,
}

impl Call {
    /// The method's name, or the operation's number.
    #[must_use]
    pub fn operation(&self) -> String {
        match (self.method, self.interface) {
            (Some(method), _) => method.name().into(),
            (None, Some(interface)) => alloc::format!("{} opnum {}", interface.name(), self.opnum),
            (None, None) => alloc::format!("opnum {} of another interface", self.opnum),
        }
    }

    /// The [out] parameters.
    #[must_use]
    pub fn output(&self) -> Option<&[Parameter]> {
        match &self.end {
            End::Returned(output) => output.as_deref(),
            _ => None,
        }
    }

    /// An [in] parameter.
    #[must_use]
    pub fn input_value(&self, name: &str) -> Option<&Value> {
        super::value::named(self.input.as_deref()?, name)
    }

    /// An [out] parameter.
    #[must_use]
    pub fn output_value(&self, name: &str) -> Option<&Value> {
        super::value::named(self.output()?, name)
    }

    /// The handle that it is about.
    #[must_use]
    pub fn about(&self) -> Option<HandleId> {
        self.about
    }

    /// The HRESULT or the status of the fault.
    #[must_use]
    pub fn code(&self) -> Option<u32> {
        match (&self.end, self.output_value("return")) {
            (End::Fault(status), _) => Some(*status),
            (_, Some(Value::Status(status))) => Some(status.0),
            _ => None,
        }
    }

    /// Whether it failed; none when that can't be known.
    #[must_use]
    pub fn failed(&self) -> Option<bool> {
        match &self.end {
            End::Fault(_) => Some(true),
            End::Returned(Some(_)) => Some(self.code().is_some_and(|code| code & 0x8000_0000 != 0)),
            _ => None,
        }
    }

    /// Whether another was under way at the same time.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        let before = |one: &Self, next: &Self| one.ended.is_some_and(|ended| ended < next.began);
        !before(self, other) && !before(other, self)
    }
}

impl Transcript {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next event, as it was judged.
    ///
    /// # Errors
    /// When the trace is larger than what can be compared.
    pub fn event(&mut self, event: &Event) -> Result<(), TooMuch> {
        match &event.kind {
            Kind::Opened(opened) => {
                if self.manners.len() >= MOST_CONNECTIONS {
                    return Err(TooMuch::Connections);
                }
                self.manners.insert(opened.connection, Manner::of(opened.actor.clone()));
            }
            Kind::Pdu(pdu) => self.manner(pdu.connection).pdu(pdu),
            Kind::Negotiated(negotiated) => {
                self.manner(negotiated.connection).negotiated(negotiated);
                if let Some(association) = negotiated.association {
                    self.homes.insert(negotiated.connection, association);
                }
            }
            Kind::Refused(refused) => self.manner(refused.connection).refused(refused.reason),
            Kind::CallStarted(started) => return self.started(started, event),
            Kind::CallFinished(finished) => return self.finished(finished, event),
            Kind::MapperAsked(asked) => {
                let parameters = mapper::asked(&asked.question);
                if let Some(call) = self.call(asked.call) {
                    call.input = Some(parameters);
                }
            }
            Kind::MapperAnswered(answered) => {
                let parameters = mapper::answered(&answered.answer);
                if let Some(call) = self.call(answered.call) {
                    call.end = End::Returned(Some(parameters));
                }
            }
            Kind::Gap(gap) => {
                // That nothing is known of the octets before a recording began is no difference between two of them.
                let is_start = gap.layer == Layer::Transport && gap.offset == 0;
                if let Some(call) = gap.call.and_then(|call| self.call(call)) {
                    call.gaps.push(gap.why.clone());
                } else if !is_start && self.gaps.len() < crate::check::MOST_GAPS {
                    self.gaps.push(gap.why.clone());
                }
            }
            Kind::StimulusAsked { request, .. } if self.asked.len() < MOST_CALLS => self.asked.push(request.clone()),
            _ => {}
        }
        Ok(())
    }

    /// Nothing more follows: takes what the rules say.
    pub fn close(&mut self, findings: Vec<Finding>) {
        for finding in findings {
            if let Some(call) = finding.call.and_then(|call| self.call(call)) {
                call.findings.push(finding);
            } else {
                self.findings.push(finding);
            }
        }
        for (connection, manner) in core::mem::take(&mut self.manners) {
            match self.homes.get(&connection) {
                Some(home) => {
                    let association = self.associations.entry(*home).or_default();
                    association.actor = association.actor.take().or_else(|| manner.actor.clone());
                    association.connections.push(manner);
                }
                None => self.refused.extend(manner.refusal().map(ToString::to_string)),
            }
        }
    }

    /// Its calls, in the order of their requests.
    #[must_use]
    pub fn calls(&self) -> &[Call] {
        &self.calls
    }

    /// The association in which a handle was first seen.
    #[must_use]
    pub fn home(&self, handle: HandleId) -> Option<AssociationId> {
        self.handles.get(handle.0).map(|known| known.association)
    }

    /// The octets of a handle.
    #[must_use]
    pub fn octets(&self, handle: HandleId) -> Option<ContextHandle> {
        self.handles.get(handle.0).map(|known| known.octets)
    }

    /// Whether it holds neither calls nor associations.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty() && self.associations.is_empty()
    }

    /// How many calls can't be read, neither what they ask nor what they answer.
    #[must_use]
    pub fn unreadable(&self) -> usize {
        let is_closed = |call: &&Call| {
            let tells_nothing = call.input.as_ref().is_none_or(Vec::is_empty);
            let is_cut_off = call.input.is_none() && matches!(call.end, End::Open | End::Lost);
            call.method.is_some() && tells_nothing && (call.end == End::Returned(None) || is_cut_off)
        };
        self.calls.iter().filter(is_closed).count()
    }

    fn call(&mut self, call: CallId) -> Option<&mut Call> {
        self.numbers.get(&call).and_then(|number| self.calls.get_mut(*number))
    }

    fn manner(&mut self, connection: ConnectionId) -> &mut Manner {
        self.manners.entry(connection).or_default()
    }

    fn keep(&mut self, parameters: &[Parameter]) -> Result<(), TooMuch> {
        let size: usize = parameters.iter().map(|parameter| parameter.value.size()).sum();
        self.octets = self.octets.saturating_add(size);
        if self.octets > MOST_OCTETS { Err(TooMuch::Octets) } else { Ok(()) }
    }

    fn started(&mut self, started: &CallStarted, event: &Event) -> Result<(), TooMuch> {
        if self.calls.len() >= MOST_CALLS {
            return Err(TooMuch::Calls);
        }
        let (number, association) = (self.calls.len(), started.association);
        self.homes.insert(started.connection, association);
        self.manner(started.connection).request(started);
        let mut about = None;
        let input = started.input.as_ref().map(|input| {
            let names = field_names(input.method()).0;
            let fields = input.fields();
            fields
                .into_iter()
                .map(|field| {
                    let parameter = self.parameter(association, field, names, None);
                    if let Value::Handle(handle) = parameter.value {
                        about = about.or(Some(handle));
                    }
                    parameter
                })
                .collect::<Vec<_>>()
        });
        self.keep(input.as_deref().unwrap_or_default())?;
        self.associations.entry(association).or_default().calls.push(number);
        self.numbers.insert(started.call, number);
        self.calls.push(Call {
            association,
            connection: started.connection,
            interface: started.interface,
            opnum: started.opnum,
            method: started.method,
            input,
            end: End::Open,
            began: event.number,
            ended: None,
            entry: event.entry,
            end_entry: None,
            line: started.mark.as_ref().map(|mark| mark.line),
            findings: Vec::new(),
            gaps: Vec::new(),
            about,
            gave: Vec::new(),
            stub_length: started.stub_length,
        });
        Ok(())
    }

    fn finished(&mut self, finished: &CallFinished, event: &Event) -> Result<(), TooMuch> {
        let Some(number) = self.numbers.get(&finished.call).copied() else { return Ok(()) };
        let handles_before = self.handles.len();
        let end = match &finished.outcome {
            Outcome::Returned { output, .. } => End::Returned(output.as_ref().map(|output| {
                let names = field_names(output.method()).1;
                let fields = output.fields();
                fields
                    .into_iter()
                    .map(|field| self.parameter(finished.association, field, names, Some(number)))
                    .collect::<Vec<_>>()
            })),
            Outcome::Fault { status, .. } => End::Fault(*status),
            Outcome::Lost => End::Lost,
        };
        if let End::Returned(Some(output)) = &end {
            self.keep(output)?;
        }
        if let Outcome::Returned { format, .. } = &finished.outcome {
            self.manner(finished.connection).response(*format);
        }
        let given: Vec<HandleId> = (handles_before..self.handles.len()).map(HandleId).collect();
        let Some(call) = self.calls.get_mut(number) else { return Ok(()) };
        // What an endpoint mapper answered is told before.
        let is_told = matches!((&call.end, &end), (End::Returned(Some(_)), End::Returned(None)));
        if !is_told {
            call.end = end;
        }
        (call.ended, call.end_entry) = (Some(event.number), Some(event.entry));
        call.gave = given;
        let about = call.about;
        let closes = ["ppRemoteObj", "pChannel"].iter().any(|name| call.output_value(name) == Some(&Value::Null));
        if let Some(handle) = about.and_then(|handle| self.handles.get_mut(handle.0)).filter(|_| closes) {
            handle.closed = true;
        }
        Ok(())
    }

    /// A parameter; `giver` is the call that gives out the handles in it.
    fn parameter(
        &mut self,
        association: AssociationId,
        (name, field): (&'static str, Field),
        names: &'static [FieldName],
        giver: Option<usize>,
    ) -> Parameter {
        let value = match field {
            Field::Handle(handle) if handle.is_null() => Value::Null,
            Field::Handle(handle) => Value::Handle(self.handle(association, handle, name == "pChannel", giver)),
            Field::Handles(Some(handles)) => {
                let one = |handle: &ContextHandle| {
                    (!handle.is_null()).then(|| self.handle(association, *handle, true, giver))
                };
                Value::Handles(handles.elements.iter().map(one).collect())
            }
            Field::Number(number) => {
                let values = names.iter().find(|known| known.name == name).map_or(&[][..], |known| known.values);
                let word = values.iter().find(|(_, value)| *value == number).map(|(word, _)| *word);
                Value::Number(number, word)
            }
            Field::Type(Some(notification_type)) => Value::Type(notification_type),
            Field::Octets(Some(octets)) => Value::Octets(octets.elements),
            Field::Text(Some(text)) => Value::Text(text.text()),
            Field::Status(status) => Value::Status(status),
            Field::Handles(None) | Field::Type(None) | Field::Octets(None) | Field::Text(None) => Value::Null,
        };
        Parameter { name, value }
    }

    /// The handle that those octets stand for: in their association, else in another, else a new one.
    fn handle(
        &mut self,
        association: AssociationId,
        octets: ContextHandle,
        is_channel: bool,
        giver: Option<usize>,
    ) -> HandleId {
        let own = self.associations.get(&association).and_then(|known| known.known.get(&octets).copied());
        let is_open = |id: &HandleId| self.handles.get(id.0).is_some_and(|handle| !handle.closed);
        // What is given out again after it was closed is another one.
        let found =
            if giver.is_some() { own.filter(is_open) } else { own.or_else(|| self.given.get(&octets).copied()) };
        if let Some(found) = found {
            return found;
        }
        let id = HandleId(self.handles.len());
        self.handles.push(Handle { association, is_channel, born: giver, octets, closed: false });
        self.associations.entry(association).or_default().known.insert(octets, id);
        if giver.is_some() {
            self.given.insert(octets, id);
        }
        id
    }
}
