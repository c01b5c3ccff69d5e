//! SPNEGO: which mechanisms are offered and which is taken (RFC 4178 4.2, [MS-SPNG] 2.2.1).

use alloc::vec::Vec;

use core::fmt;

use bytes::Bytes;

use super::der::{Der, ENUMERATED, Findings, OCTET_STRING, SEQUENCE, context, unreadable};
use super::{MechToken, Mechanism};
use crate::DecodeError;

/// The tag of a NegTokenInit among the choices of NegotiationToken.
const INIT: u8 = context(0);
/// The tag of a NegTokenResp.
pub(super) const RESP: u8 = context(1);
/// Mechanisms that one token can offer; nobody has more.
const MOST_MECHANISMS: usize = 64;

/// NegTokenInit, or NegTokenInit2 with its hints.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NegTokenInit {
    /// mechTypes, the preferred one first.
    pub mech_types: Vec<Mechanism>,
    /// mechToken: a token of the preferred mechanism, in the hope that it is taken.
    pub mech_token: Option<MechToken>,
    /// Whether negHints are there, which makes it a NegTokenInit2.
    pub hints: bool,
    /// Whether mechListMIC is there.
    pub mech_list_mic: bool,
}

/// NegTokenResp.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NegTokenResp {
    /// negState.
    pub neg_state: Option<NegState>,
    /// supportedMech: the mechanism that was taken.
    pub supported_mech: Option<Mechanism>,
    /// responseToken.
    pub response_token: Option<MechToken>,
    /// Whether mechListMIC is there.
    pub mech_list_mic: bool,
}

/// negState (RFC 4178 4.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NegState(pub u32);

impl NegState {
    /// accept-completed.
    pub const ACCEPT_COMPLETED: Self = Self(0);
    /// accept-incomplete.
    pub const ACCEPT_INCOMPLETE: Self = Self(1);
    /// reject.
    pub const REJECT: Self = Self(2);
    /// request-mic.
    pub const REQUEST_MIC: Self = Self(3);
}

impl fmt::Display for NegState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::ACCEPT_COMPLETED => f.write_str("accept-completed"),
            Self::ACCEPT_INCOMPLETE => f.write_str("accept-incomplete"),
            Self::REJECT => f.write_str("reject"),
            Self::REQUEST_MIC => f.write_str("request-mic"),
            Self(other) => write!(f, "negState {other}"),
        }
    }
}

impl NegTokenInit {
    /// After the framing.
    pub(super) fn read(der: &mut Der<'_>, defects: &Findings) -> Result<Self, DecodeError> {
        let mut fields = der.of(INIT, "NegTokenInit")?.of(SEQUENCE, "NegTokenInit")?;
        der.end("NegTokenInit");
        let mut init = Self::default();
        while let Some((tag, mut field)) = fields.next("NegTokenInit")? {
            match tag {
                0xA0 => init.mech_types = mech_types(&mut field)?,
                0xA2 => init.mech_token = Some(mech_token(&mut field, "mechToken", defects)?),
                // Where NegTokenInit has its mechListMIC, NegTokenInit2 has its hints.
                0xA3 => match field.next("mechListMIC")? {
                    Some((OCTET_STRING, _)) => init.mech_list_mic = true,
                    _ => init.hints = true,
                },
                0xA4 => init.mech_list_mic = true,
                _ => {}
            }
        }
        Ok(init)
    }
}

impl NegTokenResp {
    pub(super) fn read(token: &Bytes, defects: &Findings) -> Result<Self, DecodeError> {
        let mut der = Der::new(token, defects);
        let mut fields = der.of(RESP, "NegTokenResp")?.of(SEQUENCE, "NegTokenResp")?;
        der.end("NegTokenResp");
        let mut resp = Self::default();
        while let Some((tag, mut field)) = fields.next("NegTokenResp")? {
            match tag {
                0xA0 => resp.neg_state = Some(NegState(field.integer(ENUMERATED, "negState")?)),
                0xA1 => resp.supported_mech = Some(Mechanism::read(&mut field, "supportedMech")?),
                0xA2 => resp.response_token = Some(mech_token(&mut field, "responseToken", defects)?),
                0xA3 => resp.mech_list_mic = true,
                _ => {}
            }
        }
        Ok(resp)
    }
}

fn mech_types(field: &mut Der<'_>) -> Result<Vec<Mechanism>, DecodeError> {
    let mut list = field.of(SEQUENCE, "mechTypes")?;
    let mut types = Vec::new();
    while list.left() > 0 {
        if types.len() == MOST_MECHANISMS {
            return Err(unreadable(list.position(), "mechTypes", "at most 64 mechanisms", "more"));
        }
        types.push(Mechanism::read(&mut list, "mechType")?);
    }
    Ok(types)
}

/// A mechanism's token inside. SPNEGO inside SPNEGO is no mechanism's token and stays unread.
fn mech_token(field: &mut Der<'_>, name: &'static str, defects: &Findings) -> Result<MechToken, DecodeError> {
    let mut content = field.of(OCTET_STRING, name)?;
    let at = content.position();
    Ok(MechToken::within(&content.rest(), at, defects))
}
