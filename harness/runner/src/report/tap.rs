//! `results.tap`: the Test Anything Protocol, version 14, one test point for each scenario and entry of a baseline.

use std::fmt::Write as _;

use serde::Serialize;

use super::baseline::EntryState;
use super::rerun;
use super::results::{Outcome, Results, Scenario};
use super::words::{name, on_a_line, origin, printable, told};

/// The results as TAP. What is known is `TODO`, what can't be tried `SKIP`; everything else that is no pass is `not ok`.
///
/// # Errors
/// Never for results that this crate makes; serialization.
pub fn to_tap(results: &Results) -> Result<String, String> {
    let entries = results.baseline.as_ref().map_or(&[][..], |baseline| &baseline.entries);
    let mut tap = Tap { out: "TAP version 14\n".to_owned(), number: 0 };
    match results.scenarios.len() + entries.len() {
        0 => tap.line("1..0 # SKIP nothing ran"),
        count => tap.line(&format!("1..{count}")),
    }
    let (tool, spec) = (&results.tool, &results.spec);
    tap.line(&format!("# {} {}, {} {}", tool.name, tool.version, spec.document, spec.revision));
    tap.line(&format!("# started {}, seed {}", results.started, results.seed));
    for scenario in &results.scenarios {
        tap.scenario(results, scenario)?;
    }
    for entry in entries {
        let words = format!("baseline line {}: {}", entry.line, entry.name());
        match entry.state {
            EntryState::AsListed => tap.point(true, &words, None),
            EntryState::Undecided => {
                tap.point(true, &words, Some(("SKIP", entry.why.as_deref().unwrap_or("undecided"))));
            }
            _ => tap.point(false, &format!("{words}: {}", entry.advice().unwrap_or_default()), None),
        }
    }
    if results.interrupted {
        tap.line("Bail out! interrupted: what had not ended is missing");
    }
    Ok(tap.out)
}

struct Tap {
    out: String,
    number: usize,
}

impl Tap {
    fn line(&mut self, line: &str) {
        let _ = writeln!(self.out, "{}", on_a_line(line));
    }

    fn point(&mut self, is_ok: bool, words: &str, directive: Option<(&str, &str)>) {
        self.number += 1;
        let ok = if is_ok { "ok" } else { "not ok" };
        let directive = directive.map_or_else(String::new, |(word, why)| format!(" # {word} {}", escaped(why)));
        let number = self.number;
        self.line(&format!("{ok} {number} - {}{directive}", escaped(words)));
    }

    fn scenario(&mut self, results: &Results, scenario: &Scenario) -> Result<(), String> {
        let words = format!("{}: {}", name(scenario), scenario.title);
        let known = scenario.known.as_ref().map(|known| known.reasons.join("; "));
        let reason = scenario.reason.as_deref().unwrap_or(scenario.verdict.name());
        match scenario.verdict {
            Outcome::Pass => self.point(true, &words, None),
            Outcome::Unsupported => self.point(true, &words, Some(("SKIP", reason))),
            Outcome::Skip => self.point(false, &words, Some(("TODO", known.as_deref().unwrap_or(reason)))),
            Outcome::Fail | Outcome::Flaky | Outcome::Inconclusive | Outcome::Error => self.point(false, &words, None),
        }
        let findings = told(scenario);
        if findings.is_empty() && matches!(scenario.verdict, Outcome::Pass | Outcome::Unsupported | Outcome::Skip) {
            return Ok(());
        }
        let shown = findings.into_iter().map(|finding| Shown {
            at: origin(finding),
            step: finding.step.as_deref().map(printable),
            severity: finding.verdict.name(),
            rule: &finding.rule,
            requirements: &finding.requirements,
            section: &finding.section,
            expected: printable(&finding.expected),
            actual: printable(&finding.actual),
        });
        let told = Diagnostic {
            verdict: scenario.verdict.name(),
            reason: scenario.reason.as_deref().map(printable),
            target: &scenario.target,
            duration_ms: scenario.duration_ms,
            findings: shown.collect(),
            again: rerun::of_row(results, scenario).map(|command| printable(&command)),
        };
        self.diagnostic(&told)
    }

    /// The YAML block below a test point.
    fn diagnostic(&mut self, told: &Diagnostic<'_>) -> Result<(), String> {
        let yaml = serde_yaml::to_string(told).map_err(|error| error.to_string())?;
        self.out.push_str("  ---\n");
        for line in yaml.lines() {
            let _ = writeln!(self.out, "  {line}");
        }
        self.out.push_str("  ...\n");
        Ok(())
    }
}

/// What is told of a test point besides its name.
#[derive(Serialize)]
struct Diagnostic<'a> {
    verdict: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    target: &'a str,
    duration_ms: f64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    findings: Vec<Shown<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    again: Option<String>,
}

#[derive(Serialize)]
struct Shown<'a> {
    at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<String>,
    severity: &'a str,
    rule: &'a str,
    requirements: &'a [String],
    section: &'a str,
    expected: String,
    actual: String,
}

/// A description, in which `#` would begin a directive.
fn escaped(words: &str) -> String {
    words.replace('\\', r"\\").replace('#', r"\#")
}
