//! Links and IP: the same segment in every wrapping.

use capture::{Link, Packet, Skipped, Witness};
use rstest::rstest;
use trace::{Direction, Entry, Seen};

use crate::packet::{Tcp, ether_type, ethernet};

/// What a witness of packets tells, and what it could not.
pub(crate) fn watch(link: Link, packets: &[Vec<u8>]) -> (Vec<Entry>, Skipped) {
    let mut witness = Witness::new(|_| None);
    let mut entries = Vec::new();
    for (index, octets) in packets.iter().enumerate() {
        let index = i64::try_from(index).unwrap();
        let packet = Packet { number: 1 + index.unsigned_abs(), time: 1_000 + index, link, octets };
        witness.packet(&packet, &mut |entry| entries.push(entry));
    }
    let skipped = witness.finish(&mut |entry| entries.push(entry));
    (entries, skipped)
}

/// The octets that the client sent.
pub(crate) fn sent(entries: &[Entry], way: Direction) -> Vec<u8> {
    let octets = entries.iter().filter_map(|entry| match &entry.seen {
        Seen::Octets(seen) if seen.direction == way => Some(seen.octets.to_vec()),
        _ => None,
    });
    octets.collect::<Vec<_>>().concat()
}

fn cooked(ip: &[u8]) -> Vec<u8> {
    [&[0; 14], ether_type(ip).to_be_bytes().as_slice(), ip].concat()
}

fn cooked2(ip: &[u8]) -> Vec<u8> {
    [ether_type(ip).to_be_bytes().as_slice(), &[0; 18], ip].concat()
}

fn padded(ip: &[u8]) -> Vec<u8> {
    [ethernet(ip, &[]), vec![0xEE; 20]].concat()
}

#[rstest]
#[case::ethernet(Link::ETHERNET, |ip: &[u8]| ethernet(ip, &[]))]
#[case::ethernet_with_padding(Link::ETHERNET, padded)]
#[case::vlan(Link::ETHERNET, |ip: &[u8]| ethernet(ip, &[7]))]
#[case::two_vlans(Link::ETHERNET, |ip: &[u8]| ethernet(ip, &[7, 8]))]
#[case::raw(Link::RAW, <[u8]>::to_vec)]
#[case::raw_of_bsd(Link(12), <[u8]>::to_vec)]
#[case::null_little(Link::NULL, |ip: &[u8]| [&[2, 0, 0, 0], ip].concat())]
#[case::null_big(Link::NULL, |ip: &[u8]| [&[0, 0, 0, 2], ip].concat())]
#[case::loopback(Link::LOOP, |ip: &[u8]| [&[0, 0, 0, 24], ip].concat())]
#[case::cooked(Link::LINUX_SLL, cooked)]
#[case::cooked_2(Link::LINUX_SLL2, cooked2)]
fn links(
    #[case] link: Link,
    #[case] wrap: fn(&[u8]) -> Vec<u8>,
    #[values(("192.0.2.1:50000", "192.0.2.2:49670"), ("[2001:db8::1]:50000", "[2001:db8::2]:49670"))] ends: (
        &str,
        &str,
    ),
) {
    let (from, to) = (ends.0.parse().unwrap(), ends.1.parse().unwrap());
    let mut segments = Tcp::handshake(10, 20);
    segments.push(Tcp::up(11, b"hello"));
    let packets: Vec<_> = segments
        .into_iter()
        .map(|segment| {
            let (from, to) = if segment.from == crate::packet::client() { (from, to) } else { (to, from) };
            wrap(&Tcp { from, to, ..segment }.ip())
        })
        .collect();
    let (entries, skipped) = watch(link, &packets);
    assert_eq!(skipped, Skipped::default());
    assert_eq!(sent(&entries, Direction::ToServer), b"hello");
    let Seen::Opened(opened) = &entries[0].seen else { panic!("expected an opening, found {:?}", entries[0]) };
    assert_eq!((opened.client.as_str(), opened.server.as_str()), ends);
}

#[test]
fn fragments_of_a_packet_are_put_together_in_any_order() {
    let long: Vec<u8> = (0..=255).cycle().take(3_000).collect();
    let mut packets: Vec<_> = Tcp::handshake(10, 20).iter().map(Tcp::ip).collect();
    let mut fragments = Tcp::up(11, &long).fragments(1_000 / 8 * 8);
    fragments.reverse();
    packets.extend(fragments.clone());
    assert_eq!(sent(&watch(Link::RAW, &packets).0, Direction::ToServer), long);
    // Without one of them there is no packet.
    packets.pop();
    assert_eq!(sent(&watch(Link::RAW, &packets).0, Direction::ToServer), b"");
}

#[test]
fn fragments_that_never_become_whole_are_forgotten() {
    let mut packets: Vec<_> = Tcp::handshake(10, 20).iter().map(Tcp::ip).collect();
    let first = &Tcp::up(11, &[1; 100]).fragments(64)[0];
    for identification in 0..1_000_u16 {
        let mut fragment = first.clone();
        fragment[4..6].copy_from_slice(&identification.to_be_bytes());
        packets.push(fragment);
    }
    packets.extend(Tcp::up(11, b"whole at last").fragments(16));
    assert_eq!(sent(&watch(Link::RAW, &packets).0, Direction::ToServer), b"whole at last");
}

#[rstest]
#[case::another_protocol(Link::RAW, { let mut ip = Tcp::up(1, b"x").ip(); ip[9] = 1; ip }, Skipped { other: 1, ..Skipped::default() })]
#[case::arp(Link::ETHERNET, [&[2; 12][..], &[0x08, 0x06], &[0; 28]].concat(), Skipped { other: 1, ..Skipped::default() })]
#[case::cut_in_the_headers(Link::RAW, Tcp::up(1, b"x").ip()[..25].to_vec(), Skipped { unreadable: 1, ..Skipped::default() })]
#[case::nothing(Link::ETHERNET, Vec::new(), Skipped { unreadable: 1, ..Skipped::default() })]
#[case::no_ip(Link::RAW, vec![0xFF; 40], Skipped { unreadable: 1, ..Skipped::default() })]
#[case::unknown_link(Link(147), vec![1, 2, 3], Skipped { unknown_link: 1, first_unknown_link: Some(Link(147)), ..Skipped::default() })]
fn what_is_no_segment_is_counted(#[case] link: Link, #[case] packet: Vec<u8>, #[case] expected: Skipped) {
    assert_eq!(watch(link, &[packet]).1, expected);
}
