//! The reference server and client of [MS-PAN]: a party to play, well or badly on purpose.

pub mod client;
mod misbehaviour;
mod notification_source;
pub mod server;
mod tap;
pub mod transport;
mod variant;

pub use misbehaviour::Misbehaviour;
pub use tap::Tap;
pub use variant::Variant;
