//! Answering calls.

use bytes::Bytes;

use super::super::PacketLevel;
use super::super::secured::Sending;
use super::security::Slot;
use super::{Call, Refusal, Server};
use crate::fragment::pieces;
use crate::pdu::{self, Body, Flags, Pdu, status};
use crate::security::SecurityError;

impl Server {
    /// Answers a call. False when there is no such call, or nobody left to hear of it.
    pub fn respond(&mut self, call_id: u32, answer: Result<Bytes, Refusal>) -> bool {
        self.respond_altered(call_id, answer, |_| {})
    }

    /// Answers a call with PDUs that `alter` has changed. It sees each after its lengths were set and with room for the
    /// token, before it is protected.
    pub fn respond_altered(
        &mut self,
        call_id: u32,
        answer: Result<Bytes, Refusal>,
        alter: impl FnMut(&mut Pdu),
    ) -> bool {
        self.respond_in_fragments(call_id, answer, None, alter)
    }

    /// The same with so many stub octets in a fragment; as the options say when absent.
    pub fn respond_in_fragments(
        &mut self,
        call_id: u32,
        answer: Result<Bytes, Refusal>,
        stub_octets: Option<usize>,
        mut alter: impl FnMut(&mut Pdu),
    ) -> bool {
        let Some(call) = self.calls.remove(&call_id).filter(|call| !call.orphaned && !self.is_closed()) else {
            return false;
        };
        let refusal = match answer {
            Err(refusal) => refusal,
            Ok(stub) => match self.send_response(call_id, call, (stub, stub_octets), &mut alter) {
                Ok(()) => return true,
                Err(_) => Refusal::failed(status::SEC_PKG_ERROR),
            },
        };
        let Refusal { status, did_not_execute } = refusal;
        let flags = if did_not_execute { Flags::DID_NOT_EXECUTE } else { Flags::NONE };
        let fault = pdu::Fault { cancel_count: call.cancels, ..pdu::Fault::new(call.context_id, status) };
        let mut pdu = Pdu::new(Body::Fault(fault), Flags::WHOLE.with(flags), self.options.order, call_id);
        alter(&mut pdu);
        self.send(pdu);
        true
    }

    /// Sends the fragments of a response, protected as the security context of the call wants it.
    fn send_response(
        &mut self,
        call_id: u32,
        call: Call,
        (stub, stub_octets): (Bytes, Option<usize>),
        mut alter: impl FnMut(&mut Pdu),
    ) -> Result<(), SecurityError> {
        let Call { context_id, cancels: cancel_count, auth, unsigned, .. } = call;
        let (order, header_signing) = (self.options.order, self.signs_headers());
        let packet_level = if unsigned { PacketLevel::Unsigned } else { self.options.packet_level };
        let secured = match auth.and_then(|id| self.security.get_mut(&id)) {
            Some(Slot::Established(secured)) => Some(secured),
            _ => None,
        };
        // The call_id tells the context of a response: where nothing protects it, no verifier has to.
        let mut sending = Sending::new(secured, packet_level, false, header_signing);
        let room = sending.stub_room(self.negotiated.max_xmit_frag, pdu::Response::OCTETS_BEFORE_STUB);
        let stub_octets = stub_octets.or(self.options.stub_octets_per_fragment).unwrap_or(room);
        for piece in pieces(stub, stub_octets.min(room)) {
            let alloc_hint = u32::try_from(piece.remaining).unwrap_or(0);
            let stub_octets = piece.stub.len();
            let response = pdu::Response { alloc_hint, context_id, cancel_count, reserved: 0, stub: piece.stub };
            let pdu = Pdu::new(Body::Response(response), piece.flags, order, call_id);
            self.output.push_back(sending.encode(pdu, stub_octets, &mut alter)?);
        }
        Ok(())
    }
}
