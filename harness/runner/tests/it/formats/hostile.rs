//! Words of a target that would be more than words: no form lets them out of where they stand.

use rstest::rstest;
use runner::report::{Outcome, Results, Severity, Styles, Summary, to_junit, to_text};

use super::{FORMS, form};
use crate::report::{finding, results, scenario};

/// What each form would take for its own.
const EVIL: &str = "x\u{1b}[2J\r\n::error file=a::owned\n```\n# head\n<script>alert(1)</script> | `a` ``b`` \n...\nok 9 - mine # SKIP \\\
                    \u{202e}[link](http://evil.test) 100%\u{7}]]>";

fn hostile() -> Results {
    let mut found = finding(Severity::Fail);
    found.expected = EVIL.to_owned();
    found.actual = EVIL.to_owned();
    found.step = Some(EVIL.to_owned());
    let mut failed = scenario("a/fails", Outcome::Fail, Some(EVIL), vec![found]);
    failed.title = EVIL.to_owned();
    let scenarios = vec![
        failed,
        scenario("a/lacks", Outcome::Unsupported, Some(EVIL), Vec::new()),
        scenario("a/breaks", Outcome::Error, Some(EVIL), Vec::new()),
        scenario("a/breaks-too", Outcome::Error, Some(EVIL), Vec::new()),
        scenario("a/open", Outcome::Inconclusive, Some(EVIL), Vec::new()),
    ];
    let mut results = results();
    results.targets[0].name = EVIL.to_owned();
    results.targets[0].address = EVIL.to_owned();
    Results { summary: Summary::of(&scenarios), scenarios, ..results }
}

#[rstest]
fn what_a_target_says_stays_in_its_place(#[values("markdown", "tap", "github")] name: &str) {
    insta::assert_snapshot!(format!("hostile-{name}"), form(name)(&hostile()));
}

/// Nothing that moves a cursor or turns the direction of reading gets into any form.
#[test]
fn no_form_holds_orders_to_a_terminal() {
    let results = hostile();
    let mut told: Vec<(&str, String)> = FORMS.iter().map(|(name, form)| (*name, form(&results))).collect();
    told.push(("text", to_text(&results, Styles::default())));
    told.push(("junit", to_junit(&results).expect("XML")));
    for (name, text) in told {
        let moving = text.chars().find(|c| (c.is_control() && *c != '\n') || ('\u{202a}'..='\u{202e}').contains(c));
        assert_eq!(moving, None, "{name}:\n{text}");
    }
}

/// In TAP every line that begins a test point is one of ours.
#[test]
fn nobody_else_makes_test_points() {
    let tap = form("tap")(&hostile());
    let is_point = |line: &&str| line.starts_with("ok ") || line.starts_with("not ok ");
    let points: Vec<&str> = tap.lines().filter(is_point).collect();
    assert_eq!((points.len(), tap.lines().nth(1)), (5, Some("1..5")), "{tap}");
    assert!(!tap.lines().any(|line| line.starts_with("Bail out!")), "{tap}");
    assert_eq!(points.iter().map(|line| line.matches(" # SKIP ").count()).sum::<usize>(), 1, "{tap}");
}

/// Of workflow commands every line is one of ours.
#[test]
fn nobody_else_gives_workflow_commands() {
    let told = form("github")(&hostile());
    assert_eq!(told.lines().count(), 3, "{told}");
    assert!(told.lines().all(|line| line.starts_with("::error ") && !line.contains('\r')), "{told}");
}
