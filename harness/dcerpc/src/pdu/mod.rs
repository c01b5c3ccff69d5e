//! The PDUs of connections ([C706] 12.6, [MS-RPCE] 2.2.2), one file each.
//!
//! A [`Pdu`] holds what the octets say, right or wrong: decoding and encoding give the same octets back, and what the
//! specification forbids can be written. Stub data are slices of the octets that were read.

mod auth3;
mod auth_verifier;
mod bind;
mod bind_ack;
mod bind_nak;
mod body;
mod fault;
mod feature;
mod header;
mod presentation;
mod request;
mod response;
mod verification_trailer;

pub use auth_verifier::AuthVerifier;
pub use auth3::Auth3;
pub use bind::Bind;
pub use bind_ack::BindAck;
pub use bind_nak::{BindNak, Signed};
pub use body::Body;
pub use fault::{Fault, is_forbidden_status, status};
pub use feature::Features;
pub use header::{Flags, Header, PduType};
pub use presentation::{ContextElement, ContextResult, ResultCode};
pub use request::Request;
pub use response::Response;
pub use verification_trailer::{Command, VerificationTrailer};

use body::BodyReader;
use bytes::{Bytes, BytesMut};

use crate::{ByteOrder, DecodeError, Decoded, Defect, ReadCursor, WriteCursor};

/// A PDU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pdu {
    /// The common header; its lengths are written as they stand.
    pub header: Header,
    /// The body. Its PTYPE may differ from the header's on purpose.
    pub body: Body,
    /// Octets after the body's last field and before the verifier, which should not be there.
    pub rest: Bytes,
    /// The authentication verifier.
    pub auth: Option<AuthVerifier>,
}

impl Pdu {
    /// A PDU without verifier, with the lengths that it has.
    #[must_use]
    pub fn new(body: Body, flags: Flags, order: ByteOrder, call_id: u32) -> Self {
        let header = Header::new(body.ptype(), flags, order, call_id);
        Self { header, body, rest: Bytes::new(), auth: None }.measured()
    }

    /// The same PDU with an authentication verifier, and the lengths that it has then.
    #[must_use]
    pub fn with_auth(self, auth: AuthVerifier) -> Self {
        Self { auth: Some(auth), ..self }.measured()
    }

    /// The same PDU with frag_length and auth_length as they should be; 65535 where they would be more.
    #[must_use]
    pub fn measured(mut self) -> Self {
        let token = self.auth.as_ref().map_or(0, |auth| auth.token.len());
        self.header.auth_length = u16::try_from(token).unwrap_or(u16::MAX);
        let length = match &self.body {
            Body::Request(Request { stub, .. }) | Body::Response(Response { stub, .. }) => {
                let verifier = self.auth.as_ref().map_or(0, AuthVerifier::octets);
                self.body.octets_before_stub().unwrap_or(0) + stub.len() + self.rest.len() + verifier
            }
            _ => self.encode().len(),
        };
        self.header.frag_length = u16::try_from(length).unwrap_or(u16::MAX);
        self
    }

    /// Reads one whole PDU, as [`crate::fragment::Framer`] gives it.
    ///
    /// # Errors
    /// When a field of header or body reaches past the end. The header alone may still be read: [`Header::decode`].
    pub fn decode(octets: &Bytes) -> Result<Decoded<Self>, DecodeError> {
        let Decoded { value: header, mut defects } = Header::decode(octets)?;
        let (end, auth) = AuthVerifier::split(octets, &header, &mut defects)?;
        if header.ptype == PduType::AUTH3 && auth.is_none() {
            defects.push(Defect {
                offset: 10,
                field: "auth_length",
                rule: "MS-RPCE/2.2.2.10/auth-3-has-a-verifier",
                expected: "more than 0".into(),
                actual: "no verifier".into(),
            });
        }
        let cursor = ReadCursor::new(octets, header.order()).up_to(end);
        let mut before_verifier = BodyReader { cursor, defects: &mut defects };
        let body = Body::decode(&mut before_verifier, &header)?;
        let (rest, without_token) = before_verifier.rest(&header);
        defects.sort_by_key(|defect| defect.offset);
        Ok(Decoded { value: Self { header, body, rest, auth: auth.or(without_token) }, defects })
    }

    /// Writes exactly what the shape says.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        self.encode_to_fill().freeze()
    }

    /// The same as octets that can still be changed.
    pub(crate) fn encode_to_fill(&self) -> BytesMut {
        let auth = self.auth.as_ref().map_or(0, AuthVerifier::octets);
        let capacity = Header::OCTETS + self.body.size_hint() + self.rest.len() + auth;
        let mut cursor = WriteCursor::with_capacity(self.header.order(), capacity);
        self.header.encode(&mut cursor);
        self.body.encode(&mut cursor);
        cursor.octets(&self.rest);
        if let Some(auth) = &self.auth {
            auth.encode(&mut cursor);
        }
        cursor.into_octets()
    }
}
