//! Two traces side by side: what differs, and whether the specification allows it.
//!
//! ```text
//! events, findings ─▶ Transcript ─┐   calls with their answers, associations with how they are spoken on
//!                                 ├─▶ alignment ─▶ naming ─▶ differences ─▶ class
//! events, findings ─▶ Transcript ─┘   which call   which      field by      a rule that accuses, a product note, a freedom
//!                                     is which     handle…    field         of the specification, or: unclear
//! ```
//!
//! Times, ports, call ids and the order of calls about different things are not compared: each trace has its own. Handles,
//! associations and what looks made up (UUIDs without a name, 16 and more hexadecimal digits) are renamed in the order in which the
//! aligned calls bring them, one for one: a name that stands for two things on the other side is a difference.
//!
//! A difference is a breach only where a rule accuses one side at that call, and not the other; it is allowed only with a
//! reason; everything else is unclear. Memory is bounded by what a [`Transcript`] takes ([`TooMuch`]).

mod alignment;
mod difference;
mod freedom;
mod likeness;
mod manner;
mod mapper;
mod naming;
mod sequence;
mod source;
mod transcript;
mod value;

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use mspan::{Method, NotificationType};

pub use alignment::Pair;
pub use difference::{Accused, Class, Difference, Subject};
pub use freedom::references;
pub use naming::Side;
pub use transcript::{Call, End, MOST_CALLS, MOST_CONNECTIONS, MOST_OCTETS, TooMuch, Transcript};
pub use value::{HandleId, Parameter, Value, named};

use crate::event::AssociationId;
use crate::finding::{Finding, Severity};
use crate::rule::Party;
use alignment::Alignment;
use freedom::{Scene, freedom};
use manner::{FACTS, Manner};
use naming::Naming;
use value::is_size;

/// Differences that are kept; what comes after is only counted.
pub const MOST_DIFFERENCES: usize = 10_000;

/// Two traces side by side.
#[derive(Debug)]
pub struct Comparison {
    left: Transcript,
    right: Transcript,
    naming: Naming,
    alignment: Alignment,
    differences: Vec<Difference>,
    left_out: usize,
    strict: bool,
    /// By association of the left side, the first difference that is not harmless.
    spoilt: BTreeMap<AssociationId, usize>,
}

impl Comparison {
    /// Compares two traces. With `strict`, what only should hold counts as what must.
    ///
    /// # Errors
    /// When they have so little in common that it would take too much memory to align them.
    pub fn new(left: Transcript, right: Transcript, strict: bool) -> Result<Self, TooMuch> {
        let alignment = alignment::align(&left, &right)?;
        let naming = Naming::new(&left, &right, &alignment);
        let mut comparison = Self {
            left,
            right,
            naming,
            alignment,
            differences: Vec::new(),
            left_out: 0,
            strict,
            spoilt: BTreeMap::new(),
        };
        comparison.source();
        for at in 0..comparison.alignment.pairs.len() {
            comparison.pair(at);
        }
        comparison.connections();
        comparison.whole();
        Ok(comparison)
    }

    /// The differences, in the order of the calls.
    #[must_use]
    pub fn differences(&self) -> &[Difference] {
        &self.differences
    }

    /// How many differences there are beyond [`MOST_DIFFERENCES`].
    #[must_use]
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// The pairs of calls, in order.
    #[must_use]
    pub fn pairs(&self) -> &[Pair] {
        &self.alignment.pairs
    }

    /// The call of one side in a pair.
    #[must_use]
    pub fn call(&self, side: Side, pair: usize) -> Option<&Call> {
        let pair = self.alignment.pairs.get(pair)?;
        match side {
            Side::Left => pair.left.and_then(|left| self.left.calls.get(left)),
            Side::Right => pair.right.and_then(|right| self.right.calls.get(right)),
        }
    }

    /// A call in lines, with the names that both sides have in common; the first names the operation.
    #[must_use]
    pub fn lines(&self, side: Side, pair: usize) -> Vec<String> {
        self.call(side, pair).map_or_else(Vec::new, |call| self.naming.lines(side, call))
    }

    /// The number of the association of a pair, from 1, in the order of the comparison.
    #[must_use]
    pub fn association(&self, pair: usize) -> Option<usize> {
        let of = |side| self.call(side, pair).map(|call| call.association);
        let (left, right) = (of(Side::Left), of(Side::Right));
        let is_it = |known: &(Option<AssociationId>, Option<AssociationId>)| {
            left.is_some_and(|left| known.0 == Some(left)) || (left.is_none() && known.1 == right)
        };
        self.alignment.associations.iter().position(is_it).map(|place| place + 1)
    }

    fn give(&mut self, difference: Difference) {
        if self.differences.len() >= MOST_DIFFERENCES {
            self.left_out += 1;
            return;
        }
        let association =
            difference.pair.and_then(|pair| self.call(Side::Left, pair).or_else(|| self.call(Side::Right, pair)));
        if let Some(association) = association.map(|call| call.association).filter(|_| !difference.class.is_harmless())
        {
            self.spoilt.entry(association).or_insert(self.differences.len());
        }
        self.differences.push(difference);
    }

    /// Compares the calls of one pair.
    fn pair(&mut self, at: usize) {
        let (left, right) = (self.call(Side::Left, at).cloned(), self.call(Side::Right, at).cloned());
        match (left, right) {
            (Some(left), Some(right)) => self.calls(at, &left, &right),
            (Some(call), None) => self.lonely(at, Side::Left, &call),
            (None, Some(call)) => self.lonely(at, Side::Right, &call),
            (None, None) => {}
        }
    }

    fn calls(&mut self, at: usize, left: &Call, right: &Call) {
        let drafts = self.drafts(at, left, right);
        let mut told = BTreeSet::new();
        for draft in drafts {
            let difference = self.classed(at, draft, Some(left), Some(right));
            told.extend(difference.findings.iter().map(|(side, finding)| (*side, finding.rule)));
            self.give(difference);
        }
        let mut others: Vec<(Side, Finding)> = accusing(Side::Left, Some(left), Some(right));
        others.extend(accusing(Side::Right, Some(right), Some(left)));
        others.retain(|(side, finding)| !told.contains(&(*side, finding.rule)));
        for (side, finding) in others {
            self.conduct(Some(at), side, finding);
        }
    }

    /// In what two calls differ.
    fn drafts(&mut self, at: usize, left: &Call, right: &Call) -> Vec<Draft> {
        let mut drafts = Vec::new();
        let is_moved = self.alignment.pairs.get(at).is_some_and(|pair| pair.moved);
        if is_moved && !(overlapped(&self.left, left) && overlapped(&self.right, right)) {
            let place = |call: &Call| format!("call {} of the recording", call.began);
            drafts.push(Draft {
                subject: Subject::Order,
                party: Some(Party::Client),
                left: place(left),
                right: place(right),
            });
        }
        self.inputs(left, right, &mut drafts);
        self.ends(left, right, &mut drafts);
        drafts
    }

    fn inputs(&mut self, left: &Call, right: &Call, drafts: &mut Vec<Draft>) {
        match (&left.input, &right.input) {
            (Some(ours), Some(theirs)) => self.fields(ours, theirs, Party::Client, Subject::In, drafts),
            (None, None) if left.method.is_some() || left.stub_length == right.stub_length => {}
            (ours, theirs) => {
                let words = |call: &Call, input: &Option<Vec<Parameter>>| match input {
                    Some(_) => "can be read".to_string(),
                    None if call.gaps.is_empty() => format!("{} octets", call.stub_length),
                    None => format!("can't be read: {}", call.gaps.join("; ")),
                };
                let (left, right) = (words(left, ours), words(right, theirs));
                drafts.push(Draft { subject: Subject::Unreadable, party: Some(Party::Client), left, right });
            }
        }
    }

    fn ends(&mut self, left: &Call, right: &Call, drafts: &mut Vec<Draft>) {
        let (ours, theirs) = (answer(left), answer(right));
        if ours != theirs {
            let unreadable = [left, right].iter().any(|call| call.end == End::Returned(None) && call.method.is_some());
            let subject = if unreadable { Subject::Unreadable } else { Subject::Outcome };
            drafts.push(Draft { subject, party: Some(Party::Server), left: ours, right: theirs });
        } else if let (End::Returned(Some(ours)), End::Returned(Some(theirs))) = (&left.end, &right.end) {
            self.fields(ours, theirs, Party::Server, Subject::Out, drafts);
        }
    }

    fn fields(
        &mut self,
        left: &[Parameter],
        right: &[Parameter],
        party: Party,
        subject: fn(&'static str) -> Subject,
        drafts: &mut Vec<Draft>,
    ) {
        for (ours, theirs) in left.iter().zip(right) {
            // Rules look whether sizes are those of what they size.
            let is_told = is_size(ours.name) || ours.name == "pNoOfChannels";
            if is_told || self.naming.same(&ours.value, &theirs.value) {
                continue;
            }
            let (one, other) =
                (self.naming.value(Side::Left, &ours.value), self.naming.value(Side::Right, &theirs.value));
            let (one, other) = self.naming.contrast(&ours.value, &theirs.value).unwrap_or((one, other));
            drafts.push(Draft { subject: subject(ours.name), party: Some(party), left: one, right: other });
        }
    }

    /// A call that only one side makes.
    fn lonely(&mut self, at: usize, side: Side, call: &Call) {
        let words = format!("{}, which ends with {}", call.operation(), answer(call));
        let none = "no such call".to_string();
        let (left, right) = if side == Side::Left { (words, none) } else { (none, words) };
        let draft = Draft { subject: Subject::Call, party: None, left, right };
        let mut difference = match side {
            Side::Left => self.classed(at, draft, Some(call), None),
            Side::Right => self.classed(at, draft, None, Some(call)),
        };
        if difference.class == Class::Unclear {
            let association = self.partner(side, call.association);
            difference.follows = association.and_then(|association| self.spoilt.get(&association).copied());
        }
        self.give(difference);
    }

    /// The association of the left side that is that one; itself where there is none.
    fn partner(&self, side: Side, association: AssociationId) -> Option<AssociationId> {
        let found = self.alignment.associations.iter().find(|(left, right)| match side {
            Side::Left => *left == Some(association),
            Side::Right => *right == Some(association),
        });
        found.and_then(|(left, right)| left.or(*right))
    }

    /// What a difference between two calls comes to.
    fn classed(&self, at: usize, draft: Draft, left: Option<&Call>, right: Option<&Call>) -> Difference {
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
    fn conduct(&mut self, pair: Option<usize>, side: Side, finding: Finding) {
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

    /// How associations are spoken on.
    fn connections(&mut self) {
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
    fn whole(&mut self) {
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
    fn source(&mut self) {
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

/// A difference before it is known what it comes to.
struct Draft {
    subject: Subject,
    party: Option<Party>,
    left: String,
    right: String,
}

/// How a call ended, in words that are the same where it ended alike: kind and status, and for notifications whether they are any.
fn answer(call: &Call) -> String {
    let status = match &call.end {
        End::Open => return "nothing before the recording ended".into(),
        End::Lost => return "nothing before its connection ended".into(),
        End::Fault(status) => return format!("fault {}", mspan::Hresult(*status)),
        End::Returned(None) if call.method.is_some() => return "a response that can't be read".into(),
        End::Returned(_) => match call.output_value("return") {
            Some(Value::Status(status)) => status.to_string(),
            _ => "a response".into(),
        },
    };
    let kind = match (call.method, call.output_value("ppOutNotificationType")) {
        (_, Some(Value::Type(NotificationType::RELEASE))) => " with NOTIFICATION_RELEASE",
        (_, Some(Value::Type(_))) => " with a notification",
        _ => "",
    };
    let handle = match (call.method, call.output_value("pChannel")) {
        (Some(Method::GetNotificationSendResponse), Some(Value::Null)) => ", the channel is closed",
        _ => "",
    };
    format!("{status}{kind}{handle}")
}

/// What the rules say against a call, and not against the other side's.
fn accusing(side: Side, own: Option<&Call>, other: Option<&Call>) -> Vec<(Side, Finding)> {
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
fn is_product(finding: &Finding) -> bool {
    finding.product_note.is_some() || finding.rule.starts_with("MS-PAN/7/")
}

fn requirements<'a>(findings: impl Iterator<Item = &'a (Side, Finding)>) -> Vec<&'static str> {
    let ids: BTreeSet<&'static str> = findings.flat_map(|(_, finding)| finding.requirements.iter().copied()).collect();
    ids.into_iter().collect()
}

/// Whether another call about the same thing was under way at the same time as one.
fn overlapped(transcript: &Transcript, call: &Call) -> bool {
    let Some(association) = transcript.associations.get(&call.association) else { return false };
    let others = association.calls.iter().filter_map(|number| transcript.calls.get(*number));
    others.filter(|other| other.about == call.about && other.began != call.began).any(|other| other.overlaps(call))
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

fn unclear(subject: Subject) -> &'static str {
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
