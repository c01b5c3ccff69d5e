//! Things by numbers that grow.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cell::Cell;

use trace::ConnectionId;

use super::RegistrationId;
use crate::event::{AssociationId, CallId};

/// Places of things that were taken out, beyond as many as there are things.
const SPARE: usize = 32;

/// A number that is given to things as they come.
pub(super) trait Number: Copy + Ord {
    /// How many numbers before this one another was given.
    fn since(self, other: Self) -> u64;
}

impl Number for CallId {
    fn since(self, other: Self) -> u64 {
        self.0.saturating_sub(other.0)
    }
}

impl Number for AssociationId {
    fn since(self, other: Self) -> u64 {
        self.0.saturating_sub(other.0).into()
    }
}

impl Number for RegistrationId {
    fn since(self, other: Self) -> u64 {
        self.0.since(other.0)
    }
}

impl Number for usize {
    fn since(self, other: Self) -> u64 {
        u64::try_from(self.saturating_sub(other)).unwrap_or(u64::MAX)
    }
}

impl Number for ConnectionId {
    fn since(self, other: Self) -> u64 {
        self.0.saturating_sub(other.0).into()
    }
}

/// What is known of things, in the order of their numbers.
///
/// Numbers are given to things as they come, and nearly all that is asked for came lately, or near to what was asked for before. So
/// they stand in a row: what came lately stands as many places before the end as there were others since, unless some of these were
/// taken out.
#[derive(Debug)]
pub(super) struct Ledger<K, T> {
    row: Vec<(K, Option<Box<T>>)>,
    count: usize,
    last: Cell<usize>,
}

impl<K, T> Default for Ledger<K, T> {
    fn default() -> Self {
        Self { row: Vec::new(), count: 0, last: Cell::new(0) }
    }
}

impl<K: Number, T> Ledger<K, T> {
    pub(super) fn get(&self, key: K) -> Option<&T> {
        self.row.get(self.place(key).ok()?)?.1.as_deref()
    }

    pub(super) fn get_mut(&mut self, key: K) -> Option<&mut T> {
        let place = self.place(key).ok()?;
        self.row.get_mut(place)?.1.as_deref_mut()
    }

    pub(super) fn contains(&self, key: K) -> bool {
        self.get(key).is_some()
    }

    /// All of them.
    pub(super) fn values(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.row.iter().filter_map(|(_, known)| known.as_deref())
    }

    /// All of them, with their numbers.
    pub(super) fn iter(&self) -> impl Iterator<Item = (K, &T)> {
        self.row.iter().filter_map(|(key, known)| Some((*key, known.as_deref()?)))
    }

    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.row.iter_mut().filter_map(|(_, known)| known.as_deref_mut())
    }

    /// Those that are numbered after one.
    pub(super) fn after(&self, key: K) -> impl DoubleEndedIterator<Item = &T> {
        let from = self.row.partition_point(|(known, _)| *known <= key);
        self.row.get(from..).unwrap_or_default().iter().filter_map(|(_, known)| known.as_deref())
    }

    pub(super) fn insert(&mut self, key: K, known: T) {
        *self.slot(key) = Some(Box::new(known));
    }

    /// What has that number, or nothing that is known of it from now on.
    pub(super) fn or_default(&mut self, key: K) -> &mut T
    where
        T: Default,
    {
        self.slot(key).get_or_insert_default()
    }

    pub(super) fn remove(&mut self, key: K) -> Option<Box<T>> {
        let place = self.place(key).ok()?;
        let known = self.row.get_mut(place)?.1.take()?;
        self.count -= 1;
        if self.row.len() > 2 * self.count + SPARE {
            self.row.retain(|(_, known)| known.is_some());
        }
        Some(known)
    }

    pub(super) fn retain(&mut self, keeps: impl Fn(&T) -> bool) {
        self.row.retain(|(_, known)| known.as_deref().is_some_and(&keeps));
        self.count = self.row.len();
    }

    /// The place of a number, into which something will be put unless something is there.
    #[expect(clippy::indexing_slicing, reason = "there was such a place, or it was made")]
    fn slot(&mut self, key: K) -> &mut Option<Box<T>> {
        let place = self.place(key).unwrap_or_else(|place| {
            self.row.insert(place, (key, None));
            place
        });
        let slot = &mut self.row[place].1;
        self.count += usize::from(slot.is_none());
        slot
    }

    /// Where a number stands, or would: as many places from another as there are numbers between the two, or fewer.
    fn place(&self, key: K) -> Result<usize, usize> {
        let last = self.last.get();
        let near = self.row.get(last).map(|(known, _)| *known);
        if near == Some(key) {
            return Ok(last);
        }
        let (highest, end) = match self.row.last() {
            Some((highest, _)) if *highest >= key => (*highest, self.row.len() - 1),
            _ => return Err(self.row.len()),
        };
        let between = |high: K, low: K| usize::try_from(high.since(low)).unwrap_or(usize::MAX);
        let least = end.saturating_sub(between(highest, key));
        let (least, most) = match near {
            Some(near) if near < key => (least.max(last + 1), end.min(last.saturating_add(between(key, near)))),
            Some(near) => (least.max(last.saturating_sub(between(near, key))), last),
            None => (least, end),
        };
        let rest = self.row.get(least..=most).unwrap_or_default();
        let place = match rest.first() {
            Some((first, _)) if *first == key => Ok(least),
            _ => {
                let place = rest.binary_search_by_key(&key, |(known, _)| *known);
                place.map(|at| least + at).map_err(|at| least + at)
            }
        };
        if let Ok(place) = place {
            self.last.set(place);
        }
        place
    }
}
