//! A recording as a scenario against a client: our side is the server that the client spoke with.

use std::collections::{BTreeMap, BTreeSet};

use conformance::compare::{Call, End, Parameter, Value};
use conformance::event::AssociationId;
use mspan::{Hresult, Method, NotificationType};
use trace::stimulus::Request;

use super::server::Server;
use super::story::{Story, What, brought};
use super::word::{flow, step, text_of};

/// Names for the instances of the client.
const INSTANCES: [&str; 5] = ["one", "two", "three", "four", "five"];

/// Octets of a parameter that are expected one for one; of longer ones that they are there.
const MOST_EXPECTED: usize = 4 << 10;

/// A scenario in the making.
pub(super) struct Client<'a> {
    story: &'a Story,
    /// Writes what both kinds of scenarios have in common.
    pub(super) server: Server<'a>,
    instances: BTreeMap<AssociationId, String>,
    launched: BTreeSet<AssociationId>,
    pub(super) steps: String,
}

impl<'a> Client<'a> {
    pub(super) fn new(story: &'a Story) -> Self {
        let mut instances = BTreeMap::new();
        for call in story.transcript.calls().iter().filter(|call| call.interface.is_some()) {
            let count = instances.len();
            let name =
                || INSTANCES.get(count).map_or_else(|| format!("instance{}", count + 1), |name| (*name).to_owned());
            instances.entry(call.association).or_insert_with(name);
        }
        Self { story, server: Server::new(story, false), instances, launched: BTreeSet::new(), steps: String::new() }
    }

    /// Writes all steps.
    pub(super) fn write(&mut self) {
        let story = self.story;
        let last: BTreeMap<AssociationId, usize> =
            story.transcript.calls().iter().enumerate().map(|(number, call)| (call.association, number)).collect();
        for happening in &story.happenings {
            match &happening.what {
                What::Start(number) => self.start(*number),
                What::End(number) => {
                    let Some(call) = story.call(*number) else { continue };
                    let is_last = last.get(&call.association) == Some(number);
                    if let Some(instance) = self.instances.get(&call.association).filter(|_| is_last) {
                        let entries = [("client", instance.clone()), ("disconnect", "true".to_owned())];
                        self.steps += &step("await", &entries);
                    }
                }
                What::Asked(request, is_done) => self.asked(request, *is_done),
                What::Dropped(..) => {}
            }
        }
    }

    fn start(&mut self, number: usize) {
        let Some(call) = self.story.call(number) else { return };
        let Some(instance) = self.instances.get(&call.association).cloned() else { return };
        if self.launched.insert(call.association) {
            self.launch(call.association, &instance);
        }
        let Some(method) = call.method else {
            self.server.unexpressed.push(format!("entry {}: {}", call.entry, call.operation()));
            return;
        };
        let mut entries = vec![("client", instance), ("call", method.name().to_owned())];
        let mut input = Vec::new();
        for Parameter { name, value } in call.input.clone().unwrap_or_default() {
            match value {
                Value::Handle(_) | Value::Number(_, None) => {}
                Value::Octets(octets) if octets.len() > MOST_EXPECTED => input.push((name, "not_null".to_owned())),
                value => input.extend(self.server.value(&value).map(|value| (name, value))),
            }
        }
        if !input.is_empty() {
            entries.push(("in", flow(&input)));
        }
        self.steps += &step("await", &entries);
    }

    /// What our side answers otherwise than it would, and then the launch.
    fn launch(&mut self, association: AssociationId, instance: &str) {
        let calls: Vec<&Call> =
            self.story.transcript.calls().iter().filter(|call| call.association == association).collect();
        let scripted: BTreeSet<Method> =
            calls.iter().filter(|call| self.is_scripted(call)).filter_map(|call| call.method).collect();
        for method in scripted {
            let of = calls.iter().filter(|call| call.method == Some(method));
            let answers: Vec<(bool, &&Call)> = of.map(|call| (self.is_scripted(call), call)).collect();
            let until = answers.iter().rposition(|(scripted, _)| *scripted).map_or(0, |last| last + 1);
            for (is_scripted, call) in answers.into_iter().take(until) {
                let mut entries = vec![("client", instance.to_owned()), ("call", method.name().to_owned())];
                entries.push(match (&call.end, is_scripted) {
                    (End::Fault(status), true) => ("fault", format!("{status:#010x}")),
                    (_, true) => ("status", format!("{:#010x}", call.code().unwrap_or_default())),
                    // Processed, and answered as our side would.
                    (_, false) => ("late", "1ms".to_owned()),
                });
                self.steps += &step("answer", &entries);
            }
        }
        let mut entries = vec![("client", instance.to_owned())];
        let register = calls.iter().find(|call| call.method == Some(Method::RegisterClient));
        let style = register.and_then(|call| call.input_value("conversationStyle")).cloned();
        let kind = match register.and_then(|call| call.input_value("pInNotificationType")) {
            Some(Value::Type(kind)) => Some(*kind),
            _ => None,
        };
        let is_configuration = kind == Some(NotificationType::PRINTER_CONFIGURATION)
            || kind == Some(NotificationType::PRINTER_CONFIGURATION_SDK);
        let mode = match style {
            _ if is_configuration => "printer-configuration",
            Some(Value::Number(0, _)) => "bidirectional",
            _ => "unidirectional",
        };
        entries.push(("mode", mode.to_owned()));
        if let Some(kind) = kind {
            entries.push(("type", self.server.words.notification_type(kind)));
        }
        let notifications: Vec<_> = calls.iter().filter_map(|call| brought(call)).collect();
        entries.extend(
            notifications.iter().find_map(|(_, data)| document_in(data)).map(|word| ("document", word.to_owned())),
        );
        if let Some(Value::Text(name)) = register.and_then(|call| call.input_value("pName")) {
            entries.push(("printer", self.server.words.name(&name.clone())));
        }
        let actor = calls.first().and_then(|call| self.story.actors.get(&call.connection));
        let wanted = actor.and_then(|actor| self.story.wants.get(actor)).and_then(|wants| usize::try_from(*wants).ok());
        let count = wanted.unwrap_or(notifications.len()).max(1);
        if count > 1 {
            entries.push(("count", count.to_string()));
        }
        self.steps += &step("launch", &entries);
    }

    /// Whether a call failed without a reason that our side has, too.
    fn is_scripted(&self, call: &Call) -> bool {
        let natural = [Hresult::NOTIFICATIONS_TERMINATED.0, Hresult::CALL_OUTSTANDING.0];
        call.failed() == Some(true) && !call.code().is_some_and(|code| natural.contains(&code))
    }

    fn asked(&mut self, request: &Request, is_done: bool) {
        match self.server.request(request) {
            Some(words) => {
                self.server.asks = true;
                let mut entries = vec![words];
                if !is_done {
                    entries.push(("expect", "any".to_owned()));
                }
                self.steps += &step("stimulus", &entries);
            }
            None => self.server.unexpressed.push("what a notification source was asked, for it is too long".to_owned()),
        }
    }
}

/// The word for the document that octets hold.
fn document_in(octets: &[u8]) -> Option<&'static str> {
    let text = text_of(octets)?;
    let known = [
        ("<balloonUI", "balloon"),
        ("<messageBoxUI", "message-box"),
        ("<customUI", "custom-ui"),
        ("<customData", "custom-data"),
        ("<bidi:", "configuration"),
    ];
    known.into_iter().find(|(element, _)| text.contains(element)).map(|(_, word)| word)
}
