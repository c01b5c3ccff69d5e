//! Calls: parameters by name, handles that may be used, and what is kept of answers.

use std::time::Duration;

use conformance::{catalogue, rules};
use mspan::method::field_names;
use mspan::{Interface, Method};

use super::Checker;
use super::expectation::kind_of;
use super::names::whole_reference;
use crate::scenario::meant::{
    Action, ActorRef, Alteration, CallRef, CallSpec, Expectation, Kind, Operation, Outcomes, Save, Term, Test,
};
use crate::scenario::written::{Alter, At, Call, Entries, Expect, Finish, Patch, Position, Request, Start, Value};
use crate::span::Span;

/// A call that was started.
#[derive(Clone, Debug)]
pub(super) struct CallState {
    pub(super) method: Option<Method>,
    pub(super) actor: ActorRef,
    /// The handle that it closes when it succeeds.
    closes: Option<String>,
    /// Whether it still has to be finished.
    pub(super) open: bool,
    /// Whether it may have been finished.
    pub(super) maybe: bool,
}

impl Checker<'_> {
    pub(super) fn call(&mut self, call: &Call, position: Position) -> Option<Action> {
        let spec = self.call_spec(&Request::from(call), position);
        let (method, actor, closes) = match &spec {
            Some(spec) => (method_of(spec), Some(spec.actor.clone()), closes(spec)),
            None => (call.method.as_ref().and_then(|name| method_named(&name.value)), None, None),
        };
        let expect = self.expectation(call.expect.as_ref(), method);
        self.refuse_pending(expect.as_ref(), call.expect.as_ref());
        let save = self.saves(&call.save, method, actor.as_ref(), expect.as_ref());
        let within = self.duration(call.within.as_ref());
        self.note_closed(closes, expect.as_ref());
        Some(Action::Call { call: spec?, expect: expect?, save, within })
    }

    pub(super) fn start(&mut self, start: &Start, position: Position) -> Option<Action> {
        let spec = self.call_spec(&Request::from(start), position);
        let name = self.assign(&start.name, Kind::Call, None);
        let actor = spec.as_ref().map_or(ActorRef::Named(String::new()), |spec| spec.actor.clone());
        let state = CallState {
            method: spec.as_ref().and_then(method_of),
            actor,
            closes: spec.as_ref().and_then(closes),
            open: true,
            maybe: false,
        };
        self.calls.insert(name.clone(), state);
        Some(Action::Start { name, call: spec? })
    }

    pub(super) fn finish(&mut self, finish: &Finish) -> Option<Action> {
        let call = self.call_ref(&finish.call)?;
        let state = self.take_call(&call, &finish.call);
        let method = state.as_ref().and_then(|state| state.method);
        let expect = self.expectation(finish.expect.as_ref(), method);
        self.refuse_pending(expect.as_ref(), finish.expect.as_ref());
        let actor = state.as_ref().map(|state| state.actor.clone());
        let save = self.saves(&finish.save, method, actor.as_ref(), expect.as_ref());
        let within = self.duration(finish.within.as_ref());
        self.note_closed(state.and_then(|state| state.closes), expect.as_ref());
        Some(Action::Finish { call, expect: expect?, save, within })
    }

    /// Marks a call finished; complains when it already was.
    pub(super) fn take_call(&mut self, call: &CallRef, written: &At<String>) -> Option<CallState> {
        let CallRef::Named(name) = call else { return self.chosen_call() };
        let state = self.calls.get_mut(name)?;
        let before = state.clone();
        state.open = false;
        state.maybe = false;
        if !before.open && !before.maybe {
            self.complain(written.position, format!("`{}` has been finished already", written.value));
        }
        Some(before)
    }

    /// A call that is chosen when the scenario runs: one of those that may be open, which all have the same method.
    fn chosen_call(&self) -> Option<CallState> {
        let mut open = self.calls.values().filter(|state| state.maybe);
        let first = open.next()?.clone();
        open.all(|other| other.method == first.method).then_some(first)
    }

    fn refuse_pending(&mut self, expect: Option<&Expectation>, written: Option<&At<Expect>>) {
        let pending = |way: &Expectation| *way == Expectation::Outcome(Outcomes::Pending);
        if let (Some(expect), Some(written)) = (expect, written)
            && expect.some(&pending)
        {
            let help = Some("write a `still_pending` step".to_owned());
            self.complain_with(written.position, "`pending` can only be expected in a race", help);
        }
    }

    fn note_closed(&mut self, handle: Option<String>, expect: Option<&Expectation>) {
        let certain = matches!(expect, Some(Expectation::Returned { status: None | Some(Test::Success), .. }));
        if let (Some(handle), true, false) = (handle, certain, self.in_finally) {
            self.closed.insert(handle);
        }
    }

    pub(super) fn call_spec(&mut self, request: &Request<'_>, position: Position) -> Option<CallSpec> {
        let actor = self.actor(request.actor);
        let operation = self.operation(request, actor.as_ref(), position);
        let violates = self.violations(request.violates);
        let alteration = match request.alter {
            Some(alter) => {
                self.check_tampered(&alter.value, actor.as_ref());
                Some(self.alteration(&alter.value)?)
            }
            None => None,
        };
        let connection = self.connection(request.connection);
        Some(CallSpec { actor: actor?, operation: operation?, connection, stale: request.stale, violates, alteration })
    }

    fn operation(&mut self, request: &Request<'_>, actor: Option<&ActorRef>, position: Position) -> Option<Operation> {
        match (request.method, request.opnum) {
            (Some(name), None) => {
                for (given, position) in [
                    ("interface", request.interface.map(|interface| interface.position)),
                    ("stub", request.stub.map(|stub| stub.position)),
                ] {
                    if let Some(position) = position {
                        self.complain(position, format!("`{given}` goes with `opnum`, not with `method`"));
                    }
                }
                let word = self.word(name)?;
                let Some(method) = method_named(&word) else {
                    self.unknown(name.position, "method", &word, Method::ALL.iter().map(|method| method.name()));
                    return None;
                };
                let input = self.input(request, method, actor, position)?;
                Some(Operation::Method(method, input))
            }
            (None, Some(opnum)) => {
                if let Some((key, _)) = request.input.iter().next() {
                    self.complain(key.position, "`in` goes with `method`; an operation number takes `stub`");
                }
                let Some(interface) = request.interface else {
                    self.complain(opnum.position, "`opnum` wants `interface` beside it");
                    return None;
                };
                let interface = self.interface(interface)?;
                let stub = match request.stub {
                    Some(stub) => self.value(stub, Kind::Octets)?,
                    None => Term::Octets(bytes::Bytes::new()),
                };
                Some(Operation::Number(interface, opnum.value, stub))
            }
            _ => {
                self.complain(position, "a call names either `method`, or `interface` and `opnum`");
                None
            }
        }
    }

    fn interface(&mut self, written: &At<String>) -> Option<Interface> {
        let word = self.word(written)?;
        let words = Interface::ALL.map(|interface| (interface.name(), interface));
        self.one_of(written.position, "interface", &word, &words)
    }

    fn input(
        &mut self,
        request: &Request<'_>,
        method: Method,
        actor: Option<&ActorRef>,
        position: Position,
    ) -> Option<Vec<(&'static str, Term)>> {
        let names = field_names(method).0;
        let mut input = Vec::new();
        let mut complete = true;
        for (key, value) in request.input.iter() {
            let Some(name) = names.iter().find(|name| name.name == key.value) else {
                let what = format!("[in] parameter of {method}");
                self.unknown(key.position, &what, &key.value, names.iter().map(|name| name.name));
                complete = false;
                continue;
            };
            let term = match (&value.value, name.nullable) {
                (Value::Null, false) => {
                    self.complain(
                        value.position,
                        format!("{} can't be NULL: the wire has no place to say so", name.name),
                    );
                    None
                }
                (Value::Null, true) => Some(Term::Null),
                (Value::Text(text), _) if name.kind == mspan::method::FieldKind::Handle => {
                    self.handle(text, value.position, actor, request.stale)
                }
                _ => self.value(value, kind_of(name)),
            };
            match term {
                Some(term) => input.push((name.name, term)),
                None => complete = false,
            }
        }
        for name in names.iter().filter(|name| name.name != "InSize" && request.input.get(name.name).is_none()) {
            self.complain(position, format!("{method} wants {}", name.name));
            complete = false;
        }
        complete.then_some(input)
    }

    /// A handle that the actor may use.
    fn handle(&mut self, text: &str, position: Position, actor: Option<&ActorRef>, stale: bool) -> Option<Term> {
        let Some(name) = whole_reference(text) else {
            let help = Some("write \"${name}\" or {handle: {uuid: …}}".to_owned());
            self.complain_with(position, format!("`{text}` is no handle"), help);
            return None;
        };
        let (term, owner) = self.reference(name, position, Kind::Handle)?;
        if stale {
            return Some(term);
        }
        let closed = key_of(&term).is_some_and(|key| self.closed.contains(&key));
        if closed && !self.in_finally {
            let help = Some("say `stale: true` when that is meant".to_owned());
            self.complain_with(position, format!("`{name}` is closed here"), help);
        }
        if let (Some(ActorRef::Named(owner)), Some(ActorRef::Named(actor))) = (&owner, actor)
            && owner != actor
        {
            let help = Some("say `stale: true` when that is meant".to_owned());
            self.complain_with(position, format!("`{name}` is a handle of {owner}, not of {actor}"), help);
        }
        Some(term)
    }

    /// What is kept of an answer.
    pub(super) fn saves(
        &mut self,
        written: &Entries<At<String>>,
        method: Option<Method>,
        actor: Option<&ActorRef>,
        expect: Option<&Expectation>,
    ) -> Vec<Save> {
        let returns = |way: &Expectation| matches!(way, Expectation::Returned { .. } | Expectation::Any);
        let mut saves = Vec::new();
        for (name, parameter) in written.iter() {
            if expect.is_some_and(|expect| !expect.some(&returns)) {
                self.complain(name.position, "nothing can be kept of a call that must not return");
            }
            let Some(method) = method else {
                self.complain(parameter.position, "the [out] parameters of this call are not known before the run");
                continue;
            };
            let names = field_names(method).1;
            match names.iter().find(|known| known.name == parameter.value) {
                Some(known) => {
                    let kind = kind_of(known);
                    let owner = matches!(kind, Kind::Handle | Kind::Handles).then(|| actor.cloned()).flatten();
                    let name = self.assign(name, kind, owner);
                    self.closed.remove(&name);
                    saves.push(Save { name, parameter: known.name });
                }
                None => {
                    let what = format!("[out] parameter of {method}");
                    self.unknown(parameter.position, &what, &parameter.value, names.iter().map(|known| known.name));
                }
            }
        }
        saves
    }

    /// Ids of requirements.
    pub(super) fn requirements(&mut self, written: &[At<String>]) -> Vec<String> {
        for id in written.iter().filter(|id| catalogue::requirement(&id.value).is_none()) {
            self.unknown(id.position, "requirement", &id.value, catalogue::requirements().iter().map(|known| known.id));
        }
        written.iter().map(|id| id.value.clone()).collect()
    }

    /// Ids of what is broken on purpose: requirements, and rules of the layers below that decide none.
    pub(super) fn violations(&mut self, written: &[At<String>]) -> Vec<String> {
        let (rules, requirements): (Vec<_>, Vec<_>) = written.iter().partition(|id| {
            let rule = rules::rule(&id.value);
            rule.is_some_and(|rule| rule.requirements.is_empty())
        });
        for id in requirements.iter().filter(|id| catalogue::requirement(&id.value).is_none()) {
            self.unknown(id.position, "requirement", &id.value, catalogue::requirements().iter().map(|known| known.id));
        }
        requirements.iter().chain(&rules).map(|id| id.value.clone()).collect()
    }

    /// A duration.
    pub(super) fn duration(&mut self, written: Option<&At<String>>) -> Option<Duration> {
        let written = written?;
        let word = self.word(written)?;
        match Span::parse(&word) {
            Ok(span) => Some(span.0),
            Err(problem) => {
                self.complain(written.position, problem);
                None
            }
        }
    }

    /// The scenario's own name for a connection.
    pub(super) fn connection(&mut self, written: Option<&At<String>>) -> Option<String> {
        self.word(written?)
    }

    pub(super) fn alteration(&mut self, written: &Alter) -> Option<Alteration> {
        let mut patch = |patch: &Option<Patch>| match patch {
            Some(Patch { at, octets }) => self.value(octets, Kind::Octets).map(|octets| Some((*at, octets))),
            None => Some(None),
        };
        let (stub, header) = (patch(&written.patch)?, patch(&written.header)?);
        let append = match &written.append {
            Some(octets) => Some(self.value(octets, Kind::Octets)?),
            None => None,
        };
        let object = match &written.object {
            Some(uuid) => Some(self.uuid(uuid)?),
            None => None,
        };
        let tampering = self.tampering(written)?;
        Some(Alteration {
            patch: stub,
            truncate: written.truncate.unwrap_or_default(),
            append,
            object,
            trailer: written.trailer,
            tampering,
            fragment: written.fragment,
            version: written.version,
            flags: written.flags,
            frag_length: written.frag_length,
            auth_length: written.auth_length,
            call_id: written.call_id,
            context_id: written.context_id,
            alloc_hint: written.alloc_hint,
            header,
            cut: written.cut.map(|cut| (cut.octets, cut.then)),
        })
    }
}

/// The method of that name.
pub(super) fn method_named(name: &str) -> Option<Method> {
    Method::ALL.into_iter().find(|method| method.name() == name)
}

fn method_of(spec: &CallSpec) -> Option<Method> {
    match &spec.operation {
        Operation::Method(method, _) => Some(*method),
        Operation::Number(..) => None,
    }
}

/// The handle that a call closes when it succeeds.
fn closes(spec: &CallSpec) -> Option<String> {
    match &spec.operation {
        Operation::Method(Method::Delete | Method::CloseChannel, input) => {
            input.iter().find_map(|(_, term)| key_of(term))
        }
        _ => None,
    }
}

/// A handle's name in the flat list.
fn key_of(term: &Term) -> Option<String> {
    match term {
        Term::Name(name) => Some(name.clone()),
        Term::Element(name, index) => Some(format!("{name}.{index}")),
        _ => None,
    }
}
