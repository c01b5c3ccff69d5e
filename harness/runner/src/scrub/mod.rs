//! `scrub`: a capture without what it says of people, hosts and printers.
//!
//! ```text
//! capture ─▶ connections of the protocol ─▶ Streams: all that was read, replaced ─▶ a capture of nothing else
//! ```
//!
//! The result is written anew from what the dissector has understood, so that nothing is passed on that nobody has looked
//! at. It is judged like any capture, and as the original is; where that differs, it is told.

mod aliases;
mod document;
mod markup;
mod named;
mod parameters;
mod pdu;
mod streams;
mod stub;
mod tally;
mod token;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use ::capture::{About, write_bare};
use conformance::Config;

use crate::exit::Exit;
use crate::judge::Judge;
use crate::recording::Recording;

use named::Named;
use streams::Streams;

/// A capture that may be handed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scrubbed {
    /// The file, in pcapng.
    pub octets: Vec<u8>,
    /// What was changed, a line for each kind.
    pub changed: Vec<String>,
    /// What the rules find otherwise in it, a line for each.
    pub differs: Vec<String>,
}

/// Scrubs a capture. What `also` names is looked for everywhere.
///
/// # Errors
/// The exit code, and in words why it can't be scrubbed.
pub fn scrub(name: &str, reader: impl Read + Send, also: &[String]) -> Result<Scrubbed, (Exit, String)> {
    let mistake = |why: String| (Exit::Mistake, why);
    let named = Named::new(also).map_err(|why| mistake(format!("--also: {why}")))?;
    let (recording, _) = Recording::captured(name, reader).map_err(mistake)?;
    if !recording.speaks() {
        let why = format!("{name}: no MS-PAN traffic: no connection binds its interfaces");
        return Err((Exit::NothingPassed, why));
    }
    let mut streams = Streams::default();
    let entries = streams.scrub(&recording.entries, &named);
    let application = format!("pan-harness {}", env!("CARGO_PKG_VERSION"));
    let comments = [ABOUT.to_owned()];
    // When it was recorded is nobody's business: times count from the first packet.
    let about = About { application: &application, comments: &comments, start: 0 };
    let mut octets = Vec::new();
    write_bare(&mut octets, about, &entries).map_err(|error| (Exit::Environment, format!("{name}: {error}")))?;
    let (again, _) = Recording::captured("what was scrubbed", octets.as_slice()).map_err(mistake)?;
    let differs = differences(&found(&recording).map_err(mistake)?, &found(&again).map_err(mistake)?);
    let mut changed = streams.tally.lines(&streams.parameters);
    changed.push(DROPPED.to_owned());
    Ok(Scrubbed { octets, changed, differs })
}

/// What the file says of itself.
const ABOUT: &str =
    "scrubbed: names, texts, addresses and identifiers are replaced, tokens and what was not understood are blank";

/// What never comes into it.
const DROPPED: &str = "all else is dropped: other packets and connections, headers below TCP, comments, names of interfaces, hosts and \
                       programs, secrets, date and time of day";

/// How often the rules find something, by rule and verdict.
type Found = BTreeMap<(&'static str, String), usize>;

fn found(recording: &Recording) -> Result<Found, String> {
    let judge = Judge::new(Config::default(), None, BTreeSet::new(), false)?;
    let mut found = Found::new();
    for finding in judge.report(&recording.entries).findings {
        *found.entry((finding.rule, finding.verdict.to_string())).or_default() += 1;
    }
    Ok(found)
}

fn differences(before: &Found, after: &Found) -> Vec<String> {
    let all: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let count = |found: &Found, key: &(&'static str, String)| found.get(key).copied().unwrap_or(0);
    let differing = all.into_iter().filter(|key| count(before, key) != count(after, key));
    differing
        .map(|key| format!("{} {}: {} times, {} times before", key.1, key.0, count(after, key), count(before, key)))
        .collect()
}
