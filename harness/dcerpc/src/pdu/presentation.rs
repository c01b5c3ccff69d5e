//! Presentation contexts: what a client proposes and what a server answers.

use core::fmt;

use alloc::format;
use alloc::vec::Vec;

use super::body::BodyReader;
use crate::{DecodeError, ReadCursor, SyntaxId, WriteCursor};

/// One presentation context that a client proposes: p_cont_elem_t of [C706] 12.6.3.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextElement {
    /// p_cont_id: the number by which requests name the context.
    pub id: u16,
    /// reserved.
    pub reserved: u8,
    /// The interface.
    pub abstract_syntax: SyntaxId,
    /// The transfer syntaxes on offer; n_transfer_syn is their number.
    pub transfer_syntaxes: Vec<SyntaxId>,
}

impl ContextElement {
    /// A context with one transfer syntax, as [MS-RPCE] 3.3.1.5.6 wants them.
    #[must_use]
    pub fn new(id: u16, abstract_syntax: SyntaxId, transfer_syntax: SyntaxId) -> Self {
        Self { id, reserved: 0, abstract_syntax, transfer_syntaxes: Vec::from([transfer_syntax]) }
    }

    pub(super) fn read_list(reader: &mut BodyReader<'_>) -> Result<([u8; 3], Vec<Self>), DecodeError> {
        let count = reader.cursor.u8("n_context_elem")?;
        let reserved = [reader.zero_u8("reserved")?, reader.zero_u8("reserved2")?, reader.zero_u8("reserved2")?];
        let list = (0..count).map(|_| Self::read(reader)).collect::<Result<_, _>>()?;
        Ok((reserved, list))
    }

    fn read(reader: &mut BodyReader<'_>) -> Result<Self, DecodeError> {
        let id = reader.cursor.u16("p_cont_id")?;
        let count = reader.cursor.u8("n_transfer_syn")?;
        let reserved = reader.zero_u8("reserved")?;
        let abstract_syntax = read_syntax(&mut reader.cursor, "abstract_syntax")?;
        let syntaxes = (0..count).map(|_| read_syntax(&mut reader.cursor, "transfer_syntaxes"));
        Ok(Self { id, reserved, abstract_syntax, transfer_syntaxes: syntaxes.collect::<Result<_, _>>()? })
    }

    pub(super) fn write_list(reserved: [u8; 3], elements: &[Self], cursor: &mut WriteCursor) {
        cursor.u8(u8::try_from(elements.len()).unwrap_or(u8::MAX));
        cursor.octets(&reserved);
        for element in elements {
            cursor.u16(element.id);
            cursor.u8(u8::try_from(element.transfer_syntaxes.len()).unwrap_or(u8::MAX));
            cursor.u8(element.reserved);
            write_syntax(cursor, element.abstract_syntax);
            for syntax in &element.transfer_syntaxes {
                write_syntax(cursor, *syntax);
            }
        }
    }
}

/// The answer to one proposed context: p_result_t of [C706] 12.6.3.1 and [MS-RPCE] 2.2.2.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContextResult {
    /// result.
    pub result: ResultCode,
    /// reason of a rejection; with negotiate_ack the bit mask of the features that the server has.
    pub reason: u16,
    /// The transfer syntax that was accepted; zeros otherwise.
    pub transfer_syntax: SyntaxId,
}

impl ContextResult {
    /// transfer_syntax of a result that accepts none.
    pub const NO_SYNTAX: SyntaxId = SyntaxId { uuid: uuid::Uuid::nil(), version: 0 };

    /// reason: not specified.
    pub const REASON_NOT_SPECIFIED: u16 = 0;
    /// reason: abstract_syntax_not_supported.
    pub const ABSTRACT_SYNTAX_NOT_SUPPORTED: u16 = 1;
    /// reason: proposed_transfer_syntaxes_not_supported.
    pub const PROPOSED_TRANSFER_SYNTAXES_NOT_SUPPORTED: u16 = 2;
    /// reason: local_limit_exceeded.
    pub const LOCAL_LIMIT_EXCEEDED: u16 = 3;

    /// The context is accepted with that transfer syntax.
    #[must_use]
    pub const fn accept(transfer_syntax: SyntaxId) -> Self {
        Self { result: ResultCode::ACCEPTANCE, reason: 0, transfer_syntax }
    }

    /// The provider (not the interface's user) rejects the context.
    #[must_use]
    pub const fn reject(reason: u16) -> Self {
        Self { result: ResultCode::PROVIDER_REJECTION, reason, transfer_syntax: Self::NO_SYNTAX }
    }

    /// The answer to bind time feature negotiation.
    #[must_use]
    pub const fn negotiate_ack(features: u16) -> Self {
        Self { result: ResultCode::NEGOTIATE_ACK, reason: features, transfer_syntax: Self::NO_SYNTAX }
    }

    pub(super) fn read_list(reader: &mut BodyReader<'_>) -> Result<([u8; 3], Vec<Self>), DecodeError> {
        let count = reader.cursor.u8("n_results")?;
        let reserved = [reader.zero_u8("reserved")?, reader.zero_u8("reserved2")?, reader.zero_u8("reserved2")?];
        let list = (0..count).map(|_| Self::read(reader)).collect::<Result<_, _>>()?;
        Ok((reserved, list))
    }

    fn read(reader: &mut BodyReader<'_>) -> Result<Self, DecodeError> {
        let offset = reader.cursor.position();
        let result = ResultCode(reader.cursor.u16("result")?);
        let reason = reader.cursor.u16("reason")?;
        let transfer_syntax = read_syntax(&mut reader.cursor, "transfer_syntax")?;
        if result.0 > ResultCode::NEGOTIATE_ACK.0 {
            reader.defect(
                offset,
                "result",
                "MS-RPCE/2.2.2.4/result-is-known",
                "0 to 3".into(),
                format!("{}", result.0),
            );
        }
        Ok(Self { result, reason, transfer_syntax })
    }

    pub(super) fn write_list(reserved: [u8; 3], results: &[Self], cursor: &mut WriteCursor) {
        cursor.u8(u8::try_from(results.len()).unwrap_or(u8::MAX));
        cursor.octets(&reserved);
        for result in results {
            cursor.u16(result.result.0);
            cursor.u16(result.reason);
            write_syntax(cursor, result.transfer_syntax);
        }
    }
}

/// p_cont_def_result_t.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ResultCode(pub u16);

impl ResultCode {
    /// acceptance.
    pub const ACCEPTANCE: Self = Self(0);
    /// user_rejection.
    pub const USER_REJECTION: Self = Self(1);
    /// provider_rejection.
    pub const PROVIDER_REJECTION: Self = Self(2);
    /// negotiate_ack.
    pub const NEGOTIATE_ACK: Self = Self(3);
}

impl fmt::Display for ResultCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::ACCEPTANCE => f.write_str("acceptance"),
            Self::USER_REJECTION => f.write_str("user_rejection"),
            Self::PROVIDER_REJECTION => f.write_str("provider_rejection"),
            Self::NEGOTIATE_ACK => f.write_str("negotiate_ack"),
            Self(other) => write!(f, "result {other}"),
        }
    }
}

fn read_syntax(cursor: &mut ReadCursor<'_>, field: &'static str) -> Result<SyntaxId, DecodeError> {
    Ok(SyntaxId { uuid: cursor.uuid(field)?, version: cursor.u32(field)? })
}

fn write_syntax(cursor: &mut WriteCursor, syntax: SyntaxId) {
    cursor.uuid(syntax.uuid);
    cursor.u32(syntax.version);
}
