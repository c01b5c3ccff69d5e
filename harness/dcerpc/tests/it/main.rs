//! Tests of the crate from outside.

mod fragment;
mod impacket;
mod pdu;
