//! The server's end of NTLM.

use std::sync::Arc;

use bytes::Bytes;
use dcerpc::security::{Account, SecurityError};
use sspi::{
    AuthIdentityBuffers, BufferType, DataRepresentation, Ntlm, SecurityBuffer, SecurityStatus, ServerRequestFlags,
    Sspi, SspiImpl,
};
use subtle::ConstantTimeEq;

use super::initiator::is_plain;
use super::{Authenticate, Challenge, prove, session_key};
use crate::Credentials;
use crate::exchange::{Established, Exchange, Progress, refused};

/// CHALLENGE_MESSAGE as the answer to NEGOTIATE_MESSAGE, then judges AUTHENTICATE_MESSAGE.
pub(crate) struct Acceptor {
    ntlm: Ntlm,
    accounts: Arc<[Credentials]>,
    challenge: Option<Bytes>,
}

impl Acceptor {
    pub(crate) fn new(accounts: Arc<[Credentials]>) -> Self {
        Self { ntlm: Ntlm::new(), accounts, challenge: None }
    }

    /// One step of sspi's.
    fn sspi(
        &mut self,
        token: &Bytes,
        identity: Option<AuthIdentityBuffers>,
    ) -> Result<(SecurityStatus, Bytes), SecurityError> {
        let mut identity = identity;
        let mut input = [SecurityBuffer::new(token.to_vec(), BufferType::Token)];
        let mut output = [SecurityBuffer::new(Vec::new(), BufferType::Token)];
        let builder = self
            .ntlm
            .accept_security_context()
            .with_credentials_handle(&mut identity)
            .with_context_requirements(ServerRequestFlags::USE_DCE_STYLE)
            .with_target_data_representation(DataRepresentation::Native)
            .with_input(&mut input)
            .with_output(&mut output);
        let result = self.ntlm.accept_security_context_impl(builder);
        let status = result.and_then(|mut steps| steps.resolve_to_result()).map_err(refused)?.status;
        let [SecurityBuffer { buffer, .. }] = output;
        Ok((status, buffer.into()))
    }

    /// The password is proved here, for sspi compares no NTProofStr: where the client says that it sends no MIC, it takes any.
    fn authenticate(&mut self, challenge: &Bytes, token: &Bytes) -> Result<Established, SecurityError> {
        let message = Authenticate::read(token)?;
        let account = self.account(&message).cloned();
        let account = account.ok_or_else(|| SecurityError::Refused(unknown(&message)))?;
        let proved = prove(&account.password, &Challenge::read(challenge)?, &message)?;

        is_plain(&account.password)?;
        let identity = AuthIdentityBuffers::from_utf8(&message.user, &message.domain, account.password.expose());
        self.sspi(token, Some(identity))?;
        self.ntlm.complete_auth_token(&mut []).map_err(refused)?;
        let key = self.ntlm.query_context_session_key().map_err(refused)?.session_key;
        if !bool::from(key.as_ref().as_slice().ct_eq(&proved)) {
            return Err(SecurityError::Refused("its session key is another than the response proves".into()));
        }
        let key = session_key(message.flags, proved)?;
        let account = Account { user: account.user, domain: account.domain };
        Ok(Established { key, account: Some(account), needs_mech_list_mic: message.has_mic, sequence_numbers: None })
    }

    /// The account that a client means. Its domain counts only where both sides name one.
    fn account(&self, message: &Authenticate<'_>) -> Option<&Credentials> {
        let (user, domain) = match message.user.split_once('@') {
            Some((user, domain)) if message.domain.is_empty() => (user, domain),
            _ => (message.user.as_str(), message.domain.as_str()),
        };
        let meant = |domain: &str| Account { user: user.to_owned(), domain: domain.to_owned() };
        self.accounts.iter().find(|known| {
            let listed = Account { user: known.user.clone(), domain: known.domain.clone() };
            // Whoever names no domain means the account's own.
            meant(if domain.is_empty() { &known.domain } else { domain }).is(&listed)
        })
    }
}

impl Exchange for Acceptor {
    fn step(&mut self, token: Option<&Bytes>) -> Result<Progress, SecurityError> {
        let token = token.ok_or_else(|| SecurityError::Refused("a client without a token".into()))?;
        match self.challenge.take() {
            None => {
                let (_, challenge) = self.sspi(token, None)?;
                self.challenge = Some(challenge.clone());
                Ok(Progress { token: Some(challenge), established: None })
            }
            Some(challenge) => {
                let established = self.authenticate(&challenge, token)?;
                Ok(Progress { token: None, established: Some(established) })
            }
        }
    }
}

fn unknown(message: &Authenticate<'_>) -> String {
    let Authenticate { user, domain, .. } = message;
    match domain.as_str() {
        "" => format!("there is no account {user}"),
        domain => format!("there is no account {domain}\\{user}"),
    }
}
