//! What protects the PDUs of calls.

use alloc::string::String;
use alloc::sync::Arc;

use dcerpc::security::Account;
use trace::ConnectionId;

/// What protects a PDU of a call, or a whole request ([MS-RPCE] 3.3.1.5.2.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protection {
    /// auth_context_id of the security context that it goes under: its verifier's; without one, that of the connection's only
    /// context. None when it has no verifier and there are several, or may be.
    pub context_id: Option<u32>,
    /// auth_level: its verifier's; without one, the lowest of the connection's contexts.
    pub level: u8,
    /// Whether its stub is sealed.
    pub sealed: bool,
    /// Whether it is signed, and rightly.
    pub signature: Signature,
}

/// auth_level RPC_C_AUTHN_LEVEL_PKT_INTEGRITY ([MS-RPCE] 2.2.1.1.8).
const LEVEL_INTEGRITY: u8 = 5;

impl Protection {
    /// Whether it is to be looked at: at integrity level or above a signature has to be there, and one that was checked counts.
    #[must_use]
    pub fn is_guard(&self) -> bool {
        self.level >= LEVEL_INTEGRITY || matches!(self.signature, Signature::Verified | Signature::Unverified(_))
    }
}

/// What a witness knows of a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signature {
    /// It is right.
    Verified,
    /// It is wrong, of a PDU that was sent before or out of turn, or of no security context: why.
    Unverified(String),
    /// There is none.
    Unsigned,
    /// It could not be looked at, and why: without a key, or after losses.
    Untold(Arc<str>),
}

/// A security context under which calls go ([MS-RPCE] 3.3.1.5.2), told with the first of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secured {
    /// The connection.
    pub connection: ConnectionId,
    /// auth_context_id.
    pub context_id: u32,
    /// auth_type: the security provider.
    pub auth_type: u8,
    /// auth_level.
    pub level: u8,
    /// Who the client has proved to be, where its tokens were proved against a secret.
    pub account: Option<Account>,
    /// Why what it protects can't be opened and verified; none where it can.
    pub missing: Option<String>,
}
