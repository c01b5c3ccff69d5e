//! The common header of all connection-oriented PDUs.

use alloc::format;
use alloc::vec::Vec;
use core::fmt;

use bytes::Bytes;

use crate::{ByteOrder, DecodeError, Decoded, Defect, WriteCursor};

/// The common header as the octets say it ([C706] 12.6.3.1): lengths included, be they right or wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// rpc_vers: 5.
    pub version: u8,
    /// rpc_vers_minor: 0 ([MS-RPCE] 3.3.1.5.1).
    pub version_minor: u8,
    /// PTYPE.
    pub ptype: PduType,
    /// pfc_flags.
    pub flags: Flags,
    /// packed_drep: the data representation label ([C706] 14.1).
    pub drep: [u8; 4],
    /// frag_length: octets of the whole PDU, this header and the authentication verifier included.
    pub frag_length: u16,
    /// auth_length: octets of the authentication token; 0 when there is no verifier.
    pub auth_length: u16,
    /// call_id.
    pub call_id: u32,
}

impl Header {
    /// How many octets it takes.
    pub const OCTETS: usize = 16;

    /// A header of version 5.0 with lengths that are still 0.
    #[must_use]
    pub const fn new(ptype: PduType, flags: Flags, order: ByteOrder, call_id: u32) -> Self {
        let drep = drep(order);
        Self { version: 5, version_minor: 0, ptype, flags, drep, frag_length: 0, auth_length: 0, call_id }
    }

    /// The byte order of numbers, as its data representation label gives it; [`ByteOrder::Little`] for a label that
    /// means nothing.
    #[must_use]
    pub const fn order(&self) -> ByteOrder {
        match self.drep[0] >> 4 {
            0 => ByteOrder::Big,
            _ => ByteOrder::Little,
        }
    }

    /// Reads the header at the start of a PDU. `octets` are taken for the whole PDU: a frag_length that says otherwise
    /// is a defect.
    ///
    /// # Errors
    /// [`DecodeError::Short`] when there are fewer than 16 octets.
    pub fn decode(octets: &Bytes) -> Result<Decoded<Self>, DecodeError> {
        let Some([version, version_minor, ptype, flags, drep @ .., f0, f1, a0, a1, c0, c1, c2, c3]) =
            octets.first_chunk::<{ Self::OCTETS }>()
        else {
            return Err(Self::missing(octets.len()));
        };
        let (frag_length, auth_length, call_id) = ([*f0, *f1], [*a0, *a1], [*c0, *c1, *c2, *c3]);
        let header = Self {
            version: *version,
            version_minor: *version_minor,
            ptype: PduType(*ptype),
            flags: Flags(*flags),
            drep: *drep,
            frag_length: u16::from_le_bytes(frag_length),
            auth_length: u16::from_le_bytes(auth_length),
            call_id: u32::from_le_bytes(call_id),
        };
        let header = match header.order() {
            ByteOrder::Little => header,
            ByteOrder::Big => Self {
                frag_length: u16::from_be_bytes(frag_length),
                auth_length: u16::from_be_bytes(auth_length),
                call_id: u32::from_be_bytes(call_id),
                ..header
            },
        };
        let defects = header.defects(octets.len());
        Ok(Decoded { value: header, defects })
    }

    /// The first field that `length` octets have no room for.
    fn missing(length: usize) -> DecodeError {
        const FIELDS: [(&str, usize, usize); 7] = [
            ("rpc_vers", 0, 1),
            ("rpc_vers_minor", 1, 1),
            ("PTYPE", 2, 1),
            ("pfc_flags", 3, 1),
            ("packed_drep", 4, 4),
            ("frag_length", 8, 2),
            ("auth_length", 10, 2),
        ];
        let cut = FIELDS.into_iter().find(|(_, offset, octets)| offset + octets > length);
        let (field, offset, octets) = cut.unwrap_or(("call_id", 12, 4));
        DecodeError::Short { offset, field, needed: octets as u64, left: length.saturating_sub(offset) }
    }

    /// Writes the header as it stands.
    pub(super) fn encode(&self, cursor: &mut WriteCursor) {
        cursor.octets(&[self.version, self.version_minor, self.ptype.0, self.flags.0]);
        cursor.octets(&self.drep);
        cursor.u16(self.frag_length);
        cursor.u16(self.auth_length);
        cursor.u32(self.call_id);
    }

    fn defects(&self, length: usize) -> Vec<Defect> {
        let mut defects = Vec::new();
        if (self.version, self.version_minor) != (5, 0) {
            defects.push(Defect {
                offset: 0,
                field: "rpc_vers",
                rule: "MS-RPCE/3.3.1.5.1/version-is-5.0",
                expected: "5.0".into(),
                actual: format!("{}.{}", self.version, self.version_minor),
            });
        }
        if self.flags.has(Flags::RESERVED) {
            defects.push(Defect {
                offset: 3,
                field: "pfc_flags",
                rule: "C706/12.6.3.1/reserved-flag-is-clear",
                expected: "bit 0x08 clear".into(),
                actual: format!("{:#04x}", self.flags.0),
            });
        }
        if self.ptype.is_unfragmented() && !self.flags.has(Flags::WHOLE) {
            defects.push(Defect {
                offset: 3,
                field: "pfc_flags",
                rule: "C706/12.6.3.1/only-requests-and-responses-are-fragmented",
                expected: "PFC_FIRST_FRAG and PFC_LAST_FRAG".into(),
                actual: format!("{:#04x}", self.flags.0),
            });
        }
        if self.drep[0] >> 4 > 1
            || self.drep[0] & 0x0F > 1
            || self.drep[1] > 3
            || self.drep[2] != 0
            || self.drep[3] != 0
        {
            defects.push(Defect {
                offset: 4,
                field: "packed_drep",
                rule: "C706/14.1/data-representation-is-known",
                expected: "integer 0 or 1, character 0 or 1, floating point 0 to 3, two octets 0".into(),
                actual: format!("{:02x?}", self.drep),
            });
        }
        if usize::from(self.frag_length) != length {
            defects.push(Defect {
                offset: 8,
                field: "frag_length",
                rule: "C706/12.6.3.1/frag-length-is-length-of-pdu",
                expected: format!("{length}"),
                actual: format!("{}", self.frag_length),
            });
        }
        defects
    }
}

/// The data representation label for a byte order with ASCII and IEEE floating point ([C706] 14.1).
const fn drep(order: ByteOrder) -> [u8; 4] {
    match order {
        ByteOrder::Little => [0x10, 0, 0, 0],
        ByteOrder::Big => [0, 0, 0, 0],
    }
}

/// PTYPE: which PDU it is ([C706] 12.6.1, [MS-RPCE] 2.2.2.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PduType(pub u8);

impl PduType {
    /// request.
    pub const REQUEST: Self = Self(0x00);
    /// response.
    pub const RESPONSE: Self = Self(0x02);
    /// fault.
    pub const FAULT: Self = Self(0x03);
    /// bind.
    pub const BIND: Self = Self(0x0B);
    /// bind_ack.
    pub const BIND_ACK: Self = Self(0x0C);
    /// bind_nak.
    pub const BIND_NAK: Self = Self(0x0D);
    /// alter_context.
    pub const ALTER_CONTEXT: Self = Self(0x0E);
    /// alter_context_resp.
    pub const ALTER_CONTEXT_RESP: Self = Self(0x0F);
    /// rpc_auth_3.
    pub const AUTH3: Self = Self(0x10);
    /// shutdown.
    pub const SHUTDOWN: Self = Self(0x11);
    /// co_cancel.
    pub const CO_CANCEL: Self = Self(0x12);
    /// orphaned.
    pub const ORPHANED: Self = Self(0x13);

    /// The specification's name, for the types of connections.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::REQUEST => "request",
            Self::RESPONSE => "response",
            Self::FAULT => "fault",
            Self::BIND => "bind",
            Self::BIND_ACK => "bind_ack",
            Self::BIND_NAK => "bind_nak",
            Self::ALTER_CONTEXT => "alter_context",
            Self::ALTER_CONTEXT_RESP => "alter_context_resp",
            Self::AUTH3 => "rpc_auth_3",
            Self::SHUTDOWN => "shutdown",
            Self::CO_CANCEL => "co_cancel",
            Self::ORPHANED => "orphaned",
            _ => return None,
        })
    }

    /// Whether bit 0x04 of pfc_flags is PFC_SUPPORT_HEADER_SIGN in it rather than PFC_PENDING_CANCEL ([MS-RPCE] 2.2.2.3),
    /// which are also the types that are never fragmented.
    pub(crate) const fn is_unfragmented(self) -> bool {
        matches!(self, Self::BIND | Self::BIND_ACK | Self::ALTER_CONTEXT | Self::ALTER_CONTEXT_RESP | Self::AUTH3)
    }
}

impl fmt::Display for PduType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "PTYPE {:#04x}", self.0),
        }
    }
}

/// pfc_flags ([C706] 12.6.3.1, [MS-RPCE] 2.2.2.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Flags(pub u8);

impl Flags {
    /// None of them.
    pub const NONE: Self = Self(0x00);
    /// PFC_FIRST_FRAG.
    pub const FIRST: Self = Self(0x01);
    /// PFC_LAST_FRAG.
    pub const LAST: Self = Self(0x02);
    /// PFC_FIRST_FRAG and PFC_LAST_FRAG: the PDU is not fragmented.
    pub const WHOLE: Self = Self(0x03);
    /// PFC_PENDING_CANCEL, in the PDUs of a call.
    pub const PENDING_CANCEL: Self = Self(0x04);
    /// PFC_SUPPORT_HEADER_SIGN, in bind, bind_ack, alter_context, alter_context_resp and rpc_auth_3.
    pub const SUPPORT_HEADER_SIGN: Self = Self(0x04);
    /// The bit that is reserved.
    pub const RESERVED: Self = Self(0x08);
    /// PFC_CONC_MPX: several calls at once on this connection.
    pub const CONC_MPX: Self = Self(0x10);
    /// PFC_DID_NOT_EXECUTE, in a fault: the call was not begun.
    pub const DID_NOT_EXECUTE: Self = Self(0x20);
    /// PFC_MAYBE.
    pub const MAYBE: Self = Self(0x40);
    /// PFC_OBJECT_UUID, in a request: an object UUID stands before the stub.
    pub const OBJECT_UUID: Self = Self(0x80);

    /// Whether all of `flags` are set.
    #[must_use]
    pub const fn has(self, flags: Self) -> bool {
        self.0 & flags.0 == flags.0
    }

    /// These and `flags`.
    #[must_use]
    pub const fn with(self, flags: Self) -> Self {
        Self(self.0 | flags.0)
    }

    /// These but for `flags`.
    #[must_use]
    pub const fn without(self, flags: Self) -> Self {
        Self(self.0 & !flags.0)
    }
}
