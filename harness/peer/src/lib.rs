//! The reference server and client of [MS-PAN]: a party to play, well or badly on purpose.

mod misbehaviour;
mod notification_source;
pub mod server;
mod tap;
pub mod transport;

pub use misbehaviour::Misbehaviour;
pub use tap::Tap;
