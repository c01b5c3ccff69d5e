//! Steps of scenarios whose target is a client, as they are written.

use schemars::JsonSchema;
use serde::Deserialize;

use super::present::present;
use super::{Alter, At, DropKind, Entries, Matcher, Value};

/// Starts the client under test, or another instance of it.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Launch {
    /// A name for this instance.
    pub client: At<String>,
    /// `unidirectional`, `bidirectional` or `printer-configuration`.
    pub mode: At<String>,
    /// The notification type to register for; this scenario's own when absent.
    #[serde(default, deserialize_with = "present", rename = "type")]
    #[schemars(with = "At<Value>")]
    pub notification_type: Option<At<Value>>,
    /// What it will be sent: `balloon`, `message-box`, `custom-ui`, `custom-data`, `configuration`, `other` (when absent).
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<String>")]
    pub document: Option<At<String>>,
    /// UNC name of the print queue; the print server itself when absent.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<Value>")]
    pub printer: Option<At<Value>>,
    /// How many notifications it will be sent; one when absent.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<Value>")]
    pub count: Option<At<Value>>,
}

/// Waits for something that the client under test does. What it consumed, no later step sees.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Await {
    /// Which instance.
    pub client: At<String>,
    /// A call of this method arrives.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<String>")]
    pub call: Option<At<String>>,
    /// A call of this method is answered.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<String>")]
    pub answer: Option<At<String>>,
    /// Its last connection ends.
    #[serde(default)]
    pub disconnect: bool,
    /// [in] parameters of `call`, by the specification's names.
    #[serde(default, rename = "in")]
    pub input: Entries<At<Matcher>>,
    /// [out] parameters of `answer`, by the specification's names.
    #[serde(default)]
    pub out: Entries<At<Matcher>>,
    /// The return value of `answer`; any when absent.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<Matcher>")]
    pub status: Option<At<Matcher>>,
    /// Names for parameters (`{name: parameter}`).
    #[serde(default)]
    pub save: Entries<At<String>>,
    /// How long to wait; the target file's `limits.call` when absent.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<String>")]
    pub within: Option<At<String>>,
    /// Says that it has not to happen within `within`.
    #[serde(default)]
    pub never: bool,
    /// What it means when it does not happen: `fail` when absent; `inconclusive` where nothing demands it, but the rest of the
    /// scenario can't go on without.
    #[serde(default)]
    pub otherwise: Otherwise,
}

/// What it means when something does not happen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Otherwise {
    /// The client under test does not do what it has to.
    #[default]
    Fail,
    /// Nothing can be said.
    Inconclusive,
}

/// Waits until the client under test has exited.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exit {
    /// Which instance.
    pub client: At<String>,
    /// Its exit status; any when absent.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<Matcher>")]
    pub status: Option<At<Matcher>>,
    /// How long to wait; the target file's `limits.call` when absent.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<String>")]
    pub within: Option<At<String>>,
}

/// Says how our side answers the next call that fits; without any of `status`, `out`, `fault`, `octets`, `never` and `end` as the
/// server would, but `late` or altered.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    /// Whose call; it needs not be launched yet.
    pub client: At<String>,
    /// The method.
    pub call: At<String>,
    /// Which of its calls: [in] parameters, by the specification's names.
    #[serde(default, rename = "in")]
    pub input: Entries<At<Matcher>>,
    /// How many calls; one when absent, `all` for each that comes.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<Value>")]
    pub times: Option<At<Value>>,
    /// Whether the server processes the call before it is answered so: only with `out` alone, `late` or `alter` when absent.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "bool")]
    pub processed: Option<bool>,
    /// How much later than at once the answer is sent.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<String>")]
    pub late: Option<At<String>>,
    /// The return value.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<Value>")]
    pub status: Option<At<Value>>,
    /// [out] parameters, by the specification's names. Of an unprocessed call the others are zero, empty or NULL.
    #[serde(default)]
    pub out: Entries<At<Value>>,
    /// The status of a fault.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<Value>")]
    pub fault: Option<At<Value>>,
    /// Octets in place of a PDU.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<Value>")]
    pub octets: Option<At<Value>>,
    /// Says that it is not answered.
    #[serde(default)]
    pub never: bool,
    /// The end of its connection in place of an answer.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "DropKind")]
    pub end: Option<DropKind>,
    /// What is changed in the response; `object` and `fragment` are for requests.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<Alter>")]
    pub alter: Option<At<Alter>>,
    /// Requirements that this answer breaks on purpose.
    #[serde(default)]
    pub violates: Vec<At<String>>,
}

/// Ends the connections of the client under test from our side.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HangUp {
    /// Whose.
    pub client: At<String>,
    /// How: orderly when absent.
    #[serde(default)]
    pub how: DropKind,
}
