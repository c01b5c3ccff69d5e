//! Exit codes.

use std::process::ExitCode;

/// How a command of the harness ends, as its caller sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Exit {
    /// Everything that was selected came out as expected.
    AsExpected,
    /// An unexpected verdict.
    Unexpected,
    /// The user's mistake: arguments or a malformed file.
    Mistake,
    /// The environment: target unreachable, stimulus unanswered.
    Environment,
    /// Nothing passed: the selection is empty or everything was unsupported.
    NothingPassed,
    /// Interrupted; the report of what ran is written.
    Interrupted,
}

impl Exit {
    /// The number that the process ends with.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::AsExpected => 0,
            Self::Unexpected => 1,
            Self::Mistake => 2,
            Self::Environment => 3,
            Self::NothingPassed => 4,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
