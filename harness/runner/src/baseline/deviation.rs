//! At what a scenario deviates.

use super::entry::{Entry, Named};
use super::pattern::tidy;
use crate::report::{Finding, Origin, Outcome, Scenario as Row, Severity, Variant};

/// One thing at which a scenario deviates.
pub(super) struct Deviation<'a> {
    /// What is said of it.
    pub(super) words: String,
    /// Whether the scenario did not pass because of it.
    pub(super) accuses: bool,
    /// The finding; none where only the row's reason says it.
    finding: Option<&'a Finding>,
    /// How the scenario spoke.
    variant: &'a Variant,
}

impl<'a> Deviation<'a> {
    /// All of a row, accusing or not.
    pub(super) fn all(row: &'a Row, strict: bool) -> Vec<Self> {
        let verdict = verdict(row);
        let least = if strict { Severity::Warn } else { Severity::Fail };
        let failed = matches!(verdict, Outcome::Fail | Outcome::Flaky);
        let is_shown = failed || matches!(verdict, Outcome::Inconclusive | Outcome::Pass);
        let against = row
            .findings
            .iter()
            .filter(|finding| is_shown && row.judges(&finding.party) && finding.verdict >= Severity::Warn);
        let mut all: Vec<Self> = against
            .map(|finding| Self {
                words: words(finding),
                accuses: failed && finding.verdict >= least,
                finding: Some(finding),
                variant: &row.variant,
            })
            .collect();
        // What a failed row's reason tells is that the target broke down; a flaky one's only counts.
        if matches!(verdict, Outcome::Fail | Outcome::Inconclusive)
            && let Some(reason) = &row.reason
        {
            all.push(Self { words: tidy(reason), accuses: true, finding: None, variant: &row.variant });
        }
        all
    }

    /// Whether an entry lists it, in a row of that id.
    pub(super) fn is_listed(&self, entry: &Entry, id: &str) -> bool {
        let is_named = match &entry.named {
            Named::Scenario(selector) => selector.matches(id, &[]),
            Named::Requirement(requirement) => {
                self.finding.is_some_and(|finding| finding.requirements.contains(requirement))
            }
        };
        is_named && entry.is_about(self.variant) && entry.text.as_ref().is_none_or(|text| text.is_in(&self.words))
    }

    /// Whether it is a broken expectation of the scenario, for which no requirement stands, at the very step at which a rule
    /// accuses: the same deviation, seen a second time.
    pub(super) fn follows(&self, other: &Self) -> bool {
        let (Some(own), Some(others)) = (self.finding, other.finding) else { return false };
        own.rule == EXPECTATION
            && own.requirements.is_empty()
            && others.rule != EXPECTATION
            && others.step.is_some()
            && own.step == others.step
            && own.origin == others.origin
            && matches!(own.origin, Origin::Line { line: Some(_), .. })
    }
}

/// The rule of findings that are expectations of the scenario itself.
const EXPECTATION: &str = "scenario";

/// What came of a row, whatever a baseline made of it.
pub(super) fn verdict(row: &Row) -> Outcome {
    row.known.as_ref().map_or(row.verdict, |known| known.verdict)
}

fn words(finding: &Finding) -> String {
    tidy(&format!("{}: expected {}; found {}", finding.rule, finding.expected, finding.actual))
}
