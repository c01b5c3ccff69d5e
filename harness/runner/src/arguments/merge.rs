//! `merge`, as written and as meant.

use std::path::PathBuf;

use clap::Args;

use super::choice::ReportFormat;
use super::value::root;
use crate::scenario::Root;

#[derive(Debug, Args)]
pub(super) struct Written {
    /// The folders of the parts' reports, each with its results.json
    #[arg(value_name = "DIR", required = true)]
    folders: Vec<PathBuf>,
    /// The folder that the report of the whole is written to
    #[arg(long, value_name = "DIR", default_value = "reports/latest")]
    report: PathBuf,
    /// Which files the report has; text goes to standard output too
    #[arg(long, value_name = "LIST", value_enum, value_delimiter = ',', default_value = "text,json,junit")]
    format: Vec<ReportFormat>,
    /// The baseline that the parts were run with, when it lies elsewhere now
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// The folder of scenarios; those that are part of the program when absent
    #[arg(long, value_name = "DIR")]
    scenarios: Option<PathBuf>,
}

/// `merge`.
#[derive(Debug)]
pub struct Merge {
    /// The folders of the parts' reports.
    pub folders: Vec<PathBuf>,
    /// The folder of the report.
    pub report: PathBuf,
    /// The files of the report.
    pub formats: Vec<ReportFormat>,
    /// The file of known deviations, when it lies elsewhere now.
    pub baseline: Option<PathBuf>,
    /// Where the scenarios are.
    pub scenarios: Root,
}

impl Written {
    pub(super) fn meant(self) -> Merge {
        Merge {
            folders: self.folders,
            report: self.report,
            formats: self.format,
            baseline: self.baseline,
            scenarios: root(self.scenarios),
        }
    }
}
