//! The order that the client's state diagrams draw ([MS-PAN] 3.2.2 figures 8 to 10).

use alloc::format;

use mspan::method::Out;
use mspan::{Hresult, Method, NotificationType};

use super::client_handle::Gone;
use super::client_request::{ChannelRequest, calls_on, client, leaves_undone, view_of, view_of_handle};
use super::client_waiting::has_left;
use crate::catalogue::Level;
use crate::event::{AssociationId, Event, Kind, Outcome};
use crate::fact::Facts;
use crate::model::Moment;
use crate::model::channel::{Belief, ChannelMethod};
use crate::model::client::{ClientCall, ClientDue};
use crate::occasion::Occasions;
use crate::rule::{Rule, Verdicts};
use crate::scene::Scene;

const SECTION: &str = "3.2.2";

/// The rules of this section.
pub(super) static RULES: &[Rule] = &[
    client(
        "MS-PAN/3.2.2/notification-leads-back-to-the-registration",
        SECTION,
        Level::Must,
        &["PAN-3.2.2-02"],
        notification_leads_back_to_the_registration,
    )
    .at(Occasions::STARTED),
    client(
        "MS-PAN/3.2.2/own-unregistration-ends-the-wait",
        SECTION,
        Level::Must,
        &["PAN-3.2.2-03"],
        own_unregistration_ends_the_wait,
    )
    .at(Occasions::STARTED.given(Facts::AFTER_FAILURE)),
    client("MS-PAN/3.2.2/channels-run-in-parallel", SECTION, Level::Must, &["PAN-3.2.2-05"], channels_run_in_parallel)
        .at(Occasions::PROMPT.of(&[Method::GetNewChannel])),
    client(
        "MS-PAN/3.2.2/channel-starts-with-its-notification",
        SECTION,
        Level::Must,
        &["PAN-3.2.2-06"],
        channel_starts_with_its_notification,
    )
    .at(Occasions::STARTED
        .of(&[Method::GetNotificationSendResponse])
        .or(Occasions::PROMPT.of(&[Method::GetNewChannel]))),
    client(
        "MS-PAN/3.2.2/nothing-follows-the-end",
        SECTION,
        Level::Must,
        &["PAN-3.2.2-07", "PAN-3.2.2-09", "PAN-3.2.2-10"],
        nothing_follows_the_end,
    )
    .at(Occasions::STARTED
        .of(&[Method::CloseChannel, Method::GetNotificationSendResponse])
        .or(Occasions::ASSOCIATION_ENDED)
        .given(Facts::EVENTFUL)),
    client(
        "MS-PAN/3.2.2/notification-is-closed-or-responded-to",
        SECTION,
        Level::Must,
        &["PAN-3.2.2-08"],
        notification_is_closed_or_responded_to,
    )
    .at(Occasions::STARTED.of(&[Method::CloseChannel, Method::GetNotificationSendResponse])),
    client(
        "MS-PAN/3.2.2/responses-and-notifications-alternate",
        SECTION,
        Level::Must,
        &["PAN-3.2.2-11"],
        responses_and_notifications_alternate,
    )
    .at(Occasions::STARTED.of(&[Method::GetNotificationSendResponse])),
];

/// Figure 8: from the registered state leads GetNotification, or UnregisterClient.
fn notification_leads_back_to_the_registration(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(request) = model.request(event) else { return };
    let Some(handle) = request.handle().filter(|_| request.object().is_some()) else { return };
    let Some(method) = request.started.method else { return };
    let former = model.clients.calls_with(request.started.association, handle).next_back();
    let brought = |call: &&ClientCall| call.is(Method::GetNotification) && call.succeeded() == Some(true);
    let Some(former) = former.filter(brought) else { return };
    match method {
        Method::GetNotification | Method::UnregisterClient => {
            verdicts.pass();
        }
        _ if request.knows(former) == Belief::Yes && request.has_whole_past(model) => {
            verdicts.fail("GetNotification or UnregisterClient after a notification", method.name());
        }
        _ => {}
    }
}

/// Figures 8 and 9: a waiting call fails because its client has unregistered. That is no failure to try again after.
fn own_unregistration_ends_the_wait(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(request) = model.request(event) else { return };
    let Some(handle) = request.handle().filter(|_| request.object().is_some()) else { return };
    let former = || model.clients.calls_with(request.started.association, handle).rev();
    let waits = |call: &&ClientCall| call.is(Method::GetNotification) || call.is(Method::GetNewChannel);
    let Some(ended) = former().find(|call| waits(call) || call.is(Method::RegisterClient)).filter(waits) else {
        return;
    };
    let left = || former().take_while(|call| call.at > ended.at).any(|call| call.is(Method::UnregisterClient));
    let own = ended.code() == Some(Hresult::NOTIFICATIONS_TERMINATED.0) && left();
    if !own || request.knows(ended) != Belief::Yes {
        return;
    }
    match request.started.method {
        Some(Method::Delete | Method::RegisterClient) => {
            verdicts.pass();
        }
        Some(method) if Some(method) == ended.method => {
            let actual = format!("{} again", method.name());
            verdicts.fail("Delete, or RegisterClient, after the client's own unregistration", actual);
        }
        _ => {}
    }
}

/// Figure 9: while one channel waits the others are served, and GetNewChannel is called.
fn channels_run_in_parallel(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(ClientDue::Prompt(id)) = model.client_due(event) else { return };
    let Some(call) = model.clients.call(id) else { return };
    let Some(object) = call.handle else { return };
    let handles = returned(call);
    let waits = |call: &ClientCall| call.is(Method::GetNotificationSendResponse) && call.answer.is_none();
    let blocked = model.clients.outstanding(call.association).any(waits);
    if handles.is_empty() || !blocked {
        return;
    }
    let views = || handles.iter().filter_map(|handle| view_of_handle(model, call.association, *handle));
    let starving = views().filter(|view| view.calls.is_empty()).count();
    let calls = model.clients.calls_with(call.association, object).rev();
    let asks = calls.filter(|other| other.is(Method::GetNewChannel) && other.id != id).take(1);
    let asks = asks.into_iter().any(|other| other.at > call.at || other.answer.is_none());
    if starving == 0 && asks {
        verdicts.pass().about(id);
    } else if !has_left(model, call) && leaves_undone(model, call, Moment::of(event)) {
        let prompt = model.config().prompt;
        let missing = if asks { format!("{starving} of {} channels", handles.len()) } else { "GetNewChannel".into() };
        let actual = format!("no call for {missing} within {prompt:?}");
        let expected = "channels served, and GetNewChannel called, while the call on another channel waits";
        verdicts.fail(expected, actual).about(id).within(prompt);
    }
}

/// The handles that a GetNewChannel has returned.
fn returned(call: &ClientCall) -> &[dcerpc::ContextHandle] {
    match call.outcome().and_then(Outcome::output) {
        Some(Out::GetNewChannel(output)) if output.status.is_success() => {
            output.channel_ctxt.as_ref().map_or(&[], |handles| &handles.elements)
        }
        _ => &[],
    }
}

/// Figure 10: a client that is shutting down may close what it has not looked at; it unregisters then.
fn channel_starts_with_its_notification(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    if let Some(request) = ChannelRequest::of(model, event, ChannelMethod::Gnsr) {
        if request.is_first(model).sure() && request.octets().is_empty() {
            verdicts.pass();
        }
        return;
    }
    let Some(ClientDue::Prompt(id)) = model.client_due(event) else { return };
    let Some(call) = model.clients.call(id) else { return };
    for handle in returned(call) {
        let Some(view) = view_of_handle(model, call.association, *handle) else { continue };
        let Some(first) = calls_on(model, view).next().filter(|first| first.is(Method::CloseChannel)) else { continue };
        if !has_left(model, call) && leaves_undone(model, call, Moment::of(event)) {
            let expected = "GetNotificationSendResponse first on a new channel";
            verdicts.fail(expected, "CloseChannel, and the client goes on").about(first.id);
        }
    }
}

/// Figure 10: NOTIFICATION_RELEASE, or a NULL handle in another reply, ends a channel.
fn nothing_follows_the_end(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    if let Kind::AssociationEnded(association) = event.kind {
        return nothing_followed(model, association, verdicts);
    }
    let Some(request) = ChannelRequest::any(model, event) else { return };
    let ended = request.earlier(model).find_map(|call| Some((call, decided(model, call)?)));
    let Some((call, requirements)) = ended.filter(|(call, _)| request.request.knows(call) == Belief::Yes) else {
        return;
    };
    let reply = match Gone::by(call) {
        Some(Gone::Null { released: true }) => "NOTIFICATION_RELEASE and NULL",
        _ => "NULL",
    };
    verdicts.fail(format!("no call on a channel after a reply with {reply}"), "a call").on(requirements);
}

/// The association has ended: channels that had ended before were left alone.
fn nothing_followed(model: &Scene<'_>, association: AssociationId, verdicts: &mut Verdicts) {
    for call in model.clients.calls_of(association) {
        let Some(requirements) = decided(model, call) else { continue };
        let Some((view, answer)) = view_of(model, call).zip(call.answer.as_ref()) else { continue };
        if !calls_on(model, view).any(|other| other.at > answer.at) {
            verdicts.pass().on(requirements);
        }
    }
}

/// What a reply that ends its channel is an end of: the first reply, the reply to the first response, or a later one.
fn decided(model: &Scene<'_>, call: &ClientCall) -> Option<&'static [&'static str]> {
    let Some(Gone::Null { released }) = Gone::by(call).filter(|_| call.is(Method::GetNotificationSendResponse)) else {
        return None;
    };
    let view = view_of(model, call)?;
    let brought = |other: &ClientCall| other.is(Method::GetNotificationSendResponse) && other.succeeded() == Some(true);
    let notified = calls_on(model, view).take_while(|other| other.id != call.id).filter(|other| brought(other)).count();
    match (notified, released) {
        (0, true) => Some(&["PAN-3.2.2-07"]),
        (1, true) => Some(&["PAN-3.2.2-09", "PAN-3.2.2-10"]),
        (0, false) => None,
        _ => Some(&["PAN-3.2.2-10"]),
    }
}

/// Figure 10: by CloseChannel, or by GetNotificationSendResponse with the registered type (SD-05).
fn notification_is_closed_or_responded_to(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(request) = ChannelRequest::any(model, event) else { return };
    let Some(registered) = request.registered(model) else { return };
    let open = |call: &&ClientCall| {
        let Some(Out::GetNotificationSendResponse(output)) = call.outcome().and_then(Outcome::output) else {
            return false;
        };
        output.status.is_success()
            && !output.channel.is_null()
            && output.notification_type != Some(NotificationType::RELEASE)
    };
    let mut earlier = request.earlier(model);
    let Some(first) = earlier.next().filter(open) else { return };
    if earlier.next().is_some() || request.request.knows(first) != Belief::Yes {
        return;
    }
    let given = request.notification_type.map_or_else(|| "NULL".into(), |given| format!("{given}"));
    match (request.kind, request.notification_type) {
        (_, Some(given)) if given == registered => verdicts.pass(),
        (ChannelMethod::Close, Some(NotificationType::RELEASE)) => verdicts.pass(),
        (ChannelMethod::Gnsr, Some(NotificationType::RELEASE)) => {
            verdicts.warn("CloseChannel with NOTIFICATION_RELEASE", "GetNotificationSendResponse with it (SD-05)")
        }
        _ => verdicts.fail(format!("a response with {registered}, or a release"), given),
    };
}

/// Figure 10: the next response is sent when the next notification has come.
fn responses_and_notifications_alternate(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(request) = ChannelRequest::of(model, event, ChannelMethod::Gnsr) else { return };
    if request.is_first(model) != Belief::No {
        return;
    }
    let mut outstanding = request.earlier(model).filter(|call| call.answer.is_none());
    let Some(other) = outstanding.find(|call| call.is(Method::GetNotificationSendResponse)) else {
        verdicts.pass();
        return;
    };
    if request.request.follows(other) == Belief::Yes {
        verdicts.fail("the next response after the next notification", "one while the call before it is outstanding");
    }
}
