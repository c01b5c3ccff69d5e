//! NTLM's three messages ([MS-NLMP] 2.2.1).

use alloc::format;
use alloc::string::String;

use bytes::Bytes;

use super::TargetInfo;
use super::av_pair::unicode;
use super::der::{Findings, unreadable};
use crate::{ByteOrder, DecodeError, ReadCursor};

/// Signature.
pub(super) const SIGNATURE: &[u8] = b"NTLMSSP\0";
/// Octets of an NTLM_RESPONSE, of version 1 (2.2.2.6).
const V1_RESPONSE: usize = 24;
/// Where AvPairs begin in an NTLMv2_RESPONSE: after Response and the fixed part of NTLMv2_CLIENT_CHALLENGE (2.2.2.7, 2.2.2.8).
const V2_AV_PAIRS: usize = 44;

/// A message of NTLM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NtlmMessage {
    /// NEGOTIATE_MESSAGE: its NegotiateFlags.
    Negotiate(NegotiateFlags),
    /// CHALLENGE_MESSAGE.
    Challenge(Challenge),
    /// AUTHENTICATE_MESSAGE.
    Authenticate(Authenticate),
}

/// CHALLENGE_MESSAGE without the challenge (2.2.1.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// NegotiateFlags.
    pub flags: NegotiateFlags,
    /// TargetName: the server, or its domain.
    pub target_name: Option<String>,
    /// TargetInfo.
    pub target_info: Option<TargetInfo>,
}

/// AUTHENTICATE_MESSAGE without user, responses and keys (2.2.1.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authenticate {
    /// NegotiateFlags.
    pub flags: NegotiateFlags,
    /// What NtChallengeResponse is.
    pub response: NtResponse,
}

/// What kind of NtChallengeResponse a client sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NtResponse {
    /// None: an anonymous client, or one that responds as LAN Manager did.
    Absent,
    /// Of NTLM version 1.
    V1,
    /// Of NTLM version 2, with its AV_PAIRs.
    V2(TargetInfo),
}

/// NegotiateFlags (2.2.2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NegotiateFlags(pub u32);

impl NegotiateFlags {
    /// NTLMSSP_NEGOTIATE_UNICODE.
    pub const UNICODE: Self = Self(0x0000_0001);
    /// NTLMSSP_NEGOTIATE_SIGN.
    pub const SIGN: Self = Self(0x0000_0010);
    /// NTLMSSP_NEGOTIATE_SEAL.
    pub const SEAL: Self = Self(0x0000_0020);
    /// Anonymous connections.
    pub const ANONYMOUS: Self = Self(0x0000_0800);
    /// NTLMSSP_NEGOTIATE_TARGET_INFO.
    pub const TARGET_INFO: Self = Self(0x0080_0000);

    /// Whether all of those are set.
    #[must_use]
    pub const fn has(self, flags: Self) -> bool {
        self.0 & flags.0 == flags.0
    }
}

impl NtlmMessage {
    pub(super) fn read(message: &Bytes, defects: &Findings) -> Result<Self, DecodeError> {
        let mut cursor = ReadCursor::new(message, ByteOrder::Little);
        cursor.skip(SIGNATURE.len(), "Signature")?;
        let at = cursor.position();
        match cursor.u32("MessageType")? {
            1 => Ok(Self::Negotiate(NegotiateFlags(cursor.u32("NegotiateFlags")?))),
            2 => Ok(Self::Challenge(Challenge::read(message, &mut cursor, defects)?)),
            3 => Ok(Self::Authenticate(Authenticate::read(message, &mut cursor, defects)?)),
            other => Err(unreadable(at, "MessageType", "1, 2 or 3", format!("{other}"))),
        }
    }
}

impl Challenge {
    fn read(message: &Bytes, cursor: &mut ReadCursor<'_>, defects: &Findings) -> Result<Self, DecodeError> {
        let (name_at, name) = payload(message, cursor, "TargetName")?;
        let flags = NegotiateFlags(cursor.u32("NegotiateFlags")?);
        cursor.skip(8, "ServerChallenge")?;
        let mut target_info = None;
        // Without NTLMSSP_NEGOTIATE_TARGET_INFO, old servers end here.
        if flags.has(NegotiateFlags::TARGET_INFO) {
            cursor.skip(8, "Reserved")?;
            let (at, pairs) = payload(message, cursor, "TargetInfo")?;
            target_info = Some(TargetInfo::read(&pairs, at, defects)?);
        }
        let target_name = (!name.is_empty()).then(|| match flags.has(NegotiateFlags::UNICODE) {
            true => unicode(&name, name_at, defects),
            false => String::from_utf8_lossy(&name).into_owned(),
        });
        Ok(Self { flags, target_name, target_info })
    }
}

impl Authenticate {
    fn read(message: &Bytes, cursor: &mut ReadCursor<'_>, defects: &Findings) -> Result<Self, DecodeError> {
        payload(message, cursor, "LmChallengeResponse")?;
        let (at, response) = payload(message, cursor, "NtChallengeResponse")?;
        for field in ["DomainName", "UserName", "Workstation", "EncryptedRandomSessionKey"] {
            payload(message, cursor, field)?;
        }
        let flags = NegotiateFlags(cursor.u32("NegotiateFlags")?);
        let response = match response.len() {
            0 => NtResponse::Absent,
            V1_RESPONSE => NtResponse::V1,
            _ => {
                let mut fixed = ReadCursor::new(&response, ByteOrder::Little);
                fixed.skip(V2_AV_PAIRS, "NTLMv2_CLIENT_CHALLENGE").map_err(|error| error.shifted(at))?;
                NtResponse::V2(TargetInfo::read(&fixed.rest(), at + V2_AV_PAIRS, defects)?)
            }
        };
        Ok(Self { flags, response })
    }
}

/// What a descriptor of length, allocated length and offset points to; its offset comes first.
fn payload(message: &Bytes, cursor: &mut ReadCursor<'_>, field: &'static str) -> Result<(usize, Bytes), DecodeError> {
    let length = cursor.u16(field)?;
    cursor.skip(2, field)?;
    let offset = cursor.u32(field)?;
    // An offset without anything at it points nowhere.
    if length == 0 {
        return Ok((0, Bytes::new()));
    }
    let begin = usize::try_from(offset).map_or(message.len(), |offset| offset.min(message.len()));
    let left = message.len() - begin;
    let short = DecodeError::Short { offset: begin, field, needed: length.into(), left };
    let end = begin.checked_add(length.into()).filter(|end| *end <= message.len()).ok_or(short)?;
    Ok((begin, message.slice(begin..end)))
}
