//! Who somebody is and how it is proved.

use core::fmt;

use zeroize::Zeroizing;

/// A password. It shows itself to nobody and is wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(Zeroizing<String>);

/// A user with a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The user's name without domain.
    pub user: String,
    /// The user's domain; empty for none.
    pub domain: String,
    /// The user's password.
    pub password: Password,
}

impl Password {
    /// Takes a password over.
    #[must_use]
    pub fn new(password: impl Into<String>) -> Self {
        Self(Zeroizing::new(password.into()))
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password")
    }
}
