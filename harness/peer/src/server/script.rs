//! What a server is told to do in place of, or after, what it would do: orders for the next calls that fit.
//!
//! Orders are data and come from outside. Whether what they make of an answer is allowed is not asked here.

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use dcerpc::security::SessionKey;
use mspan::Method;
use mspan::method::{Field, In};
use trace::{AnswerMark, ConnectionId, LocalEvent, Mark};

use crate::Tap;
use crate::client::Alteration;
use crate::server::Identity;

/// Whether a call is the one that an order is for.
pub type Fits = Arc<dyn Fn(&In) -> bool + Send + Sync>;

/// The orders for one client, in their order. Clones are the same script.
#[derive(Clone, Debug, Default)]
pub struct Script(Arc<Mutex<VecDeque<Order>>>);

/// What becomes of the next calls that fit.
#[derive(Clone)]
pub struct Order {
    /// The method.
    pub method: Method,
    /// Which of its calls.
    pub fits: Fits,
    /// How many of them; all that come when none.
    pub times: Option<u32>,
    /// Whether the server processes the call before it is answered so.
    pub processed: bool,
    /// How much later than at once the answer is sent.
    pub late: Duration,
    /// The answer.
    pub reply: Reply,
    /// What is changed in the stub of the answer.
    pub stub: StubEdit,
    /// What is changed in the PDUs of the answer.
    pub alteration: Option<Alteration>,
    /// What the trace is told about the answer.
    pub note: Note,
}

/// How a call is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// As the server would.
    Own,
    /// With a response in which these parameters are so. Of an unprocessed call the others are zero, empty or NULL.
    Returned(Vec<(&'static str, Field)>),
    /// With a fault of that status.
    Fault(u32),
    /// With these octets in place of a PDU.
    Octets(Bytes),
    /// Never.
    Nothing,
    /// With the orderly end of its connection.
    Close,
    /// With the reset of its connection.
    Reset,
}

/// Octets that change a stub: cut off its end, put over it, put behind it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StubEdit {
    /// How many octets are cut off.
    pub truncate: usize,
    /// Where octets are put over the stub, and which.
    pub patch: Option<(usize, Bytes)>,
    /// What is put behind it.
    pub append: Bytes,
}

/// What the trace is told about an answer: an [`AnswerMark`] without what only the connection knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Note {
    /// The step, in words.
    pub step: String,
    /// Line of the scenario, from 1.
    pub line: u32,
    /// Requirements that our side breaks by this answer on purpose.
    pub violates: Vec<String>,
}

impl Script {
    /// Without any order.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an order behind those that stand.
    pub fn push(&self, order: Order) {
        self.orders().push_back(order);
    }

    /// The orders that were not used up, in words; those for all calls that come are none of them.
    #[must_use]
    pub fn left_over(&self) -> Vec<String> {
        self.orders().iter().filter(|order| order.times.is_some()).map(|order| order.note.step.clone()).collect()
    }

    /// The first order that is for the call.
    fn take(&self, input: &In) -> Option<Order> {
        let mut orders = self.orders();
        let fits = |order: &Order| order.method == input.method() && (order.fits)(input);
        let index = orders.iter().position(fits)?;
        let order = orders.get_mut(index)?;
        let taken = order.clone();
        match &mut order.times {
            Some(times) if *times > 1 => *times -= 1,
            Some(_) => drop(orders.remove(index)),
            None => {}
        }
        Some(taken)
    }

    fn orders(&self) -> MutexGuard<'_, VecDeque<Order>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PartialEq for Script {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Script {}

impl fmt::Debug for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, times, processed, late, reply, note, .. } = self;
        write!(f, "{method} {times:?} {processed} {late:?} {reply:?} {note:?}")
    }
}

/// A connection that follows a script.
#[derive(Clone, Debug)]
pub struct Scripted {
    script: Script,
    tap: Tap,
    connection: ConnectionId,
    reset: Arc<AtomicBool>,
}

impl Scripted {
    /// The connection of that number in the trace.
    #[must_use]
    pub fn new(script: Script, tap: Tap, connection: ConnectionId) -> Self {
        Self { script, tap, connection, reset: Arc::default() }
    }

    /// Whether the connection has to be reset, now that the server has let go of it.
    #[must_use]
    pub fn is_reset(&self) -> bool {
        self.reset.load(Ordering::Acquire)
    }

    pub(super) fn take(&self, input: &In) -> Option<Order> {
        self.script.take(input)
    }

    pub(super) fn reset(&self) {
        self.reset.store(true, Ordering::Release);
    }

    /// Tells the witness of a security context that stands, and who the client is in it.
    pub(super) fn tell_established(&self, auth_context_id: u32, key: Option<&SessionKey>, identity: Option<&Identity>) {
        if let Some(key) = key {
            self.tap.session_key(self.connection, auth_context_id, key);
        }
        if let Some(Identity { user: Some(user), administrator }) = identity {
            let (connection, auth_context_id) = (self.connection, Some(auth_context_id));
            let (user, administrator) = (user.clone(), *administrator);
            self.tap.local(LocalEvent::Authenticated { connection, auth_context_id, user, administrator });
        }
    }

    /// Notes that what comes next on the connection is the answer that an order asks for.
    pub(super) fn mark(&self, call_id: u32, note: &Note) {
        let Note { step, line, violates } = note.clone();
        self.tap.mark(Mark::Answer(AnswerMark { connection: self.connection, call_id, step, line, violates }));
    }
}

impl PartialEq for Scripted {
    fn eq(&self, other: &Self) -> bool {
        self.script == other.script && self.connection == other.connection
    }
}

impl Eq for Scripted {}

impl StubEdit {
    pub(super) fn edit(&self, stub: &Bytes) -> Bytes {
        if *self == Self::default() {
            return stub.clone();
        }
        let mut octets = BytesMut::from(stub.as_ref());
        octets.truncate(octets.len().saturating_sub(self.truncate));
        if let Some((at, new)) = &self.patch {
            octets.iter_mut().skip(*at).zip(new).for_each(|(octet, new)| *octet = *new);
        }
        octets.extend_from_slice(&self.append);
        octets.freeze()
    }
}
