//! IRPCRemoteObject_Delete, opnum 1 ([MS-PAN] 3.1.2.4.2).

use dcerpc::ContextHandle;

/// [in].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeleteIn {
    /// ppRemoteObj.
    pub remote_obj: ContextHandle,
}

/// [out]: there is no return value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeleteOut {
    /// ppRemoteObj: NULL.
    pub remote_obj: ContextHandle,
}
