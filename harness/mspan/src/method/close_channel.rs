//! IRPCAsyncNotify_CloseChannel, opnum 6 ([MS-PAN] 3.1.1.4.6).

use bytes::Bytes;
use dcerpc::ContextHandle;
use dcerpc::ndr::Conformant;

use super::parameter::parameters;
use crate::{Hresult, NotificationType};

/// [in].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CloseChannelIn {
    /// pChannel.
    pub channel: ContextHandle,
    /// pInNotificationType: a reference pointer, never NULL on the wire.
    pub notification_type: NotificationType,
    /// InSize, in octets.
    pub in_size: u32,
    /// pReason.
    pub reason: Option<Conformant<Bytes>>,
}

parameters!(CloseChannelIn {
    "pChannel" channel,
    "pInNotificationType" notification_type,
    "InSize" in_size,
    "pReason" reason size_is in_size,
});

/// [out].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CloseChannelOut {
    /// pChannel: NULL.
    pub channel: ContextHandle,
    /// The return value.
    pub status: Hresult,
}

parameters!(CloseChannelOut { "pChannel" channel, "return" status });
