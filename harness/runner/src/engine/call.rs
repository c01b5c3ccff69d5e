//! Calls: made, waited for, asserted to be pending, given up.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use dcerpc::ContextHandle;
use mspan::Method;
use mspan::method::{Field, FieldKind, In, field_names};
use peer::client::{self, Choice, Note, Stub, Ticket};
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout_at};
use trace::Time;

use super::datum::{Datum, Missing};
use super::judge::{Answer, Mismatch, closing_parameter, judge};
use super::player::{Player, StubChange, answer, changed, then};
use super::run::{Run, Stop};
use crate::scenario::meant::{Alteration, CallRef, CallSpec, Expectation, Operation, Place, Save, Term, Trailer};

/// How often a call is looked for until its request is sent.
const LOOKS: u32 = 32;

/// What a target lacks whose calls can't be tampered with.
const UNPROTECTED: &str = "nothing protects calls at the level of the target file, so nothing of that can be spoilt";

/// How long a call that nobody waits for yet may take: a scenario's limit ends it before.
const UNLIMITED: Duration = Duration::from_secs(7 * 24 * 3600);

/// A call under way.
pub(super) struct InFlight {
    /// Who calls what.
    pub(super) words: String,
    pub(super) actor: String,
    pub(super) method: Option<Method>,
    spec: CallSpec,
    /// The handle that the server may close by it.
    handle: Option<ContextHandle>,
    ticket: Ticket,
    task: AbortHandle,
    came: Rc<RefCell<Option<(Answer, Time)>>>,
}

impl InFlight {
    pub(super) fn is_back(&self) -> bool {
        self.came.borrow().is_some()
    }

    pub(super) fn answer(&self) -> Option<(Answer, Time)> {
        self.came.borrow().clone()
    }
}

impl Drop for InFlight {
    /// Whoever lets go of a call does not wait for it any more.
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Run<'_> {
    pub(super) fn player(&self, actor: &str) -> Result<Rc<Player>, Stop> {
        self.players.get(actor).cloned().ok_or_else(|| Stop::Error(format!("nobody is called {actor}")))
    }

    /// Makes a call and returns once its request is being sent.
    pub(super) async fn start(&self, spec: &CallSpec, place: &Place, words: &str) -> Result<InFlight, Stop> {
        let actor = self.names.borrow().actor(&spec.actor)?;
        let player = self.player(&actor)?;
        let (method, handle, mut call) = self.prepare(spec, &actor)?;
        call.note = Some(Note {
            actor: actor.clone(),
            step: words.to_owned(),
            line: place.line(),
            violates: spec.violates.clone(),
        });
        let ticket = Ticket::new();
        call.ticket = Some(ticket.clone());
        let came: Rc<RefCell<Option<(Answer, Time)>>> = Rc::default();
        let (slot, arrivals, tap) = (Rc::clone(&came), Rc::clone(&self.arrivals), self.environment.tap.clone());
        let association = player.association().clone();
        let task = tokio::task::spawn_local(async move {
            let outcome = association.call(&call).await;
            *slot.borrow_mut() = Some((answer(outcome, method), tap.now()));
            arrivals.notify_waiters();
        });
        let words = format!("{actor} {}", spec.operation);
        let flight =
            InFlight { words, actor, spec: spec.clone(), method, handle, ticket, task: task.abort_handle(), came };
        self.sent(&flight).await;
        Ok(flight)
    }

    /// Waits until a request is being sent, so that later steps come after it.
    async fn sent(&self, flight: &InFlight) {
        let deadline = Instant::now() + self.within(None);
        let mut looks = 0;
        while !flight.ticket.is_issued() && !flight.is_back() && Instant::now() < deadline {
            looks += 1;
            match looks < LOOKS {
                true => tokio::task::yield_now().await,
                false => tokio::time::sleep(Duration::from_millis(1)).await,
            }
        }
        // One more turn for the write itself.
        tokio::task::yield_now().await;
    }

    fn prepare(
        &self,
        spec: &CallSpec,
        actor: &str,
    ) -> Result<(Option<Method>, Option<ContextHandle>, client::Call), Stop> {
        let (method, handle, mut call) = match &spec.operation {
            Operation::Method(method, input) => {
                let (input, handle) = self.input(*method, input, actor, spec.stale)?;
                (Some(*method), handle, client::Call::method(*method, input))
            }
            Operation::Number(interface, opnum, stub) => {
                let stub = self.names.borrow().octets(stub)?;
                (None, None, client::Call::new(interface.id(), *opnum, stub))
            }
        };
        call.limit = UNLIMITED;
        if let Some(name) = &spec.connection {
            call.connection = Choice::Named(name.clone());
        }
        if let Some(alteration) = &spec.alteration {
            self.alter(&mut call, alteration)?;
        }
        Ok((method, handle, call))
    }

    /// The [in] parameters, and the handle that the call may close.
    fn input(
        &self,
        method: Method,
        terms: &[(&'static str, Term)],
        actor: &str,
        stale: bool,
    ) -> Result<(In, Option<ContextHandle>), Stop> {
        let names = self.names.borrow();
        let known = field_names(method).0;
        let mut fields = Vec::new();
        let mut closing = None;
        for (name, term) in terms {
            let datum = names.value(term)?;
            let kind = known.iter().find(|known| known.name == *name).map_or(FieldKind::Number, |known| known.kind);
            if let Datum::Handle(handle, owner) = &datum {
                self.check_handle(*handle, owner.as_deref(), actor, stale)?;
                if closing_parameter(method) == Some(name) {
                    closing = Some(*handle);
                }
            }
            fields.push((*name, datum.field(kind)?));
        }
        let input = In::from_fields(method, fields).map_err(|error| Missing::Impossible(error.to_string()))?;
        Ok((input, closing))
    }

    fn check_handle(&self, handle: ContextHandle, owner: Option<&str>, actor: &str, stale: bool) -> Result<(), Stop> {
        if stale {
            return Ok(());
        }
        match owner {
            Some(owner) if owner != actor => Err(Stop::HandleClosed(format!("{handle} is {owner}'s, not {actor}'s"))),
            Some(owner) if self.closed.borrow().contains(&(owner.to_owned(), handle)) => {
                Err(Stop::HandleClosed(format!("{handle} was closed by the server")))
            }
            _ => Ok(()),
        }
    }

    fn alter(&self, call: &mut client::Call, alteration: &Alteration) -> Result<(), Missing> {
        let names = self.names.borrow();
        let patch = |patch: &Option<(usize, Term)>| match patch {
            Some((at, octets)) => names.octets(octets).map(|octets| Some((*at, octets))),
            None => Ok(None),
        };
        let append = alteration.append.as_ref().map(|octets| names.octets(octets)).transpose()?.unwrap_or_default();
        let change = StubChange { patch: patch(&alteration.patch)?, truncate: alteration.truncate, append };
        let stub = std::mem::replace(&mut call.stub, Stub::Octets(Bytes::new()));
        call.stub = changed(stub, change);
        call.object = alteration.object;
        drop(names);
        call.alteration = Some(self.pdu_alteration(alteration)?);
        Ok(())
    }

    /// What is changed in PDUs.
    pub(super) fn pdu_alteration(&self, alteration: &Alteration) -> Result<client::Alteration, Missing> {
        let names = self.names.borrow();
        let header = alteration.header.as_ref();
        let edit = header.map(|(at, octets)| names.octets(octets).map(|octets| (*at, octets))).transpose()?;
        Ok(client::Alteration {
            stub_octets_per_fragment: alteration.fragment,
            trailer: alteration.trailer.map(trailer),
            tampering: alteration.tampering,
            version: alteration.version.map(|version| (version, 0)),
            flags: alteration.flags.map(dcerpc::pdu::Flags),
            frag_length: alteration.frag_length,
            auth_length: alteration.auth_length,
            call_id: alteration.call_id,
            alloc_hint: alteration.alloc_hint,
            context_id: alteration.context_id,
            edits: edit.into_iter().collect(),
            cut: alteration.cut.map(|(octets, after)| client::Cut { octets, then: then(after) }),
            ..client::Alteration::default()
        })
    }

    /// Takes a started call out of those under way.
    pub(super) fn take_flight(&self, call: &CallRef) -> Result<(String, InFlight), Stop> {
        let name = self.call_name(call)?;
        let flight = self.calls.borrow_mut().remove(&name);
        match flight {
            Some(flight) => Ok((name, flight)),
            None => Err(Stop::Missing(Missing::Unset(name))),
        }
    }

    pub(super) fn call_name(&self, call: &CallRef) -> Result<String, Stop> {
        match call {
            CallRef::Named(name) => Ok(name.clone()),
            CallRef::Chosen(name) => match self.names.borrow().value(&Term::Name(name.clone()))? {
                Datum::Call(call) => Ok(call),
                other => Err(Stop::Error(format!("{other:?} is no call"))),
            },
        }
    }

    /// Waits for a call's answer and compares it. A call that does not come back stays under way.
    pub(super) async fn finish(
        &self,
        (name, mut flight): (String, InFlight),
        expect: &Expectation,
        save: &[Save],
        within: Option<Duration>,
        place: &Place,
        words: &str,
    ) -> Result<(), Stop> {
        let deadline = Instant::now() + self.within(within);
        let (answer, judged) = loop {
            let answer = self.wait(&flight, deadline).await;
            let judged = judge(expect, &answer, &self.names.borrow());
            if judged.is_ok() || !self.is_foreign(&flight, &answer) {
                break (answer, judged);
            }
            self.note(place.line(), "a notification of others was delivered and released");
            let spec = flight.spec.clone();
            flight = self.start(&spec, place, words).await?;
        };
        if matches!(answer, Answer::Unprotected) {
            return Err(Stop::Unsupported(UNPROTECTED.to_owned()));
        }
        let result = match judged {
            Ok(reasons) => {
                self.taken(place, reasons);
                self.keep(&flight, &answer, save);
                Ok(())
            }
            Err(_) if answer.is_of_the_environment() => Err(Stop::Error(answer.to_string())),
            Err(mismatch) => Err(self.fail(place, words, mismatch)),
        };
        if matches!(answer, Answer::TimedOut) {
            self.calls.borrow_mut().insert(name, flight);
        }
        result
    }

    /// Whether an answer is a notification that others asked a shared source for.
    fn is_foreign(&self, flight: &InFlight, answer: &Answer) -> bool {
        let (Answer::Returned(Ok(fields)), Some(Method::GetNotification)) = (answer, flight.method) else {
            return false;
        };
        let shared = |field: &Field| matches!(field, Field::Type(Some(known)) if known.name().is_some());
        let own = |data: &Bytes| self.triggers.borrow().iter().any(|(_, asked)| asked == data);
        !self.environment.exclusive_source
            && fields.iter().any(|(name, field)| *name == "ppOutNotificationType" && shared(field))
            && fields.iter().any(|(_, field)| matches!(field, Field::Octets(Some(data)) if !own(&data.elements)))
    }

    /// The answer of a call, or that it has not come by the deadline.
    pub(super) async fn wait(&self, flight: &InFlight, deadline: Instant) -> Answer {
        let (begun, limit) = (self.environment.tap.now(), deadline.saturating_duration_since(Instant::now()));
        let answer = self.arrival(flight, deadline).await;
        self.mark_lateness(begun, limit);
        answer
    }

    async fn arrival(&self, flight: &InFlight, deadline: Instant) -> Answer {
        loop {
            let arrival = self.arrivals.notified();
            tokio::pin!(arrival);
            arrival.as_mut().enable();
            if let Some((answer, time)) = flight.answer() {
                self.arrived(flight, &answer, time);
                return answer;
            }
            if timeout_at(deadline, arrival).await.is_err() && !flight.is_back() {
                return Answer::TimedOut;
            }
        }
    }

    /// What an answer tells beyond the script: handles that are closed, notifications that were delivered.
    pub(super) fn arrived(&self, flight: &InFlight, answer: &Answer, time: Time) {
        let Answer::Returned(Ok(fields)) = answer else { return };
        for (name, field) in fields {
            match field {
                Field::Handle(handle) if flight.method.and_then(closing_parameter) == Some(name) => {
                    if let (true, Some(closed)) = (handle.is_null(), flight.handle) {
                        self.closed.borrow_mut().insert((flight.actor.clone(), closed));
                    }
                }
                Field::Handle(handle) => {
                    self.closed.borrow_mut().remove(&(flight.actor.clone(), *handle));
                }
                Field::Octets(Some(data)) if *name == "ppOutNotificationData" && !data.elements.is_empty() => {
                    let triggers = self.triggers.borrow();
                    let trigger = triggers.iter().rev().find(|(_, asked)| *asked == data.elements);
                    match trigger {
                        Some((asked, _)) => self.deliveries.borrow_mut().push(time.since(*asked)),
                        None => {
                            self.note(
                                0,
                                format!("{}: a notification that this scenario did not ask for", flight.words),
                            );
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// Gives names the values of an answer.
    pub(super) fn keep(&self, flight: &InFlight, answer: &Answer, save: &[Save]) {
        let Answer::Returned(Ok(fields)) = answer else { return };
        for save in save {
            if let Some((_, field)) = fields.iter().find(|(name, _)| *name == save.parameter) {
                let datum = Datum::of(field.clone(), Some(&flight.actor));
                self.names.borrow_mut().values.insert(save.name.clone(), datum);
            }
        }
    }

    /// Asserts that calls have not come back, also after a later call of the same actors has.
    pub(super) async fn still_pending(
        &self,
        calls: &[CallRef],
        window: Option<Duration>,
        fence: bool,
        place: &Place,
        words: &str,
    ) -> Result<(), Stop> {
        self.watch(window.unwrap_or(self.environment.limits.still_pending), place).await;
        let names: Vec<String> = calls.iter().map(|call| self.call_name(call)).collect::<Result<_, _>>()?;
        let mut actors: Vec<String> = Vec::new();
        for name in &names {
            let flights = self.calls.borrow();
            let flight = flights.get(name).ok_or_else(|| Stop::Missing(Missing::Unset(name.clone())))?;
            if !actors.contains(&flight.actor) {
                actors.push(flight.actor.clone());
            }
        }
        if fence {
            for actor in actors {
                self.fence(&actor, place, words).await?;
            }
        }
        for name in names {
            let answer = self.calls.borrow().get(&name).and_then(InFlight::answer);
            if let Some((answer, _)) = answer {
                let expected = format!("{name} to be pending");
                return Err(self.fail(place, words, Mismatch { expected, actual: answer.to_string() }));
            }
        }
        Ok(())
    }

    /// A call whose answer shows that the server has handled what the actor sent before: a remote object comes and goes.
    async fn fence(&self, actor: &str, place: &Place, words: &str) -> Result<(), Stop> {
        let create = fence_call(actor, Method::Create, Vec::new());
        let answer = self.fence_answer(&create, place, words).await?;
        let Answer::Returned(Ok(fields)) = &answer else {
            let expected = "an answer to the fence's Create".to_owned();
            return Err(self.fail(place, words, Mismatch { expected, actual: answer.to_string() }));
        };
        if let Some((_, Field::Handle(handle))) = fields.iter().find(|(name, _)| *name == "ppRemoteObj")
            && !handle.is_null()
        {
            let delete = fence_call(actor, Method::Delete, vec![("ppRemoteObj", Term::Handle(*handle))]);
            self.fence_answer(&delete, place, words).await?;
        }
        Ok(())
    }

    async fn fence_answer(&self, call: &CallSpec, place: &Place, words: &str) -> Result<Answer, Stop> {
        let flight = self.start(call, place, &format!("{words}: fence")).await?;
        let answer = self.wait(&flight, Instant::now() + self.within(None)).await;
        Ok(answer)
    }

    pub(super) async fn cancel(&self, call: &CallRef, orphan: bool) -> Result<(), Stop> {
        let name = self.call_name(call)?;
        let under_way = self.calls.borrow().get(&name).map(|flight| (flight.actor.clone(), flight.ticket.clone()));
        let Some((actor, ticket)) = under_way else { return Err(Stop::Missing(Missing::Unset(name))) };
        self.player(&actor)?.cancel(&ticket, orphan, self.within(None)).await;
        Ok(())
    }
}

fn fence_call(actor: &str, method: Method, input: Vec<(&'static str, Term)>) -> CallSpec {
    CallSpec {
        actor: crate::scenario::meant::ActorRef::Named(actor.to_owned()),
        operation: Operation::Method(method, input),
        connection: None,
        stale: false,
        violates: Vec::new(),
        alteration: None,
    }
}

fn trailer(written: Trailer) -> client::Trailer {
    match written {
        Trailer::Right => client::Trailer::Right,
        Trailer::OtherInterface => client::Trailer::OtherInterface,
        Trailer::OtherTransferSyntax => client::Trailer::OtherTransferSyntax,
        Trailer::OtherOpnum => client::Trailer::OtherOpnum,
        Trailer::UnknownCommand => client::Trailer::UnknownCommand,
        Trailer::UnknownCommandToProcess => client::Trailer::UnknownCommandToProcess,
    }
}
