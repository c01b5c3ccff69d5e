//! Every entry of the catalogue is decided by rules, or exempt for a written reason, and never both.

use std::collections::BTreeSet;

use conformance::catalogue::{self, Requirement, Role};
use conformance::{Party, rules};

/// Entries that neither a rule decides nor an exemption covers. The list only shrinks: whoever lands the rule of an entry takes its
/// line out, and no line is added.
const UNDECIDED: &str = include_str!("undecided.txt");

#[test]
fn every_entry_is_decided_or_exempt_and_not_both() {
    let listed: BTreeSet<&str> =
        UNDECIDED.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let mut open: BTreeSet<String> = BTreeSet::new();
    let mut complaints = Vec::new();
    for entry in catalogue::requirements() {
        for (name, parties) in questions(entry) {
            let decided = rules::of(entry.id).any(|rule| parties.contains(&rule.party));
            let exempt = parties.iter().any(|party| catalogue::exemption(entry.id, *party).is_some());
            match (decided, exempt) {
                (true, true) => complaints.push(format!("{name} has rules and is exempt")),
                (false, false) => drop(open.insert(name)),
                _ => {}
            }
        }
    }
    for name in open.iter().filter(|name| !listed.contains(name.as_str())) {
        complaints.push(format!("{name} has neither a rule nor an exemption"));
    }
    for name in listed.iter().filter(|name| !open.contains(**name)) {
        complaints.push(format!("{name} stands in undecided.txt and is none of it: take its line out"));
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// What has to be decided about an entry: once for each party that it binds. A document's rules judge whoever sends it.
fn questions(entry: &Requirement) -> Vec<(String, &'static [Party])> {
    let of = |party: Party| (format!("{} {}", entry.id, party.name()), party_alone(party));
    match entry.role {
        Role::Both => entry.role.parties().iter().map(|party| of(*party)).collect(),
        role => vec![(entry.id.to_owned(), role.parties())],
    }
}

fn party_alone(party: Party) -> &'static [Party] {
    match party {
        Party::Server => &[Party::Server],
        Party::Client => &[Party::Client],
    }
}

/// A rule that judges a party which none of its requirements binds would never show in that party's table.
#[test]
fn rules_judge_a_party_that_their_requirements_bind() {
    for rule in rules::all() {
        for id in rule.requirements {
            let entry = catalogue::requirement(id).unwrap();
            let bound = entry.role.parties().contains(&rule.party);
            assert!(bound, "{} judges the {}, and {id} binds the {}", rule.id, rule.party.name(), entry.role.name());
        }
    }
}

#[test]
fn exemptions_are_found_and_each_says_its_own() {
    let mut reasons = BTreeSet::new();
    for exemption in catalogue::exemptions() {
        let entry = catalogue::requirement(exemption.requirement).unwrap();
        for party in [Party::Server, Party::Client] {
            let found = catalogue::exemption(exemption.requirement, party);
            let covers = exemption.party.is_none_or(|whose| whose == party);
            assert!(!covers || found == Some(exemption), "{} {}", exemption.requirement, party.name());
        }
        assert!(reasons.insert(exemption.reason), "{}: the reason is another entry's", exemption.requirement);
        assert!(exemption.reason.split(' ').count() >= 12, "{}: {}", exemption.requirement, exemption.reason);
        assert!(!exemption.reason.contains(entry.text), "{}: the reason repeats the entry", exemption.requirement);
        // A reason that points at another entry points at one that is judged.
        for id in exemption.reason.split(|c: char| !(c.is_ascii_alphanumeric() || "-.".contains(c))) {
            if let Some(other) = id.strip_suffix('.').or(Some(id)).and_then(catalogue::requirement) {
                let judged = other.role.parties().iter().any(|party| catalogue::exemption(other.id, *party).is_none());
                assert!(judged, "{} points at {}, which is exempt as well", exemption.requirement, other.id);
            }
        }
    }
    assert_eq!(catalogue::exemption("PAN-1.8-01", Party::Server), None);
    assert_eq!(catalogue::exemption("PAN-0", Party::Client), None);
}
