//! Stubs of calls.

use alloc::format;
use alloc::string::String;

use bytes::Bytes;
use dcerpc::{DecodeError, Decoded};
use mspan::Method;

/// What became of a stub.
pub(super) enum Read<T> {
    /// It was read.
    Parameters(Decoded<T>),
    /// It belongs to another interface, or to no method of ours: nothing to read.
    Foreign,
    /// It could not be read.
    Gap { offset: u64, why: String, malformed: bool },
}

impl<T> Read<T> {
    /// Reads a stub of `method`.
    pub(super) fn stub(
        method: Option<Method>,
        sealed: bool,
        stub: Bytes,
        decode: impl FnOnce(Method, Bytes) -> Result<Decoded<T>, DecodeError>,
    ) -> Self {
        let Some(method) = method else { return Self::Foreign };
        if sealed && !stub.is_empty() {
            return Self::Gap { offset: 0, why: "the stub is sealed".into(), malformed: false };
        }
        match decode(method, stub) {
            Ok(decoded) => Self::Parameters(decoded),
            Err(error) => {
                let why = format!("the stub of {method} can't be read: {error}");
                Self::Gap { offset: error.offset() as u64, why, malformed: true }
            }
        }
    }

    /// The presentation context has another transfer syntax.
    pub(super) fn foreign_syntax() -> Self {
        Self::Gap { offset: 0, why: "the transfer syntax is neither NDR nor NDR64".into(), malformed: false }
    }
}
