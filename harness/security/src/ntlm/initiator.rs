//! The client's end of NTLM.

use bytes::Bytes;
use dcerpc::security::SecurityError;
use sspi::{
    AuthIdentityBuffers, BufferType, ClientRequestFlags, DataRepresentation, Ntlm, SecurityBuffer, SecurityStatus,
    Sspi, SspiImpl,
};
use zeroize::Zeroizing;

use super::{Authenticate, session_key};
use crate::exchange::{Established, Exchange, Progress, refused};
use crate::{Credentials, Password};

/// NEGOTIATE_MESSAGE, then AUTHENTICATE_MESSAGE as the answer to CHALLENGE_MESSAGE.
pub(crate) struct Initiator {
    ntlm: Ntlm,
    identity: Option<AuthIdentityBuffers>,
}

impl Initiator {
    pub(crate) fn new(credentials: &Credentials) -> Result<Self, SecurityError> {
        let Credentials { user, domain, password } = credentials;
        is_plain(password)?;
        let identity = Some(AuthIdentityBuffers::from_utf8(user, domain, password.expose()));
        Ok(Self { ntlm: Ntlm::new(), identity })
    }
}

impl Exchange for Initiator {
    fn step(&mut self, token: Option<&Bytes>) -> Result<Progress, SecurityError> {
        let mut input = [SecurityBuffer::new(token.map(|token| token.to_vec()).unwrap_or_default(), BufferType::Token)];
        let mut output = [SecurityBuffer::new(Vec::new(), BufferType::Token)];
        // In the style of DCE both ends have keys to sign and seal with, whatever the level.
        let mut builder = self
            .ntlm
            .initialize_security_context()
            .with_credentials_handle(&mut self.identity)
            .with_context_requirements(ClientRequestFlags::USE_DCE_STYLE | ClientRequestFlags::INTEGRITY)
            .with_target_data_representation(DataRepresentation::Native)
            .with_input(&mut input)
            .with_output(&mut output);
        let result = self.ntlm.initialize_security_context_impl(&mut builder);
        let status = result.and_then(|mut steps| steps.resolve_to_result()).map_err(refused)?.status;
        let [SecurityBuffer { buffer, .. }] = output;
        let token = Bytes::from(buffer);
        let established = match status {
            SecurityStatus::ContinueNeeded => None,
            _ => {
                let flags = Authenticate::read(&token)?.flags;
                let key = self.ntlm.query_context_session_key().map_err(refused)?.session_key;
                let key = session_key(flags, Zeroizing::new(key.as_ref().clone()))?;
                Some(Established { key, account: None, needs_mech_list_mic: true, sequence_numbers: None })
            }
        };
        Ok(Progress { token: Some(token), established })
    }
}

/// sspi would take such a password for a hash.
pub(super) fn is_plain(password: &Password) -> Result<(), SecurityError> {
    if !password.expose().starts_with(sspi::NTLM_HASH_PREFIX) {
        return Ok(());
    }
    Err(SecurityError::Unsupported(format!("a password that begins with {:?}", sspi::NTLM_HASH_PREFIX)))
}
