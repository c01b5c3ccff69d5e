//! Channels of bidirectional notifications ([MS-PAN] 3.1.1.1, figures 6 and 7).
//!
//! Three things are told apart: what a notification source was told to do with a channel ([`Source`]), what a client
//! sees of one ([`View`], one for each handle), and the calls that join them ([`ChannelCall`]). Which handle stands for
//! which channel is kept as a set of candidates.

mod apply;
mod belief;
mod call;
mod duty;
mod finish;
mod forget;
mod log;
mod offer;
mod source;
mod standing;
mod view;

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use core::time::Duration;

use dcerpc::ContextHandle;
use trace::Time;

use super::handles::Handles;
use super::ledger::{Ledger, Number};
use super::{Association, Due, Model, Moment};
use crate::event::{AssociationId, CallId, Event, Kind};

pub use belief::Belief;
pub use call::{ChannelCall, ChannelMethod, Fate, RESPONSE_LIMIT};
pub use duty::{Duty, Reason};
pub use log::{LogRequest, Mislogged, Origin};
pub use offer::{Offer, Offered};
pub use source::{Answered, Asked, Notification, Source};
pub use standing::Standing;
pub use view::{Nulled, NulledBy, View};

/// A channel of a notification source, numbered in the order of the requests to open one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceId(usize);

/// A channel handle, numbered in the order in which handles were returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ViewId(usize);

impl Number for ViewId {
    fn number(self) -> u64 {
        self.0.number()
    }
}

/// What is known of channels.
#[derive(Debug, Default)]
pub struct Channels {
    sources: Vec<Source>,
    views: Ledger<ViewId, View>,
    /// How many handles there were.
    handles: usize,
    by_handle: Handles<ViewId>,
    calls: Ledger<CallId, ChannelCall>,
    outstanding: BTreeSet<CallId>,
    /// Those of them of which nothing shows yet that the server has begun with them.
    unfenced: Vec<CallId>,
    offers: BTreeMap<CallId, Offer>,
    logs: BTreeMap<u64, LogRequest>,
    terminated: BTreeSet<(AssociationId, ContextHandle)>,
    deletions: Vec<Asked>,
    shutdowns: Vec<Asked>,
    alarms: Vec<(Time, ChannelDue)>,
    /// Whether calls, or what they hold, went unseen: responses may have been among them.
    missed: bool,
    /// Associations of which calls on channels can't be read: handles may have been returned in them unseen.
    unread: BTreeSet<AssociationId>,
    prompt: Duration,
    settling: Duration,
}

/// What is due about a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelDue {
    /// A call may have to be over by now.
    Over(CallId),
    /// A GetNotificationSendResponse counts as blocked from here.
    Blocked(CallId),
}

/// Lets an event take effect on channels; runs after the rest of the model has taken it in.
pub(super) fn apply(model: &mut Model, event: &Event) {
    if is_idle(model, event) {
        return;
    }
    let mut channels = model.channels.take();
    channels.apply(model, event);
    let mut alarms = core::mem::take(&mut channels.alarms);
    model.channels.put(channels);
    for (time, due) in alarms.drain(..) {
        model.set_due(time, Due::Channel(due));
    }
    model.channels.alarms = alarms;
}

/// Whether an event changes nothing about channels. There are so many of these that they are not looked at twice.
fn is_idle(model: &Model, event: &Event) -> bool {
    let channels = &model.channels;
    match &event.kind {
        Kind::Pdu(_) => true,
        Kind::Deadline(_) => channels.is_alone() && over(model, event).is_none(),
        Kind::CallStarted(started) => channels.is_alone() && !apply::is_about_channels(started),
        Kind::CallFinished(finished) => {
            let knows = |call| channels.calls.contains(call) || channels.offers.contains_key(&call);
            channels.is_alone() && channels.unfenced.is_empty() && !knows(finished.call)
        }
        _ => false,
    }
}

/// The call that may have to be over, when a deadline of channels passes.
fn over(model: &Model, event: &Event) -> Option<CallId> {
    let Kind::Deadline(number) = event.kind else { return None };
    match model.due(number)? {
        Due::Channel(ChannelDue::Over(call)) => Some(*call),
        _ => None,
    }
}

impl Channels {
    /// A call on a channel handle, outstanding or come back.
    #[must_use]
    pub fn call(&self, call: CallId) -> Option<&ChannelCall> {
        self.calls.get(call)
    }

    /// A GetNewChannel that has not come back.
    #[must_use]
    pub fn offer(&self, call: CallId) -> Option<&Offer> {
        self.offers.get(&call)
    }

    /// What a handle is known to be.
    #[must_use]
    pub fn view(&self, id: ViewId) -> Option<&View> {
        self.views.get(id)
    }

    /// The handle that stands for a channel in an association, live or ended.
    #[must_use]
    pub fn view_of(&self, association: AssociationId, handle: ContextHandle) -> Option<&View> {
        self.views.get(*self.by_handle.get((association, handle))?)
    }

    /// Whether a handle surely was not returned in an association: it is NULL, or stale, or another association's.
    #[must_use]
    pub fn is_stray(&self, model: &Model, association: AssociationId, handle: ContextHandle) -> bool {
        let whole = model.association(association).is_some_and(Association::is_whole);
        let unknown = self.view_of(association, handle).is_none();
        handle.is_null() || whole && unknown && !self.unread.contains(&association)
    }

    /// A channel of a notification source.
    #[must_use]
    pub fn source(&self, id: SourceId) -> Option<&Source> {
        self.sources.get(id.0)
    }

    /// The calls made with a handle.
    pub fn calls_of<'a>(&'a self, view: &'a View) -> impl Iterator<Item = &'a ChannelCall> {
        view.calls.iter().filter_map(|id| self.calls.get(*id))
    }

    /// The calls on channel handles that have not come back.
    pub fn outstanding(&self) -> impl Iterator<Item = &ChannelCall> {
        self.outstanding.iter().filter_map(|id| self.calls.get(*id))
    }

    /// The channels that a handle may stand for.
    pub fn sources_of<'a>(&'a self, view: &'a View) -> impl Iterator<Item = &'a Source> {
        view.candidates.iter().filter_map(|id| self.source(*id))
    }

    /// All handles that may stand for a channel.
    pub fn views_on(&self, source: SourceId) -> impl Iterator<Item = (ViewId, &View)> {
        self.views.iter().filter(move |(_, view)| view.may_be(source))
    }

    /// Whether something abnormal (shutdown, deletion of a queue) was asked for before a moment.
    #[must_use]
    pub fn abnormal(&self, at: Moment) -> Belief {
        Belief::any(self.deletions.iter().chain(&self.shutdowns).map(|asked| asked.effective(at)))
    }

    /// Whether a GetNewChannel on a remote object has ended with 0x8007071A since its last registration.
    #[must_use]
    pub fn terminated(&self, association: AssociationId, remote_object: ContextHandle) -> bool {
        self.terminated.contains(&(association, remote_object))
    }

    /// The calls made with a handle that have not come back.
    fn outstanding_with<'a>(&'a self, view: &'a View) -> impl Iterator<Item = &'a ChannelCall> {
        self.calls_of(view).filter(|call| call.finished.is_none())
    }

    /// Whether no source of channels is known, and no shutdown: then what becomes of a call depends on the calls with the same handle,
    /// and on nothing else.
    fn is_alone(&self) -> bool {
        self.sources.is_empty() && self.shutdowns.is_empty()
    }

    fn view_mut(&mut self, id: ViewId) -> Option<&mut View> {
        self.views.get_mut(id)
    }
}
