//! What came of an entry.

use super::deviation::verdict;
use super::entry::{Entry, Named};
use crate::report::{EntryState, Outcome, Requirement, RequirementVerdict, Scenario as Row};
use crate::scenario::meant::Scenario;

/// How much of what there is was looked at.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// Whether every scenario ran that is there for the target: only then an entry can match nothing.
    pub is_whole: bool,
    /// Whether a pass means that the deviation is gone: not where only some rules judge, nor for recorded traffic.
    pub passes_count: bool,
    /// All scenarios.
    pub scenarios: &'a [Scenario],
}

/// Rows with the ids of their scenarios.
type Rows<'a> = [(&'a str, &'a Row)];

/// What came of an entry, and why where it is not as listed. `listing` are the rows in which it lists something, `named` those
/// of the scenarios that it names.
pub(super) fn state(
    entry: &Entry,
    was_seen: bool,
    listing: &Rows<'_>,
    named: &Rows<'_>,
    requirements: &[Requirement],
    scope: Scope<'_>,
    rows: &[(String, &Row)],
) -> (EntryState, Option<String>) {
    if let Some(why) = passes(entry, listing, named, scope) {
        return (EntryState::Passes, Some(why));
    }
    if was_seen {
        return (EntryState::AsListed, None);
    }
    let told = |state, why: &str| (state, Some(why.to_owned()));
    match &entry.named {
        Named::Scenario(_) => of_scenario(entry, named, scope),
        Named::Requirement(_) if !scope.is_whole => told(EntryState::Undecided, "only a part was looked at"),
        Named::Requirement(id) => {
            let came = |wanted: &[RequirementVerdict]| {
                requirements.iter().any(|one| one.id == *id && wanted.contains(&one.verdict))
            };
            if came(&[RequirementVerdict::Fail, RequirementVerdict::Warn]) {
                told(EntryState::OtherText, "it is broken, and no finding has the text")
            } else if entry.sometimes {
                told(EntryState::Undecided, "it did not come this time")
            } else if came(&[RequirementVerdict::Pass]) {
                told(EntryState::Passes, "the requirement held wherever it was seen")
            } else if came(&[RequirementVerdict::Waived]) {
                told(EntryState::Undecided, "the requirement is waived for the target")
            } else if came(&[RequirementVerdict::Inconclusive]) || was_out_of_reach(id, scope, rows) {
                told(EntryState::Undecided, "the requirement could not be decided")
            } else {
                told(EntryState::MatchesNothing, "nothing that ran decides the requirement")
            }
        }
    }
}

/// Why an entry is held to be over, though it may have been seen: what it names passes, or passes at times.
fn passes(entry: &Entry, listing: &Rows<'_>, named: &Rows<'_>, scope: Scope<'_>) -> Option<String> {
    if entry.sometimes || !scope.passes_count {
        return None;
    }
    let is_listing = |row: &Row| listing.iter().any(|(_, other)| std::ptr::eq(*other, row));
    let passing = named.iter().filter(|(_, row)| verdict(row) == Outcome::Pass && !is_listing(row));
    let passing: Vec<&Row> = passing.map(|(_, row)| *row).collect();
    if !passing.is_empty() {
        let passing = in_ways(&passing, named);
        let verb = if passing.len() == 1 { "passes" } else { "pass" };
        return Some(format!("{} {verb}", few(&passing)));
    }
    let flaky: Vec<&Row> =
        listing.iter().filter(|(_, row)| verdict(row) == Outcome::Flaky).map(|(_, row)| *row).collect();
    let flaky = in_ways(&flaky, named);
    (!flaky.is_empty()).then(|| format!("{} passed at times; `sometimes: true` would say so", few(&flaky)))
}

fn of_scenario(entry: &Entry, named: &Rows<'_>, scope: Scope<'_>) -> (EntryState, Option<String>) {
    let of = |wanted: &[Outcome]| -> Vec<String> {
        let meant: Vec<&Row> = named.iter().map(|(_, row)| *row).filter(|row| wanted.contains(&verdict(row))).collect();
        in_ways(&meant, named)
    };
    let deviating = of(&[Outcome::Fail, Outcome::Flaky, Outcome::Inconclusive]);
    let listed = named.iter().all(|(_, row)| row.known.is_some() || verdict(row) == Outcome::Pass);
    if !deviating.is_empty() && !scope.passes_count && listed {
        let why = "what was looked at is listed; what a scenario expects is not among it";
        return (EntryState::Undecided, Some(why.to_owned()));
    }
    if !deviating.is_empty() {
        return (EntryState::OtherText, Some(format!("nothing found in {} has the text", few(&deviating))));
    }
    let undecided = of(&[Outcome::Unsupported, Outcome::Error]);
    if !undecided.is_empty() {
        let outcome = if of(&[Outcome::Error]).is_empty() { "unsupported" } else { "an error" };
        return (EntryState::Undecided, Some(format!("{} came out as {outcome}", few(&undecided))));
    }
    if !named.is_empty() {
        let why = if entry.sometimes { "it did not come this time" } else { "a pass decides nothing here" };
        return (EntryState::Undecided, Some(why.to_owned()));
    }
    match scope.is_whole {
        true => (EntryState::MatchesNothing, Some("no scenario that it names is run against this target".to_owned())),
        false => (EntryState::Undecided, Some("not among what ran".to_owned())),
    }
}

/// Whether a scenario that covers the requirement could not be run.
fn was_out_of_reach(requirement: &str, scope: Scope<'_>, rows: &[(String, &Row)]) -> bool {
    let covers = |id: &str| {
        scope.scenarios.iter().any(|one| one.id == id && one.covers.iter().any(|covered| covered == requirement))
    };
    rows.iter().any(|(id, row)| matches!(row.verdict, Outcome::Unsupported | Outcome::Error) && covers(id))
}

/// The rows, each scenario once: with the ways of speaking where it came out otherwise in others.
fn in_ways(rows: &[&Row], named: &Rows<'_>) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for row in rows {
        let of_it = |other: &&Row| other.id == row.id;
        let elsewhere =
            named.iter().map(|(_, other)| *other).filter(of_it).count() > rows.iter().copied().filter(of_it).count();
        let told = if elsewhere { format!("{} in {}", row.id, row.variant) } else { row.id.clone() };
        if !words.contains(&told) {
            words.push(told);
        }
    }
    words
}

/// The first few of several scenarios.
fn few(ids: &[String]) -> String {
    const SHOWN: usize = 3;
    let shown: Vec<&str> = ids.iter().map(String::as_str).take(SHOWN).collect();
    match ids.len().checked_sub(SHOWN) {
        None | Some(0) => shown.join(", "),
        Some(more) => format!("{} and {more} more", shown.join(", ")),
    }
}
