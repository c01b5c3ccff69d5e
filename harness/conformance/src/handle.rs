//! Context handles in what calls say.

use alloc::vec::Vec;

use dcerpc::{ByteOrder, ContextHandle};
use mspan::method::{In, Out};
use uuid::Uuid;

use crate::event::{CallFinished, CallStarted, Event, Kind};

/// The handle that a call names.
#[must_use]
pub fn of_in(input: &In) -> Option<ContextHandle> {
    match input {
        In::Create(_) => None,
        In::Delete(input) => Some(input.remote_obj),
        In::RegisterClient(input) => Some(input.registration_obj),
        In::UnregisterClient(input) => Some(input.registration_obj),
        In::GetNewChannel(input) => Some(input.remote_obj),
        In::GetNotificationSendResponse(input) => Some(input.channel),
        In::GetNotification(input) => Some(input.remote_obj),
        In::CloseChannel(input) => Some(input.channel),
    }
}

/// The handles that an answer brings.
#[must_use]
pub fn of_out(output: &Out) -> Vec<ContextHandle> {
    match output {
        Out::Create(output) => Vec::from([output.remote_obj]),
        Out::GetNewChannel(output) => {
            output.channel_ctxt.iter().flat_map(|array| array.elements.iter().copied()).collect()
        }
        _ => Vec::new(),
    }
}

/// The handles that an event shows.
pub fn of_event(event: &Event) -> impl Iterator<Item = ContextHandle> {
    let (named, given) = match &event.kind {
        Kind::CallStarted(CallStarted { input: Some(input), .. }) => (of_in(input), Vec::new()),
        Kind::CallFinished(CallFinished { outcome, .. }) => (None, outcome.output().map(of_out).unwrap_or_default()),
        _ => (None, Vec::new()),
    };
    named.into_iter().chain(given).filter(|handle| !handle.is_null())
}

/// The handle that a stub begins with: in NDR and in NDR64 alike.
#[must_use]
pub fn leading(stub: &[u8], order: ByteOrder) -> Option<ContextHandle> {
    let (attributes, rest) = stub.split_first_chunk::<4>()?;
    let uuid = rest.first_chunk::<16>()?;
    let (attributes, uuid) = match order {
        ByteOrder::Little => (u32::from_le_bytes(*attributes), Uuid::from_bytes_le(*uuid)),
        ByteOrder::Big => (u32::from_be_bytes(*attributes), Uuid::from_bytes(*uuid)),
    };
    Some(ContextHandle { attributes, uuid }).filter(|handle| !handle.is_null())
}
