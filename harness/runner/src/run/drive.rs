//! Hands a scenario to the engine, and takes what came of it.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{SystemTime, UNIX_EPOCH};

use peer::Tap;

use super::interrupt::Interrupt;
use crate::engine::{self, ClientUnderTest, Environment, Execution, Host, Played, Status};
use crate::judge::{Complaint, Ran, Stop};
use crate::report::Variant;
use crate::scenario::meant::Scenario;
use crate::stimulus::Source;
use crate::target::Limits;

/// Where a scenario runs.
pub(super) struct Place {
    /// How each actor reaches the target.
    pub(super) actors: BTreeMap<String, Played>,
    /// Its notification source.
    pub(super) source: Option<Source>,
    /// Whether it notifies only when it is asked to.
    pub(super) exclusive_source: bool,
    /// The server's name.
    pub(super) server_name: String,
    /// A print queue's name.
    pub(super) printer: Option<String>,
    /// How long to wait, before stretching.
    pub(super) limits: Limits,
    /// By how much waits are stretched.
    pub(super) time_scale: f64,
    /// What identifiers are made from.
    pub(super) seed: u64,
    /// In which way it speaks: what is identified is another thing in each.
    pub(super) variant: Variant,
    /// The client under test; none when the target is a server.
    pub(super) client: Option<Rc<dyn ClientUnderTest>>,
    /// The server that it speaks with.
    pub(super) host: Option<Host>,
    /// What records the run.
    pub(super) tap: Tap,
}

/// Runs it. None when the run was interrupted meanwhile.
pub(super) async fn drive(scenario: &Scenario, place: Place, interrupt: &Interrupt) -> Option<Ran> {
    let printer = place.printer.map(|queue| format!(r"\\{}\{queue}", place.server_name));
    let Limits { call, still_pending, scenario: whole } = place.limits;
    let environment = Environment {
        actors: place.actors,
        source: place.source.map(Rc::new),
        exclusive_source: place.exclusive_source,
        client: place.client,
        host: place.host,
        limits: engine::Limits { call, still_pending, scenario: whole },
        time_scale: place.time_scale,
        seed: place.seed,
        variant: place.variant.marks("").map(|mark| format!(".{mark}")).collect(),
        server_name: format!(r"\\{}", place.server_name),
        printer,
        tap: place.tap,
    };
    let began = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let began = u64::try_from(began.as_nanos()).unwrap_or(u64::MAX);
    tokio::select! {
        execution = engine::execute(scenario, &environment) => Some(Ran { began, ..ran(execution) }),
        () = interrupt.told() => None,
    }
}

fn ran(execution: Execution) -> Ran {
    let stop = match execution.status {
        Status::Completed => None,
        Status::Inconclusive { why } => Some(Stop::Inconclusive(why)),
        Status::Unsupported { why } => Some(Stop::Unsupported(why)),
        Status::Error { why } => Some(Stop::Error(why)),
        Status::TimedOut { limit } => Some(Stop::Error(format!("it took longer than {limit}"))),
    };
    let complaints = execution.failures.into_iter().map(|failure| Complaint {
        step: failure.step,
        line: failure.line,
        expected: failure.expected,
        actual: failure.actual,
    });
    let notes = execution.notes.into_iter().map(|note| match note.line {
        0 => note.words,
        line => format!("line {line}: {}", note.words),
    });
    let orders = execution.orders.into_iter().map(|order| format!("line {}: {}", order.line, order.words));
    Ran {
        orders: counted(orders),
        entries: execution.entries,
        complaints: complaints.collect(),
        stop,
        notes: counted(notes.chain(execution.leftovers)),
        about_target: None,
        took: execution.duration,
        began: 0,
    }
}

/// Each note once, with how often it was made.
fn counted(notes: impl Iterator<Item = String>) -> Vec<String> {
    let mut known: Vec<(String, usize)> = Vec::new();
    for note in notes {
        match known.iter_mut().find(|(words, _)| *words == note) {
            Some((_, count)) => *count += 1,
            None => known.push((note, 1)),
        }
    }
    let told = |(words, count)| if count == 1 { words } else { format!("{words} ({count} times)") };
    known.into_iter().map(told).collect()
}
