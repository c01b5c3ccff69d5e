//! The body of a PDU: what stands between the common header and the authentication verifier.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use bytes::Bytes;

use super::{Auth3, AuthVerifier, Bind, BindAck, BindNak, Fault, Header, PduType, Request, Response};
use crate::{DecodeError, Defect, ReadCursor, WriteCursor};

/// The body, by PTYPE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Of request.
    Request(Request),
    /// Of response.
    Response(Response),
    /// Of fault.
    Fault(Fault),
    /// Of bind.
    Bind(Bind),
    /// Of bind_ack.
    BindAck(BindAck),
    /// Of bind_nak.
    BindNak(BindNak),
    /// Of alter_context.
    AlterContext(Bind),
    /// Of alter_context_resp.
    AlterContextResp(BindAck),
    /// Of rpc_auth_3.
    Auth3(Auth3),
    /// shutdown has none ([C706] 12.6.4.11).
    Shutdown,
    /// co_cancel has none ([C706] 12.6.4.6).
    CoCancel,
    /// orphaned has none ([C706] 12.6.4.8).
    Orphaned,
    /// Of a PTYPE that connections don't know; raw.
    Unknown(PduType, Bytes),
}

impl Body {
    /// The PTYPE of a PDU with this body.
    #[must_use]
    pub const fn ptype(&self) -> PduType {
        match self {
            Self::Request(_) => PduType::REQUEST,
            Self::Response(_) => PduType::RESPONSE,
            Self::Fault(_) => PduType::FAULT,
            Self::Bind(_) => PduType::BIND,
            Self::BindAck(_) => PduType::BIND_ACK,
            Self::BindNak(_) => PduType::BIND_NAK,
            Self::AlterContext(_) => PduType::ALTER_CONTEXT,
            Self::AlterContextResp(_) => PduType::ALTER_CONTEXT_RESP,
            Self::Auth3(_) => PduType::AUTH3,
            Self::Shutdown => PduType::SHUTDOWN,
            Self::CoCancel => PduType::CO_CANCEL,
            Self::Orphaned => PduType::ORPHANED,
            Self::Unknown(ptype, _) => *ptype,
        }
    }

    /// Octets of the PDU that a signature covers as its header, those before the stub; none where nothing is protected.
    pub(crate) fn octets_before_stub(&self) -> Option<usize> {
        match self {
            Self::Request(Request { object: Some(_), .. }) => Some(Request::OCTETS_BEFORE_STUB + 16),
            Self::Request(_) => Some(Request::OCTETS_BEFORE_STUB),
            Self::Response(_) => Some(Response::OCTETS_BEFORE_STUB),
            Self::CoCancel | Self::Orphaned => Some(Header::OCTETS),
            _ => None,
        }
    }

    /// Roughly how many octets it takes, for allocation.
    pub(super) fn size_hint(&self) -> usize {
        match self {
            Self::Request(body) => 24 + body.stub.len(),
            Self::Response(body) => 8 + body.stub.len(),
            Self::Fault(body) => 16 + body.stub.len(),
            Self::Unknown(_, octets) => octets.len(),
            _ => 128,
        }
    }

    /// Reads the body with a cursor over the PDU without padding and verifier. What is left is [`BodyReader::rest`].
    pub(super) fn decode(reader: &mut BodyReader<'_>, header: &Header) -> Result<Self, DecodeError> {
        reader.cursor.skip(Header::OCTETS, "header")?;
        Ok(match header.ptype {
            PduType::REQUEST => Self::Request(Request::decode(reader, header.flags)?),
            PduType::RESPONSE => Self::Response(Response::decode(reader)?),
            PduType::FAULT => Self::Fault(Fault::decode(reader)?),
            PduType::BIND => Self::Bind(Bind::decode(reader)?),
            PduType::BIND_ACK => Self::BindAck(BindAck::decode(reader)?),
            PduType::BIND_NAK => Self::BindNak(BindNak::decode(reader)?),
            PduType::ALTER_CONTEXT => Self::AlterContext(Bind::decode(reader)?),
            PduType::ALTER_CONTEXT_RESP => Self::AlterContextResp(BindAck::decode(reader)?),
            PduType::AUTH3 => Self::Auth3(Auth3::decode(reader)?),
            PduType::SHUTDOWN => Self::Shutdown,
            PduType::CO_CANCEL => Self::CoCancel,
            PduType::ORPHANED => Self::Orphaned,
            other => Self::Unknown(other, reader.cursor.rest()),
        })
    }

    /// Writes the body as it stands.
    pub(super) fn encode(&self, cursor: &mut WriteCursor) {
        match self {
            Self::Request(body) => body.encode(cursor),
            Self::Response(body) => body.encode(cursor),
            Self::Fault(body) => body.encode(cursor),
            Self::Bind(body) | Self::AlterContext(body) => body.encode(cursor),
            Self::BindAck(body) | Self::AlterContextResp(body) => body.encode(cursor),
            Self::BindNak(body) => body.encode(cursor),
            Self::Auth3(body) => body.encode(cursor),
            Self::Shutdown | Self::CoCancel | Self::Orphaned => {}
            Self::Unknown(_, octets) => cursor.octets(octets),
        }
    }
}

/// A cursor over a PDU that notes defects; offsets count from the start of the PDU.
pub(super) struct BodyReader<'a> {
    pub(super) cursor: ReadCursor<'a>,
    pub(super) defects: &'a mut Vec<Defect>,
}

impl BodyReader<'_> {
    /// What is left behind the body: octets that should not be there, or a verifier without a token.
    pub(super) fn rest(&mut self, header: &Header) -> (Bytes, Option<AuthVerifier>) {
        let at = self.cursor.position();
        let rest = self.cursor.rest();
        if rest.is_empty() {
            return (rest, None);
        }
        let verifier =
            AuthVerifier::without_token(header.ptype, &rest, header.order()).filter(|_| header.auth_length == 0);
        if verifier.is_some() {
            return (Bytes::new(), verifier);
        }
        // Implementations pad bind_nak at its end.
        if header.ptype != PduType::BIND_NAK {
            let actual = format!("{} octets more", rest.len());
            let rule = "C706/12.6.4/body-ends-where-its-fields-end";
            self.defect(at, "frag_length", rule, "nothing more".into(), actual);
        }
        (rest, None)
    }

    pub(super) fn defect(
        &mut self,
        offset: usize,
        field: &'static str,
        rule: &'static str,
        expected: String,
        actual: String,
    ) {
        self.defects.push(Defect { offset, field, rule, expected, actual });
    }

    /// Takes an octet that must be zero.
    pub(super) fn zero_u8(&mut self, field: &'static str) -> Result<u8, DecodeError> {
        let offset = self.cursor.position();
        let value = self.cursor.u8(field)?;
        if value != 0 {
            self.defect(offset, field, "C706/12.6.4/reserved-is-zero", "0".into(), format!("{value:#04x}"));
        }
        Ok(value)
    }
}
