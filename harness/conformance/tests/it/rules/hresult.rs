//! Vendor-extensible fields ([MS-PAN] 1.8).

use conformance::Severity::Warn;
use mspan::Hresult;

use crate::case::Case;
use crate::script::*;

pub(super) static CASES: &[Case] = &[Case {
    rule: "MS-PAN/1.8/vendor-codes-have-the-customer-bit",
    requirement: "PAN-1.8-02",
    verdict: Warn,
    keeps: |script| script.create(A, h(1)).call(A, unregister(h(1)), unregistered(Hresult(0xA004_1234))),
    breaks: |script| script.create(A, h(1)).call(A, unregister(h(1)), unregistered(Hresult(0x8004_1234))),
    also: &[],
}];
