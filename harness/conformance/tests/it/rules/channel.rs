//! The life of a channel ([MS-PAN] 3.1.1 figure 7, 3.1.1.4.4, 3.1.1.6.3, 3.1.1.6.4).

use conformance::Severity::{Fail, Warn};
use dcerpc::ContextHandle;
use mspan::Hresult;
use rstest::rstest;

use crate::case::{Case, decided, passes, verdicts};
use crate::dialogue::*;
use crate::script::*;

const NULL: ContextHandle = ContextHandle::NULL;

pub(super) static CASES: &[Case] = &[
    Case {
        rule: "MS-PAN/3.1.1.4.3/handles-work",
        requirement: "PAN-3.1.1.4.3-06",
        verdict: Fail,
        keeps: Script::alone,
        breaks: |s| unread(s).call(A, first(HA), fault(0x1C00_001A)),
        also: &["MS-PAN/3.1.1.4.4/no-exceptions"],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/first-call-waits-for-an-event",
        requirement: "PAN-3.1.1.4.4-33",
        verdict: Fail,
        keeps: |s| silent(s).start(A, "a", first(HA)).wait(11_000).sends("c", n(1)).finish("a", brings(HA, n(1))),
        breaks: |s| silent(s).call(A, first(HA), replies(HA, Some(T), None, Hresult::OK)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/first-call-waits-for-an-event",
        requirement: "PAN-3.1.1.4.4-33",
        verdict: Fail,
        keeps: |s| {
            silent(s)
                .start(A, "a", first(HA))
                .wait(11_000)
                .call(A2, release(HA), closed(Hresult::OK))
                .finish("a", released())
        },
        breaks: |s| unread(s).start(A, "a", first(HA)).wait(6_000),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/first-call-waits-for-an-event",
        requirement: "PAN-3.1.1.4.4-33",
        verdict: Fail,
        keeps: Script::alone,
        breaks: |s| unread(s).call(A, first(HA), fails(HA, Hresult::INVALID_ARGUMENT)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/next-call-waits-for-an-event",
        requirement: "PAN-3.1.1.4.4-38",
        verdict: Fail,
        keeps: |s| s.waiting().wait(11_000).sends("c", n(2)).finish("a", brings(HA, n(2))),
        breaks: |s| s.waiting().finish("a", replies(HA, Some(T), None, Hresult::OK)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/next-call-waits-for-an-event",
        requirement: "PAN-3.1.1.4.4-38",
        verdict: Fail,
        keeps: |s| s.waiting().wait(11_000).shuts("c").finish("a", released()),
        breaks: |s| s.waiting().finish("a", released()),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/data-is-what-the-source-sent",
        requirement: "PAN-3.1.1.4.4-21",
        verdict: Fail,
        keeps: Script::alone,
        breaks: |s| unread(s).reads(A, HA, n(9)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1/first-call-does-not-acquire",
        requirement: "PAN-3.1.1-11",
        verdict: Fail,
        keeps: Script::both,
        breaks: |s| s.alone().joins(B, h(2), &[HB]).call(B, first(HB), released()),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1/response-waits-for-the-next-notification",
        requirement: "PAN-3.1.1-14",
        verdict: Fail,
        keeps: |s| s.waiting().sends("c", n(2)).finish("a", brings(HA, n(2))),
        breaks: |s| s.waiting().finish("a", brings(HA, n(1))),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1/notification-keeps-the-channel-open",
        requirement: "PAN-3.1.1-15",
        verdict: Fail,
        keeps: |s| s.waiting().sends("c", n(2)).finish("a", brings(HA, n(2))),
        breaks: |s| s.waiting().sends("c", n(2)).finish("a", brings(NULL, n(2))),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1/close-by-the-source-ends-the-wait",
        requirement: "PAN-3.1.1-16",
        verdict: Fail,
        keeps: |s| s.waiting().shuts("c").finish("a", released()),
        breaks: |s| s.waiting().shuts("c").finish("a", fails(NULL, Hresult::CHANNEL_CLOSED)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1/close-by-the-source-ends-the-wait",
        requirement: "PAN-3.1.1-16",
        verdict: Fail,
        keeps: |s| s.waiting().shuts("c").finish("a", released()),
        breaks: |s| s.waiting().shuts("c").wait(6_000),
        also: &["MS-PAN/3.1.1.6.4/close-reaches-the-client"],
    },
    Case {
        rule: "MS-PAN/3.1.1/close-by-the-source-ends-the-wait",
        requirement: "PAN-3.1.1-16",
        verdict: Fail,
        // The notification that was on its way may still come.
        keeps: |s| {
            let sent = s.waiting().sends("c", n(2)).finish("a", brings(HA, n(2)));
            let sent = sent.start(A, "a", respond(HA, n(22))).wait(6_000).shuts("c").finish("a", released());
            let sent = sent.opens("d", Some(n(3))).offered(A, h(1), &[h(14)]).reads(A, h(14), n(3));
            let sent = sent.start(A, "a", respond(h(14), n(23))).wait(6_000).sends("d", n(4)).shuts("d");
            sent.finish("a", brings(h(14), n(4)))
        },
        breaks: |s| s.waiting().shuts("c").finish("a", replies(HA, Some(T), None, Hresult::OK)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1/channels-outlive-the-registration",
        requirement: "PAN-3.1.1-10",
        verdict: Warn,
        keeps: |s| {
            unread(s).unregister(A, h(1)).delete(A, h(1)).reads(A, HA, n(1)).call(
                A,
                finally(HA, n(21)),
                closed(Hresult::OK),
            )
        },
        breaks: |s| unread(s).unregister(A, h(1)).call(A, first(HA), fails(NULL, Hresult::CHANNEL_CLOSED)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.6.3/one-notification-at-a-time",
        requirement: "PAN-3.1.1.6.3-02",
        verdict: Fail,
        keeps: Script::alone,
        breaks: |s| unread(s).sends("c", n(2)).reads(A, HA, n(2)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.6.3/initial-notification-is-held",
        requirement: "PAN-3.1.1.6.3-03",
        verdict: Fail,
        keeps: Script::both,
        breaks: |s| s.alone().joins(B, h(2), &[HB]).start(B, "b", first(HB)).wait(6_000),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.6.3/initial-notification-is-held",
        requirement: "PAN-3.1.1.6.3-03",
        verdict: Fail,
        keeps: Script::both,
        breaks: |s| s.alone().joins(B, h(2), &[HB]).call(A, finally(HA, n(21)), closed(Hresult::OK)).reads(B, HB, n(1)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.6.3/next-notification-goes-out-at-once",
        requirement: "PAN-3.1.1.6.3-04",
        verdict: Fail,
        keeps: |s| s.waiting().sends("c", n(2)).finish("a", brings(HA, n(2))),
        breaks: |s| s.waiting().sends("c", n(2)).wait(6_000),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.6.4/close-reaches-the-client",
        requirement: "PAN-3.1.1.6.4-01",
        verdict: Fail,
        keeps: |s| silent(s).start(A, "a", first(HA)).wait(400).shuts("c").finish("a", released()),
        breaks: |s| silent(s).start(A, "a", first(HA)).wait(400).shuts("c").wait(6_000),
        also: &[],
    },
];

/// A has been given a channel with an initial notification and has not called for it.
fn unread(script: Script) -> Script {
    script.opens("c", Some(n(1))).joins(A, h(1), &[HA])
}

/// A has been given a channel without a notification.
fn silent(script: Script) -> Script {
    script.opens("c", None).joins(A, h(1), &[HA])
}

/// Where a server returns more handles than there are channels, one stands for something that nobody opened: none of them is
/// held to what the sources have sent.
#[rstest]
#[case::fewer(&[HA], 1)]
#[case::as_many(&[HA, HB], 1)]
#[case::more(&[HA, HB, HC], 0)]
fn surplus_handles_stand_for_anything(#[case] handles: &[ContextHandle], #[case] findings: usize) {
    let script = Script::new().opens("c", Some(n(1))).opens("d", Some(n(2))).joins(A, h(1), handles).reads(A, HA, n(9));
    assert_eq!(verdicts("MS-PAN/3.1.1.4.4/data-is-what-the-source-sent", script).len(), findings);
}

/// Of two handles for two channels one stands for the one when the other stands for the other.
#[rstest]
#[case::the_other(n(2), 0)]
#[case::the_same(n(1), 1)]
fn each_handle_stands_for_a_channel_of_its_own(#[case] data: bytes::Bytes, #[case] findings: usize) {
    let script = Script::new().opens("c", Some(n(1))).opens("d", Some(n(2))).joins(A, h(1), &[HA, HB]);
    let script = script.reads(A, HA, n(1)).reads(A, HB, data);
    assert_eq!(verdicts("MS-PAN/3.1.1.4.4/data-is-what-the-source-sent", script).len(), findings);
}

/// A has registered; nobody was seen to be given the handle.
fn stranger(script: Script) -> Script {
    script.opens("c", Some(n(1))).bidi(A, h(1), T)
}

#[rstest]
#[case::notification(Script::new().alone(), 1)]
#[case::failure(unread(Script::new()).call(A, first(HA), fails(HA, Hresult::INVALID_ARGUMENT)), 0)]
#[case::another_fault(unread(Script::new()).call(A, first(HA), fault(5)), 0)]
#[case::handle_that_was_not_seen_to_be_given(stranger(Script::new()).reads(A, HA, n(1)), 0)]
fn handles_that_work(#[case] script: Script, #[case] expected: u64) {
    assert_eq!(passes("MS-PAN/3.1.1.4.3/handles-work", script.clone()), expected);
    assert!(verdicts("MS-PAN/3.1.1.4.3/handles-work", script).is_empty());
}

#[rstest]
#[case::the_first(unread(Script::new()).reads(A, HA, n(1)), "3.1.1.4.4-21 pass")]
#[case::the_first_on_a_handle_that_becomes_null(
    unread(Script::new()).call(A, first(HA), brings(NULL, n(1))), "3.1.1.4.4-21 pass"
)]
#[case::once_more_while_none_is_next(Script::new().waiting().finish("a", brings(HA, n(1))), "3.1.1.4.4-21 pass")]
#[case::once_more_with_the_end(
    Script::new().waiting().finish("a", brings(NULL, n(1))), "3.1.1.4.4-21 pass 2"
)]
#[case::of_octets_that_nobody_sent_with_the_end(
    unread(Script::new()).call(A, first(HA), brings(NULL, n(9))), "3.1.1.4.4-21 fail"
)]
#[case::a_later_one(unread(Script::new()).sends("c", n(2)).reads(A, HA, n(2)), "")]
fn notifications_on_channels(#[case] script: Script, #[case] expected: &str) {
    assert_eq!(decided("MS-PAN/3.1.1.4.4/data-is-what-the-source-sent", script), expected);
}

#[rstest]
#[case::the_same(HA, "3.1.1-15 pass")]
#[case::null(NULL, "3.1.1-15 fail")]
#[case::another(HB, "3.1.1-15 fail")]
fn handles_after_a_notification(#[case] handle: ContextHandle, #[case] expected: &str) {
    let script = Script::new().waiting().sends("c", n(2)).finish("a", brings(handle, n(2)));
    assert_eq!(decided("MS-PAN/3.1.1/notification-keeps-the-channel-open", script), expected);
}

#[rstest]
#[case::where_the_source_closes(Script::new().waiting().sends("c", n(2)).shuts("c").finish("a", brings(NULL, n(2))), "")]
#[case::another_handle_where_the_source_closes(
    Script::new().waiting().sends("c", n(2)).shuts("c").finish("a", brings(HB, n(2))), "3.1.1-15 fail"
)]
#[case::no_notification(Script::new().waiting().finish("a", brings(HA, n(9))), "")]
#[case::the_first_call(unread(Script::new()).call(A, first(HA), brings(NULL, n(1))), "")]
fn notifications_that_need_not_keep_the_channel(#[case] script: Script, #[case] expected: &str) {
    assert_eq!(decided("MS-PAN/3.1.1/notification-keeps-the-channel-open", script), expected);
}

/// A has the channel, is given its first notification, and its registration has ended.
fn outliving(script: Script) -> Script {
    script.alone().unregister(A, h(1))
}

#[rstest]
#[case::while_the_registration_lasts(
    Script::new().alone().call(A, finally(HA, n(21)), closed(Hresult::INVALID_ARGUMENT)), ""
)]
#[case::answered(outliving(Script::new()).call(A, finally(HA, n(21)), closed(Hresult::OK)), "3.1.1-10 pass")]
#[case::refused(
    outliving(Script::new()).call(A, respond(HA, n(21)), fails(HA, Hresult::INVALID_ARGUMENT)), "3.1.1-10 warn"
)]
#[case::ended(outliving(Script::new()).call(A, respond(HA, n(21)), released()), "3.1.1-10 warn")]
#[case::released(outliving(Script::new()).call(A, release(HA), closed(Hresult::OK)), "3.1.1-10 pass")]
#[case::of_another_type(
    outliving(Script::new()).call(A, respond_as(HA, t(2), n(21)), fails(HA, Hresult::INVALID_ARGUMENT)), ""
)]
#[case::of_no_type(outliving(Script::new()).call(A, first(HA), fails(HA, Hresult::INVALID_ARGUMENT)), "")]
#[case::too_large(
    outliving(Script::new()).call(A, respond(HA, octets(0x00A0_0001)), fails(HA, Hresult::INVALID_ARGUMENT)), ""
)]
#[case::where_the_source_closes(
    Script::new().alone().shuts("c").unregister(A, h(1)).call(A, respond(HA, n(21)), fails(NULL, Hresult::CHANNEL_CLOSED)),
    ""
)]
#[case::beside_another_call(
    outliving(Script::new()).start(A, "a", respond(HA, n(21))).start(A2, "b", respond(HA, n(22)))
        .finish("b", fails(HA, Hresult::INVALID_ARGUMENT)), ""
)]
fn channels_whose_registration_has_ended(#[case] script: Script, #[case] expected: &str) {
    assert_eq!(decided("MS-PAN/3.1.1/channels-outlive-the-registration", script), expected);
}

#[rstest]
#[case::the_first(Script::new().alone(), 0)]
#[case::the_second(Script::new().waiting().sends("c", n(2)).finish("a", brings(HA, n(2))), 1)]
#[case::none(Script::new().waiting().shuts("c").finish("a", released()), 0)]
#[case::another(Script::new().waiting().sends("c", n(2)).finish("a", brings(HA, n(9))), 0)]
fn further_notifications(#[case] script: Script, #[case] expected: u64) {
    assert_eq!(passes("MS-PAN/3.1.1.6.3/next-notification-goes-out-at-once", script), expected);
}

#[rstest]
#[case::the_first(Script::new().alone(), "3.1.1.6.3-02 pass")]
#[case::the_end(Script::new().waiting().shuts("c").finish("a", released()), "3.1.1.6.3-02 pass")]
#[case::the_second_before_the_first(
    Script::new().opens("c", Some(n(1))).sends("c", n(2)).joins(A, h(1), &[HA]).reads(A, HA, n(2)), "3.1.1.6.3-02 fail"
)]
#[case::one_for_a_loser(
    Script::new().owned().sends("c", n(2)).call(B, respond(HB, n(31)), brings(HB, n(2))), "3.1.1.6.3-02 pass 2"
)]
fn one_at_a_time(#[case] script: Script, #[case] expected: &str) {
    assert_eq!(decided("MS-PAN/3.1.1.6.3/one-notification-at-a-time", script), expected);
}
