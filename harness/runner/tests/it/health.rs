//! Targets that forget what they should keep, over the loopback: one sentence tells of it, and the rest is not blamed.

mod forgetful;

use forgetful::{Forgetful, Lapse};
use rstest::rstest;
use runner::report::{Outcome, Results};

use crate::run::{Folder, program, text};

/// Uses two connections, though needlessly; `first` because the run begins with it.
const TWO_CONNECTIONS: &str = r#"
title: An object made on one connection is deleted on another
actors: {alice: {}}
steps:
  - call: {actor: alice, connection: one, method: Create, save: {object: ppRemoteObj}}
  - idle: {for: 150ms, because: a target may forget}
  - call: {actor: alice, connection: two, method: Delete, in: {ppRemoteObj: "${object}"}}
"#;

/// Notices nothing but the end of its connections.
const RESTART: &str = r#"
title: The target is restarted in the middle
needs: [stimulus]
actors: {alice: {}}
steps:
  - call: {actor: alice, connection: one, method: Create, save: {object: ppRemoteObj}}
  - call: {actor: alice, connection: two, method: Create, save: {second: ppRemoteObj}}
  - stimulus: {notify: {data: {utf16: "<a/>"}}}
  - call: {actor: alice, connection: one, method: Delete, in: {ppRemoteObj: "${object}"}}
  - call: {actor: alice, connection: two, method: Delete, in: {ppRemoteObj: "${second}"}}
"#;

/// Expects what no server does.
const WRONG: &str = r"
title: Create fails
actors: {alice: {}}
steps:
  - call: {actor: alice, method: Create, expect: {fault: any}}
";

/// Runs `first` and five further scenarios that use two connections.
fn run(folder: &Folder, first: &str, target: &str) -> (Option<i32>, String, Results) {
    let scenarios = folder.0.join("scenarios");
    std::fs::create_dir_all(&scenarios).expect("a folder");
    std::fs::write(scenarios.join("first.yaml"), first).expect("a scenario");
    for number in 1..=5 {
        std::fs::write(scenarios.join(format!("later-{number}.yaml")), TWO_CONNECTIONS).expect("a scenario");
    }
    let mut command = program();
    command.args(["run", "--target", target, "--scenarios"]).arg(scenarios);
    let output = command.arg("--report").arg(folder.0.join("report")).output().expect("it runs");
    (output.status.code(), text(&output), folder.results())
}

#[rstest]
#[case::other_connections(
    Lapse::OtherConnections,
    "came fault 0x1c00001a (nca_s_fault_context_mismatch) for its Delete; the first connection still knew it"
)]
#[case::joining(
    Lapse::Joining,
    "expected the bind of a second connection with assoc_group_id 2 to be accepted; came a bind_nak with reason 0 (REASON_NOT_SPECIFIED)"
)]
#[case::another_association(Lapse::AnotherAssociation, "to be accepted; came a bind_ack with assoc_group_id 77")]
#[case::in_time(Lapse::InTime, "for its Delete; the first connection did not know it either")]
fn forgotten_associations_are_named_once(#[case] lapse: Lapse, #[case] words: &str) {
    let folder = Folder::new(&format!("forgets-{lapse:?}"));
    let server = Forgetful::new(lapse);
    let (code, text, results) = run(&folder, TWO_CONNECTIONS, &folder.target(&server.address, ""));
    assert_eq!(code, Some(1), "{text}");
    let verdicts = |wanted| results.scenarios.iter().filter(|one| one.verdict == wanted).count();
    assert_eq!((verdicts(Outcome::Fail), verdicts(Outcome::Error)), (1, 5), "{text}");
    let reason = |at: usize| results.scenarios[at].reason.clone().expect("a reason");
    assert!(reason(0).starts_with(&format!("the target at {}: expected ", server.address)), "{}", reason(0));
    assert!(reason(0).ends_with(words), "{}", reason(0));
    assert_eq!(reason(1), format!("the target can't be judged any more since first: {}", reason(0)));
    assert!(text.contains("ERROR 5 scenarios: the target can't be judged any more"), "{text}");
}

#[rstest]
#[case::well(Lapse::Nothing)]
#[case::no_room(Lapse::NoRoom)]
fn a_failure_of_one_scenario_is_not_taken_for_more(#[case] lapse: Lapse) {
    let folder = Folder::new(&format!("fails-{lapse:?}"));
    let server = Forgetful::new(lapse);
    let (code, text, results) = run(&folder, WRONG, &folder.target(&server.address, ""));
    assert_eq!(code, Some(1), "{text}");
    assert_eq!(results.summary.error, 0, "{text}");
    assert!(results.scenarios.iter().all(|one| one.reason.is_none()), "{text}");
}

#[test]
fn a_target_that_is_restarted_in_mid_run_fails_one_scenario() {
    let folder = Folder::new("restarted");
    let server = Forgetful::new(Lapse::RestartsWhenAsked);
    let stimulus = format!("stimulus: {{tcp: '{}'}}", server.stimulus);
    let (code, text, results) = run(&folder, RESTART, &folder.target(&server.address, &stimulus));
    assert_eq!(code, Some(1), "{text}");
    assert_eq!((results.summary.fail, results.summary.pass), (1, 5), "{text}");
    let reason = results.scenarios[0].reason.clone().expect("a reason");
    assert!(reason.starts_with(&format!("the target at {} ended a connection, ", server.address)), "{reason}");
    assert!(reason.ends_with("it answers new ones: was it restarted?"), "{reason}");
}

#[test]
fn a_target_that_answers_nothing_is_named_once() {
    let folder = Folder::new("silent");
    let server = Forgetful::new(Lapse::Everything);
    let target = folder.target(&server.address, "limits: {call: 200ms}");
    let (code, text, results) = run(&folder, TWO_CONNECTIONS, &target);
    assert_eq!(code, Some(1), "{text}");
    assert_eq!(results.summary.error, 5, "{text}");
    let words = "expected an answer to Create on a new connection; came nothing within 200ms";
    assert!(text.contains(&format!("the target at {}: {words}", server.address)), "{text}");
}
