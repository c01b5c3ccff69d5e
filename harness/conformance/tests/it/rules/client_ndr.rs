//! What clients make of answers that break the rules of NDR ([MS-PAN] 3.2.1.4, 3.2.2.4).

use bytes::Bytes;
use conformance::Severity::Fail;
use conformance::event::Outcome;
use dcerpc::ndr::{Conformant, Format, rule};
use dcerpc::{ContextHandle, Defect};
use mspan::method::{GetNewChannelOut, GetNotificationOut, Out};
use mspan::{Hresult, NotificationType};
use rstest::rstest;
use trace::Direction;

use crate::case::{Case, verdicts};
use crate::dialogue::{first, release, respond};
use crate::script::*;

fn with_defect(output: Out, rule: &'static str) -> Outcome {
    let (expected, actual) = (String::from("8"), String::from("16"));
    let defects = vec![Defect { offset: 0, field: "pOutSize", rule, expected, actual }];
    Outcome::Returned { output: Some(output), defects, format: Format::default(), stub_length: 0 }
}

/// GetNotification with pOutSize 8 and max_count 16.
fn too_long() -> Outcome {
    let notification_data = Some(Conformant { max_count: 16, elements: Bytes::from_static(b"<a/>  ..........") });
    let notification_type: Option<NotificationType> = Some(t(1));
    let output = GetNotificationOut { notification_type, out_size: 8, notification_data, status: Hresult::OK };
    with_defect(Out::GetNotification(output), rule::MAX_COUNT_EQUALS_SIZE)
}

/// GetNewChannel with two channels and no array.
fn no_array() -> Outcome {
    let output = GetNewChannelOut { no_of_channels: 2, channel_ctxt: None, status: Hresult::OK };
    with_defect(Out::GetNewChannel(output), rule::SIZED_ARRAY_IS_PRESENT)
}

/// GetNewChannel with one channel and a max_count of two.
fn oversized() -> Outcome {
    let channel_ctxt = Some(Conformant { max_count: 2, elements: vec![h(2)] });
    let output = GetNewChannelOut { no_of_channels: 1, channel_ctxt, status: Hresult::OK };
    with_defect(Out::GetNewChannel(output), rule::MAX_COUNT_EQUALS_SIZE)
}

/// A call comes back with a stub that is malformed beyond reading.
fn garbled(script: Script, input: mspan::method::In) -> Script {
    script.start(A, "bad", input).stub_gap("bad", Direction::ToClient, true).finish("bad", unreadable())
}

/// What the client does when GetNotification has come back malformed.
fn failed(script: Script) -> Script {
    let script = script.uni(A, h(1), t(1)).call(A, get_notification(h(1)), too_long());
    script.unregister(A, h(1)).delete(A, h(1)).wait(1_000).uni(A, h(2), t(1)).start(A, "g", get_notification(h(2)))
}

/// A malformed answer of Create brings no channel's handle: who uses one that nobody has seen has it from elsewhere.
#[test]
fn a_malformed_creation_brings_no_channel() {
    for input in [first(h(9)), respond(h(9), n(1)), release(h(9))] {
        assert_eq!(
            verdicts(
                "MS-PAN/3.2.1.4/malformed-answers-are-refused",
                garbled(Script::new(), create()).start(A, "c", input)
            ),
            []
        );
    }
}

/// After a malformed answer the same call is a success's consequence when it comes at once, and a retry when it comes later.
#[rstest]
#[case::at_once(799, 1)]
#[case::after_an_interval(800, 0)]
fn what_is_repeated_after_an_interval_is_a_retry(#[case] milliseconds: u64, #[case] findings: usize) {
    let script = Script::new().uni(A, h(1), t(1)).call(A, get_notification(h(1)), too_long());
    let script = script.wait(milliseconds - 1).start(A, "g", get_notification(h(1)));
    assert_eq!(verdicts("MS-PAN/3.2.2.4/malformed-answers-are-refused", script).len(), findings);
}

pub(super) static CASES: &[Case] = &[
    Case {
        rule: "MS-PAN/3.2.1.4/malformed-answers-are-refused",
        requirement: "PAN-3.2.1.4-01",
        verdict: Fail,
        keeps: |script| {
            let script = garbled(script, create()).wait(1_000).uni(A, h(1), t(1)).unregister(A, h(1)).delete(A, h(1));
            script.close(A, Direction::ToServer).run_down(A)
        },
        breaks: |script| garbled(script, create()).call(A, register(h(1)).into(), registered(Hresult::OK)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.2.2.4/malformed-answers-are-refused",
        requirement: "PAN-3.2.2.4-01",
        verdict: Fail,
        keeps: failed,
        breaks: |script| {
            let script = script.uni(A, h(1), t(1)).call(A, get_notification(h(1)), too_long());
            script.start(A, "g", get_notification(h(1)))
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.2.2.4/malformed-answers-are-refused",
        requirement: "PAN-3.2.2.4-01",
        verdict: Fail,
        keeps: failed,
        breaks: |script| {
            garbled(script.create(A, h(1)), register(h(1)).of(t(1)).into()).start(A, "g", get_notification(h(1)))
        },
        also: &["MS-PAN/3.1.1.4.5/get-notification-needs-a-unidirectional-registration"],
    },
    Case {
        rule: "MS-PAN/3.2.2.4/malformed-answers-are-refused",
        requirement: "PAN-3.2.2.4-01",
        verdict: Fail,
        // A channel on which nothing could be read is released.
        keeps: |script| {
            let script = script.bidi(A, h(1), t(1)).call(A, get_new_channel(h(1)), channels(&[h(2)], Hresult::OK));
            let script = garbled(script.start(A2, "w", get_new_channel(h(1))), first(h(2)));
            failed(
                script.call(A, release(h(2)), crate::dialogue::closed(Hresult::OK)).unregister(A, h(1)).delete(A, h(1)),
            )
        },
        breaks: |script| {
            let script = script.bidi(A, h(1), t(1)).call(A, get_new_channel(h(1)), channels(&[h(2)], Hresult::OK));
            garbled(script, first(h(2))).start(A, "r", respond(h(2), n(1)))
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.2.2.4/malformed-answers-are-refused",
        requirement: "PAN-3.2.2.4-02",
        verdict: Fail,
        keeps: |script| {
            let script = script.bidi(A, h(1), t(1)).call(A, get_new_channel(h(1)), no_array());
            failed(script.unregister(A, h(1)).delete(A, h(1)))
        },
        breaks: |script| {
            let script = script.bidi(A, h(1), t(1)).call(A, get_new_channel(h(1)), no_array());
            script.start(A, "n", first(ContextHandle::NULL))
        },
        also: &["MS-PAN/3.1.1.4.4/handle-is-open"],
    },
    Case {
        rule: "MS-PAN/3.2.2.4/malformed-answers-are-refused",
        requirement: "PAN-3.2.2.4-01",
        verdict: Fail,
        keeps: failed,
        // The channel's first call names what only the malformed answer has given out.
        breaks: |script| {
            script.bidi(A, h(1), t(1)).call(A, get_new_channel(h(1)), oversized()).start(A, "n", first(h(2)))
        },
        also: &[],
    },
];
