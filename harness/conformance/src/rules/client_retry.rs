//! What clients do when GetNewChannel or GetNotification fails ([MS-PAN] 3.1.1.4.3, 3.1.1.4.5): Create, RegisterClient and
//! the call anew, in growing intervals; or nothing, after 0x8007071A.

use alloc::format;

use mspan::{Hresult, Method};

use super::client_registration_retry::Interval;
use super::client_request::{client, gives_up, leaves_undone};
use super::client_retried::{Failure, LONGEST, Retry, style_of};
use super::client_waiting::has_left;
use crate::catalogue::Level;
use crate::event::{CallId, Event};
use crate::fact::Facts;
use crate::model::Moment;
use crate::model::client::{Belief, ClientDue, QUIET};
use crate::occasion::Occasions;
use crate::rule::{Rule, Verdicts};
use crate::scene::Scene;

const CHANNEL: &str = "3.1.1.4.3";
const NOTIFICATION: &str = "3.1.1.4.5";
const NEW_CHANNEL: Method = Method::GetNewChannel;
const GET: Method = Method::GetNotification;

/// The rules of these sections.
pub(super) static RULES: &[Rule] = &[
    client(
        "MS-PAN/3.1.1.4.3/second-get-new-channel-is-not-repeated",
        CHANNEL,
        Level::ShouldNot,
        &["PAN-3.1.1.4.3-10"],
        |model, event, verdicts| second_is_not_repeated(model, event, verdicts, NEW_CHANNEL),
    )
    .at(Occasions::STARTED.of(&[NEW_CHANNEL]).given(Facts::AFTER_FAILURE)),
    client(
        "MS-PAN/3.1.1.4.5/second-get-notification-is-not-repeated",
        NOTIFICATION,
        Level::ShouldNot,
        &["PAN-3.1.1.4.5-12"],
        |model, event, verdicts| second_is_not_repeated(model, event, verdicts, GET),
    )
    .at(Occasions::STARTED.of(&[GET]).given(Facts::AFTER_FAILURE)),
    client(
        "MS-PAN/3.1.1.4.3/terminated-get-new-channel-is-not-retried",
        CHANNEL,
        Level::ShouldNot,
        &["PAN-3.1.1.4.3-14"],
        |model, event, verdicts| terminated_is_not_retried(model, event, verdicts, NEW_CHANNEL),
    )
    .at(Occasions::STARTED.of(&[NEW_CHANNEL]).or(Occasions::QUIET).given(Facts::AFTER_FAILURE)),
    client(
        "MS-PAN/3.1.1.4.5/terminated-get-notification-is-not-retried",
        NOTIFICATION,
        Level::ShouldNot,
        &["PAN-3.1.1.4.5-16"],
        |model, event, verdicts| terminated_is_not_retried(model, event, verdicts, GET),
    )
    .at(Occasions::STARTED.of(&[GET]).or(Occasions::QUIET).given(Facts::AFTER_FAILURE)),
    client(
        "MS-PAN/3.1.1.4.3/exceptions-are-as-return-values-to-clients",
        CHANNEL,
        Level::Must,
        &["PAN-3.1.1.4.3-16"],
        |model, event, verdicts| is_treated_alike(model, event, verdicts, NEW_CHANNEL, same_code_otherwise),
    )
    .at(Occasions::STARTED
        .of(&[NEW_CHANNEL])
        .or(Occasions::QUIET)
        .or(Occasions::RETRIED)
        .given(Facts::AFTER_FAILURE)),
    client(
        "MS-PAN/3.1.1.4.5/exceptions-are-as-return-values-to-clients",
        NOTIFICATION,
        Level::Must,
        &["PAN-3.1.1.4.5-18"],
        |model, event, verdicts| is_treated_alike(model, event, verdicts, GET, same_code_otherwise),
    )
    .at(Occasions::STARTED.of(&[GET]).or(Occasions::QUIET).or(Occasions::RETRIED).given(Facts::AFTER_FAILURE)),
    client(
        "MS-PAN/3.1.1.4.3/errors-are-treated-alike",
        CHANNEL,
        Level::Should,
        &["PAN-3.1.1.4.3-08"],
        |model, event, verdicts| is_treated_alike(model, event, verdicts, NEW_CHANNEL, other_error),
    )
    .at(Occasions::STARTED
        .of(&[NEW_CHANNEL])
        .or(Occasions::QUIET)
        .or(Occasions::RETRIED)
        .given(Facts::AFTER_FAILURE)),
    client(
        "MS-PAN/3.1.1.4.5/errors-are-treated-alike",
        NOTIFICATION,
        Level::Should,
        &["PAN-3.1.1.4.5-10"],
        |model, event, verdicts| is_treated_alike(model, event, verdicts, GET, other_error),
    )
    .at(Occasions::STARTED.of(&[GET]).or(Occasions::QUIET).or(Occasions::RETRIED).given(Facts::AFTER_FAILURE)),
    client(
        "MS-PAN/3.1.1.4.3/retry-makes-a-new-object",
        CHANNEL,
        Level::Should,
        &["PAN-3.1.1.4.3-18"],
        |model, event, verdicts| retry_makes_a_new_object(model, event, verdicts, NEW_CHANNEL),
    )
    .at(Occasions::STARTED.of(&[NEW_CHANNEL]).or(Occasions::RETRIED).given(Facts::AFTER_FAILURE)),
    client(
        "MS-PAN/3.1.1.4.5/retry-makes-a-new-object",
        NOTIFICATION,
        Level::Should,
        &["PAN-3.1.1.4.5-20"],
        |model, event, verdicts| retry_makes_a_new_object(model, event, verdicts, GET),
    )
    .at(Occasions::STARTED.of(&[GET]).or(Occasions::RETRIED).given(Facts::AFTER_FAILURE)),
    client(
        "MS-PAN/3.1.1.4.3/retries-are-spaced",
        CHANNEL,
        Level::Should,
        &["PAN-3.1.1.4.3-19"],
        |model, event, verdicts| retries_are_spaced(model, event, verdicts, NEW_CHANNEL),
    )
    .at(Occasions::STARTED.of(&[Method::RegisterClient])),
    client(
        "MS-PAN/3.1.1.4.5/retries-are-spaced",
        NOTIFICATION,
        Level::Should,
        &["PAN-3.1.1.4.5-21"],
        |model, event, verdicts| retries_are_spaced(model, event, verdicts, GET),
    )
    .at(Occasions::STARTED.of(&[Method::RegisterClient])),
    client(
        "MS-PAN/3.1.1.4.3/retrying-ends-with-success",
        CHANNEL,
        Level::Should,
        &["PAN-3.1.1.4.3-20"],
        |model, event, verdicts| retrying_ends_with_success(model, event, verdicts, NEW_CHANNEL),
    )
    .at(Occasions::STARTED.of(&[Method::RegisterClient]).or(Occasions::QUIET).given(Facts::AFTER_FAILURE)),
    client(
        "MS-PAN/3.1.1.4.5/retrying-ends-with-success",
        NOTIFICATION,
        Level::Should,
        &["PAN-3.1.1.4.5-22"],
        |model, event, verdicts| retrying_ends_with_success(model, event, verdicts, GET),
    )
    .at(Occasions::STARTED.of(&[Method::RegisterClient]).or(Occasions::QUIET).given(Facts::AFTER_FAILURE)),
];

fn second_is_not_repeated(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts, method: Method) {
    let Some(request) = model.request(event).filter(|request| request.started.method == Some(method)) else { return };
    let Some(handle) = request.handle() else { return };
    let calls = || model.clients.calls_with(request.started.association, handle).rev().filter(|call| call.is(method));
    let refused = calls().find(|call| call.answer.is_some() && request.knows(call) == Belief::Yes);
    let Some(refused) = refused.filter(|call| call.code() == Some(Hresult::CALL_OUTSTANDING.0)) else { return };
    if calls().any(|call| call.answer.is_none() && call.at < refused.at) {
        if !request.has_whole_past(model) {
            return;
        }
        let expected = format!("no {} before the earlier one has completed", method.name());
        verdicts.fail(expected, "another one after 0x8004000C");
    } else {
        verdicts.pass();
    }
}

fn terminated_is_not_retried(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts, method: Method) {
    let terminated = |failure: &Failure<'_>| failure.code == Hresult::NOTIFICATIONS_TERMINATED;
    if let Some(ClientDue::Quiet(id)) = model.client_due(event) {
        let Some(failure) = Failure::of(model, id, method).filter(terminated) else { return };
        if failure.retry(model).is_some_and(|retry| !retry.may_be_meant(model, &failure)) {
            return;
        }
        let window = model.config().no_retry;
        if window < QUIET[0] {
            verdicts.inconclusive(format!("no retry within {window:?}, which is too short to tell")).about(id);
        } else {
            verdicts.pass().about(id);
        }
        return;
    }
    let Some((failure, retry)) = retried(model, event, method).filter(|(failure, _)| terminated(failure)) else {
        return;
    };
    if !retry.may_be_meant(model, &failure) {
        verdicts.fail(format!("no retry of {} after 0x8007071A", method.name()), retry.shown());
    }
}

/// The failure that a waiting call which starts is a retry of, when the client knew it.
fn retried<'a>(model: &'a Scene<'_>, event: &'a Event, method: Method) -> Option<(Failure<'a>, Retry)> {
    let request = model.request(event).filter(|request| request.started.method == Some(method))?;
    let (failure, retry) = Retry::by(model, &request)?;
    (request.knows(failure.call) == Belief::Yes).then_some((failure, retry))
}

/// Whether two failures differ in nothing but that one was thrown and the other returned.
fn same_code_otherwise(one: &Failure<'_>, other: &Failure<'_>) -> bool {
    one.code == Hresult::NOTIFICATIONS_TERMINATED && one.code == other.code && one.thrown != other.thrown
}

/// Whether two failures are errors of which nothing particular is said.
fn other_error(one: &Failure<'_>, other: &Failure<'_>) -> bool {
    one.is_ordinary() && other.is_ordinary() && one.code != other.code && !one.thrown && !other.thrown
}

/// Compares what a client has done after a failure with what it has done after others.
fn is_treated_alike(
    model: &Scene<'_>,
    event: &Event,
    verdicts: &mut Verdicts,
    method: Method,
    comparable: fn(&Failure<'_>, &Failure<'_>) -> bool,
) {
    let now = Moment::of(event);
    let id: Option<CallId> = match model.client_due(event) {
        Some(ClientDue::Quiet(id) | ClientDue::Retried(id)) => Some(id),
        _ => None,
    };
    let (failure, reaction) = match id {
        Some(id) => {
            let Some(failure) = Failure::of(model, id, method) else { return };
            let is_its_time = failure.is_ordinary() == matches!(model.client_due(event), Some(ClientDue::Retried(_)));
            // Retries were judged when they came.
            let Some(false) = failure.reaction(model, now).filter(|_| is_its_time) else { return };
            (failure, false)
        }
        None => {
            let Some((failure, retry)) = retried(model, event, method) else { return };
            if retry.may_be_meant(model, &failure) || failure.retry(model).is_some() {
                return;
            }
            (failure, true)
        }
    };
    let others = model.clients.calls_of(failure.call.association).filter(|call| call.id != failure.call.id);
    let others = others.filter_map(|call| Failure::of(model, call.id, method));
    for other in others.filter(|other| comparable(&failure, other)) {
        match other.reaction(model, now) {
            Some(known) if known == reaction => verdicts.pass().about(failure.call.id),
            Some(known) => {
                let done = |retried: bool| if retried { "retried" } else { "not retried" };
                let expected = format!("the same as after {other}, when the client has {}", done(known));
                verdicts.fail(expected, format!("{} after {failure}", done(reaction))).about(failure.call.id)
            }
            None => continue,
        };
        return;
    }
}

fn retry_makes_a_new_object(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts, method: Method) {
    if let Some(ClientDue::Retried(id)) = model.client_due(event) {
        let Some(failure) = Failure::of(model, id, method).filter(Failure::is_ordinary) else { return };
        let idle = !has_left(model, failure.call) && leaves_undone(model, failure.call, Moment::of(event));
        if (idle || gives_up(model, failure.call)) && !failure.is_followed_up(model) {
            let expected = format!("Create, RegisterClient and {} anew after {failure}", method.name());
            verdicts.fail(expected, format!("nothing within {LONGEST:?}")).about(id).within(LONGEST);
        }
        return;
    }
    // With the same handle it is wrong whatever a runtime's own code stands for.
    let Some((failure, retry)) = retried(model, event, method).filter(|(failure, _)| failure.is_unnamed()) else {
        return;
    };
    if retry.anew && failure.is_ordinary() {
        verdicts.pass();
    } else if !retry.anew {
        let expected = format!("Create and RegisterClient before {} is retried after {failure}", method.name());
        verdicts.fail(expected, "the same handle again");
    }
}

/// The attempt before failed by the method, on a registration of its mode: how it is followed is judged as for RegisterClient.
fn retries_are_spaced(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts, method: Method) {
    let Some(interval) = Interval::before(model, event) else { return };
    let failed = interval.former.failed.and_then(|failure| model.clients.call(failure.call));
    let failed = failed.filter(|call| call.is(method) && call.succeeded() == Some(false));
    if failed.is_some() && interval.style == style_of(method) {
        interval.judge(model, verdicts);
    }
}

fn retrying_ends_with_success(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts, method: Method) {
    if let Some(ClientDue::Quiet(id)) = model.client_due(event) {
        let Some(failure) = Failure::of(model, id, method).filter(Failure::is_ordinary) else { return };
        if failure.succeeded_retry(model).is_some_and(|retry| !failure.is_overdone(model, retry)) {
            verdicts.pass().about(id);
        }
        return;
    }
    let Some(request) = model.request(event).filter(|request| request.started.method == Some(Method::RegisterClient))
    else {
        return;
    };
    if let Some(failure) = Retry::after_success(model, &request, method) {
        let expected = format!("no further registration, for retrying after {failure} has succeeded");
        verdicts.fail(expected, "RegisterClient with the same parameters again");
    }
}
