//! One direction of a TCP connection: segments in, octets in order out.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::kept::Kept;

/// Octets that wait behind a hole, at most: more than a window of 1 MiB holds.
const MOST_WAITING: usize = 4 << 20;

/// Segments that wait behind a hole, at most.
const MOST_SEGMENTS: usize = 8_192;

/// One direction of a connection, with what waits for octets before it.
///
/// ```text
///          taken                   hole       waiting
/// ─────────────────────────┬───────────────┬──────────┬──▶ place in the stream
///        └── kept ─────────┘               └──────────┘
///                          next
/// ```
///
/// Places count octets from the first sequence number that was seen, without wrapping. What its sender sent after it had
/// acknowledged octets of the other direction is passed on behind those: a request that rests on an answer never comes before it,
/// though the answer's segment is late in the capture, or lost.
#[derive(Debug, Default)]
pub(crate) struct Stream {
    /// The sequence number of place 0, and whether it was a SYN's: else the stream is seen from its middle.
    origin: Option<Origin>,
    /// The place of the next octet to pass on.
    next: u64,
    waiting: BTreeMap<u64, Piece>,
    waiting_octets: usize,
    kept: Kept,
    /// The place behind the last octet, once its end was seen, and what its sender had acknowledged then.
    end: Option<(u64, u64)>,
    ended: bool,
    /// The place up to which the other side has acknowledged.
    acknowledged: u64,
    /// The place up to which nothing waits for it any more, though it was not seen.
    presumed: u64,
    /// Whether it was told, where it is so, that its start was not seen.
    start_told: bool,
}

/// What a segment brings to its direction.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Carried<'a> {
    pub(crate) sequence: u32,
    pub(crate) octets: &'a [u8],
    pub(crate) cut: u32,
    pub(crate) fin: bool,
    /// The place of the other direction up to which its sender had got everything.
    pub(crate) needs: u64,
}

#[derive(Clone, Copy, Debug)]
struct Origin {
    sequence: u32,
    seen: bool,
}

/// Octets that wait, and those behind them that crossed the wire and were not captured.
#[derive(Debug)]
struct Piece {
    octets: Bytes,
    cut: u32,
    needs: u64,
}

/// What a segment gives.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Out {
    /// The next octets.
    Octets(Bytes),
    /// The next octets were not captured.
    Lost(u64),
    /// Whatever was sent before was not captured.
    LostStart,
    /// Octets that were passed on have come again, and were others.
    Changed,
    /// No more will come: the sender has ended its stream.
    End,
}

impl Stream {
    /// A SYN: the stream begins behind it.
    pub(crate) fn begin(&mut self, sequence: u32) {
        if self.origin.is_none() {
            self.origin = Some(Origin { sequence: sequence.wrapping_add(1), seen: true });
        }
    }

    /// What acknowledges the stream before anything else shows where it goes on; `seen` where nothing can have come before.
    pub(crate) fn begin_at(&mut self, sequence: u32, seen: bool) {
        self.origin.get_or_insert(Origin { sequence, seen });
    }

    /// Tells, once, when its start was not seen.
    pub(crate) fn tell_start(&mut self, out: &mut dyn FnMut(Out)) {
        if !std::mem::replace(&mut self.start_told, true) && !self.seen_from_start() {
            out(Out::LostStart);
        }
    }

    /// Whether a receiver believes a reset with that sequence number (RFC 9293 3.5.3): its window begins where it has
    /// acknowledged octets, or behind them. Of a stream of which nothing was seen every one.
    pub(crate) fn is_in_window(&mut self, sequence: u32) -> bool {
        if self.origin.is_none() {
            return true;
        }
        let last = self.waiting.last_key_value().map_or(0, |(place, piece)| place + piece.octets.len() as u64);
        let from = self.next.min(self.acknowledged);
        let to = self.next.max(self.acknowledged).max(last) + MOST_WAITING as u64;
        u64::try_from(self.place(sequence)).is_ok_and(|place| (from..=to).contains(&place))
    }

    /// Whether it was seen from its start.
    pub(crate) fn seen_from_start(&self) -> bool {
        self.origin.is_some_and(|origin| origin.seen)
    }

    /// Whether `sequence` is that of the SYN that it began with.
    pub(crate) fn began_with(&self, sequence: u32) -> bool {
        self.origin.is_some_and(|origin| origin.seen && origin.sequence == sequence.wrapping_add(1))
    }

    /// Whether its sender has ended it.
    pub(crate) fn ended(&self) -> bool {
        self.ended
    }

    /// The place up to which the other direction may rest on this one.
    pub(crate) fn heard(&self) -> u64 {
        if self.ended { u64::MAX } else { self.next.max(self.presumed) }
    }

    /// A segment of this direction, when the other one has been passed on up to `heard`.
    pub(crate) fn push(&mut self, carried: &Carried<'_>, heard: u64, out: &mut dyn FnMut(Out)) {
        let Carried { sequence, octets, cut, fin, needs } = *carried;
        let place = self.place(sequence);
        let length = octets.len() as u64 + u64::from(cut);
        if fin && self.end.is_none() {
            let end = place.checked_add_unsigned(length).and_then(|end| u64::try_from(end).ok());
            self.end = end.map(|end| (end, needs));
        }
        if length > 0 && !self.is_probe(place, length) {
            self.take(place, carried, heard, out);
        }
        self.drain(heard, out);
    }

    /// The other side has acknowledged everything before `sequence`: up to that place. 0 where this direction is not known.
    pub(crate) fn acknowledge(&mut self, sequence: u32) -> u64 {
        if self.origin.is_none() {
            return 0;
        }
        let place = u64::try_from(self.place(sequence)).unwrap_or(0);
        // Who acknowledges more than anybody sends is not believed.
        let plausible = self.next + self.waiting_octets as u64 + FARTHEST;
        if place > plausible {
            return 0;
        }
        self.acknowledged = self.acknowledged.max(place);
        place
    }

    /// Whether octets were acknowledged, so nobody will send them again, and have not come.
    pub(crate) fn is_missing(&self) -> bool {
        self.acknowledged > self.heard()
    }

    /// What its sender had acknowledged when it ended it.
    pub(crate) fn needed_at_end(&self) -> Option<u64> {
        self.end.map(|(_, needs)| needs)
    }

    /// Gives up octets that were acknowledged and have not come. The other side has ended its direction with the acknowledgement of
    /// `before`, if it has: what it acknowledges a single octet later is an end, which counts as one.
    pub(crate) fn give_up(&mut self, before: Option<u64>, out: &mut dyn FnMut(Out)) {
        let waiting = self.waiting.first_key_value().map(|(place, _)| *place);
        match waiting {
            Some(place) if place <= self.acknowledged => self.lose_to(place, out),
            _ if self.acknowledged.saturating_sub(self.next) > 1 => {
                let before = before.filter(|before| self.acknowledged == before + 1);
                let end = self.end.map(|(end, _)| end).or(before).unwrap_or(self.acknowledged);
                self.lose_to(end.min(self.acknowledged), out);
            }
            // What was acknowledged may be but an end.
            _ => {}
        }
        self.presumed = match waiting {
            Some(place) if place <= self.acknowledged => self.presumed.max(place),
            _ => self.presumed.max(self.acknowledged),
        };
    }

    /// Nothing more will be captured. Gives up the first hole, and whether there was one.
    pub(crate) fn give_up_rest(&mut self, out: &mut dyn FnMut(Out)) -> bool {
        let waiting = self.waiting.first_key_value().map(|(place, _)| *place);
        let Some(place) = waiting.or(self.end.map(|(end, _)| end)).filter(|place| *place > self.next) else {
            return false;
        };
        self.lose_to(place, out);
        true
    }

    /// Whether its end was seen and could not be told yet.
    pub(crate) fn is_ending(&self) -> bool {
        self.end.is_some() && !self.ended
    }

    /// Whether all that was waited for in vain is one octet that its receiver has: an end counts as one.
    pub(crate) fn lacks_an_end(&self) -> bool {
        let lacks_one = self.acknowledged == self.next + 1 && self.presumed >= self.acknowledged;
        lacks_one && self.end.is_none() && self.waiting.is_empty()
    }

    /// Whether anything waits.
    pub(crate) fn waits(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Passes on what comes next though it waits for the other direction. Whether there was anything.
    pub(crate) fn pass_first(&mut self, out: &mut dyn FnMut(Out)) -> bool {
        let Some(first) = self.waiting.first_entry().filter(|first| *first.key() <= self.next) else { return false };
        let (place, Piece { octets, cut, .. }) = first.remove_entry();
        self.waiting_octets -= octets.len();
        if let Ok(place) = i64::try_from(place) {
            let carried = Carried { sequence: 0, octets: &octets, cut, fin: false, needs: 0 };
            self.take(place, &carried, 0, out);
        }
        true
    }

    /// Nothing waits for this direction any more.
    pub(crate) fn presume(&mut self) {
        self.presumed = u64::MAX;
    }

    /// The place of a sequence number: that nearest to the next octet.
    fn place(&mut self, sequence: u32) -> i64 {
        let origin = *self.origin.get_or_insert(Origin { sequence, seen: false });
        #[expect(clippy::cast_possible_truncation, reason = "sequence numbers wrap")]
        let expected = origin.sequence.wrapping_add(self.next as u32);
        let away = i64::from(sequence.wrapping_sub(expected).cast_signed());
        i64::try_from(self.next).unwrap_or(i64::MAX).saturating_add(away)
    }

    /// A keep-alive probe sends the octet before the next one again, whatever it was.
    fn is_probe(&self, place: i64, length: u64) -> bool {
        length == 1 && i64::try_from(self.next).is_ok_and(|next| place.saturating_add(1) == next)
    }

    /// Octets at a place, of which some may have come before.
    fn take(&mut self, place: i64, carried: &Carried<'_>, heard: u64, out: &mut dyn FnMut(Out)) {
        let Carried { octets, cut, needs, .. } = *carried;
        let again = i64::try_from(self.next).unwrap_or(i64::MAX).saturating_sub(place);
        let again = usize::try_from(again.max(0)).unwrap_or(usize::MAX);
        if again > 0 && self.kept.differs(octets.get(..again).unwrap_or(octets), again) {
            out(Out::Changed);
        }
        let fresh = octets.get(again..).unwrap_or_default();
        let beyond = u32::try_from(again.saturating_sub(octets.len())).unwrap_or(u32::MAX);
        let cut = cut.saturating_sub(beyond);
        if fresh.is_empty() && cut == 0 {
            return;
        }
        let piece = Piece { octets: Bytes::copy_from_slice(fresh), cut, needs };
        match u64::try_from(place) {
            Ok(place) if place > self.next => self.wait(place, piece, out),
            _ if needs > heard => self.wait(self.next, piece, out),
            _ => self.pass(piece, out),
        }
    }

    /// Octets that come next.
    fn pass(&mut self, piece: Piece, out: &mut dyn FnMut(Out)) {
        let Piece { octets, cut, .. } = piece;
        self.tell_start(out);
        self.next = self.next.saturating_add(octets.len() as u64);
        if !octets.is_empty() {
            self.kept.add(&octets);
            out(Out::Octets(octets));
        }
        if cut > 0 {
            self.next = self.next.saturating_add(u64::from(cut));
            self.kept.clear();
            out(Out::Lost(u64::from(cut)));
        }
    }

    /// Octets behind a hole. Of what came twice the first is kept, but for the longer one at the same place.
    fn wait(&mut self, place: u64, piece: Piece, out: &mut dyn FnMut(Out)) {
        if let Some(known) = self.waiting.get(&place) {
            if known.octets.iter().zip(&piece.octets).any(|(before, now)| before != now) {
                out(Out::Changed);
            }
            if known.octets.len() >= piece.octets.len() {
                return;
            }
            self.waiting_octets -= known.octets.len();
        }
        self.waiting_octets += piece.octets.len();
        self.waiting.insert(place, piece);
        while self.waiting_octets > MOST_WAITING || self.waiting.len() > MOST_SEGMENTS {
            self.give_up_rest(out);
            self.drain(u64::MAX, out);
        }
    }

    /// Passes on what no hole stands before any more, when the other direction has been passed on up to `heard`. Whether there
    /// was anything.
    pub(crate) fn drain(&mut self, heard: u64, out: &mut dyn FnMut(Out)) -> bool {
        let before = (self.next, self.ended);
        while let Some(entry) = self.waiting.first_entry() {
            if *entry.key() > self.next || entry.get().needs > heard {
                break;
            }
            let (place, Piece { octets, cut, needs }) = entry.remove_entry();
            self.waiting_octets -= octets.len();
            if let Ok(place) = i64::try_from(place) {
                let carried = Carried { sequence: 0, octets: &octets, cut, fin: false, needs };
                self.take(place, &carried, heard, out);
            }
        }
        if !self.ended && self.end.is_some_and(|(end, needs)| end <= self.next && needs <= heard) {
            self.ended = true;
            out(Out::End);
        }
        before != (self.next, self.ended)
    }

    /// The octets before a place will not come.
    fn lose_to(&mut self, place: u64, out: &mut dyn FnMut(Out)) {
        if place > self.next {
            self.tell_start(out);
            out(Out::Lost(place - self.next));
            self.next = place;
            self.kept.clear();
        }
    }
}

/// Octets beyond all that was seen that a side may acknowledge: more than the largest window of TCP.
const FARTHEST: u64 = 1 << 30;
