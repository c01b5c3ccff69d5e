//! How much of the past is remembered.
//!
//! A recording may go on for ever, and so may an association in it. What is over is forgotten when it gets too much, and is not
//! known from there on, so that it accuses nobody:
//!
//! ```text
//!   the middle of a handle's calls, where each brought something and was followed by others
//!     ─▶ associations that have ended, the oldest first
//!     ─▶ handles that were given back, the oldest first: their association has forgotten something
//!     ─▶ any call that has come back: nothing of its association is known for certain any more
//! ```
//!
//! Where the harness tells of its own steps and of the notification source, anything may still be compared with that, and nothing
//! is forgotten: such a trace is as long as its scenario.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;

use dcerpc::ContextHandle;
use mspan::{NotificationType, method};

use super::client::ClientCall;
use super::{Model, RegistrationId, RemoteObject, States};
use crate::event::{AssociationId, CallFinished, CallId, Event, Kind, Outcome};
use crate::handle;

/// What a call takes beside its octets, about.
const CALL: usize = 1_536;

/// Calls with one handle of which those in the middle are forgotten.
const MANY: usize = 24;

/// Of these the ones are kept that came first, and last.
const FIRST: usize = 4;
const LAST: usize = 8;

/// An association and a handle of its.
pub(super) type Key = (AssociationId, ContextHandle);

/// What is over, and how much it is.
#[derive(Debug, Default)]
pub(super) struct Past {
    /// Associations that have ended, the oldest first.
    ended: VecDeque<AssociationId>,
    /// Handles that were given back, the oldest first.
    gone: BTreeMap<AssociationId, VecDeque<ContextHandle>>,
    /// What calls take that have come back, in octets.
    octets: usize,
    /// Whether the harness tells of itself.
    is_run: bool,
}

impl Model {
    /// Forgets what is too much, after an event has taken effect.
    pub(super) fn forget(&mut self, event: &Event) {
        match &event.kind {
            Kind::AssociationEnded(association) => {
                self.past.ended.push_back(*association);
                if self.past.ended.len() > self.config.memory.ended && !self.past.is_run {
                    self.forget_ended();
                }
            }
            Kind::CallFinished(finished) => self.note_finished(finished),
            Kind::Mark(_) | Kind::StimulusAsked { .. } | Kind::Local(_) => self.past.is_run = true,
            _ => {}
        }
    }

    fn note_finished(&mut self, finished: &CallFinished) {
        let Some(call) = self.clients.call(finished.call) else { return };
        let association = finished.association;
        let handle = call.handle.filter(|handle| !handle.is_null());
        self.past.octets += weight(call);
        if let Some(handle) = handle.filter(|handle| self.is_gone((association, *handle))) {
            self.past.gone.entry(association).or_default().push_back(handle);
        }
        if self.past.is_run {
            return;
        }
        if let Some(handle) = handle {
            // What is left each time is gone through again: no more often than as many others have come.
            self.thin((association, handle), |left| MANY.max(2 * left));
        }
        if self.is_too_much(association) {
            self.make_room(association, handle);
        }
    }

    fn is_too_much(&self, association: AssociationId) -> bool {
        self.past.octets > self.config.memory.octets || self.clients.count_of(association) > self.config.memory.calls
    }

    /// Calls of one association that are remembered whatever they are.
    fn most_calls(&self) -> usize {
        self.config.memory.calls.saturating_mul(4)
    }

    fn make_room(&mut self, association: AssociationId, handle: Option<ContextHandle>) {
        if let Some(handle) = handle {
            self.thin((association, handle), |left| left + FIRST + LAST);
        }
        while self.past.octets > self.config.memory.octets && self.forget_ended() {}
        while self.is_too_much(association) {
            let Some(handle) = self.past.gone.get_mut(&association).and_then(VecDeque::pop_front) else { break };
            self.forget_handle((association, handle));
        }
        // What has not come back can't be forgotten, and is not gone through in vain.
        let answered = self.clients.count_of(association).saturating_sub(self.clients.count_open_of(association));
        if self.clients.count_of(association) > self.most_calls() && answered >= self.most_calls() / 4 {
            self.forget_oldest(association);
        }
    }

    /// Forgets calls between the first and the last with a handle that brought something: others followed them. Where there are
    /// more calls than `most`, which is told how many were left the last time.
    fn thin(&mut self, key: Key, most: impl Fn(usize) -> usize) {
        let (calls, left) = self.clients.named_with(key);
        if calls.len() <= most(left) {
            return;
        }
        let Some(middle) = calls.get(FIRST..calls.len().saturating_sub(LAST)) else { return };
        let is_routine = |id: &CallId| self.clients.call(*id).is_none_or(|call| self.is_routine(call));
        let forgotten: Vec<CallId> = middle.iter().copied().filter(is_routine).collect();
        forgotten.iter().for_each(|call| self.forget_call(*call));
        self.clients.unname(key, &forgotten);
        self.channels.thin(key, FIRST, LAST);
    }

    /// Whether a call that waits brought what it waits for, and nothing about it is odd.
    fn is_routine(&self, call: &ClientCall) -> bool {
        let odd = call.malformed || call.misleading || call.given_up || call.breaks_on_purpose;
        let brought = match call.outcome() {
            Some(Outcome::Returned { output: Some(output), defects, .. }) if defects.is_empty() => match output {
                method::Out::GetNotification(output) => {
                    output.status.is_success() && output.notification_type != Some(NotificationType::RELEASE)
                }
                method::Out::GetNotificationSendResponse(output) => {
                    let ends = output.channel.is_null() || output.notification_type == Some(NotificationType::RELEASE);
                    output.status.is_success() && !ends
                }
                // What it gave is forgotten already.
                method::Out::GetNewChannel(output) => {
                    let mut given = output.channel_ctxt.iter().flat_map(|given| &given.elements);
                    output.status.is_success() && !given.any(|handle| self.clients.has_given(call, *handle))
                }
                _ => false,
            },
            _ => false,
        };
        brought && !odd
    }

    /// Whether a handle was given back, and no call with it is on its way.
    fn is_gone(&self, key: Key) -> bool {
        let is_object_gone = |object: &RemoteObject| object.states == States::GONE && object.outstanding.is_empty();
        match self.channels.view_of(key.0, key.1) {
            Some(view) => {
                let waits = self.channels.calls_of(view).any(|call| call.finished.is_none());
                view.nulled.is_some() && !waits
            }
            None => self.objects.get(key).is_some_and(is_object_gone),
        }
    }

    /// Forgets a handle that was given back, unless it was given out again.
    fn forget_handle(&mut self, key: Key) {
        let is_quiet = self.clients.calls_with(key.0, key.1).all(|call| call.answer.is_some());
        if !self.is_gone(key) || !is_quiet {
            return;
        }
        self.associations.or_default(key.0).forgetful = true;
        self.drop_handle(key);
    }

    fn drop_handle(&mut self, key: Key) {
        self.objects.remove(key);
        for id in self.clients.forget_handle(key) {
            self.forget_registration(key.0, RegistrationId(id));
            self.forget_call(id);
        }
        self.channels.forget_handle(key);
    }

    fn forget_registration(&mut self, association: AssociationId, id: RegistrationId) {
        if self.registrations.remove(id).is_some()
            && let Some(known) = self.associations.get_mut(association)
        {
            known.registrations.remove(id);
        }
    }

    /// Forgets the association that ended first; whether there was one.
    fn forget_ended(&mut self) -> bool {
        let Some(association) = self.past.ended.pop_front() else { return false };
        let calls: Vec<CallId> = self.clients.calls_of(association).map(|call| call.id).collect();
        calls.into_iter().for_each(|call| self.forget_call(call));
        let known = self.associations.remove(association);
        for id in known.iter().flat_map(|known| known.registrations.iter()) {
            self.registrations.remove(*id);
        }
        self.past.gone.remove(&association);
        self.objects.remove_association(association);
        self.channels.forget_association(association);
        self.clients.forget_association(association);
        true
    }

    /// Forgets the first half of the calls of an association, and the handles that no other names: each of them might matter.
    fn forget_oldest(&mut self, association: AssociationId) {
        self.lose_sight(association);
        self.channels.cloud(association);
        let done = self.clients.calls_of(association).filter(|call| call.answer.is_some());
        let calls: Vec<(CallId, Vec<ContextHandle>)> =
            done.take(self.most_calls() / 2).map(|call| (call.id, handles_of(call))).collect();
        let mut named: BTreeMap<ContextHandle, Vec<CallId>> = BTreeMap::new();
        for (call, handles) in &calls {
            self.forget_call(*call);
            handles.iter().for_each(|handle| named.entry(*handle).or_default().push(*call));
        }
        named.iter().for_each(|(handle, calls)| self.clients.unname((association, *handle), calls));
        for key in calls.iter().flat_map(|(_, handles)| handles).map(|handle| (association, *handle)) {
            let waits = self.objects.get(key).is_some_and(|object| !object.outstanding.is_empty());
            if !waits && self.clients.calls_with(key.0, key.1).next().is_none() {
                self.drop_handle(key);
            }
        }
        self.clients.forget_objects(association);
    }

    fn forget_call(&mut self, id: CallId) {
        let Some(call) = self.clients.call(id) else { return };
        self.past.octets = self.past.octets.saturating_sub(call.answer.as_ref().map_or(0, |_| weight(call)));
        if !call.is_on_object() {
            self.channels.forget_call(id);
        }
        self.clients.forget_call(id);
    }
}

/// The handles that a call names or has brought.
fn handles_of(call: &ClientCall) -> Vec<ContextHandle> {
    let brought = call.outcome().and_then(Outcome::output).map(handle::of_out).unwrap_or_default();
    call.handle.into_iter().chain(brought).filter(|handle| !handle.is_null()).collect()
}

/// What a call takes that has come back, in octets.
fn weight(call: &ClientCall) -> usize {
    let carried = match &call.input {
        Some(method::In::GetNotificationSendResponse(input)) => input.notification_data.as_ref(),
        Some(method::In::CloseChannel(input)) => input.reason.as_ref(),
        _ => None,
    };
    let brought = match call.outcome().and_then(Outcome::output) {
        Some(method::Out::GetNotification(output)) => output.notification_data.as_ref(),
        Some(method::Out::GetNotificationSendResponse(output)) => output.notification_data.as_ref(),
        _ => None,
    };
    CALL + [carried, brought].into_iter().flatten().map(|data| data.elements.len()).sum::<usize>()
}
