//! A stream of the accepting end with a tap around it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use trace::{ConnectionEnd, ConnectionId, Direction, Observation, Seen};

use crate::Tap;

/// A stream whose octets are recorded, for a server that is not to know of it. The client's own connections record
/// themselves.
#[derive(Debug)]
pub struct TappedStream<S> {
    stream: S,
    tap: Tap,
    connection: ConnectionId,
    ended: bool,
}

impl<S> TappedStream<S> {
    /// A connection that was accepted just now; `actor` is the scenario's name for the party that opened it.
    #[must_use]
    pub fn accepted(stream: S, tap: Tap, client: &str, server: &str, actor: Option<&str>) -> Self {
        let connection = tap.opened(client, server, actor);
        Self { stream, tap, connection, ended: false }
    }

    /// Its number in the trace.
    #[must_use]
    pub fn connection(&self) -> ConnectionId {
        self.connection
    }

    /// Notes that our side resets the connection, which whoever has the stream then does.
    pub fn reset(&mut self) -> &S {
        self.end(ConnectionEnd::Broken { by: Direction::ToClient, error: "reset by the harness".to_owned() });
        &self.stream
    }

    fn end(&mut self, how: ConnectionEnd) {
        if !std::mem::replace(&mut self.ended, true) {
            self.tap.closed(self.connection, how);
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for TappedStream<S> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        let read = ready!(Pin::new(&mut this.stream).poll_read(context, buffer));
        let octets = buffer.filled().get(before..).unwrap_or_default();
        match &read {
            Ok(()) if !octets.is_empty() => {
                this.tap.octets(this.connection, Direction::ToServer, Bytes::copy_from_slice(octets));
            }
            // A read into no room at all says nothing.
            Ok(()) if buffer.remaining() == 0 => {}
            Ok(()) => this.end(ConnectionEnd::Orderly { by: Direction::ToServer }),
            Err(error) => {
                this.end(ConnectionEnd::Broken { by: Direction::ToServer, error: error.to_string() });
            }
        }
        Poll::Ready(read)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for TappedStream<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        let Self { stream, tap, connection, .. } = self.get_mut();
        let mut write = || Pin::new(&mut *stream).poll_write(context, octets);
        // How much is written is known only afterwards: nothing else is recorded in between.
        tap.record_after(|| {
            let written = write();
            let octets = match &written {
                Poll::Ready(Ok(count)) => octets.get(..*count).filter(|octets| !octets.is_empty()),
                _ => None,
            };
            let observation = |octets| Observation {
                connection: *connection,
                direction: Direction::ToClient,
                octets: Bytes::copy_from_slice(octets),
            };
            (written, octets.map(observation).map(Seen::Octets))
        })
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.end(ConnectionEnd::Orderly { by: Direction::ToClient });
        Pin::new(&mut this.stream).poll_shutdown(context)
    }
}

impl<S> Drop for TappedStream<S> {
    fn drop(&mut self) {
        self.end(ConnectionEnd::Orderly { by: Direction::ToClient });
    }
}
