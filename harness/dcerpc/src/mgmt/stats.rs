//! rpc__mgmt_inq_stats, which tells what a server has counted.

use alloc::vec::Vec;

use bytes::Bytes;

use crate::ndr::{Conformant, Format, Reader, Writer};
use crate::{DecodeError, Decoded};

/// The [in] parameter of rpc__mgmt_inq_stats ([C706] appendix Q, opnum 1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InqStatsRequest {
    /// count: how many statistics may come back.
    pub count: u32,
}

/// The [out] parameters of rpc__mgmt_inq_stats.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InqStatsResponse {
    /// count: how many statistics it says to give.
    pub count: u32,
    /// statistics: calls received, calls made, PDUs received, PDUs sent.
    pub statistics: Conformant<Vec<u32>>,
    /// status: 0, or why there are none.
    pub status: u32,
}

impl InqStatsRequest {
    /// Reads a request's stub. What follows the parameter is left alone: padding and a verification trailer may.
    ///
    /// # Errors
    /// [`DecodeError`] where the stub is too short.
    pub fn decode(stub: &Bytes, format: Format) -> Result<Decoded<Self>, DecodeError> {
        let mut reader = Reader::new(stub, format);
        let count = reader.u32("count")?;
        Ok(reader.finish(Self { count }))
    }

    /// The stub.
    #[must_use]
    pub fn encode(&self, format: Format) -> Bytes {
        let mut writer = Writer::new(format);
        writer.u32(self.count);
        writer.finish()
    }
}

impl InqStatsResponse {
    /// Reads a response's stub.
    ///
    /// # Errors
    /// [`DecodeError`] where the stub is too short.
    pub fn decode(stub: &Bytes, format: Format) -> Result<Decoded<Self>, DecodeError> {
        let mut reader = Reader::new(stub, format);
        let count = reader.u32("count")?;
        let max_count = reader.max_count("statistics")?;
        reader.check_size(0, "count", count, Some(max_count));
        let fits = reader.fits(max_count, size_of::<u32>(), "statistics")?;
        let mut elements = Vec::with_capacity(fits);
        for _ in 0..fits {
            elements.push(reader.u32("statistics")?);
        }
        let status = reader.u32("status")?;
        reader.check_end("status");
        Ok(reader.finish(Self { count, statistics: Conformant { max_count, elements }, status }))
    }

    /// The stub: as many statistics as there are, whatever count says.
    #[must_use]
    pub fn encode(&self, format: Format) -> Bytes {
        let mut writer = Writer::new(format);
        writer.u32(self.count);
        writer.count(self.statistics.max_count);
        for statistic in &self.statistics.elements {
            writer.u32(*statistic);
        }
        writer.u32(self.status);
        writer.finish()
    }
}

impl From<Vec<u32>> for InqStatsResponse {
    fn from(statistics: Vec<u32>) -> Self {
        let count = u32::try_from(statistics.len()).unwrap_or(u32::MAX);
        Self { count, statistics: statistics.into(), status: 0 }
    }
}
