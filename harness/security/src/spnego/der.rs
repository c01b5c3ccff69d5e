//! As much of DER as SPNEGO's tokens need ([X.690]).

use dcerpc::security::SecurityError;

pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(super) const ENUMERATED: u8 = 0x0A;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const APPLICATION_0: u8 = 0x60;

/// The tag of a field that is tagged explicitly with that number.
pub(super) const fn context(number: u8) -> u8 {
    0xA0 | number
}

/// An element of that tag around its content.
pub(super) fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut element = vec![tag];
    let length = content.len().to_be_bytes();
    let needed = length.iter().position(|octet| *octet != 0).unwrap_or(length.len());
    match length.get(needed..) {
        Some([one]) if *one < 0x80 => element.push(*one),
        None | Some([]) => element.push(0),
        Some(octets) => {
            let count = u8::try_from(octets.len()).unwrap_or_default();
            element.push(0x80 | count);
            element.extend_from_slice(octets);
        }
    }
    element.extend_from_slice(content);
    element
}

/// Elements that follow each other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Elements<'a>(pub(super) &'a [u8]);

impl<'a> Elements<'a> {
    /// The next element's tag and content; nothing at the end.
    pub(super) fn next(&mut self) -> Result<Option<(u8, &'a [u8])>, SecurityError> {
        let (tag, rest) = match self.0.split_first() {
            None => return Ok(None),
            Some((tag, _)) if tag & 0x1F == 0x1F => return Err(unreadable("a tag of several octets")),
            Some((tag, rest)) => (*tag, rest),
        };
        let (first, rest) = rest.split_first().ok_or_else(|| unreadable("no length"))?;
        let (length, rest) = match first & 0x7F {
            _ if *first < 0x80 => (usize::from(*first), rest),
            count @ 1..=4 => {
                let (octets, rest) = rest.split_at_checked(count.into()).ok_or_else(|| unreadable("no length"))?;
                (octets.iter().fold(0, |length, octet| (length << 8) | usize::from(*octet)), rest)
            }
            _ => return Err(unreadable("a length of more than 4 octets")),
        };
        let (content, rest) = rest.split_at_checked(length).ok_or_else(|| unreadable("an element that is cut off"))?;
        self.0 = rest;
        Ok(Some((tag, content)))
    }

    /// The content of the next element, which has to be of that tag.
    pub(super) fn of(&mut self, tag: u8) -> Result<&'a [u8], SecurityError> {
        match self.next()? {
            Some((found, content)) if found == tag => Ok(content),
            Some((found, _)) => Err(unreadable(&format!("tag {found:#04x} where {tag:#04x} was due"))),
            None => Err(unreadable(&format!("nothing where tag {tag:#04x} was due"))),
        }
    }
}

fn unreadable(what: &str) -> SecurityError {
    SecurityError::Refused(format!("a token that is not of SPNEGO: {what}"))
}
