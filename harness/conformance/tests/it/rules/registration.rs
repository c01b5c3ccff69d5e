//! The life of a registration ([MS-PAN] 3.1.1 figures 5 and 6).

use conformance::Severity::{Fail, Note, Warn};
use mspan::{Hresult, NotificationType};
use trace::stimulus::{Answer, Request};

use crate::case::Case;
use crate::script::*;

const QUEUE: &str = r"\\s\q";

/// GetNotification waits, for longer than a call takes to arrive.
fn waiting(script: Script) -> Script {
    script.uni(A, h(1), t(1)).start(A, "g", get_notification(h(1))).wait(400)
}

fn waiting_for_channels(script: Script) -> Script {
    script.bidi(A, h(1), t(1)).start(A, "g", get_new_channel(h(1))).wait(400)
}

/// GetNotification waits on a queue that is deleted.
fn printer_deleted(script: Script) -> Script {
    queue_deleted(script, QUEUE)
}

fn spelt_otherwise(script: Script) -> Script {
    queue_deleted(script, &QUEUE.to_uppercase())
}

fn queue_deleted(script: Script, printer: &str) -> Script {
    let register = register(h(1)).of(t(1)).name(QUEUE).into();
    let script = script.create(A, h(1)).call(A, register, registered(Hresult::OK));
    let script = script.start(A, "g", get_notification(h(1))).wait(400);
    script.stimulus(Request::DeletePrinter { printer: printer.into() }, Answer::Done)
}

fn released() -> conformance::event::Outcome {
    no_notification(Some(NotificationType::RELEASE), Hresult::OK)
}

pub(super) static CASES: &[Case] = &[
    Case {
        rule: "MS-PAN/3.1.1/registered-object-lets-calls-wait",
        requirement: "PAN-3.1.1-02",
        verdict: Fail,
        keeps: |script| waiting(script).wait(10_000),
        breaks: |script| {
            let script = script.uni(A, h(1), t(1));
            script.call(A, get_notification(h(1)), no_notification(None, Hresult::NOT_REGISTERED))
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1/registered-object-lets-calls-wait",
        requirement: "PAN-3.1.1-02",
        verdict: Fail,
        // With an UnregisterClient on its way the failure may be right.
        keeps: |script| {
            let script = waiting_for_channels(script).start(A2, "u", unregister(h(1)));
            script.finish("g", fault(0x8007_071A)).finish("u", unregistered(Hresult::OK))
        },
        breaks: |script| waiting_for_channels(script).finish("g", fault(0x8007_071A)),
        also: &["MS-PAN/3.1.1.4.3/waits-for-a-channel"],
    },
    Case {
        rule: "MS-PAN/3.1.1/registered-object-lets-calls-wait",
        requirement: "PAN-3.1.1-05",
        verdict: Fail,
        keeps: |script| {
            let script = waiting(script).notify(t(1), n(1)).finish("g", notification(t(1), n(1)));
            let script = script.start(A, "g", get_notification(h(1))).wait(400).notify(t(1), n(2));
            script.finish("g", notification(t(1), n(2)))
        },
        breaks: |script| {
            let script = waiting(script).notify(t(1), n(1)).finish("g", notification(t(1), n(1)));
            script.call(A, get_notification(h(1)), fault(0x8004_000C))
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1/unregistered-object-is-as-new",
        requirement: "PAN-3.1.1-03",
        verdict: Warn,
        keeps: |script| {
            let script = script.uni(A, h(1), t(1)).unregister(A, h(1));
            let script = script.call(A, register(h(1)).of(t(1)).into(), registered(Hresult::OK));
            let script = script.start(A, "g", get_notification(h(1))).wait(400).unregister(A2, h(1));
            script.finish("g", fault(0x8007_071A)).delete(A, h(1))
        },
        breaks: |script| {
            let script = script.uni(A, h(1), NotificationType::ASYNC_UI).unregister(A, h(1));
            let register = register(h(1)).of(NotificationType::ASYNC_UI).into();
            script.call(A, register, registered(Hresult(0x8000_4005)))
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1/unregistration-ends-waiting-calls",
        requirement: "PAN-3.1.1-04",
        verdict: Fail,
        keeps: |script| waiting(script).unregister(A2, h(1)).finish("g", fault(0x8007_071A)),
        breaks: |script| waiting(script).unregister(A2, h(1)).finish("g", released()),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1/unregistration-ends-waiting-calls",
        requirement: "PAN-3.1.1.4.5-14",
        verdict: Fail,
        keeps: |script| {
            let end = no_notification(None, Hresult::NOTIFICATIONS_TERMINATED);
            waiting(script).unregister(A2, h(1)).finish("g", end)
        },
        breaks: |script| {
            let end = no_notification(None, Hresult(0x8000_4005));
            let script = waiting(script).start(A2, "u", unregister(h(1))).finish("g", end);
            script.finish("u", unregistered(Hresult::OK))
        },
        also: &["MS-PAN/3.1.1.4.5/refusal-and-termination-have-their-codes"],
    },
    Case {
        rule: "MS-PAN/3.1.1/unregistration-ends-waiting-calls",
        requirement: "PAN-3.1.1-04",
        verdict: Fail,
        // A notification that was raised before may have been on its way.
        keeps: |script| {
            let script = waiting(script).notify(t(1), n(1)).unregister(A2, h(1));
            let script = script.finish("g", notification(t(1), n(1)));
            let script = script.uni(B, h(2), t(1)).start(B, "g", get_notification(h(2))).wait(400);
            script.unregister(B2, h(2)).finish("g", fault(0x8007_071A))
        },
        breaks: |script| waiting(script).unregister(A2, h(1)).wait(9_000),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1/unregistration-ends-waiting-calls",
        requirement: "PAN-3.1.1-04",
        verdict: Note,
        keeps: |script| waiting(script).unregister(A, h(1)).finish("g", fault(0x8007_071A)),
        breaks: |script| waiting(script).unregister(A2, h(1)).finish("g", fault(0x71A)),
        also: &["MS-PAN/3.1.1.4.5/no-other-exceptions-are-raised"],
    },
    Case {
        rule: "MS-PAN/3.1.1/unregistration-ends-waiting-calls",
        requirement: "PAN-3.1.1-08",
        verdict: Fail,
        keeps: |script| waiting_for_channels(script).unregister(A2, h(1)).finish("g", fault(0x8007_071A)),
        breaks: |script| waiting_for_channels(script).unregister(A2, h(1)).finish("g", channels(&[], Hresult::OK)),
        also: &[
            "MS-PAN/3.1.1.4.3/unregistration-ends-channels",
            "MS-PAN/3.1.1.4.3/call-ends-with-a-channel-only",
            "MS-PAN/3.1.1.4.3/success-returns-channels",
            "MS-PAN/3.1.1.4.3/termination-has-its-code",
        ],
    },
    Case {
        rule: "MS-PAN/3.1.1/delete-always-succeeds",
        requirement: "PAN-3.1.1-07",
        verdict: Fail,
        keeps: |script| script.create(A, h(1)).delete(A, h(1)),
        breaks: |script| script.create(A, h(1)).call(A, delete(h(1)), fault(0x1C00_0012)),
        also: &["MS-PAN/3.1.2.4.2/delete-raises-no-exception-of-its-own"],
    },
    Case {
        rule: "MS-PAN/3.1.1/deleted-object-is-gone",
        requirement: "PAN-3.1.1-07",
        verdict: Fail,
        keeps: |script| {
            let script = script.create(A, h(1)).delete(A, h(1));
            script.call(A, register(h(1)).into(), fault(0x1C00_001A))
        },
        breaks: |script| {
            let script = script.create(A, h(1)).delete(A, h(1));
            script.call(A2, register(h(1)).into(), registered(Hresult::OK))
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1/printer-deletion-releases-waiting-calls",
        requirement: "PAN-3.1.1-06",
        verdict: Fail,
        keeps: |script| printer_deleted(script).finish("g", released()).unregister(A, h(1)),
        breaks: |script| printer_deleted(script).wait(9_000),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1/printer-deletion-releases-waiting-calls",
        requirement: "PAN-3.1.1-06",
        verdict: Warn,
        // Whether another spelling names the same queue is open: the call may end with the release, and may wait.
        keeps: |script| {
            let script = spelt_otherwise(script.clone()).finish("g", released());
            script.start(A, "g", get_notification(h(1))).wait(9_000)
        },
        breaks: |script| spelt_otherwise(script).finish("g", fault(0x8007_071A)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1/printer-deletion-releases-waiting-calls",
        requirement: "PAN-3.1.1.4.5-04",
        verdict: Warn,
        keeps: |script| {
            let script = printer_deleted(script).finish("g", released());
            script.call(A, get_notification(h(1)), fault(0x8007_071A))
        },
        breaks: |script| printer_deleted(script).finish("g", fault(0x8007_071A)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.2/registered-object-can-be-unregistered",
        requirement: "PAN-3.1.1-06",
        verdict: Fail,
        keeps: |script| printer_deleted(script).finish("g", released()).unregister(A, h(1)),
        breaks: |script| {
            let script = printer_deleted(script).finish("g", released());
            script.call(A, unregister(h(1)), unregistered(Hresult::NOT_REGISTERED))
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.5/object-deletion-ends-waiting-calls",
        requirement: "PAN-3.1.1.4.5-04",
        verdict: Fail,
        keeps: |script| {
            let script = waiting(script).violating(&["PAN-3.1.2.4.2-03"]);
            let script = script.call(A2, delete(h(1)), fault(5)).unregister(A2, h(1));
            let script = script.finish("g", fault(0x8007_071A)).uni(A, h(2), t(1));
            let script = script.start(A, "g", get_notification(h(2))).wait(400).delete(A2, h(2));
            script.finish("g", released())
        },
        breaks: |script| waiting(script).delete(A2, h(1)).wait(9_000),
        also: &["MS-PAN/3.1.1/undefined-calls-are-refused"],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.5/object-deletion-ends-waiting-calls",
        requirement: "PAN-3.1.1.4.5-04",
        verdict: Warn,
        keeps: |script| waiting(script).delete(A2, h(1)).finish("g", released()),
        breaks: |script| waiting(script).delete(A2, h(1)).finish("g", fault(0x8007_071A)),
        also: &["MS-PAN/3.1.1/undefined-calls-are-refused"],
    },
    Case {
        rule: "MS-PAN/3.1.1/undefined-calls-are-refused",
        requirement: "",
        verdict: Note,
        keeps: |script| {
            let script = script.uni(A, h(1), t(1)).bidi(A, h(2), t(1));
            script.call(A, get_notification(h(2)), no_notification(None, Hresult::INVALID_ARGUMENT))
        },
        breaks: |script| script.uni(A, h(1), t(1)).delete(A, h(1)),
        also: &[],
    },
];
