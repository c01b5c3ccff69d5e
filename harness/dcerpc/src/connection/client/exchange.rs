//! Binding, altering, and the security contexts that are built by the way ([MS-RPCE] 3.3.1.5.2.1, 3.3.2.4.1.3).

use alloc::format;
use alloc::vec::Vec;

use bytes::Bytes;

use super::super::secured::{Secured, foreign_verifier, has_odd_legs, protects};
use super::{Bound, Client, Event, NotNow, Opening, Options, State};
use crate::pdu::{Auth3, AuthVerifier, Bind, Body, ContextElement, Flags, Header, Pdu, ResultCode};
use crate::security::{SecurityError, Step};

/// A bind or an alter_context that is under way, with all legs of the security context that it builds. All of its PDUs have
/// one call_id.
///
/// ```text
///            first answer                 the client stands, rpc_auth_3 sent if a token is left
/// proposed ───────────────▶ answered ─────────────────────────────────────────────────────────▶ concluded
///                             ▲    │ a token is left: alter_context with it                        ▲
///                             │    ▼                      answer, and the client stands            │
///                             └─ next leg ─────────────────────────────────────────────────────────┘
/// ```
#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) call_id: u32,
    pub(super) proposed: Vec<ContextElement>,
    /// The context that is built, and whether it stands as far as the client is concerned.
    building: Option<(Secured, bool)>,
    /// The answer to the first leg.
    pub(super) bound: Option<Bound>,
}

impl Client {
    /// Proposes presentation contexts, in an association that exists or, with 0, in a new one. Gives the call_id.
    ///
    /// # Errors
    /// When the connection has been bound before.
    pub fn bind(&mut self, contexts: Vec<ContextElement>, association: u32) -> Result<u32, NotNow> {
        self.bind_altered(contexts, association, None, |_| {})
    }

    /// The same, building a security context if there is one, with a PDU that `alter` has changed.
    ///
    /// # Errors
    /// When the connection has been bound before.
    pub fn bind_altered(
        &mut self,
        contexts: Vec<ContextElement>,
        association: u32,
        opening: Option<Opening>,
        alter: impl FnOnce(&mut Pdu),
    ) -> Result<u32, NotNow> {
        if self.state != State::Idle {
            return Err(NotNow::NotBound);
        }
        let multiplexing = if self.options.multiplexing { Flags::CONC_MPX } else { Flags::NONE };
        let body = Body::Bind(self.proposal(contexts.clone(), association));
        self.state = State::Binding;
        Ok(self.begin(body, multiplexing, contexts, opening, alter))
    }

    /// Proposes further presentation contexts. Gives the call_id.
    ///
    /// # Errors
    /// When the connection is not bound or waits for something.
    pub fn alter_context(&mut self, contexts: Vec<ContextElement>) -> Result<u32, NotNow> {
        self.alter_context_altered(contexts, None, |_| {})
    }

    /// The same, building a security context if there is one, with a PDU that `alter` has changed.
    ///
    /// # Errors
    /// When the connection is not bound or waits for something.
    pub fn alter_context_altered(
        &mut self,
        contexts: Vec<ContextElement>,
        opening: Option<Opening>,
        alter: impl FnOnce(&mut Pdu),
    ) -> Result<u32, NotNow> {
        self.check_ready()?;
        let body = Body::AlterContext(self.proposal(contexts.clone(), self.association));
        Ok(self.begin(body, Flags::NONE, contexts, opening, alter))
    }

    fn begin(
        &mut self,
        body: Body,
        flags: Flags,
        proposed: Vec<ContextElement>,
        opening: Option<Opening>,
        alter: impl FnOnce(&mut Pdu),
    ) -> u32 {
        let call_id = self.take_call_id();
        let (mut building, mut verifier) = (None, None);
        // A context that stands without any token is none.
        if let Some(Opening { context, first: Step { token: Some(token), established } }) = opening {
            self.last_auth_context_id = self.last_auth_context_id.wrapping_add(1);
            let (provider, level) = (context.provider(), context.level());
            let secured = Secured::new(context, self.last_auth_context_id, provider, level);
            verifier = Some(secured.verifier(token));
            building = Some((secured, established));
        }
        let mut pdu = self.leg(body, flags, call_id, building.as_ref().zip(verifier));
        alter(&mut pdu);
        self.output.push_back(pdu.encode());
        self.exchange = Some(Exchange { call_id, proposed, building, bound: None });
        call_id
    }

    fn proposal(&self, contexts: Vec<ContextElement>, assoc_group_id: u32) -> Bind {
        let Options { max_xmit_frag, max_recv_frag, .. } = self.options;
        Bind { max_xmit_frag, max_recv_frag, assoc_group_id, reserved: [0; 3], contexts }
    }

    /// A bind or an alter_context, with a token if there is one.
    fn leg(&self, body: Body, flags: Flags, call_id: u32, token: Option<(&(Secured, bool), AuthVerifier)>) -> Pdu {
        let flags = Flags::WHOLE.with(flags);
        let Some(((secured, _), verifier)) = token else { return Pdu::new(body, flags, self.options.order, call_id) };
        let asks = self.asks_for_header_signing(secured);
        let flags = if asks { flags.with(Flags::SUPPORT_HEADER_SIGN) } else { flags };
        Pdu::new(body, flags, self.options.order, call_id).with_auth(verifier)
    }

    fn asks_for_header_signing(&self, secured: &Secured) -> bool {
        self.options.header_signing && protects(secured.level()) && self.header_signing != Some(false)
    }

    /// What a leg was answered; `bound` is what the first answer says.
    pub(super) fn on_leg(&mut self, offset: u64, header: &Header, auth: Option<AuthVerifier>, mut exchange: Exchange) {
        let Some((mut secured, stands)) = exchange.building.take() else { return self.conclude(exchange) };
        if self.header_signing.is_none() && self.asks_for_header_signing(&secured) {
            self.header_signing = Some(header.flags.has(Flags::SUPPORT_HEADER_SIGN));
        }
        if stands {
            return self.establish(secured, exchange);
        }
        let Some(auth) = auth.filter(|auth| !auth.token.is_empty()) else {
            // Who accepts nothing has no use for a security context either.
            return match exchange.accepts_any() {
                true => self.fail(exchange.call_id, SecurityError::Refused("the server sent no token".into())),
                false => self.conclude(exchange),
            };
        };
        if !secured.is_named_by(&auth) {
            return self.malformed(offset, format!("{}: {}", header.ptype, foreign_verifier(&auth)));
        }
        match secured.step(&auth.token) {
            Err(why) => self.fail(exchange.call_id, why),
            Ok(Step { token: None, established: false }) => self.fail(exchange.call_id, Opening::silent()),
            Ok(Step { token: None, established: true }) => self.establish(secured, exchange),
            Ok(Step { token: Some(token), established: true }) if has_odd_legs(secured.provider()) => {
                let body = Body::Auth3(Auth3 { pad: Bytes::from_static(&[0; 4]) });
                let auth3 = Pdu::new(body, Flags::WHOLE, self.options.order, exchange.call_id);
                self.output.push_back(auth3.with_auth(secured.verifier(token)).encode());
                self.establish(secured, exchange);
            }
            Ok(Step { token: Some(token), established }) => {
                let body = Body::AlterContext(self.proposal(exchange.proposed.clone(), self.association));
                let verifier = secured.verifier(token);
                let building = (secured, established);
                let pdu = self.leg(body, Flags::NONE, exchange.call_id, Some((&building, verifier)));
                self.output.push_back(pdu.encode());
                self.exchange = Some(Exchange { building: Some(building), ..exchange });
            }
        }
    }

    fn establish(&mut self, mut secured: Secured, exchange: Exchange) {
        let established = secured.establish();
        self.security.insert(established.auth_context_id, secured);
        self.events.push_back(Event::Established(established));
        self.conclude(exchange);
    }

    fn conclude(&mut self, exchange: Exchange) {
        self.state = State::Bound;
        self.events.extend(exchange.bound.map(Event::Bound));
    }

    /// The provider gave up: nothing more may be sent on the connection.
    fn fail(&mut self, call_id: u32, why: SecurityError) {
        self.state = State::Ended;
        self.events.push_back(Event::AuthenticationFailed { call_id, why });
    }
}

impl Exchange {
    fn accepts_any(&self) -> bool {
        let accepted = |bound: &Bound| bound.contexts.iter().any(|(_, result)| result.result == ResultCode::ACCEPTANCE);
        self.bound.as_ref().is_some_and(accepted)
    }
}
