//! The client's end of Kerberos.

use bytes::Bytes;
use dcerpc::security::SecurityError;

use super::ap::{ApRep, ApReq, Authenticator, usage};
use super::key::{Key, fill};
use super::ticket::Held;
use super::{established, time};
use crate::exchange::{Exchange, Progress};

/// AP-REQ, then the third leg as the answer to AP-REP.
pub(crate) struct Initiator {
    ticket: Held,
    /// The authenticator that was sent.
    sent: Option<Authenticator>,
}

impl Initiator {
    pub(crate) fn new(ticket: Held) -> Self {
        Self { ticket, sent: None }
    }

    fn begin(&mut self) -> Result<Progress, SecurityError> {
        let Held { client_realm, client, key, ticket, clock, .. } = &self.ticket;
        let (time, microseconds) = time::now();
        let time = time + clock;
        let authenticator = Authenticator {
            realm: client_realm.clone(),
            client: client.clone(),
            time,
            microseconds: microseconds.into(),
            subkey: Some(Key::random(key.encryption_type)?),
            sequence_number: sequence_number()?,
            flags: None,
        };
        let sealed = key.encrypt(usage::AUTHENTICATOR, &authenticator.write(None))?;
        let token = ApReq::write(ticket, sealed, true);
        self.sent = Some(authenticator);
        Ok(Progress { token: Some(token.to_vec().into()), established: None })
    }

    fn end(&self, sent: &Authenticator, token: &Bytes) -> Result<Progress, SecurityError> {
        let key = &self.ticket.key;
        super::refusal(token)?;
        let reply = ApRep::read(token, key)?;
        if (reply.time, reply.microseconds) != (sent.time, sent.microseconds) {
            return Err(SecurityError::Refused("an AP-REP to another authenticator".into()));
        }
        let leg = ApRep {
            time: sent.time,
            microseconds: sent.microseconds,
            subkey: None,
            sequence_number: reply.sequence_number,
        };
        let numbers = [sent.sequence_number, reply.sequence_number];
        let established = established(reply.subkey.as_ref(), sent.subkey.as_ref(), key, None, numbers)?;
        Ok(Progress { token: Some(leg.write(key)?.to_vec().into()), established: Some(established) })
    }
}

impl Exchange for Initiator {
    fn step(&mut self, token: Option<&Bytes>) -> Result<Progress, SecurityError> {
        match (self.sent.take(), token) {
            (None, None) => self.begin(),
            (Some(sent), Some(token)) => self.end(&sent, token),
            _ => Err(SecurityError::Refused("a token where none was due".into())),
        }
    }
}

/// A number to begin with; of 30 bits, for not everybody reads it without a sign.
pub(super) fn sequence_number() -> Result<u32, SecurityError> {
    let mut octets = [0; 4];
    fill(&mut octets)?;
    Ok(u32::from_le_bytes(octets) & 0x3FFF_FFFF)
}
