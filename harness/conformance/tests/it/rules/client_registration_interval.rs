//! At what intervals clients retry ([MS-PAN] 3.1.1.4.1, 3.2.2.2).

use conformance::Severity::{Inconclusive, Warn};
use conformance::event::{Layer, Outcome};
use mspan::{ConversationStyle, Hresult};
use rstest::rstest;
use trace::Direction;

use super::client_registration_retry::{FAILED, REFUSED, asked_by, attempt, uncreated};
use crate::case::{Case, decided, verdicts};
use crate::script::*;

const INTERVALS: &str = "MS-PAN/3.1.1.4.1/intervals-grow-from-a-second-to-a-minute";

/// Attempts that fail, with seconds between them, and one that succeeds.
fn spaced(script: Script, milliseconds: &[u64]) -> Script {
    let script = (1..)
        .zip(milliseconds)
        .fold(script, |script, (number, milliseconds)| attempt(script, number, FAILED).wait(*milliseconds));
    attempt(script, 100, Hresult::OK).start(A, "g", get_notification(h(100)))
}

/// The same, where the first RegisterClient takes a second longer than the others.
fn after_a_slow_one(script: Script, milliseconds: &[u64]) -> Script {
    let asked = register(h(200)).of(t(1)).style(ConversationStyle::UNIDIRECTIONAL);
    let script = script.create(A, h(200)).start(A, "slow", asked.into()).wait(1_000).finish("slow", registered(FAILED));
    let (first, others) = milliseconds.split_first().unwrap();
    spaced(script.delete(A, h(200)).wait(*first), others)
}

/// Two seconds from an attempt to the next, whose RegisterClient takes half a second, and after the failure so many
/// milliseconds.
fn before_a_slow_one(script: Script, milliseconds: u64) -> Script {
    let asked = register(h(200)).of(t(1)).style(ConversationStyle::UNIDIRECTIONAL);
    let script = attempt(script, 1, FAILED).wait(1_992).create(A, h(200)).start(A, "slow", asked.into()).wait(500);
    spaced(script.finish("slow", registered(FAILED)).delete(A, h(200)).wait(milliseconds), &[])
}

/// A call that waits for six seconds, an interval of two seconds, and an attempt that fails 110 ms after it began: after so
/// many milliseconds A tries again.
fn after_a_success(script: Script, milliseconds: u64) -> Script {
    let fails = |script: Script, object, waits| {
        let script = script.uni(A, object, t(1)).start(A, "w", get_notification(object)).wait(waits);
        script.finish("w", no_notification(None, FAILED)).unregister(A, object).delete(A, object)
    };
    let script = fails(fails(script, h(1), 6_000).wait(1_990), h(2), 100).wait(milliseconds - 10);
    script.uni(A, h(3), t(1)).start(A, "g", get_notification(h(3)))
}

/// An interval of twenty seconds, a call that waits in vain for so many milliseconds, and an interval of one second.
fn waited(script: Script, milliseconds: u64) -> Script {
    let script = attempt(script, 1, FAILED).wait(20_000).uni(A, h(2), t(1)).start(A, "w", get_notification(h(2)));
    let script = script.wait(milliseconds - 2).finish("w", no_notification(None, FAILED));
    let script = script.unregister(A, h(2)).delete(A, h(2)).wait(1_000).uni(A, h(3), t(1));
    script.start(A, "g", get_notification(h(3)))
}

/// Attempts at growing intervals.
pub(super) fn growing(script: Script) -> Script {
    spaced(script, &[1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000, 60_000, 60_000, 60_000])
}

/// A registration fails; Create fails at growing intervals, and then the registration at intervals of a minute.
fn through_failing_creates(script: Script) -> Script {
    let pauses = [1_000, 2_000, 4_000, 8_000, 16_000, 32_000];
    let script = pauses.iter().fold(attempt(script, 1, FAILED), |script, pause| uncreated(script.wait(*pause)));
    let script = attempt(attempt(script.wait(60_000), 2, FAILED).wait(60_000), 3, Hresult::OK);
    script.start(A, "g", get_notification(h(3)))
}

/// A row at its longest intervals, of which the recording has lost an attempt.
fn with_a_gap(script: Script) -> Script {
    let script = attempt(attempt(attempt(script, 1, FAILED).wait(50_000), 2, FAILED).wait(60_000), 3, FAILED);
    let script = script.wait(60_000).gap(A, Direction::ToServer, Layer::Transport, false).wait(60_000);
    attempt(attempt(script, 5, FAILED).wait(60_000), 6, Hresult::OK).start(A, "g", get_notification(h(6)))
}

/// A waits twice for the same, and both calls fail within a second; then it tries again.
fn of_twins(between: u64) -> Script {
    let script = Script::new().uni(A, h(1), t(1)).start(A, "1", get_notification(h(1)));
    let script = script.uni(A, h(2), t(1)).start(A, "2", get_notification(h(2))).wait(20_000);
    let script = script.finish("1", no_notification(None, FAILED)).wait(between);
    let script = script.finish("2", no_notification(None, FAILED)).wait(100);
    script.uni(A, h(3), t(1)).start(A, "3", get_notification(h(3)))
}

/// A client that the harness has started loses the connection, and comes back by another after so many milliseconds.
fn comes_back(between: fn(Script) -> Script, milliseconds: u64) -> Script {
    let script = Script::new().launched(A, 1).uni(A, h(1), t(1)).start(A, "g", get_notification(h(1)));
    let script = script.wait(9_000).finish("g", Outcome::Lost).close(A, Direction::ToClient).run_down(A);
    let script = between(script).wait(milliseconds).open_from(B, "client-0").uni(B, h(2), t(1));
    script.start(B, "h", get_notification(h(2)))
}

pub(super) static CASES: &[Case] = &[
    Case {
        rule: INTERVALS,
        requirement: "PAN-3.1.1.4.1-25",
        verdict: Warn,
        keeps: growing,
        breaks: |script| spaced(script, &[100]),
        also: &[],
    },
    Case {
        rule: INTERVALS,
        requirement: "PAN-3.2.2.2-01",
        verdict: Warn,
        // Some jitter is no retreat.
        keeps: |script| spaced(script, &[1_000, 2_000, 1_700, 4_000]),
        breaks: |script| spaced(script, &[1_000, 8_000, 2_000]),
        also: &[],
    },
    Case {
        rule: INTERVALS,
        requirement: "PAN-3.1.1.4.1-25",
        verdict: Warn,
        keeps: growing,
        breaks: |script| spaced(script, &[1_000; 12]),
        also: &[],
    },
    Case {
        rule: INTERVALS,
        requirement: "PAN-3.1.1.4.1-25",
        verdict: Warn,
        keeps: growing,
        breaks: |script| spaced(script, &[69_000]),
        also: &[],
    },
    Case {
        rule: INTERVALS,
        requirement: "PAN-3.2.2.2-01",
        verdict: Inconclusive,
        // The connection is cut, and the client returns by another.
        keeps: |script| {
            let script =
                script.open_from(A, "192.0.2.1:50000").uni(A, h(1), t(1)).start(A, "g", get_notification(h(1)));
            let script = script.wait(9_000).finish("g", Outcome::Lost).close(A, Direction::ToClient).run_down(A);
            let script = script.wait(1_000).open_from(B, "192.0.2.1:50001").uni(B, h(2), t(1));
            script.start(B, "h", get_notification(h(2)))
        },
        breaks: |script| {
            let script =
                script.open_from(A, "192.0.2.1:50000").uni(A, h(1), t(1)).start(A, "g", get_notification(h(1)));
            let script = script.finish("g", Outcome::Lost).close(A, Direction::ToClient).run_down(A);
            script.open_from(B, "192.0.2.1:50001").uni(B, h(2), t(1)).start(B, "h", get_notification(h(2)))
        },
        also: &[],
    },
    Case {
        rule: INTERVALS,
        requirement: "PAN-3.1.1.4.1-25",
        verdict: Warn,
        // A second from attempt to attempt, with a fifth of tolerance.
        keeps: |script| spaced(script, &[792]),
        breaks: |script| spaced(script, &[791]),
        also: &[],
    },
    Case {
        rule: INTERVALS,
        requirement: "PAN-3.1.1.4.1-25",
        verdict: Warn,
        // A minute from failure to attempt, with a tenth of tolerance.
        keeps: |script| spaced(script, &[65_994]),
        breaks: |script| spaced(script, &[65_995]),
        also: &[],
    },
    Case {
        rule: INTERVALS,
        requirement: "PAN-3.2.2.2-01",
        verdict: Warn,
        // From failure to attempt no shorter than the last, with a fifth of tolerance.
        keeps: |script| after_a_slow_one(script, &[1_994, 1_594]),
        breaks: |script| after_a_slow_one(script, &[1_994, 1_593]),
        also: &[],
    },
    Case {
        rule: INTERVALS,
        requirement: "PAN-3.2.2.2-01",
        verdict: Warn,
        // From attempt to attempt no shorter than the last, with the same tolerance.
        keeps: |script| before_a_slow_one(script, 1_088),
        breaks: |script| before_a_slow_one(script, 1_087),
        also: &[],
    },
    Case {
        rule: INTERVALS,
        requirement: "PAN-3.1.1.4.1-25",
        verdict: Warn,
        // Of twelve attempts the last comes after half as much again as the second.
        keeps: |script| after_a_slow_one(script, &[&[994; 10][..], &[1_494]].concat()),
        breaks: |script| after_a_slow_one(script, &[&[994; 10][..], &[1_493]].concat()),
        also: &[],
    },
    Case {
        rule: INTERVALS,
        requirement: "PAN-3.1.1.4.1-25",
        verdict: Warn,
        // Of eleven not yet.
        keeps: |script| spaced(script, &[1_000; 10]),
        breaks: |script| spaced(script, &[1_000; 11]),
        also: &[],
    },
    Case {
        rule: INTERVALS,
        requirement: "PAN-3.1.1.4.1-25",
        verdict: Warn,
        // Forty seconds are long enough.
        keeps: |script| spaced(script, &[39_988; 11]),
        breaks: |script| spaced(script, &[39_987; 11]),
        also: &[],
    },
    Case {
        rule: INTERVALS,
        requirement: "PAN-3.2.2.2-01",
        verdict: Warn,
        // The first interval counts from the failure of an attempt that had worked.
        keeps: |script| after_a_success(script, 1_490),
        breaks: |script| after_a_success(script, 1_489),
        also: &["MS-PAN/3.1.1.4.5/retries-are-spaced"],
    },
    Case {
        rule: INTERVALS,
        requirement: "PAN-3.2.2.2-01",
        verdict: Warn,
        // Who has waited for T_PROMPT had success, and begins anew.
        keeps: |script| waited(script, 5_000),
        breaks: |script| waited(script, 4_999),
        also: &["MS-PAN/3.1.1.4.5/retries-are-spaced"],
    },
];

/// The window within which an attempt is a retry ends just where it is said to end.
#[rstest]
#[case::after_three_minutes_less_one(179_993, 1)]
#[case::after_three_minutes(179_994, 0)]
fn the_window_of_a_failure_ends(#[case] milliseconds: u64, #[case] findings: usize) {
    let found = verdicts(INTERVALS, spaced(Script::new(), &[milliseconds]));
    assert_eq!(found.iter().filter(|verdict| **verdict == Warn).count(), findings);
}

#[rstest]
#[case::after_a_refusal(attempt(attempt(Script::new(), 1, REFUSED).wait(100), 2, REFUSED), "")]
#[case::beside_a_twin(attempt(attempt(Script::new().uni(A, h(8), t(1)), 1, FAILED).wait(100), 2, FAILED), "")]
#[case::through_failing_creates(through_failing_creates(Script::new()), "3.1.1.4.1-25 pass 2, 3.2.2.2-01 pass 2")]
#[case::with_a_gap(with_a_gap(Script::new()), "3.1.1.4.1-25 pass 4, 3.2.2.2-01 pass 4")]
#[case::failed_for_another_user(asked_by("bob", FAILED), "")]
#[case::failed_for_the_same_user(asked_by("alice", FAILED), "3.1.1.4.1-25 warn, 3.2.2.2-01 warn")]
#[case::of_twins(of_twins(900), "")]
#[case::of_a_program(comes_back(|script| script, 100), "3.2.2.2-01 warn")]
#[case::of_a_program_in_time(comes_back(|script| script, 1_000), "3.2.2.2-01 pass")]
// What is tried while the server can't be reached is no call.
#[case::of_a_program_late(comes_back(|script| script, 120_000), "3.2.2.2-01 pass")]
#[case::of_a_program_that_is_started_again(comes_back(|script| script.launched(A, 1), 100), "3.2.2.2-01 inconclusive")]
fn intervals_after_failures(#[case] script: Script, #[case] expected: &str) {
    assert_eq!(decided(INTERVALS, script), expected);
}
