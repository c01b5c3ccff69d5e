//! `check`, as written and as meant.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use conformance::Overlay;
use trace::Vantage;

use super::choice::{Color, Diagrams, ReportFormat, Tested};
use super::shard::Shard;
use super::value::{jobs, named_overlay};

#[derive(Debug, Args)]
pub(super) struct Written {
    /// Captures (pcap, pcapng), trace.jsonl files, or folders that hold such files (.pcap, .pcapng, .cap, trace.jsonl)
    #[arg(value_name = "FILE|DIR", required = true)]
    files: Vec<PathBuf>,
    /// Write a report (results.json, junit.xml, report.txt, or what --format names) to this folder
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
    /// Which files the report has
    #[arg(long, value_name = "LIST", value_enum, value_delimiter = ',', default_value = "text,json,junit")]
    format: Vec<ReportFormat>,
    /// Which files have a sequence diagram of their own in report.html
    #[arg(long, value_enum, default_value_t = Diagrams::Alike, value_name = "WHICH")]
    diagrams: Diagrams,
    /// Judge only the K-th of N parts of the files
    #[arg(long, value_name = "K/N")]
    shard: Option<String>,
    /// Only rules whose id begins so judge
    #[arg(long, value_name = "PREFIX")]
    rules: Option<String>,
    /// Warnings count as failures
    #[arg(long)]
    strict: bool,
    /// What the product notes say of a product accuses nobody; `windows` is known
    #[arg(long, value_name = "PRODUCT")]
    overlay: Option<String>,
    /// Known deviations: what the file lists is `skip`; an entry that matches nothing is no mistake here
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Whose behaviour decides the exit code; without it, that of the party that the recorded run was judging
    #[arg(long, value_name = "PARTY", value_enum)]
    party: Option<Tested>,
    /// Where captures were recorded: only there is the order of messages on several connections known
    #[arg(long, value_name = "WHERE", value_enum, default_value_t = Stand::Unknown)]
    vantage: Stand,
    /// The keys of services: opens and verifies what goes under their Kerberos tickets
    #[arg(long, value_name = "FILE")]
    keytab: Option<PathBuf>,
    /// A target file: its identities' passwords and its keytab open what is sealed; its readings, packet_level and waivers hold
    /// for captures
    #[arg(long, value_name = "FILE")]
    target: Option<String>,
    /// How many files are judged at once; as many as there are processors when absent. With 1, one thread does all; else each file
    /// is read on one and judged on another
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
}

/// Where a capture was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Stand {
    /// At the client's machine
    Client,
    /// At the server's
    Server,
    /// Somewhere between, or nobody knows
    Unknown,
}

/// `check`.
#[derive(Debug)]
pub struct Check {
    /// Files and folders.
    pub files: Vec<PathBuf>,
    /// The file with the keys of services.
    pub keytab: Option<PathBuf>,
    /// The target file of the party that was recorded.
    pub target: Option<String>,
    /// How many files are judged at once; as many as there are processors when it is not said.
    pub jobs: Option<NonZeroUsize>,
    /// The folder of the report, when one is wanted.
    pub report: Option<PathBuf>,
    /// The files of the report.
    pub formats: Vec<ReportFormat>,
    /// Whether each row of `report.html` has a diagram of its own.
    pub diagrams: bool,
    /// The file of known deviations.
    pub baseline: Option<PathBuf>,
    /// The part of the files to judge.
    pub shard: Option<Shard>,
    /// Prefix of the rules that judge.
    pub rules: Option<String>,
    /// Whose behaviour decides; that of each recorded run's target when nobody is chosen.
    pub party: Option<Tested>,
    /// Where the witness of captures stood.
    pub vantage: Vantage,
    /// Warnings are failures.
    pub strict: bool,
    /// The product whose known ways accuse nobody.
    pub overlay: Option<&'static Overlay>,
    /// When to use colours.
    pub color: Color,
}

impl Written {
    pub(super) fn meant(self, color: Color) -> Result<Check, clap::Error> {
        Ok(Check {
            files: self.files,
            keytab: self.keytab,
            target: self.target,
            jobs: jobs(self.jobs)?,
            report: self.report,
            formats: self.format,
            diagrams: self.diagrams == Diagrams::All,
            baseline: self.baseline,
            shard: self.shard.as_deref().map(Shard::parse).transpose()?,
            rules: self.rules,
            party: self.party,
            vantage: match self.vantage {
                Stand::Client => Vantage::Client,
                Stand::Server => Vantage::Server,
                Stand::Unknown => Vantage::Unknown,
            },
            strict: self.strict,
            overlay: self.overlay.as_deref().map(named_overlay).transpose()?,
            color,
        })
    }
}
