//! `selftest`, as written and as meant.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;

use super::choice::{ListFormat, Progress, Tested};
use super::selector::Selector;
use super::value::{jobs, root, selectors};
use crate::scenario::Root;

#[derive(Debug, Args)]
pub(super) struct Written {
    /// Scenarios to run: an id, a prefix that ends in `/`, or tag:NAME; all when none
    #[arg(value_name = "SELECTOR")]
    selectors: Vec<String>,
    /// Only this misbehaviour; may be given several times (see `list misbehaviours`)
    #[arg(long, value_name = "NAME")]
    misbehave: Vec<String>,
    /// Whose misbehaviours, when none is named
    #[arg(long, value_enum, default_value_t = Tested::Both, value_name = "PARTY", conflicts_with = "misbehave")]
    party: Tested,
    /// How many scenarios run at once
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    /// How to print the matrix
    #[arg(long, value_enum, default_value_t = ListFormat::Text, value_name = "FORMAT")]
    format: ListFormat,
    /// The folder that takes selftest.json and selftest.txt, when they are wanted
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
    /// The folder of scenarios; those that are part of the program when absent
    #[arg(long, value_name = "DIR")]
    scenarios: Option<PathBuf>,
    /// When to show a progress line
    #[arg(long, value_enum, default_value_t = Progress::Auto, value_name = "WHEN")]
    progress: Progress,
}

/// `selftest`.
#[derive(Debug)]
pub struct Selftest {
    /// The scenarios; all when empty.
    pub selectors: Vec<Selector>,
    /// The misbehaviours' names; all of the parties when empty.
    pub misbehave: Vec<String>,
    /// Whose misbehaviours, when none is named.
    pub party: Tested,
    /// How many scenarios run at once.
    pub jobs: Option<NonZeroUsize>,
    /// How the matrix is printed.
    pub format: ListFormat,
    /// The folder that takes it, when one is wanted.
    pub report: Option<PathBuf>,
    /// Where the scenarios are.
    pub scenarios: Root,
    /// When to show the progress line.
    pub progress: Progress,
}

impl Written {
    pub(super) fn meant(self) -> Result<Selftest, clap::Error> {
        Ok(Selftest {
            selectors: selectors(&self.selectors, "SELECTOR")?,
            misbehave: self.misbehave,
            party: self.party,
            jobs: jobs(self.jobs)?,
            format: self.format,
            report: self.report,
            scenarios: root(self.scenarios),
            progress: self.progress,
        })
    }
}
