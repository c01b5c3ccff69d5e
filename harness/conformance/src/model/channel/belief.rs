//! Facts that a witness may not know.

/// Whether something is so, as far as the witness can know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Belief {
    /// Surely not.
    No,
    /// It may be so or not.
    #[default]
    Maybe,
    /// Surely.
    Yes,
}

impl Belief {
    /// Whether it can't be excluded.
    #[must_use]
    pub fn possible(self) -> bool {
        self != Self::No
    }

    /// Whether it is certain.
    #[must_use]
    pub fn sure(self) -> bool {
        self == Self::Yes
    }

    /// Whether at least one of several things is so.
    pub fn any(facts: impl IntoIterator<Item = Self>) -> Self {
        facts.into_iter().max().unwrap_or(Self::No)
    }

    /// One fact under several alternatives of which one is true: certain only where all agree.
    pub fn agreed(alternatives: impl IntoIterator<Item = Self>) -> Self {
        let mut alternatives = alternatives.into_iter();
        let Some(first) = alternatives.next() else { return Self::Maybe };
        if alternatives.all(|other| other == first) { first } else { Self::Maybe }
    }

    /// Both at once.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.min(other)
    }

    /// The opposite.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Maybe => Self::Maybe,
            Self::Yes => Self::No,
        }
    }
}

impl From<bool> for Belief {
    fn from(known: bool) -> Self {
        if known { Self::Yes } else { Self::No }
    }
}
