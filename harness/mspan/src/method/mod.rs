//! The methods of [MS-PAN] with their parameters, as the octets say them: what the specification forbids fits too.

mod close_channel;
mod create;
mod delete;
mod field;
mod get_new_channel;
mod get_notification;
mod get_notification_send_response;
mod parameter;
mod register_client;
mod unregister_client;

pub use close_channel::{CloseChannelIn, CloseChannelOut};
pub use create::{CreateIn, CreateOut};
pub use delete::{DeleteIn, DeleteOut};
pub use field::{Field, FieldError, FieldKind, FieldName};
pub use get_new_channel::{GetNewChannelIn, GetNewChannelOut};
pub use get_notification::{GetNotificationIn, GetNotificationOut};
pub use get_notification_send_response::{GetNotificationSendResponseIn, GetNotificationSendResponseOut};
pub use register_client::{RegisterClientIn, RegisterClientOut};
pub use unregister_client::{UnregisterClientIn, UnregisterClientOut};

use alloc::vec::Vec;

use bytes::Bytes;
use dcerpc::ndr::{Format, Reader, Writer};
use dcerpc::{DecodeError, Decoded};

use crate::Method;
use parameter::Parameters;

/// The [in] parameters of a method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum In {
    /// Of Create.
    Create(CreateIn),
    /// Of Delete.
    Delete(DeleteIn),
    /// Of RegisterClient.
    RegisterClient(RegisterClientIn),
    /// Of UnregisterClient.
    UnregisterClient(UnregisterClientIn),
    /// Of GetNewChannel.
    GetNewChannel(GetNewChannelIn),
    /// Of GetNotificationSendResponse.
    GetNotificationSendResponse(GetNotificationSendResponseIn),
    /// Of GetNotification.
    GetNotification(GetNotificationIn),
    /// Of CloseChannel.
    CloseChannel(CloseChannelIn),
}

/// The [out] parameters of a method and its return value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Out {
    /// Of Create.
    Create(CreateOut),
    /// Of Delete.
    Delete(DeleteOut),
    /// Of RegisterClient.
    RegisterClient(RegisterClientOut),
    /// Of UnregisterClient.
    UnregisterClient(UnregisterClientOut),
    /// Of GetNewChannel.
    GetNewChannel(GetNewChannelOut),
    /// Of GetNotificationSendResponse.
    GetNotificationSendResponse(GetNotificationSendResponseOut),
    /// Of GetNotification.
    GetNotification(GetNotificationOut),
    /// Of CloseChannel.
    CloseChannel(CloseChannelOut),
}

/// The names of a method's [in] parameters, and of its [out] parameters and return value.
#[must_use]
pub fn field_names(method: Method) -> (&'static [FieldName], &'static [FieldName]) {
    match method {
        Method::Create => (CreateIn::NAMES, CreateOut::NAMES),
        Method::Delete => (DeleteIn::NAMES, DeleteOut::NAMES),
        Method::RegisterClient => (RegisterClientIn::NAMES, RegisterClientOut::NAMES),
        Method::UnregisterClient => (UnregisterClientIn::NAMES, UnregisterClientOut::NAMES),
        Method::GetNewChannel => (GetNewChannelIn::NAMES, GetNewChannelOut::NAMES),
        Method::GetNotificationSendResponse => {
            (GetNotificationSendResponseIn::NAMES, GetNotificationSendResponseOut::NAMES)
        }
        Method::GetNotification => (GetNotificationIn::NAMES, GetNotificationOut::NAMES),
        Method::CloseChannel => (CloseChannelIn::NAMES, CloseChannelOut::NAMES),
    }
}

impl In {
    /// Reads the stub of a request, without its verification trailer. Octets after the last parameter are ignored:
    /// clients may pad ([MS-RPCE] 2.2.2.13).
    ///
    /// # Errors
    /// Where the octets end too early.
    #[expect(clippy::needless_pass_by_value, reason = "a stub is read once, and whoever has it has no more use for it")]
    pub fn decode(method: Method, stub: Bytes, format: Format) -> Result<Decoded<Self>, DecodeError> {
        let mut reader = Reader::new(&stub, format);
        let value = Self::read(method, &mut reader)?;
        Ok(reader.finish(value))
    }
}

impl Out {
    /// Reads the stub of a response.
    ///
    /// # Errors
    /// Where the octets end too early.
    #[expect(clippy::needless_pass_by_value, reason = "a stub is read once, and whoever has it has no more use for it")]
    pub fn decode(method: Method, stub: Bytes, format: Format) -> Result<Decoded<Self>, DecodeError> {
        let mut reader = Reader::new(&stub, format);
        let value = Self::read(method, &mut reader)?;
        reader.check_end("stub");
        Ok(reader.finish(value))
    }
}

/// What both directions have, method by method.
macro_rules! direction {
    ($direction:ident { $($method:ident($parameters:ident)),+ $(,)? }) => {
        impl $direction {
            /// Parameters that are all zero, empty or NULL.
            #[must_use]
            pub fn new(method: Method) -> Self {
                match method {
                    $(Method::$method => Self::$method($parameters::default()),)+
                }
            }

            /// Parameters with those values; zero, empty or NULL where none is given. Parameters that size an array
            /// are its length unless they are given, in whatever order.
            ///
            /// # Errors
            /// The first name that the method does not know, or value that the parameter can't hold.
            pub fn from_fields<'a>(
                method: Method,
                fields: impl IntoIterator<Item = (&'a str, Field)>,
            ) -> Result<Self, FieldError> {
                let mut parameters = Self::new(method);
                let (numbers, others): (Vec<_>, Vec<_>) =
                    fields.into_iter().partition(|(_, value)| matches!(value, Field::Number(_)));
                for (name, value) in others.into_iter().chain(numbers) {
                    parameters.set(name, value)?;
                }
                Ok(parameters)
            }

            /// Sets one parameter by the specification's name. Setting an array also sets the parameter that sizes it.
            ///
            /// # Errors
            /// When there is none of that name, or it can't hold that value.
            pub fn set(&mut self, name: &str, value: Field) -> Result<(), FieldError> {
                match self {
                    $(Self::$method(parameters) => parameters.set(name, value),)+
                }
            }

            /// All of them by the specification's names, in the order of the wire.
            #[must_use]
            pub fn fields(&self) -> Vec<(&'static str, Field)> {
                match self {
                    $(Self::$method(parameters) => parameters.fields(),)+
                }
            }

            /// The stub, exactly as the shape says: counts are not made to fit.
            #[must_use]
            pub fn encode(&self, format: Format) -> Bytes {
                let mut writer = Writer::new(format);
                match self {
                    $(Self::$method(parameters) => parameters.write(&mut writer),)+
                }
                writer.finish()
            }

            fn read(method: Method, reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                match method {
                    $(Method::$method => $parameters::read(reader).map(Self::$method),)+
                }
            }

            /// Whose parameters these are.
            #[must_use]
            pub fn method(&self) -> Method {
                match self {
                    $(Self::$method(_) => Method::$method,)+
                }
            }
        }
    };
}

direction!(In {
    Create(CreateIn),
    Delete(DeleteIn),
    RegisterClient(RegisterClientIn),
    UnregisterClient(UnregisterClientIn),
    GetNewChannel(GetNewChannelIn),
    GetNotificationSendResponse(GetNotificationSendResponseIn),
    GetNotification(GetNotificationIn),
    CloseChannel(CloseChannelIn),
});

direction!(Out {
    Create(CreateOut),
    Delete(DeleteOut),
    RegisterClient(RegisterClientOut),
    UnregisterClient(UnregisterClientOut),
    GetNewChannel(GetNewChannelOut),
    GetNotificationSendResponse(GetNotificationSendResponseOut),
    GetNotification(GetNotificationOut),
    CloseChannel(CloseChannelOut),
});
