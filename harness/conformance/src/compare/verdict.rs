//! What a difference comes to: a breach, a product's choice, allowed, or unclear.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::freedom::{Scene, freedom};
use super::{Accused, Call, Class, Comparison, Difference, Draft, Side, Subject, Transcript};
use crate::event::AssociationId;
use crate::finding::{Finding, Severity};
use crate::rule::Party;

impl Comparison {
    /// What a difference between two calls comes to.
    pub(super) fn classed(&self, at: usize, draft: Draft, left: Option<&Call>, right: Option<&Call>) -> Difference {
        let Draft { subject, party, left: ours, right: theirs } = draft;
        let concerns = |(_, finding): &(Side, Finding)| party.is_none_or(|party| finding.party == party);
        let mut findings = accusing(Side::Left, left, right);
        findings.extend(accusing(Side::Right, right, left));
        findings.retain(concerns);
        let scene = Scene {
            left: &self.left,
            right: &self.right,
            naming: &self.naming,
            pairs: &self.alignment.pairs,
            at,
            subject,
        };
        let (class, reason, references) = self.verdict(&scene, &findings, left, right, party);
        Difference {
            pair: Some(at),
            subject,
            party,
            left: ours,
            right: theirs,
            class,
            reason,
            references,
            findings,
            follows: None,
        }
    }

    fn verdict(
        &self,
        scene: &Scene<'_>,
        findings: &[(Side, Finding)],
        left: Option<&Call>,
        right: Option<&Call>,
        party: Option<Party>,
    ) -> (Class, String, Vec<&'static str>) {
        let is_breach = |finding: &Finding| {
            let least = if self.strict { Severity::Warn } else { Severity::Fail };
            finding.verdict >= least && !is_product(finding)
        };
        let accuses = |side| findings.iter().any(|(whose, finding)| *whose == side && is_breach(finding));
        let accused = match (accuses(Side::Left), accuses(Side::Right)) {
            (true, true) => Some(Accused::Both),
            (true, false) => Some(Accused::Left),
            (false, true) => Some(Accused::Right),
            (false, false) => None,
        };
        if let Some(accused) = accused {
            let rules: BTreeSet<&str> =
                findings.iter().filter(|(_, finding)| is_breach(finding)).map(|(_, finding)| finding.rule).collect();
            let references = requirements(findings.iter().filter(|(_, finding)| is_breach(finding)));
            return (Class::Breach(accused), rules.into_iter().collect::<Vec<_>>().join(", "), references);
        }
        if let Some((_, finding)) = findings.iter().find(|(_, finding)| is_product(finding)) {
            let note = finding.product_note.map(|note| format!("product note {}", note.number));
            let reason = note.unwrap_or_else(|| finding.rule.to_string());
            return (Class::Product, reason, requirements(findings.iter()));
        }
        if let Some(freedom) = freedom(scene) {
            return (Class::Allowed, freedom.reason.into(), freedom.references.to_vec());
        }
        // Both are accused alike, and yet they differ.
        let concerns = |finding: &&Finding| party.is_none_or(|party| finding.party == party) && is_breach(finding);
        let common = |call: Option<&Call>| call.and_then(|call| call.findings.iter().find(concerns).cloned());
        if let (Some(finding), Some(_)) = (common(left), common(right)) {
            return (Class::Breach(Accused::Both), finding.rule.to_string(), finding.requirements.to_vec());
        }
        if let Some((_, finding)) = findings.iter().find(|(_, finding)| finding.verdict == Severity::Warn) {
            let reason = format!("{} only should hold: {}", finding.rule, finding.actual);
            return (Class::Allowed, reason, requirements(findings.iter()));
        }
        if scene.subject == Subject::Order {
            let several = |transcript: &Transcript, call: Option<&Call>| {
                let connections = |association: &AssociationId| {
                    transcript.associations.get(association).map(|known| known.connections.len())
                };
                call.and_then(|call| connections(&call.association)).is_some_and(|count| count > 1)
            };
            if several(&self.left, left) || several(&self.right, right) {
                let reason = "calls on several connections of an association have no order among each other ([MS-RPCE] 3.3.1.5.6)";
                return (Class::Allowed, reason.into(), Vec::new());
            }
        }
        (Class::Unclear, unclear(scene.subject).into(), Vec::new())
    }

    /// A rule accuses one side where nothing that was compared differs.
    pub(super) fn conduct(&mut self, pair: Option<usize>, side: Side, finding: Finding) {
        let class = match finding.verdict {
            _ if is_product(&finding) => Class::Product,
            Severity::Fail => Class::Breach(if side == Side::Left { Accused::Left } else { Accused::Right }),
            Severity::Warn if self.strict => {
                Class::Breach(if side == Side::Left { Accused::Left } else { Accused::Right })
            }
            _ => Class::Allowed,
        };
        let reason = match (class, finding.product_note) {
            (Class::Product, Some(note)) => format!("product note {}", note.number),
            (Class::Allowed, _) => format!("{} only should hold", finding.rule),
            _ => finding.rule.to_string(),
        };
        let (none, words) = ("no rule accuses it".to_string(), finding.actual.clone());
        let (left, right) = if side == Side::Left { (words, none) } else { (none, words) };
        self.give(Difference {
            pair,
            subject: Subject::Conduct,
            party: Some(finding.party),
            left,
            right,
            class,
            reason,
            references: finding.requirements.to_vec(),
            findings: alloc::vec![(side, finding)],
            follows: None,
        });
    }
}

/// What the rules say against a call, and not against the other side's.
pub(super) fn accusing(side: Side, own: Option<&Call>, other: Option<&Call>) -> Vec<(Side, Finding)> {
    let is_common = |finding: &Finding| {
        other.is_some_and(|other| {
            other.findings.iter().any(|known| known.rule == finding.rule && known.verdict == finding.verdict)
        })
    };
    let found = own.into_iter().flat_map(|call| call.findings.iter());
    let counts = |finding: &&Finding| (finding.verdict >= Severity::Warn || is_product(finding)) && !is_common(finding);
    found.filter(counts).map(|finding| (side, finding.clone())).collect()
}

/// Whether a finding tells a product's way: a note of section 7, or a rule on one.
pub(super) fn is_product(finding: &Finding) -> bool {
    finding.product_note.is_some() || finding.rule.starts_with("MS-PAN/7/")
}

fn requirements<'a>(findings: impl Iterator<Item = &'a (Side, Finding)>) -> Vec<&'static str> {
    let ids: BTreeSet<&'static str> = findings.flat_map(|(_, finding)| finding.requirements.iter().copied()).collect();
    ids.into_iter().collect()
}

/// Why nobody knows what a difference comes to.
pub(super) fn unclear(subject: Subject) -> &'static str {
    match subject {
        Subject::Call => "only one side makes this call, and no rule says whether that is right",
        Subject::Order => "calls about the same thing come in another order, and no rule says whether that is right",
        Subject::In(_) => "the clients ask for different things; what follows from that can't be held against a server",
        Subject::Outcome | Subject::Out(_) => {
            "no rule accuses either side, and no freedom of the specification is known that covers it"
        }
        Subject::Conduct => "",
        Subject::Connection(_) => "no freedom of the specification is known that covers it",
        Subject::Source => {
            "the notification sources were asked for different things; what follows from that can't be held against anybody"
        }
        Subject::Unreadable => "one side can't be read: what it holds there can't be compared",
    }
}
