//! rpc_auth_3.

use alloc::format;

use bytes::Bytes;

use super::body::BodyReader;
use crate::{DecodeError, WriteCursor};

/// The body of rpc_auth_3 ([MS-RPCE] 2.2.2.10): what matters is the authentication verifier after it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Auth3 {
    /// pad: 4 octets of any value.
    pub pad: Bytes,
}

impl Auth3 {
    pub(super) fn decode(reader: &mut BodyReader<'_>) -> Result<Self, DecodeError> {
        let at = reader.cursor.position();
        let pad = reader.cursor.octets(reader.cursor.left().min(4) as u64, "pad")?;
        if pad.len() < 4 {
            let actual = format!("{} octets", pad.len());
            reader.defect(at, "pad", "MS-RPCE/2.2.2.10/pad-is-there", "4 octets".into(), actual);
        }
        Ok(Self { pad })
    }

    pub(super) fn encode(&self, cursor: &mut WriteCursor) {
        cursor.octets(&self.pad);
    }
}
