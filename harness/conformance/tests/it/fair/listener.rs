//! A client that keeps every rule of remote objects, registrations and retries, against a server that answers as it likes:
//! nobody may accuse the client. A reading of section 3.2 of its own, apart from the model.

use conformance::Party;
use conformance::event::Outcome;
use dcerpc::ContextHandle;
use mspan::method::{In, Out};
use mspan::{ConversationStyle, Hresult, NotificationType};
use proptest::prelude::*;
use trace::{Direction, Vantage};

use super::stage::{CALLS, Stage, judge, name, one_in, vantage};
use crate::dialogue::{close_as, closed, fails, first, release, released, replies, respond_as};
use crate::script::*;

const FAILURES: [Hresult; 3] = [Hresult(0x8000_4005), Hresult(0xA004_0123), Hresult::OUT_OF_MEMORY];
const FATAL: [Hresult; 2] = [Hresult::ACCESS_DENIED, Hresult::INVALID_NAME];
/// Connections of one listener: one for the calls that wait, one for all others, and those of channels.
const LINES: u32 = 64;

/// Something that a client wants to hear of: one registration after another, until it has lost interest.
#[derive(Clone, Debug)]
struct Listener {
    kind: NotificationType,
    style: ConversationStyle,
    object: Option<ContextHandle>,
    registered: bool,
    waiting: bool,
    /// It has lost interest.
    stops: bool,
    /// Nothing is to be done any more.
    done: bool,
    /// It has called UnregisterClient for the present object.
    left: bool,
    /// How long it waits before it tries again, in milliseconds.
    interval: u64,
    /// Channels that are open.
    channels: u32,
    /// Channels so far.
    served: u32,
    /// What ended the wait, while UnregisterClient is on its way.
    failed: bool,
}

/// A call on its way.
#[derive(Clone, Debug)]
struct Sent {
    listener: usize,
    line: Line,
    input: In,
    /// Of a call on a channel: how many responses were sent on it.
    rounds: u64,
    outcome: Option<Outcome>,
    over: bool,
}

/// What happens when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Act {
    /// A listener begins, or tries again.
    Begin(usize),
    /// A listener loses its interest.
    Stop(usize),
    /// A request arrives.
    Arrive(usize),
    /// The server answers.
    Answer(usize),
    /// The answer arrives.
    Receive(usize),
    /// The server cuts all connections.
    Cut,
}

struct World {
    stage: Stage<Act>,
    vantage: Vantage,
    association: u32,
    lines: Vec<Line>,
    listeners: Vec<Listener>,
    calls: Vec<Sent>,
    handles: u128,
}

impl World {
    fn new(seed: u64, vantage: Vantage) -> Self {
        let mut script = Script::new();
        script.config.vantage = vantage;
        let mut world = Self {
            stage: Stage::new(seed, script),
            vantage,
            association: 0,
            lines: Vec::new(),
            listeners: Vec::new(),
            calls: Vec::new(),
            handles: 0,
        };
        world.stage.shuffle();
        for number in 0..=world.stage.below(3) {
            let bidirectional = world.stage.below(2) == 0;
            world.listeners.push(Listener {
                kind: t(1 + u128::from(number)),
                style: if bidirectional { ConversationStyle::BIDIRECTIONAL } else { ConversationStyle::UNIDIRECTIONAL },
                object: None,
                registered: false,
                waiting: false,
                stops: false,
                done: false,
                left: false,
                interval: 1_000,
                channels: 0,
                served: 0,
                failed: false,
            });
            let (begin, stop) = (world.stage.below(3_000), 3_000 + world.stage.below(400_000));
            let listener = usize::try_from(number).unwrap();
            world.stage.at(begin, Act::Begin(listener));
            world.stage.at(stop, Act::Stop(listener));
        }
        if world.stage.below(4) == 0 {
            let when = world.stage.below(200_000);
            world.stage.at(when, Act::Cut);
        }
        world
    }

    /// Runs to the end and tells what was found, and what was seen.
    fn findings(mut self) -> (Vec<String>, Vec<String>) {
        while let Some(act) = self.stage.next() {
            match act {
                Act::Begin(listener) => self.begin(listener),
                Act::Stop(listener) => {
                    let idle = self.stage.is_due(&Act::Begin(listener));
                    self.listeners[listener].stops = true;
                    self.listeners[listener].done |= idle;
                    self.leave(listener);
                }
                Act::Arrive(call) => self.arrive(call),
                Act::Answer(call) => self.answer(call),
                Act::Receive(call) => self.receive(call),
                Act::Cut => self.cut(),
            }
            // When it has done all it had to, it closes its connections.
            let done = !self.lines.is_empty() && self.listeners.iter().all(|listener| listener.done);
            if done && (0..self.calls.len()).all(|call| self.is_received(call)) {
                self.close(Direction::ToServer);
            }
        }
        let script = self.stage.end(200_000);
        judge(script.config.clone(), script.events(), Party::Client)
    }

    /// A connection of a listener: 0 for calls that wait, 1 for others, and the rest for channels.
    fn line(&mut self, listener: usize, number: u32) -> Line {
        let listener = u32::try_from(listener).unwrap();
        let line = Line((self.association * 4 + listener) * LINES + number, self.association);
        if !self.lines.contains(&line) {
            self.lines.push(line);
            let port = 50_000 + line.0;
            self.stage.write(|script| script.open_from(line, &format!("192.0.2.1:{port}")));
        }
        line
    }

    /// The client calls.
    fn call(&mut self, listener: usize, line: Line, input: In, rounds: u64) {
        let call = self.calls.len();
        self.calls.push(Sent { listener, line, input: input.clone(), rounds, outcome: None, over: false });
        if self.vantage == Vantage::Client {
            self.stage.write(|script| script.start(line, name(call), input));
        }
        self.stage.soon(Act::Arrive(call));
    }

    fn arrive(&mut self, call: usize) {
        let Sent { line, input, over, .. } = self.calls[call].clone();
        if over || !self.lines.contains(&line) {
            return;
        }
        if self.vantage != Vantage::Client {
            self.stage.write(|script| script.start(line, name(call), input.clone()));
        }
        let outcome = self.outcome(call, &input);
        let waits = matches!(input, In::GetNotification(_) | In::GetNewChannel(_) | In::GetNotificationSendResponse(_));
        self.calls[call].outcome = Some(outcome);
        let delay = if waits { self.stage.below(60_000) } else { self.stage.below(40) };
        self.stage.at(self.stage.now + delay, Act::Answer(call));
    }

    /// What the server makes of a call.
    fn outcome(&mut self, call: usize, input: &In) -> Outcome {
        let bad = self.stage.below(5) == 0;
        let failure = FAILURES[usize::try_from(self.stage.below(3)).unwrap()];
        let Sent { listener, rounds, .. } = self.calls[call];
        let kind = self.listeners[listener].kind;
        match input {
            In::Create(_) => {
                self.handles += 1;
                created(h(self.handles))
            }
            In::Delete(_) => deleted(ContextHandle::NULL),
            In::RegisterClient(_) if bad && self.stage.below(6) == 0 => {
                registered(FATAL[usize::from(self.stage.below(2) == 0)])
            }
            In::RegisterClient(_) => registered(if bad { failure } else { Hresult::OK }),
            In::UnregisterClient(_) => unregistered(if bad { failure } else { Hresult::OK }),
            In::GetNotification(_) if bad && self.stage.below(2) == 0 => fault(0x1C00_0012),
            In::GetNotification(_) if bad => no_notification(None, failure),
            In::GetNotification(_) => notification(kind, n(1)),
            In::GetNewChannel(_) if bad => channels(&[], failure),
            In::GetNewChannel(_) => {
                let handles: Vec<_> =
                    (0..=self.stage.below(2)).map(|number| h(self.handles + 1 + u128::from(number))).collect();
                self.handles += handles.len() as u128;
                channels(&handles, Hresult::OK)
            }
            In::GetNotificationSendResponse(input) if bad => match self.stage.below(3) {
                0 => fails(input.channel, failure),
                1 if rounds > 0 => replies(ContextHandle::NULL, Some(kind), Some(n(2)), Hresult::OK),
                _ => released(),
            },
            In::GetNotificationSendResponse(input) => replies(input.channel, Some(kind), Some(n(3)), Hresult::OK),
            In::CloseChannel(_) => closed(if bad { Hresult::CHANNEL_ACQUIRED } else { Hresult::OK }),
        }
    }

    fn answer(&mut self, call: usize) {
        if self.calls[call].over {
            return;
        }
        self.calls[call].over = true;
        if self.vantage != Vantage::Client {
            let outcome = self.calls[call].outcome.clone().unwrap();
            self.stage.write(|script| script.finish(name(call), outcome));
        }
        // UnregisterClient ends the wait.
        if matches!(self.calls[call].input, In::UnregisterClient(_)) {
            let listener = self.calls[call].listener;
            let waits = |sent: &Sent| matches!(sent.input, In::GetNotification(_) | In::GetNewChannel(_));
            let waiting = self.calls.iter().position(|sent| sent.listener == listener && waits(sent) && !sent.over);
            let succeeded = self.calls[call].outcome.as_ref().unwrap().succeeded() == Some(true);
            if let Some(waiting) = waiting.filter(|waiting| succeeded && self.calls[*waiting].outcome.is_some()) {
                self.calls[waiting].outcome = Some(fault(0x8007_071A));
                self.stage.soon(Act::Answer(waiting));
            }
        }
        self.stage.soon(Act::Receive(call));
    }

    fn receive(&mut self, call: usize) {
        let Sent { listener, line, input, rounds, outcome, .. } = self.calls[call].clone();
        if !self.lines.contains(&line) {
            return;
        }
        let outcome = outcome.unwrap();
        if self.vantage == Vantage::Client {
            let outcome = outcome.clone();
            self.stage.write(|script| script.finish(name(call), outcome));
        }
        let succeeded = outcome.succeeded() == Some(true);
        match (&input, outcome.output()) {
            (In::Create(_), Some(Out::Create(output))) => {
                let known = &mut self.listeners[listener];
                (known.object, known.registered, known.left) = (Some(output.remote_obj), false, false);
                let asked = register(output.remote_obj).of(known.kind).style(known.style);
                self.call(listener, line, asked.into(), 0);
            }
            (In::RegisterClient(_), _) if succeeded => {
                self.listeners[listener].registered = true;
                self.wait_for_more(listener);
            }
            (In::RegisterClient(_), _) => {
                let fatal = FATAL.iter().any(|code| outcome.code() == Some(code.0));
                self.listeners[listener].stops |= fatal;
                self.listeners[listener].failed = true;
                self.delete(listener);
            }
            (In::UnregisterClient(_), _) => {
                self.listeners[listener].registered = false;
                self.delete(listener);
            }
            (In::Delete(_), _) => self.again(listener),
            (In::GetNotification(_) | In::GetNewChannel(_), output) => {
                self.listeners[listener].waiting = false;
                if let Some(Out::GetNewChannel(output)) = output.filter(|_| succeeded) {
                    let handles = output.channel_ctxt.clone().unwrap().elements;
                    handles.into_iter().for_each(|handle| self.serve(listener, handle));
                }
                if succeeded {
                    self.listeners[listener].interval = 1_000;
                    self.wait_for_more(listener);
                } else {
                    self.listeners[listener].failed = true;
                    self.leave(listener);
                }
            }
            (In::GetNotificationSendResponse(_) | In::CloseChannel(_), output) => {
                self.go_on(listener, line, output, rounds, matches!(input, In::CloseChannel(_)));
            }
            (In::Create(_), _) => unreachable!(),
        }
    }

    fn begin(&mut self, listener: usize) {
        if self.listeners[listener].stops || self.listeners[listener].done || self.calls.len() + 100 > CALLS {
            self.listeners[listener].done = true;
            return;
        }
        let line = self.line(listener, 1);
        self.call(listener, line, create(), 0);
    }

    /// The next call that waits, unless the client has lost interest.
    fn wait_for_more(&mut self, listener: usize) {
        let Listener { style, stops, object, left, .. } = self.listeners[listener];
        if stops || self.calls.len() + 100 > CALLS {
            return self.leave(listener);
        }
        if left {
            return self.delete(listener);
        }
        self.listeners[listener].waiting = true;
        let line = self.line(listener, 0);
        let unidirectional = style == ConversationStyle::UNIDIRECTIONAL;
        let object = object.unwrap();
        let input = if unidirectional { get_notification(object) } else { get_new_channel(object) };
        self.call(listener, line, input, 0);
    }

    /// UnregisterClient, once, for a registration that stands.
    fn leave(&mut self, listener: usize) {
        let Listener { object, registered, left, .. } = self.listeners[listener];
        if !registered || left {
            return self.delete(listener);
        }
        self.listeners[listener].left = true;
        let line = self.line(listener, 1);
        self.call(listener, line, unregister(object.unwrap()), 0);
    }

    /// Delete, when nothing else is under way.
    fn delete(&mut self, listener: usize) {
        let own = |sent: &Sent| sent.listener == listener && sent.line.0 % LINES == 1;
        let busy = self.calls.iter().rposition(own).is_some_and(|last| !self.is_received(last));
        let Listener { object, registered, waiting, .. } = self.listeners[listener];
        let Some(object) = object.filter(|_| !registered && !waiting && !busy) else { return };
        self.listeners[listener].object = None;
        let line = self.line(listener, 1);
        self.call(listener, line, delete(object), 0);
    }

    /// Whether the client has the answer to a call: nothing is planned for it any more.
    fn is_received(&self, call: usize) -> bool {
        let plans = [Act::Arrive(call), Act::Answer(call), Act::Receive(call)];
        !plans.iter().any(|plan| self.stage.is_due(plan))
    }

    /// What comes after Delete: the end, or another attempt after an interval.
    fn again(&mut self, listener: usize) {
        let known = &mut self.listeners[listener];
        if known.stops || !known.failed {
            known.done = true;
            return;
        }
        known.failed = false;
        let interval = known.interval;
        known.interval = (interval * 2).min(60_000);
        self.stage.at(self.stage.now + interval, Act::Begin(listener));
    }

    /// A channel is served on a connection of its own.
    fn serve(&mut self, listener: usize, handle: ContextHandle) {
        let known = &mut self.listeners[listener];
        (known.channels, known.served) = (known.channels + 1, known.served + 1);
        let number = 2 + known.served % (LINES - 2);
        let line = self.line(listener, number);
        self.call(listener, line, first(handle), 0);
    }

    /// What a client does when a call on a channel has come back.
    fn go_on(&mut self, listener: usize, line: Line, output: Option<&Out>, rounds: u64, closes: bool) {
        let Some(Out::GetNotificationSendResponse(output)) = output.filter(|_| !closes) else {
            self.listeners[listener].channels -= 1;
            return;
        };
        if output.channel.is_null() {
            self.listeners[listener].channels -= 1;
            return;
        }
        let (kind, handle) = (self.listeners[listener].kind, output.channel);
        let input = if output.status.is_failure() {
            release(handle)
        } else {
            match self.stage.below(3) {
                0 => close_as(handle, kind, n(9)),
                1 => release(handle),
                _ if rounds > 3 || self.calls.len() + 60 > CALLS => release(handle),
                _ => respond_as(handle, kind, n(8)),
            }
        };
        self.call(listener, line, input, rounds + 1);
    }

    /// The server cuts all connections; the client comes back by others.
    fn cut(&mut self) {
        for call in 0..self.calls.len() {
            let seen = self.vantage == Vantage::Client || self.calls[call].outcome.is_some();
            let shown = if self.vantage == Vantage::Client { self.is_received(call) } else { self.calls[call].over };
            self.calls[call].over = true;
            if !shown && seen && self.lines.contains(&self.calls[call].line) {
                self.stage.write(|script| script.finish(name(call), Outcome::Lost));
            }
        }
        self.close(Direction::ToClient);
        self.association += 1;
        for listener in 0..self.listeners.len() {
            let known = &mut self.listeners[listener];
            if known.object.is_none() && !known.failed && !known.registered {
                continue;
            }
            known.object = None;
            (known.registered, known.waiting, known.left, known.failed) = (false, false, false, true);
            self.again(listener);
        }
    }

    fn close(&mut self, by: Direction) {
        for line in std::mem::take(&mut self.lines) {
            self.stage.write(|script| script.close(line, by));
        }
        let line = Line(0, self.association);
        self.stage.write(|script| script.run_down(line));
    }
}

proptest! {
    #![proptest_config(one_in(5))]
    #[test]
    fn a_fair_listener_is_never_accused(seed: u64, vantage in vantage()) {
        let (findings, history) = World::new(seed, vantage).findings();
        prop_assert!(findings.is_empty(), "{findings:#?}\n{}", history.join("\n"));
    }
}
