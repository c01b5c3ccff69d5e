//! The two ends of a connection as state machines ([MS-RPCE] 3.3): octets in, octets and events out.
//!
//! Neither end reads or writes anything itself. Whoever drives it pushes what a socket gave, takes what is to be sent,
//! and answers the events. What one end sends can be changed PDU by PDU, so that it can be wrong on purpose: before it is
//! protected by the `altered` ways of sending, after that where the output is taken.
//!
//! Requests and responses are protected, fragment by fragment; all other PDUs are not ([MS-RPCE] 3.3.1.5.2.2). Where
//! others protect a fault as well, that is told and not verified.

pub mod client;
mod secured;
pub mod server;
mod standing;

pub use standing::{Established, PacketLevel};

/// The longest PDU that Windows offers to send and to receive over TCP, in octets.
pub const USUAL_FRAG: u16 = 5840;

/// The longest PDU that everybody has to be able to receive, in octets ([C706] 12.6.3.1, MustRecvFragSize).
pub const MUST_RECV_FRAG: u16 = 1432;

/// How long a stub may become when nobody says otherwise, in octets: 16 MiB and room for the parameters around a
/// document of 10 MiB.
pub const USUAL_STUB: usize = (16 << 20) + (64 << 10);
