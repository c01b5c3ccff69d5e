//! What rules look at: an event, the model as it was before, and what several of them want to know of the two.

use alloc::borrow::Cow;
use core::cell::OnceCell;
use core::ops::Deref;

use mspan::document::Assessment;
use mspan::{Method, async_ui};

use crate::event::Event;
use crate::fact::Facts;
use crate::model::Model;
use crate::model::client::{Memo, Request};
use crate::rules::{Delivered, Exchange, Finish};

/// An event, and the model as it was before. What is looked up once is remembered while the event is judged.
#[derive(Debug)]
pub struct Scene<'a> {
    model: &'a Model,
    event: &'a Event,
    facts: Facts,
    finish: OnceCell<Option<Finish<'a>>>,
    exchange: OnceCell<Option<Exchange<'a>>>,
    request: Memo,
    /// It is large, and few events bring one.
    async_ui: OnceCell<Option<Read<'a, async_ui::Notification>>>,
}

/// A notification that an event brings, as it was read.
type Read<'a, T> = (Delivered<'a>, Cow<'a, Assessment<T>>);

impl Deref for Scene<'_> {
    type Target = Model;

    fn deref(&self) -> &Model {
        self.model
    }
}

impl<'a> Scene<'a> {
    /// Of which nothing was found yet.
    pub(crate) fn new(model: &'a Model, event: &'a Event) -> Self {
        Self {
            model,
            event,
            facts: Facts::NONE,
            finish: OnceCell::new(),
            exchange: OnceCell::new(),
            request: Memo::default(),
            async_ui: OnceCell::new(),
        }
    }

    /// Finds what is found of the event. The scene is large, so this is no part of `new`, whence it would be moved once more.
    pub(crate) fn find(&mut self) -> Facts {
        self.facts = Facts::of(self);
        self.facts
    }

    /// The event.
    #[must_use]
    pub fn event(&self) -> &'a Event {
        self.event
    }

    /// What is found of the event.
    #[must_use]
    pub fn facts(&self) -> Facts {
        self.facts
    }

    /// The call that comes back.
    pub(crate) fn finish(&self) -> Option<Finish<'a>> {
        *self.finish.get_or_init(|| Finish::find(self.model, self.event))
    }

    /// The call on a channel handle that comes back.
    pub(crate) fn exchange(&self) -> Option<Exchange<'a>> {
        *self.exchange.get_or_init(|| Exchange::find(self.model, self.event))
    }

    /// The AsyncUI notification that the event brings.
    pub(crate) fn async_ui_notification(&self) -> Option<&Read<'a, async_ui::Notification>> {
        let read = || {
            let delivered = Delivered::async_ui(self.facts, self.event)?;
            Some((delivered, self.model.async_ui(delivered.octets)))
        };
        self.async_ui.get_or_init(read).as_ref()
    }

    /// The request that the event completes.
    #[must_use]
    pub fn request<'s>(&'s self, event: &'s Event) -> Option<Request<'s>> {
        debug_assert!(core::ptr::eq(event, self.event), "a scene knows one event");
        self.model.request(event).map(|request| request.remembering(&self.request))
    }

    /// The request that the event completes, when it is of that method and its parameters can be read.
    #[must_use]
    pub fn request_of<'s>(&'s self, event: &'s Event, method: Method) -> Option<Request<'s>> {
        let is_of = |request: &Request<'_>| request.started.method == Some(method) && request.started.input.is_some();
        self.request(event).filter(is_of)
    }
}
