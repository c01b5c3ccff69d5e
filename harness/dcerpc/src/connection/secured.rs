//! One security context of a connection: verifiers, protecting and opening PDUs ([MS-RPCE] 3.3.1.5.2).

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;

use bytes::{Bytes, BytesMut};

use super::{Established, PacketLevel};
use crate::fragment::{protected_stub_room, stub_room};
use crate::pdu::{AuthVerifier, Body, Pdu, Request, Response};
use crate::security::{
    Level, Protection, Provider, SecurityContext, SecurityError, Segments, SessionKey, Step, Unsigned,
};

/// The stub of a PDU with a verifier is padded to a multiple of this, in octets ([MS-RPCE] 2.2.2.11). Implementations count
/// from the start of the stub, and leave out the padding in PDUs without stub.
const PADDING: usize = 16;

/// Octets of the token that means nothing, at connect level on a connection with several contexts: auth_length may not be 0
/// where a PDU has to name its context ([MS-RPCE] 3.3.1.5.4).
const EMPTY_TOKEN: &[u8; 16] = &[0; 16];

/// One end's security context, with what identifies it on its connection.
#[derive(Debug)]
pub(super) struct Secured {
    context: Box<dyn SecurityContext>,
    facts: Established,
    /// There once the context stands.
    established: Option<Arc<Established>>,
}

impl Secured {
    /// A context that the client names like this; a provider may take levels together.
    pub(super) fn new(
        context: Box<dyn SecurityContext>,
        auth_context_id: u32,
        provider: Provider,
        level: Level,
    ) -> Self {
        let facts = Established { auth_context_id, provider, level, account: None };
        Self { context, facts, established: None }
    }

    pub(super) fn provider(&self) -> Provider {
        self.facts.provider
    }

    pub(super) fn level(&self) -> Level {
        self.facts.level
    }

    pub(super) fn established(&self) -> Option<&Arc<Established>> {
        self.established.as_ref()
    }

    pub(super) fn session_key(&self) -> Option<SessionKey> {
        self.context.session_key()
    }

    /// Takes the token of the other end's leg.
    pub(super) fn step(&mut self, token: &Bytes) -> Result<Step, SecurityError> {
        self.context.step(Some(token))
    }

    /// The context stands from now on.
    pub(super) fn establish(&mut self) -> Arc<Established> {
        let established = Established { account: self.context.account(), ..self.facts.clone() };
        Arc::clone(self.established.insert(Arc::new(established)))
    }

    /// Whether a verifier names this context as it was begun.
    pub(super) fn is_named_by(&self, auth: &AuthVerifier) -> bool {
        let Established { auth_context_id, provider, level, .. } = self.facts;
        (auth.context_id, auth.auth_type, auth.auth_level) == (auth_context_id, provider.0, level.0)
    }

    /// A verifier that carries a token.
    pub(super) fn verifier(&self, token: Bytes) -> AuthVerifier {
        let Established { auth_context_id, provider, level, .. } = self.facts;
        AuthVerifier {
            auth_type: provider.0,
            auth_level: level.0,
            context_id: auth_context_id,
            token,
            ..AuthVerifier::default()
        }
    }

    /// Octets of the token of a PDU to be sent, as far as the level and the policy at packet level want one.
    fn token_octets(&self, packet_level: PacketLevel) -> usize {
        let signs =
            if is_packet(self.level()) { packet_level != PacketLevel::Unsigned } else { protects(self.level()) };
        if signs { self.context.token_octets() } else { 0 }
    }

    /// How many octets a PDU grows by its verifier, padding aside; none when it has none. With `named` the PDU has to tell
    /// its context even where nothing protects it.
    fn overhead(&self, packet_level: PacketLevel, named: bool) -> Option<usize> {
        let token = match self.token_octets(packet_level) {
            0 if named && !protects(self.level()) => EMPTY_TOKEN.len(),
            token => token,
        };
        (token > 0).then_some(AuthVerifier::SEC_TRAILER_OCTETS + token)
    }

    /// The PDU of a call with room for the verifier that `overhead` tells of, and the lengths that it has then.
    fn with_verifier(&self, pdu: Pdu, stub_octets: usize, overhead: usize) -> Pdu {
        let padding = stub_octets.next_multiple_of(PADDING) - stub_octets;
        let padding = Bytes::from_static(EMPTY_TOKEN).slice(..padding);
        let token = match overhead.saturating_sub(AuthVerifier::SEC_TRAILER_OCTETS) {
            16 => Bytes::from_static(EMPTY_TOKEN),
            token => BytesMut::zeroed(token).freeze(),
        };
        let pad_length = u8::try_from(padding.len()).unwrap_or(0);
        pdu.with_auth(AuthVerifier { padding, pad_length, ..self.verifier(token) })
    }

    /// The octets of a PDU whose verifier has room for the token, signed or sealed as the level wants it.
    fn protect(&mut self, pdu: &Pdu, header_signing: bool) -> Result<Bytes, SecurityError> {
        let mut octets = pdu.encode_to_fill();
        let token = pdu.auth.as_ref().map_or(0, |auth| auth.token.len());
        if token > 0
            && protects(self.level())
            && let Some((segments, room)) = segments(&mut octets, &pdu.body, token)
        {
            let made = self.context.protect(segments, header_signing)?;
            // What is left of the room stays zero ([MS-RPCE] 2.2.2.11).
            let Some(begin) = room.get_mut(..made.len()) else {
                let why = format!("a token of {} octets where {token} were announced", made.len());
                return Err(SecurityError::Unsupported(why));
            };
            begin.copy_from_slice(&made);
        }
        Ok(octets.freeze())
    }

    /// Verifies a PDU that was received and puts what it seals in place of what it shows. Gives what protected it.
    pub(super) fn open(
        &mut self,
        octets: &Bytes,
        pdu: &mut Pdu,
        packet_level: PacketLevel,
        header_signing: bool,
    ) -> Result<Protection, SecurityError> {
        if !protects(self.level()) {
            return Ok(Protection::Unprotected);
        }
        let Some(auth) = &pdu.auth else { return self.accept_unsigned(packet_level, Unsigned::Absent) };
        let mut opened = BytesMut::from(octets.as_ref());
        let Some((segments, _)) = segments(&mut opened, &pdu.body, auth.token.len()) else {
            return Err(SecurityError::Unverified(format!("{} has no body to be protected", pdu.header.ptype)));
        };
        let stub_at = segments.header.len();
        if let Protection::Unsigned(how) = self.context.unprotect(segments, &auth.token, header_signing)? {
            return self.accept_unsigned(packet_level, how);
        }
        if self.level() == Level::PRIVACY
            && let Body::Request(Request { stub, .. }) | Body::Response(Response { stub, .. }) = &mut pdu.body
        {
            *stub = opened.freeze().slice(stub_at..stub_at + stub.len());
        }
        Ok(Protection::Signed)
    }

    /// What is not signed will do at packet level, unless the policy is stricter.
    fn accept_unsigned(&self, packet_level: PacketLevel, how: Unsigned) -> Result<Protection, SecurityError> {
        if is_packet(self.level()) && packet_level != PacketLevel::Signed {
            return Ok(Protection::Unsigned(how));
        }
        Err(SecurityError::Unverified(format!("nothing protects it at level {}", self.level().0)))
    }
}

/// How the fragments of one request or response are sent.
pub(super) struct Sending<'a> {
    /// The security context, with how many octets its verifiers take.
    secured: Option<(&'a mut Secured, usize)>,
    header_signing: bool,
}

impl<'a> Sending<'a> {
    pub(super) fn new(
        secured: Option<&'a mut Secured>,
        packet_level: PacketLevel,
        named: bool,
        header_signing: bool,
    ) -> Self {
        let secured = secured.and_then(|secured| secured.overhead(packet_level, named).map(|octets| (secured, octets)));
        Self { secured, header_signing }
    }

    /// How many octets of stub fit in a fragment.
    pub(super) fn stub_room(&self, max_frag: u16, before_stub: usize) -> usize {
        match &self.secured {
            Some((_, verifier)) => protected_stub_room(max_frag, before_stub + verifier),
            None => stub_room(max_frag, before_stub),
        }
    }

    /// The octets of a fragment that `alter` has changed before it was protected.
    pub(super) fn encode(
        &mut self,
        mut pdu: Pdu,
        stub_octets: usize,
        alter: impl FnOnce(&mut Pdu),
    ) -> Result<Bytes, SecurityError> {
        let Some((secured, verifier)) = &mut self.secured else {
            alter(&mut pdu);
            return Ok(pdu.encode());
        };
        pdu = secured.with_verifier(pdu, stub_octets, *verifier);
        alter(&mut pdu);
        secured.protect(&pdu, self.header_signing)
    }
}

/// Whether PDUs are protected at that level. At [`Level::CALL`] as at [`Level::PKT`] ([MS-RPCE] 2.2.1.1.8).
pub(super) fn protects(level: Level) -> bool {
    level >= Level::CALL
}

fn is_packet(level: Level) -> bool {
    matches!(level, Level::CALL | Level::PKT)
}

/// Whether a provider takes an odd number of legs, so that the client's last one is an rpc_auth_3: the table of
/// [MS-RPCE] 2.2.1.1.7. Whatever it does not know takes an even number (3.3.1.5.2.1).
pub(super) fn has_odd_legs(provider: Provider) -> bool {
    const NETLOGON: Provider = Provider(0x44);
    matches!(provider, Provider::NTLM | NETLOGON)
}

/// The segments of an encoded PDU ([MS-RPCE] 2.2.2.1) and the room for its token; none of a PDU that is not protected.
fn segments<'a>(octets: &'a mut [u8], body: &Body, token: usize) -> Option<(Segments<'a>, &'a mut [u8])> {
    let covered = octets.len().checked_sub(token)?;
    let (covered, token) = octets.split_at_mut_checked(covered)?;
    let trailer = covered.len().checked_sub(AuthVerifier::SEC_TRAILER_OCTETS)?;
    let (rest, sec_trailer) = covered.split_at_mut_checked(trailer)?;
    let (header, body) = rest.split_at_mut_checked(body.octets_before_stub()?)?;
    Some((Segments { header, body, sec_trailer }, token))
}

/// What both ends hold against a verifier.
pub(super) fn foreign_verifier(auth: &AuthVerifier) -> String {
    let AuthVerifier { context_id, auth_type, auth_level, .. } = auth;
    format!("its verifier names security context {context_id} of type {auth_type} at level {auth_level}")
}
