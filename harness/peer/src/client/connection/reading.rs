//! Waiting for answers, and what is read meanwhile.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use dcerpc::connection::client::Event;
use dcerpc::ndr::Format;
use tokio::io::AsyncReadExt;
use tokio::sync::oneshot;
use trace::{ConnectionEnd, Direction, LocalEvent};

use super::{Answer, Connection, Reader, Shared};
use crate::client::outcome::{Outcome, Refused};
use crate::server::Identity;

impl Connection {
    /// Waits for an answer, and reads while nobody else does.
    pub(super) async fn wait(&self, mut answer: oneshot::Receiver<Answer>) -> Answer {
        let mut reader = match self.reader.try_lock() {
            Ok(reader) => reader,
            Err(_) => {
                self.wanted.notify_one();
                tokio::select! {
                    biased;
                    answer = &mut answer => return self.answered(answer),
                    reader = self.reader.lock() => reader,
                }
            }
        };
        while reader.reading.is_some() {
            tokio::select! {
                biased;
                answer = &mut answer => {
                    if self.is_ended() {
                        reader.reading = None;
                    }
                    return self.answered(answer);
                }
                () = self.read(&mut reader) => {}
            }
        }
        // Whoever saw the connection's end has answered all who waited.
        self.answered(answer.await)
    }

    fn answered(&self, answer: Result<Answer, oneshot::error::RecvError>) -> Answer {
        answer.unwrap_or_else(|_| Answer::Outcome(self.ended().unwrap_or(Outcome::Dropped)))
    }

    /// Reads once and makes of it what it is. Dropping this loses nothing.
    pub(super) async fn read(&self, reader: &mut Reader) {
        let Reader { reading: Some(reading), buffer } = reader else { return };
        if buffer.capacity() - buffer.len() < Self::ROOM / 8 {
            buffer.reserve(Self::ROOM);
        }
        let read = reading.read_buf(buffer).await;
        if self.on_read(reader, read) {
            self.tell(|_| {}).await;
        }
    }

    /// Reads what lies there already, when nobody else reads.
    pub(super) fn read_what_is_there(&self) {
        let Ok(mut reader) = self.reader.try_lock() else { return };
        let mut context = Context::from_waker(Waker::noop());
        while reader.reading.is_some() {
            let Poll::Ready(()) = pin!(self.read(&mut reader)).poll(&mut context) else { return };
        }
    }

    /// Whether a further leg of a security context has to be sent before anybody gets an answer.
    fn on_read(&self, reader: &mut Reader, read: std::io::Result<usize>) -> bool {
        let mut shared = self.shared();
        match read {
            Ok(1..) if shared.ended.is_none() => {
                let octets = reader.buffer.split().freeze();
                self.tap.octets(self.id, Direction::ToClient, octets.clone());
                shared.client.receive(octets);
                while let Some(event) = shared.client.next_event() {
                    self.on_event(&mut shared, event);
                }
            }
            Ok(_) => {
                let (offset, pending) = (shared.client.offset(), shared.client.pending());
                let how = ConnectionEnd::Orderly { by: Direction::ToClient };
                self.finish(&mut shared, Outcome::Closed { offset, pending }, how);
            }
            Err(error) => {
                let error = error.to_string();
                let how = ConnectionEnd::Broken { by: Direction::ToClient, error: error.clone() };
                self.finish(&mut shared, Outcome::Reset { error }, how);
            }
        }
        if shared.ended.is_some() {
            reader.reading = None;
        }
        shared.client.has_output() && !shared.client.is_ready()
    }

    /// Tells the witness of a security context that stands, and who the client is in it.
    fn on_established(&self, shared: &mut Shared, auth_context_id: u32) {
        if let Some(key) = shared.client.session_key(auth_context_id) {
            self.tap.session_key(self.id, auth_context_id, &key);
        }
        if let Some(Identity { user: Some(user), administrator }) = shared.identity.clone() {
            let (connection, auth_context_id) = (self.id, Some(auth_context_id));
            self.tap.local(LocalEvent::Authenticated { connection, auth_context_id, user, administrator });
        }
    }

    fn on_event(&self, shared: &mut Shared, event: Event) {
        let by_us = ConnectionEnd::Orderly { by: Direction::ToServer };
        let (call_id, answer) = match event {
            Event::Bound(bound) => (bound.call_id, Answer::Bound(bound)),
            Event::Returned(returned) => {
                let format = Format::new(returned.syntax.unwrap_or_default(), returned.order);
                (returned.call_id, Answer::Outcome(Outcome::Returned { stub: returned.stub, format }))
            }
            Event::Fault(fault) if fault.of_alter_context => {
                let refused = Refused::Fault { status: fault.status };
                (fault.call_id, Answer::Outcome(Outcome::BindRefused(refused)))
            }
            Event::Fault(fault) => {
                let outcome = Outcome::Fault { status: fault.status, did_not_execute: fault.did_not_execute };
                (fault.call_id, Answer::Outcome(outcome))
            }
            Event::BindRefused(nak) => {
                let outcome = Outcome::BindRefused(Refused::Nak { reason: nak.reason });
                return self.finish(shared, outcome, by_us);
            }
            Event::Malformed { offset, why } => {
                return self.finish(shared, Outcome::Malformed { offset, why }, by_us);
            }
            Event::ForeignCallId { offset, ptype, call_id, taken_for: None } => {
                let why = format!("{ptype} with call_id {call_id}, which is not outstanding");
                return self.finish(shared, Outcome::Malformed { offset, why }, by_us);
            }
            Event::Unverified { offset, ptype, call_id, why } => {
                let why = format!("{ptype} with call_id {call_id}: {why}");
                return self.finish(shared, Outcome::Unverified { offset, why }, by_us);
            }
            Event::AuthenticationFailed { why, .. } => {
                return self.finish(shared, Outcome::Rejected { why: why.to_string() }, by_us);
            }
            Event::Established(established) => return self.on_established(shared, established.auth_context_id),
            Event::ForeignCallId { .. } => return,
            Event::ShutdownAsked => {
                if shared.waiting.is_empty() {
                    self.finish(shared, Outcome::Dropped, by_us);
                }
                return;
            }
        };
        if let Some(waiting) = shared.waiting.remove(&call_id) {
            // Whoever waited may have gone: the answer is in the trace all the same.
            let _ = waiting.send(answer);
        }
        self.changed.notify_waiters();
    }
}
