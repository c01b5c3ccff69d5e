//! Where a client has its tickets from.

use std::path::PathBuf;
use std::time::Duration;

use super::ccache::Ccache;
use super::kdc::Kdc;
use super::principal::{NT_SRV_INST, Principal};
use super::ticket::Held;
use super::time;
use crate::{Credentials, Error};

/// How a client comes to a ticket for a service.
#[derive(Clone, Debug)]
pub struct Kerberos {
    /// The realm.
    pub realm: String,
    /// The KDC, `host:port`, over TCP. None when the cache has all that is needed.
    pub kdc: Option<String>,
    /// What the client has.
    pub source: TicketSource,
    /// How long each question to the KDC may take.
    pub limit: Duration,
}

/// What a client proves itself to a KDC with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TicketSource {
    /// The password of the client's credentials.
    Password,
    /// A credential cache file, with a ticket for the service or one for tickets.
    Ccache(PathBuf),
}

impl Kerberos {
    /// A ticket for a service such as `host/NAME`. Blocks for as long as the KDC is asked.
    pub(crate) fn ticket(&self, service: &str, credentials: Option<&Credentials>) -> Result<Held, Error> {
        let server = Principal::new(NT_SRV_INST, service);
        let granting = match &self.source {
            TicketSource::Password => {
                let credentials =
                    credentials.ok_or_else(|| Error::Missing("there is no password for Kerberos".into()))?;
                self.kdc()?.initial(&credentials.user, &credentials.password)?
            }
            TicketSource::Ccache(path) => {
                let tickets = Ccache::open(path)?.tickets;
                let failed = |reason: String| Error::File { what: "credential cache", path: path.clone(), reason };
                let find = |name: &Principal| {
                    let of_name = tickets.iter().filter(|(server, held)| server.is(name) && held.realm == self.realm);
                    of_name.map(|(_, held)| held).max_by_key(|held| held.end_time)
                };
                if let Some(held) = find(&server) {
                    return current(held).map_err(failed);
                }
                let granting = Principal::new(NT_SRV_INST, &format!("krbtgt/{}", self.realm));
                let held = find(&granting);
                let missing = || failed(format!("no ticket for {service} nor for tickets of {}", self.realm));
                current(held.ok_or_else(missing)?).map_err(failed)?
            }
        };
        self.kdc()?.service(&granting, &server)
    }

    fn kdc(&self) -> Result<Kdc<'_>, Error> {
        let missing = || Error::Missing(format!("no KDC of {} is given", self.realm));
        let address = self.kdc.as_deref().ok_or_else(missing)?;
        Ok(Kdc { realm: &self.realm, address, limit: self.limit })
    }
}

fn current(held: &Held) -> Result<Held, String> {
    let (now, _) = time::now();
    if held.end_time < now {
        return Err("its ticket has expired".into());
    }
    super::etype::aes(held.key.encryption_type).map_err(|reason| format!("its ticket has a key of {reason}"))?;
    Ok(held.clone())
}
