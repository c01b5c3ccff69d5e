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
mod verdict;
mod whole;

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
use crate::finding::Finding;
use crate::rule::Party;
use alignment::Alignment;
use naming::Naming;
use value::is_size;
use verdict::accusing;

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
        End::Lost => return "no answer".into(),
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

/// Whether another call about the same thing was under way at the same time as one.
fn overlapped(transcript: &Transcript, call: &Call) -> bool {
    let Some(association) = transcript.associations.get(&call.association) else { return false };
    let others = association.calls.iter().filter_map(|number| transcript.calls.get(*number));
    others.filter(|other| other.about == call.about && other.began != call.began).any(|other| other.overlaps(call))
}
