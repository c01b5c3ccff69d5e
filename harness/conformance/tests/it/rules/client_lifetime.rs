//! What clients have to undo before they leave ([MS-PAN] 3.2.1.4, 3.2.2.4).

use conformance::Severity::Fail;
use conformance::event::Layer;
use conformance::rules;
use mspan::Hresult;
use rstest::rstest;
use trace::Direction;

use crate::case::{Case, shown, verdicts};
use crate::script::*;

const FAILED: Hresult = Hresult(0x8000_4005);

/// The client closes its connection.
fn leaves(script: Script) -> Script {
    script.close(A, Direction::ToServer).run_down(A)
}

fn right(script: Script) -> Script {
    leaves(script.create(A, h(9)).delete(A, h(9)).uni(A, h(1), t(1)).unregister(A, h(1)).delete(A, h(1)))
}

/// RegisterClient fails again and again; what comes after each failure, `ends` says.
fn retries(script: Script, ends: fn(Script, u128) -> Script) -> Script {
    (1..6).fold(script, |script, attempt| {
        let script = script.create(A, h(attempt)).call(A, register(h(attempt)).of(t(1)).into(), registered(FAILED));
        ends(script, attempt).wait(1_000 * u64::try_from(attempt).unwrap())
    })
}

pub(super) static CASES: &[Case] = &[
    Case {
        rule: "MS-PAN/3.2.1.4/client-deletes-what-it-creates",
        requirement: "PAN-3.2.1.4-04",
        verdict: Fail,
        keeps: right,
        breaks: |script| leaves(script.uni(A, h(1), t(1)).unregister(A, h(1))),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.2.1.4/client-deletes-what-it-creates",
        requirement: "PAN-3.2.1.4-03",
        verdict: Fail,
        // Who was cut off could not; and nobody can delete what the server does not know any more.
        keeps: |script| {
            let script = script.create(B, h(2)).close(B, Direction::ToClient).run_down(B);
            right(script.create(A, h(3)).call(A, register(h(3)).into(), fault(0x1C00_001A)))
        },
        breaks: |script| {
            leaves(script.create(A, h(1)).call(A, register(h(1)).into(), registered(Hresult::ACCESS_DENIED)))
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.2.1.4/retries-leave-no-objects-behind",
        requirement: "PAN-3.2.1.4-03",
        verdict: Fail,
        keeps: |script| retries(script, |script, attempt| script.delete(A, h(attempt))),
        breaks: |script| retries(script, |script, _| script),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.2.2.4/client-unregisters-what-it-registers",
        requirement: "PAN-3.2.2.4-04",
        verdict: Fail,
        keeps: right,
        breaks: |script| {
            let script = script.uni(A, h(1), t(1)).call(A, get_notification(h(1)), no_notification(None, FAILED));
            let script = script.wait(1_000).uni(A, h(2), t(1)).unregister(A, h(2)).delete(A, h(2));
            leaves(script)
        },
        also: &["MS-PAN/3.2.1.4/client-deletes-what-it-creates", "MS-PAN/3.1.1.4.5/lost-interest-is-told"],
    },
    Case {
        rule: "MS-PAN/3.2.2.4/client-unregisters-what-it-registers",
        requirement: "PAN-3.2.2.4-03",
        verdict: Fail,
        keeps: right,
        breaks: |script| leaves(script.bidi(A, h(1), t(1))),
        also: &["MS-PAN/3.2.1.4/client-deletes-what-it-creates"],
    },
];

/// A client that is sent an answer to no call of its own may end the connection, with everything in it.
#[rstest]
#[case::no_answer_of_its_own(Layer::Pdu)]
#[case::rubbish(Layer::Transport)]
fn who_is_sent_what_is_no_answer_may_leave(#[case] layer: Layer) {
    let script = Script::new().uni(A, h(1), t(1)).start(A, "g", get_notification(h(1)));
    let script = script.gap(A, Direction::ToClient, layer, true).finish("g", notification(t(1), n(1)));
    let ours = |rule: &&'static conformance::Rule| CASES.iter().any(|case| case.rule == rule.id);
    let findings = script.close(A, Direction::ToServer).run_down(A).judge(rules::all().filter(ours)).findings;
    assert!(findings.is_empty(), "{:#?}", findings.iter().map(shown).collect::<Vec<_>>());
}

/// An answer that comes late registers the object that its request named, though the handle stands for another one by then.
#[test]
fn late_registrations_count_for_the_object_that_had_the_handle() {
    let script = Script::new().uni(A, h(1), t(1)).unregister(A, h(1)).start(A, "late", register(h(1)).of(t(1)).into());
    let script = script.delete(A2, h(1)).create(A2, h(1)).finish("late", registered(Hresult::OK)).delete(A2, h(1));
    assert_eq!(
        verdicts("MS-PAN/3.2.2.4/client-unregisters-what-it-registers", leaves(script.close(A2, Direction::ToServer))),
        [Fail]
    );
}

/// However many objects an association has at once, and in whatever order their handles come, each is told from the others.
#[test]
fn objects_of_one_association_are_told_apart() {
    const MANY: u128 = 200;
    let all = || (1..=MANY).map(|number| h(number * 7 % (MANY + 1)));
    let script = all().fold(Script::new(), |script, handle| script.uni(A, handle, t(1)));
    let script = all().fold(script, |script, handle| script.unregister(A, handle));
    let script = all().skip(1).fold(script, |script, handle| script.delete(A, handle));
    let tally = leaves(script).judge(rules::all()).rules["MS-PAN/3.2.1.4/client-deletes-what-it-creates"];
    assert_eq!((tally.pass, tally.fail), (u64::try_from(MANY).unwrap() - 1, 1));
}
