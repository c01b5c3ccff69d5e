//! Network Data Representation: NDR 2.0 and NDR64 by one parameter ([C706] chapter 14, [MS-RPCE] 2.2.5).

mod conformant;
mod wide_string;

pub use conformant::Conformant;
pub use wide_string::WideString;

use crate::{ByteOrder, TransferSyntax};

/// How a stub is laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Format {
    /// The transfer syntax of the presentation context.
    pub syntax: TransferSyntax,
    /// The byte order of the PDU's data representation label.
    pub order: ByteOrder,
}
