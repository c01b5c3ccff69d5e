//! What clients do about a notification that a channel has brought ([MS-PAN] 2.2.3, 3.1.3.4.2, 3.2.3.4): answer it once,
//! by CloseChannel.
//!
//! A user, or the entry point of a driver, may take any time. So that an answer is still missing accuses nobody; that the
//! client has left without one does.

use alloc::borrow::Cow;
use alloc::format;

use bytes::Bytes;
use dcerpc::ContextHandle;
use mspan::async_ui::{Notification, NotificationKind, Parameter, StringResource};
use mspan::document::{Assessment, Verdict as Reading};
use mspan::{Method, NotificationType, method};
use trace::Vantage;

use super::client_request::{client, is_received, leaves_undone};
use super::exchange::is_notification;
use crate::catalogue::Level;
use crate::event::{AssociationId, Event, Kind, Outcome};
use crate::fact::Facts;
use crate::model::channel::ChannelMethod;
use crate::model::client::{Belief, ClientCall, ClientDue, Parting};
use crate::model::{Moment, Registration};
use crate::occasion::Occasions;
use crate::rule::{Rule, Verdicts};
use crate::scene::Scene;

/// The rules of these sections.
pub(super) static RULES: &[Rule] = &[
    client(
        "MS-PAN/2.2.3/notification-on-a-channel-is-answered",
        "2.2.3",
        Level::Must,
        &["PAN-2.2.3-02"],
        notification_on_a_channel_is_answered,
    )
    .at(Occasions::STARTED
        .of(&[Method::GetNotificationSendResponse, Method::CloseChannel])
        .or(Occasions::ASSOCIATION_ENDED)),
    client(
        "MS-PAN/3.1.3.4.2/answer-is-not-another-call",
        "3.1.3.4.2",
        Level::MustNot,
        &["PAN-3.1.3.4.2-06", "PAN-3.2.3.4.2-03", "PAN-3.2.3.4.3-04", "PAN-3.2.3.4.4-04"],
        answer_is_not_another_call,
    )
    .at(Occasions::STARTED.of(&[Method::CloseChannel, Method::GetNotificationSendResponse]).given(Facts::ON_ASYNC_UI)),
    client(
        "MS-PAN/3.1.3.4.2/answer-is-a-close",
        "3.1.3.4.2",
        Level::Must,
        &["PAN-3.1.3.4.2-05", "PAN-3.2.3.4.2-04", "PAN-3.2.3.4.3-05", "PAN-3.2.3.4.4-05"],
        answer_is_a_close,
    )
    .at(Occasions::STARTED
        .of(&[Method::CloseChannel, Method::GetNotificationSendResponse])
        .or(Occasions::PROMPT.of(&[Method::CloseChannel]))
        .or(Occasions::ASSOCIATION_ENDED)
        .given(Facts::ON_ASYNC_UI)),
];

/// A notification that a channel has brought to a client.
pub(super) struct Brought<'a> {
    /// The GetNotificationSendResponse that brought it.
    pub(super) by: &'a ClientCall,
    /// Its type.
    pub(super) kind: NotificationType,
    /// Its octets.
    pub(super) octets: &'a Bytes,
}

impl<'a> Brought<'a> {
    /// The notification that a call has brought, when the channel stays open behind it.
    pub(super) fn by(call: &'a ClientCall) -> Option<Self> {
        let Outcome::Returned { output: Some(method::Out::GetNotificationSendResponse(output)), .. } =
            call.outcome()?
        else {
            return None;
        };
        let open = output.status.is_success() && is_notification(output) && !output.channel.is_null();
        let (kind, data) = (output.notification_type?, output.notification_data.as_ref()?);
        (open && !call.misleading).then_some(Self { by: call, kind, octets: &data.elements })
    }

    /// The one notification that a channel has brought so far. Where there were several, a client has gone on with the
    /// channel, and what it does is its answer to the last one or to one before.
    pub(super) fn on(model: &'a Scene<'_>, association: AssociationId, handle: ContextHandle) -> Option<Self> {
        let mut all = model.clients.calls_with(association, handle).filter_map(Self::by);
        all.next().filter(|_| all.next().is_none())
    }
}

/// How a client reacts to the notification of an AsyncUI channel.
pub(super) struct Reaction<'a> {
    /// The notification.
    pub(super) brought: Brought<'a>,
    /// What it says and what it breaks.
    pub(super) assessment: Cow<'a, Assessment<Notification>>,
    /// By which method.
    pub(super) method: ChannelMethod,
    /// pInNotificationType; none for NULL.
    pub(super) given: Option<NotificationType>,
    /// The octets of pReason or pInNotificationData.
    pub(super) octets: &'a [u8],
    /// Whether the client had the notification when it sent this.
    pub(super) knows: Belief,
}

impl<'a> Reaction<'a> {
    /// The client's first request on an AsyncUI channel after its notification.
    pub(super) fn of(model: &'a Scene<'_>, event: &'a Event) -> Option<Self> {
        let Kind::CallStarted(started) = &event.kind else { return None };
        let (method, handle, given, octets) = parts(started.input.as_ref()?)?;
        let brought = async_ui(model, started.association, handle)?;
        if is_answered(model, &brought, handle) {
            return None;
        }
        let assessment = model.async_ui(brought.octets);
        let knows = model.request(event)?.knows(brought.by);
        // Nobody can answer what has not come.
        let knows = if octets.is_empty() || given == Some(NotificationType::RELEASE) { knows } else { Belief::Yes };
        Some(Self { brought, assessment, method, given, octets, knows })
    }

    /// The release with which a client has reacted to the notification of an AsyncUI channel, T_PROMPT after it, where the
    /// client is still registered: clients that leave may release what their users have not answered.
    pub(super) fn release_of_one_who_stays(model: &'a Scene<'_>, event: &Event) -> Option<Self> {
        let Some(ClientDue::Prompt(id)) = model.client_due(event) else { return None };
        let call = model.clients.call(id).filter(|call| call.is(Method::CloseChannel))?;
        let (method, handle, given, octets) = parts(call.input.as_ref()?)?;
        let brought = async_ui(model, call.association, handle)?;
        let answer = brought.by.answer.as_ref()?;
        let first = model.clients.calls_with(call.association, handle).all(|other| {
            other.id == id || other.id == brought.by.id || other.at < answer.at && !other.is(Method::CloseChannel)
        });
        let own_tap = model.config().vantage == Vantage::Client && answer.at.time <= call.begun;
        let told = brought.by.received.is_some_and(|(_, at)| at <= call.at);
        let knows = if own_tap || told { Belief::Yes } else { Belief::Maybe };
        let assessment = model.async_ui(brought.octets);
        let reaction = Self { brought, assessment, method, given, octets, knows };
        (first && reaction.releases() && reaction.is_registered(model)).then_some(reaction)
    }

    /// Whether it closes the channel without an answer.
    pub(super) fn releases(&self) -> bool {
        self.method == ChannelMethod::Close && self.given == Some(NotificationType::RELEASE)
    }

    /// Whether it answers: by whatever method, also with an empty response. A release does not, whatever comes with it.
    pub(super) fn replies(&self) -> bool {
        self.given != Some(NotificationType::RELEASE)
            && (self.method == ChannelMethod::Close || !self.octets.is_empty())
    }

    /// Whether it is CloseChannel with the AsyncUI type and octets.
    pub(super) fn is_reply(&self) -> bool {
        let typed = self.given == Some(NotificationType::ASYNC_UI);
        self.method == ChannelMethod::Close && typed && !self.octets.is_empty()
    }

    /// Whether the registration that the channel came from stands, and no call is on its way that ends it.
    fn is_registered(&self, model: &Scene<'_>) -> bool {
        let by = self.brought.by;
        let view = by.handle.and_then(|handle| model.channels.view_of(by.association, handle));
        let registration = view.and_then(|view| view.registration).and_then(|id| model.registration(id));
        // Whose wait the server has ended may give everything up.
        let terminated = |known: &Registration| model.channels.terminated(known.association, known.remote_object);
        registration.is_some_and(|known| known.is_live() && !terminated(known))
    }

    /// The notification's format, as far as it can be told.
    pub(super) fn kind(&self) -> Option<NotificationKind> {
        self.assessment.meaning.as_ref().map(|meaning| meaning.kind)
    }

    /// Whether the notification wants an answer, and is one that a client accepts or should accept.
    pub(super) fn wants_answer(&self) -> bool {
        wants_answer(&self.assessment)
    }
}

/// Whether a notification on a channel wants an answer, and is one that a client accepts or should accept.
pub(super) fn wants_answer(assessment: &Assessment<Notification>) -> bool {
    let Some(meaning) = &assessment.meaning else { return false };
    let answered = match meaning.kind {
        NotificationKind::MessageBox => !meaning.buttons.is_empty(),
        NotificationKind::CustomUi | NotificationKind::CustomData => meaning.bidi == Some(true),
        NotificationKind::Balloon => false,
    };
    answered && assessment.verdict() != Reading::Invalid && !assessment.is_error_for_clients()
}

/// The notification of an AsyncUI channel.
pub(super) fn async_ui<'a>(
    model: &'a Scene<'_>,
    association: AssociationId,
    handle: ContextHandle,
) -> Option<Brought<'a>> {
    let brought = Brought::on(model, association, handle)?;
    (is_async_ui(model, association, handle) && brought.kind == NotificationType::ASYNC_UI).then_some(brought)
}

/// The notification of an AsyncUI channel about which nothing has been done when T_PROMPT has passed, where the client has
/// received it and nothing excuses it.
pub(super) fn unanswered<'a>(model: &'a Scene<'_>, event: &Event) -> Option<Brought<'a>> {
    let Some(ClientDue::Prompt(call)) = model.client_due(event) else { return None };
    let by = model.clients.call(call)?;
    let (association, handle) = (by.association, by.handle?);
    let brought = async_ui(model, association, handle).filter(|brought| brought.by.id == call)?;
    let open = !is_answered(model, &brought, handle) && leaves_undone(model, by, Moment::of(event));
    open.then_some(brought)
}

/// Method, handle, type and octets of a client's call on a channel.
fn parts(input: &method::In) -> Option<(ChannelMethod, ContextHandle, Option<NotificationType>, &[u8])> {
    let (method, handle, given, data) = match input {
        method::In::CloseChannel(input) => {
            (ChannelMethod::Close, input.channel, Some(input.notification_type), &input.reason)
        }
        method::In::GetNotificationSendResponse(input) => {
            (ChannelMethod::Gnsr, input.channel, input.notification_type, &input.notification_data)
        }
        _ => return None,
    };
    Some((method, handle, given, data.as_ref().map_or(&[], |data| &data.elements)))
}

/// Whether a request with the handle of a channel was made after its notification, or may have been.
pub(super) fn is_answered(model: &Scene<'_>, brought: &Brought<'_>, handle: ContextHandle) -> bool {
    let Some(answer) = &brought.by.answer else { return true };
    let mut calls = model.clients.calls_with(brought.by.association, handle);
    calls.any(|call| call.id != brought.by.id && (call.at > answer.at || call.is(Method::CloseChannel)))
}

/// The type that the client of a channel has registered for, where that is certain.
pub(super) fn registered_type(
    model: &Scene<'_>,
    association: AssociationId,
    handle: ContextHandle,
) -> Option<NotificationType> {
    let view = model.channels.view_of(association, handle)?;
    if view.clouded || view.shared || view.returned.is_none() {
        return None;
    }
    let registration = model.registration(view.registration?)?;
    registration.certain.then_some(registration.notification_type)
}

/// Whether a channel is certainly of an AsyncUI client.
pub(super) fn is_async_ui(model: &Scene<'_>, association: AssociationId, handle: ContextHandle) -> bool {
    registered_type(model, association, handle) == Some(NotificationType::ASYNC_UI)
}

/// The notifications of channels that the client of an ended association left without an answer, each with its handle.
fn left<'a>(model: &'a Scene<'_>, event: &'a Event) -> impl Iterator<Item = (Brought<'a>, ContextHandle)> {
    let ended = match &event.kind {
        Kind::AssociationEnded(association) => Some(*association),
        _ => None,
    };
    let ended = ended.filter(|association| model.clients.parting(model, *association) == Parting::ByClient);
    let calls = ended.into_iter().flat_map(|association| model.clients.calls_of(association));
    let handles = calls.filter_map(|call| Some((call.association, call.handle?, Brought::by(call)?.by.id)));
    handles.filter_map(move |(association, handle, call)| {
        let brought = Brought::on(model, association, handle).filter(|brought| brought.by.id == call)?;
        let open = !is_answered(model, &brought, handle) && is_received(model, brought.by, Moment::of(event));
        open.then_some((brought, handle))
    })
}

fn notification_on_a_channel_is_answered(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    for (brought, _) in left(model, event) {
        let actual = format!("the client has left without one to a notification of {} octets", brought.octets.len());
        verdicts.fail("an answer to the notification of a channel, or CloseChannel", actual).about(brought.by.id);
    }
    let Kind::CallStarted(started) = &event.kind else { return };
    let Some((_, handle, ..)) = started.input.as_ref().and_then(parts) else { return };
    if Brought::on(model, started.association, handle).is_some() {
        verdicts.pass();
    }
}

/// Of all GetNotificationSendResponse calls with a channel's handle the first is the only one. With NOTIFICATION_RELEASE
/// it follows the label of a figure (SD-05).
fn answer_is_not_another_call(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(reaction) = Reaction::of(model, event) else { return };
    let decided: &[&str] = match reaction.kind() {
        Some(NotificationKind::MessageBox) => &["PAN-3.1.3.4.2-06", "PAN-3.2.3.4.2-03"],
        Some(NotificationKind::CustomUi) => &["PAN-3.1.3.4.2-06", "PAN-3.2.3.4.3-04"],
        Some(NotificationKind::CustomData) => &["PAN-3.1.3.4.2-06", "PAN-3.2.3.4.4-04"],
        Some(NotificationKind::Balloon) | None => &["PAN-3.1.3.4.2-06"],
    };
    let expected = "CloseChannel, and no GetNotificationSendResponse behind the notification";
    let actual = format!("GetNotificationSendResponse with {} octets", reaction.octets.len());
    match reaction.method {
        ChannelMethod::Close => verdicts.pass().on(decided),
        ChannelMethod::Gnsr if !reaction.knows.sure() => return,
        ChannelMethod::Gnsr if reaction.given == Some(NotificationType::RELEASE) => {
            verdicts.warn(expected, format!("{actual} and NOTIFICATION_RELEASE (SD-05)")).on(decided)
        }
        ChannelMethod::Gnsr => verdicts.fail(expected, actual).on(decided),
    };
}

/// A message box is answered by whoever can show it. An entry point may be out of reach, so that custom UI and custom data
/// may be released as well.
fn answer_is_a_close(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let expected = "a response by CloseChannel";
    for (brought, handle) in left(model, event) {
        let assessment = model.async_ui(brought.octets);
        if async_ui(model, brought.by.association, handle).is_none() || !wants_answer(&assessment) {
            continue;
        }
        if let Some(meaning) = &assessment.meaning {
            let actual = format!("the client has left a {} without one", meaning.kind.element());
            verdicts.fail(expected, actual).on(closes(meaning.kind)).about(brought.by.id);
        }
    }
    valid_box_was_released(model, event, verdicts);
    let Some(reaction) = Reaction::of(model, event).filter(Reaction::wants_answer) else { return };
    let Some(kind) = reaction.kind() else { return };
    match reaction.method {
        ChannelMethod::Gnsr if reaction.octets.is_empty() => {}
        ChannelMethod::Gnsr => {
            verdicts.fail(expected, "one by GetNotificationSendResponse").on(closes(kind));
        }
        ChannelMethod::Close if !reaction.releases() => {
            verdicts.pass().on(closes(kind));
        }
        ChannelMethod::Close if kind != NotificationKind::MessageBox => {
            verdicts.pass().on(closes(kind).get(1..).unwrap_or_default());
        }
        ChannelMethod::Close => {}
    }
}

fn valid_box_was_released(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(reaction) = Reaction::release_of_one_who_stays(model, event) else { return };
    let is_box = reaction.kind() == Some(NotificationKind::MessageBox) && reaction.wants_answer();
    if !is_box || reaction.assessment.verdict() != Reading::Valid {
        return;
    }
    let decided = &["PAN-3.1.3.4.2-05"];
    let answered = reaction.brought.by.id;
    if needs_files(&reaction.assessment) {
        verdicts.inconclusive("the client may lack the resource files of the message box").on(decided).about(answered);
    } else if reaction.knows.sure() {
        let expected = "the user's choice as AsyncUI reply to a valid message box";
        verdicts.fail(expected, "NOTIFICATION_RELEASE").on(decided).about(answered);
    }
}

/// Whether a notification shows what lies in resource files that a client may lack. The default resource file it has, and
/// next to IDOK and IDCANCEL it disregards them.
pub(super) fn needs_files(assessment: &Assessment<Notification>) -> bool {
    let Some(meaning) = &assessment.meaning else { return false };
    let named = |resource: &Option<StringResource>| resource.as_ref().is_some_and(|resource| resource.file.is_some());
    let parameter = |parameter: &Parameter| match parameter {
        Parameter::Resource(resource) => resource.file.is_some(),
        Parameter::PrinterName | Parameter::Text(_) => false,
    };
    let mut messages = meaning.title.iter().chain(&meaning.bodies);
    let mut buttons = meaning.buttons.iter().filter(|button| !button.is_ok_or_cancel());
    assessment.has("bitmap")
        || messages.any(|message| named(&message.resource) || message.parameters.iter().any(parameter))
        || buttons.any(|button| named(&button.resource))
}

/// Which requirements want a format answered by CloseChannel; behind the first, those that a release keeps as well.
fn closes(kind: NotificationKind) -> &'static [&'static str] {
    match kind {
        NotificationKind::MessageBox => &["PAN-3.1.3.4.2-05", "PAN-3.2.3.4.2-04"],
        NotificationKind::CustomUi => &["PAN-3.1.3.4.2-05", "PAN-3.2.3.4.3-05"],
        NotificationKind::CustomData => &["PAN-3.1.3.4.2-05", "PAN-3.2.3.4.4-05"],
        NotificationKind::Balloon => &["PAN-3.1.3.4.2-05"],
    }
}
