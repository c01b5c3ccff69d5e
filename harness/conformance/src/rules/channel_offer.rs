//! Which channels GetNewChannel returns, to whom and when ([MS-PAN] 2.2.5, 3.1.1 figure 6, 3.1.1.1, 3.1.1.4.3).

use alloc::format;
use alloc::string::String;

use mspan::{ConversationStyle, Hresult, Method};

use super::exchange::server;
use super::finish::unseen_end;
use super::get_new_channel::Reply;
use crate::catalogue::Level;
use crate::event::{Event, Kind};
use crate::fact::Facts;
use crate::model::channel::{ChannelDue, Offer, Reason};
use crate::model::{Due, Moment};
use crate::occasion::Occasions;
use crate::rule::{Rule, Verdicts};
use crate::scene::Scene;

/// The rules about offers of channels.
pub(super) static RULES: &[Rule] = &[
    server(
        "MS-PAN/3.1.1.4.3/waits-for-a-channel",
        "3.1.1.4.3",
        Level::MustNot,
        &["PAN-3.1.1.4.3-24"],
        waits_for_a_channel,
    )
    .at(Occasions::FINISHED.of(&[Method::GetNewChannel]).or(Occasions::BLOCKED_FOR_CHANNELS).or(Occasions::OVER)),
    server(
        "MS-PAN/3.1.1.4.3/channel-is-returned-once",
        "3.1.1.4.3",
        Level::MustNot,
        &["PAN-3.1.1.4.3-25"],
        channel_is_returned_once,
    )
    .at(Occasions::FINISHED.of(&[Method::GetNewChannel]).or(Occasions::BLOCKED_FOR_CHANNELS).or(Occasions::OVER)),
    server(
        "MS-PAN/3.1.1.4.3/returns-all-channels-at-once",
        "3.1.1.4.3",
        Level::Should,
        &["PAN-3.1.1.4.3-04"],
        returns_all_channels_at_once,
    )
    .at(Occasions::FINISHED.of(&[Method::GetNewChannel]).given(Facts::EVENTFUL)),
    server(
        "MS-PAN/3.1.1.4.3/returns-earlier-channels",
        "3.1.1.4.3",
        Level::Should,
        &["PAN-3.1.1.4.3-05"],
        returns_earlier_channels,
    )
    .at(Occasions::FINISHED
        .of(&[Method::GetNewChannel])
        .or(Occasions::BLOCKED_FOR_CHANNELS)
        .or(Occasions::OVER)
        .given(Facts::EVENTFUL)),
    server(
        "MS-PAN/3.1.1.1/every-registration-gets-the-channel",
        "3.1.1.1",
        Level::Must,
        &["PAN-3.1.1.1-05"],
        every_registration_gets_the_channel,
    )
    .at(Occasions::FINISHED
        .of(&[Method::GetNewChannel])
        .or(Occasions::BLOCKED_FOR_CHANNELS)
        .or(Occasions::OVER)
        .given(Facts::EVENTFUL)),
    server(
        "MS-PAN/3.1.1.1/every-client-has-its-handle",
        "3.1.1.1",
        Level::Must,
        &["PAN-3.1.1.1-06"],
        every_client_has_its_handle,
    )
    .at(Occasions::FINISHED.of(&[Method::GetNewChannel])),
    server(
        "MS-PAN/3.1.1/channels-leave-the-registration-free",
        "3.1.1",
        Level::Must,
        &["PAN-3.1.1-09"],
        channels_leave_the_registration_free,
    )
    .at(Occasions::FINISHED
        .of(&[Method::GetNewChannel])
        .or(Occasions::BLOCKED_FOR_CHANNELS)
        .or(Occasions::OVER)
        .given(Facts::EVENTFUL)),
    server(
        "MS-PAN/2.2.5/channels-are-bidirectional",
        "2.2.5",
        Level::Must,
        &["PAN-2.2.5-01"],
        channels_are_bidirectional,
    )
    .at(Occasions::FINISHED.of(&[Method::GetNewChannel])),
];

fn waits_for_a_channel(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    const EXPECTED: &str =
        "the call completes only when a channel that was not returned before is there, or for something abnormal";
    if let Some(offer) = blocked(model, event) {
        if offer.registration.is_some() {
            verdicts.pass().about(offer.call);
        }
        return;
    }
    let Some((reply, registration)) = Reply::undisturbed(model, event) else { return };
    match reply.code() {
        Some(Hresult::CALL_OUTSTANDING | Hresult::OUT_OF_MEMORY) => {}
        // What the RPC runtime throws has reasons of its own.
        Some(code) if reply.output.is_none() && code != Hresult::NOTIFICATIONS_TERMINATED => {}
        Some(code) => {
            match unseen_end(model, reply.call, event) {
                Some(why) => verdicts.inconclusive(why),
                None => verdicts.fail(EXPECTED, format!("{} with {code}", reply.means())),
            };
        }
        None if reply.handles().is_empty() => {
            verdicts.fail(EXPECTED, "success without a channel");
        }
        None => {
            let offered = model.channels.offered(model, registration, reply.offer.started, reply.now);
            let fresh = reply.handles().iter().filter(|handle| !reply.is_known(model, **handle)).count();
            let excess = fresh > offered.possible.len();
            if excess && !offered.foreign && fresh > offered.possible.len() + offered.again {
                let there = offered.possible.len();
                let gone = match (offered.acquired, offered.closed) {
                    (0, 0) => String::new(),
                    (acquired, closed) => format!("; {acquired} acquired and {closed} closed before the call"),
                };
                verdicts.fail(EXPECTED, format!("{fresh} channels returned, {there} there to be returned{gone}"));
            } else if !excess {
                verdicts.pass();
            }
        }
    }
}

fn channel_is_returned_once(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    const EXPECTED: &str = "a channel is returned to a registration only once";
    if let Some(offer) = blocked(model, event) {
        let registration = offer.registration.and_then(|id| model.registration(id));
        let offered = registration.map(|known| model.channels.offered(model, known, offer.started, Moment::of(event)));
        if offered.is_some_and(|offered| offered.again > 0) {
            verdicts.pass().about(offer.call);
        }
        return;
    }
    let Some((reply, registration)) = Reply::undisturbed(model, event) else { return };
    let known = reply.handles().iter().find(|handle| reply.is_own(model, **handle));
    let fresh = reply.handles().iter().filter(|handle| !reply.is_known(model, **handle)).count();
    let offered = model.channels.offered(model, registration, reply.offer.started, reply.now);
    let excess = !offered.foreign && fresh > offered.possible.len() && fresh <= offered.possible.len() + offered.again;
    if let Some(handle) = known.filter(|_| !reply.reuses_handles(model)) {
        verdicts
            .fail(EXPECTED, format!("the handle {handle}, which the registration was given before and has not closed"));
    } else if excess {
        let actual = format!("{fresh} channels, of which only {} had not been returned before", offered.possible.len());
        verdicts.fail(EXPECTED, actual);
    } else if fresh > 0 && offered.again > 0 {
        verdicts.pass();
    }
}

fn returns_all_channels_at_once(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some((reply, registration)) = Reply::undisturbed(model, event) else { return };
    let returned = reply.handles().len();
    if returned == 0 {
        return;
    }
    let due = model.channels.offered(model, registration, reply.offer.started, reply.now).due;
    if returned < due {
        let actual = format!("{returned} channels returned, {due} were there before the call");
        verdicts.fail("all channels that match and are not acquired, in one call", actual);
    } else if due > 0 {
        verdicts.pass();
    }
}

fn returns_earlier_channels(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    if let Some((offer, elsewhere)) = undelivered(model, event) {
        if !elsewhere {
            let expected =
                "channels that were opened before the registration are returned too, while nobody has acquired them";
            verdicts.fail(expected, "the call has not returned").about(offer.call).within(model.config().prompt);
        }
        return;
    }
    let Some((reply, registration)) = Reply::undisturbed(model, event) else { return };
    if !reply.handles().is_empty() && !model.channels.due_since(registration, reply.now).is_empty() {
        verdicts.pass();
    }
}

fn every_registration_gets_the_channel(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    if let Some((offer, elsewhere)) = undelivered(model, event) {
        if elsewhere {
            let expected =
                "a channel that matches a registration is returned to it until a client has acquired the channel";
            verdicts.fail(expected, "the call has not returned").about(offer.call).within(model.config().prompt);
        }
        return;
    }
    let Some((reply, registration)) = Reply::undisturbed(model, event) else { return };
    if !reply.handles().is_empty() && !model.channels.due_since(registration, reply.now).is_empty() {
        verdicts.pass();
    }
}

fn every_client_has_its_handle(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(reply) = Reply::of(model, event) else { return };
    if reply.handles().is_empty() || reply.call.registration.is_none() {
        return;
    }
    let foreign = reply.handles().iter().find(|handle| {
        let known = model.channels.view_of(reply.offer.association, **handle);
        known.is_some_and(|known| {
            known.nulled.is_none() && known.registration.is_some() && known.registration != reply.call.registration
        })
    });
    match foreign {
        Some(handle) => {
            let actual = format!("the handle {handle}, which stands for another registration's view of a channel");
            verdicts.fail("every registration gets handles of its own", actual);
        }
        None => {
            verdicts.pass();
        }
    }
}

fn channels_leave_the_registration_free(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    if let Some(offer) = blocked(model, event) {
        if offer.registration.is_some_and(|id| model.channels.has_open_handle(id)) {
            verdicts.pass().about(offer.call);
        }
        return;
    }
    let Some((reply, registration)) = Reply::undisturbed(model, event) else { return };
    let haunted = model.object_of(reply.call).is_some_and(|object| object.haunted);
    let alone = !model.calls().any(|other| other.rival == Some(reply.call.id()) && other.is(Method::GetNewChannel));
    if reply.code() == Some(Hresult::CALL_OUTSTANDING) && alone && !haunted && !reply.call.rival_refused {
        let open = if model.channels.has_open_handle(registration.id) {
            "a channel is open"
        } else {
            "nothing else is going on"
        };
        let expected = "GetNewChannel can be called again while channels are in use";
        verdicts
            .fail(expected, format!("{} with 0x8004000C though no other call is outstanding: {open}", reply.means()));
    }
}

fn channels_are_bidirectional(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(reply) = Reply::of(model, event) else { return };
    let handles = reply.handles();
    if handles.is_empty() {
        return;
    }
    let style = reply.registration.map(|known| known.style);
    if style == Some(ConversationStyle::UNIDIRECTIONAL) {
        verdicts.fail(
            "channel handles for bidirectional registrations only",
            "handles for a registration of kUniDirectional",
        );
    } else if let Some(odd) = handles.iter().find(|handle| handle.attributes != 0) {
        verdicts.fail("context handles with attributes 0", format!("{odd}"));
    } else {
        verdicts.pass();
    }
}

/// A GetNewChannel that counts as blocked from this event on.
fn blocked<'a>(model: &'a Scene<'_>, event: &Event) -> Option<&'a Offer> {
    let Kind::Deadline(number) = event.kind else { return None };
    let Some(Due::Blocked(call)) = model.due(number) else { return None };
    model.channels.offer(*call)
}

/// A GetNewChannel that should have returned a channel by now, and whether that was opened after the registration and
/// returned to another one.
fn undelivered<'a>(model: &'a Scene<'_>, event: &Event) -> Option<(&'a Offer, bool)> {
    let Kind::Deadline(number) = event.kind else { return None };
    let Some(Due::Channel(ChannelDue::Over(call))) = model.due(number) else { return None };
    let offer = model.channels.offer(*call)?;
    match model.channels.missed(model, *call, Moment::of(event))?.reason {
        Reason::NewChannel { elsewhere } => Some((offer, elsewhere)),
        _ => None,
    }
}
