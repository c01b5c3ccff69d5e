//! Values: each form for the kind that its place wants.

use std::path::{Component, Path};

use dcerpc::ContextHandle;
use mspan::{ConversationStyle, Hresult, NotificationType, UserFilter};
use uuid::Uuid;

use super::Checker;
use super::names::whole_reference;
use crate::scenario::meant::{Kind, Term};
use crate::scenario::written::{At, Position, Value, ValueForms};

/// Most octets that one value may have.
const MOST_OCTETS: usize = 64 << 20;

const FILTERS: [(&str, u32); 2] = [("kPerUser", UserFilter::PER_USER.0), ("kAllUsers", UserFilter::ALL_USERS.0)];
const STYLES: [(&str, u32); 2] =
    [("kBiDirectional", ConversationStyle::BIDIRECTIONAL.0), ("kUniDirectional", ConversationStyle::UNIDIRECTIONAL.0)];

impl Checker<'_> {
    /// A value of a kind.
    pub(super) fn value(&mut self, written: &At<Value>, wanted: Kind) -> Option<Term> {
        let position = written.position;
        match &written.value {
            Value::Text(text) => match whole_reference(text) {
                Some(name) => self.reference(name, position, wanted).map(|(term, _)| term),
                None => self.text_as(text, position, wanted),
            },
            Value::Number(number) => self.number_as(*number, position, wanted),
            Value::Forms(forms) => self.forms_as(forms, position, wanted),
            Value::Null => self.mismatch(position, "null", wanted),
            Value::Bool(value) => self.mismatch(position, &value.to_string(), wanted),
            Value::List(_) => self.mismatch(position, "a sequence", wanted),
        }
    }

    /// A value of the matrix, where a kind is wanted.
    pub(super) fn literal(&mut self, literal: &At<Value>, position: Position, wanted: Kind) -> Option<Term> {
        self.value(&At::new(literal.value.clone(), position), wanted)
    }

    /// A whole number that is known before the run.
    pub(super) fn known_number(&mut self, written: &At<Value>) -> Option<u64> {
        match self.value(written, Kind::Number)? {
            Term::Number(number) => Some(number),
            _ => {
                self.complain(written.position, "a number that is known before the run is wanted here");
                None
            }
        }
    }

    fn mismatch(&mut self, position: Position, found: &str, wanted: Kind) -> Option<Term> {
        self.complain(position, format!("{found} is no {}", wanted.word()));
        None
    }

    fn text_as(&mut self, text: &str, position: Position, wanted: Kind) -> Option<Term> {
        match wanted {
            Kind::Text => self.template(text, position),
            Kind::Actor => self.actor_named(text, position),
            Kind::Call => match self.look_up(text, position)?.meaning {
                super::names::Meaning::Term(Kind::Call, term) => Some(term),
                _ => self.mismatch(position, &format!("`{text}`"), wanted),
            },
            Kind::Type => self.notification_type(text, position),
            Kind::Status => self.one_of(position, "status", text, Hresult::NAMED).map(|status| Term::Status(status.0)),
            Kind::Filter => self.one_of(position, "filter", text, &FILTERS).map(|number| Term::Number(number.into())),
            Kind::Style => self.one_of(position, "style", text, &STYLES).map(|number| Term::Number(number.into())),
            Kind::Number => {
                let known = [FILTERS, STYLES].concat();
                self.one_of(position, "number", text, &known).map(|number| Term::Number(number.into()))
            }
            Kind::Octets => {
                self.complain_with(position, "text is no octets", Some("write {utf16: …} or {hex: …}".to_owned()));
                None
            }
            Kind::Handle | Kind::Handles => self.mismatch(position, &format!("`{text}`"), wanted),
        }
    }

    fn number_as(&mut self, number: i128, position: Position, wanted: Kind) -> Option<Term> {
        match wanted {
            Kind::Number | Kind::Filter | Kind::Style => match u64::try_from(number) {
                Ok(number) => Some(Term::Number(number)),
                Err(_) => self.mismatch(position, &number.to_string(), wanted),
            },
            Kind::Status => match u32::try_from(number) {
                Ok(status) => Some(Term::Status(status)),
                Err(_) => self.mismatch(position, &number.to_string(), wanted),
            },
            Kind::Text => {
                self.complain_with(position, "a number is no text", Some(format!("write \"{number}\"")));
                None
            }
            _ => self.mismatch(position, &number.to_string(), wanted),
        }
    }

    /// The type of that name or UUID.
    pub(super) fn notification_type(&mut self, text: &str, position: Position) -> Option<Term> {
        if let Ok(uuid) = Uuid::try_parse(text) {
            return Some(Term::Type(NotificationType(uuid)));
        }
        self.one_of(position, "notification type", text, &NotificationType::NAMED).map(Term::Type)
    }

    fn forms_as(&mut self, forms: &ValueForms, position: Position, wanted: Kind) -> Option<Term> {
        let given = given(forms);
        let (form, extra) = match given.as_slice() {
            [form] => (*form, false),
            ["repeat", "times"] => ("repeat", true),
            [] => {
                self.complain(position, "an empty mapping is no value");
                return None;
            }
            several => {
                self.complain(position, format!("one of {} is wanted, not several", several.join(", ")));
                return None;
            }
        };
        if form == "repeat" && !extra {
            self.complain(position, "`repeat` wants `times` beside it");
            return None;
        }
        let makes = match form {
            "handle" => Kind::Handle,
            "string" => Kind::Text,
            _ => Kind::Octets,
        };
        if makes != wanted {
            return self.mismatch(position, &format!("{{{form}: …}}"), wanted);
        }
        match forms {
            ValueForms { handle: Some(handle), .. } => {
                let uuid = self.uuid(&handle.value.uuid)?;
                Some(Term::Handle(ContextHandle { attributes: handle.value.attributes.unwrap_or_default(), uuid }))
            }
            ValueForms { string: Some(string), .. } => {
                let string = &string.value;
                let text = Box::new(self.template(&string.text.value, string.text.position)?);
                Some(Term::String {
                    text,
                    max_count: string.max_count,
                    offset: string.offset,
                    actual_count: string.actual_count,
                    terminated: string.terminated.unwrap_or(true),
                })
            }
            ValueForms { array: Some(array), .. } => {
                let octets = Box::new(self.value(&array.value.octets, Kind::Octets)?);
                Some(match array.value.max_count {
                    Some(max_count) => Term::Array { octets, max_count },
                    None => *octets,
                })
            }
            _ => self.octets(forms, position),
        }
    }

    fn octets(&mut self, forms: &ValueForms, position: Position) -> Option<Term> {
        match forms {
            ValueForms { hex: Some(hex), .. } => self.hex(hex),
            ValueForms { utf16: Some(text), .. } => self.utf16(text),
            ValueForms { file: Some(path), .. } => self.read(path).map(|octets| Term::Octets(octets.into())),
            ValueForms { document: Some(path), .. } => self.document(path),
            ValueForms { join: Some(parts), .. } => {
                let parts: Vec<_> = parts.iter().filter_map(|part| self.value(part, Kind::Octets)).collect();
                Some(Term::Join(parts))
            }
            ValueForms { repeat: Some(octets), times: Some(times), .. } => {
                let octets = self.value(octets, Kind::Octets)?;
                let count = self.known_number(times)?;
                match usize::try_from(count) {
                    Ok(count) if count <= MOST_OCTETS => Some(Term::Repeat(Box::new(octets), count)),
                    _ => {
                        self.complain(
                            times.position,
                            format!("{count} times is more than the {MOST_OCTETS} that can be"),
                        );
                        None
                    }
                }
            }
            _ => self.mismatch(position, "this", Kind::Octets),
        }
    }

    /// Octets in hexadecimal.
    pub(super) fn hex(&mut self, written: &At<String>) -> Option<Term> {
        let digits: String = written.value.chars().filter(|c| !c.is_whitespace()).collect();
        match hex::decode(&digits) {
            Ok(octets) => Some(Term::Octets(octets.into())),
            Err(error) => {
                self.complain(written.position, format!("no hexadecimal octets: {error}"));
                None
            }
        }
    }

    /// A text in UTF-16LE.
    pub(super) fn utf16(&mut self, written: &At<String>) -> Option<Term> {
        self.template(&written.value, written.position).map(|text| Term::Utf16(Box::new(text)))
    }

    /// A text file in UTF-16LE.
    pub(super) fn document(&mut self, path: &At<String>) -> Option<Term> {
        let octets = self.read(path)?;
        match std::str::from_utf8(&octets) {
            Ok(text) => {
                let text = self.template(text, path.position)?;
                Some(Term::Utf16(Box::new(text)))
            }
            Err(error) => {
                self.complain(path.position, format!("{} is no UTF-8: {error}", path.value));
                None
            }
        }
    }

    /// The octets of a file below the folder of the scenarios.
    pub(super) fn read(&mut self, path: &At<String>) -> Option<Vec<u8>> {
        let word = self.known_text(path)?;
        if !Path::new(&word).components().all(|part| matches!(part, Component::Normal(_))) {
            self.complain(path.position, format!("{word} is no path below the folder of the scenarios"));
            return None;
        }
        match self.surroundings.root.read(&word) {
            Ok(octets) if octets.len() <= MOST_OCTETS => Some(octets.into_owned()),
            Ok(_) => {
                self.complain(path.position, format!("{word} is larger than {MOST_OCTETS} octets"));
                None
            }
            Err(error) => {
                self.complain(path.position, format!("can't read {word}: {error}"));
                None
            }
        }
    }

    /// Text in which only values of the matrix may be referred to.
    fn known_text(&mut self, written: &At<String>) -> Option<String> {
        if let Term::Text(text) = self.template(&written.value, written.position)? {
            return Some(text);
        }
        self.complain(written.position, format!("`{}` is not known before the run", written.value));
        None
    }

    /// A UUID.
    pub(super) fn uuid(&mut self, written: &At<String>) -> Option<Uuid> {
        match Uuid::try_parse(&written.value) {
            Ok(uuid) => Some(uuid),
            Err(_) => {
                self.complain(written.position, format!("`{}` is no UUID", written.value));
                None
            }
        }
    }

    /// Text with references in it.
    pub(super) fn template(&mut self, text: &str, position: Position) -> Option<Term> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, remaining)) = after.split_once('}') else {
                self.complain(position, "`${` without `}`");
                return None;
            };
            if !before.is_empty() {
                parts.push(Term::Text(before.to_owned()));
            }
            parts.push(self.text_reference(name, position)?);
            rest = remaining;
        }
        if parts.is_empty() {
            return Some(Term::Text(text.to_owned()));
        }
        if !rest.is_empty() {
            parts.push(Term::Text(rest.to_owned()));
        }
        let known: Option<String> =
            parts.iter().map(|part| if let Term::Text(text) = part { Some(text.as_str()) } else { None }).collect();
        Some(known.map_or(Term::Texts(parts), Term::Text))
    }

    /// A reference within text: text, a number or a type.
    fn text_reference(&mut self, name: &str, position: Position) -> Option<Term> {
        let base = name.split('.').next().unwrap_or(name);
        let kind = match self.look_up(base, position)?.meaning {
            super::names::Meaning::Term(kind @ (Kind::Number | Kind::Type | Kind::Filter | Kind::Style), _) => kind,
            super::names::Meaning::Literal(At { value: Value::Number(number), .. }) => {
                return Some(Term::Text(number.to_string()));
            }
            super::names::Meaning::Term(..) | super::names::Meaning::Literal(_) => Kind::Text,
        };
        self.reference(name, position, kind).map(|(term, _)| term)
    }
}

/// The keys that are written.
fn given(forms: &ValueForms) -> Vec<&'static str> {
    let ValueForms { hex, utf16, file, document, repeat, times, join, handle, string, array } = forms;
    let keys = [
        ("hex", hex.is_some()),
        ("utf16", utf16.is_some()),
        ("file", file.is_some()),
        ("document", document.is_some()),
        ("repeat", repeat.is_some()),
        ("times", times.is_some()),
        ("join", join.is_some()),
        ("handle", handle.is_some()),
        ("string", string.is_some()),
        ("array", array.is_some()),
    ];
    keys.into_iter().filter(|(_, given)| *given).map(|(key, _)| key).collect()
}
