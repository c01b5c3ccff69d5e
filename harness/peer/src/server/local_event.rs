//! What a notification source does ([MS-PAN] 3.1.1.6), and the abnormal events of 3.1.1.4.3 to 3.1.1.4.5.

use bytes::Bytes;
use thiserror::Error;
use trace::stimulus::{ChannelLog, ClosedBy};

use super::PrintServer;
use super::answer::Occasion;
use super::channel::{Channel, ChannelKey};
use super::printer_name::PrinterName;
use super::registration::{Audience, Mode, ObjectKey, ObjectState};
use mspan::Hresult;

/// Why the server refuses what a notification source wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum SourceError {
    #[error("no channel of that name was opened")]
    UnknownChannel,
    #[error("a channel of that name is open")]
    ChannelExists,
    #[error("the channel is closed")]
    ChannelClosed,
    #[error("the previous notification has not been answered")]
    Unanswered,
    #[error("as many channels are open as the server takes")]
    TooManyChannels,
    #[error("the server is shutting down")]
    ShuttingDown,
}

impl PrintServer {
    /// Unidirectional Notification Generated (3.1.1.6.1): it joins the queue of every registration that it reaches, and
    /// is lost where there is none or where the queue is full.
    pub(crate) fn notify(&mut self, audience: &Audience, data: &Bytes) -> Result<(), SourceError> {
        self.refuse_at_shutdown()?;
        let reached = self.reached_registrations(audience, false);
        self.conduct.discarded(audience, data, reached.is_empty());
        let (limit, loses_oldest) = (self.conduct.queue_limit(self.options.queue_limit), self.conduct.loses_oldest());
        for key in self.conduct.receivers(reached) {
            if let Some(Mode::Unidirectional(queue)) = self.mode(key) {
                queue.take_in(data.clone(), limit, loses_oldest);
                self.serve(key);
                if !self.conduct.buffers()
                    && let Some(Mode::Unidirectional(queue)) = self.mode(key)
                {
                    queue.notifications.clear();
                }
            }
        }
        Ok(())
    }

    /// Bidirectional Notification Channel Opened (3.1.1.6.2).
    pub(crate) fn open_channel(
        &mut self,
        name: String,
        audience: Audience,
        initial: Option<Bytes>,
    ) -> Result<(), SourceError> {
        self.refuse_at_shutdown()?;
        if self.named_channel(&name).is_some_and(|channel| channel.closed_by.is_none()) {
            return Err(SourceError::ChannelExists);
        }
        self.make_room_for_channel()?;
        let key = ChannelKey(self.next_key());
        if let Some(data) = initial.as_ref().filter(|_| !self.conduct.compares_styles()) {
            self.notify(&audience, data)?;
        }
        let reached = self.reached_registrations(&audience, true);
        self.channels.insert(key, Channel::new(audience, initial));
        if let Some(before) = self.channel_names.insert(name, key)
            && self.channels.get(&before).is_some_and(|channel| channel.views.is_empty())
        {
            self.forget_closed_channel(before);
        }
        for object in self.conduct.offered_to(reached) {
            if let Some(Mode::Bidirectional(queue)) = self.mode(object) {
                queue.offered.push_back(key);
            }
            self.serve(object);
        }
        Ok(())
    }

    /// Bidirectional Notification Generated (3.1.1.6.3): the initial one is held, a later one goes out at once.
    pub(crate) fn channel_notify(&mut self, name: &str, data: Bytes) -> Result<(), SourceError> {
        let strict = self.conduct.source_waits_for_answer();
        let key = self.channel_named(name)?;
        let channel = self.channels.get_mut(&key).ok_or(SourceError::UnknownChannel)?;
        if channel.closed_by.is_some() {
            return Err(SourceError::ChannelClosed);
        }
        if channel.unanswered && strict {
            return Err(SourceError::Unanswered);
        }
        channel.held = Some(data);
        channel.unanswered = true;
        self.serve_channel(key);
        Ok(())
    }

    /// Bidirectional Notification Channel Closed (3.1.1.6.4).
    pub(crate) fn close_by_source(&mut self, name: &str) -> Result<(), SourceError> {
        let key = self.channel_named(name)?;
        if self.channels.get(&key).is_some_and(|channel| channel.closed_by.is_some()) {
            return Err(SourceError::ChannelClosed);
        }
        self.end_channel(key);
        Ok(())
    }

    /// What the source of a channel has received.
    pub(crate) fn channel_log(&self, name: &str) -> Result<ChannelLog, SourceError> {
        let channel = self.named_channel(name).ok_or(SourceError::UnknownChannel)?;
        Ok(ChannelLog {
            responses: channel.responses.clone(),
            acquired: Some(channel.owner.is_some()),
            closed_by: Some(channel.closed_by),
        })
    }

    /// A print queue is deleted: its unidirectional registrations get NOTIFICATION_RELEASE once and go on (figure 5).
    pub(crate) fn delete_printer(&mut self, printer: &PrinterName) {
        let named = self.objects.iter().filter(|(_, object)| match &object.state {
            ObjectState::Registered(registration) => {
                registration.parameters.printer.as_ref().is_some_and(|name| name.names_same_queue(printer))
            }
            ObjectState::Unregistered { .. } => false,
        });
        let tells = self.conduct.tells_of_deleted_printer();
        for key in named.map(|(key, _)| *key).collect::<Vec<_>>() {
            if let Some(Mode::Unidirectional(queue)) = self.mode(key) {
                queue.release_due = tells;
                self.serve(key);
            }
        }
    }

    /// An orderly shutdown begins: everything that is blocked ends, and nothing blocks or registers any more.
    pub(crate) fn shut_down(&mut self) {
        self.shutting_down = true;
        let registrations = self.objects.values_mut().filter_map(|object| object.state.registration().ok());
        let blocked: Vec<_> = registrations.filter_map(|registration| registration.waiting.take()).collect();
        for asked in blocked {
            self.throw(asked, Occasion::Shutdown, Hresult::NOTIFICATIONS_TERMINATED);
        }
        let open = self.channels.iter().filter(|(_, channel)| channel.closed_by.is_none());
        for key in open.map(|(key, _)| *key).collect::<Vec<_>>() {
            self.end_channel(key);
        }
    }

    fn end_channel(&mut self, key: ChannelKey) {
        if let Some(channel) = self.channels.get_mut(&key) {
            channel.close(ClosedBy::Source);
        }
        self.withdraw(key);
        self.serve_channel(key);
    }

    fn refuse_at_shutdown(&self) -> Result<(), SourceError> {
        if self.shutting_down { Err(SourceError::ShuttingDown) } else { Ok(()) }
    }

    fn channel_named(&self, name: &str) -> Result<ChannelKey, SourceError> {
        self.channel_names.get(name).copied().ok_or(SourceError::UnknownChannel)
    }

    fn named_channel(&self, name: &str) -> Option<&Channel> {
        self.channels.get(self.channel_names.get(name)?)
    }

    fn make_room_for_channel(&mut self) -> Result<(), SourceError> {
        if self.channels.len() < self.options.channel_limit {
            return Ok(());
        }
        let mut closed = self.channels.iter().filter(|(_, channel)| channel.closed_by.is_some());
        let oldest = closed.next().map(|(key, _)| *key).ok_or(SourceError::TooManyChannels)?;
        self.channel_names.retain(|_, key| *key != oldest);
        self.forget_closed_channel(oldest);
        Ok(())
    }

    fn forget_closed_channel(&mut self, key: ChannelKey) {
        let views = self.channels.remove(&key).map(|channel| channel.views).unwrap_or_default();
        for view in views {
            self.forget_handle(view.handle);
        }
    }

    fn mode(&mut self, key: ObjectKey) -> Option<&mut Mode> {
        self.objects.get_mut(&key)?.state.registration().ok().map(|registration| &mut registration.mode)
    }

    /// The registrations of one style that an audience reaches, in the order of their objects' creation.
    fn reached_registrations(&self, audience: &Audience, bidirectional: bool) -> Vec<ObjectKey> {
        let reached = self.objects.iter().filter(|(_, object)| match &object.state {
            ObjectState::Registered(registration) => {
                matches!(registration.mode, Mode::Bidirectional(_)) == bidirectional
                    && self.conduct.reaches(audience, &registration.parameters)
            }
            ObjectState::Unregistered { .. } => false,
        });
        reached.map(|(key, _)| *key).collect()
    }
}
