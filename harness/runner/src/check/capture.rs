//! Captures of networks, judged as they are read.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use ::capture::{Packets, Skipped, Witness};
use conformance::Report;
use conformance::dissect::Dissector;
use conformance::event::{Event, Kind};
use conformance::sieve::Sifted;
use trace::{Entry, Time};

use super::pipe;
use super::tally::Tally;
use crate::diagram::Diagram;
use crate::judge::Judge;
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

/// How captures are judged.
#[derive(Clone, Copy)]
pub(super) struct Manner {
    /// Whether each is drawn.
    pub(super) is_drawn: bool,
    /// Whether what has been read is judged while more is read, on a second thread.
    pub(super) is_side_by_side: bool,
}

/// Reads a capture and judges what it holds of the protocol.
///
/// # Errors
/// In words, when nothing of it can be read.
pub(super) fn witness(file: &Path, judge: &Judge, manner: Manner) -> Result<Seen, String> {
    let open = File::open(file).map_err(|error| error.to_string())?;
    let packets = Packets::new(open).map_err(|error| error.to_string())?;
    let Manner { is_drawn, is_side_by_side } = manner;
    let mut sitting = if is_drawn { judge.sit().drawing() } else { judge.sit() };
    let mut tally = Tally::default();
    let Read { count, skipped, sifted, last, broken } =
        pipe::pass(is_side_by_side, octets, |give| read(packets, judge, give), &mut |event| {
            sitting.event(event, &mut |event| tally.event(event));
        });
    if let (Some(link), true) = (skipped.first_unknown_link, skipped.unknown_link == count) {
        return Err(format!("expected a link type that holds IP, found {}", link.0));
    }
    let (report, diagram) = sitting.close_drawn();
    Ok(Seen {
        witnessed: Witnessed { packets: Some(count), ..tally.close() },
        notes: notes(count, &skipped, &sifted),
        took: last.since(Time::ZERO),
        speaks: sifted.ours > 0,
        report,
        diagram,
        broken,
    })
}

/// How a capture was read.
struct Read {
    /// Its packets.
    count: u64,
    skipped: Skipped,
    sifted: Sifted,
    /// The time of the last entry.
    last: Time,
    /// Why it could not be read to its end.
    broken: Option<String>,
}

/// Reads a capture, and gives the events of what it holds of the protocol.
fn read(mut packets: Packets<'_>, judge: &Judge, give: &mut dyn FnMut(Event)) -> Read {
    let mut witness = Witness::new(speaker);
    let mut reader = Reader { sift: Sift::new(judge.has_secrets()), dissector: judge.dissector(), give };
    let broken = loop {
        match packets.next_packet() {
            Ok(None) => break None,
            Err(error) => break Some(error.to_string()),
            Ok(Some(packet)) => {
                let number = packet.number;
                witness.packet(&packet, &mut |entry| reader.entry(number, entry));
                reader.sift.foreign().for_each(|connection| witness.ignore(connection));
            }
        }
    };
    let count = packets.count();
    let skipped = witness.finish(&mut |entry| reader.entry(count, entry));
    let (sifted, last) = reader.sift.finish();
    Read { count, skipped, sifted, last, broken }
}

/// Makes events of what packets complete.
struct Reader<'a> {
    sift: Sift,
    dissector: Dissector,
    give: &'a mut dyn FnMut(Event),
}

impl Reader<'_> {
    fn entry(&mut self, packet: u64, entry: Entry) {
        let Self { sift, dissector, give } = self;
        sift.entry(packet, entry, &mut |entry, shown| {
            dissector.push(entry, &mut |event| {
                shown(&event);
                give(event);
            });
        });
    }
}

/// The octets that an event holds beside itself.
fn octets(event: &Event) -> usize {
    match &event.kind {
        Kind::Pdu(pdu) => pdu.octets.len(),
        _ => 0,
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
