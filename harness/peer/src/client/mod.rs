//! A client: associations, connections, calls.

mod alteration;
mod call;
mod connection;
mod endpoint;
mod options;
mod outcome;
mod security;
mod tampering;
mod trailer;

pub use alteration::{Alteration, Cut, Then};
pub use call::{Call, Choice, Note, Stub, Ticket};
pub use endpoint::{Dial, Inquiry, MappedConnector, Mapper, Unmapped};
pub use options::{Adding, Options};
pub use outcome::{Outcome, Refused};
pub use security::Security;
pub use tampering::Tampering;
pub use trailer::Trailer;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use dcerpc::connection::client::{self, Bound, Client};
use dcerpc::ndr::Format;
use dcerpc::pdu::{ContextElement, ContextResult, ResultCode};
use dcerpc::{SyntaxId, TransferSyntax};
use tokio::sync::Mutex as AsyncMutex;
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout, timeout_at};
use trace::{ConnectionId, LocalEvent};

use crate::Tap;
use crate::transport::Connector;
use connection::{Answer, Claim, Connection, Extras};

/// An association of [MS-RPCE]: the connections of one client to one server that share context handles. Clones are the
/// same association.
///
/// A call occupies its connection until it comes back, so that a call which blocks makes the next one take another
/// connection, unless the server granted several at once. When the last connection has ended, the next one begins a new
/// association.
#[derive(Clone)]
pub struct Association(Arc<Inner>);

struct Inner {
    connector: Arc<dyn Connector>,
    tap: Tap,
    options: Options,
    members: Mutex<Members>,
    /// Held while the first connection is bound: all others need its assoc_group_id.
    founding: AsyncMutex<()>,
}

#[derive(Default)]
struct Members {
    connections: Vec<(Arc<Connection>, AbortHandle)>,
    association: u32,
    opened: u32,
}

/// A bind with any contexts, on a connection of its own.
#[derive(Clone, Debug)]
pub struct Binding {
    /// The name of the connection; a number when absent.
    pub name: Option<String>,
    /// What is proposed.
    pub contexts: Vec<ContextElement>,
    /// The association to join: this one when absent, a new one with 0.
    pub association: Option<u32>,
    /// How long it may take from connecting to the answer.
    pub limit: Duration,
    /// What is wrong about it on purpose.
    pub alteration: Option<Alteration>,
}

impl Association {
    /// An association without any connection yet.
    #[must_use]
    pub fn new(connector: Arc<dyn Connector>, tap: Tap, options: Options) -> Self {
        let members = Mutex::default();
        Self(Arc::new(Inner { connector, tap, options, members, founding: AsyncMutex::new(()) }))
    }

    /// An association of its own for the same client and server.
    #[must_use]
    pub fn another(&self) -> Self {
        Self::new(Arc::clone(&self.0.connector), self.0.tap.clone(), self.0.options.clone())
    }

    /// Its assoc_group_id; 0 while there is none.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.0.members().association
    }

    /// The names of its connections that have not ended, in the order of their opening.
    #[must_use]
    pub fn connections(&self) -> Vec<String> {
        self.0.alive().iter().map(|connection| connection.name.clone()).collect()
    }

    /// The number in the trace of the connection of that name.
    #[must_use]
    pub fn connection_id(&self, name: &str) -> Option<ConnectionId> {
        self.0.named(name).map(|connection| connection.id)
    }

    /// Makes a call and waits for it to come back. Dropping this leaves the call under way at the server.
    pub async fn call(&self, call: &Call) -> Outcome {
        timeout(call.limit, self.0.call(call)).await.unwrap_or(Outcome::TimedOut)
    }

    /// Opens a connection and binds it with any contexts.
    ///
    /// # Errors
    /// Whatever came instead of a bind_ack; a bind_ack that accepts nothing is none.
    pub async fn bind(&self, binding: &Binding) -> Result<Bound, Outcome> {
        timeout(binding.limit, self.0.bind(binding)).await.unwrap_or(Err(Outcome::TimedOut))
    }

    /// Builds a further security context on the connection of that name, by an alter_context that proposes its contexts for
    /// an interface once more. Gives the auth_context_id, by which calls may be made in it.
    ///
    /// # Errors
    /// Whatever came instead of it.
    pub async fn authenticate(
        &self,
        name: &str,
        interface: SyntaxId,
        security: &Security,
        limit: Duration,
    ) -> Result<u32, Outcome> {
        let Some(connection) = self.0.named(name) else { return Err(Outcome::Dropped) };
        timeout(limit, self.0.authenticate(&connection, interface, security)).await.unwrap_or(Err(Outcome::TimedOut))
    }

    /// Opens a connection of that name without binding it.
    ///
    /// # Errors
    /// [`Outcome::Unreachable`].
    pub async fn open(&self, name: &str, limit: Duration) -> Result<ConnectionId, Outcome> {
        self.0.open(Some(name), Instant::now() + limit).await.map(|claim| claim.0.id)
    }

    /// Sends octets as they are on the connection of that name. False when there is none, or the limit has passed.
    pub async fn send(&self, name: &str, octets: Bytes, limit: Duration) -> bool {
        let Some(connection) = self.0.named(name) else { return false };
        timeout(limit, connection.send(octets)).await.is_ok()
    }

    /// Asks the server to end a call soon. False when the call is not under way, or the limit has passed.
    pub async fn cancel(&self, ticket: &Ticket, limit: Duration) -> bool {
        let Some((connection, call_id)) = ticket.call() else { return false };
        timeout(limit, connection.cancel(call_id)).await.is_ok()
    }

    /// Gives a call up: it comes back with [`Outcome::Dropped`]. False when the call is not under way, or the limit has
    /// passed.
    pub async fn orphan(&self, ticket: &Ticket, limit: Duration) -> bool {
        let Some((connection, call_id)) = ticket.call() else { return false };
        timeout(limit, connection.orphan(call_id)).await.is_ok()
    }

    /// Waits until the connection of that name has ended, and tells how; none when it has not within the limit. A
    /// connection that is not known has been dropped.
    pub async fn ended(&self, name: &str, limit: Duration) -> Option<Outcome> {
        match self.0.find(name) {
            Some(connection) => timeout(limit, connection.end()).await.ok(),
            None => Some(Outcome::Dropped),
        }
    }

    /// Closes the connection of that name in good order. False when there is none.
    pub async fn close(&self, name: &str) -> bool {
        let Some(connection) = self.0.named(name) else { return false };
        connection.close().await;
        true
    }

    /// Breaks the connection of that name. False when there is none.
    pub async fn abort(&self, name: &str) -> bool {
        let Some(connection) = self.0.named(name) else { return false };
        connection.abort().await;
        true
    }

    /// Closes all connections in good order.
    pub async fn close_all(&self) {
        for connection in self.0.alive() {
            connection.close().await;
        }
    }
}

impl Inner {
    /// How many connections are kept before those that have ended are forgotten.
    const KEPT: usize = 256;

    fn members(&self) -> MutexGuard<'_, Members> {
        // No statement under this lock leaves it half changed.
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn alive(&self) -> Vec<Arc<Connection>> {
        let members = self.members();
        let alive = members.connections.iter().map(|(connection, _)| connection);
        alive.filter(|connection| !connection.is_ended()).cloned().collect()
    }

    /// The connection of that name that was opened last.
    fn find(&self, name: &str) -> Option<Arc<Connection>> {
        let members = self.members();
        let mut newest_first = members.connections.iter().rev().map(|(connection, _)| connection);
        newest_first.find(|connection| connection.name == name).cloned()
    }

    fn named(&self, name: &str) -> Option<Arc<Connection>> {
        self.find(name).filter(|connection| !connection.is_ended())
    }

    async fn call(&self, call: &Call) -> Outcome {
        let deadline = Instant::now() + call.limit;
        match self.place(call, deadline).await {
            Ok((claim, context)) => self.call_on(claim, context, call).await,
            Err(outcome) => outcome,
        }
    }

    async fn call_on(&self, claim: Claim, context: (u16, TransferSyntax), call: &Call) -> Outcome {
        let (context_id, syntax) = context;
        let connection = Arc::clone(&claim.0);
        let format = Format::new(syntax, self.options.connection.order);
        let request = client::Call {
            context_id,
            opnum: call.opnum,
            object: call.object,
            stub: call.stub.octets(format),
            stub_octets_per_fragment: call.alteration.as_ref().and_then(|it| it.stub_octets_per_fragment),
            auth: call.auth,
        };
        let alteration = call.alteration.as_ref();
        let extras = Extras { note: call.note.as_ref(), alteration, ticket: call.ticket.as_ref() };
        let trailer = alteration.and_then(|it| it.trailer);
        let prepare = |client: &mut Client| match trailer {
            None => make_call(client, &request, alteration),
            Some(trailer) => {
                let request = trailer.behind(&request, call.interface, format, client.next_call_id());
                make_call(client, &request, alteration)
            }
        };
        match connection.exchange(prepare, extras, Some(claim)).await {
            Answer::Outcome(outcome) => outcome,
            Answer::Bound(_) => Outcome::Malformed { offset: 0, why: "a call was answered like a bind".into() },
        }
    }

    /// A connection for a call, and the context of its interface there.
    async fn place(&self, call: &Call, deadline: Instant) -> Result<(Claim, (u16, TransferSyntax)), Outcome> {
        let (chosen, name) = match &call.connection {
            Choice::New => (None, None),
            Choice::Idle => (self.idle(call.interface), None),
            Choice::Named(name) => match self.named(name) {
                Some(connection) => (connection.claim_when_free().await, Some(name.as_str())),
                None => (None, Some(name.as_str())),
            },
        };
        let claim = match chosen {
            Some(claim) if !claim.0.is_fresh() => claim,
            fresh => {
                let _founding = self.found().await;
                if call.association.is_some_and(|association| association != self.members().association) {
                    return Err(Outcome::Dropped);
                }
                let claim = match fresh {
                    Some(claim) => claim,
                    None => self.open(name, deadline).await?,
                };
                self.bind_for(&claim.0, call.interface).await?;
                claim
            }
        };
        let context = match claim.0.context_for(call.interface) {
            Some(context) => context,
            None => self.add_interface(&claim.0, call.interface).await?,
        };
        Ok((claim, context))
    }

    /// A connection on which the call can be made at once, best one that knows its interface.
    fn idle(&self, interface: SyntaxId) -> Option<Claim> {
        let members = self.members();
        let claim = |knows: bool| {
            let connections = members.connections.iter().map(|(connection, _)| connection);
            connections.filter(|it| it.context_for(interface).is_some() == knows).find_map(Connection::claim)
        };
        claim(true).or_else(|| if self.options.adding == Adding::AlterContext { claim(false) } else { None })
    }

    /// Binds a fresh connection for an interface.
    async fn bind_for(&self, connection: &Arc<Connection>, interface: SyntaxId) -> Result<(), Outcome> {
        let association = self.members().association;
        let bound = self.bind_on(connection, self.contexts(0, interface), association, None).await?;
        if connection.context_for(interface).is_none() {
            connection.close().await;
            return Err(refused(&bound));
        }
        Ok(())
    }

    /// Waits until another connection has founded the association; gives the right to do so when none has.
    async fn found(&self) -> Option<tokio::sync::MutexGuard<'_, ()>> {
        if self.has_association() {
            return None;
        }
        let founding = self.founding.lock().await;
        (!self.has_association()).then_some(founding)
    }

    fn has_association(&self) -> bool {
        let mut members = self.members();
        if members.connections.iter().all(|(connection, _)| connection.is_ended()) {
            members.association = 0;
        }
        members.association != 0
    }

    async fn open(&self, name: Option<&str>, deadline: Instant) -> Result<Claim, Outcome> {
        let address = || self.connector.address().to_owned();
        let link = match timeout_at(deadline, self.connector.connect()).await {
            Ok(Ok(link)) => link,
            Ok(Err(error)) => return Err(self.unreachable(address(), error.to_string())),
            Err(_) => return Err(Outcome::Unreachable { address: address(), error: "no answer in time".into() }),
        };
        let mut members = self.members();
        members.connections.retain(|(connection, _)| !connection.is_ended() || Some(connection.name.as_str()) != name);
        if members.connections.len() > Self::KEPT {
            members.connections.retain(|(connection, _)| !connection.is_ended());
        }
        members.opened += 1;
        let name = name.map_or_else(|| members.opened.to_string(), str::to_owned);
        let client = Client::new(self.options.connection.clone());
        let connection = Connection::new(name, client, link, &self.options, self.tap.clone());
        let watch = tokio::spawn(Arc::clone(&connection).watch()).abort_handle();
        members.connections.push((Arc::clone(&connection), watch));
        Ok(Claim(connection))
    }

    /// Notes that nobody is there. (That there is no answer in time may be the fault of what lies between.)
    fn unreachable(&self, address: String, error: String) -> Outcome {
        let (server, actor) = (address.clone(), self.options.actor.clone());
        self.tap.local(LocalEvent::Unreachable { server, actor, error: error.clone() });
        Outcome::Unreachable { address, error }
    }

    async fn bind(&self, binding: &Binding) -> Result<Bound, Outcome> {
        let claim = self.open(binding.name.as_deref(), Instant::now() + binding.limit).await?;
        let association = binding.association.unwrap_or_else(|| self.members().association);
        self.bind_on(&claim.0, binding.contexts.clone(), association, binding.alteration.as_ref()).await
    }

    async fn bind_on(
        &self,
        connection: &Arc<Connection>,
        contexts: Vec<ContextElement>,
        association: u32,
        alteration: Option<&Alteration>,
    ) -> Result<Bound, Outcome> {
        let mut opening = match &self.options.security {
            Some(security) => Some(connection.open(security).await?),
            None => None,
        };
        let prepare = |client: &mut Client| {
            client.bind_altered(contexts.clone(), association, opening.take(), |pdu| {
                if let Some(alteration) = alteration {
                    alteration.alter(pdu);
                }
            })
        };
        match connection.exchange(prepare, Extras { alteration, ..Extras::default() }, None).await {
            Answer::Bound(bound) => {
                let mut members = self.members();
                if members.association == 0 {
                    members.association = bound.association;
                }
                Ok(bound)
            }
            Answer::Outcome(outcome) => Err(outcome),
        }
    }

    async fn authenticate(
        &self,
        connection: &Arc<Connection>,
        interface: SyntaxId,
        security: &Security,
    ) -> Result<u32, Outcome> {
        let (id, syntax) = connection.context_for(interface).ok_or(Outcome::Dropped)?;
        let contexts = vec![ContextElement::new(id, interface, syntax.id())];
        let mut opening = Some(connection.open(security).await?);
        let prepare = |client: &mut Client| match client.is_ready() {
            true => client.alter_context_altered(contexts.clone(), opening.take(), |_| {}),
            false => client.alter_context(Vec::new()),
        };
        match connection.exchange(prepare, Extras::default(), None).await {
            Answer::Bound(_) => connection.last_established().ok_or(Outcome::Dropped),
            Answer::Outcome(outcome) => Err(outcome),
        }
    }

    /// The contexts of an interface: one for each transfer syntax, and the features, as [MS-RPCE] 3.3.1.5.6 and
    /// 3.3.1.5.3 want them.
    fn contexts(&self, first: u16, interface: SyntaxId) -> Vec<ContextElement> {
        let syntaxes = self.options.transfer_syntaxes.iter().map(|syntax| syntax.id());
        let features = self.options.features.filter(|_| first == 0).map(dcerpc::pdu::Features::to_syntax);
        let ids = first..u16::MAX;
        ids.zip(syntaxes.chain(features)).map(|(id, syntax)| ContextElement::new(id, interface, syntax)).collect()
    }

    /// Brings an interface to a connection that has others.
    async fn add_interface(
        &self,
        connection: &Arc<Connection>,
        interface: SyntaxId,
    ) -> Result<(u16, TransferSyntax), Outcome> {
        let contexts = self.contexts(connection.free_context_id().max(1), interface);
        let prepare = |client: &mut Client| client.alter_context(contexts.clone());
        match connection.exchange(prepare, Extras::default(), None).await {
            Answer::Bound(bound) => connection.context_for(interface).ok_or_else(|| refused(&bound)),
            Answer::Outcome(outcome) => Err(outcome),
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        for (connection, watch) in std::mem::take(&mut self.members().connections) {
            watch.abort();
            connection.discard();
        }
    }
}

/// Puts a call's PDUs together, altered or not.
fn make_call(client: &mut Client, call: &client::Call, alteration: Option<&Alteration>) -> Result<u32, client::NotNow> {
    let Some(alteration) = alteration else { return client.call(call.clone()) };
    let next = client.next_call_id();
    let call_id = alteration.call_id.unwrap_or(next);
    client.set_next_call_id(call_id);
    let made = client.call_altered(call.clone(), |pdu| alteration.alter(pdu));
    client.set_next_call_id(if made.is_ok() { next.max(call_id.wrapping_add(1)) } else { next });
    made
}

fn refused(bound: &Bound) -> Outcome {
    let rejected = bound.contexts.iter().find(|(_, result)| result.result != ResultCode::NEGOTIATE_ACK);
    let nothing = ContextResult::reject(ContextResult::REASON_NOT_SPECIFIED);
    let ContextResult { result, reason, .. } = rejected.map_or(nothing, |(_, result)| *result);
    Outcome::BindRefused(Refused::Context { result, reason })
}
