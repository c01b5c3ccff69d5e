//! From the command line to an exit code.

use std::ffi::OsString;
use std::fmt;
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use anstream::{AutoStream, ColorChoice};

use conformance::Party;

use crate::arguments::{self, Color, Command, CompareFormat, ListFormat, Listing, ReportFormat};
use crate::baseline::{self, Baseline};
use crate::diagnostic::Diagnostic;
use crate::exit::Exit;
use crate::recording::Recording;
use crate::report::{
    Folder, Gallery, Results, Styles, can_be_made, to_annotations, to_html, to_json, to_junit, to_markdown, to_sarif,
    to_tap, to_text, write_whole,
};
use crate::run::{self, Ended};
use crate::scenario::meant::Scenario;
use crate::scenario::{Library, Root};
use crate::terminal::{self, say};
use crate::{
    check, compare, expand, explain, help, init, list, listen, merge, probe, record, schema, scrub, selftest, serve,
    target,
};

/// Why a command did not do what it should: the exit code and the words for standard error.
type Failure = (Exit, String);

/// Does what the command line says.
pub fn main(words: impl IntoIterator<Item = OsString>) -> Exit {
    let (command, color) = match arguments::parse(words) {
        Ok(parsed) => parsed,
        Err(error) => {
            let printed = error.print();
            if error.use_stderr() {
                return Exit::Mistake;
            }
            return match printed {
                Err(error) if !terminal::has_left(&error) => {
                    say(format!("pan-harness: {}", terminal::unprintable(&error)));
                    Exit::Environment
                }
                _ => Exit::AsExpected,
            };
        }
    };
    choose(color);
    match done(command) {
        Ok(exit) => exit,
        Err((exit, why)) => {
            say(format!("pan-harness: {}", why.trim_end()));
            exit
        }
    }
}

fn choose(color: Color) {
    match color {
        Color::Auto => ColorChoice::Auto,
        Color::Always => ColorChoice::Always,
        Color::Never => ColorChoice::Never,
    }
    .write_global();
}

fn done(command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Check(check) => checked(&check),
        Command::Compare(arguments) => compared(&arguments),
        Command::Record(arguments) => recorded(&arguments),
        Command::Scrub(arguments) => scrubbed(&arguments),
        Command::Serve(arguments) => serve::serve(&arguments).map(|()| Exit::AsExpected),
        Command::Listen(arguments) => listen::listen(&arguments),
        Command::Probe(arguments) => probe::run(&arguments),
        Command::Selftest(arguments) => tested(&arguments),
        Command::Explain(arguments) => {
            let all = library_if_there(&arguments.scenarios)?;
            print(&explain::explain(&arguments.id, &all).map_err(mistake)?)
        }
        Command::List(arguments) => {
            let listed = match arguments.what {
                Listing::Scenarios => list::scenarios(&library(&arguments.scenarios)?, arguments.format),
                Listing::Variants => list::variants(arguments.format),
                Listing::Rules => list::rules(arguments.format),
                Listing::Requirements => list::requirements(&library_if_there(&arguments.scenarios)?, arguments.format),
                Listing::Misbehaviours => list::misbehaviours(arguments.format),
            };
            print(&listed.map_err(|error| internal(&error))?)
        }
        Command::Schema(kind) => print(&schema::schema(kind).map_err(|error| internal(&error))?),
        Command::Run(arguments) => ran(&arguments),
        Command::Merge(arguments) => merged(&arguments),
        Command::Expand(arguments) => expanded(&arguments),
        Command::Init(arguments) => begun(&arguments),
        Command::Help(words) => print(&help::help(&words, columns().min(COLUMNS)).map_err(mistake)?),
        Command::Man(folder) => {
            let unwritable = |error| (Exit::Environment, format!("the manual pages can't be written: {error}"));
            let count = help::manual(&folder).map_err(unwritable)?;
            print(&format!("{count} manual pages are in {}\n", folder.display()))
        }
        Command::Completions(shell) => print(&help::completions(shell)),
    }
}

fn ran(arguments: &arguments::Run) -> Result<Exit, Failure> {
    let all = library(&arguments.scenarios)?;
    let target = match &arguments.target {
        Some(written) => Some(target::load(written).map_err(|problem| mistake(rendered(&[*problem])))?),
        None => None,
    };
    let baseline = known(arguments.baseline.as_deref(), Some(&all))?;
    if let Some(draft) = &arguments.write_baseline {
        can_be_made(draft).map_err(|why| mistake(format!("--write-baseline: {}: {why}", draft.display())))?;
    }
    match run::run(arguments, &all, target, baseline.as_ref()).map_err(mistake)? {
        Ended::Dry(text, count) => {
            print(&text)?;
            Ok(if count == 0 { Exit::NothingPassed } else { Exit::AsExpected })
        }
        Ended::Ran(results, gallery, folder) => {
            let mut outcome = written(&results, gallery.as_ref(), Some(&folder), &arguments.formats);
            if let Some(file) = &arguments.write_baseline {
                let draft = baseline::draft(&results, baseline.as_ref(), &all, arguments.strict);
                outcome = outcome.and(drafted(file, &draft));
            }
            despite(results.exit(), outcome)
        }
    }
}

/// How a command ends that has found something out. What can't be written or printed leaves an unexpected verdict what it is, for 1 comes
/// before 3.
fn despite(exit: Exit, outcome: Result<(), Failure>) -> Result<Exit, Failure> {
    match outcome {
        Ok(()) => Ok(exit),
        Err((_, why)) if exit == Exit::Unexpected => Err((exit, why)),
        Err(failure) => Err(failure),
    }
}

/// The known deviations, when a file of them is named.
fn known(file: Option<&Path>, scenarios: Option<&[Scenario]>) -> Result<Option<Baseline>, Failure> {
    let load = |file| baseline::load(file, scenarios).map_err(|problems| mistake(rendered(&problems)));
    file.map(load).transpose()
}

fn drafted(file: &Path, draft: &baseline::Draft) -> Result<(), Failure> {
    let written = write_whole(file, |out| out.write_all(draft.text.as_bytes()));
    written.map_err(|error| (Exit::Environment, format!("the baseline can't be written: {error}")))?;
    let baseline::Draft { entries, unfilled, .. } = draft;
    say(format!("pan-harness: {}: {entries} entries, {unfilled} reasons to fill in", file.display()));
    Ok(())
}

fn tested(arguments: &arguments::Selftest) -> Result<Exit, Failure> {
    let all = library(&arguments.scenarios)?;
    can_take(arguments.report.as_deref())?;
    let matrix = selftest::selftest(arguments, &all).map_err(mistake)?;
    let json = serde_json::to_string_pretty(&matrix).map_err(|error| internal(&error))? + "\n";
    let text = matrix.text();
    let mut outcome = Ok(());
    if let Some(report) = &arguments.report {
        let folder = Folder::open(report).map_err(|error| mistake(format!("--report: {error}")))?;
        for (name, words) in [("selftest.json", &json), ("selftest.txt", &text)] {
            let written = folder.write(name, |out| out.write_all(words.as_bytes()));
            outcome = outcome.and(written.map_err(|error| unwritable(&error)));
        }
    }
    let printed = terminal::print(if arguments.format == ListFormat::Json { &json } else { &text });
    despite(matrix.exit(), outcome.and(printed))
}

/// Asks only where somebody sees the questions and can answer them.
fn begun(arguments: &arguments::Init) -> Result<Exit, Failure> {
    let (mut input, mut output) = (std::io::stdin().lock(), std::io::stderr());
    let asks = input.is_terminal() && output.is_terminal();
    let dialogue = asks.then(|| init::Dialogue::new(&mut input, &mut output));
    let init::Made { text, words } = init::init(arguments, dialogue)?;
    match text {
        None => print(&(words.join("\n") + "\n")),
        Some(text) => {
            for line in words {
                say(format!("pan-harness: {line}"));
            }
            print(&text)
        }
    }
}

fn expanded(arguments: &arguments::Expand) -> Result<Exit, Failure> {
    let all = library(&arguments.scenarios)?;
    print(&expand::expand(&arguments.scenario, &all).map_err(mistake)?)
}

fn checked(arguments: &arguments::Check) -> Result<Exit, Failure> {
    let baseline = known(arguments.baseline.as_deref(), None)?;
    can_take(arguments.report.as_deref())?;
    let check::Checked { results, gallery, unreadable } =
        check::check(arguments, baseline.as_ref()).map_err(mistake)?;
    let folder = match &arguments.report {
        Some(report) => Some(Folder::open(report).map_err(|error| mistake(format!("--report: {error}")))?),
        None => None,
    };
    let outcome = written(&results, gallery.as_ref(), folder.as_ref(), &arguments.formats);
    despite(if unreadable { Exit::Mistake } else { results.exit() }, outcome)
}

fn merged(arguments: &arguments::Merge) -> Result<Exit, Failure> {
    let all = || library(&arguments.scenarios).map_err(|(_, why)| why);
    let merge::Merged { results, gallery, folder, copied, unreadable } =
        merge::merge(arguments, all, rendered).map_err(mistake)?;
    let copied = copied.map_err(|why| (Exit::Environment, why));
    let outcome = copied.and(written(&results, gallery.as_ref(), Some(&folder), &arguments.formats));
    despite(if unreadable { Exit::Mistake } else { results.exit() }, outcome)
}

fn recorded(arguments: &arguments::Record) -> Result<Exit, Failure> {
    let is_printed = arguments.output == Path::new("-");
    if !is_printed {
        can_be_made(&arguments.output).map_err(|why| mistake(format!("{}: {why}", arguments.output.display())))?;
    }
    let recording = Recording::read(&arguments.capture).map_err(mistake)?;
    if !recording.speaks() {
        let why = format!("{}: no MS-PAN traffic: no connection binds its interfaces", arguments.capture.display());
        return Err((Exit::NothingPassed, why));
    }
    let told = recording.header.as_ref().filter(|header| header.party == Party::Client.name());
    let party = arguments.party.unwrap_or(if told.is_some() { Party::Client } else { Party::Server });
    let folder = match &arguments.scenarios {
        Some(folder) => Some(folder.clone()),
        None if is_printed => None,
        None => scenarios_above(&arguments.output),
    };
    let made = record::record(&recording, party, folder.as_deref()).map_err(mistake)?;
    for what in &made.unexpressed {
        say(format!("pan-harness: not expressed: {what}"));
    }
    if is_printed {
        return print(&made.text);
    }
    let written = write_whole(&arguments.output, |out| out.write_all(made.text.as_bytes()));
    written.map_err(|error| (Exit::Environment, format!("the scenario can't be written: {error}")))?;
    say(format!("pan-harness: {} is written", arguments.output.display()));
    Ok(Exit::AsExpected)
}

/// The folder of scenarios that a file will lie in: the next one above it that has fragments.
fn scenarios_above(file: &Path) -> Option<PathBuf> {
    let file = std::path::absolute(file).ok()?;
    file.ancestors().skip(1).find(|folder| folder.join(record::FRAGMENT).is_file()).map(Path::to_owned)
}

fn scrubbed(arguments: &arguments::Scrub) -> Result<Exit, Failure> {
    let (capture, output) = (&arguments.capture, &arguments.output);
    can_be_made(output).map_err(|why| mistake(format!("{}: {why}", output.display())))?;
    let name = capture.display().to_string();
    let open = || std::fs::File::open(capture).map_err(|error| mistake(format!("{name}: {error}")));
    if capture.extension().is_some_and(|extension| extension == "jsonl") {
        let why = "a trace holds the harness's own steps as well, and can't be scrubbed; its run.pcapng can";
        return Err(mistake(format!("{name}: {why}")));
    }
    let scrub::Scrubbed { octets, changed, differs } = scrub::scrub(&name, open()?, &arguments.also)?;
    let written = write_whole(output, |out| out.write_all(&octets));
    written.map_err(|error| (Exit::Environment, format!("what was scrubbed can't be written: {error}")))?;
    let verdict =
        if differs.is_empty() { "the rules find the same in it as before" } else { "the rules find otherwise:" };
    let lines = changed.into_iter().chain([verdict.to_owned()]).chain(differs);
    print(&lines.map(|line| line + "\n").collect::<String>())
}

fn compared(arguments: &arguments::Compare) -> Result<Exit, Failure> {
    can_take(arguments.report.as_deref())?;
    let compare::Ended { compared, html } = compare::compare(arguments)?;
    let mut outcome = Ok(());
    for format in &arguments.formats {
        let (name, text) = match format {
            CompareFormat::Text => ("comparison.txt", compare::to_text(&compared)),
            CompareFormat::Json => {
                let json = serde_json::to_string_pretty(&compared).map_err(|error| internal(&error))?;
                ("comparison.json", json + "\n")
            }
            CompareFormat::Html => ("comparison.html", html.clone().unwrap_or_default()),
        };
        if let Some(report) = &arguments.report {
            let written = write_whole(&report.join(name), |out| out.write_all(text.as_bytes()));
            outcome = outcome
                .and(written.map_err(|error| (Exit::Environment, format!("the comparison can't be written: {error}"))));
        }
        if arguments.report.is_none() || *format == CompareFormat::Text {
            outcome = outcome.and(terminal::print(&text));
        }
    }
    despite(compared.exit(), outcome)
}

/// Sees to it that a folder can take a report, before there is one.
fn can_take(report: Option<&Path>) -> Result<(), Failure> {
    let probed = report.map_or(Ok(()), Folder::probe);
    probed.map_err(|error| mistake(format!("--report: {error}")))
}

fn unwritable(why: &impl fmt::Display) -> Failure {
    (Exit::Environment, format!("the report can't be written: {why}"))
}

/// Writes the files of a report. Text and annotations go to standard output, too: people read the one there, GitHub the other. Where one
/// can't be written, the others and what is printed may still tell what came out.
fn written(
    results: &Results,
    gallery: Option<&Gallery>,
    folder: Option<&Folder>,
    formats: &[ReportFormat],
) -> Result<(), Failure> {
    let mut outcome = Ok(());
    if let Some(folder) = folder {
        for format in formats {
            let file = file_of(results, gallery, *format);
            let written = file.and_then(|(name, text)| write_to(folder, name, &text));
            outcome = outcome.and(written);
        }
        if let (Some(gallery), Some(_)) = (gallery, &results.part) {
            let kept = gallery.to_json().map_err(|error| internal(&error));
            outcome = outcome.and(kept.and_then(|json| write_to(folder, Gallery::FILE, &json)));
        }
    }
    if formats.contains(&ReportFormat::Text) {
        outcome = outcome.and(terminal::print(&to_text(results, terminal_styles())));
    }
    if formats.contains(&ReportFormat::Github) {
        outcome = outcome.and(terminal::print(&to_annotations(results)));
    }
    outcome
}

fn write_to(folder: &Folder, name: &str, text: &str) -> Result<(), Failure> {
    folder.write(name, |out| out.write_all(text.as_bytes())).map_err(|error| unwritable(&error))
}

/// The file of a format: its name, and what it holds.
fn file_of(
    results: &Results,
    gallery: Option<&Gallery>,
    format: ReportFormat,
) -> Result<(&'static str, String), Failure> {
    Ok(match format {
        ReportFormat::Text => ("report.txt", to_text(results, Styles::default())),
        ReportFormat::Json => ("results.json", to_json(results).map_err(|error| internal(&error))?),
        ReportFormat::Junit => ("junit.xml", to_junit(results).map_err(|error| unwritable(&error))?),
        ReportFormat::Markdown => ("report.md", to_markdown(results)),
        ReportFormat::Tap => ("results.tap", to_tap(results).map_err(|error| unwritable(&error))?),
        ReportFormat::Sarif => ("results.sarif", to_sarif(results).map_err(|error| internal(&error))?),
        ReportFormat::Github => ("annotations.txt", to_annotations(results)),
        ReportFormat::Html => ("report.html", to_html(results, gallery)),
    })
}

/// Columns of a terminal that does not say how many it has.
const COLUMNS: usize = 100;

/// How text looks on standard output: plain where that is no terminal, or nobody wants colours.
fn terminal_styles() -> Styles {
    if AutoStream::choice(&std::io::stdout()) == ColorChoice::Never {
        return Styles::default();
    }
    Styles::colored(columns())
}

fn columns() -> usize {
    terminal_size::terminal_size().map_or(COLUMNS, |(columns, _)| usize::from(columns.0))
}

/// Prints what was asked for.
fn print(text: &str) -> Result<Exit, Failure> {
    terminal::print(text).map(|()| Exit::AsExpected)
}

fn library(root: &Root) -> Result<Vec<Scenario>, Failure> {
    if let Some(folder) = root.folder().filter(|folder| !folder.is_dir()) {
        return Err(mistake(format!("--scenarios: {}: there is no such folder", folder.display())));
    }
    Library::load(root).map(|library| library.scenarios).map_err(|problems| mistake(rendered(&problems)))
}

/// The scenarios; none where the folder is not there, for not every id is one of a scenario.
fn library_if_there(root: &Root) -> Result<Vec<Scenario>, Failure> {
    if root.folder().is_none_or(Path::is_dir) { library(root) } else { Ok(Vec::new()) }
}

fn rendered(problems: &[Diagnostic]) -> String {
    if let [only] = problems
        && only.is_without_place()
    {
        return only.render();
    }
    let shown: Vec<String> = problems.iter().map(Diagnostic::render).collect();
    let count = problems.len();
    let noun = if count == 1 { "mistake" } else { "mistakes" };
    format!("{count} {noun} in what was written\n\n{}", shown.join("\n\n"))
}

fn mistake(why: String) -> Failure {
    (Exit::Mistake, why)
}

/// What can't happen with the values of this crate, said all the same.
fn internal(error: &serde_json::Error) -> Failure {
    (Exit::Environment, error.to_string())
}
