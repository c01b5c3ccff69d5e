//! How AsyncUI clients answer what a channel brings ([MS-PAN] 3.2.3 figure 11).

use alloc::format;
use alloc::string::String;

use mspan::async_ui::{Notification, NotificationKind, Reply};
use mspan::document::Assessment;
use mspan::{Method, NotificationType};

use super::client_error::must_be_noticed;
use super::client_request::{ChannelRequest, calls_on, client, leaves_undone, registered, view_of};
use super::exchange::{data, is_notification};
use crate::catalogue::Level;
use crate::event::{Event, Outcome};
use crate::fact::Facts;
use crate::model::Moment;
use crate::model::channel::{Belief, ChannelMethod};
use crate::model::client::{ClientCall, ClientDue};
use crate::occasion::Occasions;
use crate::rule::{Rule, Verdict, Verdicts};
use crate::scene::Scene;

const SECTION: &str = "3.2.3";

/// The rules of this section.
pub(super) static RULES: &[Rule] = &[
    client(
        "MS-PAN/3.2.3/invalid-notification-is-released",
        SECTION,
        Level::Must,
        &["PAN-3.2.3-03"],
        invalid_is_released,
    )
    .at(Occasions::STARTED
        .of(&[Method::CloseChannel, Method::GetNotificationSendResponse])
        .or(Occasions::PROMPT.of(&[Method::GetNotificationSendResponse]))
        .given(Facts::ODD_DOCUMENT)),
    client(
        "MS-PAN/3.2.3/message-box-is-answered-by-its-reply",
        SECTION,
        Level::Must,
        &["PAN-3.2.3-04"],
        |model, event, verdicts| valid_is_answered(model, event, verdicts, Awaited::MessageBoxReply),
    )
    .at(Occasions::STARTED.of(&[Method::CloseChannel, Method::GetNotificationSendResponse]).given(Facts::ON_ASYNC_UI)),
    client(
        "MS-PAN/3.2.3/custom-notification-is-answered-by-its-reply",
        SECTION,
        Level::Must,
        &["PAN-3.2.3-05"],
        |model, event, verdicts| valid_is_answered(model, event, verdicts, Awaited::CustomUiReply),
    )
    .at(Occasions::STARTED.of(&[Method::CloseChannel, Method::GetNotificationSendResponse]).given(Facts::ODD_DOCUMENT)),
];

/// What figure 11 lets a client answer a notification with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Awaited {
    /// NOTIFICATION_RELEASE: it is invalid, and the client can't but notice.
    Release,
    /// NOTIFICATION_RELEASE from clients that check what they receive, as they should.
    ReleaseIfChecked,
    /// A message box reply.
    MessageBoxReply,
    /// A custom UI reply, or NOTIFICATION_RELEASE where the entry point can't be called.
    CustomUiReply,
    /// Another mode's document, or one that only a tolerant client accepts: the figure does not say (SD-59).
    Open,
}

impl Awaited {
    fn by(notification: &Assessment<Notification>, octets: &[u8]) -> Self {
        match (notification.is_error_for_clients(), must_be_noticed(notification, octets)) {
            (true, true) => return Self::Release,
            (true, false) => return Self::ReleaseIfChecked,
            (false, _) => {}
        }
        match notification.meaning.as_ref().map(|meaning| (meaning.kind, meaning.bidi)) {
            Some((NotificationKind::MessageBox, _)) => Self::MessageBoxReply,
            Some((NotificationKind::CustomUi | NotificationKind::CustomData, Some(true))) => Self::CustomUiReply,
            _ => Self::Open,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Release | Self::ReleaseIfChecked | Self::Open => "CloseChannel with NOTIFICATION_RELEASE",
            Self::MessageBoxReply => "CloseChannel with the AsyncUI type and a message box reply",
            Self::CustomUiReply => "CloseChannel with the AsyncUI type and a custom UI reply",
        }
    }
}

/// The first notification of an AsyncUI channel that is open, with the call that brought it.
fn first_notification<'a>(
    model: &'a Scene<'_>,
    calls: impl Iterator<Item = &'a ClientCall>,
) -> Option<(&'a ClientCall, Awaited)> {
    let mut calls = calls.filter(|call| call.may_wait());
    let call = calls.find(|call| call.succeeded() != Some(false))?;
    let Some(mspan::method::Out::GetNotificationSendResponse(output)) = call.outcome().and_then(Outcome::output) else {
        return None;
    };
    let ours = view_of(model, call).and_then(|view| registered(model, view)) == Some(NotificationType::ASYNC_UI);
    let notification = is_notification(output) && output.notification_type == Some(NotificationType::ASYNC_UI);
    let open = notification && !output.channel.is_null();
    let octets = data(output);
    (ours && open && !call.misleading).then(|| (call, Awaited::by(&model.async_ui(&octets), &octets)))
}

/// The first call after the first notification of an AsyncUI channel, with what it has to be.
fn answering<'a>(model: &'a Scene<'_>, event: &'a Event) -> Option<(ChannelRequest<'a>, Awaited)> {
    let request = ChannelRequest::any(model, event)?;
    let (call, awaited) = first_notification(model, request.earlier(model))?;
    let answered = call.answer.as_ref()?.at;
    let first = request.earlier(model).all(|other| other.id == call.id || other.at < answered);
    (first && request.request.knows(call) == Belief::Yes).then_some((request, awaited))
}

fn invalid_is_released(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    if let Some(ClientDue::Prompt(id)) = model.client_due(event) {
        let Some(view) = model.clients.call(id).and_then(|call| view_of(model, call)) else { return };
        let Some((call, awaited)) = first_notification(model, calls_on(model, view)) else { return };
        let Some(answer) = call.answer.as_ref().filter(|_| call.id == id) else { return };
        // What was called before it came may have closed the channel, or lost it.
        let closes = |other: &ClientCall| other.at > answer.at || other.is(Method::CloseChannel);
        let silent = view.nulled.is_none() && !calls_on(model, view).any(closes);
        if silent && leaves_undone(model, call, Moment::of(event)) {
            let prompt = model.config().prompt;
            let actual = format!("no call on the channel within {prompt:?}");
            if let Some(verdict) = accuse(verdicts, awaited, actual) {
                verdict.about(id).within(prompt);
            }
        }
        return;
    }
    let Some((request, awaited)) = answering(model, event) else { return };
    if !matches!(awaited, Awaited::Release | Awaited::ReleaseIfChecked) {
        return;
    }
    if request.kind == ChannelMethod::Close && request.releases() {
        verdicts.pass();
    } else if !is_release_by_response(model, &request, verdicts) {
        accuse(verdicts, awaited, shown(model, &request));
    }
}

/// Figure 10 lets a client take no further part by GetNotificationSendResponse, too; the text doesn't (SD-05).
fn is_release_by_response(model: &Scene<'_>, request: &ChannelRequest<'_>, verdicts: &mut Verdicts) -> bool {
    let releases = request.kind == ChannelMethod::Gnsr && request.releases() && request.octets().is_empty();
    if releases {
        verdicts.warn("CloseChannel, to release the channel (SD-05)", shown(model, request));
    }
    releases
}

/// That a client checks what it receives only should be so (3.2.3.4.2).
fn accuse(verdicts: &mut Verdicts, awaited: Awaited, actual: String) -> Option<&mut Verdict> {
    let expected = "CloseChannel with NOTIFICATION_RELEASE for a notification that is not valid";
    match awaited {
        Awaited::Release => Some(verdicts.fail(expected, actual)),
        Awaited::ReleaseIfChecked => Some(verdicts.warn(expected, actual)),
        _ => None,
    }
}

/// A client that leaves may release the channel instead: what its user was about to choose nobody knows.
fn valid_is_answered(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts, awaited: Awaited) {
    let Some((request, kind)) = answering(model, event).filter(|(_, kind)| *kind == awaited) else { return };
    let closes = request.kind == ChannelMethod::Close;
    if closes && request.releases() {
        return;
    }
    let labelled = request.notification_type == Some(NotificationType::ASYNC_UI);
    let fits = match (awaited, &model.reply(request.octets()).meaning) {
        (Awaited::MessageBoxReply, Some(Reply::MessageBox(_))) => closes && labelled,
        (Awaited::CustomUiReply, Some(Reply::CustomUi(_))) => closes && labelled,
        _ => false,
    };
    if fits {
        verdicts.pass();
    } else if !is_release_by_response(model, &request, verdicts) {
        verdicts.fail(kind.name(), shown(model, &request));
    }
}

fn shown(model: &Scene<'_>, request: &ChannelRequest<'_>) -> String {
    let method = match request.kind {
        ChannelMethod::Gnsr => "GetNotificationSendResponse",
        ChannelMethod::Close => "CloseChannel",
    };
    let given = request.notification_type.map_or_else(|| String::from("NULL"), |given| format!("{given}"));
    let data = match (request.octets().is_empty(), &model.reply(request.octets()).meaning) {
        (true, _) => "no data",
        (_, Some(Reply::MessageBox(_))) => "a message box reply",
        (_, Some(Reply::CustomUi(_))) => "a custom UI reply",
        (_, None) => "other data",
    };
    format!("{method} with type {given} and {data}")
}
