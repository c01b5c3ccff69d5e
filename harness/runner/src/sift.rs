//! Of a capture's connections those of the protocol, found also by what their calls tell.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use ::capture::Speaker;
use conformance::event::{CallFinished, CallStarted, Event, Kind};
use conformance::handle;
use conformance::sieve::{Sieve, Sifted, sender};
use dcerpc::ContextHandle;
use dcerpc::epm::Tower;
use mspan::Interface;
use trace::{ConnectionId, Direction, Entry, Time};

/// A sieve that is told what helps to find connections whose bind was not captured: by whoever hears what it passes on.
#[derive(Debug, Default)]
pub(crate) struct Sift {
    sieve: Sieve<u64>,
    last: Time,
    foreign: Vec<ConnectionId>,
    servers: BTreeMap<ConnectionId, String>,
    lately: Lately,
    /// Empty between two entries.
    clues: Vec<Clue>,
}

/// Handles that were told last, by the connection and a part of the handle: nearly each call names one that a call before has named.
#[derive(Debug)]
struct Lately(Vec<Option<(ConnectionId, ContextHandle)>>);

impl Default for Lately {
    fn default() -> Self {
        Self(vec![None; 256])
    }
}

impl Lately {
    /// Whether a handle may not have been told of a connection. From now on it has.
    fn is_new(&mut self, connection: ConnectionId, handle: ContextHandle) -> bool {
        let told = (connection, handle);
        let place = connection.0 as usize ^ usize::from(handle.uuid.as_bytes()[0]);
        let known = self.0.get_mut(place % 256);
        known.is_none_or(|known| known.replace(told) != Some(told))
    }
}

/// Hears an entry, and shows the events that come of it.
pub(crate) type Hear<'a> = dyn FnMut(&Entry, &mut dyn FnMut(&Event)) + 'a;

impl Sift {
    /// A sieve for whoever has secrets that open protected calls, or for one who has none.
    pub(crate) fn new(has_secrets: bool) -> Self {
        let sieve = if has_secrets { Sieve::keeping_protected_calls() } else { Sieve::default() };
        Self { sieve, ..Self::default() }
    }

    /// What a packet completed. What is to be judged goes to `hear`, with the packet's number for its sequence number.
    pub(crate) fn entry(&mut self, packet: u64, entry: Entry, hear: &mut Hear<'_>) {
        let mut clues = std::mem::take(&mut self.clues);
        // What was held is told late: a trace does not run backwards.
        self.last = self.last.max(entry.time);
        let time = self.last;
        let lately = &mut self.lately;
        let foreign = self.sieve.push(packet, entry.seen, &mut |packet, seen| {
            hear(&Entry { sequence: packet, time, seen }, &mut |event| take_clues(event, lately, &mut clues));
        });
        self.foreign.extend(foreign);
        clues.drain(..).for_each(|clue| self.follow(clue));
        self.clues = clues;
    }

    /// Connections of which nothing more has to be told.
    pub(crate) fn foreign(&mut self) -> impl Iterator<Item = ConnectionId> {
        self.foreign.drain(..)
    }

    /// What was found, and the time of the last entry.
    pub(crate) fn finish(self) -> (Sifted, Time) {
        (self.sieve.finish(), self.last)
    }

    fn follow(&mut self, clue: Clue) {
        match clue {
            Clue::Opened(connection, server) => {
                self.servers.insert(connection, server);
            }
            Clue::Closed(connection) => {
                self.servers.remove(&connection);
            }
            Clue::Handle(connection, handle) => {
                if let Some(server) = self.servers.get(&connection) {
                    self.sieve.know_handle(server, handle);
                }
            }
            Clue::Place(server) => self.sieve.know_place(&server),
        }
    }
}

/// Who sends octets that begin with a PDU.
pub(crate) fn speaker(octets: &[u8]) -> Option<Speaker> {
    sender(octets).map(|direction| match direction {
        Direction::ToServer => Speaker::Client,
        Direction::ToClient => Speaker::Server,
    })
}

/// What an event says of connections.
#[derive(Debug)]
enum Clue {
    Opened(ConnectionId, String),
    Closed(ConnectionId),
    Handle(ConnectionId, ContextHandle),
    Place(String),
}

fn take_clues(event: &Event, lately: &mut Lately, clues: &mut Vec<Clue>) {
    match &event.kind {
        Kind::Opened(opened) => clues.push(Clue::Opened(opened.connection, opened.server.clone())),
        Kind::Closed { connection, .. } => clues.push(Clue::Closed(*connection)),
        Kind::CallStarted(CallStarted { connection, .. }) | Kind::CallFinished(CallFinished { connection, .. }) => {
            let new = handle::of_event(event).filter(|handle| lately.is_new(*connection, *handle));
            clues.extend(new.map(|handle| Clue::Handle(*connection, handle)));
        }
        Kind::MapperAnswered(answered) => {
            let ours = |tower: &&Tower| tower.interface().is_some_and(|id| Interface::from_id(id).is_some());
            let endpoints = answered.answer.towers().filter(ours).filter_map(Tower::tcp_endpoint);
            clues.extend(endpoints.map(|at| Clue::Place(SocketAddr::from((at.address, at.port)).to_string())));
        }
        _ => {}
    }
}
