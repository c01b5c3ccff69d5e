//! rpc__mgmt_is_server_listening and rpc__mgmt_stop_server_listening. They have no [in] parameters.

use bytes::Bytes;

use crate::ndr::{Format, Reader, Writer};
use crate::{DecodeError, Decoded};

/// What rpc__mgmt_is_server_listening gives back ([C706] appendix Q, opnum 2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IsServerListeningResponse {
    /// status: 0, or why it is not told.
    pub status: u32,
    /// The boolean32 that it returns: 1 while the server takes calls.
    pub listening: u32,
}

/// The [out] parameter of rpc__mgmt_stop_server_listening ([C706] appendix Q, opnum 3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StopServerListeningResponse {
    /// status: 0 when the server stops, or why it does not, as [`super::OP_DISALLOWED`].
    pub status: u32,
}

impl IsServerListeningResponse {
    /// Reads a response's stub.
    ///
    /// # Errors
    /// [`DecodeError`] where the stub is too short.
    pub fn decode(stub: &Bytes, format: Format) -> Result<Decoded<Self>, DecodeError> {
        let mut reader = Reader::new(stub, format);
        let status = reader.u32("status")?;
        let listening = reader.u32("return")?;
        reader.check_end("return");
        Ok(reader.finish(Self { status, listening }))
    }

    /// The stub.
    #[must_use]
    pub fn encode(&self, format: Format) -> Bytes {
        let mut writer = Writer::new(format);
        writer.u32(self.status);
        writer.u32(self.listening);
        writer.finish()
    }
}

impl StopServerListeningResponse {
    /// Reads a response's stub.
    ///
    /// # Errors
    /// [`DecodeError`] where the stub is too short.
    pub fn decode(stub: &Bytes, format: Format) -> Result<Decoded<Self>, DecodeError> {
        let mut reader = Reader::new(stub, format);
        let status = reader.u32("status")?;
        reader.check_end("status");
        Ok(reader.finish(Self { status }))
    }

    /// The stub.
    #[must_use]
    pub fn encode(&self, format: Format) -> Bytes {
        let mut writer = Writer::new(format);
        writer.u32(self.status);
        writer.finish()
    }
}
