//! How AsyncUI clients answer documents that they accept, or should accept ([MS-PAN] 2.2.7.3.1, 2.2.7.5.1, 2.2.7.7,
//! 3.2.3.4): a message box by the button, custom UI and custom data by what the entry point returns.
//!
//! What a user chose and what an entry point returned nobody else sees. Whether an entry point can be called is known of
//! one only: the catalogue's checks name `nosuch.dll`, which no client has.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use mspan::async_ui::{EntryPoint, NotificationKind, Reply};
use mspan::document::Verdict as Reading;
use mspan::{Method, NotificationType};

use super::client_reaction::{Reaction, needs_files, unanswered, wants_answer};
use super::client_request::client;
use crate::catalogue::Level;
use crate::event::Event;
use crate::fact::Facts;
use crate::model::channel::ChannelMethod;
use crate::occasion::Occasions;
use crate::rule::{Rule, Verdicts};
use crate::scene::Scene;

/// The rules of these sections.
pub(super) static RULES: &[Rule] = &[
    client(
        "MS-PAN/3.2.3.4.2/choice-comes-as-reason-of-the-close",
        "3.2.3.4.2",
        Level::Must,
        &["PAN-3.2.3.4.2-12"],
        |model, event, verdicts| comes_as_reason(model, event, verdicts, NotificationKind::MessageBox),
    )
    .at(Occasions::STARTED.of(&[Method::CloseChannel, Method::GetNotificationSendResponse]).given(Facts::ON_ASYNC_UI)),
    client(
        "MS-PAN/3.2.3.4.3/result-of-custom-ui-comes-as-reason-of-the-close",
        "3.2.3.4.3",
        Level::Must,
        &["PAN-3.2.3.4.3-18"],
        |model, event, verdicts| comes_as_reason(model, event, verdicts, NotificationKind::CustomUi),
    )
    .at(Occasions::STARTED.of(&[Method::CloseChannel, Method::GetNotificationSendResponse]).given(Facts::ODD_DOCUMENT)),
    client(
        "MS-PAN/3.2.3.4.4/result-of-custom-data-comes-as-reason-of-the-close",
        "3.2.3.4.4",
        Level::Must,
        &["PAN-3.2.3.4.4-18"],
        |model, event, verdicts| comes_as_reason(model, event, verdicts, NotificationKind::CustomData),
    )
    .at(Occasions::STARTED.of(&[Method::CloseChannel, Method::GetNotificationSendResponse]).given(Facts::ODD_DOCUMENT)),
    client(
        "MS-PAN/3.2.3.4.3/result-of-custom-ui-is-in-a-custom-ui-reply",
        "3.2.3.4.3",
        Level::Must,
        &["PAN-3.2.3.4.3-17", "PAN-3.2.3.4.3-12", "PAN-2.2.7.5.1-02"],
        |model, event, verdicts| {
            let decided: Decided = [
                &["PAN-3.2.3.4.3-17", "PAN-2.2.7.5.1-02"],
                &["PAN-3.2.3.4.3-17", "PAN-3.2.3.4.3-12", "PAN-2.2.7.5.1-02"],
            ];
            is_in_a_custom_ui_reply(model, event, verdicts, NotificationKind::CustomUi, decided);
        },
    )
    .at(Occasions::STARTED.of(&[Method::CloseChannel, Method::GetNotificationSendResponse]).given(Facts::ODD_DOCUMENT)),
    client(
        "MS-PAN/3.2.3.4.4/result-of-custom-data-is-in-a-custom-ui-reply",
        "3.2.3.4.4",
        Level::Must,
        &["PAN-3.2.3.4.4-17", "PAN-3.2.3.4.4-12", "PAN-2.2.7.7.1-02"],
        |model, event, verdicts| {
            let decided: Decided = [
                &["PAN-3.2.3.4.4-17", "PAN-2.2.7.7.1-02"],
                &["PAN-3.2.3.4.4-17", "PAN-3.2.3.4.4-12", "PAN-2.2.7.7.1-02"],
            ];
            is_in_a_custom_ui_reply(model, event, verdicts, NotificationKind::CustomData, decided);
        },
    )
    .at(Occasions::STARTED.of(&[Method::CloseChannel, Method::GetNotificationSendResponse]).given(Facts::ODD_DOCUMENT)),
    client(
        "MS-PAN/3.2.3.4.3/absent-method-of-custom-ui-releases-the-channel",
        "3.2.3.4.3",
        Level::Must,
        &["PAN-3.2.3.4.3-14", "PAN-3.2.3.4.3-15", "PAN-3.2.3.4.3-16"],
        |model, event, verdicts| {
            let decided: Decided = [&["PAN-3.2.3.4.3-15"], &["PAN-3.2.3.4.3-14", "PAN-3.2.3.4.3-16"]];
            absent_method(model, event, verdicts, NotificationKind::CustomUi, decided);
        },
    )
    .at(Occasions::STARTED
        .of(&[Method::CloseChannel, Method::GetNotificationSendResponse])
        .or(Occasions::PROMPT.of(&[Method::GetNotificationSendResponse, Method::CloseChannel]))
        .given(Facts::ODD_DOCUMENT)),
    client(
        "MS-PAN/3.2.3.4.4/absent-method-of-custom-data-releases-the-channel",
        "3.2.3.4.4",
        Level::Must,
        &["PAN-3.2.3.4.4-14", "PAN-3.2.3.4.4-15", "PAN-3.2.3.4.4-16"],
        |model, event, verdicts| {
            let decided: Decided = [&["PAN-3.2.3.4.4-15"], &["PAN-3.2.3.4.4-14", "PAN-3.2.3.4.4-16"]];
            absent_method(model, event, verdicts, NotificationKind::CustomData, decided);
        },
    )
    .at(Occasions::STARTED
        .of(&[Method::CloseChannel, Method::GetNotificationSendResponse])
        .or(Occasions::PROMPT.of(&[Method::GetNotificationSendResponse, Method::CloseChannel]))
        .given(Facts::ODD_DOCUMENT)),
    client(
        "MS-PAN/2.2.7.7/method-is-passed-the-binary-data",
        "2.2.7.7",
        Level::Must,
        &["PAN-2.2.7.7-04"],
        method_is_passed_the_binary_data,
    )
    .at(Occasions::STARTED.of(&[Method::CloseChannel, Method::GetNotificationSendResponse]).given(Facts::ODD_DOCUMENT)),
    client(
        "MS-PAN/2.2.7.3.1/strings-of-ok-and-cancel-are-disregarded",
        "2.2.7.3.1",
        Level::Must,
        &["PAN-2.2.7.3.1-08"],
        strings_of_ok_and_cancel_are_disregarded,
    )
    .at(Occasions::STARTED
        .of(&[Method::CloseChannel, Method::GetNotificationSendResponse])
        .or(Occasions::PROMPT.of(&[Method::GetNotificationSendResponse, Method::CloseChannel]))
        .given(Facts::ON_ASYNC_UI)),
    client(
        "MS-PAN/3.2.3.4.1/inconsistencies-are-tolerated",
        "3.2.3.4.1",
        Level::Should,
        &[
            "PAN-3.2.3.4.1-04",
            "PAN-3.2.3.4.1-05",
            "PAN-3.2.3.4.1-06",
            "PAN-3.2.3.4.1-07",
            "PAN-3.2.3.4.1-08",
            "PAN-3.2.3.4.1-11",
            "PAN-3.2.3.4.1-12",
            "PAN-3.2.3.4.1-18",
            "PAN-3.2.3.4.2-06",
            "PAN-3.2.3.4.3-07",
            "PAN-3.2.3.4.4-07",
        ],
        inconsistencies_are_tolerated,
    )
    .at(Occasions::STARTED
        .of(&[Method::CloseChannel, Method::GetNotificationSendResponse])
        .or(Occasions::PROMPT.of(&[Method::GetNotificationSendResponse, Method::CloseChannel]))
        .given(Facts::ODD_DOCUMENT)),
    client(
        "MS-PAN/3.2.3.4.1/bidi-counts-as-false",
        "3.2.3.4.1",
        Level::Should,
        &["PAN-3.2.3.4.1-11"],
        bidi_counts_as_false,
    )
    .at(Occasions::STARTED.of(&[Method::CloseChannel, Method::GetNotificationSendResponse]).given(Facts::ODD_DOCUMENT)),
];

/// Requirements, in two lots.
type Decided = [&'static [&'static str]; 2];

/// What a client does about a notification of a format that it accepts, or should accept.
fn accepted<'a>(model: &'a Scene<'_>, event: &'a Event, kind: NotificationKind) -> Option<Reaction<'a>> {
    Reaction::of(model, event).filter(|reaction| reaction.kind() == Some(kind) && reaction.wants_answer())
}

/// The file that no client has.
const ABSENT: &str = "nosuch.dll";

/// Whether an entry point lies in that file.
pub(super) fn is_absent(called: &EntryPoint) -> bool {
    called.dll.eq_ignore_ascii_case(ABSENT)
}

fn calls_absent(reaction: &Reaction<'_>) -> bool {
    let meaning = reaction.assessment.meaning.as_ref();
    meaning.and_then(|meaning| meaning.entry_point.as_ref()).is_some_and(is_absent)
}

/// With the AsyncUI type and octets. A release without any is no answer, and judged elsewhere.
fn comes_as_reason(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts, kind: NotificationKind) {
    let Some(reaction) = accepted(model, event, kind) else { return };
    let expected = "the reply as pReason of CloseChannel, with the AsyncUI type";
    let method = if reaction.method == ChannelMethod::Close { "CloseChannel" } else { "GetNotificationSendResponse" };
    let octets = reaction.octets.len();
    let given = reaction.given.map_or_else(|| "NULL".into(), |given| format!("{given}"));
    let actual = format!("{method} with {given} and {octets} octets");
    let silent = reaction.octets.is_empty() && (reaction.releases() || reaction.method == ChannelMethod::Gnsr);
    // What a release has with it may be anything but a reply.
    let other = reaction.given == Some(NotificationType::RELEASE) && model.reply(reaction.octets).meaning.is_none();
    if reaction.is_reply() {
        verdicts.pass();
    } else if !silent && !other {
        verdicts.fail(expected, actual);
    }
}

/// That it is the string that the method returned, the scenario has to compare.
fn is_in_a_custom_ui_reply(
    model: &Scene<'_>,
    event: &Event,
    verdicts: &mut Verdicts,
    kind: NotificationKind,
    [broken, kept]: Decided,
) {
    let Some(reaction) = accepted(model, event, kind).filter(|reaction| !calls_absent(reaction)) else { return };
    if reaction.method != ChannelMethod::Close || reaction.releases() {
        return;
    }
    let expected = "a custom UI reply with what the entry point returned";
    match model.reply(reaction.octets).meaning {
        Some(Reply::CustomUi(_)) => verdicts.pass().on(kept),
        Some(Reply::MessageBox(_)) => verdicts.fail(expected, "a message box reply").on(broken),
        None => verdicts.fail(expected, format!("{} octets without a reply", reaction.octets.len())).on(broken),
    };
}

fn absent_method(
    model: &Scene<'_>,
    event: &Event,
    verdicts: &mut Verdicts,
    kind: NotificationKind,
    [silence, release]: Decided,
) {
    let expected = || format!("NOTIFICATION_RELEASE, for {ABSENT} can't be called");
    if let Some(brought) = unanswered(model, event) {
        let assessment = model.async_ui(brought.octets);
        let wanted = wants_answer(&assessment);
        let meaning = assessment.meaning.as_ref().filter(|meaning| wanted && meaning.kind == kind);
        let called = meaning.and_then(|meaning| meaning.entry_point.as_ref());
        if called.is_some_and(is_absent) {
            verdicts.fail(expected(), "nothing").on(release).within(model.config().prompt);
        }
        return;
    }
    let Some(reaction) = accepted(model, event, kind).filter(calls_absent) else { return };
    if reaction.releases() && reaction.knows.sure() {
        verdicts.pass().on(silence);
        verdicts.pass().on(release);
    } else if reaction.replies() {
        verdicts.fail(expected(), "an answer").on(silence);
        verdicts.fail(expected(), "an answer").on(release);
    }
}

/// A method that returns what it was passed, as hexadecimal digits, shows that. What another returns says nothing; but
/// the digits of a beginning may come from data that was cut.
fn method_is_passed_the_binary_data(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(reaction) = accepted(model, event, NotificationKind::CustomData).filter(Reaction::is_reply) else {
        return;
    };
    let reply = model.reply(reaction.octets);
    let Some(Reply::CustomUi(text)) = &reply.meaning else { return };
    let data = reaction.assessment.meaning.as_ref().map_or(&[][..], |meaning| &meaning.binary);
    let digits = |octets: &[u8]| octets.iter().map(|octet| format!("{octet:02x}")).collect::<String>();
    let returned: String = text.chars().filter(|digit| !digit.is_whitespace()).collect();
    let returned = returned.to_ascii_lowercase();
    if data.is_empty() {
        return;
    }
    if returned == digits(data) {
        verdicts.pass();
    } else if !returned.is_empty() && digits(data).starts_with(&returned) {
        let why = format!("the method returned the first {} of {} octets", returned.len() / 2, data.len());
        verdicts.inconclusive(format!("{why}, and may have been passed no more"));
    }
}

/// The notification that a client has answered rightly, or that it has released although it can show it and stays. What a
/// release has with it may be the answer.
fn answered_or_released<'a>(model: &'a Scene<'_>, event: &'a Event) -> Option<Reaction<'a>> {
    let released = Reaction::release_of_one_who_stays(model, event);
    let wrong = |reaction: &Reaction<'_>| {
        reaction.kind() == Some(NotificationKind::MessageBox)
            && reaction.knows.sure()
            && !needs_files(&reaction.assessment)
            && reaction.octets.is_empty()
    };
    let reaction = Reaction::of(model, event).filter(Reaction::is_reply).or(released.filter(wrong))?;
    reaction.wants_answer().then_some(reaction)
}

fn strings_of_ok_and_cancel_are_disregarded(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(reaction) = answered_or_released(model, event) else { return };
    let Some(meaning) = &reaction.assessment.meaning else { return };
    let disregarded = meaning.buttons.iter().any(|button| button.is_ok_or_cancel() && button.resource.is_some());
    if !disregarded || !reaction.assessment.leniencies.is_empty() {
        return;
    }
    if reaction.is_reply() {
        verdicts.pass();
    } else {
        let expected = "an answer to a message box whose IDOK or IDCANCEL names a string that counts for nothing";
        verdicts.fail(expected, "NOTIFICATION_RELEASE").about(reaction.brought.by.id);
    }
}

/// Entry points may be out of reach: that custom UI and custom data are released says nothing. What numbers come to, the
/// reply says, and that is judged where its button is.
fn inconsistencies_are_tolerated(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(reaction) = answered_or_released(model, event) else { return };
    let tolerable = reaction.assessment.verdict() == Reading::Tolerable && !reaction.assessment.leniencies.is_empty();
    let Some(kind) = reaction.kind().filter(|_| tolerable) else { return };
    let used = reaction.assessment.leniencies.join(", ");
    for decided in tolerances(&reaction, kind) {
        if reaction.is_reply() {
            verdicts.pass().on(decided);
        } else {
            let expected = format!("an answer to a document that clients should accept ({used})");
            verdicts.fail(expected, "NOTIFICATION_RELEASE").on(decided).about(reaction.brought.by.id);
        }
    }
}

fn tolerances(reaction: &Reaction<'_>, kind: NotificationKind) -> Vec<&'static [&'static str]> {
    let used = &reaction.assessment.leniencies;
    let mut decided: Vec<&'static [&'static str]> = used.iter().filter_map(|leniency| of_leniency(leniency)).collect();
    decided.push(match kind {
        NotificationKind::CustomUi => &["PAN-3.2.3.4.3-07"],
        NotificationKind::CustomData => &["PAN-3.2.3.4.4-07"],
        NotificationKind::MessageBox | NotificationKind::Balloon => &["PAN-3.2.3.4.2-06"],
    });
    // What an odd integer counts as is of one kind with its being odd.
    if used.iter().filter(|leniency| !matches!(**leniency, "X-LEN-06" | "X-LEN-07")).count() > 1 {
        decided.push(&["PAN-3.2.3.4.1-18"]);
    }
    decided
}

fn of_leniency(leniency: &str) -> Option<&'static [&'static str]> {
    Some(match leniency {
        "X-LEN-01" => &["PAN-3.2.3.4.1-04"],
        "X-LEN-02" => &["PAN-3.2.3.4.1-05"],
        "X-LEN-03" => &["PAN-3.2.3.4.1-06"],
        "X-LEN-04" => &["PAN-3.2.3.4.1-07"],
        "X-LEN-05" => &["PAN-3.2.3.4.1-08"],
        "X-LEN-08" => &["PAN-3.2.3.4.1-11"],
        "X-LEN-09" => &["PAN-3.2.3.4.1-12"],
        _ => return None,
    })
}

/// A document that wants no answer is out of place on a channel: it is released, and what else is done is noted (SD-59).
fn bidi_counts_as_false(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(reaction) = Reaction::of(model, event) else { return };
    let counted = reaction.assessment.leniencies.contains(&"X-LEN-08") && !reaction.assessment.is_error_for_clients();
    if !counted {
        return;
    }
    if reaction.releases() && reaction.knows.sure() {
        verdicts.pass();
    } else if reaction.replies() {
        verdicts.note("NOTIFICATION_RELEASE, for bidi is not true (SD-59)", "an answer");
    }
}
