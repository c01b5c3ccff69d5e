//! bind and alter_context, which share one layout.

use alloc::vec::Vec;

use super::body::BodyReader;
use super::presentation::ContextElement;
use crate::{DecodeError, WriteCursor};

/// The body of bind and of alter_context ([C706] 12.6.4.3 and 12.6.4.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bind {
    /// max_xmit_frag: the longest PDU that the client will send, in octets.
    pub max_xmit_frag: u16,
    /// max_recv_frag: the longest PDU that the client can receive, in octets.
    pub max_recv_frag: u16,
    /// assoc_group_id: the association to join; 0 asks for a new one.
    pub assoc_group_id: u32,
    /// reserved and reserved2 of p_context_elem.
    pub reserved: [u8; 3],
    /// p_context_elem: what is proposed.
    pub contexts: Vec<ContextElement>,
}

impl Bind {
    pub(super) fn decode(reader: &mut BodyReader<'_>) -> Result<Self, DecodeError> {
        let max_xmit_frag = reader.cursor.u16("max_xmit_frag")?;
        let max_recv_frag = reader.cursor.u16("max_recv_frag")?;
        let assoc_group_id = reader.cursor.u32("assoc_group_id")?;
        let (reserved, contexts) = ContextElement::read_list(reader)?;
        Ok(Self { max_xmit_frag, max_recv_frag, assoc_group_id, reserved, contexts })
    }

    pub(super) fn encode(&self, cursor: &mut WriteCursor) {
        cursor.u16(self.max_xmit_frag);
        cursor.u16(self.max_recv_frag);
        cursor.u32(self.assoc_group_id);
        ContextElement::write_list(self.reserved, &self.contexts, cursor);
    }
}
