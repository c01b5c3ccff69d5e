//! Create, Delete, RegisterClient and UnregisterClient ([MS-PAN] 3.1.2.4, 3.1.1.4.1, 3.1.1.4.2).

use dcerpc::ContextHandle;
use mspan::method::RegisterClientIn;
use mspan::{Hresult, NotificationType, UserFilter};

use super::PrintServer;
use super::answer::{self, Occasion};
use super::call::{Asked, Caller};
use super::channel::{Channel, ChannelKey};
use super::registration::{Audience, Mode, ObjectKey, ObjectState, Parameters, Registration, RemoteObject};

impl PrintServer {
    pub(super) fn create(&mut self, caller: &Caller, asked: Asked) {
        if self.objects.len() >= self.options.object_limit {
            return self.fail(asked, Occasion::Refused, Hresult::OUT_OF_MEMORY);
        }
        let association = caller.association;
        if !self.conduct.creates_anew()
            && let Some(handle) = self.object_handle(association)
        {
            return self.answer(asked, Occasion::Done, answer::created(ContextHandle::new(handle)));
        }
        let key = ObjectKey(self.next_key());
        let handle = self.mint_object_handle(association, key);
        self.objects.insert(key, RemoteObject { association, state: ObjectState::Unregistered { before: false } });
        self.answer(asked, Occasion::Done, answer::created(ContextHandle::new(handle)));
    }

    /// An object that is still registered loses its registration first, and a blocked GetNotification returns
    /// NOTIFICATION_RELEASE (3.1.1.4.5).
    pub(super) fn delete(&mut self, caller: &Caller, asked: Asked) {
        let Some(key) = self.object_key(caller, asked.handle) else { return self.no_such_handle(asked) };
        let state = self.objects.get(&key).map(|object| &object.state);
        if state.is_some_and(|state| self.conduct.throws_on_delete(state)) {
            return self.fault(asked, Occasion::Refused, Hresult::ALREADY_UNREGISTERED.0);
        }
        self.release_notification_call(key);
        self.end_registration(key);
        if self.conduct.forgets_deleted_objects() {
            self.forget_handle(asked.handle.uuid);
            self.objects.remove(&key);
        }
        self.answer(asked, Occasion::Done, answer::deleted());
    }

    pub(super) fn register_client(&mut self, caller: &Caller, asked: Asked, input: &RegisterClientIn) {
        let Some(key) = self.object_key(caller, asked.handle) else { return self.no_such_handle(asked) };
        match self.admit(caller, key, input) {
            Ok(parameters) => {
                self.register(key, parameters);
                self.answer(asked, Occasion::Done, answer::registered(Hresult::OK));
            }
            Err(status) => {
                self.conduct.refused(key);
                self.fail(asked, Occasion::Refused, status);
            }
        }
    }

    pub(super) fn unregister_client(&mut self, caller: &Caller, asked: Asked) {
        let Some(key) = self.object_key(caller, asked.handle) else { return self.no_such_handle(asked) };
        let refused = self.objects.get_mut(&key).and_then(|object| object.state.registration().err());
        match refused {
            Some(status) if !self.conduct.lets_unregister(key, status) => {
                self.fail(asked, Occasion::NotRegistered, status);
            }
            _ => {
                self.end_registration(key);
                if !self.conduct.keeps_unregistered_objects() {
                    self.forget_handle(asked.handle.uuid);
                    self.objects.remove(&key);
                }
                self.answer(asked, Occasion::Done, answer::unregistered());
            }
        }
    }

    /// Whether a registration may be made: its format, then access, then the state of the object, then the limit.
    fn admit(&mut self, caller: &Caller, key: ObjectKey, input: &RegisterClientIn) -> Result<Parameters, Hresult> {
        if self.shutting_down {
            return Err(Hresult::NOTIFICATIONS_TERMINATED);
        }
        let parameters = self.conduct.read_parameters(input, &caller.identity)?;
        if parameters.wants_configuration_on_channels() && !self.conduct.takes_configuration_on_channels() {
            return Err(Hresult::INVALID_ARGUMENT);
        }
        if parameters.filter == UserFilter::ALL_USERS && !self.conduct.may_hear_all(&caller.identity) {
            return Err(Hresult::ACCESS_DENIED);
        }
        if parameters.printer.is_none() && !self.conduct.takes_no_name() {
            return Err(Hresult::INVALID_NAME);
        }
        let state = self.objects.get(&key).map(|object| &object.state);
        let before = match state {
            Some(ObjectState::Unregistered { before }) => *before,
            _ => return Err(Hresult::INVALID_ARGUMENT),
        };
        if before && !self.conduct.registers_again() {
            return Err(Hresult::ALREADY_UNREGISTERED);
        }
        if self.registrations >= self.options.registration_limit {
            self.conduct.at_registration_limit()?;
            self.end_oldest_registration();
        }
        Ok(parameters)
    }

    fn register(&mut self, key: ObjectKey, parameters: Parameters) {
        if !self.conduct.lets_registrations_stand()
            && let Some(association) = self.objects.get(&key).map(|object| object.association)
        {
            let others = self.objects.iter().filter(|(_, object)| object.association == association);
            for other in others.map(|(key, _)| *key).collect::<Vec<_>>() {
                self.end_registration(other);
            }
        }
        let mut registration = Registration::new(parameters);
        match &mut registration.mode {
            Mode::Unidirectional(queue) => {
                queue.notifications.extend(self.conduct.earlier_notifications(&registration.parameters));
            }
            Mode::Bidirectional(queue) => {
                let open = self.channels.iter().filter(|(_, channel)| channel.is_offered());
                let wanted =
                    open.filter(|(_, channel)| self.conduct.reaches(&channel.audience, &registration.parameters));
                let earlier: Vec<ChannelKey> = wanted.map(|(key, _)| *key).collect();
                queue.offered.extend(self.conduct.earlier_channels(earlier));
                if let Some(initial) = self.conduct.own_channel(&registration.parameters) {
                    let key = ChannelKey(self.next_key());
                    self.channels.insert(key, Channel::new(Audience::of(&registration.parameters), Some(initial)));
                    queue.offered.push_back(key);
                }
            }
        }
        let Some(object) = self.objects.get_mut(&key) else { return };
        let (association, parameters) = (object.association, registration.parameters.clone());
        object.state = ObjectState::Registered(registration);
        self.registrations += 1;
        if self.conduct.keeps_parameters_per_association() {
            let others = self.objects.values_mut().filter(|object| object.association == association);
            for registration in others.filter_map(|object| object.state.registration().ok()) {
                registration.parameters = parameters.clone();
            }
        }
    }

    /// Ends a registration, if there is one, and its blocked call with 0x8007071A. Channels live on (SD-27).
    pub(super) fn end_registration(&mut self, key: ObjectKey) {
        let Some(object) = self.objects.get_mut(&key) else { return };
        let association = object.association;
        let after = ObjectState::Unregistered { before: true };
        let ObjectState::Registered(registration) = core::mem::replace(&mut object.state, after) else { return };
        self.registrations = self.registrations.saturating_sub(1);
        if let Some(asked) = registration.waiting
            && self.conduct.ends_blocked_calls()
        {
            self.throw(asked, Occasion::Terminated, Hresult::NOTIFICATIONS_TERMINATED);
        }
        if !self.conduct.keeps_channels_of_ended_registrations()
            && let Mode::Bidirectional(queue) = &registration.mode
        {
            self.drop_views(association, &queue.returned);
        }
        self.conduct.ended(key, registration);
    }

    fn release_notification_call(&mut self, key: ObjectKey) {
        let Some(object) = self.objects.get_mut(&key) else { return };
        let Ok(registration) = object.state.registration() else { return };
        if let Mode::Unidirectional(_) = registration.mode
            && let Some(asked) = registration.waiting.take()
        {
            let out = answer::notification(Some(NotificationType::RELEASE), None, Hresult::OK);
            self.answer(asked, Occasion::ObjectDeleted, out);
        }
    }

    fn end_oldest_registration(&mut self) {
        let oldest = self.objects.iter().find(|(_, object)| matches!(object.state, ObjectState::Registered(_)));
        if let Some(key) = oldest.map(|(key, _)| *key) {
            self.end_registration(key);
        }
    }
}
