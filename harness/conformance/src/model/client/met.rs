//! What clients have met with that is out of the ordinary.

use mspan::method::Out;
use mspan::{NotificationType, document};

use crate::event::Outcome;
use crate::fact::Facts;
use crate::model::Model;

/// What a client may refuse to take for its size is larger, in octets.
const LARGE: usize = 1 << 20;

/// What is out of the ordinary in an answer.
pub(super) fn by(model: &Model, outcome: &Outcome) -> Facts {
    let (kind, data) = match outcome.output() {
        Some(Out::GetNotification(output)) => (output.notification_type, &output.notification_data),
        // What a client does about the document of a channel is looked at on the channel.
        Some(Out::GetNotificationSendResponse(output)) => (None, &output.notification_data),
        _ => return Facts::NONE,
    };
    let octets = data.as_ref().map_or(&[][..], |data| &data.elements);
    let is_odd = match kind {
        Some(NotificationType::ASYNC_UI) => {
            let read = model.async_ui(octets);
            read.is_error_for_clients() || read.meaning.as_ref().is_some_and(|meaning| meaning.entry_point.is_some())
        }
        Some(NotificationType::PRINTER_CONFIGURATION | NotificationType::PRINTER_CONFIGURATION_SDK) => {
            model.configuration(octets).verdict() == document::Verdict::Invalid
        }
        _ => false,
    };
    Facts::AFTER_LARGE.when(octets.len() >= LARGE).and(Facts::AFTER_ERROR.when(is_odd))
}
