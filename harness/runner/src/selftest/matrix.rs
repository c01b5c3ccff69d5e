//! The kill matrix.

use std::collections::BTreeMap;

use conformance::Party;
use conformance::catalogue::{self, Level, Role};
use serde::Serialize;

use super::candidate::Candidate;
use super::evidence::Evidence;
use crate::exit::Exit;
use crate::report::Tool;

/// How the checks did.
#[derive(Clone, Debug, Serialize)]
pub struct Matrix {
    /// What made this.
    pub tool: Tool,
    /// Whether all scenarios ran against all misbehaviours of a party.
    pub whole: bool,
    /// Whether it was interrupted: then it says little.
    pub interrupted: bool,
    /// How many scenarios there were.
    pub scenarios: usize,
    /// How many runs there were.
    pub runs: usize,
    /// The misbehaviours, those of the server first, in the order of the sections.
    pub misbehaviours: Vec<Row>,
    /// Those that keep everything and are accused all the same.
    pub accused: Vec<Accused>,
    /// How many keep everything.
    pub innocent: usize,
    /// By party, requirements whose breach can be seen and accuses, and that no misbehaviour was caught by; those of
    /// sources under `server`. Only of a whole matrix.
    pub unguarded: BTreeMap<&'static str, Vec<&'static str>>,
}

/// One misbehaviour.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// Who misbehaves: `server` or `client`.
    pub party: &'static str,
    /// Its name.
    pub misbehaviour: &'static str,
    /// All requirements that it breaks; by the first it has to be caught.
    pub breaks: &'static [&'static str],
    /// How it did.
    pub verdict: Verdict,
    /// What it was caught by: first its first requirement, then the rest of its list.
    pub caught: Vec<Witness>,
    /// Findings of rules with requirements that it does not break.
    pub outside: Vec<Witness>,
    /// Findings of the layers below, which decide no requirement: many breaches can't be put in well-formed octets.
    pub below: Vec<Witness>,
    /// Scenarios whose own expectations did not hold.
    pub scripts: usize,
}

/// How a misbehaviour did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Caught by its first requirement, and by no other than those of its list.
    FirstRequirement,
    /// Caught by others of its list only.
    WithinList,
    /// Something was found that it does not break.
    OutsideList,
    /// Nothing of its list was found.
    Survived,
}

/// What was found, where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Witness {
    /// The requirements that it decides; none for what lies below.
    pub requirements: Vec<String>,
    /// The rule; `scenario` for an expectation of the scenario.
    pub rule: String,
    /// The scenario's id.
    pub scenario: String,
    /// What must hold.
    pub expected: String,
    /// What was seen.
    pub actual: String,
}

/// Somebody who keeps everything and is accused.
#[derive(Clone, Debug, Serialize)]
pub struct Accused {
    /// Who: `server` or `client`.
    pub party: &'static str,
    /// `well-behaved`, or the variant's name.
    pub name: &'static str,
    /// What it is accused of.
    pub of: Vec<Witness>,
}

impl Matrix {
    /// One without runs.
    pub(super) fn new(whole: bool, scenarios: usize) -> Self {
        Self {
            tool: Tool::this(),
            whole,
            interrupted: false,
            scenarios,
            runs: 0,
            misbehaviours: Vec::new(),
            accused: Vec::new(),
            innocent: 0,
            unguarded: BTreeMap::new(),
        }
    }

    /// Takes what the runs of one candidate showed.
    pub(super) fn take(&mut self, candidate: Candidate, evidence: &Evidence) {
        self.runs += evidence.runs;
        let (party, name) = (candidate.party().name(), candidate.name());
        if let Some(breaks) = candidate.breaks() {
            self.misbehaviours.push(Row::new(party, name, breaks, evidence));
            return;
        }
        self.innocent += 1;
        let of = evidence.accusations();
        if !of.is_empty() {
            self.accused.push(Accused { party, name, of });
        }
    }

    /// Works out what nothing guards.
    pub(super) fn finish(&mut self, interrupted: bool) {
        self.interrupted = interrupted;
        if self.whole && !interrupted {
            let servers = (Party::Server, [Role::Server, Role::Source, Role::Both].as_slice());
            let clients = (Party::Client, [Role::Client, Role::Both].as_slice());
            let tested = |party: Party| move |row: &Row| row.party == party.name();
            let parties = [servers, clients].into_iter();
            let parties = parties.filter(|(party, _)| self.misbehaviours.iter().any(tested(*party)));
            let unguarded = parties.map(|(party, roles)| (party.name(), self.unguarded(party, roles)));
            self.unguarded = unguarded.collect();
        }
    }

    /// What binds those roles and no misbehaviour of the party was caught by.
    fn unguarded(&self, party: Party, roles: &[Role]) -> Vec<&'static str> {
        let guarded = |id: &str| {
            let by = |witness: &Witness| witness.requirements.iter().any(|one| one == id);
            let mut rows = self.misbehaviours.iter().filter(|row| row.party == party.name());
            rows.any(|row| row.breaks.contains(&id) && row.caught.iter().any(by))
        };
        let entries = catalogue::requirements().iter().filter(|entry| {
            let exempt = catalogue::exemption(entry.id, party).is_some();
            roles.contains(&entry.role) && !exempt && entry.level != Level::May
        });
        entries.map(|entry| entry.id).filter(|id| !guarded(id)).collect()
    }

    /// How many misbehaviours did so.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> usize {
        self.misbehaviours.iter().filter(|row| row.verdict == verdict).count()
    }

    /// The exit code: every misbehaviour has to be caught by its first requirement and by no other than those of its list,
    /// and nobody else may be accused.
    #[must_use]
    pub fn exit(&self) -> Exit {
        let bad = self.misbehaviours.len() - self.count(Verdict::FirstRequirement) + self.accused.len();
        match (self.interrupted, bad, self.runs) {
            (true, ..) => Exit::Interrupted,
            (false, 0, 0) => Exit::NothingPassed,
            (false, 0, _) => Exit::AsExpected,
            _ => Exit::Unexpected,
        }
    }
}

impl Row {
    fn new(
        party: &'static str,
        misbehaviour: &'static str,
        breaks: &'static [&'static str],
        evidence: &Evidence,
    ) -> Self {
        let mut row = Self {
            party,
            misbehaviour,
            breaks,
            verdict: Verdict::Survived,
            caught: Vec::new(),
            outside: Vec::new(),
            below: evidence.below.clone(),
            scripts: evidence.scripts.len(),
        };
        if breaks.is_empty() {
            let first =
                [&evidence.below, &evidence.troubles, &evidence.scripts].into_iter().find_map(|kind| kind.first());
            if let Some(witness) = first.or_else(|| evidence.by_rule.values().next()) {
                row.verdict = Verdict::FirstRequirement;
                row.caught.push(witness.clone());
            }
            return row;
        }
        let of_rule = |id: &str| evidence.below.iter().find(|witness| witness.rule == id);
        let witness_of = |id: &&str| {
            let of_requirement = evidence.by_rule.get(*id).or_else(|| evidence.by_script.get(*id));
            of_requirement.or_else(|| of_rule(id)).cloned()
        };
        row.caught = breaks.iter().filter_map(witness_of).collect();
        row.caught.dedup();
        let is_outside = |(id, witness): (&String, &Witness)| (!breaks.contains(&id.as_str())).then(|| witness.clone());
        row.outside = evidence.by_rule.iter().filter_map(is_outside).collect();
        // An expectation that does not hold names all that its scenario covers: it may be the consequence of anything.
        let by_first = breaks.first().and_then(witness_of).is_some();
        row.verdict = match (row.outside.is_empty(), by_first, row.caught.is_empty()) {
            (false, ..) => Verdict::OutsideList,
            (true, true, _) => Verdict::FirstRequirement,
            (true, false, false) => Verdict::WithinList,
            (true, false, true) => Verdict::Survived,
        };
        row
    }
}
