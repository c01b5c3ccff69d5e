//! A call on a channel handle comes back.

use alloc::vec::Vec;

use bytes::Bytes;
use dcerpc::pdu::status;
use mspan::method::{self, CloseChannelOut, GetNotificationSendResponseOut};
use mspan::{Hresult, NotificationType};

use super::{Belief, ChannelCall, ChannelMethod, Channels, Fate, Nulled, NulledBy, Standing, ViewId};
use crate::event::{CallFinished, CallId, Outcome};
use crate::model::Moment;

impl Channels {
    pub(super) fn finish(&mut self, finished: &CallFinished, cancelled: bool, now: Moment) {
        self.outstanding.remove(&finished.call);
        let Some(call) = self.calls.get(finished.call).cloned() else { return };
        let standing = self.standing(&call, now);
        let fate = match &finished.outcome {
            Outcome::Returned { output: Some(method::Out::GetNotificationSendResponse(output)), .. } => {
                self.gnsr_returned(&call, &standing, output, now)
            }
            Outcome::Returned { output: Some(method::Out::CloseChannel(output)), .. } => {
                self.close_returned(&call, &standing, output, now)
            }
            Outcome::Returned { .. } => {
                if let Some(view) = self.view_mut(call.view) {
                    (view.clouded, view.foreign) = (true, true);
                }
                Fate::Unclear
            }
            Outcome::Fault { status, did_not_execute } => {
                self.failed(&call);
                if cancelled {
                    self.haunt(&call);
                }
                if *did_not_execute || REFUSALS.contains(status) { unused(&standing) } else { Fate::Unclear }
            }
            Outcome::Lost => {
                self.failed(&call);
                self.haunt(&call);
                Fate::Unclear
            }
        };
        // The client has given up what a server then gives up too, at whatever point it was.
        let fate = if cancelled && fate == Fate::Refused { Fate::Unclear } else { fate };
        let begun = if fate == Fate::Unclear { call.settled(self.end_cause(&call, now), self.prompt) } else { None };
        if let Some(call) = self.calls.get_mut(finished.call) {
            (call.fate, call.finished, call.begun) = (fate, Some(now), begun);
        }
        if fate == Fate::Refused {
            self.doubt_owner(call.view);
        }
    }

    /// The earliest thing that may have ended a call, or now.
    fn end_cause(&self, call: &ChannelCall, now: Moment) -> Moment {
        let Some(view) = self.view(call.view) else { return now };
        let closings = self.sources_of(view).flat_map(|source| &source.closings).map(|closing| closing.at);
        let own = self.calls_of(view).filter(|other| other.kind == ChannelMethod::Close && other.id != call.id);
        let abnormal = self.deletions.iter().chain(&self.shutdowns).map(|asked| asked.at);
        closings.chain(own.map(|other| other.started)).chain(abnormal).chain([now]).min().unwrap_or(now)
    }

    /// A call failed that seemed to have acquired its channel by not coming back.
    fn doubt_owner(&mut self, view: ViewId) {
        let Some(source) = self.view(view).and_then(super::View::source) else { return };
        let taken = self.view(view).is_some_and(|view| {
            let responds = |call: &ChannelCall| call.responds(view.notification_type).sure();
            self.calls_of(view).any(|call| call.fate == Fate::Taken && responds(call))
        });
        if let Some(source) = self.sources.get_mut(source.0).filter(|_| !taken)
            && source.owner.is_some_and(|(owner, _)| owner == view)
        {
            source.owner = None;
        }
    }

    fn gnsr_returned(
        &mut self,
        call: &ChannelCall,
        standing: &Standing,
        output: &GetNotificationSendResponseOut,
        now: Moment,
    ) -> Fate {
        if output.status.is_failure() {
            self.gnsr_failed(call, output.status);
            self.null(call, output.channel.is_null(), NulledBy::Other, now);
            return match output.status {
                Hresult::CALL_OUTSTANDING if call.overlaps => Fate::Refused,
                // An earlier call that gave way to a later one had been handled before.
                Hresult::CALL_OUTSTANDING => Fate::Unclear,
                _ => unused(standing),
            };
        }
        let released = output.notification_type == Some(NotificationType::RELEASE);
        let data = output.notification_data.as_ref().map(|data| data.elements.clone()).unwrap_or_default();
        if !released {
            self.delivered(call.view, &data, now);
        }
        if let Some(view) = self.view_mut(call.view) {
            view.first = Belief::No;
        }
        self.null(call, output.channel.is_null(), if released { NulledBy::Release } else { NulledBy::Other }, now);
        let elsewhere =
            standing.source_closed.possible() || standing.own_closed.possible() || standing.abnormal.possible();
        match (output.channel.is_null(), released) {
            (false, false) if standing.lost.sure() || standing.taken_by_other => Fate::Lost,
            (false, false) => Fate::Taken,
            (true, true) if !elsewhere && !standing.owner.sure() && standing.lost.possible() => Fate::Lost,
            _ => Fate::Unclear,
        }
    }

    fn close_returned(
        &mut self,
        call: &ChannelCall,
        standing: &Standing,
        output: &CloseChannelOut,
        now: Moment,
    ) -> Fate {
        let succeeded = output.status.is_success();
        self.null(
            call,
            succeeded || output.channel.is_null(),
            if succeeded { NulledBy::Close } else { NulledBy::Other },
            now,
        );
        if !succeeded {
            return unused(standing);
        }
        let (told, lost) = (output.status == Hresult::CHANNEL_ACQUIRED, standing.lost);
        let open = standing.source_closed.possible() || standing.abnormal.possible();
        match (told || lost.sure() || standing.taken_by_other, lost.possible()) {
            (true, true) => Fate::Lost,
            // Told of a loss that nobody can have caused: what became of the channel is open.
            (true, false) => Fate::Unclear,
            (false, _) if open => Fate::Unclear,
            (false, _) => Fate::Taken,
        }
    }

    /// A GetNotificationSendResponse failed: whether the next one is the first is clear only where the reason shows that
    /// it was not handled.
    fn gnsr_failed(&mut self, call: &ChannelCall, status: Hresult) {
        if status != Hresult::CALL_OUTSTANDING {
            return self.failed(call);
        }
        let Some(view) = self.view(call.view) else { return };
        let first = view.first;
        let others =
            self.outstanding_with(view).filter(|other| other.kind == ChannelMethod::Gnsr && other.id != call.id);
        let others: Vec<CallId> = others.map(|other| other.id).collect();
        if let [remaining] = others.as_slice()
            && let Some(remaining) = self.calls.get_mut(*remaining)
        {
            remaining.first = first;
        }
    }

    fn failed(&mut self, call: &ChannelCall) {
        if call.kind == ChannelMethod::Gnsr
            && let Some(view) = self.view_mut(call.view)
            && view.first == Belief::Yes
        {
            view.first = Belief::Maybe;
        }
    }

    /// What the call has brought is not known, and the server may still hold it.
    fn haunt(&mut self, call: &ChannelCall) {
        if call.kind == ChannelMethod::Gnsr
            && let Some(view) = self.view_mut(call.view)
        {
            view.haunted = true;
        }
    }

    fn null(&mut self, call: &ChannelCall, is_null: bool, by: NulledBy, now: Moment) {
        if !is_null {
            return;
        }
        if let Some(view) = self.view_mut(call.view) {
            view.nulled.get_or_insert(Nulled { at: now, by });
        }
        if let Some(call) = self.calls.get_mut(call.id) {
            call.nulled = true;
        }
    }

    /// A notification was delivered: it tells which channel the handle stands for.
    fn delivered(&mut self, id: ViewId, data: &Bytes, now: Moment) {
        let Some(view) = self.view(id) else { return };
        let explains = |source: &super::Source| source.next_after(&view.delivered, now).any(|sent| sent.data == *data);
        let kept: Vec<_> =
            view.candidates.iter().copied().filter(|id| self.source(*id).is_some_and(explains)).collect();
        let registration = view.registration;
        if let Some(view) = self.view_mut(id) {
            view.delivered.push(data.clone());
            if !kept.is_empty() {
                view.candidates = kept;
            }
        }
        self.eliminate(registration);
    }
}

/// What became of the response of a call that failed: it was not used, unless it had been taken already when something
/// ended the call.
fn unused(standing: &Standing) -> Fate {
    if standing.may_be_closed() || standing.abnormal.possible() { Fate::Unclear } else { Fate::Refused }
}

/// Faults that show that a call was not carried out: the method refused it, or it never came to the method. Another one may
/// have ended a call that waited, after its response was taken.
const REFUSALS: [u32; 14] = [
    Hresult::CHANNEL_CLOSED.0,
    Hresult::CALL_OUTSTANDING.0,
    Hresult::RESPONSE_TOO_LARGE.0,
    Hresult::TYPE_MISMATCH.0,
    Hresult::ACCESS_DENIED.0,
    Hresult::OUT_OF_MEMORY.0,
    status::ACCESS_DENIED,
    status::IN_NULL_CONTEXT,
    status::BAD_STUB_DATA,
    status::NCA_FAULT_CONTEXT_MISMATCH,
    status::NCA_OP_RNG_ERROR,
    status::NCA_UNK_IF,
    status::NCA_PROTO_ERROR,
    status::NCA_SERVER_TOO_BUSY,
];
