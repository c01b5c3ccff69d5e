//! From the first object to the last farewell, with retries ([MS-PAN] 3.2.1.4, 3.2.2).

use std::time::Duration;

use dcerpc::ContextHandle;
use mspan::method::{GetNewChannelIn, GetNotificationIn, In};
use mspan::{ConversationStyle, Method};
use tokio::task::JoinSet;
use tokio::time::sleep;
use uuid::Uuid;

use super::PrintClient;
use super::call::Held;
use super::exit::Exit;
use super::failure::Failure;
use super::interval::Intervals;
use super::report::Report;
use crate::client_misbehaviour::ClientMisbehaviour::*;
use crate::client_variant::ClientVariant::SteepIntervals;

/// What a client takes for at once that does not wait when it should.
const AT_ONCE: Duration = Duration::from_millis(250);

/// What a registration came to.
#[derive(Debug)]
pub(super) enum Ended {
    /// The client has lost its interest and has unregistered.
    Farewell,
    /// The server has ended the notifications.
    Terminated,
    /// A waiting call failed.
    Failed,
    /// It is to be begun anew, without need.
    Anew,
}

/// What follows an attempt.
#[derive(Debug)]
enum Then {
    Exit(Exit),
    Retry,
    Anew,
}

impl PrintClient {
    /// Figures 8 and 9 with the retries of the text:
    ///
    /// ```text
    ///            Create            RegisterClient              GetNotification, GetNewChannel
    /// (start) ─────────▶ Unregistered ─────────▶ Registered ◀──────────────────────▶ Awaiting
    ///                     │    ▲  │                  │                                   │
    ///              Delete │    │  │ failure          │ UnregisterClient                  │ failure, or UnregisterClient
    ///                     ▼    │  ▼                  │                                   │ while the call is blocked
    ///                  (end)   │  Delete, interval, ─┼─▶ (start)                         │
    ///                          └─────────────────────┴───────────────────────────────────┘
    /// ```
    ///
    /// After a failure that may be retried, the old object is unregistered if it was registered, and deleted; then all
    /// begins again with a new one. A failed Create, denied access, a malformed name, and the end of notifications are
    /// final.
    pub(super) async fn subscribe(&self) -> Exit {
        let mut intervals = self.intervals();
        let mut channels = JoinSet::new();
        let mut is_first = true;
        let exit = loop {
            match self.attempt(&mut intervals, &mut channels, is_first).await {
                Then::Exit(exit) => break exit,
                Then::Anew => sleep(AT_ONCE).await,
                Then::Retry if self.does(GivesUp) => break Exit::Failed,
                Then::Retry => {
                    let after = if self.does(RetriesAtOnce) { AT_ONCE } else { intervals.next() };
                    self.tell(Report::Retrying { after });
                    tokio::select! {
                        () = sleep(after) => {}
                        () = self.0.interest.lost() => break Exit::Done,
                    }
                }
            }
            is_first = false;
        };
        // Channels outlive the registration; those on which nothing is to be answered are closed.
        self.0.interest.satisfy();
        while channels.join_next().await.is_some() {}
        exit
    }

    fn intervals(&self) -> Intervals {
        match () {
            () if self.does(ConstantIntervals) => Intervals::growing(1),
            () if self.does(ShrinkingIntervals) => Intervals::shrinking(),
            () if self.varies(SteepIntervals) => Intervals::growing(8),
            () => Intervals::growing(2),
        }
    }

    async fn attempt(&self, intervals: &mut Intervals, channels: &mut JoinSet<()>, is_first: bool) -> Then {
        let object = match self.create().await {
            Ok(object) => object,
            Err(failure) => return self.not_created(&failure, is_first),
        };
        if self.does(WaitsUnregistered) {
            self.misuse(self.waiting_call(object, self.0.options.mode.style()), object).await;
        }
        if let Err(failure) = self.register(object).await {
            return self.not_registered(object, &failure).await;
        }
        self.tell(Report::Registered);
        self.misuse_registered(object).await;
        let ended = match self.0.options.mode.style() {
            ConversationStyle::BIDIRECTIONAL => self.take_channels(object, intervals, channels).await,
            _ => self.take_notifications(object, intervals).await,
        };
        let left_behind = matches!(ended, Ended::Failed) && self.does(FailedAttemptsLeftBehind);
        if !left_behind {
            if !matches!(ended, Ended::Farewell) {
                self.unregister(object).await;
            }
            if self.does(WaitsAfterUnregister) {
                self.misuse(self.waiting_call(object, self.0.options.mode.style()), object).await;
            }
            self.delete(object).await;
        }
        match ended {
            Ended::Farewell => Then::Exit(Exit::Done),
            Ended::Terminated => Then::Exit(Exit::Terminated),
            Ended::Failed => Then::Retry,
            Ended::Anew => Then::Anew,
        }
    }

    /// Errors of Create are fatal (3.1.2.4.1). Where the server is only away, a client that was registered before comes
    /// back (3.2.2.2).
    fn not_created(&self, failure: &Failure, is_first: bool) -> Then {
        self.failed(Method::Create, failure);
        match failure.is_of_connection() {
            true if is_first => Then::Exit(Exit::Unreachable),
            true => Then::Retry,
            false if self.does(FailedCreateRepeated) => Then::Retry,
            false => Then::Exit(Exit::Failed),
        }
    }

    async fn not_registered(&self, object: Held, failure: &Failure) -> Then {
        self.failed(Method::RegisterClient, failure);
        if self.does(UnregisteredObjectUnregistered) {
            self.unregister(object).await;
        }
        if self.does(FailedRegistrationIgnored) {
            self.misuse(self.waiting_call(object, self.0.options.mode.style()), object).await;
        }
        if !self.does(FailedAttemptsLeftBehind) {
            self.delete(object).await;
        }
        let repeated = match failure.code() {
            Some(mspan::Hresult::ACCESS_DENIED) => self.does(DeniedRegistrationRepeated),
            _ => self.does(MalformedNameRepeated),
        };
        if failure.forbids_registration() && !repeated { Then::Exit(Exit::Failed) } else { Then::Retry }
    }

    /// What a client does to a registered object that it must not.
    async fn misuse_registered(&self, object: Held) {
        if self.does(RegisteredTwice) {
            self.register_again(object).await;
        }
        let referred = self.0.referred.lock().map_or(None, |mut referred| referred.take());
        if let Some(name) = referred
            && let Ok(other) = self.create().await
        {
            self.register_elsewhere(other, &name).await;
            self.unregister(other).await;
            self.delete(other).await;
        }
        if self.does(NeverWaits) {
            self.0.interest.stopped().await;
        }
        let invented =
            object.beside(ContextHandle { uuid: Uuid::from_u128(!object.handle.uuid.as_u128()), ..object.handle });
        match self.0.options.misbehaviour {
            Some(InventedChannelUsed) => self.use_as_channel(invented).await,
            Some(ObjectUsedAsChannel) => self.use_as_channel(object).await,
            Some(InventedChannelClosed) => self.close_as_channel(invented).await,
            Some(ObjectClosedAsChannel) => self.close_as_channel(object).await,
            _ => {}
        }
        if self.does(ReservedOpnumCalled) {
            self.call_reserved(object).await;
        }
        if self.does(WaitsInOtherMode) {
            let other = match self.0.options.mode.style() {
                ConversationStyle::BIDIRECTIONAL => ConversationStyle::UNIDIRECTIONAL,
                _ => ConversationStyle::BIDIRECTIONAL,
            };
            self.misuse(self.waiting_call(object, other), object).await;
        }
    }

    /// The call by which an object waits in a mode.
    pub(super) fn waiting_call(&self, object: Held, style: ConversationStyle) -> In {
        let remote_obj = object.handle;
        match style {
            ConversationStyle::BIDIRECTIONAL => In::GetNewChannel(GetNewChannelIn { remote_obj }),
            _ => In::GetNotification(GetNotificationIn { remote_obj }),
        }
    }
}
