//! What was recorded, whole: a capture, or the trace of a run.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use ::capture::{Packets, Skipped, Witness};
use conformance::dissect::Dissector;
use trace::{Entry, Seen};

use crate::report::run_pcapng;
use crate::report::trace_jsonl::{self, Header};
use crate::sift::{Sift, speaker};

/// Octets of MS-PAN's connections that are read of a capture.
const MOST_OCTETS: usize = 512 << 20;

/// What was recorded.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    /// The file.
    pub name: String,
    /// How a run is to be judged; none of a capture.
    pub header: Option<Header>,
    /// What was seen. Of a capture, sequence numbers are those of packets.
    pub entries: Vec<Entry>,
}

impl Recording {
    /// Reads a file: a `trace.jsonl` by its first character, the capture of a run by its first comment, else a capture.
    ///
    /// # Errors
    /// In words, when it can't be read.
    pub fn read(file: &Path) -> Result<Self, String> {
        Self::read_for(file, false)
    }

    /// The same for whoever has secrets that open what is sealed, or has none.
    ///
    /// # Errors
    /// In words, when it can't be read.
    pub fn read_for(file: &Path, has_secrets: bool) -> Result<Self, String> {
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
        } else if open().is_ok_and(run_pcapng::is_ours) {
            let run = open().and_then(run_pcapng::read).map_err(told)?;
            (Some(run.header), run.entries)
        } else {
            (None, open().and_then(|file| captured(file, has_secrets)).map_err(told)?.0)
        };
        Ok(Self { name, header, entries })
    }

    /// Reads a capture, and tells what was passed over in it.
    ///
    /// # Errors
    /// In words, when it can't be read, or not to its end.
    pub fn captured(name: &str, reader: impl Read + Send) -> Result<(Self, Skipped), String> {
        let (entries, skipped) = captured(reader, false).map_err(|why| format!("{name}: {why}"))?;
        Ok((Self { name: name.to_owned(), header: None, entries }, skipped))
    }

    /// Whether any connection in it was found to be of the protocol.
    #[must_use]
    pub fn speaks(&self) -> bool {
        self.entries.iter().any(|entry| matches!(entry.seen, Seen::Octets(_)))
    }
}

/// The connections of a capture that bind the protocol's interfaces or ask for them, or go on with their handles.
fn captured(reader: impl Read + Send, has_secrets: bool) -> Result<(Vec<Entry>, Skipped), String> {
    let mut packets = Packets::new(reader).map_err(|error| error.to_string())?;
    let mut witness = Witness::new(speaker);
    let mut kept = Kept { sift: Sift::new(has_secrets), ..Kept::default() };
    while let Some(packet) = packets.next_packet().map_err(|error| error.to_string())? {
        let number = packet.number;
        witness.packet(&packet, &mut |entry| kept.take(number, entry));
        kept.sift.foreign().for_each(|connection| witness.ignore(connection));
        if kept.octets > MOST_OCTETS {
            return Err(format!("more than {MOST_OCTETS} octets of MS-PAN traffic; cut the capture into parts"));
        }
    }
    let count = packets.count();
    let skipped = witness.finish(&mut |entry| kept.take(count, entry));
    if let (Some(link), true) = (skipped.first_unknown_link, skipped.unknown_link == count) {
        return Err(format!("expected a link type that holds IP, found {}", link.0));
    }
    Ok((kept.entries, skipped))
}

#[derive(Default)]
struct Kept {
    sift: Sift,
    dissector: Dissector,
    entries: Vec<Entry>,
    octets: usize,
}

impl Kept {
    fn take(&mut self, packet: u64, entry: Entry) {
        let Self { sift, dissector, entries, octets } = self;
        sift.entry(packet, entry, &mut |entry, shown| {
            if let Seen::Octets(observation) = &entry.seen {
                *octets += observation.octets.len();
            }
            dissector.push(entry, &mut |event| shown(&event));
            entries.push(entry.clone());
        });
    }
}
