//! What calls are answered with, and on what occasion.

use bytes::Bytes;
use dcerpc::ContextHandle;
use dcerpc::ndr::Conformant;
use mspan::method::{
    CloseChannelOut, CreateOut, DeleteOut, GetNewChannelOut, GetNotificationOut, GetNotificationSendResponseOut, Out,
    RegisterClientOut, UnregisterClientOut,
};
use mspan::{Hresult, Method, NotificationType};

use super::call::Asked;

/// Why a call ends as it does. A misbehaviour that only spoils an answer is a function of this and of nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Occasion {
    /// Create, Delete, RegisterClient or UnregisterClient did what was asked.
    Done,
    /// The call is refused by a rule of its method.
    Refused,
    /// The object has no registration.
    NotRegistered,
    /// No such context handle.
    NoSuchHandle,
    /// An earlier call on the same object has not returned.
    Outstanding,
    /// The registration ended while the call was waiting, or before it.
    Terminated,
    /// The server shuts down.
    Shutdown,
    /// A notification is returned to a unidirectional registration.
    Notification,
    /// The print queue was deleted.
    PrinterDeleted,
    /// The registered object was deleted.
    ObjectDeleted,
    /// New channels are returned.
    Channels,
    /// The first notification of a channel is returned, or a later one to its owner.
    ChannelNotification,
    /// Another client has acquired the channel.
    Lost,
    /// The source closed the channel before the call.
    ClosedBefore,
    /// The source has closed the channel.
    ClosedBySource,
    /// The same client has closed the channel while this call was waiting.
    ClosedByOwnCall,
    /// CloseChannel by the owner, or by a client that had not acquired.
    Closed,
}

/// A failed call: no handle but the one it had, no data.
pub(super) fn failure(asked: &Asked, status: Hresult) -> Out {
    match asked.method {
        Method::Create => Out::Create(CreateOut { remote_obj: ContextHandle::NULL, status }),
        Method::Delete => deleted(),
        Method::RegisterClient => registered(status),
        Method::UnregisterClient => Out::UnregisterClient(UnregisterClientOut { status }),
        Method::GetNewChannel => Out::GetNewChannel(GetNewChannelOut { no_of_channels: 0, channel_ctxt: None, status }),
        Method::GetNotification => notification(None, None, status),
        Method::GetNotificationSendResponse => channel_notification(asked.handle, None, None, status),
        Method::CloseChannel => closed(status),
    }
}

pub(super) fn created(remote_obj: ContextHandle) -> Out {
    Out::Create(CreateOut { remote_obj, status: Hresult::OK })
}

pub(super) fn deleted() -> Out {
    Out::Delete(DeleteOut { remote_obj: ContextHandle::NULL })
}

/// ppRmtServerReferral is always NULL.
pub(super) fn registered(status: Hresult) -> Out {
    Out::RegisterClient(RegisterClientOut { referral: None, status })
}

pub(super) fn unregistered() -> Out {
    Out::UnregisterClient(UnregisterClientOut { status: Hresult::OK })
}

pub(super) fn channels(handles: Vec<ContextHandle>) -> Out {
    Out::GetNewChannel(GetNewChannelOut {
        no_of_channels: u32::try_from(handles.len()).unwrap_or(u32::MAX),
        channel_ctxt: Some(Conformant::from(handles)),
        status: Hresult::OK,
    })
}

pub(super) fn notification(kind: Option<NotificationType>, data: Option<Bytes>, status: Hresult) -> Out {
    Out::GetNotification(GetNotificationOut {
        notification_type: kind,
        out_size: octets(data.as_ref()),
        notification_data: data.map(Conformant::from),
        status,
    })
}

pub(super) fn channel_notification(
    channel: ContextHandle,
    kind: Option<NotificationType>,
    data: Option<Bytes>,
    status: Hresult,
) -> Out {
    Out::GetNotificationSendResponse(GetNotificationSendResponseOut {
        channel,
        notification_type: kind,
        out_size: octets(data.as_ref()),
        notification_data: data.map(Conformant::from),
        status,
    })
}

pub(super) fn closed(status: Hresult) -> Out {
    Out::CloseChannel(CloseChannelOut { channel: ContextHandle::NULL, status })
}

fn octets(data: Option<&Bytes>) -> u32 {
    data.map_or(0, |data| u32::try_from(data.len()).unwrap_or(u32::MAX))
}
