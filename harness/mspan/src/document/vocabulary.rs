//! The words of the schemas: what stands in a document whatever it is about.

use alloc::vec::Vec;

use super::{Content, Element, Simple};
use crate::{async_ui, printer_configuration};

/// What the schemas say of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    /// Any text.
    Text,
    /// An integer, or a button's id.
    Integer,
    /// A floating-point number.
    Float,
    /// A truth value.
    Boolean,
    /// Base64.
    Base64,
    /// The name of a setting (2.2.8.1).
    Setting,
}

/// An element or an attribute that the schemas declare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// An element, and what its text is; none where it has none.
    Element(&'static str, Option<Value>),
    /// An attribute, and what its value is.
    Attribute(&'static str, Value),
}

/// The namespaces of the documents, as names of resources.
#[must_use]
pub fn namespaces() -> [&'static str; 3] {
    let [request, response] = async_ui::namespaces();
    [request, response, printer_configuration::namespace()]
}

/// All elements and attributes of the documents; some more than once.
#[must_use]
pub fn vocabulary() -> Vec<Word> {
    let mut words = Vec::new();
    for root in async_ui::roots().into_iter().chain([printer_configuration::root()]) {
        collect(root, &mut words);
    }
    words
}

fn collect(element: &Element, words: &mut Vec<Word>) {
    let text = match element.content {
        Content::Text(simple) => Some(value(simple)),
        Content::Mixed(_) => Some(Value::Text),
        Content::Empty | Content::Sequence(_) | Content::Choice(..) => None,
    };
    words.push(Word::Element(element.name, text));
    words.extend(element.attributes.iter().map(|one| Word::Attribute(one.name, value(one.simple))));
    match element.content {
        Content::Mixed(particles) | Content::Sequence(particles) => {
            particles.iter().for_each(|particle| collect(particle.element, words));
        }
        Content::Choice(elements, _) => elements.iter().for_each(|element| collect(element, words)),
        Content::Empty | Content::Text(_) => {}
    }
}

fn value(simple: Simple) -> Value {
    match simple {
        Simple::Text => Value::Text,
        Simple::Integer | Simple::ButtonId => Value::Integer,
        Simple::Float => Value::Float,
        Simple::Boolean | Simple::TrueOrFalse => Value::Boolean,
        Simple::Base64 => Value::Base64,
        Simple::SchemaName | Simple::ReducedName => Value::Setting,
    }
}
