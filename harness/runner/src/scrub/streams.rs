//! The streams of a capture's connections, scrubbed.
//!
//! ```text
//! entries ─▶ dissector ─▶ PDUs ─────────────▶ frames ─────────────────┐
//!    │           └──────▶ calls ─▶ stubs ─▶ parameters, replaced ─────┤
//!    └─ octets ─▶ lanes: blank, as long as before ◀── what is known ──┘
//! ```
//!
//! A stream begins as blank octets. Only what the dissector has read is written into it again, without what it says of people:
//! what nobody has understood stays blank.

use std::collections::HashMap;
use std::ops::Range;

use bytes::Bytes;
use conformance::dissect::Dissector;
use conformance::event::{
    CallFinished, CallStarted, Event, Gap, Kind, Layer, MapperAnswer, Outcome, Pdu as Seen, Question,
};
use dcerpc::fragment::Framer;
use dcerpc::ndr::Format;
use dcerpc::pdu::{Body, Flags, Header, Pdu, VerificationTrailer};
use trace::{Closed, ConnectionEnd, ConnectionId, Direction, Entry, Lost, Observation, Opened};

use super::named::Named;
use super::parameters::Parameters;
use super::pdu;
use super::stub::Stub;
use super::tally::Tally;

/// A direction of a connection.
type Lane = (ConnectionId, Direction);

/// All streams of a capture.
#[derive(Debug, Default)]
pub(super) struct Streams {
    pub(super) parameters: Parameters,
    pub(super) tally: Tally,
    octets: HashMap<Lane, Octets>,
    frames: Vec<Frame>,
    /// The frames of a call's request or answer so far.
    unfinished: HashMap<(Lane, u32), Vec<usize>>,
    /// What the last PDU was.
    last: Option<(Lane, u32)>,
    /// What could not be read of the last PDU's call.
    gap: Option<Gap>,
    /// A request of no method of ours: it may be one to an endpoint mapper.
    asked: Option<(Vec<usize>, Format)>,
    answered: Option<MapperAnswer>,
}

/// The octets of a direction.
#[derive(Debug, Default)]
struct Octets {
    /// As they crossed.
    seen: Vec<u8>,
    /// As they are told.
    made: Vec<u8>,
    /// The place behind the last PDU.
    at: usize,
    /// Whether no PDU is looked for where the next octet stands.
    is_adrift: bool,
}

/// A PDU in its place.
#[derive(Debug)]
struct Frame {
    lane: Lane,
    range: Range<usize>,
    pdu: Pdu,
    /// What is told in place of its stub data; blanks while that is not known.
    stub: Option<Bytes>,
}

impl Streams {
    /// Scrubs what was seen. Of each connection the same is seen at the same times.
    pub(super) fn scrub(&mut self, entries: &[Entry], named: &Named) -> Vec<Entry> {
        let mut dissector = Dissector::new();
        let mut places = Vec::with_capacity(entries.len());
        for entry in entries {
            places.push(self.take(&entry.seen));
            dissector.push(entry, &mut |event| self.event(event));
        }
        self.octets.values_mut().for_each(Octets::leave);
        for frame in std::mem::take(&mut self.frames) {
            self.put(frame);
        }
        for octets in self.octets.values_mut() {
            self.tally.named += named.blank(&mut octets.made);
        }
        let told = |(entry, place): (&Entry, Option<Range<usize>>)| {
            let seen = self.told(&entry.seen, place)?;
            Some(Entry { seen, ..*entry })
        };
        entries.iter().zip(places).filter_map(told).collect()
    }

    /// Octets get their place.
    fn take(&mut self, seen: &trace::Seen) -> Option<Range<usize>> {
        match seen {
            trace::Seen::Octets(Observation { connection, direction, octets }) => {
                let lane = self.octets.entry((*connection, *direction)).or_default();
                let start = lane.seen.len();
                lane.seen.extend_from_slice(octets);
                lane.made.resize(lane.seen.len(), 0);
                Some(start..lane.seen.len())
            }
            trace::Seen::Lost(Lost { connection, direction, .. }) => {
                let lane = self.octets.entry((*connection, *direction)).or_default();
                lane.leave();
                lane.is_adrift = true;
                None
            }
            _ => None,
        }
    }

    /// What is told in place of what was seen.
    fn told(&mut self, seen: &trace::Seen, place: Option<Range<usize>>) -> Option<trace::Seen> {
        Some(match seen {
            trace::Seen::Octets(Observation { connection, direction, .. }) => {
                let lane = self.octets.get(&(*connection, *direction))?;
                let octets = Bytes::copy_from_slice(lane.made.get(place?)?);
                trace::Seen::Octets(Observation { connection: *connection, direction: *direction, octets })
            }
            trace::Seen::Opened(Opened { connection, client, server, .. }) => trace::Seen::Opened(Opened {
                connection: *connection,
                client: self.parameters.aliases.end(client),
                server: self.parameters.aliases.end(server),
                actor: None,
            }),
            trace::Seen::Closed(Closed { connection, how }) => {
                let how = match how {
                    ConnectionEnd::Orderly { by } => ConnectionEnd::Orderly { by: *by },
                    ConnectionEnd::Broken { by, .. } => ConnectionEnd::Broken { by: *by, error: "reset".to_owned() },
                };
                trace::Seen::Closed(Closed { connection: *connection, how })
            }
            trace::Seen::Lost(lost) => trace::Seen::Lost(lost.clone()),
            _ => return None,
        })
    }

    fn event(&mut self, event: Event) {
        match event.kind {
            Kind::Pdu(seen) => self.pdu(&seen),
            Kind::Gap(gap) if gap.over_http => {
                if let Some(lane) = self.octets.get_mut(&(gap.connection, gap.direction)) {
                    lane.keep(lane.at..lane.at + RPC_OVER_HTTP);
                }
            }
            Kind::Gap(gap) if gap.call.is_some() => self.unread(gap),
            Kind::CallStarted(started) => self.started(started),
            Kind::MapperAsked(asked) => self.asked(asked.question),
            Kind::MapperAnswered(answered) => self.answered = Some(answered.answer),
            Kind::CallFinished(finished) => self.finished(finished),
            _ => {}
        }
    }

    fn pdu(&mut self, seen: &Seen) {
        let lane = (seen.connection, seen.direction);
        (self.last, self.gap, self.asked, self.answered) = (Some((lane, seen.call_id)), None, None, None);
        let Some(range) = self.octets.get_mut(&lane).and_then(|octets| octets.find(&seen.octets)) else { return };
        let Ok(decoded) = Pdu::decode(&seen.octets) else {
            self.tally.unreadable_pdus += 1;
            let made = pdu::unreadable(&seen.octets);
            return self.write(lane, range, &made);
        };
        self.count(&decoded.value);
        let pdu = pdu::scrubbed(decoded.value, &mut self.parameters.aliases);
        if matches!(pdu.body, Body::Request(_) | Body::Response(_)) {
            let key = (lane, seen.call_id);
            if Flags(seen.flags).has(Flags::FIRST) {
                self.unfinished.remove(&key);
            }
            self.unfinished.entry(key).or_default().push(self.frames.len());
        }
        self.frames.push(Frame { lane, range, pdu, stub: None });
    }

    fn count(&mut self, pdu: &Pdu) {
        match &pdu.auth {
            Some(auth) if auth.token.is_empty() => {}
            Some(_) if pdu::sets_up(pdu.header.ptype) => self.tally.tokens += 1,
            Some(_) => self.tally.verifiers += 1,
            None => {}
        }
        if let Body::Fault(fault) = &pdu.body
            && !fault.stub.is_empty()
        {
            self.tally.error_information += 1;
        }
    }

    /// A request is complete.
    fn started(&mut self, started: CallStarted) {
        let lane = (started.connection, Direction::ToServer);
        let Some(key) = self.last.filter(|last| *last == (lane, started.call_id)) else { return };
        let Some(frames) = self.unfinished.remove(&key) else { return };
        let CallStarted { method, format, stub_length, input, .. } = started;
        if method.is_none() && self.gap.is_none() {
            self.asked = Some((frames, format));
            return;
        }
        let stub = self.stub(&frames);
        let stub = Stub { octets: stub.slice(..stub_length.min(stub.len())), whole: stub, format };
        let made = match (input, method) {
            (Some(input), _) => Some(self.parameters.input(input).encode(format)),
            (None, Some(method)) => stub.request(method, self.gap.as_ref(), &mut self.parameters),
            (None, None) => None,
        };
        self.place(&frames, &stub, made);
    }

    fn asked(&mut self, question: Question) {
        let Some((frames, format)) = self.asked.take() else { return };
        let whole = self.stub(&frames);
        let (octets, _) = VerificationTrailer::split(whole.clone());
        let made = match self.parameters.question(question) {
            Question::Map(request) => request.encode(format),
            Question::Lookup(request) => request.encode(format),
        };
        self.place(&frames, &Stub { octets, whole, format }, Some(made));
    }

    /// What should have been parameters can't be read. The question to an endpoint mapper has been told already.
    fn unread(&mut self, gap: Gap) {
        let is_asked = gap.layer == Layer::Stub && self.asked.is_some();
        self.gap = Some(gap);
        if let Some((frames, format)) = self.asked.take().filter(|_| is_asked) {
            let whole = self.stub(&frames);
            let made = Bytes::from(vec![u8::MAX; whole.len()]);
            self.place(&frames, &Stub { octets: whole.clone(), whole, format }, Some(made));
        }
    }

    /// A call came back.
    fn finished(&mut self, finished: CallFinished) {
        let Outcome::Returned { output, format, .. } = finished.outcome else { return };
        let lane = (finished.connection, Direction::ToClient);
        let Some(frames) = self.last.filter(|last| last.0 == lane).and_then(|last| self.unfinished.remove(&last))
        else {
            return;
        };
        let whole = self.stub(&frames);
        let stub = Stub { octets: whole.clone(), whole, format };
        let made = match (output, self.answered.take(), finished.method) {
            (Some(output), _, _) => Some(self.parameters.output(output).encode(format)),
            (None, Some(answer), _) => Some(match self.parameters.answer(answer) {
                MapperAnswer::Map(response) => response.encode(format),
                MapperAnswer::Lookup(response) => response.encode(format),
            }),
            (None, None, Some(method)) => stub.response(method, self.gap.as_ref(), &mut self.parameters),
            // What an endpoint mapper answers can't be read afterwards, either.
            (None, None, None) if self.gap.as_ref().is_some_and(|gap| gap.layer == Layer::Stub) => {
                Some(vec![u8::MAX; stub.octets.len()].into())
            }
            (None, None, None) => None,
        };
        self.place(&frames, &stub, made);
    }

    /// The stub data of frames.
    fn stub(&self, frames: &[usize]) -> Bytes {
        let pieces: Vec<&[u8]> = frames.iter().filter_map(|frame| self.frames.get(*frame)).map(stub_of).collect();
        pieces.concat().into()
    }

    /// Puts new parameters into the place of a stub; none are blanks.
    fn place(&mut self, frames: &[usize], stub: &Stub, made: Option<Bytes>) {
        let made = made.filter(|made| made.len() <= stub.octets.len());
        match &self.gap {
            Some(gap) if gap.layer == Layer::Sealed => self.tally.sealed += 1,
            Some(Gap { layer: Layer::Stub, other_syntax: false, short_enumerations: false, .. }) => {
                self.tally.unreadable_stubs += 1;
            }
            _ => {}
        }
        let made = made.map(|made| stub.filled(&made, &mut self.parameters.aliases));
        let mut rest = made.unwrap_or_else(|| pdu::blank(&stub.whole));
        for frame in frames {
            if let Some(frame) = self.frames.get_mut(*frame) {
                let length = stub_of(frame).len();
                frame.stub = Some(rest.split_to(length.min(rest.len())));
            }
        }
    }

    /// Writes a frame into its stream.
    fn put(&mut self, frame: Frame) {
        let Frame { lane, range, mut pdu, stub } = frame;
        if let Body::Request(dcerpc::pdu::Request { stub: place, .. })
        | Body::Response(dcerpc::pdu::Response { stub: place, .. }) = &mut pdu.body
        {
            if stub.is_none() && !place.is_empty() {
                self.tally.foreign += 1;
            }
            *place = stub.filter(|stub| stub.len() == place.len()).unwrap_or_else(|| pdu::blank(place));
        }
        let made = pdu.encode();
        self.write(lane, range, &made);
    }

    fn write(&mut self, lane: Lane, range: Range<usize>, made: &[u8]) {
        let place = self.octets.get_mut(&lane).and_then(|octets| octets.made.get_mut(range));
        if let Some(place) = place.filter(|place| place.len() == made.len()) {
            place.copy_from_slice(made);
        }
    }
}

/// Octets by which RPC over HTTP is known.
const RPC_OVER_HTTP: usize = 3;

impl Octets {
    /// Where the next PDU stands.
    fn find(&mut self, pdu: &[u8]) -> Option<Range<usize>> {
        let rest = self.seen.get(self.at..)?;
        let skipped =
            if rest.starts_with(pdu) { 0 } else { rest.windows(pdu.len().max(1)).position(|one| one == pdu)? };
        let start = self.at + skipped;
        self.at = start + pdu.len();
        self.is_adrift = false;
        Some(start..self.at)
    }

    /// Nothing more comes of the octets behind the last PDU: where they begin another, its header is told.
    fn leave(&mut self) {
        let rest = self.seen.get(self.at..).unwrap_or_default();
        let mut framer = Framer::new(u16::MAX);
        framer.push(Bytes::copy_from_slice(rest));
        if !self.is_adrift && rest.first() == Some(&5) && matches!(framer.next_pdu(), Ok(None)) {
            self.keep(self.at..self.at + rest.len().min(Header::OCTETS));
        }
        self.at = self.seen.len();
    }

    fn keep(&mut self, range: Range<usize>) {
        if let (Some(from), Some(to)) = (self.seen.get(range.clone()), self.made.get_mut(range)) {
            to.copy_from_slice(from);
        }
    }
}

fn stub_of(frame: &Frame) -> &[u8] {
    match &frame.pdu.body {
        Body::Request(request) => &request.stub,
        Body::Response(response) => &response.stub,
        _ => &[],
    }
}
