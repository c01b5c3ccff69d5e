//! The methods that an interface has ([MS-PAN] 3.1.1.4, 3.1.2.4).

use conformance::Severity::{Fail, Inconclusive, Note};
use conformance::event::Outcome;
use mspan::Interface;
use trace::Direction;

use crate::case::Case;
use crate::script::*;

const OP_RANGE: u32 = 0x1C01_0002;

fn opnum(script: Script, interface: Interface, opnum: u16, outcome: Outcome) -> Script {
    script.request(A, "x", Some(interface), opnum, None, 0).finish("x", outcome)
}

pub(super) static CASES: &[Case] = &[
    Case {
        rule: "MS-PAN/3.1.1.4/async-notify-has-its-methods",
        requirement: "PAN-3.1.1.4-03",
        verdict: Fail,
        keeps: |script| opnum(script, Interface::AsyncNotify, 7, fault(OP_RANGE)),
        breaks: |script| opnum(script, Interface::AsyncNotify, 7, unreadable()),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4/async-notify-has-its-methods",
        requirement: "PAN-3.1.1.4-03",
        verdict: Fail,
        keeps: |script| script.uni(A, h(1), t(1)),
        breaks: |script| script.bidi(A, h(1), t(1)).call(A, get_new_channel(h(1)), fault(OP_RANGE)),
        also: &[
            "MS-PAN/3.1.1/registered-object-lets-calls-wait",
            "MS-PAN/3.1.1.4.3/no-other-exceptions-are-raised",
            "MS-PAN/3.1.1.4.3/waits-for-a-channel",
        ],
    },
    Case {
        rule: "MS-PAN/3.1.1.4/async-notify-has-its-methods",
        requirement: "PAN-3.1.1.4-03",
        verdict: Inconclusive,
        keeps: |script| opnum(script, Interface::AsyncNotify, 700, fault(OP_RANGE)),
        breaks: |script| opnum(script, Interface::AsyncNotify, 7, fault(5)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.2.4/remote-object-has-its-methods",
        requirement: "PAN-3.1.2.4-03",
        verdict: Fail,
        keeps: |script| opnum(script, Interface::RemoteObject, 2, fault(OP_RANGE)),
        breaks: |script| opnum(script, Interface::RemoteObject, 2, fault(0x1C00_0012)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.2.4/remote-object-has-its-methods",
        requirement: "PAN-3.1.2.4-03",
        verdict: Fail,
        keeps: |script| script.create(A, h(1)),
        breaks: |script| script.call(A, create(), fault(0x6F7)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4/reserved-opnum-does-no-harm",
        requirement: "PAN-3.1.1.4-05",
        verdict: Note,
        keeps: |script| opnum(script, Interface::AsyncNotify, 2, unreadable()),
        breaks: |script| opnum(script, Interface::AsyncNotify, 2, Outcome::Lost).close(A, Direction::ToClient),
        also: &[],
    },
];
