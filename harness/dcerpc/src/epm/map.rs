//! ept_map, by which a client learns where an interface listens.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use bytes::Bytes;
use uuid::Uuid;

use super::Tower;
use super::array::{self, referent};
use crate::ndr::{Conformant, Format, Reader, Writer};
use crate::{ContextHandle, DecodeError, Decoded};

/// The [in] parameters of ept_map ([C706] appendix O, opnum 3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MapRequest {
    /// obj: the object asked for; NULL or nil for any.
    pub object: Option<Uuid>,
    /// map_tower: what is asked for, with endpoint and address left open.
    pub map_tower: Option<Tower>,
    /// entry_handle: NULL on the first call, what the last one gave on further ones.
    pub entry_handle: ContextHandle,
    /// max_towers: how many towers may come back.
    pub max_towers: u32,
}

/// The [out] parameters of ept_map.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MapResponse {
    /// entry_handle: NULL when there is nothing more to give.
    pub entry_handle: ContextHandle,
    /// num_towers: how many towers it says to give.
    pub num_towers: u32,
    /// ITowers: max_count, and the towers that stand there, fewer than that perhaps; none for a NULL pointer.
    pub towers: Conformant<Vec<Option<Tower>>>,
    /// status: 0, or why there are no towers, as [`super::NOT_REGISTERED`].
    pub status: u32,
}

impl MapRequest {
    /// Reads a request's stub. What follows the last parameter is left alone: padding and a verification trailer may.
    ///
    /// # Errors
    /// [`DecodeError`] where the stub or a tower in it is too short, or a pointer repeats a referent.
    pub fn decode(stub: &Bytes, format: Format) -> Result<Decoded<Self>, DecodeError> {
        let mut reader = Reader::new(stub, format);
        let mut seen = BTreeSet::new();
        let object = match referent(&mut reader, &mut seen, "obj")? {
            true => Some(reader.uuid("obj")?),
            false => None,
        };
        let map_tower = match referent(&mut reader, &mut seen, "map_tower")? {
            true => Some(Tower::read(&mut reader)?),
            false => None,
        };
        let entry_handle = reader.context_handle("entry_handle")?;
        let max_towers = reader.u32("max_towers")?;
        Ok(reader.finish(Self { object, map_tower, entry_handle, max_towers }))
    }

    /// The stub.
    #[must_use]
    pub fn encode(&self, format: Format) -> Bytes {
        let mut writer = Writer::new(format);
        writer.unique(self.object.as_ref(), |writer, object| writer.uuid(*object));
        writer.unique(self.map_tower.as_ref(), |writer, tower| tower.write(writer));
        writer.context_handle(self.entry_handle);
        writer.u32(self.max_towers);
        writer.finish()
    }
}

impl MapResponse {
    /// Reads a response's stub.
    ///
    /// # Errors
    /// [`DecodeError`] where the stub or a tower in it is too short, or a pointer repeats a referent.
    pub fn decode(stub: &Bytes, format: Format) -> Result<Decoded<Self>, DecodeError> {
        let mut reader = Reader::new(stub, format);
        let entry_handle = reader.context_handle("entry_handle")?;
        let num_towers = reader.u32("num_towers")?;
        let towers = read_towers(&mut reader, num_towers, format)?;
        let status = reader.u32("status")?;
        reader.check_end("status");
        Ok(reader.finish(Self { entry_handle, num_towers, towers, status }))
    }

    /// The stub: as many towers as there are, whatever num_towers says.
    #[must_use]
    pub fn encode(&self, format: Format) -> Bytes {
        let mut writer = Writer::new(format);
        writer.context_handle(self.entry_handle);
        writer.u32(self.num_towers);
        array::write_counts(&mut writer, self.towers.max_count, self.towers.elements.len());
        for tower in &self.towers.elements {
            writer.referent(tower.is_some());
        }
        for tower in self.towers.elements.iter().flatten() {
            tower.write(&mut writer);
        }
        writer.u32(self.status);
        writer.finish()
    }
}

/// The towers: their referents, and then what they point to ([C706] 14.3.12.3).
fn read_towers(
    reader: &mut Reader<'_>,
    num_towers: u32,
    format: Format,
) -> Result<Conformant<Vec<Option<Tower>>>, DecodeError> {
    let counts = array::Counts { field: "ITowers", given: ("num_towers", num_towers), element: format.count_octets() };
    let (max_count, count) = counts.read(reader, format)?;
    let mut seen = BTreeSet::new();
    let mut present = Vec::with_capacity(count);
    for _ in 0..count {
        present.push(referent(reader, &mut seen, counts.field)?);
    }
    let mut elements = Vec::with_capacity(count);
    for is_present in present {
        elements.push(if is_present { Some(Tower::read(reader)?) } else { None });
    }
    Ok(Conformant { max_count, elements })
}
