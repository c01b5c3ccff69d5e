//! How a client stands to a channel at the time of a call.

use alloc::vec::Vec;

use super::{Belief, ChannelCall, ChannelMethod, Channels, Fate, NulledBy, SourceId, View, ViewId};
use crate::model::Moment;

/// How a client stands to the channel behind its handle, from the start of a call until now. "Yes" means: surely so
/// when the call started; "maybe": it can have become so by now; "no": it can't.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    /// Another client has acquired the channel.
    pub lost: Belief,
    /// This client has acquired it, as of now.
    pub owner: Belief,
    /// The client that had acquired it has closed it.
    pub owner_closed: Belief,
    /// Its source has closed it.
    pub source_closed: Belief,
    /// CloseChannel was called with the same handle, and did not fail.
    pub own_closed: Belief,
    /// A shutdown or the deletion of a queue was asked for.
    pub abnormal: Belief,
    /// Another call on the same handle was under way too.
    pub overlapped: bool,
    /// By what the handle had become NULL before the call, when the client had been told so.
    pub nulled: Option<NulledBy>,
    /// Whether another client's response is known to have been taken.
    pub taken_by_other: bool,
}

impl Standing {
    /// Whether nothing but another client's response can have ended the call.
    #[must_use]
    pub fn is_loss(&self) -> bool {
        let elsewhere = self.source_closed.possible() || self.own_closed.possible() || self.abnormal.possible();
        self.lost.sure() || self.lost.possible() && !elsewhere
    }

    /// Whether something may have happened that ends a GetNotificationSendResponse, other than a notification.
    #[must_use]
    pub fn may_end(&self) -> bool {
        self.lost.possible() || self.may_be_closed() || self.abnormal.possible()
    }

    /// Whether the channel may be closed, by whomever.
    #[must_use]
    pub fn may_be_closed(&self) -> bool {
        self.source_closed.possible() || self.own_closed.possible() || self.owner_closed.possible()
    }
}

impl Channels {
    /// How the client of a call stands to the channel, from the call's start until now.
    #[must_use]
    pub fn standing(&self, call: &ChannelCall, now: Moment) -> Standing {
        let Some(view) = self.view(call.view) else { return Standing::unknown() };
        let started = call.started;
        let per_source = |fact: &dyn Fn(SourceId) -> Belief| {
            let known = Belief::agreed(view.candidates.iter().map(|source| fact(*source)));
            if view.foreign || view.shared { Belief::Maybe } else { known }
        };
        let owns =
            self.calls_of(view).any(|own| own.fate == Fate::Taken && own.responds(view.notification_type).sure());
        let taken_by_other =
            view.source().is_some_and(|source| self.taken_on(source).any(|(owner, _)| owner != call.view));
        Standing {
            lost: if owns && !taken_by_other {
                Belief::No
            } else {
                per_source(&|source| self.lost(source, call.view, started, now))
            },
            owner: if owns { Belief::Yes } else { per_source(&|source| self.owns(source, call.view, now)) },
            owner_closed: per_source(&|source| self.owner_closed(source, call.view, started, now)),
            source_closed: per_source(&|source| self.source_closed(source, started, now)),
            own_closed: self.own_closed(view, call, now),
            abnormal: Belief::any([self.abnormal(started), self.abnormal(now).and(Belief::Maybe)]),
            // Of a handle whose return was not seen, calls may be under way that were not seen either.
            overlapped: view.returned.is_none()
                || view.haunted
                || self.calls_of(view).any(|other| other.id != call.id && overlap(other, call, now)),
            nulled: view.nulled_before(started),
            taken_by_other,
        }
    }

    /// Whether data may be the next notification for a handle, among those asked for before a moment.
    #[must_use]
    pub fn expects(&self, view: &View, data: &[u8], before: Moment) -> Belief {
        let fits = |source: &super::Source| source.next_after(&view.delivered, before).any(|sent| sent.data == data);
        match self.sources_of(view).any(fits) {
            true => Belief::Yes,
            false if view.foreign || view.shared || view.haunted => Belief::Maybe,
            false => Belief::No,
        }
    }

    /// Whether a notification may be waiting for a handle, among those asked for before a moment.
    #[must_use]
    pub fn may_deliver(&self, view: &View, before: Moment) -> Belief {
        let waiting = self.sources_of(view).any(|source| source.next_after(&view.delivered, before).next().is_some());
        match waiting {
            _ if view.foreign || view.shared => Belief::Maybe,
            // An answer that was lost may have brought it.
            true if view.haunted => Belief::Maybe,
            waiting => waiting.into(),
        }
    }

    /// Whether data is surely one of the notifications that were asked for on a handle's channel before a moment.
    #[must_use]
    pub fn ever_sent(&self, view: &View, data: &bytes::Bytes, before: Moment) -> bool {
        self.sources_of(view).any(|source| source.ever_sent(data, before))
    }

    /// The other handles that surely stand for the same channel.
    pub fn siblings<'a>(&'a self, call: &ChannelCall) -> impl Iterator<Item = &'a View> {
        let (own, source) = (call.view, self.view(call.view).and_then(View::source));
        let views =
            source.into_iter().flat_map(|source| self.views_on(source).map(move |(id, view)| (id, source, view)));
        views.filter(move |(id, source, view)| *id != own && view.source() == Some(*source)).map(|(.., view)| view)
    }

    /// Whether a call was surely blocked on the server before any other client can have acquired its channel.
    #[must_use]
    pub fn blocked_before_loss(&self, call: &ChannelCall) -> bool {
        let Some(source) = self.view(call.view).and_then(View::source) else { return false };
        let others = self.views_on(source).filter(|(id, _)| *id != call.view);
        let responses = others.flat_map(|(_, view)| {
            self.calls_of(view).filter(|other| other.acquires(view.notification_type).possible())
        });
        responses.map(|other| other.started).min().is_some_and(|first| call.settled(first, self.prompt).is_some())
    }

    /// Whether the server had surely begun with a call before a moment.
    #[must_use]
    pub fn begun(&self, call: &ChannelCall, before: Moment) -> bool {
        call.settled(before, self.prompt).is_some()
    }

    /// The client that has surely acquired a channel at a moment, and since when.
    #[must_use]
    pub fn owner(&self, source: SourceId, at: Moment) -> Option<(ViewId, Moment)> {
        if let Some(taken) = self.taken_on(source).filter(|(_, since)| *since <= at).min_by_key(|(_, since)| *since) {
            return Some(taken);
        }
        if let Some(proved) = self.source(source).and_then(|known| known.owner).filter(|(_, since)| *since <= at) {
            return Some(proved);
        }
        let contenders: Vec<ViewId> = self.contenders(source, at).collect();
        let [only] = contenders.as_slice() else { return None };
        let view = self.view(*only).filter(|view| view.source() == Some(source))?;
        // What comes after the close by the source acquires nothing.
        let open = |call: &ChannelCall| self.source(source).is_some_and(|known| !known.closed(call.started).possible());
        let calls = self.calls_of(view).filter(|call| open(call));
        let sure = calls.filter(|call| call.acquires(view.notification_type).sure());
        let settled = sure.filter_map(|call| call.settled(at, self.prompt)).min();
        let since = settled.or_else(|| self.lost_by_another(source, *only, at))?;
        Some((*only, since))
    }

    /// The clients that may have acquired a channel by a response sent before a moment.
    pub fn contenders(&self, source: SourceId, before: Moment) -> impl Iterator<Item = ViewId> {
        self.views_on(source)
            .filter(move |(_, view)| {
                let mut calls = self.calls_of(view);
                calls.any(|call| call.started < before && call.acquires(view.notification_type).possible())
            })
            .map(|(id, _)| id)
    }

    /// The clients whose responses are known to have been taken, and since when.
    fn taken_on(&self, source: SourceId) -> impl Iterator<Item = (ViewId, Moment)> {
        self.views_on(source).filter(move |(_, view)| view.source() == Some(source)).filter_map(|(id, view)| {
            let taken = |call: &&ChannelCall| call.fate == Fate::Taken && call.responds(view.notification_type).sure();
            self.calls_of(view).filter(taken).filter_map(|call| call.finished).min().map(|since| (id, since))
        })
    }

    /// When a client other than `winner` was told that another has acquired the channel.
    fn lost_by_another(&self, source: SourceId, winner: ViewId, at: Moment) -> Option<Moment> {
        let losers = self.views_on(source).filter(|(id, view)| *id != winner && view.source() == Some(source));
        let told = losers.flat_map(|(_, view)| self.calls_of(view)).filter(|call| call.fate == Fate::Lost);
        told.filter_map(|call| call.finished).filter(|told| *told <= at).min()
    }

    fn lost(&self, source: SourceId, own: ViewId, started: Moment, now: Moment) -> Belief {
        match self.owner(source, started) {
            Some((owner, _)) => return Belief::from(owner != own),
            None if self.owner(source, now).is_some_and(|(owner, _)| owner == own) => return Belief::No,
            None => {}
        }
        let other = self.contenders(source, now).any(|contender| contender != own);
        if other { Belief::Maybe } else { Belief::No }
    }

    fn owns(&self, source: SourceId, own: ViewId, now: Moment) -> Belief {
        match self.owner(source, now) {
            Some((owner, _)) => Belief::from(owner == own),
            None if self.contenders(source, now).any(|contender| contender == own) => Belief::Maybe,
            None => Belief::No,
        }
    }

    fn owner_closed(&self, source: SourceId, own: ViewId, started: Moment, now: Moment) -> Belief {
        let others = self.views_on(source).filter(|(id, _)| *id != own);
        Belief::any(others.map(|(id, view)| match self.owns(source, id, now) {
            Belief::No => Belief::No,
            owns => {
                let run_down = if view.ended { Belief::Maybe } else { Belief::No };
                let closings = self.calls_of(view).map(|call| closing(call, started, now));
                Belief::any(closings.chain([run_down])).and(owns)
            }
        }))
    }

    fn source_closed(&self, source: SourceId, started: Moment, now: Moment) -> Belief {
        let Some(source) = self.source(source) else { return Belief::Maybe };
        Belief::any([source.closed(started), source.closed(now).and(Belief::Maybe)])
    }

    fn own_closed(&self, view: &View, call: &ChannelCall, now: Moment) -> Belief {
        Belief::any(
            self.calls_of(view).filter(|other| other.id != call.id).map(|other| closing(other, call.started, now)),
        )
    }
}

/// Whether a call closes its handle's channel: surely when it had succeeded before `started`, perhaps when it failed but
/// took the handle away (SD-22).
fn closing(call: &ChannelCall, started: Moment, now: Moment) -> Belief {
    match (call.kind, call.fate) {
        (_, Fate::Refused) if call.nulled && call.started < now => Belief::Maybe,
        (ChannelMethod::Gnsr, _) | (_, Fate::Refused) => Belief::No,
        (_, Fate::Taken | Fate::Lost) if call.finished.is_some_and(|finished| finished < started) => Belief::Yes,
        _ if call.started < now => Belief::Maybe,
        _ => Belief::No,
    }
}

/// Whether another call was under way at some time between a call's start and now.
fn overlap(other: &ChannelCall, call: &ChannelCall, now: Moment) -> bool {
    other.started < now && other.finished.is_none_or(|finished| finished > call.started)
}

impl Standing {
    const fn unknown() -> Self {
        Self {
            lost: Belief::Maybe,
            owner: Belief::Maybe,
            owner_closed: Belief::Maybe,
            source_closed: Belief::Maybe,
            own_closed: Belief::Maybe,
            abnormal: Belief::Maybe,
            overlapped: true,
            nulled: None,
            taken_by_other: false,
        }
    }
}
