//! Scenarios that came out alike in several ways of speaking: people read them once.

use super::super::results::{Finding, Scenario, Severity, Variant};

/// A scenario and the ways in which it came out alike.
pub(super) struct Alike<'a> {
    /// It, in the first of these ways.
    pub(super) first: &'a Scenario,
    /// The ways.
    pub(super) ways: Vec<&'a Variant>,
    /// Whether it came out otherwise in others.
    otherwise: bool,
}

impl Alike<'_> {
    /// The transfer syntax to ask for to see it again, when another one shows something else.
    pub(super) fn only(&self) -> Option<&str> {
        let syntax = self.first.variant.syntax.as_str();
        (self.otherwise && self.ways.iter().all(|way| way.syntax == syntax)).then_some(syntax)
    }
}

/// The scenarios that are meant, those together that tell the same of the same target, in the order of the first ones.
pub(super) fn alike<'a>(all: &'a [Scenario], is_meant: impl Fn(&&'a Scenario) -> bool) -> Vec<Alike<'a>> {
    let mut found: Vec<Alike<'a>> = Vec::new();
    for scenario in all.iter().filter(|scenario| is_meant(scenario)) {
        match found.iter_mut().find(|one| is_alike(one.first, scenario)) {
            Some(one) => one.ways.push(&scenario.variant),
            None => found.push(Alike { first: scenario, ways: vec![&scenario.variant], otherwise: false }),
        }
    }
    for one in &mut found {
        let same = |other: &&Scenario| (&other.id, &other.target) == (&one.first.id, &one.first.target);
        one.otherwise = all.iter().filter(same).count() > one.ways.len();
    }
    found
}

fn is_alike(one: &Scenario, other: &Scenario) -> bool {
    let shown = |scenario: &Scenario| -> Vec<Finding> {
        let shown = scenario.findings.iter().filter(|finding| finding.verdict > Severity::Note);
        shown.map(|finding| Finding { event: None, ..finding.clone() }).collect()
    };
    (&one.id, &one.target) == (&other.id, &other.target)
        && (one.verdict, &one.reason) == (other.verdict, &other.reason)
        && (&one.orders, one.seed) == (&other.orders, other.seed)
        && shown(one) == shown(other)
}
