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
