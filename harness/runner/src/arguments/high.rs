//! The command line as meant: values checked, and what this version lacks refused.

use std::ffi::OsString;
use std::fmt;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Parser as _;
use conformance::{Overlay, Party, overlay};
use dcerpc::TransferSyntax;
use mspan::NotificationType;
use peer::print_client::Mode;
use trace::Vantage;

use super::init::{self, Init};
use super::low::{
    self, Arguments, Color, CompareFormat, Diagrams, FileKind, ListFormat, Listing, Progress, ReportFormat, Stand,
    Tested,
};
use super::selector::Selector;
use super::whereabouts::Whereabouts;
use crate::diagnostic::did_you_mean;
use crate::protection::Protection;
use crate::scenario::Root;

/// What the user wants done.
#[derive(Debug)]
pub enum Command {
    /// Run scenarios.
    Run(Box<Run>),
    /// Judge recorded traffic.
    Check(Check),
    /// Lay two recordings side by side.
    Compare(Compare),
    /// Make a scenario of a recording.
    Record(Record),
    /// `scrub`.
    Scrub(Scrub),
    /// Be a reference server.
    Serve(Serve),
    /// Be a client for people.
    Listen(Listen),
    /// Find out what a server offers.
    Probe(Probe),
    /// Try the checks on what they have to find.
    Selftest(Selftest),
    /// Explain an id.
    Explain(Explain),
    /// List ids.
    List(List),
    /// Print a schema.
    Schema(FileKind),
    /// Print a scenario as it will run.
    Expand(Expand),
    /// Join reports.
    Merge(Merge),
    /// Write a target file.
    Init(Init),
    /// Print the help of a command or of a topic.
    Help(Vec<String>),
    /// Write manual pages into a folder.
    Man(PathBuf),
    /// Print the completions for a shell.
    Completions(clap_complete::Shell),
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

/// One of several parts of a selection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which part, from 1.
    pub part: usize,
    /// How many parts there are.
    pub of: usize,
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

/// `record`.
#[derive(Debug)]
pub struct Record {
    /// What was recorded.
    pub capture: PathBuf,
    /// The file that takes the scenario.
    pub output: PathBuf,
    /// Whom it tests; whom the recorded run was judging when nobody is chosen.
    pub party: Option<Party>,
    /// The folder of scenarios whose fragments are used; the one that the file lies in when none.
    pub scenarios: Option<PathBuf>,
}

/// `scrub`.
#[derive(Debug)]
pub struct Scrub {
    /// The capture.
    pub capture: PathBuf,
    /// The file that takes the result.
    pub output: PathBuf,
    /// Names that must not be found in it.
    pub also: Vec<String>,
}

/// `serve`.
#[derive(Debug)]
pub struct Serve {
    /// Where clients connect.
    pub listen: SocketAddr,
    /// Where its endpoint mapper is asked.
    pub endpoint_mapper: Option<SocketAddr>,
    /// Where stimuli are accepted.
    pub stimulus: Option<SocketAddr>,
    /// What to do wrong.
    pub misbehave: Option<String>,
    /// What to do in another way.
    pub variant: Option<String>,
    /// Users with the environment variables of their passwords.
    pub accounts: Vec<(String, String)>,
    /// The keys of its services.
    pub keytab: Option<PathBuf>,
}

/// `listen`.
#[derive(Debug)]
pub struct Listen {
    /// The server.
    pub address: Whereabouts,
    /// The mode.
    pub mode: Mode,
    /// The notification type.
    pub notification_type: NotificationType,
    /// UNC name of the print queue.
    pub printer: Option<String>,
    /// What to do wrong.
    pub misbehave: Option<String>,
    /// The file with the user to be.
    pub target: Option<String>,
    /// How many notifications to wait for; all when none.
    pub count: Option<u32>,
    /// How to print them.
    pub format: ListFormat,
}

/// `probe`.
#[derive(Debug)]
pub struct Probe {
    /// The server.
    pub server: Probed,
    /// How to print what it offers.
    pub format: ListFormat,
}

/// Whom `probe` asks.
#[derive(Debug)]
pub enum Probed {
    /// Who is there.
    At(Whereabouts),
    /// The server of that target file or string binding.
    Target(String),
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

/// `explain`.
#[derive(Debug)]
pub struct Explain {
    /// What to explain.
    pub id: String,
    /// Where the scenarios are.
    pub scenarios: Root,
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

/// `expand`.
#[derive(Debug)]
pub struct Expand {
    /// The scenario's id.
    pub scenario: String,
    /// Where the scenarios are.
    pub scenarios: Root,
}

/// Reads the command line. The second value says when to use colours.
///
/// # Errors
/// What is wrong with it, or the help that was asked for.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<(Command, Color), clap::Error> {
    let arguments = Arguments::try_parse_from(arguments)?;
    let color = arguments.color;
    let command = match arguments.command {
        low::Command::Run(run) => Command::Run(Box::new(meant_run(run, color)?)),
        low::Command::Check(check) => Command::Check(meant_check(check, color)?),
        low::Command::Serve(serve) => Command::Serve(meant_serve(&serve)?),
        low::Command::Listen(listen) => Command::Listen(meant_listen(listen)?),
        low::Command::Probe(probe) => Command::Probe(meant_probe(probe)?),
        low::Command::Selftest(selftest) => Command::Selftest(meant_selftest(selftest)?),
        low::Command::Explain(explain) => {
            Command::Explain(Explain { id: explain.id, scenarios: root(explain.scenarios) })
        }
        low::Command::List(list) => {
            Command::List(List { what: list.what, format: list.format, scenarios: root(list.scenarios) })
        }
        low::Command::Schema(schema) => Command::Schema(schema.kind),
        low::Command::Expand(expand) => {
            Command::Expand(Expand { scenario: expand.scenario, scenarios: root(expand.scenarios) })
        }
        low::Command::Compare(compare) => Command::Compare(meant_compare(compare)?),
        low::Command::Record(record) => Command::Record(Record {
            capture: record.capture,
            output: record.output,
            party: record.party.map(|party| match party {
                low::Recorded::Server => Party::Server,
                low::Recorded::Client => Party::Client,
            }),
            scenarios: record.scenarios,
        }),
        low::Command::Scrub(scrub) => {
            Command::Scrub(Scrub { capture: scrub.capture, output: scrub.output, also: scrub.also })
        }
        low::Command::Init(init) => Command::Init(init::meant(init)?),
        low::Command::Help(help) => Command::Help(help.words),
        low::Command::Man(man) => Command::Man(man.folder),
        low::Command::Completions(completions) => Command::Completions(completions.shell),
        low::Command::Merge(merge) => Command::Merge(Merge {
            folders: merge.folders,
            report: merge.report,
            formats: merge.format,
            baseline: merge.baseline,
            scenarios: root(merge.scenarios),
        }),
    };
    Ok((command, color))
}

pub(super) fn wrong(option: &str, why: impl fmt::Display) -> clap::Error {
    clap::Error::raw(clap::error::ErrorKind::ValueValidation, format!("{option}: {why}\n"))
}

fn named_overlay(name: &str) -> Result<&'static Overlay, clap::Error> {
    overlay::overlay(name).ok_or_else(|| {
        let names: Vec<&str> = overlay::overlays().iter().map(|one| one.name).collect();
        let hint =
            did_you_mean(name, names.iter().copied()).unwrap_or_else(|| format!("there is `{}`", names.join("`, `")));
        wrong("--overlay", format!("no overlay is called `{name}`; {hint}"))
    })
}

fn meant_run(run: low::Run, color: Color) -> Result<Run, clap::Error> {
    if run.repeat == 0 {
        return Err(wrong("--repeat", "at least 1"));
    }
    if !(run.time_scale.is_finite() && run.time_scale > 0.0) {
        return Err(wrong("--time-scale", "a number above 0"));
    }
    Ok(Run {
        selectors: selectors(&run.selectors, "SELECTOR")?,
        exclude: selectors(&run.exclude, "--exclude")?,
        seed: run.seed.unwrap_or_else(|| default_seed(run.target.is_some())),
        target: run.target,
        scenarios: root(run.scenarios),
        report: run.report,
        formats: run.format,
        diagrams: run.diagrams == Diagrams::All,
        baseline: run.baseline,
        write_baseline: run.write_baseline,
        jobs: jobs(run.jobs)?,
        shard: run.shard.as_deref().map(shard).transpose()?,
        repeat: run.repeat,
        fail_fast: run.fail_fast,
        dry_run: run.dry_run,
        rules: run.rules,
        strict: run.strict,
        overlay: run.overlay.as_deref().map(named_overlay).transpose()?,
        no_waivers: run.no_waivers,
        write_keys: run.write_keys,
        thorough: run.thorough,
        time_scale: run.time_scale,
        transfer_syntaxes: transfer_syntaxes(&run.transfer_syntax),
        security: securities(&run.security)?,
        progress: run.progress,
        color,
    })
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
fn transfer_syntaxes(written: &[low::Syntax]) -> Vec<TransferSyntax> {
    let mut meant = Vec::new();
    for syntax in written {
        let syntax = match syntax {
            low::Syntax::Ndr => TransferSyntax::Ndr,
            low::Syntax::Ndr64 => TransferSyntax::Ndr64,
        };
        if !meant.contains(&syntax) {
            meant.push(syntax);
        }
    }
    meant
}

fn meant_check(check: low::Check, color: Color) -> Result<Check, clap::Error> {
    Ok(Check {
        files: check.files,
        keytab: check.keytab,
        target: check.target,
        jobs: jobs(check.jobs)?,
        report: check.report,
        formats: check.format,
        diagrams: check.diagrams == Diagrams::All,
        baseline: check.baseline,
        shard: check.shard.as_deref().map(shard).transpose()?,
        rules: check.rules,
        party: check.party,
        vantage: match check.vantage {
            Stand::Client => Vantage::Client,
            Stand::Server => Vantage::Server,
            Stand::Unknown => Vantage::Unknown,
        },
        strict: check.strict,
        overlay: check.overlay.as_deref().map(named_overlay).transpose()?,
        color,
    })
}

fn meant_compare(compare: low::Compare) -> Result<Compare, clap::Error> {
    if compare.report.is_none() && compare.format.len() > 1 {
        return Err(wrong("--format", "only one can go to standard output; name a folder with --report for several"));
    }
    Ok(Compare {
        left: compare.left,
        right: compare.right,
        party: compare.party,
        overlay: compare.overlay.as_deref().map(named_overlay).transpose()?,
        rules: compare.rules,
        strict: compare.strict,
        target: compare.target,
        keytab: compare.keytab,
        report: compare.report,
        html: compare.format.contains(&CompareFormat::Html),
        formats: compare.format,
    })
}

fn meant_serve(serve: &low::Serve) -> Result<Serve, clap::Error> {
    let address = |option: &str, written: &str| {
        written.parse().map_err(|_| {
            wrong(option, format!("`{written}` is no address with a port, such as 127.0.0.1:49670 or [::1]:0"))
        })
    };
    Ok(Serve {
        listen: address("--listen", &serve.listen)?,
        stimulus: serve.stimulus.as_deref().map(|written| address("--stimulus", written)).transpose()?,
        endpoint_mapper: serve
            .endpoint_mapper
            .as_deref()
            .map(|written| address("--endpoint-mapper", written))
            .transpose()?,
        misbehave: serve.misbehave.clone(),
        variant: serve.variant.clone(),
        accounts: serve.account.iter().map(|written| account(written)).collect::<Result<_, _>>()?,
        keytab: serve.keytab.clone(),
    })
}

/// A user and the environment variable of the password: never the password itself, which everybody could see.
pub(super) fn account(written: &str) -> Result<(String, String), clap::Error> {
    let parts = written.split_once('=').filter(|(user, variable)| !user.is_empty() && !variable.is_empty());
    let (user, variable) = parts.ok_or_else(|| {
        let words = format!("`{written}` is no USER=VARIABLE, with the environment variable that holds the password");
        wrong("--account", words)
    })?;
    Ok((user.to_owned(), variable.to_owned()))
}

fn meant_listen(listen: low::Listen) -> Result<Listen, clap::Error> {
    let mode = Mode::from_name(&listen.mode).ok_or_else(|| {
        let known = Mode::ALL.map(Mode::name).join(", ");
        wrong("--mode", format!("`{}` is no mode; there are {known}", listen.mode))
    })?;
    let notification_type = match listen.notification_type.as_deref() {
        None => mode.usual_type(),
        Some(written) => notification_type(written)
            .ok_or_else(|| wrong("--type", format!("`{written}` is no GUID, AsyncUI or PrinterConfiguration")))?,
    };
    if !mode.has(notification_type) {
        let why = format!("{notification_type} is not sent in mode {}", mode.name());
        return Err(wrong("--type", why));
    }
    Ok(Listen {
        address: Whereabouts::parse(&listen.address).map_err(|why| wrong("ADDRESS", why))?,
        mode,
        notification_type,
        printer: listen.printer.filter(|name| !name.is_empty()),
        misbehave: listen.misbehave,
        target: listen.target,
        count: listen.count,
        format: listen.format,
    })
}

fn meant_probe(probe: low::Probe) -> Result<Probe, clap::Error> {
    let server = match (probe.address, probe.target) {
        (Some(address), _) => Probed::At(Whereabouts::parse(&address).map_err(|why| wrong("ADDRESS", why))?),
        (None, target) => Probed::Target(target.unwrap_or_default()),
    };
    Ok(Probe { server, format: probe.format })
}

fn notification_type(written: &str) -> Option<NotificationType> {
    let named = NotificationType::NAMED.into_iter().find(|(name, _)| *name == written).map(|(_, value)| value);
    named.or_else(|| written.parse().ok().map(NotificationType))
}

fn meant_selftest(selftest: low::Selftest) -> Result<Selftest, clap::Error> {
    Ok(Selftest {
        selectors: selectors(&selftest.selectors, "SELECTOR")?,
        misbehave: selftest.misbehave,
        party: selftest.party,
        jobs: jobs(selftest.jobs)?,
        format: selftest.format,
        report: selftest.report,
        scenarios: root(selftest.scenarios),
        progress: selftest.progress,
    })
}

fn root(folder: Option<PathBuf>) -> Root {
    folder.map_or(Root::Embedded, Root::Folder)
}

fn jobs(written: Option<usize>) -> Result<Option<NonZeroUsize>, clap::Error> {
    written.map(|jobs| NonZeroUsize::new(jobs).ok_or_else(|| wrong("--jobs", "at least 1"))).transpose()
}

fn selectors(written: &[String], option: &str) -> Result<Vec<Selector>, clap::Error> {
    written.iter().map(|one| Selector::parse(one).map_err(|why| wrong(option, why))).collect()
}

fn shard(written: &str) -> Result<Shard, clap::Error> {
    let parts = written.split_once('/').and_then(|(part, of)| Some((part.parse().ok()?, of.parse().ok()?)));
    match parts {
        Some((part, of)) if (1..=of).contains(&part) => Ok(Shard { part, of }),
        _ => Err(wrong("--shard", format!("`{written}` is no K/N with K from 1 to N"))),
    }
}

/// The embedded server is new for every scenario. An outside target may still hold what an earlier run left there, so
/// there nothing may repeat.
fn default_seed(outside: bool) -> u64 {
    match outside {
        true => u64::from(jiff::Timestamp::now().subsec_nanosecond().unsigned_abs()),
        false => 1,
    }
}
