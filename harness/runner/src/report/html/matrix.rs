//! Scenarios by ways of speaking: a table with a body for each folder of scenarios.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};

use super::leaves::Leaves;
use super::words::shown;
use crate::report::{Outcome, Results, Scenario, Variant};

/// The table. `anchors` are the articles of rows.
pub(super) fn matrix(results: &Results, leaves: &Leaves, anchors: &BTreeMap<usize, usize>) -> Markup {
    let ways = ways(results);
    let folders = folders(results);
    html! {
        div.scroll tabindex="0" role="region" aria-label="Scenarios by ways of speaking" {
            table.matrix {
                caption.hidden { "What came of each scenario, by transfer syntax and security" }
                thead {
                    tr { th scope="col" rowspan="2" { "scenario" } @for (syntax, count) in spans(&ways) { th scope="colgroup" colspan=(count) { (shown(syntax)) } } }
                    tr { @for way in &ways { th.way scope="col" { span { (shown(&way.security)) } } } }
                }
                @for (name, lines) in &folders {
                    tbody data-folder=(shown(name)) {
                        tr.folder {
                            th scope="rowgroup" { span.name { (shown(name)) } " " span.count { (lines.len()) } }
                            @for way in &ways { (aggregate(lines, way)) }
                        }
                        @for line in lines { (self::line(results, line, &ways, leaves, anchors)) }
                    }
                }
            }
        }
    }
}

/// A scenario against one target, with its rows.
struct Line<'a> {
    first: &'a Scenario,
    rows: Vec<(usize, &'a Scenario)>,
}

/// The ways that were spoken, the simplest first.
fn ways(results: &Results) -> Vec<&Variant> {
    let ways: BTreeSet<&Variant> = results.scenarios.iter().map(|row| &row.variant).collect();
    let mut ways: Vec<&Variant> = ways.into_iter().collect();
    ways.sort_by_key(|way| (&way.syntax, way.security != "none", &way.security));
    ways
}

/// How many ways each transfer syntax has.
fn spans<'a>(ways: &[&'a Variant]) -> Vec<(&'a str, usize)> {
    let chunks = ways.chunk_by(|one, other| one.syntax == other.syntax);
    chunks.filter_map(|chunk| chunk.first().map(|first| (first.syntax.as_str(), chunk.len()))).collect()
}

/// The lines by folder, in the order of the report.
fn folders(results: &Results) -> Vec<(String, Vec<Line<'_>>)> {
    let mut folders: Vec<(String, Vec<Line<'_>>)> = Vec::new();
    let mut places: BTreeMap<(&str, &str), (usize, usize)> = BTreeMap::new();
    for (index, row) in results.scenarios.iter().enumerate() {
        if let Some(&(folder, line)) = places.get(&(row.target.as_str(), row.id.as_str()))
            && let Some(line) = folders.get_mut(folder).and_then(|(_, lines)| lines.get_mut(line))
        {
            line.rows.push((index, row));
            continue;
        }
        let name = folder_of(&row.id);
        let at = folders.iter().position(|(known, _)| *known == name).unwrap_or_else(|| {
            folders.push((name, Vec::new()));
            folders.len() - 1
        });
        if let Some((_, lines)) = folders.get_mut(at) {
            places.insert((&row.target, &row.id), (at, lines.len()));
            lines.push(Line { first: row, rows: vec![(index, row)] });
        }
    }
    folders
}

/// The first folder of an id; of a recording's path, all folders.
fn folder_of(id: &str) -> String {
    let is_file = [".jsonl", ".pcap", ".pcapng", ".cap"].iter().any(|end| id.ends_with(end));
    let cut = if is_file { id.rfind('/') } else { id.find('/') };
    cut.and_then(|end| id.get(..end)).unwrap_or("scenarios").to_owned()
}

fn line(
    results: &Results,
    line: &Line<'_>,
    ways: &[&Variant],
    leaves: &Leaves,
    anchors: &BTreeMap<usize, usize>,
) -> Markup {
    let verdicts: BTreeSet<&str> = line.rows.iter().map(|(_, row)| word(row)).collect();
    let is_first = results.targets.first().is_none_or(|target| target.id == line.first.target);
    let folder = folder_of(&line.first.id);
    let name =
        line.first.id.strip_prefix(folder.as_str()).map_or(line.first.id.as_str(), |rest| rest.trim_start_matches('/'));
    let words: BTreeSet<&str> = line
        .rows
        .iter()
        .flat_map(|(_, row)| &row.findings)
        .flat_map(|found| &found.requirements)
        .map(String::as_str)
        .collect();
    html! {
        tr data-v=(verdicts.into_iter().collect::<Vec<_>>().join(" ")) data-q=(shown(&words.into_iter().collect::<Vec<_>>().join(" "))) {
            th scope="row" {
                span.id { (shown(name)) }
                @if !is_first { " " span.target { (shown(&line.first.target)) } }
                span.title { bdi { (shown(&line.first.title)) } }
            }
            @for way in ways {
                td {
                    @for (index, row) in line.rows.iter().filter(|(_, row)| row.variant == **way) {
                        (cell(*index, row, leaves, anchors))
                    }
                }
            }
        }
    }
}

/// The verdict that filters know: warnings have one of their own.
fn word(row: &Scenario) -> &'static str {
    row.verdict.name()
}

fn cell(index: usize, row: &Scenario, leaves: &Leaves, anchors: &BTreeMap<usize, usize>) -> Markup {
    let (block, place) = leaves.places.get(index).copied().unwrap_or_default();
    let class = format!("c {}", word(row));
    html! {
        @if let Some(anchor) = anchors.get(&index) {
            a class=(class) href={ "#f" (anchor) } data-r={ (block) "." (place) } { i { (row.verdict.name()) } }
        } @else {
            button class=(class) type="button" data-r={ (block) "." (place) } { i { (row.verdict.name()) } }
        }
    }
}

/// What came of a folder in one way: how many did not pass, or that all did.
fn aggregate(lines: &[Line<'_>], way: &Variant) -> Markup {
    let rows: Vec<&Scenario> =
        lines.iter().flat_map(|line| &line.rows).filter(|(_, row)| row.variant == *way).map(|(_, row)| *row).collect();
    let order =
        [Outcome::Fail, Outcome::Flaky, Outcome::Error, Outcome::Inconclusive, Outcome::Skip, Outcome::Unsupported];
    let worst = order.into_iter().find(|outcome| rows.iter().any(|row| row.verdict == *outcome));
    html! {
        td {
            @match (worst, rows.is_empty()) {
                (_, true) => {}
                (None, false) => span.n.pass title={ (rows.len()) " pass" } { (rows.len()) },
                (Some(worst), false) => {
                    @let count = rows.iter().filter(|row| row.verdict == worst).count();
                    span class={ "n " (worst.name()) } title={ (count) " " (worst.name()) " of " (rows.len()) } { (count) }
                }
            }
        }
    }
}
