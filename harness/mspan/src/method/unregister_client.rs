//! IRPCAsyncNotify_UnregisterClient, opnum 1 ([MS-PAN] 3.1.1.4.2).

use dcerpc::ContextHandle;

use crate::Hresult;

/// [in].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnregisterClientIn {
    /// pRegistrationObj.
    pub registration_obj: ContextHandle,
}

/// [out].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnregisterClientOut {
    /// The return value.
    pub status: Hresult,
}
