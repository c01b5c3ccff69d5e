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
    /// As it counts.
    fn number(self) -> u64;
}

impl Number for CallId {
    fn number(self) -> u64 {
        self.0
    }
}

impl Number for AssociationId {
    fn number(self) -> u64 {
        self.0.into()
    }
}

impl Number for RegistrationId {
    fn number(self) -> u64 {
        self.0.number()
    }
}

impl Number for usize {
    fn number(self) -> u64 {
        u64::try_from(self).unwrap_or(u64::MAX)
    }
}

impl Number for ConnectionId {
    fn number(self) -> u64 {
        self.0.into()
    }
}

/// Numbers of which a ledger remembers where they stood when they were asked for, by their last digits.
const PLACES: usize = 128;

/// What is known of things, in the order of their numbers.
///
/// Numbers are given to things as they come, and nearly all that is asked for came lately, or was asked for lately. So they stand in a
/// row: what came lately stands as many places before the end as there were others since, unless some of these were taken out.
#[derive(Debug)]
pub(super) struct Ledger<K, T> {
    row: Vec<(K, Option<Box<T>>)>,
    count: usize,
    places: [Cell<usize>; PLACES],
}

impl<K, T> Default for Ledger<K, T> {
    fn default() -> Self {
        Self { row: Vec::new(), count: 0, places: [const { Cell::new(0) }; PLACES] }
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

    /// Where a number stands, or would.
    fn place(&self, key: K) -> Result<usize, usize> {
        let known = self.known(key).get();
        match self.row.get(known) {
            Some((there, _)) if *there == key => Ok(known),
            _ => self.search(key),
        }
    }

    fn search(&self, key: K) -> Result<usize, usize> {
        let (highest, end) = match self.row.last() {
            Some((highest, _)) if *highest >= key => (*highest, self.row.len() - 1),
            _ => return Err(self.row.len()),
        };
        // After it there stand no more than were numbered since.
        let since = highest.number().saturating_sub(key.number());
        let least = end.saturating_sub(usize::try_from(since).unwrap_or(usize::MAX));
        let rest = self.row.get(least..).unwrap_or_default();
        let place = match rest.first() {
            Some((first, _)) if *first == key => least,
            _ => match rest.binary_search_by_key(&key, |(there, _)| *there) {
                Ok(at) => least + at,
                Err(at) => return Err(least + at),
            },
        };
        self.known(key).set(place);
        Ok(place)
    }

    /// Where a number, or another with the same last digits, stood when it was asked for last.
    #[expect(clippy::indexing_slicing, reason = "there are as many places")]
    fn known(&self, key: K) -> &Cell<usize> {
        let digits = key.number() % PLACES as u64;
        &self.places[usize::try_from(digits).unwrap_or_default()]
    }
}
