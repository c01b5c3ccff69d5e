//! Secrets of clients and servers, and which of them a context's tokens ask for.

use bytes::Bytes;
use dcerpc::security::{Derive, Derived, SecurityError, Sender};

use super::of_ntlm;
use crate::der::application;
use crate::kerberos::{self, Keytab};
use crate::spnego::Carried;
use crate::{Password, ntlm};

/// What is known of the users and services whose conversations are watched.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    users: Vec<Secret>,
    keytabs: Vec<Keytab>,
}

/// A user, and what proves it.
#[derive(Clone, Debug)]
pub struct Secret {
    /// The user's name without domain.
    pub user: String,
    /// The user's domain; empty for any.
    pub domain: String,
    /// The password; or why it is not known, in words.
    pub password: Result<Password, String>,
}

impl Secrets {
    /// Of those users and services.
    #[must_use]
    pub fn new(users: Vec<Secret>, keytabs: Vec<Keytab>) -> Self {
        Self { users, keytabs }
    }

    /// A password proves itself, so those of all users of that name are tried, whatever they call their domain.
    fn ntlm(&self, challenge: &[u8], last: &Carried) -> Result<Derived, SecurityError> {
        let message = ntlm::Authenticate::read(&last.token)?;
        let name = match message.domain.as_str() {
            "" => message.user.clone(),
            domain => format!("{} of {domain}", message.user),
        };
        let mut failed = None;
        for secret in self.users.iter().filter(|secret| secret.is(&message.user)) {
            let tried = match &secret.password {
                Ok(password) => of_ntlm(password, challenge, last),
                Err(why) => Err(SecurityError::Refused(why.clone())),
            };
            match tried {
                Ok(derived) => return Ok(derived),
                Err(error) => failed = Some(error),
            }
        }
        Err(match failed {
            Some(SecurityError::Refused(why)) => refused(format!("NTLM of {name}: {why}")),
            Some(other) => other,
            None => refused(format!("NTLM of {name}: no password of that user is given")),
        })
    }

    fn kerberos(&self, ap_req: &[u8], ap_rep: &[u8]) -> Result<Derived, SecurityError> {
        let mut failed = None;
        for keytab in &self.keytabs {
            match kerberos::watched(keytab, ap_req, ap_rep) {
                Ok(derived) => return Ok(derived),
                Err(error) => failed = Some(error),
            }
        }
        Err(match failed {
            Some(SecurityError::Refused(why)) => refused(format!("Kerberos: {why}")),
            Some(other) => other,
            None => refused("Kerberos: no keytab is given".to_owned()),
        })
    }
}

impl Secret {
    /// Whether it is of a user that a client calls so: with a domain behind an `@`, perhaps.
    fn is(&self, user: &str) -> bool {
        let same = |name: &str| name.to_lowercase() == self.user.to_lowercase();
        same(user) || user.split_once('@').is_some_and(|(name, _)| same(name))
    }
}

impl Derive for Secrets {
    fn derive(&self, tokens: &[(Sender, Bytes)]) -> Result<Derived, SecurityError> {
        let exchange = Exchange::of(tokens);
        match exchange {
            // Who began with a ticket may have been told to go on with NTLM.
            Exchange { authenticate: Some(last), challenge: Some(challenge), .. } => self.ntlm(&challenge, &last),
            Exchange { ap_req: Some(request), ap_rep: Some(reply), .. } => self.kerberos(&request, &reply),
            Exchange { authenticate: Some(_), .. } => {
                Err(refused("NTLM: its CHALLENGE_MESSAGE was not seen".to_owned()))
            }
            Exchange { challenge: Some(_), .. } => {
                Err(refused("NTLM: its AUTHENTICATE_MESSAGE was not seen".to_owned()))
            }
            Exchange { ap_req: Some(_), .. } => Err(refused("Kerberos: its AP-REP was not seen".to_owned())),
            Exchange { ap_rep: Some(_), .. } => Err(refused("Kerberos: its AP-REQ was not seen".to_owned())),
            _ => Err(refused("no token of NTLM or Kerberos was seen that sets it up".to_owned())),
        }
    }
}

/// The messages that decide. The last of each counts, for a client may try again.
#[derive(Default)]
struct Exchange {
    challenge: Option<Bytes>,
    authenticate: Option<Carried>,
    ap_req: Option<Bytes>,
    ap_rep: Option<Bytes>,
}

impl Exchange {
    fn of(tokens: &[(Sender, Bytes)]) -> Self {
        let mut exchange = Self::default();
        for (sender, token) in tokens {
            let Ok(carried) = Carried::read(token) else { continue };
            let message = carried.token.clone();
            let kind = Message::of(&message);
            match (sender, kind) {
                (Sender::Acceptor, Some(Message::Challenge)) => exchange.challenge = Some(message),
                (Sender::Initiator, Some(Message::Authenticate)) => exchange.authenticate = Some(carried),
                (Sender::Initiator, Some(Message::ApReq)) => exchange.ap_req = Some(message),
                // The client's third leg is an AP-REP, too.
                (Sender::Acceptor, Some(Message::ApRep)) => exchange.ap_rep = Some(message),
                _ => {}
            }
        }
        exchange
    }
}

/// What a mechanism's token is.
enum Message {
    Challenge,
    Authenticate,
    ApReq,
    ApRep,
}

impl Message {
    fn of(token: &[u8]) -> Option<Self> {
        let kind = token.strip_prefix(b"NTLMSSP\0").and_then(|rest| rest.first_chunk());
        match (kind.copied().map(u32::from_le_bytes), token.first().copied()) {
            (Some(2), _) => Some(Self::Challenge),
            (Some(3), _) => Some(Self::Authenticate),
            (None, Some(tag)) if tag == application(14) => Some(Self::ApReq),
            (None, Some(tag)) if tag == application(15) => Some(Self::ApRep),
            _ => None,
        }
    }
}

fn refused(why: String) -> SecurityError {
    SecurityError::Refused(why)
}
