//! The queues of unidirectional notifications ([MS-PAN] 3.1.1.1): what a registration has to return, may, or must not.

use alloc::vec::Vec;

use mspan::{ConversationStyle, Method, NotificationType, method};
use trace::stimulus::Request;

use super::{Call, Due, Effect, Match, Mismatch, Model, Moment, Registration, RegistrationId, Source, Stimulus};
use crate::event::{CallFinished, CallId, Outcome};

/// What is expected of a notification and a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Expectation {
    /// It goes into the registration's queue.
    Must,
    /// It may: their times overlap, or something isn't known.
    May,
    /// It does not.
    Not(Mismatch),
}

/// What a notification that a registration returned turns out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Delivery {
    /// What that stimulus raised.
    Of(u64),
    /// What that stimulus raised and the registration had returned before.
    Again(u64),
    /// What that stimulus raised, for others.
    Foreign(u64, Mismatch),
    /// Nothing that was raised, while the queue certainly held the notification of this stimulus.
    Altered(u64),
    /// Nothing that was raised.
    Unexplained,
}

impl Model {
    /// Whether the notification of a stimulus belongs into the queue of a registration. None when the stimulus is none.
    #[must_use]
    pub fn expectation(&self, registration: &Registration, stimulus: &Stimulus) -> Option<Expectation> {
        let Request::Notify { audience, .. } = &stimulus.request else { return None };
        let effect = stimulus.effect();
        let done = match effect {
            Effect::Done(at) => Some(at),
            Effect::Refused | Effect::Open => None,
        };
        let matched = registration.matches(audience, ConversationStyle::UNIDIRECTIONAL);
        Some(match matched {
            Match::No(mismatch) => Expectation::Not(mismatch),
            _ if registration.misses(stimulus.asked, done) => {
                let before = done.is_some_and(|done| done < registration.begun);
                Expectation::Not(if before { Mismatch::BeforeRegistration } else { Mismatch::AfterEnd })
            }
            Match::Yes if done.is_some_and(|done| self.keeps(registration, stimulus.asked, done)) => Expectation::Must,
            Match::Yes | Match::Unknown => Expectation::May,
        })
    }

    /// Whether a registration was certainly there between two moments, and neither its queue nor the server at an end.
    fn keeps(&self, registration: &Registration, from: Moment, to: Moment) -> bool {
        let end = self.stimuli().end_of(registration);
        registration.spans(from, to) && !registration.leaky && end.is_none_or(|end| to < end.asked)
    }

    /// Stimuli whose notifications a registration must return and has not, in the order of their asking.
    pub fn owed<'a>(&'a self, registration: &'a Registration) -> impl Iterator<Item = &'a Stimulus> {
        self.stimuli().iter().filter(|stimulus| {
            !registration.delivered.contains_key(&stimulus.number)
                && self.expectation(registration, stimulus) == Some(Expectation::Must)
        })
    }

    /// What a returned notification turns out to be: of several explanations the most harmless one, and of several
    /// notifications with the same octets one that has to come.
    #[must_use]
    pub fn explain(&self, registration: &Registration, data: &[u8]) -> Delivery {
        let (mut perhaps, mut again, mut foreign) = (None, None, None);
        for stimulus in self.stimuli().iter().filter(|stimulus| raises(&stimulus.request, data)) {
            match self.expectation(registration, stimulus) {
                Some(Expectation::Must | Expectation::May) if registration.delivered.contains_key(&stimulus.number) => {
                    again = Some(Delivery::Again(stimulus.number));
                }
                Some(Expectation::Must) => return Delivery::Of(stimulus.number),
                Some(Expectation::May) => perhaps = perhaps.or(Some(Delivery::Of(stimulus.number))),
                Some(Expectation::Not(mismatch)) => foreign = Some(Delivery::Foreign(stimulus.number, mismatch)),
                None => foreign = foreign.or(Some(Delivery::Foreign(stimulus.number, Mismatch::Style))),
            }
        }
        let altered = || self.owed(registration).next().map(|stimulus| Delivery::Altered(stimulus.number));
        perhaps.or(again).or(foreign).or_else(altered).unwrap_or(Delivery::Unexplained)
    }

    /// Whether more than one stimulus raises these octets, so that nobody can tell their notifications apart.
    #[must_use]
    pub fn is_ambiguous(&self, data: &[u8]) -> bool {
        self.stimuli().iter().filter(|stimulus| raises(&stimulus.request, data)).nth(1).is_some()
    }

    /// Whether everything that sources raise for a type is known here.
    #[must_use]
    pub fn knows_source_of(&self, notification_type: NotificationType) -> bool {
        match self.config().source {
            Source::Exclusive => true,
            Source::Unseen if self.stimuli().is_empty() => false,
            Source::Unseen | Source::Shared => notification_type.name().is_none(),
        }
    }

    /// A GetNotification that starts on a queue that isn't empty has to come back.
    pub(super) fn expect_delivery(&mut self, id: CallId) {
        let Some(call) = self.calls.get(id).filter(|call| call.is(Method::GetNotification)) else { return };
        let Some(registration) = call.registration.and_then(|id| self.registrations.get(id)) else { return };
        let Some(stimulus) = self.owed(registration).next().map(|stimulus| stimulus.number) else { return };
        let (due, registration) = (call.at.time + self.config.prompt, registration.id);
        self.set_due(due, Due::Delivered { call: id, registration, stimulus });
    }

    /// A notification was raised: the GetNotification calls that wait for it have to come back.
    pub(super) fn notified(&mut self, number: u64, at: Moment) {
        let Some(stimulus) = self.stimuli.get(number) else { return };
        let mut concerned: Vec<(CallId, RegistrationId)> = Vec::new();
        for call in self.calls.values().filter(|call| call.is(Method::GetNotification)) {
            let Some(registration) = call.registration.and_then(|id| self.registrations.get(id)) else { continue };
            if self.expectation(registration, stimulus) == Some(Expectation::Must)
                && !registration.delivered.contains_key(&number)
            {
                concerned.push((call.id(), registration.id));
            }
        }
        for (call, registration) in concerned {
            self.set_due(at.time + self.config.prompt, Due::Delivered { call, registration, stimulus: number });
        }
    }

    /// A GetNewChannel came back: what was in an answer that was lost, or can't be read, is not returned again (SD-25).
    fn channels_returned(&mut self, call: &Call, finished: &CallFinished, at: Moment) {
        let cancelled = self.is_cancelled(call);
        let last = self.object_of(call).and_then(|object| object.registration);
        let registration = call.registration.or(last).and_then(|id| self.registrations.get_mut(id));
        let Some(registration) = registration.filter(|known| !known.is_unidirectional()) else { return };
        match finished.outcome {
            // The server may hold the call until there is a channel.
            Outcome::Lost => registration.leaky = true,
            Outcome::Returned { output: None, .. } => registration.unread = Some(at),
            Outcome::Fault { .. } if cancelled => registration.unread = Some(at),
            _ => {}
        }
    }

    /// A call that waits came back: what it brought leaves the queue.
    pub(super) fn delivered(&mut self, call: &Call, finished: &CallFinished, at: Moment) {
        if call.is(Method::GetNewChannel) {
            self.channels_returned(call, finished, at);
        }
        if !call.is(Method::GetNotification) {
            return;
        }
        // Where it isn't certain, the object's last registration is the one to ask.
        let last = self.object_of(call).and_then(|object| object.registration);
        let Some(id) = call.registration.or(last) else { return };
        let Outcome::Returned { output: Some(method::Out::GetNotification(output)), .. } = &finished.outcome else {
            // What the server had put into an answer that was lost, or can't be read, is gone from the queue.
            let lost = !matches!(finished.outcome, Outcome::Fault { .. });
            if let Some(registration) = self.registrations.get_mut(id) {
                registration.leaky |= lost;
            }
            return;
        };
        if output.status.is_failure() || output.notification_type == Some(NotificationType::RELEASE) {
            return;
        }
        let data = output.notification_data.as_ref().map_or(&[][..], |data| &data.elements);
        let Some(registration) = self.registrations.get(id) else { return };
        let delivery = self.explain(registration, data);
        let known_apart = !self.is_ambiguous(data);
        let Some(registration) = self.registrations.get_mut(id) else { return };
        registration.returned += 1;
        match delivery {
            Delivery::Of(stimulus) => {
                registration.delivered.insert(stimulus, at);
                if known_apart {
                    registration.fetched.insert(stimulus, call.at);
                }
            }
            Delivery::Altered(stimulus) if call.registration.is_some() => {
                registration.delivered.insert(stimulus, at);
            }
            _ => {}
        }
    }
}

/// Whether a stimulus raises exactly these octets.
fn raises(request: &Request, octets: &[u8]) -> bool {
    match request {
        Request::Notify { data, .. } | Request::ChannelNotify { data, .. } => data == octets,
        Request::OpenChannel { data, .. } => data.as_ref().is_some_and(|data| data == octets),
        _ => false,
    }
}
