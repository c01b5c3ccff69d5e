//! Bidirectional notification channels.

use bytes::Bytes;
use mspan::NotificationType;
use trace::stimulus::{ClosedBy, SourceResponse};
use uuid::Uuid;

use super::call::{Asked, AssociationId};
use super::registration::Audience;

/// Numbers channels in the order of their opening.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ChannelKey(pub(super) u64);

/// Bidirectional Notification Channel ([MS-PAN] 3.1.1.1).
///
/// ```text
/// open ──first response──▶ acquired ──▶ closed by its owner or its source
///   └──────closed by the source──────────▶
/// ```
#[derive(Debug)]
pub(super) struct Channel {
    pub(super) audience: Audience,
    /// The held notification: the initial one until a client acquires the channel, later one that no call waits for.
    pub(super) held: Option<Bytes>,
    /// The last notification of the source has not been answered.
    pub(super) unanswered: bool,
    /// The client view that sent the first response. It stays after the close: a channel is acquired once.
    pub(super) owner: Option<Uuid>,
    pub(super) closed_by: Option<ClosedBy>,
    /// The responses that were passed on to the source.
    pub(super) responses: Vec<SourceResponse>,
    /// The clients that it was returned to.
    pub(super) views: Vec<View>,
}

/// One client's PNOTIFYOBJECT: the client's side of figure 7.
#[derive(Debug)]
pub(super) struct View {
    pub(super) handle: Uuid,
    pub(super) association: AssociationId,
    /// Its first GetNotificationSendResponse has returned a notification (SD-24: first per handle).
    pub(super) notified: bool,
    /// The blocked GetNotificationSendResponse.
    pub(super) waiting: Option<Asked>,
}

/// How a view stands to its channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Nobody has acquired the channel.
    Free,
    /// This client has.
    Own,
    /// Another client has, for good.
    Lost,
    /// The source has closed the channel.
    Closed,
}

impl Channel {
    pub(super) fn new(audience: Audience, initial: Option<Bytes>) -> Self {
        Self {
            audience,
            unanswered: initial.is_some(),
            held: initial,
            owner: None,
            closed_by: None,
            responses: Vec::new(),
            views: Vec::new(),
        }
    }

    pub(super) fn notification_type(&self) -> NotificationType {
        self.audience.notification_type
    }

    /// Whether it is still offered: open, and acquired by nobody.
    pub(super) fn is_offered(&self) -> bool {
        self.owner.is_none() && self.closed_by.is_none()
    }

    pub(super) fn standing(&self, view: Uuid) -> Standing {
        match (self.owner, self.closed_by) {
            (Some(owner), _) if owner != view => Standing::Lost,
            (_, Some(_)) => Standing::Closed,
            (Some(_), None) => Standing::Own,
            (None, None) => Standing::Free,
        }
    }

    pub(super) fn view(&mut self, handle: Uuid) -> Option<&mut View> {
        self.views.iter_mut().find(|view| view.handle == handle)
    }

    pub(super) fn remove_view(&mut self, handle: Uuid) -> Option<View> {
        let at = self.views.iter().position(|view| view.handle == handle)?;
        Some(self.views.remove(at))
    }

    /// Whether a call of that view is blocked.
    pub(super) fn is_awaited(&self, handle: Uuid) -> bool {
        self.views.iter().any(|view| view.handle == handle && view.waiting.is_some())
    }

    /// The view's client acquires the channel if nobody has.
    pub(super) fn acquire(&mut self, view: Uuid) {
        if self.owner.is_none() {
            self.owner = Some(view);
            self.held = None;
        }
    }

    /// A response goes to the source, behind those before it.
    pub(super) fn pass_on(&mut self, data: Bytes, in_order: bool) {
        let at = if in_order { self.responses.len() } else { 0 };
        self.responses.insert(at, SourceResponse { notification_type: self.notification_type().0, data });
        self.unanswered = false;
    }

    pub(super) fn close(&mut self, by: ClosedBy) {
        if self.closed_by.is_none() {
            self.closed_by = Some(by);
            self.held = None;
        }
    }
}
