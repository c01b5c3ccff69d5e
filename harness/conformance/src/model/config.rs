//! How to judge a trace.

use alloc::collections::BTreeMap;
use alloc::string::String;

use core::time::Duration;

use trace::Vantage;

use super::client::QUIET;
use crate::overlay::Overlay;

/// How to judge a trace: what the witness can know, and the bounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Where the witness stood.
    pub vantage: Vantage,
    /// T_PROMPT: what must be immediate has happened by then.
    pub prompt: Duration,
    /// After this a call counts as blocked, and a request as arrived.
    pub still_pending: Duration,
    /// T_NORETRY: how long what must not be retried is watched for. A shorter window than the full one proves nothing by
    /// its silence.
    pub no_retry: Duration,
    /// The same for calls that are bound to a handle.
    pub no_reuse: Duration,
    /// What the trace knows of the notification sources.
    pub source: Source,
    /// The name by which clients know the print server, where somebody has said it: for its principal host/NAME (2.1).
    pub server_name: Option<String>,
    /// Whether the target signs at packet level, as somebody has said.
    pub packet_level: PacketLevel,
    /// Readings of the specification's defects that differ from the recommended ones: `SD-04` to a word.
    pub readings: BTreeMap<String, String>,
    /// The product whose known ways accuse nobody.
    pub overlay: Option<&'static Overlay>,
    /// How much of a recording's past is remembered.
    pub memory: Memory,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            vantage: Vantage::Unknown,
            prompt: Duration::from_secs(5),
            still_pending: Duration::from_millis(300),
            no_retry: QUIET[0],
            no_reuse: QUIET[1],
            source: Source::Unseen,
            server_name: None,
            packet_level: PacketLevel::Any,
            readings: BTreeMap::new(),
            overlay: None,
            memory: Memory::default(),
        }
    }
}

impl Config {
    /// The reading that was chosen for a defect, when it isn't the recommended one.
    #[must_use]
    pub fn reading(&self, defect: &str) -> Option<&str> {
        self.readings.get(defect).map(String::as_str)
    }
}

/// How much of the past is remembered before anything is forgotten. What is forgotten is not known, and accuses nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Memory {
    /// Octets that calls may take which have come back, with what they carried and brought.
    pub octets: usize,
    /// Calls of one association; four times as many where each may matter.
    pub calls: usize,
    /// Associations that have ended: what a client does next may rest on how it left the last one.
    pub ended: usize,
}

impl Default for Memory {
    fn default() -> Self {
        Self { octets: 12 << 20, calls: 1_024, ended: 256 }
    }
}

/// What the trace knows of the notification sources.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Source {
    /// Nothing, as in a capture: any notification may have been meant.
    #[default]
    Unseen,
    /// What the harness asks of them; the server notifies with its fixed types on its own too.
    Shared,
    /// Everything.
    Exclusive,
}

/// Whether PDUs at packet level are signed, where implementations split.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PacketLevel {
    /// Nobody has said it: either is in order, and reported.
    #[default]
    Any,
    /// They are.
    Signed,
    /// They are not.
    Unsigned,
}
