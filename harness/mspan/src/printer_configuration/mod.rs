//! Printer configuration notifications ([MS-PAN] 2.2.8). No tolerance is due to them.

mod envelope;

use alloc::string::String;
use alloc::vec::Vec;

use roxmltree::Node;

use crate::document::{
    Assessment, Attribute, Content, Element, Family, Form, Gravity, Simple, Validator, attribute, read_plain,
};

pub use envelope::{Change, Envelope, read_envelope};

/// What a notification says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// The print queue.
    pub printer_name: Option<String>,
    /// The names of settings that come with their values.
    pub schemas: Vec<String>,
    /// The names of settings, or of all below a name, that come without.
    pub reduced_schemas: Vec<String>,
    /// Whether elements below the root are in its namespace; both readings are accepted (SD-35).
    pub qualified: bool,
}

static FAMILY: Family = Family {
    well_formed: "X-CFG-01",
    encoding: "X-CFG-02",
    charset: "X-CFG-03",
    escaping: "X-CFG-03",
    namespace: "X-CFG-04",
    uri: "http://schemas.microsoft.com/windows/2005/03/printing/bidi",
};

static NOTIFICATION: Element = Element {
    name: "Notification",
    content: Content::Choice(&[&SCHEMA, &REDUCED_SCHEMA], usize::MAX),
    content_rule: "X-CFG-05",
    attributes: &[Attribute::required("printerName", Simple::Text)],
    attributes_rule: "X-CFG-06",
    prose: Some(has_schema),
};

static SCHEMA: Element = Element {
    name: "Schema",
    content: Content::Choice(
        &[&BIDI_STRING, &BIDI_TEXT, &BIDI_ENUM, &BIDI_INT, &BIDI_FLOAT, &BIDI_BOOL, &BIDI_BLOB],
        1,
    ),
    content_rule: "X-CFG-07",
    attributes: &[Attribute::required("name", Simple::SchemaName)],
    attributes_rule: "X-CFG-08",
    prose: None,
};

static REDUCED_SCHEMA: Element = Element {
    name: "ReducedSchema",
    content: Content::Empty,
    content_rule: "X-CFG-16",
    attributes: &[Attribute::required("name", Simple::ReducedName)],
    attributes_rule: "X-CFG-16",
    prose: None,
};

/// An element that holds the value of a setting.
const fn value(name: &'static str, simple: Simple, rule: &'static str) -> Element {
    Element {
        name,
        content: Content::Text(simple),
        content_rule: rule,
        attributes: &[],
        attributes_rule: rule,
        prose: None,
    }
}

static BIDI_STRING: Element = value("BIDI_STRING", Simple::Text, "X-CFG-09");
static BIDI_TEXT: Element = value("BIDI_TEXT", Simple::Text, "X-CFG-10");
static BIDI_ENUM: Element = value("BIDI_ENUM", Simple::Text, "X-CFG-11");
static BIDI_INT: Element = value("BIDI_INT", Simple::Integer, "X-CFG-12");
static BIDI_FLOAT: Element = value("BIDI_FLOAT", Simple::Float, "X-CFG-13");
static BIDI_BOOL: Element = value("BIDI_BOOL", Simple::Boolean, "X-CFG-14");
static BIDI_BLOB: Element = value("BIDI_BLOB", Simple::Base64, "X-CFG-15");

/// The root of such notifications.
pub(crate) fn root() -> &'static Element {
    &NOTIFICATION
}

/// Their namespace.
pub(crate) fn namespace() -> &'static str {
    FAMILY.uri
}

/// Reads a printer configuration notification and judges it by the rules `X-CFG-*`, but for those of the mode and of
/// the server's size limit.
#[must_use]
pub fn read_notification(octets: &[u8]) -> Assessment<Notification> {
    read_plain(octets, &FAMILY, Form::Either, &NOTIFICATION, meaning)
}

fn has_schema(validator: &mut Validator<'_>, node: Node<'_, '_>) {
    let has = |name: &str| node.children().any(|child| child.tag_name().name() == name);
    if !has("Schema") {
        // The size that a server limits its notifications to may have left nothing but what is reduced (SD-37).
        let gravity = if has("ReducedSchema") { Gravity::Note } else { Gravity::Should };
        validator.prose("X-CFG-17", gravity, node, "one <Schema> or more", "none");
    }
}

fn meaning(root: Node<'_, '_>) -> Option<Notification> {
    let names = |element: &str| {
        let children = root.children().filter(|child| child.tag_name().name() == element);
        children.filter_map(|child| attribute(child, "name")).map(String::from).collect()
    };
    let first = root.children().find(Node::is_element);
    Some(Notification {
        printer_name: attribute(root, "printerName").map(String::from),
        schemas: names("Schema"),
        reduced_schemas: names("ReducedSchema"),
        qualified: first.is_some_and(|first| first.tag_name().namespace().is_some()),
    })
}
