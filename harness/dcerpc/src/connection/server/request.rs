//! From the fragments of requests to calls.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::sync::Arc;

use super::super::Established;
use super::security::Untrusted;
use super::{Begun, Call, Context, Event, Refusal, Request, Server, trailer};
use crate::fragment::{Fragment, Framed, ReassemblyError, Whole};
use crate::pdu::{self, Body, Flags, Header, Pdu, VerificationTrailer, status};
use crate::security::Protection;

impl Server {
    pub(super) fn on_request(&mut self, framed: &Framed, mut pdu: Pdu) {
        let (offset, header) = (framed.offset, pdu.header);
        let opened = self.open_request(framed, &mut pdu);
        let Body::Request(request) = pdu.body else { return };
        match opened {
            Ok((security, protection)) => self.on_fragment(offset, &header, request, security, protection),
            Err(Untrusted { refusal, why }) => {
                let context_id = if refusal.did_not_execute { 0 } else { request.context_id };
                self.fault(header.call_id, context_id, refusal);
                self.close(offset, why);
            }
        }
    }

    fn on_fragment(
        &mut self,
        offset: u64,
        header: &Header,
        request: pdu::Request,
        security: Option<Arc<Established>>,
        protection: Protection,
    ) {
        let call_id = header.call_id;
        let begun = match self.begin(header, &request, security, protection) {
            Ok(Some(begun)) => begun,
            Ok(None) => return,
            Err(why) => return self.refuse(offset, header, why),
        };
        let context_id = begun.context_id;
        if (request.context_id, request.opnum) != (begun.context_id, begun.opnum) {
            let why = format!("the fragments of call {call_id} differ in p_cont_id or opnum");
            return self.refuse(offset, header, why);
        }
        let pdu::Request { alloc_hint, stub, .. } = request;
        let fragment = Fragment { call_id, flags: header.flags, alloc_hint, stub, about: begun };
        match self.reassembler.push(fragment) {
            Ok(None) => {}
            Ok(Some(whole)) => self.on_whole(offset, header, whole),
            // [MS-RPCE] 3.3.3.5.4.
            Err(ReassemblyError::TooLong { .. }) => {
                self.fault(call_id, context_id, Refusal::not_begun(status::ACCESS_DENIED));
            }
            Err(error) => self.refuse(offset, header, error.to_string()),
        }
    }

    /// What the first fragment told: this one, or one before. None when the fragment is to be dropped.
    fn begin(
        &mut self,
        header: &Header,
        request: &pdu::Request,
        security: Option<Arc<Established>>,
        protection: Protection,
    ) -> Result<Option<Begun>, String> {
        let call_id = header.call_id;
        if !header.flags.has(Flags::FIRST) {
            return match (self.reassembler.unfinished_mut(call_id), self.last_call_id) {
                (Some(begun), _) => {
                    begun.protection = begun.protection.max(protection);
                    Ok(Some(begun.clone()))
                }
                // The rest of a call that was refused ([MS-RPCE] 3.3.3.5.6).
                (None, Some(last)) if last >= call_id && last - call_id < 150 => Ok(None),
                (None, _) => Err(format!("a later fragment of call {call_id} without a first one")),
            };
        }
        // One that was answered may come again: whether "monotonically" excludes that is not said, and clients do it.
        if let Some(last) = self.last_call_id.filter(|last| call_id < *last || self.calls.contains_key(&call_id)) {
            return Err(format!("call_id {call_id} after {last}: call_ids increase (MS-RPCE 3.3.3.5.2)"));
        }
        if !self.negotiated.multiplexed && self.calls.values().any(|call| !call.orphaned) {
            return Err(format!("call {call_id} before the answer to the last one, without concurrent multiplexing"));
        }
        self.last_call_id = Some(call_id);
        if let Some(unfinished) = self.reassembler.unfinished_calls().next() {
            return Err(format!("call {call_id} begins before the last fragment of call {unfinished}"));
        }
        let Some(context) = self.contexts.get(&request.context_id) else {
            self.fault(call_id, 0, Refusal::not_begun(status::NCA_UNK_IF));
            return Ok(None);
        };
        if self.calls.len() >= self.options.max_outstanding {
            self.fault(call_id, request.context_id, Refusal::not_begun(status::NCA_SERVER_TOO_BUSY));
            return Ok(None);
        }
        let pdu::Request { alloc_hint, context_id, opnum, object, .. } = *request;
        Ok(Some(Begun { context_id, context: *context, opnum, object, alloc_hint, security, protection }))
    }

    fn on_whole(&mut self, offset: u64, header: &Header, whole: Whole<Begun>) {
        let Header { call_id, .. } = *header;
        let Begun { context_id, context, opnum, object, alloc_hint, security, protection } = whole.about;
        // In one PDU it tells nothing that the PDU does not.
        let fragmented = !header.flags.has(Flags::FIRST);
        if fragmented && usize::try_from(alloc_hint).is_ok_and(|hint| hint > whole.stub.len()) {
            let why = format!("alloc_hint {alloc_hint} of a stub of {} octets (MS-RPCE 2.2.2.6)", whole.stub.len());
            return self.refuse(offset, header, why);
        }
        let (stub, trailer) = VerificationTrailer::split(whole.stub);
        if let Some(trailer) = trailer.filter(|_| self.options.checks_trailers)
            && !trailer::holds(&trailer, header, context, context_id, opnum, self.told_header_signing)
        {
            return self.fault(call_id, context_id, Refusal::not_begun(status::ACCESS_DENIED));
        }
        let auth = security.as_ref().map(|security| security.auth_context_id);
        let unsigned = matches!(protection, Protection::Unsigned(_));
        self.calls.insert(call_id, Call { context_id, cancels: 0, orphaned: false, auth, unsigned });
        let Context { interface, syntax } = context;
        let order = header.order();
        self.events.push_back(Event::Request(Request {
            call_id,
            context_id,
            interface,
            syntax,
            order,
            opnum,
            object,
            stub,
            security,
            protection,
        }));
        if header.flags.has(Flags::PENDING_CANCEL) {
            self.on_cancel(call_id);
        }
    }

    /// A cancel of a call that is not outstanding has come too late ([C706] 12.6.4.6).
    pub(super) fn on_cancel(&mut self, call_id: u32) {
        if let Some(call) = self.calls.get_mut(&call_id) {
            call.cancels = call.cancels.saturating_add(1);
            self.events.push_back(Event::Cancelled { call_id });
        }
    }

    pub(super) fn on_orphaned(&mut self, call_id: u32) {
        self.reassembler.forget(call_id);
        if let Some(call) = self.calls.get_mut(&call_id) {
            call.orphaned = true;
            self.events.push_back(Event::Orphaned { call_id });
        }
    }
}
