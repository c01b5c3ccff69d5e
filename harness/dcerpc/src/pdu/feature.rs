//! Bind time feature negotiation.

use uuid::{Uuid, uuid};

use crate::SyntaxId;

/// The features of a connection: BindTimeFeatureNegotiationBitmask and its response ([MS-RPCE] 2.2.2.14, 2.2.2.15).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Features(pub u64);

impl Features {
    /// SecurityContextMultiplexingSupported.
    pub const SECURITY_CONTEXT_MULTIPLEXING: Self = Self(0x01);
    /// KeepConnectionOnOrphanSupported.
    pub const KEEP_CONNECTION_ON_ORPHAN: Self = Self(0x02);

    const PREFIX: Uuid = uuid!("6cb71c2c-9812-4540-0000-000000000000");

    /// The transfer syntax by which a client tells its features ([MS-RPCE] 3.3.1.5.3).
    #[must_use]
    pub fn to_syntax(self) -> SyntaxId {
        let prefix = Self::PREFIX.as_u128();
        SyntaxId::new(Uuid::from_u128(prefix | u128::from(self.0.swap_bytes())), 1, 0)
    }

    /// The features that a transfer syntax tells, if it is for that.
    #[must_use]
    pub fn from_syntax(syntax: SyntaxId) -> Option<Self> {
        let (high, low) = syntax.uuid.as_u64_pair();
        (high == Self::PREFIX.as_u64_pair().0 && syntax.version == 1).then(|| Self(low.swap_bytes()))
    }

    /// Those that are in both.
    #[must_use]
    pub const fn common(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The reason field of a negotiate_ack: the first two octets of the mask.
    #[must_use]
    pub const fn to_reason(self) -> u16 {
        (self.0 & 0xFFFF) as u16
    }
}
