//! What the source of a channel has received ([MS-PAN] 3.1.1 figure 7, 3.1.1.1, 3.1.1.4.4, 3.1.1.4.6).

use bytes::Bytes;
use conformance::Severity::{Fail, Warn};
use conformance::event::Layer;
use mspan::{Hresult, NotificationType};
use rstest::rstest;
use trace::Direction;
use trace::stimulus::{Answer, ClosedBy, Request};

use crate::case::{Case, decided, verdicts};
use crate::dialogue::*;
use crate::script::*;

/// More than a server takes, in octets.
const TOO_LARGE: usize = 0x00A0_0001;

pub(super) static CASES: &[Case] = &[
    Case {
        rule: "MS-PAN/3.1.1.4.4/response-reaches-the-source",
        requirement: "PAN-3.1.1.4.4-37",
        verdict: Fail,
        keeps: |s| s.waiting().log("c", heard(&[n(21)])),
        breaks: |s| s.waiting().log("c", heard(&[])),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/response-reaches-the-source",
        requirement: "PAN-3.1.1.4.4-37",
        verdict: Fail,
        keeps: |s| s.alone().call(A, finally(HA, n(21)), closed(Hresult::OK)).log("c", by_client(heard(&[n(21)]))),
        breaks: |s| s.waiting().log("c", heard(&[n(21).slice(..2)])),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/response-reaches-the-source",
        requirement: "PAN-3.1.1.4.4-37",
        verdict: Fail,
        keeps: |s| s.waiting().log("c", heard(&[n(21)])),
        breaks: |s| s.waiting().log("c", heard(&[n(21), n(99)])),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/response-reaches-the-source",
        requirement: "PAN-3.1.1.4.4-37",
        verdict: Fail,
        // Ten megabytes are not too large.
        keeps: |s| {
            s.alone()
                .start(A, "a", respond(HA, octets(TOO_LARGE - 1)))
                .wait(6_000)
                .log("c", heard(&[octets(TOO_LARGE - 1)]))
        },
        breaks: |s| s.alone().start(A, "a", respond(HA, octets(TOO_LARGE - 1))).wait(6_000).log("c", heard(&[])),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/first-response-is-ignored",
        requirement: "PAN-3.1.1.4.4-11",
        verdict: Fail,
        keeps: |s| junk(s).log("c", heard(&[])),
        breaks: |s| junk(s).log("c", heard(&[n(20)])),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/first-response-is-ignored",
        requirement: "PAN-3.1.3.4.2-04",
        verdict: Fail,
        keeps: |s| async_ui_junk(s).log("c", heard(&[])),
        breaks: |s| async_ui_junk(s).log("c", heard_as(&[n(20)], NotificationType::ASYNC_UI)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1/responses-keep-their-order",
        requirement: "PAN-3.1.1-18",
        verdict: Fail,
        keeps: |s| rounds(s).log("c", heard(&[n(21), n(22), n(23)])),
        breaks: |s| rounds(s).log("c", heard(&[n(22), n(21), n(23)])),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1/responses-keep-their-order",
        requirement: "PAN-3.1.1-18",
        verdict: Fail,
        keeps: |s| rounds(s).log("c", heard(&[n(21), n(22), n(23)])),
        breaks: |s| rounds(s).log("c", heard(&[n(21), n(22), n(22), n(23)])),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1/close-reaches-the-source",
        requirement: "PAN-3.1.1-13",
        verdict: Fail,
        keeps: |s| s.alone().call(A, finally(HA, n(21)), closed(Hresult::OK)).log("c", by_client(heard(&[n(21)]))),
        breaks: |s| s.alone().call(A, finally(HA, n(21)), closed(Hresult::OK)).log("c", by_client(heard(&[]))),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1/close-reaches-the-source",
        requirement: "PAN-3.1.1-20",
        verdict: Fail,
        keeps: |s| {
            notified(s).call(A, finally(HA, n(23)), closed(Hresult::OK)).log("c", by_client(heard(&[n(21), n(23)])))
        },
        breaks: |s| notified(s).call(A, finally(HA, n(23)), closed(Hresult::OK)).log("c", by_client(heard(&[n(21)]))),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1/close-reaches-the-source",
        requirement: "PAN-3.1.1-17",
        verdict: Fail,
        keeps: |s| {
            let s = s.waiting().call(A2, release(HA), closed(Hresult::OK)).finish("a", released());
            s.log("c", by_client(heard(&[n(21)])))
        },
        breaks: |s| {
            let s = s.waiting().call(A2, release(HA), closed(Hresult::OK)).finish("a", released());
            s.log("c", open(heard(&[n(21)])))
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1/close-reaches-the-source",
        requirement: "PAN-3.1.1-19",
        verdict: Fail,
        keeps: |s| notified(s).call(A, release(HA), closed(Hresult::OK)).log("c", by_client(heard(&[n(21)]))),
        breaks: |s| notified(s).call(A, release(HA), closed(Hresult::OK)).log("c", open(heard(&[n(21)]))),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/acquisition-reaches-the-source",
        requirement: "PAN-3.1.1.4.4-34",
        verdict: Fail,
        keeps: |s| s.waiting().log("c", acquired(true, heard(&[n(21)]))),
        breaks: |s| {
            let s = s.alone().start(A, "a", respond(HA, Bytes::new())).wait(6_000);
            s.log("c", acquired(false, heard(&[Bytes::new()])))
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1/first-call-leaves-the-channel-free",
        requirement: "PAN-3.1.1-11",
        verdict: Fail,
        keeps: |s| s.both().log("c", acquired(false, heard(&[]))),
        breaks: |s| s.both().log("c", acquired(true, heard(&[]))),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1/release-does-not-close-for-others",
        requirement: "PAN-3.1.1-12",
        verdict: Fail,
        keeps: |s| s.both().call(A, release(HA), closed(Hresult::OK)).log("c", open(heard(&[]))),
        breaks: |s| s.both().call(A, release(HA), closed(Hresult::OK)).log("c", by_client(heard(&[]))),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.1/source-hears-the-owner-alone",
        requirement: "PAN-3.1.1.1-07",
        verdict: Fail,
        keeps: |s| s.owned().call(B, respond(HB, n(31)), released()).log("c", heard(&[n(21)])),
        breaks: |s| s.owned().call(B, respond(HB, n(31)), released()).log("c", heard(&[n(21), n(31)])),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/refused-response-is-not-passed-on",
        requirement: "PAN-3.1.1.4.4-29",
        verdict: Fail,
        keeps: |s| {
            s.alone().call(A, respond_as(HA, t(2), n(21)), fails(HA, Hresult::TYPE_MISMATCH)).log("c", heard(&[]))
        },
        breaks: |s| {
            let s = s.alone().call(A, respond_as(HA, t(2), n(21)), fails(HA, Hresult::TYPE_MISMATCH));
            s.log("c", heard_as(&[n(21)], t(2)))
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/refused-response-is-not-passed-on",
        requirement: "PAN-3.1.1.4.4-09",
        verdict: Fail,
        keeps: |s| {
            s.alone().call(A, respond_as(HA, t(2), n(21)), fails(HA, Hresult::TYPE_MISMATCH)).log("c", heard(&[]))
        },
        breaks: |s| {
            let s = s.alone().call(A, respond(HA, octets(TOO_LARGE)), fails(HA, Hresult::RESPONSE_TOO_LARGE));
            s.log("c", heard(&[octets(TOO_LARGE - 1)]))
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/large-response-is-not-passed-on",
        requirement: "PAN-3.1.1.4.4-08",
        verdict: Warn,
        keeps: |s| {
            s.alone()
                .call(A, respond(HA, octets(TOO_LARGE)), fails(HA, Hresult::RESPONSE_TOO_LARGE))
                .log("c", heard(&[]))
        },
        breaks: |s| {
            s.alone().start(A, "a", respond(HA, octets(TOO_LARGE))).wait(1_000).log("c", heard(&[octets(TOO_LARGE)]))
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1/close-reaches-the-source",
        requirement: "PAN-3.1.1-19",
        verdict: Fail,
        keeps: |s| notified(s).call(A, release(HA), closed(Hresult::OK)).log("c", by_client(heard(&[n(21)]))),
        breaks: |s| {
            notified(s).call(A, release(HA), closed(Hresult::OK)).log("c", by_client(heard(&[n(21), Bytes::new()])))
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.6/refused-response-is-not-passed-on",
        requirement: "PAN-3.1.1.4.6-20",
        verdict: Fail,
        keeps: |s| s.alone().call(A, close_as(HA, t(2), n(21)), closed(Hresult::TYPE_MISMATCH)).log("c", heard(&[])),
        breaks: |s| {
            s.alone().call(A, close_as(HA, t(2), n(21)), closed(Hresult::TYPE_MISMATCH)).log("c", heard(&[n(21)]))
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.6/refused-response-is-not-passed-on",
        requirement: "PAN-3.1.1.4.6-09",
        verdict: Fail,
        keeps: |s| s.alone().call(A, close_as(HA, t(2), n(21)), closed(Hresult::TYPE_MISMATCH)).log("c", heard(&[])),
        breaks: |s| {
            let s = s.alone().call(A, finally(HA, octets(TOO_LARGE)), closed(Hresult::RESPONSE_TOO_LARGE));
            s.log("c", heard(&[octets(TOO_LARGE)]))
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.6/release-passes-nothing-on",
        requirement: "PAN-3.1.1.4.6-14",
        verdict: Fail,
        keeps: |s| verbose(s).log("c", heard(&[])),
        breaks: |s| verbose(s).log("c", heard_as(&[n(25)], NotificationType::RELEASE)),
        also: &[],
    },
];

/// A's first call on an AsyncUI channel carried data.
fn async_ui_junk(script: Script) -> Script {
    let kind = NotificationType::ASYNC_UI;
    let open = Request::OpenChannel { id: "c".to_owned(), audience: to_all(kind), data: Some(n(1)) };
    script.stimulus(open, Answer::Done).bidi(A, h(1), kind).offered(A, h(1), &[HA]).call(
        A,
        respond_as(HA, kind, n(20)),
        replies(HA, Some(kind), Some(n(1)), Hresult::OK),
    )
}

/// A's first call carried data.
fn junk(script: Script) -> Script {
    script.opens("c", Some(n(1))).joins(A, h(1), &[HA]).call(A, respond(HA, n(20)), brings(HA, n(1)))
}

/// A has answered once, and been given the next notification.
fn notified(script: Script) -> Script {
    script.waiting().sends("c", n(2)).finish("a", brings(HA, n(2)))
}

/// Three rounds: the third response is under way.
fn rounds(script: Script) -> Script {
    let script =
        notified(script).start(A, "a", respond(HA, n(22))).wait(400).sends("c", n(3)).finish("a", brings(HA, n(3)));
    script.start(A, "a", respond(HA, n(23))).wait(6_000)
}

/// A releases the channel with data.
fn verbose(script: Script) -> Script {
    script.alone().call(A, close_as(HA, NotificationType::RELEASE, n(25)), closed(Hresult::OK))
}

fn of_servers() -> impl Iterator<Item = &'static conformance::Rule> {
    conformance::rules::all().filter(|rule| rule.party == conformance::Party::Server)
}

#[test]
fn either_of_two_racing_responses_may_stand_in_the_log() {
    for (responses, findings) in [(vec![n(21)], 0), (vec![n(31)], 0), (vec![], 0), (vec![n(21), n(31)], 1)] {
        let script = Script::new().both().start(A, "a", respond(HA, n(21))).start(B, "b", respond(HB, n(31)));
        let report = script.log("c", heard(&responses)).judge(of_servers());
        assert_eq!(report.findings.len(), findings, "{responses:?}: {:?}", report.findings);
    }
}

#[test]
fn a_source_that_closed_needs_no_word_of_a_client() {
    let log = trace::stimulus::ChannelLog { closed_by: Some(Some(ClosedBy::Source)), ..heard(&[n(21)]) };
    let report = Script::new().waiting().shuts("c").finish("a", released()).log("c", log).judge(of_servers());
    assert_eq!(report.findings, []);
}

const RESPONSE: &str = "MS-PAN/3.1.1.4.4/response-reaches-the-source";
const FIRST: &str = "MS-PAN/3.1.1.4.4/first-response-is-ignored";

/// What begins as a response does is that response cut off, where it stands in its place; else it comes from elsewhere.
#[rstest]
#[case::in_its_place(&[n(20).slice(..2)], RESPONSE)]
#[case::before_it(&[n(20).slice(..2), n(20)], FIRST)]
fn a_response_may_be_cut_off(#[case] responses: &[Bytes], #[case] broken: &str) {
    let begun = Script::new().opens("c", Some(n(1))).joins(A, h(1), &[HA]);
    let begun =
        begun.call(A, respond(HA, n(20).slice(..2)), brings(HA, n(1))).start(A, "a", respond(HA, n(20))).wait(6_000);
    let report = begun.log("c", heard(responses)).judge(of_servers());
    assert_eq!(report.findings.iter().map(|finding| finding.rule).collect::<Vec<_>>(), [broken]);
}

/// Where a handle may stand for a channel that nobody was seen to open, nothing is judged about the log.
#[rstest]
#[case::as_many_as_channels(&[HA], 1)]
#[case::more_than_channels(&[HA, HB], 0)]
fn handles_of_unknown_channels_spoil_the_log(#[case] handles: &[dcerpc::ContextHandle], #[case] findings: usize) {
    let script = Script::new().opens("c", Some(n(1))).joins(A, h(1), handles).log("c", heard(&[n(99)]));
    assert_eq!(verdicts(RESPONSE, script).len(), findings);
}

/// What came of a call that failed.
/// The source hears what nobody was seen to say, and B has sent what nobody can read.
fn sealed(script: Script, is_rubbish: bool) -> Script {
    let script = script.waiting().open(B).gap(B, Direction::ToServer, Layer::Sealed, is_rubbish);
    script.log("c", heard(&[n(21), n(22)]))
}

fn failing(script: Script, status: Hresult, log: trace::stimulus::ChannelLog) -> Script {
    script.alone().call(A, respond(HA, n(21)), fails(HA, status)).log("c", log)
}

/// A closes a channel with its first answer.
fn closing(script: Script) -> Script {
    script.alone().call(A, finally(HA, n(21)), closed(Hresult::OK))
}

/// A is given a channel, and its first call waits.
fn reading(script: Script) -> Script {
    script.opens("c", None).joins(A, h(1), &[HA]).start(A, "a", first(HA)).wait(6_000)
}

/// A and B have been given a channel, and both release it.
fn both_release(script: Script) -> Script {
    script.both().call(A, release(HA), closed(Hresult::OK)).call(B, release(HB), closed(Hresult::OK))
}

/// B's answer came too late.
fn loser(script: Script, data: Bytes) -> Script {
    script.owned().call(B, respond(HB, data), released())
}

const ORDER: &str = "MS-PAN/3.1.1/responses-keep-their-order";
const CLOSE: &str = "MS-PAN/3.1.1/close-reaches-the-source";
const FREE: &str = "MS-PAN/3.1.1/first-call-leaves-the-channel-free";
const OTHERS: &str = "MS-PAN/3.1.1/release-does-not-close-for-others";
const OWNER: &str = "MS-PAN/3.1.1.1/source-hears-the-owner-alone";
const LARGE: &str = "MS-PAN/3.1.1.4.4/large-response-is-not-passed-on";
const REFUSED: &str = "MS-PAN/3.1.1.4.4/refused-response-is-not-passed-on";
const RELEASE: &str = "MS-PAN/3.1.1.4.6/release-passes-nothing-on";

/// A large answer, and a server that takes it.
fn large(script: Script, input: mspan::method::In, outcome: conformance::event::Outcome) -> Script {
    script.alone().call(A, input, outcome).log("c", heard(&[octets(TOO_LARGE)]))
}

fn refuses(script: Script, size: usize) -> Script {
    script.alone().call(A, respond(HA, octets(size)), fails(HA, Hresult::RESPONSE_TOO_LARGE)).log("c", heard(&[]))
}

fn mistyped(script: Script, status: Hresult) -> Script {
    script.alone().call(A, respond_as(HA, t(2), n(21)), fails(HA, status))
}

#[rstest]
#[case::of_a_failed_call(RESPONSE, failing(Script::new(), Hresult::OUT_OF_MEMORY, heard(&[n(21)])), "3.1.1.4.4-37 fail")]
#[case::of_a_call_that_is_sealed(RESPONSE, sealed(Script::new(), false), "")]
#[case::beside_a_call_of_rubbish(RESPONSE, sealed(Script::new(), true), "3.1.1.4.4-37 fail")]
#[case::nothing(RESPONSE, Script::new().both().log("c", heard(&[])), "")]
#[case::nothing_on_an_empty_first_call(FIRST, Script::new().alone().log("c", heard(&[])), "")]
#[case::nothing_on_a_first_call_with_data(FIRST, junk(Script::new()).log("c", heard(&[])), "3.1.1.4.4-11 pass")]
#[case::nothing_of_an_owner_s_answer(FIRST, Script::new().waiting().log("c", heard(&[n(21)])), "")]
#[case::one(ORDER, Script::new().waiting().log("c", heard(&[n(21)])), "")]
#[case::two(ORDER, notified(Script::new()).start(A, "a", respond(HA, n(22))).wait(6_000).log("c", heard(&[n(21), n(22)])), "3.1.1-18 pass")]
#[case::the_end(CLOSE, closing(Script::new()).log("c", by_client(heard(&[n(21)]))), "3.1.1-13 pass")]
#[case::no_end(CLOSE, closing(Script::new()).log("c", open(heard(&[n(21)]))), "3.1.1-13 fail")]
#[case::the_end_after_an_answer(
    CLOSE,
    notified(Script::new()).call(A, finally(HA, n(23)), closed(Hresult::OK)).log("c", by_client(heard(&[n(21), n(23)]))),
    "3.1.1-20 pass"
)]
#[case::while_the_first_call_waits(FREE, reading(Script::new()).log("c", acquired(false, heard(&[]))), "")]
#[case::after_the_first_call(FREE, Script::new().alone().log("c", acquired(false, heard(&[]))), "3.1.1-11 pass")]
#[case::after_an_answer(FREE, Script::new().waiting().log("c", acquired(true, heard(&[n(21)]))), "")]
#[case::a_release_by_the_only_client(
    OTHERS, Script::new().alone().call(A, release(HA), closed(Hresult::OK)).log("c", by_client(heard(&[]))), ""
)]
#[case::a_release_by_one_of_two(
    OTHERS, Script::new().both().call(A, release(HA), closed(Hresult::OK)).log("c", open(heard(&[]))), "3.1.1-12 pass"
)]
#[case::a_release_by_one_of_three(
    OTHERS,
    Script::new().both().joins(C, h(3), &[HC]).call(A, release(HA), closed(Hresult::OK)).log("c", open(heard(&[]))),
    "3.1.1-12 pass"
)]
#[case::a_release_by_one_of_two_that_acquires(
    OTHERS,
    Script::new().both().call(A, release(HA), closed(Hresult::OK)).log("c", acquired(true, heard(&[]))),
    "3.1.1-12 fail"
)]
#[case::a_release_by_both(OTHERS, both_release(Script::new()).log("c", by_client(heard(&[]))), "")]
#[case::an_owner_without_rivals(OWNER, Script::new().waiting().log("c", heard(&[n(21)])), "")]
#[case::a_loser(OWNER, loser(Script::new(), n(31)).log("c", heard(&[n(21)])), "3.1.1.1-07 pass")]
#[case::a_loser_with_nothing_to_say(OWNER, loser(Script::new(), Bytes::new()).log("c", heard(&[n(21)])), "")]
#[case::a_loser_where_the_owner_is_not_heard(OWNER, loser(Script::new(), n(31)).log("c", heard(&[])), "")]
#[case::a_large_one_that_was_refused(LARGE, refuses(Script::new(), TOO_LARGE), "3.1.1.4.4-08 pass, 3.1.1.4.6-08 pass")]
#[case::one_of_the_limit_that_was_refused(LARGE, refuses(Script::new(), TOO_LARGE - 1), "")]
#[case::a_large_one(LARGE, large(Script::new(), respond(HA, octets(TOO_LARGE)), released()), "3.1.1.4.4-08 warn")]
#[case::a_large_final_one(
    LARGE,
    large(Script::new(), finally(HA, octets(TOO_LARGE)), closed(Hresult::OK)),
    "3.1.1.4.6-08 warn"
)]
#[case::no_refusal(REFUSED, Script::new().waiting().log("c", heard(&[n(21)])), "")]
#[case::refusal_of_another_type(
    REFUSED, mistyped(Script::new(), Hresult::TYPE_MISMATCH).log("c", heard(&[])), "3.1.1.4.4-29 pass"
)]
#[case::refusal_of_the_right_type(REFUSED, failing(Script::new(), Hresult::OUT_OF_MEMORY, heard(&[])), "")]
#[case::refusal_of_a_close_of_another_type(
    REFUSED,
    Script::new().alone().call(A, close_as(HA, t(2), n(21)), closed_with(HA, Hresult::TYPE_MISMATCH)).log("c", heard(&[])),
    ""
)]
#[case::another_type_on_a_first_call(
    REFUSED,
    Script::new().opens("c", Some(n(1))).joins(A, h(1), &[HA])
        .call(A, respond_as(HA, t(2), n(20)), fails(HA, Hresult::TYPE_MISMATCH)).log("c", heard(&[])),
    ""
)]
#[case::release_with_data(RELEASE, verbose(Script::new()).log("c", heard(&[])), "3.1.1.4.6-14 pass")]
#[case::release_without_data(
    RELEASE, Script::new().alone().call(A, release(HA), closed(Hresult::OK)).log("c", heard(&[])), ""
)]
#[case::final_response(RELEASE, closing(Script::new()).log("c", heard(&[n(21)])), "")]
#[case::release_with_data_beside_what_nobody_sent(RELEASE, verbose(Script::new()).log("c", heard(&[n(99)])), "")]
fn logs(#[case] rule: &str, #[case] script: Script, #[case] expected: &str) {
    assert_eq!(decided(rule, script), expected);
}

#[test]
fn findings_tell_which_response_it_is() {
    let report = Script::new().waiting().log("c", heard(&[n(21), n(99)])).judge(conformance::rules::rule(RESPONSE));
    assert_eq!(report.findings[0].actual, "a response of 4 octets, which no client sent so");
}

/// What a witness can't know of responses accuses nobody.
#[rstest]
#[case::of_an_earlier_call_that_was_refused_for_a_later_one(
    Script::new().waiting().start(A2, "b", respond(HA, n(22))).wait(400).finish("a", fails(HA, Hresult::CALL_OUTSTANDING))
        .log("c", heard(&[n(21)]))
)]
#[case::of_a_close_after_the_loss(
    Script::new().owned().call(B, finally(HB, n(31)), closed(Hresult::OK)).log("c", heard(&[n(21)]))
)]
#[case::of_a_call_that_the_source_forestalled(
    Script::new().alone().start(A, "a", respond(HA, n(21))).shuts("c").finish("a", released()).log("c", heard(&[]))
)]
fn logs_that_nobody_can_judge(#[case] script: Script) {
    let ours = ["-reaches-the-source", "keep-their-order", "not-passed-on", "hears-the-owner", "passes-nothing-on"];
    let findings = script.judge(of_servers().filter(|rule| ours.iter().any(|slug| rule.id.contains(slug)))).findings;
    assert!(findings.is_empty(), "{:#?}", findings.iter().map(crate::case::shown).collect::<Vec<_>>());
}
