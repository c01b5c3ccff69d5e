//! Text: side by side on a terminal, and plain where nobody wants colours.

use rstest::rstest;
use runner::report::{Outcome, Results, Severity, Styles, Summary, to_text};

use crate::report::{finding, results, scenario};

fn told(expected: &str, actual: &str, columns: usize) -> String {
    let mut found = finding(Severity::Fail);
    found.expected = expected.to_owned();
    found.actual = actual.to_owned();
    let scenarios = vec![scenario("a/fails", Outcome::Fail, None, vec![found])];
    to_text(&Results { summary: Summary::of(&scenarios), scenarios, ..results() }, Styles::colored(columns))
}

#[rstest]
#[case::short("a failure HRESULT", "success (0x00000000)", 100)]
#[case::alike("ppRemoteObj is NULL and the status 0x80070005", "ppRemoteObj is NULL and the status 0x00000000", 100)]
#[case::lines("<a>\n  <b/>\n  <c/>\n</a>", "<a>\n  <c/>\n  <d/>\n</a>", 80)]
#[case::long(
    "0123456789abcdef0123456789abcdef0123456789abcdef",
    "0123456789abcdef 0123456789abcdeX0123456789abcdef",
    20
)]
#[case::one_side("", "nothing came", 100)]
fn expected_and_actual_stand_side_by_side(#[case] expected: &str, #[case] actual: &str, #[case] columns: usize) {
    let text = told(expected, actual, columns);
    let shown = anstream::adapter::strip_str(&text).to_string();
    let from = shown.find("unregister-twice.yaml:31").expect("the place");
    let name = format!("beside-{}", expected.chars().filter(char::is_ascii_alphanumeric).take(8).collect::<String>());
    let lines: Vec<&str> = shown[from..].lines().skip(1).take_while(|line| !line.contains("PAN-")).collect();
    insta::assert_snapshot!(name, lines.join("\n"));
}

/// Only the words in which two versions of a text differ are marked.
#[test]
fn words_that_differ_are_marked() {
    let text = told("the status 0x80070005 came", "the status 0x00000000 came", 100);
    let marked =
        |words: &str| text.contains(&format!("\u{1b}[1m\u{1b}[31m{words}")) || text.contains(&format!("31m{words}"));
    assert!(marked("0x00000000") && !marked("the"), "{text:?}");
}
