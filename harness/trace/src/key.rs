//! Keys of security contexts.

use alloc::vec::Vec;
use core::fmt;

use zeroize::Zeroizing;

use crate::ConnectionId;

/// A party of a connection has told the session key of a security context.
///
/// Octets that the key protects may stand before it: who reads what sets the context up may get the first octets under its
/// protection by the same read. Whoever reads protected octets looks for the keys first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextKey {
    /// The connection.
    pub connection: ConnectionId,
    /// auth_context_id: the context among those of the connection.
    pub auth_context_id: u32,
    /// The key; none where it was withheld, as it is from files unless they are to hold it.
    pub key: Option<SessionKey>,
}

/// What protects the octets of a security context. A secret: it shows itself to nobody and is wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionKey {
    /// How octets are protected with it.
    pub mechanism: Mechanism,
    /// Its octets.
    pub octets: Zeroizing<Vec<u8>>,
}

/// How octets are protected with a session key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mechanism {
    /// [MS-NLMP] 3.4 with an exported session key.
    Ntlm {
        /// NegotiateFlags that both ends agreed on.
        flags: u32,
        /// The sequence number of each direction's first message.
        first_sequence_number: u32,
    },
    /// [RFC4121] with the key that the context ended up with.
    Kerberos {
        /// The encryption type of the key.
        encryption_type: i32,
        /// Whether it is the acceptor's subkey.
        acceptor_subkey: bool,
    },
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionKey").field("mechanism", &self.mechanism).finish_non_exhaustive()
    }
}
