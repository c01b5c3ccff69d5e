//! Types and modes that AsyncUI and printer configuration clients give ([MS-PAN] 2.2.3, 2.2.8, 3.1.3.4, 3.1.4.4,
//! 3.2.4.4).

use alloc::format;

use mspan::method::{self, RegisterClientIn};
use mspan::{ConversationStyle, Method, NotificationType, method::GetNotificationSendResponseIn};

use super::client_reaction::{is_async_ui, registered_type};
use super::client_request::client;
use crate::catalogue::Level;
use crate::event::{CallStarted, Event, Kind};
use crate::fact::Facts;
use crate::occasion::Occasions;
use crate::rule::{Rule, Verdicts};
use crate::scene::Scene;

const ASYNC_UI: NotificationType = NotificationType::ASYNC_UI;
const CONFIGURATION: NotificationType = NotificationType::PRINTER_CONFIGURATION;
const CONFIGURATION_SDK: NotificationType = NotificationType::PRINTER_CONFIGURATION_SDK;

/// The rules of these sections.
pub(super) static RULES: &[Rule] = &[
    client(
        "MS-PAN/3.1.3.4.1/async-ui-is-registered-under-its-type",
        "3.1.3.4.1",
        Level::Must,
        &["PAN-3.1.3.4.1-01", "PAN-3.1.3-01", "PAN-3.1.3.4-01", "PAN-2.2.1-04"],
        |_, event, verdicts| registers(event, verdicts, &[ASYNC_UI]),
    )
    .at(Occasions::STARTED.of(&[Method::RegisterClient])),
    client(
        "MS-PAN/3.1.4.4.1/configuration-is-registered-under-its-type",
        "3.1.4.4.1",
        Level::Must,
        &["PAN-3.1.4.4.1-01", "PAN-3.1.4-01", "PAN-3.1.4.4-01", "PAN-3.2.4-01", "PAN-3.2.4.4-01", "PAN-2.2.1-05"],
        |_, event, verdicts| registers(event, verdicts, &[CONFIGURATION, CONFIGURATION_SDK]),
    )
    .at(Occasions::STARTED.of(&[Method::RegisterClient])),
    client(
        "MS-PAN/3.1.4.4.1/configuration-is-registered-for-one-direction",
        "3.1.4.4.1",
        Level::Must,
        &["PAN-3.1.4.4.1-02", "PAN-2.2.8-02", "PAN-3.1.4.4-02", "PAN-3.2.4-02"],
        configuration_is_registered_for_one_direction,
    )
    .at(Occasions::STARTED.of(&[Method::RegisterClient])),
    client(
        "MS-PAN/3.2.4.4/configuration-is-not-responded-to",
        "3.2.4.4",
        Level::Must,
        &["PAN-3.2.4.4-01"],
        configuration_is_not_responded_to,
    )
    .at(Occasions::STARTED
        .of(&[Method::RegisterClient, Method::GetNotificationSendResponse, Method::CloseChannel])
        .given(Facts::OF_CONFIGURATION)),
    client(
        "MS-PAN/2.2.3/one-direction-has-no-channels",
        "2.2.3",
        Level::Must,
        &["PAN-2.2.3-03"],
        one_direction_has_no_channels,
    )
    .at(Occasions::STARTED.of(&[Method::GetNotification, Method::GetNewChannel])),
    client(
        "MS-PAN/3.1.3.4.2/first-call-has-no-type-or-its-own",
        "3.1.3.4.2",
        Level::Must,
        &["PAN-3.1.3.4.2-01"],
        first_call_has_no_type_or_its_own,
    )
    .at(Occasions::STARTED.of(&[Method::GetNotificationSendResponse])),
    client(
        "MS-PAN/3.1.3.4.2/first-call-is-empty",
        "3.1.3.4.2",
        Level::Should,
        &["PAN-3.1.3.4.2-02", "PAN-3.1.3.4.2-03", "PAN-3.1.3.4.2-07"],
        first_call_is_empty,
    )
    .at(Occasions::STARTED.of(&[Method::GetNotificationSendResponse])),
    client(
        "MS-PAN/3.1.3.4.4/close-has-the-async-ui-type-or-releases",
        "3.1.3.4.4",
        Level::Must,
        &["PAN-3.1.3.4.4-01", "PAN-3.1.3.4-01", "PAN-3.1.3-01"],
        close_has_the_async_ui_type_or_releases,
    )
    .at(Occasions::STARTED.of(&[Method::CloseChannel])),
];

fn registration(event: &Event) -> Option<(&CallStarted, &RegisterClientIn)> {
    let Kind::CallStarted(started) = &event.kind else { return None };
    match started.input.as_ref()? {
        method::In::RegisterClient(input) => Some((started, input)),
        _ => None,
    }
}

/// What clients mean by other types nobody knows; but octets of a known type in another order are that type, written
/// wrong.
fn registers(event: &Event, verdicts: &mut Verdicts, types: &'static [NotificationType]) {
    let Some((_, input)) = registration(event) else { return };
    let given = input.notification_type;
    if given == CONFIGURATION_SDK && types.contains(&given) {
        verdicts.note(format!("{CONFIGURATION} (SD-01)"), format!("{given}"));
    } else if types.contains(&given) {
        verdicts.pass();
    } else if let Some(meant) = types.iter().find(|meant| given.is_disordered(**meant)) {
        verdicts.fail(format!("{meant}: {}", meant.0), format!("{given}, its octets in another order"));
    }
}

/// Whether a type is one of the two of printer configuration (SD-01).
pub(crate) const fn is_configuration(kind: NotificationType) -> bool {
    matches!(kind, CONFIGURATION | CONFIGURATION_SDK)
}

fn configuration_is_registered_for_one_direction(_: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some((_, input)) = registration(event).filter(|(_, input)| is_configuration(input.notification_type)) else {
        return;
    };
    if input.style == ConversationStyle::UNIDIRECTIONAL {
        verdicts.pass();
    } else {
        verdicts.fail("kUniDirectional for printer configuration", format!("{}", input.style));
    }
}

/// There are no responses to printer configuration notifications (SD-38).
fn configuration_is_not_responded_to(_: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Kind::CallStarted(CallStarted { input: Some(input), .. }) = &event.kind else { return };
    let (kind, data) = match input {
        method::In::RegisterClient(input) if is_configuration(input.notification_type) => {
            verdicts.pass();
            return;
        }
        method::In::CloseChannel(input) => (Some(input.notification_type), &input.reason),
        method::In::GetNotificationSendResponse(input) => (input.notification_type, &input.notification_data),
        _ => return,
    };
    let octets = data.as_ref().map_or(0, |data| data.elements.len());
    if kind.is_some_and(is_configuration) && octets > 0 {
        verdicts.fail("no response, for there are none to printer configuration", format!("one of {octets} octets"));
    }
}

fn one_direction_has_no_channels(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Kind::CallStarted(started) = &event.kind else { return };
    let Some(request) = model.request(event) else { return };
    let Some(object) = request.object() else { return };
    let Some(register) = model.clients.registration_of(object) else { return };
    let Some(method::In::RegisterClient(registered)) = &register.input else { return };
    // With several registrations on one object under way nobody can say which of them counts.
    let certain = model.object(started.association, object.handle).and_then(|object| object.registration);
    let certain = certain.and_then(|id| model.registration(id)).is_some_and(|known| known.certain && known.is_live());
    if registered.style != ConversationStyle::UNIDIRECTIONAL || !certain || !request.knows(register).sure() {
        return;
    }
    match &started.input {
        Some(method::In::GetNotification(_)) => {
            verdicts.pass();
        }
        Some(method::In::GetNewChannel(_)) => {
            let expected = "no calls for channels, for the registration is unidirectional";
            verdicts.fail(expected, "GetNewChannel");
        }
        _ => {}
    }
}

/// The first GetNotificationSendResponse on an AsyncUI channel.
fn first<'a>(model: &Scene<'_>, event: &'a Event) -> Option<&'a GetNotificationSendResponseIn> {
    let Kind::CallStarted(started) = &event.kind else { return None };
    let Some(method::In::GetNotificationSendResponse(input)) = &started.input else { return None };
    is_async_ui(model, started.association, input.channel).then_some(())?;
    let mut earlier = model.clients.calls_with(started.association, input.channel);
    earlier.next().is_none().then_some(input)
}

/// NULL, as for every type; AsyncUI's own is accepted too (SD-09).
fn first_call_has_no_type_or_its_own(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(input) = first(model, event) else { return };
    let expected = "NULL, or the AsyncUI type (SD-09)";
    match input.notification_type {
        None => verdicts.pass(),
        Some(ASYNC_UI) => verdicts.note(expected, "the AsyncUI type"),
        Some(given) => verdicts.fail(expected, format!("{given}")),
    };
}

fn first_call_is_empty(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(input) = first(model, event) else { return };
    let octets = input.notification_data.as_ref().map_or(0, |data| data.elements.len());
    let decided: [(bool, &'static [&'static str]); 3] = [
        (input.in_size == 0, &["PAN-3.1.3.4.2-02"]),
        (octets == 0, &["PAN-3.1.3.4.2-03"]),
        (input.notification_data.is_none(), &["PAN-3.1.3.4.2-07"]),
    ];
    for (holds, requirement) in decided {
        if holds {
            verdicts.pass().on(requirement);
        } else {
            let pointer = if input.notification_data.is_some() { "a pointer to " } else { "NULL for " };
            let actual = format!("InSize {}, {pointer}{octets} octets", input.in_size);
            verdicts.fail("InSize 0 and NULL in the first call on a channel", actual).on(requirement);
        }
    }
}

fn close_has_the_async_ui_type_or_releases(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Kind::CallStarted(started) = &event.kind else { return };
    let Some(method::In::CloseChannel(input)) = &started.input else { return };
    if registered_type(model, started.association, input.channel) != Some(ASYNC_UI) {
        return;
    }
    match input.notification_type {
        ASYNC_UI | NotificationType::RELEASE => verdicts.pass(),
        given => verdicts.fail("the AsyncUI type, or NOTIFICATION_RELEASE", format!("{given}")),
    };
}
