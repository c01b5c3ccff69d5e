//! IRPCAsyncNotify_GetNotificationSendResponse, opnum 4 ([MS-PAN] 3.1.1.4.4).

use bytes::Bytes;
use dcerpc::ContextHandle;
use dcerpc::ndr::Conformant;

use super::parameter::parameters;
use crate::{Hresult, NotificationType};

/// [in].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GetNotificationSendResponseIn {
    /// pChannel.
    pub channel: ContextHandle,
    /// pInNotificationType.
    pub notification_type: Option<NotificationType>,
    /// InSize, in octets.
    pub in_size: u32,
    /// pInNotificationData.
    pub notification_data: Option<Conformant<Bytes>>,
}

parameters!(GetNotificationSendResponseIn {
    "pChannel" channel,
    "pInNotificationType" notification_type,
    "InSize" in_size,
    "pInNotificationData" notification_data size_is in_size,
});

/// [out].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GetNotificationSendResponseOut {
    /// pChannel.
    pub channel: ContextHandle,
    /// ppOutNotificationType.
    pub notification_type: Option<NotificationType>,
    /// pOutSize, in octets.
    pub out_size: u32,
    /// ppOutNotificationData.
    pub notification_data: Option<Conformant<Bytes>>,
    /// The return value.
    pub status: Hresult,
}

parameters!(GetNotificationSendResponseOut {
    "pChannel" channel,
    "ppOutNotificationType" notification_type,
    "pOutSize" out_size,
    "ppOutNotificationData" notification_data size_is out_size,
    "return" status,
});
