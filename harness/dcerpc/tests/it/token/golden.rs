//! Tokens that other implementations made, each in a file of its own: made in a laboratory, of accounts that exist nowhere.

use bytes::Bytes;

/// Octets in hexadecimal.
pub(crate) type Golden = &'static str;

pub(crate) fn octets(golden: Golden) -> Bytes {
    hex::decode(golden.split_whitespace().collect::<String>()).unwrap().into()
}

/// Kerberos for host/printsrv.lab.test, in the style of DCE. Made by MIT krb5 1.20.1 (libgssapi), realm LAB.TEST.
pub(crate) const MIT_AP_REQ: Golden = include_str!("golden/mit-ap-req.hex");
/// Its answer. Made by MIT krb5 1.20.1 (libgssapi), realm LAB.TEST.
pub(crate) const MIT_AP_REP: Golden = include_str!("golden/mit-ap-rep.hex");
/// The same in SPNEGO. Made by MIT krb5 1.20.1 (libgssapi), realm LAB.TEST.
pub(crate) const MIT_SPNEGO_AP_REQ: Golden = include_str!("golden/mit-spnego-ap-req.hex");
/// Its answer. Made by MIT krb5 1.20.1 (libgssapi), realm LAB.TEST.
pub(crate) const MIT_SPNEGO_AP_REP: Golden = include_str!("golden/mit-spnego-ap-rep.hex");
/// The client's answer to that. Made by MIT krb5 1.20.1 (libgssapi), realm LAB.TEST.
pub(crate) const MIT_SPNEGO_THIRD_LEG: Golden = include_str!("golden/mit-spnego-third-leg.hex");
/// The end. Made by MIT krb5 1.20.1 (libgssapi), realm LAB.TEST.
pub(crate) const MIT_SPNEGO_COMPLETED: Golden = include_str!("golden/mit-spnego-completed.hex");
/// Kerberos in SPNEGO with the framing of RFC 4121. Made by MIT krb5 1.20.1 (libgssapi), realm LAB.TEST.
pub(crate) const MIT_SPNEGO_AP_REQ_FRAMED: Golden = include_str!("golden/mit-spnego-ap-req-framed.hex");
/// Its answer. Made by MIT krb5 1.20.1 (libgssapi), realm LAB.TEST.
pub(crate) const MIT_SPNEGO_AP_REP_FRAMED: Golden = include_str!("golden/mit-spnego-ap-rep-framed.hex");
/// The answer of a server whose keytab holds a key for print/printsrv.lab.test only. Made by MIT krb5 1.20.1 (libgssapi), realm LAB.TEST.
pub(crate) const MIT_SPNEGO_NOT_US: Golden = include_str!("golden/mit-spnego-not-us.hex");
/// The answer of a server whose keytab holds an older key. Made by MIT krb5 1.20.1 (libgssapi), realm LAB.TEST.
pub(crate) const MIT_SPNEGO_BAD_KEY_VERSION: Golden = include_str!("golden/mit-spnego-bad-key-version.hex");
/// A ticket for cifs/printsrv.lab.test. Made by MIT krb5 1.20.1 (libgssapi), realm LAB.TEST.
pub(crate) const MIT_SPNEGO_AP_REQ_CIFS: Golden = include_str!("golden/mit-spnego-ap-req-cifs.hex");
/// NTLM in SPNEGO, for host/PRINTSRV. Made by pyspnego 0.12.4.
pub(crate) const PYSPNEGO_NEGOTIATE: Golden = include_str!("golden/pyspnego-negotiate.hex");
/// Its answer. Made by pyspnego 0.12.4.
pub(crate) const PYSPNEGO_CHALLENGE: Golden = include_str!("golden/pyspnego-challenge.hex");
/// The client's answer to that. Made by pyspnego 0.12.4.
pub(crate) const PYSPNEGO_AUTHENTICATE: Golden = include_str!("golden/pyspnego-authenticate.hex");
/// The end. Made by pyspnego 0.12.4.
pub(crate) const PYSPNEGO_COMPLETED: Golden = include_str!("golden/pyspnego-completed.hex");
/// The same for cifs/PRINTSRV. Made by pyspnego 0.12.4.
pub(crate) const PYSPNEGO_AUTHENTICATE_CIFS: Golden = include_str!("golden/pyspnego-authenticate-cifs.hex");
/// NTLM alone. Made by pyspnego 0.12.4.
pub(crate) const PYSPNEGO_NTLM_NEGOTIATE: Golden = include_str!("golden/pyspnego-ntlm-negotiate.hex");
/// Its third message. Made by pyspnego 0.12.4.
pub(crate) const PYSPNEGO_NTLM_AUTHENTICATE: Golden = include_str!("golden/pyspnego-ntlm-authenticate.hex");
/// The challenge of [MS-NLMP] 4.2.4.3.
pub(crate) const MS_NLMP_CHALLENGE: Golden = include_str!("golden/ms-nlmp-challenge.hex");
/// The response of [MS-NLMP] 4.2.4.3.
pub(crate) const MS_NLMP_AUTHENTICATE: Golden = include_str!("golden/ms-nlmp-authenticate.hex");
/// NegTokenInit2 with NEGOEX of [MS-SPNG] 4.
pub(crate) const MS_SPNG_NEG_TOKEN_INIT2: Golden = include_str!("golden/ms-spng-neg-token-init2.hex");

/// All of them.
pub(crate) const ALL: &[Golden] = &[
    MIT_AP_REQ,
    MIT_AP_REP,
    MIT_SPNEGO_AP_REQ,
    MIT_SPNEGO_AP_REP,
    MIT_SPNEGO_THIRD_LEG,
    MIT_SPNEGO_COMPLETED,
    MIT_SPNEGO_AP_REQ_FRAMED,
    MIT_SPNEGO_AP_REP_FRAMED,
    MIT_SPNEGO_NOT_US,
    MIT_SPNEGO_BAD_KEY_VERSION,
    MIT_SPNEGO_AP_REQ_CIFS,
    PYSPNEGO_NEGOTIATE,
    PYSPNEGO_CHALLENGE,
    PYSPNEGO_AUTHENTICATE,
    PYSPNEGO_COMPLETED,
    PYSPNEGO_AUTHENTICATE_CIFS,
    PYSPNEGO_NTLM_NEGOTIATE,
    PYSPNEGO_NTLM_AUTHENTICATE,
    MS_NLMP_CHALLENGE,
    MS_NLMP_AUTHENTICATE,
    MS_SPNG_NEG_TOKEN_INIT2,
];
