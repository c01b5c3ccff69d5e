//! What the notification source is asked for, as it is written.

use schemars::JsonSchema;
use serde::Deserialize;

use super::present::present;
use super::word::word_or_forms;
use super::{At, Matcher, Value};

/// Asks the notification source for something; exactly one verb.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Stimulus {
    /// Send one unidirectional notification.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<Notification>")]
    pub notify: Option<At<Notification>>,
    /// Open a bidirectional channel.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<OpenChannel>")]
    pub open_channel: Option<At<OpenChannel>>,
    /// Send the next notification on a channel.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<ChannelNotify>")]
    pub channel_notify: Option<At<ChannelNotify>>,
    /// Close a channel from the source's side: its name.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<String>")]
    pub channel_close: Option<At<String>>,
    /// Tell what the source of a channel has seen: its name.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<String>")]
    pub channel_log: Option<At<String>>,
    /// Delete a print queue: its UNC name.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<Value>")]
    pub delete_printer: Option<At<Value>>,
    /// Begin an orderly shutdown of the server.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<Value>")]
    pub shutdown: Option<At<Value>>,
    /// A verb that no source can know.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<String>")]
    pub nonsense: Option<At<String>>,
    /// The answer that is expected: `done` (when absent), `refused`, `unsupported`, `any`, or a log.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<Answer>")]
    pub expect: Option<At<Answer>>,
}

/// A notification.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Notification {
    /// Its type; this scenario's own when absent.
    #[serde(default, deserialize_with = "present", rename = "type")]
    #[schemars(with = "At<Value>")]
    pub notification_type: Option<At<Value>>,
    /// Whom it is for, `kPerUser` or `kAllUsers`; all when absent.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<Value>")]
    pub filter: Option<At<Value>>,
    /// The user that it is for, with `kPerUser`.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<Value>")]
    pub user: Option<At<Value>>,
    /// UNC name of the print queue that it is about; the print server itself when absent.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<Value>")]
    pub printer: Option<At<Value>>,
    /// Its octets.
    pub data: At<Value>,
}

/// A channel to open.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenChannel {
    /// A name for the channel.
    pub id: At<String>,
    /// Its type; this scenario's own when absent.
    #[serde(default, deserialize_with = "present", rename = "type")]
    #[schemars(with = "At<Value>")]
    pub notification_type: Option<At<Value>>,
    /// Whom it is for, `kPerUser` or `kAllUsers`; all when absent.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<Value>")]
    pub filter: Option<At<Value>>,
    /// The user that it is for, with `kPerUser`.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<Value>")]
    pub user: Option<At<Value>>,
    /// UNC name of the print queue that it is about; the print server itself when absent.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<Value>")]
    pub printer: Option<At<Value>>,
    /// Octets of its initial notification; none yet when absent.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<Value>")]
    pub data: Option<At<Value>>,
}

/// The next notification on a channel.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChannelNotify {
    /// The channel.
    pub id: At<String>,
    /// The notification's octets.
    pub data: At<Value>,
}

word_or_forms! {
    /// An answer of the notification source.
    Answer, AnswerForms, "`done`, `refused`, `unsupported`, `any`, or {log: …}"
}

/// An answer that says more.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerForms {
    /// What the source of a channel has seen.
    pub log: At<Log>,
}

/// What the source of a channel has seen.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// The notification responses, all of them in the order of their arrival; not compared when absent.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Vec<At<LoggedResponse>>")]
    pub responses: Option<Vec<At<LoggedResponse>>>,
    /// Whether a client has acquired the channel; not compared when absent or when the source does not say.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "bool")]
    pub acquired: Option<bool>,
    /// `client`, `source` or `nobody`; not compared when absent or when the source does not say.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<ClosedBy>")]
    pub closed_by: Option<At<ClosedBy>>,
}

/// Who closed a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClosedBy {
    /// Nobody yet.
    Nobody,
    /// The client that owned it.
    Client,
    /// The source.
    Source,
}

/// A notification response that the source has received.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LoggedResponse {
    /// Its notification type.
    #[serde(default, deserialize_with = "present", rename = "type")]
    #[schemars(with = "At<Matcher>")]
    pub notification_type: Option<At<Matcher>>,
    /// Its octets.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<Matcher>")]
    pub data: Option<At<Matcher>>,
}
