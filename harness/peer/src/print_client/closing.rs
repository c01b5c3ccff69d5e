//! Closing a channel ([MS-PAN] 3.1.1.4.6).

use std::time::Duration;

use bytes::Bytes;
use dcerpc::ndr::Conformant;
use mspan::method::{CloseChannelIn, GetNotificationSendResponseIn, In};
use mspan::{Hresult, Method, NotificationType};
use tokio::time::sleep;
use uuid::Uuid;

use super::PrintClient;
use super::call::Held;
use super::channel::sized;
use super::report::ChannelEnd;
use crate::client_misbehaviour::ClientMisbehaviour::*;
use crate::client_variant::ClientVariant::EmptyPointers;

impl PrintClient {
    /// Closes a channel with a final response of the registered type.
    pub(super) async fn answer(&self, channel: Held, response: Bytes) -> ChannelEnd {
        let octets = u32::try_from(response.len()).unwrap_or(u32::MAX);
        let (in_size, reason) = sized(response);
        let mut input =
            CloseChannelIn { notification_type: self.0.notification_type, in_size, reason, ..Default::default() };
        match self.0.options.misbehaviour {
            Some(FinalResponseUnderNil) => input.notification_type = NotificationType(Uuid::nil()),
            Some(FinalResponseUnderRelease) => input.notification_type = NotificationType::RELEASE,
            Some(FinalResponseEmpty) => (input.in_size, input.reason) = (0, None),
            Some(InSizeCountsCharacters) => input.in_size = octets / 2,
            Some(ResponseMissing) => (input.in_size, input.reason) = (8, None),
            _ => {}
        }
        self.close(channel, input, ChannelEnd::Answered).await
    }

    /// Closes a channel without a response.
    pub(super) async fn release(&self, channel: Held) -> ChannelEnd {
        if self.does(ClosedByResponse) {
            let notification_type = Some(NotificationType::RELEASE);
            let channel_handle = channel.handle;
            let input =
                GetNotificationSendResponseIn { channel: channel_handle, notification_type, ..Default::default() };
            self.misuse(In::GetNotificationSendResponse(input), channel).await;
            return ChannelEnd::Released;
        }
        let mut input = CloseChannelIn { notification_type: NotificationType::RELEASE, ..Default::default() };
        if self.varies(EmptyPointers) {
            input.reason = Some(Conformant::from(Bytes::new()));
        }
        if self.does(ReleasedWithData) {
            (input.in_size, input.reason) = sized(Bytes::from_static(b"n\0o\0"));
        }
        if self.does(ReleasedUnderOwnType) {
            input.notification_type = self.0.notification_type;
        }
        self.close(channel, input, ChannelEnd::Released).await
    }

    /// Closes what is no channel, which is wrong.
    pub(super) async fn close_as_channel(&self, other: Held) {
        let input = CloseChannelIn { notification_type: NotificationType::RELEASE, ..Default::default() };
        let _ = self.call_close(other, input).await;
    }

    /// Closes a channel, once. An error is fatal and reported.
    async fn close(&self, channel: Held, input: CloseChannelIn, end: ChannelEnd) -> ChannelEnd {
        let closed = match self.call_close(channel, input.clone()).await {
            Err(failure) if self.does(FailedCloseRepeated) && !failure.is_of_connection() => {
                sleep(Duration::from_secs(1)).await;
                self.call_close(channel, input.clone()).await
            }
            closed => closed,
        };
        if self.does(ChannelClosedTwice) {
            let _ = self.call_close(channel, input).await;
        }
        if self.does(ClosedChannelUsed) {
            let input = GetNotificationSendResponseIn { channel: channel.handle, ..Default::default() };
            self.misuse(In::GetNotificationSendResponse(input), channel).await;
        }
        match closed {
            Ok(Hresult::CHANNEL_ACQUIRED) => ChannelEnd::Lost,
            Ok(_) => end,
            Err(failure) => {
                self.fatal(Method::CloseChannel, &failure);
                ChannelEnd::Failed
            }
        }
    }
}
