#![no_std]
//! DCE/RPC over connections, without any I/O: [C706] chapters 12 and 14, [MS-RPCE] 2.2 and 3.3.
//!
//! Octets and time come in, octets and events go out. Reading returns the value and its defects, for a judge has to show
//! what the specification forbids; it fails only where no value can be given. Nothing here panics on octets from outside.

extern crate alloc;

pub mod connection;
mod context_handle;
mod cursor;
mod defect;
pub mod epm;
pub mod fragment;
pub mod mgmt;
pub mod ndr;
pub mod pdu;
pub mod security;
mod syntax;

pub use context_handle::ContextHandle;
pub use cursor::{ReadCursor, WriteCursor};
pub use defect::{DecodeError, Decoded, Defect};
pub use syntax::{ByteOrder, SyntaxId, TransferSyntax};
