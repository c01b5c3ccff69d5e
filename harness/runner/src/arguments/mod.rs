//! The command line, in two steps: as written ([`low`]), then as meant ([`high`]).

mod high;
mod init;
mod low;
mod selector;
mod whereabouts;

pub use high::{
    Check, Command, Compare, Expand, Explain, List, Listen, Merge, Probe, Probed, Record, Run, Scrub, Selftest, Serve,
    Shard, parse,
};
pub use init::{Init, NewAccount, Subject};
pub(crate) use low::Arguments;
pub use low::{Color, CompareFormat, FileKind, ListFormat, Listing, Progress, ReportFormat, Tested};
pub use selector::Selector;
pub use whereabouts::Whereabouts;
