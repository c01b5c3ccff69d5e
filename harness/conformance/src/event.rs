//! The events that a trace is made of, once decoded.

mod mapper;
mod protection;

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use core::fmt;

use bytes::Bytes;
use dcerpc::ndr::Format;
use dcerpc::security::token::Token;
use dcerpc::{Defect, SyntaxId};
use mspan::{Hresult, Interface, Method, method};
use trace::{CallMark, ConnectionEnd, ConnectionId, Direction, LocalEvent, Mark, Time, stimulus};

pub use mapper::{MapperAnswer, MapperAnswered, MapperAsked, Question};
pub use protection::{Protection, Secured, Signature};

/// One event, numbered in the order in which it became known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its number, from 0, without gaps.
    pub number: u64,
    /// When it happened.
    pub time: Time,
    /// Sequence number of the trace's entry that completed it; for a deadline, of the entry that passed it.
    pub entry: u64,
    /// What happened.
    pub kind: Kind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A connection was opened.
    Opened(Opened),
    /// A connection ended. Calls that are outstanding on it finish with [`Outcome::Lost`] right before.
    Closed {
        /// The connection.
        connection: ConnectionId,
        /// Who ended it and how.
        how: ConnectionEnd,
    },
    /// The last connection of an association ended: its context handles are gone (rundown).
    AssociationEnded(AssociationId),
    /// A PDU of either party, fragments each for themselves.
    Pdu(Pdu),
    /// The server's answer to one presentation context that a client proposed.
    Negotiated(Negotiated),
    /// A connection whose bind was not seen belongs to an association, as a handle that it names shows. Gaps in both directions
    /// follow: what it carried before is not known.
    Joined {
        /// The connection.
        connection: ConnectionId,
        /// The association.
        association: AssociationId,
    },
    /// The server refused a bind as a whole.
    Refused(Refused),
    /// Calls go under a security context.
    Secured(Secured),
    /// A request is complete: a call is on its way.
    CallStarted(CallStarted),
    /// A call came back, or can't come back any more.
    CallFinished(CallFinished),
    /// An endpoint mapper was asked.
    MapperAsked(MapperAsked),
    /// An endpoint mapper answered.
    MapperAnswered(MapperAnswered),
    /// Something could not be read.
    Gap(Gap),
    /// The notification source was asked for something; its effect may lie anywhere after this.
    StimulusAsked {
        /// Joins question and answer.
        number: u64,
        /// What it was asked.
        request: stimulus::Request,
    },
    /// The notification source answered.
    StimulusAnswered {
        /// Joins question and answer.
        number: u64,
        /// What it answered.
        answer: stimulus::Answer,
    },
    /// What only our own side could see.
    Local(LocalEvent),
    /// The harness notes its own step.
    Mark(Mark),
    /// A time that the model named has passed. The number is the model's own.
    Deadline(u64),
    /// Nothing more follows.
    End(trace::End),
}

/// An association of [MS-RPCE] (association group of C706): the connections that share context handles. Numbered in the
/// order of their first bind_ack within one trace; a connection whose bind was not witnessed is an association of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AssociationId(pub u32);

/// A call, numbered in the order of the requests within one trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u64);

/// A connection was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The connection.
    pub connection: ConnectionId,
    /// Address of the client.
    pub client: String,
    /// Address of the server.
    pub server: String,
    /// The scenario's name for the party that opened it.
    pub actor: Option<String>,
}

/// A PDU, as its header tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pdu {
    /// The connection that it crossed.
    pub connection: ConnectionId,
    /// Which way.
    pub direction: Direction,
    /// PTYPE.
    pub ptype: u8,
    /// pfc_flags.
    pub flags: u8,
    /// frag_length, in octets.
    pub frag_length: u16,
    /// auth_length, in octets.
    pub auth_length: u16,
    /// call_id.
    pub call_id: u32,
    /// Its octets, as they crossed the wire.
    pub octets: Bytes,
    /// Our interfaces among those that a bind or alter_context proposes.
    pub interfaces: Vec<Interface>,
    /// Its authentication verifier, when it has one.
    pub auth: Option<Auth>,
    /// What protects it: of PDUs of calls under a security context.
    pub protection: Option<Protection>,
    /// What is wrong with how it was written.
    pub defects: Vec<Defect>,
}

/// The sec_trailer of a PDU and its token ([MS-RPCE] 2.2.2.11), without what proves who somebody is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Auth {
    /// auth_type: the security provider.
    pub auth_type: u8,
    /// auth_level.
    pub auth_level: u8,
    /// auth_context_id: which security context of the connection.
    pub context_id: u32,
    /// auth_value, where it is a token of SPNEGO, NTLM or Kerberos that sets up the context. None for what protects a PDU,
    /// for other providers, and when it can't be read (a [`Kind::Gap`] precedes).
    /// Boxed, for it is large and few PDUs have one.
    pub token: Option<Box<Token>>,
    /// What is wrong with how the token was written.
    pub defects: Vec<Defect>,
}

/// A bind was refused as a whole ([C706] 12.6.4.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The connection.
    pub connection: ConnectionId,
    /// The abstract syntaxes that were proposed.
    pub abstract_syntaxes: Vec<SyntaxId>,
    /// provider_reject_reason.
    pub reason: u16,
}

/// The server's answer to one presentation context ([C706] 12.6.4.4, [MS-RPCE] 3.3.1.5.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Negotiated {
    /// The connection.
    pub connection: ConnectionId,
    /// The association, once the server has named one.
    pub association: Option<AssociationId>,
    /// Whether the association began with this bind, for its client named none to join.
    pub begins: bool,
    /// p_cont_id.
    pub context_id: u16,
    /// The abstract syntax that was proposed.
    pub abstract_syntax: SyntaxId,
    /// The transfer syntaxes that were proposed.
    pub proposed: Vec<SyntaxId>,
    /// The transfer syntaxes that the same bind proposed for the abstract syntax, in this context or another.
    pub offered: Vec<SyntaxId>,
    /// 0 acceptance, 1 user_rejection, 2 provider_rejection, 3 negotiate_ack ([MS-RPCE] 2.2.2.4).
    pub result: u16,
    /// The reason of a rejection; the features granted with negotiate_ack.
    pub reason: u16,
    /// The transfer syntax that was accepted.
    pub accepted: Option<SyntaxId>,
}

/// A request is complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallStarted {
    /// The call.
    pub call: CallId,
    /// The association whose context handles it may use.
    pub association: AssociationId,
    /// The connection.
    pub connection: ConnectionId,
    /// `call_id` of the PDUs.
    pub call_id: u32,
    /// When its first fragment was seen.
    pub begun: Time,
    /// The interface of its presentation context, when it is one of ours.
    pub interface: Option<Interface>,
    /// opnum.
    pub opnum: u16,
    /// The method, when interface and opnum name one.
    pub method: Option<Method>,
    /// The security context that it goes under, and what protects it: the weakest of its fragments. None outside of security
    /// contexts.
    pub protection: Option<Protection>,
    /// How its stub is laid out.
    pub format: Format,
    /// Length of the stub, in octets.
    pub stub_length: usize,
    /// Its [in] parameters, or why they could not be read (a [`Kind::Gap`] precedes).
    pub input: Option<method::In>,
    /// What is wrong with how they were written.
    pub defects: Vec<Defect>,
    /// The scenario's step that it belongs to, when the harness made the call. Boxed, for calls in a capture have none.
    pub mark: Option<Box<CallMark>>,
}

/// A call came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallFinished {
    /// The call.
    pub call: CallId,
    /// Its method, as at the start.
    pub method: Option<Method>,
    /// The connection.
    pub connection: ConnectionId,
    /// The association.
    pub association: AssociationId,
    /// How it came back.
    pub outcome: Outcome,
}

/// How a call came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// With a response PDU.
    Returned {
        /// Its [out] parameters and return value; none when they could not be read (a [`Kind::Gap`] precedes).
        output: Option<method::Out>,
        /// What is wrong with how they were written.
        defects: Vec<Defect>,
        /// How the stub is laid out.
        format: Format,
        /// Length of the stub, in octets.
        stub_length: usize,
    },
    /// With a fault PDU.
    Fault {
        /// status.
        status: u32,
        /// Whether PFC_DID_NOT_EXECUTE was set.
        did_not_execute: bool,
    },
    /// Not at all: its connection ended first, or its answer is looked for no longer, for it may be among octets that the recording lacks.
    Lost,
}

impl Outcome {
    /// The [out] parameters, when it came back with some that could be read.
    #[must_use]
    pub fn output(&self) -> Option<&method::Out> {
        match self {
            Self::Returned { output, .. } => output.as_ref(),
            Self::Fault { .. } | Self::Lost => None,
        }
    }

    /// The HRESULT that it returned. Delete returns none.
    #[must_use]
    pub fn hresult(&self) -> Option<Hresult> {
        match self.output()? {
            method::Out::Create(output) => Some(output.status),
            method::Out::Delete(_) => None,
            method::Out::RegisterClient(output) => Some(output.status),
            method::Out::UnregisterClient(output) => Some(output.status),
            method::Out::GetNewChannel(output) => Some(output.status),
            method::Out::GetNotificationSendResponse(output) => Some(output.status),
            method::Out::GetNotification(output) => Some(output.status),
            method::Out::CloseChannel(output) => Some(output.status),
        }
    }

    /// The status of the fault.
    #[must_use]
    pub fn fault(&self) -> Option<u32> {
        match self {
            Self::Fault { status, .. } => Some(*status),
            Self::Returned { .. } | Self::Lost => None,
        }
    }

    /// The HRESULT or the fault's status, for codes that may come either way.
    #[must_use]
    pub fn code(&self) -> Option<u32> {
        self.hresult().map(|status| status.0).or_else(|| self.fault())
    }

    /// Whether the method succeeded; none when that can't be read, or the call never came back.
    #[must_use]
    pub fn succeeded(&self) -> Option<bool> {
        match self {
            Self::Returned { output: Some(_), .. } => Some(self.hresult().is_none_or(Hresult::is_success)),
            Self::Fault { .. } => Some(false),
            Self::Returned { output: None, .. } | Self::Lost => None,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self, self.hresult()) {
            (_, Some(status)) => write!(f, "HRESULT {status}"),
            (Self::Returned { output: None, .. }, _) => f.write_str("a response that can't be read"),
            (Self::Returned { .. }, None) => f.write_str("a response"),
            (Self::Fault { status, .. }, _) => write!(f, "fault {}", Hresult(*status)),
            (Self::Lost, _) => f.write_str("no answer"),
        }
    }
}

/// Something could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The connection.
    pub connection: ConnectionId,
    /// Which way the octets went.
    pub direction: Direction,
    /// What they would have been.
    pub layer: Layer,
    /// The call that they belong to, when known.
    pub call: Option<CallId>,
    /// Where reading stopped, in octets from the start of the direction's stream (transport), of the PDU, of the stub, or
    /// of the token.
    pub offset: u64,
    /// What could not be read and why, in words: expected and found.
    pub why: String,
    /// Whether whoever sent the octets is to blame (malformed, foreign call id), and not the recording (lost, sealed).
    pub malformed: bool,
    /// Whether a stub that can't be read in the transfer syntax of its context keeps all rules of the other one.
    pub other_syntax: bool,
    /// Whether a RegisterClient stub that can't be read would keep all rules if NotifyFilter and conversationStyle had 16
    /// bits.
    pub short_enumerations: bool,
    /// Whether a stream that should hold PDUs begins as RPC over HTTP does (`RPC_IN_DATA`, `RPC_OUT_DATA`, [MS-RPCH] 2.1.2.1).
    pub over_http: bool,
}

/// What unreadable octets would have been.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Layer {
    /// Octets of a stream: a lost segment, rubbish where a PDU should begin, half a PDU at the end.
    Transport,
    /// A PDU: its body can't be read, or it answers no call that is outstanding.
    Pdu,
    /// A stub.
    Stub,
    /// A stub that is sealed, or of which it can't be said that it is what its sender has written.
    Sealed,
    /// A token of a security provider.
    Token,
}

impl Layer {
    /// Whether calls may have been lost with what could not be read.
    #[must_use]
    pub fn hides_calls(self) -> bool {
        matches!(self, Self::Transport | Self::Pdu)
    }
}
