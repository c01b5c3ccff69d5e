//! IRPCAsyncNotify_CloseChannel ([MS-PAN] 3.1.1.4.6, 3.1.1 figure 7).

use conformance::Severity::{Fail, Note, Warn};
use mspan::{Hresult, NotificationType};
use rstest::rstest;

use crate::case::{Case, decided};
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

const E_FAIL: Hresult = Hresult(0x8000_4005);

/// A, alone with a channel that is free, closes it.
fn closes(script: Script, input: mspan::method::In, status: Hresult) -> Script {
    script.alone().call(A, input, closed(status))
}

/// A owns the channel and waits; it closes it on another connection.
fn overtakes(script: Script, input: mspan::method::In, status: Hresult) -> Script {
    script.waiting().call(A2, input, closed(status))
}

/// The channel's source closes it, and A may not know.
fn over(script: Script) -> Script {
    script.alone().shuts("c")
}

/// A's registration has ended.
fn left(script: Script) -> Script {
    script.alone().unregister(A, h(1))
}

/// A release that has something to say.
fn verbose() -> mspan::method::In {
    close_as(HA, NotificationType::RELEASE, n(25))
}

fn mistyped() -> mspan::method::In {
    close_as(HA, t(2), n(21))
}

/// A releases the channel, and B asks for its notification.
fn freed(script: Script) -> Script {
    script.alone().joins(B, h(2), &[HB]).call(A, release(HA), closed(Hresult::OK))
}

const ZERO: &str = "MS-PAN/3.1.1.4.6/success-is-zero-or-lost";
const IGNORES: &str = "MS-PAN/3.1.1.4.6/release-ignores-data";
const TYPE: &str = "MS-PAN/3.1.1.4.6/other-type-is-refused";
const OVERTAKES: &str = "MS-PAN/3.1.1.4.6/close-overtakes-a-blocked-call";
const FREE: &str = "MS-PAN/3.1.1/release-leaves-the-channel-free";
const ACQUIRES: &str = "MS-PAN/3.1.1/final-response-acquires";
const WAITING: &str = "MS-PAN/3.1.1/waiting-owner-may-release";
const NOTIFIED: &str = "MS-PAN/3.1.1/notified-owner-may-release";
const OWNER: &str = "MS-PAN/3.1.1/owner-closes-with-a-response";

#[rstest]
#[case::zero(ZERO, closes(Script::new(), release(HA), Hresult::OK), "3.1.1.4.6-16 pass")]
#[case::a_failure(ZERO, closes(Script::new(), release(HA), E_FAIL), "")]
#[case::a_failure_that_reads_like_a_loss(ZERO, closes(Script::new(), release(HA), Hresult(0x8004_0010)), "")]
#[case::a_failure_of_a_loser(ZERO, Script::new().owned().call(B, release(HB), closed(E_FAIL)), "")]
#[case::data_with_a_release(IGNORES, closes(Script::new(), verbose(), Hresult::OK), "3.1.1.4.6-14 pass")]
#[case::data_with_a_release_refused(IGNORES, closes(Script::new(), verbose(), E_FAIL), "3.1.1.4.6-14 fail")]
#[case::for_want_of_memory(IGNORES, closes(Script::new(), verbose(), Hresult::OUT_OF_MEMORY), "")]
#[case::after_the_source(IGNORES, over(Script::new()).call(A, verbose(), closed(E_FAIL)), "")]
#[case::after_the_unregistration(IGNORES, left(Script::new()).call(A, verbose(), closed(E_FAIL)), "")]
#[case::no_data_with_a_release(IGNORES, closes(Script::new(), release(HA), Hresult::OK), "")]
#[case::data_with_a_response(IGNORES, closes(Script::new(), finally(HA, n(21)), E_FAIL), "")]
#[case::a_wrong_type(TYPE, closes(Script::new(), mistyped(), Hresult::TYPE_MISMATCH), "3.1.1.4.6-20 pass")]
#[case::a_wrong_type_taken(TYPE, closes(Script::new(), mistyped(), Hresult::OK), "3.1.1.4.6-20 fail")]
#[case::a_wrong_type_refused_otherwise(TYPE, closes(Script::new(), mistyped(), E_FAIL), "3.1.1.4.6-20 fail")]
#[case::a_wrong_type_refused_for_its_size(
    TYPE,
    closes(Script::new(), mistyped(), Hresult::RESPONSE_TOO_LARGE),
    "3.1.1.4.6-20 fail"
)]
#[case::a_wrong_type_too_large(
    TYPE, closes(Script::new(), close_as(HA, t(2), octets(LARGEST + 1)), Hresult::RESPONSE_TOO_LARGE), ""
)]
#[case::a_wrong_type_with_a_fault(TYPE, Script::new().alone().call(A, mistyped(), fault(5)), "")]
#[case::a_wrong_type_after_the_source(TYPE, over(Script::new()).call(A, mistyped(), closed(E_FAIL)), "")]
#[case::a_wrong_type_while_waiting(TYPE, overtakes(Script::new(), mistyped(), E_FAIL), "3.1.1.4.6-20 fail")]
#[case::the_right_type(TYPE, closes(Script::new(), finally(HA, n(21)), Hresult::OK), "")]
#[case::the_right_type_refused(
    TYPE,
    closes(Script::new(), finally(HA, n(21)), Hresult::TYPE_MISMATCH),
    "3.1.1.4.6-20 fail"
)]
#[case::a_release_refused(TYPE, closes(Script::new(), release(HA), Hresult::TYPE_MISMATCH), "3.1.1.4.6-20 fail")]
#[case::overtaking(OVERTAKES, overtakes(Script::new(), release(HA), Hresult::OK), "3.1.1.4.6-23 pass")]
#[case::overtaking_refused(
    OVERTAKES,
    overtakes(Script::new(), release(HA), Hresult::CALL_OUTSTANDING),
    "3.1.1.4.6-23 fail"
)]
#[case::overtaking_refused_by_the_runtime(
    OVERTAKES, Script::new().waiting().call(A2, release(HA), fault(0x8004_000C)), ""
)]
#[case::overtaking_after_the_source(
    OVERTAKES, Script::new().waiting().shuts("c").call(A2, release(HA), closed(Hresult::CALL_OUTSTANDING)), ""
)]
#[case::overtaking_after_the_unregistration(
    OVERTAKES, Script::new().waiting().unregister(A2, h(1)).call(A2, release(HA), closed(Hresult::CALL_OUTSTANDING)), ""
)]
#[case::with_nothing_to_overtake(OVERTAKES, closes(Script::new(), release(HA), Hresult::OK), "")]
#[case::refused_with_nothing_to_overtake(OVERTAKES, closes(Script::new(), release(HA), Hresult::CALL_OUTSTANDING), "")]
#[case::left_to_others(FREE, freed(Script::new()).reads(B, HB, n(1)), "3.1.1-12 pass 2")]
#[case::not_left_to_others(FREE, freed(Script::new()).call(B, first(HB), released()), "3.1.1-12 pass, 3.1.1-12 fail")]
#[case::not_left_to_others_after_the_source(
    FREE, freed(Script::new()).shuts("c").call(B, first(HB), released()), "3.1.1-12 pass"
)]
#[case::not_left_to_others_by_a_response(
    FREE, Script::new().alone().joins(B, h(2), &[HB]).call(A, finally(HA, n(21)), closed(Hresult::OK))
        .call(B, first(HB), released()),
    ""
)]
#[case::a_release_that_failed(
    FREE, Script::new().alone().joins(B, h(2), &[HB]).call(A, release(HA), closed(E_FAIL)).call(B, first(HB), released()),
    "3.1.1-12 fail"
)]
#[case::no_release(FREE, Script::new().both(), "")]
#[case::a_later_call(
    FREE, Script::new().both().call(A, release(HA), closed(Hresult::OK)).call(B, respond(HB, n(31)), released()),
    "3.1.1-12 pass"
)]
#[case::a_release_that_lost(FREE, closes(Script::new(), release(HA), Hresult::CHANNEL_ACQUIRED), "3.1.1-12 fail")]
#[case::an_answer(ACQUIRES, closes(Script::new(), finally(HA, n(21)), Hresult::OK), "3.1.1-13 pass")]
#[case::an_answer_in_vain(ACQUIRES, closes(Script::new(), finally(HA, n(21)), E_FAIL), "3.1.1-13 fail")]
#[case::an_answer_that_lost(
    ACQUIRES,
    closes(Script::new(), finally(HA, n(21)), Hresult::CHANNEL_ACQUIRED),
    "3.1.1-13 fail"
)]
#[case::an_answer_that_lost_to_a_release(
    ACQUIRES,
    Script::new().both().call(A, release(HA), closed(Hresult::OK)).call(B, finally(HB, n(31)), closed(Hresult::CHANNEL_ACQUIRED)),
    ""
)]
#[case::an_answer_that_lost_after_the_source(
    ACQUIRES, over(Script::new()).call(A, finally(HA, n(21)), closed(Hresult::CHANNEL_ACQUIRED)), ""
)]
#[case::an_answer_of_another_type(ACQUIRES, closes(Script::new(), mistyped(), E_FAIL), "")]
#[case::an_answer_too_large(ACQUIRES, closes(Script::new(), finally(HA, octets(LARGEST + 1)), E_FAIL), "")]
#[case::an_answer_with_a_fault(ACQUIRES, Script::new().alone().call(A, finally(HA, n(21)), fault(5)), "")]
#[case::an_answer_after_another(ACQUIRES, Script::new().owned().call(B, finally(HB, n(31)), closed(E_FAIL)), "")]
#[case::a_release_with_data_in_vain(FREE, closes(Script::new(), verbose(), E_FAIL), "")]
#[case::a_waiting_owner(WAITING, overtakes(Script::new(), release(HA), Hresult::OK), "3.1.1-17 pass")]
#[case::a_waiting_owner_in_vain(WAITING, overtakes(Script::new(), release(HA), E_FAIL), "3.1.1-17 fail")]
#[case::a_waiting_owner_that_lost(
    WAITING,
    overtakes(Script::new(), release(HA), Hresult::CHANNEL_ACQUIRED),
    "3.1.1-17 fail"
)]
#[case::a_notified_owner(WAITING, notified(Script::new()).call(A, release(HA), closed(Hresult::OK)), "")]
#[case::a_waiting_owner_and_not_a_notified_one(NOTIFIED, overtakes(Script::new(), release(HA), Hresult::OK), "")]
#[case::a_notified_owner_rightly(NOTIFIED, notified(Script::new()).call(A, release(HA), closed(Hresult::OK)), "3.1.1-19 pass")]
#[case::a_notified_owner_that_lost(
    NOTIFIED, notified(Script::new()).call(A, release(HA), closed(Hresult::CHANNEL_ACQUIRED)), "3.1.1-19 fail"
)]
#[case::an_owner_s_answer(OWNER, notified(Script::new()).call(A, finally(HA, n(23)), closed(Hresult::OK)), "3.1.1-20 pass")]
#[case::an_owner_s_answer_in_vain(OWNER, notified(Script::new()).call(A, finally(HA, n(23)), closed(E_FAIL)), "3.1.1-20 fail")]
#[case::an_owner_s_answer_beside_its_call(
    OWNER,
    overtakes(Script::new(), finally(HA, n(23)), Hresult::CALL_OUTSTANDING),
    ""
)]
#[case::an_owner_s_answer_beside_nothing(
    OWNER, notified(Script::new()).call(A, finally(HA, n(23)), closed(Hresult::CALL_OUTSTANDING)), "3.1.1-20 fail"
)]
fn closings(#[case] rule: &str, #[case] script: Script, #[case] expected: &str) {
    assert_eq!(decided(rule, script), expected);
}
