//! The stubs of an endpoint mapper's calls.

use core::fmt;

use bytes::Bytes;
use dcerpc::epm::{self, LookupRequest, LookupResponse, MapRequest, MapResponse};
use dcerpc::ndr::Format;
use dcerpc::{DecodeError, Decoded, SyntaxId};

use crate::event::{MapperAnswer, Question};

/// An operation of the endpoint mapper that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Map,
    Lookup,
}

impl Operation {
    /// The operation that an opnum of the endpoint mapper stands for, when it is read.
    pub(super) const fn from_opnum(opnum: u16) -> Option<Self> {
        match opnum {
            epm::MAP => Some(Self::Map),
            epm::LOOKUP => Some(Self::Lookup),
            _ => None,
        }
    }

    pub(super) fn question(self, stub: &Bytes, format: Format) -> Result<Decoded<Question>, DecodeError> {
        match self {
            Self::Map => MapRequest::decode(stub, format).map(|decoded| as_one(decoded, Question::Map)),
            Self::Lookup => LookupRequest::decode(stub, format).map(|decoded| as_one(decoded, Question::Lookup)),
        }
    }

    pub(super) fn answer(self, stub: &Bytes, format: Format) -> Result<Decoded<MapperAnswer>, DecodeError> {
        match self {
            Self::Map => MapResponse::decode(stub, format).map(|decoded| as_one(decoded, MapperAnswer::Map)),
            Self::Lookup => LookupResponse::decode(stub, format).map(|decoded| as_one(decoded, MapperAnswer::Lookup)),
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Map => "ept_map",
            Self::Lookup => "ept_lookup",
        })
    }
}

/// Whether an abstract syntax is the endpoint mapper's: a minor version changes nothing.
pub(super) fn is_mapper(abstract_syntax: SyntaxId) -> bool {
    abstract_syntax.uuid == epm::INTERFACE.uuid && abstract_syntax.major() == epm::INTERFACE.major()
}

fn as_one<T, U>(decoded: Decoded<T>, one: impl FnOnce(T) -> U) -> Decoded<U> {
    Decoded { value: one(decoded.value), defects: decoded.defects }
}
