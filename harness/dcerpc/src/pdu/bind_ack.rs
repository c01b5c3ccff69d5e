//! bind_ack and alter_context_resp, which share one layout.

use alloc::format;
use alloc::vec::Vec;

use bytes::{BufMut, Bytes, BytesMut};

use super::body::BodyReader;
use super::presentation::ContextResult;
use crate::{DecodeError, WriteCursor};

/// The body of bind_ack and of alter_context_resp ([C706] 12.6.4.4 and 12.6.4.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BindAck {
    /// max_xmit_frag: the longest PDU that the server will send, in octets.
    pub max_xmit_frag: u16,
    /// max_recv_frag: the longest PDU that the server can receive, in octets.
    pub max_recv_frag: u16,
    /// assoc_group_id: the association that the connection belongs to now.
    pub assoc_group_id: u32,
    /// sec_addr: the secondary address with its terminating NUL; empty in alter_context_resp.
    pub secondary_address: Bytes,
    /// pad2: the octets that align what follows to 4.
    pub padding: Bytes,
    /// reserved and reserved2 of p_result_list.
    pub reserved: [u8; 3],
    /// p_result_list: one result for each context that was proposed, in that order.
    pub results: Vec<ContextResult>,
}

impl BindAck {
    /// The secondary address for a text: with a terminating NUL, or nothing at all for no text.
    #[must_use]
    pub fn address(text: &str) -> Bytes {
        let mut octets = BytesMut::with_capacity(text.len() + 1);
        if !text.is_empty() {
            octets.put_slice(text.as_bytes());
            octets.put_u8(0);
        }
        octets.freeze()
    }

    /// pad2 for a secondary address of that length, zeros.
    #[must_use]
    pub fn padding_after(address: &Bytes) -> Bytes {
        // The address follows 26 octets: header, fragment sizes, group and its own length.
        let end = 26 + address.len();
        Bytes::from_static(&[0; 3]).slice(..end.next_multiple_of(4) - end)
    }

    pub(super) fn decode(reader: &mut BodyReader<'_>) -> Result<Self, DecodeError> {
        let max_xmit_frag = reader.cursor.u16("max_xmit_frag")?;
        let max_recv_frag = reader.cursor.u16("max_recv_frag")?;
        let assoc_group_id = reader.cursor.u32("assoc_group_id")?;
        let length = reader.cursor.u16("sec_addr.length")?;
        let at = reader.cursor.position();
        let secondary_address = reader.cursor.octets(length.into(), "sec_addr")?;
        if secondary_address.last().is_some_and(|last| *last != 0) {
            reader.defect(
                at,
                "sec_addr",
                "C706/12.6.3.1/secondary-address-is-terminated",
                "a NUL at the end".into(),
                format!("{secondary_address:?}"),
            );
        }
        let end = reader.cursor.position();
        let padding = reader.cursor.octets((end.next_multiple_of(4) - end) as u64, "pad2")?;
        let (reserved, results) = ContextResult::read_list(reader)?;
        Ok(Self { max_xmit_frag, max_recv_frag, assoc_group_id, secondary_address, padding, reserved, results })
    }

    pub(super) fn encode(&self, cursor: &mut WriteCursor) {
        cursor.u16(self.max_xmit_frag);
        cursor.u16(self.max_recv_frag);
        cursor.u32(self.assoc_group_id);
        cursor.u16(u16::try_from(self.secondary_address.len()).unwrap_or(u16::MAX));
        cursor.octets(&self.secondary_address);
        cursor.octets(&self.padding);
        ContextResult::write_list(self.reserved, &self.results, cursor);
    }
}
