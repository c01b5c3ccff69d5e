//! Connections.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use mspan::Interface;
use trace::{Direction, Flaw};

use super::audience::User;
use super::{Authentication, Call, Model, SecurityContext, Table};
use crate::event::{
    AssociationId, Auth, CallFinished, CallId, Gap, Layer, Negotiated, Opened, Outcome, Pdu, Protection, Signature,
};

/// What is known of a connection that is open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connection {
    /// Whether its beginning was seen.
    pub opened: bool,
    /// The actor that opened it, when the harness did.
    pub actor: Option<String>,
    /// Its association, once the server has named one.
    pub association: Option<AssociationId>,
    /// The answers to its presentation contexts, by p_cont_id.
    pub contexts: BTreeMap<u16, Negotiated>,
    /// Whether there are some, and none of them for an interface of ours.
    is_foreign: bool,
    /// The users in whose names its calls are made, by auth_context_id; under none that of calls for whose context nobody else
    /// is named.
    pub users: BTreeMap<Option<u32>, Arc<User>>,
    /// The first verifier by which the client proposed one of our interfaces; where it proposed them without one, under what it had
    /// set up before, the connection's first. The outer none when no bind was seen.
    pub auth: Option<Option<Auth>>,
    /// Whether that came with one of our interfaces.
    auth_is_ours: bool,
    /// auth_type of the client's last bind, when that has a verifier.
    pub bound_by: Option<u8>,
    /// Whether the client's last bind proposed that calls be multiplexed; none when no bind was seen.
    pub proposes: Option<bool>,
    /// Whether it carries one call at a time, for its two sides have not agreed on concurrent multiplexing ([MS-RPCE]
    /// 3.3.1.5.8): a server may leave a further call alone until the one before has come back.
    pub exclusive: bool,
    /// Whether one of our interfaces was proposed on it.
    pub ours: bool,
    /// Its security contexts, by auth_context_id.
    pub authentications: BTreeMap<u32, Authentication>,
    /// The security contexts under which PDUs of calls have gone, by auth_context_id.
    pub security_contexts: BTreeMap<u32, SecurityContext>,
    /// The request of which not all fragments have come: its call_id, and what protects the first.
    pub unfinished: Option<(u32, Protection)>,
    /// call_id of requests that have begun and were not answered in full, and how many of each: a request may be there twice.
    pub open_calls: Table<u32, u32>,
    /// call_id of what negotiates contexts, and was not answered: a server may refuse a token of it by a fault.
    pub open_exchanges: BTreeSet<u32>,
    /// call_id of requests that the client has cancelled or given up.
    pub cancelled: BTreeSet<u32>,
    /// Whether octets of it could not be read, so that what else it carried isn't known.
    pub blind: bool,
    /// Whether a call on it was protected in a way that is to be looked at.
    pub guards_calls: bool,
    /// Whether the client sent a PDU that breaks the format: the server may give the connection up.
    pub garbled: bool,
    /// Whom our own side falsely claims to be on it.
    pub impostor: Option<Impostor>,
    /// call_id of calls whose answers our own side spoils on purpose, in what protects them.
    pub spoilt_answers: BTreeSet<u32>,
    /// call_id of calls whose answers were spoilt, and don't verify: why.
    pub unproven_answers: BTreeMap<u32, String>,
    /// Its calls that have not come back, by call_id, in the order of their requests.
    pub(super) outstanding: Table<(u32, CallId)>,
    /// Calls without an answer, since the last PDU: those that its end left so are seen together with the event that tells who ended
    /// it.
    pub lost: Vec<Call>,
}

/// Whom our own side falsely claims to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Impostor {
    /// The user, without domain.
    pub user: String,
    /// Why our side can't prove it.
    pub flaw: Flaw,
}

impl Connection {
    pub(super) fn opened(opened: &Opened) -> Self {
        Self { opened: true, actor: opened.actor.clone(), ..Self::default() }
    }

    /// Whether it is known to have presentation contexts, and none of them for an interface of ours.
    #[must_use]
    pub const fn is_foreign(&self) -> bool {
        self.is_foreign
    }

    /// Keeps count of the calls that are open: a server may fault one before its request is complete.
    pub(super) fn pdu(&mut self, pdu: &Pdu) {
        // It had not ended.
        self.lost.clear();
        if pdu.direction == Direction::ToServer && matches!(pdu.ptype, PTYPE_BIND | PTYPE_ALTER_CONTEXT) {
            self.proposed(pdu);
        }
        if pdu.direction == Direction::ToServer && pdu.ptype == PTYPE_BIND {
            self.bound_by = pdu.auth.as_ref().map(|auth| auth.auth_type);
            self.proposes = Some(pdu.flags & PFC_CONC_MPX != 0);
        }
        self.garbled |= pdu.direction == Direction::ToServer && !pdu.defects.is_empty();
        self.ours |= !pdu.interfaces.is_empty();
        if let Some(auth) = pdu.auth.as_ref().filter(|auth| auth.token.is_some()) {
            let known = self.authentications.contains_key(&auth.context_id);
            if known || self.authentications.len() < MOST_CONTEXTS {
                self.authentications.entry(auth.context_id).or_default().token(pdu, auth);
            }
        }
        if let Some(protection) = &pdu.protection {
            self.protected(pdu, protection);
        }
        match (pdu.direction, pdu.ptype) {
            (Direction::ToServer, PTYPE_REQUEST) if pdu.flags & PFC_FIRST_FRAG != 0 => {
                let open = self.open_calls.or_insert_with(pdu.call_id, || 0);
                *open = open.saturating_add(1);
                self.cancelled.remove(&pdu.call_id);
                // A call_id that is used again stands for another call.
                self.spoilt_answers.remove(&pdu.call_id);
                self.unproven_answers.remove(&pdu.call_id);
            }
            (Direction::ToServer, PTYPE_BIND | PTYPE_ALTER_CONTEXT | PTYPE_RPC_AUTH_3) => {
                self.open_exchanges.insert(pdu.call_id);
            }
            (Direction::ToServer, PTYPE_CO_CANCEL | PTYPE_ORPHANED) => {
                self.cancelled.insert(pdu.call_id);
            }
            (Direction::ToClient, PTYPE_RESPONSE | PTYPE_FAULT) if pdu.flags & PFC_LAST_FRAG != 0 => {
                let _ = self.answered(pdu.call_id) || self.open_exchanges.remove(&pdu.call_id);
            }
            (Direction::ToClient, PTYPE_BIND_ACK | PTYPE_BIND_NAK | PTYPE_ALTER_CONTEXT_RESP) => {
                self.open_exchanges.remove(&pdu.call_id);
                if pdu.ptype == PTYPE_BIND_ACK {
                    let agrees = pdu.flags & PFC_CONC_MPX != 0;
                    self.exclusive = self.proposes.is_some_and(|proposes| !(proposes && agrees));
                }
            }
            _ => {}
        }
    }

    /// A bind or alter_context of the client's. An alter_context needs no verifier: it may go under what was set up before.
    fn proposed(&mut self, pdu: &Pdu) {
        let is_ours = !pdu.interfaces.is_empty();
        let is_first = self.auth.as_ref().is_none_or(Option::is_none);
        match &pdu.auth {
            Some(auth) if is_first || (is_ours && !self.auth_is_ours) => {
                (self.auth, self.auth_is_ours) = (Some(Some(auth.clone())), is_ours);
            }
            None if self.auth.is_none() && pdu.ptype == PTYPE_BIND => self.auth = Some(None),
            _ => {}
        }
    }

    /// Whether a call was open that is answered now.
    fn answered(&mut self, call_id: u32) -> bool {
        let Some(open) = self.open_calls.get_mut(call_id) else { return false };
        *open -= 1;
        if *open == 0 {
            self.open_calls.remove(call_id);
        }
        true
    }

    /// A PDU of a call under a security context.
    fn protected(&mut self, pdu: &Pdu, protection: &Protection) {
        let is_wrong = matches!(protection.signature, Signature::Unverified(_));
        // The server may give the client up.
        self.garbled |= is_wrong && pdu.direction == Direction::ToServer;
        if (pdu.direction, pdu.ptype) == (Direction::ToClient, PTYPE_RESPONSE) {
            self.answer_protected(pdu.call_id, protection);
        }
        if let Some(id) = protection.context_id.filter(|_| !is_wrong)
            && (self.security_contexts.contains_key(&id) || self.security_contexts.len() < MOST_CONTEXTS)
        {
            self.security_contexts.entry(id).or_default().pdu(pdu, protection);
        }
        if (pdu.direction, pdu.ptype) == (Direction::ToServer, PTYPE_REQUEST) {
            if pdu.flags & PFC_LAST_FRAG != 0 {
                self.unfinished = None;
            } else if pdu.flags & PFC_FIRST_FRAG != 0 {
                self.unfinished = Some((pdu.call_id, protection.clone()));
            }
        }
    }

    /// An answer that our own side has spoilt proves nothing, where the witness finds it so too.
    fn answer_protected(&mut self, call_id: u32, protection: &Protection) {
        let why = match &protection.signature {
            Signature::Unverified(why) => why.clone(),
            // At packet level a client may take it so.
            Signature::Unsigned if protection.level >= LEVEL_INTEGRITY => "it is not signed".into(),
            Signature::Unsigned | Signature::Verified | Signature::Untold(_) => return,
        };
        if self.spoilt_answers.contains(&call_id) {
            self.unproven_answers.insert(call_id, why);
        }
    }

    pub(super) fn call_finished(&mut self, call: &Call, finished: &CallFinished) {
        self.outstanding.remove((call.started.call_id, call.id()));
        if finished.outcome == Outcome::Lost {
            self.lost.push(call.clone());
        }
    }
}

impl Model {
    pub(super) fn negotiated(&mut self, negotiated: &Negotiated) {
        let connection = self.connections.or_default(negotiated.connection);
        connection.contexts.insert(negotiated.context_id, negotiated.clone());
        let is_ours = |known: &Negotiated| Interface::from_id(known.abstract_syntax).is_some();
        connection.is_foreign = !connection.contexts.values().any(is_ours);
        if let Some(association) = negotiated.association {
            connection.association = Some(association);
            self.associations.or_default(association).bound |= negotiated.begins;
        }
    }

    /// Something was unreadable. What it would have changed is unknown from here on.
    pub(super) fn gap(&mut self, gap: &Gap) {
        if !gap.malformed && gap.layer != Layer::Token {
            self.channels.miss();
        }
        match gap.call {
            // A stub that can't be read belongs to a call, whose end says what may have changed.
            Some(call) if matches!(gap.layer, Layer::Stub | Layer::Sealed) => {
                if gap.malformed && gap.direction == Direction::ToServer {
                    self.unreadable.insert(call);
                }
                return;
            }
            // No call is lost with a token, but the server may give the client up.
            _ if gap.layer == Layer::Token => {
                self.connections.or_default(gap.connection).garbled |= gap.direction == Direction::ToServer;
                return;
            }
            // A PDU that is wrong, but it is known which call it was meant for.
            Some(_) if gap.malformed => return,
            _ => {}
        }
        let connection = self.connections.or_default(gap.connection);
        connection.blind = true;
        if gap.direction == Direction::ToClient {
            for (_, call) in connection.outstanding.iter() {
                if let Some(call) = self.calls.get_mut(*call) {
                    call.perhaps_over = true;
                }
            }
        }
        if let Some(association) = connection.association {
            self.lose_sight(association);
        }
    }
}

/// Security contexts of a connection that are followed; nobody needs more.
const MOST_CONTEXTS: usize = 64;
/// auth_level RPC_C_AUTHN_LEVEL_PKT_INTEGRITY.
const LEVEL_INTEGRITY: u8 = 5;
/// PTYPE of a request PDU ([C706] 12.6.4.9).
const PTYPE_REQUEST: u8 = 0;
/// PTYPE of a response PDU ([C706] 12.6.4.10).
const PTYPE_RESPONSE: u8 = 2;
/// PTYPE of a fault PDU ([C706] 12.6.4.7).
const PTYPE_FAULT: u8 = 3;
/// PTYPE of a bind PDU ([C706] 12.6.4.3).
const PTYPE_BIND: u8 = 11;
/// PTYPE of a bind_ack PDU ([C706] 12.6.4.4).
const PTYPE_BIND_ACK: u8 = 12;
/// PTYPE of a bind_nak PDU ([C706] 12.6.4.5).
const PTYPE_BIND_NAK: u8 = 13;
/// PTYPE of an alter_context PDU ([C706] 12.6.4.1).
const PTYPE_ALTER_CONTEXT: u8 = 14;
/// PTYPE of an alter_context_resp PDU ([C706] 12.6.4.2).
const PTYPE_ALTER_CONTEXT_RESP: u8 = 15;
/// PTYPE of an rpc_auth_3 PDU ([MS-RPCE] 2.2.2.5).
const PTYPE_RPC_AUTH_3: u8 = 16;
/// PTYPE of a co_cancel PDU ([C706] 12.6.4.6).
const PTYPE_CO_CANCEL: u8 = 18;
/// PTYPE of an orphaned PDU ([C706] 12.6.4.8).
const PTYPE_ORPHANED: u8 = 19;
/// The first fragment.
const PFC_FIRST_FRAG: u8 = 0x01;
/// The last fragment.
const PFC_LAST_FRAG: u8 = 0x02;
/// Concurrent multiplexing ([C706] 12.6.3.1).
const PFC_CONC_MPX: u8 = 0x10;
