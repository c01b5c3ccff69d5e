//! One connection.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use bytes::Bytes;
use dcerpc::Decoded;
use dcerpc::pdu::{self, AuthVerifier, Body, Header, PduType};
use mspan::Interface;
use trace::{ConnectionEnd, ConnectionId, Direction};

use super::call::{Calls, Part, Scene};
use super::negotiation::Negotiation;
use super::security::{Contexts, Guard};
use super::stream::{Next, Stream};
use super::{Known, Output, token};
use crate::event::{AssociationId, Auth, Gap, Kind, Layer, Pdu, Protection, Refused};

/// Where call_id stands in a PDU.
const CALL_ID: u64 = 12;

/// What is known of one connection.
#[derive(Debug)]
pub(super) struct Connection {
    id: ConnectionId,
    server: String,
    to_server: Stream,
    to_client: Stream,
    lost: Losses,
    negotiation: Negotiation,
    security: Contexts,
    association: Option<AssociationId>,
    /// The association that its bind names to join.
    named: Option<u32>,
    calls: Calls,
}

/// Whether the recording lacks something of a direction: then what seems to be missing may have been there.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Losses {
    pub(super) to_server: bool,
    pub(super) to_client: bool,
}

/// What an event tells of a PDU beside its header.
#[derive(Default)]
struct Around {
    interfaces: Vec<Interface>,
    auth: Option<Auth>,
    protection: Option<Protection>,
}

impl Losses {
    /// Whether it lacks anything.
    pub(super) const fn any(self) -> bool {
        self.to_server || self.to_client
    }
}

impl Connection {
    /// A connection seen from its start.
    pub(super) fn opened(id: ConnectionId, server: String) -> Self {
        Self {
            id,
            server,
            to_server: Stream::from_start(),
            to_client: Stream::from_start(),
            lost: Losses::default(),
            negotiation: Negotiation::default(),
            security: Contexts::default(),
            association: None,
            named: None,
            calls: Calls::new(id),
        }
    }

    /// Octets crossed it.
    pub(super) fn octets(&mut self, direction: Direction, octets: &Bytes, known: &mut Known, out: &mut Output<'_>) {
        self.stream(direction).push(octets);
        while let Some(next) = self.stream(direction).next() {
            match next {
                Next::Pdu(framed) => self.framed(direction, framed.octets, known, out),
                Next::Rubbish { offset, why, over_http, guessed } => {
                    out.gap(Gap { over_http, ..self.transport_gap(direction, offset, why, !guessed) });
                }
            }
        }
    }

    /// The recording lacks octets.
    pub(super) fn lost(&mut self, direction: Direction, octets: Option<u64>, out: &mut Output<'_>) {
        let offset = self.stream(direction).lost(octets.unwrap_or(0));
        let why = match octets {
            Some(octets) => format!("the recording lacks {octets} octets"),
            None => "the recording lacks octets".into(),
        };
        out.gap(self.transport_gap(direction, offset, why, false));
        match direction {
            Direction::ToServer => self.lost.to_server = true,
            Direction::ToClient => self.lost.to_client = true,
        }
        self.security.lost(direction);
        self.calls.lost(direction, out);
    }

    /// It ended. Gives the association that it was part of.
    pub(super) fn close(&mut self, how: &ConnectionEnd, out: &mut Output<'_>) -> Option<AssociationId> {
        let by = match how {
            ConnectionEnd::Orderly { by } => Some(*by),
            ConnectionEnd::Broken { .. } => None,
        };
        self.half_pdus("the connection ended", by, out);
        self.calls.close(by, out);
        self.association
    }

    /// The trace ended, with the connection open.
    pub(super) fn end(&mut self, out: &mut Output<'_>) {
        self.half_pdus("the recording ended", None, out);
    }

    /// Names what waits for the rest of a PDU. Whoever ends the connection has sent half a PDU on purpose.
    fn half_pdus(&mut self, end: &str, by: Option<Direction>, out: &mut Output<'_>) {
        for direction in [Direction::ToServer, Direction::ToClient] {
            if let Some((offset, octets)) = self.stream(direction).unfinished() {
                let why = format!("{end} after {octets} octets of a PDU");
                out.gap(self.transport_gap(direction, offset, why, by == Some(direction)));
            }
        }
    }

    fn framed(&mut self, direction: Direction, octets: Bytes, known: &mut Known, out: &mut Output<'_>) {
        match pdu::Pdu::decode(&octets) {
            Ok(Decoded { mut value, defects }) => {
                let mut guard = self.security.look((self.id, direction), &octets, &mut value, &known.keyring);
                if let Some(secured) = guard.secured.take() {
                    out.event(Kind::Secured(*secured));
                }
                let header = Decoded { value: value.header, defects };
                let auth = value.auth.as_ref().map(|verifier| self.auth(direction, header.value.ptype, verifier, out));
                let around = Around { interfaces: proposed(&value.body), auth, protection: guard.protection.clone() };
                out.event(Kind::Pdu(self.pdu_event(direction, octets, header, around)));
                self.pdu(direction, value, guard, known, out);
            }
            Err(error) => {
                self.security.lost(direction);
                let call_id = self.header_event(direction, octets, out);
                let why = format!("the PDU can't be read: {error}");
                let call = call_id.and_then(|call_id| self.calls.outstanding(call_id));
                out.gap(Gap { call, ..self.pdu_gap(direction, error.offset() as u64, why, true) });
            }
        }
    }

    /// A PDU of which only the header can be read; gives its call_id.
    fn header_event(&self, direction: Direction, octets: Bytes, out: &mut Output<'_>) -> Option<u32> {
        let header = Header::decode(&octets).ok()?;
        let call_id = header.value.call_id;
        out.event(Kind::Pdu(self.pdu_event(direction, octets, header, Around::default())));
        Some(call_id)
    }

    fn pdu_event(&self, direction: Direction, octets: Bytes, header: Decoded<Header>, around: Around) -> Pdu {
        let Decoded { value: header, defects } = header;
        let Around { interfaces, auth, protection } = around;
        Pdu {
            connection: self.id,
            direction,
            ptype: header.ptype.0,
            flags: header.flags.0,
            frag_length: header.frag_length,
            auth_length: header.auth_length,
            call_id: header.call_id,
            octets,
            interfaces,
            auth,
            protection,
            defects,
        }
    }

    /// The verifier, and its token where it sets up a security context. A token that can't be read is named before.
    fn auth(&self, direction: Direction, ptype: PduType, verifier: &AuthVerifier, out: &mut Output<'_>) -> Auth {
        let read = token::read(ptype, verifier);
        if let Some(error) = read.unreadable {
            let (layer, why) = (Layer::Token, format!("the token can't be read: {error}"));
            out.gap(Gap { layer, ..self.pdu_gap(direction, error.offset() as u64, why, true) });
        }
        Auth {
            auth_type: verifier.auth_type,
            auth_level: verifier.auth_level,
            context_id: verifier.context_id,
            token: read.token,
            defects: read.defects,
        }
    }

    fn pdu(&mut self, direction: Direction, pdu: pdu::Pdu, guard: Guard, known: &mut Known, out: &mut Output<'_>) {
        let part = Part::of(&pdu, guard);
        if let (Direction::ToServer, Body::Bind(bind)) = (direction, &pdu.body) {
            self.named = Some(bind.assoc_group_id).filter(|group| *group != 0);
        }
        let call_id = pdu.header.call_id;
        match (direction, pdu.body) {
            (Direction::ToServer, Body::Bind(bind) | Body::AlterContext(bind)) => {
                self.negotiation.propose(call_id, bind);
            }
            (Direction::ToServer, Body::Request(request)) => {
                let is_unknown = self.lost.any() && self.association.is_none();
                let joined = is_unknown.then(|| part.begins_with_a_handle_of(&request, &known.handles)).flatten();
                if let Some(association) = joined.and_then(|id| known.associations.join_known(&self.server, id)) {
                    self.join(association, out);
                }
                self.join_named(known, out);
                let association = self.calls_association(known);
                let (negotiation, lost) = (&mut self.negotiation, self.lost);
                self.calls.request(part, request, association, &mut Scene { negotiation, lost, known, out });
                self.lost.to_client |= self.calls.give_up_too_many(out);
            }
            (Direction::ToClient, Body::BindAck(answer)) => {
                let associations = &mut known.associations;
                let group = answer.assoc_group_id;
                self.association.get_or_insert_with(|| associations.join(&self.server, group));
                self.answer(call_id, &answer, out);
            }
            (Direction::ToClient, Body::AlterContextResp(answer)) => self.answer(call_id, &answer, out),
            (Direction::ToClient, Body::BindNak(answer)) => {
                if let Some(abstract_syntaxes) = self.negotiation.refuse(call_id) {
                    let (connection, reason) = (self.id, answer.reason);
                    out.event(Kind::Refused(Refused { connection, abstract_syntaxes, reason }));
                }
            }
            (Direction::ToClient, Body::Fault(_)) if self.negotiation.refuse(call_id).is_some() => {}
            (Direction::ToClient, Body::Response(response)) => {
                let (negotiation, lost) = (&mut self.negotiation, self.lost);
                self.calls.response(part, response, &mut Scene { negotiation, lost, known, out });
            }
            (Direction::ToClient, Body::Fault(fault)) => {
                let (negotiation, lost) = (&mut self.negotiation, self.lost);
                self.calls.fault(&part, &fault, &mut Scene { negotiation, lost, known, out });
            }
            (Direction::ToServer, Body::Auth3(_) | Body::CoCancel | Body::Orphaned)
            | (Direction::ToClient, Body::Shutdown) => {}
            (_, body) => {
                let why = format!("expected a PDU that goes this way, found {}", body.ptype());
                out.gap(self.pdu_gap(direction, 2, why, true));
            }
        }
    }

    /// A handle shows which association the connection is of.
    fn join(&mut self, association: AssociationId, out: &mut Output<'_>) {
        self.association = Some(association);
        out.event(Kind::Joined { connection: self.id, association });
        for direction in [Direction::ToServer, Direction::ToClient] {
            let why = "its bind was not captured: what it carried before is not known".into();
            out.gap(self.transport_gap(direction, 0, why, false));
        }
    }

    /// The answer to a bind may not have been captured: the connection is of the association that the bind names then.
    pub(super) fn join_named(&mut self, known: &mut Known, out: &mut Output<'_>) {
        let Some(group) = self.named.filter(|_| self.association.is_none() && self.lost.to_client) else { return };
        let association = known.associations.join(&self.server, group);
        self.association = Some(association);
        out.event(Kind::Joined { connection: self.id, association });
        let why = "the answer to its bind was not captured: it is of the association that the bind names".into();
        out.gap(self.transport_gap(Direction::ToClient, 0, why, false));
    }

    fn answer(&mut self, call_id: u32, answer: &pdu::BindAck, out: &mut Output<'_>) {
        if let Err(why) = self.negotiation.answer(self.id, self.association, call_id, answer, out) {
            out.gap(self.pdu_gap(Direction::ToClient, CALL_ID, why, !self.lost.to_server));
        }
    }

    /// The association of calls: one of its own when no bind_ack has named another.
    fn calls_association(&mut self, known: &mut Known) -> AssociationId {
        *self.association.get_or_insert_with(|| known.associations.join_own(&self.server))
    }

    fn transport_gap(&self, direction: Direction, offset: u64, why: String, malformed: bool) -> Gap {
        Gap {
            connection: self.id,
            direction,
            layer: Layer::Transport,
            call: None,
            offset,
            why,
            malformed,
            other_syntax: false,
            short_enumerations: false,
            over_http: false,
        }
    }

    fn pdu_gap(&self, direction: Direction, offset: u64, why: String, malformed: bool) -> Gap {
        Gap { layer: Layer::Pdu, ..self.transport_gap(direction, offset, why, malformed) }
    }

    fn stream(&mut self, direction: Direction) -> &mut Stream {
        match direction {
            Direction::ToServer => &mut self.to_server,
            Direction::ToClient => &mut self.to_client,
        }
    }
}

/// Our interfaces among those that a bind or alter_context proposes.
fn proposed(body: &Body) -> Vec<Interface> {
    let (Body::Bind(bind) | Body::AlterContext(bind)) = body else { return Vec::new() };
    bind.contexts.iter().filter_map(|element| Interface::from_id(element.abstract_syntax)).collect()
}
