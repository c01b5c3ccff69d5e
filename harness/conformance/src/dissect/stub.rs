//! Stubs of calls.

use alloc::format;
use alloc::string::String;

use bytes::Bytes;
use dcerpc::ndr::Format;
use dcerpc::{DecodeError, Decoded, TransferSyntax};
use mspan::Method;

/// What became of a stub.
pub(super) enum Read<T> {
    /// It was read.
    Parameters(Decoded<T>),
    /// It belongs to another interface, or to no method of ours: nothing to read.
    Foreign,
    /// It could not be read.
    Gap { offset: u64, why: String, malformed: bool },
    /// It could not be read, and in the other transfer syntax it can.
    OtherSyntax { offset: u64, why: String },
}

/// Stubs up to this size are tried in the other transfer syntax when they can't be read. A copy is kept for that, since
/// reading takes a stub's octets away: longer ones are not worth it.
const TRIED_TWICE: usize = 512;

impl<T> Read<T> {
    /// Reads a stub of `method` in its format.
    pub(super) fn stub(
        method: Option<Method>,
        sealed: bool,
        stub: Bytes,
        format: Format,
        decode: impl Fn(Method, Bytes, Format) -> Result<Decoded<T>, DecodeError>,
    ) -> Self {
        let Some(method) = method else { return Self::Foreign };
        if sealed && !stub.is_empty() {
            return Self::Gap { offset: 0, why: "the stub is sealed".into(), malformed: false };
        }
        let copy = (stub.len() <= TRIED_TWICE).then(|| Bytes::copy_from_slice(&stub));
        let error = match decode(method, stub, format) {
            Ok(decoded) => return Self::Parameters(decoded),
            Err(error) => error,
        };
        let offset = error.offset() as u64;
        let other = Format { syntax: other(format.syntax), ..format };
        let reads = copy.is_some_and(|copy| decode(method, copy, other).is_ok_and(|read| read.defects.is_empty()));
        if reads {
            let why = format!("the stub of {method} is written in {:?} and can't be read: {error}", other.syntax);
            return Self::OtherSyntax { offset, why };
        }
        Self::Gap { offset, why: format!("the stub of {method} can't be read: {error}"), malformed: true }
    }

    /// The presentation context has another transfer syntax.
    pub(super) fn foreign_syntax() -> Self {
        Self::Gap { offset: 0, why: "the transfer syntax is neither NDR nor NDR64".into(), malformed: false }
    }
}

const fn other(syntax: TransferSyntax) -> TransferSyntax {
    match syntax {
        TransferSyntax::Ndr => TransferSyntax::Ndr64,
        TransferSyntax::Ndr64 => TransferSyntax::Ndr,
    }
}
