//! The client's end of a connection.

mod event;
mod options;
mod receive;

pub use event::{Bound, Event, Fault, Returned};
pub use options::Options;

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::string::ToString;
use alloc::vec::Vec;

use bytes::Bytes;
use thiserror::Error;
use uuid::Uuid;

use super::MUST_RECV_FRAG;
use crate::fragment::{Framer, Reassembler, pieces, stub_room};
use crate::pdu::{self, Bind, Body, ContextElement, Flags, Pdu};
use crate::{ByteOrder, SyntaxId, TransferSyntax};

/// The client's end of one connection ([MS-RPCE] 3.3.2).
///
/// ```text
///       bind()            bind_ack            call(), alter_context()
/// Idle ────────▶ Binding ──────────▶ Bound ──────────────────────────▶ Bound
///                   │ bind_nak         │ what breaks the protocol
///                   ▼                  ▼
///                 Ended ◀──────────────┘
/// ```
///
/// After every call take the output and send it; after every [`Client::receive`] take the events until there are none.
#[derive(Debug)]
pub struct Client {
    options: Options,
    state: State,
    framer: Framer,
    reassembler: Reassembler<ByteOrder>,
    contexts: BTreeMap<u16, (SyntaxId, TransferSyntax)>,
    altering: Option<(u32, Vec<ContextElement>)>,
    calls: BTreeMap<u32, Option<TransferSyntax>>,
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

#[derive(Debug)]
enum State {
    Idle,
    Binding { call_id: u32, proposed: Vec<ContextElement> },
    Bound,
    Ended,
}

/// A call to be made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Call {
    /// p_cont_id.
    pub context_id: u16,
    /// opnum.
    pub opnum: u16,
    /// The object UUID.
    pub object: Option<Uuid>,
    /// The stub data.
    pub stub: Bytes,
    /// Stub octets in one fragment of this request; as the options say when absent.
    pub stub_octets_per_fragment: Option<usize>,
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
            altering: None,
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

    /// Proposes presentation contexts, in an association that exists or, with 0, in a new one. Gives the call_id.
    ///
    /// # Errors
    /// When the connection has been bound before.
    pub fn bind(&mut self, contexts: Vec<ContextElement>, association: u32) -> Result<u32, NotNow> {
        self.bind_altered(contexts, association, |_| {})
    }

    /// The same with a PDU that `alter` has changed.
    ///
    /// # Errors
    /// When the connection has been bound before.
    pub fn bind_altered(
        &mut self,
        contexts: Vec<ContextElement>,
        association: u32,
        alter: impl FnOnce(&mut Pdu),
    ) -> Result<u32, NotNow> {
        if !matches!(self.state, State::Idle) {
            return Err(NotNow::NotBound);
        }
        let call_id = self.take_call_id();
        let multiplexing = if self.options.multiplexing { Flags::CONC_MPX } else { Flags::NONE };
        let body = Body::Bind(self.proposal(contexts.clone(), association));
        let mut pdu = Pdu::new(body, Flags::WHOLE.with(multiplexing), self.options.order, call_id);
        alter(&mut pdu);
        self.output.push_back(pdu.encode());
        self.state = State::Binding { call_id, proposed: contexts };
        Ok(call_id)
    }

    /// Proposes further presentation contexts. Gives the call_id.
    ///
    /// # Errors
    /// When the connection is not bound or waits for something.
    pub fn alter_context(&mut self, contexts: Vec<ContextElement>) -> Result<u32, NotNow> {
        if !matches!(self.state, State::Bound) {
            return Err(NotNow::NotBound);
        }
        if self.altering.is_some() || (!self.multiplexed && !self.calls.is_empty()) {
            return Err(NotNow::Busy);
        }
        let call_id = self.take_call_id();
        let body = Body::AlterContext(self.proposal(contexts.clone(), self.association));
        self.output.push_back(Pdu::new(body, Flags::WHOLE, self.options.order, call_id).encode());
        self.altering = Some((call_id, contexts));
        Ok(call_id)
    }

    fn proposal(&self, contexts: Vec<ContextElement>, assoc_group_id: u32) -> Bind {
        let Options { max_xmit_frag, max_recv_frag, .. } = self.options;
        Bind { max_xmit_frag, max_recv_frag, assoc_group_id, reserved: [0; 3], contexts }
    }

    /// Whether nothing was bound yet.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        matches!(self.state, State::Idle)
    }

    /// Whether a call can be made now.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.check_ready().is_ok()
    }

    fn check_ready(&self) -> Result<(), NotNow> {
        match self.state {
            State::Bound if self.altering.is_none() && (self.multiplexed || self.calls.is_empty()) => Ok(()),
            State::Bound => Err(NotNow::Busy),
            _ => Err(NotNow::NotBound),
        }
    }

    /// Makes a call and gives its call_id.
    ///
    /// # Errors
    /// When no call can be made now.
    pub fn call(&mut self, call: Call) -> Result<u32, NotNow> {
        self.call_altered(call, |_| {})
    }

    /// Makes a call with fragments that `alter` has changed. It sees each after its lengths were set.
    ///
    /// # Errors
    /// When no call can be made now.
    pub fn call_altered(&mut self, call: Call, mut alter: impl FnMut(&mut Pdu)) -> Result<u32, NotNow> {
        self.check_ready()?;
        let call_id = self.take_call_id();
        let Call { context_id, opnum, object, stub, stub_octets_per_fragment } = call;
        let stub_octets_per_fragment = stub_octets_per_fragment.or(self.options.stub_octets_per_fragment);
        let object_octets = if object.is_some() { 16 } else { 0 };
        let object_flag = if object.is_some() { Flags::OBJECT_UUID } else { Flags::NONE };
        let room = stub_room(self.max_xmit_frag, pdu::Request::OCTETS_BEFORE_STUB + object_octets);
        for piece in pieces(stub, stub_octets_per_fragment.unwrap_or(room).min(room)) {
            let alloc_hint = u32::try_from(piece.remaining).unwrap_or(0);
            let request = pdu::Request { alloc_hint, context_id, opnum, object, stub: piece.stub };
            let flags = piece.flags.with(object_flag);
            let mut pdu = Pdu::new(Body::Request(request), flags, self.options.order, call_id);
            alter(&mut pdu);
            self.output.push_back(pdu.encode());
        }
        self.calls.insert(call_id, self.contexts.get(&context_id).map(|(_, syntax)| *syntax));
        Ok(call_id)
    }

    /// Asks the server to end a call soon; it still answers.
    pub fn cancel(&mut self, call_id: u32) {
        self.output.push_back(Pdu::new(Body::CoCancel, Flags::WHOLE, self.options.order, call_id).encode());
    }

    /// Gives a call up: its answer is not waited for any more.
    pub fn orphan(&mut self, call_id: u32) {
        if self.calls.remove(&call_id).is_some() {
            self.orphans.insert(call_id);
        }
        self.reassembler.forget(call_id);
        self.output.push_back(Pdu::new(Body::Orphaned, Flags::WHOLE, self.options.order, call_id).encode());
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
        matches!(self.state, State::Ended)
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
