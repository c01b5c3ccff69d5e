//! `record`, as written and as meant.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use conformance::Party;

#[derive(Debug, Args)]
pub(super) struct Written {
    /// A capture, or a trace.jsonl
    capture: PathBuf,
    /// The file that takes the scenario, which must not be there yet; - for standard output
    #[arg(long, short = 'o', value_name = "FILE")]
    output: PathBuf,
    /// Whom the scenario tests; without it, whom the recorded run was judging, of captures the server
    #[arg(long, value_name = "PARTY", value_enum)]
    party: Option<Recorded>,
    /// The folder of scenarios whose fragments are used; the one that FILE lies in when absent, and no fragments where it lies in
    /// none
    #[arg(long, value_name = "DIR")]
    scenarios: Option<PathBuf>,
}

/// Whom a recorded scenario tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Recorded {
    /// The server: our side makes the client's calls
    Server,
    /// The client: our side is the server
    Client,
}

/// `record`.
#[derive(Debug)]
pub struct Record {
    /// What was recorded.
    pub capture: PathBuf,
    /// The file that takes the scenario.
    pub output: PathBuf,
    /// Whom it tests; whom the recorded run was judging when nobody is chosen.
    pub party: Option<Party>,
    /// The folder of scenarios whose fragments are used; the one that the file lies in when none.
    pub scenarios: Option<PathBuf>,
}

impl Written {
    pub(super) fn meant(self) -> Record {
        Record {
            capture: self.capture,
            output: self.output,
            party: self.party.map(|party| match party {
                Recorded::Server => Party::Server,
                Recorded::Client => Party::Client,
            }),
            scenarios: self.scenarios,
        }
    }
}
