//! A server that keeps every rule of channels, under clients and sources that do whatever they like at any time: nobody
//! may be accused. A reading of section 3.1.1 of its own, apart from the model.

mod service;
mod witness;

use bytes::Bytes;
use conformance::event::{Kind, Outcome};
use conformance::{Party, Source};
use dcerpc::ContextHandle;
use mspan::NotificationType;
use mspan::method::In;
use proptest::prelude::*;
use trace::stimulus::{Answer, ClosedBy, Request, SourceResponse};

use self::witness::{Witness, witness};
use super::stage::{Stage, judge, name, one_in};
use crate::dialogue::*;
use crate::script::*;

/// The connections of the client that has two.
const LINES: [Line; 2] = [A, A2];

/// A channel as the server has it.
#[derive(Clone, Debug)]
struct Channel {
    id: String,
    kind: NotificationType,
    held: Option<Bytes>,
    unanswered: bool,
    owner: Option<usize>,
    closed_by: Option<ClosedBy>,
    responses: Vec<SourceResponse>,
}

/// A client's handle.
#[derive(Clone, Debug)]
struct View {
    channel: usize,
    object: usize,
    line: Line,
    handle: ContextHandle,
    notified: bool,
    waiting: Option<usize>,
    gone: bool,
    /// The client has been told of the handle.
    shown: bool,
    /// The GetNewChannel that it came by.
    offered_by: usize,
}

/// A remote object with its registration.
#[derive(Clone, Debug)]
struct Object {
    line: Line,
    handle: ContextHandle,
    kind: NotificationType,
    registered: bool,
    waiting: Option<usize>,
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
}

struct World {
    stage: Stage<Act>,
    calls: Vec<(In, Option<Outcome>)>,
    asked: Vec<(Request, Option<Answer>)>,
    channels: Vec<Channel>,
    views: Vec<View>,
    objects: Vec<Object>,
    payloads: u8,
    /// The source has not answered yet.
    busy: bool,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut world = Self {
            stage: Stage::new(seed, Script::new()),
            calls: Vec::new(),
            asked: Vec::new(),
            channels: Vec::new(),
            views: Vec::new(),
            objects: Vec::new(),
            payloads: 0,
            busy: false,
        };
        for (number, line) in (1..).zip([A, A, B, C]) {
            let kind = t(1 + u128::from(world.stage.below(5) == 0));
            let (handle, style) = (h(number), mspan::ConversationStyle::BIDIRECTIONAL);
            world.stage.write(|script| script.create(line, handle).register(line, handle, kind, style));
            world.objects.push(Object { line, handle, kind, registered: true, waiting: None });
        }
        world
    }

    /// Runs some deeds to their end and judges what was seen.
    fn findings(mut self, deeds: usize, witness: Witness) -> (Vec<String>, Vec<String>) {
        self.stage.plan(deeds, || Act::Do);
        while let Some(act) = self.stage.next() {
            match act {
                Act::Do => self.deed(),
                Act::Handle(call) => self.handle(call),
                Act::Show(call) => {
                    let outcome = self.calls[call].1.clone().unwrap();
                    for view in self.views.iter_mut().filter(|view| view.offered_by == call) {
                        view.shown = true;
                    }
                    self.stage.write(|script| script.finish(name(call), outcome));
                }
                Act::Effect(number) => self.effect(number),
                Act::Answer(number) => {
                    let answer = self.asked[number].1.clone().unwrap();
                    self.busy = false;
                    self.stage.write(|script| script.event(Kind::StimulusAnswered { number: number as u64, answer }));
                }
            }
        }
        let script = self.stage.end(20_000);
        let mut config = script.config.clone();
        if witness != Witness::Everything {
            config.source = Source::Unseen;
        }
        judge(config, witness.events(script.events()), Party::Server)
    }

    fn payload(&mut self) -> Bytes {
        self.payloads += 1;
        if self.stage.below(12) == 0 { Bytes::new() } else { n(self.payloads) }
    }

    fn call(&mut self, line: Line, input: In) {
        let call = self.calls.len();
        self.calls.push((input.clone(), None));
        self.stage.write(|script| script.start(line, name(call), input));
        self.stage.in_order(line, Act::Handle(call));
    }

    fn answer(&mut self, call: usize, outcome: Outcome) {
        self.calls[call].1 = Some(outcome);
        self.stage.soon(Act::Show(call));
    }

    /// The source is asked for one thing after the other, and only about channels that it has.
    fn ask(&mut self, request: Request) {
        let known = match &request {
            Request::ChannelNotify { id, .. } | Request::ChannelClose { id } | Request::ChannelLog { id } => {
                self.named(id).is_some()
            }
            _ => true,
        };
        if !known || self.busy {
            return;
        }
        self.busy = true;
        let number = self.asked.len();
        self.asked.push((request.clone(), None));
        self.stage.write(|script| script.event(Kind::StimulusAsked { number: number as u64, request }));
        self.stage.soon(Act::Effect(number));
    }

    /// Somebody does something.
    fn deed(&mut self) {
        let object = self.stage.pick(4);
        let Object { line, handle, .. } = self.objects[object];
        let line = if line == A && self.stage.below(2) == 0 { A2 } else { line };
        let id = || "c".to_owned();
        match self.stage.below(16) {
            0 | 1 => {
                let data = (self.stage.below(3) > 0).then(|| self.payload());
                let kind = t(1 + u128::from(self.stage.below(6) == 0));
                let id = format!("{}{}", id(), self.asked.iter().filter(|(asked, _)| opens(asked)).count());
                self.ask(Request::OpenChannel { id, audience: to_all(kind), data });
            }
            2 | 3 => {
                let (id, data) = (self.some_channel(), self.payload());
                self.ask(Request::ChannelNotify { id, data });
            }
            4 => {
                let id = self.some_channel();
                self.ask(Request::ChannelClose { id });
            }
            5 | 6 => {
                let id = self.some_channel();
                self.ask(Request::ChannelLog { id });
            }
            7..=9 => self.call(line, get_new_channel(handle)),
            10 if self.stage.below(4) == 0 => self.call(line, unregister(handle)),
            _ => self.exchange(),
        }
    }

    /// A client does something with one of its handles, even with one that is gone.
    fn exchange(&mut self) {
        let known: Vec<usize> = (0..self.views.len()).filter(|view| self.views[*view].shown).collect();
        if known.is_empty() {
            return;
        }
        let view = known[self.stage.pick(known.len())];
        let View { line, handle, channel, .. } = self.views[view];
        let line = if line == A { LINES[self.stage.pick(2)] } else { line };
        let (kind, data) = (self.channels[channel].kind, self.payload());
        let input = match self.stage.below(12) {
            0 => release(handle),
            1 => close_as(handle, NotificationType::RELEASE, data),
            2 => close_as(handle, kind, data),
            3 => close_as(handle, t(9), data),
            4 => respond_as(handle, t(9), data),
            5 | 6 => respond_as(handle, kind, data),
            7 if self.views[view].notified => respond_as(handle, kind, data),
            _ if self.views[view].notified && self.stage.below(4) > 0 => respond_as(handle, kind, data),
            _ => first(handle),
        };
        self.call(line, input);
    }

    fn some_channel(&mut self) -> String {
        let opened = self.asked.iter().filter(|(asked, _)| opens(asked)).count() as u64;
        format!("c{}", self.stage.below(opened.max(1)))
    }
}

fn opens(request: &Request) -> bool {
    matches!(request, Request::OpenChannel { .. })
}

proptest! {
    #![proptest_config(one_in(10))]
    #[test]
    fn a_fair_server_is_never_accused(seed: u64, deeds in 5_usize..80, witness in witness()) {
        let (findings, history) = World::new(seed).findings(deeds, witness);
        prop_assert!(findings.is_empty(), "{findings:#?}\n{}", history.join("\n"));
    }
}

/// A conversation that once led to an accusation.
#[test]
fn a_fair_server_is_not_accused_again() {
    let part = (20..200).step_by(20).map(Witness::WireFrom);
    for witness in [Witness::Everything, Witness::Wire].into_iter().chain(part) {
        let (findings, history) = World::new(247_935_305_544_027_320).findings(56, witness);
        assert!(findings.is_empty(), "{witness:?}: {findings:#?}\n{}", history.join("\n"));
    }
}
