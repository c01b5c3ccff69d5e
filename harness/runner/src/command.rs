//! From the command line to an exit code.

use std::ffi::OsString;
use std::io::{IsTerminal as _, Write as _};
use std::path::Path;

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
use crate::{
    check, compare, expand, explain, help, init, list, listen, merge, probe, record, schema, selftest, serve, target,
};

/// Why a command did not do what it should: the exit code and the words for standard error.
type Failure = (Exit, String);

/// Does what the command line says.
pub fn main(words: impl IntoIterator<Item = OsString>) -> Exit {
    let (command, color) = match arguments::parse(words) {
        Ok(parsed) => parsed,
        Err(error) => {
            // What can't be printed changes nothing about the exit code.
            error.print().ok();
            return if error.use_stderr() { Exit::Mistake } else { Exit::AsExpected };
        }
    };
    choose(color);
    match done(command) {
        Ok(exit) => exit,
        Err((exit, why)) => {
            anstream::eprintln!("pan-harness: {}", why.trim_end());
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
            written(&results, gallery.as_ref(), Some(&folder), &arguments.formats)?;
            if let Some(file) = &arguments.write_baseline {
                drafted(file, &baseline::draft(&results, baseline.as_ref(), &all, arguments.strict))?;
            }
            Ok(results.exit())
        }
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
    anstream::eprintln!("pan-harness: {}: {entries} entries, {unfilled} reasons to fill in", file.display());
    Ok(())
}

fn tested(arguments: &arguments::Selftest) -> Result<Exit, Failure> {
    let all = library(&arguments.scenarios)?;
    let matrix = selftest::selftest(arguments, &all).map_err(mistake)?;
    let json = serde_json::to_string_pretty(&matrix).map_err(|error| internal(&error))? + "\n";
    let text = matrix.text();
    if let Some(report) = &arguments.report {
        let folder = Folder::open(report).map_err(|error| mistake(format!("--report: {error}")))?;
        for (name, words) in [("selftest.json", &json), ("selftest.txt", &text)] {
            let written = folder.write(name, |out| out.write_all(words.as_bytes()));
            written.map_err(|error| (Exit::Environment, format!("the report can't be written: {error}")))?;
        }
    }
    print(if arguments.format == ListFormat::Json { &json } else { &text })?;
    Ok(matrix.exit())
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
                anstream::eprintln!("pan-harness: {line}");
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
    let check::Checked { results, gallery, unreadable } =
        check::check(arguments, baseline.as_ref()).map_err(mistake)?;
    let folder = match &arguments.report {
        Some(report) => Some(Folder::open(report).map_err(|error| mistake(format!("--report: {error}")))?),
        None => None,
    };
    written(&results, gallery.as_ref(), folder.as_ref(), &arguments.formats)?;
    Ok(if unreadable { Exit::Mistake } else { results.exit() })
}

fn merged(arguments: &arguments::Merge) -> Result<Exit, Failure> {
    let all = || library(&arguments.scenarios).map_err(|(_, why)| why);
    let merged = merge::merge(arguments, all, rendered).map_err(mistake)?;
    written(&merged.results, None, Some(&merged.folder), &arguments.formats)?;
    Ok(if merged.unreadable { Exit::Mistake } else { merged.results.exit() })
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
    let is_below = !is_printed && arguments.output.starts_with(&arguments.scenarios);
    let scenarios = is_below.then_some(arguments.scenarios.as_path());
    let made = record::record(&recording, party, scenarios).map_err(mistake)?;
    for what in &made.unexpressed {
        anstream::eprintln!("pan-harness: not expressed: {what}");
    }
    if is_printed {
        return print(&made.text);
    }
    let written = write_whole(&arguments.output, |out| out.write_all(made.text.as_bytes()));
    written.map_err(|error| (Exit::Environment, format!("the scenario can't be written: {error}")))?;
    Ok(Exit::AsExpected)
}

fn compared(arguments: &arguments::Compare) -> Result<Exit, Failure> {
    let compare::Ended { compared, html } = compare::compare(arguments)?;
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
            written.map_err(|error| (Exit::Environment, format!("the comparison can't be written: {error}")))?;
        }
        if arguments.report.is_none() || *format == CompareFormat::Text {
            print(&text)?;
        }
    }
    Ok(compared.exit())
}

/// Writes the files of a report. Text and annotations go to standard output, too: people read the one there, GitHub the other.
fn written(
    results: &Results,
    gallery: Option<&Gallery>,
    folder: Option<&Folder>,
    formats: &[ReportFormat],
) -> Result<(), Failure> {
    let unwritable = |error: String| (Exit::Environment, format!("the report can't be written: {error}"));
    for format in formats {
        let (name, text) = match format {
            ReportFormat::Text => ("report.txt", to_text(results, Styles::default())),
            ReportFormat::Json => ("results.json", to_json(results).map_err(|error| internal(&error))?),
            ReportFormat::Junit => ("junit.xml", to_junit(results).map_err(unwritable)?),
            ReportFormat::Markdown => ("report.md", to_markdown(results)),
            ReportFormat::Tap => ("results.tap", to_tap(results).map_err(unwritable)?),
            ReportFormat::Sarif => ("results.sarif", to_sarif(results).map_err(|error| internal(&error))?),
            ReportFormat::Github => ("annotations.txt", to_annotations(results)),
            ReportFormat::Html => ("report.html", to_html(results, gallery)),
        };
        if let Some(folder) = folder {
            folder.write(name, |out| out.write_all(text.as_bytes())).map_err(|error| unwritable(error.to_string()))?;
        }
    }
    if formats.contains(&ReportFormat::Text) {
        print(&to_text(results, terminal_styles()))?;
    }
    if formats.contains(&ReportFormat::Github) {
        print(&to_annotations(results))?;
    }
    Ok(())
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

/// Prints to standard output. A reader that has seen enough is no failure.
fn print(text: &str) -> Result<Exit, Failure> {
    let mut out = anstream::stdout();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err((Exit::Environment, format!("standard output: {error}")))
        }
        _ => Ok(Exit::AsExpected),
    }
}

fn library(root: &Root) -> Result<Vec<Scenario>, Failure> {
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
