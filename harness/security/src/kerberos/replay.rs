//! Authenticators that were seen before (RFC 4120 3.2.3).

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use super::time::SKEW;

/// How many are kept at most; the oldest go first.
const MOST: usize = 65_536;

/// What was seen within the time in which it would be taken again: times and ends of authenticators, which are checksums.
#[derive(Debug, Default)]
pub(crate) struct Replays(Mutex<BTreeSet<(i64, Vec<u8>)>>);

impl Replays {
    /// Whether an authenticator of that time was not seen before.
    pub(super) fn is_new(&self, now: i64, time: i64, cipher: &[u8]) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while seen.first().is_some_and(|(oldest, _)| *oldest < now - SKEW) || seen.len() >= MOST {
            seen.pop_first();
        }
        let end = cipher.len().saturating_sub(12);
        seen.insert((time, cipher.get(end..).unwrap_or_default().to_vec()))
    }
}
