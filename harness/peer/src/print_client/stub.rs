//! Stubs: of requests, right or wrong, and of responses, strictly read.

use bytes::{BufMut, Bytes, BytesMut};
use dcerpc::ndr::Format;
use dcerpc::{ByteOrder, Defect, TransferSyntax};
use mspan::method::{In, Out};
use mspan::{Method, NotificationType};
use uuid::Uuid;

use super::PrintClient;
use super::failure::Failure;
use crate::client::Stub;
use crate::client_misbehaviour::ClientMisbehaviour::{
    DefectsAccepted, FilterInSixteenBits, StubsInNdr, TypeOctetsReversed,
};

impl PrintClient {
    /// The stub of a request.
    pub(super) fn stub(&self, mut input: In) -> Stub {
        if self.does(TypeOctetsReversed) {
            reverse_type(&mut input);
        }
        if self.does(FilterInSixteenBits) && input.method() == Method::RegisterClient {
            return Stub::from_format(move |format| in_sixteen_bits(&input, format));
        }
        if self.does(StubsInNdr) {
            return Stub::from_format(move |format| input.encode(Format::new(TransferSyntax::Ndr, format.order)));
        }
        input.into()
    }

    /// Reads the stub of a response, with the strict NDR data consistency check at target level 6.0 ([MS-PAN] 3.2.1.4,
    /// 3.2.2.4): what has a defect is refused.
    pub(super) fn read(&self, method: Method, stub: Bytes, format: Format) -> Result<Out, Failure> {
        if self.does(DefectsAccepted) {
            // The heap behind it may hold anything: zeros, say.
            let mut longer = BytesMut::from(stub.as_ref());
            longer.resize(stub.len() + 256, 0);
            let read = Out::decode(method, longer.freeze(), format);
            return read.map(|decoded| decoded.value).map_err(|error| Failure::Refused(error.to_string()));
        }
        let decoded = Out::decode(method, stub, format).map_err(|error| Failure::Refused(error.to_string()))?;
        match decoded.defects.first() {
            Some(Defect { offset, field, expected, actual, .. }) => {
                Err(Failure::Refused(format!("offset {offset:#x}: {field} is {actual}, expected {expected}")))
            }
            None => Ok(decoded.value),
        }
    }
}

/// NotifyFilter and conversationStyle as enumerations without v1_enum.
fn in_sixteen_bits(input: &In, format: Format) -> Bytes {
    let In::RegisterClient(parameters) = input else { return input.encode(format) };
    let mut stub = BytesMut::from(input.encode(format));
    stub.truncate(stub.len().saturating_sub(8));
    for value in [parameters.filter.0, parameters.style.0] {
        let value = u16::try_from(value).unwrap_or(u16::MAX);
        match format.order {
            ByteOrder::Little => stub.put_u16_le(value),
            ByteOrder::Big => stub.put_u16(value),
        }
    }
    stub.freeze()
}

fn reverse_type(input: &mut In) {
    let reverse =
        |kind: &mut NotificationType| *kind = NotificationType(Uuid::from_u128(kind.0.as_u128().swap_bytes()));
    match input {
        In::RegisterClient(parameters) => reverse(&mut parameters.notification_type),
        In::CloseChannel(parameters) => reverse(&mut parameters.notification_type),
        In::GetNotificationSendResponse(parameters) => {
            if let Some(kind) = &mut parameters.notification_type {
                reverse(kind);
            }
        }
        _ => {}
    }
}
