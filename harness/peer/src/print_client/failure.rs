//! Why a call did not succeed, and what follows from that.

use std::fmt;

use dcerpc::pdu::{BindNak, status};
use mspan::Hresult;

use crate::client::{Outcome, Refused};

/// Why a call did not succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It returned an error.
    Returned(Hresult),
    /// It threw an exception: the status of a fault.
    Thrown(u32),
    /// What it returned breaks the strict NDR data consistency check, or names what can't be; it is refused.
    Refused(String),
    /// No connection could be opened.
    Unreachable {
        /// The server's address.
        address: String,
        /// The operating system's words.
        error: String,
    },
    /// The connection refused it, or ended, or nothing came in time.
    Lost(String),
}

impl Failure {
    /// The Win32 code in 0x8007071A, by which servers may say the same (SD-28).
    const TERMINATED_WIN32: u32 = 0x0000_071A;
    /// nca_s_fault_cancel, by which they may, too (SD-28).
    const CANCELLED: u32 = 0x1C00_000D;

    /// The code that it came with; an exception is treated exactly as the same return value ([MS-PAN] 3.1.1.4.3, 3.1.1.4.5).
    #[must_use]
    pub const fn code(&self) -> Option<Hresult> {
        match self {
            Self::Returned(status) => Some(*status),
            Self::Thrown(status) => Some(Hresult(*status)),
            Self::Refused(_) | Self::Unreachable { .. } | Self::Lost(_) => None,
        }
    }

    /// Whether it says that incoming notifications have been terminated: then the waiting call is not repeated.
    #[must_use]
    pub fn is_termination(&self) -> bool {
        let thrown = matches!(self, Self::Thrown(Self::TERMINATED_WIN32 | Self::CANCELLED));
        thrown || self.code() == Some(Hresult::NOTIFICATIONS_TERMINATED)
    }

    /// Whether RegisterClient must not be repeated after it (3.1.1.4.1).
    #[must_use]
    pub fn forbids_registration(&self) -> bool {
        matches!(self.code(), Some(Hresult::ACCESS_DENIED | Hresult::INVALID_NAME))
    }

    /// Whether no answer came at all, so that the server may be back later.
    #[must_use]
    pub const fn is_of_connection(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Lost(_))
    }
}

impl From<Outcome> for Failure {
    /// Of a call that did not return.
    fn from(outcome: Outcome) -> Self {
        Self::Lost(match outcome {
            Outcome::Fault { status, .. } => return Self::Thrown(status),
            Outcome::Unreachable { address, error } => return Self::Unreachable { address, error },
            Outcome::BindRefused(Refused::Nak { reason }) => match BindNak::reason_name(reason) {
                Some(name) => format!("the bind was refused: reason {reason} ({name})"),
                None => format!("the bind was refused: reason {reason}"),
            },
            Outcome::BindRefused(Refused::Context { result, reason }) => {
                format!("the interface was refused: result {}, reason {reason}", result.0)
            }
            Outcome::BindRefused(Refused::Fault { status }) => format!("the interface was refused: {status:#010x}"),
            Outcome::Closed { .. } => "the server closed the connection".to_owned(),
            Outcome::Reset { error } => format!("the connection broke: {error}"),
            Outcome::TimedOut => "no answer came in time".to_owned(),
            Outcome::Malformed { offset, why } => format!("malformed, octet {offset:#x} of the stream: {why}"),
            Outcome::Unverified { offset, why } => format!("does not verify, octet {offset:#x} of the stream: {why}"),
            Outcome::Unauthenticated { why } | Outcome::Rejected { why } => format!("no security context: {why}"),
            Outcome::Unprotected => outcome.to_string(),
            Outcome::Dropped | Outcome::Returned { .. } => "the association has ended".to_owned(),
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Returned(status) => write!(f, "returned {status}"),
            Self::Thrown(status) => match status::name(*status) {
                Some(name) => write!(f, "threw {status:#010x} ({name})"),
                None => write!(f, "threw {}", Hresult(*status)),
            },
            Self::Refused(why) => write!(f, "returned what can't be taken: {why}"),
            Self::Unreachable { address, error } => write!(f, "{address}: {error}"),
            Self::Lost(why) => f.write_str(why),
        }
    }
}
