//! request.

use bytes::Bytes;
use uuid::Uuid;

use super::body::BodyReader;
use super::header::Flags;
use crate::{DecodeError, WriteCursor};

/// The body of request ([C706] 12.6.4.9): one fragment of a call's [in] parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// alloc_hint: octets of stub in this and all following fragments; 0 says nothing ([MS-RPCE] 2.2.2.6).
    pub alloc_hint: u32,
    /// p_cont_id: the presentation context.
    pub context_id: u16,
    /// opnum.
    pub opnum: u16,
    /// object: there when PFC_OBJECT_UUID is set.
    pub object: Option<Uuid>,
    /// stub data.
    pub stub: Bytes,
}

impl Request {
    /// Octets before the stub, header included, without an object UUID.
    pub const OCTETS_BEFORE_STUB: usize = 24;

    pub(super) fn decode(reader: &mut BodyReader<'_>, flags: Flags) -> Result<Self, DecodeError> {
        let cursor = &mut reader.cursor;
        Ok(Self {
            alloc_hint: cursor.u32("alloc_hint")?,
            context_id: cursor.u16("p_cont_id")?,
            opnum: cursor.u16("opnum")?,
            object: if flags.has(Flags::OBJECT_UUID) { Some(cursor.uuid("object")?) } else { None },
            stub: cursor.rest(),
        })
    }

    pub(super) fn encode(&self, cursor: &mut WriteCursor) {
        cursor.u32(self.alloc_hint);
        cursor.u16(self.context_id);
        cursor.u16(self.opnum);
        if let Some(object) = self.object {
            cursor.uuid(object);
        }
        cursor.octets(&self.stub);
    }
}
