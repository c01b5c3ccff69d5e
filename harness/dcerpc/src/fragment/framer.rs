//! Octets of a stream in, whole PDUs out.

use alloc::format;
use alloc::string::String;

use bytes::{Bytes, BytesMut};
use thiserror::Error;

use crate::DecodeError;
use crate::pdu::{Header, PduType};

/// Cuts one direction of a connection into PDUs by their frag_length. It keeps at most one unfinished PDU and the octets
/// that were pushed last.
#[derive(Clone, Debug)]
pub struct Framer {
    // What is not cut off yet lies in `chunk` as it was pushed, or else in `buffer`, where pieces of a PDU are joined.
    chunk: Bytes,
    buffer: BytesMut,
    offset: u64,
    max_frag: u16,
    failed: Option<FramingError>,
}

/// One PDU, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Framed {
    /// Where it begins, in octets from the start of the stream.
    pub offset: u64,
    /// Its octets: as many as its frag_length says.
    pub octets: Bytes,
}

/// The stream holds something that is no PDU; where the next one begins can't be known.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("octet {offset} of the stream: no PDU begins here: {error}")]
pub struct FramingError {
    /// Where the PDU should have begun, in octets from the start of the stream.
    pub offset: u64,
    /// What is wrong there; its offset counts from that place.
    pub error: DecodeError,
}

impl Framer {
    /// A framer at the start of a stream. A PDU that says to be longer than `max_frag` octets is no PDU, unless it is one
    /// that carries tokens of security providers: those may be as long as frag_length can say.
    #[must_use]
    pub fn new(max_frag: u16) -> Self {
        Self { chunk: Bytes::new(), buffer: BytesMut::new(), offset: 0, max_frag, failed: None }
    }

    /// Changes how long a PDU may be, once that is negotiated.
    pub fn set_max_frag(&mut self, max_frag: u16) {
        self.max_frag = max_frag;
    }

    /// Takes octets of the stream, however they are cut.
    pub fn push(&mut self, octets: Bytes) {
        if self.pending() == 0 {
            self.chunk = octets;
        } else {
            self.join(&octets);
        }
    }

    /// The same of octets that somebody else has, too: only where they may begin a PDU they are shared.
    pub fn push_shared(&mut self, octets: &Bytes) {
        if self.pending() == 0 {
            self.chunk = octets.clone();
        } else {
            self.join(octets);
        }
    }

    fn join(&mut self, octets: &[u8]) {
        let needed = self.chunk.len() + octets.len();
        if self.buffer.capacity() - self.buffer.len() < needed {
            // Room for the whole PDU at once, as far as what has come of it warrants that.
            let come = self.buffer.len() + needed;
            let length = frag_length(self.pending_octets(), self.max_frag).ok().flatten().unwrap_or(0);
            self.buffer.reserve(length.min(4 * come).max(come) - self.buffer.len());
        }
        self.buffer.extend_from_slice(&core::mem::take(&mut self.chunk));
        self.buffer.extend_from_slice(octets);
    }

    /// How many octets wait to become part of a PDU.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.chunk.len() + self.buffer.len()
    }

    /// The octets that wait to become part of a PDU.
    #[must_use]
    pub fn pending_octets(&self) -> &[u8] {
        if self.chunk.is_empty() { &self.buffer } else { &self.chunk }
    }

    /// Where the next PDU begins, in octets from the start of the stream.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Skips what waits and `octets` that never came: the next octet pushed begins a PDU.
    pub fn resume_after(&mut self, octets: u64) {
        self.offset += self.pending() as u64 + octets;
        self.chunk = Bytes::new();
        self.buffer = BytesMut::new();
        self.failed = None;
    }

    /// The next whole PDU, if all of it is there.
    ///
    /// # Errors
    /// When no PDU begins at the next octet; from then on always the same error.
    pub fn next_pdu(&mut self) -> Result<Option<Framed>, FramingError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let length = match frag_length(self.pending_octets(), self.max_frag) {
            Ok(Some(length)) if length <= self.pending() => length,
            Ok(_) => return Ok(None),
            Err(error) => {
                let error = FramingError { offset: self.offset, error };
                self.failed = Some(error.clone());
                return Err(error);
            }
        };
        let octets =
            if self.chunk.is_empty() { self.buffer.split_to(length).freeze() } else { self.chunk.split_to(length) };
        let offset = self.offset;
        self.offset += length as u64;
        Ok(Some(Framed { offset, octets }))
    }
}

/// The length of the PDU that begins with `octets`, as soon as it can be told.
fn frag_length(octets: &[u8], max_frag: u16) -> Result<Option<usize>, DecodeError> {
    // A PDU of another protocol version can be told from rubbish by its PTYPE alone.
    if let [version, _, ptype, ..] = octets
        && *version != 5
        && *ptype > PduType::ORPHANED.0
    {
        return Err(unreadable(0, "rpc_vers", "5", format!("{version:#04x}")));
    }
    if let [_, _, _, _, drep, ..] = octets
        && drep >> 4 > 1
    {
        return Err(unreadable(4, "packed_drep", "0x0. or 0x1.", format!("{drep:#04x}")));
    }
    let [_, _, ptype, _, drep, _, _, _, first, second, ..] = octets else { return Ok(None) };
    let length = if drep >> 4 == 0 { [*first, *second] } else { [*second, *first] };
    let length = u16::from_be_bytes(length);
    if usize::from(length) < Header::OCTETS {
        return Err(unreadable(8, "frag_length", "at least 16", format!("{length}")));
    }
    if length > max_frag && !PduType(*ptype).is_unfragmented() {
        let actual = format!("{length} where {max_frag} is the longest");
        return Err(unreadable(8, "frag_length", "no longer than the receiver can receive", actual));
    }
    Ok(Some(length.into()))
}

fn unreadable(offset: usize, field: &'static str, expected: &'static str, actual: String) -> DecodeError {
    DecodeError::Unreadable { offset, field, expected, actual }
}
