//! What a server offers to those who connect.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::super::{PacketLevel, USUAL_FRAG, USUAL_STUB};
use crate::pdu::Features;
use crate::security::{Acceptor, Level};
use crate::{ByteOrder, SyntaxId, TransferSyntax};

/// What a server offers on all its connections.
#[derive(Clone, Debug)]
pub struct Options {
    /// The interfaces that it has.
    pub interfaces: Vec<SyntaxId>,
    /// The transfer syntaxes that it has, the preferred one first.
    pub transfer_syntaxes: Vec<TransferSyntax>,
    /// The longest PDU that it sends, in octets.
    pub max_xmit_frag: u16,
    /// The longest PDU that it receives, in octets.
    pub max_recv_frag: u16,
    /// What it answers to bind time feature negotiation; none refuses it like an unknown transfer syntax.
    pub features: Option<Features>,
    /// Whether it grants several calls at once on a connection.
    pub multiplexing: bool,
    /// The longest stub of a request, in octets.
    pub max_request_stub: usize,
    /// How many calls of one connection may wait for their answer.
    pub max_outstanding: usize,
    /// The secondary address of bind_ack: for TCP the port number.
    pub secondary_address: String,
    /// The byte order that it sends in.
    pub order: ByteOrder,
    /// Stub octets in one fragment of a response; as many as fit when absent.
    pub stub_octets_per_fragment: Option<usize>,
    /// Whether a request is refused whose verification trailer does not agree with it ([MS-RPCE] 2.2.2.13).
    pub checks_trailers: bool,
    /// What clients authenticate to; nobody can without one.
    pub acceptor: Option<Arc<dyn Acceptor>>,
    /// The least level that calls are taken at.
    pub required_level: Level,
    /// Whether it signs headers, where something is signed and the client asks for it (PFC_SUPPORT_HEADER_SIGN).
    pub header_signing: bool,
    /// What it sends and accepts at packet level.
    pub packet_level: PacketLevel,
    /// How many security contexts a connection may have ([MS-RPCE] 3.3.1.5.4).
    pub max_security_contexts: usize,
}

impl Options {
    /// Those interfaces in NDR, and the rest as Windows has it.
    #[must_use]
    pub fn new(interfaces: Vec<SyntaxId>) -> Self {
        Self {
            interfaces,
            transfer_syntaxes: Vec::from([TransferSyntax::Ndr]),
            max_xmit_frag: USUAL_FRAG,
            max_recv_frag: USUAL_FRAG,
            features: Some(Features(Features::SECURITY_CONTEXT_MULTIPLEXING.0 | Features::KEEP_CONNECTION_ON_ORPHAN.0)),
            multiplexing: true,
            max_request_stub: USUAL_STUB,
            max_outstanding: 4096,
            secondary_address: String::new(),
            order: ByteOrder::Little,
            stub_octets_per_fragment: None,
            checks_trailers: true,
            acceptor: None,
            required_level: Level::NONE,
            header_signing: true,
            packet_level: PacketLevel::default(),
            max_security_contexts: 2048,
        }
    }
}
