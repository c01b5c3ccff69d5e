//! Values as scenarios write them.

use std::collections::BTreeMap;

use conformance::compare::HandleId;
use mspan::NotificationType;

/// Words of a scenario for what was recorded.
#[derive(Debug, Default)]
pub(super) struct Words {
    /// Handles that have a name: the reference.
    pub(super) handles: BTreeMap<HandleId, String>,
    /// Types of the recording that are the scenario's own.
    types: Vec<NotificationType>,
    /// What is made up in payloads and differs in each run.
    pub(super) nonce: Option<String>,
    /// The print queue's UNC name.
    pub(super) printer: Option<String>,
    /// The print server's.
    pub(super) server: Option<String>,
    /// Whether a print queue was named.
    pub(super) names_printer: bool,
}

/// Octets that are written into the file; more can't be.
const MOST_OCTETS: usize = 1 << 20;

impl Words {
    /// A notification type.
    pub(super) fn notification_type(&mut self, kind: NotificationType) -> String {
        if let Some(name) = kind.name().filter(|name| *name != "PrinterConfigurationSdk") {
            return name.to_owned();
        }
        if kind.name().is_some() {
            return kind.0.to_string();
        }
        if !self.types.contains(&kind) {
            self.types.push(kind);
        }
        match self.types.iter().position(|known| *known == kind) {
            Some(0) => quoted("${type}"),
            Some(1) => quoted("${type2}"),
            _ => kind.0.to_string(),
        }
    }

    /// Octets; none when there are too many of them.
    pub(super) fn octets(&self, octets: &[u8]) -> Option<String> {
        if octets.len() > MOST_OCTETS {
            return None;
        }
        Some(match text_of(octets) {
            Some(text) => format!("{{utf16: {}}}", quoted(&self.text(&text))),
            None => format!("{{hex: {}}}", quoted(&hex::encode(octets))),
        })
    }

    /// A text, quoted, with the scenario's names.
    pub(super) fn name(&mut self, text: &str) -> String {
        if self.printer.as_deref() == Some(text) {
            self.names_printer = true;
            return quoted("${printer}");
        }
        if self.server.as_deref() == Some(text) { quoted("${server_name}") } else { quoted(text) }
    }

    fn text(&self, text: &str) -> String {
        match &self.nonce {
            Some(nonce) => text.replace(nonce.as_str(), "${nonce}"),
            None => text.to_owned(),
        }
    }
}

/// The text that octets are in UTF-16LE, where a scenario can write it so.
pub(super) fn text_of(octets: &[u8]) -> Option<String> {
    let (units, []) = octets.as_chunks::<2>() else { return None };
    let text: String =
        char::decode_utf16(units.iter().copied().map(u16::from_le_bytes)).collect::<Result<_, _>>().ok()?;
    let is_plain = text.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\t' | '\r'));
    (is_plain && !text.contains("${") && !text.starts_with('\u{FEFF}')).then_some(text)
}

/// The first word of a text that looks made up: 32 hexadecimal digits.
pub(super) fn nonce_in(text: &str) -> Option<&str> {
    let is_nonce = |word: &&str| word.len() == 32 && word.bytes().all(|c| c.is_ascii_hexdigit());
    text.split(|c: char| !c.is_ascii_alphanumeric()).find(is_nonce)
}

/// A scalar in double quotes.
pub(super) fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

/// A mapping on one line.
pub(super) fn flow(entries: &[(&str, String)]) -> String {
    let entries: Vec<String> = entries.iter().map(|(key, value)| format!("{key}: {value}")).collect();
    format!("{{{}}}", entries.join(", "))
}

/// Longest line of a step.
const LINE: usize = 120;

/// A step: on one line, or with a line for each key where that is too long.
pub(super) fn step(verb: &str, entries: &[(&str, String)]) -> String {
    let line = format!("  - {verb}: {}\n", flow(entries));
    if line.chars().count() <= LINE {
        return line;
    }
    let lines: String = entries.iter().map(|(key, value)| format!("      {key}: {value}\n")).collect();
    format!("  - {verb}:\n{lines}")
}
