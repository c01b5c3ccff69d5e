//! From octets to PDUs, from fragments to stubs, and back.

mod framer;
mod reassembler;
mod splitter;

pub use framer::{Framed, Framer, FramingError};
pub use reassembler::{Fragment, Reassembler, ReassemblyError, Whole};
pub use splitter::{Piece, pieces, protected_stub_room, stub_room};
