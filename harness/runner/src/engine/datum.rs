//! What names stand for while a scenario runs.

use std::collections::BTreeMap;

use bytes::{Bytes, BytesMut};
use dcerpc::ContextHandle;
use dcerpc::ndr::{Conformant, WideString};
use mspan::method::{Field, FieldKind};
use mspan::{Hresult, NotificationType};

use crate::scenario::meant::{ActorRef, Term};

/// Most octets that one value may grow to.
const MOST_OCTETS: usize = 256 << 20;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Datum {
    /// A NULL pointer.
    Null,
    /// A number.
    Number(u64),
    /// A return value.
    Status(Hresult),
    /// A notification type.
    Type(NotificationType),
    /// A context handle, and whose it is.
    Handle(ContextHandle, Option<String>),
    /// Context handles, and whose they are.
    Handles(Vec<ContextHandle>, Option<String>),
    /// Octets, with the count that stands before them.
    Octets(Conformant<Bytes>),
    /// Text.
    Text(String),
    /// Text whose counts are not as they should be.
    Wide(WideString),
    /// Someone who takes part.
    Actor(String),
    /// A call that was started.
    Call(String),
}

/// Why a value is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    /// The name has no value: what gives it did not happen.
    Unset(String),
    /// The value can't be made, in words.
    Impossible(String),
}

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unset(name) => write!(f, "`{name}` has no value: the answer that gives it did not come"),
            Self::Impossible(why) => f.write_str(why),
        }
    }
}

/// The values of names, and what else terms refer to.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    pub(super) values: BTreeMap<String, Datum>,
    /// The users of the actors.
    pub(super) users: BTreeMap<String, Option<String>>,
}

impl Names {
    /// What a term is now.
    pub(super) fn value(&self, term: &Term) -> Result<Datum, Missing> {
        Ok(match term {
            Term::Null => Datum::Null,
            Term::Number(number) => Datum::Number(*number),
            Term::Status(status) => Datum::Status(Hresult(*status)),
            Term::Type(notification_type) => Datum::Type(*notification_type),
            Term::Handle(handle) => Datum::Handle(*handle, None),
            Term::Octets(octets) => Datum::Octets(octets.clone().into()),
            Term::Text(text) => Datum::Text(text.clone()),
            Term::Actor(name) => Datum::Actor(name.clone()),
            Term::Call(name) => Datum::Call(name.clone()),
            Term::Name(name) => self.named(name)?.clone(),
            Term::Element(name, index) => self.element(name, *index)?,
            Term::UserOf(actor) => Datum::Text(self.user_of(actor)?),
            Term::Texts(parts) => {
                let parts: Result<Vec<String>, Missing> = parts.iter().map(|part| self.text(part)).collect();
                Datum::Text(parts?.concat())
            }
            Term::Utf16(text) => {
                let text = self.text(text)?;
                let octets: Bytes = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
                Datum::Octets(octets.into())
            }
            Term::Join(parts) => {
                let mut joined = BytesMut::new();
                for part in parts {
                    joined.extend_from_slice(&self.octets(part)?);
                }
                Datum::Octets(joined.freeze().into())
            }
            Term::Repeat(octets, times) => {
                let octets = self.octets(octets)?;
                match octets.len().checked_mul(*times) {
                    Some(length) if length <= MOST_OCTETS => Datum::Octets(Bytes::from(octets.repeat(*times)).into()),
                    _ => {
                        return Err(Missing::Impossible(format!("{times} times {} octets are too many", octets.len())));
                    }
                }
            }
            Term::String { text, max_count, offset, actual_count, terminated } => {
                let mut string = WideString::new(&self.text(text)?);
                if !terminated {
                    string.units.pop();
                }
                string.max_count = max_count.unwrap_or(string.max_count);
                string.offset = offset.unwrap_or(string.offset);
                string.actual_count = actual_count.unwrap_or(string.actual_count);
                Datum::Wide(string)
            }
            Term::Array { octets, max_count } => {
                Datum::Octets(Conformant { max_count: *max_count, elements: self.octets(octets)? })
            }
        })
    }

    /// The octets that a term is now.
    pub(super) fn octets(&self, term: &Term) -> Result<Bytes, Missing> {
        match self.value(term)? {
            Datum::Octets(octets) => Ok(octets.elements),
            Datum::Null => Ok(Bytes::new()),
            other => Err(Missing::Impossible(format!("{other:?} is no octets"))),
        }
    }

    /// The text that a term is now.
    pub(super) fn text(&self, term: &Term) -> Result<String, Missing> {
        match self.value(term)? {
            Datum::Text(text) => Ok(text),
            Datum::Wide(text) => Ok(text.text()),
            Datum::Number(number) => Ok(number.to_string()),
            Datum::Type(notification_type) => Ok(notification_type.0.to_string()),
            Datum::Status(status) => Ok(format!("{:#010x}", status.0)),
            Datum::Actor(name) | Datum::Call(name) => Ok(name),
            other => Err(Missing::Impossible(format!("{other:?} is no text"))),
        }
    }

    /// The notification type that a term is now.
    pub(super) fn notification_type(&self, term: &Term) -> Result<NotificationType, Missing> {
        match self.value(term)? {
            Datum::Type(notification_type) => Ok(notification_type),
            other => Err(Missing::Impossible(format!("{other:?} is no notification type"))),
        }
    }

    /// The number that a term is now.
    pub(super) fn number(&self, term: &Term) -> Result<u64, Missing> {
        match self.value(term)? {
            Datum::Number(number) => Ok(number),
            other => Err(Missing::Impossible(format!("{other:?} is no number"))),
        }
    }

    /// The name of an actor.
    pub(super) fn actor(&self, actor: &ActorRef) -> Result<String, Missing> {
        match actor {
            ActorRef::Named(name) => Ok(name.clone()),
            ActorRef::Chosen(name) => match self.named(name)? {
                Datum::Actor(actor) => Ok(actor.clone()),
                other => Err(Missing::Impossible(format!("{other:?} is no actor"))),
            },
        }
    }

    fn named(&self, name: &str) -> Result<&Datum, Missing> {
        self.values.get(name).ok_or_else(|| Missing::Unset(name.to_owned()))
    }

    fn element(&self, name: &str, index: usize) -> Result<Datum, Missing> {
        match self.named(name)? {
            Datum::Handles(handles, owner) => match handles.get(index) {
                Some(handle) => Ok(Datum::Handle(*handle, owner.clone())),
                None => {
                    Err(Missing::Impossible(format!("`{name}` has {} handles and no number {index}", handles.len())))
                }
            },
            _ => Err(Missing::Unset(format!("{name}.{index}"))),
        }
    }

    fn user_of(&self, actor: &ActorRef) -> Result<String, Missing> {
        let name = self.actor(actor)?;
        self.users.get(&name).cloned().flatten().ok_or_else(|| Missing::Unset(format!("{name}.user")))
    }
}

impl Datum {
    /// The value as a parameter.
    pub(super) fn field(&self, kind: FieldKind) -> Result<Field, Missing> {
        let wrong = || Missing::Impossible(format!("{self:?} is no {kind:?}"));
        Ok(match (kind, self) {
            (FieldKind::Handle, Self::Handle(handle, _)) => Field::Handle(*handle),
            (FieldKind::Handles, Self::Null) => Field::Handles(None),
            (FieldKind::Handles, Self::Handles(handles, _)) => Field::Handles(Some(handles.clone().into())),
            (FieldKind::Number, Self::Number(number)) => Field::Number(u32::try_from(*number).map_err(|_| wrong())?),
            (FieldKind::Type, Self::Null) => Field::Type(None),
            (FieldKind::Type, Self::Type(notification_type)) => Field::Type(Some(*notification_type)),
            (FieldKind::Octets, Self::Null) => Field::Octets(None),
            (FieldKind::Octets, Self::Octets(octets)) => Field::Octets(Some(octets.clone())),
            (FieldKind::Text, Self::Null) => Field::Text(None),
            (FieldKind::Text, Self::Text(text)) => Field::Text(Some(WideString::new(text))),
            (FieldKind::Text, Self::Wide(text)) => Field::Text(Some(text.clone())),
            (FieldKind::Status, Self::Status(status)) => Field::Status(*status),
            _ => return Err(wrong()),
        })
    }

    /// A parameter of an answer as a value. What is `owner`'s is a handle of that actor's association.
    pub(super) fn of(field: Field, owner: Option<&str>) -> Self {
        match field {
            Field::Handle(handle) => Self::Handle(handle, owner.map(str::to_owned)),
            Field::Handles(handles) => {
                Self::Handles(handles.map(|handles| handles.elements).unwrap_or_default(), owner.map(str::to_owned))
            }
            Field::Number(number) => Self::Number(number.into()),
            Field::Type(notification_type) => notification_type.map_or(Self::Null, Self::Type),
            Field::Octets(octets) => octets.map_or(Self::Null, Self::Octets),
            Field::Text(text) => text.map_or(Self::Null, |text| Self::Text(text.text())),
            Field::Status(status) => Self::Status(status),
        }
    }
}
