//! A channel handle: one client's view of a channel.

use alloc::vec::Vec;

use bytes::Bytes;
use dcerpc::ContextHandle;
use mspan::NotificationType;

use super::{Belief, SourceId};
use crate::event::{AssociationId, CallId};
use crate::model::{Moment, RegistrationId};

/// A channel handle (PNOTIFYOBJECT, [MS-PAN] 2.2.5), and what the witness knows of the client behind it.
///
/// ```text
/// Opened ── first GNSR ─▶ Awaiting ── GNSR with a response ─▶ Owned, waiting ◀─▶ Owned, notified
///   │ CloseChannel           │ CloseChannel                       │ CloseChannel, closed by the source
///   ▼                        ▼                                    ▼
/// ended ◀───────────── lost to another client ◀── (another client acquires)
/// ```
///
/// Which channel of a notification source it stands for is seldom said: every possibility stays open until the payload
/// or elimination tells.
#[derive(Clone, Debug)]
pub struct View {
    /// Where the handle is valid.
    pub association: AssociationId,
    /// The handle.
    pub handle: ContextHandle,
    /// The registration that it was returned to; none when that is not known.
    pub registration: Option<RegistrationId>,
    /// The type that its client registered for, when known.
    pub notification_type: Option<NotificationType>,
    /// When it was returned; none when that was not witnessed.
    pub returned: Option<Moment>,
    /// The channels that it may stand for.
    pub candidates: Vec<SourceId>,
    /// Whether it may stand for a channel that nobody was seen to open.
    pub foreign: bool,
    /// Whether the next GetNotificationSendResponse is the first.
    pub first: Belief,
    /// The calls made with it, in the order of their start.
    pub calls: Vec<CallId>,
    /// The notifications that it has delivered, in order.
    pub delivered: Vec<Bytes>,
    /// The reply by which the client learnt that the handle is NULL now.
    pub nulled: Option<Nulled>,
    /// Whether something about it could not be read: nothing is judged any more.
    pub clouded: bool,
    /// Whether calls of two registrations were given this handle.
    pub shared: bool,
    /// Whether the answer to a GetNotificationSendResponse with it was lost: that may have brought something, and the
    /// server may still hold the call.
    pub haunted: bool,
    /// Whether its association has ended: the server runs its channels down, and what that makes of them is open (SD-68).
    pub ended: bool,
}

/// The reply by which a client learnt that its handle is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nulled {
    /// When.
    pub at: Moment,
    /// By what.
    pub by: NulledBy,
}

/// By what a handle became NULL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NulledBy {
    /// CloseChannel succeeded.
    Close,
    /// GetNotificationSendResponse returned NOTIFICATION_RELEASE with it.
    Release,
    /// Another reply.
    Other,
}

impl View {
    /// The channel that it stands for, when that is certain.
    #[must_use]
    pub fn source(&self) -> Option<SourceId> {
        match (self.candidates.as_slice(), self.foreign) {
            ([only], false) => Some(*only),
            _ => None,
        }
    }

    /// Whether nothing is known of its notification source: not which one it is, nor what that was asked for.
    #[must_use]
    pub fn is_sourceless(&self) -> bool {
        self.candidates.is_empty() && (self.foreign || self.shared)
    }

    /// Whether it may stand for a channel.
    #[must_use]
    pub fn may_be(&self, source: SourceId) -> bool {
        self.candidates.contains(&source)
    }

    /// Whether its client was told of the end before a moment.
    #[must_use]
    pub fn nulled_before(&self, at: Moment) -> Option<NulledBy> {
        self.nulled.filter(|nulled| nulled.at < at).map(|nulled| nulled.by)
    }
}
