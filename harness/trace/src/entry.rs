//! One thing that was seen.

use alloc::boxed::Box;
use alloc::string::String;

use crate::{ConnectionId, ContextKey, Direction, Mark, Observation, Time, stimulus};

/// One thing that was seen, with its place in the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number: one counter for all connections of a run, from 0, without gaps.
    pub sequence: u64,
    /// When it was seen.
    pub time: Time,
    /// What was seen.
    pub seen: Seen,
}

/// What was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// A connection was opened.
    Opened(Opened),
    /// Octets crossed a connection.
    Octets(Observation),
    /// Octets are missing from what was recorded.
    Lost(Lost),
    /// A connection ended.
    Closed(Closed),
    /// The harness notes its own step.
    Mark(Mark),
    /// The notification source was asked for something. Its effect may lie anywhere after this.
    StimulusAsked {
        /// Joins question and answer, unique in the trace.
        number: u64,
        /// What it was asked: beside it, for it is longer than all else, and seen seldom.
        request: Box<stimulus::Request>,
    },
    /// The notification source answered.
    StimulusAnswered {
        /// The number of the question.
        number: u64,
        /// What it answered.
        answer: stimulus::Answer,
    },
    /// Something that only our own side could see.
    Local(LocalEvent),
    /// The key of a security context became known.
    Key(ContextKey),
    /// Nothing more was recorded.
    End(End),
}

/// A connection was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Its number.
    pub connection: ConnectionId,
    /// Address of the party that opened it (`127.0.0.1:50000`, or a name for connections in memory).
    pub client: String,
    /// Address of the party that accepted it.
    pub server: String,
    /// The scenario's name for the party that opened it: its actor, or its client under test.
    pub actor: Option<String>,
}

/// Octets are missing: a capture lost a segment, or began in mid-stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// The connection.
    pub connection: ConnectionId,
    /// Which way they went.
    pub direction: Direction,
    /// How many octets, when that is known.
    pub octets: Option<u64>,
}

/// A connection ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// The connection.
    pub connection: ConnectionId,
    /// Who ended it and how.
    pub how: ConnectionEnd,
}

/// Who ended a connection and how. `by` names the direction in which the end travelled: `ToClient` when the server
/// ended it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConnectionEnd {
    /// An orderly close.
    Orderly {
        /// The way that the end travelled.
        by: Direction,
    },
    /// A reset or another error of the transport.
    Broken {
        /// The way that it travelled.
        by: Direction,
        /// The operating system's words.
        error: String,
    },
}

/// Something that only the recording party could see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LocalEvent {
    /// The user in whose name calls are made, once authenticated (3.1.1.6.5).
    Authenticated {
        /// The connection.
        connection: ConnectionId,
        /// auth_context_id of the security context whose calls these are; none for those of all that nobody else is named for.
        auth_context_id: Option<u32>,
        /// The user, without domain.
        user: String,
        /// Whether the user has the access rights of an administrator on the server and its queues.
        administrator: bool,
    },
    /// Our side claims to be a user on a connection and can't prove it, on purpose: no security context that is begun there next can
    /// rightly stand in that name.
    FalseCredentials {
        /// The connection.
        connection: ConnectionId,
        /// The user, without domain.
        user: String,
        /// Why it can't be proved.
        flaw: Flaw,
    },
    /// A connection that our side wanted to open could not be opened.
    Unreachable {
        /// Address of the server, as it was dialled.
        server: String,
        /// The scenario's name for the party that wanted to open it.
        actor: Option<String>,
        /// The operating system's words.
        error: String,
    },
    /// An endpoint mapper of our side's is there for a client under test, and the client has been told of it.
    MapperOffered {
        /// The scenario's name for the client.
        client: String,
        /// Address of the endpoint mapper.
        address: String,
    },
}

/// Why our side can't prove to be whom it claims to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Flaw {
    /// Nobody knows the user.
    UnknownUser,
    /// The password is another one.
    WrongPassword,
    /// The ticket's endtime has passed (RFC 4120 5.3).
    ExpiredTicket,
    /// The ticket's starttime is still to come.
    EarlyTicket,
    /// The ticket is enciphered with another key than the server's.
    WrongKey,
    /// The ticket is for another service, with that one's key.
    OtherService,
    /// The client's clock, as its authenticator tells it, is further away than any server allows.
    ClockSkew,
}

impl Flaw {
    /// All of them, with the words by which files name them.
    pub const ALL: [(&'static str, Self); 7] = [
        ("unknown-user", Self::UnknownUser),
        ("wrong-password", Self::WrongPassword),
        ("expired", Self::ExpiredTicket),
        ("not-yet-valid", Self::EarlyTicket),
        ("wrong-key", Self::WrongKey),
        ("other-service", Self::OtherService),
        ("clock-skew", Self::ClockSkew),
    ];

    /// The word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, known)| *known == self).map_or("", |(word, _)| word)
    }
}

/// How a trace ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum End {
    /// The run came to its end.
    Complete,
    /// The run was interrupted, or the recording stops in mid-conversation.
    CutShort,
}
