//! rpc__mgmt_inq_princ_name, which tells the principal that a server is under.

use alloc::format;

use bytes::Bytes;

use crate::ndr::{Format, Reader, Writer, rule};
use crate::{DecodeError, Decoded};

/// The [in] parameters of rpc__mgmt_inq_princ_name ([C706] appendix Q, opnum 4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InqPrincNameRequest {
    /// authn_proto: the security provider that is asked about, as auth_type numbers it.
    pub authn_proto: u32,
    /// princ_name_size: how many octets may come back, terminator included.
    pub princ_name_size: u32,
}

/// The [out] parameters of rpc__mgmt_inq_princ_name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InqPrincNameResponse {
    /// max_count of princ_name: princ_name_size of the request.
    pub max_count: u64,
    /// princ_name: its octets, terminator included.
    pub princ_name: Bytes,
    /// status: 0, or why there is no name, as [`super::UNKNOWN_AUTHN_SERVICE`].
    pub status: u32,
}

impl InqPrincNameRequest {
    /// Reads a request's stub. What follows the last parameter is left alone: padding and a verification trailer may.
    ///
    /// # Errors
    /// [`DecodeError`] where the stub is too short.
    pub fn decode(stub: &Bytes, format: Format) -> Result<Decoded<Self>, DecodeError> {
        let mut reader = Reader::new(stub, format);
        let authn_proto = reader.u32("authn_proto")?;
        let princ_name_size = reader.u32("princ_name_size")?;
        Ok(reader.finish(Self { authn_proto, princ_name_size }))
    }

    /// The stub.
    #[must_use]
    pub fn encode(&self, format: Format) -> Bytes {
        let mut writer = Writer::new(format);
        writer.u32(self.authn_proto);
        writer.u32(self.princ_name_size);
        writer.finish()
    }
}

impl InqPrincNameResponse {
    /// Reads a response's stub.
    ///
    /// # Errors
    /// [`DecodeError`] where the stub is too short.
    pub fn decode(stub: &Bytes, format: Format) -> Result<Decoded<Self>, DecodeError> {
        const FIELD: &str = "princ_name";
        let mut reader = Reader::new(stub, format);
        let max_count = reader.max_count(FIELD)?;
        let offset = reader.count(FIELD)?;
        let place = reader.position() - format.count_octets();
        if offset != 0 {
            reader.defect(place, FIELD, rule::OFFSET_IS_ZERO, "offset 0".into(), format!("offset {offset}"));
        }
        let actual_count = reader.count(FIELD)?;
        let place = reader.position() - format.count_octets();
        if offset.checked_add(actual_count).is_none_or(|end| end > max_count) {
            let expected = format!("offset + actual_count of at most max_count {max_count}");
            let actual = format!("offset {offset} + actual_count {actual_count}");
            reader.defect(place, FIELD, rule::MAX_COUNT_COVERS_ACTUAL_COUNT, expected, actual);
        }
        let princ_name = reader.raw(actual_count, FIELD)?;
        if princ_name.last() != Some(&0) {
            let (place, actual) = (reader.position(), format!("{:?}", princ_name.last()));
            reader.defect(place, FIELD, rule::STRING_IS_TERMINATED, "0x00 as last octet".into(), actual);
        }
        let status = reader.u32("status")?;
        reader.check_end("status");
        Ok(reader.finish(Self { max_count, princ_name, status }))
    }

    /// The stub.
    #[must_use]
    pub fn encode(&self, format: Format) -> Bytes {
        let mut writer = Writer::new(format);
        writer.count(self.max_count);
        writer.count(0);
        writer.count(self.princ_name.len() as u64);
        writer.raw(&self.princ_name);
        writer.u32(self.status);
        writer.finish()
    }
}
