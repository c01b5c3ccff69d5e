//! Fragments of IP packets, put together.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;

use etherparse::defrag::IpDefragBuf;
use etherparse::{IpFragOffset, IpNumber, Ipv6ExtensionSlice, LaxNetSlice};

use crate::segment::ends;

/// Packets that wait for fragments: at most 4 MiB in all.
const MOST: usize = 64;

/// IP packets of which some fragments have come.
#[derive(Debug, Default)]
pub(crate) struct Fragments {
    unfinished: HashMap<Key, IpDefragBuf>,
    /// The keys, the oldest first. One may be of a packet that is finished.
    order: VecDeque<Key>,
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
    pub(crate) fn push(&mut self, net: &LaxNetSlice<'_>) -> Fate {
        let (Some((from, to, _)), Some(payload)) = (ends(net), net.ip_payload_ref()) else { return Fate::Unreadable };
        let Some((identification, offset, more)) = place(net) else { return Fate::Unreadable };
        if payload.incomplete {
            return Fate::Unreadable;
        }
        let key = Key { from, to, identification, protocol: payload.ip_number.0 };
        if !self.unfinished.contains_key(&key) {
            self.make_room();
            self.order.push_back(key);
        }
        let begun = || IpDefragBuf::new(payload.ip_number, Vec::new(), Vec::new());
        let packet = self.unfinished.entry(key).or_insert_with(begun);
        if packet.add(offset, more, payload.payload).is_err() {
            self.unfinished.remove(&key);
            return Fate::Unreadable;
        }
        if !packet.is_complete() {
            return Fate::Waiting;
        }
        match self.unfinished.remove(&key) {
            Some(packet) => {
                let (payload, _) = packet.take_bufs();
                Fate::Whole(Whole { from, to, protocol: IpNumber(key.protocol), payload })
            }
            None => Fate::Waiting,
        }
    }

    fn make_room(&mut self) {
        while self.order.len() >= MOST {
            if let Some(oldest) = self.order.pop_front() {
                self.unfinished.remove(&oldest);
            }
        }
    }
}

/// Identification, offset, and whether more fragments come.
fn place(net: &LaxNetSlice<'_>) -> Option<(u32, IpFragOffset, bool)> {
    match net {
        LaxNetSlice::Ipv4(ip) => {
            let header = ip.header();
            Some((u32::from(header.identification()), header.fragments_offset(), header.more_fragments()))
        }
        LaxNetSlice::Ipv6(ip) => ip.extensions().clone().into_iter().find_map(|extension| match extension {
            Ipv6ExtensionSlice::Fragment(fragment) => {
                Some((fragment.identification(), fragment.fragment_offset(), fragment.more_fragments()))
            }
            _ => None,
        }),
        LaxNetSlice::Arp(_) => None,
    }
}
