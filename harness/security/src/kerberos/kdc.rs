//! Asking a KDC for tickets, over TCP (RFC 4120 3.1, 3.3, 7.2.2).

use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use dcerpc::security::SecurityError;

use super::ap::{ApReq, Authenticator};
use super::initiator::sequence_number;
use super::key::{EncryptedData, Key};
use super::principal::{NT_SRV_INST, Principal};
use super::ticket::Held;
use super::{etype, time};
use crate::der::{
    BIT_STRING, Element, Elements, Fields, OCTET_STRING, SEQUENCE, application, element, integer, joined, sequence,
    string,
};
use crate::{Error, Password};

/// Octets of an answer that is still taken.
const LONGEST_ANSWER: usize = 1 << 20;
/// How long a ticket shall be good for.
const LIFETIME: i64 = 36_000;
const PREAUTH_REQUIRED: i64 = 25;
const PA_TGS_REQ: i64 = 1;
const PA_ENC_TIMESTAMP: i64 = 2;
const PA_ETYPE_INFO2: i64 = 19;

/// Key usage numbers (RFC 4120 7.5.1).
mod usage {
    pub(super) const ENC_TIMESTAMP: i32 = 1;
    pub(super) const AS_REP: i32 = 3;
    pub(super) const TGS_CHECKSUM: i32 = 6;
    pub(super) const TGS_AUTHENTICATOR: i32 = 7;
    pub(super) const TGS_REP: i32 = 8;
}

/// A KDC of a realm.
#[derive(Clone, Debug)]
pub(super) struct Kdc<'a> {
    pub(super) realm: &'a str,
    pub(super) address: &'a str,
    /// How long all of a question may take.
    pub(super) limit: Duration,
}

/// What a KDC answers.
enum Answer {
    Reply(Vec<u8>),
    /// Pre-authentication is due; its e-data says how.
    PreauthRequired(Vec<u8>),
}

impl Kdc<'_> {
    /// A ticket for tickets, by password.
    pub(super) fn initial(&self, user: &str, password: &Password) -> Result<Held, Error> {
        let client = Principal::new(super::principal::NT_PRINCIPAL, user);
        let server = Principal { name_type: NT_SRV_INST, components: vec!["krbtgt".into(), self.realm.into()] };
        let nonce = sequence_number()?;
        let body = self.body(Some(&client), &server, nonce);
        let default_salt = self.realm.to_owned() + &client.components.concat();
        let hint = |method_data: &[u8]| self.key(method_data, password, &default_salt);

        let (answer, key) = match self.ask(&request(10, &[], &body))? {
            Answer::Reply(reply) => (reply, None),
            Answer::PreauthRequired(method_data) => {
                let key = hint(&method_data)?.ok_or_else(|| self.refused("it wants no encryption type of AES"))?;
                let stamp = timestamp(&key)?;
                match self.ask(&request(10, &[(PA_ENC_TIMESTAMP, stamp)], &body))? {
                    Answer::Reply(reply) => (reply, Some(key)),
                    Answer::PreauthRequired(_) => return Err(self.refused("it wants another pre-authentication")),
                }
            }
        };
        let fields = Fields::within(11, &answer)?;
        let key = match (key, fields.optional(2).map(hint).transpose()?.flatten()) {
            (Some(key), _) | (None, Some(key)) => key,
            (None, None) => {
                let data = EncryptedData::read(fields.field(6)?)?;
                Key::of_password(data.encryption_type, password.expose(), default_salt.as_bytes())?
            }
        };
        let wrong = || self.refused("the password is wrong");
        self.held(&fields, &key, usage::AS_REP, nonce)?.ok_or_else(wrong)
    }

    /// A ticket for a service, by a ticket for tickets.
    pub(super) fn service(&self, granting: &Held, server: &Principal) -> Result<Held, Error> {
        let nonce = sequence_number()?;
        let body = self.body(None, server, nonce);
        let (time, microseconds) = time::now();
        let authenticator = Authenticator {
            realm: granting.client_realm.clone(),
            client: granting.client.clone(),
            time,
            microseconds: microseconds.into(),
            subkey: None,
            sequence_number: sequence_number()?,
            flags: None,
        };
        let checksum = granting.key.checksum(usage::TGS_CHECKSUM, &body)?;
        let sealed = granting.key.encrypt(usage::TGS_AUTHENTICATOR, &authenticator.write(Some(checksum)))?;
        let request = request(12, &[(PA_TGS_REQ, ApReq::write(&granting.ticket, sealed, false))], &body);
        let Answer::Reply(answer) = self.ask(&request)? else {
            return Err(self.refused("it wants a pre-authentication for a service"));
        };
        let fields = Fields::within(13, &answer)?;
        let foreign = || self.refused("its answer is not of the ticket's key");
        let held = self.held(&fields, &granting.key, usage::TGS_REP, nonce)?.ok_or_else(foreign)?;
        let ticket = Fields::within(1, &held.ticket)?;
        let given = Principal::read(ticket.field(2)?)?;
        if !given.is(server) {
            return Err(self.refused(&format!("it refers to {given}, and other realms are not asked")));
        }
        Ok(held)
    }

    /// What a KDC-REP holds (RFC 4120 5.4.2); None when the key does not open it.
    fn held(&self, reply: &Fields<'_>, key: &Key, usage: i32, nonce: u32) -> Result<Option<Held>, Error> {
        let data = EncryptedData::read(reply.field(6)?)?;
        etype::aes(data.encryption_type).map_err(|reason| self.refused(&format!("it answers with {reason}")))?;
        let Some(plain) = key.decrypt(usage, &data)? else { return Ok(None) };
        // An AS-REP may have either tag.
        let part = match plain.first() {
            Some(tag) if *tag == application(25) => Fields::within(25, &plain)?,
            _ => Fields::within(26, &plain)?,
        };
        if part.integer(2)? != nonce.into() {
            return Err(self.refused("its answer is to another question"));
        }
        let key = Key::read(part.field(0)?)?;
        etype::aes(key.encryption_type).map_err(|reason| self.refused(&format!("it gives a key of {reason}")))?;
        Ok(Some(Held {
            client_realm: reply.string(3)?,
            client: Principal::read(reply.field(4)?)?,
            realm: self.realm.to_owned(),
            key,
            end_time: time::read(part.field(7)?)?,
            clock: 0,
            ticket: reply.field(5)?.to_vec(),
        }))
    }

    /// KDC-REQ-BODY (RFC 4120 5.4.1).
    fn body(&self, client: Option<&Principal>, server: &Principal, nonce: u32) -> Element {
        let (now, _) = time::now();
        let etypes = joined(&[integer(etype::AES256.into()), integer(etype::AES128.into())]);
        let mut fields = vec![(0, element(BIT_STRING, &[0; 5]))];
        fields.extend(client.map(|client| (1, client.write())));
        fields.extend([
            (2, string(self.realm)),
            (3, server.write()),
            (5, time::write(now + LIFETIME)),
            (7, integer(nonce.into())),
            (8, element(SEQUENCE, &etypes)),
        ]);
        sequence(&fields)
    }

    /// The key of a password as PA-ETYPE-INFO2 says (RFC 4120 5.2.7.5).
    fn key(&self, method_data: &[u8], password: &Password, default_salt: &str) -> Result<Option<Key>, Error> {
        let mut entries = Elements(Elements(method_data).of(SEQUENCE)?);
        while let Some((SEQUENCE, entry)) = entries.next()? {
            let entry = element(SEQUENCE, entry);
            let entry = Fields::of(&entry)?;
            if entry.integer(1)? != PA_ETYPE_INFO2 {
                continue;
            }
            let mut infos = Elements(Elements(entry.octets(2)?).of(SEQUENCE)?);
            while let Some((SEQUENCE, info)) = infos.next()? {
                let info = element(SEQUENCE, info);
                let info = Fields::of(&info)?;
                let encryption_type = i32::try_from(info.integer(0)?).unwrap_or_default();
                if etype::aes(encryption_type).is_err() {
                    continue;
                }
                if info.optional(2).is_some() && info.octets(2)? != [0, 0, 0x10, 0] {
                    return Err(self.refused("it wants another number of iterations than 4096 for keys"));
                }
                let salt = if info.optional(1).is_some() { info.string(1)? } else { default_salt.to_owned() };
                return Ok(Some(Key::of_password(encryption_type, password.expose(), salt.as_bytes())?));
            }
        }
        Ok(None)
    }

    fn refused(&self, reason: &str) -> Error {
        Error::Refused { realm: self.realm.to_owned(), code: None, reason: reason.to_owned() }
    }

    fn ask(&self, request: &[u8]) -> Result<Answer, Error> {
        let unreachable = |reason: String| Error::Unreachable { address: self.address.to_owned(), reason };
        let answer = self.exchange(request).map_err(|error| {
            // Which of the two it is that tells of a limit hangs on the system.
            let late = matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut);
            unreachable(if late { format!("no answer within {:?}", self.limit) } else { error.to_string() })
        })?;
        if answer.first() != Some(&application(30)) {
            return Ok(Answer::Reply(answer));
        }
        let error = Fields::within(30, &answer)?;
        match error.integer(6)? {
            PREAUTH_REQUIRED => Ok(Answer::PreauthRequired(error.octets(12).unwrap_or(&[0x30, 0]).to_vec())),
            code => Err(Error::Refused { realm: self.realm.to_owned(), code: Some(code), reason: words(code) }),
        }
    }

    /// One question and its answer, each after its length.
    fn exchange(&self, request: &[u8]) -> std::io::Result<Vec<u8>> {
        let deadline = Instant::now() + self.limit;
        let late = || std::io::Error::from(std::io::ErrorKind::TimedOut);
        let left = || deadline.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()).ok_or_else(late);
        let mut failure = std::io::Error::other("its name has no address");
        let mut connected = None;
        for address in self.address.to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, left()?) {
                Ok(stream) => connected = Some(stream),
                Err(error) => failure = error,
            }
            if connected.is_some() {
                break;
            }
        }
        let mut stream = connected.ok_or(failure)?;
        stream.set_write_timeout(Some(left()?))?;
        let length = u32::try_from(request.len()).unwrap_or(u32::MAX);
        stream.write_all(&[&length.to_be_bytes(), request].concat())?;
        let mut answer = Vec::new();
        let mut wanted = 4;
        while answer.len() < wanted {
            stream.set_read_timeout(Some(left()?))?;
            let mut chunk = [0; 4096];
            let count = stream.read(&mut chunk)?;
            if count == 0 {
                return Err(std::io::Error::other("it closed the connection without an answer"));
            }
            answer.extend_from_slice(chunk.get(..count).unwrap_or_default());
            if let Some(length) = answer.first_chunk().copied().map(u32::from_be_bytes) {
                wanted = usize::try_from(length).unwrap_or(usize::MAX).saturating_add(4);
                if wanted > LONGEST_ANSWER {
                    return Err(std::io::Error::other(format!("its answer would have {length} octets")));
                }
            }
        }
        Ok(answer.get(4..wanted).unwrap_or_default().to_vec())
    }
}

/// KDC-REQ (RFC 4120 5.4.1).
fn request(number: u8, padata: &[(i64, Element)], body: &[u8]) -> Element {
    let mut fields = vec![(1, integer(5)), (2, integer(number.into()))];
    if !padata.is_empty() {
        let each = padata.iter().map(|(kind, data)| sequence(&[(1, integer(*kind)), (2, element(OCTET_STRING, data))]));
        fields.push((3, element(SEQUENCE, &joined(&each.collect::<Vec<_>>()))));
    }
    fields.push((4, body.to_vec().into()));
    element(application(number), &sequence(&fields))
}

/// PA-ENC-TIMESTAMP (RFC 4120 5.2.7.2).
fn timestamp(key: &Key) -> Result<Element, SecurityError> {
    let (now, microseconds) = time::now();
    let plain = sequence(&[(0, time::write(now)), (1, integer(microseconds.into()))]);
    key.encrypt(usage::ENC_TIMESTAMP, &plain)
}

/// What an error-code means (RFC 4120 7.5.9).
pub(super) fn words(code: i64) -> String {
    let words = match code {
        6 => "the user is unknown to the realm",
        7 => "the service is unknown to the realm",
        12 => "its policy forbids it",
        14 => "it has no encryption type of AES in common with us",
        18 => "the user's account is locked",
        23 => "the password has expired",
        24 | 31 => "the password is wrong",
        32 => "the ticket has expired",
        33 => "the ticket is not yet valid",
        34 => "the request was seen before",
        35 => "the ticket is for another server",
        37 => "clock skew: its clock and ours are too far apart",
        41 => "the message was modified",
        44 => "the key's version is not there",
        45 => "it has no key for the service",
        68 => "the realm is another one",
        _ => "it gives no more than a number",
    };
    format!("{words} (Kerberos error {code})")
}
