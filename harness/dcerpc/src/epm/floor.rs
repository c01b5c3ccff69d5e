//! Floors of protocol towers.

use bytes::Bytes;

use crate::{ByteOrder, DecodeError, ReadCursor, SyntaxId, WriteCursor};

/// A UUID and a version follow ([C706] appendix I).
const SYNTAX: u8 = 0x0D;
/// Connection-oriented RPC.
const CONNECTION_ORIENTED: u8 = 0x0B;
/// TCP.
const TCP: u8 = 0x07;
/// IP.
const IP: u8 = 0x09;
/// Named pipes.
const NAMED_PIPE: u8 = 0x0F;
/// LRPC.
const LRPC: u8 = 0x10;
/// HTTP.
const HTTP: u8 = 0x1F;

/// One floor of a tower: a protocol identifier on the left-hand side, related or address data on the right-hand side
/// ([C706] appendices I and L; [MS-RPCE] 2.1 for pipes, LRPC and HTTP).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Floor {
    /// 0x0D: an interface or a transfer syntax.
    Syntax(SyntaxId),
    /// 0x0B: connection-oriented RPC, with its minor version.
    ConnectionOriented(u16),
    /// 0x07: a TCP port.
    Tcp(u16),
    /// 0x09: an IPv4 address.
    Ip([u8; 4]),
    /// 0x0F: the name of a pipe, terminator included.
    NamedPipe(Bytes),
    /// 0x10: the name of an LRPC port, terminator included.
    Lrpc(Bytes),
    /// 0x1F: the TCP port of RPC over HTTP.
    Http(u16),
    /// Another protocol, or one of these with sides of a length that it doesn't have.
    Other {
        /// The left-hand side: the protocol identifier and what belongs to it.
        identifier: Bytes,
        /// The right-hand side.
        address: Bytes,
    },
}

impl Floor {
    /// The protocol identifier; none when a left-hand side has no octet at all.
    #[must_use]
    pub fn protocol(&self) -> Option<u8> {
        match self {
            Self::Syntax(_) => Some(SYNTAX),
            Self::ConnectionOriented(_) => Some(CONNECTION_ORIENTED),
            Self::Tcp(_) => Some(TCP),
            Self::Ip(_) => Some(IP),
            Self::NamedPipe(_) => Some(NAMED_PIPE),
            Self::Lrpc(_) => Some(LRPC),
            Self::Http(_) => Some(HTTP),
            Self::Other { identifier, .. } => identifier.first().copied(),
        }
    }

    /// Whether its protocol is one whose sides have a known length, and they don't have it.
    pub(super) fn is_misfit(&self) -> bool {
        let known = [SYNTAX, CONNECTION_ORIENTED, TCP, IP, NAMED_PIPE, LRPC, HTTP];
        matches!(self, Self::Other { .. }) && self.protocol().is_none_or(|protocol| known.contains(&protocol))
    }

    /// Reads a floor: each side after its length in octets, which is 16 bits wide and little-endian.
    pub(super) fn read(cursor: &mut ReadCursor<'_>) -> Result<Self, DecodeError> {
        let length = cursor.u16("lhs_byte_count")?;
        let identifier = cursor.octets(length.into(), "protocol_identifier")?;
        let length = cursor.u16("rhs_byte_count")?;
        let address = cursor.octets(length.into(), "address_data")?;
        Ok(Self::of_sides(identifier, address))
    }

    /// Writes the floor; a side that is too long for its 16 bits of length is cut.
    pub(super) fn write(&self, cursor: &mut WriteCursor) {
        let (identifier, address) = self.sides();
        for side in [identifier, address] {
            let length = u16::try_from(side.len()).unwrap_or(u16::MAX);
            cursor.u16(length);
            cursor.octets(side.get(..length.into()).unwrap_or_default());
        }
    }

    fn of_sides(identifier: Bytes, address: Bytes) -> Self {
        let known = match (&identifier[..], &address[..]) {
            ([SYNTAX, rest @ ..], &[low, high]) => syntax(rest, u16::from_le_bytes([low, high])),
            ([CONNECTION_ORIENTED], &[low, high]) => Some(Self::ConnectionOriented(u16::from_le_bytes([low, high]))),
            ([TCP], &[high, low]) => Some(Self::Tcp(u16::from_be_bytes([high, low]))),
            ([HTTP], &[high, low]) => Some(Self::Http(u16::from_be_bytes([high, low]))),
            ([IP], &[a, b, c, d]) => Some(Self::Ip([a, b, c, d])),
            ([NAMED_PIPE], _) => Some(Self::NamedPipe(address.clone())),
            ([LRPC], _) => Some(Self::Lrpc(address.clone())),
            _ => None,
        };
        known.unwrap_or(Self::Other { identifier, address })
    }

    fn sides(&self) -> (Bytes, Bytes) {
        let protocol = |identifier: u8| Bytes::copy_from_slice(&[identifier]);
        match self {
            Self::Syntax(id) => {
                let mut identifier = WriteCursor::new(ByteOrder::Little);
                identifier.u8(SYNTAX);
                identifier.uuid(id.uuid);
                identifier.u16(id.major());
                (identifier.finish(), Bytes::copy_from_slice(&id.minor().to_le_bytes()))
            }
            Self::ConnectionOriented(minor) => {
                (protocol(CONNECTION_ORIENTED), Bytes::copy_from_slice(&minor.to_le_bytes()))
            }
            Self::Tcp(port) => (protocol(TCP), Bytes::copy_from_slice(&port.to_be_bytes())),
            Self::Http(port) => (protocol(HTTP), Bytes::copy_from_slice(&port.to_be_bytes())),
            Self::Ip(address) => (protocol(IP), Bytes::copy_from_slice(address)),
            Self::NamedPipe(name) => (protocol(NAMED_PIPE), name.clone()),
            Self::Lrpc(name) => (protocol(LRPC), name.clone()),
            Self::Other { identifier, address } => (identifier.clone(), address.clone()),
        }
    }
}

/// The UUID and major version behind 0x0D, if that is all that stands there.
fn syntax(identifier: &[u8], minor: u16) -> Option<Floor> {
    let octets = Bytes::copy_from_slice(identifier);
    let mut cursor = ReadCursor::new(&octets, ByteOrder::Little);
    let uuid = cursor.uuid("if_uuid").ok()?;
    let major = cursor.u16("if_vers_major").ok()?;
    (cursor.left() == 0).then(|| Floor::Syntax(SyntaxId::new(uuid, major, minor)))
}
