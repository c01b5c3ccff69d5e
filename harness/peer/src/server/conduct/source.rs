//! What the server's own notification sources raise for a registration that is new, without being asked.

use bytes::Bytes;
use mspan::NotificationType;

use super::Conduct;
use crate::misbehaviour::Misbehaviour::*;
use crate::server::document::{self, ANOTHER_REASON, Change, DETAIL, PRINTER, REASON, RESERVED};
use crate::server::registration::Parameters;

/// 2.2.7, 2.2.8, 3.1.3.4, 3.1.4.4, and section 7.
impl Conduct {
    /// A notification for a unidirectional registration. A well-behaved server's sources raise what they are asked for.
    pub(super) fn own_notification(&self, parameters: &Parameters) -> Option<Bytes> {
        let misbehaviour = self.misbehaviour.filter(|_| parameters.notification_type == NotificationType::ASYNC_UI)?;
        Some(match misbehaviour {
            MessageBoxByGetNotification => document::message_box(),
            CustomUiWithReplyByGetNotification => document::custom_ui(true),
            CustomDataWithReplyByGetNotification => document::custom_data(true),
            ConfigurationBalloonHasTwoActions => Change { actions: 2, ..Change::default() }.balloon(),
            ConfigurationModuleIsAnother => Change { module: "Vendor.dll", ..Change::default() }.balloon(),
            EnvelopeNamesNoPrinter => Change { attributes: &[REASON, DETAIL], ..Change::default() }.balloon(),
            EnvelopeHasAnotherReason => {
                Change { attributes: &[PRINTER, ANOTHER_REASON, DETAIL], ..Change::default() }.balloon()
            }
            EnvelopeHasTheReservedDetail => {
                Change { attributes: &[PRINTER, REASON, RESERVED], ..Change::default() }.balloon()
            }
            EnvelopeListsNoChange => Change { settings: "", ..Change::default() }.balloon(),
            _ => return None,
        })
    }

    /// The initial notification of a channel that is opened for a bidirectional registration.
    pub(in crate::server) fn own_channel(&self, parameters: &Parameters) -> Option<Bytes> {
        if parameters.notification_type == NotificationType::PRINTER_CONFIGURATION {
            return self.is(ConfigurationOpensAChannel).then(document::configuration);
        }
        let misbehaviour = self.misbehaviour.filter(|_| parameters.notification_type == NotificationType::ASYNC_UI)?;
        Some(match misbehaviour {
            BalloonOpensAChannel => document::balloon(),
            CustomUiWithoutReplyOpensAChannel => document::custom_ui(false),
            CustomDataWithoutReplyOpensAChannel => document::custom_data(false),
            _ => return None,
        })
    }

    /// Whether channels are for printer configuration, too (3.1.4.4.1).
    pub(in crate::server) fn takes_configuration_on_channels(&self) -> bool {
        self.is(ConfigurationOpensAChannel)
    }

    /// How many notifications wait for a registration.
    pub(in crate::server) fn queue_limit(&self, limit: usize) -> usize {
        if self.is(OneNotificationBuffered) { 1 } else { limit }
    }
}
