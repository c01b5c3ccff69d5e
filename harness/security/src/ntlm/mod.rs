//! NTLM: sspi makes and reads the tokens, what has to be known of them besides is read here ([MS-NLMP]).

mod acceptor;
mod initiator;
mod message;
mod response;
mod target_name;

pub(crate) use acceptor::Acceptor;
pub(crate) use initiator::Initiator;
pub(crate) use message::{Authenticate, Challenge};
pub(crate) use response::prove;

use dcerpc::security::{Mechanism, SecurityError, SessionKey};
use zeroize::Zeroizing;

/// NegotiateFlags ([MS-NLMP] 2.2.2.5).
pub(crate) mod flag {
    /// NTLMSSP_NEGOTIATE_UNICODE.
    pub(crate) const UNICODE: u32 = 0x0000_0001;
    /// Anonymous connections.
    pub(crate) const ANONYMOUS: u32 = 0x0000_0800;
    /// NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY.
    pub(crate) const EXTENDED_SESSION_SECURITY: u32 = 0x0008_0000;
    /// NTLMSSP_NEGOTIATE_128.
    pub(crate) const STRENGTH_128: u32 = 0x2000_0000;
    /// NTLMSSP_NEGOTIATE_KEY_EXCH.
    pub(crate) const KEY_EXCHANGE: u32 = 0x4000_0000;
    /// NTLMSSP_NEGOTIATE_56.
    pub(crate) const STRENGTH_56: u32 = 0x8000_0000;
}

/// The session key of a context that stands, before any mechListMIC.
fn session_key(flags: u32, octets: Zeroizing<Vec<u8>>) -> Result<SessionKey, SecurityError> {
    if flags & flag::EXTENDED_SESSION_SECURITY == 0 {
        return Err(SecurityError::Unsupported("NTLM without extended session security".into()));
    }
    Ok(SessionKey { mechanism: Mechanism::Ntlm { flags, first_sequence_number: 0 }, octets })
}
