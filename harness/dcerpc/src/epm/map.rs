//! ept_map, by which a client learns where an interface listens.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::vec::Vec;

use bytes::Bytes;
use uuid::Uuid;

use super::{Tower, rule};
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
        let towers = read_towers(&mut reader, num_towers, format.count_octets())?;
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
        writer.count(self.towers.max_count);
        writer.count(0);
        writer.count(self.towers.elements.len() as u64);
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

/// A conformant and varying array of pointers: its counts, the referents, and then what they point to ([C706] 14.3.12.3).
fn read_towers(
    reader: &mut Reader<'_>,
    num_towers: u32,
    count_octets: usize,
) -> Result<Conformant<Vec<Option<Tower>>>, DecodeError> {
    const FIELD: &str = "ITowers";
    let max_count = reader.max_count(FIELD)?;
    let offset = reader.count(FIELD)?;
    let actual_count = reader.count(FIELD)?;
    let actual_place = reader.position() - count_octets;
    if offset != 0 {
        let place = actual_place - count_octets;
        reader.defect(place, FIELD, rule::TOWERS_BEGIN_AT_ZERO, "offset 0".into(), format!("offset {offset}"));
    }
    if offset.checked_add(actual_count).is_none_or(|end| end > max_count) {
        let expected = format!("offset + actual_count of at most max_count {max_count}");
        let actual = format!("offset {offset} + actual_count {actual_count}");
        reader.defect(actual_place, FIELD, rule::MAX_COUNT_COVERS_TOWERS, expected, actual);
    }
    if actual_count != u64::from(num_towers) {
        let expected = format!("actual_count {num_towers}, as num_towers says");
        let actual = format!("actual_count {actual_count}");
        reader.defect(actual_place, FIELD, rule::ACTUAL_COUNT_EQUALS_NUM_TOWERS, expected, actual);
    }
    let count = reader.fits(actual_count, count_octets, FIELD)?;
    let mut seen = BTreeSet::new();
    let mut present = Vec::with_capacity(count);
    for _ in 0..count {
        present.push(referent(reader, &mut seen, FIELD)?);
    }
    let mut elements = Vec::with_capacity(count);
    for is_present in present {
        elements.push(if is_present { Some(Tower::read(reader)?) } else { None });
    }
    Ok(Conformant { max_count, elements })
}

/// The referent of a full pointer: whether what it points to follows. One that an earlier pointer has would be an alias of
/// what that one points to; an endpoint mapper needs none, and it is refused.
fn referent(reader: &mut Reader<'_>, seen: &mut BTreeSet<u64>, field: &'static str) -> Result<bool, DecodeError> {
    let place = reader.position();
    let value = reader.count(field)?;
    if value != 0 && !seen.insert(value) {
        let (expected, actual) = ("a referent that no pointer before it has", format!("{value:#x} again"));
        return Err(DecodeError::Unreadable { offset: place, field, expected, actual });
    }
    Ok(value != 0)
}
