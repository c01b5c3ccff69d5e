//! Tests of the crate from outside.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod combinations;
mod golden;
mod hostile;
mod kdc;
mod kerberos;
mod pair;
mod played;
mod spnego;
mod streams;
mod wrap;
