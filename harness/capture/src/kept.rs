//! The last octets of a stream that were passed on.

use std::collections::VecDeque;

/// How many octets are kept at least, once there were so many: those before them go by whole pieces.
const KEPT: usize = 16 << 10;

/// The room for so many grows in such steps, so that it seldom grows again for a piece that is a little longer.
const STEP: usize = 2 << 10;

/// Octets that were passed on last, to compare what is sent again.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    /// A ring: behind its end it goes on at its begin.
    ring: Vec<u8>,
    /// Where in the ring the next octet goes.
    next: usize,
    /// How many octets before that are kept.
    length: usize,
    /// How long the pieces are that they came in.
    pieces: VecDeque<usize>,
}

impl Kept {
    /// The next piece that was passed on.
    pub(crate) fn add(&mut self, piece: &[u8]) {
        self.pieces.push_back(piece.len());
        let mut left = self.length + piece.len();
        while let Some(first) = self.pieces.front().copied().filter(|first| left - first >= KEPT) {
            self.pieces.pop_front();
            left -= first;
        }
        self.make_room(left, piece.len());
        let (to_end, from_begin) = piece.split_at_checked(self.ring.len() - self.next).unwrap_or((piece, &[]));
        self.put(to_end);
        if !from_begin.is_empty() {
            self.put(from_begin);
        }
        self.length = left;
    }

    /// What came before is not known any more.
    pub(crate) fn clear(&mut self) {
        self.length = 0;
        self.pieces.clear();
    }

    /// Whether the last octets, `again` of them, began otherwise. What is not kept is believed.
    pub(crate) fn differs(&self, octets: &[u8], again: usize) -> bool {
        let known = octets.get(again.saturating_sub(self.length)..).unwrap_or_default();
        let before = self.oldest_first().skip(self.ring.len() - self.length.min(again));
        before.zip(known).any(|(before, now)| before != now)
    }

    /// All of the ring, up to the octet that was kept last.
    fn oldest_first(&self) -> impl Iterator<Item = &u8> {
        let (newer, older) = self.ring.split_at_checked(self.next).unwrap_or_default();
        older.iter().chain(newer)
    }

    /// Room for what is to be kept with a piece, and for no more than can be kept: there are two of these for each connection
    /// that is open.
    fn make_room(&mut self, needed: usize, piece: usize) {
        let room = self.ring.len();
        if needed > room {
            let more = needed.max((4 * room).min((KEPT + piece).next_multiple_of(STEP))) - room;
            self.ring.rotate_left(self.next);
            self.ring.reserve_exact(more);
            self.ring.resize(room + more, 0);
            self.next = room;
        }
    }

    /// Octets for which there is room up to the end of the ring.
    fn put(&mut self, octets: &[u8]) {
        let end = self.next + octets.len();
        if let Some(room) = self.ring.get_mut(self.next..end) {
            room.copy_from_slice(octets);
            self.next = if end == self.ring.len() { 0 } else { end };
        }
    }
}
