//! What clients do about a notification that a channel has brought ([MS-PAN] 2.2.3, 3.1.3.4.2, 3.2.3.4): answer it once,
//! by CloseChannel.
//!
//! A user, or the entry point of a driver, may take any time. So that an answer is still missing accuses nobody; that the
//! client has left without one does.

use alloc::format;

use bytes::Bytes;
use dcerpc::ContextHandle;
use mspan::async_ui::{Notification, NotificationKind, Parameter, StringResource, read_notification};
use mspan::document::{Assessment, Verdict as Reading};
use mspan::{Method, NotificationType, method};
use trace::Vantage;

use super::exchange::is_notification;
use crate::catalogue::Level;
use crate::event::{AssociationId, Event, Kind, Outcome};
use crate::model::channel::ChannelMethod;
use crate::model::client::{Belief, ClientCall, Parting};
use crate::model::{Model, Moment};
use crate::rule::{Party, Rule, Verdicts};

/// The rules of these sections.
pub(super) static RULES: &[Rule] = &[
    client(
        "MS-PAN/2.2.3/notification-on-a-channel-is-answered",
        "2.2.3",
        Level::Must,
        &["PAN-2.2.3-02"],
        notification_on_a_channel_is_answered,
    ),
    client(
        "MS-PAN/3.1.3.4.2/answer-is-not-another-call",
        "3.1.3.4.2",
        Level::MustNot,
        &["PAN-3.1.3.4.2-06", "PAN-3.2.3.4.2-03", "PAN-3.2.3.4.3-04", "PAN-3.2.3.4.4-04"],
        answer_is_not_another_call,
    ),
    client(
        "MS-PAN/3.1.3.4.2/answer-is-a-close",
        "3.1.3.4.2",
        Level::Must,
        &["PAN-3.1.3.4.2-05", "PAN-3.2.3.4.2-04", "PAN-3.2.3.4.3-05", "PAN-3.2.3.4.4-05"],
        answer_is_a_close,
    ),
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
    pub(super) fn on(model: &'a Model, association: AssociationId, handle: ContextHandle) -> Option<Self> {
        let mut all = model.clients.calls_with(association, handle).filter_map(Self::by);
        all.next().filter(|_| all.next().is_none())
    }

    /// Whether the client has received it by a moment. Behind another tap than the client's own, what it sends shows it;
    /// after T_PROMPT on a connection that lasts so does the transport to the server, which has written it.
    pub(super) fn is_received(&self, model: &Model, now: Moment) -> bool {
        is_received(model, self.by, now)
    }
}

/// Whether a client has received the answer to a call by a moment.
pub(super) fn is_received(model: &Model, call: &ClientCall, now: Moment) -> bool {
    let Some(answer) = &call.answer else { return false };
    let config = model.config();
    let lasting = config.vantage == Vantage::Server && now.time.since(answer.at.time) >= config.prompt;
    config.vantage == Vantage::Client || call.received.is_some() || lasting
}

/// How a client reacts to the notification of an AsyncUI channel.
pub(super) struct Reaction<'a> {
    /// The notification.
    pub(super) brought: Brought<'a>,
    /// What it says and what it breaks.
    pub(super) assessment: Assessment<Notification>,
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
    pub(super) fn of(model: &'a Model, event: &'a Event) -> Option<Self> {
        let Kind::CallStarted(started) = &event.kind else { return None };
        let (method, handle, given, data) = match started.input.as_ref()? {
            method::In::CloseChannel(input) => {
                (ChannelMethod::Close, input.channel, Some(input.notification_type), &input.reason)
            }
            method::In::GetNotificationSendResponse(input) => {
                (ChannelMethod::Gnsr, input.channel, input.notification_type, &input.notification_data)
            }
            _ => return None,
        };
        let brought = async_ui(model, started.association, handle)?;
        if is_answered(model, &brought, handle) {
            return None;
        }
        let octets: &[u8] = data.as_ref().map_or(&[], |data| &data.elements);
        let assessment = read_notification(brought.octets);
        let knows = model.request(event)?.knows(brought.by);
        // Nobody can answer what has not come.
        let knows = if octets.is_empty() || given == Some(NotificationType::RELEASE) { knows } else { Belief::Yes };
        Some(Self { brought, assessment, method, given, octets, knows })
    }

    /// Whether it closes the channel without an answer.
    pub(super) fn releases(&self) -> bool {
        self.method == ChannelMethod::Close && self.given == Some(NotificationType::RELEASE)
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
pub(super) fn async_ui(model: &Model, association: AssociationId, handle: ContextHandle) -> Option<Brought<'_>> {
    let brought = Brought::on(model, association, handle)?;
    (is_async_ui(model, association, handle) && brought.kind == NotificationType::ASYNC_UI).then_some(brought)
}

/// Whether a request with the handle of a channel was made after its notification, or may have been.
pub(super) fn is_answered(model: &Model, brought: &Brought<'_>, handle: ContextHandle) -> bool {
    let Some(answer) = &brought.by.answer else { return true };
    let mut calls = model.clients.calls_with(brought.by.association, handle);
    calls.any(|call| call.id != brought.by.id && (call.at > answer.at || call.is(CLOSE)))
}

const CLOSE: Method = Method::CloseChannel;

/// The type that the client of a channel has registered for, where that is certain.
pub(super) fn registered_type(
    model: &Model,
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
pub(super) fn is_async_ui(model: &Model, association: AssociationId, handle: ContextHandle) -> bool {
    registered_type(model, association, handle) == Some(NotificationType::ASYNC_UI)
}

/// A rule for clients.
pub(super) const fn client(
    id: &'static str,
    section: &'static str,
    level: Level,
    requirements: &'static [&'static str],
    judge: fn(&Model, &Event, &mut Verdicts),
) -> Rule {
    Rule { id, section, level, party: Party::Client, requirements, judge }
}

/// The notifications of channels that the client of an ended association left without an answer, each with its handle.
fn left<'a>(model: &'a Model, event: &'a Event) -> impl Iterator<Item = (Brought<'a>, ContextHandle)> {
    let ended = match &event.kind {
        Kind::AssociationEnded(association) => Some(*association),
        _ => None,
    };
    let ended = ended.filter(|association| model.clients.parting(model, *association) == Parting::ByClient);
    let calls = ended.into_iter().flat_map(|association| model.clients.calls_of(association));
    let handles = calls.filter_map(|call| Some((call.association, call.handle?, Brought::by(call)?.by.id)));
    handles.filter_map(move |(association, handle, call)| {
        let brought = Brought::on(model, association, handle).filter(|brought| brought.by.id == call)?;
        let open = !is_answered(model, &brought, handle) && brought.is_received(model, Moment::of(event));
        open.then_some((brought, handle))
    })
}

fn notification_on_a_channel_is_answered(model: &Model, event: &Event, verdicts: &mut Verdicts) {
    for (brought, _) in left(model, event) {
        let actual = format!("the client has left without one to a notification of {} octets", brought.octets.len());
        verdicts.fail("an answer to the notification of a channel, or CloseChannel", actual).about(brought.by.id);
    }
    let Kind::CallStarted(started) = &event.kind else { return };
    let handle = match &started.input {
        Some(method::In::CloseChannel(input)) => input.channel,
        Some(method::In::GetNotificationSendResponse(input)) => input.channel,
        _ => return,
    };
    if Brought::on(model, started.association, handle).is_some() {
        verdicts.pass();
    }
}

/// Of all GetNotificationSendResponse calls with a channel's handle the first is the only one. With NOTIFICATION_RELEASE
/// it follows the label of a figure (SD-05).
fn answer_is_not_another_call(model: &Model, event: &Event, verdicts: &mut Verdicts) {
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
fn answer_is_a_close(model: &Model, event: &Event, verdicts: &mut Verdicts) {
    for (brought, handle) in left(model, event) {
        let assessment = read_notification(brought.octets);
        if async_ui(model, brought.by.association, handle).is_none() || !wants_answer(&assessment) {
            continue;
        }
        if let Some(meaning) = &assessment.meaning {
            let actual = format!("the client has left a {} without one", meaning.kind.element());
            verdicts.fail("a response by CloseChannel", actual).on(closes(meaning.kind)).about(brought.by.id);
        }
    }
    let Some(reaction) = Reaction::of(model, event).filter(Reaction::wants_answer) else { return };
    let Some(meaning) = &reaction.assessment.meaning else { return };
    let is_box = meaning.kind == NotificationKind::MessageBox;
    let expected = "a response by CloseChannel";
    if reaction.method == ChannelMethod::Gnsr {
        if !reaction.octets.is_empty() {
            verdicts.fail(expected, "one by GetNotificationSendResponse").on(closes(meaning.kind));
        }
    } else if !reaction.releases() {
        verdicts.pass().on(closes(meaning.kind));
    } else if !is_box {
        verdicts.pass().on(closes(meaning.kind).get(1..).unwrap_or_default());
    } else if reaction.knows.sure() && reaction.assessment.verdict() == Reading::Valid {
        released(model, &reaction, verdicts);
    }
}

/// A valid message box was released.
fn released(model: &Model, reaction: &Reaction<'_>, verdicts: &mut Verdicts) {
    let decided = &["PAN-3.1.3.4.2-05"];
    let view =
        reaction.brought.by.handle.and_then(|handle| model.channels.view_of(reaction.brought.by.association, handle));
    let registration = view.and_then(|view| view.registration).and_then(|id| model.registration(id));
    if registration.is_none_or(|known| !known.is_live()) {
        verdicts.inconclusive("the client released a message box when it had unregistered").on(decided);
    } else if needs_files(&reaction.assessment) {
        verdicts.inconclusive("the client may lack the resource files of the message box").on(decided);
    } else {
        verdicts.fail("the user's choice as AsyncUI reply to a valid message box", "NOTIFICATION_RELEASE").on(decided);
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
