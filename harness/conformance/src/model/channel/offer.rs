//! GetNewChannel: which channels a registration may and must be offered ([MS-PAN] 3.1.1.4.3, SD-25).

use alloc::vec::Vec;

use dcerpc::ContextHandle;
use mspan::{ConversationStyle, NotificationType};

use trace::Time;

use super::{Belief, Channels, SourceId, View, ViewId};
use crate::event::{AssociationId, CallId};
use crate::model::{Match, Model, Moment, Registration, RegistrationId};

/// A GetNewChannel call that has not come back.
#[derive(Clone, Debug)]
pub struct Offer {
    /// The call.
    pub call: CallId,
    /// Its association.
    pub association: AssociationId,
    /// The remote object that it names.
    pub remote_object: ContextHandle,
    /// When it started.
    pub started: Moment,
    /// The registration that it draws on, when that is certain.
    pub registration: Option<RegistrationId>,
    /// Whether its not coming back has been judged already.
    pub overdue: bool,
    /// When it will be looked at next.
    pub(super) alarm: Option<Time>,
}

/// What a registration may be offered, from the start of a GetNewChannel call until now.
#[derive(Clone, Debug, Default)]
pub struct Offered {
    /// Channels that the call may return.
    pub possible: Vec<SourceId>,
    /// How many of them it should return at once: they are surely free and open, and not returned before.
    pub due: usize,
    /// Channels that would fit but were returned to the registration before.
    pub again: usize,
    /// Channels that would fit but that a client had acquired before the call.
    pub acquired: usize,
    /// Channels that would fit but that their source had closed before the call.
    pub closed: usize,
    /// Whether there may be channels that nobody was seen to open.
    pub foreign: bool,
}

impl Channels {
    /// What a registration may be offered, from the start of a GetNewChannel call until now.
    #[must_use]
    pub fn offered(&self, model: &Model, registration: &Registration, started: Moment, now: Moment) -> Offered {
        let mut offered =
            Offered { foreign: !model.knows_source_of(registration.notification_type), ..Offered::default() };
        for (id, source) in self.sources.iter().enumerate().map(|(id, source)| (SourceId(id), source)) {
            if !source.opened(now).possible() || !fits(registration, source).possible() {
                continue;
            }
            if self.returned_to(registration.id, id).sure() {
                offered.again += 1;
            } else if source.closed(started).sure() {
                offered.closed += 1;
            } else if self.owner(id, started).is_some() {
                offered.acquired += 1;
            } else {
                offered.possible.push(id);
            }
        }
        offered.due = self.due_since(registration, now).into_iter().filter(|since| *since < started).count();
        offered
    }

    /// Channels that a registration should be offered now: since when each has been there. Handles whose channel is not
    /// known count against the oldest.
    #[must_use]
    pub fn due_since(&self, registration: &Registration, now: Moment) -> Vec<Moment> {
        self.due(registration, now).into_iter().map(|(since, _)| since).collect()
    }

    /// The channels behind [`Self::due_since`].
    pub(super) fn due(&self, registration: &Registration, now: Moment) -> Vec<(Moment, SourceId)> {
        let lost = !registration.certain || registration.leaky;
        if lost || registration.may_have_ended().is_some() || self.abnormal(now).possible() {
            return Vec::new();
        }
        let free = |id: SourceId, source: &super::Source| {
            !source.closed(now).possible() && self.contenders(id, now).next().is_none() && self.owner(id, now).is_none()
        };
        let mut due: Vec<(Moment, SourceId)> = Vec::new();
        for (id, source) in self.sources.iter().enumerate().map(|(id, source)| (SourceId(id), source)) {
            let unread = registration.unread.is_some_and(|unread| source.opening.at < unread);
            if fits(registration, source).sure() && free(id, source) && !unread {
                due.extend(source.spoke().map(|spoke| (spoke.max(registration.made), id)));
            }
        }
        due.sort_unstable();
        due.retain(|(_, id)| !self.returned_to(registration.id, *id).sure());
        let own = |view: &&View| view.registration.is_none() || view.registration == Some(registration.id);
        let open = self.views.values().filter(own).filter(|view| view.source().is_none());
        let returned = open.filter(|view| due.iter().any(|(_, id)| view.may_be(*id))).count();
        due.into_iter().skip(returned).collect()
    }

    /// Whether a registration was returned a handle that its client has not been told to be gone.
    #[must_use]
    pub fn has_open_handle(&self, registration: RegistrationId) -> bool {
        self.views.values().any(|view| view.registration == Some(registration) && view.nulled.is_none())
    }

    /// Whether a channel was returned to a registration.
    #[must_use]
    pub fn returned_to(&self, registration: RegistrationId, source: SourceId) -> Belief {
        let views = self.views_on(source).filter(|(_, view)| view.registration == Some(registration));
        Belief::any(views.map(|(_, view)| if view.source() == Some(source) { Belief::Yes } else { Belief::Maybe }))
    }

    /// Takes in the handles that a successful GetNewChannel returned.
    pub(super) fn returned(&mut self, model: &Model, offer: &Offer, handles: &[ContextHandle], now: Moment) {
        let registration = offer.registration.and_then(|id| model.registration(id));
        let offered = registration.map(|known| self.offered(model, known, offer.started, now));
        let (candidates, mut foreign) = match offered {
            Some(offered) => (offered.possible, offered.foreign),
            None => (self.sources.iter().enumerate().map(|(id, _)| SourceId(id)).collect(), true),
        };
        // More handles than channels: the breach has been judged, and what the handles stand for is open.
        foreign |= candidates.len() < handles.len();
        for handle in handles.iter().filter(|handle| !handle.is_null()) {
            let key = (offer.association, *handle);
            let live = self.by_handle.get(key).copied().and_then(|id| self.view_mut(id));
            if let Some(known) = live.filter(|known| known.nulled.is_none()) {
                known.shared |= known.registration != offer.registration;
                continue;
            }
            let view = View {
                registration: offer.registration,
                notification_type: registration.map(|known| known.notification_type),
                returned: Some(now),
                candidates: candidates.clone(),
                foreign,
                first: Belief::Yes,
                ..View::unknown(offer.association, *handle)
            };
            self.add(view);
        }
        self.eliminate(offer.registration);
    }

    /// Takes in a handle whose return was not seen.
    pub(super) fn unknown(&mut self, association: AssociationId, handle: ContextHandle) -> ViewId {
        let candidates = self.sources.iter().enumerate().map(|(id, _)| SourceId(id)).collect();
        self.add(View { candidates, ..View::unknown(association, handle) })
    }

    fn add(&mut self, view: View) -> ViewId {
        let id = ViewId(self.handles);
        self.handles += 1;
        let former = self.by_handle.insert((view.association, view.handle), id);
        // What no source tells of need not be known once its handle stands for something else.
        if let Some(former) = former.filter(|_| self.sources.is_empty()) {
            self.views.remove(former);
        }
        self.views.insert(id, view);
        id
    }

    /// One registration is returned a channel at most once: what one of its handles surely stands for, no other does.
    pub(super) fn eliminate(&mut self, registration: Option<RegistrationId>) {
        let Some(registration) = registration.filter(|_| !self.sources.is_empty()) else { return };
        loop {
            let own = |view: &&View| view.registration == Some(registration) && !view.shared;
            let taken: Vec<(ContextHandle, SourceId)> =
                self.views.values().filter(own).filter_map(|view| Some((view.handle, view.source()?))).collect();
            let mut changed = false;
            for view in self.views.values_mut().filter(|view| view.registration == Some(registration) && !view.shared) {
                if view.candidates.len() < 2 {
                    continue;
                }
                let before = view.candidates.len();
                let handle = view.handle;
                view.candidates.retain(|id| !taken.iter().any(|(other, known)| known == id && *other != handle));
                changed |= view.candidates.len() < before;
            }
            if !changed {
                return;
            }
        }
    }
}

/// Whether a channel is meant for a registration.
fn fits(registration: &Registration, source: &super::Source) -> Belief {
    match registration.matches(&source.audience, ConversationStyle::BIDIRECTIONAL) {
        Match::Yes => Belief::Yes,
        Match::No(_) => Belief::No,
        Match::Unknown => Belief::Maybe,
    }
}

impl View {
    /// A handle of which nothing is known.
    fn unknown(association: AssociationId, handle: ContextHandle) -> Self {
        Self {
            association,
            handle,
            registration: None,
            notification_type: None::<NotificationType>,
            returned: None,
            candidates: Vec::new(),
            foreign: true,
            first: Belief::Maybe,
            calls: Vec::new(),
            delivered: Vec::new(),
            nulled: None,
            clouded: false,
            shared: false,
            haunted: false,
            ended: false,
        }
    }
}
