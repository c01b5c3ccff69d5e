//! IRPCAsyncNotify_GetNotification ([MS-PAN] 3.1.1.4.5): the call.

use bytes::Bytes;
use conformance::Severity::{Fail, Warn};
use conformance::event::Outcome;
use dcerpc::ContextHandle;
use dcerpc::ndr::{Conformant, Format};
use mspan::method::{GetNotificationOut, Out};
use mspan::{Hresult, NotificationType};
use trace::stimulus::{Answer, Request};
use uuid::Uuid;

use crate::case::Case;
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
