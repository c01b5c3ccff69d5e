//! IRPCRemoteObject_Delete, opnum 1 ([MS-PAN] 3.1.2.4.2).

use dcerpc::ContextHandle;

use super::parameter::parameters;

/// [in].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeleteIn {
    /// ppRemoteObj.
    pub remote_obj: ContextHandle,
}

parameters!(DeleteIn { "ppRemoteObj" remote_obj });

/// [out]: there is no return value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeleteOut {
    /// ppRemoteObj: NULL.
    pub remote_obj: ContextHandle,
}

parameters!(DeleteOut { "ppRemoteObj" remote_obj });
