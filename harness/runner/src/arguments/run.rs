//! `run`, as written and as meant.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use conformance::Overlay;
use dcerpc::TransferSyntax;

use super::choice::{Color, Diagrams, Progress, ReportFormat};
use super::selector::Selector;
use super::shard::Shard;
use super::value::{jobs, named_overlay, root, selectors, wrong};
use crate::protection::Protection;
use crate::scenario::Root;

#[derive(Debug, Args)]
pub(super) struct Written {
    /// What to run: a scenario id, an id prefix ending in `/`, or tag:NAME; everything when absent
    #[arg(value_name = "SELECTOR")]
    selectors: Vec<String>,
    /// What to leave out; may be given several times
    #[arg(long, value_name = "SELECTOR")]
    exclude: Vec<String>,
    /// A target file or a string binding (ncacn_ip_tcp:127.0.0.1[49670])
    #[arg(long, value_name = "FILE|BINDING")]
    target: Option<String>,
    /// The folder of scenarios; those that are part of the program when absent
    #[arg(long, value_name = "DIR")]
    scenarios: Option<PathBuf>,
    /// The folder that the report is written to
    #[arg(long, value_name = "DIR", default_value = "reports/latest")]
    report: PathBuf,
    /// Which files the report has; text goes to standard output too
    #[arg(long, value_name = "LIST", value_enum, value_delimiter = ',', default_value = "text,json,junit")]
    format: Vec<ReportFormat>,
    /// Which scenarios have a sequence diagram of their own in report.html
    #[arg(long, value_enum, default_value_t = Diagrams::Alike, value_name = "WHICH")]
    diagrams: Diagrams,
    /// How many scenarios run at once; one a core against the embedded server, one against an outside target
    #[arg(long, short, value_name = "N")]
    jobs: Option<usize>,
    /// Run only the K-th of N parts of the selection
    #[arg(long, value_name = "K/N")]
    shard: Option<String>,
    /// Run every scenario N times; it passes when all its runs do
    #[arg(long, value_name = "N", default_value_t = 1)]
    repeat: u32,
    /// Begin no further scenario after the first that fails
    #[arg(long)]
    fail_fast: bool,
    /// List what would run, and run nothing
    #[arg(long)]
    dry_run: bool,
    /// Only rules whose id begins so judge
    #[arg(long, value_name = "PREFIX")]
    rules: Option<String>,
    /// Warnings count as failures
    #[arg(long)]
    strict: bool,
    /// Judge also what the target file says the target lacks
    #[arg(long)]
    no_waivers: bool,
    /// Write the session keys of security contexts into each trace.jsonl, so that `check` can read what they seal: secrets
    #[arg(long)]
    write_keys: bool,
    /// The full windows of the catalogue (10 s blocking, 180 s without a retry) and its mass tests
    #[arg(long)]
    thorough: bool,
    /// Speak only these transfer syntaxes; all that the target has when absent
    #[arg(long, value_name = "LIST", value_enum, value_delimiter = ',')]
    transfer_syntax: Vec<Syntax>,
    /// Protect calls only so: none, or {ntlm|kerberos|negotiate}-{connect|pkt|integrity|privacy}; as the target has it when absent
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    security: Vec<String>,
    /// Stretch the harness's own waits, never the specification's bounds
    #[arg(long, value_name = "X", default_value_t = 1.0)]
    time_scale: f64,
    /// What identifiers and nonces are made from
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// The line that tells how far the run is
    #[arg(long, value_enum, default_value_t = Progress::Auto, value_name = "WHEN")]
    progress: Progress,
    /// Known deviations: what the file lists is `skip`; what it doesn't, and what it lists and doesn't come, is unexpected
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Draft a baseline of what deviates now, in a new file; its reasons are to be filled in
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    write_baseline: Option<PathBuf>,
    /// What the product notes say of a product accuses nobody; `windows` is known
    #[arg(long, value_name = "PRODUCT")]
    overlay: Option<String>,
}

/// A transfer syntax.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Syntax {
    /// NDR 2.0
    Ndr,
    /// NDR64
    Ndr64,
}

/// `run`.
#[derive(Debug)]
pub struct Run {
    /// What to run; everything when empty.
    pub selectors: Vec<Selector>,
    /// What to leave out.
    pub exclude: Vec<Selector>,
    /// A target file or a string binding.
    pub target: Option<String>,
    /// Where the scenarios are.
    pub scenarios: Root,
    /// The folder of the report.
    pub report: PathBuf,
    /// The files of the report.
    pub formats: Vec<ReportFormat>,
    /// Whether each row of `report.html` has a diagram of its own.
    pub diagrams: bool,
    /// The file of known deviations.
    pub baseline: Option<PathBuf>,
    /// The file that takes a draft of one.
    pub write_baseline: Option<PathBuf>,
    /// How many scenarios run at once.
    pub jobs: Option<NonZeroUsize>,
    /// The part of the selection to run.
    pub shard: Option<Shard>,
    /// How many times each scenario runs.
    pub repeat: u32,
    /// Stop at the first failure.
    pub fail_fast: bool,
    /// List only.
    pub dry_run: bool,
    /// Prefix of the rules that judge.
    pub rules: Option<String>,
    /// Warnings are failures.
    pub strict: bool,
    /// The product whose known ways accuse nobody.
    pub overlay: Option<&'static Overlay>,
    /// Judge what is waived, too.
    pub no_waivers: bool,
    /// Traces hold the keys of security contexts.
    pub write_keys: bool,
    /// Full windows.
    pub thorough: bool,
    /// Stretches the harness's own waits.
    pub time_scale: f64,
    /// What identifiers are made from.
    pub seed: u64,
    /// The transfer syntaxes to speak; all that the target has when empty.
    pub transfer_syntaxes: Vec<TransferSyntax>,
    /// How calls are protected; as the target has it when empty.
    pub security: Vec<Option<Protection>>,
    /// When to show the progress line.
    pub progress: Progress,
    /// When to use colours.
    pub color: Color,
}

impl Written {
    pub(super) fn meant(self, color: Color) -> Result<Run, clap::Error> {
        if self.repeat == 0 {
            return Err(wrong("--repeat", "at least 1"));
        }
        if !(self.time_scale.is_finite() && self.time_scale > 0.0) {
            return Err(wrong("--time-scale", "a number above 0"));
        }
        Ok(Run {
            selectors: selectors(&self.selectors, "SELECTOR")?,
            exclude: selectors(&self.exclude, "--exclude")?,
            seed: self.seed.unwrap_or_else(|| default_seed(self.target.is_some())),
            target: self.target,
            scenarios: root(self.scenarios),
            report: self.report,
            formats: self.format,
            diagrams: self.diagrams == Diagrams::All,
            baseline: self.baseline,
            write_baseline: self.write_baseline,
            jobs: jobs(self.jobs)?,
            shard: self.shard.as_deref().map(Shard::parse).transpose()?,
            repeat: self.repeat,
            fail_fast: self.fail_fast,
            dry_run: self.dry_run,
            rules: self.rules,
            strict: self.strict,
            overlay: self.overlay.as_deref().map(named_overlay).transpose()?,
            no_waivers: self.no_waivers,
            write_keys: self.write_keys,
            thorough: self.thorough,
            time_scale: self.time_scale,
            transfer_syntaxes: transfer_syntaxes(&self.transfer_syntax),
            security: securities(&self.security)?,
            progress: self.progress,
            color,
        })
    }
}

/// Each once.
fn securities(written: &[String]) -> Result<Vec<Option<Protection>>, clap::Error> {
    let mut meant = Vec::new();
    for word in written {
        let protection = Protection::parse(word).map_err(|why| wrong("--security", why))?;
        if !meant.contains(&protection) {
            meant.push(protection);
        }
    }
    Ok(meant)
}

/// Each once.
fn transfer_syntaxes(written: &[Syntax]) -> Vec<TransferSyntax> {
    let mut meant = Vec::new();
    for syntax in written {
        let syntax = match syntax {
            Syntax::Ndr => TransferSyntax::Ndr,
            Syntax::Ndr64 => TransferSyntax::Ndr64,
        };
        if !meant.contains(&syntax) {
            meant.push(syntax);
        }
    }
    meant
}

/// The embedded server is new for every scenario. An outside target may still hold what an earlier run left there, so
/// there nothing may repeat.
fn default_seed(outside: bool) -> u64 {
    match outside {
        true => u64::from(jiff::Timestamp::now().subsec_nanosecond().unsigned_abs()),
        false => 1,
    }
}
