//! Clients that keep every rule, at a server that answers whatever it may: nobody may be accused, wherever the witness
//! stands. A reading of sections 3.2.1 to 3.2.3 of its own, apart from the model.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::rc::Rc;

use bytes::Bytes;
use conformance::event::{Kind, Outcome};
use conformance::{Checker, Finding, Party, Severity, Source, rules};
use dcerpc::ContextHandle;
use mspan::method::{In, Out};
use mspan::{ConversationStyle, Hresult, NotificationType};
use proptest::prelude::*;
use trace::{ConnectionId, Direction, Vantage};

use crate::dialogue::*;
use crate::rules::client_channel::{reply, utf16};
use crate::rules::client_reaction::PLAIN_BOX;
use crate::script::*;

const NULL: ContextHandle = ContextHandle::NULL;
const ASYNC_UI: NotificationType = NotificationType::ASYNC_UI;
const BIDI: ConversationStyle = ConversationStyle::BIDIRECTIONAL;
const E_FAIL: Hresult = Hresult(0x8000_4005);
const CONTEXT_MISMATCH: u32 = 0x1C00_001A;

type Then = Box<dyn FnOnce(&mut World, &Outcome)>;
type Job = Box<dyn FnOnce(&mut World)>;
type Key = (u32, ContextHandle);

/// A call between client and server.
struct Talk {
    line: Line,
    input: In,
    then: Option<Then>,
}

/// A registration as its client has it.
struct Membership {
    client: u32,
    handle: ContextHandle,
    kind: NotificationType,
    style: ConversationStyle,
    waits: bool,
    leaves: bool,
    gone: bool,
    /// What it waits before it tries again.
    patience: u64,
    channels: Vec<Rc<RefCell<Channel>>>,
}

/// A channel as its client has it.
struct Channel {
    client: u32,
    handle: ContextHandle,
    kind: NotificationType,
    calls: bool,
    closes: bool,
    gone: bool,
}

/// What the server knows of an object or a channel.
#[derive(Default)]
struct Served {
    registered: bool,
    heard: bool,
    gone: bool,
    kind: NotificationType,
    waiting: Option<usize>,
}

enum Seen {
    Started(usize),
    Finished(usize, Outcome),
    Opened(Line, bool),
    Left(u32, Vec<Line>, Vec<usize>),
}

struct World {
    random: u64,
    now: u64,
    queue: BinaryHeap<Reverse<(u64, usize)>>,
    jobs: Vec<Option<Job>>,
    vantage: Vantage,
    talks: Vec<Talk>,
    outstanding: BTreeSet<usize>,
    seen: Vec<(u64, Seen)>,
    lines: u32,
    idle: BTreeMap<u32, Vec<Line>>,
    opened: BTreeMap<u32, Vec<Line>>,
    multiplexed: BTreeSet<u32>,
    arrived: BTreeMap<(u32, bool), u64>,
    served: BTreeMap<Key, Served>,
    handles: u128,
    memberships: BTreeMap<u32, Vec<Rc<RefCell<Membership>>>>,
    left: BTreeSet<u32>,
}

impl World {
    fn new(seed: u64, vantage: Vantage) -> Self {
        Self {
            random: seed | 1,
            now: 0,
            queue: BinaryHeap::new(),
            jobs: Vec::new(),
            vantage,
            talks: Vec::new(),
            outstanding: BTreeSet::new(),
            seen: Vec::new(),
            lines: 0,
            idle: BTreeMap::new(),
            opened: BTreeMap::new(),
            multiplexed: BTreeSet::new(),
            arrived: BTreeMap::new(),
            served: BTreeMap::new(),
            handles: 1_000,
            memberships: BTreeMap::new(),
            left: BTreeSet::new(),
        }
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 11) % limit
    }

    fn one_in(&mut self, limit: u64) -> bool {
        self.below(limit) == 0
    }

    fn after(&mut self, delay: u64, job: impl FnOnce(&mut World) + 'static) {
        self.queue.push(Reverse((self.now + delay, self.jobs.len())));
        self.jobs.push(Some(Box::new(job)));
    }

    /// Some clients live for a while and leave; what a witness sees of it, and what the rules say.
    fn findings(mut self, clients: u32, cut: Option<usize>) -> (Vec<Finding>, usize, Script) {
        for client in 0..clients {
            if self.one_in(4) {
                self.multiplexed.insert(client);
            }
            for number in 0..=self.below(2) {
                let delay = self.below(3_000);
                let bidi = self.below(3) > 0;
                // Who wants the same twice can't be told from who tries again.
                let kind = if bidi && number == 0 && self.one_in(2) { ASYNC_UI } else { t(1 + u128::from(number)) };
                let style = if bidi { BIDI } else { ConversationStyle::UNIDIRECTIONAL };
                self.after(delay, move |world| world.register(client, kind, style, 1_000));
            }
            let stay = 5_000 + self.below(45_000);
            self.after(stay, move |world| world.leave(client));
        }
        while let Some(Reverse((time, job))) = self.queue.pop() {
            self.now = time;
            if let Some(job) = self.jobs[job].take() {
                job(&mut self);
            }
        }
        let mut seen = std::mem::take(&mut self.seen);
        seen.sort_by_key(|(time, _)| *time);
        seen.truncate(cut.unwrap_or(usize::MAX));
        let steps = seen.len();
        let mut script = Script::new();
        (script.config.vantage, script.config.source) = (self.vantage, Source::Unseen);
        let mut now = 0;
        for (time, what) in seen {
            script = script.wait(time.saturating_sub(now));
            now = now.max(time);
            script = self.tell(script, what);
        }
        // Who stops looking knows nothing of what would have come.
        let rest = if cut.is_some() { 0 } else { 200_000 };
        let script = script.wait(rest).event(Kind::End(trace::End::Complete));
        let of_clients = rules::all().filter(|rule| rule.party == Party::Client);
        let mut checker = Checker::new(script.config.clone(), of_clients);
        for event in script.clone().events() {
            checker.event(event, &mut |_| {});
        }
        let report = checker.finish();
        (report.findings.into_iter().filter(|it| it.verdict >= Severity::Warn).collect(), steps, script)
    }

    fn tell(&self, script: Script, what: Seen) -> Script {
        match what {
            Seen::Opened(line, multiplexed) => {
                let script = script.open(line);
                let bind = |ptype, direction| {
                    Kind::Pdu(conformance::event::Pdu {
                        connection: ConnectionId(line.0),
                        direction,
                        ptype,
                        flags: if multiplexed { 0x13 } else { 0x03 },
                        frag_length: 72,
                        auth_length: 0,
                        auth: None,
                        call_id: 0,
                        defects: Vec::new(),
                    })
                };
                script.event(bind(11, Direction::ToServer)).event(bind(12, Direction::ToClient))
            }
            Seen::Started(call) => script.start(self.talks[call].line, name(call), self.talks[call].input.clone()),
            Seen::Finished(call, outcome) => script.finish(name(call), outcome),
            Seen::Left(client, lines, lost) => {
                let script = lost.iter().fold(script, |script, call| script.finish(name(*call), Outcome::Lost));
                let last = Line(0, client);
                lines.iter().fold(script, |script, line| script.close(*line, Direction::ToServer)).run_down(last)
            }
        }
    }

    fn note(&mut self, at_client: u64, at_server: u64, what: Seen) {
        let time = match self.vantage {
            Vantage::Client => at_client,
            Vantage::Server => at_server,
            Vantage::Unknown => u64::midpoint(at_client, at_server),
        };
        self.seen.push((time, what));
    }

    /// How long octets take on a connection, whose order they keep.
    fn travel(&mut self, line: Line, to_server: bool) -> u64 {
        let arrives = self.now + 1 + self.below(60);
        let last = self.arrived.entry((line.0, to_server)).or_default();
        *last = arrives.max(*last + 1);
        *last - self.now
    }

    // The transport.

    /// A client calls on a connection that is free, or opens one.
    fn call(&mut self, client: u32, input: In, then: impl FnOnce(&mut World, &Outcome) + 'static) {
        let line = self.idle.entry(client).or_default().pop().unwrap_or_else(|| {
            self.lines += 1;
            let line = Line(self.lines - 1, client);
            self.opened.entry(client).or_default().push(line);
            let multiplexed = self.multiplexed.contains(&client);
            self.seen.push((self.now, Seen::Opened(line, multiplexed)));
            line
        });
        if self.multiplexed.contains(&client) {
            self.idle.entry(client).or_default().push(line);
        }
        let call = self.talks.len();
        self.talks.push(Talk { line, input, then: Some(Box::new(then)) });
        self.outstanding.insert(call);
        let delay = self.travel(line, true);
        self.note(self.now, self.now + delay, Seen::Started(call));
        self.after(delay, move |world| world.serve(call));
    }

    fn answer(&mut self, call: usize, outcome: Outcome) {
        let line = self.talks[call].line;
        let delay = self.travel(line, false);
        self.note(self.now + delay, self.now, Seen::Finished(call, outcome.clone()));
        self.after(delay, move |world| {
            world.outstanding.remove(&call);
            if !world.multiplexed.contains(&line.1) {
                world.idle.entry(line.1).or_default().push(line);
            }
            if let Some(then) = world.talks[call].then.take() {
                then(world, &outcome);
            }
        });
    }

    // The server.

    fn serve(&mut self, call: usize) {
        let client = self.talks[call].line.1;
        match self.talks[call].input.clone() {
            In::Create(_) => {
                let handle = self.new_handle(client, NotificationType::default());
                self.answer(call, created(handle));
            }
            In::RegisterClient(input) => {
                let fails = self.one_in(10);
                let served = self.served.get_mut(&(client, input.registration_obj)).unwrap();
                (served.registered, served.kind) = (!fails, input.notification_type);
                self.answer(call, registered(if fails { E_FAIL } else { Hresult::OK }));
            }
            In::UnregisterClient(input) => {
                let served = self.served.get_mut(&(client, input.registration_obj)).unwrap();
                served.registered = false;
                if let Some(waiting) = served.waiting.take() {
                    let outcome = self.refusal(waiting, Hresult::NOTIFICATIONS_TERMINATED);
                    self.answer(waiting, outcome);
                }
                self.answer(call, unregistered(Hresult::OK));
            }
            In::Delete(_) => self.answer(call, deleted(NULL)),
            In::GetNewChannel(input) => self.park(call, (client, input.remote_obj)),
            In::GetNotification(input) => self.park(call, (client, input.remote_obj)),
            In::GetNotificationSendResponse(input) => self.park(call, (client, input.channel)),
            In::CloseChannel(input) => self.close(call, (client, input.channel)),
        }
    }

    fn new_handle(&mut self, client: u32, kind: NotificationType) -> ContextHandle {
        self.handles += 1;
        let handle = h(self.handles);
        self.served.insert((client, handle), Served { kind, ..Served::default() });
        handle
    }

    fn refusal(&mut self, call: usize, code: Hresult) -> Outcome {
        let thrown = self.one_in(3);
        match &self.talks[call].input {
            _ if thrown => fault(code.0),
            In::GetNewChannel(_) => channels(&[], code),
            In::GetNotification(_) => no_notification(None, code),
            In::GetNotificationSendResponse(input) => fails(input.channel, code),
            _ => fault(code.0),
        }
    }

    /// A call waits for something to happen, unless there is nothing to wait for.
    fn park(&mut self, call: usize, key: Key) {
        let channel = matches!(self.talks[call].input, In::GetNotificationSendResponse(_));
        let served = self.served.get_mut(&key).unwrap();
        if channel && served.gone {
            return self.answer(call, fault(CONTEXT_MISMATCH));
        }
        if !channel && !served.registered {
            let outcome = self.refusal(call, Hresult::ALREADY_UNREGISTERED);
            return self.answer(call, outcome);
        }
        served.waiting = Some(call);
        let blocked = if self.one_in(3) { self.below(30) } else { self.below(20_000) };
        self.after(blocked, move |world| {
            let served = world.served.get_mut(&key).unwrap();
            if served.waiting == Some(call) {
                served.waiting = None;
                let outcome = world.happening(call, key);
                world.answer(call, outcome);
            }
        });
    }

    /// What ends a call that waits.
    fn happening(&mut self, call: usize, key: Key) -> Outcome {
        let kind = self.served[&key].kind;
        if self.one_in(12) {
            let code = [E_FAIL, Hresult(0xA004_0123), Hresult::OUT_OF_MEMORY, Hresult::NOTIFICATIONS_TERMINATED];
            let code = code[usize::try_from(self.below(4)).unwrap()];
            return self.refusal(call, code);
        }
        match self.talks[call].input.clone() {
            In::GetNotification(_) => notification(kind, n(1)),
            In::GetNewChannel(_) => {
                let handles: Vec<_> = (0..=self.below(2)).map(|_| self.new_handle(key.0, kind)).collect();
                channels(&handles, Hresult::OK)
            }
            In::GetNotificationSendResponse(input) => {
                let ends = self.one_in(4);
                let served = self.served.get_mut(&key).unwrap();
                (served.heard, served.gone) = (true, ends);
                let handle = if ends { NULL } else { input.channel };
                let document = match kind {
                    ASYNC_UI if self.one_in(4) => utf16("not xml"),
                    ASYNC_UI => utf16(PLAIN_BOX),
                    _ => n(u8::try_from(self.below(200)).unwrap()),
                };
                if ends && self.below(3) > 0 {
                    released()
                } else {
                    replies(handle, Some(kind), Some(document), Hresult::OK)
                }
            }
            _ => unreachable!("only these wait"),
        }
    }

    fn close(&mut self, call: usize, key: Key) {
        let served = self.served.get_mut(&key).unwrap();
        if std::mem::replace(&mut served.gone, true) {
            return self.answer(call, fault(CONTEXT_MISMATCH));
        }
        if let Some(waiting) = served.waiting.take() {
            let outcome = match self.below(3) {
                0 => released(),
                1 => fails(NULL, Hresult::CHANNEL_CLOSED),
                _ => fault(CONTEXT_MISMATCH),
            };
            self.answer(waiting, outcome);
        }
        let status = if self.one_in(4) { Hresult::CHANNEL_ACQUIRED } else { Hresult::OK };
        self.answer(call, closed(status));
    }

    // The clients.

    fn register(&mut self, client: u32, kind: NotificationType, style: ConversationStyle, patience: u64) {
        self.call(client, create(), move |world, outcome| {
            let Some(Out::Create(output)) = outcome.output() else { return };
            let handle = output.remote_obj;
            let input = register(handle).of(kind).style(style).into();
            if world.left.contains(&client) {
                return world.call(client, delete(handle), |_, _| {});
            }
            let channels = Vec::new();
            let (waits, leaves, gone) = (false, false, false);
            let known = Membership { client, handle, kind, style, waits, leaves, gone, patience, channels };
            let known = Rc::new(RefCell::new(known));
            world.memberships.entry(client).or_default().push(Rc::clone(&known));
            world.call(client, input, move |world, outcome| {
                if outcome.succeeded() == Some(true) {
                    if known.borrow().leaves { world.unregister(&known, false) } else { world.wait_on(&known) }
                } else {
                    world.dispose(&known);
                    let leaves = known.borrow().leaves;
                    if !leaves {
                        world.try_again(&known);
                    }
                }
            });
        });
    }

    /// After a while, with twice the patience, unless the client has left meanwhile.
    fn try_again(&mut self, known: &Rc<RefCell<Membership>>) {
        let Membership { client, kind, style, patience, .. } = *known.borrow();
        self.after(patience, move |world| {
            if !world.left.contains(&client) {
                world.register(client, kind, style, (patience * 2).min(60_000));
            }
        });
    }

    fn wait_on(&mut self, known: &Rc<RefCell<Membership>>) {
        let Membership { client, handle, style, .. } = *known.borrow();
        let input = if style == BIDI { get_new_channel(handle) } else { get_notification(handle) };
        known.borrow_mut().waits = true;
        let known = Rc::clone(known);
        self.call(client, input, move |world, outcome| {
            known.borrow_mut().waits = false;
            if let Some(Out::GetNewChannel(output)) = outcome.output() {
                for handle in output.channel_ctxt.iter().flat_map(|handles| handles.elements.clone()) {
                    world.open_channel(&known, handle);
                }
            }
            let (leaves, gone) = (known.borrow().leaves, known.borrow().gone);
            let code = outcome.code().map(Hresult);
            match outcome.succeeded() {
                _ if gone => world.dispose(&known),
                _ if leaves => {}
                Some(true) => {
                    known.borrow_mut().patience = 1_000;
                    let delay = world.below(300);
                    world.after(delay, move |world| {
                        let stays = !known.borrow().leaves;
                        if stays {
                            world.wait_on(&known);
                        }
                    });
                }
                _ => {
                    let again = code != Some(Hresult::NOTIFICATIONS_TERMINATED);
                    world.unregister(&known, again);
                }
            }
        });
    }

    fn unregister(&mut self, known: &Rc<RefCell<Membership>>, again: bool) {
        let Membership { client, handle, .. } = *known.borrow();
        known.borrow_mut().leaves = true;
        let known = Rc::clone(known);
        self.call(client, unregister(handle), move |world, _| {
            known.borrow_mut().gone = true;
            if !known.borrow().waits {
                world.dispose(&known);
            }
            if again {
                known.borrow_mut().leaves = false;
                world.try_again(&known);
            }
        });
    }

    fn dispose(&mut self, known: &Rc<RefCell<Membership>>) {
        let Membership { client, handle, .. } = *known.borrow();
        self.call(client, delete(handle), |_, _| {});
    }

    /// A client has lost interest in everything.
    fn leave(&mut self, client: u32) {
        self.left.insert(client);
        for known in self.memberships.get(&client).cloned().unwrap_or_default() {
            let (leaves, registered) = (known.borrow().leaves || known.borrow().gone, known.borrow().waits);
            for channel in known.borrow().channels.clone() {
                self.close_channel(&channel, None);
            }
            known.borrow_mut().leaves = true;
            if !leaves && registered {
                self.unregister(&known, false);
            } else if !leaves {
                self.leave_idle(&known);
            }
        }
        self.depart(client, 100);
    }

    /// Between two calls, or before RegisterClient has come back: that goes on to unregister.
    fn leave_idle(&mut self, known: &Rc<RefCell<Membership>>) {
        let handle = known.borrow().handle;
        let registers =
            |talk: &Talk| matches!(&talk.input, In::RegisterClient(input) if input.registration_obj == handle);
        let pending = self.outstanding.iter().any(|call| registers(&self.talks[*call]));
        let failed = !self.served[&(known.borrow().client, handle)].registered;
        if !pending && !failed {
            self.unregister(known, false);
        }
    }

    /// When nothing is on its way any more the client closes its connections.
    fn depart(&mut self, client: u32, rounds: u32) {
        self.after(1_000, move |world| {
            let open = world.outstanding.iter().any(|call| world.talks[*call].line.1 == client);
            if open && rounds > 0 {
                return world.depart(client, rounds - 1);
            }
            let lines = world.opened.remove(&client).unwrap_or_default();
            world.seen.push((world.now, Seen::Left(client, lines, Vec::new())));
        });
    }

    fn open_channel(&mut self, known: &Rc<RefCell<Membership>>, handle: ContextHandle) {
        let Membership { client, kind, leaves, .. } = *known.borrow();
        let (calls, closes, gone) = (false, false, false);
        let channel = Rc::new(RefCell::new(Channel { client, handle, kind, calls, closes, gone }));
        known.borrow_mut().channels.push(Rc::clone(&channel));
        if leaves {
            self.close_channel(&channel, None);
        } else {
            self.respond(&channel, first(handle));
        }
    }

    fn respond(&mut self, channel: &Rc<RefCell<Channel>>, input: In) {
        let client = channel.borrow().client;
        channel.borrow_mut().calls = true;
        let channel = Rc::clone(channel);
        self.call(client, input, move |world, outcome| {
            channel.borrow_mut().calls = false;
            let Some(Out::GetNotificationSendResponse(output)) = outcome.output() else {
                // Faults say nothing of the handle, unless the server does not know it.
                let unknown = outcome.fault() == Some(CONTEXT_MISMATCH);
                channel.borrow_mut().gone |= unknown;
                return world.close_channel(&channel, None);
            };
            channel.borrow_mut().gone |= output.channel.is_null();
            if output.status.is_failure() {
                return world.close_channel(&channel, None);
            }
            let document = output.notification_data.as_ref().map(|data| data.elements.clone()).unwrap_or_default();
            let delay = if document == utf16("not xml") { world.below(500) } else { world.below(8_000) };
            world.after(delay, move |world| world.decide(&channel, &document));
        });
    }

    /// The user has chosen.
    fn decide(&mut self, channel: &Rc<RefCell<Channel>>, document: &Bytes) {
        let Channel { handle, kind, closes, gone, .. } = *channel.borrow();
        if closes || gone {
            return;
        }
        let number = u8::try_from(self.below(200)).unwrap();
        match (kind, self.below(8)) {
            (ASYNC_UI, _) if *document == utf16(PLAIN_BOX) => self.close_channel(channel, Some(reply())),
            (ASYNC_UI, _) | (_, 0) => self.close_channel(channel, None),
            (_, 1 | 2) => self.close_channel(channel, Some(n(number))),
            _ => self.respond(channel, respond_as(handle, kind, n(number))),
        }
    }

    /// Even while another call on it waits, but once, and not when it is gone.
    fn close_channel(&mut self, channel: &Rc<RefCell<Channel>>, data: Option<Bytes>) {
        let Channel { client, handle, kind, closes, gone, .. } = *channel.borrow();
        if closes || gone {
            return;
        }
        channel.borrow_mut().closes = true;
        let input = data.map_or_else(|| release(handle), |data| close_as(handle, kind, data));
        self.call(client, input, |_, _| {});
    }
}

/// The name of a call in the script.
fn name(call: usize) -> &'static str {
    const NAMES: usize = 8_192;
    static NAME: std::sync::OnceLock<Vec<String>> = std::sync::OnceLock::new();
    NAME.get_or_init(|| (0..NAMES).map(|call| format!("call {call}")).collect())[call].as_str()
}

proptest! {
    // A conversation is long: a fifth of the cases that PROPTEST_CASES asks for.
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 5, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn fair_clients_are_never_accused(seed: u64, clients in 1_u32..4, vantage in vantage(), cut in prop::option::of(20_usize..200)) {
        let (findings, _, script) = World::new(seed, vantage).findings(clients, cut);
        let findings: Vec<String> = findings.iter().map(crate::case::shown).collect();
        let history = || script.events().iter().filter_map(crate::fair_server::told).collect::<Vec<_>>().join("\n");
        prop_assert!(findings.is_empty(), "{findings:#?}\n{}", history());
    }
}

fn vantage() -> impl Strategy<Value = Vantage> {
    prop_oneof![Just(Vantage::Client), Just(Vantage::Server), Just(Vantage::Unknown)]
}

#[test]
fn fair_clients_do_a_lot() {
    let steps: usize = (1..12).map(|seed| World::new(seed * 0x9E37_79B9, Vantage::Server).findings(3, None).1).sum();
    assert!(steps > 1_000, "{steps}");
}
