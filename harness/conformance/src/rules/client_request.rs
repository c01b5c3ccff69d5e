//! A client's request on a channel handle: what the rules for clients look at.

use bytes::Bytes;
use dcerpc::ContextHandle;
use dcerpc::ndr::Conformant;
use mspan::{Hresult, Method, NotificationType, method};
use trace::Vantage;

use super::get_new_channel::is_termination;
use crate::catalogue::Level;
use crate::event::{AssociationId, Event};
use crate::model::channel::{Belief, ChannelMethod, View};
use crate::model::client::{ClientCall, Parting, Request};
use crate::model::{Model, Moment};
use crate::occasion::Occasions;
use crate::rule::{Party, Rule, Verdicts};
use crate::scene::Scene;

/// GetNotificationSendResponse or CloseChannel, as it starts.
pub(super) struct ChannelRequest<'a> {
    /// With what the client knew when it sent it.
    pub(super) request: Request<'a>,
    pub(super) kind: ChannelMethod,
    /// pInNotificationType; none for NULL.
    pub(super) notification_type: Option<NotificationType>,
    /// InSize, in octets.
    pub(super) size: u32,
    /// pInNotificationData or pReason.
    pub(super) data: Option<&'a Conformant<Bytes>>,
    /// What is known of the handle.
    pub(super) view: Option<&'a View>,
}

impl<'a> ChannelRequest<'a> {
    /// The request that an event completes, when its parameters could be read.
    pub(super) fn any(model: &'a Scene<'_>, event: &'a Event) -> Option<Self> {
        let request = model.request(event)?;
        let (kind, handle, notification_type, size, data) = match request.started.input.as_ref()? {
            method::In::GetNotificationSendResponse(input) => {
                let data = input.notification_data.as_ref();
                (ChannelMethod::Gnsr, input.channel, input.notification_type, input.in_size, data)
            }
            method::In::CloseChannel(input) => {
                let data = input.reason.as_ref();
                (ChannelMethod::Close, input.channel, Some(input.notification_type), input.in_size, data)
            }
            _ => return None,
        };
        let view = model.channels.view_of(request.started.association, handle);
        Some(Self { request, kind, notification_type, size, data, view })
    }

    /// The same, of one method.
    pub(super) fn of(model: &'a Scene<'_>, event: &'a Event, kind: ChannelMethod) -> Option<Self> {
        Self::any(model, event).filter(|request| request.kind == kind)
    }

    /// The handle that a client was seen to be given, and that it alone uses.
    pub(super) fn known(&self) -> Option<&'a View> {
        self.view.filter(|view| view.returned.is_some() && !view.clouded && !view.shared)
    }

    /// The type that the client of the handle has registered for, where that is certain.
    pub(super) fn registered(&self, model: &Scene<'_>) -> Option<NotificationType> {
        registered(model, self.known()?)
    }

    /// Whether it is the first GetNotificationSendResponse that the client makes on the channel.
    pub(super) fn is_first(&self, model: &Scene<'_>) -> Belief {
        let Some(view) = self.known() else { return Belief::Maybe };
        let mut earlier = model.channels.calls_of(view).filter(|call| call.kind == ChannelMethod::Gnsr);
        match earlier.next() {
            None => Belief::Yes,
            Some(_) if view.delivered.is_empty() => Belief::Maybe,
            Some(_) => Belief::No,
        }
    }

    /// The earlier calls on the channel, in the order of their requests.
    pub(super) fn earlier(&self, model: &'a Scene<'_>) -> impl Iterator<Item = &'a ClientCall> {
        self.known().into_iter().flat_map(|view| calls_on(model, view))
    }

    /// The octets of the response.
    pub(super) fn octets(&self) -> &'a [u8] {
        self.data.map_or(&[], |data| &data.elements)
    }

    /// Whether the client says that it takes no further part.
    pub(super) fn releases(&self) -> bool {
        self.notification_type == Some(NotificationType::RELEASE)
    }
}

/// The type that the client of a handle has registered for, where that is certain.
pub(crate) fn registered(model: &Model, view: &View) -> Option<NotificationType> {
    let registration = model.registration(view.registration?)?;
    registration.certain.then_some(registration.notification_type)
}

/// The calls on a channel, in the order of their requests.
pub(super) fn calls_on<'a>(model: &'a Scene<'_>, view: &'a View) -> impl DoubleEndedIterator<Item = &'a ClientCall> {
    view.calls.iter().filter_map(|id| model.clients.call(*id))
}

/// The channel that a call names, where its client was seen to be given it.
pub(super) fn view_of<'a>(model: &'a Scene<'_>, call: &ClientCall) -> Option<&'a View> {
    let view = model.channels.view(model.channels.call(call.id)?.view)?;
    (view.returned.is_some() && !view.clouded && !view.shared).then_some(view)
}

/// The channel that a handle stands for, where its client was seen to be given it.
pub(super) fn view_of_handle(model: &Model, association: AssociationId, handle: ContextHandle) -> Option<&View> {
    let view = model.channels.view_of(association, handle)?;
    (view.returned.is_some() && !view.clouded && !view.shared).then_some(view)
}

/// Whether an association's client is still there, has received the answer to a call, and nothing excuses what it leaves
/// undone. Its own tap sees it receive; otherwise what it sends shows it, or that the server's tap has seen the answer go
/// T_PROMPT ago on a connection that lasts.
pub(super) fn leaves_undone(model: &Scene<'_>, call: &ClientCall, now: Moment) -> bool {
    let clients = &model.clients;
    clients.parting(model, call.association) == Parting::Open
        && !clients.excuses(model, call.association)
        && is_received(model, call, now)
}

/// Whether a client has received the answer to a call by a moment.
pub(super) fn is_received(model: &Scene<'_>, call: &ClientCall, now: Moment) -> bool {
    let (config, Some(answer)) = (model.config(), &call.answer) else { return false };
    match config.vantage {
        Vantage::Client => true,
        Vantage::Server => call.received.is_some() || now.time.since(answer.at.time) >= config.prompt,
        Vantage::Unknown => call.received.is_some(),
    }
}

/// Whether a client has given up after a failure, although it was started to wait for more: it has not begun anew, and waits
/// for nothing else. What may mean that there is nothing more to come, and what excuses a client, are no failures to try
/// again after.
pub(super) fn gives_up(model: &Scene<'_>, failed: &ClientCall) -> bool {
    let (clients, Some(answer)) = (&model.clients, &failed.answer) else { return false };
    let who = clients.who(failed.association);
    let over = failed.code().is_none_or(|code| is_termination(Hresult(code)));
    let begins = |call: &ClientCall| call.is(Method::Create) || call.is(Method::RegisterClient);
    let begins_anew = |call: &ClientCall| clients.who(call.association) == who && begins(call) && call.at > answer.at;
    let waits = |call: &ClientCall| call.is(Method::GetNotification) || call.is(Method::GetNewChannel);
    let excused = over || failed.misleading || failed.given_up;
    if excused || clients.excuses(model, failed.association) || clients.outstanding(failed.association).any(waits) {
        return false;
    }
    clients.wants_more(failed.association) == Some(true) && !clients.calls_after(failed.id).any(begins_anew)
}

/// A rule for clients.
pub(super) const fn client(
    id: &'static str,
    section: &'static str,
    level: Level,
    requirements: &'static [&'static str],
    judge: fn(&Scene<'_>, &Event, &mut Verdicts),
) -> Rule {
    Rule { id, section, level, party: Party::Client, requirements, occasions: Occasions::ALL, judge }
}
