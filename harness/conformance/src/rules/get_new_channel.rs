//! IRPCAsyncNotify_GetNewChannel ([MS-PAN] 3.1.1.4.3): what it returns, and how it fails.

use alloc::collections::BTreeSet;
use alloc::format;

use dcerpc::ContextHandle;
use mspan::method::{self, GetNewChannelOut};
use mspan::{ConversationStyle, Hresult, Method};

use super::exchange::server;
use super::finish::{OF_THE_TABLES, due};
use crate::catalogue::Level;
use crate::event::{Event, Kind, Outcome};
use crate::fact::Facts;
use crate::model::channel::Offer;
use crate::model::{Call, Due, Moment, Registration, RemoteObject, States};
use crate::occasion::Occasions;
use crate::rule::{Rule, Verdicts};
use crate::scene::Scene;

/// The rules of this section.
pub(super) static RULES: &[Rule] = &[
    server(
        "MS-PAN/3.1.1.4.3/success-returns-channels",
        "3.1.1.4.3",
        Level::Must,
        &["PAN-3.1.1.4.3-03", "PAN-3.1.1.4.3-21"],
        success_returns_channels,
    )
    .at(Occasions::FINISHED.of(&[Method::GetNewChannel])),
    server("MS-PAN/3.1.1.4.3/handles-differ", "3.1.1.4.3", Level::Must, &["PAN-3.1.1.4.3-06"], handles_differ)
        .at(Occasions::FINISHED.of(&[Method::GetNewChannel])),
    server("MS-PAN/3.1.1.4.3/success-is-zero", "3.1.1.4.3", Level::Must, &["PAN-3.1.1.4.3-07"], success_is_zero)
        .at(Occasions::FINISHED.of(&[Method::GetNewChannel])),
    server(
        "MS-PAN/3.1.1.4.3/second-call-is-refused",
        "3.1.1.4.3",
        Level::Must,
        &["PAN-3.1.1.4.3-09"],
        second_call_is_refused,
    )
    .at(Occasions::FINISHED.of(&[Method::GetNewChannel]).or(Occasions::CONTENDED).given(Facts::CONTENDED)),
    server(
        "MS-PAN/3.1.1.4.3/termination-has-its-code",
        "3.1.1.4.3",
        Level::Must,
        &["PAN-3.1.1.4.3-12"],
        termination_has_its_code,
    )
    .at(Occasions::FINISHED.of(&[Method::GetNewChannel]).given(Facts::EVENTFUL)),
    server(
        "MS-PAN/3.1.1.4.3/calls-fail-after-termination",
        "3.1.1.4.3",
        Level::Must,
        &["PAN-3.1.1.4.3-13"],
        calls_fail_after_termination,
    )
    .at(Occasions::FINISHED.of(&[Method::GetNewChannel]).or(Occasions::FAILED).given(Facts::UNSETTLED)),
    server(
        "MS-PAN/3.1.1.4.3/refusals-are-exceptions",
        "3.1.1.4.3",
        Level::Should,
        &["PAN-3.1.1.4.3-15"],
        refusals_are_exceptions,
    )
    .at(Occasions::FINISHED.of(&[Method::GetNewChannel]).given(Facts::EVENTFUL)),
    server(
        "MS-PAN/3.1.1.4.3/no-other-exceptions",
        "3.1.1.4.3",
        Level::MustNot,
        &["PAN-3.1.1.4.3-17"],
        no_other_exceptions,
    )
    .at(Occasions::FINISHED.of(&[Method::GetNewChannel]).given(Facts::EVENTFUL)),
    server(
        "MS-PAN/3.1.1.4.3/success-needs-registration",
        "3.1.1.4.3",
        Level::MustNot,
        &["PAN-3.1.1.4.3-22", "PAN-3.1.1.4.3-23", "PAN-3.1.1-01"],
        success_needs_registration,
    )
    .at(Occasions::FINISHED.of(&[Method::GetNewChannel]).or(Occasions::FAILED).given(Facts::UNSETTLED)),
];

fn success_returns_channels(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(Reply { output: Some(output), .. }) = Reply::of(model, event) else { return };
    if output.status != Hresult::OK {
        return;
    }
    let count = u64::from(output.no_of_channels);
    match &output.channel_ctxt {
        None => {
            let actual = format!("HRESULT 0 with a NULL array and pNoOfChannels {count}");
            verdicts.fail("a successful call returns an array of channels", actual).on(&["PAN-3.1.1.4.3-21"]);
        }
        Some(array) if count == 0 || array.max_count != count || array.elements.len() as u64 != count => {
            let (max, held) = (array.max_count, array.elements.len());
            let actual = format!("pNoOfChannels {count}, max_count {max}, {held} handles");
            verdicts
                .fail("pNoOfChannels is the number of handles in the array, and at least 1", actual)
                .on(&["PAN-3.1.1.4.3-03"]);
        }
        Some(_) => {
            verdicts.pass();
        }
    }
}

fn handles_differ(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(reply) = Reply::of(model, event) else { return };
    let handles = reply.handles();
    if handles.is_empty() {
        return;
    }
    let distinct: BTreeSet<_> = handles.iter().collect();
    if handles.iter().any(ContextHandle::is_null) {
        verdicts.fail("handles that are not NULL", "a NULL handle among those returned");
    } else if distinct.len() < handles.len() {
        let actual = format!("{} handles of which {} differ", handles.len(), distinct.len());
        verdicts.fail("a handle of its own for each channel", actual);
    } else if reply.reuses_handles(model) {
        verdicts
            .fail("a handle of its own for each channel", "for a new channel, a handle that stands for another one");
    } else {
        verdicts.pass();
    }
}

fn success_is_zero(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(Reply { output: Some(output), .. }) = Reply::of(model, event) else { return };
    if output.status.is_success() && output.status != Hresult::OK {
        verdicts.fail("HRESULT 0 for success", format!("{}", output.status));
    } else {
        verdicts.pass();
    }
}

fn second_call_is_refused(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    const EXPECTED: &str = "0x8004000C for a call made while an earlier one on the same remote object has not returned";
    if let Some((first, second)) = one_refused(model, event) {
        if !model.is_cancelled(first) && !second.rival_refused && !first.rival_refused {
            verdicts.fail(EXPECTED, "neither call has returned").about(second.id()).within(model.config().prompt);
        }
        return;
    }
    let Some(reply) = Reply::of(model, event) else { return };
    let first = reply.call.rival.and_then(|first| model.call(first));
    let later = model.calls().find(|other| other.rival == Some(reply.call.id()));
    match (reply.code(), first, later) {
        (Some(Hresult::CALL_OUTSTANDING), Some(_), _) => {
            verdicts.pass();
        }
        (Some(Hresult::CALL_OUTSTANDING), None, Some(later)) if precedes(model, reply.call, later) => {
            verdicts.fail(EXPECTED, "the earlier call was refused, the later one has not returned");
        }
        (code, Some(first), _) if precedes(model, first, reply.call) && !reply.first_may_be_over(model, first) => {
            let actual = code.map_or_else(|| "success".into(), |code| format!("{code}"));
            verdicts.fail(EXPECTED, format!("{actual}, while the earlier call has not returned"));
        }
        _ => {}
    }
}

fn termination_has_its_code(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    const EXPECTED: &str = "0x8007071A when the registration ends while the call is pending";
    let Some(reply) = Reply::of(model, event) else { return };
    if reply.call.registration.is_none() || reply.call.rival.is_some() {
        return;
    }
    // A call that came after the UnregisterClient fails otherwise.
    let waited = reply.waited_before_the_end(model);
    let ending = reply.registration.is_some_and(|known| known.may_have_ended().is_some());
    match reply.code() {
        Some(code) if is_termination(code) && (reply.call.terminated.is_some() || ending) => {
            if code == Hresult::NOTIFICATIONS_TERMINATED {
                verdicts.pass();
            } else {
                verdicts.note(EXPECTED, format!("{} with status {code}, which stands for it", reply.means()));
            }
        }
        Some(code) if waited && reply.call.terminated.is_some() && !abnormal(model, reply.registration) => {
            verdicts.fail(EXPECTED, format!("{} with {code}", reply.means()));
        }
        None if reply.call.terminated.is_some() && reply.handles().is_empty() => {
            verdicts.fail(EXPECTED, "success without a channel");
        }
        _ => {}
    }
}

fn calls_fail_after_termination(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    const EXPECTED: &str = "after 0x8007071A every call on the same remote object fails until it is registered again";
    if let Kind::Deadline(number) = event.kind {
        let Some(Due::Failed(call)) = model.due(number) else { return };
        let Some(offer) = model.channels.offer(*call) else { return };
        if model.channels.terminated(offer.association, offer.remote_object) {
            verdicts.fail(EXPECTED, "the call has not returned").about(*call).within(model.config().prompt);
        }
        return;
    }
    let Some(reply) = Reply::of(model, event) else { return };
    let unregistered = reply.states(model).within(States::UNREGISTERED);
    let terminated = model.object_of(reply.call).is_some_and(|object| object.was_terminated(reply.call));
    if (unregistered || terminated) && model.channels.terminated(reply.offer.association, reply.offer.remote_object) {
        match reply.code() {
            Some(_) => verdicts.pass(),
            None => verdicts.fail(EXPECTED, "success"),
        };
    }
}

fn refusals_are_exceptions(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(reply) = Reply::of(model, event) else { return };
    if reply.call.terminated.is_some() && reply.call.rival.is_some() {
        return;
    }
    let expected = if reply.call.terminated.is_some() {
        Hresult::NOTIFICATIONS_TERMINATED
    } else if reply
        .call
        .rival
        .and_then(|first| model.call(first))
        .is_some_and(|first| precedes(model, first, reply.call))
    {
        Hresult::CALL_OUTSTANDING
    } else {
        return;
    };
    let Some(code) = reply.code() else { return };
    // A call from before the trace, or one that was lost, may still wait on the object.
    let seen = model.object_of(reply.call).is_some_and(|object| object.created.is_some() && !object.haunted);
    if code == Hresult::CALL_OUTSTANDING && !seen {
        return;
    }
    let ended = expected == Hresult::NOTIFICATIONS_TERMINATED;
    let fitting = code == expected || ended && is_termination(code);
    // A call that came after the UnregisterClient fails otherwise.
    let due = !ended || reply.waited_before_the_end(model);
    match reply.outcome {
        Outcome::Fault { .. } if !fitting && due && !abnormal(model, reply.registration) => {
            verdicts.fail(format!("an exception with code {expected}"), format!("a fault with status {code}"));
        }
        _ if fitting => {
            verdicts.pass();
        }
        _ => {}
    }
}

fn no_other_exceptions(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(Reply { outcome: Outcome::Fault { status, .. }, .. }) = Reply::of(model, event) else { return };
    let code = Hresult(*status);
    let expected = "no exceptions but 0x8004000C, 0x8007071A and those of the RPC runtime";
    let actual = format!("a fault with status {code}");
    match code {
        Hresult::CALL_OUTSTANDING | Hresult::NOTIFICATIONS_TERMINATED => verdicts.pass(),
        code if OF_THE_TABLES.contains(&code) => verdicts.fail(expected, actual),
        // A runtime hands on what a method was ended by.
        code if code.is_failure() => verdicts.note(expected, actual),
        _ => verdicts.pass(),
    };
}

/// A call that stays parked warns, and fails where 0x8007071A had come before: see [`calls_fail_after_termination`].
fn success_needs_registration(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    if let Some(Due::Failed(call)) = due(model, event) {
        let Some(offer) = model.channels.offer(*call) else { return };
        let Some(call) = model.call(*call) else { return };
        let terminated = model.channels.terminated(offer.association, offer.remote_object);
        let object = model.object_of(call).filter(|object| is_unregistered(object, call) && !terminated);
        let Some((decided, _)) = object.map(unregistered) else { return };
        let bound = model.config().prompt;
        let actual = format!("the call is parked after {bound:?}");
        verdicts.warn("a failure at once", actual).on(decided).about(call.id()).within(bound);
        return;
    }
    let Some(reply) = Reply::of(model, event) else { return };
    let object = model.object_of(reply.call).filter(|object| is_unregistered(object, reply.call));
    let Some((decided, expected)) = object.map(unregistered) else { return };
    match reply.code() {
        Some(_) => verdicts.pass(),
        None => verdicts.fail(expected, "success"),
    }
    .on(decided);
}

/// Whether the object of a call certainly is not registered.
fn is_unregistered(object: &RemoteObject, call: &Call) -> bool {
    object.states_during(call).within(States::UNREGISTERED) && !object.haunted
}

/// What forbids success on an object that is not registered, and what is expected of it.
fn unregistered(object: &RemoteObject) -> (&'static [&'static str], &'static str) {
    if object.was_unregistered {
        (&["PAN-3.1.1.4.3-23"], "no success after UnregisterClient has succeeded on the same remote object")
    } else {
        let decided = &["PAN-3.1.1.4.3-22", "PAN-3.1.1-01"];
        (decided, "no success unless RegisterClient has succeeded on the same remote object")
    }
}

/// RPC_S_CALL_CANCELLED.
const CALL_CANCELLED: u32 = 0x0000_071A;
/// nca_s_fault_cancel.
const CANCELLED: u32 = 0x1C00_000D;

/// 0x8007071A, or what an RPC runtime may make of it (SD-28).
pub(super) fn is_termination(code: Hresult) -> bool {
    code == Hresult::NOTIFICATIONS_TERMINATED || matches!(code.0, CALL_CANCELLED | CANCELLED)
}

/// A GetNewChannel that comes back.
pub(super) struct Reply<'a> {
    pub(super) call: &'a Call,
    pub(super) offer: &'a Offer,
    pub(super) registration: Option<&'a Registration>,
    pub(super) outcome: &'a Outcome,
    pub(super) output: Option<&'a GetNewChannelOut>,
    pub(super) now: Moment,
}

impl<'a> Reply<'a> {
    pub(super) fn of(model: &'a Scene<'_>, event: &'a Event) -> Option<Self> {
        let Kind::CallFinished(finished) = &event.kind else { return None };
        let (call, offer) = (model.call(finished.call)?, model.channels.offer(finished.call)?);
        let output = match &finished.outcome {
            Outcome::Returned { output: Some(method::Out::GetNewChannel(output)), .. } => Some(output),
            Outcome::Fault { .. } => None,
            Outcome::Returned { .. } | Outcome::Lost => return None,
        };
        let registration = call.registration.and_then(|id| model.registration(id));
        Some(Self { call, offer, registration, outcome: &finished.outcome, output, now: Moment::of(event) })
    }

    /// One on a registration that is there, for certain and for channels; nothing else is asked of it, and nothing
    /// abnormal happens.
    pub(super) fn undisturbed(model: &'a Scene<'_>, event: &'a Event) -> Option<(Self, &'a Registration)> {
        let reply = Self::of(model, event)?;
        let registration = reply.registration.filter(|known| known.certain && known.is_live())?;
        let quiet = reply.call.rival.is_none() && !abnormal(model, Some(registration));
        (quiet && registration.style == ConversationStyle::BIDIRECTIONAL).then_some((reply, registration))
    }

    /// Whether the call had surely come before anything that may have ended its registration.
    fn waited_before_the_end(&self, model: &Scene<'_>) -> bool {
        let begun = self.registration.and_then(Registration::may_have_ended);
        begun.is_some_and(|begun| begun.time.since(self.call.at.time) >= model.config().still_pending)
    }

    /// Whether an earlier call on the same remote object may have been answered, and the answer be on its way.
    pub(super) fn first_may_be_over(&self, model: &Scene<'_>, first: &Call) -> bool {
        if first.perhaps_over || model.is_cancelled(first) {
            return true;
        }
        let Some(registration) = self.registration.filter(|known| known.certain && known.is_live()) else {
            return true;
        };
        let offered = model.channels.offered(model, registration, self.offer.started, self.now);
        abnormal(model, Some(registration)) || offered.foreign || !offered.possible.is_empty()
    }

    /// The code of a failure, by return value or fault.
    pub(super) fn code(&self) -> Option<Hresult> {
        match (self.outcome, self.output) {
            (Outcome::Fault { status, .. }, _) => Some(Hresult(*status)),
            (_, Some(output)) => Some(output.status).filter(|status| status.is_failure()),
            _ => None,
        }
    }

    pub(super) fn means(&self) -> &'static str {
        if self.output.is_some() { "return value" } else { "fault" }
    }

    /// The handles of a success.
    pub(super) fn handles(&self) -> &'a [ContextHandle] {
        let output = self.output.filter(|output| output.status.is_success());
        output.and_then(|output| output.channel_ctxt.as_ref()).map_or(&[], |array| &array.elements)
    }

    pub(super) fn states(&self, model: &Scene<'_>) -> States {
        model.object_of(self.call).map_or(States::UNKNOWN, |object| object.states_during(self.call))
    }

    /// Whether a handle is live already.
    pub(super) fn is_known(&self, model: &Scene<'_>, handle: ContextHandle) -> bool {
        model.channels.view_of(self.offer.association, handle).is_some_and(|known| known.nulled.is_none())
    }

    /// Whether handles that the registration has already come for channels that are new to it: so many new ones are there.
    pub(super) fn reuses_handles(&self, model: &Scene<'_>) -> bool {
        let Some(registration) = self.registration else { return false };
        let fresh = model.channels.offered(model, registration, self.offer.started, self.now).possible.len();
        self.handles().iter().any(|handle| self.is_own(model, *handle)) && self.handles().len() <= fresh
    }

    /// Whether a handle is live already, and was returned to this registration.
    pub(super) fn is_own(&self, model: &Scene<'_>, handle: ContextHandle) -> bool {
        let known = model.channels.view_of(self.offer.association, handle);
        known.is_some_and(|known| known.nulled.is_none() && known.registration == self.call.registration)
    }
}

/// Whether the server was asked for something that ends a registration.
fn abnormal(model: &Scene<'_>, registration: Option<&Registration>) -> bool {
    registration.map_or(model.stimuli().shutdown(), |known| model.stimuli().end_of(known)).is_some()
}

/// Whether the server certainly began with one call before another: on one connection, too, calls may overtake each other.
fn precedes(model: &Scene<'_>, first: &Call, second: &Call) -> bool {
    second.started.begun.since(first.at.time) >= model.config().still_pending
}

/// Two GetNewChannel calls of which one must have been refused by now.
fn one_refused<'a>(model: &'a Scene<'_>, event: &Event) -> Option<(&'a Call, &'a Call)> {
    let Kind::Deadline(number) = event.kind else { return None };
    let Some(Due::OneRefused { first, second }) = model.due(number) else { return None };
    model.channels.offer(*second)?;
    Some((model.call(*first)?, model.call(*second)?))
}
