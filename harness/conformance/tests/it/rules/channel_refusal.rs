//! What a GetNotificationSendResponse is refused for ([MS-PAN] 3.1.1.4.4).

use dcerpc::ContextHandle;
use mspan::{Hresult, Method, NotificationType};
use rstest::rstest;
use trace::stimulus::{Answer, Request};

use crate::case::decided;
use crate::dialogue::*;
use crate::script::*;

const NULL: ContextHandle = ContextHandle::NULL;
const E_FAIL: Hresult = Hresult(0x8000_4005);
/// The largest response that a server is expected to take, in octets.
const LARGEST: usize = 0x00A0_0000;
/// What the RPC runtime says of a request that is too large for it.
const REFUSED: u32 = 5;

fn large() -> mspan::method::In {
    respond(HA, octets(LARGEST + 1))
}

fn mistyped() -> mspan::method::In {
    respond_as(HA, t(2), n(21))
}

/// A's answer comes back.
fn answers(script: Script, input: mspan::method::In, outcome: conformance::event::Outcome) -> Script {
    script.alone().call(A, input, outcome)
}

/// A's answer is too large for the RPC runtime, which refuses it.
fn by_the_runtime(script: Script) -> Script {
    let method = Method::GetNotificationSendResponse;
    let script = script.alone().request(A, "a", Some(method.interface()), method.opnum(), Some(large()), LARGEST + 65);
    script.finish("a", fault(REFUSED))
}

/// The source has closed the channel.
fn over(script: Script) -> Script {
    script.alone().shuts("c")
}

/// A's registration has ended.
fn left(script: Script) -> Script {
    script.alone().unregister(A, h(1))
}

/// A was told that the channel is gone, by a failure with a NULL handle.
fn gone(script: Script) -> Script {
    over(script).call(A, respond(HA, n(21)), fails(NULL, Hresult::CHANNEL_CLOSED))
}

/// A calls a second time while its first answer waits.
fn twice(script: Script, input: mspan::method::In, outcome: conformance::event::Outcome) -> Script {
    script.waiting().call(A2, input, outcome)
}

/// A has a channel, and makes a call on one that can't be read.
fn unread(script: Script) -> Script {
    let method = Method::CloseChannel;
    let script = script.alone().request(A2, "c", Some(method.interface()), method.opnum(), None, 3);
    script.finish("c", closed(Hresult::OK))
}

/// A calls twice, and nobody knows which call came first.
fn both_at_once(script: Script) -> Script {
    script.alone().open(A2).start(A, "a", respond(HA, n(21))).start(A2, "b", respond(HA, n(22)))
}

const LIMIT: &str = "MS-PAN/3.1.1.4.4/limit-is-ten-megabytes";
const LARGE: &str = "MS-PAN/3.1.1.4.4/large-response-is-refused";
const CLOSED: &str = "MS-PAN/3.1.1.4.4/closed-code-means-closed";
const SECOND: &str = "MS-PAN/3.1.1.4.4/second-call-is-refused";
const TYPE: &str = "MS-PAN/3.1.1.4.4/other-type-is-refused";

#[rstest]
#[case::taken(answers(Script::new(), large(), released()), "3.1.1.4.4-08 warn")]
#[case::refused(answers(Script::new(), large(), fails(HA, Hresult::RESPONSE_TOO_LARGE)), "3.1.1.4.4-08 pass")]
#[case::refused_by_the_runtime(by_the_runtime(Script::new()), "3.1.1.4.4-08 note")]
#[case::largest_taken(answers(Script::new(), respond(HA, octets(LARGEST)), released()), "3.1.1.4.4-08 pass")]
#[case::largest_refused(
    answers(Script::new(), respond(HA, octets(LARGEST)), fails(HA, Hresult::RESPONSE_TOO_LARGE)),
    "3.1.1.4.4-08 warn"
)]
#[case::small_taken(answers(Script::new(), respond(HA, n(21)), released()), "")]
#[case::taken_on_a_first_call(
    Script::new().opens("c", Some(n(1))).joins(A, h(1), &[HA]).call(A, large(), brings(HA, n(1))), ""
)]
#[case::largest_taken_on_a_first_call(
    Script::new().opens("c", Some(n(1))).joins(A, h(1), &[HA]).call(A, respond(HA, octets(LARGEST)), brings(HA, n(1))), ""
)]
#[case::lost(
    Script::new().owned().call(B, respond(HB, octets(LARGEST + 1)), released()), ""
)]
#[case::of_another_type(answers(Script::new(), respond_as(HA, t(2), octets(LARGEST + 1)), released()), "")]
#[case::with_a_release(
    answers(Script::new(), respond_as(HA, NotificationType::RELEASE, octets(LARGEST + 1)), released()), ""
)]
#[case::after_the_source(over(Script::new()).call(A, large(), released()), "")]
#[case::refused_otherwise(answers(Script::new(), large(), fails(HA, E_FAIL)), "")]
#[case::a_fault_of_no_size(answers(Script::new(), large(), fault(REFUSED)), "")]
fn limits(#[case] script: Script, #[case] expected: &str) {
    assert_eq!(decided(LIMIT, script), expected);
}

#[rstest]
#[case::refused(
    answers(Script::new(), large(), fails(HA, Hresult::RESPONSE_TOO_LARGE)),
    "3.1.1.4.4-09 pass, 3.1.1.4.4-28 pass"
)]
#[case::refused_otherwise(answers(Script::new(), large(), fails(HA, E_FAIL)), "3.1.1.4.4-28 fail")]
#[case::refused_by_the_runtime(by_the_runtime(Script::new()), "3.1.1.4.4-09 note")]
#[case::another_fault(answers(Script::new(), large(), fault(0x8004_0012)), "3.1.1.4.4-09 pass, 3.1.1.4.4-28 pass")]
#[case::a_fault_of_no_meaning(answers(Script::new(), large(), fault(0x1C00_0009)), "")]
#[case::after_the_source(over(Script::new()).call(A, large(), fails(HA, E_FAIL)), "")]
#[case::after_the_unregistration(left(Script::new()).call(A, large(), fails(HA, E_FAIL)), "")]
#[case::of_another_type(
    answers(Script::new(), respond_as(HA, t(2), octets(LARGEST + 1)), fails(HA, Hresult::TYPE_MISMATCH)), ""
)]
#[case::with_a_release(
    answers(Script::new(), respond_as(HA, NotificationType::RELEASE, octets(LARGEST + 1)), fails(HA, E_FAIL)), ""
)]
#[case::largest(answers(Script::new(), respond(HA, octets(LARGEST)), fails(HA, E_FAIL)), "")]
fn refusals_of_large_responses(#[case] script: Script, #[case] expected: &str) {
    assert_eq!(decided(LARGE, script), expected);
}

#[rstest]
#[case::open(answers(Script::new(), respond(HA, n(21)), fails(NULL, Hresult::CHANNEL_CLOSED)), "3.1.1.4.4-26 fail")]
#[case::closed(gone(Script::new()), "3.1.1.4.4-26 pass")]
#[case::closed_and_released(over(Script::new()).call(A, respond(HA, n(21)), released()), "3.1.1.4.4-26 pass")]
#[case::closed_and_failed(over(Script::new()).call(A, respond(HA, n(21)), fails(NULL, E_FAIL)), "3.1.1.4.4-26 fail")]
#[case::closed_and_faulted(over(Script::new()).call(A, respond(HA, n(21)), fault(5)), "")]
#[case::closed_and_failed_for_its_type(
    over(Script::new()).call(A, mistyped(), fails(NULL, Hresult::TYPE_MISMATCH)), ""
)]
#[case::closed_and_failed_for_a_type_that_was_right(
    over(Script::new()).call(A, respond(HA, n(21)), fails(NULL, Hresult::TYPE_MISMATCH)), "3.1.1.4.4-26 fail"
)]
#[case::closed_and_failed_with_another_type(
    over(Script::new()).call(A, mistyped(), fails(NULL, E_FAIL)), "3.1.1.4.4-26 fail"
)]
#[case::closed_and_failed_for_its_size(
    over(Script::new()).call(A, large(), fails(NULL, Hresult::RESPONSE_TOO_LARGE)), ""
)]
#[case::closed_and_failed_for_a_size_that_was_right(
    over(Script::new()).call(A, respond(HA, n(21)), fails(NULL, Hresult::RESPONSE_TOO_LARGE)), "3.1.1.4.4-26 fail"
)]
#[case::closed_and_failed_with_another_size(over(Script::new()).call(A, large(), fails(NULL, E_FAIL)), "3.1.1.4.4-26 fail")]
#[case::closed_and_failed_after_the_unregistration(
    left(Script::new()).shuts("c").call(A, respond(HA, n(21)), fails(NULL, E_FAIL)), ""
)]
#[case::open_and_released(answers(Script::new(), respond(HA, n(21)), released()), "")]
#[case::closed_and_given_a_notification(
    over(Script::new()).call(A, respond(HA, n(21)), brings(HA, n(2))), ""
)]
#[case::gone_and_told_so(
    gone(Script::new()).call(A, respond(HA, n(21)), fails(NULL, Hresult::CHANNEL_CLOSED)), "3.1.1.4.4-26 pass 2"
)]
#[case::gone_and_faulted(gone(Script::new()).call(A, respond(HA, n(21)), fault(0x1C00_001A)), "3.1.1.4.4-26 pass 2")]
#[case::gone_and_failed(gone(Script::new()).call(A, respond(HA, n(21)), fails(NULL, E_FAIL)), "3.1.1.4.4-26 pass")]
#[case::gone_and_back_again(
    gone(Script::new()).call(A, respond(HA, n(21)), brings(HA, n(2))), "3.1.1.4.4-26 pass, 3.1.1.4.4-26 fail"
)]
#[case::gone_with_a_handle(
    gone(Script::new()).call(A, respond(HA, n(21)), replies(HA, None, None, Hresult::OK)),
    "3.1.1.4.4-26 pass, 3.1.1.4.4-26 fail"
)]
#[case::gone_with_a_last_word(
    gone(Script::new()).call(A, respond(HA, n(21)), brings(NULL, n(2))), "3.1.1.4.4-26 pass, 3.1.1.4.4-26 fail"
)]
#[case::gone_without_a_word(
    gone(Script::new()).call(A, respond(HA, n(21)), released()), "3.1.1.4.4-26 pass"
)]
#[case::open_and_faulted(answers(Script::new(), respond(HA, n(21)), fault(0x8004_0008)), "")]
#[case::open_after_what_could_not_be_read(
    unread(Script::new()).call(A, respond(HA, n(21)), fails(HA, Hresult::CHANNEL_CLOSED)), ""
)]
#[case::open_after_a_close_that_failed(
    Script::new().alone().call(A, finally(HA, n(21)), closed_with(HA, Hresult::TYPE_MISMATCH))
        .call(A, respond(HA, n(22)), fails(HA, Hresult::CHANNEL_CLOSED)),
    "3.1.1.4.4-26 fail"
)]
#[case::gone_and_silent(
    Script::new().alone().call(A, respond(HA, n(21)), fails(NULL, E_FAIL)).start(A, "a", respond(HA, n(22))).wait(6_000),
    "3.1.1.4.4-26 fail"
)]
#[case::open_where_the_source_was_refused(
    Script::new().waiting()
        .stimulus(Request::ChannelClose { id: "c".into() }, Answer::Refused { error: "no".into(), unsupported: false })
        .finish("a", fails(NULL, Hresult::CHANNEL_CLOSED)),
    "3.1.1.4.4-26 fail"
)]
fn ends(#[case] script: Script, #[case] expected: &str) {
    assert_eq!(decided(CLOSED, script), expected);
}

#[rstest]
#[case::refused(twice(Script::new(), respond(HA, n(22)), fails(HA, Hresult::CALL_OUTSTANDING)), "3.1.1.4.4-27 pass")]
#[case::refused_otherwise(twice(Script::new(), respond(HA, n(22)), fails(HA, E_FAIL)), "3.1.1.4.4-27 fail")]
#[case::faulted(twice(Script::new(), respond(HA, n(22)), fault(0x8004_000C)), "")]
#[case::faulted_otherwise(twice(Script::new(), respond(HA, n(22)), fault(5)), "")]
#[case::after_the_source(
    Script::new().waiting().shuts("c").call(A2, respond(HA, n(22)), fails(HA, E_FAIL)), ""
)]
#[case::after_the_unregistration(
    Script::new().waiting().unregister(A2, h(1)).call(A2, respond(HA, n(22)), fails(HA, E_FAIL)), ""
)]
#[case::with_a_notification_on_its_way(
    Script::new().waiting().sends("c", n(2)).call(A2, respond(HA, n(22)), brings(HA, n(2))), ""
)]
#[case::the_first_in_place_of_the_second(
    Script::new().waiting().start(A2, "b", respond(HA, n(22))).wait(400).finish("a", fails(HA, Hresult::CALL_OUTSTANDING)),
    "3.1.1.4.4-27 fail"
)]
#[case::the_first_in_place_of_a_close(
    Script::new().waiting().start(A2, "b", release(HA)).wait(400).finish("a", fails(HA, E_FAIL)), ""
)]
#[case::the_first_with_a_fault(
    Script::new().waiting().start(A2, "b", respond(HA, n(22))).wait(400).finish("a", fault(5)), ""
)]
#[case::the_first_after_the_source(
    Script::new().waiting().shuts("c").start(A2, "b", respond(HA, n(22))).wait(400).finish("a", fails(HA, E_FAIL)), ""
)]
#[case::alone(answers(Script::new(), respond(HA, n(21)), fails(HA, Hresult::CALL_OUTSTANDING)), "3.1.1.4.4-27 fail")]
#[case::alone_and_failed(answers(Script::new(), respond(HA, n(21)), fails(HA, E_FAIL)), "")]
#[case::failed_where_it_may_be_the_first(
    both_at_once(Script::new()).finish("b", fails(HA, E_FAIL)), ""
)]
#[case::the_first_failed_where_it_may_be_the_second(
    both_at_once(Script::new()).finish("a", fails(HA, E_FAIL)), ""
)]
#[case::failed_between_two_others(
    both_at_once(Script::new()).wait(400).create(B, h(9)).sends("c", n(2)).finish("a", brings(HA, n(2)))
        .start(A, "d", respond(HA, n(23))).wait(400).finish("b", fails(HA, E_FAIL)), ""
)]
fn second_calls(#[case] script: Script, #[case] expected: &str) {
    assert_eq!(decided(SECOND, script), expected);
}

#[rstest]
#[case::refused(answers(Script::new(), mistyped(), fails(HA, Hresult::TYPE_MISMATCH)), "3.1.1.4.4-29 pass")]
#[case::refused_otherwise(answers(Script::new(), mistyped(), fails(HA, E_FAIL)), "3.1.1.4.4-29 fail")]
#[case::refused_for_a_size_that_was_right(
    answers(Script::new(), mistyped(), fails(HA, Hresult::RESPONSE_TOO_LARGE)),
    "3.1.1.4.4-29 fail"
)]
#[case::refused_for_its_size(
    answers(Script::new(), respond_as(HA, t(2), octets(LARGEST + 1)), fails(HA, Hresult::RESPONSE_TOO_LARGE)), ""
)]
#[case::faulted(answers(Script::new(), mistyped(), fault(0x8004_0014)), "")]
#[case::after_the_source(over(Script::new()).call(A, mistyped(), fails(HA, E_FAIL)), "")]
#[case::taken(answers(Script::new(), mistyped(), brings(HA, n(2))), "3.1.1.4.4-29 fail")]
#[case::taken_with_the_end(answers(Script::new(), mistyped(), released()), "3.1.1.4.4-29 fail")]
#[case::taken_with_the_end_after_the_source(over(Script::new()).call(A, mistyped(), released()), "")]
#[case::taken_after_the_source(over(Script::new()).call(A, mistyped(), brings(HA, n(2))), "3.1.1.4.4-29 fail")]
#[case::a_release_taken_as_the_end(
    answers(Script::new(), respond_as(HA, NotificationType::RELEASE, n(21)), released()),
    "3.1.1.4.4-29 note"
)]
#[case::the_right_one_refused(
    answers(Script::new(), respond(HA, n(21)), fails(HA, Hresult::TYPE_MISMATCH)),
    "3.1.1.4.4-29 fail"
)]
#[case::none_refused(answers(Script::new(), first(HA), fails(HA, Hresult::TYPE_MISMATCH)), "3.1.1.4.4-29 pass")]
#[case::none_refused_on_a_first_call(
    Script::new().opens("c", Some(n(1))).joins(A, h(1), &[HA]).call(A, first(HA), fails(HA, Hresult::TYPE_MISMATCH)),
    "3.1.1.4.4-29 fail"
)]
fn types(#[case] script: Script, #[case] expected: &str) {
    assert_eq!(decided(TYPE, script), expected);
}

#[test]
fn findings_name_the_limit() {
    let report = answers(Script::new(), large(), released()).judge(conformance::rules::rule(LIMIT));
    assert_eq!(report.findings[0].expected, "responses of up to 0x00a00000 octets are taken, larger ones are not");
}

/// What a finding says that was seen.
#[rstest]
#[case::a_return_value(CLOSED, over(Script::new()).call(A, respond(HA, n(21)), fails(NULL, E_FAIL)), "return value 0x80004005")]
#[case::success("MS-PAN/3.1.1/channels-outlive-the-registration", left(Script::new()).call(A, respond(HA, n(21)), released()), "success")]
#[case::a_reply_without_a_handle(
    CLOSED,
    gone(Script::new()).call(A, respond(HA, n(21)), replies(NULL, None, Some(n(2)), Hresult::OK)),
    "0x00000000 (S_OK): pChannel NULL, type NULL, size 4"
)]
#[case::a_reply_with_a_handle(
    CLOSED,
    gone(Script::new()).call(A, respond(HA, n(21)), brings(HA, n(2))),
    "0x00000000 (S_OK): pChannel not NULL, type ff000000-0000-0000-0000-000000000001, size 4"
)]
fn findings_tell_the_outcome(#[case] rule: &str, #[case] script: Script, #[case] expected: &str) {
    let report = script.judge(conformance::rules::rule(rule));
    assert!(report.findings[0].actual.contains(expected), "{}", report.findings[0].actual);
}
