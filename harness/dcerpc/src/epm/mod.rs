//! The endpoint mapper: ept_map and ept_lookup of interface e1af8308-5d1f-11c9-91a4-08002b14a0fa v3.0, and the protocol
//! towers that they exchange ([C706] appendices I, L and O).

mod array;
mod floor;
mod lookup;
mod map;
pub mod rule;
mod tower;

use uuid::uuid;

use crate::SyntaxId;

pub use floor::Floor;
pub use lookup::{Entry, LookupRequest, LookupResponse};
pub use map::{MapRequest, MapResponse};
pub use tower::{TcpEndpoint, Tower};

/// The endpoint mapper's interface, ept v3.0 ([C706] appendix O).
pub const INTERFACE: SyntaxId = SyntaxId::new(uuid!("e1af8308-5d1f-11c9-91a4-08002b14a0fa"), 3, 0);

/// The opnum of ept_lookup ([C706] appendix O).
pub const LOOKUP: u16 = 2;

/// The opnum of ept_map ([C706] appendix O).
pub const MAP: u16 = 3;

/// The status of an ept_map that found no endpoint: ept_s_not_registered ([C706] appendix E).
pub const NOT_REGISTERED: u32 = 0x16C9_A0D6;

/// inquiry_type of ept_lookup: all elements ([C706] appendix O, rpc_c_ep_all_elts).
pub const ALL_ELEMENTS: u32 = 0;

/// inquiry_type of ept_lookup: those of an interface ([C706] appendix O, rpc_c_ep_match_by_if).
pub const BY_INTERFACE: u32 = 1;

/// vers_option of ept_lookup: all versions ([C706] appendix O, rpc_c_vers_all).
pub const ALL_VERSIONS: u32 = 1;
