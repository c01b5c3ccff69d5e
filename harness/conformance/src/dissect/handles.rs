//! Context handles that were seen, and the presentation contexts that they betray.
//!
//! ```text
//!   request with a handle that is known of another connection to the server
//!        │  which of {IRPCRemoteObject, IRPCAsyncNotify} × {NDR, NDR64} can it be of?
//!        ▼
//!   guessed ── requests and answers narrow it down ──▶ one is left: as if its bind had been seen
//! ```
//!
//! A handle has 122 random bits: whoever names one belongs to the association that it was given to. Of a call of which the
//! choices that are left say different things nothing is judged.

use alloc::collections::BTreeMap;

use bytes::Bytes;
use dcerpc::ndr::Format;
use dcerpc::{ByteOrder, ContextHandle, TransferSyntax};
use mspan::method::{In, Out};
use mspan::{Interface, Method};

use super::negotiation::Context;
use crate::event::AssociationId;
use crate::handle;

/// Handles that are known at most; more are not learnt.
const MOST_HANDLES: usize = 1 << 16;

/// The handles of all associations that have connections.
#[derive(Debug, Default)]
pub(super) struct Handles(BTreeMap<ContextHandle, AssociationId>);

impl Handles {
    /// A handle that a call on a connection of that association names or brings.
    pub(super) fn learn(&mut self, handle: ContextHandle, association: AssociationId) {
        if !handle.is_null() && self.0.len() < MOST_HANDLES {
            self.0.entry(handle).or_insert(association);
        }
    }

    /// The association of the handle that a stub begins with.
    pub(super) fn owner(&self, stub: &[u8], order: ByteOrder) -> Option<AssociationId> {
        self.0.get(&handle::leading(stub, order)?).copied()
    }

    /// An association ended, and its handles with it.
    pub(super) fn forget(&mut self, association: AssociationId) {
        self.0.retain(|_, owner| *owner != association);
    }
}

/// What a presentation context can be: a set of [`ALL`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Guess(u8);

const ALL: [Context; 4] = [
    context(Interface::RemoteObject, TransferSyntax::Ndr),
    context(Interface::RemoteObject, TransferSyntax::Ndr64),
    context(Interface::AsyncNotify, TransferSyntax::Ndr),
    context(Interface::AsyncNotify, TransferSyntax::Ndr64),
];

const fn context(interface: Interface, syntax: TransferSyntax) -> Context {
    Context { interface: Some(interface), is_mapper: false, syntax: Some(syntax) }
}

impl Guess {
    /// Any of them.
    pub(super) const ANY: Self = Self(0b1111);

    /// The only one that is left.
    pub(super) fn only(self) -> Option<Context> {
        let mut left = self.left();
        left.next().filter(|_| left.next().is_none())
    }

    fn left(self) -> impl Iterator<Item = Context> {
        ALL.into_iter().enumerate().filter(move |(bit, _)| self.0 & (1 << bit) != 0).map(|(_, context)| context)
    }

    /// Those that a request can be of.
    pub(super) fn of_request(self, opnum: u16, stub: &Bytes, order: ByteOrder) -> Self {
        self.keep(|context| request(context, opnum, stub, order).is_some())
    }

    /// Those that an answer to a request with that opnum can be of.
    pub(super) fn of_response(self, opnum: u16, stub: &Bytes, order: ByteOrder) -> Self {
        self.keep(|context| response(context, opnum, stub, order).is_some())
    }

    /// One of them, when it makes no difference to a request which it is.
    pub(super) fn alike_in_request(self, opnum: u16, stub: &Bytes, order: ByteOrder) -> Option<Context> {
        self.alike(|context| request(context, opnum, stub, order))
    }

    /// One of them, when it makes no difference to an answer which it is.
    pub(super) fn alike_in_response(self, opnum: u16, stub: &Bytes, order: ByteOrder) -> Option<Context> {
        self.alike(|context| response(context, opnum, stub, order))
    }

    fn keep(self, fits: impl Fn(Context) -> bool) -> Self {
        let bits = ALL.into_iter().enumerate().filter(|(_, context)| fits(*context)).map(|(bit, _)| 1 << bit);
        Self(self.0 & bits.sum::<u8>())
    }

    fn alike<T: PartialEq>(self, read: impl Fn(Context) -> Option<T>) -> Option<Context> {
        let mut left = self.left();
        let first = left.next()?;
        let value = read(first)?;
        left.all(|other| read(other).as_ref() == Some(&value)).then_some(first)
    }
}

fn method(context: Context, opnum: u16) -> Option<Method> {
    context.interface.and_then(|interface| Method::from_opnum(interface, opnum))
}

/// What a request says, when it can be of that context: a call with a handle, with nothing wrong and nothing left over.
fn request(context: Context, opnum: u16, stub: &Bytes, order: ByteOrder) -> Option<In> {
    let format = Format { syntax: context.syntax?, order };
    let read = In::decode(method(context, opnum)?, stub.clone(), format).ok()?;
    let fits = read.defects.is_empty() && handle::of_in(&read.value).is_some();
    (fits && read.value.encode(format).len() == stub.len()).then_some(read.value)
}

/// What an answer says, when it can be of that context.
fn response(context: Context, opnum: u16, stub: &Bytes, order: ByteOrder) -> Option<Out> {
    let format = Format { syntax: context.syntax?, order };
    let read = Out::decode(method(context, opnum)?, stub.clone(), format).ok()?;
    read.defects.is_empty().then_some(read.value)
}
