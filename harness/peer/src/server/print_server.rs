//! The print server: what it holds, and how calls and local events change it.

use std::collections::{BTreeMap, HashMap, VecDeque};

use dcerpc::ContextHandle;
use mspan::method::{In, Out};
use mspan::{Hresult, Method};
use uuid::Uuid;

use super::answer::{self, Occasion};
use super::call::{Asked, AssociationId, CallToken, Caller, Completion, Outcome, fault};
use super::channel::{Channel, ChannelKey};
use super::conduct::Conduct;
use super::handle::HandleMint;
use super::options::ServerOptions;
use super::registration::{ObjectKey, ObjectState, RemoteObject};

/// A complete server of [MS-PAN] section 3.1 without any I/O: calls and local events in, completions out.
///
/// A call is completed at once or later; either way its [`Completion`] comes out of [`PrintServer::next_completion`].
/// Where the specification leaves room: notifications are lost at the new end of a full queue; a channel survives the
/// registration that it was returned to; a channel that its source closed ends with NOTIFICATION_RELEASE.
#[derive(Debug)]
pub struct PrintServer {
    pub(super) options: ServerOptions,
    pub(super) conduct: Conduct,
    pub(super) objects: BTreeMap<ObjectKey, RemoteObject>,
    pub(super) channels: BTreeMap<ChannelKey, Channel>,
    /// The names that the source gave to its channels.
    pub(super) channel_names: HashMap<String, ChannelKey>,
    pub(super) registrations: usize,
    pub(super) shutting_down: bool,
    handles: HashMap<Uuid, Holder>,
    mint: HandleMint,
    last_key: u64,
    completions: VecDeque<Completion>,
    deferred: Vec<Deferred>,
}

/// What a context handle stands for, and where it is valid.
#[derive(Clone, Copy, Debug)]
struct Holder {
    association: AssociationId,
    /// Whether that has ended.
    ended: bool,
    held: Held,
}

#[derive(Clone, Copy, Debug)]
enum Held {
    Object(ObjectKey),
    Channel(ChannelKey),
}

/// A call that a misbehaving server processes only after another one.
#[derive(Debug)]
struct Deferred {
    behind: CallToken,
    caller: Caller,
    token: CallToken,
    input: In,
}

impl PrintServer {
    /// A server without any remote object.
    #[must_use]
    pub fn new(options: ServerOptions) -> Self {
        Self {
            conduct: Conduct::new(options.misbehaviour, options.variant),
            mint: HandleMint::new(options.seed),
            options,
            objects: BTreeMap::new(),
            channels: BTreeMap::new(),
            channel_names: HashMap::new(),
            registrations: 0,
            shutting_down: false,
            handles: HashMap::new(),
            last_key: 0,
            completions: VecDeque::new(),
            deferred: Vec::new(),
        }
    }

    /// Processes a call ([MS-PAN] 3.1.1.4, 3.1.2.4).
    pub fn call(&mut self, caller: &Caller, token: CallToken, input: In) {
        let asked = Asked::new(token, &input);
        if self.conduct.serializes(asked.method)
            && let Some(behind) = self.blocked_call(caller, asked.handle)
        {
            self.deferred.push(Deferred { behind, caller: caller.clone(), token, input });
            return;
        }
        match input {
            In::Create(_) => self.create(caller, asked),
            In::Delete(_) => self.delete(caller, asked),
            In::RegisterClient(input) => self.register_client(caller, asked, &input),
            In::UnregisterClient(_) => self.unregister_client(caller, asked),
            In::GetNewChannel(_) | In::GetNotification(_) => self.wait(caller, asked),
            In::GetNotificationSendResponse(input) => self.get_notification_send_response(caller, asked, input),
            In::CloseChannel(input) => self.close_channel(caller, asked, input),
        }
    }

    /// The next call that has come to its end, in the order in which they did.
    pub fn next_completion(&mut self) -> Option<Completion> {
        self.completions.pop_front()
    }

    /// Whether an orderly shutdown was begun.
    #[must_use]
    pub fn is_shutting_down(&self) -> bool {
        self.shutting_down
    }

    /// The client cancels a call: if it is blocked, it ends with a fault.
    pub fn cancel(&mut self, token: CallToken) {
        if let Some(asked) = self.take_waiting(|waiting| waiting.token == token).pop() {
            self.fault(asked, Occasion::Refused, fault::CANCELLED);
        }
    }

    /// A connection has ended: nobody waits for the calls that were blocked on it.
    pub fn connection_ended(&mut self, connection: u64) {
        self.take_waiting(|waiting| waiting.token.connection == connection);
        self.deferred.retain(|deferred| deferred.token.connection != connection);
    }

    /// The last connection of an association has ended: rundown of its context handles (SD-68). Registrations end, and
    /// the source of an owned channel learns of its closure.
    pub fn association_ended(&mut self, association: AssociationId) {
        self.deferred.retain(|deferred| deferred.caller.association != association);
        if !self.conduct.runs_down() {
            let left = self.handles.values_mut().filter(|holder| holder.association == association);
            left.for_each(|holder| holder.ended = true);
            return;
        }
        let ended = self.objects.extract_if(.., |_, object| object.association == association);
        let registered = ended.filter(|(_, object)| matches!(object.state, ObjectState::Registered(_))).count();
        self.registrations = self.registrations.saturating_sub(registered);
        self.run_down_channels(association);
        self.handles.retain(|_, holder| holder.association != association);
    }

    pub(super) fn next_key(&mut self) -> u64 {
        self.last_key += 1;
        self.last_key
    }

    pub(super) fn mint_object_handle(&mut self, association: AssociationId, key: ObjectKey) -> Uuid {
        let handle = self.mint.next_handle();
        self.handles.insert(handle, Holder { association, ended: false, held: Held::Object(key) });
        handle
    }

    /// The handle of some remote object of an association.
    pub(super) fn object_handle(&self, association: AssociationId) -> Option<Uuid> {
        let of_objects = self.handles.iter().filter(|(_, holder)| matches!(holder.held, Held::Object(_)));
        of_objects.filter(|(_, holder)| holder.association == association).map(|(handle, _)| *handle).min()
    }

    pub(super) fn mint_channel_handle(&mut self, association: AssociationId, key: ChannelKey) -> Uuid {
        let handle = self.mint.next_handle();
        self.handles.insert(handle, Holder { association, ended: false, held: Held::Channel(key) });
        handle
    }

    pub(super) fn forget_handle(&mut self, handle: Uuid) {
        self.handles.remove(&handle);
    }

    /// The remote object that a handle stands for in the caller's association.
    pub(super) fn object_key(&self, caller: &Caller, handle: ContextHandle) -> Option<ObjectKey> {
        match self.holder(caller, handle)? {
            Held::Object(key) => Some(key),
            Held::Channel(_) => None,
        }
    }

    /// The channel that a handle stands for in the caller's association.
    pub(super) fn channel_key(&self, caller: &Caller, handle: ContextHandle) -> Option<ChannelKey> {
        match self.holder(caller, handle)? {
            Held::Channel(key) => Some(key),
            Held::Object(_) => None,
        }
    }

    pub(super) fn answer(&mut self, asked: Asked, occasion: Occasion, out: Out) {
        self.complete(asked, occasion, Outcome::Return(out));
    }

    /// Ends a call with a failure HRESULT.
    pub(super) fn fail(&mut self, asked: Asked, occasion: Occasion, status: Hresult) {
        self.answer(asked, occasion, answer::failure(&asked, status));
    }

    /// Ends a call with a code that GetNewChannel and GetNotification throw as an exception.
    pub(super) fn throw(&mut self, asked: Asked, occasion: Occasion, status: Hresult) {
        if matches!(asked.method, Method::GetNewChannel | Method::GetNotification) {
            self.fault(asked, occasion, status.0);
        } else {
            self.fail(asked, occasion, status);
        }
    }

    pub(super) fn no_such_handle(&mut self, asked: Asked) {
        self.fault(asked, Occasion::NoSuchHandle, fault::CONTEXT_MISMATCH);
    }

    pub(super) fn fault(&mut self, asked: Asked, occasion: Occasion, status: u32) {
        self.complete(asked, occasion, Outcome::Fault(status));
    }

    fn complete(&mut self, asked: Asked, occasion: Occasion, mut outcome: Outcome) {
        self.conduct.amend(&asked, occasion, &mut outcome);
        self.completions.push_back(Completion { token: asked.token, outcome });
        let now: Vec<_> = self.deferred.extract_if(.., |deferred| deferred.behind == asked.token).collect();
        for deferred in now {
            self.call(&deferred.caller, deferred.token, deferred.input);
        }
    }

    fn holder(&self, caller: &Caller, handle: ContextHandle) -> Option<Held> {
        let holder = self.handles.get(&handle.uuid)?;
        let known = holder.association == caller.association || self.conduct.knows_foreign_handles(holder.ended);
        (known && handle.attributes == 0).then_some(holder.held)
    }

    fn blocked_call(&mut self, caller: &Caller, handle: ContextHandle) -> Option<CallToken> {
        let waiting = match self.holder(caller, handle)? {
            Held::Object(key) => self.objects.get_mut(&key)?.state.registration().ok()?.waiting,
            Held::Channel(key) => self.channels.get_mut(&key)?.view(handle.uuid)?.waiting,
        };
        waiting.map(|asked| asked.token)
    }

    /// Takes blocked calls from what they wait for, unanswered.
    fn take_waiting(&mut self, chosen: impl Fn(&Asked) -> bool) -> Vec<Asked> {
        let of_objects = self.objects.values_mut().filter_map(|object| match &mut object.state {
            ObjectState::Registered(registration) => Some(&mut registration.waiting),
            ObjectState::Unregistered { .. } => None,
        });
        let of_channels = self.channels.values_mut().flat_map(|channel| &mut channel.views);
        of_objects
            .chain(of_channels.map(|view| &mut view.waiting))
            .filter_map(|waiting| waiting.take_if(|asked| chosen(asked)))
            .collect()
    }
}
