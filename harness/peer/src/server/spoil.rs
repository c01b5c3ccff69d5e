//! How misbehaviours spoil answers that were right.

use bytes::{BufMut, Bytes, BytesMut};
use dcerpc::connection::server::Options as Offer;
use dcerpc::ndr::{Conformant, WideString};
use dcerpc::{ContextHandle, SyntaxId, TransferSyntax};
use mspan::method::{GetNewChannelOut, GetNotificationOut, GetNotificationSendResponseOut, Out};
use mspan::{Hresult, Interface, NotificationType};
use uuid::Uuid;

use super::answer::{self, Occasion};
use super::call::{Asked, Outcome};
use super::document;
use super::spoilt_acceptor::SpoiltAcceptor;
use crate::misbehaviour::Misbehaviour::{self, *};

/// S_FALSE: a success, but not zero.
const S_FALSE: Hresult = Hresult(0x0000_0001);
/// E_FAIL.
const E_FAIL: Hresult = Hresult(0x8000_4005);
/// ERROR_ACCESS_DENIED: no HRESULT.
const WIN32_ACCESS_DENIED: Hresult = Hresult(5);
/// Defined nowhere, and without the customer bit.
const VENDOR_CODE: Hresult = Hresult(0x8004_1234);
/// nca_s_fault_unspec.
const FAULT_UNSPECIFIED: u32 = 0x1C00_0012;

/// Changes `outcome` as the misbehaviour has it; `last_data` is the data of the last notification that was returned.
pub(super) fn spoil(
    misbehaviour: Misbehaviour,
    asked: &Asked,
    occasion: Occasion,
    outcome: &mut Outcome,
    last_data: Option<&Bytes>,
) {
    spoil_fault(misbehaviour, asked, occasion, outcome);
    let Outcome::Return(out) = outcome else { return };
    match out {
        Out::Create(out) if occasion == Occasion::Done => match misbehaviour {
            CreateReturnsNull => out.remote_obj = ContextHandle::NULL,
            CreateReturnsSFalse => out.status = S_FALSE,
            CreateReturnsUnknownHandle => out.remote_obj.uuid = unknown(out.remote_obj.uuid),
            _ => {}
        },
        Out::Delete(out) if misbehaviour == DeleteEchoesHandle => out.remote_obj = asked.handle,
        Out::RegisterClient(out) if occasion == Occasion::Done => match misbehaviour {
            ReferralNotNull => out.referral = Some(WideString::new(r"\\REFERRAL")),
            RegisterReturnsSFalse => out.status = S_FALSE,
            _ => {}
        },
        Out::RegisterClient(out) if misbehaviour == AccessDenialIsWin32 && out.status == Hresult::ACCESS_DENIED => {
            out.status = WIN32_ACCESS_DENIED;
        }
        Out::UnregisterClient(out) if misbehaviour == VendorCodeWithoutCustomerBit && out.status.is_failure() => {
            out.status = VENDOR_CODE;
        }
        Out::UnregisterClient(out) if misbehaviour == UnregisterReturnsFailure => {
            out.status = Hresult::ALREADY_UNREGISTERED;
        }
        Out::GetNewChannel(out) if occasion == Occasion::Channels => spoil_channels(misbehaviour, out),
        Out::GetNotification(out) if occasion == Occasion::Notification => {
            spoil_notification(misbehaviour, out, last_data);
        }
        Out::GetNotificationSendResponse(out) => {
            spoil_channel_notification(misbehaviour, asked, occasion, out, last_data);
        }
        Out::CloseChannel(out) => {
            out.status = spoiled_close(misbehaviour, occasion, out.status);
            if misbehaviour == CloseEchoesHandle && out.status.is_success() {
                out.channel = asked.handle;
            }
        }
        _ => {}
    }
}

/// Changes what is offered to those who connect as the misbehaviour has it.
pub(super) fn spoil_offer(misbehaviour: Misbehaviour, offer: &mut Offer) {
    let elsewhere = |offer: &mut Offer, interface: Interface| {
        for offered in offer.interfaces.iter_mut().filter(|offered| **offered == interface.id()) {
            offered.uuid = unknown(offered.uuid);
        }
    };
    match misbehaviour {
        RemoteObjectUnderAnotherUuid => elsewhere(offer, Interface::RemoteObject),
        AsyncNotifyUnderAnotherUuid => elsewhere(offer, Interface::AsyncNotify),
        OtherVersionsAccepted => {
            let second = Interface::ALL.map(|interface| SyntaxId::new(interface.id().uuid, 2, 0));
            offer.interfaces.extend(second);
        }
        TrailerNotChecked => offer.checks_trailers = false,
        NegotiateNotRecognized
        | UnknownProviderTaken
        | AnyPasswordTaken
        | WrongSignaturesTaken
        | CopiesTaken
        | ResponsesWronglySigned
        | ResponsesUnsigned => {
            offer.acceptor = offer.acceptor.take().map(|acceptor| SpoiltAcceptor::around(acceptor, misbehaviour));
        }
        Ndr64Refused => offer.transfer_syntaxes.retain(|syntax| *syntax != TransferSyntax::Ndr64),
        _ => {}
    }
}

/// What is thrown that should be returned, and the other way round.
fn spoil_fault(misbehaviour: Misbehaviour, asked: &Asked, occasion: Occasion, outcome: &mut Outcome) {
    let status = match outcome {
        Outcome::Return(out) => status_of(out),
        Outcome::Fault(status) => Some(Hresult(*status)),
    };
    let spoiled = match (misbehaviour, occasion, &*outcome) {
        (CreateThrows, Occasion::Done, Outcome::Return(Out::Create(_))) => {
            Some(Outcome::Fault(Hresult::OUT_OF_MEMORY.0))
        }
        (AccessDenialThrown, Occasion::Refused, Outcome::Return(Out::RegisterClient(out))) => {
            (out.status == Hresult::ACCESS_DENIED).then_some(Outcome::Fault(out.status.0))
        }
        (UnregisterThrows, Occasion::NotRegistered, Outcome::Return(Out::UnregisterClient(out))) => {
            Some(Outcome::Fault(out.status.0))
        }
        (GetNewChannelThrowsFailures, Occasion::NotRegistered, Outcome::Return(Out::GetNewChannel(out))) => {
            Some(Outcome::Fault(out.status.0))
        }
        (GetNotificationThrowsFailures, Occasion::NotRegistered, Outcome::Return(Out::GetNotification(out))) => {
            Some(Outcome::Fault(out.status.0))
        }
        (ChannelCallThrows, Occasion::Outstanding, Outcome::Return(Out::GetNotificationSendResponse(out))) => {
            Some(Outcome::Fault(out.status.0))
        }
        (CloseThrows, Occasion::Refused, Outcome::Return(Out::CloseChannel(out))) => Some(Outcome::Fault(out.status.0)),
        (UnspecifiedFaultThrown, Occasion::Terminated | Occasion::Outstanding, Outcome::Fault(_)) => {
            Some(Outcome::Fault(FAULT_UNSPECIFIED))
        }
        (TerminationFailsOtherwise, Occasion::Terminated, _) => Some(Outcome::Return(answer::failure(asked, E_FAIL))),
        (UnregisterReleasesCall, Occasion::Terminated, _) => Some(Outcome::Return(released(asked))),
        (OversizedResponseFailsOtherwise, Occasion::Refused, _) => (status == Some(Hresult::RESPONSE_TOO_LARGE))
            .then(|| Outcome::Return(answer::failure(asked, Hresult::INVALID_ARGUMENT))),
        _ => None,
    };
    if let Some(spoiled) = spoiled {
        *outcome = spoiled;
    }
}

/// A blocked call that ends with success although nothing came.
fn released(asked: &Asked) -> Out {
    match asked.method {
        mspan::Method::GetNewChannel => answer::channels(Vec::new()),
        _ => answer::notification(Some(NotificationType::RELEASE), None, Hresult::OK),
    }
}

fn spoil_channels(misbehaviour: Misbehaviour, out: &mut GetNewChannelOut) {
    match misbehaviour {
        GetNewChannelReturnsSFalse => out.status = S_FALSE,
        ChannelArrayIsNull => out.channel_ctxt = None,
        ChannelCountTooLarge => out.no_of_channels = out.no_of_channels.saturating_add(1),
        OneHandleForAllChannels => {
            if let Some(handles) = out.channel_ctxt.as_mut()
                && let Some(first) = handles.elements.first().copied()
            {
                handles.elements.fill(first);
            }
        }
        _ => {}
    }
}

fn spoil_notification(misbehaviour: Misbehaviour, out: &mut GetNotificationOut, last_data: Option<&Bytes>) {
    match misbehaviour {
        GetNotificationReturnsSFalse => out.status = S_FALSE,
        NotificationTypeIsNull => out.notification_type = None,
        NotificationTypeIsNil => out.notification_type = Some(NotificationType(Uuid::nil())),
        TypeBitsNormalized => out.notification_type = out.notification_type.map(of_rfc_4122),
        PreviousDataReturned => {
            if let Some(data) = last_data {
                set_data(&mut out.out_size, &mut out.notification_data, data.clone());
            }
        }
        _ => spoil_data(misbehaviour, &mut out.out_size, &mut out.notification_data),
    }
}

fn spoil_channel_notification(
    misbehaviour: Misbehaviour,
    asked: &Asked,
    occasion: Occasion,
    out: &mut GetNotificationSendResponseOut,
    last_data: Option<&Bytes>,
) {
    match (misbehaviour, occasion) {
        (NotificationTypeIsNil, Occasion::ChannelNotification) => {
            out.notification_type = Some(NotificationType(Uuid::nil()));
        }
        (LoserKeepsHandle, Occasion::Lost)
        | (SourceCloseKeepsHandle, Occasion::ClosedBySource | Occasion::ClosedBefore) => {
            out.channel = asked.handle;
        }
        (LoserGetsData, Occasion::Lost) => {
            let data =
                last_data.filter(|data| !data.is_empty()).cloned().unwrap_or_else(|| Bytes::from_static(b"lost"));
            set_data(&mut out.out_size, &mut out.notification_data, data);
        }
        (LoserGetsEmptyArray, Occasion::Lost) => out.notification_data = Some(Conformant::from(Bytes::new())),
        (ReleaseCarriesData, Occasion::ClosedBySource | Occasion::ClosedBefore) => {
            set_data(&mut out.out_size, &mut out.notification_data, Bytes::from_static(b"left over"));
        }
        (BalloonOnChannel, Occasion::ChannelNotification)
            if out.notification_type == Some(NotificationType::ASYNC_UI) =>
        {
            set_data(&mut out.out_size, &mut out.notification_data, document::balloon());
        }
        (LoserGetsChannelAcquired, Occasion::Lost) => out.status = Hresult::CHANNEL_ACQUIRED,
        (LoserCallFails, Occasion::Lost) | (SourceCloseFailsCall, Occasion::ClosedBySource) => {
            out.status = Hresult::CHANNEL_CLOSED;
            (out.channel, out.notification_type) = (asked.handle, None);
        }
        (_, Occasion::ChannelNotification) => spoil_data(misbehaviour, &mut out.out_size, &mut out.notification_data),
        _ => {}
    }
}

fn spoil_data(misbehaviour: Misbehaviour, size: &mut u32, data: &mut Option<Conformant<Bytes>>) {
    match misbehaviour {
        OutSizeCountsCharacters => *size /= 2,
        TerminatorAppended => {
            let sent = data.take().map(|array| array.elements).unwrap_or_default();
            let mut longer = BytesMut::from(sent);
            longer.put_u16_le(0);
            set_data(size, data, longer.freeze());
        }
        _ => {}
    }
}

fn set_data(size: &mut u32, data: &mut Option<Conformant<Bytes>>, octets: Bytes) {
    *size = u32::try_from(octets.len()).unwrap_or(u32::MAX);
    *data = Some(Conformant::from(octets));
}

fn spoiled_close(misbehaviour: Misbehaviour, occasion: Occasion, status: Hresult) -> Hresult {
    match (misbehaviour, occasion) {
        (LoserCloseReturnsZero, Occasion::Lost) => Hresult::OK,
        (LoserCloseFails, Occasion::Lost) => Hresult(0x8004_0010),
        (OwnerCloseReturnsChannelAcquired, Occasion::Closed) => Hresult::CHANNEL_ACQUIRED,
        _ => status,
    }
}

/// The data of a notification that an answer returns.
pub(super) fn notification_data(outcome: &Outcome) -> Option<Bytes> {
    let Outcome::Return(out) = outcome else { return None };
    let array = match out {
        Out::GetNotification(out) => out.notification_data.as_ref(),
        Out::GetNotificationSendResponse(out) => out.notification_data.as_ref(),
        _ => None,
    };
    array.map(|array| array.elements.clone())
}

/// The return value; Delete has none.
fn status_of(out: &Out) -> Option<Hresult> {
    match out {
        Out::Create(out) => Some(out.status),
        Out::Delete(_) => None,
        Out::RegisterClient(out) => Some(out.status),
        Out::UnregisterClient(out) => Some(out.status),
        Out::GetNewChannel(out) => Some(out.status),
        Out::GetNotificationSendResponse(out) => Some(out.status),
        Out::GetNotification(out) => Some(out.status),
        Out::CloseChannel(out) => Some(out.status),
    }
}

/// The same bits but for those that RFC 4122 calls the variant.
fn of_rfc_4122(kind: NotificationType) -> NotificationType {
    const VARIANT: u128 = 0b11 << 62;
    const RFC_4122: u128 = 0b10 << 62;
    NotificationType(Uuid::from_u128(kind.0.as_u128() & !VARIANT | RFC_4122))
}

fn unknown(handle: Uuid) -> Uuid {
    Uuid::from_u128(!handle.as_u128())
}
