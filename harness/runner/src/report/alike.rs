//! Scenarios that came out alike in several ways of speaking: people read them once.

use std::collections::BTreeSet;

use super::results::{Finding, Outcome, Results, Scenario, Severity, Variant};

/// A scenario and the ways in which it came out alike.
pub(super) struct Alike<'a> {
    /// It, in the first of these ways.
    pub(super) first: &'a Scenario,
    /// The ways.
    pub(super) ways: Vec<&'a Variant>,
    /// The ways in which it came out otherwise.
    others: Vec<&'a Variant>,
}

impl Alike<'_> {
    /// The transfer syntax to ask for to see it again, when another one shows something else.
    pub(super) fn only_syntax(&self) -> Option<&str> {
        self.only(|way| &way.syntax)
    }

    /// The protection to ask for to see it again, when another one shows something else.
    pub(super) fn only_security(&self) -> Option<&str> {
        self.only(|way| &way.security)
    }

    fn only(&self, part: fn(&Variant) -> &str) -> Option<&str> {
        let own = part(&self.first.variant);
        let is_one = self.ways.iter().all(|way| part(way) == own);
        (is_one && self.others.iter().any(|way| part(way) != own)).then_some(own)
    }

    /// Its ways in words; none when nobody knows them, as of captures.
    pub(super) fn in_ways(&self) -> Option<String> {
        let known: Vec<String> =
            self.ways.iter().filter(|way| way.syntax != "unknown").map(ToString::to_string).collect();
        (!known.is_empty()).then(|| format!("in {}", known.join(", ")))
    }

    /// Its title, with its ways.
    pub(super) fn titled(&self) -> String {
        match self.in_ways() {
            Some(ways) if self.first.title.is_empty() => ways,
            Some(ways) => format!("{} ({ways})", self.first.title),
            None => self.first.title.clone(),
        }
    }
}

/// The scenarios that are meant, those together that tell the same of the same target, in the order of the first ones.
pub(super) fn alike<'a>(all: &'a [Scenario], is_meant: impl Fn(&&'a Scenario) -> bool) -> Vec<Alike<'a>> {
    let mut found: Vec<Alike<'a>> = Vec::new();
    for scenario in all.iter().filter(|scenario| is_meant(scenario)) {
        match found.iter_mut().find(|one| is_alike(one.first, scenario)) {
            Some(one) => one.ways.push(&scenario.variant),
            None => found.push(Alike { first: scenario, ways: vec![&scenario.variant], others: Vec::new() }),
        }
    }
    for one in &mut found {
        let same = |other: &&Scenario| (&other.id, &other.target) == (&one.first.id, &one.first.target);
        let ways = all.iter().filter(same).map(|other| &other.variant);
        one.others = ways.filter(|way| !one.ways.contains(way)).collect();
    }
    found
}

/// What nobody expects: those that neither pass, nor lack something, nor are known. What many have word for word because of
/// one error is told once, elsewhere.
pub(super) fn unexpected(results: &Results) -> Vec<Alike<'_>> {
    let expected = [Outcome::Pass, Outcome::Unsupported, Outcome::Skip];
    let all = alike(&results.scenarios, |scenario| !expected.contains(&scenario.verdict));
    all.into_iter().filter(|found| !is_repeated(found.first, &results.scenarios)).collect()
}

/// Those that pass, but for warnings.
pub(super) fn warned(results: &Results) -> Vec<Alike<'_>> {
    alike(&results.scenarios, |scenario| {
        let mut findings = scenario.findings.iter();
        scenario.verdict == Outcome::Pass && findings.any(|finding| finding.verdict == Severity::Warn)
    })
}

/// Whether it is an error that others have word for word: one line tells of them all.
pub(super) fn is_repeated(scenario: &Scenario, all: &[Scenario]) -> bool {
    let alike = |other: &&Scenario| other.verdict == Outcome::Error && other.reason == scenario.reason;
    scenario.verdict == Outcome::Error && scenario.findings.is_empty() && all.iter().filter(alike).count() > 1
}

/// Reasons for one verdict, each with how many scenarios have it.
pub(super) fn by_reason(results: &Results, outcome: Outcome, which: impl Fn(&Scenario) -> bool) -> Vec<(&str, usize)> {
    let mut reasons: Vec<(&str, BTreeSet<(&str, &str)>)> = Vec::new();
    for scenario in results.scenarios.iter().filter(|one| one.verdict == outcome && which(one)) {
        let reason = scenario.reason.as_deref().unwrap_or("no reason is known");
        let named = (scenario.id.as_str(), scenario.target.as_str());
        match reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, scenarios)) => {
                scenarios.insert(named);
            }
            None => reasons.push((reason, BTreeSet::from([named]))),
        }
    }
    reasons.into_iter().map(|(reason, scenarios)| (reason, scenarios.len())).collect()
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
