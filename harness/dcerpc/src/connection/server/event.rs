//! What a server's connection tells, and what it is answered.

use alloc::string::String;
use alloc::sync::Arc;

use bytes::Bytes;
use uuid::Uuid;

use super::super::Established;
#[cfg(doc)]
use super::Server;
#[cfg(doc)]
use crate::pdu::status;
use crate::security::{Level, Protection, Provider, SecurityError};
use crate::{ByteOrder, SyntaxId, TransferSyntax};

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The client wants to join the association of that number, or to have a new one when it is 0. Answer with
    /// [`Server::associate`]; nothing else goes on before.
    AssociationRequested {
        /// assoc_group_id of the bind.
        requested: u32,
    },
    /// A security context stands.
    Established(Arc<Established>),
    /// A security context is refused. What is to be sent about it is in the output; unless it was an rpc_auth_3, which is
    /// never answered, the connection is closed after it.
    AuthenticationRefused {
        /// auth_context_id.
        auth_context_id: u32,
        /// auth_type.
        provider: Provider,
        /// auth_level.
        level: Level,
        /// Why.
        why: SecurityError,
    },
    /// A call is complete. Answer with [`Server::respond`], whenever its time has come.
    Request(Request),
    /// The client wants the call to end soon. It still has to be answered.
    Cancelled {
        /// The call.
        call_id: u32,
    },
    /// The client has given the call up. What it is answered goes nowhere.
    Orphaned {
        /// The call.
        call_id: u32,
    },
    /// The client broke the protocol, or what protects a PDU does not verify. What is to be sent about it is in the output; the connection is closed after it.
    ProtocolError {
        /// Where the PDU begins, in octets from the start of the stream.
        offset: u64,
        /// What is wrong with it.
        why: String,
    },
}

/// A call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// call_id.
    pub call_id: u32,
    /// p_cont_id.
    pub context_id: u16,
    /// The interface that the context stands for, as the client named it.
    pub interface: SyntaxId,
    /// The transfer syntax of the stub.
    pub syntax: TransferSyntax,
    /// The byte order of the stub.
    pub order: ByteOrder,
    /// opnum.
    pub opnum: u16,
    /// The object UUID.
    pub object: Option<Uuid>,
    /// The stub data of all fragments, without the verification trailer.
    pub stub: Bytes,
    /// The security context that the call is made in.
    pub security: Option<Arc<Established>>,
    /// What protected it.
    pub protection: Protection,
}

/// Why a call is answered with a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// status: see [`status`].
    pub status: u32,
    /// Whether the call was not begun: PFC_DID_NOT_EXECUTE.
    pub did_not_execute: bool,
}

impl Refusal {
    /// The call was begun and failed.
    #[must_use]
    pub const fn failed(status: u32) -> Self {
        Self { status, did_not_execute: false }
    }

    /// The call was not begun.
    #[must_use]
    pub const fn not_begun(status: u32) -> Self {
        Self { status, did_not_execute: true }
    }
}
