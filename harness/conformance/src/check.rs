//! Joins dissector, model and rules: entries in, findings out.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use core::time::Duration;

use trace::{AnswerMark, Entry, Mark, Time};

use crate::dissect::Dissector;
use crate::event::{CallId, Event, Gap, Kind};
use crate::fact::Facts;
use crate::finding::{Finding, Severity, Tally};
use crate::model::{Call, Config, Model};
use crate::occasion::Occasions;
use crate::rule::{Party, Rule, Verdict, Verdicts};

/// Findings that a report holds at most; what comes after is only counted.
pub const MOST_FINDINGS: usize = 10_000;

/// Gaps that a report holds at most.
pub const MOST_GAPS: usize = 1_000;

/// Judges one trace by some rules.
#[derive(Debug)]
pub struct Checker {
    /// None while it reads.
    dissector: Option<Box<Dissector>>,
    model: Model,
    rules: Vec<&'static Rule>,
    /// The places of those that look at events of a kind, by the kind, and what has to be found of the event.
    looking: Vec<Vec<(usize, Facts)>>,
    /// What a rule says, in one place for all.
    verdicts: Verdicts,
    /// How often each of them passed, by what it decided.
    passes: Vec<Vec<(&'static [&'static str], u64)>>,
    next_event: u64,
    report: Report,
    timed: Vec<(Finding, Duration)>,
    /// What our own side's answers break on purpose.
    answers: BTreeMap<CallId, Vec<String>>,
}

/// What came of judging a trace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Every verdict but passes, in the order of their events.
    pub findings: Vec<Finding>,
    /// Findings beyond [`MOST_FINDINGS`].
    pub findings_left_out: u64,
    /// How each requirement that was exercised came out, for each party: what the client keeps says nothing about the server.
    pub requirements: BTreeMap<(&'static str, Party), Tally>,
    /// How each rule that gave a verdict came out.
    pub rules: BTreeMap<&'static str, Tally>,
    /// What could not be read.
    pub gaps: Vec<Gap>,
    /// How many events there were.
    pub events: u64,
}

impl Report {
    /// Whether a finding of that severity or a graver one is among the findings against a party.
    #[must_use]
    pub fn has(&self, party: Party, at_least: Severity) -> bool {
        self.findings.iter().any(|finding| finding.party == party && finding.verdict >= at_least)
    }
}

impl Checker {
    /// A checker before the first event.
    pub fn new(config: Config, rules: impl IntoIterator<Item = &'static Rule>) -> Self {
        let rules: Vec<&'static Rule> = rules.into_iter().collect();
        Self {
            dissector: Some(Box::default()),
            model: Model::new(config),
            looking: (0..Occasions::KINDS).map(|kind| looking_at(&rules, kind)).collect(),
            verdicts: Verdicts::new(),
            passes: rules.iter().map(|_| Vec::new()).collect(),
            rules,
            next_event: 0,
            report: Report::default(),
            timed: Vec::new(),
            answers: BTreeMap::new(),
        }
    }

    /// What is known so far.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The findings so far, in the order in which they were made. Verdicts that wait for a word about the harness's own lateness
    /// are not among them.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.report.findings
    }

    /// Reads the next entry of the trace, judges the events that it completes, and lets them take effect.
    pub fn push(&mut self, entry: &Entry, seen: &mut dyn FnMut(&Event)) {
        self.pass(entry.time, entry.sequence, seen);
        let Some(mut dissector) = self.dissector.take() else { return };
        dissector.push(entry, &mut |event| self.event(event, seen));
        self.dissector = Some(dissector);
    }

    /// Judges one event and lets it take effect. Times that the model named and that have passed come first, each as an
    /// event of its own; so events are numbered anew here. `seen` is shown every event as judged.
    pub fn event(&mut self, event: Event, seen: &mut dyn FnMut(&Event)) {
        self.pass(event.time, event.entry, seen);
        self.step(event, seen);
    }

    /// Time passes up to an entry.
    fn pass(&mut self, time: Time, entry: u64, seen: &mut dyn FnMut(&Event)) {
        while let Some((due, number)) = self.model.next_due()
            && due <= time
        {
            self.step(Event { number: 0, time: due, entry, kind: Kind::Deadline(number) }, seen);
        }
    }

    /// The report. Verdicts that waited for a word about the harness's own lateness are in it.
    #[must_use]
    pub fn finish(mut self) -> Report {
        self.release();
        self.add_passes();
        self.report.findings.sort_by_key(|finding| finding.event);
        self.report.events = self.next_event;
        self.report
    }

    fn step(&mut self, mut event: Event, seen: &mut dyn FnMut(&Event)) {
        event.number = self.next_event;
        self.next_event += 1;
        match &event.kind {
            Kind::Mark(Mark::Late { nanoseconds }) => self.spoil(Duration::from_nanos(*nanoseconds)),
            Kind::Mark(mark) => {
                self.release();
                if let Mark::Answer(mark) = mark {
                    self.note_answer(mark);
                }
            }
            Kind::End(_) => self.release(),
            Kind::Gap(gap) if self.report.gaps.len() < MOST_GAPS => self.report.gaps.push(gap.clone()),
            _ => {}
        }
        seen(&event);
        self.model.read(&event);
        self.ask(&event);
        self.model.apply(&event);
    }

    /// Asks the rules that look at events of its kind.
    fn ask(&mut self, event: &Event) {
        let kind = Occasions::kind(&self.model, event);
        let facts = Facts::of(&self.model, event);
        self.model.set_facts(facts);
        let Some(looking) = self.looking.get_mut(kind).map(core::mem::take) else { return };
        let mut verdicts = core::mem::replace(&mut self.verdicts, Verdicts::new());
        let own = call_of(event);
        let own = (own, own.and_then(|call| self.mark_of(call, event)));
        let is_innocent = own.1.is_none() && self.answers.is_empty();
        for (at, needed) in &looking {
            let Some(rule) = self.rules.get(*at).copied().filter(|_| facts.has(*needed)) else { continue };
            verdicts.ask(rule, &self.model, event);
            if verdicts.is_empty() {
                continue;
            }
            if is_innocent && let Some(passes) = verdicts.passes_of(own.0) {
                passes.for_each(|requirements| self.pass_of(*at, requirements));
                continue;
            }
            for verdict in verdicts.take() {
                self.take((*at, rule), event, &own, verdict);
            }
        }
        debug_assert_eq!(self.speaks_elsewhere(kind, facts, event), None, "a rule says of what it looks at");
        self.verdicts = verdicts;
        if let Some(place) = self.looking.get_mut(kind) {
            *place = looking;
        }
    }

    /// The first of the rules that don't look at such events and has something to say of one all the same.
    fn speaks_elsewhere(&self, kind: usize, facts: Facts, event: &Event) -> Option<&'static str> {
        let elsewhere =
            self.rules.iter().filter(|rule| !rule.occasions.at(kind).is_some_and(|needed| facts.has(needed)));
        let mut verdicts = Verdicts::new();
        elsewhere.copied().find_map(|rule| {
            verdicts.ask(rule, &self.model, event);
            (!verdicts.is_empty()).then_some(rule.id)
        })
    }

    /// Takes a verdict of an event, with the call that the event is about and its mark.
    fn take(
        &mut self,
        (at, rule): (usize, &'static Rule),
        event: &Event,
        own: &(Option<CallId>, Option<trace::CallMark>),
        verdict: Verdict,
    ) {
        let call = verdict.call.or(own.0);
        let mark = match call {
            Some(call) if Some(call) != own.0 => self.mark_of(call, event).map(Cow::Owned),
            _ => own.1.as_ref().map(Cow::Borrowed),
        };
        // What our own side breaks on purpose isn't held against it.
        let meant = |id: &&str| mark.as_ref().is_some_and(|mark| mark.violates.iter().any(|known| known == id));
        let answer = call.filter(|_| !self.answers.is_empty()).and_then(|call| self.answers.get(&call));
        let answered = |id: &&str| answer.is_some_and(|violates| violates.iter().any(|known| known == id));
        // What no requirement stands for is named by the rule.
        let on_purpose = match rule.party {
            Party::Client => verdict.requirements.iter().any(meant) || meant(&rule.id),
            Party::Server => verdict.requirements.iter().any(answered) || answered(&rule.id),
        };
        if on_purpose {
            return;
        }
        let Some(severity) = verdict.severity else { return self.pass_of(at, verdict.requirements) };
        let mut finding = Finding {
            rule: rule.id,
            requirements: verdict.requirements,
            section: rule.section,
            level: verdict.level,
            party: rule.party,
            verdict: severity,
            expected: verdict.expected,
            actual: verdict.actual,
            event: event.number,
            call,
            entry: event.entry,
            time: event.time,
            mark: mark.map(Cow::into_owned),
            product_note: None,
        };
        self.overlay(&mut finding, event);
        match verdict.bound {
            Some(bound) => self.timed.push((finding, bound)),
            None => self.keep(finding),
        }
    }

    /// A rule passed. That happens so often that it is only summed up here.
    fn pass_of(&mut self, at: usize, requirements: &'static [&'static str]) {
        let Some(passes) = self.passes.get_mut(at) else { return };
        match passes.iter_mut().find(|(decided, _)| core::ptr::eq(*decided, requirements)) {
            Some((_, count)) => *count += 1,
            None => passes.push((requirements, 1)),
        }
    }

    fn add_passes(&mut self) {
        for (rule, passes) in self.rules.iter().zip(core::mem::take(&mut self.passes)) {
            for (requirements, count) in passes {
                let passed = Tally { pass: count, ..Tally::default() };
                self.report.rules.entry(rule.id).or_default().add(passed);
                for id in requirements {
                    self.report.requirements.entry((id, rule.party)).or_default().add(passed);
                }
            }
        }
    }

    /// The next answer to a call is what the harness wants it to be.
    fn note_answer(&mut self, mark: &AnswerMark) {
        let AnswerMark { connection, call_id, violates, .. } = mark;
        let is_meant = |call: &&Call| call.started.connection == *connection && call.started.call_id == *call_id;
        if let (Some(call), false) = (self.model.calls().find(is_meant), violates.is_empty()) {
            self.answers.insert(call.started.call, violates.clone());
        }
    }

    /// What a product note explains is worth knowing and nobody's fault.
    fn overlay(&self, finding: &mut Finding, event: &Event) {
        let Some(overlay) = self.model.config().overlay.filter(|_| finding.verdict > Severity::Inconclusive) else {
            return;
        };
        if let Some(note) = overlay.note(&self.model, finding.rule, event) {
            (finding.verdict, finding.product_note) = (Severity::Note, Some(note));
            let (product, number, id) = (overlay.product, note.number, note.requirement);
            finding.actual =
                alloc::format!("{}; {product} does so by its product note {number} ({id})", finding.actual);
        }
    }

    fn mark_of(&self, call: CallId, event: &Event) -> Option<trace::CallMark> {
        match &event.kind {
            Kind::CallStarted(started) if started.call == call => started.mark.clone(),
            _ => self.model.call(call)?.started.mark.clone(),
        }
    }

    /// The harness was late: verdicts about time since its last mark can't stand where that was more than a tenth of
    /// their bound.
    fn spoil(&mut self, late: Duration) {
        for (finding, bound) in &mut self.timed {
            if late > *bound / 10 && finding.verdict > Severity::Inconclusive {
                finding.verdict = Severity::Inconclusive;
                finding.actual = alloc::format!("{}; but the harness itself was late by {late:?}", finding.actual);
                finding.expected.clear();
            }
        }
        self.release();
    }

    fn release(&mut self) {
        for (finding, _) in core::mem::take(&mut self.timed) {
            self.keep(finding);
        }
    }

    fn keep(&mut self, finding: Finding) {
        self.count(finding.rule, (finding.party, finding.requirements), finding.verdict);
        if self.report.findings.len() < MOST_FINDINGS {
            self.report.findings.push(finding);
        } else {
            self.report.findings_left_out += 1;
        }
    }

    fn count(
        &mut self,
        rule: &'static str,
        (party, requirements): (Party, &'static [&'static str]),
        severity: Severity,
    ) {
        let one = match severity {
            Severity::Fail => Tally { fail: 1, ..Tally::default() },
            Severity::Warn => Tally { warn: 1, ..Tally::default() },
            Severity::Inconclusive => Tally { inconclusive: 1, ..Tally::default() },
            Severity::Note => Tally { note: 1, ..Tally::default() },
        };
        self.report.rules.entry(rule).or_default().add(one);
        for id in requirements {
            self.report.requirements.entry((id, party)).or_default().add(one);
        }
    }

    /// The next time at which something is due.
    #[must_use]
    pub fn next_due(&self) -> Option<Time> {
        self.model.next_due().map(|(time, _)| time)
    }
}

/// The places of the rules that look at events of a kind.
fn looking_at(rules: &[&'static Rule], kind: usize) -> Vec<(usize, Facts)> {
    (0..).zip(rules).filter_map(|(at, rule)| Some((at, rule.occasions.at(kind)?))).collect()
}

fn call_of(event: &Event) -> Option<CallId> {
    match &event.kind {
        Kind::CallStarted(started) => Some(started.call),
        Kind::CallFinished(finished) => Some(finished.call),
        Kind::Gap(gap) => gap.call,
        _ => None,
    }
}
