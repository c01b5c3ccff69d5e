//! The keys of security contexts, and what reads with them.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;

use dcerpc::security::{Mechanism, SecurityError, SessionKey, Unseal};
use trace::{ConnectionId, ContextKey, Entry, Seen};

/// Makes what reads along with a session key.
pub type Unsealer = fn(&SessionKey) -> Result<Box<dyn Unseal>, SecurityError>;

/// Keys by connection and auth_context_id. Without an unsealer they open nothing.
///
/// A trace may tell a key after octets that it protects: whoever has the whole trace gives all its keys first.
#[derive(Debug, Default)]
pub struct Keyring {
    unsealer: Option<Unsealer>,
    keys: BTreeMap<(ConnectionId, u32), SessionKey>,
}

impl Keyring {
    /// A ring without keys.
    #[must_use]
    pub fn new(unsealer: Unsealer) -> Self {
        Self { unsealer: Some(unsealer), keys: BTreeMap::new() }
    }

    /// The keys that a trace tells.
    #[must_use]
    pub fn of<'a>(unsealer: Unsealer, entries: impl IntoIterator<Item = &'a Entry>) -> Self {
        let mut ring = Self::new(unsealer);
        for entry in entries {
            if let Seen::Key(key) = &entry.seen {
                ring.add(key);
            }
        }
        ring
    }

    /// One more key. Of several for one context the first counts: both ends of a connection may tell it.
    pub fn add(&mut self, told: &ContextKey) {
        let ContextKey { connection, auth_context_id, key: Some(key) } = told else { return };
        let mechanism = match key.mechanism {
            trace::Mechanism::Ntlm { flags, first_sequence_number } => Mechanism::Ntlm { flags, first_sequence_number },
            trace::Mechanism::Kerberos { encryption_type, acceptor_subkey } => {
                Mechanism::Kerberos { encryption_type, acceptor_subkey }
            }
        };
        let octets = || SessionKey { mechanism, octets: key.octets.clone() };
        self.keys.entry((*connection, *auth_context_id)).or_insert_with(octets);
    }

    /// What reads along in a context; none without its key. Why not, when the key is of no use.
    pub(super) fn unseal(
        &self,
        connection: ConnectionId,
        context: u32,
    ) -> Option<Result<Box<dyn Unseal>, SecurityError>> {
        let key = self.keys.get(&(connection, context))?;
        Some((self.unsealer?)(key))
    }
}
