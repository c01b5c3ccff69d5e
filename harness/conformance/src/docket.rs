//! What rules have said of a trace: the report, as it grows.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use core::time::Duration;

use trace::{AnswerMark, CallMark};

use crate::event::{CallId, Event, Gap, Kind};
use crate::finding::{Finding, Severity, Tally};
use crate::looking::Placed;
use crate::model::Model;
use crate::rule::{Gravity, Party, Rule, Told, Verdict, Verdicts};
use crate::scene::Scene;

/// Findings that a report holds at most; what comes after is only counted.
pub const MOST_FINDINGS: usize = 10_000;

/// Gaps that a report holds at most.
pub const MOST_GAPS: usize = 1_000;

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

/// Keeps what rules say.
#[derive(Debug)]
pub(crate) struct Docket {
    rules: Vec<&'static Rule>,
    /// How often each of them passed.
    passes: Vec<Passes>,
    report: Report,
    timed: Vec<(Finding, Duration)>,
    /// What our own side's answers break on purpose.
    answers: BTreeMap<CallId, Vec<String>>,
    /// Whether our own side has broken anything on purpose so far: else there is no need to look for it.
    breaks_on_purpose: bool,
}

/// How often a rule passed, by what it decided.
#[derive(Debug, Default)]
struct Passes(Vec<(&'static [&'static str], u64)>);

impl Passes {
    /// What a rule says of an event is nothing but passes. That happens so often that they are only summed up here; mostly a rule
    /// decides the same at the same place among what it says.
    fn add(&mut self, passes: &[Verdict]) {
        for (place, Verdict { requirements, .. }) in passes.iter().enumerate() {
            let is_same = |(decided, _): &&mut (&'static [&'static str], u64)| core::ptr::eq(*decided, *requirements);
            if let Some((_, count)) = self.0.get_mut(place).filter(is_same) {
                *count += 1;
            } else if let Some((_, count)) = self.0.iter_mut().find(is_same) {
                *count += 1;
            } else {
                self.0.push((requirements, 1));
            }
        }
    }
}

impl Docket {
    pub(crate) fn new(rules: Vec<&'static Rule>) -> Self {
        Self {
            passes: rules.iter().map(|_| Passes::default()).collect(),
            rules,
            report: Report::default(),
            timed: Vec::new(),
            answers: BTreeMap::new(),
            breaks_on_purpose: false,
        }
    }

    pub(crate) fn rules(&self) -> &[&'static Rule] {
        &self.rules
    }

    pub(crate) fn findings(&self) -> &[Finding] {
        &self.report.findings
    }

    pub(crate) fn add_gap(&mut self, gap: &Gap) {
        if self.report.gaps.len() < MOST_GAPS {
            self.report.gaps.push(gap.clone());
        }
    }

    /// The report of so many events.
    pub(crate) fn close(mut self, events: u64) -> Report {
        self.release();
        self.add_passes();
        self.report.findings.sort_by_key(|finding| finding.event);
        self.report.events = events;
        self.report
    }

    /// Takes what a rule has said of an event.
    #[inline]
    pub(crate) fn enter(&mut self, placed: Placed, scene: &Scene<'_>, verdicts: &mut Verdicts) {
        match self.passes.get_mut(placed.0) {
            Some(passed) if !self.breaks_on_purpose && verdicts.are_passes() => passed.add(verdicts.passes()),
            _ => self.take_all(placed, scene, verdicts),
        }
    }

    /// Kept out of line, so that what comes for nearly all questions stays short.
    #[cold]
    fn take_all(&mut self, placed: Placed, scene: &Scene<'_>, verdicts: &mut Verdicts) {
        verdicts.take().for_each(|told| self.take(placed, scene, told));
    }

    /// Takes a verdict of an event.
    fn take(&mut self, (at, rule): Placed, scene: &Scene<'_>, Told { verdict, expected, actual }: Told) {
        let event = scene.event();
        let call = verdict.call.or_else(|| call_of(event));
        let mark = call.and_then(|call| mark_of(scene, call));
        // What our own side breaks on purpose isn't held against it.
        let meant = |id: &&str| mark.is_some_and(|mark| mark.violates.iter().any(|known| known == id));
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
        let Some(Gravity { level, severity, bound }) = verdict.gravity else {
            return self.passes.get_mut(at).map_or((), |passed| passed.add(&[verdict]));
        };
        let mut finding = Finding {
            rule: rule.id,
            requirements: verdict.requirements,
            section: rule.section,
            level,
            party: rule.party,
            verdict: severity,
            expected,
            actual,
            event: event.number,
            call,
            entry: event.entry,
            time: event.time,
            mark: mark.cloned(),
            product_note: None,
        };
        overlay(scene, &mut finding);
        match bound {
            Some(bound) => self.timed.push((finding, bound)),
            None => self.keep(finding),
        }
    }

    fn add_passes(&mut self) {
        for (rule, passes) in self.rules.iter().zip(core::mem::take(&mut self.passes)) {
            for (requirements, count) in passes.0 {
                let passed = Tally { pass: count, ..Tally::default() };
                self.report.rules.entry(rule.id).or_default().add(passed);
                for id in requirements {
                    self.report.requirements.entry((id, rule.party)).or_default().add(passed);
                }
            }
        }
    }

    /// A call is what the harness wants it to be.
    pub(crate) fn note_call(&mut self, mark: &CallMark) {
        self.breaks_on_purpose |= !mark.violates.is_empty();
    }

    /// The next answer to a call is what the harness wants it to be.
    pub(crate) fn note_answer(&mut self, model: &Model, mark: &AnswerMark) {
        let AnswerMark { connection, call_id, violates, .. } = mark;
        if let (Some(call), false) = (model.call_on(*connection, *call_id), violates.is_empty()) {
            self.breaks_on_purpose = true;
            self.answers.insert(call.started.call, violates.clone());
        }
    }

    /// The harness was late: verdicts about time since its last mark can't stand where that was more than a tenth of
    /// their bound.
    pub(crate) fn spoil(&mut self, late: Duration) {
        for (finding, bound) in &mut self.timed {
            if late > *bound / 10 && finding.verdict > Severity::Inconclusive {
                finding.verdict = Severity::Inconclusive;
                finding.actual = alloc::format!("{}; but the harness itself was late by {late:?}", finding.actual);
                finding.expected.clear();
            }
        }
        self.release();
    }

    pub(crate) fn release(&mut self) {
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
}

/// What a product note explains is worth knowing and nobody's fault.
fn overlay(scene: &Scene<'_>, finding: &mut Finding) {
    let Some(overlay) = scene.config().overlay.filter(|_| finding.verdict > Severity::Inconclusive) else {
        return;
    };
    if let Some(note) = overlay.note(scene, finding.rule, scene.event()) {
        (finding.verdict, finding.product_note) = (Severity::Note, Some(note));
        let (product, number, id) = (overlay.product, note.number, note.requirement);
        finding.actual = alloc::format!("{}; {product} does so by its product note {number} ({id})", finding.actual);
    }
}

fn mark_of<'a>(scene: &'a Scene<'_>, call: CallId) -> Option<&'a CallMark> {
    match &scene.event().kind {
        Kind::CallStarted(started) if started.call == call => started.mark.as_deref(),
        _ => scene.call(call)?.started.mark.as_deref(),
    }
}

fn call_of(event: &Event) -> Option<CallId> {
    match &event.kind {
        Kind::CallStarted(started) => Some(started.call),
        Kind::CallFinished(finished) => Some(finished.call),
        Kind::Gap(gap) => gap.call,
        _ => None,
    }
}
