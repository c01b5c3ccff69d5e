//! The world in which clients and a server meet: time, connections, and what is seen of it.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::rc::Rc;

use conformance::event::{Kind, Outcome};
use conformance::{Party, Source};
use dcerpc::ContextHandle;
use mspan::method::In;
use mspan::{ConversationStyle, NotificationType};
use trace::{ConnectionId, Direction, Vantage};

use super::party::Membership;
use super::{ASYNC_UI, BIDI};
use crate::fair::stage::{Chance, judge, name};
use crate::script::*;

type Then = Box<dyn FnOnce(&mut World, &Outcome)>;
type Job = Box<dyn FnOnce(&mut World)>;
type Key = (u32, ContextHandle);

/// A call between client and server.
pub(super) struct Talk {
    pub(super) line: Line,
    pub(super) input: In,
    pub(super) then: Option<Then>,
}

/// What the server knows of an object or a channel.
#[derive(Default)]
pub(super) struct Served {
    pub(super) registered: bool,
    pub(super) heard: bool,
    pub(super) gone: bool,
    pub(super) kind: NotificationType,
    pub(super) waiting: Option<usize>,
}

pub(super) enum Seen {
    Started(usize),
    Finished(usize, Outcome),
    Opened(Line, bool),
    Left(u32, Vec<Line>, Vec<usize>),
}

pub(super) struct World {
    pub(super) chance: Chance,
    pub(super) now: u64,
    pub(super) queue: BinaryHeap<Reverse<(u64, usize)>>,
    pub(super) jobs: Vec<Option<Job>>,
    pub(super) vantage: Vantage,
    pub(super) talks: Vec<Talk>,
    pub(super) outstanding: BTreeSet<usize>,
    pub(super) seen: Vec<(u64, Seen)>,
    pub(super) lines: u32,
    pub(super) idle: BTreeMap<u32, Vec<Line>>,
    pub(super) opened: BTreeMap<u32, Vec<Line>>,
    pub(super) multiplexed: BTreeSet<u32>,
    pub(super) arrived: BTreeMap<(u32, bool), u64>,
    pub(super) served: BTreeMap<Key, Served>,
    pub(super) handles: u128,
    pub(super) memberships: BTreeMap<u32, Vec<Rc<RefCell<Membership>>>>,
    pub(super) left: BTreeSet<u32>,
}

impl World {
    pub(super) fn new(seed: u64, vantage: Vantage) -> Self {
        Self {
            chance: Chance::new(seed),
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

    pub(super) fn after(&mut self, delay: u64, job: impl FnOnce(&mut World) + 'static) {
        self.queue.push(Reverse((self.now + delay, self.jobs.len())));
        self.jobs.push(Some(Box::new(job)));
    }

    /// Some clients live for a while and leave; what a witness sees of it, and what the rules say.
    pub(super) fn findings(mut self, clients: u32, cut: Option<usize>) -> (Vec<String>, Vec<String>, usize) {
        for client in 0..clients {
            if self.chance.one_in(4) {
                self.multiplexed.insert(client);
            }
            for number in 0..=self.chance.below(2) {
                let delay = self.chance.below(3_000);
                let bidi = self.chance.below(3) > 0;
                // Who wants the same twice can't be told from who tries again.
                let kind =
                    if bidi && number == 0 && self.chance.one_in(2) { ASYNC_UI } else { t(1 + u128::from(number)) };
                let style = if bidi { BIDI } else { ConversationStyle::UNIDIRECTIONAL };
                self.after(delay, move |world| world.register(client, kind, style, 1_000));
            }
            let stay = 5_000 + self.chance.below(45_000);
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
        let (findings, history) = judge(script.config.clone(), script.events(), Party::Client);
        (findings, history, steps)
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
                        octets: bytes::Bytes::new(),
                        interfaces: Vec::new(),
                        auth: None,
                        protection: None,
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
        let arrives = self.now + 1 + self.chance.below(60);
        let last = self.arrived.entry((line.0, to_server)).or_default();
        *last = arrives.max(*last + 1);
        *last - self.now
    }

    /// A client calls on a connection that is free, or opens one.
    pub(super) fn call(&mut self, client: u32, input: In, then: impl FnOnce(&mut World, &Outcome) + 'static) {
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

    pub(super) fn answer(&mut self, call: usize, outcome: Outcome) {
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
}
