//! NTLM's session security ([MS-NLMP] 3.4), with extended session security only.

use bytes::Bytes;
use dcerpc::security::{SecurityError, Segments, Sender};
use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use rc4::{Rc4, StreamCipher};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{Strength, exactly, unverified};
use crate::ntlm::flag;

/// Octets of an NTLMSSP_MESSAGE_SIGNATURE (2.2.2.9).
pub(super) const SIGNATURE_OCTETS: usize = 16;
const VERSION: [u8; 4] = 1_u32.to_le_bytes();

/// One direction: its keys, where its stream is and what it has counted.
///
/// With extended session security all segments are signed, also those that the caller asked no signature for (3.4.6.1,
/// 3.4.8.1): header signing changes nothing here.
pub(super) struct Lane {
    signing_key: Zeroizing<[u8; 16]>,
    handle: Rc4,
    sequence_number: u32,
    /// With a key exchange, checksums are enciphered (3.4.4.2).
    key_exchange: bool,
}

impl Lane {
    pub(super) fn new(flags: u32, key: &[u8], sender: Sender, sequence_number: u32) -> Result<Self, SecurityError> {
        let unsupported = |what: &str| Err(SecurityError::Unsupported(what.into()));
        if flags & flag::EXTENDED_SESSION_SECURITY == 0 {
            return unsupported("NTLM without extended session security");
        }
        if key.len() != 16 {
            return unsupported("an NTLM session key that has not 16 octets");
        }
        let direction = match sender {
            Sender::Initiator => "client-to-server",
            Sender::Acceptor => "server-to-client",
        };
        let strong = match flags {
            flags if flags & flag::STRENGTH_128 != 0 => key.len(),
            flags if flags & flag::STRENGTH_56 != 0 => 7,
            _ => 5,
        };
        let sealing_key = derived(key.get(..strong).unwrap_or(key), direction, "sealing");
        let handle = Rc4::new_from_slice(&*sealing_key);
        Ok(Self {
            signing_key: derived(key, direction, "signing"),
            handle: handle.map_err(|error| SecurityError::Unsupported(error.to_string()))?,
            sequence_number,
            key_exchange: flags & flag::KEY_EXCHANGE != 0,
        })
    }

    pub(super) fn protect(&mut self, strength: Strength, segments: Segments<'_>) -> Bytes {
        let Segments { header, body, sec_trailer } = segments;
        let digest = self.digest([header, body, sec_trailer]);
        if strength == Strength::Seals {
            self.handle.apply_keystream(body);
        }
        Bytes::copy_from_slice(&self.signature(digest))
    }

    /// Whatever comes of it, the direction goes on behind this PDU.
    pub(super) fn unprotect(
        &mut self,
        strength: Strength,
        segments: Segments<'_>,
        token: &[u8],
    ) -> Result<(), SecurityError> {
        let Segments { header, body, sec_trailer } = segments;
        if strength == Strength::Seals {
            self.handle.apply_keystream(body);
        }
        let due = self.sequence_number;
        let digest = self.digest([header, body, sec_trailer]);
        let expected = self.signature(digest);
        let token = exactly(token, SIGNATURE_OCTETS)?;
        if token.ct_eq(&expected).into() {
            return Ok(());
        }
        match token.last_chunk().copied().map(u32::from_le_bytes) {
            Some(number) if number != due => {
                Err(unverified(format!("its sequence number is {number} where {due} was due")))
            }
            _ => Err(unverified("its signature does not fit the octets")),
        }
    }

    /// HMAC_MD5 of the next sequence number and the plain octets.
    fn digest(&self, parts: [&[u8]; 3]) -> [u8; 8] {
        let mut digest = [0; 8];
        // An HMAC takes keys of any length.
        let Ok(mut mac) = Hmac::<Md5>::new_from_slice(&*self.signing_key) else { return digest };
        mac.update(&self.sequence_number.to_le_bytes());
        parts.iter().for_each(|part| mac.update(part));
        digest.iter_mut().zip(mac.finalize().into_bytes()).for_each(|(to, from)| *to = from);
        digest
    }

    /// MAC, after which the direction has gone on by one (3.4.4.2).
    fn signature(&mut self, mut digest: [u8; 8]) -> [u8; SIGNATURE_OCTETS] {
        if self.key_exchange {
            self.handle.apply_keystream(&mut digest);
        }
        let number = self.sequence_number.to_le_bytes();
        self.sequence_number = self.sequence_number.wrapping_add(1);
        let mut signature = [0; SIGNATURE_OCTETS];
        let parts = VERSION.iter().chain(&digest).chain(&number);
        signature.iter_mut().zip(parts).for_each(|(to, from)| *to = *from);
        signature
    }
}

/// SIGNKEY and SEALKEY (3.4.5.2, 3.4.5.3). The constants are of ASCII and end in a zero.
fn derived(key: &[u8], direction: &str, purpose: &str) -> Zeroizing<[u8; 16]> {
    let constant = format!("session key to {direction} {purpose} key magic constant\0");
    Zeroizing::new(Md5::new_with_prefix(key).chain_update(constant).finalize().into())
}
