//! `explain`, as written and as meant.

use std::path::PathBuf;

use clap::Args;

use super::value::root;
use crate::scenario::Root;

#[derive(Debug, Args)]
pub(super) struct Written {
    /// A requirement (PAN-3.1.1.4.2-08), a rule, a scenario, a misbehaviour or a variant
    id: String,
    /// The folder of scenarios; those that are part of the program when absent
    #[arg(long, value_name = "DIR")]
    scenarios: Option<PathBuf>,
}

/// `explain`.
#[derive(Debug)]
pub struct Explain {
    /// What to explain.
    pub id: String,
    /// Where the scenarios are.
    pub scenarios: Root,
}

impl Written {
    pub(super) fn meant(self) -> Explain {
        Explain { id: self.id, scenarios: root(self.scenarios) }
    }
}
