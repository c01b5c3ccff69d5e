//! Intervals between retries ([MS-PAN] 3.1.1.4.1, 3.2.2.2).

use std::time::Duration;

/// Intervals between retries: from a second to a minute, twice as long each time (SD-47).
#[derive(Clone, Copy, Debug)]
pub(super) struct Intervals {
    next: Duration,
    growth: Growth,
}

#[derive(Clone, Copy, Debug)]
enum Growth {
    By(u32),
    /// Wrong on purpose.
    Shrinking,
}

impl Intervals {
    /// The first interval.
    pub(super) const FIRST: Duration = Duration::from_secs(1);
    /// The longest interval.
    pub(super) const LONGEST: Duration = Duration::from_secs(60);

    /// Intervals that grow by a factor.
    pub(super) const fn growing(factor: u32) -> Self {
        Self { next: Self::FIRST, growth: Growth::By(factor) }
    }

    /// Intervals that become shorter, which is wrong.
    pub(super) const fn shrinking() -> Self {
        Self { next: Self::LONGEST, growth: Growth::Shrinking }
    }

    /// The next interval.
    pub(super) fn next(&mut self) -> Duration {
        let next = self.next;
        self.next = match self.growth {
            Growth::By(factor) => Self::LONGEST.min(next * factor),
            Growth::Shrinking => Self::FIRST.max(next / 2),
        };
        next
    }

    /// What was retried has succeeded.
    pub(super) fn begin_anew(&mut self) {
        self.next = match self.growth {
            Growth::By(_) => Self::FIRST,
            Growth::Shrinking => Self::LONGEST,
        };
    }
}
