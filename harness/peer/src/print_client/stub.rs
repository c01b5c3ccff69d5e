//! Stubs: of requests, right or wrong, and of responses, strictly read.

use bytes::{BufMut, Bytes, BytesMut};
use dcerpc::ndr::Format;
use dcerpc::{ByteOrder, Defect, TransferSyntax};
use mspan::method::{CloseChannelIn, In, Out};
use mspan::{Method, NotificationType};
use uuid::Uuid;

use super::PrintClient;
use super::failure::Failure;
use crate::client::Stub;
use crate::client_misbehaviour::ClientMisbehaviour::{
    DefectsAccepted, FilterInSixteenBits, ResponseTypesNormalized, StubsInNdr, TypeBehindAReferent, TypeOctetsReversed,
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
        if self.does(ResponseTypesNormalized) {
            normalize_type(&mut input);
        }
        if self.does(TypeBehindAReferent) && is_bare_release(&input) {
            return Stub::from_format(move |format| with_referent(&input, format));
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

/// CloseChannel that brings no response: what follows the type is nought, wherever it is read.
fn is_bare_release(input: &In) -> bool {
    let bare = |input: &CloseChannelIn| input.in_size == 0 && input.reason.is_none();
    matches!(input, In::CloseChannel(input) if input.notification_type == NotificationType::RELEASE && bare(input))
}

/// CloseChannel with a referent before the type, which follows the channel's 20 octets.
fn with_referent(input: &In, format: Format) -> Bytes {
    let stub = input.encode(format);
    let (channel, rest) = stub.split_at_checked(20).unwrap_or((&[], &stub));
    [channel, &[0, 0, 2, 0], rest].concat().into()
}

/// The type that is given back on channels, with the bits that RFC 4122 has a meaning for put right.
fn normalize_type(input: &mut In) {
    const MEANINGFUL: u128 = 0x0000_0000_0000_F000_C000_0000_0000_0000;
    const RFC_4122: u128 = 0x0000_0000_0000_4000_8000_0000_0000_0000;
    let normalize = |kind: &mut NotificationType| {
        *kind = NotificationType(Uuid::from_u128(kind.0.as_u128() & !MEANINGFUL | RFC_4122));
    };
    match input {
        In::CloseChannel(parameters) if parameters.notification_type != NotificationType::RELEASE => {
            normalize(&mut parameters.notification_type);
        }
        In::GetNotificationSendResponse(parameters) => {
            if let Some(kind) = &mut parameters.notification_type {
                normalize(kind);
            }
        }
        _ => {}
    }
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
