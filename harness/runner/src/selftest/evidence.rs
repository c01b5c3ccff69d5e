//! What the runs of one candidate showed.

use std::collections::BTreeMap;

use conformance::Party;
use trace::{Direction, Entry, Seen};

use super::candidate::Candidate;
use super::matrix::Witness;
use super::{HEAVY_ENTRIES, HEAVY_OCTETS};
use crate::judge::{Judge, Ran, Stop, Subject};
use crate::report::Severity;
use crate::run::way::Way;
use crate::scenario::meant::Scenario;

/// The name of the rule that stands for a scenario's own expectations.
const SCRIPT: &str = "scenario";

/// One scenario against one candidate, judged.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) candidate: Candidate,
    /// The scenario's id.
    pub(super) scenario: String,
    /// Whether the trace is a large one.
    pub(super) is_heavy: bool,
    /// The first finding of each rule for each of its requirements.
    breaches: Vec<Witness>,
    /// Where the scenario's own expectations did not hold.
    scripts: Vec<Witness>,
    /// What could not be read, and why the scenario came to no end.
    troubles: Vec<Witness>,
}

impl Run {
    pub(super) fn judged(candidate: Candidate, scenario: &Scenario, way: Way, ran: &Ran, judge: &Judge) -> Self {
        let report = judge.report(&ran.entries);
        let party = candidate.party();
        let subject = Subject { file: scenario.file.clone(), covers: scenario.covers.clone(), party };
        let (_, _, findings) = judge.verdict(&subject, ran, &report);
        let mut run = Self::empty(candidate, scenario);
        run.is_heavy = ran.entries.len() > HEAVY_ENTRIES || octets(&ran.entries) > HEAVY_OCTETS;
        for finding in findings {
            if finding.party != party.name() || finding.verdict < Severity::Warn {
                continue;
            }
            let witness = Witness {
                requirements: finding.requirements,
                rule: finding.rule,
                scenario: named(scenario, way),
                expected: finding.expected,
                actual: finding.actual,
            };
            let kept = if witness.rule == SCRIPT { &mut run.scripts } else { &mut run.breaches };
            if !kept.iter().any(|known| known.rule == witness.rule && known.requirements == witness.requirements) {
                kept.push(witness);
            }
        }
        let sends = if party == Party::Client { Direction::ToServer } else { Direction::ToClient };
        let by_party = report.gaps.iter().find(|gap| gap.direction == sends);
        run.troubles.extend(by_party.map(|gap| trouble(scenario, "gap", format!("at {}: {}", gap.offset, gap.why))));
        if let Some(Stop::Error(why) | Stop::Inconclusive(why)) = &ran.stop {
            run.troubles.push(trouble(scenario, "stop", why.clone()));
        }
        run
    }

    /// A run that the harness itself did not survive.
    pub(super) fn broken_off(candidate: Candidate, scenario: &Scenario, why: String) -> Self {
        Self { troubles: vec![trouble(scenario, "panic", why)], ..Self::empty(candidate, scenario) }
    }

    fn empty(candidate: Candidate, scenario: &Scenario) -> Self {
        Self {
            candidate,
            scenario: scenario.id.clone(),
            is_heavy: false,
            breaches: Vec::new(),
            scripts: Vec::new(),
            troubles: Vec::new(),
        }
    }
}

fn trouble(scenario: &Scenario, rule: &str, actual: String) -> Witness {
    Witness {
        requirements: Vec::new(),
        rule: rule.to_owned(),
        scenario: scenario.id.clone(),
        expected: String::new(),
        actual,
    }
}

/// A scenario, with how it spoke when not in the simplest way.
fn named(scenario: &Scenario, way: Way) -> String {
    let variant = way.variant_of(scenario);
    let marks: Vec<&str> = variant.marks(&scenario.id).collect();
    if marks.is_empty() { scenario.id.clone() } else { format!("{} ({})", scenario.id, marks.join(", ")) }
}

fn octets(entries: &[Entry]) -> usize {
    let of = |entry: &Entry| match &entry.seen {
        Seen::Octets(octets) => octets.octets.len(),
        _ => 0,
    };
    entries.iter().map(of).sum()
}

/// What all runs of one candidate showed: the first witness of each kind.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    /// How many scenarios ran.
    pub(super) runs: usize,
    /// By requirement, what a rule found.
    pub(super) by_rule: BTreeMap<String, Witness>,
    /// By requirement, the expectation of a scenario that covers it and that no rule decided there.
    pub(super) by_script: BTreeMap<String, Witness>,
    /// What rules found that decide no requirement: those of the layers below.
    pub(super) below: Vec<Witness>,
    /// Expectations that did not hold, whatever the scenario covers.
    pub(super) scripts: Vec<Witness>,
    /// What could not be read, and scenarios that came to no end.
    pub(super) troubles: Vec<Witness>,
}

impl Evidence {
    pub(super) fn of(runs: &[&Run]) -> Self {
        let mut evidence = Self { runs: runs.len(), ..Self::default() };
        for run in runs {
            for witness in &run.breaches {
                note(&mut evidence.by_rule, witness);
                if witness.requirements.is_empty() && !evidence.below.iter().any(|known| known.rule == witness.rule) {
                    evidence.below.push(witness.clone());
                }
            }
            for witness in &run.scripts {
                note(&mut evidence.by_script, witness);
            }
            evidence.scripts.extend(run.scripts.iter().cloned());
            evidence.troubles.extend(run.troubles.iter().cloned());
        }
        evidence
    }

    /// Everything that accuses.
    pub(super) fn accusations(&self) -> Vec<Witness> {
        let mut all: Vec<Witness> = Vec::new();
        for witness in self.by_rule.values().chain(&self.below).chain(&self.scripts).chain(&self.troubles) {
            if !all.contains(witness) {
                all.push(witness.clone());
            }
        }
        all
    }
}

fn note(witnesses: &mut BTreeMap<String, Witness>, witness: &Witness) {
    for id in &witness.requirements {
        witnesses.entry(id.clone()).or_insert_with(|| witness.clone());
    }
}
