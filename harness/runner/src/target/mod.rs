//! Targets: what is judged, where it is, and what it lacks.

mod binding;
mod client;
mod file;
mod identity;
mod meaning;
mod reading;
mod waiver;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use dcerpc::TransferSyntax;

pub use binding::Binding;
pub use client::{Client, PLACEHOLDERS, Start, Words};
pub use file::TargetFile;
pub use identity::{Account, Authentication, Kerberos, Security};
pub use meaning::{Loaded, load, read};
pub use waiver::{Users, Waiver, client_waivers, waivers};

/// A server under test outside of this process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Its id in reports: the target file's name without extension, or the binding.
    pub id: String,
    /// Its name, for people.
    pub name: String,
    /// Where it is.
    pub binding: Binding,
    /// HOST:PORT of its endpoint mapper: as the file names it, or port 135 of an address without a port.
    pub endpoint_mapper: Option<String>,
    /// The server's name in UNC names.
    pub server_name: String,
    /// Its name in its principal host/NAME, when the file gives the server a name: an address is no name.
    pub principal: Option<String>,
    /// A print queue that it has.
    pub printer: Option<String>,
    /// How to start it.
    pub launch: Option<Launch>,
    /// Who calls, and how calls are protected.
    pub authentication: Authentication,
    /// The transfer syntaxes that it speaks, the preferred one first.
    pub transfer_syntaxes: Vec<TransferSyntax>,
    /// How its notification source is asked.
    pub stimulus: Option<Means>,
    /// Whether it notifies only when it is asked to.
    pub exclusive: bool,
    /// Readings of the specification's defects that are taken in place of the recommended ones: `SD-04` to a word.
    pub readings: BTreeMap<String, String>,
    /// How long the harness waits.
    pub limits: Limits,
}

/// How to start a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// The folder to start it in.
    pub folder: PathBuf,
    /// Words of the line that it prints when it is ready; none means that its address accepts connections then.
    pub ready_line: Option<String>,
    /// How long that may take.
    pub within: Duration,
}

/// How a notification source is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Means {
    /// One JSON object a line to HOST:PORT.
    Tcp(String),
    /// A program for each request.
    Command {
        /// The program.
        program: PathBuf,
        /// Its arguments.
        arguments: Vec<String>,
        /// The folder to run it in.
        folder: PathBuf,
    },
    /// The person at the terminal.
    Manual,
}

/// How long the harness waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// For a call that must come back, and for an answer of the notification source.
    pub call: Duration,
    /// After this a call counts as pending.
    pub still_pending: Duration,
    /// For a whole scenario.
    pub scenario: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            call: Duration::from_secs(5),
            still_pending: Duration::from_millis(300),
            scenario: Duration::from_secs(60),
        }
    }
}
