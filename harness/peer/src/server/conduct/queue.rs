//! What waits for registrations, and in which order it comes.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use mspan::{Hresult, NotificationType};

use super::{Conduct, MEMORY_LIMIT, SecondCall};
use crate::misbehaviour::Misbehaviour::*;
use crate::server::channel::{Channel, ChannelKey};
use crate::server::registration::{Audience, ChannelQueue, Mode, NotificationQueue, ObjectKey, Parameters};
use crate::variant::Variant;

/// Queues (3.1.1.1, 3.1.1.4.3, 3.1.1.4.5).
impl Conduct {
    pub(in crate::server) fn on_second_call(&self) -> SecondCall {
        match self.misbehaviour {
            Some(SecondCallParked) => SecondCall::Parked,
            Some(SecondCallReplacesFirst) => SecondCall::Replaces,
            _ => SecondCall::Refused,
        }
    }

    pub(in crate::server) fn parks_calls_of_unregistered(&self, status: Hresult) -> bool {
        self.is(BlocksAfterUnregister) && status == Hresult::ALREADY_UNREGISTERED
    }

    /// First in, first out.
    pub(in crate::server) fn next_notification(&self, queue: &mut NotificationQueue) -> Option<Bytes> {
        match self.misbehaviour {
            Some(QueueIsAStack) => queue.notifications.pop_back(),
            Some(GetNotificationReturnsAtOnce) => Some(queue.notifications.pop_front().unwrap_or_default()),
            _ => queue.notifications.pop_front(),
        }
    }

    pub(in crate::server) fn goes_on_after_notification(&self) -> bool {
        !self.is(RegistrationIsOneShot)
    }

    /// All channels that were not returned yet; none means that the call waits.
    pub(in crate::server) fn next_channels(
        &self,
        queue: &mut ChannelQueue,
        channels: &BTreeMap<ChannelKey, Channel>,
    ) -> Option<Vec<ChannelKey>> {
        let is_offered = |key: &ChannelKey| channels.get(key).is_some_and(Channel::is_offered);
        let next: Vec<ChannelKey> = match self.misbehaviour {
            Some(OneChannelPerCall) => queue.offered.pop_front().into_iter().collect(),
            Some(ChannelReturnedTwice) if queue.offered.is_empty() => {
                queue.returned.extract_if(.., |key| is_offered(key)).collect()
            }
            _ => queue.offered.drain(..).collect(),
        };
        (!next.is_empty() || self.is(GetNewChannelReturnsNothing)).then_some(next)
    }

    pub(in crate::server) fn remembers_returned_channels(&self) -> bool {
        matches!(
            self.misbehaviour,
            Some(ChannelReturnedTwice | OpenChannelBlocksRegistration | UnregisterDropsChannels)
        )
    }

    /// Whether a registration takes no further GetNewChannel because of the channels that it has.
    pub(in crate::server) fn is_busy(&self, mode: &Mode, channels: &BTreeMap<ChannelKey, Channel>) -> bool {
        let is_open = |key: &ChannelKey| channels.get(key).is_some_and(|channel| channel.closed_by.is_none());
        self.is(OpenChannelBlocksRegistration)
            && matches!(mode, Mode::Bidirectional(queue) if queue.returned.iter().any(is_open))
    }

    pub(in crate::server) fn notification_without_registration(
        &mut self,
        key: ObjectKey,
        status: Hresult,
    ) -> Option<(NotificationType, Bytes)> {
        match (self.misbehaviour, status) {
            (Some(NotificationWithoutRegistration), Hresult::NOT_REGISTERED) => {
                Some((NotificationType::ASYNC_UI, Bytes::new()))
            }
            (Some(NotificationAfterUnregister), Hresult::ALREADY_UNREGISTERED) => {
                let (_, ended) = self.memory.ended.iter_mut().find(|(ended, _)| *ended == key)?;
                let Mode::Unidirectional(queue) = &mut ended.mode else { return None };
                Some((ended.parameters.notification_type, queue.notifications.pop_front()?))
            }
            _ => None,
        }
    }

    pub(in crate::server) fn channels_without_registration(
        &mut self,
        key: ObjectKey,
        status: Hresult,
        channels: &BTreeMap<ChannelKey, Channel>,
    ) -> Option<Vec<ChannelKey>> {
        match (self.misbehaviour, status) {
            (Some(ChannelsWithoutRegistration), Hresult::NOT_REGISTERED) => {
                let offered = channels.iter().filter(|(_, channel)| channel.is_offered());
                Some(offered.map(|(key, _)| *key).collect()).filter(|offered: &Vec<_>| !offered.is_empty())
            }
            (Some(ChannelsAfterUnregister), Hresult::ALREADY_UNREGISTERED) => {
                let (_, ended) = self.memory.ended.iter_mut().find(|(ended, _)| *ended == key)?;
                let Mode::Bidirectional(queue) = &mut ended.mode else { return None };
                Some(queue.offered.drain(..).collect()).filter(|offered: &Vec<_>| !offered.is_empty())
            }
            _ => None,
        }
    }

    /// Whether GetNewChannel serves a registration of the other style, with all channels that it would reach.
    pub(in crate::server) fn channels_of_other_style(
        &self,
        parameters: &Parameters,
        channels: &BTreeMap<ChannelKey, Channel>,
    ) -> Option<Vec<ChannelKey>> {
        let reached =
            |channel: &&ChannelKey| channels.get(channel).is_some_and(|one| self.reaches(&one.audience, parameters));
        let offered = channels.iter().filter(|(_, channel)| channel.is_offered()).map(|(key, _)| key);
        let offered: Vec<_> = offered.filter(reached).copied().collect();
        (self.is(ChannelsForUnidirectional) && !offered.is_empty()).then_some(offered)
    }

    pub(in crate::server) fn compares_styles(&self) -> bool {
        !self.is(StyleNotCompared)
    }

    pub(in crate::server) fn earlier_channels(&self, open: Vec<ChannelKey>) -> Vec<ChannelKey> {
        if self.is(ChannelsNotOfferedToLateRegistrants) { Vec::new() } else { open }
    }

    /// Which of the registrations that a channel reaches are offered it.
    pub(in crate::server) fn offered_to(&self, mut reached: Vec<ObjectKey>) -> Vec<ObjectKey> {
        if self.is(ChannelOfferedOnce) {
            reached.truncate(1);
        }
        reached
    }

    /// Which of the registrations that a notification reaches get it.
    pub(in crate::server) fn receivers(&mut self, reached: Vec<ObjectKey>) -> Vec<ObjectKey> {
        if !self.is(QueueIsShared) {
            return reached;
        }
        let turn = self.memory.shared.checked_rem(reached.len()).unwrap_or_default();
        self.memory.shared += 1;
        reached.into_iter().skip(turn).take(1).collect()
    }

    pub(in crate::server) fn discarded(&mut self, audience: &Audience, data: &Bytes, reached_nobody: bool) {
        if self.is(DiscardsNothing) && reached_nobody && self.memory.discarded.len() < MEMORY_LIMIT {
            self.memory.discarded.push((audience.clone(), data.clone()));
        }
    }

    /// Notifications from before a registration.
    pub(in crate::server) fn earlier_notifications(&mut self, parameters: &Parameters) -> VecDeque<Bytes> {
        if let Some(own) = self.own_notification(parameters) {
            return [own].into();
        }
        let discarded = core::mem::take(&mut self.memory.discarded);
        let (wanted, others): (Vec<_>, Vec<_>) =
            discarded.into_iter().partition(|(audience, _)| self.reaches(audience, parameters));
        self.memory.discarded = others;
        wanted.into_iter().map(|(_, data)| data).collect()
    }

    pub(in crate::server) fn buffers(&self) -> bool {
        !self.is(NotificationsNotBuffered)
    }

    pub(in crate::server) fn loses_oldest(&self) -> bool {
        self.variant == Some(Variant::OldestNotificationLost)
    }

    pub(in crate::server) fn repeats_release(&self) -> bool {
        self.variant == Some(Variant::ReleaseRepeated)
    }

    pub(in crate::server) fn tells_of_deleted_printer(&self) -> bool {
        !self.is(PrinterDeletionIgnored)
    }
}
