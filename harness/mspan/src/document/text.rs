//! UTF-16LE text, strictly decoded.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::char::DecodeUtf16Error;

use super::markup::Family;
use super::{Breach, Gravity, Position};

/// The octets of a document up to its terminator, as text.
#[derive(Debug)]
pub(crate) struct Text<'o> {
    /// The text, without a byte order mark.
    pub(crate) text: String,
    /// Octets before the text.
    start: usize,
    /// What follows the first U+0000, when there is one.
    pub(crate) tail: Option<&'o [u8]>,
    /// What was wrong with the encoding.
    pub(crate) breaches: Vec<Breach>,
}

impl<'o> Text<'o> {
    /// Decodes octets up to the first U+0000. None when they are no UTF-16LE at all, with the reason.
    pub(crate) fn decode(octets: &'o [u8], family: &Family) -> Result<Self, Breach> {
        if let Some(actual) = other_encoding(octets) {
            return Err(encoding(family, Gravity::Must, Position { offset: 0, line: 1, column: 1 }, actual));
        }
        let start = if octets.starts_with(&[0xFF, 0xFE]) { 2 } else { 0 };
        let content = octets.get(start..).unwrap_or_default();
        let units = content.as_chunks::<2>().0;
        let end = units.iter().position(|unit| *unit == [0, 0]);
        let tail = end.and_then(|end| content.get(end.saturating_mul(2).saturating_add(2)..));
        let units = units.get(..end.unwrap_or(units.len())).unwrap_or_default();
        let mut text = Self { text: String::with_capacity(units.len()), start, tail, breaches: Vec::new() };
        if start > 0 {
            text.breaches.push(encoding(family, Gravity::Note, text.position(0), "a byte order mark (SD-33)".into()));
        }
        // Most documents are ASCII from the first letter to the last.
        let units = text.ascii(units);
        for character in char::decode_utf16(units.iter().copied().map(u16::from_le_bytes)) {
            let unpaired = character.as_ref().err().map(DecodeUtf16Error::unpaired_surrogate);
            if let Some(unit) = unpaired.filter(|_| text.breaches.len() < 2) {
                let actual = format!("the unpaired surrogate {unit:#06x}");
                text.breaches.push(encoding(family, Gravity::Must, text.position(text.text.len()), actual));
            }
            text.text.push(character.unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        if tail.is_none() && !content.len().is_multiple_of(2) {
            let actual = format!("{} octets, an odd number", octets.len());
            text.breaches.push(encoding(family, Gravity::Must, text.position(text.text.len()), actual));
        }
        Ok(text)
    }

    /// Takes what of the next units are letters of ASCII, a block at a time, and gives the rest.
    fn ascii<'u>(&mut self, units: &'u [[u8; 2]]) -> &'u [[u8; 2]] {
        let (blocks, _) = units.as_chunks::<16>();
        let mut taken = 0_usize;
        for block in blocks {
            let seen = block.iter().fold(0, |seen, [low, high]| seen | (low & 0x80) | high);
            if seen != 0 {
                break;
            }
            let letters: [u8; 16] = block.map(|[low, _]| low);
            self.text.push_str(core::str::from_utf8(&letters).unwrap_or_default());
            taken = taken.saturating_add(block.len());
        }
        units.get(taken..).unwrap_or_default()
    }

    /// Where an octet of the text in UTF-8 stands.
    pub(crate) fn position(&self, at: usize) -> Position {
        let before = self.text.get(..at).unwrap_or(&self.text);
        let units: usize = before.chars().map(char::len_utf16).sum();
        let line = before.matches('\n').count().saturating_add(1);
        let column = before.rsplit('\n').next().map_or(0, |rest| rest.chars().count()).saturating_add(1);
        Position { offset: self.start.saturating_add(units.saturating_mul(2)), line, column }
    }

    /// Where a line and a column begin, as an index into the text.
    pub(crate) fn index(&self, line: u32, column: u32) -> usize {
        let (line, column) = (usize::try_from(line).unwrap_or(1), usize::try_from(column).unwrap_or(1));
        let before: usize = self.text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
        let rest = self.text.get(before..).unwrap_or_default();
        before.saturating_add(rest.chars().take(column.saturating_sub(1)).map(char::len_utf8).sum())
    }
}

fn encoding(family: &Family, gravity: Gravity, at: Position, actual: String) -> Breach {
    Breach { rule: family.encoding, gravity, in_schema: false, at, expected: "UTF-16LE".into(), actual }
}

/// Another encoding that octets are plainly in.
fn other_encoding(octets: &[u8]) -> Option<String> {
    let name = match octets {
        [0xFE, 0xFF, ..] => "a big-endian byte order mark",
        [0xEF, 0xBB, 0xBF, ..] => "a byte order mark of UTF-8",
        [0, b'<', ..] => "UTF-16BE",
        [b'<', second, ..] if *second != 0 && second.is_ascii() && core::str::from_utf8(octets).is_ok() => "UTF-8",
        _ => return None,
    };
    Some(name.into())
}
