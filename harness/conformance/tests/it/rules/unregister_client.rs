//! IRPCAsyncNotify_UnregisterClient ([MS-PAN] 3.1.1.4.2).

use conformance::Severity::{Fail, Note};
use conformance::event::{CallId, Gap, Kind, Layer};
use mspan::{Hresult, Interface, Method};
use rstest::rstest;
use trace::stimulus::{Answer, Request};
use trace::{ConnectionId, Direction};

use crate::case::{Case, decided};
use crate::script::*;

const FAILED: Hresult = Hresult::NOT_REGISTERED;

pub(super) static CASES: &[Case] = &[
    Case {
        rule: "MS-PAN/3.1.1.4.2/unregister-needs-registration",
        requirement: "PAN-3.1.1.4.2-01",
        verdict: Fail,
        keeps: |script| script.create(A, h(1)).call(A, unregister(h(1)), unregistered(FAILED)),
        breaks: |script| script.create(A, h(1)).unregister(A, h(1)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.2/unregister-needs-registration",
        requirement: "PAN-3.1.1.4.2-08",
        verdict: Fail,
        // A registration that may have come first excuses the success.
        keeps: |script| {
            let script = script.create(A, h(1)).create(A, h(2)).start(A2, "r", register(h(1)).into());
            let script = script.unregister(A, h(1)).finish("r", registered(Hresult::OK));
            script.call(A, unregister(h(2)), unregistered(FAILED))
        },
        breaks: |script| {
            let script = script.create(A, h(1));
            let script = script.call(A, register(h(1)).name("printer").into(), registered(Hresult::INVALID_NAME));
            script.unregister(A, h(1))
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.2/unregister-succeeds-but-once",
        requirement: "PAN-3.1.1.4.2-09",
        verdict: Fail,
        keeps: |script| {
            let script = script.uni(A, h(1), t(1)).unregister(A, h(1));
            script.call(A, unregister(h(1)), unregistered(Hresult::ALREADY_UNREGISTERED))
        },
        breaks: |script| script.uni(A, h(1), t(1)).unregister(A, h(1)).unregister(A2, h(1)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.2/registered-object-can-be-unregistered",
        requirement: "PAN-3.1.1.4.2-04",
        verdict: Fail,
        keeps: |script| script.uni(A, h(1), t(1)).unregister(A2, h(1)),
        breaks: |script| {
            script.uni(A, h(1), t(1)).call(A, unregister(h(1)), unregistered(Hresult::ALREADY_UNREGISTERED))
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.2/registered-object-can-be-unregistered",
        requirement: "PAN-3.1.1.4.2-04",
        verdict: Note,
        keeps: |script| script.bidi(A, h(1), t(1)).unregister(A2, h(1)),
        breaks: |script| script.uni(A, h(1), t(1)).call(A, unregister(h(1)), unregistered(Hresult(1))),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.2/unregister-raises-no-exception-of-its-own",
        requirement: "PAN-3.1.1.4.2-06",
        verdict: Fail,
        keeps: |script| script.uni(A, h(1), t(1)).unregister(A2, h(1)),
        breaks: |script| script.create(A, h(1)).call(A, unregister(h(1)), fault(0x8004_000D)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.2/unregister-raises-no-exception-of-its-own",
        requirement: "PAN-3.1.1.4.2-06",
        verdict: Note,
        // The runtime refuses what it can't read.
        keeps: |script| {
            let malformed = Kind::Gap(Gap {
                connection: ConnectionId(A.0),
                direction: Direction::ToServer,
                layer: Layer::Stub,
                call: Some(CallId(2)),
                offset: 16,
                why: "needs 20 octets, 16 left".to_owned(),
                malformed: true,
                other_syntax: false,
                short_enumerations: false,
                over_http: false,
            });
            let script = script.uni(A, h(1), t(1)).event(malformed);
            let (interface, opnum) = (Some(Interface::AsyncNotify), Method::UnregisterClient.opnum());
            script.request(A, "u", interface, opnum, None, 16).finish("u", fault(0x0000_06F7))
        },
        breaks: |script| script.create(A, h(1)).call(A, unregister(h(1)), fault(0x1C00_0012)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.2/unregister-overtakes-waiting-calls",
        requirement: "PAN-3.1.1.4.2-07",
        verdict: Fail,
        keeps: |script| {
            let script = script.uni(A, h(1), t(1)).start(A, "g", get_notification(h(1))).wait(10_000);
            script.unregister(A2, h(1)).finish("g", fault(0x8007_071A))
        },
        breaks: |script| {
            let script = script.uni(A, h(1), t(1)).start(A, "g", get_notification(h(1))).wait(10_000);
            let script = script.start(A2, "u", unregister(h(1))).wait(9_000).notify(t(1), n(1));
            script.finish("g", notification(t(1), n(1))).finish("u", unregistered(Hresult::OK))
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.2/unregister-overtakes-waiting-calls",
        requirement: "PAN-3.1.1.4.2-07",
        verdict: Fail,
        keeps: |script| {
            let script = script.bidi(A, h(1), t(1)).start(A, "g", get_new_channel(h(1))).wait(400);
            script.unregister(A, h(1)).finish("g", channels(&[], Hresult::NOTIFICATIONS_TERMINATED))
        },
        breaks: |script| {
            let script = script.bidi(A, h(1), t(1)).start(A, "g", get_new_channel(h(1)));
            script.start(A, "u", unregister(h(1))).wait(9_000)
        },
        also: &[],
    },
];

fn shuts_down(script: Script) -> Script {
    script.stimulus(Request::Shutdown, Answer::Done)
}

/// UnregisterClient after a registration that failed.
fn after_a_failure(script: Script, status: Hresult) -> Script {
    let script = script.create(A, h(1)).call(A, register(h(1)).into(), registered(Hresult::ACCESS_DENIED));
    script.call(A, unregister(h(1)), unregistered(status))
}

/// A call waits on the object when it is unregistered.
fn beside(script: Script, input: mspan::method::In, status: Hresult) -> Script {
    script.start(A, "g", input).wait(400).call(A2, unregister(h(1)), unregistered(status))
}

fn one_way() -> Script {
    Script::new().uni(A, h(1), t(1))
}

fn both_ways() -> Script {
    Script::new().bidi(A, h(1), t(1))
}

fn one_way_of_a_queue() -> Script {
    let register = register(h(1)).of(t(1)).name(r"\\s\q").into();
    Script::new().create(A, h(1)).call(A, register, registered(Hresult::OK))
}

/// A queue was deleted, of which the registration is, or may be.
fn on_a_queue(deleted: &str) -> Script {
    one_way_of_a_queue().stimulus(Request::DeletePrinter { printer: deleted.into() }, Answer::Done)
}

const NEEDS: &str = "MS-PAN/3.1.1.4.2/unregister-needs-registration";
const CAN: &str = "MS-PAN/3.1.1.4.2/registered-object-can-be-unregistered";
const OVERTAKES: &str = "MS-PAN/3.1.1.4.2/unregister-overtakes-waiting-calls";

#[rstest]
#[case::never_registered(NEEDS, Script::new().create(A, h(1)).unregister(A, h(1)), "3.1.1-01 fail, 3.1.1.4.2-01 fail, 3.1.1.4.2-08 fail")]
#[case::registered_in_vain(NEEDS, after_a_failure(Script::new(), Hresult::OK), "3.1.1.4.2-01 fail, 3.1.1.4.2-08 fail")]
#[case::plainly(CAN, one_way().unregister(A, h(1)), "3.1.1.4.2-04 pass")]
#[case::refused(CAN, one_way().call(A, unregister(h(1)), unregistered(FAILED)), "3.1.1.4.2-04 fail")]
#[case::with_another_success(CAN, one_way().call(A, unregister(h(1)), unregistered(Hresult(1))), "3.1.1.4.2-04 note")]
#[case::for_want_of_memory(
    CAN, one_way().call(A, unregister(h(1)), unregistered(Hresult::OUT_OF_MEMORY)), "3.1.1.4.2-04 inconclusive"
)]
#[case::in_a_shutdown(CAN, shuts_down(one_way()).call(A, unregister(h(1)), unregistered(FAILED)), "")]
#[case::beside_a_notification(
    CAN,
    beside(one_way(), get_notification(h(1)), Hresult::OK),
    "3.1.1-04 pass, 3.1.1.4.2-04 pass"
)]
#[case::beside_a_channel(
    CAN,
    beside(both_ways(), get_new_channel(h(1)), Hresult::OK),
    "3.1.1-08 pass, 3.1.1.4.2-04 pass"
)]
#[case::of_a_queue_that_is_gone(CAN, on_a_queue(r"\\s\q").unregister(A, h(1)), "3.1.1-06 pass, 3.1.1.4.2-04 pass")]
#[case::of_a_queue_that_may_be_gone(CAN, on_a_queue(r"\\S\Q").unregister(A, h(1)), "3.1.1.4.2-04 pass")]
#[case::of_a_queue_of_another_server(CAN, on_a_queue(r"\\t\q").unregister(A, h(1)), "3.1.1.4.2-04 pass")]
#[case::of_a_queue_that_goes_meanwhile(
    CAN,
    one_way_of_a_queue().start(A, "u", unregister(h(1)))
        .stimulus(Request::DeletePrinter { printer: r"\\s\q".into() }, Answer::Done)
        .finish("u", unregistered(Hresult::OK)),
    "3.1.1.4.2-04 pass"
)]
#[case::overtaking(OVERTAKES, beside(one_way(), get_notification(h(1)), Hresult::OK), "3.1.1.4.2-07 pass")]
#[case::overtaking_in_vain(OVERTAKES, beside(one_way(), get_notification(h(1)), FAILED), "")]
#[case::overtaking_nothing(OVERTAKES, one_way().unregister(A, h(1)), "")]
#[case::overtaking_what_may_have_come_later(
    OVERTAKES, one_way().open(A2).start(A, "g", get_notification(h(1))).unregister(A2, h(1)), ""
)]
#[case::silent(
    OVERTAKES, one_way().start(A, "g", get_notification(h(1))).wait(400).start(A2, "u", unregister(h(1))).wait(6_000),
    "3.1.1.4.2-07 fail"
)]
#[case::silent_beside_nothing(OVERTAKES, one_way().start(A2, "u", unregister(h(1))).wait(6_000), "")]
fn unregistrations(#[case] rule: &str, #[case] script: Script, #[case] expected: &str) {
    assert_eq!(decided(rule, script), expected);
}
