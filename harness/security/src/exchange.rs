//! An exchange of tokens: what a mechanism does until its context stands.

use bytes::Bytes;
use dcerpc::security::{Account, SecurityError, SessionKey};

/// One end of an exchange. After an error it is over.
pub(crate) trait Exchange: Send {
    /// Takes the peer's token (none at the very start) and gives the next one.
    fn step(&mut self, token: Option<&Bytes>) -> Result<Progress, SecurityError>;
}

/// What came of a token.
pub(crate) struct Progress {
    pub(crate) token: Option<Bytes>,
    /// What stands now, when the exchange is over at this end.
    pub(crate) established: Option<Established>,
}

/// What an exchange has agreed on.
pub(crate) struct Established {
    pub(crate) key: SessionKey,
    /// Who the client is, at the server's end.
    pub(crate) account: Option<Account>,
    /// Whether the list of SPNEGO's mechanisms has to be signed even if its first was taken ([MS-SPNG] 7, note 8).
    pub(crate) needs_mech_list_mic: bool,
    /// With which numbers the PDUs of initiator and acceptor begin, where the key doesn't say it.
    pub(crate) sequence_numbers: Option<[u32; 2]>,
}

/// sspi's reason.
pub(crate) fn refused(error: sspi::Error) -> SecurityError {
    SecurityError::Refused(error.description)
}
