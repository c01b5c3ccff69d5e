//! Entries in, findings out.

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
    let passes = report
        .requirements
        .iter()
        .filter(|(_, tally)| tally.pass > 0)
        .map(|(id, tally)| format!("{id} passed {}\n", tally.pass));
    assert_snapshot!(name, findings.chain(passes).collect::<String>());
}
