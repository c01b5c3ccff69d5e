//! One connection of a client.

mod reading;

use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use dcerpc::connection::client::{Bound, Client, NotNow, Opening};
use dcerpc::{SyntaxId, TransferSyntax};
use tokio::io::AsyncWriteExt;
use tokio::sync::{Mutex as AsyncMutex, MutexGuard as AsyncMutexGuard, Notify, oneshot};
use trace::{CallMark, ConnectionEnd, ConnectionId, Direction, LocalEvent, Mark};

use super::alteration::{Alteration, Then};
use super::call::{Note, Ticket};
use super::options::Options;
use super::outcome::Outcome;
use super::security::{Imposture, Security};
use crate::Tap;
use crate::server::Identity;
use crate::transport::{Link, Reading, Writing};

/// One connection of a client.
///
/// There is no task between a caller and the socket: whoever waits for an answer and finds nobody reading reads itself,
/// and hands to others what is theirs. A task of its own reads only while the connection is idle, so that its end is seen.
pub(super) struct Connection {
    pub(super) name: String,
    pub(super) id: ConnectionId,
    tap: Tap,
    shared: Mutex<Shared>,
    reader: AsyncMutex<Reader>,
    writer: AsyncMutex<Option<Writing>>,
    /// Somebody wants the reader that the idle connection's task holds.
    wanted: Notify,
    /// A call has come back, or the connection has ended.
    changed: Notify,
    /// Counts what was sent: tells an idle connection from a busy one.
    sent: AtomicU64,
}

struct Shared {
    client: Client,
    waiting: BTreeMap<u32, oneshot::Sender<Answer>>,
    ended: Option<Outcome>,
    claimed: bool,
    /// Who the client is in the security context that is being built.
    identity: Option<Identity>,
}

struct Reader {
    reading: Option<Reading>,
    buffer: BytesMut,
}

/// What a bind, an alter_context or a call was answered.
#[derive(Debug)]
pub(super) enum Answer {
    /// A bind or an alter_context succeeded.
    Bound(Bound),
    /// Anything else.
    Outcome(Outcome),
}

/// What goes with the PDUs of one exchange.
#[derive(Clone, Copy, Default)]
pub(super) struct Extras<'a> {
    pub(super) note: Option<&'a Note>,
    pub(super) alteration: Option<&'a Alteration>,
    pub(super) ticket: Option<&'a Ticket>,
}

/// A connection that nobody else may choose meanwhile.
pub(super) struct Claim(pub(super) Arc<Connection>);

impl Drop for Claim {
    fn drop(&mut self) {
        self.0.shared().claimed = false;
        self.0.changed.notify_waiters();
    }
}

impl Connection {
    /// How long a connection has to be silent until its own task reads it.
    const IDLE: Duration = Duration::from_millis(20);
    /// How much room for reading is made at a time, in octets.
    const ROOM: usize = 32 << 10;
    /// The most that is written at once, in octets.
    const WRITE: usize = 64 << 10;

    pub(super) fn new(name: String, client: Client, link: Link, options: &Options, tap: Tap) -> Arc<Self> {
        let id = tap.opened(&link.client, &link.server, options.actor.as_deref());
        let certain = options.identity.as_ref().filter(|_| options.security.is_none()).cloned();
        if let Some(Identity { user: Some(user), administrator }) = certain {
            let auth_context_id = None;
            tap.local(LocalEvent::Authenticated { connection: id, auth_context_id, user, administrator });
        }
        Arc::new(Self {
            name,
            id,
            tap,
            shared: Mutex::new(Shared {
                client,
                waiting: BTreeMap::new(),
                ended: None,
                claimed: true,
                identity: options.identity.clone(),
            }),
            reader: AsyncMutex::new(Reader { reading: Some(link.reading), buffer: BytesMut::new() }),
            writer: AsyncMutex::new(Some(link.writing)),
            wanted: Notify::new(),
            changed: Notify::new(),
            sent: AtomicU64::new(0),
        })
    }

    /// Claims the connection when a call could be made on it at once.
    pub(super) fn claim(self: &Arc<Self>) -> Option<Claim> {
        self.claim_if(Client::is_ready)
    }

    fn claim_if(self: &Arc<Self>, fits: impl FnOnce(&Client) -> bool) -> Option<Claim> {
        self.read_what_is_there();
        let mut shared = self.shared();
        let free = shared.ended.is_none() && !shared.claimed && fits(&shared.client);
        shared.claimed |= free;
        free.then(|| Claim(Arc::clone(self)))
    }

    /// Claims the connection as soon as a call or the first bind can be made on it; none when it ends before.
    pub(super) async fn claim_when_free(self: &Arc<Self>) -> Option<Claim> {
        loop {
            let mut changed = pin!(self.changed.notified());
            changed.as_mut().enable();
            if let Some(claim) = self.claim_if(|client| client.is_ready() || client.is_fresh()) {
                return Some(claim);
            }
            if self.is_ended() {
                return None;
            }
            changed.await;
        }
    }

    /// How the connection ended, if it has.
    pub(super) fn ended(&self) -> Option<Outcome> {
        self.shared().ended.clone()
    }

    pub(super) fn is_ended(&self) -> bool {
        self.shared().ended.is_some()
    }

    /// Waits for the connection's end.
    pub(super) async fn end(&self) -> Outcome {
        loop {
            let mut changed = pin!(self.changed.notified());
            changed.as_mut().enable();
            if let Some(ended) = self.ended() {
                return ended;
            }
            changed.await;
        }
    }

    /// The context that was accepted for an interface.
    pub(super) fn context_for(&self, interface: SyntaxId) -> Option<(u16, TransferSyntax)> {
        self.shared().client.context_for(interface)
    }

    pub(super) fn is_fresh(&self) -> bool {
        self.shared().client.is_fresh()
    }

    pub(super) fn free_context_id(&self) -> u16 {
        self.shared().client.free_context_id()
    }

    /// Sends what `prepare` makes of the connection's state and waits for the answer. It is called again when the
    /// connection is busy. A claim is held until it is sent.
    pub(super) async fn exchange(
        self: &Arc<Self>,
        mut prepare: impl FnMut(&mut Client) -> Result<u32, NotNow>,
        extras: Extras<'_>,
        claim: Option<Claim>,
    ) -> Answer {
        let mut changed = pin!(self.changed.notified());
        let mut listening = false;
        loop {
            let mut writer = self.writer.lock().await;
            match self.prepare(&mut prepare, extras) {
                Ok((answer, pdus)) => {
                    drop(claim);
                    self.write(&mut writer, pdus).await;
                    drop(writer);
                    if let Some(cut) = extras.alteration.and_then(|alteration| alteration.cut) {
                        self.break_off(cut.then).await;
                    }
                    let answer = self.wait(answer).await;
                    self.send_rest().await;
                    return answer;
                }
                Err(Some(outcome)) => return Answer::Outcome(outcome),
                Err(None) => drop(writer),
            }
            // A change between the attempt and the first look for it must not be missed: one more attempt is made.
            if listening {
                changed.as_mut().await;
                changed.set(self.changed.notified());
            }
            changed.as_mut().enable();
            listening = true;
        }
    }

    /// The PDUs of an exchange and where its answer will come; an error without outcome says that the connection is busy.
    fn prepare(
        self: &Arc<Self>,
        prepare: &mut impl FnMut(&mut Client) -> Result<u32, NotNow>,
        extras: Extras<'_>,
    ) -> Result<(oneshot::Receiver<Answer>, Vec<Bytes>), Option<Outcome>> {
        let mut shared = self.shared();
        if let Some(ended) = &shared.ended {
            return Err(Some(ended.clone()));
        }
        let call_id = match prepare(&mut shared.client) {
            Ok(call_id) => call_id,
            Err(NotNow::Busy) => return Err(None),
            Err(error) => {
                return Err(Some(Outcome::Malformed { offset: shared.client.offset(), why: error.to_string() }));
            }
        };
        let pdus: Vec<_> = std::iter::from_fn(|| shared.client.take_output()).collect();
        let rewritten = match extras.alteration {
            Some(alteration) => alteration.rewrite(pdus),
            None => Some(pdus),
        };
        let Some(pdus) = rewritten else { return Err(Some(Outcome::Unprotected)) };
        let (sender, receiver) = oneshot::channel();
        shared.waiting.insert(call_id, sender);
        drop(shared);
        if let Some(ticket) = extras.ticket {
            ticket.issue(self, call_id);
        }
        if let Some(Note { actor, step, line, violates }) = extras.note.filter(|_| self.tap.is_on()).cloned() {
            self.tap.mark(Mark::Call(CallMark { connection: self.id, call_id, actor, step, line, violates }));
        }
        Ok((receiver, pdus))
    }

    async fn break_off(&self, then: Then) {
        match then {
            Then::Close => self.close().await,
            Then::Reset => self.abort().await,
            Then::Wait => {}
        }
    }

    /// A security context with its first token.
    pub(super) async fn open(&self, security: &Security) -> Result<Opening, Outcome> {
        if let Some(identity) = security.identity() {
            self.shared().identity = Some(identity.clone());
        }
        if let Some(Imposture { user, flaw }) = security.imposture().cloned() {
            self.tap.local(LocalEvent::FalseCredentials { connection: self.id, user, flaw });
        }
        match security.open().await {
            Ok(opening) => Ok(opening),
            Err(error) => {
                self.close().await;
                Err(Outcome::Unauthenticated { why: error.to_string() })
            }
        }
    }

    /// The security context that was built last.
    pub(super) fn last_established(&self) -> Option<u32> {
        self.shared().client.established().last().map(|established| established.auth_context_id)
    }

    /// Sends the last leg of a security context, when nobody else has: no answer to it is waited for.
    async fn send_rest(&self) {
        if self.shared().client.has_output() {
            self.tell(|_| {}).await;
        }
    }

    /// Sends octets as they are.
    pub(super) async fn send(&self, octets: Bytes) {
        let mut writer = self.writer.lock().await;
        self.write(&mut writer, vec![octets]).await;
    }

    /// Asks the server to end a call soon.
    pub(super) async fn cancel(&self, call_id: u32) {
        self.tell(|client| client.cancel(call_id)).await;
    }

    /// Gives a call up.
    pub(super) async fn orphan(&self, call_id: u32) {
        self.tell(|client| client.orphan(call_id)).await;
        if let Some(waiting) = self.shared().waiting.remove(&call_id) {
            // Nobody may be waiting any more.
            let _ = waiting.send(Answer::Outcome(Outcome::Dropped));
        }
        self.changed.notify_waiters();
    }

    async fn tell(&self, prepare: impl FnOnce(&mut Client)) {
        let mut writer = self.writer.lock().await;
        let pdus = {
            let mut shared = self.shared();
            prepare(&mut shared.client);
            std::iter::from_fn(|| shared.client.take_output()).collect()
        };
        self.write(&mut writer, pdus).await;
    }

    /// Writes PDUs. An error is not told here: what the server sent before it broke the connection is still to be read,
    /// and the reader will find the end.
    async fn write(&self, writer: &mut AsyncMutexGuard<'_, Option<Writing>>, pdus: Vec<Bytes>) {
        self.sent.fetch_add(1, Ordering::Relaxed);
        let unfinished = Unfinished(self);
        for octets in joined(pdus, Self::WRITE) {
            let Some(writing) = writer.as_mut().filter(|_| !self.is_ended()) else { break };
            self.tap.octets(self.id, Direction::ToServer, octets.clone());
            let mut write = pin!(writing.write_all(&octets));
            // Nearly always the socket takes all at once.
            let at_once = poll_fn(|context| Poll::Ready(write.as_mut().poll(context))).await;
            let written = match at_once {
                Poll::Ready(written) => written,
                Poll::Pending => self.unless_ended(write).await,
            };
            if written.is_err() {
                break;
            }
        }
        if self.is_ended() {
            writer.take();
        }
        std::mem::forget(unfinished);
    }

    /// Waits for a write, but no longer than until the connection ends.
    async fn unless_ended(&self, mut write: Pin<&mut impl Future<Output = io::Result<()>>>) -> io::Result<()> {
        loop {
            let mut changed = pin!(self.changed.notified());
            changed.as_mut().enable();
            if self.is_ended() {
                return Ok(());
            }
            tokio::select! {
                biased;
                written = &mut write => return written,
                () = changed => {}
            }
        }
    }

    /// Ends the connection for all who wait on it, once.
    fn finish(&self, shared: &mut Shared, outcome: Outcome, how: ConnectionEnd) {
        if shared.ended.is_some() {
            return;
        }
        self.tap.closed(self.id, how);
        for waiting in std::mem::take(&mut shared.waiting).into_values() {
            let _ = waiting.send(Answer::Outcome(outcome.clone()));
        }
        shared.ended = Some(outcome);
        // Somebody who writes just now takes it himself, when that is interrupted.
        if let Ok(mut writer) = self.writer.try_lock() {
            writer.take();
        }
        self.changed.notify_waiters();
        self.wanted.notify_one();
    }

    /// Ends the connection in good order from our side.
    pub(super) async fn close(&self) {
        if let Some(mut writing) = self.leave(ConnectionEnd::Orderly { by: Direction::ToServer }).await {
            // The server may have ended it at the same time.
            let _ = writing.shutdown().await;
        }
    }

    /// Breaks the connection from our side.
    pub(super) async fn abort(&self) {
        let how = ConnectionEnd::Broken { by: Direction::ToServer, error: "reset by the harness".into() };
        if let Some(writing) = self.leave(how).await {
            writing.abort();
        }
    }

    /// Ends the connection, keeping what is written with.
    async fn leave(&self, how: ConnectionEnd) -> Option<Writing> {
        let writing = match self.writer.try_lock() {
            Ok(mut writer) => writer.take(),
            Err(_) => None,
        };
        self.finish(&mut self.shared(), Outcome::Dropped, how);
        if let Ok(mut reader) = self.reader.try_lock() {
            reader.reading = None;
        }
        writing
    }

    /// Ends a connection that nobody can use any more, without waiting.
    pub(super) fn discard(&self) {
        self.finish(&mut self.shared(), Outcome::Dropped, ConnectionEnd::Orderly { by: Direction::ToServer });
    }

    /// Reads while the connection is idle, until it ends.
    pub(super) async fn watch(self: Arc<Self>) {
        while !self.is_ended() {
            let sent = self.sent.load(Ordering::Relaxed);
            tokio::time::sleep(Self::IDLE).await;
            if self.sent.load(Ordering::Relaxed) != sent {
                continue;
            }
            let mut reader = self.reader.lock().await;
            while !self.is_ended() {
                tokio::select! {
                    biased;
                    () = self.wanted.notified() => break,
                    () = self.read(&mut reader) => {}
                }
            }
        }
        self.reader.lock().await.reading = None;
        self.writer.lock().await.take();
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        // No statement under this lock leaves it half changed.
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A write that was given up half-way leaves a part of a PDU behind: nothing else can be sent after it.
struct Unfinished<'a>(&'a Connection);

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        self.0.discard();
    }
}

/// Joins PDUs into writes of at most `most` octets, where a longer PDU is one write.
fn joined(pdus: Vec<Bytes>, most: usize) -> impl Iterator<Item = Bytes> {
    let mut pdus = pdus.into_iter().peekable();
    std::iter::from_fn(move || {
        let first = pdus.next()?;
        let mut next = |length: usize| pdus.next_if(|next| length + next.len() <= most);
        let Some(second) = next(first.len()) else { return Some(first) };
        let mut joined = BytesMut::from(first);
        joined.extend_from_slice(&second);
        while let Some(pdu) = next(joined.len()) {
            joined.extend_from_slice(&pdu);
        }
        Some(joined.freeze())
    })
}
