//! A client under test: started, watched through the tap, waited for.
//!
//! What a client does is read off the entries of the run by the dissector, the only decoder. Each instance has one queue of
//! events; an `await` takes exactly the event that it matched out of it, and what is left over at the end is reported.

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use conformance::dissect::Dissector;
use conformance::event::{Event, Kind, Outcome};
use mspan::Method;
use mspan::method::Field;
use peer::Tap;
use tokio::time::Instant;
use trace::{ConnectionId, Entry};

use super::datum::Datum;
use super::judge::{Mismatch, check};
use super::run::{Run, Stop};
use crate::scenario::meant::{Await, Awaited, Launch, Place, Test};

/// How often the entries are looked at for something new.
const LOOK: Duration = Duration::from_millis(5);

/// What starts the client under test.
pub trait ClientUnderTest {
    /// Starts an instance.
    fn launch(&self, request: LaunchRequest) -> Launching<'_>;
}

/// An instance about to be started.
pub type Launching<'a> = Pin<Box<dyn Future<Output = Result<Box<dyn Instance>, LaunchProblem>> + 'a>>;

/// What an instance is started for: the placeholders of the target file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaunchRequest {
    /// The scenario's name for it.
    pub client: String,
    /// `unidirectional`, `bidirectional` or `printer-configuration`.
    pub mode: String,
    /// The notification type to register for.
    pub notification_type: mspan::NotificationType,
    /// What it will be sent.
    pub document: String,
    /// UNC name of the print queue; none for the print server itself.
    pub printer: Option<String>,
    /// How many notifications it will be sent.
    pub count: u32,
}

/// Why an instance can't be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LaunchProblem {
    /// The client does not do such a thing.
    Unsupported(String),
    /// It could not be started.
    Error(String),
}

/// A running instance.
pub trait Instance {
    /// Waits until it has exited and gives its status; none when it was ended by a signal.
    fn wait(&mut self) -> Waiting<'_>;

    /// Ends it.
    fn kill(&mut self);
}

/// An instance whose exit is waited for.
pub type Waiting<'a> = Pin<Box<dyn Future<Output = Option<i32>> + 'a>>;

/// The instances of a run and what they did.
#[derive(Default)]
pub(super) struct Clients {
    instances: BTreeMap<String, Box<dyn Instance>>,
    /// The instance launched last: connections that open belong to it.
    newest: Option<String>,
    owners: BTreeMap<ConnectionId, String>,
    queues: BTreeMap<String, VecDeque<Done>>,
    dissector: Dissector,
    entries: Vec<Entry>,
}

/// Something that a client did, or that was done for it.
enum Done {
    /// A call arrived.
    Called(Method, Vec<(&'static str, Field)>),
    /// A call was answered.
    Answered(Method, Vec<(&'static str, Field)>),
    /// Its last connection ended.
    Disconnected,
}

impl Clients {
    /// Reads what the tap has recorded since the last time.
    pub(super) fn follow(&mut self, tap: &Tap) {
        let fresh = tap.take();
        let mut events = Vec::new();
        for entry in &fresh {
            self.dissector.push(entry, &mut |event| events.push(event));
        }
        self.entries.extend(fresh);
        for event in events {
            self.take(event);
        }
    }

    fn take(&mut self, event: Event) {
        let (connection, done) = match event.kind {
            Kind::Opened(opened) => {
                if let Some(newest) = &self.newest {
                    self.owners.insert(opened.connection, newest.clone());
                }
                return;
            }
            Kind::Closed { connection, .. } => {
                let Some(owner) = self.owners.remove(&connection) else { return };
                if !self.owners.values().any(|other| *other == owner) {
                    self.queues.entry(owner).or_default().push_back(Done::Disconnected);
                }
                return;
            }
            Kind::CallStarted(call) => match (call.method, call.input) {
                (Some(method), Some(input)) => (call.connection, Done::Called(method, input.fields())),
                _ => return,
            },
            Kind::CallFinished(call) => match (call.method, call.outcome) {
                (Some(method), Outcome::Returned { output: Some(output), .. }) => {
                    (call.connection, Done::Answered(method, output.fields()))
                }
                _ => return,
            },
            _ => return,
        };
        if let Some(owner) = self.owners.get(&connection) {
            self.queues.entry(owner.clone()).or_default().push_back(done);
        }
    }

    /// The entries that were read.
    pub(super) fn take_entries(&mut self) -> Vec<Entry> {
        std::mem::take(&mut self.entries)
    }

    pub(super) fn take_instances(&mut self) -> Vec<Box<dyn Instance>> {
        std::mem::take(&mut self.instances).into_values().collect()
    }

    /// What nobody waited for, in words.
    pub(super) fn left_over(&self) -> Vec<String> {
        let mut words = Vec::new();
        for (client, queue) in &self.queues {
            for done in queue {
                words.push(match done {
                    Done::Called(method, _) => format!("{client}: a call of {method}"),
                    Done::Answered(method, _) => format!("{client}: an answer to {method}"),
                    Done::Disconnected => format!("{client}: the end of its last connection"),
                });
            }
        }
        words
    }
}

impl Run<'_> {
    pub(super) async fn launch(&self, launch: &Launch) -> Result<(), Stop> {
        let Some(client) = &self.environment.client else {
            return Err(Stop::Unsupported("there is no client that can be started".to_owned()));
        };
        let request = {
            let names = self.names.borrow();
            LaunchRequest {
                client: launch.client.clone(),
                mode: launch.mode.clone(),
                notification_type: names.notification_type(&launch.notification_type)?,
                document: launch.document.clone(),
                printer: launch.printer.as_ref().map(|printer| names.text(printer)).transpose()?,
                count: launch.count,
            }
        };
        self.clients.borrow_mut().follow(&self.environment.tap);
        self.clients.borrow_mut().newest = Some(launch.client.clone());
        match client.launch(request).await {
            Ok(instance) => {
                self.clients.borrow_mut().instances.insert(launch.client.clone(), instance);
                Ok(())
            }
            Err(LaunchProblem::Unsupported(why)) => Err(Stop::Unsupported(why)),
            Err(LaunchProblem::Error(why)) => Err(Stop::Error(why)),
        }
    }

    pub(super) async fn awaited(&self, awaited: &Await, place: &Place, words: &str) -> Result<(), Stop> {
        let deadline = Instant::now() + self.within(awaited.within);
        loop {
            self.clients.borrow_mut().follow(&self.environment.tap);
            let found = self.find(awaited).map_err(|mismatch| self.fail(place, words, mismatch))?;
            match (found, awaited.never) {
                (Some(fields), false) => {
                    for save in &awaited.save {
                        if let Some((_, field)) = fields.iter().find(|(name, _)| *name == save.parameter) {
                            let datum = Datum::of(field.clone(), None);
                            self.names.borrow_mut().values.insert(save.name.clone(), datum);
                        }
                    }
                    return Ok(());
                }
                (Some(_), true) => {
                    let expected = format!("no {}", describe(&awaited.what));
                    return Err(self.fail(place, words, Mismatch { expected, actual: "it came".to_owned() }));
                }
                (None, _) => {}
            }
            let now = Instant::now();
            if now >= deadline {
                break;
            }
            tokio::time::sleep(LOOK.min(deadline - now)).await;
        }
        if awaited.never {
            self.check_window(awaited.within.unwrap_or(self.environment.limits.call), place);
            return Ok(());
        }
        let waiting = self.clients.borrow().left_over();
        let actual = match waiting.as_slice() {
            [] => "nothing".to_owned(),
            several => several.join(", "),
        };
        Err(self.fail(place, words, Mismatch { expected: describe(&awaited.what), actual }))
    }

    /// Takes the first event that is awaited out of the client's queue.
    fn find(&self, awaited: &Await) -> Result<Option<Vec<(&'static str, Field)>>, Mismatch> {
        let mut clients = self.clients.borrow_mut();
        let Some(queue) = clients.queues.get_mut(&awaited.client) else { return Ok(None) };
        let mut found = None;
        for (index, done) in queue.iter().enumerate() {
            if self.is_awaited(&awaited.what, done)? {
                found = Some(index);
                break;
            }
        }
        let done = found.and_then(|index| queue.remove(index));
        Ok(done.map(|done| match done {
            Done::Called(_, fields) | Done::Answered(_, fields) => fields,
            Done::Disconnected => Vec::new(),
        }))
    }

    fn is_awaited(&self, what: &Awaited, done: &Done) -> Result<bool, Mismatch> {
        match (what, done) {
            (Awaited::Disconnect, Done::Disconnected) => Ok(true),
            (Awaited::Call(method, tests), Done::Called(called, fields)) if method == called => {
                self.all_pass(tests.iter().map(|(name, test)| (*name, test)), fields)
            }
            (Awaited::Answer(method, tests, status), Done::Answered(called, fields)) if method == called => {
                let tests = tests.iter().map(|(name, test)| (*name, test));
                let returns = fields.iter().any(|(name, _)| *name == "return");
                let status = returns.then_some(("return", status));
                self.all_pass(tests.chain(status), fields)
            }
            _ => Ok(false),
        }
    }

    fn all_pass<'t>(
        &self,
        tests: impl Iterator<Item = (&'static str, &'t Test)>,
        fields: &[(&'static str, Field)],
    ) -> Result<bool, Mismatch> {
        let names = self.names.borrow();
        for (name, test) in tests {
            let Some((_, field)) = fields.iter().find(|(known, _)| *known == name) else { return Ok(false) };
            if check(name, test, field, &names).is_err() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    pub(super) async fn exit(
        &self,
        client: &str,
        status: &Test,
        within: Option<Duration>,
        place: &Place,
        words: &str,
    ) -> Result<(), Stop> {
        let instance = self.clients.borrow_mut().instances.remove(client);
        let Some(mut instance) = instance else { return Err(Stop::Error(format!("{client} does not run"))) };
        let code = match tokio::time::timeout(self.within(within), instance.wait()).await {
            Ok(Some(code)) => code,
            Ok(None) => {
                let mismatch =
                    Mismatch { expected: "an exit status".to_owned(), actual: "the end by a signal".to_owned() };
                return Err(self.fail(place, words, mismatch));
            }
            Err(_) => {
                self.clients.borrow_mut().instances.insert(client.to_owned(), instance);
                let mismatch = Mismatch { expected: "that it exits".to_owned(), actual: "it still runs".to_owned() };
                return Err(self.fail(place, words, mismatch));
            }
        };
        if code == 89 {
            return Err(Stop::Unsupported(format!("{client} does not support this mode")));
        }
        let field = Field::Number(u32::try_from(code).unwrap_or(u32::MAX));
        match check("exit status", status, &field, &self.names.borrow()) {
            Ok(_) => Ok(()),
            Err(mismatch) => Err(self.fail(place, words, mismatch)),
        }
    }
}

fn describe(what: &Awaited) -> String {
    match what {
        Awaited::Call(method, _) => format!("call of {method} that fits"),
        Awaited::Answer(method, ..) => format!("answer to {method} that fits"),
        Awaited::Disconnect => "end of its last connection".to_owned(),
    }
}
