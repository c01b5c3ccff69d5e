//! The tokens that set up security contexts.

use alloc::boxed::Box;
use alloc::vec::Vec;

use dcerpc::pdu::{AuthVerifier, PduType};
use dcerpc::security::Provider;
use dcerpc::security::token::{MechToken, Token};
use dcerpc::{DecodeError, Decoded, Defect};

/// What could be read of a verifier's token.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// The token.
    pub(super) token: Option<Box<Token>>,
    /// What is wrong with how it was written.
    pub(super) defects: Vec<Defect>,
    /// Why the token, or the mechanism's token that it carries, can't be read.
    pub(super) unreadable: Option<DecodeError>,
}

/// Reads the token of a PDU, when it carries one ([MS-RPCE] 2.2.2.11): the verifiers of other PDUs protect them.
pub(super) fn read(ptype: PduType, verifier: &AuthVerifier) -> Read {
    let carries = matches!(
        ptype,
        PduType::BIND | PduType::BIND_ACK | PduType::ALTER_CONTEXT | PduType::ALTER_CONTEXT_RESP | PduType::AUTH3
    );
    let known = [Provider::NEGOTIATE, Provider::NTLM, Provider::KERBEROS].contains(&Provider(verifier.auth_type));
    if !carries || !known || verifier.token.is_empty() {
        return Read::default();
    }
    match Token::decode(&verifier.token) {
        Ok(Decoded { value, defects }) => {
            let unreadable = match value.mech_token() {
                Some(MechToken::Unreadable(error)) => Some(error.clone()),
                _ => None,
            };
            Read { token: Some(Box::new(value)), defects, unreadable }
        }
        Err(error) => Read { unreadable: Some(error), ..Read::default() },
    }
}
