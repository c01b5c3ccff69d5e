//! One TCP connection, as the packets that it would have had.

use std::io;
use std::net::{IpAddr, SocketAddr};

use etherparse::{IpHeaders, IpNumber, Ipv4Header, Ipv6Header, TcpHeader, TcpOptionElement};
use trace::Direction;

use super::plan::Ends;

/// Octets that a segment carries at most: an IPv6 packet of 65,535 octets holds them.
const MOST: usize = 65_475;

/// Octets that are shown as lost at once, at most: more than any window holds.
const MOST_LOST: u64 = 64 << 20;

/// By how many bits windows are shifted ([RFC7323]): with it the window is never full, whatever is sent.
const WINDOW_SCALE: u8 = 14;

/// Routers that a packet would pass.
const HOPS: u8 = 64;

/// A connection, with the next sequence number of both ends.
///
/// ```text
/// open: SYN, SYN, ACK ──▶ octets, lost ──▶ end by one: FIN, ACK ──▶ other_end: FIN, ACK
/// in_mid_stream ─────────▶   │  └──▶ close: both
///                            └─────▶ reset: RST
/// ```
#[derive(Debug)]
pub(super) struct Conversation {
    client: SocketAddr,
    server: SocketAddr,
    to_server: Half,
    to_client: Half,
    reset: bool,
}

#[derive(Debug)]
struct Half {
    next: u32,
    ended: bool,
}

/// A segment in an IP packet.
#[derive(Debug)]
pub(super) struct Packet {
    from: SocketAddr,
    to: SocketAddr,
    tcp: TcpHeader,
    payload: Vec<u8>,
    /// Octets behind the payload that were not captured.
    cut: usize,
}

impl Conversation {
    /// A connection whose opening nobody saw; its number tells its sequence numbers from those of others.
    pub(super) fn in_mid_stream((client, server): Ends, number: u32) -> Self {
        // A multiple of a large odd number: far apart, and some of them wrap.
        let first = number.wrapping_add(1).wrapping_mul(0x9E37_79B9);
        let half = |next| Half { next, ended: false };
        let (to_server, to_client) = (half(first), half(first.rotate_left(16)));
        Self { client, server, to_server, to_client, reset: false }
    }

    /// Opens it.
    pub(super) fn open(ends: Ends, number: u32) -> (Self, Vec<Packet>) {
        let mut conversation = Self::in_mid_stream(ends, number);
        let mut packets = Vec::new();
        for direction in [Direction::ToServer, Direction::ToClient] {
            let mut packet = conversation.packet(direction, &[]);
            (packet.tcp.syn, packet.tcp.psh) = (true, false);
            packet.tcp.window_size = u16::MAX;
            if direction == Direction::ToServer {
                (packet.tcp.ack, packet.tcp.acknowledgment_number) = (false, 0);
            }
            let options = [
                TcpOptionElement::MaximumSegmentSize(u16::try_from(MOST).unwrap_or(u16::MAX)),
                TcpOptionElement::Noop,
                TcpOptionElement::WindowScale(WINDOW_SCALE),
            ];
            // They take 8 of 40 octets.
            let _ = packet.tcp.set_options(&options);
            conversation.half(direction).took(1);
            packets.push(packet);
        }
        packets.push(conversation.bare(Direction::ToServer));
        (conversation, packets)
    }

    /// Octets; none where no segment can carry them any more.
    pub(super) fn octets(&mut self, direction: Direction, octets: &[u8]) -> Vec<Packet> {
        if self.reset || self.half(direction).ended {
            return Vec::new();
        }
        let mut packets: Vec<Packet> = Vec::new();
        for piece in octets.chunks(MOST) {
            let packet = self.packet(direction, piece);
            self.half(direction).took(piece.len());
            packets.push(packet);
        }
        // What was written at once ends with a push: that tells it from what came after it.
        if let Some(last) = packets.last_mut() {
            last.tcp.psh = true;
        }
        packets
    }

    /// Octets that crossed and were not captured: packets that are cut off behind their headers.
    pub(super) fn lost(&mut self, direction: Direction, octets: u64) -> Vec<Packet> {
        if self.reset || self.half(direction).ended {
            return Vec::new();
        }
        let mut left = usize::try_from(octets.min(MOST_LOST)).unwrap_or(MOST);
        let mut packets = Vec::new();
        while left > 0 {
            let cut = left.min(MOST);
            let packet = Packet { cut, ..self.packet(direction, &[]) };
            self.half(direction).took(cut);
            packets.push(packet);
            left -= cut;
        }
        packets
    }

    /// One party ends its stream.
    pub(super) fn end(&mut self, by: Direction) -> Vec<Packet> {
        if self.reset || self.half(by).ended {
            return Vec::new();
        }
        let mut fin = self.packet(by, &[]);
        fin.tcp.fin = true;
        let half = self.half(by);
        half.took(1);
        half.ended = true;
        vec![fin, self.bare(by.reversed())]
    }

    /// Both parties end their streams, one of them first.
    pub(super) fn close(&mut self, by: Direction) -> Vec<Packet> {
        let mut packets = self.end(by);
        // The other end's FIN acknowledges the first one's.
        packets.truncate(1);
        packets.extend(self.end(by.reversed()));
        packets
    }

    /// The end that is still missing, where one party has ended its stream.
    pub(super) fn other_end(&mut self) -> Vec<Packet> {
        match (self.to_server.ended, self.to_client.ended) {
            (true, false) => self.end(Direction::ToClient),
            (false, true) => self.end(Direction::ToServer),
            _ => Vec::new(),
        }
    }

    /// One party resets the connection.
    pub(super) fn reset(&mut self, by: Direction) -> Vec<Packet> {
        if std::mem::replace(&mut self.reset, true) || (self.to_server.ended && self.to_client.ended) {
            return Vec::new();
        }
        let mut reset = self.packet(by, &[]);
        reset.tcp.rst = true;
        vec![reset]
    }

    fn half(&mut self, direction: Direction) -> &mut Half {
        match direction {
            Direction::ToServer => &mut self.to_server,
            Direction::ToClient => &mut self.to_client,
        }
    }

    fn bare(&self, direction: Direction) -> Packet {
        self.packet(direction, &[])
    }

    fn packet(&self, direction: Direction, payload: &[u8]) -> Packet {
        let (from, to, ours, theirs) = match direction {
            Direction::ToServer => (self.client, self.server, &self.to_server, &self.to_client),
            Direction::ToClient => (self.server, self.client, &self.to_client, &self.to_server),
        };
        let mut tcp = TcpHeader::new(from.port(), to.port(), ours.next, u16::MAX);
        (tcp.ack, tcp.acknowledgment_number) = (true, theirs.next);
        Packet { from, to, tcp, payload: payload.to_vec(), cut: 0 }
    }
}

impl Half {
    #[expect(clippy::cast_possible_truncation, reason = "sequence numbers wrap")]
    fn took(&mut self, octets: usize) {
        self.next = self.next.wrapping_add(octets as u32);
    }
}

impl Packet {
    /// Octets of it that were not captured.
    pub(super) fn cut(&self) -> usize {
        self.cut
    }

    /// The IP packet, with its checksums: what was not captured of it counts as zeros.
    pub(super) fn octets(&self) -> io::Result<Vec<u8>> {
        let length = self.tcp.header_len() + self.payload.len() + self.cut;
        let (mut ip, mut tcp) = (self.ip(length)?, self.tcp.clone());
        let whole;
        let payload = if self.cut == 0 {
            &self.payload
        } else {
            whole = [self.payload.as_slice(), &vec![0; self.cut]].concat();
            &whole
        };
        tcp.checksum = match &ip {
            IpHeaders::Ipv4(ip, _) => tcp.calc_checksum_ipv4(ip, payload),
            IpHeaders::Ipv6(ip, _) => tcp.calc_checksum_ipv6(ip, payload),
        }
        .map_err(io::Error::other)?;
        if let IpHeaders::Ipv4(ip, _) = &mut ip {
            ip.header_checksum = ip.calc_header_checksum();
        }
        let mut octets = Vec::with_capacity(length + Ipv6Header::LEN);
        ip.write(&mut octets).map_err(io::Error::other)?;
        tcp.write(&mut octets)?;
        octets.extend_from_slice(&self.payload);
        Ok(octets)
    }

    fn ip(&self, length: usize) -> io::Result<IpHeaders> {
        match (self.from.ip(), self.to.ip()) {
            (IpAddr::V4(from), IpAddr::V4(to)) => {
                let length = u16::try_from(length).map_err(io::Error::other)?;
                let mut ip = Ipv4Header::new(length, HOPS, IpNumber::TCP, from.octets(), to.octets())
                    .map_err(io::Error::other)?;
                ip.dont_fragment = true;
                Ok(IpHeaders::Ipv4(ip, Default::default()))
            }
            (IpAddr::V6(from), IpAddr::V6(to)) => {
                let ip = Ipv6Header {
                    payload_length: u16::try_from(length).map_err(io::Error::other)?,
                    next_header: IpNumber::TCP,
                    hop_limit: HOPS,
                    source: from.octets(),
                    destination: to.octets(),
                    ..Ipv6Header::default()
                };
                Ok(IpHeaders::Ipv6(ip, Default::default()))
            }
            _ => Err(io::Error::other("expected two addresses of one kind")),
        }
    }
}
