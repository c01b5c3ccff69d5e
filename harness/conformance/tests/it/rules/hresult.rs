//! Vendor-extensible fields ([MS-PAN] 1.8).

use conformance::Severity::{Fail, Warn};
use mspan::Hresult;

use crate::case::Case;
use crate::script::*;

pub(super) static CASES: &[Case] = &[
    Case {
        rule: "MS-PAN/1.8/vendor-codes-have-the-customer-bit",
        requirement: "PAN-1.8-02",
        verdict: Warn,
        keeps: |script| script.create(A, h(1)).call(A, unregister(h(1)), unregistered(Hresult(0xA004_1234))),
        breaks: |script| script.create(A, h(1)).call(A, unregister(h(1)), unregistered(Hresult(0x8004_1234))),
        also: &[],
    },
    Case {
        rule: "MS-PAN/1.8/results-are-hresults",
        requirement: "PAN-1.8-01",
        verdict: Fail,
        keeps: |script| script.uni(A, h(1), t(1)).unregister(A, h(1)),
        breaks: |script| script.uni(A, h(1), t(1)).call(A, unregister(h(1)), unregistered(Hresult(5))),
        also: &["MS-PAN/3.1.1.4.2/registered-object-can-be-unregistered"],
    },
];
