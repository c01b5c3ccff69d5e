//! Makes the catalogue of requirements a table of constants, for a crate without files has no YAML.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs};

use serde::Deserialize;

#[derive(Deserialize)]
struct Catalogue {
    requirements: Vec<Requirement>,
    spec_defects: Vec<SpecDefect>,
}

#[derive(Deserialize)]
struct Requirement {
    id: String,
    section: String,
    level: String,
    role: String,
    #[serde(default)]
    method: String,
    observable: String,
    text: String,
    #[serde(default)]
    check: String,
    #[serde(default)]
    violation: String,
    #[serde(default)]
    defects: Vec<String>,
}

#[derive(Deserialize)]
struct SpecDefect {
    id: String,
    kind: String,
    #[serde(rename = "where")]
    place: String,
    what: String,
    recommended_reading: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    affects: Vec<String>,
}

/// A requirement that no rule can decide, for one party or for all that it binds.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exemption {
    id: String,
    #[serde(default)]
    party: Option<String>,
    reason: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=requirements.yaml");
    let catalogue: Catalogue = serde_yaml::from_str(&fs::read_to_string("requirements.yaml")?)?;
    let requirements: BTreeMap<&str, &Requirement> = by_id(&catalogue.requirements, |entry| &entry.id)?;
    let defects: BTreeMap<&str, &SpecDefect> = by_id(&catalogue.spec_defects, |entry| &entry.id)?;
    for entry in requirements.values() {
        if let Some(unknown) = entry.defects.iter().find(|id| !defects.contains_key(id.as_str())) {
            return Err(format!("{} names {unknown}, which the catalogue lacks", entry.id).into());
        }
    }
    let mut table = String::new();
    writeln!(table, "static REQUIREMENTS: &[Requirement] = &[")?;
    for entry in requirements.values() {
        write_requirement(&mut table, entry)?;
    }
    writeln!(table, "];\nstatic SPEC_DEFECTS: &[SpecDefect] = &[")?;
    for entry in defects.values() {
        write_defect(&mut table, entry)?;
    }
    writeln!(table, "];\nstatic EXEMPTIONS: &[Exemption] = &[")?;
    println!("cargo::rerun-if-changed=exemptions.yaml");
    let exemptions: Vec<Exemption> = serde_yaml::from_str(&fs::read_to_string("exemptions.yaml")?)?;
    write_exemptions(&mut table, &exemptions, &requirements)?;
    writeln!(table, "];")?;
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("catalogue.rs"), table)?;
    Ok(())
}

/// Sorted by id, since look-up is by bisection; an id that stands twice is an error.
fn by_id<E>(entries: &[E], id: impl Fn(&E) -> &String) -> Result<BTreeMap<&str, &E>, Box<dyn Error>> {
    let mut sorted = BTreeMap::new();
    for entry in entries {
        if sorted.insert(id(entry).as_str(), entry).is_some() {
            return Err(format!("{} stands twice in the catalogue", id(entry)).into());
        }
    }
    Ok(sorted)
}

fn write_requirement(table: &mut String, entry: &Requirement) -> Result<(), Box<dyn Error>> {
    let level = match entry.level.as_str() {
        "MUST" => "Must",
        "MUST NOT" => "MustNot",
        "SHOULD" => "Should",
        "SHOULD NOT" => "ShouldNot",
        "MAY" => "May",
        other => return Err(format!("{}: level {other}", entry.id).into()),
    };
    let role = match entry.role.as_str() {
        "server" => "Server",
        "client" => "Client",
        "both" => "Both",
        "source" => "Source",
        "document" => "Document",
        other => return Err(format!("{}: role {other}", entry.id).into()),
    };
    let observable = match entry.observable.as_str() {
        "wire" => "Wire",
        "wire-with-stimulus" => "WireWithStimulus",
        "wire-multi" => "WireMulti",
        "transport" => "Transport",
        "timing" => "Timing",
        "local" => "Local",
        other => return Err(format!("{}: observable {other}", entry.id).into()),
    };
    let Requirement { id, section, method, text, check, violation, defects, .. } = entry;
    writeln!(
        table,
        "Requirement {{ id: {id:?}, section: {section:?}, level: Level::{level}, role: Role::{role}, \
         observable: Observable::{observable}, method: {method:?}, text: {text:?}, check: {check:?}, \
         violation: {violation:?}, defects: &{defects:?} }},"
    )?;
    Ok(())
}

fn write_defect(table: &mut String, entry: &SpecDefect) -> Result<(), Box<dyn Error>> {
    let SpecDefect { id, kind, place, what, recommended_reading: reading, reason, affects } = entry;
    writeln!(
        table,
        "SpecDefect {{ id: {id:?}, kind: {kind:?}, place: {place:?}, what: {what:?}, reading: {reading:?}, \
         reason: {reason:?}, affects: &{affects:?} }},"
    )?;
    Ok(())
}

/// Each names an entry of the catalogue, once, and says why.
fn write_exemptions(
    table: &mut String,
    exemptions: &[Exemption],
    requirements: &BTreeMap<&str, &Requirement>,
) -> Result<(), Box<dyn Error>> {
    let mut sorted: BTreeMap<(&str, Option<&str>), &str> = BTreeMap::new();
    for Exemption { id, party, reason } in exemptions {
        let wrong = |what: &str| Err(format!("exemptions.yaml: {id}: {what}").into());
        let Some(entry) = requirements.get(id.as_str()) else { return wrong("the catalogue lacks it") };
        if party.is_some() && entry.role != "both" {
            return wrong("a party is given, and it does not bind both");
        }
        if reason.trim().is_empty() {
            return wrong("no reason is given");
        }
        let other = |(known, whose): &(&str, Option<&str>)| *known == id && (whose.is_none() || party.is_none());
        if sorted.keys().any(other) || sorted.insert((id, party.as_deref()), reason.trim()).is_some() {
            return wrong("it is exempt twice");
        }
    }
    for ((id, party), reason) in sorted {
        let party = match party {
            None => "None",
            Some("server") => "Some(Party::Server)",
            Some("client") => "Some(Party::Client)",
            Some(other) => return Err(format!("exemptions.yaml: {id}: party {other}").into()),
        };
        writeln!(table, "Exemption {{ requirement: {id:?}, party: {party}, reason: {reason:?} }},")?;
    }
    Ok(())
}
