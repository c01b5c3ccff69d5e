//! The octets of a file, and what the operating system said when they could not be read.

use std::io::{self, Cursor, Read};
use std::sync::{Arc, Mutex, PoisonError};

use super::FileError;

/// Octets that are read before the kind of file is looked for: the reader looks at what its first read gives alone.
/// A section header block may hold comments.
pub(super) const HEAD: u64 = 64 << 10;

/// A reader that keeps its error, which the parser drops.
pub(super) struct Source<R> {
    head: Cursor<Vec<u8>>,
    rest: R,
    failure: Failure,
}

/// Where the error is kept.
#[derive(Clone, Default)]
pub(super) struct Failure(Arc<Mutex<Option<io::Error>>>);

impl<R: Read> Source<R> {
    /// Reads the head of the file.
    pub(super) fn new(mut rest: R) -> Result<(Self, Failure), FileError> {
        let mut head = Vec::new();
        rest.by_ref().take(HEAD).read_to_end(&mut head)?;
        let failure = Failure::default();
        Ok((Self { head: Cursor::new(head), rest, failure: failure.clone() }, failure))
    }

    /// How many octets the head has: fewer than [`HEAD`] when the file has no more.
    pub(super) fn head_length(&self) -> u64 {
        self.head.get_ref().len() as u64
    }

    /// The first octets.
    pub(super) fn head(&self) -> Vec<u8> {
        self.head.get_ref().iter().copied().take(16).collect()
    }
}

impl<R: Read> Read for Source<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.head.read(into)?;
        if read > 0 || into.is_empty() {
            return Ok(read);
        }
        loop {
            match self.rest.read(into) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    let kind = error.kind();
                    *self.failure.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                    return Err(kind.into());
                }
                read => return read,
            }
        }
    }
}

impl Failure {
    /// What the operating system said.
    pub(super) fn take(&self) -> FileError {
        let error = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        error.unwrap_or_else(|| io::Error::other("the file can't be read")).into()
    }
}
