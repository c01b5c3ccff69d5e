//! A security context that is about to be built on a connection.

use alloc::boxed::Box;

use crate::security::{SecurityContext, SecurityError, Step};

/// A security context that has made its first token. Making that may take a while: some providers ask third parties
/// ([MS-RPCE] 3.3.1.5.2.1).
#[derive(Debug)]
pub struct Opening {
    pub(super) context: Box<dyn SecurityContext>,
    pub(super) first: Step,
}

impl Opening {
    /// Begins a security context.
    ///
    /// # Errors
    /// What the provider says, and when it neither makes a token nor stands.
    pub fn new(mut context: Box<dyn SecurityContext>) -> Result<Self, SecurityError> {
        match context.step(None)? {
            Step { token: None, established: false } => Err(Self::silent()),
            first => Ok(Self { context, first }),
        }
    }

    /// The error of a provider that wants another leg and has no token for it.
    pub(super) fn silent() -> SecurityError {
        SecurityError::Unsupported("it wants another leg and makes no token for it".into())
    }
}
