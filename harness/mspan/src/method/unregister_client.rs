//! IRPCAsyncNotify_UnregisterClient, opnum 1 ([MS-PAN] 3.1.1.4.2).

use dcerpc::ContextHandle;

use super::parameter::parameters;
use crate::Hresult;

/// [in].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnregisterClientIn {
    /// pRegistrationObj.
    pub registration_obj: ContextHandle,
}

parameters!(UnregisterClientIn { "pRegistrationObj" registration_obj });

/// [out].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnregisterClientOut {
    /// The return value.
    pub status: Hresult,
}

parameters!(UnregisterClientOut { "return" status });
