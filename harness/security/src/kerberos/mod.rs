//! Kerberos.

pub(crate) mod etype;
