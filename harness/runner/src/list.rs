//! `list`: ids with section and title.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use conformance::{Party, catalogue, rules};
use peer::{ClientMisbehaviour, ClientVariant, Misbehaviour, Variant};
use serde::Serialize;

use crate::arguments::ListFormat;
use crate::scenario::meant::Scenario;

/// One scenario in a list.
#[derive(Serialize)]
struct ScenarioLine<'a> {
    id: &'a str,
    title: &'a str,
    tags: &'a [String],
    covers: &'a [String],
}

/// One rule in a list.
#[derive(Serialize)]
struct RuleLine {
    id: &'static str,
    section: &'static str,
    level: &'static str,
    party: &'static str,
    requirements: &'static [&'static str],
}

/// One requirement in a list.
#[derive(Serialize)]
struct RequirementLine<'a> {
    id: &'static str,
    section: &'static str,
    level: &'static str,
    role: &'static str,
    observable: &'static str,
    text: &'static str,
    rules: Vec<&'static str>,
    scenarios: Vec<&'a str>,
    /// By party.
    misbehaviours: BTreeMap<&'static str, Vec<&'static str>>,
    /// The reason, by party.
    exempt: BTreeMap<&'static str, &'static str>,
}

/// One misbehaviour in a list.
#[derive(Serialize)]
struct MisbehaviourLine {
    party: &'static str,
    name: &'static str,
    description: &'static str,
    breaks: &'static [&'static str],
}

/// One variant in a list.
#[derive(Serialize)]
struct VariantLine {
    party: &'static str,
    name: &'static str,
    description: &'static str,
}

/// The scenarios.
///
/// # Errors
/// Never for what this crate lists; serialization.
pub fn scenarios(scenarios: &[Scenario], format: ListFormat) -> serde_json::Result<String> {
    let lines: Vec<_> = scenarios
        .iter()
        .map(|one| ScenarioLine { id: &one.id, title: &one.title, tags: &one.tags, covers: &one.covers })
        .collect();
    printed(&lines, format, |line| (line.id.to_owned(), line.title.to_owned()))
}

/// The rules.
///
/// # Errors
/// Never for what this crate lists; serialization.
pub fn rules(format: ListFormat) -> serde_json::Result<String> {
    let mut lines: Vec<_> = rules::all()
        .map(|rule| RuleLine {
            id: rule.id,
            section: rule.section,
            level: rule.level.name(),
            party: rule.party.name(),
            requirements: rule.requirements,
        })
        .collect();
    lines.sort_by_key(|line| line.id);
    printed(&lines, format, |line| {
        (line.id.to_owned(), format!("{:<8} {:<10} {}", line.party, line.level, line.requirements.join(" ")))
    })
}

/// The requirements, each with the rules that decide it, the scenarios that cover it and the misbehaviours that break it, or
/// with the reason why nothing can decide it.
///
/// # Errors
/// Never for what this crate lists; serialization.
pub fn requirements(scenarios: &[Scenario], format: ListFormat) -> serde_json::Result<String> {
    let lines: Vec<_> = catalogue::requirements()
        .iter()
        .map(|entry| RequirementLine {
            id: entry.id,
            section: entry.section,
            level: entry.level.name(),
            role: entry.role.name(),
            observable: entry.observable.name(),
            text: entry.text,
            rules: rules::of(entry.id).map(|rule| rule.id).collect(),
            scenarios: covering(scenarios, entry.id),
            misbehaviours: breaking(entry.id),
            exempt: exempt(entry),
        })
        .collect();
    printed(&lines, format, |line| {
        let decided = match line.rules.len() {
            0 if !line.exempt.is_empty() => "exempt".to_owned(),
            1 => "1 rule".to_owned(),
            rules => format!("{rules} rules"),
        };
        let RequirementLine { section, level, role, text, .. } = line;
        (line.id.to_owned(), format!("{section:<10} {level:<10} {role:<8} {decided:<8} {text}"))
    })
}

/// What the reference server and client can do wrong on purpose.
///
/// # Errors
/// Never for what this crate lists; serialization.
pub fn misbehaviours(format: ListFormat) -> serde_json::Result<String> {
    let of_server = Misbehaviour::ALL.iter().map(|one| MisbehaviourLine {
        party: Party::Server.name(),
        name: one.name(),
        description: one.description(),
        breaks: one.requirements(),
    });
    let of_client = ClientMisbehaviour::ALL.iter().map(|one| MisbehaviourLine {
        party: Party::Client.name(),
        name: one.name(),
        description: one.description(),
        breaks: one.requirements(),
    });
    let lines: Vec<_> = of_server.chain(of_client).collect();
    printed(&lines, format, |line| (line.name.to_owned(), format!("{:<6}  {}", line.party, line.description)))
}

/// The ways of the reference server and client that are allowed beside their usual ones.
///
/// # Errors
/// Never for what this crate lists; serialization.
pub fn variants(format: ListFormat) -> serde_json::Result<String> {
    let of_server = Variant::ALL.iter().map(|one| VariantLine {
        party: Party::Server.name(),
        name: one.name(),
        description: one.description(),
    });
    let of_client = ClientVariant::ALL.iter().map(|one| VariantLine {
        party: Party::Client.name(),
        name: one.name(),
        description: one.description(),
    });
    let lines: Vec<_> = of_server.chain(of_client).collect();
    printed(&lines, format, |line| (line.name.to_owned(), format!("{:<6}  {}", line.party, line.description)))
}

/// The parties for which it is exempt, with the reason.
fn exempt(entry: &catalogue::Requirement) -> BTreeMap<&'static str, &'static str> {
    let reason = |party: &Party| Some((party.name(), catalogue::exemption(entry.id, *party)?.reason));
    entry.role.parties().iter().filter_map(reason).collect()
}

fn covering<'a>(scenarios: &'a [Scenario], requirement: &str) -> Vec<&'a str> {
    let covers = |scenario: &&Scenario| scenario.covers.iter().any(|id| id == requirement);
    scenarios.iter().filter(covers).map(|one| one.id.as_str()).collect()
}

/// The misbehaviours that break it, by party; parties without any are left out.
fn breaking(requirement: &str) -> BTreeMap<&'static str, Vec<&'static str>> {
    let of_server = Misbehaviour::ALL.iter().filter(|one| one.requirements().contains(&requirement));
    let of_client = ClientMisbehaviour::ALL.iter().filter(|one| one.requirements().contains(&requirement));
    let by_party = [
        (Party::Server.name(), of_server.map(|one| one.name()).collect::<Vec<_>>()),
        (Party::Client.name(), of_client.map(|one| one.name()).collect()),
    ];
    by_party.into_iter().filter(|(_, names)| !names.is_empty()).collect()
}

fn printed<T: Serialize>(
    lines: &[T],
    format: ListFormat,
    columns: impl Fn(&T) -> (String, String),
) -> serde_json::Result<String> {
    if format == ListFormat::Json {
        return serde_json::to_string_pretty(lines).map(|text| text + "\n");
    }
    let rows: Vec<(String, String)> = lines.iter().map(columns).collect();
    let width = rows.iter().map(|(id, _)| id.len()).max().unwrap_or(0);
    Ok(rows.iter().fold(String::new(), |mut text, (id, rest)| {
        let _ = writeln!(text, "{}", format!("{id:<width$}  {rest}").trim_end());
        text
    }))
}
