//! What events do to what is known of channels.

use alloc::collections::BTreeSet;

use mspan::{Hresult, Method, method};
use trace::stimulus::{Answer, Request};

use super::{
    Answered, Asked, Belief, ChannelCall, ChannelDue, ChannelMethod, Channels, Fate, LogRequest, Notification, Offer,
    Source, SourceId, over,
};
use crate::event::{AssociationId, CallFinished, CallStarted, Event, Kind, Outcome};
use crate::model::{Model, Moment};

/// Calls that wait for no fence any more and are kept among those that do, beyond twice as many as are outstanding.
const SPARE: usize = 64;

impl Channels {
    pub(super) fn apply(&mut self, model: &Model, event: &Event) {
        let now = Moment::of(event);
        (self.prompt, self.settling) = (model.config().prompt, model.config().still_pending);
        if matches!(event.kind, Kind::CallStarted(_) | Kind::CallFinished(_) | Kind::StimulusAsked { .. }) {
            self.find_owners(now);
        }
        match &event.kind {
            Kind::CallStarted(started) => self.call_started(model, started, now),
            Kind::CallFinished(finished) => self.call_finished(model, finished, now),
            Kind::StimulusAsked { number, request } => self.asked(*number, request, now),
            Kind::StimulusAnswered { number, answer } => self.answered(*number, answer, now),
            Kind::Gap(gap) if gap.layer.hides_calls() => {
                if let Some(association) = model.connection(gap.connection).and_then(|known| known.association) {
                    self.cloud(association);
                }
            }
            Kind::AssociationEnded(association) => {
                for view in self.views.values_mut().filter(|view| view.association == *association) {
                    view.ended = true;
                }
            }
            Kind::Deadline(_) => {
                if let Some(call) = over(model, event) {
                    self.passed(model, call, now);
                }
            }
            _ => return,
        }
        self.set_alarms(model, event);
    }

    fn call_started(&mut self, model: &Model, started: &CallStarted, now: Moment) {
        match &started.input {
            Some(method::In::GetNewChannel(input)) => {
                let registration = model.call(started.call).and_then(|call| call.registration);
                let offer = Offer {
                    call: started.call,
                    association: started.association,
                    remote_object: input.remote_obj,
                    started: now,
                    registration,
                    overdue: false,
                    alarm: None,
                };
                self.offers.insert(started.call, offer);
            }
            Some(method::In::RegisterClient(input)) => {
                self.terminated.remove(&(started.association, input.registration_obj));
            }
            Some(input) => {
                if let Some(call) = channel_call(started, input, now) {
                    self.start(model, started, call, input);
                }
            }
            None if started.method.is_some_and(uses_channel) => self.cloud(started.association),
            None => {}
        }
    }

    fn start(&mut self, model: &Model, started: &CallStarted, mut call: ChannelCall, input: &method::In) {
        let handle = match input {
            method::In::GetNotificationSendResponse(input) => input.channel,
            method::In::CloseChannel(input) => input.channel,
            _ => return,
        };
        let known = self.by_handle.get((started.association, handle)).copied();
        let view = match known {
            Some(view) => view,
            None if self.is_stray(model, started.association, handle) => return,
            None => self.unknown(started.association, handle),
        };
        call.view = view;
        call.queued = model.call(call.id).is_some_and(|known| known.queued);
        let Some(known) = self.view(view) else { return };
        call.overlaps = known.haunted || self.outstanding_with(known).next().is_some();
        call.overtakes = self.outstanding_with(known).any(|other| other.kind == ChannelMethod::Gnsr);
        if call.kind == ChannelMethod::Gnsr {
            self.doubt_first(view, call.started);
        }
        let Some(known) = self.view_mut(view) else { return };
        call.first = match (call.kind, call.overtakes, known.first) {
            (ChannelMethod::Close, ..) => Belief::No,
            (_, true, Belief::Yes) => Belief::Maybe,
            (_, _, first) => first,
        };
        known.calls.push(call.id);
        if call.kind == ChannelMethod::Gnsr {
            self.alarms.push((call.started.time + self.settling, ChannelDue::Blocked(call.id)));
        }
        self.outstanding.insert(call.id);
        if !call.queued {
            self.unfenced.push(call.id);
        }
        self.calls.insert(call.id, call);
    }

    /// Of two calls that are under way either may be the first, unless the server has surely begun with one.
    fn doubt_first(&mut self, view: super::ViewId, now: Moment) {
        let prompt = self.prompt;
        for id in self.views.get(view).into_iter().flat_map(|view| &view.calls) {
            let Some(call) = self.calls.get_mut(*id).filter(|call| call.finished.is_none()) else { continue };
            if call.first == Belief::Yes && call.settled(now, prompt).is_none() {
                call.first = Belief::Maybe;
            }
        }
    }

    fn call_finished(&mut self, model: &Model, finished: &CallFinished, now: Moment) {
        let returns = !matches!(finished.outcome, Outcome::Lost) && !self.unfenced.is_empty();
        let own = model.clients.call(finished.call).filter(|call| returns && call.answer.is_none());
        if let Some(own) = own {
            self.fence(own.at, now);
        }
        if let Some(offer) = self.offers.remove(&finished.call) {
            self.offer_finished(model, &offer, &finished.outcome, now);
        }
        if let Some(call) = self.calls.get(finished.call) {
            let connection = model.connection(call.connection);
            let cancelled = connection.is_some_and(|connection| connection.cancelled.contains(&call.call_id));
            self.finish(finished, cancelled, now);
        }
        // What was lost waits for no fence any more.
        if self.unfenced.len() > 2 * self.outstanding.len() + SPARE {
            let calls = &self.calls;
            self.unfenced.retain(|id| calls.get(*id).is_some_and(|call| call.finished.is_none()));
        }
    }

    /// A call came back: which others the server has begun with is shown by that.
    fn fence(&mut self, started: Moment, now: Moment) {
        let (calls, settling) = (&mut self.calls, self.settling);
        self.unfenced.retain(|id| {
            let Some(call) = calls.get_mut(*id).filter(|call| call.finished.is_none()) else { return false };
            call.fence(started, now, settling);
            call.fenced.is_none()
        });
    }

    fn offer_finished(&mut self, model: &Model, offer: &Offer, outcome: &Outcome, now: Moment) {
        let code = match outcome {
            Outcome::Returned { output: Some(method::Out::GetNewChannel(output)), .. } => {
                let handles = output.channel_ctxt.as_ref().map_or(&[][..], |array| &array.elements);
                if output.status.is_success() {
                    self.returned(model, offer, handles, now);
                }
                output.status
            }
            Outcome::Returned { .. } => return self.cloud(offer.association),
            Outcome::Fault { status, .. } => Hresult(*status),
            Outcome::Lost => return,
        };
        if code == Hresult::NOTIFICATIONS_TERMINATED {
            self.terminated.insert((offer.association, offer.remote_object));
        }
    }

    fn asked(&mut self, number: u64, request: &Request, now: Moment) {
        let asked = Asked::new(number, now);
        match request {
            Request::OpenChannel { id, audience, data } => self.sources.push(Source {
                id: id.clone(),
                audience: audience.clone(),
                opening: asked,
                notifications: data.iter().map(|data| Notification { asked, data: data.clone() }).collect(),
                closings: alloc::vec::Vec::new(),
                owner: None,
            }),
            Request::ChannelNotify { id, data } => {
                if let Some((_, source)) = self.source_named(id) {
                    source.notifications.push(Notification { asked, data: data.clone() });
                }
            }
            Request::ChannelClose { id } => {
                if let Some((_, source)) = self.source_named(id) {
                    source.closings.push(asked);
                }
            }
            Request::ChannelLog { id } => {
                if let Some((source, _)) = self.source_named(id) {
                    self.logs.insert(number, LogRequest { source, asked: now });
                }
            }
            Request::DeletePrinter { .. } => self.deletions.push(asked),
            Request::Shutdown => self.shutdowns.push(asked),
            Request::Notify { .. } | Request::Nonsense { .. } => {}
        }
    }

    fn answered(&mut self, number: u64, answer: &Answer, now: Moment) {
        if let Answer::Log(log) = answer {
            if let Some(request) = self.logs.remove(&number) {
                self.logged(request, log, now);
            }
            return;
        }
        let answer = match answer {
            Answer::Done => Answered::Done(now),
            Answer::Refused { .. } => Answered::Refused,
            Answer::Log(_) | Answer::Silent { .. } => return,
        };
        let requests = self.sources.iter_mut().flat_map(|source| {
            let notified = source.notifications.iter_mut().map(|sent| &mut sent.asked);
            notified.chain(&mut source.closings).chain([&mut source.opening])
        });
        for asked in
            requests.chain(&mut self.deletions).chain(&mut self.shutdowns).filter(|asked| asked.number == number)
        {
            asked.answer = answer;
        }
        if answer == Answered::Refused {
            let refused =
                |id: &SourceId| self.sources.get(id.0).is_some_and(|source| source.opening.answer == Answered::Refused);
            for view in self.views.values_mut() {
                view.candidates.retain(|id| !refused(id));
            }
        } else {
            self.notified(number, now);
        }
    }

    /// A source that sent a further notification has had a response to the one before (3.1.1.6.3).
    fn notified(&mut self, number: u64, now: Moment) {
        let further = |source: &Source| source.notifications.iter().skip(1).any(|sent| sent.asked.number == number);
        let Some(id) = self.sources.iter().position(further).map(SourceId) else { return };
        self.prove_owner(id, now);
    }

    /// Something shows that a client has acquired the channel: where only one can have, it is that one.
    pub(super) fn prove_owner(&mut self, source: SourceId, now: Moment) {
        let mut contenders = self.contenders(source, now);
        let only = contenders.next().filter(|_| contenders.next().is_none());
        drop(contenders);
        let Some(only) = only.filter(|only| self.view(*only).is_some_and(|view| view.source() == Some(source))) else {
            return;
        };
        if let Some(known) = self.sources.get_mut(source.0) {
            known.owner.get_or_insert((only, now));
        }
    }

    /// Keeps who has acquired a channel as soon as that is certain, for what comes later may blur it.
    fn find_owners(&mut self, now: Moment) {
        if self.sources.is_empty() {
            return;
        }
        let open: BTreeSet<SourceId> = self
            .outstanding()
            .filter_map(|call| self.view(call.view)?.source())
            .filter(|id| self.source(*id).is_some_and(|source| source.owner.is_none()))
            .collect();
        for id in open {
            let owner = self.owner(id, now);
            if let Some(source) = self.sources.get_mut(id.0) {
                source.owner = owner;
            }
        }
    }

    /// The channel of that name that was asked for last.
    fn source_named(&mut self, name: &str) -> Option<(SourceId, &mut Source)> {
        let named = self.sources.iter_mut().enumerate().rev().find(|(_, source)| source.id == name);
        named.map(|(id, source)| (SourceId(id), source))
    }

    /// Something about the channels of an association can't be read: nothing is judged about them any more.
    pub(in crate::model) fn cloud(&mut self, association: AssociationId) {
        self.unread.insert(association);
        for view in self.views.values_mut().filter(|view| view.association == association) {
            (view.clouded, view.foreign, view.first) = (true, true, Belief::Maybe);
        }
    }
}

/// A call on a channel handle, from its parameters.
fn channel_call(started: &CallStarted, input: &method::In, now: Moment) -> Option<ChannelCall> {
    let (kind, notification_type, size, data) = match input {
        method::In::GetNotificationSendResponse(input) => {
            (ChannelMethod::Gnsr, input.notification_type, input.in_size, &input.notification_data)
        }
        method::In::CloseChannel(input) => {
            (ChannelMethod::Close, Some(input.notification_type), input.in_size, &input.reason)
        }
        _ => return None,
    };
    Some(ChannelCall {
        id: started.call,
        connection: started.connection,
        call_id: started.call_id,
        view: super::ViewId(usize::MAX),
        kind,
        notification_type,
        size,
        data: data.as_ref().map(|data| data.elements.clone()).unwrap_or_default(),
        stub_length: started.stub_length,
        started: now,
        fenced: None,
        begun: None,
        first: Belief::No,
        overlaps: false,
        overtakes: false,
        queued: false,
        fate: Fate::Outstanding,
        finished: None,
        nulled: false,
        overdue: false,
        alarm: None,
    })
}

/// Whether a call changes what is known of channels when it starts: it waits for one, uses one, or registers a client anew.
pub(super) fn is_about_channels(started: &CallStarted) -> bool {
    match &started.input {
        Some(
            method::In::Create(_)
            | method::In::Delete(_)
            | method::In::UnregisterClient(_)
            | method::In::GetNotification(_),
        ) => false,
        Some(_) => true,
        None => started.method.is_some_and(uses_channel),
    }
}

fn uses_channel(method: Method) -> bool {
    matches!(method, Method::GetNewChannel | Method::GetNotificationSendResponse | Method::CloseChannel)
}
