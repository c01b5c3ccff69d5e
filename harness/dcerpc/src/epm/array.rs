//! What the arrays of the endpoint mapper's answers have in common: conformant and varying, of pointers or with pointers.

use alloc::collections::BTreeSet;
use alloc::format;

use super::rule;
use crate::DecodeError;
use crate::ndr::{Format, Reader, Writer};

/// What is known of an array before its counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counts {
    /// Its name.
    pub(super) field: &'static str,
    /// The parameter that says how many elements there are, and its value.
    pub(super) given: (&'static str, u32),
    /// The least octets of an element.
    pub(super) element: usize,
}

impl Counts {
    /// Reads the counts: max_count, and how many elements follow.
    pub(super) fn read(&self, reader: &mut Reader<'_>, format: Format) -> Result<(u64, usize), DecodeError> {
        let (field, (name, given), count_octets) = (self.field, self.given, format.count_octets());
        let max_count = reader.max_count(field)?;
        let offset = reader.count(field)?;
        let actual_count = reader.count(field)?;
        let actual_place = reader.position() - count_octets;
        if offset != 0 {
            let place = actual_place - count_octets;
            reader.defect(place, field, rule::ARRAY_BEGINS_AT_ZERO, "offset 0".into(), format!("offset {offset}"));
        }
        if offset.checked_add(actual_count).is_none_or(|end| end > max_count) {
            let expected = format!("offset + actual_count of at most max_count {max_count}");
            let actual = format!("offset {offset} + actual_count {actual_count}");
            reader.defect(actual_place, field, rule::MAX_COUNT_COVERS_ARRAY, expected, actual);
        }
        if actual_count != u64::from(given) {
            let expected = format!("actual_count {given}, as {name} says");
            let actual = format!("actual_count {actual_count}");
            reader.defect(actual_place, field, rule::ACTUAL_COUNT_IS_AS_GIVEN, expected, actual);
        }
        Ok((max_count, reader.fits(actual_count, self.element, field)?))
    }
}

/// Writes the counts of an array from its first element on.
pub(super) fn write_counts(writer: &mut Writer, max_count: u64, actual_count: usize) {
    writer.count(max_count);
    writer.count(0);
    writer.count(actual_count as u64);
}

/// The referent of a full pointer: whether what it points to follows. One that an earlier pointer has would be an alias of
/// what that one points to; an endpoint mapper needs none, and it is refused.
pub(super) fn referent(
    reader: &mut Reader<'_>,
    seen: &mut BTreeSet<u64>,
    field: &'static str,
) -> Result<bool, DecodeError> {
    let place = reader.position();
    let value = reader.count(field)?;
    if value != 0 && !seen.insert(value) {
        let (expected, actual) = ("a referent that no pointer before it has", format!("{value:#x} again"));
        return Err(DecodeError::Unreadable { offset: place, field, expected, actual });
    }
    Ok(value != 0)
}
