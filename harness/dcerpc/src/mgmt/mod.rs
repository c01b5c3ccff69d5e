//! Remote management: interface afa8bd80-7d8a-11c9-bef4-08002b102989 v1.0, which every server has beside its own
//! ([C706] appendix Q).

mod if_ids;
mod listening;
mod princ_name;
mod stats;

use uuid::uuid;

use crate::SyntaxId;

pub use if_ids::{IfIdVector, InqIfIdsResponse};
pub use listening::{IsServerListeningResponse, StopServerListeningResponse};
pub use princ_name::{InqPrincNameRequest, InqPrincNameResponse};
pub use stats::{InqStatsRequest, InqStatsResponse};

/// The interface mgmt v1.0 ([C706] appendix Q).
pub const INTERFACE: SyntaxId = SyntaxId::new(uuid!("afa8bd80-7d8a-11c9-bef4-08002b102989"), 1, 0);

/// The opnum of rpc__mgmt_inq_if_ids.
pub const INQ_IF_IDS: u16 = 0;

/// The opnum of rpc__mgmt_inq_stats.
pub const INQ_STATS: u16 = 1;

/// The opnum of rpc__mgmt_is_server_listening.
pub const IS_SERVER_LISTENING: u16 = 2;

/// The opnum of rpc__mgmt_stop_server_listening.
pub const STOP_SERVER_LISTENING: u16 = 3;

/// The opnum of rpc__mgmt_inq_princ_name.
pub const INQ_PRINC_NAME: u16 = 4;

/// The status of what the caller may not do: rpc_s_mgmt_op_disallowed ([C706] appendix E).
pub const OP_DISALLOWED: u32 = 0x16C9_A06D;

/// The status of a question for a principal of a security provider that the server does not use: rpc_s_unknown_authn_service
/// ([C706] appendix E).
pub const UNKNOWN_AUTHN_SERVICE: u32 = 0x16C9_A011;
