//! What is known of context handles.

use dcerpc::ContextHandle;

use super::ledger::Ledger;
use super::past::Key;
use super::table::Table;
use crate::event::AssociationId;

/// What is known of context handles, in the order of their associations and then of the handles: an association has a few.
#[derive(Debug)]
pub(super) struct Handles<V> {
    associations: Ledger<AssociationId, Table<ContextHandle, V>>,
}

impl<V> Default for Handles<V> {
    fn default() -> Self {
        Self { associations: Ledger::default() }
    }
}

impl<V> Handles<V> {
    pub(super) fn get(&self, (association, handle): Key) -> Option<&V> {
        self.associations.get(association)?.get(handle)
    }

    pub(super) fn get_mut(&mut self, (association, handle): Key) -> Option<&mut V> {
        self.associations.get_mut(association)?.get_mut(handle)
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &V> {
        self.associations.values().flat_map(Table::values)
    }

    /// What is known of the handles of an association.
    pub(super) fn of_mut(&mut self, association: AssociationId) -> impl Iterator<Item = &mut V> {
        self.associations.get_mut(association).into_iter().flat_map(Table::values_mut)
    }

    /// All handles, without their associations.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&ContextHandle, &V)> {
        self.associations.values().flat_map(|handles| handles.iter().zip(handles.values()))
    }

    /// What is known of a handle, or `fresh` from now on.
    pub(super) fn or_insert_with(&mut self, (association, handle): Key, fresh: impl FnOnce() -> V) -> &mut V {
        self.associations.or_default(association).or_insert_with(handle, fresh)
    }

    /// Gives what was known of the handle before.
    pub(super) fn insert(&mut self, (association, handle): Key, value: V) -> Option<V> {
        self.associations.or_default(association).insert(handle, value)
    }

    pub(super) fn remove(&mut self, (association, handle): Key) -> Option<V> {
        self.associations.get_mut(association)?.remove(handle)
    }

    pub(super) fn remove_association(&mut self, association: AssociationId) {
        self.associations.remove(association);
    }
}
