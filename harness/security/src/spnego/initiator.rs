//! The client's end of SPNEGO.

use bytes::Bytes;
use dcerpc::security::{Mechanism, SecurityError, Sender};

use super::mech_list::{sign, verify};
use super::token::{Mech, NegState, NegTokenInit, NegTokenResp, mech_list};
use crate::der::Element;
use crate::exchange::{Established, Exchange, Progress};

/// Offers its mechanisms and begins with the first one; goes over to the one that the server takes.
///
/// ```text
///  Beginning ─NegTokenInit─▶ Choosing ─the mechanism's tokens─▶ Closing ─accept-completed─▶ (established)
/// ```
pub(crate) struct Initiator {
    mech_list: Element,
    offers: Vec<(Mech, Box<dyn Exchange>)>,
    state: State,
}

enum State {
    Beginning,
    /// The mechanism's exchange goes on, and whether the server has chosen it.
    Exchanging {
        chosen: bool,
    },
    /// The mechanism is done; the server's word that it is too is due, and its mechListMIC, if that was not verified yet.
    Closing {
        established: Established,
        verified: bool,
    },
    Over,
}

impl Initiator {
    /// With what is offered, the preferred mechanism first.
    pub(crate) fn new(offers: Vec<(Mech, Box<dyn Exchange>)>) -> Self {
        let mech_list = mech_list(offers.iter().map(|(mech, _)| *mech));
        Self { mech_list, offers, state: State::Beginning }
    }

    fn first(&mut self) -> Result<&mut (Mech, Box<dyn Exchange>), SecurityError> {
        self.offers.first_mut().ok_or_else(|| SecurityError::Unsupported("there is no mechanism to offer".into()))
    }

    /// Takes the server's choice, which is made once.
    fn choose(&mut self, mech: Mech) -> Result<bool, SecurityError> {
        let unknown = || SecurityError::Refused("the server takes a mechanism that was not offered".into());
        let index = self.offers.iter().position(|(offered, _)| offered.is(mech)).ok_or_else(unknown)?;
        self.offers.swap(0, index);
        Ok(index != 0)
    }

    fn exchange(&mut self, chosen: bool, resp: &NegTokenResp) -> Result<Progress, SecurityError> {
        let changed = match resp.supported_mech {
            Some(mech) if !chosen => self.choose(mech)?,
            _ => false,
        };
        let token = resp.response_token.as_ref().filter(|_| !changed);
        if token.is_none() && !changed {
            return Err(SecurityError::Refused("the server sends no token of the mechanism".into()));
        }
        let (_, exchange) = self.first()?;
        let progress = exchange.step(token)?;
        let mut answer = NegTokenResp { state: Some(NegState::AcceptIncomplete), ..NegTokenResp::default() };
        answer.response_token = progress.token;
        match progress.established {
            None => self.state = State::Exchanging { chosen: true },
            Some(mut established) => {
                if let Some(mic) = &resp.mech_list_mic {
                    verify(&self.mech_list, mic, &mut established, Sender::Acceptor)?;
                }
                answer.mech_list_mic = Some(sign(&self.mech_list, &mut established, Sender::Initiator)?);
                self.state = State::Closing { established, verified: resp.mech_list_mic.is_some() };
            }
        }
        Ok(Progress { token: Some(answer.write()), established: None })
    }

    fn close(
        &self,
        mut established: Established,
        verified: bool,
        resp: &NegTokenResp,
    ) -> Result<Progress, SecurityError> {
        if resp.state != Some(NegState::AcceptCompleted) {
            return Err(SecurityError::Refused("the server does not complete the negotiation".into()));
        }
        match &resp.mech_list_mic {
            Some(mic) => verify(&self.mech_list, mic, &mut established, Sender::Acceptor)?,
            None if verified => {}
            // An acceptor has to answer a mechListMIC; but Kerberos counts each end by itself, so it can go without.
            None if matches!(established.key.mechanism, Mechanism::Kerberos { .. }) => {}
            None => return Err(SecurityError::Refused("the server sends no mechListMIC".into())),
        }
        Ok(Progress { token: None, established: Some(established) })
    }
}

impl Exchange for Initiator {
    fn step(&mut self, token: Option<&Bytes>) -> Result<Progress, SecurityError> {
        let state = core::mem::replace(&mut self.state, State::Over);
        let Some(token) = token else {
            let (_, exchange) = self.first()?;
            let mech_token = exchange.step(None)?.token.unwrap_or_default();
            let token = NegTokenInit::write(&self.mech_list, &mech_token);
            self.state = State::Exchanging { chosen: false };
            return Ok(Progress { token: Some(token), established: None });
        };
        let resp = NegTokenResp::read(token)?;
        if resp.state == Some(NegState::Reject) {
            return Err(SecurityError::Refused("the server rejects what was negotiated".into()));
        }
        match state {
            State::Exchanging { chosen } => self.exchange(chosen, &resp),
            State::Closing { established, verified } => self.close(established, verified, &resp),
            State::Beginning | State::Over => Err(SecurityError::Refused("a token where none was due".into())),
        }
    }
}
