//! IRPCAsyncNotify_GetNotification ([MS-PAN] 3.1.1.4.5): the call.

use bytes::Bytes;
use conformance::Severity::{Fail, Warn};
use conformance::event::Outcome;
use dcerpc::ContextHandle;
use dcerpc::ndr::{Conformant, Format};
use mspan::method::{GetNotificationOut, Out};
use mspan::{Hresult, NotificationType};
use rstest::rstest;
use trace::Direction;
use trace::stimulus::{Answer, Request};
use uuid::Uuid;

use crate::case::{Case, decided};
use crate::script::*;

const REFUSED: u32 = 0x8004_000C;
const TERMINATED: u32 = 0x8007_071A;

fn waiting(script: Script) -> Script {
    script.uni(A, h(1), t(1)).start(A, "g", get_notification(h(1))).wait(400)
}

fn delivered(script: Script) -> Script {
    waiting(script).notify(t(1), n(1)).finish("g", notification(t(1), n(1)))
}

/// The waiting call brings something after the source has sent it.
fn brings(script: Script, kind: Option<NotificationType>, size: u32, data: Option<Bytes>, status: u32) -> Script {
    let outcome = Outcome::Returned {
        output: Some(Out::GetNotification(GetNotificationOut {
            notification_type: kind,
            out_size: size,
            notification_data: data.map(Conformant::from),
            status: Hresult(status),
        })),
        defects: Vec::new(),
        format: Format::default(),
        stub_length: 0,
    };
    waiting(script).notify(t(1), n(1)).finish("g", outcome)
}

fn second(script: Script, outcome: Outcome) -> Script {
    waiting(script).start(A2, "h", get_notification(h(1))).finish("h", outcome)
}

fn unregistered_and_terminated(script: Script) -> Script {
    waiting(script).unregister(A2, h(1)).finish("g", fault(TERMINATED))
}

const QUIET: &str = "MS-PAN/3.1.1.4.5/call-ends-with-a-notification-only";

pub(super) static CASES: &[Case] = &[
    Case {
        rule: "MS-PAN/3.1.1.4.5/get-notification-needs-registration",
        requirement: "PAN-3.1.1.4.5-24",
        verdict: Fail,
        keeps: |script| script.create(A, h(1)).call(A, get_notification(h(1)), fault(0x8004_000C)),
        breaks: |script| script.create(A, h(1)).call(A, get_notification(h(1)), notification(t(1), n(1))),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.5/get-notification-needs-registration",
        requirement: "PAN-3.1.1-01",
        verdict: Warn,
        keeps: |script| {
            let failure = no_notification(None, Hresult::NOT_REGISTERED);
            script.create(A, h(1)).call(A, get_notification(h(1)), failure)
        },
        breaks: |script| script.create(A, h(1)).start(A, "g", get_notification(h(1))).wait(9_000),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.5/get-notification-needs-registration",
        requirement: "PAN-3.1.1.4.5-24",
        verdict: Fail,
        keeps: |script| script.open(A).call(A, get_notification(ContextHandle::NULL), fault(0x1C00_001A)),
        breaks: |script| script.call(A, get_notification(ContextHandle::NULL), notification(t(1), n(1))),
        also: &["MS-RPCE/3.3.1.4.1/handles-belong-to-their-association"],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.5/unregistration-ends-notifications",
        requirement: "PAN-3.1.1.4.5-25",
        verdict: Fail,
        keeps: |script| {
            let script = script.uni(A, h(1), t(1)).notify(t(1), n(1)).unregister(A, h(1));
            script.call(A, get_notification(h(1)), no_notification(None, Hresult::ALREADY_UNREGISTERED))
        },
        breaks: |script| {
            let script = script.uni(A, h(1), t(1)).notify(t(1), n(1)).unregister(A, h(1));
            script.call(A, get_notification(h(1)), notification(t(1), n(1)))
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.5/unregistration-ends-notifications",
        requirement: "PAN-3.1.1.4.5-25",
        verdict: Warn,
        keeps: |script| {
            let script = script.uni(A, h(1), t(1)).unregister(A, h(1));
            script.call(A, get_notification(h(1)), no_notification(None, Hresult::ALREADY_UNREGISTERED))
        },
        breaks: |script| {
            script.uni(A, h(1), t(1)).unregister(A, h(1)).start(A, "g", get_notification(h(1))).wait(9_000)
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.5/unregistration-ends-notifications",
        requirement: "PAN-3.1.1.4.5-15",
        verdict: Fail,
        keeps: |script| unregistered_and_terminated(script).call(A, get_notification(h(1)), fault(TERMINATED)),
        breaks: |script| unregistered_and_terminated(script).start(A, "g", get_notification(h(1))).wait(9_000),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.5/one-call-waits-at-a-time",
        requirement: "PAN-3.1.1.4.5-11",
        verdict: Fail,
        keeps: |script| second(script, fault(REFUSED)).wait(9_000),
        breaks: |script| waiting(script).start(A2, "h", get_notification(h(1))).wait(9_000),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.5/one-call-waits-at-a-time",
        requirement: "PAN-3.1.1.4.5-11",
        verdict: Fail,
        // Of two calls that overlap, the server may have seen either first.
        keeps: |script| {
            let script = script.uni(A, h(1), t(1)).start(A, "g", get_notification(h(1)));
            let script = script.start(A2, "h", get_notification(h(1))).finish("g", fault(REFUSED));
            script.wait(9_000).notify(t(1), n(1)).finish("h", notification(t(1), n(1)))
        },
        breaks: |script| second(script.clone(), fault(0x1C00_0012)),
        also: &[
            "MS-PAN/3.1.1.4.5/refusal-and-termination-have-their-codes",
            "MS-PAN/3.1.1.4.5/no-other-exceptions-are-raised",
        ],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.5/one-call-waits-at-a-time",
        requirement: "PAN-3.1.1.4.5-11",
        verdict: Fail,
        keeps: |script| second(script, no_notification(None, Hresult(REFUSED))),
        breaks: |script| waiting(script).start(A2, "h", get_notification(h(1))).finish("g", fault(REFUSED)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.5/one-call-waits-at-a-time",
        requirement: "PAN-3.1.1.4.5-11",
        verdict: Fail,
        keeps: |script| second(script, no_notification(None, Hresult(REFUSED))),
        breaks: |script| waiting(script).start(A2, "h", get_notification(h(1))).finish("g", fault(TERMINATED)),
        also: &[QUIET],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.5/one-call-waits-at-a-time",
        requirement: "PAN-3.1.1.4.5-11",
        verdict: Fail,
        // Of two calls on a queue that holds something the first may be over before the second comes.
        keeps: |script| {
            let script = second(script, fault(REFUSED)).notify(t(1), n(1)).finish("g", notification(t(1), n(1)));
            let script = script.notify(t(1), n(2)).notify(t(1), n(3)).start(A, "g", get_notification(h(1)));
            let script = script.start(A, "h", get_notification(h(1))).finish("h", notification(t(1), n(3)));
            script.finish("g", notification(t(1), n(2)))
        },
        breaks: |script| {
            let script = waiting(script).start(A2, "h", get_notification(h(1))).notify(t(1), n(1));
            script.finish("h", notification(t(1), n(1))).wait(1_000)
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.5/refusal-and-termination-have-their-codes",
        requirement: "PAN-3.1.1.4.5-17",
        verdict: Warn,
        keeps: |script| second(script, no_notification(None, Hresult(REFUSED))),
        breaks: |script| second(script, fault(0x0800_400C)),
        also: &["MS-PAN/3.1.1.4.5/one-call-waits-at-a-time", "MS-PAN/3.1.1.4.5/no-other-exceptions-are-raised"],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.5/no-other-exceptions-are-raised",
        requirement: "PAN-3.1.1.4.5-19",
        verdict: Fail,
        keeps: unregistered_and_terminated,
        breaks: |script| script.uni(A, h(1), t(1)).call(A, get_notification(h(1)), fault(0x8007_000E)),
        also: &["MS-PAN/3.1.1/registered-object-lets-calls-wait"],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.5/get-notification-returns-zero-or-an-error",
        requirement: "PAN-3.1.1.4.5-09",
        verdict: Fail,
        keeps: delivered,
        breaks: |script| brings(script, Some(t(1)), 4, Some(n(1)), 1),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.5/notification-has-a-type",
        requirement: "PAN-3.1.1.4.5-03",
        verdict: Fail,
        keeps: delivered,
        breaks: |script| brings(script, None, 4, Some(n(1)), 0),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.5/type-is-the-registered-one",
        requirement: "PAN-3.1.1.4.5-05",
        verdict: Fail,
        keeps: delivered,
        breaks: |script| brings(script, Some(NotificationType::ASYNC_UI), 4, Some(n(1)), 0),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.5/type-is-the-registered-one",
        requirement: "PAN-2.2.1-02",
        verdict: Fail,
        keeps: delivered,
        breaks: |script| {
            let swapped = NotificationType(Uuid::from_bytes_le(NotificationType::RELEASE.0.into_bytes()));
            waiting(script).finish("g", no_notification(Some(swapped), Hresult::OK))
        },
        also: &[QUIET],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.5/type-is-the-registered-one",
        requirement: "PAN-3.1.1.4.5-05",
        verdict: Fail,
        // In a shutdown the server may release its clients (SD-67).
        keeps: |script| {
            let script = delivered(script).start(A, "g", get_notification(h(1))).wait(400);
            let script = script.stimulus(Request::Shutdown, Answer::Done);
            script.finish("g", no_notification(Some(NotificationType::RELEASE), Hresult::OK))
        },
        breaks: |script| waiting(script).finish("g", no_notification(Some(NotificationType::RELEASE), Hresult::OK)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.5/size-counts-the-data",
        requirement: "PAN-3.1.1.4.5-06",
        verdict: Fail,
        keeps: delivered,
        breaks: |script| brings(script, Some(t(1)), 6, Some(n(1)), 0),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.5/release-carries-no-data",
        requirement: "PAN-3.1.1.4.5-08",
        verdict: Warn,
        keeps: |script| {
            let script = waiting(script).stimulus(Request::Shutdown, Answer::Done);
            script.finish("g", no_notification(Some(NotificationType::RELEASE), Hresult::OK))
        },
        breaks: |script| {
            let script = waiting(script).stimulus(Request::Shutdown, Answer::Done);
            script.finish("g", notification(NotificationType::RELEASE, n(1)))
        },
        also: &[],
    },
];

const E_FAIL: Hresult = Hresult(0x8000_4005);

fn failed() -> Outcome {
    no_notification(None, E_FAIL)
}

/// The client cancels the first or second call on the script's connections.
fn cancels(script: Script, line: Line, name: &str) -> Script {
    let started = |event: &conformance::event::Event| match &event.kind {
        conformance::event::Kind::CallStarted(started) if started.method == Some(mspan::Method::GetNotification) => {
            Some(started.call_id)
        }
        _ => None,
    };
    let ids: Vec<u32> = script.clone().events().iter().filter_map(started).collect();
    script.pdu(line, Direction::ToServer, 18, ids[usize::from(name == "h")])
}

/// Two calls wait on one object, the second since long enough.
fn both(script: Script) -> Script {
    waiting(script).start(A2, "h", get_notification(h(1)))
}

/// Two calls of which nobody knows which came first.
fn at_once(script: Script) -> Script {
    script.uni(A, h(1), t(1)).open(A2).start(A, "g", get_notification(h(1))).start(A2, "h", get_notification(h(1)))
}

/// An UnregisterClient is on its way.
fn leaving(script: Script) -> Script {
    script.start(A2, "u", unregister(h(1)))
}

/// Two calls of the wrong mode.
fn both_of_the_other_mode(script: Script) -> Script {
    let script = script.bidi(A, h(1), t(1)).start(A, "g", get_notification(h(1))).wait(400);
    script.start(A2, "h", get_notification(h(1)))
}

const ONE: &str = "MS-PAN/3.1.1.4.5/one-call-waits-at-a-time";

#[rstest]
#[case::both_wait(both(Script::new()).wait(6_000), "3.1.1.4.5-11 fail")]
#[case::both_wait_while_one_leaves(leaving(both(Script::new())).wait(6_000), "")]
#[case::both_wait_in_the_other_mode(both_of_the_other_mode(Script::new()).wait(6_000), "")]
#[case::second_refused(both(Script::new()).finish("h", fault(REFUSED)), "3.1.1.4.5-11 pass")]
#[case::second_fails(both(Script::new()).finish("h", failed()), "3.1.1.4.5-11 fail")]
#[case::second_fails_where_it_may_be_the_first(at_once(Script::new()).finish("h", failed()), "")]
#[case::second_fails_while_one_leaves(leaving(both(Script::new())).finish("h", failed()), "")]
#[case::second_fails_in_the_other_mode(both_of_the_other_mode(Script::new()).finish("h", failed()), "")]
#[case::second_fails_and_was_cancelled(cancels(both(Script::new()), A2, "h").finish("h", failed()), "")]
#[case::second_is_lost(both(Script::new()).finish("h", Outcome::Lost), "")]
#[case::second_fails_after_the_first_was_refused(
    at_once(Script::new()).finish("g", fault(REFUSED)).finish("h", failed()), "3.1.1.4.5-11 pass"
)]
#[case::first_refused(both(Script::new()).finish("g", fault(REFUSED)), "3.1.1.4.5-11 fail")]
#[case::first_fails(both(Script::new()).finish("g", failed()), "3.1.1.4.5-11 fail")]
#[case::first_fails_where_it_may_be_the_second(at_once(Script::new()).finish("g", failed()), "")]
#[case::first_refused_where_it_may_be_the_second(at_once(Script::new()).finish("g", fault(REFUSED)), "3.1.1.4.5-11 pass")]
#[case::first_fails_while_one_leaves(leaving(both(Script::new())).finish("g", failed()), "")]
#[case::first_fails_and_was_cancelled(cancels(both(Script::new()), A, "g").finish("g", failed()), "")]
#[case::first_fails_in_the_other_mode(both_of_the_other_mode(Script::new()).finish("g", failed()), "")]
#[case::first_fails_for_want_of_memory(both(Script::new()).finish("g", fault(0x8007_000E)), "")]
#[case::first_is_lost(both(Script::new()).finish("g", Outcome::Lost), "")]
#[case::first_succeeds(both(Script::new()).notify(t(1), n(1)).finish("g", notification(t(1), n(1))), "")]
#[case::second_succeeds(
    both(Script::new()).notify(t(1), n(1)).finish("h", notification(t(1), n(1))).wait(1_000), "3.1.1.4.5-11 fail"
)]
#[case::second_succeeds_where_it_may_be_the_first(
    at_once(Script::new()).notify(t(1), n(1)).finish("h", notification(t(1), n(1))).wait(1_000), ""
)]
#[case::second_succeeds_and_the_first_was_cancelled(
    cancels(both(Script::new()), A, "g").notify(t(1), n(1)).finish("h", notification(t(1), n(1))).wait(1_000), ""
)]
#[case::second_succeeds_while_one_leaves(
    leaving(both(Script::new()).notify(t(1), n(1)).finish("h", notification(t(1), n(1)))).wait(1_000), ""
)]
#[case::second_succeeds_in_a_shutdown(
    both(Script::new()).notify(t(1), n(1)).finish("h", notification(t(1), n(1)))
        .stimulus(Request::Shutdown, Answer::Done).wait(1_000),
    ""
)]
#[case::second_succeeds_and_the_first_does_so_soon(
    both(Script::new()).notify(t(1), n(1)).notify(t(1), n(2)).finish("h", notification(t(1), n(2)))
        .finish("g", notification(t(1), n(1))).wait(1_000),
    ""
)]
fn two_calls(#[case] script: Script, #[case] expected: &str) {
    assert_eq!(decided(ONE, script), expected);
}

/// The client unregisters while GetNotification waits.
fn ended(script: Script) -> Script {
    waiting(script).unregister(A2, h(1))
}

const CODES: &str = "MS-PAN/3.1.1.4.5/refusal-and-termination-have-their-codes";

#[rstest]
#[case::terminated(ended(Script::new()).finish("g", fault(TERMINATED)), "3.1.1.4.5-17 pass")]
#[case::terminated_otherwise(ended(Script::new()).finish("g", failed()), "3.1.1.4.5-17 warn")]
#[case::terminated_by_the_runtime(ended(Script::new()).finish("g", fault(0x71A)), "")]
#[case::terminated_by_the_runtime_with_a_cancel(ended(Script::new()).finish("g", fault(0x1C00_000D)), "")]
#[case::terminated_and_deleted(ended(Script::new()).delete(A2, h(1)).finish("g", failed()), "")]
#[case::terminated_and_given_one(ended(Script::new()).finish("g", notification(t(1), n(1))), "")]
#[case::terminated_where_it_may_have_come_later(
    script_of_a_late_call(Script::new()).finish("g", failed()), ""
)]
#[case::refused(both(Script::new()).finish("h", fault(REFUSED)), "3.1.1.4.5-17 pass")]
#[case::refused_otherwise(both(Script::new()).finish("h", failed()), "3.1.1.4.5-17 warn")]
#[case::refused_by_the_runtime(both(Script::new()).finish("h", fault(0x71A)), "3.1.1.4.5-17 warn")]
#[case::refused_where_it_may_be_the_first(at_once(Script::new()).finish("h", failed()), "")]
#[case::refused_while_one_leaves(leaving(both(Script::new())).finish("h", failed()), "")]
#[case::failed_alone(waiting(Script::new()).finish("g", failed()), "")]
fn codes(#[case] script: Script, #[case] expected: &str) {
    assert_eq!(decided(CODES, script), expected);
}

/// UnregisterClient on another connection, right after the call.
fn script_of_a_late_call(script: Script) -> Script {
    script.uni(A, h(1), t(1)).open(A2).start(A, "g", get_notification(h(1))).unregister(A2, h(1))
}

/// The registered type with some bits changed.
fn bent(bits: u128) -> NotificationType {
    NotificationType(Uuid::from_u128(t(1).0.as_u128() ^ bits))
}

fn typed(kind: NotificationType) -> Script {
    brings(Script::new(), Some(kind), 4, Some(n(1)), 0)
}

const KIND: &str = "MS-PAN/3.1.1.4.5/type-is-the-registered-one";

#[rstest]
#[case::the_same(t(1), "2.2.1-01 pass, 3.1.1.4.5-05 pass")]
#[case::with_a_bit_changed(bent(1 << 77), "2.2.1-01 fail, 3.1.1.4.5-05 fail")]
#[case::with_eight_bits_changed(bent(0xFF << 32), "2.2.1-01 fail, 3.1.1.4.5-05 fail")]
#[case::with_nine_bits_changed(bent(0x1FF << 32), "3.1.1.4.5-05 fail")]
#[case::in_another_order(
    NotificationType(Uuid::from_bytes_le(t(1).0.into_bytes())), "2.2.1-01 fail, 3.1.1.4.5-05 fail"
)]
#[case::of_another_kind(NotificationType::ASYNC_UI, "3.1.1.4.5-05 fail")]
#[case::nil(NotificationType(Uuid::nil()), "2.2.1-02 fail, 3.1.1.4.5-05 fail")]
fn types(#[case] kind: NotificationType, #[case] expected: &str) {
    assert_eq!(decided(KIND, typed(kind)), expected);
}

const SIZE: &str = "MS-PAN/3.1.1.4.5/size-counts-the-data";
/// GetNotification waits on a queue, one is deleted, and the client is released.
fn released(deleted: &str) -> Script {
    let register = register(h(1)).of(t(1)).name(r"\\s\q").into();
    let script = Script::new().create(A, h(1)).call(A, register, registered(Hresult::OK));
    let script = script.start(A, "g", get_notification(h(1))).wait(400);
    let script = script.stimulus(Request::DeletePrinter { printer: deleted.into() }, Answer::Done);
    script.finish("g", no_notification(Some(NotificationType::RELEASE), Hresult::OK))
}

/// A release is right where the queue is gone; nobody knows that where another name may be of another queue.
#[rstest]
#[case::of_the_queue(r"\\s\q", "2.2.1-02 pass")]
#[case::of_another_spelling(r"\\S\Q", "")]
#[case::of_another_server(r"\\t\q", "")]
fn releases(#[case] deleted: &str, #[case] expected: &str) {
    assert_eq!(decided("MS-PAN/3.1.1.4.5/type-is-the-registered-one", released(deleted)), expected);
}

const BARE: &str = "MS-PAN/3.1.1.4.5/release-carries-no-data";
const RELEASE: Option<NotificationType> = Some(NotificationType::RELEASE);

#[rstest]
#[case::of_the_data(SIZE, Some(t(1)), 4, Some(n(1)), "3.1.1.4.5-06 pass")]
#[case::beside_the_data(SIZE, Some(t(1)), 5, Some(n(1)), "3.1.1.4.5-06 fail")]
#[case::of_nothing(SIZE, RELEASE, 0, None, "3.1.1.4.5-06 pass")]
#[case::beside_nothing(SIZE, RELEASE, 4, None, "3.1.1.4.5-06 fail")]
#[case::a_release_with_nothing(BARE, RELEASE, 0, None, "3.1.1.4.5-08 pass")]
#[case::a_release_with_an_empty_array(BARE, RELEASE, 0, Some(Bytes::new()), "3.1.1.4.5-08 pass")]
#[case::a_release_with_a_size_only(BARE, RELEASE, 4, None, "3.1.1.4.5-08 warn")]
#[case::a_release_with_data_only(BARE, RELEASE, 0, Some(n(1)), "3.1.1.4.5-08 warn")]
#[case::a_notification(BARE, Some(t(1)), 4, Some(n(1)), "")]
fn sizes(
    #[case] rule: &str,
    #[case] kind: Option<NotificationType>,
    #[case] size: u32,
    #[case] data: Option<Bytes>,
    #[case] expected: &str,
) {
    assert_eq!(decided(rule, brings(Script::new(), kind, size, data, 0)), expected);
}
