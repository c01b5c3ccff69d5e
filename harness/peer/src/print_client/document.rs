//! Reading what notifications say ([MS-PAN] 3.2.3.4, 3.2.4.4.1).

use bytes::Bytes;
use mspan::async_ui::{self, NotificationKind};
use mspan::document::{Assessment, Verdict};
use mspan::{NotificationType, printer_configuration};

use super::PrintClient;
use super::report::{Document, Notification};
use crate::client_misbehaviour::ClientMisbehaviour::{InvalidDocumentAnswered, NothingTolerated};

impl PrintClient {
    /// What a notification says that came in unidirectional mode.
    pub(super) fn document(&self, data: &[u8]) -> Document {
        self.read_document(data, false)
    }

    /// What a notification says that came on a channel.
    pub(super) fn channel_document(&self, data: &[u8]) -> Document {
        self.read_document(data, true)
    }

    pub(super) fn notification(&self, data: Bytes, document: Document) -> Notification {
        let on_channel = self.0.options.mode.style() == mspan::ConversationStyle::BIDIRECTIONAL;
        Notification { notification_type: self.0.notification_type, data, document, on_channel }
    }

    /// What a notification says, when it complies with the requirements of its type. For AsyncUI the inconsistencies
    /// of 3.2.3.4.1 are accepted.
    fn read_document(&self, data: &[u8], on_channel: bool) -> Document {
        match self.0.notification_type {
            NotificationType::ASYNC_UI => {
                let assessment = async_ui::read_notification(data);
                match self.error(&assessment) {
                    Some(why) => invalid(why, assessment.meaning.filter(|_| self.does(InvalidDocumentAnswered))),
                    None => assessment.meaning.map_or_else(
                        || Document::Invalid("nothing that is known".to_owned()),
                        |notification| in_mode(notification, on_channel),
                    ),
                }
            }
            NotificationType::PRINTER_CONFIGURATION | NotificationType::PRINTER_CONFIGURATION_SDK => {
                let assessment = printer_configuration::read_notification(data);
                match (self.error(&assessment), assessment.meaning) {
                    (None, Some(notification)) => Document::Configuration(notification),
                    (why, _) => Document::Invalid(why.unwrap_or_else(|| "nothing that is known".to_owned())),
                }
            }
            _ => Document::Other,
        }
    }

    /// The compliance error in a document, in words.
    fn error<T>(&self, assessment: &Assessment<T>) -> Option<String> {
        let (is_error, breaches) = match self.does(NothingTolerated) {
            true => (assessment.verdict() != Verdict::Valid, &assessment.breaches),
            false => (assessment.is_error_for_clients(), &assessment.intolerable),
        };
        let first = breaches.iter().max_by_key(|breach| breach.gravity);
        is_error.then(|| first.map_or_else(|| "not compliant".to_owned(), ToString::to_string))
    }
}

fn invalid(why: String, answered: Option<async_ui::Notification>) -> Document {
    answered.map_or(Document::Invalid(why), Document::AsyncUi)
}

/// A document of the other mode is a compliance error (SD-59).
fn in_mode(notification: async_ui::Notification, on_channel: bool) -> Document {
    let wants_reply = match notification.kind {
        NotificationKind::Balloon => false,
        NotificationKind::MessageBox => true,
        NotificationKind::CustomUi | NotificationKind::CustomData => notification.bidi == Some(true),
    };
    match (wants_reply, on_channel) {
        (true, false) => Document::Invalid("a document that wants a reply, without a channel".to_owned()),
        (false, true) => Document::Invalid("a document that wants no reply, on a channel".to_owned()),
        _ => Document::AsyncUi(notification),
    }
}
