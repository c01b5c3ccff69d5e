//! Tests of the crate from outside.

mod fragment;
mod pdu;
