//! A server that answers whatever it may.

use conformance::event::Outcome;
use dcerpc::ContextHandle;
use mspan::method::In;
use mspan::{Hresult, NotificationType};

use super::world::{Served, World};
use super::{ASYNC_UI, CONTEXT_MISMATCH, E_FAIL, NULL};
use crate::dialogue::*;
use crate::rules::client_channel::utf16;
use crate::rules::client_reaction::PLAIN_BOX;
use crate::script::*;

type Key = (u32, ContextHandle);

impl World {
    pub(super) fn serve(&mut self, call: usize) {
        let client = self.talks[call].line.1;
        match self.talks[call].input.clone() {
            In::Create(_) => {
                let handle = self.new_handle(client, NotificationType::default());
                self.answer(call, created(handle));
            }
            In::RegisterClient(input) => {
                let fails = self.chance.one_in(10);
                let served = self.served.get_mut(&(client, input.registration_obj)).unwrap();
                (served.registered, served.kind) = (!fails, input.notification_type);
                self.answer(call, registered(if fails { E_FAIL } else { Hresult::OK }));
            }
            In::UnregisterClient(input) => {
                let served = self.served.get_mut(&(client, input.registration_obj)).unwrap();
                served.registered = false;
                if let Some(waiting) = served.waiting.take() {
                    let outcome = self.refusal(waiting, Hresult::NOTIFICATIONS_TERMINATED);
                    self.answer(waiting, outcome);
                }
                self.answer(call, unregistered(Hresult::OK));
            }
            In::Delete(_) => self.answer(call, deleted(NULL)),
            In::GetNewChannel(input) => self.park(call, (client, input.remote_obj)),
            In::GetNotification(input) => self.park(call, (client, input.remote_obj)),
            In::GetNotificationSendResponse(input) => self.park(call, (client, input.channel)),
            In::CloseChannel(input) => self.close(call, (client, input.channel)),
        }
    }

    fn new_handle(&mut self, client: u32, kind: NotificationType) -> ContextHandle {
        self.handles += 1;
        let handle = h(self.handles);
        self.served.insert((client, handle), Served { kind, ..Served::default() });
        handle
    }

    fn refusal(&mut self, call: usize, code: Hresult) -> Outcome {
        let thrown = self.chance.one_in(3);
        match &self.talks[call].input {
            _ if thrown => fault(code.0),
            In::GetNewChannel(_) => channels(&[], code),
            In::GetNotification(_) => no_notification(None, code),
            In::GetNotificationSendResponse(input) => fails(input.channel, code),
            _ => fault(code.0),
        }
    }

    /// A call waits for something to happen, unless there is nothing to wait for.
    fn park(&mut self, call: usize, key: Key) {
        let channel = matches!(self.talks[call].input, In::GetNotificationSendResponse(_));
        let served = self.served.get_mut(&key).unwrap();
        if channel && served.gone {
            return self.answer(call, fault(CONTEXT_MISMATCH));
        }
        if !channel && !served.registered {
            let outcome = self.refusal(call, Hresult::ALREADY_UNREGISTERED);
            return self.answer(call, outcome);
        }
        served.waiting = Some(call);
        let blocked = if self.chance.one_in(3) { self.chance.below(30) } else { self.chance.below(20_000) };
        self.after(blocked, move |world| {
            let served = world.served.get_mut(&key).unwrap();
            if served.waiting == Some(call) {
                served.waiting = None;
                let outcome = world.happening(call, key);
                world.answer(call, outcome);
            }
        });
    }

    /// What ends a call that waits.
    fn happening(&mut self, call: usize, key: Key) -> Outcome {
        let kind = self.served[&key].kind;
        if self.chance.one_in(12) {
            let code = [E_FAIL, Hresult(0xA004_0123), Hresult::OUT_OF_MEMORY, Hresult::NOTIFICATIONS_TERMINATED];
            let code = code[usize::try_from(self.chance.below(4)).unwrap()];
            return self.refusal(call, code);
        }
        match self.talks[call].input.clone() {
            In::GetNotification(_) => notification(kind, n(1)),
            In::GetNewChannel(_) => {
                let handles: Vec<_> = (0..=self.chance.below(2)).map(|_| self.new_handle(key.0, kind)).collect();
                channels(&handles, Hresult::OK)
            }
            In::GetNotificationSendResponse(input) => {
                let ends = self.chance.one_in(4);
                let served = self.served.get_mut(&key).unwrap();
                (served.heard, served.gone) = (true, ends);
                let handle = if ends { NULL } else { input.channel };
                let document = match kind {
                    ASYNC_UI if self.chance.one_in(4) => utf16("not xml"),
                    ASYNC_UI => utf16(PLAIN_BOX),
                    _ => n(u8::try_from(self.chance.below(200)).unwrap()),
                };
                if ends && self.chance.below(3) > 0 {
                    released()
                } else {
                    replies(handle, Some(kind), Some(document), Hresult::OK)
                }
            }
            _ => unreachable!("only these wait"),
        }
    }

    fn close(&mut self, call: usize, key: Key) {
        let served = self.served.get_mut(&key).unwrap();
        if std::mem::replace(&mut served.gone, true) {
            return self.answer(call, fault(CONTEXT_MISMATCH));
        }
        if let Some(waiting) = served.waiting.take() {
            let outcome = match self.chance.below(3) {
                0 => released(),
                1 => fails(NULL, Hresult::CHANNEL_CLOSED),
                _ => fault(CONTEXT_MISMATCH),
            };
            self.answer(waiting, outcome);
        }
        let status = if self.chance.one_in(4) { Hresult::CHANNEL_ACQUIRED } else { Hresult::OK };
        self.answer(call, closed(status));
    }
}
