//! A few things by their keys.

use alloc::vec::Vec;
use core::cell::Cell;

/// A few things in the order of their keys. With so few, nothing is faster than a row; and what was asked for last is asked for again,
/// by one rule after the other.
#[derive(Clone, Debug)]
pub struct Table<K, V = ()> {
    row: Vec<(K, V)>,
    last: Cell<usize>,
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self { row: Vec::new(), last: Cell::new(0) }
    }
}

impl<K: PartialEq, V: PartialEq> PartialEq for Table<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.row == other.row
    }
}

impl<K: Eq, V: Eq> Eq for Table<K, V> {}

impl<K: Copy + Ord, V> Table<K, V> {
    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.row.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.row.is_empty()
    }

    /// Their keys.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &K> {
        self.row.iter().map(|(key, _)| key)
    }

    /// Whether there is one with that key.
    #[must_use]
    pub fn contains_key(&self, key: &K) -> bool {
        self.place(*key).is_ok()
    }

    pub(super) fn get(&self, key: K) -> Option<&V> {
        self.row.get(self.place(key).ok()?).map(|(_, value)| value)
    }

    pub(super) fn get_mut(&mut self, key: K) -> Option<&mut V> {
        let place = self.place(key).ok()?;
        self.row.get_mut(place).map(|(_, value)| value)
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &V> {
        self.row.iter().map(|(_, value)| value)
    }

    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.row.iter_mut().map(|(_, value)| value)
    }

    /// What has that key, or `fresh` from now on.
    #[expect(clippy::indexing_slicing, reason = "something was found at that place, or put there")]
    pub(super) fn or_insert_with(&mut self, key: K, fresh: impl FnOnce() -> V) -> &mut V {
        let place = self.place(key).unwrap_or_else(|place| {
            self.row.insert(place, (key, fresh()));
            place
        });
        &mut self.row[place].1
    }

    /// Gives what had that key before.
    pub(super) fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.place(key) {
            Ok(place) => self.row.get_mut(place).map(|(_, known)| core::mem::replace(known, value)),
            Err(place) => {
                self.row.insert(place, (key, value));
                None
            }
        }
    }

    pub(super) fn remove(&mut self, key: K) -> Option<V> {
        let place = self.place(key).ok()?;
        Some(self.row.remove(place).1)
    }

    /// Where a key stands, or would.
    fn place(&self, key: K) -> Result<usize, usize> {
        let last = self.last.get();
        if self.row.get(last).is_some_and(|(known, _)| *known == key) {
            return Ok(last);
        }
        let place = match self.row.last() {
            None => Err(0),
            Some((highest, _)) if *highest < key => Err(self.row.len()),
            _ => self.row.binary_search_by_key(&key, |(known, _)| *known),
        };
        if let Ok(place) = place {
            self.last.set(place);
        }
        place
    }
}
