//! Documents of notifications and responses: their structure stays, and what they say goes.

use mspan::document::{Value, Word, vocabulary};

use super::aliases::Aliases;
use super::markup::Markup;

/// How the characters of a document are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Little,
    Big,
    Octets,
}

/// The words of the schemas that documents are written by.
#[derive(Debug)]
pub(super) struct Vocabulary(Vec<Word>);

/// Attributes and prefixes that XML itself and XML Schema have.
const OF_XML: [&str; 10] =
    ["xml", "xmlns", "xsi", "xs", "xsd", "lang", "space", "nil", "schemaLocation", "noNamespaceSchemaLocation"];

impl Default for Vocabulary {
    fn default() -> Self {
        Self(vocabulary())
    }
}

impl Vocabulary {
    /// Scrubs a document in place. Whether it was one: of other octets nothing is known.
    pub(super) fn document(&self, octets: &mut [u8], is_expected: bool, aliases: &mut Aliases) -> bool {
        let Some(form) = form(octets).or(is_expected.then_some(Form::Little)) else { return false };
        let mut units = units(octets, form);
        let end = units.iter().position(|unit| *unit == 0).unwrap_or(units.len());
        Markup::new(units.get_mut(..end).unwrap_or_default(), self, aliases).scrub();
        put(octets, &units, form);
        let width = form.width();
        // What stands behind the terminator is another's.
        aliases.opaque(octets.get_mut((end + 1) * width..).unwrap_or_default());
        let is_odd = !octets.len().is_multiple_of(width) && end == units.len();
        if let Some(half) = octets.last_mut().filter(|_| is_odd) {
            *half = 0;
        }
        true
    }

    /// Whether an element or attribute has that name, without its prefix.
    pub(super) fn is_name(&self, name: &str) -> bool {
        let declared = |word: &Word| match word {
            Word::Element(known, _) | Word::Attribute(known, _) => known.eq_ignore_ascii_case(name),
        };
        self.0.iter().any(declared) || OF_XML.contains(&name)
    }

    /// What the text of an element is.
    pub(super) fn of_element(&self, name: &str) -> Option<Value> {
        self.0.iter().find_map(|word| match word {
            Word::Element(known, value) if known.eq_ignore_ascii_case(name) => *value,
            _ => None,
        })
    }

    /// What the value of an attribute is.
    pub(super) fn of_attribute(&self, name: &str) -> Option<Value> {
        self.0.iter().find_map(|word| match word {
            Word::Attribute(known, value) if known.eq_ignore_ascii_case(name) => Some(*value),
            _ => None,
        })
    }
}

impl Form {
    fn width(self) -> usize {
        if self == Self::Octets { 1 } else { 2 }
    }
}

/// How markup is written, if octets begin as markup does.
fn form(octets: &[u8]) -> Option<Form> {
    let (form, rest) = match octets {
        [0xFF, 0xFE, rest @ ..] => (Form::Little, rest),
        [0xFE, 0xFF, rest @ ..] => (Form::Big, rest),
        [0xEF, 0xBB, 0xBF, rest @ ..] => (Form::Octets, rest),
        [0, ..] => (Form::Big, octets),
        [_, 0, ..] => (Form::Little, octets),
        _ => (Form::Octets, octets),
    };
    let space = [0x20, 0x09, 0x0A, 0x0D];
    let first = units(rest, form).into_iter().find(|unit| !space.contains(unit));
    (first == Some(u16::from(b'<'))).then_some(form)
}

fn units(octets: &[u8], form: Form) -> Vec<u16> {
    let (pairs, _) = octets.as_chunks();
    match form {
        Form::Little => pairs.iter().copied().map(u16::from_le_bytes).collect(),
        Form::Big => pairs.iter().copied().map(u16::from_be_bytes).collect(),
        Form::Octets => octets.iter().copied().map(u16::from).collect(),
    }
}

fn put(octets: &mut [u8], units: &[u16], form: Form) {
    let written: Vec<u8> = match form {
        Form::Little => units.iter().flat_map(|unit| unit.to_le_bytes()).collect(),
        Form::Big => units.iter().flat_map(|unit| unit.to_be_bytes()).collect(),
        Form::Octets => units.iter().map(|unit| u8::try_from(*unit).unwrap_or(b'x')).collect(),
    };
    octets.iter_mut().zip(written).for_each(|(to, from)| *to = from);
}
