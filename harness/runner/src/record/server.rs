//! A recording as a scenario against a server: our side makes the calls that the clients made.

use std::collections::{BTreeMap, BTreeSet};

use conformance::compare::{Call, End, HandleId, Parameter, Value};
use conformance::event::AssociationId;
use mspan::{Hresult, Method, NotificationType};
use trace::ConnectionId;
use trace::stimulus::{Audience, Request};

use super::story::{Happening, Story, What};
use super::word::{Words, flow, nonce_in, quoted, step, text_of};

/// Names for clients of which nobody knows any.
const CLIENTS: [&str; 5] = ["alice", "bob", "carol", "dave", "erin"];

/// A scenario in the making.
pub(super) struct Server<'a> {
    story: &'a Story,
    pub(super) words: Words,
    actors: BTreeMap<AssociationId, String>,
    connections: BTreeMap<ConnectionId, String>,
    /// Calls that are under way, by the name that they have in the scenario.
    waiting: BTreeMap<usize, String>,
    /// Those that were said to be still pending.
    pending: BTreeSet<usize>,
    named: usize,
    closed: BTreeSet<HandleId>,
    dropped: BTreeSet<AssociationId>,
    pub(super) steps: String,
    pub(super) asks: bool,
    pub(super) unexpressed: Vec<String>,
    /// Calls that are part of a fragment.
    told: BTreeSet<usize>,
    uses_fragments: bool,
}

impl<'a> Server<'a> {
    pub(super) fn new(story: &'a Story, uses_fragments: bool) -> Self {
        let mut server = Self {
            story,
            words: words(story),
            actors: BTreeMap::new(),
            connections: BTreeMap::new(),
            waiting: BTreeMap::new(),
            pending: BTreeSet::new(),
            named: 0,
            closed: BTreeSet::new(),
            dropped: BTreeSet::new(),
            steps: String::new(),
            asks: false,
            unexpressed: Vec::new(),
            told: BTreeSet::new(),
            uses_fragments,
        };
        server.name_actors();
        server.name_handles();
        server
    }

    fn name_actors(&mut self) {
        let mut connections: BTreeMap<AssociationId, Vec<ConnectionId>> = BTreeMap::new();
        for call in self.story.transcript.calls() {
            if call.interface.is_none() {
                continue;
            }
            let known = connections.entry(call.association).or_default();
            if !known.contains(&call.connection) {
                known.push(call.connection);
            }
            if !self.actors.contains_key(&call.association) {
                let own = self
                    .story
                    .actors
                    .get(&call.connection)
                    .filter(|own| !self.actors.values().any(|known| known == *own));
                let usual = || {
                    let free = CLIENTS.iter().find(|name| !self.actors.values().any(|known| known == *name));
                    free.map_or_else(|| format!("client{}", self.actors.len() + 1), |name| (*name).to_owned())
                };
                let name = own.cloned().unwrap_or_else(usual);
                self.actors.insert(call.association, name);
            }
        }
        for several in connections.values().filter(|several| several.len() > 1) {
            for (place, connection) in several.iter().enumerate() {
                self.connections.insert(*connection, format!("connection{}", place + 1));
            }
        }
    }

    /// Names for handles that are used later.
    fn name_handles(&mut self) {
        let used: BTreeSet<HandleId> = self.story.transcript.calls().iter().filter_map(Call::about).collect();
        let (mut objects, mut arrays) = (0, 0);
        for call in self.story.transcript.calls() {
            match call.output_value("ppRemoteObj").or_else(|| call.output_value("ppChannelCtxt")) {
                Some(Value::Handle(handle)) if call.method == Some(Method::Create) && used.contains(handle) => {
                    objects += 1;
                    self.words.handles.insert(*handle, counted("object", objects));
                }
                Some(Value::Handles(handles)) if handles.iter().flatten().any(|handle| used.contains(handle)) => {
                    arrays += 1;
                    let name = counted("channels", arrays);
                    for (place, handle) in handles.iter().enumerate() {
                        if let Some(handle) = handle.filter(|handle| !self.words.handles.contains_key(handle)) {
                            self.words.handles.insert(handle, format!("{name}.{place}"));
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// Writes all steps.
    pub(super) fn write(&mut self) {
        let happenings = self.story.happenings.clone();
        for (place, happening) in happenings.iter().enumerate() {
            match &happening.what {
                What::Start(number) => self.start(place, *number),
                What::End(number) => self.end(*number, &happenings, place),
                What::Asked(request, is_done) => self.asked(request, *is_done),
                What::Dropped(connection, reset) => self.dropped(*connection, *reset, &happenings, place),
            }
        }
        for (number, name) in std::mem::take(&mut self.waiting) {
            if let Some(call) = self.story.call(number) {
                self.drop_all(call.association, false);
                self.steps += &step("finish", &[("call", name), ("expect", "lost".to_owned())]);
            }
        }
    }

    fn start(&mut self, place: usize, number: usize) {
        let Some(call) = self.story.call(number) else { return };
        if self.told.contains(&number) || !self.is_expressible(call) {
            return;
        }
        if self.registers(place, number) {
            return;
        }
        self.say_pending();
        let mut entries = self.entries(number, call);
        let ends_next = matches!(self.story.happenings.get(place + 1).map(|next| &next.what), Some(What::End(end)) if *end == number);
        if ends_next && call.end != End::Lost {
            entries.extend(self.outcome(call));
            self.steps += &step("call", &entries);
            self.told.insert(number);
            self.note_closed(call);
        } else {
            self.named += 1;
            let name = counted("waiting", self.named);
            entries.insert(0, ("as", name.clone()));
            self.steps += &step("start", &entries);
            self.waiting.insert(number, name);
        }
    }

    /// Create and RegisterClient, one after the other, of an object that is deleted later, are a fragment.
    fn registers(&mut self, place: usize, number: usize) -> bool {
        let Some(create) =
            self.story.call(number).filter(|call| call.method == Some(Method::Create) && self.uses_fragments)
        else {
            return false;
        };
        let at = |offset: usize| self.story.happenings.get(place + offset).map(|next| &next.what);
        let (Some(What::End(end)), Some(What::Start(next)), Some(What::End(last))) = (at(1), at(2), at(3)) else {
            return false;
        };
        let (next, is_so) = (*next, *end == number && last == next);
        let Some(register) = self.story.call(next).filter(|_| is_so) else { return false };
        let Some(Value::Handle(object)) = create.output_value("ppRemoteObj").cloned() else { return false };
        let is_deleted = |call: &Call| {
            call.method == Some(Method::Delete) && call.about() == Some(object) && call.failed() == Some(false)
        };
        let is_success = create.code() == Some(0) && register.code() == Some(0);
        let is_ours = register.method == Some(Method::RegisterClient) && register.about() == Some(object);
        let is_marked = [number, next].iter().any(|call| self.story.violates.contains_key(call));
        let several =
            self.connections.contains_key(&create.connection) || self.connections.contains_key(&register.connection);
        if !is_success || !is_ours || is_marked || several || !self.story.transcript.calls().iter().any(is_deleted) {
            return false;
        }
        let Some(input) = register.input.clone() else { return false };
        let mut with = vec![("actor", self.actor(create))];
        for (parameter, key, default) in [
            ("conversationStyle", "style", ""),
            ("pInNotificationType", "type", "\"${type}\""),
            ("NotifyFilter", "filter", "kAllUsers"),
            ("pName", "printer", "null"),
        ] {
            let value = input.iter().find(|known| known.name == parameter).and_then(|known| self.value(&known.value));
            let Some(value) = value else { return false };
            if value != default {
                with.push((key, value));
            }
        }
        self.say_pending();
        let name = self.words.handles.get(&object).cloned();
        let mut entries = vec![("fragment", "register".to_owned()), ("with", flow(&with))];
        entries.extend(name.map(|name| ("returns", flow(&[("object", name)]))));
        self.steps += &step("use", &entries);
        self.told.extend([number, next]);
        true
    }

    fn end(&mut self, number: usize, happenings: &[Happening], place: usize) {
        let Some(call) = self.story.call(number).filter(|_| !self.told.contains(&number)) else { return };
        let Some(name) = self.waiting.remove(&number) else { return };
        let mut entries = vec![("call", name)];
        if call.end == End::Lost {
            let ended_by_us = happenings
                .iter()
                .skip(place)
                .any(|next| matches!(&next.what, What::Dropped(connection, _) if *connection == call.connection));
            if ended_by_us {
                self.drop_all(call.association, false);
            }
        }
        entries.extend(self.outcome(call));
        self.steps += &step("finish", &entries);
        self.note_closed(call);
    }

    /// Calls that wait have to be waiting before something else happens: that is what times in the recording stood for.
    fn say_pending(&mut self) {
        for (number, name) in &self.waiting {
            if self.pending.insert(*number) {
                let because = quoted("the recording shows it waiting");
                let entries = [("call", name.clone()), ("fence", "false".to_owned()), ("because", because)];
                self.steps += &step("still_pending", &entries);
            }
        }
    }

    fn asked(&mut self, request: &Request, is_done: bool) {
        self.say_pending();
        let Some(words) = self.request(request) else {
            self.unexpressed.push("what a notification source was asked, for it is too long".to_owned());
            return;
        };
        self.asks = true;
        let mut entries = vec![words];
        if !is_done {
            entries.push(("expect", "any".to_owned()));
        }
        self.steps += &step("stimulus", &entries);
    }

    /// What a source is asked.
    pub(super) fn request(&mut self, request: &Request) -> Option<(&'static str, String)> {
        let id = |words: &Words, id: &String| {
            let short = words.nonce.as_ref().and_then(|nonce| id.strip_suffix(&format!("-{nonce}")));
            quoted(short.unwrap_or(id))
        };
        Some(match request {
            Request::Notify { audience, data } => {
                let mut entries = self.audience(audience);
                entries.push(("data", self.words.octets(data)?));
                ("notify", flow(&entries))
            }
            Request::OpenChannel { id: channel, audience, data } => {
                let mut entries = vec![("id", id(&self.words, channel))];
                entries.extend(self.audience(audience));
                if let Some(data) = data {
                    entries.push(("data", self.words.octets(data)?));
                }
                ("open_channel", flow(&entries))
            }
            Request::ChannelNotify { id: channel, data } => {
                ("channel_notify", flow(&[("id", id(&self.words, channel)), ("data", self.words.octets(data)?)]))
            }
            Request::ChannelClose { id: channel } => ("channel_close", id(&self.words, channel)),
            Request::ChannelLog { id: channel } => ("channel_log", id(&self.words, channel)),
            Request::DeletePrinter { printer } => ("delete_printer", self.words.name(printer)),
            Request::Shutdown => ("shutdown", "true".to_owned()),
            Request::Nonsense { verb } => ("nonsense", quoted(verb)),
        })
    }

    fn audience(&mut self, audience: &Audience) -> Vec<(&'static str, String)> {
        let mut entries = vec![("type", self.words.notification_type(NotificationType(audience.notification_type)))];
        if audience.filter != 1 {
            entries.push((
                "filter",
                if audience.filter == 0 { "kPerUser".to_owned() } else { audience.filter.to_string() },
            ));
        }
        if let Some(user) = &audience.user {
            let of = |(connection, (known, _)): (&ConnectionId, &(String, bool))| {
                let association = self.story.transcript.calls().iter().find(|call| call.connection == *connection);
                let actor = association.and_then(|call| self.actors.get(&call.association));
                actor.filter(|_| known == user).map(|actor| quoted(&format!("${{{actor}.user}}")))
            };
            let known = self.story.users.iter().find_map(of);
            entries.push(("user", known.unwrap_or_else(|| quoted(user))));
        }
        if let Some(printer) = &audience.printer {
            entries.push(("printer", self.words.name(printer)));
        }
        entries
    }

    fn dropped(&mut self, connection: ConnectionId, reset: bool, happenings: &[Happening], place: usize) {
        let Some(call) = self.story.transcript.calls().iter().find(|call| call.connection == connection) else {
            return;
        };
        let rest = happenings.get(place + 1..).unwrap_or_default();
        let goes_on = rest.iter().any(|next| !matches!(next.what, What::Dropped(..)));
        if !goes_on || self.dropped.contains(&call.association) {
            return;
        }
        let Some(name) = self.connections.get(&connection).cloned() else {
            return self.drop_all(call.association, reset);
        };
        let how = if reset { "reset" } else { "close" };
        self.say_pending();
        let entries = [("actor", self.actor(call)), ("connection", name), ("how", how.to_owned())];
        self.steps += &step("drop", &entries);
    }

    fn drop_all(&mut self, association: AssociationId, reset: bool) {
        if !self.dropped.insert(association) {
            return;
        }
        self.say_pending();
        let how = if reset { "reset" } else { "close" };
        let actor = self.actors.get(&association).cloned().unwrap_or_default();
        self.steps += &step("drop", &[("actor", actor), ("how", how.to_owned())]);
    }

    fn is_expressible(&mut self, call: &Call) -> bool {
        let why = match (call.method, &call.input) {
            (None, _) if call.interface.is_none() => return false,
            (None, _) => format!("{}: its stub is not kept", call.operation()),
            (Some(_), None) => format!("{}: its parameters can't be read", call.operation()),
            (Some(_), Some(_)) => return true,
        };
        self.unexpressed.push(format!("entry {}: {why}", call.entry));
        false
    }

    fn actor(&self, call: &Call) -> String {
        self.actors.get(&call.association).cloned().unwrap_or_default()
    }

    /// Who calls what, with which parameters.
    fn entries(&mut self, number: usize, call: &Call) -> Vec<(&'static str, String)> {
        let mut entries = vec![("actor", self.actor(call))];
        entries.extend(self.connections.get(&call.connection).map(|name| ("connection", name.clone())));
        entries.push(("method", call.method.map_or("", Method::name).to_owned()));
        let mut input = Vec::new();
        for Parameter { name, value } in call.input.clone().unwrap_or_default() {
            if name == "InSize" {
                continue;
            }
            match self.value(&value) {
                Some(value) => input.push((name, value)),
                None => {
                    self.unexpressed.push(format!(
                        "entry {}: {name} of {}, for it is too long",
                        call.entry,
                        call.operation()
                    ));
                    input.push((name, "null".to_owned()));
                }
            }
        }
        if !input.is_empty() {
            entries.push(("in", flow(&input)));
        }
        if call.about().is_some_and(|handle| self.is_stale(handle, call)) {
            entries.push(("stale", "true".to_owned()));
        }
        if let Some(violates) = self.story.violates.get(&number) {
            entries.push(("violates", format!("[{}]", violates.join(", "))));
        }
        entries
    }

    fn is_stale(&self, handle: HandleId, call: &Call) -> bool {
        self.closed.contains(&handle) || self.story.transcript.home(handle) != Some(call.association)
    }

    fn note_closed(&mut self, call: &Call) {
        let is_null = ["ppRemoteObj", "pChannel"].iter().any(|name| call.output_value(name) == Some(&Value::Null));
        self.closed.extend(call.about().filter(|_| is_null));
    }

    /// What has to come back, and what is kept of it.
    fn outcome(&mut self, call: &Call) -> Vec<(&'static str, String)> {
        let expect = match &call.end {
            End::Open | End::Lost => "lost".to_owned(),
            End::Fault(status) => format!("{{fault: {status:#010x}}}"),
            End::Returned(None) => "any".to_owned(),
            End::Returned(Some(output)) => self.returned(output.clone()),
        };
        let mut entries = vec![("expect", expect)];
        let handle = match (call.method, call.output_value("ppRemoteObj"), call.output_value("ppChannelCtxt")) {
            (Some(Method::Create), Some(Value::Handle(handle)), _) => Some((*handle, "ppRemoteObj")),
            (_, _, Some(Value::Handles(handles))) => {
                handles.iter().flatten().next().map(|handle| (*handle, "ppChannelCtxt"))
            }
            _ => None,
        };
        let named = handle.and_then(|(handle, parameter)| Some((self.words.handles.get(&handle)?.clone(), parameter)));
        if let Some((name, parameter)) = named {
            let name = name.split('.').next().unwrap_or_default().to_owned();
            entries.push(("save", flow(&[(name.as_str(), parameter.to_owned())])));
        }
        entries
    }

    fn returned(&mut self, output: Vec<Parameter>) -> String {
        let (mut status, mut out) = (None, Vec::new());
        for Parameter { name, value } in output {
            match (name, value) {
                (_, Value::Status(code)) => status = Some(code),
                ("pOutSize", _) => {}
                (name, Value::Null) => out.push((name, "null".to_owned())),
                (name, Value::Handle(_)) => out.push((name, "not_null".to_owned())),
                (name, Value::Handles(handles)) => out.push((name, flow(&[("count", handles.len().to_string())]))),
                (name, value) => out.extend(self.value(&value).map(|value| (name, value))),
            }
        }
        let mut returned: Vec<(&str, String)> = Vec::new();
        returned.extend(status.map(|status| ("status", status_word(status))));
        if !out.is_empty() {
            returned.push(("out", flow(&out)));
        }
        format!("{{returned: {}}}", flow(&returned))
    }

    /// A value as an [in] parameter takes it.
    pub(super) fn value(&mut self, value: &Value) -> Option<String> {
        Some(match value {
            Value::Null => "null".to_owned(),
            Value::Handle(handle) => match self.words.handles.get(handle) {
                Some(name) => quoted(&format!("${{{name}}}")),
                None => {
                    let octets = self.story.transcript.octets(*handle)?;
                    let attributes = octets.attributes.to_string();
                    flow(&[("handle", flow(&[("uuid", octets.uuid.to_string()), ("attributes", attributes)]))])
                }
            },
            Value::Handles(_) => return None,
            Value::Number(_, Some(word)) => (*word).to_owned(),
            Value::Number(number, None) => number.to_string(),
            Value::Type(kind) => self.words.notification_type(*kind),
            Value::Octets(octets) => self.words.octets(octets)?,
            Value::Text(text) => self.words.name(text),
            Value::Status(status) => status_word(*status),
        })
    }

    /// Who takes part, as the head of the file says it.
    pub(super) fn heads(&self) -> String {
        let mut heads = Vec::new();
        let mut users: Vec<&String> = Vec::new();
        for (association, name) in &self.actors {
            let calls = || self.story.transcript.calls().iter().filter(|call| call.association == *association);
            let mut entries = Vec::new();
            let overlaps = |one: &Call| {
                calls().any(|other| {
                    other.connection == one.connection
                        && other.began > one.began
                        && one.ended.is_none_or(|ended| other.began < ended)
                })
            };
            if calls().any(overlaps) {
                entries.push(("multiplex", "true".to_owned()));
            }
            if let Some((user, administrator)) = calls().find_map(|call| self.story.users.get(&call.connection)) {
                if !users.contains(&user) {
                    users.push(user);
                }
                let number = users.iter().position(|known| *known == user).map_or(1, |place| place + 1);
                match (administrator, number) {
                    (false, _) => entries.push(("identity", "not-administrator".to_owned())),
                    (true, 1) => {}
                    (true, number) => entries.push(("identity", number.to_string())),
                }
            }
            heads.push(format!("  {name}: {}\n", flow(&entries)));
        }
        heads.concat()
    }

    /// How many identities it takes, and whether one that is no administrator.
    pub(super) fn identities(&self) -> (usize, bool) {
        let of =
            |connection: &ConnectionId| self.story.transcript.calls().iter().any(|call| call.connection == *connection);
        let users: BTreeSet<&(String, bool)> =
            self.story.users.iter().filter(|(connection, _)| of(connection)).map(|(_, user)| user).collect();
        (
            users.iter().filter(|(_, administrator)| *administrator).count(),
            users.iter().any(|(_, administrator)| !administrator),
        )
    }
}

pub(super) fn status_word(status: Hresult) -> String {
    if status == Hresult::OK { "S_OK".to_owned() } else { format!("{:#010x}", status.0) }
}

pub(super) fn counted(noun: &str, number: usize) -> String {
    if number == 1 { noun.to_owned() } else { format!("{noun}{number}") }
}

/// What has a name in every scenario.
pub(super) fn words(story: &Story) -> Words {
    let mut words = Words::default();
    let mut texts = Vec::new();
    for call in story.transcript.calls() {
        let values = call.input.iter().flatten().chain(call.output().unwrap_or_default());
        for Parameter { name, value } in values {
            match value {
                Value::Octets(octets) => texts.extend(text_of(octets)),
                Value::Text(text) if *name == "pName" && call.code() == Some(0) => {
                    let parts: Vec<&str> = text.trim_start_matches('\\').split('\\').collect();
                    match parts.as_slice() {
                        [_] if text.starts_with(r"\\") => {
                            words.server = words.server.take().or_else(|| Some(text.clone()));
                        }
                        [_, _] if text.starts_with(r"\\") => {
                            words.printer = words.printer.take().or_else(|| Some(text.clone()));
                        }
                        _ => {}
                    }
                }
                _ => {}
            }
        }
    }
    words.nonce = texts.iter().find_map(|text| nonce_in(text)).map(str::to_owned);
    words
}
