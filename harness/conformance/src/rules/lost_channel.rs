//! One client acquires a channel, all others lose it ([MS-PAN] 3.1.1 figure 7, 3.1.1.1, 3.1.1.4.4, 3.1.1.4.6).

use mspan::{Hresult, Method, NotificationType};

use super::exchange::{Exchange, data, is_notification, others_acted, overdue, reply, server};
use crate::catalogue::Level;
use crate::event::Event;
use crate::fact::Facts;
use crate::model::channel::{Belief, ChannelMethod, Fate, NulledBy, Reason};
use crate::occasion::Occasions;
use crate::rule::{Rule, Verdicts};
use crate::scene::Scene;

const GNSR: &str = "3.1.1.4.4";

/// The rules about acquisition.
pub(super) static RULES: &[Rule] = &[
    server(
        "MS-PAN/3.1.1.4.4/loser-gets-null-channel",
        GNSR,
        Level::Must,
        &["PAN-3.1.1.4.4-05"],
        loser_gets_null_channel,
    )
    .at(Occasions::FINISHED.of(&[Method::GetNotificationSendResponse]).given(Facts::EVENTFUL)),
    server("MS-PAN/3.1.1.4.4/loser-gets-release", GNSR, Level::Must, &["PAN-3.1.1.4.4-14"], loser_gets_release)
        .at(Occasions::FINISHED.of(&[Method::GetNotificationSendResponse]).given(Facts::EVENTFUL)),
    server("MS-PAN/3.1.1.4.4/loser-gets-size-zero", GNSR, Level::Should, &["PAN-3.1.1.4.4-19"], loser_gets_size_zero)
        .at(Occasions::FINISHED.of(&[Method::GetNotificationSendResponse]).given(Facts::EVENTFUL)),
    server("MS-PAN/3.1.1.4.4/loser-gets-null-data", GNSR, Level::Should, &["PAN-3.1.1.4.4-22"], loser_gets_null_data)
        .at(Occasions::FINISHED.of(&[Method::GetNotificationSendResponse]).given(Facts::EVENTFUL)),
    server("MS-PAN/3.1.1.4.4/every-loser-is-told", GNSR, Level::Must, &["PAN-3.1.1.4.4-35"], every_loser_is_told)
        .at(Occasions::FINISHED.of(&[Method::GetNotificationSendResponse]).or(Occasions::OVER).given(Facts::EVENTFUL)),
    server("MS-PAN/3.1.1.4.4/blocked-losers-succeed", GNSR, Level::Must, &["PAN-3.1.1.4.4-36"], blocked_losers_succeed)
        .at(Occasions::FINISHED.of(&[Method::GetNotificationSendResponse]).or(Occasions::OVER).given(Facts::EVENTFUL)),
    server(
        "MS-PAN/3.1.1.4.4/first-response-acquires",
        GNSR,
        Level::Must,
        &["PAN-3.1.1.4.4-34"],
        first_response_acquires,
    )
    .at(Occasions::FINISHED.of(&[Method::CloseChannel, Method::GetNotificationSendResponse])),
    server(
        "MS-PAN/3.1.1/lost-channel-does-not-block",
        "3.1.1",
        Level::Must,
        &["PAN-3.1.1-22"],
        lost_channel_does_not_block,
    )
    .at(Occasions::FINISHED.of(&[Method::GetNotificationSendResponse]).or(Occasions::OVER).given(Facts::EVENTFUL)),
    server(
        "MS-PAN/3.1.1/loser-closes-with-success",
        "3.1.1",
        Level::Must,
        &["PAN-3.1.1-21"],
        loser_closes_with_success,
    )
    .at(Occasions::FINISHED.of(&[Method::CloseChannel]).given(Facts::EVENTFUL)),
    server(
        "MS-PAN/3.1.1.4.6/loser-is-told-of-the-loss",
        "3.1.1.4.6",
        Level::Must,
        &["PAN-3.1.1.4.6-17"],
        loser_is_told_of_the_loss,
    )
    .at(Occasions::FINISHED.of(&[Method::CloseChannel]).given(Facts::EVENTFUL)),
    server("MS-PAN/3.1.1.1/one-client-acquires", "3.1.1.1", Level::Must, &["PAN-3.1.1.1-07"], one_client_acquires)
        .at(Occasions::FINISHED.of(&[Method::CloseChannel, Method::GetNotificationSendResponse])),
    server(
        "MS-PAN/3.1.1.1/acquisition-outlives-the-close",
        "3.1.1.1",
        Level::Must,
        &["PAN-3.1.1.1-08"],
        acquisition_outlives_the_close,
    )
    .at(Occasions::FINISHED.of(&[Method::CloseChannel, Method::GetNotificationSendResponse]).given(Facts::EVENTFUL)),
];

fn loser_gets_null_channel(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some((exchange, output)) = Exchange::gnsr_live(model, event) else { return };
    let released = output.notification_type == Some(NotificationType::RELEASE);
    let lost = exchange.standing.lost;
    if output.channel.is_null() {
        if exchange.standing.is_loss() {
            verdicts.pass();
        }
    } else if lost.possible() && released || lost.sure() && !is_notification(output) {
        verdicts.fail("pChannel NULL, for another client has acquired the channel", reply(output));
    }
}

fn loser_gets_release(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some((exchange, output)) = Exchange::gnsr_live(model, event) else { return };
    if !exchange.standing.is_loss() || !output.channel.is_null() {
        return;
    }
    if output.notification_type == Some(NotificationType::RELEASE) {
        verdicts.pass();
    } else {
        verdicts.fail("type NOTIFICATION_RELEASE, for another client has acquired the channel", reply(output));
    }
}

fn loser_gets_size_zero(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some((exchange, output)) = Exchange::gnsr_live(model, event) else { return };
    if !exchange.standing.is_loss() || output.notification_type != Some(NotificationType::RELEASE) {
        return;
    }
    if output.out_size == 0 {
        verdicts.pass();
    } else {
        verdicts.fail("pOutSize 0, for another client has acquired the channel", reply(output));
    }
}

fn loser_gets_null_data(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some((exchange, output)) = Exchange::gnsr_live(model, event) else { return };
    if !exchange.standing.is_loss()
        || output.notification_type != Some(NotificationType::RELEASE)
        || output.out_size > 0
    {
        return;
    }
    if output.notification_data.is_none() {
        verdicts.pass();
    } else {
        verdicts.fail("ppOutNotificationData NULL, for another client has acquired the channel", "an empty array");
    }
}

fn every_loser_is_told(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    const EXPECTED: &str = "every client but the owner gets NOTIFICATION_RELEASE and a NULL channel";
    if let Some((call, _, duty)) = overdue(model, event) {
        let told = || {
            model.channels.siblings(call).any(|other| other.nulled.is_some_and(|nulled| nulled.by == NulledBy::Release))
        };
        let late = duty.since == call.started && call.first != Belief::No;
        let lost = duty.reason == Reason::Lost && (late || duty.since != call.started && told());
        if lost || duty.reason == Reason::Rival {
            let actual = "the call of a client that lost the channel has not returned";
            verdicts.fail(EXPECTED, actual).about(call.id).within(model.config().prompt);
        }
        return;
    }
    let Some((exchange, output)) = Exchange::gnsr_live(model, event) else { return };
    if exchange.standing.is_loss()
        && output.channel.is_null()
        && output.notification_type == Some(NotificationType::RELEASE)
    {
        verdicts.pass();
    }
}

fn blocked_losers_succeed(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    const EXPECTED: &str = "success for a call that was blocked when another client acquired the channel";
    if let Some((call, _, duty)) = overdue(model, event) {
        let told = || {
            model.channels.siblings(call).any(|other| other.nulled.is_some_and(|nulled| nulled.by == NulledBy::Release))
        };
        if duty.reason == Reason::Lost && duty.since != call.started && !told() {
            let actual = "it has not returned";
            verdicts.fail(EXPECTED, actual).about(call.id).within(model.config().prompt);
        }
        return;
    }
    let Some(exchange) = Exchange::of(model, event, ChannelMethod::Gnsr).filter(Exchange::is_live) else { return };
    let standing = &exchange.standing;
    if standing.lost.sure() || !standing.is_loss() || exchange.fault().is_some() {
        return;
    }
    let blocked = model.channels.blocked_before_loss(exchange.call);
    match exchange.code() {
        None => {
            let released = Exchange::gnsr_success(model, event).is_some_and(|(_, output)| output.channel.is_null());
            if blocked && released {
                verdicts.pass();
            }
        }
        Some(code) => {
            let owner_closed = code == Hresult::CHANNEL_CLOSED && standing.owner_closed.possible() && !blocked;
            if !owner_closed && !own_fault(&exchange, code) && !exchange.registration_ended {
                verdicts.fail(EXPECTED, exchange.shown());
            }
        }
    }
}

fn first_response_acquires(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    const EXPECTED: &str =
        "the channel goes to the client whose response comes first, an empty one too; a release is none";
    let Some(exchange) = Exchange::any(model, event).filter(Exchange::is_live) else { return };
    let (call, standing) = (exchange.call, &exchange.standing);
    if !call.responds(exchange.view.notification_type).sure() {
        return;
    }
    if wins(model, event, &exchange) {
        if standing.lost.sure() && empty_owner(model, &exchange) {
            verdicts.fail(EXPECTED, "a later response won against an empty one");
        } else if !standing.lost.possible() {
            verdicts.pass();
        }
    } else if loses(model, event, &exchange)
        && exchange.has_no_excuse()
        && standing.owner == Belief::Maybe
        && others_acted(model, call)
    {
        verdicts.fail(EXPECTED, "the response was refused, and no other client has given a valid one");
    }
}

fn lost_channel_does_not_block(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    const EXPECTED: &str = "NOTIFICATION_RELEASE and a NULL channel at once for a client that lost the channel";
    if let Some((call, _, duty)) = overdue(model, event) {
        if duty.reason == Reason::Lost && duty.since == call.started && call.first == Belief::No {
            verdicts.fail(EXPECTED, "the call has not returned").about(call.id).within(model.config().prompt);
        }
        return;
    }
    let Some(exchange) = Exchange::of(model, event, ChannelMethod::Gnsr).filter(Exchange::is_live) else { return };
    let standing = &exchange.standing;
    if !standing.lost.sure() {
        return;
    }
    if let Some(code) = exchange.code() {
        let excused = standing.may_be_closed() || standing.abnormal.possible() || exchange.registration_ended;
        if !excused && exchange.fault().is_none() && !own_fault(&exchange, code) {
            verdicts.fail(EXPECTED, exchange.shown());
        }
        return;
    }
    let Some((_, output)) = Exchange::gnsr_success(model, event) else { return };
    if output.channel.is_null() {
        verdicts.pass();
    } else if is_notification(output)
        && !empty_owner(model, &exchange)
        && !holds_initial(model, &exchange, &data(output))
    {
        verdicts.fail(EXPECTED, reply(output));
    }
}

fn loser_closes_with_success(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(exchange) = Exchange::of(model, event, ChannelMethod::Close).filter(Exchange::is_live) else { return };
    let standing = &exchange.standing;
    if !standing.lost.sure() {
        return;
    }
    match exchange.code() {
        None => {
            verdicts.pass();
        }
        Some(code) => {
            let closed = code == Hresult::CHANNEL_CLOSED && standing.owner_closed.possible();
            let excused = closed
                || standing.source_closed.possible()
                || standing.abnormal.possible()
                || exchange.registration_ended;
            if !excused && !own_fault(&exchange, code) && exchange.fault().is_none() {
                verdicts.fail("CloseChannel by a client that lost the channel succeeds", exchange.shown());
            }
        }
    }
}

fn loser_is_told_of_the_loss(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    const EXPECTED: &str = "0x00040010 for a client that closes a channel which another client has acquired";
    let Some((exchange, output)) = Exchange::close_live(model, event) else { return };
    let standing = &exchange.standing;
    match output.status {
        Hresult::CHANNEL_ACQUIRED if standing.lost.possible() => {
            verdicts.pass();
        }
        Hresult::CHANNEL_CLOSED if standing.lost.sure() && standing.owner_closed.possible() => {
            verdicts.note(EXPECTED, format_status(output.status));
        }
        status if status.is_success() && standing.lost.sure() && !empty_owner(model, &exchange) => {
            let other = exchange.has_other_type() && !exchange.releases();
            if !other && !standing.source_closed.possible() {
                verdicts.fail(EXPECTED, format_status(status));
            }
        }
        _ => {}
    }
}

fn one_client_acquires(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(exchange) = Exchange::any(model, event).filter(Exchange::is_live) else { return };
    if !exchange.call.responds(exchange.view.notification_type).sure() || !wins(model, event, &exchange) {
        return;
    }
    let standing = &exchange.standing;
    if standing.taken_by_other && !standing.lost.sure() {
        verdicts.fail("one client at most acquires a channel", "the responses of two clients were taken");
    } else if !standing.lost.possible() {
        verdicts.pass();
    }
}

fn acquisition_outlives_the_close(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(exchange) = Exchange::any(model, event).filter(Exchange::is_live) else { return };
    let standing = &exchange.standing;
    let responds = exchange.call.responds(exchange.view.notification_type).sure();
    if !responds || !standing.lost.sure() || !standing.owner_closed.sure() {
        return;
    }
    if wins(model, event, &exchange) {
        verdicts.fail(
            "a channel that was acquired is never acquired again, also after its owner has closed it",
            exchange.shown(),
        );
    } else {
        verdicts.pass();
    }
}

/// Whether a reply says that the client's response was taken.
fn wins(model: &Scene<'_>, event: &Event, exchange: &Exchange<'_>) -> bool {
    match exchange.call.kind {
        ChannelMethod::Close => {
            Exchange::close_live(model, event).is_some_and(|(_, output)| output.status == Hresult::OK)
        }
        ChannelMethod::Gnsr => Exchange::gnsr_live(model, event)
            .is_some_and(|(_, output)| !output.channel.is_null() && is_notification(output)),
    }
}

/// Whether a reply says that another client has acquired the channel.
fn loses(model: &Scene<'_>, event: &Event, exchange: &Exchange<'_>) -> bool {
    match exchange.call.kind {
        ChannelMethod::Close => {
            Exchange::close_live(model, event).is_some_and(|(_, output)| output.status == Hresult::CHANNEL_ACQUIRED)
        }
        ChannelMethod::Gnsr => Exchange::gnsr_live(model, event).is_some_and(|(_, output)| {
            output.channel.is_null() && output.notification_type == Some(NotificationType::RELEASE)
        }),
    }
}

/// Whether the channel was acquired by an empty response: what other clients are told then tells whether it counted.
fn empty_owner(model: &Scene<'_>, exchange: &Exchange<'_>) -> bool {
    model.channels.siblings(exchange.call).any(|other| {
        let mut calls = model.channels.calls_of(other).filter(|call| call.acquires(other.notification_type).possible());
        calls.next().is_some_and(|first| {
            first.data.is_empty() && first.fate == Fate::Outstanding && first.kind == ChannelMethod::Gnsr
        })
    })
}

/// Whether a client that comes late is given the initial notification: that is judged where its holding is.
fn holds_initial(model: &Scene<'_>, exchange: &Exchange<'_>, data: &[u8]) -> bool {
    exchange.call.first == Belief::Yes && model.channels.expects(exchange.view, data, exchange.now).sure()
}

/// Whether a failure is owed to the call itself: its type, its size, or another call on the same handle.
fn own_fault(exchange: &Exchange<'_>, code: Hresult) -> bool {
    match code {
        Hresult::TYPE_MISMATCH => exchange.has_other_type() || exchange.call.notification_type.is_none(),
        Hresult::RESPONSE_TOO_LARGE => true,
        Hresult::CALL_OUTSTANDING => exchange.standing.overlapped,
        Hresult::OUT_OF_MEMORY => true,
        _ => false,
    }
}

fn format_status(status: Hresult) -> alloc::string::String {
    alloc::format!("{status}")
}
