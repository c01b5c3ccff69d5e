//! One TCP connection.

use std::net::SocketAddr;

use trace::{Closed, ConnectionEnd, ConnectionId, Direction, Lost, Observation, Opened, Seen, Time};

use crate::segment::Segment;
use crate::stream::{Carried, Out, Stream};

/// A connection whose client is known.
///
/// ```text
/// SYN ──▶ SYN with ACK, or octets: opened ──▶ octets, both ways ──▶ FIN both ways: closed in order
///                                                              ├──▶ FIN one way, the other one acknowledged: broken
///                                                              └──▶ RST: broken
/// ```
///
/// A SYN that is refused is no connection.
#[derive(Debug)]
pub(crate) struct Flow {
    connection: ConnectionId,
    client: SocketAddr,
    server: SocketAddr,
    to_server: Stream,
    to_client: Stream,
    opened: bool,
    /// Whose end came first.
    ended_by: Option<Direction>,
    closed: bool,
    /// Segments that came since octets are missing that were acknowledged.
    patience: u32,
    /// Since when, as whoever waits for them has noted.
    pub(crate) stuck_since: Option<Time>,
}

/// Segments of a connection that come after octets were acknowledged that have not, until those count as lost: captures with
/// several queues hold segments a little out of order.
const PATIENCE: u32 = 16;

/// What a connection tells: something seen, octets that came again as others, or a reset that nobody believes.
pub(crate) enum Told {
    Seen(Seen),
    Changed,
    StrayReset,
}

impl Flow {
    pub(crate) fn new(connection: ConnectionId, client: SocketAddr, server: SocketAddr) -> Self {
        let (to_server, to_client) = (Stream::default(), Stream::default());
        Self {
            connection,
            client,
            server,
            to_server,
            to_client,
            opened: false,
            ended_by: None,
            closed: false,
            patience: 0,
            stuck_since: None,
        }
    }

    /// Its number.
    pub(crate) fn connection(&self) -> ConnectionId {
        self.connection
    }

    /// Whether nothing more can come of it.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Whether more was seen of it than its SYN.
    pub(crate) fn is_opened(&self) -> bool {
        self.opened
    }

    /// Whether a SYN opens another connection between the same addresses.
    pub(crate) fn is_another(&self, syn: &Segment<'_>) -> bool {
        if !syn.syn || syn.acknowledged.is_some() {
            return false;
        }
        let stream = if syn.from == self.client { &self.to_server } else { &self.to_client };
        let begun = if stream.seen_from_start() { true } else { self.opened };
        begun && !(syn.from == self.client && stream.began_with(syn.sequence))
    }

    /// A segment of it.
    pub(crate) fn segment(&mut self, segment: &Segment<'_>, tell: &mut dyn FnMut(Told)) {
        if self.closed {
            return;
        }
        let direction = if segment.from == self.client { Direction::ToServer } else { Direction::ToClient };
        let mut sequence = segment.sequence;
        if segment.syn {
            self.begin(direction, segment);
            sequence = sequence.wrapping_add(1);
        } else if segment.rst && !self.stream(direction).is_in_window(sequence) {
            return tell(Told::StrayReset);
        }
        let answered = segment.syn && segment.acknowledged.is_some();
        let carries = !segment.payload.is_empty() || segment.cut > 0;
        if (answered || carries) && !segment.rst {
            self.open(tell);
        }
        self.learn_begin(direction, segment);
        let other = self.stream(direction.reversed());
        let needs = segment.acknowledged.map_or(0, |acknowledged| other.acknowledge(acknowledged));
        if segment.rst {
            return self.reset(direction, tell);
        }
        if carries || segment.fin {
            let Segment { payload: octets, cut, fin, .. } = *segment;
            let carried = Carried { sequence, octets, cut, fin, needs };
            self.pass(direction, tell, |stream, heard, out| stream.push(&carried, heard, out));
        }
        self.drain(tell);
        self.patience = if self.is_stuck() { self.patience + 1 } else { 0 };
        if self.patience >= PATIENCE {
            self.give_up(tell);
        }
        self.close(tell);
    }

    /// Whether octets are missing that were acknowledged: what comes behind them waits.
    pub(crate) fn is_stuck(&self) -> bool {
        !self.closed && (self.to_server.is_missing() || self.to_client.is_missing())
    }

    /// What is missing will not come.
    pub(crate) fn give_up(&mut self, tell: &mut dyn FnMut(Told)) {
        while self.is_stuck() {
            let before = (self.to_server.heard(), self.to_client.heard());
            for direction in [Direction::ToClient, Direction::ToServer] {
                if self.stream(direction).is_missing() {
                    let before = self.stream(direction.reversed()).needed_at_end();
                    self.pass(direction, tell, |stream, _, out| stream.give_up(before, out));
                }
            }
            self.drain(tell);
            if before == (self.to_server.heard(), self.to_client.heard()) && !self.untie(tell) {
                break;
            }
        }
        self.patience = 0;
        self.close(tell);
    }

    /// Each direction waits for the other one: what is sent again may acknowledge what rests on it. One goes first.
    /// Whether there was one.
    fn untie(&mut self, tell: &mut dyn FnMut(Told)) -> bool {
        let mut goes = false;
        for direction in [Direction::ToServer, Direction::ToClient] {
            if !goes {
                self.pass(direction, tell, |stream, _, out| goes = stream.pass_first(out));
            }
        }
        self.drain(tell);
        goes
    }

    /// Its addresses are another connection's from here on.
    pub(crate) fn replaced(&mut self, tell: &mut dyn FnMut(Told)) {
        self.finish(tell);
        let error = "its addresses were taken for another connection".to_owned();
        self.end(ConnectionEnd::Broken { by: Direction::ToServer, error }, tell);
    }

    /// Nothing more was captured.
    pub(crate) fn finish(&mut self, tell: &mut dyn FnMut(Told)) {
        self.give_up(tell);
        // What is sent behind both ends is no part of it.
        while !self.closed {
            self.drain(tell);
            let mut given_up = false;
            for direction in [Direction::ToClient, Direction::ToServer] {
                self.pass(direction, tell, |stream, _, out| given_up |= stream.give_up_rest(out));
            }
            if given_up {
                continue;
            }
            if !self.to_server.waits() && !self.to_client.waits() {
                break;
            }
            // What is left waits for what its sender says to have got, and nobody saw.
            self.to_server.presume();
            self.to_client.presume();
        }
        self.close(tell);
    }

    fn begin(&mut self, direction: Direction, syn: &Segment<'_>) {
        match (direction, syn.acknowledged) {
            (Direction::ToServer, _) => self.to_server.begin(syn.sequence),
            (Direction::ToClient, acknowledged) => {
                self.to_client.begin(syn.sequence);
                // The client's SYN was not captured, and what answers it tells its number.
                if let Some(acknowledged) = acknowledged {
                    self.to_server.begin(acknowledged.wrapping_sub(1));
                }
            }
        }
    }

    /// The answer to the client's SYN was not captured. What the client acknowledges before it has sent anything is that answer;
    /// a segment with octets may be sent again, and acknowledge more.
    fn learn_begin(&mut self, direction: Direction, segment: &Segment<'_>) {
        let is_first = !segment.syn && self.stream(direction).began_with(segment.sequence.wrapping_sub(1));
        if let Some(acknowledged) = segment.acknowledged.filter(|_| is_first) {
            let is_bare = segment.payload.is_empty() && segment.cut == 0 && !segment.fin && !segment.rst;
            self.stream(direction.reversed()).begin_at(acknowledged, is_bare);
        }
    }

    fn open(&mut self, tell: &mut dyn FnMut(Told)) {
        if std::mem::replace(&mut self.opened, true) {
            return;
        }
        tell(Told::Seen(opening(self.connection, self.client, self.server)));
        if !self.to_server.seen_from_start() && !self.to_client.seen_from_start() {
            for direction in [Direction::ToServer, Direction::ToClient] {
                self.pass(direction, tell, |stream, _, out| stream.tell_start(out));
            }
        }
    }

    /// Lets a direction take something, and tells what comes of it.
    fn pass(
        &mut self,
        direction: Direction,
        tell: &mut dyn FnMut(Told),
        take: impl FnOnce(&mut Stream, u64, &mut dyn FnMut(Out)),
    ) {
        let Self { connection, client, server, .. } = *self;
        let (mut opened, mut ended) = (self.opened, false);
        let heard = self.stream(direction.reversed()).heard();
        take(self.stream(direction), heard, &mut |out| {
            // What was acknowledged and not captured shows that there was a connection, too.
            let is_shown = matches!(out, Out::Octets(_) | Out::Lost(_) | Out::LostStart);
            if is_shown && !std::mem::replace(&mut opened, true) {
                tell(Told::Seen(opening(connection, client, server)));
            }
            match out {
                Out::Octets(octets) => tell(Told::Seen(Seen::Octets(Observation { connection, direction, octets }))),
                Out::Lost(octets) => {
                    tell(Told::Seen(Seen::Lost(Lost { connection, direction, octets: Some(octets) })));
                }
                Out::LostStart => tell(Told::Seen(Seen::Lost(Lost { connection, direction, octets: None }))),
                Out::Changed => tell(Told::Changed),
                Out::End => ended = true,
            }
        });
        self.opened = opened;
        if ended {
            self.ended_by.get_or_insert(direction);
        }
    }

    /// Passes on what nothing stands before any more.
    fn drain(&mut self, tell: &mut dyn FnMut(Told)) {
        let mut goes_on = self.to_server.waits() || self.to_client.waits() || self.is_ending();
        while std::mem::take(&mut goes_on) {
            for direction in [Direction::ToServer, Direction::ToClient] {
                self.pass(direction, tell, |stream, heard, out| goes_on |= stream.drain(heard, out));
            }
        }
    }

    fn is_ending(&self) -> bool {
        self.to_server.is_ending() || self.to_client.is_ending()
    }

    fn stream(&mut self, direction: Direction) -> &mut Stream {
        match direction {
            Direction::ToServer => &mut self.to_server,
            Direction::ToClient => &mut self.to_client,
        }
    }

    fn reset(&mut self, by: Direction, tell: &mut dyn FnMut(Told)) {
        self.finish(tell);
        self.end(ConnectionEnd::Broken { by, error: "reset".to_owned() }, tell);
    }

    fn close(&mut self, tell: &mut dyn FnMut(Told)) {
        if let (Some(by), true, true) = (self.ended_by, self.to_server.ended(), self.to_client.ended()) {
            self.end(ConnectionEnd::Orderly { by }, tell);
        } else if self.has_unseen_end() {
            let error = "an end was not captured".to_owned();
            self.end(ConnectionEnd::Broken { by: Direction::ToServer, error }, tell);
        }
    }

    /// Whether one side has ended its direction, and has got one octet more of the other one than was captured: that was its end. Which
    /// of both came first is not known, so neither side can be blamed for what it left undone.
    fn has_unseen_end(&self) -> bool {
        let (up, down) = (&self.to_server, &self.to_client);
        up.ended() && down.lacks_an_end() || down.ended() && up.lacks_an_end()
    }

    fn end(&mut self, how: ConnectionEnd, tell: &mut dyn FnMut(Told)) {
        if !std::mem::replace(&mut self.closed, true) && self.opened {
            tell(Told::Seen(Seen::Closed(Closed { connection: self.connection, how })));
        }
    }
}

fn opening(connection: ConnectionId, client: SocketAddr, server: SocketAddr) -> Seen {
    let (client, server) = (client.to_string(), server.to_string());
    Seen::Opened(Opened { connection, client, server, actor: None })
}
