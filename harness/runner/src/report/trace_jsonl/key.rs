//! The key of a security context in a line of JSON: a secret, which only files hold that are to hold it.

use std::fmt;

use serde::{Deserialize, Serialize};
use trace::{Mechanism, SessionKey};
use zeroize::Zeroizing;

/// What a file holds of the keys of security contexts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keys {
    /// That there were some.
    #[default]
    Withheld,
    /// The keys: whoever has the file can read what they sealed.
    Written,
}

/// A key.
#[derive(Serialize, Deserialize)]
pub(super) struct Key {
    #[serde(flatten)]
    mechanism: Means,
    octets: Zeroizing<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "mechanism", rename_all = "kebab-case")]
enum Means {
    Ntlm { flags: u32, first_sequence_number: u32 },
    Kerberos { encryption_type: i32, acceptor_subkey: bool },
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("mechanism", &self.mechanism).finish_non_exhaustive()
    }
}

impl From<&SessionKey> for Key {
    fn from(key: &SessionKey) -> Self {
        let mechanism = match key.mechanism {
            Mechanism::Ntlm { flags, first_sequence_number } => Means::Ntlm { flags, first_sequence_number },
            Mechanism::Kerberos { encryption_type, acceptor_subkey } => {
                Means::Kerberos { encryption_type, acceptor_subkey }
            }
        };
        Self { mechanism, octets: Zeroizing::new(hex::encode(&*key.octets)) }
    }
}

impl Key {
    /// The key that is meant. What is wrong with it is told without its octets.
    pub(super) fn into_key(self) -> Result<SessionKey, String> {
        let mechanism = match self.mechanism {
            Means::Ntlm { flags, first_sequence_number } => Mechanism::Ntlm { flags, first_sequence_number },
            Means::Kerberos { encryption_type, acceptor_subkey } => {
                Mechanism::Kerberos { encryption_type, acceptor_subkey }
            }
        };
        let octets = hex::decode(self.octets.as_bytes());
        let octets = octets.map_err(|_| "key: expected octets as an even number of hexadecimal digits".to_owned())?;
        Ok(SessionKey { mechanism, octets: Zeroizing::new(octets) })
    }
}
