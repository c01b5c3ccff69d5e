//! The server's end of a connection.

mod event;
mod negotiation;
mod options;
mod request;
mod response;
mod security;
mod trailer;

pub use event::{Event, Refusal, Request};
pub use options::Options;

use alloc::collections::{BTreeMap, VecDeque};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::sync::Arc;

use bytes::Bytes;
use uuid::Uuid;

use super::{Established, MUST_RECV_FRAG};
use crate::fragment::{Framed, Framer, Reassembler};
use crate::pdu::{self, AuthVerifier, BindAck, BindNak, Body, Features, Flags, Header, Pdu, status};
use crate::security::{Protection, SessionKey};
use crate::{DecodeError, Defect, SyntaxId, TransferSyntax};
use security::{Slot, Untrusted};

/// The server's end of one connection ([MS-RPCE] 3.3.3).
///
/// ```text
///              bind                     associate(Ok)             request, alter_context, rpc_auth_3
/// Established ──────▶ Associating ───────────────────▶ Negotiated ──────────────────────────────────▶ Negotiated
///      │                   │ associate(Err): bind_nak      │
///      │ anything else     ▼                               │ protocol error: fault nca_s_proto_error
///      └──────────────▶ Closed ◀───────────────────────────┘ what does not verify, or is not allowed: a fault that says so
/// ```
///
/// A bind and each alter_context may carry a leg of a security context; those have states of their own beside the connection's.
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
    /// The security contexts, by auth_context_id.
    security: BTreeMap<u32, Slot>,
    /// Whether the client has told that it signs headers.
    told_header_signing: bool,
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
    Associating { header: Header, bind: pdu::Bind, verifier: Option<AuthVerifier> },
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
#[derive(Clone, Debug)]
struct Begun {
    context_id: u16,
    context: Context,
    opnum: u16,
    object: Option<Uuid>,
    alloc_hint: u32,
    security: Option<Arc<Established>>,
    protection: Protection,
}

/// A call that was given out and not answered yet.
#[derive(Clone, Copy, Debug)]
struct Call {
    context_id: u16,
    cancels: u8,
    orphaned: bool,
    /// The security context that it was made in.
    auth: Option<u32>,
    /// Whether it was not signed where it might have been.
    unsigned: bool,
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
            security: BTreeMap::new(),
            told_header_signing: false,
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

    /// What a witness needs to read along a security context that stands.
    #[must_use]
    pub fn session_key(&self, auth_context_id: u32) -> Option<SessionKey> {
        match self.security.get(&auth_context_id)? {
            Slot::Established(secured) => secured.session_key(),
            Slot::Building(_) | Slot::Failed { .. } => None,
        }
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
        let State::Associating { header, bind, verifier } = core::mem::replace(&mut self.state, State::Closed) else {
            return;
        };
        match association {
            Err(reason) => self.send_bind_nak(header.call_id, reason),
            Ok(association) => {
                self.state = State::Negotiated;
                self.negotiate_connection(association, header.flags, &bind);
                let secondary_address = BindAck::address(&self.options.secondary_address);
                let ack =
                    Body::BindAck(self.ack(secondary_address, negotiation::negotiate(&self.options, &bind.contexts)));
                let multiplexed = if self.negotiated.multiplexed { Flags::CONC_MPX } else { Flags::NONE };
                let flags = multiplexed.with(self.agree_on_header_signing(&header));
                self.answer(&header, ack, flags, verifier);
            }
        }
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
        self.on_clean(framed, pdu);
    }

    fn on_clean(&mut self, framed: &Framed, mut pdu: Pdu) {
        let (offset, header) = (framed.offset, pdu.header);
        match (&self.state, &mut pdu.body) {
            (State::Established, Body::Bind(bind)) => {
                let bind = core::mem::take(bind);
                self.on_bind(offset, &header, bind, pdu.auth.as_ref());
            }
            (State::Negotiated, Body::AlterContext(alter)) => {
                let alter = core::mem::take(alter);
                self.on_alter_context(offset, &header, &alter, pdu.auth.as_ref());
            }
            (State::Negotiated, Body::Auth3(_)) => {
                // One without a verifier is a defect.
                if let Some(auth) = &pdu.auth {
                    self.on_auth3(auth);
                }
            }
            (State::Negotiated, Body::Request(_)) => self.on_request(framed, pdu),
            (State::Negotiated, Body::CoCancel | Body::Orphaned) => self.on_control(framed, pdu),
            (State::Established, _) => self.refuse(offset, &header, format!("{} before a bind", header.ptype)),
            (_, Body::Bind(_)) => {
                let why = "bind on a connection that is bound".into();
                self.bind_nak(offset, &header, BindNak::REASON_NOT_SPECIFIED, why);
            }
            _ => self.refuse(offset, &header, format!("{} is not for a server that is bound", header.ptype)),
        }
    }

    fn on_control(&mut self, framed: &Framed, mut pdu: Pdu) {
        let call_id = pdu.header.call_id;
        match self.open_control(framed, &mut pdu) {
            Ok(()) if pdu.body == Body::CoCancel => self.on_cancel(call_id),
            Ok(()) => self.on_orphaned(call_id),
            // Nobody waits for an answer to these.
            Err(Untrusted { why, .. }) => self.close(framed.offset, why),
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

    fn on_bind(&mut self, offset: u64, header: &Header, bind: pdu::Bind, auth: Option<&AuthVerifier>) {
        if let Err(why) = negotiation::check(&bind.contexts) {
            return self.bind_nak(offset, header, BindNak::REASON_NOT_SPECIFIED, why);
        }
        let requested = bind.assoc_group_id;
        let verifier = match auth.map(|auth| (auth, self.take_leg(auth))) {
            None => None,
            Some((_, Ok(verifier))) => verifier,
            Some((auth, Err(denial))) => {
                self.send_bind_nak(header.call_id, denial.reason);
                return self.on_denied(auth, denial);
            }
        };
        self.state = State::Associating { header: *header, bind, verifier };
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

    fn on_alter_context(&mut self, offset: u64, header: &Header, alter: &pdu::Bind, auth: Option<&AuthVerifier>) {
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
        let verifier = match auth.map(|auth| (auth, self.take_leg(auth))) {
            None => None,
            Some((_, Ok(verifier))) => verifier,
            Some((auth, Err(denial))) => {
                self.fault(header.call_id, 0, Refusal::not_begun(denial.status));
                return self.on_denied(auth, denial);
            }
        };
        let ack = Body::AlterContextResp(self.ack(Bytes::new(), outcome));
        let flags = self.agree_on_header_signing(header);
        self.answer(header, ack, flags, verifier);
    }

    /// Answers a PDU that breaks the protocol ([MS-RPCE] 2.2.2.5, 3.3.3.5.7) and closes the connection.
    fn refuse(&mut self, offset: u64, header: &Header, why: String) {
        if header.ptype == pdu::PduType::BIND {
            return self.bind_nak(offset, header, BindNak::PROTOCOL_VERSION_NOT_SUPPORTED, why);
        }
        // As Windows has it; of a call with a broken fragment some may have been done.
        let did_not_execute = header.ptype != pdu::PduType::REQUEST;
        // rpc_auth_3 is never answered ([MS-RPCE] 3.3.1.5.2.1).
        if header.ptype != pdu::PduType::AUTH3 {
            self.fault(header.call_id, 0, Refusal { status: status::NCA_PROTO_ERROR, did_not_execute });
        }
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

    /// Answers a bind or an alter_context.
    fn answer(&mut self, header: &Header, body: Body, flags: Flags, verifier: Option<AuthVerifier>) {
        let pdu = Pdu::new(body, Flags::WHOLE.with(flags), self.options.order, header.call_id);
        match verifier {
            Some(verifier) => self.send(pdu.with_auth(verifier)),
            None => self.send(pdu),
        }
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
