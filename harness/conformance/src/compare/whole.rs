//! What is about no call: associations, sources, and recordings as wholes.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::manner::{self, FACTS, Manner};
use super::verdict::{is_product, unclear};
use super::{Class, Comparison, Difference, Side, Subject, Transcript, naming, source};
use crate::event::AssociationId;
use crate::finding::{Finding, Severity};
use crate::rule::Party;

impl Comparison {
    /// How associations are spoken on.
    pub(super) fn connections(&mut self) {
        for (left, right) in self.alignment.associations.clone() {
            let none = Vec::new();
            let manners = |transcript: &Transcript, id: Option<AssociationId>| {
                id.and_then(|id| transcript.associations.get(&id))
                    .map_or_else(|| none.clone(), |known| known.connections.clone())
            };
            let (ours, theirs) = (manners(&self.left, left), manners(&self.right, right));
            let has_calls = |transcript: &Transcript, id: Option<AssociationId>| {
                id.and_then(|id| transcript.associations.get(&id)).is_some_and(|known| !known.calls.is_empty())
            };
            if left.is_none() || right.is_none() {
                // Its calls are told.
                if !has_calls(&self.left, left) && !has_calls(&self.right, right) {
                    let words = |id: Option<AssociationId>| {
                        if id.is_some() { "an association without calls" } else { "no such association" }
                    };
                    self.plain(Subject::Connection("associations"), None, (words(left).into(), words(right).into()));
                }
                continue;
            }
            for fact in FACTS {
                let (one, other) = ((fact.of)(&ours), (fact.of)(&theirs));
                if one == other {
                    continue;
                }
                let freedom = fact.freedom.or_else(|| allowed_fact(fact.name, &ours, &theirs));
                let class = if freedom.is_some() { Class::Allowed } else { Class::Unclear };
                let reason = freedom.unwrap_or_else(|| unclear(Subject::Connection(fact.name))).to_string();
                let pair = self.alignment.pairs.iter().position(|pair| {
                    let of = pair.left.and_then(|call| self.left.calls.get(call)).map(|call| call.association);
                    of.is_some() && of == left
                });
                self.give(Difference {
                    pair,
                    subject: Subject::Connection(fact.name),
                    party: Some(fact.party),
                    left: one,
                    right: other,
                    class,
                    reason,
                    references: Vec::new(),
                    findings: Vec::new(),
                    follows: None,
                });
            }
        }
    }

    /// What is about no call.
    pub(super) fn whole(&mut self) {
        let of = |transcript: &Transcript| -> BTreeSet<String> { transcript.gaps.iter().cloned().collect() };
        let (ours, theirs) = (of(&self.left), of(&self.right));
        let words = |only: Vec<&String>| match only.first() {
            Some(first) => format!("{first}{}", if only.len() > 1 { ", and more" } else { "" }),
            None => "nothing else".into(),
        };
        if ours != theirs {
            let one = words(ours.difference(&theirs).collect());
            let other = words(theirs.difference(&ours).collect());
            self.plain(Subject::Unreadable, None, (one, other));
        }
        let sorted = |transcript: &Transcript| {
            let mut refused = transcript.refused.clone();
            refused.sort();
            refused
        };
        let (ours, theirs) = (sorted(&self.left), sorted(&self.right));
        if ours != theirs {
            let words = |refused: Vec<String>| if refused.is_empty() { "none".to_string() } else { refused.join(", ") };
            self.plain(Subject::Connection("refused connections"), Some(Party::Server), (words(ours), words(theirs)));
        }
        for side in [Side::Left, Side::Right] {
            let (own, other) = match side {
                Side::Left => (&self.left.findings, &self.right.findings),
                Side::Right => (&self.right.findings, &self.left.findings),
            };
            let mut told = BTreeSet::new();
            let is_new = |finding: &&Finding| {
                (finding.verdict >= Severity::Warn || is_product(finding))
                    && !other.iter().any(|known| known.rule == finding.rule)
                    && told.insert(finding.rule)
            };
            let only: Vec<Finding> = own.iter().filter(is_new).cloned().collect();
            only.into_iter().for_each(|finding| self.conduct(None, side, finding));
        }
    }

    /// What the sources were asked: where that differs, what follows can't be held against anybody.
    pub(super) fn source(&mut self) {
        let (ours, theirs) = (self.left.asked.clone(), self.right.asked.clone());
        if ours.is_empty() || theirs.is_empty() {
            return;
        }
        let (mut left, mut right): (Vec<String>, Vec<String>) =
            (ours.iter().map(source::shown).collect(), theirs.iter().map(source::shown).collect());
        let blank = |text: &String| naming::blanked(text);
        left.sort_by_cached_key(blank);
        right.sort_by_cached_key(blank);
        let differs = left.iter().zip(&right).find(|(one, other)| blank(one) != blank(other));
        if left.len() != right.len() || differs.is_some() {
            let words = |request: Option<&String>, count: usize| match request {
                Some(request) => {
                    format!("{count} questions, among them {}", request.chars().take(200).collect::<String>())
                }
                None => format!("{count} questions"),
            };
            let one = words(differs.map(|(one, _)| one), ours.len());
            let other = words(differs.map(|(_, other)| other), theirs.len());
            self.plain(Subject::Source, None, (one, other));
        }
    }

    fn plain(&mut self, subject: Subject, party: Option<Party>, (left, right): (String, String)) {
        self.give(Difference {
            pair: None,
            subject,
            party,
            left,
            right,
            class: Class::Unclear,
            reason: unclear(subject).into(),
            references: Vec::new(),
            findings: Vec::new(),
            follows: None,
        });
    }
}

/// Why a fact may differ that may not always.
fn allowed_fact(name: &str, left: &[Manner], right: &[Manner]) -> Option<&'static str> {
    match name {
        "security" if left.iter().chain(right).all(Manner::is_at_packet_level) => {
            Some("calls go under a provider with SPNEGO, at packet level or above (PAN-2.1-06, PAN-2.1-08)")
        }
        "presentation contexts that were rejected" if manner::rejects_alike(left, right) => Some(
            "a server need not take every transfer syntax, nor features, that a client proposes ([MS-RPCE] 3.3.1.5.6)",
        ),
        _ => None,
    }
}
