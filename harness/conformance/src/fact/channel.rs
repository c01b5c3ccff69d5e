//! What is found of calls on channels.

use dcerpc::ContextHandle;
use mspan::NotificationType;
use mspan::async_ui::NotificationKind;
use mspan::document::Verdict;
use mspan::method::{GetNotificationSendResponseOut, In, Out};

use super::{Facts, of_registration};
use crate::event::{AssociationId, CallId, CallStarted, Event, Outcome};
use crate::handle;
use crate::model::channel::View;
use crate::model::client::ClientCall;
use crate::model::{Call, Model, Moment};
use crate::rules::{is_configuration, leaves_open, registered};
use crate::scene::Scene;

/// What is found of calls on channels when T_PROMPT has passed since their answers.
pub(super) const OF_PROMPT: Facts = Facts::ON_ASYNC_UI.and(Facts::ODD_DOCUMENT).and(Facts::EVENTFUL);

/// Of a call on a channel that starts.
pub(super) fn started(model: &Model, started: &CallStarted) -> Facts {
    let Some(handle) = started.input.as_ref().and_then(handle::of_in) else { return Facts::NONE };
    let (given, octets, is_bare_close) = match &started.input {
        Some(In::GetNotificationSendResponse(input)) => (input.notification_type, &input.notification_data, false),
        Some(In::CloseChannel(input)) => (Some(input.notification_type), &input.reason, input.in_size == 0),
        _ => return Facts::NONE,
    };
    let is_empty = octets.as_ref().is_none_or(|octets| octets.elements.is_empty());
    let view = model.channels.view_of(started.association, handle);
    let registered = view.and_then(|view| registered(model, view));
    let is_usual = given.is_none_or(|given| registered == Some(given) && given != NotificationType::RELEASE);
    let mut calls = calls_on(model, view, started.association, handle);
    Facts::REPLY
        .when(given == Some(NotificationType::ASYNC_UI) && !is_empty)
        .and(Facts::OF_CONFIGURATION.when(given.is_some_and(is_configuration)))
        .and(Facts::EVENTFUL.when(!is_usual || is_bare_close || !calls.all(goes_on)))
        .and(brought(model, view, started.association, handle))
}

/// Of a call on a channel when T_PROMPT has passed since its answer.
pub(super) fn prompt(model: &Model, call: &ClientCall) -> Facts {
    let Some(handle) = call.handle else { return OF_PROMPT };
    let view = model.channels.view_of(call.association, handle);
    Facts::EVENTFUL.when(!goes_on(call)).and(brought(model, view, call.association, handle))
}

/// What an AsyncUI channel has brought.
fn brought(model: &Model, view: Option<&View>, association: AssociationId, handle: ContextHandle) -> Facts {
    let is_ours = view.and_then(|view| registered(model, view)) == Some(NotificationType::ASYNC_UI);
    if !is_ours || calls_on(model, view, association, handle).next().is_none() {
        return Facts::NONE;
    }
    let is_odd = calls_on(model, view, association, handle).filter_map(notification).any(|output| {
        let octets = output.notification_data.as_ref().map_or(&[][..], |data| &data.elements);
        output.notification_type == Some(NotificationType::ASYNC_UI) && !is_valid_box(model, octets)
    });
    Facts::ON_ASYNC_UI.and(Facts::ODD_DOCUMENT.when(is_odd))
}

fn is_valid_box(model: &Model, octets: &[u8]) -> bool {
    let read = model.async_ui(octets);
    read.meaning.as_ref().is_some_and(|meaning| meaning.kind == NotificationKind::MessageBox)
        && read.verdict() == Verdict::Valid
        && read.leniencies.is_empty()
        && !read.is_error_for_clients()
}

/// The calls that name a channel's handle, by both ways to know them.
fn calls_on<'a>(
    model: &'a Model,
    view: Option<&'a View>,
    association: AssociationId,
    handle: ContextHandle,
) -> impl Iterator<Item = &'a ClientCall> {
    let of_view = view.into_iter().flat_map(|view| &view.calls).filter_map(|id| model.clients.call(*id));
    of_view.chain(model.clients.calls_with(association, handle))
}

/// What a GetNotificationSendResponse has brought.
fn notification(call: &ClientCall) -> Option<&GetNotificationSendResponseOut> {
    match call.outcome().and_then(Outcome::output) {
        Some(Out::GetNotificationSendResponse(output)) if output.status.is_success() => Some(output),
        _ => None,
    }
}

/// Whether a call has brought a notification and left its channel open.
fn goes_on(call: &ClientCall) -> bool {
    notification(call).is_some_and(leaves_open)
}

/// Of a call on a channel that comes back.
pub(super) fn finished(scene: &Scene<'_>, call: &Call) -> Facts {
    let handle = call.started.input.as_ref().and_then(handle::of_in).filter(|handle| !handle.is_null());
    let view = handle.and_then(|handle| scene.channels.view_of(call.started.association, handle));
    let exchange = scene.exchange();
    Facts::UNSETTLED
        .when(view.is_none())
        .and(of_registration(scene, exchange.and_then(|exchange| exchange.view.registration)))
        .and(Facts::EVENTFUL.when(exchange.is_some_and(|exchange| !exchange.is_usual())))
}

/// Whether a call on a channel, or one that waits for channels, should have come back.
pub(super) fn is_overdue(model: &Model, call: CallId, event: &Event) -> bool {
    model.channels.missed(model, call, Moment::of(event)).is_some()
}

/// Whether a call on a channel has not come back, and something is known of what it waits for.
pub(super) fn is_known_to_wait(model: &Model, call: CallId) -> bool {
    let channels = &model.channels;
    let waiting = channels.call(call).filter(|call| call.finished.is_none());
    waiting.and_then(|call| channels.view(call.view)).is_some_and(|view| !view.is_sourceless())
}
