//! What is found of an event once, so that rules that need it are asked no others: most notifications break nothing, most calls
//! succeed, and most clients have met with nothing out of the ordinary.

mod channel;

use mspan::NotificationType;
use mspan::async_ui::Notification;
use mspan::document::Assessment;
use mspan::method::{In, Out};

use crate::event::{CallFinished, CallStarted, Event, Kind, Pdu, Protection};
use crate::model::{Call, ChannelDue, ClientDue, Due, Model, RegistrationId, States};
use crate::rules::{Delivered, is_configuration, is_windows};
use crate::scene::Scene;

/// What is found of an event: a set. What can't be asked of an event of its kind counts as found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Facts(u64);

impl Facts {
    /// Nothing.
    pub const NONE: Self = Self(0);
    const ALL: Self = Self(u64::MAX);

    /// Of a call that starts, and of what is due of a client: in its association a call that may wait has failed.
    pub const AFTER_FAILURE: Self = Self(1);
    /// In its association an answer broke the rules of NDR.
    pub const AFTER_DEFECT: Self = Self(1 << 1);
    /// In its association GetNotification has brought a document that is an error to clients, or that names an entry point.
    pub const AFTER_ERROR: Self = Self(1 << 2);
    /// In its association a notification has come that a client may refuse to take for its size.
    pub const AFTER_LARGE: Self = Self(1 << 3);
    const OF_CLIENT: Self = Self(0xF);
    const OF_STARTED: Self = Self(
        Self::OF_CLIENT.0
            | Self::GUARDED.0
            | Self::UNPROVEN.0
            | Self::REPLY.0
            | Self::OF_CONFIGURATION.0
            | Self::ON_ASYNC_UI.0
            | Self::ODD_DOCUMENT.0
            | Self::EVENTFUL.0,
    );

    /// Of a call that comes back: it isn't known to have succeeded.
    pub const UNSUCCESSFUL: Self = Self(1 << 4);
    /// Another call waits on its object, or would change it.
    pub const CONTENDED: Self = Self(1 << 5);
    /// Its parameters break the rules of NDR.
    pub const FLAWED: Self = Self(1 << 6);
    /// Our own side breaks something by it on purpose.
    pub const ON_PURPOSE: Self = Self(1 << 7);
    /// It goes under the name of somebody whom our own side can't prove to be.
    pub const IMPOSTURE: Self = Self(1 << 8);
    /// It brings an AsyncUI notification that is judged.
    pub const ASYNC_UI: Self = Self(1 << 9);
    /// It brings a printer configuration notification that is judged.
    pub const CONFIGURATION: Self = Self(1 << 10);
    /// It brings an AsyncUI notification that has an action, or breaks something.
    pub const ACTION: Self = Self(1 << 11);
    /// The same of a balloon.
    pub const BALLOON: Self = Self(1 << 12);
    /// The same of buttons.
    pub const BUTTON: Self = Self(1 << 13);
    /// The same of a bitmap.
    pub const BITMAP: Self = Self(1 << 14);
    /// The same of a message box.
    pub const MESSAGE_BOX: Self = Self(1 << 15);
    /// The same of custom UI.
    pub const CUSTOM_UI: Self = Self(1 << 16);
    /// The same of custom data.
    pub const CUSTOM_DATA: Self = Self(1 << 17);
    const OF_ELEMENTS: Self = Self(0x3_F800);
    const OF_FINISHED: Self = Self(
        0x3_FFF0
            | Self::GUARDED.0
            | Self::OF_CONFIGURATION.0
            | Self::OF_ASYNC_UI.0
            | Self::UNSETTLED.0
            | Self::EVENTFUL.0,
    );

    /// Of any event: something is known of what notification sources do.
    pub const SOURCE: Self = Self(1 << 18);
    /// The target is judged as Windows.
    pub const WINDOWS: Self = Self(1 << 19);

    /// Of a PDU, a call that starts and one that comes back: it is protected at integrity level or above, or its signature was
    /// looked at. Of a PDU to the client this counts as found where it is so of any call on its connection.
    pub const GUARDED: Self = Self(1 << 20);
    /// Of a PDU: it is not the first fragment.
    pub const CONTINUED: Self = Self(1 << 21);
    const OF_PDU: Self = Self(1 << 20 | 1 << 21);

    /// Of a call that starts: some answer is not proved to be the server's.
    pub const UNPROVEN: Self = Self(1 << 22);
    /// It carries octets with the AsyncUI type.
    pub const REPLY: Self = Self(1 << 23);
    /// It names the type of printer configuration. Of a call that comes back: its registration, which is certain, has it.
    pub const OF_CONFIGURATION: Self = Self(1 << 24);
    /// Of a call on a channel that starts, or after whose answer T_PROMPT has passed: its client has certainly registered for AsyncUI,
    /// and the channel was used before.
    pub const ON_ASYNC_UI: Self = Self(1 << 25);
    /// Its channel has brought an AsyncUI notification that is something else than a valid message box.
    pub const ODD_DOCUMENT: Self = Self(1 << 26);

    /// Of a call that comes back: its registration, which is certain, is for AsyncUI.
    pub const OF_ASYNC_UI: Self = Self(1 << 27);
    /// Its handle was not, or not for certain, one that stands for something registered, or for a channel.
    pub const UNSETTLED: Self = Self(1 << 28);
    /// Of what is called or comes back on a channel, and of calls that wait for notifications or channels and come back: there is more to it than
    /// that all goes on as usual, with notifications of which nobody knows when they were raised. Of what is due on a channel: that has not come.
    pub const EVENTFUL: Self = Self(1 << 29);

    /// These and others.
    #[must_use]
    pub const fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Those of these that are among others.
    pub(crate) const fn common(self, others: Self) -> Self {
        Self(self.0 & others.0)
    }

    const fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    /// These where that is so, and else nothing.
    pub(crate) const fn when(self, is_found: bool) -> Self {
        if is_found { self } else { Self::NONE }
    }

    /// Whether all of others are among these.
    pub(crate) const fn has(self, others: Self) -> bool {
        others.0 & !self.0 == 0
    }

    /// What is found of an event that the model has read.
    pub(crate) fn of(scene: &Scene<'_>) -> Self {
        let (model, event): (&Model, _) = (scene, scene.event());
        let any = Self::ALL.without(Self::SOURCE).without(Self::WINDOWS);
        let any = any.and(Self::SOURCE.when(model.knows_sources())).and(Self::WINDOWS.when(is_windows(model)));
        match &event.kind {
            Kind::Pdu(pdu) => any.without(Self::OF_PDU).and(of_pdu(model, pdu)),
            Kind::CallStarted(started) => any.without(Self::OF_STARTED).and(of_started(model, started)),
            Kind::CallFinished(finished) => {
                any.without(Self::OF_FINISHED).and(of_finished(scene, finished)).and(of_notification(model, event))
            }
            Kind::Deadline(number) => match model.due(*number) {
                Some(Due::Client(due)) => of_client_due(model, *due, any),
                Some(Due::Channel(ChannelDue::Over(call))) => {
                    any.without(Self::EVENTFUL).and(Self::EVENTFUL.when(channel::is_overdue(model, *call, event)))
                }
                Some(Due::Channel(ChannelDue::Blocked(call))) => {
                    any.without(Self::EVENTFUL).and(Self::EVENTFUL.when(channel::is_known_to_wait(model, *call)))
                }
                _ => any,
            },
            _ => any,
        }
    }
}

fn of_pdu(model: &Model, pdu: &Pdu) -> Facts {
    let guards = model.connection(pdu.connection).is_some_and(|known| known.guards_calls);
    let is_guarded = guards || pdu.protection.as_ref().is_some_and(Protection::is_guard);
    Facts::GUARDED.when(is_guarded).and(Facts::CONTINUED.when(pdu.flags & PFC_FIRST_FRAG == 0))
}

fn of_started(model: &Model, started: &CallStarted) -> Facts {
    let of_any = model
        .clients
        .met_with(started.association)
        .and(Facts::GUARDED.when(started.protection.as_ref().is_some_and(Protection::is_guard)))
        .and(Facts::UNPROVEN.when(model.doubts_answers()));
    match &started.input {
        Some(In::GetNotificationSendResponse(_) | In::CloseChannel(_)) => of_any.and(channel::started(model, started)),
        Some(In::RegisterClient(input)) => {
            of_any.and(Facts::OF_CONFIGURATION.when(is_configuration(input.notification_type)))
        }
        _ => of_any,
    }
}

fn of_client_due(model: &Model, due: ClientDue, any: Facts) -> Facts {
    let (ClientDue::Prompt(id) | ClientDue::Quiet(id) | ClientDue::Retried(id)) = due;
    let Some(call) = model.clients.call(id) else { return any.without(Facts::OF_CLIENT) };
    let any = any.without(Facts::OF_CLIENT).and(model.clients.met_with(call.association));
    match due {
        ClientDue::Prompt(_) if !call.is_on_object() => {
            any.without(channel::OF_PROMPT).and(channel::prompt(model, call))
        }
        _ => any,
    }
}

fn of_finished(scene: &Scene<'_>, finished: &CallFinished) -> Facts {
    let model: &Model = scene;
    let impostor = model.connection(finished.connection).is_some_and(|known| known.impostor.is_some());
    let of_any =
        Facts::UNSUCCESSFUL.when(finished.outcome.succeeded() != Some(true)).and(Facts::IMPOSTURE.when(impostor));
    // Of a call that nobody saw start, nothing is known.
    let Some(call) = model.call(finished.call) else { return of_any };
    let of_any = of_any
        .and(Facts::CONTENDED.when(is_contended(model, call)))
        .and(Facts::FLAWED.when(call.unreadable || !call.started.defects.is_empty()))
        .and(Facts::ON_PURPOSE.when(call.breaks_on_purpose()))
        .and(Facts::GUARDED.when(call.started.protection.as_ref().is_some_and(Protection::is_guard)));
    match &call.started.input {
        Some(In::GetNotificationSendResponse(_) | In::CloseChannel(_)) => of_any.and(channel::finished(scene, call)),
        _ => of_any.and(of_registration(model, call.registration)).and(of_object_call(model, call, finished)),
    }
}

/// For what the registration of a call is, where that is certain.
fn of_registration(model: &Model, registration: Option<RegistrationId>) -> Facts {
    let known = registration.and_then(|id| model.registration(id)).filter(|known| known.certain);
    match known.map(|known| known.notification_type) {
        Some(NotificationType::ASYNC_UI) => Facts::OF_ASYNC_UI,
        Some(kind) => Facts::OF_CONFIGURATION.when(is_configuration(kind)),
        None => Facts::NONE,
    }
}

fn of_object_call(model: &Model, call: &Call, finished: &CallFinished) -> Facts {
    let is_registered = model.object_of(call).is_some_and(|object| object.states_during(call) == States::REGISTERED);
    let goes_on = match finished.outcome.output() {
        Some(Out::GetNotification(output)) => {
            output.status.is_success() && output.notification_type.is_some_and(|kind| kind != NotificationType::RELEASE)
        }
        Some(Out::GetNewChannel(output)) => {
            let has_brought = output.channel_ctxt.as_ref().is_some_and(|handles| !handles.elements.is_empty());
            output.status.is_success() && has_brought && call.terminated.is_none()
        }
        _ => false,
    };
    Facts::UNSETTLED
        .when(!is_registered || call.after_termination)
        .and(Facts::EVENTFUL.when(!goes_on || model.knows_sources()))
}

/// The PDU is the first fragment ([C706] 12.6.3.1).
const PFC_FIRST_FRAG: u8 = 0x01;

fn is_contended(model: &Model, call: &Call) -> bool {
    let changes = || model.object_of(call).is_some_and(|object| !object.transitions.is_empty());
    call.rival.is_some() || call.is_rivalled || changes()
}

fn of_notification(model: &Model, event: &Event) -> Facts {
    match Delivered::any(model, event) {
        Some((NotificationType::ASYNC_UI, delivered)) => of_async_ui(&model.async_ui(delivered.octets)),
        Some((NotificationType::PRINTER_CONFIGURATION | NotificationType::PRINTER_CONFIGURATION_SDK, _)) => {
            Facts::CONFIGURATION
        }
        _ => Facts::NONE,
    }
}

fn of_async_ui(assessment: &Assessment<Notification>) -> Facts {
    if !assessment.breaches.is_empty() {
        return Facts::ASYNC_UI.and(Facts::OF_ELEMENTS);
    }
    assessment.elements.iter().fold(Facts::ASYNC_UI, |facts, element| facts.and(of_element(element)))
}

fn of_element(element: &str) -> Facts {
    match element {
        "action" => Facts::ACTION,
        "balloonUI" => Facts::BALLOON,
        "button" | "buttons" => Facts::BUTTON,
        "bitmap" => Facts::BITMAP,
        "messageBoxUI" => Facts::MESSAGE_BOX,
        "customUI" => Facts::CUSTOM_UI,
        "customData" => Facts::CUSTOM_DATA,
        _ => Facts::NONE,
    }
}
