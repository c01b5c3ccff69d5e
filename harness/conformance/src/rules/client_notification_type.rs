//! What clients register for ([MS-PAN] 3.1.1.4.1): type, filter and style.

use alloc::format;

use mspan::{Method, NotificationType, method};

use super::client_request::client;
use crate::catalogue::Level;
use crate::event::{Event, Kind};
use crate::occasion::Occasions;
use crate::rule::{Rule, Verdicts};
use crate::scene::Scene;

const SECTION: &str = "3.1.1.4.1";

/// The rules of this section.
pub(super) static RULES: &[Rule] = &[
    client(
        "MS-PAN/3.1.1.4.1/type-is-one-to-register-for",
        SECTION,
        Level::Must,
        &["PAN-3.1.1.4.1-09"],
        type_is_one_to_register_for,
    )
    .at(Occasions::STARTED.of(&[Method::RegisterClient])),
    client(
        "MS-PAN/3.1.1.4.1/filter-is-per-user-or-all-users",
        SECTION,
        Level::Must,
        &["PAN-3.1.1.4.1-10", "PAN-2.2.2-01"],
        |model, event, verdicts| {
            let Some(input) = asked(model, event) else { return };
            enumerated(verdicts, "kPerUser (0) or kAllUsers (1)", input.filter.0);
        },
    )
    .at(Occasions::STARTED.of(&[Method::RegisterClient])),
    client(
        "MS-PAN/3.1.1.4.1/style-is-bidirectional-or-unidirectional",
        SECTION,
        Level::Must,
        &["PAN-3.1.1.4.1-11", "PAN-2.2.3-01"],
        |model, event, verdicts| {
            let Some(input) = asked(model, event) else { return };
            enumerated(verdicts, "kBiDirectional (0) or kUniDirectional (1)", input.style.0);
        },
    )
    .at(Occasions::STARTED.of(&[Method::RegisterClient])),
    client(
        "MS-PAN/2.2.2/enumerations-have-32-bits",
        "2.2.2",
        Level::Must,
        &["PAN-2.2.2-01", "PAN-2.2.3-01"],
        enumerations_have_32_bits,
    )
    .at(Occasions::STARTED.of(&[Method::RegisterClient]).or(Occasions::GAP)),
];

/// What the RegisterClient that starts asks for.
fn asked<'a>(model: &Scene<'_>, event: &'a Event) -> Option<&'a method::RegisterClientIn> {
    model.request_of(event, Method::RegisterClient)?;
    let Kind::CallStarted(started) = &event.kind else { return None };
    match &started.input {
        Some(method::In::RegisterClient(input)) => Some(input),
        _ => None,
    }
}

fn type_is_one_to_register_for(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(input) = asked(model, event) else { return };
    let expected = "the identifier of a notification type";
    match input.notification_type {
        NotificationType::RELEASE => verdicts.fail(expected, "NOTIFICATION_RELEASE"),
        NotificationType(id) if id.is_nil() => verdicts.fail(expected, "the nil GUID"),
        _ => verdicts.pass(),
    };
}

fn enumerated(verdicts: &mut Verdicts, expected: &str, actual: u32) {
    if actual <= 1 {
        verdicts.pass();
    } else {
        verdicts.fail(expected, format!("{actual}"));
    }
}

/// NotifyFilter and conversationStyle are v1_enums.
fn enumerations_have_32_bits(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    match &event.kind {
        Kind::Gap(gap) if gap.short_enumerations => {
            verdicts.fail("NotifyFilter and conversationStyle of 32 bits each", "16 bits each");
        }
        _ if asked(model, event).is_some() => {
            verdicts.pass();
        }
        _ => {}
    }
}
