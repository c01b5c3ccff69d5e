//! IPv6 with extension headers and in fragments, fragments that overlap, and VLAN tags of every kind.

use capture::{Link, Skipped};
use etherparse::{
    IpFragOffset, IpNumber, Ipv6Extensions, Ipv6FragmentHeader, Ipv6Header, Ipv6RawExtHeader, Ipv6RoutingExtensions,
};
use rstest::rstest;
use trace::Direction;

use crate::net::{sent, watch};
use crate::packet::{Tcp, client, ethernet};

const CLIENT: &str = "[2001:db8::1]:50000";
const SERVER: &str = "[2001:db8::2]:49670";

/// The same segment between other addresses, without IP.
fn segment(tcp: &Tcp) -> Vec<u8> {
    over_v6(tcp).ip().split_off(Ipv6Header::LEN)
}

fn over_v6(tcp: &Tcp) -> Tcp {
    let (client_v6, server_v6) = (CLIENT.parse().unwrap(), SERVER.parse().unwrap());
    let (from, to) = if tcp.from == client() { (client_v6, server_v6) } else { (server_v6, client_v6) };
    Tcp { from, to, ..tcp.clone() }
}

/// An IPv6 packet from the client with these extension headers.
fn packet(mut extensions: Ipv6Extensions, last: IpNumber, payload: &[u8]) -> Vec<u8> {
    let first = extensions.set_next_headers(last);
    let mut behind = Vec::new();
    extensions.write(&mut behind, first).unwrap();
    behind.extend_from_slice(payload);
    let header = Ipv6Header {
        payload_length: u16::try_from(behind.len()).unwrap(),
        next_header: first,
        hop_limit: 64,
        source: "2001:db8::1".parse::<std::net::Ipv6Addr>().unwrap().octets(),
        destination: "2001:db8::2".parse::<std::net::Ipv6Addr>().unwrap().octets(),
        ..Ipv6Header::default()
    };
    [header.to_bytes().as_slice(), &behind].concat()
}

/// An extension header of options that say nothing: PadN.
fn options() -> Ipv6RawExtHeader {
    Ipv6RawExtHeader::new_raw(IpNumber(0), &[1, 4, 0, 0, 0, 0]).unwrap()
}

/// A routing header of a type that only tells a path.
fn routing(last: Option<Ipv6RawExtHeader>) -> Ipv6RoutingExtensions {
    let routing = Ipv6RawExtHeader::new_raw(IpNumber(0), &[4, 0, 0, 0, 0, 0]).unwrap();
    Ipv6RoutingExtensions { routing, final_destination_options: last }
}

/// A fragment's header, by what it says of its place.
fn place(offset: usize, more: bool, identification: u32) -> Ipv6FragmentHeader {
    let offset = IpFragOffset::try_new(u16::try_from(offset / 8).unwrap()).unwrap();
    Ipv6FragmentHeader::new(IpNumber(0), offset, more, identification)
}

fn handshake() -> Vec<Vec<u8>> {
    Tcp::handshake(10, 20).iter().map(|tcp| over_v6(tcp).ip()).collect()
}

/// What the client was seen to send, and what was not read.
fn seen(packets: Vec<Vec<u8>>) -> (Vec<u8>, Skipped) {
    let (entries, skipped) = watch(Link::RAW, &[handshake(), packets].concat());
    (sent(&entries, Direction::ToServer), skipped)
}

#[rstest]
#[case::none(Ipv6Extensions::default())]
#[case::hop_by_hop(Ipv6Extensions { hop_by_hop_options: Some(options()), ..Ipv6Extensions::default() })]
#[case::destination(Ipv6Extensions { destination_options: Some(options()), ..Ipv6Extensions::default() })]
#[case::routing(Ipv6Extensions { routing: Some(routing(None)), ..Ipv6Extensions::default() })]
#[case::a_fragment_that_is_whole(Ipv6Extensions { fragment: Some(place(0, false, 7)), ..Ipv6Extensions::default() })]
#[case::all(Ipv6Extensions {
    hop_by_hop_options: Some(options()),
    destination_options: Some(options()),
    routing: Some(routing(Some(options()))),
    fragment: Some(place(0, false, 7)),
    auth: None,
})]
fn extension_headers_are_passed_over(#[case] extensions: Ipv6Extensions) {
    let hello = packet(extensions, IpNumber::TCP, &segment(&Tcp::up(11, b"hello")));
    assert_eq!(seen(vec![hello]), (b"hello".to_vec(), Skipped::default()));
}

/// A segment in fragments of 16 octets of payload, with what stands before their headers in each, and between these and TCP.
fn fragments(tcp: &Tcp, before: &Ipv6Extensions, between: Option<Ipv6RawExtHeader>, number: u32) -> Vec<Vec<u8>> {
    let mut whole = segment(tcp);
    let mut next = IpNumber::TCP;
    if let Some(mut options) = between {
        options.next_header = next;
        whole = [options.to_bytes().as_slice(), &whole].concat();
        next = IpNumber::IPV6_DESTINATION_OPTIONS;
    }
    let count = whole.len().div_ceil(16);
    let pieces = whole.chunks(16).enumerate().map(|(index, piece)| {
        let fragment = Some(place(index * 16, index + 1 < count, number));
        packet(Ipv6Extensions { fragment, ..before.clone() }, next, piece)
    });
    pieces.collect()
}

#[rstest]
#[case::plain(Ipv6Extensions::default(), None)]
#[case::behind_a_path(
    Ipv6Extensions { hop_by_hop_options: Some(options()), routing: Some(routing(None)), ..Ipv6Extensions::default() },
    None
)]
#[case::before_options(Ipv6Extensions::default(), Some(options()))]
fn fragments_of_ipv6_are_put_together(
    #[case] before: Ipv6Extensions,
    #[case] between: Option<Ipv6RawExtHeader>,
    #[values("in order", "the last first", "twice", "one lost")] way: &str,
) {
    let mut pieces = fragments(&Tcp::up(11, b"a segment that is too long for one"), &before, between, 9);
    let mut expected = b"a segment that is too long for one".to_vec();
    let mut unreadable = 0;
    match way {
        "the last first" => pieces.reverse(),
        // The second time a piece comes while the packet waits; what came before its end begins it anew.
        "twice" => pieces = [pieces.clone(), pieces].concat(),
        "one lost" => {
            pieces.remove(1);
            (expected, unreadable) = (Vec::new(), 1);
        }
        _ => {}
    }
    assert_eq!(seen(pieces), (expected, Skipped { unreadable, ..Skipped::default() }));
}

/// Fragments of two packets between each other are told apart by their identification.
#[test]
fn packets_whose_fragments_mingle_are_told_apart() {
    let of =
        |sequence, text: &[u8], number| fragments(&Tcp::up(sequence, text), &Ipv6Extensions::default(), None, number);
    let (one, other) = (of(11, b"the first of two ", 1), of(28, b"and the second one", 2));
    let mingled = one.into_iter().zip(other).flat_map(|(one, other)| [other, one]).collect();
    assert_eq!(seen(mingled), (b"the first of two and the second one".to_vec(), Skipped::default()));
}

/// What overlaps and is the same octets does no harm; other octets make a packet that nobody can say how it was read.
#[rstest]
#[case::the_same(false, b"overlapping octets".to_vec(), 0)]
#[case::others(true, Vec::new(), 1)]
fn overlapping_fragments(#[case] changed: bool, #[case] expected: Vec<u8>, #[case] at_least: u64) {
    let whole = segment(&Tcp::up(11, b"overlapping octets"));
    let piece = |from: usize, to: usize, more| {
        let fragment = Some(place(from, more, 5));
        let mut octets = whole[from..to].to_vec();
        if changed && from == 8 {
            octets[8] ^= 0xFF;
        }
        packet(Ipv6Extensions { fragment, ..Ipv6Extensions::default() }, IpNumber::TCP, &octets)
    };
    let pieces = vec![piece(0, 24, true), piece(8, 32, true), piece(32, whole.len(), false)];
    let (octets, skipped) = seen(pieces);
    assert_eq!(octets, expected);
    assert!(skipped.unreadable >= at_least && (skipped.unreadable == 0) == (at_least == 0), "{skipped:?}");
}

/// The same of IPv4.
#[test]
fn fragments_of_ipv4_that_contradict_each_other_are_not_read() {
    let mut packets: Vec<_> = Tcp::handshake(10, 20).iter().map(Tcp::ip).collect();
    let mut pieces = Tcp::up(11, b"what is it?").fragments(16);
    let mut other = pieces[0].clone();
    *other.last_mut().unwrap() ^= 1;
    pieces.insert(1, other);
    packets.extend(pieces);
    let (entries, skipped) = watch(Link::RAW, &packets);
    assert_eq!(sent(&entries, Direction::ToServer), b"");
    assert_ne!(skipped.unreadable, 0);
}

/// Fragments that were cut off by the snapshot length can't be put together.
#[test]
fn a_fragment_that_was_cut_off_is_unreadable() {
    let mut pieces = fragments(&Tcp::up(11, b"a segment that is too long"), &Ipv6Extensions::default(), None, 3);
    let cut = pieces[0].len() - 4;
    pieces[0].truncate(cut);
    let (octets, skipped) = seen(pieces);
    assert_eq!((octets, skipped.unreadable), (Vec::new(), 2));
}

/// The EtherTypes of tags: IEEE 802.1Q, 802.1ad, and what came before that.
#[rstest]
#[case::customer(&[0x8100])]
#[case::service(&[0x88A8])]
#[case::double(&[0x9100])]
#[case::service_and_customer(&[0x88A8, 0x8100])]
#[case::two_of_the_customer(&[0x8100, 0x8100])]
#[case::double_and_customer(&[0x9100, 0x8100])]
#[case::three(&[0x88A8, 0x8100, 0x8100])]
fn vlan_tags_are_passed_over(#[case] tags: &[u16], #[values(false, true)] v6: bool) {
    let segments = [Tcp::handshake(10, 20), vec![Tcp::up(11, b"tagged")]].concat();
    let packets: Vec<_> = segments
        .iter()
        .map(|tcp| {
            let mut octets = ethernet(&if v6 { over_v6(tcp).ip() } else { tcp.ip() }, &[]);
            let tagged = tags.iter().flat_map(|kind| [kind.to_be_bytes(), [0, 7]].concat()).collect::<Vec<_>>();
            octets.splice(12..12, tagged);
            octets
        })
        .collect();
    let (entries, skipped) = watch(Link::ETHERNET, &packets);
    assert_eq!((sent(&entries, Direction::ToServer), skipped), (b"tagged".to_vec(), Skipped::default()));
}

/// Headers that are bare are read by a shorter way than those behind a tag. Whatever stands in them, both tell the same.
#[rstest]
#[case::ipv4(Tcp::up(11, b"hello").ip())]
#[case::ipv6(over_v6(&Tcp::up(11, b"hello")).ip())]
fn a_tag_before_an_ip_packet_changes_nothing(#[case] packet: Vec<u8>, #[values("", "padding")] behind: &str) {
    let handshake =
        if packet[0] >> 4 == 4 { Tcp::handshake(10, 20).iter().map(Tcp::ip).collect() } else { handshake() };
    let told = |ip: &[u8], tags: &[u16]| {
        let packets: Vec<_> = handshake.iter().map(Vec::as_slice).chain([ip]).map(|ip| ethernet(ip, tags)).collect();
        watch(Link::ETHERNET, &packets)
    };
    let whole = [&packet, behind.as_bytes()].concat();
    let altered = (0..packet.len()).flat_map(|at| (0..8).map(move |bit| (at, 1_u8 << bit))).map(|(at, bit)| {
        let mut altered = whole.clone();
        altered[at] ^= bit;
        altered
    });
    let cut = (1..=whole.len()).map(|length| whole[..length].to_vec());
    for ip in altered.chain(cut) {
        assert_eq!(told(&ip, &[]), told(&ip, &[7]), "{ip:02x?}");
    }
}
