//! What clients make of answers that break the rules of NDR ([MS-PAN] 3.2.1.4, 3.2.2.4): to them the call has failed.

use core::time::Duration;

use dcerpc::ndr::rule;
use mspan::Method;

use super::client_request::client;
use crate::catalogue::Level;
use crate::event::{Event, Kind, Outcome};
use crate::fact::Facts;
use crate::model::client::{Belief, ClientCall, Request};
use crate::occasion::Occasions;
use crate::rule::{Rule, Verdicts};
use crate::scene::Scene;

/// The rules of these sections.
pub(super) static RULES: &[Rule] = &[
    client(
        "MS-PAN/3.2.1.4/malformed-answers-are-refused",
        "3.2.1.4",
        Level::Must,
        &["PAN-3.2.1.4-01"],
        malformed_creation_is_refused,
    )
    .at(Occasions::STARTED.or(Occasions::ASSOCIATION_ENDED).given(Facts::AFTER_DEFECT)),
    client(
        "MS-PAN/3.2.2.4/malformed-answers-are-refused",
        "3.2.2.4",
        Level::Must,
        &["PAN-3.2.2.4-01", "PAN-3.2.2.4-02"],
        malformed_answers_are_refused,
    )
    .at(Occasions::STARTED.given(Facts::AFTER_DEFECT)),
];

/// A handle that a malformed answer brought is none.
fn malformed_creation_is_refused(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let malformed = |call: &&ClientCall| call.is(Method::Create) && call.malformed;
    if let Kind::AssociationEnded(association) = event.kind {
        for create in model.clients.calls_of(association).filter(malformed) {
            let used = |call: &ClientCall| call.at > create.at && names_unknown(model, call);
            if !model.clients.calls_of(association).any(used) {
                verdicts.pass().about(create.id);
            }
        }
        return;
    }
    let Some(request) = model.request(event) else { return };
    let on_object = request.started.method.is_some_and(is_on_object);
    let Some(handle) = request.handle().filter(|handle| on_object && !handle.is_null()) else { return };
    let association = request.started.association;
    let sealed =
        |call: &ClientCall| matches!(call.outcome(), Some(Outcome::Returned { output: None, .. })) && !call.malformed;
    let told = model.clients.giver(association, handle).is_some()
        || model.clients.calls_of(association).any(|call| call.is(Method::Create) && sealed(call));
    if told || model.clients.has_gaps(model, association) {
        return;
    }
    let mut creates = model.clients.calls_of(association).rev().filter(malformed);
    if let Some(create) = creates.find(|create| request.knows(create) == Belief::Yes) {
        let actual = "a call with the handle in it";
        verdicts.fail("an answer of Create that breaks NDR treated as a failure", actual).about(create.id);
    }
}

/// Whether a call names an object that nobody was seen to return.
fn names_unknown(model: &Scene<'_>, call: &ClientCall) -> bool {
    let handle = call.handle.filter(|handle| !handle.is_null() && call.is_on_object());
    handle.is_some_and(|handle| model.clients.giver(call.association, handle).is_none())
}

fn is_on_object(method: Method) -> bool {
    !matches!(method, Method::GetNotificationSendResponse | Method::CloseChannel)
}

/// After a success a client goes on at once; what it repeats after an interval, it takes for a failure.
const AT_ONCE: Duration = Duration::from_millis(800);

fn malformed_answers_are_refused(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(request) = model.request(event) else { return };
    let Some(handle) = request.handle() else { return };
    let association = request.started.association;
    let former = if handle.is_null() {
        model.clients.calls_of(association).rev().find(|call| call.is(Method::GetNewChannel))
    } else {
        let giver = model.clients.giver(association, handle).filter(|giver| giver.is(Method::GetNewChannel));
        model.clients.calls_with(association, handle).next_back().or(giver)
    };
    let known = |call: &&ClientCall| call.malformed && request.knows(call) == Belief::Yes;
    let Some(former) = former.filter(known) else { return };
    let decided: &[&str] = if lacks_array(former) { &["PAN-3.2.2.4-02"] } else { &["PAN-3.2.2.4-01"] };
    match takes_for_success(&request, former) {
        Some(true) => {
            let actual = request.started.method.map_or("a call", Method::name);
            verdicts
                .fail("an answer that breaks NDR treated as a failure", alloc::format!("{actual}, as after a success"))
        }
        Some(false) => verdicts.pass(),
        None => return,
    }
    .about(former.id)
    .on(decided);
}

/// Whether a request is what follows a success, or a failure.
fn takes_for_success(request: &Request<'_>, former: &ClientCall) -> Option<bool> {
    let method = request.started.method?;
    let answered = former.answer.as_ref()?.at.time;
    let at_once = request.started.begun.since(answered) < AT_ONCE;
    match (former.method?, method) {
        (Method::RegisterClient, Method::GetNotification | Method::GetNewChannel) => Some(true),
        (Method::GetNotification, Method::GetNotification) | (Method::GetNewChannel, Method::GetNewChannel) => {
            at_once.then_some(true)
        }
        (Method::GetNewChannel, Method::GetNotificationSendResponse | Method::CloseChannel) => Some(true),
        (Method::GetNotificationSendResponse, Method::GetNotificationSendResponse) => Some(true),
        (Method::GetNotificationSendResponse, Method::CloseChannel) => {
            let released = matches!(&request.started.input, Some(mspan::method::In::CloseChannel(input))
                if input.notification_type == mspan::NotificationType::RELEASE);
            Some(!released)
        }
        (_, Method::UnregisterClient | Method::Delete) => Some(false),
        _ => None,
    }
}

/// Whether an answer has no array where its size is not 0.
fn lacks_array(call: &ClientCall) -> bool {
    let Some(Outcome::Returned { defects, .. }) = call.outcome() else { return false };
    defects.iter().any(|defect| defect.rule == rule::SIZED_ARRAY_IS_PRESENT)
}
