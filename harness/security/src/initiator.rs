//! The client's side: who it is, and the contexts that it begins.

use dcerpc::security::{Level, Provider, SecurityContext, SecurityError, Sender};

use crate::context::Context;
use crate::exchange::Exchange;
use crate::spnego::{self, Mech};
use crate::{Credentials, Error, Kerberos, Keytab, PacketLevel, TicketFlaw, kerberos, ntlm};

/// Begins security contexts as one client.
#[derive(Clone, Debug)]
pub struct Initiator {
    credentials: Option<Credentials>,
    ticket: Option<kerberos::Held>,
    service: Option<String>,
    packet_level: PacketLevel,
}

impl Initiator {
    /// A client with a password, for NTLM.
    #[must_use]
    pub fn new(credentials: Credentials) -> Self {
        Self { credentials: Some(credentials), ticket: None, service: None, packet_level: PacketLevel::default() }
    }

    /// A client with a ticket for a service such as `host/NAME`, and for NTLM too when it has a password.
    ///
    /// This is the one step that asks a KDC. It blocks for up to three times [`Kerberos::limit`], a question each, and for as long as the
    /// system takes to resolve the KDC's name: asynchronous callers run it where they may block. Contexts are then made without any network.
    ///
    /// # Errors
    /// [`Error`], in words.
    pub fn with_kerberos(credentials: Option<Credentials>, kerberos: &Kerberos, service: &str) -> Result<Self, Error> {
        let ticket = Some(kerberos.ticket(service, credentials.as_ref())?);
        Ok(Self { credentials, ticket, service: Some(service.to_owned()), packet_level: PacketLevel::default() })
    }

    /// A client with a ticket that it has made itself with the key of a service such as `host/NAME`: one as it should be, or one
    /// that the service has to refuse. The realm is that of the key.
    ///
    /// # Errors
    /// [`Error::Missing`] when the keytab has no key of that service.
    pub fn with_minted(keytab: &Keytab, user: &str, service: &str, flaw: Option<TicketFlaw>) -> Result<Self, Error> {
        let ticket = Some(keytab.mint(user, service, flaw)?);
        let service = Some(service.to_owned());
        Ok(Self { credentials: None, ticket, service, packet_level: PacketLevel::default() })
    }

    /// Has a password too, for NTLM.
    #[must_use]
    pub fn with_credentials(self, credentials: Option<Credentials>) -> Self {
        Self { credentials, ..self }
    }

    /// Says which principal to ask for with NTLM too, such as `host/NAME`.
    #[must_use]
    pub fn with_service(self, service: &str) -> Self {
        Self { service: Some(service.to_owned()), ..self }
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
            Provider::KERBEROS => self.kerberos().ok_or_else(|| unsupported("Kerberos without a ticket"))?,
            Provider::NEGOTIATE => {
                let kerberos = self.kerberos().map(|exchange| (Mech::MicrosoftKerberos, exchange));
                let ntlm = self.ntlm()?.map(|exchange| (Mech::Ntlm, exchange));
                Box::new(spnego::Initiator::new(kerberos.into_iter().chain(ntlm).collect()))
            }
            Provider(other) => return Err(unsupported(&format!("authentication type {other:#04x}"))),
        };
        Ok(Box::new(Context::new(provider, level, self.packet_level, Sender::Initiator, exchange)))
    }

    fn kerberos(&self) -> Option<Box<dyn Exchange>> {
        let ticket = self.ticket.clone()?;
        Some(Box::new(kerberos::Initiator::new(ticket)))
    }

    fn ntlm(&self) -> Result<Option<Box<dyn Exchange>>, SecurityError> {
        let Some(credentials) = &self.credentials else { return Ok(None) };
        Ok(Some(Box::new(ntlm::Initiator::new(credentials, self.service.clone())?)))
    }
}
