//! From octets to events.

mod cases;
mod conversations;
mod losses;
mod management;
mod mapper;
mod properties;
mod security;
mod talk;
mod text;
mod token;

pub(crate) use conversations::recorded;
