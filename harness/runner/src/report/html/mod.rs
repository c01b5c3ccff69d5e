//! `report.html`: one page that needs nothing but itself.
//!
//! Summary, failures with their diagrams and requirements are plain markup. What only shows on demand (the diagrams of passes,
//! decoded calls and octets) lies in compressed blocks that the page's own program unpacks. A policy in the page forbids all else:
//! it may neither load nor send anything, and no script runs but the one whose digest it names.

mod article;
mod attention;
mod coverage;
mod leaves;
mod matrix;
mod pack;
mod svg;
mod words;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use super::results::{Outcome, Results, Variant};
use super::words::counted;
use super::{EntryState, Gallery};
use crate::exit::Exit;
use attention::{Attention, attention, together};
use leaves::Leaves;
use words::shown;

const STYLE: &str = include_str!("page.css");
const PROGRAM: &str = include_str!("page.js");

/// The page.
#[must_use]
pub fn to_html(results: &Results, gallery: Option<&Gallery>) -> String {
    let leaves = Leaves::of(results, gallery);
    let attention = attention(results, gallery, &leaves);
    let name = title(results);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy());
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="generator" content={ (shown(&results.tool.name)) " " (shown(&results.tool.version)) };
                title { (shown(&name)) }
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#main" { "Skip to the results" }
                (head(results, &name))
                main id="main" {
                    (summary(results))
                    (findings(results, &attention))
                    (scenarios(results, gallery, &leaves, &attention))
                    (requirements(results))
                    (about(results))
                }
                footer {
                    p { (shown(&results.tool.name)) " " (shown(&results.tool.version)) " · " (shown(&results.spec.document)) " revision " (shown(&results.spec.revision)) }
                }
                dialog id="leaf" aria-labelledby="leaf-title" {}
                @for (number, block) in leaves.blocks.iter().enumerate() {
                    script type="text/plain" id={ "b" (number) } { (PreEscaped(block)) }
                }
                script { (PreEscaped(PROGRAM)) }
            }
        }
    };
    page.into_string()
}

/// What the page may do: show itself.
fn policy() -> String {
    let digest = |text: &str| STANDARD.encode(Sha256::digest(text.as_bytes()));
    format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; img-src data:; base-uri 'none'; form-action 'none'",
        digest(PROGRAM),
        digest(STYLE)
    )
}

fn title(results: &Results) -> String {
    let names: Vec<&str> = results.targets.iter().map(|target| target.name.as_str()).collect();
    let mut unique: Vec<&str> = Vec::new();
    names.into_iter().for_each(|name| {
        if !unique.contains(&name) {
            unique.push(name);
        }
    });
    let of = if unique.is_empty() { String::new() } else { format!(" of {}", unique.join(" and ")) };
    format!("{} conformance{of}", results.spec.document)
}

fn head(results: &Results, name: &str) -> Markup {
    html! {
        header.top {
            div {
                h1 { (shown(name)) }
                p.when {
                    "started " time datetime=(shown(&results.started)) { (shown(&started(&results.started))) " UTC" }
                    " · seed " (results.seed)
                    @if let Some(overlay) = &results.overlay { " · overlay " (shown(overlay)) }
                    @if results.interrupted { " · " strong { "interrupted" } }
                }
            }
            nav aria-label="Sections" {
                a href="#findings" { "Findings" } a href="#scenarios" { "Scenarios" } a href="#requirements" { "Requirements" } a href="#about" { "About" }
                button.theme.needs-program type="button" aria-label="Light or dark" title="Light or dark" hidden { "◐" }
            }
        }
    }
}

/// A time of RFC 3339 in UTC, to the second.
fn started(time: &str) -> String {
    time.split('.').next().unwrap_or_default().trim_end_matches('Z').replace('T', " ")
}

fn summary(results: &Results) -> Markup {
    let summary = results.summary;
    let counts = [
        (summary.pass, Outcome::Pass),
        (summary.fail, Outcome::Fail),
        (summary.flaky, Outcome::Flaky),
        (summary.error, Outcome::Error),
        (summary.inconclusive, Outcome::Inconclusive),
        (summary.skip, Outcome::Skip),
        (summary.unsupported, Outcome::Unsupported),
    ];
    let (exit, words) = verdict(results);
    html! {
        section.summary aria-labelledby="summary-title" {
            h2.hidden id="summary-title" { "Summary" }
            p class={ "verdict " (exit) } { (words) }
            ul.tiles {
                @for (count, outcome) in counts.into_iter().filter(|(count, outcome)| *count > 0 || *outcome == Outcome::Pass) {
                    li { a href="#scenarios" data-filter=(outcome.name()) class=(outcome.name()) { b { (count) } " " (outcome.name()) } }
                }
                @if summary.warnings > 0 { li { span.warn { b { (summary.warnings) } " warnings" } } }
                @if summary.notes > 0 { li { span.note { b { (summary.notes) } " notes" } } }
            }
            p.covered { (coverage::bar(results.coverage, 320)) span { "Requirements: " (coverage::words(results.coverage)) } }
        }
    }
}

/// What the run as a whole says.
fn verdict(results: &Results) -> (&'static str, String) {
    let summary = results.summary;
    match results.exit() {
        Exit::AsExpected if summary.skip > 0 => (
            "good",
            format!("Everything came out as expected; {} as the baseline lists.", counted(summary.skip, "scenario")),
        ),
        Exit::AsExpected => ("good", "Everything came out as expected.".to_owned()),
        Exit::NothingPassed => {
            ("doubt", "Nothing passed: the selection is empty, or the target lacks what all of it needs.".to_owned())
        }
        Exit::Environment => {
            ("bad", format!("{} could not be decided: the environment failed.", counted(summary.error, "scenario")))
        }
        Exit::Interrupted => ("doubt", "The run was interrupted; this is what had ended by then.".to_owned()),
        _ => {
            let told = [
                (summary.fail, "failed"),
                (summary.flaky, "failed at times"),
                (summary.inconclusive, "could not be decided"),
            ];
            let mut words: Vec<String> = told
                .into_iter()
                .filter(|(count, _)| *count > 0)
                .map(|(count, what)| format!("{} {what}", counted(count, "scenario")))
                .collect();
            let wrong = results.baseline.as_ref().map_or(0, |baseline| baseline.unexpected().count());
            if wrong > 0 {
                let is = if wrong == 1 { "is" } else { "are" };
                words.push(format!("{wrong} of the baseline's entries {is} no longer true"));
            }
            ("bad", format!("{}.", words.join("; ")))
        }
    }
}

fn findings(results: &Results, attention: &Attention) -> Markup {
    html! {
        section aria-labelledby="findings" {
            h2 id="findings" { "Findings" }
            @if attention.count == 0 && results.summary.error == 0 {
                p.none { "Nothing failed, and nothing was left undecided." }
            }
            (attention.markup)
            (together(results, Outcome::Unsupported, |_| true))
        }
    }
}

fn scenarios(results: &Results, gallery: Option<&Gallery>, leaves: &Leaves, attention: &Attention) -> Markup {
    let present: Vec<Outcome> = [
        Outcome::Fail,
        Outcome::Flaky,
        Outcome::Error,
        Outcome::Inconclusive,
        Outcome::Skip,
        Outcome::Unsupported,
        Outcome::Pass,
    ]
    .into_iter()
    .filter(|outcome| results.scenarios.iter().any(|row| row.verdict == *outcome))
    .collect();
    html! {
        section aria-labelledby="scenarios" {
            h2 id="scenarios" { "Scenarios" }
            div.tools.needs-program role="search" hidden {
                label { span.hidden { "Search scenarios" } input id="search" type="search" placeholder="id, title, requirement ( / )" autocomplete="off" spellcheck="false"; }
                div.filters role="group" aria-label="Show only" {
                    @for outcome in present { button type="button" aria-pressed="false" data-filter=(outcome.name()) class=(outcome.name()) { (outcome.name()) } }
                }
                button.fold type="button" aria-pressed="false" { "all folders" }
                p id="status" role="status" {}
            }
            @if results.scenarios.is_empty() { p.none { "Nothing ran." } }
            @else { (matrix::matrix(results, leaves, &attention.anchors)) }
            (diagrams(gallery, leaves))
        }
    }
}

/// Which diagrams there are.
fn diagrams(gallery: Option<&Gallery>, leaves: &Leaves) -> Markup {
    let Some(gallery) = gallery else { return html! {} };
    html! {
        p.hint {
            (counted(leaves.drawn, "sequence diagram")) " in this page; open a scenario to see its own. "
            @if leaves.shared > 0 && !gallery.has_all() {
                (counted(leaves.shared, "pass").replace("passs", "passes")) " that look alike in several ways of speaking share one: "
                code { "--diagrams all" } " draws each. "
            }
            @if leaves.left_out > 0 {
                (format!("The diagrams of {} passes are left out, for the page would exceed {} MiB; ", leaves.left_out, gallery.limit() >> 20))
                code { "--diagrams all" } " has no such limit. "
            }
            noscript { "Diagrams of passes, decoded calls and octets need JavaScript, which is off." }
        }
    }
}

fn requirements(results: &Results) -> Markup {
    html! {
        section aria-labelledby="requirements" {
            h2 id="requirements" { "Requirements" }
            p.hint { "By section of [" (shown(&results.spec.document)) "]. " (coverage::words(results.coverage)) "." }
            (coverage::coverage(results))
        }
    }
}

fn about(results: &Results) -> Markup {
    let mut ways: Vec<(&Variant, usize)> = Vec::new();
    for row in &results.scenarios {
        match ways.iter_mut().find(|(way, _)| **way == row.variant) {
            Some((_, count)) => *count += 1,
            None => ways.push((&row.variant, 1)),
        }
    }
    html! {
        section aria-labelledby="about" {
            h2 id="about" { "About this run" }
            @for target in &results.targets {
                h3 { (shown(&target.name)) }
                dl.facts {
                    div { dt { "id" } dd { (shown(&target.id)) } }
                    div { dt { "party" } dd { (shown(&target.party)) } }
                    @if !target.address.is_empty() { div { dt { "address" } dd { (shown(&target.address)) } } }
                    @for (id, reading) in &target.readings { div { dt { "reading of " (shown(id)) } dd { (shown(reading)) } } }
                    @for waiver in &target.waivers {
                        div {
                            dt { "waived by " code { (shown(&waiver.key)) } }
                            dd { (counted(waiver.requirements.len(), "requirement")) ": " (shown(&waiver.requirements.join(" "))) }
                        }
                    }
                }
            }
            @if !ways.is_empty() {
                h3 { "Ways of speaking" }
                ul { @for (way, count) in ways { li { (shown(&way.to_string())) ": " (counted(count, "scenario")) } } }
            }
            (baseline(results))
        }
    }
}

fn baseline(results: &Results) -> Markup {
    let Some(baseline) = &results.baseline else { return html! {} };
    html! {
        h3 { "Baseline " (shown(&baseline.file)) }
        div.scroll tabindex="0" role="region" aria-label="Entries of the baseline" {
            table.requirements {
                thead { tr { th scope="col" { "entry" } th scope="col" { "state" } th scope="col" { "reason" } } }
                tbody {
                    @for entry in &baseline.entries {
                        @let class = if entry.state.is_unexpected() { "fail" } else if entry.state == EntryState::AsListed { "pass" } else { "unsupported" };
                        tr {
                            th scope="row" { (shown(&entry.name())) span.level { "line " (entry.line) } }
                            td { span class={ "tag " (class) } { (entry.state.name()) } }
                            td { p { (shown(&entry.reason)) } @if let Some(advice) = entry.advice() { p.why { (shown(&advice)) } } }
                        }
                    }
                }
            }
        }
    }
}
