//! Attempts to receive notifications, and which of them retries which ([MS-PAN] 3.1.1.4.1, 3.1.1.4.3, 3.1.1.4.5, 3.2.2.2).
//!
//! ```text
//! Create ─▶ RegisterClient ─▶ GetNotification or GetNewChannel ─▶ …
//!                │ fails            │ fails, or its connection is cut
//!                ▼                  ▼
//!              failed ─── an interval ──▶ Create ─▶ RegisterClient with the same parameters: the next attempt
//! ```

use core::time::Duration;

use mspan::method::{In, RegisterClientIn};
use mspan::{Hresult, Method};
use trace::Vantage;

use super::{Belief, ClientCall, Clients, Request};
use crate::event::{AssociationId, CallId, CallStarted, Outcome};
use crate::model::{Model, Moment};

/// An attempt to receive notifications, named by its RegisterClient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Its RegisterClient.
    pub register: CallId,
    /// Its association.
    pub association: AssociationId,
    /// When its first request was complete: that of Create where a retry begins so, else of RegisterClient.
    pub begun: Moment,
    /// By what it failed.
    pub failed: Option<Failure>,
    /// Whether it had succeeded before: its call that waits had brought something, or had waited for T_PROMPT. Who tries
    /// again then begins anew.
    pub succeeded: bool,
    /// The attempt that it retries, and at what intervals.
    pub retries: Option<Retry>,
    /// The RegisterClient of the attempt that retries it.
    pub retried: Option<CallId>,
}

/// By what an attempt failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Its RegisterClient, or a call that waited on its object.
    pub call: CallId,
    /// When that came back, or was lost.
    pub at: Moment,
}

/// How an attempt follows another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// The RegisterClient of the attempt that failed.
    pub of: CallId,
    /// When this attempt began.
    pub begun: Moment,
    /// From the beginning of the one to that of the other.
    pub between: Duration,
    /// From the failure to the beginning of this attempt.
    pub waited: Duration,
    /// The same, from the last Create that failed since then, where one did.
    pub pace: Pace,
    /// Whether it comes from another association.
    pub across: bool,
    /// Whether another program of the same host may have sent it, or its client have come back for another reason.
    pub doubtful: bool,
}

/// An interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// From the beginning of a try to that of the next.
    pub between: Duration,
    /// From its failure to the beginning of the next.
    pub waited: Duration,
}

/// What comes later than this after a failure is no retry, but something new.
const FORGOTTEN: Duration = Duration::from_secs(180);

impl Clients {
    /// The attempt of a RegisterClient call.
    #[must_use]
    pub fn attempt(&self, register: CallId) -> Option<&Attempt> {
        self.attempts.get(register)
    }

    /// The attempts of an association, in the order of their RegisterClient calls.
    pub fn attempts_of(&self, association: AssociationId) -> impl DoubleEndedIterator<Item = &Attempt> {
        let attempts = self.associations.get(association).map_or(&[][..], |known| known.attempts.as_slice());
        attempts.iter().filter_map(|register| self.attempts.get(*register))
    }

    /// The attempts of an association to receive the same notifications for the same user, in the order of their
    /// RegisterClient calls.
    pub fn attempts_for<'a>(
        &'a self,
        association: AssociationId,
        asked: Asked<'a>,
    ) -> impl DoubleEndedIterator<Item = &'a Attempt> {
        let same = move |attempt: &&Attempt| self.call(attempt.register).is_some_and(|call| asked.is_as(call));
        self.attempts_of(association).filter(same)
    }

    /// The attempt to which a RegisterClient, GetNotification or GetNewChannel belongs: the last registration of its
    /// object before it.
    #[must_use]
    pub fn attempt_of(&self, call: &ClientCall) -> Option<&Attempt> {
        if call.is(Method::RegisterClient) {
            return self.attempt(call.id);
        }
        // Of a handle that was given out anew since nobody remembers what it was.
        let (register, handle) = call.register.zip(call.handle)?;
        let known = self.handles.get((call.association, handle))?;
        known.named.binary_search(&register).ok().and_then(|_| self.attempt(register))
    }

    /// The row of attempts that ends with one, last first: each retries the next, and none but the first has succeeded.
    pub fn row<'a>(&'a self, last: &'a Attempt) -> impl Iterator<Item = &'a Attempt> {
        core::iter::successors(Some(last), |attempt| {
            let retry = attempt.retries.filter(|_| !attempt.succeeded)?;
            self.attempt(retry.of)
        })
    }

    /// Whether all attempts of the row that ends with one are known.
    #[must_use]
    pub fn has_whole_row(&self, last: &Attempt) -> bool {
        let known = |attempt: &Attempt| attempt.retries.is_none_or(|retry| self.attempt(retry.of).is_some());
        self.row(last).all(known)
    }

    /// Whether the client has asked for the same once more, after an attempt: as a retry or otherwise.
    #[must_use]
    pub fn is_followed(&self, attempt: &Attempt) -> bool {
        let Some(asked) = self.call(attempt.register).and_then(Asked::by) else { return false };
        // What was forgotten may have been that.
        if self.forgotten > Some(attempt.register) {
            return true;
        }
        let who = self.who(attempt.association);
        self.attempts.values().rev().take_while(|other| other.register > attempt.register).any(|other| {
            let same = self.call(other.register).is_some_and(|call| asked.is_as(call));
            same && who.is_some() && self.who(other.association) == who
        })
    }

    /// How a RegisterClient that starts follows an attempt with the same parameters that has failed, as its client knows,
    /// and that nothing else has retried.
    #[must_use]
    pub fn retry(&self, model: &Model, request: &Request<'_>) -> Option<Retry> {
        let asked = Asked::of(model, request.started)?;
        let own = request.started.association;
        let failed = |attempt: &&Attempt| self.is_retried_by(attempt, asked, request);
        if let Some(last) = self.attempts_for(own, asked).next_back() {
            let former = Some(last).filter(failed).filter(|last| !self.has_twins(last, asked, request.at))?;
            return self.interval(model, former, request);
        }
        let who = self.who(own)?;
        let elsewhere = |attempt: &&Attempt| {
            attempt.failed.is_some()
                && attempt.association != own
                && self.who(attempt.association) == Some(who)
                && self.is_over(attempt.association)
        };
        let mut others = self.attempts.values().rev().filter(elsewhere).filter(failed);
        let former = others.next().filter(|_| others.next().is_none())?;
        self.interval(model, former, request)
    }

    /// Whether a Create may belong to what is tried again after a failure, in its association or in one of the same client
    /// that is over: the Creates before it that failed in a row were called between these moments.
    #[must_use]
    pub fn is_retrying(&self, association: AssociationId, first: Moment, last: Moment) -> bool {
        let who = self.who(association);
        self.attempts.values().filter(|attempt| attempt.retried.is_none()).any(|attempt| {
            let Some(failure) = attempt.failed else { return false };
            if attempt.association == association {
                return failure.at < last;
            }
            let same = who.is_some() && self.who(attempt.association) == who && self.is_over(attempt.association);
            let soon = failure.at < first && first.time.since(failure.at.time) < FORGOTTEN;
            same && soon && !self.is_of_its_own_making(attempt, failure)
        })
    }

    /// What ended when the client closed its connection has not failed, in whatever way it closed it.
    fn is_of_its_own_making(&self, attempt: &Attempt, failure: Failure) -> bool {
        let lost = self.call(failure.call).is_some_and(|call| call.outcome() == Some(&Outcome::Lost));
        lost && self.associations.get(attempt.association).is_none_or(|known| !known.cut_by_server)
    }

    fn is_retried_by(&self, attempt: &Attempt, asked: Asked<'_>, request: &Request<'_>) -> bool {
        let Some(failure) = attempt.failed.filter(|_| attempt.retried.is_none()) else { return false };
        let Some(call) = self.call(failure.call) else { return false };
        let lost = call.outcome() == Some(&Outcome::Lost);
        let elsewhere = attempt.association != request.started.association;
        let known = lost || elsewhere || request.knows(call) == Belief::Yes;
        let register = self.call(attempt.register);
        known && !self.is_of_its_own_making(attempt, failure) && register.is_some_and(|call| asked.is_as(call))
    }

    /// Whether the same was asked for twice at once: which of the two is retried can't be told, even when both have failed.
    fn has_twins(&self, attempt: &Attempt, asked: Asked<'_>, now: Moment) -> bool {
        let failed = attempt.failed.map(|failure| failure.at);
        let all = self.attempts_for(attempt.association, asked);
        let mut others = all.filter(|other| other.register != attempt.register);
        others.any(|other| {
            let Some(call) = self.call(other.register) else { return false };
            let object = call.handle.and_then(|handle| self.object(call.association, handle));
            let live = match other.failed {
                None => !object.is_some_and(|object| self.has_called(Method::UnregisterClient, object)),
                Some(failure) => {
                    let recent = now.time.since(failure.at.time) < FORGOTTEN;
                    other.retried.is_none() && failure.at > attempt.begun && recent
                }
            };
            Some(other.begun) < failed && live
        })
    }

    /// Whether a client that comes back by another association does so for what an attempt failed by: it has received that
    /// answer, and its connection has not failed it besides.
    fn is_the_reason(&self, model: &Model, attempt: &Attempt) -> bool {
        let Some(call) = attempt.failed.and_then(|failure| self.call(failure.call)) else { return false };
        let received = model.config().vantage == Vantage::Client || call.received.is_some();
        call.outcome() == Some(&Outcome::Lost) || received && !self.excuses(model, attempt.association)
    }

    fn interval(&self, model: &Model, former: &Attempt, request: &Request<'_>) -> Option<Retry> {
        let own = request.started.association;
        let failed = former.failed?.at;
        let created = request.object().map(|object| object.created).and_then(|create| self.call(create));
        let created = created.map(|create| create.at).filter(|at| *at > failed);
        let begun = created.unwrap_or(request.at);
        let (between, waited) = (begun.time.since(former.begun.time), begun.time.since(failed.time));
        // A Create that fails belongs to the row, too (SD-47).
        let created = |call: &&ClientCall| call.is(Method::Create) && call.succeeded() == Some(false);
        let mut since = self.calls_of(own).rev().skip_while(|call| call.at >= begun);
        let tried = since.find(created).filter(|call| call.at > failed).map(|call| (call.at, call.answer.as_ref()));
        let pace = match tried {
            Some((at, Some(answer))) => {
                Pace { between: begun.time.since(at.time), waited: begun.time.since(answer.at.time) }
            }
            _ => Pace { between, waited },
        };
        let across = former.association != own;
        let certain = self.is_one_launch(former.association, own) && self.is_the_reason(model, former);
        let doubtful = across && !certain;
        (waited < FORGOTTEN).then_some(Retry { of: former.register, begun, between, waited, pace, across, doubtful })
    }

    /// A RegisterClient starts: an attempt begins.
    pub(super) fn attempt_started(&mut self, register: CallId, retry: Option<Retry>, at: Moment) {
        if let Some(former) = retry.and_then(|retry| self.attempts.get_mut(retry.of)) {
            former.retried = Some(register);
        }
        let Some(call) = self.calls.get(register) else { return };
        let begun = retry.map_or(at, |retry| retry.begun);
        let association = call.association;
        let attempt =
            Attempt { register, association, begun, failed: None, succeeded: false, retries: retry, retried: None };
        self.attempts.insert(register, attempt);
        self.associations.or_default(association).attempts.push(register);
    }

    /// A call came back: its attempt may have failed by it.
    pub(super) fn attempt_finished(&mut self, model: &Model, id: CallId, at: Moment) {
        let Some(call) = self.call(id) else { return };
        let waits = call.is(Method::GetNotification) || call.is(Method::GetNewChannel);
        if !waits && !call.is(Method::RegisterClient) {
            return;
        }
        let Some(attempt) = self.attempt_of(call) else { return };
        let waited = at.time.since(call.at.time) >= model.config().prompt;
        let succeeds = waits && (waited || call.succeeded() == Some(true));
        // Its answer may be among octets that the recording lacks.
        let is_unseen = call.outcome() == Some(&Outcome::Lost)
            && model.connection(call.connection).is_some_and(|connection| connection.blind);
        let fails = Self::fails(call, waits) && !is_unseen && !self.has_left(call, waits, attempt.register);
        let register = attempt.register;
        let Some(attempt) = self.attempts.get_mut(register) else { return };
        attempt.succeeded |= succeeds;
        if fails && attempt.failed.is_none() {
            attempt.failed = Some(Failure { call: id, at });
        }
    }

    /// Whether a call that came back has failed, in a way that may be retried.
    fn fails(call: &ClientCall, waits: bool) -> bool {
        let lost = matches!(call.outcome(), Some(Outcome::Lost));
        let failed = lost || call.malformed || call.succeeded() == Some(false) && !call.given_up;
        // 0x8004000C is about another call, and 0x8007071A is no failure to retry after.
        let others = [Hresult::CALL_OUTSTANDING.0, Hresult::NOTIFICATIONS_TERMINATED.0];
        let excluded = waits && call.code().is_some_and(|code| others.contains(&code));
        failed && !excluded
    }

    /// Whether the client itself may have ended a call that waited, which has not failed then.
    fn has_left(&self, call: &ClientCall, waits: bool, register: CallId) -> bool {
        let since = self.call(register).map(|register| register.at);
        let leaves = |other: &ClientCall| other.is(Method::UnregisterClient) || other.is(Method::Delete);
        call.handle.filter(|_| waits).is_some_and(|handle| {
            self.calls_with(call.association, handle).any(|other| Some(other.at) > since && leaves(other))
        })
    }

    /// Whether an association has no connection left.
    fn is_over(&self, association: AssociationId) -> bool {
        self.associations.get(association).is_some_and(|known| known.open.is_empty())
    }
}

/// What a RegisterClient asks for, and for whom: who has access depends on that (3.1.1.6.5).
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    input: &'a RegisterClientIn,
    user: Option<&'a str>,
}

impl<'a> Asked<'a> {
    /// What a RegisterClient that starts asks for.
    #[must_use]
    pub fn of(model: &'a Model, started: &'a CallStarted) -> Option<Self> {
        let Some(In::RegisterClient(input)) = &started.input else { return None };
        Some(Self { input, user: model.caller(started).map(|user| user.name.as_str()) })
    }

    fn by(call: &'a ClientCall) -> Option<Self> {
        let Some(In::RegisterClient(input)) = &call.input else { return None };
        Some(Self { input, user: call.user.as_ref().map(|user| user.name.as_str()) })
    }

    /// Whether a RegisterClient call has asked for the same notifications, by type, print queue, style and filter, and not for
    /// another user.
    fn is_as(&self, register: &ClientCall) -> bool {
        let Some(former) = Asked::by(register) else { return false };
        let another = former.user.is_some() && self.user.is_some() && former.user != self.user;
        former.input.name == self.input.name
            && former.input.notification_type == self.input.notification_type
            && former.input.style == self.input.style
            && former.input.filter == self.input.filter
            && !another
    }
}
