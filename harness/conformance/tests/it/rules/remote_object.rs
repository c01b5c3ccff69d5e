//! IRPCRemoteObject ([MS-PAN] 3.1.2.4, 2.2.4).

use conformance::Severity::{Fail, Warn};
use conformance::event::{Layer, Outcome};
use dcerpc::ContextHandle;
use dcerpc::ndr::Format;
use mspan::Hresult;
use mspan::method::{CreateOut, DeleteOut, Out};
use trace::Direction;

use crate::case::Case;
use crate::script::*;

fn lives(script: Script) -> Script {
    script.create(A, h(1)).create(A2, h(2)).delete(A, h(1)).delete(A, h(2))
}

fn long(output: Out, stub_length: usize) -> Outcome {
    Outcome::Returned { output: Some(output), defects: Vec::new(), format: Format::default(), stub_length }
}

fn made(remote_obj: ContextHandle, status: u32) -> Outcome {
    returned(Out::Create(CreateOut { remote_obj, status: Hresult(status) }))
}

pub(super) static CASES: &[Case] = &[
    Case {
        rule: "MS-PAN/3.1.2.4.1/create-returns-a-handle-and-a-result",
        requirement: "PAN-3.1.2.4.1-03",
        verdict: Fail,
        keeps: lives,
        breaks: |script| {
            let output = Out::Create(CreateOut { remote_obj: h(1), status: Hresult::OK });
            script.call(A, create(), long(output, 28))
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.2.4.1/create-returns-a-handle-and-a-result",
        requirement: "PAN-3.1.2.4.1-03",
        verdict: Fail,
        keeps: lives,
        breaks: |script| {
            script.start(A, "c", create()).stub_gap("c", Direction::ToClient, true).finish("c", unreadable())
        },
        also: &["C706/14/out-parameters-can-be-read"],
    },
    Case {
        rule: "MS-PAN/3.1.2.4.1/created-handle-is-known",
        requirement: "PAN-3-01",
        verdict: Fail,
        keeps: lives,
        breaks: |script| script.create(A, h(1)).call(A, register(h(1)).into(), fault(0x1C00_001A)),
        also: &["MS-PAN/3.1.1.4.1/register-raises-no-exception-of-its-own"],
    },
    Case {
        rule: "MS-PAN/3.1.2.4.1/success-comes-with-a-handle",
        requirement: "PAN-3.1.2.4.1-04",
        verdict: Fail,
        keeps: lives,
        breaks: |script| script.create(A, ContextHandle::NULL),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.2.4.1/create-returns-zero-or-an-error",
        requirement: "PAN-3.1.2.4.1-05",
        verdict: Fail,
        keeps: |script| lives(script).call(A, create(), made(ContextHandle::NULL, 0x8007_000E)),
        breaks: |script| script.call(A, create(), made(h(1), 1)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.2.4.1/create-returns-zero-or-an-error",
        requirement: "PAN-1.8-01",
        verdict: Fail,
        keeps: lives,
        breaks: |script| script.call(A, create(), made(ContextHandle::NULL, 8)),
        also: &["MS-PAN/3.1.2.4.1/success-comes-with-a-handle"],
    },
    Case {
        rule: "MS-PAN/3.1.2.4.1/create-returns-zero-or-an-error",
        requirement: "PAN-3.1.2.4.1-05",
        verdict: Warn,
        keeps: lives,
        breaks: |script| script.call(A, create(), made(h(1), 0x8007_000E)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.2.4.1/create-raises-no-exception-of-its-own",
        requirement: "PAN-3.1.2.4.1-07",
        verdict: Fail,
        keeps: |script| lives(script).call(A, create(), fault(5)),
        breaks: |script| script.call(A, create(), fault(0x8007_000E)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.2.4.2/delete-nulls-the-handle",
        requirement: "PAN-3.1.2.4.2-05",
        verdict: Fail,
        keeps: lives,
        breaks: |script| script.create(A, h(1)).call(A, delete(h(1)), deleted(h(1))),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.2.4.2/delete-nulls-the-handle",
        requirement: "PAN-3.1.2.4.2-05",
        verdict: Fail,
        keeps: lives,
        breaks: |script| {
            let script = script.create(A, h(1)).start(A, "d", delete(h(1)));
            script.stub_gap("d", Direction::ToClient, true).finish("d", unreadable())
        },
        also: &["C706/14/out-parameters-can-be-read"],
    },
    Case {
        rule: "MS-PAN/3.1.2.4.2/delete-has-no-return-value",
        requirement: "PAN-3.1.2.4.2-06",
        verdict: Fail,
        keeps: lives,
        breaks: |script| {
            let output = Out::Delete(DeleteOut { remote_obj: ContextHandle::NULL });
            script.create(A, h(1)).call(A, delete(h(1)), long(output, 24))
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.2.4.2/delete-raises-no-exception-of-its-own",
        requirement: "PAN-3.1.2.4.2-07",
        verdict: Fail,
        keeps: lives,
        breaks: |script| script.uni(A, h(1), t(1)).unregister(A, h(1)).call(A, delete(h(1)), fault(0x8004_000E)),
        also: &["MS-PAN/3.1.1/delete-always-succeeds", "MS-PAN/3.1.1/unregistered-object-is-as-new"],
    },
    Case {
        rule: "MS-PAN/2.2.4/each-handle-denotes-one-object",
        requirement: "PAN-2.2.4-03",
        verdict: Fail,
        // Other associations and deleted objects may have the same handle.
        keeps: |script| script.create(A, h(1)).create(B, h(1)).delete(A, h(1)).create(A, h(1)),
        breaks: |script| script.create(A, h(1)).create(A2, h(1)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/2.2.4/each-handle-denotes-one-object",
        requirement: "PAN-2.2.4-03",
        verdict: Fail,
        keeps: |script| {
            let script = script.create(A, h(1)).start(A2, "d", delete(h(1)));
            script.create(A, h(1)).finish("d", deleted(ContextHandle::NULL)).create(A, h(2))
        },
        breaks: |script| script.create(A, h(1)).gap(B, Direction::ToClient, Layer::Pdu, false).create(A2, h(1)),
        also: &[],
    },
];
