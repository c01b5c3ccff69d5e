//! A whole file as it is written.

use schemars::JsonSchema;
use serde::Deserialize;

use super::present::present;
use super::word::word_or_forms;
use super::{At, Entries, Step, Value};

/// A scenario file.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "pan-harness scenario")]
pub struct ScenarioFile {
    /// What it shows, as a sentence.
    pub title: At<String>,
    /// More about it.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "String")]
    pub about: Option<String>,
    /// Which party the target is; a server when absent.
    #[serde(default)]
    pub party: Party,
    /// Words to select it by.
    #[serde(default)]
    pub tags: Vec<At<String>>,
    /// Requirements that it exercises.
    #[serde(default)]
    pub covers: Vec<At<String>>,
    /// What it needs of the target; unsupported without.
    #[serde(default)]
    pub needs: Vec<At<Need>>,
    /// Id of the positive scenario without which a failure of this negative one says nothing.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<String>")]
    pub control: Option<At<String>>,
    /// One instance for each combination of these values.
    #[serde(default)]
    pub matrix: Entries<Vec<At<Value>>>,
    /// Who takes part on our side, when the target is a server.
    #[serde(default)]
    pub actors: Entries<Actor>,
    /// The embedded server's misbehaviour, when the target is a client.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<String>")]
    pub misbehave: Option<At<String>>,
    /// The embedded server's variant, when the target is a client.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<String>")]
    pub variant: Option<At<String>>,
    /// How long it may take; the target file's `limits.scenario` when absent.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<String>")]
    pub within: Option<At<String>>,
    /// What happens.
    pub steps: Vec<At<Step>>,
    /// What happens at the end, whatever came before. A step is left out when a name that it uses has no value, or when its
    /// handle is closed already.
    #[serde(default)]
    pub finally: Vec<At<Step>>,
}

/// A fragment file: steps with parameters and results.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "pan-harness fragment")]
pub struct FragmentFile {
    /// What it does.
    pub about: String,
    /// Its parameters with their kinds.
    #[serde(default)]
    pub parameters: Entries<At<Parameter>>,
    /// Names assigned in its steps that it gives back, with their kinds.
    #[serde(default)]
    pub returns: Entries<At<String>>,
    /// What happens.
    pub steps: Vec<At<Step>>,
    /// What happens at the end of the scenario that uses it, whatever came before.
    #[serde(default)]
    pub finally: Vec<At<Step>>,
}

word_or_forms! {
    /// A parameter: its kind, or its kind and what it is when it is not given.
    Parameter, ParameterForm, "a kind like `actor`, or {kind: …, default: …}"
}

/// A parameter that needs not be given.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ParameterForm {
    /// Its kind.
    pub kind: At<String>,
    /// What it is when it is not given.
    pub default: At<Value>,
}

/// A party.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// The target is a server, our side plays clients.
    #[default]
    Server,
    /// The target is a client, our side plays the server.
    Client,
}

word_or_forms! {
    /// Something that a scenario needs: a word, or `{identities: 2}`.
    Need, Needs, "a word like `stimulus`, or {identities: 2}"
}

/// So many of something that a scenario needs.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Needs {
    /// So many identities in the target file.
    pub identities: u32,
}

/// Who takes part on our side: a client with an association of its own.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Actor {
    /// Which identity of the target file, from 1; or `anonymous`, `wrong-password`, `unknown-user`, `not-administrator`. The first
    /// when absent.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<Identity>")]
    pub identity: Option<At<Identity>>,
    /// `ndr`, `ndr64`, or `both` to propose both; the target file's when absent.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<String>")]
    pub transfer_syntax: Option<At<String>>,
    /// `little` (when absent) or `big`.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<String>")]
    pub byte_order: Option<At<String>>,
    /// Whether several calls may wait on one connection (`true` offers it to the server); one call a connection when absent.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<Value>")]
    pub multiplex: Option<At<Value>>,
    /// The largest fragment that it sends and takes, in octets.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<Value>")]
    pub fragment: Option<At<Value>>,
    /// Whether fragments are signed or sealed: `none`, `connect`, `pkt`, `integrity`, `privacy`; the target file's when absent.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<String>")]
    pub level: Option<At<String>>,
    /// How it authenticates: `negotiate` (SPNEGO), `ntlm` (without it), or with a `ticket` `kerberos` (without it); as the target
    /// file says when absent.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<String>")]
    pub provider: Option<At<String>>,
    /// Which ticket it comes by, made with the key of the target's service: `valid`, or one that has to be refused: `expired`,
    /// `not-yet-valid`, `wrong-key`, `other-service`, `clock-skew`.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<String>")]
    pub ticket: Option<At<String>>,
}

/// An identity: a number or a word.
pub type Identity = Value;
