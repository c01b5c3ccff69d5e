//! A mechanism's token, wrapped or not.

use bytes::Bytes;
use dcerpc::security::SecurityError;

use super::token::{NegTokenInit, NegTokenResp};
use crate::der::{application, context};

/// What a token carries for the mechanism.
pub(crate) struct Carried {
    pub(crate) token: Bytes,
    pub(crate) has_mech_list_mic: bool,
}

impl Carried {
    pub(crate) fn read(token: &[u8]) -> Result<Self, SecurityError> {
        let (carried, has_mech_list_mic) = match token.first() {
            Some(tag) if *tag == application(0) => (NegTokenInit::read(token)?.mech_token, false),
            Some(tag) if *tag == context(1) => {
                let resp = NegTokenResp::read(token)?;
                (resp.response_token, resp.mech_list_mic.is_some())
            }
            _ => (Some(Bytes::copy_from_slice(token)), false),
        };
        let missing = || SecurityError::Refused("a token of SPNEGO without one of a mechanism".into());
        Ok(Self { token: carried.ok_or_else(missing)?, has_mech_list_mic })
    }
}
