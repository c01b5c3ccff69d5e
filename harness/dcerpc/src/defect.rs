//! What can be wrong with octets: a defect beside a value, or an error in place of one.

use alloc::string::String;
use alloc::vec::Vec;

use thiserror::Error;

/// A value and the encoding rules that its octets break. A strict peer refuses a value with defects; a judge shows both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded<T> {
    /// What was read.
    pub value: T,
    /// What is wrong with how it was written, in the order of the octets.
    pub defects: Vec<Defect>,
}

impl<T> Decoded<T> {
    /// A value without defects.
    pub fn clean(value: T) -> Self {
        Self { value, defects: Vec::new() }
    }

    /// The same defects around another value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Decoded<U> {
        Decoded { value: change(self.value), defects: self.defects }
    }
}

/// One breach of an encoding rule by octets that could be read all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defect {
    /// Where, in octets from the start of what was decoded (a PDU, or a stub).
    pub offset: usize,
    /// The field, by the specification's name.
    pub field: &'static str,
    /// The rule, named for what must hold, with its section: `C706/14.3.3.4/max-count-equals-size`.
    pub rule: &'static str,
    /// What the rule expects here.
    pub expected: String,
    /// What stands here.
    pub actual: String,
}

/// Octets that can't be read any further.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// A field reaches past the end of the octets.
    #[error("offset {offset:#x}: {field} needs {needed} octets, {left} left")]
    Short {
        /// Where the field begins, in octets from the start of what was decoded.
        offset: usize,
        /// The field, by the specification's name.
        field: &'static str,
        /// How many octets it takes.
        needed: u64,
        /// How many there are.
        left: usize,
    },
    /// A field holds what makes everything after it unreadable.
    #[error("offset {offset:#x}: {field} is {actual}, expected {expected}")]
    Unreadable {
        /// Where the field begins, in octets from the start of what was decoded.
        offset: usize,
        /// The field, by the specification's name.
        field: &'static str,
        /// What would have been readable.
        expected: &'static str,
        /// What stands there.
        actual: String,
    },
}

impl DecodeError {
    /// Where reading stopped, in octets from the start of what was decoded.
    #[must_use]
    pub fn offset(&self) -> usize {
        match self {
            Self::Short { offset, .. } | Self::Unreadable { offset, .. } => *offset,
        }
    }

    /// The same error of octets that stand that far inside others.
    pub(crate) fn shifted(self, by: usize) -> Self {
        match self {
            Self::Short { offset, field, needed, left } => Self::Short { offset: offset + by, field, needed, left },
            Self::Unreadable { offset, field, expected, actual } => {
                Self::Unreadable { offset: offset + by, field, expected, actual }
            }
        }
    }
}
