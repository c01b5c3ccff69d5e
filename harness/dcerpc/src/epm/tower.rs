//! Protocol towers.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use bytes::Bytes;

use super::{Floor, rule};
use crate::ndr::{Reader, Writer};
use crate::{ByteOrder, DecodeError, ReadCursor, SyntaxId, WriteCursor};

/// The least octets of a floor: the lengths of its two sides.
const LEAST_FLOOR: usize = 4;

/// How an interface can be reached: floors from the interface down to the host ([C706] appendix L). On the wire it is a
/// number of floors and the floors, all little-endian whatever the PDU's label says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tower {
    /// The floors, top first.
    pub floors: Vec<Floor>,
}

/// Where a tower of ncacn_ip_tcp ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TcpEndpoint {
    /// The TCP port; 0 in a request.
    pub port: u16,
    /// The IPv4 address; 0.0.0.0 where it says nothing.
    pub address: [u8; 4],
}

impl Tower {
    /// A tower of ncacn_ip_tcp: an interface, in a transfer syntax, at an endpoint.
    #[must_use]
    pub fn tcp(interface: SyntaxId, transfer_syntax: SyntaxId, endpoint: TcpEndpoint) -> Self {
        let TcpEndpoint { port, address } = endpoint;
        let syntaxes = [Floor::Syntax(interface), Floor::Syntax(transfer_syntax)];
        let transport = [Floor::ConnectionOriented(0), Floor::Tcp(port), Floor::Ip(address)];
        Self { floors: syntaxes.into_iter().chain(transport).collect() }
    }

    /// The interface, when the first floor names one.
    #[must_use]
    pub fn interface(&self) -> Option<SyntaxId> {
        match self.floors.first() {
            Some(Floor::Syntax(id)) => Some(*id),
            _ => None,
        }
    }

    /// The transfer syntax, when the second floor names one.
    #[must_use]
    pub fn transfer_syntax(&self) -> Option<SyntaxId> {
        match self.floors.get(1) {
            Some(Floor::Syntax(id)) => Some(*id),
            _ => None,
        }
    }

    /// Where the tower ends, when its floors below the syntaxes are those of ncacn_ip_tcp.
    #[must_use]
    pub fn tcp_endpoint(&self) -> Option<TcpEndpoint> {
        match self.floors.get(2..) {
            Some(&[Floor::ConnectionOriented(_), Floor::Tcp(port), Floor::Ip(address)]) => {
                Some(TcpEndpoint { port, address })
            }
            _ => None,
        }
    }

    /// Reads a twr_t: the count of its octets, tower_length, and the octets.
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let max_count = reader.max_count("tower_octet_string")?;
        let tower_length = reader.u32("tower_length")?;
        let begin = reader.position();
        reader.check_size(begin - size_of::<u32>(), "tower_length", tower_length, Some(max_count));
        let octets = reader.raw(max_count, "tower_octet_string")?;
        let mut cursor = ReadCursor::new(&octets, ByteOrder::Little);
        Self::read_floors(&mut cursor, begin, reader).map_err(|error| moved(error, begin))
    }

    /// Writes a twr_t.
    pub(super) fn write(&self, writer: &mut Writer) {
        let octets = self.encode();
        writer.count(octets.len() as u64);
        writer.u32(u32::try_from(octets.len()).unwrap_or(u32::MAX));
        writer.raw(&octets);
    }

    /// The octets: at most 65535 floors, for that is what their number can say.
    fn encode(&self) -> Bytes {
        let mut cursor = WriteCursor::new(ByteOrder::Little);
        let count = u16::try_from(self.floors.len()).unwrap_or(u16::MAX);
        cursor.u16(count);
        for floor in self.floors.iter().take(count.into()) {
            floor.write(&mut cursor);
        }
        cursor.finish()
    }

    fn read_floors(cursor: &mut ReadCursor<'_>, begin: usize, reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let count = usize::from(cursor.u16("number_of_floors")?);
        let mut floors = Vec::with_capacity(count.min(cursor.left() / LEAST_FLOOR));
        for _ in 0..count {
            let place = begin + cursor.position();
            let floor = Floor::read(cursor)?;
            if floor.is_misfit() {
                let expected = "sides of the lengths that the protocol identifier asks for";
                let actual = format!("{floor:?}");
                reader.defect(place, "floor", rule::FLOOR_FITS_ITS_PROTOCOL, expected.into(), actual);
            }
            floors.push(floor);
        }
        if cursor.left() > 0 {
            let (place, actual) = (begin + cursor.position(), format!("{} octets more", cursor.left()));
            let expected = String::from("the end of the tower");
            reader.defect(place, "tower_octet_string", rule::TOWER_ENDS_WITH_LAST_FLOOR, expected, actual);
        }
        Ok(Self { floors })
    }
}

/// The same error, at its place in the stub.
fn moved(error: DecodeError, by: usize) -> DecodeError {
    match error {
        DecodeError::Short { offset, field, needed, left } => {
            DecodeError::Short { offset: offset + by, field, needed, left }
        }
        DecodeError::Unreadable { offset, field, expected, actual } => {
            DecodeError::Unreadable { offset: offset + by, field, expected, actual }
        }
    }
}
