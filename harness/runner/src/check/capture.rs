//! Captures of networks, judged as they are read.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use ::capture::{Packets, Skipped, Witness};
use conformance::Report;
use conformance::sieve::Sifted;
use trace::{Entry, Time};

use super::tally::Tally;
use crate::diagram::Diagram;
use crate::judge::{Judge, Sitting};
use crate::report::Witnessed;
use crate::sift::{Sift, speaker};

/// What a capture shows of the protocol. The entries of its findings are packets.
pub(super) struct Seen {
    /// What the rules say.
    pub(super) report: Report,
    /// What it looks like, when that was asked for.
    pub(super) diagram: Option<Diagram>,
    /// What is worth knowing of how it was read.
    pub(super) notes: Vec<String>,
    /// What of the protocol was seen, and what could not be read.
    pub(super) witnessed: Witnessed,
    /// From the first packet to the last.
    pub(super) took: Duration,
    /// Whether a connection bound one of the two interfaces.
    pub(super) speaks: bool,
    /// Why it could not be read to its end.
    pub(super) broken: Option<String>,
}

/// Reads a capture and judges what it holds of the protocol.
///
/// # Errors
/// In words, when nothing of it can be read.
pub(super) fn witness(file: &Path, judge: &Judge, is_drawn: bool) -> Result<Seen, String> {
    let open = File::open(file).map_err(|error| error.to_string())?;
    let mut packets = Packets::new(open).map_err(|error| error.to_string())?;
    let mut witness = Witness::new(speaker);
    let mut court = Court::new(judge, is_drawn);
    let broken = loop {
        match packets.next_packet() {
            Ok(None) => break None,
            Err(error) => break Some(error.to_string()),
            Ok(Some(packet)) => {
                let number = packet.number;
                witness.packet(&packet, &mut |entry| court.entry(number, entry));
                court.sift.foreign().for_each(|connection| witness.ignore(connection));
            }
        }
    };
    let count = packets.count();
    let skipped = witness.finish(&mut |entry| court.entry(count, entry));
    if let (Some(link), true) = (skipped.first_unknown_link, skipped.unknown_link == count) {
        return Err(format!("expected a link type that holds IP, found {}", link.0));
    }
    let (report, diagram, sifted, last, witnessed) = court.close();
    Ok(Seen {
        witnessed: Witnessed { packets: Some(count), ..witnessed },
        notes: notes(count, &skipped, &sifted),
        took: last.since(Time::ZERO),
        speaks: sifted.ours > 0,
        report,
        diagram,
        broken,
    })
}

/// Passes on what is to be judged.
struct Court {
    sift: Sift,
    sitting: Sitting,
    tally: Tally,
}

impl Court {
    fn new(judge: &Judge, is_drawn: bool) -> Self {
        let sitting = if is_drawn { judge.sit().drawing() } else { judge.sit() };
        let sift = Sift::new(judge.has_secrets());
        Self { sift, sitting, tally: Tally::default() }
    }

    fn entry(&mut self, packet: u64, entry: Entry) {
        let Self { sift, sitting, tally } = self;
        sift.entry(packet, entry, &mut |entry, shown| {
            sitting.hear(entry, &mut |event| {
                tally.event(event);
                shown(event);
            });
        });
    }

    fn close(self) -> (Report, Option<Diagram>, Sifted, Time, Witnessed) {
        let (report, diagram) = self.sitting.close_drawn();
        let (sifted, last) = self.sift.finish();
        (report, diagram, sifted, last, self.tally.close())
    }
}

/// What was and was not witnessed.
fn notes(count: u64, skipped: &Skipped, sifted: &Sifted) -> Vec<String> {
    let mut notes = vec![format!(
        "{count} packets; {} to the interfaces of MS-PAN, {} to the endpoint mapper alone",
        connections(sifted.ours),
        connections(sifted.endpoint_mapper)
    )];
    if sifted.by_handle > 0 {
        let connections = connections(sifted.by_handle);
        notes.push(format!("{connections} of MS-PAN without the bind, known by a handle"));
    }
    if sifted.unbound > 0 {
        let connections = connections(sifted.unbound);
        notes.push(format!("{connections} of DCE/RPC without the bind: whether they are MS-PAN's can't be told"));
        if sifted.unbound_at_ours > 0 {
            let count = sifted.unbound_at_ours;
            notes.push(format!(
                "{count} of these to addresses where MS-PAN is, by a bind or by an endpoint mapper's word"
            ));
        }
    }
    if sifted.forgotten > 0 {
        let count = sifted.forgotten;
        notes.push(format!(
            "{count} associations of MS-PAN forgotten after they had ended: connections that joined one afterwards and bound neither interface are not among these"
        ));
    }
    if skipped.unreadable > 0 {
        notes.push(format!("headers that can't be read, or were cut off, in {} packets", skipped.unreadable));
    }
    if let Some(link) = skipped.first_unknown_link {
        notes.push(format!("link types that are not known, such as {}, in {} packets", link.0, skipped.unknown_link));
    }
    if let Some(first) = skipped.first_changed {
        notes.push(format!(
            "octets sent again as others in {} packets, from packet {first} on: those that came first are judged",
            skipped.changed
        ));
    }
    if let Some(first) = skipped.first_stray_reset {
        let count = skipped.stray_resets;
        notes.push(format!(
            "resets outside of the window, from packet {first} on, {count} in all: no receiver believes them"
        ));
    }
    if skipped.twice > 0 {
        let connections = connections(skipped.twice);
        notes.push(format!("{connections} captured on both sides of an address translator: one side is judged"));
    }
    notes
}

fn connections(count: u64) -> String {
    if count == 1 { "1 connection".to_owned() } else { format!("{count} connections") }
}
