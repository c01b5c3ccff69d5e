//! Octets of the files that MIT Kerberos writes; lengths in them are big-endian.

use core::fmt;

/// A cursor over a file that says where it ends too early.
pub(super) struct File<'a> {
    octets: &'a [u8],
    position: usize,
}

/// What is wrong with a file.
#[derive(Debug)]
pub(super) struct Malformed(pub(super) String);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'a> File<'a> {
    pub(super) fn new(octets: &'a [u8]) -> Self {
        Self { octets, position: 0 }
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.octets.is_empty()
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.octets.split_at_checked(count).ok_or_else(|| {
            Malformed(format!("offset {}: {count} octets are due, {} left", self.position, self.octets.len()))
        })?;
        self.octets = rest;
        self.position += count;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let taken = self.take(N)?;
        Ok(taken.first_chunk().copied().unwrap_or([0; N]))
    }

    pub(super) fn u8(&mut self) -> Result<u8, Malformed> {
        Ok(u8::from_be_bytes(self.array()?))
    }

    pub(super) fn u16(&mut self) -> Result<u16, Malformed> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    pub(super) fn u32(&mut self) -> Result<u32, Malformed> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    /// Octets after their number, of 16 bits.
    pub(super) fn short(&mut self) -> Result<&'a [u8], Malformed> {
        let count = self.u16()?;
        self.take(count.into())
    }

    /// Octets after their number, of 32 bits.
    pub(super) fn long(&mut self) -> Result<&'a [u8], Malformed> {
        let count = self.u32()?;
        self.take(usize::try_from(count).unwrap_or(usize::MAX))
    }
}
