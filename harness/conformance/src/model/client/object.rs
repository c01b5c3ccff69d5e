//! Remote objects as their clients know them.

use alloc::vec::Vec;

use dcerpc::ContextHandle;
use mspan::{Method, method};

use super::{ClientCall, ClientHandle, Clients};
use crate::event::{AssociationId, CallId, Outcome};
use crate::model::Moment;

/// A remote object, as its client knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientObject {
    /// Its association.
    pub association: AssociationId,
    /// Its handle.
    pub handle: ContextHandle,
    /// The Create that returned it.
    pub created: CallId,
    /// When that was.
    pub since: Moment,
    /// The calls that name it.
    pub(super) calls: Vec<CallId>,
    /// The RegisterClient among them that has come back with success last, while the handle stands for this object.
    pub(super) registered: Option<CallId>,
}

impl Clients {
    /// The calls that name an object, in the order of their requests.
    pub fn calls_on<'a>(&'a self, object: &'a ClientObject) -> impl DoubleEndedIterator<Item = &'a ClientCall> {
        object.calls.iter().filter_map(|id| self.calls.get(*id))
    }

    /// The RegisterClient on an object that has come back with success last.
    #[must_use]
    pub fn registration_of<'a>(&'a self, object: &'a ClientObject) -> Option<&'a ClientCall> {
        if let Some(last) = object.registered.and_then(|last| self.calls.get(last)) {
            return Some(last);
        }
        let registered = |call: &&ClientCall| call.is(Method::RegisterClient) && call.succeeded() == Some(true);
        self.calls_on(object).filter(registered).max_by_key(|call| call.answer.as_ref().map(|answer| answer.at))
    }

    /// Notes a registration that has succeeded.
    pub(super) fn note_registration(&mut self, id: CallId) {
        let succeeded = |call: &&ClientCall| call.is(Method::RegisterClient) && call.succeeded() == Some(true);
        let Some(call) = self.calls.get(id).filter(succeeded) else { return };
        let known = call.handle.and_then(|handle| self.handles.get((call.association, handle)));
        // The handle may have been given out anew since.
        let object =
            known.and_then(|known| self.objects.get_mut(known.object?)).filter(|object| object.calls.contains(&id));
        if let Some(object) = object {
            object.registered = Some(id);
        }
    }

    /// Notes the handles that the answer to a call gives out.
    pub(super) fn take_handles(&mut self, id: CallId, at: Moment) {
        let Some(call) = self.calls.get(id) else { return };
        let association = call.association;
        let Some(output) = call.outcome().filter(|outcome| outcome.succeeded() == Some(true)).and_then(Outcome::output)
        else {
            return;
        };
        match output {
            method::Out::Create(output) if !output.remote_obj.is_null() => {
                let handle = output.remote_obj;
                let (calls, registered) = (Vec::new(), None);
                let object = ClientObject { association, handle, created: id, since: at, calls, registered };
                // A handle that is given out anew stands for something new.
                let known = ClientHandle { object: Some(self.created), given: Some(id), ..ClientHandle::default() };
                let former = self.handles.insert((association, handle), known).and_then(|former| former.object);
                // What answers to its calls bring from now on is noted no longer.
                if let Some(former) = former.and_then(|former| self.objects.get_mut(former)) {
                    former.registered = None;
                }
                self.objects.insert(self.created, object);
                self.created += 1;
            }
            method::Out::GetNewChannel(output) => {
                for handle in output.channel_ctxt.iter().flat_map(|handles| &handles.elements) {
                    let known = self.handles.or_insert_with((association, *handle), ClientHandle::default);
                    // The same channel may be returned twice.
                    if known.given.replace(id).is_none() {
                        (known.named, known.left) = (Vec::new(), 0);
                    }
                }
            }
            method::Out::RegisterClient(output) if output.referral.is_some() => self.referrals.push(id),
            _ => {}
        }
    }
}

impl ClientCall {
    /// Whether its handle is a remote object's.
    #[must_use]
    pub fn is_on_object(&self) -> bool {
        !self.is(Method::GetNotificationSendResponse) && !self.is(Method::CloseChannel)
    }
}
