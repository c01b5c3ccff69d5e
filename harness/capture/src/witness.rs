//! The packets of a capture, told as what a witness of the connections saw.

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use etherparse::{IpNumber, TcpSlice};
use foldhash::quality::RandomState;
use trace::{ConnectionId, End, Entry, Recorder, Seen, Time};

use crate::ends::Ends;
use crate::flow::{Flow, Told};
use crate::fragment::{Fate, Fragments};
use crate::segment::{Content, Segment, content, of_tcp, plain};
use crate::{Link, Packet};

/// Connections of which nothing more is told, remembered for what is sent late.
const MOST_OVER: usize = 4_096;

/// Segments of a connection that are held until one tells which side is the client.
const MOST_HELD: usize = 32;

/// Their octets, at most.
const MOST_HELD_OCTETS: usize = 256 << 10;

/// Connections whose segments are held at most: of the oldest one the client is guessed.
const MOST_MIDDLES: usize = 1_024;

/// Connections of which there is no more than a SYN, at most. The answer to a forgotten one begins it again.
const MOST_YOUNG: usize = 16_384;

/// How far apart the same segment can pass both sides of an address translator.
const TRANSLATING: Duration = Duration::from_secs(1);

/// Sequence numbers below that are chosen by whoever writes captures by hand: that they are the same tells nothing.
const CHOSEN: u32 = 1 << 16;

/// How late a segment may be in a capture, behind one that acknowledges it.
const LATEST: Duration = Duration::from_millis(100);

/// Connections that are waited for at most.
const MOST_STUCK: usize = 4_096;

/// Who sends some octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaker {
    /// The party that opened the connection.
    Client,
    /// The party that accepted it.
    Server,
}

/// Puts the segments of all TCP connections in order and tells what crossed them.
#[derive(Debug)]
pub struct Witness {
    recorder: Recorder,
    /// Every packet asks for its own: with a hash of an unknown seed, as the library's, but faster on short keys.
    flows: HashMap<Ends, State, RandomState>,
    /// The addresses of connections; those of connections of which nothing more is told are gone.
    numbers: HashMap<ConnectionId, Ends>,
    over: VecDeque<Ends>,
    /// The last connections that began with a SYN.
    young: VecDeque<Ends>,
    /// The last connections that were seen from their middle.
    middles: VecDeque<Ends>,
    /// The last handshakes.
    handshakes: VecDeque<Handshake>,
    /// Connections of which octets are missing that were acknowledged, and since when.
    stuck: VecDeque<(Time, Ends)>,
    fragments: Fragments,
    start: Option<i64>,
    speaker: fn(&[u8]) -> Option<Speaker>,
    skipped: Skipped,
}

/// What packets held that is told nowhere else. Each counts packets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    /// No TCP: another protocol, which is nobody's fault.
    pub other: u64,
    /// Headers that can't be read or were cut off, fragments that contradict each other, and packets of which some never came.
    pub unreadable: u64,
    /// Link layers that are not known.
    pub unknown_link: u64,
    /// The first of these.
    pub first_unknown_link: Option<Link>,
    /// Octets that had come before, and now were others. The first that came are told.
    pub changed: u64,
    /// The number of the first such packet.
    pub first_changed: Option<u64>,
    /// Resets that their receiver does not believe, for they are outside of its window (RFC 9293 3.5.3).
    pub stray_resets: u64,
    /// The number of the first such packet.
    pub first_stray_reset: Option<u64>,
    /// Openings of connections that were captured on both sides of an address translator: one of both is told.
    pub twice: u64,
}

/// How a connection was opened. Translators of addresses leave sequence numbers as they are.
#[derive(Clone, Copy, Debug)]
struct Handshake {
    time: Time,
    ends: Ends,
    server: SocketAddr,
    sequences: (u32, u32),
}

#[derive(Debug)]
enum State {
    /// Its opening was not seen, and its client is not known.
    Held(Vec<Held>),
    Told(Box<Flow>),
    /// It is over, or is of no interest.
    Over,
}

/// A segment with octets of its own.
#[derive(Debug)]
struct Held {
    segment: Segment<'static>,
    payload: Vec<u8>,
}

impl Witness {
    /// A witness before the first packet. `speaker` tells from the octets of a segment who sends them, where they show it:
    /// it is asked for connections whose opening was not captured. Where it never can, the higher port is the client's.
    #[must_use]
    pub fn new(speaker: fn(&[u8]) -> Option<Speaker>) -> Self {
        Self {
            recorder: Recorder::new(),
            flows: HashMap::default(),
            numbers: HashMap::new(),
            over: VecDeque::new(),
            young: VecDeque::new(),
            middles: VecDeque::new(),
            handshakes: VecDeque::new(),
            stuck: VecDeque::new(),
            fragments: Fragments::default(),
            start: None,
            speaker,
            skipped: Skipped::default(),
        }
    }

    /// The next packet; `sink` gets what it completes.
    pub fn packet(&mut self, packet: &Packet<'_>, sink: &mut dyn FnMut(Entry)) {
        let time = self.time(packet.time);
        self.give_up(time, packet.number);
        self.look(packet, time);
        self.recorder.drain().for_each(sink);
    }

    /// What a packet holds.
    fn look(&mut self, packet: &Packet<'_>, time: Time) {
        // Nearly every packet holds a segment behind nothing but bare headers.
        if let Some(segment) = packet.link.ip(packet.octets).and_then(plain) {
            return self.segment(&segment, time, packet.number);
        }
        if !packet.link.is_known() {
            self.skipped.unknown_link += 1;
            self.skipped.first_unknown_link.get_or_insert(packet.link);
            return;
        }
        let Some(sliced) = packet.link.slice(packet.octets) else {
            self.skipped.unreadable += 1;
            return;
        };
        match content(&sliced) {
            Content::Segment(segment) => self.segment(&segment, time, packet.number),
            Content::Other => self.skipped.other += 1,
            Content::Unreadable => self.skipped.unreadable += 1,
            Content::Fragment => {
                let fate = sliced.net.as_ref().map_or(Fate::Unreadable, |net| self.fragments.push(net, time));
                match fate {
                    Fate::Waiting => {}
                    Fate::Unreadable => self.skipped.unreadable += 1,
                    Fate::Whole(whole) => {
                        self.whole(whole.protocol, &whole.payload, (whole.from, whole.to), time, packet.number);
                    }
                }
            }
        }
    }

    /// Nothing of a connection is to be told any more: it is not what is looked for.
    pub fn ignore(&mut self, connection: ConnectionId) {
        if let Some(ends) = self.numbers.remove(&connection) {
            self.over(ends);
        }
    }

    /// The end of the capture; `sink` gets what waited for it.
    pub fn finish(mut self, sink: &mut dyn FnMut(Entry)) -> Skipped {
        let time = Time::ZERO;
        let mut flows: Vec<_> = self.flows.drain().collect();
        let mut told = Vec::new();
        flows.sort_by_key(|(ends, _)| (ends.0, ends.1));
        for (_, state) in flows {
            match state {
                State::Held(held) => told.push(self.oriented(&held, time, 0)),
                State::Told(flow) => told.push(flow),
                State::Over => {}
            }
        }
        told.sort_by_key(|flow| flow.connection());
        for mut flow in told {
            let (recorder, skipped) = (&mut self.recorder, &mut self.skipped);
            flow.finish(&mut |told| record(recorder, skipped, time, 0, told));
        }
        self.skipped.unreadable += self.fragments.lost();
        self.recorder.record(time, Seen::End(End::CutShort));
        self.recorder.drain().for_each(sink);
        self.skipped
    }

    /// Time of the trace: from the first packet. The recorder keeps it from running backwards.
    fn time(&mut self, time: i64) -> Time {
        let start = *self.start.get_or_insert(time);
        Time(u64::try_from(time.saturating_sub(start)).unwrap_or(0))
    }

    /// A packet that came in fragments.
    fn whole(&mut self, protocol: IpNumber, payload: &[u8], (from, to): (IpAddr, IpAddr), time: Time, number: u64) {
        if protocol != IpNumber::TCP {
            self.skipped.other += 1;
            return;
        }
        match TcpSlice::from_slice(payload) {
            Ok(tcp) => self.segment(&of_tcp(&tcp, from, to), time, number),
            Err(_) => self.skipped.unreadable += 1,
        }
    }

    fn segment(&mut self, segment: &Segment<'_>, time: Time, number: u64) {
        let ends = Ends::of(segment.from, segment.to);
        if self.is_twice(ends, segment, time) {
            self.skipped.twice += 1;
            self.forget(ends);
            return self.over(ends);
        }
        // Nearly every segment goes on with a connection that lacks nothing, or is of no interest.
        match self.flows.get_mut(&ends) {
            Some(State::Told(flow)) if !flow.is_another(segment) => {
                flow.segment(segment, &mut |told| record(&mut self.recorder, &mut self.skipped, time, number, told));
                if !flow.is_stuck() && !flow.is_closed() {
                    flow.stuck_since = None;
                } else if let Some(State::Told(mut flow)) = self.flows.remove(&ends) {
                    self.watch(ends, &mut flow, time, number);
                    self.keep(ends, flow);
                }
                return;
            }
            Some(State::Over) if !segment.syn => return,
            _ => {}
        }
        match self.flows.remove(&ends) {
            Some(State::Told(mut flow)) => {
                flow.replaced(&mut |told| record(&mut self.recorder, &mut self.skipped, time, number, told));
                self.numbers.remove(&flow.connection());
                self.begin(ends, segment, time, number);
            }
            Some(State::Held(held)) if !segment.syn => self.hold(ends, held, segment, time, number),
            None if !segment.syn => {
                let carries = !segment.payload.is_empty() || segment.cut > 0;
                if carries {
                    self.hold(ends, Vec::new(), segment, time, number);
                }
            }
            _ => self.begin(ends, segment, time, number),
        }
    }

    /// A connection begins with a SYN.
    fn begin(&mut self, ends: Ends, syn: &Segment<'_>, time: Time, number: u64) {
        let (client, server) = if syn.acknowledged.is_some() { (syn.to, syn.from) } else { (syn.from, syn.to) };
        let flow = self.flow(client, server);
        self.go_on(ends, flow, syn, time, number);
        self.young.push_back(ends);
        if self.young.len() > MOST_YOUNG
            && let Some(oldest) = self.young.pop_front()
            && matches!(self.flows.get(&oldest), Some(State::Told(flow)) if !flow.is_opened())
        {
            self.forget(oldest);
        }
    }

    /// Nothing is known of a connection any more.
    fn forget(&mut self, ends: Ends) {
        if let Some(State::Told(flow)) = self.flows.remove(&ends) {
            self.numbers.remove(&flow.connection());
        }
    }

    /// Whether a segment answers a SYN as another one has just done, between other addresses: the same connection, on the other
    /// side of an address translator.
    fn is_twice(&mut self, ends: Ends, segment: &Segment<'_>, time: Time) -> bool {
        let Some(acknowledged) = segment.acknowledged.filter(|_| segment.syn) else { return false };
        while self.handshakes.front().is_some_and(|first| time.since(first.time) > TRANSLATING) {
            self.handshakes.pop_front();
        }
        let (server, sequences) = (segment.from, (acknowledged, segment.sequence));
        let same = |known: &&Handshake| known.sequences == sequences && known.server == server;
        match self.handshakes.iter().find(same) {
            Some(known) => known.ends != ends && sequences.0.max(sequences.1) >= CHOSEN,
            None => {
                self.handshakes.push_back(Handshake { time, ends, server, sequences });
                false
            }
        }
    }

    fn flow(&mut self, client: SocketAddr, server: SocketAddr) -> Box<Flow> {
        let connection = self.recorder.next_connection();
        self.numbers.insert(connection, Ends::of(client, server));
        Box::new(Flow::new(connection, client, server))
    }

    fn go_on(&mut self, ends: Ends, mut flow: Box<Flow>, segment: &Segment<'_>, time: Time, number: u64) {
        flow.segment(segment, &mut |told| record(&mut self.recorder, &mut self.skipped, time, number, told));
        self.watch(ends, &mut flow, time, number);
        self.keep(ends, flow);
    }

    /// Notes since when octets of a connection are missing.
    fn watch(&mut self, ends: Ends, flow: &mut Flow, time: Time, number: u64) {
        if !flow.is_stuck() {
            flow.stuck_since = None;
        } else if flow.stuck_since.is_none() && self.stuck.len() < MOST_STUCK {
            flow.stuck_since = Some(time);
            self.stuck.push_back((time, ends));
        } else if flow.stuck_since.is_none() {
            flow.give_up(&mut |told| record(&mut self.recorder, &mut self.skipped, time, number, told));
        }
    }

    fn keep(&mut self, ends: Ends, flow: Box<Flow>) {
        if flow.is_closed() {
            self.numbers.remove(&flow.connection());
            self.over(ends);
        } else {
            self.flows.insert(ends, State::Told(flow));
        }
    }

    /// What was acknowledged long ago and has not come is lost: while it is waited for, answers behind it seem to be late.
    fn give_up(&mut self, time: Time, number: u64) {
        while let Some((since, ends)) = self.stuck.front().copied()
            && time.since(since) >= LATEST
        {
            self.stuck.pop_front();
            match self.flows.remove(&ends) {
                Some(State::Told(mut flow)) if flow.stuck_since == Some(since) => {
                    flow.stuck_since = None;
                    // Not when the next packet came: whoever waits for an answer has to know of the loss before.
                    let time = since + LATEST;
                    flow.give_up(&mut |told| record(&mut self.recorder, &mut self.skipped, time, number, told));
                    self.keep(ends, flow);
                }
                Some(other) => {
                    self.flows.insert(ends, other);
                }
                None => {}
            }
        }
    }

    fn over(&mut self, ends: Ends) {
        self.flows.insert(ends, State::Over);
        self.over.push_back(ends);
        if self.over.len() > MOST_OVER
            && let Some(oldest) = self.over.pop_front()
            && matches!(self.flows.get(&oldest), Some(State::Over))
        {
            self.flows.remove(&oldest);
        }
    }

    /// A segment of a connection whose opening was not captured.
    fn hold(&mut self, ends: Ends, mut held: Vec<Held>, segment: &Segment<'_>, time: Time, number: u64) {
        // A keep-alive comes again and again, and tells nothing.
        let is_again = |held: &Held| held.segment.from == segment.from && held.segment.sequence == segment.sequence;
        if segment.payload.len() <= 1 && !segment.rst && held.iter().any(is_again) {
            self.flows.insert(ends, State::Held(held));
            return;
        }
        let payload = segment.payload.to_vec();
        held.push(Held { segment: Segment { payload: &[], ..*segment }, payload });
        let known = (self.speaker)(segment.payload).is_some();
        let octets: usize = held.iter().map(|held| held.payload.len()).sum();
        if !known && !segment.rst && held.len() < MOST_HELD && octets < MOST_HELD_OCTETS {
            if held.len() == 1 {
                self.middles.push_back(ends);
            }
            self.flows.insert(ends, State::Held(held));
            return self.guess_oldest(time, number);
        }
        self.tell_held(ends, &held, time, number);
    }

    /// Too many connections are held: that which is so for the longest time won't tell its client any more.
    fn guess_oldest(&mut self, time: Time, number: u64) {
        if self.middles.len() > MOST_MIDDLES
            && let Some(oldest) = self.middles.pop_front()
        {
            match self.flows.remove(&oldest) {
                Some(State::Held(held)) => self.tell_held(oldest, &held, time, number),
                Some(other) => drop(self.flows.insert(oldest, other)),
                None => {}
            }
        }
    }

    fn tell_held(&mut self, ends: Ends, held: &[Held], time: Time, number: u64) {
        let mut flow = self.oriented(held, time, number);
        self.watch(ends, &mut flow, time, number);
        self.keep(ends, flow);
    }

    /// The connection that segments belong to, with what they tell.
    fn oriented(&mut self, held: &[Held], time: Time, number: u64) -> Box<Flow> {
        let spoken = held.iter().find_map(|held| (self.speaker)(&held.payload).map(|speaker| (held.segment, speaker)));
        let first = held.first().map(|held| held.segment);
        let (client, server) = match (spoken, first) {
            (Some((segment, Speaker::Client)), _) => (segment.from, segment.to),
            (Some((segment, Speaker::Server)), _) => (segment.to, segment.from),
            (None, Some(segment)) if segment.from.port() < segment.to.port() => (segment.to, segment.from),
            (None, Some(segment)) => (segment.from, segment.to),
            (None, None) => (([0; 4], 0).into(), ([0; 4], 0).into()),
        };
        let mut flow = self.flow(client, server);
        for held in held {
            let segment = Segment { payload: &held.payload, ..held.segment };
            flow.segment(&segment, &mut |told| record(&mut self.recorder, &mut self.skipped, time, number, told));
        }
        flow
    }
}

fn record(recorder: &mut Recorder, skipped: &mut Skipped, time: Time, number: u64, told: Told) {
    match told {
        Told::Seen(seen) => {
            recorder.record(time, seen);
        }
        Told::Changed => {
            skipped.changed += 1;
            skipped.first_changed.get_or_insert(number);
        }
        Told::StrayReset => {
            skipped.stray_resets += 1;
            skipped.first_stray_reset.get_or_insert(number);
        }
    }
}
