//! From octets to events.

mod cases;
mod conversations;
mod properties;
mod talk;
mod text;
mod token;

pub(crate) use conversations::recorded;
