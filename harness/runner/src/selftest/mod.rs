//! `selftest`: every misbehaviour of the reference server and client against the scenarios, and that nobody else is accused.
//!
//! A requirement counts as checked when a party that breaks it is caught with its id, and one that keeps everything is
//! never accused. So the scenarios for servers run against the well-behaved server, against each of its variants, and
//! against each of its misbehaviours; those for clients against the client likewise.

mod candidate;
mod evidence;
mod matrix;
mod rehearsal;
mod text;

use std::num::NonZeroUsize;

use conformance::Party;

use crate::arguments;
use crate::report::Outcome;
use crate::run::interrupt::Interrupt;
use crate::run::pool;
use crate::run::progress::Progress;
use crate::run::selection;
use crate::run::stage::Stage;
use crate::run::way::{Way, ways_of};
use crate::scenario::meant::{self, Scenario};

use candidate::Candidate;
use evidence::{Evidence, Run};

pub(crate) use candidate::{client_misbehaviour, misbehaviour};
pub use matrix::{Accused, Matrix, Row, Verdict, Witness};
pub use rehearsal::rehearse;

/// A trace of more entries or octets than these is not made for each misbehaviour, but only for those that break something
/// that its scenario covers.
const HEAVY_ENTRIES: usize = 2_000;
/// See [`HEAVY_ENTRIES`].
const HEAVY_OCTETS: usize = 4 << 20;

/// Runs the scenarios against the reference server and client as they should be, in their variants, and with their
/// misbehaviours. When misbehaviours are named, only against their parties.
///
/// # Errors
/// The user's mistake, in words.
pub fn selftest(arguments: &arguments::Selftest, all: &[Scenario]) -> Result<Matrix, String> {
    let selection = selection::select(all, &arguments.selectors, &[], None)?;
    let scenarios: Vec<&Scenario> = selection.scenarios.into_iter().collect();
    let wanted = candidate::misbehaviours(&arguments.misbehave, arguments.party)?;
    let whole = arguments.selectors.is_empty() && arguments.misbehave.is_empty();
    let usual = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let session =
        Session { jobs: arguments.jobs.unwrap_or(usual), progress: arguments.progress, interrupt: Interrupt::listen() };

    let parties = [Party::Server, Party::Client].into_iter();
    let parties: Vec<Party> = parties.filter(|party| wanted.iter().any(|one| one.party() == *party)).collect();
    let well_behaved: Vec<Candidate> = parties.iter().copied().map(Candidate::WellBehaved).collect();
    let first = session.run(&pairs(&well_behaved, &scenarios, |_, _| true)?);
    let heavy: Vec<&str> = first.iter().filter(|run| run.is_heavy).map(|run| run.scenario.as_str()).collect();
    let others: Vec<Candidate> = parties.into_iter().flat_map(candidate::variants).chain(wanted).collect();
    let is_worth_it = |candidate: &Candidate, scenario: &Scenario| {
        let breaks = candidate.breaks().unwrap_or_default();
        !heavy.contains(&scenario.id.as_str()) || scenario.covers.iter().any(|id| breaks.contains(&id.as_str()))
    };
    let rest = session.run(&pairs(&others, &scenarios, is_worth_it)?);

    let mut matrix = Matrix::new(whole, scenarios.len());
    for candidate in well_behaved.iter().chain(&others) {
        let runs: Vec<&Run> = first.iter().chain(&rest).filter(|run| run.candidate == *candidate).collect();
        matrix.take(*candidate, &Evidence::of(&runs));
    }
    matrix.finish(session.interrupt.is_told());
    Ok(matrix)
}

/// One scenario against one candidate, in one way.
struct Pair<'a> {
    candidate: Candidate,
    stage: std::sync::Arc<dyn Stage + Send>,
    scenario: &'a Scenario,
    way: Way,
}

/// Every candidate with every scenario that it can take and that is worth it, in the ways that can show its conduct; a breach is
/// looked for in the first of them.
fn pairs<'a>(
    candidates: &[Candidate],
    scenarios: &[&'a Scenario],
    is_worth_it: impl Fn(&Candidate, &Scenario) -> bool,
) -> Result<Vec<Pair<'a>>, String> {
    let mut pairs = Vec::new();
    for candidate in candidates {
        let stage = candidate.stage()?;
        let party = match candidate.party() {
            Party::Client => meant::Party::Client,
            _ => meant::Party::Server,
        };
        let taken = scenarios.iter().filter(|one| one.party == party);
        let taken = taken.filter(|one| is_worth_it(candidate, one));
        let most = if candidate.breaks().is_some() { 1 } else { usize::MAX };
        for scenario in taken {
            let ways = ways_of(scenario, stage.as_ref()).into_iter().filter(|(_, lack)| lack.is_none());
            let ways = ways.filter(|(way, _)| candidate.shows_in(scenario, *way)).take(most);
            pairs.extend(ways.map(|(way, _)| Pair { candidate: *candidate, stage: stage.clone(), scenario, way }));
        }
    }
    Ok(pairs)
}

/// How the runs are made.
struct Session {
    jobs: NonZeroUsize,
    progress: arguments::Progress,
    interrupt: Interrupt,
}

impl Session {
    /// The seed of every run.
    const SEED: u64 = 1;

    fn run(&self, pairs: &[Pair<'_>]) -> Vec<Run> {
        let progress = Progress::new(pairs.len(), self.progress);
        let name = |pair: &Pair<'_>| format!("{} against {}", pair.scenario.id, pair.candidate);
        let work = |pair: &Pair<'_>| {
            progress.begins(&name(pair));
            let ran = pair.stage.attempt(pair.scenario, pair.way, Self::SEED, &self.interrupt)?;
            Some(Run::judged(pair.candidate, pair.scenario, pair.way, &ran, pair.stage.judge_in(pair.way)))
        };
        let results = pool::each(pairs, self.jobs, work, |pair, _| {
            progress.came_out(&name(pair), Outcome::Pass);
            !self.interrupt.is_told()
        });
        progress.finish();
        let runs = pairs.iter().zip(results).filter_map(|(pair, result)| match result? {
            Ok(run) => run,
            Err(panic) => Some(Run::broken_off(pair.candidate, pair.scenario, panic)),
        });
        runs.collect()
    }
}
