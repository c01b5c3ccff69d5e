//! Writing stubs.

use bytes::Bytes;
use uuid::Uuid;

use super::{Conformant, Format, WideString};
use crate::{ContextHandle, SyntaxId, TransferSyntax, WriteCursor};

/// The first referent of a stub; each further one is 4 more, as Windows numbers them.
const FIRST_REFERENT: u32 = 0x0002_0000;

/// Writes the parameters of a stub exactly as their shapes say, whether or not counts and elements fit together.
#[derive(Clone, Debug)]
pub struct Writer {
    cursor: WriteCursor,
    format: Format,
    referent: u32,
}

impl Writer {
    /// An empty stub.
    #[must_use]
    pub fn new(format: Format) -> Self {
        Self { cursor: WriteCursor::with_capacity(format.order, 64), format, referent: FIRST_REFERENT }
    }

    /// The stub.
    #[must_use]
    pub fn finish(self) -> Bytes {
        self.cursor.finish()
    }

    /// An unsigned long, or a v1_enum.
    pub fn u32(&mut self, value: u32) {
        self.cursor.align(4);
        self.cursor.u32(value);
    }

    /// A GUID.
    pub fn uuid(&mut self, value: Uuid) {
        self.cursor.align(4);
        self.cursor.uuid(value);
    }

    /// A context handle.
    pub fn context_handle(&mut self, value: ContextHandle) {
        self.u32(value.attributes);
        self.cursor.uuid(value.uuid);
    }

    /// A unique pointer, and what it points to unless it is NULL.
    pub fn unique<T>(&mut self, value: Option<&T>, pointee: impl FnOnce(&mut Self, &T)) {
        self.referent(value.is_some());
        if let Some(value) = value {
            pointee(self, value);
        }
    }

    /// The referent of a pointer, which is 0 when it is NULL.
    pub(crate) fn referent(&mut self, present: bool) {
        if present {
            self.count(u64::from(self.referent));
            self.referent = self.referent.wrapping_add(4);
        } else {
            self.count(0);
        }
    }

    /// Octets without a count of their own before them.
    pub(crate) fn raw(&mut self, octets: &[u8]) {
        self.cursor.octets(octets);
    }

    /// A conformant array of octets.
    pub fn octets(&mut self, value: &Conformant<Bytes>) {
        self.count(value.max_count);
        self.cursor.octets(&value.elements);
    }

    /// A conformant array of context handles.
    pub fn context_handles<E: AsRef<[ContextHandle]>>(&mut self, value: &Conformant<E>) {
        self.count(value.max_count);
        for handle in value.elements.as_ref() {
            self.context_handle(*handle);
        }
    }

    /// A conformant and varying string of 16-bit characters.
    pub fn wide_string(&mut self, value: &WideString) {
        self.count(value.max_count);
        self.count(value.offset);
        self.count(value.actual_count);
        for unit in &value.units {
            self.cursor.u16(*unit);
        }
    }

    /// A version: major and minor, 16 bits each.
    pub(crate) fn version(&mut self, id: SyntaxId) {
        self.cursor.u16(id.major());
        self.cursor.u16(id.minor());
    }

    /// The gap before a structure that has a pointer or a count in it.
    pub(crate) fn align_structure(&mut self) {
        self.cursor.align(self.format.count_octets());
    }

    /// A count or referent. One that NDR's 32 bits can't hold is written as the largest that they can.
    pub(crate) fn count(&mut self, value: u64) {
        self.cursor.align(self.format.count_octets());
        match self.format.syntax {
            TransferSyntax::Ndr => self.cursor.u32(u32::try_from(value).unwrap_or(u32::MAX)),
            TransferSyntax::Ndr64 => self.cursor.u64(value),
        }
    }
}
