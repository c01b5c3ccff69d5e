//! `probe`, as written and as meant.

use clap::Args;

use super::choice::ListFormat;
use super::value::wrong;
use super::whereabouts::Whereabouts;

#[derive(Debug, Args)]
pub(super) struct Written {
    /// The server: HOST:PORT, or a string binding (without a port the endpoint mapper is asked)
    #[arg(value_name = "ADDRESS", required_unless_present = "target", conflicts_with = "target")]
    address: Option<String>,
    /// The server's target file, in place of its address: its notification source is asked, too
    #[arg(long, value_name = "FILE|BINDING")]
    target: Option<String>,
    /// How to print it; json is one object
    #[arg(long, value_enum, default_value_t = ListFormat::Text, value_name = "FORMAT")]
    format: ListFormat,
}

/// `probe`.
#[derive(Debug)]
pub struct Probe {
    /// The server.
    pub server: Probed,
    /// How to print what it offers.
    pub format: ListFormat,
}

/// Whom `probe` asks.
#[derive(Debug)]
pub enum Probed {
    /// Who is there.
    At(Whereabouts),
    /// The server of that target file or string binding.
    Target(String),
}

impl Written {
    pub(super) fn meant(self) -> Result<Probe, clap::Error> {
        let server = match (self.address, self.target) {
            (Some(address), _) => Probed::At(Whereabouts::parse(&address).map_err(|why| wrong("ADDRESS", why))?),
            (None, target) => Probed::Target(target.unwrap_or_default()),
        };
        Ok(Probe { server, format: self.format })
    }
}
