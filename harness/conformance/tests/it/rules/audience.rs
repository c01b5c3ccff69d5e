//! Which requirements a notification that came, or did not, speaks of ([MS-PAN] 2.2.1 to 2.2.3, 3.1.1.6).

use conformance::rule::Party;
use conformance::{Severity, rules};
use mspan::{ConversationStyle, Hresult, NotificationType, UserFilter};
use rstest::rstest;
use trace::stimulus::{Answer, Audience, Request};

use crate::case::{decided, shown};
use crate::script::*;

const ASYNC_UI: NotificationType = NotificationType::ASYNC_UI;
const CONFIGURATION: NotificationType = NotificationType::PRINTER_CONFIGURATION;
const SDK: NotificationType = NotificationType::PRINTER_CONFIGURATION_SDK;

/// A's registration of one type is given a notification of another.
fn confused(script: Script, registered: NotificationType, raised: NotificationType) -> Script {
    let script = script.uni(A, h(1), registered).start(A, "g", get_notification(h(1))).wait(400);
    script.notify(raised, n(1)).finish("g", notification(registered, n(1)))
}

const OTHERS: &str = "2.2.1-06 fail, 3.1.1.1-03 fail, 3.1.1.4.5-23 fail, 3.1.1.6-02 fail";
const SIBLINGS: &str = "2.2.1-06 fail, 3.1.1.1-03 fail, 3.1.1.4.1-27 fail, 3.1.1.4.5-23 fail";

#[rstest]
#[case::custom(confused(Script::new(), t(1), t(2)), OTHERS)]
#[case::configuration_to_async_ui(
    confused(Script::new(), ASYNC_UI, SDK),
    "2.2.1-04 fail, 2.2.1-06 fail, 3.1.1.4.5-23 fail"
)]
#[case::custom_to_async_ui(confused(Script::new(), ASYNC_UI, t(2)), OTHERS)]
#[case::async_ui_to_configuration(
    confused(Script::new(), CONFIGURATION, ASYNC_UI),
    "2.2.1-05 fail, 2.2.1-06 fail, 3.1.1.4.5-23 fail"
)]
#[case::custom_to_configuration(confused(Script::new(), SDK, t(2)), OTHERS)]
#[case::async_ui_to_custom(confused(Script::new(), t(1), ASYNC_UI), OTHERS)]
#[case::of_another_object(confused(Script::new().uni(A, h(2), t(2)), t(1), t(2)), SIBLINGS)]
#[case::of_an_object_of_a_third_type(confused(Script::new().uni(A, h(2), t(3)), t(1), t(2)), OTHERS)]
#[case::of_another_client(confused(Script::new().uni(B, h(2), t(2)), t(1), t(2)), OTHERS)]
#[case::of_an_object_that_was_unregistered(
    confused(Script::new().uni(A, h(2), t(2)).unregister(A, h(2)), t(1), t(2)),
    OTHERS
)]
fn notifications_of_other_types(#[case] script: Script, #[case] expected: &str) {
    assert_eq!(decided("MS-PAN/2.2.1/type-selects-registrations", script), expected);
}

/// A GetNotification on a registration of some mode brings the notification.
#[rstest]
#[case::unidirectional(ConversationStyle::UNIDIRECTIONAL, "2.2.3-01 pass, 3.1.1.1-03 pass")]
#[case::of_no_meaning(ConversationStyle(7), "")]
fn modes(#[case] style: ConversationStyle, #[case] expected: &str) {
    let script = Script::new().create(A, h(1)).register(A, h(1), t(1), style).notify(t(1), n(1));
    let script = script.call(A, get_notification(h(1)), notification(t(1), n(1)));
    assert_eq!(decided("MS-PAN/2.2.3/style-selects-registrations", script), expected);
}

const QUEUE: &str = r"\\s\q";

/// A registration of type 1, and GetNotification, which waits.
fn waits(script: Script, line: Line, number: u128, register: Register, name: &'static str) -> Script {
    let script = script.create(line, h(number)).call(line, register.of(t(1)).into(), registered(Hresult::OK));
    script.start(line, name, get_notification(h(number)))
}

/// A and B wait; of the one notification only B is told.
fn one_for_two(script: Script, first: Register, second: Register, audience: Audience) -> String {
    let script = waits(waits(script, A, 1, first, "a"), B, 2, second, "b").wait(400);
    let script = script.notify_to(audience, n(1)).finish("b", notification(t(1), n(1))).wait(6_000);
    decided("MS-PAN/3.1.1.6/waiting-call-gets-its-notification", script)
}

#[rstest]
#[case::alike(
    Script::new(),
    register(h(1)),
    register(h(2)),
    to_all(t(1)),
    "2.2.2-02 pass, 3.1.1.4.1-08 pass, 3.1.1.6-05 pass, 3.1.1.6-05 fail"
)]
#[case::alike_of_one_user(
    Script::new().user(A, "alice", false).user(B, "alice", false), register(h(1)), register(h(2)), to_all(t(1)),
    "2.2.2-02 pass, 3.1.1.4.1-08 pass, 3.1.1.6-05 pass, 3.1.1.6-05 fail"
)]
#[case::alike_on_a_queue(
    Script::new(), register(h(1)).name(QUEUE), register(h(2)).name(QUEUE), about(t(1), QUEUE),
    "2.2.2-02 pass, 3.1.1.6-05 pass, 3.1.1.6-05 fail"
)]
#[case::of_another_filter(
    Script::new(), register(h(1)), register(h(2)).filter(UserFilter::ALL_USERS), to_all(t(1)),
    "2.2.2-01 pass, 2.2.2-02 fail, 2.2.2-04 pass, 3.1.1.4.1-08 pass, 3.1.1.6-05 pass, 3.1.1.6-05 fail"
)]
#[case::of_another_user(
    Script::new().user(A, "alice", false).user(B, "bob", false), register(h(1)), register(h(2)), to_all(t(1)),
    "2.2.2-02 pass, 2.2.2-02 fail, 3.1.1.4.1-08 pass, 3.1.1.6-05 pass, 3.1.1.6-05 fail"
)]
#[case::of_the_server_beside_a_queue(
    Script::new(), register(h(1)).name(QUEUE), register(h(2)), about(t(1), QUEUE),
    "2.2.2-02 pass, 2.2.2-02 fail, 3.1.1.4.1-08 pass, 3.1.1.6-05 pass, 3.1.1.6-05 fail"
)]
fn one_notification_for_two(
    #[case] script: Script,
    #[case] first: Register,
    #[case] second: Register,
    #[case] audience: Audience,
    #[case] expected: &str,
) {
    assert_eq!(one_for_two(script, first, second, audience), expected);
}

/// A registration waits that names its server by an address.
fn waits_by_address() -> Script {
    waits(Script::new(), A, 1, register(h(1)).name(r"\\192.0.2.1\Q"), "g").wait(400)
}

/// A server has several names, and its source may know a queue by another one than its clients do (3.1.1.4.1).
#[rstest]
#[case::notified(waits_by_address().notify_to(about(t(1), QUEUE), n(1)).finish("g", notification(t(1), n(1))))]
#[case::passed_over(waits_by_address().notify_to(about(t(1), QUEUE), n(1)).wait(6_000))]
#[case::deleted(
    waits_by_address().stimulus(Request::DeletePrinter { printer: QUEUE.into() }, Answer::Done).finish("g", fault(0x8007_0709))
)]
fn one_queue_by_two_names(#[case] script: Script) {
    let report = script.judge(rules::all().filter(|rule| rule.party == Party::Server));
    let accusing = report.findings.iter().filter(|found| matches!(found.verdict, Severity::Fail | Severity::Warn));
    let accusing: Vec<_> = accusing.map(shown).collect();
    assert!(accusing.is_empty(), "{}", accusing.join("\n"));
}

#[test]
fn a_notification_raised_before_the_call_is_not_one_that_it_waited_for() {
    let script = Script::new().uni(A, h(1), t(1)).notify(t(1), n(1));
    let script = script.call(A, get_notification(h(1)), notification(t(1), n(1)));
    assert_eq!(decided("MS-PAN/3.1.1.6/waiting-call-gets-its-notification", script), "");
}

/// A's registration, made under the security context of alice, is given a notification.
#[rstest]
#[case::for_its_user(to_user(t(1), "alice"), "3.1.1.6.5-01 pass")]
#[case::for_all_users(to_all(t(1)), "")]
#[case::for_another_user(to_user(t(1), "bob"), "3.1.1.6.5-01 fail")]
fn notifications_show_whose_a_registration_is(#[case] audience: Audience, #[case] expected: &str) {
    let script = Script::new().user_of(A, Some(5), "alice", true).user_of(A, Some(6), "bob", true).signed(5);
    let script = waits(script, A, 1, register(h(1)), "g").wait(400).notify_to(audience, n(1));
    let script = script.finish("g", notification(t(1), n(1)));
    assert_eq!(decided("MS-PAN/3.1.1.6.5/registrations-are-their-callers", script), expected);
}
