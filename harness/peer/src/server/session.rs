//! One connection being served.

use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Buf, BytesMut};
use dcerpc::TransferSyntax;
use dcerpc::connection::server::{Event, Options as Offer, Request, Server as Connection};
use dcerpc::ndr::Format;
use dcerpc::pdu::status;
use mspan::Interface;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc::UnboundedReceiver;

use super::call::{Completion, Outcome};
use super::service::Membership;
use super::wire::{Asking, Wire};

/// How much is read at a time, in octets.
const READ: usize = 0x1_0000;

/// How many octets may wait to be sent before nothing more is read.
const UNSENT: usize = 0x10_0000;

/// One connection being served: requests are answered where they are read, blocked calls when their completion comes.
#[derive(Debug)]
pub(super) struct Session<S> {
    stream: S,
    membership: Membership,
    wire: Wire,
    connection: Connection,
    offer: Arc<Offer>,
    completions: UnboundedReceiver<Completion>,
    /// The transfer syntaxes of the calls that are not answered yet.
    calls: BTreeMap<u32, TransferSyntax>,
    completed: Vec<Completion>,
    received: BytesMut,
    unsent: BytesMut,
}

/// What a connection did next.
#[derive(Debug)]
enum Turn {
    Received(usize),
    Sent(usize),
    Completed(Completion),
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    pub(super) fn new(
        stream: S,
        membership: Membership,
        wire: Wire,
        offer: Offer,
        completions: UnboundedReceiver<Completion>,
    ) -> Self {
        let offer = Arc::new(offer);
        Self {
            stream,
            membership,
            wire,
            connection: Connection::new(Arc::clone(&offer)),
            offer,
            completions,
            calls: BTreeMap::new(),
            completed: Vec::new(),
            received: BytesMut::new(),
            unsent: BytesMut::new(),
        }
    }

    pub(super) async fn run(mut self) -> io::Result<()> {
        while !(self.connection.is_closed() && self.unsent.is_empty()) {
            match std::future::poll_fn(|context| self.poll_turn(context)).await? {
                Turn::Received(0) => return Ok(()),
                Turn::Received(_) => {
                    self.connection.receive(self.received.split().freeze());
                    self.take_events();
                }
                Turn::Sent(octets) => self.unsent.advance(octets),
                Turn::Completed(completion) => self.answer(&completion),
            }
            while let Some(output) = self.connection.take_output() {
                self.unsent.extend_from_slice(&output);
            }
        }
        self.stream.shutdown().await
    }

    /// Sending comes first; a client that does not receive is not read from.
    fn poll_turn(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Turn>> {
        if !self.unsent.is_empty()
            && let Poll::Ready(sent) = Pin::new(&mut self.stream).poll_write(context, &self.unsent)
        {
            return Poll::Ready(match sent {
                Ok(0) => Err(io::ErrorKind::WriteZero.into()),
                sent => sent.map(Turn::Sent),
            });
        }
        if self.connection.is_closed() {
            return Poll::Pending;
        }
        if let Poll::Ready(Some(completion)) = self.completions.poll_recv(context) {
            return Poll::Ready(Ok(Turn::Completed(completion)));
        }
        if self.unsent.len() >= UNSENT {
            return Poll::Pending;
        }
        self.received.reserve(READ);
        pin!(self.stream.read_buf(&mut self.received)).poll(context).map_ok(Turn::Received)
    }

    fn take_events(&mut self) {
        while let Some(event) = self.connection.next_event() {
            match event {
                Event::AssociationRequested { requested } => {
                    let association = self.membership.associate(requested);
                    self.connection.associate(association);
                }
                Event::Request(request) => self.on_request(&request),
                Event::Cancelled { call_id } | Event::Orphaned { call_id } => {
                    self.membership.cancel(call_id, &mut self.completed);
                }
                Event::ProtocolError { offset, why } => tracing::debug!(offset, why, "protocol error"),
            }
            self.answer_completed();
        }
    }

    fn on_request(&mut self, request: &Request) {
        self.calls.insert(request.call_id, request.syntax);
        let format = Format::new(request.syntax, request.order);
        let asking = match Interface::from_id(request.interface) {
            Some(interface) => self.wire.read(interface, request.opnum, &request.stub, format),
            None => Asking::Answered(Outcome::Fault(status::NCA_UNK_IF)),
        };
        match asking {
            Asking::Call(input) => self.membership.call(request.call_id, input, &mut self.completed),
            Asking::Answered(outcome) => {
                self.answer(&Completion { token: self.membership.token(request.call_id), outcome });
            }
        }
    }

    fn answer_completed(&mut self) {
        let mut completed = core::mem::take(&mut self.completed);
        for completion in completed.drain(..) {
            self.answer(&completion);
        }
        self.completed = completed;
    }

    fn answer(&mut self, completion: &Completion) {
        let call_id = completion.token.call_id;
        if let Some(syntax) = self.calls.remove(&call_id) {
            let format = Format::new(syntax, self.offer.order);
            self.wire.answer(&mut self.connection, call_id, &completion.outcome, format);
        }
    }
}
