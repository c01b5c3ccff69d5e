//! IRPCAsyncNotify_GetNotification, opnum 5 ([MS-PAN] 3.1.1.4.5).

use bytes::Bytes;
use dcerpc::ContextHandle;
use dcerpc::ndr::Conformant;

use super::parameter::parameters;
use crate::{Hresult, NotificationType};

/// [in].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GetNotificationIn {
    /// pRemoteObj.
    pub remote_obj: ContextHandle,
}

parameters!(GetNotificationIn { "pRemoteObj" remote_obj });

/// [out].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GetNotificationOut {
    /// ppOutNotificationType.
    pub notification_type: Option<NotificationType>,
    /// pOutSize, in octets.
    pub out_size: u32,
    /// ppOutNotificationData.
    pub notification_data: Option<Conformant<Bytes>>,
    /// The return value.
    pub status: Hresult,
}

parameters!(GetNotificationOut {
    "ppOutNotificationType" notification_type,
    "pOutSize" out_size,
    "ppOutNotificationData" notification_data size_is out_size,
    "return" status,
});
