//! One of several parts of a run, as far as it has to be known to join it with the others.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What `--shard K/N` made of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Part {
    /// Which part, from 1.
    pub part: usize,
    /// How many parts there are.
    pub of: usize,
    /// What all parts have to have in common, by name: what was selected, how it was judged, digests of files.
    pub conditions: BTreeMap<String, String>,
    /// The place of each row of `scenarios` among those of all parts, from 0.
    pub places: Vec<usize>,
    /// The ids of all targets, in the order in which reports name them.
    pub targets: Vec<String>,
    /// How many rows all parts have together.
    pub rows: usize,
    /// The scenarios of recorded traffic by file, where the files name them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub names: BTreeMap<String, String>,
    /// The numbers of the entries of the baseline that were seen, from 0.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seen: Vec<usize>,
}
