//! `scrub`, as written and as meant.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub(super) struct Written {
    /// A capture in pcap or pcapng
    capture: PathBuf,
    /// The file in pcapng that takes the result, which must not be there yet
    #[arg(long, short = 'o', value_name = "FILE")]
    output: PathBuf,
    /// A name that must not be found anywhere in the result; may be given several times
    #[arg(long, value_name = "NAME")]
    also: Vec<String>,
}

/// `scrub`.
#[derive(Debug)]
pub struct Scrub {
    /// The capture.
    pub capture: PathBuf,
    /// The file that takes the result.
    pub output: PathBuf,
    /// Names that must not be found in it.
    pub also: Vec<String>,
}

impl Written {
    pub(super) fn meant(self) -> Scrub {
        Scrub { capture: self.capture, output: self.output, also: self.also }
    }
}
