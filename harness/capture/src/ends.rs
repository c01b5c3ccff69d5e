//! The addresses of connections, and how connections are found by them.

use std::hash::{Hash, Hasher};
use std::net::{IpAddr, SocketAddr};

/// The addresses of a connection, the lower one first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ends(pub(crate) SocketAddr, pub(crate) SocketAddr);

impl Ends {
    /// Of a connection between these.
    pub(crate) fn of(one: SocketAddr, other: SocketAddr) -> Self {
        if one <= other { Self(one, other) } else { Self(other, one) }
    }
}

/// In as few pieces as they fit in.
impl Hash for Ends {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for end in [self.0, self.1] {
            match end.ip() {
                IpAddr::V4(ip) => state.write_u64(u64::from(ip.to_bits()) << 16 | u64::from(end.port())),
                IpAddr::V6(ip) => {
                    state.write_u128(ip.to_bits());
                    state.write_u64(u64::from(end.port()));
                }
            }
        }
    }
}
