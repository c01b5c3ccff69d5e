//! IRPCAsyncNotify_GetNotification ([MS-PAN] 3.1.1.4.5): the call. What it brings is judged in
//! [`super::notification_queue`].

use alloc::format;

use mspan::method::{self, GetNotificationOut};
use mspan::{Hresult, Method, NotificationType};
use uuid::Uuid;

use super::finish::{Finish, due, is_alone, judge_exceptions, judge_zero, tells_of_lack, waits_rightly};
use crate::catalogue::Level;
use crate::event::{CallId, Event, Outcome};
use crate::fact::Facts;
use crate::model::{Due, Model, Source, States};
use crate::occasion::Occasions;
use crate::rule::{Party, Rule, Verdicts};
use crate::scene::Scene;

/// The rules of this section.
pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "MS-PAN/3.1.1.4.5/get-notification-needs-registration",
        section: "3.1.1.4.5",
        level: Level::MustNot,
        party: Party::Server,
        requirements: &["PAN-3.1.1.4.5-24", "PAN-3.1.1-01"],
        occasions: Occasions::FINISHED.of(&[Method::GetNotification]).or(Occasions::FAILED).given(Facts::UNSETTLED),
        judge: get_notification_needs_registration,
    },
    Rule {
        id: "MS-PAN/3.1.1.4.5/unregistration-ends-notifications",
        section: "3.1.1.4.5",
        level: Level::MustNot,
        party: Party::Server,
        requirements: &["PAN-3.1.1.4.5-25", "PAN-3.1.1.4.5-15"],
        occasions: Occasions::FINISHED.of(&[Method::GetNotification]).or(Occasions::FAILED).given(Facts::UNSETTLED),
        judge: unregistration_ends_notifications,
    },
    Rule {
        id: "MS-PAN/3.1.1.4.5/one-call-waits-at-a-time",
        section: "3.1.1.4.5",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-3.1.1.4.5-11"],
        occasions: Occasions::FINISHED.of(&[Method::GetNotification]).or(Occasions::CONTENDED).given(Facts::CONTENDED),
        judge: |model, event, verdicts| one_call_waits_at_a_time(model, event, verdicts, Method::GetNotification),
    },
    Rule {
        id: "MS-PAN/3.1.1.4.5/refusal-and-termination-have-their-codes",
        section: "3.1.1.4.5",
        level: Level::Should,
        party: Party::Server,
        requirements: &["PAN-3.1.1.4.5-17"],
        occasions: Occasions::FINISHED.of(&[Method::GetNotification]).given(Facts::UNSUCCESSFUL),
        judge: |model, event, verdicts| codes_are_right(model, event, verdicts, Method::GetNotification),
    },
    Rule {
        id: "MS-PAN/3.1.1.4.5/no-other-exceptions-are-raised",
        section: "3.1.1.4.5",
        level: Level::MustNot,
        party: Party::Server,
        requirements: &["PAN-3.1.1.4.5-19"],
        occasions: Occasions::FINISHED.of(&[Method::GetNotification]),
        judge: |model, event, verdicts| {
            let allowed = [Hresult::CALL_OUTSTANDING, Hresult::NOTIFICATIONS_TERMINATED];
            judge_exceptions(model, event, verdicts, Method::GetNotification, &allowed);
        },
    },
    Rule {
        id: "MS-PAN/3.1.1.4.5/get-notification-returns-zero-or-an-error",
        section: "3.1.1.4.5",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-3.1.1.4.5-09", "PAN-1.8-01"],
        occasions: Occasions::FINISHED.of(&[Method::GetNotification]),
        judge: |model, event, verdicts| {
            let bare = &["PAN-3.1.1.4.5-09", "PAN-1.8-01"];
            judge_zero(model, event, verdicts, Method::GetNotification, &["PAN-3.1.1.4.5-09"], bare);
        },
    },
    Rule {
        id: "MS-PAN/3.1.1.4.5/notification-has-a-type",
        section: "3.1.1.4.5",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-3.1.1.4.5-03"],
        occasions: Occasions::FINISHED.of(&[Method::GetNotification]),
        judge: notification_has_a_type,
    },
    Rule {
        id: "MS-PAN/3.1.1.4.5/type-is-the-registered-one",
        section: "3.1.1.4.5",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-3.1.1.4.5-05", "PAN-2.2.1-01", "PAN-2.2.1-02"],
        occasions: Occasions::FINISHED.of(&[Method::GetNotification]),
        judge: type_is_the_registered_one,
    },
    Rule {
        id: "MS-PAN/3.1.1.4.5/size-counts-the-data",
        section: "3.1.1.4.5",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-3.1.1.4.5-06"],
        occasions: Occasions::FINISHED.of(&[Method::GetNotification]),
        judge: size_counts_the_data,
    },
    Rule {
        id: "MS-PAN/3.1.1.4.5/release-carries-no-data",
        section: "3.1.1.4.5",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-3.1.1.4.5-08"],
        occasions: Occasions::FINISHED.of(&[Method::GetNotification]).given(Facts::EVENTFUL),
        judge: release_carries_no_data,
    },
];

/// On an object that never was registered no call succeeds; one that stays parked warns.
fn get_notification_needs_registration(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    if let Some(Due::Failed(call)) = due(model, event) {
        let Some(call) = parked(model, *call).filter(|call| !left(model, call)) else { return };
        let bound = model.config().prompt;
        let expected = "a failure at once, for nothing is registered on this handle";
        verdicts.warn(expected, format!("the call is parked after {bound:?}")).about(call.id()).within(bound);
        return;
    }
    let Some(finish) = Finish::of(model, event, Method::GetNotification) else { return };
    let deleted = finish.object.is_some_and(|object| object.created.is_some() && object.states == States::GONE);
    if !finish.within(States::UNREGISTERED | States::GONE) || left(model, finish.call) || deleted {
        return;
    }
    match finish.outcome.succeeded() {
        Some(true) => {
            verdicts.fail("a failure, for nothing is registered on this handle", format!("{}", finish.outcome));
        }
        Some(false) => {
            verdicts.pass();
        }
        None => {}
    }
}

/// After UnregisterClient no call succeeds; one that stays parked warns, and fails where 0x8007071A had come before.
fn unregistration_ends_notifications(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    if let Some(Due::Failed(call)) = due(model, event) {
        let terminated =
            model.call(*call).filter(|call| call.is(Method::GetNotification) && was_terminated(model, call));
        let Some(call) = terminated.or_else(|| parked(model, *call).filter(|call| left(model, call))) else { return };
        let bound = model.config().prompt;
        let actual = format!("the call is parked after {bound:?}");
        if terminated.is_some() || model.object_of(call).is_some_and(|object| object.terminated.is_some()) {
            let expected = "a failure at once, for a call ended with 0x8007071A before";
            verdicts.fail(expected, actual).on(&["PAN-3.1.1.4.5-15"]).about(call.id()).within(bound);
        } else {
            let expected = "a failure at once, for the object was unregistered";
            verdicts.warn(expected, actual).on(&["PAN-3.1.1.4.5-25"]).about(call.id()).within(bound);
        }
        return;
    }
    let Some(finish) = Finish::of(model, event, Method::GetNotification) else { return };
    let unregistered = finish.within(States::UNREGISTERED) && left(model, finish.call);
    let terminated = finish.object.is_some_and(|object| object.terminated.is_some());
    let decided: &[&str] = match (unregistered, terminated) {
        (true, true) => &["PAN-3.1.1.4.5-25", "PAN-3.1.1.4.5-15"],
        (true, false) => &["PAN-3.1.1.4.5-25"],
        (false, _) if was_terminated(model, finish.call) => &["PAN-3.1.1.4.5-15"],
        (false, _) => return,
    };
    match finish.outcome.succeeded() {
        Some(true) => {
            let expected = "a failure, for the registration has ended";
            verdicts.fail(expected, format!("{}", finish.outcome)).on(decided);
        }
        Some(false) => {
            verdicts.pass().on(decided);
        }
        None => {}
    }
}

/// A GetNotification that is outstanding and whose object certainly isn't registered.
fn parked(model: &Model, call: CallId) -> Option<&crate::model::Call> {
    let call = model.call(call).filter(|call| call.is(Method::GetNotification))?;
    let states = model.object_of(call).map_or(States::GONE, |object| object.states_during(call));
    states.within(States::UNREGISTERED | States::GONE).then_some(call)
}

/// Whether a call had ended with 0x8007071A before this one, whatever ended it.
fn was_terminated(model: &Scene<'_>, call: &crate::model::Call) -> bool {
    model.object_of(call).is_some_and(|object| object.was_terminated(call))
}

/// Whether the call's object was unregistered before.
fn left(model: &Scene<'_>, call: &crate::model::Call) -> bool {
    model.object_of(call).is_some_and(|object| object.was_unregistered)
}

/// Of two waiting calls on one object the one that the server saw last is refused with 0x8004000C, and the other goes on.
/// Which one that is can be known only where they came far enough apart.
pub(super) fn one_call_waits_at_a_time(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts, method: Method) {
    const EXPECTED: &str = "0x8004000C for the second of two calls on one object";
    let config = model.config();
    if let Some(Due::OneRefused { first, second }) = due(model, event) {
        // When the first has come back, the second is the only one.
        let waits = |call: &&crate::model::Call| !model.is_cancelled(call);
        let Some(second) = model.call(*first).filter(waits).and_then(|_| model.call(*second)) else { return };
        let both_wait = !second.rival_refused && !is_hopeless(model, second) && waits_rightly(model, second);
        if second.is(method) && both_wait {
            let actual = format!("both are parked after {:?}", config.prompt);
            verdicts.fail(EXPECTED, actual).about(second.id()).within(config.prompt);
        }
        return;
    }
    if let Some(Due::Overtaken { first, .. }) = due(model, event) {
        let Some(first) = model.call(*first).filter(|first| first.is(method) && waits_rightly(model, first)) else {
            return;
        };
        if !is_hopeless(model, first) && !model.is_cancelled(first) && model.stimuli().shutdown().is_none() {
            let actual = "a second call came back with success while the first waits";
            verdicts.fail(EXPECTED, actual).about(first.id()).within(config.still_pending);
        }
        return;
    }
    let Some(finish) = Finish::of(model, event, method) else { return };
    let refused = finish.has_code(Hresult::CALL_OUTSTANDING);
    let later = finish.call.is_rivalled.then(|| model.calls().find(|other| other.rival == Some(finish.call.id())));
    if let Some(later) =
        later.flatten().filter(|_| finish.call.rival.is_none() && finish.outcome.succeeded() == Some(false))
    {
        let undisturbed =
            finish.within(States::REGISTERED) && waits_rightly(model, finish.call) && !model.is_cancelled(finish.call);
        if undisturbed && finish.call.arrived_before(later, config) && !tells_of_lack(finish.outcome) {
            verdicts.fail("the first call to go on waiting", format!("{}", finish.outcome));
        } else if refused {
            verdicts.pass();
        }
        return;
    }
    let Some(first) = finish.call.rival.and_then(|id| model.call(id)) else { return };
    let certain = first.arrived_before(finish.call, config)
        && finish.within(States::REGISTERED)
        && waits_rightly(model, finish.call);
    match finish.outcome {
        _ if refused => {
            verdicts.pass();
        }
        Outcome::Lost => {}
        // The first may have come back at the server already: see Due::Overtaken.
        _ if finish.outcome.succeeded() != Some(false) => {}
        _ if certain && !finish.call.rival_refused && !model.is_cancelled(finish.call) => {
            verdicts.fail(EXPECTED, format!("{}", finish.outcome));
        }
        _ => {}
    }
}

/// Whether the call's object may be without registration, so that other codes than 0x8004000C are right.
fn is_hopeless(model: &Scene<'_>, call: &crate::model::Call) -> bool {
    model.object_of(call).is_none_or(|object| !object.states_during(call).within(States::REGISTERED))
}

/// The codes of the two conditions that a server throws as exceptions: fault or HRESULT of that very value.
pub(super) fn codes_are_right(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts, method: Method) {
    let Some(finish) = Finish::of(model, event, method) else { return };
    let object = finish.object.filter(|_| waits_rightly(model, finish.call));
    let left = object.and_then(|object| object.overlapping(finish.call, States::UNREGISTERED));
    let ended = left.is_some_and(|left| finish.call.arrived_before_transition(left, model.config()));
    let first = finish.call.rival.and_then(|id| model.call(id));
    let second = object.is_some() && first.is_some_and(|first| first.arrived_before(finish.call, model.config()));
    let deleted = object.is_some_and(|object| object.overlapping(finish.call, States::GONE).is_some());
    let alone = is_alone(model, finish.call) && !deleted;
    let expected = match (ended && alone, second && finish.within(States::REGISTERED)) {
        (true, _) => Hresult::NOTIFICATIONS_TERMINATED,
        (_, true) => Hresult::CALL_OUTSTANDING,
        _ => return,
    };
    let tolerated = expected == Hresult::NOTIFICATIONS_TERMINATED
        && matches!(finish.outcome.fault(), Some(0x0000_071A | 0x1C00_000D));
    if finish.has_code(expected) {
        verdicts.pass();
    } else if finish.outcome.succeeded() == Some(false) && !tolerated {
        verdicts.fail(format!("{expected}, best as a fault"), format!("{}", finish.outcome));
    }
}

/// What a GetNotification that succeeded brought.
fn success<'a>(finish: &Finish<'a>) -> Option<&'a GetNotificationOut> {
    match finish.outcome.output() {
        Some(method::Out::GetNotification(output)) if output.status.is_success() => Some(output),
        _ => None,
    }
}

fn notification_has_a_type(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(finish) = Finish::of(model, event, Method::GetNotification) else { return };
    match success(&finish).map(|output| output.notification_type) {
        Some(None) => {
            verdicts.fail("a pointer to the type", "NULL");
        }
        Some(Some(_)) => {
            verdicts.pass();
        }
        None => {}
    }
}

/// All 128 bits, in every success that no deletion explains (SD-04, SD-49).
fn type_is_the_registered_one(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(finish) = Finish::of(model, event, Method::GetNotification) else { return };
    let Some(kind) = success(&finish).and_then(|output| output.notification_type) else { return };
    let Some(registration) = finish.registration(model).filter(|registration| registration.certain) else { return };
    let expected = registration.notification_type;
    if kind == expected {
        verdicts.pass().on(&["PAN-3.1.1.4.5-05", "PAN-2.2.1-01"]);
    } else if kind == NotificationType::RELEASE {
        // Without knowledge of the source the printer may have been deleted unseen.
        let known = model.config().source == Source::Exclusive;
        let left = !finish.within(States::REGISTERED);
        if left || model.stimuli().certain_end_of(registration).is_some() {
            verdicts.pass().on(&["PAN-2.2.1-02"]);
        } else if known && model.stimuli().end_of(registration).is_none() {
            verdicts.fail(format!("{expected}"), format!("{kind}, though nothing ended")).on(&["PAN-3.1.1.4.5-05"]);
        }
    } else {
        // Bits that were put right, or in another order, and not just another type.
        let alike = (kind.0.as_u128() ^ expected.0.as_u128()).count_ones() <= 8
            || Uuid::from_bytes_le(kind.0.into_bytes()) == expected.0;
        let swapped = Uuid::from_bytes_le(kind.0.into_bytes()) == NotificationType::RELEASE.0;
        let decided: &[&str] = if swapped || kind.0.is_nil() {
            &["PAN-3.1.1.4.5-05", "PAN-2.2.1-02"]
        } else if alike {
            &["PAN-3.1.1.4.5-05", "PAN-2.2.1-01"]
        } else {
            &["PAN-3.1.1.4.5-05"]
        };
        verdicts.fail(format!("{expected}, as registered"), format!("{kind}")).on(decided);
    }
}

fn size_counts_the_data(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(finish) = Finish::of(model, event, Method::GetNotification) else { return };
    let Some(output) = success(&finish) else { return };
    let size = u64::from(output.out_size);
    match &output.notification_data {
        Some(data) if data.max_count == size => {
            verdicts.pass();
        }
        Some(data) => {
            verdicts.fail(format!("pOutSize {}, as the array has", data.max_count), format!("{size}"));
        }
        None if size == 0 => {
            verdicts.pass();
        }
        None => {
            verdicts.fail("pOutSize 0 without data", format!("{size}"));
        }
    }
}

/// A breach warns (SD-30).
fn release_carries_no_data(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(finish) = Finish::of(model, event, Method::GetNotification) else { return };
    let released = |output: &&GetNotificationOut| output.notification_type == Some(NotificationType::RELEASE);
    let Some(output) = success(&finish).filter(released) else { return };
    if output.out_size == 0 && output.notification_data.as_ref().is_none_or(|data| data.elements.is_empty()) {
        verdicts.pass();
    } else {
        verdicts.warn("no data with NOTIFICATION_RELEASE (SD-30)", format!("{} octets", output.out_size));
    }
}
