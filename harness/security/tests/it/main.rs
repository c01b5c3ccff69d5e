//! Tests of the crate from outside.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod combinations;
mod golden;
mod pair;
mod streams;
