//! IRPCAsyncNotify_GetNotificationSendResponse ([MS-PAN] 3.1.1.4.4): what replies hold, and the codes of failures.

use bytes::Bytes;
use conformance::Severity::{Fail, Note, Warn};
use conformance::event::Outcome;
use dcerpc::ContextHandle;
use dcerpc::ndr::Conformant;
use mspan::method::{self, Out};
use mspan::{Hresult, NotificationType};
use rstest::rstest;

use crate::case::{Case, decided};
use crate::dialogue::*;
use crate::script::*;

const NULL: ContextHandle = ContextHandle::NULL;
const RELEASE: Option<NotificationType> = Some(NotificationType::RELEASE);
/// The largest response that a server is expected to take, in octets.
const LARGEST: usize = 0x00A0_0000;

pub(super) static CASES: &[Case] = &[
    Case {
        rule: "MS-PAN/3.1.1.4.4/success-is-zero",
        requirement: "PAN-3.1.1.4.4-24",
        verdict: Fail,
        keeps: Script::alone,
        breaks: |s| unread(s).call(A, first(HA), replies(HA, Some(T), Some(n(1)), Hresult(1))),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/success-is-zero",
        requirement: "PAN-3.1.1.4.4-24",
        verdict: Warn,
        keeps: Script::alone,
        breaks: |s| s.owned().call(B, respond(HB, n(31)), replies(NULL, RELEASE, None, Hresult::CHANNEL_ACQUIRED)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/size-counts-octets",
        requirement: "PAN-3.1.1.4.4-17",
        verdict: Fail,
        keeps: Script::alone,
        breaks: |s| unread(s).call(A, first(HA), sized(2, n(1))),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/type-is-the-registered-one",
        requirement: "PAN-3.1.1.4.4-16",
        verdict: Fail,
        keeps: Script::alone,
        breaks: |s| unread(s).call(A, first(HA), replies(HA, None, Some(n(1)), Hresult::OK)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/type-is-the-registered-one",
        requirement: "PAN-3.1.1.4.4-16",
        verdict: Fail,
        keeps: Script::both,
        breaks: |s| s.waiting().sends("c", n(2)).finish("a", replies(HA, Some(t(2)), Some(n(2)), Hresult::OK)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/closed-channel-is-null",
        requirement: "PAN-3.1.1.4.4-04",
        verdict: Fail,
        keeps: |s| s.waiting().shuts("c").finish("a", released()),
        breaks: |s| s.waiting().shuts("c").finish("a", replies(HA, RELEASE, None, Hresult::OK)),
        also: &["MS-PAN/3.1.1/close-by-the-source-ends-the-wait"],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/closed-channel-is-null",
        requirement: "PAN-3.1.1.4.4-04",
        verdict: Fail,
        keeps: |s| s.alone().shuts("c").call(A, respond(HA, n(21)), released()),
        breaks: |s| unread(s).shuts("c").reads(A, HA, n(1)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/close-without-data-is-a-release",
        requirement: "PAN-3.1.1.4.4-15",
        verdict: Warn,
        keeps: |s| s.waiting().shuts("c").finish("a", released()),
        breaks: |s| s.waiting().shuts("c").finish("a", replies(NULL, None, None, Hresult::OK)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/close-without-data-is-a-release",
        requirement: "PAN-3.1.1.4.4-15",
        verdict: Warn,
        keeps: |s| s.waiting().sends("c", n(2)).shuts("c").finish("a", released()),
        breaks: |s| s.waiting().shuts("c").finish("a", replies(NULL, Some(T), None, Hresult::OK)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/release-has-size-zero",
        requirement: "PAN-3.1.1.4.4-20",
        verdict: Warn,
        keeps: |s| s.waiting().shuts("c").finish("a", released()),
        breaks: |s| s.waiting().shuts("c").finish("a", replies(NULL, RELEASE, Some(n(1)), Hresult::OK)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/limit-is-ten-megabytes",
        requirement: "PAN-3.1.1.4.4-08",
        verdict: Warn,
        keeps: |s| {
            let s = s.alone().start(A, "a", respond(HA, octets(LARGEST))).wait(400).sends("c", n(2));
            s.finish("a", brings(HA, n(2)))
        },
        breaks: |s| s.alone().start(A, "a", respond(HA, octets(LARGEST + 1))).wait(11_000),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/limit-is-ten-megabytes",
        requirement: "PAN-3.1.1.4.4-08",
        verdict: Warn,
        keeps: |s| s.alone().call(A, respond(HA, octets(LARGEST + 1)), fails(HA, Hresult::RESPONSE_TOO_LARGE)),
        breaks: |s| s.alone().call(A, respond(HA, octets(100)), fails(HA, Hresult::RESPONSE_TOO_LARGE)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/large-response-is-refused",
        requirement: "PAN-3.1.1.4.4-28",
        verdict: Fail,
        keeps: |s| s.alone().call(A, respond(HA, octets(LARGEST + 1)), fails(HA, Hresult::RESPONSE_TOO_LARGE)),
        breaks: |s| s.alone().call(A, respond(HA, octets(LARGEST + 1)), fails(HA, Hresult::INVALID_ARGUMENT)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/closed-code-means-closed",
        requirement: "PAN-3.1.1.4.4-26",
        verdict: Fail,
        keeps: |s| s.alone().shuts("c").call(A, respond(HA, n(21)), fails(NULL, Hresult::CHANNEL_CLOSED)),
        breaks: |s| s.alone().call(A, respond(HA, n(21)), fails(HA, Hresult::CHANNEL_CLOSED)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/closed-code-means-closed",
        requirement: "PAN-3.1.1.4.4-26",
        verdict: Fail,
        keeps: |s| s.alone().shuts("c").call(A, respond(HA, n(21)), fails(NULL, Hresult::CHANNEL_CLOSED)),
        breaks: |s| s.alone().shuts("c").start(A, "a", respond(HA, n(21))).wait(6_000),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/closed-code-means-closed",
        requirement: "PAN-3.1.1.4.4-26",
        verdict: Fail,
        keeps: |s| stale(s).call(A, respond(HA, n(22)), fault(0x1C00_001A)),
        breaks: |s| s.alone().shuts("c").call(A, respond(HA, n(21)), fails(NULL, Hresult(0x8000_4005))),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/second-call-is-refused",
        requirement: "PAN-3.1.1.4.4-27",
        verdict: Fail,
        keeps: |s| {
            let s = s.waiting().call(A2, respond(HA, n(22)), fails(HA, Hresult::CALL_OUTSTANDING));
            s.sends("c", n(2)).finish("a", brings(HA, n(2)))
        },
        breaks: |s| s.waiting().start(A2, "2", respond(HA, n(22))).wait(6_000),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/second-call-is-refused",
        requirement: "PAN-3.1.1.4.4-27",
        verdict: Fail,
        keeps: |s| s.waiting().call(A2, respond(HA, n(22)), fails(HA, Hresult::CALL_OUTSTANDING)),
        breaks: |s| s.waiting().start(A2, "2", respond(HA, n(22))).finish("a", fails(HA, Hresult::CALL_OUTSTANDING)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/second-call-is-refused",
        requirement: "PAN-3.1.1.4.4-27",
        verdict: Fail,
        keeps: |s| s.waiting().call(A2, respond(HA, n(22)), fails(HA, Hresult::CALL_OUTSTANDING)),
        breaks: |s| s.alone().call(A, respond(HA, n(22)), fails(HA, Hresult::CALL_OUTSTANDING)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/second-call-is-refused",
        requirement: "PAN-3.1.1.4.4-27",
        verdict: Fail,
        keeps: |s| s.waiting().call(A2, respond(HA, n(22)), fails(HA, Hresult::CALL_OUTSTANDING)),
        breaks: |s| s.waiting().call(A2, respond(HA, n(22)), fails(HA, Hresult::INVALID_ARGUMENT)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/second-call-is-refused",
        requirement: "PAN-3.1.1.4.4-27",
        verdict: Fail,
        keeps: |s| s.waiting().call(A2, respond(HA, n(22)), fails(HA, Hresult::CALL_OUTSTANDING)),
        breaks: |s| s.waiting().start(A2, "2", respond(HA, n(22))).finish("a", fails(HA, Hresult(0x8000_4004))),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/other-type-is-refused",
        requirement: "PAN-3.1.1.4.4-29",
        verdict: Fail,
        keeps: |s| s.alone().call(A, respond_as(HA, t(2), n(21)), fails(HA, Hresult::TYPE_MISMATCH)),
        breaks: |s| s.alone().start(A, "a", respond_as(HA, t(2), n(21))).wait(6_000),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/other-type-is-refused",
        requirement: "PAN-3.1.1.4.4-29",
        verdict: Fail,
        keeps: |s| {
            s.alone().call(A, respond_as(HA, NotificationType::RELEASE, n(21)), fails(HA, Hresult::TYPE_MISMATCH))
        },
        breaks: |s| s.alone().call(A, respond(HA, n(21)), fails(HA, Hresult::TYPE_MISMATCH)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/other-type-is-refused",
        requirement: "PAN-3.1.1.4.4-29",
        verdict: Fail,
        keeps: |s| s.alone().call(A, respond_as(HA, t(2), n(21)), fails(HA, Hresult::TYPE_MISMATCH)),
        breaks: |s| s.alone().call(A, respond_as(HA, t(2), n(21)), fails(HA, Hresult::INVALID_ARGUMENT)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/no-exceptions",
        requirement: "PAN-3.1.1.4.4-31",
        verdict: Fail,
        keeps: Script::alone,
        breaks: |s| s.waiting().call(A2, respond(HA, n(22)), fault(0x8004_000C)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/no-exceptions",
        requirement: "PAN-3.1.1.4.4-31",
        verdict: Note,
        // Of a channel that may be closed the runtime may have forgotten the handle.
        keeps: |s| s.waiting().shuts("c").finish("a", released()).call(A, respond(HA, n(22)), fault(0x1C00_001A)),
        breaks: |s| s.waiting().finish("a", fault(0x1C00_0012)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/no-success-after-close",
        requirement: "PAN-3.1.1.4.4-39",
        verdict: Fail,
        keeps: |s| s.alone().call(A, finally(HA, n(21)), closed(Hresult::OK)).call(A, first(HA), fault(0x1C00_001A)),
        breaks: |s| {
            s.alone().call(A, finally(HA, n(21)), closed(Hresult::OK)).call(A, respond(HA, n(22)), brings(HA, n(2)))
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/2.2.1/nothing-follows-a-release",
        requirement: "PAN-2.2.1-03",
        verdict: Fail,
        keeps: |s| stale(s).call(A, respond(HA, n(22)), released()),
        breaks: |s| stale(s).call(A, respond(HA, n(22)), brings(HA, n(2))),
        also: &[],
    },
];

/// A has been given a channel with an initial notification and has not called for it.
fn unread(script: Script) -> Script {
    script.opens("c", Some(n(1))).joins(A, h(1), &[HA])
}

/// A was told that its source has closed the channel.
fn stale(script: Script) -> Script {
    script.waiting().shuts("c").finish("a", released())
}

/// A notification whose size is said wrong.
fn sized(out_size: u32, data: Bytes) -> Outcome {
    returned(Out::GetNotificationSendResponse(method::GetNotificationSendResponseOut {
        channel: HA,
        notification_type: Some(T),
        out_size,
        notification_data: Some(Conformant::from(data)),
        status: Hresult::OK,
    }))
}

/// An owner's call ends after the source has closed the channel.
fn over(script: Script, outcome: Outcome) -> Script {
    script.waiting().shuts("c").finish("a", outcome)
}

/// B's call ends after A has acquired the channel.
fn lost(script: Script, outcome: Outcome) -> Script {
    script.owned().call(B, respond(HB, n(31)), outcome)
}

/// A first call is given a notification in an array.
fn held(out_size: u32, max_count: u64, octets: Option<Bytes>) -> Script {
    let notification_data = octets.map(|elements| Conformant { max_count, elements });
    let output = method::GetNotificationSendResponseOut {
        channel: HA,
        notification_type: Some(T),
        out_size,
        notification_data,
        status: Hresult::OK,
    };
    unread(Script::new()).call(A, first(HA), returned(Out::GetNotificationSendResponse(output)))
}

const ZERO: &str = "MS-PAN/3.1.1.4.4/success-is-zero";
const SIZE: &str = "MS-PAN/3.1.1.4.4/size-counts-octets";
const TYPE: &str = "MS-PAN/3.1.1.4.4/type-is-the-registered-one";
const CLOSED: &str = "MS-PAN/3.1.1.4.4/closed-channel-is-null";
const BARE: &str = "MS-PAN/3.1.1.4.4/close-without-data-is-a-release";
const NOTHING: &str = "MS-PAN/2.2.1/nothing-follows-a-release";

#[rstest]
#[case::a_loss_with_one(
    ZERO,
    lost(Script::new(), replies(NULL, RELEASE, None, Hresult(1))),
    "3.1.1.4.4-24 pass 2, 3.1.1.4.4-24 warn"
)]
#[case::a_loss_with_one_and_a_handle(
    ZERO,
    lost(Script::new(), replies(HB, RELEASE, None, Hresult(1))),
    "3.1.1.4.4-24 pass 2, 3.1.1.4.4-24 fail"
)]
#[case::an_end_with_one(
    ZERO,
    over(Script::new(), replies(NULL, RELEASE, None, Hresult(1))),
    "3.1.1.4.4-24 pass, 3.1.1.4.4-24 fail"
)]
#[case::as_many(SIZE, held(4, 4, Some(n(1))), "3.1.1.4.4-17 pass")]
#[case::announced_otherwise(SIZE, held(4, 5, Some(n(1))), "3.1.1.4.4-17 fail")]
#[case::held_otherwise(SIZE, held(5, 5, Some(n(1))), "3.1.1.4.4-17 fail")]
#[case::sized_otherwise(SIZE, held(5, 4, Some(n(1))), "3.1.1.4.4-17 fail")]
#[case::none(SIZE, held(0, 0, None), "3.1.1.4.4-17 pass")]
#[case::none_sized(SIZE, held(4, 0, None), "3.1.1.4.4-17 fail")]
#[case::of_its_type(TYPE, unread(Script::new()).reads(A, HA, n(1)), "3.1.1.4.4-16 pass")]
#[case::of_no_type(TYPE, unread(Script::new()).call(A, first(HA), replies(HA, None, Some(n(1)), Hresult::OK)), "3.1.1.4.4-16 fail")]
#[case::of_another_type(
    TYPE, unread(Script::new()).call(A, first(HA), replies(HA, Some(t(2)), Some(n(1)), Hresult::OK)), "3.1.1.4.4-16 fail"
)]
#[case::of_another_type_with_the_end(
    TYPE, unread(Script::new()).call(A, first(HA), replies(NULL, Some(t(2)), None, Hresult::OK)), "3.1.1.4.4-16 fail"
)]
#[case::of_no_type_with_the_end(
    TYPE, unread(Script::new()).call(A, first(HA), replies(NULL, None, None, Hresult::OK)), ""
)]
#[case::a_release(TYPE, unread(Script::new()).call(A, first(HA), released()), "")]
#[case::a_release_with_a_handle(
    TYPE, unread(Script::new()).call(A, first(HA), replies(HA, RELEASE, None, Hresult::OK)), "3.1.1.4.4-16 fail"
)]
#[case::a_release_with_a_handle_after_the_source(
    TYPE,
    over(Script::new(), replies(HA, RELEASE, None, Hresult::OK)),
    "3.1.1.4.4-16 pass"
)]
#[case::closed(CLOSED, over(Script::new(), released()), "3.1.1.4.4-04 pass")]
#[case::closed_with_a_handle(CLOSED, over(Script::new(), replies(HA, RELEASE, None, Hresult::OK)), "3.1.1.4.4-04 fail")]
#[case::closed_with_something_on_its_way(CLOSED, over(Script::new(), brings(HA, n(2))), "")]
#[case::closed_before_with_a_handle(
    CLOSED, Script::new().alone().shuts("c").call(A, respond(HA, n(21)), brings(HA, n(2))), "3.1.1.4.4-04 fail"
)]
#[case::lost(CLOSED, lost(Script::new(), replies(HB, RELEASE, None, Hresult::OK)), "")]
#[case::open(CLOSED, unread(Script::new()).call(A, first(HA), released()), "")]
#[case::closed_rightly(BARE, over(Script::new(), released()), "3.1.1.4.4-15 pass")]
#[case::closed_with_another_type(
    BARE,
    over(Script::new(), replies(NULL, Some(T), None, Hresult::OK)),
    "3.1.1.4.4-15 warn"
)]
#[case::closed_with_a_last_word(
    BARE, Script::new().waiting().sends("c", n(2)).shuts("c").finish("a", brings(NULL, n(2))), ""
)]
#[case::not_closed(BARE, over(Script::new(), replies(HA, Some(T), None, Hresult::OK)), "")]
#[case::never_closed(BARE, Script::new().waiting().finish("a", replies(NULL, Some(T), None, Hresult::OK)), "")]
#[case::lost_and_closed(
    BARE, Script::new().owned().shuts("c").call(B, respond(HB, n(31)), replies(NULL, Some(T), None, Hresult::OK)), ""
)]
#[case::after_a_release(
    NOTHING, over(Script::new(), released()).call(A, respond(HA, n(22)), fault(0x1C00_001A)), "2.2.1-03 pass"
)]
#[case::after_a_release_all_the_same(
    NOTHING, over(Script::new(), released()).call(A, respond(HA, n(22)), brings(HA, n(3))), "2.2.1-03 fail"
)]
#[case::after_a_release_a_handle_alone(
    NOTHING, over(Script::new(), released()).call(A, respond(HA, n(22)), replies(HA, Some(T), None, Hresult::OK)), "2.2.1-03 fail"
)]
#[case::after_a_release_data_alone(
    NOTHING, over(Script::new(), released()).call(A, respond(HA, n(22)), brings(NULL, n(3))), "2.2.1-03 fail"
)]
#[case::after_its_own_release(
    NOTHING, Script::new().alone().call(A, release(HA), closed(Hresult::OK)).call(A, respond(HA, n(22)), fault(0x1C00_001A)),
    "2.2.1-03 pass"
)]
#[case::after_its_own_release_all_the_same(
    NOTHING, Script::new().alone().call(A, release(HA), closed(Hresult::OK)).call(A, respond(HA, n(22)), brings(HA, n(3))), ""
)]
#[case::after_its_own_answer(
    NOTHING, Script::new().alone().call(A, finally(HA, n(21)), closed(Hresult::OK)).call(A, respond(HA, n(22)), fault(0x1C00_001A)),
    ""
)]
#[case::before_any_end(NOTHING, Script::new().alone().call(A, respond(HA, n(22)), fault(5)), "")]
fn replies_hold(#[case] rule: &str, #[case] script: Script, #[case] expected: &str) {
    assert_eq!(decided(rule, script), expected);
}
