//! What clients ask for by RegisterClient and UnregisterClient, and when ([MS-PAN] 3.1.1.4.1, 3.1.1.4.2, 3.2.2 figures 8
//! and 9).

use alloc::format;

use mspan::Method;

use super::client_printer_name as name;
use super::client_request::client;
use crate::catalogue::Level;
use crate::event::{Event, Outcome};
use crate::model::Clients;
use crate::model::client::{Belief, ClientCall, ClientObject, Request};
use crate::occasion::Occasions;
use crate::rule::{Rule, Verdicts};
use crate::scene::Scene;

const REGISTER: &str = "3.1.1.4.1";
const UNREGISTER: &str = "3.1.1.4.2";

/// The rules of these sections.
pub(super) static RULES: &[Rule] = &[
    client(
        "MS-PAN/3.1.1.4.1/registered-handle-is-a-created-one",
        REGISTER,
        Level::Must,
        &["PAN-3.1.1.4.1-01", "PAN-2.2.4-01"],
        registered_handle_is_a_created_one,
    )
    .at(Occasions::STARTED.of(&[Method::RegisterClient])),
    client(
        "MS-PAN/3.1.1.4.1/registered-handle-is-not-null",
        REGISTER,
        Level::MustNot,
        &["PAN-3.1.1.4.1-02", "PAN-3.2.2-01"],
        |model, event, verdicts| handle_is_not_null(model, event, verdicts, Method::RegisterClient),
    )
    .at(Occasions::STARTED.of(&[Method::RegisterClient])),
    client(
        "MS-PAN/3.1.1.4.1/name-is-null-or-a-string",
        REGISTER,
        Level::Must,
        &["PAN-3.1.1.4.1-03"],
        name::is_null_or_a_string,
    )
    .at(Occasions::STARTED.of(&[Method::RegisterClient])),
    client("MS-PAN/3.1.1.4.1/name-is-a-unc-name", REGISTER, Level::Must, &["PAN-3.1.1.4.1-04"], name::is_a_unc_name)
        .at(Occasions::STARTED.of(&[Method::RegisterClient])),
    client("MS-PAN/3.1.1.4.1/name-begins-with-a-host", REGISTER, Level::Must, &["PAN-3.1.1.4.1-05"], name::has_a_host)
        .at(Occasions::STARTED.of(&[Method::RegisterClient])),
    client(
        "MS-PAN/3.1.1.4.1/printer-has-a-local-name",
        REGISTER,
        Level::MustNot,
        &["PAN-3.1.1.4.1-06"],
        name::has_a_local_name,
    )
    .at(Occasions::STARTED.of(&[Method::RegisterClient])),
    client(
        "MS-PAN/3.1.1.4.1/registration-is-the-first-step",
        REGISTER,
        Level::Must,
        &["PAN-3.1.1.4.1-26", "PAN-3.2.2-01"],
        registration_is_the_first_step,
    )
    .at(Occasions::STARTED.of(&[Method::GetNotification, Method::GetNewChannel])),
    client(
        "MS-PAN/3.1.1.4.1/registered-handle-is-not-registered-again",
        REGISTER,
        Level::MustNot,
        &["PAN-3.1.1.4.1-28"],
        registered_handle_is_not_registered_again,
    )
    .at(Occasions::STARTED.of(&[Method::RegisterClient])),
    client(
        "MS-PAN/3.1.1.4.2/unregistered-handle-was-registered",
        UNREGISTER,
        Level::Must,
        &["PAN-3.1.1.4.2-02", "PAN-3.1.1.4.2-10"],
        unregistered_handle_was_registered,
    )
    .at(Occasions::STARTED.of(&[Method::UnregisterClient])),
    client(
        "MS-PAN/3.1.1.4.2/unregistered-handle-is-not-null",
        UNREGISTER,
        Level::MustNot,
        &["PAN-3.1.1.4.2-03"],
        |model, event, verdicts| handle_is_not_null(model, event, verdicts, Method::UnregisterClient),
    )
    .at(Occasions::STARTED.of(&[Method::UnregisterClient])),
    client(
        "MS-PAN/3.1.1.4.2/client-unregisters-but-once",
        UNREGISTER,
        Level::MustNot,
        &["PAN-3.1.1.4.2-11"],
        client_unregisters_but_once,
    )
    .at(Occasions::STARTED.of(&[Method::UnregisterClient])),
];

fn registered_handle_is_a_created_one(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(request) = model.request_of(event, Method::RegisterClient) else { return };
    if request.object().is_some() {
        verdicts.pass();
    } else if request.names_a_stranger(model) {
        verdicts.fail("a handle that Create returned in this association", "another one");
    }
}

pub(super) fn handle_is_not_null(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts, method: Method) {
    let Some(request) = model.request_of(event, method) else { return };
    if request.handle().is_some_and(|handle| handle.is_null()) {
        verdicts.fail("the handle of a remote object", "20 zero octets");
    } else {
        verdicts.pass();
    }
}

/// Create, RegisterClient, and then the call that waits.
fn registration_is_the_first_step(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let waits = |method| model.request_of(event, method);
    let Some(request) = waits(Method::GetNotification).or_else(|| waits(Method::GetNewChannel)) else { return };
    let Some(object) = request.object().filter(|_| request.has_whole_past(model)) else { return };
    if model.clients.registration_of(object).is_some() {
        verdicts.pass();
        return;
    }
    let mut registrations = model.clients.calls_on(object).filter(|call| call.is(Method::RegisterClient));
    if registrations.next().is_none() {
        verdicts.fail("RegisterClient with this handle first", "none since Create returned it");
    }
}

fn registered_handle_is_not_registered_again(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(request) = model.request_of(event, Method::RegisterClient) else { return };
    let Some(object) = request.object() else { return };
    let Some(last) = model.clients.registration_of(object) else {
        verdicts.pass();
        return;
    };
    let left: Option<Option<bool>> = since(&model.clients, object, last)
        .filter(|call| call.is(Method::UnregisterClient))
        .map(ClientCall::succeeded)
        .max_by_key(|left| left.is_none_or(|succeeded| succeeded));
    match left {
        Some(Some(true)) => {
            verdicts.pass();
        }
        // It may have been handled, or its answer may be on its way.
        Some(None) => {}
        // An answer that breaks NDR is a failure to the client.
        None | Some(Some(false))
            if request.knows(last) == Belief::Yes && !last.malformed && request.has_whole_past(model) =>
        {
            verdicts.fail("UnregisterClient, with success, before another RegisterClient", "the handle is registered");
        }
        None | Some(Some(false)) => {}
    }
}

fn unregistered_handle_was_registered(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(request) = model.request_of(event, Method::UnregisterClient) else { return };
    let expected = "a handle that RegisterClient has registered with success";
    let Some(object) = request.object() else {
        if request.names_a_stranger(model) {
            verdicts.fail(expected, "a handle that no Create returned in this association");
        }
        return;
    };
    let registrations = || model.clients.calls_on(object).filter(|call| call.is(Method::RegisterClient));
    if registrations().any(|call| call.succeeded() == Some(true)) {
        verdicts.pass();
    } else if request.has_whole_past(model) && registrations().all(|call| call.succeeded() == Some(false)) {
        let codes = registrations().filter_map(ClientCall::code).next_back();
        let actual = codes.map_or_else(|| "none was called".into(), |code| format!("it failed with {code:#010x}"));
        verdicts.fail(expected, actual);
    }
}

/// SD-17: until the handle is registered anew.
fn client_unregisters_but_once(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(request) = model.request_of(event, Method::UnregisterClient) else { return };
    let Some(object) = request.object() else { return };
    let Some(last) = model.clients.registration_of(object) else { return };
    match since(&model.clients, object, last).find(|call| call.is(Method::UnregisterClient)) {
        None => {
            verdicts.pass();
        }
        Some(former) if former.outcome() == Some(&Outcome::Lost) => {}
        // Both were called, whichever came first; but a new registration may be on its way.
        Some(_) if registers(&model.clients, object, &request) || !request.has_whole_past(model) => {}
        Some(former) => {
            let answer = former.outcome().map_or_else(|| "nothing yet".into(), |outcome| format!("{outcome}"));
            verdicts
                .fail("UnregisterClient once for each registration", format!("again, after one that gave {answer}"));
        }
    }
}

/// Whether a RegisterClient on an object may have succeeded that the witness has not seen come back, or that came back
/// unread.
fn registers(clients: &Clients, object: &ClientObject, request: &Request<'_>) -> bool {
    let open = |call: &ClientCall| call.is(Method::RegisterClient) && call.succeeded().is_none();
    clients.calls_on(object).any(|call| open(call) && call.at < request.at)
}

/// The calls on an object whose requests came after the answer to one of them.
pub(super) fn since<'a>(
    clients: &'a Clients,
    object: &'a ClientObject,
    call: &'a ClientCall,
) -> impl DoubleEndedIterator<Item = &'a ClientCall> {
    let answered = call.answer.as_ref().map(|answer| answer.at);
    clients.calls_on(object).filter(move |other| Some(other.at) > answered)
}
