//! What IRPCAsyncNotify_GetNotificationSendResponse refuses, and by which codes ([MS-PAN] 3.1.1.4.4).

use alloc::format;
use alloc::string::String;

use mspan::{Hresult, Method};

use super::exchange::{Exchange, data, overdue, reply, server};
use super::finish::{Finish, OF_THE_TABLES};
use crate::catalogue::Level;
use crate::event::Event;
use crate::fact::Facts;
use crate::model::channel::{Belief, ChannelMethod, NulledBy, RESPONSE_LIMIT, Reason};
use crate::occasion::Occasions;
use crate::rule::{Rule, Verdicts};
use crate::scene::Scene;

const SECTION: &str = "3.1.1.4.4";

/// The rules about failures.
pub(super) static RULES: &[Rule] = &[
    server(
        "MS-PAN/3.1.1.4.4/limit-is-ten-megabytes",
        SECTION,
        Level::Should,
        &["PAN-3.1.1.4.4-08"],
        limit_is_ten_megabytes,
    )
    .at(Occasions::FINISHED.of(&[Method::GetNotificationSendResponse]).or(Occasions::OVER).given(Facts::EVENTFUL)),
    server(
        "MS-PAN/3.1.1.4.4/large-response-is-refused",
        SECTION,
        Level::Must,
        &["PAN-3.1.1.4.4-09", "PAN-3.1.1.4.4-28"],
        large_response_is_refused,
    )
    .at(Occasions::FINISHED.of(&[Method::GetNotificationSendResponse]).given(Facts::EVENTFUL)),
    server(
        "MS-PAN/3.1.1.4.4/closed-code-means-closed",
        SECTION,
        Level::Must,
        &["PAN-3.1.1.4.4-26"],
        closed_code_means_closed,
    )
    .at(Occasions::FINISHED.of(&[Method::GetNotificationSendResponse]).or(Occasions::OVER).given(Facts::EVENTFUL)),
    server(
        "MS-PAN/3.1.1.4.4/second-call-is-refused",
        SECTION,
        Level::Must,
        &["PAN-3.1.1.4.4-27"],
        second_call_is_refused,
    )
    .at(Occasions::FINISHED.of(&[Method::GetNotificationSendResponse]).or(Occasions::OVER).given(Facts::EVENTFUL)),
    server(
        "MS-PAN/3.1.1.4.4/other-type-is-refused",
        SECTION,
        Level::Must,
        &["PAN-3.1.1.4.4-29"],
        other_type_is_refused,
    )
    .at(Occasions::FINISHED.of(&[Method::GetNotificationSendResponse]).or(Occasions::OVER).given(Facts::EVENTFUL)),
    server("MS-PAN/3.1.1.4.4/no-exceptions", SECTION, Level::MustNot, &["PAN-3.1.1.4.4-31"], no_exceptions)
        .at(Occasions::FINISHED.of(&[Method::GetNotificationSendResponse])),
    server(
        "MS-PAN/3.1.1.4.4/no-success-after-close",
        SECTION,
        Level::MustNot,
        &["PAN-3.1.1.4.4-39"],
        no_success_after_close,
    )
    .at(Occasions::FINISHED.of(&[Method::GetNotificationSendResponse]).given(Facts::EVENTFUL)),
];

fn limit_is_ten_megabytes(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    if let Some((call, _, duty)) = overdue(model, event) {
        if duty.reason == Reason::TooLarge {
            verdicts.fail(limit(), format!("a response of {} octets is being waited on", call.size)).about(call.id);
        }
        return;
    }
    let Some(exchange) = Exchange::of(model, event, ChannelMethod::Gnsr).filter(Exchange::is_live) else { return };
    judge_limit(&exchange, verdicts);
}

fn large_response_is_refused(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(exchange) = Exchange::of(model, event, ChannelMethod::Gnsr).filter(Exchange::is_live) else { return };
    if exchange.call.first != Belief::No {
        return;
    }
    judge_large(&exchange, verdicts, &["PAN-3.1.1.4.4-28"], &["PAN-3.1.1.4.4-09"]);
}

/// The limit on responses of both methods (SD-66).
pub(super) fn judge_limit(exchange: &Exchange<'_>, verdicts: &mut Verdicts) {
    let size = exchange.call.size;
    let handled = exchange.call.kind == ChannelMethod::Close || exchange.call.first == Belief::No;
    let loss = exchange.standing.lost.possible() || exchange.standing.may_be_closed() || exchange.has_other_type();
    match (exchange.is_too_large(), exchange.code()) {
        (_, Some(_)) if exchange.is_refused_by_runtime() => {
            verdicts.note(limit(), format!("the RPC runtime refused a response of {size} octets with status 0x5"));
        }
        (false, Some(Hresult::RESPONSE_TOO_LARGE)) => {
            verdicts.fail(limit(), format!("a response of {size} octets was refused as too large"));
        }
        (true, None) if handled && !loss && !exchange.releases() => {
            verdicts.fail(limit(), format!("a response of {size} octets was taken"));
        }
        (true, Some(Hresult::RESPONSE_TOO_LARGE)) => {
            verdicts.pass();
        }
        (false, None) if size == RESPONSE_LIMIT && handled => {
            verdicts.pass();
        }
        _ => {}
    }
}

/// The refusal of responses above the limit, of both methods.
pub(super) fn judge_large(
    exchange: &Exchange<'_>,
    verdicts: &mut Verdicts,
    code_has: &'static [&'static str],
    is_refused: &'static [&'static str],
) {
    const EXPECTED: &str = "0x80040012 for a response above the server's limit";
    if !exchange.is_too_large() || exchange.has_other_type() || exchange.releases() {
        return;
    }
    match exchange.code() {
        Some(Hresult::RESPONSE_TOO_LARGE) => {
            verdicts.pass();
        }
        Some(_) if exchange.is_refused_by_runtime() => {
            verdicts.note(EXPECTED, "the RPC runtime refused the request with status 0x5").on(is_refused);
        }
        Some(_) if exchange.fault().is_none() && exchange.has_no_excuse() => {
            verdicts.fail(EXPECTED, exchange.shown()).on(code_has);
        }
        _ => {}
    }
}

fn closed_code_means_closed(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    const EXPECTED: &str =
        "0x80040008 when, and only when, the channel was closed before; or NOTIFICATION_RELEASE with a NULL channel";
    if let Some((call, _, duty)) = overdue(model, event) {
        let before = duty.reason == Reason::SourceClosed && duty.since == call.started;
        if before || duty.reason == Reason::Gone {
            let within = model.config().prompt;
            verdicts.fail(EXPECTED, "the call on the closed channel has not returned").about(call.id).within(within);
        }
        return;
    }
    let Some(exchange) = Exchange::of(model, event, ChannelMethod::Gnsr) else { return };
    let standing = &exchange.standing;
    let gone = matches!(standing.nulled, Some(NulledBy::Other | NulledBy::Release));
    let closed = standing.source_closed.sure() || standing.owner_closed.sure();
    let nulls = Exchange::gnsr_success(model, event).is_some_and(|(_, output)| output.channel.is_null());
    match exchange.code() {
        Some(Hresult::CHANNEL_CLOSED) if exchange.fault().is_none() => {
            if exchange.is_live() && exchange.has_no_excuse() {
                verdicts.fail(EXPECTED, "0x80040008 on an open channel");
            } else if closed || gone {
                verdicts.pass();
            }
        }
        // A fault on a handle that is gone is the runtime's answer (SD-18).
        Some(_) if gone && exchange.fault().is_some() => {
            verdicts.pass();
        }
        Some(code) if exchange.is_live() && standing.source_closed.sure() && !standing.abnormal.possible() => {
            let otherwise = exchange.has_other_type() && code == Hresult::TYPE_MISMATCH
                || exchange.is_too_large() && code == Hresult::RESPONSE_TOO_LARGE
                || exchange.standing.overlapped
                || exchange.registration_ended
                || exchange.fault().is_some();
            if !otherwise {
                verdicts.fail(EXPECTED, exchange.shown());
            }
        }
        None if exchange.is_live() && closed && nulls => {
            verdicts.pass();
        }
        None if standing.nulled == Some(NulledBy::Other) => {
            let Some((_, output)) = Exchange::gnsr_success(model, event) else { return };
            if !output.channel.is_null() || !data(output).is_empty() {
                verdicts.fail(EXPECTED, reply(output));
            }
        }
        _ => {}
    }
}

fn second_call_is_refused(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    const EXPECTED: &str =
        "0x8004000C, at once, when and only when an earlier call on the same channel has not returned";
    if let Some((call, _, duty)) = overdue(model, event) {
        if duty.reason == Reason::SecondCall {
            verdicts.fail(EXPECTED, "neither call has returned").about(call.id).within(model.config().prompt);
        }
        return;
    }
    let Some(exchange) = Exchange::of(model, event, ChannelMethod::Gnsr).filter(Exchange::is_live) else { return };
    let (call, standing) = (exchange.call, &exchange.standing);
    let others =
        || model.channels.calls_of(exchange.view).filter(|other| other.id != call.id && other.finished.is_none());
    let earlier = others().any(|other| {
        other.kind == ChannelMethod::Gnsr && other.started < call.started && model.channels.begun(other, call.started)
    });
    let only_later = !call.overlaps
        && others().all(|other| other.started > call.started && model.channels.begun(call, other.started));
    // The earlier call may have been answered already, and the answer be on its way.
    let answerable = model.channels.may_deliver(exchange.view, exchange.now).possible();
    let replaced = others().any(|other| other.kind == ChannelMethod::Gnsr);
    match exchange.code() {
        Some(Hresult::CALL_OUTSTANDING) if exchange.fault().is_some() => {}
        Some(Hresult::CALL_OUTSTANDING) if !standing.overlapped => {
            verdicts.fail(EXPECTED, "0x8004000C, and no other call on the channel is outstanding");
        }
        Some(_) if only_later && replaced && exchange.fault().is_none() && !standing.may_end() => {
            verdicts
                .fail(EXPECTED, format!("{} for the earlier call, and a later one has not returned", exchange.shown()));
        }
        Some(Hresult::CALL_OUTSTANDING) => {
            verdicts.pass();
        }
        // Of two reasons for a refusal either may come first.
        Some(Hresult::TYPE_MISMATCH) if exchange.has_other_type() || call.notification_type.is_none() => {}
        Some(Hresult::RESPONSE_TOO_LARGE) if exchange.is_too_large() => {}
        _ if earlier
            && !answerable
            && exchange.fault().is_none()
            && !standing.may_end()
            && !exchange.registration_ended =>
        {
            verdicts.fail(EXPECTED, format!("{}, while the earlier call has not returned", exchange.shown()));
        }
        _ => {}
    }
}

fn other_type_is_refused(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    const EXPECTED: &str = "0x80040014 when, and only when, the type is not the channel's";
    if let Some((call, _, duty)) = overdue(model, event) {
        if duty.reason == Reason::TypeMismatch {
            let actual = "a call with another type has not returned";
            verdicts.fail(EXPECTED, actual).about(call.id).within(model.config().prompt);
        }
        return;
    }
    let Some(exchange) = Exchange::of(model, event, ChannelMethod::Gnsr).filter(Exchange::is_live) else { return };
    let (call, standing) = (exchange.call, &exchange.standing);
    let typeless = call.notification_type.is_none() && call.first != Belief::Yes;
    match exchange.code() {
        Some(_) if exchange.fault().is_some() => {}
        Some(Hresult::TYPE_MISMATCH)
            if exchange.has_other_type() || typeless || exchange.view.notification_type.is_none() =>
        {
            verdicts.pass();
        }
        Some(Hresult::TYPE_MISMATCH) => {
            verdicts.fail(EXPECTED, "0x80040014 for the channel's own type or none");
        }
        _ if call.first != Belief::No || !exchange.has_other_type() => {}
        Some(Hresult::RESPONSE_TOO_LARGE) if exchange.is_too_large() => {}
        Some(_) if exchange.has_no_excuse() => {
            verdicts.fail(EXPECTED, exchange.shown());
        }
        Some(_) => {}
        None => {
            let Some((_, output)) = Exchange::gnsr_success(model, event) else { return };
            match (output.channel.is_null(), exchange.releases()) {
                (true, true) => {
                    verdicts.note(EXPECTED, "NOTIFICATION_RELEASE was taken as the client's end of the channel");
                }
                (true, false) if standing.may_end() => {}
                _ => {
                    verdicts.fail(EXPECTED, reply(output));
                }
            }
        }
    }
}

fn no_exceptions(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    judge_exceptions(model, event, verdicts, Method::GetNotificationSendResponse);
}

/// No exceptions of the methods on channels, whatever handle they were given (SD-28).
pub(super) fn judge_exceptions(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts, method: Method) {
    const EXPECTED: &str = "failures as return values: no exceptions but those of the RPC runtime";
    let Some(finish) = Finish::of(model, event, method) else { return };
    let Some(exchange) = Exchange::any(model, event) else {
        if let Some(status) = finish.outcome.fault().map(Hresult).filter(|status| OF_THE_TABLES.contains(status)) {
            verdicts.fail(EXPECTED, format!("a fault with status {status}"));
        }
        return;
    };
    match exchange.fault() {
        Some(status) if OF_THE_TABLES.contains(&Hresult(status)) => {
            verdicts.fail(EXPECTED, format!("a fault with status {}", Hresult(status)));
        }
        Some(status)
            if exchange.is_live()
                && !exchange.standing.may_end()
                && !exchange.registration_ended
                && !exchange.malformed
                && !exchange.cancelled
                && !exchange.is_refused_by_runtime() =>
        {
            verdicts.note(EXPECTED, format!("a fault of the RPC runtime with status {status:#010x}"));
        }
        _ => {
            verdicts.pass();
        }
    }
}

fn no_success_after_close(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(exchange) = Exchange::of(model, event, ChannelMethod::Gnsr) else { return };
    // Whatever became of what it carried: a CloseChannel that succeeded has closed the handle.
    if !exchange.standing.own_closed.sure() && exchange.standing.nulled != Some(NulledBy::Close) {
        return;
    }
    if exchange.code().is_some() {
        verdicts.pass();
    } else {
        verdicts.fail("no success on a channel that CloseChannel has closed", "success");
    }
}

fn limit() -> String {
    format!("responses of up to {RESPONSE_LIMIT:#010x} octets are taken, larger ones are not")
}
