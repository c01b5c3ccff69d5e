//! What GetNotification brings ([MS-PAN] 3.1.1.1, 3.1.1.4.5, 3.1.1.6, 2.2.1 to 2.2.3).

use conformance::Severity::{Fail, Inconclusive, Warn};
use conformance::Source;
use mspan::{Hresult, NotificationType, UserFilter};
use rstest::rstest;
use trace::Direction;
use trace::stimulus::{Answer, Request};

use crate::case::{Case, decided};
use crate::script::*;

const QUEUE: &str = r"\\s\q";

fn waiting(script: Script) -> Script {
    script.uni(A, h(1), t(1)).start(A, "g", get_notification(h(1))).wait(400)
}

fn waiting_as_alice(script: Script) -> Script {
    waiting(script.user(A, "alice", true))
}

/// Alice waits, under her own security context of a connection that Bob has one on, too.
fn waiting_under_contexts(script: Script) -> Script {
    waiting(script.user_of(A, Some(5), "alice", true).user_of(A, Some(6), "bob", true).signed(5))
}

fn waiting_on_queue(script: Script) -> Script {
    let register = register(h(1)).of(t(1)).name(QUEUE).into();
    let script = script.create(A, h(1)).call(A, register, registered(Hresult::OK));
    script.start(A, "g", get_notification(h(1))).wait(400)
}

fn waiting_for_all(script: Script) -> Script {
    let register = register(h(1)).of(t(1)).filter(UserFilter::ALL_USERS).into();
    let script = script.user(A, "alice", true).create(A, h(1)).call(A, register, registered(Hresult::OK));
    script.start(A, "g", get_notification(h(1))).wait(400)
}

/// GetNotification starts and brings that at once.
fn fetch(script: Script, line: Line, number: u128, data: u8) -> Script {
    script.call(line, get_notification(h(number)), notification(t(1), n(data)))
}

fn raise(script: Script, numbers: impl IntoIterator<Item = u8>) -> Script {
    numbers.into_iter().fold(script, |script, number| script.notify(t(1), n(number)))
}

/// A notification that is not for the registration, then one that is.
fn spared(script: Script, stranger: trace::stimulus::Audience, own: trace::stimulus::Audience) -> Script {
    script.notify_to(stranger, n(1)).wait(400).notify_to(own, n(2)).finish("g", notification(t(1), n(2)))
}

fn leaked(script: Script, stranger: trace::stimulus::Audience) -> Script {
    script.notify_to(stranger, n(1)).finish("g", notification(t(1), n(1)))
}

pub(super) static CASES: &[Case] = &[
    Case {
        rule: "MS-PAN/3.1.1.4.5/data-is-what-the-source-sent",
        requirement: "PAN-3.1.1.4.5-08",
        verdict: Fail,
        keeps: |script| waiting(script).notify(t(1), n(1)).finish("g", notification(t(1), n(1))),
        breaks: |script| waiting(script).notify(t(1), n(1)).finish("g", notification(t(1), n(2))),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.5/data-is-what-the-source-sent",
        requirement: "PAN-3.1.1.4.5-08",
        verdict: Fail,
        // Two notifications of the same octets are two.
        keeps: |script| {
            let script = raise(script.uni(A, h(1), t(1)), [1, 1]);
            fetch(fetch(script, A, 1, 1), A, 1, 1)
        },
        breaks: |script| {
            let script = raise(script.uni(A, h(1), t(1)), [1]);
            fetch(fetch(script, A, 1, 1), A, 1, 1)
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.5/call-ends-with-a-notification-only",
        requirement: "PAN-3.1.1.4.5-26",
        verdict: Fail,
        keeps: |script| waiting(script).wait(60_000),
        breaks: |script| waiting(script).finish("g", notification(t(1), n(1))),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.5/call-ends-with-a-notification-only",
        requirement: "PAN-3.1.1.4.5-26",
        verdict: Fail,
        keeps: |script| waiting(script).wait(60_000).unregister(A2, h(1)).finish("g", fault(0x8007_071A)),
        breaks: |script| waiting(script).wait(60_000).finish("g", no_notification(None, Hresult(0x8007_0102))),
        also: &["MS-PAN/3.1.1/registered-object-lets-calls-wait"],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.5/call-ends-with-a-notification-only",
        requirement: "PAN-3.1.1.4.5-26",
        verdict: Fail,
        keeps: |script| {
            waiting(script).wait(400).start(A2, "h", get_notification(h(1))).finish("h", fault(0x8004_000C))
        },
        // The second call takes the place of the first.
        breaks: |script| {
            waiting(script).wait(400).start(A2, "h", get_notification(h(1))).finish("g", fault(0x8007_071A))
        },
        also: &["MS-PAN/3.1.1.4.5/one-call-waits-at-a-time"],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.5/call-ends-with-a-notification-only",
        requirement: "PAN-3.1.1.4.5-26",
        verdict: Inconclusive,
        keeps: |mut script| {
            script.config.source = Source::Unseen;
            let script = waiting(script).wait(400);
            script.finish("g", notification(t(1), n(1)))
        },
        breaks: |mut script| {
            script.config.source = Source::Shared;
            let script = script.uni(A, h(1), NotificationType::ASYNC_UI);
            script.call(A, get_notification(h(1)), notification(NotificationType::ASYNC_UI, n(1)))
        },
        also: &["MS-PAN/2.2.7/notification-is-in-utf-16le"],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.5/call-ends-with-a-notification-only",
        requirement: "PAN-3.1.1.4.5-27",
        verdict: Fail,
        keeps: |script| {
            let script = waiting(script).stimulus(Request::Shutdown, Answer::Done);
            script.finish("g", fault(0x8007_071A))
        },
        breaks: |script| {
            let script = waiting(script).stimulus(Request::Shutdown, Answer::Done);
            script.finish("g", notification(t(1), n(1)))
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.5/notifications-without-registration-are-discarded",
        requirement: "PAN-3.1.1.4.5-28",
        verdict: Warn,
        keeps: |script| {
            let script = waiting(raise(script, [1])).wait(400);
            script.notify(t(1), n(2)).finish("g", notification(t(1), n(2)))
        },
        breaks: |script| waiting(raise(script, [1])).finish("g", notification(t(1), n(1))),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.5/nothing-raised-later-is-returned",
        requirement: "PAN-3.1.1.4.5-25",
        verdict: Fail,
        keeps: |script| {
            let script = waiting(script).unregister(A2, h(1)).notify(t(1), n(1));
            script.finish("g", fault(0x8007_071A))
        },
        breaks: |script| {
            let script = waiting(script).unregister(A2, h(1)).notify(t(1), n(1));
            script.finish("g", notification(t(1), n(1)))
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/2.2.1/type-selects-registrations",
        requirement: "PAN-2.2.1-06",
        verdict: Fail,
        keeps: |script| spared(waiting(script), to_all(t(2)), to_all(t(1))),
        breaks: |script| leaked(waiting(script), to_all(t(2))),
        also: &[],
    },
    Case {
        rule: "MS-PAN/2.2.1/type-selects-registrations",
        requirement: "PAN-3.1.1.4.1-27",
        verdict: Fail,
        keeps: |script| spared(waiting(script.uni(A, h(2), t(2))), to_all(t(2)), to_all(t(1))),
        breaks: |script| leaked(waiting(script.uni(A, h(2), t(2))), to_all(t(2))),
        also: &[],
    },
    Case {
        rule: "MS-PAN/2.2.1/type-selects-registrations",
        requirement: "PAN-2.2.1-04",
        verdict: Fail,
        keeps: |script| spared(waiting(script), to_all(t(2)), to_all(t(1))),
        breaks: |script| {
            let kind = NotificationType::ASYNC_UI;
            let script = script.uni(A, h(1), kind).start(A, "g", get_notification(h(1))).wait(400);
            let script = script.notify(NotificationType::PRINTER_CONFIGURATION, n(1));
            script.finish("g", notification(kind, n(1)))
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.1/name-selects-registrations",
        requirement: "PAN-3.1.1.1-03",
        verdict: Fail,
        keeps: |script| spared(waiting_on_queue(script), about(t(1), r"\\s\other"), about(t(1), QUEUE)),
        breaks: |script| leaked(waiting_on_queue(script), about(t(1), r"\\s\other")),
        also: &[],
    },
    Case {
        rule: "MS-PAN/2.2.2/user-selects-registrations",
        requirement: "PAN-2.2.2-03",
        verdict: Fail,
        keeps: |script| spared(waiting_as_alice(script), to_user(t(1), "bob"), to_user(t(1), "alice")),
        breaks: |script| leaked(waiting_as_alice(script), to_user(t(1), "bob")),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.6.5/registrations-are-their-callers",
        requirement: "PAN-3.1.1.6.5-01",
        verdict: Fail,
        keeps: |script| {
            let script = waiting_under_contexts(script).notify_to(to_user(t(1), "alice"), n(1));
            script.finish("g", notification(t(1), n(1)))
        },
        breaks: |script| leaked(waiting_under_contexts(script), to_user(t(1), "bob")),
        also: &["MS-PAN/2.2.2/user-selects-registrations"],
    },
    Case {
        rule: "MS-PAN/2.2.3/style-selects-registrations",
        requirement: "PAN-2.2.3-01",
        verdict: Fail,
        keeps: |script| waiting(script).notify(t(1), n(1)).finish("g", notification(t(1), n(1))),
        breaks: |script| {
            let open = Request::OpenChannel { id: "c".into(), audience: to_all(t(1)), data: Some(n(1)) };
            waiting(script).stimulus(open, Answer::Done).finish("g", notification(t(1), n(1)))
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.6/waiting-call-gets-its-notification",
        requirement: "PAN-2.2.2-02",
        verdict: Fail,
        keeps: |script| waiting(script).notify(t(1), n(1)).finish("g", notification(t(1), n(1))),
        breaks: |script| waiting_as_alice(script).notify_to(to_user(t(1), "alice"), n(1)).wait(9_000),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.6/waiting-call-gets-its-notification",
        requirement: "PAN-2.2.2-04",
        verdict: Fail,
        keeps: |script| {
            let script = waiting_for_all(script).notify_to(to_user(t(1), "bob"), n(1));
            script.finish("g", notification(t(1), n(1)))
        },
        breaks: |script| waiting_for_all(script).notify_to(to_user(t(1), "bob"), n(1)).wait(9_000),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.6/waiting-call-gets-its-notification",
        requirement: "PAN-3.1.1.6-05",
        verdict: Fail,
        keeps: |script| waiting(script).notify(t(1), n(1)).finish("g", notification(t(1), n(1))),
        breaks: |script| {
            let script = waiting(script).notify(t(1), n(1)).finish("g", notification(t(1), n(1)));
            let script = script.start(A, "g", get_notification(h(1))).wait(400);
            script.notify(t(1), n(2)).wait(9_000)
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.5/notifications-are-buffered",
        requirement: "PAN-3.1.1.4.5-29",
        verdict: Warn,
        keeps: |script| {
            let script = raise(script.uni(A, h(1), t(1)), 1..=5);
            (1..=5).fold(script, |script, number| fetch(script, A, 1, number))
        },
        breaks: |script| {
            let script = fetch(raise(script.uni(A, h(1), t(1)), [1, 2]), A, 1, 1);
            script.start(A, "g", get_notification(h(1))).wait(9_000)
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.5/notifications-are-buffered",
        requirement: "PAN-3.1.1.4.5-29",
        verdict: Warn,
        // Of 150 the last 50 may be lost.
        keeps: |script| {
            let script = raise(script.uni(A, h(1), t(1)), 1..=150);
            let script = (1..=100).fold(script, |script, number| fetch(script, A, 1, number));
            script.start(A, "g", get_notification(h(1))).wait(9_000)
        },
        breaks: |script| raise(script.uni(A, h(1), t(1)), [1]).start(A, "g", get_notification(h(1))).wait(9_000),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.1/each-registration-has-its-own-queue",
        requirement: "PAN-3.1.1.1-04",
        verdict: Warn,
        keeps: |script| {
            let script = raise(script.uni(A, h(1), t(1)).uni(B, h(2), t(1)), 1..=3);
            let script = (1..=3).fold(script, |script, number| fetch(script, A, 1, number));
            (1..=3).fold(script, |script, number| fetch(script, B, 2, number))
        },
        breaks: |script| {
            let script = raise(script.uni(A, h(1), t(1)).uni(B, h(2), t(1)), [1, 2]);
            let script = fetch(fetch(script, A, 1, 1), A, 1, 2);
            script.start(B, "g", get_notification(h(2))).wait(9_000)
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.1/each-registration-has-its-own-queue",
        requirement: "PAN-3.1.1.1-04",
        verdict: Warn,
        // What was raised at once has no order.
        keeps: |script| {
            use conformance::event::Kind;
            let script = script.uni(A, h(1), t(1));
            let ask = |number: u8| Kind::StimulusAsked {
                number: number.into(),
                request: Request::Notify { audience: to_all(t(1)), data: n(number) },
            };
            let done = |number: u64| Kind::StimulusAnswered { number, answer: Answer::Done };
            let script = script.event(ask(1)).event(ask(2)).event(done(1)).event(done(2));
            fetch(fetch(script, A, 1, 2), A, 1, 1)
        },
        breaks: |script| fetch(fetch(raise(script.uni(A, h(1), t(1)), [1, 2]), A, 1, 2), A, 1, 1),
        also: &[],
    },
];

const E_FAIL: Hresult = Hresult(0x8000_4005);

fn failed() -> conformance::event::Outcome {
    no_notification(None, E_FAIL)
}

/// The client cancels its only GetNotification.
fn cancels(script: Script) -> Script {
    let started = script.clone().events().into_iter().rev().find_map(|event| match event.kind {
        conformance::event::Kind::CallStarted(started) => Some(started.call_id),
        _ => None,
    });
    script.pdu(A, Direction::ToServer, 18, started.unwrap())
}

fn shuts_down(script: Script) -> Script {
    script.stimulus(Request::Shutdown, Answer::Done)
}

/// GetNotification on a registration for channels.
fn waiting_in_the_other_mode(script: Script) -> Script {
    script.bidi(A, h(1), t(1)).start(A, "g", get_notification(h(1))).wait(400)
}

/// Two registrations; A's call waits, and B has been given the notification of both.
fn given_to_another(script: Script) -> Script {
    let script = script.uni(A, h(1), t(1)).uni(B, h(2), t(1)).notify(t(1), n(1));
    script.call(B, get_notification(h(2)), notification(t(1), n(1))).start(A, "g", get_notification(h(1))).wait(6_000)
}

/// So many notifications, of which the last are fetched.
fn flooded(script: Script, number: u8) -> Script {
    raise(script.uni(A, h(1), t(1)), 0..number).start(A, "g", get_notification(h(1))).wait(6_000)
}

const ENDS: &str = "MS-PAN/3.1.1.4.5/call-ends-with-a-notification-only";
const KEPT: &str = "MS-PAN/3.1.1.4.5/notifications-are-buffered";
const OWN: &str = "MS-PAN/3.1.1.1/each-registration-has-its-own-queue";
const SENT: &str = "MS-PAN/3.1.1.4.5/data-is-what-the-source-sent";
const WAITED: &str = "MS-PAN/3.1.1.6/waiting-call-gets-its-notification";

#[rstest]
#[case::waits(waiting(Script::new()), "3.1.1.4.5-26 pass")]
#[case::waits_beside_one_that_is_owed(raise(Script::new().uni(A, h(1), t(1)), [1]).start(A, "g", get_notification(h(1))).wait(400), "")]
#[case::fails(waiting(Script::new()).finish("g", failed()), "3.1.1.4.5-26 pass, 3.1.1.4.5-26 fail")]
#[case::fails_at_once(Script::new().uni(A, h(1), t(1)).call(A, get_notification(h(1)), failed()), "")]
#[case::fails_by_the_runtime(waiting(Script::new()).finish("g", fault(5)), "3.1.1.4.5-26 pass")]
#[case::ends_by_fault(waiting(Script::new()).finish("g", fault(0x8007_071A)), "3.1.1.4.5-26 pass, 3.1.1.4.5-26 fail")]
#[case::fails_for_want_of_memory(
    waiting(Script::new()).finish("g", no_notification(None, Hresult::OUT_OF_MEMORY)), "3.1.1.4.5-26 pass"
)]
#[case::is_refused(
    waiting(Script::new()).finish("g", no_notification(None, Hresult::CALL_OUTSTANDING)), "3.1.1.4.5-26 pass"
)]
#[case::fails_and_was_cancelled(cancels(waiting(Script::new())).finish("g", failed()), "3.1.1.4.5-26 pass")]
#[case::fails_in_a_shutdown(shuts_down(waiting(Script::new())).finish("g", failed()), "3.1.1.4.5-26 pass")]
#[case::fails_while_one_leaves(
    waiting(Script::new()).start(A2, "u", unregister(h(1))).finish("g", failed()), "3.1.1.4.5-26 pass"
)]
#[case::fails_in_the_other_mode(waiting_in_the_other_mode(Script::new()).finish("g", failed()), "3.1.1.4.5-26 pass")]
fn calls_that_end(#[case] script: Script, #[case] expected: &str) {
    assert_eq!(decided(ENDS, script), expected);
}

#[rstest]
#[case::fetched(KEPT, raise(Script::new().uni(A, h(1), t(1)), [1]).call(A, get_notification(h(1)), notification(t(1), n(1))), "3.1.1.4.5-29 pass")]
#[case::lost(KEPT, flooded(Script::new(), 1), "3.1.1.4.5-29 warn")]
#[case::lost_of_a_hundred(KEPT, flooded(Script::new(), 100), "3.1.1.4.5-29 warn")]
#[case::lost_of_more(KEPT, flooded(Script::new(), 101), "")]
#[case::lost_in_a_shutdown(KEPT, shuts_down(raise(Script::new().uni(A, h(1), t(1)), [1]).start(A, "g", get_notification(h(1)))).wait(6_000), "")]
#[case::lost_to_another(KEPT, given_to_another(Script::new()), "3.1.1.4.5-29 pass")]
#[case::lost_to_another_alone(OWN, given_to_another(Script::new()), "3.1.1.1-04 pass, 3.1.1.1-04 warn")]
#[case::one_of_two_alike(KEPT, raise(Script::new().uni(A, h(1), t(1)), [1, 1]).start(A, "g", get_notification(h(1))).wait(6_000), "")]
#[case::in_order(OWN, fetch(fetch(raise(Script::new().uni(A, h(1), t(1)), [1, 2]), A, 1, 1), A, 1, 2), "3.1.1.1-04 pass 2")]
#[case::out_of_order(OWN, fetch(fetch(raise(Script::new().uni(A, h(1), t(1)), [1, 2]), A, 1, 2), A, 1, 1), "3.1.1.1-04 pass, 3.1.1.1-04 warn")]
#[case::out_of_order_or_alike(
    OWN, fetch(fetch(raise(Script::new().uni(A, h(1), t(1)), [1, 2, 1]), A, 1, 2), A, 1, 1), "3.1.1.1-04 pass"
)]
#[case::waited_for(WAITED, waiting(Script::new()).notify(t(1), n(1)).wait(6_000), "2.2.2-02 fail, 3.1.1.6-05 fail")]
#[case::waited_for_in_a_shutdown(WAITED, shuts_down(waiting(Script::new()).notify(t(1), n(1))).wait(6_000), "")]
#[case::waited_for_by_two(
    WAITED, waiting(Script::new()).start(A2, "h", get_notification(h(1))).notify(t(1), n(1)).wait(6_000), "2.2.2-02 fail, 3.1.1.6-05 fail"
)]
#[case::waited_for_while_one_leaves(
    WAITED, waiting(Script::new()).notify(t(1), n(1)).start(A2, "u", unregister(h(1))).wait(6_000), "2.2.2-02 fail, 3.1.1.6-05 fail"
)]
#[case::a_release(SENT, waiting(Script::new()).finish("g", no_notification(Some(NotificationType::RELEASE), Hresult::OK)), "")]
#[case::a_failure(SENT, waiting(Script::new()).notify(t(1), n(1)).finish("g", failed()), "")]
fn queues(#[case] rule: &str, #[case] script: Script, #[case] expected: &str) {
    assert_eq!(decided(rule, script), expected);
}

/// What a notification without an explanation tells depends on whether everything that sources raise is known.
#[rstest]
#[case::where_sources_obey(Source::Exclusive, true, 1)]
#[case::where_a_source_was_asked(Source::Unseen, true, 1)]
#[case::where_no_source_was_asked(Source::Unseen, false, 0)]
fn notifications_from_nowhere(#[case] source: Source, #[case] asked: bool, #[case] expected: usize) {
    let mut script = Script::new();
    script.config.source = source;
    let script = script.uni(A, h(1), t(1));
    let script = if asked { fetch(raise(script, [1]), A, 1, 1) } else { script };
    let script = script.call(A, get_notification(h(1)), notification(t(1), n(9)));
    let report = script.judge(conformance::rules::all().filter(|rule| rule.party == conformance::Party::Server));
    let failed = report.findings.iter().filter(|finding| finding.verdict == Fail).count();
    assert_eq!(failed.min(1), expected, "{:#?}", report.findings);
}
