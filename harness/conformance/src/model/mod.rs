//! The Abstract Data Model of [MS-PAN] 3.1.1.1 as a witness can know it.
//!
//! The model replays events. Every fact is known or unknown: a recording may begin in mid-conversation, a stub may be
//! sealed, a connection may be lost; and calls that overlap may have been handled in either order. What isn't known
//! accuses nobody.

mod association;
mod audience;
mod authentication;
mod call;
pub mod channel;
pub mod client;
mod config;
mod connection;
mod deadline;
mod documents;
pub mod endpoint;
mod handles;
mod ledger;
mod object;
mod part;
mod past;
mod queue;
mod registration;
mod security_context;
mod stimulus;
mod table;
mod unproven;

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::sync::Arc;

use dcerpc::ContextHandle;
use trace::{ConnectionId, LocalEvent, Mark, Time};

use crate::event::{AssociationId, CallFinished, CallId, CallStarted, Event, Kind, Protection};
use handles::Handles;
use ledger::Ledger;

pub use association::Association;
pub use audience::{Match, Mismatch, User};
pub use authentication::{Answer, Authentication, Principals, Target};
pub use call::Call;
pub use channel::{ChannelDue, Channels};
pub use client::{ClientDue, Clients};
pub use config::{Config, Memory, PacketLevel, Source};
pub use connection::{Connection, Impostor};
pub use deadline::{Deadlines, Due};
pub use endpoint::Endpoints;
pub use object::{RemoteObject, States, Transition};
pub use part::Part;
pub use queue::{Delivery, Expectation};
pub use registration::{Ended, Ending, Registration, RegistrationId};
pub use security_context::SecurityContext;
pub use stimulus::{Effect, Stimuli, Stimulus};
pub use table::Table;

/// A place in the trace: the number of an event and its time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// Number of the event.
    pub event: u64,
    /// When it was.
    pub time: Time,
}

impl Moment {
    /// Where an event stands.
    #[must_use]
    pub fn of(event: &Event) -> Self {
        Self { event: event.number, time: event.time }
    }
}

/// What a witness knows.
#[derive(Debug, Default)]
pub struct Model {
    config: Config,
    connections: Ledger<ConnectionId, Connection>,
    associations: Ledger<AssociationId, Association>,
    calls: Ledger<CallId, Call>,
    objects: Handles<RemoteObject>,
    registrations: Ledger<RegistrationId, Registration>,
    stimuli: Stimuli,
    unreadable: BTreeSet<CallId>,
    /// Context handles out of answers that do not verify, and why they don't.
    unproven: BTreeMap<(AssociationId, ContextHandle), String>,
    /// Associations in which an answer that gives out handles could not be read: to which call, and why it does not verify, or none
    /// where another could not be read either.
    unread_answers: BTreeMap<AssociationId, Option<(CallId, String)>>,
    deadlines: Deadlines,
    /// What is due under the number of the deadline that passes: nearly every rule asks for it.
    passing: Option<(u64, Option<Due>)>,
    past: past::Past,
    documents: documents::Documents,
    /// What tokens have left open.
    pub principals: Principals,
    /// Section 3.1.1.1's channels.
    pub channels: Part<Channels>,
    /// The client's side.
    pub clients: Part<Clients>,
    /// What endpoint mappers were asked and said.
    pub endpoints: Part<Endpoints>,
}

impl Model {
    /// Nothing is known yet.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self { config, ..Self::default() }
    }

    /// How to judge.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// A connection that is open.
    #[must_use]
    pub fn connection(&self, connection: ConnectionId) -> Option<&Connection> {
        self.connections.get(connection)
    }

    /// An association of which something was seen.
    #[must_use]
    pub fn association(&self, association: AssociationId) -> Option<&Association> {
        self.associations.get(association)
    }

    /// A call that has not come back.
    #[must_use]
    pub fn call(&self, call: CallId) -> Option<&Call> {
        self.calls.get(call)
    }

    /// The first call on a connection, of those with that call_id that have not come back.
    #[must_use]
    pub fn call_on(&self, connection: ConnectionId, call_id: u32) -> Option<&Call> {
        let outstanding = &self.connections.get(connection)?.outstanding;
        let (_, call) = outstanding.from((call_id, CallId(0))).next().filter(|(known, _)| *known == call_id)?;
        self.call(*call)
    }

    /// All calls that have not come back, in the order of their requests.
    pub fn calls(&self) -> impl Iterator<Item = &Call> {
        self.calls.values()
    }

    /// A remote object, when anything is known of the handle within the association.
    #[must_use]
    pub fn object(&self, association: AssociationId, handle: ContextHandle) -> Option<&RemoteObject> {
        self.objects.get((association, handle))
    }

    /// All remote objects of which anything is known, ended ones too.
    pub fn objects(&self) -> impl Iterator<Item = &RemoteObject> {
        self.objects.values()
    }

    /// The user in whose name a call is made, by the security context that it goes under (3.1.1.6.5).
    #[must_use]
    pub fn caller(&self, call: &CallStarted) -> Option<&Arc<User>> {
        let users = &self.connection(call.connection)?.users;
        let everybody = || users.get(&None);
        match &call.protection {
            None => everybody(),
            Some(Protection { context_id: Some(context), .. }) => users.get(&Some(*context)).or_else(everybody),
            // Several contexts, and no word which.
            Some(Protection { context_id: None, .. }) => everybody().filter(|_| users.len() == 1),
        }
    }

    /// Whether it is the security context of a call that tells its user.
    #[must_use]
    pub fn is_authenticated(&self, call: &CallStarted) -> bool {
        let context = call.protection.as_ref().and_then(|protection| protection.context_id);
        let connection = self.connection(call.connection);
        context.zip(connection).is_some_and(|(context, connection)| connection.users.contains_key(&Some(context)))
    }

    /// Whether the client has cancelled a call.
    #[must_use]
    pub fn is_cancelled(&self, call: &Call) -> bool {
        let connection = self.connection(call.started.connection);
        connection.is_some_and(|connection| connection.cancelled.contains(&call.started.call_id))
    }

    /// Whether the parameters of a call that is about to start are malformed beyond reading.
    #[must_use]
    pub fn is_malformed(&self, call: CallId) -> bool {
        self.unreadable.contains(&call)
    }

    /// The remote object that a call names.
    #[must_use]
    pub fn object_of(&self, call: &Call) -> Option<&RemoteObject> {
        self.object(call.started.association, call.remote_object()?)
    }

    /// A registration.
    #[must_use]
    pub fn registration(&self, id: RegistrationId) -> Option<&Registration> {
        self.registrations.get(id)
    }

    /// All registrations, ended ones too.
    pub fn registrations(&self) -> impl Iterator<Item = &Registration> {
        self.registrations.values()
    }

    /// Whether anything is known of what notification sources do: of a capture nothing is.
    #[must_use]
    pub fn knows_sources(&self) -> bool {
        self.config.source != Source::Unseen || !self.stimuli.is_empty()
    }

    /// What notification sources were asked for.
    #[must_use]
    pub fn stimuli(&self) -> &Stimuli {
        &self.stimuli
    }

    /// The next time at which something is due, with the number that its event has to carry.
    #[must_use]
    pub fn next_due(&self) -> Option<(Time, u64)> {
        self.deadlines.next()
    }

    /// What is due under that number; nothing, when that has perhaps come among octets that were not seen.
    #[must_use]
    pub fn due(&self, number: u64) -> Option<&Due> {
        match &self.passing {
            Some((passing, due)) if *passing == number => due.as_ref(),
            _ => self.find_due(number),
        }
    }

    fn find_due(&self, number: u64) -> Option<&Due> {
        let is_open = |call: CallId| self.call(call).is_none_or(|call| !call.perhaps_over);
        self.deadlines.get(number).filter(|due| due.calls().into_iter().flatten().all(is_open))
    }

    /// Makes ready what many rules ask for, before they look at an event.
    pub(crate) fn read(&mut self, event: &Event) {
        self.passing = match event.kind {
            Kind::Deadline(number) => Some((number, self.find_due(number).copied())),
            _ => None,
        };
        self.read_notification(event);
    }

    /// Lets an event take effect.
    pub fn apply(&mut self, event: &Event) {
        match &event.kind {
            Kind::CallStarted(started) => self.call_started(event, started),
            Kind::CallFinished(finished) => self.call_finished(event, finished),
            Kind::Opened(opened) => {
                self.connections.insert(opened.connection, Connection::opened(opened));
            }
            Kind::Negotiated(negotiated) => self.negotiated(negotiated),
            Kind::Joined { connection, association } => {
                self.connections.or_default(*connection).association = Some(*association);
            }
            Kind::Pdu(pdu) => {
                self.principals.pdu(pdu);
                self.connections.or_default(pdu.connection).pdu(pdu);
            }
            Kind::Gap(gap) => self.gap(gap),
            Kind::Closed { connection, .. } => {
                self.connections.remove(*connection);
            }
            Kind::AssociationEnded(association) => self.run_down(*association, Moment::of(event)),
            Kind::StimulusAsked { number, request } => self.stimulus_asked(Moment::of(event), *number, request),
            Kind::StimulusAnswered { number, answer } => self.stimulus_answered(Moment::of(event), *number, answer),
            Kind::Local(LocalEvent::Authenticated { connection, auth_context_id, user, administrator }) => {
                let known = User { name: user.clone(), administrator: *administrator };
                self.connections.or_default(*connection).users.insert(*auth_context_id, Arc::new(known));
            }
            Kind::Local(LocalEvent::FalseCredentials { connection, user, flaw }) => {
                let impostor = Impostor { user: user.clone(), flaw: *flaw };
                self.connections.or_default(*connection).impostor = Some(impostor);
            }
            Kind::Mark(Mark::Answer(mark)) => self.answer_marked(mark),
            Kind::Refused(_)
            | Kind::Secured(_)
            | Kind::MapperAsked(_)
            | Kind::MapperAnswered(_)
            | Kind::Local(_)
            | Kind::Deadline(_)
            | Kind::Mark(_)
            | Kind::End(_) => {}
        }
        channel::apply(self, event);
        client::apply(self, event);
        endpoint::apply(self, event);
        if let Kind::Deadline(number) = &event.kind {
            self.deadlines.remove(*number);
            self.passing = None;
        }
        self.forget(event);
    }

    /// Names a time at which something is due. Nothing is due of a call with which the server need not have begun.
    pub(crate) fn set_due(&mut self, time: Time, due: Due) {
        let calls = due.calls().into_iter().flatten();
        let queued = calls.filter_map(|call| self.call(call)).any(|call| call.queued);
        if !queued {
            self.deadlines.set(time, due);
        }
    }

    fn call_started(&mut self, event: &Event, started: &CallStarted) {
        let mut call = Call::new(Moment::of(event), started);
        call.unreadable = self.unreadable.remove(&started.call);
        let connection = self.connections.get(started.connection);
        call.queued = connection.is_some_and(|known| known.exclusive && known.open_calls.len() > 1);
        self.associations.or_default(started.association);
        self.object_call_started(&mut call);
        self.calls.insert(started.call, call);
        let connection = self.connections.or_default(started.connection);
        connection.association.get_or_insert(started.association);
        connection.outstanding.insert((started.call_id, started.call), ());
        connection.guards_calls |= started.protection.as_ref().is_some_and(Protection::is_guard);
        self.bind_call(started.call);
        let sealed = self.association(started.association).is_some_and(|known| known.sealed > 0);
        if let Some(call) = self.calls.get_mut(started.call).filter(|_| sealed) {
            call.doubt();
        }
        self.set_call_deadlines(started.call);
    }

    fn call_finished(&mut self, event: &Event, finished: &CallFinished) {
        let at = Moment::of(event);
        let Some(call) = self.calls.remove(finished.call) else { return };
        self.refused(&call, &finished.outcome, at);
        self.object_call_finished(&call, finished, at);
        self.delivered(&call, finished, at);
        self.unproven_handles(&call, finished);
        if let Some(connection) = self.connections.get_mut(finished.connection) {
            connection.call_finished(&call, finished);
        }
    }
}
