//! The life of a registration ([MS-PAN] 3.1.1 figures 5 and 6).

use alloc::format;

use mspan::method::{self, GetNotificationOut};
use mspan::{Hresult, Method, NotificationType};

use super::exchange::CONTEXT_MISMATCH;
use super::finish::{Finish, due, is_alone, is_crowded, tells_of_lack, unseen_end, waits_rightly};
use crate::catalogue::Level;
use crate::event::{Event, Outcome};
use crate::fact::Facts;
use crate::model::{Call, Due, Ending, Registration, States};
use crate::occasion::Occasions;
use crate::rule::{Party, Rule, Verdicts};
use crate::scene::Scene;

/// The rules of this section.
pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "MS-PAN/3.1.1/registered-object-lets-calls-wait",
        section: "3.1.1",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-3.1.1-02", "PAN-3.1.1-05"],
        occasions: Occasions::FINISHED
            .of(&[Method::GetNotification, Method::GetNewChannel])
            .or(Occasions::BLOCKED)
            .or(Occasions::BLOCKED_FOR_CHANNELS),
        judge: registered_object_lets_calls_wait,
    },
    Rule {
        id: "MS-PAN/3.1.1/unregistered-object-is-as-new",
        section: "3.1.1",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-3.1.1-03"],
        occasions: Occasions::FINISHED.of(&[Method::RegisterClient, Method::Delete]),
        judge: unregistered_object_is_as_new,
    },
    Rule {
        id: "MS-PAN/3.1.1/unregistration-ends-waiting-calls",
        section: "3.1.1",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-3.1.1-04", "PAN-3.1.1-08", "PAN-3.1.1.4.5-14", "PAN-3.1.1.4.5-27"],
        occasions: Occasions::FINISHED
            .of(&[Method::GetNotification, Method::GetNewChannel])
            .or(Occasions::TERMINATED)
            .given(Facts::CONTENDED),
        judge: unregistration_ends_waiting_calls,
    },
    Rule {
        id: "MS-PAN/3.1.1/delete-always-succeeds",
        section: "3.1.1",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-3.1.1-07"],
        occasions: Occasions::FINISHED
            .of(&[
                Method::Delete,
                Method::RegisterClient,
                Method::UnregisterClient,
                Method::GetNewChannel,
                Method::GetNotification,
            ])
            .given(Facts::UNSETTLED),
        judge: delete_always_succeeds,
    },
    Rule {
        id: "MS-PAN/3.1.1/deleted-object-is-gone",
        section: "3.1.1",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-3.1.1-07"],
        occasions: Occasions::FINISHED.given(Facts::UNSETTLED),
        judge: deleted_object_is_gone,
    },
    Rule {
        id: "MS-PAN/3.1.1/printer-deletion-releases-waiting-calls",
        section: "3.1.1",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-3.1.1-06", "PAN-3.1.1.4.5-04"],
        occasions: Occasions::FINISHED.of(&[Method::GetNotification]).or(Occasions::TERMINATED).given(Facts::SOURCE),
        judge: printer_deletion_releases_waiting_calls,
    },
    Rule {
        id: "MS-PAN/3.1.1.4.5/object-deletion-ends-waiting-calls",
        section: "3.1.1.4.5",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-3.1.1.4.5-04"],
        occasions: Occasions::FINISHED.of(&[Method::GetNotification]).or(Occasions::TERMINATED).given(Facts::CONTENDED),
        judge: object_deletion_ends_waiting_calls,
    },
    Rule {
        id: "MS-PAN/3.1.1/undefined-calls-are-refused",
        section: "3.1.1",
        level: Level::May,
        party: Party::Server,
        requirements: &[],
        occasions: Occasions::FINISHED.of(&[Method::GetNotification, Method::Delete]),
        judge: undefined_calls_are_refused,
    },
];

/// The code that the runtime makes of a cancelled call ([MS-RPCE] 3.1.1.5.5).
const FAULT_CANCEL: u32 = 0x1C00_000D;
/// 0x8007071A as a Win32 code.
const CALL_CANCELLED: u32 = 0x0000_071A;
/// Access denied, as the runtime says it.
const FAULT_ACCESS_DENIED: u32 = 0x0000_0005;

/// A call that waits on a registered object in the mode of its registration, with nothing in its way.
fn registered_object_lets_calls_wait(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    if let Some(Due::Blocked(call)) = due(model, event) {
        if let Some(call) = model.call(*call)
            && unhindered(model, call).is_some()
        {
            verdicts.pass().on(&["PAN-3.1.1-02"]).about(call.id());
        }
        return;
    }
    let Some(finish) = Finish::any(model, event) else { return };
    let Some(registration) = unhindered(model, finish.call) else { return };
    let again = registration.returned > 0;
    match finish.outcome.succeeded() {
        Some(true) if again => {
            verdicts.pass().on(&["PAN-3.1.1-05"]);
        }
        Some(true) | None => {}
        Some(false) if tells_of_lack(finish.outcome) || finish.outcome.fault() == Some(FAULT_ACCESS_DENIED) => {
            verdicts.inconclusive(format!("{} has other reasons", finish.outcome)).on(&["PAN-3.1.1-02"]);
        }
        // Of many registrations one may have been dropped: see registration-limit-has-its-code.
        Some(false) if is_crowded(model) => {}
        Some(false) => {
            let decided: &[&str] = if again { &["PAN-3.1.1-05", "PAN-3.1.1-02"] } else { &["PAN-3.1.1-02"] };
            if let Some(why) = unseen_end(model, finish.call, event) {
                verdicts.inconclusive(why).on(decided);
                return;
            }
            let expected = "a call that waits, for the object is registered";
            verdicts.fail(expected, format!("{}", finish.outcome)).on(decided);
        }
    }
}

/// The registration of a call that nothing but a notification or a channel may end.
fn unhindered<'a>(model: &'a Scene<'_>, call: &Call) -> Option<&'a Registration> {
    let object = model.object_of(call).filter(|_| call.waits())?;
    let registration = model.registration(call.registration?).filter(|registration| registration.certain)?;
    let association = model.association(call.started.association)?;
    let mode = registration.is_unidirectional() == call.is(Method::GetNotification);
    let alone = is_alone(model, call);
    let well_formed = call.started.defects.is_empty() && !call.unreadable && !model.is_cancelled(call);
    let undisturbed = object.states_during(call).within(States::REGISTERED)
        && !(object.haunted || object.terminated.is_some() || association.ended || association.blind)
        && model.stimuli().end_of(registration).is_none();
    (mode && alone && well_formed && undisturbed && registration.style.name().is_some()).then_some(registration)
}

/// It can be registered again as it was, or deleted. A breach warns (SD-17).
fn unregistered_object_is_as_new(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(finish) = Finish::any(model, event).filter(|finish| finish.within(States::UNREGISTERED)) else { return };
    let Some(object) = finish.object.filter(|object| object.was_unregistered && object.created.is_some()) else {
        return;
    };
    let former = object.registration.and_then(|id| model.registration(id));
    let comparable = match &finish.call.started.input {
        Some(method::In::Delete(_)) => true,
        Some(method::In::RegisterClient(input)) => former.is_some_and(|former| {
            former.name == input.name.as_ref().map(dcerpc::ndr::WideString::text)
                && (former.notification_type, former.filter, former.style)
                    == (input.notification_type, input.filter, input.style)
                && model.stimuli().end_of(former).is_none()
        }),
        _ => false,
    };
    if !comparable || !finish.call.started.defects.is_empty() {
        return;
    }
    match finish.outcome.succeeded() {
        Some(true) => {
            verdicts.pass();
        }
        Some(false) if tells_of_lack(finish.outcome) => {}
        Some(false) => {
            let expected = "an unregistered object that can be registered again or deleted (SD-17)";
            verdicts.warn(expected, format!("{}", finish.outcome));
        }
        None => {}
    }
}

/// A waiting call ends with 0x8007071A when its object is unregistered (SD-28).
fn unregistration_ends_waiting_calls(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    const EXPECTED: &str = "0x8007071A as HRESULT or fault, for the object was unregistered";
    if let Some(Due::Terminated(call)) = due(model, event) {
        let Some((call, true)) = model.call(*call).and_then(|call| Some((call, unregistered_while(model, call)?)))
        else {
            return;
        };
        let bound = model.config().prompt;
        let actual = format!("{bound:?} after the unregistration the call still waits");
        verdicts.fail(EXPECTED, actual).on(unended(call)).about(call.id()).within(bound);
        return;
    }
    let Some(finish) = Finish::any(model, event) else { return };
    let Some(was_first) = unregistered_while(model, finish.call) else { return };
    let decided = decided(finish.call);
    let actual = format!("{}", finish.outcome);
    match (finish.outcome, finish.outcome.succeeded()) {
        _ if finish.has_code(Hresult::NOTIFICATIONS_TERMINATED) => {
            verdicts.pass().on(unended(finish.call));
        }
        (Outcome::Fault { status: FAULT_CANCEL | CALL_CANCELLED, .. }, _) => {
            verdicts.note(EXPECTED, actual).on(decided);
        }
        (_, Some(true)) if brought_nothing(finish.outcome) => {
            verdicts.fail(EXPECTED, format!("{actual} without anything")).on(unended(finish.call));
        }
        (_, Some(false)) if was_first => {
            verdicts.fail(EXPECTED, actual).on(decided);
        }
        _ => {}
    }
}

/// Whether a waiting call certainly reached the server before the UnregisterClient that overlaps it. None when there is
/// none, or something else may have ended the call.
fn unregistered_while(model: &Scene<'_>, call: &Call) -> Option<bool> {
    let mode = |registration: &&Registration| registration.is_unidirectional() == call.is(Method::GetNotification);
    let object = model.object_of(call).filter(|_| call.waits())?;
    let registration = model.registration(call.registration?).filter(mode)?;
    let leaving = object.overlapping(call, States::UNREGISTERED)?;
    let alone = is_alone(model, call);
    let undisturbed = object.overlapping(call, States::GONE).is_none()
        && !registration.ended.is_some_and(|ended| ended.how != Ending::Unregistered)
        && model.stimuli().end_of(registration).is_none()
        && !model.is_cancelled(call);
    (alone && undisturbed).then(|| call.arrived_before_transition(leaving, model.config()))
}

/// What a waiting call that ends in a wrong way breaks.
fn decided(call: &Call) -> &'static [&'static str] {
    if call.is(Method::GetNotification) { &["PAN-3.1.1-04", "PAN-3.1.1.4.5-14"] } else { &["PAN-3.1.1-08"] }
}

/// What a waiting call breaks that does not end, or not by a failure.
fn unended(call: &Call) -> &'static [&'static str] {
    if call.is(Method::GetNotification) {
        &["PAN-3.1.1-04", "PAN-3.1.1.4.5-14", "PAN-3.1.1.4.5-27"]
    } else {
        &["PAN-3.1.1-08"]
    }
}

/// A success that brought neither a notification nor a channel.
fn brought_nothing(outcome: &Outcome) -> bool {
    match outcome.output() {
        Some(method::Out::GetNotification(output)) => {
            output.notification_type.is_none_or(|kind| kind == NotificationType::RELEASE)
        }
        Some(method::Out::GetNewChannel(output)) => output.no_of_channels == 0,
        _ => false,
    }
}

fn delete_always_succeeds(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    judge_missed(model, event, verdicts);
    let Some(finish) = Finish::of(model, event, Method::Delete) else { return };
    let known = finish.object.is_some_and(|object| object.created.is_some());
    if !known || !finish.within(States::UNREGISTERED) || !finish.call.started.defects.is_empty() {
        return;
    }
    // That UnregisterClient took the object away warns (SD-17): see `unregistered_object_is_as_new`.
    let taken_away = finish.object.is_some_and(|object| object.was_unregistered);
    match finish.outcome {
        Outcome::Fault { status: CONTEXT_MISMATCH, .. } if taken_away => {}
        Outcome::Fault { .. } if !tells_of_lack(finish.outcome) => {
            verdicts.fail("a response, for Delete always succeeds", format!("{}", finish.outcome));
        }
        Outcome::Returned { .. } => {
            verdicts.pass();
        }
        Outcome::Fault { .. } | Outcome::Lost => {}
    }
}

/// UnregisterClient did not take away the object that Delete did not find, where a later call finds it.
fn judge_missed(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(finish) = Finish::any(model, event).filter(|finish| finish.within(States::UNREGISTERED)) else { return };
    let missed = finish.object.and_then(|object| object.missed).filter(|(_, at)| *at < finish.call.at);
    if let (Some((delete, _)), Some(true)) = (missed, finish.outcome.succeeded()) {
        let actual = "a fault of Delete, as if there were no object, and then success of a call with it";
        verdicts.fail("a response, for Delete always succeeds", actual).about(delete);
    }
}

fn deleted_object_is_gone(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(finish) = Finish::any(model, event).filter(|finish| finish.within(States::GONE)) else { return };
    if finish.object.is_none_or(|object| object.created.is_none()) {
        return;
    }
    match finish.outcome.succeeded() {
        Some(true) => {
            verdicts.fail("a fault or a failure, for the object was deleted", format!("{}", finish.outcome));
        }
        Some(false) => {
            verdicts.pass();
        }
        None => {}
    }
}

/// NOTIFICATION_RELEASE and success; a failure warns (SD-04).
fn printer_deletion_releases_waiting_calls(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    const EXPECTED: &str = "success with NOTIFICATION_RELEASE, for the printer was deleted (SD-04)";
    if model.config().reading("SD-04") == Some("text") {
        return;
    }
    if let Some(Due::PrinterGone(call)) = due(model, event) {
        let Some(call) = model.call(*call).filter(|call| call.is(Method::GetNotification)) else { return };
        let certain = call.registration.and_then(|id| model.registration(id)).is_some_and(|known| known.certain);
        if certain && waits_rightly(model, call) && is_alone(model, call) && call.terminated.is_none() {
            let bound = model.config().prompt;
            verdicts.fail(EXPECTED, format!("the call still waits after {bound:?}")).about(call.id()).within(bound);
        }
        return;
    }
    let Some(finish) = Finish::of(model, event, Method::GetNotification) else { return };
    let Some(registration) = finish.registration(model).filter(|registration| registration.certain) else { return };
    let deleted = registration.name.as_deref().and_then(|name| model.stimuli().deleted(name));
    // A call that came after the deletion may block, fail or be released again.
    if deleted.is_none_or(|deleted| deleted.asked < finish.call.at) || model.stimuli().shutdown().is_some() {
        return;
    }
    match finish.outcome.output() {
        // What the end of a queue under another spelling is to this one is open: a release may come for nothing then.
        Some(method::Out::GetNotification(output))
            if is_release(output) && model.stimuli().certain_end_of(registration).is_some() =>
        {
            verdicts.pass();
        }
        _ if finish.outcome.succeeded() == Some(false)
            && finish.within(States::REGISTERED)
            && waits_rightly(model, finish.call)
            && is_alone(model, finish.call) =>
        {
            verdicts.warn(EXPECTED, format!("{}", finish.outcome));
        }
        _ => {}
    }
}

fn is_release(output: &GetNotificationOut) -> bool {
    output.status.is_success() && output.notification_type == Some(NotificationType::RELEASE)
}

/// No client may delete a registered object; a server that lets it has to end the calls that wait on it (SD-04).
fn object_deletion_ends_waiting_calls(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    const EXPECTED: &str = "success with NOTIFICATION_RELEASE, for the object was deleted (SD-04)";
    if let Some(Due::Terminated(call)) = due(model, event) {
        let Some(call) = model.call(*call).filter(|call| call.is(Method::GetNotification)) else { return };
        if deleted_while(model, call) {
            let bound = model.config().prompt;
            verdicts.fail(EXPECTED, format!("the call still waits after {bound:?}")).about(call.id()).within(bound);
        }
        return;
    }
    let Some(finish) = Finish::of(model, event, Method::GetNotification) else { return };
    if !deleted_while(model, finish.call) {
        return;
    }
    match finish.outcome.output() {
        Some(method::Out::GetNotification(output)) if is_release(output) => {
            verdicts.pass();
        }
        _ if finish.outcome.succeeded() == Some(false) => {
            verdicts.warn(EXPECTED, format!("{}", finish.outcome));
        }
        _ => {}
    }
}

fn deleted_while(model: &Scene<'_>, call: &Call) -> bool {
    // The deletion itself makes the registration uncertain only where it overlaps with other calls that change it.
    let waits = waits_rightly(model, call) && is_alone(model, call);
    let Some(object) = model.object_of(call).filter(|_| waits) else { return false };
    let deleted = object.overlapping(call, States::GONE).filter(|deletion| deletion.taken == Some(true));
    deleted.is_some_and(|deletion| call.arrived_before_transition(deletion, model.config()))
        && object.overlapping(call, States::UNREGISTERED).is_none()
}

/// What the specification forbids to clients without saying what a server does then (SD-46): success is noted.
fn undefined_calls_are_refused(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(finish) = Finish::any(model, event).filter(|finish| finish.within(States::REGISTERED)) else { return };
    let registration = finish.object.and_then(|object| object.registration).and_then(|id| model.registration(id));
    let Some(registration) = registration.filter(|registration| registration.certain) else { return };
    let what = match finish.call.started.method {
        Some(Method::Delete) => "Delete of a registered object",
        Some(Method::GetNotification) if !registration.is_unidirectional() => "GetNotification in bidirectional mode",
        _ => return,
    };
    match finish.outcome.succeeded() {
        Some(true) => {
            verdicts.note("a failure (SD-46)", format!("success of {what}"));
        }
        Some(false) => {
            verdicts.pass();
        }
        None => {}
    }
}
