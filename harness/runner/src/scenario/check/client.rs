//! Steps of scenarios whose target is a client.

use mspan::Method;
use mspan::method::field_names;

use super::Checker;
use super::call::method_named;
use super::expectation::{Subject, kind_of};
use crate::scenario::meant::{Action, Await, Awaited, Kind, Launch, Save, Term, Test};
use crate::scenario::written::{self, At, Otherwise, Position};

const MODES: [(&str, &str); 3] = [
    ("unidirectional", "unidirectional"),
    ("bidirectional", "bidirectional"),
    ("printer-configuration", "printer-configuration"),
];
const DOCUMENTS: [(&str, &str); 6] = [
    ("balloon", "balloon"),
    ("message-box", "message-box"),
    ("custom-ui", "custom-ui"),
    ("custom-data", "custom-data"),
    ("configuration", "configuration"),
    ("other", "other"),
];

impl Checker<'_> {
    pub(super) fn launch(&mut self, launch: &written::Launch) -> Option<Action> {
        if !self.clients.insert(launch.client.value.clone()) {
            self.complain(launch.client.position, format!("`{}` has been launched already", launch.client.value));
        }
        let mode = self.word(&launch.mode)?;
        let mode = self.one_of(launch.mode.position, "mode", &mode, &MODES)?;
        let document = match &launch.document {
            Some(document) => {
                let word = self.word(document)?;
                self.one_of(document.position, "document", &word, &DOCUMENTS)?
            }
            None => "other",
        };
        let notification_type = match &launch.notification_type {
            Some(written) => self.value(written, Kind::Type)?,
            None => Term::Name("type".to_owned()),
        };
        let printer = match &launch.printer {
            Some(At { value: written::Value::Null, .. }) | None => None,
            Some(written) => Some(self.value(written, Kind::Text)?),
        };
        let count = match &launch.count {
            Some(written) => self.value(written, Kind::Number)?,
            None => Term::Number(1),
        };
        Some(Action::Launch(Launch {
            client: launch.client.value.clone(),
            mode: mode.to_owned(),
            notification_type,
            document: document.to_owned(),
            printer,
            count,
        }))
    }

    pub(super) fn awaited(&mut self, written: &written::Await, position: Position) -> Option<Action> {
        let client = self.client(&written.client)?;
        let what = match (&written.call, &written.answer, written.disconnect) {
            (Some(name), None, false) => {
                let method = self.method(name)?;
                if !written.out.is_empty() || written.status.is_some() {
                    self.complain(position, "a call that arrives has no `out` and no `status`");
                }
                Awaited::Call(method, self.fields(&written.input, field_names(method).0, method))
            }
            (None, Some(name), false) => {
                let method = self.method(name)?;
                if !written.input.is_empty() {
                    self.complain(position, "the answer to a call has no `in`");
                }
                let status = match &written.status {
                    Some(status) => self.test(status, Subject::of(Kind::Status))?,
                    None => Test::Any,
                };
                Awaited::Answer(method, self.fields(&written.out, field_names(method).1, method), status)
            }
            (None, None, true) => Awaited::Disconnect,
            _ => {
                self.complain(position, "exactly one of `call`, `answer` and `disconnect: true` is wanted");
                return None;
            }
        };
        if written.never && written.within.is_none() {
            self.complain(position, "`never` wants `within` beside it");
        }
        let save = self.saved(written, &what);
        let within = self.duration(written.within.as_ref());
        let or_inconclusive = written.otherwise == Otherwise::Inconclusive;
        if written.never && or_inconclusive {
            self.complain(position, "`never` and `otherwise` exclude each other");
        }
        Some(Action::Await(Await { client, what, save, within, never: written.never, or_inconclusive }))
    }

    fn saved(&mut self, written: &written::Await, what: &Awaited) -> Vec<Save> {
        let names = match what {
            Awaited::Call(method, _) => field_names(*method).0,
            Awaited::Answer(method, ..) => field_names(*method).1,
            Awaited::Disconnect => &[],
        };
        let mut saves = Vec::new();
        for (name, parameter) in written.save.iter() {
            match names.iter().find(|known| known.name == parameter.value) {
                Some(known) => {
                    saves.push(Save { name: self.assign(name, kind_of(known), None), parameter: known.name });
                }
                None => self.unknown(
                    parameter.position,
                    "parameter",
                    &parameter.value,
                    names.iter().map(|known| known.name),
                ),
            }
        }
        saves
    }

    pub(super) fn exit(&mut self, exit: &written::Exit) -> Option<Action> {
        let client = self.client(&exit.client)?;
        let status = match &exit.status {
            Some(status) => self.test(status, Subject::of(Kind::Number))?,
            None => Test::Any,
        };
        let within = self.duration(exit.within.as_ref());
        Some(Action::Exit { client, status, within })
    }

    /// An instance that was launched before.
    pub(super) fn client(&mut self, written: &At<String>) -> Option<String> {
        if self.party.is_some() && !self.clients.contains(&written.value) {
            let known: Vec<String> = self.clients.iter().cloned().collect();
            self.unknown(written.position, "client", &written.value, known.iter().map(String::as_str));
            return None;
        }
        Some(written.value.clone())
    }

    pub(super) fn method(&mut self, written: &At<String>) -> Option<Method> {
        let word = self.word(written)?;
        let method = method_named(&word);
        if method.is_none() {
            self.unknown(written.position, "method", &word, Method::ALL.iter().map(|method| method.name()));
        }
        method
    }
}
