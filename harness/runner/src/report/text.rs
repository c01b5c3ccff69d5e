//! The report for people: what failed and how to run only that again, what was not judged, and the counts.

mod baseline;
mod beside;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::alike::{Alike, by_reason, is_repeated, unexpected, warned};
use super::rerun;
use super::results::{Finding, Outcome, Results, Scenario, Severity, Variant, Waiver};
use super::words::{counted, place, printable, requirement_words, told};

/// What is emphasized how. Printing to what is no terminal strips it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Styles {
    bad: Style,
    doubtful: Style,
    good: Style,
    title: Style,
    faint: Style,
    /// Columns for expected and actual side by side; none sets them one below the other, as they are best read out.
    columns: Option<usize>,
}

impl Styles {
    /// In colours, for a terminal of so many columns.
    #[must_use]
    pub fn colored(columns: usize) -> Self {
        Self {
            columns: Some(columns),
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

/// The report.
#[must_use]
pub fn to_text(results: &Results, styles: Styles) -> String {
    let ways: BTreeSet<&Variant> = results.scenarios.iter().map(|scenario| &scenario.variant).collect();
    let mut text = Text { out: String::new(), styles, results, ways: ways.len() };
    for found in unexpected(results) {
        text.scenario(&found);
    }
    text.together(Outcome::Error, |scenario| is_repeated(scenario, &results.scenarios));
    text.warnings();
    text.known(results);
    text.together(Outcome::Unsupported, |_| true);
    text.witnessed(results);
    text.waivers(results);
    text.readings(results);
    text.overlay(results);
    text.baseline(results);
    text.requirements(results);
    text.spoken(results);
    text.summary(results);
    text.out
}

struct Text<'a> {
    out: String,
    styles: Styles,
    results: &'a Results,
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
        let id = printable(&scenario.id);
        self.line(0, &format!("{style}{word}{style:#} {title}{id}{title:#}: {}", printable(&scenario.title)));
        self.in_ways(found);
        if let Some(reason) = &scenario.reason {
            self.line(5, &printable(reason));
        }
        for finding in told(scenario) {
            self.finding(finding);
        }
        for order in &scenario.orders {
            self.line(5, &format!("order of branches, {order}"));
        }
        if let Some(command) = rerun::of_alike(self.results, found) {
            self.line(5, &format!("again: {}", printable(&command)));
        }
        self.out.push('\n');
    }

    /// In which ways it came out so, where there are several.
    fn in_ways(&mut self, found: &Alike<'_>) {
        if let Some(ways) = found.in_ways().filter(|_| self.ways > 1) {
            self.line(5, &ways);
        }
    }

    fn finding(&mut self, finding: &Finding) {
        let faint = self.styles.faint;
        self.line(5, &printable(&format!("{} {}", finding.verdict, place(finding))));
        for line in beside::lines(&printable(&finding.expected), &printable(&finding.actual), &self.styles) {
            self.line(7, &line);
        }
        for id in &finding.requirements {
            self.line(7, &requirement_words(id));
        }
        self.line(7, &format!("{faint}{}{faint:#}", finding.rule));
    }

    /// The warnings of scenarios that pass: they change nothing, but people want to know.
    fn warnings(&mut self) {
        for found in warned(self.results) {
            let scenario = found.first;
            let warnings = scenario.findings.iter().filter(|finding| finding.verdict == Severity::Warn);
            let (style, title) = (self.styles.doubtful, self.styles.title);
            let (id, words) = (printable(&scenario.id), printable(&scenario.title));
            self.line(0, &format!("{style}WARN{style:#} {title}{id}{title:#}: {words}"));
            self.in_ways(&found);
            for finding in warnings {
                self.finding(finding);
            }
            self.out.push('\n');
        }
    }

    /// Scenarios of one verdict, counted by their reasons.
    fn together(&mut self, outcome: Outcome, which: impl Fn(&Scenario) -> bool) {
        for (reason, count) in by_reason(self.results, outcome, which) {
            let (style, scenarios) = (self.styles.of(outcome), counted(count, "scenario"));
            let word = outcome.name().to_uppercase();
            self.line(0, &format!("{style}{word}{style:#} {scenarios}: {}", printable(reason)));
        }
    }

    /// What recorded traffic shows, and what of it could not be read.
    fn witnessed(&mut self, results: &Results) {
        for scenario in &results.scenarios {
            let Some(witnessed) = &scenario.witnessed else { continue };
            let title = self.styles.title;
            self.line(0, &format!("WITNESSED {title}{}{title:#}", scenario.id));
            for note in &scenario.notes {
                self.line(5, &printable(note));
            }
            for line in witnessed.lines() {
                self.line(5, &printable(&line));
            }
            self.out.push('\n');
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
        if !words.is_empty() {
            self.line(0, &format!("requirements: {}", words.join(", ")));
        }
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
