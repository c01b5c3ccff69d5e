//! Documents in notifications and replies ([MS-PAN] 2.2.7, 2.2.8): which octets are judged, and how breaches become
//! verdicts. What documents break, `mspan` tells.

use alloc::format;
use alloc::string::String;
use core::fmt;

use mspan::document::{Assessment, Breach, Gravity, Verdict};
use mspan::method;
use mspan::{Method, NotificationType};

use super::exchange::is_notification;
use super::finish::Finish;
use crate::event::{Event, Kind};
use crate::fact::Facts;
use crate::model::{Model, Source};
use crate::rule::Verdicts;
use crate::scene::Scene;

/// A notification that a server delivered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Delivered<'a> {
    /// Its octets.
    pub(crate) octets: &'a [u8],
    /// GetNotification or GetNotificationSendResponse.
    pub(super) by: Method,
}

impl<'a> Delivered<'a> {
    /// The notification that an event brings, with its type. None for octets that a notification source was asked
    /// to send, as they are or altered on their way: of those only faithful delivery is judged, and elsewhere.
    pub(crate) fn any(model: &Model, event: &'a Event) -> Option<(NotificationType, Self)> {
        let (kind, delivered) = Self::shown(event)?;
        let stimuli = model.stimuli();
        let altered = model.config().source == Source::Exclusive && stimuli.concern(kind);
        (!altered && !stimuli.supplies(delivered.octets)).then_some((kind, delivered))
    }

    /// The AsyncUI notification that an event brings, as was found of it.
    pub(crate) fn async_ui(facts: Facts, event: &'a Event) -> Option<Self> {
        facts.has(Facts::ASYNC_UI).then(|| Self::shown(event))?.map(|(_, delivered)| delivered)
    }

    /// The printer configuration notification that an event brings, as was found of it.
    pub(super) fn configuration(scene: &Scene<'_>, event: &'a Event) -> Option<Self> {
        scene.facts().has(Facts::CONFIGURATION).then(|| Self::shown(event))?.map(|(_, delivered)| delivered)
    }

    fn shown(event: &'a Event) -> Option<(NotificationType, Self)> {
        let Kind::CallFinished(finished) = &event.kind else { return None };
        let (kind, data, by) = match finished.outcome.output()? {
            method::Out::GetNotification(output) if output.status.is_success() => {
                (output.notification_type?, &output.notification_data, Method::GetNotification)
            }
            method::Out::GetNotificationSendResponse(output)
                if output.status.is_success() && is_notification(output) =>
            {
                (output.notification_type?, &output.notification_data, Method::GetNotificationSendResponse)
            }
            _ => return None,
        };
        let octets: &[u8] = data.as_ref().map_or(&[], |data| &data.elements);
        Some((kind, Self { octets, by }))
    }
}

/// A successful GetNotification on a registration for one of these types brings that type, or NOTIFICATION_RELEASE.
pub(super) fn judge_type(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts, types: &[NotificationType]) {
    let Some(finish) = Finish::of(model, event, Method::GetNotification) else { return };
    let registration = finish.registration(model).filter(|registration| registration.certain);
    if !registration.is_some_and(|registration| types.contains(&registration.notification_type)) {
        return;
    }
    let Some(method::Out::GetNotification(output)) = finish.outcome.output() else { return };
    if output.status.is_failure() {
        return;
    }
    let kind = output.notification_type;
    if kind.is_some_and(|kind| types.contains(&kind) || kind == NotificationType::RELEASE) {
        verdicts.pass();
    } else {
        let names = types.first().map_or_else(String::new, |first| format!("{first}"));
        let actual = kind.map_or_else(|| "NULL".into(), |kind| format!("{kind}"));
        verdicts.fail(format!("{names} or NOTIFICATION_RELEASE"), actual);
    }
}

/// A document rule of the catalogue, the requirements that a breach of it breaks, and the element without which it does
/// not apply.
pub(super) struct Decided {
    pub(super) rule: &'static str,
    pub(super) requirements: &'static [&'static str],
    pub(super) element: Option<&'static str>,
}

/// A document rule that every document is subject to.
pub(super) const fn always(rule: &'static str, requirements: &'static [&'static str]) -> Decided {
    Decided { rule, requirements, element: None }
}

/// A document rule for documents that have an element.
pub(super) const fn with(element: &'static str, rule: &'static str, requirements: &'static [&'static str]) -> Decided {
    Decided { rule, requirements, element: Some(element) }
}

/// Gives a verdict for each document rule: the first breach of it, or a pass.
pub(super) fn judge_rules<T>(assessment: &Assessment<T>, decided: &[Decided], verdicts: &mut Verdicts) {
    let parsed = !assessment.elements.is_empty();
    let mut known = (None, parsed);
    for decided in decided {
        // Mostly it is the very element of the one before, which shows without a look at its letters.
        let element = decided.element.map(core::ptr::from_ref);
        if element != known.0 {
            known = (element, decided.element.map_or(parsed, |element| assessment.has(element)));
        }
        // The gravest breach counts, and of those the first.
        let breaches = assessment.of_rule(decided.rule);
        let worst = breaches.reduce(|worst, next| if next.gravity > worst.gravity { next } else { worst });
        match worst {
            Some(breach) => give(assessment, breach, decided.requirements, verdicts),
            None if known.1 => {
                verdicts.pass().on(decided.requirements);
            }
            None => {}
        }
    }
}

/// Gives one verdict on validity by the schema.
pub(super) fn judge_schema<T>(
    assessment: &Assessment<T>,
    requirements: &'static [&'static str],
    verdicts: &mut Verdicts,
) {
    match assessment.breaches.iter().find(|breach| breach.in_schema) {
        Some(breach) => give(assessment, breach, requirements, verdicts),
        None if !assessment.elements.is_empty() => {
            verdicts.pass().on(requirements);
        }
        None => {}
    }
}

/// Gives the verdict that a breach earns.
pub(super) fn give<T>(
    assessment: &Assessment<T>,
    breach: &Breach,
    requirements: &'static [&'static str],
    verdicts: &mut Verdicts,
) {
    let expected = breach.expected.clone();
    let actual = Shown { assessment, breach }.text();
    match breach.gravity {
        Gravity::Must => verdicts.fail(expected, actual).on(requirements),
        Gravity::Should => verdicts.warn(expected, actual).on(requirements),
        Gravity::Note => verdicts.note(expected, actual).on(requirements),
    };
}

/// A breach in words, with what clients make of the document.
struct Shown<'a, T> {
    assessment: &'a Assessment<T>,
    breach: &'a Breach,
}

impl<T> Shown<'_, T> {
    fn text(&self) -> String {
        format!("{self}")
    }
}

impl<T> fmt::Display for Shown<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Breach { rule, at, actual, gravity, .. } = self.breach;
        write!(f, "{actual} at {at} ({rule})")?;
        if *gravity == Gravity::Must && self.assessment.verdict() == Verdict::Tolerable {
            let used = self.assessment.leniencies.join(", ");
            write!(f, "; not schema-valid, but a client should accept it ({used})")?;
        }
        Ok(())
    }
}
