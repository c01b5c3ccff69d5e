//! Scripts for the print server without I/O: `what is done => what comes of it`, a line each.
//!
//! ```text
//! alice create => #1 0 o1                     calls are numbered; handles are named o1, o2 … and c1, c2 … as they appear
//! alice register o1 uni => #2 0
//! alice get o1 => #3 pending
//! source notify hi => done; #3 0 T hi         what else comes to its end follows
//! ```

use std::collections::HashMap;

use bytes::Bytes;
use dcerpc::ContextHandle;
use dcerpc::ndr::{Conformant, WideString};
use mspan::method::{
    CloseChannelIn, CreateIn, DeleteIn, GetNewChannelIn, GetNotificationIn, GetNotificationSendResponseIn, In, Out,
    RegisterClientIn, UnregisterClientIn,
};
use mspan::{ConversationStyle, Hresult, NotificationType, UserFilter};
use peer::server::{AssociationId, CallToken, Caller, Completion, Identity, Outcome, PrintServer, ServerOptions};
use peer::{Misbehaviour, Variant};
use trace::stimulus::{Answer, Audience, Request};
use uuid::Uuid;

/// Runs a script: each line as it is written and as it came out.
pub(crate) fn run(script: &str, misbehaviour: Option<Misbehaviour>) -> Vec<(String, String)> {
    let (limits, script) = match script.split_once('\n') {
        Some((first, rest)) if first.starts_with("limits ") => (first, rest),
        _ => ("", script),
    };
    let mut run = Run::new(ServerOptions { misbehaviour, ..options(limits) });
    let lines = script.lines().map(str::trim).filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let (deed, effect) = line.split_once(" =>").unwrap_or((line, ""));
            (format!("{deed} =>{effect}"), format!("{deed} => {}", run.line(deed)))
        })
        .collect()
}

/// The first line of a script may set limits and name a variant.
fn options(limits: &str) -> ServerOptions {
    let mut options = ServerOptions { seed: Some(7), ..ServerOptions::default() };
    for word in limits.split_whitespace().skip(1) {
        if let Some(variant) = Variant::from_name(word) {
            options.variant = Some(variant);
            continue;
        }
        let (name, number) = word.split_once('=').unwrap();
        let number: usize = number.parse().unwrap();
        match name {
            "registrations" => options.registration_limit = number,
            "objects" => options.object_limit = number,
            "channels" => options.channel_limit = number,
            "queue" => options.queue_limit = number,
            "response" => options.response_limit = u32::try_from(number).unwrap(),
            _ => panic!("no such limit: {name}"),
        }
    }
    options
}

struct Run {
    server: PrintServer,
    calls: u32,
    names: HashMap<ContextHandle, String>,
    handles: HashMap<String, ContextHandle>,
}

impl Run {
    fn new(options: ServerOptions) -> Self {
        Self { server: PrintServer::new(options), calls: 0, names: HashMap::new(), handles: HashMap::new() }
    }

    fn line(&mut self, deed: &str) -> String {
        let words: Vec<&str> = deed.split_whitespace().collect();
        match words[..] {
            ["source", ..] => {
                let answer = self.server.source(request(&words[1..]));
                self.with_completions(show_answer(&answer), None)
            }
            [who, "gone"] => {
                let caller = caller(who);
                self.server.connection_ended(u64::from(caller.association.0));
                self.server.association_ended(caller.association);
                self.with_completions("done".to_owned(), None)
            }
            [who, "cancel", call] => {
                let connection = u64::from(caller(who).association.0);
                self.server.cancel(CallToken { connection, call_id: call.trim_start_matches('#').parse().unwrap() });
                self.with_completions("done".to_owned(), None)
            }
            [who, ..] => self.call(who, &words[1..]),
            [] => String::new(),
        }
    }

    fn call(&mut self, who: &str, words: &[&str]) -> String {
        let caller = caller(who);
        self.calls += 1;
        let token = CallToken { connection: u64::from(caller.association.0), call_id: self.calls };
        let input = self.input(words);
        self.server.call(&caller, token, input);
        self.with_completions(format!("#{} pending", self.calls), Some(self.calls))
    }

    /// What was done, or how the own call ended, and the other calls that ended.
    fn with_completions(&mut self, done: String, own: Option<u32>) -> String {
        let mut shown = vec![done];
        while let Some(Completion { token, outcome }) = self.server.next_completion() {
            let text = format!("#{} {}", token.call_id, self.show(&outcome));
            if own == Some(token.call_id) { shown[0] = text } else { shown.push(text) }
        }
        shown.join("; ")
    }

    fn input(&self, words: &[&str]) -> In {
        let handle = |name: &str| self.handles.get(name).copied().unwrap_or(ContextHandle::NULL);
        match *words {
            ["create"] => In::Create(CreateIn),
            ["delete", object] => In::Delete(DeleteIn { remote_obj: handle(object) }),
            ["register", object, ref rest @ ..] => In::RegisterClient(registration(handle(object), rest)),
            ["unregister", object] => In::UnregisterClient(UnregisterClientIn { registration_obj: handle(object) }),
            ["channels", object] => In::GetNewChannel(GetNewChannelIn { remote_obj: handle(object) }),
            ["get", object] => In::GetNotification(GetNotificationIn { remote_obj: handle(object) }),
            ["next", channel, ref rest @ ..] => {
                let (kind, in_size, notification_data) = match *rest {
                    [] => (None, 0, None),
                    [kind] => (Some(notification_type(kind)), 0, None),
                    [kind, data] => (Some(notification_type(kind)), size(data), payload(data)),
                    _ => panic!("too many words: {words:?}"),
                };
                let channel = handle(channel);
                let notification_type = kind;
                In::GetNotificationSendResponse(GetNotificationSendResponseIn {
                    channel,
                    notification_type,
                    in_size,
                    notification_data,
                })
            }
            ["close", channel, kind, ref rest @ ..] => In::CloseChannel(CloseChannelIn {
                channel: handle(channel),
                notification_type: notification_type(kind),
                in_size: rest.first().map_or(0, |data| size(data)),
                reason: rest.first().and_then(|data| payload(data)),
            }),
            _ => panic!("no such call: {words:?}"),
        }
    }

    fn show(&mut self, outcome: &Outcome) -> String {
        let out = match outcome {
            Outcome::Fault(status) => return format!("fault {status:#010x}"),
            Outcome::Return(out) => out,
        };
        match out {
            Out::Create(out) => format!("{} {}", show_status(out.status), self.name(out.remote_obj, 'o')),
            Out::Delete(out) => self.name(out.remote_obj, 'o'),
            Out::RegisterClient(out) => {
                let referral = out.referral.as_ref().map(|referral| format!(" referral {}", referral.text()));
                format!("{}{}", show_status(out.status), referral.unwrap_or_default())
            }
            Out::UnregisterClient(out) => show_status(out.status),
            Out::GetNewChannel(out) => {
                let handles = out.channel_ctxt.as_ref().map(|array| array.elements.clone()).unwrap_or_default();
                let names: Vec<_> = handles.into_iter().map(|handle| self.name(handle, 'c')).collect();
                format!("{} {} [{}]", show_status(out.status), out.no_of_channels, names.join(" "))
            }
            Out::GetNotification(out) => {
                let data = show_data(out.out_size, out.notification_data.as_ref());
                format!("{} {} {data}", show_status(out.status), show_type(out.notification_type))
            }
            Out::GetNotificationSendResponse(out) => {
                let channel = self.name(out.channel, 'c');
                let data = show_data(out.out_size, out.notification_data.as_ref());
                format!("{} {channel} {} {data}", show_status(out.status), show_type(out.notification_type))
            }
            Out::CloseChannel(out) => format!("{} {}", show_status(out.status), self.name(out.channel, 'c')),
        }
    }

    fn name(&mut self, handle: ContextHandle, kind: char) -> String {
        if handle.is_null() {
            return "NULL".to_owned();
        }
        if let Some(name) = self.names.get(&handle) {
            return name.clone();
        }
        let number = 1 + self.handles.keys().filter(|name| name.starts_with(kind)).count();
        let name = format!("{kind}{number}");
        self.names.insert(handle, name.clone());
        self.handles.insert(name.clone(), handle);
        name
    }
}

/// `alice`, `bob` … are administrators, `guest` is not, and `alice2` is alice from another association.
fn caller(who: &str) -> Caller {
    let association = who.bytes().fold(0, |sum: u32, octet| sum.wrapping_mul(31).wrapping_add(u32::from(octet)));
    let user = who.trim_end_matches(|c: char| c.is_ascii_digit());
    Caller { association: AssociationId(association), identity: Identity::user(user, user != "guest") }
}

fn registration(registration_obj: ContextHandle, words: &[&str]) -> RegisterClientIn {
    let mut input = RegisterClientIn {
        registration_obj,
        name: None,
        notification_type: notification_type("T"),
        filter: UserFilter::PER_USER,
        style: ConversationStyle::UNIDIRECTIONAL,
    };
    for word in words {
        match word.split_once('=') {
            None if *word == "uni" => {}
            None if *word == "bidi" => input.style = ConversationStyle::BIDIRECTIONAL,
            None if *word == "all" => input.filter = UserFilter::ALL_USERS,
            Some(("name", name)) => input.name = Some(WideString::new(name)),
            Some(("type", kind)) => input.notification_type = notification_type(kind),
            Some(("filter", number)) => input.filter = UserFilter(number.parse().unwrap()),
            Some(("style", number)) => input.style = ConversationStyle(number.parse().unwrap()),
            _ => panic!("no such parameter: {word}"),
        }
    }
    input
}

fn request(words: &[&str]) -> Request {
    let data = |words: &[&str]| Bytes::from(words.first().copied().unwrap_or_default().to_owned());
    let id = |word: &str| word.to_owned();
    match *words {
        ["notify", data, ref rest @ ..] => {
            Request::Notify { audience: audience(rest), data: Bytes::from(data.to_owned()) }
        }
        ["open", channel, data, ref rest @ ..] => Request::OpenChannel {
            id: id(channel),
            audience: audience(rest),
            data: (data != "-").then(|| Bytes::from(data.to_owned())),
        },
        ["send", channel, ref rest @ ..] => Request::ChannelNotify { id: id(channel), data: data(rest) },
        ["close", channel] => Request::ChannelClose { id: id(channel) },
        ["log", channel] => Request::ChannelLog { id: id(channel) },
        ["delete", printer] => Request::DeletePrinter { printer: id(printer) },
        ["shutdown"] => Request::Shutdown,
        [verb, ..] => Request::Nonsense { verb: id(verb) },
        [] => panic!("the source does nothing"),
    }
}

fn audience(words: &[&str]) -> Audience {
    let mut audience = Audience { notification_type: notification_type("T").0, filter: 1, user: None, printer: None };
    for word in words {
        match word.split_once('=') {
            Some(("for", user)) => (audience.filter, audience.user) = (0, Some(user.to_owned())),
            Some(("name", name)) => audience.printer = Some(name.to_owned()),
            Some(("type", kind)) => audience.notification_type = notification_type(kind).0,
            Some(("filter", number)) => audience.filter = number.parse().unwrap(),
            _ => panic!("no such audience: {word}"),
        }
    }
    audience
}

fn notification_type(name: &str) -> NotificationType {
    match name {
        "T" => NotificationType(Uuid::from_u128(0x7)),
        "U" => NotificationType(Uuid::from_u128(0x8)),
        "RELEASE" => NotificationType::RELEASE,
        "CONFIG" => NotificationType::PRINTER_CONFIGURATION,
        _ => panic!("no such type: {name}"),
    }
}

fn show_type(kind: Option<NotificationType>) -> String {
    let known = ["T", "U", "RELEASE", "CONFIG"].into_iter().find(|name| Some(notification_type(name)) == kind);
    kind.map_or("-".to_owned(), |kind| known.map_or_else(|| kind.to_string(), str::to_owned))
}

/// `*N` is N octets, `\\0` a zero octet, everything else itself.
fn payload(data: &str) -> Option<Conformant<Bytes>> {
    let octets = match data.strip_prefix('*') {
        Some(count) => Bytes::from(vec![b'x'; count.parse().unwrap()]),
        None => Bytes::from(data.replace(r"\0", "\0")),
    };
    Some(Conformant::from(octets))
}

fn size(data: &str) -> u32 {
    u32::try_from(payload(data).unwrap().elements.len()).unwrap()
}

fn show_data(size: u32, data: Option<&Conformant<Bytes>>) -> String {
    let text = match data {
        None => "-".to_owned(),
        Some(array) if array.elements.is_empty() => "empty".to_owned(),
        Some(array) => String::from_utf8_lossy(&array.elements).replace('\0', r"\0"),
    };
    let fits = data.map_or(0, |array| array.max_count) == u64::from(size);
    if fits { text } else { format!("{text} of {size}") }
}

fn show_status(status: Hresult) -> String {
    if status == Hresult::OK { "0".to_owned() } else { format!("{:#010x}", status.0) }
}

fn show_answer(answer: &Answer) -> String {
    match answer {
        Answer::Done => "done".to_owned(),
        Answer::Refused { unsupported: true, .. } => "unsupported".to_owned(),
        Answer::Refused { error, .. } => format!("refused: {error}"),
        Answer::Silent { why } => format!("silent: {why}"),
        Answer::Log(log) => {
            let responses =
                log.responses.iter().map(|response| String::from_utf8_lossy(&response.data).replace('\0', r"\0"));
            let acquired = log.acquired.map_or("?", |acquired| if acquired { "acquired" } else { "free" });
            let closed = log.closed_by.flatten().map_or("open".to_owned(), |by| format!("closed by {by:?}"));
            format!("[{}] {acquired} {closed}", responses.collect::<Vec<_>>().join(" "))
        }
    }
}
