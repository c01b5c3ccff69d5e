//! Parameters by name: the view of matchers, texts and comparison.

use alloc::vec::Vec;
use core::fmt;

use bytes::Bytes;
use dcerpc::ContextHandle;
use dcerpc::ndr::{Conformant, WideString};
use thiserror::Error;

use crate::{Hresult, NotificationType};

/// The value of a parameter, or the return value. None is a NULL pointer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field {
    /// A context handle.
    Handle(ContextHandle),
    /// An array of context handles.
    Handles(Option<Conformant<Vec<ContextHandle>>>),
    /// A number or an enumeration.
    Number(u32),
    /// A notification type identifier.
    Type(Option<NotificationType>),
    /// An array of octets.
    Octets(Option<Conformant<Bytes>>),
    /// A string.
    Text(Option<WideString>),
    /// The return value.
    Status(Hresult),
}

/// What a parameter can hold: the variants of [`Field`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldKind {
    /// A context handle.
    Handle,
    /// An array of context handles.
    Handles,
    /// A number or an enumeration.
    Number,
    /// A notification type identifier.
    Type,
    /// An array of octets.
    Octets,
    /// A string.
    Text,
    /// The return value.
    Status,
}

/// A parameter of a method as the specification declares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldName {
    /// The specification's name; `return` for the return value.
    pub name: &'static str,
    /// What it holds.
    pub kind: FieldKind,
    /// Whether it can be NULL.
    pub nullable: bool,
    /// The names of an enumeration's values; empty for all else.
    pub values: &'static [(&'static str, u32)],
}

/// Why a parameter can't be set.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FieldError {
    /// There is none of that name.
    #[error("no parameter of that name; there are {known:?}")]
    Unknown {
        /// Those that there are.
        known: Vec<&'static str>,
    },
    /// It holds something else.
    #[error("{name} is a {expected:?}, not a {actual:?}")]
    Kind {
        /// The parameter.
        name: &'static str,
        /// What it holds.
        expected: FieldKind,
        /// What was given.
        actual: FieldKind,
    },
    /// It can't be NULL on the wire.
    #[error("{name} can't be NULL: the wire has no place to say so")]
    Null {
        /// The parameter.
        name: &'static str,
    },
}

impl Field {
    /// What it holds.
    #[must_use]
    pub const fn kind(&self) -> FieldKind {
        match self {
            Self::Handle(_) => FieldKind::Handle,
            Self::Handles(_) => FieldKind::Handles,
            Self::Number(_) => FieldKind::Number,
            Self::Type(_) => FieldKind::Type,
            Self::Octets(_) => FieldKind::Octets,
            Self::Text(_) => FieldKind::Text,
            Self::Status(_) => FieldKind::Status,
        }
    }

    /// Whether it is a NULL pointer or a NULL handle.
    #[must_use]
    pub fn is_null(&self) -> bool {
        match self {
            Self::Handle(handle) => handle.is_null(),
            Self::Handles(array) => array.is_none(),
            Self::Type(notification_type) => notification_type.is_none(),
            Self::Octets(array) => array.is_none(),
            Self::Text(text) => text.is_none(),
            Self::Number(_) | Self::Status(_) => false,
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Handle(handle) => handle.fmt(f),
            Self::Handles(Some(array)) => f.debug_list().entries(array.elements.iter().map(Shown)).finish(),
            Self::Number(number) => number.fmt(f),
            Self::Type(Some(notification_type)) => notification_type.fmt(f),
            Self::Octets(Some(array)) => write!(f, "{} octets", array.elements.len()),
            Self::Text(Some(text)) => write!(f, "{:?}", text.text()),
            Self::Status(status) => status.fmt(f),
            Self::Handles(None) | Self::Type(None) | Self::Octets(None) | Self::Text(None) => f.write_str("NULL"),
        }
    }
}

/// Shows by [`fmt::Display`] where [`fmt::Debug`] is asked for.
struct Shown<'a>(&'a ContextHandle);

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.0, f)
    }
}
