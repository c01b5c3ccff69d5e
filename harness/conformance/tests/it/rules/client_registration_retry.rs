//! What clients retry, and what they don't ([MS-PAN] 1.8, 3.1.1.4.1, 3.1.1.4.2, 3.1.2.4.1).

use conformance::Severity::{Fail, Inconclusive, Note, Warn};
use conformance::event::Outcome;
use conformance::rules;
use dcerpc::ContextHandle;
use mspan::method::{CreateOut, Out};
use mspan::{ConversationStyle, Hresult};
use rstest::rstest;
use trace::{Direction, Vantage};

use super::client_registration_interval::growing;
use crate::case::{Case, decided, shown, verdicts};
use crate::dialogue::{closed_with, finally, first};
use crate::script::*;

const REFUSED_ONCE: &str = "MS-PAN/3.1.1.4.1/refused-registration-is-not-retried";
pub(super) const FAILED: Hresult = Hresult(0x8000_4005);
const OTHER: Hresult = Hresult(0xA004_0123);
pub(super) const REFUSED: Hresult = Hresult::ACCESS_DENIED;
const BAD_NAME: Hresult = Hresult::INVALID_NAME;

/// An attempt whose RegisterClient comes back so; a failed object is deleted.
pub(super) fn attempt(script: Script, number: u128, status: Hresult) -> Script {
    let asked = register(h(number)).of(t(1)).style(ConversationStyle::UNIDIRECTIONAL);
    let script = script.create(A, h(number)).call(A, asked.into(), registered(status));
    if status.is_failure() { script.delete(A, h(number)) } else { script }
}

/// The window within which an attempt is a retry ends just where it is said to end.
#[rstest]
#[case::refused_and_watched(2_993, 1)]
#[case::refused_and_not_watched(2_994, 0)]
fn the_window_of_a_refusal_ends(#[case] milliseconds: u64, #[case] findings: usize) {
    let found = verdicts(REFUSED_ONCE, refused_for(Script::new(), milliseconds));
    assert_eq!(found.iter().filter(|verdict| **verdict == Warn).count(), findings);
}

/// What is fatal is a breach again within two minutes; of Create, when it fails in a row that is spaced or long.
#[rstest]
#[case::left_again(UNREGISTERED, |script| unleft(script).wait(119_997).call(A, unregister(h(1)), unregistered(FAILED)), 1)]
#[case::left_late(UNREGISTERED, |script| unleft(script).wait(119_998).call(A, unregister(h(1)), unregistered(FAILED)), 0)]
#[case::twice_apart(CREATED, |script| uncreated(uncreated(uncreated(launched(script)).wait(796)).wait(796)), 1)]
#[case::twice_apart_of_many_print_jobs(CREATED, |script| uncreated(uncreated(uncreated(script).wait(796)).wait(796)), 0)]
#[case::once_apart(CREATED, |script| uncreated(uncreated(uncreated(launched(script)).wait(795)).wait(796)), 0)]
#[case::a_crowd(CREATED, |script| (0..12).fold(launched(script), |script, _| uncreated(script)), 1)]
#[case::a_crowd_of_print_jobs(CREATED, |script| (0..12).fold(script, |script, _| uncreated(script)), 0)]
#[case::a_few(CREATED, |script| (0..11).fold(launched(script), |script, _| uncreated(script)), 0)]
#[case::in_one_window(CREATED, |script| uncreated(uncreated(uncreated(launched(script)).wait(1_000)).wait(118_993)), 1)]
#[case::in_two_windows(CREATED, |script| uncreated(uncreated(uncreated(launched(script)).wait(1_000)).wait(118_994)), 0)]
fn fatal_failures_are_repeated(#[case] rule: &str, #[case] trace: fn(Script) -> Script, #[case] findings: usize) {
    assert_eq!(verdicts(rule, trace(Script::new())).iter().filter(|verdict| **verdict == Fail).count(), findings);
}

const UNREGISTERED: &str = "MS-PAN/3.1.1.4.2/failed-unregistration-is-fatal";
const CREATED: &str = "MS-PAN/3.1.2.4.1/failed-creation-is-fatal";

/// A registration that is refused and asked for again, where three seconds are watched.
fn refused_for(mut script: Script, milliseconds: u64) -> Script {
    script.config.no_retry = std::time::Duration::from_secs(3);
    attempt(attempt(script, 1, REFUSED).wait(milliseconds), 2, REFUSED)
}

/// The client leaves, and does not come back.
fn leaves(script: Script) -> Script {
    script.close(A, Direction::ToServer).run_down(A).wait(80_000)
}

/// RegisterClient with a name that is refused.
fn misnamed(script: Script, number: u128) -> Script {
    let asked = register(h(number)).name(r"\\server\gone");
    script.create(A, h(number)).call(A, asked.into(), registered(BAD_NAME)).delete(A, h(number))
}

/// The harness has started the client, for one registration.
fn launched(script: Script) -> Script {
    script.launched(A, 1)
}

/// Create fails.
pub(super) fn uncreated(script: Script) -> Script {
    uncreated_on(script, A)
}

fn uncreated_on(script: Script, line: Line) -> Script {
    let output = CreateOut { remote_obj: ContextHandle::NULL, status: FAILED };
    script.call(line, create(), returned(Out::Create(output)))
}

/// Who waits loses the connection, and makes another.
fn cut(script: Script) -> Script {
    let script = script.open_from(A, "192.0.2.1:50000").uni(A, h(1), t(1)).start(A, "g", get_notification(h(1)));
    let script = script.wait(9_000).finish("g", Outcome::Lost).close(A, Direction::ToClient).run_down(A);
    script.open_from(B, "192.0.2.1:50001")
}

/// Three times Create fails in the new association.
fn uncreated_elsewhere(script: Script) -> Script {
    uncreated_on(uncreated_on(uncreated_on(script.wait(1_000), B).wait(1_000), B).wait(2_000), B)
}

/// One user's registration fails, and soon somebody asks for the same.
pub(super) fn asked_by(user: &str, status: Hresult) -> Script {
    let script = Script::new().user(A, "alice", false).user(A2, user, false);
    let asked = || register(h(2)).of(t(1)).style(ConversationStyle::UNIDIRECTIONAL);
    attempt(script, 1, status).create(A2, h(2)).start(A2, "r", asked().into())
}

/// A client that the harness has started is refused, and asks by another association after it has gone so from the first.
fn refused_and_back(vantage: Vantage, by: Direction) -> Script {
    let mut script = Script::new();
    script.config.vantage = vantage;
    let script = attempt(script.launched(A, 1), 1, REFUSED).close(A, by).run_down(A).wait(1_000);
    let asked = register(h(2)).of(t(1)).style(ConversationStyle::UNIDIRECTIONAL);
    script.open_from(B, "client-0").create(B, h(2)).start(B, "r", asked.into())
}

/// UnregisterClient fails.
fn unleft(script: Script) -> Script {
    script.uni(A, h(1), t(1)).call(A, unregister(h(1)), unregistered(FAILED))
}

/// CloseChannel fails.
fn unclosed(script: Script) -> Script {
    let script = script.bidi(A, h(1), t(1)).call(A, get_new_channel(h(1)), channels(&[h(2)], Hresult::OK));
    let script = script.start(A2, "n", get_new_channel(h(1)));
    let script = script.call(A, first(h(2)), crate::dialogue::replies(h(2), Some(t(1)), Some(n(1)), Hresult::OK));
    script.call(A, finally(h(2), n(2)), closed_with(h(2), FAILED))
}

/// Two registrations fail first with two codes; the second is followed by `then`.
fn two_codes(script: Script, then: fn(Script) -> Script) -> Script {
    let script = attempt(attempt(script, 1, FAILED).wait(1_000), 2, Hresult::OK).unregister(A, h(2)).delete(A, h(2));
    let asked = register(h(3)).of(t(2)).style(ConversationStyle::UNIDIRECTIONAL);
    then(script.wait(9_000).create(A, h(3)).call(A, asked.into(), registered(OTHER)).delete(A, h(3)).wait(1_000))
}

fn retried(script: Script) -> Script {
    let asked = register(h(4)).of(t(2)).style(ConversationStyle::UNIDIRECTIONAL);
    script
        .create(A, h(4))
        .call(A, asked.into(), registered(Hresult::OK))
        .start(A, "h", get_notification(h(4)))
        .wait(90_000)
}

pub(super) static CASES: &[Case] = &[
    Case {
        rule: "MS-PAN/3.1.1.4.1/refused-registration-is-not-retried",
        requirement: "PAN-3.1.1.4.1-17",
        verdict: Warn,
        keeps: |script| attempt(script, 1, REFUSED).wait(200_000),
        breaks: |script| attempt(attempt(script, 1, REFUSED).wait(1_000), 2, REFUSED),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.1/refused-registration-is-not-retried",
        requirement: "PAN-3.1.1.4.1-17",
        verdict: Inconclusive,
        keeps: |script| attempt(script, 1, REFUSED).wait(200_000),
        // A window that is too short proves nothing.
        breaks: |mut script| {
            script.config.no_retry = std::time::Duration::from_secs(3);
            attempt(script, 1, REFUSED).wait(200_000)
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.1/refused-registration-is-not-retried",
        requirement: "PAN-3.1.1.4.1-17",
        verdict: Inconclusive,
        // Others may ask for something else.
        keeps: |script| {
            let script = attempt(script, 1, REFUSED).wait(1_000).uni(A, h(2), t(2));
            script.start(A, "g", get_notification(h(2))).wait(200_000)
        },
        // Another program of the host may be refused, too.
        breaks: |script| {
            let script = attempt(script.open_from(A, "192.0.2.1:50000"), 1, REFUSED);
            let script = script.close(A, Direction::ToServer).run_down(A).wait(1_000).open_from(B, "192.0.2.1:50001");
            let asked = register(h(2)).of(t(1)).style(ConversationStyle::UNIDIRECTIONAL);
            script.create(B, h(2)).call(B, asked.into(), registered(REFUSED))
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.1/malformed-name-is-not-retried",
        requirement: "PAN-3.1.1.4.1-21",
        verdict: Warn,
        // A registration for something else may have no name either.
        keeps: |script| {
            let asked = register(h(1)).of(t(1));
            let script = script.create(A, h(1)).call(A, asked.into(), registered(BAD_NAME)).delete(A, h(1));
            let script = misnamed(script, 2).wait(1_000).uni(A, h(3), t(2));
            script.start(A, "g", get_notification(h(3))).wait(200_000)
        },
        breaks: |script| misnamed(misnamed(script, 1).wait(1_000), 2),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.1/failed-registration-is-retried-with-a-new-object",
        requirement: "PAN-3.1.1.4.1-24",
        verdict: Warn,
        keeps: growing,
        breaks: |script| {
            let asked = register(h(1)).of(t(1)).style(ConversationStyle::UNIDIRECTIONAL);
            let script = script.create(A, h(1)).call(A, asked.clone().into(), registered(FAILED)).wait(1_000);
            script.call(A, asked.into(), registered(Hresult::OK))
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.1/failed-registration-is-retried-with-a-new-object",
        requirement: "PAN-3.1.1.4.1-24",
        verdict: Inconclusive,
        // Who is gone can't retry.
        keeps: |script| {
            let asked = register(h(1)).of(t(1)).style(ConversationStyle::UNIDIRECTIONAL);
            let script = growing(script).create(B, h(1)).call(B, asked.into(), registered(FAILED)).delete(B, h(1));
            script.close(B, Direction::ToServer).run_down(B).wait(90_000)
        },
        breaks: |script| attempt(script, 1, FAILED).wait(90_000),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.1/failed-registration-is-retried-with-a-new-object",
        requirement: "PAN-3.1.1.4.1-24",
        verdict: Warn,
        keeps: |script| growing(script.launched(A, 1)),
        // A client that was started to wait leaves.
        breaks: |script| leaves(attempt(script.launched(A, 1), 1, FAILED)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.1/failed-registration-is-retried-with-a-new-object",
        requirement: "PAN-3.1.1.4.1-24",
        verdict: Warn,
        // A connection is cut; what was waited for has come.
        keeps: |script| {
            let script = attempt(script.launched(A, 1).launched(B, 1), 1, FAILED)
                .close(A, Direction::ToClient)
                .run_down(A)
                .wait(200_000);
            let script = script.uni(B, h(3), t(1)).notify(t(1), n(1));
            let script = script.call(B, get_notification(h(3)), notification(t(1), n(1))).unregister(B, h(3));
            let asked = register(h(4)).of(t(1)).style(ConversationStyle::UNIDIRECTIONAL);
            let script = script.delete(B, h(3)).create(B, h(4)).call(B, asked.into(), registered(FAILED));
            let script = script.delete(B, h(4)).close(B, Direction::ToServer).run_down(B);
            growing(script.wait(200_000).open(A))
        },
        breaks: |script| leaves(attempt(script.launched(A, 1), 1, FAILED)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.1/all-errors-are-treated-alike",
        requirement: "PAN-3.1.1.4.1-15",
        verdict: Warn,
        keeps: |script| two_codes(script, retried),
        breaks: |script| two_codes(script, |script| script.wait(90_000)),
        also: &["MS-PAN/3.1.1.4.1/failed-registration-is-retried-with-a-new-object"],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.2/failed-unregistration-is-fatal",
        requirement: "PAN-3.1.1.4.2-05",
        verdict: Fail,
        keeps: |script| unleft(script).delete(A, h(1)).wait(200_000),
        breaks: |script| unleft(script).wait(1_000).call(A, unregister(h(1)), unregistered(FAILED)),
        also: &["MS-PAN/3.1.1.4.2/client-unregisters-but-once"],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.2/failed-unregistration-is-fatal",
        requirement: "PAN-1.8-04",
        verdict: Inconclusive,
        keeps: |script| unleft(script).delete(A, h(1)).wait(200_000),
        breaks: |mut script| {
            script.config.no_reuse = std::time::Duration::from_secs(3);
            unleft(script).delete(A, h(1)).wait(200_000)
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/1.8/failed-close-is-not-repeated",
        requirement: "PAN-1.8-04",
        verdict: Fail,
        keeps: |script| unclosed(script).wait(200_000),
        breaks: |script| unclosed(script).wait(1_000).call(A, finally(h(2), n(2)), closed_with(h(2), FAILED)),
        also: &["MS-PAN/3.1.1.4.6/errors-are-fatal"],
    },
    Case {
        rule: "MS-PAN/3.1.2.4.1/failed-creation-is-fatal",
        requirement: "PAN-3.1.2.4.1-06",
        verdict: Fail,
        keeps: |script| uncreated(script).wait(200_000),
        breaks: |script| uncreated(uncreated(uncreated(launched(script)).wait(1_000)).wait(2_000)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.2.4.1/failed-creation-is-fatal",
        requirement: "PAN-3.1.2.4.1-06",
        verdict: Inconclusive,
        // After a while somebody may ask anew.
        keeps: |script| uncreated(uncreated(script).wait(200_000)).wait(200_000),
        breaks: |script| uncreated(uncreated(script).wait(1_000)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.2.4.1/failed-creation-is-fatal",
        requirement: "PAN-3.1.2.4.1-06",
        verdict: Note,
        keeps: |script| uncreated(script).wait(200_000),
        breaks: |script| {
            let script = uncreated(attempt(script, 1, FAILED).wait(1_000)).wait(2_000);
            attempt(script, 2, Hresult::OK)
        },
        also: &[],
    },
];

/// A client that waits on what it has registered has not given up, whatever else has failed.
#[test]
fn who_waits_has_not_given_up() {
    let script = Script::new().launched(A, 1).uni(A, h(1), t(1)).start(A2, "g", get_notification(h(1)));
    let script = script.call(A, register(h(1)).of(t(2)).into(), registered(FAILED)).wait(80_000);
    let findings = script.judge(rules::with_prefix("MS-PAN/3.1.1.4.1/failed-registration-is-retried")).findings;
    let accused: Vec<_> = findings.iter().filter(|finding| finding.verdict >= Warn).map(shown).collect();
    assert!(accused.is_empty(), "{accused:#?}");
}

const ANEW: &str = "MS-PAN/3.1.1.4.1/failed-registration-is-retried-with-a-new-object";
const ALIKE: &str = "MS-PAN/3.1.1.4.1/all-errors-are-treated-alike";

/// A has another object, registered for something else.
fn elsewhere(script: Script) -> Script {
    script.uni(A2, h(8), t(3))
}

/// A registration for something else fails.
fn another(script: Script, status: Hresult) -> Script {
    let asked = register(h(3)).of(t(2)).style(ConversationStyle::UNIDIRECTIONAL);
    script.create(A, h(3)).call(A, asked.into(), registered(status)).delete(A, h(3))
}

#[rstest]
#[case::both_retried(ALIKE, two_codes(Script::new(), retried), "1.8-03 pass 2, 3.1.1.4.1-15 pass 2")]
#[case::the_one_alone(
    ALIKE, two_codes(Script::new(), |script| script.wait(90_000)), "1.8-03 warn, 3.1.1.4.1-15 warn"
)]
#[case::the_one_by_one_who_goes_on(
    ALIKE, two_codes(Script::new(), |script| script.create(A, h(9)).wait(90_000)),
    "1.8-03 inconclusive, 3.1.1.4.1-15 inconclusive"
)]
#[case::the_one_by_one_who_leaves_something_else(
    ALIKE, two_codes(elsewhere(Script::new()), |script| script.unregister(A2, h(8)).wait(90_000)),
    "1.8-03 inconclusive, 3.1.1.4.1-15 inconclusive"
)]
#[case::the_one_by_one_who_waits_for_something_else(
    ALIKE, two_codes(elsewhere(Script::new()).start(A2, "x", get_notification(h(8))), |script| script.wait(90_000)),
    "1.8-03 inconclusive, 3.1.1.4.1-15 inconclusive"
)]
#[case::the_one_by_one_who_is_gone(ALIKE, two_codes(Script::new(), leaves), "")]
#[case::the_one_of_two_alike(
    ALIKE,
    another(
        attempt(attempt(Script::new(), 1, FAILED).wait(1_000), 2, Hresult::OK).unregister(A, h(2)).delete(A, h(2)).wait(9_000),
        FAILED,
    ).wait(90_000),
    ""
)]
#[case::neither_retried(ALIKE, another(attempt(Script::new(), 1, FAILED).wait(9_000), OTHER).wait(90_000), "")]
#[case::left_twice(
    UNREGISTERED,
    unleft(Script::new()).wait(1_000).call(A, unregister(h(1)), unregistered(FAILED)).wait(200_000),
    "1.8-04 pass, 1.8-04 fail, 3.1.1.4.2-05 pass, 3.1.1.4.2-05 fail"
)]
#[case::left_after_registering_anew(
    UNREGISTERED,
    unleft(Script::new()).register(A, h(1), t(1), ConversationStyle::UNIDIRECTIONAL).start(A, "u", unregister(h(1))),
    ""
)]
#[case::left_after_registering_in_vain(
    UNREGISTERED,
    unleft(Script::new()).call(A, register(h(1)).of(t(1)).into(), registered(FAILED)).start(A, "u", unregister(h(1))),
    "1.8-04 fail, 3.1.1.4.2-05 fail"
)]
#[case::left_after_a_notification(
    UNREGISTERED,
    unleft(Script::new()).call(A, get_notification(h(1)), notification(t(1), n(1))).start(A, "u", unregister(h(1))),
    "1.8-04 fail, 3.1.1.4.2-05 fail"
)]
#[case::created_twice(
    CREATED, uncreated(uncreated(Script::new())).wait(200_000), "3.1.2.4.1-06 pass, 3.1.2.4.1-06 inconclusive"
)]
#[case::created_twice_beside_a_registration(
    CREATED, uncreated(uncreated(Script::new().uni(A, h(1), t(1)))), "3.1.2.4.1-06 inconclusive"
)]
#[case::created_twice_beside_a_failure(
    CREATED,
    uncreated(uncreated(attempt(Script::new(), 1, FAILED))),
    "3.1.2.4.1-06 note"
)]
#[case::created_thrice_while_a_lost_connection_is_made_anew(
    CREATED,
    uncreated_elsewhere(cut(Script::new())),
    "3.1.2.4.1-06 note 2"
)]
#[case::created_thrice_long_after_a_lost_connection(
    CREATED, uncreated_elsewhere(cut(Script::new()).wait(200_000)), "3.1.2.4.1-06 inconclusive 2"
)]
#[case::refused_and_back(REFUSED_ONCE, refused_and_back(Vantage::Client, Direction::ToServer), "3.1.1.4.1-17 warn")]
#[case::refused_and_back_as_the_server_sees_it(
    REFUSED_ONCE,
    refused_and_back(Vantage::Server, Direction::ToServer),
    "3.1.1.4.1-17 warn"
)]
// A client that was cut off comes back for that.
#[case::refused_and_cut_off(
    REFUSED_ONCE,
    refused_and_back(Vantage::Client, Direction::ToClient),
    "3.1.1.4.1-17 inconclusive"
)]
#[case::refused_to_another_user(REFUSED_ONCE, asked_by("bob", REFUSED), "")]
#[case::refused_to_the_same_user(REFUSED_ONCE, asked_by("alice", REFUSED), "3.1.1.4.1-17 warn")]
#[case::with_the_handle_of_another_object(
    ANEW, attempt(attempt(Script::new(), 1, FAILED).wait(1_000), 1, Hresult::OK), "3.1.1.4.1-24 pass"
)]

fn reactions_to_failures(#[case] rule: &str, #[case] script: Script, #[case] expected: &str) {
    assert_eq!(decided(rule, script), expected);
}
