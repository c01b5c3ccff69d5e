//! What clients call after a success, and that they go on without delay ([MS-PAN] 3.1.1.4.1, 3.2.2.4).

use conformance::Severity::{Fail, Inconclusive, Warn};
use conformance::event::{Kind, Outcome};
use dcerpc::ndr::WideString;
use mspan::method::{Out, RegisterClientOut};
use mspan::{ConversationStyle, Hresult, NotificationType};
use rstest::rstest;
use trace::{Mark, Vantage};

use crate::case::{Case, verdicts};
use crate::script::*;

const AGAIN: &[&str] = &["MS-PAN/3.2.2.4/next-call-comes-without-delay"];

/// As a server's tap sees it.
fn at_server(mut script: Script) -> Script {
    script.config.vantage = Vantage::Server;
    script
}

/// A client that waits for notifications.
fn waits(script: Script) -> Script {
    script.uni(A, h(1), t(1)).start(A, "g", get_notification(h(1))).wait(6_000)
}

/// A notification comes, and the client asks for the next after milliseconds.
fn next(script: Script, delay: u64) -> Script {
    let script = waits(script).finish("g", notification(t(1), n(1))).wait(delay);
    script.start(A, "next", get_notification(h(1))).wait(6_000)
}

/// The harness starts the client of that host.
fn started(script: Script) -> Script {
    script.event(Kind::Mark(Mark::Launched { client: "192.0.2.1".into(), wants: 1 }))
}

/// RegisterClient comes back with a referral.
fn referred(script: Script, name: &str) -> Script {
    let referral = Some(WideString::new(name));
    let outcome = returned(Out::RegisterClient(RegisterClientOut { referral, status: Hresult::OK }));
    let asked = register(h(1)).name(r"\\server\p").of(t(1)).style(ConversationStyle::UNIDIRECTIONAL);
    script.open_from(A, "192.0.2.1:50000").create(A, h(1)).call(A, asked.into(), outcome)
}

fn stays(script: Script) -> Script {
    referred(script, r"\\other").start(A, "g", get_notification(h(1))).wait(6_000).open_from(A2, "192.0.2.1:50001")
}

pub(super) static CASES: &[Case] = &[
    Case {
        rule: "MS-PAN/3.1.1.4.1/registration-leads-to-get-notification",
        requirement: "PAN-3.1.1.4.1-29",
        verdict: Warn,
        keeps: waits,
        breaks: |script| script.uni(A, h(1), t(1)).create(A, h(2)).start(A, "g", get_notification(h(2))).wait(6_000),
        also: &[
            "MS-PAN/3.1.1.4.1/registration-is-the-first-step",
            "MS-PAN/3.1.1.4.5/get-notification-needs-a-unidirectional-registration",
        ],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.1/registration-leads-to-get-notification",
        requirement: "PAN-3.1.1.4.1-29",
        verdict: Warn,
        // Who has no more interest says so; and who was cut off can't go on.
        keeps: |script| {
            let script = script.uni(A, h(2), t(1)).unregister(A, h(2)).delete(A, h(2)).wait(6_000);
            let script = script.uni(B, h(3), t(1)).close(B, trace::Direction::ToClient).run_down(B);
            waits(at_server(script))
        },
        breaks: |script| at_server(script).uni(A, h(1), t(1)).wait(6_000),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.1/registration-leads-to-get-new-channel",
        requirement: "PAN-3.1.1.4.1-30",
        verdict: Warn,
        keeps: |script| script.bidi(A, h(1), t(1)).start(A, "g", get_new_channel(h(1))).wait(6_000),
        breaks: |script| script.bidi(A, h(1), t(1)).wait(6_000),
        also: &["MS-PAN/3.1.1.4.3/get-new-channel-is-called-again"],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.1/referral-is-ignored",
        requirement: "PAN-3.1.1.4.1-13",
        verdict: Fail,
        keeps: stays,
        breaks: |script| {
            let asked = register(h(2)).name(r"\\OTHER\p").of(t(1)).style(ConversationStyle::UNIDIRECTIONAL);
            referred(started(script), r"\\other").unregister(A, h(1)).create(A, h(2)).start(A, "r", asked.into())
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.1/referral-is-ignored",
        requirement: "PAN-3.1.1.4.1-13",
        verdict: Fail,
        keeps: stays,
        breaks: |script| {
            let script = referred(started(script), r"\\other").start(A, "g", get_notification(h(1)));
            script.open_to(A2, "192.0.2.1:50001", "other:49670")
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.2.2.4/next-call-comes-without-delay",
        requirement: "PAN-3.2.2.4-05",
        verdict: Warn,
        keeps: |script| next(script, 900),
        breaks: |script| next(script, 1_100),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.2.2.4/next-call-comes-without-delay",
        requirement: "PAN-3.2.2.4-05",
        verdict: Warn,
        // When the printer is gone there is nothing more to come.
        keeps: |script| {
            let script = next(script, 10).finish("next", no_notification(Some(NotificationType::RELEASE), Hresult::OK));
            script.wait(9_000)
        },
        breaks: |script| waits(script).finish("g", notification(t(1), n(1))).wait(9_000),
        also: &["MS-PAN/3.1.1.4.5/get-notification-is-called-again"],
    },
    Case {
        rule: "MS-PAN/3.2.2.4/next-call-comes-without-delay",
        requirement: "PAN-3.2.2.4-05",
        verdict: Warn,
        keeps: |script| {
            let script = script.bidi(A, h(1), t(1)).call(A2, get_new_channel(h(1)), channels(&[h(2)], Hresult::OK));
            script.start(A2, "next", get_new_channel(h(1))).start(A, "f", crate::dialogue::first(h(2))).wait(6_000)
        },
        breaks: |script| {
            let script = script.bidi(A, h(1), t(1)).call(A2, get_new_channel(h(1)), channels(&[h(2)], Hresult::OK));
            let script = script.start(A, "f", crate::dialogue::first(h(2))).wait(2_000);
            script.start(A2, "next", get_new_channel(h(1))).finish("f", Outcome::Lost)
        },
        also: AGAIN,
    },
];

const REFERRAL: &str = "MS-PAN/3.1.1.4.1/referral-is-ignored";

/// RegisterClient for the server that the client was referred to.
fn goes_there(script: Script) -> Script {
    let asked = register(h(2)).name(r"\\OTHER\p").of(t(1)).style(ConversationStyle::UNIDIRECTIONAL);
    referred(script, r"\\other").unregister(A, h(1)).create(A, h(2)).start(A, "r", asked.into())
}

/// Whoever had dealings with a server before he was referred to it may go on with them; and of a host that nobody has started there may be
/// several programs.
#[rstest]
#[case::of_a_client_that_was_started(goes_there(started(Script::new())), 1, 0)]
#[case::of_a_host(goes_there(Script::new()), 0, 1)]
#[case::where_it_was_registered_before(
    goes_there(
        started(Script::new()).open_from(A, "192.0.2.1:50000").create(A, h(3))
            .call(A, register(h(3)).name(r"\\other\q").into(), registered(Hresult::OK))
    ),
    0, 0
)]
fn servers_that_a_client_is_referred_to(#[case] script: Script, #[case] failed: usize, #[case] open: usize) {
    let given = verdicts(REFERRAL, script);
    let count = |wanted| given.iter().filter(|verdict| **verdict == wanted).count();
    assert_eq!((count(Fail), count(Inconclusive)), (failed, open));
}
