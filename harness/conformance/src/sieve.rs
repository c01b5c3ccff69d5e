//! Finds, among all connections of a network, those that are to be judged.
//!
//! ```text
//!                 rubbish, another protocol
//!  held ─────────────────────────────────────────────▶ foreign: nothing is told of it
//!    │
//!    │ binds one of ours, or is of an association with a connection that did
//!    └──▶ told: what negotiates, and the calls if it bound one of ours itself
//!             │ no call is left that began before that
//!             └──▶ passed on as it comes
//! ```
//!
//! A connection whose bind was not seen is ours when it names a handle that a connection of ours was given by the same server.
//! A client may bind another interface first and ours by an alter_context on the same connection, and connections that never
//! bind ours keep an association alive. So nothing is foreign because of what it binds. Calls of other interfaces from before
//! are left out whole, request and answer: a judge that saw but the answer would find that nobody had asked. Where protection is
//! to be verified, protected ones are not, for security contexts number the PDUs of all interfaces; those that are too many are
//! told as lost. Offsets in what is told count from its own start. What is held is bounded.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::string::String;
use alloc::vec::Vec;

use bytes::Bytes;
use dcerpc::ContextHandle;
use dcerpc::epm;
use dcerpc::fragment::Framed;
use dcerpc::pdu::{Body, Flags, Header, Pdu, PduType};
use mspan::Interface;
use trace::{ConnectionId, Direction, Lost, Observation, Opened, Seen};

use crate::dissect::stream::{HEADER, Next, Stream, is_header};
use crate::handle;
use crate::open::Open;

/// Octets of negotiation that are held of one connection.
const MOST_HELD: usize = 64 << 10;

/// Octets of protected calls of other interfaces that are kept of one connection.
const MOST_PROTECTED: usize = 256 << 10;

/// Things that are held of one connection, and calls that are left out of it, at most.
const MOST_THINGS: usize = 4_096;

/// Handles that are known at most.
const MOST_HANDLES: usize = 1 << 16;

/// Associations without an open connection that are known at most.
const MOST_OVER: usize = 1 << 14;

/// Sifts what was seen. `T` is a note of the caller's on each thing, such as its packet.
#[derive(Debug)]
pub struct Sieve<T> {
    connections: Open<Watched<T>>,
    /// Associations with a connection that is ours, with how many connections of each are open.
    ours: BTreeMap<Association, usize>,
    /// Of these the ones whose last connection has ended, the oldest first. One that goes on may be among them.
    over: VecDeque<Association>,
    most_over: usize,
    /// Handles of [MS-PAN] that servers have given, by the server's address.
    handles: Handles,
    handle_count: usize,
    /// Addresses of servers where [MS-PAN] was bound, or is by an endpoint mapper's word.
    places: BTreeSet<String>,
    keeps_protected: bool,
    sifted: Sifted,
}

/// Handles, by the address of their server.
type Handles = BTreeMap<String, BTreeSet<ContextHandle>>;

/// A server and an assoc_group_id.
type Association = (String, u32);

/// What a sieve found. Each counts connections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sifted {
    /// Bound one of the two interfaces of [MS-PAN].
    pub ours: u64,
    /// Bound the endpoint mapper and neither of them.
    pub endpoint_mapper: u64,
    /// DCE/RPC whose bind was not seen: whether it was ours can't be known.
    pub unbound: u64,
    /// Of these, to addresses where [MS-PAN] was bound, or is by an endpoint mapper's word.
    pub unbound_at_ours: u64,
    /// Bind not seen, and known for ours by a handle; they count as ours, too.
    pub by_handle: u64,
    /// No connections, but associations of MS-PAN that were forgotten, long after their last connection had ended: what joined
    /// them afterwards and bound neither interface was not looked for.
    pub forgotten: u64,
}

#[derive(Debug)]
enum Watched<T> {
    Followed(Box<Followed<T>>),
    /// Of that association.
    Passed(Option<Box<Association>>),
}

/// A connection whose PDUs are looked at.
#[derive(Debug)]
struct Followed<T> {
    connection: ConnectionId,
    server: String,
    /// What will be told if it is worth it; once it is told, what is to be told next.
    held: Vec<(T, Seen)>,
    held_octets: usize,
    is_told: bool,
    to_server: Stream,
    to_client: Stream,
    /// PDUs were seen on it.
    speaks_rpc: bool,
    /// A bind was seen.
    bound: bool,
    /// Octets are missing: its bind may be.
    lossy: bool,
    worth: Worth,
    /// Its assoc_group_id.
    group: Option<u32>,
    /// The association of ours that it counts for.
    member: Option<Box<Association>>,
    /// The assoc_group_id that its bind names to join.
    named: Option<u32>,
    /// call_ids of unfinished calls that are left out.
    left_out: BTreeSet<u32>,
    /// Octets of protected calls of other interfaces that are not; none where all are.
    protected: Option<usize>,
    /// Whether nothing was told of a party since protected PDUs of it were left out.
    doubts_client: bool,
    doubts_server: bool,
}

/// What a connection binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Worth {
    Other,
    EndpointMapper,
    Ours,
}

/// Another protocol.
struct Foreign;

/// Who sends octets that begin with a PDU; none when they don't, or both parties send such PDUs.
#[must_use]
pub fn sender(octets: &[u8]) -> Option<Direction> {
    let header = octets.get(..HEADER).filter(|header| is_header(header))?;
    match PduType(*header.get(2)?) {
        PduType::REQUEST
        | PduType::BIND
        | PduType::ALTER_CONTEXT
        | PduType::AUTH3
        | PduType::CO_CANCEL
        | PduType::ORPHANED => Some(Direction::ToServer),
        PduType::RESPONSE
        | PduType::FAULT
        | PduType::BIND_ACK
        | PduType::BIND_NAK
        | PduType::ALTER_CONTEXT_RESP
        | PduType::SHUTDOWN => Some(Direction::ToClient),
        _ => None,
    }
}

impl<T: Copy> Default for Sieve<T> {
    fn default() -> Self {
        Self {
            connections: Open::default(),
            ours: BTreeMap::new(),
            over: VecDeque::new(),
            most_over: MOST_OVER,
            handles: Handles::new(),
            handle_count: 0,
            places: BTreeSet::new(),
            keeps_protected: false,
            sifted: Sifted::default(),
        }
    }
}

impl<T: Copy> Sieve<T> {
    /// A sieve before whoever verifies signatures.
    #[must_use]
    pub fn keeping_protected_calls() -> Self {
        Self { keeps_protected: true, ..Self::default() }
    }

    /// One that knows so many associations without an open connection, in place of 16,384.
    #[must_use]
    pub fn remembering(self, associations: usize) -> Self {
        Self { most_over: associations, ..self }
    }

    /// Takes the next that was seen and gives to `sink` what is to be judged. Gives the connection that turned out to be
    /// foreign: it is forgotten, and nothing more is to be told of it.
    pub fn push(&mut self, note: T, seen: Seen, sink: &mut dyn FnMut(T, Seen)) -> Option<ConnectionId> {
        let connection = match &seen {
            Seen::Opened(opened) => opened.connection,
            Seen::Octets(seen) => seen.connection,
            Seen::Lost(lost) => lost.connection,
            Seen::Closed(closed) => closed.connection,
            _ => {
                sink(note, seen);
                return None;
            }
        };
        let is_over = matches!(seen, Seen::Closed(_));
        if !is_over && matches!(self.connections.get(connection), Some(Watched::Passed(_))) {
            sink(note, seen);
            return None;
        }
        let mut followed = match self.connections.remove(connection) {
            Some(Watched::Passed(member)) => {
                sink(note, seen);
                self.depart(member);
                return None;
            }
            Some(Watched::Followed(followed)) => followed,
            None => Box::new(Followed::new(connection, &seen, self.keeps_protected)),
        };
        if followed.take(note, seen, &self.handles).is_err() {
            self.leave(&followed);
            self.depart(followed.member);
            return Some(connection);
        }
        self.tell(&mut followed, sink);
        if is_over {
            self.leave(&followed);
            self.depart(followed.member);
        } else {
            let passes = followed.pass(note, sink);
            let watched = if passes { Watched::Passed(followed.member.take()) } else { Watched::Followed(followed) };
            self.connections.insert(connection, watched);
        }
        None
    }

    /// A server has given a handle of [MS-PAN]: whoever names it on a connection whose bind was not seen speaks that, too.
    pub fn know_handle(&mut self, server: &str, handle: ContextHandle) {
        if self.handle_count >= MOST_HANDLES {
            return;
        }
        let is_new = match self.handles.get_mut(server) {
            Some(handles) => handles.insert(handle),
            None => self.handles.insert(server.into(), BTreeSet::from([handle])).is_none(),
        };
        self.handle_count += usize::from(is_new);
    }

    /// [MS-PAN] is to be found at that address, as an endpoint mapper says.
    pub fn know_place(&mut self, server: &str) {
        if self.places.len() < MOST_THINGS {
            self.places.insert(server.into());
        }
    }

    /// What was found, at the end.
    #[must_use]
    pub fn finish(mut self) -> Sifted {
        for watched in core::mem::take(&mut self.connections).values_mut() {
            if let Watched::Followed(followed) = watched {
                self.leave(followed);
            }
        }
        self.sifted
    }

    /// Tells what is held of a connection that is worth it, and of those that become so with it.
    fn tell(&mut self, followed: &mut Followed<T>, sink: &mut dyn FnMut(T, Seen)) {
        let association = followed.association();
        let is_member = association.as_ref().is_some_and(|association| self.ours.contains_key(association));
        if !followed.is_told && (followed.worth > Worth::Other || is_member) {
            followed.is_told = true;
            match followed.worth {
                Worth::Ours => {
                    self.sifted.ours += 1;
                    self.sifted.by_handle += u64::from(!followed.bound);
                }
                Worth::EndpointMapper => self.sifted.endpoint_mapper += 1,
                Worth::Other => {}
            }
        }
        followed.flush(sink);
        let Some(association) = association else { return };
        if is_member {
            let joins = usize::from(followed.join(&association));
            *self.ours.entry(association).or_default() += joins;
            return;
        }
        if followed.worth == Worth::Ours {
            let mut members = 0;
            for watched in self.connections.values_mut() {
                if let Watched::Followed(other) = watched
                    && other.association().as_ref() == Some(&association)
                {
                    other.is_told = true;
                    other.flush(sink);
                    members += usize::from(other.join(&association));
                }
            }
            members += usize::from(followed.join(&association));
            self.know_place(&association.0);
            self.ours.insert(association.clone(), members);
            if members == 0 {
                self.end(association);
            }
        }
    }

    /// A connection of an association of ours has ended.
    fn depart(&mut self, member: Option<Box<Association>>) {
        let Some(association) = member else { return };
        let Some(open) = self.ours.get_mut(&*association) else { return };
        *open = open.saturating_sub(1);
        if *open > 0 {
            return;
        }
        self.end(*association);
    }

    /// No open connection counts for an association: too many of these are forgotten, the oldest first.
    fn end(&mut self, association: Association) {
        self.over.push_back(association);
        while self.over.len() > self.most_over
            && let Some(oldest) = self.over.pop_front()
        {
            if self.ours.get(&oldest) == Some(&0) {
                self.ours.remove(&oldest);
                self.sifted.forgotten += 1;
            }
        }
    }

    fn leave(&mut self, followed: &Followed<T>) {
        if followed.speaks_rpc && !followed.bound && followed.worth == Worth::Other {
            self.sifted.unbound += 1;
            self.sifted.unbound_at_ours += u64::from(self.places.contains(&followed.server));
        }
    }
}

impl<T: Copy> Followed<T> {
    fn new(connection: ConnectionId, seen: &Seen, keeps_protected: bool) -> Self {
        let server = if let Seen::Opened(Opened { server, .. }) = seen { server.clone() } else { String::new() };
        Self {
            connection,
            server,
            held: Vec::new(),
            held_octets: 0,
            is_told: false,
            to_server: Stream::from_start(),
            to_client: Stream::from_start(),
            speaks_rpc: false,
            bound: false,
            lossy: false,
            worth: Worth::Other,
            group: None,
            member: None,
            named: None,
            left_out: BTreeSet::new(),
            protected: keeps_protected.then_some(0),
            doubts_client: false,
            doubts_server: false,
        }
    }

    /// Counts for an association from here on. Whether it did for none before.
    fn join(&mut self, association: &Association) -> bool {
        let is_new = self.member.is_none();
        if is_new {
            self.member = Some(Box::new(association.clone()));
        }
        is_new
    }

    fn association(&self) -> Option<Association> {
        self.group.map(|group| (self.server.clone(), group))
    }

    /// Takes what was seen.
    fn take(&mut self, note: T, seen: Seen, handles: &Handles) -> Result<(), Foreign> {
        match seen {
            Seen::Octets(Observation { direction, octets, .. }) => {
                return self.octets(note, direction, &octets, handles);
            }
            Seen::Lost(lost) => {
                self.lossy = true;
                // The answer to its bind may be lost.
                if lost.direction == Direction::ToClient && self.group.is_none() {
                    self.group = self.named;
                }
                self.stream(lost.direction).lost(lost.octets.unwrap_or(0));
                self.hold(note, Seen::Lost(lost));
            }
            Seen::Closed(_) => {
                self.hold_all_pending(note);
                self.hold(note, seen);
            }
            _ => self.hold(note, seen),
        }
        Ok(())
    }

    fn octets(&mut self, note: T, direction: Direction, octets: &Bytes, handles: &Handles) -> Result<(), Foreign> {
        self.stream(direction).push(octets);
        while let Some(next) = self.stream(direction).next() {
            match next {
                Next::Pdu(framed) => self.pdu(note, direction, &framed, handles)?,
                // Of a connection that is judged, rubbish is the judge's.
                Next::Rubbish { .. } if self.is_judged() => self.hold_pending(note, direction),
                Next::Rubbish { guessed: true, .. } => {}
                Next::Rubbish { .. } => return Err(Foreign),
            }
        }
        let other_version = self.stream(direction).pending().first().is_some_and(|version| *version != 5);
        if other_version && !self.is_told && self.worth == Worth::Other { Err(Foreign) } else { Ok(()) }
    }

    fn pdu(&mut self, note: T, direction: Direction, framed: &Framed, handles: &Handles) -> Result<(), Foreign> {
        let header = Header::decode(&framed.octets).map_err(|_| Foreign)?.value;
        if header.version != 5 && !self.is_judged() {
            return Err(Foreign);
        }
        self.speaks_rpc = true;
        let mut is_kept = false;
        if is_call(header.ptype) {
            if direction == Direction::ToServer && self.names_ours(framed, handles) {
                self.worth = Worth::Ours;
            }
            is_kept = self.keeps(&header);
            if !is_kept && self.leaves_out(direction, &header) {
                self.doubt(note, direction, &header);
                return Ok(());
            }
        } else {
            self.negotiation(framed);
        }
        if is_kept || self.is_judged() || self.held_octets + framed.octets.len() <= MOST_HELD {
            self.held_octets += if is_kept { 0 } else { framed.octets.len() };
            *self.doubts(direction) = false;
            let octets = framed.octets.clone();
            self.hold(note, Seen::Octets(Observation { connection: self.connection, direction, octets }));
        }
        Ok(())
    }

    /// Whether a connection whose bind may have been missed goes on with a handle of ours.
    fn names_ours(&self, framed: &Framed, handles: &Handles) -> bool {
        if self.worth == Worth::Ours || !self.lossy {
            return false;
        }
        let Ok(pdu) = Pdu::decode(&framed.octets).map(|pdu| pdu.value) else { return false };
        let Body::Request(request) = &pdu.body else { return false };
        let handle = handle::leading(&request.stub, pdu.header.order()).filter(|_| pdu.header.flags.has(Flags::FIRST));
        let known = handles.get(&self.server);
        handle.zip(known).is_some_and(|(handle, known)| known.contains(&handle))
    }

    fn doubts(&mut self, direction: Direction) -> &mut bool {
        match direction {
            Direction::ToServer => &mut self.doubts_client,
            Direction::ToClient => &mut self.doubts_server,
        }
    }

    fn is_judged(&self) -> bool {
        self.is_told || self.worth > Worth::Other
    }

    /// Whether a PDU of a call of another interface is kept, for it counts where signatures are verified.
    fn keeps(&mut self, header: &Header) -> bool {
        let is_other = self.worth == Worth::Other && header.auth_length > 0 && !self.left_out.contains(&header.call_id);
        let Some(protected) = self.protected.as_mut().filter(|_| is_other && self.held.len() < MOST_THINGS / 2) else {
            return false;
        };
        let octets = *protected + usize::from(header.frag_length);
        let fits = octets <= MOST_PROTECTED;
        *protected = if fits { octets } else { *protected };
        fits
    }

    /// A protected PDU was left out: what comes after it in its direction can't be verified.
    fn doubt(&mut self, note: T, direction: Direction, header: &Header) {
        let counts = self.protected.is_some() && header.auth_length > 0;
        if counts && !core::mem::replace(self.doubts(direction), true) {
            self.hold(note, Seen::Lost(Lost { connection: self.connection, direction, octets: Some(0) }));
        }
    }

    /// Whether a PDU belongs to a call that is left out.
    fn leaves_out(&mut self, direction: Direction, header: &Header) -> bool {
        let is_first = direction == Direction::ToServer && header.flags.has(Flags::FIRST);
        if is_first && self.worth == Worth::Other && self.left_out.len() < MOST_THINGS {
            self.left_out.insert(header.call_id);
        }
        let leaves_out = self.worth == Worth::Other || self.left_out.contains(&header.call_id);
        if direction == Direction::ToClient && header.flags.has(Flags::LAST) {
            self.left_out.remove(&header.call_id);
        }
        leaves_out
    }

    /// What a PDU that is no part of a call tells.
    fn negotiation(&mut self, framed: &Framed) {
        match Pdu::decode(&framed.octets).map(|pdu| pdu.value.body) {
            Ok(Body::Bind(bind) | Body::AlterContext(bind)) => {
                self.bound = true;
                if bind.assoc_group_id != 0 {
                    self.named = Some(bind.assoc_group_id);
                }
                for context in bind.contexts {
                    // In whatever version: the judge has a word about that.
                    self.worth = self.worth.max(match context.abstract_syntax {
                        syntax if Interface::ALL.iter().any(|ours| ours.id().uuid == syntax.uuid) => Worth::Ours,
                        epm::INTERFACE => Worth::EndpointMapper,
                        _ => Worth::Other,
                    });
                }
            }
            Ok(Body::BindAck(answer)) => self.group = Some(answer.assoc_group_id),
            _ => {}
        }
    }

    fn hold(&mut self, note: T, seen: Seen) {
        if self.is_told || self.held.len() < MOST_THINGS {
            self.held.push((note, seen));
        }
    }

    /// Octets of which no PDU was made, as they are.
    fn hold_pending(&mut self, note: T, direction: Direction) {
        let octets = Bytes::copy_from_slice(self.stream(direction).pending());
        if self.worth > Worth::Other && !octets.is_empty() {
            self.hold(note, Seen::Octets(Observation { connection: self.connection, direction, octets }));
        }
    }

    fn hold_all_pending(&mut self, note: T) {
        self.hold_pending(note, Direction::ToServer);
        self.hold_pending(note, Direction::ToClient);
    }

    fn flush(&mut self, sink: &mut dyn FnMut(T, Seen)) {
        if self.is_told {
            self.held.drain(..).for_each(|(note, seen)| sink(note, seen));
        }
    }

    /// Whether it need not be looked at any more; what waits for the rest of a PDU is told then.
    fn pass(&mut self, note: T, sink: &mut dyn FnMut(T, Seen)) -> bool {
        let passes = self.is_told
            && self.worth > Worth::Other
            && (self.group.is_some() || (self.worth == Worth::Ours && !self.bound))
            && self.left_out.is_empty()
            && self.to_server.is_framing()
            && self.to_client.is_framing();
        if passes {
            self.hold_all_pending(note);
            self.flush(sink);
        }
        passes
    }

    fn stream(&mut self, direction: Direction) -> &mut Stream {
        match direction {
            Direction::ToServer => &mut self.to_server,
            Direction::ToClient => &mut self.to_client,
        }
    }
}

/// Whether a PDU belongs to a call.
fn is_call(ptype: PduType) -> bool {
    matches!(ptype, PduType::REQUEST | PduType::RESPONSE | PduType::FAULT | PduType::CO_CANCEL | PduType::ORPHANED)
}
