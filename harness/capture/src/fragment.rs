//! Fragments of IP packets, put together.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::time::Duration;

use etherparse::defrag::IpDefragBuf;
use etherparse::{IpFragOffset, IpNumber, Ipv6ExtensionSlice, Ipv6ExtensionsSlice, LaxNetSlice};
use trace::Time;

use crate::segment::ends;

/// Packets that wait for fragments: at most 4 MiB in all.
const MOST: usize = 64;

/// How long a packet waits for fragments: a receiver waits no longer, and later its identification is another packet's.
const LONGEST: Duration = Duration::from_secs(30);

/// IP packets of which some fragments have come.
#[derive(Debug, Default)]
pub(crate) struct Fragments {
    /// With the time of the first of them.
    unfinished: HashMap<Key, (Time, IpDefragBuf)>,
    /// The keys, the oldest first. One may be of a packet that is finished.
    order: VecDeque<Key>,
    /// How many had to make room for others.
    forgotten: u64,
}

/// What tells the fragments of one packet from those of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    from: IpAddr,
    to: IpAddr,
    identification: u32,
    protocol: u8,
}

/// A packet that is complete.
#[derive(Debug)]
pub(crate) struct Whole {
    pub(crate) from: IpAddr,
    pub(crate) to: IpAddr,
    pub(crate) protocol: IpNumber,
    pub(crate) payload: Vec<u8>,
}

/// What became of a fragment.
#[derive(Debug)]
pub(crate) enum Fate {
    /// Others are missing.
    Waiting,
    /// It was the last that was missing.
    Whole(Whole),
    /// It contradicts the others, or was cut off.
    Unreadable,
}

impl Fragments {
    /// Takes the next fragment. Of the packets that wait for theirs, the oldest goes when there are too many.
    pub(crate) fn push(&mut self, net: &LaxNetSlice<'_>, time: Time) -> Fate {
        let (Some((from, to, _)), Some(payload)) = (ends(net), net.ip_payload_ref()) else { return Fate::Unreadable };
        let Some(Part { identification, offset, more, protocol, octets }) = Part::of(net) else {
            return Fate::Unreadable;
        };
        if payload.incomplete {
            return Fate::Unreadable;
        }
        let key = Key { from, to, identification, protocol: protocol.0 };
        if self.unfinished.get(&key).is_some_and(|(begun, _)| time.since(*begun) > LONGEST) {
            self.unfinished.remove(&key);
            self.forgotten += 1;
        }
        if !self.unfinished.contains_key(&key) {
            self.make_room();
            self.order.push_back(key);
        }
        let begun = || (time, IpDefragBuf::new(protocol, Vec::new(), Vec::new()));
        let (_, packet) = self.unfinished.entry(key).or_insert_with(begun);
        let contradicted = contradicts(packet, usize::from(offset.byte_offset()), &octets);
        if contradicted || packet.add(offset, more, &octets).is_err() {
            self.unfinished.remove(&key);
            return Fate::Unreadable;
        }
        if !packet.is_complete() {
            return Fate::Waiting;
        }
        match self.unfinished.remove(&key) {
            Some((_, packet)) => {
                let (mut payload, _) = packet.take_bufs();
                let (protocol, length) = extensions(from, IpNumber(key.protocol), &payload);
                payload.drain(..length);
                Fate::Whole(Whole { from, to, protocol, payload })
            }
            None => Fate::Waiting,
        }
    }

    /// How many packets never became whole.
    pub(crate) fn lost(&self) -> u64 {
        u64::try_from(self.unfinished.len()).unwrap_or(u64::MAX).saturating_add(self.forgotten)
    }

    fn make_room(&mut self) {
        while self.order.len() >= MOST {
            if let Some(oldest) = self.order.pop_front()
                && self.unfinished.remove(&oldest).is_some()
            {
                self.forgotten += 1;
            }
        }
    }
}

/// Whether octets are other ones than those that have come for the same place: receivers differ in which of them they take, and
/// with IPv6 none is to be taken (RFC 5722).
fn contradicts(packet: &IpDefragBuf, offset: usize, octets: &[u8]) -> bool {
    packet.sections().iter().any(|known| {
        let from = usize::from(known.start).max(offset);
        let to = usize::from(known.end).min(offset + octets.len());
        from < to && packet.data().get(from..to) != octets.get(from - offset..to - offset)
    })
}

/// What follows the extension headers that IPv6 has behind that of the fragments, and how many octets they take (RFC 8200 4.1).
fn extensions(from: IpAddr, first: IpNumber, payload: &[u8]) -> (IpNumber, usize) {
    match from {
        IpAddr::V4(_) => (first, 0),
        IpAddr::V6(_) => {
            let (_, next, rest, _) = Ipv6ExtensionsSlice::from_slice_lax(first, payload);
            (next, payload.len().saturating_sub(rest.len()))
        }
    }
}

/// A fragment: what it says of its place, and what it holds.
struct Part<'a> {
    identification: u32,
    offset: IpFragOffset,
    /// Whether others come behind it.
    more: bool,
    protocol: IpNumber,
    octets: Cow<'a, [u8]>,
}

impl<'a> Part<'a> {
    fn of(net: &LaxNetSlice<'a>) -> Option<Self> {
        let payload = net.ip_payload_ref()?;
        match net {
            LaxNetSlice::Ipv4(ip) => {
                let header = ip.header();
                Some(Self {
                    identification: u32::from(header.identification()),
                    offset: header.fragments_offset(),
                    more: header.more_fragments(),
                    protocol: payload.ip_number,
                    octets: Cow::Borrowed(payload.payload),
                })
            }
            LaxNetSlice::Ipv6(ip) => {
                let mut before = 0;
                let mut extensions = ip.extensions().clone().into_iter();
                let fragment = extensions.find_map(|extension| {
                    before += length(&extension);
                    match extension {
                        Ipv6ExtensionSlice::Fragment(fragment) => Some(fragment),
                        _ => None,
                    }
                })?;
                // What was taken for headers behind it is a part of what was split.
                let behind = ip.extensions().slice().get(before..).unwrap_or_default();
                let octets = match behind {
                    [] => Cow::Borrowed(payload.payload),
                    behind => Cow::Owned([behind, payload.payload].concat()),
                };
                Some(Self {
                    identification: fragment.identification(),
                    offset: fragment.fragment_offset(),
                    more: fragment.more_fragments(),
                    protocol: fragment.next_header(),
                    octets,
                })
            }
            LaxNetSlice::Arp(_) => None,
        }
    }
}

fn length(extension: &Ipv6ExtensionSlice<'_>) -> usize {
    match extension {
        Ipv6ExtensionSlice::HopByHop(options) | Ipv6ExtensionSlice::DestinationOptions(options) => {
            options.slice().len()
        }
        Ipv6ExtensionSlice::Routing(routing) => routing.slice().len(),
        Ipv6ExtensionSlice::Fragment(fragment) => fragment.slice().len(),
        Ipv6ExtensionSlice::Authentication(authentication) => authentication.slice().len(),
    }
}
