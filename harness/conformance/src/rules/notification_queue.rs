//! What GetNotification brings ([MS-PAN] 3.1.1.1, 3.1.1.4.5): every notification of the queue once, whole and in order.

use alloc::format;
use alloc::string::String;

use mspan::{Hresult, Method, NotificationType, method};
use trace::stimulus::Request;

use super::finish::{Finish, due, tells_of_lack, unseen_end, waits_rightly};
use crate::catalogue::Level;
use crate::event::Event;
use crate::fact::Facts;
use crate::model::{Call, Delivery, Due, Effect, Expectation, Moment, Registration, States, Stimulus};
use crate::occasion::Occasions;
use crate::rule::{Party, Rule, Verdicts};
use crate::scene::Scene;

/// The rules of these sections.
pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "MS-PAN/3.1.1.4.5/data-is-what-the-source-sent",
        section: "3.1.1.4.5",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-3.1.1.4.5-08"],
        occasions: Occasions::FINISHED.of(&[Method::GetNotification]).given(Facts::SOURCE),
        judge: data_is_what_the_source_sent,
    },
    Rule {
        id: "MS-PAN/3.1.1.4.5/call-ends-with-a-notification-only",
        section: "3.1.1.4.5",
        level: Level::MustNot,
        party: Party::Server,
        requirements: &["PAN-3.1.1.4.5-26", "PAN-3.1.1.4.5-27"],
        occasions: Occasions::FINISHED.of(&[Method::GetNotification]).or(Occasions::BLOCKED).given(Facts::EVENTFUL),
        judge: call_ends_with_a_notification_only,
    },
    Rule {
        id: "MS-PAN/3.1.1.4.5/notifications-are-buffered",
        section: "3.1.1.4.5",
        level: Level::Should,
        party: Party::Server,
        requirements: &["PAN-3.1.1.4.5-29"],
        occasions: Occasions::FINISHED.of(&[Method::GetNotification]).or(Occasions::DELIVERED).given(Facts::SOURCE),
        judge: notifications_are_buffered,
    },
    Rule {
        id: "MS-PAN/3.1.1.1/each-registration-has-its-own-queue",
        section: "3.1.1.1",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-3.1.1.1-04"],
        occasions: Occasions::FINISHED.of(&[Method::GetNotification]).or(Occasions::DELIVERED).given(Facts::SOURCE),
        judge: each_registration_has_its_own_queue,
    },
];

/// How many notifications a queue may be expected to hold: the one number that product note 10 gives.
pub(super) const QUEUE_LENGTH: usize = 100;

/// A GetNotification on a certain registration that brought a notification, with what that turns out to be.
pub(super) struct Returned<'a> {
    pub(super) call: &'a Call,
    pub(super) registration: &'a Registration,
    pub(super) delivery: Delivery,
    pub(super) data: &'a [u8],
}

impl<'a> Returned<'a> {
    pub(super) fn of(model: &'a Scene<'_>, event: &'a Event) -> Option<Self> {
        // A capture knows nothing of what was raised.
        if !model.knows_sources() {
            return None;
        }
        let finish = Finish::of(model, event, Method::GetNotification)?;
        let registration = finish.registration(model).filter(|registration| registration.certain)?;
        let Some(method::Out::GetNotification(output)) = finish.outcome.output() else { return None };
        if output.status.is_failure() || output.notification_type == Some(NotificationType::RELEASE) {
            return None;
        }
        let data = output.notification_data.as_ref().map_or(&[][..], |data| &data.elements);
        let delivery = model.explain(registration, data);
        Some(Self { call: finish.call, registration, delivery, data })
    }

    /// The stimulus that explains it.
    pub(super) fn stimulus(&self, model: &'a Scene<'_>) -> Option<&'a Stimulus> {
        match self.delivery {
            Delivery::Of(number) => model.stimuli().get(number),
            _ => None,
        }
    }
}

fn data_is_what_the_source_sent(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(returned) = Returned::of(model, event) else { return };
    let known = model.knows_source_of(returned.registration.notification_type);
    let actual = match returned.delivery {
        Delivery::Of(_) => {
            verdicts.pass();
            return;
        }
        Delivery::Again(_) => format!("the {} octets of one that this registration had returned", returned.data.len()),
        Delivery::Altered(_) => format!("{} octets that no source has sent", returned.data.len()),
        Delivery::Foreign(..) | Delivery::Unexplained => return,
    };
    if known {
        verdicts.fail("the octets of a notification that is waiting", actual);
    } else {
        verdicts.inconclusive(format!("{actual} here, but the server has sources of its own"));
    }
}

fn call_ends_with_a_notification_only(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    if let Some(Due::Blocked(call)) = due(model, event) {
        let Some(call) = model.call(*call).filter(|call| call.is(Method::GetNotification)) else { return };
        let registration = call.registration.and_then(|id| model.registration(id));
        if registration.is_some_and(|known| known.certain && model.owed(known).next().is_none()) {
            verdicts.pass().on(&["PAN-3.1.1.4.5-26"]).about(call.id());
        }
        return;
    }
    if let Some((call, actual)) = ended_for_nothing(model, event) {
        if let Some(why) = unseen_end(model, call, event) {
            verdicts.inconclusive(why).on(&["PAN-3.1.1.4.5-26"]);
            return;
        }
        verdicts.fail("no return before there is a notification", actual).on(&["PAN-3.1.1.4.5-26"]);
        return;
    }
    let Some(returned) = Returned::of(model, event) else { return };
    match returned.delivery {
        Delivery::Of(_) => {
            verdicts.pass().on(&["PAN-3.1.1.4.5-26"]);
        }
        Delivery::Unexplained if !model.knows_source_of(returned.registration.notification_type) => {
            let why = "a notification that the harness did not ask for, but the server has sources of its own";
            verdicts.inconclusive(why).on(&["PAN-3.1.1.4.5-26"]);
        }
        Delivery::Unexplained if model.stimuli().shutdown().is_some() => {
            let actual = format!("success with {} octets that no source has sent", returned.data.len());
            verdicts.fail("a failure, for the server shuts down", actual).on(&["PAN-3.1.1.4.5-27"]);
        }
        Delivery::Unexplained => {
            let actual = format!("success with {} octets while none was waiting", returned.data.len());
            verdicts.fail("no return before there is a notification", actual).on(&["PAN-3.1.1.4.5-26"]);
        }
        Delivery::Again(_) | Delivery::Foreign(..) | Delivery::Altered(_) => {}
    }
}

/// How a call failed that had been waiting on a registration as it should, where nothing is known that ends it: neither
/// another call that it has to give way to, nor the end of its registration, nor a cancellation, nor a lack of resources.
/// That a call waits at all is judged where registrations are.
fn ended_for_nothing<'a>(model: &'a Scene<'_>, event: &'a Event) -> Option<(&'a Call, String)> {
    let finish = Finish::of(model, event, Method::GetNotification)?;
    let registration = finish.registration(model)?;
    let code = finish.outcome.code().map(Hresult).filter(|_| finish.outcome.succeeded() == Some(false))?;
    // What the RPC runtime throws has reasons of its own.
    let own = code == Hresult::NOTIFICATIONS_TERMINATED || finish.outcome.fault().is_none();
    let quiet = finish.call.rival.is_none()
        && registration.is_live()
        && waits_rightly(model, finish.call)
        && finish.within(States::REGISTERED)
        && finish.call.terminated.is_none()
        && model.stimuli().end_of(registration).is_none()
        && !model.is_cancelled(finish.call);
    let waited = event.time.since(finish.call.at.time) >= model.config().still_pending;
    let refused = code == Hresult::CALL_OUTSTANDING || tells_of_lack(finish.outcome);
    (own && quiet && waited && !refused).then(|| (finish.call, format!("{}", finish.outcome)))
}

/// The notification that a call waits no longer for, when the time for it has passed. The flag tells whether the call
/// certainly was waiting when the notification was raised.
pub(super) fn missed<'a>(
    model: &'a Scene<'_>,
    event: &Event,
) -> Option<(&'a Call, &'a Registration, &'a Stimulus, bool)> {
    let Some(Due::Delivered { call, registration, stimulus }) = due(model, event) else { return None };
    let call = model.call(*call).filter(|call| call.rival.is_none() && call.terminated.is_none())?;
    let registration = model.registration(*registration)?;
    let stimulus = model.stimuli().get(*stimulus)?;
    let owed = !registration.delivered.contains_key(&stimulus.number)
        && model.expectation(registration, stimulus) == Some(Expectation::Must);
    // Of notifications with the same octets nobody knows which one came.
    let known_apart = matches!(&stimulus.request, Request::Notify { data, .. } if !model.is_ambiguous(data));
    if !owed || !known_apart || model.stimuli().end_of(registration).is_some() {
        return None;
    }
    let waited = call.at < stimulus.asked && stimulus.asked.time.since(call.at.time) >= model.config().still_pending;
    Some((call, registration, stimulus, waited))
}

/// A server may lose what its queue can't hold; nobody says how much that is, so a queue that has seen more than the
/// product's number is left alone (SD-65).
fn notifications_are_buffered(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    if let Some((call, registration, stimulus, false)) = missed(model, event) {
        if overflowed(model, registration) || taken_by(model, registration, stimulus).is_some() {
            return;
        }
        let bound = model.config().prompt;
        let expected = format!("the notification of stimulus {}, raised before the call", stimulus.number);
        verdicts.fail(expected, format!("the call still waits after {bound:?}")).about(call.id()).within(bound);
        return;
    }
    let Some(returned) = Returned::of(model, event) else { return };
    let Some(stimulus) = returned.stimulus(model) else { return };
    if matches!(stimulus.effect(), Effect::Done(done) if done < returned.call.at) {
        verdicts.pass();
    }
}

fn overflowed(model: &Scene<'_>, registration: &Registration) -> bool {
    registration.delivered.len() + model.owed(registration).count() > QUEUE_LENGTH
}

/// Another registration that has returned the notification which this one waits for.
pub(super) fn taken_by<'a>(
    model: &'a Scene<'_>,
    registration: &Registration,
    stimulus: &Stimulus,
) -> Option<&'a Registration> {
    model.registrations().find(|other| other.id != registration.id && other.delivered.contains_key(&stimulus.number))
}

/// First in, first out, and nothing taken away by another registration. A breach warns (SD-65).
fn each_registration_has_its_own_queue(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    if let Some((call, registration, stimulus, false)) = missed(model, event) {
        if let Some(other) = taken_by(model, registration, stimulus).filter(|_| !overflowed(model, registration)) {
            let bound = model.config().prompt;
            let expected = format!("the notification of stimulus {} (SD-65)", stimulus.number);
            let actual = format!("it went to the registration of object {} alone", other.remote_object);
            verdicts.warn(expected, actual).about(call.id()).within(bound);
        }
        return;
    }
    let Some(returned) = Returned::of(model, event) else { return };
    let Some(stimulus) = returned.stimulus(model) else { return };
    let Effect::Done(done) = stimulus.effect() else { return };
    // Of calls that overlap, nobody knows which the server answered first.
    let raised_later = |(number, returned_at): &(&u64, &Moment)| {
        **returned_at < returned.call.at && model.stimuli().get(**number).is_some_and(|other| other.asked > done)
    };
    match returned.registration.delivered.iter().find(raised_later) {
        Some(_) if model.is_ambiguous(returned.data) => {}
        Some((later, _)) => {
            let expected = "notifications in the order in which they were raised (SD-65)";
            verdicts.warn(expected, format!("that of stimulus {} after that of {later}", stimulus.number));
        }
        None => {
            verdicts.pass();
        }
    }
}
