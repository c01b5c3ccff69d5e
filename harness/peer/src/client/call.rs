//! A call to be made.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use bytes::Bytes;
use dcerpc::SyntaxId;
use dcerpc::connection::client::Auth;
use dcerpc::ndr::Format;
use mspan::Method;
use uuid::Uuid;

use super::alteration::Alteration;
use super::connection::Connection;

/// A call to be made.
#[derive(Clone, Debug)]
pub struct Call {
    /// The interface.
    pub interface: SyntaxId,
    /// opnum.
    pub opnum: u16,
    /// The stub.
    pub stub: Stub,
    /// The object UUID.
    pub object: Option<Uuid>,
    /// The connection to make it on.
    pub connection: Choice,
    /// The assoc_group_id of the association that its handles belong to: once that has ended, the call is not made. Any
    /// association will do when absent.
    pub association: Option<u32>,
    /// What the trace is told about it.
    pub note: Option<Note>,
    /// How long it may take from connecting to the answer.
    pub limit: Duration,
    /// What is wrong about it on purpose.
    pub alteration: Option<Alteration>,
    /// In which security context of its connection it is made.
    pub auth: Auth,
    /// Where its connection and call_id are put, so that others can refer to it while it is under way.
    pub ticket: Option<Ticket>,
}

impl Call {
    /// How long a call may take when nobody says otherwise.
    pub const USUAL_LIMIT: Duration = Duration::from_secs(5);

    /// A call of that method on an idle connection.
    #[must_use]
    pub fn new(interface: SyntaxId, opnum: u16, stub: impl Into<Stub>) -> Self {
        Self {
            interface,
            opnum,
            stub: stub.into(),
            object: None,
            connection: Choice::Idle,
            association: None,
            note: None,
            limit: Self::USUAL_LIMIT,
            alteration: None,
            auth: Auth::Usual,
            ticket: None,
        }
    }

    /// A call of a method of [MS-PAN].
    #[must_use]
    pub fn method(method: Method, stub: impl Into<Stub>) -> Self {
        Self::new(method.interface().id(), method.opnum(), stub)
    }
}

/// A stub to be sent.
#[derive(Clone)]
pub enum Stub {
    /// These octets, whatever was negotiated.
    Octets(Bytes),
    /// What this gives for what was negotiated.
    For(Arc<dyn Fn(Format) -> Bytes + Send + Sync>),
}

impl Stub {
    /// A stub that depends on what was negotiated.
    #[must_use]
    pub fn from_format(encode: impl Fn(Format) -> Bytes + Send + Sync + 'static) -> Self {
        Self::For(Arc::new(encode))
    }

    pub(super) fn octets(&self, format: Format) -> Bytes {
        match self {
            Self::Octets(octets) => octets.clone(),
            Self::For(encode) => encode(format),
        }
    }
}

impl fmt::Debug for Stub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Octets(octets) => f.debug_tuple("Octets").field(octets).finish(),
            Self::For(_) => f.write_str("For(..)"),
        }
    }
}

impl From<Bytes> for Stub {
    fn from(octets: Bytes) -> Self {
        Self::Octets(octets)
    }
}

impl From<mspan::method::In> for Stub {
    fn from(input: mspan::method::In) -> Self {
        Self::from_format(move |format| input.encode(format))
    }
}

/// The connection to make a call on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    /// One on which the call can be made at once, or else a new one.
    #[default]
    Idle,
    /// The one of that name, once it is free; it is opened when there is none.
    Named(String),
    /// A new one.
    New,
}

/// What the trace is told about a call: a [`trace::CallMark`] without what only the connection knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Note {
    /// The actor whose call it is.
    pub actor: String,
    /// The step, in words.
    pub step: String,
    /// Line of the scenario, from 1.
    pub line: u32,
    /// Requirements that our side breaks by this call on purpose.
    pub violates: Vec<String>,
}

/// Refers to a call that is under way.
#[derive(Clone, Debug, Default)]
pub struct Ticket(Arc<Mutex<Option<Issued>>>);

#[derive(Debug)]
struct Issued {
    connection: Weak<Connection>,
    call_id: u32,
}

impl Ticket {
    /// A ticket for a call to come.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether the call is under way: its request is being sent.
    #[must_use]
    pub fn is_issued(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    pub(super) fn issue(&self, connection: &Arc<Connection>, call_id: u32) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Issued { connection: Arc::downgrade(connection), call_id });
    }

    pub(super) fn call(&self) -> Option<(Arc<Connection>, u32)> {
        let call = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        call.as_ref().and_then(|issued| Some((issued.connection.upgrade()?, issued.call_id)))
    }
}
