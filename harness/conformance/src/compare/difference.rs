//! What two traces differ in, and how much it matters.

use alloc::string::String;
use alloc::vec::Vec;

use super::naming::Side;
use crate::finding::Finding;
use crate::rule::Party;

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The pair of calls that it is about, by its number; none where it is about an association or the whole.
    pub pair: Option<usize>,
    /// What differs.
    pub subject: Subject,
    /// Whose conduct it shows; none where that can't be said.
    pub party: Option<Party>,
    /// What the left side has, in words.
    pub left: String,
    /// What the right side has.
    pub right: String,
    /// How much it matters.
    pub class: Class,
    /// Why it is taken so.
    pub reason: String,
    /// Requirements, and defects of the specification with their readings, that this rests on.
    pub references: Vec<&'static str>,
    /// What the rules say against one side here and not against the other.
    pub findings: Vec<(Side, Finding)>,
    /// The number of an earlier difference that it may follow from.
    pub follows: Option<usize>,
}

/// What differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A call that only one side makes.
    Call,
    /// The place of a call among those about the same thing.
    Order,
    /// An [in] parameter.
    In(&'static str),
    /// How a call ends: whether it comes back, with which status, and with what kind of answer.
    Outcome,
    /// An [out] parameter.
    Out(&'static str),
    /// Nothing that was compared, but a rule accuses one side alone.
    Conduct,
    /// How connections are spoken on.
    Connection(&'static str),
    /// What the notification source was asked.
    Source,
    /// What can't be read.
    Unreadable,
}

impl Subject {
    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Order => "order",
            Self::In(_) => "in",
            Self::Outcome => "outcome",
            Self::Out(_) => "out",
            Self::Conduct => "conduct",
            Self::Connection(_) => "connection",
            Self::Source => "source",
            Self::Unreadable => "unreadable",
        }
    }

    /// The parameter, or the fact about connections.
    #[must_use]
    pub const fn field(self) -> Option<&'static str> {
        match self {
            Self::In(name) | Self::Out(name) | Self::Connection(name) => Some(name),
            _ => None,
        }
    }
}

/// How much a difference matters, from harmless to grave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// The specification allows both.
    Allowed,
    /// A product note of section 7 explains it, under the overlay of that product.
    Product,
    /// It can't be told whether both are allowed.
    Unclear,
    /// A rule accuses a side.
    Breach(Accused),
}

/// Whom rules accuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Accused {
    /// The left side.
    Left,
    /// The right side.
    Right,
    /// Both, for different conduct.
    Both,
}

impl Class {
    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Product => "product",
            Self::Unclear => "unclear",
            Self::Breach(_) => "breach",
        }
    }

    /// Whether nobody need mind it.
    #[must_use]
    pub const fn is_harmless(self) -> bool {
        matches!(self, Self::Allowed | Self::Product)
    }
}

impl Accused {
    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Right => "right",
            Self::Both => "both",
        }
    }
}
