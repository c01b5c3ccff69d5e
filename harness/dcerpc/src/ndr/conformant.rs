//! Conformant arrays.

use alloc::vec::Vec;

use bytes::Bytes;

/// A conformant array as the octets say it: the count that stands before it, and the elements that follow
/// ([C706] 14.3.3.2). The parameter that names its size stands elsewhere and may differ: `size_is` is not applied here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conformant<E> {
    /// max_count as written.
    pub max_count: u64,
    /// The elements; as many as max_count unless made to be wrong on purpose.
    pub elements: E,
}

impl From<Bytes> for Conformant<Bytes> {
    fn from(elements: Bytes) -> Self {
        Self { max_count: elements.len() as u64, elements }
    }
}

impl<T> From<Vec<T>> for Conformant<Vec<T>> {
    fn from(elements: Vec<T>) -> Self {
        Self { max_count: elements.len() as u64, elements }
    }
}
