//! The client's end of a connection.

mod call;
mod event;
mod exchange;
mod opening;
mod options;
mod receive;

pub use call::{Auth, Call};
pub use event::{Bound, Event, Fault, Returned};
pub use opening::Opening;
pub use options::Options;

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::string::ToString;

use bytes::Bytes;
use thiserror::Error;

use super::secured::Secured;
use super::{Established, MUST_RECV_FRAG};
use crate::fragment::{Framer, Reassembler};
use crate::security::SessionKey;
use crate::{SyntaxId, TransferSyntax};
use call::Outstanding;
use exchange::Exchange;
use receive::Answering;

/// The client's end of one connection ([MS-RPCE] 3.3.2).
///
/// ```text
///       bind            bind_ack            call, alter_context (in which security contexts are built the same way)
/// Idle ──────▶ Binding ──────────▶ Bound ──────────────────────────────▶ Bound
///              │  ▲  │ bind_nak      │ what breaks the protocol, or does not verify
///  bind_ack or │  │  ▼               ▼
///  resp with a ▼  │ Ended ◀──────────┘
///  token: alter_context with the next one; rpc_auth_3 after the last of an odd number of legs, and then Bound
/// ```
///
/// A connection has any number of security contexts, each built by a bind or an alter_context with an [`Opening`]; each call
/// is protected by one of them or by none ([`Auth`]).
///
/// After every call and every event take the output and send it; after every [`Client::receive`] take the events until there
/// are none.
#[derive(Debug)]
pub struct Client {
    options: Options,
    state: State,
    framer: Framer,
    reassembler: Reassembler<Answering>,
    contexts: BTreeMap<u16, (SyntaxId, TransferSyntax)>,
    /// The bind or the alter_context that is under way.
    exchange: Option<Exchange>,
    /// The security contexts that stand, by auth_context_id.
    security: BTreeMap<u32, Secured>,
    last_auth_context_id: u32,
    /// Whether both ends sign headers, once that was asked for.
    header_signing: Option<bool>,
    calls: BTreeMap<u32, Outstanding>,
    /// Calls that were given up: an answer that crosses the orphaned PDU is dropped.
    orphans: BTreeSet<u32>,
    next_call_id: u32,
    multiplexed: bool,
    association: u32,
    /// The longest PDU that may be sent to the server.
    max_xmit_frag: u16,
    events: VecDeque<Event>,
    output: VecDeque<Bytes>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Idle,
    Binding,
    Bound,
    Ended,
}

/// Why nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NotNow {
    /// The connection is not in a state for it.
    #[error("the connection is not bound")]
    NotBound,
    /// Another call waits for its answer, and the server has not granted several at once.
    #[error("another call waits for its answer")]
    Busy,
    /// The connection has no security context of that number.
    #[error("the connection has no such security context")]
    NoSuchContext,
    /// The security provider can't protect the call. The connection is of no use any more.
    #[error("the security provider can't protect the call")]
    Unprotectable,
}

impl Client {
    /// The end of a connection that was just opened.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self {
            state: State::Idle,
            framer: Framer::new(options.max_recv_frag),
            reassembler: Reassembler::new(options.max_response_stub, usize::MAX),
            contexts: BTreeMap::new(),
            exchange: None,
            security: BTreeMap::new(),
            last_auth_context_id: 0,
            header_signing: None,
            calls: BTreeMap::new(),
            orphans: BTreeSet::new(),
            next_call_id: 1,
            multiplexed: false,
            association: 0,
            max_xmit_frag: MUST_RECV_FRAG,
            events: VecDeque::new(),
            output: VecDeque::new(),
            options,
        }
    }

    /// Whether nothing was bound yet.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        self.state == State::Idle
    }

    /// Whether a call can be made now.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.check_ready().is_ok()
    }

    fn check_ready(&self) -> Result<(), NotNow> {
        match self.state {
            State::Bound if self.exchange.is_none() && (self.multiplexed || self.calls.is_empty()) => Ok(()),
            State::Bound => Err(NotNow::Busy),
            _ => Err(NotNow::NotBound),
        }
    }

    /// Sends octets as they are.
    pub fn send_octets(&mut self, octets: Bytes) {
        self.output.push_back(octets);
    }

    /// The call_id that the next bind, alter_context or call will have.
    #[must_use]
    pub fn next_call_id(&self) -> u32 {
        self.next_call_id
    }

    /// Changes the call_id that comes next.
    pub fn set_next_call_id(&mut self, call_id: u32) {
        self.next_call_id = call_id;
    }

    /// The context that was accepted for an interface.
    #[must_use]
    pub fn context_for(&self, interface: SyntaxId) -> Option<(u16, TransferSyntax)> {
        let of = |(id, (known, syntax)): (&u16, &(SyntaxId, TransferSyntax))| {
            (*known == interface).then_some((*id, *syntax))
        };
        self.contexts.iter().find_map(of)
    }

    /// A context number that was not accepted yet.
    #[must_use]
    pub fn free_context_id(&self) -> u16 {
        self.contexts.keys().next_back().map_or(0, |last| last.saturating_add(1))
    }

    /// The security contexts that stand, in the order in which they were begun.
    pub fn established(&self) -> impl Iterator<Item = &Established> {
        self.security.values().filter_map(|secured| secured.established().map(AsRef::as_ref))
    }

    /// What a witness needs to read along a security context that stands.
    #[must_use]
    pub fn session_key(&self, auth_context_id: u32) -> Option<SessionKey> {
        self.security.get(&auth_context_id)?.session_key()
    }

    /// Whether both ends sign the headers of PDUs too.
    #[must_use]
    pub fn signs_headers(&self) -> bool {
        self.header_signing == Some(true)
    }

    /// The association that the connection belongs to, 0 before there is one.
    #[must_use]
    pub fn association(&self) -> u32 {
        self.association
    }

    /// Whether several calls at once were granted.
    #[must_use]
    pub fn is_multiplexed(&self) -> bool {
        self.multiplexed
    }

    /// Whether nothing more can come of this connection.
    #[must_use]
    pub fn is_ended(&self) -> bool {
        self.state == State::Ended
    }

    /// The calls that wait for their answer.
    pub fn outstanding(&self) -> impl Iterator<Item = u32> {
        self.calls.keys().copied()
    }

    /// How many octets wait to become a PDU: more than 0 when the connection ends means that it ended inside one.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.framer.pending()
    }

    /// Where the next PDU begins, in octets from the start of what the server sent.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.framer.offset()
    }

    /// Whether octets wait to be sent.
    #[must_use]
    pub fn has_output(&self) -> bool {
        !self.output.is_empty()
    }

    /// The next octets to send: one PDU.
    pub fn take_output(&mut self) -> Option<Bytes> {
        self.output.pop_front()
    }

    /// Takes octets from the server.
    pub fn receive(&mut self, octets: Bytes) {
        if !self.is_ended() {
            self.framer.push(octets);
        }
    }

    /// What happened next.
    pub fn next_event(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Some(event);
            }
            if self.is_ended() {
                return None;
            }
            match self.framer.next_pdu() {
                Ok(Some(framed)) => self.on_pdu(&framed),
                Ok(None) => return None,
                Err(error) => self.malformed(error.offset, error.error.to_string()),
            }
        }
    }

    fn take_call_id(&mut self) -> u32 {
        let call_id = self.next_call_id;
        self.next_call_id = call_id.wrapping_add(1);
        call_id
    }
}
