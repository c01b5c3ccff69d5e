//! Whom a notification is for ([MS-PAN] 2.2.1 to 2.2.3, 3.1.1.1, 3.1.1.4.5, 3.1.1.6): type, print queue, user, style and time
//! select the registrations that get it.

use alloc::format;

use mspan::{Method, NotificationType, UserFilter};
use trace::stimulus::Request;

use super::finish::Finish;
use super::notification_queue::{Returned, missed, taken_by};
use crate::catalogue::Level;
use crate::event::Event;
use crate::fact::Facts;
use crate::model::{Delivery, Expectation, Mismatch, Registration, Stimulus};
use crate::occasion::Occasions;
use crate::rule::{Party, Rule, Verdicts};
use crate::scene::Scene;

/// The rules about audiences.
pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "MS-PAN/3.1.1.4.5/notifications-without-registration-are-discarded",
        section: "3.1.1.4.5",
        level: Level::Should,
        party: Party::Server,
        requirements: &["PAN-3.1.1.4.5-28"],
        occasions: Occasions::FINISHED.of(&[Method::GetNotification]).given(Facts::SOURCE),
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
        occasions: Occasions::FINISHED.of(&[Method::GetNotification]).given(Facts::SOURCE),
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
        occasions: Occasions::FINISHED.of(&[Method::GetNotification]).given(Facts::SOURCE),
        judge: type_selects_registrations,
    },
    Rule {
        id: "MS-PAN/3.1.1.1/name-selects-registrations",
        section: "3.1.1.1",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-3.1.1.1-03", "PAN-3.1.1.1-02", "PAN-3.1.1.4.5-23"],
        occasions: Occasions::FINISHED.of(&[Method::GetNotification]).given(Facts::SOURCE),
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
        occasions: Occasions::FINISHED.of(&[Method::GetNotification]).given(Facts::SOURCE),
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
        id: "MS-PAN/3.1.1.6.5/registrations-are-their-callers",
        section: "3.1.1.6.5",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-3.1.1.6.5-01"],
        occasions: Occasions::FINISHED.of(&[Method::GetNotification]).given(Facts::SOURCE),
        judge: registrations_are_their_callers,
    },
    Rule {
        id: "MS-PAN/2.2.3/style-selects-registrations",
        section: "2.2.3",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-2.2.3-01", "PAN-3.1.1.1-03"],
        occasions: Occasions::FINISHED.of(&[Method::GetNotification]).given(Facts::SOURCE),
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
        occasions: Occasions::FINISHED.of(&[Method::GetNotification]).or(Occasions::DELIVERED).given(Facts::SOURCE),
        judge: waiting_call_gets_its_notification,
    },
];

/// A notification that is not for this registration must not come; when the call ends otherwise although such ones were
/// raised, that holds.
fn judge_mismatch(
    model: &Scene<'_>,
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

fn type_selects_registrations(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
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

/// What shows of the current authenticated user: whose notifications a registration gets that was made under a security
/// context.
fn registrations_are_their_callers(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(returned) = Returned::of(model, event).filter(|returned| returned.registration.authenticated) else {
        return;
    };
    let user = returned.registration.user.as_ref().map_or("", |user| user.name.as_str());
    match returned.delivery {
        Delivery::Foreign(number, Mismatch::User) => {
            let expected =
                format!("what is meant for {user:?}, under whose security context the registration was made");
            verdicts.fail(expected, format!("the notification of stimulus {number}, for another user"));
        }
        Delivery::Of(number) if model.stimuli().get(number).is_some_and(is_for_one_user) => {
            verdicts.pass();
        }
        _ => {}
    }
}

fn is_for_one_user(stimulus: &Stimulus) -> bool {
    matches!(&stimulus.request, Request::Notify { audience, .. } if UserFilter(audience.filter) == UserFilter::PER_USER)
}

/// What is sent on channels comes by no GetNotification.
fn style_selects_registrations(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
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

fn waiting_call_gets_its_notification(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
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

/// Whether two registrations differ in nothing that a notification can tell.
fn alike(one: &Registration, other: &Registration) -> bool {
    let key = |known: &Registration| (known.notification_type, known.filter, known.style);
    key(one) == key(other) && one.name == other.name && one.user == other.user
}
