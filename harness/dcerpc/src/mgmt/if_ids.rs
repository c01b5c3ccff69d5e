//! rpc__mgmt_inq_if_ids, which tells the interfaces of a server. It has no [in] parameters.

use alloc::vec::Vec;

use bytes::Bytes;

use crate::ndr::{Conformant, Format, Reader, Writer};
use crate::{DecodeError, Decoded, SyntaxId};

/// The [out] parameters of rpc__mgmt_inq_if_ids ([C706] appendix Q, opnum 0).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InqIfIdsResponse {
    /// if_id_vector: NULL where there are none to tell.
    pub if_id_vector: Option<IfIdVector>,
    /// status: 0, or why there are no interfaces.
    pub status: u32,
}

/// rpc_if_id_vector_t: interfaces ([C706] appendix Q).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IfIdVector {
    /// count: how many interfaces it says to have.
    pub count: u32,
    /// if_id: max_count, and the interfaces; none for a NULL pointer.
    pub if_id: Conformant<Vec<Option<SyntaxId>>>,
}

impl InqIfIdsResponse {
    /// Reads a response's stub.
    ///
    /// # Errors
    /// [`DecodeError`] where the stub is too short.
    pub fn decode(stub: &Bytes, format: Format) -> Result<Decoded<Self>, DecodeError> {
        let mut reader = Reader::new(stub, format);
        let if_id_vector = reader.unique("if_id_vector", |reader, _| IfIdVector::read(reader, format))?;
        let status = reader.u32("status")?;
        reader.check_end("status");
        Ok(reader.finish(Self { if_id_vector, status }))
    }

    /// The stub: as many interfaces as there are, whatever count says.
    #[must_use]
    pub fn encode(&self, format: Format) -> Bytes {
        let mut writer = Writer::new(format);
        writer.unique(self.if_id_vector.as_ref(), |writer, vector| vector.write(writer));
        writer.u32(self.status);
        writer.finish()
    }
}

impl IfIdVector {
    /// The structure, and then what its array points to ([C706] 14.3.12.3).
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let max_count = reader.max_count("if_id")?;
        let place = reader.position();
        let count = reader.u32("count")?;
        reader.check_size(place, "count", count, Some(max_count));
        reader.align_structure("if_id")?;
        let fits = reader.fits(max_count, format.count_octets(), "if_id")?;
        let mut present = Vec::with_capacity(fits);
        for _ in 0..fits {
            present.push(reader.referent("if_id")?);
        }
        let mut elements = Vec::with_capacity(fits);
        for is_present in present {
            elements.push(if is_present {
                Some(SyntaxId { uuid: reader.uuid("uuid")?, version: reader.version("vers_major")? })
            } else {
                None
            });
        }
        Ok(Self { count, if_id: Conformant { max_count, elements } })
    }

    fn write(&self, writer: &mut Writer) {
        writer.count(self.if_id.max_count);
        writer.u32(self.count);
        writer.align_structure();
        for interface in &self.if_id.elements {
            writer.referent(interface.is_some());
        }
        for interface in self.if_id.elements.iter().flatten() {
            writer.uuid(interface.uuid);
            writer.version(*interface);
        }
    }
}

impl From<Vec<SyntaxId>> for IfIdVector {
    fn from(interfaces: Vec<SyntaxId>) -> Self {
        let elements: Vec<_> = interfaces.into_iter().map(Some).collect();
        Self { count: u32::try_from(elements.len()).unwrap_or(u32::MAX), if_id: elements.into() }
    }
}
