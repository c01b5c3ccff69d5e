//! Answers that no client can be expected to deal with.

use alloc::collections::BTreeSet;

use dcerpc::ContextHandle;
use dcerpc::ndr::rule;
use mspan::method;

use super::{ClientCall, Clients};
use crate::event::Outcome;

impl Clients {
    /// Whether an answer is one that no server gives: what a client makes of it is its own affair.
    pub(super) fn misleads(&self, call: &ClientCall, outcome: &Outcome) -> bool {
        let Outcome::Returned { output, defects, .. } = outcome else { return false };
        let Some(output) = output else { return true };
        if !defects.is_empty() {
            return true;
        }
        let succeeded = outcome.succeeded() == Some(true);
        let live = |handle| {
            let object = self.object(call.association, handle);
            object.is_some_and(|object| !self.is_deleted(object))
        };
        match output {
            method::Out::Create(output) => succeeded && (output.remote_obj.is_null() || live(output.remote_obj)),
            method::Out::Delete(output) => !output.remote_obj.is_null(),
            method::Out::GetNewChannel(output) => succeeded && !is_sound(output),
            method::Out::GetNotification(output) => succeeded && output.notification_type.is_none(),
            method::Out::CloseChannel(output) => succeeded && !output.channel.is_null(),
            method::Out::GetNotificationSendResponse(output) => {
                succeeded && output.notification_type.is_none() && !output.channel.is_null()
            }
            method::Out::RegisterClient(_) | method::Out::UnregisterClient(_) => false,
        }
    }

    /// Whether a Delete was called for an object.
    fn is_deleted(&self, object: &super::ClientObject) -> bool {
        self.calls_on(object).any(|call| call.is(mspan::Method::Delete))
    }
}

/// Whether an answer that can be read breaks rules of NDR that a strict check enforces. Whether octets may follow the last
/// parameter, runtimes see differently.
pub(super) fn is_malformed(outcome: &Outcome) -> bool {
    let Outcome::Returned { defects, .. } = outcome else { return false };
    defects.iter().any(|defect| defect.rule != rule::OUTPUT_ENDS_WITH_LAST_PARAMETER)
}

/// Whether channels were returned, each with a handle of its own.
fn is_sound(output: &method::GetNewChannelOut) -> bool {
    let Some(handles) = &output.channel_ctxt else { return false };
    let handles = &handles.elements;
    let distinct: BTreeSet<&ContextHandle> = handles.iter().collect();
    !handles.is_empty() && distinct.len() == handles.len() && handles.iter().all(|handle| !handle.is_null())
}
