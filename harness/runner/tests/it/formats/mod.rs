//! The forms of a report, of `run` and of `check`: each pinned, and each safe from what a target says.

mod check;
mod hostile;
mod sarif;
mod text;

use rstest::rstest;
use runner::report::{Results, to_annotations, to_markdown, to_sarif, to_tap};

use crate::report::{in_several_ways, results};

/// A form of a report.
type Form = fn(&Results) -> String;

pub(crate) const FORMS: [(&str, Form); 4] = [
    ("markdown", to_markdown),
    ("tap", |results| to_tap(results).expect("TAP")),
    ("sarif", |results| to_sarif(results).expect("SARIF")),
    ("github", to_annotations),
];

fn form(name: &str) -> Form {
    FORMS.iter().find(|(known, _)| *known == name).expect("a form").1
}

#[rstest]
fn a_run_is_told_in_every_form(#[values("markdown", "tap", "sarif", "github")] name: &str) {
    insta::assert_snapshot!(format!("run-{name}"), form(name)(&results()));
    insta::assert_snapshot!(format!("run-several-ways-{name}"), form(name)(&in_several_ways()));
}

/// Nothing ran: also that is told, and is no green.
#[rstest]
fn an_empty_run_is_told_in_every_form(#[values("markdown", "tap", "sarif", "github")] name: &str) {
    let results = Results { scenarios: Vec::new(), summary: Default::default(), interrupted: true, ..results() };
    insta::assert_snapshot!(format!("empty-{name}"), form(name)(&results));
}
