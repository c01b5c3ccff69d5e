//! The methods of [MS-PAN] with their parameters, as the octets say them: what the specification forbids fits too.

mod close_channel;
mod create;
mod delete;
mod get_new_channel;
mod get_notification;
mod get_notification_send_response;
mod register_client;
mod unregister_client;

pub use close_channel::{CloseChannelIn, CloseChannelOut};
pub use create::{CreateIn, CreateOut};
pub use delete::{DeleteIn, DeleteOut};
pub use get_new_channel::{GetNewChannelIn, GetNewChannelOut};
pub use get_notification::{GetNotificationIn, GetNotificationOut};
pub use get_notification_send_response::{GetNotificationSendResponseIn, GetNotificationSendResponseOut};
pub use register_client::{RegisterClientIn, RegisterClientOut};
pub use unregister_client::{UnregisterClientIn, UnregisterClientOut};

use crate::Method;

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

impl In {
    /// Whose parameters these are.
    #[must_use]
    pub fn method(&self) -> Method {
        match self {
            Self::Create(_) => Method::Create,
            Self::Delete(_) => Method::Delete,
            Self::RegisterClient(_) => Method::RegisterClient,
            Self::UnregisterClient(_) => Method::UnregisterClient,
            Self::GetNewChannel(_) => Method::GetNewChannel,
            Self::GetNotificationSendResponse(_) => Method::GetNotificationSendResponse,
            Self::GetNotification(_) => Method::GetNotification,
            Self::CloseChannel(_) => Method::CloseChannel,
        }
    }
}

impl Out {
    /// Whose parameters these are.
    #[must_use]
    pub fn method(&self) -> Method {
        match self {
            Self::Create(_) => Method::Create,
            Self::Delete(_) => Method::Delete,
            Self::RegisterClient(_) => Method::RegisterClient,
            Self::UnregisterClient(_) => Method::UnregisterClient,
            Self::GetNewChannel(_) => Method::GetNewChannel,
            Self::GetNotificationSendResponse(_) => Method::GetNotificationSendResponse,
            Self::GetNotification(_) => Method::GetNotification,
            Self::CloseChannel(_) => Method::CloseChannel,
        }
    }
}
