//! The only decoder: entries of a trace in, [`event`](crate::event)s out.
//!
//! ```text
//! octets ─▶ Stream ─▶ PDUs ─▶ Connection ─┬─▶ Contexts      what protects a PDU; opens it with the Keyring
//!           (one a direction)             ├─▶ Negotiation   contexts, association
//!                                         └─▶ Calls         requests and what came back
//! ```
//!
//! Dissecting never fails: what can't be read becomes a [`Gap`], and every octet belongs to a PDU or
//! to a gap. A transport gap reaches from its offset to the next PDU event of its direction, or to the end. How the
//! octets were cut into entries makes no difference but to times and numbers of entries. Memory is bounded by what is
//! open: connections, and their calls without an answer.

mod association;
mod call;
mod connection;
mod handles;
mod keyring;
mod mapper;
mod negotiation;
mod security;
pub(crate) mod stream;
mod stub;
mod token;

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;

use trace::{CallMark, Closed, ConnectionId, Direction, Entry, Mark, Seen, Time};

use crate::event::{CallId, Event, Gap, Kind, Opened};
use crate::open::Open;
use association::Associations;
use connection::Connection;
use handles::Handles;
pub use keyring::{Keyring, Unsealer};

/// Makes events of the entries of one trace, as they come.
#[derive(Debug, Default)]
pub struct Dissector {
    connections: Open<Box<Connection>>,
    known: Known,
    events: u64,
}

/// What connections share.
#[derive(Debug, Default)]
struct Known {
    associations: Associations,
    /// Notes of calls whose request has not been seen yet.
    marks: BTreeMap<(ConnectionId, u32), CallMark>,
    keyring: Keyring,
    handles: Handles,
    calls: u64,
}

impl Known {
    /// The number of the next call.
    fn next_call(&mut self) -> CallId {
        let call = CallId(self.calls);
        self.calls += 1;
        call
    }
}

impl Dissector {
    /// A dissector at the start of a trace.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A dissector at the start of a trace, with the keys of its security contexts.
    #[must_use]
    pub fn with_keys(keyring: Keyring) -> Self {
        Self { known: Known { keyring, ..Known::default() }, ..Self::default() }
    }

    /// Takes the next entry and gives what it completes to `sink`.
    pub fn push(&mut self, entry: &Entry, sink: &mut impl FnMut(Event)) {
        let mut out = Output { events: &mut self.events, time: entry.time, entry: entry.sequence, sink };
        let known = &mut self.known;
        match &entry.seen {
            Seen::Opened(opened) => {
                let trace::Opened { connection, client, server, actor } = opened.clone();
                self.connections.insert(connection, Box::new(Connection::opened(connection, server.clone())));
                out.event(Kind::Opened(Opened { connection, client, server, actor }));
            }
            Seen::Octets(seen) => {
                let connection = connection(&mut self.connections, seen.connection, &mut out);
                connection.octets(seen.direction, &seen.octets, known, &mut out);
            }
            Seen::Lost(lost) => {
                let connection = connection(&mut self.connections, lost.connection, &mut out);
                connection.lost(lost.direction, lost.octets, &mut out);
                connection.join_named(known, &mut out);
            }
            Seen::Closed(closed) => close(&mut self.connections, known, closed, &mut out),
            Seen::Mark(mark) => {
                if let Mark::Call(mark) = mark {
                    known.marks.insert((mark.connection, mark.call_id), mark.clone());
                }
                out.event(Kind::Mark(mark.clone()));
            }
            Seen::StimulusAsked { number, request } => {
                out.event(Kind::StimulusAsked { number: *number, request: request.as_ref().clone() });
            }
            Seen::StimulusAnswered { number, answer } => {
                out.event(Kind::StimulusAnswered { number: *number, answer: answer.clone() });
            }
            // A key is no event: it only lets octets be read.
            Seen::Key(key) => known.keyring.add(key),
            Seen::Local(local) => out.event(Kind::Local(local.clone())),
            Seen::End(end) => {
                for connection in self.connections.values_mut() {
                    connection.end(&mut out);
                }
                out.event(Kind::End(*end));
            }
        }
    }
}

fn close(connections: &mut Open<Box<Connection>>, known: &mut Known, closed: &Closed, out: &mut Output<'_>) {
    let Closed { connection: id, how } = closed;
    let association = connections.remove(*id).and_then(|mut connection| connection.close(how, out));
    out.event(Kind::Closed { connection: *id, how: how.clone() });
    if let Some(ended) = association.and_then(|association| known.associations.leave(association)) {
        known.handles.forget(ended);
        out.event(Kind::AssociationEnded(ended));
    }
    known.marks.retain(|(connection, _), _| connection != id);
}

/// The connection of that number; one in mid-stream when nobody saw it being opened.
fn connection<'a>(
    connections: &'a mut Open<Box<Connection>>,
    id: ConnectionId,
    out: &mut Output<'_>,
) -> &'a mut Connection {
    connections.or_insert_with(id, || {
        let mut connection = Box::new(Connection::opened(id, String::new()));
        for direction in [Direction::ToServer, Direction::ToClient] {
            connection.lost(direction, None, out);
        }
        connection
    })
}

/// Where events go, and the entry that they come of.
struct Output<'a> {
    events: &'a mut u64,
    time: Time,
    entry: u64,
    sink: &'a mut dyn FnMut(Event),
}

impl Output<'_> {
    fn event(&mut self, kind: Kind) {
        let number = *self.events;
        *self.events += 1;
        (self.sink)(Event { number, time: self.time, entry: self.entry, kind });
    }

    fn gap(&mut self, gap: Gap) {
        self.event(Kind::Gap(gap));
    }
}
