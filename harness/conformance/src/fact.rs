//! What is found of an event once, so that rules that need it are asked no others: most notifications break nothing, most calls
//! succeed, and most clients have met with nothing out of the ordinary.

use mspan::NotificationType;
use mspan::async_ui::Notification;
use mspan::document::Assessment;

use crate::event::{CallFinished, Event, Kind};
use crate::model::{Call, ClientDue, Due, Model, Source};
use crate::rules::{Delivered, is_windows};

/// What is found of an event: a set. What can't be asked of an event of its kind counts as found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Facts(u32);

impl Facts {
    /// Nothing.
    pub const NONE: Self = Self(0);
    const ALL: Self = Self(u32::MAX);

    /// Of a call that starts, and of what is due of a client: in its association a call that may wait has failed.
    pub const AFTER_FAILURE: Self = Self(1);
    /// In its association an answer broke the rules of NDR.
    pub const AFTER_DEFECT: Self = Self(1 << 1);
    /// In its association GetNotification has brought a document that is an error to clients, or that names an entry point.
    pub const AFTER_ERROR: Self = Self(1 << 2);
    /// In its association a notification has come that a client may refuse to take for its size.
    pub const AFTER_LARGE: Self = Self(1 << 3);
    const OF_CLIENT: Self = Self(0xF);

    /// Of a call that comes back: it isn't known to have succeeded.
    pub const UNSUCCESSFUL: Self = Self(1 << 4);
    /// Another call waits on its object, or would change it.
    pub const CONTENDED: Self = Self(1 << 5);
    /// Its parameters break the rules of NDR.
    pub const FLAWED: Self = Self(1 << 6);
    /// Our own side breaks something by it on purpose.
    pub const ON_PURPOSE: Self = Self(1 << 7);
    /// It goes under the name of somebody whom our own side can't prove to be.
    pub const IMPOSTURE: Self = Self(1 << 8);
    /// It brings an AsyncUI notification that is judged.
    pub const ASYNC_UI: Self = Self(1 << 9);
    /// It brings a printer configuration notification that is judged.
    pub const CONFIGURATION: Self = Self(1 << 10);
    /// It brings an AsyncUI notification that has an action, or breaks something.
    pub const ACTION: Self = Self(1 << 11);
    /// The same of a balloon.
    pub const BALLOON: Self = Self(1 << 12);
    /// The same of buttons.
    pub const BUTTON: Self = Self(1 << 13);
    /// The same of a bitmap.
    pub const BITMAP: Self = Self(1 << 14);
    /// The same of a message box.
    pub const MESSAGE_BOX: Self = Self(1 << 15);
    /// The same of custom UI.
    pub const CUSTOM_UI: Self = Self(1 << 16);
    /// The same of custom data.
    pub const CUSTOM_DATA: Self = Self(1 << 17);
    const OF_FINISHED: Self = Self(0x3_FFF0);

    /// Of any event: something is known of what notification sources do.
    pub const SOURCE: Self = Self(1 << 18);
    /// The target is judged as Windows.
    pub const WINDOWS: Self = Self(1 << 19);

    /// These and others.
    #[must_use]
    pub const fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Those of these that are among others.
    pub(crate) const fn common(self, others: Self) -> Self {
        Self(self.0 & others.0)
    }

    const fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    /// These where that is so, and else nothing.
    pub(crate) const fn when(self, is_found: bool) -> Self {
        if is_found { self } else { Self::NONE }
    }

    /// Whether all of others are among these.
    pub(crate) const fn has(self, others: Self) -> bool {
        others.0 & !self.0 == 0
    }

    /// What is found of an event that the model has read.
    pub(crate) fn of(model: &Model, event: &Event) -> Self {
        let source = model.config().source != Source::Unseen || !model.stimuli().is_empty();
        let any = Self::ALL.without(Self::SOURCE).without(Self::WINDOWS);
        let any = any.and(Self::SOURCE.when(source)).and(Self::WINDOWS.when(is_windows(model)));
        match &event.kind {
            Kind::CallStarted(started) => any.without(Self::OF_CLIENT).and(model.clients.met_with(started.association)),
            Kind::CallFinished(finished) => {
                any.without(Self::OF_FINISHED).and(of_finished(model, finished)).and(of_notification(model, event))
            }
            Kind::Deadline(number) => match model.due(*number) {
                Some(Due::Client(ClientDue::Prompt(id) | ClientDue::Quiet(id) | ClientDue::Retried(id))) => {
                    let call = model.clients.call(*id);
                    let met = call.map_or(Self::NONE, |call| model.clients.met_with(call.association));
                    any.without(Self::OF_CLIENT).and(met)
                }
                _ => any,
            },
            _ => any,
        }
    }
}

fn of_finished(model: &Model, finished: &CallFinished) -> Facts {
    let impostor = model.connection(finished.connection).is_some_and(|known| known.impostor.is_some());
    let of_any =
        Facts::UNSUCCESSFUL.when(finished.outcome.succeeded() != Some(true)).and(Facts::IMPOSTURE.when(impostor));
    // Of a call that nobody saw start, nothing is known.
    let Some(call) = model.call(finished.call) else { return of_any };
    of_any
        .and(Facts::CONTENDED.when(is_contended(model, call)))
        .and(Facts::FLAWED.when(call.unreadable || !call.started.defects.is_empty()))
        .and(Facts::ON_PURPOSE.when(call.breaks_on_purpose()))
}

fn is_contended(model: &Model, call: &Call) -> bool {
    let changes = || model.object_of(call).is_some_and(|object| !object.transitions.is_empty());
    call.rival.is_some() || call.is_rivalled || changes()
}

fn of_notification(model: &Model, event: &Event) -> Facts {
    match Delivered::any(model, event) {
        Some((NotificationType::ASYNC_UI, delivered)) => of_async_ui(&model.async_ui(delivered.octets)),
        Some((NotificationType::PRINTER_CONFIGURATION | NotificationType::PRINTER_CONFIGURATION_SDK, _)) => {
            Facts::CONFIGURATION
        }
        _ => Facts::NONE,
    }
}

fn of_async_ui(assessment: &Assessment<Notification>) -> Facts {
    let elements = [
        ("action", Facts::ACTION),
        ("balloonUI", Facts::BALLOON),
        ("button", Facts::BUTTON),
        ("buttons", Facts::BUTTON),
        ("bitmap", Facts::BITMAP),
        ("messageBoxUI", Facts::MESSAGE_BOX),
        ("customUI", Facts::CUSTOM_UI),
        ("customData", Facts::CUSTOM_DATA),
    ];
    let is_faulty = !assessment.breaches.is_empty();
    let found = elements.into_iter().filter(|(element, _)| is_faulty || assessment.has(element));
    found.fold(Facts::ASYNC_UI, |facts, (_, fact)| facts.and(fact))
}
