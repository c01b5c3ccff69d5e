//! A cursor over DER ([X.690] chapters 8 and 10).
//!
//! A judge has to know what a token says even where its encoding is not the distinguished one, and where it stops to be
//! readable; so lengths that are longer than needed are read and become defects.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use core::cell::RefCell;

use bytes::Bytes;

use super::rule;
use crate::{ByteOrder, DecodeError, Defect, ReadCursor};

/// Defects that were found on the way.
pub(super) type Findings = RefCell<Vec<Defect>>;

pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(super) const ENUMERATED: u8 = 0x0A;
pub(super) const GENERAL_STRING: u8 = 0x1B;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const APPLICATION_0: u8 = 0x60;

/// The tag of a field that is tagged explicitly with that number.
pub(super) const fn context(number: u8) -> u8 {
    0xA0 | number
}

/// Octets that an integer has at most here.
const WIDEST_INTEGER: usize = 8;

/// Reads the elements of one content, one after the other. Offsets are of the outermost octets.
#[derive(Debug)]
pub(super) struct Der<'a> {
    cursor: ReadCursor<'a>,
    defects: &'a Findings,
}

impl<'a> Der<'a> {
    /// At the start of octets.
    pub(super) fn new(octets: &'a Bytes, defects: &'a Findings) -> Self {
        Self { cursor: ReadCursor::new(octets, ByteOrder::Big), defects }
    }

    /// The offset of the next octet.
    pub(super) fn position(&self) -> usize {
        self.cursor.position()
    }

    /// How many octets are left.
    pub(super) fn left(&self) -> usize {
        self.cursor.left()
    }

    /// Octets that are no element.
    pub(super) fn raw(&mut self, count: u64, field: &'static str) -> Result<Bytes, DecodeError> {
        self.cursor.octets(count, field)
    }

    /// All octets that are left.
    pub(super) fn rest(&mut self) -> Bytes {
        self.cursor.rest()
    }

    /// The next element, if there is one: its tag and its content.
    pub(super) fn next(&mut self, field: &'static str) -> Result<Option<(u8, Self)>, DecodeError> {
        if self.cursor.left() == 0 {
            return Ok(None);
        }
        let at = self.position();
        let tag = self.cursor.u8(field)?;
        if tag & 0x1F == 0x1F {
            return Err(unreadable(at, field, "a tag of one octet", format!("{tag:#04x}")));
        }
        let length = self.length(field)?;
        let (offset, left) = (self.position(), self.cursor.left());
        let short = || DecodeError::Short { offset, field, needed: length, left };
        let length = usize::try_from(length).ok().filter(|length| *length <= left).ok_or_else(short)?;
        let content = Self { cursor: self.cursor.clone().up_to(offset + length), defects: self.defects };
        self.cursor.skip(length, field)?;
        Ok(Some((tag, content)))
    }

    /// The next element, which has to be there and of that tag.
    pub(super) fn of(&mut self, tag: u8, field: &'static str) -> Result<Self, DecodeError> {
        let at = self.position();
        match self.next(field)? {
            Some((found, content)) if found == tag => Ok(content),
            Some((found, _)) => Err(unreadable(at, field, name(tag), format!("an element of tag {found:#04x}"))),
            None => Err(DecodeError::Short { offset: at, field, needed: 2, left: 0 }),
        }
    }

    /// An integer (or enumerated value) of that tag.
    pub(super) fn integer<N: TryFrom<i64>>(&mut self, tag: u8, field: &'static str) -> Result<N, DecodeError> {
        let mut content = self.of(tag, field)?;
        let (at, octets) = (content.position(), content.rest());
        let sign = octets.first().map_or(0, |first| if first & 0x80 == 0 { 0 } else { -1 });
        let value = octets.iter().fold(sign, |value: i64, octet| (value << 8) | i64::from(*octet));
        if octets.is_empty() || octets.len() > WIDEST_INTEGER {
            let actual = format!("one of {} octets", octets.len());
            return Err(unreadable(at, field, "an integer of 1 to 8 octets", actual));
        }
        N::try_from(value).map_err(|_| unreadable(at, field, "an integer of its type", format!("{value}")))
    }

    /// A string of names; octets that are no UTF-8 are replaced.
    pub(super) fn string(&mut self, field: &'static str) -> Result<String, DecodeError> {
        let octets = self.of(GENERAL_STRING, field)?.rest();
        Ok(String::from_utf8_lossy(&octets).into_owned())
    }

    /// Nothing may follow any more.
    pub(super) fn end(&self, field: &'static str) {
        let left = self.cursor.left();
        if left > 0 {
            let (expected, actual) = ("nothing after it".into(), format!("{left} octets"));
            let offset = self.position();
            self.defects.borrow_mut().push(Defect { offset, field, rule: rule::NOTHING_FOLLOWS, expected, actual });
        }
    }

    fn length(&mut self, field: &'static str) -> Result<u64, DecodeError> {
        let offset = self.position();
        let first = self.cursor.u8(field)?;
        if first < 0x80 {
            return Ok(first.into());
        }
        let count = first & 0x7F;
        if !(1..=4).contains(&count) {
            let expected = "a length in at most 4 octets";
            return Err(unreadable(offset, field, expected, format!("a length of form {first:#04x}")));
        }
        let octets = self.cursor.octets(count.into(), field)?;
        let length = octets.iter().fold(0, |length, octet| (length << 8) | u64::from(*octet));
        if length < 0x80 || octets.first() == Some(&0) {
            let (expected, actual) = ("as few octets as it needs".into(), format!("{} octets", octets.len() + 1));
            self.defects.borrow_mut().push(Defect { offset, field, rule: rule::LENGTH_IS_MINIMAL, expected, actual });
        }
        Ok(length)
    }
}

/// An error at an offset.
pub(super) fn unreadable(
    offset: usize,
    field: &'static str,
    expected: &'static str,
    actual: impl Into<String>,
) -> DecodeError {
    DecodeError::Unreadable { offset, field, expected, actual: actual.into() }
}

fn name(tag: u8) -> &'static str {
    match tag {
        INTEGER => "an INTEGER",
        BIT_STRING => "a BIT STRING",
        OCTET_STRING => "an OCTET STRING",
        OBJECT_IDENTIFIER => "an OBJECT IDENTIFIER",
        ENUMERATED => "an ENUMERATED",
        GENERAL_STRING => "a GeneralString",
        SEQUENCE => "a SEQUENCE",
        0x60..=0x7E => "the element of its APPLICATION tag",
        _ => "the element of its tag",
    }
}
