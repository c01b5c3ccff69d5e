//! One scenario against one target: run as often as asked for, recorded, judged.

use std::sync::Mutex;

use conformance::Source;
use dcerpc::TransferSyntax;
use trace::Vantage;

use super::interrupt::Interrupt;
use super::selection::ENDS_TARGET;
use super::stage::Stage;
use crate::baseline::Comparison;
use crate::judge::{Judge, Ledger, Ran, Stop, Subject};
use crate::report::trace_jsonl::{self, Header, Keys};
use crate::report::{Folder, Outcome, Scenario as Row, Variant, scenario_folder};
use crate::scenario::meant::{Scenario, Syntaxes};

/// One scenario against one target.
pub(super) struct Trial<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) stage: &'a dyn Stage,
    /// Why it can't run; none when it can.
    pub(super) lack: Option<String>,
}

/// Where results go while scenarios run.
pub(super) struct Books<'a> {
    pub(super) folder: &'a Folder,
    /// What the traces hold of the keys of security contexts.
    pub(super) keys: Keys,
    pub(super) ledger: &'a Mutex<Ledger>,
    pub(super) interrupt: &'a Interrupt,
    pub(super) seed: u64,
    pub(super) rounds: u32,
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
    /// Each scenario against its targets. Without a target that rises again, only the first scenario that ends it runs.
    pub(super) fn all(scenarios: &[&'a Scenario], stages: &'a [Box<dyn Stage>]) -> Vec<Self> {
        let mut trials = Vec::new();
        for stage in stages.iter().map(AsRef::as_ref) {
            let mut ended = false;
            for scenario in scenarios.iter().copied().filter(|scenario| stage.takes(scenario)) {
                let mut lack = lack(scenario, stage);
                if lack.is_none() && scenario.has_tag(ENDS_TARGET) && !stage.rises_again() {
                    if ended {
                        lack = Some("another scenario ends the target, and its file has no `launch`".to_owned());
                    }
                    ended = true;
                }
                trials.push(Self { scenario, stage, lack });
            }
        }
        trials
    }

    /// Whether it has to wait until all others are over.
    pub(super) fn ends_target(&self) -> bool {
        self.scenario.has_tag(ENDS_TARGET)
    }

    /// Runs it. None when the run was interrupted before it came out.
    pub(super) fn run(&self, books: &Books<'_>) -> Option<Row> {
        if let Some(lack) = &self.lack {
            return Some(self.row(Outcome::Unsupported, Some(lack.clone())));
        }
        let mut rows = Vec::new();
        for round in 0..books.rounds {
            if books.interrupt.is_told() {
                break;
            }
            let seed = books.seed.wrapping_add(u64::from(round) << 32);
            let Some(ran) = self.stage.attempt(self.scenario, seed, books.interrupt) else { break };
            let mut row = self.judged(&ran, books);
            row.seed = Some(seed).filter(|seed| *seed != books.seed);
            if let Some(comparison) = books.comparison {
                comparison.see(&row.id, &row);
            }
            rows.push(row);
        }
        over_rounds(rows, |row| books.lists(row))
    }

    /// A row without findings.
    pub(super) fn row(&self, verdict: Outcome, reason: Option<String>) -> Row {
        Row {
            id: self.scenario.id.clone(),
            title: self.scenario.title.clone(),
            target: self.stage.target().id.clone(),
            party: self.stage.party().name().to_owned(),
            variant: Variant { syntax: self.syntax().to_owned(), security: "none".to_owned() },
            verdict,
            reason,
            known: None,
            duration_ms: 0.0,
            notes: Vec::new(),
            orders: Vec::new(),
            seed: None,
            findings: Vec::new(),
        }
    }

    fn judged(&self, ran: &Ran, books: &Books<'_>) -> Row {
        let judge = self.stage.judge();
        let subject = self.subject();
        let mut report = judge.report(&ran.entries);
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
        let written = self.write_trace(judge, ran, books);
        if let (Err(error), Outcome::Pass) = (written, row.verdict) {
            row.verdict = Outcome::Error;
            row.reason = Some(format!("the trace can't be written: {error}"));
        }
        row
    }

    /// The transfer syntax that the scenario's actors propose, or the target's preferred one.
    fn syntax(&self) -> &'static str {
        let proposed = |syntaxes: Option<Syntaxes>| match syntaxes {
            Some(Syntaxes::Ndr) => TransferSyntax::Ndr,
            Some(Syntaxes::Ndr64 | Syntaxes::Both) => TransferSyntax::Ndr64,
            None => self.stage.usual_syntax(),
        };
        let mut actors = self.scenario.actors.iter().map(|actor| proposed(actor.transfer_syntax));
        match actors.next().unwrap_or_else(|| self.stage.usual_syntax()) {
            TransferSyntax::Ndr => "ndr",
            TransferSyntax::Ndr64 => "ndr64",
        }
    }

    fn subject(&self) -> Subject {
        Subject { file: self.file(), covers: self.scenario.covers.clone(), party: self.stage.party() }
    }

    /// The scenario's file below the folder of scenarios.
    fn file(&self) -> String {
        self.scenario.file.strip_prefix("scenarios/").unwrap_or(&self.scenario.file).to_owned()
    }

    fn write_trace(&self, judge: &Judge, ran: &Ran, books: &Books<'_>) -> std::io::Result<()> {
        let (syntax, party) = (self.syntax().to_owned(), self.stage.party().name().to_owned());
        let header = Header { syntax, party, ..header(judge, self.scenario, self.file()) };
        let place = match self.stage.target().id.as_str() {
            super::embedded::TCP => format!("{}.tcp", scenario_folder(&self.scenario.id)),
            _ => scenario_folder(&self.scenario.id),
        };
        let write = |out: &mut _| trace_jsonl::write(out, &header, &ran.entries, books.keys);
        books.folder.write(&format!("{place}/trace.jsonl"), write)
    }
}

fn lack(scenario: &Scenario, stage: &dyn Stage) -> Option<String> {
    stage.lack(scenario)
}

fn header(judge: &Judge, scenario: &Scenario, file: String) -> Header {
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
        party: String::new(),
        source: match config.source {
            Source::Unseen => "unseen",
            Source::Shared => "shared",
            Source::Exclusive => "exclusive",
        }
        .to_owned(),
        prompt: nanoseconds(config.prompt),
        still_pending: nanoseconds(config.still_pending),
        syntax: "ndr".to_owned(),
        security: "none".to_owned(),
        server_name: config.server_name.clone(),
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
        let is_known = gravity(row.verdict) <= gravity(Outcome::Unsupported) || is_listed(row);
        (!is_known, gravity(row.verdict))
    })?;
    if passed > 0 && failed > 0 {
        gravest.verdict = Outcome::Flaky;
        gravest.reason = Some(format!("{failed} of {rounds} runs failed, {passed} passed"));
    }
    Some(gravest)
}

fn gravity(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Skip => 0,
        Outcome::Pass => 1,
        Outcome::Unsupported => 2,
        Outcome::Inconclusive => 3,
        Outcome::Error => 4,
        Outcome::Flaky => 5,
        Outcome::Fail => 6,
    }
}

/// An error row for a trial of which nothing else is known.
pub(super) fn stop_of(why: &str) -> Ran {
    Ran { stop: Some(Stop::Error(why.to_owned())), ..Ran::default() }
}
