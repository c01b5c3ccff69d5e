//! response.

use bytes::Bytes;

use super::body::BodyReader;
use crate::{DecodeError, WriteCursor};

/// The body of response ([C706] 12.6.4.10): one fragment of a call's [out] parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// alloc_hint: octets of stub in this and all following fragments; 0 says nothing ([MS-RPCE] 2.2.2.6).
    pub alloc_hint: u32,
    /// p_cont_id: the presentation context.
    pub context_id: u16,
    /// cancel_count.
    pub cancel_count: u8,
    /// reserved.
    pub reserved: u8,
    /// stub data.
    pub stub: Bytes,
}

impl Response {
    /// Octets before the stub, header included.
    pub const OCTETS_BEFORE_STUB: usize = 24;

    pub(super) fn decode(reader: &mut BodyReader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            alloc_hint: reader.cursor.u32("alloc_hint")?,
            context_id: reader.cursor.u16("p_cont_id")?,
            cancel_count: reader.cursor.u8("cancel_count")?,
            reserved: reader.zero_u8("reserved")?,
            stub: reader.cursor.rest(),
        })
    }

    pub(super) fn encode(&self, cursor: &mut WriteCursor) {
        cursor.u32(self.alloc_hint);
        cursor.u16(self.context_id);
        cursor.u8(self.cancel_count);
        cursor.u8(self.reserved);
        cursor.octets(&self.stub);
    }
}
