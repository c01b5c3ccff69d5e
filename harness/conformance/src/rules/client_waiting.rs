//! When clients call GetNewChannel and GetNotification ([MS-PAN] 3.1.1.4.3, 3.1.1.4.5): on a registration of the right
//! mode, until they unregister, and again after each success.

use alloc::format;

use mspan::method::{In, Out};
use mspan::{ConversationStyle, Method, NotificationType};
use trace::Vantage;

use super::client_request::{client, is_received, leaves_undone, view_of_handle};
use crate::catalogue::Level;
use crate::event::{AssociationId, CallId, Event, Kind, Outcome};
use crate::model::client::{Asked, Attempt, Belief, ClientCall, ClientDue, Parting, Request};
use crate::model::{Ending, Model, Moment, Registration};
use crate::occasion::Occasions;
use crate::rule::{Rule, Verdicts};
use crate::scene::Scene;

const CHANNEL: &str = "3.1.1.4.3";
const NOTIFICATION: &str = "3.1.1.4.5";

/// The rules of these sections.
pub(super) static RULES: &[Rule] = &[
    client(
        "MS-PAN/3.1.1.4.3/get-new-channel-needs-a-bidirectional-registration",
        CHANNEL,
        Level::Must,
        &["PAN-3.1.1.4.3-01", "PAN-3.1.1.4.3-02", "PAN-3.1.1.4.3-28", "PAN-2.2.3-01"],
        |model, event, verdicts| needs_a_registration(model, event, verdicts, &OF_CHANNEL),
    )
    .at(Occasions::STARTED.of(&[Method::GetNewChannel])),
    client(
        "MS-PAN/3.1.1.4.5/get-notification-needs-a-unidirectional-registration",
        NOTIFICATION,
        Level::Must,
        &["PAN-3.1.1.4.5-01", "PAN-3.1.1.4.5-02", "PAN-3.1.1.4.5-32", "PAN-2.2.3-01"],
        |model, event, verdicts| needs_a_registration(model, event, verdicts, &OF_NOTIFICATION),
    )
    .at(Occasions::STARTED.of(&[Method::GetNotification])),
    client(
        "MS-PAN/3.1.1.4.3/get-new-channel-ends-with-the-registration",
        CHANNEL,
        Level::MustNot,
        &["PAN-3.1.1.4.3-29"],
        |model, event, verdicts| ends_with_the_registration(model, event, verdicts, &OF_CHANNEL),
    )
    .at(Occasions::STARTED.of(&[Method::GetNewChannel]).or(Occasions::ASSOCIATION_ENDED)),
    client(
        "MS-PAN/3.1.1.4.5/get-notification-ends-with-the-registration",
        NOTIFICATION,
        Level::MustNot,
        &["PAN-3.1.1.4.5-33"],
        |model, event, verdicts| ends_with_the_registration(model, event, verdicts, &OF_NOTIFICATION),
    )
    .at(Occasions::STARTED.of(&[Method::GetNotification]).or(Occasions::ASSOCIATION_ENDED)),
    client(
        "MS-PAN/3.1.1.4.3/get-new-channel-is-called-again",
        CHANNEL,
        Level::Should,
        &["PAN-3.1.1.4.3-26"],
        |model, event, verdicts| is_called_again(model, event, verdicts, &OF_CHANNEL),
    )
    .at(Occasions::STARTED
        .of(&[Method::RegisterClient])
        .or(Occasions::PROMPT.of(&[Method::RegisterClient, Method::GetNewChannel]))),
    client(
        "MS-PAN/3.1.1.4.5/get-notification-is-called-again",
        NOTIFICATION,
        Level::Should,
        &["PAN-3.1.1.4.5-30"],
        |model, event, verdicts| is_called_again(model, event, verdicts, &OF_NOTIFICATION),
    )
    .at(Occasions::STARTED
        .of(&[Method::RegisterClient])
        .or(Occasions::PROMPT.of(&[Method::RegisterClient, Method::GetNotification]))),
    client(
        "MS-PAN/3.1.1.4.3/every-channel-is-served",
        CHANNEL,
        Level::Should,
        &["PAN-3.1.1.4.3-27"],
        every_channel_is_served,
    )
    .at(Occasions::PROMPT.of(&[Method::GetNewChannel])),
    client(
        "MS-PAN/3.1.1.4.5/lost-interest-is-told",
        NOTIFICATION,
        Level::Should,
        &["PAN-3.1.1.4.5-31"],
        lost_interest_is_told,
    )
    .at(Occasions::ASSOCIATION_ENDED),
];

/// A waiting method and what decides on its use.
struct Waiting {
    method: Method,
    style: ConversationStyle,
    /// The mode, and the registration in it.
    mode: &'static [&'static str],
    /// The registration.
    registered: &'static [&'static str],
}

static OF_CHANNEL: Waiting = Waiting {
    method: Method::GetNewChannel,
    style: ConversationStyle::BIDIRECTIONAL,
    mode: &["PAN-3.1.1.4.3-01", "PAN-3.1.1.4.3-02", "PAN-2.2.3-01"],
    registered: &["PAN-3.1.1.4.3-02", "PAN-3.1.1.4.3-28"],
};

static OF_NOTIFICATION: Waiting = Waiting {
    method: Method::GetNotification,
    style: ConversationStyle::UNIDIRECTIONAL,
    mode: &["PAN-3.1.1.4.5-01", "PAN-3.1.1.4.5-02", "PAN-2.2.3-01"],
    registered: &["PAN-3.1.1.4.5-02", "PAN-3.1.1.4.5-32"],
};

impl Waiting {
    fn request<'a>(&self, model: &'a Scene<'_>, event: &'a Event) -> Option<Request<'a>> {
        let request = model.request(event)?;
        (request.started.method == Some(self.method) && request.started.input.is_some()).then_some(request)
    }
}

fn needs_a_registration(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts, waiting: &Waiting) {
    let Some(request) = waiting.request(model, event) else { return };
    let Some(handle) = request.handle() else { return };
    let expected = "a remote object that RegisterClient has registered with success";
    if handle.is_null() {
        verdicts.fail(expected, "the NULL handle").on(waiting.registered);
        return;
    }
    let object = model.object(request.started.association, handle);
    let Some(id) = object.and_then(|object| object.registration) else {
        let created = request.object().is_some();
        if request.has_whole_past(model) && (created || !has_unread_objects(model, request.started.association)) {
            let actual = if created { "an object that is not registered" } else { "a handle that is no object's" };
            verdicts.fail(expected, actual).on(waiting.registered);
        }
        return;
    };
    let Some(registration) = model.registration(id).filter(|known| known.certain) else { return };
    if registration.may_have_ended().is_some() || !knows(model, &request, id.0) {
        return;
    }
    if registration.style == waiting.style {
        verdicts.pass();
    } else {
        let named = |style: ConversationStyle| style.name().unwrap_or("another style");
        let expected = format!("{} on a registration for {}", waiting.method.name(), named(waiting.style));
        verdicts.fail(expected, format!("one for {}", named(registration.style))).on(waiting.mode);
    }
}

fn knows(model: &Scene<'_>, request: &Request<'_>, call: CallId) -> bool {
    model.clients.call(call).is_some_and(|call| request.knows(call) == Belief::Yes)
}

/// Whether a Create came back with what can't be read.
fn has_unread_objects(model: &Scene<'_>, association: AssociationId) -> bool {
    let unread = |call: &ClientCall| matches!(call.outcome(), Some(Outcome::Returned { output: None, .. }));
    model.clients.calls_of(association).any(|call| call.is(Method::Create) && unread(call))
}

/// SD-17: until the handle is registered anew.
fn ends_with_the_registration(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts, waiting: &Waiting) {
    if let Kind::AssociationEnded(association) = event.kind {
        for registration in registrations(model, association, waiting.style) {
            let Some(ended) = registration.ended.filter(|ended| ended.how == Ending::Unregistered) else { continue };
            let handle = registration.remote_object;
            let later = model.clients.calls_with(association, handle).rev().take_while(|call| call.at > ended.begun);
            if !later.into_iter().any(|call| call.is(waiting.method)) {
                verdicts.pass();
            }
        }
        return;
    }
    let Some(request) = waiting.request(model, event) else { return };
    let association = request.started.association;
    let Some(handle) = request.handle().filter(|handle| !handle.is_null()) else { return };
    let id = model.object(association, handle).and_then(|object| object.registration);
    if id.and_then(|id| model.registration(id)).is_none_or(|known| known.may_have_ended().is_none()) {
        return;
    }
    let mut calls = model.clients.calls_with(association, handle).rev();
    let unregistered = calls.find(|call| call.is(Method::UnregisterClient));
    let Some(unregistered) = unregistered.filter(|call| call.succeeded() != Some(false)) else { return };
    if request.follows(unregistered) == Belief::Yes && request.has_whole_past(model) {
        verdicts.fail(format!("no {} after UnregisterClient", waiting.method.name()), "one on the same handle");
    }
}

/// The certain registrations of an association in a mode.
fn registrations(
    model: &Model,
    association: AssociationId,
    style: ConversationStyle,
) -> impl Iterator<Item = &Registration> {
    let all = model.registrations().filter(move |known| known.association == association && known.style == style);
    all.filter(|known| known.certain)
}

/// After RegisterClient (GetNewChannel alone; of GetNotification another section says it) and after each success.
fn is_called_again(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts, waiting: &Waiting) {
    if let Some(request) = model.request_of(event, Method::RegisterClient) {
        registers_for_each(model, &request, verdicts, waiting);
        return;
    }
    let Some(ClientDue::Prompt(id)) = model.client_due(event) else { return };
    let Some(call) = model.clients.call(id).filter(|call| call.succeeded() == Some(true)) else { return };
    let begins = call.is(Method::RegisterClient) && waiting.method == Method::GetNewChannel;
    if !(begins || call.is(waiting.method)) || is_final(call) {
        return;
    }
    let Some(handle) = call.handle else { return };
    let registration = model.object(call.association, handle).and_then(|object| object.registration);
    let registration = registration.and_then(|id| model.registration(id)).filter(|known| known.certain);
    if registration.is_none_or(|known| known.style != waiting.style || known.may_have_ended().is_some()) {
        return;
    }
    // A call that was over before this one came back is no call again.
    let over = |other: &ClientCall| other.answer.as_ref().is_some_and(|answer| Some(answer.at) < came_back(call));
    let mut others = model.clients.calls_with(call.association, handle).rev().filter(|other| other.id != call.id);
    if others.any(|other| other.is(waiting.method) && !over(other)) {
        verdicts.pass().about(id);
    } else if !has_left(model, call) && leaves_undone(model, call, Moment::of(event)) {
        let prompt = model.config().prompt;
        let name = waiting.method.name();
        let expected = format!("{name} again, or UnregisterClient");
        verdicts.fail(expected, format!("neither within {prompt:?}")).about(id).within(prompt);
    }
}

fn came_back(call: &ClientCall) -> Option<Moment> {
    call.answer.as_ref().map(|answer| answer.at)
}

/// Who has lost interest after a notification, and has it again at once, may have changed his mind; not each time.
fn registers_for_each(model: &Scene<'_>, request: &Request<'_>, verdicts: &mut Verdicts, waiting: &Waiting) {
    let Some(In::RegisterClient(input)) = &request.started.input else { return };
    let Some(asked) = Asked::of(model, request.started) else { return };
    let mut next = request.at;
    let mut row = 0;
    for attempt in model.clients.attempts_for(request.started.association, asked).rev().take(ROW) {
        if input.style != waiting.style || !ended_with_a_success(model, attempt, waiting.method, next) {
            return;
        }
        (next, row) = (attempt.begun, row + 1);
    }
    if row == ROW {
        let expected = format!("{} again, for the client is still interested", waiting.method.name());
        verdicts.fail(expected, format!("another registration for the same after each of the last {ROW} successes"));
    }
}

/// So many registrations in a row, each for one notification, are a habit.
const ROW: usize = 2;

/// Whether a client unregistered in the knowledge of what its last waiting call had brought, and registers for the same at
/// once.
fn ended_with_a_success(model: &Scene<'_>, attempt: &Attempt, method: Method, next: Moment) -> bool {
    let Some(register) = model.clients.call(attempt.register) else { return false };
    let Some(handle) = register.handle else { return false };
    let calls = model.clients.calls_with(attempt.association, handle);
    let mut last = None;
    for call in calls.skip_while(|call| call.at <= register.at).take_while(|call| call.at < next) {
        match (call.method, last) {
            (Some(called), _) if called == method => last = Some(call),
            (Some(Method::UnregisterClient | Method::Delete), Some(last)) => {
                let sound = last.succeeded() == Some(true) && !(last.misleading || is_final(last));
                let (own_tap, answered) = (model.config().vantage == Vantage::Client, last.answer.as_ref());
                let own_tap = own_tap && answered.is_some_and(|answer| answer.at.time <= call.begun);
                let knew = own_tap || last.received.is_some_and(|(_, at)| at <= call.at);
                return sound && knew && next.time.since(call.at.time) < model.config().prompt;
            }
            _ => {}
        }
    }
    false
}

/// Whether GetNotification has told that there will be no more: its printer was deleted.
fn is_final(call: &ClientCall) -> bool {
    let Some(Out::GetNotification(output)) = call.outcome().and_then(Outcome::output) else { return false };
    output.notification_type == Some(NotificationType::RELEASE)
}

/// Whether the client has shown, since a call, that it has lost interest in the call's object.
pub(super) fn has_left(model: &Scene<'_>, call: &ClientCall) -> bool {
    let Some(handle) = call.handle else { return false };
    let calls = model.clients.calls_with(call.association, handle).rev();
    let leaves = |call: &ClientCall| call.is(Method::UnregisterClient) || call.is(Method::Delete);
    calls.take_while(|other| other.at > call.at).any(leaves)
}

fn every_channel_is_served(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(ClientDue::Prompt(id)) = model.client_due(event) else { return };
    let Some(call) = model.clients.call(id) else { return };
    let Some(Out::GetNewChannel(output)) = call.outcome().and_then(Outcome::output) else { return };
    let handles = output.channel_ctxt.as_ref().map_or(&[][..], |handles| &handles.elements);
    let served = |handle: &&dcerpc::ContextHandle| {
        view_of_handle(model, call.association, **handle).is_none_or(|view| !view.calls.is_empty())
    };
    let left = handles.iter().filter(|handle| !served(handle)).count();
    if left == 0 {
        verdicts.pass().about(id);
    } else if !has_left(model, call) && leaves_undone(model, call, Moment::of(event)) {
        let prompt = model.config().prompt;
        let actual = format!("none for {left} of {} within {prompt:?}", handles.len());
        let expected = "GetNotificationSendResponse for each channel that GetNewChannel has returned";
        verdicts.fail(expected, actual).about(id).within(prompt);
    }
}

/// A client that leaves has lost interest.
fn lost_interest_is_told(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Kind::AssociationEnded(association) = event.kind else { return };
    let by_client = model.clients.parting(model, association) == Parting::ByClient;
    for registration in registrations(model, association, ConversationStyle::UNIDIRECTIONAL) {
        let Some(call) = model.clients.call(registration.id.0) else { continue };
        let ended = registration.ended.is_some_and(|ended| ended.how == Ending::Unregistered);
        if ended || !registration.leaving.is_empty() {
            verdicts.pass().about(call.id);
        } else if registration.ended.is_none() && by_client && is_received(model, call, Moment::of(event)) {
            verdicts.fail("UnregisterClient before the client leaves", "it has left without").about(call.id);
        }
    }
}
