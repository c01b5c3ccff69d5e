//! The command line as written.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// A conformance test harness for [MS-PAN], the Print System Asynchronous Notification Protocol.
#[derive(Debug, Parser)]
#[command(
    name = "pan-harness",
    version,
    max_term_width = 100,
    propagate_version = true,
    disable_help_subcommand = true,
    after_help = "`pan-harness help` lists topics as well, such as the exit codes and how to write a target file."
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,
    /// Colours in what is printed
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub(super) color: Color,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run scenarios against a target; without --target, against the reference server and client
    Run(Run),
    /// Judge recorded traffic (captures, or trace.jsonl of an earlier run) by the same rules
    Check(Check),
    /// The reference server, for people who write a client; prints one JSON line with its ports when ready
    Serve(Serve),
    /// The reference client for people: prints notifications as they arrive
    Listen(Listen),
    /// What a server offers: endpoints, interfaces, transfer syntaxes, security, one registration
    Probe(Probe),
    /// Every misbehaviour of the reference server and client against the scenarios: the kill matrix
    Selftest(Selftest),
    /// What a requirement, rule, scenario, misbehaviour or variant says and how it is checked
    Explain(Explain),
    /// Ids with section and title
    List(List),
    /// The JSON Schema of a kind of file
    Schema(Schema),
    /// Print a scenario as it will run: fragments and matrix resolved
    Expand(Expand),
    /// Lay two recordings side by side and tell where they differ, and whether the specification allows it
    Compare(Compare),
    /// Make a scenario that replays what was recorded
    Record(Record),
    /// Take what identifies people, hosts and printers out of a capture, so that it can be handed on
    Scrub(Scrub),
    /// Write a target file, of a server from what it offers; asks on a terminal where neither ADDRESS nor COMMAND is given
    Init(Init),
    /// Join the reports of the parts of a run (`--shard K/N`) to the report of the whole
    Merge(Merge),
    /// Print the help of a command or of a topic; without one, the list of both
    Help(Help),
    /// Write manual pages of all commands and topics
    Man(Man),
    /// Print the completions for a shell
    Completions(Completions),
}

#[derive(Debug, Args)]
pub(super) struct Run {
    /// What to run: a scenario id, an id prefix ending in `/`, or tag:NAME; everything when absent
    #[arg(value_name = "SELECTOR")]
    pub(super) selectors: Vec<String>,
    /// What to leave out; may be given several times
    #[arg(long, value_name = "SELECTOR")]
    pub(super) exclude: Vec<String>,
    /// A target file or a string binding (ncacn_ip_tcp:127.0.0.1[49670])
    #[arg(long, value_name = "FILE|BINDING")]
    pub(super) target: Option<String>,
    /// The folder of scenarios; those that are part of the program when absent
    #[arg(long, value_name = "DIR")]
    pub(super) scenarios: Option<PathBuf>,
    /// The folder that the report is written to
    #[arg(long, value_name = "DIR", default_value = "reports/latest")]
    pub(super) report: PathBuf,
    /// Which files the report has; text goes to standard output too
    #[arg(long, value_name = "LIST", value_enum, value_delimiter = ',', default_value = "text,json,junit")]
    pub(super) format: Vec<ReportFormat>,
    /// Which scenarios have a sequence diagram of their own in report.html
    #[arg(long, value_enum, default_value_t = Diagrams::Alike, value_name = "WHICH")]
    pub(super) diagrams: Diagrams,
    /// How many scenarios run at once; one a core against the embedded server, one against an outside target
    #[arg(long, short, value_name = "N")]
    pub(super) jobs: Option<usize>,
    /// Run only the K-th of N parts of the selection
    #[arg(long, value_name = "K/N")]
    pub(super) shard: Option<String>,
    /// Run every scenario N times; it passes when all its runs do
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(super) repeat: u32,
    /// Begin no further scenario after the first that fails
    #[arg(long)]
    pub(super) fail_fast: bool,
    /// List what would run, and run nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Only rules whose id begins so judge
    #[arg(long, value_name = "PREFIX")]
    pub(super) rules: Option<String>,
    /// Warnings count as failures
    #[arg(long)]
    pub(super) strict: bool,
    /// Judge also what the target file says the target lacks
    #[arg(long)]
    pub(super) no_waivers: bool,
    /// Write the session keys of security contexts into each trace.jsonl, so that `check` can read what they seal: secrets
    #[arg(long)]
    pub(super) write_keys: bool,
    /// The full windows of the catalogue (10 s blocking, 180 s without a retry) and its mass tests
    #[arg(long)]
    pub(super) thorough: bool,
    /// Speak only these transfer syntaxes; all that the target has when absent
    #[arg(long, value_name = "LIST", value_enum, value_delimiter = ',')]
    pub(super) transfer_syntax: Vec<Syntax>,
    /// Protect calls only so: none, or {ntlm|kerberos|negotiate}-{connect|pkt|integrity|privacy}; as the target has it when absent
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub(super) security: Vec<String>,
    /// Stretch the harness's own waits, never the specification's bounds
    #[arg(long, value_name = "X", default_value_t = 1.0)]
    pub(super) time_scale: f64,
    /// What identifiers and nonces are made from
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,
    /// The line that tells how far the run is
    #[arg(long, value_enum, default_value_t = Progress::Auto, value_name = "WHEN")]
    pub(super) progress: Progress,
    /// Known deviations: what the file lists is `skip`; what it doesn't, and what it lists and doesn't come, is unexpected
    #[arg(long, value_name = "FILE")]
    pub(super) baseline: Option<PathBuf>,
    /// Draft a baseline of what deviates now, in a new file; its reasons are to be filled in
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    pub(super) write_baseline: Option<PathBuf>,
    /// What the product notes say of a product accuses nobody; `windows` is known
    #[arg(long, value_name = "PRODUCT")]
    pub(super) overlay: Option<String>,
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

#[derive(Debug, Args)]
pub(super) struct Check {
    /// Captures (pcap, pcapng), trace.jsonl files, or folders that hold such files (.pcap, .pcapng, .cap, trace.jsonl)
    #[arg(value_name = "FILE|DIR", required = true)]
    pub(super) files: Vec<PathBuf>,
    /// Write a report (results.json, junit.xml, report.txt, or what --format names) to this folder
    #[arg(long, value_name = "DIR")]
    pub(super) report: Option<PathBuf>,
    /// Which files the report has
    #[arg(long, value_name = "LIST", value_enum, value_delimiter = ',', default_value = "text,json,junit")]
    pub(super) format: Vec<ReportFormat>,
    /// Which files have a sequence diagram of their own in report.html
    #[arg(long, value_enum, default_value_t = Diagrams::Alike, value_name = "WHICH")]
    pub(super) diagrams: Diagrams,
    /// Judge only the K-th of N parts of the files
    #[arg(long, value_name = "K/N")]
    pub(super) shard: Option<String>,
    /// Only rules whose id begins so judge
    #[arg(long, value_name = "PREFIX")]
    pub(super) rules: Option<String>,
    /// Warnings count as failures
    #[arg(long)]
    pub(super) strict: bool,
    /// What the product notes say of a product accuses nobody; `windows` is known
    #[arg(long, value_name = "PRODUCT")]
    pub(super) overlay: Option<String>,
    /// Known deviations: what the file lists is `skip`; an entry that matches nothing is no mistake here
    #[arg(long, value_name = "FILE")]
    pub(super) baseline: Option<PathBuf>,
    /// Whose behaviour decides the exit code; without it, that of the party that the recorded run was judging
    #[arg(long, value_name = "PARTY", value_enum)]
    pub(super) party: Option<Tested>,
    /// Where captures were recorded: only there is the order of messages on several connections known
    #[arg(long, value_name = "WHERE", value_enum, default_value_t = Stand::Unknown)]
    pub(super) vantage: Stand,
    /// The keys of services: opens and verifies what goes under their Kerberos tickets
    #[arg(long, value_name = "FILE")]
    pub(super) keytab: Option<PathBuf>,
    /// A target file: its identities' passwords and its keytab open what is sealed; its readings, packet_level and waivers hold
    /// for captures
    #[arg(long, value_name = "FILE")]
    pub(super) target: Option<String>,
    /// How many files are judged at once; as many as there are processors when absent
    #[arg(long, value_name = "N")]
    pub(super) jobs: Option<usize>,
}

#[derive(Debug, Args)]
pub(super) struct Merge {
    /// The folders of the parts' reports, each with its results.json
    #[arg(value_name = "DIR", required = true)]
    pub(super) folders: Vec<PathBuf>,
    /// The folder that the report of the whole is written to
    #[arg(long, value_name = "DIR", default_value = "reports/latest")]
    pub(super) report: PathBuf,
    /// Which files the report has; text goes to standard output too
    #[arg(long, value_name = "LIST", value_enum, value_delimiter = ',', default_value = "text,json,junit")]
    pub(super) format: Vec<ReportFormat>,
    /// The baseline that the parts were run with, when it lies elsewhere now
    #[arg(long, value_name = "FILE")]
    pub(super) baseline: Option<PathBuf>,
    /// The folder of scenarios; those that are part of the program when absent
    #[arg(long, value_name = "DIR")]
    pub(super) scenarios: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct Init {
    /// A server, which is asked what it offers: HOST:PORT, or a string binding (without a port its endpoint mapper is asked)
    #[arg(value_name = "ADDRESS", conflicts_with = "command")]
    pub(super) address: Option<String>,
    /// A client: its program and words, after `--`; {host}, {port}, {mode}, {type}, {count} and others stand for what it is told
    #[arg(last = true, value_name = "COMMAND")]
    pub(super) command: Vec<String>,
    /// The file; - for standard output; my-server.yaml or my-client.yaml when absent
    #[arg(long, short = 'o', value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// Replace what is there
    #[arg(long)]
    pub(super) overwrite: bool,
    /// A client that somebody starts by hand, in place of COMMAND
    #[arg(long, conflicts_with_all = ["address", "command"])]
    pub(super) manual: bool,
    /// Its name, for reports
    #[arg(long, value_name = "NAME")]
    pub(super) name: Option<String>,
    /// The server's name in \\\\SERVER\\queue
    #[arg(long, value_name = "NAME")]
    pub(super) server_name: Option<String>,
    /// A print queue of the server
    #[arg(long, value_name = "QUEUE")]
    pub(super) printer: Option<String>,
    /// Where the server's notification source is asked
    #[arg(long, value_name = "HOST:PORT", conflicts_with_all = ["command", "manual"])]
    pub(super) stimulus: Option<String>,
    /// A user, and the environment variable that holds the password; may be given several times
    #[arg(long, value_name = "[DOMAIN\\\\]USER=VARIABLE")]
    pub(super) account: Vec<String>,
    /// Ask the server nothing
    #[arg(long, conflicts_with_all = ["command", "manual"])]
    pub(super) no_probe: bool,
    /// Write the scenarios that the program carries to a folder instead, which is new or empty
    #[arg(long, value_name = "DIR", num_args = 0..=1, default_missing_value = "scenarios", exclusive = true)]
    pub(super) scenarios: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct Compare {
    /// A capture, a trace.jsonl, the folder of one scenario, or the report folder of a run
    pub(super) left: PathBuf,
    /// What it is compared with; the scenarios of two runs are paired by id, transfer syntax and security
    pub(super) right: PathBuf,
    /// Whose behaviour decides the exit code; without it, that of the party that recorded runs were judging, of captures both
    #[arg(long, value_name = "PARTY", value_enum)]
    pub(super) party: Option<Tested>,
    /// What the product notes say of a product is its choice; `windows` is known
    #[arg(long, value_name = "PRODUCT")]
    pub(super) overlay: Option<String>,
    /// Only rules whose id begins so accuse
    #[arg(long, value_name = "PREFIX")]
    pub(super) rules: Option<String>,
    /// What only should hold accuses, too
    #[arg(long)]
    pub(super) strict: bool,
    /// A target file: its identities' passwords and keytab open what is sealed, its readings and packet_level hold for captures
    #[arg(long, value_name = "FILE")]
    pub(super) target: Option<String>,
    /// The server's keys, in a keytab of MIT's: opens what goes under tickets for it
    #[arg(long, value_name = "FILE")]
    pub(super) keytab: Option<PathBuf>,
    /// Write comparison.txt, comparison.json, comparison.html to this folder
    #[arg(long, short = 'o', value_name = "DIR")]
    pub(super) report: Option<PathBuf>,
    /// Text goes to standard output; without --report so does json, or html, alone
    #[arg(long, value_name = "LIST", value_enum, value_delimiter = ',', default_value = "text")]
    pub(super) format: Vec<CompareFormat>,
}

#[derive(Debug, Args)]
pub(super) struct Record {
    /// A capture, or a trace.jsonl
    pub(super) capture: PathBuf,
    /// The file that takes the scenario, which must not be there yet; - for standard output
    #[arg(long, short = 'o', value_name = "FILE")]
    pub(super) output: PathBuf,
    /// Whom the scenario tests; without it, whom the recorded run was judging, of captures the server
    #[arg(long, value_name = "PARTY", value_enum)]
    pub(super) party: Option<Recorded>,
    /// The folder of scenarios whose fragments are used; the one that FILE lies in when absent, and no fragments where it lies in
    /// none
    #[arg(long, value_name = "DIR")]
    pub(super) scenarios: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct Scrub {
    /// A capture in pcap or pcapng
    pub(super) capture: PathBuf,
    /// The file in pcapng that takes the result, which must not be there yet
    #[arg(long, short = 'o', value_name = "FILE")]
    pub(super) output: PathBuf,
    /// A name that must not be found anywhere in the result; may be given several times
    #[arg(long, value_name = "NAME")]
    pub(super) also: Vec<String>,
}

/// Whom a recorded scenario tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Recorded {
    /// The server: our side makes the client's calls
    Server,
    /// The client: our side is the server
    Client,
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

#[derive(Debug, Args)]
pub(super) struct Serve {
    /// The address to accept clients at; port 0 is chosen by the system
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub(super) listen: String,
    /// Accept stimuli (one JSON object a line) at this address
    #[arg(long, value_name = "ADDRESS")]
    pub(super) stimulus: Option<String>,
    /// Do this wrong on purpose (see `list misbehaviours`)
    #[arg(long, value_name = "NAME")]
    pub(super) misbehave: Option<String>,
    /// Offer an endpoint mapper at this address, where clients learn the server's port
    #[arg(long, value_name = "ADDRESS")]
    pub(super) endpoint_mapper: Option<String>,
    /// Do this in another way that is allowed as well (see `list variants`)
    #[arg(long, value_name = "NAME")]
    pub(super) variant: Option<String>,
    /// Take this user in, whose password is in that environment variable; may be given several times
    #[arg(long, value_name = "USER=VARIABLE")]
    pub(super) account: Vec<String>,
    /// Take in whoever has a ticket for a service with keys in this file
    #[arg(long, value_name = "FILE")]
    pub(super) keytab: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct Listen {
    /// The server: HOST:PORT or a string binding (ncacn_ip_tcp:127.0.0.1[49670]; without a port its endpoint mapper is asked)
    pub(super) address: String,
    /// unidirectional, bidirectional or printer-configuration
    #[arg(long, value_name = "MODE", default_value = "unidirectional")]
    pub(super) mode: String,
    /// The notification type: a GUID, AsyncUI or PrinterConfiguration; the mode's usual one when absent
    #[arg(long = "type", value_name = "GUID")]
    pub(super) notification_type: Option<String>,
    /// UNC name of the print queue; the print server itself when absent or empty
    #[arg(long, value_name = "NAME")]
    pub(super) printer: Option<String>,
    /// Do this wrong on purpose (see `list misbehaviours`)
    #[arg(long, value_name = "NAME")]
    pub(super) misbehave: Option<String>,
    /// Authenticate as the first of the `identities` of this target file, with its `security` and `kerberos`
    #[arg(long, value_name = "FILE")]
    pub(super) target: Option<String>,
    /// End after so many notifications
    #[arg(long, value_name = "N")]
    pub(super) count: Option<u32>,
    /// How to print them; json is one object a line
    #[arg(long, value_enum, default_value_t = ListFormat::Text, value_name = "FORMAT")]
    pub(super) format: ListFormat,
}

#[derive(Debug, Args)]
pub(super) struct Probe {
    /// The server: HOST:PORT, or a string binding (without a port the endpoint mapper is asked)
    #[arg(value_name = "ADDRESS", required_unless_present = "target", conflicts_with = "target")]
    pub(super) address: Option<String>,
    /// The server's target file, in place of its address: its notification source is asked, too
    #[arg(long, value_name = "FILE|BINDING")]
    pub(super) target: Option<String>,
    /// How to print it; json is one object
    #[arg(long, value_enum, default_value_t = ListFormat::Text, value_name = "FORMAT")]
    pub(super) format: ListFormat,
}

#[derive(Debug, Args)]
pub(super) struct Selftest {
    /// Scenarios to run: an id, a prefix that ends in `/`, or tag:NAME; all when none
    #[arg(value_name = "SELECTOR")]
    pub(super) selectors: Vec<String>,
    /// Only this misbehaviour; may be given several times (see `list misbehaviours`)
    #[arg(long, value_name = "NAME")]
    pub(super) misbehave: Vec<String>,
    /// Whose misbehaviours, when none is named
    #[arg(long, value_enum, default_value_t = Tested::Both, value_name = "PARTY", conflicts_with = "misbehave")]
    pub(super) party: Tested,
    /// How many scenarios run at once
    #[arg(long, value_name = "N")]
    pub(super) jobs: Option<usize>,
    /// How to print the matrix
    #[arg(long, value_enum, default_value_t = ListFormat::Text, value_name = "FORMAT")]
    pub(super) format: ListFormat,
    /// The folder that takes selftest.json and selftest.txt, when they are wanted
    #[arg(long, value_name = "DIR")]
    pub(super) report: Option<PathBuf>,
    /// The folder of scenarios; those that are part of the program when absent
    #[arg(long, value_name = "DIR")]
    pub(super) scenarios: Option<PathBuf>,
    /// When to show a progress line
    #[arg(long, value_enum, default_value_t = Progress::Auto, value_name = "WHEN")]
    pub(super) progress: Progress,
}

#[derive(Debug, Args)]
pub(super) struct Explain {
    /// A requirement (PAN-3.1.1.4.2-08), a rule, a scenario, a misbehaviour or a variant
    pub(super) id: String,
    /// The folder of scenarios; those that are part of the program when absent
    #[arg(long, value_name = "DIR")]
    pub(super) scenarios: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct List {
    /// What to list
    #[arg(value_enum)]
    pub(super) what: Listing,
    /// How to print it
    #[arg(long, value_enum, default_value_t = ListFormat::Text, value_name = "FORMAT")]
    pub(super) format: ListFormat,
    /// The folder of scenarios; those that are part of the program when absent
    #[arg(long, value_name = "DIR")]
    pub(super) scenarios: Option<PathBuf>,
}

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

#[derive(Debug, Args)]
pub(super) struct Expand {
    /// The scenario's id
    pub(super) scenario: String,
    /// The folder of scenarios; those that are part of the program when absent
    #[arg(long, value_name = "DIR")]
    pub(super) scenarios: Option<PathBuf>,
}

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

/// A transfer syntax.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Syntax {
    /// NDR 2.0
    Ndr,
    /// NDR64
    Ndr64,
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

/// How `list` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// One line an entry.
    Text,
    /// One JSON array.
    Json,
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
