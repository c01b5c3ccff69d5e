//! Security contexts that stand, and what is wanted of them.

use crate::security::{Account, Level, Provider};

/// A security context that stands on a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Established {
    /// auth_context_id: how PDUs of this connection name it.
    pub auth_context_id: u32,
    /// auth_type.
    pub provider: Provider,
    /// auth_level.
    pub level: Level,
    /// Who the client is; only the server's end knows.
    pub account: Option<Account>,
}

/// What is sent at packet level, and what is accepted there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PacketLevel {
    /// PDUs are signed, and those received have to be.
    Signed,
    /// PDUs are not signed; those received may be, and are verified then.
    Unsigned,
    /// PDUs are signed, those received need not be. A server answers an unsigned call unsigned.
    #[default]
    Any,
}
