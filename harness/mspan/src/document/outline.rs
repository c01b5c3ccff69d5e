//! Documents as lines, for who compares them: what does not depend on how XML is written down.

use alloc::string::String;
use alloc::vec::Vec;

use super::{Markup, trim};

/// What octets hold, without how it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    /// Whether it is a well-formed XML document; else it is plain text.
    pub is_markup: bool,
    /// Its lines.
    pub lines: Vec<OutlineLine>,
    /// Whether a byte order mark came first (SD-33).
    pub has_byte_order_mark: bool,
    /// How many U+0000 came last (SD-32).
    pub terminators: usize,
}

/// One line: of XML an element, an attribute or a text; else a line of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutlineLine {
    /// How many elements it is in.
    pub depth: usize,
    /// An element's name, `@name value` of an attribute, or the text. A namespace stands before a name, in braces, where it is not that of
    /// the element around it.
    pub text: String,
}

impl Outline {
    /// Reads UTF-16LE. Of XML, prefixes, the order of attributes, how characters are written, comments, processing instructions
    /// and white space between elements make no difference. None for octets that are no UTF-16LE.
    #[must_use]
    pub fn read(octets: &[u8]) -> Option<Self> {
        let has_byte_order_mark = octets.starts_with(&[0xFF, 0xFE]);
        let (units, []) = octets.as_chunks::<2>() else { return None };
        let units = units.get(usize::from(has_byte_order_mark)..)?;
        let terminators = units.iter().rev().take_while(|unit| **unit == [0, 0]).count();
        let units = units.get(..units.len().saturating_sub(terminators))?;
        let text: String =
            char::decode_utf16(units.iter().copied().map(u16::from_le_bytes)).collect::<Result<_, _>>().ok()?;
        if text.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\r' | '\n')) {
            return None;
        }
        let markup = if text.trim_start().starts_with('<') { Markup::of(&text).ok() } else { None };
        let (is_markup, lines) = match &markup {
            Some(markup) => (true, elements(markup)),
            None => (false, text.lines().map(|line| OutlineLine { depth: 0, text: line.into() }).collect()),
        };
        Some(Self { is_markup, lines, has_byte_order_mark, terminators })
    }
}

fn elements(markup: &Markup<'_>) -> Vec<OutlineLine> {
    let mut lines = Vec::new();
    let mut around: Vec<roxmltree::Node<'_, '_>> = Vec::new();
    for node in markup.root().descendants() {
        while around.last().is_some_and(|last| node.parent() != Some(*last)) {
            around.pop();
        }
        let depth = around.len();
        if node.is_element() {
            let namespace = around.last().and_then(|parent| parent.tag_name().namespace());
            lines.push(OutlineLine { depth, text: name(node.tag_name(), namespace) });
            let attributes = node.attributes().map(|attribute| attribute_line(&attribute));
            let mut attributes: Vec<String> = attributes.collect();
            attributes.sort();
            lines.extend(attributes.into_iter().map(|text| OutlineLine { depth: depth.saturating_add(1), text }));
            around.push(node);
        } else if let Some(text) = node.text().filter(|text| node.is_text() && !trim(text).is_empty()) {
            lines.push(OutlineLine { depth, text: text.into() });
        }
    }
    lines
}

fn attribute_line(attribute: &roxmltree::Attribute<'_, '_>) -> String {
    let (key, value) = (attribute.name(), attribute.value());
    match attribute.namespace() {
        Some(namespace) => alloc::format!("@{{{namespace}}}{key} {value}"),
        None => alloc::format!("@{key} {value}"),
    }
}

fn name(tag: roxmltree::ExpandedName<'_, '_>, around: Option<&str>) -> String {
    match tag.namespace() {
        Some(namespace) if Some(namespace) != around => alloc::format!("{{{namespace}}}{}", tag.name()),
        None if around.is_some() => alloc::format!("{{}}{}", tag.name()),
        _ => tag.name().into(),
    }
}
