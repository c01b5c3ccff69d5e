#![no_std]
//! What a witness of an exchange saw, in the order and at the times at which it was seen.
//!
//! A [`Recorder`] numbers everything that one run saw: octets of connections ([`Observation`]), connections that opened
//! and ended, and what only the harness can know: [`Mark`]s of its own steps, what the notification source was asked
//! and answered ([`stimulus`]), keys ([`ContextKey`]), and [`LocalEvent`]s. A capture becomes the same [`Entry`]s. What they mean is for
//! others to say; this crate knows no protocol.

extern crate alloc;

mod entry;
mod key;
mod mark;
mod observation;
mod recorder;
pub mod stimulus;
mod time;
mod vantage;

pub use entry::{Closed, ConnectionEnd, End, Entry, Flaw, LocalEvent, Lost, Opened, Seen};
pub use key::{ContextKey, Mechanism, SessionKey};
pub use mark::{AnswerMark, CallMark, Mark};
pub use observation::{ConnectionId, Direction, Observation};
pub use recorder::Recorder;
pub use time::Time;
pub use vantage::Vantage;
