//! Processing one channel ([MS-PAN] 3.1.1.4.4, figures 10 and 11).

use std::convert::Infallible;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use dcerpc::ndr::Conformant;
use mspan::method::GetNotificationSendResponseIn;
use mspan::{Hresult, Method, NotificationType};
use tokio::time::{sleep, timeout};

use super::PrintClient;
use super::call::{Brought, Held, Next};
use super::failure::Failure;
use super::reaction::Reaction;
use super::report::{ChannelEnd, Report};
use crate::client::Ticket;
use crate::client_misbehaviour::ClientMisbehaviour::*;
use crate::client_variant::ClientVariant::FirstCallTyped;

/// What one call on a channel came to.
enum Step {
    /// It returned.
    Returned(Result<Next, Failure>),
    /// Interest was lost meanwhile, and the channel was closed.
    Left(ChannelEnd),
}

impl PrintClient {
    /// Whether a channel is not being processed yet.
    pub(super) fn begins(&self, channel: Held) -> bool {
        self.open_channels().insert(channel.handle.uuid)
    }

    /// Processes a channel to its end.
    ///
    /// ```text
    ///          GNSR, NULL type, no octets        notification                    CloseChannel
    /// (start) ────────────────────────▶ Awaiting ───────────▶ Received ─────────────────────────▶ (end)
    ///                                    │  ▲ │                   │                                  ▲
    ///                                    │  │ │ NULL channel,     │ GNSR, own type, response         │
    ///                                    │  │ │ with or without   │                                  │
    ///                                    │  └─┼───────────────────┘                                  │
    ///                                    │    └─ NOTIFICATION_RELEASE ───────────────────────────────┤
    ///                                    └─ failure: CloseChannel, NOTIFICATION_RELEASE ─────────────┘
    /// ```
    ///
    /// For AsyncUI there is no way back to Awaiting: the first notification is answered by CloseChannel.
    pub(super) async fn process_channel(&self, channel: Held) {
        let end = self.converse(channel).await;
        self.open_channels().remove(&channel.handle.uuid);
        self.tell(Report::ChannelEnded(end));
        self.0.interest.settle();
    }

    async fn converse(&self, mut channel: Held) -> ChannelEnd {
        if self.does(NewChannelsClosed) {
            return self.release(channel).await;
        }
        let mut response = self.first_response();
        loop {
            let next = match self.step_or_again(channel, response).await {
                Step::Returned(Ok(next)) => next,
                Step::Returned(Err(failure)) => return self.not_continued(channel, failure).await,
                Step::Left(end) => return end,
            };
            let (data, open) = match (next.brought, next.channel) {
                (Brought::Notification(data), Some(open)) => (data, open),
                (brought, open) => return self.over(channel, brought, open).await,
            };
            channel = open;
            let is_last = self.0.interest.take();
            let document = self.channel_document(&data);
            self.tell(Report::Notification(self.notification(data, document.clone())));
            if self.does(ChannelsLeftOpen) {
                return ChannelEnd::Released;
            }
            response = match self.react(&document, is_last).await {
                Reaction::Release => return self.release(channel).await,
                Reaction::Final(reply) if self.does(ReplyByResponse) => {
                    self.0.interest.settle();
                    self.response(reply)
                }
                Reaction::Final(reply) => return self.answer(channel, reply).await,
                Reaction::Respond(reply) => self.response(reply),
            };
        }
    }

    /// One call, which is not repeated when it fails.
    async fn step_or_again(&self, channel: Held, response: GetNotificationSendResponseIn) -> Step {
        let mut step = self.step(channel, response.clone()).await;
        let mut left = if self.does(FailedResponseRepeated) { 3 } else { 0 };
        while left > 0 && matches!(step, Step::Returned(Err(_))) {
            left -= 1;
            sleep(Duration::from_secs(1)).await;
            step = self.step(channel, response.clone()).await;
        }
        step
    }

    /// One call, unless interest is lost while it is blocked.
    async fn step(&self, channel: Held, response: GetNotificationSendResponseIn) -> Step {
        let ticket = Ticket::new();
        let mut waiting = pin!(self.send_response(channel, response.clone(), &ticket));
        tokio::select! {
            biased;
            returned = &mut waiting => return Step::Returned(returned),
            never = self.calls_twice(channel, response), if self.does(TwoCallsOnAChannel) => match never {},
            () = self.issued_and_lost(&ticket) => {}
        }
        let closing = AtomicBool::new(false);
        let mut close = pin!(async {
            closing.store(true, Ordering::Relaxed);
            self.release(channel).await
        });
        let end = tokio::select! {
            biased;
            returned = &mut waiting => match closing.load(Ordering::Relaxed) {
                // The server was faster.
                false => return Step::Returned(returned),
                true => return Step::Left(close.await),
            },
            end = &mut close => end,
        };
        let _ = timeout(self.0.options.limit, waiting).await;
        Step::Left(end)
    }

    /// Waits until interest is lost, and longer until the first call on a channel is under way.
    async fn issued_and_lost(&self, ticket: &Ticket) {
        self.0.interest.lost().await;
        while !ticket.is_issued() {
            sleep(Duration::from_millis(10)).await;
        }
    }

    /// Makes a second call while the first one is blocked, which is wrong.
    async fn calls_twice(&self, channel: Held, response: GetNotificationSendResponseIn) -> Infallible {
        sleep(Duration::from_millis(100)).await;
        let input = GetNotificationSendResponseIn { channel: channel.handle, ..response };
        self.misuse(mspan::method::In::GetNotificationSendResponse(input), channel).await;
        std::future::pending().await
    }

    /// Calls GetNotificationSendResponse with what is no channel, which is wrong.
    pub(super) async fn use_as_channel(&self, other: Held) {
        let input = GetNotificationSendResponseIn { channel: other.handle, ..Default::default() };
        self.misuse(mspan::method::In::GetNotificationSendResponse(input), other).await;
    }

    /// What the first call on a channel carries: nothing (SD-09).
    fn first_response(&self) -> GetNotificationSendResponseIn {
        let mut response = GetNotificationSendResponseIn::default();
        if self.varies(FirstCallTyped) && self.0.notification_type == NotificationType::ASYNC_UI {
            response.notification_type = Some(NotificationType::ASYNC_UI);
        }
        if self.does(FirstCallReleases) {
            response.notification_type = Some(NotificationType::RELEASE);
        }
        if self.does(FirstCallWithData) {
            (response.in_size, response.notification_data) = sized(Bytes::from_static(b"h\0e\0l\0l\0o\0"));
        }
        response
    }

    fn response(&self, reply: Bytes) -> GetNotificationSendResponseIn {
        let notification_type = (!self.does(ResponsesUntyped)).then_some(self.0.notification_type);
        let (in_size, notification_data) = if self.does(ResponseMissing) { (8, None) } else { sized(reply) };
        GetNotificationSendResponseIn { notification_type, in_size, notification_data, ..Default::default() }
    }

    /// The channel is over, with or without a last notification. Nothing is answered; only a handle that is left in spite of
    /// NOTIFICATION_RELEASE is closed (SD-11, SD-13).
    async fn over(&self, channel: Held, brought: Brought, open: Option<Held>) -> ChannelEnd {
        let end = match brought {
            Brought::Release => ChannelEnd::Lost,
            Brought::Notification(data) => {
                self.0.interest.take();
                let document = self.channel_document(&data);
                self.tell(Report::Notification(self.notification(data, document)));
                ChannelEnd::ClosedByServer
            }
        };
        if let Some(open) = open {
            self.release(open).await;
        }
        if self.does(LostChannelUsed) {
            let input = GetNotificationSendResponseIn { channel: channel.handle, ..self.response(Bytes::new()) };
            self.misuse(mspan::method::In::GetNotificationSendResponse(input), channel).await;
        }
        if self.does(LostChannelClosed) {
            self.release(channel).await;
        }
        end
    }

    /// Every error is fatal for the channel and reported; then it is closed, unless the server says that it is closed.
    async fn not_continued(&self, channel: Held, failure: Failure) -> ChannelEnd {
        self.fatal(Method::GetNotificationSendResponse, &failure);
        if self.does(FailedChannelLeft) {
            return ChannelEnd::Failed;
        }
        if failure.code() != Some(Hresult::CHANNEL_CLOSED) {
            self.release(channel).await;
        }
        ChannelEnd::Failed
    }

    fn open_channels(&self) -> std::sync::MutexGuard<'_, std::collections::BTreeSet<uuid::Uuid>> {
        // No statement under this lock leaves it half changed.
        self.0.channels.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Octets as a parameter with the one that sizes it; no octets are a NULL pointer.
pub(super) fn sized(octets: Bytes) -> (u32, Option<Conformant<Bytes>>) {
    let size = u32::try_from(octets.len()).unwrap_or(u32::MAX);
    (size, (size > 0).then(|| Conformant::from(octets)))
}
