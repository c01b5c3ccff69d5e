//! The key of a context that was only watched, from its tokens and the secret of either side.

mod secrets;

use dcerpc::security::{Account, Derived, Mechanism, SecurityError, SessionKey};

use crate::kerberos::{self, Keytab};
use crate::spnego::Carried;
use crate::{Password, ntlm};

pub use secrets::{Secret, Secrets};

/// The session key of NTLM, from the client's password and the server's and the client's last token, which may be wrapped in
/// SPNEGO ([MS-NLMP] 3.3.2).
///
/// # Errors
/// [`SecurityError::Refused`] when the password is another one, or the tokens are not of NTLM version 2.
pub fn ntlm(password: &Password, challenge: &[u8], authenticate: &[u8]) -> Result<SessionKey, SecurityError> {
    let (challenge, last) = (Carried::read(challenge)?, Carried::read(authenticate)?);
    Ok(of_ntlm(password, &challenge.token, &last)?.key)
}

/// The session key of Kerberos, from the server's keytab and the AP-REQ and AP-REP, which may be wrapped in SPNEGO (RFC 4121 2).
///
/// # Errors
/// [`SecurityError::Refused`] when the keytab's keys do not open the ticket.
pub fn kerberos(keytab: &Keytab, ap_req: &[u8], ap_rep: &[u8]) -> Result<SessionKey, SecurityError> {
    Ok(kerberos::watched(keytab, &Carried::read(ap_req)?.token, &Carried::read(ap_rep)?.token)?.key)
}

/// The key, and the user who has proved to know the password.
fn of_ntlm(password: &Password, challenge: &[u8], last: &Carried) -> Result<Derived, SecurityError> {
    let message = ntlm::Authenticate::read(&last.token)?;
    let octets = ntlm::prove(password, &ntlm::Challenge::read(challenge)?, &message)?;
    // A client that signs the list of mechanisms has done so with the first number, and so has the server.
    let first_sequence_number = last.has_mech_list_mic.into();
    let key = SessionKey { mechanism: Mechanism::Ntlm { flags: message.flags, first_sequence_number }, octets };
    Ok(Derived { key, account: Account { user: message.user, domain: message.domain } })
}
