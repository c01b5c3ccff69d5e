//! A comparison as one page: the calls side by side, without scripts and without anything from elsewhere.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use conformance::compare::{Comparison, Side};

use super::results::{Compared, Differing, Recordings};
use super::text::{class, counts, title};

/// Calls of a pair of recordings that the page shows.
const MOST_ROWS: usize = 2_000;

/// The rows of one pair of recordings.
pub(super) struct Rows(Vec<Row>);

struct Row {
    left: Vec<String>,
    right: Vec<String>,
    /// The numbers of its differences.
    differences: Vec<usize>,
}

impl Rows {
    /// Calls that differ, and how many alike stand between them.
    pub(super) fn of(comparison: &Comparison) -> Self {
        let mut numbers = vec![Vec::new(); comparison.pairs().len()];
        for (at, one) in comparison.differences().iter().enumerate() {
            if let Some(found) = one.pair.and_then(|pair| numbers.get_mut(pair)) {
                found.push(at + 1);
            }
        }
        let rows = numbers.into_iter().enumerate().take(MOST_ROWS).map(|(pair, differences)| Row {
            left: comparison.lines(Side::Left, pair),
            right: comparison.lines(Side::Right, pair),
            differences,
        });
        Self(rows.collect())
    }
}

/// The page.
pub(super) fn to_html(compared: &Compared, rows: &[Option<Rows>]) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "Comparison of " (compared.left) " and " (compared.right) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { "Comparison" }
                dl {
                    dt { "Left" } dd { (compared.left) }
                    dt { "Right" } dd { (compared.right) }
                    @if let Some(overlay) = &compared.overlay { dt { "Overlay" } dd { (overlay) } }
                }
                p.summary { (counts(compared.summary)) "; " (compared.recordings.len()) " pairs of recordings" }
                @for one in &compared.unpaired {
                    p.unclear { (one.scenario) " (" (one.variant) ") is only on the " (one.side) " side" }
                }
                @for (one, rows) in compared.recordings.iter().zip(rows) {
                    @if !one.differences.is_empty() { (recordings(one, rows.as_ref())) }
                }
            }
        }
    };
    page.into_string()
}

fn recordings(one: &Recordings, rows: Option<&Rows>) -> Markup {
    let name = match (&one.scenario, &one.variant) {
        (Some(scenario), Some(variant)) => format!("{scenario} ({variant})"),
        _ => format!("{} and {}", one.left, one.right),
    };
    html! {
        section {
            h2 { (name) }
            p { (one.left_calls) " and " (one.right_calls) " calls, " (one.paired) " of them paired" }
            @for difference in one.differences.iter().filter(|one| one.call.is_none()) { (told(difference)) }
            @if let Some(rows) = rows {
                @for row in &rows.0 {
                    @let differences: Vec<&Differing> = row.differences.iter().filter_map(|at| one.differences.get(*at - 1)).filter(|one| one.call.is_some()).collect();
                    details open[!differences.is_empty()] {
                        summary { (row.left.first().or(row.right.first()).map_or("", String::as_str)) }
                        @for difference in &differences { (told(difference)) }
                        div.sides {
                            pre { (lines(&row.left, &row.right)) }
                            pre { (lines(&row.right, &row.left)) }
                        }
                    }
                }
                @if rows.0.len() == MOST_ROWS { p { "The first " (MOST_ROWS) " calls are shown." } }
            }
        }
    }
}

/// Lines of one side; those that the other lacks are marked.
fn lines(own: &[String], other: &[String]) -> Markup {
    html! {
        @if own.is_empty() { span.none { "no such call" } }
        @for line in own {
            @if other.contains(line) { (line) "\n" } @else { ins { (line) } "\n" }
        }
    }
}

fn told(one: &Differing) -> Markup {
    html! {
        div class=(format!("difference {}", one.class)) {
            p { strong { (one.number) ". " (class(one)) } ": " (title(one)) }
            @if one.class != "breach" {
                p { (one.reason) @if !one.references.is_empty() { " (" (one.references.join(", ")) ")" } }
            }
            @for found in &one.findings {
                p { (found.rule) " against the " (found.side) " side" @if !found.requirements.is_empty() { " (" (found.requirements.join(", ")) ")" }
                    @if !found.expected.is_empty() { ": expected " (found.expected) } "; found " (found.actual) }
            }
            @if one.call.is_none() || one.field.is_some() {
                div.sides { p { (one.left) } p { (one.right) } }
            }
            @if let Some(follows) = one.follows { p { "It may follow from difference " (follows) "." } }
        }
    }
}

const STYLE: &str = "
:root { color-scheme: light dark; --line: #8884; --bad: #c62828; --doubt: #9a6700; --good: #2e7d32; --mark: #ffd54f66 }
@media (prefers-color-scheme: dark) { :root { --bad: #ff8a80; --doubt: #ffcf66; --good: #81c784; --mark: #ffd54f33 } }
* { box-sizing: border-box }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 80rem; padding: 1rem; overflow-wrap: anywhere }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin-top: 2rem }
dl { display: grid; grid-template-columns: auto 1fr; gap: 0 1rem } dd { margin: 0 }
details { border-top: 1px solid var(--line); padding: .25rem 0 } summary { cursor: pointer }
.sides { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem }
.sides > * { min-width: 0; margin: .25rem 0 }
pre { font: 13px/1.4 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere }
ins { background: var(--mark); text-decoration: none } .none { opacity: .7 }
.difference { border-left: 4px solid var(--line); padding: 0 .75rem; margin: .5rem 0 } .difference p { margin: .25rem 0 }
.breach { border-color: var(--bad) } .breach strong { color: var(--bad) }
.unclear { border-color: var(--doubt) } .unclear strong { color: var(--doubt) }
.allowed { border-color: var(--good) } .allowed strong { color: var(--good) }
@media (max-width: 40rem) { .sides { grid-template-columns: 1fr; gap: 0 } .sides > * + * { border-top: 1px dashed var(--line) } }
";
