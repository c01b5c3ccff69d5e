//! The tap: what the harness's own end of a connection notes for the trace.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use dcerpc::security;
use tokio::time::Instant;
use trace::{
    Closed, ConnectionEnd, ConnectionId, ContextKey, Direction, End, Entry, LocalEvent, Mark, Mechanism, Observation,
    Opened, Recorder, Seen, SessionKey, Time, stimulus,
};

/// A handle on the recorder of a run and on its clock, which is tokio's: real, or virtual while that is paused.
///
/// Whoever moves octets records outgoing ones before the write and incoming ones right after the read. Clones record
/// into the same run. A tap that is off records nothing.
#[derive(Clone, Debug)]
pub struct Tap(Option<Arc<Run>>);

#[derive(Debug)]
struct Run {
    start: Instant,
    recorder: Mutex<Recorder>,
}

impl Tap {
    /// A tap on a new recorder; time begins now.
    #[must_use]
    pub fn new() -> Self {
        Self(Some(Arc::new(Run { start: Instant::now(), recorder: Mutex::new(Recorder::new()) })))
    }

    /// A tap that records nothing.
    #[must_use]
    pub fn off() -> Self {
        Self(None)
    }

    /// Whether it records.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// The time of the run; its start when the tap is off.
    #[must_use]
    pub fn now(&self) -> Time {
        self.0.as_ref().map_or(Time::ZERO, |run| Time::since_start(run.start.elapsed()))
    }

    /// A connection was opened; gives its number.
    pub fn opened(&self, client: &str, server: &str, actor: Option<&str>) -> ConnectionId {
        let Some(run) = &self.0 else { return ConnectionId(0) };
        let time = self.now();
        let mut recorder = run.recorder();
        let connection = recorder.next_connection();
        let (client, server, actor) = (client.into(), server.into(), actor.map(Into::into));
        recorder.record(time, Seen::Opened(Opened { connection, client, server, actor }));
        connection
    }

    /// Octets were read, or are about to be written.
    pub fn octets(&self, connection: ConnectionId, direction: Direction, octets: Bytes) {
        self.record(|| Seen::Octets(Observation { connection, direction, octets }));
    }

    /// A connection ended.
    pub fn closed(&self, connection: ConnectionId, how: ConnectionEnd) {
        self.record(|| Seen::Closed(Closed { connection, how }));
    }

    /// The harness notes its own step.
    pub fn mark(&self, mark: Mark) {
        self.record(|| Seen::Mark(mark));
    }

    /// Something that only our own side could see.
    pub fn local(&self, event: LocalEvent) {
        self.record(|| Seen::Local(event));
    }

    /// A security context of our side's stands: what a witness needs to read along. Octets that the key protects may have
    /// been recorded before it.
    pub fn session_key(&self, connection: ConnectionId, auth_context_id: u32, key: &security::SessionKey) {
        let mechanism = match key.mechanism {
            security::Mechanism::Ntlm { flags, first_sequence_number } => {
                Mechanism::Ntlm { flags, first_sequence_number }
            }
            security::Mechanism::Kerberos { encryption_type, acceptor_subkey } => {
                Mechanism::Kerberos { encryption_type, acceptor_subkey }
            }
        };
        let key = || SessionKey { mechanism, octets: key.octets.clone() };
        self.record(|| Seen::Key(ContextKey { connection, auth_context_id, key: Some(key()) }));
    }

    /// The notification source is asked for something; gives the number for its answer.
    pub fn stimulus_asked(&self, request: stimulus::Request) -> u64 {
        let Some(run) = &self.0 else { return 0 };
        let time = self.now();
        let mut recorder = run.recorder();
        let number = recorder.next_stimulus();
        recorder.record(time, Seen::StimulusAsked { number, request: Box::new(request) });
        number
    }

    /// The notification source answered.
    pub fn stimulus_answered(&self, number: u64, answer: stimulus::Answer) {
        self.record(|| Seen::StimulusAnswered { number, answer });
    }

    /// Nothing more will be recorded.
    pub fn end(&self, end: End) {
        self.record(|| Seen::End(end));
    }

    /// Takes what was recorded so far; numbering goes on.
    #[must_use]
    pub fn take(&self) -> Vec<Entry> {
        self.0.as_ref().map_or_else(Vec::new, |run| run.recorder().take())
    }

    /// Does something and records what it says it did, at the time before it and before anything else.
    pub(crate) fn record_after<T>(&self, act: impl FnOnce() -> (T, Option<Seen>)) -> T {
        let Some(run) = &self.0 else { return act().0 };
        let mut recorder = run.recorder();
        let time = Time::since_start(run.start.elapsed());
        let (done, seen) = act();
        if let Some(seen) = seen {
            recorder.record(time, seen);
        }
        done
    }

    fn record(&self, seen: impl FnOnce() -> Seen) {
        if let Some(run) = &self.0 {
            // The time is taken under the lock: two threads can't swap their times.
            let mut recorder = run.recorder();
            let time = Time::since_start(run.start.elapsed());
            recorder.record(time, seen());
        }
    }
}

impl Default for Tap {
    /// A tap on a new recorder.
    fn default() -> Self {
        Self::new()
    }
}

impl Run {
    fn recorder(&self) -> MutexGuard<'_, Recorder> {
        // A recorder is whole between any two of its statements.
        self.recorder.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
