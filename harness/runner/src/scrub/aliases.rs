//! What stands for the names, numbers and octets of a capture.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use dcerpc::pdu::{Features, Signed};
use dcerpc::{ContextHandle, SyntaxId, TransferSyntax, epm, mgmt};
use mspan::printer_configuration::Envelope;
use mspan::{Interface, NotificationType};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::words::Words;

/// Everything that was replaced, by what it was. Replacements are numbered in the order in which the originals first occur: they
/// tell nothing about these, and the same capture gives the same ones.
#[derive(Debug, Default)]
pub(super) struct Aliases {
    pub(super) words: Words,
    uuids: HashMap<Uuid, u128>,
    addresses: HashMap<IpAddr, u32>,
    blobs: HashMap<[u8; 32], u32>,
}

/// The first 80 bits of UUIDs that stand for others, as those of version 4 have them.
const UUID: u128 = 0x5C2B_BED0_0000_4000_8000 << 48;

/// Features that may be told: as many as an answer has room for.
const FEATURES: u64 = 0xFFFF;

/// Octets of a GUID as text.
const GUID: usize = 36;

impl Aliases {
    /// How many UUIDs were replaced.
    pub(super) fn uuids(&self) -> usize {
        self.uuids.len()
    }

    /// How many addresses were replaced.
    pub(super) fn addresses(&self) -> usize {
        self.addresses.len()
    }

    /// A UUID that means the same to everybody stays as it is: others may hold the number of a network card, or name a host.
    pub(super) fn uuid(&mut self, uuid: Uuid) -> Uuid {
        if uuid.is_nil() || is_known(uuid) {
            return uuid;
        }
        let next = self.uuids.len() as u128 + 1;
        let number = *self.uuids.entry(uuid).or_insert(next);
        Uuid::from_u128(UUID | number)
    }

    pub(super) fn handle(&mut self, handle: ContextHandle) -> ContextHandle {
        ContextHandle { uuid: self.uuid(handle.uuid), ..handle }
    }

    pub(super) fn syntax(&mut self, syntax: SyntaxId) -> SyntaxId {
        match Features::from_syntax(syntax) {
            Some(features) => Features(features.0 & FEATURES).to_syntax(),
            None => SyntaxId { uuid: self.uuid(syntax.uuid), ..syntax },
        }
    }

    /// An address for documentation ([RFC5737], [RFC3849]), and where those are used up one for benchmarks ([RFC2544]). One that
    /// says nothing stays.
    pub(super) fn address(&mut self, address: IpAddr) -> IpAddr {
        if address.is_unspecified() {
            return address;
        }
        let next = u32::try_from(self.addresses.len()).unwrap_or(u32::MAX).saturating_add(1);
        let number = *self.addresses.entry(address).or_insert(next);
        match (address, u8::try_from(number)) {
            (IpAddr::V4(_), Ok(number @ 1..=254)) => Ipv4Addr::new(203, 0, 113, number).into(),
            (IpAddr::V4(_), _) => Ipv4Addr::from_bits(0xC612_0000 | number & 0x1_FFFF).into(),
            (IpAddr::V6(_), _) => Ipv6Addr::from_bits(0x2001_0DB8 << 96 | 3 << 32 | u128::from(number)).into(),
        }
    }

    /// Address and port of a connection's end, in text; a name where there is no address.
    pub(super) fn end(&mut self, end: &str) -> String {
        match end.parse::<SocketAddr>() {
            Ok(end) => SocketAddr::new(self.address(end.ip()), end.port()).to_string(),
            Err(_) => {
                let mut octets = end.as_bytes().to_vec();
                self.words.octets(&mut octets, &|_| false);
                String::from_utf8_lossy(&octets).into_owned()
            }
        }
    }

    /// A text: its words, and GUIDs in it.
    pub(super) fn text(&mut self, units: &mut [u16], is_kept: &dyn Fn(&str) -> bool) {
        let mut rest = units;
        while let Some((at, guid)) = first_guid(rest) {
            let alias = self.uuid(guid).hyphenated().to_string();
            let (before, behind) = rest.split_at_mut(at);
            let (place, behind) = behind.split_at_mut(GUID);
            self.words.text(before, is_kept);
            if self.uuid(guid) != guid {
                place.iter_mut().zip(alias.encode_utf16()).for_each(|(to, from)| *to = from);
            }
            rest = behind;
        }
        self.words.text(rest, is_kept);
    }

    /// Octets of which nothing is known: others in as great a number, the same ones for the same.
    pub(super) fn opaque(&mut self, octets: &mut [u8]) {
        if octets.is_empty() {
            return;
        }
        let next = u32::try_from(self.blobs.len()).unwrap_or(u32::MAX).saturating_add(1);
        let number = *self.blobs.entry(Sha256::digest(&*octets).into()).or_insert(next);
        for chunk in octets.chunks_mut(4) {
            chunk.iter_mut().zip(number.to_le_bytes()).for_each(|(to, from)| *to = from);
        }
    }
}

/// The first GUID in a text, and where it stands.
fn first_guid(units: &[u16]) -> Option<(usize, Uuid)> {
    let is_hex = |unit: &u16| u8::try_from(*unit).is_ok_and(|octet| octet.is_ascii_alphanumeric());
    units.windows(GUID).enumerate().find_map(|(at, window)| {
        let is_hyphenated = window.get(8) == Some(&0x2D) && window.get(23) == Some(&0x2D);
        let is_apart = at.checked_sub(1).and_then(|before| units.get(before)).is_none_or(|before| !is_hex(before))
            && units.get(at + GUID).is_none_or(|behind| !is_hex(behind));
        let text = (is_hyphenated && is_apart).then(|| String::from_utf16(window).ok())??;
        Uuid::try_parse(&text).ok().map(|guid| (at, guid))
    })
}

/// UUIDs of the specifications: of interfaces, transfer syntaxes and types, be their octets in another order, which is a mistake that
/// tells nothing of anybody.
fn is_known(uuid: Uuid) -> bool {
    let types = NotificationType::NAMED.into_iter().map(|(_, named)| named);
    if types.clone().any(|named| NotificationType(uuid).is_disordered(named)) {
        return true;
    }
    let types = types.map(|named| named.0);
    let interfaces = Interface::ALL.into_iter().map(|interface| interface.id().uuid);
    let syntaxes = [TransferSyntax::Ndr, TransferSyntax::Ndr64].map(|syntax| syntax.id().uuid);
    let others = [
        epm::INTERFACE.uuid,
        mgmt::INTERFACE.uuid,
        Signed::EXTENDED_ERROR,
        Envelope::REASON,
        Envelope::RESERVED_DETAIL,
    ];
    types.chain(interfaces).chain(syntaxes).chain(others).any(|known| known == uuid)
}
