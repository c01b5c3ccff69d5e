//! Names: each has a kind, is assigned once and used at least once.

use std::collections::BTreeMap;

use dcerpc::ContextHandle;

use super::Checker;
use crate::diagnostic::did_you_mean;
use crate::scenario::meant::{ActorRef, CallRef, Kind, Term};
use crate::scenario::written::{At, Position, Value};

/// Deepest nesting of fragments.
const DEEPEST: usize = 16;

/// The names of one file.
#[derive(Debug, Default)]
pub(super) struct Scope {
    /// What stands before names of this scope in the flat list.
    pub(super) prefix: String,
    pub(super) names: BTreeMap<String, Binding>,
}

/// A name and what it stands for.
#[derive(Clone, Debug)]
pub(super) struct Binding {
    pub(super) meaning: Meaning,
    /// Where it was assigned; none when it is always there.
    pub(super) position: Option<Position>,
    pub(super) used: bool,
    /// Whose handle it is, when that is certain.
    pub(super) owner: Option<ActorRef>,
}

/// What a name stands for.
#[derive(Clone, Debug)]
pub(super) enum Meaning {
    /// A value of a kind.
    Term(Kind, Term),
    /// A value of the matrix: whatever kind the place wants.
    Literal(At<Value>),
}

impl Scope {
    /// A file's scope with the names that are always there.
    pub(super) fn with_given_names() -> Self {
        let named = |name: &str| Term::Name(name.to_owned());
        let given = [
            ("type", Kind::Type, named("type")),
            ("type2", Kind::Type, named("type2")),
            ("nonce", Kind::Text, named("nonce")),
            ("server_name", Kind::Text, named("server_name")),
            ("printer", Kind::Text, named("printer")),
            ("null_handle", Kind::Handle, Term::Handle(ContextHandle::NULL)),
        ];
        let binding =
            |kind, term| Binding { meaning: Meaning::Term(kind, term), position: None, used: true, owner: None };
        let names = given.into_iter().map(|(name, kind, term)| (name.to_owned(), binding(kind, term))).collect();
        Self { prefix: String::new(), names }
    }
}

impl Checker<'_> {
    /// Whether one more fragment can be entered.
    pub(super) fn may_nest(&self) -> bool {
        self.uses.len() < DEEPEST
    }

    /// Gives a name a meaning.
    pub(super) fn bind(&mut self, name: &At<String>, meaning: Meaning, owner: Option<ActorRef>) {
        let plain = name.value.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        if !plain || name.value.is_empty() {
            let message = format!("`{}` can't be a name: letters, digits, `_` and `-` can", name.value);
            return self.complain(name.position, message);
        }
        let before = self.scope.names.get(&name.value).map(|binding| binding.position);
        match before {
            Some(Some(first)) => {
                let message = format!("`{}` is assigned twice: first in line {}", name.value, first.line);
                return self.complain(name.position, message);
            }
            Some(None) => {
                return self.complain(name.position, format!("`{}` is always there and can't be assigned", name.value));
            }
            None => {}
        }
        let binding = Binding { meaning, position: Some(name.position), used: false, owner };
        self.scope.names.insert(name.value.clone(), binding);
    }

    /// Gives a name that is assigned when the scenario runs; returns its flat name.
    pub(super) fn assign(&mut self, name: &At<String>, kind: Kind, owner: Option<ActorRef>) -> String {
        let flat = format!("{}{}", self.scope.prefix, name.value);
        let term = match kind {
            Kind::Call => Term::Call(flat.clone()),
            _ => Term::Name(flat.clone()),
        };
        self.bind(name, Meaning::Term(kind, term), owner);
        flat
    }

    /// What a name stands for; marks it used.
    pub(super) fn look_up(&mut self, name: &str, position: Position) -> Option<Binding> {
        if let Some(binding) = self.scope.names.get_mut(name) {
            binding.used = true;
            return Some(binding.clone());
        }
        let known: Vec<String> = self.scope.names.keys().cloned().collect();
        let suggestion = did_you_mean(name, known.iter().map(String::as_str));
        self.complain_with(position, format!("nothing is called `{name}` here"), suggestion);
        None
    }

    /// Complains of names that nobody used.
    pub(super) fn check_use(&mut self) {
        self.check_use_besides(&[]);
    }

    /// Complains of names that nobody used, except of those that may be used later.
    pub(super) fn check_use_besides(&mut self, outside: &[String]) {
        let unused: Vec<(String, Position)> = self
            .scope
            .names
            .iter()
            .filter(|(name, binding)| !binding.used && !outside.contains(name))
            .filter_map(|(name, binding)| binding.position.map(|position| (name.clone(), position)))
            .collect();
        for (name, position) in unused {
            self.complain(position, format!("`{name}` is never used"));
        }
    }

    /// The value that a reference stands for, when its kind fits; and whose handle it is.
    pub(super) fn reference(
        &mut self,
        name: &str,
        position: Position,
        wanted: Kind,
    ) -> Option<(Term, Option<ActorRef>)> {
        let (base, member) = match name.split_once('.') {
            Some((base, member)) => (base, Some(member)),
            None => (name, None),
        };
        let binding = self.look_up(base, position)?;
        let (kind, term) = match (binding.meaning, member) {
            (Meaning::Term(Kind::Actor, actor), Some("user")) => (Kind::Text, Term::UserOf(actor_of(actor)?)),
            (Meaning::Term(Kind::Handles, Term::Name(flat)), Some(index)) => match index.parse() {
                Ok(index) => (Kind::Handle, Term::Element(flat, index)),
                Err(_) => {
                    self.complain(position, format!("`{index}` is no index: the first handle is `${{{base}.0}}`"));
                    return None;
                }
            },
            (Meaning::Term(kind, term), None) => (kind, term),
            (Meaning::Literal(literal), None) => {
                return self.literal(&literal, position, wanted).map(|term| (term, None));
            }
            (_, Some(member)) => {
                self.complain(position, format!("`{base}` has no `.{member}`: actors have `.user`, handles `.0`"));
                return None;
            }
        };
        if kind.fits(wanted) {
            return Some((term, binding.owner));
        }
        let message = format!("`{name}` is of kind {}, but {} is wanted here", kind.word(), wanted.word());
        let suggestion =
            (kind == Kind::Text && wanted == Kind::Octets).then(|| format!("write {{utf16: \"${{{name}}}\"}}"));
        self.complain_with(position, message, suggestion);
        None
    }

    /// The text that a word stands for: itself, or the value of the matrix that it refers to.
    pub(super) fn word(&mut self, word: &At<String>) -> Option<String> {
        let Some(name) = whole_reference(&word.value) else { return Some(word.value.clone()) };
        match self.look_up(name, word.position)?.meaning {
            Meaning::Literal(At { value: Value::Text(text), .. }) | Meaning::Term(Kind::Text, Term::Text(text)) => {
                Some(text)
            }
            Meaning::Literal(At { value: Value::Number(number), .. }) => Some(number.to_string()),
            _ => {
                self.complain(
                    word.position,
                    format!("`{name}` is not known before the run; a plain word is wanted here"),
                );
                None
            }
        }
    }

    /// Someone who takes part, by name or by reference.
    pub(super) fn actor(&mut self, written: &At<String>) -> Option<ActorRef> {
        let term = match whole_reference(&written.value) {
            Some(name) => self.reference(name, written.position, Kind::Actor)?.0,
            None => self.actor_named(&written.value, written.position)?,
        };
        actor_of(term)
    }

    /// Someone who takes part, by name.
    pub(super) fn actor_named(&mut self, name: &str, position: Position) -> Option<Term> {
        match self.look_up(name, position)?.meaning {
            Meaning::Term(Kind::Actor, term) => Some(term),
            _ => {
                self.complain(position, format!("`{name}` is no actor"));
                None
            }
        }
    }

    /// A started call, by name or by reference.
    pub(super) fn call_ref(&mut self, written: &At<String>) -> Option<CallRef> {
        let name = whole_reference(&written.value).unwrap_or(&written.value);
        match self.look_up(name, written.position)?.meaning {
            Meaning::Term(Kind::Call, Term::Call(flat)) => Some(CallRef::Named(flat)),
            Meaning::Term(Kind::Call, Term::Name(flat)) => Some(CallRef::Chosen(flat)),
            _ => {
                self.complain(written.position, format!("`{name}` is no call"));
                None
            }
        }
    }
}

fn actor_of(term: Term) -> Option<ActorRef> {
    match term {
        Term::Actor(name) => Some(ActorRef::Named(name)),
        Term::Name(name) => Some(ActorRef::Chosen(name)),
        _ => None,
    }
}

/// The name, when a text is one reference and nothing else.
pub(super) fn whole_reference(text: &str) -> Option<&str> {
    let name = text.strip_prefix("${")?.strip_suffix('}')?;
    (!name.contains('}') && !name.contains('{')).then_some(name)
}
