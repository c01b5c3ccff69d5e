//! What a client tells whoever uses it.

use std::time::Duration;

use bytes::Bytes;
use mspan::{Method, NotificationType, async_ui, printer_configuration};

use super::failure::Failure;

/// What a client tells whoever uses it: the higher-level caller of [MS-PAN].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// RegisterClient has succeeded.
    Registered,
    /// A notification came.
    Notification(Notification),
    /// The entry point of a driver was called, as far as there is one.
    EntryPoint {
        /// What was to be called.
        called: async_ui::EntryPoint,
        /// The binary data of customData.
        data: Vec<u8>,
        /// What it returned; none when it could not be called.
        returned: Option<String>,
    },
    /// A button was pressed.
    Pressed(async_ui::Button),
    /// A channel is over.
    ChannelEnded(ChannelEnd),
    /// A call failed.
    Failed {
        /// Which.
        method: Method,
        /// Why.
        failure: Failure,
    },
    /// What failed will be tried again.
    Retrying {
        /// After how long.
        after: Duration,
    },
    /// The server takes no further part: NOTIFICATION_RELEASE.
    Released,
    /// UnregisterClient has succeeded.
    Unregistered,
    /// The remote object is deleted.
    Deleted,
}

/// A notification that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// Its type.
    pub notification_type: NotificationType,
    /// Its data.
    pub data: Bytes,
    /// What it says.
    pub document: Document,
    /// Whether it came on a channel.
    pub on_channel: bool,
}

/// What a notification says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Document {
    /// An AsyncUI notification that complies with its format as far as 3.2.3.4.1 wants.
    AsyncUi(async_ui::Notification),
    /// A printer configuration notification.
    Configuration(printer_configuration::Notification),
    /// It does not comply with its format, or does not exist in this mode: nothing is done with it.
    Invalid(String),
    /// The client does not know its type: the data is handed up as it is.
    Other,
}

/// How a channel ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChannelEnd {
    /// The client closed it with a final response.
    Answered,
    /// The client closed it without a response.
    Released,
    /// Another client has acquired it, or the server closed it without a last notification.
    Lost,
    /// The server closed it with a last notification.
    ClosedByServer,
    /// A call failed on it.
    Failed,
}
