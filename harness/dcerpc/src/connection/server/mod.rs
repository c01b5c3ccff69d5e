//! The server's end of a connection.

mod event;
mod negotiation;
mod options;
mod request;
mod trailer;

pub use event::{Event, Refusal, Request};
pub use options::Options;

use alloc::collections::{BTreeMap, VecDeque};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::sync::Arc;

use bytes::Bytes;
use uuid::Uuid;

use super::MUST_RECV_FRAG;
use crate::fragment::{Framed, Framer, Reassembler, pieces, stub_room};
use crate::pdu::{self, BindAck, BindNak, Body, Features, Flags, Header, Pdu, status};
use crate::{DecodeError, Defect, SyntaxId, TransferSyntax};

/// The server's end of one connection ([MS-RPCE] 3.3.3).
///
/// ```text
///              bind                     associate(Ok)             request, alter_context
/// Established ──────▶ Associating ───────────────────▶ Negotiated ──────────────────────▶ Negotiated
///      │                   │ associate(Err): bind_nak      │
///      │ anything else     ▼                               │ protocol error: fault nca_s_proto_error
///      └──────────────▶ Closed ◀───────────────────────────┘
/// ```
///
/// With every call of [`Server::receive`], [`Server::associate`] and [`Server::respond`] take the events and then the
/// output until both are empty; close the connection once [`Server::is_closed`].
#[derive(Debug)]
pub struct Server {
    options: Arc<Options>,
    state: State,
    framer: Framer,
    reassembler: Reassembler<Begun>,
    contexts: BTreeMap<u16, Context>,
    calls: BTreeMap<u32, Call>,
    last_call_id: Option<u32>,
    negotiated: Negotiated,
    pdus_received: u32,
    events: VecDeque<Event>,
    output: VecDeque<Bytes>,
}

#[derive(Debug)]
enum State {
    Established,
    Associating { call_id: u32, flags: Flags, bind: pdu::Bind },
    Negotiated,
    Closed,
}

/// What came out of the bind.
#[derive(Clone, Copy, Debug)]
struct Negotiated {
    association: u32,
    multiplexed: bool,
    features: Features,
    /// The longest PDU that may be sent to the client.
    max_xmit_frag: u16,
    max_recv_frag: u16,
}

/// A presentation context that was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context {
    /// The interface, as the client named it.
    pub interface: SyntaxId,
    /// The transfer syntax.
    pub syntax: TransferSyntax,
}

/// What the first fragment of a request told.
#[derive(Clone, Copy, Debug)]
struct Begun {
    context_id: u16,
    context: Context,
    opnum: u16,
    object: Option<Uuid>,
    alloc_hint: u32,
}

/// A call that was given out and not answered yet.
#[derive(Clone, Copy, Debug)]
struct Call {
    context_id: u16,
    cancels: u8,
    orphaned: bool,
}

impl Server {
    /// The end of a connection that was just accepted.
    #[must_use]
    pub fn new(options: Arc<Options>) -> Self {
        let negotiated = Negotiated {
            association: 0,
            multiplexed: false,
            features: Features::default(),
            max_xmit_frag: MUST_RECV_FRAG,
            max_recv_frag: options.max_recv_frag,
        };
        Self {
            state: State::Established,
            framer: Framer::new(u16::MAX),
            reassembler: Reassembler::new(options.max_request_stub, 1),
            contexts: BTreeMap::new(),
            calls: BTreeMap::new(),
            last_call_id: None,
            negotiated,
            pdus_received: 0,
            events: VecDeque::new(),
            output: VecDeque::new(),
            options,
        }
    }

    /// Takes octets from the client.
    pub fn receive(&mut self, octets: Bytes) {
        if !self.is_closed() {
            self.framer.push(octets);
        }
    }

    /// What happened next.
    pub fn next_event(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Some(event);
            }
            if matches!(self.state, State::Associating { .. } | State::Closed) {
                return None;
            }
            match self.framer.next_pdu() {
                Ok(Some(framed)) => {
                    self.pdus_received = self.pdus_received.wrapping_add(1);
                    self.on_pdu(&framed);
                }
                Ok(None) => return None,
                Err(error) => self.on_no_pdu(error.offset, error.error.to_string()),
            }
        }
    }

    /// The next octets to send: one PDU.
    pub fn take_output(&mut self) -> Option<Bytes> {
        self.output.pop_front()
    }

    /// Whether the connection is to be closed once the output is sent.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed)
    }

    /// The association that the connection belongs to: its assoc_group_id, 0 before there is one.
    #[must_use]
    pub fn association(&self) -> u32 {
        self.negotiated.association
    }

    /// Whether several calls at once were granted.
    #[must_use]
    pub fn is_multiplexed(&self) -> bool {
        self.negotiated.multiplexed
    }

    /// The calls that are not answered yet.
    pub fn outstanding(&self) -> impl Iterator<Item = u32> {
        self.calls.keys().copied()
    }

    /// How many PDUs have been received. It wraps around.
    #[must_use]
    pub fn pdus_received(&self) -> u32 {
        self.pdus_received
    }

    /// How many octets wait to become a PDU: more than 0 when the connection ends means that it ended inside one.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.framer.pending()
    }

    /// Answers [`Event::AssociationRequested`]: with the number of the association, or with the reason of a bind_nak.
    pub fn associate(&mut self, association: Result<u32, u16>) {
        let State::Associating { call_id, flags, bind } = core::mem::replace(&mut self.state, State::Closed) else {
            return;
        };
        match association {
            Err(reason) => self.send_bind_nak(call_id, reason),
            Ok(association) => {
                self.state = State::Negotiated;
                self.negotiate_connection(association, flags, &bind);
                let secondary_address = BindAck::address(&self.options.secondary_address);
                let ack =
                    Body::BindAck(self.ack(secondary_address, negotiation::negotiate(&self.options, &bind.contexts)));
                let multiplexed = if self.negotiated.multiplexed { Flags::CONC_MPX } else { Flags::NONE };
                self.send(Pdu::new(ack, Flags::WHOLE.with(multiplexed), self.options.order, call_id));
            }
        }
    }

    /// Answers a call. False when there is no such call, or nobody left to hear of it.
    pub fn respond(&mut self, call_id: u32, answer: Result<Bytes, Refusal>) -> bool {
        self.respond_altered(call_id, answer, |_| {})
    }

    /// Answers a call with PDUs that `alter` has changed. It sees each after its lengths were set.
    pub fn respond_altered(
        &mut self,
        call_id: u32,
        answer: Result<Bytes, Refusal>,
        mut alter: impl FnMut(&mut Pdu),
    ) -> bool {
        let Some(Call { context_id, cancels: cancel_count, orphaned }) = self.calls.remove(&call_id) else {
            return false;
        };
        if orphaned || self.is_closed() {
            return false;
        }
        let order = self.options.order;
        let mut send = |body, flags| {
            let mut pdu = Pdu::new(body, flags, order, call_id);
            alter(&mut pdu);
            self.output.push_back(pdu.encode());
        };
        match answer {
            Err(Refusal { status, did_not_execute }) => {
                let flags = if did_not_execute { Flags::DID_NOT_EXECUTE } else { Flags::NONE };
                let fault = pdu::Fault { cancel_count, ..pdu::Fault::new(context_id, status) };
                send(Body::Fault(fault), Flags::WHOLE.with(flags));
            }
            Ok(stub) => {
                let room = stub_room(self.negotiated.max_xmit_frag, pdu::Response::OCTETS_BEFORE_STUB);
                for piece in pieces(stub, self.options.stub_octets_per_fragment.unwrap_or(room).min(room)) {
                    let alloc_hint = u32::try_from(piece.remaining).unwrap_or(0);
                    let response =
                        pdu::Response { alloc_hint, context_id, cancel_count, reserved: 0, stub: piece.stub };
                    send(Body::Response(response), piece.flags);
                }
            }
        }
        true
    }

    /// Forgets a call without any answer.
    pub fn forget(&mut self, call_id: u32) -> bool {
        self.calls.remove(&call_id).is_some()
    }

    /// Sends octets as they are.
    pub fn send_octets(&mut self, octets: Bytes) {
        self.output.push_back(octets);
    }

    /// Closes the connection once the output is sent.
    pub fn shut(&mut self) {
        self.state = State::Closed;
    }

    fn on_pdu(&mut self, framed: &Framed) {
        let decoded = match Pdu::decode(&framed.octets) {
            Ok(decoded) => decoded,
            Err(error) => return self.on_unreadable(framed, &error),
        };
        let pdu = decoded.value;
        if let Some(defect) = decoded.defects.iter().find(|defect| !is_passed_over(defect)) {
            let why = format!("{}: {} instead of {}", defect.rule, defect.actual, defect.expected);
            return self.refuse(framed.offset, &pdu.header, why);
        }
        if pdu.auth.is_some() {
            return self.on_auth(framed.offset, &pdu);
        }
        let header = pdu.header;
        match (&self.state, pdu.body) {
            (State::Established, Body::Bind(bind)) => self.on_bind(framed.offset, &header, bind),
            (State::Negotiated, Body::AlterContext(alter)) => self.on_alter_context(framed.offset, &header, &alter),
            (State::Negotiated, Body::Request(request)) => self.on_request(framed.offset, &header, request),
            (State::Negotiated, Body::CoCancel) => self.on_cancel(header.call_id),
            (State::Negotiated, Body::Orphaned) => self.on_orphaned(header.call_id),
            (State::Established, _) => self.refuse(framed.offset, &header, format!("{} before a bind", header.ptype)),
            (_, Body::Bind(_)) => {
                let why = "bind on a connection that is bound".into();
                self.bind_nak(framed.offset, &header, BindNak::REASON_NOT_SPECIFIED, why);
            }
            _ => self.refuse(framed.offset, &header, format!("{} is not for a server that is bound", header.ptype)),
        }
    }

    /// Octets that are no PDU, or one that is too long: whose header can be read is answered.
    fn on_no_pdu(&mut self, offset: u64, why: String) {
        let pending = Bytes::copy_from_slice(self.framer.pending_octets());
        match Header::decode(&pending).map(|decoded| decoded.value) {
            Ok(header) if header.version == 5 && usize::from(header.frag_length) >= Header::OCTETS => {
                self.refuse(offset, &header, why);
            }
            _ => self.close(offset, why),
        }
    }

    fn on_unreadable(&mut self, framed: &Framed, error: &DecodeError) {
        match Header::decode(&framed.octets) {
            Ok(header) => self.refuse(framed.offset, &header.value, error.to_string()),
            Err(_) => self.close(framed.offset, error.to_string()),
        }
    }

    /// A verifier that nobody here can check ([MS-RPCE] 3.3.3.5.3).
    fn on_auth(&mut self, offset: u64, pdu: &Pdu) {
        let why = format!("{} with a verifier of a security provider that is not offered", pdu.header.ptype);
        match pdu.body {
            Body::Bind(_) => self.bind_nak(offset, &pdu.header, BindNak::AUTHENTICATION_TYPE_NOT_RECOGNIZED, why),
            _ => {
                let refusal = Refusal::not_begun(status::UNKNOWN_AUTHN_SERVICE);
                self.fault(pdu.header.call_id, 0, refusal);
                self.close(offset, why);
            }
        }
    }

    fn on_bind(&mut self, offset: u64, header: &Header, bind: pdu::Bind) {
        if let Err(why) = negotiation::check(&bind.contexts) {
            return self.bind_nak(offset, header, BindNak::REASON_NOT_SPECIFIED, why);
        }
        let requested = bind.assoc_group_id;
        self.state = State::Associating { call_id: header.call_id, flags: header.flags, bind };
        self.events.push_back(Event::AssociationRequested { requested });
    }

    fn negotiate_connection(&mut self, association: u32, flags: Flags, bind: &pdu::Bind) {
        let features = bind.contexts.iter().flat_map(|context| &context.transfer_syntaxes);
        let features = features.copied().find_map(Features::from_syntax).unwrap_or_default();
        let longest = negotiation::longest_frag(&self.options, bind);
        self.negotiated = Negotiated {
            association,
            multiplexed: self.options.multiplexing && flags.has(Flags::CONC_MPX),
            features: self.options.features.unwrap_or_default().common(features),
            max_xmit_frag: longest,
            max_recv_frag: longest,
        };
        // What can be received is, even when the client has been told of less.
        self.framer.set_max_frag(self.options.max_recv_frag);
    }

    /// The features that both ends have.
    #[must_use]
    pub fn features(&self) -> Features {
        self.negotiated.features
    }

    fn ack(&mut self, secondary_address: Bytes, (results, accepted): negotiation::Outcome) -> BindAck {
        self.contexts.extend(accepted);
        BindAck {
            max_xmit_frag: self.negotiated.max_xmit_frag,
            max_recv_frag: self.negotiated.max_recv_frag,
            assoc_group_id: self.negotiated.association,
            padding: BindAck::padding_after(&secondary_address),
            secondary_address,
            reserved: [0; 3],
            results,
        }
    }

    fn on_alter_context(&mut self, offset: u64, header: &Header, alter: &pdu::Bind) {
        // [MS-RPCE] 3.3.3.5.5.
        if self.contexts.len() >= 4000 * self.options.interfaces.len() {
            let why = "too many presentation contexts".into();
            return self.bind_nak(offset, header, BindNak::LOCAL_LIMIT_EXCEEDED, why);
        }
        if let Err(why) = negotiation::check(&alter.contexts) {
            return self.refuse(offset, header, why);
        }
        let outcome = negotiation::negotiate(&self.options, &alter.contexts);
        let other = |(id, context): &&(u16, Context)| self.contexts.get(id).is_some_and(|known| known != context);
        if let Some((id, _)) = outcome.1.iter().find(other) {
            return self.refuse(offset, header, format!("presentation context {id} for something else than before"));
        }
        let ack = self.ack(Bytes::new(), outcome);
        self.send(Pdu::new(Body::AlterContextResp(ack), Flags::WHOLE, self.options.order, header.call_id));
    }

    /// Answers a PDU that breaks the protocol ([MS-RPCE] 2.2.2.5, 3.3.3.5.7) and closes the connection.
    fn refuse(&mut self, offset: u64, header: &Header, why: String) {
        if header.ptype == pdu::PduType::BIND {
            return self.bind_nak(offset, header, BindNak::PROTOCOL_VERSION_NOT_SUPPORTED, why);
        }
        // As Windows has it; of a call with a broken fragment some may have been done.
        let did_not_execute = header.ptype != pdu::PduType::REQUEST;
        self.fault(header.call_id, 0, Refusal { status: status::NCA_PROTO_ERROR, did_not_execute });
        self.close(offset, why);
    }

    fn bind_nak(&mut self, offset: u64, header: &Header, reason: u16, why: String) {
        self.send_bind_nak(header.call_id, reason);
        self.close(offset, why);
    }

    /// With the padding before a signature, as Windows sends it without one, too.
    fn send_bind_nak(&mut self, call_id: u32, reason: u16) {
        let nak = Pdu::new(Body::BindNak(BindNak::new(reason)), Flags::WHOLE, self.options.order, call_id);
        self.send(Pdu { rest: Bytes::from_static(&[0; 3]), ..nak }.measured());
    }

    fn close(&mut self, offset: u64, why: String) {
        self.state = State::Closed;
        self.events.push_back(Event::ProtocolError { offset, why });
    }

    fn fault(&mut self, call_id: u32, context_id: u16, refusal: Refusal) {
        let flags = if refusal.did_not_execute { Flags::DID_NOT_EXECUTE } else { Flags::NONE };
        let fault = Body::Fault(pdu::Fault::new(context_id, refusal.status));
        self.send(Pdu::new(fault, Flags::WHOLE.with(flags), self.options.order, call_id));
    }

    #[expect(clippy::needless_pass_by_value, reason = "every caller has just made it")]
    fn send(&mut self, pdu: Pdu) {
        self.output.push_back(pdu.encode());
    }
}

/// Whether a defect changes nothing for who receives the PDU: bits of pfc_flags without a meaning there.
fn is_passed_over(defect: &Defect) -> bool {
    defect.field == "pfc_flags"
}
