//! A server that keeps every rule of channels, under clients and sources that do whatever they like at any time: nobody
//! may be accused. A reading of section 3.1.1 of its own, apart from the model.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use bytes::Bytes;
use conformance::event::{Event, Kind, Outcome};
use conformance::{Checker, Finding, Party, Severity, Source, rules};
use dcerpc::ContextHandle;
use mspan::method::In;
use mspan::{Hresult, NotificationType};
use proptest::prelude::*;
use trace::stimulus::{Answer, ChannelLog, ClosedBy, Request, SourceResponse};

use crate::dialogue::*;
use crate::script::*;

const NULL: ContextHandle = ContextHandle::NULL;
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

/// What is seen of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Witness {
    /// All of it, with what the sources were told.
    Everything,
    /// What crosses the wire.
    Wire,
    /// What crosses the wire from an event on.
    WireFrom(u64),
}

impl Witness {
    fn events(self, events: Vec<Event>) -> Vec<Event> {
        let from = match self {
            Self::Everything => return events,
            Self::Wire => 0,
            Self::WireFrom(from) => from,
        };
        let mut known = Vec::new();
        let mut seen = |event: &Event| match &event.kind {
            Kind::StimulusAsked { .. } | Kind::StimulusAnswered { .. } => false,
            Kind::CallStarted(started) => {
                known.push(started.call);
                true
            }
            Kind::CallFinished(finished) => known.contains(&finished.call),
            _ => true,
        };
        let events = events.into_iter().filter(|event| event.number >= from).map(|mut event| {
            if let Kind::Negotiated(negotiated) = &mut event.kind {
                // Only who sees an association's first bind knows that there was nothing before.
                negotiated.begins = from == 0;
            }
            event
        });
        events.filter(|event| seen(event)).collect()
    }
}

struct World {
    random: u64,
    now: u64,
    acts: BinaryHeap<Reverse<(u64, u64, Act)>>,
    order: u64,
    script: Option<Script>,
    shown: u64,
    calls: Vec<(In, Option<Outcome>)>,
    asked: Vec<(Request, Option<Answer>)>,
    channels: Vec<Channel>,
    views: Vec<View>,
    objects: Vec<Object>,
    payloads: u8,
    /// When the server begins with the last call of each connection.
    begun: BTreeMap<u32, u64>,
    /// The source has not answered yet.
    busy: bool,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut world = Self {
            random: seed | 1,
            now: 0,
            acts: BinaryHeap::new(),
            order: 0,
            script: Some(Script::new()),
            shown: 0,
            calls: Vec::new(),
            asked: Vec::new(),
            channels: Vec::new(),
            views: Vec::new(),
            objects: Vec::new(),
            payloads: 0,
            begun: BTreeMap::new(),
            busy: false,
        };
        for (number, line) in (1..).zip([A, A, B, C]) {
            let kind = t(1 + u128::from(world.below(5) == 0));
            let (handle, style) = (h(number), mspan::ConversationStyle::BIDIRECTIONAL);
            world.write(|script| script.create(line, handle).register(line, handle, kind, style));
            world.objects.push(Object { line, handle, kind, registered: true, waiting: None });
        }
        world
    }

    /// Runs some deeds to their end and judges what was seen.
    fn findings(mut self, deeds: usize, witness: Witness) -> (Vec<Finding>, Vec<String>) {
        let mut at = 0;
        for _ in 0..deeds {
            at += match self.below(6) {
                0 => 6_000 + self.below(6_000),
                1 | 2 => self.below(500),
                _ => self.below(60),
            };
            self.at(at, Act::Do);
        }
        while let Some(Reverse((time, _, act))) = self.acts.pop() {
            self.now = time;
            match act {
                Act::Do => self.deed(),
                Act::Handle(call) => self.handle(call),
                Act::Show(call) => {
                    let outcome = self.calls[call].1.clone().unwrap();
                    for view in self.views.iter_mut().filter(|view| view.offered_by == call) {
                        view.shown = true;
                    }
                    self.write(|script| script.finish(name(call), outcome));
                }
                Act::Effect(number) => self.effect(number),
                Act::Answer(number) => {
                    let answer = self.asked[number].1.clone().unwrap();
                    self.busy = false;
                    self.write(|script| script.event(Kind::StimulusAnswered { number: number as u64, answer }));
                }
            }
        }
        let script = self.script.take().unwrap().wait(20_000);
        let mut history: Vec<String> = Vec::new();
        let script = script.event(Kind::End(trace::End::Complete));
        let mut config = script.config.clone();
        if witness != Witness::Everything {
            config.source = Source::Unseen;
        }
        let mut checker = Checker::new(config, rules::all().filter(|rule| rule.party == Party::Server));
        for event in witness.events(script.events()) {
            checker.event(event, &mut |event| history.extend(told(event)));
        }
        let report = checker.finish();
        (report.findings.into_iter().filter(|finding| finding.verdict > Severity::Note).collect(), history)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 11) % limit
    }

    fn pick(&mut self, limit: usize) -> usize {
        usize::try_from(self.below(limit as u64)).unwrap()
    }

    fn at(&mut self, time: u64, act: Act) {
        self.order += 1;
        self.acts.push(Reverse((time, self.order, act)));
    }

    fn soon(&mut self, act: Act) {
        let delay = self.below(40);
        self.at(self.now + delay, act);
    }

    fn write(&mut self, add: impl FnOnce(Script) -> Script) {
        let script = self.script.take().unwrap().wait(self.now.saturating_sub(self.shown));
        self.shown = self.shown.max(self.now);
        self.script = Some(add(script));
    }

    fn payload(&mut self) -> Bytes {
        self.payloads += 1;
        if self.below(12) == 0 { Bytes::new() } else { n(self.payloads) }
    }

    fn call(&mut self, line: Line, input: In) {
        let call = self.calls.len();
        self.calls.push((input.clone(), None));
        self.write(|script| script.start(line, name(call), input));
        // Calls on one connection are begun with in their order.
        let begun = self.now + self.below(40);
        let begun = self.begun.get(&line.0).map_or(begun, |last| begun.max(*last));
        self.begun.insert(line.0, begun);
        self.at(begun, Act::Handle(call));
    }

    fn answer(&mut self, call: usize, outcome: Outcome) {
        self.calls[call].1 = Some(outcome);
        self.soon(Act::Show(call));
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
        self.write(|script| script.event(Kind::StimulusAsked { number: number as u64, request }));
        self.soon(Act::Effect(number));
    }

    /// Somebody does something.
    fn deed(&mut self) {
        let object = self.pick(4);
        let Object { line, handle, .. } = self.objects[object];
        let line = if line == A && self.below(2) == 0 { A2 } else { line };
        let id = || "c".to_owned();
        match self.below(16) {
            0 | 1 => {
                let data = (self.below(3) > 0).then(|| self.payload());
                let kind = t(1 + u128::from(self.below(6) == 0));
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
            10 if self.below(4) == 0 => self.call(line, unregister(handle)),
            _ => self.exchange(),
        }
    }

    /// A client does something with one of its handles, even with one that is gone.
    fn exchange(&mut self) {
        let known: Vec<usize> = (0..self.views.len()).filter(|view| self.views[*view].shown).collect();
        if known.is_empty() {
            return;
        }
        let view = known[self.pick(known.len())];
        let View { line, handle, channel, .. } = self.views[view];
        let line = if line == A { LINES[self.pick(2)] } else { line };
        let (kind, data) = (self.channels[channel].kind, self.payload());
        let input = match self.below(12) {
            0 => release(handle),
            1 => close_as(handle, NotificationType::RELEASE, data),
            2 => close_as(handle, kind, data),
            3 => close_as(handle, t(9), data),
            4 => respond_as(handle, t(9), data),
            5 | 6 => respond_as(handle, kind, data),
            7 if self.views[view].notified => respond_as(handle, kind, data),
            _ if self.views[view].notified && self.below(4) > 0 => respond_as(handle, kind, data),
            _ => first(handle),
        };
        self.call(line, input);
    }

    fn some_channel(&mut self) -> String {
        let opened = self.asked.iter().filter(|(asked, _)| opens(asked)).count() as u64;
        format!("c{}", self.below(opened.max(1)))
    }

    /// The source does what it was asked for.
    fn effect(&mut self, number: usize) {
        let refused = || Answer::Refused { error: "no".into(), unsupported: false };
        let answer = match self.asked[number].0.clone() {
            Request::OpenChannel { id, audience, data } => {
                self.channels.push(Channel {
                    id,
                    kind: NotificationType(audience.notification_type),
                    unanswered: data.is_some(),
                    held: data,
                    owner: None,
                    closed_by: None,
                    responses: Vec::new(),
                });
                Answer::Done
            }
            Request::ChannelNotify { id, data } => match self.named(&id) {
                Some(channel) if self.channels[channel].closed_by.is_none() && !self.channels[channel].unanswered => {
                    self.channels[channel].held = Some(data);
                    self.channels[channel].unanswered = true;
                    Answer::Done
                }
                _ => refused(),
            },
            Request::ChannelClose { id } => match self.named(&id) {
                Some(channel) if self.channels[channel].closed_by.is_none() => {
                    self.channels[channel].closed_by = Some(ClosedBy::Source);
                    self.channels[channel].held = None;
                    Answer::Done
                }
                _ => refused(),
            },
            Request::ChannelLog { id } => match self.named(&id) {
                Some(channel) => {
                    let Channel { responses, owner, closed_by, .. } = self.channels[channel].clone();
                    let (acquired, closed_by) = (Some(owner.is_some()), Some(closed_by));
                    Answer::Log(ChannelLog { responses, acquired, closed_by })
                }
                None => refused(),
            },
            _ => refused(),
        };
        self.asked[number].1 = Some(answer);
        self.serve();
        self.soon(Act::Answer(number));
    }

    fn named(&self, id: &str) -> Option<usize> {
        self.channels.iter().position(|channel| channel.id == id)
    }

    fn handle(&mut self, call: usize) {
        match self.calls[call].0.clone() {
            In::GetNewChannel(input) => {
                let object = self.objects.iter().position(|object| object.handle == input.remote_obj).unwrap();
                if !self.objects[object].registered {
                    return self.answer(call, channels(&[], Hresult::ALREADY_UNREGISTERED));
                }
                if self.objects[object].waiting.is_some() {
                    let thrown = self.below(2) == 0;
                    let refusal = if thrown { fault(0x8004_000C) } else { channels(&[], Hresult::CALL_OUTSTANDING) };
                    return self.answer(call, refusal);
                }
                self.objects[object].waiting = Some(call);
            }
            In::UnregisterClient(input) => {
                let object = self.objects.iter().position(|object| object.handle == input.registration_obj).unwrap();
                let registered = std::mem::take(&mut self.objects[object].registered);
                let status = if registered { Hresult::OK } else { Hresult::ALREADY_UNREGISTERED };
                self.answer(call, unregistered(status));
                if let Some(waiting) = self.objects[object].waiting.take() {
                    self.answer(waiting, channels(&[], Hresult::NOTIFICATIONS_TERMINATED));
                }
            }
            In::GetNotificationSendResponse(input) => {
                self.gnsr(call, input.channel, input.notification_type, octets_of(input.notification_data));
            }
            In::CloseChannel(input) => {
                self.close(call, input.channel, input.notification_type, octets_of(input.reason));
            }
            _ => {}
        }
        self.serve();
    }

    fn gnsr(&mut self, call: usize, handle: ContextHandle, kind: Option<NotificationType>, data: Bytes) {
        let Some(view) = self.views.iter().position(|view| view.handle == handle && !view.gone) else {
            return self.answer(call, fault(0x1C00_001A));
        };
        if self.views[view].waiting.is_some() {
            return self.answer(call, fails(handle, Hresult::CALL_OUTSTANDING));
        }
        let channel = self.views[view].channel;
        let (registered, notified) = (self.channels[channel].kind, self.views[view].notified);
        let free = self.channels[channel].owner.is_none_or(|owner| owner == view);
        if free && self.channels[channel].closed_by.is_none() {
            if kind.map_or(notified, |kind| kind != registered) {
                return self.answer(call, fails(handle, Hresult::TYPE_MISMATCH));
            }
            if notified {
                self.take(channel, view, data);
            }
        }
        self.views[view].waiting = Some(call);
    }

    fn close(&mut self, call: usize, handle: ContextHandle, kind: NotificationType, data: Bytes) {
        let Some(view) = self.views.iter().position(|view| view.handle == handle && !view.gone) else {
            return self.answer(call, fault(0x1C00_001A));
        };
        let channel = self.views[view].channel;
        let release = kind == NotificationType::RELEASE;
        let Channel { owner, closed_by, kind: registered, .. } = self.channels[channel].clone();
        let status = if owner.is_some_and(|owner| owner != view) {
            Hresult::CHANNEL_ACQUIRED
        } else if !release && kind != registered {
            Hresult::TYPE_MISMATCH
        } else if closed_by.is_some() && !release {
            if self.below(2) == 0 { Hresult::CHANNEL_CLOSED } else { Hresult::OK }
        } else {
            Hresult::OK
        };
        if status == Hresult::OK && closed_by.is_none() {
            if !release {
                self.take(channel, view, data);
            }
            if self.channels[channel].owner == Some(view) {
                self.channels[channel].closed_by = Some(ClosedBy::Client);
                self.channels[channel].held = None;
            }
        }
        self.views[view].gone = true;
        if let Some(waiting) = self.views[view].waiting.take() {
            let outcome = match self.below(3) {
                0 => fails(NULL, Hresult::CHANNEL_CLOSED),
                1 => fault(0x1C00_001A),
                _ => released(),
            };
            self.answer(waiting, outcome);
        }
        self.answer(call, closed(status));
    }

    /// A response is taken: it acquires the channel.
    fn take(&mut self, channel: usize, view: usize, data: Bytes) {
        let channel = &mut self.channels[channel];
        if channel.owner.is_none() {
            channel.owner = Some(view);
            channel.held = None;
        }
        channel.unanswered = false;
        channel.responses.push(SourceResponse { notification_type: channel.kind.0, data });
    }

    /// Whoever waits gets what there is.
    fn serve(&mut self) {
        for object in 0..self.objects.len() {
            let Some(call) = self.objects[object].waiting else { continue };
            let offered: Vec<usize> = (0..self.channels.len()).filter(|at| self.is_offered(*at, object)).collect();
            if offered.is_empty() {
                continue;
            }
            self.objects[object].waiting = None;
            let line = self.objects[object].line;
            let mut handles = Vec::new();
            for channel in offered {
                let handle = h(1_000 + self.views.len() as u128);
                handles.push(handle);
                let (notified, waiting, gone, shown) = (false, None, false, false);
                self.views.push(View {
                    channel,
                    object,
                    line,
                    handle,
                    notified,
                    waiting,
                    gone,
                    shown,
                    offered_by: call,
                });
            }
            self.answer(call, channels(&handles, Hresult::OK));
        }
        for view in 0..self.views.len() {
            let View { channel, handle, notified, waiting: Some(call), .. } = self.views[view] else { continue };
            let (owner, closed) = (self.channels[channel].owner, self.channels[channel].closed_by);
            let outcome = if owner.is_some_and(|owner| owner != view) || closed.is_some() {
                self.views[view].gone = true;
                released()
            } else if let Some(data) = self.channels[channel].held.clone().filter(|_| owner.is_some() || !notified) {
                if owner.is_some() {
                    self.channels[channel].held = None;
                }
                self.views[view].notified = true;
                replies(handle, Some(self.channels[channel].kind), Some(data), Hresult::OK)
            } else {
                continue;
            };
            self.views[view].waiting = None;
            self.answer(call, outcome);
        }
    }

    fn is_offered(&self, channel: usize, object: usize) -> bool {
        let Channel { kind, owner, closed_by, .. } = &self.channels[channel];
        let returned = self.views.iter().any(|view| view.channel == channel && view.object == object);
        *kind == self.objects[object].kind && owner.is_none() && closed_by.is_none() && !returned
    }
}

/// An event in a line, for whoever has to find out why somebody was accused.
pub(crate) fn told(event: &Event) -> Option<String> {
    let what = match &event.kind {
        Kind::CallStarted(started) => format!("{:?} on {:?}: {:?}", started.call, started.connection, started.input),
        Kind::CallFinished(finished) => match &finished.outcome {
            Outcome::Returned { output, .. } => format!("{:?} returns {output:?}", finished.call),
            outcome => format!("{:?} ends: {outcome:?}", finished.call),
        },
        Kind::StimulusAsked { number, request } => format!("asked {number}: {request:?}"),
        Kind::StimulusAnswered { number, answer } => format!("answered {number}: {answer:?}"),
        _ => return None,
    };
    Some(format!("{} {} {what}", event.number, event.time))
}

fn opens(request: &Request) -> bool {
    matches!(request, Request::OpenChannel { .. })
}

fn octets_of(data: Option<dcerpc::ndr::Conformant<Bytes>>) -> Bytes {
    data.map(|data| data.elements).unwrap_or_default()
}

/// The name of a call in the script.
fn name(call: usize) -> &'static str {
    const NAMES: usize = 512;
    static NAME: std::sync::OnceLock<Vec<String>> = std::sync::OnceLock::new();
    NAME.get_or_init(|| (0..NAMES).map(|call| format!("call {call}")).collect())[call].as_str()
}

proptest! {
    // A conversation is long: a tenth of the cases that PROPTEST_CASES asks for.
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 10, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn a_fair_server_is_never_accused(seed: u64, deeds in 5_usize..80, witness in witness()) {
        let (findings, history) = World::new(seed).findings(deeds, witness);
        let findings: Vec<String> = findings.iter().map(crate::case::shown).collect();
        prop_assert!(findings.is_empty(), "{findings:#?}\n{}", history.join("\n"));
    }
}

fn witness() -> impl Strategy<Value = Witness> {
    prop_oneof![
        4 => Just(Witness::Everything),
        1 => Just(Witness::Wire),
        1 => (20_u64..200).prop_map(Witness::WireFrom),
    ]
}

/// A conversation that once led to an accusation.
#[test]
fn a_fair_server_is_not_accused_again() {
    let part = (20..200).step_by(20).map(Witness::WireFrom);
    for witness in [Witness::Everything, Witness::Wire].into_iter().chain(part) {
        let (findings, history) = World::new(247_935_305_544_027_320).findings(56, witness);
        let findings: Vec<String> = findings.iter().map(crate::case::shown).collect();
        assert!(findings.is_empty(), "{witness:?}: {findings:#?}\n{}", history.join("\n"));
    }
}
