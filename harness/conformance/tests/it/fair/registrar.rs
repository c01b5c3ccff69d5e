//! A server that keeps every rule of remote objects, registrations and unidirectional notifications, under clients and
//! sources that do whatever they like at any time: nobody may be accused. A reading of section 3.1.1 of its own, apart
//! from the model.

use std::collections::VecDeque;

use bytes::Bytes;
use conformance::Party;
use conformance::event::{Kind, Outcome};
use dcerpc::ContextHandle;
use mspan::method::{In, RegisterClientIn};
use mspan::{ConversationStyle, Hresult, NotificationType, UserFilter};
use proptest::prelude::*;
use trace::Direction;
use trace::stimulus::{Answer, Audience, Request};

use super::stage::{CALLS, Stage, judge, name, one_in};
use crate::script::*;

const QUEUES: [Option<&str>; 3] = [None, Some(r"\\s\one"), Some(r"\\s\two")];
const USERS: [&str; 2] = ["alice", "bob"];
const LINES: [Line; 3] = [A, A2, B];

/// A remote object as the server has it.
#[derive(Clone, Debug)]
struct Object {
    association: u32,
    handle: ContextHandle,
    /// The client has been told of the handle.
    shown: bool,
    deleted: bool,
    registered: Option<Registered>,
}

#[derive(Clone, Debug)]
struct Registered {
    kind: NotificationType,
    name: Option<String>,
    filter: UserFilter,
    style: ConversationStyle,
    user: &'static str,
    queue: VecDeque<Bytes>,
    waiting: Option<usize>,
    /// Its printer was deleted.
    released: bool,
}

/// What happens when.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Act {
    /// A client or a source does something.
    Do,
    /// The server begins with a call.
    Handle(usize),
    /// A call's answer is seen.
    Show(usize),
    /// The source acts.
    Effect(usize),
    /// The source answers.
    Answer(usize),
    /// A line is lost.
    Lose(usize),
}

struct World {
    stage: Stage<Act>,
    calls: Vec<(Line, In, Option<Outcome>, bool)>,
    asked: Vec<(Request, Option<Answer>)>,
    objects: Vec<Object>,
    payloads: u8,
    lost: Vec<Line>,
    throws: bool,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut world = Self {
            stage: Stage::new(
                seed,
                Script::new().user(A, USERS[0], false).user(A2, USERS[0], false).user(B, USERS[1], true),
            ),
            calls: Vec::new(),
            asked: Vec::new(),
            objects: Vec::new(),
            payloads: 0,
            lost: Vec::new(),
            throws: seed.is_multiple_of(2),
        };
        world.stage.shuffle();
        world
    }

    /// Runs some deeds to their end and tells what was found, and what was seen.
    fn findings(mut self, deeds: usize) -> (Vec<String>, Vec<String>) {
        let last = self.stage.plan(deeds, || Act::Do);
        if self.stage.below(3) == 0 {
            let (line, when) = (self.stage.pick(3), self.stage.below(last.max(1)));
            self.stage.at(when, Act::Lose(line));
        }
        while let Some(act) = self.stage.next() {
            match act {
                Act::Do => self.deed(),
                Act::Handle(call) => self.handle(call),
                Act::Show(call) => self.show(call),
                Act::Effect(number) => self.effect(number),
                Act::Answer(number) => {
                    let answer = self.asked[number].1.clone().unwrap();
                    self.stage.write(|script| script.event(Kind::StimulusAnswered { number: number as u64, answer }));
                }
                Act::Lose(line) => self.lose(LINES[line]),
            }
        }
        let script = self.stage.end(20_000);
        judge(script.config.clone(), script.events(), Party::Server)
    }

    fn call(&mut self, line: Line, input: In) {
        if self.lost.contains(&line) || self.calls.len() >= CALLS {
            return;
        }
        let call = self.calls.len();
        self.calls.push((line, input.clone(), None, false));
        self.stage.write(|script| script.start(line, name(call), input));
        self.stage.in_order(line, Act::Handle(call));
    }

    fn answer(&mut self, call: usize, outcome: Outcome) {
        self.calls[call].2 = Some(outcome);
        self.stage.soon(Act::Show(call));
    }

    fn show(&mut self, call: usize) {
        let (line, _, outcome, over) = self.calls[call].clone();
        if over || self.lost.contains(&line) {
            return;
        }
        self.calls[call].3 = true;
        let outcome = outcome.unwrap();
        if let Some(handle) = made(&outcome) {
            let object = self.objects.iter_mut().find(|object| object.handle == handle);
            object.unwrap().shown = true;
        }
        self.stage.write(|script| script.finish(name(call), outcome));
    }

    /// A client loses a connection; of its calls none comes back.
    fn lose(&mut self, line: Line) {
        self.lost.push(line);
        for call in 0..self.calls.len() {
            if self.calls[call].0 == line && !self.calls[call].3 {
                self.calls[call].3 = true;
                self.stage.write(|script| script.finish(name(call), Outcome::Lost));
            }
        }
        self.stage.write(|script| script.close(line, Direction::ToServer));
        if LINES.iter().all(|other| other.1 != line.1 || self.lost.contains(other)) {
            self.stage.write(|script| script.run_down(line));
        }
    }

    /// Somebody does something.
    fn deed(&mut self) {
        let line = LINES[self.stage.pick(3)];
        let known: Vec<ContextHandle> =
            self.objects.iter().filter(|object| object.shown).map(|object| object.handle).collect();
        let choice = self.stage.below(20);
        if known.is_empty() || choice < 2 {
            return self.call(line, create());
        }
        // Now and then it is another client's.
        let handle = known[self.stage.pick(known.len())];
        match choice {
            2..=5 => {
                let mut input = register(handle).of(t(1 + u128::from(self.stage.below(4) == 0)));
                if let Some(queue) = QUEUES[self.stage.pick(3)] {
                    input = input.name(if self.stage.below(8) == 0 { r"\\s" } else { queue });
                }
                if self.stage.below(3) == 0 {
                    input = input.filter(UserFilter::ALL_USERS);
                }
                if self.stage.below(6) == 0 {
                    input = input.style(ConversationStyle::BIDIRECTIONAL);
                }
                self.call(line, input.into());
            }
            6 => self.call(line, unregister(handle)),
            7 if self.stage.below(2) == 0 => self.call(line, delete(handle)),
            8..=13 => self.call(line, get_notification(handle)),
            14 if self.stage.below(8) == 0 => {
                let printer = QUEUES[1 + self.stage.pick(2)].unwrap().to_owned();
                self.ask(Request::DeletePrinter { printer });
            }
            _ => {
                self.payloads = self.payloads.wrapping_add(1);
                let data = if self.stage.below(12) == 0 { Bytes::new() } else { n(self.payloads) };
                let kind = t(1 + u128::from(self.stage.below(4) == 0));
                let audience =
                    if self.stage.below(2) == 0 { to_all(kind) } else { to_user(kind, USERS[self.stage.pick(2)]) };
                let printer = QUEUES[self.stage.pick(3)].map(str::to_owned);
                self.ask(Request::Notify { audience: Audience { printer, ..audience }, data });
            }
        }
    }

    fn ask(&mut self, request: Request) {
        let number = self.asked.len();
        self.asked.push((request.clone(), None));
        self.stage.write(|script| script.event(Kind::StimulusAsked { number: number as u64, request }));
        self.stage.soon(Act::Effect(number));
    }

    /// The source does what it was asked for.
    fn effect(&mut self, number: usize) {
        match self.asked[number].0.clone() {
            Request::Notify { audience, data } => {
                for object in self.objects.iter_mut().filter(|object| !object.deleted) {
                    if let Some(registered) = object.registered.as_mut().filter(|known| known.wants(&audience)) {
                        registered.queue.push_back(data.clone());
                    }
                }
            }
            Request::DeletePrinter { printer } => {
                for registered in self.objects.iter_mut().filter_map(|object| object.registered.as_mut()) {
                    registered.released |= registered.name.as_deref() == Some(printer.as_str());
                }
            }
            _ => {}
        }
        self.asked[number].1 = Some(Answer::Done);
        self.serve();
        self.stage.soon(Act::Answer(number));
    }

    fn object(&self, line: Line, handle: ContextHandle) -> Option<usize> {
        self.objects
            .iter()
            .position(|object| object.handle == handle && object.association == line.1 && !object.deleted)
    }

    fn handle(&mut self, call: usize) {
        let (line, input, ..) = self.calls[call].clone();
        if self.lost.contains(&line) {
            return;
        }
        let named = match &input {
            In::Create(_) => {
                let handle = h(self.objects.len() as u128);
                let association = line.1;
                self.objects.push(Object { association, handle, shown: false, deleted: false, registered: None });
                return self.answer(call, created(handle));
            }
            In::RegisterClient(input) => input.registration_obj,
            In::UnregisterClient(input) => input.registration_obj,
            In::Delete(input) => input.remote_obj,
            In::GetNotification(input) => input.remote_obj,
            _ => unreachable!(),
        };
        let Some(object) = self.object(line, named) else { return self.answer(call, fault(0x1C00_001A)) };
        match input {
            In::RegisterClient(input) => self.register(call, line, object, &input),
            In::UnregisterClient(_) => {
                let ended = self.objects[object].registered.take();
                let status = if ended.is_some() { Hresult::OK } else { Hresult::ALREADY_UNREGISTERED };
                self.answer(call, unregistered(status));
                if let Some(waiting) = ended.and_then(|ended| ended.waiting) {
                    let thrown = fault(0x8007_071A);
                    let end = no_notification(None, Hresult::NOTIFICATIONS_TERMINATED);
                    self.answer(waiting, if self.throws { thrown } else { end });
                }
            }
            In::Delete(_) => {
                let ended = self.objects[object].registered.take();
                self.objects[object].deleted = true;
                self.answer(call, deleted(ContextHandle::NULL));
                if let Some(waiting) = ended.and_then(|ended| ended.waiting) {
                    self.answer(waiting, no_notification(Some(NotificationType::RELEASE), Hresult::OK));
                }
            }
            In::GetNotification(_) => match &mut self.objects[object].registered {
                None => self.answer(call, no_notification(None, Hresult::NOT_REGISTERED)),
                Some(registered) if registered.style == ConversationStyle::BIDIRECTIONAL => {
                    self.answer(call, no_notification(None, Hresult::INVALID_ARGUMENT));
                }
                Some(Registered { waiting: Some(_), .. }) => {
                    let refusal = no_notification(None, Hresult::CALL_OUTSTANDING);
                    self.answer(call, if self.throws { fault(0x8004_000C) } else { refusal });
                }
                Some(registered) => registered.waiting = Some(call),
            },
            _ => unreachable!(),
        }
        self.serve();
    }

    fn register(&mut self, call: usize, line: Line, object: usize, input: &RegisterClientIn) {
        let user = USERS[usize::from(line == B)];
        let name = input.name.as_ref().map(dcerpc::ndr::WideString::text);
        let status = if name.as_deref() == Some(r"\\s") {
            Hresult::INVALID_NAME
        } else if input.filter == UserFilter::ALL_USERS && line != B {
            Hresult::ACCESS_DENIED
        } else if self.objects[object].registered.is_some() {
            Hresult::INVALID_ARGUMENT
        } else {
            let RegisterClientIn { notification_type: kind, filter, style, .. } = *input;
            let (queue, waiting, released) = (VecDeque::new(), None, false);
            let registered = Registered { kind, name, filter, style, user, queue, waiting, released };
            self.objects[object].registered = Some(registered);
            Hresult::OK
        };
        self.answer(call, registered(status));
    }

    /// Whoever waits gets what there is.
    fn serve(&mut self) {
        for object in 0..self.objects.len() {
            let Some(registered) = &mut self.objects[object].registered else { continue };
            let Some(call) = registered.waiting else { continue };
            if self.lost.contains(&self.calls[call].0) {
                continue;
            }
            let kind = registered.kind;
            let outcome = match registered.queue.pop_front() {
                Some(data) => notification(kind, data),
                None if registered.released => no_notification(Some(NotificationType::RELEASE), Hresult::OK),
                None => continue,
            };
            registered.waiting = None;
            self.answer(call, outcome);
        }
    }
}

impl Registered {
    fn wants(&self, audience: &Audience) -> bool {
        let for_user =
            audience.filter == 1 || self.filter == UserFilter::ALL_USERS || audience.user.as_deref() == Some(self.user);
        self.style == ConversationStyle::UNIDIRECTIONAL
            && self.kind.0 == audience.notification_type
            && self.name == audience.printer
            && for_user
    }
}

/// The handle that a Create returned.
fn made(outcome: &Outcome) -> Option<ContextHandle> {
    match outcome.output()? {
        mspan::method::Out::Create(output) => Some(output.remote_obj),
        _ => None,
    }
}

proptest! {
    #![proptest_config(one_in(5))]
    #[test]
    fn a_fair_registrar_is_never_accused(seed: u64, deeds in 5_usize..100) {
        let (findings, history) = World::new(seed).findings(deeds);
        prop_assert!(findings.is_empty(), "{findings:#?}\n{}", history.join("\n"));
    }
}
