//! What a GetNotificationSendResponse waits for ([MS-PAN] 3.1.1.4.4, 3.1.1 figure 7).

use bytes::Bytes;
use dcerpc::ContextHandle;
use mspan::Hresult;
use rstest::rstest;
use trace::stimulus::{Answer, Request};

use crate::case::decided;
use crate::dialogue::*;
use crate::script::*;

const NULL: ContextHandle = ContextHandle::NULL;
const E_FAIL: Hresult = Hresult(0x8000_4005);
/// More than a server takes, in octets.
const TOO_LARGE: usize = 0x00A0_0001;

/// A has been given a channel with an initial notification and has not called for it.
fn unread(script: Script) -> Script {
    script.opens("c", Some(n(1))).joins(A, h(1), &[HA])
}

/// A has been given a channel without a notification, and waits for one.
fn reading(script: Script) -> Script {
    script.opens("c", None).joins(A, h(1), &[HA]).start(A, "a", first(HA)).wait(6_000)
}

fn shuts_down(script: Script) -> Script {
    script.stimulus(Request::Shutdown, Answer::Done)
}

/// A answers, while the source has said nothing new.
fn answers(script: Script, data: Bytes, outcome: conformance::event::Outcome) -> Script {
    script.alone().call(A, respond(HA, data), outcome)
}

/// A calls twice at once.
fn twice(script: Script) -> Script {
    unread(script).open(A2).start(A, "a", first(HA)).start(A2, "b", first(HA))
}

/// A waits as owner; the source closes the channel.
fn over(script: Script) -> Script {
    script.waiting().shuts("c")
}

const FIRST: &str = "MS-PAN/3.1.1.4.4/first-call-waits-for-an-event";
const NEXT: &str = "MS-PAN/3.1.1.4.4/next-call-waits-for-an-event";
const AGAIN: &str = "MS-PAN/3.1.1/response-waits-for-the-next-notification";
const ENDS: &str = "MS-PAN/3.1.1/close-by-the-source-ends-the-wait";

#[rstest]
#[case::waits(reading(Script::new()), "3.1.1.4.4-33 pass")]
#[case::waits_with_a_notification_there(unread(Script::new()).start(A, "a", first(HA)).wait(6_000), "3.1.1.4.4-33 fail")]
#[case::waits_with_one_that_another_was_given(
    Script::new().alone().joins(B, h(2), &[HB]).start(B, "b", first(HB)).wait(6_000), "3.1.1.4.4-33 pass"
)]
#[case::waits_in_a_shutdown(shuts_down(reading(Script::new())).wait(6_000), "3.1.1.4.4-33 pass, 3.1.1.4.4-33 warn")]
#[case::is_given_it(unread(Script::new()).reads(A, HA, n(1)), "3.1.1.4.4-33 pass")]
#[case::fails(unread(Script::new()).call(A, first(HA), fails(HA, E_FAIL)), "3.1.1.4.4-33 fail")]
#[case::fails_by_the_runtime(unread(Script::new()).call(A, first(HA), fault(5)), "")]
#[case::fails_after_the_source(unread(Script::new()).shuts("c").call(A, first(HA), fails(NULL, E_FAIL)), "")]
#[case::fails_for_want_of_memory(
    unread(Script::new()).call(A, first(HA), fails(HA, Hresult::OUT_OF_MEMORY)), ""
)]
#[case::is_released(unread(Script::new()).call(A, first(HA), released()), "3.1.1.4.4-33 fail")]
#[case::is_released_where_another_may_own_it(
    unread(Script::new()).joins(B, h(2), &[HB]).call(A, first(HA), released()), ""
)]
#[case::is_given_nothing(
    reading(Script::new()).finish("a", replies(HA, Some(T), None, Hresult::OK)), "3.1.1.4.4-33 pass, 3.1.1.4.4-33 fail"
)]
#[case::is_given_nothing_after_the_source(
    reading(Script::new()).shuts("c").finish("a", replies(HA, Some(T), None, Hresult::OK)), "3.1.1.4.4-33 pass"
)]
#[case::a_later_call(Script::new().waiting(), "3.1.1.4.4-33 pass")]
#[case::a_later_call_in_a_shutdown(shuts_down(Script::new().waiting()).wait(6_000), "3.1.1.4.4-33 pass")]
#[case::fails_where_it_may_be_the_second(twice(Script::new()).finish("a", fails(HA, E_FAIL)), "")]
fn first_calls(#[case] script: Script, #[case] expected: &str) {
    assert_eq!(decided(FIRST, script), expected);
}

#[rstest]
#[case::waits(Script::new().waiting(), "3.1.1.4.4-38 pass")]
#[case::waits_with_a_notification_there(
    Script::new().alone().sends("c", n(2)).start(A, "a", respond(HA, n(21))).wait(6_000), ""
)]
#[case::waits_in_a_shutdown(shuts_down(Script::new().waiting()).wait(6_000), "3.1.1.4.4-38 pass, 3.1.1.4.4-38 warn")]
#[case::the_first_waits_in_a_shutdown(shuts_down(reading(Script::new())).wait(6_000), "")]
#[case::fails(answers(Script::new(), n(21), fails(HA, E_FAIL)), "3.1.1.4.4-38 fail")]
#[case::fails_by_the_runtime(answers(Script::new(), n(21), fault(5)), "")]
#[case::fails_after_the_source(Script::new().alone().shuts("c").call(A, respond(HA, n(21)), fails(NULL, E_FAIL)), "")]
#[case::fails_for_its_state(answers(Script::new(), n(21), fails(HA, Hresult::CHANNEL_CLOSED)), "")]
#[case::fails_of_another_type(Script::new().alone().call(A, respond_as(HA, t(2), n(21)), fails(HA, E_FAIL)), "")]
#[case::fails_too_large(answers(Script::new(), octets(TOO_LARGE), fails(HA, E_FAIL)), "")]
#[case::fails_of_no_type(Script::new().alone().call(A, first(HA), fails(HA, E_FAIL)), "")]
#[case::is_given_the_next(
    Script::new().waiting().sends("c", n(2)).finish("a", brings(HA, n(2))), "3.1.1.4.4-38 pass 2"
)]
#[case::is_given_something(answers(Script::new(), n(21), brings(HA, n(9))), "3.1.1.4.4-38 fail")]
#[case::is_given_the_first_again(answers(Script::new(), n(21), brings(HA, n(1))), "")]
#[case::is_released(answers(Script::new(), n(21), released()), "3.1.1.4.4-38 fail")]
#[case::is_released_after_the_source(Script::new().alone().shuts("c").call(A, respond(HA, n(21)), released()), "")]
#[case::is_released_with_a_notification_there(
    Script::new().alone().sends("c", n(2)).call(A, respond(HA, n(21)), released()), "3.1.1.4.4-38 fail"
)]
#[case::is_given_another_with_one_there(
    Script::new().alone().sends("c", n(2)).call(A, respond(HA, n(21)), brings(HA, n(9))), ""
)]
#[case::is_released_for_another_s_release(
    Script::new().both().call(B, release(HB), closed(Hresult::OK)).call(A, respond(HA, n(21)), released()), ""
)]
#[case::is_released_for_another_s_release_with_one_there(
    Script::new().both().sends("c", n(2)).call(B, release(HB), closed(Hresult::OK)).call(A, respond(HA, n(21)), released()),
    ""
)]
fn further_calls(#[case] script: Script, #[case] expected: &str) {
    assert_eq!(decided(NEXT, script), expected);
}

#[rstest]
#[case::waits(Script::new().waiting(), "3.1.1-14 pass")]
#[case::waits_with_nothing_said(Script::new().alone().start(A, "a", respond(HA, Bytes::new())).wait(6_000), "")]
#[case::the_first_waits(reading(Script::new()), "")]
#[case::waits_with_a_notification_there(
    Script::new().alone().sends("c", n(2)).start(A, "a", respond(HA, n(21))).wait(6_000), ""
)]
#[case::is_given_the_first_again(answers(Script::new(), n(21), brings(HA, n(1))), "3.1.1-14 fail")]
#[case::is_given_something(answers(Script::new(), n(21), brings(HA, n(9))), "")]
#[case::is_given_the_first_again_after_the_source(
    Script::new().alone().shuts("c").call(A, respond(HA, n(21)), brings(HA, n(1))), ""
)]
#[case::is_given_one_of_the_same_octets(
    Script::new().alone().sends("c", n(1)).call(A, respond(HA, n(21)), brings(HA, n(1))), ""
)]
fn calls_with_a_response(#[case] script: Script, #[case] expected: &str) {
    assert_eq!(decided(AGAIN, script), expected);
}

#[rstest]
#[case::ends(over(Script::new()).finish("a", released()), "3.1.1-16 pass")]
#[case::does_not_end(over(Script::new()).wait(6_000), "3.1.1-16 fail")]
#[case::fails(over(Script::new()).finish("a", fails(NULL, E_FAIL)), "3.1.1-16 fail")]
#[case::fails_by_the_runtime(over(Script::new()).finish("a", fault(5)), "")]
#[case::fails_after_the_unregistration(
    Script::new().waiting().unregister(A2, h(1)).shuts("c").finish("a", fails(NULL, E_FAIL)), ""
)]
#[case::fails_beside_another_call(
    over(Script::new()).start(A2, "b", respond(HA, n(22))).finish("a", fails(NULL, E_FAIL)), ""
)]
#[case::fails_after_its_own_close(
    over(Script::new()).start(A2, "b", release(HA)).finish("a", fails(NULL, E_FAIL)), ""
)]
#[case::fails_in_a_shutdown(shuts_down(over(Script::new())).finish("a", fails(NULL, E_FAIL)), "")]
#[case::is_given_something(over(Script::new()).finish("a", brings(HA, n(9))), "3.1.1-16 fail")]
#[case::is_given_what_was_there(
    Script::new().waiting().sends("c", n(2)).shuts("c").finish("a", brings(HA, n(2))), ""
)]
#[case::came_after_the_source(Script::new().alone().shuts("c").call(A, respond(HA, n(21)), fails(NULL, E_FAIL)), "")]
#[case::was_never_the_owner_s(reading(Script::new()).shuts("c").finish("a", fails(NULL, E_FAIL)), "")]
#[case::was_never_the_owner_s_and_does_not_end(reading(Script::new()).shuts("c").wait(6_000), "")]
#[case::is_of_another_type(
    Script::new().waiting().sends("c", n(2)).finish("a", brings(HA, n(2))).start(A, "b", respond_as(HA, t(2), n(22)))
        .wait(400).shuts("c").finish("b", fails(HA, E_FAIL)),
    ""
)]
#[case::ends_after_its_own_close(over(Script::new()).start(A2, "b", release(HA)).finish("a", released()), "")]
#[case::does_not_end_for_long(
    over(Script::new()).wait(6_000).create(B, h(8)).wait(6_000).create(B, h(9)).wait(6_000), "3.1.1-16 fail"
)]
fn owners_wait(#[case] script: Script, #[case] expected: &str) {
    assert_eq!(decided(ENDS, script), expected);
}
