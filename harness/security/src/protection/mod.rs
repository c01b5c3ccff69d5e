//! Protection of PDUs with a session key, one direction at a time.
//!
//! Live contexts and witnesses use the same: a [`Lane`] is what one end sends, and either end, or whoever knows the key, can
//! walk along it.

mod kerberos;
mod ntlm;

use core::fmt;

use bytes::Bytes;
use dcerpc::security::{Level, Mechanism, Protection, SecurityError, Segments, Sender, SessionKey, Unsigned};

/// What one end of a context sends. It counts, and with NTLM it enciphers as one stream; so it has to see every PDU.
pub(crate) struct Lane(Kind);

enum Kind {
    Ntlm(Box<ntlm::Lane>),
    Kerberos(kerberos::Lane),
}

impl Lane {
    /// The direction that this end sends.
    pub(crate) fn new(key: &SessionKey, sender: Sender) -> Result<Self, SecurityError> {
        let octets = key.octets.as_slice();
        let kind = match key.mechanism {
            Mechanism::Ntlm { flags, first_sequence_number } => {
                Kind::Ntlm(ntlm::Lane::new(flags, octets, sender, first_sequence_number)?.into())
            }
            Mechanism::Kerberos { encryption_type, acceptor_subkey } => {
                Kind::Kerberos(kerberos::Lane::new(encryption_type, acceptor_subkey, octets, sender)?)
            }
        };
        Ok(Self(kind))
    }

    /// Says which sequence number is the first, where it is known: Kerberos agrees on it in secret. Without that, the first
    /// PDU that verifies says it.
    pub(crate) fn beginning_at(mut self, sequence_number: u32) -> Self {
        match &mut self.0 {
            Kind::Ntlm(_) => {}
            Kind::Kerberos(lane) => lane.expect(sequence_number.into()),
        }
        self
    }

    /// Length of the token that a PDU gets at that level.
    pub(crate) fn token_octets(&self, level: Level) -> usize {
        match (&self.0, Strength::of(level)) {
            (Kind::Ntlm(_), Ok(Some(_))) => ntlm::SIGNATURE_OCTETS,
            (Kind::Kerberos(_), Ok(Some(Strength::Signs))) => kerberos::MIC_OCTETS,
            (Kind::Kerberos(_), Ok(Some(Strength::Seals))) => kerberos::SEAL_OCTETS,
            (_, Ok(None) | Err(_)) => 0,
        }
    }

    /// Protects a PDU as its level says and gives the token.
    pub(crate) fn protect(
        &mut self,
        level: Level,
        segments: Segments<'_>,
        header_signing: bool,
    ) -> Result<Bytes, SecurityError> {
        let Some(strength) = Strength::of(level)? else { return Ok(Bytes::new()) };
        match &mut self.0 {
            Kind::Ntlm(lane) => Ok(lane.protect(strength, segments)),
            Kind::Kerberos(lane) => lane.protect(strength, segments, header_signing),
        }
    }

    /// Verifies a PDU as its level says and opens its body.
    pub(crate) fn unprotect(
        &mut self,
        level: Level,
        segments: Segments<'_>,
        token: &[u8],
        header_signing: bool,
    ) -> Result<Protection, SecurityError> {
        let Some(strength) = Strength::of(level)? else { return Ok(Protection::Unprotected) };
        if let Some(unsigned) = unsigned(token).filter(|_| level <= Level::PKT) {
            return Ok(Protection::Unsigned(unsigned));
        }
        match &mut self.0 {
            Kind::Ntlm(lane) => lane.unprotect(strength, segments, token)?,
            Kind::Kerberos(lane) => lane.unprotect(strength, segments, token, header_signing)?,
        }
        Ok(Protection::Signed)
    }

    /// A signature over octets that are no PDU: SPNEGO's mechListMIC.
    pub(crate) fn sign(&mut self, octets: &[u8]) -> Result<Bytes, SecurityError> {
        let segments = Segments { header: octets, body: &mut [], sec_trailer: &[] };
        self.protect(Level::INTEGRITY, segments, true)
    }

    /// Verifies a signature of [`Lane::sign`].
    pub(crate) fn verify(&mut self, octets: &[u8], token: &[u8]) -> Result<(), SecurityError> {
        let segments = Segments { header: octets, body: &mut [], sec_trailer: &[] };
        self.unprotect(Level::INTEGRITY, segments, token, true).map(drop)
    }
}

impl fmt::Debug for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Kind::Ntlm(_) => "Lane::Ntlm",
            Kind::Kerberos(_) => "Lane::Kerberos",
        })
    }
}

/// What a level asks of a token ([MS-RPCE] 3.3.1.5.2.2). That table has no protection at packet level; Windows and others sign
/// there as at integrity, and so is it done here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Strength {
    Signs,
    Seals,
}

impl Strength {
    fn of(level: Level) -> Result<Option<Self>, SecurityError> {
        match level {
            Level::NONE | Level::CONNECT => Ok(None),
            // A level of call is processed as one of packet ([MS-RPCE] 2.2.1.1.8).
            Level::CALL | Level::PKT | Level::INTEGRITY => Ok(Some(Self::Signs)),
            Level::PRIVACY => Ok(Some(Self::Seals)),
            Level(other) => Err(SecurityError::Unsupported(format!("authentication level {other}"))),
        }
    }
}

fn unsigned(token: &[u8]) -> Option<Unsigned> {
    match token {
        [] => Some(Unsigned::Absent),
        token if token.iter().all(|octet| *octet == 0) => Some(Unsigned::Zeroes),
        _ => None,
    }
}

/// A refusal that says what was wrong.
fn unverified(reason: impl Into<String>) -> SecurityError {
    SecurityError::Unverified(reason.into())
}

/// The token without the zeroes that may fill up the space that a sender had planned for it ([MS-RPCE] 2.2.2.11).
fn exactly(token: &[u8], octets: usize) -> Result<&[u8], SecurityError> {
    match token.split_at_checked(octets) {
        Some((token, rest)) if rest.iter().all(|octet| *octet == 0) => Ok(token),
        _ => Err(unverified(format!("its token has {} octets where {octets} were due", token.len()))),
    }
}
