//! What of channels is forgotten. Handles keep their numbers.

use super::Channels;
use crate::event::{AssociationId, CallId};
use crate::model::past::Key;

impl Channels {
    /// Forgets a call that has come back.
    pub(in crate::model) fn forget_call(&mut self, call: CallId) {
        self.calls.remove(call);
    }

    /// Of a handle whose calls were forgotten between the first and the last ones: forgets what they delivered.
    pub(in crate::model) fn thin(&mut self, key: Key, first: usize, last: usize) {
        let Some(view) = self.by_handle.get(key).and_then(|id| self.views.get_mut(*id)) else { return };
        let calls = &self.calls;
        view.calls.retain(|call| calls.contains(*call));
        if let Some(many) = view.delivered.len().checked_sub(first + last) {
            view.delivered.drain(first..first + many);
        }
    }

    /// Forgets a handle whose calls are forgotten.
    pub(in crate::model) fn forget_handle(&mut self, key: Key) {
        self.terminated.remove(&key);
        if let Some(id) = self.by_handle.remove(key) {
            self.views.remove(id);
        }
    }

    /// Forgets the handles of an association.
    pub(in crate::model) fn forget_association(&mut self, association: AssociationId) {
        self.views.retain(|view| view.association != association);
        self.by_handle.remove_association(association);
        self.unread.remove(&association);
        self.terminated.retain(|(of, _)| *of != association);
    }
}
