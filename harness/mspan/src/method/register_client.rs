//! IRPCAsyncNotify_RegisterClient, opnum 0 ([MS-PAN] 3.1.1.4.1).

use dcerpc::ContextHandle;
use dcerpc::ndr::WideString;

use super::parameter::parameters;
use crate::{ConversationStyle, Hresult, NotificationType, UserFilter};

/// [in].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegisterClientIn {
    /// pRegistrationObj.
    pub registration_obj: ContextHandle,
    /// pName: UNC name of the print queue, none for the print server itself.
    pub name: Option<WideString>,
    /// pInNotificationType: a reference pointer, never NULL on the wire.
    pub notification_type: NotificationType,
    /// NotifyFilter.
    pub filter: UserFilter,
    /// conversationStyle.
    pub style: ConversationStyle,
}

parameters!(RegisterClientIn {
    "pRegistrationObj" registration_obj,
    "pName" name,
    "pInNotificationType" notification_type,
    "NotifyFilter" filter,
    "conversationStyle" style,
});

/// [out].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegisterClientOut {
    /// ppRmtServerReferral (SD-06: the inner pointer is unique).
    pub referral: Option<WideString>,
    /// The return value.
    pub status: Hresult,
}

parameters!(RegisterClientOut { "ppRmtServerReferral" referral, "return" status });
