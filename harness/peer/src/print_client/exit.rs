//! How a client ends, as a process would say it.

/// How a client ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Exit {
    /// It has received what it wanted, or was asked to stop, and has said farewell.
    Done,
    /// The server refused something for good, and that was reported.
    Failed,
    /// The server could not be reached from the first.
    Unreachable,
    /// The server ended the notifications before the client had received what it wanted.
    Terminated,
    /// The notification type does not exist in that mode.
    ModeNotSupported,
}

impl Exit {
    /// The exit status of a process.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Unreachable => 3,
            Self::Terminated => 4,
            Self::ModeNotSupported => 89,
        }
    }
}
