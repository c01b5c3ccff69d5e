//! Conversations on channels.

use bytes::Bytes;
use mspan::{Hresult, NotificationType};
use uuid::Uuid;

use super::{Conduct, FirstCall, MEMORY_LIMIT, SecondCall};
use crate::misbehaviour::Misbehaviour::*;
use crate::server::answer::Occasion;
use crate::server::channel::Channel;
use crate::variant::Variant;

/// Conversations on channels (3.1.1.4.4, 3.1.1.4.6, 3.1.1.6.3).
impl Conduct {
    pub(in crate::server) fn tells_clients_apart(&self) -> bool {
        !self.is(ClientsNotToldApart)
    }

    pub(in crate::server) fn on_second_channel_call(&self) -> SecondCall {
        if self.is(SecondChannelCallReplacesFirst) { SecondCall::Replaces } else { SecondCall::Refused }
    }

    pub(in crate::server) fn on_first_call(&self) -> FirstCall {
        match self.misbehaviour {
            Some(FirstDataPassedOn) => FirstCall::PassesDataOn,
            Some(FirstCallAcquires) => FirstCall::Acquires,
            _ => FirstCall::IgnoresData,
        }
    }

    /// Empty data for a first call that has nothing to return.
    pub(in crate::server) fn empty_first_notification(&self, channel: &Channel) -> Option<Bytes> {
        (self.is(FirstCallReturnsEmpty) && channel.held.is_none()).then(Bytes::new)
    }

    /// The notification that a response responds to, once more.
    pub(in crate::server) fn repeated_notification(&self, handle: Uuid) -> Option<Bytes> {
        self.memory.last_data.get(&handle).cloned().filter(|_| self.is(NotificationRepeated))
    }

    pub(in crate::server) fn has_one_owner(&self) -> bool {
        !self.is(EverybodyOwnsTheChannel)
    }

    pub(in crate::server) fn compares_types(&self) -> bool {
        !self.is(WrongTypeAccepted)
    }

    pub(in crate::server) fn limits_responses(&self) -> bool {
        !self.is(OversizedResponseAccepted)
    }

    pub(in crate::server) fn keeps_order_of_responses(&self) -> bool {
        !self.is(ResponsesReversed)
    }

    /// What the source gets of a response that is refused.
    pub(in crate::server) fn passes_refused_on(&self, status: Hresult) -> bool {
        self.is(OversizedResponsePassedOn) && status == Hresult::RESPONSE_TOO_LARGE
    }

    /// A client was told that the channel behind a handle is over.
    pub(in crate::server) fn released(&mut self, handle: Uuid) {
        if self.is(NotificationAfterRelease) && self.memory.released.len() < MEMORY_LIMIT {
            self.memory.released.push(handle);
        }
    }

    /// What a handle brings although its client was told that it is over: the last notification, once more.
    pub(in crate::server) fn notification_after_release(&self, handle: Uuid) -> Option<Bytes> {
        let released = self.memory.released.contains(&handle);
        self.memory.last_data.get(&handle).cloned().filter(|_| released)
    }

    /// What the source gets of a response, which is the last one or is not.
    pub(in crate::server) fn passed_on(&self, data: Bytes, last: bool) -> Option<Bytes> {
        match self.misbehaviour {
            Some(ResponseNotPassedOn) if !last => None,
            Some(FinalResponseDropped) if last => None,
            Some(ResponseTruncated) => {
                let end = data.iter().position(|octet| *octet == 0).unwrap_or(data.len());
                Some(data.slice(..end))
            }
            _ => Some(data),
        }
    }

    /// What the source gets of the data that comes with NOTIFICATION_RELEASE.
    pub(in crate::server) fn passed_on_with_release(&self, data: Bytes, owned: bool) -> Option<Bytes> {
        match self.misbehaviour {
            Some(ReleaseDataPassedOn) if !data.is_empty() => Some(data),
            Some(ReleasePassedOnAsResponse) if owned => Some(Bytes::new()),
            _ => None,
        }
    }

    pub(in crate::server) fn acquires_by_release(&self) -> bool {
        self.is(ReleaseAcquires)
    }

    pub(in crate::server) fn tells_source_of_closure(&self, released: bool) -> bool {
        !(self.is(ClosureNotTold) || released && self.is(ReleasePassedOnAsResponse))
    }

    pub(in crate::server) fn frees_closed_channels(&self) -> bool {
        self.is(ClosedChannelIsFree)
    }

    pub(in crate::server) fn forgets_closed_handles(&self) -> bool {
        !self.is(ClosedHandleAccepted)
    }

    pub(in crate::server) fn holds_initial_notification(&self) -> bool {
        !self.is(InitialNotificationOnceOnly)
    }

    pub(in crate::server) fn sends_at_once(&self) -> bool {
        !self.is(NextNotificationHeld)
    }

    pub(in crate::server) fn tells_losers(&self) -> bool {
        !self.is(LosersKeptWaiting) && !self.is(EverybodyOwnsTheChannel)
    }

    pub(in crate::server) fn tells_of_closure(&self) -> bool {
        !self.is(SourceCloseNotTold)
    }

    /// Whether a new call that can only be told that the channel is over blocks.
    pub(in crate::server) fn parks_released_calls(&self, occasion: Occasion) -> bool {
        match occasion {
            Occasion::Lost => self.is(LoserCallBlocks),
            Occasion::ClosedBefore => self.is(ClosedChannelBlocks),
            _ => false,
        }
    }

    /// Whether a client that is told that the channel is over loses its handle.
    pub(in crate::server) fn ends_released_views(&self, occasion: Occasion) -> bool {
        match occasion {
            Occasion::Lost => !self.is(LoserKeepsHandle),
            Occasion::ClosedBySource | Occasion::ClosedBefore => {
                !self.is(SourceCloseKeepsHandle) && !self.is(NotificationAfterRelease)
            }
            _ => true,
        }
    }

    /// The type that says that the channel is over.
    pub(in crate::server) fn release_type(&self, occasion: Occasion, kind: NotificationType) -> NotificationType {
        match (self.misbehaviour, occasion) {
            (Some(LoserGetsRegisteredType), Occasion::Lost) => kind,
            (Some(SourceCloseKeepsType), Occasion::ClosedBySource | Occasion::ClosedBefore) => kind,
            _ => NotificationType::RELEASE,
        }
    }

    /// Success, but for the variants that make an error of it.
    pub(in crate::server) fn release_status(&self, occasion: Occasion, closed: bool) -> Hresult {
        let fails = match (self.variant, occasion) {
            (Some(Variant::ClosedChannelIsError), Occasion::ClosedBefore)
            | (Some(Variant::OwnCloseFailsBlockedCall), Occasion::ClosedByOwnCall) => true,
            (Some(Variant::LostClosedChannelIsError), Occasion::Lost) => closed,
            _ => false,
        };
        if fails { Hresult::CHANNEL_CLOSED } else { Hresult::OK }
    }

    pub(in crate::server) fn keeps_channel_open(&self, owned: bool) -> bool {
        !(owned && self.is(NextNotificationEndsChannel))
    }

    pub(in crate::server) fn source_waits_for_answer(&self) -> bool {
        !self.is(SourceOverwritesNotification)
    }
}
