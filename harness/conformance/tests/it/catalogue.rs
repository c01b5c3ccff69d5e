//! Rules and catalogue agree.

use std::collections::BTreeSet;

use conformance::catalogue;
use conformance::rule::strongest;
use conformance::rules;
use mspan::document::Gravity;

#[test]
fn ids_are_found_by_bisection() {
    for entry in catalogue::requirements() {
        assert_eq!(catalogue::requirement(entry.id), Some(entry));
    }
    for defect in catalogue::spec_defects() {
        assert_eq!(catalogue::spec_defect(defect.id), Some(defect));
        for affected in defect.affects {
            assert!(catalogue::requirement(affected).is_some(), "{} affects {affected}", defect.id);
        }
    }
    assert_eq!(catalogue::requirements().len(), 579);
    assert_eq!(catalogue::spec_defects().len(), 74);
    assert_eq!(catalogue::requirement("PAN-0"), None);
}

#[test]
fn rules_name_what_the_catalogue_has() {
    for rule in rules::all() {
        for id in rule.requirements {
            assert!(catalogue::requirement(id).is_some(), "{} names {id}, which the catalogue lacks", rule.id);
        }
        if let Some(level) = strongest(rule.requirements) {
            let same = |level: catalogue::Level| level.name().replace(" NOT", "");
            assert_eq!(same(rule.level), same(level), "{}: its level is not that of its requirements", rule.id);
        }
    }
}

#[test]
fn rule_ids_follow_the_pattern() {
    let mut seen = BTreeSet::new();
    for rule in rules::all() {
        assert!(seen.insert(rule.id), "{} stands twice", rule.id);
        let parts: Vec<_> = rule.id.split('/').collect();
        let [document, section, slug] = parts[..] else { panic!("{}: not DOCUMENT/SECTION/slug", rule.id) };
        assert!(["MS-PAN", "MS-RPCE", "C706"].contains(&document), "{}", rule.id);
        assert_eq!(section, rule.section, "{}", rule.id);
        assert!(slug.chars().all(|c| c == '-' || c.is_ascii_lowercase() || c.is_ascii_digit()), "{}", rule.id);
        // What the specification leaves undefined decides no requirement, and can only be noted.
        let decides = !rule.requirements.is_empty() || rule.level == catalogue::Level::May;
        assert!(document != "MS-PAN" || decides, "{} decides nothing", rule.id);
    }
}

/// The document rules of the catalogue are those that documents are judged by.
#[test]
fn document_rules_are_those_of_the_catalogue() {
    let catalogue = include_str!("../../requirements.yaml");
    let mut rules = mspan::document::RULES.iter();
    for entry in catalogue.split("\n- id: ").filter(|entry| entry.starts_with("X-")) {
        let id = entry.lines().next().unwrap_or_default();
        let field = |key: &str| entry.lines().find_map(|line| line.trim().strip_prefix(key)).unwrap_or_default();
        let gravity = match field("severity: ") {
            "MUST" | "MUST NOT" => Gravity::Must,
            "SHOULD" | "SHOULD NOT" => Gravity::Should,
            _ => Gravity::Note,
        };
        let rule = rules.next().unwrap();
        let section = field("section: ").trim_matches('\'');
        assert_eq!((rule.id, rule.section, rule.gravity), (id, section, gravity));
        assert_eq!(rule.in_schema, field("in_xsd: ") == "true", "{id}");
    }
    assert_eq!(rules.next(), None);
}
