//! The client's end of NTLM.

use bytes::Bytes;
use dcerpc::security::SecurityError;
use sspi::{
    AuthIdentityBuffers, BufferType, ClientRequestFlags, DataRepresentation, Ntlm, SecurityBuffer, Sspi, SspiImpl,
};
use zeroize::Zeroizing;

use super::target_name::{TargetName, integrity};
use super::{Authenticate, Challenge, flag, session_key};
use crate::exchange::{Established, Exchange, Progress, refused};
use crate::{Credentials, Password};

/// NEGOTIATE_MESSAGE, then AUTHENTICATE_MESSAGE as the answer to CHALLENGE_MESSAGE.
pub(crate) struct Initiator {
    ntlm: Ntlm,
    identity: Option<AuthIdentityBuffers>,
    /// The principal that the client asks for.
    service: Option<String>,
    /// NEGOTIATE_MESSAGE as it was sent.
    negotiate: Option<Bytes>,
}

impl Initiator {
    pub(crate) fn new(credentials: &Credentials, service: Option<String>) -> Result<Self, SecurityError> {
        let Credentials { user, domain, password } = credentials;
        is_plain(password)?;
        let identity = Some(AuthIdentityBuffers::from_utf8(user, domain, password.expose()));
        Ok(Self { ntlm: Ntlm::new(), identity, service, negotiate: None })
    }

    /// One step of sspi's.
    fn sspi(&mut self, token: Vec<u8>) -> Result<Bytes, SecurityError> {
        let mut input = [SecurityBuffer::new(token, BufferType::Token)];
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
        result.and_then(|mut steps| steps.resolve_to_result()).map_err(refused)?;
        let [SecurityBuffer { buffer, .. }] = output;
        Ok(buffer.into())
    }

    /// The answer to a challenge. sspi names no principal, so it is put before it as if the server had named it, and the MIC is
    /// made anew over what is really sent.
    fn authenticate(&mut self, negotiate: &Bytes, challenge: &Bytes) -> Result<Progress, SecurityError> {
        // sspi says that these were agreed on in any case.
        let lacks = |flag: u32| Challenge::read(challenge).map(|read| read.flags & flag == 0);
        for (flag, what) in [
            (flag::EXTENDED_SESSION_SECURITY, "NTLM without extended session security"),
            (flag::STRENGTH_128, "NTLM with keys of less than 128 bits"),
        ] {
            if lacks(flag)? {
                return Err(SecurityError::Unsupported(what.into()));
            }
        }
        let named = self.service.as_deref().and_then(|service| TargetName(service).put_into(challenge));
        let mut token = self.sspi(named.unwrap_or_else(|| challenge.to_vec()))?.to_vec();
        let flags = Authenticate::read(&token)?.flags;
        let key = self.ntlm.query_context_session_key().map_err(refused)?.session_key;
        let key = session_key(flags, Zeroizing::new(key.as_ref().clone()))?;
        integrity(&key.octets, negotiate, challenge, &mut token);
        let established = Established { key, account: None, needs_mech_list_mic: true, sequence_numbers: None };
        Ok(Progress { token: Some(token.into()), established: Some(established) })
    }
}

impl Exchange for Initiator {
    fn step(&mut self, token: Option<&Bytes>) -> Result<Progress, SecurityError> {
        match (self.negotiate.take(), token) {
            (None, None) => {
                let negotiate = self.sspi(Vec::new())?;
                self.negotiate = Some(negotiate.clone());
                Ok(Progress { token: Some(negotiate), established: None })
            }
            (Some(negotiate), Some(challenge)) => self.authenticate(&negotiate, challenge),
            _ => Err(SecurityError::Refused("a token where none was due".into())),
        }
    }
}

/// sspi would take such a password for a hash.
pub(super) fn is_plain(password: &Password) -> Result<(), SecurityError> {
    if !password.expose().starts_with(sspi::NTLM_HASH_PREFIX) {
        return Ok(());
    }
    Err(SecurityError::Unsupported(format!("a password that begins with {:?}", sspi::NTLM_HASH_PREFIX)))
}
