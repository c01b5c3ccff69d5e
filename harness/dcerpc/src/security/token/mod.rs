//! What a witness reads in the tokens that set up a security context: names, flags and numbers. What proves who somebody is
//! (responses, tickets, keys, signatures) is passed over and never kept.
//!
//! SPNEGO is of RFC 4178 and [MS-SPNG], its framing of RFC 2743 3.1; Kerberos of RFC 4120, its framing of RFC 4121 4.1 or,
//! in the style of DCE, none; NTLM of [MS-NLMP].

mod av_pair;
mod der;
mod kerberos;
mod mechanism;
mod ntlm;
pub mod rule;
mod spnego;

use bytes::Bytes;

use crate::{DecodeError, Decoded, Defect};

pub use av_pair::TargetInfo;
pub use kerberos::{ApRep, ApReq, EncryptedData, ErrorCode, KerberosMessage, KrbError, PrincipalName};
pub use mechanism::Mechanism;
pub use ntlm::{Authenticate, Challenge, NegotiateFlags, NtResponse, NtlmMessage};
pub use spnego::{NegState, NegTokenInit, NegTokenResp};

use der::{APPLICATION_0, Der, Findings};

/// A token of bind, alter_context, auth3 or their answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// SPNEGO's first token.
    Init(NegTokenInit),
    /// A later token of SPNEGO.
    Resp(NegTokenResp),
    /// A mechanism's token by itself.
    Bare(MechToken),
}

/// A token of one mechanism.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MechToken {
    /// Of Kerberos.
    Kerberos(KerberosMessage),
    /// Of NTLM.
    Ntlm(NtlmMessage),
    /// Of a mechanism that is not read here, when its framing names one; or no token at all.
    Other(Option<Mechanism>),
    /// Of one that is read, but its octets can't be: where in the whole token, expected and found.
    Unreadable(DecodeError),
}

impl Token {
    /// Reads a token, by its form alone: who sends another provider's token than auth_type says is shown so.
    ///
    /// # Errors
    /// [`DecodeError`] when it has a form that is read here, and can't be.
    pub fn decode(octets: &Bytes) -> Result<Decoded<Self>, DecodeError> {
        let defects = Findings::default();
        let value = Self::read(octets, &defects)?;
        Ok(Decoded { value, defects: defects.into_inner() })
    }

    fn read(octets: &Bytes, defects: &Findings) -> Result<Self, DecodeError> {
        match octets.first() {
            Some(&spnego::RESP) => Ok(Self::Resp(NegTokenResp::read(octets, defects)?)),
            Some(&APPLICATION_0) => {
                let (mechanism, mut rest) = framed(octets, defects)?;
                if mechanism == Mechanism::Spnego {
                    return Ok(Self::Init(NegTokenInit::read(&mut rest, defects)?));
                }
                Ok(Self::Bare(MechToken::read(octets, defects)?))
            }
            _ => Ok(Self::Bare(MechToken::read(octets, defects)?)),
        }
    }

    /// The mechanism's token: itself, or what SPNEGO carries.
    #[must_use]
    pub fn mech_token(&self) -> Option<&MechToken> {
        match self {
            Self::Init(init) => init.mech_token.as_ref(),
            Self::Resp(resp) => resp.response_token.as_ref(),
            Self::Bare(token) => Some(token),
        }
    }
}

impl MechToken {
    /// Reads a mechanism's token, by its form.
    fn read(octets: &Bytes, defects: &Findings) -> Result<Self, DecodeError> {
        match octets.first() {
            _ if octets.starts_with(ntlm::SIGNATURE) => Ok(Self::Ntlm(NtlmMessage::read(octets, defects)?)),
            Some(&APPLICATION_0) => {
                let (mechanism, mut rest) = framed(octets, defects)?;
                match mechanism {
                    Mechanism::Kerberos | Mechanism::MicrosoftKerberos => {
                        let message = KerberosMessage::read_framed(&mut rest)?;
                        Ok(message.map_or(Self::Other(Some(mechanism)), Self::Kerberos))
                    }
                    _ => Ok(Self::Other(Some(mechanism))),
                }
            }
            Some(&tag) if KerberosMessage::begins_with(tag) => {
                let mut der = Der::new(octets, defects);
                Ok(KerberosMessage::read(&mut der)?.map_or(Self::Other(None), Self::Kerberos))
            }
            _ => Ok(Self::Other(None)),
        }
    }

    /// Reads the token that stands at an offset inside another.
    fn within(octets: &Bytes, at: usize, defects: &Findings) -> Self {
        let own = Findings::default();
        let read = Self::read(octets, &own);
        let shifted = own.into_inner().into_iter().map(|defect| Defect { offset: defect.offset + at, ..defect });
        defects.borrow_mut().extend(shifted);
        read.unwrap_or_else(|error| Self::Unreadable(error.shifted(at)))
    }
}

/// The framing of initial tokens: the mechanism, and what it frames (RFC 2743 3.1).
fn framed<'a>(octets: &'a Bytes, defects: &'a Findings) -> Result<(Mechanism, Der<'a>), DecodeError> {
    let mut der = Der::new(octets, defects);
    let mut frame = der.of(APPLICATION_0, "InitialContextToken")?;
    der.end("InitialContextToken");
    let mechanism = Mechanism::read(&mut frame, "thisMech")?;
    Ok((mechanism, frame))
}
