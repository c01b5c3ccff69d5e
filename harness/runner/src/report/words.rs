//! Words that the forms of a report share.

use std::cmp::Reverse;

use conformance::catalogue;

use super::results::{Finding, Origin, Scenario, Severity};

/// So many of something.
pub(super) fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// Words that may come from the target, without what would move a terminal's cursor.
pub(super) fn printable(words: &str) -> String {
    words.chars().map(|c| if is_moving(c) && c != '\n' { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// The same on one line.
pub(super) fn on_a_line(words: &str) -> String {
    printable(words).replace('\n', " ")
}

/// Whether it is no sign but an order to whoever shows the text: also those that turn the direction of what follows.
fn is_moving(c: char) -> bool {
    let turns = matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    c.is_control() || turns || matches!(c, '\u{2028}' | '\u{2029}')
}

/// A requirement with level, section and words.
pub(super) fn requirement_words(id: &str) -> String {
    match catalogue::requirement(id) {
        Some(entry) => format!("{id} ({}, {}): {}", entry.level, entry.section, entry.text),
        None => id.to_owned(),
    }
}

/// What recorded traffic is counted in: a trace has entries, a capture packets.
pub(super) fn counted_in(file: &str) -> &'static str {
    if file.ends_with(".jsonl") { "entry" } else { "packet" }
}

/// Where a finding comes from: file and line of a scenario, or the entry or packet of a file.
pub(super) fn origin(finding: &Finding) -> String {
    match &finding.origin {
        Origin::Line { scenario, line: Some(line) } => format!("{scenario}:{line}"),
        Origin::Line { scenario, line: None } => scenario.clone(),
        Origin::Entry { file, packet } => format!("{file}: {} {packet}", counted_in(file)),
    }
}

/// The same with the step that was under way.
pub(super) fn place(finding: &Finding) -> String {
    match (&finding.origin, &finding.step) {
        (Origin::Line { line: None, .. }, _) | (_, None) => origin(finding),
        (_, Some(step)) => format!("{}: {step}", origin(finding)),
    }
}

/// What is told of a scenario: its findings without notes, the gravest first.
pub(super) fn told(scenario: &Scenario) -> Vec<&Finding> {
    let mut told: Vec<&Finding> = scenario.findings.iter().filter(|one| one.verdict > Severity::Note).collect();
    told.sort_by_key(|finding| Reverse(finding.verdict));
    told
}

/// Its name with what tells it from the one that speaks in the simplest way.
pub(super) fn name(scenario: &Scenario) -> String {
    let marks: Vec<&str> = scenario.variant.marks(&scenario.id).collect();
    let marks = if marks.is_empty() { String::new() } else { format!(" [{}]", marks.join(", ")) };
    format!("{}{marks}", scenario.id)
}
