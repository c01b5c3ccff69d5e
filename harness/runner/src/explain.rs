//! `explain`: what an id stands for, the reading taken and why, how it is checked, and what covers it.

use std::fmt::Write as _;

use conformance::Rule;
use conformance::catalogue::{self, Requirement};
use conformance::{reading, rules};
use peer::{ClientMisbehaviour, ClientVariant, Misbehaviour, Variant};

use crate::diagnostic::did_you_mean;
use crate::expand;
use crate::scenario::meant::Scenario;

/// Explains the requirement, rule, defect of the specification, scenario, misbehaviour or variant of that id.
///
/// # Errors
/// In words, when nothing has that id; with the nearest one that is there.
pub fn explain(id: &str, scenarios: &[Scenario]) -> Result<String, String> {
    if let Some(entry) = catalogue::requirement(id) {
        return Ok(requirement(entry, scenarios));
    }
    if let Some(found) = rules::rule(id) {
        return Ok(rule(found));
    }
    if let Some(found) = catalogue::spec_defect(id) {
        let mut text = Text::titled(&format!("{} ({}): {}", found.id, found.kind, found.place));
        text.defect_body(found);
        for one in reading::readings_of(found.id) {
            let usual = if one.is_recommended { ", which is taken unless another is chosen" } else { "" };
            text.paragraph(&format!("reading `{}`{usual}", one.word), one.meaning);
        }
        text.list("requirements that depend on it", found.affects);
        return Ok(text.0);
    }
    let conducts = [
        Misbehaviour::from_name(id).map(misbehaviour),
        ClientMisbehaviour::from_name(id).map(client_misbehaviour),
        Variant::from_name(id).map(variant),
        ClientVariant::from_name(id).map(client_variant),
    ];
    // A server and a client may have variants of one name: then both are meant.
    let conducts: Vec<String> = conducts.into_iter().flatten().collect();
    if !conducts.is_empty() {
        return Ok(conducts.concat());
    }
    if let Some(found) = scenarios.iter().find(|one| one.id == id.trim_end_matches(".yaml")) {
        return Ok(scenario(found));
    }
    Err(unknown(id, scenarios))
}

fn requirement(entry: &Requirement, scenarios: &[Scenario]) -> String {
    let mut text = Text::titled(&format!("{} ({}, {}, {})", entry.id, entry.level, entry.section, entry.role.name()));
    text.paragraph("", entry.text);
    text.paragraph("method", entry.method);
    text.paragraph("seen", entry.observable.name());
    text.paragraph("checked so", entry.check);
    text.paragraph("breach to catch", entry.violation);
    for defect in entry.defects.iter().filter_map(|id| catalogue::spec_defect(id)) {
        text.paragraph("defect of the specification", &format!("{} ({}): {}", defect.id, defect.kind, defect.place));
        text.defect_body(defect);
    }
    let deciding: Vec<&str> = rules::of(entry.id).map(|rule| rule.id).collect();
    for exemption in catalogue::exemptions().iter().filter(|exemption| exemption.requirement == entry.id) {
        let whose = exemption.party.map_or_else(String::new, |party| format!(" for the {}", party.name()));
        text.paragraph(&format!("exempt{whose}"), exemption.reason);
    }
    text.list("rules that decide it", &deciding);
    let covering: Vec<&str> =
        scenarios.iter().filter(|one| one.covers.iter().any(|id| id == entry.id)).map(|one| one.id.as_str()).collect();
    text.list("scenarios that cover it", &covering);
    let breaking: Vec<&str> =
        Misbehaviour::ALL.iter().filter(|one| one.requirements().contains(&entry.id)).map(|one| one.name()).collect();
    text.list("misbehaviours of the server that break it", &breaking);
    let breaking = ClientMisbehaviour::ALL.iter().filter(|one| one.requirements().contains(&entry.id));
    let breaking: Vec<&str> = breaking.map(|one| one.name()).collect();
    text.list("misbehaviours of the client that break it", &breaking);
    text.0
}

fn rule(rule: &Rule) -> String {
    let mut text = Text::titled(&format!("{} ({}, {})", rule.id, rule.level, rule.party.name()));
    let slug = rule.id.rsplit('/').next().unwrap_or(rule.id);
    text.paragraph("what must hold", &slug.replace('-', " "));
    text.requirements("decides", rule.requirements);
    text.0
}

fn misbehaviour(misbehaviour: Misbehaviour) -> String {
    let mut text = Text::titled(&format!("{} (server)", misbehaviour.name()));
    text.paragraph("", misbehaviour.description());
    text.requirements("breaks", misbehaviour.requirements());
    text.paragraph("try it", &format!("pan-harness serve --misbehave {}", misbehaviour.name()));
    text.0
}

fn variant(variant: Variant) -> String {
    let mut text = Text::titled(&format!("{} (server)", variant.name()));
    text.paragraph("", variant.description());
    text.paragraph("allowed", "no rule may fail because of it");
    text.paragraph("try it", &format!("pan-harness serve --variant {}", variant.name()));
    text.0
}

fn client_misbehaviour(misbehaviour: ClientMisbehaviour) -> String {
    let mut text = Text::titled(&format!("{} (client)", misbehaviour.name()));
    text.paragraph("", misbehaviour.description());
    text.requirements("breaks", misbehaviour.requirements());
    text.paragraph("try it", &format!("pan-harness selftest --misbehave {}", misbehaviour.name()));
    text.0
}

fn client_variant(variant: ClientVariant) -> String {
    let mut text = Text::titled(&format!("{} (client)", variant.name()));
    text.paragraph("", variant.description());
    text.paragraph("allowed", "no rule may fail because of it");
    text.paragraph("try it", "pan-harness selftest --party client");
    text.0
}

fn scenario(scenario: &Scenario) -> String {
    let mut text = Text::titled(&format!("{}: {}", scenario.id, scenario.title));
    let tags: Vec<&str> = scenario.tags.iter().map(String::as_str).collect();
    text.paragraph("tags", &tags.join(", "));
    let covers: Vec<&str> = scenario.covers.iter().map(String::as_str).collect();
    text.requirements("covers", &covers);
    text.0.push_str(&expand::steps_of(scenario));
    text.0
}

fn unknown(id: &str, scenarios: &[Scenario]) -> String {
    let names = catalogue::requirements()
        .iter()
        .map(|entry| entry.id)
        .chain(rules::all().map(|rule| rule.id))
        .chain(catalogue::spec_defects().iter().map(|defect| defect.id))
        .chain(Misbehaviour::ALL.iter().map(|one| one.name()))
        .chain(ClientMisbehaviour::ALL.iter().map(|one| one.name()))
        .chain(Variant::ALL.iter().map(|one| one.name()))
        .chain(ClientVariant::ALL.iter().map(|one| one.name()))
        .chain(scenarios.iter().map(|one| one.id.as_str()));
    let hint = did_you_mean(id, names).map_or_else(String::new, |hint| format!("; {hint}"));
    format!("no requirement, rule, scenario, misbehaviour or variant has the id `{id}`{hint}")
}

/// A text of titled paragraphs.
struct Text(String);

impl Text {
    fn titled(title: &str) -> Self {
        Self(format!("{title}\n"))
    }

    /// A paragraph; nothing when it has no words.
    fn paragraph(&mut self, title: &str, words: &str) {
        match (title, words) {
            (_, "") => {}
            ("", words) => drop(writeln!(self.0, "  {words}")),
            (title, words) => drop(writeln!(self.0, "  {title}: {words}")),
        }
    }

    fn defect_body(&mut self, defect: &catalogue::SpecDefect) {
        let _ = writeln!(self.0, "    what: {}", defect.what.trim_end());
        let _ = writeln!(self.0, "    read as: {}", defect.reading.trim_end());
        let _ = writeln!(self.0, "    because: {}", defect.reason.trim_end());
    }

    fn list(&mut self, title: &str, ids: &[&str]) {
        let words = if ids.is_empty() { "none".to_owned() } else { ids.join(", ") };
        self.paragraph(title, &words);
    }

    fn requirements(&mut self, title: &str, ids: &[&str]) {
        let _ = writeln!(self.0, "  {title}:{}", if ids.is_empty() { " no entry of the catalogue" } else { "" });
        for id in ids {
            match catalogue::requirement(id) {
                Some(entry) => drop(writeln!(self.0, "    {id} ({}): {}", entry.level, entry.text)),
                None => drop(writeln!(self.0, "    {id}")),
            }
        }
    }
}
