//! The server's side: whom it takes in.

use std::sync::Arc;

use dcerpc::security::{Acceptor, Level, Provider, SecurityContext, SecurityError, Sender};

use crate::context::Context;
use crate::exchange::Exchange;
use crate::kerberos::{self, Keytab, NT_SRV_INST, Principal, Replays, Service};
use crate::spnego::{self, Mech};
use crate::{Credentials, PacketLevel, TicketMistake, ntlm};

/// The accounts that a server takes in.
#[derive(Clone, Debug)]
pub struct Accounts {
    accounts: Arc<[Credentials]>,
    service: Option<Arc<Service>>,
    packet_level: PacketLevel,
}

impl Accounts {
    /// Users with passwords, for NTLM.
    #[must_use]
    pub fn new(accounts: impl IntoIterator<Item = Credentials>) -> Self {
        Self { accounts: accounts.into_iter().collect(), service: None, packet_level: PacketLevel::default() }
    }

    /// Takes in whoever has a ticket that a key of the keytab opens; of a principal such as `host/NAME`, or of every one that
    /// has a key.
    #[must_use]
    pub fn with_keytab(self, keytab: Keytab, principal: Option<&str>) -> Self {
        let name = principal.map(|name| Principal::new(NT_SRV_INST, name));
        let service = Service { keytab, name, replays: Replays::default(), mistake: None };
        Self { service: Some(Arc::new(service)), ..self }
    }

    /// Does something wrong with tickets, where there are keys to take them with.
    #[must_use]
    pub fn with_mistake(self, mistake: TicketMistake) -> Self {
        let service = self.service.map(|service| {
            let (keytab, name) = (service.keytab.clone(), service.name.clone());
            Arc::new(Service { keytab, name, replays: Replays::default(), mistake: Some(mistake) })
        });
        Self { service, ..self }
    }

    /// Says what to send at packet level.
    #[must_use]
    pub fn with_packet_level(self, packet_level: PacketLevel) -> Self {
        Self { packet_level, ..self }
    }

    fn kerberos(&self) -> Option<Box<dyn Exchange>> {
        let service = Arc::clone(self.service.as_ref()?);
        Some(Box::new(kerberos::Acceptor::new(service)))
    }

    fn ntlm(&self) -> Option<Box<dyn Exchange>> {
        let accounts = Some(&self.accounts).filter(|accounts| !accounts.is_empty());
        accounts.map(|accounts| Box::new(ntlm::Acceptor::new(Arc::clone(accounts))) as Box<dyn Exchange>)
    }
}

impl Acceptor for Accounts {
    fn accept(&self, provider: Provider, level: Level) -> Result<Box<dyn SecurityContext>, SecurityError> {
        let unsupported = |what: &str| SecurityError::Unsupported(what.into());
        if !(Level::CONNECT..=Level::PRIVACY).contains(&level) {
            return Err(unsupported(&format!("authentication level {}", level.0)));
        }
        let exchange: Box<dyn Exchange> = match provider {
            Provider::NTLM => self.ntlm().ok_or_else(|| unsupported("NTLM without accounts"))?,
            Provider::KERBEROS => self.kerberos().ok_or_else(|| unsupported("Kerberos without a keytab"))?,
            Provider::NEGOTIATE => {
                let kerberos = self.kerberos().map(|exchange| (Mech::Kerberos, exchange));
                let ntlm = self.ntlm().map(|exchange| (Mech::Ntlm, exchange));
                Box::new(spnego::Acceptor::new(kerberos.into_iter().chain(ntlm).collect()))
            }
            Provider(other) => return Err(unsupported(&format!("authentication type {other:#04x}"))),
        };
        Ok(Box::new(Context::new(provider, level, self.packet_level, Sender::Acceptor, exchange)))
    }
}
