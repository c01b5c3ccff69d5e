//! The server's end of SPNEGO.

use bytes::Bytes;
use dcerpc::security::{SecurityError, Sender};

use super::mech_list::{sign, verify};
use super::token::{Mech, NegState, NegTokenInit, NegTokenResp};
use crate::exchange::{Established, Exchange, Progress};

/// What NTLM's tokens begin with.
const NTLM: &[u8] = b"NTLMSSP\0";

/// Takes the client's first mechanism that is offered here.
///
/// ```text
///  Choosing ─NTLM's own token─▶ Bare ─NTLM's tokens─▶ (established)
///     └─NegTokenInit─▶ Exchanging ─the mechanism's tokens─▶ (established)
///                                     └─without the mechListMIC that is due─▶ Closing ─mechListMIC─▶ (established)
/// ```
pub(crate) struct Acceptor {
    offers: Vec<(Mech, Box<dyn Exchange>)>,
    state: State,
}

enum State {
    Choosing,
    /// A client that would prefer NTLM leaves SPNEGO out ([MS-SPNG] 7, note 8).
    Bare(Box<dyn Exchange>),
    Exchanging(Negotiation, Box<dyn Exchange>),
    Closing(Negotiation, Established),
    Over,
}

/// What the client offered.
struct Negotiation {
    mech_list: Vec<u8>,
    /// Whether the client's first choice was taken; if not, the list has to be signed.
    first_choice: bool,
}

impl Acceptor {
    pub(crate) fn new(offers: Vec<(Mech, Box<dyn Exchange>)>) -> Self {
        Self { offers, state: State::Choosing }
    }

    fn bare(&mut self, mut exchange: Box<dyn Exchange>, token: &Bytes) -> Result<Progress, SecurityError> {
        let progress = exchange.step(Some(token))?;
        if progress.established.is_none() {
            self.state = State::Bare(exchange);
        }
        Ok(progress)
    }

    fn offer(&mut self, mech: Mech) -> Option<Box<dyn Exchange>> {
        let index = self.offers.iter().position(|(offered, _)| offered.is(mech))?;
        Some(self.offers.swap_remove(index).1)
    }

    fn choose(&mut self, init: NegTokenInit) -> Result<Progress, SecurityError> {
        let mut mechs = init.mechs.iter().enumerate();
        let chosen = mechs.find_map(|(place, mech)| Some((place, (*mech)?, self.offer((*mech)?)?)));
        let unknown = || SecurityError::Refused("a client that offers no mechanism that is taken here".into());
        let (place, mech, mut exchange) = chosen.ok_or_else(unknown)?;
        let negotiation = Negotiation { mech_list: init.mech_list, first_choice: place == 0 };
        let mut resp = NegTokenResp { supported_mech: Some(mech), ..NegTokenResp::default() };
        resp.state = Some(NegState::AcceptIncomplete);
        match init.mech_token {
            // A token that was sent in hope is the first mechanism's.
            Some(token) if negotiation.first_choice => {
                let progress = exchange.step(Some(&token))?;
                resp.response_token = progress.token;
                if let Some(established) = progress.established {
                    return self.close(negotiation, established, None, resp);
                }
            }
            _ if !negotiation.first_choice => resp.state = Some(NegState::RequestMic),
            _ => {}
        }
        self.state = State::Exchanging(negotiation, exchange);
        Ok(Progress { token: Some(resp.write()), established: None })
    }

    fn exchange(
        &mut self,
        negotiation: Negotiation,
        mut exchange: Box<dyn Exchange>,
        resp: &NegTokenResp,
    ) -> Result<Progress, SecurityError> {
        let missing = || SecurityError::Refused("the client sends no token of the mechanism".into());
        let token = resp.response_token.as_ref().ok_or_else(missing)?;
        let progress = exchange.step(Some(token))?;
        let answer = NegTokenResp { response_token: progress.token, ..NegTokenResp::default() };
        match progress.established {
            Some(established) => self.close(negotiation, established, resp.mech_list_mic.as_ref(), answer),
            None => {
                self.state = State::Exchanging(negotiation, exchange);
                let answer = NegTokenResp { state: Some(NegState::AcceptIncomplete), ..answer };
                Ok(Progress { token: Some(answer.write()), established: None })
            }
        }
    }

    fn close(
        &mut self,
        negotiation: Negotiation,
        mut established: Established,
        mic: Option<&Bytes>,
        mut answer: NegTokenResp,
    ) -> Result<Progress, SecurityError> {
        let list = &negotiation.mech_list;
        let due = !negotiation.first_choice || established.needs_mech_list_mic;
        answer.state = Some(NegState::AcceptCompleted);
        if let Some(mic) = mic {
            verify(list, mic, &mut established, Sender::Initiator)?;
        }
        if mic.is_some() || due {
            answer.mech_list_mic = Some(sign(list, &mut established, Sender::Acceptor)?);
        }
        if mic.is_none() && due {
            answer.state = Some(NegState::AcceptIncomplete);
            self.state = State::Closing(negotiation, established);
            return Ok(Progress { token: Some(answer.write()), established: None });
        }
        Ok(Progress { token: Some(answer.write()), established: Some(established) })
    }

    fn finish(
        negotiation: &Negotiation,
        mut established: Established,
        resp: &NegTokenResp,
    ) -> Result<Progress, SecurityError> {
        let missing = || SecurityError::Refused("the client sends no mechListMIC".into());
        let mic = resp.mech_list_mic.as_ref().ok_or_else(missing)?;
        verify(&negotiation.mech_list, mic, &mut established, Sender::Initiator)?;
        let answer = NegTokenResp { state: Some(NegState::AcceptCompleted), ..NegTokenResp::default() };
        Ok(Progress { token: Some(answer.write()), established: Some(established) })
    }
}

impl Exchange for Acceptor {
    fn step(&mut self, token: Option<&Bytes>) -> Result<Progress, SecurityError> {
        let token = token.ok_or_else(|| SecurityError::Refused("a client without a token".into()))?;
        match core::mem::replace(&mut self.state, State::Over) {
            State::Choosing if token.starts_with(NTLM) => {
                let refused = || SecurityError::Refused("a client of NTLM, which is not taken here".into());
                let exchange = self.offer(Mech::Ntlm).ok_or_else(refused)?;
                self.bare(exchange, token)
            }
            State::Choosing => self.choose(NegTokenInit::read(token)?),
            State::Bare(exchange) => self.bare(exchange, token),
            State::Exchanging(negotiation, exchange) => {
                self.exchange(negotiation, exchange, &NegTokenResp::read(token)?)
            }
            State::Closing(negotiation, established) => {
                Self::finish(&negotiation, established, &NegTokenResp::read(token)?)
            }
            State::Over => Err(SecurityError::Refused("a token where none was due".into())),
        }
    }
}
