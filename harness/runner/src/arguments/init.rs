//! `init` as meant.

use std::path::PathBuf;

use super::whereabouts::Whereabouts;
use super::{high, low};

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

pub(super) fn meant(init: low::Init) -> Result<Init, clap::Error> {
    let subject = match &init.address {
        Some(address) => {
            let address = Whereabouts::parse(address).map_err(|why| high::wrong("ADDRESS", why))?;
            Some(Subject::Server(address))
        }
        None => (init.manual || !init.command.is_empty()).then_some(Subject::Client(init.command)),
    };
    Ok(Init {
        output: init.output,
        overwrite: init.overwrite,
        subject,
        name: init.name,
        server_name: init.server_name,
        printer: init.printer,
        stimulus: init.stimulus,
        accounts: init.account.iter().map(|written| new_account(written)).collect::<Result<_, _>>()?,
        no_probe: init.no_probe,
        scenarios: init.scenarios,
    })
}

fn new_account(written: &str) -> Result<NewAccount, clap::Error> {
    let (who, variable) = high::account(written)?;
    let (domain, user) = match who.split_once('\\') {
        Some((domain, user)) => (Some(domain.to_owned()), user.to_owned()),
        None => (None, who),
    };
    Ok(NewAccount { user, domain, variable })
}
