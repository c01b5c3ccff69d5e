//! What simulated conversations share: chance, time, what is due, the script that is written meanwhile, and its judge.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::OnceLock;

use conformance::event::{Event, Kind, Outcome};
use conformance::{Checker, Config, Party, Severity, rules};
use proptest::prelude::*;
use trace::Vantage;

use crate::script::{Line, Script};

/// Numbers by chance, the same for the same seed.
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % limit
    }

    pub(super) fn pick(&mut self, limit: usize) -> usize {
        usize::try_from(self.below(limit as u64)).unwrap()
    }

    pub(super) fn one_in(&mut self, limit: u64) -> bool {
        self.below(limit) == 0
    }
}

/// Where a conversation is played: what is due when, and what was seen so far.
pub(super) struct Stage<Act> {
    chance: Chance,
    pub(super) now: u64,
    order: u64,
    acts: BinaryHeap<Reverse<(u64, u64, Act)>>,
    script: Option<Script>,
    /// The time of the last thing that was seen.
    shown: u64,
    /// When the server begins with the last call of each connection.
    begun: BTreeMap<u32, u64>,
}

impl<Act: Ord> Stage<Act> {
    pub(super) fn new(seed: u64, script: Script) -> Self {
        let (acts, script, begun) = (BinaryHeap::new(), Some(script), BTreeMap::new());
        Self { chance: Chance::new(seed), now: 0, order: 0, acts, script, shown: 0, begun }
    }

    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.chance.below(limit)
    }

    pub(super) fn pick(&mut self, limit: usize) -> usize {
        self.chance.pick(limit)
    }

    /// The first numbers of small seeds are small: leaves them out.
    pub(super) fn shuffle(&mut self) {
        for _ in 0..8 {
            self.below(2);
        }
    }

    pub(super) fn at(&mut self, time: u64, act: Act) {
        self.order += 1;
        self.acts.push(Reverse((time, self.order, act)));
    }

    pub(super) fn soon(&mut self, act: Act) {
        let delay = self.below(40);
        self.at(self.now + delay, act);
    }

    /// Soon, but not before what a connection has brought earlier.
    pub(super) fn in_order(&mut self, line: Line, act: Act) {
        let begun = self.now + self.below(40);
        let begun = self.begun.get(&line.0).map_or(begun, |last| begun.max(*last));
        self.begun.insert(line.0, begun);
        self.at(begun, act);
    }

    /// Many deeds: some in bursts, some after long pauses. Returns the time of the last one.
    pub(super) fn plan(&mut self, deeds: usize, deed: impl Fn() -> Act) -> u64 {
        let mut at = 0;
        for _ in 0..deeds {
            at += match self.below(6) {
                0 => 6_000 + self.below(6_000),
                1 | 2 => self.below(500),
                _ => self.below(60),
            };
            self.at(at, deed());
        }
        at
    }

    /// What comes next; then it is as late as that.
    pub(super) fn next(&mut self) -> Option<Act> {
        let Reverse((time, _, act)) = self.acts.pop()?;
        self.now = time;
        Some(act)
    }

    pub(super) fn is_due(&self, act: &Act) -> bool {
        self.acts.iter().any(|Reverse((_, _, due))| due == act)
    }

    pub(super) fn write(&mut self, add: impl FnOnce(Script) -> Script) {
        let script = self.script.take().unwrap().wait(self.now.saturating_sub(self.shown));
        self.shown = self.shown.max(self.now);
        self.script = Some(add(script));
    }

    /// The whole of what was seen, up to some time after the last of it, in milliseconds.
    pub(super) fn end(&mut self, after: u64) -> Script {
        self.script.take().unwrap().wait(after).event(Kind::End(trace::End::Complete))
    }
}

/// What the rules that bind a party find in events, apart from notes, and what was seen.
pub(super) fn judge(config: Config, events: Vec<Event>, party: Party) -> (Vec<String>, Vec<String>) {
    let mut checker = Checker::new(config, rules::all().filter(|rule| rule.party == party));
    let mut history: Vec<String> = Vec::new();
    for event in events {
        checker.event(event, &mut |event| history.extend(told(event)));
    }
    // From a client nobody need hear enough to decide everything.
    let least = if party == Party::Client { Severity::Warn } else { Severity::Inconclusive };
    let findings = checker.finish().findings;
    let grave = findings.iter().filter(|finding| finding.verdict >= least);
    (grave.map(crate::case::shown).collect(), history)
}

/// An event in a line, for whoever has to find out why somebody was accused.
fn told(event: &Event) -> Option<String> {
    let what = match &event.kind {
        Kind::CallStarted(started) => format!("{:?} on {:?}: {:?}", started.call, started.connection, started.input),
        Kind::CallFinished(finished) => match &finished.outcome {
            Outcome::Returned { output, .. } => format!("{:?} returns {output:?}", finished.call),
            outcome => format!("{:?} ends: {outcome:?}", finished.call),
        },
        Kind::StimulusAsked { number, request } => format!("asked {number}: {request:?}"),
        Kind::StimulusAnswered { number, answer } => format!("answered {number}: {answer:?}"),
        Kind::Closed { connection, .. } => format!("{connection:?} closed"),
        _ => return None,
    };
    Some(format!("{} {} {what}", event.number, event.time))
}

/// More calls than most conversations have.
pub(super) const CALLS: usize = 512;

/// The name of a call in the script.
pub(super) fn name(call: usize) -> &'static str {
    const NAMES: usize = 8_192;
    static NAME: OnceLock<Vec<String>> = OnceLock::new();
    NAME.get_or_init(|| (0..NAMES).map(|call| format!("call {call}")).collect())[call].as_str()
}

/// A conversation is long: a part of the cases that PROPTEST_CASES asks for.
pub(super) fn one_in(part: u32) -> ProptestConfig {
    let cases = ProptestConfig::default().cases / part;
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

pub(super) fn vantage() -> impl Strategy<Value = Vantage> {
    prop_oneof![Just(Vantage::Client), Just(Vantage::Server), Just(Vantage::Unknown)]
}
