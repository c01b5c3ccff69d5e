//! How clients treat their remote objects ([MS-PAN] 3.1.2.4.2, 3.2.1.4, 3.2.2.3, 3.2.2.4).

use alloc::format;

use mspan::Method;

use super::client_registration::{handle_is_not_null, since};
use super::client_request::client;
use crate::catalogue::Level;
use crate::event::{Event, Kind};
use crate::model::client::{Belief, ClientCall, Request};
use crate::occasion::Occasions;
use crate::rule::{Rule, Verdicts};
use crate::scene::Scene;

const DELETE: &str = "3.1.2.4.2";

/// The rules of these sections.
pub(super) static RULES: &[Rule] = &[
    client(
        "MS-PAN/3.1.1.4/reserved-opnum-is-not-called",
        "3.1.1.4",
        Level::MustNot,
        &["PAN-3.1.1.4-04"],
        reserved_opnum_is_not_called,
    )
    .at(Occasions::STARTED),
    client(
        "MS-PAN/3.1.2.4.2/deleted-handle-is-a-created-one",
        DELETE,
        Level::Must,
        &["PAN-3.1.2.4.2-01"],
        deleted_handle_is_a_created_one,
    )
    .at(Occasions::STARTED.of(&[Method::Delete])),
    client(
        "MS-PAN/3.1.2.4.2/client-deletes-but-once",
        DELETE,
        Level::MustNot,
        &["PAN-3.1.2.4.2-02"],
        client_deletes_but_once,
    )
    .at(Occasions::STARTED.of(&[Method::Delete])),
    client(
        "MS-PAN/3.1.2.4.2/client-unregisters-before-it-deletes",
        DELETE,
        Level::Must,
        &["PAN-3.1.2.4.2-03", "PAN-3.2.2-04"],
        client_unregisters_before_it_deletes,
    )
    .at(Occasions::STARTED.of(&[Method::Delete])),
    client(
        "MS-PAN/3.1.2.4.2/deleted-handle-is-not-null",
        DELETE,
        Level::MustNot,
        &["PAN-3.1.2.4.2-04"],
        |model, event, verdicts| handle_is_not_null(model, event, verdicts, Method::Delete),
    )
    .at(Occasions::STARTED.of(&[Method::Delete])),
    client(
        "MS-PAN/3.2.2.3/both-interfaces-share-an-association",
        "3.2.2.3",
        Level::Must,
        &["PAN-3.2.2.3-01"],
        both_interfaces_share_an_association,
    )
    .at(Occasions::STARTED.of(&[Method::RegisterClient])),
];

fn reserved_opnum_is_not_called(_: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Kind::CallStarted(started) = &event.kind else { return };
    if started.interface != Some(mspan::Interface::AsyncNotify) {
        return;
    }
    if started.opnum == RESERVED {
        verdicts.fail("an opnum that has a method", "opnum 2, which is reserved");
    } else {
        verdicts.pass();
    }
}

/// "Opnum reserved for local use" of IRPCAsyncNotify (3.1.1.4).
const RESERVED: u16 = 2;

fn deleted_handle_is_a_created_one(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(request) = model.request_of(event, Method::Delete) else { return };
    if request.object().is_some() {
        verdicts.pass();
    } else if request.names_a_stranger(model) {
        let channel = request.handle().is_some_and(|handle| {
            let giver = model.clients.giver(request.started.association, handle);
            giver.is_some_and(|giver| giver.is(Method::GetNewChannel))
        });
        let actual = if channel { "a channel's handle" } else { "another one" };
        verdicts.fail("a handle that Create returned in this association", actual);
    }
}

fn client_deletes_but_once(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(request) = model.request_of(event, Method::Delete) else { return };
    let Some(object) = request.object() else { return };
    let deletes = || model.clients.calls_on(object).filter(|call| call.is(Method::Delete));
    if deletes().any(|call| call.succeeded() == Some(true) && request.knows(call) == Belief::Yes) {
        verdicts.fail("Delete once for each object", "again, after one that succeeded");
    } else if deletes().next().is_none() {
        verdicts.pass();
    }
}

/// After an UnregisterClient that failed, Delete may follow: more can't be done.
fn client_unregisters_before_it_deletes(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(request) = model.request_of(event, Method::Delete) else { return };
    let Some(object) = request.object() else { return };
    let Some(last) = model.clients.registration_of(object) else { return };
    let unregisters = || since(&model.clients, object, last).filter(|call| call.is(Method::UnregisterClient));
    if unregisters().any(|call| call.succeeded() == Some(true)) {
        verdicts.pass();
    } else if unregisters().next().is_none()
        && request.knows(last) == Belief::Yes
        && !is_excused(&request, last, model)
        && request.has_whole_past(model)
    {
        verdicts.fail("UnregisterClient, with success, before Delete", "Delete of a registered object");
    }
}

/// Whether RegisterClient has failed to the client by an answer that breaks NDR, or the server has said of the handle that it
/// does not know it any more.
fn is_excused(request: &Request<'_>, register: &ClientCall, model: &Scene<'_>) -> bool {
    let unknown = |call: &ClientCall| call.code() == Some(CONTEXT_MISMATCH);
    register.malformed || request.object().is_some_and(|object| model.clients.calls_on(object).any(unknown))
}

/// nca_s_fault_context_mismatch.
pub(super) const CONTEXT_MISMATCH: u32 = 0x1C00_001A;

/// SD-45: handles that are made on one interface are used on the other, in the association that they belong to.
fn both_interfaces_share_an_association(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(request) = model.request_of(event, Method::RegisterClient) else { return };
    if request.object().is_some() {
        verdicts.pass();
        return;
    }
    let Some(handle) = request.handle().filter(|_| request.names_a_stranger(model)) else { return };
    let own = request.started.association;
    let who = model.clients.who(own);
    let mut elsewhere = model.clients.owners_of(handle).filter(|object| object.association != own);
    if let Some(object) = elsewhere.find(|object| who.is_some() && model.clients.who(object.association) == who) {
        let actual = format!("association {}, while Create was called in association {}", own.0, object.association.0);
        verdicts.fail("RegisterClient in the association of the remote object", actual);
    }
}
