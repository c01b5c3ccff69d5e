//! One entry of a trace as a line of JSON.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use trace::{
    AnswerMark, CallMark, Closed, ConnectionEnd, ConnectionId, ContextKey, Direction, End, Entry, Flaw, LocalEvent,
    Lost, Mark, Observation, Opened, Seen, Time, stimulus,
};

use super::key::{Key, Keys};
use crate::stimulus::{Malformed, answer_from_json, answer_to_json, request_from_json, request_to_json};

/// One entry.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Line {
    sequence: u64,
    /// Nanoseconds from the start of the trace.
    time: u64,
    #[serde(flatten)]
    what: What,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "seen", rename_all = "kebab-case")]
enum What {
    Opened {
        connection: u32,
        client: String,
        server: String,
        actor: Option<String>,
    },
    Octets {
        connection: u32,
        direction: Way,
        octets: String,
    },
    Lost {
        connection: u32,
        direction: Way,
        octets: Option<u64>,
    },
    Closed {
        connection: u32,
        by: Way,
        /// The operating system's words, when it was no orderly close.
        error: Option<String>,
    },
    StepBegins {
        step: String,
        line: u32,
    },
    StepEnds {
        line: u32,
    },
    Call {
        connection: u32,
        call_id: u32,
        actor: String,
        step: String,
        line: u32,
        violates: Vec<String>,
    },
    Answer {
        connection: u32,
        call_id: u32,
        step: String,
        line: u32,
        violates: Vec<String>,
    },
    Launched {
        client: String,
        wants: u32,
    },
    Late {
        nanoseconds: u64,
    },
    StimulusAsked {
        number: u64,
        request: Value,
    },
    StimulusAnswered {
        number: u64,
        answer: Value,
    },
    Authenticated {
        connection: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        auth_context_id: Option<u32>,
        user: String,
        administrator: bool,
    },
    FalseCredentials {
        connection: u32,
        user: String,
        is_known: bool,
        /// What is wrong with the ticket.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        flaw: Option<String>,
    },
    Unreachable {
        server: String,
        actor: Option<String>,
        error: String,
    },
    MapperOffered {
        client: String,
        address: String,
    },
    SessionKey {
        connection: u32,
        auth_context_id: u32,
        /// Absent where it is withheld.
        key: Option<Key>,
    },
    End {
        complete: bool,
    },
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Way {
    ToServer,
    ToClient,
}

impl From<Direction> for Way {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::ToServer => Self::ToServer,
            Direction::ToClient => Self::ToClient,
        }
    }
}

impl From<Way> for Direction {
    fn from(way: Way) -> Self {
        match way {
            Way::ToServer => Self::ToServer,
            Way::ToClient => Self::ToClient,
        }
    }
}

impl Line {
    /// The line of an entry, in a file that holds `keys`.
    pub(super) fn of(entry: &Entry, keys: Keys) -> Self {
        let what = match (&entry.seen, keys) {
            (Seen::Key(key), Keys::Withheld) => (&Seen::Key(ContextKey { key: None, ..key.clone() })).into(),
            (seen, _) => seen.into(),
        };
        Self { sequence: entry.sequence, time: entry.time.0, what }
    }
}

impl From<&Seen> for What {
    fn from(seen: &Seen) -> Self {
        match seen {
            Seen::Opened(opened) => Self::Opened {
                connection: opened.connection.0,
                client: opened.client.clone(),
                server: opened.server.clone(),
                actor: opened.actor.clone(),
            },
            Seen::Octets(observation) => Self::Octets {
                connection: observation.connection.0,
                direction: observation.direction.into(),
                octets: hex::encode(&observation.octets),
            },
            Seen::Lost(lost) => {
                Self::Lost { connection: lost.connection.0, direction: lost.direction.into(), octets: lost.octets }
            }
            Seen::Closed(closed) => {
                let (by, error) = match &closed.how {
                    ConnectionEnd::Orderly { by } => (*by, None),
                    ConnectionEnd::Broken { by, error } => (*by, Some(error.clone())),
                };
                Self::Closed { connection: closed.connection.0, by: by.into(), error }
            }
            Seen::Mark(mark) => mark.into(),
            Seen::StimulusAsked { number, request } => {
                Self::StimulusAsked { number: *number, request: request_to_json(request) }
            }
            Seen::StimulusAnswered { number, answer } => {
                Self::StimulusAnswered { number: *number, answer: answer_to_json(answer) }
            }
            Seen::Local(local) => local.into(),
            Seen::Key(key) => Self::SessionKey {
                connection: key.connection.0,
                auth_context_id: key.auth_context_id,
                key: key.key.as_ref().map(Key::from),
            },
            Seen::End(end) => Self::End { complete: *end == End::Complete },
        }
    }
}

impl From<&LocalEvent> for What {
    fn from(local: &LocalEvent) -> Self {
        match local {
            LocalEvent::Authenticated { connection, auth_context_id, user, administrator } => Self::Authenticated {
                connection: connection.0,
                auth_context_id: *auth_context_id,
                user: user.clone(),
                administrator: *administrator,
            },
            LocalEvent::FalseCredentials { connection, user, flaw } => {
                let is_of_password = matches!(flaw, Flaw::UnknownUser | Flaw::WrongPassword);
                Self::FalseCredentials {
                    connection: connection.0,
                    user: user.clone(),
                    is_known: *flaw != Flaw::UnknownUser,
                    flaw: (!is_of_password).then(|| flaw.name().to_owned()),
                }
            }
            LocalEvent::Unreachable { server, actor, error } => {
                Self::Unreachable { server: server.clone(), actor: actor.clone(), error: error.clone() }
            }
            LocalEvent::MapperOffered { client, address } => {
                Self::MapperOffered { client: client.clone(), address: address.clone() }
            }
        }
    }
}

impl From<&Mark> for What {
    fn from(mark: &Mark) -> Self {
        match mark {
            Mark::StepBegins { step, line } => Self::StepBegins { step: step.clone(), line: *line },
            Mark::StepEnds { line } => Self::StepEnds { line: *line },
            Mark::Call(call) => Self::Call {
                connection: call.connection.0,
                call_id: call.call_id,
                actor: call.actor.clone(),
                step: call.step.clone(),
                line: call.line,
                violates: call.violates.clone(),
            },
            Mark::Answer(answer) => Self::Answer {
                connection: answer.connection.0,
                call_id: answer.call_id,
                step: answer.step.clone(),
                line: answer.line,
                violates: answer.violates.clone(),
            },
            Mark::Launched { client, wants } => Self::Launched { client: client.clone(), wants: *wants },
            Mark::Late { nanoseconds } => Self::Late { nanoseconds: *nanoseconds },
        }
    }
}

impl Line {
    /// The entry that the line stands for.
    pub(super) fn into_entry(self) -> Result<Entry, String> {
        Ok(Entry { sequence: self.sequence, time: Time(self.time), seen: self.what.into_seen()? })
    }
}

impl What {
    fn into_seen(self) -> Result<Seen, String> {
        Ok(match self {
            Self::Opened { connection, client, server, actor } => {
                Seen::Opened(Opened { connection: ConnectionId(connection), client, server, actor })
            }
            Self::Octets { connection, direction, octets } => Seen::Octets(Observation {
                connection: ConnectionId(connection),
                direction: direction.into(),
                octets: hex::decode(octets).map_err(|error| format!("octets: {error}"))?.into(),
            }),
            Self::Lost { connection, direction, octets } => {
                Seen::Lost(Lost { connection: ConnectionId(connection), direction: direction.into(), octets })
            }
            Self::Closed { connection, by, error } => {
                let by = by.into();
                let how = match error {
                    None => ConnectionEnd::Orderly { by },
                    Some(error) => ConnectionEnd::Broken { by, error },
                };
                Seen::Closed(Closed { connection: ConnectionId(connection), how })
            }
            Self::StepBegins { step, line } => Seen::Mark(Mark::StepBegins { step, line }),
            Self::StepEnds { line } => Seen::Mark(Mark::StepEnds { line }),
            Self::Call { connection, call_id, actor, step, line, violates } => Seen::Mark(Mark::Call(CallMark {
                connection: ConnectionId(connection),
                call_id,
                actor,
                step,
                line,
                violates,
            })),
            Self::Answer { connection, call_id, step, line, violates } => Seen::Mark(Mark::Answer(AnswerMark {
                connection: ConnectionId(connection),
                call_id,
                step,
                line,
                violates,
            })),
            Self::Launched { client, wants } => Seen::Mark(Mark::Launched { client, wants }),
            Self::Late { nanoseconds } => Seen::Mark(Mark::Late { nanoseconds }),
            Self::StimulusAsked { number, request } => {
                let request = asked(&request).map_err(|why| format!("request: {why}"))?;
                Seen::StimulusAsked { number, request: Box::new(request) }
            }
            Self::StimulusAnswered { number, answer } => {
                let answer = answer_from_json(&answer.to_string()).map_err(|why| format!("answer: {why}"))?;
                Seen::StimulusAnswered { number, answer }
            }
            Self::Authenticated { connection, auth_context_id, user, administrator } => {
                let connection = ConnectionId(connection);
                Seen::Local(LocalEvent::Authenticated { connection, auth_context_id, user, administrator })
            }
            Self::FalseCredentials { connection, user, is_known, flaw } => {
                let connection = ConnectionId(connection);
                let named = |word: String| {
                    let found = Flaw::ALL.iter().find(|(known, _)| *known == word);
                    found.map(|(_, flaw)| *flaw).ok_or_else(|| format!("flaw: there is no `{word}`"))
                };
                let usual = if is_known { Flaw::WrongPassword } else { Flaw::UnknownUser };
                let flaw = flaw.map_or(Ok(usual), named)?;
                Seen::Local(LocalEvent::FalseCredentials { connection, user, flaw })
            }
            Self::Unreachable { server, actor, error } => Seen::Local(LocalEvent::Unreachable { server, actor, error }),
            Self::MapperOffered { client, address } => Seen::Local(LocalEvent::MapperOffered { client, address }),
            Self::SessionKey { connection, auth_context_id, key } => Seen::Key(ContextKey {
                connection: ConnectionId(connection),
                auth_context_id,
                key: key.map(Key::into_key).transpose()?,
            }),
            Self::End { complete } => Seen::End(if complete { End::Complete } else { End::CutShort }),
        })
    }
}

/// A request; a verb that the protocol does not have is one that the harness asked for on purpose.
fn asked(request: &Value) -> Result<stimulus::Request, Malformed> {
    match request_from_json(&request.to_string()) {
        Err(Malformed::UnknownVerb(verb)) => Ok(stimulus::Request::Nonsense { verb }),
        other => other,
    }
}
