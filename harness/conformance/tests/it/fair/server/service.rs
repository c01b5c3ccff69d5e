//! What the server makes of calls and of what its source wants.

use bytes::Bytes;
use dcerpc::ContextHandle;
use mspan::method::In;
use mspan::{Hresult, NotificationType};
use trace::stimulus::{Answer, ChannelLog, ClosedBy, Request, SourceResponse};

use super::{Act, Channel, View, World};
use crate::dialogue::*;
use crate::script::*;

const NULL: ContextHandle = ContextHandle::NULL;

impl World {
    /// The source does what it was asked for.
    pub(super) fn effect(&mut self, number: usize) {
        let refused = || Answer::Refused { error: "no".into(), unsupported: false };
        let answer = match self.asked[number].0.clone() {
            Request::OpenChannel { id, audience, data } => {
                self.channels.push(Channel {
                    id,
                    kind: NotificationType(audience.notification_type),
                    unanswered: data.is_some(),
                    held: data,
                    owner: None,
                    closed_by: None,
                    responses: Vec::new(),
                });
                Answer::Done
            }
            Request::ChannelNotify { id, data } => match self.named(&id) {
                Some(channel) if self.channels[channel].closed_by.is_none() && !self.channels[channel].unanswered => {
                    self.channels[channel].held = Some(data);
                    self.channels[channel].unanswered = true;
                    Answer::Done
                }
                _ => refused(),
            },
            Request::ChannelClose { id } => match self.named(&id) {
                Some(channel) if self.channels[channel].closed_by.is_none() => {
                    self.channels[channel].closed_by = Some(ClosedBy::Source);
                    self.channels[channel].held = None;
                    Answer::Done
                }
                _ => refused(),
            },
            Request::ChannelLog { id } => match self.named(&id) {
                Some(channel) => {
                    let Channel { responses, owner, closed_by, .. } = self.channels[channel].clone();
                    let (acquired, closed_by) = (Some(owner.is_some()), Some(closed_by));
                    Answer::Log(ChannelLog { responses, acquired, closed_by })
                }
                None => refused(),
            },
            _ => refused(),
        };
        self.asked[number].1 = Some(answer);
        self.serve();
        self.stage.soon(Act::Answer(number));
    }

    pub(super) fn named(&self, id: &str) -> Option<usize> {
        self.channels.iter().position(|channel| channel.id == id)
    }

    pub(super) fn handle(&mut self, call: usize) {
        match self.calls[call].0.clone() {
            In::GetNewChannel(input) => {
                let object = self.objects.iter().position(|object| object.handle == input.remote_obj).unwrap();
                if !self.objects[object].registered {
                    return self.answer(call, channels(&[], Hresult::ALREADY_UNREGISTERED));
                }
                if self.objects[object].waiting.is_some() {
                    let thrown = self.stage.below(2) == 0;
                    let refusal = if thrown { fault(0x8004_000C) } else { channels(&[], Hresult::CALL_OUTSTANDING) };
                    return self.answer(call, refusal);
                }
                self.objects[object].waiting = Some(call);
            }
            In::UnregisterClient(input) => {
                let object = self.objects.iter().position(|object| object.handle == input.registration_obj).unwrap();
                let registered = std::mem::take(&mut self.objects[object].registered);
                let status = if registered { Hresult::OK } else { Hresult::ALREADY_UNREGISTERED };
                self.answer(call, unregistered(status));
                if let Some(waiting) = self.objects[object].waiting.take() {
                    self.answer(waiting, channels(&[], Hresult::NOTIFICATIONS_TERMINATED));
                }
            }
            In::GetNotificationSendResponse(input) => {
                self.gnsr(call, input.channel, input.notification_type, octets_of(input.notification_data));
            }
            In::CloseChannel(input) => {
                self.close(call, input.channel, input.notification_type, octets_of(input.reason));
            }
            _ => {}
        }
        self.serve();
    }

    fn gnsr(&mut self, call: usize, handle: ContextHandle, kind: Option<NotificationType>, data: Bytes) {
        let Some(view) = self.views.iter().position(|view| view.handle == handle && !view.gone) else {
            return self.answer(call, fault(0x1C00_001A));
        };
        if self.views[view].waiting.is_some() {
            return self.answer(call, fails(handle, Hresult::CALL_OUTSTANDING));
        }
        let channel = self.views[view].channel;
        let (registered, notified) = (self.channels[channel].kind, self.views[view].notified);
        let free = self.channels[channel].owner.is_none_or(|owner| owner == view);
        if free && self.channels[channel].closed_by.is_none() {
            if kind.map_or(notified, |kind| kind != registered) {
                return self.answer(call, fails(handle, Hresult::TYPE_MISMATCH));
            }
            if notified {
                self.take(channel, view, data);
            }
        }
        self.views[view].waiting = Some(call);
    }

    fn close(&mut self, call: usize, handle: ContextHandle, kind: NotificationType, data: Bytes) {
        let Some(view) = self.views.iter().position(|view| view.handle == handle && !view.gone) else {
            return self.answer(call, fault(0x1C00_001A));
        };
        let channel = self.views[view].channel;
        let release = kind == NotificationType::RELEASE;
        let Channel { owner, closed_by, kind: registered, .. } = self.channels[channel].clone();
        let status = if owner.is_some_and(|owner| owner != view) {
            Hresult::CHANNEL_ACQUIRED
        } else if !release && kind != registered {
            Hresult::TYPE_MISMATCH
        } else if closed_by.is_some() && !release {
            if self.stage.below(2) == 0 { Hresult::CHANNEL_CLOSED } else { Hresult::OK }
        } else {
            Hresult::OK
        };
        if status == Hresult::OK && closed_by.is_none() {
            if !release {
                self.take(channel, view, data);
            }
            if self.channels[channel].owner == Some(view) {
                self.channels[channel].closed_by = Some(ClosedBy::Client);
                self.channels[channel].held = None;
            }
        }
        self.views[view].gone = true;
        if let Some(waiting) = self.views[view].waiting.take() {
            let outcome = match self.stage.below(3) {
                0 => fails(NULL, Hresult::CHANNEL_CLOSED),
                1 => fault(0x1C00_001A),
                _ => released(),
            };
            self.answer(waiting, outcome);
        }
        self.answer(call, closed(status));
    }

    /// A response is taken: it acquires the channel.
    fn take(&mut self, channel: usize, view: usize, data: Bytes) {
        let channel = &mut self.channels[channel];
        if channel.owner.is_none() {
            channel.owner = Some(view);
            channel.held = None;
        }
        channel.unanswered = false;
        channel.responses.push(SourceResponse { notification_type: channel.kind.0, data });
    }

    /// Whoever waits gets what there is.
    fn serve(&mut self) {
        for object in 0..self.objects.len() {
            let Some(call) = self.objects[object].waiting else { continue };
            let offered: Vec<usize> = (0..self.channels.len()).filter(|at| self.is_offered(*at, object)).collect();
            if offered.is_empty() {
                continue;
            }
            self.objects[object].waiting = None;
            let line = self.objects[object].line;
            let mut handles = Vec::new();
            for channel in offered {
                let handle = h(1_000 + self.views.len() as u128);
                handles.push(handle);
                let (notified, waiting, gone, shown) = (false, None, false, false);
                self.views.push(View {
                    channel,
                    object,
                    line,
                    handle,
                    notified,
                    waiting,
                    gone,
                    shown,
                    offered_by: call,
                });
            }
            self.answer(call, channels(&handles, Hresult::OK));
        }
        for view in 0..self.views.len() {
            let View { channel, handle, notified, waiting: Some(call), .. } = self.views[view] else { continue };
            let (owner, closed) = (self.channels[channel].owner, self.channels[channel].closed_by);
            let outcome = if owner.is_some_and(|owner| owner != view) || closed.is_some() {
                self.views[view].gone = true;
                released()
            } else if let Some(data) = self.channels[channel].held.clone().filter(|_| owner.is_some() || !notified) {
                if owner.is_some() {
                    self.channels[channel].held = None;
                }
                self.views[view].notified = true;
                replies(handle, Some(self.channels[channel].kind), Some(data), Hresult::OK)
            } else {
                continue;
            };
            self.views[view].waiting = None;
            self.answer(call, outcome);
        }
    }

    fn is_offered(&self, channel: usize, object: usize) -> bool {
        let Channel { kind, owner, closed_by, .. } = &self.channels[channel];
        let returned = self.views.iter().any(|view| view.channel == channel && view.object == object);
        *kind == self.objects[object].kind && owner.is_none() && closed_by.is_none() && !returned
    }
}

fn octets_of(data: Option<dcerpc::ndr::Conformant<Bytes>>) -> Bytes {
    data.map(|data| data.elements).unwrap_or_default()
}
