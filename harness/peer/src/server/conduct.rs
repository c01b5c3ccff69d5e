//! The points at which a misbehaving server decides otherwise. A well-behaved one takes the plain branch of each.

use std::collections::{BTreeMap, HashMap, VecDeque};

use bytes::Bytes;
use mspan::method::RegisterClientIn;
use mspan::{Hresult, Method, NotificationType, UserFilter};
use uuid::Uuid;

use super::answer::Occasion;
use super::call::{Asked, Identity, Outcome};
use super::channel::{Channel, ChannelKey};
use super::document;
use super::registration::{
    Agreement, Audience, ChannelQueue, Mode, NotificationQueue, ObjectKey, ObjectState, Parameters, Registration,
};
use super::spoil::{notification_data, spoil};
use super::vary::vary;
use crate::misbehaviour::Misbehaviour::{self, *};
use crate::variant::Variant;

/// What becomes of a call while an earlier one on the same object is blocked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SecondCall {
    /// It gets 0x8004000C.
    Refused,
    /// It blocks too.
    Parked,
    /// It takes the place of the earlier one.
    Replaces,
}

/// What the first GetNotificationSendResponse of a view does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FirstCall {
    IgnoresData,
    PassesDataOn,
    Acquires,
}

/// The decisions of a server. Each method is a rule of the specification, named so that the well-behaved answer is the
/// one without a misbehaviour.
#[derive(Debug)]
pub(super) struct Conduct {
    misbehaviour: Option<Misbehaviour>,
    variant: Option<Variant>,
    memory: Memory,
}

/// What a misbehaving server remembers though it should not.
#[derive(Debug, Default)]
struct Memory {
    /// Data of the last notification that was returned, by the handle of the call.
    last_data: HashMap<Uuid, Bytes>,
    /// Notifications that reached nobody.
    discarded: Vec<(Audience, Bytes)>,
    /// Objects whose registration was refused.
    refused: Vec<ObjectKey>,
    /// Registrations that have ended, with what was queued for them.
    ended: Vec<(ObjectKey, Registration)>,
    /// Channel handles whose clients were told that the channel is over.
    released: Vec<Uuid>,
    /// How many notifications were shared out.
    shared: usize,
}

/// How much a misbehaving server remembers of each kind.
const MEMORY_LIMIT: usize = 1000;

impl Conduct {
    pub(super) fn new(misbehaviour: Option<Misbehaviour>, variant: Option<Variant>) -> Self {
        Self { misbehaviour, variant, memory: Memory::default() }
    }

    /// Varies or spoils an answer on its way out.
    pub(super) fn amend(&mut self, asked: &Asked, occasion: Occasion, outcome: &mut Outcome) {
        if let Some(variant) = self.variant {
            vary(variant, asked, occasion, outcome);
        }
        let Some(misbehaviour) = self.misbehaviour else { return };
        let data = notification_data(outcome);
        let handle = asked.handle.uuid;
        spoil(misbehaviour, asked, occasion, outcome, self.memory.last_data.get(&handle));
        if let Some(data) = data
            && self.memory.last_data.len() < MEMORY_LIMIT
        {
            self.memory.last_data.insert(handle, data);
        }
    }

    fn is(&self, misbehaviour: Misbehaviour) -> bool {
        self.misbehaviour == Some(misbehaviour)
    }
}

/// Remote objects and registrations (3.1.2.4, 3.1.1.4.1, 3.1.1.4.2).
impl Conduct {
    /// Whether a method waits for the blocked call on its object.
    pub(super) fn serializes(&self, method: Method) -> bool {
        match method {
            Method::UnregisterClient => self.is(UnregisterWaitsForNotification),
            Method::CloseChannel => self.is(CloseWaitsForNotification),
            _ => false,
        }
    }

    pub(super) fn creates_anew(&self) -> bool {
        !self.is(OneObjectForAll)
    }

    pub(super) fn lets_registrations_stand(&self) -> bool {
        !self.is(RegistrationEndsOthers)
    }

    pub(super) fn throws_on_delete(&self, state: &ObjectState) -> bool {
        self.is(DeleteThrowsAlreadyUnregistered) && matches!(state, ObjectState::Unregistered { before: true })
    }

    pub(super) fn forgets_deleted_objects(&self) -> bool {
        !self.is(StaleHandleAccepted)
    }

    pub(super) fn keeps_unregistered_objects(&self) -> bool {
        !self.is(UnregisterDestroysObject)
    }

    pub(super) fn read_parameters(&self, input: &RegisterClientIn, identity: &Identity) -> Result<Parameters, Hresult> {
        let swapped = RegisterClientIn { filter: other(input.filter), ..input.clone() };
        let input = if self.is(FiltersSwapped) { &swapped } else { input };
        match Parameters::read(input, identity) {
            Err(Hresult::INVALID_NAME) if self.is(MalformedNameAccepted) => {
                Parameters::read(&RegisterClientIn { name: None, ..input.clone() }, identity)
            }
            Err(Hresult::INVALID_NAME) if self.is(MalformedNameFailsOtherwise) => Err(Hresult(0x8000_4005)),
            read => read,
        }
    }

    pub(super) fn refused(&mut self, key: ObjectKey) {
        if self.is(FailedRegistrationCounts) && self.memory.refused.len() < MEMORY_LIMIT {
            self.memory.refused.push(key);
        }
    }

    /// kAllUsers needs SERVER_ALL_ACCESS, or PRINTER_ALL_ACCESS on the queue.
    pub(super) fn may_hear_all(&self, identity: &Identity) -> bool {
        identity.administrator || self.is(AllUsersForEverybody)
    }

    pub(super) fn takes_no_name(&self) -> bool {
        !self.is(NullNameRefused)
    }

    pub(super) fn registers_again(&self) -> bool {
        !self.is(RegistersOnce)
    }

    /// What happens at the limit: an error, or the oldest registration makes room.
    pub(super) fn at_registration_limit(&self) -> Result<(), Hresult> {
        match self.misbehaviour {
            Some(OldestRegistrationDropped) => Ok(()),
            Some(LimitReportedAsMemory) => Err(Hresult::OUT_OF_MEMORY),
            _ => Err(Hresult::REGISTRATION_LIMIT),
        }
    }

    pub(super) fn keeps_parameters_per_association(&self) -> bool {
        self.is(ParametersKeptPerAssociation)
    }

    pub(super) fn lets_unregister(&mut self, key: ObjectKey, status: Hresult) -> bool {
        if self.memory.refused.contains(&key) {
            self.memory.refused.retain(|refused| *refused != key);
            return true;
        }
        match status {
            Hresult::NOT_REGISTERED => self.is(UnregisterWithoutRegistrationSucceeds),
            _ => self.is(SecondUnregisterSucceeds),
        }
    }

    pub(super) fn ends_blocked_calls(&self) -> bool {
        !self.is(UnregisterLeavesCallPending)
    }

    pub(super) fn keeps_channels_of_ended_registrations(&self) -> bool {
        !self.is(UnregisterDropsChannels)
    }

    pub(super) fn ended(&mut self, key: ObjectKey, registration: Registration) {
        if (self.is(NotificationAfterUnregister) || self.is(ChannelsAfterUnregister))
            && self.memory.ended.len() < MEMORY_LIMIT
        {
            self.memory.ended.retain(|(ended, _)| *ended != key);
            self.memory.ended.push((key, registration));
        }
    }

    /// Which registrations an audience reaches (2.2.1, 2.2.2, 3.1.1.6).
    pub(super) fn reaches(&self, addressed: &Audience, parameters: &Parameters) -> bool {
        let agreement = Agreement::between(addressed, parameters);
        let for_all = addressed.user.is_none();
        let hears_all = parameters.filter == UserFilter::ALL_USERS;
        let user = match self.misbehaviour {
            Some(OtherUsersIncluded) => true,
            Some(AllUsersTakenLiterally) if hears_all => for_all,
            Some(PerUserMissesAllUsers) if !hears_all => !for_all && agreement.user,
            _ => agreement.user,
        };
        let configures = addressed.notification_type == NotificationType::PRINTER_CONFIGURATION;
        let kind = match self.misbehaviour {
            Some(TypeNotCompared) => true,
            Some(ConfigurationReachesAsyncUi) if configures => {
                agreement.notification_type || parameters.notification_type == NotificationType::ASYNC_UI
            }
            Some(ConfigurationReachesNobody) => agreement.notification_type && !configures,
            _ => agreement.notification_type,
        };
        kind && (agreement.printer || self.is(PrinterNotCompared)) && user
    }
}

/// The other filter; what is none stays as it is.
fn other(filter: UserFilter) -> UserFilter {
    match filter {
        UserFilter::PER_USER => UserFilter::ALL_USERS,
        UserFilter::ALL_USERS => UserFilter::PER_USER,
        other => other,
    }
}

/// Queues (3.1.1.1, 3.1.1.4.3, 3.1.1.4.5).
impl Conduct {
    pub(super) fn on_second_call(&self) -> SecondCall {
        match self.misbehaviour {
            Some(SecondCallParked) => SecondCall::Parked,
            Some(SecondCallReplacesFirst) => SecondCall::Replaces,
            _ => SecondCall::Refused,
        }
    }

    pub(super) fn parks_calls_of_unregistered(&self, status: Hresult) -> bool {
        self.is(BlocksAfterUnregister) && status == Hresult::ALREADY_UNREGISTERED
    }

    /// First in, first out.
    pub(super) fn next_notification(&self, queue: &mut NotificationQueue) -> Option<Bytes> {
        match self.misbehaviour {
            Some(QueueIsAStack) => queue.notifications.pop_back(),
            Some(GetNotificationReturnsAtOnce) => Some(queue.notifications.pop_front().unwrap_or_default()),
            _ => queue.notifications.pop_front(),
        }
    }

    pub(super) fn goes_on_after_notification(&self) -> bool {
        !self.is(RegistrationIsOneShot)
    }

    /// All channels that were not returned yet; none means that the call waits.
    pub(super) fn next_channels(
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

    pub(super) fn remembers_returned_channels(&self) -> bool {
        matches!(
            self.misbehaviour,
            Some(ChannelReturnedTwice | OpenChannelBlocksRegistration | UnregisterDropsChannels)
        )
    }

    /// Whether a registration takes no further GetNewChannel because of the channels that it has.
    pub(super) fn is_busy(&self, mode: &Mode, channels: &BTreeMap<ChannelKey, Channel>) -> bool {
        let is_open = |key: &ChannelKey| channels.get(key).is_some_and(|channel| channel.closed_by.is_none());
        self.is(OpenChannelBlocksRegistration)
            && matches!(mode, Mode::Bidirectional(queue) if queue.returned.iter().any(is_open))
    }

    pub(super) fn notification_without_registration(
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

    pub(super) fn channels_without_registration(
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
    pub(super) fn channels_of_other_style(
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

    pub(super) fn compares_styles(&self) -> bool {
        !self.is(StyleNotCompared)
    }

    pub(super) fn earlier_channels(&self, open: Vec<ChannelKey>) -> Vec<ChannelKey> {
        if self.is(ChannelsNotOfferedToLateRegistrants) { Vec::new() } else { open }
    }

    /// Which of the registrations that a channel reaches are offered it.
    pub(super) fn offered_to(&self, mut reached: Vec<ObjectKey>) -> Vec<ObjectKey> {
        if self.is(ChannelOfferedOnce) {
            reached.truncate(1);
        }
        reached
    }

    /// Which of the registrations that a notification reaches get it.
    pub(super) fn receivers(&mut self, reached: Vec<ObjectKey>) -> Vec<ObjectKey> {
        if !self.is(QueueIsShared) {
            return reached;
        }
        let turn = self.memory.shared.checked_rem(reached.len()).unwrap_or_default();
        self.memory.shared += 1;
        reached.into_iter().skip(turn).take(1).collect()
    }

    pub(super) fn discarded(&mut self, audience: &Audience, data: &Bytes, reached_nobody: bool) {
        if self.is(DiscardsNothing) && reached_nobody && self.memory.discarded.len() < MEMORY_LIMIT {
            self.memory.discarded.push((audience.clone(), data.clone()));
        }
    }

    /// Notifications from before a registration.
    pub(super) fn earlier_notifications(&mut self, parameters: &Parameters) -> VecDeque<Bytes> {
        if self.is(MessageBoxByGetNotification) && parameters.notification_type == NotificationType::ASYNC_UI {
            return [document::message_box()].into();
        }
        let discarded = core::mem::take(&mut self.memory.discarded);
        let (wanted, others): (Vec<_>, Vec<_>) =
            discarded.into_iter().partition(|(audience, _)| self.reaches(audience, parameters));
        self.memory.discarded = others;
        wanted.into_iter().map(|(_, data)| data).collect()
    }

    pub(super) fn buffers(&self) -> bool {
        !self.is(NotificationsNotBuffered)
    }

    pub(super) fn loses_oldest(&self) -> bool {
        self.variant == Some(Variant::OldestNotificationLost)
    }

    pub(super) fn repeats_release(&self) -> bool {
        self.variant == Some(Variant::ReleaseRepeated)
    }

    pub(super) fn tells_of_deleted_printer(&self) -> bool {
        !self.is(PrinterDeletionIgnored)
    }
}

/// Conversations on channels (3.1.1.4.4, 3.1.1.4.6, 3.1.1.6.3).
impl Conduct {
    pub(super) fn tells_clients_apart(&self) -> bool {
        !self.is(ClientsNotToldApart)
    }

    pub(super) fn on_second_channel_call(&self) -> SecondCall {
        if self.is(SecondChannelCallReplacesFirst) { SecondCall::Replaces } else { SecondCall::Refused }
    }

    pub(super) fn on_first_call(&self) -> FirstCall {
        match self.misbehaviour {
            Some(FirstDataPassedOn) => FirstCall::PassesDataOn,
            Some(FirstCallAcquires) => FirstCall::Acquires,
            _ => FirstCall::IgnoresData,
        }
    }

    /// Empty data for a first call that has nothing to return.
    pub(super) fn empty_first_notification(&self, channel: &Channel) -> Option<Bytes> {
        (self.is(FirstCallReturnsEmpty) && channel.held.is_none()).then(Bytes::new)
    }

    /// The notification that a response responds to, once more.
    pub(super) fn repeated_notification(&self, handle: Uuid) -> Option<Bytes> {
        self.memory.last_data.get(&handle).cloned().filter(|_| self.is(NotificationRepeated))
    }

    pub(super) fn has_one_owner(&self) -> bool {
        !self.is(EverybodyOwnsTheChannel)
    }

    pub(super) fn compares_types(&self) -> bool {
        !self.is(WrongTypeAccepted)
    }

    pub(super) fn limits_responses(&self) -> bool {
        !self.is(OversizedResponseAccepted)
    }

    pub(super) fn keeps_order_of_responses(&self) -> bool {
        !self.is(ResponsesReversed)
    }

    /// What the source gets of a response that is refused.
    pub(super) fn passes_refused_on(&self, status: Hresult) -> bool {
        self.is(OversizedResponsePassedOn) && status == Hresult::RESPONSE_TOO_LARGE
    }

    /// A client was told that the channel behind a handle is over.
    pub(super) fn released(&mut self, handle: Uuid) {
        if self.is(NotificationAfterRelease) && self.memory.released.len() < MEMORY_LIMIT {
            self.memory.released.push(handle);
        }
    }

    /// What a handle brings although its client was told that it is over: the last notification, once more.
    pub(super) fn notification_after_release(&self, handle: Uuid) -> Option<Bytes> {
        let released = self.memory.released.contains(&handle);
        self.memory.last_data.get(&handle).cloned().filter(|_| released)
    }

    /// What the source gets of a response, which is the last one or is not.
    pub(super) fn passed_on(&self, data: Bytes, last: bool) -> Option<Bytes> {
        match self.misbehaviour {
            Some(ResponseNotPassedOn) if !last => None,
            Some(FinalResponseDropped) if last => None,
            Some(ResponseTruncated) => {
                let end = data.iter().position(|octet| *octet == 0).unwrap_or(data.len());
                Some(data.slice(..end))
            }
            _ => Some(data),
        }
    }

    /// What the source gets of the data that comes with NOTIFICATION_RELEASE.
    pub(super) fn passed_on_with_release(&self, data: Bytes, owned: bool) -> Option<Bytes> {
        match self.misbehaviour {
            Some(ReleaseDataPassedOn) if !data.is_empty() => Some(data),
            Some(ReleasePassedOnAsResponse) if owned => Some(Bytes::new()),
            _ => None,
        }
    }

    pub(super) fn acquires_by_release(&self) -> bool {
        self.is(ReleaseAcquires)
    }

    pub(super) fn tells_source_of_closure(&self, released: bool) -> bool {
        !(self.is(ClosureNotTold) || released && self.is(ReleasePassedOnAsResponse))
    }

    pub(super) fn frees_closed_channels(&self) -> bool {
        self.is(ClosedChannelIsFree)
    }

    pub(super) fn forgets_closed_handles(&self) -> bool {
        !self.is(ClosedHandleAccepted)
    }

    pub(super) fn holds_initial_notification(&self) -> bool {
        !self.is(InitialNotificationOnceOnly)
    }

    pub(super) fn sends_at_once(&self) -> bool {
        !self.is(NextNotificationHeld)
    }

    pub(super) fn tells_losers(&self) -> bool {
        !self.is(LosersKeptWaiting) && !self.is(EverybodyOwnsTheChannel)
    }

    pub(super) fn tells_of_closure(&self) -> bool {
        !self.is(SourceCloseNotTold)
    }

    /// Whether a new call that can only be told that the channel is over blocks.
    pub(super) fn parks_released_calls(&self, occasion: Occasion) -> bool {
        match occasion {
            Occasion::Lost => self.is(LoserCallBlocks),
            Occasion::ClosedBefore => self.is(ClosedChannelBlocks),
            _ => false,
        }
    }

    /// Whether a client that is told that the channel is over loses its handle.
    pub(super) fn ends_released_views(&self, occasion: Occasion) -> bool {
        match occasion {
            Occasion::Lost => !self.is(LoserKeepsHandle),
            Occasion::ClosedBySource | Occasion::ClosedBefore => {
                !self.is(SourceCloseKeepsHandle) && !self.is(NotificationAfterRelease)
            }
            _ => true,
        }
    }

    /// The type that says that the channel is over.
    pub(super) fn release_type(&self, occasion: Occasion, kind: NotificationType) -> NotificationType {
        match (self.misbehaviour, occasion) {
            (Some(LoserGetsRegisteredType), Occasion::Lost) => kind,
            (Some(SourceCloseKeepsType), Occasion::ClosedBySource | Occasion::ClosedBefore) => kind,
            _ => NotificationType::RELEASE,
        }
    }

    /// Success, but for the variants that make an error of it.
    pub(super) fn release_status(&self, occasion: Occasion, closed: bool) -> Hresult {
        let fails = match (self.variant, occasion) {
            (Some(Variant::ClosedChannelIsError), Occasion::ClosedBefore)
            | (Some(Variant::OwnCloseFailsBlockedCall), Occasion::ClosedByOwnCall) => true,
            (Some(Variant::LostClosedChannelIsError), Occasion::Lost) => closed,
            _ => false,
        };
        if fails { Hresult::CHANNEL_CLOSED } else { Hresult::OK }
    }

    pub(super) fn keeps_channel_open(&self, owned: bool) -> bool {
        !(owned && self.is(NextNotificationEndsChannel))
    }

    pub(super) fn source_waits_for_answer(&self) -> bool {
        !self.is(SourceOverwritesNotification)
    }
}
