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

/// The traces of a table keep and break their rules and no others.
pub(crate) fn check(cases: &[Case]) {
    let complaints: Vec<_> = cases.iter().enumerate().flat_map(|(at, case)| complaints(at, case)).collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// Rules by which several sections say the same of clients: what breaks one of a group may break the others too.
const KIN: &[&[&str]] = &[
    // The first call on a channel.
    &[
        "MS-PAN/3.1.1.4.4/first-call-has-no-data",
        "MS-PAN/3.1.1.4.4/first-call-has-no-type",
        "MS-PAN/3.1.1.4.4/sized-response-is-there",
        "MS-PAN/3.1.3.4.2/first-call-has-no-type-or-its-own",
        "MS-PAN/3.1.3.4.2/first-call-is-empty",
        "MS-PAN/3.2.3/channel-starts-with-an-empty-call",
    ],
    // What follows the end of a channel.
    &["MS-PAN/3.1.1.4.4/handle-is-open", "MS-PAN/3.1.1.4.6/handle-is-open", "MS-PAN/3.2.2/nothing-follows-the-end"],
    // Calls of the wrong mode, or without registration.
    &[
        "MS-PAN/2.2.3/one-direction-has-no-channels",
        "MS-PAN/3.1.1.4.1/registration-is-the-first-step",
        "MS-PAN/3.1.1.4.3/get-new-channel-needs-a-bidirectional-registration",
        "MS-PAN/3.1.1.4.5/get-notification-needs-a-unidirectional-registration",
        "MS-PAN/3.1.1.4.4/handle-is-of-get-new-channel",
        "MS-PAN/3.1.1.4.6/handle-is-of-get-new-channel",
    ],
    // Calls after the client's own unregistration.
    &[
        "MS-PAN/3.1.1.4.3/get-new-channel-ends-with-the-registration",
        "MS-PAN/3.1.1.4.3/terminated-get-new-channel-is-not-retried",
        "MS-PAN/3.2.2/own-unregistration-ends-the-wait",
    ],
    // Intervals.
    &[
        "MS-PAN/3.1.1.4.1/intervals-grow-from-a-second-to-a-minute",
        "MS-PAN/3.1.1.4.3/retries-are-spaced",
        "MS-PAN/3.1.1.4.5/retries-are-spaced",
    ],
    // CloseChannel after a failure.
    &["MS-PAN/1.8/failed-close-is-not-repeated", "MS-PAN/3.1.1.4.6/errors-are-fatal"],
    // Calls of one kind at once.
    &["MS-PAN/3.1.1.4.4/errors-are-fatal", "MS-PAN/3.2.2/responses-and-notifications-alternate"],
    // What answers a notification.
    &[
        "MS-PAN/2.2.3/notification-on-a-channel-is-answered",
        "MS-PAN/2.2.7.4/reply-answers-its-kind-of-notification",
        "MS-PAN/3.1.1.4.4/later-calls-have-the-registered-type",
        "MS-PAN/3.1.1.4.4/notification-is-followed-up",
        "MS-PAN/3.1.1.4.6/close-without-response-is-a-release",
        "MS-PAN/3.1.1.4.6/final-response-has-the-registered-type",
        RESPONSES[0],
        "MS-PAN/3.1.3.4.2/answer-is-a-close",
        "MS-PAN/3.1.3.4.2/answer-is-not-another-call",
        "MS-PAN/3.1.3.4.4/close-has-the-async-ui-type-or-releases",
        "MS-PAN/3.1.3.4.4/reply-is-there-unless-released",
        RESPONSES[1],
        RESPONSES[2],
        "MS-PAN/3.2.2/notification-is-closed-or-responded-to",
        "MS-PAN/3.2.3/replies-have-their-type",
        "MS-PAN/3.2.3.4/type-is-given-throughout",
        "MS-PAN/3.2.4.4/configuration-is-not-responded-to",
    ],
];

/// The rules on responses as a whole: what is no valid reply is not what its type or its notification asks for.
const RESPONSES: [&str; 3] = [
    "MS-PAN/3.1.1.4.6/response-has-the-format-of-its-type",
    "MS-PAN/3.2.3/custom-notification-is-answered-by-its-reply",
    "MS-PAN/3.2.3/message-box-is-answered-by-its-reply",
];

/// What the clients of scripts leave undone besides, where time passes to break another rule.
pub(crate) const UNDONE: [&str; 5] = [
    "MS-PAN/3.1.1.4.1/registration-leads-to-get-new-channel",
    "MS-PAN/3.1.1.4.3/get-new-channel-is-called-again",
    "MS-PAN/3.2.1.4/client-deletes-what-it-creates",
    "MS-PAN/3.2.2.4/client-unregisters-what-it-registers",
    "MS-PAN/3.2.2.4/next-call-comes-without-delay",
];

/// Whether the breach of a rule may break another one.
fn is_kin(broken: &str, other: &str) -> bool {
    let of_documents = broken.starts_with("MS-PAN/2.2.7") && RESPONSES.contains(&other);
    UNDONE.contains(&other) || of_documents || KIN.iter().any(|group| group.contains(&broken) && group.contains(&other))
}

fn complaints(at: usize, case: &Case) -> Vec<String> {
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
    for finding in broken.findings.iter().filter(|finding| finding.rule != case.rule) {
        if !case.also.contains(&finding.rule) && !is_kin(case.rule, finding.rule) {
            complain(format!("the breaking trace also gives {}", shown(finding)));
        }
    }
    complaints
}

/// The verdicts that a single rule finds in a trace, other than passes.
pub(crate) fn verdicts(rule: &str, script: Script) -> Vec<Severity> {
    let rule = rules::rule(rule).unwrap();
    script.judge([rule]).findings.iter().map(|finding| finding.verdict).collect()
}

pub(crate) fn shown(finding: &Finding) -> String {
    let Finding { rule, requirements, verdict, expected, actual, event, .. } = finding;
    format!("{verdict} of {rule} {requirements:?} at event {event}: expected {expected}; {actual}")
}

/// What a single rule decides in a trace: each requirement with what was said of it, and how often where that is not once.
pub(crate) fn decided(rule: &str, script: Script) -> String {
    let rule = rules::rule(rule).unwrap();
    let words = script.judge([rule]).requirements.into_iter().flat_map(|((id, _), tally)| {
        let counts = [
            ("pass", tally.pass),
            ("fail", tally.fail),
            ("warn", tally.warn),
            ("inconclusive", tally.inconclusive),
            ("note", tally.note),
        ];
        counts.into_iter().filter(|(_, count)| *count > 0).map(move |(word, count)| match count {
            1 => format!("{} {word}", id.trim_start_matches("PAN-")),
            _ => format!("{} {word} {count}", id.trim_start_matches("PAN-")),
        })
    });
    words.collect::<Vec<_>>().join(", ")
}

/// How often a single rule passes in a trace.
pub(crate) fn passes(rule: &str, script: Script) -> u64 {
    script.judge(rules::rule(rule)).rules.get(rule).map_or(0, |tally| tally.pass)
}
