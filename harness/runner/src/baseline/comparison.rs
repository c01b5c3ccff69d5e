//! A run beside its baseline: which scenarios came out as listed, and what was seen of each entry.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use super::deviation::{Deviation, verdict};
use super::entry::{Baseline, Named};
use super::state::{Scope, state};
use crate::report::{self, Known, Outcome, Requirement, Scenario as Row};

/// A run beside its baseline.
#[derive(Debug)]
pub struct Comparison<'a> {
    baseline: &'a Baseline,
    strict: bool,
    seen: Mutex<BTreeSet<usize>>,
}

impl<'a> Comparison<'a> {
    /// Of a run that has not begun. `strict` says whether warnings are failures in it.
    #[must_use]
    pub fn new(baseline: &'a Baseline, strict: bool) -> Self {
        Self { baseline, strict, seen: Mutex::default() }
    }

    /// The same run, of which parts elsewhere have seen these entries.
    #[must_use]
    pub fn having_seen(self, numbers: impl IntoIterator<Item = usize>) -> Self {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).extend(numbers);
        self
    }

    /// The numbers of the entries that were seen.
    #[must_use]
    pub fn seen(&self) -> Vec<usize> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect()
    }

    /// Whether the row deviates, and in nothing that is not listed for the scenario of that id.
    #[must_use]
    pub fn lists(&self, id: &str, row: &Row) -> bool {
        self.listing(id, row).is_some()
    }

    /// Takes note of the entries that list something of this row.
    pub fn see(&self, id: &str, row: &Row) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.extend(self.entries_in(id, row));
    }

    /// Makes rows that are as listed `skip`, and takes note of what the others have. `id_of` gives a row's scenario.
    pub fn settle(&self, rows: &mut [Row], id_of: impl Fn(&Row) -> String) {
        for row in rows {
            let id = id_of(row);
            self.see(&id, row);
            if let Some(entries) = self.listing(&id, row) {
                let reasons = entries.iter().filter_map(|number| self.baseline.entries.get(*number));
                let mut told: Vec<String> = Vec::new();
                for entry in reasons {
                    if !told.contains(&entry.reason) {
                        told.push(entry.reason.clone());
                    }
                }
                row.known = Some(Known { verdict: row.verdict, reasons: told });
                row.verdict = Outcome::Skip;
            }
        }
    }

    /// What came of each entry, once the rows are settled.
    #[must_use]
    pub fn states(
        &self,
        rows: &[Row],
        requirements: &[Requirement],
        scope: Scope<'_>,
        id_of: impl Fn(&Row) -> String,
    ) -> report::Baseline {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let rows: Vec<(String, &Row)> = rows.iter().map(|row| (id_of(row), row)).collect();
        let entries = self.baseline.entries.iter().enumerate().map(|(number, entry)| {
            let listed = |(id, row): &&(String, &Row)| self.entries_in(id, row).contains(&number);
            let listing: Vec<(&str, &Row)> = rows.iter().filter(listed).map(|(id, row)| (id.as_str(), *row)).collect();
            let named: Vec<(&str, &Row)> = match &entry.named {
                Named::Scenario(_) => {
                    let named =
                        rows.iter().filter(|(id, row)| entry.named.is_scenario(id) && entry.is_about(&row.variant));
                    named.map(|(id, row)| (id.as_str(), *row)).collect()
                }
                Named::Requirement(_) => Vec::new(),
            };
            let was_seen = seen.contains(&number);
            let (state, why) = state(entry, was_seen, &listing, &named, requirements, scope, &rows);
            let (scenario, requirement) = match &entry.named {
                Named::Scenario(selector) => (Some(selector.to_string()), None),
                Named::Requirement(id) => (None, Some(id.clone())),
            };
            report::BaselineEntry {
                scenario,
                requirement,
                variant: entry.variant.clone(),
                text: entry.text.as_ref().map(ToString::to_string),
                reason: entry.reason.clone(),
                sometimes: entry.sometimes,
                line: entry.line,
                state,
                why,
                scenarios: listing.iter().map(|(_, row)| row.id.clone()).collect(),
            }
        });
        report::Baseline { file: self.baseline.file.clone(), entries: entries.collect() }
    }

    /// The entries that together list all that the row is accused of; none when it is accused of nothing, or of more.
    fn listing(&self, id: &str, row: &Row) -> Option<BTreeSet<usize>> {
        let all = Deviation::all(row, self.strict);
        let is_flaky = verdict(row) == Outcome::Flaky;
        let of = |deviation: &Deviation<'_>| -> BTreeSet<usize> {
            let entries = self.baseline.entries.iter().enumerate();
            // A listed failure that passed in between is not as listed, unless the entry says so.
            let listing = entries.filter(|(_, entry)| (!is_flaky || entry.sometimes) && deviation.is_listed(entry, id));
            listing.map(|(number, _)| number).collect()
        };
        let accusing: Vec<&Deviation<'_>> = all.iter().filter(|deviation| deviation.accuses).collect();
        let mut entries = BTreeSet::new();
        for deviation in &accusing {
            let listed = match of(deviation) {
                none if none.is_empty() => {
                    accusing.iter().filter(|other| deviation.follows(other)).flat_map(|other| of(other)).collect()
                }
                listed => listed,
            };
            if listed.is_empty() {
                return None;
            }
            entries.extend(listed);
        }
        (!accusing.is_empty()).then_some(entries)
    }

    /// The entries that list anything of the row. One that names a scenario and no text is about its verdict, not about
    /// warnings of a scenario that passes.
    fn entries_in(&self, id: &str, row: &Row) -> BTreeSet<usize> {
        let all = Deviation::all(row, self.strict);
        let passed = verdict(row) == Outcome::Pass;
        let entries = self.baseline.entries.iter().enumerate().filter(|(_, entry)| {
            let needs_failure = entry.text.is_none() && matches!(entry.named, Named::Scenario(_));
            !(passed && needs_failure) && all.iter().any(|deviation| deviation.is_listed(entry, id))
        });
        entries.map(|(number, _)| number).collect()
    }
}
