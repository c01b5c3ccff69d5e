//! What a GetNotificationSendResponse waits for ([MS-PAN] 3.1.1 figure 7, 3.1.1.4.4).

use mspan::{Hresult, Method};

use super::channel::{is_initial_again, was_delivered_elsewhere};
use super::exchange::{Exchange, blocked, data, is_notification, others_acted, overdue, reply, server};
use crate::catalogue::Level;
use crate::event::Event;
use crate::fact::Facts;
use crate::model::Moment;
use crate::model::channel::{Belief, ChannelCall, ChannelMethod, Reason};
use crate::occasion::Occasions;
use crate::rule::{Rule, Verdicts};
use crate::scene::Scene;

const GNSR: &str = "3.1.1.4.4";

/// The rules about waiting.
pub(super) static RULES: &[Rule] = &[
    server(
        "MS-PAN/3.1.1.4.4/first-call-waits-for-an-event",
        GNSR,
        Level::Must,
        &["PAN-3.1.1.4.4-33"],
        first_call_waits_for_an_event,
    )
    .at(Occasions::FINISHED
        .of(&[Method::GetNotificationSendResponse])
        .or(Occasions::BLOCKED_ON_CHANNEL)
        .or(Occasions::OVER)
        .given(Facts::EVENTFUL)),
    server(
        "MS-PAN/3.1.1.4.4/next-call-waits-for-an-event",
        GNSR,
        Level::Must,
        &["PAN-3.1.1.4.4-38"],
        next_call_waits_for_an_event,
    )
    .at(Occasions::FINISHED
        .of(&[Method::GetNotificationSendResponse])
        .or(Occasions::BLOCKED_ON_CHANNEL)
        .or(Occasions::OVER)
        .given(Facts::EVENTFUL)),
    server(
        "MS-PAN/3.1.1/response-waits-for-the-next-notification",
        "3.1.1",
        Level::Must,
        &["PAN-3.1.1-14"],
        response_waits_for_the_next_notification,
    )
    .at(Occasions::FINISHED
        .of(&[Method::GetNotificationSendResponse])
        .or(Occasions::BLOCKED_ON_CHANNEL)
        .or(Occasions::OVER)
        .given(Facts::EVENTFUL)),
    server(
        "MS-PAN/3.1.1/close-by-the-source-ends-the-wait",
        "3.1.1",
        Level::Must,
        &["PAN-3.1.1-16"],
        close_by_the_source_ends_the_wait,
    )
    .at(Occasions::FINISHED.of(&[Method::GetNotificationSendResponse]).or(Occasions::OVER).given(Facts::EVENTFUL)),
];

fn first_call_waits_for_an_event(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    const EXPECTED: &str =
        "the first call waits until there is a notification, the channel is closed, or something abnormal happens";
    if let Some((call, _, duty)) = overdue(model, event) {
        let actual = match duty.reason {
            Reason::Initial if !was_delivered_elsewhere(model, call) => {
                "there is a notification, and the call has not returned"
            }
            Reason::Shutdown if call.first == Belief::Yes => "the server shuts down, and the call has not returned",
            _ => return,
        };
        let verdict = if duty.reason == Reason::Shutdown {
            verdicts.warn(EXPECTED, actual)
        } else {
            verdicts.fail(EXPECTED, actual)
        };
        verdict.about(call.id).within(model.config().prompt);
        return;
    }
    if let Some(call) = blocked(model, event) {
        if call.first == Belief::Yes && waits_rightly(model, call, Moment::of(event)) {
            verdicts.pass().about(call.id);
        }
        return;
    }
    let Some(exchange) = Exchange::of(model, event, ChannelMethod::Gnsr).filter(Exchange::is_live) else { return };
    if exchange.call.first != Belief::Yes {
        return;
    }
    if let Some(code) = exchange.code() {
        if is_unasked(code) && exchange.has_no_excuse() && exchange.fault().is_none() {
            verdicts.fail(EXPECTED, exchange.shown());
        }
        return;
    }
    let Some((_, output)) = Exchange::gnsr_success(model, event) else { return };
    let delivers = model.channels.expects(exchange.view, &data(output), exchange.now);
    let waiting = model.channels.may_deliver(exchange.view, exchange.now);
    if is_notification(output) {
        if delivers.sure() {
            verdicts.pass();
        } else if !waiting.possible() && !exchange.standing.may_end() {
            verdicts.fail(EXPECTED, alloc::format!("no notification was there; {}", reply(output)));
        }
    } else if output.channel.is_null()
        && exchange.has_no_excuse()
        && model.channels.siblings(exchange.call).next().is_none()
    {
        verdicts.fail(EXPECTED, reply(output));
    }
}

fn next_call_waits_for_an_event(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    const EXPECTED: &str = "a call with a response waits until there is a further notification, the channel is closed, or something abnormal happens";
    if let Some((call, _, duty)) = overdue(model, event) {
        if duty.reason == Reason::Shutdown && call.first != Belief::Yes {
            let actual = "the server shuts down, and the call has not returned";
            verdicts.warn(EXPECTED, actual).about(call.id).within(model.config().prompt);
        }
        return;
    }
    if let Some(call) = blocked(model, event) {
        if call.first == Belief::No && waits_rightly(model, call, Moment::of(event)) {
            verdicts.pass().about(call.id);
        }
        return;
    }
    let Some(exchange) = Exchange::of(model, event, ChannelMethod::Gnsr).filter(Exchange::is_live) else { return };
    let call = exchange.call;
    if call.first == Belief::Yes
        || exchange.has_other_type()
        || exchange.is_too_large()
        || call.notification_type.is_none()
    {
        return;
    }
    if let Some(code) = exchange.code() {
        if is_unasked(code) && exchange.has_no_excuse() && exchange.fault().is_none() {
            verdicts.fail(EXPECTED, exchange.shown());
        }
        return;
    }
    let Some((_, output)) = Exchange::gnsr_success(model, event) else { return };
    let octets = data(output);
    let waiting = model.channels.may_deliver(exchange.view, exchange.now).possible();
    if is_notification(output) && model.channels.expects(exchange.view, &octets, exchange.now).sure() {
        verdicts.pass();
    } else if exchange.has_no_excuse() && !waiting && !is_initial_again(&exchange, &octets) {
        if !(output.channel.is_null() && others_acted(model, call)) {
            verdicts.fail(EXPECTED, reply(output));
        }
    } else if output.channel.is_null()
        && !is_notification(output)
        && exchange.has_no_excuse()
        && !others_acted(model, call)
    {
        verdicts.fail(EXPECTED, reply(output));
    }
}

fn response_waits_for_the_next_notification(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    if let Some(call) = blocked(model, event) {
        let whole = call.data.len() as u64 == u64::from(call.size) && !call.data.is_empty();
        if call.first == Belief::No && whole && waits_rightly(model, call, Moment::of(event)) {
            verdicts.pass().about(call.id);
        }
        return;
    }
    let Some((exchange, output)) = Exchange::gnsr_live(model, event) else { return };
    let octets = data(output);
    let expected = model.channels.expects(exchange.view, &octets, exchange.now);
    if exchange.call.first == Belief::No
        && expected == Belief::No
        && exchange.has_no_excuse()
        && is_initial_again(&exchange, &octets)
    {
        verdicts.fail(
            "a call with a response waits for the next notification",
            "the notification that was delivered before",
        );
    }
}

fn close_by_the_source_ends_the_wait(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    const EXPECTED: &str = "success with a NULL channel for the owner that waits when the source closes the channel";
    if let Some((call, view, duty)) = overdue(model, event) {
        let owner = model.channels.standing(call, Moment::of(event)).owner.sure();
        if duty.reason == Reason::SourceClosed && duty.since != call.started && owner && !view.clouded {
            verdicts.fail(EXPECTED, "the call has not returned").about(call.id).within(model.config().prompt);
        }
        return;
    }
    let Some(exchange) = Exchange::of(model, event, ChannelMethod::Gnsr).filter(Exchange::is_live) else { return };
    let standing = &exchange.standing;
    let waits = standing.owner.sure() && standing.source_closed == Belief::Maybe && !exchange.has_other_type();
    let closing =
        model.channels.sources_of(exchange.view).flat_map(|source| &source.closings).map(|closing| closing.at).min();
    let begun = closing.is_some_and(|closing| model.channels.begun(exchange.call, closing));
    if !waits || !begun || standing.own_closed.possible() || standing.abnormal.possible() {
        return;
    }
    match exchange.code() {
        Some(_) if exchange.fault().is_none() && !exchange.registration_ended && !standing.overlapped => {
            verdicts.fail(EXPECTED, exchange.shown());
        }
        Some(_) => {}
        None => match Exchange::gnsr_success(model, event) {
            Some((_, output)) if output.channel.is_null() => {
                verdicts.pass();
            }
            // A notification that was on its way may come before the end.
            Some((_, output)) if !model.channels.may_deliver(exchange.view, exchange.now).possible() => {
                verdicts.fail(EXPECTED, reply(output));
            }
            _ => {}
        },
    }
}

/// Whether there is nothing that a blocked call could return for.
fn waits_rightly(model: &Scene<'_>, call: &ChannelCall, now: Moment) -> bool {
    let view = model.channels.view(call.view);
    let nothing_there = view.is_some_and(|view| !model.channels.may_deliver(view, now).possible());
    nothing_there && !model.channels.standing(call, now).may_end()
}

/// Whether a failure has none of the codes that other rules judge.
fn is_unasked(code: Hresult) -> bool {
    !matches!(
        code,
        Hresult::CHANNEL_CLOSED
            | Hresult::TYPE_MISMATCH
            | Hresult::RESPONSE_TOO_LARGE
            | Hresult::OUT_OF_MEMORY
            | Hresult::CALL_OUTSTANDING
    )
}
