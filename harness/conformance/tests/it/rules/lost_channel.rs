//! One client acquires a channel, all others lose it ([MS-PAN] 3.1.1 figure 7, 3.1.1.1, 3.1.1.4.4, 3.1.1.4.6).

use bytes::Bytes;
use conformance::Severity::{Fail, Warn};
use dcerpc::ContextHandle;
use mspan::{Hresult, NotificationType};
use rstest::rstest;

use crate::case::{Case, decided};
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

/// A has the channel; B's answer comes back.
fn answered(script: Script, outcome: conformance::event::Outcome) -> Script {
    script.owned().call(B, respond(HB, n(31)), outcome)
}

/// A has the channel; B closes it.
fn closes(script: Script, outcome: conformance::event::Outcome) -> Script {
    script.owned().call(B, finally(HB, n(31)), outcome)
}

/// B's call waits when A takes the channel and closes it.
fn overtaken(script: Script) -> Script {
    two(script).call(A, finally(HA, n(21)), closed(Hresult::OK))
}

/// A has answered with nothing, and waits.
fn empty_handed(script: Script) -> Script {
    script.both().start(A, "a", respond(HA, Bytes::new())).wait(6_000)
}

/// A answers under a type that is not the channel's, and is refused.
fn refused(script: Script) -> Script {
    script.both().call(A, respond_as(HA, t(2), n(21)), fails(HA, Hresult::TYPE_MISMATCH))
}

/// What A's server says when A has the channel and its source has closed it.
fn over(script: Script) -> Script {
    script.owned().shuts("c")
}

const E_FAIL: Hresult = Hresult(0x8000_4005);
const NULLS: &str = "MS-PAN/3.1.1.4.4/loser-gets-null-channel";
const DATA: &str = "MS-PAN/3.1.1.4.4/loser-gets-null-data";
const TOLD: &str = "MS-PAN/3.1.1.4.4/every-loser-is-told";
const BLOCKED: &str = "MS-PAN/3.1.1.4.4/blocked-losers-succeed";
const ACQUIRES: &str = "MS-PAN/3.1.1.4.4/first-response-acquires";
const AT_ONCE: &str = "MS-PAN/3.1.1/lost-channel-does-not-block";
const CLOSES: &str = "MS-PAN/3.1.1/loser-closes-with-success";
const CODE: &str = "MS-PAN/3.1.1.4.6/loser-is-told-of-the-loss";
const ONE: &str = "MS-PAN/3.1.1.1/one-client-acquires";
const OUTLIVES: &str = "MS-PAN/3.1.1.1/acquisition-outlives-the-close";

#[rstest]
#[case::told(NULLS, answered(Script::new(), released()), "3.1.1.4.4-05 pass")]
#[case::not_null(NULLS, answered(Script::new(), replies(HB, RELEASE, None, Hresult::OK)), "3.1.1.4.4-05 fail")]
#[case::nothing(NULLS, answered(Script::new(), replies(HB, None, None, Hresult::OK)), "")]
#[case::a_notification(NULLS, answered(Script::new(), brings(HB, n(2))), "")]
#[case::a_release_of_the_owner(NULLS, Script::new().waiting().finish("a", replies(HA, RELEASE, None, Hresult::OK)), "")]
#[case::no_data(DATA, answered(Script::new(), released()), "3.1.1.4.4-22 pass")]
#[case::data(DATA, answered(Script::new(), replies(NULL, RELEASE, Some(n(1)), Hresult::OK)), "")]
#[case::no_data_of_another_type(DATA, answered(Script::new(), replies(NULL, Some(T), None, Hresult::OK)), "")]
#[case::the_owner(DATA, Script::new().waiting().shuts("c").finish("a", released()), "")]
#[case::a_loser(TOLD, answered(Script::new(), released()), "3.1.1.4.4-35 pass")]
#[case::a_loser_with_a_handle(TOLD, answered(Script::new(), replies(HB, RELEASE, None, Hresult::OK)), "")]
#[case::a_loser_of_another_type(TOLD, answered(Script::new(), replies(NULL, Some(T), None, Hresult::OK)), "")]
#[case::the_owner_at_the_end(TOLD, Script::new().waiting().shuts("c").finish("a", released()), "")]
#[case::blocked(BLOCKED, overtaken(Script::new()).finish("b", released()), "3.1.1.4.4-36 pass")]
#[case::blocked_with_a_handle(BLOCKED, overtaken(Script::new()).finish("b", replies(HB, RELEASE, None, Hresult::OK)), "")]
#[case::blocked_and_failed(BLOCKED, overtaken(Script::new()).finish("b", fails(NULL, E_FAIL)), "3.1.1.4.4-36 fail")]
#[case::blocked_and_told_of_the_end(
    BLOCKED, overtaken(Script::new()).finish("b", fails(NULL, Hresult::CHANNEL_CLOSED)), "3.1.1.4.4-36 fail"
)]
#[case::blocked_and_faulted(BLOCKED, overtaken(Script::new()).finish("b", fault(5)), "")]
#[case::blocked_and_out_of_memory(BLOCKED, overtaken(Script::new()).finish("b", fails(NULL, Hresult::OUT_OF_MEMORY)), "")]
#[case::blocked_and_refused_for_another_call(
    BLOCKED, overtaken(Script::new()).finish("b", fails(NULL, Hresult::CALL_OUTSTANDING)), "3.1.1.4.4-36 fail"
)]
#[case::blocked_and_unregistered(
    BLOCKED, two(Script::new()).unregister(B2, h(2)).call(A, finally(HA, n(21)), closed(Hresult::OK))
        .finish("b", fails(NULL, E_FAIL)),
    ""
)]
#[case::not_blocked(BLOCKED, answered(Script::new(), released()), "")]
#[case::the_winner(ACQUIRES, Script::new().both().call(A, finally(HA, n(21)), closed(Hresult::OK)), "3.1.1.4.4-34 pass")]
#[case::the_winner_by_a_response(
    ACQUIRES, Script::new().waiting().sends("c", n(2)).finish("a", brings(HA, n(2))), "3.1.1.4.4-34 pass"
)]
#[case::another_after_an_empty_one(
    ACQUIRES, empty_handed(Script::new()).call(B, finally(HB, n(31)), closed(Hresult::OK)), "3.1.1.4.4-34 fail"
)]
#[case::another_after_one_that_was_not_empty(ACQUIRES, closes(Script::new(), closed(Hresult::OK)), "")]
#[case::refused_for_another_s_mistake(
    ACQUIRES, refused(Script::new()).call(B, respond(HB, n(31)), released()), "3.1.1.4.4-34 fail"
)]
#[case::refused_for_another_s_mistake_at_the_end(
    ACQUIRES, refused(Script::new()).shuts("c").call(B, respond(HB, n(31)), released()), ""
)]
#[case::refused_for_another_s_success(ACQUIRES, answered(Script::new(), released()), "")]
#[case::refused_for_nothing(ACQUIRES, Script::new().both().call(B, respond(HB, n(31)), released()), "")]
#[case::at_once(AT_ONCE, answered(Script::new(), released()), "3.1.1-22 pass")]
#[case::with_a_failure(AT_ONCE, answered(Script::new(), fails(NULL, E_FAIL)), "3.1.1-22 fail")]
#[case::with_a_fault(AT_ONCE, answered(Script::new(), fault(5)), "")]
#[case::with_a_failure_at_the_end(AT_ONCE, over(Script::new()).call(B, respond(HB, n(31)), fails(NULL, E_FAIL)), "")]
#[case::with_a_failure_after_its_unregistration(
    AT_ONCE, Script::new().owned().unregister(B, h(2)).call(B, respond(HB, n(31)), fails(NULL, E_FAIL)), ""
)]
#[case::out_of_memory(AT_ONCE, answered(Script::new(), fails(NULL, Hresult::OUT_OF_MEMORY)), "")]
#[case::too_large(AT_ONCE, answered(Script::new(), fails(NULL, Hresult::RESPONSE_TOO_LARGE)), "")]
#[case::of_another_type(
    AT_ONCE, Script::new().owned().call(B, respond_as(HB, t(2), n(31)), fails(NULL, Hresult::TYPE_MISMATCH)), ""
)]
#[case::of_no_type(AT_ONCE, Script::new().owned().call(B, first(HB), fails(NULL, Hresult::TYPE_MISMATCH)), "")]
#[case::of_its_type_and_refused_for_it(
    AT_ONCE,
    answered(Script::new(), fails(NULL, Hresult::TYPE_MISMATCH)),
    "3.1.1-22 fail"
)]
#[case::another_call_where_there_is_none(
    AT_ONCE,
    answered(Script::new(), fails(NULL, Hresult::CALL_OUTSTANDING)),
    "3.1.1-22 fail"
)]
#[case::beside_another_call(
    AT_ONCE,
    Script::new().owned().start(B, "b", respond(HB, n(31)))
        .call(B2, respond(HB, n(32)), fails(HB, Hresult::CALL_OUTSTANDING)).finish("b", released()),
    "3.1.1-22 pass"
)]
#[case::with_the_next_notification(
    AT_ONCE, Script::new().owned().sends("c", n(2)).call(B, respond(HB, n(31)), brings(HB, n(2))), "3.1.1-22 fail"
)]
#[case::with_the_next_notification_after_an_empty_owner(
    AT_ONCE, empty_handed(Script::new()).sends("c", n(2)).call(B, respond(HB, n(31)), brings(HB, n(2))), ""
)]
#[case::with_the_first_notification(AT_ONCE, late(Script::new()).call(B, first(HB), brings(HB, n(1))), "")]
#[case::with_nothing(AT_ONCE, answered(Script::new(), replies(HB, None, None, Hresult::OK)), "3.1.1-22 fail")]
#[case::closed(CLOSES, closes(Script::new(), closed(Hresult::CHANNEL_ACQUIRED)), "3.1.1-21 pass")]
#[case::closed_in_vain(CLOSES, closes(Script::new(), closed(E_FAIL)), "3.1.1-21 fail")]
#[case::closed_after_its_owner(
    CLOSES, taken(Script::new()).call(B, finally(HB, n(31)), closed(Hresult::CHANNEL_CLOSED)), ""
)]
#[case::closed_before_its_owner(CLOSES, closes(Script::new(), closed(Hresult::CHANNEL_CLOSED)), "3.1.1-21 fail")]
#[case::closed_in_vain_after_its_owner(
    CLOSES, taken(Script::new()).call(B, finally(HB, n(31)), closed(E_FAIL)), "3.1.1-21 fail"
)]
#[case::closed_after_the_source(CLOSES, over(Script::new()).call(B, finally(HB, n(31)), closed(E_FAIL)), "")]
#[case::closed_after_its_unregistration(
    CLOSES, Script::new().owned().unregister(B, h(2)).call(B, finally(HB, n(31)), closed(E_FAIL)), ""
)]
#[case::closed_too_large(CLOSES, closes(Script::new(), closed(Hresult::RESPONSE_TOO_LARGE)), "")]
#[case::closed_with_a_fault(CLOSES, closes(Script::new(), fault(5)), "")]
#[case::the_owner_closes(CLOSES, Script::new().both().call(A, finally(HA, n(21)), closed(E_FAIL)), "")]
#[case::the_right_code(CODE, closes(Script::new(), closed(Hresult::CHANNEL_ACQUIRED)), "3.1.1.4.6-17 pass")]
#[case::the_right_code_for_nothing(
    CODE, Script::new().alone().call(A, finally(HA, n(21)), closed(Hresult::CHANNEL_ACQUIRED)), ""
)]
#[case::zero(CODE, closes(Script::new(), closed(Hresult::OK)), "3.1.1.4.6-17 fail")]
#[case::zero_for_another_type(CODE, Script::new().owned().call(B, close_as(HB, t(2), n(31)), closed(Hresult::OK)), "")]
#[case::zero_for_a_release(CODE, Script::new().owned().call(B, release(HB), closed(Hresult::OK)), "3.1.1.4.6-17 fail")]
#[case::zero_after_the_source(CODE, over(Script::new()).call(B, finally(HB, n(31)), closed(Hresult::OK)), "")]
#[case::zero_after_an_empty_answer(CODE, empty_handed(Script::new()).call(B, finally(HB, n(31)), closed(Hresult::OK)), "")]
#[case::the_code_of_the_end(
    CODE, taken(Script::new()).call(B, finally(HB, n(31)), closed(Hresult::CHANNEL_CLOSED)), "3.1.1.4.6-17 note"
)]
#[case::the_code_of_the_end_before_it(CODE, closes(Script::new(), closed(Hresult::CHANNEL_CLOSED)), "")]
#[case::the_code_of_the_end_for_the_owner(
    CODE, Script::new().alone().call(A, finally(HA, n(21)), closed(Hresult::CHANNEL_CLOSED)), ""
)]
#[case::one(ONE, Script::new().alone().call(A, finally(HA, n(21)), closed(Hresult::OK)), "3.1.1.1-07 pass")]
#[case::one_that_did_not_win(ONE, Script::new().alone().call(A, finally(HA, n(21)), closed(E_FAIL)), "")]
#[case::one_that_only_read(ONE, Script::new().alone(), "")]
#[case::two_of_which_one_lost(ONE, closes(Script::new(), closed(Hresult::OK)), "")]
#[case::refused_after_the_end(
    OUTLIVES, taken(Script::new()).call(B, finally(HB, n(31)), closed(Hresult::CHANNEL_ACQUIRED)), "3.1.1.1-08 pass"
)]
#[case::refused_before_the_end(OUTLIVES, closes(Script::new(), closed(Hresult::CHANNEL_ACQUIRED)), "")]
#[case::a_release_after_the_end(
    OUTLIVES, taken(Script::new()).call(B, release(HB), closed(Hresult::CHANNEL_ACQUIRED)), ""
)]
fn of_losers(#[case] rule: &str, #[case] script: Script, #[case] expected: &str) {
    assert_eq!(decided(rule, script), expected);
}

/// Who seemed to have acquired a channel, and whose response is refused after all, has not: another may.
#[test]
fn a_refused_response_acquires_nothing() {
    let script = Script::new().owned().finish("a", fails(HA, Hresult(0x8000_4005))).start(B, "b", respond(HB, n(31)));
    let script = script.wait(6_000).sends("c", n(2)).finish("b", brings(HB, n(2)));
    let ours = |id: &str| ["loser", "acquire", "acquisition", "lost"].iter().any(|word| id.contains(word));
    let rules = conformance::rules::all().filter(|rule| rule.party == conformance::Party::Server && ours(rule.id));
    let findings = script.judge(rules).findings;
    assert!(findings.is_empty(), "{:#?}", findings.iter().map(crate::case::shown).collect::<Vec<_>>());
}
