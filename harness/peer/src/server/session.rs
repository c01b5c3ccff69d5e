//! One connection being served.

use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll};

use bytes::{Buf, BytesMut};
use dcerpc::TransferSyntax;
use dcerpc::connection::server::{Event, Options as Offer, Refusal, Request, Server as Connection};
use dcerpc::ndr::Format;
use dcerpc::pdu::status;
use mspan::Interface;
use mspan::method::{In, Out};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, Sleep, sleep_until};

use super::call::{CallToken, Completion, Outcome};
use super::endpoint_map::EndpointMap;
use super::management::{self, is_management};
use super::script::{Order, Reply};
use super::service::Membership;
use super::wire::{Asking, Wire};
use crate::client::Then;

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
    /// What is answered as an endpoint mapper.
    map: Option<EndpointMap>,
    completions: UnboundedReceiver<Completion>,
    /// The transfer syntaxes of the calls that are not answered yet.
    calls: BTreeMap<u32, TransferSyntax>,
    completed: Vec<Completion>,
    /// What a script wants of the answers to calls.
    orders: BTreeMap<u32, Order>,
    /// Answers whose time has not come.
    delayed: BTreeMap<(Instant, u32), Outcome>,
    alarm: Option<Pin<Box<Sleep>>>,
    received: BytesMut,
    unsent: BytesMut,
}

/// What a connection did next.
#[derive(Debug)]
enum Turn {
    Received(usize),
    Sent(usize),
    Completed(Completion),
    /// The time of a delayed answer has come.
    Due(Completion),
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    pub(super) fn new(
        stream: S,
        membership: Membership,
        wire: Wire,
        offer: Offer,
        map: Option<EndpointMap>,
        completions: UnboundedReceiver<Completion>,
    ) -> Self {
        let offer = Arc::new(offer);
        Self {
            stream,
            membership,
            wire,
            connection: Connection::new(Arc::clone(&offer)),
            offer,
            map,
            completions,
            calls: BTreeMap::new(),
            completed: Vec::new(),
            orders: BTreeMap::new(),
            delayed: BTreeMap::new(),
            alarm: None,
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
                    let before = self.connection.pdus_received();
                    self.take_events();
                    let received = self.connection.pdus_received().wrapping_sub(before);
                    self.membership.counts().pdus_received.fetch_add(received, Relaxed);
                }
                Turn::Sent(octets) => self.unsent.advance(octets),
                Turn::Completed(completion) => self.answer(&completion),
                Turn::Due(completion) => self.send_answer(&completion),
            }
            self.take_output();
        }
        match &self.membership.script {
            Some(script) if script.is_reset() => Ok(()),
            _ => self.stream.shutdown().await,
        }
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
        if let Poll::Ready(due) = self.poll_due(context) {
            return Poll::Ready(Ok(Turn::Due(due)));
        }
        if self.unsent.len() >= UNSENT {
            return Poll::Pending;
        }
        self.received.reserve(READ);
        pin!(self.stream.read_buf(&mut self.received)).poll(context).map_ok(Turn::Received)
    }

    /// The first delayed answer whose time has come.
    fn poll_due(&mut self, context: &mut Context<'_>) -> Poll<Completion> {
        let Some((first, _)) = self.delayed.first_key_value() else { return Poll::Pending };
        let ((due, call_id), alarm) = (*first, self.alarm.get_or_insert_with(|| Box::pin(sleep_until(first.0))));
        alarm.as_mut().reset(due);
        if alarm.as_mut().poll(context).is_pending() {
            return Poll::Pending;
        }
        match self.delayed.remove(&(due, call_id)) {
            Some(outcome) => Poll::Ready(Completion { token: self.membership.token(call_id), outcome }),
            None => Poll::Pending,
        }
    }

    fn take_output(&mut self) {
        while let Some(output) = self.connection.take_output() {
            self.unsent.extend_from_slice(&output);
            self.membership.counts().pdus_sent.fetch_add(1, Relaxed);
        }
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
                Event::Established(established) => {
                    let key = self.connection.session_key(established.auth_context_id);
                    self.membership.admit(&established, key.as_ref());
                }
                Event::AuthenticationRefused { why, .. } => self.membership.refuse(&why),
                Event::ProtocolError { offset, why } => tracing::debug!(offset, why, "protocol error"),
            }
            self.answer_completed();
        }
    }

    fn on_request(&mut self, request: &Request) {
        let counts = self.membership.counts();
        counts.calls_received.fetch_add(1, Relaxed);
        if is_management(request.interface) {
            let answer = management::answer(request, &self.offer.interfaces, counts, self.offer.order);
            self.connection.respond(request.call_id, answer);
            return;
        }
        if let Some(map) = &self.map {
            let answer = map.answer(request, self.offer.order);
            self.connection.respond(request.call_id, answer);
            return;
        }
        self.calls.insert(request.call_id, request.syntax);
        let format = Format::new(request.syntax, request.order);
        let asking = match Interface::from_id(request.interface) {
            Some(interface) => self.wire.read(interface, request.opnum, &request.stub, format),
            None => Asking::Answered(Outcome::Fault(status::NCA_UNK_IF)),
        };
        match asking {
            Asking::Call(input) => {
                let auth_context_id = request.security.as_ref().map(|security| security.auth_context_id);
                self.call(request.call_id, auth_context_id, input);
            }
            Asking::Answered(outcome) => {
                self.answer(&Completion { token: self.membership.token(request.call_id), outcome });
            }
        }
    }

    /// A call of the protocol: a script comes before the print server.
    fn call(&mut self, call_id: u32, auth_context_id: Option<u32>, input: In) {
        let order = self.membership.script.as_ref().and_then(|script| script.take(&input));
        let method = input.method();
        let processed = order.as_ref().is_none_or(|order| order.processed);
        self.orders.extend(order.map(|order| (call_id, order)));
        match processed {
            true => self.membership.call(call_id, auth_context_id, input, &mut self.completed),
            false => {
                let outcome = Outcome::Return(Out::new(method));
                self.answer(&Completion { token: self.membership.token(call_id), outcome });
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
        let Completion { token: CallToken { call_id, .. }, outcome } = completion;
        match self.orders.get(call_id).map(|order| order.late) {
            Some(late) if !late.is_zero() => {
                self.delayed.insert((Instant::now() + late, *call_id), outcome.clone());
            }
            _ => self.send_answer(completion),
        }
    }

    fn send_answer(&mut self, completion: &Completion) {
        let call_id = completion.token.call_id;
        let Some(order) = self.orders.remove(&call_id) else { return self.send_outcome(call_id, &completion.outcome) };
        if order.reply != Reply::Nothing
            && let Some(script) = &self.membership.script
        {
            script.mark(call_id, &order.note);
        }
        match &order.reply {
            Reply::Own => self.send_altered(call_id, completion.outcome.clone(), &order),
            Reply::Returned(fields) => {
                let mut outcome = completion.outcome.clone();
                if let Outcome::Return(out) = &mut outcome {
                    for (name, value) in fields {
                        // Whoever gives orders has looked at names and kinds.
                        let set = out.set(name, value.clone());
                        debug_assert!(set.is_ok(), "{name}: {set:?}");
                    }
                }
                self.send_altered(call_id, outcome, &order);
            }
            Reply::Fault(status) => self.send_altered(call_id, Outcome::Fault(*status), &order),
            Reply::Octets(octets) => {
                self.calls.remove(&call_id);
                self.connection.forget(call_id);
                self.connection.send_octets(octets.clone());
            }
            Reply::Nothing => {}
            Reply::Close => self.connection.shut(),
            Reply::Reset => self.reset(),
        }
    }

    fn send_outcome(&mut self, call_id: u32, outcome: &Outcome) {
        if let Some(syntax) = self.calls.remove(&call_id) {
            let format = Format::new(syntax, self.offer.order);
            self.wire.answer(&mut self.connection, call_id, outcome, format);
        }
    }

    /// Sends an answer whose stub and PDUs are changed as an order has it.
    fn send_altered(&mut self, call_id: u32, outcome: Outcome, order: &Order) {
        let Some(syntax) = self.calls.remove(&call_id) else { return };
        let format = Format::new(syntax, self.offer.order);
        let answer = match outcome {
            Outcome::Return(out) => Ok(order.stub.edit(&out.encode(format))),
            Outcome::Fault(status) => Err(Refusal::failed(status)),
        };
        let Some(alteration) = &order.alteration else {
            self.connection.respond(call_id, answer);
            return;
        };
        self.take_output();
        self.connection.respond_in_fragments(call_id, answer, alteration.stub_octets_per_fragment, |pdu| {
            alteration.alter(pdu);
            pdu.header.call_id = alteration.call_id.unwrap_or(pdu.header.call_id);
        });
        let pdus: Vec<_> = std::iter::from_fn(|| self.connection.take_output()).collect();
        // What nothing protects is sent as it is: nothing of that can be spoilt.
        for pdu in alteration.rewrite(pdus.clone()).unwrap_or(pdus) {
            self.connection.send_octets(pdu);
        }
        match alteration.cut.map(|cut| cut.then) {
            Some(Then::Close) => self.connection.shut(),
            Some(Then::Reset) => self.reset(),
            Some(Then::Wait) | None => {}
        }
    }

    fn reset(&mut self) {
        if let Some(script) = &self.membership.script {
            script.reset();
        }
        self.connection.shut();
    }
}
