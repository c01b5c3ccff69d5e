//! Steps that hold or order others: fragments, branches, rounds, races.

use std::sync::Arc;

use mspan::Method;

use super::Checker;
use super::names::{Meaning, Scope, whole_reference};
use crate::diagnostic::Use as Frame;
use crate::scenario::meant::{
    Action, ActorRef, CallRef, Expectation, Kind, Outcomes, Race, Step, Term, Unordered, UnorderedCalls,
};
use crate::scenario::written::{self, At, Entries, FragmentFile, Parameter, Position, Request, Value};

/// Most rounds of a `repeat`.
const MOST_ROUNDS: u32 = 100_000;

impl Checker<'_> {
    /// The steps of a fragment in the place of its use. What it does at the end is kept for the end.
    pub(super) fn use_fragment(&mut self, used: &written::Use, position: Position) -> Vec<Step> {
        let fragments = self.surroundings.fragments;
        let Some(loaded) = fragments.get(&used.fragment.value) else {
            let known: Vec<&str> = fragments.keys().map(String::as_str).collect();
            self.unknown(used.fragment.position, "fragment", &used.fragment.value, known);
            return Vec::new();
        };
        if !self.may_nest() {
            self.complain(position, "fragments are nested too deeply: does one use itself?");
            return Vec::new();
        }
        let arguments = self.arguments(used, &loaded.file, position);
        if self.surroundings.broken.contains(&loaded.id) {
            self.bind_results(used, &loaded.file, None);
            return Vec::new();
        }
        self.uses_so_far += 1;
        let prefix = format!("{}#{}.", loaded.id, self.uses_so_far);
        let scope = Scope { prefix, ..Scope::with_given_names() };
        let outer = std::mem::replace(&mut self.scope, scope);
        let frame = Frame { source: Arc::clone(&self.source), line: position.line, column: position.column };
        let source = std::mem::replace(&mut self.source, Arc::clone(&loaded.source));
        self.uses.push(frame);

        self.bind_parameters(&loaded.file, arguments);
        let steps = self.steps(&loaded.file.steps);
        let finally = self.finally(&loaded.file.finally);
        self.mark_results(&loaded.file);
        self.check_use();

        self.uses.pop();
        self.source = source;
        let inner = std::mem::replace(&mut self.scope, outer);
        if !finally.is_empty() {
            self.deferred.push(finally);
        }
        self.bind_results(used, &loaded.file, Some(&inner));
        steps
    }

    /// Checks a fragment without a use: parameters are what their kind says.
    pub(super) fn fragment_alone(&mut self, loaded: &super::Loaded<FragmentFile>) {
        for (name, parameter) in loaded.file.parameters.iter() {
            let Some(kind) = self.parameter_kind(parameter) else { continue };
            if let Parameter::Forms(form) = &parameter.value {
                let _ = self.argument(&form.default, kind);
            }
            let term = match kind {
                Kind::Actor => Term::Actor(name.value.clone()),
                _ => Term::Name(name.value.clone()),
            };
            self.bind_parameter(name, Meaning::Term(kind, term), None);
        }
        self.steps(&loaded.file.steps);
        self.finally(&loaded.file.finally);
        self.mark_results(&loaded.file);
        self.check_use();
        self.check_finished();
    }

    fn parameter_kind(&mut self, parameter: &At<Parameter>) -> Option<Kind> {
        let (position, word) = match &parameter.value {
            Parameter::Word(word) => (parameter.position, word),
            Parameter::Forms(form) => (form.kind.position, &form.kind.value),
        };
        match self.one_of(position, "kind", word, &Kind::WORDS)? {
            Kind::Call => {
                self.complain(position, "a fragment can't take a call");
                None
            }
            kind => Some(kind),
        }
    }

    /// The arguments of a use, in the order of the parameters.
    fn arguments(
        &mut self,
        used: &written::Use,
        file: &FragmentFile,
        position: Position,
    ) -> Vec<Option<(Term, Option<ActorRef>)>> {
        for (name, _) in used.with.iter().filter(|(name, _)| file.parameters.get(&name.value).is_none()) {
            let what = format!("parameter of {}", used.fragment.value);
            self.unknown(
                name.position,
                &what,
                &name.value,
                file.parameters.iter().map(|(name, _)| name.value.as_str()),
            );
        }
        let mut arguments = Vec::new();
        for (name, parameter) in file.parameters.iter() {
            let kind = kind_of(&parameter.value);
            let argument = match (used.with.get(&name.value), kind) {
                (_, None) => None,
                (Some(value), Some(kind)) => self.argument(value, kind),
                (None, Some(_)) => {
                    if let Parameter::Word(_) = &parameter.value {
                        self.complain(position, format!("{} wants `{}`", used.fragment.value, name.value));
                    }
                    None
                }
            };
            arguments.push(argument);
        }
        arguments
    }

    fn argument(&mut self, value: &At<Value>, kind: Kind) -> Option<(Term, Option<ActorRef>)> {
        match &value.value {
            Value::Text(text) => match whole_reference(text) {
                Some(name) => self.reference(name, value.position, kind),
                None => self.value(value, kind).map(|term| (term, None)),
            },
            Value::Null if matches!(kind, Kind::Text | Kind::Octets | Kind::Type) => Some((Term::Null, None)),
            _ => self.value(value, kind).map(|term| (term, None)),
        }
    }

    fn bind_parameters(&mut self, file: &FragmentFile, arguments: Vec<Option<(Term, Option<ActorRef>)>>) {
        for ((name, parameter), argument) in file.parameters.iter().zip(arguments) {
            let Some(kind) = kind_of(&parameter.value) else { continue };
            let (term, owner) = match (argument, &parameter.value) {
                (Some(argument), _) => argument,
                (None, Parameter::Forms(form)) => match self.argument(&form.default, kind) {
                    Some(argument) => argument,
                    None => continue,
                },
                (None, Parameter::Word(_)) if kind == Kind::Actor => (Term::Actor(name.value.clone()), None),
                (None, Parameter::Word(_)) => (Term::Name(name.value.clone()), None),
            };
            self.bind_parameter(name, Meaning::Term(kind, term), owner);
        }
    }

    /// Gives a parameter its meaning. It may be called like a name that is always there.
    fn bind_parameter(&mut self, name: &At<String>, meaning: Meaning, owner: Option<ActorRef>) {
        if self.scope.names.get(&name.value).is_some_and(|binding| binding.position.is_none()) {
            self.scope.names.remove(&name.value);
        }
        self.bind(name, meaning, owner);
    }

    /// What a fragment gives back has been used.
    fn mark_results(&mut self, file: &FragmentFile) {
        for (name, written) in file.returns.iter() {
            let Some(kind) = self.one_of(written.position, "kind", &written.value, &Kind::WORDS) else { continue };
            match self.look_up(&name.value, name.position).map(|binding| binding.meaning) {
                Some(Meaning::Term(own, _)) if !own.fits(kind) => {
                    let message = format!("`{}` is of kind {}, not {}", name.value, own.word(), kind.word());
                    self.complain(written.position, message);
                }
                _ => {}
            }
        }
    }

    fn bind_results(&mut self, used: &written::Use, file: &FragmentFile, inner: Option<&Scope>) {
        for (result, name) in used.returns.iter() {
            let Some(kind) = file.returns.get(&result.value) else {
                let what = format!("result of {}", used.fragment.value);
                self.unknown(
                    result.position,
                    &what,
                    &result.value,
                    file.returns.iter().map(|(name, _)| name.value.as_str()),
                );
                continue;
            };
            let binding = inner.and_then(|scope| scope.names.get(&result.value));
            let (meaning, owner) = match binding {
                Some(binding) => (binding.meaning.clone(), binding.owner.clone()),
                None => {
                    let kind =
                        Kind::WORDS.iter().find(|(word, _)| *word == kind.value).map_or(Kind::Text, |(_, kind)| *kind);
                    (Meaning::Term(kind, Term::Name(name.value.clone())), None)
                }
            };
            self.bind(name, meaning, owner);
        }
    }

    pub(super) fn repeat(&mut self, repeat: &written::Repeat) -> Option<Action> {
        let times = self.known_number(&repeat.times)?;
        let times = match u32::try_from(times) {
            Ok(times) if (1..=MOST_ROUNDS).contains(&times) => times,
            _ => {
                self.complain(repeat.times.position, format!("between 1 and {MOST_ROUNDS} rounds are possible"));
                return None;
            }
        };
        let outside: Vec<String> = self.scope.names.keys().cloned().collect();
        let deferred = std::mem::take(&mut self.deferred);
        let closed = self.closed.clone();
        let calls: Vec<String> = self.calls.keys().cloned().collect();
        let counter = repeat.counter.as_ref().map(|name| self.assign(name, Kind::Number, None));
        let steps = self.steps(&repeat.steps);
        let finally = std::mem::replace(&mut self.deferred, deferred).into_iter().rev().flatten().collect();
        self.check_finished_besides(&calls);
        self.forget_all_but(&outside);
        self.closed = closed;
        Some(Action::Repeat { times, counter, steps, finally })
    }

    /// Forgets names that were assigned inside of a round, after complaining of those that nobody used.
    fn forget_all_but(&mut self, outside: &[String]) {
        self.check_use_besides(outside);
        self.scope.names.retain(|name, _| outside.contains(name));
    }

    pub(super) fn parallel(&mut self, parallel: &written::Parallel) -> Option<Action> {
        let outer = std::mem::replace(&mut self.barriers, barriers(&parallel.branches));
        let closed = self.closed.clone();
        let before: Vec<String> = self.scope.names.keys().cloned().collect();
        let mut assigned = Vec::new();
        let mut branches = Vec::new();
        for (name, steps) in parallel.branches.iter() {
            branches.push((name.value.clone(), self.steps(steps)));
            let own: Vec<String> = self.scope.names.keys().filter(|name| !before.contains(name)).cloned().collect();
            for name in own {
                assigned.extend(self.scope.names.remove(&name).map(|binding| (name, binding)));
            }
        }
        for (name, binding) in assigned {
            if let Some(twice) = self.scope.names.insert(name.clone(), binding.clone()) {
                let line = twice.position.map_or(0, |position| position.line);
                let position = binding.position.unwrap_or_default();
                self.complain(position, format!("`{name}` is assigned twice: another branch does so in line {line}"));
            }
        }
        self.closed = closed;
        self.barriers = outer;
        Some(Action::Parallel(branches))
    }

    pub(super) fn barrier(&mut self, name: &At<String>) -> Option<Action> {
        match self.barriers.get(&name.value) {
            Some(parties) if *parties > 1 => Some(Action::Barrier { name: name.value.clone(), parties: *parties }),
            Some(_) => {
                self.complain(name.position, format!("no other branch comes to the barrier `{}`", name.value));
                None
            }
            None => {
                self.complain(name.position, "a barrier stands in a branch of `parallel`");
                None
            }
        }
    }

    pub(super) fn still_pending(&mut self, pending: &written::StillPending, position: Position) -> Option<Action> {
        let mut calls = Vec::new();
        for written in pending.call.iter().chain(&pending.calls) {
            let Some(call) = self.call_ref(written) else { continue };
            if let CallRef::Named(name) = &call
                && self.calls.get(name).is_some_and(|state| !state.open && !state.maybe)
            {
                self.complain(written.position, format!("`{}` has been finished already", written.value));
            }
            calls.push(call);
        }
        if pending.call.is_none() == pending.calls.is_empty() {
            self.complain(position, "either `call` or `calls` is wanted");
        }
        let fence = pending.fence.unwrap_or(true);
        match (fence, &pending.because) {
            (false, None) => self.complain(position, "`fence: false` wants `because:` beside it"),
            (true, Some(_)) => self.complain(position, "`because` goes with `fence: false`"),
            _ => {}
        }
        let window = self.duration(pending.window.as_ref());
        Some(Action::StillPending { calls, window, fence })
    }

    pub(super) fn unordered(&mut self, unordered: &written::Unordered, position: Position) -> Option<Action> {
        let (calls, method) = match (&unordered.call, unordered.calls.as_slice()) {
            (Some(At { value: call, .. }), []) => {
                if call.expect.is_some() || !call.save.is_empty() || call.within.is_some() {
                    self.complain(position, "here the call says neither `expect` nor `save` nor `within`");
                }
                let spec = self.call_spec(&Request::from(call), position)?;
                let method = call.method.as_ref().and_then(|name| super::call::method_named(&name.value));
                (UnorderedCalls::Again(Box::new(spec)), method)
            }
            (None, [_, ..]) => {
                if unordered.calls.len() != unordered.expect.len() {
                    self.complain(position, "there are not as many expectations as calls");
                }
                let (calls, method) = self.together(&unordered.calls, false);
                (UnorderedCalls::Started(calls), method)
            }
            _ => {
                self.complain(position, "either `calls` or `call` is wanted");
                return None;
            }
        };
        let expect: Vec<_> = unordered.expect.iter().filter_map(|one| self.expectation(Some(one), method)).collect();
        let within = self.duration(unordered.within.as_ref());
        Some(Action::Unordered(Unordered { calls, expect, within }))
    }

    /// Calls that are looked at together: they have to be of one method.
    fn together(&mut self, written: &[At<String>], may_stay: bool) -> (Vec<CallRef>, Option<Method>) {
        let mut calls = Vec::new();
        let mut methods = Vec::new();
        for name in written {
            let Some(call) = self.call_ref(name) else { continue };
            let state = self.take_call(&call, name);
            if let (CallRef::Named(flat), true) = (&call, may_stay)
                && let Some(state) = self.calls.get_mut(flat)
            {
                state.maybe = true;
            }
            methods.extend(state.map(|state| state.method));
            calls.push(call);
        }
        let method = methods.first().copied().flatten();
        if let (Some(first), false) = (written.first(), methods.iter().all(|other| *other == method)) {
            self.complain(first.position, "these calls are not all of the same method");
        }
        (calls, method)
    }

    pub(super) fn race(&mut self, race: &written::Race, position: Position) -> Option<Action> {
        let winners = race.winners.as_ref().map_or(1, |winners| winners.value);
        let winners = usize::try_from(winners).unwrap_or(usize::MAX);
        if winners > race.calls.len() || race.calls.len() < 2 {
            self.complain(position, "a race has at least two calls, and not more winners than calls");
        }
        if winners != 1 && !(race.choose.is_empty() && race.save.is_empty()) {
            self.complain(position, "`choose` and `save` want exactly one winner");
        }
        let (calls, method) = self.together(&race.calls, true);
        let (won, lost) = (self.expectation(Some(&race.won), method)?, self.expectation(Some(&race.lost), method)?);
        let pending = |way: &Expectation| *way == Expectation::Outcome(Outcomes::Pending);
        if !won.some(&pending) && !lost.some(&pending) {
            for call in &calls {
                if let CallRef::Named(name) = call
                    && let Some(state) = self.calls.get_mut(name)
                {
                    state.maybe = false;
                }
            }
        }
        let save = self.saves(&race.save, method, None, Some(&won));
        let choose = race.choose.iter().filter_map(|(name, values)| self.choice(name, values, &race.calls)).collect();
        let within = self.duration(race.within.as_ref());
        Some(Action::Race(Race { calls, winners, won, lost, choose, save, within }))
    }

    /// A name that gets the value which belongs to the winner.
    fn choice(
        &mut self,
        name: &At<String>,
        values: &Entries<At<Value>>,
        calls: &[At<String>],
    ) -> Option<(String, Vec<Term>)> {
        for (call, _) in values.iter().filter(|(call, _)| !calls.iter().any(|known| known.value == call.value)) {
            self.unknown(
                call.position,
                "call of this race",
                &call.value,
                calls.iter().map(|known| known.value.as_str()),
            );
        }
        let mut kind = None;
        let mut terms = Vec::new();
        for call in calls {
            let Some(value) = values.get(&call.value) else {
                self.complain(name.position, format!("there is no value for `{}`", call.value));
                return None;
            };
            let wanted = match kind {
                Some(kind) => kind,
                None => *kind.insert(self.kind_of_value(value)?),
            };
            terms.push(self.value(value, wanted)?);
        }
        let flat = format!("{}{}", self.scope.prefix, name.value);
        self.bind(name, Meaning::Term(kind?, Term::Name(flat.clone())), None);
        Some((flat, terms))
    }

    /// The kind that a value has by itself.
    fn kind_of_value(&mut self, value: &At<Value>) -> Option<Kind> {
        let name = match &value.value {
            Value::Text(text) => whole_reference(text).unwrap_or(text),
            _ => {
                self.complain(value.position, "a name is wanted here: an actor, a call or \"${name}\"");
                return None;
            }
        };
        let base = name.split('.').next().unwrap_or(name);
        match self.look_up(base, value.position)?.meaning {
            Meaning::Term(Kind::Handles, _) if base != name => Some(Kind::Handle),
            Meaning::Term(Kind::Actor, _) if base != name => Some(Kind::Text),
            Meaning::Term(kind, _) => Some(kind),
            Meaning::Literal(_) => Some(Kind::Text),
        }
    }

    /// Complains of calls that are never finished.
    pub(super) fn check_finished(&mut self) {
        self.check_finished_besides(&[]);
    }

    fn check_finished_besides(&mut self, others: &[String]) {
        let names: Vec<(String, Position)> = self
            .scope
            .names
            .iter()
            .filter_map(|(name, binding)| match &binding.meaning {
                Meaning::Term(Kind::Call, Term::Call(flat)) if !others.contains(flat) => {
                    let open = self.calls.get(flat).is_some_and(|state| state.open);
                    open.then(|| (name.clone(), binding.position.unwrap_or_default()))
                }
                _ => None,
            })
            .collect();
        for (name, position) in names {
            let help = Some(format!("write `finish: {{call: {name}}}`, in `finally` if need be"));
            self.complain_with(position, format!("the call `{name}` is never finished"), help);
        }
    }
}

/// The kind that a parameter declares; complaints about it are made once, where the fragment is checked for itself.
fn kind_of(parameter: &Parameter) -> Option<Kind> {
    let word = match parameter {
        Parameter::Word(word) => word,
        Parameter::Forms(form) => &form.kind.value,
    };
    Kind::WORDS.iter().find(|(known, _)| known == word).map(|(_, kind)| *kind)
}

/// How many branches name each barrier.
fn barriers(branches: &Entries<Vec<At<written::Step>>>) -> std::collections::BTreeMap<String, usize> {
    fn names<'w>(steps: &'w [At<written::Step>], found: &mut std::collections::BTreeSet<&'w str>) {
        for step in steps {
            match &step.value {
                written::Step::Barrier(name) => {
                    found.insert(&name.value);
                }
                written::Step::Repeat(repeat) => names(&repeat.steps, found),
                _ => {}
            }
        }
    }
    let mut parties = std::collections::BTreeMap::new();
    for (_, steps) in branches.iter() {
        let mut found = std::collections::BTreeSet::new();
        names(steps, &mut found);
        for name in found {
            *parties.entry(name.to_owned()).or_insert(0) += 1;
        }
    }
    parties
}
