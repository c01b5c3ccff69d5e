//! That the checks find what they have to: misbehaviours against a few scenarios, each caught by its own requirement.

use std::num::NonZeroUsize;

use peer::{ClientVariant, Misbehaviour};
use rstest::rstest;
use runner::arguments::{ListFormat, Progress, Selector, Selftest, Tested};
use runner::exit::Exit;
use runner::scenario::{Library, Root};
use runner::selftest::{Matrix, Verdict, selftest};

/// Tries one misbehaviour against some scenarios.
fn tried(misbehave: &str, selectors: &[&str]) -> Matrix {
    let library = Library::load(&Root::Embedded).unwrap_or_else(|problems| panic!("{} problems", problems.len()));
    let arguments = Selftest {
        selectors: selectors.iter().map(|written| Selector::parse(written).unwrap()).collect(),
        misbehave: vec![misbehave.to_owned()],
        party: Tested::Server,
        jobs: NonZeroUsize::new(2),
        format: ListFormat::Text,
        report: None,
        scenarios: Root::Embedded,
        progress: Progress::Never,
    };
    selftest(&arguments, &library.scenarios).unwrap()
}

/// Each breaks another requirement. Only the well-behaved server, its variants and the one misbehaviour run.
#[rstest]
#[case("create-returns-s-false", "PAN-3.1.2.4.1-05", &["remote-object/create-returns-a-handle"])]
#[case("registers-one-interface-only", "PAN-3.1.2-02", &["endpoint/remote-object"])]
#[case("offers-a-named-pipe-alone", "PAN-2.1-01", &["endpoint/towers"])]
#[case("maps-a-closed-port", "PAN-3.1.1.3-01", &["endpoint/async-notify"])]
#[case("maps-to-the-mapper", "PAN-2.1-02", &["endpoint/async-notify"])]
#[case("delete-echoes-handle", "PAN-3.1.2.4.2-05", &["remote-object/delete-returns-null"])]
#[case("referral-not-null", "PAN-3.1.1.4.1-12", &["registration/no-referral"])]
#[case("malformed-name-fails-otherwise", "PAN-3.1.1.4.1-07", &["registration/malformed-printer-names"])]
#[case("register-returns-s-false", "PAN-3.1.1.4.1-14", &["registration/unidirectional"])]
#[case("second-unregister-succeeds", "PAN-3.1.1.4.2-09", &["unregistration/twice"])]
#[case("get-notification-returns-s-false", "PAN-3.1.1.4.5-09", &["smoke/unidirectional"])]
#[case("notification-type-is-null", "PAN-3.1.1.4.5-03", &["smoke/unidirectional"])]
#[case("out-size-counts-characters", "PAN-3.1.1.4.5-06", &["smoke/unidirectional"])]
#[case("channel-count-too-large", "PAN-3.1.1.4.3-03", &["smoke/bidirectional"])]
#[case("close-echoes-handle", "PAN-3.1.1.4.6-04", &["smoke/bidirectional"])]
#[case("balloon-opens-a-channel", "PAN-3.2.3.4.1-01", &["bidirectional/async-ui-of-the-servers-own"])]
#[case("configuration-opens-a-channel", "PAN-3.2.4.4.1-01", &["bidirectional/printer-configuration"])]
#[case("custom-ui-with-reply-by-get-notification", "PAN-3.2.3.4.3-03", &["unidirectional/async-ui-of-the-servers-own"])]
#[case::of_windows("configuration-module-is-another", "PAN-7-02", &["windows/configuration-balloon"])]
#[case::of_windows("one-notification-buffered", "PAN-7-14", &["windows/queue-of-a-hundred"])]
#[case("loser-close-returns-zero", "PAN-3.1.1.4.6-17", &["smoke/race-of-two", "race/loser-releases"])]
fn a_misbehaviour_is_caught_by_its_own_requirement(
    #[case] name: &str,
    #[case] requirement: &str,
    #[case] selectors: &[&str],
) {
    let matrix = tried(name, selectors);
    let row = &matrix.misbehaviours[0];
    assert_eq!((row.misbehaviour, row.breaks[0]), (name, requirement));
    assert_eq!(row.verdict, Verdict::FirstRequirement, "{}", matrix.text());
    assert!(row.caught[0].requirements.iter().any(|id| id == requirement), "{}", matrix.text());
    assert!(matrix.accused.is_empty(), "{}", matrix.text());
    assert_eq!(matrix.exit(), Exit::AsExpected);
}

/// What shows only where calls are protected is looked for there, by a requirement or by a rule that stands for none.
#[rstest]
#[case("negotiate-not-recognized", "PAN-2.1-04", "security/protected-calls")]
#[case("callers-not-told-apart", "PAN-3.1.1.6.5-01", "security/registrations-are-their-callers")]
#[case("any-password-taken", "MS-RPCE/3.3.1.5.2.1/wrong-credentials-are-refused", "security/wrong-password")]
#[case("unknown-provider-taken", "MS-RPCE/3.3.3.5.3/unknown-provider-is-refused", "security/unknown-provider")]
#[case("wrong-signatures-taken", "MS-RPCE/3.3.1.5.2.2/server-refuses-what-does-not-verify", "security/tampered-call")]
#[case("copies-taken", "MS-RPCE/3.3.1.5.2.2/server-refuses-what-does-not-verify", "security/replayed-call")]
#[case("responses-wrongly-signed", "MS-RPCE/3.3.1.5.2.2/server-signatures-verify", "security/protected-calls")]
#[case("responses-unsigned", "MS-RPCE/3.3.1.5.2.2/server-protects-its-answers", "security/protected-calls")]
#[case(
    "responses-under-another-context",
    "MS-RPCE/2.2.2.11/answers-go-under-the-context-of-their-call",
    "security/protected-calls"
)]
#[case("ntlm-alone", "PAN-2.1-06", "client/order/unidirectional")]
#[case("does-not-authenticate", "PAN-2.1-06", "client/order/unidirectional")]
#[case("calls-at-connect-level", "PAN-2.1-08", "client/order/unidirectional")]
#[case("asks-for-another-service", "PAN-2.1-07", "client/order/unidirectional")]
#[case("proposes-ndr-alone", "PAN-2.2-02", "client/order/unidirectional")]
#[case("stubs-in-ndr", "PAN-2.2-03", "client/order/unidirectional")]
#[case("calls-wrongly-signed", "MS-RPCE/3.3.1.5.2.2/client-signatures-verify", "client/order/unidirectional")]
#[case("calls-unsigned", "MS-RPCE/3.3.1.5.2.2/client-protects-its-calls", "client/order/unidirectional")]
#[case(
    "responses-not-checked",
    "MS-RPCE/3.3.1.5.2.2/client-refuses-what-does-not-verify",
    "client/security/spoilt-answer"
)]
fn a_breach_of_protection_is_caught_where_there_is_some(
    #[case] name: &str,
    #[case] first: &str,
    #[case] scenario: &str,
) {
    let matrix = tried(name, &[scenario]);
    let row = &matrix.misbehaviours[0];
    assert_eq!((row.misbehaviour, row.breaks[0]), (name, first));
    assert_eq!(row.verdict, Verdict::FirstRequirement, "{}", matrix.text());
    let named = |id: &str| id == row.caught[0].rule || row.caught[0].requirements.iter().any(|one| one == id);
    assert!(named(first), "{}", matrix.text());
    assert!(matrix.accused.is_empty(), "{}", matrix.text());
}

#[rstest]
#[case("wrong-interface-version", "PAN-1.9-02", &["client/order/unidirectional"])]
#[case("never-asks-the-mapper", "PAN-2.1-02", &["client/endpoint/"])]
#[case("uses-a-cached-port", "PAN-3.2.1.3-01", &["client/endpoint/"])]
#[case("speaks-http", "PAN-2.1-01", &["client/endpoint/"])]
#[case("null-handle-unregistered", "PAN-3.1.1.4.2-03", &["client/async-ui/custom-data-with-reply"])]
#[case("malformed-name-repeated", "PAN-3.1.1.4.1-21", &["client/errors/register-invalid-name"])]
#[case("first-call-releases", "PAN-3.1.1.4.4-06", &["client/async-ui/custom-data-with-reply"])]
#[case("gives-up", "PAN-3.1.1.4.1-24", &["client/errors/register-given-up"])]
#[case("constant-intervals", "PAN-3.1.1.4.5-21", &["client/errors/get-notification-intervals"])]
#[case("filter-in-sixteen-bits", "PAN-2.2.2-01", &["client/registration/for-the-print-server"])]
#[case("two-calls-on-a-channel", "PAN-3.2.2-11", &["client/channel/conversation"])]
#[case("nothing-tolerated", "PAN-3.2.3.4.2-06", &["client/async-ui/message-box-tolerated"])]
#[case("failed-response-repeated", "PAN-3.1.1.4.4-25", &["client/channel/fails", "client/channel/throws"])]
fn a_misbehaviour_of_the_client_is_caught_by_its_own_requirement(
    #[case] name: &str,
    #[case] requirement: &str,
    #[case] selectors: &[&str],
) {
    let matrix = tried(name, selectors);
    let row = &matrix.misbehaviours[0];
    assert_eq!((row.party, row.misbehaviour, row.breaks[0]), ("client", name, requirement));
    assert_eq!(row.verdict, Verdict::FirstRequirement, "{}", matrix.text());
    assert_eq!(matrix.innocent, 1 + ClientVariant::ALL.len());
    assert!(matrix.accused.is_empty(), "{}", matrix.text());
    assert_eq!(matrix.exit(), Exit::AsExpected);
}

#[test]
fn what_no_scenario_shows_survives() {
    let matrix = tried("second-unregister-succeeds", &["remote-object/create-returns-a-handle"]);
    assert_eq!(matrix.misbehaviours[0].verdict, Verdict::Survived);
    assert_eq!(matrix.exit(), Exit::Unexpected);
}

#[rstest]
#[case(Verdict::FirstRequirement, Exit::AsExpected)]
#[case(Verdict::WithinList, Exit::Unexpected)]
#[case(Verdict::OutsideList, Exit::Unexpected)]
#[case(Verdict::Survived, Exit::Unexpected)]
fn only_the_first_requirement_is_enough(#[case] verdict: Verdict, #[case] exit: Exit) {
    let mut matrix = tried("create-returns-s-false", &["remote-object/create-returns-a-handle"]);
    matrix.misbehaviours[0].verdict = verdict;
    assert_eq!(matrix.exit(), exit);
}

#[test]
fn a_misbehaviour_of_the_layers_below_is_caught_by_anything() {
    let matrix = tried("foreign-call-id", &["remote-object/create-returns-a-handle"]);
    assert_eq!(Misbehaviour::ForeignCallId.requirements(), &[] as &[&str]);
    assert_eq!(matrix.misbehaviours[0].verdict, Verdict::FirstRequirement, "{}", matrix.text());
}
