//! `run`: scenarios against a target, in which order and how many at once, and the report of it.

mod again;
mod bundle;
pub(crate) mod client;
mod control;
mod drive;
pub(crate) mod embedded;
mod health;
pub(crate) mod interrupt;
mod launch;
mod need;
mod outside;
mod part;
pub(crate) mod pool;
pub(crate) mod progress;
pub(crate) mod resolve;
mod secret;
pub(crate) mod selection;
pub(crate) mod stage;
mod transcript;
pub(crate) mod trial;
pub(crate) mod way;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::num::NonZeroUsize;
use std::sync::Mutex;

use conformance::Party;

use crate::arguments::{self, ReportFormat};
use crate::baseline::{Baseline, Comparison, Scope};
use crate::judge::Ledger;
use crate::report::trace_jsonl::Keys;
use crate::report::{
    Coverage, Folder, Gallery, Outcome, Part, Requirement, Results, Scenario as Row, Spec, Summary, Tool,
};
use crate::scenario::meant::Scenario;
use crate::target::Loaded;
use crate::terminal::say;

use bundle::Bundles;
use client::embedded::EmbeddedClient;
use embedded::Embedded;
pub(crate) use health::LOGIN_REFUSED;
use interrupt::Interrupt;
use outside::Outside;
use progress::Progress;
use secret::Secrets;
use selection::Selection;
use stage::Stage;
use trial::{Books, Trial};

/// What came of `run`.
#[derive(Debug)]
pub enum Ended {
    /// The results, the diagrams where the report wants them, and the folder that takes it.
    Ran(Box<Results>, Option<Gallery>, Folder),
    /// Nothing ran, for nothing was to run: what would have, in words, and how many scenarios that are.
    Dry(String, usize),
}

/// Runs what was asked for. Traces are written; the rest of the report is the caller's.
///
/// # Errors
/// The user's mistake, in words, found before anything runs.
pub fn run(
    arguments: &arguments::Run,
    all: &[Scenario],
    target: Option<Loaded>,
    baseline: Option<&Baseline>,
) -> Result<Ended, String> {
    let selection = selection::select(all, &arguments.selectors, &arguments.exclude, arguments.shard)?;
    if let Some(why) = &selection.empty_because {
        say(format!("pan-harness: {why}"));
    }
    let folder = if arguments.dry_run { None } else { Some(open(arguments)?) };
    let bundles = bundles(arguments, target.as_ref());
    let stages = stages(arguments, target, folder.as_ref())?;
    let mut trials = Trial::all(&selection.scenarios, &stages);
    let count = trials.len();
    if let Some(part) = &selection.part {
        trials.retain(|trial| part.contains(trial.scenario.id.as_str()));
    }
    if count == 0 && selection.empty_because.is_none() {
        say(format!("pan-harness: {}", idle(arguments, &selection, &stages)));
    }
    let Some(folder) = folder else { return Ok(Ended::Dry(dry(&trials, &selection, baseline), trials.len())) };
    let comparison = baseline.map(|baseline| Comparison::new(baseline, arguments.strict));
    let interrupt = Interrupt::listen();
    let ledger = Mutex::new(Ledger::default());
    let gallery = arguments.formats.contains(&ReportFormat::Html).then(|| Mutex::new(Gallery::new(arguments.diagrams)));
    let books = Books {
        folder: &folder,
        gallery: gallery.as_ref(),
        bundles: &bundles,
        keys: if arguments.write_keys { Keys::Written } else { Keys::Withheld },
        ledger: &ledger,
        interrupt: &interrupt,
        seed: arguments.seed,
        rounds: arguments.repeat,
        comparison: comparison.as_ref(),
    };
    let (places, mut rows): (Vec<usize>, Vec<Row>) = every(arguments, &trials, &books).into_iter().unzip();
    if let Some(ender) = trials.iter().find(|trial| trial.leaves_no_target() && has_run(&rows, trial)) {
        say(format!("pan-harness: {} has ended the target, as it is to: {START_AGAIN}", ender.scenario.id));
    }
    control::doubt_negatives(&mut rows, all);
    let id_of = |row: &Row| row.id.clone();
    if let Some(comparison) = &comparison {
        comparison.settle(&mut rows, id_of);
    }
    let requirements = ledger.lock().map(|ledger| tables(&ledger, &stages, &trials)).unwrap_or_default();
    let scope = Scope {
        is_whole: is_whole(arguments) && rows.len() == trials.len(),
        passes_count: arguments.rules.is_none(),
        scenarios: all,
    };
    let part = arguments.shard.map(|shard| Part {
        part: shard.part,
        of: shard.of,
        conditions: part::conditions(arguments, &selection.scenarios),
        places,
        targets: stages.iter().map(|stage| stage.target().id.clone()).collect(),
        rows: count,
        names: BTreeMap::new(),
        seen: comparison.as_ref().map_or_else(Vec::new, Comparison::seen),
    });
    let baseline = comparison.map(|comparison| comparison.states(&rows, &requirements, scope, id_of));
    let used = |target: &&crate::report::Target| rows.iter().any(|row| row.target == target.id);
    let targets = stages.iter().map(|stage| stage.target()).filter(used).cloned().collect();
    let results = Results {
        interrupted: interrupt.is_told(),
        part,
        baseline,
        targets,
        summary: Summary::of(&rows),
        scenarios: rows,
        coverage: Coverage::of(&requirements),
        requirements,
        ..bundles.common
    };
    let gallery = gallery.and_then(|gallery| gallery.into_inner().ok());
    Ok(Ended::Ran(Box::new(results), gallery, folder))
}

/// What is said of a target that a scenario has ended for good.
const START_AGAIN: &str = "start it again before the next run, or have the harness do so by `launch` in the target file; \
                           --exclude tag:ends-target lets it live";

fn has_run(rows: &[Row], trial: &Trial<'_>) -> bool {
    let ran = |row: &&Row| !matches!(row.verdict, Outcome::Unsupported | Outcome::Error);
    rows.iter().filter(ran).any(|row| row.id == trial.scenario.id && row.target == trial.stage.target().id)
}

/// Why nothing is to run, where each selector selects something.
fn idle(arguments: &arguments::Run, selection: &Selection<'_>, stages: &[Box<dyn Stage>]) -> String {
    match (selection.scenarios.len(), stages, arguments.scenarios.folder()) {
        (0, _, Some(folder)) if arguments.exclude.is_empty() => format!("{}: no scenario in it", folder.display()),
        (0, ..) => "--exclude leaves no scenario of those that are selected".to_owned(),
        (_, [stage], _) => format!("no scenario that is selected is for a {}", stage.party().name()),
        _ => "no scenario that is selected is for one of the targets".to_owned(),
    }
}

/// What the bundles of failures have in common: what the report of the run itself begins with.
fn bundles(arguments: &arguments::Run, target: Option<&Loaded>) -> Bundles {
    let file = arguments.target.as_deref().and_then(|file| std::fs::read_to_string(file).ok());
    Bundles {
        common: Results {
            tool: Tool::this(),
            spec: Spec::ms_pan(),
            started: jiff::Timestamp::now().to_string(),
            seed: arguments.seed,
            overlay: arguments.overlay.map(|overlay| overlay.name.to_owned()),
            interrupted: false,
            command: again::command(arguments),
            part: None,
            baseline: None,
            targets: Vec::new(),
            summary: Summary::default(),
            scenarios: Vec::new(),
            coverage: Coverage::default(),
            requirements: Vec::new(),
        },
        target: file.and_then(|text| secret::without_secrets(&text)),
        secrets: Secrets::of(target),
    }
}

/// Whether all scenarios are asked for, in all ways, and all rules.
fn is_whole(arguments: &arguments::Run) -> bool {
    arguments.shard.is_none() && part::is_whole_joined(arguments)
}

/// The table of each party that something ran against.
fn tables(ledger: &Ledger, stages: &[Box<dyn Stage>], trials: &[Trial<'_>]) -> Vec<Requirement> {
    let mut tables = Vec::new();
    for party in [Party::Server, Party::Client] {
        let ran = trials.iter().any(|trial| trial.stage.party() == party);
        let judged = stages.iter().find(|stage| stage.party() == party);
        if let Some(stage) = judged.filter(|_| ran || stages.len() == 1) {
            tables.extend(ledger.table(stage.judge(), party));
        }
    }
    tables
}

fn open(arguments: &arguments::Run) -> Result<Folder, String> {
    Folder::open(&arguments.report).map_err(|error| format!("--report: {error}"))
}

fn stages(
    arguments: &arguments::Run,
    target: Option<Loaded>,
    folder: Option<&Folder>,
) -> Result<Vec<Box<dyn Stage>>, String> {
    Ok(match target {
        Some(Loaded::Server(target)) => vec![Box::new(Outside::new(arguments, target, folder)?)],
        Some(Loaded::Client(target)) => vec![Box::new(client::Outside::new(arguments, target, folder)?)],
        None => vec![
            Box::new(Embedded::in_memory(arguments)?),
            Box::new(Embedded::over_tcp(arguments)?),
            Box::new(EmbeddedClient::new(arguments)?),
        ],
    })
}

/// Runs all trials, each row with its place; those that end their target one after the other, when all others are over.
fn every(arguments: &arguments::Run, trials: &[Trial<'_>], books: &Books<'_>) -> Vec<(usize, Row)> {
    let (last, first): (Vec<&Trial<'_>>, Vec<&Trial<'_>>) = trials.iter().partition(|trial| trial.ends_target());
    let usual = trials.first().map_or(NonZeroUsize::MIN, |trial| trial.stage.usual_jobs());
    // A line that is drawn again and again would stand in the way of somebody who reads and answers.
    let asks_people = trials.iter().any(|trial| trial.stage.asks_people());
    let shown = if asks_people { arguments::Progress::Never } else { arguments.progress };
    let progress = Progress::new(trials.len(), shown);
    let mut go_on = true;
    let mut rows = Vec::new();
    let most = trials.first().and_then(|trial| trial.stage.most_jobs());
    let jobs = arguments.jobs.unwrap_or(usual);
    let jobs = most.map_or(jobs, |most| jobs.min(most));
    for (part, jobs) in [(first, jobs), (last, NonZeroUsize::MIN)] {
        if !go_on {
            break;
        }
        let work = |trial: &&Trial<'_>| {
            progress.begins(trial.scenario.id.as_str());
            trial.run(books)
        };
        let results = pool::each(&part, jobs, work, |trial, result| {
            let outcome = match result {
                Ok(Some(row)) if books.lists(row) => Outcome::Skip,
                Ok(Some(row)) => row.verdict,
                Ok(None) => Outcome::Skip,
                Err(_) => Outcome::Error,
            };
            progress.came_out(&trial.scenario.id, outcome);
            let failed = matches!(outcome, Outcome::Fail | Outcome::Flaky | Outcome::Error);
            go_on = go_on && !books.interrupt.is_told() && !(arguments.fail_fast && failed);
            go_on
        });
        for (trial, result) in part.iter().zip(results) {
            let row = match result {
                Some(Ok(row)) => row,
                Some(Err(panic)) => Some(trial.row(Outcome::Error, Some(panic))),
                None => None,
            };
            rows.extend(row.map(|row| (trial.place, row)));
        }
    }
    progress.finish();
    rows
}

/// A line for each scenario and target, with the ways in which it would speak where there are several.
fn dry(trials: &[Trial<'_>], selection: &Selection<'_>, baseline: Option<&Baseline>) -> String {
    let is_same = |one: &Trial<'_>, other: &Trial<'_>| {
        one.scenario.id == other.scenario.id && one.stage.target().id == other.stage.target().id
    };
    trials.chunk_by(is_same).fold(String::new(), |mut text, trials| {
        let Some(trial) = trials.first() else { return text };
        let id = trial.scenario.id.as_str();
        let control = if selection.controls.contains(id) { " (as a control)" } else { "" };
        let lack = trial.lack.as_ref().map_or_else(String::new, |lack| format!(" (unsupported: {lack})"));
        let known = baseline.map_or_else(Vec::new, |baseline| baseline.reasons(id));
        let known = if known.is_empty() { String::new() } else { format!(" (known: {})", known.join("; ")) };
        let ways: Vec<String> = trials.iter().map(|trial| trial.way.variant_of(trial.scenario).to_string()).collect();
        let ways = if trial.stage.ways().len() > 1 { format!(" in {}", ways.join(", ")) } else { String::new() };
        let _ = writeln!(text, "{id} against {}{ways}{control}{lack}{known}", trial.stage.target().id);
        text
    })
}
