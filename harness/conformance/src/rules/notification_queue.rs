//! What GetNotification brings ([MS-PAN] 3.1.1.1, 3.1.1.4.5, 3.1.1.6, 2.2.1 to 2.2.3): every notification to those that it
//! is for, once, whole and in order.

use alloc::format;
use alloc::string::String;

use mspan::{Hresult, Method, NotificationType, UserFilter, method};
use trace::stimulus::Request;

use super::finish::{Finish, due, tells_of_lack, waits_rightly};
use crate::catalogue::Level;
use crate::event::Event;
use crate::model::{
    Call, Delivery, Due, Effect, Expectation, Mismatch, Model, Moment, Registration, Source, States, Stimulus,
};
use crate::rule::{Party, Rule, Verdicts};

/// The rules of these sections.
pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "MS-PAN/3.1.1.4.5/data-is-what-the-source-sent",
        section: "3.1.1.4.5",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-3.1.1.4.5-08"],
        judge: data_is_what_the_source_sent,
    },
    Rule {
        id: "MS-PAN/3.1.1.4.5/call-ends-with-a-notification-only",
        section: "3.1.1.4.5",
        level: Level::MustNot,
        party: Party::Server,
        requirements: &["PAN-3.1.1.4.5-26", "PAN-3.1.1.4.5-27"],
        judge: call_ends_with_a_notification_only,
    },
    Rule {
        id: "MS-PAN/3.1.1.4.5/notifications-without-registration-are-discarded",
        section: "3.1.1.4.5",
        level: Level::Should,
        party: Party::Server,
        requirements: &["PAN-3.1.1.4.5-28"],
        judge: |model, event, verdicts| {
            let decided = &["PAN-3.1.1.4.5-28"];
            judge_mismatch(model, event, verdicts, Mismatch::BeforeRegistration, "one raised since", decided);
        },
    },
    Rule {
        id: "MS-PAN/3.1.1.4.5/nothing-raised-later-is-returned",
        section: "3.1.1.4.5",
        level: Level::MustNot,
        party: Party::Server,
        requirements: &["PAN-3.1.1.4.5-25"],
        judge: |model, event, verdicts| {
            let decided = &["PAN-3.1.1.4.5-25"];
            judge_mismatch(model, event, verdicts, Mismatch::AfterEnd, "none after the unregistration", decided);
        },
    },
    Rule {
        id: "MS-PAN/2.2.1/type-selects-registrations",
        section: "2.2.1",
        level: Level::Must,
        party: Party::Server,
        requirements: &[
            "PAN-2.2.1-06",
            "PAN-2.2.1-04",
            "PAN-2.2.1-05",
            "PAN-3.1.1.6-02",
            "PAN-3.1.1.1-03",
            "PAN-3.1.1.4.1-27",
            "PAN-3.1.1.4.5-23",
        ],
        judge: type_selects_registrations,
    },
    Rule {
        id: "MS-PAN/3.1.1.1/name-selects-registrations",
        section: "3.1.1.1",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-3.1.1.1-03", "PAN-3.1.1.1-02", "PAN-3.1.1.4.5-23"],
        judge: |model, event, verdicts| {
            let decided = &["PAN-3.1.1.1-03", "PAN-3.1.1.1-02", "PAN-3.1.1.4.5-23"];
            judge_mismatch(model, event, verdicts, Mismatch::Name, "one about the registered printer", decided);
        },
    },
    Rule {
        id: "MS-PAN/2.2.2/user-selects-registrations",
        section: "2.2.2",
        level: Level::Must,
        party: Party::Server,
        requirements: &[
            "PAN-2.2.2-03",
            "PAN-3.1.1.6-05",
            "PAN-3.1.1.1-02",
            "PAN-3.1.1.1-03",
            "PAN-3.1.1.4.5-23",
            "PAN-2.2.2-01",
        ],
        judge: |model, event, verdicts| {
            let decided = &[
                "PAN-2.2.2-03",
                "PAN-3.1.1.6-05",
                "PAN-3.1.1.1-02",
                "PAN-3.1.1.1-03",
                "PAN-3.1.1.4.5-23",
                "PAN-2.2.2-01",
            ];
            judge_mismatch(model, event, verdicts, Mismatch::User, "one for the registered user or for all", decided);
        },
    },
    Rule {
        id: "MS-PAN/2.2.3/style-selects-registrations",
        section: "2.2.3",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-2.2.3-01", "PAN-3.1.1.1-03"],
        judge: style_selects_registrations,
    },
    Rule {
        id: "MS-PAN/3.1.1.6/waiting-call-gets-its-notification",
        section: "3.1.1.6",
        level: Level::Must,
        party: Party::Server,
        requirements: &[
            "PAN-3.1.1.6-05",
            "PAN-2.2.2-02",
            "PAN-2.2.2-04",
            "PAN-2.2.1-05",
            "PAN-3.1.1.4.1-08",
            "PAN-2.2.2-01",
        ],
        judge: waiting_call_gets_its_notification,
    },
    Rule {
        id: "MS-PAN/3.1.1.4.5/notifications-are-buffered",
        section: "3.1.1.4.5",
        level: Level::Should,
        party: Party::Server,
        requirements: &["PAN-3.1.1.4.5-29"],
        judge: notifications_are_buffered,
    },
    Rule {
        id: "MS-PAN/3.1.1.1/each-registration-has-its-own-queue",
        section: "3.1.1.1",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-3.1.1.1-04"],
        judge: each_registration_has_its_own_queue,
    },
];

/// How many notifications a queue may be expected to hold: the one number that product note 10 gives.
pub(super) const QUEUE_LENGTH: usize = 100;

/// A GetNotification on a certain registration that brought a notification, with what that turns out to be.
pub(super) struct Returned<'a> {
    pub(super) call: &'a Call,
    pub(super) registration: &'a Registration,
    delivery: Delivery,
    pub(super) data: &'a [u8],
}

impl<'a> Returned<'a> {
    pub(super) fn of(model: &'a Model, event: &'a Event) -> Option<Self> {
        let finish = Finish::of(model, event, Method::GetNotification)?;
        let registration = finish.registration(model).filter(|registration| registration.certain)?;
        let Some(method::Out::GetNotification(output)) = finish.outcome.output() else { return None };
        if output.status.is_failure() || output.notification_type == Some(NotificationType::RELEASE) {
            return None;
        }
        // A capture knows nothing of what was raised.
        if model.config().source == Source::Unseen && model.stimuli().is_empty() {
            return None;
        }
        let data = output.notification_data.as_ref().map_or(&[][..], |data| &data.elements);
        let delivery = model.explain(registration, data);
        Some(Self { call: finish.call, registration, delivery, data })
    }

    /// The stimulus that explains it.
    pub(super) fn stimulus(&self, model: &'a Model) -> Option<&'a Stimulus> {
        match self.delivery {
            Delivery::Of(number) => model.stimuli().get(number),
            _ => None,
        }
    }
}

fn data_is_what_the_source_sent(model: &Model, event: &Event, verdicts: &mut Verdicts) {
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

fn call_ends_with_a_notification_only(model: &Model, event: &Event, verdicts: &mut Verdicts) {
    if let Some(Due::Blocked(call)) = due(model, event) {
        let Some(call) = model.call(*call).filter(|call| call.is(Method::GetNotification)) else { return };
        let registration = call.registration.and_then(|id| model.registration(id));
        if registration.is_some_and(|known| known.certain && model.owed(known).next().is_none()) {
            verdicts.pass().on(&["PAN-3.1.1.4.5-26"]).about(call.id());
        }
        return;
    }
    if let Some(actual) = ended_for_nothing(model, event) {
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
fn ended_for_nothing(model: &Model, event: &Event) -> Option<String> {
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
    (own && quiet && waited && !refused).then(|| format!("{}", finish.outcome))
}

/// A notification that is not for this registration must not come; when the call ends otherwise although such ones were
/// raised, that holds.
fn judge_mismatch(
    model: &Model,
    event: &Event,
    verdicts: &mut Verdicts,
    mismatch: Mismatch,
    expected: &str,
    decided: &'static [&'static str],
) {
    if let Some(Returned { delivery: Delivery::Foreign(number, found), .. }) = Returned::of(model, event) {
        if found == mismatch {
            verdicts.fail(expected, format!("the notification of stimulus {number}")).on(decided);
        }
        return;
    }
    let Some(finish) = Finish::of(model, event, Method::GetNotification) else { return };
    let Some(registration) = finish.registration(model).filter(|registration| registration.certain) else { return };
    let avoided = |stimulus: &Stimulus| model.expectation(registration, stimulus) == Some(Expectation::Not(mismatch));
    if finish.outcome.succeeded().is_some() && model.stimuli().iter().any(avoided) {
        verdicts.pass().on(decided);
    }
}

fn type_selects_registrations(model: &Model, event: &Event, verdicts: &mut Verdicts) {
    let mut decided: &[&str] = &["PAN-2.2.1-06", "PAN-3.1.1.6-02", "PAN-3.1.1.1-03", "PAN-3.1.1.4.5-23"];
    if let Some(Returned { delivery: Delivery::Foreign(number, Mismatch::Type), registration, .. }) =
        Returned::of(model, event)
    {
        let raised = model.stimuli().get(number).and_then(raised_type);
        let mut siblings = model.registrations().filter(|other| {
            other.association == registration.association && other.id != registration.id && other.is_live()
        });
        match registration.notification_type {
            NotificationType::ASYNC_UI if raised.is_some_and(configures) => {
                decided = &["PAN-2.2.1-06", "PAN-2.2.1-04", "PAN-3.1.1.4.5-23"];
            }
            kind if configures(kind) && raised == Some(NotificationType::ASYNC_UI) => {
                decided = &["PAN-2.2.1-06", "PAN-2.2.1-05", "PAN-3.1.1.4.5-23"];
            }
            _ if siblings.any(|other| Some(other.notification_type) == raised) => {
                decided = &["PAN-2.2.1-06", "PAN-3.1.1.4.1-27", "PAN-3.1.1.1-03", "PAN-3.1.1.4.5-23"];
            }
            _ => {}
        }
    }
    judge_mismatch(model, event, verdicts, Mismatch::Type, "one of the registered type", decided);
}

/// Whether a type is that of printer configuration, in either spelling (SD-01).
fn configures(kind: NotificationType) -> bool {
    kind == NotificationType::PRINTER_CONFIGURATION || kind == NotificationType::PRINTER_CONFIGURATION_SDK
}

fn raised_type(stimulus: &Stimulus) -> Option<NotificationType> {
    match &stimulus.request {
        Request::Notify { audience, .. } | Request::OpenChannel { audience, .. } => {
            Some(NotificationType(audience.notification_type))
        }
        _ => None,
    }
}

/// What is sent on channels comes by no GetNotification.
fn style_selects_registrations(model: &Model, event: &Event, verdicts: &mut Verdicts) {
    let decided = &["PAN-2.2.3-01", "PAN-3.1.1.1-03"];
    if let Some(returned) = Returned::of(model, event) {
        match returned.delivery {
            Delivery::Foreign(_, Mismatch::Style) => {
                verdicts.fail("a unidirectional notification", "what was sent on a channel").on(decided);
            }
            Delivery::Of(_) if returned.registration.is_unidirectional() => {
                verdicts.pass().on(decided);
            }
            _ => {}
        }
    }
}

/// The notification that a call waits no longer for, when the time for it has passed. The flag tells whether the call
/// certainly was waiting when the notification was raised.
pub(super) fn missed<'a>(model: &'a Model, event: &Event) -> Option<(&'a Call, &'a Registration, &'a Stimulus, bool)> {
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

fn waiting_call_gets_its_notification(model: &Model, event: &Event, verdicts: &mut Verdicts) {
    if let Some((call, registration, stimulus, true)) = missed(model, event) {
        let bound = model.config().prompt;
        let expected = format!("the notification of stimulus {}", stimulus.number);
        let actual = format!("the call still waits after {bound:?}");
        let mut decided = reasons(registration, stimulus);
        if taken_by(model, registration, stimulus).is_some_and(|other| alike(registration, other)) {
            // Not its audience was misread: there was but one for two.
            decided = &["PAN-3.1.1.6-05"];
        }
        verdicts.fail(expected, actual).on(decided).about(call.id()).within(bound);
        return;
    }
    let Some(returned) = Returned::of(model, event) else { return };
    let Some(stimulus) = returned.stimulus(model).filter(|stimulus| returned.call.at < stimulus.asked) else { return };
    verdicts.pass().on(reasons(returned.registration, stimulus));
    if returned.registration.name.is_none() {
        verdicts.pass().on(&["PAN-3.1.1.4.1-08"]);
    }
}

/// The requirements by which a notification is for a registration.
fn reasons(registration: &Registration, stimulus: &Stimulus) -> &'static [&'static str] {
    let Request::Notify { audience, .. } = &stimulus.request else { return &["PAN-3.1.1.6-05"] };
    if configures(registration.notification_type) {
        return &["PAN-3.1.1.6-05", "PAN-2.2.1-05"];
    }
    match (registration.filter, UserFilter(audience.filter)) {
        (UserFilter::ALL_USERS, _) => &["PAN-3.1.1.6-05", "PAN-2.2.2-04", "PAN-2.2.2-01"],
        _ => &["PAN-3.1.1.6-05", "PAN-2.2.2-02"],
    }
}

/// A server may lose what its queue can't hold; nobody says how much that is, so a queue that has seen more than the
/// product's number is left alone (SD-65).
fn notifications_are_buffered(model: &Model, event: &Event, verdicts: &mut Verdicts) {
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

/// Whether two registrations differ in nothing that a notification can tell.
fn alike(one: &Registration, other: &Registration) -> bool {
    let key = |known: &Registration| (known.notification_type, known.filter, known.style);
    key(one) == key(other) && one.name == other.name && one.user == other.user
}

fn overflowed(model: &Model, registration: &Registration) -> bool {
    registration.delivered.len() + model.owed(registration).count() > QUEUE_LENGTH
}

/// Another registration that has returned the notification which this one waits for.
pub(super) fn taken_by<'a>(
    model: &'a Model,
    registration: &Registration,
    stimulus: &Stimulus,
) -> Option<&'a Registration> {
    model.registrations().find(|other| other.id != registration.id && other.delivered.contains_key(&stimulus.number))
}

/// First in, first out, and nothing taken away by another registration. A breach warns (SD-65).
fn each_registration_has_its_own_queue(model: &Model, event: &Event, verdicts: &mut Verdicts) {
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
