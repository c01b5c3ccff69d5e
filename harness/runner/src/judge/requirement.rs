//! The table of requirements, over all scenarios.

use std::collections::BTreeMap;

use conformance::catalogue::{self, Requirement as Entry};
use conformance::{Party, Report, Tally};

use super::{Judge, Ran, Subject};
use crate::report::{Requirement, RequirementVerdict};

/// What all scenarios together say about each requirement.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    tallies: BTreeMap<(String, Party), Tally>,
}

impl Ledger {
    /// Takes what one run said.
    pub fn take(&mut self, judge: &Judge, subject: &Subject, ran: &Ran, report: &Report) {
        self.enter(judge, report);
        if ran.stop.is_some() {
            return;
        }
        let holds = ran.complaints.is_empty();
        for id in &subject.covers {
            let has_rules = !judge.rules_of(id, subject.party).is_empty();
            let own = match holds {
                true => Tally { pass: 1, ..Tally::default() },
                // Rules accuse for themselves; that a scenario went another way only says that they may have seen nothing.
                false if has_rules => Tally { inconclusive: 1, ..Tally::default() },
                false => Tally { fail: 1, ..Tally::default() },
            };
            let decided_by_rules = report.requirements.contains_key(&(id.as_str(), subject.party));
            if !decided_by_rules && (!has_rules || !holds) {
                self.tallies.entry((id.clone(), subject.party)).or_default().add(own);
            }
        }
    }

    /// Takes what the rules said about one trace, but for what its judge waives.
    pub fn enter(&mut self, judge: &Judge, report: &Report) {
        for ((id, party), tally) in report.requirements.iter().filter(|((id, _), _)| !judge.waived.contains(*id)) {
            self.tallies.entry(((*id).to_owned(), *party)).or_default().add(*tally);
        }
    }

    /// The table for one party.
    #[must_use]
    pub fn table(&self, judge: &Judge, party: Party) -> Vec<Requirement> {
        catalogue::requirements()
            .iter()
            .filter(|entry| entry.role.parties().contains(&party))
            .map(|entry| self.row(judge, entry, party))
            .collect()
    }

    fn row(&self, judge: &Judge, entry: &Entry, party: Party) -> Requirement {
        let exemption = catalogue::exemption(entry.id, party);
        let verdict = if exemption.is_some() {
            RequirementVerdict::Exempt
        } else if judge.waived.contains(entry.id) {
            RequirementVerdict::Waived
        } else {
            match self.tallies.get(&(entry.id.to_owned(), party)) {
                Some(tally) if tally.fail > 0 => RequirementVerdict::Fail,
                Some(tally) if tally.warn > 0 => RequirementVerdict::Warn,
                Some(tally) if tally.pass + tally.note > 0 => RequirementVerdict::Pass,
                Some(tally) if tally.inconclusive > 0 => RequirementVerdict::Inconclusive,
                _ => RequirementVerdict::NotExercised,
            }
        };
        Requirement {
            id: entry.id.to_owned(),
            section: entry.section.to_owned(),
            level: entry.level.name().to_owned(),
            party: party.name().to_owned(),
            verdict,
            rules: judge.rules_of(entry.id, party).iter().map(|id| (*id).to_owned()).collect(),
            reason: exemption.map(|exemption| exemption.reason.to_owned()),
        }
    }
}
