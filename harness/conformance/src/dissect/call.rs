//! Requests, and what came back.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use bytes::Bytes;
use dcerpc::fragment::{Fragment, Reassembler, ReassemblyError, Whole};
use dcerpc::ndr::Format;
use dcerpc::pdu::{Fault, Flags, Pdu, Request, Response, VerificationTrailer};
use dcerpc::{ByteOrder, Decoded, Defect};
use mspan::Method;
use mspan::method::{In, Out};
use trace::{CallMark, ConnectionId, Direction, Time};

use super::connection::Losses;
use super::handles::{Guess, Handles};
use super::mapper::Operation;
use super::negotiation::{Context, Negotiation};
use super::security::Guard;
use super::stub::Read;
use super::{Known, Output};
use crate::event::{
    AssociationId, CallFinished, CallId, CallStarted, Gap, Kind, Layer, MapperAnswered, MapperAsked, Outcome,
    Protection, Question,
};
use crate::handle;

/// Longer stubs are not kept: several times what [MS-PAN] 3.1.1.4.4 lets a notification take.
const LONGEST_STUB: usize = 64 << 20;

/// Calls of one connection that wait for an answer, at most: many times what a client has under way.
const MOST_OUTSTANDING: usize = 1_024;

/// The same where their answers may be among octets that the recording lacks.
const MOST_DOUBTFUL: usize = 64;

/// Where pfc_flags and call_id stand in a PDU.
const FLAGS: u64 = 3;
const CALL_ID: u64 = 12;

/// The calls of one connection.
///
/// ```text
///           first fragment             last fragment               response, fault, end of the connection
///   nothing ──────────────▶ beginning ───────────────▶ outstanding ────────────────────────────────────────▶ finished
///                               │                                        (CallFinished)
///                               └── answered early: started and finished at once, the rest of its fragments ignored
/// ```
#[derive(Debug)]
pub(super) struct Calls {
    connection: ConnectionId,
    requests: Reassembler<Begun>,
    responses: Reassembler<Answered>,
    /// What stands around the fragments of calls and answers that are unfinished.
    guards: BTreeMap<(Way, u32), Guard>,
    outstanding: BTreeMap<(u32, CallId), Outstanding>,
    /// The call_id of a request that was answered before its last fragment.
    answered_early: Option<u32>,
    /// The call_id of a later fragment that came without a first one: it may be refused by that.
    headless: Option<u32>,
    /// The mark of the request that was marked last, where it breaks something on purpose.
    last_mark: Option<Box<CallMark>>,
}

/// Which fragments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    Request,
    Response,
}

/// What PDUs of calls have in common.
#[derive(Debug)]
pub(super) struct Part {
    call_id: u32,
    flags: Flags,
    order: ByteOrder,
    guard: Guard,
}

/// What the first fragment of a request tells.
#[derive(Debug)]
struct Begun {
    call_id: u32,
    time: Time,
    context_id: u16,
    opnum: u16,
    order: ByteOrder,
    association: AssociationId,
    /// What nobody knows in its verification trailer and has to be processed.
    unknown_command: Option<Box<Defect>>,
    mark: Option<Box<CallMark>>,
}

/// A call that may come back.
#[derive(Clone, Copy, Debug)]
struct Outstanding {
    method: Option<Method>,
    /// What an endpoint mapper is asked.
    operation: Option<Operation>,
    association: AssociationId,
    format: Format,
    opnum: u16,
    /// The presentation context whose bind nobody saw.
    guessed: Option<u16>,
}

/// What the first fragment of a response tells.
#[derive(Clone, Copy, Debug)]
struct Answered {
    call: (u32, CallId),
    order: ByteOrder,
}

/// What is known around the PDUs of calls.
pub(super) struct Scene<'a, 'b> {
    pub(super) negotiation: &'a mut Negotiation,
    pub(super) lost: Losses,
    pub(super) known: &'a mut Known,
    pub(super) out: &'a mut Output<'b>,
}

impl Part {
    pub(super) fn of(pdu: &Pdu, guard: Guard) -> Self {
        Self { call_id: pdu.header.call_id, flags: pdu.header.flags, order: pdu.header.order(), guard }
    }

    /// The association of the handle that a request begins with, when both can be seen.
    pub(super) fn begins_with_a_handle_of(&self, request: &Request, handles: &Handles) -> Option<AssociationId> {
        let is_open = self.guard.closed.is_none() && self.flags.has(Flags::FIRST);
        handles.owner(&request.stub, self.order).filter(|_| is_open)
    }
}

impl Calls {
    pub(super) fn new(connection: ConnectionId) -> Self {
        Self {
            connection,
            requests: Reassembler::new(LONGEST_STUB, 1),
            // As many as there are calls: a response to none is not taken.
            responses: Reassembler::new(LONGEST_STUB, usize::MAX),
            guards: BTreeMap::new(),
            outstanding: BTreeMap::new(),
            answered_early: None,
            headless: None,
            last_mark: None,
        }
    }

    /// The call with that call_id that may come back.
    pub(super) fn outstanding(&self, call_id: u32) -> Option<CallId> {
        self.find(call_id).map(|(_, call)| call)
    }

    /// A fragment of a request.
    pub(super) fn request(
        &mut self,
        part: Part,
        request: Request,
        association: AssociationId,
        scene: &mut Scene<'_, '_>,
    ) {
        if self.is_rest_of_answered(&part) {
            return;
        }
        let Part { call_id, flags, order, guard } = part;
        let first = flags.has(Flags::FIRST);
        let mark = if first { self.mark(call_id, scene.known) } else { None };
        let Request { alloc_hint, context_id, opnum, stub, .. } = request;
        let about =
            Begun { call_id, time: scene.out.time, context_id, opnum, order, association, unknown_command: None, mark };
        let guard = self.guard(Way::Request, call_id, first, guard);
        match self.requests.push(Fragment { call_id, flags, alloc_hint, stub, about }) {
            Ok(Some(whole)) => self.start(whole, guard, scene),
            Ok(None) => {
                self.guards.insert((Way::Request, call_id), guard);
            }
            Err(error) => {
                self.headless = (!first).then_some(call_id);
                scene.out.gap(self.fragment_gap(Direction::ToServer, None, error, scene.lost.to_server));
            }
        }
    }

    /// A fragment of a response.
    pub(super) fn response(&mut self, part: Part, response: Response, scene: &mut Scene<'_, '_>) {
        let Part { call_id, flags, order, guard } = part;
        let Response { alloc_hint, stub, .. } = response;
        let answered = match self.responses.unfinished(call_id) {
            Some(answered) if !flags.has(Flags::FIRST) => Some(answered.call),
            _ => self.answered(call_id, scene),
        };
        let Some(call) = answered else { return };
        let guard = self.guard(Way::Response, call_id, flags.has(Flags::FIRST), guard);
        match self.responses.push(Fragment { call_id, flags, alloc_hint, stub, about: Answered { call, order } }) {
            Ok(Some(whole)) => self.returned(whole, guard, scene),
            Ok(None) => {
                self.guards.insert((Way::Response, call_id), guard);
            }
            Err(error) => {
                let lost = scene.lost.to_client;
                scene.out.gap(self.fragment_gap(Direction::ToClient, Some(call.1), error, lost));
            }
        }
    }

    /// A fault.
    pub(super) fn fault(&mut self, part: &Part, fault: &Fault, scene: &mut Scene<'_, '_>) {
        let Part { call_id, flags, .. } = *part;
        if !flags.has(Flags::FIRST) {
            return;
        }
        let Some(call) = self.answered(call_id, scene) else { return };
        self.responses.forget(call_id);
        self.guards.remove(&(Way::Response, call_id));
        let did_not_execute = flags.has(Flags::DID_NOT_EXECUTE);
        self.finish(call, Outcome::Fault { status: fault.status, did_not_execute }, scene.out);
    }

    /// The recording lacks octets of a direction: what was collected there can't be continued. Where answers may have been among
    /// them, no more than so many calls are still waited for.
    pub(super) fn lost(&mut self, direction: Direction, out: &mut Output<'_>) {
        let way = match direction {
            Direction::ToServer => {
                self.requests = Reassembler::new(LONGEST_STUB, 1);
                Way::Request
            }
            Direction::ToClient => {
                self.responses = Reassembler::new(LONGEST_STUB, usize::MAX);
                Way::Response
            }
        };
        self.guards.retain(|(known, _), _| *known != way);
        if direction == Direction::ToClient {
            self.give_up(out);
        }
    }

    /// The oldest calls that wait for an answer are given up, until there are no more than [`MOST_DOUBTFUL`].
    fn give_up(&mut self, out: &mut Output<'_>) {
        let too_many = self.outstanding.len().saturating_sub(MOST_DOUBTFUL);
        if too_many == 0 {
            return;
        }
        let mut oldest_first: Vec<_> = self.outstanding.keys().copied().collect();
        oldest_first.sort_unstable_by_key(|(_, call)| *call);
        for key in oldest_first.iter().take(too_many) {
            self.finish(*key, Outcome::Lost, out);
        }
    }

    /// Where too many calls wait for an answer, all but the last are given up: their answers are not known from here on. Whether it came
    /// to that.
    pub(super) fn give_up_too_many(&mut self, out: &mut Output<'_>) -> bool {
        let is_too_much = self.outstanding.len() > MOST_OUTSTANDING;
        if is_too_much {
            let why = format!(
                "more than {MOST_OUTSTANDING} calls wait for an answer: only the last {MOST_DOUBTFUL} are still followed"
            );
            out.gap(self.gap(Direction::ToClient, Layer::Pdu, None, 0, why, false));
            self.give_up(out);
        }
        is_too_much
    }

    /// The mark of a request. What our side breaks on purpose it may send twice: a copy belongs to the same step.
    fn mark(&mut self, call_id: u32, known: &mut Known) -> Option<Box<CallMark>> {
        let Some(mark) = known.marks.remove(&(self.connection, call_id)).map(Box::new) else {
            return self.last_mark.clone().filter(|mark| mark.call_id == call_id);
        };
        self.last_mark = Some(mark.clone()).filter(|mark| !mark.violates.is_empty());
        Some(mark)
    }

    /// What stands around the fragments of a call so far.
    fn guard(&mut self, way: Way, call_id: u32, first: bool, guard: Guard) -> Guard {
        let before = self.guards.remove(&(way, call_id)).filter(|_| !first);
        guard.and(before)
    }

    /// The connection ended; `by` is the direction of whoever ended it in order.
    pub(super) fn close(&mut self, by: Option<Direction>, out: &mut Output<'_>) {
        let unfinished = self.requests.unfinished_calls().map(|call_id| (Direction::ToServer, call_id, None));
        let responses = self.responses.unfinished_calls().map(|call_id| {
            let call = self.responses.unfinished(call_id).map(|answered| answered.call.1);
            (Direction::ToClient, call_id, call)
        });
        for (direction, call_id, call) in unfinished.chain(responses) {
            let why = format!("the connection ended before the last fragment of call_id {call_id}");
            out.gap(self.gap(direction, Layer::Pdu, call, FLAGS, why, by == Some(direction)));
        }
        let mut lost: Vec<_> = core::mem::take(&mut self.outstanding).into_iter().collect();
        lost.sort_by_key(|((_, call), _)| *call);
        for ((_, call), outstanding) in lost {
            out.event(self.finished(call, outstanding, Outcome::Lost));
        }
    }

    fn is_rest_of_answered(&mut self, part: &Part) -> bool {
        if self.answered_early != Some(part.call_id) {
            return false;
        }
        let rest = !part.flags.has(Flags::FIRST);
        if !rest || part.flags.has(Flags::LAST) {
            self.answered_early = None;
        }
        rest
    }

    /// A request is complete.
    fn start(&mut self, whole: Whole<Begun>, guard: Guard, scene: &mut Scene<'_, '_>) {
        let Whole { mut about, stub } = whole;
        let call = scene.known.next_call();
        if let Some(before) = self.find(about.call_id) {
            let why = format!("expected a call_id of no outstanding call, found {}", about.call_id);
            let malformed = !scene.lost.to_client;
            scene.out.gap(self.gap(Direction::ToServer, Layer::Pdu, Some(call), CALL_ID, why, malformed));
            // Its answer was not recorded: the next one is not its.
            if scene.lost.to_client {
                self.finish(before, Outcome::Lost, scene.out);
            }
        }
        let Guard { protection, closed, .. } = guard;
        let (stub, trailer) = if closed.is_some() { (stub, None) } else { VerificationTrailer::split(stub) };
        about.unknown_command = trailer.and_then(|trailer| trailer.unknown_to_process(stub.len())).map(Box::new);
        let stub_length = stub.len();
        let settled = scene.negotiation.context(about.context_id);
        let guessed = settled.is_none() && scene.lost.any() && closed.is_none();
        let context = if guessed { guess(&about, &stub, scene) } else { settled };
        if let Some(operation) = operation(&about, context) {
            let (_, format) = layout(&about, context);
            let question = |operation: Operation, stub: Bytes, format| operation.question(&stub, format);
            let read = Read::stub(Some(operation), closed, stub, format, question);
            self.started(call, about, protection, stub_length, (context, Read::Foreign), scene);
            return self.asked(call, read, scene.out);
        }
        let read = match context {
            None => {
                let why = format!("no presentation context {} was accepted", about.context_id);
                Read::Gap { offset: 0, why, malformed: !scene.lost.any() }
            }
            Some(Context { syntax: None, .. }) => Read::foreign_syntax(),
            Some(context) => {
                let (method, format) = layout(&about, Some(context));
                Read::request(method, closed, stub, format)
            }
        };
        self.started(call, about, protection, stub_length, (context, read), scene);
    }

    /// A request was answered before its last fragment.
    fn start_unfinished(&mut self, about: Begun, scene: &mut Scene<'_, '_>) -> (u32, CallId) {
        let key = (about.call_id, scene.known.next_call());
        let why = "the call was answered before the last fragment of its request".into();
        let guard = self.guards.remove(&(Way::Request, about.call_id)).unwrap_or_default();
        let read = (scene.negotiation.context(about.context_id), Read::Gap { offset: 0, why, malformed: false });
        self.started(key.1, about, guard.protection, 0, read, scene);
        key
    }

    fn started(
        &mut self,
        call: CallId,
        about: Begun,
        protection: Option<Protection>,
        stub_length: usize,
        (context, read): (Option<Context>, Read<In>),
        scene: &mut Scene<'_, '_>,
    ) {
        let (method, format) = layout(&about, context);
        let operation = operation(&about, context);
        let guessed = context.is_some() && scene.negotiation.context(about.context_id).is_none();
        let guessed = Some(about.context_id).filter(|_| guessed);
        let Begun { call_id, time: begun, opnum, association, unknown_command, mark, .. } = about;
        let outstanding = Outstanding { method, operation, association, format, opnum, guessed };
        self.outstanding.insert((call_id, call), outstanding);
        let (input, mut defects) = self.tell(Direction::ToServer, call, read, scene.out);
        if let Some(handle) = input.as_ref().and_then(handle::of_in) {
            scene.known.handles.learn(handle, association);
        }
        defects.extend(unknown_command.map(|defect| *defect));
        scene.out.event(Kind::CallStarted(CallStarted {
            call,
            association,
            connection: self.connection,
            call_id,
            begun,
            interface: context.and_then(|context| context.interface),
            opnum,
            method,
            protection,
            format,
            stub_length,
            input,
            defects,
            mark,
        }));
    }

    /// An endpoint mapper was asked something.
    fn asked(&self, call: CallId, read: Read<Question>, out: &mut Output<'_>) {
        let (question, defects) = self.tell(Direction::ToServer, call, read, out);
        if let Some(question) = question {
            out.event(Kind::MapperAsked(MapperAsked { call, connection: self.connection, question, defects }));
        }
    }

    /// The call that a PDU with `call_id` answers. When there is none of that id but one call alone is outstanding, that
    /// one is meant: the breach is named, and what it returned is not lost.
    fn answered(&mut self, call_id: u32, scene: &mut Scene<'_, '_>) -> Option<(u32, CallId)> {
        if let Some(begun) = self.requests.forget(call_id) {
            self.answered_early = Some(call_id);
            return Some(self.start_unfinished(begun, scene));
        }
        if let Some(call) = self.find(call_id) {
            return Some(call);
        }
        if self.headless == Some(call_id) {
            self.headless = None;
            return None;
        }
        let mut outstanding = self.outstanding.keys();
        let call = outstanding.next().copied().filter(|_| outstanding.next().is_none());
        let malformed = !scene.lost.any();
        let why = match call {
            Some((expected, _)) => format!("expected call_id {expected} of the only outstanding call, found {call_id}"),
            None => format!("expected the call_id of an outstanding call, found {call_id}"),
        };
        let meant = call.filter(|_| malformed);
        scene.out.gap(self.gap(Direction::ToClient, Layer::Pdu, meant.map(|(_, call)| call), CALL_ID, why, malformed));
        meant
    }

    /// A response is complete.
    fn returned(&mut self, whole: Whole<Answered>, guard: Guard, scene: &mut Scene<'_, '_>) {
        let Whole { about: Answered { call: key, order }, stub } = whole;
        let Some(outstanding) = self.outstanding.remove(&key) else { return };
        let out = &mut *scene.out;
        let mut format = Format { order, ..outstanding.format };
        if let Some(id) = outstanding.guessed.filter(|id| scene.negotiation.context(*id).is_none()) {
            let guess = scene.negotiation.guess(id).of_response(outstanding.opnum, &stub, order);
            let Some(syntax) = guess.alike_in_response(outstanding.opnum, &stub, order).and_then(|one| one.syntax)
            else {
                let why = "its bind was not captured, and the transfer syntax can't be told".to_owned();
                let read = Read::<Out>::Gap { offset: 0, why, malformed: false };
                let (output, defects) = self.tell(Direction::ToClient, key.1, read, out);
                let stub_length = stub.len();
                let outcome = Outcome::Returned { output, defects, format, stub_length };
                return out.event(self.finished(key.1, outstanding, outcome));
            };
            scene.negotiation.narrow(id, guess);
            format = Format { syntax, order };
        }
        let stub_length = stub.len();
        if let Some(operation) = outstanding.operation {
            let answer = |operation: Operation, stub: Bytes, format| operation.answer(&stub, format);
            let read = Read::stub(Some(operation), guard.closed, stub, format, answer);
            let (answer, defects) = self.tell(Direction::ToClient, key.1, read, out);
            if let Some(answer) = answer {
                let (call, connection) = (key.1, self.connection);
                out.event(Kind::MapperAnswered(MapperAnswered { call, connection, answer, defects }));
            }
            let outcome = Outcome::Returned { output: None, defects: Vec::new(), format, stub_length };
            return out.event(self.finished(key.1, outstanding, outcome));
        }
        let read = Read::stub(outstanding.method, guard.closed, stub, format, Out::decode);
        let (output, defects) = self.tell(Direction::ToClient, key.1, read, out);
        for handle in output.iter().flat_map(handle::of_out) {
            scene.known.handles.learn(handle, outstanding.association);
        }
        let outcome = Outcome::Returned { output, defects, format, stub_length };
        out.event(self.finished(key.1, outstanding, outcome));
    }

    fn finish(&mut self, key: (u32, CallId), outcome: Outcome, out: &mut Output<'_>) {
        if let Some(outstanding) = self.outstanding.remove(&key) {
            out.event(self.finished(key.1, outstanding, outcome));
        }
    }

    fn finished(&self, call: CallId, outstanding: Outstanding, outcome: Outcome) -> Kind {
        let Outstanding { method, association, .. } = outstanding;
        Kind::CallFinished(CallFinished { call, method, connection: self.connection, association, outcome })
    }

    /// The oldest outstanding call with that call_id.
    fn find(&self, call_id: u32) -> Option<(u32, CallId)> {
        let (first, _) = self.outstanding.first_key_value()?;
        // Mostly no more than one call is outstanding, or the oldest one comes back.
        if first.0 >= call_id || self.outstanding.len() == 1 {
            return Some(*first).filter(|(known, _)| *known == call_id);
        }
        let calls = (call_id, CallId(0))..=(call_id, CallId(u64::MAX));
        self.outstanding.range(calls).next().map(|(key, _)| *key)
    }

    /// The parameters that were read; a gap when they could not be.
    fn tell<T>(
        &self,
        direction: Direction,
        call: CallId,
        read: Read<T>,
        out: &mut Output<'_>,
    ) -> (Option<T>, Vec<Defect>) {
        match read {
            Read::Parameters(Decoded { value, defects }) => (Some(value), defects),
            Read::Foreign => (None, Vec::new()),
            Read::Gap { offset, why, malformed } => {
                out.gap(self.gap(direction, Layer::Stub, Some(call), offset, why, malformed));
                (None, Vec::new())
            }
            Read::Sealed { why } => {
                out.gap(self.gap(direction, Layer::Sealed, Some(call), 0, why, false));
                (None, Vec::new())
            }
            Read::OtherSyntax { offset, why } => {
                let gap = self.gap(direction, Layer::Stub, Some(call), offset, why, true);
                out.gap(Gap { other_syntax: true, ..gap });
                (None, Vec::new())
            }
            Read::ShortEnumerations { offset, why } => {
                let gap = self.gap(direction, Layer::Stub, Some(call), offset, why, true);
                out.gap(Gap { short_enumerations: true, ..gap });
                (None, Vec::new())
            }
        }
    }

    fn fragment_gap(&self, direction: Direction, call: Option<CallId>, error: ReassemblyError, lost: bool) -> Gap {
        let ours = matches!(error, ReassemblyError::TooLong { .. });
        self.gap(direction, Layer::Pdu, call, FLAGS, format!("{error}"), !(ours || lost))
    }

    fn gap(
        &self,
        direction: Direction,
        layer: Layer,
        call: Option<CallId>,
        offset: u64,
        why: String,
        malformed: bool,
    ) -> Gap {
        let (other_syntax, short_enumerations, over_http) = (false, false, false);
        let connection = self.connection;
        Gap { connection, direction, layer, call, offset, why, malformed, other_syntax, short_enumerations, over_http }
    }
}

/// What a presentation context is whose bind nobody saw, by a request that names a handle which is known. None when that leaves
/// open what the request says.
fn guess(about: &Begun, stub: &Bytes, scene: &mut Scene<'_, '_>) -> Option<Context> {
    scene.known.handles.owner(stub, about.order).filter(|owner| *owner == about.association)?;
    let guess: Guess = scene.negotiation.guess(about.context_id).of_request(about.opnum, stub, about.order);
    let context = guess.alike_in_request(about.opnum, stub, about.order)?;
    scene.negotiation.narrow(about.context_id, guess);
    Some(context)
}

/// What the presentation context makes of a request.
fn layout(about: &Begun, context: Option<Context>) -> (Option<Method>, Format) {
    let interface = context.and_then(|context| context.interface);
    let syntax = context.and_then(|context| context.syntax).unwrap_or_default();
    let method = interface.and_then(|interface| Method::from_opnum(interface, about.opnum));
    (method, Format { syntax, order: about.order })
}

/// What a request asks an endpoint mapper.
fn operation(about: &Begun, context: Option<Context>) -> Option<Operation> {
    let is_mapper = context.is_some_and(|context| context.is_mapper && context.syntax.is_some());
    if is_mapper { Operation::from_opnum(about.opnum) } else { None }
}
