//! The key of a security context.

use alloc::vec::Vec;
use core::fmt;

use zeroize::Zeroizing;

/// What protects the PDUs of a context, for whoever reads along. A secret: it shows itself to nobody and is wiped when
/// dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionKey {
    /// How PDUs are protected with it.
    pub mechanism: Mechanism,
    /// Its octets.
    pub octets: Zeroizing<Vec<u8>>,
}

/// How PDUs are protected with a session key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mechanism {
    /// [MS-NLMP] 3.4 with an exported session key.
    Ntlm {
        /// NegotiateFlags that both ends agreed on ([MS-NLMP] 2.2.2.5).
        flags: u32,
        /// The sequence number of each direction's first PDU: 1 after a mechListMIC of SPNEGO, else 0.
        first_sequence_number: u32,
    },
    /// [RFC4121] with the key that the context ended up with.
    Kerberos {
        /// The encryption type of the key ([RFC3961] 8).
        encryption_type: i32,
        /// Whether it is the acceptor's subkey ([RFC4121] 4.2.2).
        acceptor_subkey: bool,
    },
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionKey").field("mechanism", &self.mechanism).finish_non_exhaustive()
    }
}
