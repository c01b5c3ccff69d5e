//! One scenario against one conduct of the reference server or client, recorded.

use conformance::Party;
use peer::{ClientMisbehaviour, ClientVariant, Misbehaviour, Variant};

use super::candidate::Candidate;
use crate::recording::Recording;
use crate::run::interrupt::Interrupt;
use crate::run::trial::header_of;
use crate::run::way::ways_of;
use crate::scenario::meant::{self, Scenario};

/// Runs a scenario against the reference server or client, whichever it is for, and records it in the simplest way. `conduct` is the
/// name of a variant or misbehaviour; none is the well-behaved one. None where the scenario can't run so.
///
/// # Errors
/// In words, when there is no such conduct, or it can't be played.
pub fn rehearse(conduct: Option<&str>, scenario: &Scenario, seed: u64) -> Result<Option<Recording>, String> {
    let party = match scenario.party {
        meant::Party::Server => Party::Server,
        meant::Party::Client => Party::Client,
    };
    let candidate = match conduct {
        None => Candidate::WellBehaved(party),
        Some(name) => named(party, name).ok_or_else(|| format!("nobody's conduct is called `{name}`"))?,
    };
    let stage = candidate.stage()?;
    let ways = ways_of(scenario, stage.as_ref());
    let Some((way, None)) = ways.into_iter().next() else { return Ok(None) };
    let Some(ran) = stage.attempt(scenario, way, seed, &Interrupt::listen()) else { return Ok(None) };
    let header = header_of(stage.judge_in(way), scenario, way, party);
    let name = format!("{} against {candidate}, seed {seed}", scenario.id);
    Ok(Some(Recording { name, header: Some(header), entries: ran.entries }))
}

fn named(party: Party, name: &str) -> Option<Candidate> {
    match party {
        Party::Server => {
            let variant = Variant::from_name(name).map(Candidate::Variant);
            variant.or_else(|| Misbehaviour::from_name(name).map(Candidate::Misbehaviour))
        }
        Party::Client => {
            let variant = ClientVariant::from_name(name).map(Candidate::ClientVariant);
            variant.or_else(|| ClientMisbehaviour::from_name(name).map(Candidate::ClientMisbehaviour))
        }
    }
}
