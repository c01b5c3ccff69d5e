//! The reference server and client of [MS-PAN]: a party to play, well or badly on purpose.

pub mod client;
mod client_misbehaviour;
mod client_variant;
mod misbehaviour;
mod notification_source;
pub mod print_client;
pub mod server;
mod spoilt_context;
mod tap;
mod tapped_stream;
pub mod transport;
mod variant;

pub use client_misbehaviour::ClientMisbehaviour;
pub use client_variant::ClientVariant;
pub use misbehaviour::Misbehaviour;
pub use tap::Tap;
pub use tapped_stream::TappedStream;
pub use variant::Variant;
