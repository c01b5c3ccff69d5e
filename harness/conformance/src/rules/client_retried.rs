//! Failures of GetNewChannel and GetNotification, and the calls by which their clients try again ([MS-PAN] 3.1.1.4.3,
//! 3.1.1.4.5).

use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use mspan::method::{self, RegisterClientIn};
use mspan::{ConversationStyle, Hresult, Method};

use super::client_request::leaves_undone;
use super::client_waiting::has_left;
use super::get_new_channel::is_termination;
use crate::event::{AssociationId, CallId};
use crate::model::client::{Belief, ClientCall, QUIET, Request};
use crate::model::{Moment, Registration, RegistrationId};
use crate::scene::Scene;

/// The longest interval between retries, with a tenth of slack (SD-47).
pub(super) const LONGEST: Duration = Duration::from_secs(66);

/// A waiting call that has failed, on a registration of its mode.
pub(super) struct Failure<'a> {
    pub(super) call: &'a ClientCall,
    /// HRESULT, or status of the fault.
    pub(super) code: Hresult,
    /// Whether it came as a fault.
    pub(super) thrown: bool,
    /// When it came back.
    pub(super) at: Moment,
    registration: &'a Registration,
}

/// A call of the same method after a failure.
#[derive(Clone, Copy, Debug)]
pub(super) struct Retry {
    /// The call; none for the one that is just starting.
    call: Option<CallId>,
    /// On an object that was registered for it.
    pub(super) anew: bool,
}

impl<'a> Failure<'a> {
    /// The failure of a call of a method. What the client itself has cancelled has not failed.
    pub(super) fn of(model: &'a Scene<'_>, id: CallId, method: Method) -> Option<Self> {
        let failed = |call: &&ClientCall| call.is(method) && call.succeeded() == Some(false) && !call.given_up;
        let call = model.clients.call(id).filter(failed)?;
        let handle = call.handle?;
        let mut earlier = model.clients.calls_with(call.association, handle).rev().filter(|other| other.at < call.at);
        let registered = |other: &&ClientCall| other.is(Method::RegisterClient) && other.succeeded() == Some(true);
        let registration = model.registration(RegistrationId(earlier.find(registered)?.id))?;
        let (code, at) = (Hresult(call.code()?), call.answer.as_ref()?.at);
        let thrown = call.outcome()?.fault().is_some();
        let live = registration.may_have_ended().is_none_or(|ended| ended > call.at);
        let right = registration.certain && registration.style == style_of(method) && live;
        right.then_some(Self { call, code, thrown, at, registration })
    }

    /// Whether nothing particular is said of its code, nor of what its code may stand for (SD-28).
    pub(super) fn is_ordinary(&self) -> bool {
        self.is_unnamed() && !is_termination(self.code)
    }

    /// Whether nothing particular is said of its code.
    pub(super) fn is_unnamed(&self) -> bool {
        ![Hresult::CALL_OUTSTANDING, Hresult::NOTIFICATIONS_TERMINATED].contains(&self.code)
    }

    /// The calls of its association that came after it, the last first.
    fn later(&self, model: &'a Scene<'_>) -> impl Iterator<Item = &'a ClientCall> + use<'a> {
        let at = self.at;
        model.clients.calls_of(self.call.association).rev().take_while(move |call| call.at > at)
    }

    /// Whether something came so soon after it that it is the client's reaction.
    fn is_soon(&self, at: Moment) -> bool {
        at.time.since(self.at.time) < QUIET[0]
    }

    /// The first call by which the client has tried again.
    pub(super) fn retry(&self, model: &Scene<'_>) -> Option<Retry> {
        let later: Vec<&ClientCall> = self.later(model).collect();
        let mut renewed: Vec<&ClientCall> = Vec::new();
        for call in later.into_iter().rev().take_while(|call| self.is_soon(call.at)) {
            let Some(handle) = call.handle else { continue };
            if same_parameters(call, self.registration) {
                renewed.push(call);
            }
            if call.method == self.call.method {
                let anew = renewed.iter().any(|register| register.handle == Some(handle));
                if anew && call.handle == self.call.handle {
                    return None;
                }
                if anew || call.handle == self.call.handle {
                    return Some(Retry { call: Some(call.id), anew });
                }
            }
        }
        None
    }

    /// Whether the client has begun to try again, however far it came.
    pub(super) fn is_followed_up(&self, model: &Scene<'_>) -> bool {
        let method = self.call.method;
        self.later(model).filter(|call| self.is_soon(call.at)).any(|call| {
            let again = call.method == method && call.handle == self.call.handle;
            again || call.is(Method::Create) || call.is(Method::RegisterClient)
        })
    }

    /// Whether the client has surely tried again, or surely not, as far as it has shown interest.
    pub(super) fn reaction(&self, model: &Scene<'_>, now: Moment) -> Option<bool> {
        if let Some(retry) = self.retry(model) {
            return (!retry.may_be_meant(model, self)).then_some(true);
        }
        let window = if self.is_ordinary() { LONGEST } else { QUIET[0] };
        let over = now.time.since(self.at.time) >= window;
        let begun = || has_left(model, self.call) || self.is_followed_up(model);
        let interested = !self.is_ordinary() || leaves_undone(model, self.call, now) && !begun();
        (over && interested).then_some(false)
    }

    /// Whether the client unregistered, or deleted its object, before it knew of the failure.
    fn is_of_its_own_making(&self, model: &Scene<'_>) -> bool {
        let Some(handle) = self.call.handle else { return false };
        let leaves = |call: &&ClientCall| call.is(Method::UnregisterClient) || call.is(Method::Delete);
        let mut left = model.clients.calls_with(self.call.association, handle).filter(|call| call.at > self.call.at);
        let known = self.call.received.map(|(_, at)| at);
        left.find(leaves).is_some_and(|left| known.is_none_or(|known| known > left.at))
    }

    /// Whether the client has ever registered for the same while it was registered for it: then it wants it twice, and what
    /// belongs to which can't be told.
    fn has_twins(&self, model: &Scene<'_>, before: Moment) -> bool {
        let same = |call: &&ClientCall| same_parameters(call, self.registration);
        let calls = model.clients.calls_of(self.call.association).take_while(|call| call.at < before);
        let attempts: Vec<&ClientCall> = calls.filter(same).collect();
        let method = self.call.method;
        attempts.iter().zip(attempts.iter().skip(1)).any(|(one, next)| !is_over(model, one, method, next.at))
    }

    /// The waiting call of a retry that has not failed.
    pub(super) fn succeeded_retry(&self, model: &'a Scene<'_>) -> Option<&'a ClientCall> {
        let retry = self.retry(model).filter(|retry| retry.anew)?;
        model.clients.call(retry.call?).filter(|call| call.succeeded() != Some(false))
    }

    /// Whether the client has registered once more soon after a retry, while the new registration stands.
    pub(super) fn is_overdone(&self, model: &Scene<'_>, retry: &ClientCall) -> bool {
        self.later(model)
            .any(|call| call.at > retry.at && call.handle != retry.handle && same_parameters(call, self.registration))
    }
}

impl Retry {
    /// What the waiting call that is starting is a retry of.
    pub(super) fn by<'a>(model: &'a Scene<'_>, request: &Request<'_>) -> Option<(Failure<'a>, Self)> {
        let (association, handle) = (request.started.association, request.handle()?);
        let method = request.started.method?;
        let object = model.object(association, handle)?;
        let registration = model.registration(object.registration?).filter(|known| known.certain)?;
        let mut earlier = model.clients.calls_with(association, handle).rev().filter(|call| call.is(method));
        if let Some(former) = earlier.find(|call| call.answer.is_some()) {
            let failure = Failure::of(model, former.id, method)?;
            let same = registration.id == failure.registration.id;
            return same.then_some((failure, Self { call: None, anew: false }));
        }
        let failure = last_failure(model, association, method, registration.begun, |known| {
            same_registration(known, registration)
        })?;
        let first =
            failure.is_soon(request.at) && failure.call.handle != Some(handle) && failure.retry(model).is_none();
        first.then_some((failure, Self { call: None, anew: true }))
    }

    /// Whether the client may have registered anew for another reason than to try again.
    pub(super) fn may_be_meant(&self, model: &Scene<'_>, failure: &Failure<'_>) -> bool {
        self.anew && (failure.is_of_its_own_making(model) || failure.has_twins(model, failure.at))
    }

    /// How it shows.
    pub(super) fn shown(&self) -> &'static str {
        if self.anew { "a new object, registered for the same and waiting" } else { "the same handle again" }
    }

    /// The failure after which the client had tried again with success, and registers once more all the same.
    pub(super) fn after_success<'a>(
        model: &'a Scene<'_>,
        request: &Request<'_>,
        method: Method,
    ) -> Option<Failure<'a>> {
        let association = request.started.association;
        let Some(method::In::RegisterClient(input)) = &request.started.input else { return None };
        let failure = last_failure(model, association, method, request.at, |known| same_input(input, known))?;
        let retry = failure
            .succeeded_retry(model)
            .filter(|_| failure.is_ordinary() && !failure.has_twins(model, request.at))?;
        let object = model.object(association, retry.handle?)?;
        let live = model.registration(object.registration?).filter(|known| known.certain && known.is_live())?;
        let registered = model.clients.call(live.id.0)?;
        let soon = request.at.time.since(retry.at.time) < LONGEST;
        let other = retry.handle != request.handle() && !failure.is_of_its_own_making(model);
        (soon && other && request.knows(registered) == Belief::Yes).then_some(failure)
    }
}

/// The mode in which a method waits.
pub(super) fn style_of(method: Method) -> ConversationStyle {
    match method {
        Method::GetNewChannel => ConversationStyle::BIDIRECTIONAL,
        _ => ConversationStyle::UNIDIRECTIONAL,
    }
}

/// Whether an attempt to register and wait had come to its end before a moment: by a failure, or by the client's own will.
fn is_over(model: &Scene<'_>, attempt: &ClientCall, method: Option<Method>, before: Moment) -> bool {
    let ended = |call: &ClientCall| call.answer.as_ref().is_some_and(|answer| answer.at < before);
    let Some(handle) = attempt.handle.filter(|_| attempt.succeeded() != Some(false)) else { return ended(attempt) };
    let calls = model.clients.calls_with(attempt.association, handle);
    let mut calls = calls.skip_while(|call| call.at <= attempt.at).take_while(|call| call.at < before);
    calls.any(|call| {
        let failed = call.method == method && call.succeeded() == Some(false) && ended(call);
        failed || call.is(Method::UnregisterClient) || call.is(Method::Delete)
    })
}

/// The last failure of a method before a moment, on registrations of a kind.
fn last_failure<'a>(
    model: &'a Scene<'_>,
    association: AssociationId,
    method: Method,
    before: Moment,
    kind: impl Fn(&Registration) -> bool,
) -> Option<Failure<'a>> {
    let calls = model.clients.failures_of(association).filter(|call| call.at < before);
    let failures = calls.filter_map(|call| Failure::of(model, call.id, method));
    failures.filter(|failure| failure.at < before && kind(failure.registration)).max_by_key(|failure| failure.at)
}

fn same_registration(one: &Registration, other: &Registration) -> bool {
    one.name == other.name
        && one.notification_type == other.notification_type
        && one.filter == other.filter
        && one.style == other.style
}

/// Whether a call is a RegisterClient with the parameters of a registration.
fn same_parameters(call: &ClientCall, registration: &Registration) -> bool {
    matches!(&call.input, Some(method::In::RegisterClient(input)) if same_input(input, registration))
}

fn same_input(input: &RegisterClientIn, registration: &Registration) -> bool {
    input.name.as_ref().map(dcerpc::ndr::WideString::text) == registration.name
        && input.notification_type == registration.notification_type
        && input.filter == registration.filter
        && input.style == registration.style
}

impl fmt::Display for Failure<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let thrown = if self.thrown { "fault " } else { "" };
        write!(f, "{thrown}{}", self.code)
    }
}
