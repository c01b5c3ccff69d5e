//! How a call came back, or why it did not.

use std::fmt;

use bytes::Bytes;
use dcerpc::ndr::Format;
use dcerpc::pdu::{BindNak, ResultCode, status};

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
    /// What protects the server's answer does not verify; the connection was closed.
    Unverified {
        /// Where the PDU begins, in octets from the start of the stream.
        offset: u64,
        /// What is wrong with it.
        why: String,
    },
    /// The security provider on our side can't begin, for want of credentials.
    Unauthenticated {
        /// Its words.
        why: String,
    },
    /// The security provider on our side does not go on because of what the server sent.
    Rejected {
        /// Its words.
        why: String,
    },
    /// Nothing protects the PDUs that could be spoilt as an alteration has it; nothing was sent.
    Unprotected,
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

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Returned { .. } => f.write_str("a response"),
            Self::Fault { status, .. } => write!(f, "{}", Fault(*status)),
            Self::BindRefused(refused) => write!(f, "{refused}"),
            Self::Closed { .. } => f.write_str("the end of the connection, in good order"),
            Self::Reset { error } => write!(f, "the end of the connection: {error}"),
            Self::TimedOut => f.write_str("no answer within the limit"),
            // What is wrong says where within the PDU.
            Self::Malformed { offset, why } => write!(f, "in the PDU at octet {offset} of the connection, {why}"),
            Self::Unverified { offset, why } => {
                write!(f, "in the PDU at octet {offset} of the connection, what protects it does not verify: {why}")
            }
            Self::Unauthenticated { why } | Self::Rejected { why } => write!(f, "no security context: {why}"),
            Self::Unprotected => f.write_str("nothing, for nothing protects the call that could be spoilt"),
            Self::Unreachable { address, error } => write!(f, "{address}: {error}"),
            Self::Dropped => f.write_str("nothing, for our own side gave it up"),
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nak { reason } => match BindNak::reason_name(*reason) {
                Some(name) => write!(f, "a bind_nak with reason {reason} ({name})"),
                None => write!(f, "a bind_nak with reason {reason}"),
            },
            Self::Context { result, reason } => write!(f, "an interface with result {result}, reason {reason}"),
            Self::Fault { status } => write!(f, "an alter_context answered by {}", Fault(*status)),
        }
    }
}

/// A fault's status with its name.
struct Fault(u32);

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "fault {:#010x}", self.0)?;
        match status::name(self.0) {
            Some(name) => write!(f, " ({name})"),
            None => Ok(()),
        }
    }
}
