//! Packets and files, written for tests.

use std::net::{IpAddr, SocketAddr};

use etherparse::{IpHeaders, PacketBuilder, PacketBuilderStep, TcpHeader, ip_number};

/// A segment to write.
#[derive(Clone, Debug)]
pub(crate) struct Tcp {
    pub(crate) from: SocketAddr,
    pub(crate) to: SocketAddr,
    pub(crate) sequence: u32,
    pub(crate) acknowledged: Option<u32>,
    /// Letters of its flags: S, F, R.
    pub(crate) flags: &'static str,
    pub(crate) payload: Vec<u8>,
}

pub(crate) fn client() -> SocketAddr {
    "192.0.2.1:50000".parse().unwrap()
}

pub(crate) fn server() -> SocketAddr {
    "192.0.2.2:49670".parse().unwrap()
}

impl Tcp {
    /// From the client, with these octets.
    pub(crate) fn up(sequence: u32, payload: &[u8]) -> Self {
        Self { from: client(), to: server(), sequence, acknowledged: Some(1), flags: "", payload: payload.to_vec() }
    }

    /// From the server.
    pub(crate) fn down(sequence: u32, payload: &[u8]) -> Self {
        Self { from: server(), to: client(), ..Self::up(sequence, payload) }
    }

    pub(crate) fn flags(self, flags: &'static str) -> Self {
        Self { flags, ..self }
    }

    pub(crate) fn acknowledging(self, sequence: u32) -> Self {
        Self { acknowledged: Some(sequence), ..self }
    }

    /// The three segments that open a connection, with these initial sequence numbers.
    pub(crate) fn handshake(up: u32, down: u32) -> Vec<Self> {
        let syn = Self { acknowledged: None, ..Self::up(up, b"").flags("S") };
        let answer = Self::down(down, b"").flags("S").acknowledging(up.wrapping_add(1));
        vec![syn, answer, Self::up(up.wrapping_add(1), b"").acknowledging(down.wrapping_add(1))]
    }

    /// The IP packet.
    pub(crate) fn ip(&self) -> Vec<u8> {
        let step = match (self.from.ip(), self.to.ip()) {
            (IpAddr::V4(from), IpAddr::V4(to)) => PacketBuilder::ipv4(from.octets(), to.octets(), 64),
            (IpAddr::V6(from), IpAddr::V6(to)) => PacketBuilder::ipv6(from.octets(), to.octets(), 64),
            _ => panic!("both ends have the same version of IP"),
        };
        self.write(step)
    }

    fn write(&self, step: PacketBuilderStep<IpHeaders>) -> Vec<u8> {
        let mut header = TcpHeader::new(self.from.port(), self.to.port(), self.sequence, 65_000);
        header.ack = self.acknowledged.is_some();
        header.acknowledgment_number = self.acknowledged.unwrap_or(0);
        header.syn = self.flags.contains('S');
        header.fin = self.flags.contains('F');
        header.rst = self.flags.contains('R');
        let mut octets = Vec::new();
        step.tcp_header(header).write(&mut octets, &self.payload).unwrap();
        octets
    }

    /// The packet in fragments of `size` octets, a multiple of 8 (IPv4).
    pub(crate) fn fragments(&self, size: usize) -> Vec<Vec<u8>> {
        let whole = self.ip();
        let (header, payload) = whole.split_at(20);
        let count = payload.len().div_ceil(size);
        payload
            .chunks(size)
            .enumerate()
            .map(|(index, piece)| {
                let mut packet = header.to_vec();
                packet[2..4].copy_from_slice(&u16::try_from(20 + piece.len()).unwrap().to_be_bytes());
                packet[4..6].copy_from_slice(&0x4242_u16.to_be_bytes());
                let more = if index + 1 < count { 0x2000 } else { 0 };
                packet[6..8].copy_from_slice(&(u16::try_from(index * size / 8).unwrap() | more).to_be_bytes());
                packet[9] = ip_number::TCP.0;
                packet.extend_from_slice(piece);
                packet
            })
            .collect()
    }
}

/// Ethernet's header before an IP packet, with these VLAN tags.
pub(crate) fn ethernet(ip: &[u8], vlans: &[u16]) -> Vec<u8> {
    let mut packet = vec![2; 12];
    for (index, vlan) in vlans.iter().enumerate() {
        let kind: u16 = if index + 1 < vlans.len() { 0x88A8 } else { 0x8100 };
        packet.extend_from_slice(&kind.to_be_bytes());
        packet.extend_from_slice(&vlan.to_be_bytes());
    }
    packet.extend_from_slice(&ether_type(ip).to_be_bytes());
    packet.extend_from_slice(ip);
    packet
}

pub(crate) fn ether_type(ip: &[u8]) -> u16 {
    if ip[0] >> 4 == 4 { 0x0800 } else { 0x86DD }
}

/// A capture file in the making.
pub(crate) struct Writer {
    big_endian: bool,
    octets: Vec<u8>,
}

impl Writer {
    pub(crate) fn u32(&mut self, value: u32) -> &mut Self {
        self.octets.extend_from_slice(&if self.big_endian { value.to_be_bytes() } else { value.to_le_bytes() });
        self
    }

    fn u16(&mut self, value: u16) -> &mut Self {
        self.octets.extend_from_slice(&if self.big_endian { value.to_be_bytes() } else { value.to_le_bytes() });
        self
    }

    /// The header of a pcap file.
    pub(crate) fn pcap(big_endian: bool, magic: u32, network: u32) -> Self {
        let mut writer = Self { big_endian, octets: Vec::new() };
        writer.u32(magic).u16(2).u16(4).u32(0).u32(0).u32(65_535).u32(network);
        writer
    }

    /// A packet of a pcap file.
    pub(crate) fn record(&mut self, seconds: u32, fraction: u32, octets: &[u8]) -> &mut Self {
        let length = u32::try_from(octets.len()).unwrap();
        self.u32(seconds).u32(fraction).u32(length).u32(length);
        self.octets.extend_from_slice(octets);
        self
    }

    /// A section header block of a pcapng file.
    pub(crate) fn pcapng(big_endian: bool) -> Self {
        let mut writer = Self { big_endian, octets: Vec::new() };
        writer.section();
        writer
    }

    pub(crate) fn section(&mut self) -> &mut Self {
        self.u32(0x0A0D_0D0A).u32(28).u32(0x1A2B_3C4D).u16(1).u16(0).u32(u32::MAX).u32(u32::MAX).u32(28)
    }

    /// An interface description block, with the options `(code, value)`.
    pub(crate) fn interface(&mut self, link: u16, snap: u32, options: &[(u16, &[u8])]) -> &mut Self {
        let mut written = Self { big_endian: self.big_endian, octets: Vec::new() };
        for (code, value) in options {
            written.u16(*code).u16(u16::try_from(value.len()).unwrap());
            written.octets.extend_from_slice(value);
            written.octets.resize(written.octets.len().next_multiple_of(4), 0);
        }
        let length = u32::try_from(20 + written.octets.len()).unwrap();
        self.u32(1).u32(length).u16(link).u16(0).u32(snap);
        self.octets.extend_from_slice(&written.octets);
        self.u32(length)
    }

    /// An enhanced packet block.
    pub(crate) fn enhanced(&mut self, interface: u32, ticks: u64, octets: &[u8]) -> &mut Self {
        let captured = u32::try_from(octets.len()).unwrap();
        let length = 32 + captured.next_multiple_of(4);
        let (high, low) = (u32::try_from(ticks >> 32).unwrap(), u32::try_from(ticks & 0xFFFF_FFFF).unwrap());
        self.u32(6).u32(length).u32(interface).u32(high).u32(low).u32(captured).u32(captured);
        self.padded(octets).u32(length)
    }

    /// A simple packet block of a packet that had `original` octets.
    pub(crate) fn simple(&mut self, original: u32, octets: &[u8]) -> &mut Self {
        let length = 16 + u32::try_from(octets.len()).unwrap().next_multiple_of(4);
        self.u32(3).u32(length).u32(original);
        self.padded(octets).u32(length)
    }

    fn padded(&mut self, octets: &[u8]) -> &mut Self {
        self.octets.extend_from_slice(octets);
        let padding = octets.len().next_multiple_of(4) - octets.len();
        self.octets.extend(std::iter::repeat_n(0, padding));
        self
    }

    pub(crate) fn done(&self) -> Vec<u8> {
        self.octets.clone()
    }
}
