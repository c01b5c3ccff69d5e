//! IRPCRemoteObject_Create, opnum 0 ([MS-PAN] 3.1.2.4.1).

use dcerpc::ContextHandle;

use super::parameter::parameters;
use crate::Hresult;

/// [in]: nothing; the binding handle does not cross the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CreateIn;

parameters!(CreateIn {});

/// [out].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CreateOut {
    /// ppRemoteObj.
    pub remote_obj: ContextHandle,
    /// The return value.
    pub status: Hresult,
}

parameters!(CreateOut { "ppRemoteObj" remote_obj, "return" status });
