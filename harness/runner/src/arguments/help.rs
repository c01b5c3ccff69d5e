//! The commands about the program itself: `help`, `man`, `completions` and `schema`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub(super) struct Help {
    /// A command or a topic
    #[arg(value_name = "TOPIC")]
    pub(super) words: Vec<String>,
}

#[derive(Debug, Args)]
pub(super) struct Man {
    /// The folder that takes them
    #[arg(value_name = "DIR")]
    pub(super) folder: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub(super) shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub(super) struct Schema {
    /// The kind of file
    #[arg(value_enum)]
    pub(super) kind: FileKind,
}

/// A kind of file that has a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FileKind {
    /// A scenario.
    Scenario,
    /// A fragment of scenarios.
    Fragment,
    /// A target file.
    Target,
    /// `results.json`.
    Results,
    /// Known deviations.
    Baseline,
    /// `comparison.json`.
    Comparison,
}
