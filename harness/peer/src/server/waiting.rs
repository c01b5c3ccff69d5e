//! GetNewChannel and GetNotification: calls that wait for a registration's queue ([MS-PAN] 3.1.1.4.3, 3.1.1.4.5).

use dcerpc::ContextHandle;
use mspan::{Hresult, Method, NotificationType};

use super::PrintServer;
use super::answer::{self, Occasion};
use super::call::{Asked, AssociationId, Caller};
use super::channel::{ChannelKey, View};
use super::conduct::SecondCall;
use super::registration::{Mode, ObjectKey, ObjectState};

impl PrintServer {
    pub(super) fn wait(&mut self, caller: &Caller, asked: Asked) {
        let Some(key) = self.object_key(caller, asked.handle) else { return self.no_such_handle(asked) };
        if self.shutting_down {
            return self.throw(asked, Occasion::Shutdown, Hresult::NOTIFICATIONS_TERMINATED);
        }
        let Some(object) = self.objects.get_mut(&key) else { return };
        let registration = match object.state.registration() {
            Ok(registration) => registration,
            Err(status) => return self.wait_unregistered(key, caller.association, asked, status),
        };
        if matches!(registration.mode, Mode::Bidirectional(_)) != (asked.method == Method::GetNewChannel) {
            let parameters = &registration.parameters;
            if asked.method == Method::GetNewChannel
                && let Some(channels) = self.conduct.channels_of_other_style(parameters, &self.channels)
            {
                return self.return_channels(caller.association, asked, channels);
            }
            return self.fail(asked, Occasion::Refused, Hresult::INVALID_ARGUMENT);
        }
        if self.conduct.is_busy(&registration.mode, &self.channels) {
            return self.throw(asked, Occasion::Outstanding, Hresult::CALL_OUTSTANDING);
        }
        let earlier = registration.waiting;
        match earlier.map(|earlier| (earlier, self.conduct.on_second_call())) {
            None => registration.waiting = Some(asked),
            Some((_, SecondCall::Refused)) => {
                return self.throw(asked, Occasion::Outstanding, Hresult::CALL_OUTSTANDING);
            }
            Some((_, SecondCall::Parked)) => return,
            Some((earlier, SecondCall::Replaces)) => {
                registration.waiting = Some(asked);
                self.throw(earlier, Occasion::Terminated, Hresult::NOTIFICATIONS_TERMINATED);
            }
        }
        self.serve(key);
    }

    /// A registration that waits gets what its queue holds.
    pub(super) fn serve(&mut self, key: ObjectKey) {
        let Some(object) = self.objects.get_mut(&key) else { return };
        let association = object.association;
        let ObjectState::Registered(registration) = &mut object.state else { return };
        let Some(asked) = registration.waiting else { return };
        let kind = registration.parameters.notification_type;
        match &mut registration.mode {
            Mode::Unidirectional(queue) => {
                if let Some(data) = self.conduct.next_notification(queue) {
                    registration.waiting = None;
                    self.answer(
                        asked,
                        Occasion::Notification,
                        answer::notification(Some(kind), Some(data), Hresult::OK),
                    );
                    if !self.conduct.goes_on_after_notification() {
                        self.end_registration(key);
                    }
                } else if queue.release_due {
                    queue.release_due = self.conduct.repeats_release();
                    registration.waiting = None;
                    let out = answer::notification(Some(NotificationType::RELEASE), None, Hresult::OK);
                    self.answer(asked, Occasion::PrinterDeleted, out);
                }
            }
            Mode::Bidirectional(queue) => {
                let Some(new) = self.conduct.next_channels(queue, &self.channels) else { return };
                registration.waiting = None;
                if self.conduct.remembers_returned_channels() {
                    queue.returned.extend(&new);
                }
                self.return_channels(association, asked, new);
            }
        }
    }

    /// A call comes back with a handle for each channel.
    fn return_channels(&mut self, association: AssociationId, asked: Asked, channels: Vec<ChannelKey>) {
        let handles = channels.into_iter().filter_map(|channel| self.expose(association, channel)).collect();
        self.answer(asked, Occasion::Channels, answer::channels(handles));
    }

    /// A call on an object without a registration fails at once.
    fn wait_unregistered(&mut self, key: ObjectKey, association: AssociationId, asked: Asked, status: Hresult) {
        if self.conduct.parks_calls_of_unregistered(status) {
            return;
        }
        if asked.method == Method::GetNotification
            && let Some((kind, data)) = self.conduct.notification_without_registration(key, status)
        {
            let out = answer::notification(Some(kind), Some(data), Hresult::OK);
            return self.answer(asked, Occasion::Notification, out);
        }
        if asked.method == Method::GetNewChannel
            && let Some(channels) = self.conduct.channels_without_registration(key, status, &self.channels)
        {
            return self.return_channels(association, asked, channels);
        }
        self.fail(asked, Occasion::NotRegistered, status);
    }

    /// Gives a client a handle of its own to a channel.
    fn expose(&mut self, association: AssociationId, key: ChannelKey) -> Option<ContextHandle> {
        let shared = self.channels.get(&key).and_then(|channel| {
            channel.views.iter().find(|view| view.association == association && !self.conduct.tells_clients_apart())
        });
        if let Some(view) = shared {
            return Some(ContextHandle::new(view.handle));
        }
        let handle = self.mint_channel_handle(association, key);
        let view = View { handle, association, notified: false, waiting: None };
        self.channels.get_mut(&key)?.views.push(view);
        Some(ContextHandle::new(handle))
    }
}
