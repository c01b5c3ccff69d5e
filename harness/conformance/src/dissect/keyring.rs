//! The keys of security contexts, and what reads with them.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;

use bytes::Bytes;
use dcerpc::security::{Account, Derive, Mechanism, SecurityError, Sender, SessionKey, Unseal};
use trace::{ConnectionId, ContextKey, Entry, Seen};

/// Makes what reads along with a session key.
pub type Unsealer = fn(&SessionKey) -> Result<Box<dyn Unseal>, SecurityError>;

/// Keys by connection and auth_context_id. Without an unsealer they open nothing.
///
/// A trace may tell a key after octets that it protects: whoever has the whole trace gives all its keys first. Where a trace
/// tells none, secrets of the ends may do: the tokens that set a context up are in the trace, too.
#[derive(Debug, Default)]
pub struct Keyring {
    unsealer: Option<Unsealer>,
    keys: BTreeMap<(ConnectionId, u32), SessionKey>,
    secrets: Option<Arc<dyn Derive>>,
}

/// What opens the PDUs of a context.
pub(super) struct Found {
    pub(super) reader: Box<dyn Unseal>,
    /// Who its client has proved to be, where the tokens and a secret say it.
    pub(super) account: Option<Account>,
}

impl Keyring {
    /// A ring without keys.
    #[must_use]
    pub fn new(unsealer: Unsealer) -> Self {
        Self { unsealer: Some(unsealer), ..Self::default() }
    }

    /// The same ring, with secrets that keys can be derived from.
    #[must_use]
    pub fn with_secrets(self, secrets: Arc<dyn Derive>) -> Self {
        Self { secrets: Some(secrets), ..self }
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

    /// What reads along in a context. A key that the trace tells comes before one that its tokens give.
    ///
    /// # Errors
    /// Why there is nothing, in words.
    pub(super) fn unseal(
        &self,
        (connection, context): (ConnectionId, u32),
        tokens: &[(Sender, Bytes)],
    ) -> Result<Found, String> {
        let Some(unsealer) = self.unsealer else { return Err(UNKNOWN.into()) };
        let made = |key: &SessionKey| unsealer(key).map_err(|error| format!("its key is of no use: {error}"));
        if let Some(key) = self.keys.get(&(connection, context)) {
            return Ok(Found { reader: made(key)?, account: None });
        }
        let Some(secrets) = &self.secrets else { return Err(UNKNOWN.into()) };
        let derived = secrets.derive(tokens).map_err(|error| match error {
            SecurityError::Refused(why) | SecurityError::Unsupported(why) | SecurityError::Unverified(why) => {
                format!("its key can't be derived: {why}")
            }
        })?;
        Ok(Found { reader: made(&derived.key)?, account: Some(derived.account) })
    }
}

/// Without a key and without secrets.
const UNKNOWN: &str = "its key is not known";
