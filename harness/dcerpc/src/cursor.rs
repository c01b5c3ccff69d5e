//! The bounds-checked cursors through which all octets are read and written.

use bytes::{BufMut, Bytes, BytesMut};
use uuid::Uuid;

use crate::{ByteOrder, DecodeError};

/// Reads numbers and octets in one byte order; every error names field and offset. Slices share the input's memory.
#[derive(Clone, Debug)]
pub struct ReadCursor<'a> {
    octets: &'a Bytes,
    position: usize,
    end: usize,
    order: ByteOrder,
}

impl<'a> ReadCursor<'a> {
    /// A cursor at the start of `octets`.
    #[must_use]
    pub fn new(octets: &'a Bytes, order: ByteOrder) -> Self {
        Self { octets, position: 0, end: octets.len(), order }
    }

    /// The same cursor over no more than the first `end` octets.
    #[must_use]
    pub fn up_to(self, end: usize) -> Self {
        Self { end: end.min(self.end).max(self.position), ..self }
    }

    /// The offset of the next octet.
    #[must_use]
    pub fn position(&self) -> usize {
        self.position
    }

    /// How many octets are left.
    #[must_use]
    pub fn left(&self) -> usize {
        self.end - self.position
    }

    /// The byte order of numbers.
    #[must_use]
    pub fn order(&self) -> ByteOrder {
        self.order
    }

    /// Reads numbers in another byte order from here on.
    pub fn set_order(&mut self, order: ByteOrder) {
        self.order = order;
    }

    /// Takes `count` octets for `field`.
    ///
    /// # Errors
    /// [`DecodeError::Short`] when fewer are left.
    pub fn octets(&mut self, count: u64, field: &'static str) -> Result<Bytes, DecodeError> {
        match usize::try_from(count) {
            Ok(count) if count <= self.left() => {
                let taken = self.octets.slice(self.position..self.position + count);
                self.position += count;
                Ok(taken)
            }
            _ => Err(DecodeError::Short { offset: self.position, field, needed: count, left: self.left() }),
        }
    }

    /// Takes all octets that are left.
    pub fn rest(&mut self) -> Bytes {
        let begin = core::mem::replace(&mut self.position, self.end);
        // Slicing counts the owners of the memory; for nothing, nobody has to own any.
        if begin == self.end { Bytes::new() } else { self.octets.slice(begin..self.end) }
    }

    /// Passes over `count` octets that belong to `field`.
    ///
    /// # Errors
    /// [`DecodeError::Short`] when fewer are left.
    #[inline]
    pub fn skip(&mut self, count: usize, field: &'static str) -> Result<(), DecodeError> {
        if count > self.left() {
            let (offset, left) = (self.position, self.left());
            return Err(DecodeError::Short { offset, field, needed: count as u64, left });
        }
        self.position += count;
        Ok(())
    }

    #[inline]
    fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], DecodeError> {
        let found = self.octets.get(self.position..self.end).and_then(<[u8]>::first_chunk::<N>).copied();
        let Some(octets) = found else {
            return Err(DecodeError::Short { offset: self.position, field, needed: N as u64, left: self.left() });
        };
        self.position += N;
        Ok(octets)
    }

    /// Takes an 8-bit number.
    ///
    /// # Errors
    /// [`DecodeError::Short`].
    #[inline]
    pub fn u8(&mut self, field: &'static str) -> Result<u8, DecodeError> {
        self.array::<1>(field).map(|[octet]| octet)
    }

    /// Takes a 16-bit number.
    ///
    /// # Errors
    /// [`DecodeError::Short`].
    #[inline]
    pub fn u16(&mut self, field: &'static str) -> Result<u16, DecodeError> {
        let octets = self.array(field)?;
        Ok(match self.order {
            ByteOrder::Little => u16::from_le_bytes(octets),
            ByteOrder::Big => u16::from_be_bytes(octets),
        })
    }

    /// Takes a 32-bit number.
    ///
    /// # Errors
    /// [`DecodeError::Short`].
    #[inline]
    pub fn u32(&mut self, field: &'static str) -> Result<u32, DecodeError> {
        let octets = self.array(field)?;
        Ok(match self.order {
            ByteOrder::Little => u32::from_le_bytes(octets),
            ByteOrder::Big => u32::from_be_bytes(octets),
        })
    }

    /// Takes a 64-bit number.
    ///
    /// # Errors
    /// [`DecodeError::Short`].
    #[inline]
    pub fn u64(&mut self, field: &'static str) -> Result<u64, DecodeError> {
        let octets = self.array(field)?;
        Ok(match self.order {
            ByteOrder::Little => u64::from_le_bytes(octets),
            ByteOrder::Big => u64::from_be_bytes(octets),
        })
    }

    /// Takes a UUID of 16 octets: its first three fields are numbers ([C706] appendix A).
    ///
    /// # Errors
    /// [`DecodeError::Short`].
    #[inline]
    pub fn uuid(&mut self, field: &'static str) -> Result<Uuid, DecodeError> {
        let octets = self.array(field)?;
        Ok(match self.order {
            ByteOrder::Little => Uuid::from_bytes_le(octets),
            ByteOrder::Big => Uuid::from_bytes(octets),
        })
    }
}

/// Writes numbers and octets in one byte order.
#[derive(Clone, Debug, Default)]
pub struct WriteCursor {
    octets: BytesMut,
    order: ByteOrder,
}

impl WriteCursor {
    /// An empty output.
    #[must_use]
    pub fn new(order: ByteOrder) -> Self {
        Self::with_capacity(order, 0)
    }

    /// An empty output with room for `octets`.
    #[must_use]
    pub fn with_capacity(order: ByteOrder, octets: usize) -> Self {
        Self { octets: BytesMut::with_capacity(octets), order }
    }

    /// The byte order of numbers.
    #[must_use]
    pub fn order(&self) -> ByteOrder {
        self.order
    }

    /// How many octets were written.
    #[must_use]
    pub fn position(&self) -> usize {
        self.octets.len()
    }

    /// Writes octets as they are.
    pub fn octets(&mut self, octets: &[u8]) {
        self.octets.put_slice(octets);
    }

    /// Writes zero octets until the position is a multiple of `alignment` (a power of two).
    pub fn align(&mut self, alignment: usize) {
        let padding = self.position().next_multiple_of(alignment.max(1)) - self.position();
        self.octets.put_bytes(0, padding);
    }

    /// Writes an 8-bit number.
    pub fn u8(&mut self, value: u8) {
        self.octets.put_u8(value);
    }

    /// Writes a 16-bit number.
    pub fn u16(&mut self, value: u16) {
        match self.order {
            ByteOrder::Little => self.octets.put_u16_le(value),
            ByteOrder::Big => self.octets.put_u16(value),
        }
    }

    /// Writes a 32-bit number.
    pub fn u32(&mut self, value: u32) {
        match self.order {
            ByteOrder::Little => self.octets.put_u32_le(value),
            ByteOrder::Big => self.octets.put_u32(value),
        }
    }

    /// Writes a 64-bit number.
    pub fn u64(&mut self, value: u64) {
        match self.order {
            ByteOrder::Little => self.octets.put_u64_le(value),
            ByteOrder::Big => self.octets.put_u64(value),
        }
    }

    /// Writes a UUID of 16 octets.
    pub fn uuid(&mut self, value: Uuid) {
        match self.order {
            ByteOrder::Little => self.octets.put_slice(&value.to_bytes_le()),
            ByteOrder::Big => self.octets.put_slice(value.as_bytes()),
        }
    }

    /// What was written.
    #[must_use]
    pub fn finish(self) -> Bytes {
        self.octets.freeze()
    }

    /// What was written, to be changed further.
    pub(crate) fn into_octets(self) -> BytesMut {
        self.octets
    }
}
