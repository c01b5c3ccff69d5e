//! What came of reading a document.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// Breaches that one reading reports at most.
pub(crate) const MOST_BREACHES: usize = 100;

/// Something that a document breaks, or that is worth knowing of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// The document rule's id in the catalogue.
    pub rule: &'static str,
    /// How grave it is.
    pub gravity: Gravity,
    /// Whether validation by the schema finds it.
    pub in_schema: bool,
    /// Where.
    pub at: Position,
    /// What must hold.
    pub expected: String,
    /// What stands there.
    pub actual: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, at, expected, actual, .. } = self;
        write!(f, "{rule} at {at}: expected {expected}; found {actual}")
    }
}

/// How grave a breach is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Gravity {
    /// An observation.
    Note,
    /// Something that should be otherwise.
    Should,
    /// Something that must be otherwise.
    Must,
}

/// A place in a document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Octets from the start of the buffer.
    pub offset: usize,
    /// Line of the decoded text, from 1.
    pub line: usize,
    /// Character in the line, from 1.
    pub column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {} (octet {:#x})", self.line, self.column, self.offset)
    }
}

/// A document as read, with what it breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assessment<T> {
    /// What the document says, as far as it can be told.
    pub meaning: Option<T>,
    /// What it breaks, strictly read.
    pub breaches: Vec<Breach>,
    /// What it breaks when read with the tolerance of 3.2.3.4.1. Where no tolerance is due, the breaches that are grave.
    pub intolerable: Vec<Breach>,
    /// The kinds of tolerance that were used (`X-LEN-01`), sorted.
    pub leniencies: Vec<&'static str>,
    /// The elements that it has, by their names in the schema, sorted.
    pub elements: Vec<&'static str>,
}

/// The verdict on a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It breaks nothing that must hold.
    Valid,
    /// It does, but a client should accept it.
    Tolerable,
    /// It does, and a client should take it for an error.
    Invalid,
}

impl<T> Assessment<T> {
    /// Whether validation by the schema finds nothing.
    #[must_use]
    pub fn is_schema_valid(&self) -> bool {
        !self.breaches.iter().any(|breach| breach.in_schema)
    }

    /// The verdict.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let grave = |breaches: &[Breach]| breaches.iter().any(|breach| breach.gravity == Gravity::Must);
        match (grave(&self.breaches), grave(&self.intolerable)) {
            (false, _) => Verdict::Valid,
            (true, false) => Verdict::Tolerable,
            (true, true) => Verdict::Invalid,
        }
    }

    /// Whether a client has to take it for an error: also a SHOULD of the prose counts, such as text next to a
    /// parameter's type.
    #[must_use]
    pub fn is_error_for_clients(&self) -> bool {
        self.intolerable.iter().any(|breach| breach.gravity == Gravity::Must || breach.rule == "X-LEN-12")
    }

    /// Whether it has an element of that name.
    #[must_use]
    pub fn has(&self, element: &str) -> bool {
        self.elements.contains(&element)
    }

    /// What it breaks of one rule.
    pub fn of_rule<'a>(&'a self, rule: &'a str) -> impl Iterator<Item = &'a Breach> {
        self.breaches.iter().filter(move |breach| breach.rule == rule)
    }
}
