//! Remote objects ([MS-PAN] 3.1.1 figures 5 and 6).
//!
//! ```text
//!            RegisterClient                UnregisterClient
//! Create ──▶ unregistered ──────▶ registered ──────▶ unregistered ──▶ Delete ──▶ gone
//!                 ▲                                        │
//!                 └────────────── RegisterClient ──────────┘
//! ```

use alloc::vec::Vec;

use core::ops::{BitOr, BitOrAssign};

use dcerpc::ContextHandle;
use dcerpc::pdu::status;
use mspan::{Hresult, Method, method};
use trace::ConnectionId;

use super::{Association, Call, Due, Ended, Ending, Model, Moment, Registration, RegistrationId, Table};
use crate::event::{AssociationId, CallFinished, CallId, Outcome};

/// The states in which an object may be, for the order of overlapping calls isn't known: a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct States(u8);

impl States {
    /// Nothing is known.
    pub const UNKNOWN: Self = Self(1);
    /// It exists and isn't registered.
    pub const UNREGISTERED: Self = Self(2);
    /// It is registered.
    pub const REGISTERED: Self = Self(4);
    /// It exists no longer, or never did.
    pub const GONE: Self = Self(8);

    /// Whether one of these states is possible.
    #[must_use]
    pub const fn may_be(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether no other states than these are possible.
    #[must_use]
    pub const fn within(self, others: Self) -> bool {
        self.0 & !others.0 == 0
    }
}

impl BitOr for States {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for States {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

/// What is known of a remote object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteObject {
    /// The association that its handle belongs to.
    pub association: AssociationId,
    /// Its handle.
    pub handle: ContextHandle,
    /// When Create returned it; none when that was not seen.
    pub created: Option<Moment>,
    /// The states in which it may be, by the calls that have come back.
    pub states: States,
    /// RegisterClient, UnregisterClient and Delete calls that are outstanding or overlap with a call that is.
    pub transitions: Vec<Transition>,
    /// Calls that name it and have not come back.
    pub outstanding: Table<CallId>,
    /// Its last registration, which may have ended.
    pub registration: Option<RegistrationId>,
    /// Whether an UnregisterClient has succeeded since its creation.
    pub was_unregistered: bool,
    /// Whether the last RegisterClient failed.
    pub registration_failed: bool,
    /// Of which method the last waiting call was that has ended with 0x8007071A since the last registration.
    pub terminated: Option<Method>,
    /// Whether the connection of a waiting call ended before the call did: the server may still hold that call.
    pub haunted: bool,
    /// The last Delete that found nothing, though the object had but been unregistered, and when it came back. None after a call
    /// that has found the object since.
    pub missed: Option<(CallId, Moment)>,
}

/// A call that changes an object's state when it succeeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transition {
    /// The call.
    pub call: CallId,
    /// Its connection.
    pub connection: ConnectionId,
    /// What its success makes of the object.
    pub effect: States,
    /// When it started.
    pub started: Moment,
    /// When it came back.
    pub finished: Option<Moment>,
    /// Whether it succeeded, once that is known.
    pub taken: Option<bool>,
}

impl RemoteObject {
    fn new(association: AssociationId, handle: ContextHandle, states: States) -> Self {
        Self {
            association,
            handle,
            created: None,
            states,
            transitions: Vec::new(),
            outstanding: Table::default(),
            registration: None,
            was_unregistered: false,
            registration_failed: false,
            terminated: None,
            haunted: false,
            missed: None,
        }
    }

    /// Whether no call that would change its state is outstanding.
    #[must_use]
    pub fn settled(&self) -> bool {
        self.transitions.iter().all(|transition| transition.finished.is_some())
    }

    /// The states in which it may have been while the server handled a call that is outstanding: that at the call's
    /// start, and what overlapping calls have made of it or may have.
    #[must_use]
    pub fn states_during(&self, call: &Call) -> States {
        let overlapping = self.transitions.iter().filter(|transition| {
            transition.call != call.id()
                && transition.taken != Some(false)
                && transition.finished.is_none_or(|finished| finished > call.at)
        });
        overlapping.fold(call.states, |states, transition| states | transition.effect)
    }

    /// Whether a call of its method had ended with 0x8007071A before a call came, and nothing can have registered it since.
    #[must_use]
    pub fn was_terminated(&self, call: &Call) -> bool {
        call.after_termination && self.overlapping(call, States::REGISTERED).is_none()
    }

    /// The first call that would have this effect, among those that overlap with a call that is outstanding.
    #[must_use]
    pub fn overlapping(&self, call: &Call, effect: States) -> Option<&Transition> {
        self.transitions.iter().find(|transition| {
            transition.effect == effect
                && transition.call != call.id()
                && transition.taken != Some(false)
                && transition.finished.is_none_or(|finished| finished > call.at)
        })
    }

    fn overlaps(&self, call: CallId, started: Moment) -> bool {
        self.transitions.iter().any(|other| {
            other.call != call && other.taken != Some(false) && other.finished.is_none_or(|finished| finished > started)
        })
    }

    /// A transition came back. Returns whether another one overlapped it.
    fn transition_finished(&mut self, call: &Call, taken: Option<bool>, at: Moment) -> bool {
        let overlapped = self.overlaps(call.id(), call.at);
        if let Some(transition) = self.transitions.iter_mut().find(|transition| transition.call == call.id()) {
            (transition.finished, transition.taken) = (Some(at), taken);
            match taken {
                Some(false) => {}
                Some(true) if !overlapped => self.states = transition.effect,
                Some(true) | None => self.states |= transition.effect,
            }
        }
        overlapped
    }
}

/// Whether nobody can read which object a call changes, or waits on. Of a stub that has no form the answer tells that.
fn is_sealed(call: &Call) -> bool {
    let sealed = call.started.input.is_none() && !call.unreadable && call.started.stub_length > 0;
    sealed && (call.waits() || call.started.method.and_then(effect).is_some())
}

impl Model {
    pub(super) fn object_call_started(&mut self, call: &mut Call) {
        let Some(handle) = call.remote_object() else {
            // Which object it changes, or waits on, isn't known.
            if is_sealed(call) {
                self.seal(call.started.association);
            }
            return;
        };
        if handle.is_null() {
            call.states = States::GONE;
            return;
        }
        let association = call.started.association;
        let is_whole = self.association(association).is_some_and(Association::is_whole);
        let unseen = if is_whole { States::GONE } else { States::UNKNOWN };
        let fresh = || RemoteObject::new(association, handle, unseen);
        let object = self.objects.or_insert_with((association, handle), fresh);
        call.states = object.states;
        for transition in object.transitions.iter().filter(|transition| transition.finished.is_none()) {
            call.states |= transition.effect;
        }
        object.outstanding.insert(call.id(), ());
        call.after_termination = object.terminated.is_some() && object.terminated == call.started.method;
        let Some(effect) = call.started.method.and_then(effect) else { return };
        let connection = call.started.connection;
        let transition =
            Transition { call: call.id(), connection, effect, started: call.at, finished: None, taken: None };
        object.transitions.push(transition);
        let leaving = object.registration.filter(|_| effect != States::REGISTERED);
        if let Some(registration) = leaving.and_then(|id| self.registrations.get_mut(id)) {
            registration.leaving.insert(call.id(), call.at);
        }
    }

    pub(super) fn object_call_finished(&mut self, call: &Call, finished: &CallFinished, at: Moment) {
        let association = call.started.association;
        let taken = taken(&finished.outcome);
        if call.is(Method::Create) {
            return self.created(association, &finished.outcome, at);
        }
        let Some(handle) = call.remote_object() else {
            // Which object it would have changed isn't known.
            let changes = is_sealed(call) || call.started.method.and_then(effect).is_some();
            if changes && taken != Some(false) {
                self.lose_sight(association);
            }
            if is_sealed(call) {
                self.unseal(association);
            }
            return;
        };
        let Some(object) = self.objects.get_mut((association, handle)) else { return };
        object.outstanding.remove(call.id());
        if call.waits() && finished.outcome == Outcome::Lost {
            object.haunted = true;
        }
        if call.waits() && finished.outcome.code() == Some(Hresult::NOTIFICATIONS_TERMINATED.0) {
            object.terminated = call.started.method;
        }
        let before = object.states;
        let overlapped = match call.started.method.and_then(effect) {
            Some(_) => object.transition_finished(call, taken, at),
            None => false,
        };
        if finished.outcome.succeeded() == Some(true) {
            object.missed = None;
        } else if call.is(Method::Delete) && finished.outcome.fault() == Some(status::NCA_FAULT_CONTEXT_MISMATCH) {
            let certain = before.within(States::UNREGISTERED) && !overlapped && call.started.defects.is_empty();
            object.missed = (certain && object.was_unregistered).then_some((call.id(), at));
        }
        match call.started.method {
            Some(Method::RegisterClient) => self.registered(call, taken, at, before, overlapped),
            Some(Method::UnregisterClient) => self.left(call, Ending::Unregistered, taken, at, before, overlapped),
            Some(Method::Delete) => self.left(call, Ending::Deleted, taken, at, before, overlapped),
            _ => {}
        }
        self.forget_transitions(association, handle);
    }

    fn created(&mut self, association: AssociationId, outcome: &Outcome, at: Moment) {
        match outcome {
            Outcome::Returned { output: Some(method::Out::Create(output)), .. } => {
                if output.status.is_success() && !output.remote_obj.is_null() {
                    let mut object = RemoteObject::new(association, output.remote_obj, States::UNREGISTERED);
                    object.created = Some(at);
                    self.objects.insert((association, output.remote_obj), object);
                }
            }
            Outcome::Returned { .. } => self.lose_sight(association),
            Outcome::Fault { .. } | Outcome::Lost => {}
        }
    }

    /// RegisterClient came back.
    fn registered(&mut self, call: &Call, taken: Option<bool>, at: Moment, before: States, overlapped: bool) {
        let (user, authenticated) = (self.caller(&call.started).cloned(), self.is_authenticated(&call.started));
        let key = (call.started.association, call.remote_object().unwrap_or_default());
        let Some(object) = self.objects.get_mut(key) else { return };
        object.registration_failed = taken == Some(false);
        if taken == Some(false) {
            return;
        }
        object.terminated = None;
        let Some(method::In::RegisterClient(input)) = &call.started.input else { return };
        let certain = taken == Some(true) && !overlapped && before.within(States::UNREGISTERED | States::UNKNOWN);
        if let Some(former) = object.registration
            && let Some(former) = self.registrations.get_mut(former)
            && former.ended.is_none()
        {
            (former.certain, former.doubted) = (false, false);
        }
        let doubted = certain && self.associations.get(call.started.association).is_some_and(|known| known.sealed > 0);
        let known = Registration::new(call, input, user, at, certain && !doubted);
        let registration = Registration { authenticated, doubted, ..known };
        object.registration = Some(registration.id);
        self.associations.or_default(registration.association).registrations.insert(registration.id, ());
        self.registrations.insert(registration.id, registration);
    }

    /// UnregisterClient or Delete came back: calls that wait on the object have to end.
    fn left(&mut self, call: &Call, how: Ending, taken: Option<bool>, at: Moment, before: States, overlapped: bool) {
        let key = (call.started.association, call.remote_object().unwrap_or_default());
        let Some(object) = self.objects.get_mut(key) else { return };
        let was_registered = before.may_be(States::REGISTERED | States::UNKNOWN);
        object.was_unregistered |= how == Ending::Unregistered && taken == Some(true) && was_registered;
        if how == Ending::Unregistered && taken == Some(false) && before == States::REGISTERED {
            // A server that refuses what it must not refuse: who knows what it has done.
            object.states |= States::UNREGISTERED;
        }
        let waiting: Vec<CallId> = object.outstanding.iter().copied().collect();
        if let Some(registration) = object.registration.and_then(|id| self.registrations.get_mut(id)) {
            registration.leaving.remove(&call.id());
            registration.doubt_unless(taken != Some(false) || how != Ending::Unregistered);
            if taken != Some(false) && registration.ended.is_none() {
                registration.doubt_unless(taken == Some(true) && !overlapped);
                let done = taken.map(|_| at);
                registration.ended = Some(Ended { how, begun: call.at, done });
            }
        }
        if taken != Some(true) || overlapped {
            return;
        }
        for id in waiting {
            let Some(waiting) = self.calls.get_mut(id).filter(|waiting| waiting.waits()) else { continue };
            waiting.terminated = waiting.terminated.or(Some(at));
            self.set_due(at.time + self.config.prompt, Due::Terminated(id));
        }
    }

    /// Forgets transitions that no outstanding call overlaps.
    fn forget_transitions(&mut self, association: AssociationId, handle: ContextHandle) {
        let Some(object) = self.objects.get_mut((association, handle)).filter(|known| !known.transitions.is_empty())
        else {
            return;
        };
        let oldest = object.outstanding.iter().filter_map(|id| self.calls.get(*id)).map(|call| call.at).min();
        object.transitions.retain(|transition| {
            transition.finished.is_none_or(|finished| oldest.is_some_and(|oldest| finished > oldest))
        });
    }
}

/// What a method's success makes of the object.
fn effect(method: Method) -> Option<States> {
    match method {
        Method::RegisterClient => Some(States::REGISTERED),
        Method::UnregisterClient => Some(States::UNREGISTERED),
        Method::Delete => Some(States::GONE),
        _ => None,
    }
}

/// Whether a call has had its effect, where that is known.
fn taken(outcome: &Outcome) -> Option<bool> {
    match outcome {
        Outcome::Returned { output: Some(output), .. } => match output {
            method::Out::RegisterClient(output) => Some(output.status.is_success()),
            method::Out::UnregisterClient(output) => Some(output.status.is_success()),
            _ => Some(true),
        },
        // A call that was cancelled may have had its effect all the same.
        Outcome::Fault { status: FAULT_CANCEL, .. } | Outcome::Returned { output: None, .. } | Outcome::Lost => None,
        Outcome::Fault { .. } => Some(false),
    }
}

/// nca_s_fault_cancel.
const FAULT_CANCEL: u32 = 0x1C00_000D;
