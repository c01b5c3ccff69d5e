//! `init`, as written and as meant.

use std::path::PathBuf;

use clap::Args;

use super::value::{account, wrong};
use super::whereabouts::Whereabouts;

#[derive(Debug, Args)]
pub(super) struct Written {
    /// A server, which is asked what it offers: HOST:PORT, or a string binding (without a port its endpoint mapper is asked)
    #[arg(value_name = "ADDRESS", conflicts_with = "command")]
    address: Option<String>,
    /// A client: its program and words, after `--`; {host}, {port}, {mode}, {type}, {count} and others stand for what it is told
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
    /// The file; - for standard output; my-server.yaml or my-client.yaml when absent
    #[arg(long, short = 'o', value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace what is there
    #[arg(long)]
    overwrite: bool,
    /// A client that somebody starts by hand, in place of COMMAND
    #[arg(long, conflicts_with_all = ["address", "command"])]
    manual: bool,
    /// Its name, for reports
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// The server's name in \\\\SERVER\\queue
    #[arg(long, value_name = "NAME")]
    server_name: Option<String>,
    /// A print queue of the server
    #[arg(long, value_name = "QUEUE")]
    printer: Option<String>,
    /// Where the server's notification source is asked
    #[arg(long, value_name = "HOST:PORT", conflicts_with_all = ["command", "manual"])]
    stimulus: Option<String>,
    /// A user, and the environment variable that holds the password; may be given several times
    #[arg(long, value_name = "[DOMAIN\\\\]USER=VARIABLE")]
    account: Vec<String>,
    /// Ask the server nothing
    #[arg(long, conflicts_with_all = ["command", "manual"])]
    no_probe: bool,
    /// Write the scenarios that the program carries to a folder instead, which is new or empty
    #[arg(long, value_name = "DIR", num_args = 0..=1, default_missing_value = "scenarios", exclusive = true)]
    scenarios: Option<PathBuf>,
}

/// `init`.
#[derive(Clone, Debug, Default)]
pub struct Init {
    /// The file; none chooses a name, and `-` is standard output.
    pub output: Option<PathBuf>,
    /// Whether what is there may be replaced.
    pub overwrite: bool,
    /// What the target is; none where it has to be asked.
    pub subject: Option<Subject>,
    /// Its name, for people.
    pub name: Option<String>,
    /// The server's name in UNC names.
    pub server_name: Option<String>,
    /// A print queue of the server.
    pub printer: Option<String>,
    /// HOST:PORT at which the server's notification source is asked.
    pub stimulus: Option<String>,
    /// Users.
    pub accounts: Vec<NewAccount>,
    /// Whether the server is asked nothing.
    pub no_probe: bool,
    /// The folder that takes the scenarios of the program; then no target file is made.
    pub scenarios: Option<PathBuf>,
}

/// What `init` describes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A server.
    Server(Whereabouts),
    /// A client that is started by those words; by hand where there are none.
    Client(Vec<String>),
}

/// A user of a new target file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAccount {
    /// The user's name without domain.
    pub user: String,
    /// The user's domain.
    pub domain: Option<String>,
    /// Name of the environment variable that holds the password.
    pub variable: String,
}

impl Written {
    pub(super) fn meant(self) -> Result<Init, clap::Error> {
        let subject = match &self.address {
            Some(address) => {
                let address = Whereabouts::parse(address).map_err(|why| wrong("ADDRESS", why))?;
                Some(Subject::Server(address))
            }
            None => (self.manual || !self.command.is_empty()).then_some(Subject::Client(self.command)),
        };
        Ok(Init {
            output: self.output,
            overwrite: self.overwrite,
            subject,
            name: self.name,
            server_name: self.server_name,
            printer: self.printer,
            stimulus: self.stimulus,
            accounts: self.account.iter().map(|written| new_account(written)).collect::<Result<_, _>>()?,
            no_probe: self.no_probe,
            scenarios: self.scenarios,
        })
    }
}

fn new_account(written: &str) -> Result<NewAccount, clap::Error> {
    let (who, variable) = account(written)?;
    let (domain, user) = match who.split_once('\\') {
        Some((domain, user)) => (Some(domain.to_owned()), user.to_owned()),
        None => (None, who),
    };
    Ok(NewAccount { user, domain, variable })
}
