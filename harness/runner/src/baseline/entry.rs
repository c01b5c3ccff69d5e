//! A baseline as meant.

use std::fmt;

use super::pattern::Pattern;
use crate::arguments::Selector;
use crate::report::{Spoken, Variant};

/// Known deviations of an implementation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// The file's name, as reports show it.
    pub file: String,
    /// What it lists, in its order.
    pub entries: Vec<Entry>,
}

/// One known deviation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Of what.
    pub named: Named,
    /// How it is spoken where that deviates; any way when none.
    pub variant: Option<Spoken>,
    /// What the finding says; anything when none.
    pub text: Option<Pattern>,
    /// Why it is accepted.
    pub reason: String,
    /// Whether it does not come every time.
    pub sometimes: bool,
    /// Line of the file, from 1.
    pub line: usize,
}

/// What an entry is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// Scenarios: by id or by prefix.
    Scenario(Selector),
    /// A requirement, wherever it is broken.
    Requirement(String),
}

impl Baseline {
    /// The reasons of the entries that name a scenario.
    #[must_use]
    pub fn reasons(&self, id: &str) -> Vec<&str> {
        self.entries.iter().filter(|entry| entry.named.is_scenario(id)).map(|entry| entry.reason.as_str()).collect()
    }
}

impl Entry {
    /// Whether it is about that way of speaking.
    pub(super) fn is_about(&self, variant: &Variant) -> bool {
        self.variant.as_ref().is_none_or(|spoken| spoken.is(variant))
    }
}

impl Named {
    /// Whether it is about this scenario.
    pub(super) fn is_scenario(&self, id: &str) -> bool {
        matches!(self, Self::Scenario(selector) if selector.matches(id, &[]))
    }
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scenario(selector) => selector.fmt(f),
            Self::Requirement(id) => f.write_str(id),
        }
    }
}
