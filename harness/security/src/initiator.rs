//! The client's side: who it is, and the contexts that it begins.

use dcerpc::security::{Level, Provider, SecurityContext, SecurityError, Sender};

use crate::context::Context;
use crate::exchange::Exchange;
use crate::spnego::{self, Mech};
use crate::{Credentials, PacketLevel, ntlm};

/// Begins security contexts as one client.
#[derive(Clone, Debug)]
pub struct Initiator {
    credentials: Option<Credentials>,
    packet_level: PacketLevel,
}

impl Initiator {
    /// A client with a password, for NTLM.
    #[must_use]
    pub fn new(credentials: Credentials) -> Self {
        Self { credentials: Some(credentials), packet_level: PacketLevel::default() }
    }

    /// Says what to send at packet level.
    #[must_use]
    pub fn with_packet_level(self, packet_level: PacketLevel) -> Self {
        Self { packet_level, ..self }
    }

    /// Begins a context. This computes only.
    ///
    /// # Errors
    /// [`SecurityError::Unsupported`] for a provider that this client has no credentials for.
    pub fn context(&self, provider: Provider, level: Level) -> Result<Box<dyn SecurityContext>, SecurityError> {
        let unsupported = |what: &str| SecurityError::Unsupported(what.into());
        let exchange: Box<dyn Exchange> = match provider {
            Provider::NTLM => self.ntlm()?.ok_or_else(|| unsupported("NTLM without a password"))?,
            Provider::NEGOTIATE => {
                let ntlm = self.ntlm()?.map(|exchange| (Mech::Ntlm, exchange));
                Box::new(spnego::Initiator::new(ntlm.into_iter().collect()))
            }
            Provider(other) => return Err(unsupported(&format!("authentication type {other:#04x}"))),
        };
        Ok(Box::new(Context::new(provider, level, self.packet_level, Sender::Initiator, exchange)))
    }

    fn ntlm(&self) -> Result<Option<Box<dyn Exchange>>, SecurityError> {
        let Some(credentials) = &self.credentials else { return Ok(None) };
        Ok(Some(Box::new(ntlm::Initiator::new(credentials)?)))
    }
}
