//! Stubs of calls.

use alloc::format;
use alloc::string::String;

use core::fmt;

use bytes::{BufMut, Bytes, BytesMut};
use dcerpc::ndr::Format;
use dcerpc::{ByteOrder, DecodeError, Decoded, TransferSyntax};
use mspan::Method;
use mspan::method::In;

/// What became of a stub.
pub(super) enum Read<T> {
    /// It was read.
    Parameters(Decoded<T>),
    /// It belongs to another interface, or to no method of ours: nothing to read.
    Foreign,
    /// It could not be read.
    Gap { offset: u64, why: String, malformed: bool },
    /// It is sealed, or its protection does not verify.
    Sealed { why: String },
    /// It could not be read, and in the other transfer syntax it can.
    OtherSyntax { offset: u64, why: String },
    /// It could not be read, and can where enumerations have 16 bits.
    ShortEnumerations { offset: u64, why: String },
}

/// Stubs up to this size are tried in the other transfer syntax when they can't be read: longer ones are not worth it.
const TRIED_TWICE: usize = 512;

impl<T> Read<T> {
    /// Reads a stub of `method` in its format.
    pub(super) fn stub<M: Copy + fmt::Display>(
        method: Option<M>,
        closed: Option<String>,
        stub: Bytes,
        format: Format,
        decode: impl Fn(M, Bytes, Format) -> Result<Decoded<T>, DecodeError>,
    ) -> Self {
        let Some(method) = method else { return Self::Foreign };
        if let Some(why) = closed {
            return Self::Sealed { why };
        }
        let copy = (stub.len() <= TRIED_TWICE).then(|| stub.clone());
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

impl Read<In> {
    /// Reads the stub of a request. RegisterClient's ends with two enumerations of 32 bits ([MS-PAN] 2.2.2, 2.2.3); by default
    /// IDL gives enumerations 16. What fits so is not in the other transfer syntax: there octets would be left over.
    pub(super) fn request(method: Option<Method>, closed: Option<String>, stub: Bytes, format: Format) -> Self {
        let registers = method == Some(Method::RegisterClient) && closed.is_none() && stub.len() <= TRIED_TWICE;
        let copy = registers.then(|| stub.clone());
        match (Self::stub(method, closed, stub, format, In::decode), copy) {
            (Self::Gap { offset, malformed: true, .. } | Self::OtherSyntax { offset, .. }, Some(copy))
                if reads_when_widened(&copy, format) =>
            {
                let why =
                    "the stub of RegisterClient can't be read: NotifyFilter and conversationStyle have 16 bits each";
                Self::ShortEnumerations { offset, why: why.into() }
            }
            (read, _) => read,
        }
    }
}

/// Whether a RegisterClient stub can be read, without defects, when its last two numbers of 16 bits are given 32.
fn reads_when_widened(stub: &[u8], format: Format) -> bool {
    let Some((rest, [a, b, c, d])) = stub.split_last_chunk::<4>() else { return false };
    let mut widened = BytesMut::from(rest);
    for half in [[*a, *b], [*c, *d]] {
        match format.order {
            ByteOrder::Little => widened.put_u32_le(u16::from_le_bytes(half).into()),
            ByteOrder::Big => widened.put_u32(u16::from_be_bytes(half).into()),
        }
    }
    In::decode(Method::RegisterClient, widened.freeze(), format).is_ok_and(|read| read.defects.is_empty())
}

const fn other(syntax: TransferSyntax) -> TransferSyntax {
    match syntax {
        TransferSyntax::Ndr => TransferSyntax::Ndr64,
        TransferSyntax::Ndr64 => TransferSyntax::Ndr,
    }
}
