//! What a report says of a baseline.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Variant;

/// What a baseline makes of a scenario that did not pass and is as listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Known {
    /// What came of it.
    pub verdict: super::Outcome,
    /// Why that is accepted.
    pub reasons: Vec<String>,
}

/// The baseline of a run, entry by entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Baseline {
    /// The file.
    pub file: String,
    /// Its entries.
    pub entries: Vec<BaselineEntry>,
}

/// Ways of speaking: what is not said may be any.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Spoken {
    /// The transfer syntax.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub syntax: Option<String>,
    /// The security.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security: Option<String>,
}

impl Spoken {
    /// Whether a way is one of these.
    #[must_use]
    pub fn is(&self, variant: &Variant) -> bool {
        let fits = |wanted: &Option<String>, is: &str| wanted.as_ref().is_none_or(|wanted| wanted == is);
        fits(&self.syntax, &variant.syntax) && fits(&self.security, &variant.security)
    }
}

impl From<&Variant> for Spoken {
    fn from(variant: &Variant) -> Self {
        Self { syntax: Some(variant.syntax.clone()), security: Some(variant.security.clone()) }
    }
}

impl fmt::Display for Spoken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = [("syntax", &self.syntax), ("security", &self.security)];
        let words = words.iter().filter_map(|(key, word)| word.as_ref().map(|word| format!("{key}: {word}")));
        write!(f, "{{{}}}", words.collect::<Vec<_>>().join(", "))
    }
}

/// One known deviation, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BaselineEntry {
    /// The scenario's id or a prefix of ids, where it is about scenarios.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scenario: Option<String>,
    /// The requirement's id, where it is about a requirement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requirement: Option<String>,
    /// How it is spoken where that deviates, when not in any way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<Spoken>,
    /// Words that the finding has to hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Why it is accepted.
    pub reason: String,
    /// Whether it does not come every time.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sometimes: bool,
    /// Its line in the file, from 1.
    pub line: usize,
    /// What came of it.
    pub state: EntryState,
    /// Why, where it is not as listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The scenarios in which it was found.
    pub scenarios: Vec<String>,
}

/// What came of an entry of a baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EntryState {
    /// It was found.
    AsListed,
    /// What it names passes.
    Passes,
    /// What it names deviates, and no finding has its text.
    OtherText,
    /// Nothing that could run can match it.
    MatchesNothing,
    /// Nothing that ran could show it.
    Undecided,
}

impl EntryState {
    /// The word that reports use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AsListed => "as listed",
            Self::Passes => "passes",
            Self::OtherText => "other text",
            Self::MatchesNothing => "matches nothing",
            Self::Undecided => "undecided",
        }
    }

    /// Whether the baseline is wrong about it.
    #[must_use]
    pub const fn is_unexpected(self) -> bool {
        matches!(self, Self::Passes | Self::OtherText | Self::MatchesNothing)
    }
}

impl Baseline {
    /// The entries that the baseline is wrong about.
    pub fn unexpected(&self) -> impl Iterator<Item = &BaselineEntry> {
        self.entries.iter().filter(|entry| entry.state.is_unexpected())
    }

    /// How many entries came out so.
    #[must_use]
    pub fn count(&self, state: EntryState) -> usize {
        self.entries.iter().filter(|entry| entry.state == state).count()
    }
}

impl BaselineEntry {
    /// The scenario or the requirement that it names, and the ways of speaking when not all are meant.
    #[must_use]
    pub fn name(&self) -> String {
        let name = self.scenario.as_deref().or(self.requirement.as_deref()).unwrap_or_default();
        self.variant.as_ref().map_or_else(|| name.to_owned(), |variant| format!("{name} {variant}"))
    }

    /// What is wrong with it and what to do about that; none when it is as expected.
    #[must_use]
    pub fn advice(&self) -> Option<String> {
        let todo = match self.state {
            EntryState::AsListed | EntryState::Undecided => return None,
            EntryState::Passes => "take the entry out, narrow it, or write `sometimes: true`",
            EntryState::OtherText => "look at what came; if it is known too, change `text`",
            EntryState::MatchesNothing => "take the entry out",
        };
        let why = self.why.as_deref().unwrap_or(self.state.name());
        Some(format!("{why}: {todo}"))
    }
}
