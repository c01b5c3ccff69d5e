//! What clients do on a channel after an answer ([MS-PAN] 3.1.1.4.4, 3.1.1.4.6, 3.2.2 figure 10): errors are fatal, and an
//! open channel is not left alone.

use alloc::format;
use alloc::string::String;

use mspan::method::Out;
use mspan::{Hresult, Method, NotificationType};

use super::client_handle::Gone;
use super::client_request::{ChannelRequest, calls_on, client, is_received, leaves_undone, registered, view_of};
use super::exchange::CONTEXT_MISMATCH;
use crate::catalogue::Level;
use crate::event::{Event, Kind, Outcome};
use crate::fact::Facts;
use crate::model::Moment;
use crate::model::channel::{Belief, ChannelMethod, View};
use crate::model::client::{ClientCall, ClientDue, Parting, QUIET};
use crate::occasion::Occasions;
use crate::rule::{Rule, Verdicts};
use crate::scene::Scene;

const GNSR: &str = "3.1.1.4.4";

/// The rules of these sections.
pub(super) static RULES: &[Rule] = &[
    client("MS-PAN/3.1.1.4.4/errors-are-fatal", GNSR, Level::Must, &["PAN-3.1.1.4.4-25"], |model, event, verdicts| {
        let again = |request: &ChannelRequest<'_>| request.kind == ChannelMethod::Gnsr;
        errors_are_fatal(model, event, verdicts, Method::GetNotificationSendResponse, again);
    })
    .at(Occasions::STARTED
        .of(&[Method::CloseChannel, Method::GetNotificationSendResponse])
        .or(Occasions::QUIET)
        .given(Facts::EVENTFUL)),
    client(
        "MS-PAN/3.1.1.4.6/errors-are-fatal",
        "3.1.1.4.6",
        Level::Must,
        &["PAN-3.1.1.4.6-18"],
        |model, event, verdicts| errors_are_fatal(model, event, verdicts, Method::CloseChannel, |_| true),
    )
    .at(Occasions::STARTED
        .of(&[Method::CloseChannel, Method::GetNotificationSendResponse])
        .or(Occasions::QUIET)
        .given(Facts::EVENTFUL)),
    client(
        "MS-PAN/3.1.1.4.4/failure-closes-the-channel",
        GNSR,
        Level::Should,
        &["PAN-3.1.1.4.4-32"],
        failure_closes_the_channel,
    )
    .at(Occasions::STARTED
        .of(&[Method::CloseChannel])
        .or(Occasions::PROMPT.of(&[Method::GetNotificationSendResponse]))
        .given(Facts::EVENTFUL)),
    client(
        "MS-PAN/3.1.1.4.4/notification-is-followed-up",
        GNSR,
        Level::Should,
        &["PAN-3.1.1.4.4-42"],
        notification_is_followed_up,
    )
    .at(Occasions::STARTED
        .of(&[Method::CloseChannel, Method::GetNotificationSendResponse])
        .or(Occasions::ASSOCIATION_ENDED)),
    client(
        "MS-PAN/3.1.1.4.4/data-of-a-release-is-ignored",
        GNSR,
        Level::Must,
        &["PAN-3.1.1.4.4-23"],
        data_of_a_release_is_ignored,
    )
    .at(Occasions::STARTED
        .of(&[Method::CloseChannel, Method::GetNotificationSendResponse])
        .or(Occasions::PROMPT.of(&[Method::GetNotificationSendResponse]))
        .given(Facts::EVENTFUL)),
    client(
        "MS-PAN/3.1.1.4.4/large-notification-is-survived",
        GNSR,
        Level::May,
        &["PAN-3.1.1.4.4-18"],
        |model, event, verdicts| large_is_survived(model, event, verdicts, Method::GetNotificationSendResponse),
    )
    .at(Occasions::STARTED.or(Occasions::ASSOCIATION_ENDED).given(Facts::AFTER_LARGE)),
    client(
        "MS-PAN/3.1.1.4.5/large-notification-is-survived",
        "3.1.1.4.5",
        Level::May,
        &["PAN-3.1.1.4.5-07"],
        |model, event, verdicts| large_is_survived(model, event, verdicts, Method::GetNotification),
    )
    .at(Occasions::STARTED.or(Occasions::ASSOCIATION_ENDED).given(Facts::AFTER_LARGE)),
    client(
        "MS-PAN/3.2.3/release-with-a-handle-is-closed",
        "3.2.3",
        Level::Must,
        &["PAN-3.2.3-06"],
        release_with_a_handle_is_closed,
    )
    .at(Occasions::STARTED
        .of(&[Method::CloseChannel])
        .or(Occasions::PROMPT.of(&[Method::GetNotificationSendResponse]))
        .given(Facts::EVENTFUL)),
];

/// After a failure no `again` follows on the channel. A second call that the server refused with 0x8004000C is no reason
/// to end the first, but to repeat it while that is outstanding is.
fn errors_are_fatal(
    model: &Scene<'_>,
    event: &Event,
    verdicts: &mut Verdicts,
    method: Method,
    again: impl Fn(&ChannelRequest<'_>) -> bool,
) {
    if let Some(ClientDue::Quiet(id)) = model.client_due(event) {
        let Some(call) = model.clients.call(id).filter(|call| call.is(method) && is_error(call)) else { return };
        return quiet(model, call, verdicts);
    }
    let Some(request) = ChannelRequest::any(model, event) else { return };
    let outstanding = |id| request.earlier(model).any(|other| other.id != id && other.answer.is_none());
    let errors = request.earlier(model).filter(|call| call.is(method) && is_error(call));
    let mut errors = errors.filter(|call| !is_refused_second(call) || outstanding(call.id));
    let Some(error) = errors.find(|call| request.request.knows(call) == Belief::Yes) else { return };
    if again(&request) {
        let code = Hresult(error.code().unwrap_or_default());
        verdicts.fail(format!("no further call on the channel after {code}, for errors are fatal"), "another call");
    } else {
        verdicts.pass();
    }
}

/// The window has passed: nothing has come after the failure, or that was judged when it came.
fn quiet(model: &Scene<'_>, call: &ClientCall, verdicts: &mut Verdicts) {
    let Some((view, answer)) = view_of(model, call).zip(call.answer.as_ref()) else { return };
    if calls_on(model, view).any(|other| other.at > answer.at) {
        return;
    }
    let window = model.config().no_reuse;
    if window < QUIET[1] {
        verdicts.inconclusive(format!("no further call within {window:?}, which is too short to tell")).about(call.id);
    } else {
        verdicts.pass().about(call.id);
    }
}

/// Whether a call came back with an error value. What the RPC runtime throws is another matter.
fn is_error(call: &ClientCall) -> bool {
    call.outcome().and_then(Outcome::hresult).is_some_and(Hresult::is_failure)
}

/// Whether the server refused a call because another one on its channel was outstanding.
fn is_refused_second(call: &ClientCall) -> bool {
    call.code() == Some(Hresult::CALL_OUTSTANDING.0)
}

fn failure_closes_the_channel(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let failed = |call: &ClientCall| {
        call.is(Method::GetNotificationSendResponse) && call.succeeded() == Some(false) && !is_refused_second(call)
    };
    if let Some(request) = ChannelRequest::of(model, event, ChannelMethod::Close) {
        if request.earlier(model).any(|call| failed(call) && request.request.knows(call) == Belief::Yes) {
            verdicts.pass();
        }
        return;
    }
    let Some(ClientDue::Prompt(id)) = model.client_due(event) else { return };
    let Some(call) = model.clients.call(id).filter(|call| failed(call)) else { return };
    // There is nothing to close where the server has taken the handle back, or does not know it.
    let pointless = Gone::by(call).is_some() || call.code() == Some(CONTEXT_MISMATCH);
    let Some(view) = view_of(model, call).filter(|view| !pointless && view.nulled.is_none()) else { return };
    let closes = calls_on(model, view).any(|other| other.is(Method::CloseChannel));
    if !closes && leaves_undone(model, call, Moment::of(event)) {
        let code = Hresult(call.code().unwrap_or_default());
        let prompt = model.config().prompt;
        verdicts
            .fail(format!("CloseChannel after {code}"), format!("no CloseChannel within {prompt:?}"))
            .about(id)
            .within(prompt);
    }
}

fn notification_is_followed_up(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    if let Kind::AssociationEnded(association) = event.kind {
        if model.clients.parting(model, association) == Parting::ByClient {
            for call in model.clients.calls_of(association).filter(|call| is_left_alone(model, call, Moment::of(event)))
            {
                let actual = "the client left without another call on the channel";
                verdicts.fail("GetNotificationSendResponse or CloseChannel for an open channel", actual).about(call.id);
            }
        }
        return;
    }
    let Some(request) = ChannelRequest::any(model, event) else { return };
    let known = |call: &&ClientCall| request.request.knows(call) == Belief::Yes;
    if request.earlier(model).filter(known).any(|call| notified(call) == Some(false)) {
        verdicts.pass();
    }
}

/// Whether a call is the last on its channel, succeeded with an open handle, and had been received when its client left.
fn is_left_alone(model: &Scene<'_>, call: &ClientCall, left: Moment) -> bool {
    let Some(view) = view_of(model, call) else { return false };
    let received = is_received(model, call, left);
    notified(call) == Some(false)
        && received
        && view.nulled.is_none()
        && !calls_on(model, view).any(|other| other.at > call.at)
}

/// Whether a GetNotificationSendResponse that succeeded and kept its channel open came with NOTIFICATION_RELEASE.
fn notified(call: &ClientCall) -> Option<bool> {
    let Some(Out::GetNotificationSendResponse(output)) = call.outcome().and_then(Outcome::output) else { return None };
    let open = output.status.is_success() && !output.channel.is_null();
    open.then_some(output.notification_type == Some(NotificationType::RELEASE))
}

/// The octets that came with NOTIFICATION_RELEASE are no notification that could be answered.
fn data_of_a_release_is_ignored(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    if let Some(ClientDue::Prompt(id)) = model.client_due(event) {
        let Some(call) = model.clients.call(id).filter(|call| brought_with_release(call).is_some()) else { return };
        let Some((view, answer)) = view_of(model, call).zip(call.answer.as_ref()) else { return };
        if !answers_after(model, view, answer.at) {
            verdicts.pass().about(id);
        }
        return;
    }
    let Some(request) = ChannelRequest::any(model, event) else { return };
    let Some(known) = request
        .earlier(model)
        .find(|call| brought_with_release(call).is_some() && request.request.knows(call) == Belief::Yes)
    else {
        return;
    };
    if !request.octets().is_empty() {
        let octets = brought_with_release(known).unwrap_or_default();
        let actual = format!("a response of {} octets", request.octets().len());
        verdicts.fail(format!("no response to the {octets} octets that came with NOTIFICATION_RELEASE"), actual);
    }
}

/// Whether a response was sent on a channel after a moment.
fn answers_after(model: &Scene<'_>, view: &View, at: Moment) -> bool {
    model.channels.calls_of(view).any(|call| call.started > at && !call.data.is_empty())
}

/// How many octets a GetNotificationSendResponse brought with NOTIFICATION_RELEASE, when it did.
fn brought_with_release(call: &ClientCall) -> Option<usize> {
    let Some(Out::GetNotificationSendResponse(output)) = call.outcome().and_then(Outcome::output) else { return None };
    let released = output.status.is_success() && output.notification_type == Some(NotificationType::RELEASE);
    let octets = output.notification_data.as_ref().map_or(0, |data| data.elements.len());
    (released && octets > 0).then_some(octets)
}

/// The server should have returned NULL; an AsyncUI client closes what it has kept (SD-11).
fn release_with_a_handle_is_closed(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let kept = |call: &ClientCall| notified(call) == Some(true);
    if let Some(request) = ChannelRequest::of(model, event, ChannelMethod::Close) {
        let ours = request.registered(model) == Some(NotificationType::ASYNC_UI) && request.releases();
        if ours && request.earlier(model).any(|call| kept(call) && request.request.knows(call) == Belief::Yes) {
            verdicts.pass();
        }
        return;
    }
    let Some(ClientDue::Prompt(id)) = model.client_due(event) else { return };
    let Some(call) = model.clients.call(id).filter(|call| kept(call)) else { return };
    let Some((view, answer)) = view_of(model, call).zip(call.answer.as_ref()) else { return };
    let goes_on = calls_on(model, view).any(|other| other.at > answer.at || other.is(Method::CloseChannel));
    let ours = registered(model, view) == Some(NotificationType::ASYNC_UI);
    if ours && !goes_on && leaves_undone(model, call, Moment::of(event)) {
        let prompt = model.config().prompt;
        let actual: String = format!("no call on the channel within {prompt:?}");
        verdicts.fail("CloseChannel with NOTIFICATION_RELEASE", actual).about(id).within(prompt);
    }
}

/// A notification of so many octets is one that a client may refuse to take.
const LARGE: usize = 0x0100_0000;

/// A client that limits what it takes goes on, or closes the channel; that nothing comes from it any more is worth a note.
fn large_is_survived(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts, method: Method) {
    let large = |call: &&ClientCall| call.is(method) && brought(call) >= LARGE;
    if let Kind::AssociationEnded(association) = event.kind {
        let answered = |call: &&ClientCall| call.answer.is_some() && call.outcome() != Some(&Outcome::Lost);
        let calls = model.clients.calls_of(association).filter(answered);
        let last = calls.max_by_key(|call| call.answer.as_ref().map(|answer| answer.at)).filter(large);
        let Some((call, answer)) = last.and_then(|call| Some((call, call.answer.as_ref()?))) else { return };
        if !model.clients.calls_of(association).any(|other| other.at > answer.at) {
            let expected = "another call after a large notification, if only to close the channel";
            let actual = format!("the association ended after one of {} octets", brought(call));
            verdicts.note(expected, actual).about(call.id);
        }
        return;
    }
    let Some(request) = model.request(event) else { return };
    let Some(handle) = request.handle() else { return };
    let former = model.clients.calls_with(request.started.association, handle).next_back();
    if former.filter(large).is_some_and(|call| request.knows(call) == Belief::Yes) {
        verdicts.pass();
    }
}

/// How many octets a notification had.
fn brought(call: &ClientCall) -> usize {
    let data = match call.outcome().and_then(Outcome::output) {
        Some(Out::GetNotification(output)) => &output.notification_data,
        Some(Out::GetNotificationSendResponse(output)) => &output.notification_data,
        _ => return 0,
    };
    data.as_ref().map_or(0, |data| data.elements.len())
}
