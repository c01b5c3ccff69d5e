#![no_std]
//! [MS-PAN] section 3 as a judge reads it: what may follow what, and the verdicts.
//!
//! Entries of a trace become [`event`]s in the only decoder; the model replays them; rules look at (model before, event)
//! and give verdicts. Nothing here knows where octets came from, nor our own peers.

extern crate alloc;

pub mod event;
