//! The life of a channel ([MS-PAN] 3.1.1 figure 7, 3.1.1.4.4, 3.1.1.6.3, 3.1.1.6.4): what a GetNotificationSendResponse
//! brings.

use mspan::Method;

use super::exchange::{CONTEXT_MISMATCH, Exchange, data, is_notification, others_acted, overdue, reply, server};
use crate::catalogue::Level;
use crate::event::Event;
use crate::fact::Facts;
use crate::model::channel::{Belief, ChannelCall, Reason};
use crate::occasion::Occasions;
use crate::rule::{Rule, Verdicts};
use crate::scene::Scene;

const GNSR: &str = "3.1.1.4.4";

/// The rules about delivery.
pub(super) static RULES: &[Rule] = &[
    server("MS-PAN/3.1.1.4.3/handles-work", "3.1.1.4.3", Level::Must, &["PAN-3.1.1.4.3-06"], handles_work)
        .at(Occasions::FINISHED.of(&[Method::CloseChannel, Method::GetNotificationSendResponse])),
    server(
        "MS-PAN/3.1.1.4.4/data-is-what-the-source-sent",
        GNSR,
        Level::Must,
        &["PAN-3.1.1.4.4-21"],
        data_is_what_the_source_sent,
    )
    .at(Occasions::FINISHED.of(&[Method::GetNotificationSendResponse]).given(Facts::EVENTFUL)),
    server(
        "MS-PAN/3.1.1/first-call-does-not-acquire",
        "3.1.1",
        Level::Must,
        &["PAN-3.1.1-11"],
        first_call_does_not_acquire,
    )
    .at(Occasions::FINISHED.of(&[Method::GetNotificationSendResponse]).given(Facts::EVENTFUL)),
    server(
        "MS-PAN/3.1.1/notification-keeps-the-channel-open",
        "3.1.1",
        Level::Must,
        &["PAN-3.1.1-15"],
        notification_keeps_the_channel_open,
    )
    .at(Occasions::FINISHED.of(&[Method::GetNotificationSendResponse]).given(Facts::EVENTFUL)),
    server(
        "MS-PAN/3.1.1/channels-outlive-the-registration",
        "3.1.1",
        Level::Must,
        &["PAN-3.1.1-10"],
        channels_outlive_the_registration,
    )
    .at(Occasions::FINISHED.of(&[Method::CloseChannel, Method::GetNotificationSendResponse]).given(Facts::EVENTFUL)),
    server(
        "MS-PAN/3.1.1.6.3/one-notification-at-a-time",
        "3.1.1.6.3",
        Level::MustNot,
        &["PAN-3.1.1.6.3-02"],
        one_notification_at_a_time,
    )
    .at(Occasions::FINISHED.of(&[Method::GetNotificationSendResponse]).given(Facts::EVENTFUL)),
    server(
        "MS-PAN/3.1.1.6.3/initial-notification-is-held",
        "3.1.1.6.3",
        Level::Must,
        &["PAN-3.1.1.6.3-03"],
        initial_notification_is_held,
    )
    .at(Occasions::FINISHED.of(&[Method::GetNotificationSendResponse]).or(Occasions::OVER).given(Facts::EVENTFUL)),
    server(
        "MS-PAN/3.1.1.6.3/next-notification-goes-out-at-once",
        "3.1.1.6.3",
        Level::Must,
        &["PAN-3.1.1.6.3-04"],
        next_notification_goes_out_at_once,
    )
    .at(Occasions::FINISHED.of(&[Method::GetNotificationSendResponse]).or(Occasions::OVER).given(Facts::EVENTFUL)),
    server(
        "MS-PAN/3.1.1.6.4/close-reaches-the-client",
        "3.1.1.6.4",
        Level::Must,
        &["PAN-3.1.1.6.4-01"],
        close_reaches_the_client,
    )
    .at(Occasions::FINISHED.of(&[Method::GetNotificationSendResponse]).or(Occasions::OVER).given(Facts::EVENTFUL)),
];

fn handles_work(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(exchange) = Exchange::any(model, event).filter(Exchange::is_live) else { return };
    match exchange.fault() {
        Some(CONTEXT_MISMATCH) if exchange.has_no_excuse() && exchange.view.returned.is_some() => {
            verdicts.fail("a handle that GetNewChannel returned stands for a channel", exchange.shown());
        }
        None if exchange.code().is_none() && exchange.view.returned.is_some() => {
            verdicts.pass();
        }
        _ => {}
    }
}

fn data_is_what_the_source_sent(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some((exchange, output)) = Exchange::gnsr_live(model, event) else { return };
    let octets = data(output);
    if !is_notification(output) || exchange.standing.lost.sure() {
        return;
    }
    let (expected, waiting) = (
        model.channels.expects(exchange.view, &octets, exchange.now),
        model.channels.may_deliver(exchange.view, exchange.now),
    );
    let sent = model.channels.ever_sent(exchange.view, &octets, exchange.now);
    if expected.sure() || expected == Belief::No && output.channel.is_null() && sent {
        verdicts.pass();
    } else if expected == Belief::No && waiting.sure() && !skips(model, &exchange, &octets) {
        let actual = alloc::format!("{} octets that are not the next notification", octets.len());
        verdicts.fail("the octets that the source sent", actual);
    }
}

fn first_call_does_not_acquire(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    const EXPECTED: &str =
        "the first call brings the first notification to every client, keeps the channel open and acquires nothing";
    let Some((exchange, output)) = Exchange::gnsr_live(model, event) else { return };
    if exchange.call.first != Belief::Yes {
        return;
    }
    let delivers = model.channels.expects(exchange.view, &data(output), exchange.now).sure() && is_notification(output);
    if !output.channel.is_null() {
        if delivers && output.channel != exchange.view.handle {
            verdicts.fail(EXPECTED, "another handle than the one given");
        } else if delivers {
            verdicts.pass();
        }
        return;
    }
    let acted = others_acted(model, exchange.call);
    let others = model.channels.siblings(exchange.call).any(|other| !other.calls.is_empty());
    if exchange.has_no_excuse() && (delivers || others && !acted) {
        verdicts.fail(EXPECTED, reply(output));
    }
}

fn notification_keeps_the_channel_open(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some((exchange, output)) = Exchange::gnsr_live(model, event) else { return };
    let delivers = model.channels.expects(exchange.view, &data(output), exchange.now).sure() && is_notification(output);
    if exchange.call.first == Belief::Yes || !delivers {
        return;
    }
    if output.channel == exchange.view.handle {
        verdicts.pass();
    } else if !output.channel.is_null() || exchange.has_no_excuse() {
        verdicts.fail("pChannel stays as it was, for the source keeps the channel open", reply(output));
    }
}

fn channels_outlive_the_registration(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    const EXPECTED: &str = "a channel goes on when its registration or remote object is gone";
    let Some(exchange) = Exchange::any(model, event).filter(Exchange::is_live) else { return };
    let excused = exchange.standing.may_end() || exchange.standing.overlapped || exchange.cancelled;
    if !exchange.registration_ended || excused {
        return;
    }
    let typeless = exchange.call.notification_type.is_none() && exchange.call.first != Belief::Yes;
    if typeless || exchange.has_other_type() && !exchange.releases() || exchange.is_too_large() {
        return;
    }
    let nulled = Exchange::gnsr_success(model, event).is_some_and(|(_, output)| output.channel.is_null());
    if exchange.code().is_some() || nulled {
        verdicts.warn(EXPECTED, exchange.shown());
    } else {
        verdicts.pass();
    }
}

fn one_notification_at_a_time(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some((exchange, output)) = Exchange::gnsr_live(model, event) else { return };
    let octets = data(output);
    if !is_notification(output) || exchange.standing.lost.possible() {
        return;
    }
    if skips(model, &exchange, &octets) {
        let expected = "a notification follows the one before only when that has been answered";
        verdicts.fail(expected, "a later notification, and the one before has not been delivered");
    } else if model.channels.expects(exchange.view, &octets, exchange.now).sure() {
        verdicts.pass();
    }
}

fn initial_notification_is_held(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    const EXPECTED: &str =
        "the initial notification is held, for all clients, until one has acquired the channel or its source closes it";
    if let Some((call, _, duty)) = overdue(model, event) {
        if duty.reason == Reason::Initial && was_delivered_elsewhere(model, call) {
            let actual = "another client was given it, and this call has not returned";
            verdicts.fail(EXPECTED, actual).about(call.id).within(model.config().prompt);
        }
        return;
    }
    let Some((exchange, output)) = Exchange::gnsr_live(model, event) else { return };
    if exchange.call.first != Belief::Yes || !is_notification(output) {
        return;
    }
    let delivers = model.channels.expects(exchange.view, &data(output), exchange.now).sure();
    if !delivers {
        return;
    }
    let gone = exchange.standing.lost.sure();
    if gone && !output.channel.is_null() {
        verdicts.fail(EXPECTED, "it was given to a client after another had acquired the channel");
    } else if was_delivered_elsewhere(model, exchange.call) {
        verdicts.pass();
    }
}

fn next_notification_goes_out_at_once(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    if let Some((call, _, duty)) = overdue(model, event) {
        if duty.reason == Reason::Next {
            let expected =
                "a further notification goes out at once by the call that brought the response to the one before";
            verdicts.fail(expected, "the call has not returned").about(call.id).within(model.config().prompt);
        }
        return;
    }
    let Some((exchange, output)) = Exchange::gnsr_live(model, event) else { return };
    let delivers = model.channels.expects(exchange.view, &data(output), exchange.now).sure() && is_notification(output);
    if exchange.call.first == Belief::No && delivers {
        verdicts.pass();
    }
}

fn close_reaches_the_client(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    if let Some((call, _, duty)) = overdue(model, event) {
        if duty.reason == Reason::SourceClosed && duty.since != call.started {
            let expected = "the end of an exchange reaches the clients: pending calls return with a NULL channel";
            verdicts.fail(expected, "the call has not returned").about(call.id).within(model.config().prompt);
        }
        return;
    }
    let Some((exchange, output)) = Exchange::gnsr_live(model, event) else { return };
    if exchange.standing.source_closed.possible() && output.channel.is_null() {
        verdicts.pass();
    }
}

/// Whether another client was given a notification of the same channel.
pub(super) fn was_delivered_elsewhere(model: &Scene<'_>, call: &ChannelCall) -> bool {
    model.channels.siblings(call).any(|other| !other.delivered.is_empty())
}

/// Whether octets are those of a notification that the handle has delivered before.
pub(super) fn is_initial_again(exchange: &Exchange<'_>, octets: &[u8]) -> bool {
    exchange.view.delivered.iter().any(|delivered| delivered == octets) && !octets.is_empty()
}

/// Whether octets are those of a notification behind the one that is next.
fn skips(model: &Scene<'_>, exchange: &Exchange<'_>, octets: &bytes::Bytes) -> bool {
    let fresh = !exchange.view.delivered.contains(octets);
    let expected = model.channels.expects(exchange.view, octets, exchange.now);
    fresh && expected == Belief::No && model.channels.ever_sent(exchange.view, octets, exchange.now)
}
