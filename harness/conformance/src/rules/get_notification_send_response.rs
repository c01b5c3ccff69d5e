//! IRPCAsyncNotify_GetNotificationSendResponse ([MS-PAN] 3.1.1.4.4): what replies hold.

use alloc::format;

use mspan::{Hresult, Method, NotificationType};

use super::exchange::{Exchange, data, reply, server};
use crate::catalogue::Level;
use crate::event::Event;
use crate::fact::Facts;
use crate::model::channel::{ChannelMethod, NulledBy};
use crate::occasion::Occasions;
use crate::rule::{Rule, Verdicts};
use crate::scene::Scene;

const SECTION: &str = "3.1.1.4.4";

/// The rules of this section.
pub(super) static RULES: &[Rule] = &[
    server("MS-PAN/3.1.1.4.4/success-is-zero", SECTION, Level::Must, &["PAN-3.1.1.4.4-24"], success_is_zero)
        .at(Occasions::FINISHED.of(&[Method::GetNotificationSendResponse])),
    server("MS-PAN/3.1.1.4.4/size-counts-octets", SECTION, Level::Must, &["PAN-3.1.1.4.4-17"], size_counts_octets)
        .at(Occasions::FINISHED.of(&[Method::GetNotificationSendResponse])),
    server(
        "MS-PAN/3.1.1.4.4/type-is-the-registered-one",
        SECTION,
        Level::Must,
        &["PAN-3.1.1.4.4-16"],
        type_is_the_registered_one,
    )
    .at(Occasions::FINISHED.of(&[Method::GetNotificationSendResponse])),
    server(
        "MS-PAN/3.1.1.4.4/closed-channel-is-null",
        SECTION,
        Level::Must,
        &["PAN-3.1.1.4.4-04"],
        closed_channel_is_null,
    )
    .at(Occasions::FINISHED.of(&[Method::GetNotificationSendResponse]).given(Facts::EVENTFUL)),
    server(
        "MS-PAN/3.1.1.4.4/close-without-data-is-a-release",
        SECTION,
        Level::Should,
        &["PAN-3.1.1.4.4-15"],
        close_without_data_is_a_release,
    )
    .at(Occasions::FINISHED.of(&[Method::GetNotificationSendResponse]).given(Facts::EVENTFUL)),
    server(
        "MS-PAN/3.1.1.4.4/release-has-size-zero",
        SECTION,
        Level::Should,
        &["PAN-3.1.1.4.4-20"],
        release_has_size_zero,
    )
    .at(Occasions::FINISHED.of(&[Method::GetNotificationSendResponse]).given(Facts::EVENTFUL)),
    server(
        "MS-PAN/2.2.1/nothing-follows-a-release",
        "2.2.1",
        Level::Must,
        &["PAN-2.2.1-03"],
        nothing_follows_a_release,
    )
    .at(Occasions::FINISHED.of(&[Method::GetNotificationSendResponse]).given(Facts::EVENTFUL)),
];

fn success_is_zero(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some((exchange, output)) = Exchange::gnsr_success(model, event) else { return };
    let actual = || format!("{}", output.status);
    if output.status == Hresult::OK {
        verdicts.pass();
    } else if exchange.standing.is_loss() && output.channel.is_null() {
        verdicts.warn("HRESULT 0 for a client that lost the channel", actual());
    } else {
        verdicts.fail("HRESULT 0 for success", actual());
    }
}

fn size_counts_octets(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some((_, output)) = Exchange::gnsr_success(model, event) else { return };
    let size = u64::from(output.out_size);
    let fits = match &output.notification_data {
        None => size == 0,
        Some(data) => data.max_count == size && data.elements.len() as u64 == size,
    };
    if fits {
        verdicts.pass();
    } else {
        let held = output.notification_data.as_ref().map_or_else(
            || "a NULL array".into(),
            |data| format!("an array with max_count {} and {} octets", data.max_count, data.elements.len()),
        );
        verdicts.fail("pOutSize is the number of octets in the array", format!("pOutSize {size} and {held}"));
    }
}

fn type_is_the_registered_one(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some((exchange, output)) = Exchange::gnsr_live(model, event) else { return };
    let Some(registered) = exchange.view.notification_type else { return };
    let standing = &exchange.standing;
    let released = output.notification_type == Some(NotificationType::RELEASE);
    let may_release = standing.may_end();
    if output.notification_type == Some(registered) {
        verdicts.pass();
    } else if standing.is_loss() || released && (output.channel.is_null() || may_release) {
        // What a client is told that lost the channel, or whose channel was closed, other rules judge.
    } else if !output.channel.is_null() || output.notification_type.is_some() || !data(output).is_empty() {
        let expected = format!("the type that the client registered for, {registered}");
        verdicts.fail(expected, reply(output));
    }
}

fn closed_channel_is_null(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some((exchange, output)) = Exchange::gnsr_live(model, event) else { return };
    let standing = &exchange.standing;
    if !standing.source_closed.possible() || standing.lost.possible() {
        return;
    }
    let released = output.notification_type == Some(NotificationType::RELEASE);
    if output.channel.is_null() {
        verdicts.pass();
    } else if released || standing.source_closed.sure() {
        verdicts.fail("pChannel NULL, for the source has closed the channel", reply(output));
    }
}

fn close_without_data_is_a_release(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some((exchange, output)) = Exchange::gnsr_live(model, event) else { return };
    let standing = &exchange.standing;
    if !standing.source_closed.possible() || standing.lost.possible() || !output.channel.is_null() {
        return;
    }
    if output.notification_type == Some(NotificationType::RELEASE) {
        verdicts.pass();
    } else if data(output).is_empty() {
        verdicts.fail("NOTIFICATION_RELEASE when the channel is closed without a final notification", reply(output));
    }
}

fn release_has_size_zero(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some((exchange, output)) = Exchange::gnsr_live(model, event) else { return };
    if output.notification_type != Some(NotificationType::RELEASE) || exchange.standing.is_loss() {
        return;
    }
    if output.out_size == 0 {
        verdicts.pass();
    } else {
        verdicts.fail("pOutSize 0 with NOTIFICATION_RELEASE", reply(output));
    }
}

fn nothing_follows_a_release(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(exchange) = Exchange::of(model, event, ChannelMethod::Gnsr) else { return };
    let by_server = exchange.standing.nulled == Some(NulledBy::Release);
    let by_client = exchange.standing.own_closed.sure()
        && model
            .channels
            .calls_of(exchange.view)
            .any(|call| call.kind == ChannelMethod::Close && call.notification_type == Some(NotificationType::RELEASE));
    let brought = Exchange::gnsr_success(model, event)
        .filter(|(_, output)| !output.channel.is_null() || !data(output).is_empty());
    match brought {
        Some((_, output)) if by_server && !exchange.standing.own_closed.sure() => {
            verdicts.fail("nothing more on a channel after NOTIFICATION_RELEASE", reply(output));
        }
        None if by_server || by_client => {
            verdicts.pass();
        }
        _ => {}
    }
}
