//! Markup, well-formed or not: names of the schemas and punctuation stay, all other words are replaced.

use std::ops::Range;

use mspan::document::{Value, namespaces};
use mspan::printer_configuration::Envelope;

use super::aliases::Aliases;
use super::document::Vocabulary;

/// Words that an XML declaration may hold.
const OF_DECLARATION: [&str; 26] = [
    "xml",
    "version",
    "encoding",
    "standalone",
    "yes",
    "no",
    "1",
    "0",
    "utf",
    "ucs",
    "7",
    "8",
    "16",
    "16le",
    "16be",
    "32",
    "2",
    "4",
    "le",
    "be",
    "us",
    "ascii",
    "iso",
    "8859",
    "windows",
    "1252",
];

/// Words that a document type declaration may hold.
const OF_DOCTYPE: [&str; 16] = [
    "doctype", "element", "attlist", "entity", "notation", "system", "public", "cdata", "pcdata", "id", "idref",
    "implied", "required", "fixed", "empty", "any",
];

/// Types of XML Schema, and values of `xsi:nil`.
const OF_SCHEMA: [&str; 10] =
    ["xs", "xsd", "string", "integer", "float", "boolean", "base64binary", "true", "false", "1"];

/// Names of an Envelope's that are no names of the schemas.
const OF_ENVELOPE: [&str; 13] = [
    "envelope", "printer", "reason", "detail", "xmlns", "bidi", "string", "text", "enum", "int", "float", "bool",
    "blob",
];

/// Characters that are spoken of by name.
const ENTITIES: [&str; 5] = ["lt", "gt", "amp", "quot", "apos"];

/// Where namespaces of the World Wide Web Consortium's begin.
const W3C: &str = "http://www.w3.org/";

/// The longest key of a resource, in digits.
const LONGEST_KEY: usize = 10;

/// The longest reference to a character, ampersand and semicolon included.
const LONGEST_REFERENCE: usize = 16;

/// A document that is scrubbed.
///
/// ```text
///   text ── < ──▶ tag: name, attributes ── > ──▶ text
///    │ └── <!-- ──▶ comment        <!, <? ──▶ declaration
///    └──── <![CDATA[ ──▶ text
/// ```
pub(super) struct Markup<'a> {
    units: &'a mut [u16],
    vocabulary: &'a Vocabulary,
    aliases: &'a mut Aliases,
    /// Names of the elements that are open.
    open: Vec<String>,
}

impl<'a> Markup<'a> {
    /// A document, up to its terminator.
    pub(super) fn new(units: &'a mut [u16], vocabulary: &'a Vocabulary, aliases: &'a mut Aliases) -> Self {
        Self { units, vocabulary, aliases, open: Vec::new() }
    }

    /// Scrubs it in place.
    pub(super) fn scrub(&mut self) {
        let mut at = 0;
        while at < self.units.len() {
            at = if self.begins(at, "<!--") {
                let end = self.behind(at, "-->");
                self.words(at..end, &|_| false);
                end
            } else if self.begins(at, "<![CDATA[") {
                let end = self.behind(at, "]]>");
                self.text(at + "<![CDATA[".len()..end);
                end
            } else if self.begins(at, "<?") {
                let end = self.behind(at, "?>");
                let is_xml = self.begins(at, "<?xml");
                self.words(at..end, &|word| is_xml && is_in(&OF_DECLARATION, word));
                end
            } else if self.begins(at, "<!") {
                self.doctype(at)
            } else if self.begins(at, "<") {
                self.tag(at)
            } else {
                let end = self.find(at, "<").unwrap_or(self.units.len());
                self.text(at..end);
                end
            };
        }
    }

    /// A document type declaration, with what stands in its brackets.
    fn doctype(&mut self, at: usize) -> usize {
        let end = match (self.find(at, "["), self.find(at, ">")) {
            (Some(subset), Some(end)) if subset < end => self.behind(self.behind(at, "]"), ">"),
            _ => self.behind(at, ">"),
        };
        let vocabulary = self.vocabulary;
        let is_known = |word: &str| is_in(&OF_DOCTYPE, word) || is_in(&ENTITIES, word) || vocabulary.is_name(word);
        self.referring(at..end, &is_known);
        end
    }

    /// What stands between angle brackets; what doesn't look like a tag is a bracket alone.
    fn tag(&mut self, at: usize) -> usize {
        let is_end = self.begins(at, "</");
        let name = self.name_at(at + if is_end { 2 } else { 1 });
        if name.is_empty() {
            return at + 1;
        }
        let local = self.local(&name);
        self.name(name.clone());
        if is_end {
            while self.open.pop().is_some_and(|open| open != local) {}
            let end = self.behind(name.end, ">");
            let rest = self.find(name.end, "<").map_or(end, |next| next.min(end));
            self.words(name.end..rest, &|_| false);
            return rest;
        }
        self.open.push(local);
        let mut at = name.end;
        loop {
            at = self.after_space(at);
            match self.units.get(at).copied().map(u32::from).and_then(char::from_u32) {
                None | Some('<') => return at,
                Some('>') => return at + 1,
                Some('/') if self.begins(at, "/>") => {
                    self.open.pop();
                    return at + 2;
                }
                Some(_) => at = self.attribute(at),
            }
        }
    }

    /// An attribute with its value, or whatever stands in its place.
    fn attribute(&mut self, at: usize) -> usize {
        let name = self.name_at(at);
        if name.is_empty() {
            return self.value_at(at, None);
        }
        let whole = String::from_utf16_lossy(self.units.get(name.clone()).unwrap_or_default());
        self.name(name.clone());
        let equals = self.after_space(name.end);
        if self.begins(equals, "=") {
            let value = self.after_space(equals + 1);
            self.value_at(value, Some(&whole))
        } else {
            name.end
        }
    }

    /// A value, with its quotes or without them. The place behind it.
    fn value_at(&mut self, at: usize, attribute: Option<&str>) -> usize {
        let quote = [r#"""#, "'"].into_iter().find(|quote| self.begins(at, quote));
        let (value, end) = match quote {
            Some(quote) => {
                let end = self.find(at + 1, quote).unwrap_or(self.units.len());
                (at + 1..end, end + 1)
            }
            None => {
                let ends = |unit: &u16| [0x20, 0x09, 0x0A, 0x0D, 0x3C, 0x3E].contains(unit);
                let rest = self.units.get(at..).unwrap_or_default();
                // At least one unit is passed.
                let length = rest.iter().skip(1).position(ends).map_or(rest.len(), |length| length + 1);
                (at..at + length, at + length)
            }
        };
        match attribute {
            Some(attribute) => self.attribute_value(value, attribute),
            None => self.referring(value, &|_| false),
        }
        end.min(self.units.len())
    }

    fn attribute_value(&mut self, value: Range<usize>, attribute: &str) {
        let (prefix, local) = attribute.split_once(':').unwrap_or(("", attribute));
        let text = String::from_utf16_lossy(self.units.get(value.clone()).unwrap_or_default());
        let is_namespace = prefix == "xmlns" || attribute == "xmlns";
        if is_namespace && (namespaces().contains(&text.as_str()) || text.starts_with(W3C)) {
            return;
        }
        let (dll, entry_point) = Envelope::MODULE;
        match self.vocabulary.of_attribute(local) {
            _ if prefix == "xsi" => self.referring(value, &|word| is_in(&OF_SCHEMA, word)),
            _ if local == "type" && text == "PrinterName" => {}
            _ if text == dll || text == entry_point => {}
            _ if text.eq_ignore_ascii_case(dll) => {}
            Some(kind) => self.value(value, kind, local),
            None => self.referring(value, &|_| false),
        }
    }

    /// The text of an element.
    fn text(&mut self, text: Range<usize>) {
        let element = self.open.last().cloned().unwrap_or_default();
        match self.vocabulary.of_element(&element) {
            Some(kind) => self.value(text, kind, &element),
            None => self.referring(text, &|_| false),
        }
    }

    /// A value of that kind, of the element or attribute of that name.
    fn value(&mut self, value: Range<usize>, kind: Value, name: &str) {
        let text = String::from_utf16_lossy(self.units.get(value.clone()).unwrap_or_default());
        let trimmed = text.trim();
        // A digit that is no truth value names nobody, and another might be one.
        let is_digit = trimmed.len() == 1 && trimmed.bytes().all(|octet| octet.is_ascii_digit());
        let is_boolean = is_digit || ["true", "false"].into_iter().any(|known| known.eq_ignore_ascii_case(trimmed));
        // Settings may be numbers of somebody's; keys of resources and buttons are the driver's.
        let is_setting = name.starts_with("BIDI_");
        match kind {
            Value::Boolean if is_boolean => {}
            Value::Integer if !is_setting => self.key(value),
            Value::Integer | Value::Float => self.number(value),
            Value::Base64 => self.base64(value),
            Value::Text if text.contains("Envelope") => {
                let vocabulary = self.vocabulary;
                let is_known = |word: &str| is_in(&OF_ENVELOPE, word) || vocabulary.is_name(word);
                self.referring(value, &is_known);
            }
            Value::Text | Value::Setting | Value::Boolean => self.referring(value, &|_| false),
        }
    }

    /// The key of a resource, or the id of a button: the number at its front stays.
    fn key(&mut self, value: Range<usize>) {
        let text = String::from_utf16_lossy(self.units.get(value.clone()).unwrap_or_default());
        if ["IDOK", "IDCANCEL"].into_iter().any(|known| known.eq_ignore_ascii_case(text.trim())) {
            return;
        }
        let start = self.after_space(value.start).min(value.end);
        let signed = start + usize::from(self.begins(start, "+") || self.begins(start, "-"));
        let rest = self.units.get(signed.min(value.end)..value.end).unwrap_or_default();
        let digits = rest.iter().take_while(|unit| (0x30..0x3A).contains(*unit)).count();
        let kept = if digits <= LONGEST_KEY { signed + digits } else { value.start };
        self.referring(kept.min(value.end)..value.end, &|_| false);
    }

    /// A number: of an exponent nobody can tell anything.
    fn number(&mut self, value: Range<usize>) {
        let text = String::from_utf16_lossy(self.units.get(value.clone()).unwrap_or_default());
        let (mantissa, exponent) = text.split_at(text.find(['e', 'E']).unwrap_or(text.len()));
        let plain = |part: &str, others: &str| part.chars().all(|c| c.is_ascii_digit() || others.contains(c));
        let is_number = plain(mantissa, "+-. \t\r\n") && plain(exponent, "+-eE \t\r\n");
        match text.trim() {
            "INF" | "-INF" | "NaN" => {}
            _ if is_number => self.words(value.start..value.start + mantissa.len(), &|_| false),
            _ => self.referring(value, &|_| false),
        }
    }

    /// Base64 of nothing but zeros; the last character has bits that are looked at.
    fn base64(&mut self, value: Range<usize>) {
        let is_data = |unit: &u16| {
            u8::try_from(*unit).is_ok_and(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'/'))
        };
        let units = self.units.get_mut(value.clone()).unwrap_or_default();
        let last = units.iter().rposition(is_data).unwrap_or(0);
        let data = units.iter_mut().take(last).filter(|unit| is_data(unit));
        data.for_each(|unit| *unit = u16::from(b'A'));
        let others = units.iter().any(|unit| *unit >= 0x80);
        if others {
            self.words(value, &|_| false);
        }
    }

    /// Text in which characters may be spoken of by name or number.
    fn referring(&mut self, text: Range<usize>, is_kept: &dyn Fn(&str) -> bool) {
        let mut at = text.start;
        while at < text.end {
            let reference = self.find(at, "&").filter(|place| *place < text.end).unwrap_or(text.end);
            self.words(at..reference, is_kept);
            at = reference;
            if at < text.end {
                at = self.reference(at, text.end);
            }
        }
    }

    /// An ampersand, and the name or number behind it where that says a character. The place behind it.
    fn reference(&mut self, at: usize, end: usize) -> usize {
        let near = self.units.get(at..end.min(at + LONGEST_REFERENCE)).unwrap_or_default();
        let Some(semicolon) = near.iter().position(|unit| *unit == u16::from(b';')).map(|found| at + found) else {
            return at + 1;
        };
        let name = String::from_utf16_lossy(self.units.get(at + 1..semicolon).unwrap_or_default());
        if ENTITIES.contains(&name.as_str()) {
            return semicolon + 1;
        }
        let Some(number) = name.strip_prefix('#') else { return at + 1 };
        let (digits, radix) = number.strip_prefix('x').map_or((number, 10), |digits| (digits, 16));
        let Ok(number) = u32::from_str_radix(digits, radix) else { return at + 1 };
        // What is no character of XML's is nobody's name, and a breach that stays.
        let is_of_name = |c: &char| c.is_alphanumeric() || !c.is_ascii() && !matches!(c, '\u{FFFE}' | '\u{FFFF}');
        if char::from_u32(number).as_ref().is_some_and(is_of_name) {
            let (letter, width) = (u32::from('x'), digits.len());
            let letter = if radix == 16 { format!("{letter:0width$x}") } else { format!("{letter:0width$}") };
            // Two digits have no room for that number.
            let letter = if letter.len() == width { letter } else { "9".repeat(width) };
            let place = self.units.get_mut(semicolon - width..semicolon).unwrap_or_default();
            place.iter_mut().zip(letter.encode_utf16()).for_each(|(to, from)| *to = from);
        }
        semicolon + 1
    }

    /// The name of an element or attribute.
    fn name(&mut self, name: Range<usize>) {
        let text = String::from_utf16_lossy(self.units.get(name.clone()).unwrap_or_default());
        let mut at = name.start;
        for part in text.split(':') {
            let end = at + part.encode_utf16().count();
            if !self.vocabulary.is_name(part) && !is_in(&OF_ENVELOPE, part) {
                self.words(at..end, &|_| false);
            }
            at = end + 1;
        }
    }

    /// A name without its prefix.
    fn local(&self, name: &Range<usize>) -> String {
        let text = String::from_utf16_lossy(self.units.get(name.clone()).unwrap_or_default());
        text.rsplit(':').next().unwrap_or_default().to_owned()
    }

    /// The name that begins at a place; empty where none does.
    fn name_at(&self, at: usize) -> Range<usize> {
        let is_of_name = |unit: &u16| match u8::try_from(*unit) {
            Ok(octet) if octet < 0x80 => octet.is_ascii_alphanumeric() || b"_-.:".contains(&octet),
            _ => true,
        };
        let length = self.units.get(at..).unwrap_or_default().iter().take_while(|unit| is_of_name(unit)).count();
        at..at + length
    }

    fn words(&mut self, words: Range<usize>, is_kept: &dyn Fn(&str) -> bool) {
        if let Some(units) = self.units.get_mut(words) {
            self.aliases.text(units, is_kept);
        }
    }

    fn after_space(&self, at: usize) -> usize {
        let rest = self.units.get(at..).unwrap_or_default();
        at + rest.iter().take_while(|unit| [0x20, 0x09, 0x0A, 0x0D].contains(*unit)).count()
    }

    fn begins(&self, at: usize, text: &str) -> bool {
        let rest = self.units.get(at..).unwrap_or_default();
        rest.len() >= text.len() && rest.iter().copied().zip(text.encode_utf16()).all(|(one, other)| one == other)
    }

    fn find(&self, at: usize, text: &str) -> Option<usize> {
        let wanted: Vec<u16> = text.encode_utf16().collect();
        self.units.get(at..)?.windows(wanted.len()).position(|window| window == wanted).map(|found| at + found)
    }

    /// The place behind the next such text; the end where there is none.
    fn behind(&self, at: usize, text: &str) -> usize {
        self.find(at, text).map_or(self.units.len(), |found| found + text.len())
    }
}

/// Whether a word is among some in small letters.
fn is_in(known: &[&str], word: &str) -> bool {
    known.iter().any(|known| known.eq_ignore_ascii_case(word))
}
