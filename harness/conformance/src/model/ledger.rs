//! Calls by their numbers.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::event::CallId;

/// Places of calls that were taken out, beyond as many as there are calls.
const SPARE: usize = 32;

/// What is known of calls, in the order of their numbers.
///
/// Calls are numbered as they come, and nearly all that is asked for came lately. So they stand in a row: what came last stands as
/// many places before the end as there were calls since, unless some of these were taken out.
#[derive(Debug)]
pub(super) struct Ledger<T> {
    row: Vec<(CallId, Option<Box<T>>)>,
    count: usize,
}

impl<T> Default for Ledger<T> {
    fn default() -> Self {
        Self { row: Vec::new(), count: 0 }
    }
}

impl<T> Ledger<T> {
    pub(super) fn get(&self, call: CallId) -> Option<&T> {
        self.row.get(self.place(call)?)?.1.as_deref()
    }

    pub(super) fn get_mut(&mut self, call: CallId) -> Option<&mut T> {
        let place = self.place(call)?;
        self.row.get_mut(place)?.1.as_deref_mut()
    }

    pub(super) fn contains(&self, call: CallId) -> bool {
        self.get(call).is_some()
    }

    /// All of them.
    pub(super) fn values(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.row.iter().filter_map(|(_, known)| known.as_deref())
    }

    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.row.iter_mut().filter_map(|(_, known)| known.as_deref_mut())
    }

    /// Those that are numbered after a call.
    pub(super) fn after(&self, call: CallId) -> impl DoubleEndedIterator<Item = &T> {
        let from = self.row.partition_point(|(known, _)| *known <= call);
        self.row.get(from..).unwrap_or_default().iter().filter_map(|(_, known)| known.as_deref())
    }

    pub(super) fn insert(&mut self, call: CallId, known: T) {
        let known = Some(Box::new(known));
        if self.row.last().is_none_or(|(last, _)| *last < call) {
            self.row.push((call, known));
            self.count += 1;
            return;
        }
        match self.row.binary_search_by_key(&call, |(known, _)| *known) {
            Ok(at) => {
                if let Some((_, place)) = self.row.get_mut(at) {
                    self.count += usize::from(place.is_none());
                    *place = known;
                }
            }
            Err(at) => {
                self.row.insert(at, (call, known));
                self.count += 1;
            }
        }
    }

    pub(super) fn remove(&mut self, call: CallId) -> Option<Box<T>> {
        let place = self.place(call)?;
        let known = self.row.get_mut(place)?.1.take()?;
        self.count -= 1;
        if self.row.len() > 2 * self.count + SPARE {
            self.row.retain(|(_, known)| known.is_some());
        }
        Some(known)
    }

    fn place(&self, call: CallId) -> Option<usize> {
        let (last, _) = self.row.last()?;
        let since = usize::try_from(last.0.checked_sub(call.0)?).unwrap_or(usize::MAX);
        // After it there stand no more than were numbered since.
        let least = (self.row.len() - 1).saturating_sub(since);
        let rest = self.row.get(least..)?;
        if rest.first()?.0 == call {
            return Some(least);
        }
        rest.binary_search_by_key(&call, |(known, _)| *known).ok().map(|at| least + at)
    }
}
