//! Whom a server takes in, and what they may do.

use std::fmt;
use std::sync::Arc;

use dcerpc::connection::PacketLevel;
use dcerpc::security::{Acceptor, Account, Level, SecurityError};

use super::call::Identity;

/// Whom a server takes in, and what they may do.
#[derive(Clone)]
pub struct Authentication {
    /// What clients authenticate to.
    pub acceptor: Arc<dyn Acceptor>,
    /// The least level that calls are taken at: [`Level::NONE`] takes anonymous ones too.
    pub required_level: Level,
    /// What is sent and accepted at packet level.
    pub packet_level: PacketLevel,
    /// In whose name the calls of an account are made. One without domain stands for that user of any domain; whoever is not
    /// listed has no rights of an administrator.
    pub accounts: Vec<(Account, Identity)>,
    /// Is told of each login that was refused.
    pub on_refusal: Option<OnRefusal>,
}

/// Is told why a login was refused, in the words of the provider.
pub type OnRefusal = Arc<dyn Fn(&str) + Send + Sync>;

impl Authentication {
    /// Takes in whom the acceptor takes in, and anonymous clients too.
    #[must_use]
    pub fn new(acceptor: Arc<dyn Acceptor>, accounts: Vec<(Account, Identity)>) -> Self {
        Self { acceptor, required_level: Level::NONE, packet_level: PacketLevel::default(), accounts, on_refusal: None }
    }

    /// A login was refused.
    pub(super) fn refused(&self, why: &SecurityError) {
        if let Some(on_refusal) = &self.on_refusal {
            on_refusal(&why.to_string());
        }
    }

    /// In whose name the calls of an account are made.
    pub(super) fn identity(&self, account: &Account) -> Identity {
        let listed = self.accounts.iter().find(|(listed, _)| account.is(listed)).map(|(_, identity)| identity.clone());
        listed.unwrap_or_else(|| Identity::user(&account.user, false))
    }
}

impl fmt::Debug for Authentication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { acceptor: _, required_level, packet_level, accounts, on_refusal: _ } = self;
        let mut shown = f.debug_struct("Authentication");
        shown.field("required_level", required_level).field("packet_level", packet_level).field("accounts", accounts);
        shown.finish_non_exhaustive()
    }
}
