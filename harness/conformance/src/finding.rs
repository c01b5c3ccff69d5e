//! What a rule has to say about a trace.

use alloc::string::String;

use core::fmt;

use trace::{CallMark, Time};

use crate::catalogue::Level;
use crate::event::CallId;
use crate::overlay::ProductNote;
use crate::rule::Party;

/// One verdict that is not a pass, with the place in the trace that it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule's id.
    pub rule: &'static str,
    /// The requirements that it decides here.
    pub requirements: &'static [&'static str],
    /// The section of the rule.
    pub section: &'static str,
    /// How strongly those requirements bind.
    pub level: Level,
    /// Whose behaviour was judged.
    pub party: Party,
    /// The verdict.
    pub verdict: Severity,
    /// What must hold; empty for an inconclusive verdict.
    pub expected: String,
    /// What was seen, or why nothing could be decided.
    pub actual: String,
    /// Number of the event that decided.
    pub event: u64,
    /// The call that it is about, where it is about one.
    pub call: Option<CallId>,
    /// Sequence number of the trace's entry that completed that event.
    pub entry: u64,
    /// When.
    pub time: Time,
    /// The step of the scenario whose call it is about, when the harness made the call.
    pub mark: Option<CallMark>,
    /// The product note that makes a note of it.
    pub product_note: Option<&'static ProductNote>,
}

/// The verdicts that make a finding, from harmless to grave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing, nobody's fault.
    Note,
    /// It could not be decided.
    Inconclusive,
    /// A breach of what only should hold.
    Warn,
    /// A breach of what must hold.
    Fail,
}

impl Severity {
    /// The word that reports use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Inconclusive => "inconclusive",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How often a requirement was decided, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// It held.
    pub pass: u64,
    /// It was broken.
    pub fail: u64,
    /// It was broken, and the breach only warns.
    pub warn: u64,
    /// It could not be decided.
    pub inconclusive: u64,
    /// Something was noted.
    pub note: u64,
}

impl Tally {
    /// Adds another's counts.
    pub fn add(&mut self, other: Self) {
        self.pass += other.pass;
        self.fail += other.fail;
        self.warn += other.warn;
        self.inconclusive += other.inconclusive;
        self.note += other.note;
    }
}
