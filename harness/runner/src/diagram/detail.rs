//! What there is to know of one row: its fields by name, and its octets.

use bytes::Bytes;
use conformance::event::{Pdu, Protection, Signature};
use dcerpc::Defect;
use dcerpc::pdu::PduType;
use mspan::method::Field;
use serde::{Deserialize, Serialize};

/// The most octets that a row keeps of one PDU.
pub(super) const MOST_OCTETS: usize = 512;
/// The most PDUs of which a row keeps octets.
const MOST_PDUS: usize = 4;
/// The most characters of one field.
const MOST_TEXT: usize = 2_000;

/// What there is to know of a row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    /// Names and values, in the order of the wire.
    pub fields: Vec<(String, String)>,
    /// The PDUs that it is made of, in the order of the wire.
    pub octets: Vec<Octets>,
    /// How many PDUs there are besides.
    pub further: usize,
}

/// The octets of a PDU, as they crossed the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Octets {
    /// Which PDU.
    pub name: String,
    /// The first of them.
    #[serde(with = "hexadecimal")]
    pub first: Bytes,
    /// How many there are.
    pub length: usize,
    /// How many of a token at its end are withheld, for a token can be used to guess a password.
    pub token: usize,
}

/// Octets in a file.
mod hexadecimal {
    use bytes::Bytes;
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    pub(super) fn serialize<S: Serializer>(octets: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
        hex::encode(octets).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
        let written = String::deserialize(deserializer)?;
        hex::decode(written).map(Bytes::from).map_err(D::Error::custom)
    }
}

impl Detail {
    /// Whether its octets can be as it says.
    pub(super) fn is_sound(&self) -> bool {
        self.octets.iter().all(|octets| octets.first.len() <= octets.length && octets.token <= octets.length)
    }

    /// Adds a field.
    pub(super) fn field(&mut self, name: &str, value: impl Into<String>) {
        self.fields.push((name.to_owned(), shortened(value.into(), MOST_TEXT)));
    }

    /// Adds parameters.
    pub(super) fn parameters(&mut self, parameters: &[(&'static str, Field)]) {
        for (name, value) in parameters {
            self.field(name, in_full(name, value));
        }
    }

    /// Adds what is wrong with how something was written.
    pub(super) fn defects(&mut self, defects: &[Defect]) {
        for Defect { offset, field, rule, expected, actual } in defects {
            self.field("defect", format!("{field} at {offset:#x}: expected {expected}, found {actual} ({rule})"));
        }
    }

    /// Adds what protects it.
    pub(super) fn protection(&mut self, protection: Option<&Protection>) {
        let Some(protection) = protection else { return };
        let signature = match &protection.signature {
            Signature::Verified => "its signature is right".to_owned(),
            Signature::Unverified(why) => format!("its signature is wrong: {why}"),
            Signature::Unsigned => "it is not signed".to_owned(),
            Signature::Untold(why) => format!("its signature could not be verified: {why}"),
        };
        let sealed = if protection.sealed { ", sealed" } else { "" };
        self.field("protection", format!("level {}{sealed}; {signature}", protection.level));
    }

    /// Adds a PDU.
    pub(super) fn pdu(&mut self, pdu: &Pdu) {
        if self.octets.len() < MOST_PDUS {
            self.octets.push(Octets::of(pdu));
        } else {
            self.further += 1;
        }
    }
}

impl Octets {
    /// Of a PDU. What a verifier holds where calls are protected proves nothing to anybody else; a token of a login may.
    fn of(pdu: &Pdu) -> Self {
        let ptype = PduType(pdu.ptype);
        let is_call = matches!(ptype, PduType::REQUEST | PduType::RESPONSE | PduType::FAULT);
        let token = if is_call { 0 } else { usize::from(pdu.auth_length).min(pdu.octets.len()) };
        let shown = (pdu.octets.len() - token).min(MOST_OCTETS);
        // A copy: the whole PDU would stay with its part.
        let first = Bytes::copy_from_slice(pdu.octets.get(..shown).unwrap_or_default());
        Self { name: format!("{ptype}, call_id {}", pdu.call_id), first, length: pdu.octets.len(), token }
    }
}

/// A parameter as the pane of a call tells it: numbers with their names, octets as text where they are.
fn in_full(name: &str, value: &Field) -> String {
    match value {
        Field::Octets(Some(array)) => {
            let octets = &array.elements;
            let count = format!("{} octets", octets.len());
            match text(octets) {
                Some(words) => format!("{count}: {words}"),
                None if octets.is_empty() => count,
                None => format!("{count}: {}", hex::encode(octets.get(..octets.len().min(64)).unwrap_or_default())),
            }
        }
        Field::Number(number) => with_name(name, *number),
        Field::Type(Some(notification_type)) => match notification_type.name() {
            Some(name) => format!("{} ({name})", notification_type.0),
            None => notification_type.0.to_string(),
        },
        other => other.to_string(),
    }
}

/// An enumeration's value with its name.
fn with_name(name: &str, number: u32) -> String {
    let known = match name {
        "NotifyFilter" => mspan::UserFilter(number).name(),
        "conversationStyle" => mspan::ConversationStyle(number).name(),
        _ => None,
    };
    known.map_or_else(|| number.to_string(), |known| format!("{number} ({known})"))
}

/// Octets as the text that they are, when they are any.
pub(super) fn text(octets: &[u8]) -> Option<String> {
    if octets.is_empty() || !octets.len().is_multiple_of(2) {
        return None;
    }
    let most = octets.len().min(2 * MOST_TEXT);
    let units = octets.get(..most)?.chunks_exact(2);
    let units: Vec<u16> =
        units.map(|pair| pair.iter().rev().fold(0, |unit, one| unit << 8 | u16::from(*one))).collect();
    let words = String::from_utf16(&units).ok()?;
    let is_text = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
    // What an odd code makes of arbitrary octets is mostly ideographs: text of this protocol begins as XML or as ASCII does.
    (words.chars().all(is_text) && words.chars().next().is_some_and(|c| c.is_ascii() || c == '\u{feff}'))
        .then_some(words)
}

/// Words, cut where there are too many.
pub(super) fn shortened(words: String, most: usize) -> String {
    match words.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", words.get(..end).unwrap_or_default()),
        None => words,
    }
}
