//! One direction of a connection.

use alloc::format;
use alloc::string::String;

use bytes::{Bytes, BytesMut};
use dcerpc::fragment::{Framed, Framer};
use dcerpc::pdu::PduType;

/// Cuts one direction into PDUs, over what can't be read.
///
/// ```text
///             rubbish where a PDU should begin
///   framing ────────────────────────────────────▶ dead (to its end: whoever sent it is to blame)
///    │   ▲
///    │   └──── something that can only be a header ── searching ◀─┐
///    └── octets lost by the recording ────────────────▶ │ └───────┘ octets lost again
/// ```
#[derive(Debug)]
pub(crate) struct Stream {
    framer: Framer,
    state: State,
    /// PDUs that have yet to show that the place which a search has found is right.
    unproven: u8,
}

#[derive(Debug)]
enum State {
    Framing,
    /// What has been seen since, and may hold the begin of a header.
    Searching(BytesMut),
    Dead,
}

/// What comes next on a stream.
pub(crate) enum Next {
    /// A whole PDU.
    Pdu(Framed),
    /// Nothing that could be a PDU, from that offset on; `over_http` when the stream begins as RPC over HTTP does, `guessed`
    /// when a PDU was expected there because octets before looked like one, after others were lost.
    Rubbish { offset: u64, why: String, over_http: bool, guessed: bool },
}

impl Stream {
    /// A stream from its start.
    pub(crate) fn from_start() -> Self {
        Self { framer: Framer::new(u16::MAX), state: State::Framing, unproven: 0 }
    }

    /// Takes octets; [`Stream::next`] tells what they are.
    pub(crate) fn push(&mut self, octets: &Bytes) {
        match &mut self.state {
            State::Framing => self.framer.push_shared(octets),
            State::Dead => {}
            State::Searching(seen) => {
                seen.extend_from_slice(octets);
                let (skipped, found) = match seen.windows(HEADER).position(is_header) {
                    Some(at) => (at, true),
                    None => (seen.len().saturating_sub(HEADER - 1), false),
                };
                let rest = seen.split_off(skipped);
                self.framer.resume_after(skipped as u64);
                if found {
                    self.state = State::Framing;
                    self.unproven = PROOF;
                    self.framer.push(rest.freeze());
                } else {
                    *seen = rest;
                }
            }
        }
    }

    /// The next that can be told of what was pushed.
    pub(crate) fn next(&mut self) -> Option<Next> {
        if !matches!(self.state, State::Framing) {
            return None;
        }
        match self.framer.next_pdu() {
            Ok(framed) => {
                let framed = framed?;
                let fits = framed.octets.get(..HEADER).is_some_and(is_header);
                self.unproven = self.unproven.saturating_sub(u8::from(fits));
                Some(Next::Pdu(framed))
            }
            Err(error) if self.unproven > 0 => {
                self.framer.resume_after(0);
                self.state = State::Searching(BytesMut::new());
                let why = format!("no PDU begins here, where one was to follow what a search found: {}", error.error);
                Some(Next::Rubbish { offset: error.offset, why, over_http: false, guessed: true })
            }
            Err(error) => {
                self.state = State::Dead;
                let why = format!("no PDU begins here: {}", error.error);
                // These three octets are there whenever a framer has told them from a header, however octets are cut.
                let over_http = error.offset == 0 && self.framer.pending_octets().starts_with(b"RPC");
                Some(Next::Rubbish { offset: error.offset, why, over_http, guessed: false })
            }
        }
    }

    /// So many octets never came; gives the offset of the first of them that can't be read.
    pub(crate) fn lost(&mut self, octets: u64) -> u64 {
        let offset = self.framer.offset();
        if let State::Searching(seen) = &self.state {
            self.framer.resume_after(seen.len() as u64);
        }
        self.framer.resume_after(octets);
        if !matches!(self.state, State::Dead) {
            self.state = State::Searching(BytesMut::new());
        }
        offset
    }

    /// Octets that belong to no PDU that was told: of one of which not all has come, or rubbish.
    pub(crate) fn pending(&self) -> &[u8] {
        self.framer.pending_octets()
    }

    /// Whether the next octet is known to go on where a PDU, or the rest of one, is expected.
    pub(crate) fn is_framing(&self) -> bool {
        matches!(self.state, State::Framing)
    }

    /// Where a PDU begins of which not all has come, and how much has.
    pub(crate) fn unfinished(&self) -> Option<(u64, usize)> {
        match self.state {
            State::Framing if self.framer.pending() > 0 => Some((self.framer.offset(), self.framer.pending())),
            _ => None,
        }
    }
}

/// PDUs in a row that what looks like a header has to lead to: octets of a stub may look like one.
const PROOF: u8 = 2;

/// Octets of the common header.
pub(crate) const HEADER: usize = 16;

/// Whether these 16 octets can hardly be anything but the common header of a PDU ([C706] 12.6.3.1).
pub(crate) fn is_header(octets: &[u8]) -> bool {
    let [5, 0, ptype, flags, drep, 0, 0, 0, first, second, ..] = octets else { return false };
    let length = match drep {
        0x00 => u16::from_be_bytes([*first, *second]),
        0x10 => u16::from_le_bytes([*first, *second]),
        _ => return false,
    };
    PduType(*ptype).name().is_some() && flags & 0x08 == 0 && usize::from(length) >= HEADER
}
