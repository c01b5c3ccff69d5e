//! ept_lookup, which tells what is in an endpoint map.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::vec::Vec;

use bytes::Bytes;
use uuid::Uuid;

use super::array::{self, referent};
use super::{Tower, rule};
use crate::ndr::{Conformant, Format, Reader, Writer};
use crate::{ContextHandle, DecodeError, Decoded, SyntaxId};

/// ept_max_annotation_size, in octets ([C706] appendix O).
const LONGEST_ANNOTATION: u64 = 64;

/// The [in] parameters of ept_lookup ([C706] appendix O, opnum 2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LookupRequest {
    /// inquiry_type: which elements are wanted, as [`super::ALL_ELEMENTS`] or [`super::BY_INTERFACE`].
    pub inquiry_type: u32,
    /// object: the object asked for.
    pub object: Option<Uuid>,
    /// Interface_id: the interface asked for.
    pub interface: Option<SyntaxId>,
    /// vers_option: which versions of the interface are wanted.
    pub vers_option: u32,
    /// entry_handle: NULL on the first call, what the last one gave on further ones.
    pub entry_handle: ContextHandle,
    /// max_ents: how many elements may come back.
    pub max_ents: u32,
}

/// The [out] parameters of ept_lookup.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LookupResponse {
    /// entry_handle: NULL when there is nothing more to give.
    pub entry_handle: ContextHandle,
    /// num_ents: how many elements it says to give.
    pub num_ents: u32,
    /// entries: max_count, and the elements that stand there.
    pub entries: Conformant<Vec<Entry>>,
    /// status: 0, or why there are no elements, as [`super::NOT_REGISTERED`].
    pub status: u32,
}

/// ept_entry_t: one element of an endpoint map.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// object: nil when it is for any.
    pub object: Uuid,
    /// tower: where it is.
    pub tower: Option<Tower>,
    /// annotation: octets for people, terminator included.
    pub annotation: Bytes,
}

impl LookupRequest {
    /// Reads a request's stub. What follows the last parameter is left alone: padding and a verification trailer may.
    ///
    /// # Errors
    /// [`DecodeError`] where the stub is too short, or a pointer repeats a referent.
    pub fn decode(stub: &Bytes, format: Format) -> Result<Decoded<Self>, DecodeError> {
        let mut reader = Reader::new(stub, format);
        let mut seen = BTreeSet::new();
        let inquiry_type = reader.u32("inquiry_type")?;
        let object = match referent(&mut reader, &mut seen, "object")? {
            true => Some(reader.uuid("object")?),
            false => None,
        };
        let interface = match referent(&mut reader, &mut seen, "Interface_id")? {
            true => Some(SyntaxId { uuid: reader.uuid("uuid")?, version: reader.version("vers_major")? }),
            false => None,
        };
        let vers_option = reader.u32("vers_option")?;
        let entry_handle = reader.context_handle("entry_handle")?;
        let max_ents = reader.u32("max_ents")?;
        Ok(reader.finish(Self { inquiry_type, object, interface, vers_option, entry_handle, max_ents }))
    }

    /// The stub.
    #[must_use]
    pub fn encode(&self, format: Format) -> Bytes {
        let mut writer = Writer::new(format);
        writer.u32(self.inquiry_type);
        writer.unique(self.object.as_ref(), |writer, object| writer.uuid(*object));
        writer.unique(self.interface.as_ref(), |writer, interface| {
            writer.uuid(interface.uuid);
            writer.version(*interface);
        });
        writer.u32(self.vers_option);
        writer.context_handle(self.entry_handle);
        writer.u32(self.max_ents);
        writer.finish()
    }
}

impl LookupResponse {
    /// Reads a response's stub.
    ///
    /// # Errors
    /// [`DecodeError`] where the stub or a tower in it is too short, or a pointer repeats a referent.
    pub fn decode(stub: &Bytes, format: Format) -> Result<Decoded<Self>, DecodeError> {
        let mut reader = Reader::new(stub, format);
        let entry_handle = reader.context_handle("entry_handle")?;
        let num_ents = reader.u32("num_ents")?;
        let entries = read_entries(&mut reader, num_ents, format)?;
        let status = reader.u32("status")?;
        reader.check_end("status");
        Ok(reader.finish(Self { entry_handle, num_ents, entries, status }))
    }

    /// The stub: as many elements as there are, whatever num_ents says.
    #[must_use]
    pub fn encode(&self, format: Format) -> Bytes {
        let mut writer = Writer::new(format);
        writer.context_handle(self.entry_handle);
        writer.u32(self.num_ents);
        array::write_counts(&mut writer, self.entries.max_count, self.entries.elements.len());
        for entry in &self.entries.elements {
            writer.align_structure();
            writer.uuid(entry.object);
            writer.referent(entry.tower.is_some());
            writer.count(0);
            writer.count(entry.annotation.len() as u64);
            writer.raw(&entry.annotation);
        }
        for tower in self.entries.elements.iter().filter_map(|entry| entry.tower.as_ref()) {
            tower.write(&mut writer);
        }
        writer.u32(self.status);
        writer.finish()
    }
}

/// The elements, and then the towers that they point to ([C706] 14.3.12.3).
fn read_entries(reader: &mut Reader<'_>, num_ents: u32, format: Format) -> Result<Conformant<Vec<Entry>>, DecodeError> {
    let element = size_of::<Uuid>() + 3 * format.count_octets();
    let counts = array::Counts { field: "entries", given: ("num_ents", num_ents), element };
    let (max_count, count) = counts.read(reader, format)?;
    let mut seen = BTreeSet::new();
    let mut read = Vec::with_capacity(count);
    for _ in 0..count {
        reader.align_structure("entries")?;
        let object = reader.uuid("object")?;
        let has_tower = referent(reader, &mut seen, "tower")?;
        read.push((object, has_tower, read_annotation(reader, format)?));
    }
    let mut elements = Vec::with_capacity(count);
    for (object, has_tower, annotation) in read {
        let tower = if has_tower { Some(Tower::read(reader)?) } else { None };
        elements.push(Entry { object, tower, annotation });
    }
    Ok(Conformant { max_count, elements })
}

/// A varying string in an array of 64 octets ([C706] 14.3.4.1).
fn read_annotation(reader: &mut Reader<'_>, format: Format) -> Result<Bytes, DecodeError> {
    const FIELD: &str = "annotation";
    let offset = reader.count(FIELD)?;
    let actual_count = reader.count(FIELD)?;
    let place = reader.position() - format.count_octets();
    if offset != 0 || actual_count > LONGEST_ANNOTATION {
        let expected = format!("offset 0 and actual_count of at most {LONGEST_ANNOTATION}");
        let actual = format!("offset {offset} and actual_count {actual_count}");
        reader.defect(place, FIELD, rule::ANNOTATION_FITS, expected, actual);
    }
    let annotation = reader.raw(actual_count, FIELD)?;
    if annotation.last() != Some(&0) {
        let actual = format!("{:?}", annotation.last());
        reader.defect(place, FIELD, crate::ndr::rule::STRING_IS_TERMINATED, "0x00 as last octet".into(), actual);
    }
    Ok(annotation)
}
