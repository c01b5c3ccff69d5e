//! Kerberos' message protection for DCE: MIC tokens, and Wrap tokens whose parts lie where DCE wants them (RFC 4121 4.2,
//! [MS-KILE] 3.4.5.4).

use bytes::Bytes;
use dcerpc::security::{SecurityError, Segments, Sender};
use hmac::{Hmac, KeyInit, Mac};
use picky_krb::crypto::CipherSuite;
use picky_krb::crypto::aes::{AesSize, checksum_sha_aes};
use sha1::Sha1;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{Strength, exactly, unverified};
use crate::kerberos::etype;

/// Octets of a token's header, of a confounder and of a block.
const HEADER: usize = 16;
/// Octets of HMAC-SHA1-96.
const CHECKSUM: usize = 12;
/// The extra count that is sent: one block, for a recipient may refuse none ([MS-KILE] 3.4.5.4.1).
const EXTRA: usize = 16;
/// What is rotated before the data in a Wrap token, besides the extra octets: the header's copy and the checksum.
const ROTATED: usize = HEADER + CHECKSUM;
/// Octets of a MIC token.
pub(super) const MIC_OCTETS: usize = HEADER + CHECKSUM;
/// Octets of a Wrap token without its data.
pub(super) const SEAL_OCTETS: usize = HEADER + EXTRA + ROTATED + HEADER;

const TOK_MIC: [u8; 2] = [0x04, 0x04];
const TOK_WRAP: [u8; 2] = [0x05, 0x04];
const SENT_BY_ACCEPTOR: u8 = 0x01;
const SEALED: u8 = 0x02;
const ACCEPTOR_SUBKEY: u8 = 0x04;

/// One direction: its key and what it has counted.
pub(super) struct Lane {
    key: Zeroizing<Vec<u8>>,
    suite: CipherSuite,
    size: AesSize,
    flags: u8,
    /// Key usage numbers of sealing and signing (RFC 4121 2).
    usage: [i32; 2],
    /// The next sequence number; before the first PDU it can be unknown to a reader.
    sequence_number: Option<u64>,
}

impl Lane {
    pub(super) fn new(
        encryption_type: i32,
        acceptor_subkey: bool,
        key: &[u8],
        sender: Sender,
    ) -> Result<Self, SecurityError> {
        let (suite, size) = etype::aes(encryption_type).map_err(SecurityError::Unsupported)?;
        if key.len() != size.key_length() {
            let reason = format!("a key of {} octets for encryption type {encryption_type}", key.len());
            return Err(SecurityError::Unsupported(reason));
        }
        let (sent_by, usage) = match sender {
            Sender::Acceptor => (SENT_BY_ACCEPTOR, [22, 23]),
            Sender::Initiator => (0, [24, 25]),
        };
        let flags = sent_by | if acceptor_subkey { ACCEPTOR_SUBKEY } else { 0 };
        Ok(Self { key: Zeroizing::new(key.to_vec()), suite, size, flags, usage, sequence_number: None })
    }

    pub(super) fn expect(&mut self, sequence_number: u64) {
        self.sequence_number = Some(sequence_number);
    }

    pub(super) fn protect(
        &mut self,
        strength: Strength,
        segments: Segments<'_>,
        header_signing: bool,
    ) -> Result<Bytes, SecurityError> {
        let number = self.sequence_number.unwrap_or(0);
        let token = match strength {
            Strength::Signs => self.mic(&segments, header_signing, number)?,
            Strength::Seals => self.seal(segments, header_signing, number)?,
        };
        self.sequence_number = Some(number.wrapping_add(1));
        Ok(token)
    }

    pub(super) fn unprotect(
        &mut self,
        strength: Strength,
        segments: Segments<'_>,
        token: &[u8],
        header_signing: bool,
    ) -> Result<(), SecurityError> {
        let number = token.get(8..HEADER).and_then(|octets| octets.try_into().ok()).map(u64::from_be_bytes);
        let number = number.ok_or_else(|| unverified(format!("its token has only {} octets", token.len())))?;
        match strength {
            Strength::Signs => {
                let token = exactly(token, MIC_OCTETS)?;
                let expected = self.mic(&segments, header_signing, number)?;
                self.compare(token, &expected)?;
            }
            Strength::Seals => self.unseal(segments, token, header_signing)?,
        }
        // Only a number that its sender has signed counts.
        let due = self.sequence_number.unwrap_or(number);
        self.sequence_number = Some(due.wrapping_add(1));
        if number != due {
            return Err(unverified(format!("its sequence number is {number} where {due} was due")));
        }
        Ok(())
    }

    fn mic(&self, segments: &Segments<'_>, header_signing: bool, number: u64) -> Result<Bytes, SecurityError> {
        let [_, usage] = self.usage;
        let mut token = self.header(TOK_MIC, 0, [0xFF; 4], number).to_vec();
        let mut signed = Zeroizing::new(Vec::new());
        signed.extend(around(segments.header, header_signing));
        signed.extend_from_slice(segments.body);
        signed.extend(around(segments.sec_trailer, header_signing));
        signed.extend_from_slice(&token);
        let checksum = checksum_sha_aes(&self.key, usage, &signed, &self.size);
        token.extend(checksum.map_err(|error| SecurityError::Unsupported(error.to_string()))?);
        Ok(token.into())
    }

    fn compare(&self, token: &[u8], expected: &[u8]) -> Result<(), SecurityError> {
        if token.ct_eq(expected).into() {
            return Ok(());
        }
        Err(self.mistake(token, expected).unwrap_or_else(|| unverified("its signature does not fit the octets")))
    }

    /// What is wrong with a header that is not the expected one.
    fn mistake(&self, token: &[u8], expected: &[u8]) -> Option<SecurityError> {
        let (id, flags) = (token.get(..2)?, *token.get(2)?);
        let (due_id, due_flags) = (expected.get(..2)?, *expected.get(2)?);
        let reason = match () {
            () if id != due_id => format!("its token is {id:02x?} where {due_id:02x?} was due"),
            () if (flags ^ due_flags) & SENT_BY_ACCEPTOR != 0 => "it is a PDU of the other end".into(),
            () if flags != due_flags => format!("its flags are {flags:#04x} where {due_flags:#04x} were due"),
            () => return None,
        };
        Some(unverified(reason))
    }

    /// The stream of a Wrap token is `confounder, body, extra octets, header` enciphered, then the checksum. Rotated so far
    /// that all but the confounder and the body comes first, the body lies where it was in the PDU, and the rest is the token.
    fn seal(&self, segments: Segments<'_>, header_signing: bool, number: u64) -> Result<Bytes, SecurityError> {
        let Segments { header, body, sec_trailer } = segments;
        let [usage, _] = self.usage;
        let copy = self.header(TOK_WRAP, SEALED, [0, 16, 0, 0], number);
        let plain = Zeroizing::new([&*body, &[0xFF; EXTRA], &copy].concat());
        let cipher = self.suite.cipher();
        let sealed = cipher.encrypt_no_checksum(&self.key, usage, &plain);
        let sealed = sealed.map_err(|error| SecurityError::Unsupported(error.to_string()))?;
        let integrity_key = Zeroizing::new(sealed.ki);
        let parts = [&sealed.confounder, around(header, header_signing), body, around(sec_trailer, header_signing)];
        let checksum = checksum(&integrity_key, parts, plain.get(body.len()..).unwrap_or_default());

        let (confounder, rest) = halves(&sealed.encrypted, HEADER);
        let (data, extra_and_copy) = halves(rest, body.len());
        body.iter_mut().zip(data).for_each(|(to, from)| *to = *from);
        let front = self.header(TOK_WRAP, SEALED, [0, 16, 0, 28], number);
        Ok([&front, extra_and_copy, &checksum, confounder].concat().into())
    }

    fn unseal(&self, segments: Segments<'_>, token: &[u8], header_signing: bool) -> Result<(), SecurityError> {
        let Segments { header, body, sec_trailer } = segments;
        let [usage, _] = self.usage;
        let (front, _) = halves(token, HEADER);
        let [_, _, _, _, e0, e1, r0, r1, number @ ..] = front else {
            return Err(unverified(format!("its token has only {} octets", token.len())));
        };
        let extra = usize::from(u16::from_be_bytes([*e0, *e1]));
        let rotation = usize::from(u16::from_be_bytes([*r0, *r1]));
        let number = number.try_into().map_or(0, u64::from_be_bytes);
        let expected = self.header(TOK_WRAP, SEALED, [*e0, *e1, 0, 0], number);
        if let Some(mistake) = self.mistake(token, &expected) {
            return Err(mistake);
        }
        // The extra octets are rotated too, but [MS-KILE] does not count them in RRC.
        if rotation != ROTATED && rotation != ROTATED + extra {
            return Err(unverified(format!("its token is rotated by {rotation} octets, not by {ROTATED}")));
        }
        let token = exactly(token, HEADER + extra + ROTATED + HEADER)?;
        let (_, rotated) = halves(token, HEADER);
        let (extra_and_copy, rest) = halves(rotated, extra + HEADER);
        let (sent, confounder) = halves(rest, CHECKSUM);
        let stream = [confounder, &*body, extra_and_copy, sent].concat();
        let plain = self.suite.cipher().decrypt_no_checksum(&self.key, usage, &stream);
        let plain = plain.map_err(|error| unverified(error.to_string()))?;
        let integrity_key = Zeroizing::new(plain.ki);
        let plaintext = Zeroizing::new(plain.plaintext);

        let (data, tail) = halves(&plaintext, body.len());
        body.iter_mut().zip(data).for_each(|(to, from)| *to = *from);
        let parts = [&plain.confounder, around(header, header_signing), body, around(sec_trailer, header_signing)];
        let fits = checksum(&integrity_key, parts, tail).ct_eq(sent);
        let (_, copy) = halves(tail, extra);
        // The copy is made before the rotation, but not every sender clears RRC in it.
        let copied = match copy {
            [front @ .., _, _, n0, n1, n2, n3, n4, n5, n6, n7] => {
                let number = [n0, n1, n2, n3, n4, n5, n6, n7].map(|octet| *octet);
                let (due, _) = halves(&expected, 6);
                front.ct_eq(due) & number.ct_eq(halves(&expected, 8).1)
            }
            _ => 0.into(),
        };
        if bool::from(fits & copied) { Ok(()) } else { Err(unverified("its seal does not fit the octets")) }
    }

    fn header(&self, id: [u8; 2], flags: u8, filler_or_counts: [u8; 4], number: u64) -> [u8; HEADER] {
        let [i0, i1] = id;
        let [c0, c1, c2, c3] = filler_or_counts;
        let [n0, n1, n2, n3, n4, n5, n6, n7] = number.to_be_bytes();
        [i0, i1, self.flags | flags, 0xFF, c0, c1, c2, c3, n0, n1, n2, n3, n4, n5, n6, n7]
    }
}

/// What lies around the body is covered with header signing only ([MS-RPCE] 3.3.1.5.2.2).
fn around(segment: &[u8], header_signing: bool) -> &[u8] {
    if header_signing { segment } else { &[] }
}

fn checksum(key: &[u8], parts: [&[u8]; 4], tail: &[u8]) -> [u8; CHECKSUM] {
    let mut checksum = [0; CHECKSUM];
    // An HMAC takes keys of any length.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(key) else { return checksum };
    for part in parts.into_iter().chain([tail]) {
        mac.update(part);
    }
    checksum.iter_mut().zip(mac.finalize().into_bytes()).for_each(|(to, from)| *to = from);
    checksum
}

/// The octets before and after an offset; all of them before it when there are not so many.
fn halves(octets: &[u8], at: usize) -> (&[u8], &[u8]) {
    octets.split_at_checked(at).unwrap_or((octets, &[]))
}
