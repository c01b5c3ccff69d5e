//! AsyncUI documents ([MS-PAN] 2.2.7): notifications, which a server sends, and replies, which clients give.

mod message;
mod notification;
mod prose;
mod reply;
mod request_grammar;
mod resource;

pub use message::{EntryPoint, Message, Parameter, StringResource};
pub use notification::{Button, Notification, NotificationKind, read_notification};
pub use reply::{Reply, read_reply};
pub use resource::{default_string, is_default_key, replacement_tags};

use crate::document::Element;

/// The roots of notifications and of replies.
pub(crate) fn roots() -> [&'static Element; 2] {
    [&request_grammar::REQUEST, &reply::RESPONSE]
}

/// Their namespaces.
pub(crate) fn namespaces() -> [&'static str; 2] {
    [request_grammar::FAMILY.uri, reply::FAMILY.uri]
}
