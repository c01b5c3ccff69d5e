//! Two recordings on common ground: judged by the same rules, by what both witnesses could know.

use conformance::compare::{Comparison, Transcript};
use conformance::{Config, Finding, PacketLevel, Party, Source};
use trace::{Entry, Seen, Vantage};

use super::Terms;
use crate::check::config_of;
use crate::judge::Judge;
use crate::recording::Recording;

/// Compares two recordings.
///
/// # Errors
/// In words, naming the recording that can't be compared.
pub(super) fn compared(left: &Recording, right: &Recording, terms: &Terms<'_>) -> Result<Comparison, String> {
    let ground = Ground::of(left, right, terms);
    let (ours, theirs) = (ground.transcript(left)?, ground.transcript(right)?);
    Comparison::new(ours, theirs, terms.strict).map_err(|why| format!("{} and {}: {why}", left.name, right.name))
}

/// What both sides are judged by.
struct Ground {
    judge: Judge,
    /// The party whose conduct a run judged, where both are such runs.
    party: Option<Party>,
    /// Whether one side is a capture: it knows nothing of steps, sources and users.
    is_bare: bool,
}

impl Ground {
    fn of(left: &Recording, right: &Recording, terms: &Terms<'_>) -> Self {
        let is_bare = left.header.is_none() || right.header.is_none();
        let config =
            |recording: &Recording| recording.header.as_ref().map_or_else(|| terms.captures.clone(), config_of);
        let config = Config { overlay: terms.overlay, ..common(config(left), &config(right)) };
        let waived = [left, right].into_iter().filter_map(|recording| recording.header.as_ref());
        let waived = waived.flat_map(|header| header.waived.iter().cloned());
        let waived = waived.chain(terms.judge.waived().iter().cloned()).collect();
        let judge = terms.judge.with_config(config).waiving(waived);
        let party = |recording: &Recording| recording.header.as_ref().and_then(|header| party_of(&header.party));
        let party = party(left).filter(|own| party(right) == Some(*own));
        Self { judge, party, is_bare }
    }

    fn transcript(&self, recording: &Recording) -> Result<Transcript, String> {
        let mut transcript = Transcript::new();
        let mut outcome = Ok(());
        let bare;
        let entries = if self.is_bare {
            bare = stripped(&recording.entries);
            &bare
        } else {
            &recording.entries
        };
        let (report, _) = self.judge.report_showing(entries, false, &mut |event| {
            if outcome.is_ok() {
                outcome = transcript.event(event);
            }
        });
        outcome.map_err(|why| format!("{}: {why}", recording.name))?;
        let counts = |finding: &Finding| {
            let is_waived = !finding.requirements.is_empty()
                && finding.requirements.iter().all(|id| self.judge.waived().contains(*id));
            !is_waived && self.party.is_none_or(|party| finding.party == party)
        };
        transcript.close(report.findings.into_iter().filter(counts).collect());
        let methods = transcript.calls().iter().filter(|call| call.method.is_some()).count();
        if methods > 0 && transcript.unreadable() == methods {
            let why = transcript.calls().iter().find_map(|call| call.gaps.first());
            let why = why.map_or_else(String::new, |why| format!(" ({why})"));
            return Err(format!(
                "{}: none of its {methods} calls can be read{why}; --target or --keytab open what is sealed, or record it with `run --write-keys`",
                recording.name
            ));
        }
        Ok(transcript)
    }
}

/// What two witnesses both knew.
fn common(left: Config, right: &Config) -> Config {
    if left == *right {
        return left;
    }
    let weaker = |source: Source| match source {
        Source::Unseen => 0,
        Source::Shared => 1,
        Source::Exclusive => 2,
    };
    Config {
        vantage: if left.vantage == right.vantage { left.vantage } else { Vantage::Unknown },
        prompt: left.prompt.max(right.prompt),
        still_pending: left.still_pending.max(right.still_pending),
        source: if weaker(left.source) < weaker(right.source) { left.source } else { right.source },
        server_name: left.server_name.filter(|name| right.server_name.as_ref() == Some(name)),
        packet_level: if left.packet_level == right.packet_level { left.packet_level } else { PacketLevel::Any },
        readings: if left.readings == right.readings { left.readings } else { Config::default().readings },
        ..Config::default()
    }
}

/// Only what crossed the wire.
fn stripped(entries: &[Entry]) -> Vec<Entry> {
    let crossed = |entry: &&Entry| {
        matches!(
            entry.seen,
            Seen::Opened(_) | Seen::Octets(_) | Seen::Lost(_) | Seen::Closed(_) | Seen::Key(_) | Seen::End(_)
        )
    };
    let bare = |entry: &Entry| match &entry.seen {
        Seen::End(_) => Entry { seen: Seen::End(trace::End::CutShort), ..entry.clone() },
        Seen::Opened(opened) => {
            Entry { seen: Seen::Opened(trace::Opened { actor: None, ..opened.clone() }), ..entry.clone() }
        }
        _ => entry.clone(),
    };
    entries.iter().filter(crossed).map(bare).collect()
}

/// The party of that name.
pub(super) fn party_of(name: &str) -> Option<Party> {
    [Party::Server, Party::Client].into_iter().find(|party| party.name() == name)
}
