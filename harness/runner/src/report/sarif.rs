//! `results.sarif`: the Static Analysis Results Interchange Format, version 2.1.0 (OASIS standard), for viewers and code scanning.

mod location;

use std::collections::{BTreeMap, BTreeSet};

use conformance::catalogue::{self, Requirement};
use conformance::rules;
use serde_json::{Value, json};

use super::alike::{Alike, alike};
use super::rerun;
use super::results::{Finding, Outcome, Results, Severity};
use super::words::{printable, told};
use location::locations;

/// Where the schema of the format is.
const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// The name of the specification among the taxonomies.
const TAXONOMY: &str = "MS-PAN";
/// The rule of what a scenario itself expects.
const SCENARIO: &str = "scenario";

/// The results as SARIF: a result for each finding at the line of its scenario, with its section as logical location and its
/// requirements as taxa. What came out alike in several ways of speaking is one result. What a baseline lists is suppressed; what
/// kept a scenario from being judged is a notification of the run.
///
/// # Errors
/// Never for results that this crate makes; serialization.
pub fn to_sarif(results: &Results) -> serde_json::Result<String> {
    let told = Told::of(results);
    let sarif = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": results.tool.name,
                "version": results.tool.version,
                "informationUri": "https://learn.microsoft.com/openspecs/windows_protocols/ms-pan/",
                "rules": told.rules.iter().map(|id| rule(id)).collect::<Vec<_>>(),
                "supportedTaxonomies": [{"name": TAXONOMY, "index": 0}],
            }},
            "taxonomies": [taxonomy(results, &told.requirements)],
            "invocations": [invocation(results)],
            "columnKind": "unicodeCodePoints",
            "properties": {"seed": results.seed, "started": results.started, "summary": results.summary},
            "results": told.results,
        }],
    });
    serde_json::to_string_pretty(&sarif).map(|text| text + "\n")
}

/// The results, with what they refer to.
struct Told<'a> {
    rules: Vec<&'a str>,
    requirements: Vec<&'static Requirement>,
    results: Vec<Value>,
}

impl<'a> Told<'a> {
    fn of(results: &'a Results) -> Self {
        let found =
            alike(&results.scenarios, |one| one.verdict != Outcome::Unsupported && one.verdict != Outcome::Error);
        let findings = || found.iter().flat_map(|found| told(found.first).into_iter().map(move |one| (found, one)));
        let mut rules: BTreeSet<&str> = findings().map(|(_, finding)| finding.rule.as_str()).collect();
        let silent = |found: &&Alike<'_>| told(found.first).is_empty() && found.first.verdict == Outcome::Inconclusive;
        if found.iter().any(|found| silent(&found)) {
            rules.insert(SCENARIO);
        }
        let ids: BTreeSet<&str> = findings().flat_map(|(_, one)| one.requirements.iter().map(String::as_str)).collect();
        let mut told = Self {
            rules: rules.into_iter().collect(),
            requirements: ids.into_iter().filter_map(catalogue::requirement).collect(),
            results: Vec::new(),
        };
        for (found, finding) in findings() {
            told.results.push(told.result(results, found, finding));
        }
        for found in found.iter().filter(silent) {
            told.results.push(told.undecided(results, found));
        }
        told
    }

    fn result(&self, results: &Results, found: &Alike<'_>, finding: &Finding) -> Value {
        let (kind, level) = match finding.verdict {
            Severity::Fail => ("fail", "error"),
            Severity::Warn => ("fail", "warning"),
            Severity::Inconclusive => ("open", "none"),
            Severity::Note => ("informational", "none"),
        };
        let words = format!("expected: {}\nactual: {}", finding.expected, finding.actual);
        let mut result = self.common(results, found, &finding.rule, kind, level, &words);
        if let Some(object) = result.as_object_mut() {
            object.insert("locations".to_owned(), locations(results, finding));
            object.insert("taxa".to_owned(), self.taxa(&finding.requirements));
            object.insert("properties".to_owned(), properties(found, Some(finding)));
        }
        result
    }

    /// A scenario that says itself why nothing is known.
    fn undecided(&self, results: &Results, found: &Alike<'_>) -> Value {
        let why = found.first.reason.as_deref().unwrap_or("it could not be decided");
        let mut result = self.common(results, found, SCENARIO, "open", "none", why);
        if let Some(object) = result.as_object_mut() {
            object.insert("properties".to_owned(), properties(found, None));
        }
        result
    }

    fn common(&self, results: &Results, found: &Alike<'_>, rule: &str, kind: &str, level: &str, words: &str) -> Value {
        let again = rerun::of_alike(results, found).map_or_else(String::new, |command| format!("\nagain: {command}"));
        let text = format!("{}: {}\n{words}{again}", found.first.id, found.titled());
        let suppressions: Vec<Value> = found.first.known.iter().map(|known| {
            json!({"kind": "external", "status": "accepted", "justification": printable(&known.reasons.join("; "))})
        }).collect();
        json!({
            "ruleId": rule,
            "ruleIndex": self.rules.iter().position(|known| *known == rule),
            "kind": kind,
            "level": level,
            "message": {"text": printable(&text)},
            "partialFingerprints": {"scenarioRule/v1": format!("{} {rule}", found.first.id)},
            "suppressions": suppressions,
        })
    }

    fn taxa(&self, requirements: &[String]) -> Value {
        let place = |id: &String| self.requirements.iter().position(|known| known.id == id);
        let taxon = |(id, index): (&String, usize)| json!({"id": id, "index": index, "toolComponent": {"index": 0}});
        let known = requirements.iter().filter_map(|id| place(id).map(|index| (id, index)));
        Value::Array(known.map(taxon).collect())
    }
}

fn properties(found: &Alike<'_>, finding: Option<&Finding>) -> Value {
    let ways: Vec<Value> = found.ways.iter().map(|way| json!(way)).collect();
    json!({
        "scenario": found.first.id,
        "target": found.first.target,
        "verdict": found.first.verdict,
        "variants": ways,
        "section": finding.map(|finding| &finding.section),
        "step": finding.and_then(|finding| finding.step.as_deref()).map(printable),
    })
}

/// A rule, with the requirements that it decides.
fn rule(id: &str) -> Value {
    let Some(rule) = rules::all().find(|rule| rule.id == id) else {
        let words = "What the scenario itself expects of the exchange";
        return json!({"id": id, "shortDescription": {"text": words}, "fullDescription": {"text": words}});
    };
    let slug = id.rsplit('/').next().unwrap_or(id).replace('-', " ");
    let texts = rule.requirements.iter().filter_map(|id| catalogue::requirement(id)).map(|entry| entry.text);
    let texts: Vec<&str> = texts.collect();
    let full = if texts.is_empty() { slug.clone() } else { texts.join(" ") };
    json!({
        "id": id,
        "shortDescription": {"text": slug},
        "fullDescription": {"text": full},
        "help": {"text": format!("Section {} of its document. `pan-harness explain {id}` tells more.", rule.section)},
        "properties": {"section": rule.section, "requirements": rule.requirements},
    })
}

/// The requirements that results refer to.
fn taxonomy(results: &Results, requirements: &[&Requirement]) -> Value {
    let taxa: Vec<Value> = requirements
        .iter()
        .map(|entry| {
            json!({
                "id": entry.id,
                "shortDescription": {"text": format!("{} {}", entry.section, entry.level)},
                "fullDescription": {"text": entry.text},
                "properties": {"section": entry.section, "level": entry.level.name()},
            })
        })
        .collect();
    json!({
        "name": TAXONOMY,
        "version": results.spec.revision,
        "organization": "Microsoft",
        "shortDescription": {"text": "Print System Asynchronous Notification Protocol"},
        "taxa": taxa,
    })
}

/// How the run went: whatever kept scenarios from being judged.
fn invocation(results: &Results) -> Value {
    let mut reasons: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for scenario in &results.scenarios {
        let level = match scenario.verdict {
            Outcome::Error => "error",
            Outcome::Unsupported => "note",
            _ => continue,
        };
        let reason = scenario.reason.as_deref().unwrap_or("no reason is known");
        reasons.entry((level, reason)).or_default().insert(&scenario.id);
    }
    let notifications: Vec<Value> = reasons
        .into_iter()
        .map(|((level, reason), scenarios)| {
            let scenarios: Vec<&str> = scenarios.into_iter().collect();
            json!({"level": level, "message": {"text": printable(reason)}, "properties": {"scenarios": scenarios}})
        })
        .collect();
    let has_failed = results.interrupted || results.summary.error > 0;
    json!({
        "executionSuccessful": !has_failed,
        "startTimeUtc": results.started,
        "toolExecutionNotifications": notifications,
    })
}
