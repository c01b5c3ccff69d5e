//! A client under test: started, watched through the tap, waited for.
//!
//! What a client does is read off the entries of the run by the dissector, the only decoder. Each instance has one queue of
//! events; an `await` takes exactly the event that it matched out of it, and what is left over at the end is reported.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use conformance::dissect::{Dissector, Keyring};
use conformance::event::{Event, Kind, Outcome};
use mspan::Method;
use mspan::method::Field;
use peer::Tap;
use tokio::time::Instant;
use trace::{ConnectionId, Entry, Mark, Seen};

use super::datum::Datum;
use super::host::{Door, Host};
use super::judge::{Mismatch, check};
use super::run::{Run, Stop};
use crate::scenario::meant::{Await, Awaited, Launch, Place, Test};
use crate::span::Span;

/// How often the entries are looked at for something new, at first.
const LOOK: Duration = Duration::from_millis(5);

/// How seldom they are looked at where nothing has come for long.
const SELDOM: Duration = Duration::from_millis(100);

/// What has been waited for so many times as long is looked for as seldom as that.
const PATIENCE: u32 = 50;

/// What starts the client under test.
pub trait ClientUnderTest {
    /// Starts an instance, which comes in by that door.
    fn launch(&self, request: LaunchRequest, door: Door) -> Launching<'_>;

    /// How many notifications an instance is told to wait for; none when that is up to somebody else.
    fn wants(&self, request: &LaunchRequest) -> Option<u32> {
        (!self.is_manual()).then_some(request.count)
    }

    /// Whether somebody starts instances by hand: then what does not happen says nothing.
    fn is_manual(&self) -> bool {
        false
    }

    /// Tells whoever starts instances by hand what is waited for.
    fn tell(&self, _words: &str) {}
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
    /// Nobody started it.
    Inconclusive(String),
}

/// A running instance.
pub trait Instance {
    /// Waits until it has exited.
    fn wait(&mut self) -> Waiting<'_>;

    /// How it exited, when it has.
    fn ended(&mut self) -> Option<Ended>;

    /// Ends it.
    fn kill(&mut self);
}

/// An instance whose exit is waited for.
pub type Waiting<'a> = Pin<Box<dyn Future<Output = Ended> + 'a>>;

/// How an instance ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// With that exit status.
    Status(i32),
    /// By a signal, in words.
    Signal(String),
    /// Nobody can know: it was started by hand.
    Unseen,
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Status(status) => write!(f, "it exited with status {status}"),
            Self::Signal(words) => write!(f, "it was ended by {words}"),
            Self::Unseen => f.write_str("it ended, as far as anybody knows"),
        }
    }
}

/// The exit status of a client that does not do what it is asked for.
const MODE_NOT_SUPPORTED: i32 = 89;

/// How long after a client's exit what it did may still arrive.
const AFTER_EXIT: Duration = Duration::from_millis(200);

/// Events of one instance that wait to be taken; what comes after is not kept.
const MOST_EVENTS: usize = 10_000;

/// The instances of a run and what they did.
pub(super) struct Clients {
    instances: BTreeMap<String, Box<dyn Instance>>,
    owners: BTreeMap<ConnectionId, String>,
    /// Connections to the endpoint mapper: their end is of no interest.
    asking: BTreeSet<ConnectionId>,
    queues: BTreeMap<String, VecDeque<Done>>,
    dissector: Dissector,
    entries: Vec<Entry>,
}

impl Default for Clients {
    fn default() -> Self {
        Self {
            instances: BTreeMap::new(),
            owners: BTreeMap::new(),
            asking: BTreeSet::new(),
            queues: BTreeMap::new(),
            dissector: Dissector::with_keys(Keyring::new(security::unsealer)),
            entries: Vec::new(),
        }
    }
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
        // A key may have been recorded after the octets that it opens, which came with the token that completed its context.
        let (keys, others): (Vec<&Entry>, Vec<&Entry>) =
            fresh.iter().partition(|entry| matches!(entry.seen, Seen::Key(_)));
        for entry in keys.into_iter().chain(others) {
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
                if let Some(client) = opened.actor {
                    self.owners.insert(opened.connection, client);
                }
                return;
            }
            Kind::Closed { connection, .. } => {
                let Some(owner) = self.owners.remove(&connection) else { return };
                let was_asking = self.asking.remove(&connection);
                let mut others = self.owners.iter().filter(|(other, _)| !self.asking.contains(other));
                if !was_asking && !others.any(|(_, other)| *other == owner) {
                    self.put(owner, Done::Disconnected);
                }
                return;
            }
            Kind::Negotiated(negotiated) if negotiated.abstract_syntax == dcerpc::epm::INTERFACE => {
                self.asking.insert(negotiated.connection);
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
            self.put(owner.clone(), done);
        }
    }

    fn put(&mut self, client: String, done: Done) {
        let queue = self.queues.entry(client).or_default();
        if queue.len() < MOST_EVENTS {
            queue.push_back(done);
        }
    }

    /// Whether any connection is open.
    pub(super) fn any_connected(&self) -> bool {
        !self.owners.is_empty()
    }

    /// How an instance ended, once nothing of it can arrive any more.
    fn gone(&mut self, client: &str) -> Option<Ended> {
        let ended = self.instances.get_mut(client)?.ended()?;
        (ended != Ended::Unseen && !self.owners.values().any(|owner| owner == client)).then_some(ended)
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
                count: u32::try_from(names.number(&launch.count)?).unwrap_or(u32::MAX),
            }
        };
        let door = self.host()?.door(&launch.client);
        if let Some(wants) = client.wants(&request) {
            self.environment.tap.mark(Mark::Launched { client: launch.client.clone(), wants });
        }
        match client.launch(request, door).await {
            Ok(instance) => {
                self.clients.borrow_mut().instances.insert(launch.client.clone(), instance);
                Ok(())
            }
            Err(LaunchProblem::Unsupported(why)) => Err(Stop::Unsupported(why)),
            Err(LaunchProblem::Error(why)) => Err(Stop::Error(why)),
            Err(LaunchProblem::Inconclusive(why)) => Err(Stop::Inconclusive(why)),
        }
    }

    pub(super) async fn awaited(&self, awaited: &Await, place: &Place, words: &str) -> Result<(), Stop> {
        let begun = Instant::now();
        let deadline = begun + self.within(awaited.within);
        let manual = self.environment.client.as_ref().is_some_and(|client| client.is_manual());
        self.tell(awaited);
        let mut gone: Option<(Ended, Instant)> = None;
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
            self.look_for_the_end(awaited, &mut gone, now, place, words)?;
            if now >= deadline {
                break;
            }
            let look = ((now - begun) / PATIENCE).clamp(LOOK, SELDOM);
            tokio::time::sleep(look.min(deadline - now)).await;
        }
        if awaited.never {
            self.check_window(awaited.within.unwrap_or(self.environment.limits.call), place);
            return Ok(());
        }
        if manual || awaited.or_inconclusive {
            let within = Span(self.within(awaited.within));
            return Err(Stop::Inconclusive(format!("no {} came within {within}", describe(&awaited.what))));
        }
        let waiting = self.clients.borrow().left_over();
        let actual = match waiting.as_slice() {
            [] => "nothing".to_owned(),
            several => several.join(", "),
        };
        Err(self.fail(place, words, Mismatch { expected: describe(&awaited.what), actual }))
    }

    /// Whether what is awaited can't come any more: the client has exited, or is cut off because of what it sent.
    fn look_for_the_end(
        &self,
        awaited: &Await,
        gone: &mut Option<(Ended, Instant)>,
        now: Instant,
        place: &Place,
        words: &str,
    ) -> Result<(), Stop> {
        if let Some(flood) = self.host()?.door(&awaited.client).flood() {
            let expected = "no more than a client has reason to send".to_owned();
            return Err(self.fail(place, words, Mismatch { expected, actual: flood }));
        }
        if gone.is_none() {
            *gone = self.clients.borrow_mut().gone(&awaited.client).map(|ended| (ended, now));
        }
        match gone {
            Some((Ended::Status(MODE_NOT_SUPPORTED), _)) => Err(self.mode_not_supported(&awaited.client)),
            Some((ended, since)) if !awaited.never && now >= *since + AFTER_EXIT => {
                let waiting = self.clients.borrow().left_over();
                let before = if waiting.is_empty() { String::new() } else { format!(" after {}", waiting.join(", ")) };
                if awaited.or_inconclusive {
                    return Err(Stop::Inconclusive(format!("no {} came: {ended}", describe(&awaited.what))));
                }
                let mismatch = Mismatch { expected: describe(&awaited.what), actual: format!("{ended}{before}") };
                Err(self.fail(place, words, mismatch))
            }
            _ => Ok(()),
        }
    }

    fn mode_not_supported(&self, client: &str) -> Stop {
        Stop::Unsupported(format!("{client} does not support this mode (exit status {MODE_NOT_SUPPORTED})"))
    }

    fn tell(&self, awaited: &Await) {
        if let Some(client) = &self.environment.client {
            let never = if awaited.never { "must not come" } else { "is waited for" };
            client.tell(&format!("`{}`: {} {never}", awaited.client, describe(&awaited.what)));
        }
    }

    /// The server that the client under test speaks with.
    pub(super) fn host(&self) -> Result<&Host, Stop> {
        let host = self.environment.host.as_ref();
        host.ok_or_else(|| Stop::Unsupported("there is no client that can be started".to_owned()))
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
            Ok(Ended::Status(MODE_NOT_SUPPORTED)) => return Err(self.mode_not_supported(client)),
            Ok(Ended::Status(code)) => code,
            Ok(Ended::Unseen) => {
                self.note(place.line(), "how a client that was started by hand exits can't be seen");
                return Ok(());
            }
            Ok(ended @ Ended::Signal(_)) => {
                let mismatch = Mismatch { expected: "an exit status".to_owned(), actual: ended.to_string() };
                return Err(self.fail(place, words, mismatch));
            }
            Err(_) => {
                self.clients.borrow_mut().instances.insert(client.to_owned(), instance);
                let mismatch = Mismatch { expected: "that it exits".to_owned(), actual: "it still runs".to_owned() };
                return Err(self.fail(place, words, mismatch));
            }
        };
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
