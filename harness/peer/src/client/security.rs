//! How a client's connections authenticate.

use std::fmt;
use std::sync::Arc;

use dcerpc::connection::client::Opening;
use dcerpc::security::{SecurityContext, SecurityError};
use tokio::task::spawn_blocking;
use trace::Flaw;

use crate::server::Identity;
use crate::spoilt_context::{Spoil, SpoiltContext};

/// Begins a security context of one connection.
type Begin = dyn Fn() -> Result<Box<dyn SecurityContext>, SecurityError> + Send + Sync;

/// How a client's connections authenticate: each begins a security context of its own ([MS-RPCE] 3.3.1.5.2.1).
#[derive(Clone)]
pub struct Security {
    begin: Arc<Begin>,
    asks: bool,
    identity: Option<Identity>,
    imposture: Option<Imposture>,
}

/// Whom a client claims to be without being able to prove it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Imposture {
    pub(super) user: String,
    pub(super) flaw: Flaw,
}

impl Security {
    /// With contexts that are only computed.
    #[must_use]
    pub fn computed(
        begin: impl Fn() -> Result<Box<dyn SecurityContext>, SecurityError> + Send + Sync + 'static,
    ) -> Self {
        Self { begin: Arc::new(begin), asks: false, identity: None, imposture: None }
    }

    /// With contexts whose beginning asks somebody else, which takes a while: a key distribution centre.
    #[must_use]
    pub fn asked(begin: impl Fn() -> Result<Box<dyn SecurityContext>, SecurityError> + Send + Sync + 'static) -> Self {
        Self { asks: true, ..Self::computed(begin) }
    }

    /// Says who the client is then. That goes into the trace once a context stands.
    #[must_use]
    pub fn named(self, identity: Identity) -> Self {
        Self { identity: Some(identity), ..self }
    }

    /// With contexts that do something wrong.
    pub(crate) fn spoilt(self, spoil: Spoil) -> Self {
        let begin = self.begin;
        let begin: Arc<Begin> = Arc::new(move || Ok(Box::new(SpoiltContext::new(begin()?, spoil))));
        Self { begin, ..self }
    }

    /// Says that the credentials are false on purpose, and why. That goes into the trace before a context is begun, so that whoever lets such a client in can be told.
    #[must_use]
    pub fn falsely(self, user: &str, flaw: Flaw) -> Self {
        Self { identity: None, imposture: Some(Imposture { user: user.to_owned(), flaw }), ..self }
    }

    pub(super) fn imposture(&self) -> Option<&Imposture> {
        self.imposture.as_ref()
    }

    pub(super) fn identity(&self) -> Option<&Identity> {
        self.identity.as_ref()
    }

    /// A context with its first token.
    pub(super) async fn open(&self) -> Result<Opening, SecurityError> {
        if !self.asks {
            return Opening::new((self.begin)()?);
        }
        let begin = Arc::clone(&self.begin);
        let opened = spawn_blocking(move || Opening::new(begin()?)).await;
        opened.unwrap_or_else(|_| Err(SecurityError::Unsupported("its beginning was broken off".into())))
    }
}

impl fmt::Debug for Security {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Security").field("asks", &self.asks).field("identity", &self.identity).finish_non_exhaustive()
    }
}
