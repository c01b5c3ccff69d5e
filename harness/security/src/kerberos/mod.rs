//! Kerberos: tickets, and contexts made with them (RFC 4120, RFC 4121, [MS-KILE]).
//!
//! sspi's Kerberos takes no credential cache, can accept only keys of 256 bits, picks a keytab's key by nothing but its name,
//! remembers no authenticator from one context to the next, and asks the environment for realms. The messages are few, so they
//! are made and read here; the algorithms are picky-krb's.

mod acceptor;
mod ap;
mod ccache;
mod client;
pub(crate) mod etype;
mod file;
mod initiator;
mod kdc;
mod key;
mod keytab;
mod mint;
mod principal;
mod replay;
mod ticket;
mod time;

pub use acceptor::TicketMistake;
pub(crate) use acceptor::{Acceptor, Service};
pub use client::{Kerberos, TicketSource};
pub(crate) use initiator::Initiator;
pub use keytab::Keytab;
pub use mint::TicketFlaw;
pub(crate) use principal::{NT_SRV_INST, Principal};
pub(crate) use replay::Replays;
pub(crate) use ticket::Held;

use dcerpc::security::{Account, Derived, Mechanism, SecurityError, SessionKey};

use crate::der::{Fields, application};
use crate::exchange::Established;
use key::Key;

/// What stands with those keys: the acceptor's subkey, else the initiator's, else that of the ticket (RFC 4121 2).
fn established(
    acceptor: Option<&Key>,
    initiator: Option<&Key>,
    ticket: &Key,
    account: Option<Account>,
    sequence_numbers: [u32; 2],
) -> Result<Established, SecurityError> {
    let key = acceptor.or(initiator).unwrap_or(ticket);
    etype::aes(key.encryption_type).map_err(SecurityError::Unsupported)?;
    let mechanism = Mechanism::Kerberos { encryption_type: key.encryption_type, acceptor_subkey: acceptor.is_some() };
    let key = SessionKey { mechanism, octets: key.octets.clone() };
    Ok(Established { key, account, needs_mech_list_mic: false, sequence_numbers: Some(sequence_numbers) })
}

/// The key of a context that was only watched, and who its client is.
pub(crate) fn watched(keytab: &Keytab, ap_req: &[u8], ap_rep: &[u8]) -> Result<Derived, SecurityError> {
    let request = ap::ApReq::read(ap_req)?;
    let ticket = keytab.ticket(&request)?;
    let authenticator = request.authenticator(&ticket.key)?;
    refusal(ap_rep)?;
    let reply = ap::ApRep::read(ap_rep, &ticket.key)?;
    let numbers = [authenticator.sequence_number, reply.sequence_number];
    let (first, second) = (reply.subkey.as_ref(), authenticator.subkey.as_ref());
    let account = Account { user: ticket.client.to_string(), domain: ticket.realm };
    Ok(Derived { key: established(first, second, &ticket.key, None, numbers)?.key, account })
}

/// The refusal in a token that is a KRB-ERROR.
fn refusal(token: &[u8]) -> Result<(), SecurityError> {
    if token.first() != Some(&application(30)) {
        return Ok(());
    }
    let code = Fields::within(30, token)?.integer(6)?;
    Err(SecurityError::Refused(kdc::words(code)))
}
