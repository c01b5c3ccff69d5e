//! The methods that an interface has ([MS-PAN] 3.1.1.4, 3.1.2.4).

use conformance::Severity::{Fail, Inconclusive, Note};
use conformance::event::Outcome;
use dcerpc::ContextHandle;
use mspan::{ConversationStyle, Interface};
use rstest::rstest;
use trace::Direction;

use crate::case::{Case, decided, passes, verdicts};
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

/// RPC_X_BAD_STUB_DATA.
const BAD_STUB: u32 = 0x0000_06F7;
const METHODS: &str = "MS-PAN/3.1.1.4/async-notify-has-its-methods";
const RESERVED: &str = "MS-PAN/3.1.1.4/reserved-opnum-does-no-harm";

fn plainly(script: Script, outcome: Outcome) -> Script {
    script.start(A, "x", register(h(1)).into()).finish("x", outcome)
}

fn defect() -> dcerpc::Defect {
    let (expected, actual) = ("5".into(), "4".into());
    dcerpc::Defect { offset: 0, field: "rpc_vers", rule: "MS-RPCE/3.3.1.5.1/version-is-5.0", expected, actual }
}

#[rstest]
#[case::its_answer(plainly(Script::new(), fault(5)), "3.1.1.4-03 pass")]
#[case::none(plainly(Script::new(), Outcome::Lost), "")]
#[case::no_such_opnum(plainly(Script::new(), fault(OP_RANGE)), "3.1.1.4-03 fail")]
#[case::another_method_s_parameters(plainly(Script::new(), fault(BAD_STUB)), "3.1.1.4-03 fail")]
#[case::another_method_s_parameters_with_a_defect(
    plainly(Script::new().defect(defect()), fault(BAD_STUB)), "3.1.1.4-03 pass"
)]
#[case::another_method_s_parameters_on_purpose(
    plainly(Script::new().violating(&["PAN-3.1.1.4.1-07"]), fault(BAD_STUB)), "3.1.1.4-03 pass"
)]
#[case::another_method_s_parameters_of_which_one_is_out_of_range(
    Script::new().start(A, "x", register(h(1)).style(ConversationStyle(7)).into()).finish("x", fault(BAD_STUB)),
    "3.1.1.4-03 pass"
)]
#[case::another_method_s_parameters_with_the_null_handle(
    Script::new().start(A, "x", get_notification(ContextHandle::NULL)).finish("x", fault(BAD_STUB)),
    "3.1.1.4-03 pass"
)]
#[case::parameters_that_could_not_be_read(
    opnum(Script::new(), Interface::AsyncNotify, 0, fault(BAD_STUB)),
    "3.1.1.4-03 pass"
)]
#[case::of_no_method_and_unanswered(opnum(Script::new(), Interface::AsyncNotify, 7, Outcome::Lost), "")]
#[case::of_no_method_and_denied(opnum(Script::new(), Interface::AsyncNotify, 7, fault(5)), "3.1.1.4-03 inconclusive")]
#[case::of_another_interface(opnum(Script::new(), Interface::RemoteObject, 7, unreadable()), "")]
fn opnums(#[case] script: Script, #[case] expected: &str) {
    assert_eq!(decided(METHODS, script), expected);
}

/// The connection ends while a call is open.
fn ends(script: Script, interface: Interface, number: u16, by: Direction) -> Script {
    opnum(script, interface, number, Outcome::Lost).close(A, by)
}

#[rstest]
#[case::answered(opnum(Script::new(), Interface::AsyncNotify, 2, fault(OP_RANGE)), 1, 0)]
#[case::unanswered(opnum(Script::new(), Interface::AsyncNotify, 2, Outcome::Lost), 0, 0)]
#[case::of_another_interface(opnum(Script::new(), Interface::RemoteObject, 2, fault(OP_RANGE)), 0, 0)]
#[case::another(opnum(Script::new(), Interface::AsyncNotify, 7, fault(OP_RANGE)), 0, 0)]
#[case::ended_by_the_server(ends(Script::new(), Interface::AsyncNotify, 2, Direction::ToClient), 0, 1)]
#[case::ended_by_the_client(ends(Script::new(), Interface::AsyncNotify, 2, Direction::ToServer), 0, 0)]
#[case::ended_with_another(ends(Script::new(), Interface::AsyncNotify, 7, Direction::ToClient), 0, 0)]
fn the_reserved_opnum(#[case] script: Script, #[case] passed: u64, #[case] noted: usize) {
    assert_eq!(passes(RESERVED, script.clone()), passed);
    assert_eq!(verdicts(RESERVED, script), vec![Note; noted]);
}
