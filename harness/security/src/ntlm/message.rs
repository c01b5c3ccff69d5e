//! What of NTLM's messages is needed to derive keys ([MS-NLMP] 2.2.1).

use dcerpc::security::SecurityError;

use super::flag;

const SIGNATURE: &[u8] = b"NTLMSSP\0";
/// Octets of an NTLMv2_RESPONSE before its AvPairs (2.2.2.7, 2.2.2.8).
const AV_PAIRS: usize = 44;
/// Octets of an NTLM_RESPONSE, of version 1 (2.2.2.6).
const V1_RESPONSE: usize = 24;
const MSV_AV_FLAGS: u16 = 0x0006;
const MSV_AV_EOL: u16 = 0x0000;
/// In MsvAvFlags: a MIC is there (2.2.2.1).
const MIC_PROVIDED: u32 = 0x0000_0002;

/// CHALLENGE_MESSAGE (2.2.1.2).
pub(crate) struct Challenge {
    pub(crate) flags: u32,
    pub(crate) server_challenge: [u8; 8],
}

/// AUTHENTICATE_MESSAGE (2.2.1.3).
pub(crate) struct Authenticate<'a> {
    pub(crate) flags: u32,
    pub(crate) user: String,
    pub(crate) domain: String,
    /// NTProofStr, then temp (3.3.2).
    pub(crate) response: &'a [u8],
    pub(crate) encrypted_session_key: &'a [u8],
    /// Whether the response says that the message has a MIC.
    pub(crate) has_mic: bool,
}

impl Challenge {
    pub(crate) fn read(message: &[u8]) -> Result<Self, SecurityError> {
        typed(message, 2, "CHALLENGE_MESSAGE")?;
        let read =
            || Some(Self { flags: array(message, 20).map(u32::from_le_bytes)?, server_challenge: array(message, 24)? });
        read().ok_or_else(|| short("CHALLENGE_MESSAGE"))
    }
}

impl<'a> Authenticate<'a> {
    pub(crate) fn read(message: &'a [u8]) -> Result<Self, SecurityError> {
        typed(message, 3, "AUTHENTICATE_MESSAGE")?;
        let whole = || short("AUTHENTICATE_MESSAGE");
        let flags = array(message, 60).map(u32::from_le_bytes).ok_or_else(whole)?;
        let field = |at| payload(message, at).ok_or_else(whole);
        let name = |at| field(at).and_then(|octets| text(octets, flags));
        let (user, domain, response) = (name(36)?, name(28)?, field(20)?);
        match response.len() {
            _ if flags & flag::ANONYMOUS != 0 => return refused("an anonymous client"),
            0 => return refused("an anonymous client"),
            V1_RESPONSE => return refused("a response of NTLM version 1"),
            octets if octets < AV_PAIRS => return refused("a response that is too short for NTLM version 2"),
            _ if user.is_empty() => return refused("a client without a user's name"),
            _ => {}
        }
        let has_mic = av_flags(response.get(AV_PAIRS..).unwrap_or_default()) & MIC_PROVIDED != 0;
        Ok(Self { flags, user, domain, response, encrypted_session_key: field(52)?, has_mic })
    }
}

fn refused<T>(reason: &str) -> Result<T, SecurityError> {
    Err(SecurityError::Refused(reason.into()))
}

fn short(message: &str) -> SecurityError {
    SecurityError::Refused(format!("the {message} ends too early"))
}

fn typed(message: &[u8], kind: u32, name: &str) -> Result<(), SecurityError> {
    if message.starts_with(SIGNATURE) && array(message, 8).map(u32::from_le_bytes) == Some(kind) {
        return Ok(());
    }
    Err(SecurityError::Refused(format!("a token that is no {name}")))
}

fn array<const N: usize>(message: &[u8], at: usize) -> Option<[u8; N]> {
    message.get(at..)?.first_chunk().copied()
}

/// What a descriptor of length, allocated length and offset points to.
pub(super) fn payload(message: &[u8], at: usize) -> Option<&[u8]> {
    let length = usize::from(u16::from_le_bytes(array(message, at)?));
    if length == 0 {
        return Some(&[]);
    }
    let offset = usize::try_from(u32::from_le_bytes(array(message, at.checked_add(4)?)?)).ok()?;
    message.get(offset..offset.checked_add(length)?)
}

fn text(octets: &[u8], flags: u32) -> Result<String, SecurityError> {
    if flags & flag::UNICODE == 0 {
        return Ok(String::from_utf8_lossy(octets).into_owned());
    }
    let (pairs, rest) = octets.as_chunks();
    let units = pairs.iter().copied().map(u16::from_le_bytes);
    let name = char::decode_utf16(units).collect::<Result<String, _>>();
    match name {
        Ok(name) if rest.is_empty() => Ok(name),
        _ => refused("a name that is not of UTF-16"),
    }
}

fn av_flags(mut pairs: &[u8]) -> u32 {
    while let Some(([i0, i1, l0, l1], rest)) = pairs.split_first_chunk() {
        let (id, length) = (u16::from_le_bytes([*i0, *i1]), u16::from_le_bytes([*l0, *l1]));
        let Some((value, next)) = rest.split_at_checked(length.into()) else { break };
        match id {
            MSV_AV_EOL => break,
            MSV_AV_FLAGS => return array(value, 0).map_or(0, u32::from_le_bytes),
            _ => pairs = next,
        }
    }
    0
}
