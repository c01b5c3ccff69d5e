//! AsyncUI notifications ([MS-PAN] 2.2.7.1 to 2.2.7.3, 2.2.7.5, 2.2.7.7; modes: 3.1.3.4.2, 3.1.3.4.3).

use alloc::format;

use mspan::async_ui::{Notification, NotificationKind};
use mspan::document::Assessment;
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
        id: "MS-PAN/2.2.7/notification-is-well-formed",
        section: "2.2.7",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-2.2.7-04"],
        occasions: Occasions::FINISHED
            .of(&[Method::GetNotification, Method::GetNotificationSendResponse])
            .given(Facts::ASYNC_UI),
        judge: |model, _, verdicts| judge(model, verdicts, &[always("X-REQ-01", &["PAN-2.2.7-04"])]),
    },
    Rule {
        id: "MS-PAN/2.2.7/notification-is-in-utf-16le",
        section: "2.2.7",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-2.2.7-06"],
        occasions: Occasions::FINISHED
            .of(&[Method::GetNotification, Method::GetNotificationSendResponse])
            .given(Facts::ASYNC_UI),
        judge: |model, _, verdicts| judge(model, verdicts, &[always("X-REQ-02", &["PAN-2.2.7-06"])]),
    },
    Rule {
        id: "MS-PAN/2.2.7/notification-has-characters-of-xml",
        section: "2.2.7",
        level: Level::MustNot,
        party: Party::Server,
        requirements: &["PAN-2.2.7-08"],
        occasions: Occasions::FINISHED
            .of(&[Method::GetNotification, Method::GetNotificationSendResponse])
            .given(Facts::ASYNC_UI),
        judge: |model, _, verdicts| judge(model, verdicts, &[always("X-REQ-03", &["PAN-2.2.7-08"])]),
    },
    Rule {
        id: "MS-PAN/2.2.7/notification-is-escaped-by-means-of-xml",
        section: "2.2.7",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-2.2.7-09"],
        occasions: Occasions::FINISHED
            .of(&[Method::GetNotification, Method::GetNotificationSendResponse])
            .given(Facts::ASYNC_UI),
        judge: |model, _, verdicts| judge(model, verdicts, &[always("X-REQ-04", &["PAN-2.2.7-09"])]),
    },
    Rule {
        id: "MS-PAN/2.2.7/notification-is-in-its-namespace",
        section: "2.2.7",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-2.2.7-01", "PAN-2.2.7-02"],
        occasions: Occasions::FINISHED
            .of(&[Method::GetNotification, Method::GetNotificationSendResponse])
            .given(Facts::ASYNC_UI),
        judge: |model, _, verdicts| {
            judge(model, verdicts, &[always("X-REQ-05", &["PAN-2.2.7-01", "PAN-2.2.7-02"])]);
        },
    },
    Rule {
        id: "MS-PAN/2.2.7.1.1/request-opens-one-format",
        section: "2.2.7.1.1",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-2.2.7.1.1-01", "PAN-2.2.7.1.1-03", "PAN-2.2.7.1.1-04"],
        occasions: Occasions::FINISHED
            .of(&[Method::GetNotification, Method::GetNotificationSendResponse])
            .given(Facts::ASYNC_UI),
        judge: |model, _, verdicts| {
            judge(
                model,
                verdicts,
                &[
                    always("X-REQ-06", &["PAN-2.2.7.1.1-01", "PAN-2.2.7.1.1-03"]),
                    with("v1", "X-REQ-07", &["PAN-2.2.7.1.1-03"]),
                    with("requestOpen", "X-REQ-08", &["PAN-2.2.7.1.1-04"]),
                ],
            );
        },
    },
    Rule {
        id: "MS-PAN/2.2.7.1.3/title-is-text-or-a-key",
        section: "2.2.7.1.3",
        level: Level::Must,
        party: Party::Server,
        requirements: &[
            "PAN-2.2.7.1.3-10",
            "PAN-2.2.7.1.3-05",
            "PAN-2.2.7.1.3-07",
            "PAN-2.2.7.1.3-09",
            "PAN-2.2.7.1.3-03",
        ],
        occasions: Occasions::FINISHED
            .of(&[Method::GetNotification, Method::GetNotificationSendResponse])
            .given(Facts::ASYNC_UI),
        judge: |model, _, verdicts| {
            judge(
                model,
                verdicts,
                &[
                    with("title", "X-REQ-09", &["PAN-2.2.7.1.3-10"]),
                    with("title", "X-REQ-10", &["PAN-2.2.7.1.3-10"]),
                    with("title", "X-REQ-11", &["PAN-2.2.7.1.3-05"]),
                    with("title", "X-REQ-12", &["PAN-2.2.7.1.3-07"]),
                    with("title", "X-REQ-13", &["PAN-2.2.7.1.3-09"]),
                    with("title", "X-REQ-14", &["PAN-2.2.7.1.3-03"]),
                    with("title", "X-REQ-28", &["PAN-2.2.7.1.3-03"]),
                ],
            );
        },
    },
    Rule {
        id: "MS-PAN/2.2.7.1.4/body-is-text-or-a-key",
        section: "2.2.7.1.4",
        level: Level::Must,
        party: Party::Server,
        requirements: &[
            "PAN-2.2.7.1.4-12",
            "PAN-2.2.7.1.4-07",
            "PAN-2.2.7.1.4-09",
            "PAN-2.2.7.1.4-11",
            "PAN-2.2.7.1.4-05",
        ],
        occasions: Occasions::FINISHED
            .of(&[Method::GetNotification, Method::GetNotificationSendResponse])
            .given(Facts::ASYNC_UI),
        judge: |model, _, verdicts| {
            judge(
                model,
                verdicts,
                &[
                    with("body", "X-REQ-15", &["PAN-2.2.7.1.4-12"]),
                    with("body", "X-REQ-16", &["PAN-2.2.7.1.4-12"]),
                    with("body", "X-REQ-17", &["PAN-2.2.7.1.4-07"]),
                    with("body", "X-REQ-18", &["PAN-2.2.7.1.4-09"]),
                    with("body", "X-REQ-19", &["PAN-2.2.7.1.4-11"]),
                    with("body", "X-REQ-20", &["PAN-2.2.7.1.4-05"]),
                ],
            );
        },
    },
    Rule {
        id: "MS-PAN/2.2.7.1.5/parameter-has-a-value",
        section: "2.2.7.1.5",
        level: Level::Must,
        party: Party::Server,
        requirements: &[
            "PAN-2.2.7.1.5-11",
            "PAN-2.2.7.1.5-01",
            "PAN-2.2.7.1.5-06",
            "PAN-2.2.7.1.5-08",
            "PAN-2.2.7.1.5-04",
        ],
        occasions: Occasions::FINISHED
            .of(&[Method::GetNotification, Method::GetNotificationSendResponse])
            .given(Facts::ASYNC_UI),
        judge: |model, _, verdicts| {
            judge(
                model,
                verdicts,
                &[
                    with("parameter", "X-REQ-21", &["PAN-2.2.7.1.5-11"]),
                    with("parameter", "X-REQ-22", &["PAN-2.2.7.1.5-11"]),
                    with("parameter", "X-REQ-23", &["PAN-2.2.7.1.5-01"]),
                    with("parameter", "X-REQ-24", &["PAN-2.2.7.1.5-06"]),
                    with("parameter", "X-REQ-25", &["PAN-2.2.7.1.5-08"]),
                    with("parameter", "X-REQ-27", &["PAN-2.2.7.1.5-04"]),
                ],
            );
        },
    },
    Rule {
        id: "MS-PAN/2.2.7.2.1/action-names-an-entry-point",
        section: "2.2.7.2.1",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-2.2.7.2.1-03", "PAN-2.2.7.2.1-02", "PAN-2.2.7.2.1-01"],
        occasions: Occasions::FINISHED
            .of(&[Method::GetNotification, Method::GetNotificationSendResponse])
            .given(Facts::ACTION),
        judge: |model, _, verdicts| {
            judge(
                model,
                verdicts,
                &[
                    with("action", "X-REQ-29", &["PAN-2.2.7.2.1-03"]),
                    with("action", "X-REQ-30", &["PAN-2.2.7.2.1-02"]),
                    with("action", "X-REQ-31", &["PAN-2.2.7.2.1-01"]),
                ],
            );
        },
    },
    Rule {
        id: "MS-PAN/2.2.7.2.2/balloon-has-title-and-body",
        section: "2.2.7.2.2",
        level: Level::Must,
        party: Party::Server,
        requirements: &[
            "PAN-2.2.7.2.2-03",
            "PAN-2.2.7.2.2-02",
            "PAN-2.2.7.2.2-04",
            "PAN-2.2.7.2.2-05",
            "PAN-2.2.7.2.2-01",
        ],
        occasions: Occasions::FINISHED
            .of(&[Method::GetNotification, Method::GetNotificationSendResponse])
            .given(Facts::BALLOON),
        judge: |model, _, verdicts| {
            judge(
                model,
                verdicts,
                &[
                    with("balloonUI", "X-REQ-32", &["PAN-2.2.7.2.2-03", "PAN-2.2.7.2.2-02"]),
                    with("balloonUI", "X-REQ-33", &["PAN-2.2.7.2.2-04"]),
                    with("balloonUI", "X-REQ-34", &["PAN-2.2.7.2.2-05"]),
                    with("balloonUI", "X-REQ-35", &["PAN-2.2.7.2.2-01"]),
                ],
            );
        },
    },
    Rule {
        id: "MS-PAN/2.2.7.3.1/button-has-an-id",
        section: "2.2.7.3.1",
        level: Level::Must,
        party: Party::Server,
        requirements: &[
            "PAN-2.2.7.3.1-09",
            "PAN-2.2.7.3.1-02",
            "PAN-2.2.7.3.1-06",
            "PAN-2.2.7.3.1-03",
            "PAN-2.2.7.3.1-04",
        ],
        occasions: Occasions::FINISHED
            .of(&[Method::GetNotification, Method::GetNotificationSendResponse])
            .given(Facts::BUTTON),
        judge: |model, _, verdicts| {
            judge(
                model,
                verdicts,
                &[
                    with("button", "X-REQ-36", &["PAN-2.2.7.3.1-09"]),
                    with("button", "X-REQ-37", &["PAN-2.2.7.3.1-02", "PAN-2.2.7.3.1-06"]),
                    with("button", "X-REQ-38", &["PAN-2.2.7.3.1-03"]),
                    with("button", "X-REQ-39", &["PAN-2.2.7.3.1-04"]),
                ],
            );
        },
    },
    Rule {
        id: "MS-PAN/2.2.7.3.2/buttons-are-one-to-five",
        section: "2.2.7.3.2",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-2.2.7.3.2-01"],
        occasions: Occasions::FINISHED
            .of(&[Method::GetNotification, Method::GetNotificationSendResponse])
            .given(Facts::BUTTON),
        judge: |model, _, verdicts| {
            judge(model, verdicts, &[with("buttons", "X-REQ-40", &["PAN-2.2.7.3.2-01"])]);
        },
    },
    Rule {
        id: "MS-PAN/2.2.7.3.3/bitmap-has-an-id",
        section: "2.2.7.3.3",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-2.2.7.3.3-01", "PAN-2.2.7.3.3-02"],
        occasions: Occasions::FINISHED
            .of(&[Method::GetNotification, Method::GetNotificationSendResponse])
            .given(Facts::BITMAP),
        judge: |model, _, verdicts| {
            judge(
                model,
                verdicts,
                &[with("bitmap", "X-REQ-41", &["PAN-2.2.7.3.3-01"]), with("bitmap", "X-REQ-42", &["PAN-2.2.7.3.3-02"])],
            );
        },
    },
    Rule {
        id: "MS-PAN/2.2.7.3.4/message-box-has-title-body-and-buttons",
        section: "2.2.7.3.4",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-2.2.7.3.4-01"],
        occasions: Occasions::FINISHED
            .of(&[Method::GetNotification, Method::GetNotificationSendResponse])
            .given(Facts::MESSAGE_BOX),
        judge: |model, _, verdicts| {
            judge(model, verdicts, &[with("messageBoxUI", "X-REQ-43", &["PAN-2.2.7.3.4-01"])]);
        },
    },
    Rule {
        id: "MS-PAN/2.2.7.5.1/custom-ui-names-an-entry-point",
        section: "2.2.7.5.1",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-2.2.7.5.1-04", "PAN-2.2.7.5.1-05", "PAN-2.2.7.5.1-03", "PAN-2.2.7.5.1-01"],
        occasions: Occasions::FINISHED
            .of(&[Method::GetNotification, Method::GetNotificationSendResponse])
            .given(Facts::CUSTOM_UI),
        judge: |model, _, verdicts| {
            judge(
                model,
                verdicts,
                &[
                    with("customUI", "X-REQ-44", &["PAN-2.2.7.5.1-04", "PAN-2.2.7.5.1-05"]),
                    with("customUI", "X-REQ-45", &["PAN-2.2.7.5.1-03"]),
                    with("customUI", "X-REQ-46", &["PAN-2.2.7.5.1-01"]),
                ],
            );
        },
    },
    Rule {
        id: "MS-PAN/2.2.7.7/custom-data-follows-the-document",
        section: "2.2.7.7",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-2.2.7.7-01"],
        occasions: Occasions::FINISHED
            .of(&[Method::GetNotification, Method::GetNotificationSendResponse])
            .given(Facts::CUSTOM_DATA),
        judge: |model, _, verdicts| {
            judge(model, verdicts, &[with("customData", "X-REQ-47", &["PAN-2.2.7.7-01"])]);
        },
    },
    Rule {
        id: "MS-PAN/2.2.7.7.1/custom-data-names-an-entry-point",
        section: "2.2.7.7.1",
        level: Level::Must,
        party: Party::Server,
        requirements: &[
            "PAN-2.2.7.7.1-06",
            "PAN-2.2.7.7.1-04",
            "PAN-2.2.7.7.1-05",
            "PAN-2.2.7.7.1-03",
            "PAN-2.2.7.7.1-01",
        ],
        occasions: Occasions::FINISHED
            .of(&[Method::GetNotification, Method::GetNotificationSendResponse])
            .given(Facts::CUSTOM_DATA),
        judge: |model, _, verdicts| {
            judge(
                model,
                verdicts,
                &[
                    with("customData", "X-REQ-48", &["PAN-2.2.7.7.1-06"]),
                    with("customData", "X-REQ-49", &["PAN-2.2.7.7.1-04", "PAN-2.2.7.7.1-05"]),
                    with("customData", "X-REQ-50", &["PAN-2.2.7.7.1-03"]),
                    with("customData", "X-REQ-51", &["PAN-2.2.7.7.1-01"]),
                ],
            );
        },
    },
    Rule {
        id: "MS-PAN/2.2.7.1.1/notification-is-schema-valid",
        section: "2.2.7.1.1",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-2.2.7.1.1-02"],
        occasions: Occasions::FINISHED
            .of(&[Method::GetNotification, Method::GetNotificationSendResponse])
            .given(Facts::ASYNC_UI),
        judge: |model, _, verdicts| {
            if let Some((_, assessment)) = read(model) {
                judge_schema(assessment, &["PAN-2.2.7.1.1-02"], verdicts);
            }
        },
    },
    Rule {
        id: "MS-PAN/2.2.7.2/balloon-is-in-a-request",
        section: "2.2.7.2",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-2.2.7.2-01", "PAN-2.2.7.2-02"],
        occasions: Occasions::FINISHED
            .of(&[Method::GetNotification, Method::GetNotificationSendResponse])
            .given(Facts::BALLOON),
        judge: |model, _, verdicts| {
            place(model, verdicts, NotificationKind::Balloon, &["PAN-2.2.7.2-01"], &["PAN-2.2.7.2-02"]);
        },
    },
    Rule {
        id: "MS-PAN/2.2.7.3/message-box-is-in-a-request",
        section: "2.2.7.3",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-2.2.7.3-01", "PAN-2.2.7.3-02"],
        occasions: Occasions::FINISHED
            .of(&[Method::GetNotification, Method::GetNotificationSendResponse])
            .given(Facts::MESSAGE_BOX),
        judge: |model, _, verdicts| {
            place(model, verdicts, NotificationKind::MessageBox, &["PAN-2.2.7.3-01"], &["PAN-2.2.7.3-02"]);
        },
    },
    Rule {
        id: "MS-PAN/2.2.7.5/custom-ui-is-in-a-request",
        section: "2.2.7.5",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-2.2.7.5-01", "PAN-2.2.7.5-02"],
        occasions: Occasions::FINISHED
            .of(&[Method::GetNotification, Method::GetNotificationSendResponse])
            .given(Facts::CUSTOM_UI),
        judge: |model, _, verdicts| {
            place(model, verdicts, NotificationKind::CustomUi, &["PAN-2.2.7.5-01"], &["PAN-2.2.7.5-02"]);
        },
    },
    Rule {
        id: "MS-PAN/2.2.7.7/custom-data-is-in-a-request",
        section: "2.2.7.7",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-2.2.7.7-02", "PAN-2.2.7.7-03"],
        occasions: Occasions::FINISHED
            .of(&[Method::GetNotification, Method::GetNotificationSendResponse])
            .given(Facts::CUSTOM_DATA),
        judge: |model, _, verdicts| {
            place(model, verdicts, NotificationKind::CustomData, &["PAN-2.2.7.7-02"], &["PAN-2.2.7.7-03"]);
        },
    },
    Rule {
        id: "MS-PAN/3.1.3.4.3/get-notification-brings-what-needs-no-reply",
        section: "3.1.3.4.3",
        level: Level::Must,
        party: Party::Server,
        requirements: &[
            "PAN-3.1.3.4.3-02",
            "PAN-3.1.3.4.3-03",
            "PAN-3.2.3.4.1-02",
            "PAN-3.2.3.4.2-01",
            "PAN-3.2.3.4.2-02",
            "PAN-3.2.3.4.3-03",
            "PAN-3.2.3.4.4-03",
        ],
        occasions: Occasions::FINISHED
            .of(&[Method::GetNotification, Method::GetNotificationSendResponse])
            .given(Facts::ASYNC_UI),
        judge: get_notification_brings_what_needs_no_reply,
    },
    Rule {
        id: "MS-PAN/3.1.3.4.2/channel-brings-what-needs-a-reply",
        section: "3.1.3.4.2",
        level: Level::Must,
        party: Party::Server,
        requirements: &[
            "PAN-3.1.3.4.2-08",
            "PAN-3.1.3.4.2-09",
            "PAN-3.2.3.4.1-01",
            "PAN-3.2.3.4.1-02",
            "PAN-3.2.3.4.2-02",
            "PAN-3.2.3.4.3-02",
            "PAN-3.2.3.4.4-02",
        ],
        occasions: Occasions::FINISHED
            .of(&[Method::GetNotification, Method::GetNotificationSendResponse])
            .given(Facts::ASYNC_UI),
        judge: channel_brings_what_needs_a_reply,
    },
    Rule {
        id: "MS-PAN/3.1.3.4.3/get-notification-brings-the-async-ui-type",
        section: "3.1.3.4.3",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-3.1.3.4.3-01"],
        occasions: Occasions::FINISHED.of(&[Method::GetNotification]).given(Facts::OF_ASYNC_UI),
        judge: |model, event, verdicts| judge_type(model, event, verdicts, &[NotificationType::ASYNC_UI]),
    },
];

/// The AsyncUI notification that an event brings.
fn read<'a>(scene: &'a Scene<'_>) -> Option<(&'a Delivered<'a>, &'a Assessment<Notification>)> {
    scene.async_ui_notification().map(|(delivered, assessment)| (delivered, &**assessment))
}

fn judge(scene: &Scene<'_>, verdicts: &mut Verdicts, decided: &[Decided]) {
    if let Some((_, assessment)) = read(scene) {
        judge_rules(assessment, decided, verdicts);
    }
}

/// A document of a format has the right root, and the format's element stands where the schema has it.
fn place(
    model: &Scene<'_>,
    verdicts: &mut Verdicts,
    kind: NotificationKind,
    root: &'static [&'static str],
    inside: &'static [&'static str],
) {
    let Some((_, assessment)) = read(model) else { return };
    if assessment.meaning.as_ref().is_none_or(|meaning| meaning.kind != kind) {
        return;
    }
    match assessment.of_rule("X-REQ-06").next() {
        Some(breach) => give(assessment, breach, root, verdicts),
        None => {
            verdicts.pass().on(root);
        }
    }
    match assessment.of_rule("X-REQ-07").chain(assessment.of_rule("X-REQ-08")).next() {
        Some(breach) => give(assessment, breach, inside, verdicts),
        None => {
            verdicts.pass().on(inside);
        }
    }
}

/// Balloons, and what says that no reply is expected (X-REQ-52).
fn get_notification_brings_what_needs_no_reply(model: &Scene<'_>, _: &Event, verdicts: &mut Verdicts) {
    let Some((delivered, assessment)) = read(model) else { return };
    let Some(meaning) = assessment.meaning.as_ref().filter(|_| delivered.by == Method::GetNotification) else { return };
    let expected = "a balloon, or bidi=\"false\"";
    let actual = || format!("{}{} by GetNotification (X-REQ-52)", meaning.kind.element(), shown(meaning.bidi));
    match (meaning.kind, meaning.bidi) {
        (NotificationKind::Balloon, _) => verdicts.pass().on(&["PAN-3.1.3.4.3-02", "PAN-3.2.3.4.1-02"]),
        (NotificationKind::MessageBox, _) => {
            let decided = &["PAN-3.1.3.4.3-02", "PAN-3.2.3.4.2-01", "PAN-3.2.3.4.2-02"];
            verdicts.fail(expected, actual()).on(decided)
        }
        (_, Some(false) | None) => verdicts.pass().on(&["PAN-3.1.3.4.3-02", "PAN-3.1.3.4.3-03"]),
        (NotificationKind::CustomUi, Some(true)) => {
            verdicts.fail(expected, actual()).on(&["PAN-3.1.3.4.3-03", "PAN-3.2.3.4.3-03"])
        }
        (NotificationKind::CustomData, Some(true)) => {
            verdicts.fail(expected, actual()).on(&["PAN-3.1.3.4.3-03", "PAN-3.2.3.4.4-03"])
        }
    };
}

/// Message boxes, and what says that a reply is expected (X-REQ-53).
fn channel_brings_what_needs_a_reply(model: &Scene<'_>, _: &Event, verdicts: &mut Verdicts) {
    let Some((delivered, assessment)) = read(model) else { return };
    let by_channel = delivered.by == Method::GetNotificationSendResponse;
    let Some(meaning) = assessment.meaning.as_ref().filter(|_| by_channel) else { return };
    let expected = "a message box, or bidi=\"true\"";
    let actual =
        || format!("{}{} by GetNotificationSendResponse (X-REQ-53)", meaning.kind.element(), shown(meaning.bidi));
    match (meaning.kind, meaning.bidi) {
        (NotificationKind::MessageBox, _) => verdicts.pass().on(&["PAN-3.1.3.4.2-08", "PAN-3.2.3.4.2-02"]),
        (NotificationKind::Balloon, _) => {
            let decided = &["PAN-3.1.3.4.2-08", "PAN-3.2.3.4.1-01", "PAN-3.2.3.4.1-02"];
            verdicts.fail(expected, actual()).on(decided)
        }
        (_, Some(true) | None) => verdicts.pass().on(&["PAN-3.1.3.4.2-08", "PAN-3.1.3.4.2-09"]),
        (NotificationKind::CustomUi, Some(false)) => {
            verdicts.fail(expected, actual()).on(&["PAN-3.1.3.4.2-09", "PAN-3.2.3.4.3-02"])
        }
        (NotificationKind::CustomData, Some(false)) => {
            verdicts.fail(expected, actual()).on(&["PAN-3.1.3.4.2-09", "PAN-3.2.3.4.4-02"])
        }
    };
}

fn shown(bidi: Option<bool>) -> &'static str {
    match bidi {
        Some(true) => " with bidi=\"true\"",
        Some(false) => " with bidi=\"false\"",
        None => "",
    }
}
