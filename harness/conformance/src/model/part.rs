//! Parts of the model that change while they look at the rest.

use alloc::boxed::Box;
use core::ops::{Deref, DerefMut};

/// A part of the model. It is taken out to take in an event, for it looks at the rest of the model meanwhile. That happens at every
/// event and must cost nothing: so another one, in which nothing is, lies ready for its place.
#[derive(Debug, Default)]
pub struct Part<T> {
    held: Box<T>,
    empty: Option<Box<T>>,
}

impl<T: Default> Part<T> {
    pub(super) fn take(&mut self) -> Box<T> {
        let empty = self.empty.take().unwrap_or_default();
        core::mem::replace(&mut self.held, empty)
    }

    pub(super) fn put(&mut self, part: Box<T>) {
        self.empty = Some(core::mem::replace(&mut self.held, part));
    }
}

impl<T> Deref for Part<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.held
    }
}

impl<T> DerefMut for Part<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.held
    }
}
