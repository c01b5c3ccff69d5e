//! Building security contexts, and telling which one a request is made in ([MS-RPCE] 3.3.1.5.2, 3.3.1.5.4).

use alloc::format;
use alloc::string::{String, ToString};
use alloc::sync::Arc;

use super::super::secured::{Secured, foreign_verifier, protects};
use super::super::{Established, PacketLevel};
use super::{Event, Refusal, Server};
use crate::fragment::Framed;
use crate::pdu::{AuthVerifier, BindNak, Features, Flags, Header, Pdu, status};
use crate::security::{Level, Protection, Provider, SecurityError, Step};

/// A security context of a connection.
///
/// ```text
///              bind, alter_context       the provider wants no more legs
/// (unknown) ───────────────────────▶ Building ──────────────────────────▶ Established
///                                        │ rpc_auth_3 refused
///                                        ▼
///                                      Failed: a fault for the first request in it
/// ```
#[derive(Debug)]
pub(super) enum Slot {
    Building(Secured),
    Established(Secured),
    Failed { level: Level, why: SecurityError },
}

/// A leg of a security context that is refused: the reason of a bind_nak or the status of a fault.
pub(super) struct Denial {
    pub(super) reason: u16,
    pub(super) status: u32,
    why: SecurityError,
}

impl Denial {
    fn new(reason: u16, status: u32, why: SecurityError) -> Self {
        Self { reason, status, why }
    }

    /// A leg that does not fit to those before it.
    fn unfit(status: u32, why: &str) -> Self {
        Self::new(BindNak::REASON_NOT_SPECIFIED, status, SecurityError::Refused(why.into()))
    }
}

/// A request that is not taken for want of security.
pub(super) struct Untrusted {
    pub(super) refusal: Refusal,
    pub(super) why: String,
}

impl Untrusted {
    /// The flags are those that Windows sends: what is refused by its security was begun.
    fn begun(status: u32, why: String) -> Self {
        Self { refusal: Refusal::failed(status), why }
    }

    /// A request before its security context stands is not looked at any further.
    fn too_early(auth_context_id: u32) -> Self {
        let why = format!("a request before security context {auth_context_id} stands");
        Self { refusal: Refusal::not_begun(status::NCA_PROTO_ERROR), why }
    }
}

impl Server {
    /// Takes a leg that a bind or an alter_context carries, and gives the verifier of its answer.
    pub(super) fn take_leg(&mut self, auth: &AuthVerifier) -> Result<Option<AuthVerifier>, Denial> {
        let mut secured = match self.security.remove(&auth.context_id) {
            None => self.begin_context(auth)?,
            Some(Slot::Building(_)) if Provider(auth.auth_type) == Provider::NONE => {
                return Err(Denial::unfit(status::ACCESS_DENIED, "a later leg without auth_type"));
            }
            Some(Slot::Building(secured)) if secured.provider().0 != auth.auth_type => {
                return Err(Denial::unfit(status::SEC_PKG_ERROR, "the legs of a context differ in auth_type"));
            }
            Some(Slot::Building(secured)) if secured.level().0 != auth.auth_level => {
                return Err(Denial::unfit(status::ACCESS_DENIED, "the legs of a context differ in auth_level"));
            }
            Some(Slot::Building(secured)) => secured,
            Some(Slot::Established(_) | Slot::Failed { .. }) => {
                return Err(Denial::unfit(status::ACCESS_DENIED, "the context wants no more legs"));
            }
        };
        let failed = |why| Denial::new(BindNak::INVALID_CHECKSUM, status::SEC_PKG_ERROR, why);
        match secured.step(&auth.token).map_err(failed)? {
            Step { token, established: true } => {
                // The last answer has an empty token where there is nothing to say ([MS-RPCE] 3.3.1.5.2.1).
                let verifier = secured.verifier(token.unwrap_or_default());
                self.establish(auth.context_id, secured);
                Ok(Some(verifier))
            }
            Step { token: Some(token), established: false } => {
                let verifier = secured.verifier(token);
                self.security.insert(auth.context_id, Slot::Building(secured));
                Ok(Some(verifier))
            }
            Step { token: None, established: false } => {
                Err(failed(SecurityError::Unsupported("it wants another leg and makes no token for it".into())))
            }
        }
    }

    /// The server's end of a context that a client begins.
    fn begin_context(&self, auth: &AuthVerifier) -> Result<Secured, Denial> {
        let (provider, level) = (Provider(auth.auth_type), Level(auth.auth_level));
        if !(Level::CONNECT..=Level::PRIVACY).contains(&level) {
            let why = SecurityError::Unsupported(format!("there is no level {} of security", level.0));
            return Err(Denial::new(BindNak::REASON_NOT_SPECIFIED, status::ACCESS_DENIED, why));
        }
        let unknown = |why| {
            // [MS-RPCE] 3.3.3.5.3.
            Denial::new(BindNak::AUTHENTICATION_TYPE_NOT_RECOGNIZED, status::UNKNOWN_AUTHN_SERVICE, why)
        };
        let none = || unknown(SecurityError::Unsupported("no security provider is offered".into()));
        let acceptor = self.options.acceptor.as_ref().ok_or_else(none)?;
        if self.security.len() >= self.options.max_security_contexts {
            return Err(Denial::unfit(status::PROTOCOL_ERROR, "the connection has as many contexts as it may"));
        }
        if !self.security.is_empty() && !self.multiplexes_security() {
            return Err(Denial::unfit(status::ACCESS_DENIED, "a second context without security context multiplexing"));
        }
        let context = acceptor.accept(provider, level).map_err(unknown)?;
        Ok(Secured::new(context, auth.context_id, provider, level))
    }

    /// Whether the server has several security contexts on a connection. A client that did not ask for that must not build
    /// them ([MS-RPCE] 3.3.1.5.4); one that does so is served, as Windows does.
    fn multiplexes_security(&self) -> bool {
        let ours = self.options.features.unwrap_or_default();
        ours.common(Features::SECURITY_CONTEXT_MULTIPLEXING) != Features::default()
    }

    fn establish(&mut self, auth_context_id: u32, mut secured: Secured) {
        self.events.push_back(Event::Established(secured.establish()));
        self.security.insert(auth_context_id, Slot::Established(secured));
    }

    pub(super) fn tell_denied(&mut self, auth: &AuthVerifier, why: SecurityError) {
        let (auth_context_id, provider, level) = (auth.context_id, Provider(auth.auth_type), Level(auth.auth_level));
        self.events.push_back(Event::AuthenticationRefused { auth_context_id, provider, level, why });
    }

    /// Tells why a leg was refused.
    pub(super) fn on_denied(&mut self, auth: &AuthVerifier, denial: Denial) {
        self.tell_denied(auth, denial.why);
        self.shut();
    }

    /// rpc_auth_3 is never answered: when it fails, the first request in its context is ([MS-RPCE] 3.3.1.5.2.1).
    pub(super) fn on_auth3(&mut self, auth: &AuthVerifier) {
        let why = match self.security.remove(&auth.context_id) {
            Some(Slot::Building(mut secured)) if secured.is_named_by(auth) => match secured.step(&auth.token) {
                Ok(Step { token: None, established: true }) => return self.establish(auth.context_id, secured),
                Ok(_) => SecurityError::Refused("an rpc_auth_3 that is not the last leg".into()),
                Err(why) => why,
            },
            _ => SecurityError::Refused(format!("no such context is being built: {}", foreign_verifier(auth))),
        };
        self.tell_denied(auth, why.clone());
        if self.security.len() < self.options.max_security_contexts {
            let level = Level(auth.auth_level);
            self.security.insert(auth.context_id, Slot::Failed { level, why });
        }
    }

    /// Notes whether a bind or an alter_context asks for signed headers, and gives the flag of its answer ([MS-RPCE]
    /// 3.3.1.5.2.2).
    pub(super) fn agree_on_header_signing(&mut self, header: &Header) -> Flags {
        let asks = header.flags.has(Flags::SUPPORT_HEADER_SIGN);
        self.told_header_signing |= asks;
        if asks && self.signs_headers() { Flags::SUPPORT_HEADER_SIGN } else { Flags::NONE }
    }

    pub(super) fn signs_headers(&self) -> bool {
        self.told_header_signing && self.options.header_signing && self.options.acceptor.is_some()
    }

    /// The security context that a fragment of a request is made in, and what protects it. What it seals is put in place.
    /// Later fragments belong to the context of the first, whatever they say.
    pub(super) fn open_request(
        &mut self,
        framed: &Framed,
        pdu: &mut Pdu,
    ) -> Result<(Option<Arc<Established>>, Protection), Untrusted> {
        if self.security.is_empty() && pdu.auth.is_none() {
            return self.require_level(None).map(|()| (None, Protection::Unprotected));
        }
        let first = pdu.header.flags.has(Flags::FIRST);
        let begun = self.reassembler.unfinished(pdu.header.call_id).filter(|_| !first);
        let named = match begun {
            Some(begun) => begun.security.as_ref().map(|security| security.auth_context_id),
            None => self.context_of(pdu)?,
        };
        let Some(named) = named else {
            return match &pdu.auth {
                Some(auth) => Err(Untrusted::begun(status::ACCESS_DENIED, foreign_verifier(auth))),
                None => self.require_level(None).map(|()| (None, Protection::Unprotected)),
            };
        };
        let (established, protection) = self.open(framed, pdu, named)?;
        self.require_level(Some(established.level))?;
        Ok((Some(established), protection))
    }

    /// Verifies a PDU in a context that stands.
    fn open(
        &mut self,
        framed: &Framed,
        pdu: &mut Pdu,
        auth_context_id: u32,
    ) -> Result<(Arc<Established>, Protection), Untrusted> {
        let (header_signing, packet_level) = (self.signs_headers(), self.options.packet_level);
        let unsigned = pdu.auth.is_none();
        let gone = || Untrusted::begun(status::ACCESS_DENIED, "its security context does not stand".into());
        let Some(Slot::Established(secured)) = self.security.get_mut(&auth_context_id) else { return Err(gone()) };
        let established = secured.established().cloned().ok_or_else(gone)?;
        match secured.open(&framed.octets, pdu, packet_level, header_signing) {
            Ok(protection) => Ok((established, protection)),
            Err(error) if unsigned => Err(Untrusted::begun(status::NCA_PROTO_ERROR, error.to_string())),
            Err(error) => Err(Untrusted::begun(status::SEC_PKG_ERROR, error.to_string())),
        }
    }

    /// A cancel or an orphaned PDU may be protected, too; it need not.
    pub(super) fn open_control(&mut self, framed: &Framed, pdu: &mut Pdu) -> Result<(), Untrusted> {
        if pdu.auth.is_some()
            && let Some(named) = self.context_of(pdu)?
        {
            self.open(framed, pdu, named)?;
        }
        Ok(())
    }

    /// The context that a first fragment is made in.
    fn context_of(&self, pdu: &Pdu) -> Result<Option<u32>, Untrusted> {
        let Some(auth) = &pdu.auth else { return self.only_context() };
        let id = auth.context_id;
        match self.security.get(&id) {
            Some(Slot::Established(secured)) if secured.is_named_by(auth) => Ok(Some(id)),
            Some(Slot::Established(_)) | None => Err(Untrusted::begun(status::ACCESS_DENIED, foreign_verifier(auth))),
            Some(Slot::Building(_)) => Err(Untrusted::too_early(id)),
            Some(Slot::Failed { why, .. }) => Err(Untrusted::begun(status::ACCESS_DENIED, why.to_string())),
        }
    }

    /// The context of a request without a verifier: the only one of the connection, where its level wants none ([MS-RPCE]
    /// 3.3.1.5.4). With security context multiplexing a call may otherwise be made in none.
    fn only_context(&self) -> Result<Option<u32>, Untrusted> {
        let mut slots = self.security.iter();
        let Some((id, slot)) = slots.next().filter(|_| self.security.len() == 1) else { return Ok(None) };
        let wants_none = |level| match level {
            Level::CALL | Level::PKT => self.options.packet_level != PacketLevel::Signed,
            level => !protects(level),
        };
        match slot {
            Slot::Established(secured) if wants_none(secured.level()) => Ok(Some(*id)),
            Slot::Building(secured) if wants_none(secured.level()) => Err(Untrusted::too_early(*id)),
            Slot::Failed { level, why } if wants_none(*level) => {
                Err(Untrusted::begun(status::ACCESS_DENIED, why.to_string()))
            }
            _ if self.multiplexes_security() => Ok(None),
            Slot::Building(_) => Err(Untrusted::too_early(*id)),
            Slot::Established(_) | Slot::Failed { .. } => {
                let why = "a request without a verifier, where its security context wants one".into();
                Err(Untrusted::begun(status::NCA_PROTO_ERROR, why))
            }
        }
    }

    /// [MS-RPCE] 3.1.1.1.3.
    fn require_level(&self, level: Option<Level>) -> Result<(), Untrusted> {
        // [MS-RPCE] 2.2.1.1.8.
        let level = match level {
            None => Level::NONE,
            Some(Level::CALL) => Level::PKT,
            Some(level) => level,
        };
        let required = self.options.required_level;
        if level >= required {
            return Ok(());
        }
        let why = format!("a call at level {} where {} is required", level.0, required.0);
        Err(Untrusted::begun(status::ACCESS_DENIED, why))
    }
}
