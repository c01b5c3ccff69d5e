//! `expand`, as written and as meant.

use std::path::PathBuf;

use clap::Args;

use super::value::root;
use crate::scenario::Root;

#[derive(Debug, Args)]
pub(super) struct Written {
    /// The scenario's id
    scenario: String,
    /// The folder of scenarios; those that are part of the program when absent
    #[arg(long, value_name = "DIR")]
    scenarios: Option<PathBuf>,
}

/// `expand`.
#[derive(Debug)]
pub struct Expand {
    /// The scenario's id.
    pub scenario: String,
    /// Where the scenarios are.
    pub scenarios: Root,
}

impl Written {
    pub(super) fn meant(self) -> Expand {
        Expand { scenario: self.scenario, scenarios: root(self.scenarios) }
    }
}
