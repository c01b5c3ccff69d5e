//! SPNEGO: the ends choose a mechanism and carry its tokens (RFC 4178, [MS-SPNG]).
//!
//! This is done here and not by sspi, which can't be given the mechanisms' secrets apart from each other, falls back to NTLM
//! silently where Kerberos is refused, and asks the environment for a KDC.

mod acceptor;
mod carried;
mod initiator;
mod mech_list;
mod token;

pub(crate) use acceptor::Acceptor;
pub(crate) use carried::Carried;
pub(crate) use initiator::Initiator;
pub(crate) use token::Mech;
