//! `run.pcapng`: what one run saw as a capture, for Wireshark, `check` and whoever a report is handed to.
//!
//! The packets hold what crossed the connections. All else stands in comments: one that begins with `{` is a line of
//! `trace.jsonl`, and the others are for people. A line of 4 KiB or more stands compressed, `{"deflated":"…"}`: raw DEFLATE of it,
//! in base64. The first is the header of the trace, with the time at which it began. Read back, the entries are those of the trace.

mod packed;
mod read;
mod remark;

use std::io::{self, Write};

use serde::{Deserialize, Serialize};
use trace::Entry;

pub use read::{Recording, is_ours, read};
use remark::Remarks;

use super::trace_jsonl::{Header, Keys, line_of};

/// The name of such files.
pub const NAME: &str = "run.pcapng";

/// What begins the comment that holds the header.
const BEGINS: &str = r#"{"start":"#;

/// The first comment.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Whole {
    /// The start of the trace, in nanoseconds from 1970-01-01T00:00:00Z.
    start: u64,
    header: Header,
}

/// What came of a run, for its comments.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// How the trace is to be judged.
    pub header: &'a Header,
    /// When it began, in nanoseconds from 1970-01-01T00:00:00Z.
    pub start: u64,
    /// The verdict, in words.
    pub verdict: &'a str,
    /// Sequence numbers of entries, and what was found there.
    pub found: &'a [(u64, String)],
}

/// Writes a run. It holds secrets only with [`Keys::Written`].
///
/// # Errors
/// What the operating system says.
pub fn write(out: impl Write, told: &Told<'_>, entries: &[Entry], keys: Keys) -> io::Result<()> {
    let whole = Whole { start: told.start, header: told.header.clone() };
    let about = format!("{}: {}", told.header.scenario, told.verdict);
    let comments = [serde_json::to_string(&whole)?, about];
    let application = format!("pan-harness {}", env!("CARGO_PKG_VERSION"));
    let about = capture::About { application: &application, comments: &comments, start: told.start };
    capture::write(out, about, entries, &mut Notes { keys, remarks: Remarks::new(told.header, told.found) })
}

/// What stands in the comments of packets.
struct Notes<'a> {
    keys: Keys,
    remarks: Remarks<'a>,
}

impl capture::Annotate for Notes<'_> {
    fn note(&mut self, entry: &Entry) -> io::Result<String> {
        Ok(packed::pack(line_of(entry, self.keys)?)?)
    }

    fn remarks(&mut self, entry: &Entry) -> Vec<String> {
        self.remarks.on(entry)
    }
}
