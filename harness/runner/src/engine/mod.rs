//! Runs checked scenarios: provokes what they say and compares answers with what the script expects. Verdicts on section 3
//! are for the rules, which look at the entries that a run leaves.
//!
//! ```text
//! steps ──────────────▶ finally ──────▶ end: calls given up, connections closed, entries taken
//!   │ a step fails, a limit passes,  ▲
//!   └ the target lacks something ────┘
//! ```

mod call;
mod client;
mod datum;
mod endpoint;
mod flow;
mod host;
mod judge;
mod order;
mod player;
mod reply;
mod run;
mod several;
mod source;
mod wire;

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use dcerpc::TransferSyntax;
use dcerpc::connection::PacketLevel;
use peer::Tap;
use peer::client::Dial;
use peer::transport::Connector;
use trace::{End, Entry};

use crate::scenario::Scenario;
use crate::stimulus::Source;

pub use client::{ClientUnderTest, Ended, Instance, LaunchProblem, LaunchRequest, Launching, Waiting};
pub use host::{Door, Host};

/// What a scenario runs against, and how long to wait.
pub struct Environment {
    /// How each actor reaches the server, by name.
    pub actors: BTreeMap<String, Played>,
    /// The notification source; none when the target has none.
    pub source: Option<Rc<Source>>,
    /// Whether the target notifies only when it is asked to. Otherwise a notification of a fixed type that nobody here asked
    /// for is released.
    pub exclusive_source: bool,
    /// The client under test; none when the target is a server.
    pub client: Option<Rc<dyn ClientUnderTest>>,
    /// The server that it speaks with.
    pub host: Option<Host>,
    /// How long to wait, before scaling.
    pub limits: Limits,
    /// By how much waits are stretched; 1 for none.
    pub time_scale: f64,
    /// Where notification types and nonces come from, with the scenario's id.
    pub seed: u64,
    /// What tells this run from others of the scenario with the same seed; empty when there is no other.
    pub variant: String,
    /// `\\SERVER`, as clients name the server.
    pub server_name: String,
    /// UNC name of a print queue.
    pub printer: Option<String>,
    /// What records the run.
    pub tap: Tap,
}

/// How one actor reaches the server.
#[derive(Clone)]
pub struct Played {
    /// What opens its connections.
    pub connector: Arc<dyn Connector>,
    /// The user in whose name it calls, without domain.
    pub user: Option<String>,
    /// Whether that user has the rights of an administrator.
    pub administrator: bool,
    /// Whether the server takes its calls in that name without authentication, so that the trace may say so.
    pub vouched_for: bool,
    /// How its connections authenticate; not at all when none.
    pub security: Option<peer::client::Security>,
    /// What it sends at packet level, and accepts there.
    pub packet_level: PacketLevel,
    /// What it proposes when the scenario does not say.
    pub transfer_syntaxes: Vec<TransferSyntax>,
    /// How it reaches the server's endpoint mapper, when there is one.
    pub mapper: Option<MapperWay>,
}

/// How an actor reaches an endpoint mapper, and the ports that it names.
#[derive(Clone)]
pub struct MapperWay {
    /// What opens connections to the mapper.
    pub connector: Arc<dyn Connector>,
    /// What opens connections to a port of its host.
    pub dial: Dial,
}

/// How long to wait.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For an answer.
    pub call: Duration,
    /// Before a call counts as pending.
    pub still_pending: Duration,
    /// For a scenario.
    pub scenario: Duration,
}

/// What became of a scenario.
#[derive(Clone, Debug)]
pub struct Execution {
    /// What the run recorded, to its end.
    pub entries: Vec<Entry>,
    /// Steps that did not come out as the script expects.
    pub failures: Vec<StepFailure>,
    /// What is worth knowing: alternatives that were taken, deliveries of others, steps that were left out at the end.
    pub notes: Vec<Note>,
    /// In which order the branches of each `parallel` step took their turns: the step's line, and the branches' names.
    pub orders: Vec<Note>,
    /// How far it came.
    pub status: Status,
    /// Calls that nobody waited for to the end, in words.
    pub leftovers: Vec<String>,
    /// For each notification that was delivered: how long after the source was asked.
    pub deliveries: Vec<Duration>,
    /// How long it took, by the run's clock.
    pub duration: Duration,
}

/// A step that did not come out as the script expects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepFailure {
    /// Line of the scenario's file, from 1.
    pub line: u32,
    /// Files and lines of the step and of the uses that led to it.
    pub place: String,
    /// The step, in words.
    pub step: String,
    /// What was expected.
    pub expected: String,
    /// What came.
    pub actual: String,
}

/// Something worth knowing about a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Line of the scenario's file, from 1; 0 when it is of no step.
    pub line: u32,
    /// What, in words.
    pub words: String,
}

/// How far a scenario came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// To its end, or to the step that failed.
    Completed,
    /// To its end, but what it saw shows nothing.
    Inconclusive {
        /// Why.
        why: String,
    },
    /// To something that the target lacks.
    Unsupported {
        /// What it lacks.
        why: String,
    },
    /// To something that the harness or the environment could not do.
    Error {
        /// What.
        why: String,
    },
    /// To a limit of time.
    TimedOut {
        /// Which limit.
        limit: &'static str,
    },
}

/// Runs a scenario to its end. Every wait in it is bounded.
pub async fn execute(scenario: &Scenario, environment: &Environment) -> Execution {
    tokio::task::LocalSet::new().run_until(run::run(scenario, environment, End::Complete)).await
}
