//! Why a client or a server can't even begin.

use std::path::PathBuf;

use dcerpc::security::SecurityError;
use thiserror::Error;

/// Why credentials can't be used. Says the provider's reason in words, and no secret.
#[derive(Debug, Error)]
pub enum Error {
    /// A file is not there or is not what it should be.
    #[error("the {what} {}: {reason}", path.display())]
    File {
        /// What it should be.
        what: &'static str,
        /// Where it should be.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The KDC can't be asked.
    #[error("the KDC {address}: {reason}")]
    Unreachable {
        /// Its address as it was given.
        address: String,
        /// What is wrong.
        reason: String,
    },
    /// The KDC refuses.
    #[error("the KDC of {realm} refuses: {reason}")]
    Refused {
        /// The realm that was asked.
        realm: String,
        /// error-code (RFC 4120 7.5.9); none when the refusal is ours.
        code: Option<i64>,
        /// What that means.
        reason: String,
    },
    /// There are no credentials for what is wanted.
    #[error("{0}")]
    Missing(String),
    /// The provider can't go on.
    #[error(transparent)]
    Security(#[from] SecurityError),
}
