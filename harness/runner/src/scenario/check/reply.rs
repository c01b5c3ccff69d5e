//! Answers to calls of the client under test.

use std::sync::Arc;

use mspan::Method;
use mspan::method::{FieldName, field_names};

use super::Checker;
use super::expectation::{FAULTS, kind_of};
use super::names::whole_reference;
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::scenario::meant::{Action, Kind, Reply, ReplyWith, Term};
use crate::scenario::written::{self, Alter, At, Entries, Position, Value};

impl Checker<'_> {
    pub(super) fn reply(&mut self, written: &written::Reply, position: Position) -> Option<Action> {
        let place = (Arc::clone(&self.source), written.client.position);
        self.answered.entry(written.client.value.clone()).or_insert(place);
        let method = self.method(&written.call)?;
        let fits = self.fields(&written.input, field_names(method).0, method);
        let with = self.reply_with(written, method, position);
        let own = written.status.is_none() && matches!(with, Some(ReplyWith::Own | ReplyWith::Returned(_)));
        if own && written.out.is_empty() && written.processed == Some(false) {
            self.complain(
                position,
                "what is not processed wants an answer: `status`, `out`, `fault`, `octets`, `never` or `end`",
            );
        }
        let response = matches!(with, Some(ReplyWith::Own | ReplyWith::Returned(_) | ReplyWith::Fault(_)));
        let alteration = match &written.alter {
            Some(alter) => {
                self.check_alter(alter, response);
                Some(self.alteration(&alter.value)?)
            }
            None => None,
        };
        if matches!(with, Some(ReplyWith::Own)) && written.late.is_none() && alteration.is_none() {
            self.complain(position, "this is what the server does anyway");
        }
        if let (true, Some(late)) = (written.never, &written.late) {
            self.complain(late.position, "what never comes can't be late");
        }
        Some(Action::Answer(Box::new(Reply {
            client: written.client.value.clone(),
            method,
            fits,
            times: self.times(written.times.as_ref())?,
            processed: written.processed.unwrap_or(own),
            late: self.duration(written.late.as_ref()).unwrap_or_default(),
            with: with?,
            alteration,
            violates: self.violations(&written.violates),
        })))
    }

    fn reply_with(&mut self, written: &written::Reply, method: Method, position: Position) -> Option<ReplyWith> {
        let returned = written.status.is_some() || !written.out.is_empty();
        let given = [returned, written.fault.is_some(), written.octets.is_some(), written.never, written.end.is_some()];
        if given.into_iter().filter(|given| *given).count() > 1 {
            let message = "one answer is wanted: `status` and `out`, or `fault`, or `octets`, or `never`, or `end`";
            self.complain(position, message);
            return None;
        }
        if returned {
            return self.returned_fields(written.status.as_ref(), &written.out, method).map(ReplyWith::Returned);
        }
        match written {
            written::Reply { fault: Some(status), .. } => self.fault_status(status).map(ReplyWith::Fault),
            written::Reply { octets: Some(octets), .. } => self.value(octets, Kind::Octets).map(ReplyWith::Octets),
            written::Reply { never: true, .. } => Some(ReplyWith::Nothing),
            written::Reply { end: Some(how), .. } => Some(ReplyWith::End(*how)),
            _ => Some(ReplyWith::Own),
        }
    }

    /// [out] parameters with their values, and the return value.
    fn returned_fields(
        &mut self,
        status: Option<&At<Value>>,
        out: &Entries<At<Value>>,
        method: Method,
    ) -> Option<Vec<(&'static str, Term)>> {
        let names = field_names(method).1;
        let mut fields = Vec::new();
        for (key, value) in out.iter() {
            let parameters = names.iter().filter(|name| name.name != "return");
            match parameters.clone().find(|name| name.name == key.value) {
                Some(name) => fields.push((name.name, self.parameter(name, value)?)),
                None => {
                    let what = format!("[out] parameter of {method}");
                    self.unknown(key.position, &what, &key.value, parameters.map(|name| name.name));
                }
            }
        }
        match (status, names.iter().find(|name| name.name == "return")) {
            (Some(status), Some(name)) => fields.push((name.name, self.value(status, Kind::Status)?)),
            (Some(status), None) => self.complain(status.position, format!("{method} has no return value")),
            (None, _) => {}
        }
        Some(fields)
    }

    fn parameter(&mut self, name: &FieldName, value: &At<Value>) -> Option<Term> {
        match (&value.value, name.nullable) {
            (Value::Null, true) => Some(Term::Null),
            (Value::Null, false) => {
                self.complain(value.position, format!("{} can't be NULL", name.name));
                None
            }
            _ => self.value(value, kind_of(name)),
        }
    }

    /// The status of a fault: its name, an HRESULT's, or a number.
    fn fault_status(&mut self, written: &At<Value>) -> Option<Term> {
        match &written.value {
            Value::Text(word) if whole_reference(word).is_none() => {
                match FAULTS.iter().find(|(known, _)| known == word) {
                    Some((_, status)) => Some(Term::Status(*status)),
                    None => self.value(written, Kind::Status),
                }
            }
            _ => self.value(written, Kind::Status),
        }
    }

    fn check_alter(&mut self, alter: &At<Alter>, response: bool) {
        if !response {
            self.complain(alter.position, "there is no response that could be altered");
        }
        if alter.value.object.is_some() || alter.value.trailer.is_some() {
            self.complain(alter.position, "`object` and `trailer` are for requests");
        }
    }

    /// How many calls: outer none when that is wrong, inner none for all.
    fn times(&mut self, written: Option<&At<Value>>) -> Option<Option<u32>> {
        match written {
            None => Some(Some(1)),
            Some(At { value: Value::Text(word), .. }) if word == "all" => Some(None),
            Some(written) => match u32::try_from(self.known_number(written)?) {
                Ok(times) if times > 0 => Some(Some(times)),
                _ => {
                    self.complain(written.position, "a number from 1, or `all`, is wanted");
                    None
                }
            },
        }
    }

    /// Whether whoever is answered is launched some time.
    pub(super) fn check_answered(&mut self) {
        for (client, (source, position)) in &self.answered {
            if !self.clients.contains(client) {
                let message = format!("unknown client `{client}`");
                let mut diagnostic = Diagnostic::new(source, position.line, position.column, message);
                diagnostic.suggestion = did_you_mean(client, self.clients.iter().map(String::as_str));
                self.problems.push(diagnostic);
            }
        }
    }
}
