//! Values of parameters, with what is a name told apart from what is not.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use bytes::Bytes;
use mspan::{Hresult, NotificationType};

/// A parameter of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// The specification's name; `return` for the return value.
    pub name: &'static str,
    /// Its value.
    pub value: Value,
}

/// A context handle among those of a trace: each numbered where it is first given out, or used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HandleId(pub(super) usize);

/// The value of a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A NULL pointer or NULL handle.
    Null,
    /// A context handle.
    Handle(HandleId),
    /// Context handles; none for NULL ones.
    Handles(Vec<Option<HandleId>>),
    /// A number, with the name that an enumeration has for it.
    Number(u32, Option<&'static str>),
    /// A notification type identifier.
    Type(NotificationType),
    /// Octets.
    Octets(Bytes),
    /// A string.
    Text(String),
    /// The return value.
    Status(Hresult),
}

impl Value {
    /// How many octets it takes to keep it, about.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Octets(octets) => octets.len(),
            Self::Text(text) => text.len(),
            Self::Handles(handles) => handles.len().saturating_mul(16),
            _ => 0,
        }
    }
}

/// The parameter of that name.
#[must_use]
pub fn named<'a>(parameters: &'a [Parameter], name: &str) -> Option<&'a Value> {
    parameters.iter().find(|parameter| parameter.name == name).map(|parameter| &parameter.value)
}

/// Whether a parameter only tells the length of another, which rules look after.
pub(super) fn is_size(name: &str) -> bool {
    matches!(name, "InSize" | "pOutSize")
}

/// A part of a text: itself, or something that looks made up, and so may be another thing in each trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    Plain(&'a str),
    MadeUp(&'a str),
}

/// Shortest run of hexadecimal digits that is taken for made up: 64 bits.
const SHORTEST: usize = 16;

/// Cuts a text into what looks made up (a UUID that has no name, or as many hexadecimal digits) and what stands between.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut plain_from = 0_usize;
    let mut at = 0_usize;
    while let Some(start) = next_word(text, at) {
        let end = word_end(text, start, |c| c.is_ascii_alphanumeric() || c == '-');
        let short_end = word_end(text, start, |c| c.is_ascii_alphanumeric());
        let found = [end, short_end].into_iter().find(|end| text.get(start..*end).is_some_and(is_made_up));
        if let Some(end) = found {
            pieces.extend(text.get(plain_from..start).filter(|plain| !plain.is_empty()).map(Piece::Plain));
            pieces.extend(text.get(start..end).map(Piece::MadeUp));
            plain_from = end;
        }
        at = found.unwrap_or(short_end);
    }
    pieces.extend(text.get(plain_from..).filter(|plain| !plain.is_empty()).map(Piece::Plain));
    pieces
}

/// Where the next run of letters and digits begins.
fn next_word(text: &str, from: usize) -> Option<usize> {
    let rest = text.get(from..)?;
    rest.find(|c: char| c.is_ascii_alphanumeric()).map(|start| start.saturating_add(from))
}

fn word_end(text: &str, start: usize, belongs: fn(char) -> bool) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    rest.find(|c: char| !belongs(c)).map_or(text.len(), |end| end.saturating_add(start))
}

fn is_made_up(word: &str) -> bool {
    let is_named = uuid::Uuid::try_parse(word).is_ok_and(|uuid| NotificationType(uuid).name().is_some());
    let is_uuid = word.contains('-') && uuid::Uuid::try_parse(word).is_ok();
    let are_digits = word.len() >= SHORTEST && word.bytes().all(|c| c.is_ascii_hexdigit());
    !is_named && (is_uuid || (are_digits && word.bytes().any(|c| c.is_ascii_digit())))
}

/// One spelling for what is made up.
pub(super) fn normal(word: &str) -> String {
    word.chars().filter(|c| *c != '-').map(|c| c.to_ascii_lowercase()).collect()
}

/// The same for an identifier.
pub(super) fn normal_type(notification_type: NotificationType) -> String {
    normal(&notification_type.0.to_string())
}
