//! A capture that [`crate::write`] has written, read back.

use std::io::Read;

use etherparse::TransportSlice;
use trace::{Observation, Seen};

use crate::{FileError, Packet, Packets, Speaker, Witness};

/// What a capture of our own shows next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// A comment, in the order of the file: it stands before what its packet shows.
    Comment(String),
    /// Something that the packets show. What was written at once is one observation again.
    Seen(Seen),
}

/// Reads a capture with its comments. `sink` gets the number of the packet, its time in nanoseconds from 1970, and what is shown;
/// comments behind the last packet have its number. Whoever wrote the capture can tell what stands in the comments.
///
/// # Errors
/// When it can't be read, or not to its end: `sink` has got what comes before that.
pub fn read_back(
    reader: impl Read + Send,
    speaker: fn(&[u8]) -> Option<Speaker>,
    sink: &mut dyn FnMut(u64, i64, Shown),
) -> Result<(), FileError> {
    let mut packets = Packets::new(reader)?;
    let mut witness = Witness::new(speaker);
    let mut piece = Piece::default();
    let mut last = (0, 0);
    while let Some((packet, comments)) = packets.next_annotated()? {
        last = (packet.number, packet.time);
        let is_pushed = is_pushed(&packet);
        if !comments.is_empty() {
            piece.flush(sink);
        }
        comments.iter().for_each(|comment| sink(packet.number, packet.time, Shown::Comment(comment.clone())));
        witness.packet(&packet, &mut |entry| piece.take((packet.number, packet.time), entry.seen, is_pushed, sink));
    }
    piece.flush(sink);
    packets.comments().iter().for_each(|comment| sink(last.0, last.1, Shown::Comment(comment.clone())));
    witness.finish(&mut |entry| {
        if !matches!(entry.seen, Seen::End(_)) {
            sink(last.0, last.1, Shown::Seen(entry.seen));
        }
    });
    Ok(())
}

/// Octets of which the rest may come in the next segment.
#[derive(Default)]
struct Piece(Option<((u64, i64), Observation)>);

impl Piece {
    fn take(&mut self, place: (u64, i64), seen: Seen, is_pushed: bool, sink: &mut dyn FnMut(u64, i64, Shown)) {
        let Seen::Octets(observation) = seen else {
            self.flush(sink);
            return sink(place.0, place.1, Shown::Seen(seen));
        };
        match &mut self.0 {
            Some((_, begun))
                if (begun.connection, begun.direction) == (observation.connection, observation.direction) =>
            {
                begun.octets = [begun.octets.as_ref(), observation.octets.as_ref()].concat().into();
            }
            _ => {
                self.flush(sink);
                self.0 = Some((place, observation));
            }
        }
        if is_pushed {
            self.flush(sink);
        }
    }

    fn flush(&mut self, sink: &mut dyn FnMut(u64, i64, Shown)) {
        if let Some((place, observation)) = self.0.take() {
            sink(place.0, place.1, Shown::Seen(Seen::Octets(observation)));
        }
    }
}

/// Whether its segment ends what was written at once.
fn is_pushed(packet: &Packet<'_>) -> bool {
    let sliced = packet.link.slice(packet.octets);
    sliced.and_then(|sliced| sliced.transport).is_some_and(|transport| match transport {
        TransportSlice::Tcp(tcp) => tcp.psh(),
        _ => true,
    })
}
