//! A few things by their keys.

use alloc::vec::Vec;

/// A few things in the order of their keys. What comes has nearly always the highest key, and what goes one of the lowest: with so
/// few, nothing is faster than a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Few<K, V = ()> {
    row: Vec<(K, V)>,
}

impl<K, V> Default for Few<K, V> {
    fn default() -> Self {
        Self { row: Vec::new() }
    }
}

impl<K: Copy + Ord, V> Few<K, V> {
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

    pub(super) fn get_mut(&mut self, key: K) -> Option<&mut V> {
        let place = self.place(key).ok()?;
        self.row.get_mut(place).map(|(_, value)| value)
    }

    pub(super) fn insert(&mut self, key: K, value: V) {
        match self.place(key) {
            Ok(place) => {
                if let Some((_, known)) = self.row.get_mut(place) {
                    *known = value;
                }
            }
            Err(place) => self.row.insert(place, (key, value)),
        }
    }

    pub(super) fn remove(&mut self, key: K) -> Option<V> {
        let place = self.place(key).ok()?;
        Some(self.row.remove(place).1)
    }

    fn place(&self, key: K) -> Result<usize, usize> {
        match self.row.last() {
            None => Err(0),
            Some((last, _)) if *last < key => Err(self.row.len()),
            _ => self.row.binary_search_by_key(&key, |(known, _)| *known),
        }
    }
}
