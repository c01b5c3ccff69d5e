//! The key of a context that was only watched, from its tokens and the secret of either side.

use dcerpc::security::{Mechanism, SecurityError, SessionKey};

use crate::kerberos::{self, Keytab};
use crate::spnego::Carried;
use crate::{Password, ntlm};

/// The session key of NTLM, from the client's password and the server's and the client's last token, which may be wrapped in
/// SPNEGO ([MS-NLMP] 3.3.2).
///
/// # Errors
/// [`SecurityError::Refused`] when the password is another one, or the tokens are not of NTLM version 2.
pub fn ntlm(password: &Password, challenge: &[u8], authenticate: &[u8]) -> Result<SessionKey, SecurityError> {
    let (challenge, last) = (Carried::read(challenge)?, Carried::read(authenticate)?);
    let message = ntlm::Authenticate::read(&last.token)?;
    let octets = ntlm::prove(password, &ntlm::Challenge::read(&challenge.token)?, &message)?;
    // A client that signs the list of mechanisms has done so with the first number, and so has the server.
    let first_sequence_number = last.has_mech_list_mic.into();
    Ok(SessionKey { mechanism: Mechanism::Ntlm { flags: message.flags, first_sequence_number }, octets })
}

/// The session key of Kerberos, from the server's keytab and the AP-REQ and AP-REP, which may be wrapped in SPNEGO (RFC 4121 2).
///
/// # Errors
/// [`SecurityError::Refused`] when the keytab's keys do not open the ticket.
pub fn kerberos(keytab: &Keytab, ap_req: &[u8], ap_rep: &[u8]) -> Result<SessionKey, SecurityError> {
    kerberos::watched(keytab, &Carried::read(ap_req)?.token, &Carried::read(ap_rep)?.token)
}
