//! Link layers: from the octets of a packet to its IP packet.

use etherparse::{EtherType, LaxSlicedPacket};

/// What the octets of a packet begin with: a link-layer header type of the registry of tcpdump.org.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Link(pub u32);

impl Link {
    /// BSD loopback: 4 octets of address family in the order of the capturing machine.
    pub const NULL: Self = Self(0);
    /// Ethernet, with any VLAN tags.
    pub const ETHERNET: Self = Self(1);
    /// An IP packet, IPv4 or IPv6.
    pub const RAW: Self = Self(101);
    /// OpenBSD loopback: 4 octets of address family in network order.
    pub const LOOP: Self = Self(108);
    /// Linux "cooked" capture: 16 octets of header.
    pub const LINUX_SLL: Self = Self(113);
    /// An IPv4 packet.
    pub const IPV4: Self = Self(228);
    /// An IPv6 packet.
    pub const IPV6: Self = Self(229);
    /// Linux "cooked" capture, version 2: 20 octets of header.
    pub const LINUX_SLL2: Self = Self(276);

    /// Numbers that some systems write into files for [`Link::RAW`].
    const RAW_OF_BSD: [u32; 2] = [12, 14];

    /// Whether its packets can be read.
    #[must_use]
    pub fn is_known(self) -> bool {
        let known = [
            Self::NULL,
            Self::ETHERNET,
            Self::RAW,
            Self::LOOP,
            Self::LINUX_SLL,
            Self::IPV4,
            Self::IPV6,
            Self::LINUX_SLL2,
        ];
        known.contains(&self) || Self::RAW_OF_BSD.contains(&self.0)
    }

    /// The IP packet behind a link's header that holds nothing else, such as tags; none behind any other.
    pub(crate) fn ip(self, octets: &[u8]) -> Option<&[u8]> {
        let (ether_type, packet) = match self {
            Self::ETHERNET => {
                let (header, packet) = octets.split_first_chunk::<14>()?;
                let [.., first, second] = *header;
                (EtherType(u16::from_be_bytes([first, second])), packet)
            }
            Self::RAW | Self::IPV4 | Self::IPV6 => return Some(octets),
            Self::NULL | Self::LOOP => return octets.get(4..),
            Self::LINUX_SLL => behind(octets, 14, 16)?,
            Self::LINUX_SLL2 => behind(octets, 0, 20)?,
            _ => return None,
        };
        matches!(ether_type, EtherType::IPV4 | EtherType::IPV6).then_some(packet)
    }

    /// The headers of a packet, as far as they can be read; none when not even the link's can.
    pub(crate) fn slice(self, octets: &[u8]) -> Option<LaxSlicedPacket<'_>> {
        match self {
            Self::ETHERNET => LaxSlicedPacket::from_ethernet(octets).ok(),
            Self::NULL | Self::LOOP => LaxSlicedPacket::from_ip(octets.get(4..)?).ok(),
            Self::LINUX_SLL => cooked(octets, 14, 16),
            Self::LINUX_SLL2 => cooked(octets, 0, 20),
            _ if self.is_known() => LaxSlicedPacket::from_ip(octets).ok(),
            _ => None,
        }
    }
}

/// The packet behind a "cooked" header of `length` octets, whose EtherType stands at `at`.
fn cooked(octets: &[u8], at: usize, length: usize) -> Option<LaxSlicedPacket<'_>> {
    let (ether_type, rest) = behind(octets, at, length)?;
    Some(LaxSlicedPacket::from_ether_type(ether_type, rest))
}

fn behind(octets: &[u8], at: usize, length: usize) -> Option<(EtherType, &[u8])> {
    let (header, rest) = octets.split_at_checked(length)?;
    let ether_type = header.get(at..at + 2)?.try_into().map(u16::from_be_bytes).ok()?;
    Some((EtherType(ether_type), rest))
}
