//! What a recording lacks accuses nobody: octets that were dropped, connections whose beginning was not seen.

use conformance::event::{Kind, Layer, Outcome};
use conformance::{Severity, rules};
use dcerpc::ContextHandle;
use mspan::{ConversationStyle, Hresult, Interface};
use rstest::rstest;
use trace::Direction::{ToClient, ToServer};
use trace::{ConnectionEnd, ConnectionId};

use crate::case::shown;
use crate::dialogue::T;
use crate::script::*;

/// Octets of a direction are missing.
fn lost(script: Script, direction: trace::Direction) -> Script {
    script.gap(A, direction, Layer::Transport, false)
}

/// A client that is registered and waits.
fn waits() -> Script {
    Script::new().uni(A, h(1), T).start(A, "w", get_notification(h(1)))
}

/// Two calls that wait on one object, of which the answer to the first may be lost.
fn two(style: ConversationStyle, wait: fn(ContextHandle) -> mspan::method::In) -> Script {
    let script = Script::new().create(A, h(1)).register(A, h(1), T, style).start(A, "1", wait(h(1)));
    lost(script.wait(400), ToClient).start(A, "2", wait(h(1))).wait(6_000)
}

#[rstest]
#[case::of_the_answer_to_create(lost(Script::new().start(A, "c", create()), ToClient).wait(6_000))]
#[case::of_the_answer_to_register_client(
    lost(Script::new().create(A, h(1)).start(A, "r", register(h(1)).into()), ToClient).wait(6_000)
)]
#[case::of_the_answer_to_delete(lost(Script::new().create(A, h(1)).start(A, "d", delete(h(1))), ToClient).wait(6_000))]
#[case::of_answers_to_unregister_client_and_to_the_call_that_waited(
    lost(waits().wait(400).start(A, "u", unregister(h(1))), ToClient).wait(6_000)
)]
#[case::of_the_answer_to_the_call_that_waited(lost(waits().wait(400).unregister(A2, h(1)), ToClient).wait(6_000))]
#[case::of_the_first_answer_of_two_to_get_notification(two(ConversationStyle::UNIDIRECTIONAL, get_notification))]
#[case::of_the_first_answer_of_two_to_get_new_channel(two(ConversationStyle::BIDIRECTIONAL, get_new_channel))]
#[case::of_unregister_client_before_delete(lost(Script::new().uni(A, h(1), T), ToServer).delete(A, h(1)))]
#[case::of_unregister_client_before_register_client(lost(Script::new().uni(A, h(1), T), ToServer).uni(A, h(1), T))]
#[case::of_register_client_before_unregister_client(
    lost(Script::new().uni(A, h(1), T).unregister(A, h(1)), ToServer).unregister(A, h(1))
)]
#[case::of_register_client_before_the_call_that_waits(
    lost(Script::new().uni(A, h(1), T).unregister(A, h(1)), ToServer).start(A, "w", get_notification(h(1)))
)]
#[case::of_unregister_client_after_a_notification(
    lost(waits().notify(T, n(1)).finish("w", notification(T, n(1))), ToServer).delete(A, h(1))
)]
#[case::of_get_notification_after_a_notification(
    lost(waits().notify(T, n(1)).finish("w", notification(T, n(1))), ToServer).wait(40_000).start(A, "x", get_notification(h(1)))
)]
fn octets_that_were_not_seen(#[case] script: Script) {
    check(script);
}

/// A client that has ended one of its connections, in order or not, registers by another one at once: it has not failed, and keeps no
/// interval. Where the server has ended it, it has, unless what it waited for may have been lost.
#[rstest]
#[case::by_the_client(ConnectionEnd::Orderly { by: ToServer }, false, false)]
#[case::by_the_client_without_order(ConnectionEnd::Broken { by: ToServer, error: "reset".to_owned() }, false, false)]
#[case::by_the_server(ConnectionEnd::Orderly { by: ToClient }, false, true)]
#[case::by_the_server_without_order(ConnectionEnd::Broken { by: ToClient, error: "reset".to_owned() }, false, true)]
#[case::by_the_server_after_a_loss(ConnectionEnd::Orderly { by: ToClient }, true, false)]
fn what_a_client_ends_has_not_failed(#[case] how: ConnectionEnd, #[case] loses: bool, #[case] fails: bool) {
    let script = Script::new().uni(A2, h(2), t(2)).uni(A, h(1), T).start(A, "w", get_notification(h(1))).wait(6_000);
    let script = if loses { lost(script, ToClient) } else { script };
    let script = script.finish("w", Outcome::Lost).event(Kind::Closed { connection: ConnectionId(A.0), how });
    let findings = script.wait(300).uni(A2, h(3), T).recorded().judge(rules::all()).findings;
    let warns = findings.iter().any(|finding| finding.rule.ends_with("/intervals-grow-from-a-second-to-a-minute"));
    assert_eq!(warns, fails, "{findings:#?}");
}

/// An orphaned call gets no answer: nobody can see whether the server still holds it.
#[rstest]
#[case::by_get_notification(ConversationStyle::UNIDIRECTIONAL, get_notification)]
#[case::by_get_new_channel(ConversationStyle::BIDIRECTIONAL, get_new_channel)]
fn calls_that_were_given_up(#[case] style: ConversationStyle, #[case] wait: fn(ContextHandle) -> mspan::method::In) {
    let script = Script::new().create(A, h(1)).register(A, h(1), T, style).start(A, "1", wait(h(1)));
    let orphaned = script.wait(400).pdu(A, ToServer, 19, 3);
    check(orphaned.start(A, "2", wait(h(1))).wait(6_000));
}

/// A sealed call may be the one that ends a registration as soon as it is on its way.
#[test]
fn sealed_calls_that_are_under_way() {
    let script = waits().wait(400).open(A2);
    let script = script.request(A2, "u", Some(Interface::AsyncNotify), 1, None, 36);
    check(script.finish("w", fault(0x8007_071A)).finish("u", unreadable()));
}

/// One that is under way with an UnregisterClient may register the object, whatever comes of both.
#[test]
fn sealed_calls_beside_others() {
    let script = Script::new().create(A, h(1)).open(A2);
    let script = script.request(A2, "r", Some(Interface::AsyncNotify), 0, None, 60).start(A, "u", unregister(h(1)));
    check(script.finish("u", unregistered(Hresult::OK)).finish("r", unreadable()));
}

/// What a sealed call might have changed is as certain as before once it was refused.
#[test]
fn refused_sealed_calls() {
    let sealed = Script::new().uni(A, h(1), T).open(A2);
    let refused = sealed.request(A2, "u", Some(Interface::AsyncNotify), 1, None, 36).finish("u", fault(5));
    let wrong = refused.call(A, unregister(h(1)), unregistered(Hresult::NOT_REGISTERED));
    let findings = wrong.judge(rules::all()).findings;
    let fails = |finding: &conformance::Finding| finding.verdict == Severity::Fail;
    assert!(findings.iter().any(fails), "the object is registered: {findings:#?}");
}

/// No rule fails or warns, but of what nobody waits to see.
fn check(script: Script) {
    let is_undone = |rule: &str| crate::case::UNDONE.contains(&rule);
    let findings = script.judge(rules::all()).findings;
    let accusing: Vec<_> = findings
        .iter()
        .filter(|finding| finding.verdict >= Severity::Warn && !is_undone(finding.rule))
        .map(shown)
        .collect();
    assert!(accusing.is_empty(), "{}", accusing.join("\n"));
}
