//! What several commands let one choose.

use clap::ValueEnum;

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// When to show the progress line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Progress {
    /// On a terminal.
    #[default]
    Auto,
    /// Never.
    Never,
}

/// Whom `selftest` lets misbehave, and whom `check` judges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Tested {
    /// The server.
    #[default]
    Server,
    /// The client.
    Client,
    /// One after the other.
    Both,
}

/// Which rows of a report have a sequence diagram of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Diagrams {
    /// Whatever did not pass; passes that look alike in several ways share one, within a limit that the page tells
    Alike,
    /// Each, however large the page becomes
    All,
}

/// A file of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// `report.txt`, which goes to standard output too.
    Text,
    /// `results.json`.
    Json,
    /// `junit.xml`.
    Junit,
    /// `report.html`: one page with sequence diagrams.
    Html,
    /// `report.md`, for the summary of a CI job.
    Markdown,
    /// `results.tap`: TAP 14.
    Tap,
    /// `results.sarif`: SARIF 2.1.0.
    Sarif,
    /// `annotations.txt`, which goes to standard output too: annotations of GitHub's job.
    Github,
}

/// How `list` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// One line an entry.
    Text,
    /// One JSON array.
    Json,
}
