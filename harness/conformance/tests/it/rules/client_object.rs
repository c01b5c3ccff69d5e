//! How clients treat their remote objects ([MS-PAN] 3.1.2.4.2, 3.2.2.3).

use conformance::Severity::Fail;
use conformance::event::Outcome;
use dcerpc::ndr::{Format, rule};
use dcerpc::{ContextHandle, Defect};
use mspan::method::{Out, RegisterClientOut};
use mspan::{Hresult, Interface};

use rstest::rstest;

use crate::case::{Case, decided};
use crate::script::*;

const NULL: ContextHandle = ContextHandle::NULL;

fn right(script: Script) -> Script {
    script.create(A, h(1)).delete(A2, h(1)).uni(A, h(1), t(1)).unregister(A, h(1)).delete(A, h(1))
}

/// RegisterClient says success in an answer that breaks NDR: to the client it has failed.
fn registered_in_vain(script: Script) -> Script {
    let (expected, actual) = (String::from("a terminator"), String::from("none"));
    let defects =
        vec![Defect { offset: 0, field: "ppRmtServerReferral", rule: rule::STRING_IS_TERMINATED, expected, actual }];
    let output = Some(Out::RegisterClient(RegisterClientOut { referral: None, status: Hresult::OK }));
    let answer = Outcome::Returned { output, defects, format: Format::default(), stub_length: 8 };
    script.create(A, h(1)).call(A, register(h(1)).into(), answer)
}

#[rstest]
#[case::deleted("MS-PAN/3.1.2.4.2/client-unregisters-before-it-deletes", registered_in_vain(Script::new()).delete(A, h(1)))]
#[case::registered_anew(
    "MS-PAN/3.1.1.4.1/registered-handle-is-not-registered-again",
    registered_in_vain(Script::new()).start(A, "r", register(h(1)).into())
)]
fn what_failed_for_the_client_is_not_registered(#[case] rule: &str, #[case] script: Script) {
    assert!(!decided(rule, script).contains("fail"));
}

pub(super) static CASES: &[Case] = &[
    Case {
        rule: "MS-PAN/3.1.1.4/reserved-opnum-is-not-called",
        requirement: "PAN-3.1.1.4-04",
        verdict: Fail,
        keeps: right,
        breaks: |script| {
            script.request(A, "r", Some(Interface::AsyncNotify), 2, None, 20).finish("r", fault(0x1C01_0002))
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.2.4.2/deleted-handle-is-a-created-one",
        requirement: "PAN-3.1.2.4.2-01",
        verdict: Fail,
        keeps: right,
        breaks: |script| {
            let script = script.bidi(A, h(1), t(1)).call(A, get_new_channel(h(1)), channels(&[h(2)], Hresult::OK));
            script.call(A, delete(h(2)), fault(0x1C00_001A))
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.2.4.2/client-deletes-but-once",
        requirement: "PAN-3.1.2.4.2-02",
        verdict: Fail,
        keeps: right,
        breaks: |script| script.create(A, h(1)).delete(A, h(1)).call(A, delete(h(1)), fault(0x1C00_001A)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.2.4.2/client-deletes-but-once",
        requirement: "PAN-3.1.2.4.2-02",
        verdict: Fail,
        // Whether a Delete that was lost was handled nobody knows.
        keeps: |script| {
            let script = script.create(A, h(1)).start(A2, "d", delete(h(1))).finish("d", Outcome::Lost);
            right(script.call(A, delete(h(1)), fault(0x1C00_001A)))
        },
        breaks: |script| script.create(A, h(1)).delete(A, h(1)).call(A2, delete(h(1)), deleted(NULL)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.2.4.2/client-unregisters-before-it-deletes",
        requirement: "PAN-3.1.2.4.2-03",
        verdict: Fail,
        keeps: right,
        breaks: |script| script.uni(A, h(1), t(1)).delete(A, h(1)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.2.4.2/client-unregisters-before-it-deletes",
        requirement: "PAN-3.2.2-04",
        verdict: Fail,
        // A client that can't unregister has done what it could, and so has one whose handle the server forgot.
        keeps: |script| {
            let script = script.uni(A, h(1), t(1)).call(A, unregister(h(1)), unregistered(Hresult(0x8000_4005)));
            let script = script.delete(A, h(1)).uni(A, h(2), t(1)).call(A, get_notification(h(2)), fault(0x1C00_001A));
            right(script.call(A, delete(h(2)), fault(0x1C00_001A)).wait(1_000))
        },
        breaks: |script| script.bidi(A, h(1), t(1)).unregister(A, h(1)).bidi(A, h(2), t(1)).delete(A, h(2)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.2.4.2/deleted-handle-is-not-null",
        requirement: "PAN-3.1.2.4.2-04",
        verdict: Fail,
        keeps: right,
        breaks: |script| script.call(A, delete(NULL), fault(0x6EF)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.2.2.3/both-interfaces-share-an-association",
        requirement: "PAN-3.2.2.3-01",
        verdict: Fail,
        keeps: right,
        breaks: |script| {
            let script = script.open_from(A, "192.0.2.1:50000").create(A, h(1)).open_from(B, "192.0.2.1:50001");
            script.call(B, register(h(1)).into(), fault(0x1C00_001A))
        },
        also: &["MS-PAN/3.1.1.4.1/registered-handle-is-a-created-one"],
    },
];
