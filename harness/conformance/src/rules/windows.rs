//! What product notes of Windows add to what the sections leave open ([MS-PAN] 7): names of settings, the reserved opnum,
//! and the length of queues. These rules speak only under the overlay `windows`.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use mspan::printer_configuration::read_envelope;
use mspan::{Interface, Method};

use super::documents::Delivered;
use super::notification_queue::{QUEUE_LENGTH, Returned, missed, taken_by};
use super::opnum::RESERVED;
use super::windows_balloon;
use crate::catalogue::Level;
use crate::event::{Event, Kind};
use crate::fact::Facts;
use crate::model::{Effect, Model, Moment, Stimulus};
use crate::occasion::Occasions;
use crate::rule::{Party, Rule, Verdicts};
use crate::scene::Scene;

/// The rules of these notes.
pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "MS-PAN/7/settings-are-of-a-printer",
        section: "7",
        level: Level::Should,
        party: Party::Server,
        requirements: &["PAN-7-10"],
        occasions: Occasions::FINISHED
            .of(&[Method::GetNotification, Method::GetNotificationSendResponse])
            .given(Facts::WINDOWS),
        judge: settings_are_a_printers,
    },
    Rule {
        id: "MS-PAN/7/reserved-opnum-is-not-used",
        section: "7",
        level: Level::ShouldNot,
        party: Party::Client,
        requirements: &["PAN-7-11"],
        occasions: Occasions::STARTED.given(Facts::WINDOWS),
        judge: reserved_opnum_is_not_used,
    },
    Rule {
        id: "MS-PAN/7/queue-holds-a-hundred",
        section: "7",
        level: Level::Should,
        party: Party::Server,
        requirements: &["PAN-7-14"],
        occasions: Occasions::FINISHED.of(&[Method::GetNotification]).or(Occasions::DELIVERED).given(Facts::WINDOWS),
        judge: queue_holds_a_hundred,
    },
];

/// Whether the target is judged as Windows.
pub(crate) fn is_windows(model: &Model) -> bool {
    model.config().overlay.is_some_and(|overlay| overlay.name == "windows")
}

/// A name outside of the hierarchy is an observation.
fn settings_are_a_printers(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(names) = settings(model, event).filter(|names| !names.is_empty()) else { return };
    match names.iter().find(|name| !is_a_printers(name)) {
        Some(name) => verdicts.note(r"names in the hierarchy of \Printer", format!("{name:?}")),
        None => verdicts.pass(),
    };
}

/// The names of settings that a notification holds: a configuration, or a balloon about one.
fn settings(model: &Scene<'_>, event: &Event) -> Option<Vec<String>> {
    if !is_windows(model) {
        return None;
    }
    if let Some(delivered) = Delivered::configuration(model, event) {
        let mut meaning = model.configuration(delivered.octets).into_owned().meaning?;
        meaning.schemas.append(&mut meaning.reduced_schemas);
        return Some(meaning.schemas);
    }
    let action = windows_balloon::balloon(model)?.entry_point?;
    let envelope = read_envelope(&action.argument).ok()?;
    Some(envelope.changes.into_iter().filter_map(|change| change.name).collect())
}

/// The root of the hierarchy, what is below it, and the beginning `\` of all names.
fn is_a_printers(name: &str) -> bool {
    name == r"\" || name.strip_prefix(r"\Printer").is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', ':']))
}

fn reserved_opnum_is_not_used(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Kind::CallStarted(started) = &event.kind else { return };
    if !is_windows(model) || started.interface != Some(Interface::AsyncNotify) {
        return;
    }
    if started.opnum == RESERVED {
        verdicts.fail("no call of opnum 2, which Windows does not use", "a call of it");
    } else {
        verdicts.pass();
    }
}

/// A queue that nobody drained holds a hundred notifications, whichever are lost (SD-65). Another number may be the
/// registry's, so that a breach is no more than a warning.
fn queue_holds_a_hundred(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    if !is_windows(model) {
        return;
    }
    if let Some((call, registration, stimulus, false)) = missed(model, event) {
        if taken_by(model, registration, stimulus).is_some() {
            return;
        }
        let raised_before = |stimulus: &&Stimulus| done(stimulus).is_some_and(|done| done < call.at);
        let lost: Vec<&Stimulus> = model.owed(registration).filter(raised_before).collect();
        let held = held(model, registration.fetched.iter().map(|(number, at)| (*number, *at)), &lost);
        // Everything was returned after everything was raised, and nothing else took up room.
        if registration.returned != u64::try_from(held).unwrap_or(u64::MAX) {
            return;
        }
        let bound = model.config().prompt;
        if held < QUEUE_LENGTH && held.saturating_add(lost.len()) > QUEUE_LENGTH {
            let actual = format!("{} of {}, and no more within {bound:?}", held, held + lost.len());
            verdicts.fail(format!("{QUEUE_LENGTH} buffered notifications"), actual).about(call.id()).within(bound);
        } else if held == QUEUE_LENGTH && !lost.is_empty() {
            verdicts.pass().about(call.id());
        }
        return;
    }
    let Some(returned) = Returned::of(model, event) else { return };
    let Some(stimulus) = returned.stimulus(model).filter(|_| !model.is_ambiguous(returned.data)) else { return };
    let earlier = returned.registration.fetched.iter().map(|(number, at)| (*number, *at));
    let held = held(model, earlier.chain([(stimulus.number, returned.call.at)]), &[]);
    // Said once: a queue without limit returns more.
    if held == QUEUE_LENGTH.saturating_add(1) {
        let actual = "one more, all raised before the first of them was asked for";
        verdicts.fail(format!("at most {QUEUE_LENGTH} buffered notifications"), actual);
    }
}

/// How many notifications a queue certainly held at one time: of returned ones, with the starts of the calls that returned
/// them, those that were still in the queue when the last of them, and of those that were lost, had been raised.
fn held(model: &Scene<'_>, returned: impl Iterator<Item = (u64, Moment)> + Clone, lost: &[&Stimulus]) -> usize {
    let raised = |(number, called): (u64, Moment)| Some((model.stimuli().get(number).and_then(done)?, called));
    let returned = returned.filter_map(raised);
    let last = returned.clone().map(|(raised, _)| raised).chain(lost.iter().copied().filter_map(done)).max();
    returned.filter(|(_, called)| last.is_some_and(|last| last < *called)).count()
}

/// When a notification certainly had been raised.
fn done(stimulus: &Stimulus) -> Option<Moment> {
    match stimulus.effect() {
        Effect::Done(at) => Some(at),
        Effect::Refused | Effect::Open => None,
    }
}
