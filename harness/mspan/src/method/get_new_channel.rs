//! IRPCAsyncNotify_GetNewChannel, opnum 3 ([MS-PAN] 3.1.1.4.3).

use alloc::vec::Vec;

use dcerpc::ContextHandle;
use dcerpc::ndr::Conformant;

use super::parameter::parameters;
use crate::Hresult;

/// [in].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GetNewChannelIn {
    /// pRemoteObj.
    pub remote_obj: ContextHandle,
}

parameters!(GetNewChannelIn { "pRemoteObj" remote_obj });

/// [out].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GetNewChannelOut {
    /// pNoOfChannels.
    pub no_of_channels: u32,
    /// ppChannelCtxt.
    pub channel_ctxt: Option<Conformant<Vec<ContextHandle>>>,
    /// The return value.
    pub status: Hresult,
}

parameters!(GetNewChannelOut {
    "pNoOfChannels" no_of_channels,
    "ppChannelCtxt" channel_ctxt size_is no_of_channels,
    "return" status,
});
