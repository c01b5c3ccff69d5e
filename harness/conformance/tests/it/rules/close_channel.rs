//! IRPCAsyncNotify_CloseChannel ([MS-PAN] 3.1.1.4.6, 3.1.1 figure 7).

use conformance::Severity::{Fail, Note, Warn};
use mspan::{Hresult, NotificationType};

use crate::case::Case;
use crate::dialogue::*;
use crate::script::*;

/// The largest response that a server is expected to take, in octets.
const LARGEST: usize = 0x00A0_0000;

pub(super) static CASES: &[Case] = &[
    Case {
        rule: "MS-PAN/3.1.1.4.6/close-sets-the-handle-to-null",
        requirement: "PAN-3.1.1.4.6-04",
        verdict: Fail,
        keeps: |s| s.alone().call(A, release(HA), closed(Hresult::OK)),
        breaks: |s| s.alone().call(A, release(HA), closed_with(HA, Hresult::OK)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.6/close-sets-the-handle-to-null",
        requirement: "PAN-3.1.1.4.6-04",
        verdict: Warn,
        keeps: |s| s.alone().call(A, close_as(HA, t(2), n(21)), closed(Hresult::TYPE_MISMATCH)),
        breaks: |s| s.alone().call(A, close_as(HA, t(2), n(21)), closed_with(HA, Hresult::TYPE_MISMATCH)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.6/success-is-zero-or-lost",
        requirement: "PAN-3.1.1.4.6-16",
        verdict: Note,
        keeps: |s| s.alone().call(A, release(HA), closed(Hresult::OK)),
        breaks: |s| s.alone().call(A, release(HA), closed(Hresult(1))),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.6/limit-is-ten-megabytes",
        requirement: "PAN-3.1.1.4.6-08",
        verdict: Warn,
        keeps: |s| s.alone().call(A, finally(HA, octets(LARGEST)), closed(Hresult::OK)),
        breaks: |s| s.alone().call(A, finally(HA, octets(LARGEST + 1)), closed(Hresult::OK)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.6/large-response-is-refused",
        requirement: "PAN-3.1.1.4.6-19",
        verdict: Fail,
        keeps: |s| s.alone().call(A, finally(HA, octets(LARGEST + 1)), closed(Hresult::RESPONSE_TOO_LARGE)),
        breaks: |s| s.alone().call(A, finally(HA, octets(LARGEST + 1)), closed(Hresult::INVALID_ARGUMENT)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.6/release-ignores-data",
        requirement: "PAN-3.1.1.4.6-14",
        verdict: Fail,
        keeps: |s| s.alone().call(A, close_as(HA, NotificationType::RELEASE, n(25)), closed(Hresult::OK)),
        breaks: |s| {
            s.alone().call(A, close_as(HA, NotificationType::RELEASE, n(25)), closed(Hresult::INVALID_ARGUMENT))
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.6/other-type-is-refused",
        requirement: "PAN-3.1.1.4.6-20",
        verdict: Fail,
        keeps: |s| s.alone().call(A, close_as(HA, t(2), n(21)), closed(Hresult::TYPE_MISMATCH)),
        breaks: |s| s.alone().call(A, close_as(HA, t(2), n(21)), closed(Hresult::OK)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.6/other-type-is-refused",
        requirement: "PAN-3.1.1.4.6-20",
        verdict: Fail,
        keeps: |s| s.alone().call(A, close_as(HA, t(2), n(21)), closed(Hresult::TYPE_MISMATCH)),
        breaks: |s| s.alone().call(A, finally(HA, n(21)), closed(Hresult::TYPE_MISMATCH)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.6/no-exceptions",
        requirement: "PAN-3.1.1.4.6-22",
        verdict: Fail,
        keeps: |s| s.alone().call(A, release(HA), closed(Hresult::OK)),
        breaks: |s| s.alone().call(A, close_as(HA, t(2), n(21)), fault(0x8004_0014)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.6/close-overtakes-a-blocked-call",
        requirement: "PAN-3.1.1.4.6-23",
        verdict: Fail,
        keeps: |s| s.waiting().call(A2, release(HA), closed(Hresult::OK)).finish("a", released()),
        breaks: |s| s.waiting().start(A2, "2", release(HA)).wait(6_000),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.6/close-overtakes-a-blocked-call",
        requirement: "PAN-3.1.1.4.6-23",
        verdict: Fail,
        keeps: |s| {
            s.waiting()
                .call(A2, finally(HA, n(22)), closed(Hresult::OK))
                .finish("a", fails(HA, Hresult::CHANNEL_CLOSED))
        },
        breaks: |s| s.waiting().call(A2, release(HA), closed(Hresult::OK)).wait(6_000),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.6/close-overtakes-a-blocked-call",
        requirement: "PAN-3.1.1.4.6-23",
        verdict: Fail,
        keeps: |s| s.waiting().call(A2, release(HA), closed(Hresult::OK)).finish("a", fault(0x1C00_001A)),
        breaks: |s| s.waiting().call(A2, release(HA), closed(Hresult::CALL_OUTSTANDING)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1/release-leaves-the-channel-free",
        requirement: "PAN-3.1.1-12",
        verdict: Fail,
        keeps: |s| s.alone().call(A, release(HA), closed(Hresult::OK)).joins(B, h(2), &[HB]).reads(B, HB, n(1)),
        breaks: |s| {
            s.alone().joins(B, h(2), &[HB]).call(A, release(HA), closed(Hresult::OK)).call(B, first(HB), released())
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1/release-leaves-the-channel-free",
        requirement: "PAN-3.1.1-12",
        verdict: Fail,
        keeps: |s| s.alone().call(A, release(HA), closed(Hresult::OK)),
        breaks: |s| s.alone().call(A, release(HA), closed(Hresult::CHANNEL_ACQUIRED)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1/final-response-acquires",
        requirement: "PAN-3.1.1-13",
        verdict: Fail,
        keeps: |s| s.alone().call(A, finally(HA, n(21)), closed(Hresult::OK)),
        breaks: |s| s.alone().call(A, finally(HA, n(21)), closed(Hresult::CHANNEL_ACQUIRED)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1/waiting-owner-may-release",
        requirement: "PAN-3.1.1-17",
        verdict: Fail,
        keeps: |s| s.waiting().call(A2, release(HA), closed(Hresult::OK)).finish("a", released()),
        breaks: |s| s.waiting().call(A2, release(HA), closed(Hresult(0x8000_4005))),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1/notified-owner-may-release",
        requirement: "PAN-3.1.1-19",
        verdict: Fail,
        keeps: |s| notified(s).call(A, release(HA), closed(Hresult::OK)),
        breaks: |s| notified(s).call(A, release(HA), closed(Hresult(0x8000_4005))),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1/owner-closes-with-a-response",
        requirement: "PAN-3.1.1-20",
        verdict: Fail,
        keeps: |s| notified(s).call(A, finally(HA, n(22)), closed(Hresult::OK)),
        breaks: |s| notified(s).call(A, finally(HA, n(22)), closed(Hresult::CHANNEL_ACQUIRED)),
        also: &[],
    },
];

/// A has answered once, and been given the next notification.
fn notified(script: Script) -> Script {
    script.waiting().sends("c", n(2)).finish("a", brings(HA, n(2)))
}
