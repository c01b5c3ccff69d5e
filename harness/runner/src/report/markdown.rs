//! `report.md`: the report for the summary of a CI job.

mod escape;

use std::fmt::Write as _;

use super::alike::{Alike, by_reason, is_repeated, unexpected, warned};
use super::rerun;
use super::results::{Finding, Outcome, Results, Scenario, Severity};
use super::words::{counted, place, printable, requirement_words, told};
use escape::{block, code, escaped};

/// Where details end: GitHub refuses summaries of more than 1 MiB.
const LONGEST: usize = 900 * 1024;

/// The results in Markdown (GitHub's, which GitLab and others read as well). What comes from the target can't get out of where it
/// stands.
#[must_use]
pub fn to_markdown(results: &Results) -> String {
    let mut text = Markdown { out: String::new(), results };
    let unexpected = unexpected(results);
    text.head(&unexpected);
    text.summary();
    text.failures("What is not as expected", &unexpected);
    text.repeated_errors();
    text.baseline();
    text.failures("Warnings", &warned(results));
    text.unsupported();
    text.out
}

struct Markdown<'a> {
    out: String,
    results: &'a Results,
}

impl Markdown<'_> {
    fn line(&mut self, line: &str) {
        let _ = writeln!(self.out, "{line}");
    }

    fn head(&mut self, unexpected: &[Alike<'_>]) {
        let repeated = self.results.scenarios.iter().any(|one| is_repeated(one, &self.results.scenarios));
        let wrong = self.results.baseline.as_ref().map_or(0, |baseline| baseline.unexpected().count());
        let came = match unexpected.len() {
            0 if repeated => "errors".to_owned(),
            0 if wrong > 0 => "the baseline is wrong".to_owned(),
            0 if self.results.scenarios.is_empty() => "nothing ran".to_owned(),
            0 => "as expected".to_owned(),
            count => format!("{} not as expected", counted(count, "scenario")),
        };
        let cut = if self.results.interrupted { " (interrupted)" } else { "" };
        self.line(&format!("# pan-harness: {came}{cut}\n"));
        for target in &self.results.targets {
            let at = if target.address.is_empty() { String::new() } else { format!(", {}", code(&target.address)) };
            self.line(&format!("- {}: {} ({}{at})", code(&target.id), escaped(&target.name), target.party));
        }
        let (spec, seed) = (&self.results.spec, self.results.seed);
        let overlay =
            self.results.overlay.as_ref().map_or_else(String::new, |name| format!(", overlay {}", code(name)));
        let started = escaped(&self.results.started);
        let (document, revision) = (escaped(&spec.document), escaped(&spec.revision));
        self.line(&format!("- {document} {revision}, started {started}, seed {seed}{overlay}\n"));
    }

    fn summary(&mut self) {
        let summary = self.results.summary;
        let counts = [
            (Outcome::Pass, summary.pass),
            (Outcome::Fail, summary.fail),
            (Outcome::Inconclusive, summary.inconclusive),
            (Outcome::Flaky, summary.flaky),
            (Outcome::Unsupported, summary.unsupported),
            (Outcome::Error, summary.error),
            (Outcome::Skip, summary.skip),
        ];
        self.line("| scenarios | | requirements | |\n| --- | ---: | --- | ---: |");
        let scenarios = counts.into_iter().filter(|(_, count)| *count > 0).map(|(word, count)| (word.name(), count));
        let requirements = self.results.coverage.counts().filter(|(_, count)| *count > 0);
        let requirements: Vec<_> = requirements.map(|(word, count)| (word.name(), count)).collect();
        let scenarios: Vec<_> = scenarios.collect();
        for row in 0..scenarios.len().max(requirements.len()) {
            let cell = |of: &[(&str, usize)]| match of.get(row) {
                Some((word, count)) => format!("{word} | {count}"),
                None => " | ".to_owned(),
            };
            self.line(&format!("| {} | {} |", cell(&scenarios), cell(&requirements)));
        }
        self.out.push('\n');
    }

    fn failures(&mut self, title: &str, all: &[Alike<'_>]) {
        if all.is_empty() {
            return;
        }
        self.line(&format!("## {title}\n"));
        for (number, found) in all.iter().enumerate() {
            if self.out.len() > LONGEST {
                let more = all.len() - number;
                self.line(&format!("… and {}: `report.txt` has them all.\n", counted(more, "more scenario")));
                return;
            }
            self.failure(found);
        }
    }

    fn failure(&mut self, found: &Alike<'_>) {
        let scenario = found.first;
        let word =
            if scenario.verdict == Outcome::Pass { "WARN".to_owned() } else { scenario.verdict.name().to_uppercase() };
        self.line(&format!("### {word} {}\n", code(&scenario.id)));
        self.line(&format!("{}\n", escaped(&found.titled())));
        if let Some(reason) = &scenario.reason {
            self.line(&block("text", &printable(reason)));
        }
        let least = if scenario.verdict == Outcome::Pass { Severity::Warn } else { Severity::Inconclusive };
        for finding in told(scenario).into_iter().filter(|finding| finding.verdict >= least) {
            self.finding(finding);
        }
        if !scenario.orders.is_empty() {
            self.line(&block("text", &format!("order of branches: {}", scenario.orders.join("; "))));
        }
        if let Some(command) = rerun::of_alike(self.results, found) {
            self.line(&block("sh", &printable(&command)));
        }
    }

    fn finding(&mut self, finding: &Finding) {
        self.line(&format!("**{}** at {}\n", finding.verdict, code(&place(finding))));
        self.line(&block("diff", &difference(finding)));
        for id in &finding.requirements {
            self.line(&format!("- {}", escaped(&requirement_words(id))));
        }
        self.line(&format!("- rule {}\n", code(&finding.rule)));
    }

    fn repeated_errors(&mut self) {
        let all = &self.results.scenarios;
        self.by_reason("Errors", Outcome::Error, |scenario| is_repeated(scenario, all));
    }

    fn unsupported(&mut self) {
        self.by_reason("Unsupported", Outcome::Unsupported, |_| true);
    }

    fn by_reason(&mut self, title: &str, outcome: Outcome, which: impl Fn(&Scenario) -> bool) {
        let reasons = by_reason(self.results, outcome, which);
        if !reasons.is_empty() {
            self.line(&format!("## {title}\n"));
        }
        for (reason, count) in &reasons {
            self.line(&format!("- {}: {}", counted(*count, "scenario"), code(&printable(reason))));
        }
        if !reasons.is_empty() {
            self.out.push('\n');
        }
    }

    fn baseline(&mut self) {
        let Some(baseline) = &self.results.baseline else { return };
        self.line(&format!("## Baseline {}\n", code(&baseline.file)));
        let entries = if baseline.entries.len() == 1 { "entry" } else { "entries" };
        let known = counted(self.results.summary.skip, "scenario");
        self.line(&format!("{} {entries}; {known} known.\n", baseline.entries.len()));
        for entry in baseline.unexpected() {
            let advice = escaped(&entry.advice().unwrap_or_default());
            self.line(&format!("- line {}, {}: {advice}", entry.line, code(&entry.name())));
        }
        self.out.push('\n');
    }
}

/// Expected and actual as lines of a difference.
fn difference(finding: &Finding) -> String {
    let side = |mark: &str, words: &str| -> Vec<String> {
        printable(words).lines().map(|line| format!("{mark} {line}")).collect()
    };
    [side("- expected:", &finding.expected), side("+ actual:  ", &finding.actual)].concat().join("\n")
}
