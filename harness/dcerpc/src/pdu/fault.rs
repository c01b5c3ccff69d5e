//! fault, and the names of its status codes.

use alloc::format;

use bytes::Bytes;

use super::body::BodyReader;
use crate::{DecodeError, WriteCursor};

/// The body of fault ([C706] 12.6.4.7, [MS-RPCE] 2.2.2.8).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fault {
    /// alloc_hint.
    pub alloc_hint: u32,
    /// p_cont_id: the presentation context.
    pub context_id: u16,
    /// cancel_count.
    pub cancel_count: u8,
    /// reserved; its lowest bit tells that extended error information stands in `stub`.
    pub reserved: u8,
    /// status.
    pub status: u32,
    /// reserved2: 4 octets.
    pub reserved2: Bytes,
    /// stub data.
    pub stub: Bytes,
}

impl Fault {
    /// A fault with that status and nothing else.
    #[must_use]
    pub fn new(context_id: u16, status: u32) -> Self {
        let reserved2 = Bytes::from_static(&[0; 4]);
        Self { alloc_hint: 32, context_id, cancel_count: 0, reserved: 0, status, reserved2, stub: Bytes::new() }
    }

    pub(super) fn decode(reader: &mut BodyReader<'_>) -> Result<Self, DecodeError> {
        let alloc_hint = reader.cursor.u32("alloc_hint")?;
        let context_id = reader.cursor.u16("p_cont_id")?;
        let cancel_count = reader.cursor.u8("cancel_count")?;
        let reserved = reader.cursor.u8("reserved")?;
        let status = reader.cursor.u32("status")?;
        let at = reader.cursor.position();
        let reserved2 = reader.cursor.octets(reader.cursor.left().min(4) as u64, "reserved2")?;
        if reserved2.len() < 4 {
            let actual = format!("{} octets", reserved2.len());
            reader.defect(at, "reserved2", "C706/12.6.4.7/fault-is-complete", "4 octets".into(), actual);
        }
        let stub = reader.cursor.rest();
        Ok(Self { alloc_hint, context_id, cancel_count, reserved, status, reserved2, stub })
    }

    pub(super) fn encode(&self, cursor: &mut WriteCursor) {
        cursor.u32(self.alloc_hint);
        cursor.u16(self.context_id);
        cursor.u8(self.cancel_count);
        cursor.u8(self.reserved);
        cursor.u32(self.status);
        cursor.octets(&self.reserved2);
        cursor.octets(&self.stub);
    }
}

macro_rules! status_codes {
    ($($(#[$doc:meta])* $constant:ident = $value:literal, $name:literal;)*) => {
        /// The status codes of faults ([C706] appendix N, [MS-RPCE] 3.3.3.5).
        pub mod status {
            $($(#[$doc])* pub const $constant: u32 = $value;)*

            /// The name of a status code, for the codes that RPC runtimes send.
            #[must_use]
            pub const fn name(status: u32) -> Option<&'static str> {
                Some(match status {
                    $($constant => $name,)*
                    _ => return None,
                })
            }
        }
    };
}

status_codes! {
    /// ERROR_ACCESS_DENIED.
    ACCESS_DENIED = 0x0000_0005, "ERROR_ACCESS_DENIED";
    /// RPC_X_SS_CONTEXT_MISMATCH, which is ERROR_INVALID_HANDLE.
    CONTEXT_MISMATCH = 0x0000_0006, "RPC_X_SS_CONTEXT_MISMATCH";
    /// RPC_S_OUT_OF_MEMORY.
    OUT_OF_MEMORY = 0x0000_000E, "RPC_S_OUT_OF_MEMORY";
    /// RPC_S_INVALID_BINDING.
    INVALID_BINDING = 0x0000_06A6, "RPC_S_INVALID_BINDING";
    /// RPC_S_SERVER_UNAVAILABLE.
    SERVER_UNAVAILABLE = 0x0000_06BA, "RPC_S_SERVER_UNAVAILABLE";
    /// RPC_S_SERVER_TOO_BUSY.
    SERVER_TOO_BUSY = 0x0000_06BB, "RPC_S_SERVER_TOO_BUSY";
    /// RPC_S_UNKNOWN_IF.
    UNKNOWN_IF = 0x0000_06B5, "RPC_S_UNKNOWN_IF";
    /// RPC_S_CALL_FAILED.
    CALL_FAILED = 0x0000_06BE, "RPC_S_CALL_FAILED";
    /// RPC_S_CALL_FAILED_DNE.
    CALL_FAILED_DNE = 0x0000_06BF, "RPC_S_CALL_FAILED_DNE";
    /// RPC_S_PROTOCOL_ERROR.
    PROTOCOL_ERROR = 0x0000_06C0, "RPC_S_PROTOCOL_ERROR";
    /// RPC_S_PROCNUM_OUT_OF_RANGE.
    PROCNUM_OUT_OF_RANGE = 0x0000_06D1, "RPC_S_PROCNUM_OUT_OF_RANGE";
    /// RPC_S_UNKNOWN_AUTHN_SERVICE.
    UNKNOWN_AUTHN_SERVICE = 0x0000_06D3, "RPC_S_UNKNOWN_AUTHN_SERVICE";
    /// RPC_X_SS_IN_NULL_CONTEXT.
    IN_NULL_CONTEXT = 0x0000_06EF, "RPC_X_SS_IN_NULL_CONTEXT";
    /// RPC_X_SS_CONTEXT_DAMAGED.
    CONTEXT_DAMAGED = 0x0000_06F1, "RPC_X_SS_CONTEXT_DAMAGED";
    /// RPC_X_NULL_REF_POINTER.
    NULL_REF_POINTER = 0x0000_06F4, "RPC_X_NULL_REF_POINTER";
    /// RPC_X_BAD_STUB_DATA.
    BAD_STUB_DATA = 0x0000_06F7, "RPC_X_BAD_STUB_DATA";
    /// RPC_S_CALL_CANCELLED.
    CALL_CANCELLED = 0x0000_071A, "RPC_S_CALL_CANCELLED";
    /// RPC_S_SEC_PKG_ERROR.
    SEC_PKG_ERROR = 0x0000_0721, "RPC_S_SEC_PKG_ERROR";
    /// nca_s_comm_failure.
    NCA_COMM_FAILURE = 0x1C01_0001, "nca_s_comm_failure";
    /// nca_op_rng_error.
    NCA_OP_RNG_ERROR = 0x1C01_0002, "nca_op_rng_error";
    /// nca_s_unk_if.
    NCA_UNK_IF = 0x1C01_0003, "nca_s_unk_if";
    /// nca_s_wrong_boot_time.
    NCA_WRONG_BOOT_TIME = 0x1C01_0006, "nca_s_wrong_boot_time";
    /// nca_s_you_crashed.
    NCA_YOU_CRASHED = 0x1C01_0009, "nca_s_you_crashed";
    /// nca_s_proto_error.
    NCA_PROTO_ERROR = 0x1C01_000B, "nca_s_proto_error";
    /// nca_s_out_args_too_big.
    NCA_OUT_ARGS_TOO_BIG = 0x1C01_0013, "nca_s_out_args_too_big";
    /// nca_s_server_too_busy.
    NCA_SERVER_TOO_BUSY = 0x1C01_0014, "nca_s_server_too_busy";
    /// nca_s_unsupported_type.
    NCA_UNSUPPORTED_TYPE = 0x1C01_0017, "nca_s_unsupported_type";
    /// nca_s_fault_int_div_by_zero.
    NCA_FAULT_INT_DIV_BY_ZERO = 0x1C00_0001, "nca_s_fault_int_div_by_zero";
    /// nca_s_fault_addr_error.
    NCA_FAULT_ADDR_ERROR = 0x1C00_0002, "nca_s_fault_addr_error";
    /// nca_s_fault_cancel.
    NCA_FAULT_CANCEL = 0x1C00_000D, "nca_s_fault_cancel";
    /// nca_s_fault_context_mismatch.
    NCA_FAULT_CONTEXT_MISMATCH = 0x1C00_001A, "nca_s_fault_context_mismatch";
    /// nca_s_fault_invalid_tag.
    NCA_FAULT_INVALID_TAG = 0x1C00_0006, "nca_s_fault_invalid_tag";
    /// nca_s_fault_invalid_bound.
    NCA_FAULT_INVALID_BOUND = 0x1C00_0007, "nca_s_fault_invalid_bound";
    /// nca_s_rpc_version_mismatch.
    NCA_RPC_VERSION_MISMATCH = 0x1C00_0008, "nca_s_rpc_version_mismatch";
    /// nca_s_unspec_reject.
    NCA_UNSPEC_REJECT = 0x1C00_0009, "nca_s_unspec_reject";
    /// nca_s_fault_object_not_found.
    NCA_FAULT_OBJECT_NOT_FOUND = 0x1C00_0024, "nca_s_fault_object_not_found";
    /// nca_s_invalid_pres_context_id.
    NCA_INVALID_PRES_CONTEXT_ID = 0x1C00_001C, "nca_s_invalid_pres_context_id";
    /// nca_s_fault_remote_no_memory.
    NCA_FAULT_REMOTE_NO_MEMORY = 0x1C00_001B, "nca_s_fault_remote_no_memory";
    /// nca_s_fault_unspec.
    NCA_FAULT_UNSPEC = 0x1C00_0012, "nca_s_fault_unspec";
    /// nca_s_fault_user_defined.
    NCA_FAULT_USER_DEFINED = 0x1C00_0021, "nca_s_fault_user_defined";
}

/// Whether a server must not send that status ([MS-RPCE] 3.3.3.5.1).
#[must_use]
pub const fn is_forbidden_status(status: u32) -> bool {
    matches!(
        status,
        0x0000_0000 | 0x8000_0001
            ..=0x8000_0003
                | 0xC000_0005
                | 0xC000_0006
                | 0xC000_001D
                | 0xC000_0096
                | 0xC000_00AA
                | 0xC000_00FD
                | 0xC000_0194
                | 0xC000_0235
                | 0xC000_0409
                | 0xC000_0420
    )
}
