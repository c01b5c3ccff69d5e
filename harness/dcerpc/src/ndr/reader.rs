//! Reading stubs.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use bytes::Bytes;
use uuid::Uuid;

use super::{Conformant, Format, WideString, rule};
use crate::{ContextHandle, DecodeError, Decoded, Defect, ReadCursor, TransferSyntax};

/// The most elements of an array or string ([MS-RPCE] 3.1.1.5.3.2.2.1).
const MOST_ELEMENTS: u64 = 0x7FFF_FFFF;

/// Reads the parameters of a stub and collects what is wrong with how they were written. Alignment counts from the
/// start of the stub; the content of alignment gaps is ignored ([MS-RPCE] 3.1.1.5.3.2.2.6).
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    cursor: ReadCursor<'a>,
    format: Format,
    defects: Vec<Defect>,
}

impl<'a> Reader<'a> {
    /// A reader at the start of a stub.
    #[must_use]
    pub fn new(stub: &'a Bytes, format: Format) -> Self {
        Self { cursor: ReadCursor::new(stub, format.order), format, defects: Vec::new() }
    }

    /// The offset of the next octet.
    #[must_use]
    pub fn position(&self) -> usize {
        self.cursor.position()
    }

    /// How many octets are left.
    #[must_use]
    pub fn left(&self) -> usize {
        self.cursor.left()
    }

    /// Notes that the octets at `offset` break a rule.
    pub fn defect(&mut self, offset: usize, field: &'static str, rule: &'static str, expected: String, actual: String) {
        self.defects.push(Defect { offset, field, rule, expected, actual });
    }

    /// The value read, with the defects of its octets in the order of their offsets.
    #[must_use]
    pub fn finish<T>(mut self, value: T) -> Decoded<T> {
        self.defects.sort_by_key(|defect| defect.offset);
        Decoded { value, defects: self.defects }
    }

    /// An unsigned long, or a v1_enum.
    ///
    /// # Errors
    /// [`DecodeError::Short`].
    pub fn u32(&mut self, field: &'static str) -> Result<u32, DecodeError> {
        self.align(4, field)?;
        self.cursor.u32(field)
    }

    /// A GUID: its largest member is a long, so it is aligned to 4.
    ///
    /// # Errors
    /// [`DecodeError::Short`].
    pub fn uuid(&mut self, field: &'static str) -> Result<Uuid, DecodeError> {
        self.align(4, field)?;
        self.cursor.uuid(field)
    }

    /// A context handle.
    ///
    /// # Errors
    /// [`DecodeError::Short`].
    pub fn context_handle(&mut self, field: &'static str) -> Result<ContextHandle, DecodeError> {
        Ok(ContextHandle { attributes: self.u32(field)?, uuid: self.cursor.uuid(field)? })
    }

    /// The referent of a unique pointer: whether what it points to follows.
    ///
    /// # Errors
    /// [`DecodeError::Short`].
    pub fn referent(&mut self, field: &'static str) -> Result<bool, DecodeError> {
        self.count(field).map(|referent| referent != 0)
    }

    /// A unique pointer and what it points to; none when it is NULL.
    ///
    /// # Errors
    /// [`DecodeError::Short`], and those of `pointee`.
    pub fn unique<T>(
        &mut self,
        field: &'static str,
        pointee: impl FnOnce(&mut Self, &'static str) -> Result<T, DecodeError>,
    ) -> Result<Option<T>, DecodeError> {
        match self.referent(field)? {
            true => pointee(self, field).map(Some),
            false => Ok(None),
        }
    }

    /// A conformant array of octets.
    ///
    /// # Errors
    /// [`DecodeError::Short`].
    pub fn octets(&mut self, field: &'static str) -> Result<Conformant<Bytes>, DecodeError> {
        let max_count = self.max_count(field)?;
        Ok(Conformant { max_count, elements: self.cursor.octets(max_count, field)? })
    }

    /// A conformant array of context handles.
    ///
    /// # Errors
    /// [`DecodeError::Short`].
    pub fn context_handles(&mut self, field: &'static str) -> Result<Conformant<Vec<ContextHandle>>, DecodeError> {
        let max_count = self.max_count(field)?;
        let count = self.fits(max_count, ContextHandle::OCTETS, field)?;
        let mut elements = Vec::with_capacity(count);
        for _ in 0..count {
            elements.push(self.context_handle(field)?);
        }
        Ok(Conformant { max_count, elements })
    }

    /// A conformant and varying string of 16-bit characters.
    ///
    /// # Errors
    /// [`DecodeError::Short`].
    pub fn wide_string(&mut self, field: &'static str) -> Result<WideString, DecodeError> {
        let begin = self.position();
        let max_count = self.max_count(field)?;
        let offset = self.count(field)?;
        let actual_count = self.count(field)?;
        let count = self.fits(actual_count, size_of::<u16>(), field)?;
        let mut units = Vec::with_capacity(count);
        for _ in 0..count {
            units.push(self.cursor.u16(field)?);
        }
        let string = WideString { max_count, offset, actual_count, units };
        self.check_string(begin.next_multiple_of(self.format.count_octets()), &string, field);
        Ok(string)
    }

    fn check_string(&mut self, begin: usize, string: &WideString, field: &'static str) {
        let WideString { max_count, offset, actual_count, .. } = *string;
        if offset != 0 {
            let place = begin + self.format.count_octets();
            self.defect(place, field, rule::OFFSET_IS_ZERO, "offset 0".into(), format!("offset {offset}"));
        }
        if offset.checked_add(actual_count).is_none_or(|end| end > max_count) {
            let expected = format!("offset + actual_count of at most max_count {max_count}");
            let actual = format!("offset {offset} + actual_count {actual_count}");
            let place = begin + 2 * self.format.count_octets();
            self.defect(place, field, rule::MAX_COUNT_COVERS_ACTUAL_COUNT, expected, actual);
        }
        if string.units.last() != Some(&0) {
            let actual = match string.units.last() {
                Some(unit) => format!("{unit:#06x}"),
                None => "no character at all".into(),
            };
            let place = self.position();
            self.defect(place, field, rule::STRING_IS_TERMINATED, "0x0000 as last character".into(), actual);
        }
    }

    /// Checks an array of `max_count` elements against the parameter that dictates its size. `max_count` is none when
    /// the pointer to the array is NULL; `offset` is where that parameter stands.
    pub fn check_size(&mut self, offset: usize, field: &'static str, size: u32, max_count: Option<u64>) {
        match max_count {
            Some(max_count) if max_count != u64::from(size) => {
                let expected = format!("max_count {size}, as the parameter before says");
                self.defect(offset, field, rule::MAX_COUNT_EQUALS_SIZE, expected, format!("max_count {max_count}"));
            }
            None if size != 0 => {
                let expected = format!("an array of {size} elements, as the parameter before says");
                self.defect(offset, field, rule::SIZED_ARRAY_IS_PRESENT, expected, "NULL".into());
            }
            _ => {}
        }
    }

    /// Checks that nothing is left behind the last [out] parameter.
    pub fn check_end(&mut self, field: &'static str) {
        if self.left() > 0 {
            let place = self.position();
            let actual = format!("{} octets more", self.left());
            self.defect(place, field, rule::OUTPUT_ENDS_WITH_LAST_PARAMETER, "the end of the stub".into(), actual);
        }
    }

    /// The maximum count of an array.
    ///
    /// # Errors
    /// [`DecodeError::Short`].
    pub(crate) fn max_count(&mut self, field: &'static str) -> Result<u64, DecodeError> {
        let max_count = self.count(field)?;
        if max_count > MOST_ELEMENTS {
            let place = self.position() - self.format.count_octets();
            let expected = format!("at most {MOST_ELEMENTS} elements");
            self.defect(place, field, rule::COUNT_IS_LIMITED, expected, max_count.to_string());
        }
        Ok(max_count)
    }

    /// A count or a referent as it is written.
    ///
    /// # Errors
    /// [`DecodeError::Short`].
    pub(crate) fn count(&mut self, field: &'static str) -> Result<u64, DecodeError> {
        self.align(self.format.count_octets(), field)?;
        match self.format.syntax {
            TransferSyntax::Ndr => self.cursor.u32(field).map(u64::from),
            TransferSyntax::Ndr64 => self.cursor.u64(field),
        }
    }

    /// So many octets without a count of their own before them.
    ///
    /// # Errors
    /// [`DecodeError::Short`].
    pub(crate) fn raw(&mut self, count: u64, field: &'static str) -> Result<Bytes, DecodeError> {
        self.cursor.octets(count, field)
    }

    /// That so many elements are there at all, before room is made for them.
    ///
    /// # Errors
    /// [`DecodeError::Short`].
    pub(crate) fn fits(&self, count: u64, element: usize, field: &'static str) -> Result<usize, DecodeError> {
        let needed = count.saturating_mul(element as u64);
        usize::try_from(count).ok().filter(|_| needed <= self.left() as u64).ok_or(DecodeError::Short {
            offset: self.position(),
            field,
            needed,
            left: self.left(),
        })
    }

    /// A version: major and minor, 16 bits each.
    ///
    /// # Errors
    /// [`DecodeError::Short`].
    pub(crate) fn version(&mut self, field: &'static str) -> Result<u32, DecodeError> {
        let (major, minor) = (self.cursor.u16(field)?, self.cursor.u16(field)?);
        Ok(u32::from(major) | u32::from(minor) << 16)
    }

    /// The gap before a structure that has a pointer or a count in it.
    ///
    /// # Errors
    /// [`DecodeError::Short`].
    pub(crate) fn align_structure(&mut self, field: &'static str) -> Result<(), DecodeError> {
        self.align(self.format.count_octets(), field)
    }

    fn align(&mut self, alignment: usize, field: &'static str) -> Result<(), DecodeError> {
        // Alignments are powers of two, so that this needs no division.
        let gap = self.position().wrapping_neg() & (alignment - 1);
        self.cursor.skip(gap, field)
    }
}
