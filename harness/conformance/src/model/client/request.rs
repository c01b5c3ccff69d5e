//! A request, and what its client knew when it sent it.

use core::cell::OnceCell;

use dcerpc::ContextHandle;
use mspan::{Method, method};
use trace::Vantage;

use super::{Belief, ClientCall, ClientObject, Clients};
use crate::event::{CallId, CallStarted, Event, Kind, Outcome};
use crate::model::{Association, Config, Model, Moment};

/// A request that is complete, and what its client knew when it sent it.
///
/// The client's own tap knows when an answer arrived. Everybody else knows that an answer was received only by what the
/// client sent after it: on the same connection, where one call runs at a time unless both sides agreed on more; with
/// the handle that the answer gave out; or after another request that shows it.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The call that starts.
    pub started: &'a CallStarted,
    /// When the request was complete.
    pub at: Moment,
    clients: &'a Clients,
    config: &'a Config,
    memo: Option<&'a Memo>,
}

/// What several want to know of one request.
#[derive(Debug, Default)]
pub struct Memo {
    horizon: OnceCell<Option<Moment>>,
    object: OnceCell<Option<usize>>,
    giver: OnceCell<Option<CallId>>,
}

impl Model {
    /// The request that an event completes.
    #[must_use]
    pub fn request<'a>(&'a self, event: &'a Event) -> Option<Request<'a>> {
        match &event.kind {
            Kind::CallStarted(started) => Some(Request::new(&self.config, &self.clients, started, Moment::of(event))),
            _ => None,
        }
    }

    /// The request that an event completes, when it is of that method and its parameters can be read.
    #[must_use]
    pub fn request_of<'a>(&'a self, event: &'a Event, method: Method) -> Option<Request<'a>> {
        let request = self.request(event)?;
        (request.started.method == Some(method) && request.started.input.is_some()).then_some(request)
    }
}

impl<'a> Request<'a> {
    pub(super) fn new(config: &'a Config, clients: &'a Clients, started: &'a CallStarted, at: Moment) -> Self {
        Self { started, at, clients, config, memo: None }
    }

    /// The same, with what is known of it already.
    pub(crate) fn remembering(self, memo: &'a Memo) -> Self {
        Self { memo: Some(memo), ..self }
    }

    /// The handle of the remote object or channel that it names.
    #[must_use]
    pub fn handle(&self) -> Option<ContextHandle> {
        self.started.input.as_ref().and_then(crate::handle::of_in)
    }

    /// The remote object that it names, when Create was seen to return its handle in the association.
    #[must_use]
    pub fn object(&self) -> Option<&'a ClientObject> {
        let find = || self.clients.place_of(self.started.association, self.handle()?);
        let place = self.memo.map_or_else(find, |memo| *memo.object.get_or_init(find));
        self.clients.object_at(place?)
    }

    /// Whether the client had the answer to a call when it sent this request.
    #[must_use]
    pub fn knows(&self, call: &ClientCall) -> Belief {
        let Some(answer) = &call.answer else { return Belief::No };
        if answer.outcome == Outcome::Lost || !self.begun_after(answer.at) {
            return Belief::No;
        }
        if call.association != self.started.association {
            return Belief::Maybe;
        }
        let told = call
            .received
            .is_some_and(|(connection, at)| connection == self.started.connection || Some(at) <= self.horizon());
        if told || self.proves(call) { Belief::Yes } else { Belief::Maybe }
    }

    /// Whether the client sent this request after that of another call.
    #[must_use]
    pub fn follows(&self, call: &ClientCall) -> Belief {
        if call.at >= self.at {
            return Belief::No;
        }
        let ordered = call.connection == self.started.connection
            || self.config.vantage == Vantage::Client && self.begun_after(call.at)
            || call.association == self.started.association && Some(call.at) <= self.horizon()
            || self.started.begun.since(call.at.time) >= self.config.prompt;
        if ordered { Belief::Yes } else { Belief::Maybe }
    }

    /// Whether it names a handle of a remote object that the server never gave out in the association, as far as could be
    /// seen. Answers that can't be read, or that come with a failure, may have held it.
    #[must_use]
    pub fn names_a_stranger(&self, model: &Model) -> bool {
        let Some(handle) = self.handle().filter(|handle| !handle.is_null()) else { return false };
        self.object().is_none() && self.has_whole_past(model) && !self.may_have_been_told(handle)
    }

    fn may_have_been_told(&self, handle: ContextHandle) -> bool {
        let mut creates = self.clients.calls_of(self.started.association).filter(|call| call.is(Method::Create));
        creates.any(|create| match create.outcome().and_then(Outcome::output) {
            Some(method::Out::Create(output)) => output.remote_obj == handle,
            _ => matches!(create.outcome(), Some(Outcome::Returned { .. })),
        })
    }

    /// Whether every earlier call of the association was seen.
    #[must_use]
    pub fn has_whole_past(&self, model: &Model) -> bool {
        model.association(self.started.association).is_some_and(Association::is_whole)
    }

    /// Whether the request itself shows that the client had the answer to a call.
    pub(super) fn proves(&self, call: &ClientCall) -> bool {
        let Some(answer) = &call.answer else { return false };
        if call.association != self.started.association || !self.begun_after(answer.at) {
            return false;
        }
        self.config.vantage == Vantage::Client
            || call.connection == self.started.connection && self.is_single() && !call.given_up
            || self.giver().is_some_and(|giver| giver.id == call.id)
    }

    /// The last moment after which the client surely sent this request: when the server sent an answer that it depends
    /// on, be it to the bind of its connection.
    pub(super) fn horizon(&self) -> Option<Moment> {
        let find = || self.horizon_by(self.giver());
        self.memo.map_or_else(find, |memo| *memo.horizon.get_or_init(find))
    }

    /// The same, where the call is known whose answer gave out the handle that it names.
    pub(super) fn horizon_by(&self, giver: Option<&ClientCall>) -> Option<Moment> {
        let connection = self.clients.connections.get(self.started.connection);
        let bound = connection.and_then(|known| known.bound).filter(|at| self.begun_after(*at));
        let inherited = connection.and_then(|known| known.horizon).max(bound);
        let answered = connection.and_then(|known| known.answered).filter(|_| self.is_single());
        let given = giver.and_then(|giver| giver.answer.as_ref()).map(|answer| answer.at);
        inherited.max(answered.filter(|at| self.begun_after(*at))).max(given.filter(|at| self.begun_after(*at)))
    }

    /// The call whose answer gave out the handle that it names.
    pub(super) fn giver(&self) -> Option<&'a ClientCall> {
        let find = || self.clients.given_by(self.started.association, self.handle()?);
        self.clients.call(self.memo.map_or_else(find, |memo| *memo.giver.get_or_init(find))?)
    }

    /// Whether one call at a time runs on its connection.
    fn is_single(&self) -> bool {
        !self.clients.is_multiplexed(self.started.connection)
    }

    /// Whether it began after a moment, as the witness saw it.
    fn begun_after(&self, moment: Moment) -> bool {
        moment.event < self.at.event && moment.time <= self.started.begun
    }
}
