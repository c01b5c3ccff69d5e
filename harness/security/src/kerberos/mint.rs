//! Tickets that are made with a service's own key, as a KDC would make them (RFC 4120 5.3): without asking one, and such as none
//! would give out.

use dcerpc::security::{Account, SecurityError};

use super::ap::{EncTicketPart, usage};
use super::key::{Key, fill};
use super::keytab::Entry;
use super::principal::{NT_PRINCIPAL, NT_SRV_INST, Principal};
use super::ticket::Held;
use super::{Keytab, etype, time};
use crate::Error;
use crate::der::{application, element, integer, sequence, string};

/// How long a ticket is good for, in seconds.
const LIFETIME: i64 = 36_000;
/// How far times are away that no server may take for now, in seconds: servers choose the clock skew that they allow, and 5
/// minutes are usual (RFC 4120 3.2.3).
const FAR: i64 = 86_400;
/// kvno of a key that is made here.
const FIRST_VERSION: u32 = 1;

/// What makes a ticket, or what a client does with it, one that its server has to refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TicketFlaw {
    /// Its endtime was a day ago.
    Expired,
    /// Its starttime is in a day.
    NotYetValid,
    /// It is enciphered with another key than the service's.
    WrongKey,
    /// It is for another service, with that one's key.
    OtherService,
    /// The client's clock is a day late, as its authenticator says.
    ClockSkew,
}

impl Keytab {
    /// The new key of one service such as `host/NAME`.
    ///
    /// # Errors
    /// [`Error::Security`] when the system gives no random octets.
    pub fn generate(realm: &str, service: &str) -> Result<Self, Error> {
        let principal = Principal::new(NT_SRV_INST, service);
        let key = Key::random(etype::AES256)?;
        Ok(Self { entries: vec![Entry { realm: realm.to_owned(), principal, key_version: FIRST_VERSION, key }] })
    }

    /// A ticket of a user for a service such as `host/NAME`, whose key this is.
    pub(crate) fn mint(&self, user: &str, service: &str, flaw: Option<TicketFlaw>) -> Result<Held, Error> {
        let server = Principal::new(NT_SRV_INST, service);
        let named = self.entries.iter().filter(|entry| entry.principal.is(&server));
        // The keys of a service are replaced by those of higher versions.
        let usable = named.filter(|entry| etype::aes(entry.key.encryption_type).is_ok());
        let entry = usable.max_by_key(|entry| (entry.key_version, entry.key.encryption_type));
        let missing = || Error::Missing(format!("the keytab has no key of AES for {service}"));
        let entry = entry.ok_or_else(missing)?;

        let (now, _) = time::now();
        let (start_time, end_time) = match flaw {
            Some(TicketFlaw::Expired) => (now - FAR - LIFETIME, now - FAR),
            Some(TicketFlaw::NotYetValid) => (now + FAR, now + FAR + LIFETIME),
            _ => (now, now + LIFETIME),
        };
        let part = EncTicketPart {
            key: Key::random(entry.key.encryption_type)?,
            realm: entry.realm.clone(),
            client: Principal::new(NT_PRINCIPAL, user),
            start_time,
            end_time,
        };
        let foreign = matches!(flaw, Some(TicketFlaw::WrongKey | TicketFlaw::OtherService));
        let sealed_with = if foreign { &Key::random(entry.key.encryption_type)? } else { &entry.key };
        let server = match flaw {
            Some(TicketFlaw::OtherService) => another(&server)?,
            _ => server,
        };
        let sealed = sealed_with.encrypt_as(usage::TICKET, &part.write(), Some(entry.key_version))?;
        let fields = [(0, integer(5)), (1, string(&entry.realm)), (2, server.write()), (3, sealed)];
        Ok(Held {
            client_realm: part.realm,
            client: part.client,
            realm: entry.realm.clone(),
            key: part.key,
            end_time,
            ticket: element(application(1), &sequence(&fields)).to_vec(),
            clock: if flaw == Some(TicketFlaw::ClockSkew) { -FAR } else { 0 },
        })
    }

    /// The realm of the first key.
    #[must_use]
    pub fn realm(&self) -> Option<&str> {
        self.entries.first().map(|entry| entry.realm.as_str())
    }

    /// As users are told it to a server: in Kerberos the realm is the domain.
    #[must_use]
    pub fn account(&self, user: &str) -> Account {
        Account { user: user.to_owned(), domain: self.realm().unwrap_or_default().to_owned() }
    }
}

/// The same service of a host that does not exist.
fn another(service: &Principal) -> Result<Principal, SecurityError> {
    let mut octets = [0; 8];
    fill(&mut octets)?;
    let host = format!("pan-harness-{:016x}", u64::from_le_bytes(octets));
    let class = service.components.first().cloned().unwrap_or_default();
    Ok(Principal { name_type: service.name_type, components: vec![class, host] })
}
