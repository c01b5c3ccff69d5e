//! `list`, as written and as meant.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::choice::ListFormat;
use super::value::root;
use crate::scenario::Root;

#[derive(Debug, Args)]
pub(super) struct Written {
    /// What to list
    #[arg(value_enum)]
    what: Listing,
    /// How to print it
    #[arg(long, value_enum, default_value_t = ListFormat::Text, value_name = "FORMAT")]
    format: ListFormat,
    /// The folder of scenarios; those that are part of the program when absent
    #[arg(long, value_name = "DIR")]
    scenarios: Option<PathBuf>,
}

/// What `list` lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Listing {
    /// The scenarios.
    Scenarios,
    /// The rules.
    Rules,
    /// The requirements of the catalogue.
    Requirements,
    /// What the reference server and client can do wrong on purpose.
    Misbehaviours,
    /// What the reference server and client can do in another way that is allowed.
    Variants,
}

/// `list`.
#[derive(Debug)]
pub struct List {
    /// What to list.
    pub what: Listing,
    /// How to print it.
    pub format: ListFormat,
    /// Where the scenarios are.
    pub scenarios: Root,
}

impl Written {
    pub(super) fn meant(self) -> List {
        List { what: self.what, format: self.format, scenarios: root(self.scenarios) }
    }
}
