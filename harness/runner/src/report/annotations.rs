//! `annotations.txt`: workflow commands of GitHub, which shows them at the scenario's line and in the job's summary.

use std::fmt::Write as _;

use super::alike::{Alike, by_reason, is_repeated, unexpected, warned};
use super::rerun;
use super::results::{Finding, Origin, Outcome, Results};
use super::words::{printable, requirement_words, told};

/// The results as annotations: an error for each scenario that nobody expects, a warning for each that passes with some, and
/// for each entry that a baseline is wrong about.
#[must_use]
pub fn to_annotations(results: &Results) -> String {
    let mut out = String::new();
    for found in unexpected(results) {
        annotation(&mut out, "error", results, &found);
    }
    for (reason, count) in by_reason(results, Outcome::Error, |one| is_repeated(one, &results.scenarios)) {
        write(&mut out, "error", &[("title", format!("{count} scenarios"))], &printable(reason));
    }
    for entry in results.baseline.iter().flat_map(|baseline| baseline.unexpected().map(move |one| (baseline, one))) {
        let (baseline, entry) = entry;
        let properties = [("file", baseline.file.clone()), ("line", entry.line.to_string()), ("title", entry.name())];
        write(&mut out, "error", &properties, &entry.advice().unwrap_or_default());
    }
    for found in warned(results) {
        annotation(&mut out, "warning", results, &found);
    }
    out
}

fn annotation(out: &mut String, level: &str, results: &Results, found: &Alike<'_>) {
    let findings = told(found.first);
    let mut properties = findings.first().map_or_else(Vec::new, |finding| place(results, finding));
    properties.push(("title", format!("{}: {}", found.first.verdict, found.first.id)));
    let mut words = vec![found.titled()];
    words.extend(found.first.reason.clone());
    for finding in findings {
        let lines = [("expected", &finding.expected), ("actual", &finding.actual)];
        words.extend(lines.iter().filter(|(_, said)| !said.is_empty()).map(|(label, said)| format!("{label}: {said}")));
        words.extend(finding.requirements.iter().map(|id| requirement_words(id)));
        words.push(finding.rule.clone());
    }
    words.extend(rerun::of_alike(results, found).map(|command| format!("again: {command}")));
    write(out, level, &properties, &printable(&words.join("\n")));
}

fn place(results: &Results, finding: &Finding) -> Vec<(&'static str, String)> {
    match &finding.origin {
        Origin::Line { scenario, line } => {
            let mut place = vec![("file", file(results, scenario))];
            place.extend(line.map(|line| ("line", line.to_string())));
            place
        }
        Origin::Entry { file, .. } => vec![("file", file.clone())],
    }
}

/// The file of a scenario, below the folder that the command names.
pub(super) fn file(results: &Results, scenario: &str) -> String {
    let at = results.command.iter().position(|word| word == "--scenarios");
    let folder =
        at.and_then(|at| results.command.get(at + 1)).map_or("scenarios", |folder| folder.trim_end_matches('/'));
    match scenario.starts_with(folder) {
        true => scenario.to_owned(),
        false => format!("{folder}/{scenario}"),
    }
}

fn write(out: &mut String, level: &str, properties: &[(&str, String)], words: &str) {
    let told: Vec<String> = properties.iter().map(|(key, value)| format!("{key}={}", property(value))).collect();
    let _ = writeln!(out, "::{level} {}::{}", told.join(","), data(words));
}

/// The words of a command, in which a line's end would end it.
fn data(words: &str) -> String {
    words.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property, in which a colon or a comma would end it.
fn property(words: &str) -> String {
    data(&printable(words)).replace(':', "%3A").replace(',', "%2C")
}
