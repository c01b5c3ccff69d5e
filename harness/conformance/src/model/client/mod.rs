//! What is known of the client's side: what it has sent, what it has received, and what it was misled by.
//!
//! # How to judge a client
//!
//! A rule with `party: Party::Client` looks at one of these events:
//!
//! - **A request** ([`Kind::CallStarted`]). `model.request(event)` gives a [`Request`]. [`Request::knows`] says whether
//!   the client had the answer to an earlier call when it sent the request, and [`Request::follows`] whether it sent the
//!   request after another one. Both are [`Belief`]s: only [`Belief::Yes`] accuses, for calls on other connections may
//!   have crossed. Whether an answer *was sent* is [`ClientCall::answer`]; never accuse by that alone.
//! - **A time that has passed** ([`Kind::Deadline`]). `model.client_due(event)` gives a [`ClientDue`]: after an answer
//!   [`ClientDue::Prompt`] comes T_PROMPT later, and [`ClientDue::Retried`] when a retry should have come. What must not be repeated is judged when it is repeated, and passes at [`ClientDue::Quiet`].
//! - **The end of an association** ([`Kind::AssociationEnded`]): [`Clients::parting`] says whether the client itself left,
//!   so that what it left undone counts. A trace that ends with open connections proves no omission.
//!
//! [`Clients::calls_of`] has all calls of an association in the order of their requests, come back or not;
//! [`Clients::calls_with`] those that name a handle since it was given out. Of the calls' outcomes, [`ClientCall::code`]
//! has HRESULT or fault status alike.
//!
//! [`Clients::retry`] tells whether a RegisterClient that starts retries an [`Attempt`] that failed, and after what
//! interval; [`Attempt::failed`] and [`Attempt::retried`] tell it afterwards, [`Clients::row`] the retries before.
//!
//! **Excuses.** A breach that our own client commits on purpose is dropped by the checker (marks with `violates`). For
//! what a client has left undone, ask [`Clients::excuses`]: it says so when the server gave an answer that no client
//! can be expected to deal with ([`ClientCall::misleading`]), when a connection was cut, or when calls may have gone
//! unseen. Prohibitions hold for misled clients too, unless the misleading answer itself is what they rest on.

mod attempt;
mod call;
mod due;
mod forget;
mod met;
mod misled;
mod object;
mod parting;
mod request;

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;

use dcerpc::ContextHandle;
use mspan::method::Out;
use mspan::{Method, NotificationType};
use trace::{ConnectionId, Direction, Mark, Time};

use super::handles::Handles;
use super::ledger::Ledger;
use super::table::Table;
use super::{Due, Model, Moment};
use crate::event::{AssociationId, CallFinished, CallId, CallStarted, Event, Kind, Layer, Opened, Outcome, Pdu};
use crate::fact::Facts;
use crate::handle;

pub use super::channel::Belief;
pub use attempt::{Asked, Attempt, Failure, Pace, Retry};
pub use call::{Answer, ClientCall};
pub use due::{ClientDue, QUIET};
use misled::is_malformed;
pub use object::ClientObject;
pub use parting::Parting;
pub use request::{Memo, Request};

/// What is known of clients.
#[derive(Debug, Default)]
pub struct Clients {
    calls: Ledger<CallId, ClientCall>,
    associations: Ledger<AssociationId, ClientAssociation>,
    connections: Ledger<ConnectionId, ClientConnection>,
    /// In the order in which Create returned them.
    objects: Ledger<usize, ClientObject>,
    /// How many there were.
    created: usize,
    handles: Handles<ClientHandle>,
    attempts: Ledger<CallId, Attempt>,
    referrals: Vec<CallId>,
    wants: BTreeMap<String, Wants>,
    alarms: Vec<(Time, ClientDue)>,
    /// The last of the attempts that are forgotten.
    forgotten: Option<CallId>,
}

/// What is known of a handle.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct ClientHandle {
    /// The object that had it last.
    object: Option<usize>,
    /// The calls that name it, since it was given out last.
    named: Vec<CallId>,
    /// The call whose answer gave it out last.
    given: Option<CallId>,
    /// How many of the calls were left when some were forgotten last.
    left: usize,
}

/// What a client was started for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Wants {
    /// How many notifications it is to wait for.
    wanted: u32,
    /// How many it has been sent.
    sent: u32,
    /// How often it was started.
    launches: u32,
}

/// What is known of an association's client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct ClientAssociation {
    /// Its calls, in the order of their requests.
    calls: Vec<CallId>,
    /// Those that have not come back.
    outstanding: Table<CallId>,
    /// Those that may wait and have failed, in the order of their answers.
    failed: Vec<CallId>,
    /// The RegisterClient calls among them.
    attempts: Vec<CallId>,
    /// When the server first gave an answer that no client can be expected to deal with.
    misled: Option<Moment>,
    /// Its connections that are open.
    open: BTreeSet<ConnectionId>,
    /// Whether a connection ended in another way than by the client's orderly close.
    cut: bool,
    /// Whether the server ended one of its connections.
    cut_by_server: bool,
    /// Whether octets of its connections could not be read, so that calls may have gone unseen.
    gapped: bool,
    /// Whether calls went unanswered that do not wait.
    unanswered: bool,
    /// What else its client has met with.
    met: Facts,
    /// The client's host, or the actor that plays it.
    who: Option<String>,
    /// How often the harness had started that client; none where others have.
    launches: Option<u32>,
    /// The server's address.
    server: Option<String>,
}

/// What is known of a connection's client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct ClientConnection {
    /// The client's host, or the actor that plays it.
    who: Option<String>,
    /// The server's address.
    server: Option<String>,
    /// Whether its beginning was seen.
    opened: bool,
    /// Whether the client proposed concurrent multiplexing.
    proposes: bool,
    /// Whether several calls may be outstanding at once.
    multiplexed: bool,
    /// When its bind was answered: no request on it was sent before.
    bound: Option<Moment>,
    /// The last request on it was surely sent after this.
    horizon: Option<Moment>,
    /// When its last answer was sent.
    answered: Option<Moment>,
    /// Calls on it whose answers came after its last request.
    unreceived: Vec<CallId>,
    association: Option<AssociationId>,
}

/// Lets an event take effect on what is known of clients; runs after the rest of the model has taken it in.
pub(super) fn apply(model: &mut Model, event: &Event) {
    // There are so many of these that they are not looked at twice.
    let is_idle = match &event.kind {
        Kind::Pdu(pdu) => !matches!(pdu.ptype, PTYPE_BIND | PTYPE_BIND_ACK),
        Kind::Deadline(_) => true,
        _ => false,
    };
    if is_idle {
        return;
    }
    let mut clients = model.clients.take();
    clients.apply(model, event);
    let mut alarms = core::mem::take(&mut clients.alarms);
    model.clients.put(clients);
    for (time, due) in alarms.drain(..) {
        model.set_due(time, Due::Client(due));
    }
    model.clients.alarms = alarms;
}

impl Clients {
    /// A call, outstanding or come back.
    #[must_use]
    pub fn call(&self, call: CallId) -> Option<&ClientCall> {
        self.calls.get(call)
    }

    /// All calls of an association, in the order of their requests.
    pub fn calls_of(&self, association: AssociationId) -> impl DoubleEndedIterator<Item = &ClientCall> {
        let calls = self.associations.get(association).map_or(&[][..], |known| known.calls.as_slice());
        calls.iter().filter_map(|id| self.calls.get(*id))
    }

    /// The calls of an association that may wait and have failed, in the order of their answers.
    pub fn failures_of(&self, association: AssociationId) -> impl DoubleEndedIterator<Item = &ClientCall> {
        let failed = self.associations.get(association).map_or(&[][..], |known| known.failed.as_slice());
        failed.iter().filter_map(|id| self.calls.get(*id))
    }

    /// The calls of all clients whose requests were complete after that of a call, in their order.
    pub fn calls_after(&self, call: CallId) -> impl Iterator<Item = &ClientCall> {
        self.calls.after(call)
    }

    /// The calls of all clients whose requests were complete before a moment, in their order.
    pub fn calls_before(&self, moment: Moment) -> impl Iterator<Item = &ClientCall> {
        self.calls.values().take_while(move |call| call.at < moment)
    }

    /// The calls of an association that have not come back.
    pub fn outstanding(&self, association: AssociationId) -> impl Iterator<Item = &ClientCall> {
        let calls = self.associations.get(association).map(|known| &known.outstanding);
        calls.into_iter().flat_map(Table::iter).filter_map(|id| self.calls.get(*id))
    }

    /// The same calls' numbers.
    pub(super) fn outstanding_in(&self, association: AssociationId) -> impl Iterator<Item = &CallId> {
        self.associations.get(association).into_iter().flat_map(|known| known.outstanding.iter())
    }

    /// The calls that name a handle, of an object or a channel, since it was given out last, in the order of their
    /// requests.
    pub fn calls_with(
        &self,
        association: AssociationId,
        handle: ContextHandle,
    ) -> impl DoubleEndedIterator<Item = &ClientCall> {
        let calls = self.handles.get((association, handle)).map_or(&[][..], |known| known.named.as_slice());
        calls.iter().filter_map(|id| self.calls.get(*id))
    }

    /// The call whose answer gave a handle out: Create or GetNewChannel.
    #[must_use]
    pub fn giver(&self, association: AssociationId, handle: ContextHandle) -> Option<&ClientCall> {
        self.calls.get(self.handles.get((association, handle))?.given?)
    }

    /// The same call's number.
    fn given_by(&self, association: AssociationId, handle: ContextHandle) -> Option<CallId> {
        self.handles.get((association, handle))?.given
    }

    /// Whether a handle may be had without the answer to a call, which could not be read: another answer has brought it, be it with a
    /// failure, or a client has named it before that answer came. In any association.
    #[must_use]
    pub fn has_elsewhere(&self, handle: ContextHandle, unread: CallId) -> bool {
        let Some(answer) = self.calls.get(unread).and_then(|call| call.answer.as_ref()) else { return true };
        let brings = |call: &ClientCall| {
            let output = call.outcome().and_then(Outcome::output);
            output.is_some_and(|output| handle::of_out(output).contains(&handle))
        };
        let names = |call: &ClientCall| call.handle == Some(handle) && call.at < answer.at;
        let given = self.handles.iter().any(|(known, of)| *known == handle && of.given.is_some());
        given || self.calls.values().any(|call| brings(call) || names(call))
    }

    /// A remote object, as its client knows it: the last that had this handle.
    #[must_use]
    pub fn object(&self, association: AssociationId, handle: ContextHandle) -> Option<&ClientObject> {
        self.objects.get(self.handles.get((association, handle))?.object?)
    }

    /// Where that object stands.
    fn place_of(&self, association: AssociationId, handle: ContextHandle) -> Option<usize> {
        self.handles.get((association, handle))?.object
    }

    fn object_at(&self, place: usize) -> Option<&ClientObject> {
        self.objects.get(place)
    }

    /// All remote objects of an association that Create was seen to return, in that order.
    pub fn objects_of(&self, association: AssociationId) -> impl Iterator<Item = &ClientObject> {
        self.objects.values().filter(move |object| object.association == association)
    }

    /// The remote objects that have a handle, in any association.
    pub fn owners_of(&self, handle: ContextHandle) -> impl Iterator<Item = &ClientObject> {
        self.objects.values().filter(move |object| object.handle == handle)
    }

    /// Who an association's client is: the actor that plays it, or its host. Several programs may share a host.
    #[must_use]
    pub fn who(&self, association: AssociationId) -> Option<&str> {
        self.associations.get(association)?.who.as_deref()
    }

    /// Whether the harness has started an association's client, for a single registration.
    #[must_use]
    pub fn is_launched(&self, association: AssociationId) -> bool {
        self.associations.get(association).is_some_and(|known| known.launches.is_some())
    }

    /// Whether the harness has started an association's client, and not started it again since.
    #[must_use]
    pub fn is_last_launch(&self, association: AssociationId) -> bool {
        let launch = self.associations.get(association).and_then(|known| Some((known.who.as_ref()?, known.launches?)));
        launch.is_some_and(|(who, number)| self.wants.get(who).is_some_and(|wants| wants.launches == number))
    }

    /// Whether two associations are of one program, for the harness has started it once and no other by that name.
    fn is_one_launch(&self, one: AssociationId, other: AssociationId) -> bool {
        let launch = |id| self.associations.get(id).and_then(|known| Some((known.who.as_deref()?, known.launches?)));
        launch(one).is_some() && launch(one) == launch(other)
    }

    /// Who the client of a connection is that opens.
    #[must_use]
    pub fn named(&self, opened: &Opened) -> String {
        let host = opened.client.rsplit_once(':').map_or(opened.client.as_str(), |(host, _)| host);
        opened.actor.clone().unwrap_or_else(|| host.into())
    }

    /// What the client of an association has met with.
    pub(crate) fn met_with(&self, association: AssociationId) -> Facts {
        let Some(known) = self.associations.get(association) else { return Facts::NONE };
        if known.failed.is_empty() { known.met } else { known.met.and(Facts::AFTER_FAILURE) }
    }

    /// Whether an association's client was started to wait for more notifications than it has been sent; none when nobody
    /// knows.
    #[must_use]
    pub fn wants_more(&self, association: AssociationId) -> Option<bool> {
        let wants = self.wants.get(self.who(association)?)?;
        Some(wants.sent < wants.wanted)
    }

    /// The RegisterClient calls that came back with a referral to another server, be it empty.
    pub fn referrals(&self) -> impl Iterator<Item = &ClientCall> {
        self.referrals.iter().filter_map(|id| self.calls.get(*id))
    }

    /// Whether an association's server has that name or address, without a port.
    #[must_use]
    pub fn serves(&self, association: AssociationId, host: &str) -> bool {
        let server = self.associations.get(association).and_then(|known| known.server.as_deref());
        server.is_some_and(|server| server == host || server.rsplit_once(':').is_some_and(|(bare, _)| bare == host))
    }

    /// Whether what an association's client has left undone is nobody's fault or the server's: it was misled, a
    /// connection was cut, a call that does not wait went unanswered, or calls may have gone unseen.
    #[must_use]
    pub fn excuses(&self, model: &Model, association: AssociationId) -> bool {
        let sighted = model.association(association).is_some_and(|known| known.bound && !known.blind);
        let known = self.associations.get(association);
        !sighted || known.is_none_or(|known| known.misled.is_some() || known.cut || known.unanswered)
    }

    /// Whether calls of an association may have gone unseen: its beginning, or octets of its connections.
    #[must_use]
    pub fn has_gaps(&self, model: &Model, association: AssociationId) -> bool {
        let begun = model.association(association).is_some_and(|known| known.bound && !known.forgetful);
        !begun || self.associations.get(association).is_none_or(|known| known.gapped)
    }

    /// When the server first gave an association's client an answer that no client can be expected to deal with.
    #[must_use]
    pub fn misled(&self, association: AssociationId) -> Option<Moment> {
        self.associations.get(association)?.misled
    }

    fn apply(&mut self, model: &Model, event: &Event) {
        let at = Moment::of(event);
        match &event.kind {
            Kind::Opened(opened) => self.opened(opened),
            Kind::Pdu(pdu) => self.pdu(pdu, at),
            Kind::Negotiated(negotiated) => {
                if let Some(association) = negotiated.association {
                    self.join(negotiated.connection, association);
                }
            }
            Kind::Joined { connection, association } => self.join(*connection, *association),
            Kind::CallStarted(started) => self.call_started(model, started, at),
            Kind::CallFinished(finished) => self.call_finished(model, finished, at),
            Kind::Gap(gap) if gap.malformed && gap.layer == Layer::Stub && gap.direction == Direction::ToClient => {
                if let Some(call) = gap.call.and_then(|call| self.calls.get_mut(call)) {
                    call.malformed = true;
                    let known = self.associations.or_default(call.association);
                    known.met = known.met.and(Facts::AFTER_DEFECT);
                }
            }
            Kind::Gap(gap) if gap.layer.hides_calls() => {
                let association = self.connections.get(gap.connection).and_then(|known| known.association);
                if let Some(association) = association.and_then(|id| self.associations.get_mut(id)) {
                    association.gapped = true;
                    // What is no PDU, or answers no call, no client can be expected to deal with.
                    if gap.malformed && gap.direction == Direction::ToClient {
                        association.misled.get_or_insert(at);
                    }
                }
            }
            Kind::Closed { connection, how } => self.closed(*connection, how),
            Kind::Mark(Mark::Launched { client, wants }) => {
                let launches = self.wants.get(client).map_or(0, |known| known.launches).saturating_add(1);
                self.wants.insert(client.clone(), Wants { wanted: *wants, sent: 0, launches });
            }
            _ => {}
        }
    }

    fn opened(&mut self, opened: &Opened) {
        let (who, server) = (Some(self.named(opened)), Some(opened.server.clone()));
        let known = ClientConnection { who, server, opened: true, ..ClientConnection::default() };
        self.connections.insert(opened.connection, known);
    }

    /// What client and server agreed on: both name it in their first PDUs.
    fn pdu(&mut self, pdu: &Pdu, at: Moment) {
        let connection = self.connections.or_default(pdu.connection);
        match (pdu.direction, pdu.ptype) {
            (Direction::ToServer, PTYPE_BIND) => connection.proposes = pdu.flags & PFC_CONC_MPX != 0,
            (Direction::ToClient, PTYPE_BIND_ACK) => {
                connection.multiplexed = connection.proposes && pdu.flags & PFC_CONC_MPX != 0;
                connection.bound.get_or_insert(at);
            }
            _ => {}
        }
    }

    fn join(&mut self, connection: ConnectionId, association: AssociationId) {
        let joined = self.connections.or_default(connection);
        let known = joined.association == Some(association);
        if known && self.associations.contains(association) {
            return;
        }
        joined.association = Some(association);
        let known = self.associations.or_default(association);
        known.open.insert(connection);
        if known.who.is_none() {
            known.who.clone_from(&joined.who);
            let launched = known.who.as_ref().and_then(|who| self.wants.get(who));
            known.launches = launched.map(|known| known.launches);
            known.server.clone_from(&joined.server);
        }
    }

    fn call_started(&mut self, model: &Model, started: &CallStarted, at: Moment) {
        self.join(started.connection, started.association);
        let request = Request::new(model.config(), self, started, at);
        let giver = request.giver();
        let horizon = request.horizon_by(giver);
        let retry = self.retry(model, &request);
        let giver = giver.map(|giver| giver.id);
        self.receive(model, started, at, giver);
        if let Some(connection) = self.connections.get_mut(started.connection) {
            connection.horizon = horizon;
        }
        let mut call = ClientCall::new(started, model.caller(started).cloned(), at);
        call.register = call.handle.and_then(|handle| self.last_register(call.association, handle));
        let known = self.associations.or_default(started.association);
        known.calls.push(call.id);
        known.outstanding.insert(call.id, ());
        if let Some(key) = call.handle.filter(|handle| !handle.is_null()).map(|handle| (call.association, handle)) {
            let known = self.handles.or_insert_with(key, ClientHandle::default);
            known.named.push(call.id);
            let object = known.object.and_then(|at| self.objects.get_mut(at));
            if let Some(object) = object.filter(|_| call.is_on_object()) {
                object.calls.push(call.id);
            }
        }
        let (id, registers) = (call.id, call.is(Method::RegisterClient));
        self.calls.insert(id, call);
        if registers {
            self.attempt_started(id, retry, at);
        }
    }

    /// A request shows that its client had the answers to calls before it: on its connection, and the one that gave out the handle
    /// that it names.
    fn receive(&mut self, model: &Model, started: &CallStarted, at: Moment, giver: Option<CallId>) {
        let connection = self.connections.get_mut(started.connection);
        let mut unreceived = connection.map(|known| core::mem::take(&mut known.unreceived)).unwrap_or_default();
        for id in unreceived.drain(..).chain(giver) {
            let Some(answered) = self.calls.get(id).filter(|answered| answered.received.is_none()) else { continue };
            if Request::new(model.config(), self, started, at).proves(answered)
                && let Some(answered) = self.calls.get_mut(id)
            {
                answered.received = Some((started.connection, at));
            }
        }
        if let Some(connection) = self.connections.get_mut(started.connection) {
            connection.unreceived = unreceived;
        }
    }

    /// The last RegisterClient with a handle, since that was given out last.
    fn last_register(&self, association: AssociationId, handle: ContextHandle) -> Option<CallId> {
        let last = self.calls_with(association, handle).next_back()?;
        if last.is(Method::RegisterClient) { Some(last.id) } else { last.register }
    }

    fn call_finished(&mut self, model: &Model, finished: &CallFinished, at: Moment) {
        let Some(call) = self.calls.get(finished.call) else { return };
        let misleading = self.misleads(call, &finished.outcome);
        let connection = model.connection(finished.connection);
        let given_up = connection.is_some_and(|known| known.cancelled.contains(&call.call_id));
        let (id, may_wait, lost) = (call.id, call.may_wait(), matches!(finished.outcome, Outcome::Lost));
        let Some(call) = self.calls.get_mut(id) else { return };
        call.answer = Some(Answer { at, outcome: finished.outcome.clone() });
        call.misleading = misleading;
        call.malformed |= is_malformed(&finished.outcome);
        call.given_up = given_up;
        let met = met::by(model, &finished.outcome).and(Facts::AFTER_DEFECT.when(call.malformed));
        let known = self.associations.or_default(finished.association);
        known.met = known.met.and(met);
        known.outstanding.remove(id);
        if misleading && known.misled.is_none() {
            known.misled = Some(at);
        }
        known.unanswered |= lost && !may_wait;
        if may_wait && finished.outcome.succeeded() == Some(false) {
            known.failed.push(id);
        }
        if !self.wants.is_empty()
            && brings_a_notification(finished)
            && let Some(wants) = known.who.as_ref().and_then(|who| self.wants.get_mut(who))
        {
            wants.sent = wants.sent.saturating_add(1);
        }
        self.attempt_finished(model, id, at);
        if lost {
            return;
        }
        if let Some(connection) = self.connections.get_mut(finished.connection).filter(|_| !given_up) {
            connection.answered = Some(at);
            connection.unreceived.push(id);
        }
        self.note_registration(id);
        self.take_handles(id, at);
        self.set_alarms(model, id, at);
    }

    fn is_multiplexed(&self, connection: ConnectionId) -> bool {
        self.connections.get(connection).is_none_or(|known| known.multiplexed || !known.opened)
    }
}

/// Whether an answer brings a notification, or may: what can't be read counts as one.
fn brings_a_notification(finished: &CallFinished) -> bool {
    if !matches!(finished.method, Some(Method::GetNotification | Method::GetNotificationSendResponse)) {
        return false;
    }
    match &finished.outcome {
        Outcome::Returned { output: None, .. } => true,
        outcome => match outcome.output() {
            Some(Out::GetNotification(output)) => {
                output.status.is_success() && output.notification_type != Some(NotificationType::RELEASE)
            }
            Some(Out::GetNotificationSendResponse(output)) => {
                output.status.is_success() && output.notification_type != Some(NotificationType::RELEASE)
            }
            _ => false,
        },
    }
}

/// PTYPE of a bind PDU ([C706] 12.6.4.3).
const PTYPE_BIND: u8 = 11;
/// PTYPE of a bind_ack PDU ([C706] 12.6.4.4).
const PTYPE_BIND_ACK: u8 = 12;
/// The sender can handle several outstanding calls on the connection ([C706] 12.6.3.1).
const PFC_CONC_MPX: u8 = 0x10;
