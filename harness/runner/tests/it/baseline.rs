//! Baselines: what they mean, what is refused, what they make of a run, and drafts of them.

use std::fs;
use std::path::Path;

use rstest::rstest;
use runner::baseline::{Baseline, BaselineFile, Comparison, Pattern, Scope, draft, load};
use runner::report::{
    EntryState, Finding, Origin, Outcome, Requirement, RequirementVerdict, Results, Scenario, Severity, to_json,
    to_junit, to_text,
};
use runner::scenario::{Library, Root};

use crate::report::{results, scenario};
use crate::run::{Folder, Served, run, text};

/// A baseline of that content, read beside the tests' own scenarios.
fn read(name: &str, content: &str) -> Result<Baseline, String> {
    let folder = Folder::new(&format!("baseline-{name}"));
    let path = folder.0.join("known.yaml");
    fs::write(&path, content).expect("a file");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let library = Library::load(&Root::Folder(root)).expect("scenarios");
    load(&path, Some(&library.scenarios)).map_err(|problems| {
        let rendered: Vec<String> = problems.iter().map(|problem| format!("{problem}\n{}", problem.render())).collect();
        rendered.join("\n\n").replace(&format!("{}/", folder.0.display()), "")
    })
}

#[rstest]
#[case::unknown_key("unknown-key", "deviations:\n  - scenari: works/notification\n    reason: x\n")]
#[case::duplicate_key("duplicate-key", "deviations:\n  - scenario: works/notification\n    reason: x\n    reason: y\n")]
#[case::no_reason("no-reason", "deviations:\n  - scenario: works/notification\n")]
#[case::empty_reason(
    "empty-reason",
    "deviations:\n  - scenario: works/notification\n    reason: ''\n  - requirement: PAN-3.1.2.4.1-05\n    reason: ' '\n"
)]
#[case::no_scenario("no-scenario", "deviations:\n  - {scenario: works/notifications, reason: x}\n")]
#[case::no_requirement("no-requirement", "deviations:\n  - {requirement: PAN-3.1.1.4.2-8, reason: x}\n")]
#[case::exempt("exempt", "deviations:\n  - {requirement: PAN-3.1.1.6.2-01, reason: x}\n")]
#[case::tag("tag", "deviations:\n  - {scenario: 'tag:smoke', reason: x}\n")]
#[case::both("both", "deviations:\n  - {scenario: works/, requirement: PAN-3.1.2.4.1-05, reason: x}\n")]
#[case::neither("neither", "deviations:\n  - {reason: x}\n")]
#[case::no_words("no-words", "deviations:\n  - {scenario: works/, text: ' * ', reason: x}\n")]
#[case::twice(
    "twice",
    "deviations:\n  - {scenario: works/, text: a  b, reason: x}\n  - {scenario: works/, text: a b, reason: y}\n"
)]
#[case::not_a_list("not-a-list", "deviations: none\n")]
fn what_is_refused_is_shown_with_its_place(#[case] name: &str, #[case] content: &str) {
    insta::assert_snapshot!(format!("baseline-{name}"), read(name, content).expect_err("refused"));
}

#[rstest]
#[case("expected a fault", "scenario: expected a fault; found nothing", true)]
#[case("expected  a\nfault", "scenario: expected a fault; found nothing", true)]
#[case("expected*nothing", "scenario: expected a fault; found nothing", true)]
#[case("nothing*expected", "scenario: expected a fault; found nothing", false)]
#[case("Expected", "scenario: expected a fault; found nothing", false)]
#[case("a*a", "a", false)]
fn a_text_is_part_of_what_is_said(#[case] written: &str, #[case] words: &str, #[case] is_in: bool) {
    assert_eq!(Pattern::new(written).expect("a pattern").is_in(words), is_in);
}

/// Every key that the schema knows is one that the loader takes, and no other.
#[test]
fn schema_and_loader_agree() {
    let schema = schemars::schema_for!(BaselineFile).to_value();
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    for (number, (entry, valid)) in [
        ("{scenario: works/, reason: x}", true),
        ("{requirement: PAN-3.1.2.4.1-05, reason: x, text: a*b, sometimes: true}", true),
        ("{scenario: works/, reason: ' '}", false),
        ("{scenario: works/, reason: x, text: '*'}", false),
        ("{scenario: works/, reason: x, variant: {syntax: ndr64}}", true),
        ("{scenario: works/, reason: x, variant: {security: none}}", true),
        ("{scenario: works/, reason: x, variant: {syntax: xdr}}", false),
        ("{scenario: works/, reason: x, variant: {}}", false),
        ("{scenario: works/}", false),
        ("{reason: x}", false),
        ("{scenario: works/, requirement: PAN-3.1.2.4.1-05, reason: x}", false),
        ("{scenario: works/, reason: x, because: y}", false),
        ("{scenario: works/, reason: x, sometimes: perhaps}", false),
    ]
    .into_iter()
    .enumerate()
    {
        let yaml = format!("deviations: [{entry}]\n");
        let json: serde_json::Value = serde_yaml::from_str(&yaml).expect("YAML");
        assert_eq!(validator.is_valid(&json), valid, "{yaml}");
        assert_eq!(read(&format!("agree-{number}"), &yaml).is_ok(), valid, "{yaml}");
    }
}

const BREAKS: &str = "{scenario: breaks/wrong-expectation, reason: it is wrong on purpose}";
const NEGATIVE: &str = "{scenario: controls/negative, reason: its control fails}";

#[rstest]
#[case::listed(BREAKS, "breaks/ works/", 0, "scenarios: 18 pass, 6 skip")]
#[case::all_listed(
    BREAKS,
    "breaks/",
    0,
    "SKIP 1 scenario, known: it is wrong on purpose\n     breaks/wrong-expectation: fail\n"
)]
#[case::by_prefix("{scenario: breaks/, reason: x}", "breaks/", 0, "1 as listed")]
#[case::with_its_text("{scenario: breaks/, reason: x, text: expected a fault}", "breaks/", 0, "1 as listed")]
#[case::other_text(
    "{scenario: breaks/, reason: x, text: expected a miracle}",
    "breaks/ works/",
    1,
    "OTHER TEXT breaks/ ("
)]
#[case::half_listed(
    "{scenario: breaks/, reason: x, text: a fault}, {scenario: breaks/, reason: y, text: a miracle}",
    "breaks/",
    1,
    "6 skip"
)]
#[case::unlisted(NEGATIVE, "breaks/ works/", 1, "FAIL breaks/wrong-expectation")]
#[case::listed_pass(
    "{scenario: works/notification, reason: x}",
    "works/",
    1,
    "works/notification passes: take the entry out"
)]
#[case::listed_pass_at_times("{scenario: works/notification, reason: x, sometimes: true}", "works/", 0, "1 undecided")]
#[case::some_of_a_prefix_pass("{scenario: works/, reason: x}", "works/", 1, "PASSES works/ (")]
#[case::not_selected(BREAKS, "works/", 0, "1 undecided")]
#[case::not_in_the_shard(BREAKS, "breaks/ works/ --shard 2/2", 0, "1 undecided")]
#[case::in_the_shard(BREAKS, "breaks/ works/ --shard 1/2", 0, "6 skip")]
#[case::unsupported("{scenario: needs/security, reason: x}", "needs/ works/", 0, "1 undecided")]
#[case::nothing_but_unsupported("{scenario: needs/security, reason: x}", "needs/", 4, "1 undecided")]
#[case::inconclusive(&format!("{BREAKS}, {NEGATIVE}"), "controls/negative", 0, "scenarios: 12 skip")]
#[case::unlisted_inconclusive(BREAKS, "controls/negative", 1, "came out as fail, so this says nothing")]
#[case::first_failure(BREAKS, "breaks/ works/ --fail-fast --jobs 1", 0, "18 pass, 6 skip")]
#[case::repeated(BREAKS, "breaks/ --repeat 2", 0, "6 skip")]
#[case::some_rules("{scenario: works/notification, reason: x}", "works/ --rules MS-PAN/3.1.2", 0, "1 undecided")]
#[case::requirement_of_a_part("{requirement: PAN-3.1.2.4.1-05, reason: x}", "works/", 0, "1 undecided")]
#[case::everything(&format!("{BREAKS}, {NEGATIVE}"), "", 0, "baseline")]
#[case::requirement_that_holds(
    &format!("{BREAKS}, {NEGATIVE}, {{requirement: PAN-3.1.2.4.1-05, reason: x}}"), "", 1, "PASSES PAN-3.1.2.4.1-05 ("
)]
#[case::requirement_of_the_other_party(
    &format!("{BREAKS}, {NEGATIVE}, {{requirement: PAN-1.8-04, reason: x}}"), "", 1, "MATCHES NOTHING PAN-1.8-04 ("
)]
#[case::dry(
    BREAKS,
    "breaks/ --dry-run",
    0,
    "breaks/wrong-expectation against embedded-server in ndr, ndr64, ndr with negotiate-pkt, ndr64 with negotiate-pkt, ndr with negotiate-privacy, ndr64 with negotiate-privacy (known: it is wrong on purpose)"
)]
#[case::in_one_way(
    "{scenario: breaks/, variant: {syntax: ndr64}, reason: x}",
    "breaks/",
    1,
    "in ndr with negotiate-pkt, ndr with negotiate-privacy\n     fail breaks/wrong-expectation.yaml"
)]
#[case::in_the_other_way_too(
    "{scenario: breaks/, variant: {syntax: ndr64}, reason: x}, {scenario: breaks/, variant: {syntax: ndr}, reason: y}",
    "breaks/",
    0,
    "2 as listed"
)]
#[case::in_a_way_that_did_not_run(
    "{scenario: works/, variant: {syntax: ndr64}, reason: x}",
    "works/ --transfer-syntax ndr",
    0,
    "1 undecided"
)]
#[case::passes_in_its_way(
    "{scenario: works/create-and-delete, variant: {syntax: ndr64}, reason: x}",
    "works/",
    1,
    "PASSES works/create-and-delete {syntax: ndr64} ("
)]
#[case::requirement_in_one_way(
    "{requirement: PAN-3.1.2.4.1-05, variant: {syntax: ndr64}, reason: x}",
    "works/",
    0,
    "1 undecided"
)]
#[case::malformed("{scenario: breaks/, reason: ''}", "breaks/", 2, "known.yaml:1:")]
#[case::error_among_them(BREAKS, "breaks/ --target ncacn_ip_tcp:127.0.0.1[1]", 3, "1 undecided")]
fn the_exit_code_counts_the_baseline(
    #[case] entries: &str,
    #[case] words: &str,
    #[case] code: i32,
    #[case] said: &str,
) {
    let name: String = format!("{words}{entries}").chars().filter(char::is_ascii_alphanumeric).collect();
    let folder = Folder::new(&name.chars().take(120).collect::<String>());
    let known = folder.0.join("known.yaml");
    fs::write(&known, format!("deviations: [{entries}]\n")).expect("a baseline");
    let mut words: Vec<&str> = words.split(' ').filter(|word| !word.is_empty()).collect();
    let known = known.display().to_string();
    words.extend(["--baseline", &known]);
    let output = run(&folder, &words).output().expect("it runs");
    assert_eq!(output.status.code(), Some(code), "{}", text(&output));
    let said_by = text(&output).replace("--> ", "");
    assert!(said_by.contains(said), "{said_by}");
    assert_eq!(folder.0.join("report/results.json").exists(), code != 2 && !words.contains(&"--dry-run"));
}

/// A drafted baseline, with its reasons filled in, lists what came; and all of it is over once the server is right.
#[test]
fn a_draft_lists_what_came_until_it_is_mended() {
    let folder = Folder::new("draft");
    let served = Served::new(&["--misbehave", "create-returns-s-false"]);
    let target = served.target(&folder);
    let known = folder.0.join("known.yaml").display().to_string();
    let of = |target: &str, words: &[&str]| {
        let words = [&["works/", "--target", target], words].concat();
        let output = run(&folder, &words).output().expect("it runs");
        (output.status.code(), text(&output))
    };
    let (code, said) = of(&target, &["--write-baseline", &known]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("reasons to fill in"), "{said}");
    let drafted = fs::read_to_string(&known).expect("a draft");
    let (first, rest) = drafted.split_once('\n').expect("lines");
    assert!(first.starts_with("# Known deviations of target, drafted by pan-harness"), "{first}");
    insta::assert_snapshot!("baseline-draft", rest);
    let (code, said) = of(&target, &["--baseline", &known]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("the reason is empty: say why this deviation is accepted"), "{said}");
    let (code, said) = of(&target, &["--write-baseline", &known]);
    assert_eq!((code, said.contains("it is there already")), (Some(2), true), "{said}");
    fs::write(&known, drafted.replace("reason: ''", "reason: S_FALSE is on its way out")).expect("filled in");
    let (code, said) = of(&target, &["--baseline", &known]);
    assert_eq!(code, Some(0), "{said}");
    let again = folder.0.join("again.yaml").display().to_string();
    let (code, said) = of(&target, &["--baseline", &known, "--write-baseline", &again]);
    assert_eq!((code, said.contains(" 0 reasons to fill in")), (Some(0), true), "{said}");
    let traces = folder.0.join("report").display().to_string();
    let checked = |words: &[&str]| {
        let output = crate::run::program().args(["check", &traces]).args(words).output().expect("it runs");
        (output.status.code(), text(&output))
    };
    assert_eq!(checked(&[]).0, Some(1));
    let (code, said) = checked(&["--baseline", &known]);
    assert_eq!(code, Some(0), "{said}");
    let mended = Served::new(&[]);
    let (code, said) = of(&mended.target(&folder), &["--baseline", &known]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("PASSES works/create-and-delete ("), "{said}");
}

#[test]
fn a_draft_that_can_not_be_written_is_refused_before_anything_runs() {
    let folder = Folder::new("no-folder");
    let nowhere = folder.0.join("nowhere/known.yaml").display().to_string();
    let output = run(&folder, &["breaks/", "--write-baseline", &nowhere]).output().expect("it runs");
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert!(text(&output).contains("its folder is not there"), "{}", text(&output));
    assert!(!folder.0.join("report/results.json").exists());
}

/// A finding of the server at a line.
fn finding(rule: &str, requirement: &str, verdict: Severity, line: u32) -> Finding {
    let requirements = Some(requirement).filter(|id| !id.is_empty()).map(str::to_owned).into_iter().collect();
    Finding {
        rule: rule.to_owned(),
        requirements,
        section: String::new(),
        level: String::new(),
        party: "server".to_owned(),
        verdict,
        product_note: None,
        expected: "this".to_owned(),
        actual: format!("that of {rule}"),
        step: Some("a call".to_owned()),
        event: None,
        origin: Origin::Line { scenario: "works/notification.yaml".to_owned(), line: Some(line) },
    }
}

const KNOWN: &str = "PAN-3.1.2.4.1-05";
const BY_REQUIREMENT: &str = "{requirement: PAN-3.1.2.4.1-05, reason: x}";
const BY_SCENARIO: &str = "{scenario: works/notification, reason: x}";
const BY_TEXT: &str = "{scenario: works/notification, text: that of r1, reason: x}";
const AT_TIMES: &str = "{scenario: works/notification, sometimes: true, reason: x}";
const LISTED: EntryState = EntryState::AsListed;

#[rstest]
#[case::requirement(BY_REQUIREMENT, Outcome::Fail, vec![finding("r1", KNOWN, Severity::Fail, 1)], false, Outcome::Skip, LISTED)]
#[case::another_too(
    BY_REQUIREMENT, Outcome::Fail,
    vec![finding("r1", KNOWN, Severity::Fail, 1), finding("r2", "PAN-3.1.2.4.1-04", Severity::Fail, 1)],
    false, Outcome::Fail, LISTED
)]
#[case::expectation_at_the_same_step(
    BY_REQUIREMENT, Outcome::Fail,
    vec![finding("r1", KNOWN, Severity::Fail, 1), finding("scenario", "", Severity::Fail, 1)],
    false, Outcome::Skip, LISTED
)]
#[case::expectation_elsewhere(
    BY_REQUIREMENT, Outcome::Fail,
    vec![finding("r1", KNOWN, Severity::Fail, 1), finding("scenario", "", Severity::Fail, 2)],
    false, Outcome::Fail, LISTED
)]
#[case::text_and_more(
    BY_TEXT, Outcome::Fail,
    vec![finding("r1", KNOWN, Severity::Fail, 1), finding("r2", KNOWN, Severity::Fail, 1)],
    false, Outcome::Fail, LISTED
)]
#[case::all_of_a_scenario(
    BY_SCENARIO, Outcome::Fail,
    vec![finding("r1", KNOWN, Severity::Fail, 1), finding("r2", KNOWN, Severity::Fail, 1)],
    false, Outcome::Skip, LISTED
)]
#[case::warning_that_only_warns(
    BY_REQUIREMENT, Outcome::Pass, vec![finding("r1", KNOWN, Severity::Warn, 1)], false, Outcome::Pass, LISTED
)]
#[case::warning_with_strict(
    BY_REQUIREMENT, Outcome::Fail, vec![finding("r1", KNOWN, Severity::Warn, 1)], true, Outcome::Skip, LISTED
)]
#[case::unlisted_warning_with_strict(
    BY_TEXT, Outcome::Fail,
    vec![finding("r1", KNOWN, Severity::Fail, 1), finding("r2", KNOWN, Severity::Warn, 1)],
    true, Outcome::Fail, LISTED
)]
#[case::warning_beside_a_failure(
    BY_TEXT, Outcome::Fail,
    vec![finding("r1", KNOWN, Severity::Fail, 1), finding("r2", KNOWN, Severity::Warn, 1)],
    false, Outcome::Skip, LISTED
)]
#[case::pass_with_a_warning(
    BY_SCENARIO, Outcome::Pass, vec![finding("r1", KNOWN, Severity::Warn, 1)], false, Outcome::Pass, EntryState::Passes
)]
#[case::flaky(
    BY_SCENARIO, Outcome::Flaky, vec![finding("r1", KNOWN, Severity::Fail, 1)], false, Outcome::Flaky, EntryState::Passes
)]
#[case::flaky_as_listed(
    AT_TIMES, Outcome::Flaky, vec![finding("r1", KNOWN, Severity::Fail, 1)], false, Outcome::Skip, LISTED
)]
#[case::error(BY_SCENARIO, Outcome::Error, vec![], false, Outcome::Error, EntryState::Undecided)]
#[case::inconclusive_by_scenario(BY_SCENARIO, Outcome::Inconclusive, vec![], false, Outcome::Skip, LISTED)]
#[case::inconclusive_by_requirement(
    BY_REQUIREMENT, Outcome::Inconclusive, vec![], false, Outcome::Inconclusive, EntryState::Undecided
)]
fn a_scenario_is_skipped_when_all_it_is_accused_of_is_listed(
    #[case] entry: &str,
    #[case] came: Outcome,
    #[case] findings: Vec<Finding>,
    #[case] strict: bool,
    #[case] outcome: Outcome,
    #[case] state: EntryState,
) {
    let name: String = format!("{entry}{came}{findings:?}{strict}").chars().filter(char::is_ascii_digit).collect();
    let baseline =
        read(&format!("settle-{name}-{came}-{}", entry.len()), &format!("deviations: [{entry}]\n")).expect("read");
    let comparison = Comparison::new(&baseline, strict);
    let reason = (came == Outcome::Inconclusive).then_some("could not be decided");
    let mut rows = [scenario("works/notification", came, reason, findings)];
    comparison.settle(&mut rows, |row| row.id.clone());
    assert_eq!(rows[0].verdict, outcome);
    assert_eq!(rows[0].known.as_ref().map(|known| known.verdict), (outcome == Outcome::Skip).then_some(came));
    let scope = Scope { is_whole: false, passes_count: true, scenarios: &[] };
    let states = comparison.states(&rows, &[], scope, |row| row.id.clone());
    assert_eq!(states.entries[0].state, state, "{states:?}");
}

/// `check` does not look at what scenarios expect, so that an entry about that says nothing there.
#[rstest]
#[case::run(true, EntryState::OtherText)]
#[case::check(false, EntryState::Undecided)]
fn an_expectation_is_missed_only_where_it_is_looked_at(#[case] passes_count: bool, #[case] state: EntryState) {
    let expectation = "{scenario: works/notification, text: 'scenario: expected a handle', reason: BUG-3}";
    let listed = format!("deviations: [{BY_REQUIREMENT}, {expectation}]\n");
    let baseline = read(&format!("expectation-{passes_count}"), &listed).expect("read");
    let comparison = Comparison::new(&baseline, false);
    let findings = vec![finding("r1", KNOWN, Severity::Fail, 1)];
    let mut rows = [scenario("works/notification", Outcome::Fail, None, findings)];
    comparison.settle(&mut rows, |row| row.id.clone());
    let scope = Scope { is_whole: false, passes_count, scenarios: &[] };
    let states = comparison.states(&rows, &[], scope, |row| row.id.clone());
    assert_eq!(states.entries.iter().map(|entry| entry.state).collect::<Vec<_>>(), [LISTED, state], "{states:?}");
}

/// A target that breaks down in a scenario that is known for something else is not as listed.
#[test]
fn a_breakdown_is_no_known_failure() {
    let baseline = read("breakdown", &format!("deviations: [{BY_TEXT}, {BY_REQUIREMENT}]\n")).expect("read");
    let row =
        |reason| scenario("works/notification", Outcome::Fail, reason, vec![finding("r1", KNOWN, Severity::Fail, 1)]);
    let comparison = Comparison::new(&baseline, false);
    assert!(comparison.lists("works/notification", &row(None)));
    assert!(!comparison.lists("works/notification", &row(Some("the target ended with signal 11"))));
}

#[rstest]
#[case(RequirementVerdict::Pass, true, EntryState::Passes)]
#[case(RequirementVerdict::Fail, true, EntryState::OtherText)]
#[case(RequirementVerdict::Waived, true, EntryState::Undecided)]
#[case(RequirementVerdict::Inconclusive, true, EntryState::Undecided)]
#[case(RequirementVerdict::NotExercised, true, EntryState::MatchesNothing)]
#[case(RequirementVerdict::Pass, false, EntryState::Undecided)]
fn a_requirement_is_over_only_when_everything_ran(
    #[case] verdict: RequirementVerdict,
    #[case] is_whole: bool,
    #[case] state: EntryState,
) {
    let baseline =
        read(&format!("requirement-{verdict}-{is_whole}"), &format!("deviations: [{BY_REQUIREMENT}]\n")).expect("read");
    let requirement = Requirement {
        id: KNOWN.to_owned(),
        section: String::new(),
        level: String::new(),
        party: "server".to_owned(),
        verdict,
        rules: Vec::new(),
        reason: None,
    };
    let scope = Scope { is_whole, passes_count: true, scenarios: &[] };
    let states = Comparison::new(&baseline, false).states(&[], &[requirement], scope, |row| row.id.clone());
    assert_eq!(states.entries[0].state, state, "{states:?}");
}

/// Results in which a row is as listed, an entry is over and another one is not decided.
fn with_baseline() -> Results {
    let baseline = read(
        "report",
        "deviations:\n- {scenario: works/notification, text: that of r1, reason: 'BUG-7: a <reason>'}\n- {scenario: \
         works/create-and-delete, reason: mended}\n- {scenario: needs/, reason: unseen}\n",
    )
    .expect("read");
    let mut results = results();
    let comparison = Comparison::new(&baseline, false);
    results.scenarios = vec![
        scenario("works/notification", Outcome::Fail, None, vec![finding("r1", KNOWN, Severity::Fail, 3)]),
        scenario("works/create-and-delete", Outcome::Pass, None, Vec::new()),
    ];
    let id_of = |row: &Scenario| row.id.clone();
    comparison.settle(&mut results.scenarios, id_of);
    let scope = Scope { is_whole: false, passes_count: true, scenarios: &[] };
    results.baseline = Some(comparison.states(&results.scenarios, &[], scope, id_of));
    if let Some(baseline) = &mut results.baseline {
        baseline.file = "known.yaml".to_owned();
    }
    results.summary = runner::report::Summary::of(&results.scenarios);
    results
}

#[test]
fn every_form_of_a_report_shows_the_baseline() {
    let results = with_baseline();
    let json = to_json(&results).expect("JSON");
    assert_eq!(serde_json::from_str::<Results>(&json).expect("readable"), results);
    let schema = schemars::schema_for!(Results).to_value();
    let value: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert!(jsonschema::validator_for(&schema).expect("a schema").is_valid(&value));
    insta::assert_snapshot!("baseline-report-json", json);
    insta::assert_snapshot!("baseline-report-junit", to_junit(&results).expect("XML"));
    insta::assert_snapshot!("baseline-report-text", to_text(&results, runner::report::Styles::default()));
}

/// What a target says goes into a draft such that it is read back and lists the same again.
#[rstest]
#[case::quotes("it's \"so\": #1, [2], {3}, - *anchor &x !tag %")]
#[case::controls("a\u{0}b\tc\nd\u{1b}[31m\u{85}e\u{2028}f\u{feff}g\u{fffe}")]
#[case::long(&"word ".repeat(100))]
#[case::one_long_word(&"w".repeat(1_000))]
#[case::varying("handle 2abad223-b994-4aca-82fd-4571b1b585ac after 12.5ms (in 3s): 0x8004000C")]
#[case::empty("")]
fn a_draft_holds_any_words(#[case] actual: &str) {
    let mut found = finding("r1", KNOWN, Severity::Fail, 1);
    found.actual = actual.to_owned();
    let mut results = results();
    results.scenarios = vec![scenario("works/notification", Outcome::Fail, None, vec![found])];
    let drafted = draft(&results, None, &[], false);
    assert_eq!((drafted.entries, drafted.unfilled), (1, 1), "{}", drafted.text);
    let filled = drafted.text.replace("reason: ''", "reason: x");
    let name: String = actual.chars().filter(char::is_ascii_alphanumeric).take(40).collect();
    let baseline = read(&format!("words-{name}"), &filled).unwrap_or_else(|error| panic!("{error}\n{filled}"));
    let comparison = Comparison::new(&baseline, false);
    assert!(comparison.lists("works/notification", &results.scenarios[0]), "{filled}");
    let other = actual.replace("2abad223-b994", "11111111-2222").replace("12.5ms", "7ms");
    results.scenarios[0].findings[0].actual = other;
    assert!(comparison.lists("works/notification", &results.scenarios[0]), "{filled}");
    assert!(drafted.text.len() < 1_000, "{}", drafted.text);
}

#[test]
fn a_draft_of_nothing_is_a_baseline() {
    let mut results = results();
    results.scenarios = vec![scenario("works/notification", Outcome::Pass, None, Vec::new())];
    let drafted = draft(&results, None, &[], false);
    assert_eq!(drafted.entries, 0);
    assert_eq!(read("nothing", &drafted.text).expect("read").entries, []);
}
