//! IRPCAsyncNotify_UnregisterClient ([MS-PAN] 3.1.1.4.2).

use conformance::Severity::{Fail, Note};
use conformance::event::{CallId, Gap, Kind, Layer};
use mspan::{Hresult, Interface, Method};
use trace::{ConnectionId, Direction};

use crate::case::Case;
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
