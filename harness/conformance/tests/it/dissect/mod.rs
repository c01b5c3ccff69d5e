//! From octets to events.

mod cases;
mod conversations;
mod properties;
mod talk;
mod text;

pub(crate) use conversations::recorded;
