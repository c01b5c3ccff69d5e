//! Network Data Representation: NDR 2.0 and NDR64 by one parameter ([C706] chapter 14, [MS-RPCE] 2.2.5).
//!
//! Reading applies the strict data consistency check at target level 6.0 ([MS-RPCE] 3.1.1.5.3): what breaks it becomes
//! a defect, named by [`rule`]. Writing applies nothing.

mod conformant;
mod reader;
pub mod rule;
mod wide_string;
mod writer;

pub use conformant::Conformant;
pub use reader::Reader;
pub use wide_string::WideString;
pub use writer::Writer;

use crate::{ByteOrder, TransferSyntax};

/// How a stub is laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Format {
    /// The transfer syntax of the presentation context.
    pub syntax: TransferSyntax,
    /// The byte order of the PDU's data representation label.
    pub order: ByteOrder,
}

impl Format {
    /// How a stub is laid out in that syntax and byte order.
    #[must_use]
    pub const fn new(syntax: TransferSyntax, order: ByteOrder) -> Self {
        Self { syntax, order }
    }

    /// How many octets a count or a referent takes, which is also its alignment.
    #[must_use]
    pub const fn count_octets(self) -> usize {
        match self.syntax {
            TransferSyntax::Ndr => 4,
            TransferSyntax::Ndr64 => 8,
        }
    }
}
