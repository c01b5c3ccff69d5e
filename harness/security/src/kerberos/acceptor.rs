//! The server's end of Kerberos.

use std::sync::Arc;

use bytes::Bytes;
use dcerpc::security::{Account, SecurityError};

use super::ap::{ApRep, ApReq, Authenticator, EncTicketPart, usage};
use super::initiator::sequence_number;
use super::key::Key;
use super::replay::Replays;
use super::{Keytab, Principal, established, time};
use crate::der::{Element, application, element, integer, sequence, string};
use crate::exchange::{Established, Exchange, Progress};

/// KRB_AP_ERR_NOT_US (RFC 4120 7.5.9).
const NOT_US: i64 = 35;

/// What a server has for Kerberos: its keys, its name, and what it has seen.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) keytab: Keytab,
    /// None takes tickets for every name that there is a key for.
    pub(crate) name: Option<Principal>,
    pub(crate) replays: Replays,
    /// What it does wrong.
    pub(crate) mistake: Option<TicketMistake>,
}

/// What a server can do wrong with tickets, on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TicketMistake {
    /// The times of tickets and of authenticators are not looked at.
    TimesIgnored,
    /// It says of each ticket for `host/…` that it is for somebody else, as a server does that was registered by another name.
    HostUnknown,
}

/// AP-REP as the answer to AP-REQ, then the client's third leg.
pub(crate) struct Acceptor {
    service: Arc<Service>,
    replied: Option<Replied>,
}

struct Replied {
    key: Key,
    sequence_number: u32,
    established: Established,
}

impl Acceptor {
    pub(crate) fn new(service: Arc<Service>) -> Self {
        Self { service, replied: None }
    }

    fn reply(&mut self, token: &Bytes) -> Result<Progress, SecurityError> {
        let request = ApReq::read(token)?;
        if self.service.disowns(&request.server) {
            return Ok(Progress { token: Some(not_us(&request).to_vec().into()), established: None });
        }
        let ticket = self.service.ticket(&request)?;
        let authenticator = request.authenticator(&ticket.key)?;
        self.service.judge(&ticket, &authenticator, &request)?;

        let encryption_type = authenticator.subkey.as_ref().unwrap_or(&ticket.key).encryption_type;
        let reply = ApRep {
            time: authenticator.time,
            microseconds: authenticator.microseconds,
            subkey: Some(Key::random(encryption_type)?),
            sequence_number: sequence_number()?,
        };
        let account = Account { user: ticket.client.to_string(), domain: ticket.realm };
        let numbers = [authenticator.sequence_number, reply.sequence_number];
        let (first, second) = (reply.subkey.as_ref(), authenticator.subkey.as_ref());
        let established = established(first, second, &ticket.key, Some(account), numbers)?;
        let token = reply.write(&ticket.key)?;
        self.replied = Some(Replied { key: ticket.key, sequence_number: reply.sequence_number, established });
        Ok(Progress { token: Some(token.to_vec().into()), established: None })
    }
}

impl Exchange for Acceptor {
    fn step(&mut self, token: Option<&Bytes>) -> Result<Progress, SecurityError> {
        let token = token.ok_or_else(|| SecurityError::Refused("a client without a token".into()))?;
        let Some(replied) = self.replied.take() else { return self.reply(token) };
        super::refusal(token)?;
        let leg = ApRep::read(token, &replied.key)?;
        if leg.sequence_number != replied.sequence_number {
            return Err(SecurityError::Refused("a third leg that answers another AP-REP".into()));
        }
        Ok(Progress { token: None, established: Some(replied.established) })
    }
}

/// KRB-ERROR with KRB_AP_ERR_NOT_US, in answer to a request (RFC 4120 5.9.1).
fn not_us(request: &ApReq<'_>) -> Element {
    let (now, microseconds) = time::now();
    let fields = [
        (0, integer(5)),
        (1, integer(30)),
        (4, time::write(now)),
        (5, integer(microseconds.into())),
        (6, integer(NOT_US)),
        (9, string(&request.realm)),
        (10, request.server.write()),
    ];
    element(application(30), &sequence(&fields))
}

impl Service {
    /// Whether it says of a ticket that it is for somebody else although it is its own.
    fn disowns(&self, server: &Principal) -> bool {
        let class = server.components.first().map(String::as_str).unwrap_or_default();
        self.mistake == Some(TicketMistake::HostUnknown) && class.eq_ignore_ascii_case("host")
    }

    /// Opens the ticket with the key that it names.
    pub(super) fn ticket(&self, request: &ApReq<'_>) -> Result<EncTicketPart, SecurityError> {
        if self.name.as_ref().is_some_and(|name| !name.is(&request.server)) {
            let reason = format!("a ticket for {}@{}, not for this server", request.server, request.realm);
            return Err(SecurityError::Refused(reason));
        }
        self.keytab.ticket(request)
    }

    /// RFC 4120 3.2.3.
    fn judge(
        &self,
        ticket: &EncTicketPart,
        authenticator: &Authenticator,
        request: &ApReq<'_>,
    ) -> Result<(), SecurityError> {
        let (now, _) = time::now();
        let refused = |reason: String| Err(SecurityError::Refused(reason));
        let away = now - authenticator.time;
        let timely = self.mistake != Some(TicketMistake::TimesIgnored);
        match () {
            () if !ticket.client.is(&authenticator.client) || ticket.realm != authenticator.realm => {
                refused("its authenticator is of another client than its ticket".into())
            }
            () if timely && away.abs() > time::SKEW => {
                refused(format!("clock skew: the client's clock is {away} s behind ours"))
            }
            () if timely && ticket.start_time > now + time::SKEW => refused("its ticket is not yet valid".into()),
            () if timely && now > ticket.end_time + time::SKEW => refused("its ticket has expired".into()),
            () if !request.mutual || !authenticator.is_of_dce() => {
                refused("a client that does not ask for mutual authentication in the style of DCE".into())
            }
            () if !self.replays.is_new(now, authenticator.time, request.authenticator.cipher) => {
                refused("its authenticator was seen before".into())
            }
            () => Ok(()),
        }
    }
}

impl Keytab {
    /// Opens a ticket with the key that it is for.
    pub(super) fn ticket(&self, request: &ApReq<'_>) -> Result<EncTicketPart, SecurityError> {
        let refused = |reason: String| Err(SecurityError::Refused(reason));
        let ApReq { server, realm, ticket, .. } = request;
        let named = || self.entries.iter().filter(|entry| entry.principal.is(server) && entry.realm == *realm);
        if named().next().is_none() {
            return refused(format!("the keytab has no key for {server}@{realm}"));
        }
        if let Err(reason) = super::etype::aes(ticket.encryption_type) {
            return refused(format!("a ticket of {reason}"));
        }
        let version = ticket.key_version;
        let fitting = named().filter(|entry| entry.key.encryption_type == ticket.encryption_type);
        let fitting: Vec<_> =
            fitting.filter(|entry| version.is_none_or(|kvno| kvno == entry.key_version.into())).collect();
        if fitting.is_empty() {
            let kvno = version.map_or(String::new(), |kvno| format!(", version {kvno}"));
            let etype = ticket.encryption_type;
            return refused(format!("the keytab has no key of {server}@{realm} of encryption type {etype}{kvno}"));
        }
        for entry in fitting {
            if let Some(plain) = entry.key.decrypt(usage::TICKET, ticket)? {
                return EncTicketPart::read(&plain);
            }
        }
        refused(format!("the keytab's key for {server}@{realm} does not open its ticket"))
    }
}
