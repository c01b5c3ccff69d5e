//! The report for people: what failed and how to run only that again, what was not judged, and the counts.

mod alike;
mod baseline;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use conformance::catalogue;

use alike::{Alike, alike};

use super::results::{Finding, Origin, Outcome, Results, Scenario, Severity, Variant, Waiver};

/// What is emphasized how. Printing to what is no terminal strips it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Styles {
    bad: Style,
    doubtful: Style,
    good: Style,
    title: Style,
    faint: Style,
}

impl Styles {
    /// In colours.
    #[must_use]
    pub fn colored() -> Self {
        Self {
            bad: AnsiColor::Red.on_default().bold(),
            doubtful: AnsiColor::Yellow.on_default().bold(),
            good: AnsiColor::Green.on_default().bold(),
            title: Style::new().bold(),
            faint: Style::new().dimmed(),
        }
    }

    fn of(&self, outcome: Outcome) -> Style {
        match outcome {
            Outcome::Pass => self.good,
            Outcome::Fail | Outcome::Error | Outcome::Flaky => self.bad,
            Outcome::Inconclusive | Outcome::Unsupported | Outcome::Skip => self.doubtful,
        }
    }
}

/// The report. `rerun` is the command line before a scenario's id, where the report comes from a run.
#[must_use]
pub fn to_text(results: &Results, rerun: Option<&str>, styles: Styles) -> String {
    let ways: BTreeSet<&Variant> = results.scenarios.iter().map(|scenario| &scenario.variant).collect();
    let mut text = Text { out: String::new(), styles, rerun, ways: ways.len() };
    let expected = [Outcome::Pass, Outcome::Unsupported, Outcome::Skip];
    let unexpected = |scenario: &&Scenario| !expected.contains(&scenario.verdict);
    for found in alike(&results.scenarios, unexpected) {
        if !is_repeated(found.first, &results.scenarios) {
            text.scenario(&found);
        }
    }
    text.together(results, Outcome::Error, |scenario| is_repeated(scenario, &results.scenarios));
    text.warnings(results);
    text.known(results);
    text.together(results, Outcome::Unsupported, |_| true);
    text.waivers(results);
    text.readings(results);
    text.overlay(results);
    text.baseline(results);
    text.requirements(results);
    text.spoken(results);
    text.summary(results);
    text.out
}

/// The command line with another seed.
fn with_seed(command: &str, seed: u64) -> String {
    let mut words: Vec<&str> = command.split(' ').collect();
    if let Some(at) = words.iter().position(|word| *word == "--seed") {
        words.drain(at..words.len().min(at + 2));
    }
    format!("{} --seed {seed}", words.join(" "))
}

/// What recorded traffic is counted in: a trace has entries, a capture packets.
fn counted_in(file: &str) -> &'static str {
    if file.ends_with(".jsonl") { "entry" } else { "packet" }
}

struct Text<'a> {
    out: String,
    styles: Styles,
    rerun: Option<&'a str>,
    /// In how many ways scenarios spoke.
    ways: usize,
}

impl Text<'_> {
    fn line(&mut self, indent: usize, text: &str) {
        for line in text.lines() {
            let _ = writeln!(self.out, "{:indent$}{line}", "");
        }
    }

    fn scenario(&mut self, found: &Alike<'_>) {
        let scenario = found.first;
        let (style, title) = (self.styles.of(scenario.verdict), self.styles.title);
        let word = scenario.verdict.name().to_uppercase();
        let id = &scenario.id;
        self.line(0, &format!("{style}{word}{style:#} {title}{id}{title:#}: {}", scenario.title));
        self.in_ways(found);
        if let Some(reason) = &scenario.reason {
            self.line(5, &printable(reason));
        }
        let mut shown: Vec<&Finding> = scenario.findings.iter().filter(|f| f.verdict > Severity::Note).collect();
        shown.sort_by_key(|finding| std::cmp::Reverse(finding.verdict));
        for finding in shown {
            self.finding(finding);
        }
        for order in &scenario.orders {
            self.line(5, &format!("order of branches, {order}"));
        }
        if let Some(command) = self.rerun {
            let command = scenario.seed.map_or_else(|| command.to_owned(), |seed| with_seed(command, seed));
            let only = found.only().filter(|_| !command.contains(ONLY));
            let only = only.map_or_else(String::new, |syntax| format!(" {ONLY} {syntax}"));
            self.line(5, &format!("again: {command}{only} {}", quoted(id)));
        }
        self.out.push('\n');
    }

    /// In which ways it came out so, where there are several.
    fn in_ways(&mut self, found: &Alike<'_>) {
        if self.ways > 1 {
            self.line(5, &format!("in {}", found.ways.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")));
        }
    }

    fn finding(&mut self, finding: &Finding) {
        let faint = self.styles.faint;
        let place = match (&finding.origin, &finding.step) {
            (Origin::Line { scenario, line: Some(line) }, Some(step)) => format!("{scenario}:{line}: {step}"),
            (Origin::Line { scenario, line: Some(line) }, None) => format!("{scenario}:{line}"),
            (Origin::Line { scenario, line: None }, _) => scenario.clone(),
            (Origin::Entry { file, packet }, Some(step)) => format!("{file}: {} {packet}: {step}", counted_in(file)),
            (Origin::Entry { file, packet }, None) => format!("{file}: {} {packet}", counted_in(file)),
        };
        self.line(5, &format!("{} {place}", finding.verdict));
        if !finding.expected.is_empty() {
            self.line(7, &format!("expected: {}", printable(&finding.expected)));
        }
        if !finding.actual.is_empty() {
            self.line(7, &format!("actual:   {}", printable(&finding.actual)));
        }
        for id in &finding.requirements {
            self.line(7, &requirement_words(id));
        }
        self.line(7, &format!("{faint}{}{faint:#}", finding.rule));
    }

    /// The warnings of scenarios that pass: they change nothing, but people want to know.
    fn warnings(&mut self, results: &Results) {
        let warns = |scenario: &&Scenario| {
            scenario.verdict == Outcome::Pass
                && scenario.findings.iter().any(|finding| finding.verdict == Severity::Warn)
        };
        for found in alike(&results.scenarios, warns) {
            let scenario = found.first;
            let warnings = scenario.findings.iter().filter(|finding| finding.verdict == Severity::Warn);
            let (style, title) = (self.styles.doubtful, self.styles.title);
            self.line(0, &format!("{style}WARN{style:#} {title}{}{title:#}: {}", scenario.id, scenario.title));
            self.in_ways(&found);
            for finding in warnings {
                self.finding(finding);
            }
            self.out.push('\n');
        }
    }

    /// Scenarios of one verdict, counted by their reasons.
    fn together(&mut self, results: &Results, outcome: Outcome, which: impl Fn(&Scenario) -> bool) {
        let mut reasons: Vec<(&str, BTreeSet<(&str, &str)>)> = Vec::new();
        for scenario in results.scenarios.iter().filter(|one| one.verdict == outcome && which(one)) {
            let reason = scenario.reason.as_deref().unwrap_or("no reason is known");
            let named = (scenario.id.as_str(), scenario.target.as_str());
            match reasons.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, scenarios)) => {
                    scenarios.insert(named);
                }
                None => reasons.push((reason, BTreeSet::from([named]))),
            }
        }
        for (reason, scenarios) in reasons {
            let (style, scenarios) = (self.styles.of(outcome), counted(scenarios.len(), "scenario"));
            let word = outcome.name().to_uppercase();
            self.line(0, &format!("{style}{word}{style:#} {scenarios}: {}", printable(reason)));
        }
    }

    fn waivers(&mut self, results: &Results) {
        let mut waived: Vec<(&Waiver, Vec<&str>)> = Vec::new();
        for (target, waiver) in
            results.targets.iter().flat_map(|target| target.waivers.iter().map(move |w| (target, w)))
        {
            match waived.iter_mut().find(|(known, _)| *known == waiver) {
                Some((_, targets)) => targets.push(&target.id),
                None => waived.push((waiver, vec![&target.id])),
            }
        }
        for (waiver, targets) in waived {
            let count = waiver.requirements.len();
            let few = if count <= 6 { format!(": {}", waiver.requirements.join(" ")) } else { String::new() };
            let (requirements, targets) = (counted(count, "requirement"), targets.join(", "));
            self.line(0, &format!("waived by `{}` of {targets}: {requirements}{few}", waiver.key));
        }
    }

    fn readings(&mut self, results: &Results) {
        for target in results.targets.iter().filter(|target| !target.readings.is_empty()) {
            let words: Vec<String> = target.readings.iter().map(|(id, word)| format!("{id}: {word}")).collect();
            self.line(0, &format!("readings of {}: {}", target.id, words.join(", ")));
        }
    }

    /// That an overlay was on, and what it made notes of.
    fn overlay(&mut self, results: &Results) {
        let Some(overlay) = &results.overlay else { return };
        let mut noted: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for finding in results.scenarios.iter().flat_map(|scenario| &scenario.findings) {
            if let Some(note) = &finding.product_note {
                *noted.entry((note, &finding.rule)).or_default() += 1;
            }
        }
        let total = counted(noted.values().sum(), "finding");
        self.line(0, &format!("overlay `{overlay}`: {total} noted as the product's known way"));
        for ((note, rule), count) in noted {
            self.line(2, &format!("{note}: {} of {rule}", counted(count, "finding")));
        }
    }

    fn requirements(&mut self, results: &Results) {
        let counts = results.coverage.counts().filter(|(_, count)| *count > 0);
        let words: Vec<String> = counts.map(|(verdict, count)| format!("{count} {verdict}")).collect();
        self.line(0, &format!("requirements: {}", words.join(", ")));
    }

    /// How many scenarios spoke in which way, where there are several.
    fn spoken(&mut self, results: &Results) {
        let mut ways: BTreeMap<&Variant, usize> = BTreeMap::new();
        for scenario in &results.scenarios {
            *ways.entry(&scenario.variant).or_default() += 1;
        }
        if ways.len() > 1 {
            let words: Vec<String> = ways.iter().map(|(way, count)| format!("{count} in {way}")).collect();
            self.line(0, &format!("spoken: {}", words.join(", ")));
        }
    }

    fn summary(&mut self, results: &Results) {
        let summary = results.summary;
        let counts = [
            (summary.pass, Outcome::Pass),
            (summary.fail, Outcome::Fail),
            (summary.inconclusive, Outcome::Inconclusive),
            (summary.flaky, Outcome::Flaky),
            (summary.unsupported, Outcome::Unsupported),
            (summary.error, Outcome::Error),
            (summary.skip, Outcome::Skip),
        ];
        let mut words: Vec<String> = Vec::new();
        for (count, outcome) in counts {
            if count > 0 {
                let style = self.styles.of(outcome);
                words.push(format!("{style}{count} {outcome}{style:#}"));
            }
        }
        if words.is_empty() {
            words.push("nothing ran".to_owned());
        }
        if summary.warnings > 0 {
            words.push(counted(summary.warnings, "warning"));
        }
        if summary.notes > 0 {
            words.push(counted(summary.notes, "note"));
        }
        let cut = if results.interrupted { " (interrupted)" } else { "" };
        self.line(0, &format!("scenarios: {}{cut}; seed {}", words.join(", "), results.seed));
    }
}

/// Whether it is an error that others have word for word: one line tells of them all.
fn is_repeated(scenario: &Scenario, all: &[Scenario]) -> bool {
    let alike = |other: &&Scenario| other.verdict == Outcome::Error && other.reason == scenario.reason;
    scenario.verdict == Outcome::Error && scenario.findings.is_empty() && all.iter().filter(alike).count() > 1
}

/// The option by which a way is chosen.
const ONLY: &str = "--transfer-syntax";

/// A requirement with level, section and words.
fn requirement_words(id: &str) -> String {
    match catalogue::requirement(id) {
        Some(entry) => format!("{id} ({}, {}): {}", entry.level, entry.section, entry.text),
        None => id.to_owned(),
    }
}

/// So many of something.
fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// Words that may come from the target, without what would move a terminal's cursor.
fn printable(words: &str) -> String {
    words.chars().map(|c| if c.is_control() && c != '\n' { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// A word as a shell takes it.
#[must_use]
pub fn quoted(id: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | ':' | '.' | '=' | ',');
    if id.chars().all(plain) { id.to_owned() } else { format!("'{}'", id.replace('\'', r"'\''")) }
}
