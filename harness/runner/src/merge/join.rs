//! One report made of those of the parts.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::parts::{Parts, Read};
use crate::baseline::{Baseline, Comparison, Scope};
use crate::report::{self, Coverage, Requirement, RequirementVerdict, Results, Scenario as Row, Summary, Target};
use crate::scenario::meant::Scenario;

/// The results of the whole, and for each row the folder of the part that it comes from.
pub(super) fn joined(parts: &Parts, known: Option<&(Baseline, Vec<Scenario>)>) -> (Results, Vec<PathBuf>) {
    let (rows, origins): (Vec<Row>, Vec<PathBuf>) = rows(parts).into_values().unzip();
    let requirements = requirements(parts);
    let first = &parts.first().results;
    let mut results = Results {
        tool: first.tool.clone(),
        spec: first.spec.clone(),
        started: parts.all().map(|read| read.results.started.clone()).min().unwrap_or_default(),
        seed: first.seed,
        overlay: first.overlay.clone(),
        interrupted: parts.all().any(|read| read.results.interrupted),
        baseline: None,
        command: first.command.clone(),
        part: None,
        targets: targets(parts, &requirements),
        summary: Summary::of(&rows),
        coverage: Coverage::of(&requirements),
        scenarios: rows,
        requirements,
    };
    results.baseline = known.map(|(baseline, scenarios)| entries(parts, &results, baseline, scenarios));
    (results, origins)
}

/// The rows by their places. What ran in several parts, as a control, is told once: as it came out worst.
fn rows(parts: &Parts) -> BTreeMap<usize, (Row, PathBuf)> {
    let mut rows: BTreeMap<usize, (Row, PathBuf)> = BTreeMap::new();
    for read in parts.all() {
        for (place, row) in read.part.places.iter().zip(&read.results.scenarios) {
            let is_worse = |known: &Row| gravity(row) > gravity(known);
            if rows.get(place).is_none_or(|(known, _)| is_worse(known)) {
                rows.insert(*place, (row.clone(), read.folder.clone()));
            }
        }
    }
    rows
}

fn gravity(row: &Row) -> u8 {
    row.known.as_ref().map_or(row.verdict, |known| known.verdict).gravity()
}

/// A requirement came out as in the part that says most: a breach before a pass, a pass before what was not seen.
fn requirements(parts: &Parts) -> Vec<Requirement> {
    let mut joined: Vec<Requirement> = Vec::new();
    for party in ["server", "client"] {
        let mut table: Vec<Requirement> = Vec::new();
        for read in parts.all() {
            let own = read.results.requirements.iter().filter(|one| one.party == party);
            if table.is_empty() {
                table.extend(own.cloned());
                continue;
            }
            for one in own {
                if let Some(known) = table.iter_mut().find(|known| known.id == one.id)
                    && says(one.verdict) > says(known.verdict)
                {
                    known.verdict = one.verdict;
                }
            }
        }
        joined.extend(table);
    }
    joined
}

fn says(verdict: RequirementVerdict) -> u8 {
    match verdict {
        RequirementVerdict::Exempt => 0,
        RequirementVerdict::Waived => 1,
        RequirementVerdict::NotExercised => 2,
        RequirementVerdict::Inconclusive => 3,
        RequirementVerdict::Pass => 4,
        RequirementVerdict::Warn => 5,
        RequirementVerdict::Fail => 6,
    }
}

fn targets(parts: &Parts, requirements: &[Requirement]) -> Vec<Target> {
    let of = |id: &String| parts.all().flat_map(|read| &read.results.targets).find(|target| target.id == *id).cloned();
    let mut targets: Vec<Target> = parts.first().part.targets.iter().filter_map(of).collect();
    if parts.is_recorded() {
        let judged: BTreeSet<&str> = requirements.iter().map(|one| one.party.as_str()).collect();
        let party = if judged.len() == 1 { judged.first().copied().unwrap_or("both") } else { "both" };
        targets.iter_mut().for_each(|target| party.clone_into(&mut target.party));
    }
    targets
}

/// What came of the entries of the baseline, now that all has been seen.
fn entries(parts: &Parts, results: &Results, baseline: &Baseline, scenarios: &[Scenario]) -> report::Baseline {
    let seen = parts.all().flat_map(|read: &Read| read.part.seen.iter().copied());
    let is = |name: &str| parts.condition(name) == Some("true");
    let comparison = Comparison::new(baseline, is("strict")).having_seen(seen);
    let is_recorded = parts.is_recorded();
    let scope = Scope {
        is_whole: !is_recorded && is("whole") && results.scenarios.len() == parts.first().part.rows,
        passes_count: !is_recorded && parts.condition("rules") == Some(""),
        scenarios,
    };
    let names: BTreeMap<&String, &String> = parts.all().flat_map(|read| &read.part.names).collect();
    comparison.states(&results.scenarios, &results.requirements, scope, |row| match is_recorded {
        true => names.get(&row.id).map_or_else(String::new, |name| (*name).clone()),
        false => row.id.clone(),
    })
}
