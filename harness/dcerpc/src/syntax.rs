//! Transfer syntaxes and how they lay numbers out.

use uuid::{Uuid, uuid};

/// The order of octets in numbers, as the data representation label of a PDU gives it ([C706] 14.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ByteOrder {
    /// Least significant octet first.
    #[default]
    Little,
    /// Most significant octet first.
    Big,
}

/// The name of a syntax on the wire: p_syntax_id_t of [C706] 12.6.3.1, for interfaces and transfer syntaxes alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SyntaxId {
    /// if_uuid.
    pub uuid: Uuid,
    /// if_version: the major version in the low 16 bits, the minor version in the high ones.
    pub version: u32,
}

impl SyntaxId {
    /// A syntax of version `major`.`minor`.
    #[must_use]
    pub const fn new(uuid: Uuid, major: u16, minor: u16) -> Self {
        Self { uuid, version: major as u32 | (minor as u32) << 16 }
    }

    /// The major version.
    #[must_use]
    pub const fn major(&self) -> u16 {
        (self.version & 0xFFFF) as u16
    }

    /// The minor version.
    #[must_use]
    pub const fn minor(&self) -> u16 {
        (self.version >> 16) as u16
    }
}

/// How stubs are laid out: the parameter by which everything in [`crate::ndr`] differs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum TransferSyntax {
    /// NDR 2.0 ([C706] chapter 14).
    #[default]
    Ndr,
    /// NDR64 1.0 ([MS-RPCE] 2.2.5).
    Ndr64,
}

impl TransferSyntax {
    /// Its name on the wire.
    #[must_use]
    pub const fn id(self) -> SyntaxId {
        match self {
            Self::Ndr => SyntaxId::new(uuid!("8a885d04-1ceb-11c9-9fe8-08002b104860"), 2, 0),
            Self::Ndr64 => SyntaxId::new(uuid!("71710533-beba-4937-8319-b5dbef9ccc36"), 1, 0),
        }
    }

    /// The syntax of that name, if it is one of these.
    #[must_use]
    pub fn from_id(id: SyntaxId) -> Option<Self> {
        [Self::Ndr, Self::Ndr64].into_iter().find(|syntax| syntax.id() == id)
    }
}
