//! GetNotificationSendResponse and CloseChannel: one client's conversation on a channel ([MS-PAN] 3.1.1.4.4, 3.1.1.4.6,
//! figure 7).
//!
//! ```text
//!  offered ──first GNSR: first notification──▶ notified ──response──▶ owner, waiting ⇄ owner, notified
//!     └───────────── another client responds ──────┴────▶ lost: NOTIFICATION_RELEASE and NULL, 0x00040010
//! ```

use bytes::Bytes;
use dcerpc::ContextHandle;
use dcerpc::ndr::Conformant;
use mspan::method::{CloseChannelIn, GetNotificationSendResponseIn};
use mspan::{Hresult, NotificationType};
use trace::stimulus::ClosedBy;
use uuid::Uuid;

use super::PrintServer;
use super::answer::{self, Occasion};
use super::call::{Asked, AssociationId, Caller};
use super::channel::{Channel, ChannelKey, Standing};
use super::conduct::{FirstCall, SecondCall};
use super::registration::{Mode, ObjectState};

impl PrintServer {
    pub(super) fn get_notification_send_response(
        &mut self,
        caller: &Caller,
        asked: Asked,
        input: GetNotificationSendResponseIn,
    ) {
        let handle = asked.handle.uuid;
        let Some(key) = self.channel_key(caller, asked.handle) else { return self.no_such_handle(asked) };
        let Some(channel) = self.channels.get_mut(&key) else { return };
        let (standing, kind) = (channel.standing(handle), channel.notification_type());
        let Some(view) = channel.view(handle) else { return };
        let notified = view.notified;
        if let Some(earlier) = view.waiting {
            match self.conduct.on_second_channel_call() {
                SecondCall::Refused => return self.fail(asked, Occasion::Outstanding, Hresult::CALL_OUTSTANDING),
                SecondCall::Parked => return,
                SecondCall::Replaces => {
                    view.waiting = Some(asked);
                    return self.fail(earlier, Occasion::Terminated, Hresult::CALL_OUTSTANDING);
                }
            }
        }
        if let Some(data) = self.conduct.notification_after_release(handle) {
            let out = answer::channel_notification(asked.handle, Some(kind), Some(data), Hresult::OK);
            return self.answer(asked, Occasion::ChannelNotification, out);
        }
        match standing {
            Standing::Lost if self.conduct.has_one_owner() => return self.release(key, asked, Occasion::Lost),
            Standing::Closed => return self.release(key, asked, Occasion::ClosedBefore),
            Standing::Free | Standing::Own | Standing::Lost => {}
        }
        let type_fits = input.notification_type.map_or(!notified, |given| given == kind);
        let data = octets(input.notification_data);
        if let Err(status) = self.check_response(type_fits, input.in_size) {
            self.pass_refused_on(key, status, data);
            return self.fail(asked, Occasion::Refused, status);
        }
        if notified {
            self.take_response(key, handle, data, false);
        } else {
            self.first_call(key, handle, data);
        }
        match self.untimely_notification(key, handle, notified) {
            Some(data) => {
                let out = answer::channel_notification(asked.handle, Some(kind), Some(data), Hresult::OK);
                self.answer(asked, Occasion::ChannelNotification, out);
            }
            None => {
                if let Some(view) = self.channels.get_mut(&key).and_then(|channel| channel.view(handle)) {
                    view.waiting = Some(asked);
                }
            }
        }
        self.serve_channel(key);
    }

    pub(super) fn close_channel(&mut self, caller: &Caller, asked: Asked, input: CloseChannelIn) {
        let handle = asked.handle.uuid;
        let Some(key) = self.channel_key(caller, asked.handle) else { return self.no_such_handle(asked) };
        let Some(channel) = self.channels.get(&key) else { return };
        let standing = channel.standing(handle);
        let release = input.notification_type == NotificationType::RELEASE;
        let type_fits = release || input.notification_type == channel.notification_type();
        let checked = self.check_response(type_fits, input.in_size);
        let data = octets(input.reason);
        let (occasion, status) = match (standing, checked) {
            (Standing::Lost, _) => (Occasion::Lost, Hresult::CHANNEL_ACQUIRED),
            (_, Err(status)) => (Occasion::Refused, status),
            (Standing::Closed, _) if !release => (Occasion::ClosedBySource, Hresult::CHANNEL_CLOSED),
            _ => (Occasion::Closed, Hresult::OK),
        };
        if let (Occasion::Refused, Err(status)) = (occasion, checked) {
            self.pass_refused_on(key, status, data.clone());
        }
        let final_response = (occasion == Occasion::Closed && !release).then_some(data.clone());
        self.leave(key, handle, final_response, release.then_some(data));
        self.answer(asked, occasion, answer::closed(status));
        self.serve_channel(key);
    }

    /// Whoever waits on a channel gets what there is for it: a notification, or the news that it is over.
    pub(super) fn serve_channel(&mut self, key: ChannelKey) {
        let Some(channel) = self.channels.get_mut(&key) else { return };
        let waiting = channel.views.iter().filter_map(|view| Some((view.handle, view.notified, view.waiting?)));
        for (handle, notified, asked) in waiting.collect::<Vec<_>>() {
            match channel_standing(self, key, handle) {
                Some(Standing::Lost) if self.conduct.tells_losers() => self.release(key, asked, Occasion::Lost),
                Some(Standing::Closed) if self.conduct.tells_of_closure() => {
                    self.release(key, asked, Occasion::ClosedBySource);
                }
                Some(Standing::Free) if !notified => self.return_held(key, handle, asked, false),
                Some(Standing::Own) if self.conduct.sends_at_once() => self.return_held(key, handle, asked, true),
                _ => {}
            }
        }
    }

    /// Takes a channel out of all queues: it was acquired or closed.
    pub(super) fn withdraw(&mut self, key: ChannelKey) {
        for object in self.objects.values_mut() {
            if let ObjectState::Registered(registration) = &mut object.state
                && let Mode::Bidirectional(queue) = &mut registration.mode
            {
                queue.offered.retain(|offered| *offered != key);
            }
        }
    }

    /// The clients of an association are gone: their views end as if they had closed them without a response.
    pub(super) fn run_down_channels(&mut self, association: AssociationId) {
        let views = self.channels.iter().flat_map(|(key, channel)| {
            let own = channel.views.iter().filter(|view| view.association == association);
            own.map(|view| (*key, view.handle))
        });
        for (key, handle) in views.collect::<Vec<_>>() {
            if let Some(channel) = self.channels.get_mut(&key)
                && let Some(view) = channel.view(handle)
            {
                view.waiting = None;
                self.leave(key, handle, None, None);
            }
        }
    }

    /// Ends an association's views of some channels without any answer.
    pub(super) fn drop_views(&mut self, association: AssociationId, channels: &[ChannelKey]) {
        for key in channels {
            let Some(channel) = self.channels.get_mut(key) else { continue };
            let dropped = channel.views.extract_if(.., |view| view.association == association);
            for view in dropped.collect::<Vec<_>>() {
                self.forget_handle(view.handle);
            }
        }
    }

    fn check_response(&self, type_fits: bool, in_size: u32) -> Result<(), Hresult> {
        if !type_fits && self.conduct.compares_types() {
            return Err(Hresult::TYPE_MISMATCH);
        }
        if in_size > self.options.response_limit && self.conduct.limits_responses() {
            return Err(Hresult::RESPONSE_TOO_LARGE);
        }
        Ok(())
    }

    fn pass_refused_on(&mut self, key: ChannelKey, status: Hresult, data: Bytes) {
        if let Some(channel) = self.channels.get_mut(&key)
            && self.conduct.passes_refused_on(status)
        {
            channel.pass_on(data, true);
        }
    }

    /// The first call of a view: its data is ignored, and it acquires nothing.
    fn first_call(&mut self, key: ChannelKey, handle: Uuid, data: Bytes) {
        let Some(channel) = self.channels.get_mut(&key) else { return };
        match self.conduct.on_first_call() {
            FirstCall::IgnoresData => {}
            FirstCall::PassesDataOn => {
                if !data.is_empty() {
                    channel.pass_on(data, self.conduct.keeps_order_of_responses());
                }
            }
            FirstCall::Acquires => {
                let held = channel.held.clone();
                channel.acquire(handle);
                channel.held = held;
                self.withdraw(key);
            }
        }
    }

    /// A response: it acquires a free channel and goes to the source.
    fn take_response(&mut self, key: ChannelKey, handle: Uuid, data: Bytes, last: bool) {
        let Some(channel) = self.channels.get_mut(&key) else { return };
        let was_free = channel.owner.is_none();
        channel.acquire(handle);
        match self.conduct.passed_on(data, last) {
            Some(data) => channel.pass_on(data, self.conduct.keeps_order_of_responses()),
            None => channel.unanswered = false,
        }
        if was_free {
            self.withdraw(key);
        }
    }

    /// A client takes its leave of a channel, with a final response or with NOTIFICATION_RELEASE. Only the owner's leave
    /// closes it (SD-21); its blocked call ends in any case (SD-20).
    fn leave(&mut self, key: ChannelKey, handle: Uuid, final_response: Option<Bytes>, release: Option<Bytes>) {
        if let Some(data) = final_response {
            self.take_response(key, handle, data, true);
        }
        let released = release.is_some();
        if let Some(data) = release {
            self.take_release(key, handle, data);
        }
        let Some(channel) = self.channels.get_mut(&key) else { return };
        if channel.owner == Some(handle) && self.conduct.tells_source_of_closure(released) {
            channel.close(ClosedBy::Client);
            if self.conduct.frees_closed_channels() {
                (channel.owner, channel.closed_by) = (None, None);
            }
        }
        let waiting = channel.view(handle).and_then(|view| view.waiting.take());
        if self.conduct.forgets_closed_handles() {
            channel.remove_view(handle);
            self.forget_handle(handle);
        }
        if let Some(asked) = waiting {
            let status = self.conduct.release_status(Occasion::ClosedByOwnCall, true);
            let kind = status.is_success().then_some(NotificationType::RELEASE);
            let out = answer::channel_notification(ContextHandle::NULL, kind, None, status);
            self.answer(asked, Occasion::ClosedByOwnCall, out);
        }
    }

    /// NOTIFICATION_RELEASE is no response, whatever data comes with it.
    fn take_release(&mut self, key: ChannelKey, handle: Uuid, data: Bytes) {
        let Some(channel) = self.channels.get_mut(&key) else { return };
        if let Some(data) = self.conduct.passed_on_with_release(data, channel.owner == Some(handle)) {
            channel.pass_on(data, self.conduct.keeps_order_of_responses());
        }
        if self.conduct.acquires_by_release() && channel.is_offered() {
            channel.acquire(handle);
            self.withdraw(key);
        }
    }

    fn return_held(&mut self, key: ChannelKey, handle: Uuid, asked: Asked, owned: bool) {
        let Some(channel) = self.channels.get_mut(&key) else { return };
        let kind = channel.notification_type();
        let keeps = !owned && self.conduct.holds_initial_notification();
        let Some(data) = (if keeps { channel.held.clone() } else { channel.held.take() }) else { return };
        if let Some(view) = channel.view(handle) {
            view.notified = true;
            view.waiting = None;
        }
        let handle = if self.conduct.keeps_channel_open(owned) { asked.handle } else { ContextHandle::NULL };
        let out = answer::channel_notification(handle, Some(kind), Some(data), Hresult::OK);
        self.answer(asked, Occasion::ChannelNotification, out);
    }

    /// What a misbehaving server returns though there is nothing to return yet.
    fn untimely_notification(&self, key: ChannelKey, handle: Uuid, notified: bool) -> Option<Bytes> {
        if notified {
            self.conduct.repeated_notification(handle)
        } else {
            self.conduct.empty_first_notification(self.channels.get(&key)?)
        }
    }

    /// Ends a call, and the view with it: {NULL, NOTIFICATION_RELEASE, 0, NULL} and success (3.1.1.4.4).
    fn release(&mut self, key: ChannelKey, asked: Asked, occasion: Occasion) {
        if self.conduct.parks_released_calls(occasion) {
            return;
        }
        let channel = self.channels.get(&key);
        let kind = channel.map(Channel::notification_type).unwrap_or_default();
        let kind = self.conduct.release_type(occasion, kind);
        // A call that was blocked when another client acquired the channel succeeds in any case.
        let closed =
            channel.is_some_and(|channel| channel.closed_by.is_some() && !channel.is_awaited(asked.handle.uuid));
        let status = self.conduct.release_status(occasion, closed);
        self.conduct.released(asked.handle.uuid);
        if self.conduct.ends_released_views(occasion) {
            if let Some(channel) = self.channels.get_mut(&key) {
                channel.remove_view(asked.handle.uuid);
            }
            self.forget_handle(asked.handle.uuid);
        } else if let Some(view) = self.channels.get_mut(&key).and_then(|channel| channel.view(asked.handle.uuid)) {
            view.waiting = None;
        }
        let kind = status.is_success().then_some(kind);
        let out = answer::channel_notification(ContextHandle::NULL, kind, None, status);
        self.answer(asked, occasion, out);
    }
}

fn channel_standing(server: &PrintServer, key: ChannelKey, handle: Uuid) -> Option<Standing> {
    server.channels.get(&key).map(|channel| channel.standing(handle))
}

fn octets(array: Option<Conformant<Bytes>>) -> Bytes {
    array.map(|array| array.elements).unwrap_or_default()
}
