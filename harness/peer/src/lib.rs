//! The reference server and client of [MS-PAN]: a party to play, well or badly on purpose.

pub mod client;
mod misbehaviour;
mod notification_source;
pub mod server;
mod tap;
mod tapped_stream;
pub mod transport;
mod variant;

pub use misbehaviour::Misbehaviour;
pub use tap::Tap;
pub use tapped_stream::TappedStream;
pub use variant::Variant;
