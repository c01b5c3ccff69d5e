//! Tests of the crate from outside.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod account;
mod connection;
mod epm;
mod fragment;
mod impacket;
mod mgmt;
mod ndr;
mod pdu;
mod token;
