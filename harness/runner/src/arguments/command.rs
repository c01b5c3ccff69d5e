//! The command line as a whole.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

use super::check::{self, Check};
use super::choice::Color;
use super::compare::{self, Compare};
use super::expand::{self, Expand};
use super::explain::{self, Explain};
use super::help::{self, FileKind};
use super::init::{self, Init};
use super::list::{self, List};
use super::listen::{self, Listen};
use super::merge::{self, Merge};
use super::probe::{self, Probe};
use super::record::{self, Record};
use super::run::{self, Run};
use super::scrub::{self, Scrub};
use super::selftest::{self, Selftest};
use super::serve::{self, Serve};

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
    command: Written,
    /// Colours in what is printed
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    color: Color,
}

#[derive(Debug, Subcommand)]
enum Written {
    /// Run scenarios against a target; without --target, against the reference server and client
    Run(run::Written),
    /// Judge recorded traffic (captures, or trace.jsonl of an earlier run) by the same rules
    Check(check::Written),
    /// The reference server, for people who write a client; prints one JSON line with its ports when ready
    Serve(serve::Written),
    /// The reference client for people: prints notifications as they arrive
    Listen(listen::Written),
    /// What a server offers: endpoints, interfaces, transfer syntaxes, security, one registration
    Probe(probe::Written),
    /// Every misbehaviour of the reference server and client against the scenarios: the kill matrix
    Selftest(selftest::Written),
    /// What a requirement, rule, scenario, misbehaviour or variant says and how it is checked
    Explain(explain::Written),
    /// Ids with section and title
    List(list::Written),
    /// The JSON Schema of a kind of file
    Schema(help::Schema),
    /// Print a scenario as it will run: fragments and matrix resolved
    Expand(expand::Written),
    /// Lay two recordings side by side and tell where they differ, and whether the specification allows it
    Compare(compare::Written),
    /// Make a scenario that replays what was recorded
    Record(record::Written),
    /// Take what identifies people, hosts and printers out of a capture, so that it can be handed on
    Scrub(scrub::Written),
    /// Write a target file, of a server from what it offers; asks on a terminal where neither ADDRESS nor COMMAND is given
    Init(init::Written),
    /// Join the reports of the parts of a run (`--shard K/N`) to the report of the whole
    Merge(merge::Written),
    /// Print the help of a command or of a topic; without one, the list of both
    Help(help::Help),
    /// Write manual pages of all commands and topics
    Man(help::Man),
    /// Print the completions for a shell
    Completions(help::Completions),
}

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

/// Reads the command line. The second value says when to use colours.
///
/// # Errors
/// What is wrong with it, or the help that was asked for.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<(Command, Color), clap::Error> {
    let arguments = Arguments::try_parse_from(arguments)?;
    let color = arguments.color;
    let command = match arguments.command {
        Written::Run(run) => Command::Run(Box::new(run.meant(color)?)),
        Written::Check(check) => Command::Check(check.meant(color)?),
        Written::Serve(serve) => Command::Serve(serve.meant()?),
        Written::Listen(listen) => Command::Listen(listen.meant()?),
        Written::Probe(probe) => Command::Probe(probe.meant()?),
        Written::Selftest(selftest) => Command::Selftest(selftest.meant()?),
        Written::Explain(explain) => Command::Explain(explain.meant()),
        Written::List(list) => Command::List(list.meant()),
        Written::Expand(expand) => Command::Expand(expand.meant()),
        Written::Compare(compare) => Command::Compare(compare.meant()?),
        Written::Record(record) => Command::Record(record.meant()),
        Written::Scrub(scrub) => Command::Scrub(scrub.meant()),
        Written::Init(init) => Command::Init(init.meant()?),
        Written::Merge(merge) => Command::Merge(merge.meant()),
        Written::Schema(schema) => Command::Schema(schema.kind),
        Written::Help(help) => Command::Help(help.words),
        Written::Man(man) => Command::Man(man.folder),
        Written::Completions(completions) => Command::Completions(completions.shell),
    };
    Ok((command, color))
}
