//! A security context of either end.

use core::fmt;

use bytes::Bytes;
use dcerpc::security::{
    Account, Level, Protection, Provider, SecurityContext, SecurityError, Segments, Sender, SessionKey, Step,
};

use crate::PacketLevel;
use crate::exchange::{Established, Exchange};
use crate::protection::Lane;

/// Octets of the token of zeroes that is sent in place of a signature.
const ZEROES: &[u8] = &[0; 16];

/// One end of a context: first it exchanges tokens, then it protects.
///
/// ```text
///  Exchanging ──last token──▶ Established
///      └──────refused───────▶ Over
/// ```
pub(crate) struct Context {
    provider: Provider,
    level: Level,
    packet_level: PacketLevel,
    role: Sender,
    state: State,
}

enum State {
    Exchanging(Box<dyn Exchange>),
    Established(Box<Standing>),
    Over,
}

struct Standing {
    key: SessionKey,
    account: Option<Account>,
    sends: Lane,
    receives: Lane,
}

impl Context {
    pub(crate) fn new(
        provider: Provider,
        level: Level,
        packet_level: PacketLevel,
        role: Sender,
        exchange: Box<dyn Exchange>,
    ) -> Self {
        Self { provider, level, packet_level, role, state: State::Exchanging(exchange) }
    }

    /// How PDUs are sent unsigned, when they are.
    fn unsigned(&self) -> Option<&'static [u8]> {
        match self.packet_level {
            _ if !matches!(self.level, Level::CALL | Level::PKT) => None,
            PacketLevel::Signed => None,
            PacketLevel::Absent => Some(&[]),
            PacketLevel::Zeroes => Some(ZEROES),
        }
    }

    fn standing(&mut self) -> Result<&mut Standing, SecurityError> {
        match &mut self.state {
            State::Established(standing) => Ok(standing),
            _ => Err(SecurityError::Unsupported("the security context does not stand".into())),
        }
    }
}

impl Standing {
    fn new(established: Established, role: Sender) -> Result<Self, SecurityError> {
        let Established { key, account, sequence_numbers, .. } = established;
        let mut initiator = Lane::new(&key, Sender::Initiator)?;
        let mut acceptor = Lane::new(&key, Sender::Acceptor)?;
        if let Some([first, second]) = sequence_numbers {
            initiator = initiator.beginning_at(first);
            acceptor = acceptor.beginning_at(second);
        }
        let (sends, receives) = match role {
            Sender::Initiator => (initiator, acceptor),
            Sender::Acceptor => (acceptor, initiator),
        };
        Ok(Self { key, account, sends, receives })
    }
}

impl SecurityContext for Context {
    fn provider(&self) -> Provider {
        self.provider
    }

    fn level(&self) -> Level {
        self.level
    }

    fn step(&mut self, token: Option<&Bytes>) -> Result<Step, SecurityError> {
        let State::Exchanging(mut exchange) = core::mem::replace(&mut self.state, State::Over) else {
            return Err(SecurityError::Refused("a token where none was due".into()));
        };
        let progress = exchange.step(token)?;
        let established = match progress.established {
            Some(established) => {
                self.state = State::Established(Box::new(Standing::new(established, self.role)?));
                true
            }
            None => {
                self.state = State::Exchanging(exchange);
                false
            }
        };
        Ok(Step { token: progress.token, established })
    }

    fn account(&self) -> Option<Account> {
        match &self.state {
            State::Established(standing) => standing.account.clone(),
            _ => None,
        }
    }

    fn session_key(&self) -> Option<SessionKey> {
        match &self.state {
            State::Established(standing) if self.level > Level::CONNECT => Some(standing.key.clone()),
            _ => None,
        }
    }

    fn token_octets(&self) -> usize {
        match (self.unsigned(), &self.state) {
            (Some(token), _) => token.len(),
            (None, State::Established(standing)) => standing.sends.token_octets(self.level),
            (None, _) => 0,
        }
    }

    fn protect(&mut self, segments: Segments<'_>, header_signing: bool) -> Result<Bytes, SecurityError> {
        if let Some(token) = self.unsigned() {
            return Ok(Bytes::from_static(token));
        }
        let level = self.level;
        self.standing()?.sends.protect(level, segments, header_signing)
    }

    fn unprotect(
        &mut self,
        segments: Segments<'_>,
        token: &Bytes,
        header_signing: bool,
    ) -> Result<Protection, SecurityError> {
        let level = self.level;
        self.standing()?.receives.unprotect(level, segments, token, header_signing)
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::Exchanging(_) => "exchanging",
            State::Established(_) => "established",
            State::Over => "over",
        };
        let Self { provider, level, role, .. } = self;
        write!(f, "Context({provider:?}, {level:?}, {role:?}, {state})")
    }
}
