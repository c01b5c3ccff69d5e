//! Tokens of logins, and what protects calls: lengths, kinds and flags stay, so that a token is read as before; what proves
//! something goes, and names are replaced.
//!
//! Nothing is copied but what is known to be harmless.

use std::ops::Range;

use super::aliases::Aliases;

/// What stands in the place of octets that prove something: not zero, which would be the verifier of nothing at all.
const BLANK: u8 = 0x5C;

/// What begins messages of NTLM ([MS-NLMP] 2.2.1).
const NTLM: &[u8] = b"NTLMSSP\0";

/// Deepest element of a token.
const DEEPEST: usize = 24;

/// The most octets of integers that say no secret.
const WIDEST: usize = 5;

/// Words of principals that name no host: classes of services, and the loopback.
const SERVICES: [&str; 8] = ["host", "restrictedkrbhost", "krbtgt", "cifs", "ldap", "http", "rpcss", "localhost"];

/// Octets of what protects a PDU.
pub(super) fn verifier(octets: &mut [u8]) {
    if octets.iter().any(|octet| *octet != 0) {
        octets.fill(BLANK);
    }
}

/// A token that sets up a security context.
pub(super) fn token(octets: &[u8], aliases: &mut Aliases) -> Vec<u8> {
    let mut made = vec![BLANK; octets.len()];
    if octets.starts_with(NTLM) {
        ntlm(octets, &mut made, aliases);
    } else if octets.first().is_some_and(|tag| (0x60..=0x7F).contains(tag) || matches!(tag, 0xA0 | 0xA1)) {
        Der { octets, made: &mut made, aliases, spnego: true }.elements(0..octets.len(), 0);
    }
    made
}

/// A token in DER (RFC 2743 3.1, RFC 4178 4.2, RFC 4120 5).
struct Der<'a> {
    octets: &'a [u8],
    made: &'a mut [u8],
    aliases: &'a mut Aliases,
    /// Whether an octet string may be a token of a mechanism's.
    spnego: bool,
}

impl Der<'_> {
    /// The elements that stand in a range.
    fn elements(&mut self, mut range: Range<usize>, depth: usize) {
        while !range.is_empty() {
            let Some((tag, content)) = element(self.octets, &range).filter(|_| depth < DEEPEST) else { return };
            self.copy(range.start..content.start);
            self.content(tag, content.clone(), depth);
            range.start = content.end;
            // Behind the mechanism in the framing of Kerberos stands which of its messages follows (RFC 4121 4.1).
            let is_kind = matches!(self.octets.get(range.start..), Some([0x01..=0x03, 0x00, 0x60..=0x7F, ..]));
            if tag == 0x06 && is_kind && range.len() > 2 {
                self.copy(range.start..range.start + 2);
                range.start += 2;
            }
        }
    }

    fn content(&mut self, tag: u8, content: Range<usize>, depth: usize) {
        match tag {
            // BOOLEAN, INTEGER, BIT STRING, ENUMERATED.
            0x01 | 0x02 | 0x03 | 0x0A if content.len() <= WIDEST => self.copy(content),
            // OBJECT IDENTIFIER, GeneralizedTime.
            0x06 | 0x18 if content.len() <= 32 => self.copy(content),
            // UTF8String, PrintableString, T61String, IA5String, VisibleString, GeneralString.
            0x0C | 0x13 | 0x14 | 0x16 | 0x1A | 0x1B => {
                self.copy(content.clone());
                if let Some(name) = self.made.get_mut(content) {
                    self.aliases.words.octets(name, &is_service);
                }
            }
            0x04 if self.spnego => self.mechanism(content, depth),
            _ if tag & 0x20 != 0 => {
                // What Kerberos encrypts is no token.
                let before = self.spnego;
                self.spnego &= !is_kerberos(tag);
                self.elements(content, depth + 1);
                self.spnego = before;
            }
            _ => {}
        }
    }

    /// A token of a mechanism's inside of SPNEGO's.
    fn mechanism(&mut self, content: Range<usize>, depth: usize) {
        let octets = self.octets.get(content.clone()).unwrap_or_default();
        let Some(made) = self.made.get_mut(content.clone()) else { return };
        if octets.starts_with(NTLM) {
            return ntlm(octets, made, self.aliases);
        }
        let whole = element(self.octets, &content).filter(|(_, inner)| inner.end == content.end);
        if whole.is_some_and(|(tag, _)| tag == 0x60 || is_kerberos(tag)) {
            let before = std::mem::replace(&mut self.spnego, false);
            self.elements(content, depth + 1);
            self.spnego = before;
        }
    }

    fn copy(&mut self, range: Range<usize>) {
        copy(self.octets, self.made, range);
    }
}

/// Whether an element is a message of Kerberos: AP-REQ, AP-REP, KRB-ERROR (RFC 4120 5.5, 5.9).
fn is_kerberos(tag: u8) -> bool {
    matches!(tag, 0x6E | 0x6F | 0x7E)
}

fn is_service(word: &str) -> bool {
    SERVICES.iter().any(|known| known.eq_ignore_ascii_case(word))
}

/// The tag of the element at the front of a range, and where its content stands.
fn element(octets: &[u8], range: &Range<usize>) -> Option<(u8, Range<usize>)> {
    let octets = octets.get(range.clone())?;
    let (tag, first) = (*octets.first()?, *octets.get(1)?);
    let (header, length) = match first {
        ..=0x7F => (2, usize::from(first)),
        0x81..=0x84 => {
            let count = usize::from(first & 0x7F);
            let length = octets.get(2..2 + count)?;
            (2 + count, length.iter().fold(0, |length, octet| length << 8 | usize::from(*octet)))
        }
        _ => return None,
    };
    let start = range.start.checked_add(header)?;
    let end = start.checked_add(length).filter(|end| *end <= range.end)?;
    (tag & 0x1F != 0x1F).then_some((tag, start..end))
}

fn copy(octets: &[u8], made: &mut [u8], range: Range<usize>) {
    if let (Some(from), Some(to)) = (octets.get(range.clone()), made.get_mut(range)) {
        to.copy_from_slice(from);
    }
}

/// NTLMSSP_NEGOTIATE_UNICODE ([MS-NLMP] 2.2.2.5).
const UNICODE: u8 = 0x01;

/// Octets of an NTLMv2_RESPONSE before its AV_PAIRs ([MS-NLMP] 2.2.2.7, 2.2.2.8).
const V2_AV_PAIRS: usize = 44;

/// A message of NTLM ([MS-NLMP] 2.2.1). What is left of it says nothing of the machine: its version is zero.
fn ntlm(octets: &[u8], made: &mut [u8], aliases: &mut Aliases) {
    copy(octets, made, 0..12);
    let flags = |at: usize| octets.get(at).copied().unwrap_or_default();
    let zero = |made: &mut [u8], range: Range<usize>| made.get_mut(range).unwrap_or_default().fill(0);
    match octets.get(8..12) {
        Some([1, 0, 0, 0]) => {
            copy(octets, made, 12..32);
            zero(made, 32..40);
            for at in [16, 24] {
                name(octets, made, payload(octets, at), false, aliases);
            }
        }
        Some([2, 0, 0, 0]) => {
            copy(octets, made, 12..24);
            zero(made, 32..40);
            copy(octets, made, 40..48);
            zero(made, 48..56);
            name(octets, made, payload(octets, 12), flags(20) & UNICODE != 0, aliases);
            pairs(octets, made, payload(octets, 40), aliases);
        }
        Some([3, 0, 0, 0]) => {
            copy(octets, made, 12..64);
            zero(made, 64..72);
            let is_unicode = flags(60) & UNICODE != 0;
            for at in [28, 36, 44] {
                name(octets, made, payload(octets, at), is_unicode, aliases);
            }
            let response = payload(octets, 20);
            if response.len() > V2_AV_PAIRS {
                // RespType and HiRespType.
                copy(octets, made, response.start + 16..response.start + 18);
            }
            pairs(octets, made, (response.start + V2_AV_PAIRS).min(response.end)..response.end, aliases);
        }
        _ => {}
    }
}

/// What a descriptor of length, allocated length and offset points to; nothing where that is not there.
fn payload(octets: &[u8], at: usize) -> Range<usize> {
    let Some([l0, l1, _, _, o0, o1, o2, o3]) = octets.get(at..at + 8) else { return 0..0 };
    let length = usize::from(u16::from_le_bytes([*l0, *l1]));
    let start = usize::try_from(u32::from_le_bytes([*o0, *o1, *o2, *o3])).unwrap_or(usize::MAX);
    // Nothing that was kept may be overwritten by what stands at its place, nor read again.
    let end = start.checked_add(length).filter(|end| *end <= octets.len() && start >= FIXED);
    end.map_or(0..0, |end| start..end)
}

/// The shortest fixed part of a message.
const FIXED: usize = 32;

/// A name, which nothing was copied of yet.
fn name(octets: &[u8], made: &mut [u8], range: Range<usize>, is_unicode: bool, aliases: &mut Aliases) {
    let Some(place) = made.get_mut(range.clone()) else { return };
    let octets = octets.get(range).unwrap_or_default();
    place.fill(0);
    if is_unicode {
        let (pairs, _) = octets.as_chunks();
        let mut units: Vec<u16> = pairs.iter().copied().map(u16::from_le_bytes).collect();
        aliases.words.text(&mut units, &is_service);
        let written = units.into_iter().flat_map(u16::to_le_bytes);
        place.iter_mut().zip(written).for_each(|(to, from)| *to = from);
    } else {
        place.copy_from_slice(octets);
        aliases.words.octets(place, &is_service);
    }
}

/// A list of AV_PAIR ([MS-NLMP] 2.2.2.1).
fn pairs(octets: &[u8], made: &mut [u8], mut range: Range<usize>, aliases: &mut Aliases) {
    while let Some([i0, i1, l0, l1]) = octets.get(range.start..(range.start + 4).min(range.end)) {
        let id = u16::from_le_bytes([*i0, *i1]);
        let length = usize::from(u16::from_le_bytes([*l0, *l1]));
        let value = range.start + 4..range.start + 4 + length;
        if value.end > range.end {
            return;
        }
        copy(octets, made, range.start..value.start);
        match id {
            // Names of computer, domain and forest, and of the target.
            1..=5 | 9 => name(octets, made, value.clone(), true, aliases),
            // MsvAvFlags.
            6 if length == 4 => copy(octets, made, value.clone()),
            _ => made.get_mut(value.clone()).unwrap_or_default().fill(0),
        }
        range.start = value.end;
        if id == 0 {
            return;
        }
    }
}
