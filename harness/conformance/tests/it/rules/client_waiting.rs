//! When clients call GetNewChannel and GetNotification, and the order of their diagrams ([MS-PAN] 3.1.1.4.3, 3.1.1.4.5,
//! 3.2.2).

use conformance::Severity::{Fail, Warn};
use conformance::event::Outcome;
use dcerpc::ContextHandle;
use mspan::{ConversationStyle, Hresult, NotificationType};
use rstest::rstest;
use trace::{Direction, Vantage};

use crate::case::{Case, decided};
use crate::dialogue::*;
use crate::script::*;

const BIDI: &str = "MS-PAN/3.1.1.4.3/get-new-channel-needs-a-bidirectional-registration";
const UNI: &str = "MS-PAN/3.1.1.4.5/get-notification-needs-a-unidirectional-registration";
const BIDI_LEFT: &str = "MS-PAN/3.1.1.4.3/get-new-channel-ends-with-the-registration";
const UNI_LEFT: &str = "MS-PAN/3.1.1.4.5/get-notification-ends-with-the-registration";
const BIDI_AGAIN: &str = "MS-PAN/3.1.1.4.3/get-new-channel-is-called-again";
const UNI_AGAIN: &str = "MS-PAN/3.1.1.4.5/get-notification-is-called-again";
const SERVED: &str = "MS-PAN/3.1.1.4.3/every-channel-is-served";
const TOLD: &str = "MS-PAN/3.1.1.4.5/lost-interest-is-told";
const OWN: &str = "MS-PAN/3.2.2/own-unregistration-ends-the-wait";
const PARALLEL: &str = "MS-PAN/3.2.2/channels-run-in-parallel";
const END: &str = "MS-PAN/3.2.2/nothing-follows-the-end";
/// A's third connection.
const A3: Line = Line(5, 0);

pub(super) static CASES: &[Case] = &[
    Case {
        rule: BIDI,
        requirement: "PAN-3.1.1.4.3-01",
        verdict: Fail,
        keeps: |s| s.offer(T),
        breaks: |s| s.uni(A, h(1), T).start(A, "a", get_new_channel(h(1))),
        also: &[],
    },
    Case {
        rule: BIDI,
        requirement: "PAN-3.1.1.4.3-02",
        verdict: Fail,
        keeps: |s| s.offer(T),
        breaks: |s| s.offer(T).create(A, h(2)).start(A, "a", get_new_channel(h(2))),
        also: &[],
    },
    Case {
        rule: BIDI,
        requirement: "PAN-3.1.1.4.3-28",
        verdict: Fail,
        keeps: |s| s.offer(T),
        breaks: |s| refused(s, ConversationStyle::BIDIRECTIONAL).start(A, "a", get_new_channel(h(1))),
        also: &[],
    },
    Case {
        rule: BIDI,
        requirement: "PAN-3.1.1.4.3-02",
        verdict: Fail,
        keeps: |s| s.offer(T),
        breaks: |s| s.offer(T).start(A, "a", get_new_channel(h(77))),
        also: &[],
    },
    Case {
        rule: UNI,
        requirement: "PAN-3.1.1.4.5-01",
        verdict: Fail,
        keeps: |s| s.uni(A, h(1), T).start(A, "a", get_notification(h(1))),
        breaks: |s| s.bidi(A, h(1), T).start(A, "a", get_notification(h(1))),
        also: &[],
    },
    Case {
        rule: UNI,
        requirement: "PAN-3.1.1.4.5-02",
        verdict: Fail,
        keeps: |s| s.uni(A, h(1), T).start(A, "a", get_notification(h(1))),
        breaks: |s| s.uni(A, h(1), T).create(A, h(2)).start(A, "a", get_notification(h(2))),
        also: &[],
    },
    Case {
        rule: UNI,
        requirement: "PAN-3.1.1.4.5-32",
        verdict: Fail,
        keeps: |s| s.uni(A, h(1), T).start(A, "a", get_notification(h(1))),
        breaks: |s| refused(s, ConversationStyle::UNIDIRECTIONAL).start(A, "a", get_notification(h(1))),
        also: &[],
    },
    // Its answer is on the way at the same time: the client may have had it or not.
    Case {
        rule: UNI,
        requirement: "PAN-3.1.1.4.5-32",
        verdict: Fail,
        keeps: |s| s.uni(A, h(1), T).start(A, "a", get_notification(h(1))),
        breaks: |mut s| {
            s.config.vantage = Vantage::Server;
            let register = register(h(1)).of(T).into();
            s.create(A, h(1)).start(A, "r", register).start(A2, "a", get_notification(h(1)))
        },
        also: &[],
    },
    Case {
        rule: BIDI_LEFT,
        requirement: "PAN-3.1.1.4.3-29",
        verdict: Fail,
        keeps: |s| s.heard().call(A, release(HA), closed(Hresult::OK)).leaves(),
        breaks: |s| ended(s.offer(T)).start(A, "a", get_new_channel(h(1))),
        also: &[],
    },
    Case {
        rule: UNI_LEFT,
        requirement: "PAN-3.1.1.4.5-33",
        verdict: Fail,
        keeps: |s| quits(s.uni(A, h(1), T).unregister(A, h(1))),
        breaks: |s| s.uni(A, h(1), T).unregister(A, h(1)).start(A, "a", get_notification(h(1))),
        also: &[],
    },
    // Calls that cross on two connections accuse nobody; much later they don't cross any more.
    Case {
        rule: UNI_LEFT,
        requirement: "PAN-3.1.1.4.5-33",
        verdict: Fail,
        keeps: |mut s| {
            s.config.vantage = Vantage::Server;
            let s = s.uni(A, h(1), T).open(A2).unregister(A2, h(1)).start(A, "a", get_notification(h(1)));
            let s = s.finish("a", no_notification(None, Hresult::ALREADY_UNREGISTERED));
            quits(s.uni(A, h(2), T).unregister(A, h(2)).delete(A, h(2)).close(A2, Direction::ToServer))
        },
        breaks: |mut s| {
            s.config.vantage = Vantage::Server;
            let s = s.uni(A, h(1), T).open(A2).unregister(A2, h(1)).wait(10_000);
            s.start(A, "a", get_notification(h(1)))
        },
        also: &[],
    },
    Case {
        rule: BIDI_AGAIN,
        requirement: "PAN-3.1.1.4.3-26",
        verdict: Warn,
        keeps: |s| s.heard().start(A, "a", respond(HA, n(21))).wait(6_000),
        breaks: |s| s.bidi(A, h(1), T).wait(6_000),
        also: &[],
    },
    Case {
        rule: BIDI_AGAIN,
        requirement: "PAN-3.1.1.4.3-26",
        verdict: Warn,
        keeps: |s| s.heard().call(A, release(HA), closed(Hresult::OK)).wait(6_000).leaves(),
        breaks: |s| {
            let s = s.joins(A, h(1), &[HA]).reads(A, HA, n(1)).call(A, release(HA), closed(Hresult::OK));
            s.wait(6_000)
        },
        also: &["MS-PAN/3.2.2.4/next-waiting-call-comes-at-once"],
    },
    Case {
        rule: UNI_AGAIN,
        requirement: "PAN-3.1.1.4.5-30",
        verdict: Warn,
        keeps: |s| notified(s).start(A, "a", get_notification(h(1))).wait(6_000),
        breaks: |s| notified(s).wait(6_000),
        also: &["MS-PAN/3.2.2.4/next-waiting-call-comes-at-once"],
    },
    Case {
        rule: BIDI_AGAIN,
        requirement: "PAN-3.1.1.4.3-26",
        verdict: Warn,
        // Once somebody may change his mind.
        keeps: |s| {
            let s = one_channel(s, 2).bidi(A, h(3), T).start(A, "waits", get_new_channel(h(3)));
            s.wait(6_000).unregister(A2, h(3)).finish("waits", fault(0x8007_071A)).delete(A, h(3))
        },
        breaks: |s| one_channel(one_channel(s, 2), 3).bidi(A, h(4), T),
        also: &[],
    },
    Case {
        rule: UNI_AGAIN,
        requirement: "PAN-3.1.1.4.5-30",
        verdict: Warn,
        // Others are interested in something else, or later.
        keeps: |s| {
            let s = notified(s).start(A, "again", get_notification(h(1))).wait(6_000).unregister(A2, h(1));
            let s = s.finish("again", fault(0x8007_071A)).delete(A, h(1));
            let s = one_notification(one_notification(s, 2), 3).wait(6_000).uni(A, h(4), T);
            let s = s.start(A, "later", get_notification(h(4))).wait(6_000).unregister(A2, h(4));
            let s = one_notification(s.finish("later", fault(0x8007_071A)).delete(A, h(4)), 5);
            s.uni(A, h(6), t(2)).start(A, "another", get_notification(h(6))).wait(6_000)
        },
        breaks: |s| one_notification(one_notification(s, 2), 3).uni(A, h(4), T),
        also: &[],
    },
    Case {
        rule: SERVED,
        requirement: "PAN-3.1.1.4.3-27",
        verdict: Warn,
        keeps: |s| s.answered(),
        breaks: |s| s.offer(T).wait(6_000),
        also: &[],
    },
    Case {
        rule: TOLD,
        requirement: "PAN-3.1.1.4.5-31",
        verdict: Warn,
        keeps: |s| quits(s.uni(A, h(1), T).unregister(A, h(1))),
        breaks: |s| {
            let s = s.uni(A, h(1), T).start(A, "a", get_notification(h(1))).finish("a", Outcome::Lost);
            s.close(A, Direction::ToServer).run_down(A)
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.2.2/notification-leads-back-to-the-registration",
        requirement: "PAN-3.2.2-02",
        verdict: Fail,
        keeps: |s| notified(s).unregister(A, h(1)),
        breaks: |s| notified(s).start(A, "d", delete(h(1))),
        also: &["MS-PAN/3.1.2.4.2/client-unregisters-before-it-deletes"],
    },
    Case {
        rule: OWN,
        requirement: "PAN-3.2.2-03",
        verdict: Fail,
        keeps: |s| {
            let s = ended(s.offer(T)).register(A, h(1), T, ConversationStyle::BIDIRECTIONAL);
            s.start(A2, "anew", get_new_channel(h(1)))
        },
        breaks: |s| ended(s.offer(T)).start(A2, "anew", get_new_channel(h(1))),
        also: &[],
    },
    Case {
        rule: PARALLEL,
        requirement: "PAN-3.2.2-05",
        verdict: Fail,
        keeps: |s| {
            let s = s.joins(A, h(1), &[HA, HC]).start(A2, "more", get_new_channel(h(1)));
            s.start(A, "a", first(HA)).start(A3, "c", first(HC)).wait(6_000)
        },
        breaks: |s| {
            let s = s.joins(A, h(1), &[HA, HC]).start(A2, "more", get_new_channel(h(1)));
            s.start(A, "a", first(HA)).wait(6_000)
        },
        also: &[SERVED],
    },
    Case {
        rule: PARALLEL,
        requirement: "PAN-3.2.2-05",
        verdict: Fail,
        keeps: |s| s.offer(T).start(A, "a", first(HA)).wait(6_000),
        breaks: |s| s.joins(A, h(1), &[HA]).start(A, "a", first(HA)).wait(6_000),
        also: &[BIDI_AGAIN, "MS-PAN/3.2.2.4/next-waiting-call-comes-at-once"],
    },
    Case {
        rule: "MS-PAN/3.2.2/channel-starts-with-its-notification",
        requirement: "PAN-3.2.2-06",
        verdict: Fail,
        keeps: |s| s.heard(),
        breaks: |s| s.offer(T).call(A, release(HA), closed(Hresult::OK)).wait(6_000),
        also: &[],
    },
    Case {
        rule: END,
        requirement: "PAN-3.2.2-07",
        verdict: Fail,
        keeps: |s| s.offer(T).call(A, first(HA), released()).leaves(),
        breaks: |s| s.offer(T).call(A, first(HA), released()).start(A, "a", first(HA)),
        also: &[],
    },
    Case {
        rule: END,
        requirement: "PAN-3.2.2-09",
        verdict: Fail,
        keeps: |s| s.answered().finish("a", released()).leaves(),
        breaks: |s| s.answered().finish("a", released()).start(A, "b", respond(HA, n(22))),
        also: &[],
    },
    Case {
        rule: END,
        requirement: "PAN-3.2.2-10",
        verdict: Fail,
        keeps: |s| s.answered().finish("a", brings(NULL, n(2))).leaves(),
        breaks: |s| s.answered().finish("a", brings(NULL, n(2))).start(A, "b", finally(HA, n(22))),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.2.2/notification-is-closed-or-responded-to",
        requirement: "PAN-3.2.2-08",
        verdict: Warn,
        keeps: |s| s.heard().call(A, release(HA), closed(Hresult::OK)),
        breaks: |s| s.heard().start(A, "a", respond_as(HA, NotificationType::RELEASE, bytes::Bytes::new())),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.2.2/notification-is-closed-or-responded-to",
        requirement: "PAN-3.2.2-08",
        verdict: Fail,
        keeps: |s| s.answered(),
        breaks: |s| s.heard().start(A, "a", first(HA)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.2.2/responses-and-notifications-alternate",
        requirement: "PAN-3.2.2-11",
        verdict: Fail,
        keeps: |s| s.answered().finish("a", brings(HA, n(2))).start(A, "b", respond(HA, n(22))),
        breaks: |s| s.answered().start(A3, "b", respond(HA, n(22))),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.2.2/responses-and-notifications-alternate",
        requirement: "PAN-3.2.2-11",
        verdict: Fail,
        keeps: |s| s.answered().finish("a", brings(HA, n(2))).start(A, "b", respond(HA, n(22))),
        // The server has seen the one response before it answered the bind of the other's connection.
        breaks: |mut s| {
            s.config.vantage = Vantage::Server;
            let s = s.answered().open(A3).pdu(A3, Direction::ToServer, 11, 1).pdu(A3, Direction::ToClient, 12, 1);
            s.start(A3, "b", respond(HA, n(22)))
        },
        also: &[],
    },
];

const NULL: ContextHandle = ContextHandle::NULL;

/// RegisterClient fails.
fn refused(script: Script, style: ConversationStyle) -> Script {
    let register = register(h(1)).of(T).style(style).into();
    script.create(A, h(1)).call(A, register, registered(Hresult::ACCESS_DENIED))
}

/// A unregisters, and its GetNewChannel fails for that.
fn ended(script: Script) -> Script {
    let script = script.call(A, first(HA), released()).unregister(A, h(1));
    script.finish("more", channels(&[], Hresult::NOTIFICATIONS_TERMINATED))
}

/// GetNotification has brought something.
fn notified(script: Script) -> Script {
    script.uni(A, h(1), T).notify(T, n(1)).call(A, get_notification(h(1)), notification(T, n(1)))
}

/// A registers an object for one notification.
fn one_notification(script: Script, number: u8) -> Script {
    let (object, data) = (h(number.into()), n(number));
    let script = script.uni(A, object, T).notify(T, data.clone());
    script.call(A, get_notification(object), notification(T, data)).unregister(A, object).delete(A, object)
}

/// GetNotification brings something.
fn brought(number: u8) -> Outcome {
    notification(T, n(number))
}

/// A registers for the same three times, and twice unregisters by a connection when GetNotification has come back.
fn one_each(script: Script, outcome: fn(u8) -> Outcome, line: Line) -> Script {
    let script = [2, 3].into_iter().fold(script.open(A2), |script, number| {
        let object = h(number.into());
        let script = script.uni(A, object, T).call(A, get_notification(object), outcome(number));
        script.unregister(line, object).delete(line, object)
    });
    script.uni(A, h(4), T)
}

/// A unregisters, and its GetNotification brings something before it knows that it is unregistered.
fn crossing(script: Script, number: u8) -> Script {
    let object = h(number.into());
    let script = script.uni(A, object, T).start(A, "g", get_notification(object)).start(A2, "u", unregister(object));
    let script = script.finish("g", notification(T, n(number))).finish("u", unregistered(Hresult::OK));
    script.delete(A, object)
}

/// A registers an object for one channel.
fn one_channel(script: Script, number: u8) -> Script {
    let (object, channel) = (h(number.into()), h(u128::from(number) + 20));
    let script = script.opens(["c0", "c1", "c2", "c3"][usize::from(number)], Some(n(number)));
    let script = script.bidi(A, object, T).offered(A, object, &[channel]).reads(A, channel, n(number));
    script.call(A, release(channel), closed(Hresult::OK)).unregister(A, object).delete(A, object)
}

/// A deletes its object and goes.
fn quits(script: Script) -> Script {
    script.delete(A, h(1)).close(A, Direction::ToServer).run_down(A)
}

fn by_server(script: Script) -> Script {
    let mut script = script;
    script.config.vantage = Vantage::Server;
    script
}

/// A mode that has no meaning.
fn odd(script: Script) -> Script {
    script.create(A, h(1)).register(A, h(1), T, ConversationStyle(7))
}

/// A has called GetNotification, been given a notification and does nothing more.
fn idle(script: Script) -> Script {
    notified(script).wait(6_000)
}

/// GetNotification tells that the printer is gone.
fn final_release(script: Script) -> Script {
    let release = no_notification(Some(NotificationType::RELEASE), Hresult::OK);
    script.uni(A, h(1), T).call(A, get_notification(h(1)), release)
}

#[rstest]
#[case::unregistered(UNI, Script::new().create(A, h(1)).start(A, "g", get_notification(h(1))), "3.1.1.4.5-02 fail, 3.1.1.4.5-32 fail")]
#[case::unknown(UNI, Script::new().open(A).start(A, "g", get_notification(h(77))), "3.1.1.4.5-02 fail, 3.1.1.4.5-32 fail")]
#[case::unknown_after_a_gap(
    UNI,
    Script::new().open(A).gap(A, Direction::ToClient, conformance::event::Layer::Pdu, false)
        .start(A, "g", get_notification(h(77))),
    ""
)]
#[case::unknown_after_an_object_that_could_not_be_read(
    UNI, Script::new().call(A, create(), unreadable()).start(A, "g", get_notification(h(77))), ""
)]
#[case::null(UNI, Script::new().open(A).start(A, "g", get_notification(NULL)), "3.1.1.4.5-02 fail, 3.1.1.4.5-32 fail")]
#[case::registered(UNI, Script::new().uni(A, h(1), T).start(A, "g", get_notification(h(1))), "2.2.3-01 pass, 3.1.1.4.5-01 pass, 3.1.1.4.5-02 pass, 3.1.1.4.5-32 pass")]
#[case::registered_for_channels(UNI, Script::new().bidi(A, h(1), T).start(A, "g", get_notification(h(1))), "2.2.3-01 fail, 3.1.1.4.5-01 fail, 3.1.1.4.5-02 fail")]
#[case::registered_for_nothing(UNI, odd(Script::new()).start(A, "g", get_notification(h(1))), "2.2.3-01 fail, 3.1.1.4.5-01 fail, 3.1.1.4.5-02 fail")]
#[case::that_may_not_know(
    UNI, by_server(Script::new()).bidi(A, h(1), T).open(A2).unregister(A2, h(1)).register(A, h(1), T, ConversationStyle::BIDIRECTIONAL)
        .start(A2, "g", get_notification(h(1))),
    ""
)]
#[case::after_the_end(UNI_LEFT, Script::new().uni(A, h(1), T).unregister(A, h(1)).start(A, "g", get_notification(h(1))), "3.1.1.4.5-33 fail")]
#[case::before_the_end(
    UNI_LEFT, Script::new().uni(A, h(1), T).start(A, "g", get_notification(h(1))).unregister(A2, h(1)).finish("g", fault(0x8007_071A)), ""
)]
#[case::after_an_end_that_failed(
    UNI_LEFT,
    Script::new().uni(A, h(1), T).call(A, unregister(h(1)), unregistered(Hresult::NOT_REGISTERED))
        .start(A, "g", get_notification(h(1))),
    ""
)]
#[case::after_a_new_registration(
    UNI_LEFT,
    Script::new().uni(A, h(1), T).unregister(A, h(1)).register(A, h(1), T, ConversationStyle::UNIDIRECTIONAL)
        .start(A, "g", get_notification(h(1))),
    ""
)]
#[case::left_for_good(
    UNI_LEFT,
    notified(Script::new()).unregister(A, h(1)).delete(A, h(1)).close(A, Direction::ToServer).run_down(A),
    "3.1.1.4.5-33 pass"
)]
#[case::left_with_another_call(
    UNI_LEFT,
    notified(Script::new()).unregister(A, h(1)).call(A, get_notification(h(1)), fault(0x8004_000C)).delete(A, h(1))
        .close(A, Direction::ToServer).run_down(A),
    "3.1.1.4.5-33 fail"
)]
#[case::left_unsaid(UNI_LEFT, notified(Script::new()).delete(A, h(1)).close(A, Direction::ToServer).run_down(A), "")]
#[case::called_once(UNI_AGAIN, idle(Script::new()), "3.1.1.4.5-30 warn")]
#[case::called_again(UNI_AGAIN, notified(Script::new()).start(A, "g", get_notification(h(1))).wait(6_000), "3.1.1.4.5-30 pass")]
#[case::called_again_before(
    UNI_AGAIN,
    Script::new().uni(A, h(1), T).start(A, "g", get_notification(h(1))).start(A2, "h", get_notification(h(1))).notify(T, n(1))
        .finish("g", notification(T, n(1))).wait(6_000),
    "3.1.1.4.5-30 pass"
)]
#[case::called_again_before_and_refused(
    UNI_AGAIN,
    Script::new().uni(A, h(1), T).start(A, "g", get_notification(h(1))).call(A2, get_notification(h(1)), fault(0x8004_000C))
        .notify(T, n(1)).finish("g", notification(T, n(1))).wait(6_000),
    "3.1.1.4.5-30 warn"
)]
#[case::unregistered_then(UNI_AGAIN, notified(Script::new()).unregister(A, h(1)).wait(6_000), "")]
#[case::deleted_then(UNI_AGAIN, notified(Script::new()).violating(&["PAN-3.1.2.4.2-03"]).delete(A, h(1)).wait(6_000), "")]
#[case::told_of_the_end(UNI_AGAIN, final_release(Script::new()).wait(6_000), "")]
#[case::in_the_other_mode(
    UNI_AGAIN, Script::new().bidi(A, h(1), T).call(A, get_notification(h(1)), notification(T, n(1))).wait(6_000), ""
)]
#[case::after_registration_alone(UNI_AGAIN, Script::new().uni(A, h(1), T).wait(6_000), "")]
#[case::after_registration_for_channels(BIDI_AGAIN, Script::new().bidi(A, h(1), T).wait(6_000), "3.1.1.4.3-26 warn")]
#[case::after_registration_for_one_direction(BIDI_AGAIN, Script::new().uni(A, h(1), T).wait(6_000), "")]
#[case::unregistered_in_vain_then(
    UNI_AGAIN, notified(Script::new()).call(A, unregister(h(1)), unregistered(Hresult::INVALID_ARGUMENT)).wait(6_000), ""
)]
#[case::called_once_by_one_who_is_gone(
    UNI_AGAIN, notified(Script::new()).close(A, Direction::ToServer).run_down(A).wait(6_000), ""
)]
#[case::for_one_each(UNI_AGAIN, one_each(Script::new(), brought, A), "3.1.1.4.5-30 warn")]
#[case::for_one_each_as_the_server_sees_it(
    UNI_AGAIN,
    one_each(by_server(Script::new()), brought, A),
    "3.1.1.4.5-30 warn"
)]
#[case::for_one_each_that_may_not_have_come(UNI_AGAIN, one_each(by_server(Script::new()), brought, A2), "")]
#[case::for_one_each_by_another_connection(UNI_AGAIN, one_each(Script::new(), brought, A2), "3.1.1.4.5-30 warn")]
#[case::for_the_end_each(
    UNI_AGAIN, one_each(Script::new(), |_| no_notification(Some(NotificationType::RELEASE), Hresult::OK), A), ""
)]
#[case::for_no_type_each(UNI_AGAIN, one_each(Script::new(), |_| no_notification(None, Hresult::OK), A), "")]
#[case::for_a_failure_each(UNI_AGAIN, one_each(Script::new(), |_| no_notification(None, Hresult::INVALID_ARGUMENT), A), "")]
#[case::for_one_each_that_came_too_late(UNI_AGAIN, crossing(crossing(Script::new(), 2), 3).uni(A, h(4), T), "")]
#[case::for_one_and_then_in_vain(
    UNI_AGAIN,
    notified(Script::new()).unregister(A, h(1)).register(A, h(1), T, ConversationStyle::UNIDIRECTIONAL)
        .start(A, "g", get_notification(h(1))).unregister(A2, h(1)).finish("g", fault(0x8007_071A))
        .register(A, h(1), T, ConversationStyle::UNIDIRECTIONAL),
    ""
)]
#[case::served(SERVED, Script::new().joins(A, h(1), &[HA]).start(A, "a", first(HA)).wait(6_000), "3.1.1.4.3-27 pass")]
#[case::not_served(SERVED, Script::new().joins(A, h(1), &[HA]).wait(6_000), "3.1.1.4.3-27 warn")]
#[case::not_served_by_one_who_left(SERVED, Script::new().joins(A, h(1), &[HA]).unregister(A, h(1)).wait(6_000), "")]
#[case::not_served_by_one_who_is_gone(
    SERVED, Script::new().joins(A, h(1), &[HA]).close(A, Direction::ToServer).run_down(A).wait(6_000), ""
)]
#[case::told(TOLD, notified(Script::new()).unregister(A, h(1)).delete(A, h(1)).close(A, Direction::ToServer).run_down(A), "3.1.1.4.5-31 pass")]
#[case::not_told(TOLD, notified(Script::new()).close(A, Direction::ToServer).run_down(A), "3.1.1.4.5-31 warn")]
#[case::cut_off(TOLD, notified(Script::new()).close(A, Direction::ToClient).run_down(A), "")]
#[case::not_told_what_did_not_arrive(
    TOLD, by_server(Script::new()).uni(A, h(1), T).close(A, Direction::ToServer).run_down(A), ""
)]
#[case::deleted(TOLD, notified(Script::new()).delete(A, h(1)).close(A, Direction::ToServer).run_down(A), "")]
fn waiting_calls(#[case] rule: &str, #[case] script: Script, #[case] expected: &str) {
    assert_eq!(decided(rule, script), expected);
}

const FIGURE_8: &str = "MS-PAN/3.2.2/notification-leads-back-to-the-registration";
const BEGINNING: &str = "MS-PAN/3.2.2/channel-starts-with-its-notification";
const ANSWER: &str = "MS-PAN/3.2.2/notification-is-closed-or-responded-to";

/// Of two channels one is served, and waits.
fn starving(script: Script) -> Script {
    let script = script.joins(A, h(1), &[HA, HC]).start(A2, "more", get_new_channel(h(1)));
    script.start(A, "a", first(HA))
}

#[rstest]
#[case::deleted(FIGURE_8, notified(Script::new()).start(A, "d", delete(h(1))), "3.2.2-02 fail")]
#[case::deleted_before_it_may_have_come(
    FIGURE_8, notified(by_server(Script::new())).open(A2).start(A2, "d", delete(h(1))), ""
)]
#[case::called_again(FIGURE_8, notified(Script::new()).start(A, "g", get_notification(h(1))), "3.2.2-02 pass")]
#[case::starving(PARALLEL, starving(Script::new()).wait(6_000), "3.2.2-05 fail")]
#[case::starving_of_one_who_left(PARALLEL, starving(Script::new()).unregister(A3, h(1)).wait(6_000), "")]
#[case::starving_of_one_who_is_gone(
    PARALLEL,
    starving(Script::new()).finish("a", Outcome::Lost).finish("more", Outcome::Lost).close(A, Direction::ToServer)
        .close(A2, Direction::ToServer).run_down(A).wait(6_000),
    ""
)]
#[case::handles_with_a_failure(
    PARALLEL,
    Script::new().joins(A, h(1), &[HA]).start(A, "a", first(HA))
        .call(A2, get_new_channel(h(1)), channels(&[HC], Hresult::INVALID_ARGUMENT)).wait(6_000),
    "3.2.2-05 pass"
)]
#[case::closed_at_first(
    BEGINNING, Script::new().offer(T).call(A, release(HA), closed(Hresult::OK)).wait(6_000), "3.2.2-06 fail"
)]
#[case::closed_at_first_by_one_who_leaves(
    BEGINNING, Script::new().offer(T).call(A, release(HA), closed(Hresult::OK)).unregister(A, h(1)).wait(6_000), ""
)]
#[case::something_after_the_end(
    END, Script::new().offer(T).call(A, first(HA), released()).call(A, first(HA), fault(0x1C00_001A)).leaves(), "3.2.2-07 fail"
)]
#[case::the_end_after_a_failure(
    END,
    Script::new().offer(T).call(A, first(HA), fails(HA, Hresult::OUT_OF_MEMORY)).call(A, first(HA), released()).leaves(),
    "3.2.2-07 pass"
)]
#[case::a_first_word_that_is_the_last(END, Script::new().offer(T).call(A, first(HA), brings(NULL, n(1))).leaves(), "")]
#[case::a_call_after_the_last_word(
    ANSWER, Script::new().offer(T).call(A, first(HA), brings(NULL, n(1))).start(A, "a", first(HA)), ""
)]
#[case::a_call_after_a_release(
    ANSWER,
    Script::new().offer(T).call(A, first(HA), replies(HA, Some(NotificationType::RELEASE), None, Hresult::OK))
        .start(A, "a", first(HA)),
    ""
)]
#[case::a_call_after_a_failure(
    ANSWER,
    Script::new().offer(T).call(A, first(HA), replies(HA, Some(T), Some(n(1)), Hresult::OUT_OF_MEMORY)).start(A, "a", first(HA)),
    ""
)]
#[case::a_call_before_it_may_have_come(ANSWER, by_server(Script::new()).heard().start(A3, "a", first(HA)), "")]
#[case::a_third_call(
    ANSWER, Script::new().answered().finish("a", brings(HA, n(2))).start(A, "b", first(HA)), "3.2.2-08 pass"
)]
fn figures(#[case] rule: &str, #[case] script: Script, #[case] expected: &str) {
    assert_eq!(decided(rule, script), expected);
}

#[rstest]
#[case::a_release(released(), "no call on a channel after a reply with NOTIFICATION_RELEASE and NULL")]
#[case::a_last_word(brings(NULL, n(2)), "no call on a channel after a reply with NULL")]
fn findings_name_the_end(#[case] outcome: Outcome, #[case] expected: &str) {
    let script = Script::new().answered().finish("a", outcome).start(A, "b", respond(HA, n(22)));
    assert_eq!(script.judge(conformance::rules::rule(END)).findings[0].expected, expected);
}
