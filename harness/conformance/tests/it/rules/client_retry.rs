//! What clients do when GetNewChannel or GetNotification fails ([MS-PAN] 3.1.1.4.3, 3.1.1.4.5).

use conformance::Severity::{Fail, Inconclusive, Warn};
use conformance::event::Outcome;
use conformance::model::client::QUIET;
use dcerpc::ContextHandle;
use mspan::{ConversationStyle, Hresult};
use rstest::rstest;
use std::time::Duration;

use crate::case::{Case, verdicts};
use crate::dialogue::*;
use crate::script::*;

mod silence;

const BIDI: ConversationStyle = ConversationStyle::BIDIRECTIONAL;
const UNI: ConversationStyle = ConversationStyle::UNIDIRECTIONAL;
const E_FAIL: Hresult = Hresult(0x8000_4005);
const VENDOR: Hresult = Hresult(0xA004_0123);
const TERMINATED: Hresult = Hresult::NOTIFICATIONS_TERMINATED;

pub(super) static CASES: &[Case] = &[
    Case {
        rule: "MS-PAN/3.1.1.4.3/second-get-new-channel-is-not-repeated",
        requirement: "PAN-3.1.1.4.3-10",
        verdict: Warn,
        keeps: |s| {
            let s = s.offer(T).call(A, get_new_channel(h(1)), channels(&[], Hresult::CALL_OUTSTANDING));
            s.finish("more", channels(&[HC], Hresult::OK)).start(A2, "next", get_new_channel(h(1)))
        },
        breaks: |s| {
            let s = s.offer(T).call(A, get_new_channel(h(1)), channels(&[], Hresult::CALL_OUTSTANDING));
            s.start(A, "next", get_new_channel(h(1)))
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.5/second-get-notification-is-not-repeated",
        requirement: "PAN-3.1.1.4.5-12",
        verdict: Warn,
        keeps: |s| {
            let s = waits(s, UNI).notify(T, n(1)).call(A2, get_notification(h(1)), fault(0x8004_000C));
            s.finish("w", notification(T, n(1))).start(A2, "next", get_notification(h(1)))
        },
        breaks: |s| {
            let s = waits(s, UNI).call(A2, get_notification(h(1)), fault(0x8004_000C));
            s.start(A2, "next", get_notification(h(1)))
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.3/terminated-get-new-channel-is-not-retried",
        requirement: "PAN-3.1.1.4.3-14",
        verdict: Warn,
        keeps: |s| fails_with(waits(s, BIDI), BIDI, TERMINATED).wait(200_000),
        breaks: |s| fails_with(waits(s, BIDI), BIDI, TERMINATED).start(A, "again", get_new_channel(h(1))),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.3/terminated-get-new-channel-is-not-retried",
        requirement: "PAN-3.1.1.4.3-14",
        verdict: Warn,
        keeps: |s| {
            // It had unregistered, and registers anew.
            let s = waits(s, BIDI).unregister(A2, h(1)).finish("w", failure(BIDI, TERMINATED)).delete(A, h(1));
            anew(s.wait(1_000), BIDI, h(2), "2").wait(200_000)
        },
        breaks: |s| anew(fails_with(waits(s, BIDI), BIDI, TERMINATED).wait(1_000), BIDI, h(2), "2"),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.3/terminated-get-new-channel-is-not-retried",
        requirement: "PAN-3.1.1.4.3-14",
        verdict: Inconclusive,
        keeps: |s| fails_with(waits(s, BIDI), BIDI, TERMINATED).wait(200_000),
        breaks: |mut s| {
            s.config.no_retry = Duration::from_secs(3);
            fails_with(waits(s, BIDI), BIDI, TERMINATED).wait(4_000)
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.5/terminated-get-notification-is-not-retried",
        requirement: "PAN-3.1.1.4.5-16",
        verdict: Warn,
        keeps: |s| fails_with(waits(s, UNI), UNI, TERMINATED).wait(200_000),
        breaks: |s| {
            // That it cleans up before does not make it another thing.
            let s = fails_with(waits(s, UNI), UNI, TERMINATED).unregister(A, h(1)).delete(A, h(1));
            anew(s.wait(1_000), UNI, h(2), "2")
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.3/exceptions-are-as-return-values-to-clients",
        requirement: "PAN-3.1.1.4.3-16",
        verdict: Fail,
        keeps: |s| terminated_twice(s, BIDI).wait(400_000),
        breaks: |s| anew(terminated_twice(s, BIDI).wait(1_000), BIDI, h(3), "3"),
        also: &["MS-PAN/3.1.1.4.3/terminated-get-new-channel-is-not-retried"],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.5/exceptions-are-as-return-values-to-clients",
        requirement: "PAN-3.1.1.4.5-18",
        verdict: Fail,
        keeps: |s| terminated_twice(s, UNI).wait(400_000),
        breaks: |s| anew(terminated_twice(s, UNI).wait(1_000), UNI, h(3), "3"),
        also: &["MS-PAN/3.1.1.4.5/terminated-get-notification-is-not-retried"],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.3/errors-are-treated-alike",
        requirement: "PAN-3.1.1.4.3-08",
        verdict: Warn,
        keeps: |s| anew(retried_once(s, BIDI, VENDOR).wait(1_500), BIDI, h(3), "3"),
        breaks: |s| retried_once(s, BIDI, VENDOR).wait(80_000),
        also: &["MS-PAN/3.1.1.4.3/retry-makes-a-new-object"],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.5/errors-are-treated-alike",
        requirement: "PAN-3.1.1.4.5-10",
        verdict: Warn,
        keeps: |s| anew(retried_once(s, UNI, VENDOR).wait(1_500), UNI, h(3), "3"),
        breaks: |s| retried_once(s, UNI, VENDOR).wait(80_000),
        also: &["MS-PAN/3.1.1.4.5/retry-makes-a-new-object"],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.3/retry-makes-a-new-object",
        requirement: "PAN-3.1.1.4.3-18",
        verdict: Warn,
        keeps: |s| anew(cleaned(fails_with(waits(s, BIDI), BIDI, E_FAIL)).wait(1_000), BIDI, h(2), "2"),
        breaks: |s| fails_with(waits(s, BIDI), BIDI, E_FAIL).wait(1_000).start(A, "again", get_new_channel(h(1))),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.3/retry-makes-a-new-object",
        requirement: "PAN-3.1.1.4.3-18",
        verdict: Warn,
        keeps: |s| anew(cleaned(fails_with(waits(s, BIDI), BIDI, E_FAIL)).wait(1_000), BIDI, h(2), "2"),
        breaks: |s| fails_with(waits(s, BIDI), BIDI, E_FAIL).wait(80_000),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.5/retry-makes-a-new-object",
        requirement: "PAN-3.1.1.4.5-20",
        verdict: Warn,
        keeps: |s| anew(cleaned(fails_with(waits(s, UNI), UNI, E_FAIL)).wait(1_000), UNI, h(2), "2"),
        breaks: |s| fails_with(waits(s, UNI), UNI, E_FAIL).wait(1_000).start(A, "again", get_notification(h(1))),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.3/retry-makes-a-new-object",
        requirement: "PAN-3.1.1.4.3-18",
        verdict: Warn,
        // Unless a fault may mean that there is no more to come, or it begins anew.
        keeps: |s| {
            let s = cleaned(fails_with(waits(s.launched(A, 1), BIDI), BIDI, E_FAIL)).wait(1_000);
            cleaned_of(anew(s, BIDI, h(2), "2").wait(1_000).finish("2", fault(0x71A)), h(2)).wait(80_000)
        },
        // A client that was started to wait leaves.
        breaks: |s| cleaned(fails_with(waits(s.launched(A, 1), BIDI), BIDI, E_FAIL)).wait(80_000),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.5/retry-makes-a-new-object",
        requirement: "PAN-3.1.1.4.5-20",
        verdict: Warn,
        // Unless a fault may mean that there is no more to come, or it begins anew.
        keeps: |s| {
            let s = cleaned(fails_with(waits(s.launched(A, 1), UNI), UNI, E_FAIL)).wait(1_000);
            cleaned_of(anew(s, UNI, h(2), "2").wait(1_000).finish("2", fault(0x71A)), h(2)).wait(80_000)
        },
        // A client that was started to wait leaves.
        breaks: |s| cleaned(fails_with(waits(s.launched(A, 1), UNI), UNI, E_FAIL)).wait(80_000),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.3/retries-are-spaced",
        requirement: "PAN-3.1.1.4.3-19",
        verdict: Warn,
        keeps: |s| retries(s, BIDI, &[1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]),
        breaks: |s| retries(s, BIDI, &[20]),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.5/retries-are-spaced",
        requirement: "PAN-3.1.1.4.5-21",
        verdict: Warn,
        keeps: |s| retries(s, UNI, &[1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]),
        breaks: |s| retries(s, UNI, &[4_000, 1_000]),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.5/retries-are-spaced",
        requirement: "PAN-3.1.1.4.5-21",
        verdict: Warn,
        keeps: |s| {
            retries(s, UNI, &[1_000, 1_500, 2_000, 2_500, 3_000, 3_500, 4_000, 4_500, 5_000, 5_500, 6_000, 7_000])
        },
        breaks: |s| retries(s, UNI, &[1_000; 12]),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.3/retries-are-spaced",
        requirement: "PAN-3.1.1.4.3-19",
        verdict: Warn,
        // A second, with a fifth of tolerance.
        keeps: |s| retries(s, BIDI, &[800]),
        breaks: |s| retries(s, BIDI, &[799]),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.3/retries-are-spaced",
        requirement: "PAN-3.1.1.4.3-19",
        verdict: Warn,
        // The same from attempt to attempt.
        keeps: |s| tries(s, BIDI, 600, &[(250, 600), (190, 100)]),
        breaks: |s| tries(s, BIDI, 600, &[(250, 600), (189, 100)]),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.3/retries-are-spaced",
        requirement: "PAN-3.1.1.4.3-19",
        verdict: Warn,
        // From failure to attempt no shorter than the last, with the same tolerance.
        keeps: |s| tries(s, BIDI, 6_000, &[(2_000, 2_000), (2_000, 100), (1_600, 100)]),
        breaks: |s| tries(s, BIDI, 6_000, &[(2_000, 2_000), (2_000, 100), (1_599, 100)]),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.3/retries-are-spaced",
        requirement: "PAN-3.1.1.4.3-19",
        verdict: Warn,
        // From attempt to attempt no shorter than the last, with the same tolerance.
        keeps: |s| retries(s, BIDI, &[2_000, 1_600 - ATTEMPT]),
        breaks: |s| retries(s, BIDI, &[2_000, 1_599 - ATTEMPT]),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.5/retries-are-spaced",
        requirement: "PAN-3.1.1.4.5-21",
        verdict: Warn,
        // Of twelve attempts the last comes after half as much again as the second.
        keeps: |s| growing(s, 100, &[1_500]),
        breaks: |s| growing(s, 100, &[1_499]),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.5/retries-are-spaced",
        requirement: "PAN-3.1.1.4.5-21",
        verdict: Warn,
        // From attempt to attempt, too.
        keeps: |s| growing(s, 6_000, &[1_500 - ATTEMPT]),
        breaks: |s| growing(s, 6_000, &[1_499 - ATTEMPT]),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.5/retries-are-spaced",
        requirement: "PAN-3.1.1.4.5-21",
        verdict: Warn,
        // Forty seconds are long enough.
        keeps: |s| retries(s, UNI, &[40_000 - ATTEMPT; 12]),
        breaks: |s| retries(s, UNI, &[39_999 - ATTEMPT; 12]),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.5/retries-are-spaced",
        requirement: "PAN-3.1.1.4.5-21",
        verdict: Warn,
        // However long it lasts, and where it has grown as far as it can.
        keeps: |s| retries(s, UNI, &[&[1_000, 2_000, 4_000, 8_000, 16_000, 32_000][..], &[60_000; 40]].concat()),
        breaks: |s| retries(s, UNI, &[1_000; 16]),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.5/retries-are-spaced",
        requirement: "PAN-3.1.1.4.5-21",
        verdict: Warn,
        // However long it lasts, and as slowly as it grows.
        keeps: |s| retries(s, UNI, &(10..50).map(|tenths| tenths * 100).collect::<Vec<_>>()),
        breaks: |s| retries(s, UNI, &[1_000; 12]),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.5/retries-are-spaced",
        requirement: "PAN-3.1.1.4.5-21",
        verdict: Warn,
        // Who has waited for T_PROMPT had success, and begins anew.
        keeps: |s| retried_after(s, 5_000),
        breaks: |s| retried_after(s, 4_999),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.3/terminated-get-new-channel-is-not-retried",
        requirement: "PAN-3.1.1.4.3-14",
        verdict: Inconclusive,
        keeps: |mut s| {
            s.config.no_retry = QUIET[0];
            fails_with(waits(s, BIDI), BIDI, TERMINATED).wait(180_000)
        },
        breaks: |mut s| {
            s.config.no_retry = QUIET[0] - Duration::from_millis(1);
            fails_with(waits(s, BIDI), BIDI, TERMINATED).wait(180_000)
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.3/retrying-ends-with-success",
        requirement: "PAN-3.1.1.4.3-20",
        verdict: Warn,
        keeps: |s| retries(s, BIDI, &[1_000, 2_000]).wait(200_000),
        breaks: |s| anew(retries(s, BIDI, &[1_000, 2_000]).wait(4_000), BIDI, h(9), "9"),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.5/retrying-ends-with-success",
        requirement: "PAN-3.1.1.4.5-22",
        verdict: Warn,
        keeps: |s| retries(s, UNI, &[1_000, 2_000]).wait(200_000),
        breaks: |s| anew(retries(s, UNI, &[1_000, 2_000]).wait(4_000), UNI, h(9), "9"),
        also: &[],
    },
];

fn waiting(style: ConversationStyle, handle: ContextHandle) -> mspan::method::In {
    if style == BIDI { get_new_channel(handle) } else { get_notification(handle) }
}

fn failure(style: ConversationStyle, code: Hresult) -> Outcome {
    if style == BIDI { channels(&[], code) } else { no_notification(None, code) }
}

/// A registers, and waits under the name "w".
fn waits(script: Script, style: ConversationStyle) -> Script {
    anew(script, style, h(1), "w")
}

/// A registers with the same parameters on an object, and waits under a name.
fn anew(script: Script, style: ConversationStyle, handle: ContextHandle, name: &'static str) -> Script {
    script.create(A, handle).register(A, handle, T, style).start(A, name, waiting(style, handle))
}

/// The call "w" fails.
fn fails_with(script: Script, style: ConversationStyle, code: Hresult) -> Script {
    script.wait(6_000).finish("w", failure(style, code))
}

/// A disposes of its first object.
fn cleaned(script: Script) -> Script {
    cleaned_of(script, h(1))
}

/// A disposes of an object.
fn cleaned_of(script: Script, handle: ContextHandle) -> Script {
    script.unregister(A, handle).delete(A, handle)
}

/// 0x8007071A is returned to A and, three minutes later, thrown at another registration of A's.
fn terminated_twice(script: Script, style: ConversationStyle) -> Script {
    let script = cleaned(fails_with(waits(script, style), style, TERMINATED).wait(200_000));
    anew(script, style, h(2), "2").wait(6_000).finish("2", fault(TERMINATED.0))
}

/// A has tried again after E_FAIL, and is told of another error.
fn retried_once(script: Script, style: ConversationStyle, code: Hresult) -> Script {
    let script = cleaned(fails_with(waits(script, style), style, E_FAIL)).wait(1_000);
    anew(script, style, h(2), "2").wait(6_000).finish("2", failure(style, code))
}

/// From a failure to the request of the next Create, when the first object is unregistered and deleted between: six events,
/// four of them PDUs.
const CLEANING: u64 = 10;

/// From the request of Create to an attempt's failure, when it waits for 100 ms: ten events, five of them PDUs.
const ATTEMPT: u64 = 110;

/// A waits these milliseconds from a failure to the next attempt, whose call waits for 100 ms; the first has waited for six
/// seconds. The last attempt waits for a notification.
fn retries(script: Script, style: ConversationStyle, gaps: &[u64]) -> Script {
    tries(script, style, 6_000, &gaps.iter().map(|gap| (*gap, 100)).collect::<Vec<_>>())
}

/// A waits in an attempt that fails, and then, from each failure to the next attempt and in this attempt, these
/// milliseconds. The last attempt does not fail.
fn tries(script: Script, style: ConversationStyle, first: u64, others: &[(u64, u64)]) -> Script {
    let mut script = anew(script, style, h(100), "0").wait(first);
    for ((gap, waits), number) in others.iter().zip(101..) {
        let (former, object) = (h(number - 1), h(number));
        script = script.finish("0", failure(style, E_FAIL)).unregister(A, former).delete(A, former);
        script = anew(script.wait(*gap - CLEANING), style, object, "0").wait(*waits);
    }
    script
}

/// Ten retries at intervals of a second, and then some; the first attempt has waited for so many milliseconds.
fn growing(script: Script, first: u64, then: &[u64]) -> Script {
    let gaps = [&[1_000; 10], then].concat();
    tries(script, UNI, first, &gaps.iter().map(|gap| (*gap, 100)).collect::<Vec<_>>())
}

/// A has waited eight seconds, then for a notification, and one second after the failure it tries again.
fn retried_after(script: Script, waited: u64) -> Script {
    let script = retries(script, UNI, &[8_000]).wait(waited - 102).finish("0", failure(UNI, E_FAIL));
    let script = script.unregister(A, h(101)).delete(A, h(101)).wait(1_000 - CLEANING);
    anew(script, UNI, h(102), "0")
}

/// The windows within which something counts end just where they are said to end.
#[rstest]
// What comes three minutes after 0x8007071A is something new.
#[case::retry_in_time(TERMINATED_UNI, |s| anew(fails_with(waits(s, UNI), UNI, TERMINATED).wait(179_989), UNI, h(2), "2"), 1)]
#[case::retry_too_late(TERMINATED_UNI, |s| anew(fails_with(waits(s, UNI), UNI, TERMINATED).wait(179_990), UNI, h(2), "2"), 0)]
// Of a retry and a silence, the one is compared with the other when the later of the two is known.
#[case::retry_before_silence(THROWN_UNI, |s| thrown_after(s, 179_999), 1)]
#[case::retry_at_the_end_of_silence(THROWN_UNI, |s| thrown_after(s, 180_000), 1)]
// An interval is too long after a minute, with a tenth of tolerance, and none after three.
#[case::long_interval(SPACED_UNI, |s| retries(s, UNI, &[66_000]), 0)]
#[case::longer_interval(SPACED_UNI, |s| retries(s, UNI, &[66_001]), 1)]
#[case::longest_interval(SPACED_UNI, |s| retries(s, UNI, &[179_999]), 1)]
#[case::no_interval(SPACED_UNI, |s| retries(s, UNI, &[180_000]), 0)]
// A registration that comes long after the retry's success is something new.
#[case::registered_soon(SUCCESS_UNI, |s| anew(retries(s, UNI, &[1_000]).wait(65_893), UNI, h(9), "9"), 1)]
#[case::registered_late(SUCCESS_UNI, |s| anew(retries(s, UNI, &[1_000]).wait(65_894), UNI, h(9), "9"), 0)]
fn windows_end(#[case] rule: &str, #[case] trace: fn(Script) -> Script, #[case] findings: usize) {
    assert_eq!(verdicts(rule, trace(Script::new())).len(), findings);
}

const TERMINATED_UNI: &str = "MS-PAN/3.1.1.4.5/terminated-get-notification-is-not-retried";
const THROWN_UNI: &str = "MS-PAN/3.1.1.4.5/exceptions-are-as-return-values-to-clients";
const SPACED_UNI: &str = "MS-PAN/3.1.1.4.5/retries-are-spaced";
const SUCCESS_UNI: &str = "MS-PAN/3.1.1.4.5/retrying-ends-with-success";

/// 0x8007071A is returned to A, and thrown at A's registration for something else, which A retries: so many milliseconds
/// after the first failure.
fn thrown_after(script: Script, milliseconds: u64) -> Script {
    let other = |script: Script, handle, name| {
        script.create(A, handle).register(A, handle, t(2), UNI).start(A, name, get_notification(handle))
    };
    let script = other(fails_with(waits(script, UNI), UNI, TERMINATED), h(2), "2").wait(milliseconds - 1_022);
    other(script.finish("2", fault(TERMINATED.0)).wait(1_000), h(3), "3")
}
