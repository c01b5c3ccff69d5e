//! NegTokenInit and NegTokenResp (RFC 4178 4.2).

use bytes::Bytes;
use dcerpc::security::SecurityError;

use crate::der::{
    ENUMERATED, Element, Elements, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, application, context, element, joined,
    sequence,
};

const SPNEGO: &[u8] = &[0x2B, 0x06, 0x01, 0x05, 0x05, 0x02];

/// A mechanism that is known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mech {
    /// Kerberos with the identifier that some Windows versions got wrong ([MS-SPNG] 3.1.5.2).
    MicrosoftKerberos,
    /// Kerberos.
    Kerberos,
    /// NTLM.
    Ntlm,
}

impl Mech {
    const ALL: [Self; 3] = [Self::MicrosoftKerberos, Self::Kerberos, Self::Ntlm];

    fn identifier(self) -> &'static [u8] {
        match self {
            Self::MicrosoftKerberos => &[0x2A, 0x86, 0x48, 0x82, 0xF7, 0x12, 0x01, 0x02, 0x02],
            Self::Kerberos => &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x12, 0x01, 0x02, 0x02],
            Self::Ntlm => &[0x2B, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0A],
        }
    }

    fn of(identifier: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|mech| mech.identifier() == identifier)
    }

    /// Whether both names are of one mechanism.
    pub(crate) fn is(self, other: Self) -> bool {
        (self == Self::Ntlm) == (other == Self::Ntlm)
    }
}

/// negState.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NegState {
    AcceptCompleted = 0,
    AcceptIncomplete = 1,
    Reject = 2,
    RequestMic = 3,
}

/// NegTokenInit, also NegTokenInit2, whose hints say nothing.
pub(super) struct NegTokenInit {
    /// The encoding of mechTypes, which a mechListMIC covers.
    pub(super) mech_list: Vec<u8>,
    /// The mechanisms, the preferred one first; None for those that are not known here.
    pub(super) mechs: Vec<Option<Mech>>,
    pub(super) mech_token: Option<Bytes>,
}

/// NegTokenResp.
#[derive(Default)]
pub(super) struct NegTokenResp {
    pub(super) state: Option<NegState>,
    pub(super) supported_mech: Option<Mech>,
    pub(super) response_token: Option<Bytes>,
    pub(super) mech_list_mic: Option<Bytes>,
}

/// The encoding of a mechTypes.
pub(super) fn mech_list(mechs: impl Iterator<Item = Mech>) -> Element {
    let identifiers: Vec<_> = mechs.map(|mech| element(OBJECT_IDENTIFIER, mech.identifier())).collect();
    element(SEQUENCE, &joined(&identifiers))
}

impl NegTokenInit {
    pub(super) fn write(mech_list: &[u8], mech_token: &[u8]) -> Bytes {
        let fields = sequence(&[(0, mech_list.to_vec().into()), (2, element(OCTET_STRING, mech_token))]);
        let content = joined(&[element(OBJECT_IDENTIFIER, SPNEGO), element(context(0), &fields)]);
        element(application(0), &content).to_vec().into()
    }

    pub(super) fn read(token: &[u8]) -> Result<Self, SecurityError> {
        let mut content = Elements(Elements(token).of(application(0))?);
        if content.of(OBJECT_IDENTIFIER)? != SPNEGO {
            return Err(SecurityError::Refused("a token of another mechanism than SPNEGO".into()));
        }
        let mut fields = Elements(Elements(content.of(context(0))?).of(SEQUENCE)?);
        let mut init = Self { mech_list: Vec::new(), mechs: Vec::new(), mech_token: None };
        while let Some((tag, field)) = fields.next()? {
            match tag {
                0xA0 => {
                    init.mech_list = field.to_vec();
                    let mut list = Elements(Elements(field).of(SEQUENCE)?);
                    while !list.0.is_empty() {
                        init.mechs.push(Mech::of(list.of(OBJECT_IDENTIFIER)?));
                    }
                }
                0xA2 => init.mech_token = Some(octet_string(field)?),
                _ => {}
            }
        }
        Ok(init)
    }
}

impl NegTokenResp {
    pub(super) fn write(&self) -> Bytes {
        let octets = |octets: &Bytes| element(OCTET_STRING, octets);
        let fields = [
            (0, self.state.map(|state| element(ENUMERATED, &[state as u8]))),
            (1, self.supported_mech.map(|mech| element(OBJECT_IDENTIFIER, mech.identifier()))),
            (2, self.response_token.as_ref().map(octets)),
            (3, self.mech_list_mic.as_ref().map(octets)),
        ];
        let fields: Vec<_> = fields.into_iter().filter_map(|(number, field)| Some((number, field?))).collect();
        element(context(1), &sequence(&fields)).to_vec().into()
    }

    pub(super) fn read(token: &[u8]) -> Result<Self, SecurityError> {
        let mut fields = Elements(Elements(Elements(token).of(context(1))?).of(SEQUENCE)?);
        let mut resp = Self::default();
        while let Some((tag, field)) = fields.next()? {
            match tag {
                0xA0 => resp.state = Some(state(Elements(field).of(ENUMERATED)?)?),
                0xA1 => {
                    let mech = Mech::of(Elements(field).of(OBJECT_IDENTIFIER)?);
                    let unknown = || SecurityError::Refused("a mechanism that was not offered".into());
                    resp.supported_mech = Some(mech.ok_or_else(unknown)?);
                }
                0xA2 => resp.response_token = Some(octet_string(field)?),
                0xA3 => resp.mech_list_mic = Some(octet_string(field)?),
                _ => {}
            }
        }
        Ok(resp)
    }
}

fn octet_string(field: &[u8]) -> Result<Bytes, SecurityError> {
    Ok(Bytes::copy_from_slice(Elements(field).of(OCTET_STRING)?))
}

fn state(content: &[u8]) -> Result<NegState, SecurityError> {
    match content {
        [0] => Ok(NegState::AcceptCompleted),
        [1] => Ok(NegState::AcceptIncomplete),
        [2] => Ok(NegState::Reject),
        [3] => Ok(NegState::RequestMic),
        other => Err(SecurityError::Refused(format!("a negState that is none: {other:?}"))),
    }
}
