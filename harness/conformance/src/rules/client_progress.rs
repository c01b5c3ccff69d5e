//! That clients go on after a unidirectional notification whatever its document holds ([MS-PAN] 3.2.3.4.1, 3.2.3.4.3,
//! 3.2.3.4.4, 3.2.4.4.1).
//!
//! What a client makes of a document shows in nothing else. An entry point may take any time, and so may the call of one
//! that a client has not refused; so that no call follows accuses where the client must have found an error, or where there
//! is nothing to call.

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use bytes::Bytes;
use mspan::async_ui::NotificationKind;
use mspan::document::Verdict as Reading;
use mspan::{Method, NotificationType, method};
use trace::Vantage;

use super::client_error::{is_fatal, kinds, must_be_noticed};
use super::client_reply::is_absent;
use super::client_request::{client, leaves_undone};
use crate::catalogue::Level;
use crate::event::{Event, Outcome};
use crate::fact::Facts;
use crate::model::Moment;
use crate::model::client::{ClientCall, ClientDue};
use crate::occasion::Occasions;
use crate::rule::{Rule, Verdicts};
use crate::scene::Scene;

/// The rules of these sections.
pub(super) static RULES: &[Rule] = &[
    client(
        "MS-PAN/3.2.3.4.1/client-goes-on-after-an-error",
        "3.2.3.4.1",
        Level::Must,
        &["PAN-3.2.3.4.1-14", "PAN-3.2.3.4.3-09", "PAN-3.2.3.4.4-09"],
        |model, event, verdicts| goes_on(model, event, verdicts, after_error),
    )
    .at(Occasions::STARTED
        .of(&[Method::GetNotification, Method::UnregisterClient, Method::Delete])
        .or(Occasions::PROMPT.of(&[Method::GetNotification]))
        .given(Facts::AFTER_ERROR)),
    client(
        "MS-PAN/3.2.4.4.1/client-goes-on-after-an-error",
        "3.2.4.4.1",
        Level::Must,
        &["PAN-3.2.4.4.1-05"],
        |model, event, verdicts| goes_on(model, event, verdicts, after_error_of_configuration),
    )
    .at(Occasions::STARTED
        .of(&[Method::GetNotification, Method::UnregisterClient, Method::Delete])
        .or(Occasions::PROMPT.of(&[Method::GetNotification]))
        .given(Facts::AFTER_ERROR)),
    client(
        "MS-PAN/3.2.3.4.1/client-goes-on-after-a-call-that-fails",
        "3.2.3.4.1",
        Level::Must,
        &["PAN-3.2.3.4.1-17", "PAN-3.2.3.4.3-13", "PAN-3.2.3.4.4-13"],
        |model, event, verdicts| goes_on(model, event, verdicts, after_absent_entry_point),
    )
    .at(Occasions::STARTED
        .of(&[Method::GetNotification, Method::UnregisterClient, Method::Delete])
        .or(Occasions::PROMPT.of(&[Method::GetNotification]))
        .given(Facts::AFTER_ERROR)),
];

/// What a document asks of its client.
struct Duty {
    /// The requirements, by the formats that the document may have.
    decided: Vec<&'static [&'static str]>,
    /// Whether the client can't but go on without delay.
    certain: bool,
}

/// A notification that GetNotification has brought, of the type that was registered for.
fn document<'a>(model: &Scene<'_>, call: &'a ClientCall) -> Option<(NotificationType, &'a Bytes)> {
    let Outcome::Returned { output: Some(method::Out::GetNotification(output)), .. } = call.outcome()? else {
        return None;
    };
    let object = model.object(call.association, call.handle?)?;
    let registration = model.registration(object.registration?)?;
    let kind = output.notification_type.filter(|kind| *kind == registration.notification_type)?;
    let sound = output.status.is_success() && !call.misleading && registration.certain;
    sound.then_some((kind, &output.notification_data.as_ref()?.elements))
}

fn after_error(model: &Scene<'_>, kind: NotificationType, octets: &Bytes) -> Option<Duty> {
    let assessment = (kind == NotificationType::ASYNC_UI).then(|| model.async_ui(octets))?;
    let decided = |kind| -> Option<&'static [&'static str]> {
        Some(match kind {
            NotificationKind::Balloon => &["PAN-3.2.3.4.1-14"],
            NotificationKind::CustomUi => &["PAN-3.2.3.4.3-09"],
            NotificationKind::CustomData => &["PAN-3.2.3.4.4-09"],
            // No message box has a place here (SD-59).
            NotificationKind::MessageBox => return None,
        })
    };
    let decided = kinds(&assessment, octets).into_iter().filter_map(decided).collect();
    let certain = must_be_noticed(&assessment, octets);
    assessment.is_error_for_clients().then_some(Duty { decided, certain })
}

fn after_error_of_configuration(model: &Scene<'_>, kind: NotificationType, octets: &Bytes) -> Option<Duty> {
    let types = [NotificationType::PRINTER_CONFIGURATION, NotificationType::PRINTER_CONFIGURATION_SDK];
    let assessment = types.contains(&kind).then(|| model.configuration(octets))?;
    let certain = is_fatal(&assessment, octets);
    (assessment.verdict() == Reading::Invalid).then(|| Duty { decided: vec![&["PAN-3.2.4.4.1-05"]], certain })
}

fn after_absent_entry_point(model: &Scene<'_>, kind: NotificationType, octets: &Bytes) -> Option<Duty> {
    let assessment = (kind == NotificationType::ASYNC_UI).then(|| model.async_ui(octets))?;
    if assessment.is_error_for_clients() {
        return None;
    }
    let meaning = assessment.meaning.as_ref()?;
    let decided: &[&str] = match (meaning.kind, meaning.bidi) {
        (NotificationKind::Balloon, _) => &["PAN-3.2.3.4.1-17"],
        (NotificationKind::CustomUi, Some(false)) => &["PAN-3.2.3.4.3-13"],
        (NotificationKind::CustomData, Some(false)) => &["PAN-3.2.3.4.4-13"],
        _ => return None,
    };
    meaning.entry_point.as_ref().filter(|called| is_absent(called))?;
    Some(Duty { decided: vec![decided], certain: true })
}

fn goes_on(
    model: &Scene<'_>,
    event: &Event,
    verdicts: &mut Verdicts,
    duty: fn(&Scene<'_>, NotificationType, &Bytes) -> Option<Duty>,
) {
    if let Some(ClientDue::Prompt(id)) = model.client_due(event) {
        let Some(call) = model.clients.call(id) else { return };
        let found = document(model, call).and_then(|(kind, octets)| duty(model, kind, octets));
        if let Some(duty) = found.filter(|duty| duty.certain) {
            stays(model, event, verdicts, call, &duty);
        }
        return;
    }
    let Some(request) = model.request(event) else { return };
    let Some(method) = request.started.method.filter(|method| *method == Method::GetNotification || leaves(*method))
    else {
        return;
    };
    let Some(handle) = request.handle() else { return };
    let mut earlier = model.clients.calls_with(request.started.association, handle).rev();
    // Whoever has left already was judged then.
    let last = earlier.find(|call| call.is(Method::GetNotification) || call.method.is_some_and(leaves));
    let Some(last) = last.filter(|last| last.is(Method::GetNotification)) else { return };
    let found = document(model, last).and_then(|(kind, octets)| duty(model, kind, octets));
    let Some(duty) = found.filter(|_| request.knows(last).sure()) else { return };
    if method == Method::GetNotification {
        for decided in duty.decided {
            verdicts.pass().on(decided);
        }
    } else if duty.certain {
        leaves_after(model, verdicts, last, &duty, method);
    }
}

/// A client that was started for more has to go on; one that has had all may go. What else there is to it nobody knows.
fn leaves_after(model: &Scene<'_>, verdicts: &mut Verdicts, call: &ClientCall, duty: &Duty, method: Method) {
    match model.clients.wants_more(call.association) {
        Some(true) => accuse(model, verdicts, call, duty, method.name()),
        Some(false) => {}
        None => doubt(verdicts, call, duty, "the client unregistered: it may have lost its interest"),
    }
}

fn doubt(verdicts: &mut Verdicts, call: &ClientCall, duty: &Duty, why: &str) {
    for decided in &duty.decided {
        verdicts.inconclusive(why).on(decided).about(call.id);
    }
}

/// T_PROMPT has passed after a document with which a client can't but go on. That it has unregistered in the knowledge of
/// the document was judged then; otherwise the two may have crossed.
fn stays(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts, call: &ClientCall, duty: &Duty) {
    let (Some(handle), Some(answer)) = (call.handle, &call.answer) else { return };
    let calls = model.clients.calls_with(call.association, handle);
    let mut later = calls.filter(|other| other.at > call.at && other.id != call.id);
    let left = |call: &ClientCall| call.method.is_some_and(leaves);
    let Some(next) = later.find(|other| other.is(Method::GetNotification) || left(other)) else {
        if leaves_undone(model, call, Moment::of(event)) {
            accuse(model, verdicts, call, duty, "nothing");
        }
        return;
    };
    let own_tap = model.config().vantage == Vantage::Client && answer.at.time <= next.begun;
    let known = own_tap || call.received.is_some_and(|(_, at)| at <= next.at);
    if left(next) && !known {
        let why = "the client unregistered when it had been sent a document with which it has to go on";
        doubt(verdicts, call, duty, why);
    }
}

fn leaves(method: Method) -> bool {
    matches!(method, Method::UnregisterClient | Method::Delete)
}

fn accuse(model: &Scene<'_>, verdicts: &mut Verdicts, call: &ClientCall, duty: &Duty, actual: &str) {
    let prompt = model.config().prompt;
    for decided in &duty.decided {
        let expected = "another GetNotification, whatever the document holds";
        verdicts.fail(expected, format!("{actual} within {prompt:?}")).on(decided).about(call.id).within(prompt);
    }
}
