//! IRPCRemoteObject ([MS-PAN] 3.1.2.4, 2.2.4).

use alloc::format;

use mspan::{Method, method};
use trace::Direction;

use super::finish::{Finish, judge_exceptions, judge_zero};
use crate::catalogue::Level;
use crate::event::{Event, Kind, Layer, Outcome};
use crate::model::States;
use crate::occasion::Occasions;
use crate::rule::{Party, Rule, Verdicts};
use crate::scene::Scene;

/// The methods whose calls name a remote object.
const OF_OBJECTS: [Method; 5] =
    [Method::Delete, Method::RegisterClient, Method::UnregisterClient, Method::GetNewChannel, Method::GetNotification];

/// The rules of this section.
pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "MS-PAN/3.1.2.4.1/create-returns-a-handle-and-a-result",
        section: "3.1.2.4.1",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-3.1.2.4.1-03"],
        occasions: Occasions::FINISHED.of(&[Method::Create]).or(Occasions::GAP),
        judge: create_returns_a_handle_and_a_result,
    },
    Rule {
        id: "MS-PAN/3.1.2.4.1/created-handle-is-known",
        section: "3.1.2.4.1",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-3.1.2.4.1-03", "PAN-3-01"],
        occasions: Occasions::FINISHED.of(&OF_OBJECTS),
        judge: created_handle_is_known,
    },
    Rule {
        id: "MS-PAN/3.1.2.4.1/success-comes-with-a-handle",
        section: "3.1.2.4.1",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-3.1.2.4.1-04"],
        occasions: Occasions::FINISHED.of(&[Method::Create]),
        judge: success_comes_with_a_handle,
    },
    Rule {
        id: "MS-PAN/3.1.2.4.1/create-returns-zero-or-an-error",
        section: "3.1.2.4.1",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-3.1.2.4.1-05", "PAN-1.8-01"],
        occasions: Occasions::FINISHED.of(&[Method::Create]),
        judge: create_returns_zero_or_an_error,
    },
    Rule {
        id: "MS-PAN/3.1.2.4.1/create-raises-no-exception-of-its-own",
        section: "3.1.2.4.1",
        level: Level::MustNot,
        party: Party::Server,
        requirements: &["PAN-3.1.2.4.1-07"],
        occasions: Occasions::FINISHED.of(&[Method::Create]),
        judge: |model, event, verdicts| judge_exceptions(model, event, verdicts, Method::Create, &[]),
    },
    Rule {
        id: "MS-PAN/3.1.2.4.2/delete-nulls-the-handle",
        section: "3.1.2.4.2",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-3.1.2.4.2-05"],
        occasions: Occasions::FINISHED.of(&[Method::Delete]).or(Occasions::GAP),
        judge: delete_nulls_the_handle,
    },
    Rule {
        id: "MS-PAN/3.1.2.4.2/delete-has-no-return-value",
        section: "3.1.2.4.2",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-3.1.2.4.2-06"],
        occasions: Occasions::FINISHED.of(&[Method::Delete]),
        judge: delete_has_no_return_value,
    },
    Rule {
        id: "MS-PAN/3.1.2.4.2/delete-raises-no-exception-of-its-own",
        section: "3.1.2.4.2",
        level: Level::MustNot,
        party: Party::Server,
        requirements: &["PAN-3.1.2.4.2-07"],
        occasions: Occasions::FINISHED.of(&[Method::Delete]),
        judge: |model, event, verdicts| judge_exceptions(model, event, verdicts, Method::Delete, &[]),
    },
    Rule {
        id: "MS-PAN/2.2.4/each-handle-denotes-one-object",
        section: "2.2.4",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-2.2.4-03"],
        occasions: Occasions::FINISHED.of(&[Method::Create]),
        judge: each_handle_denotes_one_object,
    },
];

/// Octets of a handle and of an HRESULT, in NDR and NDR64 alike.
const HANDLE_AND_RESULT: usize = 24;
/// Octets of a handle alone.
const HANDLE: usize = 20;

fn create_returns_a_handle_and_a_result(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    if unreadable_output(model, event, Method::Create) {
        verdicts.fail("a stub of 24 octets", "a stub that can't be read");
    }
    let Some(finish) = Finish::of(model, event, Method::Create) else { return };
    let Outcome::Returned { output: Some(_), stub_length, .. } = finish.outcome else { return };
    if *stub_length == HANDLE_AND_RESULT {
        verdicts.pass();
    } else {
        verdicts.fail("a stub of 24 octets", format!("{stub_length} octets"));
    }
}

/// A handle that Create returned is good for every method of either interface.
fn created_handle_is_known(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(finish) = Finish::any(model, event) else { return };
    let fresh = finish.object.filter(|object| object.created.is_some() && !object.was_unregistered);
    let Some(object) = fresh else { return };
    if !finish.within(States::UNREGISTERED | States::REGISTERED) {
        return;
    }
    // Without a registration these methods may fail by whatever fault (PAN-3.1.1-01).
    let needs_registration = [Method::GetNotification, Method::GetNewChannel, Method::UnregisterClient];
    let may_fault =
        needs_registration.into_iter().any(|method| finish.call.is(method)) && !finish.within(States::REGISTERED);
    match finish.outcome {
        Outcome::Fault { status: CONTEXT_MISMATCH, .. } if may_fault => {}
        Outcome::Fault { status: CONTEXT_MISMATCH, .. } => {
            let expected = format!("handle {}, which Create returned, to be known", object.handle);
            verdicts.fail(expected, "fault nca_s_fault_context_mismatch");
        }
        Outcome::Lost => {}
        Outcome::Fault { .. } | Outcome::Returned { .. } => {
            verdicts.pass();
        }
    }
}

fn success_comes_with_a_handle(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(finish) = Finish::of(model, event, Method::Create) else { return };
    let Some(method::Out::Create(output)) = finish.outcome.output() else { return };
    match (output.status.is_success(), output.remote_obj.is_null()) {
        (true, true) => {
            verdicts.fail("a handle", "success with the NULL handle");
        }
        (true, false) => {
            verdicts.pass();
        }
        (false, _) => {}
    }
}

fn create_returns_zero_or_an_error(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let bare = &["PAN-3.1.2.4.1-05", "PAN-1.8-01"];
    judge_zero(model, event, verdicts, Method::Create, &["PAN-3.1.2.4.1-05"], bare);
    let Some(finish) = Finish::of(model, event, Method::Create) else { return };
    let Some(method::Out::Create(output)) = finish.outcome.output() else { return };
    if output.status.is_failure() && !output.remote_obj.is_null() {
        let actual = format!("{} with handle {}", output.status, output.remote_obj);
        verdicts.warn("the NULL handle with a failure (SD-71)", actual).on(&["PAN-3.1.2.4.1-05"]);
    }
}

fn delete_nulls_the_handle(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    if unreadable_output(model, event, Method::Delete) {
        verdicts.fail("20 zero octets", "a stub that can't be read");
    }
    let Some(finish) = Finish::of(model, event, Method::Delete) else { return };
    let Some(method::Out::Delete(output)) = finish.outcome.output() else { return };
    if output.remote_obj.is_null() {
        verdicts.pass();
    } else {
        verdicts.fail("the NULL handle", format!("handle {}", output.remote_obj));
    }
}

fn delete_has_no_return_value(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(finish) = Finish::of(model, event, Method::Delete) else { return };
    let Outcome::Returned { output: Some(_), stub_length, .. } = finish.outcome else { return };
    if *stub_length == HANDLE {
        verdicts.pass();
    } else {
        verdicts.fail("a stub of 20 octets", format!("{stub_length} octets"));
    }
}

fn each_handle_denotes_one_object(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(finish) = Finish::of(model, event, Method::Create) else { return };
    let Some(method::Out::Create(output)) = finish.outcome.output() else { return };
    if output.status.is_failure() || output.remote_obj.is_null() {
        return;
    }
    let former = model.object(finish.call.started.association, output.remote_obj);
    // An object that a call may be deleting right now may give its handle to the next one.
    let held = former.filter(|object| {
        object.settled() && object.created.is_some() && object.states.within(States::UNREGISTERED | States::REGISTERED)
    });
    match held {
        Some(object) => {
            let handle = object.handle;
            verdicts.fail("a handle that denotes no other object", format!("handle {handle}, which is in use"));
        }
        None => {
            verdicts.pass();
        }
    }
}

/// Whether the event says that the [out] parameters of a method are malformed beyond reading.
fn unreadable_output(model: &Scene<'_>, event: &Event, method: Method) -> bool {
    let Kind::Gap(gap) = &event.kind else { return false };
    let call = gap.call.and_then(|call| model.call(call));
    gap.malformed
        && gap.layer == Layer::Stub
        && gap.direction == Direction::ToClient
        && call.is_some_and(|call| call.is(method))
}

/// nca_s_fault_context_mismatch.
const CONTEXT_MISMATCH: u32 = 0x1C00_001A;
