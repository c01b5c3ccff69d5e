//! What of clients is forgotten.

use alloc::vec::Vec;

use dcerpc::ContextHandle;
use mspan::Method;

use super::{ClientCall, Clients};
use crate::event::{AssociationId, CallId};
use crate::model::past::Key;

impl Clients {
    /// How many calls of an association are known.
    pub(in crate::model) fn count_of(&self, association: AssociationId) -> usize {
        self.associations.get(association).map_or(0, |known| known.calls.len())
    }

    /// How many of these have not come back.
    pub(in crate::model) fn count_open_of(&self, association: AssociationId) -> usize {
        self.associations.get(association).map_or(0, |known| known.outstanding.len())
    }

    /// The calls with a handle, some of which may be forgotten, and how many of them were left when some were forgotten last.
    pub(in crate::model) fn named_with(&self, key: Key) -> (&[CallId], usize) {
        self.handles.get(key).map_or((&[], 0), |known| (&known.named, known.left))
    }

    /// Whether a handle that a call gave out stands for what it was then.
    pub(in crate::model) fn has_given(&self, call: &ClientCall, handle: ContextHandle) -> bool {
        self.handles.get((call.association, handle)).is_some_and(|known| known.given == Some(call.id))
    }

    /// Forgets a call, but for that it named its handle.
    pub(in crate::model) fn forget_call(&mut self, id: CallId) {
        let Some(call) = self.calls.remove(id) else { return };
        let registers = call.is(Method::RegisterClient);
        if registers && self.attempts.remove(id).is_some() {
            self.forgotten = self.forgotten.max(Some(id));
        }
        if registers {
            self.referrals.retain(|known| *known != id);
        }
        let Some(known) = self.associations.get_mut(call.association) else { return };
        // Calls stand in the order of their numbers, failures in that of their answers.
        let attempts = Some(&mut known.attempts).filter(|_| registers);
        for calls in [&mut known.calls].into_iter().chain(attempts) {
            if let Ok(at) = calls.binary_search(&id) {
                calls.remove(at);
            }
        }
        if let Some(at) = known.failed.iter().position(|failed| *failed == id) {
            known.failed.remove(at);
        }
    }

    /// Calls that are forgotten, in their order, named that handle or gave it out.
    pub(in crate::model) fn unname(&mut self, key: Key, forgotten: &[CallId]) {
        let Some(known) = self.handles.get_mut(key) else { return };
        let object = known.object.and_then(|at| self.objects.get_mut(at)).map(|object| &mut object.calls);
        for calls in [&mut known.named].into_iter().chain(object) {
            calls.retain(|call| forgotten.binary_search(call).is_err());
        }
        known.left = known.named.len();
    }

    /// Forgets a handle. Gives the calls that are to be forgotten with it.
    pub(in crate::model) fn forget_handle(&mut self, key: Key) -> Vec<CallId> {
        let Some(known) = self.handles.remove(key) else { return Vec::new() };
        let object = known.object.and_then(|at| self.objects.remove(at));
        known.named.into_iter().chain(object.map(|object| object.created)).collect()
    }

    /// Forgets the objects of an association whose Create is forgotten.
    pub(in crate::model) fn forget_objects(&mut self, association: AssociationId) {
        let calls = &self.calls;
        self.objects.retain(|object| object.association != association || calls.contains(object.created));
    }

    /// Forgets an association whose calls are forgotten.
    pub(in crate::model) fn forget_association(&mut self, association: AssociationId) {
        self.associations.remove(association);
        self.objects.retain(|object| object.association != association);
        self.handles.remove_association(association);
    }
}
