//! The authentication verifier at the end of a PDU.

use alloc::format;
use alloc::vec::Vec;

use bytes::Bytes;

use super::{Header, PduType};
use crate::{ByteOrder, DecodeError, Defect, ReadCursor, WriteCursor};

/// The sec_trailer with the padding before it and the token after it ([MS-RPCE] 2.2.2.11), raw: what protects a PDU is
/// not undone here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthVerifier {
    /// The octets before the sec_trailer that auth_pad_length tells of.
    pub padding: Bytes,
    /// auth_type: the security provider.
    pub auth_type: u8,
    /// auth_level.
    pub auth_level: u8,
    /// auth_pad_length as written; as many as `padding` unless it is wrong.
    pub pad_length: u8,
    /// auth_reserved.
    pub reserved: u8,
    /// auth_context_id: which security context of the connection.
    pub context_id: u32,
    /// The token: auth_length octets.
    pub token: Bytes,
}

impl AuthVerifier {
    /// Octets of the sec_trailer itself.
    pub const SEC_TRAILER_OCTETS: usize = 8;

    /// How many octets it takes with padding and token.
    #[must_use]
    pub fn octets(&self) -> usize {
        self.padding.len() + Self::SEC_TRAILER_OCTETS + self.token.len()
    }

    /// Where the padding before the verifier begins, and the verifier. Without one that fits, that is the PDU's end.
    pub(super) fn split(
        pdu: &Bytes,
        header: &Header,
        defects: &mut Vec<Defect>,
    ) -> Result<(usize, Option<Self>), DecodeError> {
        let auth_length = usize::from(header.auth_length);
        if auth_length == 0 {
            return Ok((pdu.len(), None));
        }
        let room = pdu.len().saturating_sub(Header::OCTETS + Self::SEC_TRAILER_OCTETS);
        let Some(body_and_padding) = room.checked_sub(auth_length) else {
            defects.push(Defect {
                offset: 10,
                field: "auth_length",
                rule: "MS-RPCE/2.2.2.11/auth-length-fits-frag-length",
                expected: format!("at most {room}"),
                actual: format!("{auth_length}"),
            });
            return Ok((pdu.len(), None));
        };
        let at = Header::OCTETS + body_and_padding;
        let mut cursor = ReadCursor::new(pdu, header.order());
        cursor.skip(at, "body")?;
        let mut verifier = Self::read(cursor)?;
        let padding = usize::from(verifier.pad_length);
        let (end, fits) = if padding <= body_and_padding { (at - padding, true) } else { (at, false) };
        if !fits {
            defects.push(Defect {
                offset: at + 2,
                field: "auth_pad_length",
                rule: "MS-RPCE/2.2.2.11/auth-padding-fits-body",
                expected: format!("at most {body_and_padding}"),
                actual: format!("{padding}"),
            });
        }
        if !at.is_multiple_of(4) {
            defects.push(Defect {
                offset: at,
                field: "sec_trailer",
                rule: "C706/13.2.6.1/verifier-is-aligned",
                expected: "an offset that is a multiple of 4".into(),
                actual: format!("{at}"),
            });
        }
        verifier.padding = pdu.slice(end..at);
        Ok((end, Some(verifier)))
    }

    /// What follows the body of a bind_ack or alter_context_resp without a token: some end a security context with a
    /// sec_trailer and a token of no octets, which auth_length can't tell of ([MS-RPCE] 3.3.1.5.2.1).
    pub(super) fn without_token(ptype: PduType, rest: &Bytes, order: ByteOrder) -> Option<Self> {
        let answers = matches!(ptype, PduType::BIND_ACK | PduType::ALTER_CONTEXT_RESP);
        (answers && rest.len() == Self::SEC_TRAILER_OCTETS).then(|| Self::read(ReadCursor::new(rest, order)).ok())?
    }

    fn read(mut cursor: ReadCursor<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            padding: Bytes::new(),
            auth_type: cursor.u8("auth_type")?,
            auth_level: cursor.u8("auth_level")?,
            pad_length: cursor.u8("auth_pad_length")?,
            reserved: cursor.u8("auth_reserved")?,
            context_id: cursor.u32("auth_context_id")?,
            token: cursor.rest(),
        })
    }

    /// Writes the verifier as it stands.
    pub(super) fn encode(&self, cursor: &mut WriteCursor) {
        cursor.octets(&self.padding);
        cursor.octets(&[self.auth_type, self.auth_level, self.pad_length, self.reserved]);
        cursor.u32(self.context_id);
        cursor.octets(&self.token);
    }
}
