//! TCP segments.

use std::net::{IpAddr, SocketAddr};

use etherparse::{
    IpNumber, Ipv4HeaderSlice, Ipv6Header, Ipv6HeaderSlice, LaxNetSlice, LaxSlicedPacket, TcpSlice, TransportSlice,
};

/// A TCP segment, as far as it was captured.
///
/// Checksums are not looked at: those of packets captured where they are sent are often filled in later, by the network card.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment<'a> {
    pub(crate) from: SocketAddr,
    pub(crate) to: SocketAddr,
    pub(crate) sequence: u32,
    pub(crate) acknowledged: Option<u32>,
    pub(crate) syn: bool,
    pub(crate) fin: bool,
    pub(crate) rst: bool,
    pub(crate) payload: &'a [u8],
    /// Octets of the payload that crossed the wire behind those that were captured.
    pub(crate) cut: u32,
}

/// What a packet holds.
pub(crate) enum Content<'a> {
    Segment(Segment<'a>),
    /// A fragment of an IP packet; its place among the others is in the headers.
    Fragment,
    /// Another protocol.
    Other,
    /// Headers that can't be read, or were cut off.
    Unreadable,
}

/// The addresses of an IP packet and the octets of payload that it says it has beyond those captured.
pub(crate) fn ends(net: &LaxNetSlice<'_>) -> Option<(IpAddr, IpAddr, u32)> {
    let beyond =
        |declared: usize, captured: usize| u32::try_from(declared.saturating_sub(captured)).unwrap_or(u32::MAX);
    match net {
        LaxNetSlice::Ipv4(ip) => {
            let header = ip.header();
            let captured = header.slice().len()
                + ip.extensions().auth.map_or(0, |auth| auth.slice().len())
                + ip.payload().payload.len();
            let (from, to) = (header.source_addr().into(), header.destination_addr().into());
            Some((from, to, beyond(usize::from(header.total_len()), captured)))
        }
        LaxNetSlice::Ipv6(ip) => {
            let header = ip.header();
            let captured = ip.extensions().slice().len() + ip.payload().payload.len();
            let (from, to) = (header.source_addr().into(), header.destination_addr().into());
            Some((from, to, beyond(usize::from(header.payload_length()), captured)))
        }
        LaxNetSlice::Arp(_) => None,
    }
}

/// What a packet holds.
pub(crate) fn content<'a>(packet: &LaxSlicedPacket<'a>) -> Content<'a> {
    let Some(net) = &packet.net else {
        return if packet.stop_err.is_some() { Content::Unreadable } else { Content::Other };
    };
    let (Some((from, to, beyond)), Some(payload)) = (ends(net), net.ip_payload_ref()) else { return Content::Other };
    if payload.fragmented {
        return Content::Fragment;
    }
    match &packet.transport {
        Some(TransportSlice::Tcp(tcp)) => {
            let cut = if payload.incomplete { beyond } else { 0 };
            Content::Segment(Segment { cut, ..of_tcp(tcp, from, to) })
        }
        Some(_) => Content::Other,
        None if packet.stop_err.is_some() => Content::Unreadable,
        None => Content::Other,
    }
}

/// The segment of an IP packet that was captured whole, came in one piece and has nothing between the headers of IP and TCP.
/// None of any other packet: [`content`] says what it holds.
pub(crate) fn plain(ip: &[u8]) -> Option<Segment<'_>> {
    let (protocol, from, to, payload): (_, IpAddr, IpAddr, _) = match ip.first()? >> 4 {
        4 => {
            let header = Ipv4HeaderSlice::from_slice(ip).ok().filter(|header| !header.is_fragmenting_payload())?;
            let payload = ip.get(header.slice().len()..usize::from(header.total_len()))?;
            (header.protocol(), header.source_addr().into(), header.destination_addr().into(), payload)
        }
        6 => {
            let header = Ipv6HeaderSlice::from_slice(ip).ok()?;
            let length = Some(usize::from(header.payload_length())).filter(|length| *length > 0)?;
            let payload = ip.get(Ipv6Header::LEN..)?.get(..length)?;
            (header.next_header(), header.source_addr().into(), header.destination_addr().into(), payload)
        }
        _ => return None,
    };
    let tcp = TcpSlice::from_slice(payload).ok().filter(|_| protocol == IpNumber::TCP)?;
    Some(of_tcp(&tcp, from, to))
}

/// A segment that was captured whole.
pub(crate) fn of_tcp<'a>(tcp: &TcpSlice<'a>, from: IpAddr, to: IpAddr) -> Segment<'a> {
    Segment {
        from: SocketAddr::new(from, tcp.source_port()),
        to: SocketAddr::new(to, tcp.destination_port()),
        sequence: tcp.sequence_number(),
        acknowledged: tcp.ack().then(|| tcp.acknowledgment_number()),
        syn: tcp.syn(),
        fin: tcp.fin(),
        rst: tcp.rst(),
        payload: tcp.payload(),
        cut: 0,
    }
}
