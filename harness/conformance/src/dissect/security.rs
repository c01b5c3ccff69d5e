//! Security contexts of a connection, and what protects its PDUs ([MS-RPCE] 3.3.1.5.2.2).

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use bytes::{Bytes, BytesMut};
use dcerpc::pdu::{AuthVerifier, Body, Flags, Header, Pdu, PduType, Request, Response};
use dcerpc::security::{self, Level, SecurityError, Segments, Sender, Unseal};
use trace::{ConnectionId, Direction};

use super::keyring::Keyring;
use crate::event::{Protection, Secured, Signature};

/// The security contexts of one connection.
///
/// ```text
///              verifier on a bind or alter_context            key known
///   nothing ─────────────────────────────────────▶ begun ─────────────────▶ opened and verified
///      ▲                                             │  │
///      └── bind_nak or fault in answer ──────────────┘  └── no key: told by what can be seen
/// ```
#[derive(Debug, Default)]
pub(super) struct Contexts {
    by_id: BTreeMap<u32, Context>,
    /// The contexts of binds and alter_contexts that were not answered, by call_id.
    asked: BTreeMap<u32, u32>,
    header_signing: HeaderSigning,
    /// Whether the recording lacks octets of the connection.
    lossy: bool,
    /// Whether there were more contexts than are followed.
    crowded: bool,
}

/// Whether headers are signed too: when the client and the server have said so ([MS-RPCE] 2.2.2.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum HeaderSigning {
    #[default]
    Off,
    Asked,
    Agreed,
}

#[derive(Debug)]
struct Context {
    auth_type: u8,
    level: u8,
    /// What set it up, until its reader is made.
    tokens: Tokens,
    /// Whether it was told that PDUs go under it.
    told: bool,
    reader: Reader,
    /// By direction, whether what does not verify may be due to what the witness has missed.
    doubtful: [bool; 2],
}

#[derive(Debug)]
enum Reader {
    /// No PDU has asked for one.
    Unmade,
    /// There is none, and why.
    Missing(Arc<str>),
    Made(Box<dyn Unseal>),
}

/// The tokens of a context, each by its sender: as many as any provider exchanges.
#[derive(Debug, Default)]
struct Tokens {
    list: Vec<(Sender, Bytes)>,
    octets: usize,
}

impl Tokens {
    fn add(&mut self, sender: Sender, token: &Bytes) {
        let fits = self.list.len() < MOST_TOKENS && self.octets + token.len() <= MOST_TOKEN_OCTETS;
        if fits && !token.is_empty() {
            self.octets += token.len();
            // A slice would keep the octets of its whole PDU.
            self.list.push((sender, Bytes::copy_from_slice(token)));
        }
    }
}

/// What stands around the stub of a PDU, or of a call: the weakest of its fragments counts.
#[derive(Clone, Debug, Default)]
pub(super) struct Guard {
    /// The security context, when this is the first PDU under it.
    pub(super) secured: Option<Box<Secured>>,
    /// What protects it; none outside of security contexts.
    pub(super) protection: Option<Protection>,
    /// Why its stub must not be read.
    pub(super) closed: Option<String>,
}

impl Guard {
    /// The guard of this fragment and of those before it.
    pub(super) fn and(self, before: Option<Self>) -> Self {
        let Some(before) = before else { return self };
        let protection = match (before.protection, self.protection) {
            (Some(before), Some(this)) if weakness(&this.signature) > weakness(&before.signature) => {
                Some(Protection { signature: this.signature, ..before })
            }
            (before, this) => before.or(this),
        };
        Self { protection, closed: before.closed.or(self.closed), secured: None }
    }
}

fn weakness(signature: &Signature) -> u8 {
    match signature {
        Signature::Verified => 0,
        Signature::Untold(_) => 1,
        Signature::Unsigned => 2,
        Signature::Unverified(_) => 3,
    }
}

impl Contexts {
    /// A PDU crosses: a context is begun, or refused, or what it protects is opened in place.
    pub(super) fn look(
        &mut self,
        (connection, direction): (ConnectionId, Direction),
        octets: &Bytes,
        pdu: &mut Pdu,
        keyring: &Keyring,
    ) -> Guard {
        let call_id = pdu.header.call_id;
        match (direction, pdu.header.ptype) {
            (Direction::ToServer, PduType::BIND | PduType::ALTER_CONTEXT) => {
                if pdu.header.flags.has(Flags::SUPPORT_HEADER_SIGN) && self.header_signing == HeaderSigning::Off {
                    self.header_signing = HeaderSigning::Asked;
                }
                if let Some(auth) = &pdu.auth {
                    self.begin(auth);
                    self.token(Sender::Initiator, auth);
                    self.ask(call_id, auth.context_id);
                }
            }
            (Direction::ToServer, PduType::AUTH3) => {
                if let Some(auth) = &pdu.auth {
                    self.begin(auth);
                    self.token(Sender::Initiator, auth);
                }
            }
            (Direction::ToClient, PduType::BIND_ACK | PduType::ALTER_CONTEXT_RESP) => {
                if pdu.header.flags.has(Flags::SUPPORT_HEADER_SIGN) && self.header_signing == HeaderSigning::Asked {
                    self.header_signing = HeaderSigning::Agreed;
                }
                self.asked.remove(&call_id);
                pdu.auth.iter().for_each(|auth| self.token(Sender::Acceptor, auth));
            }
            (Direction::ToClient, PduType::BIND_NAK) => self.refuse(call_id),
            (Direction::ToClient, PduType::FAULT) if self.asked.contains_key(&call_id) => self.refuse(call_id),
            (Direction::ToServer, PduType::REQUEST | PduType::CO_CANCEL | PduType::ORPHANED)
            | (Direction::ToClient, PduType::RESPONSE | PduType::FAULT) => {
                return self.guard((connection, direction), octets, pdu, keyring);
            }
            _ => {}
        }
        Guard::default()
    }

    /// The recording lacks octets of a direction, or what crossed there can't be read.
    pub(super) fn lost(&mut self, direction: Direction) {
        self.lossy = true;
        self.doubt(direction);
    }

    /// A PDU of a direction can't be read: it may have had a signature.
    pub(super) fn doubt(&mut self, direction: Direction) {
        for context in self.by_id.values_mut() {
            *doubt_of(&mut context.doubtful, direction) = true;
        }
    }

    fn begin(&mut self, auth: &AuthVerifier) {
        if let Some(context) = self.by_id.get_mut(&auth.context_id) {
            // A client may begin anew where the server has refused it by a token.
            if matches!(context.reader, Reader::Unmade) {
                (context.auth_type, context.level) = (auth.auth_type, auth.auth_level);
            }
            return;
        }
        if self.by_id.len() >= MOST_CONTEXTS {
            self.crowded = true;
            return;
        }
        // What was lost may have said that headers are signed.
        let doubtful = [self.lossy; 2];
        let context = Context {
            auth_type: auth.auth_type,
            level: auth.auth_level,
            tokens: Tokens::default(),
            told: false,
            reader: Reader::Unmade,
            doubtful,
        };
        self.by_id.insert(auth.context_id, context);
    }

    /// A token of a context that is being set up.
    fn token(&mut self, sender: Sender, auth: &AuthVerifier) {
        if let Some(context) = self.by_id.get_mut(&auth.context_id)
            && matches!(context.reader, Reader::Unmade)
        {
            context.tokens.add(sender, &auth.token);
        }
    }

    fn ask(&mut self, call_id: u32, context: u32) {
        self.asked.insert(call_id, context);
        if self.asked.len() > MOST_CONTEXTS {
            self.asked.pop_first();
        }
    }

    /// The context was not taken, unless PDUs have gone under it.
    fn refuse(&mut self, call_id: u32) {
        let Some(id) = self.asked.remove(&call_id) else { return };
        if self.by_id.get(&id).is_some_and(|context| matches!(context.reader, Reader::Unmade)) {
            self.by_id.remove(&id);
        }
    }

    /// What protects a PDU of a call.
    fn guard(
        &mut self,
        (connection, direction): (ConnectionId, Direction),
        octets: &Bytes,
        pdu: &mut Pdu,
        keyring: &Keyring,
    ) -> Guard {
        let Some(auth) = &pdu.auth else {
            let protection = self.unsigned();
            let context = protection.as_ref().and_then(|protection| protection.context_id);
            let secured = context.and_then(|id| self.tell((connection, id), keyring));
            return Guard { protection, closed: None, secured };
        };
        let (id, level) = (auth.context_id, auth.auth_level);
        let sealed = level == Level::PRIVACY.0;
        if self.lossy && !self.by_id.contains_key(&id) {
            // Its begin may have been lost.
            let auth = auth.clone();
            self.begin(&auth);
        }
        let secured = self.tell((connection, id), keyring);
        let signed = self.header_signing == HeaderSigning::Agreed;
        let misnamed = self.by_id.get(&id).and_then(|context| context.misnamed(auth));
        let signature = match self.by_id.get_mut(&id) {
            Some(context) if misnamed.is_some() => context.doubted(direction, pdu, misnamed.unwrap_or_default()),
            Some(_) if is_unsigned(auth) => Signature::Unsigned,
            Some(context) => context.read((connection, id), direction, octets, pdu, (keyring, signed)),
            None if self.crowded => Signature::Untold("the connection has too many security contexts".into()),
            None => Signature::Unverified(format!("no security context {id} was set up")),
        };
        let closed = closed(pdu, sealed, &signature);
        Guard { protection: Some(Protection { context_id: Some(id), level, sealed, signature }), closed, secured }
    }

    /// The first PDU goes under a context: whoever reads along begins here.
    fn tell(&mut self, (connection, id): (ConnectionId, u32), keyring: &Keyring) -> Option<Box<Secured>> {
        let context = self.by_id.get_mut(&id).filter(|context| !context.told)?;
        context.told = true;
        let (account, missing) = match keyring.unseal((connection, id), &context.tokens.list) {
            Ok(found) => {
                context.reader = Reader::Made(found.reader);
                (found.account, None)
            }
            Err(why) => (None, Some(why)),
        };
        let (auth_type, level) = (context.auth_type, context.level);
        Some(Box::new(Secured { connection, context_id: id, auth_type, level, account, missing }))
    }

    /// A PDU without verifier goes under the connection's only context, or nobody knows under which.
    fn unsigned(&self) -> Option<Protection> {
        let level = self.by_id.values().map(|context| context.level).min()?;
        let only = self.by_id.len() == 1 && !self.lossy && !self.crowded;
        let context_id = self.by_id.keys().next().copied().filter(|_| only);
        Some(Protection { context_id, level, sealed: false, signature: Signature::Unsigned })
    }
}

impl Context {
    /// What a verifier says of its context that is not so, as that was begun ([MS-RPCE] 2.2.2.11).
    fn misnamed(&self, auth: &AuthVerifier) -> Option<String> {
        // [MS-RPCE] 2.2.1.1.8.
        let counted = |level: u8| if level == Level::CALL.0 { Level::PKT.0 } else { level };
        let (begun, said) = ((self.auth_type, self.level), (auth.auth_type, auth.auth_level));
        (begun.0 != said.0 || counted(begun.1) != counted(said.1)).then(|| {
            format!(
                "its verifier says auth_type {:#04x} at level {}, where security context {} was begun with {:#04x} at level {}",
                said.0, said.1, auth.context_id, begun.0, begun.1
            )
        })
    }

    /// A PDU is not what it should be, and why.
    fn doubted(&mut self, direction: Direction, pdu: &Pdu, why: String) -> Signature {
        let doubt = doubt_of(&mut self.doubtful, direction);
        if *doubt {
            return Signature::Untold(format!("{why}; what came before it is not known in full").into());
        }
        // From here on the two ends and the witness may count differently.
        *doubt = true;
        match pdu.body {
            // Of these [MS-RPCE] 3.3.1.5.2.2 does not say what is covered.
            Body::Fault(_) | Body::CoCancel | Body::Orphaned => Signature::Untold(why.into()),
            _ => Signature::Unverified(why),
        }
    }

    /// Verifies a PDU and opens its stub in place.
    fn read(
        &mut self,
        key: (ConnectionId, u32),
        direction: Direction,
        octets: &Bytes,
        pdu: &mut Pdu,
        (keyring, header_signing): (&Keyring, bool),
    ) -> Signature {
        // A key may be told after the first PDU under it, where that one is not signed.
        if matches!(self.reader, Reader::Unmade) {
            self.reader = match keyring.unseal(key, &self.tokens.list) {
                Ok(found) => Reader::Made(found.reader),
                Err(why) => Reader::Missing(why.into()),
            };
            self.tokens = Tokens::default();
        }
        let reader = match &mut self.reader {
            Reader::Made(reader) => reader,
            Reader::Missing(why) => return Signature::Untold(why.clone()),
            Reader::Unmade => return Signature::Untold("".into()),
        };
        let sender = match direction {
            Direction::ToServer => Sender::Initiator,
            Direction::ToClient => Sender::Acceptor,
        };
        match open(reader.as_mut(), sender, octets, pdu, header_signing) {
            Ok(security::Protection::Signed) => Signature::Verified,
            Ok(_) => Signature::Unsigned,
            Err(why) => self.doubted(direction, pdu, why),
        }
    }
}

/// Opens one PDU in place, or says why it does not verify.
fn open(
    reader: &mut dyn Unseal,
    sender: Sender,
    octets: &Bytes,
    pdu: &mut Pdu,
    header_signing: bool,
) -> Result<security::Protection, String> {
    let Some(auth) = &pdu.auth else { return Err("it has no verifier".into()) };
    let level = Level(auth.auth_level);
    let mut opened = BytesMut::from(octets.as_ref());
    let Some((stub_at, segments)) = segments(&mut opened, auth, &pdu.body) else {
        return Err("its verifier reaches over its header".into());
    };
    let protection =
        reader.open(sender, level, segments, &auth.token, header_signing).map_err(|error| match error {
            SecurityError::Unverified(why) => why,
            other => format!("{other}"),
        })?;
    if level == Level::PRIVACY
        && let Body::Request(Request { stub, .. }) | Body::Response(Response { stub, .. }) = &mut pdu.body
    {
        *stub = opened.freeze().slice(stub_at..stub_at + stub.len());
    }
    Ok(protection)
}

/// The segments of a PDU ([MS-RPCE] 2.2.2.1), and where its stub begins.
fn segments<'a>(octets: &'a mut [u8], auth: &AuthVerifier, body: &Body) -> Option<(usize, Segments<'a>)> {
    let (covered, _) = octets.split_at_mut_checked(octets.len().checked_sub(auth.token.len())?)?;
    let trailer = covered.len().checked_sub(AuthVerifier::SEC_TRAILER_OCTETS)?;
    let (rest, sec_trailer) = covered.split_at_mut_checked(trailer)?;
    let stub_at = match body {
        Body::Request(Request { stub, .. }) | Body::Response(Response { stub, .. }) => {
            rest.len().checked_sub(auth.padding.len() + stub.len())?
        }
        Body::Fault(_) => Response::OCTETS_BEFORE_STUB,
        _ => Header::OCTETS,
    };
    let (header, body) = rest.split_at_mut_checked(stub_at)?;
    Some((stub_at, Segments { header, body, sec_trailer }))
}

/// Whether a verifier protects nothing: below packet level, or at packet level where some fill the token with zeroes.
fn is_unsigned(auth: &AuthVerifier) -> bool {
    match Level(auth.auth_level) {
        Level::INTEGRITY | Level::PRIVACY => false,
        Level::CALL | Level::PKT => auth.token.iter().all(|octet| *octet == 0),
        _ => true,
    }
}

/// Why the stub of a PDU must not be read: it is sealed, or it is not what its sender has written.
fn closed(pdu: &Pdu, sealed: bool, signature: &Signature) -> Option<String> {
    let (stub, is_request) = match &pdu.body {
        Body::Request(body) => (&body.stub, true),
        Body::Response(body) => (&body.stub, false),
        _ => return None,
    };
    match signature {
        Signature::Verified => None,
        // What arrives at the server is in doubt; of an answer it is what its server has sent.
        Signature::Unverified(why) if is_request || sealed => Some(format!("its protection does not verify: {why}")),
        Signature::Untold(why) if sealed && !stub.is_empty() => Some(format!("the stub is sealed, and {why}")),
        Signature::Unsigned if sealed && !stub.is_empty() => Some("the stub is sealed, and not signed".into()),
        _ => None,
    }
}

fn doubt_of(doubtful: &mut [bool; 2], direction: Direction) -> &mut bool {
    let [to_server, to_client] = doubtful;
    match direction {
        Direction::ToServer => to_server,
        Direction::ToClient => to_client,
    }
}

/// Security contexts of a connection that are followed; nobody needs more.
const MOST_CONTEXTS: usize = 64;

/// Tokens of a context that are kept, and their octets: a ticket of Windows may have tens of thousands.
const MOST_TOKENS: usize = 16;
const MOST_TOKEN_OCTETS: usize = 256 << 10;
