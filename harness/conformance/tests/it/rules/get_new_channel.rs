//! IRPCAsyncNotify_GetNewChannel ([MS-PAN] 3.1.1.4.3).

use conformance::Severity::{Fail, Warn};
use conformance::event::Outcome;
use dcerpc::ContextHandle;
use dcerpc::ndr::Conformant;
use mspan::method::{self, Out};
use mspan::{ConversationStyle, Hresult};
use rstest::rstest;

use crate::case::{Case, decided, verdicts};
use crate::dialogue::*;
use crate::script::*;

pub(super) static CASES: &[Case] = &[
    Case {
        rule: "MS-PAN/3.1.1.4.3/success-returns-channels",
        requirement: "PAN-3.1.1.4.3-03",
        verdict: Fail,
        keeps: |s| s.opens("c", None).joins(A, h(1), &[HA]),
        breaks: |s| s.opens("c", None).bidi(A, h(1), T).call(A, get_new_channel(h(1)), counted(2, &[HA])),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.3/success-returns-channels",
        requirement: "PAN-3.1.1.4.3-21",
        verdict: Fail,
        keeps: |s| s.opens("c", None).joins(A, h(1), &[HA]),
        breaks: |s| s.bidi(A, h(1), T).call(A, get_new_channel(h(1)), channels(&[], Hresult::OK)),
        also: &["MS-PAN/3.1.1.4.3/waits-for-a-channel"],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.3/handles-differ",
        requirement: "PAN-3.1.1.4.3-06",
        verdict: Fail,
        keeps: |s| s.opens("c", None).opens("d", None).joins(A, h(1), &[HA, HB]),
        breaks: |s| s.opens("c", None).opens("d", None).joins(A, h(1), &[HA, HA]),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.3/handles-differ",
        requirement: "PAN-3.1.1.4.3-06",
        verdict: Fail,
        keeps: |s| s.opens("c", None).joins(A, h(1), &[HA]),
        breaks: |s| s.opens("c", None).joins(A, h(1), &[ContextHandle::NULL]),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.3/handles-differ",
        requirement: "PAN-3.1.1.4.3-06",
        verdict: Fail,
        keeps: |s| s.opens("c", None).joins(A, h(1), &[HA]).opens("d", None).offered(A, h(1), &[HB]),
        breaks: |s| s.opens("c", None).joins(A, h(1), &[HA]).opens("d", None).offered(A, h(1), &[HA]),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.3/waits-for-a-channel",
        requirement: "PAN-3.1.1.4.3-24",
        verdict: Fail,
        keeps: |s| pending(s).wait(600_000),
        breaks: |s| pending(s).wait(60_000).finish("1", channels(&[], Hresult::OK)),
        also: &["MS-PAN/3.1.1.4.3/success-returns-channels"],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.3/returns-earlier-channels",
        requirement: "PAN-3.1.1.4.3-05",
        verdict: Warn,
        keeps: |s| s.opens("c", Some(n(1))).wait(1_000).joins(A, h(1), &[HA]),
        breaks: |s| s.bidi(A, h(1), T).opens("c", Some(n(1))).start(A, "1", get_new_channel(h(1))).wait(6_000),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.3/success-is-zero",
        requirement: "PAN-3.1.1.4.3-07",
        verdict: Fail,
        keeps: |s| s.opens("c", None).joins(A, h(1), &[HA]),
        breaks: |s| s.bidi(A, h(1), T).call(A, get_new_channel(h(1)), channels(&[], Hresult(1))),
        also: &["MS-PAN/3.1.1.4.3/waits-for-a-channel"],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.3/second-call-is-refused",
        requirement: "PAN-3.1.1.4.3-09",
        verdict: Fail,
        keeps: |s| twice(s).finish("2", fault(0x8004_000C)).opens("c", None).finish("1", channels(&[HA], Hresult::OK)),
        breaks: |s| twice(s).wait(6_000),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.3/second-call-is-refused",
        requirement: "PAN-3.1.1.4.3-09",
        verdict: Fail,
        keeps: |s| {
            twice(s)
                .finish("2", channels(&[], Hresult::CALL_OUTSTANDING))
                .unregister(A2, h(1))
                .finish("1", fault(0x8007_071A))
        },
        breaks: |s| twice(s).finish("2", channels(&[], Hresult::OUT_OF_MEMORY)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.3/second-call-is-refused",
        requirement: "PAN-3.1.1.4.3-09",
        verdict: Fail,
        keeps: |s| twice(s).finish("2", channels(&[], Hresult::CALL_OUTSTANDING)),
        breaks: |s| twice(s).finish("1", channels(&[], Hresult::CALL_OUTSTANDING)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.3/second-call-is-refused",
        requirement: "PAN-3.1.1.4.3-09",
        verdict: Fail,
        // The first may have been answered when the second was handled.
        keeps: |s| {
            let s = twice(s).finish("2", fault(0x8004_000C)).start(A2, "3", get_new_channel(h(1)));
            let s = s.opens("c", None).opens("d", None).finish("3", channels(&[HB], Hresult::OK));
            s.finish("1", channels(&[HA], Hresult::OK))
        },
        breaks: |s| twice(s).finish("2", channels(&[HB], Hresult::OK)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.3/termination-has-its-code",
        requirement: "PAN-3.1.1.4.3-12",
        verdict: Fail,
        keeps: |s| pending(s).unregister(A2, h(1)).finish("1", channels(&[], Hresult::NOTIFICATIONS_TERMINATED)),
        breaks: |s| pending(s).unregister(A2, h(1)).finish("1", channels(&[], Hresult(0x8007_06BE))),
        also: REGISTRATION,
    },
    Case {
        rule: "MS-PAN/3.1.1.4.3/calls-fail-after-termination",
        requirement: "PAN-3.1.1.4.3-13",
        verdict: Fail,
        keeps: |s| ended(s).call(A, get_new_channel(h(1)), channels(&[], Hresult::ALREADY_UNREGISTERED)),
        breaks: |s| ended(s).start(A, "3", get_new_channel(h(1))).wait(6_000),
        also: REGISTRATION,
    },
    Case {
        rule: "MS-PAN/3.1.1.4.3/calls-fail-after-termination",
        requirement: "PAN-3.1.1.4.3-13",
        verdict: Fail,
        keeps: |s| ended(s).call(A, get_new_channel(h(1)), channels(&[], Hresult::ALREADY_UNREGISTERED)),
        breaks: |s| ended(s).opens("c", None).call(A, get_new_channel(h(1)), channels(&[HA], Hresult::OK)),
        also: &["MS-PAN/3.1.1.4.3/success-needs-registration"],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.3/refusals-are-exceptions",
        requirement: "PAN-3.1.1.4.3-15",
        verdict: Warn,
        keeps: |s| pending(s).unregister(A2, h(1)).finish("1", fault(0x8007_071A)),
        breaks: |s| pending(s).unregister(A2, h(1)).finish("1", fault(0x1C00_0012)),
        also: ALSO_TERMINATION,
    },
    Case {
        rule: "MS-PAN/3.1.1.4.3/no-other-exceptions",
        requirement: "PAN-3.1.1.4.3-17",
        verdict: Fail,
        keeps: |s| twice(s).finish("2", fault(0x8004_000C)),
        breaks: |s| pending(s).finish("1", fault(0x8007_000E)),
        also: &["MS-PAN/3.1.1/registered-object-lets-calls-wait"],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.3/success-needs-registration",
        requirement: "PAN-3.1.1.4.3-22",
        verdict: Fail,
        keeps: |s| {
            s.opens("c", None).create(A, h(1)).call(A, get_new_channel(h(1)), channels(&[], Hresult::NOT_REGISTERED))
        },
        breaks: |s| s.opens("c", None).create(A, h(1)).offered(A, h(1), &[HA]),
        also: REGISTRATION,
    },
    Case {
        rule: "MS-PAN/3.1.1.4.3/success-needs-registration",
        requirement: "PAN-3.1.1-01",
        verdict: Fail,
        keeps: |s| s.create(A, h(1)).call(A, get_new_channel(h(1)), fault(0x1C00_0012)),
        breaks: |s| s.opens("c", None).create(A, h(1)).offered(A, h(1), &[HA]),
        also: REGISTRATION,
    },
    // A call that stays parked is neither a success nor refused.
    Case {
        rule: "MS-PAN/3.1.1.4.3/success-needs-registration",
        requirement: "PAN-3.1.1.4.3-22",
        verdict: Warn,
        keeps: |s| s.create(A, h(1)).call(A, get_new_channel(h(1)), channels(&[], Hresult::NOT_REGISTERED)),
        breaks: |s| s.create(A, h(1)).start(A, "g", get_new_channel(h(1))).wait(9_000),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.3/success-needs-registration",
        requirement: "PAN-3.1.1.4.3-23",
        verdict: Warn,
        keeps: |s| {
            let failure = channels(&[], Hresult::ALREADY_UNREGISTERED);
            s.bidi(A, h(1), T).unregister(A, h(1)).call(A, get_new_channel(h(1)), failure)
        },
        breaks: |s| s.bidi(A, h(1), T).unregister(A, h(1)).start(A, "g", get_new_channel(h(1))).wait(9_000),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.3/success-needs-registration",
        requirement: "PAN-3.1.1.4.3-23",
        verdict: Fail,
        keeps: |s| {
            s.bidi(A, h(1), T).unregister(A, h(1)).call(
                A,
                get_new_channel(h(1)),
                channels(&[], Hresult::NOT_REGISTERED),
            )
        },
        breaks: |s| s.bidi(A, h(1), T).opens("c", None).unregister(A, h(1)).offered(A, h(1), &[HA]),
        also: REGISTRATION,
    },
    Case {
        rule: "MS-PAN/3.1.1.4.3/waits-for-a-channel",
        requirement: "PAN-3.1.1.4.3-24",
        verdict: Fail,
        keeps: |s| pending(s).wait(600_000),
        breaks: |s| pending(s).wait(60_000).finish("1", channels(&[], Hresult(0x8000_4005))),
        also: &["MS-PAN/3.1.1/registered-object-lets-calls-wait"],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.3/waits-for-a-channel",
        requirement: "PAN-3.1.1.4.3-24",
        verdict: Fail,
        keeps: |s| pending(s).opens("c", None).finish("1", channels(&[HA], Hresult::OK)),
        breaks: |s| s.opens("c", None).joins(A, h(1), &[HA, HB]),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.3/channel-is-returned-once",
        requirement: "PAN-3.1.1.4.3-25",
        verdict: Fail,
        keeps: |s| s.opens("c", None).joins(A, h(1), &[HA]).start(A, "2", get_new_channel(h(1))).wait(11_000),
        breaks: |s| s.opens("c", None).joins(A, h(1), &[HA]).offered(A, h(1), &[HB]),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.3/channel-is-returned-once",
        requirement: "PAN-3.1.1.4.3-25",
        verdict: Fail,
        keeps: |s| s.opens("c", None).joins(A, h(1), &[HA]).opens("d", None).offered(A, h(1), &[HB]),
        breaks: |s| s.opens("c", None).joins(A, h(1), &[HA]).offered(A, h(1), &[HA]),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.3/returns-all-channels-at-once",
        requirement: "PAN-3.1.1.4.3-04",
        verdict: Warn,
        keeps: |s| s.opens("c", Some(n(1))).opens("d", Some(n(2))).joins(A, h(1), &[HA, HB]),
        breaks: |s| s.opens("c", Some(n(1))).opens("d", Some(n(2))).joins(A, h(1), &[HA]).offered(A, h(1), &[HB]),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.3/returns-earlier-channels",
        requirement: "PAN-3.1.1.4.3-05",
        verdict: Warn,
        keeps: |s| s.opens("c", Some(n(1))).wait(1_000).joins(A, h(1), &[HA]),
        breaks: |s| s.opens("c", Some(n(1))).bidi(A, h(1), T).start(A, "1", get_new_channel(h(1))).wait(6_000),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.1/every-registration-gets-the-channel",
        requirement: "PAN-3.1.1.1-05",
        verdict: Fail,
        keeps: |s| {
            s.bidi(A, h(1), T).bidi(B, h(2), T).opens("c", Some(n(1))).offered(A, h(1), &[HA]).offered(B, h(2), &[HB])
        },
        breaks: |s| {
            let s = s.bidi(A, h(1), T).bidi(B, h(2), T).opens("c", Some(n(1))).offered(A, h(1), &[HA]);
            s.start(B, "2", get_new_channel(h(2))).wait(6_000)
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.1/every-client-has-its-handle",
        requirement: "PAN-3.1.1.1-06",
        verdict: Fail,
        keeps: |s| s.opens("c", None).joins(A, h(1), &[HA]).joins(A2, h(2), &[HB]),
        breaks: |s| s.opens("c", None).joins(A, h(1), &[HA]).joins(A2, h(2), &[HA]),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1/channels-leave-the-registration-free",
        requirement: "PAN-3.1.1-09",
        verdict: Fail,
        keeps: |s| {
            s.alone()
                .start(A, "1", get_new_channel(h(1)))
                .wait(400)
                .opens("d", None)
                .finish("1", channels(&[HC], Hresult::OK))
        },
        breaks: |s| s.alone().call(A, get_new_channel(h(1)), channels(&[], Hresult::CALL_OUTSTANDING)),
        also: &["MS-PAN/3.1.1/registered-object-lets-calls-wait"],
    },
    Case {
        rule: "MS-PAN/2.2.5/channels-are-bidirectional",
        requirement: "PAN-2.2.5-01",
        verdict: Fail,
        keeps: |s| s.opens("c", None).joins(A, h(1), &[HA]),
        breaks: |s| {
            let s = s.opens("c", None).create(A, h(1)).register(A, h(1), T, ConversationStyle::UNIDIRECTIONAL);
            s.offered(A, h(1), &[HA])
        },
        also: REGISTRATION,
    },
    Case {
        rule: "MS-PAN/2.2.5/channels-are-bidirectional",
        requirement: "PAN-2.2.5-01",
        verdict: Fail,
        keeps: |s| s.opens("c", None).joins(A, h(1), &[HA]),
        breaks: |s| s.opens("c", None).joins(A, h(1), &[ContextHandle { attributes: 1, ..HA }]),
        also: &[],
    },
];

/// Rules about registrations that some of these breaches break too.
const REGISTRATION: &[&str] = &["MS-PAN/3.1.1/unregistration-ends-waiting-calls"];
const ALSO_TERMINATION: &[&str] =
    &["MS-PAN/3.1.1.4.3/termination-has-its-code", "MS-PAN/3.1.1/unregistration-ends-waiting-calls"];

/// A's GetNewChannel "1" is pending.
fn pending(script: Script) -> Script {
    script.bidi(A, h(1), T).start(A, "1", get_new_channel(h(1))).wait(400)
}

/// And a second one on the same object.
fn twice(script: Script) -> Script {
    pending(script).start(A2, "2", get_new_channel(h(1)))
}

/// UnregisterClient ended it with 0x8007071A.
fn ended(script: Script) -> Script {
    pending(script).unregister(A2, h(1)).finish("1", fault(0x8007_071A))
}

fn counted(no_of_channels: u32, handles: &[ContextHandle]) -> Outcome {
    let channel_ctxt = Some(Conformant::from(handles.to_vec()));
    returned(Out::GetNewChannel(method::GetNewChannelOut { no_of_channels, channel_ctxt, status: Hresult::OK }))
}

/// A call counts as the earlier one when it has been pending for a while.
#[rstest]
#[case::long_enough(300, 1)]
#[case::too_short(299, 0)]
fn which_of_two_calls_came_first_shows_after_a_while(#[case] milliseconds: u64, #[case] findings: usize) {
    let script = Script::new().bidi(A, h(1), T).open(A2).start(A, "1", get_new_channel(h(1))).wait(milliseconds - 1);
    let script = script.call(A2, get_new_channel(h(1)), channels(&[], Hresult::OUT_OF_MEMORY));
    assert_eq!(verdicts("MS-PAN/3.1.1.4.3/second-call-is-refused", script).len(), findings);
}

/// When the registration ends, the second call may be the one that was left.
#[test]
fn the_end_of_the_registration_ends_either_of_two_calls() {
    let script = twice(Script::new()).unregister(A, h(1)).finish("2", fault(0x8007_071A));
    assert_eq!(verdicts("MS-PAN/3.1.1.4.3/second-call-is-refused", script), []);
}

const E_FAIL: Hresult = Hresult(0x8000_4005);

/// So many handles in an array that tells of others.
fn array(no_of_channels: u32, max_count: u64, handles: &[ContextHandle]) -> Outcome {
    returned(Out::GetNewChannel(method::GetNewChannelOut {
        no_of_channels,
        channel_ctxt: Some(Conformant { max_count, elements: handles.to_vec() }),
        status: Hresult::OK,
    }))
}

fn offers(outcome: Outcome) -> Script {
    Script::new().opens("c", None).bidi(A, h(1), T).call(A, get_new_channel(h(1)), outcome)
}

/// A call waits and the object is unregistered.
fn unregistered_while(script: Script) -> Script {
    pending(script).unregister(A2, h(1))
}

/// The server shuts down.
fn shuts_down(script: Script) -> Script {
    script.stimulus(trace::stimulus::Request::Shutdown, trace::stimulus::Answer::Done)
}

/// Two calls of which nobody knows which came first.
fn at_once(script: Script) -> Script {
    script.bidi(A, h(1), T).open(A2).start(A, "g", get_new_channel(h(1))).start(A2, "h", get_new_channel(h(1)))
}

/// A call waits when another is made on the same object.
fn two(script: Script) -> Script {
    let script = script.bidi(A, h(1), T).open(A2).start(A, "g", get_new_channel(h(1))).wait(400);
    script.start(A2, "h", get_new_channel(h(1)))
}

const RETURNS: &str = "MS-PAN/3.1.1.4.3/success-returns-channels";
const SECOND: &str = "MS-PAN/3.1.1.4.3/second-call-is-refused";
const ENDS: &str = "MS-PAN/3.1.1.4.3/termination-has-its-code";
const EXCEPTIONS: &str = "MS-PAN/3.1.1.4.3/refusals-are-exceptions";
const WAITS: &str = "MS-PAN/3.1.1.4.3/waits-for-a-channel";
const ONCE: &str = "MS-PAN/3.1.1.4.3/channel-is-returned-once";
const EARLIER: &str = "MS-PAN/3.1.1.4.3/returns-earlier-channels";
const HANDLES: &str = "MS-PAN/3.1.1.1/every-client-has-its-handle";

#[rstest]
#[case::one(RETURNS, offers(array(1, 1, &[HA])), "3.1.1.4.3-03 pass, 3.1.1.4.3-21 pass")]
#[case::none_in_an_array(RETURNS, offers(array(0, 0, &[])), "3.1.1.4.3-03 fail")]
#[case::more_counted(RETURNS, offers(array(2, 1, &[HA])), "3.1.1.4.3-03 fail")]
#[case::more_announced(RETURNS, offers(array(1, 2, &[HA])), "3.1.1.4.3-03 fail")]
#[case::more_held(RETURNS, offers(array(1, 1, &[HA, HB])), "3.1.1.4.3-03 fail")]
#[case::null(RETURNS, offers(channels(&[], Hresult::OK)), "3.1.1.4.3-21 fail")]
#[case::failure(RETURNS, offers(channels(&[], E_FAIL)), "")]
#[case::neither_returns(SECOND, two(Script::new()).wait(6_000), "3.1.1.4.3-09 fail")]
#[case::second_refused(SECOND, two(Script::new()).finish("h", fault(0x8004_000C)).wait(6_000), "3.1.1.4.3-09 pass")]
#[case::first_refused(SECOND, two(Script::new()).finish("g", fault(0x8004_000C)).wait(6_000), "3.1.1.4.3-09 fail")]
#[case::first_refused_where_it_may_be_the_second(
    SECOND, at_once(Script::new()).finish("g", fault(0x8004_000C)).wait(6_000), ""
)]
#[case::second_fails(SECOND, two(Script::new()).finish("h", fault(0x8000_4005)), "3.1.1.4.3-09 fail")]
#[case::second_fails_where_it_may_be_the_first(SECOND, at_once(Script::new()).finish("h", fault(0x8000_4005)), "")]
#[case::second_fails_in_a_shutdown(SECOND, shuts_down(two(Script::new())).finish("h", fault(0x8000_4005)), "")]
#[case::second_fails_after_the_unregistration(
    SECOND, two(Script::new()).unregister(B, h(1)).finish("h", fault(0x8000_4005)), "3.1.1.4.3-09 fail"
)]
#[case::second_returns_a_channel(
    SECOND, two(Script::new()).opens("c", None).finish("h", channels(&[HA], Hresult::OK)), ""
)]
#[case::its_code(ENDS, unregistered_while(Script::new()).finish("1", fault(0x8007_071A)), "3.1.1.4.3-12 pass")]
#[case::the_runtime_s_code(ENDS, unregistered_while(Script::new()).finish("1", fault(0x71A)), "3.1.1.4.3-12 note")]
#[case::another_code(ENDS, unregistered_while(Script::new()).finish("1", fault(0x8000_4005)), "3.1.1.4.3-12 fail")]
#[case::another_code_in_a_shutdown(
    ENDS, shuts_down(unregistered_while(Script::new())).finish("1", fault(0x8000_4005)), ""
)]
#[case::another_code_where_the_call_may_have_come_later(
    ENDS, Script::new().bidi(A, h(1), T).open(A2).start(A, "1", get_new_channel(h(1))).unregister(A2, h(1))
        .finish("1", fault(0x8000_4005)),
    ""
)]
#[case::another_code_while_it_lasts(ENDS, pending(Script::new()).finish("1", fault(0x8000_4005)), "")]
#[case::its_code_while_it_lasts(ENDS, pending(Script::new()).finish("1", fault(0x8007_071A)), "")]
#[case::its_code_while_it_may_be_over(
    ENDS, pending(Script::new()).start(A2, "u", unregister(h(1))).finish("1", fault(0x8007_071A)), "3.1.1.4.3-12 pass"
)]
#[case::success(ENDS, unregistered_while(Script::new()).finish("1", channels(&[], Hresult::OK)), "3.1.1.4.3-12 fail")]
#[case::success_while_it_lasts(ENDS, pending(Script::new()).finish("1", channels(&[], Hresult::OK)), "")]
#[case::a_channel_that_was_on_its_way(
    ENDS, pending(Script::new()).opens("c", None).unregister(A2, h(1)).finish("1", channels(&[HA], Hresult::OK)), ""
)]
#[case::refusal(EXCEPTIONS, two(Script::new()).finish("h", fault(0x8004_000C)), "3.1.1.4.3-15 pass")]
#[case::refusal_with_another_code(EXCEPTIONS, two(Script::new()).finish("h", fault(0x8000_4005)), "3.1.1.4.3-15 warn")]
#[case::refusal_with_another_code_returned(
    EXCEPTIONS, two(Script::new()).finish("h", channels(&[], E_FAIL)), ""
)]
#[case::refusal_with_another_code_in_a_shutdown(
    EXCEPTIONS, shuts_down(two(Script::new())).finish("h", fault(0x8000_4005)), ""
)]
#[case::refusal_where_it_may_be_the_first(EXCEPTIONS, at_once(Script::new()).finish("h", fault(0x8000_4005)), "")]
#[case::end(EXCEPTIONS, unregistered_while(Script::new()).finish("1", fault(0x8007_071A)), "3.1.1.4.3-15 pass")]
#[case::end_by_the_runtime(EXCEPTIONS, unregistered_while(Script::new()).finish("1", fault(0x1C00_000D)), "3.1.1.4.3-15 pass")]
#[case::end_with_another_code(EXCEPTIONS, unregistered_while(Script::new()).finish("1", fault(0x8000_4005)), "3.1.1.4.3-15 warn")]
#[case::end_with_another_code_in_a_shutdown(
    EXCEPTIONS, shuts_down(unregistered_while(Script::new())).finish("1", fault(0x8000_4005)), ""
)]
#[case::end_with_the_code_of_a_refusal(
    EXCEPTIONS, unregistered_while(Script::new()).finish("1", fault(0x8004_000C)), "3.1.1.4.3-15 warn"
)]
#[case::end_with_the_code_of_a_refusal_on_an_object_that_was_not_seen_to_begin(
    EXCEPTIONS,
    Script::new().call(A, register(h(1)).of(T).style(ConversationStyle::BIDIRECTIONAL).into(), registered(Hresult::OK))
        .start(A, "1", get_new_channel(h(1))).wait(400).unregister(A2, h(1)).finish("1", fault(0x8004_000C)),
    ""
)]
#[case::the_runtime_s_code_for_a_refusal(EXCEPTIONS, two(Script::new()).finish("h", fault(0x71A)), "3.1.1.4.3-15 warn")]
#[case::failed_by_the_runtime(WAITS, pending(Script::new()).finish("1", fault(5)), "3.1.1.4.3-24 pass")]
#[case::failed(WAITS, pending(Script::new()).finish("1", channels(&[], E_FAIL)), "3.1.1.4.3-24 pass, 3.1.1.4.3-24 fail")]
#[case::ended_for_nothing(WAITS, pending(Script::new()).finish("1", fault(0x8007_071A)), "3.1.1.4.3-24 pass, 3.1.1.4.3-24 fail")]
#[case::a_channel(WAITS, Script::new().opens("c", None).joins(A, h(1), &[HA]), "3.1.1.4.3-24 pass")]
#[case::a_channel_too_many(WAITS, Script::new().opens("c", None).joins(A, h(1), &[HA, HB]), "3.1.1.4.3-24 fail")]
#[case::new_channels_only(ONCE, Script::new().opens("c", None).joins(A, h(1), &[HA]), "")]
#[case::a_new_channel(
    ONCE, Script::new().opens("c", None).joins(A, h(1), &[HA]).opens("d", None).offered(A, h(1), &[HB]), "3.1.1.4.3-25 pass"
)]
#[case::the_old_one_as_well(
    ONCE, Script::new().opens("c", None).joins(A, h(1), &[HA]).opens("d", None).offered(A, h(1), &[HB, HC]), "3.1.1.4.3-25 fail"
)]
#[case::waits_with_nothing_to_return_again(ONCE, pending(Script::new()).wait(6_000), "")]
#[case::the_old_one_and_no_other(ONCE, Script::new().opens("c", None).joins(A, h(1), &[HA]).offered(A, h(1), &[]), "")]
#[case::handles_of_a_failure(HANDLES, offers(channels(&[], E_FAIL)), "")]
#[case::handles(HANDLES, offers(array(1, 1, &[HA])), "3.1.1.1-06 pass")]
#[case::not_returned_for_long(
    EARLIER,
    pending(Script::new().opens("c", Some(n(1)))).wait(6_000).create(B, h(8)).wait(6_000).create(B, h(9)).wait(6_000),
    "3.1.1.4.3-05 warn"
)]
#[case::kept_back_until_it_has_a_notification(EARLIER, pending(Script::new().opens("c", None)).wait(6_000), "")]
#[case::not_returned_when_it_has_a_notification(
    EARLIER, pending(Script::new().opens("c", None)).wait(6_000).sends("c", n(1)).wait(6_000), "3.1.1.4.3-05 warn"
)]
#[case::refused_by_another_code_after_the_end(
    EXCEPTIONS,
    Script::new().bidi(A, h(1), T).open(A2).start(A2, "u", unregister(h(1))).start(A, "1", get_new_channel(h(1)))
        .finish("u", unregistered(Hresult::OK)).finish("1", fault(0x1C00_0012)),
    ""
)]
#[case::ended_by_another_code(
    EXCEPTIONS, unregistered_while(Script::new()).finish("1", fault(0x1C00_0012)), "3.1.1.4.3-15 warn"
)]
fn offers_of_channels(#[case] rule: &str, #[case] script: Script, #[case] expected: &str) {
    assert_eq!(decided(rule, script), expected);
}
