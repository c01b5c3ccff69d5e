//! Which responses the source of a channel must have received ([MS-PAN] 3.1.1.4.4, 3.1.1.4.6).

use alloc::collections::BTreeSet;
use alloc::vec;
use alloc::vec::Vec;

use mspan::NotificationType;
use trace::stimulus::{ChannelLog, SourceResponse};

use super::{Belief, ChannelCall, ChannelMethod, Channels, RESPONSE_LIMIT, SourceId, ViewId};
use crate::event::CallId;
use crate::model::Moment;

/// A source was asked for its log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogRequest {
    /// The channel.
    pub source: SourceId,
    /// When it was asked.
    pub asked: Moment,
}

/// What is wrong with a source's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mislogged {
    /// A response never reached the source.
    Missing(CallId),
    /// The responses came in another order, or more than once.
    Disordered,
    /// An entry that should not be there, by its index.
    Foreign(usize, Origin),
}

/// Where an entry that should not be there comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The data of a first GetNotificationSendResponse.
    FirstCall(CallId),
    /// The data of a CloseChannel with NOTIFICATION_RELEASE.
    Release(CallId),
    /// A response with another type than the channel's.
    TypeMismatch(CallId),
    /// A response that is larger than the server takes, whole or cut off.
    TooLarge(CallId),
    /// A response of a client that has not acquired the channel.
    Loser(CallId),
    /// A call that failed.
    Refused(CallId),
    /// None that was seen.
    Unknown,
}

/// A response that may stand in the log, and whether it must.
#[derive(Clone, Copy, Debug)]
struct Expected<'a> {
    call: &'a ChannelCall,
    must: bool,
}

impl Channels {
    /// The request for a log that is outstanding under a stimulus's number.
    #[must_use]
    pub fn log_request(&self, number: u64) -> Option<LogRequest> {
        self.logs.get(&number).copied()
    }

    /// What is wrong with a source's log, if anything. None of the responses may be unseen for that.
    #[must_use]
    pub fn mislogged(&self, request: LogRequest, log: &ChannelLog, now: Moment) -> Option<Mislogged> {
        let lists = self.expected_logs(request, now);
        if lists.iter().any(|list| explains(list, &log.responses)) {
            return None;
        }
        let known = |entry: &SourceResponse| lists.iter().flatten().any(|expected| equal(expected.call, entry));
        if let Some((index, entry)) = log.responses.iter().enumerate().find(|(_, entry)| !known(entry)) {
            let cut = lists
                .iter()
                .filter(|list| list.len() >= log.responses.len())
                .any(|list| list.get(index).is_some_and(|expected| expected.call.data.starts_with(&entry.data)));
            return Some(Mislogged::Foreign(index, self.origin(request.source, entry, cut)));
        }
        let best = lists.iter().max_by_key(|list| log.responses.iter().filter(|entry| holds(list, entry)).count());
        let Some(best) = best else { return Some(Mislogged::Disordered) };
        if let Some((index, entry)) = log.responses.iter().enumerate().find(|(_, entry)| !holds(best, entry)) {
            let from = lists.iter().flatten().find(|expected| equal(expected.call, entry));
            return Some(Mislogged::Foreign(index, from.map_or(Origin::Unknown, |other| Origin::Loser(other.call.id))));
        }
        let missing = best
            .iter()
            .find(|expected| expected.must && !log.responses.iter().any(|entry| equal(expected.call, entry)));
        Some(missing.map_or(Mislogged::Disordered, |expected| Mislogged::Missing(expected.call.id)))
    }

    /// Whether nothing that could have reached the source went unseen. A clouded handle counts as foreign.
    #[must_use]
    pub fn log_is_judgeable(&self, source: SourceId) -> bool {
        !self.missed && !self.views_on(source).any(|(_, view)| view.foreign || view.shared)
    }

    /// Something that was sent can't be read, and may have been a response to any source.
    pub(in crate::model) fn miss(&mut self) {
        self.missed = true;
    }

    /// A log shows who has acquired the channel, and that the server has begun with the calls whose responses it holds.
    pub(super) fn logged(&mut self, request: LogRequest, log: &ChannelLog, now: Moment) {
        let Some(entry) = log.responses.first() else { return };
        let senders: Vec<ViewId> = self.contenders(request.source, now).filter(|id| self.sent(*id, entry)).collect();
        let [only] = senders.as_slice() else { return };
        let resolved = self.view(*only).is_some_and(|view| view.source() == Some(request.source));
        if let Some(source) = self.sources.get_mut(request.source.0).filter(|_| resolved) {
            source.owner.get_or_insert((*only, now));
        }
    }

    fn sent(&self, view: ViewId, entry: &SourceResponse) -> bool {
        let Some(view) = self.view(view) else { return false };
        self.calls_of(view).any(|call| call.acquires(view.notification_type).possible() && equal(call, entry))
    }

    /// The logs that are possible: for each client that may own the channel, its responses.
    fn expected_logs(&self, request: LogRequest, now: Moment) -> Vec<Vec<Expected<'_>>> {
        let source = request.source;
        let owner = self.owner(source, request.asked).or_else(|| self.owner(source, now)).map(|(owner, _)| owner);
        let sure = self.owner(source, request.asked).is_some();
        let mut lists: Vec<Vec<Expected<'_>>> = match owner {
            Some(owner) => vec![self.responses_of(owner, request, now, sure)],
            None => self.contenders(source, now).map(|id| self.responses_of(id, request, now, false)).collect(),
        };
        if !sure {
            lists.push(Vec::new());
        }
        lists
    }

    fn responses_of(&self, id: ViewId, request: LogRequest, now: Moment, owner: bool) -> Vec<Expected<'_>> {
        let Some(view) = self.view(id) else { return Vec::new() };
        let calls = self.calls_of(view).filter(|call| call.started < now);
        let calls = calls.filter_map(|call| {
            let acquires = call.acquires(view.notification_type);
            let settled = call.settled(request.asked, self.prompt).is_some() && acquires.sure();
            let begun = call.begun.is_some_and(|begun| begun <= request.asked);
            let open = self.source(request.source).is_some_and(|known| !known.closed(call.started).possible());
            let must = owner && open && (settled || begun && call.responds(view.notification_type).sure());
            acquires.possible().then_some(Expected { call, must })
        });
        calls.collect()
    }

    /// Where an entry comes from that no valid response explains, unless it is such a response cut off.
    fn origin(&self, source: SourceId, entry: &SourceResponse, cut: bool) -> Origin {
        if cut {
            return Origin::Unknown;
        }
        let calls: Vec<(&ChannelCall, Option<NotificationType>)> = self
            .views_on(source)
            .flat_map(|(_, view)| self.calls_of(view).map(|call| (call, view.notification_type)))
            .collect();
        let same = |call: &ChannelCall| call.data == entry.data;
        let find = |wanted: &dyn Fn(&ChannelCall, Option<NotificationType>) -> bool| {
            calls.iter().find(|(call, registered)| wanted(call, *registered)).map(|(call, _)| call.id)
        };
        let first = find(&|call, _| {
            call.first == Belief::Yes && call.kind == ChannelMethod::Gnsr && same(call) && !call.data.is_empty()
        });
        let releases = |call: &ChannelCall| {
            call.kind == ChannelMethod::Close && call.notification_type == Some(NotificationType::RELEASE)
        };
        let released = find(&|call, _| releases(call) && same(call));
        let mistyped = find(&|call, registered| {
            let mismatch = call.notification_type.zip(registered).is_some_and(|(own, registered)| own != registered);
            mismatch && same(call) && !releases(call) && call.first != Belief::Yes
        });
        let large =
            find(&|call, _| call.size > RESPONSE_LIMIT && !entry.data.is_empty() && call.data.starts_with(&entry.data));
        let other = find(&|call, _| call.fate == super::Fate::Lost && same(call));
        let refused = find(&|call, _| call.fate == super::Fate::Refused && same(call));
        let own = find(&|call, registered| call.responds(registered).sure() && same(call));
        mistyped
            .map(Origin::TypeMismatch)
            .or(large.map(Origin::TooLarge))
            .or(other.map(Origin::Loser))
            .or(first.map(Origin::FirstCall))
            .or(released.map(Origin::Release))
            .or(refused.map(Origin::Refused))
            .or(own.map(Origin::Loser))
            .unwrap_or(Origin::Unknown)
    }
}

/// Whether a log can be what came of a list of expected responses: all that must be there in their order, and of the
/// others any.
fn explains(expected: &[Expected<'_>], log: &[SourceResponse]) -> bool {
    let mut reached: BTreeSet<usize> = BTreeSet::from([0]);
    for response in expected {
        let taken = reached.iter().copied().filter(|at| log.get(*at).is_some_and(|entry| equal(response.call, entry)));
        let mut next: BTreeSet<usize> = taken.map(|at| at.saturating_add(1)).collect();
        if !response.must {
            next.extend(reached);
        }
        reached = next;
    }
    reached.contains(&log.len())
}

fn holds(list: &[Expected<'_>], entry: &SourceResponse) -> bool {
    list.iter().any(|expected| equal(expected.call, entry))
}

/// Whether a log's entry is a call's response.
fn equal(call: &ChannelCall, entry: &SourceResponse) -> bool {
    call.data == entry.data && call.notification_type.is_some_and(|own| own.0 == entry.notification_type)
}
