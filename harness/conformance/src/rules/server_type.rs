//! Types that servers give to AsyncUI and printer configuration notifications, and what has to be there before
//! ([MS-PAN] 3.1.3, 3.1.3.3, 3.1.3.4, 3.1.4, 3.1.4.3, 3.1.4.4).

use alloc::format;

use mspan::{Interface, Method, NotificationType, method};

use super::documents::judge_type;
use super::exchange::{Exchange, is_notification, server};
use super::finish::Finish;
use crate::catalogue::Level;
use crate::event::{Event, Kind, Negotiated};
use crate::fact::Facts;
use crate::occasion::Occasions;
use crate::rule::{Rule, Verdicts};
use crate::scene::Scene;

const ASYNC_UI: NotificationType = NotificationType::ASYNC_UI;
const CONFIGURATION: [NotificationType; 2] =
    [NotificationType::PRINTER_CONFIGURATION, NotificationType::PRINTER_CONFIGURATION_SDK];

/// The rules of these sections.
pub(super) static RULES: &[Rule] = &[
    server(
        "MS-PAN/3.1.3/async-ui-notifications-have-their-type",
        "3.1.3",
        Level::Must,
        &["PAN-3.1.3-01", "PAN-3.1.3.4-01"],
        async_ui_notifications_have_their_type,
    )
    .at(Occasions::FINISHED
        .of(&[Method::GetNotification, Method::GetNotificationSendResponse])
        .given(Facts::OF_ASYNC_UI)),
    server(
        "MS-PAN/3.1.4/configuration-notifications-have-their-type",
        "3.1.4",
        Level::Must,
        &["PAN-3.1.4-01"],
        |model, event, verdicts| judge_type(model, event, verdicts, &CONFIGURATION),
    )
    .at(Occasions::FINISHED.of(&[Method::GetNotification]).given(Facts::OF_CONFIGURATION)),
    server(
        "MS-PAN/3.1.4.4/configuration-has-the-type-of-its-registration",
        "3.1.4.4",
        Level::Must,
        &["PAN-3.1.4.4-01"],
        configuration_has_the_type_of_its_registration,
    )
    .at(Occasions::FINISHED.of(&[Method::GetNotification]).given(Facts::OF_CONFIGURATION)),
    server(
        "MS-PAN/3.1.3.3/both-servers-are-there-for-async-ui",
        "3.1.3.3",
        Level::Must,
        &["PAN-3.1.3.3-01"],
        |model, event, verdicts| both_servers_are_there(model, event, verdicts, &[ASYNC_UI]),
    )
    .at(Occasions::FINISHED.of(&[Method::RegisterClient]).or(Occasions::NEGOTIATED)),
    server(
        "MS-PAN/3.1.4.3/both-servers-are-there-for-configuration",
        "3.1.4.3",
        Level::Must,
        &["PAN-3.1.4.3-01"],
        |model, event, verdicts| both_servers_are_there(model, event, verdicts, &CONFIGURATION),
    )
    .at(Occasions::FINISHED.of(&[Method::RegisterClient]).or(Occasions::NEGOTIATED)),
];

fn async_ui_notifications_have_their_type(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    judge_type(model, event, verdicts, &[ASYNC_UI]);
    let Some((exchange, output)) = Exchange::gnsr_live(model, event) else { return };
    let registration = exchange.view.registration.and_then(|id| model.registration(id));
    let ours = registration.is_some_and(|known| known.certain && known.notification_type == ASYNC_UI);
    let Some(kind) = output.notification_type.filter(|_| ours && is_notification(output)) else { return };
    if kind == ASYNC_UI {
        verdicts.pass();
    } else {
        verdicts.fail("the AsyncUI type, or NOTIFICATION_RELEASE", format!("{kind}"));
    }
}

/// Both values of the type are accepted, but not one for the other (SD-01).
fn configuration_has_the_type_of_its_registration(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(finish) = Finish::of(model, event, Method::GetNotification) else { return };
    let Some(registration) = finish.registration(model).filter(|known| known.certain) else { return };
    let Some(method::Out::GetNotification(output)) = finish.outcome.output() else { return };
    let registered = registration.notification_type;
    let Some(kind) = output.notification_type.filter(|_| output.status.is_success()) else { return };
    if !CONFIGURATION.contains(&registered) || kind == NotificationType::RELEASE {
        return;
    }
    if kind == registered {
        verdicts.pass();
    } else {
        verdicts.fail(format!("{}, as registered", registered.0), format!("{}", kind.0));
    }
}

const ACCEPTANCE: u16 = 0;
const PROVIDER_REJECTION: u16 = 2;
const ABSTRACT_SYNTAX_NOT_SUPPORTED: u16 = 1;

/// A registration that succeeds needs both; where one is accepted on a connection and the other is not known there, one
/// has begun without the other.
fn both_servers_are_there(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts, types: &[NotificationType]) {
    if let Some(finish) = Finish::of(model, event, Method::RegisterClient) {
        let Some(method::In::RegisterClient(input)) = &finish.call.started.input else { return };
        let succeeded = finish.outcome.hresult().is_some_and(mspan::Hresult::is_success);
        if succeeded && types.contains(&input.notification_type) {
            verdicts.pass();
        }
        return;
    }
    let Kind::Negotiated(negotiated) = &event.kind else { return };
    let known = model.connection(negotiated.connection).into_iter().flat_map(|known| known.contexts.values());
    let all = || known.clone().chain([negotiated]);
    let accepted = |context: &Negotiated| context.result == ACCEPTANCE;
    let unknown =
        |context: &Negotiated| (context.result, context.reason) == (PROVIDER_REJECTION, ABSTRACT_SYNTAX_NOT_SUPPORTED);
    let has = |interface: Interface, how: &dyn Fn(&Negotiated) -> bool| {
        all().any(|context| context.abstract_syntax == interface.id() && how(context))
    };
    // Only the second of the two tells.
    let told = Interface::from_id(negotiated.abstract_syntax).is_some();
    if told && has(Interface::AsyncNotify, &accepted) && has(Interface::RemoteObject, &unknown) {
        verdicts.fail("IRPCRemoteObject beside IRPCAsyncNotify", "IRPCRemoteObject is refused as unknown");
    }
}
