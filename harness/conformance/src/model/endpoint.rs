//! What endpoint mappers were asked and said, as far as it concerns the interfaces of [MS-PAN] (2.1, 3.1.1.3, 3.2.1.3).

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;

use mspan::Interface;
use trace::{ConnectionId, LocalEvent, Vantage};

use super::{Model, Moment};
use crate::event::{CallId, Event, Kind, MapperAnswered, MapperAsked, Opened, Question};

/// Endpoints that clients were given, clients that asked, and endpoints that serve: how many of each are remembered. A server has a
/// few; whoever gives thousands fills memory.
const MOST: usize = 4_096;

/// What is known of endpoint mappers.
#[derive(Debug, Default)]
pub struct Endpoints {
    connections: BTreeMap<ConnectionId, Ends>,
    asked: BTreeMap<CallId, Asked>,
    mapped: BTreeMap<(String, Interface, Endpoint), Mapping>,
    /// Who has asked for any of our interfaces.
    askers: BTreeSet<String>,
    /// Address of the endpoint mapper that a client was told of, by the client.
    offered: BTreeMap<String, String>,
    /// Endpoints that were seen to serve an interface.
    served: BTreeSet<(Endpoint, Interface)>,
    /// Whether an endpoint that a client was given, or a client that asked, is not among them.
    forgets: bool,
}

/// The two ends of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ends {
    /// The client's host, or the actor that plays it.
    pub who: String,
    /// Whether the harness knows the client by a name: it is an actor or a client under test.
    pub is_known: bool,
    /// Where it leads to.
    pub server: Endpoint,
}

/// A host and a port, as a trace names them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Endpoint {
    /// The host.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// A question to an endpoint mapper that was not answered yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// What was asked.
    pub question: Question,
    /// Who asked, and which endpoint mapper.
    pub ends: Ends,
    /// Whether it was a step of the harness: then the endpoint mapper is known to be the target's.
    pub by_harness: bool,
    /// Whether it was written as it should be.
    pub is_clean: bool,
}

/// That an endpoint mapper gave an endpoint for an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// When it did so last.
    pub at: Moment,
    /// Whether a step of the harness asked.
    pub by_harness: bool,
}

impl Endpoint {
    /// Reads `HOST:PORT`; none where the last colon is not followed by a port.
    #[must_use]
    pub fn parse(address: &str) -> Option<Self> {
        let (host, port) = address.rsplit_once(':')?;
        Some(Self { host: String::from(host), port: port.parse().ok()? })
    }
}

impl Model {
    /// Whether our own side is the client of a connection: a run that is witnessed there names its actors. A capture names nobody.
    #[must_use]
    pub fn plays_client(&self, connection: ConnectionId) -> bool {
        self.config.vantage == Vantage::Client && self.endpoints.ends(connection).is_some_and(|ends| ends.is_known)
    }
}

impl Endpoints {
    /// A question that was not answered yet.
    #[must_use]
    pub fn asked(&self, call: CallId) -> Option<&Asked> {
        self.asked.get(&call)
    }

    /// The ends of a connection that was seen to open.
    #[must_use]
    pub fn ends(&self, connection: ConnectionId) -> Option<&Ends> {
        self.connections.get(&connection)
    }

    /// Whether a client has asked for any of our interfaces and was answered.
    #[must_use]
    pub fn has_asked(&self, who: &str) -> bool {
        self.askers.contains(who)
    }

    /// The address of the endpoint mapper that a client was told of.
    #[must_use]
    pub fn offered(&self, who: &str) -> Option<&str> {
        self.offered.get(who).map(String::as_str)
    }

    /// Whether there were more than are remembered, so that who is not among them may have asked and been given others.
    #[must_use]
    pub fn forgets(&self) -> bool {
        self.forgets
    }

    /// The endpoints that a client was given for our interfaces.
    pub fn given<'a>(&'a self, who: &'a str) -> impl Iterator<Item = &'a Endpoint> {
        self.mapped.keys().filter(move |(client, ..)| client == who).map(|(_, _, endpoint)| endpoint)
    }

    /// Whether a client was given an endpoint, for any of our interfaces: they may share it. A client that the harness has told
    /// of an endpoint mapper may reach one host by several addresses, so there only the port counts.
    #[must_use]
    pub fn is_given(&self, who: &str, endpoint: &Endpoint) -> bool {
        let any_host = self.offered.contains_key(who);
        self.given(who).any(|given| given == endpoint || any_host && given.port == endpoint.port)
    }

    /// The interfaces that were mapped to an endpoint, and how. Of what the harness asked, only the port counts: it may have
    /// dialled the target by another name than the mapper's.
    pub fn at<'a>(&'a self, endpoint: &'a Endpoint) -> impl Iterator<Item = (Interface, Mapping)> + 'a {
        self.mapped.iter().filter_map(move |((_, interface, given), mapping)| {
            let same = given == endpoint || mapping.by_harness && given.port == endpoint.port;
            same.then_some((*interface, *mapping))
        })
    }

    /// Whether a host was seen to serve an interface.
    #[must_use]
    pub fn serves(&self, host: &str, interface: Interface) -> bool {
        self.served.iter().any(|(known, served)| known.host == host && *served == interface)
    }

    /// Whether an endpoint was seen to serve any of our interfaces: then a service of [MS-PAN] listens there.
    #[must_use]
    pub fn is_ours(&self, endpoint: &Endpoint) -> bool {
        self.served.iter().any(|(known, _)| known == endpoint)
    }

    fn apply(&mut self, model: &Model, event: &Event) {
        match &event.kind {
            Kind::Opened(opened) => self.opened(model, opened),
            Kind::Closed { connection, .. } => {
                self.connections.remove(connection);
            }
            Kind::Negotiated(negotiated) if negotiated.accepted.is_some() => {
                let interface = Interface::from_id(negotiated.abstract_syntax);
                let ends = self.connections.get(&negotiated.connection).filter(|_| self.served.len() < MOST);
                if let Some((ends, interface)) = ends.zip(interface) {
                    self.served.insert((ends.server.clone(), interface));
                }
            }
            Kind::MapperAsked(asked) => self.question(model, asked),
            Kind::MapperAnswered(answered) => self.answer(answered, Moment::of(event)),
            Kind::CallFinished(finished) => {
                self.asked.remove(&finished.call);
            }
            Kind::Local(LocalEvent::MapperOffered { client, address }) => {
                self.offered.insert(client.clone(), address.clone());
            }
            _ => {}
        }
    }

    fn opened(&mut self, model: &Model, opened: &Opened) {
        let Some(server) = Endpoint::parse(&opened.server) else { return };
        let ends = Ends { who: model.clients.named(opened), is_known: opened.actor.is_some(), server };
        self.connections.insert(opened.connection, ends);
    }

    fn question(&mut self, model: &Model, asked: &MapperAsked) {
        let Some(ends) = self.connections.get(&asked.connection).cloned() else { return };
        let by_harness = model.call(asked.call).is_some_and(|call| call.started.mark.is_some());
        let (question, is_clean) = (asked.question.clone(), asked.defects.is_empty());
        self.asked.insert(asked.call, Asked { question, ends, by_harness, is_clean });
    }

    /// A mapper tells of its own host: an address in a tower may be none, or one that is not reached from here.
    fn answer(&mut self, answered: &MapperAnswered, at: Moment) {
        let Some(Asked { question, ends, by_harness, .. }) = self.asked.get(&answered.call) else { return };
        if question.interface().is_some_and(|id| Interface::from_id(id).is_some()) {
            if self.askers.len() < MOST {
                self.askers.insert(ends.who.clone());
            } else {
                self.forgets |= !self.askers.contains(&ends.who);
            }
        }
        for tower in answered.answer.towers() {
            let interface = tower.interface().and_then(Interface::from_id);
            let port = tower.tcp_endpoint().map(|endpoint| endpoint.port).filter(|port| *port != 0);
            let Some((interface, port)) = interface.zip(port) else { continue };
            let endpoint = Endpoint { host: ends.server.host.clone(), port };
            let key = (ends.who.clone(), interface, endpoint);
            if self.mapped.len() >= MOST && !self.mapped.contains_key(&key) {
                self.forgets = true;
                continue;
            }
            let mapping = self.mapped.entry(key).or_insert(Mapping { at, by_harness: *by_harness });
            *mapping = Mapping { at, by_harness: mapping.by_harness || *by_harness };
        }
    }
}

/// Lets an event take effect on what is known of endpoint mappers; runs after the rest of the model has taken it in.
pub(super) fn apply(model: &mut Model, event: &Event) {
    let is_idle = match &event.kind {
        Kind::Pdu(_) | Kind::Deadline(_) | Kind::CallStarted(_) => true,
        Kind::CallFinished(finished) => !model.endpoints.asked.contains_key(&finished.call),
        _ => false,
    };
    if is_idle {
        return;
    }
    let mut endpoints = model.endpoints.take();
    endpoints.apply(model, event);
    model.endpoints.put(endpoints);
}
