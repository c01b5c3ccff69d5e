//! IRPCAsyncNotify_RegisterClient ([MS-PAN] 3.1.1.4.1).

use alloc::format;

use mspan::method::{self, RegisterClientIn};
use mspan::{ConversationStyle, Hresult, Method, NotificationType, UserFilter};
use uuid::Variant;

use super::finish::{Finish, is_crowded, judge_exceptions, judge_zero, tells_of_lack};
use super::printer_name::Syntax;
use crate::catalogue::Level;
use crate::event::{Event, Outcome};
use crate::fact::Facts;
use crate::model::{Registration, States};
use crate::occasion::Occasions;
use crate::rule::{Party, Rule, Verdicts};
use crate::scene::Scene;

/// The rules of this section.
pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "MS-PAN/3.1.1.4.1/malformed-name-is-refused",
        section: "3.1.1.4.1",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-3.1.1.4.1-07"],
        occasions: Occasions::FINISHED.of(&[Method::RegisterClient]),
        judge: malformed_name_is_refused,
    },
    Rule {
        id: "MS-PAN/3.1.1.4.1/no-name-means-the-server",
        section: "3.1.1.4.1",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-3.1.1.4.1-08"],
        occasions: Occasions::FINISHED.of(&[Method::RegisterClient]),
        judge: no_name_means_the_server,
    },
    Rule {
        id: "MS-PAN/3.1.1.4.1/there-is-no-referral",
        section: "3.1.1.4.1",
        level: Level::Should,
        party: Party::Server,
        requirements: &["PAN-3.1.1.4.1-12"],
        occasions: Occasions::FINISHED.of(&[Method::RegisterClient]),
        judge: there_is_no_referral,
    },
    Rule {
        id: "MS-PAN/3.1.1.4.1/register-returns-zero-or-an-error",
        section: "3.1.1.4.1",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-3.1.1.4.1-14", "PAN-1.8-01"],
        occasions: Occasions::FINISHED.of(&[Method::RegisterClient]),
        judge: |model, event, verdicts| {
            let bare = &["PAN-3.1.1.4.1-14", "PAN-1.8-01"];
            judge_zero(model, event, verdicts, Method::RegisterClient, &["PAN-3.1.1.4.1-14"], bare);
        },
    },
    Rule {
        id: "MS-PAN/3.1.1.4.1/all-users-needs-all-rights",
        section: "3.1.1.4.1",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-3.1.1.4.1-16", "PAN-3.1.1.4.1-35", "PAN-3.1.1.4.1-36"],
        occasions: Occasions::FINISHED.of(&[Method::RegisterClient]),
        judge: all_users_needs_all_rights,
    },
    Rule {
        id: "MS-PAN/3.1.1.4.1/registration-limit-has-its-code",
        section: "3.1.1.4.1",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-3.1.1.4.1-20"],
        occasions: Occasions::FINISHED.given(Facts::UNSUCCESSFUL),
        judge: registration_limit_has_its_code,
    },
    Rule {
        id: "MS-PAN/3.1.1.4.1/register-raises-no-exception-of-its-own",
        section: "3.1.1.4.1",
        level: Level::MustNot,
        party: Party::Server,
        requirements: &["PAN-3.1.1.4.1-23"],
        occasions: Occasions::FINISHED.of(&[Method::RegisterClient]),
        judge: |model, event, verdicts| judge_exceptions(model, event, verdicts, Method::RegisterClient, &[]),
    },
    Rule {
        id: "MS-PAN/3.1.1.4.1/registrations-stand-side-by-side",
        section: "3.1.1.4.1",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-3.1.1.4.1-31"],
        occasions: Occasions::FINISHED.of(&[Method::RegisterClient]),
        judge: registrations_stand_side_by_side,
    },
    Rule {
        id: "MS-PAN/2.2.1/types-are-opaque",
        section: "2.2.1",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-2.2.1-01", "PAN-1.8-05"],
        occasions: Occasions::FINISHED.of(&[Method::RegisterClient]),
        judge: types_are_opaque,
    },
    Rule {
        id: "MS-PAN/3.1.1.4.1/undefined-registrations-are-refused",
        section: "3.1.1.4.1",
        level: Level::May,
        party: Party::Server,
        requirements: &[],
        occasions: Occasions::FINISHED.of(&[Method::RegisterClient]),
        judge: undefined_registrations_are_refused,
    },
];

/// nca_s_fault_context_mismatch: the handle was refused, and nothing else looked at.
const CONTEXT_MISMATCH: u32 = 0x1C00_001A;

/// A RegisterClient that comes back.
struct Attempt<'a> {
    finish: Finish<'a>,
    input: &'a RegisterClientIn,
    syntax: Syntax,
}

/// Whether the caller has the rights that the parameters ask for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Authority {
    Enough,
    Lacking,
    Unknown,
}

impl<'a> Attempt<'a> {
    fn of(model: &'a Scene<'_>, event: &'a Event) -> Option<Self> {
        let finish = Finish::of(model, event, Method::RegisterClient)?;
        let Some(method::In::RegisterClient(input)) = &finish.call.started.input else { return None };
        let syntax = input.name.as_ref().map_or(Syntax::Good, |name| Syntax::of(&name.text()));
        Some(Self { finish, input, syntax })
    }

    /// One of which the specification says what becomes of it, but perhaps for its name.
    fn defined(model: &'a Scene<'_>, event: &'a Event) -> Option<Self> {
        Self::of(model, event).filter(|attempt| {
            attempt.finish.within(States::UNREGISTERED)
                && attempt.finish.outcome.fault() != Some(CONTEXT_MISMATCH)
                && attempt.finish.call.started.defects.is_empty()
                && attempt.undefined().is_none()
                && model.stimuli().shutdown().is_none()
        })
    }

    /// What makes the outcome undefined (SD-46), apart from the object's state.
    fn undefined(&self) -> Option<&'static str> {
        if self.input.filter.name().is_none() {
            Some("a NotifyFilter that is no filter")
        } else if self.input.style.name().is_none() {
            Some("a conversationStyle that is no style")
        } else if self.input.notification_type == NotificationType::RELEASE {
            Some("NOTIFICATION_RELEASE as the type")
        } else if self.configures_in_both_ways() {
            Some("the printer configuration type with kBiDirectional")
        } else {
            None
        }
    }

    fn configures_in_both_ways(&self) -> bool {
        let kind = self.input.notification_type;
        self.input.style == ConversationStyle::BIDIRECTIONAL
            && (kind == NotificationType::PRINTER_CONFIGURATION || kind == NotificationType::PRINTER_CONFIGURATION_SDK)
    }

    fn authority(&self, model: &Scene<'_>) -> Authority {
        match model.caller(&self.finish.call.started) {
            _ if self.input.filter == UserFilter::PER_USER => Authority::Enough,
            Some(user) if user.administrator => Authority::Enough,
            Some(_) => Authority::Lacking,
            None => Authority::Unknown,
        }
    }

    /// Whether the server has accepted this name before.
    fn name_is_good(&self, model: &Scene<'_>) -> bool {
        let name = self.input.name.as_ref().map(dcerpc::ndr::WideString::text);
        model.registrations().any(|known| known.name == name && model.stimuli().end_of(known).is_none())
    }

    /// Whether access was denied that nobody knows the user to have: what one user may, another may not (3.1.1.4.1).
    fn may_be_denied(&self, model: &Scene<'_>) -> bool {
        let name = self.input.name.as_ref().map(dcerpc::ndr::WideString::text);
        let user = model.caller(&self.finish.call.started);
        let granted = |known: &Registration| {
            known.certain && known.user.as_ref() == user && known.name == name && known.filter == self.input.filter
        };
        self.finish.has_code(Hresult::ACCESS_DENIED) && !(user.is_some() && model.registrations().any(granted))
    }

    /// Whether its object never was registered before.
    fn is_first(&self) -> bool {
        self.finish.object.is_some_and(|object| object.registration.is_none())
    }

    fn type_is_accepted(&self, model: &Scene<'_>) -> bool {
        model.registrations().any(|known| known.notification_type == self.input.notification_type)
    }

    /// Whether nothing but a limit can stand against it.
    fn must_succeed(&self, model: &Scene<'_>) -> bool {
        self.is_first()
            && self.authority(model) == Authority::Enough
            && self.name_is_good(model)
            && self.type_is_accepted(model)
    }

    fn actual(&self) -> alloc::string::String {
        format!("{}", self.finish.outcome)
    }
}

fn malformed_name_is_refused(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(attempt) = Attempt::defined(model, event).filter(|attempt| attempt.syntax == Syntax::Bad) else { return };
    let expected = "HRESULT 0x8007007B";
    match (attempt.finish.outcome.succeeded(), attempt.finish.outcome.hresult()) {
        (_, Some(Hresult::INVALID_NAME)) => {
            verdicts.pass();
        }
        (Some(true), _) => {
            verdicts.fail(expected, attempt.actual());
        }
        // Which of the two is looked at first is open (SD-50).
        (Some(false), Some(Hresult::ACCESS_DENIED)) if attempt.authority(model) != Authority::Enough => {}
        (Some(false), _) => {
            verdicts.warn(expected, attempt.actual());
        }
        (None, _) => {}
    }
}

fn no_name_means_the_server(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(attempt) = Attempt::defined(model, event).filter(|attempt| attempt.input.name.is_none()) else { return };
    match attempt.finish.outcome.code().map(Hresult) {
        // A server need not take every type (PAN-1.8-05).
        Some(Hresult::INVALID_ARGUMENT) if !attempt.type_is_accepted(model) => {}
        Some(Hresult::INVALID_NAME | Hresult::INVALID_ARGUMENT) => {
            verdicts.fail("a registration for the print server itself", attempt.actual());
        }
        Some(status) if status.is_success() => {
            verdicts.pass();
        }
        _ => {}
    }
}

fn there_is_no_referral(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(finish) = Finish::of(model, event, Method::RegisterClient) else { return };
    let Some(method::Out::RegisterClient(output)) = finish.outcome.output() else { return };
    match &output.referral {
        None => {
            verdicts.pass();
        }
        // What outputs hold after a failure is left open (SD-71).
        Some(_) if output.status.is_failure() => {}
        Some(name) => {
            verdicts.fail("NULL", format!("the name {:?}", name.text()));
        }
    }
}

fn all_users_needs_all_rights(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(attempt) = Attempt::defined(model, event).filter(|attempt| attempt.syntax == Syntax::Good) else { return };
    let mask: &[&str] = if attempt.input.name.is_none() { &["PAN-3.1.1.4.1-35"] } else { &["PAN-3.1.1.4.1-36"] };
    let known = model.caller(&attempt.finish.call.started).is_some();
    let (code, succeeded) = (attempt.finish.outcome.hresult(), attempt.finish.outcome.succeeded());
    let denied = code == Some(Hresult::ACCESS_DENIED);
    match (attempt.input.filter, attempt.authority(model), succeeded) {
        (UserFilter::ALL_USERS, Authority::Lacking, Some(true)) => {
            verdicts.fail("0x80070005 for a user without all rights", attempt.actual()).on(mask);
        }
        (UserFilter::ALL_USERS, Authority::Lacking, Some(false)) if denied => {
            verdicts.pass();
        }
        // What is looked at first is open, and so is what becomes of a queue that nobody knows (SD-50).
        (UserFilter::ALL_USERS, Authority::Lacking, Some(false)) if code == Some(Hresult::REGISTRATION_LIMIT) => {}
        (UserFilter::ALL_USERS, Authority::Lacking, Some(false))
            if attempt.input.name.is_some() && !attempt.name_is_good(model) => {}
        (UserFilter::ALL_USERS, Authority::Lacking, Some(false)) if !tells_of_lack(attempt.finish.outcome) => {
            verdicts.warn("HRESULT 0x80070005 (SD-51)", attempt.actual()).on(&["PAN-3.1.1.4.1-16"]);
        }
        (UserFilter::ALL_USERS, Authority::Enough, Some(true)) => {
            verdicts.pass().on(mask);
        }
        (UserFilter::ALL_USERS, Authority::Enough, Some(false)) if denied => {
            verdicts.fail("success for a user with all rights", attempt.actual()).on(mask);
        }
        (UserFilter::PER_USER, _, Some(true)) if known => {
            verdicts.pass().on(&["PAN-3.1.1.4.1-16"]);
        }
        (UserFilter::PER_USER, _, Some(false)) if known && denied => {
            verdicts.warn("success with kPerUser", attempt.actual()).on(&["PAN-3.1.1.4.1-16"]);
        }
        _ => {}
    }
}

/// A refusal of what the server has accepted before can only be the limit, once there are many registrations.
fn registration_limit_has_its_code(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    if is_dropped(model, event) {
        verdicts.fail("0x80070015 at the limit, and older registrations to stay", "one was dropped");
        return;
    }
    let Some(attempt) = Attempt::defined(model, event) else { return };
    if attempt.finish.outcome.succeeded() != Some(false) {
        return;
    }
    match attempt.finish.outcome.hresult() {
        Some(Hresult::REGISTRATION_LIMIT) => {
            verdicts.pass();
        }
        Some(Hresult::REGISTRATION_LIMIT_MEANT) => {
            verdicts.note("0x80070015", "0x80040015, which was probably meant (SD-16)");
        }
        _ if !attempt.must_succeed(model) => {}
        _ if is_crowded(model) => {
            verdicts.fail("HRESULT 0x80070015 at the limit of registrations", attempt.actual());
        }
        _ => {}
    }
}

/// Whether a call tells that one of many registrations is there no longer, though nothing ended it.
fn is_dropped(model: &Scene<'_>, event: &Event) -> bool {
    let Some(finish) = Finish::any(model, event).filter(|finish| finish.within(States::REGISTERED)) else {
        return false;
    };
    let told = matches!(
        finish.outcome.code().map(Hresult),
        Some(Hresult::NOT_REGISTERED | Hresult::ALREADY_UNREGISTERED | Hresult::NOTIFICATIONS_TERMINATED)
    );
    let method = finish.call.is(Method::UnregisterClient) || finish.call.waits();
    let registration = finish.object.and_then(|object| object.registration).and_then(|id| model.registration(id));
    told && method
        && registration.is_some_and(|known| known.certain && model.stimuli().end_of(known).is_none())
        && is_crowded(model)
}

fn registrations_stand_side_by_side(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(attempt) = Attempt::defined(model, event) else { return };
    if !model.registrations().any(|known| known.is_live() && known.certain) {
        return;
    }
    let outcome = attempt.finish.outcome;
    let at_limit = matches!(outcome.hresult(), Some(Hresult::REGISTRATION_LIMIT | Hresult::REGISTRATION_LIMIT_MEANT));
    match outcome.succeeded() {
        Some(true) => {
            verdicts.pass();
        }
        Some(false) if at_limit || tells_of_lack(outcome) || !attempt.must_succeed(model) => {}
        Some(false) if attempt.may_be_denied(model) => {}
        Some(false) => {
            verdicts.fail("success beside other registrations", attempt.actual());
        }
        None => {}
    }
}

/// Type identifiers are 128 opaque bits, though no server has to take every type.
fn types_are_opaque(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let own = |kind: NotificationType| kind.name().is_none();
    let Some(attempt) = Attempt::defined(model, event).filter(|attempt| own(attempt.input.notification_type)) else {
        return;
    };
    let outcome = attempt.finish.outcome;
    if outcome.succeeded() == Some(true) {
        verdicts.pass();
        return;
    }
    let other_reason = matches!(
        outcome.hresult(),
        Some(Hresult::REGISTRATION_LIMIT | Hresult::REGISTRATION_LIMIT_MEANT | Hresult::INVALID_NAME)
    );
    let blameless = attempt.authority(model) == Authority::Enough && attempt.name_is_good(model);
    let readable = matches!(outcome, Outcome::Returned { output: Some(_), .. });
    let denied = attempt.may_be_denied(model);
    if !readable || other_reason || denied || !blameless || !attempt.is_first() || tells_of_lack(outcome) {
        return;
    }
    let kind = attempt.input.notification_type;
    let odd = kind.0.get_variant() != Variant::RFC4122;
    if odd && model.registrations().any(|known| own(known.notification_type)) {
        let expected = "a type to be taken whatever its bits, for others are";
        verdicts.fail(expected, format!("{outcome} for {kind}")).on(&["PAN-2.2.1-01"]);
    } else {
        verdicts.note("any type to be taken", format!("{outcome} for {kind}")).on(&["PAN-1.8-05"]);
    }
}

/// What the specification forbids to clients without saying what a server does then (SD-46): success is noted.
fn undefined_registrations_are_refused(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(attempt) = Attempt::of(model, event) else { return };
    let registered = attempt.finish.within(States::REGISTERED);
    let Some(what) = attempt.undefined().or(registered.then_some("an object that is registered")) else { return };
    match attempt.finish.outcome.succeeded() {
        Some(true) => {
            verdicts.note("a failure (SD-46)", format!("success with {what}"));
        }
        Some(false) => {
            verdicts.pass();
        }
        None => {}
    }
}
