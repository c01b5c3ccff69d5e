//! Clients that keep every rule: registrations, channels, and the user who chooses.

use std::cell::RefCell;
use std::rc::Rc;

use bytes::Bytes;
use dcerpc::ContextHandle;
use mspan::method::{In, Out};
use mspan::{ConversationStyle, Hresult, NotificationType};

use super::world::{Seen, Talk, World};
use super::{ASYNC_UI, BIDI, CONTEXT_MISMATCH};
use crate::dialogue::*;
use crate::rules::client_channel::{reply, utf16};
use crate::rules::client_reaction::PLAIN_BOX;
use crate::script::*;

/// A registration as its client has it.
pub(super) struct Membership {
    pub(super) client: u32,
    pub(super) handle: ContextHandle,
    pub(super) kind: NotificationType,
    pub(super) style: ConversationStyle,
    pub(super) waits: bool,
    pub(super) leaves: bool,
    pub(super) gone: bool,
    /// What it waits before it tries again.
    pub(super) patience: u64,
    pub(super) channels: Vec<Rc<RefCell<Channel>>>,
}

/// A channel as its client has it.
pub(super) struct Channel {
    client: u32,
    handle: ContextHandle,
    kind: NotificationType,
    calls: bool,
    closes: bool,
    gone: bool,
}

impl World {
    pub(super) fn register(&mut self, client: u32, kind: NotificationType, style: ConversationStyle, patience: u64) {
        self.call(client, create(), move |world, outcome| {
            let Some(Out::Create(output)) = outcome.output() else { return };
            let handle = output.remote_obj;
            let input = register(handle).of(kind).style(style).into();
            if world.left.contains(&client) {
                return world.call(client, delete(handle), |_, _| {});
            }
            let channels = Vec::new();
            let (waits, leaves, gone) = (false, false, false);
            let known = Membership { client, handle, kind, style, waits, leaves, gone, patience, channels };
            let known = Rc::new(RefCell::new(known));
            world.memberships.entry(client).or_default().push(Rc::clone(&known));
            world.call(client, input, move |world, outcome| {
                if outcome.succeeded() == Some(true) {
                    if known.borrow().leaves { world.unregister(&known, false) } else { world.wait_on(&known) }
                } else {
                    world.dispose(&known);
                    let leaves = known.borrow().leaves;
                    if !leaves {
                        world.try_again(&known);
                    }
                }
            });
        });
    }

    /// After a while, with twice the patience, unless the client has left meanwhile.
    fn try_again(&mut self, known: &Rc<RefCell<Membership>>) {
        let Membership { client, kind, style, patience, .. } = *known.borrow();
        self.after(patience, move |world| {
            if !world.left.contains(&client) {
                world.register(client, kind, style, (patience * 2).min(60_000));
            }
        });
    }

    fn wait_on(&mut self, known: &Rc<RefCell<Membership>>) {
        let Membership { client, handle, style, .. } = *known.borrow();
        let input = if style == BIDI { get_new_channel(handle) } else { get_notification(handle) };
        known.borrow_mut().waits = true;
        let known = Rc::clone(known);
        self.call(client, input, move |world, outcome| {
            known.borrow_mut().waits = false;
            if let Some(Out::GetNewChannel(output)) = outcome.output() {
                for handle in output.channel_ctxt.iter().flat_map(|handles| handles.elements.clone()) {
                    world.open_channel(&known, handle);
                }
            }
            let (leaves, gone) = (known.borrow().leaves, known.borrow().gone);
            let code = outcome.code().map(Hresult);
            match outcome.succeeded() {
                _ if gone => world.dispose(&known),
                _ if leaves => {}
                Some(true) => {
                    known.borrow_mut().patience = 1_000;
                    let delay = world.chance.below(300);
                    world.after(delay, move |world| {
                        let stays = !known.borrow().leaves;
                        if stays {
                            world.wait_on(&known);
                        }
                    });
                }
                _ => {
                    let again = code != Some(Hresult::NOTIFICATIONS_TERMINATED);
                    world.unregister(&known, again);
                }
            }
        });
    }

    fn unregister(&mut self, known: &Rc<RefCell<Membership>>, again: bool) {
        let Membership { client, handle, .. } = *known.borrow();
        known.borrow_mut().leaves = true;
        let known = Rc::clone(known);
        self.call(client, unregister(handle), move |world, _| {
            known.borrow_mut().gone = true;
            if !known.borrow().waits {
                world.dispose(&known);
            }
            if again {
                known.borrow_mut().leaves = false;
                world.try_again(&known);
            }
        });
    }

    fn dispose(&mut self, known: &Rc<RefCell<Membership>>) {
        let Membership { client, handle, .. } = *known.borrow();
        self.call(client, delete(handle), |_, _| {});
    }

    /// A client has lost interest in everything.
    pub(super) fn leave(&mut self, client: u32) {
        self.left.insert(client);
        for known in self.memberships.get(&client).cloned().unwrap_or_default() {
            let (leaves, registered) = (known.borrow().leaves || known.borrow().gone, known.borrow().waits);
            for channel in known.borrow().channels.clone() {
                self.close_channel(&channel, None);
            }
            known.borrow_mut().leaves = true;
            if !leaves && registered {
                self.unregister(&known, false);
            } else if !leaves {
                self.leave_idle(&known);
            }
        }
        self.depart(client, 100);
    }

    /// Between two calls, or before RegisterClient has come back: that goes on to unregister.
    fn leave_idle(&mut self, known: &Rc<RefCell<Membership>>) {
        let handle = known.borrow().handle;
        let registers =
            |talk: &Talk| matches!(&talk.input, In::RegisterClient(input) if input.registration_obj == handle);
        let pending = self.outstanding.iter().any(|call| registers(&self.talks[*call]));
        let failed = !self.served[&(known.borrow().client, handle)].registered;
        if !pending && !failed {
            self.unregister(known, false);
        }
    }

    /// When nothing is on its way any more the client closes its connections.
    fn depart(&mut self, client: u32, rounds: u32) {
        self.after(1_000, move |world| {
            let open = world.outstanding.iter().any(|call| world.talks[*call].line.1 == client);
            if open && rounds > 0 {
                return world.depart(client, rounds - 1);
            }
            let lines = world.opened.remove(&client).unwrap_or_default();
            world.seen.push((world.now, Seen::Left(client, lines, Vec::new())));
        });
    }

    fn open_channel(&mut self, known: &Rc<RefCell<Membership>>, handle: ContextHandle) {
        let Membership { client, kind, leaves, .. } = *known.borrow();
        let (calls, closes, gone) = (false, false, false);
        let channel = Rc::new(RefCell::new(Channel { client, handle, kind, calls, closes, gone }));
        known.borrow_mut().channels.push(Rc::clone(&channel));
        if leaves {
            self.close_channel(&channel, None);
        } else {
            self.respond(&channel, first(handle));
        }
    }

    fn respond(&mut self, channel: &Rc<RefCell<Channel>>, input: In) {
        let client = channel.borrow().client;
        channel.borrow_mut().calls = true;
        let channel = Rc::clone(channel);
        self.call(client, input, move |world, outcome| {
            channel.borrow_mut().calls = false;
            let Some(Out::GetNotificationSendResponse(output)) = outcome.output() else {
                // Faults say nothing of the handle, unless the server does not know it.
                let unknown = outcome.fault() == Some(CONTEXT_MISMATCH);
                channel.borrow_mut().gone |= unknown;
                return world.close_channel(&channel, None);
            };
            channel.borrow_mut().gone |= output.channel.is_null();
            if output.status.is_failure() {
                return world.close_channel(&channel, None);
            }
            let document = output.notification_data.as_ref().map(|data| data.elements.clone()).unwrap_or_default();
            let delay = if document == utf16("not xml") { world.chance.below(500) } else { world.chance.below(8_000) };
            world.after(delay, move |world| world.decide(&channel, &document));
        });
    }

    /// The user has chosen.
    fn decide(&mut self, channel: &Rc<RefCell<Channel>>, document: &Bytes) {
        let Channel { handle, kind, closes, gone, .. } = *channel.borrow();
        if closes || gone {
            return;
        }
        let number = u8::try_from(self.chance.below(200)).unwrap();
        match (kind, self.chance.below(8)) {
            (ASYNC_UI, _) if *document == utf16(PLAIN_BOX) => self.close_channel(channel, Some(reply())),
            (ASYNC_UI, _) | (_, 0) => self.close_channel(channel, None),
            (_, 1 | 2) => self.close_channel(channel, Some(n(number))),
            _ => self.respond(channel, respond_as(handle, kind, n(number))),
        }
    }

    /// Even while another call on it waits, but once, and not when it is gone.
    fn close_channel(&mut self, channel: &Rc<RefCell<Channel>>, data: Option<Bytes>) {
        let Channel { client, handle, kind, closes, gone, .. } = *channel.borrow();
        if closes || gone {
            return;
        }
        channel.borrow_mut().closes = true;
        let input = data.map_or_else(|| release(handle), |data| close_as(handle, kind, data));
        self.call(client, input, |_, _| {});
    }
}
