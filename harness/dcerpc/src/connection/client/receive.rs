//! What a client makes of the server's PDUs.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::{Bound, Client, Event, Fault, MUST_RECV_FRAG, Returned, State};
use crate::TransferSyntax;
use crate::fragment::{Fragment, Framed};
use crate::pdu::{self, BindAck, Body, ContextElement, Flags, Header, Pdu, ResultCode};

impl Client {
    pub(super) fn on_pdu(&mut self, framed: &Framed) {
        let offset = framed.offset;
        let decoded = match Pdu::decode(&framed.octets) {
            Ok(decoded) => decoded,
            Err(error) => return self.malformed(offset, error.to_string()),
        };
        if let Some(defect) = decoded.defects.first() {
            let why = format!("{}: {} instead of {}", defect.rule, defect.actual, defect.expected);
            return self.malformed(offset, why);
        }
        let header = decoded.value.header;
        match decoded.value.body {
            Body::BindAck(ack) => self.on_bind_ack(offset, &header, ack),
            Body::BindNak(nak) => self.on_bind_nak(offset, &header, nak),
            Body::AlterContextResp(ack) => self.on_alter_context_resp(offset, &header, ack),
            Body::Response(response) => self.on_response(offset, &header, response),
            Body::Fault(fault) => self.on_fault(offset, &header, fault),
            Body::Shutdown => self.events.push_back(Event::ShutdownAsked),
            _ => self.malformed(offset, format!("{} is not for a client", header.ptype)),
        }
    }

    fn on_bind_ack(&mut self, offset: u64, header: &Header, ack: BindAck) {
        let State::Binding { call_id, proposed } = core::mem::replace(&mut self.state, State::Bound) else {
            return self.malformed(offset, "bind_ack without a bind".into());
        };
        if header.call_id != call_id {
            return self.foreign(offset, header);
        }
        self.multiplexed = self.options.multiplexing && header.flags.has(Flags::CONC_MPX);
        self.association = ack.assoc_group_id;
        self.max_xmit_frag = self.options.max_xmit_frag.min(ack.max_recv_frag).max(MUST_RECV_FRAG);
        self.on_results(offset, call_id, proposed, ack);
    }

    fn on_alter_context_resp(&mut self, offset: u64, header: &Header, ack: BindAck) {
        match self.altering.take() {
            Some((call_id, proposed)) if call_id == header.call_id => self.on_results(offset, call_id, proposed, ack),
            Some(_) => self.foreign(offset, header),
            None => self.malformed(offset, "alter_context_resp without an alter_context".into()),
        }
    }

    fn on_results(&mut self, offset: u64, call_id: u32, proposed: Vec<ContextElement>, ack: BindAck) {
        if proposed.len() != ack.results.len() {
            let why = format!("{} results for {} contexts (C706 12.6.3.1)", ack.results.len(), proposed.len());
            return self.malformed(offset, why);
        }
        let contexts: Vec<_> = proposed.into_iter().zip(ack.results).collect();
        for (element, result) in contexts.iter().filter(|(_, result)| result.result == ResultCode::ACCEPTANCE) {
            match TransferSyntax::from_id(result.transfer_syntax) {
                Some(syntax) if element.transfer_syntaxes.contains(&result.transfer_syntax) => {
                    self.contexts.insert(element.id, (element.abstract_syntax, syntax));
                }
                _ => {
                    let why = format!("context {} accepted with a transfer syntax not proposed", element.id);
                    return self.malformed(offset, why);
                }
            }
        }
        self.events.push_back(Event::Bound(Bound {
            call_id,
            association: ack.assoc_group_id,
            contexts,
            max_xmit_frag: ack.max_xmit_frag,
            max_recv_frag: ack.max_recv_frag,
            multiplexed: self.multiplexed,
        }));
    }

    fn on_bind_nak(&mut self, offset: u64, header: &Header, nak: pdu::BindNak) {
        match core::mem::replace(&mut self.state, State::Ended) {
            State::Binding { call_id, .. } if call_id == header.call_id => {
                self.events.push_back(Event::BindRefused(nak));
            }
            State::Binding { .. } => self.foreign(offset, header),
            // An alter_context over the server's limit is refused like this too ([MS-RPCE] 3.3.3.5.5).
            _ if self.altering.is_some() => self.events.push_back(Event::BindRefused(nak)),
            _ => self.malformed(offset, "bind_nak without a bind".into()),
        }
    }

    fn on_response(&mut self, offset: u64, header: &Header, response: pdu::Response) {
        let Some(call_id) = self.answered(offset, header) else { return };
        let order = header.order();
        if self.reassembler.unfinished(call_id).is_some_and(|first| *first != order) {
            return self.malformed(offset, format!("the fragments of call {call_id} differ in byte order"));
        }
        // [MS-RPCE] 3.3.2.5.2.
        if i32::try_from(response.alloc_hint).is_err() {
            return self.malformed(offset, format!("alloc_hint {:#010x} exceeds 0x7FFFFFFF", response.alloc_hint));
        }
        let fragment = Fragment { call_id, flags: header.flags, stub: response.stub, about: order };
        match self.reassembler.push(fragment) {
            Ok(None) => {}
            Ok(Some(whole)) => {
                let syntax = self.calls.remove(&call_id).flatten();
                let context_id = response.context_id;
                let returned = Returned { call_id, context_id, syntax, order, stub: whole.stub };
                self.events.push_back(Event::Returned(returned));
            }
            Err(error) => self.malformed(offset, error.to_string()),
        }
    }

    fn on_fault(&mut self, offset: u64, header: &Header, fault: pdu::Fault) {
        let of_alter_context = self.altering.take_if(|(call_id, _)| *call_id == header.call_id).is_some();
        // Some servers refuse a bind with a fault in place of bind_nak.
        let of_bind = matches!(self.state, State::Binding { call_id, .. } if call_id == header.call_id);
        if of_bind {
            self.state = State::Ended;
        }
        let call_id = match of_alter_context || of_bind {
            true => header.call_id,
            false => match self.answered(offset, header) {
                Some(call_id) => call_id,
                None => return,
            },
        };
        self.calls.remove(&call_id);
        self.reassembler.forget(call_id);
        let did_not_execute = header.flags.has(Flags::DID_NOT_EXECUTE);
        let pdu::Fault { status, stub, .. } = fault;
        self.events.push_back(Event::Fault(Fault { call_id, status, did_not_execute, of_alter_context, stub }));
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
