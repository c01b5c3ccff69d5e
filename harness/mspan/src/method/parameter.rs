//! The types that parameters have, and lists of parameters.

use alloc::vec::Vec;

use bytes::Bytes;
use dcerpc::ndr::{Conformant, Reader, WideString, Writer};
use dcerpc::{ContextHandle, DecodeError};

use super::{Field, FieldError, FieldKind, FieldName};
use crate::{ConversationStyle, Hresult, NotificationType, UserFilter};

/// The [in] or the [out] parameters of one method, in the order of the wire. Implemented by [`parameters!`].
pub(super) trait Parameters: Default {
    /// Their names.
    const NAMES: &'static [FieldName];

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError>;
    fn write(&self, writer: &mut Writer);
    fn fields(&self) -> Vec<(&'static str, Field)>;
    fn set(&mut self, name: &str, value: Field) -> Result<(), FieldError>;
}

/// Says how the fields of a structure stand on the wire: their names in the order of the IDL, and by which parameter
/// an array is sized. Setting an array sets that parameter too.
macro_rules! parameters {
    ($type:ident { $($name:literal $field:ident $(size_is $size:ident)?),* $(,)? }) => {
        impl $crate::method::parameter::Parameters for $type {
            const NAMES: &'static [$crate::method::FieldName] =
                &[$($crate::method::parameter::describe($name, |parameters: &Self| &parameters.$field)),*];

            fn read(reader: &mut dcerpc::ndr::Reader<'_>) -> Result<Self, dcerpc::DecodeError> {
                let _ = &reader;
                $(
                    $(let ($size, begin) = ($size, reader.position());)?
                    let $field = $crate::method::parameter::Parameter::read(reader, $name)?;
                    $(
                        let max_count = Option::as_ref(&$field).map(|array: &dcerpc::ndr::Conformant<_>| array.max_count);
                        reader.check_size(begin, $name, $size, max_count);
                    )?
                )*
                Ok(Self { $($field),* })
            }

            fn write(&self, writer: &mut dcerpc::ndr::Writer) {
                let _ = &writer;
                $($crate::method::parameter::Parameter::write(&self.$field, writer);)*
            }

            fn fields(&self) -> alloc::vec::Vec<(&'static str, $crate::method::Field)> {
                alloc::vec![$(($name, $crate::method::parameter::Parameter::field(&self.$field))),*]
            }

            fn set(&mut self, name: &str, value: $crate::method::Field) -> Result<(), $crate::method::FieldError> {
                match name {
                    $($name => {
                        self.$field = $crate::method::parameter::convert($name, value)?;
                        $(self.$size = $crate::method::parameter::size(&self.$field);)?
                        Ok(())
                    })*
                    _ => {
                        let _ = value;
                        let known = Self::NAMES.iter().map(|known| known.name).collect();
                        Err($crate::method::FieldError::Unknown { known })
                    }
                }
            }
        }
    };
}
pub(super) use parameters;

/// A type that parameters have.
pub(super) trait Parameter: Sized {
    const KIND: FieldKind;
    const NULLABLE: bool = false;
    const VALUES: &'static [(&'static str, u32)] = &[];

    fn read(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, DecodeError>;
    fn write(&self, writer: &mut Writer);
    fn field(&self) -> Field;
    /// The value that a field holds; none when it holds something else, or NULL where that is impossible.
    fn from_field(field: Field) -> Option<Self>;
}

/// The description of the parameter that `_of` selects.
pub(super) const fn describe<S, P: Parameter>(name: &'static str, _of: fn(&S) -> &P) -> FieldName {
    FieldName { name, kind: P::KIND, nullable: P::NULLABLE, values: P::VALUES }
}

/// The value for the parameter `name` that a field holds.
pub(super) fn convert<P: Parameter>(name: &'static str, field: Field) -> Result<P, FieldError> {
    match field.kind() {
        actual if actual != P::KIND => Err(FieldError::Kind { name, expected: P::KIND, actual }),
        _ => P::from_field(field).ok_or(FieldError::Null { name }),
    }
}

/// What the parameter that sizes an array is by default: the number of its elements.
pub(super) fn size<E: Elements>(array: &Option<Conformant<E>>) -> u32 {
    array.as_ref().map_or(0, |array| u32::try_from(array.elements.count()).unwrap_or(u32::MAX))
}

/// The elements of an array.
pub(super) trait Elements {
    fn count(&self) -> usize;
}

impl Elements for Bytes {
    fn count(&self) -> usize {
        self.len()
    }
}

impl Elements for Vec<ContextHandle> {
    fn count(&self) -> usize {
        self.len()
    }
}

impl Parameter for ContextHandle {
    const KIND: FieldKind = FieldKind::Handle;

    fn read(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, DecodeError> {
        reader.context_handle(name)
    }

    fn write(&self, writer: &mut Writer) {
        writer.context_handle(*self);
    }

    fn field(&self) -> Field {
        Field::Handle(*self)
    }

    fn from_field(field: Field) -> Option<Self> {
        if let Field::Handle(handle) = field { Some(handle) } else { None }
    }
}

impl Parameter for Option<Conformant<Vec<ContextHandle>>> {
    const KIND: FieldKind = FieldKind::Handles;
    const NULLABLE: bool = true;

    fn read(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, DecodeError> {
        reader.unique(name, Reader::context_handles)
    }

    fn write(&self, writer: &mut Writer) {
        writer.unique(self.as_ref(), Writer::context_handles);
    }

    fn field(&self) -> Field {
        Field::Handles(self.clone())
    }

    fn from_field(field: Field) -> Option<Self> {
        if let Field::Handles(handles) = field { Some(handles) } else { None }
    }
}

impl Parameter for Option<Conformant<Bytes>> {
    const KIND: FieldKind = FieldKind::Octets;
    const NULLABLE: bool = true;

    fn read(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, DecodeError> {
        reader.unique(name, Reader::octets)
    }

    fn write(&self, writer: &mut Writer) {
        writer.unique(self.as_ref(), Writer::octets);
    }

    fn field(&self) -> Field {
        Field::Octets(self.clone())
    }

    fn from_field(field: Field) -> Option<Self> {
        if let Field::Octets(octets) = field { Some(octets) } else { None }
    }
}

impl Parameter for Option<WideString> {
    const KIND: FieldKind = FieldKind::Text;
    const NULLABLE: bool = true;

    fn read(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, DecodeError> {
        reader.unique(name, Reader::wide_string)
    }

    fn write(&self, writer: &mut Writer) {
        writer.unique(self.as_ref(), Writer::wide_string);
    }

    fn field(&self) -> Field {
        Field::Text(self.clone())
    }

    fn from_field(field: Field) -> Option<Self> {
        if let Field::Text(text) = field { Some(text) } else { None }
    }
}

impl Parameter for NotificationType {
    const KIND: FieldKind = FieldKind::Type;

    fn read(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, DecodeError> {
        reader.uuid(name).map(Self)
    }

    fn write(&self, writer: &mut Writer) {
        writer.uuid(self.0);
    }

    fn field(&self) -> Field {
        Field::Type(Some(*self))
    }

    fn from_field(field: Field) -> Option<Self> {
        if let Field::Type(notification_type) = field { notification_type } else { None }
    }
}

impl Parameter for Option<NotificationType> {
    const KIND: FieldKind = FieldKind::Type;
    const NULLABLE: bool = true;

    fn read(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, DecodeError> {
        reader.unique(name, NotificationType::read)
    }

    fn write(&self, writer: &mut Writer) {
        writer.unique(self.as_ref(), |writer, notification_type| notification_type.write(writer));
    }

    fn field(&self) -> Field {
        Field::Type(*self)
    }

    fn from_field(field: Field) -> Option<Self> {
        if let Field::Type(notification_type) = field { Some(notification_type) } else { None }
    }
}

impl Parameter for Hresult {
    const KIND: FieldKind = FieldKind::Status;

    fn read(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, DecodeError> {
        reader.u32(name).map(Self)
    }

    fn write(&self, writer: &mut Writer) {
        writer.u32(self.0);
    }

    fn field(&self) -> Field {
        Field::Status(*self)
    }

    fn from_field(field: Field) -> Option<Self> {
        if let Field::Status(status) = field { Some(status) } else { None }
    }
}

impl Parameter for u32 {
    const KIND: FieldKind = FieldKind::Number;

    fn read(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, DecodeError> {
        reader.u32(name)
    }

    fn write(&self, writer: &mut Writer) {
        writer.u32(*self);
    }

    fn field(&self) -> Field {
        Field::Number(*self)
    }

    fn from_field(field: Field) -> Option<Self> {
        if let Field::Number(number) = field { Some(number) } else { None }
    }
}

/// Enumerations: v1_enum, 32 bits in both transfer syntaxes.
macro_rules! enumeration {
    ($type:ident { $($name:literal $value:ident),+ }) => {
        impl Parameter for $type {
            const KIND: FieldKind = FieldKind::Number;
            const VALUES: &'static [(&'static str, u32)] = &[$(($name, Self::$value.0)),+];

            fn read(reader: &mut Reader<'_>, name: &'static str) -> Result<Self, DecodeError> {
                reader.u32(name).map(Self)
            }

            fn write(&self, writer: &mut Writer) {
                writer.u32(self.0);
            }

            fn field(&self) -> Field {
                Field::Number(self.0)
            }

            fn from_field(field: Field) -> Option<Self> {
                u32::from_field(field).map(Self)
            }
        }
    };
}

enumeration!(UserFilter { "kPerUser" PER_USER, "kAllUsers" ALL_USERS });
enumeration!(ConversationStyle { "kBiDirectional" BIDIRECTIONAL, "kUniDirectional" UNIDIRECTIONAL });
