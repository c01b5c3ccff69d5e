//! The forms of the report of `check`: findings stand at entries and packets.

use rstest::rstest;
use runner::report::{Baseline, BaselineEntry, EntryState, Known, Origin, Outcome, Results, Severity, Summary};

use super::form;
use crate::report::{finding, results, scenario, variant};

/// What a capture, a trace and a file that can't be read come out as.
pub(super) fn recorded() -> Results {
    let found = |file: &str, packet| runner::report::Finding {
        origin: Origin::Entry { file: file.to_owned(), packet },
        step: None,
        ..finding(Severity::Fail)
    };
    let unknown = || variant("unknown", "unknown");
    let mut capture = scenario("office 2.pcapng", Outcome::Fail, None, vec![found("office 2.pcapng", 42)]);
    capture.variant = unknown();
    let trace = scenario("/tmp/a/trace.jsonl", Outcome::Fail, None, vec![found("/tmp/a/trace.jsonl", 7)]);
    let mut broken = scenario("cut.pcap", Outcome::Error, Some("offset 0x18: expected a whole block"), Vec::new());
    broken.variant = unknown();
    let mut known = scenario("known.pcap", Outcome::Skip, None, vec![found("known.pcap", 9)]);
    known.known = Some(Known { verdict: Outcome::Fail, reasons: vec!["BUG-7".to_owned()] });
    let scenarios = vec![capture, trace, broken, known];
    let entry = BaselineEntry {
        scenario: Some("unidirectional/unregister-twice".to_owned()),
        requirement: None,
        variant: None,
        text: None,
        reason: "BUG-7".to_owned(),
        sometimes: false,
        line: 3,
        state: EntryState::AsListed,
        why: None,
        scenarios: vec!["known.pcap".to_owned()],
    };
    let other = EntryState::OtherText;
    let wrong = BaselineEntry { line: 8, state: other, why: Some("nothing has the text".to_owned()), ..entry.clone() };
    Results {
        command: ["pan-harness", "check", "--party", "server"].map(str::to_owned).to_vec(),
        baseline: Some(Baseline { file: "known.yaml".to_owned(), entries: vec![entry, wrong] }),
        summary: Summary::of(&scenarios),
        scenarios,
        ..results()
    }
}

#[rstest]
fn recorded_traffic_is_told_in_every_form(#[values("markdown", "tap", "sarif", "github")] name: &str) {
    insta::assert_snapshot!(format!("check-{name}"), form(name)(&recorded()));
}

#[test]
fn recorded_traffic_is_told_in_text() {
    insta::assert_snapshot!("check-text", runner::report::to_text(&recorded(), runner::report::Styles::default()));
}
