//! Our side of a client under test: the reference server, and for each instance a door of its own to it.
//!
//! An instance is known by the door that it comes in by, so its connections are told apart whatever it does.

use std::collections::BTreeMap;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use peer::server::{Accepted, Script, Scripted, Server};
use peer::{Tap, TappedStream};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::sync::watch;
use trace::LocalEvent;

use crate::scenario::meant::DropKind;

/// The server that clients under test speak with. Clones are the same.
#[derive(Clone, Debug)]
pub struct Host(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    server: Server,
    tap: Tap,
    doors: Mutex<BTreeMap<String, Door>>,
}

/// Where one instance of the client under test comes in. Clones are the same door.
#[derive(Clone, Debug)]
pub struct Door {
    client: String,
    server: Server,
    tap: Tap,
    script: Script,
    /// How the connections that are open end; each change ends those that are open at the time.
    ending: watch::Sender<(u64, DropKind)>,
    /// Whether nobody comes in any more.
    shut: watch::Sender<bool>,
    /// What has come in so far.
    load: Arc<Load>,
}

/// What has come in by a door.
#[derive(Debug, Default)]
struct Load {
    connections: AtomicU32,
    octets: AtomicU64,
    come: watch::Sender<bool>,
}

/// Connections that one instance may open in one scenario.
const MOST_CONNECTIONS: u32 = 5_000;
/// Octets that one instance may send in one scenario: several times the largest response ([MS-PAN] 3.1.1.4.4).
const MOST_OCTETS: u64 = 128 << 20;

impl Host {
    /// The host that a server and the tap of a run make.
    #[must_use]
    pub fn new(server: Server, tap: Tap) -> Self {
        Self(Arc::new(Shared { server, tap, doors: Mutex::default() }))
    }

    /// The door of that instance.
    pub(super) fn door(&self, client: &str) -> Door {
        let Shared { server, tap, .. } = &*self.0;
        let new = || Door {
            client: client.to_owned(),
            server: server.clone(),
            tap: tap.clone(),
            script: Script::new(),
            ending: watch::Sender::new((0, DropKind::Close)),
            shut: watch::Sender::new(false),
            load: Arc::default(),
        };
        self.doors().entry(client.to_owned()).or_insert_with(new).clone()
    }

    /// Ends all connections from our side, and lets nobody in any more.
    pub(super) fn shut(&self) {
        for door in self.doors().values() {
            door.shut.send_replace(true);
            door.hang_up(DropKind::Close);
        }
    }

    /// What was to be answered and was not, in words.
    pub(super) fn left_over(&self) -> Vec<String> {
        let words = |door: &Door| {
            let orders = door.script.left_over();
            orders.into_iter().map(|order| format!("{}: no call came for: {order}", door.client)).collect::<Vec<_>>()
        };
        self.doors().values().flat_map(words).collect()
    }

    fn doors(&self) -> MutexGuard<'_, BTreeMap<String, Door>> {
        self.0.doors.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Door {
    /// The instance whose door it is.
    #[must_use]
    pub fn client(&self) -> &str {
        &self.client
    }

    /// What is answered otherwise than the server would.
    #[must_use]
    pub fn script(&self) -> &Script {
        &self.script
    }

    /// Waits until somebody has come in.
    pub async fn somebody(&self) {
        let mut come = self.load.come.subscribe();
        // The sender is this door's own.
        let _ = come.wait_for(|come| *come).await;
    }

    /// Waits until nobody is to come in any more.
    pub async fn shut(&self) {
        let mut shut = self.shut.subscribe();
        // The sender is this door's own.
        let _ = shut.wait_for(|shut| *shut).await;
    }

    /// Whether more has come in than any client has reason to send, in words.
    pub(super) fn flood(&self) -> Option<String> {
        let connections = self.load.connections.load(Ordering::Relaxed);
        let octets = self.load.octets.load(Ordering::Relaxed);
        match (connections > MOST_CONNECTIONS, octets > MOST_OCTETS) {
            (true, _) => Some(format!("it opened more than {MOST_CONNECTIONS} connections")),
            (_, true) => Some(format!("it sent more than {} MiB", MOST_OCTETS >> 20)),
            _ => None,
        }
    }

    /// Ends the connections that are open.
    pub(super) fn hang_up(&self, how: DropKind) {
        self.ending.send_modify(|(times, last)| (*times, *last) = (*times + 1, how));
    }

    /// Notes that the instance has been told of an endpoint mapper at an address.
    pub fn offer_mapper(&self, address: &str) {
        self.tap.local(LocalEvent::MapperOffered { client: self.client.clone(), address: address.to_owned() });
    }

    /// Serves a connection to its end. `reset` does what a stream needs to end with a reset when it is dropped.
    pub async fn serve<S>(&self, stream: S, client: &str, server: &str, reset: impl FnOnce(&S))
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        self.admit(stream, (client, server), None, reset).await;
    }

    /// The same, as the endpoint mapper of the server, which is reached at `port`.
    pub async fn serve_mapper<S>(&self, stream: S, client: &str, server: &str, port: u16)
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        self.admit(stream, (client, server), Some(port), |_| {}).await;
    }

    async fn admit<S>(&self, stream: S, (client, server): (&str, &str), maps: Option<u16>, reset: impl FnOnce(&S))
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let mut ending = self.ending.subscribe();
        self.load.connections.fetch_add(1, Ordering::Relaxed);
        self.load.come.send_replace(true);
        if *self.shut.borrow() || self.flood().is_some() {
            return;
        }
        let mut stream = TappedStream::accepted(stream, self.tap.clone(), client, server, Some(&self.client));
        let scripted = Scripted::new(self.script.clone(), self.tap.clone(), stream.connection());
        let (client, server) = (client.to_owned(), server.to_owned());
        let accepted = Accepted { client, server, identity: None, script: Some(scripted.clone()) };
        let weighed = Weighed { stream: &mut stream, door: self };
        let serving = async {
            match maps {
                Some(port) => self.server.serve_mapper_connection(weighed, accepted, port).await,
                None => self.server.serve_connection(weighed, accepted).await,
            }
        };
        let how = tokio::select! {
            _ = serving => match scripted.is_reset() {
                true => DropKind::Reset,
                false => DropKind::Close,
            },
            _ = ending.changed() => ending.borrow_and_update().1,
        };
        match how {
            DropKind::Reset => reset(stream.reset()),
            // A stream that has ended already can't be ended again.
            DropKind::Close => drop(stream.shutdown().await),
        }
    }
}

/// A stream whose octets count for its door.
struct Weighed<'a, S> {
    stream: &'a mut TappedStream<S>,
    door: &'a Door,
}

impl<S: AsyncRead + Unpin> AsyncRead for Weighed<'_, S> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let Self { stream, door } = self.get_mut();
        if let Some(flood) = door.flood() {
            return Poll::Ready(Err(io::Error::other(flood)));
        }
        let before = buffer.filled().len();
        let read = ready!(Pin::new(&mut **stream).poll_read(context, buffer));
        let octets = u64::try_from(buffer.filled().len().saturating_sub(before)).unwrap_or(u64::MAX);
        door.load.octets.fetch_add(octets, Ordering::Relaxed);
        Poll::Ready(read)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Weighed<'_, S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.get_mut().stream).poll_write(context, octets)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.get_mut().stream).poll_shutdown(context)
    }
}
