//! The last octets of a stream that were passed on.

use std::collections::VecDeque;

/// How many octets are kept at least, once there were so many: those before them go by whole pieces.
const KEPT: usize = 16 << 10;

/// Octets that were passed on last, to compare what is sent again.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    octets: VecDeque<u8>,
    /// How long the pieces are that they came in.
    pieces: VecDeque<usize>,
}

impl Kept {
    /// The next piece that was passed on.
    pub(crate) fn add(&mut self, piece: &[u8]) {
        self.pieces.push_back(piece.len());
        let mut left = self.octets.len() + piece.len();
        let mut gone = 0;
        while let Some(first) = self.pieces.front().copied().filter(|first| left - first >= KEPT) {
            self.pieces.pop_front();
            left -= first;
            gone += first;
        }
        self.octets.drain(..gone.min(self.octets.len()));
        self.make_room(piece.len());
        self.octets.extend(piece);
    }

    /// What came before is not known any more.
    pub(crate) fn clear(&mut self) {
        self.octets.clear();
        self.pieces.clear();
    }

    /// Whether the last octets, `again` of them, began otherwise. What is not kept is believed.
    pub(crate) fn differs(&self, octets: &[u8], again: usize) -> bool {
        let (skipped, unknown) = (self.octets.len().saturating_sub(again), again.saturating_sub(self.octets.len()));
        let known = octets.get(unknown..).unwrap_or_default();
        self.octets.iter().skip(skipped).zip(known).any(|(before, now)| before != now)
    }

    /// Room for a piece, and for no more than can be kept: there are two of these for each connection that is open.
    fn make_room(&mut self, piece: usize) {
        let (length, capacity) = (self.octets.len(), self.octets.capacity());
        let needed = length + piece;
        if needed > capacity {
            self.octets.reserve_exact(needed.max((4 * capacity).min(KEPT + piece)) - length);
        }
    }
}
