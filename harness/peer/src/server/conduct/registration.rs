//! Remote objects and registrations, and whom a notification reaches.

use mspan::method::RegisterClientIn;
use mspan::{Hresult, Method, NotificationType, UserFilter};

use super::{Conduct, MEMORY_LIMIT};
use crate::misbehaviour::Misbehaviour::*;
use crate::server::call::Identity;
use crate::server::registration::{Agreement, Audience, ObjectKey, ObjectState, Parameters, Registration};

/// Remote objects and registrations (3.1.2.4, 3.1.1.4.1, 3.1.1.4.2).
impl Conduct {
    /// Whether a method waits for the blocked call on its object.
    pub(in crate::server) fn serializes(&self, method: Method) -> bool {
        match method {
            Method::UnregisterClient => self.is(UnregisterWaitsForNotification),
            Method::CloseChannel => self.is(CloseWaitsForNotification),
            _ => false,
        }
    }

    pub(in crate::server) fn creates_anew(&self) -> bool {
        !self.is(OneObjectForAll)
    }

    pub(in crate::server) fn lets_registrations_stand(&self) -> bool {
        !self.is(RegistrationEndsOthers)
    }

    pub(in crate::server) fn throws_on_delete(&self, state: &ObjectState) -> bool {
        self.is(DeleteThrowsAlreadyUnregistered) && matches!(state, ObjectState::Unregistered { before: true })
    }

    pub(in crate::server) fn forgets_deleted_objects(&self) -> bool {
        !self.is(StaleHandleAccepted)
    }

    pub(in crate::server) fn keeps_unregistered_objects(&self) -> bool {
        !self.is(UnregisterDestroysObject)
    }

    pub(in crate::server) fn read_parameters(
        &self,
        input: &RegisterClientIn,
        identity: &Identity,
    ) -> Result<Parameters, Hresult> {
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

    pub(in crate::server) fn refused(&mut self, key: ObjectKey) {
        if self.is(FailedRegistrationCounts) && self.memory.refused.len() < MEMORY_LIMIT {
            self.memory.refused.push(key);
        }
    }

    /// kAllUsers needs SERVER_ALL_ACCESS, or PRINTER_ALL_ACCESS on the queue.
    pub(in crate::server) fn may_hear_all(&self, identity: &Identity) -> bool {
        identity.administrator || self.is(AllUsersForEverybody)
    }

    pub(in crate::server) fn takes_no_name(&self) -> bool {
        !self.is(NullNameRefused)
    }

    pub(in crate::server) fn registers_again(&self) -> bool {
        !self.is(RegistersOnce)
    }

    /// What happens at the limit: an error, or the oldest registration makes room.
    pub(in crate::server) fn at_registration_limit(&self) -> Result<(), Hresult> {
        match self.misbehaviour {
            Some(OldestRegistrationDropped) => Ok(()),
            Some(LimitReportedAsMemory) => Err(Hresult::OUT_OF_MEMORY),
            _ => Err(Hresult::REGISTRATION_LIMIT),
        }
    }

    pub(in crate::server) fn keeps_parameters_per_association(&self) -> bool {
        self.is(ParametersKeptPerAssociation)
    }

    pub(in crate::server) fn lets_unregister(&mut self, key: ObjectKey, status: Hresult) -> bool {
        if self.memory.refused.contains(&key) {
            self.memory.refused.retain(|refused| *refused != key);
            return true;
        }
        match status {
            Hresult::NOT_REGISTERED => self.is(UnregisterWithoutRegistrationSucceeds),
            _ => self.is(SecondUnregisterSucceeds),
        }
    }

    pub(in crate::server) fn ends_blocked_calls(&self) -> bool {
        !self.is(UnregisterLeavesCallPending)
    }

    pub(in crate::server) fn keeps_channels_of_ended_registrations(&self) -> bool {
        !self.is(UnregisterDropsChannels)
    }

    pub(in crate::server) fn ended(&mut self, key: ObjectKey, registration: Registration) {
        if (self.is(NotificationAfterUnregister) || self.is(ChannelsAfterUnregister))
            && self.memory.ended.len() < MEMORY_LIMIT
        {
            self.memory.ended.retain(|(ended, _)| *ended != key);
            self.memory.ended.push((key, registration));
        }
    }

    /// Which registrations an audience reaches (2.2.1, 2.2.2, 3.1.1.6).
    pub(in crate::server) fn reaches(&self, addressed: &Audience, parameters: &Parameters) -> bool {
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
