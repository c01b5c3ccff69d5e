//! How a client behaves on a connection.

use super::super::{PacketLevel, USUAL_FRAG, USUAL_STUB};
use crate::ByteOrder;

/// How a client behaves on a connection.
#[derive(Clone, Debug)]
pub struct Options {
    /// The longest PDU that it offers to send, in octets.
    pub max_xmit_frag: u16,
    /// The longest PDU that it offers to receive, in octets.
    pub max_recv_frag: u16,
    /// Whether it asks for several calls at once on a connection.
    pub multiplexing: bool,
    /// The byte order that it sends in.
    pub order: ByteOrder,
    /// Stub octets in one fragment of a request; as many as fit when absent.
    pub stub_octets_per_fragment: Option<usize>,
    /// The longest stub of a response, in octets.
    pub max_response_stub: usize,
    /// Whether a response with a call_id that is not outstanding answers the only call that is. It is a breach of
    /// [C706] 12.6.3.1 by the server; without this it ends the connection.
    pub accepts_foreign_call_id: bool,
    /// Whether it asks for signatures that cover headers, where something is signed (PFC_SUPPORT_HEADER_SIGN).
    pub header_signing: bool,
    /// What it sends and accepts at packet level.
    pub packet_level: PacketLevel,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            max_xmit_frag: USUAL_FRAG,
            max_recv_frag: USUAL_FRAG,
            multiplexing: false,
            order: ByteOrder::Little,
            stub_octets_per_fragment: None,
            max_response_stub: USUAL_STUB,
            accepts_foreign_call_id: false,
            header_signing: true,
            packet_level: PacketLevel::default(),
        }
    }
}
