//! `serve`, as written and as meant.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use super::value::{account, wrong};

#[derive(Debug, Args)]
pub(super) struct Written {
    /// The address to accept clients at; port 0 is chosen by the system
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: String,
    /// Accept stimuli (one JSON object a line) at this address
    #[arg(long, value_name = "ADDRESS")]
    stimulus: Option<String>,
    /// Do this wrong on purpose (see `list misbehaviours`)
    #[arg(long, value_name = "NAME")]
    misbehave: Option<String>,
    /// Offer an endpoint mapper at this address, where clients learn the server's port
    #[arg(long, value_name = "ADDRESS")]
    endpoint_mapper: Option<String>,
    /// Do this in another way that is allowed as well (see `list variants`)
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,
    /// Take this user in, whose password is in that environment variable; may be given several times
    #[arg(long, value_name = "USER=VARIABLE")]
    account: Vec<String>,
    /// Take in whoever has a ticket for a service with keys in this file
    #[arg(long, value_name = "FILE")]
    keytab: Option<PathBuf>,
}

/// `serve`.
#[derive(Debug)]
pub struct Serve {
    /// Where clients connect.
    pub listen: SocketAddr,
    /// Where its endpoint mapper is asked.
    pub endpoint_mapper: Option<SocketAddr>,
    /// Where stimuli are accepted.
    pub stimulus: Option<SocketAddr>,
    /// What to do wrong.
    pub misbehave: Option<String>,
    /// What to do in another way.
    pub variant: Option<String>,
    /// Users with the environment variables of their passwords.
    pub accounts: Vec<(String, String)>,
    /// The keys of its services.
    pub keytab: Option<PathBuf>,
}

impl Written {
    pub(super) fn meant(self) -> Result<Serve, clap::Error> {
        let address = |option: &str, written: &str| {
            written.parse().map_err(|_| {
                wrong(option, format!("`{written}` is no address with a port, such as 127.0.0.1:49670 or [::1]:0"))
            })
        };
        Ok(Serve {
            listen: address("--listen", &self.listen)?,
            stimulus: self.stimulus.as_deref().map(|written| address("--stimulus", written)).transpose()?,
            endpoint_mapper: self
                .endpoint_mapper
                .as_deref()
                .map(|written| address("--endpoint-mapper", written))
                .transpose()?,
            misbehave: self.misbehave,
            variant: self.variant,
            accounts: self.account.iter().map(|written| account(written)).collect::<Result<_, _>>()?,
            keytab: self.keytab,
        })
    }
}
