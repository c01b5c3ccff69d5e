//! Which calls have to be over, since when and why.

use alloc::vec::Vec;

use trace::Time;

use super::{
    Answered, Belief, ChannelCall, ChannelDue, ChannelMethod, Channels, Fate, NulledBy, RESPONSE_LIMIT, SourceId, View,
    over,
};
use crate::event::{AssociationId, CallFinished, CallId, CallStarted, Event, Kind};
use crate::model::{Model, Moment};

/// Why a call has to be over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Duty {
    /// Why.
    pub reason: Reason,
    /// Since when: it has to be over promptly after this.
    pub since: Moment,
}

/// Why a call has to be over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Another GetNotificationSendResponse on the same handle has not returned (3.1.1.4.4, 0x8004000C).
    SecondCall,
    /// CloseChannel never waits (3.1.1.4.6).
    CloseChannel,
    /// CloseChannel succeeded on the same handle (SD-20).
    OwnClose,
    /// The client was told before that the channel is gone.
    Gone,
    /// The source closed the channel.
    SourceClosed,
    /// Another client has acquired the channel.
    Lost,
    /// Another client has responded too, and one of the two has lost the channel.
    Rival,
    /// The initial notification is there.
    Initial,
    /// The next notification was sent to the owner.
    Next,
    /// The type is not the channel's (3.1.1.4.4, 0x80040014).
    TypeMismatch,
    /// The response is larger than a server should take.
    TooLarge,
    /// The server shuts down.
    Shutdown,
    /// A channel is there for GetNewChannel.
    NewChannel {
        /// Whether it was opened after the registration, and returned to another one.
        elsewhere: bool,
    },
}

impl Channels {
    /// Why a call that has not come back has to be over, if it has to at a moment: the oldest reason.
    #[must_use]
    pub fn duty(&self, call: &ChannelCall, at: Moment) -> Option<Duty> {
        let view = self.view(call.view).filter(|view| !view.clouded)?;
        if call.kind == ChannelMethod::Close {
            return Some(Duty { reason: Reason::CloseChannel, since: call.started });
        }
        let mut oldest: Option<Duty> = None;
        let mut consider = |reason, since: Option<Moment>| {
            let since = since.map(|since| if since.time > call.started.time { since } else { call.started });
            if let Some(since) = since.filter(|since| oldest.is_none_or(|known| since.time < known.since.time)) {
                oldest = Some(Duty { reason, since });
            }
        };
        consider(Reason::OwnClose, self.closed_by_own(view, call));
        let gone = view.nulled.filter(|nulled| nulled.by != NulledBy::Close && nulled.at < call.started);
        consider(Reason::Gone, gone.map(|nulled| nulled.at));
        consider(Reason::SourceClosed, self.all(view, |source| self.source(source)?.closed_since()));
        consider(Reason::Lost, self.all(view, |source| self.lost_since(source, call, at)));
        consider(Reason::Rival, self.all(view, |source| self.rival_since(source, call)));
        consider(Reason::TypeMismatch, mismatched(view, call).then_some(call.started));
        consider(Reason::SecondCall, self.is_second(view, call).then_some(call.started));
        consider(Reason::Initial, self.all(view, |source| self.initial_since(source, call)));
        consider(Reason::Next, self.all(view, |source| self.next_since(source, view, call, at)));
        consider(Reason::Shutdown, self.shutdowns.iter().filter_map(super::Asked::done).min());
        let too_large = call.first == Belief::No && call.size > RESPONSE_LIMIT;
        consider(Reason::TooLarge, too_large.then_some(call.started));
        oldest
    }

    /// Why a GetNewChannel that has not come back has to be over.
    #[must_use]
    pub fn offer_duty(&self, model: &Model, call: CallId, at: Moment) -> Option<Duty> {
        let offer = self.offer(call)?;
        let registration = model.registration(offer.registration?)?;
        let (since, source) = self.due(registration, at).into_iter().next()?;
        let others = || {
            self.views_on(source).any(|(_, view)| view.source().is_some() && view.registration != Some(registration.id))
        };
        let reason = Reason::NewChannel { elsewhere: since > registration.made && others() };
        Some(Duty { reason, since: since.max(offer.started) })
    }

    /// The duty that a call has missed when one of the model's times passes.
    #[must_use]
    pub fn missed(&self, model: &Model, call: CallId, at: Moment) -> Option<Duty> {
        let duty = match self.call(call) {
            Some(known) if known.overdue || known.finished.is_some() => None,
            Some(known) => self.duty(known, at),
            None if self.offer(call).is_some_and(|offer| !offer.overdue) => self.offer_duty(model, call, at),
            None => None,
        }?;
        (duty.since.time + self.prompt <= at.time).then_some(duty)
    }

    /// One of the model's times has passed: what was missed has been judged by now.
    pub(super) fn passed(&mut self, model: &Model, id: CallId, now: Moment) {
        let missed = self.missed(model, id, now).is_some();
        if let Some(call) = self.calls.get_mut(id) {
            (call.overdue, call.alarm) = (call.overdue || missed, None);
        }
        if let Some(offer) = self.offers.get_mut(&id) {
            (offer.overdue, offer.alarm) = (offer.overdue || missed, None);
        }
    }

    /// Names the times at which calls may have to be over, should nothing else happen. A time that has `passed` names only
    /// later ones, so that times come to an end.
    pub(super) fn set_alarms(&mut self, model: &Model, event: &Event) {
        let now = Moment::of(event);
        let passed = matches!(event.kind, Kind::Deadline(_));
        let horizon = Moment { event: u64::MAX, time: now.time + self.prompt };
        let earlier = |alarm: Option<Time>, time: Time| alarm.is_none_or(|alarm| time < alarm);
        let time = |duty: Duty| (duty.since.time + self.prompt).max(now.time);
        let concerned = self.concerned(model, event);
        let alarm = |call: &ChannelCall| {
            let time = if call.overdue { None } else { self.duty(call, horizon).map(time) }?;
            earlier(call.alarm, time).then_some((call.id, time)).filter(|(_, time)| !passed || *time > now.time)
        };
        debug_assert!(
            self.outstanding().filter_map(alarm).all(|(id, _)| concerned.iter().any(|call| call.id == id)),
            "an event bears on no other calls"
        );
        let calls = concerned.into_iter().filter_map(alarm);
        let offers = self.offers.values().filter(|offer| !self.is_alone() && !offer.overdue).filter_map(|offer| {
            let time = time(self.offer_duty(model, offer.call, horizon)?);
            earlier(offer.alarm, time).then_some((offer.call, time)).filter(|(_, time)| !passed || *time > now.time)
        });
        let due: Vec<(CallId, Time)> = calls.chain(offers).collect();
        for (id, time) in due {
            self.alarms.push((time, ChannelDue::Over(id)));
            if let Some(call) = self.calls.get_mut(id) {
                call.alarm = Some(time);
            }
            if let Some(offer) = self.offers.get_mut(&id) {
                offer.alarm = Some(time);
            }
        }
    }

    /// The calls on channels that have not come back and of which an event may change when they have to be over, in their order.
    fn concerned(&self, model: &Model, event: &Event) -> Vec<&ChannelCall> {
        let with = |call| {
            let view = self.call(call).and_then(|call| self.view(call.view));
            view.into_iter().flat_map(|view| self.outstanding_with(view)).collect()
        };
        match &event.kind {
            Kind::CallStarted(CallStarted { call, .. }) | Kind::CallFinished(CallFinished { call, .. })
                if self.is_alone() =>
            {
                with(*call)
            }
            Kind::Deadline(_) if self.is_alone() => over(model, event).map(with).unwrap_or_default(),
            Kind::CallStarted(CallStarted { association, .. })
            | Kind::CallFinished(CallFinished { association, .. }) => {
                self.outstanding().filter(|call| self.concerns(*association, call)).collect()
            }
            _ => self.outstanding().collect(),
        }
    }

    /// Whether an event of an association can bear on a call: on what becomes of a channel without a known source others have no
    /// influence.
    fn concerns(&self, association: AssociationId, call: &ChannelCall) -> bool {
        let view = self.view(call.view);
        let alone = self.shutdowns.is_empty() && view.is_some_and(|view| view.candidates.is_empty());
        view.is_none_or(|view| view.association == association) || !alone
    }

    /// A moment that holds whatever channel a handle stands for: the latest of them.
    fn all(&self, view: &View, since: impl Fn(SourceId) -> Option<Moment>) -> Option<Moment> {
        if view.foreign || view.shared || view.candidates.is_empty() {
            return None;
        }
        let moments: Option<Vec<Moment>> = view.candidates.iter().map(|source| since(*source)).collect();
        moments?.into_iter().max()
    }

    fn closed_by_own(&self, view: &View, call: &ChannelCall) -> Option<Moment> {
        let closed = self.calls_of(view).filter(|other| other.id != call.id && other.kind == ChannelMethod::Close);
        let taken = closed.filter(|other| matches!(other.fate, Fate::Taken | Fate::Lost));
        // One that succeeded has closed the handle, whatever became of what it carried.
        let succeeded = view.nulled.filter(|nulled| nulled.by == NulledBy::Close).map(|nulled| nulled.at);
        taken.filter_map(|other| other.finished).chain(succeeded).min()
    }

    fn is_second(&self, view: &View, call: &ChannelCall) -> bool {
        self.calls_of(view).any(|other| {
            let begun = other.started < call.started && !other.queued;
            begun && other.kind == ChannelMethod::Gnsr && other.fate == Fate::Outstanding
        })
    }

    fn lost_since(&self, source: SourceId, call: &ChannelCall, at: Moment) -> Option<Moment> {
        self.owner(source, at).filter(|(owner, _)| *owner != call.view).map(|(_, since)| since)
    }

    /// Since when another client's response has been under way besides a call's, when that began before.
    fn rival_since(&self, source: SourceId, call: &ChannelCall) -> Option<Moment> {
        let responds = |call: &ChannelCall, view: &View| {
            call.fate == Fate::Outstanding
                && !call.queued
                && call.kind == ChannelMethod::Gnsr
                && call.acquires(view.notification_type).sure()
        };
        self.view(call.view).filter(|view| responds(call, view))?;
        let others = self.views_on(source).filter(|(id, view)| *id != call.view && view.source() == Some(source));
        let mut calls = others.flat_map(|(_, view)| self.calls_of(view).map(move |other| (view, other)));
        let rival = calls.any(|(view, other)| other.started < call.started && responds(other, view));
        rival.then_some(call.started)
    }

    fn initial_since(&self, source: SourceId, call: &ChannelCall) -> Option<Moment> {
        let source = self.source(source).filter(|_| call.first == Belief::Yes)?;
        let initial = source.notifications.iter().find(|sent| sent.asked.answer != Answered::Refused)?;
        initial.asked.done()
    }

    fn next_since(&self, source: SourceId, view: &View, call: &ChannelCall, at: Moment) -> Option<Moment> {
        // What an answer that was lost has brought, no other brings.
        let (owner, _) = self.owner(source, at).filter(|_| call.first == Belief::No && !view.haunted)?;
        let source = self.source(source).filter(|_| owner == call.view)?;
        source.next_after(&view.delivered, at).next()?.asked.done()
    }
}

/// Whether a call's type is surely not the channel's.
fn mismatched(view: &View, call: &ChannelCall) -> bool {
    let other = call.notification_type.zip(view.notification_type).is_some_and(|(own, registered)| own != registered);
    call.first == Belief::No && other
}
