//! A call on a channel handle that comes back, or that should have: what the rules of channels look at.

use dcerpc::ContextHandle;
use mspan::method::{self, CloseChannelOut, GetNotificationSendResponseOut};
use mspan::{Hresult, NotificationType};

use crate::catalogue::Level;
use crate::event::{CallId, Event, Kind, Outcome};
use crate::model::channel::{Belief, ChannelCall, ChannelDue, ChannelMethod, Duty, RESPONSE_LIMIT, Standing, View};
use crate::model::{Due, Model, Moment};
use crate::occasion::Occasions;
use crate::rule::{Party, Rule, Verdicts};
use crate::scene::Scene;

/// A call on a channel handle that comes back, with how its client stands to the channel.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exchange<'a> {
    pub(super) call: &'a ChannelCall,
    pub(crate) view: &'a View,
    pub(super) standing: Standing,
    pub(super) outcome: &'a Outcome,
    pub(super) now: Moment,
    /// Whether the registration that the handle came from may have ended, or a call was made that ends it.
    pub(super) registration_ended: bool,
    /// Whether its request was not written as the rules of NDR have it, so that the RPC runtime refuses it.
    pub(super) malformed: bool,
    /// Whether its client had cancelled it.
    pub(super) cancelled: bool,
}

/// A fault's status for a request that is too large for the RPC runtime ([MS-RPCE] 3.3.3.5.4).
const REFUSED_BY_RUNTIME: u32 = 5;
/// The size of a stub, in octets, above which an RPC runtime may refuse it.
const RUNTIME_LIMIT: usize = 0x0040_0000;
/// nca_s_fault_context_mismatch.
pub(super) const CONTEXT_MISMATCH: u32 = 0x1C00_001A;

impl<'a> Exchange<'a> {
    /// The call that an event ends, when it is of a method and can be read.
    pub(super) fn of(model: &'a Scene<'_>, event: &'a Event, kind: ChannelMethod) -> Option<Self> {
        let exchange = Self::any(model, event)?;
        (exchange.call.kind == kind).then_some(exchange)
    }

    /// The call on a channel handle that an event ends, when it can be read.
    pub(super) fn any(scene: &'a Scene<'_>, event: &'a Event) -> Option<Self> {
        debug_assert!(core::ptr::eq(event, scene.event()), "a scene knows one event");
        scene.exchange()
    }

    /// The same, looked up.
    pub(crate) fn find(model: &'a Model, event: &'a Event) -> Option<Self> {
        let Kind::CallFinished(finished) = &event.kind else { return None };
        let call = model.channels.call(finished.call)?;
        let view = model.channels.view(call.view).filter(|view| !view.clouded)?;
        match &finished.outcome {
            Outcome::Lost | Outcome::Returned { output: None, .. } => return None,
            Outcome::Fault { .. } | Outcome::Returned { .. } => {}
        }
        let now = Moment::of(event);
        let registration = view.registration.and_then(|id| model.registration(id));
        Some(Self {
            call,
            view,
            standing: model.channels.standing(call, now),
            outcome: &finished.outcome,
            now,
            registration_ended: registration.is_some_and(|known| known.may_have_ended().is_some()),
            malformed: model.call(finished.call).is_some_and(|known| !known.started.defects.is_empty()),
            cancelled: model.call(finished.call).is_some_and(|known| model.is_cancelled(known)),
        })
    }

    /// A GetNotificationSendResponse that comes back with a success.
    pub(super) fn gnsr_success(
        model: &'a Scene<'_>,
        event: &'a Event,
    ) -> Option<(Self, &'a GetNotificationSendResponseOut)> {
        let exchange = Self::of(model, event, ChannelMethod::Gnsr)?;
        let Outcome::Returned { output: Some(method::Out::GetNotificationSendResponse(output)), .. } = exchange.outcome
        else {
            return None;
        };
        output.status.is_success().then_some((exchange, output))
    }

    /// A GetNotificationSendResponse that comes back with a success, on a handle that its client has not been told to be
    /// gone and has not closed.
    pub(super) fn gnsr_live(
        model: &'a Scene<'_>,
        event: &'a Event,
    ) -> Option<(Self, &'a GetNotificationSendResponseOut)> {
        Self::gnsr_success(model, event).filter(|(exchange, _)| exchange.is_live())
    }

    /// A CloseChannel that comes back with a return value, on a handle that is not gone.
    pub(super) fn close_live(model: &'a Scene<'_>, event: &'a Event) -> Option<(Self, &'a CloseChannelOut)> {
        let exchange = Self::of(model, event, ChannelMethod::Close).filter(Self::is_live)?;
        let Outcome::Returned { output: Some(method::Out::CloseChannel(output)), .. } = exchange.outcome else {
            return None;
        };
        Some((exchange, output))
    }

    /// Whether the client had not been told that the handle is gone, and had not closed it, before the call.
    pub(super) fn is_live(&self) -> bool {
        self.standing.nulled.is_none() && !self.standing.own_closed.sure()
    }

    /// The status of a fault.
    pub(super) fn fault(&self) -> Option<u32> {
        match self.outcome {
            Outcome::Fault { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// The code of a failure, by return value or fault.
    pub(super) fn code(&self) -> Option<Hresult> {
        let status = match self.outcome {
            Outcome::Fault { status, .. } => return Some(Hresult(*status)),
            Outcome::Returned { output: Some(method::Out::GetNotificationSendResponse(output)), .. } => output.status,
            Outcome::Returned { output: Some(method::Out::CloseChannel(output)), .. } => output.status,
            _ => return None,
        };
        status.is_failure().then_some(status)
    }

    /// Whether nothing is known that allows the call to fail or to end before its time: neither loss nor closure, nothing
    /// abnormal, no end of the registration, no other call on the handle, no cancelling.
    pub(super) fn has_no_excuse(&self) -> bool {
        !self.standing.may_end() && !self.registration_ended && !self.standing.overlapped && !self.cancelled
    }

    /// Whether all goes on as usual: a notification has come that leaves the channel open, or a response that closes it was taken,
    /// nothing else happened to the handle, and of its notification source nothing is known.
    pub(crate) fn is_usual(&self) -> bool {
        let Self { call, view, standing, .. } = self;
        let is_quiet = standing.nulled.is_none()
            && standing.own_closed == Belief::No
            && !(standing.overlapped || standing.taken_by_other || call.overtakes);
        let is_plain = call.size < RESPONSE_LIMIT && !self.has_other_type() && !self.releases();
        let is_taken = match self.outcome.output() {
            Some(method::Out::GetNotificationSendResponse(output)) => output.status.is_success() && leaves_open(output),
            Some(method::Out::CloseChannel(output)) => output.status == Hresult::OK && output.channel.is_null(),
            _ => false,
        };
        view.is_sourceless() && is_quiet && is_plain && is_taken
    }

    /// Whether its type is surely not the channel's.
    pub(super) fn has_other_type(&self) -> bool {
        let types = self.call.notification_type.zip(self.view.notification_type);
        types.is_some_and(|(own, registered)| own != registered)
    }

    /// Whether the client says that it takes no further part.
    pub(super) fn releases(&self) -> bool {
        self.call.notification_type == Some(NotificationType::RELEASE)
    }

    /// Whether the response is larger than a server is expected to take.
    pub(super) fn is_too_large(&self) -> bool {
        self.call.size > RESPONSE_LIMIT
    }

    /// Whether the RPC runtime refused the request for its size.
    pub(super) fn is_refused_by_runtime(&self) -> bool {
        self.fault() == Some(REFUSED_BY_RUNTIME) && self.call.stub_length > RUNTIME_LIMIT
    }

    /// How it came back, in words.
    pub(super) fn shown(&self) -> alloc::string::String {
        match (self.fault(), self.code()) {
            (Some(status), _) => alloc::format!("a fault with status {status:#010x}"),
            (None, Some(code)) => alloc::format!("return value {code}"),
            (None, None) => "success".into(),
        }
    }
}

/// Whether another client of the channel has done something that is no valid response but may be taken for one: released
/// it, or responded with another type or too much. Who lost the channel by that is judged where acquisition is.
pub(super) fn others_acted(model: &Scene<'_>, call: &ChannelCall) -> bool {
    model.channels.siblings(call).any(|other| {
        let mut calls = model.channels.calls_of(other);
        calls.any(|call| {
            let invalid = !call.responds(other.notification_type).sure();
            invalid && (call.kind == ChannelMethod::Close || call.first == Belief::No)
        })
    })
}

/// What a reply of GetNotificationSendResponse says, in words.
pub(super) fn reply(output: &GetNotificationSendResponseOut) -> alloc::string::String {
    let handle = if output.channel == ContextHandle::NULL { "NULL" } else { "not NULL" };
    let kind = output.notification_type.map_or_else(|| "NULL".into(), |kind| alloc::format!("{kind}"));
    alloc::format!("{}: pChannel {handle}, type {kind}, size {}", output.status, output.out_size)
}

/// The octets that a reply brings.
pub(super) fn data(output: &GetNotificationSendResponseOut) -> bytes::Bytes {
    output.notification_data.as_ref().map(|data| data.elements.clone()).unwrap_or_default()
}

/// Whether a reply brings a notification: neither NOTIFICATION_RELEASE nor a bare end.
pub(super) fn is_notification(output: &GetNotificationSendResponseOut) -> bool {
    let released = output.notification_type == Some(NotificationType::RELEASE);
    !released && (!output.channel.is_null() || !data(output).is_empty())
}

/// Whether a reply leaves its channel open, and brings no NOTIFICATION_RELEASE.
pub(crate) fn leaves_open(output: &GetNotificationSendResponseOut) -> bool {
    !output.channel.is_null() && output.notification_type != Some(NotificationType::RELEASE)
}

/// A call on a channel handle that should have come back by now, and why.
pub(super) fn overdue<'a>(model: &'a Scene<'_>, event: &Event) -> Option<(&'a ChannelCall, &'a View, Duty)> {
    let Kind::Deadline(number) = event.kind else { return None };
    let Some(Due::Channel(ChannelDue::Over(id))) = model.due(number) else { return None };
    let call = model.channels.call(*id)?;
    let duty = model.channels.missed(model, *id, Moment::of(event))?;
    Some((call, model.channels.view(call.view)?, duty))
}

/// A GetNotificationSendResponse that counts as blocked from this event on.
pub(super) fn blocked<'a>(model: &'a Scene<'_>, event: &Event) -> Option<&'a ChannelCall> {
    let Kind::Deadline(number) = event.kind else { return None };
    let Some(Due::Channel(ChannelDue::Blocked(id))) = model.due(number) else { return None };
    let id: CallId = *id;
    model.channels.call(id).filter(|call| call.kind == ChannelMethod::Gnsr && call.finished.is_none())
}

/// A rule for servers.
pub(super) const fn server(
    id: &'static str,
    section: &'static str,
    level: Level,
    requirements: &'static [&'static str],
    judge: fn(&Scene<'_>, &Event, &mut Verdicts),
) -> Rule {
    Rule { id, section, level, party: Party::Server, requirements, occasions: Occasions::ALL, judge }
}
