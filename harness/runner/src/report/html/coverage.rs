//! Requirements by section of the specification.

use std::collections::BTreeMap;

use conformance::catalogue;
use maud::{Markup, html};

use super::words::{made, shown};
use crate::report::{Coverage, Requirement, RequirementVerdict, Results};

/// Requirements by their sections, in the order of the specification.
type Sections<'a> = BTreeMap<Vec<u32>, Vec<&'a Requirement>>;

/// The sections, of each party that was judged.
pub(super) fn coverage(results: &Results) -> Markup {
    let waived: BTreeMap<&str, &str> = results
        .targets
        .iter()
        .flat_map(|target| &target.waivers)
        .flat_map(|waiver| waiver.requirements.iter().map(|id| (id.as_str(), waiver.key.as_str())))
        .collect();
    let mut parties: Vec<(&str, Sections<'_>)> = Vec::new();
    for requirement in &results.requirements {
        let at = parties.iter().position(|(party, _)| *party == requirement.party).unwrap_or_else(|| {
            parties.push((&requirement.party, BTreeMap::new()));
            parties.len() - 1
        });
        if let Some((_, sections)) = parties.get_mut(at) {
            sections.entry(numbers(&requirement.section)).or_default().push(requirement);
        }
    }
    html! {
        @for (party, sections) in &parties {
            h3 { "What binds the " (shown(party)) }
            @for requirements in sections.values() { (section(requirements, &waived)) }
        }
    }
}

/// A section as the order of sections knows it.
fn numbers(section: &str) -> Vec<u32> {
    section.split('.').map(|part| part.parse().unwrap_or(u32::MAX)).collect()
}

fn section(requirements: &[&Requirement], waived: &BTreeMap<&str, &str>) -> Markup {
    let name = requirements.first().map_or("", |first| first.section.as_str());
    let own: Vec<Requirement> = requirements.iter().map(|one| (*one).clone()).collect();
    let counts = Coverage::of(&own);
    html! {
        details.section {
            summary {
                span.number { (shown(name)) } span.method { (subject(name, requirements)) }
                (bar(counts, 120))
                span.counts { (words(counts)) }
            }
            div.scroll tabindex="0" role="region" aria-label={ "Requirements of section " (shown(name)) } {
                table.requirements {
                    thead { tr { th scope="col" { "requirement" } th scope="col" { "verdict" } th scope="col" { "what it says" } } }
                    tbody { @for requirement in requirements { (line(requirement, waived)) } }
                }
            }
        }
    }
}

/// The method that a section is about, where it is about one: those before section 3 are about types and documents.
fn subject(section: &str, requirements: &[&Requirement]) -> String {
    if !section.starts_with("3.") {
        return String::new();
    }
    let mut methods = requirements.iter().filter_map(|one| catalogue::requirement(&one.id)).map(|entry| entry.method);
    match methods.next() {
        Some(first) if !first.is_empty() && !first.contains(';') && methods.all(|other| other == first) => {
            first.rsplit(' ').next().unwrap_or_default().to_owned()
        }
        _ => String::new(),
    }
}

fn line(requirement: &Requirement, waived: &BTreeMap<&str, &str>) -> Markup {
    let entry = catalogue::requirement(&requirement.id);
    let why = match requirement.verdict {
        RequirementVerdict::Exempt => requirement.reason.clone().map(|reason| format!("Exempt: {reason}")),
        RequirementVerdict::Waived => {
            waived.get(requirement.id.as_str()).map(|key| format!("Waived: the target file says so by `{key}`"))
        }
        RequirementVerdict::NotExercised => Some("Nothing that ran decides it.".to_owned()),
        _ => None,
    };
    html! {
        tr id={ (shown(&requirement.id)) "-" (shown(&requirement.party)) } {
            th scope="row" { (shown(&requirement.id)) span.level { (shown(&requirement.level)) } }
            td { span class={ "tag " (requirement.verdict.name()) } { (requirement.verdict.name()) } }
            td {
                @if let Some(entry) = entry { p { (shown(entry.text)) } }
                @if let Some(why) = why { p.why { (shown(&why)) } }
                @if !requirement.rules.is_empty() {
                    p.rules { @for rule in &requirement.rules { code { (shown(rule)) } " " } }
                }
            }
        }
    }
}

/// The counts as words; what is not there is not told.
pub(super) fn words(counts: Coverage) -> String {
    let told = counts.counts().filter(|(_, count)| *count > 0);
    told.map(|(verdict, count)| format!("{count} {verdict}")).collect::<Vec<_>>().join(", ")
}

/// The counts as a bar.
pub(super) fn bar(counts: Coverage, width: usize) -> Markup {
    let total: usize = counts.counts().map(|(_, count)| count).sum();
    let mut sum = 0;
    let mut parts = String::new();
    for (verdict, count) in counts.counts().filter(|(_, count)| *count > 0) {
        let at = |count: usize| count * 1_000 / total.max(1);
        let (from, to) = (at(sum), at(sum + count));
        sum += count;
        parts.push_str(&format!(r#"<rect class="{verdict}" x="{from}" width="{}" height="10"/>"#, to - from));
    }
    made_bar(width, &parts)
}

fn made_bar(width: usize, parts: &str) -> Markup {
    made(format!(
        r#"<svg class="share" width="{width}" height="10" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">{parts}</svg>"#
    ))
}
