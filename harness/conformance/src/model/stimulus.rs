//! What notification sources were asked for.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use mspan::NotificationType;
use trace::stimulus::{Answer, Request};

use super::audience::may_be_one_queue;
use super::{Due, Model, Moment, Registration};

/// One thing that a notification source was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stimulus {
    /// Its number.
    pub number: u64,
    /// What was asked.
    pub request: Request,
    /// When. Its effect may lie anywhere after.
    pub asked: Moment,
    /// When it was answered, and what.
    pub answered: Option<(Moment, Answer)>,
}

/// Whether a stimulus has had its effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It has, by that moment.
    Done(Moment),
    /// It has not and will not.
    Refused,
    /// That isn't known, or not yet.
    Open,
}

impl Stimulus {
    /// Whether it has had its effect.
    #[must_use]
    pub fn effect(&self) -> Effect {
        match &self.answered {
            Some((at, Answer::Done | Answer::Log(_))) => Effect::Done(*at),
            Some((_, Answer::Refused { .. })) => Effect::Refused,
            Some((_, Answer::Silent { .. })) | None => Effect::Open,
        }
    }
}

/// All that notification sources were asked for.
#[derive(Debug, Default)]
pub struct Stimuli {
    all: BTreeMap<u64, Stimulus>,
    ends: Vec<u64>,
}

impl Stimuli {
    /// The stimulus of that number.
    #[must_use]
    pub fn get(&self, number: u64) -> Option<&Stimulus> {
        self.all.get(&number)
    }

    /// All of them, in the order of their numbers.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Stimulus> {
        self.all.values()
    }

    /// Whether there was any.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Whether a source was asked to send exactly these octets.
    #[must_use]
    pub fn supplies(&self, octets: &[u8]) -> bool {
        self.iter().any(|stimulus| match &stimulus.request {
            Request::Notify { data, .. } | Request::ChannelNotify { data, .. } => data == octets,
            Request::OpenChannel { data, .. } => data.as_ref().is_some_and(|data| data == octets),
            _ => false,
        })
    }

    /// Whether a source was asked for notifications of a type.
    #[must_use]
    pub fn concern(&self, notification_type: NotificationType) -> bool {
        self.iter().any(|stimulus| match &stimulus.request {
            Request::Notify { audience, .. } | Request::OpenChannel { audience, .. } => {
                audience.notification_type == notification_type.0
            }
            _ => false,
        })
    }

    /// Whether the server was asked to shut down.
    #[must_use]
    pub fn shutdown(&self) -> Option<&Stimulus> {
        self.ends().find(|stimulus| stimulus.request == Request::Shutdown)
    }

    /// Whether the server was asked to delete the queue of that name, written this way or with other letters' case.
    #[must_use]
    pub fn deleted(&self, queue: &str) -> Option<&Stimulus> {
        self.ends().find(|stimulus| match &stimulus.request {
            Request::DeletePrinter { printer } => printer.to_lowercase() == queue.to_lowercase(),
            _ => false,
        })
    }

    /// What ends a registration from the server's side for certain: the shutdown, or the end of its queue under the same name.
    #[must_use]
    pub fn certain_end_of(&self, registration: &Registration) -> Option<&Stimulus> {
        let named = |stimulus: &&Stimulus| match &stimulus.request {
            Request::DeletePrinter { printer } => registration.name.as_deref() == Some(printer),
            _ => false,
        };
        self.shutdown().or_else(|| self.ends().find(named))
    }

    /// What may have ended a registration from the server's side: the shutdown, or the end of its queue.
    #[must_use]
    pub fn end_of(&self, registration: &Registration) -> Option<&Stimulus> {
        let name = registration.name.as_deref();
        let may_delete = |stimulus: &&Stimulus| match &stimulus.request {
            Request::DeletePrinter { printer } => name.is_some_and(|name| may_be_one_queue(printer, name)),
            _ => false,
        };
        self.shutdown().or_else(|| self.ends().find(may_delete))
    }

    fn ends(&self) -> impl Iterator<Item = &Stimulus> {
        let asked = self.ends.iter().filter_map(|number| self.all.get(number));
        asked.filter(|stimulus| stimulus.effect() != Effect::Refused)
    }
}

impl Model {
    pub(super) fn stimulus_asked(&mut self, at: Moment, number: u64, request: &Request) {
        if matches!(request, Request::Shutdown | Request::DeletePrinter { .. }) {
            self.stimuli.ends.push(number);
        }
        let stimulus = Stimulus { number, request: request.clone(), asked: at, answered: None };
        self.stimuli.all.insert(number, stimulus);
    }

    pub(super) fn stimulus_answered(&mut self, at: Moment, number: u64, answer: &Answer) {
        let Some(stimulus) = self.stimuli.all.get_mut(&number) else { return };
        stimulus.answered = Some((at, answer.clone()));
        if !matches!(stimulus.effect(), Effect::Done(_)) {
            return;
        }
        match &stimulus.request {
            Request::Notify { .. } => self.notified(number, at),
            Request::DeletePrinter { printer } => {
                let (printer, asked) = (printer.clone(), stimulus.asked);
                self.printer_deleted(&printer, asked, at);
            }
            _ => {}
        }
    }

    /// Whether a name in other letters' case is that of the same queue is left open: no call is expected to end for it.
    /// Nor is one that came when the printer may have been gone (SD-04).
    fn printer_deleted(&mut self, printer: &str, asked: Moment, at: Moment) {
        let concerned = self.calls.values().filter(|call| call.waits() && call.at < asked).filter(|call| {
            let registration = call.registration.and_then(|id| self.registrations.get(id));
            registration.is_some_and(|known| known.name.as_deref() == Some(printer))
        });
        let concerned: Vec<_> = concerned.map(super::Call::id).collect();
        for call in concerned {
            self.set_due(at.time + self.config.prompt, Due::PrinterGone(call));
        }
    }
}
