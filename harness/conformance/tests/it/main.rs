//! Tests of the judge.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a panic is how a test fails")]

mod case;
mod catalogue;
mod check;
mod client;
mod compare;
mod decided;
mod dialogue;
mod dissect;
mod fair;
mod forget;
mod framework;
mod gaps;
mod overlay;
mod reading;
mod rules;
mod script;
mod sieve;
mod token;
mod toy;
