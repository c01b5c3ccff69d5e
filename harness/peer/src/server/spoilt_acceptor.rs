//! How misbehaviours take clients in.

use std::sync::Arc;

use dcerpc::security::{Acceptor, Level, Provider, SecurityContext, SecurityError};

use crate::misbehaviour::Misbehaviour::{self, *};
use crate::spoilt_context::{Spoil, SpoiltContext};

/// An acceptor with something wrong about it, or about the contexts that it makes.
#[derive(Debug)]
pub(super) struct SpoiltAcceptor {
    inner: Arc<dyn Acceptor>,
    misbehaviour: Misbehaviour,
}

impl SpoiltAcceptor {
    /// The acceptor of a misbehaving server.
    pub(super) fn around(inner: Arc<dyn Acceptor>, misbehaviour: Misbehaviour) -> Arc<dyn Acceptor> {
        Arc::new(Self { inner, misbehaviour })
    }
}

impl Acceptor for SpoiltAcceptor {
    fn accept(&self, provider: Provider, level: Level) -> Result<Box<dyn SecurityContext>, SecurityError> {
        let spoil = match self.misbehaviour {
            NegotiateNotRecognized if provider == Provider::NEGOTIATE => {
                return Err(SecurityError::Unsupported("SPNEGO".into()));
            }
            UnknownProviderTaken => {
                let made = self.inner.accept(provider, level);
                return made.or_else(|_| self.inner.accept(Provider::NTLM, level));
            }
            AnyPasswordTaken => Some(Spoil::TokensNotChecked),
            WrongSignaturesTaken => Some(Spoil::SignaturesNotChecked),
            CopiesTaken => Some(Spoil::CopiesTaken),
            ResponsesWronglySigned => Some(Spoil::WrongSignatures),
            ResponsesUnsigned => Some(Spoil::NoSignatures),
            _ => None,
        };
        let context = self.inner.accept(provider, level)?;
        Ok(match spoil {
            Some(spoil) => Box::new(SpoiltContext::new(context, spoil)),
            None => context,
        })
    }
}
