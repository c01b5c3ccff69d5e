//! Things by their keys, mostly a few.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::cell::Cell;

/// How many a row is good for.
const FEW: usize = 64;

/// Things in the order of their keys. With a few, nothing is faster than a row; and what was asked for last is asked for again,
/// by one rule after the other. Nobody can make a row so long that it is slow: many stand in a tree.
#[derive(Clone, Debug)]
pub struct Table<K, V = ()> {
    /// Empty where there are many.
    row: Vec<(K, V)>,
    many: BTreeMap<K, V>,
    last: Cell<usize>,
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self { row: Vec::new(), many: BTreeMap::new(), last: Cell::new(0) }
    }
}

impl<K: PartialEq, V: PartialEq> PartialEq for Table<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.row == other.row && self.many == other.many
    }
}

impl<K: Eq, V: Eq> Eq for Table<K, V> {}

impl<K: Copy + Ord, V> Table<K, V> {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.row.len() + self.many.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.row.is_empty() && self.many.is_empty()
    }

    /// Their keys.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &K> {
        self.row.iter().map(|(key, _)| key).chain(self.many.keys())
    }

    /// Their keys from one on.
    pub(super) fn from(&self, key: K) -> impl Iterator<Item = &K> {
        let row = self.row.partition_point(|(known, _)| *known < key);
        let row = self.row.get(row..).unwrap_or_default().iter().map(|(key, _)| key);
        row.chain(self.many.range(key..).map(|(key, _)| key))
    }

    /// Whether there is one with that key.
    #[must_use]
    pub fn contains_key(&self, key: &K) -> bool {
        self.get(*key).is_some()
    }

    pub(super) fn get(&self, key: K) -> Option<&V> {
        if !self.many.is_empty() {
            return self.many.get(&key);
        }
        self.row.get(self.place(key).ok()?).map(|(_, value)| value)
    }

    pub(super) fn get_mut(&mut self, key: K) -> Option<&mut V> {
        if !self.many.is_empty() {
            return self.many.get_mut(&key);
        }
        let place = self.place(key).ok()?;
        self.row.get_mut(place).map(|(_, value)| value)
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &V> {
        self.row.iter().map(|(_, value)| value).chain(self.many.values())
    }

    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.row.iter_mut().map(|(_, value)| value).chain(self.many.values_mut())
    }

    /// What has that key, or `fresh` from now on.
    #[expect(clippy::indexing_slicing, reason = "something was found at that place, or put there")]
    pub(super) fn or_insert_with(&mut self, key: K, fresh: impl FnOnce() -> V) -> &mut V {
        self.make_room();
        if !self.many.is_empty() {
            return self.many.entry(key).or_insert_with(fresh);
        }
        let place = self.place(key).unwrap_or_else(|place| {
            self.row.insert(place, (key, fresh()));
            place
        });
        &mut self.row[place].1
    }

    /// Gives what had that key before.
    pub(super) fn insert(&mut self, key: K, value: V) -> Option<V> {
        self.make_room();
        if !self.many.is_empty() {
            return self.many.insert(key, value);
        }
        match self.place(key) {
            Ok(place) => self.row.get_mut(place).map(|(_, known)| core::mem::replace(known, value)),
            Err(place) => {
                self.row.insert(place, (key, value));
                None
            }
        }
    }

    pub(super) fn remove(&mut self, key: K) -> Option<V> {
        if !self.many.is_empty() {
            return self.many.remove(&key);
        }
        let place = self.place(key).ok()?;
        Some(self.row.remove(place).1)
    }

    /// A row that has grown long becomes a tree.
    fn make_room(&mut self) {
        if self.row.len() >= FEW {
            self.many.extend(self.row.drain(..));
        }
    }

    /// Where a key stands in the row, or would.
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
