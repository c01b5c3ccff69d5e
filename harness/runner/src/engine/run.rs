//! One run of a scenario: what it knows, its limits, its end.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use dcerpc::ContextHandle;
use mspan::NotificationType;
use tokio::time::{Instant, timeout};
use trace::{End, Mark, Time};
use uuid::Uuid;

use super::call::InFlight;
use super::client::Clients;
use super::datum::{Datum, Missing, Names};
use super::flow::Branch;
use super::judge::Mismatch;
use super::order::Chance;
use super::player::Player;
use super::{Environment, Execution, Note, Status, StepFailure};
use crate::scenario::Scenario;
use crate::scenario::meant::{Actor, Place, Step};
use crate::span::Span;

/// The name space of the UUIDs that scenarios get of their own.
const NAME_SPACE: Uuid = Uuid::from_u128(0x6f5d_8a1e_24c7_4b3a_9d0b_7c11_e0a4_52f6);

/// How much longer than a window it is watched, so that what is due at its end has happened.
const SLACK: Duration = Duration::from_millis(10);

/// How long the connections of clients under test may take to end.
const ENDING: Duration = Duration::from_millis(500);

/// Why a run of steps ends before its last one.
#[derive(Debug)]
pub(super) enum Stop {
    /// A step failed; it has been noted.
    Failed,
    /// A step can't be done because something before it gave no value.
    Missing(Missing),
    /// A handle that a step uses was closed.
    HandleClosed(String),
    /// The target lacks something.
    Unsupported(String),
    /// The harness or the environment can't do something.
    Error(String),
    /// What a step waits for depends on somebody who may not be there.
    Inconclusive(String),
}

impl From<Missing> for Stop {
    fn from(missing: Missing) -> Self {
        Self::Missing(missing)
    }
}

/// What a run knows.
pub(super) struct Run<'e> {
    pub(super) environment: &'e Environment,
    pub(super) names: RefCell<Names>,
    pub(super) players: BTreeMap<String, Rc<Player>>,
    pub(super) calls: RefCell<BTreeMap<String, InFlight>>,
    /// Told whenever a call comes back.
    pub(super) arrivals: Rc<tokio::sync::Notify>,
    /// Handles that the server has closed.
    pub(super) closed: RefCell<BTreeSet<(String, ContextHandle)>>,
    /// What the source was asked to deliver, and when.
    pub(super) triggers: RefCell<Vec<(Time, Bytes)>>,
    pub(super) clients: RefCell<Clients>,
    failures: RefCell<Vec<StepFailure>>,
    notes: RefCell<Vec<Note>>,
    /// In which order branches took their turns.
    pub(super) orders: RefCell<Vec<Note>>,
    pub(super) chance: Rc<Chance>,
    shortened: RefCell<Vec<String>>,
    /// Channels that the source has opened and nobody has closed.
    pub(super) channels: RefCell<Vec<String>>,
    pub(super) leftovers: RefCell<Vec<String>>,
    pub(super) deliveries: RefCell<Vec<Duration>>,
}

/// Runs a scenario to its end.
pub(super) async fn run(scenario: &Scenario, environment: &Environment, end: End) -> Execution {
    let begun = environment.tap.now();
    let players = match players(&scenario.actors, environment) {
        Ok(players) => players,
        Err(why) => return Execution::never_begun(Status::Error { why }),
    };
    let run = Run {
        environment,
        names: RefCell::new(names(scenario, environment)),
        players,
        calls: RefCell::default(),
        arrivals: Rc::default(),
        closed: RefCell::default(),
        triggers: RefCell::default(),
        clients: RefCell::default(),
        failures: RefCell::default(),
        notes: RefCell::default(),
        orders: RefCell::default(),
        chance: Rc::new(Chance::new(environment.seed, &format!("{}{}", scenario.id, environment.variant))),
        shortened: RefCell::default(),
        channels: RefCell::default(),
        leftovers: RefCell::default(),
        deliveries: RefCell::default(),
    };
    let limit = run.scaled(scenario.within.unwrap_or(environment.limits.scenario));
    let steps = run.steps(&scenario.steps, Branch::trunk());
    let status = match timeout(limit, steps).await {
        Ok(Ok(())) => {
            run.shortened.borrow().first().map_or(Status::Completed, |why| Status::Inconclusive { why: why.clone() })
        }
        Ok(Err(Stop::Failed)) => Status::Completed,
        Ok(Err(Stop::Unsupported(why))) => Status::Unsupported { why },
        Ok(Err(Stop::Error(why))) => Status::Error { why },
        Ok(Err(Stop::Inconclusive(why))) => Status::Inconclusive { why },
        Ok(Err(Stop::Missing(missing))) => Status::Error { why: missing.to_string() },
        Ok(Err(Stop::HandleClosed(why))) => Status::Error { why },
        Err(_) => Status::TimedOut { limit: "limits.scenario" },
    };
    if timeout(limit, run.finally(&scenario.finally)).await.is_err() {
        run.note(0, "what has to happen at the end took longer than limits.scenario");
    }
    if timeout(limit, run.close_channels()).await.is_err() {
        run.note(0, "closing the channels took longer than limits.scenario");
    }
    let end = if run.end().await { End::CutShort } else { end };
    let mut entries = run.clients.borrow_mut().take_entries();
    environment.tap.end(end);
    entries.extend(environment.tap.take());
    Execution {
        entries,
        failures: run.failures.take(),
        notes: run.notes.take(),
        orders: run.orders.take(),
        status,
        leftovers: run.leftovers.take(),
        deliveries: run.deliveries.take(),
        duration: environment.tap.now().since(begun),
    }
}

impl Execution {
    fn never_begun(status: Status) -> Self {
        Self {
            entries: Vec::new(),
            failures: Vec::new(),
            notes: Vec::new(),
            orders: Vec::new(),
            status,
            leftovers: Vec::new(),
            deliveries: Vec::new(),
            duration: Duration::ZERO,
        }
    }
}

fn players(actors: &[Actor], environment: &Environment) -> Result<BTreeMap<String, Rc<Player>>, String> {
    let mut players = BTreeMap::new();
    for actor in actors {
        let played = environment.actors.get(&actor.name);
        let played = played.ok_or_else(|| format!("nobody said how {} reaches the server", actor.name))?;
        players.insert(actor.name.clone(), Rc::new(Player::new(actor, played, &environment.tap)));
    }
    Ok(players)
}

/// The names that are always there.
fn names(scenario: &Scenario, environment: &Environment) -> Names {
    let own = |what: &str| {
        let name = format!("{}:{}{}:{what}", environment.seed, scenario.id, environment.variant);
        Uuid::new_v5(&NAME_SPACE, name.as_bytes())
    };
    let mut values = BTreeMap::from([
        ("type".to_owned(), Datum::Type(NotificationType(own("type")))),
        ("type2".to_owned(), Datum::Type(NotificationType(own("type2")))),
        ("nonce".to_owned(), Datum::Text(own("nonce").simple().to_string())),
        ("server_name".to_owned(), Datum::Text(environment.server_name.clone())),
    ]);
    if let Some(printer) = &environment.printer {
        values.insert("printer".to_owned(), Datum::Text(printer.clone()));
    }
    let users = environment.actors.iter().map(|(name, played)| (name.clone(), played.user.clone())).collect();
    Names { values, users }
}

impl Run<'_> {
    /// A wait of ours, stretched.
    pub(super) fn scaled(&self, wait: Duration) -> Duration {
        let scale = self.environment.time_scale;
        if scale.is_finite() && scale > 0.0 { wait.try_from_scaled(scale) } else { wait }
    }

    /// How long to wait for an answer.
    pub(super) fn within(&self, within: Option<Duration>) -> Duration {
        self.scaled(within.unwrap_or(self.environment.limits.call)).saturating_add(SLACK)
    }

    /// Watches a window in which nothing has to happen. Stretched to less than it should be, it shows nothing.
    pub(super) async fn watch(&self, window: Duration, place: &Place) {
        let scaled = self.scaled(window);
        self.check_window(window, place);
        self.pause(scaled.saturating_add(SLACK)).await;
    }

    /// Notes a window that is shorter than it should be.
    pub(super) fn check_window(&self, window: Duration, place: &Place) {
        let scaled = self.scaled(window);
        if scaled < window {
            let words = format!("{place}: a window of {} was watched for {} only", Span(window), Span(scaled));
            self.shortened.borrow_mut().push(words);
        }
    }

    /// Waits, and notes when that took longer than it should have.
    async fn pause(&self, window: Duration) {
        let begun = self.environment.tap.now();
        tokio::time::sleep(window).await;
        self.mark_lateness(begun, window);
    }

    /// Notes for the judge that a wait which began then ended later than its limit, whatever ended it: the harness itself
    /// was held up, and what it saw meanwhile may have happened earlier.
    pub(super) fn mark_lateness(&self, begun: Time, limit: Duration) {
        let late = self.environment.tap.now().since(begun).saturating_sub(limit);
        if late > (limit / 10).max(SLACK) {
            let nanoseconds = u64::try_from(late.as_nanos()).unwrap_or(u64::MAX);
            self.environment.tap.mark(Mark::Late { nanoseconds });
        }
    }

    pub(super) fn note(&self, line: u32, words: impl Into<String>) {
        self.notes.borrow_mut().push(Note { line, words: words.into() });
    }

    /// Notes that a step failed.
    pub(super) fn fail(&self, place: &Place, step: &str, mismatch: Mismatch) -> Stop {
        let Mismatch { expected, actual } = mismatch;
        let (line, step) = (place.line(), step.to_owned());
        self.failures.borrow_mut().push(StepFailure { line, place: place.to_string(), step, expected, actual });
        Stop::Failed
    }

    /// Notes the reasons of alternatives that were taken.
    pub(super) fn taken(&self, place: &Place, reasons: Vec<String>) {
        for reason in reasons {
            self.note(place.line(), format!("taken: {reason}"));
        }
    }

    /// The end of a scenario or of a round: each step for itself, whatever became of the others.
    pub(super) async fn finally(&self, steps: &[Step]) {
        for step in steps {
            match self.steps(std::slice::from_ref(step), Branch::end()).await {
                Ok(()) | Err(Stop::Failed | Stop::Missing(Missing::Unset(_)) | Stop::HandleClosed(_)) => {}
                Err(
                    Stop::Missing(Missing::Impossible(why))
                    | Stop::Unsupported(why)
                    | Stop::Error(why)
                    | Stop::Inconclusive(why),
                ) => {
                    self.note(step.place.line(), format!("at the end: {why}"));
                }
            }
        }
    }

    /// Gives up what is still in flight and closes all connections. Whether a client under test was cut off by that.
    async fn end(&self) -> bool {
        let calls = std::mem::take(&mut *self.calls.borrow_mut());
        for (name, call) in calls {
            if !call.is_back() {
                self.leftovers.borrow_mut().push(format!("{name}: {} did not come back", call.words));
            }
        }
        for (name, player) in &self.players {
            if timeout(self.within(None), player.close()).await.is_err() {
                self.note(0, format!("{name}'s connections could not be closed within limits.call"));
            }
        }
        let cut_short = self.end_clients().await;
        let unseen = self.clients.borrow().left_over();
        self.leftovers.borrow_mut().extend(unseen);
        cut_short
    }

    /// Ends the clients under test: first their connections, from our side, so that nobody is taken to have left.
    async fn end_clients(&self) -> bool {
        let Some(host) = &self.environment.host else { return false };
        self.clients.borrow_mut().follow(&self.environment.tap);
        let cut_short = self.clients.borrow().any_connected();
        host.shut();
        let deadline = Instant::now() + ENDING;
        while self.clients.borrow().any_connected() && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(1)).await;
            self.clients.borrow_mut().follow(&self.environment.tap);
        }
        self.leftovers.borrow_mut().extend(host.left_over());
        let clients = self.clients.borrow_mut().take_instances();
        for mut instance in clients {
            instance.kill();
        }
        self.clients.borrow_mut().follow(&self.environment.tap);
        cut_short
    }
}

trait Scale {
    fn try_from_scaled(self, scale: f64) -> Self;
}

impl Scale for Duration {
    /// The product; the longest duration when it is too large.
    fn try_from_scaled(self, scale: f64) -> Self {
        Self::try_from_secs_f64(self.as_secs_f64() * scale).unwrap_or(Self::MAX)
    }
}
