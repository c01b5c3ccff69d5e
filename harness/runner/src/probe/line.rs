//! Connections of probe's own, below the client: one PDU there, one back, whatever that may be.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use dcerpc::fragment::Framer;
use dcerpc::pdu::{Body, Pdu};
use peer::transport::{Connector, Link};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::{Instant, timeout_at};

use crate::span::Span;

/// How many octets are read at a time.
const CHUNK: usize = 8 << 10;

/// Whoever opens connections to one port of the server, with the time that there is.
#[derive(Clone)]
pub(super) struct Port {
    /// What opens them.
    pub(super) connector: Arc<dyn Connector>,
    /// How long each answer is waited for.
    pub(super) limit: Duration,
    /// When there is no more time for any.
    pub(super) end: Instant,
}

/// Why there is no answer that can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Silence {
    /// No connection could be opened.
    Unreachable(String),
    /// Nothing came in time.
    Nothing(Duration),
    /// Half a PDU came in time.
    Half {
        /// How many octets.
        octets: usize,
        /// How long was waited.
        limit: Duration,
    },
    /// The server closed the connection, or broke it, after so many octets.
    Ended {
        /// How many octets.
        octets: usize,
        /// The operating system's words, when it was broken.
        error: Option<String>,
    },
    /// What came is no PDU.
    Rubbish(String),
    /// The time for the whole probe was over before.
    Late,
}

impl fmt::Display for Silence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(why) => f.write_str(why),
            Self::Nothing(limit) => write!(f, "it answered nothing within {}", Span(*limit)),
            Self::Half { octets, limit } => {
                write!(f, "it sent {octets} octets of a PDU and not the rest within {}", Span(*limit))
            }
            Self::Ended { octets, error } => {
                match error {
                    None => f.write_str("it closed the connection")?,
                    Some(error) => write!(f, "the connection broke ({error})")?,
                }
                match octets {
                    0 => f.write_str(" without an answer"),
                    octets => write!(f, " after {octets} octets of a PDU"),
                }
            }
            Self::Rubbish(why) => write!(f, "it answered with octets that are no PDU of DCE/RPC: {why}"),
            Self::Late => f.write_str("not asked: the time for the whole probe was over"),
        }
    }
}

/// One open connection.
pub(super) struct Line {
    link: Link,
    framer: Framer,
    limit: Duration,
    end: Instant,
}

/// A PDU that came, and what is not as it should be about it.
#[derive(Clone, Debug)]
pub(super) struct Came {
    /// The PDU.
    pub(super) pdu: Pdu,
    /// Its first defect, in words.
    pub(super) defect: Option<String>,
}

impl Port {
    /// How long an answer is waited for now; none when there is no more time for any.
    pub(super) fn limit_now(&self) -> Option<Duration> {
        let left = self.end.saturating_duration_since(Instant::now());
        Some(self.limit.min(left)).filter(|limit| !limit.is_zero())
    }

    /// Opens a connection.
    pub(super) async fn open(&self) -> Result<Line, Silence> {
        if Instant::now() >= self.end {
            return Err(Silence::Late);
        }
        let deadline = self.end.min(Instant::now() + self.limit);
        let unreachable = |why: String| Silence::Unreachable(format!("{}: {why}", self.connector.address()));
        match timeout_at(deadline, self.connector.connect()).await {
            Ok(Ok(link)) => Ok(Line { link, framer: Framer::new(u16::MAX), limit: self.limit, end: self.end }),
            Ok(Err(error)) => Err(unreachable(error.to_string())),
            Err(_) => Err(unreachable(format!("no connection within {}", Span(self.limit)))),
        }
    }

    /// Asks on a connection of its own, which ends afterwards.
    pub(super) async fn ask(&self, pdu: &Pdu) -> Result<Came, Silence> {
        self.open().await?.ask(pdu).await
    }
}

impl Line {
    /// Sends a PDU and reads the one that answers it.
    pub(super) async fn ask(&mut self, pdu: &Pdu) -> Result<Came, Silence> {
        if Instant::now() >= self.end {
            return Err(Silence::Late);
        }
        let deadline = self.end.min(Instant::now() + self.limit);
        let octets = pdu.encode();
        let answered = timeout_at(deadline, async {
            self.link.writing.write_all(&octets).await.map_err(|error| self.ended(Some(&error)))?;
            self.link.writing.flush().await.map_err(|error| self.ended(Some(&error)))?;
            self.pdu().await
        });
        match answered.await {
            Ok(came) => came.and_then(|came| belongs(came, pdu)),
            Err(_) => Err(match self.framer.pending() {
                0 => Silence::Nothing(self.limit),
                octets => Silence::Half { octets, limit: self.limit },
            }),
        }
    }

    async fn pdu(&mut self) -> Result<Came, Silence> {
        let mut chunk = [0; CHUNK];
        loop {
            match self.framer.next_pdu() {
                Ok(Some(framed)) => return read(&framed.octets),
                Ok(None) => {}
                Err(error) => return Err(Silence::Rubbish(error.error.to_string())),
            }
            match self.link.reading.read(&mut chunk).await {
                Ok(0) => return Err(self.ended(None)),
                Ok(count) => self.framer.push(Bytes::copy_from_slice(chunk.get(..count).unwrap_or_default())),
                Err(error) => return Err(self.ended(Some(&error))),
            }
        }
    }

    fn ended(&self, error: Option<&std::io::Error>) -> Silence {
        Silence::Ended { octets: self.framer.pending(), error: error.map(ToString::to_string) }
    }
}

fn read(octets: &Bytes) -> Result<Came, Silence> {
    let decoded = Pdu::decode(octets).map_err(|error| Silence::Rubbish(error.to_string()))?;
    let defect = decoded.defects.first().map(|defect| {
        let name = decoded.value.header.ptype;
        format!("{name}: {} {} where {} was expected ({})", defect.field, defect.actual, defect.expected, defect.rule)
    });
    Ok(Came { pdu: decoded.value, defect })
}

/// An answer has the call_id of what it answers, and is of a kind that answers.
fn belongs(came: Came, asked: &Pdu) -> Result<Came, Silence> {
    let (header, body) = (&came.pdu.header, &came.pdu.body);
    if header.call_id != asked.header.call_id {
        let why = format!("{} with call_id {} for {}", header.ptype, header.call_id, asked.header.call_id);
        return Err(Silence::Rubbish(format!("the answer to another call: {why}")));
    }
    match body {
        Body::BindAck(_) | Body::BindNak(_) | Body::AlterContextResp(_) | Body::Fault(_) => Ok(came),
        _ => Err(Silence::Rubbish(format!("{} is no answer to {}", header.ptype, asked.header.ptype))),
    }
}
