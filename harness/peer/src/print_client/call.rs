//! Calls of the methods, and what they return.

use std::sync::PoisonError;
use std::time::Duration;

use bytes::Bytes;
use dcerpc::{ContextHandle, SyntaxId};
use mspan::method::{
    CloseChannelIn, CreateIn, DeleteIn, GetNewChannelIn, GetNotificationIn, GetNotificationSendResponseIn, In, Out,
    RegisterClientIn, UnregisterClientIn,
};
use mspan::{Hresult, Method, NotificationType};

use super::PrintClient;
use super::failure::Failure;
use crate::client::{Association, Call, Outcome, Ticket};
use crate::client_misbehaviour::ClientMisbehaviour::{
    AssociationPerInterface, ReferralFollowed, WrongInterfaceVersion, WrongNotifyVersion,
};

/// How long a call may wait for a notification: as good as for ever.
const FOR_EVER: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// A context handle with the association that it is valid in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) handle: ContextHandle,
    pub(super) association: u32,
}

impl Held {
    /// A handle of the same association.
    pub(super) const fn beside(self, handle: ContextHandle) -> Self {
        Self { handle, ..self }
    }
}

/// What a waiting call or a channel brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Brought {
    /// Data of the registered type.
    Notification(Bytes),
    /// NOTIFICATION_RELEASE.
    Release,
}

/// What GetNotificationSendResponse returned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Next {
    /// The channel, unless it is over.
    pub(super) channel: Option<Held>,
    pub(super) brought: Brought,
}

impl PrintClient {
    pub(super) async fn create(&self) -> Result<Held, Failure> {
        let Out::Create(out) = self.ask(In::Create(CreateIn), None).await? else { return Err(other_method()) };
        succeeded(out.status)?;
        if out.remote_obj.is_null() {
            return Err(Failure::Refused("success with a NULL handle".to_owned()));
        }
        Ok(Held { handle: out.remote_obj, association: self.0.objects.id() })
    }

    /// Delete has no return value.
    pub(super) async fn call_delete(&self, object: Held) -> Result<(), Failure> {
        self.ask(In::Delete(DeleteIn { remote_obj: object.handle }), Some(object)).await.map(drop)
    }

    /// ppRmtServerReferral is ignored (SD-06).
    pub(super) async fn call_register(&self, object: Held, parameters: RegisterClientIn) -> Result<(), Failure> {
        match self.ask(In::RegisterClient(parameters), Some(object)).await? {
            Out::RegisterClient(out) => {
                if let Some(referral) = out.referral.filter(|_| self.does(ReferralFollowed)) {
                    self.0.referred.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(referral.text());
                }
                succeeded(out.status)
            }
            _ => Err(other_method()),
        }
    }

    pub(super) async fn call_unregister(&self, object: Held) -> Result<(), Failure> {
        let input = UnregisterClientIn { registration_obj: object.handle };
        match self.ask(In::UnregisterClient(input), Some(object)).await? {
            Out::UnregisterClient(out) => succeeded(out.status),
            _ => Err(other_method()),
        }
    }

    /// Waits for a notification.
    pub(super) async fn get_notification(&self, object: Held, ticket: &Ticket) -> Result<Brought, Failure> {
        let input = In::GetNotification(GetNotificationIn { remote_obj: object.handle });
        let Out::GetNotification(out) = self.wait(input, object, ticket, FOR_EVER).await? else {
            return Err(other_method());
        };
        succeeded(out.status)?;
        self.brought(out.notification_type, out.notification_data.map(|data| data.elements))
    }

    /// Waits for channels.
    pub(super) async fn get_new_channel(&self, object: Held, ticket: &Ticket) -> Result<Vec<Held>, Failure> {
        let input = In::GetNewChannel(GetNewChannelIn { remote_obj: object.handle });
        let Out::GetNewChannel(out) = self.wait(input, object, ticket, FOR_EVER).await? else {
            return Err(other_method());
        };
        succeeded(out.status)?;
        let handles = out.channel_ctxt.map(|array| array.elements).unwrap_or_default();
        if handles.is_empty() || handles.iter().any(ContextHandle::is_null) {
            return Err(Failure::Refused("success without channels, or with a NULL one".to_owned()));
        }
        Ok(handles.into_iter().map(|handle| object.beside(handle)).collect())
    }

    /// Sends a response, or none, and waits for the next notification of a channel.
    pub(super) async fn send_response(
        &self,
        channel: Held,
        input: GetNotificationSendResponseIn,
        ticket: &Ticket,
    ) -> Result<Next, Failure> {
        let input = In::GetNotificationSendResponse(GetNotificationSendResponseIn { channel: channel.handle, ..input });
        let Out::GetNotificationSendResponse(out) = self.wait(input, channel, ticket, FOR_EVER).await? else {
            return Err(other_method());
        };
        succeeded(out.status)?;
        let brought = self.brought(out.notification_type, out.notification_data.map(|data| data.elements))?;
        let channel = (!out.channel.is_null()).then(|| channel.beside(out.channel));
        Ok(Next { channel, brought })
    }

    /// The success with which a channel was closed.
    pub(super) async fn call_close(&self, channel: Held, input: CloseChannelIn) -> Result<Hresult, Failure> {
        let input = In::CloseChannel(CloseChannelIn { channel: channel.handle, ..input });
        let Out::CloseChannel(out) = self.ask(input, Some(channel)).await? else { return Err(other_method()) };
        succeeded(out.status).map(|()| out.status)
    }

    /// Whether the association is still there that a handle is valid in. The server runs down what is left of others.
    pub(super) fn is_reachable(&self, held: Held) -> bool {
        self.0.objects.id() == held.association && !self.0.objects.connections().is_empty()
    }

    /// Makes any call and waits a while for it, whatever it brings: for what a client must not do.
    pub(super) async fn misuse(&self, input: In, held: Held) {
        let limit = Duration::from_millis(500);
        let _ = self.wait(input, held, &Ticket::new(), limit).await;
    }

    /// Calls the opnum that is reserved for local use.
    pub(super) async fn call_reserved(&self, object: Held) {
        let waiting = In::GetNewChannel(GetNewChannelIn { remote_obj: object.handle });
        let call = Call { opnum: 2, ..self.prepared(waiting, Some(object)) };
        let _ = self.0.notifications.call(&call).await;
    }

    /// Makes a call that has not to wait. When no answer comes in time, nobody knows what the server has done: the
    /// association is given up, and the server runs down what belongs to it.
    async fn ask(&self, input: In, held: Option<Held>) -> Result<Out, Failure> {
        let call = self.prepared(input, held);
        let association = self.association(call.interface);
        let outcome = association.call(&call).await;
        if outcome == Outcome::TimedOut {
            association.close_all().await;
        }
        self.returned(&call, outcome)
    }

    /// Makes a call that waits, on whatever connection is free.
    async fn wait(&self, input: In, held: Held, ticket: &Ticket, limit: Duration) -> Result<Out, Failure> {
        let call = Call { limit, ticket: Some(ticket.clone()), ..self.prepared(input, Some(held)) };
        let outcome = self.association(call.interface).call(&call).await;
        self.returned(&call, outcome)
    }

    fn prepared(&self, input: In, held: Option<Held>) -> Call {
        let method = input.method();
        let mut call = Call::method(method, self.stub(input));
        if self.does(WrongInterfaceVersion) && matches!(method, Method::Create | Method::Delete) {
            call.interface = SyntaxId::new(call.interface.uuid, 2, 0);
        }
        if self.does(WrongNotifyVersion) && !matches!(method, Method::Create | Method::Delete) {
            call.interface = SyntaxId::new(call.interface.uuid, 2, 0);
        }
        call.limit = self.0.options.limit;
        call.association = held.map(|held| held.association).filter(|_| !self.does(AssociationPerInterface));
        call
    }

    fn association(&self, interface: SyntaxId) -> &Association {
        if interface.uuid == mspan::Interface::RemoteObject.id().uuid { &self.0.objects } else { &self.0.notifications }
    }

    fn returned(&self, call: &Call, outcome: Outcome) -> Result<Out, Failure> {
        let method = mspan::Interface::ALL
            .into_iter()
            .find(|interface| interface.id().uuid == call.interface.uuid)
            .and_then(|interface| Method::from_opnum(interface, call.opnum));
        match (outcome, method) {
            (Outcome::Returned { stub, format }, Some(method)) => self.read(method, stub, format),
            (outcome, _) => Err(outcome.into()),
        }
    }

    fn brought(&self, kind: Option<NotificationType>, data: Option<Bytes>) -> Result<Brought, Failure> {
        match kind {
            Some(NotificationType::RELEASE) => Ok(Brought::Release),
            Some(kind) if kind == self.0.notification_type => Ok(Brought::Notification(data.unwrap_or_default())),
            Some(kind) => Err(Failure::Refused(format!("a notification of type {kind}"))),
            None => Err(Failure::Refused("a notification without a type".to_owned())),
        }
    }
}

/// Whatever is no error is a success.
fn succeeded(status: Hresult) -> Result<(), Failure> {
    if status.is_failure() { Err(Failure::Returned(status)) } else { Ok(()) }
}

/// What can't be: the decoder gives the parameters of the method that it was asked for.
fn other_method() -> Failure {
    Failure::Refused("the parameters of another method".to_owned())
}
