//! Calls that have not come back.

use dcerpc::ContextHandle;
use mspan::{Hresult, Method, method};
use trace::Time;

use super::{Config, Due, Model, Moment, RegistrationId, States, Transition};
use crate::event::{CallId, CallStarted, Outcome};
use crate::handle;

/// A call that has not come back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// What it was started with.
    pub started: CallStarted,
    /// When its request was complete.
    pub at: Moment,
    /// The states in which the remote object that it names may have been when the call started, by the calls that had come back.
    pub states: States,
    /// These states, where they are in doubt only for sealed calls that are under way.
    pub(super) undoubted: Option<States>,
    /// The registration that it draws on, where that is certain: of GetNotification and GetNewChannel.
    pub registration: Option<RegistrationId>,
    /// Since when its registration is known to be ended.
    pub terminated: Option<Moment>,
    /// Whether a call of the same method on its object had ended with 0x8007071A before, and no registration has come since.
    pub after_termination: bool,
    /// A call of the same method on the same object that was outstanding when this one started: one of the two is
    /// refused with 0x8004000C.
    pub rival: Option<CallId>,
    /// Whether a later call has it for a rival, or had.
    pub is_rivalled: bool,
    /// Whether its rival was refused.
    pub rival_refused: bool,
    /// Whether its stub is malformed beyond reading.
    pub unreadable: bool,
    /// Whether its answer may be among octets that were not seen: then nobody can say that it has not come back.
    pub perhaps_over: bool,
    /// Whether another call was open on its connection when it came, which carries one at a time: the server need not have
    /// begun with it.
    pub queued: bool,
}

impl Call {
    pub(super) fn new(at: Moment, started: &CallStarted) -> Self {
        Self {
            started: started.clone(),
            at,
            states: States::UNKNOWN,
            undoubted: None,
            registration: None,
            terminated: None,
            after_termination: false,
            rival: None,
            is_rivalled: false,
            rival_refused: false,
            unreadable: false,
            perhaps_over: false,
            queued: false,
        }
    }

    /// Sealed calls are under way: in which states its object may be is not known until they are refused.
    pub(super) fn doubt(&mut self) {
        self.undoubted.get_or_insert(self.states);
        self.states |= States::UNKNOWN;
    }

    /// Its number.
    #[must_use]
    pub fn id(&self) -> CallId {
        self.started.call
    }

    /// The remote object's handle that it names.
    #[must_use]
    pub fn remote_object(&self) -> Option<ContextHandle> {
        match self.started.input.as_ref()? {
            method::In::GetNotificationSendResponse(_) | method::In::CloseChannel(_) => None,
            input => handle::of_in(input),
        }
    }

    /// Whether it is of that method.
    #[must_use]
    pub fn is(&self, method: Method) -> bool {
        self.started.method == Some(method)
    }

    /// Whether it may block: GetNotification and GetNewChannel.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.is(Method::GetNotification) || self.is(Method::GetNewChannel)
    }

    /// Whether our own side breaks something by it on purpose.
    #[must_use]
    pub fn breaks_on_purpose(&self) -> bool {
        self.started.mark.as_ref().is_some_and(|mark| !mark.violates.is_empty())
    }

    /// Whether the server certainly began with this call before `later`: the two are far enough apart. On one connection, too,
    /// calls may overtake each other: causal ordering is off unless a client asks for it ([MS-RPCE] 3.1.1.4.1, 3.2.2.1.9).
    #[must_use]
    pub fn arrived_before(&self, later: &Self, config: &Config) -> bool {
        !self.queued && self.at < later.at && later.started.begun.since(self.at.time) >= config.still_pending
    }

    /// The same for a call of which only the transition is known.
    #[must_use]
    pub fn arrived_before_transition(&self, later: &Transition, config: &Config) -> bool {
        !self.queued && self.at < later.started && later.started.time.since(self.at.time) >= config.still_pending
    }
}

impl Model {
    /// Ties a call that waits to the registration that it draws on and to the call that it rivals.
    pub(super) fn bind_call(&mut self, id: CallId) {
        let Some(call) = self.calls.get(id) else { return };
        let Some(object) = self.object_of(call).filter(|_| call.waits()) else { return };
        let registered = call.states == States::REGISTERED && object.settled();
        let registration = object.registration.filter(|_| registered);
        let method = call.started.method;
        let others = object.outstanding.iter().filter(|other| **other != id);
        let rival =
            others.copied().filter_map(|other| self.calls.get(other)).find(|other| other.started.method == method);
        let rival = rival.map(Call::id);
        if let Some(call) = self.calls.get_mut(id) {
            (call.registration, call.rival) = (registration, rival);
        }
        if let Some(first) = rival.and_then(|first| self.calls.get_mut(first)) {
            first.is_rivalled = true;
        }
    }

    /// A call came back. When it was refused because of another one, that one is settled.
    pub(super) fn refused(&mut self, call: &Call, outcome: &Outcome, at: Moment) {
        let first = call.rival.filter(|_| outcome.succeeded() == Some(true)).and_then(|first| self.calls.get(first));
        if let Some(first) = first.filter(|first| first.arrived_before(call, &self.config)).map(Call::id) {
            // The answer to the first may be on its way.
            self.set_due(at.time + self.config.still_pending, Due::Overtaken { first, second: call.id() });
        }
        if !call.waits() || outcome.code() != Some(Hresult::CALL_OUTSTANDING.0) {
            return;
        }
        for other in self.calls.values_mut().filter(|other| other.rival == Some(call.id())) {
            other.rival_refused = true;
        }
    }

    /// Names the times at which a call that has just started will have to be over, or will count as blocked.
    pub(super) fn set_call_deadlines(&mut self, id: CallId) {
        let Some(call) = self.calls.get(id) else { return };
        let (at, prompt, still): (Time, _, _) = (call.at.time, self.config.prompt, self.config.still_pending);
        if !call.waits() {
            // What GetNotificationSendResponse may wait for is the channel's affair.
            if call.started.method.is_some_and(|method| method != Method::GetNotificationSendResponse) {
                self.set_due(at + prompt, Due::Answered(id));
            }
            return;
        }
        let registered = call.states.may_be(States::REGISTERED) || call.states.may_be(States::UNKNOWN);
        let (rival, after_termination) = (call.rival, call.after_termination);
        self.set_due(at + still, Due::Blocked(id));
        match rival {
            Some(first) => self.set_due(at + prompt, Due::OneRefused { first, second: id }),
            None if !registered || after_termination => self.set_due(at + prompt, Due::Failed(id)),
            None => {}
        }
        self.expect_delivery(id);
    }
}
