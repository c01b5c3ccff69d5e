//! The messages of [MS-PAN] as octets and by name.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod defects;
mod documents;
mod envelope;
mod fields;
mod golden;
mod impacket;
mod properties;
