//! What a client makes of the server's PDUs.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::super::secured::foreign_verifier;
use super::{Bound, Client, Event, Exchange, Fault, MUST_RECV_FRAG, Outstanding, Returned, State};
use crate::fragment::{Fragment, Framed};
use crate::pdu::{self, AuthVerifier, BindAck, Body, Flags, Header, Pdu, ResultCode};
use crate::security::Protection;
use crate::{ByteOrder, TransferSyntax};

/// What the fragments of an answer have told so far.
#[derive(Clone, Debug)]
pub(super) struct Answering {
    order: ByteOrder,
    protection: Protection,
}

impl Client {
    pub(super) fn on_pdu(&mut self, framed: &Framed) {
        let offset = framed.offset;
        let decoded = match Pdu::decode(&framed.octets) {
            Ok(decoded) => decoded,
            Err(error) => return self.malformed(offset, error.to_string()),
        };
        let mut pdu = decoded.value;
        if let Some(defect) = decoded.defects.first() {
            let why = format!("{}: {} instead of {}", defect.rule, defect.actual, defect.expected);
            return self.malformed(offset, why);
        }
        let header = pdu.header;
        match &mut pdu.body {
            Body::BindAck(ack) => {
                let ack = core::mem::take(ack);
                self.on_bind_ack(offset, &header, pdu.auth, ack);
            }
            Body::AlterContextResp(ack) => {
                let ack = core::mem::take(ack);
                self.on_alter_context_resp(offset, &header, pdu.auth, ack);
            }
            Body::BindNak(nak) => {
                let nak = core::mem::take(nak);
                self.on_bind_nak(offset, &header, nak);
            }
            Body::Response(_) => self.on_response(framed, pdu),
            Body::Fault(fault) => {
                let fault = core::mem::take(fault);
                self.on_fault(offset, &header, pdu.auth.is_some(), fault);
            }
            Body::Shutdown => self.events.push_back(Event::ShutdownAsked),
            _ => self.malformed(offset, format!("{} is not for a client", header.ptype)),
        }
    }

    fn on_bind_ack(&mut self, offset: u64, header: &Header, auth: Option<AuthVerifier>, ack: BindAck) {
        let binding = self.state == State::Binding;
        let Some(exchange) = self.exchange.take_if(|exchange| binding && exchange.bound.is_none()) else {
            return self.malformed(offset, "bind_ack without a bind".into());
        };
        if header.call_id != exchange.call_id {
            return self.foreign(offset, header);
        }
        self.multiplexed = self.options.multiplexing && header.flags.has(Flags::CONC_MPX);
        self.association = ack.assoc_group_id;
        self.max_xmit_frag = self.options.max_xmit_frag.min(ack.max_recv_frag).max(MUST_RECV_FRAG);
        self.on_answer(offset, header, auth, exchange, ack);
    }

    fn on_alter_context_resp(&mut self, offset: u64, header: &Header, auth: Option<AuthVerifier>, ack: BindAck) {
        let bound = self.state == State::Bound;
        match self.exchange.take_if(|exchange| bound || exchange.bound.is_some()) {
            Some(exchange) if exchange.call_id == header.call_id => {
                self.on_answer(offset, header, auth, exchange, ack);
            }
            Some(_) => self.foreign(offset, header),
            None => self.malformed(offset, "alter_context_resp without an alter_context".into()),
        }
    }

    /// The first answer tells what became of the presentation contexts; further legs propose the same ones again.
    fn on_answer(
        &mut self,
        offset: u64,
        header: &Header,
        auth: Option<AuthVerifier>,
        mut exchange: Exchange,
        ack: BindAck,
    ) {
        if exchange.bound.is_none() {
            match self.read_results(&exchange, ack) {
                Ok(bound) => exchange.bound = Some(bound),
                Err(why) => return self.malformed(offset, why),
            }
        }
        self.on_leg(offset, header, auth, exchange);
    }

    fn read_results(&mut self, exchange: &Exchange, ack: BindAck) -> Result<Bound, String> {
        let Exchange { proposed, call_id, .. } = exchange;
        if proposed.len() != ack.results.len() {
            return Err(format!("{} results for {} contexts (C706 12.6.3.1)", ack.results.len(), proposed.len()));
        }
        let contexts: Vec<_> = proposed.iter().cloned().zip(ack.results).collect();
        for (element, result) in contexts.iter().filter(|(_, result)| result.result == ResultCode::ACCEPTANCE) {
            match TransferSyntax::from_id(result.transfer_syntax) {
                Some(syntax) if element.transfer_syntaxes.contains(&result.transfer_syntax) => {
                    self.contexts.insert(element.id, (element.abstract_syntax, syntax));
                }
                _ => return Err(format!("context {} accepted with a transfer syntax not proposed", element.id)),
            }
        }
        Ok(Bound {
            call_id: *call_id,
            association: ack.assoc_group_id,
            contexts,
            max_xmit_frag: ack.max_xmit_frag,
            max_recv_frag: ack.max_recv_frag,
            multiplexed: self.multiplexed,
        })
    }

    fn on_bind_nak(&mut self, offset: u64, header: &Header, nak: pdu::BindNak) {
        let binding = core::mem::replace(&mut self.state, State::Ended) == State::Binding;
        match self.exchange.take() {
            // An alter_context over the server's limit is refused like this too ([MS-RPCE] 3.3.3.5.5).
            Some(exchange) if !binding || exchange.call_id == header.call_id => {
                self.events.push_back(Event::BindRefused(nak));
            }
            Some(_) => self.foreign(offset, header),
            None => self.malformed(offset, "bind_nak without a bind".into()),
        }
    }

    fn on_response(&mut self, framed: &Framed, mut pdu: Pdu) {
        let (offset, header) = (framed.offset, pdu.header);
        let Some(call_id) = self.answered(offset, &header) else {
            // What protects the answer to an orphan is counted all the same.
            let auth = pdu.auth.as_ref().map(|auth| auth.context_id);
            if let Err(why) = self.open(framed, &mut pdu, auth) {
                self.unverified(offset, &header, why);
            }
            return;
        };
        let auth = self.calls.get(&call_id).and_then(|call| call.auth);
        let protection = match self.open(framed, &mut pdu, auth) {
            Ok(protection) => protection,
            Err(why) => return self.unverified(offset, &header, why),
        };
        if let Body::Response(response) = pdu.body {
            self.on_fragment(offset, &header, call_id, response, protection);
        }
    }

    fn on_fragment(
        &mut self,
        offset: u64,
        header: &Header,
        call_id: u32,
        response: pdu::Response,
        protection: Protection,
    ) {
        let order = header.order();
        if let Some(answering) = self.reassembler.unfinished_mut(call_id) {
            if answering.order != order {
                return self.malformed(offset, format!("the fragments of call {call_id} differ in byte order"));
            }
            answering.protection = answering.protection.max(protection);
        }
        // [MS-RPCE] 3.3.2.5.2.
        if i32::try_from(response.alloc_hint).is_err() {
            return self.malformed(offset, format!("alloc_hint {:#010x} exceeds 0x7FFFFFFF", response.alloc_hint));
        }
        let about = Answering { order, protection };
        let pdu::Response { alloc_hint, stub, .. } = response;
        let fragment = Fragment { call_id, flags: header.flags, alloc_hint, stub, about };
        match self.reassembler.push(fragment) {
            Ok(None) => {}
            Ok(Some(whole)) => {
                let syntax = self.calls.remove(&call_id).and_then(|Outstanding { syntax, .. }| syntax);
                let context_id = response.context_id;
                let Answering { order, protection } = whole.about;
                let returned = Returned { call_id, context_id, syntax, order, stub: whole.stub, protection };
                self.events.push_back(Event::Returned(returned));
            }
            Err(error) => self.malformed(offset, error.to_string()),
        }
    }

    /// Verifies an answer to a call that was made in the security context `expected`.
    fn open(&mut self, framed: &Framed, pdu: &mut Pdu, expected: Option<u32>) -> Result<Protection, String> {
        let Some(expected) = expected else {
            return pdu.auth.as_ref().map_or(Ok(Protection::Unprotected), |auth| Err(foreign_verifier(auth)));
        };
        let header_signing = self.signs_headers();
        let Some(secured) = self.security.get_mut(&expected) else {
            return Err(format!("it names security context {expected}, which there is not"));
        };
        if let Some(auth) = pdu.auth.as_ref().filter(|auth| !secured.is_named_by(auth)) {
            return Err(foreign_verifier(auth));
        }
        let opened = secured.open(&framed.octets, pdu, self.options.packet_level, header_signing);
        opened.map_err(|error| error.to_string())
    }

    /// The stream can't be trusted any further.
    fn unverified(&mut self, offset: u64, header: &Header, why: String) {
        self.state = State::Ended;
        let Header { ptype, call_id, .. } = *header;
        self.events.push_back(Event::Unverified { offset, ptype, call_id, why });
    }

    fn on_fault(&mut self, offset: u64, header: &Header, has_verifier: bool, fault: pdu::Fault) {
        let refused = self.exchange.take_if(|exchange| exchange.call_id == header.call_id).is_some();
        // Some servers refuse a bind with a fault in place of bind_nak.
        let of_bind = refused && self.state == State::Binding;
        if of_bind {
            self.state = State::Ended;
        }
        let call_id = match refused {
            true => header.call_id,
            false => match self.answered(offset, header) {
                Some(call_id) => call_id,
                None => return,
            },
        };
        self.calls.remove(&call_id);
        self.reassembler.forget(call_id);
        self.events.push_back(Event::Fault(Fault {
            call_id,
            status: fault.status,
            did_not_execute: header.flags.has(Flags::DID_NOT_EXECUTE),
            of_alter_context: refused && !of_bind,
            stub: fault.stub,
            has_verifier,
        }));
    }

    /// The call that a PDU answers. One that answers none is reported.
    fn answered(&mut self, offset: u64, header: &Header) -> Option<u32> {
        if self.calls.contains_key(&header.call_id) {
            return Some(header.call_id);
        }
        if self.orphans.contains(&header.call_id) {
            return None;
        }
        let mut outstanding = self.outstanding();
        let only = outstanding.next().filter(|_| outstanding.next().is_none());
        drop(outstanding);
        let taken_for = only.filter(|_| self.options.accepts_foreign_call_id);
        if taken_for.is_none() {
            self.foreign(offset, header);
            return None;
        }
        let Header { ptype, call_id, .. } = *header;
        self.events.push_back(Event::ForeignCallId { offset, ptype, call_id, taken_for });
        taken_for
    }

    fn foreign(&mut self, offset: u64, header: &Header) {
        self.state = State::Ended;
        let Header { ptype, call_id, .. } = *header;
        self.events.push_back(Event::ForeignCallId { offset, ptype, call_id, taken_for: None });
    }

    pub(super) fn malformed(&mut self, offset: u64, why: String) {
        self.state = State::Ended;
        self.events.push_back(Event::Malformed { offset, why });
    }
}
