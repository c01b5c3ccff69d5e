//! What a client's connection tells.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use bytes::Bytes;

use super::super::Established;
use crate::pdu::{BindNak, ContextElement, ContextResult, PduType};
use crate::security::{Protection, SecurityError};
use crate::{ByteOrder, TransferSyntax};

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The server answered a bind or an alter_context.
    Bound(Bound),
    /// The server refused a bind. The connection is of no use any more.
    BindRefused(BindNak),
    /// A security context stands. The answer to the bind or alter_context that built it comes next.
    Established(Arc<Established>),
    /// The security provider refused what the server sent to a bind or an alter_context. Nothing more may be sent.
    AuthenticationFailed {
        /// The bind or alter_context.
        call_id: u32,
        /// What it says.
        why: SecurityError,
    },
    /// A call returned.
    Returned(Returned),
    /// A call, or an alter_context, came back with a fault.
    Fault(Fault),
    /// The server asks to close the connection.
    ShutdownAsked,
    /// The server broke the protocol; nothing more can be read from it.
    Malformed {
        /// Where the PDU begins, in octets from the start of the stream.
        offset: u64,
        /// What is wrong with it.
        why: String,
    },
    /// What protects a response does not verify; nothing more can be trusted.
    Unverified {
        /// Where the PDU begins, in octets from the start of the stream.
        offset: u64,
        /// Its PTYPE.
        ptype: PduType,
        /// Its call_id.
        call_id: u32,
        /// What is wrong with it.
        why: String,
    },
    /// The server answered a call that is not outstanding.
    ForeignCallId {
        /// Where the PDU begins, in octets from the start of the stream.
        offset: u64,
        /// Its PTYPE.
        ptype: PduType,
        /// Its call_id.
        call_id: u32,
        /// The call that it was taken to answer; without one nothing more can be read.
        taken_for: Option<u32>,
    },
}

/// The server's answer to a bind or an alter_context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// call_id.
    pub call_id: u32,
    /// The association that the connection belongs to.
    pub association: u32,
    /// What was proposed and what became of it.
    pub contexts: Vec<(ContextElement, ContextResult)>,
    /// max_xmit_frag as the server said it.
    pub max_xmit_frag: u16,
    /// max_recv_frag as the server said it.
    pub max_recv_frag: u16,
    /// Whether several calls at once were granted.
    pub multiplexed: bool,
}

/// A call returned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Returned {
    /// The call.
    pub call_id: u32,
    /// p_cont_id of the response.
    pub context_id: u16,
    /// The transfer syntax of the context that the call was made on.
    pub syntax: Option<TransferSyntax>,
    /// The byte order of the stub.
    pub order: ByteOrder,
    /// The stub data of all fragments.
    pub stub: Bytes,
    /// What protected it.
    pub protection: Protection,
}

/// A call came back with a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The call.
    pub call_id: u32,
    /// status.
    pub status: u32,
    /// Whether PFC_DID_NOT_EXECUTE was set.
    pub did_not_execute: bool,
    /// Whether it answers an alter_context and not a call.
    pub of_alter_context: bool,
    /// Its stub data, which mean nothing ([MS-RPCE] 2.2.2.8).
    pub stub: Bytes,
    /// Whether it came with a verifier. That was not looked at: only requests and responses are protected ([MS-RPCE]
    /// 3.3.1.5.2.2).
    pub has_verifier: bool,
}
