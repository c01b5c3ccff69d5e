//! How a call came back, or why it did not.

use bytes::Bytes;
use dcerpc::ndr::Format;
use dcerpc::pdu::ResultCode;

/// How a call came back, or why it did not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// With a response.
    Returned {
        /// Its stub data.
        stub: Bytes,
        /// How they are laid out.
        format: Format,
    },
    /// With a fault.
    Fault {
        /// status.
        status: u32,
        /// Whether PFC_DID_NOT_EXECUTE was set.
        did_not_execute: bool,
    },
    /// The server refused the bind or the interface; the call was not made.
    BindRefused(Refused),
    /// The server ended the connection in good order.
    Closed {
        /// Where the PDU that was not finished begins, or the next one would have, in octets from the start of the stream.
        offset: u64,
        /// How many octets of that PDU had come.
        pending: usize,
    },
    /// The connection broke.
    Reset {
        /// The operating system's words.
        error: String,
    },
    /// Nothing came within the limit. The call goes on at the server and occupies its connection.
    TimedOut,
    /// The server sent something that is no answer; the connection was closed.
    Malformed {
        /// Where the PDU begins, in octets from the start of the stream.
        offset: u64,
        /// What is wrong with it.
        why: String,
    },
    /// No connection could be opened.
    Unreachable {
        /// The server's address.
        address: String,
        /// The operating system's words.
        error: String,
    },
    /// Our own side ended the connection or gave the call up.
    Dropped,
}

/// What the server refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The whole bind, with a bind_nak.
    Nak {
        /// provider_reject_reason.
        reason: u16,
    },
    /// All contexts for the interface; this is the first one's result.
    Context {
        /// result.
        result: ResultCode,
        /// reason.
        reason: u16,
    },
    /// The alter_context, with a fault.
    Fault {
        /// status.
        status: u32,
    },
}
