//! Values that become known when the scenario runs.

use bytes::Bytes;
use dcerpc::ContextHandle;
use mspan::NotificationType;

use super::ActorRef;

/// What a name can stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Who takes part.
    Actor,
    /// A call that was started.
    Call,
    /// A context handle.
    Handle,
    /// An array of context handles.
    Handles,
    /// A notification type.
    Type,
    /// Octets.
    Octets,
    /// Text.
    Text,
    /// A number.
    Number,
    /// A PrintAsyncNotifyUserFilter.
    Filter,
    /// A PrintAsyncNotifyConversationStyle.
    Style,
    /// A return value.
    Status,
}

impl Kind {
    /// The words for them.
    pub const WORDS: [(&'static str, Self); 11] = [
        ("actor", Self::Actor),
        ("call", Self::Call),
        ("handle", Self::Handle),
        ("handles", Self::Handles),
        ("type", Self::Type),
        ("octets", Self::Octets),
        ("text", Self::Text),
        ("number", Self::Number),
        ("filter", Self::Filter),
        ("style", Self::Style),
        ("status", Self::Status),
    ];

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, kind)| *kind == self).map_or("", |(word, _)| *word)
    }

    /// Whether a value of this kind can stand where `wanted` is.
    #[must_use]
    pub fn fits(self, wanted: Self) -> bool {
        use Kind::{Filter, Number, Style};
        self == wanted || matches!((self, wanted), (Number, Filter | Style) | (Filter | Style, Number))
    }
}

/// A value that becomes known when the scenario runs.
#[derive(Clone, Debug, PartialEq)]
pub enum Term {
    /// The NULL pointer.
    Null,
    /// A number.
    Number(u64),
    /// A return value.
    Status(u32),
    /// A notification type.
    Type(NotificationType),
    /// A handle that nobody gave out, or NULL.
    Handle(ContextHandle),
    /// Octets.
    Octets(Bytes),
    /// Text.
    Text(String),
    /// What a name stands for.
    Name(String),
    /// One of the handles that a name stands for, from 0.
    Element(String, usize),
    /// Someone who takes part.
    Actor(String),
    /// A call that was started.
    Call(String),
    /// The user of an actor's identity.
    UserOf(ActorRef),
    /// Texts, one after the other.
    Texts(Vec<Self>),
    /// A text in UTF-16LE.
    Utf16(Box<Self>),
    /// Octets, one after the other.
    Join(Vec<Self>),
    /// Octets, so many times.
    Repeat(Box<Self>, usize),
    /// A string with counts as told.
    String {
        /// The characters.
        text: Box<Self>,
        /// max_count.
        max_count: Option<u64>,
        /// offset.
        offset: Option<u64>,
        /// actual_count.
        actual_count: Option<u64>,
        /// Whether a terminator follows.
        terminated: bool,
    },
    /// An array of octets with a count as told.
    Array {
        /// The elements.
        octets: Box<Self>,
        /// max_count.
        max_count: u64,
    },
}

impl Term {
    /// Calls `visit` with each name that it refers to.
    pub fn names(&self, visit: &mut dyn FnMut(&str)) {
        match self {
            Self::Name(name) | Self::Element(name, _) => visit(name),
            Self::UserOf(actor) => actor.names(visit),
            Self::Texts(parts) | Self::Join(parts) => parts.iter().for_each(|part| part.names(visit)),
            Self::Utf16(inner) | Self::Repeat(inner, _) => inner.names(visit),
            Self::String { text: inner, .. } | Self::Array { octets: inner, .. } => inner.names(visit),
            Self::Null
            | Self::Number(_)
            | Self::Status(_)
            | Self::Type(_)
            | Self::Handle(_)
            | Self::Octets(_)
            | Self::Text(_)
            | Self::Actor(_)
            | Self::Call(_) => {}
        }
    }
}
