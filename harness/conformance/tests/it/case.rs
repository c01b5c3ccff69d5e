//! Every rule has traces that keep it and traces that break it.

use std::collections::BTreeSet;

use conformance::rules;
use conformance::{Finding, Severity};

use crate::script::Script;

/// A rule with a trace that keeps it and one that breaks it.
pub(crate) struct Case {
    /// The rule's id.
    pub(crate) rule: &'static str,
    /// A requirement that the breach has to name; empty for a rule that decides none.
    pub(crate) requirement: &'static str,
    /// The verdict on the breach.
    pub(crate) verdict: Severity,
    /// Writes a trace that keeps the rule: it passes, and no rule has anything to say.
    pub(crate) keeps: fn(Script) -> Script,
    /// Writes a trace that breaks the rule.
    pub(crate) breaks: fn(Script) -> Script,
    /// Other rules that the same breach breaks, or that note something on the way.
    pub(crate) also: &'static [&'static str],
}

#[test]
fn every_rule_is_kept_and_broken_by_some_trace() {
    let covered: BTreeSet<_> = crate::rules::cases().map(|case| case.rule).collect();
    let missing: Vec<_> = rules::all().map(|rule| rule.id).filter(|id| !covered.contains(id)).collect();
    assert!(missing.is_empty(), "rules without traces: {missing:#?}");
}

#[test]
fn traces_keep_and_break_their_rules_and_no_others() {
    let complaints: Vec<_> = crate::rules::cases().enumerate().flat_map(|(at, case)| check(at, case)).collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// The rules on the format of responses as a whole.
const FORMATS: [&str; 2] =
    ["MS-PAN/3.1.1.4.4/response-has-the-format-of-its-type", "MS-PAN/3.1.1.4.6/response-has-the-format-of-its-type"];

fn check(at: usize, case: &Case) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut complain = |what: String| complaints.push(format!("case {at}, {}: {what}", case.rule));
    // Scripts let the other party do whatever shows the rule.
    let party = rules::rule(case.rule).map(|rule| rule.party);
    let rules = || rules::all().filter(|rule| Some(rule.party) == party);
    let kept = (case.keeps)(Script::new()).judge(rules());
    if kept.rules.get(case.rule).is_none_or(|tally| tally.pass == 0) {
        complain("the keeping trace does not exercise the rule".into());
    }
    let noted = |finding: &Finding| finding.verdict == Severity::Note && case.also.contains(&finding.rule);
    for finding in kept.findings.iter().filter(|finding| !noted(finding)) {
        complain(format!("the keeping trace gives {}", shown(finding)));
    }
    let broken = (case.breaks)(Script::new()).judge(rules());
    let wanted = |finding: &&Finding| {
        let named = case.requirement.is_empty() && finding.requirements.is_empty()
            || finding.requirements.contains(&case.requirement);
        finding.rule == case.rule && finding.verdict == case.verdict && named
    };
    if !broken.findings.iter().any(|finding| wanted(&finding)) {
        let given: Vec<_> = broken.findings.iter().map(shown).collect();
        complain(format!("the breaking trace gives no {} of {}: {given:#?}", case.verdict, case.requirement));
    }
    // A reply that is no valid document does not have the format of its type either.
    let implied = |finding: &Finding| case.rule.starts_with("MS-PAN/2.2.7") && FORMATS.contains(&finding.rule);
    for finding in broken.findings.iter().filter(|finding| finding.rule != case.rule) {
        if !case.also.contains(&finding.rule) && !implied(finding) {
            complain(format!("the breaking trace also gives {}", shown(finding)));
        }
    }
    complaints
}

pub(crate) fn shown(finding: &Finding) -> String {
    let Finding { rule, requirements, verdict, expected, actual, event, .. } = finding;
    format!("{verdict} of {rule} {requirements:?} at event {event}: expected {expected}; {actual}")
}
