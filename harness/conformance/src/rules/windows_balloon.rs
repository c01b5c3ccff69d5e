//! The balloons by which Windows tells of configuration changes where a driver is of version 4 ([MS-PAN] 7, note 1). These
//! rules speak only under the overlay `windows`.
//!
//! The driver's version does not show on the wire. A balloon is taken for such a one by what only such have: the file
//! PrintConfig.dll, or an Envelope in the action's text. All that the note says is then asked of it.

use alloc::format;
use alloc::string::String;

use mspan::Method;
use mspan::async_ui::{EntryPoint, Notification, NotificationKind};
use mspan::printer_configuration::{Envelope, read_envelope};
use uuid::Uuid;

use super::finish::Finish;
use super::windows::is_windows;
use crate::catalogue::Level;
use crate::event::Event;
use crate::fact::Facts;
use crate::occasion::Occasions;
use crate::rule::{Party, Rule, Verdicts};
use crate::scene::Scene;

/// The rules of this note.
pub(super) static RULES: &[Rule] = &[
    rule("MS-PAN/7/configuration-balloon-has-one-action", &["PAN-7-01"], has_one_action).at(Occasions::FINISHED
        .of(&[Method::GetNotification, Method::GetNotificationSendResponse])
        .given(Facts::WINDOWS)),
    rule("MS-PAN/7/action-names-the-configuration-module", &["PAN-7-02"], names_the_module).at(Occasions::FINISHED
        .of(&[Method::GetNotification, Method::GetNotificationSendResponse])
        .given(Facts::WINDOWS)),
    rule("MS-PAN/7/action-text-is-an-envelope", &["PAN-7-03"], text_is_an_envelope).at(Occasions::FINISHED
        .of(&[Method::GetNotification, Method::GetNotificationSendResponse])
        .given(Facts::WINDOWS)),
    rule("MS-PAN/7/envelope-has-its-reason", &["PAN-7-04"], has_its_reason).at(Occasions::FINISHED
        .of(&[Method::GetNotification, Method::GetNotificationSendResponse])
        .given(Facts::WINDOWS)),
    Rule {
        level: Level::ShouldNot,
        ..rule("MS-PAN/7/detail-is-not-reserved", &["PAN-7-05"], detail_is_not_reserved).at(Occasions::FINISHED
            .of(&[Method::GetNotification, Method::GetNotificationSendResponse])
            .given(Facts::WINDOWS))
    },
    rule("MS-PAN/7/envelope-lists-changes", &["PAN-7-06"], lists_changes).at(Occasions::FINISHED
        .of(&[Method::GetNotification, Method::GetNotificationSendResponse])
        .given(Facts::WINDOWS)),
];

const fn rule(
    id: &'static str,
    requirements: &'static [&'static str],
    judge: fn(&Scene<'_>, &Event, &mut Verdicts),
) -> Rule {
    let occasions = Occasions::ALL;
    Rule { id, section: "7", level: Level::Should, party: Party::Server, requirements, occasions, judge }
}

/// The balloon that an event delivers, under the overlay.
pub(super) fn balloon(model: &Scene<'_>) -> Option<Notification> {
    let (_, assessment) = Some(model).filter(|model| is_windows(model))?.async_ui_notification()?;
    let balloon = assessment.meaning.as_ref().filter(|meaning| meaning.kind == NotificationKind::Balloon);
    balloon.cloned()
}

/// A balloon about configuration changes.
struct Changed {
    actions: usize,
    action: EntryPoint,
    envelope: Result<Envelope, String>,
}

impl Changed {
    fn of(model: &Scene<'_>) -> Option<Self> {
        let notification = balloon(model)?;
        let (actions, action) = (notification.actions, notification.entry_point?);
        let envelope = read_envelope(&action.argument);
        // Others have envelopes, too: SOAP's has none of this.
        let is_ours = |envelope: &Envelope| {
            let attributes = [&envelope.printer, &envelope.reason, &envelope.detail];
            attributes.into_iter().any(Option::is_some) || !envelope.changes.is_empty()
        };
        let marked = action.dll.eq_ignore_ascii_case(Envelope::MODULE.0) || envelope.as_ref().is_ok_and(is_ours);
        marked.then_some(Self { actions, action, envelope })
    }
}

fn has_one_action(model: &Scene<'_>, _: &Event, verdicts: &mut Verdicts) {
    match Changed::of(model) {
        Some(Changed { actions: 1, .. }) => verdicts.pass(),
        Some(Changed { actions, .. }) => verdicts.fail("exactly one action", format!("{actions}")),
        None if balloon(model).is_some_and(|balloon| balloon.actions == 0) => {
            verdicts.inconclusive("a balloon without action, and whether it tells of a configuration is not known")
        }
        None => return,
    };
}

fn names_the_module(model: &Scene<'_>, _: &Event, verdicts: &mut Verdicts) {
    let Some(Changed { action: EntryPoint { dll, name, .. }, .. }) = Changed::of(model) else { return };
    let (expected, actual) = (format!("{} of {}", Envelope::MODULE.1, Envelope::MODULE.0), format!("{name} of {dll}"));
    if (dll.as_str(), name.as_str()) == Envelope::MODULE {
        verdicts.pass();
    } else if dll.eq_ignore_ascii_case(Envelope::MODULE.0) && name == Envelope::MODULE.1 {
        // Names of files are the same to Windows in other letters' case.
        verdicts.note(expected, actual);
    } else {
        verdicts.fail(expected, actual);
    }
}

fn text_is_an_envelope(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(Changed { envelope, .. }) = Changed::of(model) else { return };
    let expected = "an escaped <Envelope> with printer, reason and detail";
    let envelope = match envelope {
        Ok(envelope) => envelope,
        Err(found) => {
            verdicts.fail(expected, found);
            return;
        }
    };
    let attributes = [("printer", &envelope.printer), ("reason", &envelope.reason), ("detail", &envelope.detail)];
    if let Some((name, _)) = attributes.into_iter().find(|(_, value)| value.as_ref().is_none_or(String::is_empty)) {
        verdicts.fail(expected, format!("no {name}"));
        return;
    }
    // A queue may have a name and another one by which it is shared.
    match (envelope.printer, registered(model, event)) {
        (Some(printer), Some(queue)) if last(&printer) != last(&queue) => {
            verdicts.note(format!("the name of {queue}"), printer)
        }
        _ => verdicts.pass(),
    };
}

/// The print queue that the registration names.
fn registered(model: &Scene<'_>, event: &Event) -> Option<String> {
    let finish = Finish::of(model, event, Method::GetNotification)?;
    finish.registration(model).filter(|registration| registration.certain)?.name.clone()
}

/// A queue's own name, for comparison.
fn last(name: &str) -> String {
    name.rsplit('\\').next().unwrap_or_default().to_lowercase()
}

fn has_its_reason(model: &Scene<'_>, _: &Event, verdicts: &mut Verdicts) {
    let Some(reason) = Changed::of(model).and_then(|changed| changed.envelope.ok()?.reason) else { return };
    if braced(&reason) == Some(Envelope::REASON) {
        verdicts.pass();
    } else {
        verdicts.fail(format!("the reason {{{}}}", Envelope::REASON), reason);
    }
}

fn detail_is_not_reserved(model: &Scene<'_>, _: &Event, verdicts: &mut Verdicts) {
    let Some(detail) = Changed::of(model).and_then(|changed| changed.envelope.ok()?.detail) else { return };
    match braced(&detail).or_else(|| hyphenated(&detail)) {
        Some(Envelope::RESERVED_DETAIL) => {
            verdicts.fail("a GUID of the driver", format!("{detail}, which is reserved"))
        }
        Some(_) => verdicts.pass(),
        None => verdicts.fail("a GUID of the driver", detail),
    };
}

/// A GUID in braces.
fn braced(text: &str) -> Option<Uuid> {
    hyphenated(text.strip_prefix('{')?.strip_suffix('}')?)
}

/// A GUID as digits and hyphens.
fn hyphenated(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text).ok().filter(|guid| text.eq_ignore_ascii_case(&format!("{guid}")))
}

fn lists_changes(model: &Scene<'_>, _: &Event, verdicts: &mut Verdicts) {
    let Some(envelope) = Changed::of(model).and_then(|changed| changed.envelope.ok()) else { return };
    let expected = "one <Schema> or more, each with a name and one value";
    match envelope.changes.iter().find(|change| !change.is_whole()) {
        Some(change) => verdicts.fail(expected, format!("{:?} with {:?}", change.name, change.values)),
        None if envelope.changes.is_empty() => verdicts.fail(expected, "none"),
        None => verdicts.pass(),
    };
}
