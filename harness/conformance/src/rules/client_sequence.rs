//! What clients call after a success, and that they go on without delay ([MS-PAN] 3.1.1.4.1, 3.2.2.4).

use alloc::format;
use alloc::string::String;

use core::time::Duration;

use mspan::method::{In, Out, RegisterClientIn};
use mspan::{ConversationStyle, Method, NotificationType};

use super::client_request::{client, leaves_undone};
use super::client_waiting::has_left;
use crate::catalogue::Level;
use crate::event::{Event, Kind, Outcome};
use crate::model::Moment;
use crate::model::client::{Belief, ClientCall, ClientDue};
use crate::occasion::Occasions;
use crate::rule::{Rule, Verdicts};
use crate::scene::Scene;

const REGISTER: &str = "3.1.1.4.1";

/// The rules of these sections.
pub(super) static RULES: &[Rule] = &[
    client(
        "MS-PAN/3.1.1.4.1/registration-leads-to-get-notification",
        REGISTER,
        Level::Should,
        &["PAN-3.1.1.4.1-29"],
        |model, event, verdicts| {
            leads_to(model, event, verdicts, ConversationStyle::UNIDIRECTIONAL, Method::GetNotification);
        },
    )
    .at(Occasions::PROMPT.of(&[Method::RegisterClient])),
    client(
        "MS-PAN/3.1.1.4.1/registration-leads-to-get-new-channel",
        REGISTER,
        Level::Should,
        &["PAN-3.1.1.4.1-30"],
        |model, event, verdicts| {
            leads_to(model, event, verdicts, ConversationStyle::BIDIRECTIONAL, Method::GetNewChannel);
        },
    )
    .at(Occasions::PROMPT.of(&[Method::RegisterClient])),
    client("MS-PAN/3.1.1.4.1/referral-is-ignored", REGISTER, Level::Must, &["PAN-3.1.1.4.1-13"], referral_is_ignored)
        .at(Occasions::STARTED
            .of(&[Method::RegisterClient])
            .or(Occasions::PROMPT.of(&[Method::RegisterClient]))
            .or(Occasions::OPENED)),
    client(
        "MS-PAN/3.2.2.4/next-call-comes-without-delay",
        "3.2.2.4",
        Level::Should,
        &["PAN-3.2.2.4-05"],
        next_call_comes_without_delay,
    )
    .at(Occasions::STARTED
        .of(&[Method::GetNotification, Method::GetNewChannel])
        .or(Occasions::PROMPT.of(&[Method::GetNotification, Method::GetNewChannel]))),
];

/// How long the next call may take that should come as soon as possible.
const SOON: Duration = Duration::from_secs(1);

/// The calls with the handle of a call that were made after it.
fn later<'a>(model: &'a Scene<'_>, call: &'a ClientCall) -> impl Iterator<Item = &'a ClientCall> {
    let calls = call.handle.into_iter().flat_map(|handle| model.clients.calls_with(call.association, handle).rev());
    calls.take_while(|other| other.at > call.at)
}

/// A RegisterClient that succeeded T_PROMPT ago, on an object that Create was seen to return.
fn registered<'a>(model: &'a Scene<'_>, event: &Event) -> Option<(&'a ClientCall, &'a RegisterClientIn)> {
    let Some(ClientDue::Prompt(id)) = model.client_due(event) else { return None };
    let call = model.clients.call(id).filter(|call| call.succeeded() == Some(true))?;
    model.clients.object(call.association, call.handle?)?;
    match &call.input {
        Some(In::RegisterClient(input)) => Some((call, input)),
        _ => None,
    }
}

fn leads_to(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts, style: ConversationStyle, method: Method) {
    let Some((call, _)) = registered(model, event).filter(|(_, input)| input.style == style) else { return };
    if later(model, call).any(|other| other.is(method)) {
        verdicts.pass().about(call.id);
    } else if !has_left(model, call) && leaves_undone(model, call, Moment::of(event)) {
        let prompt = model.config().prompt;
        let expected = format!("{} with the handle that is registered", method.name());
        verdicts.fail(expected, format!("none within {prompt:?}")).about(call.id).within(prompt);
    }
}

/// Where a server refers its client to another, the client stays.
fn referral_is_ignored(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    if let Some((call, _)) = registered(model, event) {
        let waits = |other: &ClientCall| other.is(Method::GetNotification) || other.is(Method::GetNewChannel);
        if referral(call).is_some() && later(model, call).any(waits) {
            verdicts.pass().about(call.id);
        }
        return;
    }
    let (server, who, asks) = match &event.kind {
        Kind::Opened(opened) => (host(&opened.server), model.clients.named(opened), false),
        Kind::CallStarted(started) => {
            let Some(In::RegisterClient(input)) = &started.input else { return };
            let Some(name) = &input.name else { return };
            let Some(who) = model.clients.who(started.association) else { return };
            (host(&name.text()), String::from(who), true)
        }
        _ => return,
    };
    for call in model.clients.referrals().filter(|call| model.clients.who(call.association) == Some(who.as_str())) {
        let Some(referred) = referral(call).filter(|referred| *referred == server) else { continue };
        let own = match &call.input {
            Some(In::RegisterClient(input)) => input.name.as_ref().map(|name| host(&name.text())),
            _ => None,
        };
        let is_its_own = own.as_ref() == Some(&referred) || model.clients.serves(call.association, &referred);
        if is_its_own || knew_before(model, &who, call, &referred) {
            continue;
        }
        let did = if asks { "RegisterClient for it" } else { "a connection to it" };
        if model.clients.is_last_launch(call.association) {
            verdicts.fail(format!("no notice taken of the referral to {referred:?}"), did).about(call.id);
        } else {
            let why = format!("{did} after the referral: another program of the host may have made it");
            verdicts.inconclusive(why).about(call.id);
        }
        return;
    }
}

/// Whether a client had spoken to a server, or registered for it, before it was referred to it.
fn knew_before(model: &Scene<'_>, who: &str, referral: &ClientCall, server: &str) -> bool {
    let named = |call: &ClientCall| match &call.input {
        Some(In::RegisterClient(input)) => input.name.as_ref().is_some_and(|name| host(&name.text()) == server),
        _ => false,
    };
    let Some(answer) = &referral.answer else { return false };
    let own = model.clients.calls_before(answer.at).filter(|call| model.clients.who(call.association) == Some(who));
    own.into_iter().any(|call| model.clients.serves(call.association, server) || named(call))
}

/// The server that a RegisterClient was referred to.
fn referral(call: &ClientCall) -> Option<String> {
    let Some(Out::RegisterClient(output)) = call.outcome().and_then(Outcome::output) else { return None };
    let name = host(&output.referral.as_ref()?.text());
    (output.status.is_success() && !name.is_empty()).then_some(name)
}

/// The host in a UNC name, or in an address with a port.
fn host(name: &str) -> String {
    let bare = name.trim_start_matches('\\');
    let bare = bare.split_once('\\').map_or(bare, |(host, _)| host);
    let bare = match bare.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.chars().all(|c| c.is_ascii_digit()) => host,
        _ => bare,
    };
    bare.to_ascii_lowercase()
}

fn next_call_comes_without_delay(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let expected = |method: Method| format!("{} again as soon as possible", method.name());
    if let Some(request) = model.request(event) {
        let Some(method) = request.started.method else { return };
        let Some(handle) = request.handle() else { return };
        let mut calls = model.clients.calls_with(request.started.association, handle).rev();
        let Some(former) = calls.next().filter(|call| call.is(method) && has_brought(call)) else { return };
        let Some(answer) = former.answer.as_ref().filter(|_| request.knows(former) == Belief::Yes) else { return };
        let waited = request.started.begun.since(answer.at.time);
        if waited <= SOON {
            verdicts.pass();
        } else if request.has_whole_past(model) {
            verdicts.fail(expected(method), format!("after {waited:?}")).within(SOON);
        }
        return;
    }
    let Some(ClientDue::Prompt(id)) = model.client_due(event) else { return };
    let Some(call) = model.clients.call(id).filter(|call| has_brought(call)) else { return };
    let Some(method) = call.method else { return };
    let again = |other: &ClientCall| other.is(method);
    if !later(model, call).any(again) && !has_left(model, call) && leaves_undone(model, call, Moment::of(event)) {
        let prompt = model.config().prompt;
        verdicts.fail(expected(method), format!("none within {prompt:?}")).about(id).within(prompt);
    }
}

/// Whether a call has brought a notification or channels. After the deletion of the printer nothing more will come.
fn has_brought(call: &ClientCall) -> bool {
    match call.outcome().and_then(Outcome::output) {
        Some(Out::GetNotification(output)) => {
            output.status.is_success() && output.notification_type != Some(NotificationType::RELEASE)
        }
        Some(Out::GetNewChannel(output)) => output.status.is_success(),
        _ => false,
    }
}
