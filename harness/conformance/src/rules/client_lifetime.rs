//! What clients have to undo before they leave ([MS-PAN] 3.2.1.4, 3.2.2.4).

use alloc::format;

use mspan::Method;

use super::client_registration::since;
use super::client_request::{client, is_received};
use super::exchange::CONTEXT_MISMATCH;
use crate::catalogue::Level;
use crate::event::{AssociationId, Event, Kind};
use crate::model::client::{Attempt, ClientCall, ClientObject, Parting};
use crate::model::{Clients, Moment};
use crate::occasion::Occasions;
use crate::rule::{Rule, Verdicts};
use crate::scene::Scene;

/// The rules of these sections.
pub(super) static RULES: &[Rule] = &[
    client(
        "MS-PAN/3.2.1.4/client-deletes-what-it-creates",
        "3.2.1.4",
        Level::Must,
        &["PAN-3.2.1.4-03", "PAN-3.2.1.4-04", "PAN-2.2.4-02"],
        client_deletes_what_it_creates,
    )
    .at(Occasions::ASSOCIATION_ENDED),
    client(
        "MS-PAN/3.2.1.4/retries-leave-no-objects-behind",
        "3.2.1.4",
        Level::Must,
        &["PAN-3.2.1.4-03"],
        retries_leave_no_objects_behind,
    )
    .at(Occasions::STARTED.of(&[Method::RegisterClient])),
    client(
        "MS-PAN/3.2.2.4/client-unregisters-what-it-registers",
        "3.2.2.4",
        Level::Must,
        &["PAN-3.2.2.4-03", "PAN-3.2.2.4-04"],
        client_unregisters_what_it_registers,
    )
    .at(Occasions::ASSOCIATION_ENDED),
];

/// The association that its client leaves, at that event.
fn left(model: &Scene<'_>, event: &Event) -> Option<AssociationId> {
    let Kind::AssociationEnded(association) = event.kind else { return None };
    (model.clients.parting(model, association) == Parting::ByClient).then_some(association)
}

/// Whether the server has said that it does not know an object any more: then nothing can be undone (SD-48).
fn is_forgotten(clients: &Clients, object: &ClientObject) -> bool {
    clients.calls_on(object).any(|call| call.code() == Some(CONTEXT_MISMATCH))
}

fn client_deletes_what_it_creates(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(association) = left(model, event) else { return };
    for object in model.clients.objects_of(association) {
        let Some(create) = model.clients.call(object.created) else { continue };
        if has_deleted(&model.clients, object) {
            verdicts.pass().about(create.id);
        } else if !is_forgotten(&model.clients, object) && is_received(model, create, Moment::of(event)) {
            verdicts
                .fail("Delete for each object that Create has returned", "the client left without")
                .about(create.id);
        }
    }
}

fn has_deleted(clients: &Clients, object: &ClientObject) -> bool {
    clients.calls_on(object).any(|call| call.is(Method::Delete))
}

fn client_unregisters_what_it_registers(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(association) = left(model, event) else { return };
    for object in model.clients.objects_of(association) {
        let Some(register) = model.clients.registration_of(object) else { continue };
        let mut later = since(&model.clients, object, register);
        if later.any(|call: &ClientCall| call.is(Method::UnregisterClient)) {
            verdicts.pass().about(register.id);
        } else if !is_forgotten(&model.clients, object) && is_received(model, register, Moment::of(event)) {
            let expected = "UnregisterClient for each RegisterClient that succeeded";
            verdicts.fail(expected, "the client left without").about(register.id);
        }
    }
}

/// Objects that a row of retries may leave behind for a while: their Delete may come a little later (SD-48).
const MOST_LEFT: usize = 3;

fn retries_leave_no_objects_behind(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let clients = &model.clients;
    let Some(request) = model.request_of(event, Method::RegisterClient) else { return };
    let Some(retry) = clients.retry(model, &request).filter(|retry| !retry.across) else { return };
    let Some(former) = clients.attempt(retry.of) else { return };
    // The object of the last attempt may go when its successor is there.
    let objects = clients.row(former).skip(1).filter_map(|attempt| object_of(clients, attempt));
    let objects = objects.filter(|object| object.association == request.started.association);
    let (mut all, mut left) = (0, 0);
    for object in objects {
        all += 1;
        left += usize::from(!has_deleted(clients, object) && !is_forgotten(clients, object));
    }
    if left >= MOST_LEFT && !clients.excuses(model, request.started.association) {
        let actual = format!("{left} of {all} objects left behind by retries");
        verdicts.fail("Delete of the object of an attempt that failed", actual);
    } else if all >= MOST_LEFT && left == 0 {
        verdicts.pass();
    }
}

/// The object of an attempt.
fn object_of<'a>(clients: &'a Clients, attempt: &Attempt) -> Option<&'a ClientObject> {
    let register = clients.call(attempt.register)?;
    clients.object(register.association, register.handle?)
}
