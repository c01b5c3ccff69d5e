//! `trace.jsonl`: what one run saw, one entry a line, decoded anew when read.
//!
//! The first line is a [`Header`]: how the trace is to be judged. Every further line is an entry of the trace.

mod key;
mod line;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, Write};

use serde::{Deserialize, Serialize};
use trace::Entry;

pub use key::Keys;
use line::Line;

/// The version of the form.
const VERSION: u32 = 1;

/// The longest line that is read, in octets.
const LINE_LIMIT: u64 = 64 << 20;

/// How a trace is to be judged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Version of the form: 1.
    pub trace: u32,
    /// The scenario that ran.
    pub scenario: String,
    /// Its title.
    pub title: String,
    /// The scenario's file, below the folder of scenarios.
    pub file: String,
    /// Where the witness stood: `client`, `server` or `unknown`.
    pub vantage: String,
    /// Whose behaviour the run judged: `server` or `client`; empty in traces of versions that did not say it.
    #[serde(default)]
    pub party: String,
    /// What the trace knows of the notification source: `unseen`, `shared` or `exclusive`.
    pub source: String,
    /// T_PROMPT, in nanoseconds.
    pub prompt: u64,
    /// After this a call counts as blocked, in nanoseconds.
    pub still_pending: u64,
    /// `ndr` or `ndr64`.
    pub syntax: String,
    /// The security provider, or `none`.
    pub security: String,
    /// The name by which clients know the print server, where the target file gives one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_name: Option<String>,
    /// Whether the target signs at packet level, where the target file says it: `signed` or `unsigned`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packet_level: Option<String>,
    /// Readings of the specification's defects that differ from the recommended ones.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub readings: BTreeMap<String, String>,
    /// The requirements that were waived for the target: they are not held against it when the trace is judged anew.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub waived: BTreeSet<String>,
}

impl Header {
    /// The version that this crate writes.
    #[must_use]
    pub const fn version() -> u32 {
        VERSION
    }
}

/// Writes a trace. It holds secrets only with [`Keys::Written`].
///
/// # Errors
/// What the operating system says.
pub fn write(mut out: impl Write, header: &Header, entries: &[Entry], keys: Keys) -> io::Result<()> {
    serde_json::to_writer(&mut out, header)?;
    out.write_all(b"\n")?;
    for entry in entries {
        serde_json::to_writer(&mut out, &Line::of(entry, keys))?;
        out.write_all(b"\n")?;
    }
    out.flush()
}

/// Reads a trace.
///
/// # Errors
/// The number of the line that can't be read, and why, in words.
pub fn read(mut input: impl BufRead) -> Result<(Header, Vec<Entry>), String> {
    let header = read_header(&mut input)?;
    let mut entries = Vec::new();
    let mut number = 2_u64;
    while let Some(text) = next_line(&mut input, number)? {
        let line: Line = serde_json::from_str(&text).map_err(|error| format!("line {number}: {error}"))?;
        let entry = line.into_entry().map_err(|why| format!("line {number}: {why}"))?;
        if entry.sequence != number - 2 {
            return Err(format!("line {number}: sequence {}; expected {}", entry.sequence, number - 2));
        }
        entries.push(entry);
        number += 1;
    }
    Ok((header, entries))
}

/// An entry as a line, without the line's end.
///
/// # Errors
/// When it can't be put in JSON.
pub(super) fn line_of(entry: &Entry, keys: Keys) -> io::Result<String> {
    Ok(serde_json::to_string(&Line::of(entry, keys))?)
}

/// The entry of a line.
///
/// # Errors
/// In words.
pub(super) fn entry_of(line: &str) -> Result<Entry, String> {
    let line: Line = serde_json::from_str(line).map_err(|error| error.to_string())?;
    line.into_entry()
}

/// Reads how a trace is to be judged, and no further.
///
/// # Errors
/// Why it can't be read, in words.
pub fn read_header(input: &mut impl BufRead) -> Result<Header, String> {
    let first = next_line(input, 1)?.ok_or("the file is empty: expected a header")?;
    let header: Header = serde_json::from_str(&first).map_err(|error| format!("line 1: no header: {error}"))?;
    if header.trace != VERSION {
        return Err(format!("line 1: version {} of the form; this program reads version {VERSION}", header.trace));
    }
    Ok(header)
}

fn next_line(input: &mut impl BufRead, number: u64) -> Result<Option<String>, String> {
    let mut text = String::new();
    let mut bounded = io::Read::take(&mut *input, LINE_LIMIT);
    match bounded.read_line(&mut text) {
        Ok(0) => Ok(None),
        Ok(_) if text.ends_with('\n') => Ok(Some(text)),
        Ok(read) => Err(format!("line {number}: no line end after {read} octets")),
        Err(error) => Err(format!("line {number}: {error}")),
    }
}
