//! AsyncUI replies ([MS-PAN] 2.2.7.4, 2.2.7.6, 3.1.3.4.4): of clients, and so judged when the call starts.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use mspan::async_ui::{Button, Notification, NotificationKind, Reply};
use mspan::document::Assessment;
use mspan::{Method, NotificationType, method};

use super::documents::{Decided, always, give, judge_rules, judge_schema, with};
use crate::catalogue::Level;
use crate::event::{Event, Kind};
use crate::fact::Facts;
use crate::occasion::Occasions;
use crate::rule::{Party, Rule, Verdicts};
use crate::scene::Scene;

/// The rules of these sections.
pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "MS-PAN/2.2.7/reply-is-well-formed",
        section: "2.2.7",
        level: Level::Must,
        party: Party::Client,
        requirements: &["PAN-2.2.7-05"],
        occasions: Occasions::STARTED
            .of(&[Method::CloseChannel, Method::GetNotificationSendResponse])
            .given(Facts::REPLY),
        judge: |model, event, verdicts| judge(model, event, verdicts, &[always("X-RSP-01", &["PAN-2.2.7-05"])]),
    },
    Rule {
        id: "MS-PAN/2.2.7/reply-is-in-utf-16le",
        section: "2.2.7",
        level: Level::Must,
        party: Party::Client,
        requirements: &["PAN-2.2.7-07"],
        occasions: Occasions::STARTED
            .of(&[Method::CloseChannel, Method::GetNotificationSendResponse])
            .given(Facts::REPLY),
        judge: |model, event, verdicts| judge(model, event, verdicts, &[always("X-RSP-02", &["PAN-2.2.7-07"])]),
    },
    Rule {
        id: "MS-PAN/2.2.7/reply-has-characters-of-xml",
        section: "2.2.7",
        level: Level::Must,
        party: Party::Client,
        requirements: &["PAN-2.2.7-08", "PAN-2.2.7-09"],
        occasions: Occasions::STARTED
            .of(&[Method::CloseChannel, Method::GetNotificationSendResponse])
            .given(Facts::REPLY),
        judge: |model, event, verdicts| {
            judge(model, event, verdicts, &[always("X-RSP-03", &["PAN-2.2.7-08", "PAN-2.2.7-09"])]);
        },
    },
    Rule {
        id: "MS-PAN/2.2.7/reply-is-in-its-namespace",
        section: "2.2.7",
        level: Level::Must,
        party: Party::Client,
        requirements: &["PAN-2.2.7-01", "PAN-2.2.7-03"],
        occasions: Occasions::STARTED
            .of(&[Method::CloseChannel, Method::GetNotificationSendResponse])
            .given(Facts::REPLY),
        judge: |model, event, verdicts| {
            judge(model, event, verdicts, &[always("X-RSP-04", &["PAN-2.2.7-01", "PAN-2.2.7-03"])]);
        },
    },
    Rule {
        id: "MS-PAN/2.2.7.1.2/response-closes-one-request",
        section: "2.2.7.1.2",
        level: Level::Must,
        party: Party::Client,
        requirements: &["PAN-2.2.7.1.2-01", "PAN-2.2.7.1.2-03", "PAN-2.2.7.1.2-04"],
        occasions: Occasions::STARTED
            .of(&[Method::CloseChannel, Method::GetNotificationSendResponse])
            .given(Facts::REPLY),
        judge: |model, event, verdicts| {
            judge(
                model,
                event,
                verdicts,
                &[
                    always("X-RSP-05", &["PAN-2.2.7.1.2-01", "PAN-2.2.7.1.2-03"]),
                    with("v1", "X-RSP-06", &["PAN-2.2.7.1.2-03"]),
                    with("requestClose", "X-RSP-07", &["PAN-2.2.7.1.2-04"]),
                ],
            );
        },
    },
    Rule {
        id: "MS-PAN/2.2.7.4.1/button-id-is-an-integer",
        section: "2.2.7.4.1",
        level: Level::Must,
        party: Party::Client,
        requirements: &["PAN-2.2.7.4.1-04"],
        occasions: Occasions::STARTED
            .of(&[Method::CloseChannel, Method::GetNotificationSendResponse])
            .given(Facts::REPLY),
        judge: |model, event, verdicts| {
            judge(model, event, verdicts, &[with("buttonID", "X-RSP-09", &["PAN-2.2.7.4.1-04"])]);
        },
    },
    Rule {
        id: "MS-PAN/2.2.7.4.2/message-box-reply-holds-a-button-id",
        section: "2.2.7.4.2",
        level: Level::Must,
        party: Party::Client,
        requirements: &["PAN-2.2.7.4.2-01"],
        occasions: Occasions::STARTED
            .of(&[Method::CloseChannel, Method::GetNotificationSendResponse])
            .given(Facts::REPLY),
        judge: |model, event, verdicts| {
            judge(model, event, verdicts, &[with("messageBoxUI", "X-RSP-08", &["PAN-2.2.7.4.2-01"])]);
        },
    },
    Rule {
        id: "MS-PAN/2.2.7.6.1/custom-ui-reply-holds-text",
        section: "2.2.7.6.1",
        level: Level::Must,
        party: Party::Client,
        requirements: &["PAN-2.2.7.6.1-01"],
        occasions: Occasions::STARTED
            .of(&[Method::CloseChannel, Method::GetNotificationSendResponse])
            .given(Facts::REPLY),
        judge: |model, event, verdicts| {
            judge(model, event, verdicts, &[with("CustomUI", "X-RSP-11", &["PAN-2.2.7.6.1-01"])]);
        },
    },
    Rule {
        id: "MS-PAN/2.2.7.1.2/reply-is-schema-valid",
        section: "2.2.7.1.2",
        level: Level::Must,
        party: Party::Client,
        requirements: &["PAN-2.2.7.1.2-02"],
        occasions: Occasions::STARTED
            .of(&[Method::CloseChannel, Method::GetNotificationSendResponse])
            .given(Facts::REPLY),
        judge: |model, event, verdicts| {
            if let Some((_, assessment)) = read(model, event) {
                judge_schema(&assessment, &["PAN-2.2.7.1.2-02"], verdicts);
            }
        },
    },
    Rule {
        id: "MS-PAN/2.2.7.4/message-box-reply-is-in-a-response",
        section: "2.2.7.4",
        level: Level::Must,
        party: Party::Client,
        requirements: &["PAN-2.2.7.4-01", "PAN-2.2.7.4-02"],
        occasions: Occasions::STARTED
            .of(&[Method::CloseChannel, Method::GetNotificationSendResponse])
            .given(Facts::REPLY),
        judge: |model, event, verdicts| {
            place(model, event, verdicts, true, &["PAN-2.2.7.4-01"], &["PAN-2.2.7.4-02"]);
        },
    },
    Rule {
        id: "MS-PAN/2.2.7.6/custom-ui-reply-is-in-a-response",
        section: "2.2.7.6",
        level: Level::Must,
        party: Party::Client,
        requirements: &["PAN-2.2.7.6-01", "PAN-2.2.7.6-02"],
        occasions: Occasions::STARTED
            .of(&[Method::CloseChannel, Method::GetNotificationSendResponse])
            .given(Facts::REPLY),
        judge: |model, event, verdicts| {
            place(model, event, verdicts, false, &["PAN-2.2.7.6-01"], &["PAN-2.2.7.6-02"]);
        },
    },
    Rule {
        id: "MS-PAN/2.2.7.4.1/reply-names-a-button-of-the-box",
        section: "2.2.7.4.1",
        level: Level::Must,
        party: Party::Client,
        requirements: &[
            "PAN-2.2.7.4.1-01",
            "PAN-2.2.7.4.1-02",
            "PAN-2.2.7.4.1-03",
            "PAN-3.2.3.4.2-10",
            "PAN-3.2.3.4.2-11",
        ],
        occasions: Occasions::STARTED
            .of(&[Method::CloseChannel, Method::GetNotificationSendResponse])
            .given(Facts::REPLY),
        judge: reply_names_a_button_of_the_box,
    },
    Rule {
        id: "MS-PAN/3.2.3.4.1/inconsistent-button-id-counts-as-a-number",
        section: "3.2.3.4.1",
        level: Level::Should,
        party: Party::Client,
        requirements: &["PAN-3.2.3.4.1-05", "PAN-3.2.3.4.1-09", "PAN-3.2.3.4.1-10"],
        occasions: Occasions::STARTED
            .of(&[Method::CloseChannel, Method::GetNotificationSendResponse])
            .given(Facts::REPLY),
        judge: inconsistent_button_id_counts_as_a_number,
    },
    Rule {
        id: "MS-PAN/2.2.7.4/reply-answers-its-kind-of-notification",
        section: "2.2.7.4",
        level: Level::Must,
        party: Party::Client,
        requirements: &["PAN-2.2.7.4-03", "PAN-2.2.7.6-03", "PAN-3.1.3.4.4-02"],
        occasions: Occasions::STARTED
            .of(&[Method::CloseChannel, Method::GetNotificationSendResponse])
            .given(Facts::REPLY),
        judge: reply_answers_its_kind_of_notification,
    },
    Rule {
        id: "MS-PAN/3.1.3.4.4/reply-is-there-unless-released",
        section: "3.1.3.4.4",
        level: Level::Must,
        party: Party::Client,
        requirements: &["PAN-3.1.3.4.4-02"],
        occasions: Occasions::STARTED.of(&[Method::CloseChannel]),
        judge: reply_is_there_unless_released,
    },
];

/// The reply that an event carries, and the CloseChannel or GetNotificationSendResponse with it. Nothing is no reply.
fn read<'a>(model: &'a Scene<'_>, event: &'a Event) -> Option<(&'a method::In, Cow<'a, Assessment<Reply>>)> {
    let Kind::CallStarted(started) = &event.kind else { return None };
    let input = started.input.as_ref()?;
    let (kind, data) = match input {
        method::In::CloseChannel(input) => (Some(input.notification_type), &input.reason),
        method::In::GetNotificationSendResponse(input) => (input.notification_type, &input.notification_data),
        _ => return None,
    };
    let octets = data.as_ref().filter(|data| !data.elements.is_empty())?;
    (kind == Some(NotificationType::ASYNC_UI)).then(|| (input, model.reply(&octets.elements)))
}

fn judge(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts, decided: &[Decided]) {
    if let Some((_, assessment)) = read(model, event) {
        judge_rules(&assessment, decided, verdicts);
    }
}

/// A reply of a format has the right root, and the format's element stands where the schema has it.
fn place(
    model: &Scene<'_>,
    event: &Event,
    verdicts: &mut Verdicts,
    message_box: bool,
    root: &'static [&'static str],
    inside: &'static [&'static str],
) {
    let Some((_, assessment)) = read(model, event) else { return };
    if assessment.meaning.as_ref().is_none_or(|meaning| matches!(meaning, Reply::MessageBox(_)) != message_box) {
        return;
    }
    match assessment.of_rule("X-RSP-05").next() {
        Some(breach) => give(&assessment, breach, root, verdicts),
        None => {
            verdicts.pass().on(root);
        }
    }
    match assessment.of_rule("X-RSP-06").chain(assessment.of_rule("X-RSP-07")).next() {
        Some(breach) => give(&assessment, breach, inside, verdicts),
        None => {
            verdicts.pass().on(inside);
        }
    }
}

/// The notification that the reply's channel has brought last.
fn answered(model: &Scene<'_>, event: &Event, input: &method::In) -> Option<Notification> {
    let Kind::CallStarted(started) = &event.kind else { return None };
    let handle = match input {
        method::In::CloseChannel(input) => input.channel,
        method::In::GetNotificationSendResponse(input) => input.channel,
        _ => return None,
    };
    let view = model.channels.view_of(started.association, handle).filter(|view| !view.clouded)?;
    model.async_ui(view.delivered.last()?).into_owned().meaning
}

/// A message box reply's number, and the buttons of the message box that it answers.
fn choice(model: &Scene<'_>, event: &Event) -> Option<(String, Vec<Button>)> {
    let (input, assessment) = read(model, event)?;
    let Some(Reply::MessageBox(Some(value))) = assessment.into_owned().meaning else { return None };
    let buttons = answered(model, event, input).filter(|shown| !shown.buttons.is_empty())?.buttons;
    Some((value, buttons))
}

fn offered(buttons: &[Button]) -> String {
    let values: Vec<String> = buttons.iter().map(|button| format!("{} for {}", button.value, button.id)).collect();
    format!("{} (X-RSP-10)", values.join(", "))
}

/// X-RSP-10: which button the user chose nobody can see, but it was one of them. What a buttonID that is no number comes
/// to is a matter of tolerance.
fn reply_names_a_button_of_the_box(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some((value, buttons)) = choice(model, event) else { return };
    if buttons.iter().any(|button| button.value == value) {
        verdicts.pass();
        return;
    }
    if buttons.iter().any(|button| button.leniency().is_some()) {
        return;
    }
    let every = |wanted: &str| buttons.iter().all(|button| button.value == wanted);
    let decided: &[&str] = match (every("1"), every("2")) {
        (true, _) => &["PAN-2.2.7.4.1-01", "PAN-3.2.3.4.2-10", "PAN-3.2.3.4.2-11"],
        (_, true) => &["PAN-2.2.7.4.1-02", "PAN-3.2.3.4.2-10", "PAN-3.2.3.4.2-11"],
        _ => &["PAN-2.2.7.4.1-03", "PAN-3.2.3.4.2-10", "PAN-3.2.3.4.2-11"],
    };
    verdicts.fail(offered(&buttons), value).on(decided);
}

/// `12abc` counts as 12, `abc` as 0, `idok` as IDOK (SD-53).
fn inconsistent_button_id_counts_as_a_number(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some((value, buttons)) = choice(model, event) else { return };
    let known = buttons.iter().any(|button| button.value == value && button.leniency().is_none());
    let decided = |button: &Button| -> Option<&'static [&'static str]> {
        Some(match button.leniency()? {
            "X-LEN-02" => &["PAN-3.2.3.4.1-05"],
            "X-LEN-06" => &["PAN-3.2.3.4.1-09"],
            _ => &["PAN-3.2.3.4.1-10"],
        })
    };
    for button in buttons.iter().filter(|_| !known) {
        let Some(decided) = decided(button) else { continue };
        if button.value == value {
            verdicts.pass().on(decided);
        } else if buttons.iter().all(|other| other.value != value) {
            verdicts.fail(offered(&buttons), &*value).on(decided);
        }
    }
}

const NO_REPLY: &str = "no reply";

/// X-RSP-12: message boxes are answered by message box replies, what has bidi true by custom UI replies, and nothing else
/// is answered.
fn reply_answers_its_kind_of_notification(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some((input, assessment)) = read(model, event) else { return };
    let Some(notification) = answered(model, event, input) else { return };
    let custom = matches!(notification.kind, NotificationKind::CustomUi | NotificationKind::CustomData);
    let Some(reply) = &assessment.meaning else {
        // There is no reply of its own for custom data.
        let wanted = notification.kind == NotificationKind::CustomData && notification.bidi == Some(true);
        let mut others = assessment.of_rule("X-RSP-07").filter(|_| wanted);
        if let Some(other) = others.find(|breach| breach.actual.to_ascii_lowercase().starts_with("<customdata")) {
            verdicts.fail("a custom UI reply (X-RSP-12)", other.actual.clone()).on(&["PAN-2.2.7.6-03"]);
        }
        return;
    };
    let fits = match &reply {
        Reply::MessageBox(_) => notification.kind == NotificationKind::MessageBox,
        Reply::CustomUi(_) => custom && notification.bidi != Some(false),
    };
    if fits {
        verdicts.pass();
        return;
    }
    let expected = match (notification.kind, notification.bidi) {
        (NotificationKind::MessageBox, _) => "a message box reply",
        (NotificationKind::Balloon, _) | (_, Some(false)) => NO_REPLY,
        _ => "a custom UI reply",
    };
    let decided: &[&str] = match &reply {
        Reply::MessageBox(_) if custom => &["PAN-2.2.7.4-03", "PAN-2.2.7.6-03", "PAN-3.1.3.4.4-02"],
        Reply::MessageBox(_) => &["PAN-2.2.7.4-03"],
        Reply::CustomUi(_) => &["PAN-3.1.3.4.4-02"],
    };
    let shown = if matches!(reply, Reply::MessageBox(_)) { "a message box reply" } else { "a custom UI reply" };
    let actual = format!("{shown} to {}", notification.kind.element());
    // No document that wants no reply has a place on a channel: what clients do then is nowhere said (SD-59).
    if expected == NO_REPLY {
        verdicts.note(format!("{expected} (SD-59)"), actual).on(decided);
    } else {
        verdicts.fail(format!("{expected} (X-RSP-12)"), actual).on(decided);
    }
}

/// SD-02: with the AsyncUI type a reply is there.
fn reply_is_there_unless_released(_: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Kind::CallStarted(started) = &event.kind else { return };
    let Some(method::In::CloseChannel(input)) = &started.input else { return };
    if input.notification_type != NotificationType::ASYNC_UI {
        return;
    }
    if input.reason.as_ref().is_some_and(|data| !data.elements.is_empty()) {
        verdicts.pass();
    } else {
        verdicts.fail("a reply as pReason, or NOTIFICATION_RELEASE (SD-02)", "the AsyncUI type and no octets");
    }
}
