//! One scenario against one target: run as often as asked for, recorded, judged.

use std::sync::Mutex;

use conformance::{PacketLevel, Party, Report, Source};
use trace::Vantage;

use super::bundle::Bundles;
use super::interrupt::Interrupt;
use super::selection::ENDS_TARGET;
use super::stage::Stage;
use super::way::{Way, ways_of};
use crate::baseline::Comparison;
use crate::diagram::Diagram;
use crate::judge::{Judge, Ledger, Ran, Stop, Subject};
use crate::report::run_pcapng::{self, Told};
use crate::report::trace_jsonl::{self, Header, Keys};
use crate::report::{Folder, Gallery, Outcome, Scenario as Row, Variant, trace_folder};
use crate::scenario::meant::Scenario;

/// One scenario against one target, in one way.
pub(super) struct Trial<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) stage: &'a dyn Stage,
    pub(super) way: Way,
    /// Why it can't run; none when it can.
    pub(super) lack: Option<String>,
    /// Its place among all that are selected, whether they are in the shard or not.
    pub(super) place: usize,
}

/// Where results go while scenarios run.
pub(super) struct Books<'a> {
    pub(super) folder: &'a Folder,
    pub(super) bundles: &'a Bundles,
    /// What the traces hold of the keys of security contexts.
    pub(super) keys: Keys,
    pub(super) ledger: &'a Mutex<Ledger>,
    pub(super) interrupt: &'a Interrupt,
    pub(super) seed: u64,
    pub(super) rounds: u32,
    /// Takes the diagrams; none when the report has no place for them.
    pub(super) gallery: Option<&'a Mutex<Gallery>>,
    /// The known deviations; none without a baseline.
    pub(super) comparison: Option<&'a Comparison<'a>>,
}

impl Books<'_> {
    /// Whether a baseline lists all at which the row deviates.
    pub(super) fn lists(&self, row: &Row) -> bool {
        self.comparison.is_some_and(|comparison| comparison.lists(&row.id, row))
    }
}

impl<'a> Trial<'a> {
    /// Each scenario against its targets, in each way that it leaves open. Without a target that rises again, only the first
    /// scenario that ends it runs, and once.
    pub(super) fn all(scenarios: &[&'a Scenario], stages: &'a [Box<dyn Stage>]) -> Vec<Self> {
        let mut trials = Vec::new();
        for stage in stages.iter().map(AsRef::as_ref) {
            let mut ended = false;
            for scenario in scenarios.iter().copied().filter(|scenario| stage.takes(scenario)) {
                let mut ways = ways_of(scenario, stage);
                if scenario.has_tag(ENDS_TARGET) && !stage.rises_again() {
                    ways.truncate(1);
                    for (_, lack) in ways.iter_mut().filter(|(_, lack)| lack.is_none()) {
                        if ended {
                            *lack = Some("another scenario ends the target, and its file has no `launch`".to_owned());
                        }
                        ended = true;
                    }
                }
                trials.extend(ways.into_iter().map(|(way, lack)| Self { scenario, stage, way, lack, place: 0 }));
            }
        }
        // What ends its target comes last.
        trials.sort_by_key(Self::ends_target);
        trials.iter_mut().enumerate().for_each(|(place, trial)| trial.place = place);
        trials
    }

    /// Whether it has to wait until all others are over.
    pub(super) fn ends_target(&self) -> bool {
        self.scenario.has_tag(ENDS_TARGET)
    }

    /// Whether there is no target any more when it has run.
    pub(super) fn leaves_no_target(&self) -> bool {
        self.ends_target() && self.lack.is_none() && !self.stage.rises_again()
    }

    /// Runs it. None when the run was interrupted before it came out.
    pub(super) fn run(&self, books: &Books<'_>) -> Option<Row> {
        if let Some(lack) = &self.lack {
            return Some(self.row(Outcome::Unsupported, Some(lack.clone())));
        }
        let (mut rows, mut diagrams) = (Vec::new(), Vec::new());
        for round in 0..books.rounds {
            if books.interrupt.is_told() {
                break;
            }
            let seed = books.seed.wrapping_add(u64::from(round) << 32);
            let Some(ran) = self.stage.attempt(self.scenario, self.way, seed, books.interrupt) else { break };
            let (mut row, diagram) = self.judged(&ran, books);
            row.seed = Some(seed).filter(|seed| *seed != books.seed);
            if let Some(comparison) = books.comparison {
                comparison.see(&row.id, &row);
            }
            diagrams.extend(diagram.map(|diagram| (row.seed, diagram)));
            rows.push(row);
        }
        let row = over_rounds(rows, |row| books.lists(row))?;
        let diagram = diagrams.into_iter().find(|(seed, _)| *seed == row.seed);
        if let (Some((_, diagram)), Some(gallery)) = (diagram, books.gallery)
            && let Ok(mut gallery) = gallery.lock()
        {
            gallery.hang(&row, diagram);
        }
        Some(row)
    }

    /// A row without findings.
    pub(super) fn row(&self, verdict: Outcome, reason: Option<String>) -> Row {
        Row {
            id: self.scenario.id.clone(),
            title: self.scenario.title.clone(),
            target: self.stage.target().id.clone(),
            party: self.stage.party().name().to_owned(),
            variant: self.way.variant_of(self.scenario),
            verdict,
            reason,
            known: None,
            duration_ms: 0.0,
            notes: Vec::new(),
            witnessed: None,
            orders: Vec::new(),
            seed: None,
            findings: Vec::new(),
        }
    }

    fn judged(&self, ran: &Ran, books: &Books<'_>) -> (Row, Option<Diagram>) {
        let judge = self.stage.judge_in(self.way);
        let subject = self.subject();
        let (mut report, diagram) = match books.gallery {
            Some(_) => {
                let (report, diagram) = judge.report_drawn(&ran.entries);
                (report, Some(diagram))
            }
            None => (judge.report(&ran.entries), None),
        };
        // What the scenario lets the other party do is its own affair.
        report.findings.retain(|finding| finding.party == subject.party);
        let (verdict, reason, findings) = judge.verdict(&subject, ran, &report);
        if let Ok(mut ledger) = books.ledger.lock() {
            ledger.take(judge, &subject, ran, &report);
        }
        let mut row = self.row(verdict, reason);
        row.duration_ms = ran.took.as_secs_f64() * 1_000.0;
        row.notes.clone_from(&ran.notes);
        row.orders.clone_from(&ran.orders);
        let unjudged = judge.unjudged(&subject, &report);
        if ran.stop.is_none() && !unjudged.is_empty() {
            row.notes.push(format!("covered, but no rule found anything to judge: {}", unjudged.join(" ")));
        }
        row.findings = findings;
        if let Err(error) = self.write_traces(ran, &report, &row, books) {
            let why = format!("the trace can't be written: {error}");
            match row.verdict {
                Outcome::Pass => (row.verdict, row.reason) = (Outcome::Error, Some(why)),
                _ => row.notes.push(why),
            }
        }
        let is_failure = matches!(row.verdict, Outcome::Fail | Outcome::Inconclusive);
        let bundle = || books.bundles.write(books.folder, self.scenario, &row, self.way, (judge, &ran.entries));
        if let Some(Err(error)) = is_failure.then(bundle) {
            row.notes.push(format!("the bundle can't be written: {error}"));
        }
        (row, diagram)
    }

    fn subject(&self) -> Subject {
        Subject { file: self.file(), covers: self.scenario.covers.clone(), party: self.stage.party() }
    }

    /// The scenario's file below the folder of scenarios.
    fn file(&self) -> String {
        self.scenario.file.strip_prefix("scenarios/").unwrap_or(&self.scenario.file).to_owned()
    }

    fn write_traces(&self, ran: &Ran, report: &Report, row: &Row, books: &Books<'_>) -> std::io::Result<()> {
        let judge = self.stage.judge_in(self.way);
        let header = header(judge, self.scenario, self.file(), row);
        let folder = trace_folder(row);
        let write = |out: &mut _| trace_jsonl::write(out, &header, &ran.entries, books.keys);
        books.folder.write(&format!("{folder}/trace.jsonl"), write)?;
        let verdict = match &row.reason {
            Some(reason) => format!("{} ({reason})", row.verdict),
            None => row.verdict.to_string(),
        };
        let found = judge.found(report);
        let told = Told { header: &header, start: ran.began, verdict: &verdict, found: &found };
        let write = |out: &mut _| run_pcapng::write(out, &told, &ran.entries, books.keys);
        books.folder.write(&format!("{folder}/{}", run_pcapng::NAME), write)
    }
}

fn header(judge: &Judge, scenario: &Scenario, file: String, row: &Row) -> Header {
    let (variant, party) = (row.variant.clone(), row.party.clone());
    header_in(judge, scenario, file, variant, party)
}

/// How the trace of a scenario that runs in that way is to be judged.
pub(crate) fn header_of(judge: &Judge, scenario: &Scenario, way: Way, party: Party) -> Header {
    header_in(judge, scenario, scenario.file.clone(), way.variant_of(scenario), party.name().to_owned())
}

fn header_in(judge: &Judge, scenario: &Scenario, file: String, variant: Variant, party: String) -> Header {
    let config = judge.config();
    let nanoseconds = |span: std::time::Duration| u64::try_from(span.as_nanos()).unwrap_or(u64::MAX);
    Header {
        trace: Header::version(),
        scenario: scenario.id.clone(),
        title: scenario.title.clone(),
        file,
        vantage: match config.vantage {
            Vantage::Client => "client",
            Vantage::Server => "server",
            Vantage::Unknown => "unknown",
        }
        .to_owned(),
        party,
        source: match config.source {
            Source::Unseen => "unseen",
            Source::Shared => "shared",
            Source::Exclusive => "exclusive",
        }
        .to_owned(),
        prompt: nanoseconds(config.prompt),
        still_pending: nanoseconds(config.still_pending),
        syntax: variant.syntax,
        security: variant.security,
        server_name: config.server_name.clone(),
        packet_level: match config.packet_level {
            PacketLevel::Any => None,
            PacketLevel::Signed => Some("signed".to_owned()),
            PacketLevel::Unsigned => Some("unsigned".to_owned()),
        },
        readings: config.readings.clone(),
        waived: judge.waived().clone(),
    }
}

/// Several rounds as one row: the gravest one, those first that no baseline lists, and flaky where some failed and others
/// passed.
fn over_rounds(rows: Vec<Row>, is_listed: impl Fn(&Row) -> bool) -> Option<Row> {
    let passed = rows.iter().filter(|row| row.verdict == Outcome::Pass).count();
    let (rounds, failed) = (rows.len(), rows.iter().filter(|row| row.verdict == Outcome::Fail).count());
    let mut gravest = rows.into_iter().max_by_key(|row| {
        let is_known = row.verdict.gravity() <= Outcome::Unsupported.gravity() || is_listed(row);
        (!is_known, row.verdict.gravity())
    })?;
    if passed > 0 && failed > 0 {
        gravest.verdict = Outcome::Flaky;
        gravest.reason = Some(format!("{failed} of {rounds} runs failed, {passed} passed"));
    }
    Some(gravest)
}

/// An error row for a trial of which nothing else is known.
pub(super) fn stop_of(why: &str) -> Ran {
    Ran { stop: Some(Stop::Error(why.to_owned())), ..Ran::default() }
}
