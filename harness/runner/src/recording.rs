//! What was recorded, whole: a capture, or the trace of a run.

use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::Path;

use ::capture::{Packets, Witness};
use conformance::sieve::Sieve;
use trace::{Entry, Seen, Time};

use crate::check::capture::speaker;
use crate::report::trace_jsonl::{self, Header};

/// Octets of MS-PAN's connections that are read of a capture.
const MOST_OCTETS: usize = 512 << 20;

/// What was recorded.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    /// The file.
    pub name: String,
    /// How a trace is to be judged; none of a capture.
    pub header: Option<Header>,
    /// What was seen. Of a capture, sequence numbers are those of packets.
    pub entries: Vec<Entry>,
}

impl Recording {
    /// Reads a file: a `trace.jsonl` by its first character, else a capture.
    ///
    /// # Errors
    /// In words, when it can't be read.
    pub fn read(file: &Path) -> Result<Self, String> {
        let name = file.display().to_string();
        let told = |why: String| format!("{name}: {why}");
        let mut first = [0];
        let open = || File::open(file).map_err(|error| error.to_string());
        let count =
            open().and_then(|mut file| file.read(&mut first).map_err(|error| error.to_string())).map_err(told)?;
        let is_trace = count == 1 && first == *b"{" || file.extension().is_some_and(|extension| extension == "jsonl");
        let (header, entries) = if is_trace {
            let (header, entries) = open().and_then(|file| trace_jsonl::read(BufReader::new(file))).map_err(told)?;
            (Some(header), entries)
        } else {
            (None, open().and_then(captured).map_err(told)?)
        };
        Ok(Self { name, header, entries })
    }

    /// Whether any connection in it was found to be of the protocol.
    #[must_use]
    pub fn speaks(&self) -> bool {
        self.entries.iter().any(|entry| matches!(entry.seen, Seen::Octets(_)))
    }
}

/// The connections of a capture that bind the protocol's interfaces or ask for them.
fn captured(file: File) -> Result<Vec<Entry>, String> {
    let mut packets = Packets::new(file).map_err(|error| error.to_string())?;
    let mut witness = Witness::new(speaker);
    let mut kept =
        Kept { sieve: Sieve::default(), entries: Vec::new(), octets: 0, last: Time::ZERO, foreign: Vec::new() };
    while let Some(packet) = packets.next_packet().map_err(|error| error.to_string())? {
        let number = packet.number;
        witness.packet(&packet, &mut |entry| kept.take(number, entry));
        kept.foreign.drain(..).for_each(|connection| witness.ignore(connection));
        if kept.octets > MOST_OCTETS {
            return Err(format!("more than {MOST_OCTETS} octets of MS-PAN traffic; cut the capture into parts"));
        }
    }
    let count = packets.count();
    witness.finish(&mut |entry| kept.take(count, entry));
    Ok(kept.entries)
}

struct Kept {
    sieve: Sieve<u64>,
    entries: Vec<Entry>,
    octets: usize,
    last: Time,
    foreign: Vec<trace::ConnectionId>,
}

impl Kept {
    fn take(&mut self, packet: u64, entry: Entry) {
        // What was held is told late: a trace does not run backwards.
        self.last = self.last.max(entry.time);
        let (entries, octets, time) = (&mut self.entries, &mut self.octets, self.last);
        let foreign = self.sieve.push(packet, entry.seen, &mut |packet, seen: Seen| {
            if let Seen::Octets(observation) = &seen {
                *octets += observation.octets.len();
            }
            entries.push(Entry { sequence: packet, time, seen });
        });
        self.foreign.extend(foreign);
    }
}
