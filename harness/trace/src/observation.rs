//! Octets that crossed a connection.

use bytes::Bytes;

/// A connection, numbered in the order of its opening within one trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u32);

/// Which way octets went: to the party that accepted the connection, or to the one that opened it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the client to the server.
    ToServer,
    /// From the server to the client.
    ToClient,
}

impl Direction {
    /// The other way.
    #[must_use]
    pub fn reversed(self) -> Self {
        match self {
            Self::ToServer => Self::ToClient,
            Self::ToClient => Self::ToServer,
        }
    }
}

/// Octets of one connection in one direction that were seen at one time: what one read or write moved, however much of
/// a PDU that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// The connection that they crossed.
    pub connection: ConnectionId,
    /// Which way.
    pub direction: Direction,
    /// The octets as they crossed the wire.
    pub octets: Bytes,
}
