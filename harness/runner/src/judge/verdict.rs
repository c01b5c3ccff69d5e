//! The verdict of one scenario.

use std::time::Duration;

use conformance::catalogue::{self, Level};
use conformance::rule::strongest;
use conformance::{Party, Report, Severity as Gravity, rules};
use trace::{Entry, Mark, Seen};

use super::Judge;
use crate::report::{Finding, Origin, Outcome, Severity};

/// What is judged: the scenario as far as its verdict needs it.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The scenario's file, as findings name it.
    pub file: String,
    /// Requirements that it exercises.
    pub covers: Vec<String>,
    /// Whose behaviour is judged.
    pub party: Party,
}

/// One run of a scenario, not yet judged.
#[derive(Clone, Debug, Default)]
pub struct Ran {
    /// What was seen.
    pub entries: Vec<Entry>,
    /// Expectations of the scenario that did not hold.
    pub complaints: Vec<Complaint>,
    /// Why it did not run to its end, when it did not.
    pub stop: Option<Stop>,
    /// What else is worth knowing: alternatives that were taken, deliveries of others.
    pub notes: Vec<String>,
    /// In which order branches that ran at the same time took their turns.
    pub orders: Vec<String>,
    /// What may be wrong with the target as a whole, when something went wrong.
    pub about_target: Option<String>,
    /// How long it took, on its own clock.
    pub took: Duration,
    /// When it began, in nanoseconds from 1970-01-01T00:00:00Z.
    pub began: u64,
}

/// An expectation of the scenario that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// The step, in words.
    pub step: String,
    /// Line of the scenario, from 1.
    pub line: u32,
    /// What was expected.
    pub expected: String,
    /// What came.
    pub actual: String,
}

/// Why a scenario did not run to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The target lacks what it needs.
    Unsupported(String),
    /// Something of the environment or of the harness failed.
    Error(String),
    /// It could not be said whether the target does what it should.
    Inconclusive(String),
}

impl Judge {
    /// What came of one run: verdict, the reason where the findings don't say it, and the findings.
    #[must_use]
    pub fn verdict(&self, subject: &Subject, ran: &Ran, report: &Report) -> (Outcome, Option<String>, Vec<Finding>) {
        let mut findings = self.findings(subject, report);
        self.place(&mut findings, report, &ran.entries);
        findings.extend(ran.complaints.iter().map(|complaint| self.complaint(subject, complaint)));
        let against = |least: Severity| {
            let party = subject.party.name();
            findings.iter().any(|finding| finding.party == party && finding.verdict >= least)
        };
        let (outcome, reason) = if against(Severity::Fail) || (self.strict && against(Severity::Warn)) {
            (Outcome::Fail, ran.about_target.clone())
        } else {
            match &ran.stop {
                Some(Stop::Error(why)) => match &ran.about_target {
                    Some(more) => (Outcome::Error, Some(format!("{why}; {more}"))),
                    None => (Outcome::Error, Some(why.clone())),
                },
                Some(Stop::Unsupported(why)) => (Outcome::Unsupported, Some(why.clone())),
                Some(Stop::Inconclusive(why)) => (Outcome::Inconclusive, Some(why.clone())),
                None => match self.undecided(subject, report) {
                    ids if ids.is_empty() => (Outcome::Pass, None),
                    ids => (Outcome::Inconclusive, Some(format!("could not be decided: {}", ids.join(", ")))),
                },
            }
        };
        (outcome, reason, findings)
    }

    /// What the rules found, without what is waived.
    #[must_use]
    pub fn findings(&self, subject: &Subject, report: &Report) -> Vec<Finding> {
        let kept = report.findings.iter().filter(|finding| !self.all_waived(finding.requirements));
        kept.map(|finding| self.finding(subject, finding)).collect()
    }

    /// What the rules found, without what is waived: the sequence number of each finding's entry, and the finding in words.
    #[must_use]
    pub fn found(&self, report: &Report) -> Vec<(u64, String)> {
        let kept = report.findings.iter().filter(|finding| !self.all_waived(finding.requirements));
        let words = |found: &conformance::Finding| {
            let ids = found.requirements.iter().map(|id| format!(" {id}")).collect::<String>();
            let conformance::Finding { verdict, rule, expected, actual, .. } = found;
            (found.entry, format!("{verdict} {rule}{ids}: expected {expected}, {actual}"))
        };
        kept.map(words).collect()
    }

    /// Findings about calls that the harness did not make stand at the step that was under way.
    fn place(&self, findings: &mut [Finding], report: &Report, entries: &[Entry]) {
        let entry_of = |event| report.findings.iter().find(|found| Some(found.event) == event).map(|found| found.entry);
        for finding in findings.iter_mut().filter(|finding| finding.step.is_none()) {
            let Some(entry) = entry_of(finding.event) else { continue };
            let before = entries.iter().rev().skip_while(|seen| seen.sequence > entry);
            let begun = before.filter_map(|seen| match &seen.seen {
                Seen::Mark(Mark::StepBegins { step, line }) => Some((step, *line)),
                _ => None,
            });
            let Some((step, line)) = begun.map(|(step, line)| (step.clone(), line)).next() else { continue };
            finding.step = Some(step);
            if let Origin::Line { line: place @ None, .. } = &mut finding.origin {
                *place = Some(line).filter(|line| *line > 0);
            }
        }
    }

    fn finding(&self, subject: &Subject, found: &conformance::Finding) -> Finding {
        let line = found.mark.as_ref().map(|mark| mark.line).filter(|line| *line > 0);
        let open = |id: &&&str| !self.waived.contains(**id);
        Finding {
            rule: found.rule.to_owned(),
            requirements: found.requirements.iter().filter(open).map(|id| (*id).to_owned()).collect(),
            section: found.section.to_owned(),
            level: found.level.name().to_owned(),
            party: found.party.name().to_owned(),
            verdict: severity(found.verdict),
            product_note: found.product_note.map(|note| note.requirement.to_owned()),
            expected: found.expected.clone(),
            actual: found.actual.clone(),
            step: found.mark.as_ref().map(|mark| mark.step.clone()),
            event: Some(found.event),
            origin: Origin::Line { scenario: subject.file.clone(), line },
        }
    }

    /// A broken expectation decides those requirements that the scenario covers and that have no rule. Where there are
    /// rules, they alone accuse: an expectation also breaks for reasons that have nothing to do with what is covered.
    fn complaint(&self, subject: &Subject, complaint: &Complaint) -> Finding {
        let ruled = |id: &str| rules::of(id).any(|rule| rule.party == subject.party);
        let alone = |id: &&String| !self.waived.contains(*id) && !ruled(id);
        let requirements: Vec<String> = subject.covers.iter().filter(alone).cloned().collect();
        let ids: Vec<&str> = requirements.iter().map(String::as_str).collect();
        let first = ids.first().and_then(|id| catalogue::requirement(id));
        let level = strongest(&ids).unwrap_or(Level::Must);
        Finding {
            rule: "scenario".to_owned(),
            section: first.map_or_else(String::new, |entry| entry.section.to_owned()),
            level: level.name().to_owned(),
            requirements,
            party: subject.party.name().to_owned(),
            verdict: Severity::Fail,
            product_note: None,
            expected: complaint.expected.clone(),
            actual: complaint.actual.clone(),
            step: Some(complaint.step.clone()),
            event: None,
            origin: Origin::Line { scenario: subject.file.clone(), line: Some(complaint.line) },
        }
    }

    /// The covered requirements that rules looked at and could not decide. Where no rule says anything, the scenario's own
    /// expectations decide; see [`Judge::unjudged`].
    fn undecided<'a>(&self, subject: &'a Subject, report: &Report) -> Vec<&'a str> {
        let open = |id: &&str| {
            let tally = report.requirements.get(&(*id, subject.party));
            !self.waived.contains(*id)
                && tally.is_some_and(|tally| tally.pass + tally.fail + tally.warn + tally.note == 0)
        };
        subject.covers.iter().map(String::as_str).filter(open).collect()
    }

    /// The covered requirements that have rules of which none found anything to judge.
    #[must_use]
    pub fn unjudged<'a>(&self, subject: &'a Subject, report: &Report) -> Vec<&'a str> {
        let silent = |id: &&str| {
            let silent = !report.requirements.contains_key(&(*id, subject.party));
            !self.waived.contains(*id) && silent && !self.rules_of(id, subject.party).is_empty()
        };
        subject.covers.iter().map(String::as_str).filter(silent).collect()
    }

    fn all_waived(&self, requirements: &[&str]) -> bool {
        !requirements.is_empty() && requirements.iter().all(|id| self.waived.contains(*id))
    }
}

fn severity(gravity: Gravity) -> Severity {
    match gravity {
        Gravity::Note => Severity::Note,
        Gravity::Inconclusive => Severity::Inconclusive,
        Gravity::Warn => Severity::Warn,
        Gravity::Fail => Severity::Fail,
    }
}
