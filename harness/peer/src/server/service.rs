//! The server with its connections.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dcerpc::connection::Established;
use dcerpc::connection::server::Options as Offer;
use dcerpc::security::{Level, SecurityError, SessionKey};
use dcerpc::{ByteOrder, SyntaxId, TransferSyntax, epm, mgmt};
use mspan::Interface;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinSet;
use trace::stimulus::{Answer, Request};

use super::call::{AssociationId, CallToken, Caller, Completion, Identity};
use super::endpoint_map::EndpointMap;
use super::management::Counts;
use super::options::ServerOptions;
use super::print_server::PrintServer;
use super::script::Scripted;
use super::session::Session;
use super::spoil::spoil_offer;
use super::wire::Wire;
use crate::variant::Variant;

/// bind_nak's REASON_NOT_SPECIFIED ([C706] 12.6.3.1).
const REASON_NOT_SPECIFIED: u16 = 0;

/// A connection that was accepted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accepted {
    /// Address of the client: `127.0.0.1:50000`, or a name for connections in memory.
    pub client: String,
    /// Address that accepted it. What follows its last colon is the secondary address of bind_ack.
    pub server: String,
    /// In whose name calls on it are made; anonymous when absent.
    pub identity: Option<Identity>,
    /// What is answered otherwise than the server would.
    pub script: Option<Scripted>,
}

/// What a connection is served as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// The two interfaces.
    PrintServer,
    /// The endpoint mapper of the machine.
    EndpointMapper {
        /// The port that the print server listens on.
        port: u16,
    },
}

/// The reference server: a [`PrintServer`] that speaks DCE/RPC over streams. Clones are the same server.
#[derive(Clone, Debug)]
pub struct Server {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    options: ServerOptions,
    counts: Counts,
    shutting_down: watch::Sender<bool>,
}

#[derive(Debug)]
struct State {
    print_server: PrintServer,
    associations: HashMap<u32, Association>,
    last_association: u32,
    last_connection: u64,
    /// Who has authenticated first, where that matters.
    first_comer: Option<Identity>,
    /// Where completions of blocked calls go.
    connections: HashMap<u64, mpsc::UnboundedSender<Completion>>,
}

/// The connections of one client.
#[derive(Debug)]
struct Association {
    connections: usize,
    /// The machine that it came from, when that is known.
    machine: Option<IpAddr>,
}

impl Server {
    /// A server without connections.
    #[must_use]
    pub fn new(options: ServerOptions) -> Self {
        let state = State {
            print_server: PrintServer::new(options.clone()),
            associations: HashMap::new(),
            last_association: 0,
            last_connection: 0,
            first_comer: None,
            connections: HashMap::new(),
        };
        let shutting_down = watch::Sender::new(false);
        Self {
            shared: Arc::new(Shared { state: Mutex::new(state), options, counts: Counts::default(), shutting_down }),
        }
    }

    /// Serves one connection until either end closes it.
    ///
    /// # Errors
    /// What the transport says.
    pub async fn serve_connection<S>(&self, stream: S, accepted: Accepted) -> io::Result<()>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        self.serve(stream, accepted, Role::PrintServer).await
    }

    /// Serves one connection as the endpoint mapper of this server, which listens on `port`, until either end closes it.
    ///
    /// # Errors
    /// What the transport says.
    pub async fn serve_mapper_connection<S>(&self, stream: S, accepted: Accepted, port: u16) -> io::Result<()>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        self.serve(stream, accepted, Role::EndpointMapper { port }).await
    }

    async fn serve<S>(&self, stream: S, accepted: Accepted, role: Role) -> io::Result<()>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let (sender, completions) = mpsc::unbounded_channel();
        let number = self.state().open_connection(sender);
        let wire = Wire::new(self.shared.options.misbehaviour);
        let anonymous = Identity::anonymous(self.shared.options.anonymous_administrator);
        let membership = Membership {
            server: self.clone(),
            number,
            machine: machine(&accepted.client),
            caller: Caller { association: AssociationId(0), identity: accepted.identity.unwrap_or(anonymous) },
            identities: BTreeMap::new(),
            script: accepted.script,
        };
        let mut offer = self.offer(&accepted.server);
        let mut map = None;
        if let Role::EndpointMapper { port } = role {
            let options = &self.shared.options;
            offer.interfaces = vec![epm::INTERFACE, mgmt::INTERFACE];
            // It belongs to the machine, and has what the machine has, whatever one server of it speaks.
            offer.transfer_syntaxes = ServerOptions::default().transfer_syntaxes;
            // Whoever looks for the server's port has not met the server yet.
            offer.required_level = Level::NONE;
            map = Some(EndpointMap::new(port, &accepted.server, options.variant, options.misbehaviour));
        }
        Session::new(stream, membership, wire, offer, map, completions).run().await
    }

    /// Serves everybody who connects, until an orderly shutdown was begun and all connections have ended.
    ///
    /// # Errors
    /// When the listener can't accept any more.
    pub async fn listen(&self, listener: TcpListener) -> io::Result<()> {
        self.accept(listener, Role::PrintServer).await
    }

    /// Serves everybody who connects as the endpoint mapper of this server, which listens on `port`.
    ///
    /// # Errors
    /// When the listener can't accept any more.
    pub async fn listen_as_mapper(&self, listener: TcpListener, port: u16) -> io::Result<()> {
        self.accept(listener, Role::EndpointMapper { port }).await
    }

    async fn accept(&self, listener: TcpListener, role: Role) -> io::Result<()> {
        let mut shutting_down = self.shared.shutting_down.subscribe();
        let room = Arc::new(Semaphore::new(self.shared.options.max_connections));
        let mut sessions = JoinSet::new();
        loop {
            while sessions.try_join_next().is_some() {}
            let accept = async {
                let place = Arc::clone(&room).acquire_owned().await.map_err(io::Error::other)?;
                listener.accept().await.map(|(stream, client)| (stream, client, place))
            };
            let (stream, client, place) = tokio::select! {
                accepted = accept => match accepted {
                    Ok(accepted) => accepted,
                    Err(error) if is_passing(&error) => continue,
                    Err(error) => return Err(error),
                },
                _ = shutting_down.wait_for(|down| *down) => break,
            };
            stream.set_nodelay(true)?;
            let accepted = Accepted {
                client: client.to_string(),
                server: stream.local_addr()?.to_string(),
                ..Accepted::default()
            };
            let server = self.clone();
            sessions.spawn(async move {
                if let Err(error) = server.serve(stream, accepted, role).await {
                    tracing::debug!(%client, %error, "connection broken");
                }
                drop(place);
            });
        }
        drop(listener);
        while sessions.join_next().await.is_some() {}
        Ok(())
    }

    /// Does what a notification source is asked to do (3.1.1.6).
    #[must_use]
    pub fn source(&self, request: Request) -> Answer {
        let mut state = self.state();
        let answer = state.print_server.source(request);
        state.hand_out(None, &mut Vec::new());
        let down = state.print_server.is_shutting_down();
        drop(state);
        self.shared.shutting_down.send_if_modified(|was| core::mem::replace(was, down) != down);
        answer
    }

    /// How many connections are being served.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.state().connections.len()
    }

    fn offer(&self, address: &str) -> Offer {
        let options = &self.shared.options;
        let port = address.rsplit_once(':').map_or("", |(_, port)| port);
        let mut offer = Offer {
            transfer_syntaxes: options.transfer_syntaxes.clone(),
            max_outstanding: options.max_outstanding,
            secondary_address: port.to_owned(),
            ..Offer::new(interfaces())
        };
        if let Some(authentication) = &options.authentication {
            offer.acceptor = Some(Arc::clone(&authentication.acceptor));
            offer.required_level = authentication.required_level;
            offer.packet_level = authentication.packet_level;
        }
        match options.variant {
            Some(Variant::BigEndian) => offer.order = ByteOrder::Big,
            Some(Variant::SmallFragments) => offer.stub_octets_per_fragment = Some(8),
            Some(Variant::NdrOnly) => offer.transfer_syntaxes = vec![TransferSyntax::Ndr],
            Some(Variant::NoMultiplexing) => offer.multiplexing = false,
            Some(Variant::PacketLevelRequired) => offer.required_level = Level::PKT,
            _ => {}
        }
        if let Some(misbehaviour) = options.misbehaviour {
            spoil_offer(misbehaviour, &mut offer);
        }
        offer
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn open_connection(&mut self, sender: mpsc::UnboundedSender<Completion>) -> u64 {
        self.last_connection += 1;
        self.connections.insert(self.last_connection, sender);
        self.last_connection
    }

    /// Hands completions to the connections of their calls; those of connection `own` go to `completed`.
    fn hand_out(&mut self, own: Option<u64>, completed: &mut Vec<Completion>) {
        while let Some(completion) = self.print_server.next_completion() {
            let number = completion.token.connection;
            if own == Some(number) {
                completed.push(completion);
            } else if let Some(sender) = self.connections.get(&number)
                && sender.send(completion).is_err()
            {
                tracing::debug!(number, "completion for a connection that has ended");
            }
        }
    }

    /// A new association, or one that exists and belongs to the same machine ([MS-RPCE] 3.3.1.5.7).
    fn associate(&mut self, requested: u32, machine: Option<IpAddr>) -> Result<u32, u16> {
        if requested == 0 {
            self.last_association += 1;
            self.associations.insert(self.last_association, Association { connections: 1, machine });
            return Ok(self.last_association);
        }
        match self.associations.get_mut(&requested) {
            Some(association) if association.machine == machine => {
                association.connections += 1;
                Ok(requested)
            }
            _ => Err(REASON_NOT_SPECIFIED),
        }
    }

    fn leave(&mut self, number: u64, association: AssociationId) {
        self.connections.remove(&number);
        self.print_server.connection_ended(number);
        self.leave_association(association);
        self.hand_out(None, &mut Vec::new());
    }

    fn leave_association(&mut self, association: AssociationId) {
        if let Some(left) = self.associations.get_mut(&association.0) {
            left.connections = left.connections.saturating_sub(1);
            if left.connections == 0 {
                self.associations.remove(&association.0);
                self.print_server.association_ended(association);
            }
        }
    }
}

/// A connection's place in the server; it is left when this is dropped.
#[derive(Debug)]
pub(super) struct Membership {
    server: Server,
    number: u64,
    machine: Option<IpAddr>,
    /// In whose name calls outside of security contexts are made.
    caller: Caller,
    /// In whose name those in security contexts are, by auth_context_id.
    identities: BTreeMap<u32, Identity>,
    /// What is answered otherwise than the server would.
    pub(super) script: Option<Scripted>,
}

impl Membership {
    /// Joins an association: the one requested, or with 0 a new one.
    pub(super) fn associate(&mut self, requested: u32) -> Result<u32, u16> {
        let mut state = self.server.state();
        let association = state.associate(requested, self.machine)?;
        let own = match self.server.shared.options.misbehaviour {
            Some(crate::Misbehaviour::HandlesOfOneConnection) if requested != 0 => {
                state.leave_association(AssociationId(requested));
                state.associate(0, self.machine)?
            }
            _ => association,
        };
        drop(state);
        self.caller.association = AssociationId(own);
        Ok(association)
    }

    /// Notes in whose name the calls in a security context are made.
    pub(super) fn admit(&mut self, established: &Established, key: Option<&SessionKey>) {
        let authentication = self.server.shared.options.authentication.as_ref();
        let account = established.account.as_ref();
        let identity = authentication.zip(account).map(|(authentication, account)| authentication.identity(account));
        if let Some(script) = &self.script {
            script.tell_established(established.auth_context_id, key, identity.as_ref());
        }
        let identity = match self.server.shared.options.misbehaviour {
            Some(crate::Misbehaviour::CallersNotToldApart) => {
                let mut state = self.server.state();
                state.first_comer = state.first_comer.take().or(identity);
                state.first_comer.clone()
            }
            _ => identity,
        };
        self.identities.extend(identity.map(|identity| (established.auth_context_id, identity)));
    }

    /// A security context could not be built.
    pub(super) fn refuse(&self, why: &SecurityError) {
        if let Some(authentication) = &self.server.shared.options.authentication {
            authentication.refused(why);
        }
    }

    /// Makes a call, in a security context if there is one. What it completes on this connection goes to `completed`.
    pub(super) fn call(
        &self,
        call_id: u32,
        auth_context_id: Option<u32>,
        input: mspan::method::In,
        completed: &mut Vec<Completion>,
    ) {
        let authenticated = auth_context_id.and_then(|id| self.identities.get(&id)).map(|identity| {
            let association = self.caller.association;
            Caller { association, identity: identity.clone() }
        });
        let mut state = self.server.state();
        state.print_server.call(authenticated.as_ref().unwrap_or(&self.caller), self.token(call_id), input);
        state.hand_out(Some(self.number), completed);
    }

    /// Cancels a call.
    pub(super) fn cancel(&self, call_id: u32, completed: &mut Vec<Completion>) {
        let mut state = self.server.state();
        state.print_server.cancel(self.token(call_id));
        state.hand_out(Some(self.number), completed);
    }

    /// What the server has counted.
    pub(super) fn counts(&self) -> &Counts {
        &self.server.shared.counts
    }

    pub(super) fn token(&self, call_id: u32) -> CallToken {
        CallToken { connection: self.number, call_id }
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        self.server.state().leave(self.number, self.caller.association);
    }
}

/// What is offered on the port of a print server: the two interfaces, and management, which no server is without.
fn interfaces() -> Vec<SyntaxId> {
    Interface::ALL.into_iter().map(Interface::id).chain([mgmt::INTERFACE]).collect()
}

fn machine(client: &str) -> Option<IpAddr> {
    client.parse::<SocketAddr>().ok().map(|address| address.ip())
}

/// Errors of accept that concern one connection only.
fn is_passing(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionReset | Interrupted)
}
