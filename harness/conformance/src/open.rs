//! What is known of connections that are open, by their numbers.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use trace::ConnectionId;

/// Places that are found without a search, a power of two.
const PLACES: usize = 256;

/// Things by the numbers of their connections. Every entry of a trace asks for its connection. Numbers are given one after the other, so
/// that of connections that are open at a time nearly each has a place of its own by the last digits of its number; whoever leaves
/// connections open so that many share one gets no more than the search of a tree for the others.
#[derive(Debug)]
pub(crate) struct Open<T> {
    places: Vec<Option<(ConnectionId, T)>>,
    others: BTreeMap<ConnectionId, T>,
}

impl<T> Default for Open<T> {
    fn default() -> Self {
        Self { places: core::iter::repeat_with(|| None).take(PLACES).collect(), others: BTreeMap::new() }
    }
}

impl<T> Open<T> {
    /// What is known of a connection.
    pub(crate) fn get(&self, id: ConnectionId) -> Option<&T> {
        match self.places.get(place(id)) {
            Some(Some((known, thing))) if *known == id => Some(thing),
            _ => self.others.get(&id),
        }
    }

    /// What is known of a connection, or `fresh` from now on.
    pub(crate) fn or_insert_with(&mut self, id: ConnectionId, fresh: impl FnOnce() -> T) -> &mut T {
        let place = self.places.get_mut(place(id)).filter(|place| match place {
            Some((known, _)) => *known == id,
            None => !self.others.contains_key(&id),
        });
        match place {
            Some(place) => &mut place.get_or_insert_with(|| (id, fresh())).1,
            None => self.others.entry(id).or_insert_with(fresh),
        }
    }

    /// Whatever was known of a connection before, this is so now.
    pub(crate) fn insert(&mut self, id: ConnectionId, thing: T) {
        self.remove(id);
        self.or_insert_with(id, || thing);
    }

    /// Nothing is known of a connection any more. Gives what was.
    pub(crate) fn remove(&mut self, id: ConnectionId) -> Option<T> {
        match self.places.get_mut(place(id)) {
            Some(place @ Some(_)) if place.as_ref().is_some_and(|(known, _)| *known == id) => {
                place.take().map(|(_, thing)| thing)
            }
            _ => self.others.remove(&id),
        }
    }

    /// All of them, in the order of their connections.
    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        let placed = self.places.iter_mut().flatten().map(|(id, thing)| (*id, thing));
        let mut all: Vec<_> = placed.chain(self.others.iter_mut().map(|(id, thing)| (*id, thing))).collect();
        all.sort_unstable_by_key(|(id, _)| *id);
        all.into_iter().map(|(_, thing)| thing)
    }
}

fn place(id: ConnectionId) -> usize {
    id.0 as usize % PLACES
}
