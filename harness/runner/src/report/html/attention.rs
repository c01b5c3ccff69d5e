//! What did not come out as it should: readable without any program.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::article::facts;
use super::leaves::Leaves;
use super::svg::{placed, svg};
use super::words::{made, shown};
use crate::report::alike::{Alike, is_repeated, unexpected, warned};
use crate::report::rerun::of_alike;
use crate::report::{Gallery, Outcome, Results, Scenario};

/// How many diagrams are drawn in the page itself. The others show when their scenario is opened.
const MOST_DRAWN: usize = 100;

/// The articles, and by row the number of its article.
pub(super) struct Attention {
    pub(super) markup: Markup,
    pub(super) anchors: BTreeMap<usize, usize>,
    pub(super) count: usize,
}

/// What failed, what could not be decided, and what warned.
pub(super) fn attention(results: &Results, gallery: Option<&Gallery>, leaves: &Leaves) -> Attention {
    let all = &results.scenarios;
    let mut found = unexpected(results);
    found.sort_by_key(|one| gravity(one.first.verdict));
    let count = found.len();
    found.extend(warned(results));
    let mut anchors = BTreeMap::new();
    for (number, one) in found.iter().enumerate() {
        for (index, row) in all.iter().enumerate() {
            if (&row.id, &row.target) == (&one.first.id, &one.first.target) && one.ways.contains(&&row.variant) {
                anchors.insert(index, number);
            }
        }
    }
    let markup = html! {
        @for (number, one) in found.iter().enumerate() {
            (article(results, gallery.filter(|_| number < MOST_DRAWN), leaves, (number, one)))
        }
        (together(results, Outcome::Error, |row| is_repeated(row, all)))
    };
    Attention { markup, anchors, count }
}

fn gravity(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Fail => 0,
        Outcome::Flaky => 1,
        Outcome::Error => 2,
        Outcome::Inconclusive => 3,
        Outcome::Pass | Outcome::Unsupported | Outcome::Skip => 4,
    }
}

fn article(
    results: &Results,
    gallery: Option<&Gallery>,
    leaves: &Leaves,
    (number, one): (usize, &Alike<'_>),
) -> Markup {
    let row = one.first;
    let word = if row.verdict == Outcome::Pass { "warn" } else { row.verdict.name() };
    let index = results.scenarios.iter().position(|other| std::ptr::eq(other, row)).unwrap_or_default();
    let (block, place) = leaves.places.get(index).copied().unwrap_or_default();
    let command = of_alike(results, one);
    let picture = gallery.and_then(|gallery| gallery.picture(row));
    html! {
        article.found id={ "f" (number) } aria-labelledby={ "h" (number) } {
            h3 id={ "h" (number) } { span class={ "tag " (word) } { (word) } " " span.id { (shown(&row.id)) } }
            p.title { bdi { (shown(&row.title)) } }
            (facts(results, row, Some(one), command.as_deref()))
            @if let Some(picture) = picture {
                figure data-r={ (block) "." (place) } {
                    div.scroll tabindex="0" role="region" aria-label={ "Sequence diagram of " (shown(&row.id)) } {
                        (made(svg(picture.diagram, &placed(picture.diagram, row), &row.title)))
                    }
                }
            }
        }
    }
}

/// Rows of one verdict that have nothing but a reason, by their reasons.
pub(super) fn together(results: &Results, outcome: Outcome, which: impl Fn(&Scenario) -> bool) -> Markup {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for row in results.scenarios.iter().filter(|row| row.verdict == outcome && which(row)) {
        let reason = row.reason.as_deref().unwrap_or("no reason is known");
        match reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, ids)) if ids.last() == Some(&row.id.as_str()) => {}
            Some((_, ids)) => ids.push(&row.id),
            None => reasons.push((reason, vec![&row.id])),
        }
    }
    html! {
        @for (reason, ids) in reasons {
            details.together {
                summary {
                    span class={ "tag " (outcome.name()) } { (outcome.name()) } " "
                    (ids.len()) @if ids.len() == 1 { " scenario: " } @else { " scenarios: " } bdi { (shown(reason)) }
                }
                ul { @for id in ids { li { code { (shown(id)) } } } }
            }
        }
    }
}
