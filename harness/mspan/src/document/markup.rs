//! Well-formed documents: XML 1.0 and Namespaces, by roxmltree, with names for what it refuses.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use alloc::{format, vec};

use roxmltree::{Error, ParsingOptions};

use super::{Breach, Gravity, Text};

/// The rules of one kind of document that hold for all of it.
#[derive(Debug)]
pub(crate) struct Family {
    pub(crate) well_formed: &'static str,
    pub(crate) encoding: &'static str,
    pub(crate) charset: &'static str,
    pub(crate) escaping: &'static str,
    pub(crate) namespace: &'static str,
    pub(crate) uri: &'static str,
}

/// Nodes that a document may have before it is left unread.
const MOST_NODES: u32 = 200_000;

/// A well-formed document.
#[derive(Debug)]
pub(crate) struct Markup<'t>(roxmltree::Document<'t>);

impl<'t> Markup<'t> {
    /// Parses a text. What is wrong comes with the rules that it breaks.
    pub(crate) fn parse(text: &'t Text<'_>, family: &Family) -> Result<(Self, Vec<Breach>), Vec<Breach>> {
        match Self::of(&text.text) {
            Ok(markup) => Ok((markup, declared_encoding(text, family).into_iter().collect())),
            Err(error) => Err(refused(text, family, &error)),
        }
    }

    /// The same for text that is part of another document.
    pub(crate) fn of(text: &'t str) -> Result<Self, Error> {
        let options = ParsingOptions { allow_dtd: true, nodes_limit: MOST_NODES, entity_resolver: None };
        roxmltree::Document::parse_with_options(text, options).map(Self)
    }

    /// The root element.
    pub(crate) fn root(&self) -> roxmltree::Node<'_, 't> {
        self.0.root_element()
    }
}

fn refused(text: &Text<'_>, family: &Family, error: &Error) -> Vec<Breach> {
    let place = error.pos();
    let index = match error {
        Error::UnexpectedEndOfStream | Error::UnclosedRootNode => text.text.len(),
        _ => text.index(place.row, place.col),
    };
    let give = |rule, gravity, index, expected: &str, actual: String| Breach {
        rule,
        gravity,
        in_schema: false,
        at: text.position(index),
        expected: expected.into(),
        actual,
    };
    if matches!(error, Error::NodesLimitReached | Error::AttributesLimitReached | Error::NamespacesLimitReached) {
        let actual = format!("more than {MOST_NODES} nodes, left unread");
        return vec![give(family.well_formed, Gravity::Note, 0, "a document of reasonable size", actual)];
    }
    let expected = "a well-formed XML 1.0 document";
    let mut found = vec![give(family.well_formed, Gravity::Must, index, expected, error.to_string())];
    let foreign = foreign_character(&text.text).or_else(|| foreign_reference(&text.text));
    let is_reference = foreign.as_ref().is_some_and(|(at, _)| *at == index);
    if let Some((at, actual)) = foreign {
        found.push(give(family.charset, Gravity::Must, at, "characters that XML 1.0 has", actual));
    } else if let Some(tail) = text.tail.filter(|tail| !tail.is_empty()) {
        let actual = format!("U+0000 with {} octets behind it", tail.len());
        found.push(give(family.charset, Gravity::Must, text.text.len(), "no U+0000 within the document", actual));
    }
    if let Some(actual) = unescaped(&text.text, index, error).filter(|_| !is_reference) {
        found.push(give(family.escaping, Gravity::Must, index, "< and & escaped by a means of XML", actual));
    }
    found
}

/// A character outside of XML 1.0's.
fn foreign_character(text: &str) -> Option<(usize, String)> {
    let mut characters = text.char_indices();
    characters.find(|(_, c)| !is_character(u32::from(*c))).map(|(at, c)| (at, format!("U+{:04X}", u32::from(c))))
}

/// A reference to a character outside of XML 1.0's.
fn foreign_reference(text: &str) -> Option<(usize, String)> {
    text.match_indices("&#").find_map(|(at, _)| {
        let digits = text.get(at..)?.strip_prefix("&#")?;
        let digits = digits.get(..digits.find(';')?)?;
        let number = match digits.strip_prefix('x') {
            Some(digits) => u32::from_str_radix(digits, 16),
            None => digits.parse(),
        };
        let number = number.ok().filter(|number| !is_character(*number))?;
        Some((at, format!("a reference to U+{number:04X}")))
    })
}

fn is_character(number: u32) -> bool {
    matches!(number, 0x9 | 0xA | 0xD | 0x20..=0xD7FF | 0xE000..=0xFFFD | 0x1_0000..=0x10_FFFF)
}

/// A bare & or < at a place where parsing stopped.
fn unescaped(text: &str, index: usize, error: &Error) -> Option<String> {
    let around = |from: usize| text.get(from..).map(|rest| rest.chars().take(12).collect::<String>());
    match error {
        Error::UnknownEntityReference(name, _) => Some(format!("the unknown entity {name}")),
        Error::MalformedEntityReference(_) => around(index).map(|found| format!("{found:?}")),
        _ => {
            let before = text.get(..index).and_then(|before| before.chars().next_back());
            let next = text.get(index..).and_then(|rest| rest.chars().next());
            let opens = |c: char| c.is_alphabetic() || matches!(c, '_' | ':' | '!' | '?' | '/');
            let bare = before == Some('<') && !next.is_some_and(opens)
                || next == Some('<') && !text.get(index..).and_then(|rest| rest.chars().nth(1)).is_some_and(opens);
            bare.then(|| around(index).map(|found| format!("a bare < at {found:?}"))).flatten()
        }
    }
}

/// An encoding declaration that names neither UTF-16 nor UTF-16LE (SD-33).
fn declared_encoding(text: &Text<'_>, family: &Family) -> Option<Breach> {
    let declaration = text.text.strip_prefix("<?xml")?;
    let declaration = declaration.get(..declaration.find("?>")?)?;
    let (before, value) = declaration.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next()?;
    let name = value.get(1..)?.split(quote).next()?;
    if name.eq_ignore_ascii_case("UTF-16") || name.eq_ignore_ascii_case("UTF-16LE") {
        return None;
    }
    Some(Breach {
        rule: family.encoding,
        gravity: Gravity::Should,
        in_schema: false,
        at: text.position(before.len().saturating_add("<?xml".len())),
        expected: "an encoding declaration of UTF-16 or UTF-16LE, or none".into(),
        actual: name.into(),
    })
}
