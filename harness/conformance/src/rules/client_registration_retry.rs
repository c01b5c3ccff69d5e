//! What clients retry, what they don't, and at what intervals ([MS-PAN] 1.8, 3.1.1.4.1, 3.1.1.4.2, 3.1.2.4.1, 3.2.2.2).

use alloc::format;
use alloc::string::String;

use core::time::Duration;

use mspan::method::In;
use mspan::{ConversationStyle, Hresult, Method};

use super::client_request::{client, gives_up, leaves_undone};
use crate::catalogue::Level;
use crate::event::Event;
use crate::model::client::{Attempt, Belief, ClientCall, ClientDue, QUIET, Retry};
use crate::model::{Clients, Moment};
use crate::occasion::Occasions;
use crate::rule::{Rule, Verdict, Verdicts};
use crate::scene::Scene;

const REGISTER: &str = "3.1.1.4.1";

/// The rules of these sections.
pub(super) static RULES: &[Rule] = &[
    client(
        "MS-PAN/3.1.1.4.1/refused-registration-is-not-retried",
        REGISTER,
        Level::ShouldNot,
        &["PAN-3.1.1.4.1-17"],
        |model, event, verdicts| is_not_retried(model, event, verdicts, Hresult::ACCESS_DENIED),
    )
    .at(Occasions::STARTED.of(&[Method::RegisterClient]).or(Occasions::QUIET)),
    client(
        "MS-PAN/3.1.1.4.1/malformed-name-is-not-retried",
        REGISTER,
        Level::ShouldNot,
        &["PAN-3.1.1.4.1-21"],
        |model, event, verdicts| is_not_retried(model, event, verdicts, Hresult::INVALID_NAME),
    )
    .at(Occasions::STARTED.of(&[Method::RegisterClient]).or(Occasions::QUIET)),
    client(
        "MS-PAN/3.1.1.4.1/failed-registration-is-retried-with-a-new-object",
        REGISTER,
        Level::Should,
        &["PAN-3.1.1.4.1-24"],
        failed_registration_is_retried_with_a_new_object,
    )
    .at(Occasions::STARTED.of(&[Method::RegisterClient]).or(Occasions::RETRIED)),
    client(
        "MS-PAN/3.1.1.4.1/intervals-grow-from-a-second-to-a-minute",
        REGISTER,
        Level::Should,
        &["PAN-3.1.1.4.1-25", "PAN-3.2.2.2-01"],
        intervals_grow_from_a_second_to_a_minute,
    )
    .at(Occasions::STARTED.of(&[Method::RegisterClient])),
    client(
        "MS-PAN/3.1.1.4.1/all-errors-are-treated-alike",
        REGISTER,
        Level::MustNot,
        &["PAN-1.8-03", "PAN-3.1.1.4.1-15"],
        all_errors_are_treated_alike,
    )
    .at(Occasions::RETRIED),
    client(
        "MS-PAN/3.1.1.4.2/failed-unregistration-is-fatal",
        "3.1.1.4.2",
        Level::Must,
        &["PAN-3.1.1.4.2-05", "PAN-1.8-04"],
        |model, event, verdicts| {
            fatal(model, event, verdicts, Method::UnregisterClient, &["PAN-3.1.1.4.2-05", "PAN-1.8-04"]);
        },
    )
    .at(Occasions::STARTED.of(&[Method::UnregisterClient]).or(Occasions::QUIET)),
    client("MS-PAN/1.8/failed-close-is-not-repeated", "1.8", Level::Must, &["PAN-1.8-04"], |model, event, verdicts| {
        fatal(model, event, verdicts, Method::CloseChannel, &["PAN-1.8-04"]);
    })
    .at(Occasions::STARTED.of(&[Method::CloseChannel]).or(Occasions::QUIET)),
    client(
        "MS-PAN/3.1.2.4.1/failed-creation-is-fatal",
        "3.1.2.4.1",
        Level::Must,
        &["PAN-3.1.2.4.1-06"],
        failed_creation_is_fatal,
    )
    .at(Occasions::STARTED.of(&[Method::Create]).or(Occasions::QUIET)),
];

/// The RegisterClient of an attempt, when it was RegisterClient that failed.
fn failed_registration<'a>(clients: &'a Clients, attempt: &Attempt) -> Option<&'a ClientCall> {
    let failure = attempt.failed.filter(|failure| failure.call == attempt.register)?;
    clients.call(failure.call)
}

/// RegisterClient with the same parameters does not follow a failure that is fatal.
fn is_not_retried(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts, fatal: Hresult) {
    if quiet(model, event, verdicts, fatal) {
        return;
    }
    let Some(request) = model.request_of(event, Method::RegisterClient) else { return };
    let Some(retry) = model.clients.retry(model, &request).filter(|retry| retry.waited < model.config().no_retry)
    else {
        return;
    };
    let former = model.clients.attempt(retry.of).and_then(|attempt| failed_registration(&model.clients, attempt));
    if former.is_none_or(|former| former.code() != Some(fatal.0)) {
        return;
    }
    let actual = format!("RegisterClient with the same parameters after {:?}", retry.waited);
    if retry.doubtful {
        verdicts.inconclusive(format!("{actual}, from another association of the host"));
    } else {
        verdicts.fail(format!("no retry after {fatal}"), actual);
    }
}

/// Whether the event is that of the window's end after a RegisterClient that failed so; then it is judged.
fn quiet(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts, code: Hresult) -> bool {
    let Some(ClientDue::Quiet(id)) = model.client_due(event) else { return false };
    let Some(attempt) = model.clients.attempt(id) else { return true };
    let failed = failed_registration(&model.clients, attempt).is_some_and(|call| call.code() == Some(code.0));
    if failed && !model.clients.is_followed(attempt) {
        silence(verdicts, model.config().no_retry, QUIET[0]).about(id);
    }
    true
}

/// Nothing happened within a window.
fn silence(verdicts: &mut Verdicts, window: Duration, full: Duration) -> &mut Verdict {
    if window < full {
        verdicts.inconclusive(format!("nothing within {window:?}, which is too short to tell"))
    } else {
        verdicts.pass()
    }
}

/// Whether a client should retry after a RegisterClient that failed.
fn is_retried(call: &ClientCall) -> bool {
    let fatal = [Hresult::ACCESS_DENIED.0, Hresult::INVALID_NAME.0, FAULT_ACCESS_DENIED];
    call.succeeded() == Some(false) && !call.given_up && call.code().is_some_and(|code| !fatal.contains(&code))
}

/// rpc_s_access_denied, by which a runtime says what 0x80070005 says.
const FAULT_ACCESS_DENIED: u32 = 5;

fn failed_registration_is_retried_with_a_new_object(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    if let Some(ClientDue::Retried(id)) = model.client_due(event) {
        let Some(attempt) = model.clients.attempt(id) else { return };
        let Some(call) = failed_registration(&model.clients, attempt).filter(|call| is_retried(call)) else { return };
        let sound = call.handle.is_some_and(|handle| model.clients.object(call.association, handle).is_some());
        let followed = model.clients.is_followed(attempt);
        let code = Hresult(call.code().unwrap_or_default());
        if sound && !followed && gives_up(model, call) {
            let expected = format!("Create and RegisterClient anew after {code}");
            verdicts.fail(expected, format!("nothing within {LONGEST:?}")).about(id).within(LONGEST);
        } else if sound && !followed && leaves_undone(model, call, Moment::of(event)) {
            let why = format!("nothing for more than a minute after {code}: the client may have lost interest");
            verdicts.inconclusive(why).about(id);
        }
        return;
    }
    let Some(request) = model.request_of(event, Method::RegisterClient) else { return };
    let Some(retry) = model.clients.retry(model, &request) else { return };
    let former = model.clients.attempt(retry.of).and_then(|attempt| failed_registration(&model.clients, attempt));
    let Some(former) = former.filter(|former| is_retried(former)) else { return };
    let Some(answer) = &former.answer else { return };
    // A handle's value may come back for another object.
    if request.object().is_some_and(|object| object.since > answer.at) {
        verdicts.pass();
    } else if former.handle == request.handle() && !retry.across {
        verdicts.fail("Create, and RegisterClient with the new object", "RegisterClient with the object that failed");
    }
}

/// Whether a client has done something else since a call on an object failed: then it is there for something else, and may
/// have lost its interest in what failed without a word.
fn is_busy(clients: &Clients, failed: &ClientCall) -> bool {
    let answered = failed.answer.as_ref().map(|answer| answer.at);
    let other = |call: &ClientCall| call.handle != failed.handle || call.is(Method::Create);
    let mut calls = clients.calls_of(failed.association).rev().take_while(|call| Some(call.at) > answered);
    calls.any(other) || clients.outstanding(failed.association).next().is_some()
}

/// The shortest interval, with a fifth of tolerance.
const SHORTEST: Duration = Duration::from_millis(800);
/// The longest interval, with a tenth of tolerance.
const LONGEST: Duration = Duration::from_secs(66);
/// An interval from which on none can grow much.
const LONG: Duration = Duration::from_secs(40);
/// After so many attempts the intervals have grown.
const MANY: usize = 12;

fn intervals_grow_from_a_second_to_a_minute(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(interval) = Interval::before(model, event) else { return };
    let decided: &[&str] = match failed_registration(&model.clients, interval.former) {
        Some(call) if !is_retried(call) => return,
        Some(_) => &["PAN-3.1.1.4.1-25", "PAN-3.2.2.2-01"],
        None => &["PAN-3.2.2.2-01"],
    };
    interval.judge(model, verdicts).on(decided);
}

/// How long a client has let pass between an attempt that failed and the one that begins. Whether intervals count from the
/// failure or from the attempt before, nobody says; so both have to be wrong (SD-47).
pub(super) struct Interval<'a> {
    retry: Retry,
    /// The attempt that failed.
    pub(super) former: &'a Attempt,
    /// The mode of both.
    pub(super) style: ConversationStyle,
    /// Whether attempts between the two, or before, may have gone unseen.
    gapped: bool,
}

impl<'a> Interval<'a> {
    /// The interval before a RegisterClient that starts.
    pub(super) fn before(model: &'a Scene<'_>, event: &Event) -> Option<Self> {
        let request = model.request_of(event, Method::RegisterClient)?;
        let Some(In::RegisterClient(asked)) = &request.started.input else { return None };
        let retry = model.clients.retry(model, &request)?;
        let former = model.clients.attempt(retry.of)?;
        let mut associations = [former.association, request.started.association].into_iter();
        let gapped = associations.any(|association| model.clients.has_gaps(model, association));
        Some(Self { retry, former, style: asked.style, gapped })
    }

    /// Judges it, beside those before it.
    pub(super) fn judge<'v>(&self, model: &Scene<'_>, verdicts: &'v mut Verdicts) -> &'v mut Verdict {
        match self.wrong(&model.clients) {
            Some((expected, actual)) if !self.retry.doubtful => verdicts.fail(expected, actual).within(SHORTEST),
            Some((_, actual)) => {
                verdicts.inconclusive(format!("{actual}; but another program of the host may have sent it"))
            }
            None => verdicts.pass(),
        }
    }

    /// What is wrong with it: expected and actual.
    fn wrong(&self, clients: &Clients) -> Option<(String, String)> {
        let Self { retry: Retry { between, waited, pace, across, .. }, former, gapped, .. } = *self;
        let shown = format!("{waited:?} after the failure, {between:?} after the last attempt");
        // After an attempt that had worked, intervals count from its failure.
        let between = if former.succeeded { waited } else { between };
        if between < SHORTEST {
            return Some((format!("an interval of at least {SHORTEST:?} (1 s with tolerance)"), shown));
        }
        // The longer an interval looks, the more may have been tried within it: attempts that the recording has lost, and
        // connections that were never made.
        if gapped || across {
            return None;
        }
        if pace.waited > LONGEST {
            return Some((format!("an interval of at most {LONGEST:?} (1 min with tolerance)"), shown));
        }
        let whole = !former.succeeded && clients.has_whole_row(former);
        let last = former.retries.filter(|last| whole && !last.across)?;
        let since = |retry: Retry| {
            let worked = clients.attempt(retry.of).is_some_and(|attempt| attempt.succeeded);
            if worked { retry.pace.waited } else { retry.pace.between }
        };
        let less = |now: Duration, then: Duration| now < then.mul_f64(0.8);
        if less(between, since(last)) && less(waited, last.pace.waited) {
            return Some((format!("an interval no shorter than the last of {:?}", last.pace.waited), shown));
        }
        let row = || clients.row(former);
        let first = row().filter(|attempt| !attempt.succeeded).filter_map(|attempt| attempt.retries).last()?;
        if first.across {
            return None;
        }
        let grown = |now: Duration, then: Duration| now >= then.mul_f64(1.5) || now >= LONG;
        if row().count() + 1 >= MANY && !grown(between, since(first)) && !grown(waited, first.pace.waited) {
            let expected = format!("intervals that grow from the first of {:?}", first.pace.waited);
            return Some((expected, format!("{shown}, at attempt {}", row().count() + 1)));
        }
        None
    }
}

/// Codes that mean nothing of their own lead to the same: a client that has retried after one retries after another. Of
/// several failures in a row only the first is compared, for a client may give up at some time.
fn all_errors_are_treated_alike(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(ClientDue::Retried(id)) = model.client_due(event) else { return };
    let Some(attempt) = model.clients.attempt(id) else { return };
    let Some(call) = first_failure(&model.clients, attempt) else { return };
    let mut others = model.clients.attempts_of(attempt.association).filter(|other| other.register != id);
    let compared = |other: &Attempt| {
        let failure = first_failure(&model.clients, other)?;
        (failure.code() != call.code() && other.retried.is_some()).then_some(failure)
    };
    let Some(other) = others.find_map(compared) else { return };
    if attempt.retried.is_some() {
        verdicts.pass().about(id);
    } else if !model.clients.is_followed(attempt) && leaves_undone(model, call, Moment::of(event)) {
        let code = |call: &ClientCall| Hresult(call.code().unwrap_or_default());
        let expected = format!("the same after {} as after {}", code(call), code(other));
        // What the application has decided can't be seen.
        if is_busy(&model.clients, call) {
            verdicts.inconclusive("the client may have lost interest after the one failure").about(id);
        } else {
            verdicts.warn(expected, "a retry after the one, and none after the other").about(id);
        }
    }
}

/// The RegisterClient that failed with a code of no meaning, first in its row.
fn first_failure<'a>(clients: &'a Clients, attempt: &Attempt) -> Option<&'a ClientCall> {
    let call = failed_registration(clients, attempt).filter(|call| is_retried(call))?;
    attempt.retries.is_none().then_some(call)
}

/// A method whose failure is not repeated with the same handle.
fn fatal(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts, method: Method, decided: &'static [&'static str]) {
    let failed = |call: &&ClientCall| call.is(method) && call.succeeded() == Some(false) && !call.given_up;
    if let Some(ClientDue::Quiet(id)) = model.client_due(event) {
        let Some(call) = model.clients.call(id).filter(failed) else { return };
        let Some((handle, answer)) = call.handle.zip(call.answer.as_ref()) else { return };
        let later = model.clients.calls_with(call.association, handle).rev().take_while(|other| other.at > answer.at);
        if !later.into_iter().any(|other| other.is(method)) {
            silence(verdicts, model.config().no_reuse, QUIET[1]).about(id).on(decided);
        }
        return;
    }
    let Some(request) = model.request_of(event, method) else { return };
    let Some(handle) = request.handle().filter(|handle| !handle.is_null()) else { return };
    let calls = model.clients.calls_with(request.started.association, handle).rev();
    // A new registration starts anew.
    let since = calls.take_while(|call| !(call.is(Method::RegisterClient) && call.succeeded() == Some(true)));
    let Some(former) = since.into_iter().find(failed).filter(|call| request.knows(call) == Belief::Yes) else { return };
    let waited = former.answer.as_ref().map(|answer| request.at.time.since(answer.at.time));
    let waited = waited.filter(|waited| *waited < model.config().no_reuse && request.has_whole_past(model));
    if let Some(waited) = waited {
        let code = Hresult(former.code().unwrap_or_default());
        let actual = format!("again after {waited:?}");
        verdicts.fail(format!("no {} with the same handle after {code}", method.name()), actual).on(decided);
    }
}

/// One program may well call Create for several registrations; a row of failures, in intervals or without end, is a loop of one that
/// was started for a single registration. Of any other nobody knows how many print jobs it has.
/// Where a registration is being retried, that decides (SD-47).
fn failed_creation_is_fatal(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    if let Some(ClientDue::Quiet(id)) = model.client_due(event) {
        let Some(call) = model.clients.call(id).filter(|call| is_failed_creation(call)) else { return };
        let Some(answer) = &call.answer else { return };
        let calls = model.clients.calls_of(call.association).rev().take_while(|other| other.at > answer.at);
        if !calls.into_iter().any(|other| other.is(Method::Create)) {
            silence(verdicts, model.config().no_reuse, QUIET[1]).about(id);
        }
        return;
    }
    let Some(request) = model.request_of(event, Method::Create) else { return };
    let window = model.config().no_reuse;
    let recent = |call: &&ClientCall| {
        let answered = call.answer.as_ref().map(|answer| answer.at.time);
        answered.is_some_and(|answered| request.at.time.since(answered) < window)
    };
    let calls = || model.clients.calls_of(request.started.association).rev();
    let failures = || {
        let row = calls().take_while(|call| is_failed_creation(call)).filter(recent);
        row.filter(|call| request.knows(call) == Belief::Yes)
    };
    let Some(last) = failures().next() else { return };
    let row = calls().take_while(|call| is_failed_creation(call)).last();
    let first = row.map_or(last.at, |call| call.at);
    let retrying = model.clients.is_retrying(request.started.association, first, last.at);
    let spaced = |earlier: &ClientCall, later: Moment| later.time.since(earlier.at.time) >= SHORTEST;
    let next = failures().map(|call| call.at);
    let laters = core::iter::once(request.at).chain(next);
    let apart = failures().zip(laters).filter(|(earlier, later)| spaced(earlier, *later)).count();
    let code = Hresult(last.code().unwrap_or_default());
    let expected = format!("no further Create after {code}");
    let actual = format!("Create after {} failures", failures().count());
    if retrying {
        verdicts.note(expected, format!("{actual}, while a registration is retried (SD-47)"));
    } else if model.clients.is_launched(request.started.association) && (apart >= 2 || failures().nth(CROWD).is_some())
    {
        verdicts.fail(expected, actual);
    } else {
        verdicts.inconclusive(format!("{actual}: it may be for another registration"));
    }
}

/// More registrations than that no program begins at once.
const CROWD: usize = 10;

fn is_failed_creation(call: &ClientCall) -> bool {
    call.is(Method::Create) && call.succeeded() == Some(false) && !call.given_up
}
