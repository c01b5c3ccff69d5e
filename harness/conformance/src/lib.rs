#![no_std]
//! [MS-PAN] section 3 as a judge reads it: what may follow what, and the verdicts.
//!
//! Entries of a trace become [`event`]s in the only decoder; the [`model`] replays them; [`rules`] look at a [`scene`] (model before,
//! event) and give verdicts; [`check`] joins them; a [`sieve`]
//! finds the connections of a network that are worth it. Nothing here knows where octets came from, nor our own peers.

extern crate alloc;

pub mod catalogue;
pub mod check;
pub mod compare;
pub mod dissect;
mod docket;
pub mod event;
pub mod fact;
pub mod finding;
pub mod handle;
mod looking;
pub mod model;
pub mod occasion;
mod open;
pub mod overlay;
pub mod reading;
pub mod rule;
pub mod rules;
pub mod scene;
pub mod sieve;

pub use check::{Checker, Report};
pub use fact::Facts;
pub use finding::{Finding, Severity, Tally};
pub use model::{Config, Memory, Model, PacketLevel, Source};
pub use occasion::Occasions;
pub use overlay::Overlay;
pub use rule::{Party, Rule};
pub use scene::Scene;
