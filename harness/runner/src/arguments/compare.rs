//! `compare`, as written and as meant.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use conformance::Overlay;

use super::choice::Tested;
use super::value::{named_overlay, wrong};

#[derive(Debug, Args)]
pub(super) struct Written {
    /// A capture, a trace.jsonl, the folder of one scenario, or the report folder of a run
    left: PathBuf,
    /// What it is compared with; the scenarios of two runs are paired by id, transfer syntax and security
    right: PathBuf,
    /// Whose behaviour decides the exit code; without it, that of the party that recorded runs were judging, of captures both
    #[arg(long, value_name = "PARTY", value_enum)]
    party: Option<Tested>,
    /// What the product notes say of a product is its choice; `windows` is known
    #[arg(long, value_name = "PRODUCT")]
    overlay: Option<String>,
    /// Only rules whose id begins so accuse
    #[arg(long, value_name = "PREFIX")]
    rules: Option<String>,
    /// What only should hold accuses, too
    #[arg(long)]
    strict: bool,
    /// A target file: its identities' passwords and keytab open what is sealed, its readings and packet_level hold for captures
    #[arg(long, value_name = "FILE")]
    target: Option<String>,
    /// The server's keys, in a keytab of MIT's: opens what goes under tickets for it
    #[arg(long, value_name = "FILE")]
    keytab: Option<PathBuf>,
    /// Write comparison.txt, comparison.json, comparison.html to this folder
    #[arg(long, short = 'o', value_name = "DIR")]
    report: Option<PathBuf>,
    /// Text goes to standard output; without --report so does json, or html, alone
    #[arg(long, value_name = "LIST", value_enum, value_delimiter = ',', default_value = "text")]
    format: Vec<CompareFormat>,
}

/// A file of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CompareFormat {
    /// `comparison.txt`: a unified diff of each call that differs.
    Text,
    /// `comparison.json`.
    Json,
    /// `comparison.html`: the calls side by side.
    Html,
}

/// `compare`.
#[derive(Debug)]
pub struct Compare {
    /// A capture, a trace, or a folder with traces.
    pub left: PathBuf,
    /// What it is compared with.
    pub right: PathBuf,
    /// Whose behaviour decides.
    pub party: Option<Tested>,
    /// The product whose known ways accuse nobody.
    pub overlay: Option<&'static Overlay>,
    /// Prefix of the rules that accuse.
    pub rules: Option<String>,
    /// Warnings are failures.
    pub strict: bool,
    /// What is known of the parties of captures.
    pub target: Option<String>,
    /// Keys of the server's.
    pub keytab: Option<PathBuf>,
    /// The folder that takes the files, when one is wanted.
    pub report: Option<PathBuf>,
    /// The files.
    pub formats: Vec<CompareFormat>,
    /// Whether the page is among them.
    pub html: bool,
}

impl Written {
    pub(super) fn meant(self) -> Result<Compare, clap::Error> {
        if self.report.is_none() && self.format.len() > 1 {
            return Err(wrong(
                "--format",
                "only one can go to standard output; name a folder with --report for several",
            ));
        }
        Ok(Compare {
            left: self.left,
            right: self.right,
            party: self.party,
            overlay: self.overlay.as_deref().map(named_overlay).transpose()?,
            rules: self.rules,
            strict: self.strict,
            target: self.target,
            keytab: self.keytab,
            report: self.report,
            html: self.format.contains(&CompareFormat::Html),
            formats: self.format,
        })
    }
}
