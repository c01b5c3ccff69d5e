//! IRPCAsyncNotify_CloseChannel ([MS-PAN] 3.1.1.4.6, 3.1.1 figure 7).

use mspan::{Hresult, Method, NotificationType};

use super::channel_refusal::{judge_exceptions, judge_large, judge_limit};
use super::exchange::{Exchange, others_acted, overdue, reply, server};
use crate::catalogue::Level;
use crate::event::{Event, Outcome};
use crate::fact::Facts;
use crate::model::channel::{Belief, ChannelMethod, Fate, Reason};
use crate::occasion::Occasions;
use crate::rule::{Rule, Verdicts};
use crate::scene::Scene;

const SECTION: &str = "3.1.1.4.6";

/// The rules of this section.
pub(super) static RULES: &[Rule] = &[
    server(
        "MS-PAN/3.1.1.4.6/close-sets-the-handle-to-null",
        SECTION,
        Level::Must,
        &["PAN-3.1.1.4.6-04"],
        close_sets_the_handle_to_null,
    )
    .at(Occasions::FINISHED.of(&[Method::CloseChannel])),
    server(
        "MS-PAN/3.1.1.4.6/success-is-zero-or-lost",
        SECTION,
        Level::Must,
        &["PAN-3.1.1.4.6-16"],
        success_is_zero_or_lost,
    )
    .at(Occasions::FINISHED.of(&[Method::CloseChannel])),
    server(
        "MS-PAN/3.1.1.4.6/limit-is-ten-megabytes",
        SECTION,
        Level::Should,
        &["PAN-3.1.1.4.6-08"],
        limit_is_ten_megabytes,
    )
    .at(Occasions::FINISHED.of(&[Method::CloseChannel]).given(Facts::EVENTFUL)),
    server(
        "MS-PAN/3.1.1.4.6/large-response-is-refused",
        SECTION,
        Level::Must,
        &["PAN-3.1.1.4.6-09", "PAN-3.1.1.4.6-19"],
        large_response_is_refused,
    )
    .at(Occasions::FINISHED.of(&[Method::CloseChannel]).given(Facts::EVENTFUL)),
    server("MS-PAN/3.1.1.4.6/release-ignores-data", SECTION, Level::Must, &["PAN-3.1.1.4.6-14"], release_ignores_data)
        .at(Occasions::FINISHED.of(&[Method::CloseChannel]).given(Facts::EVENTFUL)),
    server(
        "MS-PAN/3.1.1.4.6/other-type-is-refused",
        SECTION,
        Level::Must,
        &["PAN-3.1.1.4.6-20"],
        other_type_is_refused,
    )
    .at(Occasions::FINISHED.of(&[Method::CloseChannel]).given(Facts::EVENTFUL)),
    server("MS-PAN/3.1.1.4.6/no-exceptions", SECTION, Level::MustNot, &["PAN-3.1.1.4.6-22"], no_exceptions)
        .at(Occasions::FINISHED.of(&[Method::CloseChannel])),
    server(
        "MS-PAN/3.1.1.4.6/close-overtakes-a-blocked-call",
        SECTION,
        Level::Must,
        &["PAN-3.1.1.4.6-23"],
        close_overtakes_a_blocked_call,
    )
    .at(Occasions::FINISHED.of(&[Method::CloseChannel]).or(Occasions::OVER).given(Facts::EVENTFUL)),
    server(
        "MS-PAN/3.1.1/release-leaves-the-channel-free",
        "3.1.1",
        Level::Must,
        &["PAN-3.1.1-12"],
        release_leaves_the_channel_free,
    )
    .at(Occasions::FINISHED.of(&[Method::CloseChannel, Method::GetNotificationSendResponse]).given(Facts::EVENTFUL)),
    server("MS-PAN/3.1.1/final-response-acquires", "3.1.1", Level::Must, &["PAN-3.1.1-13"], final_response_acquires)
        .at(Occasions::FINISHED.of(&[Method::CloseChannel])),
    server(
        "MS-PAN/3.1.1/waiting-owner-may-release",
        "3.1.1",
        Level::Must,
        &["PAN-3.1.1-17"],
        waiting_owner_may_release,
    )
    .at(Occasions::FINISHED.of(&[Method::CloseChannel]).given(Facts::EVENTFUL)),
    server(
        "MS-PAN/3.1.1/notified-owner-may-release",
        "3.1.1",
        Level::Must,
        &["PAN-3.1.1-19"],
        notified_owner_may_release,
    )
    .at(Occasions::FINISHED.of(&[Method::CloseChannel]).given(Facts::EVENTFUL)),
    server(
        "MS-PAN/3.1.1/owner-closes-with-a-response",
        "3.1.1",
        Level::Must,
        &["PAN-3.1.1-20"],
        owner_closes_with_a_response,
    )
    .at(Occasions::FINISHED.of(&[Method::CloseChannel])),
];

fn close_sets_the_handle_to_null(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    const EXPECTED: &str = "pChannel NULL on return";
    let Some((_, output)) = Exchange::close_live(model, event) else { return };
    match (output.channel.is_null(), output.status.is_success()) {
        (true, _) => verdicts.pass(),
        (false, true) => verdicts.fail(EXPECTED, alloc::format!("{} with {}", output.channel, output.status)),
        (false, false) => verdicts.warn(EXPECTED, alloc::format!("{} with {}", output.channel, output.status)),
    };
}

fn success_is_zero_or_lost(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some((exchange, output)) = Exchange::close_live(model, event) else { return };
    let (status, standing) = (output.status, &exchange.standing);
    if status.is_success() {
        if matches!(status, Hresult::OK | Hresult::CHANNEL_ACQUIRED) {
            verdicts.pass();
        } else {
            verdicts.note("0 or 0x00040010 for success", alloc::format!("{status}"));
        }
        return;
    }
    // A loss is no failure; the code with its success bit wrong shows that it was meant as one.
    if standing.lost.sure() && status.0 & 0x7FFF_FFFF == Hresult::CHANNEL_ACQUIRED.0 {
        verdicts.fail("success for the loss of the channel", alloc::format!("{status}"));
    }
}

fn limit_is_ten_megabytes(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(exchange) = Exchange::of(model, event, ChannelMethod::Close).filter(Exchange::is_live) else { return };
    judge_limit(&exchange, verdicts);
}

fn large_response_is_refused(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(exchange) = Exchange::of(model, event, ChannelMethod::Close).filter(Exchange::is_live) else { return };
    judge_large(&exchange, verdicts, &["PAN-3.1.1.4.6-19"], &["PAN-3.1.1.4.6-09"]);
}

fn release_ignores_data(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(exchange) = Exchange::of(model, event, ChannelMethod::Close).filter(Exchange::is_live) else { return };
    if !exchange.releases() || exchange.call.data.is_empty() || exchange.is_too_large() {
        return;
    }
    match exchange.code() {
        None => {
            verdicts.pass();
        }
        Some(code) if is_unasked(&exchange, code) => {
            verdicts.fail("data with NOTIFICATION_RELEASE is ignored", exchange.shown());
        }
        Some(_) => {}
    }
}

fn other_type_is_refused(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    const EXPECTED: &str = "0x80040014 when, and only when, the type is neither the channel's nor NOTIFICATION_RELEASE";
    let Some(exchange) = Exchange::of(model, event, ChannelMethod::Close).filter(Exchange::is_live) else { return };
    let other = exchange.has_other_type() && !exchange.releases();
    match exchange.code() {
        Some(_) if exchange.fault().is_some() => {}
        Some(Hresult::TYPE_MISMATCH) if other || exchange.view.notification_type.is_none() && !exchange.releases() => {
            verdicts.pass();
        }
        Some(Hresult::TYPE_MISMATCH) => {
            verdicts.fail(EXPECTED, exchange.shown());
        }
        Some(Hresult::RESPONSE_TOO_LARGE) if exchange.is_too_large() => {}
        _ if !other || !exchange.has_no_excuse() && !overtakes_only(&exchange) => {}
        _ => {
            verdicts.fail(EXPECTED, exchange.shown());
        }
    }
}

fn no_exceptions(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    judge_exceptions(model, event, verdicts, Method::CloseChannel);
}

fn close_overtakes_a_blocked_call(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    const EXPECTED: &str = "CloseChannel is handled while GetNotificationSendResponse is blocked, and ends that call";
    if let Some((call, _, duty)) = overdue(model, event) {
        let actual = match duty.reason {
            Reason::CloseChannel => "CloseChannel has not returned",
            Reason::OwnClose => "the blocked call has not returned",
            _ => return,
        };
        verdicts.fail(EXPECTED, actual).about(call.id).within(model.config().prompt);
        return;
    }
    let Some(exchange) = Exchange::of(model, event, ChannelMethod::Close).filter(Exchange::is_live) else { return };
    match exchange.code() {
        None if exchange.call.overtakes => {
            verdicts.pass();
        }
        Some(Hresult::CALL_OUTSTANDING) if overtakes_only(&exchange) && exchange.fault().is_none() => {
            verdicts.fail(EXPECTED, exchange.shown());
        }
        _ => {}
    }
}

fn release_leaves_the_channel_free(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    const EXPECTED: &str =
        "a release by a client that has not acquired the channel succeeds and leaves the channel to the others";
    if let Some((exchange, output)) = Exchange::gnsr_live(model, event) {
        let released = model.channels.siblings(exchange.call).any(|other| {
            let mut calls = model.channels.calls_of(other);
            calls.any(|call| {
                let release = call.notification_type == Some(NotificationType::RELEASE);
                call.kind == ChannelMethod::Close && release && call.fate == Fate::Taken
            })
        });
        if exchange.call.first == Belief::Yes && released && exchange.has_no_excuse() {
            if output.channel.is_null() {
                verdicts.fail(EXPECTED, alloc::format!("another client had released it; {}", reply(output)));
            } else {
                verdicts.pass();
            }
        }
        return;
    }
    judge_close(model, event, verdicts, State::Free, true, EXPECTED);
}

fn final_response_acquires(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let expected = "a final response on a free channel acquires it: HRESULT 0";
    judge_close(model, event, verdicts, State::Free, false, expected);
}

fn waiting_owner_may_release(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let expected = "a release by the owner that waits for a notification succeeds with HRESULT 0";
    judge_close(model, event, verdicts, State::OwnedWaiting, true, expected);
}

fn notified_owner_may_release(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let expected = "a release by the owner succeeds with HRESULT 0";
    judge_close(model, event, verdicts, State::OwnedNotified, true, expected);
}

fn owner_closes_with_a_response(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let expected = "a final response of the owner is taken: HRESULT 0";
    judge_close(model, event, verdicts, State::Owned, false, expected);
}

/// The states of figure 7 in which a client that has not lost the channel may close it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Free,
    Owned,
    OwnedWaiting,
    OwnedNotified,
}

/// A CloseChannel in a state of figure 7 in which it succeeds with 0.
fn judge_close(
    model: &Scene<'_>,
    event: &Event,
    verdicts: &mut Verdicts,
    state: State,
    releases: bool,
    expected: &'static str,
) {
    let Some(exchange) = Exchange::of(model, event, ChannelMethod::Close).filter(Exchange::is_live) else { return };
    let (call, standing) = (exchange.call, &exchange.standing);
    let owner = owned_before(model, &exchange);
    let fits = match state {
        State::Free => owner == Belief::No,
        State::Owned => owner.sure(),
        State::OwnedWaiting => owner.sure() && call.overtakes,
        State::OwnedNotified => owner.sure() && !call.overtakes,
    };
    if !fits || exchange.releases() != releases || exchange.has_other_type() && !releases || standing.lost.possible() {
        return;
    }
    let Outcome::Returned { .. } = exchange.outcome else { return };
    let lost = Exchange::close_live(model, event).is_some_and(|(_, output)| output.status == Hresult::CHANNEL_ACQUIRED);
    let released_only = !releases && state == State::Free && others_acted(model, call);
    match exchange.code() {
        None if lost && !released_only && !standing.may_end() => {
            verdicts.fail(expected, "0x00040010, and no other client has responded");
        }
        None if !lost => {
            verdicts.pass();
        }
        Some(code) if (!releases || call.data.is_empty()) && is_unasked(&exchange, code) => {
            verdicts.fail(expected, exchange.shown());
        }
        _ => {}
    }
}

/// Whether a failure has no reason that other rules know of.
fn is_unasked(exchange: &Exchange<'_>, code: Hresult) -> bool {
    let known = matches!(code, Hresult::TYPE_MISMATCH | Hresult::RESPONSE_TOO_LARGE | Hresult::OUT_OF_MEMORY)
        || code == Hresult::CALL_OUTSTANDING && exchange.standing.overlapped;
    let excused = exchange.standing.may_end() || exchange.registration_ended;
    !known && !excused && !exchange.is_too_large() && exchange.fault().is_none()
}

/// Whether a blocked GetNotificationSendResponse is all that was under way besides the call.
fn overtakes_only(exchange: &Exchange<'_>) -> bool {
    exchange.call.overtakes && !exchange.standing.may_end() && !exchange.registration_ended
}

/// Whether the client had acquired the channel before a call that closes it.
fn owned_before(model: &Scene<'_>, exchange: &Exchange<'_>) -> Belief {
    let before = model.channels.calls_of(exchange.view).filter(|other| other.id != exchange.call.id);
    let responded = Belief::any(before.map(|other| other.acquires(exchange.view.notification_type)));
    match exchange.standing.owner {
        Belief::Yes => responded,
        _ => responded.and(Belief::Maybe),
    }
}
