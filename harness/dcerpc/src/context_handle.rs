//! RPC context handles.

use core::cmp::Ordering;
use core::fmt;

use uuid::Uuid;

/// A context handle as it crosses the wire: ndr_context_handle of [C706] 14.3.8 — 20 octets in NDR and NDR64 alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ContextHandle {
    /// context_handle_attributes; 0 on every handle that implementations send.
    pub attributes: u32,
    /// context_handle_uuid.
    pub uuid: Uuid,
}

impl ContextHandle {
    /// The NULL handle: 20 zero octets.
    pub const NULL: Self = Self { attributes: 0, uuid: Uuid::nil() };

    /// How many octets a handle takes.
    pub const OCTETS: usize = 20;

    /// A handle with that UUID.
    #[must_use]
    pub const fn new(uuid: Uuid) -> Self {
        Self { attributes: 0, uuid }
    }

    /// Whether it is the NULL handle.
    #[must_use]
    pub fn is_null(&self) -> bool {
        *self == Self::NULL
    }
}

/// In the order of their octets. Handles are looked up all the time: numbers are compared faster than octets.
impl Ord for ContextHandle {
    fn cmp(&self, other: &Self) -> Ordering {
        let number = |handle: &Self| (handle.attributes, handle.uuid.as_u128());
        number(self).cmp(&number(other))
    }
}

impl PartialOrd for ContextHandle {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for ContextHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.is_null(), self.attributes) {
            (true, _) => f.write_str("NULL"),
            (false, 0) => self.uuid.fmt(f),
            (false, attributes) => write!(f, "{} (attributes {attributes:#010x})", self.uuid),
        }
    }
}
