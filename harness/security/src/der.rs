//! As much of DER as tokens need ([X.690]).

use dcerpc::security::SecurityError;
use zeroize::Zeroizing;

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(crate) const ENUMERATED: u8 = 0x0A;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const GENERAL_STRING: u8 = 0x1B;
pub(crate) const SEQUENCE: u8 = 0x30;

/// What is written here is wiped when dropped, for it may hold a key.
pub(crate) type Element = Zeroizing<Vec<u8>>;

/// Octets of a tag and a length at most.
const LONGEST_FRONT: usize = 10;

/// The tag of a field that is tagged explicitly with that number.
pub(crate) const fn context(number: u8) -> u8 {
    0xA0 | number
}

/// The tag of a type of an application.
pub(crate) const fn application(number: u8) -> u8 {
    0x60 | number
}

/// An element of that tag around its content.
pub(crate) fn element(tag: u8, content: &[u8]) -> Element {
    let mut element = Zeroizing::new(Vec::with_capacity(content.len() + LONGEST_FRONT));
    element.push(tag);
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

/// An INTEGER in as few octets as it needs.
pub(crate) fn integer(value: i64) -> Element {
    let octets = value.to_be_bytes();
    let spare = octets.windows(2).take_while(|pair| {
        matches!(pair, [0x00, next] if *next < 0x80) || matches!(pair, [0xFF, next] if *next >= 0x80)
    });
    let spare = spare.count();
    element(INTEGER, octets.get(spare..).unwrap_or_default())
}

/// A GeneralString.
pub(crate) fn string(text: &str) -> Element {
    element(GENERAL_STRING, text.as_bytes())
}

/// A SEQUENCE of fields that are tagged explicitly with their numbers.
pub(crate) fn sequence(fields: &[(u8, Element)]) -> Element {
    let fields: Vec<_> = fields.iter().map(|(number, field)| element(context(*number), field)).collect();
    element(SEQUENCE, &joined(&fields))
}

/// Elements one after the other.
pub(crate) fn joined(elements: &[Element]) -> Element {
    let length = elements.iter().map(|element| element.len()).sum();
    let mut joined = Zeroizing::new(Vec::with_capacity(length));
    elements.iter().for_each(|element| joined.extend_from_slice(element));
    joined
}

/// Elements that follow each other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Elements<'a>(pub(crate) &'a [u8]);

impl<'a> Elements<'a> {
    /// The next element's tag and content; nothing at the end.
    pub(crate) fn next(&mut self) -> Result<Option<(u8, &'a [u8])>, SecurityError> {
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
    pub(crate) fn of(&mut self, tag: u8) -> Result<&'a [u8], SecurityError> {
        match self.next()? {
            Some((found, content)) if found == tag => Ok(content),
            Some((found, _)) => Err(unreadable(&format!("tag {found:#04x} where {tag:#04x} was due"))),
            None => Err(unreadable(&format!("nothing where tag {tag:#04x} was due"))),
        }
    }
}

/// The fields of a SEQUENCE by the numbers that they are tagged with.
#[derive(Debug)]
pub(crate) struct Fields<'a>(Vec<(u8, &'a [u8])>);

impl<'a> Fields<'a> {
    /// Reads an element that is a SEQUENCE.
    pub(crate) fn of(element: &'a [u8]) -> Result<Self, SecurityError> {
        let mut content = Elements(Elements(element).of(SEQUENCE)?);
        let mut fields = Vec::new();
        while let Some(field) = content.next()? {
            fields.push(field);
        }
        Ok(Self(fields))
    }

    /// Reads an element of an application's type, which holds a SEQUENCE.
    pub(crate) fn within(number: u8, element: &'a [u8]) -> Result<Self, SecurityError> {
        Self::of(Elements(element).of(application(number))?)
    }

    /// The element in a field that may be there.
    pub(crate) fn optional(&self, number: u8) -> Option<&'a [u8]> {
        self.0.iter().find(|(tag, _)| *tag == context(number)).map(|(_, field)| *field)
    }

    /// The element in a field that has to be there.
    pub(crate) fn field(&self, number: u8) -> Result<&'a [u8], SecurityError> {
        self.optional(number).ok_or_else(|| unreadable(&format!("no field {number}")))
    }

    /// An INTEGER.
    pub(crate) fn integer(&self, number: u8) -> Result<i64, SecurityError> {
        read_integer(self.field(number)?)
    }

    /// A GeneralString.
    pub(crate) fn string(&self, number: u8) -> Result<String, SecurityError> {
        Ok(String::from_utf8_lossy(Elements(self.field(number)?).of(GENERAL_STRING)?).into_owned())
    }

    /// An OCTET STRING.
    pub(crate) fn octets(&self, number: u8) -> Result<&'a [u8], SecurityError> {
        Elements(self.field(number)?).of(OCTET_STRING)
    }
}

/// An INTEGER of at most 8 octets.
pub(crate) fn read_integer(element: &[u8]) -> Result<i64, SecurityError> {
    let content = Elements(element).of(INTEGER)?;
    let sign = content.first().map_or(0, |first| if first & 0x80 == 0 { 0 } else { -1 });
    if content.is_empty() || content.len() > 8 {
        return Err(unreadable(&format!("an integer of {} octets", content.len())));
    }
    Ok(content.iter().fold(sign, |value: i64, octet| (value << 8) | i64::from(*octet)))
}

fn unreadable(what: &str) -> SecurityError {
    SecurityError::Refused(format!("a token that can't be read: {what}"))
}
