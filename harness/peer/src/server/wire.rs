//! What stands between PDUs and the print server: which method an opnum is, what its stub says, how an answer is sent.
//! Here too a misbehaving server takes another branch.

use bytes::{Bytes, BytesMut};
use dcerpc::connection::server::{Refusal, Server as Connection};
use dcerpc::ndr::{Format, rule};
use dcerpc::pdu::Pdu;
use dcerpc::{ByteOrder, TransferSyntax};
use mspan::method::{DeleteOut, In, Out};
use mspan::{Interface, Method};

use super::call::{Outcome, fault};
use crate::misbehaviour::Misbehaviour::{self, *};

/// What a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asking {
    /// A call of the protocol.
    Call(In),
    /// Something that is answered without any state.
    Answered(Outcome),
}

/// The rules of the layer below the methods ([MS-PAN] 3.1.1.4, 3.1.2.4).
#[derive(Clone, Copy, Debug)]
pub(super) struct Wire {
    misbehaviour: Option<Misbehaviour>,
}

impl Wire {
    pub(super) fn new(misbehaviour: Option<Misbehaviour>) -> Self {
        Self { misbehaviour }
    }

    /// Reads a request.
    pub(super) fn read(self, interface: Interface, opnum: u16, stub: &Bytes, format: Format) -> Asking {
        let Some(method) = self.method(interface, opnum) else {
            return Asking::Answered(Outcome::Fault(fault::OPERATION_RANGE));
        };
        let order = if self.is(ByteOrderIgnored) { ByteOrder::Little } else { format.order };
        let format = Format::new(format.syntax, order);
        if method == Method::Delete && stub.len() < 20 && self.is(ShortDeleteAccepted) {
            return Asking::Answered(Outcome::Return(Out::Delete(DeleteOut::default())));
        }
        match self.decode(method, stub, format) {
            Some(input) => Asking::Call(input),
            None => Asking::Answered(Outcome::Fault(fault::BAD_STUB_DATA)),
        }
    }

    /// Answers a call.
    pub(super) fn answer(self, connection: &mut Connection, call_id: u32, outcome: &Outcome, format: Format) {
        let answer = match outcome {
            Outcome::Return(out) => Ok(self.encode(out, format)),
            Outcome::Fault(status @ fault::OPERATION_RANGE) => Err(Refusal::not_begun(*status)),
            Outcome::Fault(status) => Err(Refusal::failed(*status)),
        };
        match self.misbehaviour {
            Some(ForeignCallId) => {
                connection.respond_altered(call_id, answer, |pdu| pdu.header.call_id = !pdu.header.call_id);
            }
            Some(ResponsesUnderAnotherContext) => {
                connection.respond_altered(call_id, answer, |pdu| {
                    if let Some(auth) = &mut pdu.auth {
                        auth.context_id = auth.context_id.wrapping_add(1);
                    }
                });
            }
            Some(WrongFragLength) => {
                connection.respond_altered(call_id, answer, |pdu| {
                    pdu.header.frag_length = pdu.header.frag_length.saturating_sub(4);
                });
            }
            Some(HalfResponse) => {
                let mut half = Bytes::new();
                connection.respond_altered(call_id, answer, |pdu| half = first_half(pdu));
                while connection.take_output().is_some() {}
                connection.send_octets(half);
                connection.shut();
            }
            Some(Rubbish) => {
                connection.forget(call_id);
                connection.send_octets(Bytes::from_static(b"\x7F\x45rubbish in place of a response\0"));
            }
            Some(ClosesInMidCall) if !matches!(outcome, Outcome::Return(Out::Create(_))) => connection.shut(),
            Some(NeverAnswers) => {}
            _ => {
                connection.respond(call_id, answer);
            }
        }
    }

    fn method(self, interface: Interface, opnum: u16) -> Option<Method> {
        match (self.misbehaviour, interface, opnum) {
            (Some(CreateAndDeleteSwapped), Interface::RemoteObject, 0) => Some(Method::Delete),
            (Some(CreateAndDeleteSwapped), Interface::RemoteObject, 1) => Some(Method::Create),
            (Some(ReservedOpnumSkipped), Interface::AsyncNotify, 2..) => {
                Method::from_opnum(interface, opnum.saturating_add(1))
            }
            (Some(OperationRangeNotChecked), Interface::AsyncNotify, 7..)
            | (Some(OperationRangeNotChecked), Interface::RemoteObject, 2..) => Method::from_opnum(interface, 0),
            _ => Method::from_opnum(interface, opnum),
        }
    }

    /// The strict NDR data consistency check: what has a defect is refused.
    fn decode(self, method: Method, stub: &Bytes, format: Format) -> Option<In> {
        let tolerated = |found: &str| match self.misbehaviour {
            Some(StubNotChecked) => true,
            Some(NullPointerWithSizeAccepted) => found == rule::SIZED_ARRAY_IS_PRESENT,
            _ => false,
        };
        match In::decode(method, stub.clone(), format) {
            Ok(decoded) => decoded.defects.iter().all(|defect| tolerated(defect.rule)).then_some(decoded.value),
            Err(_) if self.is(StubNotChecked) => {
                let mut longer = BytesMut::from(stub.as_ref());
                longer.resize(stub.len() + 256, 0);
                In::decode(method, longer.freeze(), format).ok().map(|decoded| decoded.value)
            }
            Err(_) => None,
        }
    }

    fn encode(self, out: &Out, format: Format) -> Bytes {
        let format = if self.is(Ndr64AnsweredInNdr) { Format::new(TransferSyntax::Ndr, format.order) } else { format };
        let stub = out.encode(format);
        if matches!(out, Out::Delete(_)) && self.is(DeleteReturnsResult) {
            let mut longer = BytesMut::from(stub);
            longer.resize(longer.len() + 4, 0);
            return longer.freeze();
        }
        stub
    }

    fn is(self, misbehaviour: Misbehaviour) -> bool {
        self.misbehaviour == Some(misbehaviour)
    }
}

fn first_half(pdu: &Pdu) -> Bytes {
    let mut octets = pdu.encode();
    octets.truncate(octets.len() / 2);
    octets
}
