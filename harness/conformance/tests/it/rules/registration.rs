//! The life of a registration ([MS-PAN] 3.1.1 figures 5 and 6).

use conformance::Severity::{Fail, Note, Warn};
use conformance::event::{Layer, Outcome};
use mspan::{ConversationStyle, Hresult, NotificationType, UserFilter};
use rstest::rstest;
use trace::Direction;
use trace::stimulus::{Answer, Request};

use crate::case::{Case, decided};
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

fn released() -> Outcome {
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
        // Whether another spelling names the same queue is open; but a failure is right for neither.
        keeps: |script| {
            let script = printer_deleted(script).finish("g", released());
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

/// E_FAIL, which has no meaning of its own.
fn failed() -> Outcome {
    no_notification(None, Hresult(0x8000_4005))
}

fn registers(script: Script) -> Script {
    script.uni(A, h(1), t(1))
}

/// GetNotification comes back at once.
fn comes_back(script: Script, outcome: Outcome) -> Script {
    script.call(A, get_notification(h(1)), outcome)
}

fn shuts_down(script: Script) -> Script {
    script.stimulus(Request::Shutdown, Answer::Done)
}

/// GetNotification of another connection is given up when that connection ends.
fn haunted(script: Script) -> Script {
    let script = registers(script).start(A2, "lost", get_notification(h(1))).wait(10);
    script.finish("lost", Outcome::Lost).close(A2, Direction::ToServer)
}

/// Another registration in so many.
fn crowd(script: Script) -> Script {
    (2..102).fold(script, |script, number| script.uni(B, h(number), t(1)))
}

fn defect() -> dcerpc::Defect {
    let (expected, actual) = ("5".into(), "4".into());
    dcerpc::Defect { offset: 0, field: "rpc_vers", rule: "MS-RPCE/3.3.1.5.1/version-is-5.0", expected, actual }
}

/// The client cancels the call that it made last.
fn cancels(script: Script, line: Line) -> Script {
    let last = script.clone().events().into_iter().rev().find_map(|event| match event.kind {
        conformance::event::Kind::CallStarted(started) => Some(started.call_id),
        _ => None,
    });
    script.pdu(line, Direction::ToServer, 18, last.unwrap())
}

const WAITS: &str = "MS-PAN/3.1.1/registered-object-lets-calls-wait";

#[rstest]
#[case::for_nothing(comes_back(registers(Script::new()), failed()), "3.1.1-02 fail")]
#[case::for_nothing_again(
    comes_back(comes_back(registers(Script::new()).notify(t(1), n(1)), notification(t(1), n(1))), failed()),
    "3.1.1-02 fail, 3.1.1-05 fail"
)]
#[case::for_want_of_memory(
    comes_back(registers(Script::new()), no_notification(None, Hresult::OUT_OF_MEMORY)),
    "3.1.1-02 inconclusive"
)]
#[case::by_the_runtime(comes_back(registers(Script::new()), fault(5)), "3.1.1-02 inconclusive")]
#[case::by_a_notification(comes_back(registers(Script::new()).notify(t(1), n(1)), notification(t(1), n(1))), "")]
#[case::by_a_second_notification(
    comes_back(
        comes_back(registers(Script::new()).notify(t(1), n(1)).notify(t(1), n(2)), notification(t(1), n(1))),
        notification(t(1), n(2))
    ),
    "3.1.1-05 pass"
)]
#[case::in_the_other_mode(comes_back(Script::new().bidi(A, h(1), t(1)), failed()), "")]
#[case::in_a_mode_without_meaning(
    comes_back(Script::new().create(A, h(1)).register(A, h(1), t(1), ConversationStyle(7)), failed()), ""
)]
#[case::beside_another_call(
    registers(Script::new()).start(A, "g", get_notification(h(1))).start(A2, "h", get_notification(h(1)))
        .finish("h", failed()),
    ""
)]
#[case::before_another_call(
    registers(Script::new()).start(A, "g", get_notification(h(1))).start(A2, "h", get_notification(h(1)))
        .finish("g", failed()),
    ""
)]
#[case::with_a_defect(comes_back(registers(Script::new()).defect(defect()), failed()), "")]
#[case::cancelled(cancels(registers(Script::new()).start(A, "g", get_notification(h(1))), A).finish("g", failed()), "")]
#[case::where_a_call_was_lost(comes_back(haunted(Script::new()), failed()), "")]
#[case::after_its_end(comes_back(comes_back(registers(Script::new()), fault(0x8007_071A)), failed()), "3.1.1-02 fail")]
#[case::after_a_gap(
    comes_back(registers(Script::new()).gap(A, Direction::ToClient, Layer::Pdu, false), failed()), ""
)]
#[case::while_the_server_shuts_down(comes_back(shuts_down(registers(Script::new())), failed()), "")]
#[case::among_very_many(comes_back(crowd(registers(Script::new())), failed()), "")]
fn calls_come_back_without_a_notification(#[case] script: Script, #[case] expected: &str) {
    assert_eq!(decided(WAITS, script), expected);
}

/// An object that was registered and unregistered.
fn former(script: Script) -> Script {
    script.uni(A, h(1), t(1)).unregister(A, h(1))
}

fn again(script: Script, register: Register, status: Hresult) -> Script {
    script.call(A, register.into(), registered(status))
}

fn same() -> Register {
    register(h(1)).of(t(1))
}

const E_FAIL: Hresult = Hresult(0x8000_4005);

#[rstest]
#[case::as_it_was(again(former(Script::new()), same(), Hresult::OK), "3.1.1-03 pass")]
#[case::as_it_was_in_vain(again(former(Script::new()), same(), E_FAIL), "3.1.1-03 warn")]
#[case::of_another_type(again(former(Script::new()), same().of(t(2)), E_FAIL), "")]
#[case::with_another_filter(again(former(Script::new()), same().filter(UserFilter::ALL_USERS), E_FAIL), "")]
#[case::in_another_mode(again(former(Script::new()), same().style(ConversationStyle::BIDIRECTIONAL), E_FAIL), "")]
#[case::for_a_queue(again(former(Script::new()), same().name(QUEUE), E_FAIL), "")]
#[case::where_memory_lacks(again(former(Script::new()), same(), Hresult::OUT_OF_MEMORY), "")]
#[case::where_the_server_shuts_down(again(shuts_down(former(Script::new())), same(), E_FAIL), "")]
#[case::with_a_defect(again(former(Script::new()).defect(defect()), same(), E_FAIL), "")]
#[case::of_an_object_that_never_was_registered(again(Script::new().create(A, h(1)), same(), E_FAIL), "")]
#[case::deleted(former(Script::new()).delete(A, h(1)), "3.1.1-03 pass")]
#[case::deleted_in_vain(former(Script::new()).call(A, delete(h(1)), fault(0x1C00_0012)), "3.1.1-03 warn")]
#[case::unregistered_once_more(
    former(Script::new()).call(A, unregister(h(1)), unregistered(Hresult::ALREADY_UNREGISTERED)), ""
)]
fn unregistered_objects(#[case] script: Script, #[case] expected: &str) {
    assert_eq!(decided("MS-PAN/3.1.1/unregistered-object-is-as-new", script), expected);
}

/// GetNotification waits; UnregisterClient comes `later` milliseconds after it and succeeds.
fn left(script: Script, later: u64) -> Script {
    registers(script).open(A2).start(A, "g", get_notification(h(1))).wait(later).unregister(A2, h(1))
}

#[rstest]
#[case::with_its_code(left(Script::new(), 400).finish("g", fault(0x8007_071A)), "3.1.1-04 pass, 3.1.1.4.5-14 pass, 3.1.1.4.5-27 pass")]
#[case::with_another_code(left(Script::new(), 400).finish("g", failed()), "3.1.1-04 fail, 3.1.1.4.5-14 fail")]
#[case::with_another_code_where_it_may_have_come_later(left(Script::new(), 0).finish("g", failed()), "")]
#[case::with_another_code_and_cancelled(
    cancels(registers(Script::new()).start(A, "g", get_notification(h(1))).wait(400), A).unregister(A2, h(1))
        .finish("g", failed()),
    ""
)]
#[case::with_another_code_and_the_object_deleted(left(Script::new(), 400).delete(A2, h(1)).finish("g", failed()), "")]
#[case::with_another_code_and_the_server_shutting_down(
    shuts_down(left(Script::new(), 400)).finish("g", failed()), ""
)]
#[case::with_another_code_beside_another_call(
    registers(Script::new()).start(A, "g", get_notification(h(1))).start(A2, "h", get_notification(h(1))).wait(400)
        .unregister(A2, h(1)).finish("g", failed()),
    ""
)]
#[case::with_another_code_in_the_other_mode(
    Script::new().bidi(A, h(1), t(1)).start(A, "g", get_notification(h(1))).wait(400).unregister(A2, h(1))
        .finish("g", failed()),
    ""
)]
fn unregistration_ends_the_wait(#[case] script: Script, #[case] expected: &str) {
    assert_eq!(decided("MS-PAN/3.1.1/unregistration-ends-waiting-calls", script), expected);
}

/// Delete finds no object after UnregisterClient.
fn deleted_in_vain(script: Script) -> Script {
    former(script).call(A, delete(h(1)), fault(0x1C00_001A))
}

#[rstest]
#[case::done(Script::new().create(A, h(1)).delete(A, h(1)), "3.1.1-07 pass")]
#[case::refused(Script::new().create(A, h(1)).call(A, delete(h(1)), fault(0x1C00_0012)), "3.1.1-07 fail")]
#[case::for_want_of_memory(Script::new().create(A, h(1)).call(A, delete(h(1)), fault(0x1C00_001B)), "")]
#[case::of_one_that_unregister_client_took_away(
    Script::new().uni(A, h(1), t(1)).unregister(A, h(1)).call(A, delete(h(1)), fault(0x1C00_001A)), ""
)]
// The object is there all the same: UnregisterClient did not take it away.
#[case::of_one_that_is_registered_again(again(deleted_in_vain(Script::new()), same(), Hresult::OK), "3.1.1-07 fail")]
#[case::of_one_that_is_registered_twice(
    again(again(deleted_in_vain(Script::new()), same(), Hresult::OK).unregister(A, h(1)), same(), Hresult::OK),
    "3.1.1-07 fail"
)]
#[case::of_one_that_is_deleted_at_last(deleted_in_vain(Script::new()).delete(A, h(1)), "3.1.1-07 pass, 3.1.1-07 fail")]
#[case::of_one_that_is_unregistered_again(deleted_in_vain(Script::new()).unregister(A, h(1)), "3.1.1-07 fail")]
#[case::of_one_that_brings_a_notification(
    deleted_in_vain(Script::new()).call(A, get_notification(h(1)), notification(t(1), n(1))), "3.1.1-07 fail"
)]
#[case::of_one_that_is_refused_for_good(again(deleted_in_vain(Script::new()), same(), E_FAIL), "")]
#[case::of_a_handle_that_create_gives_out_again(
    again(deleted_in_vain(Script::new()).create(A, h(1)), same(), Hresult::OK), ""
)]
#[case::while_it_is_registered_again(
    former(Script::new()).start(A, "d", delete(h(1))).start(A2, "r", same().into())
        .finish("d", fault(0x1C00_001A)).finish("r", registered(Hresult::OK)),
    ""
)]
#[case::of_one_that_may_have_been_created_unseen(
    again(
        deleted_in_vain(Script::new()).gap(A, Direction::ToClient, Layer::Transport, false), same(), Hresult::OK
    ),
    ""
)]
#[case::refused_after_unregister_client(
    Script::new().uni(A, h(1), t(1)).unregister(A, h(1)).call(A, delete(h(1)), fault(0x1C00_0012)), "3.1.1-07 fail"
)]
#[case::with_a_defect(Script::new().create(A, h(1)).defect(defect()).call(A, delete(h(1)), fault(0x1C00_0012)), "")]
#[case::of_a_registered_object(registers(Script::new()).call(A, delete(h(1)), fault(0x1C00_0012)), "")]
fn deletions(#[case] script: Script, #[case] expected: &str) {
    assert_eq!(decided("MS-PAN/3.1.1/delete-always-succeeds", script), expected);
}

/// A release that comes with a failure.
fn half_released() -> Outcome {
    no_notification(Some(NotificationType::RELEASE), E_FAIL)
}

/// GetNotification waits on a queue, with another one on the same object; the queue is deleted.
fn two_on_a_deleted_queue(script: Script) -> Script {
    let script = script.create(A, h(1)).call(A, same().name(QUEUE).into(), registered(Hresult::OK));
    let script = script.start(A, "g", get_notification(h(1))).wait(400).start(A2, "h", get_notification(h(1)));
    script.stimulus(Request::DeletePrinter { printer: QUEUE.into() }, Answer::Done)
}

/// GetNotification is called on an object that waits for channels of a queue; the queue is deleted.
fn in_the_other_mode(script: Script) -> Script {
    let register = same().name(QUEUE).style(ConversationStyle::BIDIRECTIONAL);
    let script = script.create(A, h(1)).call(A, register.into(), registered(Hresult::OK));
    let script = script.start(A, "g", get_notification(h(1))).wait(400);
    script.stimulus(Request::DeletePrinter { printer: QUEUE.into() }, Answer::Done)
}

const GONE: &str = "3.1.1-06 fail, 3.1.1.4.5-04 fail";

#[rstest]
#[case::released(printer_deleted(Script::new()).finish("g", released()), &GONE.replace("fail", "pass"))]
// Another spelling may be of another queue, which releases nobody.
#[case::released_for_another_spelling(spelt_otherwise(Script::new()).finish("g", released()), "")]
#[case::not_ended_for_another_spelling(spelt_otherwise(Script::new()).wait(9_000), "")]
#[case::not_ended(printer_deleted(Script::new()).wait(9_000), GONE)]
#[case::failed(printer_deleted(Script::new()).finish("g", failed()), &GONE.replace("fail", "warn"))]
#[case::released_with_a_failure(
    printer_deleted(Script::new()).finish("g", half_released()), &GONE.replace("fail", "warn")
)]
#[case::given_a_notification(printer_deleted(Script::new()).finish("g", notification(t(1), n(1))), "")]
#[case::failed_with_an_unregistration(
    printer_deleted(Script::new()).start(A2, "u", unregister(h(1))).finish("g", failed()), ""
)]
#[case::failed_beside_another(two_on_a_deleted_queue(Script::new()).finish("g", failed()), "")]
#[case::not_ended_beside_another(two_on_a_deleted_queue(Script::new()).wait(9_000), "")]
#[case::failed_in_the_other_mode(in_the_other_mode(Script::new()).finish("g", failed()), "")]
#[case::not_ended_in_the_other_mode(in_the_other_mode(Script::new()).wait(9_000), "")]
#[case::failed_while_the_server_shuts_down(
    shuts_down(printer_deleted(Script::new())).finish("g", failed()), ""
)]
fn printer_deletions(#[case] script: Script, #[case] expected: &str) {
    assert_eq!(decided("MS-PAN/3.1.1/printer-deletion-releases-waiting-calls", script), expected);
}

/// GetNotification waits; its object is deleted with success.
fn object_deleted(script: Script) -> Script {
    waiting(script).delete(A2, h(1))
}

#[rstest]
#[case::released(object_deleted(Script::new()).finish("g", released()), "3.1.1.4.5-04 pass")]
#[case::not_ended(object_deleted(Script::new()).wait(9_000), "3.1.1.4.5-04 fail")]
#[case::failed(object_deleted(Script::new()).finish("g", failed()), "3.1.1.4.5-04 warn")]
#[case::released_with_a_failure(object_deleted(Script::new()).finish("g", half_released()), "3.1.1.4.5-04 warn")]
#[case::given_a_notification(object_deleted(Script::new()).finish("g", notification(t(1), n(1))), "")]
#[case::failed_where_nothing_is_deleted(waiting(Script::new()).finish("g", failed()), "")]
#[case::failed_where_the_deletion_is_not_over(
    waiting(Script::new()).start(A2, "d", delete(h(1))).finish("g", failed()), ""
)]
fn object_deletions(#[case] script: Script, #[case] expected: &str) {
    assert_eq!(decided("MS-PAN/3.1.1.4.5/object-deletion-ends-waiting-calls", script), expected);
}
