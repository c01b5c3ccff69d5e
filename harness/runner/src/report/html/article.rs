//! What came of one row, in words.

use maud::{Markup, html};

use super::words::shown;
use crate::diagram::time;
use crate::report::alike::Alike;
use crate::report::words::{place, requirement_words, told};
use crate::report::{Finding, Outcome, Results, Scenario, Severity, trace_folder};

/// Facts, findings and notes of a row. `again` is the command that runs it again, `ways` those in which it came out so.
pub(super) fn facts(results: &Results, row: &Scenario, ways: Option<&Alike<'_>>, again: Option<&str>) -> Markup {
    let target = results.targets.iter().find(|target| target.id == row.target);
    let is_run = results.command.get(1).is_some_and(|word| word == "run");
    html! {
        dl.facts {
            div { dt { "target" } dd { (shown(target.map_or(&row.target, |target| &target.name))) } }
            div {
                dt { "spoken" }
                dd {
                    @match ways {
                        Some(found) => {
                            @for (index, way) in found.ways.iter().enumerate() {
                                @if index > 0 { ", " }
                                (shown(&way.to_string()))
                            }
                        }
                        None => (shown(&row.variant.to_string())),
                    }
                }
            }
            div { dt { "took" } dd { (took(row)) } }
            @if let Some(seed) = row.seed { div { dt { "seed" } dd { (seed) } } }
            @if is_run && row.verdict != Outcome::Unsupported {
                div { dt { "recorded in" } dd { code { (shown(&trace_folder(row))) "/trace.jsonl" } } }
            }
        }
        @if let Some(reason) = &row.reason { p.reason { bdi { (shown(reason)) } } }
        @if let Some(known) = &row.known {
            p.reason { "known " (known.verdict.name()) ": " (shown(&known.reasons.join("; "))) }
        }
        @for finding in told(row) { (finding_of(row, finding)) }
        @if let Some(command) = again.filter(|_| !matches!(row.verdict, Outcome::Pass | Outcome::Unsupported | Outcome::Skip)) {
            p.again { "Again: " code { (shown(command)) } }
        }
        (remarks(row))
    }
}

/// How long it took.
fn took(row: &Scenario) -> String {
    let span = std::time::Duration::try_from_secs_f64(row.duration_ms / 1_000.0).unwrap_or_default();
    time(span.as_nanos())
}

fn finding_of(row: &Scenario, finding: &Finding) -> Markup {
    html! {
        div class={ "finding " (finding.verdict.name()) } {
            h4 { span.tag { (finding.verdict.name()) } " " code { (shown(&place(finding))) }
                @if !row.judges(&finding.party) { " of the " (shown(&finding.party)) ", which is not judged here" }
            }
            div.sides {
                @if !finding.expected.is_empty() {
                    div { h5 { "expected" } p { bdi { (shown(&finding.expected)) } } }
                }
                @if !finding.actual.is_empty() {
                    div { h5 { "actual" } p { bdi { (shown(&finding.actual)) } } }
                }
            }
            ul.requirements {
                @for id in &finding.requirements { li { (shown(&requirement_words(id))) } }
                @if finding.rule != "scenario" { li { code { (shown(&finding.rule)) } } }
                @else { li { "an expectation of the scenario itself" } }
                @if let Some(note) = &finding.product_note { li { "product note " (shown(note)) } }
            }
        }
    }
}

/// What changes no verdict.
fn remarks(row: &Scenario) -> Markup {
    let noted: Vec<&Finding> = row.findings.iter().filter(|finding| finding.verdict == Severity::Note).collect();
    let count = noted.len() + row.notes.len() + row.orders.len();
    html! {
        @if count > 0 {
            details.remarks {
                summary { (count) @if count == 1 { " note" } @else { " notes" } }
                ul {
                    @for note in &row.notes { li { (shown(note)) } }
                    @for order in &row.orders { li { "order of branches, " (shown(order)) } }
                    @for finding in noted {
                        li { code { (shown(&finding.rule)) } ": " (shown(&finding.actual)) }
                    }
                }
            }
        }
    }
}
