//! A comparison as text: a unified diff of each call that differs.

use std::fmt::Write as _;

use super::results::{Compared, Counts, Differing, Recordings};

/// The text of a comparison.
#[must_use]
pub fn to_text(compared: &Compared) -> String {
    let mut text = format!("--- {}\n+++ {}\n", compared.left, compared.right);
    for one in &compared.recordings {
        recordings(&mut text, one);
    }
    for one in &compared.unpaired {
        let other = if one.side == "left" { "right" } else { "left" };
        let _ = writeln!(
            text,
            "\n{} ({}): only on the {} side; the {other} has no trace of it",
            one.scenario, one.variant, one.side
        );
    }
    let differ = compared.recordings.iter().filter(|one| !one.differences.is_empty()).count();
    let _ = writeln!(
        text,
        "\n{}; {differ} of {} differ",
        counts(compared.summary),
        counted(compared.recordings.len(), "recording")
    );
    text
}

/// How many there are of each class.
pub(super) fn counts(counts: Counts) -> String {
    let Counts { breach, unclear, product, allowed } = counts;
    if counts == Counts::default() {
        return "no differences".to_owned();
    }
    let product = if product > 0 { format!("{product} of a product's choice, ") } else { String::new() };
    format!("differences: {breach} in breach, {unclear} unclear, {product}{allowed} allowed")
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

fn recordings(text: &mut String, one: &Recordings) {
    if one.differences.is_empty() {
        return;
    }
    let name = match (&one.scenario, &one.variant) {
        (Some(scenario), Some(variant)) => format!("{scenario} ({variant})"),
        _ => format!("{} and {}", one.left, one.right),
    };
    let Recordings { left_calls, right_calls, paired, party, .. } = one;
    let whose = if party == "both" { "both parties decide".to_owned() } else { format!("the {party} decides") };
    let _ = writeln!(text, "\n{name}: {left_calls} and {right_calls} calls, {paired} of them paired; {whose}");
    one.differences.iter().for_each(|one| difference(text, one));
    if one.left_out > 0 {
        let _ = writeln!(text, "  … and {} more", one.left_out);
    }
}

fn difference(text: &mut String, one: &Differing) {
    let what = title(one);
    let mark = if one.counts || matches!(one.class.as_str(), "allowed" | "product") {
        ""
    } else {
        ", not of the party that decides"
    };
    let _ = writeln!(text, "\n  {}. {}: {what}{mark}", one.number, class(one));
    let references = if one.references.is_empty() { String::new() } else { format!(" [{}]", one.references.join(" ")) };
    if one.class != "breach" {
        let _ = writeln!(text, "     {}{references}", one.reason);
    }
    for found in &one.findings {
        let _ = writeln!(
            text,
            "     {} against the {} side: {} [{}]",
            found.verdict,
            found.side,
            found.rule,
            found.requirements.join(" ")
        );
        if !found.expected.is_empty() {
            let _ = writeln!(text, "       expected {}", found.expected);
        }
        let _ = writeln!(text, "       found    {}", found.actual);
    }
    if let Some(follows) = one.follows {
        let _ = writeln!(text, "     it may follow from difference {follows}");
    }
    if one.diff.is_empty() {
        let _ = writeln!(text, "     - {}\n     + {}", one.left, one.right);
    } else {
        if one.field.is_some() {
            let _ = writeln!(text, "     left:  {}\n     right: {}", one.left, one.right);
        }
        one.diff.iter().for_each(|line| {
            let _ = writeln!(text, "     {line}");
        });
    }
}

/// The class in words.
pub(super) fn class(one: &Differing) -> String {
    match (one.class.as_str(), one.by.as_deref()) {
        ("breach", Some("both")) => "BREACH by both sides".to_owned(),
        ("breach", Some(side)) => format!("BREACH by the {side} side"),
        ("product", _) => "a product's choice".to_owned(),
        (class, _) => class.to_owned(),
    }
}

/// What differs, in words.
pub(super) fn title(one: &Differing) -> String {
    let what = match (one.subject.as_str(), one.field.as_deref()) {
        ("call", _) => "made by one side only".to_owned(),
        ("order", _) => "at another place among the calls".to_owned(),
        ("outcome", _) => "the answer".to_owned(),
        ("conduct", _) => "a rule accuses one side only".to_owned(),
        ("source", _) => "what the notification source was asked".to_owned(),
        ("unreadable", _) => "what can't be read".to_owned(),
        (way @ ("in" | "out"), Some(field)) => format!("[{way}] {field}"),
        (_, field) => field.unwrap_or_default().to_owned(),
    };
    let Some(call) = &one.call else { return what };
    let place = |side: &str, entry: Option<u64>| entry.map(|entry| format!("{side} {entry}"));
    let places: Vec<String> =
        [place("left", call.left_entry), place("right", call.right_entry)].into_iter().flatten().collect();
    let line = call.line.map_or_else(String::new, |line| format!(", line {line} of the scenario"));
    format!("{}: {what} (association {}, entry {}{line})", call.operation, call.association, places.join(", "))
}
