//! What clients do about documents on channels that are errors ([MS-PAN] 2.2.7.1.3 to 2.2.7.1.5, 3.2.3.4): release the
//! channel, and nothing else.
//!
//! A client should check a document before it acts on it. One that does not breaks no more than that, and where it shows
//! a message box all the same its user may take any time. But it must take text next to a stringID for an error, and an
//! XML processor can't read on behind one of well-formedness ([XML1.0] 1.2, fatal error): then it has found one.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use mspan::async_ui::{Notification, NotificationKind};
use mspan::document::{Assessment, Breach, Gravity};

use mspan::Method;

use super::client_reaction::{Reaction, unanswered};
use super::client_request::client;
use crate::catalogue::Level;
use crate::event::Event;
use crate::fact::Facts;
use crate::occasion::Occasions;
use crate::rule::{Rule, Verdicts};
use crate::scene::Scene;

/// The rules of these sections.
pub(super) static RULES: &[Rule] = &[
    client(
        "MS-PAN/3.2.3.4.2/error-is-not-answered",
        "3.2.3.4.2",
        Level::MustNot,
        &[
            "PAN-3.2.3.4.2-07",
            "PAN-3.2.3.4.3-10",
            "PAN-3.2.3.4.4-10",
            "PAN-3.2.3.4.1-13",
            "PAN-3.2.3.4.3-08",
            "PAN-3.2.3.4.4-08",
        ],
        error_is_not_answered,
    )
    .at(Occasions::STARTED
        .of(&[Method::CloseChannel, Method::GetNotificationSendResponse])
        .or(Occasions::PROMPT.of(&[Method::GetNotificationSendResponse]))
        .given(Facts::ODD_DOCUMENT)),
    client(
        "MS-PAN/3.2.3.4.2/error-releases-the-channel",
        "3.2.3.4.2",
        Level::Must,
        &["PAN-3.2.3.4.2-08", "PAN-3.2.3.4.3-11", "PAN-3.2.3.4.4-11"],
        error_releases_the_channel,
    )
    .at(Occasions::STARTED
        .of(&[Method::CloseChannel, Method::GetNotificationSendResponse])
        .or(Occasions::PROMPT.of(&[Method::GetNotificationSendResponse]))
        .given(Facts::ODD_DOCUMENT)),
    client(
        "MS-PAN/3.2.3.4.2/notification-is-checked",
        "3.2.3.4.2",
        Level::Should,
        &["PAN-3.2.3.4.2-05", "PAN-3.2.3.4.3-06", "PAN-3.2.3.4.4-06"],
        notification_is_checked,
    )
    .at(Occasions::STARTED
        .of(&[Method::CloseChannel, Method::GetNotificationSendResponse])
        .or(Occasions::PROMPT.of(&[Method::GetNotificationSendResponse]))
        .given(Facts::ODD_DOCUMENT)),
    client(
        "MS-PAN/2.2.7.1.3/text-next-to-a-title-s-key-is-an-error",
        "2.2.7.1.3",
        Level::Must,
        &["PAN-2.2.7.1.3-08"],
        |model, event, verdicts| takes_for_an_error(model, event, verdicts, "X-REQ-12"),
    )
    .at(Occasions::STARTED
        .of(&[Method::CloseChannel, Method::GetNotificationSendResponse])
        .or(Occasions::PROMPT.of(&[Method::GetNotificationSendResponse]))
        .given(Facts::ODD_DOCUMENT)),
    client(
        "MS-PAN/2.2.7.1.4/text-next-to-a-body-s-key-is-an-error",
        "2.2.7.1.4",
        Level::Must,
        &["PAN-2.2.7.1.4-10"],
        |model, event, verdicts| takes_for_an_error(model, event, verdicts, "X-REQ-18"),
    )
    .at(Occasions::STARTED
        .of(&[Method::CloseChannel, Method::GetNotificationSendResponse])
        .or(Occasions::PROMPT.of(&[Method::GetNotificationSendResponse]))
        .given(Facts::ODD_DOCUMENT)),
    client(
        "MS-PAN/2.2.7.1.5/text-next-to-a-parameter-s-type-is-an-error",
        "2.2.7.1.5",
        Level::Should,
        &["PAN-2.2.7.1.5-09"],
        |model, event, verdicts| takes_for_an_error(model, event, verdicts, "X-LEN-12"),
    )
    .at(Occasions::STARTED
        .of(&[Method::CloseChannel, Method::GetNotificationSendResponse])
        .or(Occasions::PROMPT.of(&[Method::GetNotificationSendResponse]))
        .given(Facts::ODD_DOCUMENT)),
];

/// How a client has dealt with a document that is an error.
enum Dealt {
    /// It has released the channel.
    Released,
    /// It has answered.
    Answered,
    /// It has done nothing for T_PROMPT.
    Nothing,
}

impl Dealt {
    const fn words(&self) -> &'static str {
        match self {
            Self::Released => "NOTIFICATION_RELEASE",
            Self::Answered => "an answer",
            Self::Nothing => "nothing",
        }
    }
}

/// A document that is an error, and how the client has dealt with it.
struct Error {
    dealt: Dealt,
    assessment: Assessment<Notification>,
    /// The formats that it may have been meant to have, as requirements are written for each.
    kinds: Vec<NotificationKind>,
    /// Whether no XML processor can have missed it.
    fatal: bool,
}

impl Error {
    /// What an event tells of one.
    fn of(model: &Scene<'_>, event: &Event) -> Option<Self> {
        let (dealt, octets, assessment) = if let Some(brought) = unanswered(model, event) {
            (Dealt::Nothing, brought.octets, model.async_ui(brought.octets))
        } else {
            let reaction = Reaction::of(model, event)?;
            let dealt = match (reaction.releases(), reaction.replies()) {
                (true, _) if reaction.knows.sure() => Dealt::Released,
                (false, true) => Dealt::Answered,
                _ => return None,
            };
            (dealt, reaction.brought.octets, reaction.assessment)
        };
        let (kinds, fatal) = (kinds(&assessment, octets), is_fatal(&assessment, octets));
        let is_error = assessment.is_error_for_clients();
        is_error.then(|| Self { dealt, assessment: assessment.into_owned(), kinds, fatal })
    }

    /// What the formats demand, by their sections.
    fn demands(
        &self,
        of: fn(NotificationKind) -> &'static [&'static str],
    ) -> impl Iterator<Item = &'static [&'static str]> {
        self.kinds.iter().copied().map(of)
    }

    /// The first of what is wrong.
    fn words(&self) -> String {
        let mut grave = self.assessment.intolerable.iter().filter(|breach| breach.gravity >= Gravity::Should);
        grave.next().map_or_else(String::new, |breach| format!("{} ({})", breach.actual, breach.rule))
    }
}

/// Whether no XML processor can have missed what is wrong: the text is no well-formed XML 1.0. What another encoding, a
/// document type or undeclared prefixes come to depends on the processor.
pub(super) fn is_fatal<T>(assessment: &Assessment<T>, octets: &[u8]) -> bool {
    let grave = |rules: [&str; 2]| {
        let mut breaches = assessment.breaches.iter().filter(|breach| breach.gravity == Gravity::Must);
        breaches.find(|breach| rules.contains(&breach.rule))
    };
    let about_names = |breach: &Breach| breach.actual.contains("namespace");
    let ill_formed = grave(["X-REQ-01", "X-CFG-01"]).is_some_and(|breach| !about_names(breach));
    ill_formed && grave(["X-REQ-02", "X-CFG-02"]).is_none() && !text(octets).contains("<!DOCTYPE")
}

/// Whether a client can't but take a document for an error: nobody can read it, or text stands next to the key of a title
/// or a body (2.2.7.1.3, 2.2.7.1.4).
pub(super) fn must_be_noticed(assessment: &Assessment<Notification>, octets: &[u8]) -> bool {
    let by_key = |breach: &Breach| matches!(breach.rule, "X-REQ-12" | "X-REQ-18");
    assessment.intolerable.iter().any(by_key) || is_fatal(assessment, octets)
}

fn text(octets: &[u8]) -> String {
    let units = octets.as_chunks::<2>().0.iter().map(|unit| u16::from_le_bytes(*unit));
    char::decode_utf16(units).filter_map(Result::ok).collect()
}

/// The formats that a document may have been meant to have. What can't be read is told by the name that stands in it.
pub(super) fn kinds(assessment: &Assessment<Notification>, octets: &[u8]) -> Vec<NotificationKind> {
    if let Some(meaning) = &assessment.meaning {
        return [meaning.kind].into();
    }
    let text = text(octets).to_ascii_lowercase();
    let all = [
        NotificationKind::MessageBox,
        NotificationKind::CustomUi,
        NotificationKind::CustomData,
        NotificationKind::Balloon,
    ];
    let named: Vec<_> =
        all.into_iter().filter(|kind| text.contains(kind.element().to_ascii_lowercase().as_str())).collect();
    if named.len() == 1 { named } else { all.into() }
}

/// Requirements that forbid any answer to an error.
const fn silence(kind: NotificationKind) -> &'static [&'static str] {
    match kind {
        NotificationKind::Balloon => &["PAN-3.2.3.4.1-13"],
        NotificationKind::MessageBox => &["PAN-3.2.3.4.2-07"],
        NotificationKind::CustomUi => &["PAN-3.2.3.4.3-10", "PAN-3.2.3.4.3-08"],
        NotificationKind::CustomData => &["PAN-3.2.3.4.4-10", "PAN-3.2.3.4.4-08"],
    }
}

/// Requirements that want the channel of an error released. None stands for balloons, which no channel should bring.
const fn release(kind: NotificationKind) -> &'static [&'static str] {
    match kind {
        NotificationKind::Balloon => &[],
        NotificationKind::MessageBox => &["PAN-3.2.3.4.2-08"],
        NotificationKind::CustomUi => &["PAN-3.2.3.4.3-11"],
        NotificationKind::CustomData => &["PAN-3.2.3.4.4-11"],
    }
}

/// Requirements that want documents checked.
const fn check(kind: NotificationKind) -> &'static [&'static str] {
    match kind {
        NotificationKind::Balloon => &[],
        NotificationKind::MessageBox => &["PAN-3.2.3.4.2-05"],
        NotificationKind::CustomUi => &["PAN-3.2.3.4.3-06"],
        NotificationKind::CustomData => &["PAN-3.2.3.4.4-06"],
    }
}

fn error_is_not_answered(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(error) = Error::of(model, event) else { return };
    for decided in error.demands(silence) {
        match error.dealt {
            Dealt::Released => drop(verdicts.pass().on(decided)),
            Dealt::Answered if error.fatal => {
                let expected = format!("no answer to a document that can't be read: {}", error.words());
                verdicts.fail(expected, error.dealt.words()).on(decided);
            }
            Dealt::Answered | Dealt::Nothing => {}
        }
    }
}

fn error_releases_the_channel(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(error) = Error::of(model, event) else { return };
    for decided in error.demands(release).filter(|decided| !decided.is_empty()) {
        match error.dealt {
            Dealt::Released => drop(verdicts.pass().on(decided)),
            Dealt::Answered | Dealt::Nothing if error.fatal => {
                let expected = format!("NOTIFICATION_RELEASE for a document that can't be read: {}", error.words());
                verdicts.fail(expected, error.dealt.words()).on(decided).within(model.config().prompt);
            }
            Dealt::Answered | Dealt::Nothing => {}
        }
    }
}

fn notification_is_checked(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(error) = Error::of(model, event) else { return };
    for decided in error.demands(check).filter(|decided| !decided.is_empty()) {
        match error.dealt {
            Dealt::Released => drop(verdicts.pass().on(decided)),
            Dealt::Answered | Dealt::Nothing => {
                let expected = format!("NOTIFICATION_RELEASE for an error: {}", error.words());
                verdicts.fail(expected, error.dealt.words()).on(decided).within(model.config().prompt);
            }
        }
    }
}

/// A rule of documents whose breach clients take for an error, whatever else they tolerate.
fn takes_for_an_error(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts, rule: &str) {
    let Some(error) = Error::of(model, event) else { return };
    let Some(breach) = error.assessment.intolerable.iter().find(|breach| breach.rule == rule) else { return };
    match error.dealt {
        Dealt::Released => drop(verdicts.pass()),
        Dealt::Answered | Dealt::Nothing => {
            let expected = format!("NOTIFICATION_RELEASE for {}: {}", breach.expected, breach.actual);
            verdicts.fail(expected, error.dealt.words()).within(model.config().prompt);
        }
    }
}
