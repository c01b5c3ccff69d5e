//! Printer configuration notifications ([MS-PAN] 2.2.8; mode: 3.1.4.4).

use alloc::borrow::Cow;
use alloc::format;

use mspan::document::{Assessment, Gravity};
use mspan::printer_configuration::Notification;
use mspan::{Method, NotificationType};

use super::documents::{Decided, Delivered, always, give, judge_rules, judge_schema, judge_type, with};
use crate::catalogue::Level;
use crate::event::Event;
use crate::fact::Facts;
use crate::occasion::Occasions;
use crate::rule::{Party, Rule, Verdicts};
use crate::scene::Scene;

/// The rules of these sections.
pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "MS-PAN/2.2.8/configuration-is-well-formed",
        section: "2.2.8",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-2.2.8-04"],
        occasions: Occasions::FINISHED
            .of(&[Method::GetNotification, Method::GetNotificationSendResponse])
            .given(Facts::CONFIGURATION),
        judge: |model, event, verdicts| judge(model, event, verdicts, &[always("X-CFG-01", &["PAN-2.2.8-04"])]),
    },
    Rule {
        id: "MS-PAN/2.2.8/configuration-is-in-utf-16le",
        section: "2.2.8",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-2.2.8-05"],
        occasions: Occasions::FINISHED
            .of(&[Method::GetNotification, Method::GetNotificationSendResponse])
            .given(Facts::CONFIGURATION),
        judge: |model, event, verdicts| judge(model, event, verdicts, &[always("X-CFG-02", &["PAN-2.2.8-05"])]),
    },
    Rule {
        id: "MS-PAN/2.2.8/configuration-has-characters-of-xml",
        section: "2.2.8",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-2.2.8-06", "PAN-2.2.8-07"],
        occasions: Occasions::FINISHED
            .of(&[Method::GetNotification, Method::GetNotificationSendResponse])
            .given(Facts::CONFIGURATION),
        judge: |model, event, verdicts| {
            judge(model, event, verdicts, &[always("X-CFG-03", &["PAN-2.2.8-06", "PAN-2.2.8-07"])]);
        },
    },
    Rule {
        id: "MS-PAN/2.2.8/configuration-is-in-its-namespace",
        section: "2.2.8",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-2.2.8-01"],
        occasions: Occasions::FINISHED
            .of(&[Method::GetNotification, Method::GetNotificationSendResponse])
            .given(Facts::CONFIGURATION),
        judge: |model, event, verdicts| judge(model, event, verdicts, &[always("X-CFG-04", &["PAN-2.2.8-01"])]),
    },
    Rule {
        id: "MS-PAN/2.2.8.1/configuration-lists-settings",
        section: "2.2.8.1",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-2.2.8.1-01", "PAN-2.2.8.1-06", "PAN-2.2.8.1-03"],
        occasions: Occasions::FINISHED
            .of(&[Method::GetNotification, Method::GetNotificationSendResponse])
            .given(Facts::CONFIGURATION),
        judge: |model, event, verdicts| {
            judge(
                model,
                event,
                verdicts,
                &[
                    always("X-CFG-05", &["PAN-2.2.8.1-01", "PAN-2.2.8.1-06"]),
                    with("Notification", "X-CFG-17", &["PAN-2.2.8.1-03"]),
                ],
            );
        },
    },
    Rule {
        id: "MS-PAN/2.2.8.1.1/configuration-names-its-printer",
        section: "2.2.8.1.1",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-2.2.8.1.1-01"],
        occasions: Occasions::FINISHED
            .of(&[Method::GetNotification, Method::GetNotificationSendResponse])
            .given(Facts::CONFIGURATION),
        judge: |model, event, verdicts| {
            judge(model, event, verdicts, &[with("Notification", "X-CFG-06", &["PAN-2.2.8.1.1-01"])]);
        },
    },
    Rule {
        id: "MS-PAN/2.2.8.1.2/setting-has-a-name-and-a-value",
        section: "2.2.8.1.2",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-2.2.8.1.2-01", "PAN-2.2.8.1.2-02"],
        occasions: Occasions::FINISHED
            .of(&[Method::GetNotification, Method::GetNotificationSendResponse])
            .given(Facts::CONFIGURATION),
        judge: |model, event, verdicts| {
            judge(
                model,
                event,
                verdicts,
                &[with("Schema", "X-CFG-07", &["PAN-2.2.8.1.2-01"]), with("Schema", "X-CFG-08", &["PAN-2.2.8.1.2-02"])],
            );
        },
    },
    Rule {
        id: "MS-PAN/2.2.8.1.3/string-value-is-text",
        section: "2.2.8.1.3",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-2.2.8.1.3-01"],
        occasions: Occasions::FINISHED
            .of(&[Method::GetNotification, Method::GetNotificationSendResponse])
            .given(Facts::CONFIGURATION),
        judge: |model, event, verdicts| {
            judge(model, event, verdicts, &[with("BIDI_STRING", "X-CFG-09", &["PAN-2.2.8.1.3-01"])]);
        },
    },
    Rule {
        id: "MS-PAN/2.2.8.1.4/text-value-is-text",
        section: "2.2.8.1.4",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-2.2.8.1.4-01"],
        occasions: Occasions::FINISHED
            .of(&[Method::GetNotification, Method::GetNotificationSendResponse])
            .given(Facts::CONFIGURATION),
        judge: |model, event, verdicts| {
            judge(model, event, verdicts, &[with("BIDI_TEXT", "X-CFG-10", &["PAN-2.2.8.1.4-01"])]);
        },
    },
    Rule {
        id: "MS-PAN/2.2.8.1.5/enum-value-is-text",
        section: "2.2.8.1.5",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-2.2.8.1.5-01"],
        occasions: Occasions::FINISHED
            .of(&[Method::GetNotification, Method::GetNotificationSendResponse])
            .given(Facts::CONFIGURATION),
        judge: |model, event, verdicts| {
            judge(model, event, verdicts, &[with("BIDI_ENUM", "X-CFG-11", &["PAN-2.2.8.1.5-01"])]);
        },
    },
    Rule {
        id: "MS-PAN/2.2.8.1.6/int-value-is-an-integer",
        section: "2.2.8.1.6",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-2.2.8.1.6-01"],
        occasions: Occasions::FINISHED
            .of(&[Method::GetNotification, Method::GetNotificationSendResponse])
            .given(Facts::CONFIGURATION),
        judge: |model, event, verdicts| {
            judge(model, event, verdicts, &[with("BIDI_INT", "X-CFG-12", &["PAN-2.2.8.1.6-01"])]);
        },
    },
    Rule {
        id: "MS-PAN/2.2.8.1.7/float-value-is-a-number",
        section: "2.2.8.1.7",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-2.2.8.1.7-01"],
        occasions: Occasions::FINISHED
            .of(&[Method::GetNotification, Method::GetNotificationSendResponse])
            .given(Facts::CONFIGURATION),
        judge: |model, event, verdicts| {
            judge(model, event, verdicts, &[with("BIDI_FLOAT", "X-CFG-13", &["PAN-2.2.8.1.7-01"])]);
        },
    },
    Rule {
        id: "MS-PAN/2.2.8.1.8/bool-value-is-true-or-false",
        section: "2.2.8.1.8",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-2.2.8.1.8-01"],
        occasions: Occasions::FINISHED
            .of(&[Method::GetNotification, Method::GetNotificationSendResponse])
            .given(Facts::CONFIGURATION),
        judge: |model, event, verdicts| {
            judge(model, event, verdicts, &[with("BIDI_BOOL", "X-CFG-14", &["PAN-2.2.8.1.8-01"])]);
        },
    },
    Rule {
        id: "MS-PAN/2.2.8.1.9/blob-value-is-base64",
        section: "2.2.8.1.9",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-2.2.8.1.9-01"],
        occasions: Occasions::FINISHED
            .of(&[Method::GetNotification, Method::GetNotificationSendResponse])
            .given(Facts::CONFIGURATION),
        judge: |model, event, verdicts| {
            judge(model, event, verdicts, &[with("BIDI_BLOB", "X-CFG-15", &["PAN-2.2.8.1.9-01"])]);
        },
    },
    Rule {
        id: "MS-PAN/2.2.8.1.10/reduced-setting-has-a-name-only",
        section: "2.2.8.1.10",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-2.2.8.1.10-02"],
        occasions: Occasions::FINISHED
            .of(&[Method::GetNotification, Method::GetNotificationSendResponse])
            .given(Facts::CONFIGURATION),
        judge: |model, event, verdicts| {
            judge(model, event, verdicts, &[with("ReducedSchema", "X-CFG-16", &["PAN-2.2.8.1.10-02"])]);
        },
    },
    Rule {
        id: "MS-PAN/2.2.8.1/configuration-is-schema-valid",
        section: "2.2.8.1",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-2.2.8.1-05"],
        occasions: Occasions::FINISHED
            .of(&[Method::GetNotification, Method::GetNotificationSendResponse])
            .given(Facts::CONFIGURATION),
        judge: |model, event, verdicts| {
            if let Some((_, assessment)) = read(model, event) {
                judge_schema(&assessment, &["PAN-2.2.8.1-05"], verdicts);
            }
        },
    },
    Rule {
        id: "MS-PAN/2.2.8.1.10/settings-are-reduced-for-size-only",
        section: "2.2.8.1.10",
        level: Level::Should,
        party: Party::Server,
        requirements: &["PAN-2.2.8.1.10-01"],
        occasions: Occasions::FINISHED
            .of(&[Method::GetNotification, Method::GetNotificationSendResponse])
            .given(Facts::CONFIGURATION),
        judge: settings_are_reduced_for_size_only,
    },
    Rule {
        id: "MS-PAN/3.1.4.4/configuration-comes-by-get-notification",
        section: "3.1.4.4",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-3.1.4.4-02", "PAN-3.2.4.4.1-01", "PAN-3.2.4.4.1-02"],
        occasions: Occasions::FINISHED
            .of(&[Method::GetNotification, Method::GetNotificationSendResponse])
            .given(Facts::CONFIGURATION),
        judge: configuration_comes_by_get_notification,
    },
    Rule {
        id: "MS-PAN/3.1.4.4.2/configuration-has-its-format",
        section: "3.1.4.4.2",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-3.1.4.4.2-02"],
        occasions: Occasions::FINISHED
            .of(&[Method::GetNotification, Method::GetNotificationSendResponse])
            .given(Facts::CONFIGURATION),
        judge: configuration_has_its_format,
    },
    Rule {
        id: "MS-PAN/3.1.4.4.2/get-notification-brings-the-configuration-type",
        section: "3.1.4.4.2",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-3.1.4.4.2-01"],
        occasions: Occasions::FINISHED.of(&[Method::GetNotification]).given(Facts::OF_CONFIGURATION),
        judge: |model, event, verdicts| judge_type(model, event, verdicts, &TYPES),
    },
];

/// Either value of the type (SD-01).
const TYPES: [NotificationType; 2] =
    [NotificationType::PRINTER_CONFIGURATION, NotificationType::PRINTER_CONFIGURATION_SDK];

/// The printer configuration notification that an event brings.
fn read<'a>(model: &'a Scene<'_>, event: &'a Event) -> Option<(Delivered<'a>, Cow<'a, Assessment<Notification>>)> {
    let delivered = Delivered::configuration(model, event)?;
    let assessment = model.configuration(delivered.octets);
    Some((delivered, assessment))
}

fn judge(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts, decided: &[Decided]) {
    if let Some((_, assessment)) = read(model, event) {
        judge_rules(&assessment, decided, verdicts);
    }
}

/// The server's limit isn't known, so a reduction is only noted (X-CFG-18, SD-37).
fn settings_are_reduced_for_size_only(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some((delivered, assessment)) = read(model, event) else { return };
    let Some(meaning) = &assessment.meaning else { return };
    if meaning.reduced_schemas.is_empty() {
        verdicts.pass();
        return;
    }
    let (names, size) = (meaning.reduced_schemas.len(), delivered.octets.len());
    let expected = "ReducedSchema only where the document would become too large for the server (X-CFG-18)";
    verdicts.note(expected, format!("{names} of them in a document of {size} octets"));
}

/// X-CFG-19.
fn configuration_comes_by_get_notification(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(delivered) = Delivered::configuration(model, event) else { return };
    if delivered.by == Method::GetNotification {
        verdicts.pass();
    } else {
        verdicts.fail("printer configuration by GetNotification (X-CFG-19)", "by GetNotificationSendResponse");
    }
}

fn configuration_has_its_format(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some((_, assessment)) = read(model, event) else { return };
    match assessment.breaches.iter().find(|breach| breach.gravity == Gravity::Must) {
        Some(breach) => give(&assessment, breach, &["PAN-3.1.4.4.2-02"], verdicts),
        None => {
            verdicts.pass();
        }
    }
}
