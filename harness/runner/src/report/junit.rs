//! `junit.xml`: one test suite for each target, one test case for each scenario.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::baseline::{Baseline, EntryState};
use super::results::{Finding, Outcome, Results, Scenario, Severity};
use super::words::printable;

/// The results as `junit.xml`. What is neither pass nor fail is a skipped case or an error, as JUnit has no other words.
///
/// # Errors
/// In words, when the XML can't be written.
pub fn to_junit(results: &Results) -> Result<String, String> {
    let mut report = Report::new(&results.tool.name);
    for target in &results.targets {
        let mut suite = TestSuite::new(&target.id);
        let cases = results.scenarios.iter().filter(|scenario| scenario.target == target.id).map(case);
        suite.add_test_cases(cases);
        suite.add_property(("started", results.started.as_str()));
        suite.add_property(("seed", results.seed.to_string().as_str()));
        report.add_test_suite(suite);
    }
    report.add_test_suites(results.baseline.as_ref().map(baseline));
    report.to_string().map_err(|error| error.to_string())
}

/// The baseline as a suite: an entry that it is wrong about is a failure.
fn baseline(baseline: &Baseline) -> TestSuite {
    let mut suite = TestSuite::new(format!("baseline {}", baseline.file));
    suite.add_test_cases(baseline.entries.iter().map(|entry| {
        let status = match (entry.advice(), entry.state) {
            (Some(advice), state) => {
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                status.set_type(state.name()).set_message(advice);
                status
            }
            (None, EntryState::Undecided) => {
                let mut status = TestCaseStatus::skipped();
                status.set_message(entry.why.as_deref().unwrap_or(entry.state.name()));
                status
            }
            (None, _) => TestCaseStatus::success(),
        };
        let mut case = TestCase::new(format!("line {}: {}", entry.line, entry.name()), status);
        case.set_classname("baseline");
        case.set_system_out(format!("reason: {}", entry.reason));
        case
    }));
    suite
}

fn case(scenario: &Scenario) -> TestCase {
    let words = printable(&words(scenario));
    let status = match scenario.verdict {
        Outcome::Pass => TestCaseStatus::success(),
        Outcome::Fail | Outcome::Flaky | Outcome::Inconclusive => {
            non_success(NonSuccessKind::Failure, scenario, &words)
        }
        Outcome::Error => non_success(NonSuccessKind::Error, scenario, &words),
        Outcome::Unsupported | Outcome::Skip => {
            let mut status = TestCaseStatus::skipped();
            let known =
                scenario.known.as_ref().map(|known| format!("known {}: {}", known.verdict, known.reasons.join("; ")));
            let message = known.as_deref().or(scenario.reason.as_deref()).unwrap_or(scenario.verdict.name());
            status.set_message(printable(message));
            status
        }
    };
    let (folder, name) = scenario.id.rsplit_once('/').unwrap_or(("", &scenario.id));
    let marks: Vec<&str> = scenario.variant.marks(&scenario.id).collect();
    let marks = if marks.is_empty() { String::new() } else { format!(" [{}]", marks.join(", ")) };
    let mut case = TestCase::new(format!("{name}{marks}"), status);
    case.set_classname(folder.replace('/', "."));
    case.set_time(Duration::try_from_secs_f64(scenario.duration_ms / 1_000.0).unwrap_or_default());
    if matches!(scenario.verdict, Outcome::Pass | Outcome::Skip) && !words.is_empty() {
        case.set_system_out(&words);
    }
    case
}

fn non_success(kind: NonSuccessKind, scenario: &Scenario, words: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    let gravest = scenario.findings.iter().max_by_key(|finding| finding.verdict);
    let message = match (&scenario.reason, gravest) {
        (Some(reason), _) => reason.clone(),
        (None, Some(finding)) => format!("expected {}; {}", finding.expected, finding.actual),
        (None, None) => scenario.verdict.name().to_owned(),
    };
    status.set_type(scenario.verdict.name()).set_message(printable(&message)).set_description(words);
    status
}

fn words(scenario: &Scenario) -> String {
    let shown = scenario.findings.iter().filter(|finding| finding.verdict > Severity::Note);
    shown.map(line).collect::<Vec<_>>().join("\n")
}

fn line(finding: &Finding) -> String {
    let ids = finding.requirements.join(" ");
    format!("{}: {} [{ids}]: expected {}; found {}", finding.verdict, finding.rule, finding.expected, finding.actual)
}
