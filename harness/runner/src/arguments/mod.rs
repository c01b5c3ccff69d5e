//! The command line, in two steps: as written ([`low`]), then as meant ([`high`]).

mod high;
mod low;
mod selector;

pub use high::{
    Check, Command, Compare, Expand, Explain, List, Listen, Merge, Probe, Probed, Record, Run, Selftest, Serve, Shard,
    Whereabouts, parse,
};
pub use low::{Color, CompareFormat, FileKind, ListFormat, Listing, Progress, ReportFormat, Tested};
pub use selector::Selector;
