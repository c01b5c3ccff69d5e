//! Expectations as they are written.

use schemars::JsonSchema;
use serde::Deserialize;

use super::present::present;
use super::word::word_or_forms;
use super::{At, Entries, Matcher};

word_or_forms! {
    /// How a call is expected to come back: one of the words `any`, `lost` (closed or reset), `closed`, `reset`, `refused`,
    /// `timed_out`, `pending` (of a race only), or a mapping.
    Expect, ExpectForms, "an outcome: a mapping like {returned: …}, or a word like `closed`"
}

/// How a call is expected to come back; exactly one of these.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ExpectForms {
    /// With a response PDU.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<Returned>")]
    pub returned: Option<At<Returned>>,
    /// With a fault PDU whose status is like this (`any` takes each).
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<Matcher>")]
    pub fault: Option<At<Matcher>>,
    /// With a failure, whichever way it comes.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<Failure>")]
    pub failure: Option<At<Failure>>,
    /// In one of these ways. The report says in which.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Vec<At<Alternative>>")]
    pub any_of: Option<Vec<At<Alternative>>>,
}

/// One way that the specification leaves open.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Alternative {
    /// Why it is allowed.
    pub because: String,
    /// The outcome.
    pub expect: At<Expect>,
}

/// A call that returned.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Returned {
    /// The return value: `success` (when absent), `failure`, a name, `0x…`, `any`, or a matcher.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<Matcher>")]
    pub status: Option<At<Matcher>>,
    /// The [out] parameters to compare, by the specification's names. Others are not looked at.
    pub out: Entries<At<Matcher>>,
    /// Whether each [out] parameter has to be named above.
    pub exactly: bool,
}

/// A call that failed.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Failure {
    /// How the failure comes: as a `return` value, as a `fault`, or `either` (when absent).
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<Via>")]
    pub via: Option<At<Via>>,
    /// The return value or the status of the fault; any failure when absent.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<Matcher>")]
    pub status: Option<At<Matcher>>,
}

/// How a failure comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// As a return value.
    Return,
    /// As a fault PDU.
    Fault,
    /// As either.
    #[default]
    Either,
}
