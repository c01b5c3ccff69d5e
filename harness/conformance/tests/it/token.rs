//! Tokens that other implementations made, for traces: the golden octets of the readers' own tests, where their makers stand.

use bytes::Bytes;
use dcerpc::security::token::Token;

macro_rules! golden {
    ($name:literal) => {
        include_str!(concat!("../../../dcerpc/tests/it/token/golden/", $name, ".hex"))
    };
}

/// A ticket for host/printsrv.lab.test in SPNEGO, in the style of DCE, and how it can be answered.
pub(crate) const TICKET: &str = golden!("mit-spnego-ap-req");
pub(crate) const TICKET_READ: &str = golden!("mit-spnego-ap-rep");
pub(crate) const TICKET_OF_ANOTHER: &str = golden!("mit-spnego-not-us");
pub(crate) const TICKET_OF_A_NEWER_KEY: &str = golden!("mit-spnego-bad-key-version");
pub(crate) const COMPLETED: &str = golden!("mit-spnego-completed");
/// The same without SPNEGO.
pub(crate) const BARE_TICKET: &str = golden!("mit-ap-req");
pub(crate) const BARE_TICKET_READ: &str = golden!("mit-ap-rep");
/// A ticket for cifs/printsrv.lab.test.
pub(crate) const TICKET_FOR_CIFS: &str = golden!("mit-spnego-ap-req-cifs");
/// NTLM in SPNEGO with host/PRINTSRV; the server calls itself PRINTSRV.
pub(crate) const NEGOTIATE: &str = golden!("pyspnego-negotiate");
pub(crate) const CHALLENGE: &str = golden!("pyspnego-challenge");
pub(crate) const AUTHENTICATE: &str = golden!("pyspnego-authenticate");
/// With cifs/PRINTSRV.
pub(crate) const AUTHENTICATE_FOR_CIFS: &str = golden!("pyspnego-authenticate-cifs");
/// NTLM without SPNEGO.
pub(crate) const BARE_NEGOTIATE: &str = golden!("pyspnego-ntlm-negotiate");
/// NTLM that names no principal.
pub(crate) const AUTHENTICATE_FOR_NOTHING: &str = golden!("ms-nlmp-authenticate");

/// Golden octets.
pub(crate) fn octets(golden: &str) -> Bytes {
    hex::decode(golden.split_whitespace().collect::<String>()).unwrap().into()
}

/// A golden token.
pub(crate) fn token(golden: &str) -> Token {
    Token::decode(&octets(golden)).unwrap().value
}
