//! A call as its client knows it.

use alloc::sync::Arc;

use dcerpc::ContextHandle;
use mspan::{Method, method};
use trace::{ConnectionId, Time};

use crate::event::{AssociationId, CallId, CallStarted, Outcome};
use crate::handle;
use crate::model::{Moment, User};

/// A call as its client knows it, outstanding or come back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCall {
    /// The call.
    pub id: CallId,
    /// Its association.
    pub association: AssociationId,
    /// Its connection.
    pub connection: ConnectionId,
    /// `call_id` of its PDUs.
    pub call_id: u32,
    /// Its method, when it is one of ours.
    pub method: Option<Method>,
    /// The user in whose name it is made, when known.
    pub user: Option<Arc<User>>,
    /// Its [in] parameters, when they can be read.
    pub input: Option<method::In>,
    /// The handle of the remote object or channel that it names.
    pub handle: Option<ContextHandle>,
    /// The RegisterClient that came last before it with the same handle.
    pub(super) register: Option<CallId>,
    /// When its first fragment was seen.
    pub begun: Time,
    /// When its request was complete.
    pub at: Moment,
    /// How it came back.
    pub answer: Option<Answer>,
    /// The first request that shows that the client had the answer: its connection, and when it was seen.
    pub received: Option<(ConnectionId, Moment)>,
    /// Whether the answer breaks the rules of NDR in a way that a strict check refuses: to the client the call failed.
    pub malformed: bool,
    /// Whether the answer is one that no client can be expected to deal with.
    pub misleading: bool,
    /// Whether the client cancelled it or gave it up.
    pub given_up: bool,
    /// Whether our own side breaks something by it on purpose.
    pub breaks_on_purpose: bool,
}

/// How a call came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// When the witness saw that.
    pub at: Moment,
    /// How.
    pub outcome: Outcome,
}

impl ClientCall {
    pub(super) fn new(started: &CallStarted, user: Option<Arc<User>>, at: Moment) -> Self {
        Self {
            id: started.call,
            association: started.association,
            connection: started.connection,
            call_id: started.call_id,
            method: started.method,
            user,
            input: started.input.clone(),
            handle: started.input.as_ref().and_then(handle::of_in),
            register: None,
            begun: started.begun,
            at,
            answer: None,
            received: None,
            malformed: false,
            misleading: false,
            given_up: false,
            breaks_on_purpose: started.mark.as_ref().is_some_and(|mark| !mark.violates.is_empty()),
        }
    }

    /// Whether it is of that method.
    #[must_use]
    pub fn is(&self, method: Method) -> bool {
        self.method == Some(method)
    }

    /// Whether the server may keep it waiting: GetNotification, GetNewChannel and GetNotificationSendResponse.
    #[must_use]
    pub fn may_wait(&self) -> bool {
        self.is(Method::GetNotification)
            || self.is(Method::GetNewChannel)
            || self.is(Method::GetNotificationSendResponse)
    }

    /// How it came back; none while it is outstanding.
    #[must_use]
    pub fn outcome(&self) -> Option<&Outcome> {
        self.answer.as_ref().map(|answer| &answer.outcome)
    }

    /// Its HRESULT or the status of its fault.
    #[must_use]
    pub fn code(&self) -> Option<u32> {
        self.outcome().and_then(Outcome::code)
    }

    /// Whether it succeeded; none when that isn't known, or not yet.
    #[must_use]
    pub fn succeeded(&self) -> Option<bool> {
        self.outcome().and_then(Outcome::succeeded)
    }
}
