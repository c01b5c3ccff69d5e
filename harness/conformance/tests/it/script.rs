//! A terse way to write traces: events as the dissector would give them.
//!
//! Connections are named [`A`], [`A2`] (of A's association), [`B`], [`B2`] (of B's association); they open at their first
//! use. Every event comes 1 ms after the one before; [`Script::wait`] lets time pass.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use conformance::event::{
    AssociationId, CallFinished, CallId, CallStarted, Event, Gap, Kind, Layer, Negotiated, Opened, Outcome, Pdu,
    Protection, Signature,
};
use conformance::{Checker, Config, Report, Rule, Source};
use dcerpc::ndr::{Conformant, Format, WideString};
use dcerpc::{ContextHandle, Defect, TransferSyntax};
use mspan::method::{self, In, Out};
use mspan::{ConversationStyle, Hresult, Interface, Method, NotificationType, UserFilter};
use trace::stimulus::{Answer, Audience, Request};
use trace::{CallMark, ConnectionEnd, ConnectionId, Direction, End, LocalEvent, Mark, Time, Vantage};
use uuid::Uuid;

/// A connection of a script: number of the connection and of its association.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Line(pub(crate) u32, pub(crate) u32);

/// The first client's connection.
pub(crate) const A: Line = Line(0, 0);
/// Its second connection, in the same association.
pub(crate) const A2: Line = Line(1, 0);
/// The second client's connection.
pub(crate) const B: Line = Line(2, 1);
/// Its second connection.
pub(crate) const B2: Line = Line(3, 1);

/// A context handle of a script.
pub(crate) const fn h(number: u128) -> ContextHandle {
    ContextHandle::new(Uuid::from_u128(0x1000 + number))
}

/// A notification type of a script.
pub(crate) const fn t(number: u128) -> NotificationType {
    NotificationType(Uuid::from_u128(0xFF00_0000_0000_0000_0000_0000_0000_0000 + number))
}

/// A notification's octets.
pub(crate) fn n(number: u8) -> Bytes {
    Bytes::from(vec![b'<', number, 0, b'>'])
}

/// Events in the making.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    pub(crate) config: Config,
    events: Vec<Event>,
    now: Time,
    calls: BTreeMap<&'static str, (CallId, Line, Option<Method>)>,
    next_call: u64,
    next_stimulus: u64,
    open: Vec<Line>,
    mark: Option<CallMark>,
    defects: Vec<Defect>,
    protection: Option<Protection>,
}

impl Script {
    /// A trace that a client took, of a server whose sources obey the harness alone.
    pub(crate) fn new() -> Self {
        Self {
            config: Config { vantage: Vantage::Client, source: Source::Exclusive, ..Config::default() },
            events: Vec::new(),
            now: Time::ZERO,
            calls: BTreeMap::new(),
            next_call: 0,
            next_stimulus: 0,
            open: Vec::new(),
            mark: None,
            defects: Vec::new(),
            protection: None,
        }
    }

    /// Any event, 1 ms after the last.
    pub(crate) fn event(mut self, kind: Kind) -> Self {
        self.now = self.now + Duration::from_millis(1);
        let number = self.events.len() as u64;
        self.events.push(Event { number, time: self.now, entry: number, kind });
        self
    }

    /// Lets milliseconds pass.
    pub(crate) fn wait(mut self, milliseconds: u64) -> Self {
        self.now = self.now + Duration::from_millis(milliseconds);
        self
    }

    /// The connection's opening and its bind, unless both are done.
    pub(crate) fn open(self, line: Line) -> Self {
        self.open_from(line, &format!("client-{}", line.1))
    }

    /// The same, from an address.
    pub(crate) fn open_from(self, line: Line, client: &str) -> Self {
        self.open_to(line, client, "server")
    }

    /// The same, to an address.
    pub(crate) fn open_to(mut self, line: Line, client: &str, server: &str) -> Self {
        if self.open.contains(&line) {
            return self;
        }
        self.open.push(line);
        let (client, server) = (client.to_owned(), server.to_owned());
        self = self.event(Kind::Opened(Opened { connection: ConnectionId(line.0), client, server, actor: None }));
        for (context_id, interface) in (0..).zip(Interface::ALL) {
            self = self.event(Kind::Negotiated(Negotiated {
                connection: ConnectionId(line.0),
                association: Some(AssociationId(line.1)),
                begins: true,
                context_id,
                abstract_syntax: interface.id(),
                proposed: vec![TransferSyntax::Ndr.id()],
                offered: vec![TransferSyntax::Ndr.id(), TransferSyntax::Ndr64.id()],
                result: 0,
                reason: 0,
                accepted: Some(TransferSyntax::Ndr.id()),
            }));
        }
        self
    }

    /// The connection's user is authenticated.
    pub(crate) fn user(self, line: Line, user: &str, administrator: bool) -> Self {
        self.user_of(line, None, user, administrator)
    }

    /// The user of one security context is authenticated.
    pub(crate) fn user_of(self, line: Line, context: Option<u32>, user: &str, administrator: bool) -> Self {
        let connection = ConnectionId(line.0);
        let (auth_context_id, user) = (context, user.to_owned());
        let local = LocalEvent::Authenticated { connection, auth_context_id, user, administrator };
        self.open(line).event(Kind::Local(local))
    }

    /// Calls go under a security context of a connection, named 5, at a level, and are rightly signed.
    pub(crate) fn signed(self, level: u8) -> Self {
        self.guarded(level, Signature::Verified)
    }

    /// The same, with another signature or with none.
    pub(crate) fn guarded(self, level: u8, signature: Signature) -> Self {
        self.under(Some(Protection { context_id: Some(5), level, sealed: level == 6, signature }))
    }

    /// What protects the PDUs of calls from here on.
    pub(crate) fn under(mut self, protection: Option<Protection>) -> Self {
        self.protection = protection;
        self
    }

    /// The next call breaks these requirements on purpose.
    pub(crate) fn violating(mut self, requirements: &[&str]) -> Self {
        self.mark = Some(CallMark {
            connection: ConnectionId(0),
            call_id: 0,
            actor: "alice".into(),
            step: "call".into(),
            line: 1,
            violates: requirements.iter().map(|&id| id.to_owned()).collect(),
        });
        self
    }

    /// The next request's octets have this defect.
    pub(crate) fn defect(mut self, defect: Defect) -> Self {
        self.defects.push(defect);
        self
    }

    /// A call starts, under a name by which it can be finished.
    pub(crate) fn start(self, line: Line, name: &'static str, input: In) -> Self {
        let method = input.method();
        let length = if method == Method::Create { 0 } else { 24 };
        self.request(line, name, Some(method.interface()), method.opnum(), Some(input), length)
    }

    /// A call starts whose parameters can't be read, or whose opnum has no method.
    pub(crate) fn request(
        mut self,
        line: Line,
        name: &'static str,
        interface: Option<Interface>,
        opnum: u16,
        input: Option<In>,
        stub_length: usize,
    ) -> Self {
        self = self.open(line);
        let call = CallId(self.next_call);
        self.next_call += 1;
        let call_id = u32::try_from(call.0).unwrap() + 1;
        let method = interface.and_then(|interface| Method::from_opnum(interface, opnum));
        self.calls.insert(name, (call, line, method));
        self = self.pdu(line, Direction::ToServer, 0, call_id);
        let begun = self.now;
        let (defects, mark) = (std::mem::take(&mut self.defects), self.mark.take());
        let protection = self.protection.clone();
        self.event(Kind::CallStarted(CallStarted {
            call,
            association: AssociationId(line.1),
            connection: ConnectionId(line.0),
            call_id,
            begun,
            interface,
            opnum,
            method,
            protection,
            format: Format::default(),
            stub_length,
            input,
            defects,
            mark: mark.map(Box::new),
        }))
    }

    /// A PDU in one fragment.
    pub(crate) fn pdu(self, line: Line, direction: Direction, ptype: u8, call_id: u32) -> Self {
        self.flagged_pdu(line, direction, ptype, 3, call_id)
    }

    /// A PDU that is of no call, with these flags.
    pub(crate) fn flagged(self, line: Line, direction: Direction, ptype: u8, flags: u8) -> Self {
        self.flagged_pdu(line, direction, ptype, flags, 0)
    }

    fn flagged_pdu(self, line: Line, direction: Direction, ptype: u8, flags: u8, call_id: u32) -> Self {
        let protection = self.protection.clone();
        self.event(Kind::Pdu(Pdu {
            connection: ConnectionId(line.0),
            direction,
            ptype,
            flags,
            frag_length: 64,
            auth_length: 0,
            call_id,
            octets: Bytes::new(),
            interfaces: Vec::new(),
            auth: None,
            protection,
            defects: Vec::new(),
        }))
    }

    /// A call comes back.
    pub(crate) fn finish(mut self, name: &'static str, outcome: Outcome) -> Self {
        let (call, line, method) = self.calls[name];
        let ptype = match outcome {
            Outcome::Returned { .. } => Some(2),
            Outcome::Fault { .. } => Some(3),
            Outcome::Lost => None,
        };
        if let Some(ptype) = ptype {
            self = self.pdu(line, Direction::ToClient, ptype, u32::try_from(call.0).unwrap() + 1);
        }
        let (connection, association) = (ConnectionId(line.0), AssociationId(line.1));
        self.event(Kind::CallFinished(CallFinished { call, method, connection, association, outcome }))
    }

    /// A call starts and comes back.
    pub(crate) fn call(self, line: Line, input: In, outcome: Outcome) -> Self {
        self.start(line, "call", input).finish("call", outcome)
    }

    /// Create, with success.
    pub(crate) fn create(self, line: Line, handle: ContextHandle) -> Self {
        self.call(line, create(), created(handle))
    }

    /// RegisterClient, with success: kPerUser, for the print server itself.
    pub(crate) fn register(
        self,
        line: Line,
        handle: ContextHandle,
        kind: NotificationType,
        style: ConversationStyle,
    ) -> Self {
        self.call(line, register(handle).of(kind).style(style).into(), registered(Hresult::OK))
    }

    /// Create and RegisterClient for unidirectional notifications.
    pub(crate) fn uni(self, line: Line, handle: ContextHandle, kind: NotificationType) -> Self {
        self.create(line, handle).register(line, handle, kind, ConversationStyle::UNIDIRECTIONAL)
    }

    /// Create and RegisterClient for bidirectional notifications.
    pub(crate) fn bidi(self, line: Line, handle: ContextHandle, kind: NotificationType) -> Self {
        self.create(line, handle).register(line, handle, kind, ConversationStyle::BIDIRECTIONAL)
    }

    /// UnregisterClient, with success.
    pub(crate) fn unregister(self, line: Line, handle: ContextHandle) -> Self {
        self.call(line, unregister(handle), unregistered(Hresult::OK))
    }

    /// Delete, with success.
    pub(crate) fn delete(self, line: Line, handle: ContextHandle) -> Self {
        self.call(line, delete(handle), deleted(ContextHandle::NULL))
    }

    /// The source is asked for something, and answers.
    pub(crate) fn stimulus(mut self, request: Request, answer: Answer) -> Self {
        let number = self.next_stimulus;
        self.next_stimulus += 1;
        self = self.event(Kind::StimulusAsked { number, request });
        self.event(Kind::StimulusAnswered { number, answer })
    }

    /// The source raises a unidirectional notification for all users, about the print server itself.
    pub(crate) fn notify(self, kind: NotificationType, data: Bytes) -> Self {
        self.notify_to(to_all(kind), data)
    }

    /// The source raises a unidirectional notification.
    pub(crate) fn notify_to(self, audience: Audience, data: Bytes) -> Self {
        self.stimulus(Request::Notify { audience, data }, Answer::Done)
    }

    /// A connection ends. Calls on it have to be finished with `Lost` before.
    pub(crate) fn close(self, line: Line, by: Direction) -> Self {
        self.event(Kind::Closed { connection: ConnectionId(line.0), how: ConnectionEnd::Orderly { by } })
    }

    /// The last connection of an association has ended.
    pub(crate) fn run_down(self, line: Line) -> Self {
        self.event(Kind::AssociationEnded(AssociationId(line.1)))
    }

    /// Something can't be read.
    pub(crate) fn gap(self, line: Line, direction: Direction, layer: Layer, malformed: bool) -> Self {
        let why = "expected something else".to_owned();
        let call = None;
        let connection = ConnectionId(line.0);
        self.event(Kind::Gap(Gap {
            connection,
            direction,
            layer,
            call,
            offset: 0,
            why,
            malformed,
            other_syntax: false,
            short_enumerations: false,
            over_http: false,
        }))
    }

    /// The parameters of a named call can't be read.
    pub(crate) fn stub_gap(self, name: &'static str, direction: Direction, malformed: bool) -> Self {
        let (call, line, _) = self.calls[name];
        let why = "offset 0x10: needs 4 octets, 0 left".to_owned();
        let (connection, call, layer) = (ConnectionId(line.0), Some(call), Layer::Stub);
        self.event(Kind::Gap(Gap {
            connection,
            direction,
            layer,
            call,
            offset: 16,
            why,
            malformed,
            other_syntax: false,
            short_enumerations: false,
            over_http: false,
        }))
    }

    /// The harness starts the client of a connection, to wait for so many notifications.
    pub(crate) fn launched(self, line: Line, wants: u32) -> Self {
        self.event(Kind::Mark(Mark::Launched { client: format!("client-{}", line.1), wants }))
    }

    /// The harness was late.
    pub(crate) fn late(self, milliseconds: u64) -> Self {
        self.event(Kind::Mark(Mark::Late { nanoseconds: milliseconds * 1_000_000 }))
    }

    /// The events so far.
    pub(crate) fn events(self) -> Vec<Event> {
        self.events
    }

    /// What a recording shows of it: nothing that only the harness knows.
    pub(crate) fn recorded(mut self) -> Self {
        let known =
            |kind: &Kind| matches!(kind, Kind::Mark(_) | Kind::StimulusAsked { .. } | Kind::StimulusAnswered { .. });
        self.events.retain(|event| !known(&event.kind) && !matches!(event.kind, Kind::Local(_)));
        self.config.source = Source::Unseen;
        self
    }

    /// Judges the trace by rules.
    pub(crate) fn judge(self, rules: impl IntoIterator<Item = &'static Rule>) -> Report {
        let Self { config, events, now, .. } = self.event(Kind::End(End::Complete));
        assert_eq!(events.last().unwrap().time, now);
        let mut checker = Checker::new(config, rules);
        for event in events {
            checker.event(event, &mut |_| {});
        }
        checker.finish()
    }
}

/// Parameters of RegisterClient in the making.
#[derive(Clone, Debug)]
pub(crate) struct Register(method::RegisterClientIn);

/// RegisterClient: kPerUser, kUniDirectional, for the print server itself.
pub(crate) fn register(handle: ContextHandle) -> Register {
    Register(method::RegisterClientIn {
        registration_obj: handle,
        name: None,
        notification_type: t(0),
        filter: UserFilter::PER_USER,
        style: ConversationStyle::UNIDIRECTIONAL,
    })
}

impl Register {
    pub(crate) fn of(mut self, kind: NotificationType) -> Self {
        self.0.notification_type = kind;
        self
    }
    pub(crate) fn name(mut self, name: &str) -> Self {
        self.0.name = Some(WideString::new(name));
        self
    }
    pub(crate) fn filter(mut self, filter: UserFilter) -> Self {
        self.0.filter = filter;
        self
    }
    pub(crate) fn style(mut self, style: ConversationStyle) -> Self {
        self.0.style = style;
        self
    }
}

impl From<Register> for In {
    fn from(register: Register) -> Self {
        Self::RegisterClient(register.0)
    }
}

pub(crate) fn create() -> In {
    In::Create(method::CreateIn)
}
pub(crate) fn delete(remote_obj: ContextHandle) -> In {
    In::Delete(method::DeleteIn { remote_obj })
}
pub(crate) fn unregister(registration_obj: ContextHandle) -> In {
    In::UnregisterClient(method::UnregisterClientIn { registration_obj })
}
pub(crate) fn get_notification(remote_obj: ContextHandle) -> In {
    In::GetNotification(method::GetNotificationIn { remote_obj })
}
pub(crate) fn get_new_channel(remote_obj: ContextHandle) -> In {
    In::GetNewChannel(method::GetNewChannelIn { remote_obj })
}

/// A response PDU with these parameters, in NDR.
pub(crate) fn returned(output: Out) -> Outcome {
    let stub_length = length(&output);
    Outcome::Returned { output: Some(output), defects: Vec::new(), format: Format::default(), stub_length }
}

pub(crate) fn created(remote_obj: ContextHandle) -> Outcome {
    returned(Out::Create(method::CreateOut { remote_obj, status: Hresult::OK }))
}
pub(crate) fn deleted(remote_obj: ContextHandle) -> Outcome {
    returned(Out::Delete(method::DeleteOut { remote_obj }))
}
pub(crate) fn registered(status: Hresult) -> Outcome {
    returned(Out::RegisterClient(method::RegisterClientOut { referral: None, status }))
}
pub(crate) fn unregistered(status: Hresult) -> Outcome {
    returned(Out::UnregisterClient(method::UnregisterClientOut { status }))
}

/// GetNotification brings a notification.
pub(crate) fn notification(kind: NotificationType, data: Bytes) -> Outcome {
    returned(Out::GetNotification(method::GetNotificationOut {
        notification_type: Some(kind),
        out_size: u32::try_from(data.len()).unwrap(),
        notification_data: Some(Conformant::from(data)),
        status: Hresult::OK,
    }))
}

/// GetNotification comes back without one.
pub(crate) fn no_notification(kind: Option<NotificationType>, status: Hresult) -> Outcome {
    let (notification_type, notification_data) = (kind, None);
    returned(Out::GetNotification(method::GetNotificationOut {
        notification_type,
        out_size: 0,
        notification_data,
        status,
    }))
}

/// GetNewChannel brings channels, or a failure.
pub(crate) fn channels(handles: &[ContextHandle], status: Hresult) -> Outcome {
    returned(Out::GetNewChannel(method::GetNewChannelOut {
        no_of_channels: u32::try_from(handles.len()).unwrap(),
        channel_ctxt: (!handles.is_empty()).then(|| Conformant::from(handles.to_vec())),
        status,
    }))
}

pub(crate) fn fault(status: u32) -> Outcome {
    Outcome::Fault { status, did_not_execute: false }
}

/// A response PDU whose stub can't be read.
pub(crate) fn unreadable() -> Outcome {
    Outcome::Returned { output: None, defects: Vec::new(), format: Format::default(), stub_length: 3 }
}

/// For all users, about the print server itself.
pub(crate) fn to_all(kind: NotificationType) -> Audience {
    Audience { notification_type: kind.0, filter: 1, user: None, printer: None }
}

/// For one user, about the print server itself.
pub(crate) fn to_user(kind: NotificationType, user: &str) -> Audience {
    Audience { notification_type: kind.0, filter: 0, user: Some(user.to_owned()), printer: None }
}

/// For all users, about a print queue.
pub(crate) fn about(kind: NotificationType, printer: &str) -> Audience {
    Audience { printer: Some(printer.to_owned()), ..to_all(kind) }
}

/// Length of the stub in NDR, where a rule looks at it.
fn length(output: &Out) -> usize {
    match output {
        Out::Create(_) => 24,
        Out::Delete(_) => 20,
        Out::RegisterClient(output) => output.referral.as_ref().map_or(8, |name| 8 + 12 + name.units.len() * 2),
        Out::UnregisterClient(_) => 4,
        _ => 0,
    }
}
