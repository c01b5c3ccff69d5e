//! The strict consistency check of stubs ([MS-PAN] 3.1.1.4, 3.1.2.4).

use bytes::Bytes;
use conformance::Severity::{Fail, Inconclusive};
use conformance::event::Outcome;
use dcerpc::Defect;
use dcerpc::ndr::{Conformant, rule};
use mspan::method::{CloseChannelIn, In};
use mspan::{Hresult, Interface};
use trace::Direction;

use crate::case::Case;
use crate::script::*;

const BAD_STUB: u32 = 0x6F7;

fn defect(rule: &'static str) -> Defect {
    Defect { offset: 0, field: "pName", rule, expected: "no more than max_count".into(), actual: "more".into() }
}

/// RegisterClient with a name that the defect is in.
fn register_with(script: Script, rule: &'static str, outcome: Outcome) -> Script {
    let register = register(h(1)).name(r"\\s\q").into();
    script.create(A, h(1)).defect(defect(rule)).call(A, register, outcome)
}

/// A request whose stub ends too early.
fn short(script: Script, interface: Interface, opnum: u16) -> Script {
    // The gap comes before the event of the call that it names, whose number is known: it is the second one.
    let script = script.create(A, h(1));
    let gap = conformance::event::Gap {
        connection: trace::ConnectionId(0),
        direction: Direction::ToServer,
        layer: conformance::event::Layer::Stub,
        call: Some(conformance::event::CallId(1)),
        offset: 16,
        why: "offset 0x10: ppRemoteObj needs 20 octets, 16 left".into(),
        malformed: true,
        other_syntax: false,
        short_enumerations: false,
        over_http: false,
    };
    script.event(conformance::event::Kind::Gap(gap)).request(A, "x", Some(interface), opnum, None, 16)
}

fn close_without_data(script: Script, outcome: Outcome) -> Script {
    let input = In::CloseChannel(CloseChannelIn {
        channel: h(9),
        notification_type: t(1),
        in_size: 4,
        reason: None::<Conformant<Bytes>>,
    });
    script.open(A).defect(defect(rule::SIZED_ARRAY_IS_PRESENT)).call(A, input, outcome)
}

pub(super) static CASES: &[Case] = &[
    Case {
        rule: "MS-PAN/3.1.1.4/malformed-stubs-of-async-notify-are-rejected",
        requirement: "PAN-3.1.1.4-01",
        verdict: Fail,
        keeps: |script| register_with(script, rule::MAX_COUNT_COVERS_ACTUAL_COUNT, fault(BAD_STUB)),
        breaks: |script| register_with(script, rule::MAX_COUNT_COVERS_ACTUAL_COUNT, registered(Hresult::OK)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4/malformed-stubs-of-async-notify-are-rejected",
        requirement: "PAN-3.1.1.4-01",
        verdict: Fail,
        keeps: |script| short(script, Interface::AsyncNotify, 0).finish("x", fault(BAD_STUB)),
        breaks: |script| {
            short(script, Interface::AsyncNotify, 0).finish("x", Outcome::Lost).close(A, Direction::ToClient)
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4/null-pointers-with-a-size-are-rejected",
        requirement: "PAN-3.1.1.4-02",
        verdict: Fail,
        keeps: |script| close_without_data(script, fault(BAD_STUB)),
        breaks: |script| close_without_data(script, unreadable()),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4/null-pointers-with-a-size-are-rejected",
        requirement: "PAN-3.1.1.4-02",
        verdict: Inconclusive,
        keeps: |script| close_without_data(script, fault(BAD_STUB)),
        breaks: |script| close_without_data(script, fault(0x1C00_001A)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.2.4/malformed-stubs-of-remote-object-are-rejected",
        requirement: "PAN-3.1.2.4-01",
        verdict: Fail,
        keeps: |script| short(script, Interface::RemoteObject, 1).finish("x", fault(BAD_STUB)),
        breaks: |script| short(script, Interface::RemoteObject, 1).finish("x", deleted(dcerpc::ContextHandle::NULL)),
        also: &[],
    },
];
