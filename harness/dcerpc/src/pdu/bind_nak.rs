//! bind_nak.

use alloc::vec::Vec;

use bytes::Bytes;
use uuid::{Uuid, uuid};

use super::body::BodyReader;
use crate::{DecodeError, WriteCursor};

/// The body of bind_nak ([C706] 12.6.4.5, [MS-RPCE] 2.2.2.9).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BindNak {
    /// provider_reject_reason.
    pub reason: u16,
    /// versions: the protocol versions that the server has, major and minor.
    pub versions: Vec<(u8, u8)>,
    /// What follows under a signature.
    pub signed: Option<Signed>,
}

/// What a bind_nak may carry at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The octets that align the signature to 4.
    pub padding: Bytes,
    /// Signature: what the blob is.
    pub signature: Uuid,
    /// The octets to the end of the PDU.
    pub blob: Bytes,
}

impl Signed {
    /// The signature of extended error information ([MS-RPCE] 2.2.1.1.2).
    pub const EXTENDED_ERROR: Uuid = uuid!("90740320-fad0-11d3-82d7-009027b130ab");
}

impl BindNak {
    /// reason: REASON_NOT_SPECIFIED.
    pub const REASON_NOT_SPECIFIED: u16 = 0;
    /// reason: TEMPORARY_CONGESTION.
    pub const TEMPORARY_CONGESTION: u16 = 1;
    /// reason: LOCAL_LIMIT_EXCEEDED.
    pub const LOCAL_LIMIT_EXCEEDED: u16 = 2;
    /// reason: PROTOCOL_VERSION_NOT_SUPPORTED.
    pub const PROTOCOL_VERSION_NOT_SUPPORTED: u16 = 4;
    /// reason: authentication_type_not_recognized.
    pub const AUTHENTICATION_TYPE_NOT_RECOGNIZED: u16 = 8;
    /// reason: invalid_checksum.
    pub const INVALID_CHECKSUM: u16 = 9;

    /// A refusal that names version 5.0.
    #[must_use]
    pub fn new(reason: u16) -> Self {
        Self { reason, versions: Vec::from([(5, 0)]), signed: None }
    }

    /// The specification's name of the reason.
    #[must_use]
    pub const fn reason_name(reason: u16) -> Option<&'static str> {
        Some(match reason {
            Self::REASON_NOT_SPECIFIED => "REASON_NOT_SPECIFIED",
            Self::TEMPORARY_CONGESTION => "TEMPORARY_CONGESTION",
            Self::LOCAL_LIMIT_EXCEEDED => "LOCAL_LIMIT_EXCEEDED",
            3 => "CALLED_PADDR_UNKNOWN",
            Self::PROTOCOL_VERSION_NOT_SUPPORTED => "PROTOCOL_VERSION_NOT_SUPPORTED",
            5 => "DEFAULT_CONTEXT_NOT_SUPPORTED",
            6 => "USER_DATA_NOT_READABLE",
            7 => "NO_PSAP_AVAILABLE",
            Self::AUTHENTICATION_TYPE_NOT_RECOGNIZED => "authentication_type_not_recognized",
            Self::INVALID_CHECKSUM => "invalid_checksum",
            _ => return None,
        })
    }

    pub(super) fn decode(reader: &mut BodyReader<'_>) -> Result<Self, DecodeError> {
        let cursor = &mut reader.cursor;
        let reason = cursor.u16("provider_reject_reason")?;
        let count = cursor.u8("versions.n_protocols")?;
        let version = |_| Ok((cursor.u8("versions.major")?, cursor.u8("versions.minor")?));
        let versions = (0..count).map(version).collect::<Result<_, DecodeError>>()?;
        let end = cursor.position();
        let padding = end.next_multiple_of(4) - end;
        // Fewer octets than a signature takes are padding ([MS-RPCE] 2.2.2.9).
        let signed = match cursor.left().checked_sub(padding) {
            Some(16..) => Some(Signed {
                padding: cursor.octets(padding as u64, "padding")?,
                signature: cursor.uuid("Signature")?,
                blob: cursor.rest(),
            }),
            _ => None,
        };
        Ok(Self { reason, versions, signed })
    }

    pub(super) fn encode(&self, cursor: &mut WriteCursor) {
        cursor.u16(self.reason);
        cursor.u8(u8::try_from(self.versions.len()).unwrap_or(u8::MAX));
        for (major, minor) in &self.versions {
            cursor.octets(&[*major, *minor]);
        }
        if let Some(Signed { padding, signature, blob }) = &self.signed {
            cursor.octets(padding);
            cursor.uuid(*signature);
            cursor.octets(blob);
        }
    }
}
