//! Entries in, findings out.

use std::collections::BTreeMap;

use conformance::{Checker, Config, rules};
use insta::assert_snapshot;
use rstest::rstest;

use crate::dissect::recorded;

/// What the rules find in conversations between other implementations.
#[rstest]
#[case("wine-to-wine")]
#[case("wine-to-go-msrpc")]
#[case("go-msrpc-to-wine")]
#[case("go-msrpc-and-scapy")]
fn recorded_conversations_are_judged(#[case] name: &str) {
    let mut checker = Checker::new(Config::default(), rules::all());
    for entry in recorded(name) {
        checker.push(&entry, &mut |_| {});
    }
    let report = checker.finish();
    let findings = report.findings.iter().map(|finding| {
        let conformance::Finding { event, verdict, rule, requirements, expected, actual, .. } = finding;
        format!("{event} {verdict} {rule} {requirements:?}: expected {expected}; {actual}\n")
    });
    let mut passed: BTreeMap<&str, u64> = BTreeMap::new();
    for ((id, _), tally) in report.requirements.iter().filter(|(_, tally)| tally.pass > 0) {
        *passed.entry(id).or_default() += tally.pass;
    }
    let passes = passed.iter().map(|(id, count)| format!("{id} passed {count}\n"));
    assert_snapshot!(name, findings.chain(passes).collect::<String>());
}
