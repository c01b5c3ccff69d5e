//! A client's call on a channel handle: GetNotificationSendResponse or CloseChannel.

use core::time::Duration;

use bytes::Bytes;
use mspan::NotificationType;
use trace::{ConnectionId, Time};

use super::{Belief, ViewId};
use crate::event::CallId;
use crate::model::Moment;

/// The size of a response, in octets, that a server is expected to take (3.1.1.4.4 InSize, SD-66).
pub const RESPONSE_LIMIT: u32 = 0x00A0_0000;

/// A call on a channel handle.
#[derive(Clone, Debug)]
pub struct ChannelCall {
    /// The call.
    pub id: CallId,
    /// The connection that it was made on.
    pub connection: ConnectionId,
    /// call_id of its request.
    pub call_id: u32,
    /// The handle that it was made with.
    pub view: ViewId,
    /// Which method.
    pub kind: ChannelMethod,
    /// pInNotificationType; none for NULL.
    pub notification_type: Option<NotificationType>,
    /// InSize, in octets.
    pub size: u32,
    /// The octets of the response.
    pub data: Bytes,
    /// Length of the request's stub, in octets.
    pub stub_length: usize,
    /// When the request was complete.
    pub started: Moment,
    /// When another call showed that the server has begun with it.
    pub fenced: Option<Moment>,
    /// When the server had surely begun with it, for a call that something else than an answer to it has ended.
    pub begun: Option<Moment>,
    /// Whether it is the first GetNotificationSendResponse on its handle.
    pub first: Belief,
    /// Whether another call on the same handle was outstanding when it started.
    pub overlaps: bool,
    /// Whether a GetNotificationSendResponse on the same handle was blocked when it started.
    pub overtakes: bool,
    /// Whether the server need not have begun with it, for its connection carries one call at a time.
    pub queued: bool,
    /// What became of it, and of the response that it carried.
    pub fate: Fate,
    /// When it came back.
    pub finished: Option<Moment>,
    /// Whether it came back with a NULL handle.
    pub nulled: bool,
    /// Whether its not coming back has been judged already.
    pub overdue: bool,
    /// When it will be looked at next.
    pub(super) alarm: Option<Time>,
}

/// The methods that take a channel handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelMethod {
    /// GetNotificationSendResponse.
    Gnsr,
    /// CloseChannel.
    Close,
}

/// What became of a call and of the response that it carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It has not come back.
    Outstanding,
    /// The server took it: a response that it carried has acquired the channel, or comes from the client that had.
    Taken,
    /// It came back without taking part in the channel any more: another client has acquired it.
    Lost,
    /// It failed, and what it carried was not used.
    Refused,
    /// It came back, and whether the response was used can't be told.
    Unclear,
}

impl ChannelCall {
    /// Whether the call carries a response by which a client acquires a free channel, as far as the request shows it:
    /// not the first GetNotificationSendResponse (SD-23), and with the type of the channel.
    #[must_use]
    pub fn responds(&self, registered: Option<NotificationType>) -> Belief {
        let typed = match (self.notification_type, registered) {
            (Some(NotificationType::RELEASE), _) => Belief::No,
            (Some(own), Some(registered)) => (own == registered).into(),
            _ => Belief::Maybe,
        };
        let counts = match self.kind {
            ChannelMethod::Gnsr => self.first.negated(),
            ChannelMethod::Close => Belief::Yes,
        };
        // Whether an empty response is one, a type with a format of its own says (SD-23).
        let named = registered.is_some_and(|registered| registered.name().is_some());
        let open = self.size > RESPONSE_LIMIT || self.data.is_empty() && named;
        let fits = if open { Belief::Maybe } else { Belief::Yes };
        typed.and(counts).and(fits)
    }

    /// Whether the call may (have) acquire(d) the channel, with what is known of its outcome.
    #[must_use]
    pub fn acquires(&self, registered: Option<NotificationType>) -> Belief {
        match self.fate {
            Fate::Lost | Fate::Refused => Belief::No,
            Fate::Taken | Fate::Outstanding => self.responds(registered),
            Fate::Unclear => self.responds(registered).and(Belief::Maybe),
        }
    }

    /// Since when the server has surely begun with it, if it had at a moment: it came back taken, another call's return
    /// showed it, or `prompt` has passed.
    #[must_use]
    pub fn settled(&self, at: Moment, prompt: Duration) -> Option<Moment> {
        if !matches!(self.fate, Fate::Outstanding | Fate::Taken) {
            return None;
        }
        let finished = self.finished.filter(|_| self.fate == Fate::Taken);
        let waited = Moment { event: at.event, time: self.started.time + prompt };
        let shown = [self.fenced, finished].into_iter().flatten().filter(|shown| *shown <= at).min();
        shown.or_else(|| (!self.queued && self.started < at && waited.time <= at.time).then_some(waited))
    }

    /// Notes that another call, which started later, came back: after `settling`, that shows that the server has begun
    /// with this one.
    pub(super) fn fence(&mut self, started: Moment, now: Moment, settling: Duration) {
        if self.fenced.is_none()
            && !self.queued
            && self.started < started
            && now.time.since(self.started.time) >= settling
        {
            self.fenced = Some(now);
        }
    }
}
