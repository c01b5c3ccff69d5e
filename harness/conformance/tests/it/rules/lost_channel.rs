//! One client acquires a channel, all others lose it ([MS-PAN] 3.1.1 figure 7, 3.1.1.1, 3.1.1.4.4, 3.1.1.4.6).

use bytes::Bytes;
use conformance::Severity::{Fail, Warn};
use dcerpc::ContextHandle;
use mspan::{Hresult, NotificationType};

use crate::case::Case;
use crate::dialogue::*;
use crate::script::*;

const NULL: ContextHandle = ContextHandle::NULL;
const RELEASE: Option<NotificationType> = Some(NotificationType::RELEASE);

pub(super) static CASES: &[Case] = &[
    Case {
        rule: "MS-PAN/3.1.1.4.4/loser-gets-null-channel",
        requirement: "PAN-3.1.1.4.4-05",
        verdict: Fail,
        keeps: |s| s.owned().call(B, respond(HB, n(31)), released()),
        breaks: |s| s.owned().call(B, respond(HB, n(31)), replies(HB, RELEASE, None, Hresult::OK)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/loser-gets-release",
        requirement: "PAN-3.1.1.4.4-14",
        verdict: Fail,
        keeps: |s| s.owned().call(B, respond(HB, n(31)), released()),
        breaks: |s| s.owned().call(B, respond(HB, n(31)), replies(NULL, None, None, Hresult::OK)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/loser-gets-size-zero",
        requirement: "PAN-3.1.1.4.4-19",
        verdict: Warn,
        keeps: |s| s.owned().call(B, respond(HB, n(31)), released()),
        breaks: |s| s.owned().call(B, respond(HB, n(31)), replies(NULL, RELEASE, Some(n(1)), Hresult::OK)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/loser-gets-null-data",
        requirement: "PAN-3.1.1.4.4-22",
        verdict: Warn,
        keeps: |s| s.owned().call(B, respond(HB, n(31)), released()),
        breaks: |s| s.owned().call(B, respond(HB, n(31)), replies(NULL, RELEASE, Some(Bytes::new()), Hresult::OK)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/every-loser-is-told",
        requirement: "PAN-3.1.1.4.4-35",
        verdict: Fail,
        keeps: |s| {
            three(s).call(A, finally(HA, n(21)), closed(Hresult::OK)).finish("b", released()).finish("c", released())
        },
        breaks: |s| three(s).call(A, finally(HA, n(21)), closed(Hresult::OK)).finish("b", released()).wait(6_000),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/every-loser-is-told",
        requirement: "PAN-3.1.1.4.4-35",
        verdict: Fail,
        keeps: |s| late(s).call(B, first(HB), released()),
        breaks: |s| late(s).start(B, "b", first(HB)).wait(6_000),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/every-loser-is-told",
        requirement: "PAN-3.1.1.4.4-35",
        verdict: Fail,
        keeps: |s| s.owned().call(B, respond(HB, n(31)), released()),
        breaks: |s| s.both().start(A, "a", respond(HA, n(21))).start(B, "b", respond(HB, n(31))).wait(5_000),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/blocked-losers-succeed",
        requirement: "PAN-3.1.1.4.4-36",
        verdict: Fail,
        keeps: |s| two(s).call(A, finally(HA, n(21)), closed(Hresult::OK)).finish("b", released()),
        breaks: |s| two(s).call(A, finally(HA, n(21)), closed(Hresult::OK)).wait(6_000),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/blocked-losers-succeed",
        requirement: "PAN-3.1.1.4.4-36",
        verdict: Fail,
        keeps: |s| two(s).call(A, finally(HA, n(21)), closed(Hresult::OK)).finish("b", released()),
        breaks: |s| {
            two(s).call(A, finally(HA, n(21)), closed(Hresult::OK)).finish("b", fails(NULL, Hresult::CHANNEL_CLOSED))
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/first-response-acquires",
        requirement: "PAN-3.1.1.4.4-34",
        verdict: Fail,
        keeps: |s| s.both().call(A, release(HA), closed(Hresult::OK)).call(B, finally(HB, n(31)), closed(Hresult::OK)),
        breaks: |s| {
            s.both().call(A, release(HA), closed(Hresult::OK)).call(
                B,
                finally(HB, n(31)),
                closed(Hresult::CHANNEL_ACQUIRED),
            )
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/first-response-acquires",
        requirement: "PAN-3.1.1.4.4-34",
        verdict: Fail,
        keeps: |s| s.both().call(A, finally(HA, n(21)), closed(Hresult::OK)),
        breaks: |s| {
            let s = s.both().start(A, "a", respond(HA, Bytes::new())).wait(6_000);
            s.call(B, finally(HB, n(31)), closed(Hresult::OK))
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/first-response-acquires",
        requirement: "PAN-3.1.1.4.4-34",
        verdict: Fail,
        keeps: |s| s.both().call(A, finally(HA, n(21)), closed(Hresult::OK)),
        breaks: |s| {
            let s = s.both().call(A, respond_as(HA, t(2), n(21)), fails(HA, Hresult::TYPE_MISMATCH));
            s.call(B, respond(HB, n(31)), released())
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.6/success-is-zero-or-lost",
        requirement: "PAN-3.1.1.4.6-16",
        verdict: Fail,
        keeps: |s| s.owned().call(B, finally(HB, n(31)), closed(Hresult::CHANNEL_ACQUIRED)),
        breaks: |s| s.owned().call(B, finally(HB, n(31)), closed(Hresult(0x8004_0010))),
        also: &["MS-PAN/3.1.1/loser-closes-with-success"],
    },
    Case {
        rule: "MS-PAN/3.1.1/lost-channel-does-not-block",
        requirement: "PAN-3.1.1-22",
        verdict: Fail,
        keeps: |s| s.owned().call(B, respond(HB, n(31)), released()),
        breaks: |s| s.owned().start(B, "b", respond(HB, n(31))).wait(6_000),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1/lost-channel-does-not-block",
        requirement: "PAN-3.1.1-22",
        verdict: Fail,
        keeps: |s| s.owned().call(B, respond(HB, n(31)), released()),
        breaks: |s| {
            s.owned().sends("c", n(2)).call(B, respond(HB, n(31)), brings(HB, n(2))).finish("a", brings(HA, n(2)))
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1/lost-channel-does-not-block",
        requirement: "PAN-3.1.1-22",
        verdict: Fail,
        keeps: |s| s.owned().call(B, respond(HB, n(31)), released()),
        breaks: |s| s.owned().call(B, respond(HB, n(31)), fails(NULL, Hresult::CHANNEL_CLOSED)),
        also: &["MS-PAN/3.1.1.4.4/closed-code-means-closed"],
    },
    Case {
        rule: "MS-PAN/3.1.1/loser-closes-with-success",
        requirement: "PAN-3.1.1-21",
        verdict: Fail,
        keeps: |s| s.owned().call(B, release(HB), closed(Hresult::CHANNEL_ACQUIRED)),
        breaks: |s| s.owned().call(B, finally(HB, n(31)), closed(Hresult(0x8004_0010))),
        also: &["MS-PAN/3.1.1.4.6/success-is-zero-or-lost"],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.6/loser-is-told-of-the-loss",
        requirement: "PAN-3.1.1.4.6-17",
        verdict: Fail,
        keeps: |s| s.owned().call(B, finally(HB, n(31)), closed(Hresult::CHANNEL_ACQUIRED)),
        breaks: |s| s.owned().call(B, finally(HB, n(31)), closed(Hresult::OK)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.1/one-client-acquires",
        requirement: "PAN-3.1.1.1-07",
        verdict: Fail,
        keeps: |s| s.alone().call(A, finally(HA, n(21)), closed(Hresult::OK)),
        breaks: |s| race(s).finish("a", closed(Hresult::OK)).finish("b", closed(Hresult::OK)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.1/acquisition-outlives-the-close",
        requirement: "PAN-3.1.1.1-08",
        verdict: Fail,
        keeps: |s| taken(s).call(B, finally(HB, n(31)), closed(Hresult::CHANNEL_ACQUIRED)),
        breaks: |s| taken(s).call(B, finally(HB, n(31)), closed(Hresult::OK)),
        also: &["MS-PAN/3.1.1.4.6/loser-is-told-of-the-loss"],
    },
];

/// A and B on a channel without a notification; B waits for one.
fn two(script: Script) -> Script {
    script.opens("c", None).joins(A, h(1), &[HA]).joins(B, h(2), &[HB]).start(B, "b", first(HB)).wait(6_000)
}

/// And a third client waits too.
fn three(script: Script) -> Script {
    two(script).joins(C, h(3), &[HC]).start(C, "c", first(HC)).wait(6_000)
}

/// B has the channel but has not called for its notification when A acquires it.
fn late(script: Script) -> Script {
    script.alone().joins(B, h(2), &[HB]).start(A, "a", respond(HA, n(21))).wait(6_000)
}

/// A and B answer at the same time.
fn race(script: Script) -> Script {
    script.both().start(A, "a", finally(HA, n(21))).start(B, "b", finally(HB, n(31)))
}

/// A has acquired the channel and closed it.
fn taken(script: Script) -> Script {
    script.both().call(A, finally(HA, n(21)), closed(Hresult::OK))
}
