//! IRPCAsyncNotify_UnregisterClient ([MS-PAN] 3.1.1.4.2).

use alloc::format;

use mspan::{Hresult, Method};

use super::finish::{Finish, due, judge_exceptions, tells_of_lack};
use crate::catalogue::Level;
use crate::event::Event;
use crate::model::{Call, Due, Effect, States};
use crate::occasion::Occasions;
use crate::rule::{Party, Rule, Verdicts};
use crate::scene::Scene;

/// The rules of this section.
pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "MS-PAN/3.1.1.4.2/unregister-needs-registration",
        section: "3.1.1.4.2",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-3.1.1.4.2-01", "PAN-3.1.1.4.2-08", "PAN-3.1.1-01"],
        occasions: Occasions::FINISHED.of(&[Method::UnregisterClient]),
        judge: unregister_needs_registration,
    },
    Rule {
        id: "MS-PAN/3.1.1.4.2/unregister-succeeds-but-once",
        section: "3.1.1.4.2",
        level: Level::MustNot,
        party: Party::Server,
        requirements: &["PAN-3.1.1.4.2-09"],
        occasions: Occasions::FINISHED.of(&[Method::UnregisterClient]),
        judge: unregister_succeeds_but_once,
    },
    Rule {
        id: "MS-PAN/3.1.1.4.2/registered-object-can-be-unregistered",
        section: "3.1.1.4.2",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-3.1.1.4.2-04", "PAN-3.1.1-04", "PAN-3.1.1-06", "PAN-3.1.1-08"],
        occasions: Occasions::FINISHED.of(&[Method::UnregisterClient]),
        judge: registered_object_can_be_unregistered,
    },
    Rule {
        id: "MS-PAN/3.1.1.4.2/unregister-raises-no-exception-of-its-own",
        section: "3.1.1.4.2",
        level: Level::MustNot,
        party: Party::Server,
        requirements: &["PAN-3.1.1.4.2-06"],
        occasions: Occasions::FINISHED.of(&[Method::UnregisterClient]),
        judge: |model, event, verdicts| judge_exceptions(model, event, verdicts, Method::UnregisterClient, &[]),
    },
    Rule {
        id: "MS-PAN/3.1.1.4.2/unregister-overtakes-waiting-calls",
        section: "3.1.1.4.2",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-3.1.1.4.2-07"],
        occasions: Occasions::FINISHED.of(&[Method::UnregisterClient]).or(Occasions::ANSWERED),
        judge: unregister_overtakes_waiting_calls,
    },
];

/// Of an object that never was registered, or whose registration failed; a handle that denotes nothing counts as such.
fn unregister_needs_registration(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(finish) = Finish::of(model, event, Method::UnregisterClient) else { return };
    let deleted = finish.object.is_some_and(|object| object.created.is_some() && object.states == States::GONE);
    let left = finish.object.is_some_and(|object| object.was_unregistered);
    if !finish.within(States::UNREGISTERED | States::GONE) || left || deleted {
        return;
    }
    let failed = finish.object.is_some_and(|object| object.registration_failed);
    match finish.outcome.succeeded() {
        Some(true) if failed => {
            let expected = "failure, for RegisterClient failed on this handle";
            verdicts.fail(expected, format!("{}", finish.outcome)).on(&["PAN-3.1.1.4.2-08", "PAN-3.1.1.4.2-01"]);
        }
        Some(true) => {
            verdicts.fail("failure, for nothing is registered on this handle", format!("{}", finish.outcome));
        }
        Some(false) => {
            verdicts.pass();
        }
        None => {}
    }
}

fn unregister_succeeds_but_once(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(finish) = Finish::of(model, event, Method::UnregisterClient) else { return };
    if finish.outcome.succeeded() == Some(true) && has_twin(model, &finish) {
        let expected = "success of one UnregisterClient for one RegisterClient";
        verdicts.fail(expected, "success beside another call's");
        return;
    }
    let left = finish.object.is_some_and(|object| object.was_unregistered);
    if !finish.within(States::UNREGISTERED) || !left {
        return;
    }
    match finish.outcome.succeeded() {
        Some(true) => {
            verdicts.fail("failure, for UnregisterClient succeeded before", format!("{}", finish.outcome));
        }
        Some(false) => {
            verdicts.pass();
        }
        None => {}
    }
}

/// Whether another UnregisterClient on the object, under way at the same time, has succeeded, and nothing can have
/// registered the object between the two.
fn has_twin(model: &Scene<'_>, finish: &Finish<'_>) -> bool {
    let Some(object) = finish.object.filter(|_| finish.within(States::REGISTERED | States::UNREGISTERED)) else {
        return false;
    };
    let Some(registration) = object.registration.and_then(|id| model.registration(id)) else { return false };
    let settled = object.transitions.iter().all(|other| other.effect != States::REGISTERED);
    let mut others = object.transitions.iter().filter(|other| other.call != finish.call.id());
    settled
        && others.any(|other| {
            let together = other.finished.is_some_and(|finished| finished > finish.call.at);
            let succeeded = other.effect == States::UNREGISTERED && other.taken == Some(true);
            together && succeeded && registration.made < other.started.min(finish.call.at)
        })
}

/// Any HRESULT with bit 31 clear is a success here (SD-08).
fn registered_object_can_be_unregistered(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(finish) = Finish::of(model, event, Method::UnregisterClient) else { return };
    let Some(object) = finish.object.filter(|_| finish.within(States::REGISTERED)) else { return };
    let registration = object.registration.and_then(|id| model.registration(id));
    if !registration.is_some_and(|registration| registration.certain) || model.stimuli().shutdown().is_some() {
        return;
    }
    let mut waiting = object.outstanding.iter().filter_map(|id| model.call(*id)).filter(|call| call.waits());
    let end = registration.and_then(|registration| model.stimuli().certain_end_of(registration));
    let deleted = end.is_some_and(|end| matches!(end.effect(), Effect::Done(at) if at < finish.call.at));
    let decided: &[&str] = match waiting.next() {
        _ if deleted => &["PAN-3.1.1.4.2-04", "PAN-3.1.1-06"],
        Some(call) if call.is(Method::GetNotification) => &["PAN-3.1.1.4.2-04", "PAN-3.1.1-04"],
        Some(_) => &["PAN-3.1.1.4.2-04", "PAN-3.1.1-08"],
        None => &["PAN-3.1.1.4.2-04"],
    };
    match (finish.outcome.succeeded(), finish.outcome.hresult()) {
        (Some(true), Some(status)) if status != Hresult::OK => {
            verdicts.note("0", format!("{status}")).on(decided);
        }
        (Some(true), _) => {
            verdicts.pass().on(decided);
        }
        (Some(false), _) if tells_of_lack(finish.outcome) => {
            verdicts.inconclusive(format!("the server lacks resources: {}", finish.outcome)).on(decided);
        }
        (Some(false), _) => {
            verdicts.fail("success, for the object is registered", format!("{}", finish.outcome)).on(decided);
        }
        (None, _) => {}
    }
}

fn unregister_overtakes_waiting_calls(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    if let Some(finish) = Finish::of(model, event, Method::UnregisterClient) {
        let waited = || waiting(model, finish.call).any(|other| other.arrived_before(finish.call, model.config()));
        if finish.outcome.succeeded() == Some(true) && waited() {
            verdicts.pass();
        }
        return;
    }
    let Some(Due::Answered(call)) = due(model, event) else { return };
    let Some(call) = model.call(*call).filter(|call| call.is(Method::UnregisterClient)) else { return };
    // Whichever of the two came first: UnregisterClient waits for none.
    if waiting(model, call).any(|other| other.at < call.at) {
        let bound = model.config().prompt;
        let actual = format!("none after {bound:?}, while another call on the object waits");
        verdicts.fail("an answer at once", actual).about(call.id()).within(bound);
    }
}

/// The calls that wait on the same object.
fn waiting<'a>(model: &'a Scene<'_>, call: &Call) -> impl Iterator<Item = &'a Call> {
    let outstanding = model.object_of(call).map(|object| object.outstanding.iter());
    outstanding
        .into_iter()
        .flatten()
        .filter_map(|id| model.call(*id))
        .filter(|other| other.waits() && !other.perhaps_over)
}
