//! A call on its way through the server.

use dcerpc::ContextHandle;
use mspan::Method;
use mspan::method::{In, Out};

/// Statuses of fault PDUs that the server sends ([C706] appendix E and [MS-ERREF] 2.2).
pub mod fault {
    /// nca_s_fault_context_mismatch: no such context handle in this association.
    pub const CONTEXT_MISMATCH: u32 = 0x1C00_001A;
    /// nca_op_rng_error: the interface has no such operation.
    pub const OPERATION_RANGE: u32 = 0x1C01_0002;
    /// nca_s_fault_cancel: the client cancelled the call.
    pub const CANCELLED: u32 = 0x1C00_000D;
    /// RPC_X_BAD_STUB_DATA: the stub fails the strict NDR check.
    pub const BAD_STUB_DATA: u32 = 0x0000_06F7;
}

/// One association: all connections of one client process ([MS-RPCE] 3.3.1.1). Context handles are valid within it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AssociationId(pub u32);

/// In whose name a call is made (Current Authenticated User, [MS-PAN] 3.1.1.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The user without domain; none when anonymous.
    pub user: Option<String>,
    /// Whether the user holds SERVER_ALL_ACCESS and PRINTER_ALL_ACCESS (3.1.1.4.1).
    pub administrator: bool,
}

impl Identity {
    /// Nobody in particular.
    #[must_use]
    pub fn anonymous(administrator: bool) -> Self {
        Self { user: None, administrator }
    }

    /// The user of that name.
    #[must_use]
    pub fn user(name: &str, administrator: bool) -> Self {
        Self { user: Some(name.to_owned()), administrator }
    }
}

/// Where a call comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The association of the connection that it came on.
    pub association: AssociationId,
    /// In whose name it is made.
    pub identity: Identity,
}

/// Names one call while it is being processed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallToken {
    /// The connection that it came on, by the server's own count.
    pub connection: u64,
    /// call_id of its request.
    pub call_id: u32,
}

/// How a call ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The method returns.
    Return(Out),
    /// A fault PDU with that status.
    Fault(u32),
}

/// The end of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The call.
    pub token: CallToken,
    /// How it ends.
    pub outcome: Outcome,
}

/// What is needed to answer a call, now or later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) token: CallToken,
    pub(super) method: Method,
    /// The context handle among its [in] parameters; NULL for Create, which has none.
    pub(super) handle: ContextHandle,
}

impl Asked {
    pub(super) fn new(token: CallToken, input: &In) -> Self {
        let handle = match input {
            In::Create(_) => ContextHandle::NULL,
            In::Delete(input) => input.remote_obj,
            In::RegisterClient(input) => input.registration_obj,
            In::UnregisterClient(input) => input.registration_obj,
            In::GetNewChannel(input) => input.remote_obj,
            In::GetNotification(input) => input.remote_obj,
            In::GetNotificationSendResponse(input) => input.channel,
            In::CloseChannel(input) => input.channel,
        };
        Self { token, method: input.method(), handle }
    }
}
